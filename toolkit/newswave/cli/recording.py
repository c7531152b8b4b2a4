"""`newswave recording`: what a recording holds, exchange by exchange, and a copy to pass on."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from newswave.cli.console import say, width
from newswave.cli.options import number
from newswave.llm.replies import outcome_words

if TYPE_CHECKING:
    from newswave.llm.recording import RecordedReply, Recording

_LABEL = 9
_LONGEST = 4000
_MOST_NAMED = 12


def add_recording(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a recording (.jsonl); the word synthetic takes the example that comes with newswave",
    )
    group = parser.add_argument_group("what an agent was asked, and what it said")
    group.add_argument("--agent", metavar="A", type=number, help="this agent, from 0")
    group.add_argument("--run", metavar="R", type=number, help="only in this run, from 0")
    group.add_argument("--round", metavar="T", type=number, help="only in this round, from 1")
    group = parser.add_argument_group("what was asked for a cell of a table")
    group.add_argument(
        "--cell",
        nargs=2,
        metavar=("CODE", "EXPOSURE"),
        help="row and sharing neighbours, such as O+C-E+A-N- 2; 0 for the statements of "
        "newswave persona",
    )
    group = parser.add_argument_group("passing it on")
    group.add_argument(
        "--strip",
        metavar="OUT",
        help="write a copy without the texts that the model wrote; it replays as before",
    )
    parser.set_defaults(action=recording)


def recording(arguments: argparse.Namespace) -> int:
    """Show a recording, or strip it; return the exit status."""
    from newswave.cli.run import recording_named
    from newswave.llm.summary import summary, summary_words

    _check(arguments)
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


def _check(arguments: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    from newswave.core.errors import BadValue

    names = ("agent", "cell", "strip")
    chosen = [f"--{name}" for name in names if getattr(arguments, name) is not None]
    if len(chosen) > 1:
        given, advice = " ".join(chosen), "Take one at a time"
        raise BadValue("These options do not go together", given=given, advice=advice)
    if arguments.agent is None and (arguments.run, arguments.round) != (None, None):
        raise BadValue("--run and --round go with --agent", advice="Say which agent to show")


def _strip(name: str, out: str) -> int:
    from pathlib import Path

    from newswave.cli.console import written_lines
    from newswave.llm.recording import strip
    from newswave.report.describe import wrapped

    made = strip(name, out)
    before, after = Path(name).stat().st_size, made.stat().st_size
    words = (
        "Taken out: what the model wrote. Kept: the questions, how each reply was read, and all "
        f"decisions. {before} bytes have become {after}."
    )
    say(wrapped(words, width()), *written_lines([made], width()))
    return 0


def _of_agent(arguments: argparse.Namespace, data: Recording) -> Sequence[RecordedReply]:
    """Return the replies of one agent, or raise `BadValue`."""
    from newswave.core.errors import BadValue, whole_number
    from newswave.llm.recording import Turn

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
    from newswave.core.errors import BadValue, plain
    from newswave.core.population import Profile
    from newswave.llm.recording import CellTurn

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
    from newswave.llm.recording import CellTurn

    return list(dict.fromkeys((k.row, k.exposure) for k in keys if isinstance(k, CellTurn)))


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (" ..." if len(names) > _MOST_NAMED else "")


def _other_way(data: Recording) -> str:
    """Return how the replies of this kind of recording are shown."""
    from newswave.core.errors import plain
    from newswave.llm.recording import RecordingPurpose

    if not data.all_replies:
        return "It holds decisions, but no replies"
    if data.header.purpose is RecordingPurpose.RUN:
        return "Take --agent A, with --run R and --round T if you like; seeds are never asked"
    row, exposure = _cells(list(data.by_key))[0]
    return f"It holds no rounds: take --cell CODE EXPOSURE, such as --cell {plain(row)} {exposure}"


def _hint(name: str, data: Recording) -> list[str]:
    """Return how to look at one exchange."""
    from newswave.core.errors import plain
    from newswave.llm.recording import Turn

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
    from newswave.report.describe import SYNTHETIC

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
    from newswave.core.errors import plain
    from newswave.llm.recording import Turn

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
    from newswave.core.errors import plain

    columns = width() - _LABEL
    parts = text[:_LONGEST].splitlines() or [""]
    lines = [
        line
        for part in parts
        for line in textwrap.wrap(plain(part, _LONGEST), columns, break_on_hyphens=False) or [""]
    ]
    first = f"{label:<{_LABEL}}{lines[0]}".rstrip()
    return [first, *((" " * _LABEL + line).rstrip() for line in lines[1:])]
