"""The same work done by others, through their public interfaces. Benchmarks only.

EoN (`fast_SIR` without recovery), NDlib (`SIModel`), the virus-on-a-network example that Mesa
ships (recovery off), SciPy's sparse matrices, networkx, igraph and matplotlib. Those who fit are in
`peerfits.py`.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import io
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PACKAGES = {"EoN": "EoN", "NDlib": "ndlib", "igraph": "igraph", "lmfit": "lmfit"}
"""The peers that newswave itself does not need, and the packages they are in."""


def missing() -> list[str]:
    """Return the peers that are not installed."""
    return [name for name, package in PACKAGES.items() if not has(package)]


def has(package: str) -> bool:
    """Return whether a package is installed."""
    return importlib.util.find_spec(package) is not None


def imported(name: str) -> Any:
    """Return a module whose import warns of what its own dependencies have given up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def networkx_graph(n_agents: int, degree: int, seed: int) -> Any:
    """Return networkx's random regular graph."""
    import networkx

    return networkx.random_regular_graph(degree, n_agents, seed=seed)


def igraph_graph(n_agents: int, degree: int) -> Any:
    """Return igraph's random regular graph."""
    return imported("igraph").Graph.K_Regular(n_agents, degree)


def matrix_rounds(
    adjacency: Any,
    share_probability: float,
    start: tuple[int, int],
    rounds: int,
    generator: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Return how many have shared, shape (runs, rounds + 1), by SciPy's sparse matrix A.

    In each round A @ x counts everybody's sharing neighbours, and everybody gets a number by luck.
    `start` is how many seeds, the same in all runs, and how many runs.
    """
    n_agents, (n_seeds, runs) = adjacency.shape[0], start
    most = int(adjacency.sum(axis=1).max())
    share = (1.0 - (1.0 - share_probability) ** np.arange(most + 1)).astype(np.float32)
    shared = np.zeros((n_agents, runs), bool)
    shared[generator.choice(n_agents, n_seeds, replace=False)] = True
    counts = [shared.sum(axis=0)]
    for _ in range(rounds):
        contacts = adjacency @ shared.view(np.int8)
        shared |= generator.random(shared.shape, dtype=np.float32) < share[contacts]
        counts.append(shared.sum(axis=0))
    return np.array(counts).T


def picture(curves: Floats) -> bytes:
    """Return matplotlib's picture of all curves, a line each, as a PNG of its usual size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure, held = Figure(), io.BytesIO()
    FigureCanvasAgg(figure)
    figure.subplots().plot(curves.T)
    figure.savefig(held, format="png")
    return held.getvalue()


def eon_run(
    graph: Any, rate: float, n_seeds: int, horizon: float, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the times of all infections up to `horizon` and how many are infected after each.

    Continuous time, `rate` per link. EoN 2 takes a generator, EoN 1 does not.
    """
    EoN = imported("EoN")  # noqa: N806
    seeds = generator.choice(graph.number_of_nodes(), n_seeds, replace=False).tolist()
    luck = {"rng": generator} if "rng" in inspect.signature(EoN.fast_SIR).parameters else {}
    times, _, infected, _ = EoN.fast_SIR(
        graph, rate, 0.0, initial_infecteds=seeds, tmax=horizon, **luck
    )
    return times, infected


class Ndlib:
    """NDlib's SI model on a graph, made once and reset for each run. Synchronous rounds."""

    def __init__(self, graph: Any, share_probability: float) -> None:
        settings = imported("ndlib.models.ModelConfig").Configuration()
        settings.add_model_parameter("beta", share_probability)
        settings.add_model_initial_configuration("Infected", [0])
        self.model = imported("ndlib.models.epidemics").SIModel(graph)
        self.model.set_initial_status(settings)

    def run(self, n_seeds: int, rounds: int, generator: np.random.Generator) -> list[int]:
        """Return how many are infected by round."""
        n_agents = self.model.graph.number_of_nodes()
        self.model.reset(generator.choice(n_agents, n_seeds, replace=False).tolist())
        steps = self.model.iteration_bunch(rounds + 1, node_status=False)
        return [step["node_count"][1] for step in steps]


def mesa_example(graph: Any, share_probability: float, n_seeds: int, seed: int) -> Any:
    """Return Mesa's virus-on-a-network model on a given graph, nobody ever recovering.

    The agents, the step and the data collection are the example's own; only the graph, which the
    example draws anew each time, and the layout, which later versions of Mesa compute, are not.
    The agents act in turn and see what others did before them in the same step, so the curve is
    that of continuous time.
    """
    import mesa
    from mesa.discrete_space import Network
    from mesa.examples.basic.virus_on_network import model as example
    from mesa.examples.basic.virus_on_network.agents import State, VirusAgent

    class SpreadOnGraph(example.VirusOnNetwork):  # type: ignore[misc]
        def __init__(self) -> None:
            mesa.Model.__init__(self, rng=seed)
            bare = {"layout": None} if "layout" in inspect.signature(Network).parameters else {}
            self.grid = Network(graph, capacity=1, random=self.random, **bare)
            self.datacollector = mesa.DataCollector(
                {
                    "Infected": example.number_infected,
                    "Susceptible": example.number_susceptible,
                    "Resistant": example.number_resistant,
                    "R over S": self.resistant_susceptible_ratio,
                }
            )
            cells = list(self.grid.all_cells)
            VirusAgent.create_agents(
                self, len(cells), State.SUSCEPTIBLE, share_probability, 0.0, 0.0, 0.0, cells
            )
            for agent in self.random.sample(list(self.agents), n_seeds):
                agent.state = State.INFECTED
            self.running = True
            self.datacollector.collect(self)

    return SpreadOnGraph()


def mesa_run(model: Any, steps: int) -> list[int]:
    """Let the example go on for `steps` and return how many are infected by step."""
    for _ in range(steps):
        model.step()
    return list(model.datacollector.model_vars["Infected"])


def half_time(times: Sequence[float] | Floats, infected: Sequence[int] | Floats, n: int) -> float:
    """Return when half of all agents are infected."""
    return float(np.interp(n / 2, np.asarray(infected), np.asarray(times)))
