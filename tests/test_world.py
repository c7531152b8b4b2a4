"""A world is its setup made concrete, and each of its parts has luck of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import setups

from newswave.mixes import TwoGroups
from newswave.recipes import Complete, OwnNetwork, RandomRegular
from newswave.rules import ByGroup
from newswave.setups import Setup
from newswave.streams import Purpose, generator
from newswave.world import World

BASE = Setup(60, RandomRegular(4), n_seeds=3, rounds=5, seed=4)


def links(world: World) -> Any:
    return world.network.edges().tolist()


@given(setups())
@settings(max_examples=60, deadline=None)
def test_a_world_fits_its_setup_and_comes_again(setup: Setup) -> None:
    world, again = World.of(setup), World.of(setup)
    groups = setup.mix.groups
    assert world.setup is setup
    assert world.network.n_agents == len(world.rows) == setup.n_agents
    assert world.rows.min() >= 0
    assert world.rows.max() < len(groups)
    assert world.table.rows == tuple(group.name for group in groups)
    assert world.table.max_exposure >= max(1, world.network.max_degree)
    assert links(world) == links(again)
    assert np.array_equal(world.rows, again.rows)
    wanted = setup.table(max(1, world.network.max_degree))
    assert np.array_equal(world.table.probabilities, wanted.probabilities)


@given(setups())
@settings(max_examples=40, deadline=None)
def test_luck_is_resistances_and_different_seed_agents(setup: Setup) -> None:
    world = World.of(setup)
    resistance, seeds = world.luck(3)
    assert resistance.shape == (setup.n_agents,)
    assert (resistance >= 0).all()
    assert len(set(seeds.tolist())) == len(seeds) == setup.n_seeds
    assert set(seeds.tolist()) <= set(range(setup.n_agents))
    again = world.luck(3)
    assert np.array_equal(resistance, again[0])
    assert np.array_equal(seeds, again[1])
    assert not np.array_equal(resistance, world.luck(4)[0])


@pytest.mark.parametrize(
    ("changes", "same_links", "same_rows", "same_luck"),
    [
        ({"rounds": 50, "replicas": 3}, True, True, True),
        ({"network": RandomRegular(6)}, False, True, True),
        ({"network": Complete()}, False, True, True),
        ({"mix": TwoGroups(0.7)}, True, False, True),
        ({"sharing": ByGroup(0.5, 0.1), "repeat_ratio": 0.2}, True, True, True),
        ({"seed": 5}, False, False, False),
    ],
)
def test_a_part_changes_alone(
    changes: dict[str, Any], same_links: bool, same_rows: bool, same_luck: bool
) -> None:
    one, other = World.of(BASE), World.of(replace(BASE, **changes))
    assert (links(one) == links(other)) == same_links
    assert np.array_equal(one.rows, other.rows) == same_rows
    for mine, theirs in zip(one.luck(0), other.luck(0), strict=True):
        assert np.array_equal(mine, theirs) == same_luck


def test_the_parts_come_from_the_streams_with_their_names() -> None:
    world = World.of(BASE)
    expected = RandomRegular(4).build(60, generator(4, Purpose.NETWORK))
    assert links(world) == expected.edges().tolist()
    rows = BASE.mix.deal(60, generator(4, Purpose.PLACEMENT))
    assert np.array_equal(world.rows, rows)
    assert (world.rows == 0).sum() == 24


def test_the_table_reaches_the_largest_degree() -> None:
    star = OwnNetwork(12, tuple((0, leaf) for leaf in range(1, 12)))
    world = World.of(Setup(12, star, n_seeds=1))
    assert world.network.max_degree == 11
    assert world.table.max_exposure == 11
