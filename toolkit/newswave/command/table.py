"""`newswave table`: measures a sharing table by asking a language model about each of its cells."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from newswave.command.console import Progress, say, width
from newswave.command.options import SERVER, Option, add_options, number

if TYPE_CHECKING:
    from newswave.asking import Pace
    from newswave.events import Event
    from newswave.measuring import Plan
    from newswave.preflight import Preflight
    from newswave.surveying import Survey, Surveyed

_WHAT = (
    Option("--model", "NAME", "the language model to ask"),
    Option(
        "--event",
        "ID",
        "what the news is about (see newswave events); repeat it for a table of each",
        repeated=True,
    ),
    Option("--events", "FILE", "your own events as CSV"),
    Option("--profile", "CODE", "a row of the table; repeat it; default all 32", repeated=True),
)
_HOW = (
    Option("--wording", "NAME", "in which words: see newswave wordings; or your own TOML file"),
    Option("--temperature", "T", "at which the agents answer, above 0 (default 1)", number),
    Option("--repeats", "N", "answers for each cell that is counted (default 20)", number),
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_options(parser, "what is measured", _WHAT)
    add_options(parser, "how", _HOW)
    group = parser.add_argument_group("how closely")
    group.add_argument(
        "--both-orders",
        action="store_true",
        help="name yes first and no first in every cell: twice the calls",
    )
    group.add_argument(
        "--count",
        action="store_true",
        help="count repeated answers even where the server tells log-probabilities",
    )
    add_options(parser, "the server", SERVER)
    group = parser.add_argument_group("what comes out")
    group.add_argument(
        "--out",
        metavar="DIR",
        help="write table-EVENT.json, .csv, .png, .svg and .jsonl (the recording) into this folder "
        "(default tables)",
        default="tables",
    )
    group.add_argument("--quiet", action="store_true", help="show no progress bar")
    parser.set_defaults(action=table)


def table(arguments: argparse.Namespace) -> int:
    """Measure a table for each event; return the exit status."""
    from newswave.command.asked import looked_at, pace_of
    from newswave.command.folder import check_folder
    from newswave.errors import BadValue

    if arguments.model is None:
        advice = "See the ones there with newswave models"
        raise BadValue("Which model is to be asked?", allowed="--model NAME", advice=advice)
    plans = [_plan(arguments, event) for event in _events(arguments)]
    check_folder(arguments.out)
    pace = pace_of(arguments)
    ready = looked_at(arguments, arguments.model)
    for plan in plans:
        _one(arguments, ready, plan, pace)
    return 0


def _events(arguments: argparse.Namespace) -> list[Event]:
    from newswave.command.population import own_events
    from newswave.errors import BadValue
    from newswave.events import DEFAULT_EVENT_ID, find_event

    own = () if arguments.events is None else own_events(arguments.events)
    names = arguments.event or [event.id for event in own] or [DEFAULT_EVENT_ID]
    if len(set(names)) < len(names):
        raise BadValue("An event is named twice", given=", ".join(names), advice="Name it once")
    return [find_event(name, own) for name in names]


def _plan(arguments: argparse.Namespace, event: Event) -> Plan:
    """Return what to ask about one event."""
    from newswave.command.wording import chosen
    from newswave.measuring import Plan
    from newswave.personality import PROFILES, Profile
    from newswave.provenance import Method

    codes = arguments.profile
    profiles = PROFILES if codes is None else tuple(map(Profile.from_code, codes))
    method = Method.REPEATED_ANSWERS if arguments.count else Method.LOG_PROBABILITIES
    own = {"repeats": arguments.repeats, "temperature": arguments.temperature}
    given = {name: value for name, value in own.items() if value is not None}
    words = chosen(arguments.wording)
    return Plan(event, words, profiles, method, arguments.both_orders, **given)


def _one(arguments: argparse.Namespace, ready: Preflight, plan: Plan, pace: Pace) -> None:
    """Measure the table of one event and write it."""
    from newswave.command.asked import interviewed
    from newswave.surveying import Survey, survey_header

    place = Path(arguments.out) / f"table-{plan.event.id}"
    record = place.with_name(place.name + ".jsonl")
    header = survey_header(plan, ready.model, ready.found.version)
    say("", f'table    "{plan.event.headline}" ({plan.event.id}), wording {plan.wording.name}')
    with interviewed(ready, record, header, pace) as interview:
        survey = Survey(plan, interview)
        with Progress(arguments.quiet) as progress:
            _estimate(survey, plan)
            found = survey.finish(progress.of("asking"))
    _tell(found, place)


def _estimate(survey: Survey, plan: Plan) -> None:
    """Ask once, and say how many calls there are and how long they will take."""
    from newswave.describing import wrapped
    from newswave.preflight import duration

    held, cells = survey.calls_made, len(plan.cells)
    took = survey.first()
    left = survey.calls_left
    if held:
        say(f"         {held} answers are in the recording already")
    if not left:
        return
    way = "one word each, by log-probabilities" if survey.is_by_word else "counted over answers"
    words = f"{left} calls for {cells} cells, {way}"
    if took:
        words += f"; one took {took:.2g} s, so {duration(left * took)} one after another"
    say(wrapped(words, width(), "calls    "), "         Ctrl-C stops; the same command goes on")


def _tell(found: Surveyed, place: Path) -> None:
    """Write the table and its figure, and show it."""
    from newswave import plots, tableplots
    from newswave.command.folder import written_lines
    from newswave.describing import wrapped
    from newswave.files import write_whole
    from newswave.tablefiles import save_measured, table_csv
    from newswave.tabling import table_words

    measured = found.measured
    figure, words = tableplots.table_figure(measured), tableplots.describe_table(measured)
    say("", table_words(measured, width()))
    for note in found.notes():
        say("", wrapped(note, width()))
    written = [
        save_measured(measured, place.with_name(place.name + ".json")),
        write_whole(place.with_name(place.name + ".csv"), table_csv(measured.given)),
        write_whole(place.with_name(place.name + ".png"), plots.png(figure, words)),
        write_whole(place.with_name(place.name + ".svg"), plots.svg(figure, words)),
    ]
    say("", *written_lines([*written, place.with_name(place.name + ".jsonl")], width()))
    say("", "To run it:", f"  newswave run --table {written[0]} --out first-table-run")
