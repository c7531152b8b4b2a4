"""Curves and theories as lines and bands of a picture, each in its own colour and dash."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newswave.curve import Curve
from newswave.fitting.fits import Fit
from newswave.predicting import Predicted
from newswave.views.explorer.items import Stroke
from newswave.views.explorer.pictures import Band, Line

MEDIAN = Stroke("purple", (), 2.0)
SAMPLE = Stroke("ink", (), 0.75)

FITTED = {
    ("one rate", "well-mixed"): Stroke("orange", (8, 4), 2.5),
    ("two rates", "well-mixed"): Stroke("red", (10, 3, 2, 3), 2.5),
    ("one rate", "network"): Stroke("sky", (2, 3), 3.0),
    ("two rates", "network"): Stroke("blue", (), 2.5),
}
"""How each fit is drawn, by model and mixing."""

THEORIES = {
    "master": Stroke("green", (), 3.0),
    "network_rounds": Stroke("sky", (2, 3), 3.0),
    "network_ode": Stroke("purple", (10, 3, 2, 3), 2.5),
    "well_mixed_ode": Stroke("red", (8, 4), 2.5),
}
"""How each theory is drawn, by its key."""

_NAMES = {
    "master": "network-aware theory",
    "network_rounds": "edge-based theory",
    "network_ode": "edge-based ODE",
    "well_mixed_ode": "well-mixed theory",
}

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


def median_line(curve: Curve, key: str, label: str, stroke: Stroke = MEDIAN) -> Line:
    """Return the median over the runs, round by round, as fractions."""
    return Line(key, label, stroke, np.median(curve.fraction, axis=0))


def sample_lines(curve: Curve, number: int) -> tuple[Line, ...]:
    """Return some runs spread over the ensemble: the first, the last, and those between."""
    runs = np.unique(np.linspace(0, curve.runs - 1, number).astype(int))
    return tuple(Line(f"run_{run}", f"run {run}", SAMPLE, curve.fraction[run]) for run in runs)


def theory_lines(predicted: Predicted) -> tuple[Line, ...]:
    """Return the theories of a setup."""
    return tuple(
        Line(theory.key, _NAMES[theory.key], THEORIES[theory.key], theory.fraction)
        for theory in predicted.theories
    )


def fit_lines(fits: Sequence[Fit]) -> tuple[Line, ...]:
    """Return the curves of fits by likelihood, one for each model and mixing that is drawn."""
    found = []
    for fit in fits:
        where = (fit.model.name, fit.model.mixing.label)
        if where in FITTED and fit.method.extra_parameters() == 0:
            label = f"{where[0]}, {MIXING[where[1]]}"
            found.append(Line(fit_key(*where), label, FITTED[where], fit.curve))
    return tuple(found)


def fit_key(model: str, mixing: str) -> str:
    """Return the key of a fit's line and switch.

    >>> fit_key("one rate", "well-mixed")
    'fit_one_rate_well_mixed'
    """
    return f"fit_{model}_{mixing}".replace(" ", "_").replace("-", "_")
