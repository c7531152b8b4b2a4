"""A panel: a question, at most three controls, a picture and its words, at work and as a figure."""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from newswave.app.controls import Scale
from newswave.app.page import (
    Button,
    Choice,
    Code,
    File,
    Heading,
    Item,
    Message,
    Page,
    Range,
    Row,
    Switch,
    Tone,
    View,
    Words,
    walk,
)
from newswave.app.pictures import Band, Line, Picture, cast_words
from newswave.core.curve import Curve
from newswave.core.errors import BadValue, one_of, real_number, whole_number
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.report import figures
from newswave.report.style import Pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The controls of a panel: each reads a value of its own kind, and refuses others.


@dataclass(frozen=True)
class Dial:
    """A number that is moved along a scale.

    What lies between the values of the scale can be set in code.

    >>> Dial("Degree", Scale((2, 4, 8), "{:.0f} neighbours".format)).item("degree", 4).shown
    '4 neighbours'
    """

    label: str  # its name in words
    scale: Scale  # the values that the slider steps through, with their unit
    help: str = ""  # what it means

    def item(self, key: str, value: float) -> Item:
        """Return the slider with a value."""
        last = len(self.scale.values) - 1
        place, words = self.scale.nearest(value), self.scale.words(value)
        return Range(key, self.label, place, 0, last, 1, words, self.help)

    def at(self, place: object) -> float:
        """Return the value at a place of the slider."""
        return self.scale.at(place)

    def checked(self, value: object) -> float:
        """Return a value as it is held: a whole number where all values of the scale are."""
        low, high = self.scale.values[0], self.scale.values[-1]
        if all(isinstance(one, int) for one in self.scale.values):
            return whole_number(self.label, value, int(low), int(high))
        return real_number(self.label, value, low, high)


@dataclass(frozen=True)
class Pick:
    """One of several."""

    label: str  # its name in words
    options: tuple[tuple[str, str], ...]  # values and their words
    help: str = ""  # what it means

    def item(self, key: str, value: str) -> Item:
        """Return the choice with a value."""
        return Choice(key, self.label, value, self.options, self.help)

    def at(self, place: object) -> str:
        """Return the value that was chosen."""
        return self.checked(place)

    def checked(self, value: object) -> str:
        """Return a value if it is one of the options."""
        return one_of(self.label, value, dict(self.options))


@dataclass(frozen=True)
class Toggle:
    """On or off."""

    label: str  # its name in words
    help: str = ""  # what it means

    def item(self, key: str, value: bool) -> Item:
        """Return the switch with a value."""
        return Switch(key, self.label, value, self.help)

    def at(self, place: object) -> bool:
        """Return the value that was chosen."""
        return self.checked(place)

    def checked(self, value: object) -> bool:
        """Return a value if it is True or False."""
        if not isinstance(value, bool):
            raise BadValue(f"{self.label} does not fit", given=value, allowed="True or False")
        return value


def dial(first: float, label: str, scale: Scale, help: str = "") -> Any:  # noqa: A002
    """Return a field of a panel that a dial moves, with its first value."""
    return field(default=first, metadata={"control": Dial(label, scale, help)})


def pick(first: str, label: str, options: tuple[tuple[str, str], ...], help: str = "") -> Any:  # noqa: A002
    """Return a field of a panel that a choice moves, with its first value."""
    return field(default=first, metadata={"control": Pick(label, options, help)})


def toggle(label: str, help: str = "") -> Any:  # noqa: A002
    """Return a field of a panel that a switch moves, off at first."""
    return field(default=False, metadata={"control": Toggle(label, help)})


# A panel: a class says what it asks and shows, and what is made of it stands at some settings.


@dataclass(frozen=True, eq=False)
class Shown:
    """What a panel shows at some settings."""

    picture: Picture  # the curves, and the network where there is one
    words: str  # the same in sentences with numbers
    beside: tuple[Item, ...] = ()  # what else there is to read
    setup: Setup | None = None  # of the run that the network plays


