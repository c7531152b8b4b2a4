"""Profiles keep their codes and numbers."""

from __future__ import annotations

import dataclasses
import math
import re
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.population import (
    EXAGGERATED,
    LITERATURE,
    MISINFORMATION,
    NONE,
    PRESETS,
    PROFILES,
    Effect,
    Group,
    IndependentTraits,
    Mix,
    OneProfile,
    Profile,
    Trait,
    TraitEffects,
    TwoGroups,
    WeightedProfiles,
    is_nearly_code,
    log_odds_from_correlation,
    preset,
    signs_of,
)
from newswave.core.streams import Purpose, generator

READY = Profile.from_code("O+C-E+A-N-")


def test_traits_have_letters_places_and_names() -> None:
    assert "".join(trait.letter for trait in Trait) == "OCEAN"
    assert [trait.position for trait in Trait] == [0, 1, 2, 3, 4]
    for trait in Trait:
        for text in (trait.value, trait.value.upper(), trait.letter, f" {trait.letter.lower()} "):
            assert Trait.named(text) is trait
    with pytest.raises(BadValue, match="extraversion"):
        Trait.named("extroversion")
    for text in ("", "x", "oc"):
        with pytest.raises(BadValue, match="Unknown trait"):
            Trait.named(text)


def test_the_32_profiles_are_numbered_by_their_bits() -> None:
    assert len(set(PROFILES)) == len({profile.code for profile in PROFILES}) == 32
    for bits, (number, profile) in zip(product((0, 1), repeat=5), enumerate(PROFILES), strict=True):
        assert profile.index == number == int("".join(map(str, bits)), 2)
        assert profile.levels == tuple(map(bool, bits))
        assert profile.signs.tolist() == [bit - 0.5 for bit in bits]
        assert Profile.from_index(number) == Profile.from_code(profile.code) == profile


def test_signs_of_several_profiles_are_rows() -> None:
    assert signs_of(PROFILES).shape == (32, 5)
    assert signs_of(PROFILES[:1]).tolist() == [[-0.5] * 5]
    assert signs_of(()).shape == (0, 5)


def test_a_code_may_come_in_any_order_case_and_spacing() -> None:
    for parts in permutations(["o+", "C-", "e +", "A\N{MINUS SIGN}", "\tn-"]):
        assert Profile.from_code(" ".join(parts)) == READY


@pytest.mark.parametrize(
    "code",
    [
        "",
        "O+C-E+A-",
        "O+C-E+A-N",
        "O+O-E+A-N-",
        "O+C-E+A-N-N-",
        "O+C-E+A-X-",
        "OCEAN",
        "O+C-E+A-N-!",
    ],
)
def test_a_broken_code_is_refused(code: str) -> None:
    with pytest.raises(BadValue, match="as in O"):
        Profile.from_code(code)


@given(st.text(alphabet="OCEANoceanıſ+-− x", max_size=14))
def test_a_code_is_read_or_refused(code: str) -> None:
    try:
        profile = Profile.from_code(code)
    except BadValue:
        return
    assert sorted(profile.code) == sorted("".join(code.upper().replace("−", "-").split()))


@pytest.mark.parametrize("index", [-1, 32, 1.5, "3", True, None, math.nan])
def test_a_number_that_is_no_profile_is_refused(index: object) -> None:
    with pytest.raises(BadValue, match="0 to 31"):
        Profile.from_index(index)  # type: ignore[arg-type]


def test_a_profile_takes_true_and_false_only() -> None:
    assert Profile(*np.array([1, 0, 1, 0, 0], dtype=bool)) == READY
    assert type(Profile(*np.array([1, 0, 1, 0, 0], dtype=bool)).openness) is bool
    with pytest.raises(BadValue, match="agreeableness"):
        Profile(True, True, True, 1, True)  # type: ignore[arg-type]


def test_a_profile_is_described_in_words() -> None:
    assert READY.describe() == (
        "high openness, low conscientiousness, high extraversion, low agreeableness, "
        "low neuroticism"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("O-C+E-A+N", "N has no sign"),
        ("O+]-E+A-N-", "']' is no part of one"),
        ("0+C-E+A-N-", "'0' is no part of one"),
        ("O+C-E+A-A-", "A comes twice and N is missing"),
        ("O+C-E+A-", "N is missing"),
        ("o+c-ea-n-", "E has no sign"),
        ("O+C-E+A-N-N-", "N comes twice"),
    ],
)
def test_a_slip_in_a_code_is_named(text: str, words: str) -> None:
    assert is_nearly_code(text)
    with pytest.raises(BadValue, match=re.escape(f"not the code of a profile: {words}")):
        Profile.from_code(text)


@pytest.mark.parametrize(
    "text", ["o+c-e+a-n-", "N-E+O+C-A-", "O+ C\u2212 E+ A\u2013 N\u2010", "\uff2f".lower() + "keen"]
)
def test_other_spellings_of_a_code_are_no_slips(text: str) -> None:
    assert not is_nearly_code(text)


def test_dashes_and_wide_signs_are_signs() -> None:
    assert Profile.from_code("O\uff0bC\u2212E+A\u2013N\u2014").code == "O+C-E+A-N-"


