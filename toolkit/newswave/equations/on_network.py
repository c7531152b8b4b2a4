"""SI on networks: edge-based rounds and equations, the master equation, derivatives for fits."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from newswave.core.errors import BadValue, whole_number
from newswave.core.law import FIRST, IDLE, REPEAT, Attention, Law
from newswave.core.networks import Complete, RandomRegular
from newswave.core.offline import Push, Since
from newswave.core.setup import Setup
from newswave.core.sharing import Floats
from newswave.equations import offline
from newswave.equations.spread import gamma_nodes

_FEW = 12
_AT_ONCE = 1e3  # a hazard per unit of time that nobody outlasts


# The edge-based rounds for two classes with their gradients, written for fitting.
#
# The same recursion as `rounds`, carried together with its derivatives in one pass:
# for a few curves one after another on Python's floats (some twenty times faster than arrays of
# one), for many side by side on arrays.


def two_class_rounds(
    fast_rate: Floats,
    slow_rate: Floats,
    fast_fraction: Floats,
    source_rate: Floats | None,
    degree: int,
    initial_fraction: Floats,
    n_rounds: int,
) -> tuple[Floats, Floats]:
    """Return i by round and its gradients with respect to the parameters."""
    chance = -np.expm1(-np.stack([fast_rate, slow_rate]))
    share = np.stack([fast_fraction, 1.0 - fast_fraction])
    hazard = np.zeros_like(fast_rate) if source_rate is None else source_rate
    columns = np.stack([*chance, *share, np.exp(-hazard), 1.0 - initial_fraction])
    kinds = 4 if source_rate is None else 5
    if len(fast_rate) < _FEW:
        alone = [_one(column, degree, n_rounds) for column in columns.T.tolist()]
        table = np.array(alone).reshape(-1, n_rounds + 1, 2, 5).transpose(1, 2, 3, 0)[:, :, :kinds]
    else:
        table = _many(columns, degree, n_rounds, kinds)
    time = np.arange(n_rounds + 1.0)[:, None]
    unshared = (1.0 - initial_fraction) * np.exp(-hazard * time)
    power = unshared[:, None] * _power(table[:, :, 0], degree - 1)
    own = power * table[:, :, 0]
    left = (share * own).sum(axis=1)
    weight = (degree * share * power)[:, :, None]
    gradients = weight[:, 0] * table[:, 0, 1:]
    gradients += weight[:, 1] * table[:, 1, 1:]
    np.negative(gradients, out=gradients)
    gradients[:, :2] *= 1.0 - chance
    gradients[:, 2] -= own[:, 0] - own[:, 1]
    if source_rate is not None:
        gradients[:, 3] += time * left
    return 1.0 - left.T, gradients.transpose(1, 2, 0)


def _many(columns: Floats, degree: int, n_rounds: int, kinds: int) -> Floats:
    """Return each θ and its gradients by q_f, q_s, p and the source's hazard, (T + 1, 2, kinds, B).

    `columns` are q_f, q_s, p, 1 − p, the chance e^(−a) not to meet the source in a round, 1 − i₀.
    Of the `kinds`, θ itself and the gradients, the fifth is the one by the source.
    """
    chance, share = columns[:2, None], columns[2:4]
    met, unshared = columns[4:]
    links = (degree - 1) * share
    table = np.zeros((n_rounds + 1, 2, kinds, columns.shape[1]))
    table[0, :, 0] = 1.0
    for time in range(n_rounds):
        now, then = table[time], table[time + 1]
        low = unshared * _power(now[:, 0], degree - 2)
        high = low * now[:, 0]
        low *= links
        phi = low[0] * now[0]
        phi += low[1] * now[1]
        phi[0] = share[0] * high[0] + share[1] * high[1]
        phi[3] += high[0] - high[1]
        if kinds > 4:
            phi[4] -= time * phi[0]
            unshared = unshared * met
        gap = now - phi
        np.multiply(chance, gap, out=then)
        np.subtract(now, then, out=then)
        then[0, 1] -= gap[0, 0]
        then[1, 2] -= gap[1, 0]
    return table


def _power(base: Floats, exponent: int) -> Floats:
    """Return `base` to a whole power by squaring, five times faster than numpy's own."""
    if exponent == 0:
        return np.ones_like(base)
    result = base.copy()
    for digit in f"{exponent:b}"[1:]:
        result *= result
        if digit == "1":
            result *= base
    return result


