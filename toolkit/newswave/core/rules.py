"""The rules that say how agents decide: by a table that is written or measured, or by asking."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from newswave.core.errors import (
    BadFile,
    BadValue,
    holding,
    one_of,
    probability,
    real_number,
    whole_number,
)
from newswave.core.files import LEFT_OUT, decode, encode, packaged, read_json, write_whole
from newswave.core.population import LITERATURE, Group, Profile, TraitEffects, is_nearly_code
from newswave.core.provenance import Cell, Leaning, Method, Origin, Pooled, pooled
from newswave.core.readers.tables import read_table
from newswave.core.sharing import Floats, SharingTable, between, hazard, share_probability
from newswave.core.wording import Wording

if TYPE_CHECKING:
    from newswave.core.events import Event


@runtime_checkable
class SharingRule(Protocol):
    """Anything that writes a sharing table for the groups of a mix and an event."""

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the table with one row for each of `groups`, in their order."""
        ...


@dataclass(frozen=True)
class SameForAll:
    """Every agent has share probability q: logit q = logit(share_probability) + event offset.

    Parameters
    ----------
    share_probability : float
        Per contact and round, for a neutral event.
    """

    share_probability: float = 0.05

    def __post_init__(self) -> None:
        probability("The share probability", self.share_probability)

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the contact rule with the same q in every row."""
        chance = _shifted([self.share_probability] * len(groups), event)
        return SharingTable.contact(_names(groups), chance, max_exposure, "rule: one rate")


@dataclass(frozen=True)
class ByGroup:
    """Two groups with a share probability each: logit q = logit(fast or slow) + event offset.

    Parameters
    ----------
    fast, slow : float
        Share probability per contact and round of the first and the second group of the mix, for
        a neutral event.
    """

    fast: float = 0.15
    slow: float = 0.015

    def __post_init__(self) -> None:
        probability("The fast share probability", self.fast)
        probability("The slow share probability", self.slow)
        if self.slow > self.fast:
            raise BadValue(
                "The slow group shares more readily than the fast one",
                given=f"fast {self.fast:g}, slow {self.slow:g}",
                allowed="fast at or above slow",
                advice="Swap the two",
            )

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the contact rule with q = fast in the first row, slow in the second."""
        if len(groups) != 2:
            raise BadValue(
                "A fast and a slow share probability need a mix of two groups",
                given=f"a mix of {len(groups)}",
                advice="Take the mix TwoGroups, or the rule ByTraits for profiles",
            )
        chance = _shifted([self.fast, self.slow], event)
        return SharingTable.contact(_names(groups), chance, max_exposure, "rule: two rates")


@dataclass(frozen=True)
class ByTraits:
    """Personality decides: logit q = logit(baseline) + event offset + Σ_j b_j · trait_j.

    A high trait counts +½, a low one −½, so b_j is the difference between high and low on the
    log-odds.

    Parameters
    ----------
    baseline : float
        Share probability per contact and round of the average profile for a neutral event.
    effects : TraitEffects
        The five b_j, each with its source.
    """

    baseline: float = 0.05
    effects: TraitEffects = LITERATURE

    def __post_init__(self) -> None:
        probability("The baseline", self.baseline)
        if not isinstance(self.effects, TraitEffects):
            raise BadValue("These are no trait effects", given=self.effects, advice="Take a preset")

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the contact rule with each group's q from its profile."""
        signs = np.array([group.profile.signs for group in groups])
        chance = _shifted([self.baseline] * len(groups), event, signs @ self.effects.values)
        source = f"rule: trait effects '{self.effects.name}'"
        return SharingTable.contact(_names(groups), chance, max_exposure, source)


