"""A world is its setup made concrete, and each of its parts has luck of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats
from strategies import setups

from newswave.core.errors import BadValue
from newswave.core.networks import Complete, OwnNetwork, RandomRegular
from newswave.core.population import TwoGroups
from newswave.core.provenance import Cell, pooled
from newswave.core.rules import Asked, ByGroup, Measured
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.simulation import World
from newswave.core.streams import Purpose, generator
from newswave.core.wording import wordings

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
    threshold, seeds = world.luck(3)
    assert threshold.shape == (setup.n_agents,)
    assert (threshold >= 0).all()
    assert len(set(seeds.tolist())) == len(seeds) == setup.n_seeds
    assert set(seeds.tolist()) <= set(range(setup.n_agents))
    again = world.luck(3)
    assert np.array_equal(threshold, again[0])
    assert np.array_equal(seeds, again[1])
    assert not np.array_equal(threshold, world.luck(4)[0])


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


def test_the_draws_of_a_counted_table_are_those_of_the_posterior() -> None:
    """Means within 4.5 standard errors, laws by a KS test at 1e-5; the seeds are fixed."""
    cells = tuple(Cell.counted(name, 1, 10, shared) for name, shared in (("a", 3), ("b", 0)))
    table = SharingTable(("a", "b"), [[0, cell.probability, 0.5] for cell in cells])
    mix = TwoGroups(fast_name="a", slow_name="b")
    world = World.of(replace(BASE, mix=mix, sharing=Measured(table, cells)))
    draws, n = [world.table_of(8 * at) for at in range(1500)], 1500
    drawn = np.array([one.probabilities for one in draws])
    assert (drawn[:, :, 2] == 0.5).all()
    known = pooled(cells)
    stream = np.random.default_rng(3)
    law = np.array([known.drawn(stream) for _ in range(20_000)])
    assert np.abs(drawn[:, :, 1].mean(axis=0) - known.mean()).max() < 4.5 * law.std() / np.sqrt(n)
    for row in range(2):
        assert stats.ks_2samp(drawn[:, row, 1], law[:, row]).pvalue > 1e-5


def test_eight_runs_after_one_another_share_a_draw() -> None:
    cell = Cell.counted("a", 1, 10, 3)
    table = SharingTable(("a", "b"), [[0, cell.probability], [0, 0.1]])
    mix = TwoGroups(fast_name="a", slow_name="b")
    world = World.of(replace(BASE, mix=mix, sharing=Measured(table, (cell,)), repeat_ratio=0.5))
    chances = [world.table_of(run).probabilities[0, 1] for run in range(24)]
    assert [len(set(chances[at : at + 8])) for at in (0, 8, 16)] == [1, 1, 1]
    assert len(set(chances)) == 3
    again = world.table_of(9)
    assert again.probabilities[0, 1] == chances[9]
    assert again.repeat is not None
    assert again.repeat[0, 1] == pytest.approx(1 - (1 - chances[9]) ** 0.5)
    assert world.law_of(9).share_probability[0, 0, 1] == pytest.approx(chances[9])
    assert world.table.probabilities[0, 1] == pytest.approx(cell.probability)
    with pytest.raises(BadValue, match="run"):
        world.table_of(-1)


def test_where_a_model_is_asked_a_world_has_all_but_a_table() -> None:
    world = World.of(replace(BASE, sharing=Asked("qwen2.5:0.5b", wordings()[0])))
    assert links(world) == links(World.of(BASE))
    assert np.array_equal(world.rows, World.of(BASE).rows)
    for ask in (lambda: world.table, lambda: world.law, lambda: world.law_of(0)):
        with pytest.raises(BadValue, match="no table says how"):
            ask()


def test_the_table_reaches_the_largest_degree() -> None:
    star = OwnNetwork(12, tuple((0, leaf) for leaf in range(1, 12)))
    world = World.of(Setup(12, star, n_seeds=1))
    assert world.network.max_degree == 11
    assert world.table.max_exposure == 11
