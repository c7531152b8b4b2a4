"""The same work done by others, through their public interfaces. Benchmarks only.

EoN (`fast_SIR` without recovery), NDlib (`SIModel`), the virus-on-a-network example that Mesa
ships (recovery off), networkx (`random_regular_graph`), and SciPy (`solve_ivp` inside
`least_squares`, which is what most people write first to fit an ODE).
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def has(package: str) -> bool:
    """Return whether a package is installed."""
    return importlib.util.find_spec(package) is not None


def _imported(name: str) -> Any:
    """Return a module whose import warns of what its own dependencies have given up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


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
    EoN = _imported("EoN")  # noqa: N806
    seeds = generator.choice(graph.number_of_nodes(), n_seeds, replace=False).tolist()
    luck = {"rng": generator} if "rng" in inspect.signature(EoN.fast_SIR).parameters else {}
    times, _, infected, _ = EoN.fast_SIR(
        graph, rate, 0.0, initial_infecteds=seeds, tmax=horizon, **luck
    )
    return times, infected


class Ndlib:
    """NDlib's SI model on a graph, made once and reset for each run. Synchronous rounds."""

    def __init__(self, graph: Any, share_probability: float) -> None:
        settings = _imported("ndlib.models.ModelConfig").Configuration()
        settings.add_model_parameter("beta", share_probability)
        settings.add_model_initial_configuration("Infected", [0])
        self.model = _imported("ndlib.models.epidemics").SIModel(graph)
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


@dataclass(frozen=True)
class Fitter:
    """Two rates fitted to a curve by `solve_ivp` inside `least_squares`: the first idea of most.

    Parameters
    ----------
    degree : int
        k.
    network : bool
        Whether to fit the edge-based equations of a random regular network, else the well-mixed.
    rtol : float, optional
        Tolerance of `solve_ivp`. With its own default, 1e-3, the fits stop up to 0.6 % above the
        smallest sum of squares; with 1e-6 they find it.
    """

    degree: int
    network: bool = False
    rtol: float | None = None

    def fit(self, fraction: Floats) -> Floats:
        """Return fast rate, slow rate and fast fraction; all else is left at its default."""
        from scipy.optimize import least_squares

        curve = self._network if self.network else self._well_mixed

        def gap(z: Floats) -> Floats:
            p = 1.0 / (1.0 + np.exp(-z[2]))
            return np.asarray(curve(np.exp(z[:2]), np.array([p, 1.0 - p]), fraction) - fraction)

        z = least_squares(gap, [np.log(0.2), np.log(0.02), 0.0]).x
        p = float(1.0 / (1.0 + np.exp(-z[2])))
        one, other = np.exp(z[:2])
        return np.array([one, other, p] if one >= other else [other, one, 1.0 - p])

    def _well_mixed(self, rates: Floats, weights: Floats, fraction: Floats) -> Floats:
        """Return i of s_c' = -rate_c k s_c i."""

        def change(_: float, left: Floats) -> Floats:
            return np.asarray(-rates * self.degree * left * (1.0 - left.sum()))

        left = self._solved(change, weights * (1.0 - fraction[0]), len(fraction))
        return np.asarray(1.0 - left.sum(axis=0))

    def _network(self, rates: Floats, weights: Floats, fraction: Floats) -> Floats:
        """Return i of theta_c' = -rate_c (theta_c - phi)."""
        unshared = 1.0 - fraction[0]

        def change(_: float, theta: Floats) -> Floats:
            phi = unshared * (weights @ theta ** (self.degree - 1))
            return np.asarray(-rates * (theta - phi))

        theta = self._solved(change, np.ones(2), len(fraction))
        return np.asarray(1.0 - unshared * (weights @ theta**self.degree))

    def _solved(self, change: Any, start: Floats, n: int) -> Floats:
        from scipy.integrate import solve_ivp

        tight = {} if self.rtol is None else {"rtol": self.rtol, "atol": self.rtol * 1e-3}
        return np.asarray(solve_ivp(change, (0, n - 1), start, t_eval=np.arange(n), **tight).y)


def half_time(times: Sequence[float] | Floats, infected: Sequence[int] | Floats, n: int) -> float:
    """Return when half of all agents are infected."""
    return float(np.interp(n / 2, np.asarray(infected), np.asarray(times)))
