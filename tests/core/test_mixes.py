"""Mixes deal exact counts and move few agents."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.population import (
    LITERATURE,
    PROFILES,
    Group,
    IndependentTraits,
    Mix,
    OneProfile,
    Profile,
    TwoGroups,
    WeightedProfiles,
    signs_of,
)
from newswave.core.streams import Purpose, generator

SHARES = st.floats(0.0, 1.0)
SEEDS = st.integers(0, 1000)
AGENTS = st.integers(1, 300)
READY = Profile.from_code("O+C-E+A-N-")
WEIGHTS = st.lists(st.floats(0.0, 1e300), min_size=1, max_size=32).filter(any)


def dealt(mix: Mix, n_agents: int, seed: int) -> np.ndarray:
    return mix.deal(n_agents, generator(seed, Purpose.PLACEMENT))


def weighted(weights: list[float]) -> WeightedProfiles:
    return WeightedProfiles(tuple(zip(PROFILES, weights, strict=False)))


def test_the_faster_group_is_what_the_literature_makes_the_readiest() -> None:
    fast, slow = TwoGroups().groups
    readiness = signs_of(PROFILES) @ LITERATURE.values
    assert readiness[fast.profile.index] == readiness.max()
    assert readiness[slow.profile.index] == readiness.min()
    np.testing.assert_array_equal(fast.profile.signs, -slow.profile.signs)


@pytest.mark.parametrize(
    "mix", [OneProfile(READY), IndependentTraits(), TwoGroups(), weighted([1, 0, 2])]
)
def test_every_mix_is_a_mix_and_can_be_a_key(mix: Mix) -> None:
    assert isinstance(mix, Mix)
    assert math.fsum(group.weight for group in mix.groups) == pytest.approx(1.0, abs=1e-12)
    assert len({group.name for group in mix.groups}) == len(mix.groups)
    assert len({mix, mix}) == 1
    positions = dealt(mix, 50, 1)
    assert positions.shape == (50,)
    assert positions.dtype == np.int64
    np.testing.assert_array_equal(positions, dealt(mix, 50, 1))
    for number in (0, -1, 2.5, None):
        with pytest.raises(BadValue, match="n_agents"):
            mix.deal(number, generator(1, Purpose.PLACEMENT))  # type: ignore[arg-type]


def test_one_profile_is_for_everybody() -> None:
    assert OneProfile(READY).groups == (Group("O+C-E+A-N-", READY, 1.0),)
    assert not dealt(OneProfile(READY), 9, 1).any()


@given(SHARES, SHARES, AGENTS, SEEDS)
def test_a_larger_fast_fraction_only_moves_agents_from_slow_to_fast(
    a: float, b: float, n_agents: int, seed: int
) -> None:
    few, many = (dealt(TwoGroups(fast_fraction=f), n_agents, seed) == 0 for f in sorted((a, b)))
    assert (few <= many).all()
    assert few.sum() == pytest.approx(min(a, b) * n_agents, abs=0.5 + 1e-9)


@given(st.integers(1, 300), SEEDS)
def test_every_whole_count_can_be_reached(n_agents: int, seed: int) -> None:
    for count in {0, 1, n_agents // 3, n_agents - 1, n_agents}:
        positions = dealt(TwoGroups(fast_fraction=count / n_agents), n_agents, seed)
        assert (positions == 0).sum() == count


@given(WEIGHTS, AGENTS, SEEDS)
def test_weighted_counts_miss_by_less_than_one(
    weights: list[float], n_agents: int, seed: int
) -> None:
    mix = weighted(weights)
    shares = np.array([group.weight for group in mix.groups])
    assert shares.sum() == pytest.approx(1.0)
    counts = np.bincount(dealt(mix, n_agents, seed), minlength=len(shares))
    assert counts.sum() == n_agents
    assert (np.abs(counts - shares * n_agents) < 1.0 + 1e-9).all()
    assert not counts[shares == 0.0].any()


@example([0.5] * 5, 0, 0.0, 200, 1)
@example([0.5] * 5, 0, 1.0, 200, 1)
@given(st.lists(SHARES, min_size=5, max_size=5), st.integers(0, 4), SHARES, AGENTS, SEEDS)
def test_a_share_changes_only_its_own_trait_and_one_way(
    shares: list[float], place: int, other: float, n_agents: int, seed: int
) -> None:
    changed = [*shares[:place], other, *shares[place + 1 :]]
    before, after = (
        signs_of([PROFILES[i] for i in dealt(IndependentTraits(*s), n_agents, seed)])
        for s in (shares, changed)
    )
    elsewhere = [i for i in range(5) if i != place]
    np.testing.assert_array_equal(before[:, elsewhere], after[:, elsewhere])
    step = after[:, place] - before[:, place]
    assert (step * np.sign(other - shares[place]) >= 0).all()
    assert (after[:, place] > 0).sum() == pytest.approx(other * n_agents, abs=0.5 + 1e-9)


def test_independent_traits_number_their_groups_as_the_profiles() -> None:
    groups = IndependentTraits(1.0, 0.0, 1.0, 0.0, 0.25).groups
    assert tuple(group.profile for group in groups) == PROFILES
    assert groups[20].weight == 0.75
    assert groups[21].weight == 0.25
    assert set(dealt(IndependentTraits(1.0, 0.0, 1.0, 0.0, 0.25), 8, 1).tolist()) == {20, 21}


def test_independent_traits_fall_together_by_chance() -> None:
    # Mean of 32 000 agents' products of signs in +-1: standard deviation 1/sqrt(32000) = 0.0056.
    # Ten pairs at 5 standard deviations: error chance below 1e-5, and the seed is fixed.
    signs = 2 * signs_of([PROFILES[i] for i in dealt(IndependentTraits(), 32_000, 1)])
    together = signs.T @ signs / len(signs)
    assert np.abs(together - np.eye(5)).max() < 0.028


def test_who_is_fast_is_chance() -> None:
    # Agent 0 is fast in 400 of 1000 seeds expected, standard deviation 15.5; 5 of them: 6e-7.
    first = sum(dealt(TwoGroups(), 10, seed)[0] == 0 for seed in range(1000))
    assert abs(first - 400) < 78


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: TwoGroups(fast_fraction=1.1), "fast_fraction"),
        (lambda: TwoGroups(fast_fraction=math.nan), "fast_fraction"),
        (lambda: TwoGroups(fast_name=""), "name of a group"),
        (lambda: TwoGroups(slow_name="  "), "name of a group"),
        (lambda: TwoGroups(slow_name="a\nb"), "name of a group"),
        (lambda: TwoGroups(slow_name="a" * 41), "name of a group"),
        (lambda: TwoGroups(slow_name=3), "name of a group"),  # type: ignore[arg-type]
        (lambda: TwoGroups(slow_name="outgoing"), "one name"),
        (lambda: TwoGroups(fast_profile="O+C-E+A-N-"), "no personality profile"),  # type: ignore[arg-type]
        (lambda: OneProfile(20), "no personality profile"),  # type: ignore[arg-type]
        (lambda: IndependentTraits(neuroticism=-0.1), "share of neuroticism"),
        (lambda: IndependentTraits(openness="half"), "share of openness"),  # type: ignore[arg-type]
        (lambda: WeightedProfiles(()), "above 0"),
        (lambda: weighted([0.0, 0.0]), "above 0"),
        (lambda: weighted([1.0, -0.1]), "weight of"),
        (lambda: weighted([math.inf]), "weight of"),
        (lambda: WeightedProfiles(((READY, 1.0), (READY, 2.0))), "twice"),
        (lambda: WeightedProfiles(((1, READY),)), "no personality profile"),  # type: ignore[arg-type]
        (lambda: WeightedProfiles((READY,)), "pairs"),  # type: ignore[arg-type]
        (lambda: WeightedProfiles(3), "pairs"),  # type: ignore[arg-type]
        (lambda: Group("a", READY, 2.0), "weight of a group"),
    ],
)
def test_what_is_no_mix_is_refused(make: object, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        make()  # type: ignore[operator]


def test_a_list_of_weights_becomes_a_tuple() -> None:
    mix = WeightedProfiles([[READY, 1], [PROFILES[0], 3]])  # type: ignore[arg-type]
    assert mix == WeightedProfiles(((READY, 1.0), (PROFILES[0], 3.0)))
    assert hash(mix)
