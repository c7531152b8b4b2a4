"""The rows of the table: how large the work is, how a row is measured, what it says."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from clock import Contender, paired
from goals import short


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


QUICK = Sizes(
    large=20_000, networks=(10_000,), models=(2_000, 100), peer_curves=4, peer_runs=4, repetitions=3
)
SHORT = Sizes(
    agents=200,
    replicas=4,
    large=600,
    networks=(100,),
    models=(120, 60),
    curves=3,
    peer_curves=1,
    bootstrap=20,
    most=2000,
    peer_runs=1,
    repetitions=1,
)


@dataclass(frozen=True)
class Goal:
    """What is asked: the ratio to reach, or the value to stay under; None where nothing is.

    `aim` is where newswave means to be, `must` is what it may not miss.
    """

    aim: float | None = None
    must: float | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table: a ratio to a peer, or a value of our own against a limit.

    Parameters
    ----------
    what, peer : str
        The work, and who else did it; no peer where a value of our own is held against a limit.
    ours, theirs : str
        What each needed, with its unit; a star if the peer did a part of the work.
    value : float
        The ratio (peer over ours), or our own value if there is no peer.
    goal : Goal
        What is asked of it.
    low, high : float
        The smallest and the largest value of all turns.
    """

    what: str
    peer: str
    ours: str
    theirs: str
    value: float
    goal: Goal
    low: float = math.nan
    high: float = math.nan

    @property
    def aim_met(self) -> str:
        """Whether the aim is reached: yes, NO, or - where there is none."""
        return self._reaches(self.goal.aim)

    @property
    def must_met(self) -> str:
        """The same of what must be reached."""
        return self._reaches(self.goal.must)

    def _reaches(self, limit: float | None) -> str:
        if limit is None:
            return "-"
        fits = self.value >= limit if self.peer else self.value <= limit
        return "yes" if fits else "NO"


def compared(what: str, peer: str, times: tuple[Any, Any], goal: Goal, star: str = "") -> Row:
    """Return the row of paired times, ours and theirs: medians, and the median of the ratios."""
    ours, theirs = (np.asarray(seconds, float) for seconds in times)
    ratios = theirs / ours
    mine, their = (shown(float(np.median(seconds))) for seconds in (ours, theirs))
    spread = float(ratios.min()), float(ratios.max())
    return Row(what, peer, mine, their + star, float(np.median(ratios)), goal, *spread)


def duel(
    what: str, ours: Contender, theirs: Sequence[tuple[Contender, Goal]], repetitions: int
) -> Iterator[Row]:
    """Yield a row for each peer; nothing is timed if there is none."""
    if not theirs:
        return
    seconds = paired([ours, *(peer for peer, _ in theirs)], repetitions)
    for peer, goal in theirs:
        star = "*" if peer.share < ours.share else ""
        yield compared(what, peer.name, (seconds[ours.name], seconds[peer.name]), goal, star)


def turns(row: Row) -> str:
    """Return the smallest and the largest value, or nothing if there was one turn only."""
    if math.isnan(row.low) or row.low == row.high:
        return ""
    return f"{short(row.low)} to {short(row.high)}"


def unasked(row: Row) -> Row:
    """Return a row with nothing asked of it: tiny sizes say nothing about speed."""
    return replace(row, goal=Goal())


def asked(row: Row, limit: float | None) -> str:
    """Return a limit of a row with its sign, or nothing if there is none."""
    return "" if limit is None else f"{'>=' if row.peer else '<='} {limit:g}"


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

    def against(self, what: str, peer: str, other: Alone, goal: Goal, repetitions: int) -> Row:
        """Return the row of both, in turn."""
        pairs = np.array([(self.seconds(), other.seconds()) for _ in range(repetitions + 1)])[1:]
        return compared(what, peer, (pairs[:, 0], pairs[:, 1]), goal)
