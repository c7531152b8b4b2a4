"""The 95 % interval of an estimate: from its replicates, or from the likelihood at a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.fitting.fits import Fit, Fitted, Interval, fit_each, limits
from newswave.fitting.methods import Observed
from newswave.fitting.models import is_rate

Floats = npt.NDArray[np.float64]
Scale = Callable[[Floats], Floats]

_ENDS = (0.025, 0.975)
_CHI_SQUARED = 3.841458820694124  # its 95 % quantile, one degree of freedom
_FAR = float(np.log(10.0))
_EDGE = 0.02
_GRID = 17


@dataclass(frozen=True, eq=False)
class Evidence:
    """What an interval is made of: a fit, and the same model fitted to replicates.

    Parameters
    ----------
    fit : Fit
        To the data.
    seen : Observed
        The data, one pool.
    remade : Observed
        The replicates.
    again : Fitted
        The model fitted to the replicates.
    centre : Fitted
        The model fitted to the curve of which the replicates are made: what it would estimate
        without chance. For the model that made the replicates these are its own rates.
    """

    fit: Fit
    seen: Observed
    remade: Observed
    again: Fitted
    centre: Fitted

    def interval(self, at: int) -> Interval:
        """Return the 95 % interval of parameter number `at`.

        Where the replicates spread around their centre it is `shifted`. Where more than 1 in 40 of
        them lie at a bound of the fit, or tenfold away, as where a source rate may be nothing, such
        a shift means nothing: the likelihood is asked (`profiled`), and for least squares, which
        have none, the central 95 % of the replicates.
        """
        if not self._piles_up(at):
            return self._within(at, *self._shifted(at))
        if self.fit.method.extra_parameters() or not self.fit.identified:
            return self._within(at, *np.quantile(self.again.estimates[:, at], _ENDS))
        return self._profiled(at)

    def _piles_up(self, at: int) -> bool:
        low, high = limits(self.fit.model, self.seen)[:, at]
        edge, z = _EDGE * (high - low), np.append(self.again.z[:, at], self.fit.z[at])
        beyond = max((z < low + edge)[:-1].mean(), (z > high - edge)[:-1].mean())
        scale, _ = scales(self.fit.model.parameters[at])
        here = scale(self.centre.estimates[0, at])
        ends = np.quantile(scale(self.again.estimates[:, at]), _ENDS)
        held = low + edge < z[-1] < high - edge
        return bool(beyond > _ENDS[0] or not held or np.abs(ends - here).max() > _FAR)

    def _shifted(self, at: int) -> tuple[float, float]:
        """Return the estimate, less its bias, moved by how far replicates lie from their middle.

        On the logarithm of a rate and the log-odds of a fraction; the bias is that of the middle
        against the centre. The order statistics r of n that hold 95 % are r / (n + 1).
        """
        scale, back = scales(self.fit.model.parameters[at])
        around = scale(self.again.estimates[:, at])
        low, high = np.quantile(around, _ENDS, method="weibull")
        middle, true = np.median(around), scale(self.centre.estimates[0, at])
        here = scale(np.array(list(self.fit.estimates.values()))[at]) + true - middle
        return float(back(here + low - middle)), float(back(here + high - middle))

    def _within(self, at: int, low: float, high: float) -> Interval:
        """Return an interval that holds its estimate and ends where estimates can be."""
        name, bounds = self.fit.model.parameters[at], limits(self.fit.model, self.seen)[:, at]
        value = self.fit.estimates[name]
        most = float(np.exp(bounds[1])) if is_rate(name) and name != "slow_rate" else np.inf
        least = 0.0 if low < float(np.exp(bounds[0] + _EDGE)) else low
        return Interval(float(min(least, value)), float(max(min(high, most), value)))

    def _profiled(self, at: int) -> Interval:
        """Return where 2 (ln L − ln L with this parameter held) stays below its 95 % quantile.

        The quantile is that of the replicates, held where they were made: early luck is no binomial
        noise, so it lies above chi-squared's. An end that is never reached is 0 or 1, or for the
        largest of rates infinite.
        """
        model, method = self.fit.model, self.fit.method
        true = np.full(len(self.again.value), self.centre.z[0, at])
        held = fit_each(self.remade, model, method, (at, true)).value
        most = max(float(np.quantile(2.0 * (held - self.again.value), 0.95)), _CHI_SQUARED)
        low, high = limits(model, self.seen)[:, at]
        here = float(self.fit.z[at])
        best = fit_each(self.seen, model, method).value[0]

        def loss(values: Floats) -> tuple[Floats, Floats]:
            found = fit_each(self.seen.repeated(len(values)), model, method, (at, values))
            return 2.0 * (found.value - best) - most, found.estimates[:, at]

        name = model.parameters[at]
        value = self.fit.estimates[name]
        largest = None if name == "slow_rate" else np.inf if is_rate(name) else 1.0
        below = _crossing(loss, np.linspace(here, low, _GRID), 0.0)
        above = _crossing(loss, np.linspace(here, high, _GRID), largest)
        return Interval(min(below, value), max(above, value))


def _crossing(
    loss: Callable[[Floats], tuple[Floats, Floats]], grid: Floats, never: float | None
) -> float:
    """Return the estimate at which the loss first passes 0 on the way along the grid.

    Where it does not, `never`, or without one the estimate at the grid's end.
    """
    for _ in range(2):
        found, estimates = loss(grid)
        above = np.flatnonzero(found > 0)
        if not len(above):
            return float(estimates[-1]) if never is None else never
        if above[0] == 0:
            return float(estimates[0])
        at = int(above[0])
        pair = slice(at - 1, at + 1)
        grid, ends = np.linspace(grid[at - 1], grid[at], _GRID), (found[pair], estimates[pair])
    return float(np.interp(0.0, *ends))


def scales(name: str) -> tuple[Scale, Scale]:
    """Return the scale of a parameter, logarithm or log-odds, and the way back."""
    return (_log, np.exp) if is_rate(name) else (_logit, _expit)


def _log(x: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(x, 1e-12)))


def _logit(x: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(x, 1e-12)) - np.log(np.maximum(1 - x, 1e-12)))


def _expit(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))
