"""The mean difference of two samples and the difference of two fractions, with 95 % intervals.

A unit is what chance deals anew: a run, or a network with all its runs. Paired units had the same
luck in both samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue
from newswave.fitting.fits import Interval

Floats = npt.NDArray[np.float64]

_Z = 1.959963984540054
_FLAT = 1e-12


@dataclass(frozen=True)
class Change:
    """How far a mean moves.

    Parameters
    ----------
    value : float
        Other minus one.
    interval : Interval or None
        95 %; None where fewer than two units are known on a side.
    p_value : float
        Chance of a mean at least this far from 0 where there is no difference; NaN where there is
        no interval.
    """

    value: float
    interval: Interval | None
    p_value: float

    @property
    def is_clear(self) -> bool:
        """Whether luck alone is a poor explanation: the interval leaves out 0."""
        return self.interval is not None and not self.interval.low <= 0.0 <= self.interval.high


def paired(one: Floats, other: Floats) -> Change:
    """Return the mean of other minus one, unit by unit, with Student's interval.

    d̄ ± t s / √n with n − 1 degrees of freedom (Student, Biometrika 6, 1, 1908).

    Parameters
    ----------
    one, other : array of float, shape (n,)
        The same units in both.

    Raises
    ------
    BadValue
        If the two differ in length or there is nothing in them.

    Examples
    --------
    >>> found = paired(np.array([1.0, 2.0, 4.0]), np.array([2.0, 4.0, 5.0]))
    >>> round(found.value, 3), round(found.interval.low, 3), round(found.p_value, 3)
    (1.333, -0.101, 0.057)
    """
    if len(one) != len(other) or not len(one):
        given = f"{len(one)} and {len(other)} units"
        raise BadValue("Paired units come in pairs", given=given)
    gaps = np.asarray(other) - np.asarray(one)
    if len(gaps) < 2:
        return Change(float(gaps.mean()), None, math.nan)
    return around(float(gaps.mean()), float(gaps.std(ddof=1)) / math.sqrt(len(gaps)), len(gaps) - 1)


def unpaired(one: Floats, other: Floats) -> Change:
    """Return the mean of other minus that of one, with Welch's interval.

    The variances may differ; the degrees of freedom are Satterthwaite's (Welch, Biometrika 34, 28,
    1947).

    Parameters
    ----------
    one, other : array of float
        Independent units.

    Raises
    ------
    BadValue
        If there is nothing in one of them.

    Examples
    --------
    >>> found = unpaired(np.array([1.0, 2.0, 3.0]), np.array([4.0, 6.0, 8.0, 10.0]))
    >>> found.value, round(found.interval.low, 3), round(found.interval.high, 3)
    (5.0, 1.102, 8.898)
    """
    if not len(one) or not len(other):
        raise BadValue("There is nothing to compare", given=f"{len(one)} and {len(other)} units")
    value = float(np.mean(other) - np.mean(one))
    if min(len(one), len(other)) < 2:
        return Change(value, None, math.nan)
    parts = [float(np.var(side, ddof=1)) / len(side) for side in (one, other)]
    total = sum(parts)
    below = sum(v * v / (len(side) - 1) for v, side in zip(parts, (one, other), strict=True))
    freedom = total * total / below if below > 0 else len(one) + len(other) - 2.0
    return around(value, math.sqrt(total), freedom)


def around(value: float, error: float, freedom: float) -> Change:
    """Return an estimate with Student's interval and p-value.

    Where nothing varies, the interval is the estimate itself and p is 1 or 0.

    Parameters
    ----------
    value, error : float
        The estimate and its standard error.
    freedom : float
        Degrees of freedom.

    Examples
    --------
    >>> around(0.0, 0.0, 5).p_value, around(2.0, 1.0, 1e6).interval.low.__round__(2)
    (1.0, 0.04)
    """
    from scipy.special import stdtr, stdtrit

    if error <= _FLAT * max(1.0, abs(value)):
        return Change(value, Interval(value, value), float(abs(value) <= _FLAT))
    reach = float(stdtrit(freedom, 0.975)) * error
    p_value = 2.0 * float(stdtr(freedom, -abs(value) / error))
    return Change(value, Interval(value - reach, value + reach), p_value)


def wilson(fraction: float, number: float) -> Interval:
    """Return the 95 % score interval of a fraction seen in `number` units (Wilson 1927).

    Examples
    --------
    >>> round(wilson(0.0, 10).high, 4)
    0.2775
    """
    square = _Z * _Z
    middle = fraction + square / (2 * number)
    reach = _Z * math.sqrt(fraction * (1 - fraction) / number + square / (4 * number * number))
    low, high = ((middle + sign * reach) / (1 + square / number) for sign in (-1, 1))
    return Interval(min(fraction, max(0.0, low)), max(fraction, min(1.0, high)))


def newcombe(one: float, other: float, numbers: tuple[float, float], phi: float = 0.0) -> Interval:
    """Return the 95 % interval of other minus one, two fractions, by hybrid scores.

    With l and u the ends of each fraction's score interval,
    low = d − √((p₂ − l₂)² − 2 φ (p₂ − l₂)(u₁ − p₁) + (u₁ − p₁)²), high likewise with the other
    ends. Sources: Newcombe, Statistics in Medicine 17, 873 (1998), method 10 for independent
    fractions (φ = 0); the same volume, 2635, for paired ones.

    Parameters
    ----------
    one, other : float
        The fractions.
    numbers : tuple of float
        How many units each was seen in; not always whole, where units come in clusters.
    phi : float
        Correlation of the paired outcomes.

    Examples
    --------
    >>> found = newcombe(48 / 80, 56 / 70, (80, 70))  # Newcombe's example (a), turned around
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    first, second = wilson(one, numbers[0]), wilson(other, numbers[1])
    down, up = (other - second.low, first.high - one), (second.high - other, one - first.low)
    value = other - one
    low = value - math.sqrt(max(0.0, down[0] ** 2 - 2 * phi * down[0] * down[1] + down[1] ** 2))
    high = value + math.sqrt(max(0.0, up[0] ** 2 - 2 * phi * up[0] * up[1] + up[1] ** 2))
    return Interval(max(-1.0, low), min(1.0, high))
