"""What has to be measured in a process of its own: importing, and the memory of a large run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rows import Goal, Row, Sizes, compared, shown


def many_agents(sizes: Sizes) -> Iterator[Row]:
    """Network and spread to saturation in a process of its own: wall time and memory."""
    script = Path(__file__).with_name("million.py")
    told = json.loads(_output(str(script), str(sizes.most)))
    what = f"{sizes.most} agents, network and spread to {told['reached']:.0%}"
    yield Row(f"{what}: wall s", "", shown(told["wall"]), "", told["wall"], Goal(30))
    memory = told["peak_gib"]
    yield Row(f"{what}: peak GiB", "", f"{memory:.2f} GiB", "", memory, Goal(2))


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
        both = (seconds[:, at], seconds[:, 0])
        yield compared(what, "import mesa", both, Goal(4, must=2))


def _import_seconds(line: str) -> float:
    code = f"import time; a = time.process_time(); {line}; print(time.process_time() - a)"
    return float(_output("-c", code))


def _output(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True
    ).stdout
