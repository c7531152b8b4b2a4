"""Hold the theory of sources, feedback and ageing against the mean of 20 runs, and print a table.

    python benchmarks/offline.py              # N = 20 000, a minute
    python benchmarks/offline.py --agents 2000

Gaps are the largest in i (or p) over the rounds. Exact for large networks are the master equation
and the edge-based rounds; the equations are of continuous time, and their gap is that of rounds.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import newswave as nw
from newswave.equations.predict import theories

LOOP = nw.Feedback(0.3, 0.1, 0.2)
CASES: dict[str, dict[str, Any]] = {
    "neighbours alone": {},
    "constant 0.02": {"source_probability": 0.02},
    "fading 0.02, τ = 8": {"source_probability": 0.02, "source_shape": nw.Fading(8.0)},
    "pulse 0.05, rounds 3 and 10": {
        "source_probability": 0.05,
        "source_shape": nw.Pulse((3, 10)),
    },
    "series 0.02 × (0, 1, 0, 3, 2)": {
        "source_probability": 0.02,
        "source_shape": nw.Series((0.0, 1.0, 0.0, 3.0, 2.0)),
    },
    "feedback κ 0.1, γ 0.2, ϑ 0.3": {"feedback": LOOP},
    "decays, τ = 20": {"ageing": nw.Decays(20.0)},
    "power law, α = 0.5": {"ageing": nw.PowerLaw(0.5)},
    "decays from first sight, τ = 10": {"ageing": nw.Decays(10.0, nw.Since.FIRST_SIGHT)},
    "power law from first sight": {"ageing": nw.PowerLaw(0.5, nw.Since.FIRST_SIGHT)},
    "fading, feedback and decay": {
        "source_probability": 0.01,
        "source_shape": nw.Fading(8.0),
        "feedback": LOOP,
        "ageing": nw.Decays(20.0),
    },
}
KEYS = ("master", "network_rounds", "network_ode", "well_mixed_ode")


def rows(n_agents: int) -> Iterator[str]:
    """Yield a line for each case."""
    base = nw.Setup(
        n_agents=n_agents,
        network=nw.RandomRegular(6),
        sharing=nw.ByGroup(0.12, 0.02),
        n_seeds=n_agents // 100,
        rounds=50,
        replicas=20,
    )
    line = "{:<34}{:>8}{:>8}{:>8}{:>8}{:>12}{:>12}"
    yield f"Mean of 20 runs, N = {n_agents}, k = 6, two groups, 50 rounds: largest gaps"
    yield line.format("", "luck", "master", "p", "rounds", "network ODE", "mixed ODE")
    for name, changes in CASES.items():
        setup = replace(base, **changes)
        curve, made = nw.simulate(setup), theories(setup).theories
        luck = curve.fraction.std(axis=0).max() / np.sqrt(curve.runs)
        gaps = {theory.key: f"{curve.gap(theory.fraction)[0]:.4f}" for theory in made}
        active = ""
        if curve.active is not None and made[0].active is not None:
            apart = np.abs(curve.active.mean(axis=0) / n_agents - made[0].active)
            active = f"{apart.max():.4f}"
        first, *others = (gaps.get(key, "-") for key in KEYS)
        yield line.format(name, f"{luck:.4f}", first, active, *others)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agents", type=int, default=20_000, help="N (default 20000)")
    for line in rows(parser.parse_args(arguments).agents):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
