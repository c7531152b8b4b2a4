"""Many replicas at once: shapes, groups, progress, number types, repeatability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats
from strategies import setups

from newswave.core.errors import BadValue
from newswave.core.law import one_run
from newswave.core.networks import Complete, OwnNetwork, RandomRegular
from newswave.core.population import PROFILES, IndependentTraits, OneProfile
from newswave.core.provenance import Cell
from newswave.core.rules import Asked, ByTraits, Measured, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.simulation import World, decisions, simulate
from newswave.core.streams import Purpose, runs
from newswave.core.wording import wordings

SMALL = Setup(n_agents=120, n_seeds=3, rounds=15, replicas=7)
ALIKE = OneProfile(PROFILES[20])


@pytest.mark.parametrize("replicas", [1, 3, 4, 40])
def test_a_curve_has_a_row_for_each_replica_and_its_provenance(replicas: int) -> None:
    curve = simulate(SMALL, 0, replicas)
    assert curve.counts.shape == (replicas, 16)
    assert curve.by_group is not None
    assert curve.by_group.shape == (replicas, 16, 2)
    assert curve.groups == ("outgoing", "reserved")
    assert (curve.n_agents, curve.setup) == (120, SMALL)
    assert (curve.counts[:, 0] == 3).all()


def test_the_setup_says_how_many_replicas_unless_asked_otherwise() -> None:
    assert simulate(SMALL).runs == 7
    assert decisions(SMALL).asked.sum() == decisions(SMALL, 0, 7).asked.sum()


@pytest.mark.parametrize("ask", [{"replicas": 0}, {"replicas": -2}, {"first": -1}, {"first": 1.5}])
def test_replicas_that_are_none_are_refused(ask: dict[str, float]) -> None:
    for run in (simulate, decisions):
        with pytest.raises(BadValue, match="replica"):
            run(SMALL, **ask)  # type: ignore[operator]


@settings(max_examples=60, deadline=None)
@given(setups())
def test_counts_only_rise_and_groups_add_up(setup: Setup) -> None:
    world = World.of(setup)
    curve = simulate(world)
    assert curve.by_group is not None
    assert (np.diff(curve.by_group, axis=1) >= 0).all()
    assert np.array_equal(curve.by_group.sum(axis=2), curve.counts)
    sizes = np.bincount(world.rows, minlength=len(curve.groups))
    assert (curve.by_group <= sizes).all()
    assert (curve.counts[:, 0] == setup.n_seeds).all()
    assert np.array_equal(simulate(setup).counts, curve.counts)


def test_another_seed_is_another_ensemble_and_replicas_differ() -> None:
    curve = simulate(SMALL)
    assert not np.array_equal(simulate(replace(SMALL, seed=2)).counts, curve.counts)
    assert len({tuple(run) for run in curve.counts.tolist()}) == 7


def test_all_thirty_two_profiles_are_counted_apart() -> None:
    setup = replace(SMALL, n_agents=400, mix=IndependentTraits(), sharing=ByTraits(0.2))
    curve = simulate(setup)
    assert curve.by_group is not None
    assert curve.groups == tuple(profile.code for profile in PROFILES)
    assert (curve.by_group[:, -1] > 0).sum() > 100


def test_a_group_of_nobody_counts_nobody() -> None:
    empty = IndependentTraits(openness=0.0)
    curve = simulate(replace(SMALL, mix=empty, sharing=ByTraits(0.2)))
    assert curve.by_group is not None
    assert curve.by_group[:, :, 16:].sum() == 0


def test_more_than_255_sharers_of_a_group_are_counted() -> None:
    setup = replace(SMALL, n_agents=2000, mix=ALIKE, sharing=SameForAll(1.0), rounds=10)
    assert (simulate(setup).counts[:, -1] == 2000).all()


def test_progress_goes_up_to_the_number_asked_for() -> None:
    told: list[tuple[int, int]] = []
    simulate(SMALL, 2, 70, lambda done, of: told.append((done, of)))
    assert told[-1] == (70, 70)
    simulate(replace(SMALL, n_agents=8000), 0, 70, lambda done, of: told.append((done, of)))
    assert told[1:] == [(32, 70), (64, 70), (70, 70)]
    told.clear()
    simulate(SMALL, 0, 3, lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def by_single_runs(setup: Setup) -> list[list[int]]:
    world = World.of(setup)
    found = []
    for run in range(setup.replicas):
        states = one_run(world.law, world.network, world.rows, world.luck(run), setup.rounds)
        found.append([int(shared.sum()) for shared in states])
    return found


@pytest.mark.parametrize("rounds", [9361, 9362, 9363, 9400])
def test_limits_on_either_side_of_what_two_bytes_hold(rounds: int) -> None:
    # 7 neighbours for 9 362 rounds are 65 534 exposures; this rate takes nearly all of them.
    setup = Setup(
        *(20, RandomRegular(7), ALIKE, SameForAll(1e-5)),
        n_seeds=1,
        rounds=rounds,
        replicas=5,
        seed=4,
    )
    curve = simulate(setup)
    assert curve.counts.tolist() == by_single_runs(setup)
    assert 1 < curve.mean[-1] < 20


def test_networks_with_more_neighbours_than_a_byte_holds() -> None:
    star = OwnNetwork(301, tuple((0, leaf) for leaf in range(1, 301)))
    for network in (star, Complete()):
        setup = Setup(301, network, ALIKE, SameForAll(0.003), rounds=20, replicas=5, seed=4)
        for changed in (setup, replace(setup, repeat_ratio=0.5)):
            assert simulate(changed).counts.tolist() == by_single_runs(changed)


def test_decisions_have_a_cell_for_every_exposure() -> None:
    counted = decisions(SMALL)
    assert counted.rows == ("outgoing", "reserved")
    assert counted.asked.shape == (2, 2, 9)
    assert counted.asked[:, :, 0].sum() == 0
    shared = simulate(SMALL).counts
    assert counted.shared.sum() == (shared[:, -1] - shared[:, 0]).sum()


def test_a_run_does_not_depend_on_who_else_is_running() -> None:
    luck = [next(runs(SMALL.seed, Purpose.LUCK, run, 1)).random() for run in range(3)]
    together = [stream.random() for stream in runs(SMALL.seed, Purpose.LUCK, 0, 3)]
    assert luck == together
    assert simulate(SMALL, 5, 1).counts.tolist() == simulate(SMALL).counts[5:6].tolist()


def test_few_answers_widen_the_spread_of_runs_as_the_posterior_says() -> None:
    """One round on a complete network is Binomial(n, P), P ~ Beta: the variance is known.

    With 250 draws the variance of the counts has a relative standard error of about 0.09; 0.4 is
    beyond 4.4 of them (a chance of about 1e-5). The seed is fixed.
    """
    cell = Cell.counted("O+C-E+A-N-", 1, asked=8, shared=2)
    table = SharingTable((cell.row,), [[0, cell.probability]])
    sampled = Setup(41, Complete(), ALIKE, Measured(table, (cell,)), n_seeds=1, rounds=1, seed=3)
    runs, law = 2000, stats.beta(2.5, 6.5)
    wide = simulate(sampled, 0, runs).counts[:, 1] - 1
    narrow = simulate(replace(sampled, sharing=Measured(table)), 0, runs).counts[:, 1] - 1
    within = 40 * (law.mean() - law.var() - law.mean() ** 2)
    assert wide.var() / (within + 1600 * law.var()) == pytest.approx(1, abs=0.4)
    assert narrow.var() / (40 * law.mean() * (1 - law.mean())) == pytest.approx(1, abs=0.2)
    assert wide.var() > 3 * narrow.var()
    assert abs(wide.mean() - 40 * law.mean()) < 4.5 * 40 * law.std() / np.sqrt(runs / 8)


def test_a_model_that_is_asked_has_no_ensemble() -> None:
    asked = replace(SMALL, sharing=Asked("qwen2.5:0.5b", wordings()[0]))
    for run in (simulate, decisions):
        with pytest.raises(BadValue, match="no table says how"):
            run(asked)  # type: ignore[operator]
