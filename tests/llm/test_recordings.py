"""A recording keeps who was asked what and what came back, in an open file that is checked."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import ended
from strategies import setups

from newswave.core.errors import BadFile, BadValue
from newswave.core.events import event
from newswave.core.journal import line_bytes
from newswave.core.rules import Asked
from newswave.core.setup import Setup
from newswave.core.wording import Prompt, wordings
from newswave.llm.recording import (
    CellTurn,
    Header,
    RecordedReply,
    Recording,
    RecordingPurpose,
    RecordingWriter,
    RoundAnswers,
    Source,
    Turn,
    strip,
    utc_now,
)
from newswave.llm.summary import summary, summary_words

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SETUP = Setup(n_agents=50, n_seeds=2, sharing=Asked("gemma3:1b", wordings()[0]))
SOURCE = Source(
    *("language model", "gemma3:1b", "8648f39daa8f" * 5, "0.33.0", "0.6.3", "adjectives", "ab12"),
    options={"temperature": 1.0, "num_predict": 60},
    started="2026-01-31T09:30:00Z",
)
RUN = Header(RecordingPurpose.RUN, SOURCE, SETUP)
TABLE = Header(RecordingPurpose.TABLE, SOURCE, event=event("cup-final-draw"))
PROMPT = Prompt("You are one person.", "Do you share it?")
CODE = "O+C+E+A+N+"


def reply(agent: int, share: bool | None, attempt: int = 0, **more: Any) -> RecordedReply:
    at = {"run": 0, "round": 1, **{k: more.pop(k) for k in ("run", "round") if k in more}}
    told = {"profile": CODE, "exposure": 2, "seconds": 0.5, "content": "{}", "reason": "So."}
    outcome = "PLAIN" if share is not None else "UNREAD"
    key = Turn(agent=agent, **at)
    return RecordedReply(key, PROMPT.hash, outcome, share, attempt, **{**told, **more})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a recording: round 1 with a retry and an abstention, and half of round 2."""
    made = tmp_path / "run.jsonl"
    with RecordingWriter(made, RUN) as writer:
        assert writer.prompt(PROMPT) == writer.prompt(PROMPT) == PROMPT.hash
        for agent, attempt, share in ((4, 0, True), (9, 0, None), (7, 0, None), (9, 1, False)):
            writer.reply(reply(agent, share, attempt))
        writer.reply(reply(7, None, 1))
        writer.close_round(0, 1)
        writer.reply(reply(7, False, round=2, exposure=3))
    return made


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file without their check sums, as files of before have them."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [{name: held for name, held in line.items() if name != "sum"} for line in lines]


# --- what is in it


def test_it_tells_who_was_asked_and_what_came_back(path: Path) -> None:
    recording = Recording.read(path)
    assert recording.header == RUN
    assert recording.setup == SETUP
    assert recording.answers(0, 1) == {4: True, 7: None, 9: False}
    assert recording.answers(0, 2) == {7: False}
    assert recording.answers(0, 3) == recording.answers(1, 1) == {}
    assert recording.whole_rounds(0) == (1,)
    assert recording.runs == (0,)
    assert not recording.finished(0)
    assert recording.abstained == 1
    assert recording.outcomes == {"PLAIN": 3, "UNREAD": 3}
    assert recording.prompts == {PROMPT.hash: PROMPT}
    assert [r.attempt for r in recording.replies(agent=9)] == [0, 1]
    assert recording.replies(0, 2, 7) == recording.replies(round=2) == recording.all_replies[-1:]
    assert recording.replies(run=1) == ()
    assert [r.share for r in recording.attempts(Turn(0, 1, 9))] == [None, False]
    assert recording.attempts(Turn(0, 5, 9)) == ()
    assert recording.all_replies[0] == reply(4, True)


