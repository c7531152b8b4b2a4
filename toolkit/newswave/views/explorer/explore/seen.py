"""What one is seeing, in sentences that change with the picture."""

from __future__ import annotations

from collections.abc import Sequence

from newswave.describing import half_words, reach_words
from newswave.history import NEVER
from newswave.views.explorer.ensembles import Ensemble
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
    runs = "this run" if curve.runs == 1 else f"{curve.runs} runs"
    return f"Over {runs}, half {half_words(curve)}; {reach_words(curve)}."


def line_words(ensemble: Ensemble, lines: Sequence[Line]) -> str:
    """Return how well each theory and fit follows the runs, in a sentence; '' for none."""
    good, bad = [], []
    for line in lines:
        if line.key == "band" or line.key.startswith("run_"):
            continue
        gap, at = ensemble.curve.gap(line.fraction)
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
