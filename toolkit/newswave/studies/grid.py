"""Grids of setups: settings with several values each, in Python or in a TOML file."""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from newswave.core.errors import BadFile, BadValue, NewswaveError, one_of, plain, whole_number
from newswave.core.events import Event, find_event, read_events
from newswave.core.files import decode, encode, read_toml
from newswave.core.parameters import (
    BY_NAME,
    NAMES,
    PARAMETERS,
    Reach,
    check_names,
    described,
    mix_of,
    read_value,
    settled,
)
from newswave.core.population import IndependentTraits, Mix, Profile, Trait
from newswave.core.readers.own_network import read_edge_list
from newswave.core.rules import Measured, SharingRule
from newswave.core.setup import KINDS, Setup, Start, start_text
from newswave.equations.replicates import REPLICAS
from newswave.studies.study import Compared, Fitted, Spread, Study

MOST_CELLS = 100_000
"""How many cells a grid may have."""

Label = str | int | float


@dataclass(frozen=True, eq=False, init=False)
class Axis:
    """One setting and the values that it takes.

    Parameters
    ----------
    name : str
        A field of `Setup`, or a short name: see `newswave.core.parameters.settled`.
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
    _rules: tuple[SharingRule, ...] = field(default=(), repr=False)

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

    def decided_by(self, rule: Callable[[Setup], SharingRule]) -> Grid:
        """Return the grid with another sharing rule in every cell, and all else as it is."""
        made = copy.copy(self)
        cells = [replace(c, setup=replace(c.setup, sharing=rule(c.setup))) for c in self._cells]
        object.__setattr__(made, "_cells", tuple(cells))
        distinct = {id(cell.setup.sharing): cell.setup.sharing for cell in cells}
        object.__setattr__(made, "_rules", tuple(distinct.values()))
        return made

    def plain(self) -> dict[str, Any]:
        """Return base and axes as plain JSON data: the same for two grids only if they are one."""
        axes = [
            {"name": axis.name, "labels": list(axis.labels), "values": encode(axis.values)}
            for axis in self.axes
        ]
        rules = {"rules": encode(self._rules)} if self._rules else {}
        return {"base": encode(self.base), "axes": axes, **rules}

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


# Sweeps in TOML files: what all cells have in common, lists of what changes, and the study.


_SHORT = {parameter.short: parameter.name for parameter in PARAMETERS}
_FILES = (*(p.name for p in PARAMETERS if p.reach is Reach.BASE), "setup")
_PARTS = ("base", "grid", "study")
_STUDY = ("fits", "bootstrap")
_RANGE = ("from", "to", "step")


@dataclass(frozen=True, eq=False)
class SweepFile:
    """What a file of a sweep says."""

    grid: Grid
    study: Study
    notes: tuple[str, ...] = ()


def read_sweep(path: str | Path) -> SweepFile:
    r"""Return the sweep in a TOML file.

    Parameters
    ----------
    path : str or Path
        A file with up to three tables. [base] holds single values by the names of `Setup`'s fields
        or of the options of `newswave run`. [grid] holds a list for each axis, or
        ``{from = 1, to = 5}``. [study] holds ``fits`` (true or false) and ``bootstrap`` (0 for fits
        without intervals and verdict). Files are looked for beside this one.

    Raises
    ------
    BadFile
        If the file cannot be read or holds no sweep; the message names the entry and its line.

    Examples
    --------
    >>> import tempfile
    >>> text = "[base]\nagents = 200\n[grid]\ndegree = [4, 8]\nseed = {from=1, to=3}\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "sweep.toml"
    ...     _ = file.write_text(text)
    ...     len(read_sweep(file).grid)
    6
    """
    text, data = read_toml(path, "a sweep")
    try:
        return _Reader(Path(path).parent, text).read(data)
    except NewswaveError as error:
        raise BadFile(f"This file holds no sweep. {error}", given=str(path)) from error


class _Entry(NamedTuple):
    """What a file says in one place: in which table, by which name, and what."""

    part: str
    name: str
    value: Any


_Entries = Mapping[str, _Entry]


@dataclass(frozen=True)
class _Reader:
    """Reads the tables of one file, and knows where in it an entry is."""

    folder: Path
    text: str
    notes: list[str] = field(default_factory=list)

    def read(self, data: Mapping[str, Any]) -> SweepFile:
        parts = ", ".join(f"[{name}]" for name in _PARTS)
        for name in data:
            one_of("table of a sweep", name, _PARTS, f"Put it under one of {parts}")
            if not isinstance(data[name], dict):
                raise BadValue(f"[{name}] is a table", given=data[name])
        base = self._entries(data, "base", (*NAMES, *_FILES))
        grid = self._entries(data, "grid", NAMES)
        for name in grid:
            if name in base:
                advice = "Leave it out of [base], or let it be the same in all cells"
                raise BadValue(f"{name} is both in [base] and in [grid]", advice=advice)
        self._check_numbers([*base.items(), *grid.items()])
        self._entries(data, "study", _STUDY)
        study = self._study(data.get("study", {}))
        own = self._own_events(base.pop("events", None))
        values = {name: self._single(name, entry, own) for name, entry in base.items()}
        axes = tuple(self._axis(name, entry, own) for name, entry in grid.items())
        start = self._base(values, axes, base | grid)
        try:
            return SweepFile(Grid(start, axes), study, tuple(self.notes))
        except BadValue as error:
            raise self._blamed(error, start, axes, grid) from error

    def _entries(
        self, data: Mapping[str, Any], part: str, known: tuple[str, ...]
    ) -> dict[str, _Entry]:
        """Return the entries of a table by the names of settings."""
        entries: dict[str, _Entry] = {}
        for written, value in data.get(part, {}).items():
            name = written.replace("-", "_")
            name = _SHORT.get(name, name)
            with self._at(part, written):
                one_of(f"entry of [{part}]", name, known)
            if name in entries:
                other = entries[name].name
                raise BadValue(f"[{part}] has {written} and {other}, which are the same")
            entries[name] = _Entry(part, written, value)
        return entries

    def _check_numbers(self, entries: Iterable[tuple[str, _Entry]]) -> None:
        """Refuse text where a number belongs; all such places are named."""
        texts: dict[str, Any] = {}
        for name, (part, written, value) in entries:
            every = value if isinstance(value, list) else [value]
            text = next((one for one in every if isinstance(one, str | bool)), None)
            if name in NAMES and BY_NAME[name].is_number and text is not None:
                texts[self._place(part, written)] = text
        if texts:
            what = f"{', '.join(texts)}: text where a number belongs"
            given = ", ".join(repr(text) for text in texts.values())
            raise BadValue(what, given=given, advice="Write it without quotes, as in degree = [4]")

    def _base(self, values: dict[str, Any], axes: tuple[Axis, ...], entries: _Entries) -> Setup:
        """Return what all cells have in common; what is left open is as in `newswave run`."""
        if "setup" in values:
            start: Setup = values.pop("setup")
            with self._at("base", ""):
                return settled(start, values)
        _check_together((*values, *(axis.name for axis in axes)))
        _check_parts(values, axes)
        first = {axis.name: axis.values[0] for axis in axes}
        try:
            return _usual(values, axes)
        except NewswaveError:
            # Not a setup by itself; it may be one with what the axes put in.
            try:
                return _usual(values, axes, first)
            except NewswaveError as error:
                raise self._of_entry(error, values, axes, first, entries) from error

    def _of_entry(
        self,
        error: NewswaveError,
        values: dict[str, Any],
        axes: tuple[Axis, ...],
        first: dict[str, Any],
        entries: _Entries,
    ) -> BadValue:
        """Return an error with the entry without which there is none."""
        for name in (*first, *values):
            fewer = {one: value for one, value in first.items() if one != name}
            less = {one: value for one, value in values.items() if one != name}
            kept = tuple(axis for axis in axes if axis.name != name)
            with contextlib.suppress(NewswaveError):
                _usual(less, kept, fewer)
                return self._located(error, *entries[name][:2])
        named = next((entry for name, entry in entries.items() if name in error.what), None)
        return self._located(error, *(named[:2] if named else ("base", "")))

    def _blamed(
        self, error: BadValue, start: Setup, axes: tuple[Axis, ...], entries: _Entries
    ) -> BadValue:
        """Return an error of a cell with the axis that makes no setup even by itself."""
        for axis in axes:
            for value in axis.values:
                try:
                    settled(start, {axis.name: value})
                except NewswaveError:
                    return self._located(error, *entries[axis.name][:2])
        return error

    def _study(self, entries: Mapping[str, Any]) -> Study:
        fits, wanted = entries.get("fits", True), entries.get("bootstrap", REPLICAS)
        with self._at("study", "fits"):
            if not isinstance(fits, bool):
                raise BadValue("fits is true or false", given=fits)
        if not fits:
            if "bootstrap" in entries:
                raise BadValue("Without fits there is no bootstrap", advice="Leave it out")
            return Spread()
        if wanted == 0 and not isinstance(wanted, bool):
            return Fitted()
        with self._at("study", "bootstrap"):
            return Compared(wanted)

    def _own_events(self, entry: _Entry | None) -> tuple[Event, ...]:
        if entry is None:
            return ()
        with self._at("base", entry.name):
            result = read_events(self._path(entry.value))
        if not result.whole:
            self.notes.append(result.source)
        return result.events

    def _single(self, name: str, entry: _Entry, own: tuple[Event, ...]) -> Any:
        value = entry.value
        with self._at("base", entry.name):
            if isinstance(value, list):
                raise BadValue("This is a list", given=value, advice="Put lists under [grid]")
            if name == "edges":
                return read_edge_list(self._path(value))  # the text of a setup names its source
            if name == "setup":
                return Setup.read(self._path(value))
            return _shares(value) if name == "high" else self._value(name, value, own)

    def _axis(self, name: str, entry: _Entry, own: tuple[Event, ...]) -> Axis:
        given = entry.value
        with self._at("grid", entry.name):
            if isinstance(given, dict) and set(given) <= set(_RANGE):
                return Axis(name, _range(given))
            if not isinstance(given, list):
                allowed = "a list, or {from = 1, to = 5}"
                advice = "Put single values under [base]"
                raise BadValue("This is no list", given=given, allowed=allowed, advice=advice)
            if name == "table" and all(isinstance(one, str) for one in given):
                if len(set(given)) < len(given):
                    raise BadValue("A table comes twice", given=given, advice="Give each once")
                return Axis(name, {one: self._value(name, one, own) for one in given})
            return Axis(name, tuple(self._value(name, one, own) for one in given))

    def _value(self, name: str, value: Any, own: tuple[Event, ...]) -> Any:
        if isinstance(value, dict):
            return decode(value, KINDS)
        if name == "event" and isinstance(value, str):
            return find_event(value, own)
        return read_value(
            name, self._path(value) if name == "table" and value != "synthetic" else value
        )

    def _path(self, value: Any) -> Path:
        if not isinstance(value, str):
            raise BadValue("This is no name of a file", given=value)
        return self.folder / value

    @contextlib.contextmanager
    def _at(self, part: str, name: str) -> Iterator[None]:
        """Let an error that is raised inside name the entry and its line."""
        try:
            yield
        except NewswaveError as error:
            raise self._located(error, part, name) from error

    def _located(self, error: NewswaveError, part: str, name: str) -> BadValue:
        return BadValue(f"{self._place(part, name)}: {error}")

    def _place(self, part: str, name: str) -> str:
        line = _line(self.text, part, name)
        where = f", line {line}" if line else ""
        return f"[{part}]{f' {name}' if name else ''}{where}"


def _usual(
    values: Mapping[str, Any], axes: tuple[Axis, ...], more: Mapping[str, Any] | None = None
) -> Setup:
    """Return the setup of entries; what is left open is as in `newswave run`."""
    names = {*values, *(axis.name for axis in axes)}
    given = dict(values)
    if "table" in names and not any(BY_NAME[name].part == "mix" for name in names):
        tables = next((axis.values for axis in axes if axis.name == "table"), ())
        given["mix"] = _mix_of((*tables, *([values["table"]] if "table" in values else [])))
    return described({**given, **(more or {})}, names)


def _check_together(names: tuple[str, ...]) -> None:
    """Refuse two entries, in whichever table, that say the same thing."""
    check_names(tuple(name for name in names if name in NAMES))
    for one in (p for p in PARAMETERS if p.reach is Reach.BASE and p.name in names):
        for other in PARAMETERS:
            if other.name in names and one.excludes(other):
                what = f"{one.name} and {other.name} do not go together"
                raise BadValue(what, advice="Leave one out")


def _check_parts(values: Mapping[str, Any], axes: tuple[Axis, ...]) -> None:
    """Refuse a part under [base] of what an axis replaces as a whole."""
    for axis in (axis for axis in axes if BY_NAME[axis.name].is_whole):
        for part in PARAMETERS:
            if part.name in values and not part.is_whole and part.excludes(BY_NAME[axis.name]):
                raise BadValue(
                    f"{part.name} of [base] would be lost, because [grid] gives {axis.name} anew",
                    advice=f"Put {part.name} under [grid] too, as a list of one, or leave it out",
                )


def _range(given: Mapping[str, Any]) -> range:
    """Return whole numbers from the first to the last, both of them in."""
    low, high = (whole_number(name, given.get(name, math.nan), 0) for name in ("from", "to"))
    step = whole_number("step", given.get("step", 1), 1)
    if high < low or (high - low) // step >= MOST_CELLS:
        allowed = f"to at or above from, up to {MOST_CELLS} numbers"
        raise BadValue("This range does not fit", given=dict(given), allowed=allowed)
    return range(low, high + 1, step)


def _shares(value: Any) -> tuple[float, ...]:
    """Return the share of agents high in each trait, from a table such as {extraversion = 0.7}."""
    if not isinstance(value, dict):
        raise BadValue("This is no table of traits", given=value, advice="{extraversion = 0.7}")
    shares = {Trait.named(name).value: share for name, share in value.items()}
    return IndependentTraits(**shares).shares


def _mix_of(tables: tuple[Measured, ...]) -> Mix:
    """Return the mix that tables suggest: their profiles alike often, or their two groups."""
    rows = tables[0].given.rows
    if any(set(table.given.rows) != set(rows) for table in tables):
        advice = "Say under [base] who there is: mix, profile, high or fast_fraction"
        raise BadValue("These tables have different rows", advice=advice)
    try:
        return mix_of(rows)
    except BadValue as error:
        what = "The rows of the tables are neither profiles nor two groups"
        advice = "Say under [base] who there is"
        raise BadValue(what, given=rows, advice=advice) from error


def _line(text: str, part: str, name: str) -> int:
    """Return the number of the line that holds an entry, or 0 if it is not found."""
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([\w.-]+)\s*\]", line)
        here = header.group(1) if header else here
        if here.split(".")[0] != part:
            continue
        dotted = ".".join([*here.split(".")[1:], ""]) if header is None else here[len(part) + 1 :]
        if not name and header:
            return number
        key = re.match(r"\s*[\"']?([\w-]+)", line) if header is None else None
        if name and (dotted.split(".")[0] == name or (key and key.group(1) == name)):
            return number
    return 0
