"""The curve of one's own as a picture, with the fits over it."""

from __future__ import annotations

from newswave.curve import Curve
from newswave.describing import SYNTHETIC
from newswave.lineplots import FITS, SOURCE_FIT
from newswave.views.explorer.data.state import Data
from newswave.views.explorer.items import Switch
from newswave.views.explorer.lines import ensemble_band, shown_lines
from newswave.views.explorer.pictures import Line, Picture


def picture_of(state: Data) -> Picture:
    """Return the picture of the page."""
    unit = state.counts.unit
    curve, lines = state.curve, lines_on(state)
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
        unit=unit,
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
    curve = state.curve
    # Source and peers only where no network is known: there the verdict is about it too.
    known = state.degree is not None or curve.setup is not None
    keys = {"curve", *FITS} | (set() if known else {SOURCE_FIT})
    return shown_lines(curve, keys, fits=state.fits)


def lines_on(state: Data) -> tuple[Line, ...]:
    """Return the lines that are switched on."""
    return tuple(line for line in every_line(state) if line.key not in state.hidden)


def line_switches(state: Data) -> tuple[Switch, ...]:
    """Return a switch for each line of a fit."""
    return tuple(
        Switch(f"line:{line.key}", f"Fit: {line.label}", line.key not in state.hidden,
               stroke=line.stroke)
        for line in every_line(state)
        if line.key != "curve"
    )  # fmt: skip
