"""The well-mixed equations against a numerical solver and closed formulas."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from newswave.equations import well_mixed

Floats = npt.NDArray[np.float64]

TIMES = np.linspace(0.0, 40.0, 41)
STARTS = st.floats(0.001, 0.95)
RATES = st.floats(1e-4, 1.0)
FRACTIONS = st.floats(0.0, 1.0)
DEGREES = st.integers(1, 16)
NONE_OR_SOME = st.one_of(st.just(0.0), st.floats(1e-5, 0.5))


def solved(
    fast: float, slow: float, p: float, degree: float, start: float, source: float = 0.0
) -> Floats:
    """Integrate s_c' = −(a + β_c k i) s_c step by step, in logarithms, which stay accurate."""
    weights = (1.0 - start) * np.array([p, 1.0 - p])
    rates = degree * np.array([fast, slow])

    def change(_: float, logs: Floats) -> Floats:
        return -source - rates * (1.0 - weights @ np.exp(logs))

    path = solve_ivp(change, (0.0, 40.0), [0.0, 0.0], "DOP853", TIMES, rtol=1e-12, atol=1e-13)
    return np.asarray(1.0 - weights @ np.exp(path.y))


@settings(max_examples=150, deadline=None)
@given(RATES, FRACTIONS, FRACTIONS, DEGREES, STARTS)
def test_two_rates_solve_their_equations(
    fast: float, ratio: float, p: float, degree: int, start: float
) -> None:
    found = well_mixed.two_rates(fast, fast * ratio, p, degree, start, TIMES)
    assert np.abs(found - solved(fast, fast * ratio, p, degree, start)).max() < 1e-7


@settings(max_examples=150, deadline=None)
@given(RATES, NONE_OR_SOME, DEGREES, NONE_OR_SOME)
def test_source_and_peers_solve_their_equation(
    rate: float, source: float, degree: int, start: float
) -> None:
    found = well_mixed.source_and_peers(source, rate, degree, start, TIMES)
    assert np.abs(found - solved(rate, rate, 1.0, degree, start, source)).max() < 1e-7


@settings(deadline=None)
@given(RATES, DEGREES, STARTS)
def test_one_rate_is_the_logistic_curve(rate: float, degree: int, start: float) -> None:
    logistic = 1.0 / (1.0 + (1.0 - start) / start * np.exp(-rate * degree * TIMES))
    found = well_mixed.one_rate(rate, degree, start, TIMES)
    assert found == pytest.approx(logistic, abs=1e-12)
    assert well_mixed.two_rates(rate, rate, 0.3, degree, start, TIMES) == pytest.approx(
        logistic, abs=1e-8
    )


def test_without_peers_the_source_alone_is_an_exponential() -> None:
    found = well_mixed.source_and_peers(0.07, 0.0, 8, 0.2, TIMES)
    assert found == pytest.approx(1.0 - 0.8 * np.exp(-0.07 * TIMES), abs=1e-14)


@pytest.mark.parametrize(("rate", "start"), [(0.3, 0.0), (0.0, 0.2), (0.0, 0.0)])
def test_without_source_and_sharers_or_rate_nothing_happens(rate: float, start: float) -> None:
    shared, gradients = well_mixed.source_and_peers_with_gradients(0.0, rate, 8, start, TIMES)
    assert (shared == start).all()
    assert (gradients == 0.0).all()


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_with_one_class_only_its_rate_counts(p: float) -> None:
    own = 0.2 if p else 0.03
    found = well_mixed.two_rates(0.2, 0.03, p, 4, 0.01, TIMES)
    assert found == pytest.approx(well_mixed.one_rate(own, 4, 0.01, TIMES), abs=1e-8)


