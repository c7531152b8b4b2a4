"""Lines of Python: they run, and what they describe is what was on the screen."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import setups, thirty_two

import newswave as nw
from newswave.app.downloads import Downloads
from newswave.app.links import data_lines, python_lines, setup_code
from newswave.app.page import Message
from newswave.app.pages.data_page import DataPage
from newswave.app.pages.explore import PRESETS
from newswave.core.events import Event, library
from newswave.core.law import Attention
from newswave.core.networks import Complete, OwnNetwork, RandomRegular, ScaleFree, SmallWorld
from newswave.core.population import (
    PROFILES,
    Effect,
    IndependentTraits,
    OneProfile,
    TwoGroups,
    WeightedProfiles,
)
from newswave.core.rules import Asked, ByGroup, ByTraits, Measured, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.wording import wordings


def made(setup: Setup) -> Setup:
    """Return the setup that the lines make."""
    found = eval(setup_code(setup), {"nw": nw})
    assert isinstance(found, Setup)
    return found


def ran(lines: str) -> tuple[dict[str, Any], str]:
    """Run lines as a learner does; return what they made and what they printed."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(lines, "lines", "exec"), names)
    return names, said.getvalue()


@given(setups(), st.sampled_from(library()), st.sampled_from(["", "chosen: mine '''\\"]))
@settings(max_examples=150, deadline=None)
def test_the_lines_make_the_setup_again(setup: Setup, told: Event, own: str) -> None:
    event = replace(told, offset=Effect(1 / 3, own)) if own else told
    setup = replace(setup, event=event)
    lines = python_lines(setup)
    names, _ = ran(lines)
    assert names["setup"].to_json() == setup.to_json()
    curve = nw.simulate(setup)
    assert names["curve"].counts.tolist() == curve.counts.tolist()


HOSTILE = ["O'Neil", 'say "hi"', "''''''", "\\n\\", '"); import os; ("', "{x}%s", "früh", "=1+1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_users_stay_text(name: str) -> None:
    table = SharingTable((name, "b"), [[0, 0.1], [0, 0.2]], source=name + "\n\u2028\x00" + name)
    setup = Setup(mix=TwoGroups(fast_name=name, slow_name="b"), sharing=Measured(table))
    assert made(setup).to_json() == setup.to_json()
    own = OwnNetwork(3, ((0, 1), (1, 2)), (name, "b", "c"))
    setup = Setup(3, own, OneProfile(PROFILES[0]), SameForAll(), n_seeds=1)
    assert made(setup) == setup


def test_a_table_may_name_a_source_that_no_file_could_hold() -> None:
    table = SharingTable(("a", "b"), [[0, 0.1], [0, 0.2]], source="\ud800")
    setup = Setup(mix=TwoGroups(fast_name="a", slow_name="b"), sharing=Measured(table))
    assert made(setup).sharing.given.source == "\ud800"  # type: ignore[union-attr]


SHORT = [
    (Setup(), "nw.Setup()"),
    (Setup(network=RandomRegular(4)), "nw.Setup(network=nw.RandomRegular(4))"),
    (
        Setup(network=SmallWorld(4, 0.5)),
        "nw.Setup(network=nw.SmallWorld(degree=4, rewiring=0.5))",
    ),
    (Setup(network=ScaleFree(4)), "nw.Setup(network=nw.ScaleFree(4))"),
    (Setup(300, Complete()), "nw.Setup(n_agents=300, network=nw.Complete())"),
    (Setup(sharing=SameForAll()), "nw.Setup(sharing=nw.SameForAll(0.05))"),
    (Setup(sharing=ByGroup(0.5, 0.1)), "nw.Setup(sharing=nw.ByGroup(fast=0.5, slow=0.1))"),
    (Setup(event=library()[3]), f'nw.Setup(event=nw.event("{library()[3].id}"))'),
    (Setup(attention=Attention.NEW_EXPOSURE), "nw.Setup(attention=nw.Attention.NEW_EXPOSURE)"),
    (
        Setup(mix=IndependentTraits(), sharing=ByTraits()),
        "nw.Setup(mix=nw.IndependentTraits(), sharing=nw.ByTraits(0.05))",
    ),
    (
        Setup(mix=IndependentTraits(), sharing=nw.synthetic_table()),
        "nw.Setup(mix=nw.IndependentTraits(), sharing=nw.synthetic_table())",
    ),
]


@pytest.mark.parametrize(("setup", "code"), SHORT, ids=lambda one: str(one)[:40])
def test_what_has_a_short_form_gets_it(setup: Setup, code: str) -> None:
    assert setup_code(setup) == code
    assert made(setup).to_json() == setup.to_json()


LONG = [
    Setup(3, OwnNetwork(3, ((0, 1), (1, 2))), n_seeds=1),
    Setup(sharing=ByTraits(0.05, replace(nw.preset("none"), name="mine"))),
    Setup(event=replace(library()[0], offset=Effect(0.1, "chosen"))),
    Setup(mix=IndependentTraits(), sharing=thirty_two(answers=9)),
    Setup(sharing=Asked("a", replace(wordings()[0], name="mine"))),
]


@pytest.mark.parametrize("setup", LONG, ids=lambda one: str(one)[:40])
def test_what_has_no_short_form_goes_through_json(setup: Setup) -> None:
    assert "nw.Setup.from_json(" in setup_code(setup)
    assert made(setup).to_json() == setup.to_json()


def test_every_profile_alike_often_is_one_line() -> None:
    every = Setup(mix=WeightedProfiles(tuple((p, 1.0) for p in PROFILES)), sharing=ByTraits())
    assert len(setup_code(every)) < 140
    assert made(every) == every
    some = replace(every, mix=WeightedProfiles(tuple((p, 1 / 3) for p in PROFILES[:7])))
    assert max(map(len, setup_code(some).splitlines())) < 100
    assert made(some) == some


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.key)
def test_every_preset_is_told_in_a_few_lines(preset: Any) -> None:
    lines = python_lines(preset.setup, run=2)
    assert len(lines.splitlines()) <= 12
    assert "from_json" not in lines
    names, _ = ran(lines)
    assert names["setup"] == preset.setup


