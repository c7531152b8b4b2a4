"""Language-model agents: what a table saves, how true it is, and what newswave itself costs.

All answers come from newswave's stand-in for an Ollama server, a formula over real HTTP in a
process of its own; no language model is needed, and none is judged.

    python benchmarks/agents.py                 # 20 live runs of 1000 agents, some minutes
    python benchmarks/agents.py --agents 300 --runs 5
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import newswave as nw
from newswave.core.law import draw_thresholds, one_run
from newswave.core.rules import Asked, Measured
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.llm.batch import Interview, Pace
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.ollama_server import Server
from newswave.llm.play import Asking, Played, answered_by, ask_runs, run_header
from newswave.llm.recording import RecordingWriter
from newswave.llm.server import Preflight
from newswave.llm.survey import Plan, Survey, Surveyed, survey_header

EVENT = nw.event("teachers-sit-in")
WORDS = nw.wording("adjectives")
ROUNDS = 30
DRAWS = 100
"""Runs of the table with other luck for the seed agents of each live run."""

STAND_IN = (
    "import sys; from newswave.llm.fake_ollama.server import StandIn; "
    "held = StandIn(delay=float(sys.argv[1])); print(held.address, flush=True); sys.stdin.read()"
)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Timed:
    """Live runs with the seconds that they took, and those of them that newswave computed."""

    played: Played
    wall: float
    cpu: float

    @property
    def decisions(self) -> int:
        """How many decisions were asked for."""
        return len(self.played.log)


@contextlib.contextmanager
def stand_in(delay: float = 0.0) -> Iterator[Server]:
    """Yield a stand-in that runs in a process of its own."""
    command = [sys.executable, "-c", STAND_IN, str(delay)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield Server(process.stdout.readline().strip())
        process.stdin.close()


def live_setup(agents: int, runs: int, seeds: int | None = None) -> Setup:
    """Return runs of agents of all 32 profiles on a random regular network of degree 8."""
    return Setup(
        n_agents=agents,
        network=nw.RandomRegular(8),
        mix=nw.IndependentTraits(),
        sharing=Asked("synthetic:latest", WORDS, synthetic=True),
        event=EVENT,
        n_seeds=max(1, agents // 100) if seeds is None else seeds,
        rounds=ROUNDS,
        replicas=runs,
    )


def measured(server: Server, folder: Path, event: nw.Event = EVENT) -> Surveyed:
    """Return the table of a model, as newswave measures it."""
    ready, plan = Preflight.of(server, "synthetic"), Plan(event, WORDS)
    header = survey_header(plan, ready.model, ready.found)
    with RecordingWriter(folder / f"{event.id}.jsonl", header) as writer:
        return Survey(plan, Interview(server, ready.model, writer)).finish()


def lived(server: Server, folder: Path, setup: Setup, level: int | None) -> Timed:
    """Return live runs with their times."""
    ready = Preflight.of(server, "synthetic")
    asking = Asking(answered_by(setup, ready.model))
    header = run_header(asking, ready.model, ready.found)
    name = f"{setup.n_agents} {setup.replicas} {level} {time.monotonic()}.jsonl"
    with RecordingWriter(folder / name, header) as writer:
        interview = Interview(server, ready.model, writer, Pace(level))
        wall, cpu = time.perf_counter(), time.process_time()
        played = ask_runs(asking.setup, interview, asking)
        return Timed(played, time.perf_counter() - wall, time.process_time() - cpu)


def error(found: Surveyed, event: nw.Event) -> float:
    """Return the largest difference between a table and the formula of the stand-in."""
    mind = Mind()
    return max(
        abs(
            cell.probability
            - mind.probability(nw.Profile.from_code(cell.row), event, cell.exposure)
        )
        for cell in found.measured.cells
    )


def same_seeds(setup: Setup, rule: Measured) -> Floats:
    """Return the table's fractions for the seed agents of each live run, with other luck.

    Shape (runs, `DRAWS`, rounds + 1). Network, placement and seed agents are those of the live
    runs; thresholds are new.
    """
    world = World.of(replace(setup, sharing=rule))
    luck = np.random.default_rng(1)
    found = np.empty((setup.replicas, DRAWS, setup.rounds + 1))
    for run in range(setup.replicas):
        seeds = world.luck(run)[1]
        for draw in range(DRAWS):
            threshold, _ = draw_thresholds(setup.n_agents, 0, luck)
            states = one_run(world.law, world.network, world.rows, (threshold, seeds), ROUNDS)
            found[run, draw] = [np.count_nonzero(shared) for shared in states]
    return found / setup.n_agents


@dataclass(frozen=True)
class Gap:
    """The largest gap over all rounds between the mean of the live runs and the table's.

    Parameters
    ----------
    largest : float
        Of the live runs.
    usual, rare : float
        Median and 95 % quantile of the same gap for as many runs of the table itself: what luck
        alone makes of it.
    """

    largest: float
    usual: float
    rare: float

    @classmethod
    def of(cls, live: Floats, table: Floats) -> Gap:
        """Return the gap of live runs, shape (runs, rounds + 1), and a table's, as above."""
        mean = table.mean(axis=(0, 1))
        luck = np.abs(table.mean(axis=0) - mean).max(axis=1)
        largest = float(np.abs(live.mean(axis=0) - mean).max())
        return cls(largest, float(np.median(luck)), float(np.quantile(luck, 0.95)))


