"""What a sweep found, cell by cell, in the form in which an atlas asks for it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from newswave.calibrating.study import CALL, CORRECTED, GAP
from newswave.grids import Cell
from newswave.setups import Setup
from newswave.studies import Finding
from newswave.sweeping import Swept
from newswave.verdicts import Choice

TWO = Choice.TWO_RATES.value
LEAST, LIKELY = "least squares", "likelihood"

CALLERS = {
    ("well-mixed", LEAST): "AIC, well-mixed, least squares",
    ("well-mixed", LIKELY): "AIC, well-mixed, likelihood",
    ("network", LIKELY): "AIC, network-aware, likelihood",
}
"""What may call a second rate, beside the calibrated verdict, by mixing and method."""

NAN = float("nan")


@dataclass(frozen=True)
class Rate:
    """A rate with its interval; NaN where there is none."""

    value: float = NAN
    low: float = NAN
    high: float = NAN

    @property
    def known(self) -> bool:
        """Whether there is a rate."""
        return math.isfinite(self.value)

    def holds(self, true: float) -> bool:
        """Return whether the interval holds a value."""
        return self.low <= true <= self.high


@dataclass(frozen=True)
class Fact:
    """What is known of one cell.

    Parameters
    ----------
    number : int
        The cell's.
    setup : Setup
        What was run.
    mix, news : str
        Its row and its column.
    degree : int
        k.
    rate : Rate
        The one rate on the network, its bias taken off.
    true : float
        The agents' own rate, where they have one.
    half : Rate
        Half time, with the range of 95 % of the runs.
    verdict : str
        One rate, two rates, or cannot tell.
    p_value : float
        Of the calibrated test.
    calls : dict
        What the lowest AIC calls, by mixing and method.
    gaps : dict of str to float
        How far theories are off, by "mixing, kind".
    no_fit : str
        Why the curve could not be fitted.
    """

    number: int
    setup: Setup
    mix: str
    news: str
    degree: int
    rate: Rate = Rate()
    true: float = NAN
    half: Rate = Rate()
    verdict: str = ""
    p_value: float = NAN
    calls: dict[tuple[str, str], str] = field(default_factory=dict)
    gaps: dict[str, float] = field(default_factory=dict)
    no_fit: str = ""

    @property
    def alike(self) -> bool:
        """Whether all agents of the cell have one profile."""
        return len(self.setup.mix.groups) == 1


def facts(swept: Swept) -> tuple[Fact, ...]:
    """Return the facts of all cells that did not fail."""
    cells = swept.grid.cells()
    return tuple(_fact(cells[number], found) for number, found in swept.findings.items())


def _fact(cell: Cell, found: Iterable[Finding]) -> Fact:
    (_, mix), (_, news), (_, degree) = cell.settings
    numbers, texts = {}, {}
    calls, gaps = {}, {}
    for one in found:
        name = CORRECTED if one.method == CORRECTED else one.quantity
        if one.quantity == CALL:
            calls[one.mixing, LEAST if one.method.startswith(LEAST) else LIKELY] = one.text
        elif one.quantity == GAP and one.value is not None:
            gaps[f"{one.mixing}, {one.method}"] = one.value
        elif not one.model or one.method == CORRECTED:
            numbers[name], texts[name] = one, one.text
    return Fact(
        cell.number,
        cell.setup,
        str(mix),
        str(news),
        int(degree),
        rate=_rate(numbers.get(CORRECTED)),
        true=_rate(numbers.get("true rate")).value,
        half=_rate(numbers.get("half time")),
        verdict=texts.get("verdict", ""),
        p_value=_rate(numbers.get("p-value")).value,
        calls=calls,
        gaps=gaps,
        no_fit=texts.get("no fit", ""),
    )


def _rate(found: Finding | None) -> Rate:
    if found is None:
        return Rate()
    return Rate(*(NAN if x is None else x for x in (found.value, found.low, found.high)))