@dataclass(frozen=True)
class Measured:
    """A table from outside: measured, recorded or written by hand, its rows named by profile code.

    The event's offset is not added: the table was made for its event.

    Parameters
    ----------
    given : SharingTable
        P(share | row, exposure).
    cells : tuple of Cell, optional
        What each cell rests on, where that is known. Cells that were counted over repeated answers
        have an interval, and runs draw from it: see `drawn`.
    origin : Origin, optional
        Which model was asked.
    between : tuple of int, optional
        Exposures that were not asked: their columns lie between those that were, and are made of
        them, see `newswave.core.sharing.between`.

    Raises
    ------
    BadValue
        If a cell names a row or an exposure that the table does not have, gives another
        probability, or comes twice.
    """

    given: SharingTable
    cells: tuple[Cell, ...] = ()
    origin: Origin | None = None
    between: tuple[int, ...] = field(default=(), metadata=LEFT_OUT)

    def __post_init__(self) -> None:
        if not isinstance(self.given, SharingTable):
            raise BadValue("A measured rule needs a sharing table", given=self.given)
        object.__setattr__(self, "cells", tuple(self.cells))
        object.__setattr__(self, "between", tuple(self.between))
        if not set(self.between) <= set(range(2, self.given.max_exposure)):
            allowed = f"2 to {self.given.max_exposure - 1}: the first and the last are asked"
            raise BadValue("Not an exposure between others", given=self.between, allowed=allowed)
        if self.origin is not None and not isinstance(self.origin, Origin):
            raise BadValue("The origin of a table is an Origin", given=self.origin)
        for cell in self.cells:
            self._check(cell)
        if len({(cell.row, cell.exposure) for cell in self.cells}) < len(self.cells):
            raise BadValue("A cell of this table comes twice", allowed="each cell once")

    def _check(self, cell: Cell) -> None:
        if not isinstance(cell, Cell):
            raise BadValue("The cells of a table are Cells", given=cell)
        one_of("row of the table", cell.row, self.given.rows)
        whole_number("The exposure of a cell", cell.exposure, 1, self.given.max_exposure)
        if self.given.probabilities[self._place(cell)] != cell.probability:
            raise BadValue(
                f"The table and its cell of {cell.row} at exposure {cell.exposure} differ",
                given=cell.probability,
                allowed=f"the table's {float(self.given.probabilities[self._place(cell)])!r}",
                advice="Measure again, or leave out the cells to run the table as it stands",
            )

    def _place(self, cell: Cell) -> tuple[int, int]:
        return self.given.rows.index(cell.row), cell.exposure

    @property
    def is_sampled(self) -> bool:
        """Whether any cell was counted over answers, so that it has an interval."""
        return any(cell.is_counted for cell in self.cells)

    def drawn(self, generator: np.random.Generator) -> Measured:
        """Return the rule with a table that the answers leave possible.

        All counted cells are drawn together from their posterior, see
        `newswave.core.sharing`; one draw
        stands for all agents of a row, because they share what was measured wrong. Probabilities
        for repeated exposure, where there are some, stay.
        """
        chance = self.given.probabilities.copy()
        if self.pooled is not None:
            for cell, drawn in zip(
                self.counted, self.pooled.drawn(generator).tolist(), strict=True
            ):
                chance[self._place(cell)] = drawn
        if self.between:
            chance = between(chance[:, self.exposures], self.exposures)
        table = SharingTable(self.given.rows, chance, self.given.repeat, self.given.source)
        return Measured(table, origin=self.origin)

    @property
    def exposures(self) -> list[int]:
        """The exposures that were asked or given, from 1; the last stands for that many or more."""
        return [m for m in range(1, self.given.max_exposure + 1) if m not in self.between]

    @property
    def counted(self) -> tuple[Cell, ...]:
        """The cells that were counted over answers, in the order of `cells`."""
        return tuple(cell for cell in self.cells if cell.is_counted)

    @cached_property
    def pooled(self) -> Pooled | None:
        """What the counts of the counted cells say of them together; None if there are none."""
        return pooled(self.counted) if self.is_sampled else None

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:  # noqa: ARG002
        """Return the rows of the mix's groups, looked up by profile code, else by group name."""
        rows = self.given.rows
        names = tuple(g.profile.code if g.profile.code in rows else g.name for g in groups)
        return self.given.pick(names, _names(groups)).up_to(max_exposure)


@dataclass(frozen=True)
class Asked:
    """A language model is asked for every decision, so that there is no table.

    Parameters
    ----------
    model : str
        Its name.
    wording : Wording
        The words in which it is asked.
    temperature : float
        At which it answers; at 0 all agents of a profile act alike.
    synthetic : bool
        Whether a formula answers in place of a language model.

    Raises
    ------
    BadValue
        If the name is empty or longer than 200 characters, or the temperature outside 0 to 2.
    """

    model: str
    wording: Wording
    temperature: float = 1.0
    synthetic: bool = False

    def __post_init__(self) -> None:
        fits = isinstance(self.model, str) and 0 < len(self.model.strip()) <= 200
        if not fits or not self.model.isprintable():
            raise BadValue("The name of a model does not fit", given=self.model)
        if not isinstance(self.wording, Wording):
            raise BadValue("A model is asked in a Wording", given=self.wording)
        heat = real_number("The temperature", self.temperature, 0.0, 2.0)
        object.__setattr__(self, "temperature", heat)
        if not isinstance(self.synthetic, bool):
            raise BadValue("synthetic is True or False", given=self.synthetic)

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:  # noqa: ARG002
        """Raise `BadValue`: only the model's answers say how these agents decide."""
        raise BadValue(
            "Here a language model decides, and no table says how",
            given=self.model,
            advice="Measure a table first (newswave table), or run it with newswave run --model",
        )


