"""Intervals of many fits from leaving out one network at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from newswave.differing.intervals import around
from newswave.fitting.fits import Fit, Interval
from newswave.fitting.intervals import scales
from newswave.fitting.methods import Observed
from newswave.fitting.scoring import minimise

Floats = npt.NDArray[np.float64]


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
    scale, back = scales(name)
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

    start = np.tile(fit.z, (1, len(seen.new), 1))
    return minimise(objective, start, model.bounds)[0]
