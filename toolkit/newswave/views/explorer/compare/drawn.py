"""A and B as pictures: two networks at the same round, and both curves on the same axes."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.history import History
from newswave.personality import Trait
from newswave.views.explorer.compare.state import Compared, Layer
from newswave.views.explorer.ensembles import Ensemble
from newswave.views.explorer.items import Item, Stroke, Switch
from newswave.views.explorer.lines import ensemble_band, median_line
from newswave.views.explorer.pictures import (
    TIME,
    Band,
    Cast,
    Line,
    Picture,
    cast_words,
    rule_words,
    synthetic_words,
)

_NETWORK_AWARE = "master"


@dataclass(frozen=True)
class _Side:
    """How one of the two is drawn: its letter, its band's colour, its lines."""

    name: str
    colour: str
    median: Stroke
    run: Stroke
    theory: Stroke


_A = _Side("A", "blue", Stroke("blue", (), 3.0), Stroke("blue", (), 1.25), Stroke("sky", (2, 3), 3))
_B = _Side(
    "B", "orange", Stroke("red", (9, 4), 3.0), Stroke("red", (9, 4), 1.25),
    Stroke("orange", (2, 3), 3),
)  # fmt: skip

_TOLD = {
    Layer.BAND: (
        "Median and band of all runs",
        "The middle of the runs of A and of B, and the band in which 90 % of them lie.",
    ),
    Layer.RUN: ("The shown runs", "The runs that the two networks play."),
    Layer.THEORY: (
        "Network-aware theory",
        "What the agents' probabilities lead to on such networks, before any run. Nothing is "
        "fitted.",
    ),
}


def layer_items(state: Compared, a: Ensemble, b: Ensemble) -> tuple[Item, ...]:
    """Return the switches of the common axes."""
    barred = {Layer.THEORY: "" if a.predicted or b.predicted else a.why_no_theory}
    return tuple(
        Switch(
            f"compare_layer:{layer.value}",
            label,
            layer in state.layers,
            help_,
            barred=barred.get(layer, ""),
        )
        for layer, (label, help_) in _TOLD.items()
    )


def pictures_of(state: Compared, a: Ensemble, b: Ensemble) -> tuple[Picture, ...]:
    """Return the three pictures; B waits at round 0 until the prediction is made."""
    second = _network(state, b, "B") if state.is_shown else _waiting(state, b)
    return _network(state, a, "A"), second, _curves(state, a, b)


def _network(state: Compared, side: Ensemble, name: str) -> Picture:
    history = side.history(state.run)
    return Picture(
        title=f"{name}: run {state.run + 1} of {side.setup.replicas}",
        has_transport=name == "A",
        rounds=side.setup.rounds,
        cast=Cast.of(side.world, Trait.EXTRAVERSION),
        history=history,
        network_words=f"{name}: {cast_words(side.setup, history, state.round)}",
        rule=rule_words(side.setup),
        time=TIME,
        synthetic=synthetic_words(side.setup),
    )


def _waiting(state: Compared, side: Ensemble) -> Picture:
    """Return B before it is shown: its network and its seed agents, and no round to play."""
    history = History.at_start(side.world, state.run)
    return Picture(
        title="B: predict, then press Show",
        has_transport=False,
        rounds=0,
        cast=Cast.of(side.world, Trait.EXTRAVERSION),
        history=history,
        network_words=f"B, still waiting: {cast_words(side.setup, history, 0)}",
        rule=rule_words(side.setup),
        time=TIME,
        synthetic=synthetic_words(side.setup),
    )


def _curves(state: Compared, a: Ensemble, b: Ensemble) -> Picture:
    sides = ((a, _A), (b, _B)) if state.is_shown else ((a, _A),)
    lines: list[Line] = []
    bands: list[Band] = []
    for ensemble, side in sides:
        lines += _lines(state, ensemble, side)
        if Layer.BAND in state.layers and ensemble.curve.runs > 1:
            label = f"{side.name}: 90 % of {ensemble.curve.runs} runs"
            bands.append(ensemble_band(ensemble.curve, label, side.colour))
    names = "; ".join(line.label for line in lines)
    return Picture(
        has_transport=False,
        title="A and B on the same axes" if state.is_shown else "A alone: B is yours to predict",
        rounds=state.rounds,
        lines=tuple(lines),
        bands=tuple(bands),
        curve_words=f"Agents that have shared, by round. Lines: {names or 'none'}.",
        time=TIME,
        synthetic=synthetic_words(a.setup) or synthetic_words(b.setup),
    )


def _lines(state: Compared, ensemble: Ensemble, side: _Side) -> list[Line]:
    """Return the lines of one of the two that are switched on."""
    name, found = side.name, []
    if Layer.BAND in state.layers:
        found.append(median_line(ensemble.curve, f"{name}_median", f"{name}: median", side.median))
    if Layer.THEORY in state.layers and ensemble.predicted is not None:
        theory = next(t for t in ensemble.predicted.theories if t.key == _NETWORK_AWARE)
        found.append(Line(f"{name}_theory", f"{name}: theory", side.theory, theory.fraction))
    if Layer.RUN in state.layers or not found:
        fraction = ensemble.curve.fraction[state.run]
        found.append(Line(f"{name}_run", f"{name}: run {state.run + 1}", side.run, fraction))
    return found
