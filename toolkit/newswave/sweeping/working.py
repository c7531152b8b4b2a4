"""The cells of a sweep worked out: one after another here, or by the workers of joblib."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from newswave.errors import NewswaveError, plain, whole_number
from newswave.grids import Cell
from newswave.studies import Study
from newswave.sweeping.outcomes import Outcome, worked_out
from newswave.version import __version__

_TRIES = 3
"""How often in a row workers may die without one cell finished before each cell goes alone."""

_MOST_WORKERS = 10_000


def outcomes(
    cells: Sequence[Cell], study: Study, workers: int | None
) -> Generator[Outcome, None, None]:
    """Yield what comes of each cell, as soon as it is known, in any order.

    Workers that die (killed, out of memory) take no finished cell with them: new ones go on with
    those that are missing. A cell that its worker dies of each time is told as failed.

    Parameters
    ----------
    cells : sequence of Cell
        The cells.
    study : Study
        What to find out about each.
    workers : int, optional
        How many; if not given, what joblib's `parallel_config` says, and one without it.
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
    return bool(backend.effective_n_jobs(wanted) > 1 or _is_cluster(backend))


def _is_cluster(backend: Any) -> bool:
    return "Dask" in type(backend).__name__


def _together(
    missing: dict[int, Cell], study: Study, workers: int | None
) -> Generator[Outcome, None, None]:
    """Yield outcomes and take their cells out of `missing`, until workers die again and again."""
    vain = 0
    while missing and vain < _TRIES:
        before = len(missing)
        try:
            with _run(list(missing.values()), study, workers) as found:
                for outcome in found:
                    if missing.pop(outcome.cell, None) is not None:
                        yield outcome
        except _deaths():
            vain = 0 if len(missing) < before else vain + 1


def _alone(cell: Cell, study: Study, workers: int | None) -> Outcome:
    """Return what comes of one cell that has the workers for itself."""
    try:
        with _run([cell], study, workers) as found:
            outcome: Outcome = next(found)
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
    found: Any = None
    try:
        found = run(delayed(worked_out)(cell, study, __version__) for cell in cells)
        yield found
    except OSError as error:
        raise NewswaveError(
            f"The workers cannot be started or reached any more ({plain(str(error))})",
            advice="Look after them and start again: with a folder, finished cells are kept",
        ) from error
    finally:
        with warnings.catch_warnings():
            # joblib warns that what is under way is given up: that is what a stop means here.
            warnings.simplefilter("ignore", UserWarning)
            if found is not None:
                found.close()


def _deaths() -> tuple[type[BaseException], ...]:
    """Return what is raised where a worker has died, by all of joblib's backends."""
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import ProcessError

    found: list[type[BaseException]] = [BrokenProcessPool, ProcessError]
    with contextlib.suppress(ImportError):
        from joblib.externals.loky.process_executor import BrokenProcessPool as BrokenLoky

        found.append(BrokenLoky)
    with contextlib.suppress(ImportError):
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        found += [KilledWorker, FutureCancelledError]
    return tuple(found)
