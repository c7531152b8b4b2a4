"""Time newswave against others doing the same work, and print one table of ratios.

python benchmarks/speed.py            # all of it, some minutes
python benchmarks/speed.py --quick    # smaller and fewer repetitions
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rows import Row, Sizes

_LINE = "{:<58} {:<36} {:>9} {:>9} {:>8} {:>8}  {}"
_NOTES = """
CPU time (wall time where it says so), medians of {repetitions} repetitions, contenders in turn.
Ratio: the peer's time over ours, the median of paired ratios. k = 8, q = 0.05, 1 % seeds, everybody
to where the exact curve of its kind of time (rounds, or continuous) passes 99 %. The graph is made
once and given to everybody.
* measured on fewer runs or curves, and scaled.
"""


def table(found: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the table, each as soon as it is known."""
    yield _LINE.format("what", "against", "ours", "theirs", "ratio", "goal", "met")
    for row in found:
        limit = "" if row.goal is None else f"{row.goal:g}"
        if row.peer:
            goal, value = limit and f">= {limit}", f"{row.value:.1f}"
        else:
            goal, value = f"<= {limit}", f"{row.value:.2f}"
        yield _LINE.format(row.what, row.peer, row.ours, row.theirs, value, goal, row.met)


def everything(sizes: Sizes) -> Iterator[Row]:
    """Yield all rows, the long ones last."""
    import curvefits
    import processes
    import spreads

    yield from processes.imports(sizes)
    yield from spreads.ensembles(sizes)
    yield from spreads.models(sizes)
    yield from curvefits.fits(sizes)
    yield from spreads.graphs(sizes)
    yield from spreads.one_large_run(sizes)
    yield from curvefits.bootstrap(sizes)
    yield from processes.many_agents(sizes)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller, fewer repetitions")
    quick = parser.parse_args(arguments).quick
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # CPU time is compared: one thread for all
    import rows

    sizes = rows.QUICK if quick else rows.Sizes()
    for line in table(everything(sizes)):
        print(line, flush=True)
    print(_NOTES.format(repetitions=sizes.repetitions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
