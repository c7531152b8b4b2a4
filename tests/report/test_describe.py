"""The words about a setup and a curve say what is so."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from newswave.core.curve import Curve
from newswave.core.events import event
from newswave.core.law import Attention
from newswave.core.networks import Complete, OwnNetwork, RandomRegular, ScaleFree, SmallWorld
from newswave.core.population import (
    PROFILES,
    IndependentTraits,
    OneProfile,
    TwoGroups,
    WeightedProfiles,
)
from newswave.core.provenance import Cell, Method, Origin
from newswave.core.rules import Asked, ByGroup, ByTraits, Measured, SameForAll, SharingRule
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.wording import wordings
from newswave.report.describe import (
    curve_words,
    deciding_words,
    describe_setup,
    measured_words,
    method_words,
    mix_words,
    network_words,
    rates_by_group,
    true_rates,
    true_words,
)

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


COUNTED = (
    Cell.counted("outgoing", 1, 20, 5, abstained=2),
    Cell.counted("reserved", 1, 20, 1),
    Cell("outgoing", 2, 0.5, 0.5, 0.5, Method.LOG_PROBABILITIES, covered=0.98),
)
ORIGIN = Origin(
    *("gemma3:1b", "8ccf136fdd5298f3ffe2d69862750ea7", "0.33.0", "0.6.3", "markers"),
    *("0123456789abcdef", "lantern-festival", 0.7),
)
TABLE = SharingTable(
    ("outgoing", "reserved"),
    [[0, COUNTED[0].probability, 0.5], [0, COUNTED[1].probability, 0.2]],
)


def test_a_measured_table_is_told_with_its_model_and_its_method() -> None:
    rule = Measured(TABLE, COUNTED, ORIGIN)
    words = deciding_words(replace(SETUP, sharing=rule))
    for part in (
        *("table of 2 rows", "'gemma3:1b' (8ccf136fdd52)", "'markers' (01234567)"),
        *("'lantern-festival'", "temperature 0.7", "1 cell read from log-probabilities"),
        *("2 cells counted over 40 answers", "2 answers could not be read"),
    ):
        assert part in words
    assert "8ccf136fdd529" not in words
    assert "other news" not in words
    assert "synthetic" not in words.lower()
    other = replace(SETUP, sharing=rule, event=event("ceasefire-agreed"))
    assert "for other news than it was measured for" in deciding_words(other)
    read = measured_words(Measured(TABLE, COUNTED[2:]))
    assert read.endswith("by hand; 1 cell read from log-probabilities")
    assert method_words(Measured(TABLE)) == ""


def test_an_asked_model_is_told_with_its_words() -> None:
    rule = Asked("gemma3:1b", wordings()[1], 0.7)
    setup = replace(SETUP, sharing=rule, attention=Attention.NEW_EXPOSURE)
    words = deciding_words(setup)
    for part in ("'gemma3:1b'", "'markers'", wordings()[1].hash[:8], "0.7", "another neighbour"):
        assert part in words
    assert wordings()[1].hash not in words
    assert max(map(len, describe_setup(setup, 60).splitlines())) <= 60


@pytest.mark.parametrize("rule", [
    Asked("m", wordings()[0], synthetic=True),
    Measured(TABLE, COUNTED, replace(ORIGIN, synthetic=True)),
])  # fmt: skip
def test_what_is_synthetic_is_said_first(rule: SharingRule) -> None:
    setup = replace(SETUP, sharing=rule)
    first = describe_setup(setup).splitlines()[0]
    assert first.endswith("SYNTHETIC: a formula answered, no language model")
    assert "(synthetic: a formula answered)" in deciding_words(setup)
    assert "SYNTHETIC" not in describe_setup(SETUP)


def test_names_that_would_break_a_line_are_shown_escaped() -> None:
    odd = "m\n\x1b[31mred\u202e" + "x" * 250
    words = deciding_words(replace(SETUP, sharing=Measured(TABLE, (), replace(ORIGIN, model=odd))))
    assert words.isprintable()
    assert len(words) < 320
    source = replace(TABLE, source="a\n\x07b")
    assert measured_words(Measured(source)).isprintable()


def test_where_nobody_knows_the_rates_a_sentence_says_so() -> None:
    contact = SharingTable(TABLE.rows, [[0, COUNTED[0].probability], [0, COUNTED[1].probability]])
    for rule, words in (
        (Asked("m", wordings()[0]), "language model decides"),
        (Measured(TABLE, COUNTED), "counted over answers"),
        (Measured(contact, COUNTED[:2]), "counted over answers"),
    ):
        setup = replace(SETUP, sharing=rule)
        assert rates_by_group(setup) == {}
        assert true_rates(setup) == {}
        assert words in true_words(setup)
    assert len(rates_by_group(replace(SETUP, sharing=Measured(contact)))) == 2
