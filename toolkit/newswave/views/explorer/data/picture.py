"""The curve of one's own as a picture, with the fits over it."""

from __future__ import annotations

from newswave.curve import Curve
from newswave.describing import SYNTHETIC
from newswave.fitting.fits import Fit
from newswave.views.explorer.data.state import Data
from newswave.views.explorer.items import Stroke, Switch
from newswave.views.explorer.lines import (
    MIXING,
    ensemble_band,
    fit_key,
    fit_lines,
    median_line,
)
from newswave.views.explorer.pictures import Line, Picture

SOURCE = ("source and peers", "well-mixed")
_CURVE = Stroke("ink", (), 3.0)
_SOURCE_STROKE = Stroke("green", (6, 3, 2, 3, 2, 3), 2.5)


def picture_of(state: Data) -> Picture:
    """Return the picture of the page; without lines while it is not known how many there are."""
    unit, name = state.counts.unit, state.counts.name
    if state.curve is None:
        return Picture(f"{name}: how many are there in all?", 1, time=unit, has_transport=False)
    curve, lines = state.curve, shown_lines(state)
    band = (ensemble_band(curve, f"90 % of {curve.runs} runs", "ink"),) if curve.runs > 1 else ()
    names = "; ".join(line.label for line in lines)
    synthetic = curve.setup is not None and curve.setup.synthetic
    return Picture(
        title=title_of(state),
        rounds=len(curve.rounds) - 1,
        lines=lines,
        bands=band,
        curve_words=f"Those who have shared or adopted, by {unit}. Lines: {names}.",
        time=time_words(curve, unit),
        share="have shared or adopted (%)",
        synthetic=SYNTHETIC if synthetic else "",
        has_transport=False,
    )


def title_of(state: Data) -> str:
    """Return what the curve is of."""
    dataset = state.counts.dataset
    return state.counts.name if dataset is None else dataset.title


def time_words(curve: Curve, unit: str) -> str:
    """Return what the time axis shows: it counts from the first count on.

    >>> time_words(Curve([1, 2, 4], 9, first_round=1), "month")
    'months after the first count (0 is month 1)'
    """
    if not curve.first_round:
        return f"{unit}s"
    return f"{unit}s after the first count (0 is {unit} {curve.first_round})"


def every_line(state: Data) -> tuple[Line, ...]:
    """Return the curve, or the median of its runs, and the fits by likelihood."""
    if state.curve is None:
        return ()
    label = "median of the runs" if state.curve.runs > 1 else "the curve"
    first = median_line(state.curve, "curve", label, _CURVE)
    return (first, *fit_lines(state.fits), *_source_lines(state))


def shown_lines(state: Data) -> tuple[Line, ...]:
    """Return the lines that are switched on."""
    return tuple(line for line in every_line(state) if line.key not in state.hidden)


def _source_lines(state: Data) -> tuple[Line, ...]:
    """Return source and peers, where no network is known: there the verdict is about it too."""
    if state.degree is not None or (state.curve is not None and state.curve.setup is not None):
        return ()
    found = [fit for fit in state.fits if _where(fit) == SOURCE]
    label = f"{SOURCE[0]}, {MIXING[SOURCE[1]]}"
    return tuple(Line(fit_key(*SOURCE), label, _SOURCE_STROKE, fit.curve) for fit in found)


def _where(fit: Fit) -> tuple[str, str]:
    return fit.model.name, fit.model.mixing.label


def line_switches(state: Data) -> tuple[Switch, ...]:
    """Return a switch for each line of a fit."""
    return tuple(
        Switch(f"line:{line.key}", f"Fit: {line.label}", line.key not in state.hidden,
               stroke=line.stroke)
        for line in every_line(state)
        if line.key != "curve"
    )  # fmt: skip
