"""What the move of a slider costs, against drawing what it asks for."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import peers
from clock import Contender
from rows import Goal, Row, Sizes, duel
from spreads import alike, rounds_needed

import newswave as nw

_SHOWN = (0.05, 0.25, 0.5, 0.75, 0.95)


def answer(setup: nw.Setup) -> object:
    """Make network and runs anew, and return the five curves that are handed over."""
    return np.quantile(nw.simulate(setup).fraction, _SHOWN, axis=0)


def moves(sizes: Sizes) -> Iterator[Row]:
    """Everything but the drawing, against a picture of all runs."""
    setup = alike(sizes.agents, replicas=sizes.replicas)
    setup, seeds = replace(setup, rounds=rounds_needed(setup)), itertools.count(2)
    ours = Contender("newswave", lambda: answer(replace(setup, seed=next(seeds))))
    drawn = functools.partial(peers.picture, nw.simulate(setup).fraction)
    theirs = [(Contender(f"matplotlib, {sizes.replicas} lines as PNG", drawn), Goal(8, must=4))]
    what = f"slider: network, {sizes.replicas} runs, 5 quantile curves"
    yield from duel(what, ours, theirs, sizes.repetitions)
