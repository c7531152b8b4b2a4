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

from newswave.version import __version__

_ROOMS = {
    "Setup": "setups",
    "Attention": "setups",
    "simulate": "ensemble",
    "decisions": "ensemble",
    "NewsModel": "model",
    "predict": "networkfield",
    "compare": "comparing",
    "Grid": "grids",
    "sweep": "sweeping",
    "atlas": "atlases",
    "one_or_two": "comparing",
    "fit": "fitting.fits",
    "OneRate": "fitting.models",
    "TwoRates": "fitting.models",
    "SourceAndPeers": "fitting.models",
    "SourceAlone": "fitting.models",
    "PartlyObserved": "fitting.models",
    "WellMixed": "fitting.models",
    "OnNetwork": "fitting.models",
    "ChainBinomial": "fitting.methods",
    "LeastSquares": "fitting.methods",
    "Curve": "curve",
    "ReadAs": "readas",
    "Scale": "readas",
    "Counting": "readas",
    "DateOrder": "readas",
    "read_curve": "curvefiles",
    "SharingTable": "sharing",
    "SameForAll": "rules",
    "ByGroup": "rules",
    "ByTraits": "rules",
    "Measured": "rules",
    "Profile": "personality",
    "PROFILES": "personality",
    "OneProfile": "mixes",
    "IndependentTraits": "mixes",
    "TwoGroups": "mixes",
    "WeightedProfiles": "mixes",
    "Asked": "rules",
    "wording": "wordings",
    "load_wording": "wordings",
    "load_measured": "tablefiles",
    "Plan": "measuring",
    "Server": "servers",
    "measure_table": "llm",
    "run_agents": "llm",
    "replay": "llm",
    "Recording": "recordings",
    "synthetic_table": "examples",
    "synthetic_recording": "examples",
    "preset": "effects",
    "event": "events",
    "library": "events",
    "load_events": "events",
    "read_events": "events",
    "RandomRegular": "recipes",
    "RegularSmallWorld": "recipes",
    "SmallWorld": "recipes",
    "ScaleFree": "recipes",
    "Complete": "recipes",
    "ByLot": "starting",
    "MostLinked": "starting",
    "FewestLinked": "starting",
    "Chosen": "starting",
    "from_networkx": "edgelists",
    "read_edge_list": "edgelists",
    "physicians": "datasets",
    "explore": "views.notebook",
    "NewswaveError": "errors",
}

_PACKAGES = ("learn",)

__all__ = ["__version__", *_ROOMS, *_PACKAGES]

if TYPE_CHECKING:
    from newswave import learn as learn
    from newswave.atlases import atlas as atlas
    from newswave.comparing import compare as compare
    from newswave.comparing import one_or_two as one_or_two
    from newswave.curve import Curve as Curve
    from newswave.curvefiles import read_curve as read_curve
    from newswave.datasets import physicians as physicians
    from newswave.edgelists import from_networkx as from_networkx
    from newswave.edgelists import read_edge_list as read_edge_list
    from newswave.effects import preset as preset
    from newswave.ensemble import decisions as decisions
    from newswave.ensemble import simulate as simulate
    from newswave.errors import NewswaveError as NewswaveError
    from newswave.events import event as event
    from newswave.events import library as library
    from newswave.events import load_events as load_events
    from newswave.events import read_events as read_events
    from newswave.examples import synthetic_recording as synthetic_recording
    from newswave.examples import synthetic_table as synthetic_table
    from newswave.fitting.fits import fit as fit
    from newswave.fitting.methods import ChainBinomial as ChainBinomial
    from newswave.fitting.methods import LeastSquares as LeastSquares
    from newswave.fitting.models import OneRate as OneRate
    from newswave.fitting.models import OnNetwork as OnNetwork
    from newswave.fitting.models import PartlyObserved as PartlyObserved
    from newswave.fitting.models import SourceAlone as SourceAlone
    from newswave.fitting.models import SourceAndPeers as SourceAndPeers
    from newswave.fitting.models import TwoRates as TwoRates
    from newswave.fitting.models import WellMixed as WellMixed
    from newswave.grids import Grid as Grid
    from newswave.llm import measure_table as measure_table
    from newswave.llm import replay as replay
    from newswave.llm import run_agents as run_agents
    from newswave.measuring import Plan as Plan
    from newswave.mixes import IndependentTraits as IndependentTraits
    from newswave.mixes import OneProfile as OneProfile
    from newswave.mixes import TwoGroups as TwoGroups
    from newswave.mixes import WeightedProfiles as WeightedProfiles
    from newswave.model import NewsModel as NewsModel
    from newswave.networkfield import predict as predict
    from newswave.personality import PROFILES as PROFILES
    from newswave.personality import Profile as Profile
    from newswave.readas import Counting as Counting
    from newswave.readas import DateOrder as DateOrder
    from newswave.readas import ReadAs as ReadAs
    from newswave.readas import Scale as Scale
    from newswave.recipes import Complete as Complete
    from newswave.recipes import RandomRegular as RandomRegular
    from newswave.recipes import RegularSmallWorld as RegularSmallWorld
    from newswave.recipes import ScaleFree as ScaleFree
    from newswave.recipes import SmallWorld as SmallWorld
    from newswave.recordings import Recording as Recording
    from newswave.rules import Asked as Asked
    from newswave.rules import ByGroup as ByGroup
    from newswave.rules import ByTraits as ByTraits
    from newswave.rules import Measured as Measured
    from newswave.rules import SameForAll as SameForAll
    from newswave.servers import Server as Server
    from newswave.setups import Attention as Attention
    from newswave.setups import Setup as Setup
    from newswave.sharing import SharingTable as SharingTable
    from newswave.starting import ByLot as ByLot
    from newswave.starting import Chosen as Chosen
    from newswave.starting import FewestLinked as FewestLinked
    from newswave.starting import MostLinked as MostLinked
    from newswave.sweeping import sweep as sweep
    from newswave.tablefiles import load_measured as load_measured
    from newswave.views.notebook import explore as explore
    from newswave.wordings import load_wording as load_wording
    from newswave.wordings import wording as wording


def __getattr__(name: str) -> Any:
    """Load a public name from its room when it is first asked for."""
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
