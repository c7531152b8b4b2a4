"""Curves and theories as lines and bands of a picture, drawn as in figures."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from newswave.curve import Curve
from newswave.fitting.fits import Fit
from newswave.lineplots import LAYERS, layers
from newswave.predicting import Theory
from newswave.views.explorer.items import Stroke
from newswave.views.explorer.pictures import Band, Line

MIXING = {"network": "network-aware", "well-mixed": "well mixed"}


def ensemble_band(curve: Curve, label: str, colour: str) -> Band:
    """Return the band between which 90 % of the runs lie, as fractions.

    Examples
    --------
    >>> ensemble_band(Curve([[1, 2], [1, 4]], 10), "90 % of runs", "ink").low.round(2).tolist()
    [0.1, 0.21]
    """
    low, high = curve.band(0.9)
    return Band(label, colour, low / curve.n_agents, high / curve.n_agents)


def median_line(curve: Curve, key: str, label: str, stroke: Stroke) -> Line:
    """Return the median over the runs, round by round, as fractions."""
    return Line(key, label, stroke, np.median(curve.fraction, axis=0))


def shown_lines(
    curve: Curve,
    shown: Collection[str],
    theories: Sequence[Theory] = (),
    fits: Sequence[Fit] = (),
) -> tuple[Line, ...]:
    """Return the lines of the layers that are shown, see `newswave.lineplots.layers`.

    Examples
    --------
    >>> [line.label for line in shown_lines(Curve([[1, 4], [1, 2]], 10), ["band", "samples"])]
    ['median of the runs', 'run 1', 'run 2']
    """
    drawn, _ = layers(curve, shown, theories, fits)
    return tuple(
        Line(
            line.label.replace(" ", "_") if line.key == "samples" else line.key,
            line.label,
            LAYERS[line.key].pen,
            line.y,
        )
        for line in drawn
    )
