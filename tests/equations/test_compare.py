"""Fits side by side and the calibrated test, on runs whose truth is known."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import figures
import numpy as np
import pytest

from newswave.core.curve import Curve
from newswave.core.datasets import physicians
from newswave.core.errors import BadValue, CannotFit
from newswave.core.networks import Complete, RandomRegular, ScaleFree, SmallWorld
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.compare import (
    Choice,
    Comparison,
    Verdict,
    compare,
    fits_alone,
    judge,
    one_or_two,
    share_words,
)
from newswave.equations.fit import ChainBinomial, Fit, LeastSquares, fit
from newswave.equations.models import OneRate, OnNetwork, SourceAndPeers, TwoRates
from newswave.equations.on_network import rounds
from newswave.equations.replicates import (
    CLEARLY,
    FEWEST,
    HOMOGENEOUS,
    TWO,
    Design,
    Evidence,
    Null,
    Truth,
    known_degree,
    on_network,
    with_intervals,
)

SAME = replace(figures.SAME, n_agents=500)
DIFFERENT = replace(figures.DIFFERENT, n_agents=500)
SOURCE = replace(SAME, sharing=SameForAll(0.02), source_probability=0.02)


def bare(setup: Setup) -> Curve:
    """Return one run's counts, without where they are from."""
    curve = simulate(setup, 0, 1)
    return Curve(curve.counts, curve.n_agents)


@pytest.fixture(scope="module")
def compared() -> Comparison:
    """Return everything about one run of two groups."""
    return compare(bare(DIFFERENT), degree=8, replicas=FEWEST, contact_rule=True)


@pytest.fixture(scope="module")
def alike() -> Verdict:
    """Return what is said of one run of agents that are alike, on a network that is not named."""
    return one_or_two(bare(SAME), degree=8, replicas=FEWEST)


# --- all the fits --------------------------------------------------------------------------------


def test_every_model_is_fitted_under_both_mixings(compared: Comparison) -> None:
    told = [(f.model.name, f.model.mixing.label, f.method.name[:5]) for f in compared.fits]
    likelihoods = [
        (name, mixing, "chain")
        for mixing in ("well-mixed", "network")
        for name in ("one rate", "two rates", "spread of rates", "source and peers")
    ]
    assert told == [
        ("one rate", "well-mixed", "least"),
        ("two rates", "well-mixed", "least"),
        *likelihoods,
        ("source alone", "network", "chain"),
    ]
    assert all(f.model.mixing.degree == 8 for f in compared.fits)  # type: ignore[attr-defined]


def test_each_fit_is_the_one_that_fit_makes(compared: Comparison) -> None:
    for found in compared.fits:
        alone = fit(compared.curve, found.model, found.method)
        assert found.estimates == alone.estimates
        assert found.aic == alone.aic


def test_a_fit_is_found_by_its_name(compared: Comparison) -> None:
    found = compared.find("two rates", "network")
    assert (found.model, found.method) == (TwoRates(OnNetwork(8)), ChainBinomial())
    assert compared.find("one rate", "well-mixed", "least").method == LeastSquares()
    with pytest.raises(CannotFit, match="No such fit"):
        compared.find("three rates", "network")
    with pytest.raises(CannotFit, match="No such fit"):
        compared.find("two rates", "network", "least")


def test_intervals_come_from_worlds_of_the_best_fit(compared: Comparison) -> None:
    """Agents with the rates of the network fit with the lowest AIC make the replicas."""
    on = [f for f in compared.fits if f.model.mixing.label == "network"]
    best = min(on, key=lambda f: f.aic)
    assert best.model.name == "two rates"
    design = Design.of(compared.curve)
    truth, mixing = Truth.of(best), OnNetwork(8)
    data = on_network(truth, design, RandomRegular(8), 3, FEWEST)
    again = with_intervals(compared.fits, data, compared.curve, truth, mixing)
    assert [f.intervals for f in again] == [f.intervals for f in compared.fits]
    assert all(f.intervals for f in compared.fits)


