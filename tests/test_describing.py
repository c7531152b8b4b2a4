"""The words about a setup and a curve say what is so."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from newswave.curve import Curve
from newswave.describing import (
    curve_words,
    deciding_words,
    describe_setup,
    mix_words,
    network_words,
    true_rates,
    true_words,
)
from newswave.events import event
from newswave.mixes import IndependentTraits, OneProfile, TwoGroups, WeightedProfiles
from newswave.personality import PROFILES
from newswave.recipes import Complete, OwnNetwork, RandomRegular, ScaleFree, SmallWorld
from newswave.rules import ByGroup, ByTraits, Measured, SameForAll
from newswave.setups import Attention, Setup
from newswave.sharing import SharingTable

SETUP = Setup(n_agents=100, n_seeds=2, rounds=20, replicas=5)


def test_a_setup_is_described_within_the_width() -> None:
    text = describe_setup(SETUP, 60)
    assert max(map(len, text.splitlines())) <= 60
    for words in ("100 on a random", "degree 8", "40 %", "synchronous", "5 times", "seed 1"):
        assert words in " ".join(text.split())
    assert SETUP.event.headline in " ".join(text.split())
    assert "5 times" not in describe_setup(SETUP, with_runs=False)
    assert "once" in describe_setup(replace(SETUP, replicas=1))


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (RandomRegular(4), "regular network of degree 4"),
        (SmallWorld(4, 0.25), "small-world network of mean degree 4, 0.25"),
        (ScaleFree(6), "scale-free network of mean degree 6"),
        (Complete(), "complete"),
        (OwnNetwork(100, ((0, 1),)), "your own"),
    ],
)
def test_networks_in_words(network: object, words: str) -> None:
    assert words in network_words(replace(SETUP, network=network))


def test_mixes_in_words() -> None:
    traits = IndependentTraits(extraversion=0.8)
    assert "E 80 %" in mix_words(replace(SETUP, mix=traits, sharing=ByTraits()))
    many = WeightedProfiles(tuple((profile, 1.0) for profile in PROFILES))
    assert mix_words(replace(SETUP, mix=many, sharing=ByTraits())).endswith("and 26 more")


def test_rules_in_words() -> None:
    assert "0.05 for everybody" in deciding_words(replace(SETUP, sharing=SameForAll(0.05)))
    traits = replace(SETUP, mix=IndependentTraits(), sharing=ByTraits())
    assert "over 32 profiles" in deciding_words(traits)
    assert "'literature'" in deciding_words(traits)
    table = Measured(SharingTable.contact(("outgoing", "reserved"), (0.1, 0.2), 3))
    assert "table of 2 rows" in deciding_words(replace(SETUP, sharing=table))
    more = replace(
        SETUP, repeat_ratio=0.5, source_probability=0.01, attention=Attention.NEW_EXPOSURE
    )
    for words in ("0.5 times", "0.01 a round", "another neighbour"):
        assert words in deciding_words(more)


def test_true_rates_are_hazards_of_what_the_agents_do() -> None:
    known = true_rates(SETUP)
    assert known["fast_rate"] == pytest.approx(-math.log(1 - 0.15))
    assert known["slow_rate"] == pytest.approx(-math.log(1 - 0.015))
    assert known["fast_fraction"] == pytest.approx(0.4)
    moved = true_rates(replace(SETUP, event=event("clinic-attacked")))
    assert moved["fast_rate"] > known["fast_rate"]
    alike = true_rates(replace(SETUP, sharing=SameForAll(0.05), source_probability=0.1))
    assert alike == pytest.approx({"rate": -math.log(0.95), "source_rate": -math.log(0.9)})
    one = replace(SETUP, mix=OneProfile(PROFILES[3]), sharing=ByTraits())
    assert list(true_rates(one)) == ["rate"]
    swapped = Measured(SharingTable.contact(("outgoing", "reserved"), (0.1, 0.3), 2))
    assert true_rates(replace(SETUP, sharing=swapped))["fast_fraction"] == pytest.approx(0.6)


def test_a_group_of_nobody_has_no_true_rate() -> None:
    assert list(true_rates(replace(SETUP, mix=TwoGroups(0.0)))) == ["rate"]


def test_where_two_numbers_do_not_say_it_all_none_is_given() -> None:
    for setup in (
        None,
        replace(SETUP, repeat_ratio=0.5),
        replace(SETUP, attention=Attention.NEW_EXPOSURE),
        replace(SETUP, mix=IndependentTraits(), sharing=ByTraits()),
        replace(SETUP, sharing=Measured(SharingTable(("outgoing", "reserved"),
                                                     np.array([[0, 0.1, 0.1], [0, 0.2, 0.3]])))),
    ):  # fmt: skip
        assert true_rates(setup) == {}
        if setup is not None:
            assert "True rates of the agents: fast" not in true_words(setup)


def test_infinite_rates_are_words() -> None:
    assert "infinite" in true_words(replace(SETUP, sharing=ByGroup(1.0, 0.5)))


def test_a_curve_in_a_few_numbers() -> None:
    never = Curve([[1, 2, 3], [1, 2, 4]], 100)
    assert "not reached by round 2" in curve_words(never)
    some = Curve([[1, 40, 60], [1, 2, 4]], 100)
    assert "1 of 2 runs do not get there" in " ".join(curve_words(some).split())
    assert "from month 3 on" in curve_words(Curve([9, 10], 10, first_round=3), "month")
    assert "by week 1.5" in curve_words(Curve([1, 3, 6], 9), "week")
    for curve in (never, some):
        assert max(map(len, curve_words(curve, width=60).splitlines())) <= 60
