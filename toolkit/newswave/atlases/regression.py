"""Trait and event effects as rate ratios, and rates put together over degrees."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.atlases.facts import NAN, Fact, Rate
from newswave.differing.intervals import around
from newswave.personality import Trait

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ratio:
    """How a rate is multiplied.

    Parameters
    ----------
    name : str
        By what: a trait that is high rather than low, or news rather than the reference.
    ratio : Rate
        With its 95 % interval.
    true : float
        The same regression on the agents' own rates; NaN where they are unknown.
    """

    name: str
    ratio: Rate
    true: float = NAN


def ratios(facts: Iterable[Fact], reference: str) -> tuple[tuple[Ratio, ...], tuple[Ratio, ...]]:
    """Return the rate ratios of traits, and of news against the reference.

    ln rate of the cells of one profile is regressed on traits (high +1/2, low -1/2), news and
    degree; intervals are Student's from the residuals. The same is done with the true rates.

    Parameters
    ----------
    facts : iterable of Fact
        Of cells.
    reference : str
        The news that others are compared with.
    """
    used = [fact for fact in facts if fact.alike and fact.rate.known]
    traits = [trait for trait in Trait if len({_sign(fact, trait) for fact in used}) > 1]
    news = [name for name in dict.fromkeys(fact.news for fact in used) if name != reference]
    degrees = sorted({fact.degree for fact in used})[1:]
    columns = [[_sign(fact, trait) for fact in used] for trait in traits]
    columns += [[float(fact.news == name) for fact in used] for name in news]
    columns += [[float(fact.degree == k) for fact in used] for k in degrees]
    design = np.array([*columns, [1.0] * len(used)]).T
    if len(used) < design.shape[1] + 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return (), ()
    found = _regressed(design, np.log([fact.rate.value for fact in used]))
    true = _solved(design, np.log([fact.true for fact in used]))
    names = [trait.value for trait in traits] + news
    made = [Ratio(name, rate, value) for name, rate, value in zip(names, found, true, strict=False)]
    return tuple(made[: len(traits)]), tuple(made[len(traits) :])


def _sign(fact: Fact, trait: Trait) -> float:
    return float(fact.setup.mix.groups[0].profile.signs[trait.position])


def _regressed(design: Floats, logs: Floats) -> list[Rate]:
    """Return e to the coefficients, with intervals."""
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ logs
    freedom = len(logs) - len(found)
    variance = float(((logs - design @ found) ** 2).sum()) / freedom
    made = []
    for value, scale in zip(found, np.diag(inverse), strict=True):
        ends = around(float(value), math.sqrt(variance * scale), freedom).interval
        low, high = (ends.low, ends.high) if ends else (NAN, NAN)
        made.append(Rate(math.exp(value), math.exp(low), math.exp(high)))
    return made


def _solved(design: Floats, logs: Floats) -> list[float]:
    if not np.isfinite(logs).all():
        return [NAN] * design.shape[1]
    return [float(x) for x in np.exp(np.linalg.lstsq(design, logs, rcond=None)[0])]


def over_degrees(facts: Sequence[Fact]) -> Rate:
    """Return the geometric mean of the rates of cells that differ in degree, with its interval.

    The errors of the cells, known on the logarithm from their intervals, are independent.

    Examples
    --------
    >>> over_degrees([]).known
    False
    """
    known = [fact.rate for fact in facts if fact.rate.known]
    if not known:
        return Rate()
    middle = float(np.mean([math.log(rate.value) for rate in known]))
    errors = np.array([math.log(rate.high / rate.low) / 2 for rate in known])
    reach = float(np.sqrt((errors**2).sum())) / len(known)
    return Rate(*(math.exp(middle + by * reach) for by in (0.0, -1.0, 1.0)))
