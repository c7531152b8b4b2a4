"""The table of parameters: every spelling of a setup reads back, and a new row has them all."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import setups, thirty_two

import newswave as nw
from newswave.app.controls import SECTIONS
from newswave.app.links import link_of, setup_code, setup_of
from newswave.cli import _parsers
from newswave.cli.options import setup_from
from newswave.core import networks, population, rules
from newswave.core.errors import BadFile, BadValue
from newswave.core.events import Event, event, library
from newswave.core.files import encode
from newswave.core.law import Attention
from newswave.core.networks import Complete, RandomRegular, ScaleFree, SmallWorld
from newswave.core.offline import Series
from newswave.core.parameters import (
    BY_NAME,
    CLASHES,
    FIELDS,
    NAMES,
    PARAMETERS,
    Parameter,
    Reach,
    changed,
    check_names,
    described,
    read_value,
    settled,
)
from newswave.core.population import PROFILES, IndependentTraits, OneProfile, Profile, TwoGroups
from newswave.core.rules import (
    ByGroup,
    ByTraits,
    Measured,
    SameForAll,
    save_measured,
    synthetic_table,
)
from newswave.core.setup import ByLot, Chosen, Setup
from newswave.core.sharing import SharingTable
from newswave.studies.grid import read_sweep

PACKAGE = Path(nw.__file__).parent
PARSER = _parsers(["run"])[1]["run"]


@contextmanager
def folder() -> Iterator[Path]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


# ---- every spelling


def as_json(setup: Setup) -> Setup:
    return Setup.from_json(setup.to_json())


def as_lines(setup: Setup) -> Setup:
    made = eval(setup_code(setup), {"nw": nw})
    assert isinstance(made, Setup)
    return made


def as_link(setup: Setup) -> Setup:
    return setup_of(link_of(setup)).setup


def as_keywords(setup: Setup) -> Setup:
    return changed(Setup(), {field.name: getattr(setup, field.name) for field in fields(Setup)})


def as_settings(setup: Setup) -> Setup:
    return described({field.name: getattr(setup, field.name) for field in fields(Setup)})


def toml(value: Any) -> str:
    """Return plain data as TOML; what is None is left out."""
    if isinstance(value, dict):
        own = (f"{name} = {toml(one)}" for name, one in value.items() if one is not None)
        return "{" + ", ".join(own) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


KIND_ONLY = ("network", "source_shape", "ageing")
"""Parts whose word says of which kind they are, and not what the kind holds."""


def entry(row: Parameter, setup: Setup) -> str:
    """Return the value of a parameter as a file says it: by its name, or as what it is."""
    value = row.of(setup)
    text = None if row.text is None or row.name in KIND_ONLY else row.text.write(value)
    return toml(encode(value) if text is None else text)


def as_toml(setup: Setup) -> Setup:
    own = [BY_NAME[field.name] for field in fields(Setup) if field.name != "rounds"]
    lines = "".join(f"{row.short} = {entry(row, setup)}\n" for row in own)
    Path("sweep.toml").write_text(f"[base]\n{lines}[grid]\nrounds = [{setup.rounds}]", "utf-8")
    return read_sweep("sweep.toml").grid.cells()[0].setup


def flag(row: Parameter, setup: Setup) -> list[str]:
    """Return a parameter of a setup as an option, or nothing where the setup has none."""
    value = row.of(setup)
    if value is None or not row.flag or row.name in ("fast_group", "slow_group", "edges"):
        return []
    if row.name == "high":
        shares = zip(population.Trait, value, strict=True)
        return [word for trait, share in shares for word in ("--high", f"{trait.value}={share}")]
    text = row.text.write(value) if row.text else repr(value)
    return [] if text is None else [row.option, text]


def as_flags(setup: Setup) -> Setup:
    # No option says a network of one's own as numbers, nor a group that has no name of its own.
    assume(not isinstance(setup.network, networks.OwnNetwork))
    assume(not isinstance(setup.source_shape, Series))
    files = ("events", "table", "model", "wording")
    rows = [row for row in PARAMETERS if row.name not in files]
    words = [word for row in rows for word in flag(row, setup)]
    if isinstance(setup.mix, population.WeightedProfiles):
        for profile, weight in setup.mix.weights:
            words += ["--profile", f"{profile.code}={weight}"]
        assume(len(setup.mix.weights) > 1)
    if isinstance(setup.sharing, Measured):
        words += ["--table", str(save_measured(setup.sharing, "table.json"))]
    flags = {word for word in words if word.startswith("--")}
    for left, right, _ in CLASHES:
        assume(not all(flags & {BY_NAME[n].option for n in names} for names in (left, right)))
    return setup_from(PARSER.parse_args(words))


SPELLINGS: tuple[Callable[[Setup], Setup], ...] = (
    *(as_json, as_lines, as_link, as_keywords, as_settings, as_toml, as_flags),
)


@pytest.mark.parametrize("spelled", SPELLINGS, ids=lambda spelled: spelled.__name__)
@given(setup=setups(), told=st.sampled_from(library()), seed=st.integers(0, 2**60))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_setup_reads_back_from_every_spelling(
    spelled: Callable[[Setup], Setup], setup: Setup, told: Event, seed: int
) -> None:
    setup = replace(setup, event=told, seed=seed)
    with folder():
        assert json.loads(spelled(setup).to_json()) == json.loads(setup.to_json())


@given(setup=setups())
@settings(max_examples=100, deadline=None)
def test_what_a_setting_reads_of_a_setup_is_what_it_puts_in(setup: Setup) -> None:
    for name in NAMES:
        value = BY_NAME[name].of(setup)
        if value is None or name == "table":
            continue
        assert settled(setup, {name: value}).to_json() == setup.to_json()
        text = BY_NAME[name].text
        if text is not None and isinstance(text.write(value), str) and name not in KIND_ONLY:
            assert read_value(name, text.write(value)) == value


# ---- one place

NO_FLAG = {"rng", "mix", "sharing", "feedback", *(trait.value for trait in population.Trait)}
NO_LINK = {
    *("edges", "events", "table", "model", "wording", "temperature"),  # links hold them packed
    *("fast_group", "slow_group", "series"),
}
NO_CONTROL = {
    *NO_LINK,
    "replicas",
    "rewiring",
    "high",
    "profile",
    "rng",
    "mix",
    "sharing",
    "feedback",
}


@pytest.mark.parametrize("row", PARAMETERS, ids=lambda row: row.name)
def test_every_parameter_has_every_spelling(row: Parameter) -> None:
    shown = {control.row.name for section in SECTIONS for control in section.controls}
    flags = {option for action in PARSER._actions for option in action.option_strings}
    assert (row.option in flags and bool(row.help)) == (row.name not in NO_FLAG)
    assert bool(row.link) == (row.name not in NO_LINK | NO_FLAG)
    assert (row.display is not None and row.name in shown) == (row.name not in NO_CONTROL)
    assert (row.name in NAMES) == (row.reach >= Reach.AXIS)
    assert (row.name in FIELDS) == (row.reach is Reach.KEYWORD)


def test_every_field_of_a_setup_and_of_its_usual_parts_is_a_parameter() -> None:
    for field in fields(Setup):
        assert BY_NAME[field.name].of(Setup()) == getattr(Setup(), field.name)
    usual: tuple[Any, ...] = (
        *networks.KINDS.values(),
        *(population.IndependentTraits, population.OneProfile),
        *(rules.SameForAll, rules.ByGroup, rules.ByTraits),
    )
    for kind in usual:
        known = {row.field or row.name for row in PARAMETERS if kind in row.kinds}
        assert {field.name for field in fields(kind)} <= known


def test_options_that_say_different_things_of_one_part_clash() -> None:
    """What follows from the rows is in the list of the command line, which adds a few pairs."""
    listed = {frozenset((a, b)) for left, right, _ in CLASHES for a in left for b in right}
    rows = [row for row in PARAMETERS if row.flag and row.name not in ("wording", "temperature")]
    follows = {
        frozenset((one.name, other.name)) for one in rows for other in rows if one.excludes(other)
    }
    held = {"network": ("degree", "rewiring"), "source_shape": ("lifetime", "pulses"),
            "ageing": ("news_lifetime", "exponent", "since")}  # fmt: skip
    together = {frozenset((kind, name)) for kind, names in held.items() for name in names}
    assert follows - together <= listed
    across = {pair for pair in listed - follows if len({BY_NAME[name].part for name in pair}) == 1}
    assert not across


FIELD = "    start: Start = field("
ROW = """
    Parameter(
        "loudness",
        float,
        "--loudness L",
        "how loud it is (default 0)",
        "loud",
        display=Display("Loudness", "How loud it is.", (0.0, 0.5, 1.0)),
    ),
)
NEWS = ("""
ASKED = """
import sys, newswave as nw
from pathlib import Path
from newswave.app.controls import applied, items_for
from newswave.app.page import walk
from newswave.app.links import link_of, setup_of
from newswave.app.links import setup_code
from newswave.cli import _parsers
from newswave.cli.options import setup_from
from newswave.core.parameters import changed
from newswave.studies.grid import Grid, read_sweep
setup = nw.Setup(loudness=0.5)
assert nw.Setup.from_json(setup.to_json()) == setup
assert "loudness" not in nw.Setup().to_json()
assert changed(nw.Setup(), {"loudness": 0.5}) == setup
assert Grid(loudness=[0, 0.5]).cells()[1].setup == setup
Path("sweep.toml").write_text("[base]\\nloudness = 0.5\\n[grid]\\nseed = [1]\\n")
assert read_sweep("sweep.toml").grid.cells()[0].setup == setup
parser = _parsers(["run"])[1]["run"]
assert "how loud it is (default 0)" in parser.format_help()
assert setup_from(parser.parse_args(["--loudness", "0.5"])) == setup
assert link_of(setup).count("&loud=0.5&") <= 1 and "loud=0.5" in link_of(setup)
assert "loud" not in link_of(nw.Setup())
assert setup_of(link_of(setup)).setup == setup
[slider] = [item for item in walk(items_for(setup)) if item.key == "loudness"]
assert (slider.label, slider.help) == ("Loudness", "How loud it is.")
assert (slider.value, slider.high) == (1, 2)
assert applied(nw.Setup(), "loudness", 1) == setup
assert setup_code(setup) == "nw.Setup(loudness=0.5)"
print("every spelling")
"""


def test_a_new_parameter_is_a_field_and_a_row(tmp_path: Path) -> None:
    """The package with one field and one row more has the parameter in every spelling."""
    copy = tmp_path / "newswave"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in (
        ("setup", FIELD, "    loudness: float = field(default=0.0, metadata=LEFT_OUT)\n" + FIELD),
        ("parameters", ")\nNEWS = (", ROW.lstrip("\n")),
    ):
        file = copy / "core" / f"{name}.py"
        text = file.read_text("utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), "utf-8")
    command = [sys.executable, "-c", ASKED]
    more = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=more, capture_output=True, text=True, check=False
    )
    assert done.stdout == "every spelling\n", done.stderr


def test_seeds_that_are_chosen_count_themselves() -> None:
    made = described({"start": Chosen((1, 2, 3))})
    assert made.n_seeds == 3
    assert settled(made, {"start": ByLot()}).n_seeds == 3


# Settings by short names mean what they say, and what does not go together is refused.

TRAITS = Setup(sharing=ByTraits())


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("event", "short-power-cut", event("short-power-cut")),
        ("profile", "e+o+c-a-n-", Profile.from_code("O+C-E+A-N-")),
        ("network", "scale-free", ScaleFree()),
        ("attention", "new-exposure", Attention.NEW_EXPOSURE),
        ("degree", 6, 6),
        ("n_agents", "many", "many"),
    ],
)
def test_text_becomes_what_it_names(name: str, text: Any, value: Any) -> None:
    assert read_value(name, text) == value


def test_a_table_is_read_from_its_file_or_taken_as_it_is(tmp_path: Path) -> None:
    table = thirty_two()
    path = save_measured(table, tmp_path / "a.json")
    for place in (path, str(path)):
        assert read_value("table", place).cells == table.cells
    assert read_value("table", table) is table
    assert read_value("table", table.given) == Measured(table.given)
    assert read_value("table", "synthetic").origin.synthetic
    with pytest.raises(BadFile, match=r"nowhere\.csv"):
        read_value("table", str(tmp_path / "nowhere.csv"))
    with pytest.raises(BadValue, match="no sharing table"):
        read_value("table", 4)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("degre", 4, "Unknown setting.*degree"),
        ("event", "short-power-cat", "short-power-cut"),
        ("network", "small-worlds", "small-world"),
        ("attention", "always", "every-round"),
        ("effects", "literatur", "literature"),
        ("profile", "O+C-", "code of a profile"),
        ("profile", 3, "no personality profile"),
    ],
)
def test_what_names_nothing_is_refused_with_what_is_near(name: str, value: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        read_value(name, value)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"share": 0.2}, {"sharing": SameForAll(0.2)}),
        ({"degree": 4}, {"network": RandomRegular(4)}),
        ({"network": SmallWorld(8, 0.3), "degree": 4}, {"network": SmallWorld(4, 0.3)}),
        ({"profile": PROFILES[3], "share": 0.1}, {"mix": OneProfile(PROFILES[3])}),
        ({"fast": 0.4, "fast_fraction": 0.1}, {"mix": TwoGroups(0.1)}),
        ({"fast": 0.4}, {"sharing": ByGroup(fast=0.4)}),
        ({"n_agents": 50, "seed": 9}, {"n_agents": 50, "seed": 9}),
    ],
)
def test_settings_are_put_into_the_setup(settings: dict[str, Any], expected: Any) -> None:
    made = settled(Setup(), settings)
    for name, value in expected.items():
        assert getattr(made, name) == value


def test_baseline_and_effects_are_of_the_traits() -> None:
    made = settled(TRAITS, {"baseline": 0.1, "effects": read_value("effects", "none")})
    assert made.sharing.baseline == 0.1
    assert made.sharing.effects.name == "none"
    assert settled(Setup(), {"sharing": ByTraits(), "baseline": 0.2}).sharing == ByTraits(0.2)
    with pytest.raises(BadValue, match=r"baseline can only be set.*ByTraits"):
        settled(Setup(), {"baseline": 0.1})


def test_a_table_brings_its_event_and_is_for_no_other() -> None:
    table = synthetic_table()
    about = table.origin.event if table.origin else ""
    base = Setup(event=event("short-power-cut"))
    assert about != base.event.id
    made = settled(base, {"table": table})
    assert (made.sharing, made.event.id) == (table, about)
    assert settled(base, {"table": table, "event": event(about)}).event.id == about
    with pytest.raises(BadValue, match=f"another event.*short-power-cut.*{about}"):
        settled(base, {"table": table, "event": base.event})
    by_hand = Measured(SharingTable(tuple(p.code for p in PROFILES), [[0, 0.1]] * 32))
    assert settled(base, {"table": by_hand}).event == base.event
    strange = thirty_two(event="of-my-own")
    assert settled(base, {"table": strange}).event == base.event


@pytest.mark.parametrize(
    "pair", [("share", "table"), ("share", "sharing"), ("profile", "mix"), ("rng", "seed")]
)
def test_two_that_say_the_same_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(BadValue, match=f"{pair[0]} and {pair[1]} say the same thing"):
        check_names(pair)


def test_every_name_is_allowed_alone() -> None:
    for name in NAMES:
        check_names((name,))


def test_a_degree_needs_a_network_that_has_one() -> None:
    with pytest.raises(BadValue, match=re.escape("degree says nothing about such a network")):
        settled(Setup(n_agents=50), {"network": Complete(), "degree": 4})


# A setup changed by name is the setup made that way, or a clear refusal.


def test_fields_and_short_names_do_the_same() -> None:
    short = changed(Setup(), {"degree": 4, "fast": 0.3, "slow": 0.1, "fast_fraction": 0.2})
    long = replace(Setup(), network=RandomRegular(4), sharing=ByGroup(0.3, 0.1), mix=TwoGroups(0.2))
    assert short == long


def test_short_names_change_the_part_that_is_given_beside_them() -> None:
    assert changed(Setup(), {"sharing": ByGroup(0.4, 0.2), "slow": 0.1}).sharing == ByGroup(
        0.4, 0.1
    )


def test_nothing_changed_is_the_same_setup() -> None:
    assert changed(Setup(seed=9), {}) == Setup(seed=9)


def test_every_name_is_taken_or_explained() -> None:
    assert {"n_agents", "degree", "fast", "slow", "fast_fraction", "seed", "rng"} <= set(FIELDS)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"degre": 4}, "Unknown parameter of a setup.*degree"),
        ({"degree": 4, "network": SmallWorld()}, "degree and network say the same thing"),
        ({"seed": 1, "rng": 2}, "rng and seed say the same thing"),
        ({"fast": 0.2, "sharing": ByTraits()}, "fast can only be set where the sharing is"),
        ({"fast_fraction": 0.2, "mix": IndependentTraits()}, "fast_fraction can only be set"),
        ({"n_agents": 0}, "number of agents"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        changed(Setup(), changes)