@given(st.sampled_from(PROFILES), st.integers(0, 9))
def test_a_code_with_one_character_lost_is_nearly_a_code(profile: Profile, at: int) -> None:
    assert is_nearly_code(profile.code[:at] + profile.code[at + 1 :])


@pytest.mark.parametrize(
    "name", ["keen", "outgoing", "A+", "A-", "OCEAN", "ocean", "C++", "1a", "E"]
)
def test_names_of_groups_are_no_codes(name: str) -> None:
    assert not is_nearly_code(name)


# Trait effects: the numbers agree with their sources, and none comes without one.

ORDER = ["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"]


def test_the_literature_preset_holds_the_published_numbers() -> None:
    assert LITERATURE.values.tolist() == [0.0, -0.11, 0.18, -0.22, -0.11]
    betas = [-0.03, 0.05, -0.06, -0.03]
    converted = [round(log_odds_from_correlation(beta), 2) for beta in betas]
    assert LITERATURE.values[1:].tolist() == converted
    assert [effect.chosen for effect in LITERATURE.effects] == [True, False, False, False, False]
    assert all("e0303770" in effect.source for effect in LITERATURE.effects)


def test_misinformation_takes_a_chosen_value_between_two_cited_ends() -> None:
    weak, strong = (round(log_odds_from_correlation(r), 2) for r in (-0.08, -0.22))
    assert (weak, strong) == (-0.29, -0.82)
    effect = MISINFORMATION.conscientiousness
    assert effect.value == -0.55
    assert strong < effect.value < weak
    assert effect.chosen
    assert all(text in effect.source for text in ("-0.29", "-0.82", "10.56296/aip00031"))
    assert MISINFORMATION.values.tolist() == [0.0, -0.55, 0.18, -0.22, 0.0]


def test_exaggerated_is_five_times_literature_and_says_that_it_is_no_data() -> None:
    assert EXAGGERATED.values.tolist() == [0.0, -0.55, 0.9, -1.1, -0.55]
    np.testing.assert_allclose(EXAGGERATED.values, 5 * LITERATURE.values, atol=1e-12)
    assert all("not data" in effect.source and effect.chosen for effect in EXAGGERATED.effects)
    assert "not data" in EXAGGERATED.description


def test_none_is_all_zero() -> None:
    assert NONE.values.tolist() == [0.0] * 5
    assert all(effect.chosen for effect in NONE.effects)


def test_presets_are_found_by_name_and_cannot_be_changed() -> None:
    assert list(PRESETS) == ["literature", "misinformation", "exaggerated", "none"]
    assert all(preset(name) is effects for name, effects in PRESETS.items())
    with pytest.raises(TypeError):
        PRESETS["mine"] = NONE  # type: ignore[index]
    with pytest.raises(BadValue, match="exaggerated"):
        preset("exagerated")
    with pytest.raises(BadValue, match="literature, misinformation, exaggerated, none"):
        preset("zzz")


def test_values_come_in_the_order_of_the_traits_as_a_fresh_array() -> None:
    mine = TraitEffects("mine", "", *(Effect(float(n), "chosen") for n in range(5)))
    assert [getattr(mine, name).value for name in ORDER] == mine.values.tolist()
    mine.values[0] = 9.0
    assert mine.values.shape == (5,)
    assert mine.values[0] == 0.0
    assert hash(mine) == hash(dataclasses.replace(mine))


@pytest.mark.parametrize(
    "source", ["", "   ", "my own", "because", "19 people", None, 2024, "x" * 401]
)
def test_a_number_without_a_source_is_refused(source: object) -> None:
    with pytest.raises(BadValue, match="chosen"):
        Effect(0.1, source)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 31.0, True, "0.1", None])
def test_a_number_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(BadValue, match="effect does not fit"):
        Effect(value, "chosen")  # type: ignore[arg-type]


def test_line_breaks_in_a_source_are_refused() -> None:
    with pytest.raises(BadValue):
        Effect(0.1, "chosen\nlater")


def test_trait_effects_need_a_name_and_sources() -> None:
    with pytest.raises(BadValue, match="name"):
        dataclasses.replace(NONE, name=" ")
    with pytest.raises(BadValue, match="source"):
        dataclasses.replace(NONE, openness=0.1)  # type: ignore[arg-type]


@given(st.floats(-0.999, 0.999))
def test_the_conversion_can_be_undone(r: float) -> None:
    difference = log_odds_from_correlation(r) * math.sqrt(3) / math.pi
    assert difference / math.sqrt(difference**2 + 4) == pytest.approx(r, abs=1e-12)
    assert log_odds_from_correlation(-r) == -log_odds_from_correlation(r)


@pytest.mark.parametrize("r", [1.0, -1.0, 1.5, math.nan, "0.1"])
def test_no_correlation_no_conversion(r: object) -> None:
    with pytest.raises(BadValue, match="correlation"):
        log_odds_from_correlation(r)  # type: ignore[arg-type]


# Mixes deal exact counts and move few agents.

SHARES = st.floats(0.0, 1.0)
SEEDS = st.integers(0, 1000)
AGENTS = st.integers(1, 300)
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
