"""How the fitted transmission rates of two curves differ, with jackknife intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.differing.intervals import Change, around
from newswave.errors import CannotFit
from newswave.fitting.fits import fit, fit_each
from newswave.fitting.methods import ChainBinomial, Observed
from newswave.fitting.models import Model, OneRate, OnNetwork, TwoRates
from newswave.recipes import RandomRegular
from newswave.setups import Attention

Floats = npt.NDArray[np.float64]

FEWEST = 5
"""Fewer groups of runs than these say nothing about an error."""
_GROUPS = 25


@dataclass(frozen=True)
class RateChange:
    """How far one fitted rate moves from one curve to the other.

    Parameters
    ----------
    model : str
        What was fitted to each of the two: "one rate" or "two rates".
    name : str
        Of the estimate: `rate`, `fast_rate`, `slow_rate` or `fast_fraction`.
    one, other : float
        The estimates; rates are hazards per contact and round.
    change : Change
        Other minus one.
    ratio : Change or None
        ln(other / one), with its interval, for a rate; None for a fraction.
    """

    model: str
    name: str
    one: float
    other: float
    change: Change
    ratio: Change | None


@dataclass(frozen=True)
class RateChanges:
    """The rates that two curves can be compared by.

    Parameters
    ----------
    changes : tuple of RateChange
        One rate first, then two rates where both curves determine them.
    left_out : str
        What is missing and why; '' if nothing is.
    """

    changes: tuple[RateChange, ...]
    left_out: str = ""


def rate_changes(one: Curve, other: Curve, together: int, is_paired: bool) -> RateChanges:
    """Return the differences of the network-aware rates fitted to two curves.

    Each model is fitted to all runs of a curve, and again with one group of runs left out after
    another. The error of ln rate is the delete-a-group jackknife's,
    √((G − 1) / G Σ (x₍g₎ − x̄)²), with G − 1 degrees of freedom (Efron and Tibshirani, "An
    Introduction to the Bootstrap", 1993, chapter 11; for groups, Kott, Journal of Official
    Statistics 17, 521, 2001). Paired curves leave out the same runs at once.

    Parameters
    ----------
    one, other : Curve
        With their setups.
    together : int
        How many runs after one another share a network or a drawn table; they leave together.
    is_paired : bool
        Whether run r has the same luck in both.

    Examples
    --------
    >>> from newswave.ensemble import simulate
    >>> from newswave.setups import Setup
    >>> curve = simulate(Setup(n_agents=200, rounds=30, replicas=40))
    >>> rate_changes(curve, curve, 1, True).changes[0].change.value
    0.0
    """
    (first, why), (second, why_other) = _degree(one), _degree(other)
    if why or why_other:
        return RateChanges((), why or why_other)
    found: list[RateChange] = []
    try:
        for kind in (OneRate, TwoRates):
            sides = (_side(one, kind(OnNetwork(first)), together),
                     _side(other, kind(OnNetwork(second)), together))  # fmt: skip
            doubt = next((side.doubt for side in sides if side.doubt), "")
            if doubt:
                return RateChanges(tuple(found), f"{kind.name.capitalize()}: {doubt}.")
            found += _changes(sides[0], sides[1], is_paired)
    except CannotFit as error:
        return RateChanges(tuple(found), str(error))
    return RateChanges(tuple(found))


def _degree(curve: Curve) -> tuple[int, str]:
    """Return the degree of a curve's network, and why its rates say nothing; '' if they do."""
    setup = curve.setup
    if setup is None or not isinstance(setup.network, RandomRegular) or setup.network.degree < 2:
        return 0, "Rates are fitted on random regular networks of degree 2 or more only."
    if setup.attention is not Attention.EVERY_ROUND:
        return 0, "Rates are fitted only where agents decide in every round: other runs are no SI."
    if setup.source_probability > 0.0:
        return 0, "Rates are not fitted where agents also meet the event itself."
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
        np.sum(x, axis=0) - np.add.reduceat(x, edges, axis=0)
        for x in (curve.counts, each.new, each.at_risk)
    )
    return Observed(counts / (left * curve.n_agents), new, at_risk, each.times)


def _changes(one: _Side, other: _Side, is_paired: bool) -> list[RateChange]:
    """Return how far each estimate of a model moves."""
    found = []
    for at, name in enumerate(one.model.parameters):
        first, second = float(one.estimates[at]), float(other.estimates[at])
        around_each = (one.again[:, at], other.again[:, at])
        plain = _change(second - first, around_each, is_paired)
        ratio = None
        if name != "fast_fraction":
            logs = (np.log(around_each[0]), np.log(around_each[1]))
            ratio = _change(math.log(second / first), logs, is_paired)
        found.append(RateChange(one.model.name, name, first, second, plain, ratio))
    return found


def _change(value: float, again: tuple[Floats, Floats], is_paired: bool) -> Change:
    """Return a change with the jackknife's error."""
    one, other = again
    if min(len(one), len(other)) < FEWEST:
        return Change(value, None, math.nan)
    if is_paired:
        return around(value, math.sqrt(_variance(other - one)), len(one) - 1)
    parts = [(_variance(side), len(side) - 1) for side in (one, other)]
    total = sum(variance for variance, _ in parts)
    below = sum(variance * variance / freedom for variance, freedom in parts)
    freedom = total * total / below if below > 0 else len(one) + len(other) - 2.0
    return around(value, math.sqrt(total), freedom)


def _variance(left_out: Floats) -> float:
    """Return the jackknife variance of an estimate from its values without each group."""
    n = len(left_out)
    return float((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
