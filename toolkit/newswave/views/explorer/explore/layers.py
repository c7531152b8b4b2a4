"""What lies over the curve of the runs, and the switches that show and hide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newswave.fitting.fits import Fit
from newswave.lineplots import FITS, LAYERS, fit_key
from newswave.views.explorer.ensembles import Ensemble
from newswave.views.explorer.explore.state import Layer
from newswave.views.explorer.items import Item, Switch
from newswave.views.explorer.lines import MIXING, ensemble_band, shown_lines
from newswave.views.explorer.pictures import Band, Line


@dataclass(frozen=True)
class _Told:
    """A layer in words."""

    label: str
    help: str


def _fit(model: str, mixing: str, help_: str) -> _Told:
    return _Told(f"Fit: {model}, {MIXING[mixing]}", help_)


TOLD: dict[Layer, _Told] = {
    Layer.BAND: _Told(
        "Runs: median and band",
        "The middle of all runs, and the band in which 90 % of them lie.",
    ),
    Layer.SAMPLES: _Told("Runs: a few of them", "Six single runs of the ensemble."),
    Layer.MASTER: _Told(
        "Theory: network-aware",
        "The master equation: what the agents' own probabilities lead to on this network, before "
        "any run. Nothing is fitted.",
    ),
    Layer.WELL_MIXED: _Told(
        "Theory: well mixed",
        "The classical SI equation with the agents' true rates, as if everybody met everybody.",
    ),
    Layer.ONE_MIXED: _fit(
        "one rate", "well-mixed", "The SI equation i' = beta k i (1 - i), fitted to the runs."
    ),
    Layer.TWO_MIXED: _fit(
        "two rates", "well-mixed", "SI with a faster and a slower class, fitted to the runs."
    ),
    Layer.ONE_NETWORK: _fit(
        "one rate", "network", "One rate in the equations that know the network, fitted."
    ),
    Layer.TWO_NETWORK: _fit(
        "two rates", "network", "Two rates in the equations that know the network, fitted."
    ),
}
"""Every layer in words, in the order of the switches."""


def layer_items(on: frozenset[Layer], there: frozenset[Layer], why_not: str) -> tuple[Item, ...]:
    """Return the switches; what cannot be drawn for this setup says why."""
    return tuple(
        Switch(
            f"layer:{layer.value}",
            told.label,
            layer in on,
            told.help,
            LAYERS[layer.value].pen,
            "" if layer in there else why_not,
        )
        for layer, told in TOLD.items()
    )


def layers_there(ensemble: Ensemble, fits: Sequence[Fit] | None) -> frozenset[Layer]:
    """Return the layers that this setup has; fits that are not made yet count as there."""
    found = {Layer.BAND, Layer.SAMPLES}
    predicted = ensemble.predicted
    keys = {theory.key for theory in predicted.theories} if predicted else set()
    found |= {layer for layer in (Layer.MASTER, Layer.WELL_MIXED) if layer.value in keys}
    made = set(FITS)
    if fits is not None:
        made = {fit_key(fit.model.name, fit.model.mixing.label) for fit in fits}
    return frozenset(found | {layer for layer in TOLD if layer.value in made})


def lines_of(
    ensemble: Ensemble, fits: Sequence[Fit] | None, on: frozenset[Layer]
) -> tuple[Line, ...]:
    """Return the lines that are switched on, in the order of the switches."""
    theories = ensemble.predicted.theories if ensemble.predicted else ()
    return shown_lines(ensemble.curve, {layer.value for layer in on}, theories, fits or ())


def bands_of(ensemble: Ensemble, on: frozenset[Layer]) -> tuple[Band, ...]:
    """Return the band of the runs, if it is switched on."""
    if Layer.BAND not in on or ensemble.curve.runs == 1:
        return ()
    return (ensemble_band(ensemble.curve, f"90 % of {ensemble.curve.runs} runs", "purple"),)
