"""What the stage shows, as frozen arrays: network, times of sharing, curves and bands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.app.items import Stroke
from newswave.core.curve import Curve
from newswave.core.errors import BadValue
from newswave.core.population import Trait
from newswave.core.run_log import NEVER, History
from newswave.core.setup import Attention, Setup
from newswave.core.simulation import World
from newswave.equations.fit import Fit
from newswave.equations.predict import Theory
from newswave.report.describe import SYNTHETIC, counted, network_words
from newswave.report.figures import LAYERS, layers

# What the stage shows, as frozen arrays: who is linked to whom, who shared when, which curves.


Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[Any]

MOST_LINKS = 60_000
"""More links than these are not drawn: they would cover each other."""

_FEW = 4


@dataclass(frozen=True, eq=False)
class Line:
    """A curve of fractions by round, with the way it is drawn."""

    key: str
    label: str
    stroke: Stroke
    fraction: Floats


@dataclass(frozen=True, eq=False)
class Band:
    """What lies between two curves."""

    label: str
    colour: str
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Cast:
    """Who is drawn: the agents, what they are drawn as, their links.

    Parameters
    ----------
    n_agents : int
        How many there are.
    links : array of int, shape (L, 2)
        Pairs of linked agents; none if there are too many to draw.
    classes : array of uint8, shape (n_agents,)
        Which of `names` each agent is drawn as.
    names : tuple of str
        Four at most.
    """

    n_agents: int
    links: Ints
    classes: npt.NDArray[np.uint8]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.names) <= _FEW:
            raise BadValue("Only four classes can be drawn", given=len(self.names))

    @classmethod
    def of(cls, world: World, trait: Trait) -> Cast:
        """Return the agents of a world, by group where there are few, else by one trait."""
        network, groups = world.network, world.setup.mix.groups
        few = network.n_links <= MOST_LINKS
        links = network.edges() if few else np.zeros((0, 2), np.int32)
        if len(groups) <= _FEW:
            rows = world.rows.astype(np.uint8)
            return cls(network.n_agents, links, rows, tuple(group.name for group in groups))
        high = np.array([group.profile.levels[trait.position] for group in groups])
        names = (f"high {trait.value}", f"low {trait.value}")
        return cls(network.n_agents, links, (~high[world.rows]).astype(np.uint8), names)


@dataclass(frozen=True, eq=False)
class Picture:
    """What one stage shows.

    Parameters
    ----------
    cast : Cast or None
        Who is drawn; None where there are only curves.
    history : History or None
        What became of them.
    lines, bands : tuple
        The curves; none where there is only a network.
    title : str
        What it shows, in a few words.
    network_words, curve_words : str
        What the two halves show, for whoever cannot see them.
    rule : str
        How a round goes, under the picture.
    time, share : str
        What the axes show, with their units.
    unit : str
        The time step.
    synthetic : str
        A label wherever a formula stands in place of a language model.
    rounds : int
        The last round.
    is_live : bool
        Whether the run is still being made.
    has_transport : bool
        Whether it has buttons to play; a picture without them follows the others of its page.
    agent : int or None
        Who is marked, -1 for nobody; None where whoever the learner marks stays so.
    """

    title: str
    rounds: int
    cast: Cast | None = None
    history: History | None = None
    lines: tuple[Line, ...] = ()
    bands: tuple[Band, ...] = ()
    network_words: str = ""
    curve_words: str = ""
    rule: str = ""
    time: str = "round"
    share: str = "agents that have shared (%)"
    unit: str = "round"
    synthetic: str = ""
    is_live: bool = False
    has_transport: bool = True
    agent: int | None = None

    @property
    def run_fraction(self) -> Floats:
        """The shown run's own curve, shape (rounds + 1,); empty if there is none."""
        if self.history is None or self.cast is None:
            return np.zeros(0)
        return self.history.counts / self.cast.n_agents

    def without_network(self) -> Picture:
        """Return the curves alone."""
        return replace(self, cast=None, history=None)


def rule_words(setup: Setup) -> str:
    """Return how a round goes, in one line for under the picture.

    Examples
    --------
    >>> rule_words(Setup())[:60]
    'One round: all agents look at once, then all who see a shari'
    """
    again = (
        "every round until they share"
        if setup.attention is Attention.EVERY_ROUND
        else "again only after another neighbour has shared"
    )
    return (
        "One round: all agents look at once, then all who see a sharing neighbour decide at the "
        f"same moment, {again}. Once shared, always shared."
    )


TIME = "round (in one round every agent that sees the news decides once)"


def cast_words(setup: Setup, history: History, at: int) -> str:
    """Return what the network shows at a round, for whoever cannot see it.

    Examples
    --------
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


MIXING = {"network": "network-aware", "well-mixed": "well mixed"}


def ensemble_band(curve: Curve, label: str, colour: str) -> Band:
    """Return the band between which 90 % of the runs lie, as fractions.

    Examples
    --------
    >>> ensemble_band(Curve([[1, 2], [1, 4]], 10), "90 % of runs", "ink").low.round(2).tolist()
    [0.1, 0.21]
    """
    low, high = curve.band(0.9)
    return Band(label, colour, low / curve.n_agents, high / curve.n_agents)


def median_line(curve: Curve, key: str, label: str, stroke: Stroke) -> Line:
    """Return the median over the runs, round by round, as fractions."""
    return Line(key, label, stroke, np.median(curve.fraction, axis=0))


def shown_lines(
    curve: Curve,
    shown: Collection[str],
    theories: Sequence[Theory] = (),
    fits: Sequence[Fit] = (),
) -> tuple[Line, ...]:
    """Return the lines of the layers that are shown, see `newswave.report.figures.layers`.

    Examples
    --------
    >>> [line.label for line in shown_lines(Curve([[1, 4], [1, 2]], 10), ["band", "samples"])]
    ['median of the runs', 'run 1', 'run 2']
    """
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
