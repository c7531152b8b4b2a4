"""The history of runs as counts of sharers by round, with where they come from."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadFile, BadValue, NewswaveError, of_file, whole_number
from newswave.core.files import is_frame, write_whole
from newswave.core.readers.columns import AS_IT_SAYS, ReadAs
from newswave.core.readers.curves import CurveTable, read_curve

if TYPE_CHECKING:
    from newswave.core.setup import Setup

Floats = npt.NDArray[np.float64]

_LATEST = 1e12


@dataclass(frozen=True, eq=False)
class Curve:
    """How many agents have shared by each round, in one run or in many.

    Parameters
    ----------
    counts : array of float, shape (runs, rounds + 1) or (rounds + 1,)
        Cumulative count of sharers; never falls, never above `n_agents`. A pandas frame or series
        has its rounds down the rows and is read as `Curve.read` reads it.
    n_agents : int
        N.
    groups : tuple of str
        Names of the groups that are counted apart, if any.
    by_group : array of int, shape (runs, rounds + 1, groups), optional
        The counts by group.
    first_round : int
        The round, day or month of the first count.
    setup : Setup, optional
        The description of the runs, where there was one.
    times : array of float, shape (rounds + 1,), optional
        When the counts were taken, in the unit of the data (rounds, days, years), strictly
        increasing; they need be neither whole nor evenly spaced. None, the default, is one count
        for each round from `first_round` on, and so is what times that go up by one become.
    active : array of float, shape (runs, rounds + 1), optional
        How many agents were active offline by round, where runs had feedback.

    Raises
    ------
    BadValue
        If a count falls, is negative, above `n_agents`, or not a number, if the counts by group
        have another shape, or if the times do not go up.

    Examples
    --------
    >>> Curve([1, 3, 6, 8], n_agents=10).fraction.tolist()
    [[0.1, 0.3, 0.6, 0.8]]
    >>> Curve([3, 9, 20], n_agents=80, times=[1948, 1950, 1955]).elapsed.tolist()
    [0.0, 2.0, 7.0]
    """

    counts: Floats
    n_agents: int
    groups: tuple[str, ...] = ()
    by_group: npt.NDArray[Any] | None = None
    first_round: int = 0
    setup: Setup | None = None
    times: Floats | None = None
    active: Floats | None = None

    def __post_init__(self) -> None:
        n_agents = whole_number("The number of agents", self.n_agents, 1)
        object.__setattr__(self, "n_agents", n_agents)
        if is_frame(self.counts):
            self._read_frame()
        try:
            counts = np.atleast_2d(np.array(self.counts, dtype=np.float64))
        except (TypeError, ValueError, OverflowError) as error:
            raise BadValue("A curve holds counts", given=self.counts) from error
        if counts.ndim != 2 or counts.size == 0 or counts.shape[1] < 2:
            raise BadValue("A curve needs counts for two rounds or more", given=f"{counts.shape}")
        _check_counts(counts, self.n_agents)
        if np.ndim(self.counts) == 1:
            _check_no_fractions(counts, self.n_agents)
        counts.setflags(write=False)
        object.__setattr__(self, "counts", counts)
        shape = (*counts.shape, len(self.groups))
        if self.by_group is not None and np.shape(self.by_group) != shape:
            raise BadValue(
                "The counts by group do not fit the curve",
                given=f"shape {np.shape(self.by_group)}",
                allowed=f"shape {shape}: runs, rounds and groups",
            )
        if self.active is not None:
            active = np.array(self.active, dtype=np.float64)
            if active.shape != counts.shape:
                raise BadValue("The active agents do not fit the curve", given=active.shape)
            object.__setattr__(self, "active", active)
        if self.times is not None:
            self._set_times(self.times)

    def _read_frame(self) -> None:
        """Take counts and times from a data frame, whose rows are rounds."""
        table = read_curve(self.counts)
        object.__setattr__(self, "counts", table.counts(self.n_agents).counts)
        if self.times is None:
            object.__setattr__(self, "times", table.times)
        _say(table, self.n_agents, 5)

    def _set_times(self, given: Any) -> None:
        times = _checked_times(given, self.counts.shape[1])
        if float(times[0]).is_integer():
            object.__setattr__(self, "first_round", int(times[0]))
        evenly = (np.diff(times) == 1).all() and float(times[0]).is_integer()
        object.__setattr__(self, "times", None if evenly else times)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.counts)

    @property
    def rounds(self) -> npt.NDArray[Any]:
        """The round or time of each count, shape (rounds + 1,); integers where all are whole."""
        if self.times is None:
            return self.first_round + np.arange(self.counts.shape[1])
        whole = self.times.astype(np.int64)
        return whole if np.array_equal(whole, self.times) else self.times

    @property
    def elapsed(self) -> Floats:
        """Time since the first count, shape (rounds + 1,)."""
        return np.asarray(self.rounds - self.rounds[0], dtype=np.float64)

    @property
    def fraction(self) -> Floats:
        """i, the fraction that has shared, shape (runs, rounds + 1)."""
        return self.counts / self.n_agents

    @property
    def mean(self) -> Floats:
        """Mean count over the runs, shape (rounds + 1,)."""
        return np.asarray(self.counts.mean(axis=0))

    @property
    def median(self) -> Floats:
        """Median count over the runs, shape (rounds + 1,)."""
        return np.asarray(np.median(self.counts, axis=0))

    def band(self, level: float = 0.9) -> tuple[Floats, Floats]:
        """Return the counts between which the central `level` of the runs lies, round by round."""
        low, high = np.quantile(self.counts, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high

    def half_time(self) -> Floats:
        """Return the round in which each run passes N / 2 (interpolated; NaN if it does not)."""
        half = self.n_agents / 2
        passes = [run[0] <= half <= run[-1] for run in self.counts]
        times = [np.interp(half, run, self.rounds) for run in self.counts]
        return np.where(passes, times, np.nan)

    def gap(self, fraction: Floats) -> tuple[float, Any]:
        """Return how far a theory lies from the mean of the runs at most, and in which round.

        Parameters
        ----------
        fraction : array of float, shape (rounds + 1,)
            The theory's i, round by round.

        Returns
        -------
        tuple of float and number
            The gap as a fraction of all agents, and the round (or time).

        Examples
        --------
        >>> gap, at = Curve([1, 3, 6, 8], n_agents=10).gap(np.array([0.1, 0.3, 0.5, 0.8]))
        >>> round(gap, 3), at
        (0.1, 2)
        """
        apart = np.abs(fraction - self.mean / self.n_agents)
        return float(apart.max()), self.rounds[apart.argmax()].item()

    def run(self, which: int) -> Curve:
        """Return the curve of one run."""
        at = whole_number("The run", which, 0, self.runs - 1)
        by_group = None if self.by_group is None else self.by_group[at : at + 1]
        active = None if self.active is None else self.active[at : at + 1]
        return replace(self, counts=self.counts[at : at + 1], by_group=by_group, active=active)

    def to_csv(self, replicas: bool = False) -> str:
        """Return round, mean, low, high (of the central 90 %) and, on request, each run, as CSV.

        With the mean number of those active offline, where runs had feedback.
        """
        columns = [self.rounds, self.mean, *self.band()]
        header = ["round", "mean", "low", "high"]
        if self.active is not None:
            columns.append(self.active.mean(axis=0))
            header.append("active")
        if replicas:
            columns += list(self.counts)
            header += [f"run_{r}" for r in range(self.runs)]
        rows = (",".join(f"{value:.10g}" for value in row) for row in zip(*columns, strict=True))
        return "\n".join([",".join(header), *rows, ""])

    def write(self, path: str | Path, replicas: bool = False) -> Path:
        """Write `to_csv` to a file."""
        return write_whole(path, self.to_csv(replicas))

    @classmethod
    def read(cls, source: Any, n_agents: int | None = None, how: ReadAs = AS_IT_SAYS) -> Curve:
        """Return the curve in a file or a data frame.

        A table has a column of times (numbers, dates; evenly or not) and one of cumulative counts,
        or one for each run (`run_0`, `run_1` ...), or a row for each round of each run; or it has a
        row for each person with when that one adopted. What is not plain is refused, and whatever
        had to be chosen or left out is said in a `ReadingWarning`.

        Parameters
        ----------
        source : str, Path or pandas DataFrame or Series
            The file (CSV or xlsx) or the frame.
        n_agents : int, optional
            How many there are in all, sharers or not. May be left out where the table says so.
        how : ReadAs
            Columns, scale and order of dates, where the table does not say.

        Raises
        ------
        BadFile
            If the file cannot be read, it is not plain what is meant, or the counts are no curve.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"year": [1948, 1950, 1955], "adopters": [3, 9, 20]})
        >>> Curve.read(frame, n_agents=80).rounds.tolist()
        [1948, 1950, 1955]
        """
        table = read_curve(source, how)
        if n_agents is None and table.known is None:
            raise BadFile(
                "This table does not say how many there are in all",
                given=table.path or None,
                advice="Give n_agents, sharers and others together",
            )
        n_agents = table.known if n_agents is None else n_agents
        curve = cls.of_table(table, n_agents)
        _say(table, curve.n_agents, 3)
        return curve

    @classmethod
    def of_table(cls, table: CurveTable, n_agents: Any) -> Curve:
        """Return the curve of a table that was read, or raise `BadFile`."""
        try:
            counts = table.counts(whole_number("The number of agents", n_agents, 1)).counts
            return cls(counts, n_agents, times=table.times)
        except NewswaveError as error:
            raise of_file(error, table.path, "This file holds no curve. ") from error


def check_curve(value: Any) -> None:
    """Refuse what is no curve, and say how a frame, an array or a file becomes one."""
    if not isinstance(value, Curve):
        raise BadValue(
            "This is no curve",
            given=f"a value of type {type(value).__name__}",
            allowed="a Curve",
            advice="Make one with nw.Curve(counts, n_agents=...), of an array, a series or a data "
            "frame, or with nw.Curve.read(path, n_agents=...)",
        )


class ReadingWarning(UserWarning):
    """What was chosen or left out when a table was read."""


def _say(table: CurveTable, n_agents: int, level: int) -> None:
    if not table.is_plain(n_agents):
        warnings.warn(table.words(n_agents), ReadingWarning, stacklevel=level)


def _checked_times(given: Any, n_counts: int) -> Floats:
    """Return times as floats, or say what is wrong with them."""
    try:
        times = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadValue("The times of a curve are numbers", given=given) from error
    if times.shape != (n_counts,):
        raise BadValue(
            "A curve needs one time for each count",
            given=f"{times.size} times for {n_counts} counts",
        )
    if not np.isfinite(times).all() or np.abs(times).max() > _LATEST:
        bad = times[~(np.abs(times) <= _LATEST)][0]
        raise BadValue("A time of this curve is no usable number", given=bad)
    late = np.flatnonzero(np.diff(times) <= 0)
    if len(late):
        raise BadValue(
            "The times of this curve do not go up",
            given=f"{times[late[0]]:g} then {times[late[0] + 1]:g}",
            advice="Put one row for each time, in order. Times that were not observed are left "
            "out: a count repeated in their place would say that nobody was added",
        )
    times.setflags(write=False)
    return times


def _check_no_fractions(counts: Floats, n_agents: int) -> None:
    """Refuse one run that never counts more than one, and parts of one."""
    if n_agents > 1 and counts.max() <= 1 and (counts != np.round(counts)).any():
        raise BadValue(
            "These are fractions of all, and a curve holds counts",
            given=", ".join(f"{count:g}" for count in counts[0, :4]),
            advice=f"Multiply them by the number of agents, {n_agents}",
        )


def _why_falling(counts: Floats) -> str:
    """Return what may be meant by counts that fall."""
    if len(counts) > 1 and not (np.diff(counts, axis=0) < 0).any():
        return "An array holds one run in a row: hand it over turned, as counts.T"
    return (
        "If these are the new sharers of each round, add them up first, or say so "
        "(--counts new, in Python nw.ReadAs(counting=nw.Counting.NEW))"
    )


def _check_counts(counts: Floats, n_agents: int) -> None:
    if not np.isfinite(counts).all() or counts.min() < 0:
        bad = counts[~(np.isfinite(counts) & (counts >= 0))][0]
        raise BadValue("A curve holds counts of 0 or more", given=bad)
    if counts.max() > n_agents:
        raise BadValue(
            "This curve counts more sharers than there are agents",
            given=f"{counts.max():g} of {n_agents}",
            advice="Raise the number of agents, or say that these are not counts "
            "(--scale percent; in Python nw.ReadAs(scale=nw.Scale.PERCENT))",
        )
    falls = np.argwhere(np.diff(counts, axis=1) < 0)
    if len(falls):
        run, at = falls[0]
        raise BadValue(
            "This curve falls: a cumulative count never does",
            given=f"{counts[run, at]:g} then {counts[run, at + 1]:g}",
            advice=_why_falling(counts),
        )
