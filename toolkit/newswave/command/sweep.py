"""`newswave sweep`: the same study of many settings, kept cell by cell and gone on with."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from newswave.command.console import Progress, say, width
from newswave.command.folder import check_folder, written_lines
from newswave.command.options import number
from newswave.errors import BadValue, whole_number

if TYPE_CHECKING:
    from newswave.gridfiles import SweepFile
    from newswave.grids import Axis, Grid
    from newswave.sweeping import Swept

_SOME_FAILED = 1
_FEW_CELLS = 5
_MOST_SHOWN = 5


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "file", metavar="FILE.toml", help="what to run: [base], [grid] and, if wanted, [study]"
    )
    out = parser.add_argument_group("what comes out")
    out.add_argument(
        "--out",
        metavar="DIR",
        help="the folder for the table and all finished cells; a sweep that was stopped goes on "
        "from what is there",
    )
    out.add_argument(
        "--dry-run", action="store_true", help="check the file and say what would be run"
    )
    out.add_argument("--retry", action="store_true", help="try cells again that failed before")
    out.add_argument("--quiet", action="store_true", help="show no progress")
    where = parser.add_argument_group("where it runs")
    where.add_argument(
        "--workers", metavar="N", type=number, help="processes (default: one for each processor)"
    )
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask cluster, as in tcp://10.0.0.5:8786"
    )
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the sweep that a file describes; return the exit status."""
    from newswave.gridfiles import read_sweep

    held = read_sweep(arguments.file)
    if arguments.dry_run:
        say(*_planned(held))
        return 0
    if arguments.out is None:
        raise BadValue(
            "--out is missing: finished cells are kept in a folder",
            advice="Add --out DIR, or --dry-run to see what would be run",
        )
    if arguments.workers is not None:
        whole_number("--workers", arguments.workers, 1, 1000)
        if arguments.scheduler is not None:
            advice = "Leave --workers out: the cluster has its own"
            raise BadValue("--workers and --scheduler do not go together", advice=advice)
    check_folder(arguments.out)
    say(*_planned(held), "")
    swept = _swept(held, arguments)
    say(*_summary(swept))
    return _SOME_FAILED if swept.failed else 0


def _swept(held: SweepFile, arguments: argparse.Namespace) -> Swept:
    """Run it, and say what is kept if it is stopped."""
    from newswave.describing import wrapped
    from newswave.sweeping import sweep

    with _workers(arguments) as (workers, where), Progress(arguments.quiet) as progress:
        told = _Told(progress, len(held.grid), where, arguments.quiet)
        try:
            return sweep(held.grid, held.study, arguments.out, workers, told, arguments.retry)
        except KeyboardInterrupt:
            progress.close()
            kept = f"{told.done} of {len(held.grid)} cells are kept in {arguments.out}"
            say(wrapped(f"{kept}: the same command goes on with the others.", width()))
            raise


@contextlib.contextmanager
def _workers(arguments: argparse.Namespace) -> Iterator[tuple[int | None, str]]:
    """Yield how many workers to ask for, and where they are, in words."""
    if arguments.scheduler is not None:
        from newswave.sweeping.clusters import on_cluster

        with on_cluster(arguments.scheduler) as count:
            yield None, f"{_count(count, 'worker')} of the cluster"
        return
    import joblib

    workers = int(arguments.workers or joblib.cpu_count())
    yield workers, "this process" if workers == 1 else f"{workers} processes"