def test_the_file_is_as_the_page_says(path: Path) -> None:
    lines = lines_of(path)
    assert [line["kind"] for line in lines] == [
        *("recording", "prompt", *["reply"] * 5, "round", "reply"),
    ]
    assert list(lines[0]) == ["kind", "version", "newswave", "purpose", "setup", "source"]
    assert lines[2] == {
        "kind": "reply",
        "run": 0,
        "round": 1,
        "agent": 4,
        "prompt": PROMPT.hash,
        "outcome": "PLAIN",
        "share": True,
        "attempt": 0,
        "profile": CODE,
        "exposure": 2,
        "content": "{}",
        "reason": "So.",
        "seconds": 0.5,
    }
    closing = {"kind": "round", "run": 0, "round": 1, "asked": 3, "shared": 1, "abstained": 1}
    assert lines[7] == closing


def test_cells_of_a_table_are_replies_too(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "t.jsonl", TABLE) as writer:
        hash_ = writer.prompt(PROMPT)
        for number, share in enumerate((True, False, None)):
            cell = CellTurn(CODE, 2, "DECISION", number)
            writer.reply(RecordedReply(cell, hash_, "ANY", share))
        word = CellTurn(CODE, 2, "YES_NO")
        writer.reply(RecordedReply(word, hash_, "ODDS", None, numbers={"yes": 0.25, "no": 0.5}))
    recording = Recording.read(tmp_path / "t.jsonl")
    assert recording.setup is None
    assert recording.header.event == event("cup-final-draw")
    assert recording.attempts(word)[0].numbers == {"yes": 0.25, "no": 0.5}
    assert {(key.exposure, found[0].profile) for key, found in recording.by_key.items()} == {
        (2, CODE)
    }
    assert recording.abstained == 1
    assert recording.runs == recording.replies() == ()
    found = summary(recording)
    assert (found.asked, found.shared, found.abstained, found.calls) == (4, 1, 1, 4)
    assert found.by_exposure == ((2, 2, 1),)


def test_whole_rounds_of_deciders_without_replies(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "run.jsonl", RUN) as writer:
        writer.decisions(3, 1, [9, 4, 7], [False, True, False], [True, False, False])
        assert writer.recording.whole_rounds(3) == ()
        writer.close_round(3, 1)
        writer.close_round(3, 2)
        writer.end(3)
        writer.end(3)
    recording = Recording.read(tmp_path / "run.jsonl")
    assert recording.answers(3, 1) == {4: True, 7: False, 9: None}
    assert recording.whole_rounds(3) == (1, 2)
    assert recording.finished(3)
    assert lines_of(tmp_path / "run.jsonl")[1] == {
        "kind": "decisions",
        "run": 3,
        "round": 1,
        "agents": [4, 7, 9],
        "share": [1, 0, 0],
        "abstained": [9],
    }


@FUZZ
@given(setups(), st.sampled_from(RecordingPurpose), st.booleans())
def test_a_header_is_the_same_when_read(
    setup: Setup, purpose: RecordingPurpose, synthetic: bool
) -> None:
    source = replace(SOURCE, synthetic=synthetic)
    header = Header(purpose, source, setup)
    again = Header.from_line(json.loads(line_bytes(header.to_line())))
    assert again.differences(header) == ()
    assert (again.purpose, again.source, again.event) == (purpose, source, setup.event)


TEXTS = st.text(st.characters(exclude_categories=[]), max_size=30)


