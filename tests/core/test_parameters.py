"""The table of parameters: every spelling of a setup reads back, and a new row has them all."""

from __future__ import annotations

import json
import os
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
from strategies import setups

import newswave as nw
from newswave.app.controls import SECTIONS
from newswave.app.links import link_of, setup_of
from newswave.app.python_lines import setup_code
from newswave.cli import _parsers
from newswave.cli.options import setup_from
from newswave.core import networks, population, rules
from newswave.core.events import Event, library
from newswave.core.files import encode
from newswave.core.parameters import (
    BY_NAME,
    CLASHES,
    FIELDS,
    NAMES,
    PARAMETERS,
    Parameter,
    Reach,
    changed,
    described,
    read_value,
    settled,
)
from newswave.core.rules import Measured, save_measured
from newswave.core.setup import ByLot, Chosen, Setup
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


def entry(row: Parameter, setup: Setup) -> str:
    """Return the value of a parameter as a file says it: by its name, or as what it is."""
    value = row.of(setup)
    text = None if row.text is None or row.name == "network" else row.text.write(value)
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
        if text is not None and isinstance(text.write(value), str) and name != "network":
            assert read_value(name, text.write(value)) == value


# ---- one place

NO_FLAG = {"rng", "mix", "sharing", *(trait.value for trait in population.Trait)}
NO_LINK = {
    *("edges", "events", "table", "model", "wording", "temperature"),  # links hold them packed
    *("fast_group", "slow_group"),
}
NO_CONTROL = {*NO_LINK, "replicas", "rewiring", "high", "profile", "rng", "mix", "sharing"}


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
    together = {frozenset(("network", name)) for name in ("degree", "rewiring")}
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
from newswave.app.items import walk
from newswave.app.links import link_of, setup_of
from newswave.app.python_lines import setup_code
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
