"""The same work done by others, through their public interfaces. Benchmarks only.

EoN (`fast_SIR` without recovery), NDlib (`SIModel`), the virus-on-a-network example that Mesa ships
(recovery off), networkx (`random_regular_graph`), and SciPy (`solve_ivp` inside `least_squares`, which
is what most people write first to fit an ODE). Nothing here is copied from them.
"""

from __future__ import annotations

import importlib.util
import inspect
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def has(package: str) -> bool:
    """Return whether a package is installed."""
    return importlib.util.find_spec(package) is not None


def networkx_graph(n_agents: int, degree: int, seed: int) -> Any:
    """Return networkx's random regular graph."""
    import networkx

    return networkx.random_regular_graph(degree, n_agents, seed=seed)


def eon_run(
    graph: Any, rate: float, n_seeds: int, horizon: float, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the times of all infections up to `horizon` and how many are infected after each.

    Continuous time, `rate` per link. EoN 2 takes a generator, EoN 1 does not.
    """
    import EoN

    seeds = generator.choice(graph.number_of_nodes(), n_seeds, replace=False).tolist()
    luck = {"rng": generator} if "rng" in inspect.signature(EoN.fast_SIR).parameters else {}
    times, _, infected, _ = EoN.fast_SIR(
        graph, rate, 0.0, initial_infecteds=seeds, tmax=horizon, **luck
    )
    return times, infected


class Ndlib:
    """NDlib's SI model on a graph, made once and reset for each run. Synchronous rounds."""

    def __init__(self, graph: Any, share_probability: float) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from ndlib.models.epidemics import SIModel
            from ndlib.models.ModelConfig import Configuration

        settings = Configuration()
        settings.add_model_parameter("beta", share_probability)
        settings.add_model_initial_configuration("Infected", [0])
        self.model = SIModel(graph)
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


def fit_well_mixed(fraction: Floats, degree: int) -> Floats:
    """Return fast rate, slow rate and fast fraction of the well-mixed two-rate ODE."""
    start = float(fraction[0])

    def change(_: float, left: Floats, rates: Floats) -> Floats:
        return -rates * degree * left * (1.0 - left.sum())

    def curve(rates: Floats, p: float) -> Floats:
        left = np.array([p, 1.0 - p]) * (1.0 - start)
        return np.asarray(1.0 - _solved(change, left, rates, len(fraction)).sum(axis=0))

    return _least_squares(curve, fraction)


def fit_network(fraction: Floats, degree: int) -> Floats:
    """Return the same of the edge-based two-rate ODE on a random regular network."""
    unshared = 1.0 - float(fraction[0])

    def curve(rates: Floats, p: float) -> Floats:
        weights = np.array([p, 1.0 - p])

        def change(_: float, theta: Floats, rates: Floats) -> Floats:
            return -rates * (theta - unshared * (weights @ theta ** (degree - 1)))

        theta = _solved(change, np.ones(2), rates, len(fraction))
        return np.asarray(1.0 - unshared * (weights @ theta**degree))

    return _least_squares(curve, fraction)


def _solved(change: Any, start: Floats, rates: Floats, n: int) -> Floats:
    from scipy.integrate import solve_ivp

    return np.asarray(solve_ivp(change, (0, n - 1), start, t_eval=np.arange(n), args=(rates,)).y)


def _least_squares(curve: Any, fraction: Floats) -> Floats:
    """Fit ln β_f, ln β_s and logit p by least squares, everything else left at its default."""
    from scipy.optimize import least_squares

    def rates(z: Floats) -> tuple[Floats, float]:
        return np.exp(z[:2]), float(1.0 / (1.0 + np.exp(-z[2])))

    found = least_squares(lambda z: curve(*rates(z)) - fraction, [np.log(0.2), np.log(0.02), 0.0])
    (one, other), p = rates(found.x)
    return np.array([one, other, p] if one >= other else [other, one, 1.0 - p])


def half_time(times: Sequence[float] | Floats, infected: Sequence[int] | Floats, n: int) -> float:
    """Return when half of all agents are infected."""
    return float(np.interp(n / 2, infected, times))
