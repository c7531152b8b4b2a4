"""What a recording holds, in numbers and in words."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from statistics import median

from newswave.core.errors import plain
from newswave.core.provenance import Leaning
from newswave.llm.leaning import leaning_in
from newswave.llm.recording import Header, Recording, RecordingPurpose, Source
from newswave.llm.replies import outcome_words

_LABEL = 12
_LONGEST = 2000
_NAMES = {
    RecordingPurpose.RUN: "A recording of runs",
    RecordingPurpose.TABLE: "A recording of the answers for a sharing table",
    RecordingPurpose.INVENTORY: "A recording of the inventory",
}


@dataclass(frozen=True)
class Summary:
    """What a recording holds, in numbers.

    `runs`, `finished` and `rounds` count runs that something was recorded of, those of them that
    are over, and whole rounds of all; `asked`, `shared` and `abstained` questions in whole rounds
    or of a table, answers "share" to them, and those without an answer; `retries` the calls after
    the first to a question, `voided` replies that were taken back. `seconds` is the median of a
    call; `by_exposure` has m, the questions that were answered at m, and those answered yes.
    """

    header: Header
    runs: int
    finished: int
    rounds: int
    asked: int
    shared: int
    abstained: int
    calls: int
    retries: int
    voided: int
    outcomes: tuple[tuple[str, int], ...]
    seconds: float | None
    by_exposure: tuple[tuple[int, int, int], ...]
    torn: int
    leaning: Leaning | None = None


def summary(recording: Recording) -> Summary:
    """Return what a recording holds, in numbers."""
    replies = recording.all_replies
    whole = [answers for answers in recording.rounds.values() if answers.whole]
    answered = _answered(recording)
    asked = sum(len(answers.agents) for answers in whole)
    shared = sum(answers.share.sum() for answers in whole)
    if recording.header.purpose is not RecordingPurpose.RUN:
        asked, shared = len(recording.by_key), sum(share for _, share in answered)
    times = [reply.seconds for reply in replies if reply.seconds is not None]
    return Summary(
        header=recording.header,
        runs=len(recording.runs),
        finished=len(recording.ended),
        rounds=len(whole),
        asked=asked,
        shared=int(shared),
        abstained=recording.abstained,
        calls=len(replies),
        retries=sum(reply.attempt > 0 for reply in replies),
        voided=recording.voided,
        outcomes=tuple(recording.outcomes.items()),
        seconds=median(times) if times else None,
        by_exposure=_by_exposure(answered),
        torn=recording.torn,
        leaning=leaning_in(recording),
    )


def summary_words(counts: Summary, width: int = 88) -> str:
    """Return a summary as text of a screen's width."""
    header, source = counts.header, counts.header.source
    lines = [f"{_NAMES[header.purpose]}, begun {plain(source.started)}"]
    parts = [("Answered by", _who(source))]
    if source.wording:
        parts.append(("Wording", f"{source.wording} {source.wording_hash}"))
    if source.options:
        parts.append(("Options", ", ".join(f"{k} {v}" for k, v in source.options.items())))
    if header.event is not None:
        parts.append(("Event", f"{header.event.id}: {header.event.headline}"))
    if header.setup is not None:
        parts.append(("Setup", _count(header.setup.n_agents, "agent")))
    parts += [("Recorded", _extent(counts)), *_calls(counts)]
    for exposure, answers, shared in counts.by_exposure:
        seen = f"with {_count(exposure, 'sharing neighbour')}"
        rate = f"{shared} of {answers} ({shared / answers:.0%})"
        parts.append(("Shared", f"{rate} {seen}" if exposure else rate))
    if counts.leaning is not None:
        parts.append(("Labels", f"{counts.leaning.words()}, {counts.leaning.answers} answers"))
    if counts.torn:
        parts.append(("Torn", f"a last line of {counts.torn} bytes was not written to its end"))
    for label, text in parts:
        room = max(width, 40) - _LABEL
        first, *more = textwrap.wrap(plain(text, _LONGEST), room) or [""]
        lines += [f"{label:<{_LABEL}}{first}", *(" " * _LABEL + line for line in more)]
    return "\n".join(lines)


def _who(source: Source) -> str:
    who = f"{source.decider} {source.model}".strip()
    who += " (synthetic: no language model answered)" if source.synthetic else ""
    if source.digest:
        who += f", digest {source.digest[:12]}"
    return who + (f", server {source.server}" if source.server else "")


def _extent(counts: Summary) -> str:
    """Return how much was recorded."""
    words = _count(counts.asked, "question")
    words += f", {counts.shared} answered with share" if counts.shared else ""
    words += f", {counts.abstained} without an answer" if counts.abstained else ""
    if counts.header.purpose is not RecordingPurpose.RUN:
        return words
    over = f" ({counts.finished} to the end)"
    return f"{_count(counts.runs, 'run')}{over}, {_count(counts.rounds, 'whole round')}, {words}"


def _calls(counts: Summary) -> list[tuple[str, str]]:
    if not counts.calls and not counts.voided:
        return []
    words = _count(counts.calls, "call") + f", {counts.retries} of them again"
    words += "" if counts.seconds is None else f", {counts.seconds:.2g} s each (median)"
    words += f"; {counts.voided} more were taken back" if counts.voided else ""
    outcomes = ", ".join(f"{n} {outcome_words(name)}" for name, n in counts.outcomes)
    return [("Calls", words), ("Outcomes", outcomes)]


def _answered(recording: Recording) -> list[tuple[int, bool]]:
    """Return exposure and answer of every question that a reply answered."""
    read = (
        [(reply.exposure, reply.share) for reply in replies if reply.share is not None]
        for replies in recording.by_key.values()
    )
    return [answers[0] for answers in read if answers]


def _by_exposure(answered: list[tuple[int, bool]]) -> tuple[tuple[int, int, int], ...]:
    found = []
    for exposure in sorted({exposure for exposure, _ in answered}):
        shares = [share for at, share in answered if at == exposure]
        found.append((exposure, len(shares), sum(shares)))
    return tuple(found)


def _count(number: int, name: str) -> str:
    return f"{number} {name}" + ("" if number == 1 else "s")
