"""A grid has every combination once, each a setup, and says which cell is none."""

from __future__ import annotations

import itertools
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import thirty_two

import newswave as nw
from newswave.core.errors import BadFile, BadValue
from newswave.core.law import Attention
from newswave.core.networks import Complete, OwnNetwork, RandomRegular, SmallWorld
from newswave.core.population import (
    PROFILES,
    IndependentTraits,
    OneProfile,
    Profile,
    TwoGroups,
    WeightedProfiles,
)
from newswave.core.rules import ByGroup, ByTraits, Measured, SameForAll, save_measured, save_table
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.studies.grid import MOST_CELLS, Axis, Cell, Grid, SweepFile, read_sweep
from newswave.studies.study import Compared, Fitted, Spread

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


# A sweep's file means what `newswave run` means by the same words, and its mistakes have lines.


FULL = """
# Does the network make a second rate?
[base]
agents = 200
seeds = 5
rounds = 30
replicas = 10
source = 0.01
attention = "new-exposure"

[grid]
degree = [4, 8]
share = [0.05, 0.1]
event = ["short-power-cut", "lantern-festival"]
seed = {from = 1, to = 5, step = 2}

[study]
bootstrap = 99
"""


def sweep_of(folder: Path, text: str) -> SweepFile:
    file = folder / "sweep.toml"
    file.write_text(text, "utf-8")
    return read_sweep(file)


def base_of(folder: Path, text: str) -> Setup:
    return sweep_of(folder, f"[base]\n{text}\n[grid]\nseed = [1, 2]\n").grid.cells()[0].setup


def test_a_whole_file(tmp_path: Path) -> None:
    held = sweep_of(tmp_path, FULL)
    assert held.study == Compared(99)
    assert [(axis.name, axis.labels) for axis in held.grid.axes] == [
        ("degree", (4, 8)),
        ("share", (0.05, 0.1)),
        ("event", ("short-power-cut", "lantern-festival")),
        ("seed", (1, 3, 5)),
    ]
    assert len(held.grid) == 24
    last = held.grid.cells()[-1].setup
    assert (last.n_agents, last.n_seeds, last.rounds, last.replicas) == (200, 5, 30, 10)
    assert (last.source_probability, last.attention) == (0.01, Attention.NEW_EXPOSURE)
    assert (last.network, last.sharing, last.seed) == (RandomRegular(8), SameForAll(0.1), 5)


@pytest.mark.parametrize(
    ("text", "study"),
    [
        ("", Compared()),
        ("fits = true", Compared()),
        ("bootstrap = 0", Fitted()),
        ("fits = false", Spread()),
    ],
)
def test_the_study(tmp_path: Path, text: str, study: object) -> None:
    assert sweep_of(tmp_path, f"[study]\n{text}\n[grid]\nseed = [1]\n").study == study


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("n-agents = 300", "n_agents", 300),
        ("fast = 0.3\nslow = 0.2", "sharing", ByGroup(0.3, 0.2)),
        ("fast_fraction = 0.1", "mix", TwoGroups(0.1)),
        ('profile = "O+C-E+A-N-"', "mix", OneProfile(Profile.from_code("O+C-E+A-N-"))),
        ('profile = "O+C-E+A-N-"', "sharing", ByTraits()),
        ("baseline = 0.2", "sharing", ByTraits(0.2)),
        ("high = {extraversion = 0.7}", "mix", IndependentTraits(extraversion=0.7)),
        ("high = {E = 0.7}", "sharing", ByTraits()),
        ('network = "small-world"\ndegree = 4', "network", SmallWorld(4)),
        ('network = {kind = "SmallWorld", rewiring = 0.3}', "network", SmallWorld(8, 0.3)),
        ('mix = {kind = "TwoGroups", fast_fraction = 0.2}', "mix", TwoGroups(0.2)),
    ],
)
def test_base_is_written_like_options_or_like_a_setup(
    tmp_path: Path, text: str, name: str, value: object
) -> None:
    assert getattr(base_of(tmp_path, text), name) == value


