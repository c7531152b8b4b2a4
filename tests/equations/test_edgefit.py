"""The rounds for fitting: the same numbers as `on_network.rounds`, and their gradients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.equations import on_network
from newswave.equations.on_network import _FEW, two_class_rounds

Floats = npt.NDArray[np.float64]

RATES = st.floats(1e-4, 1.5)
FRACTIONS = st.floats(0.0, 1.0)
SOURCES = st.one_of(st.just(0.0), st.floats(1e-4, 0.5))
DEGREES = st.integers(2, 20)
STARTS = st.floats(0.001, 0.9)


def one(values: Floats, degree: int, start: float, n_rounds: int = 40) -> tuple[Floats, Floats]:
    """Return i and its gradients for one curve, on plain numbers."""
    columns = [np.array([value]) for value in values]
    shared, gradients = two_class_rounds(*columns, degree, np.array([start]), n_rounds)
    return shared[0], gradients[:, 0]


@settings(max_examples=150, deadline=None)
@given(RATES, RATES, FRACTIONS, SOURCES, DEGREES, STARTS)
def test_curves_are_the_rounds_of_the_theory(
    fast: float, slow: float, p: float, source: float, degree: int, start: float
) -> None:
    found = one(np.array([fast, slow, p, source]), degree, start)[0]
    told = on_network.rounds([fast, slow], [p, 1.0 - p], degree, start, 40, source)
    assert found == pytest.approx(told, abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(
    st.floats(0.01, 1.0), st.floats(0.01, 1.0), st.floats(0.05, 0.95), st.floats(0.01, 0.3),
    DEGREES, STARTS,
)  # fmt: skip
def test_gradients_are_differences(
    fast: float, slow: float, p: float, source: float, degree: int, start: float
) -> None:
    values = np.array([fast, slow, p, source])
    gradients = one(values, degree, start)[1]
    for at in range(4):
        low, high, step = values.copy(), values.copy(), 1e-4 * values[at]
        low[at], high[at] = values[at] - step, values[at] + step
        across = (one(high, degree, start)[0] - one(low, degree, start)[0]) / (2.0 * step)
        assert gradients[at] == pytest.approx(
            across, rel=1e-4, abs=1e-5 * np.abs(across).max() + 1e-9
        )


def test_the_slope_of_the_source_where_there_is_none() -> None:
    """From zero only one side can be tried: i(a) is not defined below."""
    values, step = np.array([0.2, 0.05, 0.4, 0.0]), 1e-6
    further = values + np.array([0.0, 0.0, 0.0, step])
    across = (one(further, 8, 0.01)[0] - one(values, 8, 0.01)[0]) / step
    assert one(values, 8, 0.01)[1][3] == pytest.approx(across, rel=1e-3)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([2, _FEW - 1, _FEW, 20]), DEGREES, st.integers(1, 60))
def test_many_curves_at_once_are_the_curves_one_by_one(
    seed: int, count: int, degree: int, n_rounds: int
) -> None:
    """On both sides of where floats one by one give way to arrays side by side."""
    draw = np.random.default_rng(seed)
    values = draw.random((4, count)) * [[1.0], [1.0], [1.0], [0.3]]
    start = draw.uniform(0.001, 0.9, count)
    shared, gradients = two_class_rounds(*values, degree, start, n_rounds)
    assert shared.shape == (count, n_rounds + 1)
    assert gradients.shape == (4, count, n_rounds + 1)
    for at in range(count):
        alone, own = one(values[:, at], degree, float(start[at]), n_rounds)
        assert shared[at] == pytest.approx(alone, abs=1e-12)
        assert gradients[:, at] == pytest.approx(own, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("count", [1, _FEW])
def test_nothing_is_changed_in_the_arguments(count: int) -> None:
    columns = [np.full(count, x) for x in (0.3, 0.1, 0.5, 0.01)]
    start = np.full(count, 0.02)
    first = two_class_rounds(*columns, 4, start, 20)
    second = two_class_rounds(*columns, 4, start, 20)
    assert [c[0] for c in columns] == [0.3, 0.1, 0.5, 0.01]
    assert start[0] == 0.02
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_with_nobody_and_no_source_nothing_happens() -> None:
    shared, gradients = one(np.array([0.3, 0.1, 0.5, 0.0]), 4, 0.0)
    assert np.abs(shared).max() < 1e-15
    assert np.isfinite(gradients).all()
