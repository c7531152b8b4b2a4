"""Settings by short names mean what they say, and what does not go together is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from strategies import thirty_two

from newswave.core.errors import BadFile, BadValue
from newswave.core.events import event
from newswave.core.law import Attention
from newswave.core.networks import Complete, RandomRegular, ScaleFree, SmallWorld
from newswave.core.parameters import NAMES, check_names, read_value, settled
from newswave.core.population import PROFILES, OneProfile, Profile, TwoGroups
from newswave.core.rules import (
    ByGroup,
    ByTraits,
    Measured,
    SameForAll,
    save_measured,
    synthetic_table,
)
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable

TRAITS = Setup(sharing=ByTraits())


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("event", "short-power-cut", event("short-power-cut")),
        ("profile", "e+o+c-a-n-", Profile.from_code("O+C-E+A-N-")),
        ("network", "scale-free", ScaleFree()),
        ("attention", "new-exposure", Attention.NEW_EXPOSURE),
        ("degree", 6, 6),
        ("n_agents", "many", "many"),
    ],
)
def test_text_becomes_what_it_names(name: str, text: Any, value: Any) -> None:
    assert read_value(name, text) == value


def test_a_table_is_read_from_its_file_or_taken_as_it_is(tmp_path: Path) -> None:
    table = thirty_two()
    path = save_measured(table, tmp_path / "a.json")
    for given in (path, str(path)):
        assert read_value("table", given).cells == table.cells
    assert read_value("table", table) is table
    assert read_value("table", table.given) == Measured(table.given)
    assert read_value("table", "synthetic").origin.synthetic
    with pytest.raises(BadFile, match=r"nowhere\.csv"):
        read_value("table", str(tmp_path / "nowhere.csv"))
    with pytest.raises(BadValue, match="no sharing table"):
        read_value("table", 4)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("degre", 4, "Unknown setting.*degree"),
        ("event", "short-power-cat", "short-power-cut"),
        ("network", "small-worlds", "small-world"),
        ("attention", "always", "every-round"),
        ("effects", "literatur", "literature"),
        ("profile", "O+C-", "code of a profile"),
        ("profile", 3, "no personality profile"),
    ],
)
def test_what_names_nothing_is_refused_with_what_is_near(name: str, value: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        read_value(name, value)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"share": 0.2}, {"sharing": SameForAll(0.2)}),
        ({"degree": 4}, {"network": RandomRegular(4)}),
        ({"network": SmallWorld(8, 0.3), "degree": 4}, {"network": SmallWorld(4, 0.3)}),
        ({"profile": PROFILES[3], "share": 0.1}, {"mix": OneProfile(PROFILES[3])}),
        ({"fast": 0.4, "fast_fraction": 0.1}, {"mix": TwoGroups(0.1)}),
        ({"fast": 0.4}, {"sharing": ByGroup(fast=0.4)}),
        ({"n_agents": 50, "seed": 9}, {"n_agents": 50, "seed": 9}),
    ],
)
def test_settings_are_put_into_the_setup(settings: dict[str, Any], expected: Any) -> None:
    made = settled(Setup(), settings)
    for name, value in expected.items():
        assert getattr(made, name) == value


def test_baseline_and_effects_are_of_the_traits() -> None:
    made = settled(TRAITS, {"baseline": 0.1, "effects": read_value("effects", "none")})
    assert made.sharing.baseline == 0.1
    assert made.sharing.effects.name == "none"
    assert settled(Setup(), {"sharing": ByTraits(), "baseline": 0.2}).sharing == ByTraits(0.2)
    with pytest.raises(BadValue, match=r"baseline can only be set.*ByTraits"):
        settled(Setup(), {"baseline": 0.1})


def test_a_table_brings_its_event_and_is_for_no_other() -> None:
    table = synthetic_table()
    about = table.origin.event if table.origin else ""
    base = Setup(event=event("short-power-cut"))
    assert about != base.event.id
    made = settled(base, {"table": table})
    assert (made.sharing, made.event.id) == (table, about)
    assert settled(base, {"table": table, "event": event(about)}).event.id == about
    with pytest.raises(BadValue, match=f"another event.*short-power-cut.*{about}"):
        settled(base, {"table": table, "event": base.event})
    by_hand = Measured(SharingTable(tuple(p.code for p in PROFILES), [[0, 0.1]] * 32))
    assert settled(base, {"table": by_hand}).event == base.event
    strange = thirty_two(event="of-my-own")
    assert settled(base, {"table": strange}).event == base.event


@pytest.mark.parametrize(
    "pair", [("share", "table"), ("share", "sharing"), ("profile", "mix"), ("rng", "seed")]
)
def test_two_that_say_the_same_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(BadValue, match=f"{pair[0]} and {pair[1]} say the same thing"):
        check_names(pair)


def test_every_name_is_allowed_alone() -> None:
    for name in NAMES:
        check_names((name,))


def test_a_degree_needs_a_network_that_has_one() -> None:
    with pytest.raises(BadValue, match=re.escape("degree says nothing about such a network")):
        settled(Setup(n_agents=50), {"network": Complete(), "degree": 4})
