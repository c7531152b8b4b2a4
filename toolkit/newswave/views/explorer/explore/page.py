"""The Explore page as items: what one moves, and what comes of it."""

from __future__ import annotations

import numpy as np

from newswave.personality import Trait
from newswave.views.explorer.controls import items_for
from newswave.views.explorer.ensembles import Ensemble
from newswave.views.explorer.explore.layers import layer_items, layers_there
from newswave.views.explorer.explore.state import Explored
from newswave.views.explorer.items import Button, Choice, Group, Item, Row, Table
from newswave.views.explorer.presets import PRESETS

_LINES = 13


def control_items(state: Explored) -> tuple[Item, ...]:
    """Return the controls: starting points, luck, then the setup's own."""
    nothing = "" if state.past else "Nothing was changed yet."
    luck = Group(
        "luck",
        f"Luck: run {state.run + 1} of {state.setup.replicas}, seed {state.setup.seed}",
        (
            Row(
                "luck_row",
                (
                    Button("another_run", "Another run", "Same agents and links, other luck."),
                    Button("new_world", "New seed", "New links, new places, new luck."),
                ),
            ),
        ),
    )
    back = Row(
        "back_row",
        (Button("undo", "Undo", barred=nothing), Button("start_over", "Start over")),
    )
    return (_presets(), *items_for(state.setup), luck, back)


def _presets() -> Item:
    """Return the starting points, each a button with its question."""
    buttons = tuple(Button(f"preset:{one.key}", one.label, one.question) for one in PRESETS)
    return Group("presets", "Starting points", (Row("preset_row", buttons),), folded=True)


def layer_group(state: Explored, ensemble: Ensemble, fits: object) -> Item:
    """Return the switches of the curves."""
    made = fits if isinstance(fits, tuple) else None
    why = ensemble.why_no_theory or "This curve has no such fit."
    switches = layer_items(state.layers, layers_there(ensemble, made), why)
    return Group("layers", "Curves", (*switches, *_trait_choice(state)))


def _trait_choice(state: Explored) -> tuple[Item, ...]:
    """Return which trait the shapes show, where there are too many profiles for a shape each."""
    if len(state.setup.mix.groups) <= 4:
        return ()
    options = tuple((trait.value, trait.value.capitalize()) for trait in Trait)
    help_ = "Circles are high in it, squares low."
    return (Choice("trait", "Shapes show", state.trait.value, options, help_),)


def numbers_group(ensemble: Ensemble) -> Item:
    """Return the numbers behind the curve, for reading and for screen readers."""
    curve = ensemble.curve
    last = len(curve.rounds) - 1
    rows = sorted({*range(0, last, max(1, round(last / (_LINES - 1)))), last})
    low, high = curve.band()
    middle = np.median(curve.counts, axis=0)
    theory = ensemble.predicted.theories[0].fraction if ensemble.predicted else None
    cells = tuple(
        (
            str(at),
            *(f"{100 * counts[at] / curve.n_agents:.1f}" for counts in (middle, low, high)),
            *(() if theory is None else (f"{100 * theory[at]:.1f}",)),
        )
        for at in rows
    )
    header = ("Round", "Median", "Low", "High", "Network-aware theory")[: len(cells[0])]
    caption = "Agents that have shared, in per cent. 90 % of the runs lie between low and high."
    table = Table("numbers", caption, header, cells, tuple(range(1, len(header))))
    return Group("numbers_group", "The numbers behind the curve", (table,), folded=True)
