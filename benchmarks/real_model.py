"""The built-in language model against itself: what was read, what it answers, what runs do.

    python benchmarks/real_model.py                        # table, answers, 20 live runs: hours
    python benchmarks/real_model.py --agents 60 --runs 3   # smaller
    python benchmarks/real_model.py --runs 0               # table and answers alone

Everything is kept in --out and goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import newswave as nw
from newswave.core.provenance import Method
from newswave.llm.builtin_server import BuiltIn
from newswave.llm.play import measure_table, run_agents
from newswave.llm.survey import Plan, Surveyed

EVENT, WORDS = nw.event("teachers-sit-in"), nw.wording("adjectives")
MODEL = "smollm2"


def table(folder: Path, profiles: tuple[nw.Profile, ...]) -> Surveyed:
    """Measure the table, and print what it took."""
    plan = Plan(EVENT, WORDS, profiles, reasons=False)
    wall, cpu = time.perf_counter(), time.process_time()
    found = measure_table(MODEL, plan, folder / f"table-{len(profiles)}.jsonl", BuiltIn(MODEL))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"table    {len(plan.cells)} cells, {wall:.0f} s, {cpu:.0f} CPU s, {memory:.2f} GB")
    covered = [cell.covered or 0.0 for cell in found.measured.cells]
    print(f"         covered {min(covered):.3f} to {max(covered):.3f}; ", *found.notes())
    return found


def answers(folder: Path, profiles: tuple[nw.Profile, ...], read: Surveyed, repeats: int) -> None:
    """Count answers to the question that was read, in each order; compare."""
    plan = Plan(EVENT, WORDS, profiles, Method.REPEATED_ANSWERS, repeats=repeats, reasons=False)
    wall = time.perf_counter()
    found = measure_table(MODEL, plan, folder / f"counted-{len(profiles)}.jsonl", BuiltIn(MODEL))
    print(f"answers  {plan.repeats} a cell, {time.perf_counter() - wall:.0f} s")
    chance = np.array([cell.probability for cell in read.measured.cells])
    shared = np.array([cell.shared for cell in found.measured.cells])
    asked = np.array([cell.asked for cell in found.measured.cells])
    off = shared.sum() / asked.sum() - (asked * chance).sum() / asked.sum()
    error = np.sqrt((asked * chance * (1 - chance)).sum()) / asked.sum()
    print(f"         counted minus read {off:+.4f}, standard error {error:.4f}")
    leanings = [one.leaning.words() for one in (read, found) if one.leaning is not None]
    print(*(f"         {words}" for words in leanings), sep="\n")


def curves(folder: Path, profile: nw.Profile, read: Surveyed, agents: int, runs: int) -> None:
    """Run live agents of one profile and compare their mean curve with what the table predicts."""
    setup = nw.Setup(
        n_agents=agents,
        n_seeds=max(1, agents // 20),
        rounds=12,
        replicas=runs,
        mix=nw.OneProfile(profile),
        sharing=nw.Asked(MODEL, WORDS),
        event=EVENT,
    )
    wall = time.perf_counter()
    record = folder / f"runs-{agents}-{runs}.jsonl"
    played = run_agents(setup, record, BuiltIn(MODEL), reasons=False)
    live = played.curve.counts / agents
    by_table = replace(setup, sharing=read.measured, replicas=1000)
    ensemble = nw.simulate(by_table).counts / agents
    predicted = nw.predict(by_table).fraction
    gap = np.abs(live.mean(axis=0) - predicted).max()
    between = np.abs(live.mean(axis=0) - ensemble.mean(axis=0)).max()
    error = (ensemble.std(axis=0) / np.sqrt(runs)).max()
    print(f"curves   {runs} live runs of {agents}, {time.perf_counter() - wall:.0f} s")
    print(f"         live    {np.round(live.mean(axis=0)[:8], 3)}")
    print(f"         theory  {np.round(predicted[:8], 3)}")
    print(f"         largest gap to theory {gap:.4f}, to 1000 runs by the table {between:.4f}")
    print(f"         largest standard error of the live mean {error:.4f}")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("real-model"))
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=100)
    chosen = parser.parse_args()
    one = (nw.Profile.from_code("O+C-E+A-N-"),)
    read = table(chosen.out, one)
    answers(chosen.out, one, read, chosen.repeats)
    if chosen.runs:
        curves(chosen.out, one[0], read, chosen.agents, chosen.runs)


if __name__ == "__main__":
    main()
