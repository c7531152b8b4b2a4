"""The first visit: forty agents and one question, then many, one equation, and where it misses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.app.cache import Ensemble
from newswave.app.links import setup_of
from newswave.app.page import Button, Item, Message, Row, Tone, Words, content
from newswave.app.pictures import Gap, Line
from newswave.core.errors import BadValue, whole_number
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.report.describe import counted
from newswave.report.style import Pen

Floats = npt.NDArray[np.float64]

PREFIX = "opening_"
"""What the keys of its buttons begin with."""

_FAR = 0.1  # nearer than this a prediction is as good as one can draw
_UNASKED = -1


@dataclass(frozen=True)
class Scene:
    """What is shown, and the button that leads on."""

    text: str
    next: str
    setup: Setup
    layers: frozenset[str]


@dataclass(frozen=True)
class Guess:
    """An answer to the question, and the shape in which it is drawn."""

    shape: str
    label: str


def _scene(text: str, next: str, setup: str = "", layers: Any = ()) -> Scene:  # noqa: A002
    return Scene(text, next, setup_of(setup).setup, frozenset({"band", *layers}))


_CONTENT = content("opening")
QUESTION = str(_CONTENT["question"])
SCENES = tuple(_scene(**one) for one in _CONTENT["scenes"])
GUESSES = tuple(Guess(**one) for one in _CONTENT["guesses"])


@dataclass(frozen=True)
class Opening:
    """Where somebody is in the first visit."""

    scene: int = 0
    guess: int = _UNASKED  # which of `GUESSES` was predicted; -1 for none yet

    def __post_init__(self) -> None:
        whole_number("The scene", self.scene, 0, len(SCENES) - 1)
        whole_number("The prediction", self.guess, _UNASKED, len(GUESSES) - 1)

    @property
    def is_asking(self) -> bool:
        """Whether the curve is still to be predicted."""
        return self.scene == 0 and self.guess == _UNASKED

    @property
    def is_answered(self) -> bool:
        """Whether the curve plays beside the prediction."""
        return self.scene == 0 and self.guess != _UNASKED

    @property
    def is_last(self) -> bool:
        """Whether it ends in the surprise: where the equation misses."""
        return self.scene == len(SCENES) - 1

    @property
    def shown(self) -> Scene:
        """What is to be shown now."""
        return SCENES[self.scene]


def is_of_opening(message: Message) -> bool:
    """Return whether a message is about the first visit."""
    return message.key.startswith(PREFIX)


def after(opening: Opening, message: Message) -> Opening | None:
    """Return the first visit after one of its buttons; None where it is over."""
    match message.kind:
        case "opening_guess" if message.name.isdecimal() and opening.is_asking:
            return replace(opening, guess=int(message.name))
        case "opening_next" if opening.is_last:
            return None
        case "opening_next" if not opening.is_asking:
            return replace(opening, scene=opening.scene + 1)
        case "opening_skip":
            return None
    raise BadValue("The first visit has no such button now", given=message.key)


def shape(name: str, first: float, last: float, rounds: int) -> Floats:
    """Return a predicted curve, from the first to the last known fraction.

    >>> shape("steady", 0.0, 1.0, 4).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    t = np.linspace(0, 1, rounds + 1)
    part = {"steady": t, "faster": t**3, "bent": t * t * (3 - 2 * t)}[name]
    return first + (last - first) * part


def predicted(opening: Opening, run: Floats) -> Line:
    """Return the prediction as a line beside the run."""
    values = shape(GUESSES[opening.guess].shape, run[0], run[-1], len(run) - 1)
    return Line("prediction", "your prediction", Pen("purple", (7, 5), 3.0), values)


def right(run: Floats) -> int:
    """Return which prediction comes nearest to a run."""
    ends = (run[0], run[-1], len(run) - 1)
    return int(np.argmin([np.square(shape(one.shape, *ends) - run).mean() for one in GUESSES]))


def marks(opening: Opening, run: Floats, runs: Ensemble, line: Line | None) -> tuple[Gap, ...]:
    """Return what is said on the plot: how far the prediction is off, or where half have shared."""
    if opening.is_answered:
        values = predicted(opening, run).fraction
        at = int(np.abs(values - run).argmax())
        gap = abs(values[at] - run[at])
        if gap > _FAR:
            text = f"your prediction: {100 * gap:.0f} points off"
            return (Gap(text, at, (float(values[at]), float(run[at]))),)
        return _half(run, "half")
    if line is not None:
        return _half(line.fraction, f"{line.label}: half")
    return _half(runs.curve.median / runs.curve.n_agents, "half of all")


def _half(values: Floats, what: str) -> tuple[Gap, ...]:
    """Return a mark where a curve comes to one half, if it does."""
    reached = np.flatnonzero(values >= 0.5)
    if not reached.size:
        return ()
    at = int(reached[0])
    return (Gap(f"{what} by round {at}", at, (float(values[at]), float(values[at]))),)


def opening_items(opening: Opening, runs: Ensemble, run: Floats) -> tuple[Item, ...]:
    """Return the words and the buttons, above the picture."""
    skip = Button("opening_skip", _CONTENT["skip"], tone=Tone.QUIET)
    if opening.is_asking:
        guesses = (
            Button(f"opening_guess:{n}", one.label, tone=Tone.MAIN) for n, one in enumerate(GUESSES)
        )
        asks = Words("opening_asks", QUESTION)
        return (_said(opening, runs), asks, Row("opening", (*guesses, skip)))
    said = _said(opening, runs)
    if opening.is_answered:
        reply = _CONTENT["right" if opening.guess == right(run) else "wrong"]
        said = Words("opening_reply", reply, Tone.MAIN, live=True)
    following = Button("opening_next", opening.shown.next, tone=Tone.MAIN)
    return (said, Row("opening", (following, skip)))


def _said(opening: Opening, runs: Ensemble) -> Words:
    return Words("opening_text", told(opening.shown, runs.world), Tone.MAIN, live=True)


def told(scene: Scene, world: World) -> str:
    """Return the sentence of a scene, with what is computed put in."""
    setup = world.setup
    weights = [group.weight for group in setup.mix.groups]
    return scene.text.format(
        agents=counted(setup.n_agents),
        degree=f"{world.network.mean_degree:.0f}",
        runs=setup.replicas,
        fast=f"{100 * weights[0] / sum(weights):.0f}",
    )
