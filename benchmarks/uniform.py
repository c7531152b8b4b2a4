"""Whether p-values of the verdict are uniform where all agents are alike, and what one costs.

python benchmarks/uniform.py              # 200 curves of 25 pooled runs, some minutes
python benchmarks/uniform.py 20           # fewer, to see that it runs

Each curve pools runs of agents who are all alike, on a network of its own; its replicates are dealt
from a pool of runs that holds its own (a permutation test). Prints the Kolmogorov-Smirnov test of
the p-values against the uniform, how many of them are at most 0.01, 0.05 and 0.1, and the
processor time of the verdict of the default setup in this process, imports left out.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # CPU time is shown: one thread

import numpy as np
from scipy import stats

import newswave as nw
from newswave.core.rules import SameForAll
from newswave.equations.compare import one_or_two
from newswave.equations.replicates import FEWEST

ALIKE = nw.Setup(
    n_agents=150, n_seeds=4, rounds=25, replicas=25, sharing=SameForAll(0.06)
).with_degree(6)


def main(curves: int) -> None:
    """Print the test and the time."""
    values = []
    for seed in range(1, curves + 1):
        curve = nw.simulate(replace(ALIKE, seed=seed))
        values.append(one_or_two(curve, seed=seed, replicas=FEWEST).p_value)
    found = stats.kstest(values, "uniform")
    print(f"{curves} curves: KS distance {found.statistic:.3f}, p = {found.pvalue:.2f}")
    for level in (0.01, 0.05, 0.1):
        print(f"p-values up to {level}: {np.mean(np.array(values) <= level):.3f}")
    curve, before = nw.simulate(nw.Setup()), time.process_time()
    verdict = nw.compare(curve).verdict
    spent = time.process_time() - before
    print(f"default setup: {verdict.choice.value}, p = {verdict.p_value:.3g}, {spent:.1f} CPU s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
