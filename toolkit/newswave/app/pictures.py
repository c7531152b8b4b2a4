"""What the canvas shows, as frozen arrays: network, times of sharing, curves and bands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.app.layout import places
from newswave.core.curve import Curve
from newswave.core.errors import BadValue
from newswave.core.law import Attention
from newswave.core.population import Trait
from newswave.core.run_log import NEVER, History
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.equations.fit import Fit
from newswave.equations.predict import Theory
from newswave.report.describe import SYNTHETIC, counted, network_words
from newswave.report.figures import LAYERS, layers
from newswave.report.style import Pen

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[Any]

MOST_LINKS = 60_000
"""More links than these are not drawn: they would cover each other."""

FEW_CLASSES = 4


@dataclass(frozen=True, eq=False)
class Line:
    """A curve of fractions by round, with the way it is drawn."""

    key: str
    label: str
    stroke: Pen
    fraction: Floats


@dataclass(frozen=True, eq=False)
class Band:
    """What lies between two curves."""

    label: str
    colour: str
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Gap:
    """A place where a line lies off another, and what is said of it there."""

    text: str
    round: int
    ends: tuple[float, float]  # the two fractions between which it lies


@dataclass(frozen=True, eq=False)
class Cast:
    """Who is drawn: the agents, what they are drawn as, their links."""

    n_agents: int  # how many there are
    links: Ints  # pairs of linked agents; none if there are too many to draw
    classes: npt.NDArray[np.uint8]  # which of `names` each agent is drawn as
    names: tuple[str, ...]  # four at most
    places: npt.NDArray[np.float32]  # where each agent is drawn in the unit disc, shape (N, 2)
    degrees: Ints  # neighbours of each, for hubs to be large

    def __post_init__(self) -> None:
        if not 1 <= len(self.names) <= FEW_CLASSES:
            raise BadValue("Only four classes can be drawn", given=len(self.names))

    @classmethod
    def of(cls, world: World, trait: Trait, run: int = 0) -> Cast:
        """Return the agents of a world, by group where there are few, else by one trait."""
        network, groups = world.network, world.setup.mix.groups
        few = network.n_links <= MOST_LINKS
        links = network.edges() if few else np.zeros((0, 2), np.int32)
        where = places(network, world.setup.network, world.luck(run)[1]), network.degrees
        if len(groups) <= FEW_CLASSES:
            rows = world.rows.astype(np.uint8)
            names = tuple(group.name for group in groups)
            return cls(network.n_agents, links, rows, names, *where)
        high = np.array([group.profile.levels[trait.position] for group in groups])
        names = (f"high {trait.value}", f"low {trait.value}")
        return cls(network.n_agents, links, (~high[world.rows]).astype(np.uint8), names, *where)


@dataclass(frozen=True, eq=False)
class Picture:
    """What one canvas shows."""

    title: str  # what it shows, in a few words
    rounds: int  # the last round
    cast: Cast | None = None  # who is drawn; None where there are only curves
    history: History | None = None  # what became of them
    lines: tuple[Line, ...] = ()  # the curves; none where there is only a network
    bands: tuple[Band, ...] = ()
    gaps: tuple[Gap, ...] = ()  # what is said on the plot, at the place where it is true
    has_legend: bool = True  # of the curves; not where their switches are the legend
    network_words: str = ""  # what the two halves show, for whoever cannot see them
    curve_words: str = ""
    rule: str = ""  # how a round goes, under the picture
    time: str = "round"  # what the axes show, with their units
    share: str = "agents that have shared (%)"
    unit: str = "round"  # the time step
    synthetic: str = ""  # a label wherever a formula stands in place of a language model
    is_live: bool = False  # whether the run is still being made
    # whether it has buttons to play; a picture without them follows the others of its page
    has_transport: bool = True
    # who is marked, -1 for nobody; None where whoever the learner marks stays so
    agent: int | None = None

    @property
    def run_fraction(self) -> Floats:
        """The shown run's own curve, shape (rounds + 1,); empty if there is none."""
        if self.history is None or self.cast is None:
            return np.zeros(0)
        return self.history.counts / self.cast.n_agents


def rule_words(setup: Setup) -> str:
    """Return how a round goes, in one line for under the picture."""
    again = (
        "every round until they share"
        if setup.attention is Attention.EVERY_ROUND
        else "again only after another neighbour has shared"
    )
    return (
        "One round: all agents look at once, then all who see a sharing neighbour decide at the "
        f"same moment, {again}. Once shared, always shared."
    )


TIME = "round"


def cast_words(setup: Setup, history: History, at: int) -> str:
    """Return what the network shows at a round, for whoever cannot see it.

    >>> from newswave.core.simulation import World
    >>> world = World.of(Setup(n_agents=100, n_seeds=2, rounds=30))
    >>> cast_words(world.setup, History.of(world), 0)[:52]
    '100 agents on a random regular network of degree 8: '
    """
    shared = (history.shared != NEVER) & (history.shared <= at)
    seen = (history.heard != NEVER) & (history.heard <= at) & ~shared
    left = setup.n_agents - int(shared.sum()) - int(seen.sum())
    return (
        f"{counted(setup.n_agents)} agents on {network_words(setup)}: at round {at}, "
        f"{int(shared.sum())} have shared, {int(seen.sum())} see the news and have not shared, "
        f"{left} do not see it."
    )


def synthetic_words(setup: Setup) -> str:
    """Return the label of a setup in which a formula stands in for a model; '' for others."""
    return SYNTHETIC if setup.synthetic else ""


# Curves and theories as lines and bands of a picture, drawn as in figures.


def ensemble_band(curve: Curve, label: str, colour: str) -> Band:
    """Return the band between which 90 % of the runs lie, as fractions."""
    low, high = curve.band(0.9)
    return Band(label, colour, low / curve.n_agents, high / curve.n_agents)


def median_line(curve: Curve, key: str, label: str, stroke: Pen) -> Line:
    """Return the median over the runs, round by round, as fractions."""
    return Line(key, label, stroke, curve.median / curve.n_agents)


def shown_lines(
    curve: Curve,
    shown: Collection[str],
    theories: Sequence[Theory] = (),
    fits: Sequence[Fit] = (),
) -> tuple[Line, ...]:
    """Return the lines of the layers that are shown, see `newswave.report.figures.layers`."""
    drawn, _ = layers(curve, shown, theories, fits)
    return tuple(
        Line(
            line.label.replace(" ", "_") if line.key == "samples" else line.key,
            line.label,
            LAYERS[line.key].pen,
            line.y,
        )
        for line in drawn
    )