@FUZZ
@given(
    st.builds(
        RecordedReply,
        st.one_of(
            st.builds(Turn, *[st.integers(1, 9)] * 3),
            st.builds(CellTurn, TEXTS.filter(len), st.integers(0, 9), st.just("YES_NO")),
        ),
        st.just(PROMPT.hash),
        TEXTS.filter(len),
        st.sampled_from([True, False, None]),
        st.integers(0, 5),
        content=st.one_of(st.none(), TEXTS),
        thinking=st.one_of(st.none(), TEXTS),
        reason=st.one_of(st.none(), TEXTS),
        numbers=st.dictionaries(TEXTS, st.floats(allow_nan=False, allow_infinity=False)),
        seconds=st.one_of(st.none(), st.floats(0, 1e6)),
        tokens=st.one_of(st.none(), st.integers(0, 100)),
        seed=st.one_of(st.none(), st.integers(0, 2**63)),
    )
)
def test_any_reply_is_the_same_when_read(tmp_path: Path, told: RecordedReply) -> None:
    purpose = RUN if isinstance(told.key, Turn) else TABLE
    (tmp_path / "a.jsonl").unlink(missing_ok=True)
    with RecordingWriter(tmp_path / "a.jsonl", purpose) as writer:
        writer.prompt(PROMPT)
        writer.reply(told)
    found = Recording.read(tmp_path / "a.jsonl").all_replies[0]
    for name in ("content", "thinking", "reason"):
        if getattr(told, name) == "":
            told = replace(told, **{name: None})
    assert found == told


# --- going on, and taking back


def test_it_is_gone_on_with_and_nothing_is_lost(path: Path) -> None:
    before = path.read_bytes()
    path.write_bytes(before + b'{"kind":"rep')
    later = replace(SOURCE, server="0.34.0", started=utc_now())
    with RecordingWriter(path, replace(RUN, source=later)) as writer:
        assert writer.torn == 12
        assert writer.header == RUN
        assert writer.recording.answers(0, 2) == {7: False}
        assert writer.prompt(PROMPT) == PROMPT.hash
        writer.reply(reply(11, True, round=2))
        writer.close_round(0, 2)
    assert path.read_bytes().startswith(before)
    assert Recording.read(path).whole_rounds(0) == (1, 2)
    assert len(lines_of(path)) == 11


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (replace(RUN, setup=replace(SETUP, seed=8)), r"setup seed: 1 and 8"),
        (replace(RUN, source=replace(SOURCE, model="m2")), r"model: 'gemma3:1b' and 'm2'"),
        (replace(RUN, source=replace(SOURCE, options={})), r"option temperature: 1.0 and None"),
        (replace(RUN, source=replace(SOURCE, synthetic=True)), r"synthetic: False and True"),
        (replace(RUN, newswave="9.9"), r"newswave: '.*' and '9.9'"),
        (TABLE, r"purpose: 'run' and 'table'"),
    ],
)
def test_the_recording_of_something_else_is_refused_and_left(
    path: Path, other: Header, words: str
) -> None:
    before = path.read_bytes()
    with pytest.raises(BadFile, match=f"something else: .*{words}.*Choose another name"):
        RecordingWriter(path, other)
    assert path.read_bytes() == before
    RecordingWriter(path, RUN).close()


def test_another_file_is_refused_and_left(tmp_path: Path) -> None:
    for name, text in (("data.jsonl", '{"n": 1}\n{"n'), ("notes.txt", "My notes"), ("a", "{}\n")):
        (tmp_path / name).write_text(text)
        with pytest.raises(BadFile):
            RecordingWriter(tmp_path / name, RUN)
        with pytest.raises(BadFile):
            Recording.read(tmp_path / name)
        assert (tmp_path / name).read_text() == text


def test_two_writers_do_not_mix(path: Path) -> None:
    with RecordingWriter(path, RUN), pytest.raises(BadFile, match="Another newswave"):
        RecordingWriter(path, RUN)


def test_what_is_taken_back_does_not_count_and_can_be_asked_again(path: Path) -> None:
    with RecordingWriter(path, RUN) as writer:
        writer.close_round(0, 2)
        since = writer.next_line
        other = Prompt("You are another.", "Do you?")
        writer.prompt(other)
        writer.reply(reply(11, True, round=3))
        writer.close_round(0, 3)
        writer.end(0)
        kept = writer.recording
        writer.void(since, "the model was changed")
        assert kept.whole_rounds(0) == (1, 2, 3)
        for recording in (writer.recording, Recording.read(path)):
            assert recording.whole_rounds(0) == (1, 2)
            assert not recording.finished(0)
            assert recording.replies(round=3) == ()
            assert recording.voided == 1
            assert set(recording.prompts) == {PROMPT.hash, other.hash}
        writer.reply(reply(11, False, round=3))
        writer.close_round(0, 3)
        first = writer.recording
        writer.void(writer.next_line, "nothing at all")
    again = Recording.read(path)
    assert again.answers(0, 3) == first.answers(0, 3) == {11: False}
    assert (again.all_replies, again.voided) == (first.all_replies, 1)
    assert "taken back" in summary_words(summary(again))


