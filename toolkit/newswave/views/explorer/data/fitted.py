"""What the fits of one's own curve say: tables, the test, and what a fit can and cannot show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newswave.fitting.fits import Fit
from newswave.fitting.models import WellMixed
from newswave.reporting import (
    ceiling_words,
    estimate_cells,
    lowest_aic_words,
    rate_words,
    undetermined_words,
)
from newswave.views.explorer.data.picture import every_line
from newswave.views.explorer.data.state import Data
from newswave.views.explorer.items import Button, Group, Item, Table, Tone, Words
from newswave.views.explorer.lines import MIXING

CAUTION = (
    "A fit says which equations bend like this curve, not why it bends. Two kinds of people, a "
    "source that reaches everybody (journals, advertising), people who would never share, and the "
    "network itself can all bend a curve alike. Who told whom is not in it."
)
_COLUMNS = ("Model", "Estimate", "Value", "95 % interval", "AIC", "RMSE (points)")


def fits_group(state: Data) -> Item:
    """Return all that the fits say, the test, and the caution."""
    items: list[Item] = [Words("caution", _caution(state), Tone.WARNING)]
    if state.why_not:
        items.append(Words("no_fit", state.why_not, Tone.NOTE))
        return Group("rates", "One rate or two?", tuple(items))
    fits = state.fits if state.comparison is None else state.comparison.fits
    items = [*_test(state), _table("fits", _likely(fits), state), *items]
    tested = (
        not state.ceiling if state.comparison is None else state.comparison.verdict.replicas > 0
    )
    notes = (
        ("undetermined", undetermined_words(_likely(fits))),
        ("ceiling_words", ceiling_words(fits)),
        ("lowest_aic", lowest_aic_words(fits, tested)),
    )
    items += [Words(key, words, Tone.QUIET) for key, words in notes if words]
    squares = _table("squares", [fit for fit in fits if fit.method.extra_parameters()], state)
    more = Group(
        "squares_group",
        "Least squares, as one would try first",
        (Words("squares_words", _SQUARES, Tone.QUIET), squares),
        folded=True,
    )
    return Group("rates", "One rate or two?", (*items, *((more,) if squares.rows else ())))


_NO_TEST = (
    "Makes 200 data sets like this one. One rate is tested against two without a ceiling only."
)
_SQUARES = (
    "The errors of a cumulative curve hang together, so that the AIC of these fits misleads. It "
    "compares them with each other only."
)


def _caution(state: Data) -> str:
    dataset = state.counts.dataset
    return CAUTION if dataset is None else dataset.caution


def _likely(fits: Sequence[Fit]) -> list[Fit]:
    return [fit for fit in fits if not fit.method.extra_parameters()]


def _test(state: Data) -> tuple[Item, ...]:
    if state.comparison is not None:
        return (Words("verdict", state.comparison.verdict.words, Tone.NOTE, live=True),)
    if state.testing is not None:
        return (state.testing, Button("stop_test", "Stop the test"))
    if state.ceiling:
        return (Button("test", "Work out the intervals", _NO_TEST, Tone.MAIN),)
    words = "Does this curve need a second rate, or does it only look so? First guess, then test."
    button = Button("test", "Test: one rate or two?", "Makes 200 data sets in which all are alike, "
                    "and compares. Takes some seconds.", Tone.MAIN)  # fmt: skip
    return (Words("guess", words), button)


def _table(key: str, fits: Sequence[Fit], state: Data) -> Table:
    how = "likelihood" if key == "fits" else "least squares"
    rates = rate_words(_networked(fits), state.counts.unit)
    observed = f", with {fits[0].observed}" if fits and fits[0].observed else ""
    caption = f"Fitted by {how}{observed}. {rates}. A fraction has no unit."
    rows = [row for fit in fits for row in _rows(fit)]
    return Table(key, caption, _COLUMNS, tuple(rows), (2, 3, 4, 5))


def _networked(fits: Sequence[Fit]) -> bool:
    return any(fit.model.mixing != WellMixed() for fit in fits)


def _rows(fit: Fit) -> list[tuple[str, ...]]:
    """Return a row for each estimate of a fit."""
    model = f"{fit.model.name}, {MIXING[fit.model.mixing.label]}"
    rows: list[tuple[str, ...]] = []
    for at, name in enumerate(fit.estimates):
        said = estimate_cells(fit, name)
        last = ("", "") if at else (f"{fit.aic:.1f}", f"{100 * fit.rmse:.1f}")
        rows.append((model, name.replace("_", " "), *said, *last))
    return rows


def misses_words(state: Data) -> str:
    """Return how far each fit lies from the curve at most, in a sentence."""
    lines = every_line(state)
    told = [
        f"{line.label} by up to {100 * np.abs(line.fraction - lines[0].fraction).max():.1f}"
        for line in lines[1:]
    ]
    return f"The fits miss the curve, in percentage points: {'; '.join(told)}." if told else ""
