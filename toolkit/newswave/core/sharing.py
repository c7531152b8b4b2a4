"""P(share | row, exposure): the sharing table, and decisions counted by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue, one_of, probability, real_number, whole_number

Floats = npt.NDArray[np.float64]

Counts = npt.NDArray[np.int64]

_RARE = 1e-12


# The one object that says how agents decide, P(share | row, exposure).
#
# A row of the table is a group of agents: a personality profile, or a named group. Exposure m is
# the number of sharing neighbours that an agent sees. A rule writes the table here; a language
# model can be measured into one; a file can hold one; runs, ensembles and theory all read it.


@dataclass(frozen=True, eq=False)
class SharingTable:
    """P(share | row, exposure) for one event.

    Parameters
    ----------
    rows : tuple of str
        The name of each row: a profile's code or a group's name.
    probabilities : array of float, shape (rows, M + 1)
        Column m is the chance to share in one round at exposure m. Column 0 is 0. The last column
        stands for "M or more".
    repeat : array of float, shape (rows, M + 1), optional
        The same for the rounds after the first one in which an agent sees the news. Without it,
        every round is alike.
    source : str
        Where the numbers come from; shown wherever the table is.

    Raises
    ------
    BadValue
        If a shape is wrong, a name doubled, a number outside 0 to 1 or not a number, or column 0
        not 0.

    Examples
    --------
    >>> table = SharingTable.contact(("keen", "calm"), (0.5, 0.1), 2)
    >>> table.probabilities.round(2).tolist()
    [[0.0, 0.5, 0.75], [0.0, 0.1, 0.19]]
    """

    rows: tuple[str, ...]
    probabilities: Floats
    repeat: Floats | None = None
    source: str = "given by hand"

    def __post_init__(self) -> None:
        rows = _row_names(self.rows)
        if not isinstance(self.source, str):
            raise BadValue("The source of a sharing table is text", given=self.source)
        if not rows or len(set(rows)) != len(rows) or not all(rows):
            raise BadValue(
                "A sharing table needs a name for each row, each once",
                given=", ".join(rows) or "no rows",
            )
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "probabilities", _checked(self.probabilities, len(rows)))
        if self.repeat is not None:
            repeat = _checked(self.repeat, len(rows))
            if repeat.shape != self.probabilities.shape:
                raise BadValue(
                    "The two halves of a sharing table differ in shape",
                    given=f"{self.probabilities.shape} and {repeat.shape}",
                )
            object.__setattr__(self, "repeat", repeat)

    @classmethod
    def contact(
        cls,
        rows: tuple[str, ...],
        share_probabilities: Any,
        max_exposure: int,
        source: str = "rule",
    ) -> SharingTable:
        """Return the table of the contact rule, P(m) = 1 − (1 − q)^m.

        Parameters
        ----------
        rows : tuple of str
            Names.
        share_probabilities : sequence of float
            q of each row, per contact and round.
        max_exposure : int
            The largest m that is needed: the largest degree of the network.
        source : str
            Where q comes from.
        """
        chance = np.array([probability("A share probability", q) for q in share_probabilities])
        exposure = np.arange(whole_number("The largest exposure", max_exposure, 1) + 1)
        return cls(rows, 1.0 - (1.0 - chance[:, None]) ** exposure, source=source)

    @property
    def max_exposure(self) -> int:
        """The largest exposure with a column of its own, M."""
        return int(self.probabilities.shape[1]) - 1

    @property
    def hazards(self) -> Floats:
        """−ln(1 − P), shape (rows, M + 1), per round; infinite where P = 1."""
        return np.asarray(hazard(self.probabilities))

    def contact_rates(self) -> Floats | None:
        """Return each row's transmission rate if the table obeys the contact rule, else None.

        The rate is β = −ln(1 − P(1)), a hazard per contact and round, and the contact rule is
        P(m) = 1 − e^(−β m) in every column and every round.

        Examples
        --------
        >>> SharingTable.contact(("all",), (0.5,), 8).contact_rates().round(4).tolist()
        [0.6931]
        """
        survival = 1.0 - self.probabilities
        expected = survival[:, 1:2] ** np.arange(survival.shape[1])
        if self.repeat is not None and not np.array_equal(self.repeat, self.probabilities):
            return None
        return self.hazards[:, 1] if np.abs(survival - expected).max() < 1e-12 else None

    def up_to(self, max_exposure: int) -> SharingTable:
        """Return the table with columns 0 to `max_exposure`.

        A table that obeys the contact rule is continued by it; any other holds its last column,
        which stands for "M or more".
        """
        wanted = whole_number("The largest exposure", max_exposure, 1)
        if self.contact_rates() is not None and wanted > self.max_exposure:
            return SharingTable.contact(self.rows, self.probabilities[:, 1], wanted, self.source)
        columns = np.minimum(np.arange(wanted + 1), self.max_exposure)
        repeat = None if self.repeat is None else self.repeat[:, columns]
        return SharingTable(self.rows, self.probabilities[:, columns], repeat, self.source)

    def pick(self, names: tuple[str, ...], labels: tuple[str, ...] | None = None) -> SharingTable:
        """Return the rows called `names`, in that order, under new `labels` if given."""
        where = [self.rows.index(one_of("row of the table", name, self.rows)) for name in names]
        repeat = None if self.repeat is None else self.repeat[where]
        return SharingTable(labels or names, self.probabilities[where], repeat, self.source)

    def with_repeat_ratio(self, ratio: float) -> SharingTable:
        """Return the table in which repeated rounds have `ratio` times the hazard of the first.

        P_repeat = 1 − (1 − P)^ratio; a ratio of 1 changes nothing.
        """
        real_number("The repeat ratio", ratio, 0.0)
        if ratio == 1.0:
            return self
        repeat = 1.0 - (1.0 - self.probabilities) ** ratio
        repeat[:, 0] = 0.0
        return SharingTable(self.rows, self.probabilities, repeat, self.source)


def hazard(share_probability: Any) -> Any:
    """Return the hazard −ln(1 − P) of a probability per round."""
    with np.errstate(divide="ignore"):
        return -np.log1p(-np.asarray(share_probability, dtype=np.float64))


def share_probability(rate: Any) -> Any:
    """Return the probability 1 − e^(−rate) per round of a hazard."""
    return -np.expm1(-np.asarray(rate, dtype=np.float64))


def between(chances: Floats, asked: Sequence[int]) -> Floats:
    """Return chances for exposures 0, …, M from those at some, 1 = asked[0] < … < asked[-1] = M.

    Between two of them ln h is a straight line in ln m, h = −ln(1 − P), so that the contact rule
    stays the contact rule.

    Parameters
    ----------
    chances : array of float, shape (rows, len(asked))
        P(share) at the exposures that were asked.
    asked : sequence of int
        Those exposures.

    Examples
    --------
    >>> between(1.0 - 0.9 ** np.array([[1.0, 2.0, 4.0]]), [1, 2, 4]).round(4).tolist()
    [[0.0, 0.1, 0.19, 0.271, 0.3439]]
    """
    known, every = np.array(asked, dtype=np.float64), np.arange(1.0, asked[-1] + 1)
    result = np.zeros((len(chances), asked[-1] + 1))
    logs = np.log(hazard(np.clip(chances, _RARE, 1.0 - _RARE)))
    for row, log in enumerate(logs):
        result[row, 1:] = share_probability(np.exp(np.interp(np.log(every), np.log(known), log)))
    result[:, list(asked)] = chances
    return result


def _row_names(names: Any) -> tuple[str, ...]:
    try:
        return tuple(str(name) for name in ((names,) if isinstance(names, str) else names))
    except TypeError:
        allowed = "a sequence of texts"
        raise BadValue("These are no names of rows", given=names, allowed=allowed) from None


def _checked(values: Any, n_rows: int) -> Floats:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadValue("A sharing table holds numbers only", given=values) from error
    if array.ndim != 2 or array.shape[0] != n_rows or array.shape[1] < 2:
        raise BadValue(
            "This sharing table has the wrong shape",
            given=f"shape {array.shape} for {n_rows} named rows",
            allowed=f"{n_rows} rows and two columns or more: exposure 0, 1, ...",
        )
    bad = ~((array >= 0.0) & (array <= 1.0))
    if bad.any():
        raise BadValue(
            "A sharing table holds probabilities", given=array[bad][0], allowed="0 to 1, no gaps"
        )
    if array[:, 0].any():
        raise BadValue(
            "Nobody shares what nobody showed them: column 0 must be 0",
            given=array[:, 0].max(),
            advice="Put exposure 0 in the first column; news from outside is `source_probability`",
        )
    array.setflags(write=False)
    return array


# What was decided, counted: how many were asked and how many shared, by group and exposure.


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
        yes = np.asarray(share, dtype=bool).ravel()
        shared = np.bincount(cell[yes], minlength=size).reshape(shape)
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
