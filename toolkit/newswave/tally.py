"""What was decided, counted: how many were asked and how many shared, by group and exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Decisions:
    """The decisions of runs, as counts: all that a likelihood of the decisions needs.

    Parameters
    ----------
    rows : tuple of str
        The groups or profiles.
    asked : array of int, shape (2, rows, M + 1)
        Decisions by layer (first round that an agent sees the news, later rounds), row and
        exposure.
    shared : array of int, shape (2, rows, M + 1)
        Those of them that were "share".

    Raises
    ------
    BadValue
        If the shapes differ or more shared than were asked.

    Examples
    --------
    >>> asked = [[[0, 8, 2]], [[0, 3, 4]]]
    >>> shared = [[[0, 2, 1]], [[0, 1, 2]]]
    >>> Decisions(("all",), asked, shared).total_asked.tolist()
    [[0, 11, 6]]
    """

    rows: tuple[str, ...]
    asked: Counts
    shared: Counts

    def __post_init__(self) -> None:
        for name in ("asked", "shared"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.int64))
        shape = self.asked.shape
        if shape != self.shared.shape or len(shape) != 3 or shape[:2] != (2, len(self.rows)):
            raise BadValue(
                "Decisions are counted by layer, row and exposure",
                given=f"{self.asked.shape} asked, {self.shared.shape} shared",
                allowed=f"(2, {len(self.rows)}, exposures) both",
            )
        if (self.shared > self.asked).any() or self.shared.min(initial=0) < 0:
            raise BadValue("More shared than were asked, or fewer than none")

    @classmethod
    def none(cls, rows: tuple[str, ...], max_exposure: int) -> Decisions:
        """Return counts of nothing yet."""
        zero = np.zeros((2, len(rows), max_exposure + 1), np.int64)
        return cls(rows, zero, zero.copy())

    def plus(self, layer: Any, rows: Any, exposure: Any, share: Any) -> Decisions:
        """Return the counts with one more decision for each entry of the four arrays.

        `layer` is 0 in the first round in which an agent sees the news, else 1.
        """
        cell = np.ravel_multi_index((layer, rows, exposure), self.asked.shape).ravel()
        size, shape = self.asked.size, self.asked.shape
        asked = np.bincount(cell, minlength=size).reshape(shape)
        said = np.asarray(share, dtype=bool).ravel()
        shared = np.bincount(cell[said], minlength=size).reshape(shape)
        return Decisions(self.rows, self.asked + asked, self.shared + shared)

    def __add__(self, other: Decisions) -> Decisions:
        """Return the decisions of both."""
        if self.rows != other.rows:
            raise BadValue("These decisions are of different groups", given=other.rows[:3])
        if self.asked.shape != other.asked.shape:
            raise BadValue(
                "These decisions are counted up to different exposures",
                given=f"{self.asked.shape[2] - 1} and {other.asked.shape[2] - 1}",
            )
        return Decisions(self.rows, self.asked + other.asked, self.shared + other.shared)

    @property
    def total_asked(self) -> Counts:
        """Decisions in both layers, shape (rows, M + 1)."""
        return np.asarray(self.asked.sum(axis=0))

    @property
    def total_shared(self) -> Counts:
        """Answers "share" in both layers, shape (rows, M + 1)."""
        return np.asarray(self.shared.sum(axis=0))