def test_the_lines_print_the_run_and_the_verdict() -> None:
    setup = Setup(n_agents=200, rounds=30, replicas=3)
    _, said = ran(python_lines(setup, run=2, compared=True, replicas=99))
    curve = nw.simulate(setup)
    result = nw.compare(curve, replicas=99)
    assert result.verdict.words in said
    assert str(curve.counts[2]) in said
    for fit in result.fits:
        assert str(fit.estimates) in said
    _, alone = ran(python_lines(setup, run=2, compared=True, replicas=99, alone=True))
    assert nw.compare(curve.run(2), replicas=99).verdict.words in alone


def test_a_model_that_is_asked_is_not_run_at_once() -> None:
    setup = Setup(mix=IndependentTraits(), sharing=Asked("a:1b", wordings()[0]))
    lines = python_lines(setup)
    assert 'nw.run_agents(setup, "recording.jsonl")' in lines
    assert made(setup) == setup
    compile(lines, "lines", "exec")


# ---- a curve of one's own


def test_the_lines_of_a_file_read_and_fit_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    curve = nw.Curve(np.array([2.0, 5, 11, 22, 38, 57, 74, 86]), 100)
    curve.write("it's mine.csv")
    names, said = ran(data_lines(curve, "it's mine.csv", degree=4))
    assert names["curve"].counts.tolist() == curve.counts.tolist()
    assert str(nw.fit(curve, nw.OneRate(nw.OnNetwork(4))).estimates) in said
    assert "two rates, network chain-binomial likelihood not determined by this curve" in said
    _, said = ran(data_lines(curve, "it's mine.csv", degree=4, compared=True, replicas=99))
    assert nw.compare(curve, degree=4, replicas=99).verdict.words in said


def test_the_lines_of_an_example_name_it() -> None:
    names, said = ran(data_lines(nw.physicians(), "physicians.csv", "physicians"))
    assert names["curve"].n_agents == 125
    assert "fast_rate" in said
    lines = data_lines(nw.physicians(), "physicians.csv", "physicians", compared=True)
    assert "nw.compare(curve)" in lines


def test_a_curve_that_starts_with_nobody_gets_the_only_model_that_can_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    curve = nw.Curve(np.array([0.0, 5, 11, 22, 38, 57, 74, 86]), 100)
    curve.write("mine.csv")
    _, said = ran(data_lines(curve, "mine.csv"))
    assert "source_rate" in said
    assert "fast_rate" not in said


@pytest.mark.parametrize("counts", [[2, 5, 9, 14], [5, 5, 5, 5, 5], [5, 9]])
def test_the_lines_of_what_two_rates_cannot_be_fitted_to_run(
    counts: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bring = DataPage(lambda _: None)
    text = "week,count\n" + "".join(f"{at},{n}\n" for at, n in enumerate(counts))
    bring.receive(Message("file", "mine.csv", text.encode()))
    bring.receive(Message("agents", "50"))
    for key in ("take.curve_csv", "take.python"):
        file = bring.receive(Message(key))
        assert file is not None
        Path(file.name).write_bytes(file.content)
    _, said = ran(Path(file.name).read_text())
    assert ("one rate" in said) == (len(counts) == 4)


def test_the_lines_of_several_runs_read_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    curve = nw.Curve([[4, 7, 11, 17, 26, 36], [5, 8, 13, 20, 31, 42]], 80)
    downloads = Downloads(curve, data="mine.csv")
    Path(downloads.file).write_text(curve.to_csv(replicas=True))
    names, _ = ran(downloads.python(beside=True))
    assert names["curve"].counts.tolist() == curve.counts.tolist()
