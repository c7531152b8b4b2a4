"""Links: any setup comes back to the last digit, and nothing broken or too large comes in."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import setups, thirty_two

from newswave.app.links import LONGEST, NAMES, Linked, link_of, setup_of
from newswave.core.continuous import Clock
from newswave.core.errors import BadValue
from newswave.core.events import Event, library
from newswave.core.files import encode
from newswave.core.law import Attention
from newswave.core.networks import Complete, OwnNetwork, RandomRegular, ScaleFree, SmallWorld
from newswave.core.offline import Decays, Fading, Feedback, PowerLaw, Pulse, Since
from newswave.core.population import PROFILES, IndependentTraits, OneProfile, TwoGroups
from newswave.core.rules import Asked, ByGroup, ByTraits, SameForAll
from newswave.core.setup import MostLinked, Setup
from newswave.core.wording import wordings

# ---- there and back


@given(setups(), st.sampled_from(library()), st.integers(0, 2**200), st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_every_setup_comes_back(setup: Setup, told: Event, seed: int, run: int) -> None:
    setup = replace(setup, event=told, seed=seed)
    link = link_of(setup, "explore", run)
    assert len(link) <= LONGEST
    assert link.isascii()
    assert not set(link) & set(' "<>#\\{}')
    back = setup_of("?" + link)
    assert back.setup.to_json() == setup.to_json()
    assert (back.page, back.run) == ("explore", run)


ORDINARY = [
    Setup(),
    Setup(n_agents=30, n_seeds=1, rounds=7, replicas=3, seed=2**80),
    Setup(sharing=ByGroup(1 / 3, 1e-300), mix=TwoGroups(2 / 3)),
    *(Setup(network=n) for n in (RandomRegular(3), SmallWorld(4, 1 / 7), ScaleFree(2), Complete())),
    Setup(mix=OneProfile(PROFILES[9]), sharing=SameForAll(1)),
    Setup(mix=IndependentTraits(0.1, 0.2, 0.3, 0.4, 1 / 3), sharing=ByTraits(0.2)),
    Setup(sharing=SameForAll(0.1), event=library()[0], attention=Attention.NEW_EXPOSURE),
    Setup(source_probability=0.1, n_seeds=0, repeat_ratio=1 / 7),
    Setup(source_probability=0.1, source_shape=Fading(1 / 3), feedback=Feedback(0.3, 0.2, 0.1)),
    Setup(source_probability=0.1, source_shape=Pulse((3, 10)), ageing=Decays(1 / 3)),
    Setup(ageing=PowerLaw(1 / 3, Since.FIRST_SIGHT)),
    Setup(start=MostLinked(), rate_variation=1.5, clock=Clock.CONTINUOUS),
]


@pytest.mark.parametrize("setup", ORDINARY, ids=lambda setup: link_of(setup)[:60])
def test_an_ordinary_setup_reads_as_words_and_numbers(setup: Setup) -> None:
    link = link_of(setup)
    assert {name for name, _ in parse_qsl(link)} <= {"v", *NAMES}
    assert setup_of(link).setup == setup


def test_every_name_of_the_readable_links_is_used() -> None:
    used = {name for setup in ORDINARY for name, _ in parse_qsl(link_of(setup))}
    assert used == {"v", *NAMES}


def test_a_link_reads_as_the_setup_does() -> None:
    assert link_of(Setup(), "explore", 3) == (
        "v=1&agents=1000&degree=8&fraction=0.4&fast=0.15&slow=0.015&seeds=10&rounds=60&runs=200"
        "&seed=1&page=explore&run=3"
    )


def test_a_measured_table_travels_with_all_that_is_known_of_it() -> None:
    table = thirty_two(synthetic=True)
    setup = Setup(mix=IndependentTraits(), sharing=table)
    link = link_of(setup)
    assert link.startswith("v=1&s=")
    back = setup_of(link).setup
    assert back.to_json() == setup.to_json()
    assert back.synthetic


def test_a_model_that_is_asked_travels_too() -> None:
    setup = Setup(mix=IndependentTraits(), sharing=Asked("some model:1b", wordings()[0]))
    assert setup_of(link_of(setup)).setup == setup


@pytest.mark.parametrize(
    "text",
    [
        "agents=50",
        "?agents=50",
        "#agents=50",
        " ?agents=50\n",
        "https://example.org/app/?agents=50",
        "https://example.org/app/?agents=50#top",
        "https://example.org/app/#agents=50",
        "agents=50&utm_source=mail&fbclid=x&v=1",
    ],
)
def test_a_link_is_found_in_its_address(text: str) -> None:
    assert setup_of(text) == Linked(Setup(n_agents=50))


def test_what_a_link_does_not_say_goes_with_what_it_says() -> None:
    assert setup_of("").setup == Setup()
    assert setup_of("baseline=0.1").setup.mix == IndependentTraits()
    assert setup_of("effects=none").setup.mix == IndependentTraits()
    one = setup_of("profile=O+C-E+A-N-").setup
    assert one.mix == OneProfile(PROFILES[20])
    assert isinstance(one.sharing, ByTraits)
    assert setup_of("high=0,0,1,0,0").setup.sharing == ByTraits()
    assert setup_of("fraction=0.1&share=0.2").setup.sharing == SameForAll(0.2)


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("agents=3e4", "'agents' is no whole number.*digits"),
        ("agents=" + "9" * 500, "'agents' is no whole number"),
        ("agents=²", "'agents' is no whole number"),
        ("run=-1", "'run' is no whole number"),
        ("run=200", "The run does not fit.*0 to 199"),
        ("fast=lots", "'fast' is no number"),
        ("fast=1e5", "fast share probability does not fit"),
        ("source=1e999", "does not fit"),
        ("fast=1-1", "'fast' is no number"),
        ("slow=0.5", "slow group shares more readily"),
        ("agents", "This link is broken"),
        ("agents=50&agents=60", "says 'agents' twice"),
        ("agents=%FF", "This link is broken"),
        ("agnets=50", "Unknown part of a link.*agents"),
        ("fast=0.1&share=0.2", "do not go together.*fast and share"),
        ("profile=O+C-E+A-N-&high=0,0,0,0,0", "do not go together"),
        ("high=0.5", "five shares"),
        ("profile=XX", "profile"),
        ("event=nowhere", "Unknown event"),
        ("attention=none", "Unknown attention"),
        ("network=star", "Unknown network"),
        ("network=complete&degree=4", "'degree' says nothing about a complete network"),
        ("rewiring=0.1", "'rewiring' says nothing about a regular network"),
        ("degree=999&agents=999", "999"),
        ("v=2", "another version.*Given: '2'"),
        ("page=Explore me", "A page has no such name"),
        ("s=AAAA&agents=5", "This link is broken.*s alone"),
        ("s=AAAA", "This link is broken"),
        ("s=*", "This link is broken"),
        ("s=é", "This link is broken"),
        ("s=", "This link is broken"),
        ("a=" * 9000, "This is no link"),
        ("https://example.org/", "This link is broken"),
    ],
)
def test_a_broken_link_says_what_is_broken(text: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        setup_of(text)


@given(st.one_of(st.text(), st.from_regex(r"(v|s|agents|fast|high|run)=.{0,40}", fullmatch=True)))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_link_or_refused(text: str) -> None:
    try:
        found = setup_of(text)
    except BadValue:
        return
    assert setup_of(link_of(found.setup, found.page, found.run)) == found


def packed(held: bytes) -> str:
    return "s=" + base64.urlsafe_b64encode(zlib.compress(held, 9)).decode().rstrip("=")


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_anything_packed_is_refused_unless_it_is_a_setup(held: bytes) -> None:
    with pytest.raises(BadValue):
        setup_of(packed(held))


@pytest.mark.parametrize(
    "damage", [lambda s: s[:-9], lambda s: s + "QUJD", lambda s: s[:40] + s[44:]]
)
def test_a_packed_link_that_lost_or_won_some_letters_is_broken(damage: object) -> None:
    link = link_of(Setup(sharing=SameForAll(0.1), mix=TwoGroups(0.5, "früh", slow_name="spät")))
    assert setup_of(link).setup.mix.groups[0].name == "früh"
    with pytest.raises(BadValue, match="broken"):
        setup_of(damage(link))  # type: ignore[operator]


def test_a_packed_link_never_becomes_more_than_half_a_mebibyte() -> None:
    bomb = packed(b" " * (5 * 1024 * 1024))
    assert len(bomb) < 2 * LONGEST
    with pytest.raises(BadValue, match=r"more than a setup.*512 KiB"):
        setup_of(bomb)
    with pytest.raises(BadValue, match="not valid JSON"):
        setup_of(packed(b"[" * 500_000))


def test_other_values_than_a_setup_are_refused() -> None:
    with pytest.raises(BadValue, match="This is no setup"):
        setup_of(packed(json.dumps(encode(RandomRegular(4))).encode()))


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        (Setup(n_agents=21_000), "too large for the page"),
        (Setup(n_agents=2000, replicas=100_000), "too large for the page"),
        (Setup(n_agents=20_000, network=RandomRegular(1000), replicas=1), "too large for the page"),
        (Setup(n_agents=5000, network=Complete(), replicas=1), "too large for the page"),
    ],
)
def test_too_much_work_is_refused_both_ways(setup: Setup, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        link_of(setup)
    with pytest.raises(BadValue, match=words):
        setup_of(packed(json.dumps(encode(setup)).encode()))


def test_a_setup_too_large_for_a_link_points_to_the_file() -> None:
    pairs = tuple(
        (a, (a * a + 7 * a + 1) % 3001) for a in range(3001) if (a * a + 6 * a + 1) % 3001
    )
    setup = Setup(n_agents=3001, network=OwnNetwork(3001, pairs))
    with pytest.raises(BadValue, match=r"too large for a link.*8,000.*setup file"):
        link_of(setup)


def test_a_run_that_is_not_there_makes_no_link() -> None:
    with pytest.raises(BadValue, match="The run"):
        link_of(Setup(replicas=3), run=3)
    with pytest.raises(BadValue, match="no such name"):
        link_of(Setup(), page="a&b")
