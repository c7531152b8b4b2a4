"""The curve of one's own as a picture, with the fits over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.describing import SYNTHETIC
from newswave.lineplots import FITS, SOURCE_FITS
from newswave.views.explorer.data.state import Data
from newswave.views.explorer.items import Switch
from newswave.views.explorer.lines import ensemble_band, shown_lines
from newswave.views.explorer.pictures import Line, Picture

Floats = npt.NDArray[np.float64]

_STEPS = 400  # of a time axis whose times are not whole numbers
_MOST_STEPS = 2000


def picture_of(state: Data) -> Picture:
    """Return the picture of the page."""
    unit = state.counts.unit
    curve, lines = state.curve, lines_on(state)
    band = (ensemble_band(curve, f"90 % of {curve.runs} runs", "ink"),) if curve.runs > 1 else ()
    names = "; ".join(line.label for line in lines)
    synthetic = curve.setup is not None and curve.setup.synthetic
    return Picture(
        title=title_of(state),
        rounds=len(even_steps(curve)[0]) - 1,
        lines=tuple(replace(one, fraction=_evened(curve, one.fraction)) for one in lines),
        bands=tuple(
            replace(one, low=_evened(curve, one.low), high=_evened(curve, one.high)) for one in band
        ),
        curve_words=f"Those who have shared or adopted, by {unit}. Lines: {names}.",
        time=time_words(curve, unit),
        share="have shared or adopted (%)",
        unit=unit,
        synthetic=SYNTHETIC if synthetic else "",
        has_transport=False,
    )


def even_steps(curve: Curve) -> tuple[Floats, float]:
    """Return evenly spaced times since the first count, for the stage, and how far apart they are.

    Whole times are all among them, so that straight lines between the counts stay as they are.

    >>> even_steps(Curve([3, 9, 20], 80, times=[1948, 1950, 1955]))[0].tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    """
    elapsed = curve.elapsed
    whole = np.array_equal(elapsed, np.round(elapsed)) and elapsed[-1] <= _MOST_STEPS
    step = 1.0 if whole else float(elapsed[-1]) / _STEPS
    return np.linspace(0.0, float(elapsed[-1]), round(float(elapsed[-1]) / step) + 1), step


def _evened(curve: Curve, values: Floats) -> Floats:
    return np.interp(even_steps(curve)[0], curve.elapsed, values)


def title_of(state: Data) -> str:
    """Return what the curve is of."""
    dataset = state.counts.dataset
    return state.counts.name if dataset is None else dataset.title


def time_words(curve: Curve, unit: str) -> str:
    """Return what the time axis shows: it counts from the first count on.

    >>> time_words(Curve([1, 2, 4], 9, first_round=1), "month")
    'months after the first count (0 is month 1)'
    """
    step, first = even_steps(curve)[1], f"{curve.rounds[0]:.6g}"
    units = f"{unit}s" if step == 1 else f"steps of {step:.3g} {unit}s"
    if step == 1 and not curve.rounds[0]:
        return units
    return f"{units} after the first count (0 is {unit} {first})"


def every_line(state: Data) -> tuple[Line, ...]:
    """Return the curve, or the median of its runs, and the fits by likelihood."""
    curve = state.curve
    # A source, with peers or alone, only where no network is known: the verdict is about it too.
    known = state.degree is not None or curve.setup is not None
    keys = {"curve", *FITS} | (set() if known else SOURCE_FITS)
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