def test_what_is_taken_back_twice_is_taken_back_from_the_earlier_line(path: Path) -> None:
    with RecordingWriter(path, RUN) as writer:
        first = writer.next_line
        writer.reply(reply(11, True, round=2))
        second = writer.next_line
        writer.reply(reply(12, True, round=2))
        writer.void(second, "changed")
        writer.void(first, "changed before that")
        assert writer.recording.answers(0, 2) == {7: False}
    found = Recording.read(path)
    assert (found.answers(0, 2), found.voided) == ({7: False}, 2)


def test_the_first_answer_of_an_agent_counts(path: Path) -> None:
    with RecordingWriter(path, RUN) as writer:
        writer.reply(reply(7, True, 1, round=2))
        writer.reply(reply(7, None, 2, round=2))
        writer.close_round(0, 2)
    assert Recording.read(path).answers(0, 2) == {7: False}
    assert summary(Recording.read(path)).by_exposure[0] == (2, 2, 1)


def test_half_a_round_can_be_taken_back_too(path: Path) -> None:
    with RecordingWriter(path, RUN) as writer:
        writer.void(9, "the model was changed")
        assert writer.recording.answers(0, 2) == {}
        writer.reply(reply(7, True, round=2))
        for wrong in (1, 0, 99, True, "2"):
            with pytest.raises(BadValue, match="'from' does not fit"):
                writer.void(wrong, "wrong")  # type: ignore[arg-type]
    assert Recording.read(path).answers(0, 2) == {7: True}


