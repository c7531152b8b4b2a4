"""What one is seeing, in sentences that change with the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newswave.history import NEVER
from newswave.views.explorer.ensembles import Ensemble
from newswave.views.explorer.explore.layers import largest_gap
from newswave.views.explorer.explore.state import Explored
from newswave.views.explorer.items import Item, Tone, Words
from newswave.views.explorer.pictures import Line, synthetic_words

_SMALL = 0.02


def now_words(state: Explored, ensemble: Ensemble) -> str:
    """Return what the network shows at the round where the stage stands.

    Examples
    --------
    >>> from newswave.setups import Setup
    >>> from newswave.views.explorer.ensembles import ensemble
    >>> small = Setup(n_agents=100, n_seeds=2, rounds=10, replicas=4)
    >>> now_words(Explored(small), ensemble(small))
    'Round 0 of 10: 2 of 100 agents have shared, those are the seed agents.'
    """
    setup, history = state.setup, ensemble.history(state.run)
    shared = (history.shared != NEVER) & (history.shared <= state.round)
    head = f"Round {state.round} of {setup.rounds}: {int(shared.sum())} of {setup.n_agents} agents"
    if state.round == 0:
        return f"{head} have shared, those are the seed agents."
    new = int((history.shared == state.round).sum())
    words = f"{head} have shared, {new} of them in this round."
    groups = setup.mix.groups
    if len(groups) > 4 or len(groups) == 1:
        return words
    shares = [float(shared[ensemble.world.rows == row].mean()) if group.weight else 0.0
              for row, group in enumerate(groups)]  # fmt: skip
    each = ", ".join(
        f"{g.name} {100 * s:.0f} %" for g, s in zip(groups, shares, strict=True) if g.weight
    )
    return f"{words} By group: {each}."


def runs_words(ensemble: Ensemble) -> str:
    """Return when half have shared over all runs, and how many in the end."""
    curve = ensemble.curve
    half = curve.half_time()
    there = half[np.isfinite(half)]
    last = 100 * np.quantile(curve.fraction[:, -1], [0.05, 0.5, 0.95])
    runs = "this run" if curve.runs == 1 else f"{curve.runs} runs"
    end = f"{last[1]:.0f} % have shared by round {curve.rounds[-1]}"
    if curve.runs > 1:
        end += f" (90 % of runs: {last[0]:.0f} to {last[2]:.0f} %)"
    if not there.size:
        return f"Over {runs}, half is not reached; {end}."
    middle = f"half of the agents have shared by round {np.median(there):.1f}"
    if curve.runs > 1:
        low, high = np.quantile(there, [0.05, 0.95])
        middle += f" (90 % of runs: {low:.1f} to {high:.1f})"
    return f"Over {runs}, {middle}; {end}."


def line_words(ensemble: Ensemble, lines: Sequence[Line]) -> str:
    """Return how well each theory and fit follows the runs, in a sentence; '' for none."""
    good, bad = [], []
    for line in lines:
        if line.key == "median" or line.key.startswith("run_"):
            continue
        gap, at = largest_gap(ensemble, line)
        if gap <= _SMALL:
            good.append(line.label)
        else:
            bad.append(f"{line.label} is off by up to {100 * gap:.0f} points (round {at})")
    words = []
    if good:
        words.append(f"Within {100 * _SMALL:.0f} points of the runs: {'; '.join(good)}.")
    if bad:
        words.append(f"Not so the others: {'; '.join(bad)}." if good else f"{'; '.join(bad)}.")
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def seen_item(ensemble: Ensemble, lines: Sequence[Line]) -> Item:
    """Return what one sees in all rounds, in sentences, for under the picture."""
    seen = " ".join(part for part in (runs_words(ensemble), line_words(ensemble, lines)) if part)
    return Words("seen", seen, live=True)


def now_items(state: Explored, ensemble: Ensemble) -> tuple[Item, ...]:
    """Return the sentence of the round in which the stage stands, for above the picture."""
    label = synthetic_words(state.setup)
    mark = (Words("synthetic", label, Tone.SYNTHETIC),) if label else ()
    return (*mark, Words("seen_now", now_words(state, ensemble)))
