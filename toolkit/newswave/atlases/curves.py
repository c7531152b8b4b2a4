"""The cells whose curves an atlas shows: a fast, a typical and a slow profile at each degree."""

from __future__ import annotations

import numpy as np

from newswave.atlases.design import Design
from newswave.atlases.facts import Fact
from newswave.atlasplots import THEORIES, Panel
from newswave.calibrating.luck import run_over
from newswave.calibrating.study import plain_theories
from newswave.setups import Setup

_SPEEDS = ("fast", "typical", "slow")


def shown(facts: tuple[Fact, ...], design: Design) -> list[list[tuple[str, Fact]]]:
    """Return rows of cells, each with its speed in a word: a row for each speed, by degree.

    The news is the reference; the profiles are the fastest, the middle and the slowest there, by
    the mean of ln rate over the degrees. Only profiles with a rate at every degree are looked at.
    """
    here = [fact for fact in facts if fact.alike and fact.news == design.reference]
    by_mix: dict[str, list[Fact]] = {}
    for fact in here:
        if fact.rate.known:
            by_mix.setdefault(fact.mix, []).append(fact)
    whole = [cells for cells in by_mix.values() if len(cells) == len(design.degrees)]
    if not whole:
        return []
    ranked = sorted(whole, key=lambda cells: -sum(np.log(one.rate.value) for one in cells))
    places = dict.fromkeys((0, len(ranked) // 2, len(ranked) - 1))
    words = _SPEEDS if len(places) == 3 else ("fast", "slow")
    return [[(word, one) for one in ranked[at]] for word, at in zip(words, places, strict=False)]


def panels(rows: list[list[tuple[str, Fact]]], networks: int) -> list[list[Panel]]:
    """Return the same with runs and theories."""
    return [
        [_panel(f"{word}: {one.mix}, degree {one.degree}", one.setup, networks)
         for word, one in row]
        for row in rows
    ]  # fmt: skip


def _panel(title: str, setup: Setup, networks: int) -> Panel:
    curve = run_over(setup, networks)
    low, high = curve.band()
    n = curve.n_agents
    named = {name: curve_ for name, curve_ in plain_theories(setup).items() if name in THEORIES}
    return Panel(title, curve.mean / n, low / n, high / n, named)
