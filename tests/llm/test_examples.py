"""The shipped table and recording: synthetic, said to be, and what the stand-in gives again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from asked import truth
from make_examples import NEWS, WORDS, make

from newswave.core.provenance import Method
from newswave.core.rules import load_measured, synthetic_table
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.play import replay, synthetic_recording
from newswave.llm.recording import Recording, Turn
from newswave.llm.survey import Plan


def without_times(recording: Recording) -> list[object]:
    """Return what was recorded, apart from when and how fast."""
    replies = [replace(reply, at="", seconds=None) for reply in recording.all_replies]
    answers = [(key, held.told(), held.whole) for key, held in sorted(recording.rounds.items())]
    return [replies, answers, recording.prompts, recording.ended]


def test_they_are_what_the_stand_in_gives_again(tmp_path: Path) -> None:
    table, recording = make(tmp_path)
    shipped = synthetic_table()
    made = load_measured(table)
    assert np.array_equal(made.given.probabilities, shipped.given.probabilities)
    assert made.cells == shipped.cells
    assert made.origin is not None
    assert shipped.origin is not None
    assert replace(made.origin, made="", client="") == replace(shipped.origin, made="", client="")
    assert without_times(Recording.read(recording)) == without_times(synthetic_recording())


def test_the_table_holds_the_known_chances() -> None:
    table = synthetic_table()
    for cell in table.cells:
        known = truth(Mind(), Plan(NEWS, WORDS), cell, cell.method)
        assert cell.method is Method.DECISION
        assert abs(cell.probability - known) < 1e-9


def test_both_say_that_they_are_synthetic() -> None:
    table, recording = synthetic_table(), synthetic_recording()
    assert table.origin is not None
    assert table.origin.synthetic
    assert "synthetic" in table.given.source
    assert recording.header.source.synthetic
    assert recording.setup is not None
    assert recording.setup.synthetic
    assert all("ynthetic" in (reply.reason or "") for reply in recording.all_replies)


def test_both_were_made_in_the_words_that_are_shipped() -> None:
    table, recording = synthetic_table(), synthetic_recording()
    assert table.origin is not None
    assert table.origin.wording_hash == recording.header.source.wording_hash == WORDS.hash


def test_the_recording_plays_to_its_end_and_shows_every_exchange() -> None:
    recording = synthetic_recording()
    played = replay(recording)
    assert played.left_out == ""
    assert played.curve.counts[0, -1] > 90
    asked = {(turn.round, turn.agent) for turn in recording.by_key if isinstance(turn, Turn)}
    log = set(zip(played.log["round"], played.log["agent"], strict=True))
    assert asked == log
