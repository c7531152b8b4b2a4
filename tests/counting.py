"""Cheap studies for the tests of sweeps, which processes of joblib and Dask can import."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from newswave.core.setup import Setup
from newswave.studies.grid import Grid
from newswave.studies.study import Finding

BASE = Setup(n_agents=60, n_seeds=3, rounds=12, replicas=3)


def small_grid(seeds: int = 3) -> Grid:
    """Return a grid of twice as many cells as seeds."""
    return Grid(BASE, degree=[4, 8], seed=range(seeds))


@dataclass(frozen=True)
class Counting:
    """Writes a line for each cell that it works on: its process, degree and seed.

    A cell of the seed `fails` raises; one of the seed `deadly` kills its process, the first time
    only if there is a file to note it in.
    """

    log: str
    fails: int = -1
    deadly: int = -1
    flag: str = ""

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        """Return numbers that say which setup it was."""
        degree = setup.network.mean_degree_for(setup.n_agents)
        with Path(self.log).open("a") as log:
            log.write(f"{os.getpid()} {degree:g} {setup.seed}\n")
        if setup.seed == self.deadly:
            self._die()
        if setup.seed == self.fails:
            raise ZeroDivisionError(f"seed {setup.seed} cannot be\n divided")
        return (
            Finding("third", degree / 3 + setup.seed, 0.1, float("nan"), text='a "word", and more'),
            Finding("verdict", text="one rate", model="one rate", mixing="network", method="m"),
        )

    def _die(self) -> None:
        if self.flag:
            with contextlib.suppress(FileExistsError):
                Path(self.flag).touch(exist_ok=False)
                os.kill(os.getpid(), signal.SIGKILL)
            return
        os.kill(os.getpid(), signal.SIGKILL)


def worked(log: Path) -> list[tuple[int, ...]]:
    """Return process, degree and seed of each time that a cell was worked on."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [tuple(map(int, line.split())) for line in lines]