def _one(column: Sequence[float], degree: int, n_rounds: int) -> list[tuple[float, ...]]:
    """Return the same for one curve by round: θ_f with its gradients, then θ_s with its own."""
    fast, slow, p, rest, met, unshared = column
    f = s = 1.0
    f_f = f_s = f_p = f_a = s_f = s_s = s_p = s_a = 0.0
    result: list[tuple[float, ...]] = [(f, f_f, f_s, f_p, f_a, s, s_f, s_s, s_p, s_a)]
    power = degree - 2
    for time in range(n_rounds):
        f_low, s_low = unshared * f**power, unshared * s**power
        f_high, s_high = f_low * f, s_low * s
        phi = p * f_high + rest * s_high
        by_f, by_s = (degree - 1) * p * f_low, (degree - 1) * rest * s_low
        phi_f, phi_s = by_f * f_f + by_s * s_f, by_f * f_s + by_s * s_s
        phi_p = by_f * f_p + by_s * s_p + f_high - s_high
        phi_a = by_f * f_a + by_s * s_a - time * phi
        f_f, s_f = f_f - fast * (f_f - phi_f) - (f - phi), s_f - slow * (s_f - phi_f)
        f_s, s_s = f_s - fast * (f_s - phi_s), s_s - slow * (s_s - phi_s) - (s - phi)
        f_p, s_p = f_p - fast * (f_p - phi_p), s_p - slow * (s_p - phi_p)
        f_a, s_a = f_a - fast * (f_a - phi_a), s_a - slow * (s_a - phi_a)
        f, s = f - fast * (f - phi), s - slow * (s - phi)
        unshared = unshared * met
        result.append((f, f_f, f_s, f_p, f_a, s, s_f, s_s, s_p, s_a))
    return result


# Network-aware SI: edge-based rounds and ODE, master equation; rounds on the complete network.
#
# θ_c is the chance that a random link into an agent of class c has not yet passed the news on. The
# edge-based forms follow Miller, Slim and Volz (J. R. Soc. Interface 9, 890, 2012) without recovery
# and with classes of susceptibility; the master equation is the discrete-time relative of Gleeson's
# (Phys. Rev. X 3, 021004, 2013).


def rounds(
    rates: Any,
    weights: Any,
    degree: int,
    initial_fraction: float,
    n_rounds: int,
    source_rate: float = 0.0,
) -> Floats:
    """Return i by round, edge-based, for the contact rule with any number of classes.

    φ = (1 − i₀)(1 − a)^t Σ_c w_c θ_c^(k−1),  θ_c ← θ_c − q_c (θ_c − φ),
    i = 1 − (1 − i₀)(1 − a)^t Σ_c w_c θ_c^k,  with q_c = 1 − e^(−β_c).

    It is exact for large networks and synchronous rounds.

    Parameters
    ----------
    rates : sequence of float, shape (C,)
        β_c of each class, per contact and round.
    weights : sequence of float, shape (C,)
        w_c, the fraction of agents in each class; they sum to 1.
    degree : int
        k.
    initial_fraction : float
        i₀.
    n_rounds : int
        T.
    source_rate : float
        −ln(1 − a), hazard per round of sharing because of the event itself.

    Returns
    -------
    array, shape (T + 1,)
        The fraction that has shared by round 0, 1, …, T.

    Raises
    ------
    BadValue
        If there is not one weight for each rate, or the weights do not sum to 1.

    Examples
    --------
    >>> rounds([0.7], [1.0], 2, 0.5, 1).round(4).tolist()
    [0.5, 0.72]
    """
    rate, weight = _classes(rates, weights)
    goes_on = offline.Offline(source=lambda _: source_rate)
    return offline.rounds(rate, weight, degree, initial_fraction, goes_on, n_rounds).shared


def continuous(
    rates: Any, weights: Any, degree: int, initial_fraction: float, times: Any
) -> Floats:
    """Return i(t) of the edge-based equations in continuous time, with any number of classes.

    θ_c' = −β_c (θ_c − φ),  φ = (1 − i₀) Σ_c w_c θ_c^(k−1),  i = 1 − (1 − i₀) Σ_c w_c θ_c^k.

    Parameters
    ----------
    rates, weights, degree, initial_fraction
        As for `rounds`.
    times : array, shape (T,)
        Times in rounds, from 0, in order.

    Returns
    -------
    array, shape (T,)
        The fraction that has shared.
    """
    from scipy.integrate import solve_ivp

    rate, weight = _classes(rates, weights)
    unshared = 1.0 - initial_fraction
    wanted = np.asarray(times, dtype=np.float64)

    def change(_: float, theta: Floats) -> Floats:
        return -rate * (theta - unshared * (weight @ theta ** (degree - 1)))

    span = (0.0, max(float(wanted[-1]), 1e-9))
    solved = solve_ivp(
        change, span, np.ones_like(rate), "DOP853", t_eval=wanted, rtol=1e-10, atol=1e-12
    )
    return np.asarray(1.0 - unshared * (weight @ solved.y**degree))


