"""Least squares, log-odds and quantiles that all layers share: SciPy and statsmodels as oracles."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

from newswave.core.population import PROFILES, signs_of
from newswave.core.statistics import Z, expit, holm, least_squares, logit
from newswave.core.streams import Purpose, run_generator
from newswave.equations.intervals import jackknife_variance, left_out, unpaired, welch


def test_the_quantile_is_scipys() -> None:
    assert stats.norm.ppf(0.975) == Z


def test_holm_is_that_of_statsmodels() -> None:
    for p_values in ([0.04, 0.01, 0.03], [0.9, 0.8], [0.02], [0.3, 0.0, 1.0, 0.3, 0.011]):
        theirs = multipletests(p_values, method="holm")[1]
        assert holm(np.array(p_values)) == pytest.approx(theirs)


@pytest.mark.parametrize("is_weighted", [False, True])
def test_least_squares_is_statsmodels(is_weighted: bool) -> None:
    draw = run_generator(2, Purpose.SAMPLING, 0)
    design, response = draw.normal(size=(40, 3)), draw.normal(size=40)
    weight = draw.uniform(0.1, 5.0, 40) if is_weighted else None
    solve, inverse = least_squares(design, weight)
    theirs = sm.WLS(response, design, weights=1.0 if weight is None else weight).fit()
    assert solve @ response == pytest.approx(theirs.params, rel=1e-10)
    assert inverse == pytest.approx(theirs.normalized_cov_params, rel=1e-10)


def test_a_balanced_design_gives_each_trait_the_difference_of_its_halves() -> None:
    signs = signs_of(PROFILES)
    response = run_generator(2, Purpose.SAMPLING, 1).normal(size=32)
    together = least_squares(np.column_stack([np.ones(32), signs]))[0][1:] @ response
    for sign, effect in zip(signs.T, together, strict=True):
        alone = least_squares(np.column_stack([np.ones(32), sign]))[0][1] @ response
        halves = response[sign > 0].mean() - response[sign < 0].mean()
        assert (effect, alone) == pytest.approx((halves, halves), rel=1e-10)


def test_columns_that_say_the_same_share_the_effect() -> None:
    sign = np.array([0.5, 0.5, -0.5, -0.5])
    solve, _ = least_squares(np.stack([sign, sign], axis=1))
    assert solve @ [1.0, 1.0, 0.0, 0.0] == pytest.approx([0.5, 0.5])


def test_log_odds_and_the_way_back() -> None:
    chance = np.array([1e-9, 0.2, 0.5, 0.999])
    assert expit(logit(chance)) == pytest.approx(chance, rel=1e-9)
    assert logit(np.array([0.0, 1.0]), 1e-6) == pytest.approx([-13.8155, 13.8155], abs=1e-4)
    assert expit(-1000.0) == 0.0


def test_the_jackknife_of_a_mean_is_its_variance() -> None:
    sample = run_generator(2, Purpose.SAMPLING, 2).normal(size=12)
    again = left_out(sample) / 11
    assert jackknife_variance(again) == pytest.approx(sample.var(ddof=1) / 12, rel=1e-12)
    both = welch(1.0, [jackknife_variance(again)] * 2, [11, 11])
    wanted = unpaired(sample, sample + 1.0)
    assert (both.interval.low, both.p_value) == pytest.approx(
        (wanted.interval.low, wanted.p_value), rel=1e-9
    )


def test_a_sample_in_which_nothing_varies_has_a_welch_interval() -> None:
    """With one side fixed Welch's test is that of the other side alone."""
    sample = np.array([1.0, 2.0, 4.0, 8.0])
    found = unpaired(np.full(5, 3.0), sample)
    theirs = stats.ttest_1samp(sample, 3.0)
    low, high = theirs.confidence_interval()
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.interval.low, found.interval.high) == pytest.approx((low - 3, high - 3), rel=1e-9)
