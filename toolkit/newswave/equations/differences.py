"""What lies between two curves: differences with intervals, over runs and over networks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.errors import BadValue, CannotFit, real_number, whole_number
from newswave.core.law import Attention
from newswave.core.networks import RandomRegular
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.core.sharing import Floats
from newswave.core.simulation import RUNS_PER_DRAW, simulate
from newswave.core.streams import Purpose, generator
from newswave.equations.fit import ChainBinomial, Observed, fit, fit_each
from newswave.equations.intervals import (
    Change,
    Interval,
    around,
    jackknife_variance,
    left_out,
    newcombe,
    paired,
    unpaired,
    welch,
)
from newswave.equations.models import Model, OneRate, OnNetwork, TwoRates

NETWORKS = 25
RUNS_EACH = 8

FEWEST = 5
"""Fewer groups of runs than these say nothing about an error."""

_GROUPS = 25

FRACTIONS = (0.1, 0.5, 0.9)
"""The fractions of all agents whose times are compared."""


# Runs over many networks, so that what two setups differ by is not the luck of one network.


def over_networks(
    setup: Setup,
    networks: int = NETWORKS,
    runs_each: int = RUNS_EACH,
    progress: Callable[[int, int], None] | None = None,
) -> Curve:
    """Return the curve of a few runs on each of several networks of a setup.

    All runs of an ensemble share its network and who sits where. That luck does not go away with
    more runs: with 10 of 1000 agents as seeds, half-times of two networks of degree 8 differ by
    about 0.1 rounds, of degree 3 by more than 1. Here each network, with its placement and its
    table drawn from counted answers, is dealt anew.
    """
    whole_number("The number of networks", networks, 1, 100_000)
    first = int(generator(setup.seed, Purpose.BOOTSTRAP).integers(1 << 40))
    made = []
    for number in range(networks):
        made.append(simulate(replace(setup, seed=first + number), replicas=runs_each).counts)
        if progress is not None:
            progress(number + 1, networks)
    return Curve(np.concatenate(made), setup.n_agents, setup=setup)


# When runs pass a fraction, and what their average time says where some never do.


@dataclass(frozen=True, eq=False)
class Passing:
    """When each run passes a fraction of all agents."""

    fraction: float
    times: Floats  # (runs,): In rounds; NaN for a run that does not get there by `last`
    last: int  # The last round that counts

    @property
    def arrived(self) -> npt.NDArray[np.bool_]:
        """Which runs get there, shape (runs,)."""
        return np.isfinite(self.times)

    @property
    def restricted(self) -> Floats:
        """The times with `last` for a run that does not get there, shape (runs,).

        Their mean is the restricted mean time (Royston and Parmar, BMC Medical Research Methodology
        13, 152, 2013): known whatever the runs do after the last round.
        """
        return np.where(self.arrived, self.times, float(self.last))


def passing(curve: Curve, fraction: float, last: int) -> Passing:
    """Return when each run first passes a fraction of all, between rounds by a straight line."""
    real_number("The fraction to be passed", fraction, 0.0, 1.0)
    counts = curve.counts[:, curve.rounds <= last]
    if not counts.shape[1]:
        raise BadValue("This curve starts after the last round", given=curve.rounds[0])
    goal = fraction * curve.n_agents
    there = counts >= goal
    at, runs = there.argmax(axis=1), np.arange(curve.runs)
    earlier = np.maximum(at - 1, 0)
    before, after = counts[runs, earlier], counts[runs, at]
    rise = np.where(after > before, after - before, 1.0)
    part = np.where(at > 0, (goal - before) / rise, 1.0)
    times = curve.rounds[at] - (1.0 - part) * (curve.rounds[at] - curve.rounds[earlier])
    return Passing(fraction, np.where(there.any(axis=1), times, np.nan), last)


# How the fitted transmission rates of two curves differ, with jackknife intervals.


@dataclass(frozen=True)
class RateChange:
    """How far one fitted rate moves from one curve to the other."""

    model: str  # What was fitted to each of the two: "one rate" or "two rates"
    name: str  # Of the estimate: `rate`, `fast_rate`, `slow_rate` or `fast_fraction`
    one: float  # The estimates; rates are hazards per contact and round
    other: float
    change: Change  # Other minus one
    ratio: Change | None  # ln(other / one), with its interval, for a rate; None for a fraction


@dataclass(frozen=True)
class RateChanges:
    """The rates that two curves can be compared by."""

    # One rate first, then two rates where both curves determine them
    changes: tuple[RateChange, ...]
    left_out: str = ""  # What is missing and why; '' if nothing is


def rate_changes(one: Curve, other: Curve, together: int, is_paired: bool) -> RateChanges:
    """Return the differences of the network-aware rates fitted to two curves.

    Each model is fitted to all runs of a curve, and again with one group of runs left out after
    another. The error of ln rate is the delete-a-group jackknife's,
    √((G − 1) / G Σ (x₍g₎ − x̄)²), with G − 1 degrees of freedom (Efron and Tibshirani, "An
    Introduction to the Bootstrap", 1993, chapter 11; for groups, Kott, Journal of Official
    Statistics 17, 521, 2001). Paired curves leave out the same runs at once.
    """
    (first, why), (second, why_other) = _degree(one), _degree(other)
    if why or why_other:
        return RateChanges((), why or why_other)
    result: list[RateChange] = []
    try:
        for kind in (OneRate, TwoRates):
            sides = (_side(one, kind(OnNetwork(first)), together),
                     _side(other, kind(OnNetwork(second)), together))  # fmt: skip
            doubt = next((side.doubt for side in sides if side.doubt), "")
            if doubt:
                return RateChanges(tuple(result), f"{kind.name.capitalize()}: {doubt}.")
            result += _changes(sides[0], sides[1], is_paired)
    except CannotFit as error:
        return RateChanges(tuple(result), str(error))
    return RateChanges(tuple(result))


def _degree(curve: Curve) -> tuple[int, str]:
    """Return the degree of a curve's network, and why its rates say nothing; '' if they do."""
    setup = curve.setup
    if setup is None or not isinstance(setup.network, RandomRegular) or setup.network.degree < 2:
        return 0, "Rates are fitted on random regular networks of degree 2 or more only."
    if setup.attention is not Attention.EVERY_ROUND:
        return 0, "Rates are fitted only where agents decide in every round: other runs are no SI."
    if setup.source_probability > 0.0 or setup.outside is not None:
        return (
            0,
            "Rates are not fitted where more than neighbours counts, such as the event itself.",
        )
    return setup.network.degree, ""


