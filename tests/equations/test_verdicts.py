"""A verdict says what its numbers say, and no more."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from newswave.core.curve import Curve
from newswave.equations.compare import Choice, Verdict, judge, share_words
from newswave.equations.fit import Fit, fit
from newswave.equations.models import OneRate, OnNetwork, SourceAndPeers, TwoRates
from newswave.equations.on_network import rounds
from newswave.equations.replicates import CLEARLY, Evidence, Null

CURVE = Curve(1000 * rounds([0.16, 0.015], [0.4, 0.6], 8, 0.01, 60), 1000)
ONE, TWO, SOURCE = (fit(CURVE, kind(OnNetwork(8))) for kind in (OneRate, TwoRates, SourceAndPeers))


def source_at(by: float) -> tuple[Fit, ...]:
    """Return the fits with a source whose AIC is so much higher than that of two rates."""
    return ONE, TWO, replace(SOURCE, aic=TWO.aic + by)


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
    assert f"{TWO.aic:.1f}" in words
    assert f"{TWO.aic + worse:.1f}" in words


def test_a_borderline_case_is_not_called_short_or_noisy() -> None:
    borderline, weak = told(0.06, 1.0).words, told(0.5, 0.3).words
    assert "borderline" in borderline
    assert "too short or too noisy" not in borderline
    assert "too short or too noisy" in weak
    assert "in 30 % of runs" in weak


def test_sizes_that_are_not_determined_are_said_not_to_be() -> None:
    loose = replace(TWO, identified=False, reason="not determined by this curve: p runs to 0")
    assert "p runs to 0" in told(0.005, fits=(ONE, loose, SOURCE)).words
    assert "no equation for the size" in told(0.005, null=Null.AVERAGE, fits=()).words