class _Told:
    """Tells how far a sweep is: what was there, how long the rest may take, and a bar.

    Parameters
    ----------
    progress : Progress
        The bar.
    cells : int
        How many cells there are in all.
    where : str
        Where they are worked out, in words.
    quiet : bool
        Show nothing.
    """

    def __init__(self, progress: Progress, cells: int, where: str, quiet: bool) -> None:
        self._progress, self._cells, self._where, self._quiet = progress, cells, where, quiet
        self._since = 0.0
        self.done = 0

    def __call__(self, done: int, total: int) -> None:
        """Tell that `done` of the `total` cells that were missing are done."""
        there = self._cells - total
        self.done = there + done
        if self._quiet:
            return
        if done == 0:
            known = f"{there} of {self._cells} cells are there already; " if there else ""
            if total:
                say(f"{known}{_count(total, 'cell')} to do, on {self._where}.")
            else:
                say("All cells are there already.")
        self._progress("cells", done, total)
        if done == 1:  # Until then workers are started, which says nothing about cells.
            self._since = time.monotonic()
        if done == _FEW_CELLS and total >= 3 * _FEW_CELLS:
            from newswave.preflight import duration

            left = (time.monotonic() - self._since) / (done - 1) * (total - done)
            self._say(f"The other {total - done} take {duration(left)}.")

    def _say(self, line: str) -> None:
        """Print a line above the bar."""
        from tqdm import tqdm

        with tqdm.external_write_mode():
            say(line)


def _planned(held: SweepFile) -> list[str]:
    """Return what is run, in lines."""
    from newswave.describing import describe_setup

    grid = held.grid
    sizes = " x ".join(f"{len(axis)} {axis.name}" for axis in grid.axes)
    lines = [f"{_count(len(grid), 'cell')}: {sizes}", *map(_axis_line, grid.axes), ""]
    study = _STUDIES.get(type(held.study).__name__, "{0}")
    lines += [f"In each cell: {study.format(held.study)}.", ""]
    lines.append("In all cells, except for the axes above:")
    lines += [*(f"Read {note}." for note in held.notes)]
    return [*lines, describe_setup(grid.base, width()), *_synthetic(grid)]


def _synthetic(grid: Grid) -> list[str]:
    count = sum(cell.setup.synthetic for cell in grid.cells())
    note = "here a formula stands in place of a language model."
    return ["", f"Synthetic: {_count(count, 'cell')} of {len(grid)}; {note}"] if count else []


_STUDIES = {
    "Spread": "the runs alone, without a fit",
    "Fitted": "the runs and all fits, without intervals or verdict",
    "Compared": "the runs, all fits with intervals, and the verdict (bootstrap {0.replicas})",
}


def _axis_line(axis: Axis) -> str:
    labels = [str(label) for label in axis.labels]
    if len(labels) > 8:
        labels = [*labels[:6], "...", labels[-1]]
    line = f"  {axis.name:<14} {', '.join(labels)}"
    limit = width()
    return line if len(line) <= limit else line[: limit - 3] + "..."


def _summary(swept: Swept) -> list[str]:
    """Return what came out, in lines."""
    from newswave.describing import wrapped
    from newswave.sweeping.tables import can_write_parquet

    cells, limit = swept.grid.cells(), width()
    lines = ["", f"{len(swept.findings)} of {len(cells)} cells are done."]
    for cell, reason in list(swept.failed.items())[:_MOST_SHOWN]:
        lines.append(wrapped(f"Cell {cell} ({cells[cell].words}) failed: {reason}", limit))
    more = len(swept.failed) - _MOST_SHOWN
    if more > 0:
        lines.append(f"{more} more failed: their rows in the table say why.")
    if swept.failed:
        lines.append("Add --retry to try them again.")
    lines += _verdicts(swept)
    lines += ["", *written_lines([Path(path) for path in swept.files], limit)]
    if not can_write_parquet():
        lines.append("For Parquet beside it: python -m pip install 'newswave[scale]'")
    return lines


def _verdicts(swept: Swept) -> list[str]:
    """Return how often each verdict was given."""
    given = Counter(
        finding.text
        for findings in swept.findings.values()
        for finding in findings
        if finding.quantity == "verdict"
    )
    words = ", ".join(f"{choice} {count}" for choice, count in given.most_common())
    return [f"Verdicts: {words}."] if words else []


def _count(number: int, thing: str) -> str:
    """Return a number of things.

    >>> _count(1, "cell"), _count(2, "cell")
    ('1 cell', '2 cells')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
