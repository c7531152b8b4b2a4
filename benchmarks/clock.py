"""How things are timed: CPU time, contenders in turn, medians of paired ratios."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_LONG_ENOUGH = 0.05
_MOST_LOOPS = 50


@dataclass(frozen=True)
class Contender:
    """A piece of work to be timed.

    Parameters
    ----------
    name : str
        Who does it.
    run : callable
        The work, or a part of it.
    share : float
        How much of the work that is compared `run` does; its time is divided by this. Below 1 for
        a few of many runs, above 1 for many fits where the time of one is wanted.
    """

    name: str
    run: Callable[[], object]
    share: float = 1.0


def paired(contenders: Iterable[Contender], repetitions: int) -> dict[str, Floats]:
    """Return the CPU seconds of each contender in each repetition, all of them in turn.

    Short work is looped within a repetition until it is long enough for the clock. A first call
    of each, which also warms it up, is not counted.
    """
    field = list(contenders)
    loops = {}
    for one in field:
        seconds = cpu_seconds(one.run, 1)
        loops[one.name] = int(np.clip(_LONG_ENOUGH / max(seconds, 1e-9), 1, _MOST_LOOPS))
    found: dict[str, list[float]] = {one.name: [] for one in field}
    for _ in range(repetitions):
        for one in field:
            found[one.name].append(cpu_seconds(one.run, loops[one.name]) / one.share)
    return {name: np.array(seconds) for name, seconds in found.items()}


def cpu_seconds(run: Callable[[], object], loops: int) -> float:
    """Return the CPU seconds of one call, the mean of `loops`; rubbish is collected before."""
    gc.collect()
    start = time.process_time()
    for _ in range(loops):
        run()
    return (time.process_time() - start) / loops
