"""Time newswave against others doing the same work, and print one table of ratios.

python benchmarks/speed.py            # all of it, some minutes
python benchmarks/speed.py --docs     # and writes docs/figures/ratios.md, .png and .csv
python benchmarks/speed.py --quick    # smaller and fewer repetitions
python benchmarks/speed.py --short    # everything once and tiny, in seconds: does it run at all
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rows import Row, Sizes

FIGURES = Path(__file__).parent.parent / "docs" / "figures"
_LINE = "{:<58} {:<36} {:>9} {:>9} {:>8} {:>15} {:>8} {:<3} {:>8} {}"
_HEADER = ("what", "against", "ours", "theirs", "ratio", "turns", "must", "met", "aim", "met")
_NOTES = """
CPU time (wall time and memory where it says so), medians of up to {repetitions} turns, in which all
contenders come one after another. Ratio: the peer's over ours, the median of paired ratios; beside
it the smallest and the largest. k = 8, q = 0.05, 1 % seeds, everybody to where the exact curve of
its kind of time (rounds, or continuous) passes 99 %. The network is made once and given to
everybody.
* measured on fewer runs or curves, and scaled.
"""


def table(found: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the table, each as soon as it is known."""
    from goals import short
    from rows import asked, turns

    yield _LINE.format(*_HEADER)
    for row in found:
        yield _LINE.format(
            *(row.what, row.peer, row.ours, row.theirs, short(row.value), turns(row)),
            *(asked(row, row.goal.must), row.must_met, asked(row, row.goal.aim), row.aim_met),
        )


def everything(sizes: Sizes) -> Iterator[Row]:
    """Yield all rows, the long ones last."""
    import curvefits
    import large
    import memory
    import processes
    import slider
    import spreads

    yield from processes.imports(sizes)
    yield from spreads.ensembles(sizes)
    yield from slider.moves(sizes)
    yield from spreads.models(sizes)
    yield from curvefits.fits(sizes)
    yield from curvefits.one_rate(sizes)
    yield from large.graphs(sizes)
    yield from large.in_continuous_time(sizes)
    yield from large.one_large_run(sizes)
    yield from memory.memories(sizes)
    yield from curvefits.bootstrap(sizes)
    yield from processes.many_agents(sizes)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; with --docs write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--quick", action="store_true", help="smaller, fewer repetitions")
    kinds.add_argument("--short", action="store_true", help="everything once, and tiny")
    kinds.add_argument("--docs", action="store_true", help="all of it, and write docs/figures")
    told = parser.parse_args(arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # CPU time is compared: one thread for all
    import circumstances
    import rows

    sizes = rows.QUICK if told.quick else rows.SHORT if told.short else rows.Sizes()
    before, found = circumstances.load(), []
    measured = map(rows.unasked, everything(sizes)) if told.short else everything(sizes)
    for line in table(_kept(measured, found)):
        print(line, flush=True)
    here = circumstances.now(before)
    print(_NOTES.format(repetitions=sizes.repetitions), *here.sentences(), sep="\n")
    if told.docs:
        import published

        published.publish(found, here, FIGURES)
    return 0


def _kept(found: Iterable[Row], kept: list[Row]) -> Iterator[Row]:
    """Yield the rows, and keep them."""
    for row in found:
        kept.append(row)
        yield row


if __name__ == "__main__":
    sys.exit(main())
