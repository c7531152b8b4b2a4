"""A panel: a question, at most three controls, a picture and its words."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from newswave.app.controls import Scale
from newswave.app.items import Choice, Code, Item, Range, Stroke, Switch, Words, walk
from newswave.app.pictures import Picture
from newswave.core.errors import BadValue, one_of, real_number, whole_number
from newswave.core.setup import Setup

# The controls of a panel, and the settings that they move: checked when made, never changed.


@dataclass(frozen=True)
class Dial:
    """A number that is moved along a scale.

    >>> Dial("degree", "Degree", Scale((2, 4, 8), "{:.0f} neighbours".format)).item(4).shown
    '4 neighbours'
    """

    key: str  # the setting's name
    label: str  # its name in words, with the unit
    # the values that the slider steps through. What lies between them can be set in code
    scale: Scale
    help: str = ""  # what it means

    def item(self, value: float) -> Item:
        """Return the slider with a value."""
        last = len(self.scale.values) - 1
        place, words = self.scale.nearest(value), self.scale.words(value)
        return Range(self.key, self.label, place, 0, last, 1, words, self.help)

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

    key: str  # the setting's name
    label: str  # its name in words
    options: tuple[tuple[str, str], ...]  # values and their words
    help: str = ""  # what it means

    def item(self, value: str) -> Item:
        """Return the choice with a value."""
        return Choice(self.key, self.label, value, self.options, self.help)

    def at(self, place: object) -> str:
        """Return the value that was chosen."""
        return self.checked(place)

    def checked(self, value: object) -> str:
        """Return a value if it is one of the options."""
        return one_of(self.label, value, dict(self.options))


@dataclass(frozen=True)
class Toggle:
    """On or off."""

    key: str  # the setting's name
    label: str  # its name in words
    help: str = ""  # what it means

    def item(self, value: bool) -> Item:
        """Return the switch with a value."""
        return Switch(self.key, self.label, value, self.help)

    def at(self, place: object) -> bool:
        """Return the value that was chosen."""
        return self.checked(place)

    def checked(self, value: object) -> bool:
        """Return a value if it is True or False."""
        if not isinstance(value, bool):
            raise BadValue(f"{self.label} does not fit", given=value, allowed="True or False")
        return value


Control = Dial | Pick | Toggle


@dataclass(frozen=True)
class Settings:
    """What the controls of a panel say: a field for each of `controls`, checked when made.

    >>> from newswave.app.panels.degree import DegreeSettings
    >>> DegreeSettings().moved("degree", 0)
    DegreeSettings(degree=2, pressure=0.4)
    """

    controls: ClassVar[tuple[Control, ...]] = ()

    def __post_init__(self) -> None:
        for control in self.controls:
            value = control.checked(getattr(self, control.key))
            object.__setattr__(self, control.key, value)

    def moved(self, key: str, place: object) -> Self:
        """Return the settings with one control moved: a slider's place, an option, on or off."""
        for control in self.controls:
            if control.key == key:
                changes: dict[str, Any] = {key: control.at(place)}
                return replace(self, **changes)
        raise BadValue("This panel has no such control", given=key)

    def items(self) -> tuple[Item, ...]:
        """Return the controls as they stand."""
        return tuple(control.item(getattr(self, control.key)) for control in self.controls)


# Numbers of a panel in words: when a line passes a level, how far two lines lie apart.


Floats = npt.NDArray[np.float64]

RUNS = Stroke("blue", (), 3.0)
OTHER_RUNS = Stroke("red", (9, 4), 3.0)
THEORY = Stroke("green", (2, 3), 3.0)
MIXED = Stroke("orange", (8, 4), 2.5)
THIN = Stroke("sky", (), 1.5)
THIN_DASHED = Stroke("red", (4, 3), 1.5)
"""How the lines of the panels are drawn: the same thing in the same way in all of them."""


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


# A panel: a question, controls, and what they show as a picture and in words.


_KEPT = 64


@dataclass(frozen=True, eq=False)
class Shown:
    """What a panel shows at some settings."""

    picture: Picture  # the curves, and the network where there is one
    words: str  # the same in sentences with numbers
    beside: tuple[Item, ...] = ()  # what else there is to read
    setup: Setup | None = None  # of the run that the network plays


@dataclass(frozen=True)
class Panel:
    """A small interactive figure for one lesson."""

    key: str  # its short name
    question: str  # printed above
    notice: str  # what to look at and what to do, printed below
    try_: str
    first: Settings  # what it opens with, and goes back to
    show: Callable[[Any], Shown]  # from settings to what they show: without side effects, and quick

    def shown(self, settings: Settings | None = None) -> Shown:
        """Return what it shows at some settings, at the first ones if none are given."""
        taken = self.first if settings is None else settings
        if type(taken) is not type(self.first):
            allowed = type(self.first).__name__
            raise BadValue("These are no settings of this panel", given=taken, allowed=allowed)
        return _shown(self, taken)


@functools.lru_cache(maxsize=_KEPT)
def _shown(panel: Panel, settings: Settings) -> Shown:
    return panel.show(settings)


def describe(panel: Panel, settings: Settings | None = None) -> str:
    """Return what a panel shows in words.

    >>> from newswave.app.panels.growth import PANEL
    >>> describe(PANEL)[:51]
    'The logistic curve reaches one half at round 11.5, '
    """
    shown = panel.shown(settings)
    texts = [shown.picture.synthetic, shown.words]
    for item in walk(shown.beside):
        if isinstance(item, Words):
            texts.append(item.text)
        elif isinstance(item, Code):
            texts.append(f"{item.label}: {item.text}")
    return "\n".join(part for part in texts if part)