def test_an_interrupted_write_is_not_forgotten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def interrupted(file: int, data: bytes) -> int:
        write(file, data)
        raise KeyboardInterrupt

    def full(_: int, __: bytes) -> int:
        raise OSError(28, "No space left on device")

    with RecordingWriter(path, RUN) as writer:
        monkeypatch.setattr(os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            writer.reply(reply(11, True, round=2))
        monkeypatch.setattr(os, "write", write)
        assert writer.recording.answers(0, 2) == {7: False, 11: True}
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(BadFile, match=r"No space left.*10 whole lines are kept"):
            writer.reply(reply(12, True, round=2))
        monkeypatch.setattr(os, "write", write)
        assert writer.recording.answers(0, 2) == {7: False, 11: True}
        writer.reply(reply(12, False, round=2))
        writer.close_round(0, 2)
    assert Recording.read(path).answers(0, 2) == {7: False, 11: True, 12: False}


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_recording_holds_whole_rounds(tmp_path: Path) -> None:
    code = """
import sys
from newswave.llm.recording import *
from newswave.llm.recording import *
from newswave.core.setup import Setup
header = Header(RecordingPurpose.RUN, Source("rule"), Setup(n_agents=50, n_seeds=2))
with RecordingWriter(sys.argv[1], header) as writer:
    for at in range(1, 10**6):
        writer.decisions(0, at, list(range(40)), [(at + n) % 3 == 0 for n in range(40)])
        writer.close_round(0, at)
        print(at, flush=True)
"""
    path = tmp_path / "run.jsonl"
    command = [sys.executable, "-c", code, str(path)]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as writing:
        least = [int(writing.stdout.readline()) for _ in range(15)][-1]
        writing.send_signal(signal.SIGKILL)
    recording = Recording.read(path)
    rounds = recording.whole_rounds(0)
    assert rounds == tuple(range(1, len(rounds) + 1))
    assert len(rounds) >= least
    for at in rounds:
        assert recording.answers(0, at) == {n: (at + n) % 3 == 0 for n in range(40)}


# --- what does not fit


WRONG: dict[str, tuple[Any, str]] = {
    "an unknown kind": ({"kind": "remark"}, "Unknown kind of line"),
    "no kind": ({}, "Unknown kind of line"),
    "a second header": (RUN.to_line(), "Unknown kind of line"),
    "a reply twice": (reply(7, True, round=2).to_line(), "two replies to one call"),
    "a closed round": (reply(11, True, round=1).to_line(), "one after another"),
    "a round too early": (reply(11, True, round=3).to_line(), "Allowed: round 2"),
    "an unknown prompt": ({**reply(9, True, round=2).to_line(), "prompt": "ff"}, "not in the file"),
    "an unknown agent": (reply(50, True, round=2).to_line(), "no such agent"),
    "a cell in a run": (
        RecordedReply(CellTurn(CODE, 1, "YES_NO"), PROMPT.hash, "PLAIN", True).to_line(),
        "not of this kind",
    ),
    "no outcome": (
        {"kind": "reply", "run": 0, "round": 2, "agent": 1, "prompt": "", "share": True},
        "lacks 'outcome'",
    ),
    "share as a word": ({**reply(9, True, round=2).to_line(), "share": "yes"}, "true, false"),
    "wrong counts": (
        {"kind": "round", "run": 0, "round": 2, "asked": 2, "shared": 0, "abstained": 0},
        "other counts",
    ),
    "decisions beside replies": (
        {"kind": "decisions", "run": 0, "round": 2, "agents": [1], "share": [0]},
        "answers already",
    ),
    "an agent twice": (
        {"kind": "decisions", "run": 1, "round": 1, "agents": [1, 1], "share": [0, 0]},
        "twice",
    ),
    "share of 2": (
        {"kind": "decisions", "run": 1, "round": 1, "agents": [1], "share": [2]},
        "0 or 1",
    ),
    "no whole numbers": (
        {"kind": "decisions", "run": 1, "round": 1, "agents": [1.5], "share": [0]},
        "whole numbers",
    ),
    "ragged lists": (
        {"kind": "decisions", "run": 1, "round": 1, "agents": [[1], 2], "share": [0, 0]},
        "whole numbers",
    ),
    "a negative agent": (
        {"kind": "decisions", "run": 1, "round": 1, "agents": [-1], "share": [0]},
        "one answer for each",
    ),
    "too few answers": (
        {"kind": "decisions", "run": 1, "round": 1, "agents": [1, 2], "share": [0]},
        "one answer for each",
    ),
    "who abstains and shares": (
        {"kind": "decisions", "run": 1, "round": 1, "agents": [1], "share": [1], "abstained": [1]},
        "has not shared",
    ),
    "who abstains unasked": (
        {"kind": "decisions", "run": 1, "round": 1, "agents": [1], "share": [0], "abstained": [2]},
        "was not asked",
    ),
    "an end too early": ({"kind": "end", "run": 0}, "ends once"),
    "round 0": (reply(9, True, round=2).to_line() | {"round": 0}, "'round' does not fit"),
    "two prompts of one hash": (
        {"kind": "prompt", "hash": PROMPT.hash, "system": "a", "user": "b"},
        "its hash is another",
    ),
    "a prompt without text": ({"kind": "prompt", "hash": "", "system": 3, "user": "b"}, "is text"),
    "a void of what comes later": ({"kind": "void", "from": 12, "why": ""}, "'from' does not fit"),
}


@pytest.mark.parametrize(("line", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_line_that_does_not_fit_is_refused_with_its_number(
    path: Path, line: dict[str, Any], words: str
) -> None:
    path.write_bytes(path.read_bytes() + line_bytes(line) + line_bytes({"kind": "end", "run": 9}))
    with pytest.raises(BadFile, match=f"Line 10 does not fit.*{words}"):
        Recording.read(path)


def test_a_broken_line_in_the_middle_is_refused_with_its_number(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4][:30] + b"\n"
    path.write_bytes(b"".join(lines))
    with pytest.raises(BadFile, match="Line 5 is not valid JSON"):
        Recording.read(path)


def test_what_cannot_be_read_is_not_written(path: Path) -> None:
    before = path.read_bytes()
    with RecordingWriter(path, RUN) as writer:
        for bad in (reply(7, True, round=2), reply(1, True), reply(1, True, round=4)):
            with pytest.raises(BadValue):
                writer.reply(bad)
        with pytest.raises(BadValue, match="one after another"):
            writer.close_round(0, 1)
        with pytest.raises(BadValue, match="ends once"):
            writer.end(0)
        with pytest.raises(BadValue, match="answers already"):
            writer.decisions(0, 2, [1], [True])
        assert writer.recording.answers(0, 2) == {7: False}
    assert path.read_bytes() == before


ODD = st.sampled_from(
    [None, True, -1, 2, 10**30, 1.5, "x", [], [1], [[1], 2], {}, {"a": 1}, "\ud800"]
)


@settings(FUZZ, max_examples=300)
@given(st.data())
def test_a_changed_value_is_read_or_refused_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = copy.deepcopy(_sound_lines(tmp_path_factory))
    line = lines[data.draw(st.integers(0, len(lines) - 1))]
    place = line
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or not place[name] or data.draw(st.booleans()):
            break
        place = place[name]
    if data.draw(st.booleans()):
        place[name] = data.draw(ODD)
    elif data.draw(st.booleans()):
        place["\x1b[31m\n" + name] = place.pop(name)
    else:
        del place[name]
    path = tmp_path_factory.getbasetemp() / "changed.jsonl"
    path.write_bytes(b"".join(map(line_bytes, lines)))
    assert all(c.isprintable() or c == "\n" for c in _told(path))


def _told(path: Path) -> str:
    """Return the summary of a recording, or why there is none."""
    try:
        return summary_words(summary(Recording.read(path)))
    except BadFile as error:
        return str(error)


_SOUND: list[dict[str, Any]] = []


def _sound_lines(folders: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return the lines of a recording with every kind of line."""
    if not _SOUND:
        path = folders.mktemp("sound") / "a.jsonl"
        with RecordingWriter(path, RUN) as writer:
            writer.prompt(PROMPT)
            writer.reply(reply(3, True, seed=5, tokens=9, numbers={"yes": 0.5}))
            writer.close_round(0, 1)
            writer.end(0)
            writer.decisions(1, 1, [1, 2, 3], [True, False, False], [False, False, True])
            writer.close_round(1, 1)
            writer.reply(reply(3, True, run=1, round=2))
            writer.void(writer.next_line - 1, "changed")
        _SOUND.extend(lines_of(path))
    return _SOUND


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "newer format.*Take a newer newswave"),
        ({"version": True}, "version of the format"),
        ({"kind": "Setup"}, "This is no recording"),
        ({"purpose": "walk"}, "Unknown purpose"),
        ({"setup": None}, "needs their setup"),
        ({"source": {}}, "names its source"),
        ({"source": {"decider": "x", "started": "once"}}, "This is no time"),
        ({"source": {"decider": "x" * 3000}}, "'decider' does not fit"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(
    path: Path, change: dict[str, Any], words: str
) -> None:
    first, *rest = lines_of(path)
    path.write_bytes(b"".join(map(line_bytes, [{**first, **change}, *rest])))
    with pytest.raises(BadFile, match=f"Line 1 does not fit.*{words}"):
        Recording.read(path)


def test_what_a_newer_program_adds_is_passed_over(path: Path) -> None:
    lines = [{**line, "colour": "blue"} for line in lines_of(path)]
    lines[0]["source"]["mood"] = "good"
    path.write_bytes(b"".join(map(line_bytes, lines)))
    assert Recording.read(path).header == RUN


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Source("x", options={"a": float("nan")}),
        lambda: Source("x", options={"a": {1}}),
        lambda: Source("x", options=3),  # type: ignore[arg-type]
        lambda: Source("x", synthetic=1),  # type: ignore[arg-type]
        lambda: Header(RecordingPurpose.RUN, SOURCE),
        lambda: Header("run", SOURCE, SETUP),  # type: ignore[arg-type]
        lambda: Header(RecordingPurpose.RUN, SOURCE, SETUP, event("cup-final-draw")),
        lambda: Turn(0, 0, 1),
        lambda: Turn(0, 1, 1.5),  # type: ignore[arg-type]
        lambda: CellTurn("", 1, "YES_NO"),
        lambda: RecordedReply("key", "", "PLAIN", True),  # type: ignore[arg-type]
        lambda: reply(1, True, None),  # type: ignore[arg-type]
        lambda: reply(1, True, seconds=-1.0),
        lambda: reply(1, True, numbers={"yes": float("nan")}),
        lambda: RoundAnswers.of([1, 1], [True, True], [False, False]),
        lambda: RoundAnswers.of([1], [True], [True]),
    ],
)
def test_values_are_checked_when_they_are_made(wrong: Any) -> None:
    with pytest.raises(BadValue):
        wrong()


# --- a copy without texts, and the summary


def test_a_stripped_copy_has_no_texts_and_the_same_answers(path: Path, tmp_path: Path) -> None:
    with RecordingWriter(path, RUN) as writer:
        since = writer.next_line
        writer.reply(reply(8, True, round=2, thinking="secret", content="half \ud800"))
        writer.void(since, "changed")
        writer.close_round(0, 2)
    bare = strip(path, tmp_path / "out" / "bare.jsonl")
    for line in lines_of(bare):
        assert not {"content", "thinking", "reason"} & set(line)
    one, other = Recording.read(path), Recording.read(bare)
    assert one.header == other.header
    assert one.prompts == other.prompts
    assert other.voided == 1
    for at in (1, 2):
        assert one.answers(0, at) == other.answers(0, at)
    assert summary(one) == summary(other)
    with pytest.raises(BadFile, match="the name of the recording"):
        strip(path, path)
    path.write_bytes(path.read_bytes() + b'{"torn')
    assert Recording.read(strip(path, bare)).torn == 0
    path.write_text("{}\n")
    with pytest.raises(BadFile):
        strip(path, tmp_path / "not.jsonl")
    assert not (tmp_path / "not.jsonl").exists()


def test_the_summary_counts(path: Path) -> None:
    found = summary(Recording.read(path))
    assert (found.calls, found.retries, found.voided, found.torn) == (6, 2, 0, 0)
    assert (found.runs, found.finished, found.rounds) == (1, 0, 1)
    assert (found.asked, found.shared, found.abstained) == (3, 1, 1)
    assert found.outcomes == (("PLAIN", 3), ("UNREAD", 3))
    assert found.by_exposure == ((2, 2, 1), (3, 1, 0))
    assert (found.seconds, found.header) == (0.5, RUN)
    assert (found.header.setup, found.header.event) == (SETUP, SETUP.event)


def test_the_summary_in_words(path: Path) -> None:
    words = summary_words(summary(Recording.read(path)), 70)
    assert max(map(len, words.splitlines())) <= 70
    flat = " ".join(words.split())
    for said in (
        *("A recording of runs, begun 2026-01-31T09:30:00Z", "language model gemma3:1b"),
        *("digest 8648f39daa8f,", "server 0.33.0", "adjectives ab12", "temperature 1.0"),
        *("lantern-festival", "50 agents", "1 run (0 to the end), 1 whole round, 3 questions"),
        *("1 without an answer", "6 calls, 2 of them again, 0.5 s each (median)"),
        *("3 JSON as asked, 3 UNREAD", "1 of 2 (50%) with 2 sharing neighbours"),
    ):
        assert said in flat, said
    assert "synthetic" not in words
    made_up = replace(RUN, source=replace(SOURCE, synthetic=True))
    assert "synthetic: no language model" in summary_words(summary(Recording(made_up, {}, (), {})))


def test_texts_from_a_file_cannot_play_tricks_on_a_terminal(path: Path) -> None:
    with RecordingWriter(path, RUN) as writer:
        writer.reply(replace(reply(8, True, round=2), outcome="\x1b[31mRED\u202e\n"))
    lines = lines_of(path)
    lines[0]["source"]["model"] = "evil\x1b]0;owned\x07\r\n"
    path.write_bytes(b"".join(map(line_bytes, lines)))
    words = summary_words(summary(Recording.read(path)))
    assert all(c.isprintable() or c == "\n" for c in words)
    assert "RED" in words
    assert "evil" in words


def test_answers_of_a_round_are_in_the_order_of_the_agents() -> None:
    held = RoundAnswers.of(np.array([5, 2, 8]), [True, False, False], [False, False, True])
    assert held.agents.tolist() == [2, 5, 8]
    assert held.told() == {2: False, 5: True, 8: None}
    assert held.same(RoundAnswers.of([2, 5, 8], [0, 1, 0], [0, 0, 1]))
    assert not held.same(RoundAnswers.of([2, 5, 8], [0, 1, 0], [0, 0, 0]))


# --- what is changed in a file


def other(value: Any) -> Any:
    """Return a value of the same kind that is another."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value[:-1] + ("a" if value[-1:] != "a" else "b")
        case list():
            return value[1:] or [0]
        case dict():
            return {**value, "x": 1}
    return True


def test_any_change_of_any_entry_is_found(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with RecordingWriter(path, RUN) as writer:
        writer.prompt(PROMPT)
        told = {"content": "Yes!", "thinking": "Hm", "reason": "so", "done_reason": "stop"}
        writer.reply(reply(3, True, seed=5, tokens=9, numbers={"yes": 0.5}, seconds=1.5, **told))
        writer.close_round(0, 1)
        writer.end(0)
        writer.decisions(1, 1, [1, 2, 3], [True, False, False], [False, False, True])
        writer.close_round(1, 1)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert all(list(line)[-1] == "sum" for line in lines)
    tried = 0
    for at, line in enumerate(lines):
        for name, value in line.items():
            changed = [*lines[:at], {**line, name: other(value)}, *lines[at + 1 :]]
            path.write_bytes(b"".join(map(line_bytes, changed)))
            with pytest.raises(BadFile, match=f"Line {at + 1} "):
                Recording.read(path)
            tried += 1
    assert tried > 50
    path.write_bytes(b"".join(map(line_bytes, lines)))
    assert Recording.read(path).finished(0)


def test_a_changed_prompt_is_found_without_check_sums(path: Path) -> None:
    first, asked, *rest = lines_of(path)
    path.write_bytes(b"".join(map(line_bytes, [first, {**asked, "user": "Share it!"}, *rest])))
    with pytest.raises(BadFile, match=r"Line 2 does not fit.*prompt was changed"):
        Recording.read(path)


def test_a_copy_without_texts_has_check_sums_of_its_own(path: Path, tmp_path: Path) -> None:
    copy = strip(path, tmp_path / "copy.jsonl")
    assert Recording.read(copy).outcomes == Recording.read(path).outcomes
    assert all("sum" in json.loads(line) for line in copy.read_text("utf-8").splitlines())


def test_a_byte_order_mark_is_passed_over_and_gone_on_with(path: Path) -> None:
    before = Recording.read(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b'{"kind": "to')
    held = Recording.read(path)
    assert (held.outcomes, held.torn) == (before.outcomes, 12)
    with RecordingWriter(path, RUN) as writer:
        writer.reply(reply(40, True, round=2))
    assert len(Recording.read(path).all_replies) == len(before.all_replies) + 1