@dataclass(frozen=True)
class Panel(ABC):
    """A small interactive figure for one lesson, at some settings: those checked, never changed.

    >>> from newswave.app.panels.spreading import Degree
    >>> Degree().moved("degree", 0)
    Degree(degree=2, pressure=0.4)
    """

    key: ClassVar[str]  # its short name
    question: ClassVar[str]  # printed above
    notice: ClassVar[str]  # what to look at and what to do, printed below
    try_: ClassVar[str]

    def __post_init__(self) -> None:
        for key, control in self.controls().items():
            object.__setattr__(self, key, control.checked(getattr(self, key)))

    @classmethod
    def controls(cls) -> dict[str, Dial | Pick | Toggle]:
        """Return the controls by the names of the fields that they move."""
        return {one.name: one.metadata["control"] for one in fields(cls)}

    def moved(self, key: str, place: object) -> Self:
        """Return the panel with one control moved: a slider's place, an option, on or off."""
        control = self.controls().get(key)
        if control is None:
            raise BadValue("This panel has no such control", given=key)
        changes: dict[str, Any] = {key: control.at(place)}
        return replace(self, **changes)

    def items(self) -> tuple[Item, ...]:
        """Return the controls as they stand."""
        every: dict[str, Any] = self.controls()
        return tuple(control.item(key, getattr(self, key)) for key, control in every.items())

    @abstractmethod
    def show(self) -> Shown:
        """Return what there is to see: without side effects, and quick."""

    def shown(self) -> Shown:
        """Return what there is to see, kept for whoever asks again."""
        return _shown(self)


@functools.lru_cache(maxsize=64)
def _shown(panel: Panel) -> Shown:
    return panel.show()


def describe(panel: Panel) -> str:
    """Return what a panel shows in words."""
    shown = panel.shown()
    texts = [shown.picture.synthetic, shown.words]
    for item in walk(shown.beside):
        if isinstance(item, Words):
            texts.append(item.text)
        elif isinstance(item, Code):
            texts.append(f"{item.label}: {item.text}")
    return "\n".join(part for part in texts if part)


def draw(panel: Panel) -> Figure:
    """Return what a panel shows as a figure, for where no scripts run.

    >>> from newswave.app.panels.spreading import Growth
    >>> [line.get_label() for line in draw(Growth()).axes[0].get_lines()]
    ['logistic', 'exponential', 'rounds of 1']
    """
    picture = panel.shown().picture
    lines = [
        figures.Drawn(one.label, one.fraction, stroke=one.stroke.stroke) for one in picture.lines
    ]
    if picture.history is not None:  # the run that its network plays
        run = figures.Drawn("this run", picture.run_fraction, stroke=Pen("ink", (), 3.0).stroke)
        lines.insert(0, run)
    return figures.lines_figure(
        picture.title,
        tuple(lines),
        tuple(
            figures.Spread(band.label, band.low, band.high, np.arange(float(len(band.low))))
            for band in picture.bands
        ),
        across=picture.time,
        up=picture.share,
        synthetic=bool(picture.synthetic),
    )


# A panel at work: it holds the settings, takes what the learner does, and shows what comes.


class PanelPage(Page):
    """A panel at work, for one learner.

    >>> from newswave.app.panels.spreading import Growth
    >>> page = PanelPage(Growth())
    >>> page.receive(Message("rate", 9))
    >>> page.panel.rate
    1.0
    """

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        picture = panel.shown().picture
        self.panel = panel
        self.round = 0 if picture.history is not None else picture.rounds // 4

    def handle(self, message: Message) -> File | None:
        """Do what a control asks for."""
        resets = message.key == "reset"
        panel = type(self.panel)() if resets else self.panel.moved(message.key, message.value)
        shown = panel.shown()
        self.panel = panel
        if resets and shown.picture.history is not None:
            self.round = 0
            self.rewinds += 1
        return None

    def at_round(self, round_: int) -> None:
        """Take in which round the picture shows."""
        with self.lock:
            self.round = round_
        self.changed()

    def view(self) -> View:
        """Return what the panel shows now."""
        panel, shown = self.panel, self.panel.shown()
        items = panel.items()
        last = Row("last", (*items[2:], Button("reset", "Reset")))
        label = shown.picture.synthetic
        mark = (Words("synthetic", label, Tone.SYNTHETIC),) if label else ()
        seen = (self._now(shown.picture), *mark, Words("seen", shown.words, live=True))
        picture = shown.picture
        if shown.setup is not None and picture.history is not None:
            words = cast_words(shown.setup, picture.history, min(self.round, picture.rounds))
            picture = replace(picture, network_words=words)
        report = (
            Words("notice", f"Notice: {panel.notice}"),
            Words("try", f"Try: {panel.try_}"),
        )
        controls = (Heading("question", panel.question, 3), *items[:2], last)
        return View(controls, (*seen, *shown.beside), (picture,), report)

    def _now(self, picture: Picture) -> Item:
        """Return what there is in the round at which the stage stands."""
        run, every = picture.history, range(picture.rounds + 1)
        texts = tuple(
            line_words(picture, at) if run is None else run_words(run, at) for at in every
        )
        now = Words("now", texts[min(self.round, picture.rounds)], rounds=texts)
        return replace(now, tone=Tone.QUIET) if run is None else now