@dataclass(frozen=True, eq=False)
class _Side:
    """A model's estimates from a curve, and again with each group of runs left out, (G, P)."""

    model: Model
    estimates: Floats
    again: Floats
    doubt: str


def _side(curve: Curve, model: Model, together: int) -> _Side:
    whole, rest = fit(curve, model), _without_each(curve, together)
    known = np.array([whole.estimates[name] for name in model.parameters])
    again = np.zeros((0, len(known)))
    if rest is not None and whole.identified:
        again = fit_each(rest, model, ChainBinomial()).estimates
    return _Side(model, known, again, whole.reason)


def _without_each(curve: Curve, together: int) -> Observed | None:
    """Return the curve pooled without one group of runs after another; None if there are too few.

    Runs that belong together leave together, and there are at most 25 groups.
    """
    units = math.ceil(curve.runs / together)
    if units < FEWEST:
        return None
    parts = np.array_split(np.arange(units), min(units, _GROUPS))
    edges = np.array([part[0] * together for part in parts])
    each = Observed.each(curve)
    left = curve.runs - np.diff([*edges, curve.runs])[:, None]
    counts, new, at_risk = (
        left_out(np.add.reduceat(x, edges, axis=0)) for x in (curve.counts, each.new, each.at_risk)
    )
    return Observed(counts / (left * curve.n_agents), new, at_risk, each.times)


def _changes(one: _Side, other: _Side, is_paired: bool) -> list[RateChange]:
    """Return how far each estimate of a model moves."""
    result = []
    for at, name in enumerate(one.model.parameters):
        first, second = float(one.estimates[at]), float(other.estimates[at])
        around_each = (one.again[:, at], other.again[:, at])
        plain = _rate_change(second - first, around_each, is_paired)
        ratio = None
        if name != "fast_fraction":
            logs = (np.log(around_each[0]), np.log(around_each[1]))
            ratio = _rate_change(math.log(second / first), logs, is_paired)
        result.append(RateChange(one.model.name, name, first, second, plain, ratio))
    return result


def _rate_change(value: float, again: tuple[Floats, Floats], is_paired: bool) -> Change:
    """Return a change with the jackknife's error."""
    one, other = again
    if min(len(one), len(other)) < FEWEST:
        return Change(value, None, math.nan)
    if is_paired:
        return around(value, math.sqrt(jackknife_variance(other - one)), len(one) - 1)
    return welch(value, list(map(jackknife_variance, again)), [len(one) - 1, len(other) - 1])


# What lies between two curves: differences with intervals, over runs and over networks.


@dataclass(frozen=True)
class Single:
    """What two single runs show, one of each curve."""

    low: float  # Between which 90 % of their differences lie, other minus one
    high: float
    smaller: float  # Share of the pairs of runs in which the other's value is smaller, and larger
    larger: float


@dataclass(frozen=True)
class TimeChange:
    """How far the mean time to a fraction moves."""

    fraction: float  # Of all agents
    one: float  # Mean times in rounds; a run that does not get there counts as the last round
    other: float
    change: Change  # Other minus one, in rounds
    single: Single  # What two single runs show
    missing: tuple[int, int]  # Runs that do not get there
    arriving: Interval  # 95 % of the difference between the shares of runs that get there


@dataclass(frozen=True)
class ReachChange:
    """How far the fraction that has shared moves, at the last round of both."""

    one: float  # Means over the runs
    other: float
    change: Change  # Other minus one, as a fraction
    single: Single  # What two single runs show


@dataclass(frozen=True)
class Differences:
    """Two curves compared: always the other minus the one."""

    times: tuple[TimeChange, ...]  # For each of `FRACTIONS`
    reach: ReachChange  # At round `last`
    rates: RateChanges  # Network-aware, fitted to both
    runs: tuple[int, int]  # How many there are of each
    together: int  # How many runs after one another share a network or a drawn table
    is_paired: bool  # Whether run r has the same luck in both
    last: int  # The last round that both curves have

    @property
    def half(self) -> TimeChange:
        """The half-time."""
        return next(change for change in self.times if change.fraction == 0.5)


def difference(one: Curve, other: Curve, together: int | None = None) -> Differences:
    """Return what lies between two curves, with 95 % intervals.

    Runs of setups with the same seed and number of agents have the same luck, run by run: they are
    compared as pairs (Student), others as independent samples (Welch). The interval of a mean says
    how well these runs know it; `single` says how far apart two single runs lie.
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
    first, second = one.restricted, other.restricted
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
