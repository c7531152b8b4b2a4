"""Time and memory from a thousand to ten million agents, and how far the curve is from theory.

python benchmarks/vast.py                    # about two minutes; prints the table
python benchmarks/vast.py --docs             # and writes docs/figures/vast.md and vast.png
python benchmarks/vast.py --most 1000000     # smaller
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from million import peak_bytes
from rows import shown

import newswave as nw
from newswave.core.simulation import World
from newswave.equations.on_network import predict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIGURES = Path(__file__).parent.parent / "docs" / "figures"
_FEWEST, _MOST = 1_000, 10_000_000
_FITTED = 10_000  # below that, what a call of numpy costs is more than what it does
_SPREAD = 4_000  # agents whose runs tell how far runs lie apart
_SMALL = 100_000  # up to so many agents, the median of several is taken
_LINE = "{:>10} {:>10} {:>10} {:>10} {:>11} {:>10} {:>10}"
_HEADER = ("agents", "network", "spread", "by clock", "memory", "gap", "gap / SD")


@dataclass(frozen=True)
class Measured:
    """What a number of agents costs.

    Parameters
    ----------
    agents : int
        N.
    network, spread : float
        CPU seconds to make the network and deal the agents, and to run to saturation.
    wall : float
        Seconds of both, by the clock.
    memory : float
        The most bytes held above those of Python with newswave imported.
    gap : float
        The largest distance between the fraction that has shared and the master equation's.
    """

    agents: int
    network: float
    spread: float
    wall: float
    memory: float
    gap: float

    @property
    def seconds(self) -> float:
        """CPU seconds in all."""
        return self.network + self.spread

    def cells(self, apart: float) -> list[str]:
        """Return the cells of the table; `apart` is from `deviation`."""
        times = map(shown, (self.network, self.spread, self.wall))
        far = self.gap * math.sqrt(self.agents) / apart
        return [
            *(f"{self.agents}", *times),
            *(f"{self.memory / 2**20:.1f} MiB", f"{self.gap:.5f}", f"{far:.1f}"),
        ]


def setup_of(n_agents: int, replicas: int = 1) -> nw.Setup:
    """Return what is run: k = 8, everybody alike, 1 % seeds, until all have shared."""
    return nw.Setup(
        n_agents=n_agents,
        mix=nw.OneProfile(nw.PROFILES[0]),
        sharing=nw.SameForAll(0.05),
        n_seeds=max(1, n_agents // 100),
        rounds=200,
        replicas=replicas,
    )


def measured(n_agents: int) -> Measured:
    """Measure one size in this process; whatever is imported on the way is imported before."""
    setup = setup_of(n_agents)
    theory = predict(setup).fraction
    nw.simulate(setup_of(200))
    before = peak_bytes()
    found = [once(setup, theory) for _ in range(9 if n_agents <= _SMALL else 1)]
    times = np.median([one[:3] for one in found], axis=0).tolist()
    return Measured(n_agents, *times, memory=peak_bytes() - before, gap=found[0][3])


def once(setup: nw.Setup, theory: Any) -> tuple[float, float, float, float]:
    """Return CPU seconds of network and spread, those of both by the clock, and the gap."""
    wall, start = time.perf_counter(), time.process_time()
    world = World.of(setup)
    made = time.process_time()
    curve = nw.simulate(world)
    done = time.process_time()
    return made - start, done - made, time.perf_counter() - wall, curve.gap(theory)[0]


def sizes(most: int) -> Iterator[int]:
    """Yield 1 000, 10 000 and so on up to `most`."""
    n_agents = _FEWEST
    while n_agents <= most:
        yield n_agents
        n_agents *= 10


def in_its_own_process(n_agents: int) -> Measured:
    """Measure one size in a process of its own."""
    command = [sys.executable, __file__, "--one", str(n_agents)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Measured(**json.loads(done.stdout))


def deviation() -> float:
    """Return how far runs lie apart, standard deviation times the root of N, where it is most."""
    curve = nw.simulate(setup_of(_SPREAD, replicas=200))
    return float(curve.fraction.std(axis=0).max()) * math.sqrt(_SPREAD)


def slope(found: Sequence[Measured], value: Callable[[Measured], float]) -> float:
    """Return the exponent of N with which a value grows, from 10 000 agents up; 1 is linear."""
    kept = [one for one in found if one.agents >= _FITTED]
    if len(kept) < 2:
        return math.nan
    agents, values = [one.agents for one in kept], [value(one) for one in kept]
    return float(np.polyfit(np.log(agents), np.log(np.maximum(values, 1)), 1)[0])


def slopes(found: Sequence[Measured]) -> tuple[float, float]:
    """Return the exponents of time and memory."""
    return slope(found, lambda one: 1e9 * one.seconds), slope(found, lambda one: one.memory)


def summary(found: Sequence[Measured], apart: float) -> list[str]:
    """Return what the table says, in sentences."""
    (times, memory), last = slopes(found), found[-1]
    return [
        f"From {_FITTED} agents up, time grows as N^{times:.2f} and memory as N^{memory:.2f}.",
        f"{last.agents} agents: {1e9 * last.seconds / last.agents:.0f} ns and "
        f"{last.memory / last.agents:.0f} bytes each.",
        f"Luck puts runs {apart:.2f} / sqrt(N) apart: one standard deviation, in the round in "
        "which they differ most. The gap to the master equation is counted in those, too.",
    ]


def words(found: Sequence[Measured]) -> str:
    """Return the text alternative of the figure."""
    first, last = found[0], found[-1]
    times, memory = slopes(found)
    return (
        "Two panels over the number of agents, both axes logarithmic, each with a line of slope "
        f"one. CPU time for network and spread rises from {shown(first.seconds)} at "
        f"{first.agents} agents to {shown(last.seconds)} at {last.agents}, from {_FITTED} agents "
        f"up as N^{times:.2f}; the memory at the peak reaches {last.memory / 2**20:.0f} MiB and "
        f"grows as N^{memory:.2f}."
    )


def figure(found: Sequence[Measured]) -> Figure:
    """Return time and memory over N, with lines of slope one through the last points."""
    from newswave.report.style import BLUE, GREEN, ORANGE, blank, legend, style

    with style():
        drawn = blank(8.0, 3.9, "Cost grows with the number of agents")
        left, right = drawn.subplots(1, 2)
        agents = [one.agents for one in found]
        _straight(left, agents, found[-1].seconds)
        left.plot(agents, [one.seconds for one in found], "o-", color=BLUE, label="both")
        left.plot(agents, [one.network for one in found], "s--", color=ORANGE, label="network")
        left.plot(agents, [one.spread for one in found], "^:", color=GREEN, label="spread")
        kept = [one for one in found if one.memory > 0]
        _straight(right, agents, found[-1].memory / 2**20)
        right.plot([x.agents for x in kept], [x.memory / 2**20 for x in kept], "o-", color=BLUE)
        for axes, label in ((left, "CPU time (s)"), (right, "memory at the peak (MiB)")):
            axes.set(xscale="log", yscale="log", xlabel="agents N", ylabel=label)
        legend(drawn, left, 4)
    return drawn


def _straight(axes: Axes, agents: Sequence[int], last: float) -> None:
    """Draw what exactly linear growth would be."""
    line = [last * n / agents[-1] for n in agents]
    axes.plot(agents, line, color="0.6", linewidth=1, label="slope one")


def page(found: Sequence[Measured], apart: float) -> str:
    """Return the dated table with its figure, as Markdown that other pages include."""
    python, numpy = platform.python_version(), np.__version__
    day = datetime.datetime.now(tz=datetime.UTC).date()
    table = [_HEADER, *(one.cells(apart) for one in found)]
    head, *rows = ["| " + " | ".join(_unbroken(cells)) + " |" for cells in table]
    lines = [
        *("---", "orphan: true", "---", ""),
        f"Measured on {day}, Python {python}, numpy {numpy}; CPU time unless it says by clock:",
        "",
        *(head, "| ---: " * len(_HEADER) + "|", *rows, ""),
        *(f"- {sentence}" for sentence in summary(found, apart)),
        *("", f"![{words(found)}](vast.png)", ""),
    ]
    return "\n".join(lines)


def _unbroken(cells: Iterable[str]) -> Iterator[str]:
    """Yield the cells with spaces at which no line is broken."""
    return (cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in cells)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; with --docs write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--most", type=int, default=_MOST, help="the largest number of agents")
    parser.add_argument("--docs", action="store_true", help="write docs/figures/vast.*")
    parser.add_argument("--one", type=int, help="one size, in this process, as JSON")
    told = parser.parse_args(arguments)
    if told.one:
        print(json.dumps(asdict(measured(told.one))))
        return 0
    found, apart = [], deviation()
    print(_LINE.format(*_HEADER))
    for n_agents in sizes(told.most):
        found.append(in_its_own_process(n_agents))
        print(_LINE.format(*found[-1].cells(apart)), flush=True)
    print("", *summary(found, apart), sep="\n")
    if told.docs:
        from newswave.report.style import save

        save(figure(found), FIGURES / "vast.png", words(found))
        (FIGURES / "vast.md").write_text(page(found, apart), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
