"""A measured table on the page: its cells as they come in, what it says, what to doubt in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from newswave.describing import measured_words
from newswave.measuring import Plan
from newswave.rules import Measured
from newswave.surveying import Surveyed
from newswave.tablefacts import TraitEffect, by_readiness, doubts, trait_effects
from newswave.views.explorer.items import Grid, Item, Table, Tone, Words

Floats = npt.NDArray[np.float64]

_MOST_ROWS = 48
_MOST_COLUMNS = 6


@dataclass(frozen=True, eq=False)
class HeldTable:
    """A table that the page holds.

    Parameters
    ----------
    name : str
        Of its file, without the ending.
    measured : Measured
        The table.
    notes : tuple of str
        What to know of how it was measured.
    record : str
        Name of the recording that was written here; '' if it was brought.
    """

    name: str
    measured: Measured
    notes: tuple[str, ...] = ()
    record: str = ""

    @classmethod
    def of(cls, surveyed: Surveyed, name: str, record: str = "") -> HeldTable:
        """Return the table of a survey."""
        return cls(name, surveyed.measured, tuple(surveyed.notes()), record)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """What the table says."""
        return _table_items(self)

    @property
    def is_synthetic(self) -> bool:
        """Whether a formula answered."""
        return self.measured.origin is not None and self.measured.origin.synthetic


def exposure_names(last: int) -> tuple[str, ...]:
    """Return the exposures of a table as they are headed.

    >>> exposure_names(3)
    ('1', '2', '3+')
    """
    return (*map(str, range(1, last)), f"{last}+")


def live_grid(plan: Plan, chances: Floats) -> Grid:
    """Return the cells that have come in so far."""
    values = tuple(tuple(None if np.isnan(p) else float(p) for p in row) for row in chances)
    known = int(np.isfinite(chances).sum())
    return Grid(
        "grid",
        f"P(share) by profile and exposure (sharing neighbours): {known} of {chances.size} cells "
        "so far, as they were read.",
        ("Profile", *exposure_names(plan.wording.max_exposure)),
        plan.rows,
        values,
    )


def _table_items(held: HeldTable) -> tuple[Item, ...]:
    """Return the heat map, what traits do, the doubts and the notes."""
    about = measured_words(held.measured)
    kept = f" Recording: {held.record}." if held.record else ""
    about = f"{about[0].upper()}{about[1:]}.{kept}"
    items: list[Item] = [Words("table_about", about, Tone.QUIET)]
    items += [Words(f"table_doubt_{at}", words, Tone.WARNING)
              for at, words in enumerate(doubts(held.measured))]  # fmt: skip
    items.append(_grid(held.measured))
    items += _effects(held.measured)
    if held.notes:
        items.append(Words("table_notes", "\n\n".join(held.notes), Tone.QUIET))
    return tuple(items)


def _shown(measured: Measured) -> list[int]:
    """Return the exposures that fit on a page: the first ones and the last."""
    last = measured.given.max_exposure
    return [*range(1, min(_MOST_COLUMNS, last)), last]


def _grid(measured: Measured) -> Grid:
    rows, columns = by_readiness(measured)[:_MOST_ROWS], _shown(measured)
    table, every = measured.given, len(measured.given.rows)
    words = "P(share) by profile and exposure (sharing neighbours), the readiest to share on top"
    cut = "" if len(rows) == every else f": {len(rows)} of {every} rows"
    names = exposure_names(table.max_exposure)
    values = tuple(tuple(float(table.probabilities[row, m]) for m in columns) for row in rows)
    header = ("Profile", *(names[m - 1] for m in columns))
    return Grid("grid", f"{words}{cut}.", header, tuple(table.rows[r][:40] for r in rows), values)


def _effects(measured: Measured) -> tuple[Item, ...]:
    """Return what each trait does to the log-odds."""
    found, columns = trait_effects(measured), _shown(measured)
    if not found:
        return ()
    names = exposure_names(measured.given.max_exposure)
    rows = tuple(
        (f"high {one.trait.value}", *(_effect(one, m, measured.is_sampled) for m in columns))
        for one in found
    )
    words = "What a high trait does: mean difference in the log-odds of sharing, high minus low"
    ends = " (95 % interval of what was counted)." if measured.is_sampled else "."
    head = ("Trait", *(names[m - 1] for m in columns))
    return (Table("effects", words + ends, head, rows, tuple(range(1, len(head)))),)


def _effect(one: TraitEffect, exposure: int, sampled: bool) -> str:
    at = exposure - 1
    text = _signed(one.effect[at])
    return f"{text} ({_signed(one.low[at])} to {_signed(one.high[at])})" if sampled else text


def _signed(value: float) -> str:
    """Return a number with its sign; what rounds to nothing has a plus.

    >>> _signed(-0.001), _signed(-0.5)
    ('+0.00', '-0.50')
    """
    return f"{round(float(value), 2) + 0.0:+.2f}"