@dataclass(frozen=True)
class OneTable:
    """A rule by which everybody answers as the average of the agents that another rule is about.

    At every exposure the hazard is the mean over the groups, as in `average_person`; where a group
    surely shares, so that its hazard is infinite, the probability is the mean instead. What the
    other rule draws for each run, because it was counted over answers, is drawn here too.
    """

    rule: SharingRule

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the average row for each of `groups`, in their order."""
        given = self.rule.table(groups, event, max_exposure)
        weights = np.array([group.weight for group in groups])
        repeat = None if given.repeat is None else _average(given.repeat, weights)
        row = _average(given.probabilities, weights)
        return SharingTable(given.rows, row, repeat, f"the average of: {given.source}")

    @property
    def is_sampled(self) -> bool:
        """Whether the table is another one in every few runs: see `Measured.drawn`."""
        return isinstance(self.rule, Measured) and self.rule.is_sampled

    def drawn(self, generator: np.random.Generator) -> OneTable:
        """Return the average of a table that the answers leave possible."""
        assert isinstance(self.rule, Measured)
        return OneTable(self.rule.drawn(generator))


RULES: tuple[type[SharingRule], ...] = (SameForAll, ByGroup, ByTraits, Measured, Asked)
"""Every kind of rule."""


def _average(chances: Floats, weights: Floats) -> Floats:
    """Return the row of mean hazards, as often as there are rows."""
    present = weights > 0
    mean = share_probability(weights[present] @ hazard(chances[present]))
    sure = (chances[present] >= 1.0).any(axis=0)
    row = np.where(sure, weights[present] @ chances[present], mean)
    if (chances[present] == chances[present][0]).all():
        row = chances[present][0]  # to the last digit, so that the contact rule stays it
    return np.tile(row, (len(chances), 1))


def _names(groups: tuple[Group, ...]) -> tuple[str, ...]:
    return tuple(group.name for group in groups)


def _shifted(chances: list[float], event: Event, effects: Any = 0.0) -> Floats:
    """Return the probabilities with log-odds moved by the event's offset and the trait effects."""
    chance = np.array(chances, dtype=np.float64)
    shift = np.broadcast_to(event.offset.value + np.asarray(effects), chance.shape)
    odds_ratio = np.exp(shift)
    moved = chance * odds_ratio / (1.0 - chance + chance * odds_ratio)
    return np.where(shift == 0.0, chance, moved)


# Sharing tables in files: CSV for people and spreadsheets, JSON for all that is known of one.

_NAMES = ("profile", "group", "row", "name")
_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (SharingTable, Measured, Cell, Method, Origin, Leaning)
}
_SHAPE = "a header such as profile,1,2,3 and one row for each profile code or group"


def load_table(path: str | Path) -> SharingTable:
    """Return the sharing table in a CSV or JSON file.

    A CSV file has the header ``profile,1,2,3``: a column of profile codes or group names, then one
    column for each exposure m; the last one stands for "m or more". Column 0 may be left out.
    A JSON file holds what `save_table` or `save_measured` wrote.
    """
    return load_measured(path).given


def load_measured(path: str | Path) -> Measured:
    """Return the table in a CSV or JSON file as a rule, with what is known of its measurement.

    Parameters
    ----------
    path : str or Path
        As for `load_table`. What its cells rest on and where it comes from is there if
        `save_measured` wrote the file; from any other file there is the table alone.

    Raises
    ------
    BadFile
        If the file cannot be read or holds no sharing table.

    Examples
    --------
    >>> import tempfile
    >>> cell = Cell.counted("keen", 1, asked=20, shared=5)
    >>> measured = Measured(SharingTable(("keen",), [[0, cell.probability]]), (cell,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_measured(save_measured(measured, Path(folder) / "table.json")).cells == (cell,)
    True
    """
    made = _from_json if Path(path).suffix.lower() == ".json" else _from_csv
    with holding("sharing table", path):
        return made(path)


def save_measured(measured: Measured, path: str | Path) -> Path:
    """Write a measured table with its cells and its origin as JSON, one cell a line."""
    if Path(path).suffix.lower() != ".json":
        advice = "A CSV file has room for the table alone: give that to save_table"
        raise BadValue(
            "A measured table is written as JSON", given=str(path), allowed=".json", advice=advice
        )
    return write_whole(path, measured_json(measured))


