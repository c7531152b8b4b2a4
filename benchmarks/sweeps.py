"""Time a sweep with one worker and with two, and one that is resumed when all is done.

python benchmarks/sweeps.py            # about two minutes
python benchmarks/sweeps.py --quick    # about half a minute
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goals import HEADER, Figure, quantile

GOAL = 1.7


@dataclass(frozen=True)
class Sizes:
    """How large everything is; sweeps of one and of two workers take turns."""

    seeds: int = 8
    agents: int = 1000
    replicas: int = 20
    turns: int = 3


QUICK = Sizes(seeds=4, agents=300, turns=1)


def figures(sizes: Sizes) -> Iterator[Figure]:
    """Yield the lines of the table."""
    from newswave.core.setup import Setup
    from newswave.studies.grid import Grid
    from newswave.studies.study import Compared, Spread
    from newswave.studies.sweep import sweep

    base = Setup(n_agents=sizes.agents, rounds=40, replicas=sizes.replicas)
    grid = Grid(base, degree=[4, 8], seed=range(sizes.seeds))
    warm = Grid(base, seed=range(4))
    sweep(warm, Spread(), workers=2)  # The processes are started before the clock is.
    turns = []
    for _ in range(sizes.turns):
        with tempfile.TemporaryDirectory() as folder:
            tables, turn = set(), []
            for name, workers in (("one", 1), ("two", 2), ("two", 2)):
                wall, cpu = time.perf_counter(), cpu_seconds()
                found = sweep(grid, Compared(99), Path(folder) / name, workers)
                turn.append((time.perf_counter() - wall, cpu_seconds() - cpu))
                tables.add(found.to_csv())
            if len(tables) > 1:
                raise AssertionError("one and two workers find different numbers")
            turns.append(turn)
    one, two, again = ([turn[at][0] for turn in turns] for at in range(3))
    cells = f"{len(grid)} cells of {sizes.agents} agents, all fits and verdict"
    yield Figure(f"{cells}: one worker", quantile(one, 0.5), "s")
    yield Figure(f"{cells}: two workers", quantile(two, 0.5), "s")
    ratios = [first / second for first, second in zip(one, two, strict=True)]
    yield Figure("one worker over two, median of turns", quantile(ratios, 0.5), "", GOAL, True)
    spent = [turn[1][1] / turn[0][1] for turn in turns]
    yield Figure("processor time of two workers over that of one", quantile(spent, 0.5))
    yield Figure("the same again when all is done", quantile(again, 0.5), "s")


def cpu_seconds() -> float:
    """Return the processor time of this process and of all that it started, which still live."""
    import psutil

    here = psutil.Process()
    times = [process.cpu_times() for process in (here, *here.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller, one turn")
    quick = parser.parse_args(arguments).quick
    load = os.getloadavg()[0]
    print(HEADER, flush=True)
    for figure in figures(QUICK if quick else Sizes()):
        print(figure.line(), flush=True)
    print(f"\nWall time on {os.cpu_count()} processors; load at the start {load:.1f}.")
    print("On processors that others use too, the ratio says more about them than about the sweep:")
    print("there the processor time says what two workers would gain.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
