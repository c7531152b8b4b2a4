"""A sweep as one tidy table: a row for each cell and finding, with where it comes from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from newswave.errors import BadFile, plain
from newswave.files import write_whole
from newswave.grids import Cell, Grid
from newswave.rules import Asked, Measured
from newswave.setups import Setup
from newswave.studies import Finding
from newswave.sweeping.outcomes import Outcome

FAILED = "failed"
"""The quantity of a cell that failed; its text is the reason."""

_FOUND = ("quantity", "model", "mixing", "method", "value", "low", "high", "text")
_NUMBERS = ("value", "low", "high")
_ABOUT = ("seed", "n_agents", "degree", "replicas", "event", "source")
_MADE = ("setup", "newswave", "python", "numpy")


def columns(grid: Grid) -> list[str]:
    """Return the names of the columns; what is an axis is not told a second time.

    >>> columns(Grid(Setup(), degree=[4, 8]))[:4]
    ['cell', 'degree', 'quantity', 'model']
    """
    axes = [axis.name for axis in grid.axes]
    return ["cell", *axes, *_FOUND, *(name for name in _ABOUT if name not in axes), *_MADE]


def rows(grid: Grid, found: Iterable[Outcome]) -> Iterator[list[Any]]:
    """Yield the rows in the order of the cells, None where there is no number."""
    axes = {axis.name for axis in grid.axes}
    cells = grid.cells()
    for outcome in sorted(found, key=lambda one: one.cell):
        cell = cells[outcome.cell]
        labels = [label for _, label in cell.settings]
        about = [value for name, value in _about(cell).items() if name not in axes]
        made = [getattr(outcome, name) for name in _MADE]
        findings = outcome.findings
        if outcome.failed:
            findings = (Finding(FAILED, text=outcome.reason),)
        for finding in findings:
            told = [getattr(finding, name) for name in _FOUND]
            yield [cell.number, *labels, *told, *about, *made]


def _about(cell: Cell) -> dict[str, Any]:
    setup = cell.setup
    degree = setup.network.mean_degree_for(setup.n_agents)
    values = (setup.seed, setup.n_agents, degree, setup.replicas, setup.event.id, source(setup))
    return dict(zip(_ABOUT, values, strict=True))


def source(setup: Setup) -> str:
    """Return where the decisions of a setup come from, in a few words.

    >>> source(Setup())
    'rule'
    """
    rule = setup.sharing
    if isinstance(rule, Asked):
        words = f"asked: {rule.model}"
    elif isinstance(rule, Measured):
        words = f"measured: {rule.origin.model}" if rule.origin else f"table: {rule.given.source}"
    else:
        words = "rule"
    return plain(f"synthetic {words}" if setup.synthetic else words)


def csv_text(grid: Grid, found: Iterable[Outcome]) -> str:
    """Return the table as CSV; numbers are written to the last digit."""
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\n")
    out.writerow(columns(grid))
    out.writerows(rows(grid, found))
    return written.getvalue()


def frame(grid: Grid, found: Iterable[Outcome]) -> Any:
    """Return the table as a pandas DataFrame."""
    import pandas as pd

    names = columns(grid)
    held: list[list[Any]] = [[] for _ in names]
    for row in rows(grid, found):
        for column, value in zip(held, row, strict=True):
            column.append(value)
    made = {
        name: pd.Series(column, dtype="float64" if name in _NUMBERS else None)
        for name, column in zip(names, held, strict=True)
    }
    return pd.DataFrame(made)


def can_write_parquet() -> bool:
    """Return whether what writes Parquet is installed."""
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def write(folder: Path, grid: Grid, found: Iterable[Outcome]) -> list[Path]:
    """Write table.csv, and table.parquet where pyarrow is installed; return their paths.

    Raises
    ------
    BadFile
        If a file cannot be written.
    """
    known = list(found)
    paths = [write_whole(folder / "table.csv", csv_text(grid, known))]
    if not can_write_parquet():
        return paths
    held = io.BytesIO()
    try:
        frame(grid, known).to_parquet(held, index=False, engine="pyarrow")
    except (ImportError, OSError) as error:
        what = f"The table cannot be written as Parquet ({error})"
        raise BadFile(what, advice="table.csv holds the same") from error
    return [*paths, write_whole(folder / "table.parquet", held.getvalue())]
