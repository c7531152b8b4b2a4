"""Well-mixed SI in continuous time: one rate, two rates, a spread of rates, source and peers.

Every agent meets k contacts drawn from everybody, at a transmission rate β per contact and round.
So the unit of β here is that of the network models, and β k is the contact pressure per round.
These are the classical equations; on a sparse network they run far ahead of the agents
(`newswave.equations.on_network`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.sharing import Floats

_FRACTIONS = np.linspace(0.0, 1.0, 49)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_NODES, _WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
_BLOCK = 32  # curves at a time, so that they stay in the fast memory


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
    return source_and_peers_with_gradients(source_rate, rate, degree, initial_fraction, times)[0]


def source_and_peers_with_gradients(
    source_rate: Any, rate: Any, degree: float, initial_fraction: Any, times: Any
) -> tuple[Floats, Floats]:
    """Return `source_and_peers` and its gradients with respect to source rate and rate.

    The gradients are given as 0 where nothing moves, with neither a source nor a sharer.
    """
    *columns, t = (np.asarray(x, dtype=np.float64) for x in
                   (source_rate, np.asarray(rate) * degree, initial_fraction, times))  # fmt: skip
    a, b, start = (column[..., None] for column in columns)
    push = a + b * start
    moves = push > 1e-100
    push = np.where(moves, push, 1.0)
    inverse = np.exp(-(a + b) * t) * ((1.0 - start) / push)
    above, below = 1.0 - a * inverse, 1.0 + b * inverse
    by_a, by_b = -inverse * (t + 1.0 / push), -inverse * (t + start / push)
    slope_a = -(inverse + a * by_a) / below - above * b * by_a / below**2
    slope_b = -a * by_b / below - above * (inverse + b * by_b) / below**2
    gradients = np.where(moves, np.stack([slope_a, degree * slope_b]), 0.0)
    return np.where(moves, above / below, start), gradients


def one_rate(rate: Any, degree: float, initial_fraction: Any, times: Any) -> Floats:
    """Return i(t) of i' = β k i (1 − i), the logistic curve.

    Parameters
    ----------
    rate, degree, initial_fraction, times
        As for `source_and_peers`.

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
    degree, initial_fraction, times
        As for `source_and_peers`; i₀ > 0, in both classes alike.

    Returns
    -------
    array, shape (..., T)
        The fraction that has shared.

    Examples
    --------
    >>> two_rates(0.05, 0.05, 0.4, 8, 0.5, [0.0, 1.0]).round(4).tolist()
    [0.5, 0.5987]
    """
    return two_rates_with_gradients(
        fast_rate, slow_rate, fast_fraction, degree, initial_fraction, times
    )[0]


def two_rates_with_gradients(
    fast_rate: Any,
    slow_rate: Any,
    fast_fraction: Any,
    degree: float,
    initial_fraction: Any,
    times: Any,
) -> tuple[Floats, Floats]:
    """Return `two_rates` and its gradients with respect to fast rate, slow rate and fast fraction.

    At a fixed time dU/dx = k i(U) ∫ (∂i/∂x) / (k i²) dU, from the same quadrature.
    """
    given = (fast_rate, slow_rate, fast_fraction, initial_fraction)
    shape = np.broadcast_shapes(*(np.shape(x) for x in given))
    columns = [np.broadcast_to(np.asarray(x, np.float64), shape).reshape(-1, 1) for x in given]
    wanted = np.asarray(times, dtype=np.float64) * degree
    parts = [
        _at_times(_Classes(*(column[start : start + _BLOCK] for column in columns)), wanted)
        for start in range(0, max(1, columns[0].size), _BLOCK)
    ]
    shared = np.concatenate([part[0] for part in parts])
    gradients = np.concatenate([part[1] for part in parts], axis=1)
    return shared.reshape(*shape, -1), gradients.reshape(3, *shape, -1)


def spread_of_rates(
    mean_rate: Any, variation: Any, degree: float, initial_fraction: Any, times: Any
) -> Floats:
    """Return i(t) where rates are β x, x gamma distributed with mean 1 and variance v.

    i = 1 − (1 − i₀)(1 + v β U)^(−1/v),  U' = k i: the mean of e^(−β x U) over x in closed form, and
    one equation that is left, solved by quadrature as for `two_rates`. As v falls to 0 it becomes
    the logistic curve.

    Parameters
    ----------
    mean_rate : float or array, shape (...)
        β, the mean rate, per contact and round.
    variation : float or array, shape (...)
        v, the variance of rates over their mean squared; 0 for one rate.
    degree, initial_fraction, times
        As for `two_rates`.

    Returns
    -------
    array, shape (..., T)
        The fraction that has shared.

    Examples
    --------
    >>> spread_of_rates(0.05, [0.0, 1.0], 8, 0.5, [0.0, 1.0]).round(4).tolist()
    [[0.5, 0.5987], [0.5, 0.5897]]
    """
    return spread_of_rates_with_gradients(mean_rate, variation, degree, initial_fraction, times)[0]


def spread_of_rates_with_gradients(
    mean_rate: Any, variation: Any, degree: float, initial_fraction: Any, times: Any
) -> tuple[Floats, Floats]:
    """Return `spread_of_rates` and its gradients with respect to mean rate and variation."""
    given = (mean_rate, variation, initial_fraction)
    shape = np.broadcast_shapes(*(np.shape(x) for x in given))
    columns = [np.broadcast_to(np.asarray(x, np.float64), shape).reshape(-1, 1) for x in given]
    wanted = np.asarray(times, dtype=np.float64) * degree
    shared, gradients = _at_times(_Spread(*columns), wanted)
    return shared.reshape(*shape, -1), gradients.reshape(2, *shape, -1)


class _Classes:
    """Curves by the clock: i(U) = 1 − f − s, f = p (1 − i₀) e^(−β_f U), s likewise.

    All arguments have shape (batch, 1); a clock has shape (..., batch, clock values).
    """

    def __init__(self, fast: Floats, slow: Floats, p: Floats, start: Floats) -> None:
        self.fast, self.slow, self.start = fast, slow, start
        self.weights = np.stack([(1.0 - start) * p, (1.0 - start) * (1.0 - p), 1.0 - start])
        self.first_rate = p * fast + (1.0 - p) * slow

    def look(self, clock: Floats) -> tuple[Floats, Floats, Floats]:
        """Return i, e^(−β_f U) and e^(−β_s U)."""
        fast, slow = np.exp(-self.fast * clock), np.exp(-self.slow * clock)
        return 1.0 - self.weights[0] * fast - self.weights[1] * slow, fast, slow

    def kernels(self, clock: Floats) -> Floats:
        """Return 1 / i, and (∂i/∂x) / i² for fast rate, slow rate and p, each over its weight."""
        shared, fast, slow = self.look(clock)
        kernels = np.empty((4, *clock.shape))
        np.divide(1.0, shared, out=kernels[0])
        np.square(kernels[0], out=shared)
        fast *= shared
        slow *= shared
        np.multiply(clock, fast, out=kernels[1])
        np.multiply(clock, slow, out=kernels[2])
        np.subtract(slow, fast, out=kernels[3])
        return kernels

    def gradients(self, clock: Floats, sums: Floats) -> tuple[Floats, Floats]:
        """Return i and its gradients at fixed times, from integrals of the last three kernels."""
        shared, fast, slow = self.look(clock)
        by_clock = self.fast * self.weights[0] * fast + self.slow * self.weights[1] * slow
        direct = np.stack([clock * fast, clock * slow, slow - fast])
        return shared, self.weights * (direct + by_clock * shared * sums)


class _Spread:
    """Curves by the clock: i(U) = 1 − (1 − i₀) L, L = (1 + v β U)^(−1/v); shapes as above."""

    def __init__(self, mean: Floats, variation: Floats, start: Floats) -> None:
        self.first_rate, self.start = mean, start
        self.variation = np.maximum(variation, 1e-12)

    def look(self, clock: Floats) -> tuple[Floats, Floats, Floats]:
        """Return i, (1 − i₀) L, and w = v β U."""
        grown = self.variation * self.first_rate * clock
        left = (1.0 - self.start) * np.exp(-np.log1p(grown) / self.variation)
        return 1.0 - left, left, grown

    def _direct(self, clock: Floats, left: Floats, grown: Floats) -> tuple[Floats, Floats]:
        """Return ∂i/∂β and ∂i/∂v at a fixed clock."""
        small = 0.5 - grown * (2.0 / 3.0 - 0.75 * grown)
        rest = np.log1p(grown) - grown / (1.0 + grown)
        safe = np.where(grown > 1e-3, grown, 1.0)
        bend = (self.first_rate * clock) ** 2 * np.where(grown > 1e-3, rest / safe**2, small)
        return left * clock / (1.0 + grown), -left * bend

    def kernels(self, clock: Floats) -> Floats:
        """Return 1 / i, and (∂i/∂x) / i² for the mean rate and the variation."""
        shared, left, grown = self.look(clock)
        by_mean, by_variation = self._direct(clock, left, grown)
        return np.stack([1.0 / shared, by_mean / shared**2, by_variation / shared**2])

    def gradients(self, clock: Floats, sums: Floats) -> tuple[Floats, Floats]:
        """Return i and its gradients at fixed times, from integrals of the last two kernels."""
        shared, left, grown = self.look(clock)
        by_clock = left * self.first_rate / (1.0 + grown)
        return shared, np.stack(self._direct(clock, left, grown)) + by_clock * shared * sums


@dataclass(frozen=True, eq=False)
class _Panels:
    """Quadrature panels over the clock: their ends, and the integrals of all kernels up to there.

    `ends` has shape (batch, panels + 1), `sums` (kernels, batch, panels + 1).
    """

    ends: Floats
    sums: Floats

    @classmethod
    def of(cls, state: _Classes | _Spread, end: float) -> _Panels:
        """Return panels from 0 to past k t, in even steps of ln i."""
        unit = state.start / np.maximum(state.first_rate, 1e-9)
        most = np.log1p(max(end, 1e-9) / unit) * (1.0 + 1e-9)
        ends = unit * np.expm1(most * _FRACTIONS)
        inside = _integrals(state.kernels, ends[:, :-1], np.diff(ends, axis=1))
        sums = np.zeros((len(inside), *ends.shape))
        np.cumsum(inside, axis=2, out=sums[:, :, 1:])
        return cls(ends, sums)

    def place(self, times: Floats) -> npt.NDArray[np.int64]:
        """Return the flat index of the panel of each time k t, shape (batch, times)."""
        rows, n = np.arange(len(self.ends))[:, None], self.ends.shape[1]
        top = 2.0 * times.max() + 1.0
        lifted = np.minimum(self.sums[0], top) + (top + 1.0) * rows
        result = np.searchsorted(lifted.ravel(), (times + (top + 1.0) * rows).ravel(), side="right")
        return np.asarray(np.minimum(result.reshape(-1, len(times)) - 1, n * (rows + 1) - 2))


def _integrals(kernels: Callable[[Floats], Floats], low: Floats, width: Floats) -> Floats:
    """Return the integrals of the kernels from `low` over `width`."""
    values = kernels(low + width * _NODES[:, None, None])
    kinds = len(values)
    sums = _WEIGHTS @ values.reshape(kinds, len(_NODES), -1)
    return np.asarray(sums.reshape(kinds, *low.shape) * width)


def _at_times(state: _Classes | _Spread, times: Floats) -> tuple[Floats, Floats]:
    """Return i and its gradients at the times k t: solve ∫ dU / i(U) = k t for the clock U.

    Within its panel U(t), whose slope is i, is first taken as the cubic between the ends, which is
    good to about 1e-6; one step of Newton's method squares that.
    """
    panels = _Panels.of(state, float(times.max()))
    place = panels.place(times)
    ends, shared = panels.ends.ravel(), state.look(panels.ends)[0].ravel()
    sums = panels.sums.reshape(len(panels.sums), -1)
    low, width = ends[place], ends[place + 1] - ends[place]
    before, left = sums[:, place], times - sums[0][place]
    span = sums[0][place + 1] - before[0]
    at, (a, b) = left / span, (span * shared[place], span * shared[place + 1])
    clock = low + at * (a + at * (3.0 * width - 2.0 * a - b + at * (a + b - 2.0 * width)))
    inside, tip = _integrals(state.kernels, low, clock - low), state.kernels(clock)
    step = (left - inside[0]) / tip[0]
    return state.gradients(clock + step, before[1:] + inside[1:] + step * tip[1:])


def many_rates(
    rates: Any,
    weights: Any,
    degree: float,
    initial_fraction: float,
    times: Any,
    source_rate: float = 0.0,
) -> Floats:
    """Return i(t) of the equations with any number of classes, and a source.

    s_c' = −(a + β_c k i) s_c,  i = 1 − Σ s_c,  s_c(0) = w_c (1 − i₀). With the clock U' = k i every
    class is explicit, s_c = s_c(0) e^(−a t − β_c U), and one equation is left.
    """
    from scipy.integrate import solve_ivp

    rate, weight = np.asarray(rates, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    wanted = np.asarray(times, dtype=np.float64)

    def shared(time: Any, clock: Floats) -> Floats:
        left = (1.0 - initial_fraction) * weight @ np.exp(-np.outer(rate, clock))
        return np.asarray(1.0 - np.exp(-source_rate * time) * left)

    def change(time: float, clock: Floats) -> Floats:
        return degree * shared(time, clock)

    span = (0.0, max(float(wanted[-1]), 1e-9))
    solved = solve_ivp(change, span, [0.0], "DOP853", t_eval=wanted, rtol=1e-10, atol=1e-12)
    return shared(wanted, solved.y[0])


def clock_of_round(
    left: tuple[Floats, Floats],
    rates: tuple[float, float],
    degree: float,
    source_rate: float,
    duration: float = 1.0,
) -> Floats:
    """Return how far the clock U = ∫ k i dt gets in one round from where a run stands.

    U' = k (1 − e^(−a t) (s_f e^(−β_f U) + s_s e^(−β_s U))), by four steps of Runge and Kutta.

    >>> half = (np.array([0.2]), np.array([0.3]))
    >>> float(1.0 - 0.5 * np.exp(-0.05 * clock_of_round(half, (0.05, 0.05), 8, 0.0)[0]).round(4))
    0.5987
    """
    fast, slow = left

    def speed(time: float, clock: Floats) -> Floats:
        unshared = fast * np.exp(-rates[0] * clock) + slow * np.exp(-rates[1] * clock)
        return np.asarray(degree * (1.0 - np.exp(-source_rate * time) * unshared))

    clock, steps = np.zeros_like(fast, dtype=float), 4
    for at in range(steps):
        h, t = duration / steps, duration * at / steps
        k1 = speed(t, clock)
        k2 = speed(t + h / 2, clock + h / 2 * k1)
        k3 = speed(t + h / 2, clock + h / 2 * k2)
        k4 = speed(t + h, clock + h * k3)
        clock = clock + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return clock
