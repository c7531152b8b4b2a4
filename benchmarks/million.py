"""A million agents of degree 8: network and spread to saturation, in this process. Prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import newswave as nw


def main(n_agents: int) -> None:
    start = time.perf_counter()
    setup = nw.Setup(
        n_agents=n_agents,
        mix=nw.OneProfile(nw.PROFILES[0]),
        sharing=nw.SameForAll(0.05),
        n_seeds=max(1, n_agents // 100),
        rounds=200,
        replicas=1,
    )
    curve = nw.simulate(setup)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "wall": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_gib": peak_bytes() / 2**30,
        "reached": float(curve.fraction[0, -1]),
    }
    print(json.dumps(told))


def peak_bytes() -> int:
    """Return the most memory that this process has held.

    On Linux from /proc: getrusage there still counts the process that this one was started from.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
