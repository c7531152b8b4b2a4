"""What one is seeing, in sentences that change with the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newswave.describing import counted, half_words, reach_words, seeds_words
from newswave.history import NEVER, History
from newswave.views.explorer.ensembles import Ensemble
from newswave.views.explorer.explore.state import Explored
from newswave.views.explorer.items import Item, Tone, Words
from newswave.views.explorer.pictures import Line, synthetic_words

_SMALL = 0.02


def now_words(state: Explored, ensemble: Ensemble) -> tuple[str, ...]:
    """Return what the network shows, a sentence for each round.

    Examples
    --------
    >>> from newswave.setups import Setup
    >>> from newswave.views.explorer.ensembles import ensemble
    >>> small = Setup(n_agents=100, n_seeds=2, rounds=10, replicas=4)
    >>> now_words(Explored(small), ensemble(small))[0]
    'Round 0 of 10: 2 of 100 agents have shared; they are the seed agents.'
    """
    setup, history = state.setup, ensemble.history(state.run)
    counts = history.counts
    new = np.diff(counts, prepend=0)
    groups = _group_words(ensemble, history)
    everybody = f"{counted(setup.n_agents)} agents"
    found = []
    for at, (shared, fresh) in enumerate(zip(counts.tolist(), new.tolist(), strict=True)):
        head = f"Round {at} of {setup.rounds}: {counted(shared)} of {everybody}"
        if at == 0:
            found.append(f"{head} have shared; {'they are' if shared != 1 else 'it is'} the "
                         f"{seeds_words(setup.n_seeds, number=False)}.")  # fmt: skip
        else:
            found.append(f"{head} have shared, {counted(fresh)} of them in this round.{groups[at]}")
    return tuple(found)


def _group_words(ensemble: Ensemble, history: History) -> list[str]:
    """Return the share of each group by round; nothing where there are one or many groups."""
    groups = ensemble.setup.mix.groups
    if len(groups) > 4 or len(groups) == 1:
        return [""] * (history.rounds + 1)
    parts = []
    for row, group in enumerate(groups):
        own = history.shared[ensemble.world.rows == row]
        if group.weight and own.size:
            when = own[own != NEVER]
            shares = np.bincount(when, minlength=history.rounds + 1).cumsum() / own.size
            parts.append([f"{group.name} {100 * share:.0f} %" for share in shares.tolist()])
    return [f" By group: {', '.join(each)}." for each in zip(*parts, strict=True)]


def runs_words(ensemble: Ensemble) -> str:
    """Return when half have shared over all runs, and how many in the end."""
    curve = ensemble.curve
    runs = "this run" if curve.runs == 1 else f"{curve.runs} runs"
    return f"Over {runs}, half {half_words(curve)}; {reach_words(curve)}."


def line_words(ensemble: Ensemble, lines: Sequence[Line]) -> str:
    """Return how well each theory and fit follows the runs, in a sentence; '' for none."""
    good, bad = [], []
    for line in lines:
        if line.key == "band" or line.key.startswith("run_"):
            continue
        gap, at = ensemble.curve.gap(line.fraction)
        if round(100 * gap, 1) <= 100 * _SMALL:  # as it is told
            good.append(line.label)
        else:
            bad.append(f"{line.label}, by up to {100 * gap:.1f} points (round {at})")
    words = []
    if good:
        words.append(f"Within {100 * _SMALL:.0f} points of the runs: {'; '.join(good)}.")
    if bad:
        words.append(f"{'Further off' if good else 'Off the runs'}: {'; '.join(bad)}.")
    return " ".join(words)


def seen_item(ensemble: Ensemble, lines: Sequence[Line]) -> Words:
    """Return what one sees in all rounds, in sentences, for under the picture."""
    predicted = ensemble.predicted
    theories = {theory.key for theory in predicted.theories} if predicted else set()
    doubts = predicted.doubts if predicted and theories & {line.key for line in lines} else ()
    seen = " ".join(
        part for part in (runs_words(ensemble), line_words(ensemble, lines), *doubts) if part
    )
    return Words("seen", seen, live=True)


def now_items(state: Explored, ensemble: Ensemble) -> tuple[Item, ...]:
    """Return the sentence of the round in which the stage stands, for above the picture."""
    label = synthetic_words(state.setup)
    mark = (Words("synthetic", label, Tone.SYNTHETIC),) if label else ()
    told = now_words(state, ensemble)
    return (*mark, Words("seen_now", told[state.round], rounds=told))
