"""Language-model agents in one call each: measured, asked, stopped and gone on with, replayed."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

import newswave as nw
from newswave.core.errors import BadValue
from newswave.core.wording import Question
from newswave.llm.batch import Stopped
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.ollama_server import Server
from newswave.llm.play import measure_table, replay, run_agents
from newswave.llm.recording import Recording
from newswave.llm.server import ServerGone

WORDS = nw.wording("adjectives")
NEWS = nw.event("teachers-sit-in")
ASKED = nw.Setup(
    n_agents=40,
    n_seeds=4,
    rounds=4,
    replicas=2,
    mix=nw.IndependentTraits(),
    sharing=nw.Asked("synthetic", WORDS),
    event=NEWS,
)


def test_a_table_is_measured_once_and_then_read_from_its_recording(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        server, plan = Server(stand_in.address), nw.Plan(NEWS, WORDS)
        first = measure_table("synthetic", plan, tmp_path / "table.jsonl", server)
        calls = stand_in.calls
        again = measure_table("synthetic", plan, tmp_path / "table.jsonl", server)
        assert calls == stand_in.calls == first.calls == 104
    assert again.measured == first.measured or np.array_equal(
        again.measured.given.probabilities, first.measured.given.probabilities
    )
    assert again.measured.cells == first.measured.cells


def test_agents_are_asked_and_replayed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in:
        played = run_agents(ASKED, path, Server(stand_in.address), concurrency=4)
        assert stand_in.calls == len(Recording.read(path).all_replies)
    again = replay(path)
    assert played.curve.runs == again.curve.runs == 2
    assert np.array_equal(played.curve.counts, again.curve.counts)
    assert played.log.equals(again.log)
    assert played.curve.setup == again.curve.setup
    assert again.curve.setup is not None
    assert again.curve.setup.synthetic


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    stop = threading.Event()

    def after_some(at: int, done: int, total: int) -> None:  # noqa: ARG001
        if at == 2:
            stop.set()

    with StandIn(delay=0.002) as stand_in:
        server = Server(stand_in.address)
        undisturbed = run_agents(ASKED, whole, server, 2)
        with pytest.raises(Stopped):
            run_agents(ASKED, parts, server, 2, after_some, stop)
        kept = len(Recording.read(parts).all_replies)
        calls = stand_in.calls
        went_on = run_agents(ASKED, parts, server, 2)
        asked_again = stand_in.calls - calls
    assert 0 < kept < len(Recording.read(whole).all_replies)
    assert asked_again == len(Recording.read(parts).all_replies) - kept
    assert np.array_equal(went_on.curve.counts, undisturbed.curve.counts)


def test_without_reasons_the_decision_alone_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn() as stand_in:
        run_agents(ASKED, path, Server(stand_in.address), reasons=False)
    recording = Recording.read(path)
    assert recording.header.source.options["question"] == Question.DECISION.name
    assert all(reply.reason is None for reply in recording.all_replies)


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="No language model decides"):
        run_agents(nw.Setup(), tmp_path / "run.jsonl")
    with StandIn() as stand_in:
        address = stand_in.address
    with pytest.raises(ServerGone):
        run_agents(ASKED, tmp_path / "run.jsonl", Server(address))
    assert not (tmp_path / "run.jsonl").exists()
