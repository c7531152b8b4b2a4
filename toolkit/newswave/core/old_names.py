"""Names of version 0.1, kept for one release: they work, and warn where things are now."""

from __future__ import annotations

import functools
import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_MOVED = {
    "atlases": ("studies.atlas", "studies.atlas_design"),
    "calibrating": ("studies.calibrated",),
    "comparing": ("equations.compare",),
    "curvefiles": ("core.readers.curves",),
    "decisionrates": ("equations.from_decisions",),
    "deciding": ("core.deciders",),
    "differing": ("equations.differences", "equations.intervals"),
    "edgelists": ("core.readers.own_network",),
    "effects": ("core.population",),
    "ensemble": ("core.simulation",),
    "errors": ("core.errors",),
    "events": ("core.events",),
    "examples": ("core.datasets", "core.rules", "llm.play"),
    "fitting.fits": ("equations.fit",),
    "fitting.methods": ("equations.fit",),
    "fitting.models": ("equations.models",),
    "fitting": ("equations",),
    "grids": ("studies.grid",),
    "lineplots": ("report.figures",),
    "live": ("llm.play",),
    "meanfield": ("equations.well_mixed",),
    "measuring": ("llm.survey",),
    "mixes": ("core.population",),
    "model": ("core.mesa_model",),
    "networkfield": ("equations.on_network",),
    "networks": ("core.networks",),
    "personality": ("core.population",),
    "plots": ("report.figures", "report.describe", "report.style", "report.text"),
    "predicting": ("equations.predict",),
    "provenance": ("core.provenance",),
    "ratios": ("equations.from_decisions",),
    "reading": ("llm.replies",),
    "recipes": ("core.networks",),
    "recordings": ("llm.recording", "llm.summary"),
    "rules": ("core.rules",),
    "servers": ("llm.server", "llm.ollama_server"),
    "setups": ("core.setup", "core.law"),
    "sharing": ("core.sharing",),
    "standin": ("llm.fake_ollama.server", "llm.fake_ollama.faults", "llm.fake_ollama.formula"),
    "starting": ("core.setup",),
    "surveying": ("llm.survey",),
    "sweeping": ("studies.sweep",),
    "tablefiles": ("core.rules",),
    "tableplots": ("report.table_figures", "report.text"),
    "tally": ("core.sharing",),
    "verdicts": ("equations.compare",),
    "wordings": ("core.wording",),
    "world": ("core.simulation",),
}
"""The documented modules of version 0.1, and where their names are now."""


class _Moved(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        old = fullname.removeprefix("newswave.")
        if old == fullname or old not in _MOVED:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, _: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        old = module.__name__.removeprefix("newswave.")
        places = tuple(f"newswave.{name}" for name in _MOVED[old])
        look_up = functools.partial(moved, module.__name__, places)
        setattr(module, "__getattr__", look_up)  # noqa: B010


def moved(old: str, places: Sequence[str], name: str) -> Any:
    """Return a name from where it is now, with a warning that says where that is."""
    for place in places:
        module = importlib.import_module(place)
        if not name.startswith("__") and hasattr(module, name):
            value = getattr(module, name)
            home = getattr(value, "__module__", place)
            message = f"{old}.{name} has moved: use `from {home} import {name}`"
            warnings.warn(message, DeprecationWarning, stacklevel=3)
            return value
    raise AttributeError(f"module {old!r} has no attribute {name!r}")


def renamed(owner: object, old: str, new: str) -> Any:
    """Return the attribute that is called `new` now, with a warning, where `old` was asked for."""
    message = f"{type(owner).__name__}.{old} is called {new} now"
    warnings.warn(message, DeprecationWarning, stacklevel=3)
    return getattr(owner, new)


def install() -> None:
    """Let old module names be imported."""
    if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
        sys.meta_path.append(_Moved())
