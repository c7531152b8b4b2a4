"""A verdict says what its numbers say, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newswave.curve import Curve
from newswave.fitting.fits import Fit, fit
from newswave.fitting.models import OnNetwork, SourceAndPeers, TwoRates
from newswave.networkfield import rounds
from newswave.verdicts import CLEARLY, Choice, judge

CURVE = Curve(1000 * rounds([0.16, 0.015], [0.4, 0.6], 8, 0.01, 60), 1000)
TWO = fit(CURVE, TwoRates(OnNetwork(8)))
SOURCE = fit(CURVE, SourceAndPeers(OnNetwork(8)))


def close(source: Fit, by: float) -> Fit:
    return replace(source, aic=TWO.aic + by)


@pytest.mark.parametrize(
    ("p_value", "power", "worse", "choice"),
    [
        (0.005, 1.0, 50.0, Choice.TWO_RATES),
        (0.01, 0.1, 50.0, Choice.TWO_RATES),
        (0.005, 1.0, CLEARLY - 1, Choice.CANNOT_TELL),
        (0.005, 1.0, -20.0, Choice.CANNOT_TELL),
        (0.05, 1.0, 50.0, Choice.CANNOT_TELL),
        (0.5, 1.0, 50.0, Choice.ONE_RATE),
        (0.5, 0.79, 50.0, Choice.CANNOT_TELL),
        (1.0, 0.8, -20.0, Choice.ONE_RATE),
    ],
)
def test_the_choice_follows_from_the_numbers(
    p_value: float, power: float, worse: float, choice: Choice
) -> None:
    found = judge(30.0, p_value, power, 200, (TWO, close(SOURCE, worse)), networked=True)
    assert found.choice is choice
    assert found.words.lower().startswith(choice.value)
    assert (found.p_value, found.power, found.replicas) == (p_value, power, 200)


def test_the_words_warn_of_the_network() -> None:
    known = judge(30.0, 0.005, 1.0, 200, (TWO, SOURCE), networked=True)
    unknown = judge(30.0, 0.005, 1.0, 200, (TWO, SOURCE), networked=False)
    assert "the network bends curves too" in known.words
    assert "no network is known here" in unknown.words


def test_the_words_give_the_p_value_as_a_share_of_runs() -> None:
    assert "0.5 % bend" in judge(1.0, 0.005, 1.0, 200, (TWO, SOURCE), True).words
    assert "all bend" in judge(0.0, 1.0, 1.0, 200, (TWO, SOURCE), True).words


def test_a_source_that_fits_as_well_is_named_with_both_figures() -> None:
    words = judge(30.0, 0.005, 1.0, 200, (TWO, close(SOURCE, 3.0)), True).words
    assert "offline source" in words
    assert f"{TWO.aic:.1f}" in words
    assert f"{TWO.aic + 3:.1f}" in words


def test_sizes_that_are_not_determined_are_said_not_to_be() -> None:
    loose = replace(TWO, identified=False, reason="not determined by this curve: p runs to 0")
    assert "p runs to 0" in judge(30.0, 0.005, 1.0, 200, (loose, SOURCE), True).words
