"""The one list of rows behind every table of fits: as text, on pages, as JSON and as findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from newswave.equations.fit import Fit
from newswave.equations.intervals import Interval

MIXING = {"network": "network-aware", "well-mixed": "well mixed"}
"""Mixing in the words of figures and pages."""


@dataclass(frozen=True, eq=False)
class FitRow:
    """One estimate of a fit, with what is known of it."""

    fit: Fit
    name: str
    value: float
    interval: Interval | None
    true: float | None  # what it is in the setup, where that is known
    is_first: bool  # of the rows of its fit

    @property
    def words(self) -> str:
        """The name of the estimate in words."""
        return self.name.replace("_", " ")

    @property
    def span(self) -> str:
        """The interval as text; '' if there is none."""
        ends = self.interval
        return f"{short(ends.low)} to {short(ends.high)}" if ends else ""

    @property
    def true_text(self) -> str:
        """The true value as text; '' if it is not known."""
        return "" if self.true is None else short(self.true)


def fit_rows(fits: Iterable[Fit], true: Mapping[str, float] | None = None) -> tuple[FitRow, ...]:
    """Return a row for each estimate of each fit, in their order."""
    known = true or {}
    return tuple(
        FitRow(fit, name, value, fit.intervals.get(name), known.get(name), not at)
        for fit in fits
        for at, (name, value) in enumerate(fit.estimates.items())
    )


def short(value: float) -> str:
    """Return a number in three digits that count.

    >>> short(0.162519), short(0.033), short(4.2e-06), short(123.4), short(0)
    ('0.163', '0.0330', '4.20e-06', '123', '0')
    """
    return f"{value:#.3g}".rstrip(".") if value else "0"


def page_cells(row: FitRow) -> tuple[str, str]:
    """Return an estimate and its interval for a page; no number that is not determined."""
    if not row.fit.identified:
        return "not determined", ""
    return short(row.value), row.span or "after the test"
