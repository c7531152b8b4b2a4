"""The rules that say how agents decide: by a table that is written or measured, or by asking."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np

from newswave.core.errors import BadValue, one_of, probability, real_number, whole_number
from newswave.core.events import Event
from newswave.core.population import LITERATURE, Group, TraitEffects
from newswave.core.provenance import Cell, Origin
from newswave.core.sharing import Floats, Pooled, SharingTable, pooled
from newswave.core.wording import Wording


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

    Raises
    ------
    BadValue
        If a cell names a row or an exposure that the table does not have, gives another
        probability, or comes twice.
    """

    given: SharingTable
    cells: tuple[Cell, ...] = ()
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.given, SharingTable):
            raise BadValue("A measured rule needs a sharing table", given=self.given)
        object.__setattr__(self, "cells", tuple(self.cells))
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
        table = SharingTable(self.given.rows, chance, self.given.repeat, self.given.source)
        return Measured(table, origin=self.origin)

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


RULES: tuple[type[SharingRule], ...] = (SameForAll, ByGroup, ByTraits, Measured, Asked)
"""Every kind of rule."""


def _names(groups: tuple[Group, ...]) -> tuple[str, ...]:
    return tuple(group.name for group in groups)


def _shifted(chances: list[float], event: Event, effects: Any = 0.0) -> Floats:
    """Return the probabilities with log-odds moved by the event's offset and the trait effects."""
    chance = np.array(chances, dtype=np.float64)
    shift = np.broadcast_to(event.offset.value + np.asarray(effects), chance.shape)
    odds_ratio = np.exp(shift)
    moved = chance * odds_ratio / (1.0 - chance + chance * odds_ratio)
    return np.where(shift == 0.0, chance, moved)