def test_the_network_explains_what_the_well_mixed_equations_cannot(compared: Comparison) -> None:
    names = ("fast_rate", "slow_rate", "fast_fraction")
    found = compared.find("two rates", "network")
    for name, true in zip(names, (-np.log(0.85), -np.log(0.985), 0.4), strict=True):
        assert found.intervals[name].low < true < found.intervals[name].high
    assert found.aic < compared.find("two rates", "well-mixed").aic


def test_the_same_question_has_the_same_answer(compared: Comparison) -> None:
    again = one_or_two(bare(DIFFERENT), degree=8, replicas=FEWEST, contact_rule=True)
    assert again == compared.verdict
    other = one_or_two(bare(DIFFERENT), degree=8, replicas=FEWEST, seed=2, contact_rule=True)
    assert other.likelihood_ratio == again.likelihood_ratio


def test_progress_is_told_for_each_of_the_three_kinds_of_replicates() -> None:
    told: list[tuple[str, int, int]] = []
    compare(bare(SAME), 8, replicas=100, progress=lambda *done: told.append(done))
    assert list(dict.fromkeys(name for name, _, _ in told)) == [
        "intervals",
        HOMOGENEOUS,
        TWO,
    ]
    assert {of for _, _, of in told} == {100}
    assert max(done for _, done, _ in told) == 100


# --- verdicts ------------------------------------------------------------------------------------


def test_two_groups_are_seen(compared: Comparison) -> None:
    verdict = compared.verdict
    assert verdict.choice is Choice.TWO_RATES
    assert verdict.p_value == 1 / (1 + FEWEST)
    assert verdict.replicas == FEWEST
    one, two = (compared.find(name, "network") for name in ("one rate", "two rates"))
    told = 2.0 * (two.log_likelihood - one.log_likelihood)
    assert verdict.likelihood_ratio == pytest.approx(told, abs=1e-6)
    assert "Two rates:" in verdict.words
    assert "the network bends curves too" in verdict.words


def test_one_group_is_seen_to_be_one(alike: Verdict) -> None:
    assert alike.choice is Choice.ONE_RATE
    assert alike.p_value > 0.1
    assert alike.power > 0.8


def test_a_source_that_everybody_meets_is_not_taken_for_two_kinds() -> None:
    verdict = one_or_two(bare(SOURCE), degree=8, replicas=FEWEST)
    assert verdict.p_value <= 0.01
    assert verdict.choice is Choice.CANNOT_TELL
    assert "offline source" in verdict.words


@pytest.mark.parametrize("changes", [{"rounds": 6}, {"n_agents": 60, "n_seeds": 2}])
def test_short_and_small_runs_decide_nothing(changes: dict[str, int]) -> None:
    verdict = one_or_two(bare(replace(SAME, **changes)), degree=8, replicas=FEWEST)
    assert verdict.choice is Choice.CANNOT_TELL
    assert verdict.power < 0.8
    assert "too short or too noisy" in verdict.words


def test_a_curve_that_nobody_started_has_only_a_source() -> None:
    curve = bare(replace(SOURCE, n_seeds=0))
    found = compare(curve, degree=8, replicas=FEWEST)
    assert {f.model.name for f in found.fits} == {"source and peers", "source alone"}
    assert found.verdict.choice is Choice.CANNOT_TELL
    assert one_or_two(curve, degree=8, replicas=FEWEST).words == found.verdict.words
    assert np.isnan(found.verdict.p_value)


BENT = (2, 4, 9, 17, 30, 44, 55, 60, 63, 64, 64, 65)


