"""Calibrations: the null distribution of the test at a few rates, read between them."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from newswave.calibrating.worlds import BIAS, MISSED, POWER, RATIO, Alike, alike
from newswave.setups import Setup
from newswave.sharing import share_probability
from newswave.studies import Finding

SPACING = 0.5
"""How far apart, in ln rate, the rates lie at which calibrations are made."""

_LOWEST, _HIGHEST = -30, 3


@dataclass(frozen=True)
class Calibration:
    """What the test says where all agents are alike, at one rate.

    Parameters
    ----------
    bias : float
        Mean of the fitted ln rate, minus the true one.
    power : float
        Chance that the test sees two equal groups whose rates differ fivefold.
    ratios : tuple of float
        The likelihood ratios of the worlds, in order.
    missed : tuple of two tuples of float
        By how much one rate and two rates miss the worlds (root mean square), in order.
    """

    bias: float
    power: float
    ratios: tuple[float, ...]
    missed: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Calibration:
        """Return the calibration that the findings of `Alike` hold."""
        known = [(one.quantity, one.value or 0.0) for one in findings]
        ratios, one, two = (
            tuple(sorted(value for name, value in known if name == wanted))
            for wanted in (RATIO, *MISSED)
        )
        values = dict(known)
        return cls(values[BIAS], values[POWER], ratios, (one, two))

    def p_value(self, ratio: float) -> float:
        """Return the share of worlds whose ratio is at least as large, this one counted in.

        >>> Calibration(0.0, 1.0, (0.0, 1.0, 2.0)).p_value(1.5)
        0.5
        """
        return _share_above(self.ratios, ratio)

    def fit_p_values(self, missed: tuple[float, float]) -> tuple[float, float]:
        """Return the shares of worlds that one rate, and two, miss by at least as much."""
        one, two = map(_share_above, self.missed, missed)
        return one, two


def _share_above(ordered: tuple[float, ...], value: float) -> float:
    above = len(ordered) - int(np.searchsorted(ordered, value))
    return (1 + above) / (1 + len(ordered))


@dataclass(frozen=True)
class Reading:
    """What calibrations say at one rate.

    Parameters
    ----------
    bias, power, p_value : float
        As of a `Calibration`, between the two nearest.
    worlds : int
        How many worlds these rest on.
    fit_p_values : tuple of two floats
        Goodness of fit of one rate and of two.
    """

    bias: float
    power: float
    p_value: float
    worlds: int
    fit_p_values: tuple[float, float] = (1.0, 1.0)


def steps_around(rate: float, margin: float = 0.0) -> range:
    """Return the steps whose rates lie around a rate, those within `margin` in ln rate too.

    >>> list(steps_around(math.exp(-2.9)))
    [-6, -5]
    """
    at = math.log(rate)
    low, high = (
        min(max(math.floor((at + by) / SPACING), _LOWEST), _HIGHEST) for by in (-margin, margin)
    )
    return range(low, high + 2)


def share_of(step: int) -> float:
    """Return the share probability at a step, where ln rate is the step times `SPACING`.

    >>> round(share_of(-6), 4)
    0.0486
    """
    return float(share_probability(math.exp(SPACING * step)))


def setup_of(setup: Setup, step: int) -> Setup:
    """Return the setup of the worlds at a step for the cell of a setup."""
    return alike(setup, share_of(step))


def reading(
    lower: Calibration,
    upper: Calibration,
    step: int,
    rate: float,
    ratio: float,
    missed: tuple[float, float] = (0.0, 0.0),
) -> Reading:
    """Return what two neighbouring calibrations say at a rate between them.

    Parameters
    ----------
    lower, upper : Calibration
        At `step` and at the next step.
    step : int
        Of the lower one.
    rate : float
        β, as fitted.
    ratio : float
        The likelihood ratio to be judged.
    missed : tuple of two floats
        By how much one rate and two miss what is judged.
    """
    weight = min(1.0, max(0.0, math.log(rate) / SPACING - step))

    def between(low: float, high: float) -> float:
        return (1.0 - weight) * low + weight * high

    pairs = zip(lower.fit_p_values(missed), upper.fit_p_values(missed), strict=True)
    fit_one, fit_two = (between(*pair) for pair in pairs)
    return Reading(
        between(lower.bias, upper.bias),
        between(lower.power, upper.power),
        between(lower.p_value(ratio), upper.p_value(ratio)),
        len(lower.ratios) + len(upper.ratios),
        (fit_one, fit_two),
    )


@functools.lru_cache(maxsize=64)
def made_here(text: str, study: Alike) -> Calibration:
    """Return the calibration of a setup, given as JSON text, worked out in this process."""
    return Calibration.of(study.findings(Setup.from_json(text)))
