"""newswave: how news spreads among agents with personalities, and what equations make of it.

A tour, from a setup to a verdict:

>>> import newswave as nw
>>> setup = nw.Setup(n_agents=500, rounds=40, replicas=20)    # 500 agents, degree 8, two groups
>>> curve = nw.simulate(setup)                                # 20 runs at once
>>> theory = nw.predict(setup)                                # the curve before any run
>>> bool(abs(theory.fraction - curve.mean / 500).max() < 0.05)
True
>>> result = nw.compare(curve, replicas=99)                   # one and two rates, with intervals
>>> result.verdict.choice.value
'two rates'

Everything here is loaded when it is first used, so that importing newswave is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from newswave.core import old_names
from newswave.core.version import __version__

old_names.install()

_ROOMS = {
    "Setup": "core.setup",
    "Attention": "core.law",
    "Constant": "core.offline",
    "Fading": "core.offline",
    "Pulse": "core.offline",
    "Series": "core.offline",
    "Feedback": "core.offline",
    "StaysNew": "core.offline",
    "Decays": "core.offline",
    "PowerLaw": "core.offline",
    "Since": "core.offline",
    "Clock": "core.continuous",
    "simulate": "core.simulation",
    "decisions": "core.simulation",
    "NewsModel": "core.mesa_model",
    "predict": "equations.on_network",
    "compare": "equations.compare",
    "Grid": "studies.grid",
    "sweep": "studies.sweep",
    "atlas": "studies.atlas",
    "one_or_two": "equations.compare",
    "compare_mechanisms": "equations.mechanisms",
    "fit": "equations.fit",
    "OneRate": "equations.models",
    "TwoRates": "equations.models",
    "Spread": "equations.models",
    "SourceAndPeers": "equations.models",
    "SourceAlone": "equations.models",
    "PartlyObserved": "equations.models",
    "WellMixed": "equations.models",
    "OnNetwork": "equations.models",
    "ChainBinomial": "equations.fit",
    "LeastSquares": "equations.fit",
    "Curve": "core.curve",
    "ReadAs": "core.readers.columns",
    "Scale": "core.readers.columns",
    "Counting": "core.readers.columns",
    "DateOrder": "core.readers.columns",
    "read_curve": "core.readers.curves",
    "SharingTable": "core.sharing",
    "SameForAll": "core.rules",
    "ByGroup": "core.rules",
    "ByTraits": "core.rules",
    "Measured": "core.rules",
    "Profile": "core.population",
    "PROFILES": "core.population",
    "OneProfile": "core.population",
    "IndependentTraits": "core.population",
    "TwoGroups": "core.population",
    "WeightedProfiles": "core.population",
    "Asked": "core.rules",
    "wording": "core.wording",
    "load_wording": "core.wording",
    "load_measured": "core.rules",
    "Plan": "llm.survey",
    "Server": "llm.ollama_server",
    "BuiltIn": "llm.builtin_server",
    "OpenAIServer": "llm.openai_server",
    "measure_table": "llm.play",
    "run_agents": "llm.play",
    "replay": "llm.play",
    "Recording": "llm.recording",
    "synthetic_table": "core.rules",
    "synthetic_recording": "llm.play",
    "preset": "core.population",
    "event": "core.events",
    "library": "core.events",
    "load_events": "core.events",
    "read_events": "core.events",
    "RandomRegular": "core.networks",
    "RegularSmallWorld": "core.networks",
    "SmallWorld": "core.networks",
    "ScaleFree": "core.networks",
    "Complete": "core.networks",
    "ByLot": "core.setup",
    "MostLinked": "core.setup",
    "FewestLinked": "core.setup",
    "Chosen": "core.setup",
    "from_networkx": "core.readers.own_network",
    "read_edge_list": "core.readers.own_network",
    "physicians": "core.datasets",
    "diffusion": "core.datasets",
    "Diffusion": "core.diffusion",
    "Ties": "core.diffusion",
    "Term": "equations.on_ties",
    "fit_ties": "equations.on_ties",
    "compare_ties": "equations.on_ties",
    "explore": "app.notebook",
    "NewswaveError": "core.errors",
}

_PACKAGES = ("learn",)

__all__ = ["__version__", *_ROOMS, *_PACKAGES]

if TYPE_CHECKING:
    from newswave import learn as learn
    from newswave.app.notebook import explore as explore
    from newswave.core.continuous import Clock as Clock
    from newswave.core.curve import Curve as Curve
    from newswave.core.datasets import diffusion as diffusion
    from newswave.core.datasets import physicians as physicians
    from newswave.core.diffusion import Diffusion as Diffusion
    from newswave.core.diffusion import Ties as Ties
    from newswave.core.errors import NewswaveError as NewswaveError
    from newswave.core.events import event as event
    from newswave.core.events import library as library
    from newswave.core.events import load_events as load_events
    from newswave.core.events import read_events as read_events
    from newswave.core.law import Attention as Attention
    from newswave.core.mesa_model import NewsModel as NewsModel
    from newswave.core.networks import Complete as Complete
    from newswave.core.networks import RandomRegular as RandomRegular
    from newswave.core.networks import RegularSmallWorld as RegularSmallWorld
    from newswave.core.networks import ScaleFree as ScaleFree
    from newswave.core.networks import SmallWorld as SmallWorld
    from newswave.core.offline import Constant as Constant
    from newswave.core.offline import Decays as Decays
    from newswave.core.offline import Fading as Fading
    from newswave.core.offline import Feedback as Feedback
    from newswave.core.offline import PowerLaw as PowerLaw
    from newswave.core.offline import Pulse as Pulse
    from newswave.core.offline import Series as Series
    from newswave.core.offline import Since as Since
    from newswave.core.offline import StaysNew as StaysNew
    from newswave.core.population import PROFILES as PROFILES
    from newswave.core.population import IndependentTraits as IndependentTraits
    from newswave.core.population import OneProfile as OneProfile
    from newswave.core.population import Profile as Profile
    from newswave.core.population import TwoGroups as TwoGroups
    from newswave.core.population import WeightedProfiles as WeightedProfiles
    from newswave.core.population import preset as preset
    from newswave.core.readers.columns import Counting as Counting
    from newswave.core.readers.columns import DateOrder as DateOrder
    from newswave.core.readers.columns import ReadAs as ReadAs
    from newswave.core.readers.columns import Scale as Scale
    from newswave.core.readers.curves import read_curve as read_curve
    from newswave.core.readers.own_network import from_networkx as from_networkx
    from newswave.core.readers.own_network import read_edge_list as read_edge_list
    from newswave.core.rules import Asked as Asked
    from newswave.core.rules import ByGroup as ByGroup
    from newswave.core.rules import ByTraits as ByTraits
    from newswave.core.rules import Measured as Measured
    from newswave.core.rules import SameForAll as SameForAll
    from newswave.core.rules import load_measured as load_measured
    from newswave.core.rules import synthetic_table as synthetic_table
    from newswave.core.setup import ByLot as ByLot
    from newswave.core.setup import Chosen as Chosen
    from newswave.core.setup import FewestLinked as FewestLinked
    from newswave.core.setup import MostLinked as MostLinked
    from newswave.core.setup import Setup as Setup
    from newswave.core.sharing import SharingTable as SharingTable
    from newswave.core.simulation import decisions as decisions
    from newswave.core.simulation import simulate as simulate
    from newswave.core.wording import load_wording as load_wording
    from newswave.core.wording import wording as wording
    from newswave.equations.compare import compare as compare
    from newswave.equations.compare import one_or_two as one_or_two
    from newswave.equations.fit import ChainBinomial as ChainBinomial
    from newswave.equations.fit import LeastSquares as LeastSquares
    from newswave.equations.fit import fit as fit
    from newswave.equations.mechanisms import compare_mechanisms as compare_mechanisms
    from newswave.equations.models import OneRate as OneRate
    from newswave.equations.models import OnNetwork as OnNetwork
    from newswave.equations.models import PartlyObserved as PartlyObserved
    from newswave.equations.models import SourceAlone as SourceAlone
    from newswave.equations.models import SourceAndPeers as SourceAndPeers
    from newswave.equations.models import Spread as Spread
    from newswave.equations.models import TwoRates as TwoRates
    from newswave.equations.models import WellMixed as WellMixed
    from newswave.equations.on_network import predict as predict
    from newswave.equations.on_ties import Term as Term
    from newswave.equations.on_ties import compare_ties as compare_ties
    from newswave.equations.on_ties import fit_ties as fit_ties
    from newswave.llm.builtin_server import BuiltIn as BuiltIn
    from newswave.llm.ollama_server import Server as Server
    from newswave.llm.openai_server import OpenAIServer as OpenAIServer
    from newswave.llm.play import measure_table as measure_table
    from newswave.llm.play import replay as replay
    from newswave.llm.play import run_agents as run_agents
    from newswave.llm.play import synthetic_recording as synthetic_recording
    from newswave.llm.recording import Recording as Recording
    from newswave.llm.survey import Plan as Plan
    from newswave.studies.atlas import atlas as atlas
    from newswave.studies.grid import Grid as Grid
    from newswave.studies.sweep import sweep as sweep


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first asked for."""
    if name in _PACKAGES:
        return importlib.import_module(f"newswave.{name}")
    if name not in _ROOMS:
        raise AttributeError(f"module 'newswave' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"newswave.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
