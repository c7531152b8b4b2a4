"""Sweeps: a study of every cell of a grid, on any number of processes or on a cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from newswave.errors import BadFile, BadValue
from newswave.grids import Grid
from newswave.studies import Compared, Finding, Study
from newswave.sweeping import tables
from newswave.sweeping.ledgers import Ledger, Memory
from newswave.sweeping.outcomes import Outcome
from newswave.sweeping.working import outcomes

Progress = Callable[[int, int], None]

__all__ = ["Swept", "sweep"]


@dataclass(frozen=True, eq=False)
class Swept:
    """What a sweep found.

    Parameters
    ----------
    grid : Grid
        The cells.
    study : Study
        What was found out about each.
    outcomes : mapping of int to Outcome
        What came of each cell, by its number.
    files : tuple of Path
        The tables that were written.
    """

    grid: Grid
    study: Study
    outcomes: Mapping[int, Outcome]
    files: tuple[Path, ...] = ()

    @cached_property
    def findings(self) -> dict[int, tuple[Finding, ...]]:
        """What was found, by the number of the cell; those that failed are left out."""
        done = sorted(self.outcomes.items())
        return {number: one.findings for number, one in done if not one.failed}

    @cached_property
    def failed(self) -> dict[int, str]:
        """Why cells failed, by their numbers."""
        done = sorted(self.outcomes.items())
        return {number: one.reason for number, one in done if one.failed}

    def table(self) -> Any:
        """Return a pandas DataFrame with a row for each cell and finding, and its provenance."""
        return tables.frame(self.grid, self.outcomes.values())

    def to_csv(self) -> str:
        """Return the same as CSV text."""
        return tables.csv_text(self.grid, self.outcomes.values())


def sweep(
    grid: Grid,
    study: Study | None = None,
    folder: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    retry: bool = False,
) -> Swept:
    """Find out the same about every cell of a grid.

    The numbers depend on the setups alone: not on the workers, nor on the order, nor on how often
    the sweep was stopped. With a folder each finished cell is written at once, and a second call
    with the same arguments goes on where the first was stopped.

    Parameters
    ----------
    grid : Grid
        The cells.
    study : Study, optional
        What to find out about each; `Compared()`, all fits and the verdict, if not given.
    folder : str or Path, optional
        Where finished cells and the table are kept.
    workers : int, optional
        How many processes. If not given, what joblib says: one, or as set by
        ``with joblib.parallel_config(n_jobs=4)`` or ``with joblib.parallel_config("dask")``.
    progress : callable, optional
        Called with how many of the missing cells are done, and how many were missing.
    retry : bool
        Whether to try cells again that failed before.

    Returns
    -------
    Swept

    Raises
    ------
    BadValue
        If this is no grid, or no study.
    BadFile
        If the folder holds another sweep, or something cannot be written: what is done is kept.

    Examples
    --------
    >>> from newswave.setups import Setup
    >>> from newswave.studies import Spread
    >>> grid = Grid(Setup(n_agents=100, rounds=30, replicas=5), share=[0.05, 0.2])
    >>> slow, fast = sweep(grid, Spread()).findings.values()
    >>> slow[0].quantity, slow[0].value > fast[0].value
    ('half time', True)
    """
    chosen = Compared() if study is None else study
    _check(grid, chosen)
    place = None if folder is None else Path(folder)
    files: list[Path] = []
    with Memory() if place is None else Ledger(place, grid, chosen) as kept:
        known = kept.outcomes
        if place is not None and 0 < len(known) < len(grid):
            tables.write(place, grid, known.values())
        try:
            _work(grid, chosen, kept, workers, progress, retry)
        except BaseException:
            if place is not None and known:
                with contextlib.suppress(BadFile):
                    tables.write(place, grid, known.values())
            raise
        if place is not None:
            files = tables.write(place, grid, known.values())
    return Swept(grid, chosen, dict(known), tuple(files))


def _work(
    grid: Grid,
    study: Study,
    kept: Ledger | Memory,
    workers: int | None,
    progress: Progress | None,
    retry: bool,
) -> None:
    """Work out the cells that are missing, and keep each as soon as it is done."""
    from threadpoolctl import threadpool_limits

    known = kept.outcomes
    missing = [
        cell
        for cell in grid.cells()
        if cell.number not in known or (retry and known[cell.number].failed)
    ]
    if progress is not None:
        progress(0, len(missing))
    # Here too, and not only in `worked_out`: threads of one process share this limit.
    with (
        threadpool_limits(limits=1),
        contextlib.closing(outcomes(missing, study, workers)) as found,
    ):
        for done, outcome in enumerate(found, 1):
            kept.add(outcome)
            if progress is not None:
                progress(done, len(missing))


def _check(grid: Any, study: Any) -> None:
    if not isinstance(grid, Grid):
        advice = "As in nw.sweep(nw.Grid(nw.Setup(), degree=[4, 8]))"
        raise BadValue("This is no grid", given=grid, advice=advice)
    frozen = is_dataclass(study) and getattr(study, "__dataclass_params__").frozen  # noqa: B009
    if isinstance(study, type) or not isinstance(study, Study) or not frozen:
        allowed = "a frozen dataclass with a method findings(setup), such as Compared()"
        raise BadValue("This is no study", given=study, allowed=allowed)
