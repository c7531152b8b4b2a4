"""What is timed: the rows of the table, each a piece of work and who else does it."""

from __future__ import annotations

import functools
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import peers
from clock import Contender, paired

import newswave as nw
from newswave import networkfield
from newswave.fitting.bootstrap import Design, Truth, on_network, with_intervals
from newswave.fitting.fits import fit, fit_each
from newswave.fitting.methods import ChainBinomial, LeastSquares, Method, Observed
from newswave.fitting.models import Mixing, OnNetwork, TwoRates, WellMixed
from newswave.world import World

Floats = npt.NDArray[np.float64]

DEGREE, CHANCE = 8, 0.05
RATE = -math.log1p(-CHANCE)
ENOUGH = 0.99


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
        What each needed, with its unit.
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


def everything(sizes: Sizes) -> Iterator[Row]:
    """Yield all rows, the long ones last."""
    yield from imports(sizes)
    yield from ensembles(sizes)
    yield from models(sizes)
    yield from fits(sizes)
    yield from graphs(sizes)
    yield from one_large_run(sizes)
    yield from bootstrap(sizes)
    yield from many_agents(sizes)


def duel(
    what: str, ours: Contender, theirs: list[tuple[Contender, float | None]], repetitions: int
) -> Iterator[Row]:
    """Yield a row for each peer: medians of the times, and the median of the paired ratios."""
    seconds = paired([ours, *(peer for peer, _ in theirs)], repetitions)
    mine = seconds[ours.name]
    for peer, goal in theirs:
        their = seconds[peer.name]
        star = "*" if peer.share < 1 else ""
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