@pytest.mark.parametrize("degree", [None, 6])
def test_a_partly_observed_curve_is_compared_with_intervals_and_without_a_test(
    degree: int | None,
) -> None:
    found = compare(Curve(BENT, 100), degree=degree, replicas=FEWEST, ceiling=True)  # type: ignore[arg-type]
    assert all(f.observed == "a ceiling" for f in found.fits)
    one = found.find("one rate", found.fits[-1].model.mixing.label)
    assert one.estimates["ceiling"] == pytest.approx(0.65, abs=0.01)
    ends = one.intervals["ceiling"]
    assert 0.5 < ends.low <= one.estimates["ceiling"] <= ends.high < 0.85
    assert found.verdict.choice is Choice.CANNOT_TELL
    assert "each bends the curve as a second rate does" in found.verdict.words
    late = compare(Curve(np.array(BENT) - 2, 100), degree, replicas=FEWEST, unknown_start=True)
    assert {f.model.name for f in late.fits} >= {"one rate", "two rates", "source alone"}


def test_a_curve_of_which_a_part_is_counted_is_compared() -> None:
    half = compare(Curve(np.array(BENT) / 2, 100), replicas=FEWEST, reporting=0.5)
    assert {f.observed for f in half.fits} == {"0.5 of all counted"}
    with pytest.raises(CannotFit, match="reporting fraction"):
        compare(Curve(BENT, 100), replicas=FEWEST, reporting=0.02)  # type: ignore[arg-type]


def test_a_short_curve_is_fitted_with_the_models_that_it_allows() -> None:
    curve = Curve([3, 5, 9, 14], 40)
    found = compare(curve, replicas=FEWEST)
    assert [f.model.name for f in found.fits] == [f.model.name for f in fits_alone(curve)]
    assert {f.model.name for f in found.fits} == {
        *("one rate", "spread of rates", "source and peers", "source alone")
    }
    assert found.fits[0].intervals["rate"].low < found.fits[0].estimates["rate"]
    assert found.verdict.words == one_or_two(curve, replicas=FEWEST).words
    assert found.verdict.choice is Choice.CANNOT_TELL
    assert "four counts or more after the first" in found.verdict.words


def test_nobody_new_cannot_be_compared() -> None:
    with pytest.raises(CannotFit, match="Nobody new shares"):
        compare(Curve([10.0] * 20, 100), degree=8, replicas=FEWEST)
    with pytest.raises(CannotFit, match="too short"):
        one_or_two(Curve([10, 12], 100), degree=8, replicas=FEWEST)


# --- what is known of the network ----------------------------------------------------------------


def test_without_a_network_there_are_well_mixed_models_only() -> None:
    found = compare(physicians(), replicas=FEWEST)
    assert {f.model.mixing.label for f in found.fits} == {"well-mixed"}
    assert {f.model.mixing.degree for f in found.fits} == {1.0}  # type: ignore[attr-defined]
    assert len(found.fits) == 7  # a source alone among them
    assert all(f.intervals for f in found.fits)
    assert "no network is known" in found.verdict.words


def test_a_curve_that_was_run_knows_its_network(alike: Verdict) -> None:
    curve = simulate(SAME, 0, 1)
    assert known_degree(curve) == 8
    assert known_degree(bare(SAME)) is None
    found = one_or_two(curve, replicas=FEWEST)
    assert found.likelihood_ratio == alike.likelihood_ratio
    assert found.choice is alike.choice
    assert "the average of these agents" in found.words


@pytest.mark.parametrize(
    ("network", "degree"), [(SmallWorld(6), 6), (ScaleFree(4), 4), (Complete(), 49)]
)
def test_other_networks_are_known_by_their_mean_degree(network: object, degree: int) -> None:
    setup = Setup(50, network, n_seeds=2, rounds=5)  # type: ignore[arg-type]
    assert known_degree(simulate(setup, 0, 1)) == degree


def test_worlds_are_made_on_the_network_that_is_asked_for(alike: Verdict) -> None:
    curve = bare(SAME)
    plain, ring = (
        one_or_two(curve, 8, network, replicas=FEWEST)
        for network in (RandomRegular(8), SmallWorld(8, 0.1))
    )
    assert plain == alike
    assert ring.likelihood_ratio == plain.likelihood_ratio
    assert ring != plain