def test_a_slow_class_that_never_shares_stays_behind() -> None:
    found = well_mixed.two_rates(0.3, 0.0, 0.4, 8, 0.01, [0.0, 200.0])
    assert found.tolist() == pytest.approx([0.01, 0.01 + 0.99 * 0.4], abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(RATES, FRACTIONS, FRACTIONS, DEGREES, STARTS)
def test_curves_start_at_the_seeds_and_only_rise_to_everybody(
    fast: float, ratio: float, p: float, degree: int, start: float
) -> None:
    found = well_mixed.two_rates(fast, fast * ratio, p, degree, start, TIMES)
    assert found[0] == pytest.approx(start, abs=1e-12)
    assert np.diff(found).min() > -1e-9
    assert found.max() <= 1.0


def test_many_curves_at_once_are_the_curves_one_by_one() -> None:
    draw = np.random.default_rng(3)
    fast, p, start = draw.uniform(0.01, 0.5, (3, 4, 5))
    slow = fast * draw.random((4, 5))
    together = well_mixed.two_rates(fast, slow, p, 8, start, TIMES)
    sources = well_mixed.source_and_peers(slow, fast, 8, start, TIMES)
    assert together.shape == sources.shape == (4, 5, 41)
    for at in np.ndindex(4, 5):
        alone = well_mixed.two_rates(fast[at], slow[at], p[at], 8, start[at], TIMES)
        assert together[at] == pytest.approx(alone, abs=1e-12)
        alone = well_mixed.source_and_peers(slow[at], fast[at], 8, start[at], TIMES)
        assert sources[at] == pytest.approx(alone, abs=1e-14)


@settings(max_examples=60, deadline=None)
@given(
    *(st.floats(0.01, 0.5), st.floats(0.05, 0.95), st.floats(0.05, 0.95)),
    *(DEGREES, st.floats(0.01, 0.5)),
)
def test_the_gradients_of_two_rates_are_differences(
    fast: float, ratio: float, p: float, degree: int, start: float
) -> None:
    given_values = np.array([fast, fast * ratio, p])
    gradients = well_mixed.two_rates_with_gradients(*given_values, degree, start, TIMES)[1]
    for at in range(3):
        low, high = given_values.copy(), given_values.copy()
        step = 1e-4 * given_values[at]
        low[at], high[at] = given_values[at] - step, given_values[at] + step
        ends = [well_mixed.two_rates(*x, degree, start, TIMES) for x in (low, high)]
        across = (ends[1] - ends[0]) / (2.0 * step)
        assert gradients[at] == pytest.approx(across, rel=1e-4, abs=1e-4 * np.abs(across).max())


@settings(max_examples=60, deadline=None)
@given(st.floats(0.001, 0.3), st.floats(0.01, 0.5), DEGREES, st.floats(0.0, 0.5))
def test_the_gradients_of_source_and_peers_are_differences(
    source: float, rate: float, degree: int, start: float
) -> None:
    given_values = np.array([source, rate])
    gradients = well_mixed.source_and_peers_with_gradients(*given_values, degree, start, TIMES)[1]
    for at in range(2):
        low, high = given_values.copy(), given_values.copy()
        step = 1e-4 * given_values[at]
        low[at], high[at] = given_values[at] - step, given_values[at] + step
        ends = [well_mixed.source_and_peers(*x, degree, start, TIMES) for x in (low, high)]
        across = (ends[1] - ends[0]) / (2.0 * step)
        assert gradients[at] == pytest.approx(across, rel=1e-5, abs=1e-5 * np.abs(across).max())


def test_many_rates_are_the_others_where_those_apply() -> None:
    times = np.arange(61.0)
    two = well_mixed.two_rates(0.16, 0.015, 0.4, 8, 0.01, times)
    many = well_mixed.many_rates([0.16, 0.015], [0.4, 0.6], 8, 0.01, times)
    assert np.abs(many - two).max() < 1e-8
    bass = well_mixed.source_and_peers(0.02, 0.05, 8, 0.0, times)
    split = well_mixed.many_rates([0.05] * 3, [0.2, 0.3, 0.5], 8, 0.0, times, source_rate=0.02)
    assert np.abs(split - bass).max() < 1e-8
