"""What a file that was brought turns out to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.curvefiles import CurveTable
from newswave.datasets import DATASETS, Dataset
from newswave.errors import BadValue
from newswave.events import Event
from newswave.readas import Scale
from newswave.recordings import Header
from newswave.rules import Measured
from newswave.setups import Setup
from newswave.tally import Decisions

MOST_ROUNDS = 2000
MOST_COUNTS = 1_000_000


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of sharers by round, before it is known how many there are in all.

    Parameters
    ----------
    name : str
        Of the file, or of the dataset.
    unit : str
        The time step.
    counts : array, shape (runs, rounds + 1)
        Cumulative counts.
    first_round : int
        The round of the first count.
    n_agents : int, optional
        How many there are in all, where that is known.
    setup : Setup, optional
        What was run, where it was run by newswave.
    dataset : Dataset, optional
        The dataset that it is.
    times : array, shape (rounds + 1,), optional
        When the counts were taken, where that is not once in each round (`Curve`).
    table : CurveTable, optional
        The table that they were read from, which may say more once N is known.
    decisions : Decisions, optional
        What was decided, where a recording was played.

    Raises
    ------
    BadValue
        If there is more of it than a page can fit.
    """

    name: str
    unit: str
    counts: npt.NDArray[Any]
    first_round: int = 0
    n_agents: int | None = None
    setup: Setup | None = None
    dataset: Dataset | None = None
    times: npt.NDArray[Any] | None = None
    table: CurveTable | None = None
    decisions: Decisions | None = None

    def __post_init__(self) -> None:
        runs, rounds = self.counts.shape
        if rounds - 1 > MOST_ROUNDS or self.counts.size > MOST_COUNTS:
            raise BadValue(
                "This curve is too long for the page",
                given=f"{runs} runs of {rounds} counts",
                allowed=f"up to {MOST_ROUNDS} rounds and {MOST_COUNTS:,} counts",
                advice="Fit it on the command line: newswave fit FILE --agents N",
            )

    def curve(self, n_agents: int) -> Curve:
        """Return the curve if there are so many in all, or raise `BadValue`."""
        if self.table is not None:
            return Curve.of_table(self.table, n_agents)
        counts, first = self.counts, self.first_round
        return Curve(counts, n_agents, first_round=first, setup=self.setup, times=self.times)

    def default_agents(self) -> tuple[int, str]:
        """Return how many there are in all as long as nobody says, and why if it is not known."""
        if self.n_agents is not None:
            return self.n_agents, ""
        if self.table is not None:
            return self.table.default_agents()
        return max(1, int(np.max(self.counts))), "the largest count"

    def read_words(self, n_agents: int) -> str:
        """Return what was read from the file in one line; '' where it was no table."""
        return "" if self.table is None else self.table.words(n_agents)

    def scaled(self, scale: Scale | None) -> Counts:
        """Return the counts with their file read in another scale; None to go by the file."""
        if self.table is None:
            raise BadValue("There is no file to read in another scale")
        return Counts.of_table(self.name, self.table.scaled(scale))

    @classmethod
    def of_table(cls, name: str, table: CurveTable) -> Counts:
        """Return the counts in a table that was read."""
        counts = table.counts().counts
        return cls(name, table.unit, counts, times=table.times, table=table)

    @classmethod
    def of_dataset(cls, name: str) -> Counts:
        """Return the counts of a dataset that comes with newswave.

        >>> Counts.of_dataset("physicians").n_agents
        125
        """
        found = DATASETS[name]
        curve = found.read()
        return cls(name, found.unit, curve.counts, curve.first_round, curve.n_agents, dataset=found)


@dataclass(frozen=True)
class OwnEvents:
    """Events of one's own."""

    name: str
    events: tuple[Event, ...]
    source: str = ""


@dataclass(frozen=True, eq=False)
class OwnTable:
    """A sharing table, with what is to be known of it in sentences."""

    name: str
    measured: Measured
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnSetup:
    """A setup."""

    name: str
    setup: Setup


@dataclass(frozen=True, eq=False)
class OwnRecording:
    """A recording in words, and what it gives: the curve of its runs, or the table it measured."""

    name: str
    header: Header
    words: str
    counts: Counts | None = None
    table: OwnTable | None = None
    notes: tuple[str, ...] = ()


Brought = Counts | OwnEvents | OwnTable | OwnSetup | OwnRecording
