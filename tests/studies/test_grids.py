"""A grid has every combination once, each a setup, and says which cell is none."""

from __future__ import annotations

import itertools
import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import thirty_two

import newswave as nw
from newswave.core.errors import BadValue
from newswave.core.law import Attention
from newswave.core.networks import Complete, RandomRegular, SmallWorld
from newswave.core.population import PROFILES, IndependentTraits, TwoGroups
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.studies.grid import MOST_CELLS, Axis, Cell, Grid

BASE = Setup(n_agents=60, n_seeds=3, rounds=12, replicas=3)
SOME: dict[str, st.SearchStrategy[Any]] = {
    "degree": st.sampled_from([2, 3, 4, 6, 8]),
    "n_agents": st.sampled_from([40, 60, 100, 1000]),
    "share": st.floats(0.0, 1.0),
    "event": st.sampled_from([event.id for event in nw.library()]),
    "mix": st.builds(TwoGroups, st.floats(0.0, 1.0)),
    "attention": st.sampled_from(Attention),
    "rounds": st.integers(1, 50),
    "seed": st.integers(0, 10**6),
    "repeat_ratio": st.floats(0.0, 5.0),
}


@st.composite
def axes(draw: st.DrawFn) -> dict[str, list[Any]]:
    names = draw(st.lists(st.sampled_from(sorted(SOME)), min_size=1, max_size=4, unique=True))
    return {
        name: draw(st.lists(SOME[name], min_size=1, max_size=4, unique_by=repr)) for name in names
    }


@settings(max_examples=50, deadline=None)
@given(axes())
def test_every_combination_is_there_once(values: dict[str, list[Any]]) -> None:
    grid = Grid(BASE, **values)
    cells = grid.cells()
    assert len(grid) == len(cells) == math.prod(map(len, values.values()))
    assert [cell.number for cell in cells] == list(range(len(cells)))
    assert len({cell.setup.to_json() for cell in cells}) == len(cells)
    assert len({cell.settings for cell in cells}) == len(cells)
    assert all(Setup.from_json(cell.setup.to_json()) == cell.setup for cell in cells)


def test_the_last_axis_changes_first_and_labels_say_what_is_meant() -> None:
    grid = Grid(BASE, degree=[4, 8], event=["short-power-cut", "cup-final-draw"], seed=range(2))
    told = [dict(cell.settings) for cell in grid.cells()]
    events = ("short-power-cut", "cup-final-draw")
    assert [tuple(one.values()) for one in told] == list(
        itertools.product((4, 8), events, range(2))
    )
    last = grid.cells()[-1]
    assert (last.setup.network, last.setup.event.id) == (RandomRegular(8), "cup-final-draw")
    assert (last.setup.seed, last.words) == (1, "degree 8, event cup-final-draw, seed 1")
    assert last.setup.n_agents == 60


def test_every_field_of_a_setup_may_be_an_axis() -> None:
    for field in fields(Setup):
        grid = Grid(BASE, **{field.name: [getattr(BASE, field.name)]})
        assert grid.cells()[0].setup == BASE
        assert grid.cells()[0].settings[0][0] == field.name


@pytest.mark.parametrize(
    ("name", "values", "labels"),
    [
        ("profile", [PROFILES[0], "O+C-E+A-N-"], (PROFILES[0].code, "O+C-E+A-N-")),
        ("attention", list(Attention), ("every-round", "new-exposure")),
        ("network", ["complete", SmallWorld(4)], ("complete", repr(SmallWorld(4)))),
        ("mix", {"few": TwoGroups(0.1), "many": TwoGroups(0.9)}, ("few", "many")),
        ("mix", {1: TwoGroups(0.1), "1": TwoGroups(0.9)}, ("1 (1)", "1 (2)")),
        ("seed", np.arange(2), (0, 1)),
        ("share", (x / 10 for x in range(2)), (0.0, 0.1)),
        ("table", [thirty_two()], ("qwen2.5:0.5b, lantern-festival",)),
    ],
)
def test_labels_are_short_and_different(name: str, values: Any, labels: Any) -> None:
    axis = Axis(name, values)
    assert axis.labels == labels
    assert len(axis) == len(axis.values) == len(labels)


def test_long_values_with_the_same_beginning_have_different_labels() -> None:
    groups = [TwoGroups(p, fast_name="the very keen ones") for p in (0.11111, 0.2)]
    labels = Axis("mix", [IndependentTraits(), *groups]).labels
    assert len(set(labels)) == 3
    assert all(isinstance(label, str) for label in labels)


def test_axes_made_before_and_by_name_are_one_grid() -> None:
    one = Grid(BASE, (Axis("degree", [4, 8]),), seed=[1, 2])
    two = Grid(BASE, degree=[4, 8], seed=[1, 2])
    assert one.cells() == two.cells()
    assert one.plain() == two.plain()
    assert one.plain() != Grid(BASE, degree=[4, 8], seed=[2, 1]).plain()
    assert Grid(degree=[4]).base == Setup()
    assert isinstance(one.cells()[0], Cell)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "has no axis"),
        ({"degree": []}, "axis degree is empty"),
        ({"degree": 4}, r"axis degree needs a list of values.*degree=\[...\]"),
        ({"event": "short-power-cut"}, "axis event needs a list"),
        ({"degre": [4]}, "Unknown axis of a grid.*degre.*degree"),
        ({"degree": [4, 8, 4.0]}, "axis degree has a value twice. Given: 4"),
        ({"profile": ["O+C-E+A-N-", "e+o+c-a-n-"]}, "axis profile has a value twice"),
        ({"event": ["cup-final-draw"] * 2}, "axis event has a value twice.*cup-final-draw"),
        ({"mix": [TwoGroups(0.5)] * 2}, "axis mix has a value twice"),
        ({"event": ["short-power-cat"]}, "short-power-cut"),
        ({"share": [0.1], "sharing": [SameForAll()]}, "share and sharing say the same thing"),
        ({"degree": [4, 200]}, r"Cell 1 .*\(degree 200\) makes no setup.*degree"),
        ({"seed": [1, 2], "share": [0.5, 2]}, r"Cell 1 .*\(seed 1, share 2\).*probability"),
        ({"n_agents": [100, 2], "degree": [3]}, r"Cell 1 .*\(n_agents 2, degree 3\)"),
        ({"baseline": [0.1]}, "Cell 0.*baseline 0.1.*ByTraits"),
        ({"network": [Complete()], "degree": [4]}, "degree says nothing about such a network"),
        ({"seed": range(10**9)}, f"too many cells.*seed.*up to {MOST_CELLS}"),
        ({"seed": range(1000), "rounds": range(1, 1001)}, "1000 seed x 1000 rounds"),
        ({"seed": itertools.count()}, "too many cells"),
        ({"mix": [4]}, r"Cell 0 .*\(mix 4\).*no mix"),
    ],
)
def test_what_is_no_grid_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Grid(BASE, **values)


def test_what_is_no_setup_or_no_axis_is_refused() -> None:
    with pytest.raises(BadValue, match="begins with a setup"):
        Grid(4, degree=[4])  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="no axis"):
        Grid(BASE, ("degree",))  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="Two axes have one name"):
        Grid(BASE, (Axis("degree", [4]),), degree=[8])


def test_a_grid_is_on_the_face() -> None:
    assert nw.Grid is Grid
