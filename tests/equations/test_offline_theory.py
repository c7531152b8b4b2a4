"""Both layers by theory: against the plain equations, closed forms and an outside solver."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from newswave.core.offline import Constant, Decays, Fading, PowerLaw, Pulse, Series
from newswave.equations import offline, on_network
from newswave.equations.offline import Offline
from newswave.equations.well_mixed import many_rates

RATES, WEIGHTS, K, START = [0.16, 0.015], [0.4, 0.6], 6, 0.01
TIMES = np.arange(41.0)
STEADY = Offline(source=lambda t: 0.01 * Constant().at(t))
LOOP = Offline(lambda t: 0.01 * Fading(6.0).at(t), Decays(30.0).at, 0.3, 0.1, 0.2)


def test_a_constant_source_alone_is_the_plain_theory() -> None:
    """The three forms are those of the modules that know nothing of time, and nobody is active."""
    given = (RATES, WEIGHTS, K, START)
    found = offline.rounds(*given, STEADY, 40)
    assert np.allclose(found.shared, on_network.rounds(*given, 40, 0.01), atol=1e-13)
    assert not found.active.any()
    plain = offline.continuous(*given, Offline(), TIMES).shared
    assert np.allclose(plain, on_network.continuous(*given, TIMES), atol=1e-6)
    mixed = offline.well_mixed(*given, STEADY, TIMES).shared
    assert np.allclose(mixed, many_rates(*given, TIMES, 0.01), atol=1e-6)


@pytest.mark.parametrize("form", [Fading(8.0), Pulse((3, 10)), Series((0, 2.5, 1))])
def test_a_source_alone_has_a_closed_form(form: Fading | Pulse | Series) -> None:
    """Without peers 1 − i = (1 − i₀) e^(−∫ a), in time; the sum over rounds in rounds."""
    moved = Offline(source=lambda t: 0.05 * form.at(t))
    summed = np.concatenate([[0.0], np.cumsum(0.05 * form.at(TIMES))[:-1]])
    inside = 0.05 * 8.0 * -np.expm1(-TIMES / 8.0) if isinstance(form, Fading) else summed
    found = offline.rounds([0.0], [1.0], 4, 0.1, moved, 40).shared
    assert np.allclose(found, 1.0 - 0.9 * np.exp(-summed), atol=1e-13)
    for theory in (offline.continuous, offline.well_mixed):
        found = theory([0.0], [1.0], 4, 0.1, moved, TIMES).shared
        assert np.allclose(found, 1.0 - 0.9 * np.exp(-inside), atol=1e-9)


def test_ageing_alone_stretches_the_clock() -> None:
    """With ageing from the event, i(t) is the plain curve at ∫ g dt."""
    for form, clock in (
        (Decays(10.0), 10.0 * -np.expm1(-TIMES / 10.0)),
        (PowerLaw(0.5), 2.0 * (np.sqrt(1.0 + TIMES) - 1.0)),
    ):
        old = offline.continuous(RATES, WEIGHTS, K, START, Offline(fresh=form.at), TIMES).shared
        plain = on_network.continuous(RATES, WEIGHTS, K, START, clock)
        assert np.allclose(old, plain, atol=1e-6)


def test_the_loop_agrees_with_an_outside_solver() -> None:
    """dU/dt = −β k g i U − (a + ϑ P) U, dP/dt = κ (i − P) − γ P, by scipy, well mixed."""

    def change(t: float, y: list[float]) -> list[float]:
        fast, slow, p = y
        i = 1.0 - fast - slow
        hazard = 0.01 * np.exp(-t / 6.0) + 0.3 * p
        peers = K * np.exp(-t / 30.0) * i
        lost = [-(rate * peers + hazard) * u for rate, u in zip(RATES, (fast, slow), strict=True)]
        return [*lost, 0.1 * (i - p) - 0.2 * p]

    begin = [0.99 * 0.4, 0.99 * 0.6, 0.0]
    solved = solve_ivp(change, (0, 40), begin, "DOP853", t_eval=TIMES, rtol=1e-11, atol=1e-13).y
    found = offline.well_mixed(RATES, WEIGHTS, K, START, LOOP, TIMES)
    assert np.allclose(found.shared, 1.0 - solved[0] - solved[1], atol=1e-6)
    assert np.allclose(found.active, solved[2], atol=1e-6)


def test_many_curves_at_once_are_each_alone() -> None:
    """Every argument may have one number for each curve."""
    rates = np.array([[0.2, 0.1, 0.05], [0.02, 0.05, 0.01]])
    weights = np.array([[0.3, 0.5, 0.9], [0.7, 0.5, 0.1]])
    start, reach = np.array([0.01, 0.02, 0.1]), np.array([0.0, 0.01, 0.05])
    strength = np.array([0.5, 0.0, 0.1])
    together = Offline(lambda t: reach * np.exp(-t / 5.0), Decays(30.0).at, strength, 0.1, 0.2)
    for theory, last in (
        (offline.rounds, 40),
        (offline.continuous, TIMES),
        (offline.well_mixed, np.array([0.0, 0.5, 3.25, 40.0])),
    ):
        found = theory(rates, weights, K, start, together, last)
        for at in range(3):
            one = Offline(lambda t, at=at: reach[at] * np.exp(-t / 5.0), Decays(30.0).at,
                          strength[at], 0.1, 0.2)  # fmt: skip
            alone = theory(rates[:, at], weights[:, at], K, start[at], one, last)
            assert np.allclose(found.shared[at], alone.shared, atol=1e-7)
            assert np.allclose(found.active[at], alone.active, atol=1e-7)


def test_slow_loops_in_rounds_are_the_loop_in_time() -> None:
    """With all chances small, rounds and continuous time say the same."""
    slow = Offline(lambda t: 1e-4 * np.exp(-t / 400.0), Decays(3000.0).at, 0.004, 0.002, 0.003)
    times = np.arange(0.0, 2001.0, 100.0)
    rate = [0.0016, 0.0002]
    by_round = offline.rounds(rate, WEIGHTS, K, START, slow, 2000)
    in_time = offline.continuous(rate, WEIGHTS, K, START, slow, times)
    assert np.abs(by_round.shared[::100] - in_time.shared).max() < 0.003
    assert np.abs(by_round.active[::100] - in_time.active).max() < 0.003