def lines(agents: int, runs: int, seeds: int | None = None) -> Iterator[str]:
    """Yield the figures, a line for each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with stand_in() as server:
            events = nw.library()[:: len(nw.library()) // 6][:6]
            tables = [(event, measured(server, folder, event)) for event in events]
            worst = max(error(found, event) for event, found in tables)
            calls = sum(found.calls for _, found in tables)
            yield f"tables of {len(tables)} events: {calls} calls, largest error {worst:.1e}"
            table = measured(server, folder)
            setup = live_setup(agents, runs, seeds)
            timed = lived(server, folder, setup, None)
        yield from _agreement(setup, timed, table)
        yield from _speed_up(folder)


def _agreement(setup: Setup, timed: Timed, table: Surveyed) -> Iterator[str]:
    size = f"{setup.replicas} live runs of {setup.n_agents} agents"
    each = timed.decisions / setup.replicas
    saved, at_once = 1 - table.calls / timed.decisions, 1 - table.calls / each
    yield f"{size}: {timed.decisions} decisions, {each:.0f} a run"
    yield f"the table: {table.calls} calls; {at_once:.1%} saved by one run, {saved:.1%} by all"
    gap = Gap.of(timed.played.curve.counts / setup.n_agents, same_seeds(setup, table.measured))
    yield (
        f"largest gap of the mean curve: {gap.largest:.4f}; luck alone makes {gap.usual:.4f} "
        f"(median), {gap.rare:.4f} (95 %)"
    )
    cpu, wall = (1000 * seconds / timed.decisions for seconds in (timed.cpu, timed.wall))
    yield f"a live decision: {cpu:.2f} ms of newswave's own, {wall:.2f} ms by the clock"


def _speed_up(folder: Path) -> Iterator[str]:
    """Yield how much faster eight at once are with a server that takes 50 ms an answer."""
    setup = live_setup(100, 1, 10)
    short = replace(setup, rounds=4)
    seconds = {}
    with stand_in(0.05) as server:
        for level in (1, 8):
            seconds[level] = lived(server, folder, short, level).wall
    one, eight = seconds[1], seconds[8]
    yield f"50 ms a call: {one:.1f} s one by one, {eight:.1f} s eight at once, {one / eight:.1f}x"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seeds", type=int, help="seed agents; 1 of 100 if not given")
    arguments = parser.parse_args()
    for line in lines(arguments.agents, arguments.runs, arguments.seeds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
