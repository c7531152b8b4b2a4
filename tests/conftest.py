"""What all tests have in common: modules are compiled once, and long tests begin first."""

from __future__ import annotations

import os
import sys

import pytest

# What one process compiles serves all others: workers, commands, kernels. Where bytecode is not
# kept, each of several hundred processes would compile newswave again, and each worker all tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# IPython warns where another environment is active in the shell; the tests have their own.
os.environ.pop("VIRTUAL_ENV", None)
# Each worker has a processor, and the threads of all workers' linear algebra would wait for others.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

LONG = {
    "test_app_in_browser.py": 100,
    "test_binder.py": 60,
    "test_lessons.py": 90,
    "test_docs.py": 120,
    "test_instructors.py": 20,
    "test_lite.py": 40,
    "test_figures.py::test_agents_that_are_alike": 25,
    "test_figures.py::test_two_kinds": 20,
    "test_figures.py::test_bootstrap_intervals_of_curves_hold_the_truth": 35,
    "test_house.py::test_the_types_hold": 60,
    "test_house.py::test_the_style_holds": 10,
    "test_live_command.py": 40,
    "test_killed.py": 30,
    "test_serving.py": 35,
    "test_guard.py": 35,
    "test_calibrated.py": 25,
    "test_compare.py": 30,
    "test_sweep.py": 15,
    "test_atlas.py": 20,
    "test_atlas_command.py": 20,
    "test_replicates.py": 50,
    "test_on_ties.py": 20,
    "test_readme.py": 25,
    "test_benchmarks.py": 40,
    "test_sheet.py": 25,
    "test_stage.py": 20,
    "test_notebook_in_browser.py": 15,
    "test_classroom.py": 10,
}
"""About how many seconds the longest files and tests take. A line that fits nothing is no harm."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first, dealt out to the workers.

    Each worker begins with an even share of the list, and takes from the end of others' shares when
    it is done with its own. Were there a long test at the end, all others would wait for it.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    parts: dict[str, list[pytest.Item]] = {name: [] for name in LONG}
    others = []
    for item in items:
        name = next((name for name in LONG if name in item.nodeid), None)
        (others if name is None else parts[name]).append(item)
    hands: list[list[pytest.Item]] = [[] for _ in range(workers)]
    seconds = [0] * workers
    for name in sorted(LONG, key=LONG.__getitem__, reverse=True):
        least = seconds.index(min(seconds))
        hands[least] += parts[name]
        seconds[least] += LONG[name] if parts[name] else 0
    share = -(-len(items) // workers)
    for hand in hands:
        wanted = max(share - len(hand), 0)
        hand += others[:wanted]
        del others[:wanted]
    items[:] = [item for hand in (*hands, others) for item in hand]


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are processors: browsers and servers are waited for."""
    return (os.cpu_count() or 1) + 1