def test_an_axis_of_profiles_or_of_tables_brings_its_rule(tmp_path: Path) -> None:
    held = sweep_of(tmp_path, '[grid]\nprofile = ["O+C-E+A-N-", "O-C+E-A+N+"]\n')
    assert [cell.setup.sharing for cell in held.grid.cells()] == [ByTraits()] * 2
    for name in ("gemma", "llama"):
        save_measured(thirty_two(model=name), tmp_path / f"{name}.json")
    text = '[base]\nagents = 200\n[grid]\ntable = ["gemma.json", "llama.json", "synthetic"]\n'
    held = sweep_of(tmp_path, text)
    assert held.grid.axes[0].labels == ("gemma.json", "llama.json", "synthetic")
    setups = [cell.setup for cell in held.grid.cells()]
    origins = [s.sharing.origin for s in setups if isinstance(s.sharing, Measured)]
    models = [origin.model for origin in origins if origin is not None]
    assert models[:2] == ["gemma", "llama"]
    assert [setup.synthetic for setup in setups] == [False, False, True]
    assert setups[0].mix == WeightedProfiles(tuple((profile, 1.0) for profile in PROFILES))
    assert {setup.event.id for setup in setups[:2]} == {"lantern-festival"}
    held = sweep_of(tmp_path, "[base]\nfast_fraction = 0.3\n" + text.partition("\n")[2])
    assert held.grid.cells()[0].setup.mix == TwoGroups(0.3)


def test_a_table_of_two_groups_names_the_groups(tmp_path: Path) -> None:
    save_table(SharingTable(("keen", "calm"), [[0, 0.5], [0, 0.1]]), tmp_path / "two.csv")
    mix = base_of(tmp_path, 'table = "two.csv"').mix
    assert [group.name for group in mix.groups] == ["keen", "calm"]


def test_files_are_looked_for_beside_the_sweep(tmp_path: Path) -> None:
    (tmp_path / "links.txt").write_text("a b\nb c\nc a\n")
    made = base_of(tmp_path, 'edges = "links.txt"\nseeds = 1')
    assert isinstance(made.network, OwnNetwork)
    assert made.n_agents == 3
    (tmp_path / "events.csv").write_text(
        "id,type,sub_type,headline,text\nfire,Riots,Mob violence,Fire,A shed burnt down.\n"
    )
    text = '[base]\nevents = "events.csv"\n[grid]\nevent = ["fire", "short-power-cut"]\n'
    held = sweep_of(tmp_path, text)
    assert [cell.setup.event.id for cell in held.grid.cells()] == ["fire", "short-power-cut"]
    Setup(n_agents=77).write(tmp_path / "setup.json")
    made = base_of(tmp_path, 'setup = "setup.json"\nrounds = 9')
    assert (made.n_agents, made.rounds) == (77, 9)


def test_what_all_have_in_common_needs_the_axes_to_be_a_setup(tmp_path: Path) -> None:
    text = "[base]\nseeds = 2000\n[grid]\nagents = [5000, 10000]\n"
    assert [cell.setup.n_agents for cell in sweep_of(tmp_path, text).grid.cells()] == [5000, 10000]


