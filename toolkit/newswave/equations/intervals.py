"""95 % intervals of means, fractions and estimates, over samples or by the jackknife.

A unit is what chance makes anew: a run, or a network with all its runs. Paired units had the same
random numbers in both samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newswave.core.errors import BadValue
from newswave.core.sharing import Floats
from newswave.core.statistics import Z

_FLAT = 1e-12


@dataclass(frozen=True)
class Interval:
    """A range that holds the true value in 95 of 100 repetitions of the whole data set.

    "True" is what the model estimates without chance from the process that made the data: for a
    model that does not describe it, that is not the agents' own rate.

    Parameters
    ----------
    low, high : float
        Its ends.
    """

    low: float
    high: float


@dataclass(frozen=True)
class Change:
    """How far a mean moves."""

    value: float  # Other minus one
    interval: Interval | None  # 95 %; None where fewer than two units are known on a side
    # Chance of a mean at least this far from 0 where there is no difference; NaN where there is no
    # interval
    p_value: float

    @property
    def is_clear(self) -> bool:
        """Whether luck alone is a poor explanation: the interval leaves out 0."""
        return self.interval is not None and not self.interval.low <= 0.0 <= self.interval.high


def paired(one: Floats, other: Floats) -> Change:
    """Return the mean of other minus one, unit by unit, with Student's interval.

    d̄ ± t s / √n with n − 1 degrees of freedom (Student, Biometrika 6, 1, 1908).
    """
    if len(one) != len(other) or not len(one):
        given = f"{len(one)} and {len(other)} units"
        raise BadValue("Paired units come in pairs", given=given)
    gaps = np.asarray(other) - np.asarray(one)
    if len(gaps) < 2:
        return Change(float(gaps.mean()), None, math.nan)
    return around(float(gaps.mean()), float(gaps.std(ddof=1)) / math.sqrt(len(gaps)), len(gaps) - 1)


def unpaired(one: Floats, other: Floats) -> Change:
    """Return the mean of other minus that of one, with Welch's interval (see `welch`)."""
    if not len(one) or not len(other):
        raise BadValue("There is nothing to compare", given=f"{len(one)} and {len(other)} units")
    value = float(np.mean(other) - np.mean(one))
    if min(len(one), len(other)) < 2:
        return Change(value, None, math.nan)
    sides = (one, other)
    variances = [float(np.var(side, ddof=1)) / len(side) for side in sides]
    return welch(value, variances, [len(side) - 1 for side in sides])


def welch(value: float, variances: Sequence[float], freedoms: Sequence[int]) -> Change:
    """Return a difference of two estimates whose variances may differ.

    The degrees of freedom are Satterthwaite's (Welch, Biometrika 34, 28, 1947). For two samples it
    is `scipy.stats.ttest_ind(equal_var=False)`, which does not take the variances of a jackknife,
    and warns of a sample in which nothing varies.
    """
    total = sum(variances)
    below = sum(v * v / freedom for v, freedom in zip(variances, freedoms, strict=True))
    return around(value, math.sqrt(total), total * total / below if below > 0 else sum(freedoms))


def around(value: float, error: float, freedom: float) -> Change:
    """Return an estimate of some standard error with Student's interval and p-value.

    Where nothing varies, the interval is the estimate itself and p is 1 or 0.
    """
    from scipy.special import stdtr, stdtrit

    if error <= _FLAT * max(1.0, abs(value)):
        return Change(value, Interval(value, value), float(abs(value) <= _FLAT))
    reach = float(stdtrit(freedom, 0.975)) * error
    p_value = 2.0 * float(stdtr(freedom, -abs(value) / error))
    return Change(value, Interval(value - reach, value + reach), p_value)


def wilson(fraction: float, number: float) -> Interval:
    """Return the 95 % score interval of a fraction seen in `number` units (Wilson 1927).

    `scipy.stats.binomtest(...).proportion_ci(method="wilson")` for numbers that need not be whole:
    clustered runs are worth fewer than their count.
    """
    square = Z * Z
    middle = fraction + square / (2 * number)
    reach = Z * math.sqrt(fraction * (1 - fraction) / number + square / (4 * number * number))
    low, high = ((middle + sign * reach) / (1 + square / number) for sign in (-1, 1))
    return Interval(min(fraction, max(0.0, low)), max(fraction, min(1.0, high)))


def newcombe(one: float, other: float, numbers: tuple[float, float], phi: float = 0.0) -> Interval:
    """Return the 95 % interval of other minus one, two fractions, by hybrid scores.

    With l and u the ends of each fraction's score interval and φ the correlation of paired
    outcomes, low = d − √((p₂ − l₂)² − 2 φ (p₂ − l₂)(u₁ − p₁) + (u₁ − p₁)²), high likewise with the
    other ends. Newcombe, Statistics in Medicine 17, 873 (1998), method 10 for independent fractions
    (φ = 0); the same volume, 2635, for paired ones.
    """
    first, second = wilson(one, numbers[0]), wilson(other, numbers[1])
    down, up = (other - second.low, first.high - one), (second.high - other, one - first.low)
    value = other - one
    low = value - math.sqrt(max(0.0, down[0] ** 2 - 2 * phi * down[0] * down[1] + down[1] ** 2))
    high = value + math.sqrt(max(0.0, up[0] ** 2 - 2 * phi * up[0] * up[1] + up[1] ** 2))
    return Interval(max(-1.0, low), min(1.0, high))


# Jackknife ---------------------------------------------------------------------------------------


def left_out(sums: Floats) -> Floats:
    """Return the sums over all groups but one, for each one, the same shape."""
    return np.asarray(sums.sum(axis=0) - sums)


def jackknife_variance(again: Floats) -> float:
    """Return the variance of an estimate from its values with each of n groups left out.

    (n − 1)/n Σ (θ₍ⱼ₎ − θ̄)² (Tukey 1958; Efron and Stein, Annals of Statistics 9, 586, 1981; for
    groups, Kott, Journal of Official Statistics 17, 521, 2001).
    """
    return float((len(again) - 1) * np.var(again))