def line_words(picture: Picture, at: int) -> str:
    """Return where the lines of a picture are in a round."""
    values = ((line.label, float(line.fraction[at])) for line in picture.lines)
    text = "; ".join(f"{name}: {100 * value:.1f} %" for name, value in values if value == value)
    more = "Click in the picture, or use its arrow keys, to read another round."
    return f"Round {at}, {text}. {more}"


def run_words(history: History, at: int) -> str:
    """Return how many are new in a round of a run, and how many have shared by then.

    >>> import numpy as np
    >>> run_words(History(np.array([0, 1, -1]), np.array([-1, 1, -1]), np.array([-1, 0, -1]), 2), 1)
    'Round 1: 1 agent is new, 2 of 3 have shared by now.'
    """
    total, new = int(history.counts[at]), int((history.shared == at).sum())
    if at == 0:
        return f"Round 0: the news begins with {total} of {len(history.shared)} agents."
    are = "agent is" if new == 1 else "agents are"
    return f"Round {at}: {new} {are} new, {total} of {len(history.shared)} have shared by now."


# What the panels' pictures and words have in common.


Floats = npt.NDArray[np.float64]

RUNS = Pen("blue", (), 3.0)
OTHER_RUNS = Pen("red", (9, 4), 3.0)
THEORY = Pen("green", (2, 3), 3.0)
MIXED = Pen("orange", (8, 4), 2.5)
THIN = Pen("sky", (), 1.5)
THIN_DASHED = Pen("red", (4, 3), 1.5)
"""How the lines of the panels are drawn: the same thing in the same way in all of them."""


def mean_of(curve: Curve) -> Floats:
    """Return the mean fraction of all agents that have shared, round by round."""
    return curve.mean / curve.n_agents


def curves(
    title: str, lines: Sequence[Line], bands: Sequence[Band] = (), words: str = "", **more: Any
) -> Picture:
    """Return a picture of curves alone; its words name all lines unless others are given."""
    told = words or f"Agents that have shared: {', '.join(line.label for line in lines)}."
    rounds = len(lines[0].fraction) - 1
    return Picture(title, rounds, lines=tuple(lines), bands=tuple(bands), curve_words=told,
                   has_transport=False, **more)  # fmt: skip


def passes(fraction: Any, level: float = 0.5) -> float:
    """Return the round in which a rising line passes a level, NaN if it does not.

    >>> passes([0.1, 0.4, 0.8])
    1.25
    """
    line = np.asarray(fraction, dtype=np.float64)
    above = np.flatnonzero(line >= level)
    if not above.size:
        return math.nan
    at = int(above[0])
    if at == 0:
        return 0.0
    return float(np.interp(level, line[at - 1 : at + 1], [at - 1, at]))


def by_round(at: float, last: int) -> str:
    """Return when something is reached.

    >>> by_round(12.34, 60), by_round(float("nan"), 60)
    ('by round 12.3', 'not by round 60')
    """
    return f"by round {at:.1f}" if math.isfinite(at) else f"not by round {last}"


def span(values: Any) -> str:
    """Return the smallest and the largest of several rounds.

    >>> span([12.34, 9.0])
    '9.0 to 12.3'
    """
    return f"{np.min(values):.1f} to {np.max(values):.1f}"


def points(gap: float) -> str:
    """Return a difference of two fractions.

    >>> points(0.234), points(0.004)
    ('23 points', '0.4 points')
    """
    size = 100 * abs(gap)
    return f"{size:.0f} points" if size >= 9.95 else f"{size:.1f} points"


def runs_words(count: int) -> str:
    """Return how many runs there are.

    >>> runs_words(1), runs_words(20)
    ('1 run', '20 runs')
    """
    return "1 run" if count == 1 else f"{count} runs"


def steepest(fraction: Any) -> float:
    """Return the largest step of a line from one round to the next.

    >>> round(steepest([0.1, 0.4, 0.8]), 3)
    0.4
    """
    return float(np.diff(np.asarray(fraction)).max())


def stretches(above: npt.NDArray[np.bool_]) -> str:
    """Return the rounds in which something holds, as stretches.

    >>> stretches(np.array([False, True, True, False, True]))
    'rounds 1 to 2 and 4'
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(int), [0]])))
    parts = [
        f"{first}" if first == last - 1 else f"{first} to {last - 1}"
        for first, last in edges.reshape(-1, 2).tolist()
    ]
    if not parts:
        return "no round"
    return "rounds " + (" and ".join(parts) if len(parts) < 3 else
                        ", ".join(parts[:-1]) + f" and {parts[-1]}")  # fmt: skip
