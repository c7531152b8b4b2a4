"""Killed twenty times at random moments, work that is gone on with ends as if nothing had been.

SIGKILL cannot be caught: whatever was in memory is lost, as in a power cut of the program. The
programs that are killed are forked from one that has loaded everything, so that a start takes no
second. They are killed while calls are under way, since the server, which lives on in this process,
takes some milliseconds for each.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import programs
import pytest
from asked import NEWS, SMALL, WORDS, asked_for, live, survey, told

from newswave.core.population import PROFILES
from newswave.core.provenance import Method
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import replay
from newswave.llm.recording import Recording
from newswave.llm.survey import Plan

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork and no SIGKILL here")

KILLS = 20
RUN = replace(SMALL, replicas=3, rounds=4, n_agents=40, n_seeds=6)
PLAN = Plan(NEWS, WORDS)
COUNTED = Plan(NEWS, WORDS, PROFILES[:4], Method.REPEATED_ANSWERS, repeats=15)

NURSERY = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:]
import pandas, ollama, httpx
from test_killed import live, survey, RUN, PLAN, COUNTED

class There:
    pass

for line in sys.stdin:
    There.address, work, path, level = line.split()
    child = os.fork()
    if child == 0:
        if work == "live":
            live(Path(path), There, RUN, int(level))
        else:
            plan = {"read": PLAN, "counted": COUNTED}[work]
            survey(Path(path), There, plan, concurrency=int(level))
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture(scope="module")
def mother() -> Iterator[subprocess.Popen[str]]:
    """Yield a program that forks one that works, tells its number, and how it ended."""
    here = Path(__file__)
    command = [sys.executable, "-c", NURSERY, str(here.parents[1]), str(here.parent)]
    pipe = subprocess.PIPE
    mother = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    with programs.ended(mother, patience=10 * programs.PATIENCE):
        yield mother


def begin(mother: subprocess.Popen[str], address: str, work: str, path: Path, level: int) -> int:
    assert mother.stdin is not None
    assert mother.stdout is not None
    mother.stdin.write(f"{address} {work} {path} {level}\n")
    mother.stdin.flush()
    return int(mother.stdout.readline())


def ended(mother: subprocess.Popen[str]) -> int:
    assert mother.stdout is not None
    return int(mother.stdout.readline())


def killed_and_gone_on_with(
    mother: subprocess.Popen[str], stand_in: StandIn, work: str, path: Path, level: int, calls: int
) -> list[Recording]:
    """Kill it at random moments, then let it come to its end; return what each kill left."""
    draw = np.random.default_rng([len(work), level])
    left: list[Recording] = []
    for _ in range(KILLS):
        start = stand_in.calls
        child = begin(mother, stand_in.address, work, path, level)
        after = start + int(draw.integers(1, calls // KILLS + 2))
        patience = time.monotonic() + 20.0
        while stand_in.calls < after and time.monotonic() < patience:
            time.sleep(0.0005)
        time.sleep(float(draw.uniform(0.0, 0.006)))
        os.kill(child, signal.SIGKILL)
        assert ended(mother) == signal.SIGKILL
        left.append(Recording.read(path))
    begin(mother, stand_in.address, work, path, level)
    assert ended(mother) == 0
    return left


@pytest.mark.parametrize("level", [1, 4])
def test_a_live_run_that_is_killed_again_and_again_ends_as_if_undisturbed(
    mother: subprocess.Popen[str], tmp_path: Path, level: int
) -> None:
    whole, path = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    with StandIn() as stand_in:
        played = live(whole, stand_in, RUN, 4)
    wanted = told(whole)
    calls = len(wanted["replies"])
    with StandIn(delay=0.004) as stand_in:
        left = killed_and_gone_on_with(mother, stand_in, "live", path, level, calls)
        _assert_nothing_twice(stand_in, path, level)
    assert told(path) == wanted
    sizes = [len(held.all_replies) for held in left]
    assert sizes == sorted(sizes)
    in_mid_round = [held for held in left if any(not at.whole for at in held.rounds.values())]
    assert len(in_mid_round) > KILLS // 2
    again = replay(Recording.read(path))
    assert np.array_equal(again.curve.counts, played.curve.counts)
    assert again.log.equals(played.log)


@pytest.mark.parametrize(("work", "plan"), [("read", PLAN), ("counted", COUNTED)])
def test_a_survey_that_is_killed_again_and_again_ends_as_if_undisturbed(
    mother: subprocess.Popen[str], tmp_path: Path, work: str, plan: Plan
) -> None:
    whole, path = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    level = {"read": 1, "counted": 4}[work]
    with StandIn() as stand_in:
        found = survey(whole, stand_in, plan)
    with StandIn(delay=0.004) as stand_in:
        killed_and_gone_on_with(mother, stand_in, work, path, level, found.calls)
        _assert_nothing_twice(stand_in, path, level)
        calls = stand_in.calls
        again = survey(path, stand_in, plan)
        assert stand_in.calls == calls
    assert told(path) == told(whole)
    assert again.measured.cells == found.measured.cells
    assert np.array_equal(again.measured.given.probabilities, found.measured.given.probabilities)


def _assert_nothing_twice(stand_in: StandIn, path: Path, level: int) -> None:
    """Only what was under way when it was killed, at most `level` calls each time, is lost."""
    replies = len(Recording.read(path).all_replies)
    sent = Counter(asked_for(stand_in))
    assert sent.total() < 1000  # the stand-in keeps no more
    assert len(sent) == replies
    assert 0 <= sent.total() - replies <= KILLS * level
    assert stand_in.calls - replies <= KILLS * level
