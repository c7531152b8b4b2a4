"""What lies between two curves: differences with intervals, over runs and over networks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.differing.intervals import Change, newcombe, paired, unpaired
from newswave.differing.rates import RateChanges, rate_changes
from newswave.differing.times import Passing, passing
from newswave.errors import BadValue, whole_number
from newswave.fitting.fits import Interval
from newswave.rules import Measured
from newswave.world import RUNS_PER_DRAW

Floats = npt.NDArray[np.float64]

FRACTIONS = (0.1, 0.5, 0.9)
"""The fractions of all agents whose times are compared."""


@dataclass(frozen=True)
class Single:
    """What two single runs show, one of each curve.

    Parameters
    ----------
    low, high : float
        Between which 90 % of their differences lie, other minus one.
    smaller, larger : float
        Share of the pairs of runs in which the other's value is smaller, and larger.
    """

    low: float
    high: float
    smaller: float
    larger: float


@dataclass(frozen=True)
class TimeChange:
    """How far the mean time to a fraction moves.

    Parameters
    ----------
    fraction : float
        Of all agents.
    one, other : float
        Mean times in rounds; a run that does not get there counts as the last round.
    change : Change
        Other minus one, in rounds.
    single : Single
        What two single runs show.
    missing : tuple of int
        Runs that do not get there.
    arriving : Interval
        95 % of the difference between the shares of runs that get there.
    """

    fraction: float
    one: float
    other: float
    change: Change
    single: Single
    missing: tuple[int, int]
    arriving: Interval


@dataclass(frozen=True)
class ReachChange:
    """How far the fraction that has shared moves, at the last round of both.

    Parameters
    ----------
    one, other : float
        Means over the runs.
    change : Change
        Other minus one, as a fraction.
    single : Single
        What two single runs show.
    """

    one: float
    other: float
    change: Change
    single: Single


@dataclass(frozen=True)
class Differences:
    """Two curves compared: always the other minus the one.

    Parameters
    ----------
    times : tuple of TimeChange
        For each of `FRACTIONS`.
    reach : ReachChange
        At round `last`.
    rates : RateChanges
        Network-aware, fitted to both.
    runs : tuple of int
        How many there are of each.
    together : int
        How many runs after one another share a network or a drawn table.
    is_paired : bool
        Whether run r has the same luck in both.
    last : int
        The last round that both curves have.
    """

    times: tuple[TimeChange, ...]
    reach: ReachChange
    rates: RateChanges
    runs: tuple[int, int]
    together: int
    is_paired: bool
    last: int

    @property
    def half(self) -> TimeChange:
        """The half-time."""
        return next(change for change in self.times if change.fraction == 0.5)


def difference(one: Curve, other: Curve, together: int | None = None) -> Differences:
    """Return what lies between two curves, with 95 % intervals.

    Runs of setups with the same seed and number of agents have the same luck, run by run: they are
    compared as pairs (Student), others as independent samples (Welch). The interval of a mean says
    how well these runs know it; `single` says how far apart two single runs lie.

    Parameters
    ----------
    one, other : Curve
        The runs.
    together : int, optional
        How many runs after one another share a network or a drawn table, so that they count as one
        unit. If not given, 1, or for tables that were counted over answers the 8 that share a draw.

    Returns
    -------
    Differences
        The other minus the one.

    Raises
    ------
    BadValue
        If the curves have no round in common.

    Examples
    --------
    >>> from newswave.ensemble import simulate
    >>> from newswave.setups import Setup
    >>> small = Setup(n_agents=200, rounds=30, replicas=40)
    >>> found = difference(simulate(small), simulate(small.with_degree(12)))
    >>> found.is_paired, bool(found.half.change.interval.high < 0)
    (True, True)
    """
    last = int(min(one.rounds[-1], other.rounds[-1]))
    if last < max(one.rounds[0], other.rounds[0]):
        raise BadValue("The two curves have no round in common")
    joined = max(map(_joined, (one, other))) if together is None else together
    whole_number("The number of runs that belong together", joined, 1)
    pairing = _are_paired(one, other)
    times = tuple(
        _time_change(passing(one, part, last), passing(other, part, last), joined, pairing)
        for part in FRACTIONS
    )
    reached = _at(one, last), _at(other, last)
    first, second = (float(_means(side, joined).mean()) for side in reached)
    change, single = _change(*reached, joined, pairing), _single(*reached, pairing)
    return Differences(
        times=times,
        reach=ReachChange(first, second, change, single),
        rates=rate_changes(one, other, joined, pairing),
        runs=(one.runs, other.runs),
        together=joined,
        is_paired=pairing,
        last=last,
    )


def _joined(curve: Curve) -> int:
    """Return how many runs after one another share a drawn table."""
    rule = None if curve.setup is None else curve.setup.sharing
    return RUNS_PER_DRAW if isinstance(rule, Measured) and rule.is_sampled else 1


def _are_paired(one: Curve, other: Curve) -> bool:
    """Return whether run r of both has the same luck."""
    if one.setup is None or other.setup is None or one.runs != other.runs:
        return False
    return (one.setup.seed, one.n_agents) == (other.setup.seed, other.n_agents)


def _at(curve: Curve, last: int) -> Floats:
    return np.array([np.interp(last, curve.rounds, run) for run in curve.fraction])


def _means(values: Floats, together: int) -> Floats:
    """Return the mean of each unit: of the runs that belong together."""
    starts = np.arange(0, len(values), together)
    sizes = np.diff([*starts, len(values)])
    return np.asarray(np.add.reduceat(values, starts) / sizes)


def _change(one: Floats, other: Floats, together: int, is_paired: bool) -> Change:
    units = _means(one, together), _means(other, together)
    return paired(*units) if is_paired else unpaired(*units)


def _time_change(one: Passing, other: Passing, together: int, is_paired: bool) -> TimeChange:
    first, second = one.held, other.held
    return TimeChange(
        fraction=one.fraction,
        one=float(_means(first, together).mean()),
        other=float(_means(second, together).mean()),
        change=_change(first, second, together, is_paired),
        single=_single(first, second, is_paired),
        missing=(int((~one.arrived).sum()), int((~other.arrived).sum())),
        arriving=_arriving(one.arrived, other.arrived, together, is_paired),
    )


def _single(one: Floats, other: Floats, is_paired: bool) -> Single:
    """Return the spread of differences: of the pairs, or of every run with every other."""
    gaps = other - one if is_paired else (other[:, None] - one[None, :]).ravel()
    low, high = np.quantile(gaps, [0.05, 0.95])
    return Single(float(low), float(high), float((gaps < 0).mean()), float((gaps > 0).mean()))


def _arriving(
    one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_], together: int, is_paired: bool
) -> Interval:
    """Return the interval of the difference between two shares of runs."""
    sides = one.astype(float), other.astype(float)
    numbers = tuple(_worth(side, together) for side in sides)
    shares = tuple(float(side.mean()) for side in sides)
    spread = math.prod(float(side.std()) for side in sides)
    phi = 0.0
    if is_paired and spread > 0:
        phi = float(np.mean(sides[0] * sides[1]) - shares[0] * shares[1]) / spread
    return newcombe(shares[0], shares[1], (numbers[0], numbers[1]), phi)


def _worth(arrived: Floats, together: int) -> float:
    """Return how many independent runs these are worth, between their units and their number.

    The variance of independent runs over that of the units' means (Korn and Graubard, Survey
    Methodology 24, 193, 1998); where nothing varies, the units.
    """
    units, share = _means(arrived, together), float(arrived.mean())
    variance = float(units.var(ddof=1)) / len(units) if len(units) > 1 else 0.0
    if together == 1 or variance == 0.0:
        return float(len(units))
    return min(float(len(arrived)), max(share * (1 - share) / variance, 1.0))
