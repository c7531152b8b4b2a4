"""The controls of a panel, and the settings that they move: checked when made, never changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from newswave.errors import BadValue, one_of, real_number, whole_number
from newswave.views.explorer.items import Choice, Item, Range, Switch
from newswave.views.explorer.scales import Scale


@dataclass(frozen=True)
class Dial:
    """A number that is moved along a scale.

    Parameters
    ----------
    key, label : str
        The setting's name, and its name in words with the unit.
    scale : Scale
        The values that the slider steps through. What lies between them can be set in code.
    help : str
        What it means.

    Examples
    --------
    >>> Dial("degree", "Degree", Scale((2, 4, 8), "{:.0f} neighbours".format)).item(4).shown
    '4 neighbours'
    """

    key: str
    label: str
    scale: Scale
    help: str = ""

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
    """One of several.

    Parameters
    ----------
    key, label : str
        The setting's name, and its name in words.
    options : tuple of (str, str)
        Values and their words.
    help : str
        What it means.
    """

    key: str
    label: str
    options: tuple[tuple[str, str], ...]
    help: str = ""

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
    """On or off.

    Parameters
    ----------
    key, label : str
        The setting's name, and its name in words.
    help : str
        What it means.
    """

    key: str
    label: str
    help: str = ""

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

    Raises
    ------
    BadValue
        If a value lies outside its control.

    Examples
    --------
    >>> from newswave.views.explorer.panels.degree import DegreeSettings
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