def measured_json(measured: Measured) -> str:
    """Return a measured table as JSON text: all digits kept, a line for each row and each cell."""
    return _laid_out(encode(measured)) + "\n"


def _laid_out(value: Any, indent: str = "") -> str:
    """Return plain data as JSON text in which what is short, or a cell, has a line of its own."""
    plain = json.dumps(value, ensure_ascii=False)
    inner = value.values() if isinstance(value, dict) else value
    nested = isinstance(value, dict | list) and any(isinstance(x, dict | list) for x in inner)
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == "Cell" or (kind != "Origin" and not nested):
        return plain
    more = indent + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_laid_out(item, more)}" for key, item in value.items()]
        return "{\n" + more + f",\n{more}".join(parts) + f"\n{indent}}}"
    return "[\n" + more + f",\n{more}".join(_laid_out(x, more) for x in value) + f"\n{indent}]"


def save_table(table: SharingTable, path: str | Path) -> Path:
    """Write a sharing table: CSV, or JSON if the path ends with .json."""
    if Path(path).suffix.lower() == ".json":
        return write_whole(path, json.dumps(encode(table), indent=2, ensure_ascii=False) + "\n")
    return write_whole(path, table_csv(table))


def table_csv(table: SharingTable) -> str:
    """Return a sharing table as CSV text, all digits kept."""
    if table.repeat is not None:
        raise BadValue(
            "A CSV file has no room for a table with memory of the first exposure",
            advice="Give the file a name that ends with .json",
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["profile", *range(table.max_exposure + 1)])
    for name, row in zip(table.rows, table.probabilities, strict=True):
        writer.writerow([name, *map(repr, row.tolist())])
    return text.getvalue()


def _from_json(path: str | Path) -> Measured:
    made = decode(read_json(path, "a sharing table"), _KINDS)
    if isinstance(made, SharingTable):
        made = Measured(made)
    if not isinstance(made, Measured):
        raise BadValue("This is no sharing table", given=made)
    row_names(dict(enumerate(made.given.rows, 1)), "Row")
    return made


def _from_csv(path: str | Path) -> Measured:
    header, rows, encoding = read_table(path, "a sharing table")
    if header[0].lower() not in _NAMES:
        raise BadFile(
            "The first column of a sharing table names its rows",
            given=header[0],
            allowed=f"a column called {', '.join(_NAMES)}",
        )
    first = header[1:2] == ["0"]
    wanted = [str(m) for m in range(not first, len(header) - first)]
    if header[1:] != wanted or len(header) < 2 + first:
        raise BadValue(
            "The columns of this table are not exposures 1, 2, 3 in order",
            given=", ".join(header),
            allowed=_SHAPE,
        )
    zero = [] if first else [0.0]
    numbers = [zero + [_number(cell, line) for cell in row[1:]] for line, row in rows.items()]
    names = row_names({line: row[0] for line, row in rows.items()})
    source = f"read from {Path(path).name}" + (f", text in {encoding}" if encoding else "")
    return Measured(SharingTable(names, np.array(numbers), source=source))


def row_names(cells: Mapping[int, str], place: str = "Line") -> tuple[str, ...]:
    """Return profile codes in their usual form, or the names of groups as they stand."""
    names = []
    for line, cell in cells.items():
        try:
            names.append(Profile.from_code(cell).code)
        except BadValue as error:
            if is_nearly_code(cell):
                where = f"{place} {line} of this table has a slip. {error.what}"
                advice = "Mend it, or give the group a name that is no code"
                allowed = error.allowed
                raise BadValue(where, given=cell, allowed=allowed, advice=advice) from error
            names.append(cell)
    return tuple(names)


def _number(cell: str, line: int) -> float:
    try:
        # between semicolons or in quotes, a comma is the decimal one
        return float(cell if "." in cell else cell.replace(",", ".", 1))
    except ValueError:
        raise BadValue(
            f"Line {line} of this table has a cell that is no number",
            given=cell,
            allowed="a probability from 0 to 1, with a point",
        ) from None


def synthetic_table() -> Measured:
    """Return the synthetic sharing table: 32 profiles, exposures 1, 2 and 3 or more.

    It was made through the stand-in server: a formula answered, no language model.

    Examples
    --------
    >>> table = synthetic_table()
    >>> len(table.given.rows), table.given.max_exposure, table.origin.synthetic
    (32, 3, True)
    """
    return load_measured(packaged("examples", "synthetic-table.json"))
