"""Well-mixed SI in continuous time: one rate, two rates, source and peers.

Every agent meets k contacts drawn from everybody, at a transmission rate β per contact and round.
So the unit of β here is that of the network models, and β k is the contact pressure per round.
These are the classical equations; on a sparse network they run far ahead of the agents
(`networkfield`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_PANELS = 96
_FRACTIONS = np.linspace(0.0, 1.0, _PANELS + 1)[:, None]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(4)
_NODES, _WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0


def source_and_peers(
    source_rate: Any, rate: Any, degree: float, initial_fraction: Any, times: Any
) -> Floats:
    """Return i(t) of i' = (a + β k i)(1 − i), the Bass model, in closed form.

    (a + β k i) / (1 − i) grows as e^((a + β k) t).

    Parameters
    ----------
    source_rate : float or array, shape (...)
        a, the hazard per round of sharing because of the event itself.
    rate : float or array, shape (...)
        β, per contact and round.
    degree : float
        k, contacts per agent.
    initial_fraction : float or array, shape (...)
        i at time 0.
    times : array, shape (T,)
        Times in rounds.

    Returns
    -------
    array, shape (..., T)
        The fraction that has shared.

    References
    ----------
    F. M. Bass, Management Science 15, 215 (1969).

    Examples
    --------
    >>> source_and_peers(0.1, 0.0, 8, 0.0, [0.0, 1.0]).round(4).tolist()
    [0.0, 0.0952]
    """
    return source_and_peers_with_slopes(source_rate, rate, degree, initial_fraction, times)[0]


def source_and_peers_with_slopes(
    source_rate: Any, rate: Any, degree: float, initial_fraction: Any, times: Any
) -> tuple[Floats, Floats]:
    """Return `source_and_peers` and its slopes with respect to source rate and rate.

    Returns
    -------
    tuple of arrays, shapes (..., T) and (2, ..., T)
    """
    *columns, t = (np.asarray(x, dtype=np.float64) for x in
                   (source_rate, np.asarray(rate) * degree, initial_fraction, times))  # fmt: skip
    a, b, start = (column[..., None] for column in columns)
    push = np.maximum(a + b * start, 1e-300)
    inverse = np.exp(-(a + b) * t) * ((1.0 - start) / push)
    above, below = 1.0 - a * inverse, 1.0 + b * inverse
    by_a, by_b = -inverse * (t + 1.0 / push), -inverse * (t + start / push)
    slope_a = -(inverse + a * by_a) / below - above * b * by_a / below**2
    slope_b = -a * by_b / below - above * (inverse + b * by_b) / below**2
    return np.where(a + b * start > 0, above / below, start), np.stack([slope_a, degree * slope_b])


def one_rate(rate: Any, degree: float, initial_fraction: Any, times: Any) -> Floats:
    """Return i(t) of i' = β k i (1 − i), the logistic curve.

    Parameters
    ----------
    rate : float or array, shape (...)
        β, per contact and round.
    degree : float
        k, contacts per agent.
    initial_fraction : float or array, shape (...)
        i at time 0.
    times : array, shape (T,)
        Times in rounds.

    Returns
    -------
    array, shape (..., T)
        The fraction that has shared.

    Examples
    --------
    >>> one_rate(0.05, 8, 0.5, [0.0, 1.0]).round(4).tolist()
    [0.5, 0.5987]
    """
    return source_and_peers(0.0, rate, degree, initial_fraction, times)


def two_rates(
    fast_rate: Any,
    slow_rate: Any,
    fast_fraction: Any,
    degree: float,
    initial_fraction: Any,
    times: Any,
) -> Floats:
    """Return i(t) of the two-rate equations.

    s_f' = −β_f k s_f i,  s_s' = −β_s k s_s i,  i = 1 − s_f − s_s,
    s_f(0) = p (1 − i₀),  s_s(0) = (1 − p)(1 − i₀).

    With the clock U = ∫ k i dt both are explicit, s_c = s_c(0) e^(−β_c U), and one equation is
    left, U' = k i(U), which is solved by quadrature of dt = dU / (k i(U)); no stepping, about 1e-9
    exact.

    Parameters
    ----------
    fast_rate, slow_rate : float or array, shape (...)
        β_f and β_s, per contact and round.
    fast_fraction : float or array, shape (...)
        p, the fraction of agents in the first class.
    degree : float
        k, contacts per agent.
    initial_fraction : float or array, shape (...)
        i₀ > 0, in both classes alike.
    times : array, shape (T,)
        Times in rounds, from 0.

    Returns
    -------
    array, shape (..., T)
        The fraction that has shared.

    Examples
    --------
    >>> two_rates(0.05, 0.05, 0.4, 8, 0.5, [0.0, 1.0]).round(4).tolist()
    [0.5, 0.5987]
    """
    return two_rates_with_slopes(
        fast_rate, slow_rate, fast_fraction, degree, initial_fraction, times
    )[0]


def two_rates_with_slopes(
    fast_rate: Any,
    slow_rate: Any,
    fast_fraction: Any,
    degree: float,
    initial_fraction: Any,
    times: Any,
) -> tuple[Floats, Floats]:
    """Return `two_rates` and its slopes with respect to fast rate, slow rate and fast fraction.

    At a fixed time dU/dx = k i(U) ∫ (∂i/∂x) / (k i²) dU, from the same quadrature.

    Returns
    -------
    tuple of arrays, shapes (..., T) and (3, ..., T)
    """
    shape = np.broadcast_shapes(*(np.shape(x) for x in (fast_rate, slow_rate, fast_fraction)))
    fast, slow, p, start = (
        np.broadcast_to(np.asarray(x, dtype=np.float64), shape).reshape(-1, 1, 1)
        for x in (fast_rate, slow_rate, fast_fraction, initial_fraction)
    )
    wanted = np.asarray(times, dtype=np.float64)
    state = _Classes(fast, slow, p, 1.0 - start)
    grid = _clock_grid(p * fast + (1.0 - p) * slow, degree, start, float(wanted.max()))
    clock = _clock_at(state, grid, wanted * degree)
    shared, slopes = state.slopes(clock.at)
    gained = shared[..., 0] * clock.integrals(state)
    total = slopes[1:, ..., 0] + slopes[0, ..., 0] * gained
    return shared.reshape(*shape, -1), total.reshape(3, *shape, -1)


class _Classes:
    """i(U) = 1 − (1 − i₀)(p e^(−β_f U) + (1 − p) e^(−β_s U)) and its slopes."""

    def __init__(self, fast: Floats, slow: Floats, p: Floats, unshared: Floats) -> None:
        self.fast, self.slow, self.p = fast, slow, p
        self.unshared = unshared
        self.fast_weight, self.slow_weight = unshared * p, unshared * (1.0 - p)

    def fraction(self, clock: Floats) -> Floats:
        """Return i."""
        fast = self.fast_weight * np.exp(-self.fast * clock)
        return 1.0 - fast - self.slow_weight * np.exp(-self.slow * clock)

    def slopes(self, clock: Floats) -> tuple[Floats, Floats]:
        """Return i and its slopes by clock, fast rate, slow rate and fast fraction."""
        fast, slow = np.exp(-self.fast * clock), np.exp(-self.slow * clock)
        by_fast, by_slow = self.fast_weight * fast, self.slow_weight * slow
        by_clock = self.fast * by_fast + self.slow * by_slow
        by_rates = (by_fast * clock, by_slow * clock, self.unshared * (slow - fast))
        return 1.0 - by_fast - by_slow, np.stack([by_clock, *by_rates])


@dataclass(frozen=True, eq=False)
class _Clock:
    """The clock at the wanted times, and the panels of the quadrature that lead there.

    `at` has shape (batch, T, 1); `place` is the panel of each time, `low` its beginning.
    """

    at: Floats
    grid: Floats
    place: npt.NDArray[np.int64]
    low: Floats

    def integrals(self, state: _Classes) -> Floats:
        """Return ∫ (∂i/∂x) / i² dU up to the clock for each parameter x, shape (3, batch, T)."""

        def over(low: Floats, width: Floats) -> Floats:
            shared, slopes = state.slopes(low + width * _NODES)
            return np.asarray((slopes[1:] / shared**2) @ _WEIGHTS * width[..., 0])

        whole = over(self.grid[:, :-1], np.diff(self.grid, axis=1)).cumsum(axis=2)
        whole = np.concatenate([np.zeros_like(whole[:, :, :1]), whole], axis=2)
        before = np.take_along_axis(whole, self.place[None], 2)
        return before + over(self.low, self.at - self.low)


def _clock_grid(rate: Floats, degree: float, start: Floats, end: float) -> Floats:
    """Return clock values from 0 to past k t, in even steps of ln i, shape (batch, panels, 1)."""
    unit = start / np.maximum(rate, 1e-9)
    most = np.log1p(max(degree * end, 1e-9) / unit) * (1.0 + 1e-9)
    return np.asarray(unit * np.expm1(most * _FRACTIONS))


def _clock_at(state: _Classes, grid: Floats, times: Floats) -> _Clock:
    """Solve ∫ dU / i(U) = k t for the clock U at the wanted times k t."""
    width = np.diff(grid, axis=1)
    panels = (1.0 / state.fraction(grid[:, :-1] + width * _NODES)) @ _WEIGHTS * width[..., 0]
    reached = np.concatenate([np.zeros_like(panels[:, :1]), panels.cumsum(axis=1)], axis=1)
    lift = (2.0 * times.max() + 2.0) * np.arange(len(grid))[:, None]
    capped = np.minimum(reached, 2.0 * times.max() + 1.0) + lift
    place = np.searchsorted(capped.ravel(), (times + lift).ravel(), side="right") - 1
    place = place.reshape(len(grid), -1) - len(grid[0]) * np.arange(len(grid))[:, None]
    place = np.minimum(place, _PANELS - 1)
    low, span = np.take_along_axis(grid, place[..., None], 1), np.take_along_axis(panels, place, 1)
    left = times - np.take_along_axis(reached, place, 1)
    at = low + (left / span)[..., None] * np.take_along_axis(width, place[..., None], 1)
    for _ in range(2):
        inside = (1.0 / state.fraction(low + (at - low) * _NODES)) @ _WEIGHTS * (at - low)[..., 0]
        at = at + (left - inside)[..., None] * state.fraction(at)
    return _Clock(at, grid, place, low)