MISTAKES = [
    ("[grid]\n", "has no axis"),
    ("[grid]\ndegree = []\n", r"\[grid\] degree, line 2.*empty"),
    ("[grid]\n\ndegree = 4\n", r"\[grid\] degree, line 3: This is no list.*under \[base\]"),
    ("[grid]\ndegre = [4]\n", r"\[grid\] degre, line 2: Unknown entry of \[grid\].*degree"),
    ("[base]\nagent = 5\n[grid]\nseed = [1]\n", r"\[base\] agent, line 2.*n_agents"),
    ("[base]\nagents = [5]\n[grid]\nseed = [1]\n", r"\[base\] agents, line 2: This is a list"),
    ("[bases]\n[grid]\nseed = [1]\n", r"Unknown table of a sweep.*bases.*base"),
    ("base = 4\n[grid]\nseed = [1]\n", r"\[base\] is a table"),
    ("[grid]\nseed = [1]\n[study]\nboot = 9\n", r"\[study\] boot, line 4"),
    ("[grid]\nseed = [1]\n[study]\nbootstrap = 9\n", r"\[study\] bootstrap, line 4.*99"),
    ("[grid]\nseed = [1]\n[study]\nbootstrap = true\n", r"\[study\] bootstrap, line 4"),
    ("[grid]\nseed = [1]\n[study]\nfits = 1\n", r"\[study\] fits, line 4: fits is true or false"),
    ("[grid]\nseed = [1]\n[study]\nfits = false\nbootstrap = 99\n", "Without fits"),
    ("[grid]\nseed = {from = 5, to = 1}\n", r"\[grid\] seed, line 2: This range"),
    ("[grid]\nseed = {from = 1}\n", r"\[grid\] seed, line 2: to does not fit"),
    ("[grid]\nseed = {from = 0, to = 1e12}\n", r"\[grid\] seed, line 2: This range"),
    ("[grid]\nevent = ['short-power-cat']\n", r"\[grid\] event, line 2.*short-power-cut"),
    ("[grid]\ntable = ['nowhere.csv']\n", r"\[grid\] table, line 2.*nowhere\.csv"),
    (
        "[grid]\ntable = ['synthetic', 'synthetic']\n",
        r"\[grid\] table, line 2: A table comes twice",
    ),
    ("[grid]\ntable = [4]\n", r"\[grid\] table, line 2.*no name of a file"),
    ("[base]\ndegree = 4\n[grid]\ndegree = [4]\n", r"degree is both in \[base\] and in \[grid\]"),
    ("[base]\nagents = 4\nn_agents = 4\n[grid]\nseed = [1]\n", "n_agents and agents.*the same"),
    ("[base]\nshare = 0.1\n[grid]\ntable = ['synthetic']\n", "share and table say the same"),
    ("[base]\nfast = 0.1\n[grid]\nshare = [0.1]\n", r"fast of \[base\] would be lost.*share"),
    ("[base]\ndegree = 4\n[grid]\nnetwork = ['regular']\n", r"degree of \[base\] would be lost"),
    ("[base]\nhigh = {E = 1}\nfast_fraction = 0.1\n[grid]\nseed = [1]\n", "high and fast_fraction"),
    ("[base]\nhigh = 4\n[grid]\nseed = [1]\n", r"\[base\] high, line 2.*no table of traits"),
    ("[base]\nmix = {kind = 'Mix'}\n[grid]\nseed = [1]\n", r"\[base\] mix, line 2.*kind of value"),
    ("[base]\n[base.mix]\nkind = 'Mix'\n[grid]\nseed = [1]\n", r"\[base\] mix, line 2"),
    ("[base]\nrounds = 0\n[grid]\nseed = [1]\n", r"\[base\] rounds, line 2.*rounds"),
    (
        '[base]\nagents = "100"\n[grid]\ndegree = ["4", "8"]\n[study]\nfits = false\n',
        r"\[base\] agents, line 2, \[grid\] degree, line 4: text where a number belongs.*'4'",
    ),
    ('[grid]\nfast = [0.1, "0.2"]\n', r"\[grid\] fast, line 2: text where a number belongs"),
    ("[base]\nseeds = true\n[grid]\nseed = [1]\n", r"\[base\] seeds, line 2: text where a number"),
    ("[base]\nfast = 2\n[grid]\nrounds = [5]\ndegree = [4]\n", r"\[base\] fast, line 2: The fast"),
    ("[base]\nagents = 9\n[grid]\nrounds = [5]\ndegree = [0]\n", r"\[grid\] degree, line 5:"),
    (
        "[base]\nagents = 99\n[grid]\nrounds = [5]\ndegree = [4, 99]\n",
        r"\[grid\] degree, line 5:.*Cell",
    ),
    ("[grid]\ndegree = [4, 2000]\n", r"Cell 1.*degree 2000"),
    ("[grid]\ndegree = [4 8]\n", "not valid TOML.*line 2"),
    ("\n", "empty"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(BadFile, match=words) as caught:
        sweep_of(tmp_path, text)
    assert "sweep.toml" in str(caught.value)


def test_tables_with_different_rows_need_a_mix(tmp_path: Path) -> None:
    save_table(SharingTable(("keen", "calm"), [[0, 0.5], [0, 0.1]]), tmp_path / "two.csv")
    save_table(SharingTable(("a", "b", "c"), [[0, 0.5]] * 3), tmp_path / "three.csv")
    with pytest.raises(BadFile, match=r"different rows.*Say under \[base\]"):
        sweep_of(tmp_path, '[grid]\ntable = ["two.csv", "three.csv"]\n')
    with pytest.raises(BadFile, match="neither profiles nor two groups"):
        sweep_of(tmp_path, '[grid]\ntable = ["three.csv"]\n')


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_file_that_is_cut_or_scrambled_is_read_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(FULL)))
    more = data.draw(st.text(max_size=8))
    try:
        cells = len(sweep_of(tmp_path, FULL[:at] + more + FULL[at + len(more) :]).grid)
    except BadFile:
        cells = 1
    assert cells >= 1
