"""Hold theory, fits, intervals and verdicts against runs whose truth is known, and print tables.

    python benchmarks/accuracy.py            # all of it, some minutes
    python benchmarks/accuracy.py --quick    # fewer runs

The tests compute the same numbers, by `tests/figures.py`, and hold them to their limits.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import figures


def theory() -> Iterator[str]:
    """Yield how far each theory is from the mean of runs."""
    yield "Theory against the mean of 20 runs, N = 20 000, 60 rounds: largest gap in i"
    yield "(rounds and master equation: below 0.01 is asked; the equations are to fail)"
    line = "{:>3}  {:<16}{:>8}{:>8}{:>12}{:>12}  {}"
    yield line.format(
        "k", "q", "rounds", "master", "network ODE", "mixed ODE", "rounds fitted: q (, q, p)"
    )
    for setting in figures.SETTINGS:
        gaps = figures.theory_gaps(setting)
        true = (*setting.chances, *setting.weights[:-1])
        fitted = ", ".join(f"{f * x:.3g}" for f, x in zip(gaps.fitted, true, strict=True))
        chances = ", ".join(f"{q:.3g}" for q in setting.chances)
        parts = (gaps.rounds, gaps.master, gaps.equations, gaps.well_mixed)
        yield line.format(setting.degree, chances, *(f"{gap:.4f}" for gap in parts), fitted)
    yield ""
    yield "The master equation against the mean of 20 runs, N = 20 000, 40 rounds (below 0.01)"
    yield "{:<14}".format("") + "".join(f"{f'k = {k}':>9}" for k in figures.DEGREES)
    for name in figures.TABLES:
        found = (figures.table_gap(figures.table_setup(name, k)) for k in figures.DEGREES)
        yield f"{name:<14}" + "".join(f"{gap:>9.4f}" for gap in found)


def recovery(count: int) -> Iterator[str]:
    """Yield what curves and decisions of the same runs give back."""
    yield f"Recovered from {count} runs of N = 5 000: mean estimate over truth, and how many 95 %"
    yield "intervals hold the truth (curves: 5 %, 90 to 99; decisions: 2 %, 92 to 98 of 100)"
    line = "{:>3}  {:<28}{:>10}{:>10}{:>10}"
    yield line.format("k", "from", "fast", "slow", "fraction")
    for degree in figures.RECOVERED:
        made, true = figures.worlds(degree, count), figures.truth(degree)
        curves = figures.recovered(made).mean(axis=0) / true
        yield line.format(degree, "curves: mean", *(f"{x:.4f}" for x in curves))
        yield line.format("", "curves: bootstrap holds", *figures.bootstrapped(made).sum(axis=0))
        found, holds = figures.decided(made)
        means = (f"{x:.4f}" for x in found.mean(axis=0) / true[:2])
        yield line.format("", "decisions: mean", *means, "")
        yield line.format("", "decisions: interval holds", *holds.sum(axis=0), "")


def verdicts(count: int) -> Iterator[str]:
    """Yield what the verdict says of runs of one kind and of two."""
    yield f"Verdicts on {count} single runs, N = 1 000, k = 8 (of 100: at most 8, at least 90)"
    for name, setup in (("all alike", figures.SAME), ("two groups", figures.DIFFERENT)):
        told = figures.counted(figures.verdicts(setup, count))
        yield f"{name:<14}" + ", ".join(f"{times} {choice}" for choice, times in told.items())


def main(arguments: list[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 runs where 100 are asked for")
    count = 20 if parser.parse_args(arguments).quick else 100
    for part in (theory(), recovery(count), verdicts(count)):
        for line in part:
            print(line, flush=True)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
