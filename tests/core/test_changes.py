"""A setup changed by name is the setup made that way, or a clear refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from newswave.core.errors import BadValue
from newswave.core.networks import RandomRegular, SmallWorld
from newswave.core.parameters import FIELDS as NAMES
from newswave.core.parameters import changed
from newswave.core.population import IndependentTraits, TwoGroups
from newswave.core.rules import ByGroup, ByTraits
from newswave.core.setup import Setup


def test_fields_and_short_names_do_the_same() -> None:
    short = changed(Setup(), {"degree": 4, "fast": 0.3, "slow": 0.1, "fast_fraction": 0.2})
    long = replace(Setup(), network=RandomRegular(4), sharing=ByGroup(0.3, 0.1), mix=TwoGroups(0.2))
    assert short == long


def test_short_names_change_the_part_that_is_given_beside_them() -> None:
    assert changed(Setup(), {"sharing": ByGroup(0.4, 0.2), "slow": 0.1}).sharing == ByGroup(
        0.4, 0.1
    )


def test_nothing_changed_is_the_same_setup() -> None:
    assert changed(Setup(seed=9), {}) == Setup(seed=9)


def test_every_name_is_taken_or_explained() -> None:
    assert {"n_agents", "degree", "fast", "slow", "fast_fraction", "seed", "rng"} <= set(NAMES)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"degre": 4}, "Unknown parameter of a setup.*degree"),
        ({"degree": 4, "network": SmallWorld()}, "degree and network say the same thing"),
        ({"seed": 1, "rng": 2}, "rng and seed say the same thing"),
        ({"fast": 0.2, "sharing": ByTraits()}, "fast can only be set where the sharing is"),
        ({"fast_fraction": 0.2, "mix": IndependentTraits()}, "fast_fraction can only be set"),
        ({"n_agents": 0}, "number of agents"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        changed(Setup(), changes)
