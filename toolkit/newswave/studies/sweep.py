"""Sweeps: a study of every cell of a grid, on any number of processes, kept cell by cell."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import platform
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from newswave.core.errors import BadFile, BadValue, NewswaveError, plain, whole_number
from newswave.core.files import encode, write_whole
from newswave.core.journal import Journal, Read, read_journal
from newswave.core.rules import Asked, Measured
from newswave.core.setup import Setup
from newswave.core.table_facts import profile_doubt
from newswave.core.version import __version__
from newswave.studies.grid import Cell, Grid
from newswave.studies.study import Compared, Finding, Study

PART_BYTES = 64 * 1024 * 1024
"""How large a part of the ledger grows before the next one is begun."""

_FORMAT = 1
_ADVICE = "Choose another folder, or delete this one if you do not need it"

FAILED = "failed"
"""The quantity of a cell that failed; its text is the reason."""

_FOUND = ("quantity", "model", "mixing", "method", "value", "low", "high", "text")
_NUMBER_COLUMNS = ("value", "low", "high")
_MADE = ("setup", "newswave", "python", "numpy")

_TRIES = 3
"""How often in a row workers may die without one cell finished before each cell goes alone."""

_MOST_WORKERS = 10_000
_SECONDS = 10
Progress = Callable[[int, int], None]


# What came of one cell: its findings or why there are none, and where it was worked out.


@dataclass(frozen=True)
class Outcome:
    """What came of one cell."""

    cell: int  # Its number
    findings: tuple[Finding, ...] = ()  # What was found; empty if the cell failed
    reason: str = ""  # Why it failed; empty if it did not
    setup: str = ""  # The SHA-256 of the setup's JSON text: that of the file `Setup.write` makes
    newswave: str = ""  # Versions of what worked it out
    python: str = ""
    numpy: str = ""

    @property
    def failed(self) -> bool:
        """Whether nothing was found."""
        return bool(self.reason)

    def line(self) -> dict[str, Any]:
        """Return this as a line of a journal."""
        short = [
            {name: value for name, value in asdict(finding).items() if value not in (None, "")}
            for finding in self.findings
        ]
        return {"kind": "cell", **asdict(self), "findings": short}

    @classmethod
    def of_line(cls, line: Mapping[str, Any]) -> Outcome:
        """Return the outcome that a line of a journal holds, or raise `BadValue`."""
        try:
            given = {field.name: line[field.name] for field in fields(cls)}
            given["findings"] = tuple(Finding(**finding) for finding in given["findings"])
            return cls(**given)
        except (KeyError, TypeError, ValueError) as error:
            raise BadValue(f"This line holds no cell of a sweep ({error!r})", given=line) from error


def worked_out(cell: Cell, study: Study, version: str) -> Outcome:
    """Return what a study finds out about a cell; whatever goes wrong in it is an outcome too.

    This is what the processes of a sweep do. Linear algebra runs on one thread, so that processes
    do not stand in each other's way, and a sum does not depend on how many threads there are.
    """
    from threadpoolctl import threadpool_limits

    where = {"newswave": __version__, "python": platform.python_version(), "numpy": np.__version__}
    result: tuple[Finding, ...] = ()
    reason = digest = ""
    try:
        digest = hashlib.sha256(cell.setup.to_json().encode()).hexdigest()
        if version != __version__:
            raise BadValue(
                "The process that works has another newswave than the one that asks",
                given=__version__,
                allowed=version,
                advice="Install the same version everywhere",
            )
        with threadpool_limits(limits=1):
            result = _checked(study.findings(cell.setup))
    except NewswaveError as error:
        reason = str(error)
    except MemoryError:
        reason = "This needs more memory than there is. Lower the agents, rounds or replicas."
    except Exception as error:  # A study may be anybody's: what it raises must not end a sweep.
        reason = f"{type(error).__name__}: {error}"
    return Outcome(cell.number, result, plain(reason, 1000), digest, **where)


def _checked(result: Any) -> tuple[Finding, ...]:
    """Return findings as a tuple, or raise `BadValue`."""
    listed = tuple(result)
    for finding in listed:
        if not isinstance(finding, Finding):
            raise BadValue("A study finds Findings", given=finding)
    return listed


# The finished cells of a sweep in a folder: written one by one, found again after any end.


def description(grid: Grid, study: Study) -> dict[str, Any]:
    """Return what makes a sweep the sweep it is, as plain JSON data."""
    return {
        "newswave": __version__,
        "cells": len(grid),
        "study": encode(study),
        "grid": grid.plain(),
    }


def digest_of(described: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a description.

    >>> digest_of({"cells": 2})[:8]
    '89c08bc9'
    """
    try:
        text = json.dumps(described, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadValue(
            f"This study cannot be written down ({error})",
            given=described.get("study"),
            allowed="a frozen dataclass of numbers, texts and the like",
        ) from error
    return hashlib.sha256(text.encode()).hexdigest()


class Ledger:
    """The finished cells of one sweep, in files of a folder.

    The files cells-1.jsonl, cells-2.jsonl ... hold a line for each finished cell, grid.json what
    the sweep is. A line is on the disk's way before the next cell is taken up.
    """

    def __init__(self, folder: Path, grid: Grid, study: Study) -> None:
        described = description(grid, study)
        self._head = {"kind": "sweep", "format": _FORMAT, "newswave": __version__}
        self._head |= {"cells": len(grid), "sweep": digest_of(described)}
        self.folder = Path(folder)
        self.outcomes: dict[int, Outcome] = {}
        self._part = 1
        while self._path(self._part + 1).exists():
            self._part += 1
        self._journal = Journal(self._path(self._part), self._check)
        try:
            self._begin(described)
            for part in range(1, self._part):
                self._take(read_journal(self._path(part)), self._path(part))
            self._take(self._journal.found, self._path(self._part))
        except BaseException:
            self._journal.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def add(self, outcome: Outcome) -> None:
        """Write down what came of a cell."""
        if self._journal.size > PART_BYTES:
            self._journal.close()
            self._part += 1
            self._journal = Journal(self._path(self._part), self._check)
            self._journal.append(self._head)
        self._journal.append(outcome.line())
        self.outcomes[outcome.cell] = outcome

    def _begin(self, described: Mapping[str, Any]) -> None:
        """Say what the sweep is, in a folder that does not."""
        path = self.folder / "grid.json"
        if not self._journal.found.lines or not path.exists():
            write_whole(path, json.dumps(described, indent=1, ensure_ascii=False) + "\n")
        if not self._journal.found.lines:
            self._journal.append(self._head)

    def _path(self, part: int) -> Path:
        return self.folder / f"cells-{part}.jsonl"

    def _check(self, result: Read) -> None:
        """Refuse a file that is of no sweep, or of another one."""
        if not result.lines:
            return
        head = result.lines[0]
        place = {"given": str(self.folder), "advice": _ADVICE}
        if head.get("kind") != "sweep" or head.get("format") != _FORMAT:
            raise BadFile("This folder holds something else than a sweep", **place)
        if head.get("newswave") != __version__:
            other = head.get("newswave")
            what = f"This folder holds a sweep by newswave {other}, and this is {__version__}"
            raise BadFile(what, **place)
        if head != self._head:
            raise BadFile("This folder holds another sweep: its grid or study differs", **place)

    def _take(self, result: Read, path: Path) -> None:
        self._check(result)
        for number, line in enumerate(result.lines[1:], 2):
            try:
                outcome = Outcome.of_line(line)
            except NewswaveError as error:
                advice = f"Delete line {number}: its cell is then worked out again"
                raise BadFile(f"Line {number}: {error}", given=str(path), advice=advice) from error
            self.outcomes[outcome.cell] = outcome


# A sweep as one tidy table: a row for each cell and finding, with where it comes from.


def columns(grid: Grid) -> list[str]:
    """Return the names of the columns; an axis is not named a second time."""
    axes = [axis.name for axis in grid.axes]
    return ["cell", *axes, *_FOUND, *(name for name in _ABOUT if name not in axes), *_MADE]


def rows(grid: Grid, result: Iterable[Outcome]) -> Iterator[list[Any]]:
    """Yield the rows in the order of the cells, None where there is no number."""
    axes = {axis.name for axis in grid.axes}
    cells = grid.cells()
    for outcome in sorted(result, key=lambda one: one.cell):
        cell = cells[outcome.cell]
        labels = [label for _, label in cell.settings]
        about = [found(cell.setup) for name, found in _ABOUT.items() if name not in axes]
        made = [getattr(outcome, name) for name in _MADE]
        failed = (Finding(FAILED, text=outcome.reason),)
        for finding in failed if outcome.failed else outcome.findings:
            values = [getattr(finding, name) for name in _FOUND]
            yield [cell.number, *labels, *values, *about, *made]


def source(setup: Setup) -> str:
    """Return where the decisions of a setup come from, in a few words."""
    rule = setup.sharing
    if isinstance(rule, Asked):
        words = f"asked: {rule.model}"
    elif isinstance(rule, Measured):
        words = f"measured: {rule.origin.model}" if rule.origin else f"table: {rule.given.source}"
        words += ", profiles in doubt" if profile_doubt(rule) else ""
    else:
        words = "rule"
    return plain(f"synthetic {words}" if setup.synthetic else words)


_ABOUT: dict[str, Callable[[Setup], Any]] = {
    "seed": lambda setup: setup.seed,
    "n_agents": lambda setup: setup.n_agents,
    "degree": lambda setup: setup.network.mean_degree_for(setup.n_agents),
    "replicas": lambda setup: setup.replicas,
    "event": lambda setup: setup.event.id,
    "source": source,
}
"""What a row says of its setup, unless an axis does."""


def doubts(grid: Grid) -> list[str]:
    """Return what the tables of a grid leave open of their profiles, each in a sentence."""
    rules = {id(cell.setup.sharing): cell.setup for cell in grid.cells()}
    said = ((setup.event.id, profile_doubt(setup.sharing)) for setup in rules.values())
    return list(dict.fromkeys(f"Table about {event}: {words}" for event, words in said if words))


def csv_text(grid: Grid, result: Iterable[Outcome]) -> str:
    """Return the table as CSV; numbers are written to the last digit."""
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\n")
    out.writerow(columns(grid))
    out.writerows(rows(grid, result))
    return written.getvalue()


def frame(grid: Grid, result: Iterable[Outcome]) -> Any:
    """Return the table as a pandas DataFrame."""
    import pandas as pd

    made = pd.DataFrame(list(rows(grid, result)), columns=columns(grid))
    return made.astype(dict.fromkeys(_NUMBER_COLUMNS, "float64"))


def can_write_parquet() -> bool:
    """Return whether what writes Parquet is installed."""
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def write(folder: Path, grid: Grid, result: Iterable[Outcome]) -> list[Path]:
    """Write table.csv, and table.parquet where pyarrow is installed; return their paths."""
    known = list(result)
    paths = [write_whole(folder / "table.csv", csv_text(grid, known))]
    if not can_write_parquet():
        return paths
    buffer = io.BytesIO()
    try:
        frame(grid, known).to_parquet(buffer, index=False, engine="pyarrow")
    except (ImportError, OSError) as error:
        what = f"The table cannot be written as Parquet ({error})"
        raise BadFile(what, advice="table.csv holds the same") from error
    return [*paths, write_whole(folder / "table.parquet", buffer.getvalue())]


# The cells of a sweep worked out: one after another here, or by the workers of joblib.


def outcomes(
    cells: Sequence[Cell], study: Study, workers: int | None
) -> Generator[Outcome, None, None]:
    """Yield what comes of each cell, as soon as it is known, in any order.

    Workers that die (killed, out of memory) take no finished cell with them: new ones go on with
    those that are missing. A cell that its worker dies of each time counts as failed.
    """
    if not _has_workers(workers):
        yield from (worked_out(cell, study, __version__) for cell in cells)
        return
    missing = {cell.number: cell for cell in cells}
    yield from _together(missing, study, workers)
    for cell in list(missing.values()):
        yield _alone(cell, study, workers)


def _has_workers(workers: int | None) -> bool:
    """Return whether there is more to it than this process; one worker on a cluster is."""
    if workers is not None:
        whole_number("workers", workers, 1, _MOST_WORKERS)
    if workers == 1:
        return False
    import joblib.parallel

    backend, n_jobs = joblib.parallel.get_active_backend()
    wanted = n_jobs if workers is None else workers
    return bool(backend.effective_n_jobs(wanted) > 1 or "Dask" in type(backend).__name__)


def _together(
    missing: dict[int, Cell], study: Study, workers: int | None
) -> Generator[Outcome, None, None]:
    """Yield outcomes and take their cells out of `missing`, until workers die again and again."""
    vain = 0
    while missing and vain < _TRIES:
        before = len(missing)
        try:
            with _run(list(missing.values()), study, workers) as result:
                for outcome in result:
                    if missing.pop(outcome.cell, None) is not None:
                        yield outcome
        except _deaths():
            vain = 0 if len(missing) < before else vain + 1


def _alone(cell: Cell, study: Study, workers: int | None) -> Outcome:
    """Return what comes of one cell that has the workers for itself."""
    try:
        with _run([cell], study, workers) as result:
            outcome: Outcome = next(result)
            return outcome
    except _deaths() as error:
        reason = (
            f"The process that worked on this cell died ({type(error).__name__}): "
            "it may need more memory than there is"
        )
        return Outcome(cell.number, reason=reason, newswave=__version__)


@contextlib.contextmanager
def _run(cells: Sequence[Cell], study: Study, workers: int | None) -> Iterator[Any]:
    """Yield joblib's generator of outcomes, one cell a task, so that a finished one is there."""
    from joblib import Parallel, delayed

    own = {} if workers is None else {"n_jobs": workers}
    run = Parallel(return_as="generator_unordered", batch_size=1, **own)
    result: Any = None
    try:
        result = run(delayed(worked_out)(cell, study, __version__) for cell in cells)
        yield result
    except OSError as error:
        raise NewswaveError(
            f"The workers cannot be started or reached any more ({plain(str(error))})",
            advice="Look after them and start again: with a folder, finished cells are kept",
        ) from error
    finally:
        with warnings.catch_warnings():
            # joblib warns that what is under way is given up: that is what a stop means here.
            warnings.simplefilter("ignore", UserWarning)
            if result is not None:
                result.close()


def _deaths() -> tuple[type[BaseException], ...]:
    """Return what is raised where a worker has died, by all of joblib's backends."""
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import ProcessError

    result: list[type[BaseException]] = [BrokenProcessPool, ProcessError]
    with contextlib.suppress(ImportError):
        from joblib.externals.loky.process_executor import BrokenProcessPool as BrokenLoky

        result.append(BrokenLoky)
    with contextlib.suppress(ImportError):
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        result += [KilledWorker, FutureCancelledError]
    return tuple(result)


# The same sweep on a Dask cluster that is there already.


@contextlib.contextmanager
def on_cluster(address: str) -> Iterator[int]:
    """Let joblib's work go to the Dask scheduler at an address, and yield its number of workers."""
    try:
        import distributed
        import joblib
    except ImportError as error:
        advice = "Install it: python -m pip install 'newswave[scale]'"
        raise NewswaveError("Dask is not installed", advice=advice) from error
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=_SECONDS)
    except (OSError, ValueError, TypeError) as error:
        raise BadValue(
            f"No scheduler of Dask answers there ({type(error).__name__})",
            given=address,
            allowed="an address such as tcp://127.0.0.1:8786",
            advice="Start one with dask scheduler, and workers with dask worker ADDRESS",
        ) from error
    with client:
        count = len(client.scheduler_info(n_workers=-1)["workers"])
        if not count:
            advice = f"Start some with dask worker {address}"
            raise BadValue("This scheduler has no workers", given=address, advice=advice)
        with joblib.parallel_config("dask"):
            yield count


