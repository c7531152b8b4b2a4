"""What a file that was brought turns out to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.datasets import DATASETS, Dataset
from newswave.errors import BadValue
from newswave.events import Event
from newswave.recordings import Header
from newswave.rules import Measured
from newswave.setups import Setup

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
        counts, first = self.counts, self.first_round
        return Curve(counts, n_agents, first_round=first, setup=self.setup, times=self.times)

    @property
    def last(self) -> float:
        """The largest count."""
        return float(np.max(self.counts))

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
