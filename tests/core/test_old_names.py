"""Module names of version 0.1 still work for one release, and say where things are now."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import newswave as nw
from newswave.core.old_names import _MOVED


@pytest.mark.parametrize(
    ("old", "name", "new"),
    [
        ("setups", "Setup", "core.setup"),
        ("plots", "spread_figure", "report.figures"),
        ("plots", "describe_spread", "report.figures"),
        ("plots", "save", "report.style"),
        ("standin", "StandIn", "llm.fake_ollama.server"),
        ("standin", "Mind", "llm.fake_ollama.formula"),
        ("standin", "Fault", "llm.fake_ollama.faults"),
        ("fitting.fits", "fit_each", "equations.fit"),
        ("personality", "Trait", "core.population"),
        ("tableplots", "describe_table", "report.table_figures"),
        ("studies", "Fitted", "studies.study"),
        ("llm", "run_agents", "llm.play"),
        ("servers", "ServerTrouble", "llm.server"),
        ("sweeping", "Swept", "studies.sweep"),
        ("calibrating", "Calibrated", "studies.calibrated"),
        ("recordings", "Recording", "llm.recording"),
        ("recipes", "OwnNetwork", "core.networks"),
    ],
)
def test_an_old_name_works_and_says_where_it_is_now(old: str, name: str, new: str) -> None:
    module = importlib.import_module(f"newswave.{old}")
    with pytest.warns(DeprecationWarning, match=f"use `from newswave.{new} import {name}`"):
        value = getattr(module, name)
    assert value is getattr(importlib.import_module(f"newswave.{new}"), name)


def test_every_old_module_leads_somewhere() -> None:
    for old, places in _MOVED.items():
        importlib.import_module(f"newswave.{old}")
        for place in places:
            importlib.import_module(f"newswave.{place}")


def test_a_name_that_never_was_is_refused() -> None:
    module = importlib.import_module("newswave.setups")
    with pytest.raises(
        AttributeError, match=r"module 'newswave.setups' has no attribute 'Nothing'"
    ):
        module.Nothing  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("newswave.nowhere")


def test_old_names_of_a_model_and_of_a_hearing_still_work() -> None:
    model = nw.NewsModel(nw.Setup(n_agents=20, n_seeds=1, rounds=3))
    hearing = model._hearing(model.exposure)
    for owner in (model, hearing, model.decider.decide(hearing)):
        with pytest.warns(DeprecationWarning, match="worn is called cumulative now"):
            assert np.array_equal(owner.worn, owner.cumulative)
    for owner in (model, hearing):
        with pytest.warns(DeprecationWarning, match="resistance is called threshold now"):
            assert np.array_equal(owner.resistance, owner.threshold)


def test_public_names_do_not_warn() -> None:
    for name in nw.__all__:
        getattr(nw, name)