# Sweeps: a study of every cell of a grid, on any number of processes or on a cluster.


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
        return frame(self.grid, self.outcomes.values())

    def to_csv(self) -> str:
        """Return the same as CSV text."""
        return csv_text(self.grid, self.outcomes.values())


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
    >>> from newswave.core.setup import Setup
    >>> from newswave.studies.study import Spread
    >>> grid = Grid(Setup(n_agents=100, rounds=30, replicas=5), share=[0.05, 0.2])
    >>> slow, fast = sweep(grid, Spread()).findings.values()
    >>> slow[0].quantity, slow[0].value > fast[0].value
    ('half time', True)
    """
    chosen = Compared() if study is None else study
    _check(grid, chosen)
    if folder is None:
        known: dict[int, Outcome] = {}
        for outcome in _work(grid, chosen, known, workers, progress, retry):
            known[outcome.cell] = outcome
        return Swept(grid, chosen, known)
    place = Path(folder)
    with Ledger(place, grid, chosen) as ledger:
        known = ledger.outcomes
        if 0 < len(known) < len(grid):
            write(place, grid, known.values())
        try:
            work = _work(grid, chosen, known, workers, progress, retry)
            with contextlib.closing(work) as result:
                for outcome in result:
                    ledger.add(outcome)
        except BaseException:
            if known:
                with contextlib.suppress(BadFile):
                    write(place, grid, known.values())
            raise
        return Swept(grid, chosen, dict(known), tuple(write(place, grid, known.values())))


def _work(
    grid: Grid,
    study: Study,
    known: Mapping[int, Outcome],
    workers: int | None,
    progress: Progress | None,
    retry: bool,
) -> Generator[Outcome, None, None]:
    """Yield what comes of each cell that is missing, to be kept before progress is reported."""
    from threadpoolctl import threadpool_limits

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
        contextlib.closing(outcomes(missing, study, workers)) as result,
    ):
        for done, outcome in enumerate(result, 1):
            yield outcome
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
