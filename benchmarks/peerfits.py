"""Curves fitted by others: SciPy's solver in its least squares, and lmfit's model of a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from peers import Floats, imported


def logistic_rate(fraction: Floats, degree: int) -> float:
    """Return the one rate of the well-mixed equation, its logistic curve fitted by lmfit."""
    times, start = np.arange(len(fraction)), fraction[0]

    def logistic(t: Floats, rate: float) -> Floats:
        return np.asarray(1.0 / (1.0 + (1.0 / start - 1.0) * np.exp(-degree * rate * t)))

    model = imported("lmfit").Model(logistic)
    return float(model.fit(fraction, t=times, rate=0.05).params["rate"].value)


@dataclass(frozen=True)
class Fitter:
    """Two rates fitted to a curve by `solve_ivp` inside `least_squares`: the first idea of most.

    Parameters
    ----------
    degree : int
        k.
    network : bool
        Whether to fit the edge-based equations of a random regular network, else the well-mixed.
    rtol : float, optional
        Tolerance of `solve_ivp`. With its own default, 1e-3, the fits stop up to 0.6 % above the
        smallest sum of squares; with 1e-6 they find it.
    """

    degree: int
    network: bool = False
    rtol: float | None = None

    def fit(self, fraction: Floats) -> Floats:
        """Return fast rate, slow rate and fast fraction; all else is left at its default."""
        from scipy.optimize import least_squares

        curve = self._network if self.network else self._well_mixed

        def gap(z: Floats) -> Floats:
            p = 1.0 / (1.0 + np.exp(-z[2]))
            return np.asarray(curve(np.exp(z[:2]), np.array([p, 1.0 - p]), fraction) - fraction)

        z = least_squares(gap, [np.log(0.2), np.log(0.02), 0.0]).x
        p = float(1.0 / (1.0 + np.exp(-z[2])))
        one, other = np.exp(z[:2])
        return np.array([one, other, p] if one >= other else [other, one, 1.0 - p])

    def _well_mixed(self, rates: Floats, weights: Floats, fraction: Floats) -> Floats:
        """Return i of s_c' = -rate_c k s_c i."""

        def change(_: float, left: Floats) -> Floats:
            return np.asarray(-rates * self.degree * left * (1.0 - left.sum()))

        left = self._solved(change, weights * (1.0 - fraction[0]), len(fraction))
        return np.asarray(1.0 - left.sum(axis=0))

    def _network(self, rates: Floats, weights: Floats, fraction: Floats) -> Floats:
        """Return i of theta_c' = -rate_c (theta_c - phi)."""
        unshared = 1.0 - fraction[0]

        def change(_: float, theta: Floats) -> Floats:
            phi = unshared * (weights @ theta ** (self.degree - 1))
            return np.asarray(-rates * (theta - phi))

        theta = self._solved(change, np.ones(2), len(fraction))
        return np.asarray(1.0 - unshared * (weights @ theta**self.degree))

    def _solved(self, change: Any, start: Floats, n: int) -> Floats:
        from scipy.integrate import solve_ivp

        tight = {} if self.rtol is None else {"rtol": self.rtol, "atol": self.rtol * 1e-3}
        return np.asarray(solve_ivp(change, (0, n - 1), start, t_eval=np.arange(n), **tight).y)
