"""What a control is: a slider, a menu, a number; each reads a setup and writes a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from newswave.errors import one_of, whole_number
from newswave.setups import Setup
from newswave.views.explorer.items import Choice, Entry, Item, Range
from newswave.views.explorer.scales import Scale

MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Slider:
    """A number of a setup that is moved along a scale.

    Parameters
    ----------
    key, label, help : str
        Its name in links and code, in words, and what it means.
    scale : callable
        The scale for a setup; it may depend on the setup's other values.
    read, write : callable
        Value of a setup, and the setup with another value.
    applies : callable
        Whether a setup has it.
    """

    key: str
    label: str
    help: str
    scale: Callable[[Setup], Scale]
    read: Callable[[Setup], float]
    write: Callable[[Setup, float], Setup]
    applies: Callable[[Setup], bool] = lambda _: True

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the slider as it stands."""
        scale, value = self.scale(setup), self.read(setup)
        place, last, words = scale.nearest(value), len(scale.values) - 1, scale.words(value)
        only = "" if last else f"With the other settings as they are, only {words} is possible."
        return Range(
            prefix + self.key, self.label, place, 0, max(last, 1), 1, words, self.help, only
        )

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with the slider at another place."""
        return self.write(setup, self.scale(setup).at(value))


@dataclass(frozen=True)
class Menu:
    """One of several ways a setup can be.

    Parameters
    ----------
    options : callable
        Keys and words of what there is for a setup.
    read, write : callable
        Key of a setup, and the setup with another one.
    """

    key: str
    label: str
    help: str
    options: Callable[[Setup], tuple[tuple[str, str], ...]]
    read: Callable[[Setup], str]
    write: Callable[[Setup, str], Setup]
    applies: Callable[[Setup], bool] = lambda _: True

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the choice as it stands."""
        options = self.options(setup)
        return Choice(prefix + self.key, self.label, self.read(setup), options, self.help)

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with another choice."""
        known = dict(self.options(setup))
        return self.write(setup, one_of(self.label, value, known))


@dataclass(frozen=True)
class Count:
    """A whole number that is typed: the seed."""

    key: str
    label: str
    help: str
    low: int
    high: int
    read: Callable[[Setup], int]
    write: Callable[[Setup, int], Setup]
    applies: Callable[[Setup], bool] = lambda _: True

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the field as it stands."""
        value = str(self.read(setup))
        name, low, high = prefix + self.key, self.low, self.high
        return Entry(name, self.label, value, self.help, numeric=True, low=low, high=high)

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with another number."""
        given: Any = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        return self.write(setup, whole_number(self.label, given, self.low, self.high))


Control = Slider | Menu | Count
