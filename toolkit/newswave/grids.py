"""Grids of setups: some settings take several values each, and every combination is a cell."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from newswave.codec import encode
from newswave.errors import BadValue, NewswaveError, one_of, plain
from newswave.events import Event
from newswave.personality import Profile
from newswave.rules import Measured
from newswave.settings import NAMES, check_names, read_value, settled
from newswave.setups import Setup
from newswave.starting import Start, start_text

MOST_CELLS = 100_000
"""How many cells a grid may have."""

Label = str | int | float


@dataclass(frozen=True, eq=False, init=False)
class Axis:
    """One setting and the values that it takes.

    Parameters
    ----------
    name : str
        A field of `Setup`, or a short name: see `newswave.settings.settled`.
    values : iterable, or mapping of str to value
        One or more different values, as they are or as text (the id of an event, the code of a
        profile, the file of a table). The keys of a mapping are the values' labels.

    Attributes
    ----------
    labels : tuple of str, int or float
        What each value is called in tables.

    Raises
    ------
    BadValue
        If the name is unknown, there is no value, or one comes twice.

    Examples
    --------
    >>> Axis("event", ["short-power-cut", "lantern-festival"]).labels
    ('short-power-cut', 'lantern-festival')
    >>> Axis("seed", range(3)).values
    (0, 1, 2)
    """

    name: str
    values: tuple[Any, ...]
    labels: tuple[Label, ...]

    def __init__(self, name: str, values: Iterable[Any] | Mapping[Any, Any]) -> None:
        one_of("axis of a grid", name, NAMES)
        named = isinstance(values, Mapping)
        given = _listed(name, values.values() if isinstance(values, Mapping) else values)
        read = tuple(read_value(name, value) for value in given)
        _check_different(name, read)
        texts = [plain(str(label)) for label in values] if named else None
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "values", read)
        object.__setattr__(self, "labels", _different(texts) if texts else _labels(given, read))

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Cell:
    """One combination of a grid's values.

    Parameters
    ----------
    number : int
        Its place in the grid, from 0; the last axis changes first.
    setup : Setup
        What is run.
    settings : tuple of (str, label)
        The name of each axis and what its value is called.
    """

    number: int
    setup: Setup
    settings: tuple[tuple[str, Label], ...]

    @property
    def words(self) -> str:
        """The settings in words."""
        return ", ".join(f"{name} {shown}" for name, shown in self.settings)


@dataclass(frozen=True, eq=False, init=False)
class Grid:
    """Every combination of the values of some settings, checked when made.

    Parameters
    ----------
    base : Setup, optional
        What all cells have in common; `Setup()` if not given.
    axes : iterable of Axis, optional
        The settings that change, for those who make them first.
    **values : iterable or mapping
        The same by name: see `Axis`.

    Raises
    ------
    BadValue
        If there is no axis, two say the same thing, there are more than 100,000 cells, or a cell
        makes no setup: the message names it.

    Examples
    --------
    >>> grid = Grid(Setup(n_agents=200), degree=[4, 8], share=[0.05, 0.1, 0.2], seed=range(5))
    >>> len(grid), grid.cells()[7].words
    (30, 'degree 4, share 0.1, seed 2')
    """

    base: Setup
    axes: tuple[Axis, ...]
    _cells: tuple[Cell, ...] = field(repr=False)

    def __init__(
        self, base: Setup | None = None, axes: Iterable[Axis] = (), /, **values: Any
    ) -> None:
        object.__setattr__(self, "base", Setup() if base is None else base)
        if not isinstance(self.base, Setup):
            raise BadValue(
                "A grid begins with a setup", given=base, advice="As in Grid(Setup(...))"
            )
        made = (*axes, *(Axis(name, given) for name, given in values.items()))
        object.__setattr__(self, "axes", made)
        _check_axes(made)
        object.__setattr__(self, "_cells", tuple(self._made()))

    def __len__(self) -> int:
        return len(self._cells)

    def cells(self) -> tuple[Cell, ...]:
        """Return all cells in order, the last axis changing first."""
        return self._cells

    def plain(self) -> dict[str, Any]:
        """Return base and axes as plain JSON data: the same for two grids only if they are one."""
        axes = [
            {"name": axis.name, "labels": list(axis.labels), "values": encode(axis.values)}
            for axis in self.axes
        ]
        return {"base": encode(self.base), "axes": axes}

    def _made(self) -> Iterator[Cell]:
        names = [axis.name for axis in self.axes]
        pairs = [list(zip(axis.values, axis.labels, strict=True)) for axis in self.axes]
        for number, chosen in enumerate(itertools.product(*pairs)):
            shown = tuple((name, label) for name, (_, label) in zip(names, chosen, strict=True))
            values = {name: value for name, (value, _) in zip(names, chosen, strict=True)}
            try:
                yield Cell(number, settled(self.base, values), shown)
            except NewswaveError as error:
                where = ", ".join(f"{name} {label}" for name, label in shown)
                raise BadValue(
                    f"Cell {number} of this grid ({plain(where)}) makes no setup. {error}",
                    advice="Change the axis that it names, or what all cells have in common",
                ) from error


def _check_axes(axes: tuple[Any, ...]) -> None:
    """Refuse what is no axis, none at all, too many cells, and two that say the same thing."""
    for axis in axes:
        if not isinstance(axis, Axis):
            raise BadValue("This is no axis", given=axis, advice="As in Axis('degree', [4, 8])")
    if not axes:
        raise BadValue(
            "This grid has no axis",
            allowed="one setting or more, with a list of values each",
            advice="As in Grid(Setup(), degree=[4, 8], seed=range(5))",
        )
    names = tuple(axis.name for axis in axes)
    for name in names:
        if names.count(name) > 1:
            raise BadValue("Two axes have one name", given=name, advice="Put all values in one")
    check_names(names)
    count = math.prod(map(len, axes))
    if count > MOST_CELLS:
        sizes = " x ".join(f"{len(axis)} {axis.name}" for axis in axes)
        raise BadValue(
            "This grid has too many cells",
            given=f"{count} ({sizes})",
            allowed=f"up to {MOST_CELLS}",
            advice="Take fewer values, or several grids",
        )


def _listed(name: str, given: Any) -> tuple[Any, ...]:
    """Return the values of an axis as a tuple of one or more."""
    try:
        if isinstance(given, str | bytes):
            raise TypeError
        # One more than fit is enough to refuse a range that would never end.
        listed = tuple(itertools.islice(given, MOST_CELLS + 1))
    except TypeError:
        raise BadValue(
            f"The axis {name} needs a list of values", given=given, advice=f"As in {name}=[...]"
        ) from None
    if not listed:
        raise BadValue(f"The axis {name} is empty", allowed="one value or more")
    return tuple(one.item() if isinstance(one, np.generic) else one for one in listed)


def _check_different(name: str, values: tuple[Any, ...]) -> None:
    """Refuse a value that comes twice; 4 and 4.0 are one."""
    seen = set()
    for value in values:
        whole = isinstance(value, float) and value.is_integer()
        plain_value = int(value) if whole else encode(value)
        try:
            key = json.dumps(plain_value, sort_keys=True, default=repr)
        except (TypeError, ValueError, RecursionError):
            key = repr(value)
        if key in seen:
            shown = _label(value, value)
            advice = "Give each value once"
            raise BadValue(f"The axis {name} has a value twice", given=shown, advice=advice)
        seen.add(key)


def _labels(given: tuple[Any, ...], values: tuple[Any, ...]) -> tuple[Label, ...]:
    """Return what the values are called: numbers all of them, or different texts."""
    labels = [_label(one, value) for one, value in zip(given, values, strict=True)]
    if all(not isinstance(label, str) for label in labels):
        return tuple(labels)
    return _different([str(label) for label in labels])


def _different(texts: list[str]) -> tuple[str, ...]:
    """Return the texts, numbered if two are alike."""
    if len(set(texts)) < len(texts):
        texts = [f"{text} ({place})" for place, text in enumerate(texts, 1)]
    return tuple(texts)


def _label(given: Any, value: Any) -> Label:
    """Return what one value is called; files are called what the user calls them."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, Event):
        return value.id
    if isinstance(value, Profile):
        return value.code
    if isinstance(value, Start) and start_text(value) is not None:
        return plain(start_text(value) or "")
    if isinstance(given, str | Path):
        return plain(str(given))
    if isinstance(value, Enum):
        return value.name.lower().replace("_", "-")
    if isinstance(value, Measured):
        origin = value.origin
        return plain(value.given.source if origin is None else f"{origin.model}, {origin.event}")
    return plain(repr(value))
