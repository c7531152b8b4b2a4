"""Rates from counted decisions: against brute force, a GLM, and the law that made them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import figures
import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from newswave.core.errors import BadValue, CannotFit
from newswave.core.law import Attention
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions
from newswave.core.simulation import decisions
from newswave.equations.from_decisions import RateEstimate, dose_response, rates

Floats = npt.NDArray[np.float64]

HALF = stats.chi2.ppf(0.95, 1) / 2


def counted(asked: Any, shared: Any) -> Decisions:
    """Return decisions of one row at exposures 1, 2, ..., the later rounds empty."""
    empty = [0] * (len(asked) + 1)
    return Decisions(("all",), [[[0, *asked]], [empty]], [[[0, *shared]], [empty]])


def only(asked: Any, shared: Any, source: float = 0.0) -> RateEstimate:
    return rates(counted(asked, shared), source)[0]


def log_likelihood(rate: float, asked: Any, shared: Any, source: float) -> float:
    """Return it decision by decision: every answer's own probability, multiplied."""
    total = 0.0
    for m, (n, y) in enumerate(zip(asked, shared, strict=True), 1):
        stay = (1.0 - source) * math.exp(-rate * m)
        total += y * math.log(1.0 - stay) + (n - y) * math.log(stay)
    return total


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Return asked and shared by exposure, neither nobody nor everybody."""
    asked = draw(st.lists(st.integers(0, 2000), min_size=1, max_size=9).filter(sum))
    shared = [draw(st.integers(0, n)) for n in asked]
    if sum(shared) == 0:
        asked, shared = [*asked, 5], [*shared, 1]
    if sum(shared) == sum(asked):
        asked, shared = [*asked, 5], [*shared, 1]
    return asked, shared


# --- the likelihood ------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(answers(), st.sampled_from([0.0, 0.02]))
def test_estimates_and_intervals_are_what_brute_force_finds(
    given_answers: tuple[list[int], list[int]], source: float
) -> None:
    """No rate nearby is likelier, and at both ends of the interval 1.92 is lost."""
    asked, shared = given_answers
    found = only(asked, shared, source)

    def at(rate: float) -> float:
        return log_likelihood(rate, asked, shared, source)

    best = at(found.rate) if found.rate > 0 else at(1e-15)
    grid = np.exp(np.linspace(math.log(max(found.rate, 1e-6)) - 3, 3.0, 400))
    assert max(at(float(rate)) for rate in grid) <= best + 1e-6
    assert found.low <= found.rate <= found.high
    if found.low > 0:
        assert best - at(found.low) == pytest.approx(HALF, abs=1e-4)
    else:
        assert source > 0
    assert best - at(found.high) == pytest.approx(HALF, abs=1e-4)
    assert (found.asked, found.shared) == (sum(asked), sum(shared))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.005, 0.5))
def test_rates_are_those_of_a_regression_with_offset(seed: int, chance: float) -> None:
    """A GLM with complementary log-log link and offset ln m has ln β as its intercept."""
    draw = np.random.default_rng(seed)
    asked = draw.integers(50, 3000, 8)
    shared = draw.binomial(asked, 1.0 - (1.0 - chance) ** np.arange(1, 9))
    family = sm.families.Binomial(sm.families.links.CLogLog())
    told = sm.GLM(
        np.stack([shared, asked - shared], axis=1),
        np.ones((8, 1)),
        family=family,
        offset=np.log(np.arange(1.0, 9.0)),
    ).fit(tol=1e-12, maxiter=200)
    found = only(asked, shared)
    assert found.rate == pytest.approx(np.exp(told.params[0]), rel=1e-6)
    # With so many decisions the likelihood is nearly a parabola in ln β.
    width = (np.log(found.high) - np.log(found.low)) / 2
    assert width == pytest.approx(1.959964 * told.bse[0], rel=0.05)


def test_one_exposure_is_a_share_of_decisions() -> None:
    found = only([400], [100])
    assert found.share_probability == pytest.approx(0.25)
    assert found.rate == pytest.approx(-math.log(0.75))
    # Each end is where a binomial of 400 loses 1.92, here from SciPy.
    for end in (found.low, found.high):
        logs = stats.binom.logpmf(100, 400, [0.25, -math.expm1(-end)])
        assert logs[0] - logs[1] == pytest.approx(HALF, abs=1e-5)


# --- edges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [0.0, 0.1])
def test_if_nobody_shared_the_rate_is_nothing_with_a_top(source: float) -> None:
    found = only([100, 50], [0, 0], source)
    assert (found.rate, found.low, found.share_probability) == (0.0, 0.0, 0.0)
    assert found.high == pytest.approx(HALF / 200)
    assert math.isnan(found.misfit)


@pytest.mark.parametrize("source", [0.0, 0.1])
def test_if_everybody_shared_the_rate_has_no_top(source: float) -> None:
    found = only([100], [100], source)
    assert (found.rate, found.high, found.share_probability) == (math.inf, math.inf, 1.0)
    assert 100 * math.log(1 - (1 - source) * math.exp(-found.low)) == pytest.approx(-HALF)
    assert math.isnan(found.misfit)


def test_fewer_than_the_source_explains_leave_nothing_for_the_neighbours() -> None:
    found = only([100, 50], [5, 2], 0.1)
    assert (found.rate, found.low) == (0.0, 0.0)
    assert 0.0 < found.high < 0.05


def test_a_source_that_reaches_everybody_says_nothing_of_the_neighbours() -> None:
    found = only([10, 10], [10, 10], 1.0)
    assert (found.low, found.high) == (0.0, math.inf)


def test_a_million_million_decisions_and_a_single_one() -> None:
    many = only([10**12], [10**6])
    assert many.rate == pytest.approx(1e-6, rel=1e-5)
    assert 0.99e-6 < many.low < many.high < 1.01e-6
    one = only([0, 0, 1], [0, 0, 1])
    assert one.low == pytest.approx(-math.log1p(-math.exp(-HALF)) / 3)


def test_rows_that_were_never_asked_are_left_out() -> None:
    asked = [[[0, 5], [0, 0], [0, 9]], [[0, 1], [0, 0], [0, 0]]]
    shared = [[[0, 1], [0, 0], [0, 3]], [[0, 1], [0, 0], [0, 0]]]
    found = rates(Decisions(("a", "b", "c"), asked, shared))
    assert [(one.row, one.asked, one.shared) for one in found] == [("a", 6, 2), ("c", 9, 3)]


def test_exposure_nobody_had_does_not_count() -> None:
    """Decisions with no sharing neighbour, where a source alone spoke, say nothing of the rate."""
    plain = only([50, 20], [10, 8])
    more = Decisions(("all",), [[[99, 50, 20]], [[0] * 3]], [[[7, 10, 8]], [[0] * 3]])
    assert rates(more)[0] == replace(plain)


def test_without_decisions_there_is_nothing_to_learn() -> None:
    with pytest.raises(CannotFit, match="Nobody was asked"):
        rates(Decisions.none(("a", "b"), 4))


@pytest.mark.parametrize("source", [-0.1, 1.1, float("nan")])
def test_the_source_has_a_probability(source: float) -> None:
    with pytest.raises(BadValue, match="source probability"):
        only([10], [5], source)


# --- the law that made them ----------------------------------------------------------------------


def test_the_misfit_is_even_under_the_law_and_small_where_there_is_another() -> None:
    """600 tables by the contact rule; a chance of 1 in 1000 to fail each way."""
    draw, m = np.random.default_rng(8), np.arange(1, 9)
    asked = np.array([4000, 3000, 2500, 2000, 1500, 1000, 800, 500])
    law = 1.0 - 0.9**m
    even = [only(asked, draw.binomial(asked, law)).misfit for _ in range(600)]
    assert stats.kstest(even, "uniform").pvalue > 0.001
    for other in (np.full(8, 0.15), 1.0 - 0.95 ** (m**1.5)):
        assert only(asked, draw.binomial(asked, other)).misfit < 1e-6


def test_the_misfit_needs_two_exposures_with_enough_decisions() -> None:
    assert math.isnan(only([500], [100]).misfit)
    assert math.isnan(only([500, 12], [100, 5]).misfit)
    assert 0.0 <= only([500, 40], [100, 14]).misfit <= 1.0


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"attention": Attention.NEW_EXPOSURE},
        {"source_probability": 0.02, "n_seeds": 0},
        {"rounds": 8},
    ],
    ids=["plain", "new exposure", "source", "cut short"],
)
def test_runs_of_any_kind_give_back_their_rates(changes: dict[str, Any]) -> None:
    """However runs are cut or attended to, each decision by itself is fair.

    A rate's relative standard error is about one over the root of those who shared, 0.3 to 6 %
    here; 4 of them are passed by 1 in 16 000.
    """
    setup = replace(figures.DIFFERENT, replicas=200, **changes)
    found = rates(decisions(setup), setup.source_probability)
    assert [one.row for one in found] == ["outgoing", "reserved"]
    for one, chance in zip(found, (0.15, 0.015), strict=True):
        assert one.share_probability == pytest.approx(chance, rel=4 / math.sqrt(one.shared))
        assert one.misfit > 1e-4


# --- dose and response ---------------------------------------------------------------------------


@given(st.lists(answers(), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_each_exposure_has_its_share_with_the_score_interval(
    groups: list[tuple[list[int], list[int]]],
) -> None:
    longest = max(len(asked) for asked, _ in groups)
    tables = [[[0, *part, *[0] * (longest - len(part))] for part in both] for both in groups]
    asked, shared = (np.array([one[at] for one in tables]) for at in (0, 1))
    empty = np.zeros_like(asked)
    names = tuple(f"group {at}" for at in range(len(groups)))
    held = Decisions(names, np.array([asked, empty]), np.array([shared, empty]))
    found = dose_response(held)
    assert [dose.exposure for dose in found] == np.flatnonzero(asked.sum(axis=0)).tolist()
    fitted = {one.row: one.rate for one in rates(held)}
    for dose in found:
        n = asked[:, dose.exposure]
        assert (dose.asked, dose.shared) == (n.sum(), shared[:, dose.exposure].sum())
        wilson = stats.binomtest(dose.shared, dose.asked).proportion_ci(method="wilson")
        assert (dose.low, dose.high) == pytest.approx((wilson.low, wilson.high), abs=1e-6)
        assert 0 <= dose.low <= dose.fraction <= dose.high <= 1
        each = [1 - math.exp(-fitted.get(name, 0.0) * dose.exposure) for name in names]
        assert dose.expected == pytest.approx(float(n @ each) / n.sum())


RUNS = Setup(n_agents=500, replicas=20, seed=5)


def test_runs_by_the_contact_rule_are_as_expected_and_others_are_not() -> None:
    """Each of 8 intervals holds what is expected in 95 of 100 cases: six or more, at this seed."""
    found = dose_response(decisions(RUNS))
    assert sum(dose.low <= dose.expected <= dose.high for dose in found) >= 6
    forgetful = dose_response(decisions(replace(RUNS, repeat_ratio=0.1)))
    assert sum(dose.low <= dose.expected <= dose.high for dose in forgetful) <= 3


def test_a_source_is_part_of_what_is_expected() -> None:
    setup = replace(RUNS, source_probability=0.1)
    found = dose_response(decisions(setup), 0.1)
    assert sum(dose.low <= dose.expected <= dose.high for dose in found) >= 6
    assert found[0].expected > 0.1


def test_nobody_asked_has_no_dose() -> None:
    with pytest.raises(CannotFit, match="Nobody was asked"):
        dose_response(counted([0, 0], [0, 0]))
