"""Profiles keep their codes and numbers."""

from __future__ import annotations

import math
import re
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.population import PROFILES, Profile, Trait, is_nearly_code, signs_of

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
