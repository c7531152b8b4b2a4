"""The rows of the table: how large the work is, how a row is measured, what it says."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from clock import Contender, paired

Goal = float | None


@dataclass(frozen=True)
class Sizes:
    """How large everything is; `peer_runs` is how many runs stand for all of a slow peer's."""

    agents: int = 1000
    replicas: int = 200
    large: int = 100_000
    networks: tuple[int, ...] = (10_000, 100_000)
    models: tuple[int, ...] = (10_000, 100)
    curves: int = 200
    peer_curves: int = 8
    bootstrap: int = 200
    most: int = 1_000_000
    peer_runs: int = 10
    repetitions: int = 7


QUICK = Sizes(networks=(10_000,), models=(2_000, 100), peer_curves=4, peer_runs=4, repetitions=3)


@dataclass(frozen=True)
class Row:
    """One line of the table: a ratio to a peer, or a value of our own against a limit.

    Parameters
    ----------
    what, peer : str
        The work, and who else did it.
    ours, theirs : str
        What each needed, with its unit; a star if the peer did a part of the work.
    value : float
        The ratio (peer over ours), or our own value if there is no peer.
    goal : float
        The ratio to reach, or the value to stay under.
    """

    what: str
    peer: str
    ours: str
    theirs: str
    value: float
    goal: float | None

    @property
    def met(self) -> str:
        """Whether the goal is reached."""
        if self.goal is None or math.isnan(self.value):
            return "-"
        return "yes" if (self.value >= self.goal) == bool(self.peer) else "NO"


def duel(
    what: str, ours: Contender, theirs: Sequence[tuple[Contender, Goal]], repetitions: int
) -> Iterator[Row]:
    """Yield a row for each peer: medians of the times, and the median of the paired ratios."""
    seconds = paired([ours, *(peer for peer, _ in theirs)], repetitions)
    mine = seconds[ours.name]
    for peer, goal in theirs:
        their = seconds[peer.name]
        star = "*" if peer.share < ours.share else ""
        yield Row(
            what,
            peer.name,
            shown(float(np.median(mine))),
            shown(float(np.median(their))) + star,
            float(np.median(their / mine)),
            goal,
        )


def shown(seconds: float) -> str:
    """Return a time with its unit.

    >>> shown(0.0123)
    '12.3 ms'
    """
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


@dataclass(frozen=True)
class Alone:
    """Work that needs something made first, which is not timed."""

    make: Callable[[], Any]
    use: Callable[[Any], object]

    def seconds(self) -> float:
        """Return the CPU seconds of one use of a new thing."""
        thing = self.make()
        start = time.process_time()
        self.use(thing)
        return time.process_time() - start

    def against(self, what: str, peer: str, other: Alone, goal: float, repetitions: int) -> Row:
        """Return the row of both, in turn."""
        pairs = np.array([(self.seconds(), other.seconds()) for _ in range(repetitions + 1)])[1:]
        ours, theirs = (shown(float(x)) for x in np.median(pairs, axis=0))
        ratio = float(np.median(pairs[:, 1] / pairs[:, 0]))
        return Row(what, peer, ours, theirs, ratio, goal)