def test_many_runs_are_pooled() -> None:
    curve = simulate(SAME, 0, 12)
    found = compare(Curve(curve.counts, 500), degree=8, replicas=FEWEST)
    one = found.find("one rate", "network")
    assert one.model == OneRate(OnNetwork(8))
    assert one.estimates["rate"] == pytest.approx(-np.log(0.95), rel=0.05)
    interval = one.intervals["rate"]
    alone = compare(bare(SAME), degree=8, replicas=FEWEST).find("one rate", "network")
    narrow = interval.high - interval.low
    assert narrow < 0.6 * (alone.intervals["rate"].high - alone.intervals["rate"].low)


@pytest.mark.parametrize("replicas", [0, 20, FEWEST - 1, 99.5])
def test_too_few_replicas_are_refused(replicas: int) -> None:
    for ask in (compare, one_or_two):
        with pytest.raises(BadValue, match="bootstrap replicas"):
            ask(bare(SAME), 8, replicas=replicas)  # type: ignore[operator]


def test_fits_alone_are_those_of_the_comparison() -> None:
    curve = simulate(Setup(n_agents=200, rounds=30, replicas=10))
    every, some = fits_alone(curve), fits_alone(curve, with_least_squares=False)
    whole = compare(curve, replicas=99).fits
    assert [(one.label, one.estimates) for one in every] == [(f.label, f.estimates) for f in whole]
    squares = [one for one in every if isinstance(one.method, LeastSquares)]
    assert len(some) == len(every) - len(squares) < len(every)
    assert all(isinstance(one.method, ChainBinomial) for one in some)
    assert not any(one.intervals for one in every)


# A verdict says what its numbers say, and no more.


CURVE = Curve(1000 * rounds([0.16, 0.015], [0.4, 0.6], 8, 0.01, 60), 1000)
ONE, PAIR, SOURCED = (
    fit(CURVE, kind(OnNetwork(8))) for kind in (OneRate, TwoRates, SourceAndPeers)
)


def source_at(by: float) -> tuple[Fit, ...]:
    """Return the fits with a source whose AIC is so much higher than that of two rates."""
    return ONE, PAIR, replace(SOURCED, aic=PAIR.aic + by)


def told(p_value: float, power: float = math.nan, worse: float = 50.0, **more: Any) -> Verdict:
    """Return the verdict on a curve alone, whose agents follow the contact rule, or as named."""
    found = Evidence(Null.CONTACT, p_value, 30.0, power, 200, source_at(worse))
    return judge(replace(found, **more))


@pytest.mark.parametrize(
    ("p_value", "power", "worse", "choice"),
    [
        (0.005, math.nan, 50.0, Choice.TWO_RATES),
        (0.01, math.nan, 50.0, Choice.TWO_RATES),
        (0.005, math.nan, CLEARLY - 1, Choice.CANNOT_TELL),
        (0.005, math.nan, -20.0, Choice.CANNOT_TELL),
        (0.05, math.nan, 50.0, Choice.CANNOT_TELL),
        (0.5, 1.0, 50.0, Choice.ONE_RATE),
        (0.5, 0.79, 50.0, Choice.CANNOT_TELL),
        (1.0, 0.8, -20.0, Choice.ONE_RATE),
    ],
)
def test_the_choice_follows_from_the_numbers(
    p_value: float, power: float, worse: float, choice: Choice
) -> None:
    found = told(p_value, power, worse)
    assert found.choice is choice
    assert found.words.lower().startswith(choice.value)
    assert (found.p_value, found.replicas) == (p_value, 200)