def alike(n_agents: int, n_rounds: int = 60, replicas: int = 1) -> nw.Setup:
    """Return a setup in which all agents are alike: k = 8, q = 0.05, 1 % seeds."""
    return nw.Setup(
        n_agents=n_agents,
        mix=nw.OneProfile(nw.PROFILES[0]),
        sharing=nw.SameForAll(CHANCE),
        n_seeds=max(1, n_agents // 100),
        rounds=n_rounds,
        replicas=replicas,
    )


def reinforcing(setup: nw.Setup) -> nw.Setup:
    """Return the setup with all 32 profiles and a random table in which every contact counts more.

    P(m) of a profile rises by a random number that grows with m; no contact rule has such a table.
    """
    steps = np.random.default_rng(5).uniform(0.02, 0.08, (32, DEGREE + 1)).cumsum(axis=1)
    steps[:, 0] = 0.0
    table = nw.SharingTable(
        tuple(profile.code for profile in nw.PROFILES), np.minimum(steps.cumsum(axis=1), 0.9)
    )
    return replace(setup, mix=nw.IndependentTraits(), sharing=nw.Measured(table))


def rounds_needed(setup: nw.Setup) -> int:
    """Return the round in which the expected curve passes 99 %."""
    fraction = nw.predict(replace(setup, rounds=500)).fraction
    return int(np.argmax(fraction >= ENOUGH))


def horizon(n_agents: int) -> float:
    """Return the same in continuous time, where EoN and Mesa's example live."""
    start = alike(n_agents).n_seeds / n_agents
    times = np.linspace(0.0, 500.0, 50_001)
    curve = networkfield.closed_form(RATE, DEGREE, start, times)
    return float(times[np.argmax(curve >= ENOUGH)])


def eon(graph: Any, n_agents: int, runs: int, of: int) -> Contender:
    """Return EoN's runs on a graph, to 99 %."""
    setup, end, luck = alike(n_agents), horizon(n_agents), np.random.default_rng(1)

    def run() -> None:
        for _ in range(runs):
            peers.eon_run(graph, RATE, setup.n_seeds, end, luck)

    return Contender("EoN fast_SIR", run, runs / of)


def ndlib(graph: Any, n_agents: int, runs: int, of: int) -> Contender:
    """Return NDlib's runs on a graph, to 99 %."""
    setup, model = alike(n_agents), peers.Ndlib(graph, CHANCE)
    rounds, luck = rounds_needed(setup), np.random.default_rng(1)

    def run() -> None:
        for _ in range(runs):
            model.run(setup.n_seeds, rounds, luck)

    return Contender("NDlib SIModel", run, runs / of)


def mesa_example(graph: Any, n_agents: int, runs: int, of: int) -> Contender:
    """Return Mesa's example, made and run to 99 %."""
    n_seeds, steps = alike(n_agents).n_seeds, math.ceil(horizon(n_agents))

    def run() -> None:
        for seed in range(runs):
            peers.mesa_run(peers.mesa_example(graph, CHANCE, n_seeds, seed), steps)

    return Contender("Mesa's example", run, runs / of)


def ensembles(sizes: Sizes) -> Iterator[Row]:
    """Many replicas at once, on a network that everybody is given."""
    setup = alike(sizes.agents, replicas=sizes.replicas)
    world = World.of(replace(setup, rounds=rounds_needed(setup)))
    graph, many = world.network.to_networkx(), min(4 * sizes.peer_runs, sizes.replicas)
    few = min(sizes.peer_runs, sizes.replicas)
    work = f"{sizes.replicas} runs, N = {sizes.agents}"
    theirs = [(eon(graph, sizes.agents, many, sizes.replicas), 100.0)]
    theirs += [(mesa_example(graph, sizes.agents, few, sizes.replicas), 800.0)]
    if peers.has("ndlib"):
        theirs += [(ndlib(graph, sizes.agents, few, sizes.replicas), None)]
    ours = Contender("newswave", functools.partial(nw.simulate, world))
    yield from duel(f"{work}, one rate", ours, theirs, sizes.repetitions)
    setup = reinforcing(setup)
    world = World.of(replace(setup, rounds=rounds_needed(setup)))
    ours = Contender("newswave", functools.partial(nw.simulate, world))
    theirs = [(eon(graph, sizes.agents, many, sizes.replicas), 15.0)]
    yield from duel(f"{work}, 32-class table (EoN: one rate)", ours, theirs, sizes.repetitions)


def one_large_run(sizes: Sizes) -> Iterator[Row]:
    """One run on a large network that everybody is given."""
    setup = alike(sizes.large)
    world = World.of(replace(setup, rounds=rounds_needed(setup)))
    graph = world.network.to_networkx()
    ours = Contender("newswave", functools.partial(nw.simulate, world))
    theirs = [(eon(graph, sizes.large, 1, 1), 150.0)]
    yield from duel(f"one run, N = {sizes.large}", ours, theirs, max(3, sizes.repetitions // 2))


def graphs(sizes: Sizes) -> Iterator[Row]:
    """Random regular networks."""
    for n_agents in sizes.networks:
        luck, recipe = np.random.default_rng(1), nw.RandomRegular(DEGREE)
        ours = Contender("newswave", functools.partial(recipe.build, n_agents, luck))
        their = functools.partial(peers.networkx_graph, n_agents, DEGREE, 1)
        theirs = [(Contender("networkx", their), 40.0)]
        yield from duel(f"network, N = {n_agents}", ours, theirs, max(3, sizes.repetitions // 2))


def models(sizes: Sizes) -> Iterator[Row]:
    """The Mesa model, with data collection, against Mesa's own example: made and run, run alone."""
    for n_agents in sizes.models:
        setup = alike(n_agents)
        world = World.of(replace(setup, rounds=rounds_needed(setup)))
        graph, goal = world.network.to_networkx(), 10.0 if n_agents > 100 else 1.0
        n_seeds, steps = setup.n_seeds, math.ceil(horizon(n_agents))
        work = f"agent model, N = {n_agents}"
        ours = Contender("newswave", functools.partial(_made_and_run, world))
        theirs = [(mesa_example(graph, n_agents, 1, 1), goal)]
        yield from duel(f"{work}, made and run", ours, theirs, sizes.repetitions)
        alone = Alone(functools.partial(nw.NewsModel, world), nw.NewsModel.run_model)
        make = functools.partial(peers.mesa_example, graph, CHANCE, n_seeds, 1)
        other = Alone(make, lambda model, n=steps: peers.mesa_run(model, n))
        yield alone.against(f"{work}, run", "Mesa's example", other, goal, sizes.repetitions)


def _made_and_run(world: World) -> None:
    nw.NewsModel(world).run_model()


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


def two_groups(sizes: Sizes) -> nw.Curve:
    """Return curves of two groups, 0.15 and 0.015, for fitting."""
    return nw.simulate(nw.Setup(n_agents=sizes.agents, replicas=sizes.curves))


def fits(sizes: Sizes) -> Iterator[Row]:
    """Two-rate fits of single runs, one at a time and all at once, against SciPy."""
    curve = two_groups(sizes)
    ways: list[tuple[Mixing, Any]] = [
        (WellMixed(DEGREE), peers.fit_well_mixed),
        (OnNetwork(DEGREE), peers.fit_network),
    ]
    methods: list[Method] = [LeastSquares(), ChainBinomial()]
    some = curve.fraction[: sizes.peer_curves]
    for mixing, peer in ways:
        theirs = Contender(
            "solve_ivp + least_squares",
            functools.partial(lambda peer: [peer(one, DEGREE) for one in some], peer),
            len(some),
        )
        for method in methods:
            short = "least squares" if isinstance(method, LeastSquares) else "likelihood"
            work = f"two rates, {mixing.label}, {short}"
            each, model = Observed.each(curve), TwoRates(mixing)
            batch = functools.partial(fit_each, each, model, method)
            ours = Contender("newswave", batch, curve.runs)
            found = duel(f"{work}: {curve.runs} fits", ours, [(theirs, 50.0)], sizes.repetitions)
            yield from (replace(row, theirs=row.theirs + "*") for row in found)
            singles = [curve.run(at) for at in range(len(some))]
            one = functools.partial(_fit_all, singles, model, method)
            ours = Contender("newswave", one, len(some))
            yield from duel(f"{work}: one fit", ours, [(theirs, 50.0)], sizes.repetitions)


def _fit_all(curves: list[nw.Curve], model: TwoRates, method: Method) -> None:
    for curve in curves:
        fit(curve, model, method)


def bootstrap(sizes: Sizes) -> Iterator[Row]:
    """Intervals of a two-rate network fit: wall time."""
    curve = two_groups(sizes).run(0)
    found = fit(curve, TwoRates(OnNetwork(DEGREE)))
    seconds = []
    for _ in range(max(3, sizes.repetitions // 2)):
        start = time.perf_counter()
        data = on_network(
            Truth.of(found), Design.of(curve), nw.RandomRegular(DEGREE), 1, sizes.bootstrap
        )
        with_intervals((found,), data, curve.n_agents)
        seconds.append(time.perf_counter() - start)
    wall = float(np.median(seconds))
    what = f"bootstrap of {sizes.bootstrap}, two rates, network, N = {sizes.agents}: wall s"
    yield Row(what, "", shown(wall), "", wall, 3.0)


def many_agents(sizes: Sizes) -> Iterator[Row]:
    """Network and spread to saturation in a process of its own: wall time and memory."""
    script = Path(__file__).with_name("million.py")
    told = json.loads(_output(str(script), str(sizes.most)))
    what = f"{sizes.most} agents, network and spread to {told['reached']:.0%}"
    yield Row(f"{what}: wall s", "", shown(told["wall"]), "", told["wall"], 30.0)
    memory = told["peak_gib"]
    yield Row(f"{what}: peak GiB", "", f"{memory:.2f} GiB", "", memory, 2.0)


def imports(sizes: Sizes) -> Iterator[Row]:
    """CPU time of importing in a fresh process, above that of starting Python."""
    needs = {
        "import newswave": "import newswave",
        "import newswave, and all that a run needs": "from newswave import Setup, simulate",
    }
    found = [
        [_import_seconds("import mesa"), *(_import_seconds(line) for line in needs.values())]
        for _ in range(sizes.repetitions + 1)
    ]
    seconds = np.array(found)[1:]
    for at, what in enumerate(needs, 1):
        ours, theirs = np.median(seconds[:, at]), np.median(seconds[:, 0])
        ratio = float(np.median(seconds[:, 0] / seconds[:, at]))
        yield Row(what, "import mesa", shown(float(ours)), shown(float(theirs)), ratio, 4.0)


def _import_seconds(line: str) -> float:
    code = f"import time; a = time.process_time(); {line}; print(time.process_time() - a)"
    return float(_output("-c", code))


def _output(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True
    ).stdout
