"""How often the right mechanism is named from three curves, and whether its p-values are uniform.

    python benchmarks/mechanisms.py [--sets 100] [--agents 2000] [--only "two groups"]

For each mechanism data sets of three curves (degrees 4, 8, 16; one run each, own networks) are made
by its agents and given to `compare_mechanisms`. Printed are the confusion matrix, the estimates of
the right mechanism, and the p-values of its goodness of fit by tenths.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

from newswave.core.offline import Decays, Fading, Feedback
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import ByGroup, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import share_probability
from newswave.core.simulation import simulate
from newswave.equations.mechanisms import Mechanisms, compare_mechanisms

DEGREES = (4, 8, 16)


def _alike(rate: float, **more: Any) -> dict[str, Any]:
    chance = float(share_probability(rate))
    return {"mix": OneProfile(PROFILES[0]), "sharing": SameForAll(chance), **more}


def _event(rate: float, source: float, **more: Any) -> dict[str, Any]:
    return _alike(rate, source_probability=float(share_probability(source)), **more)


TRUTHS: dict[str, tuple[dict[str, Any], dict[str, float]]] = {
    "one rate": (_alike(0.05), {"rate": 0.05}),
    "two groups": (
        {"mix": TwoGroups(0.4), "sharing": ByGroup(0.15, 0.015)},
        {"fast_rate": 0.1625, "slow_rate": 0.01511, "fast_fraction": 0.4},
    ),
    "a spread of rates": (
        _alike(0.06, rate_variation=1.5), {"mean_rate": 0.06, "rate_variation": 1.5},
    ),
    "a source": (_event(0.02, 0.02), {"source_rate": 0.02, "rate": 0.02}),
    "a fading source": (
        _event(0.03, 0.03, source_shape=Fading(6.0)),
        {"source_rate": 0.03, "rate": 0.03, "source_lifetime": 6.0},
    ),
    "feedback": (
        _alike(0.03, feedback=Feedback(0.3)), {"rate": 0.03, "feedback_rate": 0.3},
    ),
    "first against repeated exposure": (
        _alike(0.03, repeat_ratio=3.0), {"first_rate": 0.03, "repeat_rate": 0.09},
    ),
    "news that gets old": (
        _alike(0.12, ageing=Decays(12.0)), {"rate": 0.12, "news_lifetime": 12.0},
    ),
}  # fmt: skip
"""Each mechanism with the agents that act by it, and their rates."""


def told(name: str, number: int, n_agents: int, replicas: int) -> Mechanisms:
    """Return what is said of data set `number` of a mechanism."""
    setup = Setup(n_agents, n_seeds=n_agents // 100, rounds=60, replicas=1, **TRUTHS[name][0])
    curves = [
        simulate(replace(setup, seed=1000 * number + degree).with_degree(degree))
        for degree in DEGREES
    ]
    return compare_mechanisms(curves, seed=number, replicas=replicas)


def main() -> None:
    """Print what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--agents", type=int, default=2000)
    parser.add_argument("--replicas", type=int, default=99)
    parser.add_argument("--only", action="append")
    given = parser.parse_args()
    p_values: list[float] = []
    for name in given.only or TRUTHS:
        begun, said, rates = time.process_time(), Counter[str](), []
        for number in range(1, given.sets + 1):
            result = told(name, number, given.agents, given.replicas)
            said[result.name or result.told.value] += 1
            right = result.find(name)
            rates.append([right.estimates[key] for key in TRUTHS[name][1]])
            p_values.append(right.p_value)
        right_one = said.pop(name, 0)
        print(f"{name}: right {right_one} of {given.sets}; else {dict(said)}", flush=True)
        for key, mean in zip(TRUTHS[name][1], np.mean(rates, axis=0), strict=True):
            true = TRUTHS[name][1][key]
            print(f"    {key} {mean:.4g}, true {true:.4g} ({100 * (mean / true - 1):+.1f} %)")
        print(f"    {(time.process_time() - begun) / given.sets:.1f} s of processor time a set")
    tenths = np.histogram(p_values, np.linspace(0, 1, 11))[0]
    uniform = stats.kstest(p_values, "uniform").pvalue
    print(f"goodness of fit where true, by tenths: {tenths.tolist()}; Kolmogorov's p {uniform:.2g}")


if __name__ == "__main__":
    main()