@pytest.mark.parametrize(
    ("p_value", "more", "choice", "words"),
    [
        # One rate is not said where it does not fit, however the test of a second one went.
        (0.5, {"fits_one": 0.005, "fits_two": 0.005}, Choice.NEITHER, "no SI curve"),
        (0.005, {"fits_two": 0.005}, Choice.NEITHER, "no SI curve"),
        (0.5, {"fits_one": 0.005, "fits_two": 0.2}, Choice.CANNOT_TELL, "one rate does not fit"),
        (0.5, {"fits_one": 0.05}, Choice.CANNOT_TELL, "does not fit well"),
        (0.5, {"fits_one": 0.5}, Choice.ONE_RATE, "single transmission rate explains"),
        (0.005, {"fits_two": 0.5}, Choice.TWO_RATES, "two do"),
        # A curve alone: another table for everybody may explain it.
        (0.005, {"other_table": True, "table": 0.2}, Choice.CANNOT_TELL, "in another way do"),
        (0.005, {"other_table": True, "untried": "no fit"}, Choice.CANNOT_TELL, "tried: no fit"),
        (0.005, {"other_table": True, "table": 0.01}, Choice.TWO_RATES, "two do"),
        # A known table: a source belongs to the null model, and one rate there is none.
        (0.005, {"null": Null.AVERAGE, "other_table": True}, Choice.TWO_RATES, "average of these"),
        (0.5, {"null": Null.AVERAGE, "other_table": True}, Choice.CANNOT_TELL, "no sign of two"),
        (0.5, {"null": Null.POOLED, "other_table": True}, Choice.CANNOT_TELL, "as all agents"),
        (0.005, {"null": Null.MIXED}, Choice.CANNOT_TELL, "few neighbours bends"),
    ],
)
def test_what_else_speaks_against_one_rate_or_two(
    p_value: float, more: dict[str, Any], choice: Choice, words: str
) -> None:
    found = told(p_value, power=1.0, **more)
    assert found.choice is choice
    assert words in found.words


def test_the_p_value_is_that_of_the_null_model_that_is_hardest_to_exclude() -> None:
    assert told(0.005, other_table=True, table=0.2).p_value == 0.2
    assert told(0.005, other_table=True, table=0.005).p_value == 0.005
    assert told(0.5, 1.0).p_value == 0.5


def test_the_words_warn_of_the_network() -> None:
    assert "the network bends curves too" in told(0.005).words
    assert "no network is known here" in told(0.005, null=Null.MIXED).words


def test_a_p_value_is_given_as_a_share_of_replicates() -> None:
    """0 of 200 are fewer than 1 %, not 0.5 %; 0 of 99 likewise; 40 of 200 are 20 %."""
    assert share_words(1 / 201, 200) == share_words(1 / 100, 99) == "fewer than 1 %"
    assert share_words(1 / 20, 19) == "fewer than 5 %"
    assert share_words(41 / 201, 200) == "20 %"
    assert share_words(1.0, 200) == "all"
    assert "fewer than 1 % favour a second rate at least as strongly (p = 0.005)" in (
        told(0.005).words
    )


@pytest.mark.parametrize(
    ("worse", "how"),
    [(3.0, "about as well as"), (-9.0, "about as well as"), (-37.0, "better than")],
)
def test_a_source_is_said_to_fit_as_its_aic_does(worse: float, how: str) -> None:
    words = told(0.005, worse=worse).words
    assert f"explains it {how} two rates do" in words
    assert f"{PAIR.aic:.1f}" in words
    assert f"{PAIR.aic + worse:.1f}" in words


def test_a_borderline_case_is_not_called_short_or_noisy() -> None:
    borderline, weak = told(0.06, 1.0).words, told(0.5, 0.3).words
    assert "borderline" in borderline
    assert "too short or too noisy" not in borderline
    assert "too short or too noisy" in weak
    assert "in 30 % of runs" in weak


def test_sizes_that_are_not_determined_are_said_not_to_be() -> None:
    loose = replace(PAIR, identified=False, reason="not determined by this curve: p runs to 0")
    assert "p runs to 0" in told(0.005, fits=(ONE, loose, SOURCED)).words
    assert "no equation for the size" in told(0.005, null=Null.AVERAGE, fits=()).words
