"""SI online and offline: the event in time, feedback and ageing, in rounds and in continuous time.

With A(t) the chance that an agent has not shared because of what everybody meets, and g(t) what age
leaves of the news,

    θ_c' = −β_c g (θ_c − φ),  φ = (1 − i₀) A Σ_c w_c θ_c^(k−1),  i = 1 − (1 − i₀) A Σ_c w_c θ_c^k,
    A' = −(a + ϑ p) A,  p' = κ (i − p) − γ p,

in rounds with 1 − e^(−β_c g) in place of β_c g and so on, and well mixed with θ_c^k = e^(−β_c U),
U' = k i g. The source does not enter θ: a link passes the news on only once the neighbour has
shared, and the A in φ stands for that.

All functions take many curves at once: rates and weights have the shape (classes, ...), what else
is given is a number or has the shape (...), and curves come as (..., T + 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from newswave.core.setup import Setup
from newswave.core.sharing import Floats, hazard

InTime = Callable[[float], Any]

_STEPS = 8  # of Runge and Kutta in a round at least, and in the time 1 / (β k)
_MOST_STEPS = 512
_SURE = 700.0  # a hazard that leaves nobody


def nothing(time: float) -> float:  # noqa: ARG001
    """Return 0: no event at any time."""
    return 0.0


def always(time: float) -> float:  # noqa: ARG001
    """Return 1: news that stays new."""
    return 1.0


@dataclass(frozen=True, eq=False)
class Offline:
    """What moves agents besides their neighbours: numbers, or arrays with one for each curve."""

    source: InTime = nothing  # a(t), the hazard per round of the event itself
    fresh: InTime = always  # g(t), what age leaves of the hazard that neighbours make
    strength: Any = 0.0  # ϑ, the offline-feedback rate, per round
    act: Any = 0.0  # κ, the chance per round that a sharer becomes active
    stop: Any = 0.0  # γ, the chance per round that an active one stops


def of_setup(setup: Setup) -> Offline:
    """Return what goes on offline in the runs of a setup, where news ages for all alike.

    >>> from newswave.core.offline import Fading
    >>> fading = Setup(source_probability=0.1, source_shape=Fading(5.0))
    >>> [round(float(of_setup(fading).source(time)), 4) for time in (0.0, 5.0)]
    [0.1054, 0.0388]
    """
    strength, feedback = float(hazard(setup.source_probability)), setup.feedback
    acting = (feedback.strength, feedback.act, feedback.stop) if feedback.is_on else (0, 0, 0)

    def source(time: float) -> Any:
        times = setup.source_shape.at(time)
        return strength * times if times > 0.0 else 0.0

    return Offline(source, setup.ageing.at, *acting)


@dataclass(frozen=True, eq=False)
class Layers:
    """Both layers by time."""

    shared: Floats  # (..., T + 1): i, the fraction that has shared online
    active: Floats  # (..., T + 1): p, the fraction that is active offline


def rounds(
    rates: Any, weights: Any, degree: int, initial_fraction: Any, offline: Offline, n_rounds: int
) -> Layers:
    """Return both layers in synchronous rounds on a random regular network, edge-based.

    A round takes all chances from the state before it: agents act offline the round after they
    have shared, and what they do is met the round after that.

    Parameters
    ----------
    rates : array, shape (C, ...)
        β_c, per contact and round.
    weights : array, shape (C, ...)
        w_c, the fraction of agents in each class.
    degree : int
        k.
    initial_fraction : float or array, shape (...)
        i₀.
    offline : Offline
        The event in time, feedback, ageing.
    n_rounds : int
        T.

    Returns
    -------
    Layers

    Examples
    --------
    >>> rounds([0.7], [1.0], 2, 0.5, Offline(), 1).shared.round(4).tolist()
    [0.5, 0.72]
    >>> rounds([0.7], [1.0], 2, 0.5, Offline(act=0.2), 1).active.tolist()
    [0.0, 0.1]
    """
    rate, weight = np.asarray(rates, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    theta, unshared = np.ones(np.broadcast(rate, weight).shape), 1.0 - np.asarray(initial_fraction)
    active, met = 0.0 * unshared, unshared + 0.0  # `met` is (1 − i₀) A
    shared, both = 1.0 - unshared, []
    for at in range(n_rounds + 1):
        powers = theta ** (degree - 1)
        shared = 1.0 - met * (weight * powers * theta).sum(axis=0)
        both.append(np.broadcast_arrays(shared, active))
        chance = -np.expm1(-rate * offline.fresh(at))
        theta = theta - chance * (theta - met * (weight * powers).sum(axis=0))
        met = met * np.exp(-np.asarray(offline.source(at)) - offline.strength * active)
        active = active + offline.act * (shared - active) - offline.stop * active
    return Layers(*np.moveaxis(np.array(both), 0, -1))


def continuous(
    rates: Any, weights: Any, degree: int, initial_fraction: Any, offline: Offline, times: Any
) -> Layers:
    """Return both layers in continuous time on a random regular network, edge-based.

    Parameters
    ----------
    rates, weights, degree, initial_fraction, offline
        As for `rounds`.
    times : array, shape (T,)
        Times in rounds, from 0, in order.

    Returns
    -------
    Layers

    Examples
    --------
    >>> continuous([0.05], [1.0], 8, 0.01, Offline(), [0.0, 20.0]).shared.round(4).tolist()
    [0.01, 0.885]
    """
    rate, weight = np.asarray(rates, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    start = 1.0 - np.asarray(initial_fraction)

    def look(theta: Floats) -> Floats:
        return np.asarray((weight * theta**degree).sum(axis=0))

    def change(theta: Floats, met: Floats, fresh: Any) -> Floats:
        phi = start * met * (weight * theta ** (degree - 1)).sum(axis=0)
        return np.asarray(-rate * fresh * (theta - phi))

    begin = np.ones(np.broadcast(rate, weight).shape)
    return _integrated(begin, look, change, start, offline, times, degree * rate)


def well_mixed(
    rates: Any, weights: Any, degree: float, initial_fraction: Any, offline: Offline, times: Any
) -> Layers:
    """Return both layers of the well-mixed equations, s_c' = −(a + ϑ p + β_c g k i) s_c.

    Parameters
    ----------
    rates, weights, degree, initial_fraction, offline, times
        As for `continuous`; k need not be whole.

    Returns
    -------
    Layers

    Examples
    --------
    >>> well_mixed([0.05], [1.0], 8, 0.5, Offline(), [0.0, 1.0]).shared.round(4).tolist()
    [0.5, 0.5987]
    """
    rate, weight = np.asarray(rates, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    start = 1.0 - np.asarray(initial_fraction)

    def look(clock: Floats) -> Floats:
        return np.asarray((weight * np.exp(-rate * clock)).sum(axis=0))

    def change(clock: Floats, met: Floats, fresh: Any) -> Floats:
        return np.asarray(degree * fresh * (1.0 - start * met * look(clock)))

    begin = np.zeros(np.broadcast(rate, weight).shape[1:])
    return _integrated(begin, look, change, start, offline, times, degree * rate)


def _integrated(
    state: Floats,
    look: Callable[[Floats], Floats],
    change: Callable[[Floats, Floats, Any], Floats],
    start: Floats,
    offline: Offline,
    times: Any,
    pace: Floats,
) -> Layers:
    """Return both layers at times, by steps of Runge and Kutta that end with the rounds.

    `look` gives Σ w_c θ_c^k of a state, `change` its change; ln A and p go along with it.
    """
    wanted = np.asarray(times, dtype=np.float64)
    marks = np.union1d(wanted, np.arange(np.ceil(wanted[-1]) + 1.0) if wanted.size else [0.0])
    steps = int(np.clip(_STEPS * np.max(pace), _STEPS, _MOST_STEPS))
    none = np.zeros(np.broadcast(look(state), start).shape)
    now: tuple[Floats, ...] = (state, none, none)

    def slope(time: float, given: tuple[Floats, ...]) -> tuple[Floats, ...]:
        inner, log_met, active = given
        met = np.exp(log_met)
        shared = 1.0 - start * met * look(inner)
        hazard = np.minimum(offline.source(time), _SURE) + offline.strength * active
        acting = offline.act * (shared - active) - offline.stop * active
        return change(inner, met, offline.fresh(time)), -hazard, acting

    seen, low = [], 0.0
    for mark in marks[marks <= max(wanted[-1], 0.0)]:
        width, many = mark - low, int(np.ceil((mark - low) * steps))
        for step in range(many):
            now = _stepped(slope, low + width * step / many, width / many, now)
        low = mark
        if mark in wanted:
            shared = 1.0 - start * np.exp(now[1]) * look(now[0])
            seen.append(np.broadcast_arrays(shared, now[2]))
    return Layers(*np.moveaxis(np.array(seen), 0, -1))


def _stepped(
    slope: Callable[[float, tuple[Floats, ...]], tuple[Floats, ...]],
    time: float,
    step: float,
    now: tuple[Floats, ...],
) -> tuple[Floats, ...]:
    """Return the state one step later, by Runge and Kutta of order four.

    The end of a round belongs to the next: what a step sees is held just before.
    """
    last = np.nextafter(np.floor(time) + 1.0, 0.0)

    def moved(by: tuple[Floats, ...], part: float) -> tuple[Floats, ...]:
        return tuple(x + part * step * y for x, y in zip(now, by, strict=True))

    one = slope(time, now)
    two = slope(min(time + step / 2, last), moved(one, 0.5))
    three = slope(min(time + step / 2, last), moved(two, 0.5))
    four = slope(min(time + step, last), moved(three, 1.0))
    return tuple(
        x + step / 6 * (a + 2 * b + 2 * c + d)
        for x, a, b, c, d in zip(now, one, two, three, four, strict=True)
    )