def closed_form(rate: float, degree: int, initial_fraction: float, times: Any) -> Floats:
    """Return `continuous` for one class, without integrating.

    i = 1 − (1 − i₀)[(1 − i₀) + i₀ e^((k−2) β t)]^(−k/(k−2)) for k > 2, and
    i = 1 − (1 − i₀) e^(−2 β i₀ t) for k = 2. As k grows with k β fixed it tends to the logistic.

    Parameters
    ----------
    rate : float
        β, per contact and round.
    degree, initial_fraction, times
        As for `continuous`; k is 2 or more.

    Returns
    -------
    array, shape (T,)
        The fraction that has shared.

    Raises
    ------
    BadValue
        If k is below 2.

    Examples
    --------
    >>> closed_form(0.05, 8, 0.01, [0.0, 20.0]).round(4).tolist()
    [0.01, 0.885]
    """
    if degree < 2:
        raise BadValue("The closed form needs a degree of 2 or more", given=degree)
    t, unshared = np.asarray(times, dtype=np.float64), 1.0 - initial_fraction
    if degree == 2:
        return np.asarray(1.0 - unshared * np.exp(-2.0 * rate * initial_fraction * t))
    grown = np.logaddexp(np.log(unshared), np.log(initial_fraction) + (degree - 2) * rate * t)
    return np.asarray(1.0 - unshared * np.exp(-degree / (degree - 2) * grown))


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the master equation says of a table on a network, before any run.

    Parameters
    ----------
    fraction : array, shape (T + 1,)
        i by round.
    by_class : array, shape (T + 1, C)
        The fraction of each class that has shared.
    active : array, shape (T + 1,)
        p, the fraction that is active offline; 0 without feedback.
    """

    fraction: Floats
    by_class: Floats
    active: Floats


def master(
    law: Law, weights: Any, degree: int, initial_fraction: float, n_rounds: int
) -> Prediction:
    """Return the curve of any sharing table on a k-regular random network.

    s_{c,m} is the fraction of agents that are of class c, have not shared and have m sharing
    neighbours; s_{c,m}(0) = w_c (1 − i₀) Binomial(m; k, i₀). Each round

    b = Σ (k − m) P(c, m) s_{c,m} / Σ (k − m) s_{c,m},
    s_{c,·} ← ((1 − P) s)_{c,·}, moved up from m by Binomial(k − m, b),   i = 1 − Σ s_{c,m}.

    For tables with memory and for the attention rule "new exposure", s is kept apart by how the
    agent meets the next round: for the first time, again, or without attending. What goes on
    offline makes P(c, m) another one in each round, 1 − e^(−g h(c, m) − a_t), m = 0 included. Where
    news ages from each agent's first sight, s is kept apart by that age too, so that it closes.

    Parameters
    ----------
    law : Law
        The table with attention and source.
    weights : sequence of float, shape (C,)
        The fraction of agents in each row of the table.
    degree, initial_fraction, n_rounds
        As for `rounds`.

    Returns
    -------
    Prediction
        i by round, in all and by class.

    Raises
    ------
    BadValue
        If there is not one weight for each row, or they do not sum to 1.
    """
    weight = _classes(np.zeros(law.hazard.shape[1]), weights)[1]
    unshared, active = _by_round([law], weight, degree, initial_fraction, n_rounds)
    return _predicted(unshared[:, 0], weight, active[:, 0])


def masters(
    laws: Sequence[Law], weights: Any, degree: int, initial_fraction: float, n_rounds: int
) -> Floats:
    """Return i by round of several tables, each by `master`, all at once."""
    weight = _classes(np.zeros(laws[0].hazard.shape[1]), weights)[1]
    unshared, _ = _by_round(laws, weight, degree, initial_fraction, n_rounds)
    return np.asarray(1.0 - unshared.sum(axis=2).T)


def master_in_time(
    hazard: Floats, weights: Any, degree: int, initial_fraction: float, n_rounds: int
) -> Prediction:
    """Return the curve of any sharing table on a k-regular random network in continuous time.

    The approximate master equation (Gleeson, Phys. Rev. X 3, 021004, 2013) without recovery: with h
    the hazard per unit of time and b = Σ (k − m) h(c, m) s_{c,m} / Σ (k − m) s_{c,m},

    s_{c,m}' = −h(c, m) s_{c,m} − (k − m) b s_{c,m} + (k − m + 1) b s_{c,m−1}.

    Parameters
    ----------
    hazard : array, shape (C, M + 1)
        Per unit of time, which is a round, by row of the table and exposure.
    weights, degree, initial_fraction, n_rounds
        As for `master`; i is given at the times of the rounds.

    Returns
    -------
    Prediction

    Examples
    --------
    >>> contact = 0.05 * np.arange(9.0)[None]
    >>> master_in_time(contact, [1.0], 8, 0.01, 20).fraction[[0, 20]].round(4).tolist()
    [0.01, 0.885]
    """
    from scipy.integrate import solve_ivp

    weight = _classes(np.zeros(len(hazard)), weights)[1]
    pace = np.minimum(hazard[:, : degree + 1], _AT_ONCE)
    room = degree - np.arange(degree + 1.0)
    begin = _binomial_rows(degree, np.array(initial_fraction))[0]
    begin = (1.0 - initial_fraction) * weight[:, None] * begin

    def change(_: float, flat: Floats) -> Floats:
        state = flat.reshape(begin.shape)
        sharing, linked = pace * state, (room * state).sum()
        moving = state * room * ((room * sharing).sum() / max(linked, 1e-300))
        result = -sharing - moving
        result[:, 1:] += moving[:, :-1]
        return np.asarray(result.ravel())

    times = np.arange(n_rounds + 1.0)
    solved = solve_ivp(
        change, (0.0, times[-1]), begin.ravel(), "LSODA", t_eval=times, rtol=1e-8, atol=1e-11
    )
    unshared = solved.y.T.reshape(len(times), *begin.shape).sum(axis=2)
    return _predicted(unshared, weight, np.zeros(len(times)))


def one_table(chance: Floats, start: Floats, n_rounds: int) -> Floats:
    """Return i by round of homogeneous agents, for many tables: `master` with one class.

    >>> contact = 1 - 0.9 ** np.arange(5.0)
    >>> one_table(contact[None], np.array([0.1]), 1).round(3).tolist()
    [[0.1, 0.135]]
    """
    degree = chance.shape[1] - 1
    room = degree - np.arange(degree + 1.0)
    state = (1.0 - start)[:, None] * _binomial_rows(degree, start)[:, 0]
    left = [state.sum(axis=1)]
    for _ in range(n_rounds):
        sharing = state * chance
        passing = (sharing @ room) / np.maximum(state @ room, 1e-300)
        move = _binomial_rows(degree, np.minimum(passing, 1.0))
        state = np.einsum("bm,bmj->bj", state - sharing, move)
        left.append(state.sum(axis=1))
    return np.asarray(1.0 - np.stack(left, axis=1))


def _by_round(
    laws: Sequence[Law], weight: Floats, degree: int, initial_fraction: float, n_rounds: int
) -> tuple[Floats, Floats]:
    """Return the fraction that has not shared, (T + 1, laws, classes), and p, (T + 1, laws).

    The laws have what goes on offline in common. The state is by how an agent meets the round, the
    age of its news (one for all where that is not counted from first sight), law, class and m.
    """
    hazards = np.stack([law.hazard[:, :, : degree + 1] for law in laws], axis=1)[:, None]
    outside, chance = laws[0].outside, -np.expm1(-hazards)
    by_age = outside is not None and outside.since is Since.FIRST_SIGHT
    state = np.zeros((3, n_rounds + 1 if by_age else 1, *hazards.shape[2:]))
    start = _binomial_rows(degree, np.array(initial_fraction))[0]
    state[FIRST, 0] = (1.0 - initial_fraction) * weight[:, None] * start
    left, active = [state.sum(axis=(0, 1, 4))], [np.zeros(len(laws))]
    room = degree - np.arange(degree + 1.0)
    for at in range(n_rounds):
        if outside is not None:
            age = np.arange(n_rounds + 1)[:, None, None, None] if by_age else at
            source = np.reshape(outside.hazard_at(at, active[-1]), (-1, 1, 1))
            push = Push(outside.fresh[age], source * np.reshape(outside.reach, (-1, 1)))
            chance = -np.expm1(-push.on(hazards))
            active.append(outside.feedback.moved(1.0 - left[-1].sum(axis=1), active[-1]))
        links = (state.sum(axis=(0, 1, 3)) * room).sum(axis=1)
        sharing = state * chance
        passing = (sharing.sum(axis=(0, 1, 3)) * room).sum(axis=1) / np.maximum(links, 1e-300)
        move = _binomial_rows(degree, np.minimum(passing, 1.0))
        state = _moved(state - sharing, move, laws[0].attention)
        if by_age:
            state[[REPEAT, IDLE], 1:] = state[[REPEAT, IDLE], :-1]
            state[[REPEAT, IDLE], 0] = 0.0
        left.append(state.sum(axis=(0, 1, 4)))
    many = n_rounds + 1
    return np.array(left), np.array(active if len(active) == many else active * many)


def well_mixed(law: Law, weights: Any, n_agents: int, n_seeds: int, n_rounds: int) -> Prediction:
    """Return the curve of any sharing table on the complete network, in rounds.

    Everybody who has not shared sees all S = N i sharers, so s_c ← s_c e^(−h_c(S)), h_c linear
    between whole numbers. Under the attention rule "new exposure", agents decide with the chance
    1 − e^(−new) that somebody shared in the round before. This mean field is exact as the number of
    seeds grows.

    Parameters
    ----------
    law : Law
        The table with attention and source, up to exposure N − 1.
    weights : sequence of float, shape (C,)
        The fraction of agents in each row of the table.
    n_agents, n_seeds, n_rounds : int
        N, the sharers at round 0, and T.

    Returns
    -------
    Prediction
        i by round, in all and by class.

    Examples
    --------
    >>> from newswave.core.sharing import SharingTable
    >>> law = Law.of(SharingTable.contact(("all",), [0.1], 9), 9)
    >>> well_mixed(law, [1.0], 10, 2, 1).fraction.round(3).tolist()      # 0.2 + 0.8 (1 − 0.9²)
    [0.2, 0.352]
    """
    weight = _classes(np.zeros(law.hazard.shape[1]), weights)[1]
    unshared, active, before = [(1.0 - n_seeds / n_agents) * weight], [0.0], 0.0
    outside, push, sight = law.outside, Push(1.0, 0.0), 0
    for at in range(n_rounds):
        shared = 1.0 - float(unshared[-1].sum())
        seen = n_agents * shared
        if outside is not None:  # everybody sees the first sharer in the same round
            sight = sight if before else at
            age = at - sight if outside.since is Since.FIRST_SIGHT else at
            push = Push(outside.fresh[age], outside.hazard_at(at, active[-1]) * outside.reach)
            active.append(outside.feedback.moved(shared, active[-1]))
        survival = np.exp(-push.on(_between(law.hazard[REPEAT if before else FIRST], seen)))
        if before and law.attention is Attention.NEW_EXPOSURE:
            idle = np.exp(-push.on(law.hazard[IDLE, :, 0]))
            survival = idle + (survival - idle) * -np.expm1(before - seen)
        unshared.append(unshared[-1] * survival)
        before = seen
    acting = active if outside is not None else active * (n_rounds + 1)
    return _predicted(np.array(unshared), weight, np.array(acting))


def _between(hazard: Floats, seen: float) -> Floats:
    """Return the hazard of each row at a number of sharers that need not be whole."""
    low = min(int(seen), hazard.shape[1] - 1)
    high, part = min(low + 1, hazard.shape[1] - 1), seen - int(seen)
    return hazard[:, low] if part == 0.0 else (1.0 - part) * hazard[:, low] + part * hazard[:, high]


def _predicted(unshared: Floats, weight: Floats, active: Floats) -> Prediction:
    """Return i in all and by class from the fraction of all that has not shared, by class."""
    with np.errstate(invalid="ignore"):
        by_class = np.where(weight > 0, 1.0 - unshared / weight, 0.0)
    return Prediction(1.0 - unshared.sum(axis=1), by_class, active)


def regular_degree(setup: Setup) -> int:
    """Return k of a setup on a random regular network.

    >>> regular_degree(Setup())
    8
    """
    if isinstance(setup.network, RandomRegular):
        return whole_number("The degree for the master equation", setup.network.degree, 1, 1000)
    raise BadValue(
        "The equations are about random regular networks and the complete one",
        given=type(setup.network).__name__,
        allowed="RandomRegular or Complete",
        advice="Take one of the same mean degree, or run this network instead (newswave run)",
    )


def predict(setup: Setup) -> Prediction:
    """Return the curve of a setup by theory, without running anything.

    By `master` on a random regular network (`master_in_time` where the clock is continuous), by
    `well_mixed` on the complete one.

    Parameters
    ----------
    setup : Setup
        On a random regular network or the complete one.

    Returns
    -------
    Prediction
        i by round, in all and by group.

    Raises
    ------
    BadValue
        If the network is another.

    Examples
    --------
    >>> bool(predict(Setup(rounds=200)).fraction[-1] > 0.99)
    True
    """
    degree = contacts(setup)
    law = setup.law(setup.table(degree), degree)
    weights = np.array([group.weight for group in setup.mix.groups])
    if setup.rate_variation > 0.0:
        return _spread(setup, law, weights, degree)
    return _of_law(setup, law, weights, degree)


def _of_law(setup: Setup, law: Law, weights: Floats, degree: int) -> Prediction:
    if isinstance(setup.network, Complete):
        return well_mixed(law, weights, setup.n_agents, setup.n_seeds, setup.rounds)
    start = setup.n_seeds / setup.n_agents
    if setup.is_continuous:
        return master_in_time(law.hazard[FIRST], weights, degree, start, setup.rounds)
    return master(law, weights, degree, start, setup.rounds)


def _spread(setup: Setup, law: Law, weights: Floats, degree: int) -> Prediction:
    """Return the curve where readiness multiplies hazards: each row becomes one for each node."""
    nodes, shares = gamma_nodes(setup.rate_variation)
    rows = (law.hazard[:, :, None] * nodes[:, None]).reshape(3, -1, law.hazard.shape[2])
    reach = np.tile(nodes, len(weights))
    outside = None if law.outside is None else replace(law.outside, reach=reach)
    spread = Law(rows, law.attention, None, outside)
    result = _of_law(setup, spread, np.outer(weights, shares).ravel(), degree)
    by_class = result.by_class.reshape(len(result.fraction), -1, len(nodes)) @ shares
    return Prediction(result.fraction, by_class, result.active)


def contacts(setup: Setup) -> int:
    """Return how many neighbours every agent has: N − 1 on the complete network, else k."""
    whole = isinstance(setup.network, Complete)
    return setup.n_agents - 1 if whole else regular_degree(setup)


def _moved(state: Floats, move: Floats, attention: Attention) -> Floats:
    """Return the survivors of a round by exposure and by how they meet the next one."""
    fresh, decided = state[FIRST].copy(), state[REPEAT] + state[IDLE]
    decided[..., 1:] += fresh[..., 1:]
    fresh[..., 1:] = 0.0
    new = np.zeros_like(state)
    new[FIRST] = fresh[..., :1] * move[:, :1]
    if attention is Attention.EVERY_ROUND:
        new[REPEAT] = decided @ move
    else:
        new[IDLE] = decided * np.diagonal(move, axis1=1, axis2=2)[:, None]
        new[REPEAT] = decided @ move - new[IDLE]
    return new


def _binomial_rows(degree: int, chance: Floats) -> Floats:
    """Return the matrix Binomial(j − m; k − m, chance), from exposure m (row) to j (column).

    One for each chance, shape (..., k + 1, k + 1).
    """
    from scipy.special import xlog1py, xlogy

    ways, up, stay = _ways(degree)
    each = chance[..., None, None]
    return np.asarray(np.exp(ways + xlogy(up, each) + xlog1py(stay, -each)))


@functools.lru_cache(maxsize=8)
def _ways(degree: int) -> tuple[Floats, Floats, Floats]:
    """Return ln C(k − m, j − m), j − m and k − j by m (row) and j (column).

    The logarithm is −∞ below the diagonal, where the difference is held at 0.
    """
    from scipy.special import gammaln

    m, j = np.ogrid[: degree + 1.0, : degree + 1.0]
    up, room, stay = np.maximum(j - m, 0.0), degree - m, degree - np.maximum(j, m)
    ways = gammaln(room + 1) - gammaln(up + 1) - gammaln(stay + 1)
    return np.where(j >= m, ways, -np.inf), up, stay


def _classes(values: Any, weights: Any) -> tuple[Floats, Floats]:
    value, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if value.ndim != 1 or value.shape != weight.shape:
        raise BadValue(
            "Each class needs one rate and one weight", given=f"{value.shape} and {weight.shape}"
        )
    if not ((weight >= 0).all() and abs(float(weight.sum()) - 1.0) < 1e-9):
        raise BadValue("The weights of the classes do not sum to 1", given=weight.sum())
    return value, weight
