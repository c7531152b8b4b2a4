"""The controls: what each reads and writes, and that none of them leads anywhere impossible."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import setups

from newswave.app.controls import SECTIONS, Scale, applied, has_control, items_for
from newswave.app.page import Choice, Entry, Item, Range, check_keys, plain, walk
from newswave.core.errors import BadValue
from newswave.core.networks import OwnNetwork
from newswave.core.rules import Measured
from newswave.core.setup import Setup

KEYS = [control.key for section in SECTIONS for control in section.controls]


def movable(setup: Setup) -> list[Item]:
    return [item for item in walk(items_for(setup)) if isinstance(item, Range | Choice | Entry)]


@st.composite
def moves(draw: st.DrawFn, item: Item) -> object:
    """Return something that the page could send for an item."""
    match item:
        case Range():
            return draw(st.integers(int(item.low), int(item.high)))
        case Choice():
            return draw(st.sampled_from([value for value, _ in item.options]))
    return str(draw(st.integers(0, 2**31 - 1)))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_moves_lead_to_setups_that_can_be_run(data: st.DataObject) -> None:
    setup = Setup()
    for _ in range(25):
        item = data.draw(st.sampled_from(movable(setup)))
        setup = applied(setup, item.key, data.draw(moves(item)))
    assert Setup.from_json(setup.to_json()) == setup


@given(setups(), st.data())
@settings(max_examples=100, deadline=None)
def test_controls_of_any_setup_move_and_stay(setup: Setup, data: st.DataObject) -> None:
    """Whatever was loaded: every control shows itself, and moving it where it stands is no move."""
    items = movable(setup)
    check_keys(items_for(setup))
    for item in items:
        if isinstance(item, Range) and not item.barred:
            applied(setup, item.key, data.draw(moves(item)))
    for item in items:
        if isinstance(item, Choice):
            assert applied(setup, item.key, item.value) == setup
            assert item.value in [value for value, _ in item.options]


def test_a_moved_slider_says_its_new_value() -> None:
    for item in movable(Setup()):
        if not isinstance(item, Range):
            continue
        for place in (int(item.low), int(item.high)):
            setup = applied(Setup(), item.key, place)
            [now] = [one for one in movable(setup) if one.key == item.key]
            assert isinstance(now, Range)
            assert now.value == place
            assert now.shown


def test_names_are_said_once_and_explained() -> None:
    assert len(KEYS) == len(set(KEYS))
    for section in SECTIONS:
        for control in section.controls:
            assert control.display.label
            assert control.display.help.endswith(".")
            assert has_control(control.key)


def test_the_prefix_is_put_before_every_key() -> None:
    plain_keys = [item.key for item in walk(items_for(Setup()))]
    assert [item.key for item in walk(items_for(Setup(), "a_"))] == [f"a_{k}" for k in plain_keys]
    assert plain(items_for(Setup())[0])["kind"] == "Group"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("nothing", 1),
        ("openness", 3),
        ("degree", "8"),
        ("degree", float("nan")),
        ("degree", True),
        ("event", "no-such-event"),
        ("event", ["a"]),
        ("seed", "-1"),
        ("seed", "1e9"),
        ("seed", 2**31),
        ("crowd", "loaded"),
    ],
)
def test_what_does_not_fit_is_refused(key: str, value: object) -> None:
    with pytest.raises(BadValue):
        applied(Setup(), key, value)


@pytest.mark.parametrize("value", [-5, 1e9, -1e300])
def test_a_place_off_the_scale_is_the_nearest_one(value: float) -> None:
    ends = {applied(Setup(), "degree", 0), applied(Setup(), "degree", 10**6)}
    assert applied(Setup(), "degree", value) in ends


def test_odd_numbers_of_agents_get_even_degrees_only() -> None:
    setup = Setup(n_agents=99, rounds=5)
    [degree] = [item for item in movable(setup) if item.key == "degree"]
    assert isinstance(degree, Range)
    found = {
        applied(setup, "degree", place).network.mean_degree_for(99)
        for place in range(int(degree.low), int(degree.high) + 1)
    }
    assert all(k % 2 == 0 for k in found)


def test_what_was_loaded_stays_to_be_chosen() -> None:
    own = Setup(n_agents=3, n_seeds=1, network=OwnNetwork(3, ((0, 1), (1, 2))))
    [kind] = [item for item in movable(own) if item.key == "network"]
    assert isinstance(kind, Choice)
    assert kind.value == "loaded"
    assert not [item for item in movable(own) if item.key == "degree"]
    table = Setup().table(2)
    measured = Setup(sharing=Measured(table))
    [crowd] = [item for item in movable(measured) if item.key == "crowd"]
    assert isinstance(crowd, Choice)
    assert crowd.value == "loaded"


def test_a_scale_that_does_not_rise_is_refused() -> None:
    with pytest.raises(BadValue, match="do not rise"):
        Scale((1, 1), str)
    with pytest.raises(BadValue, match="do not rise"):
        Scale((), str)
