"""Intervals of many fits from leaving out one network at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from newswave.differing.intervals import around
from newswave.fitting.fits import Fit, Interval
from newswave.fitting.methods import Observed
from newswave.fitting.models import LOGIT, TwoRates
from newswave.fitting.scoring import minimise

Floats = npt.NDArray[np.float64]

_FRACTION = "fast_fraction"


def left_out(sums: Floats) -> Floats:
    """Return the sums of all networks but one, for each one, the same shape."""
    return np.asarray(sums.sum(axis=0) - sums)


def with_intervals(fits: tuple[Fit, ...], seen: Observed) -> tuple[Fit, ...]:
    """Return fits with 95 % intervals; those that their curve leaves open get none.

    With θ₍ⱼ₎ the estimate without network j, the variance is (n − 1)/n Σ (θ₍ⱼ₎ − θ̄)² (Tukey 1958;
    Efron and Stein, Annals of Statistics 9, 586, 1981), on the logarithm of a rate and the log-odds
    of a fraction, and the interval Student's with n − 1 degrees of freedom.

    Parameters
    ----------
    fits : tuple of Fit
        To the pool of all networks.
    seen : Observed
        The pools with one network left out.
    """
    return tuple(fit.with_intervals(_intervals(fit, seen)) if fit.identified else fit
                 for fit in fits)  # fmt: skip


def _intervals(fit: Fit, seen: Observed) -> dict[str, Interval]:
    again = fit.model.estimates(_refitted(fit, seen))
    named = zip(fit.estimates.items(), again.T, strict=True)
    return {name: _interval(name, value, others) for (name, value), others in named}


def _interval(name: str, value: float, others: Floats) -> Interval:
    scale, back = (_logit, _expit) if name == _FRACTION else (np.log, np.exp)
    moved = scale(others)
    error = float(np.sqrt((len(moved) - 1) * moved.var()))
    ends = around(float(scale(np.array(value))), error, len(moved) - 1).interval
    assert ends is not None
    return Interval(float(back(np.array(ends.low))), float(back(np.array(ends.high))))


def _refitted(fit: Fit, seen: Observed) -> Floats:
    """Return the working parameters of each pool, sought from those of the fit."""
    model, method = fit.model, fit.method

    def objective(z: Floats, which: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        shared, slopes = model.curves(z, seen.start[which], seen.elapsed)
        return method.scores(seen, which, shared, slopes)

    start = np.tile(_working(fit), (1, len(seen.new), 1))
    return minimise(objective, start, model.bounds)[0]


def _working(fit: Fit) -> Floats:
    """Return the working parameters of a fit's estimates."""
    values = np.array(list(fit.estimates.values()))
    if not isinstance(fit.model, TwoRates):
        return np.asarray(np.log(values))
    fast, slow, p = values
    odds = _logit(np.array([slow / fast, p])).clip(*LOGIT)
    return np.array([np.log(fast), *odds])


def _logit(x: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(x, 1e-12)) - np.log(np.maximum(1 - x, 1e-12)))


def _expit(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))
