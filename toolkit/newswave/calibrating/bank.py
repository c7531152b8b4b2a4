"""Calibrations for all cells of a grid, made beforehand, as a sweep of their own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from newswave.calibrating.knowing import Calibration, setup_of, share_of, steps_around
from newswave.calibrating.study import Calibrated
from newswave.calibrating.worlds import degree_of
from newswave.curve import Curve
from newswave.errors import BadValue, CannotFit
from newswave.fitting.fits import fit
from newswave.fitting.models import OneRate, OnNetwork
from newswave.grids import Axis, Grid
from newswave.networkfield import predict
from newswave.recipes import RandomRegular, Recipe
from newswave.setups import Setup
from newswave.sweeping import Progress, sweep

_MARGIN = 0.1


def calibrations(
    study: Calibrated,
    setups: Iterable[Setup],
    folder: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Calibration]:
    """Return the calibrations that a study of setups will need, by the JSON text of their setup.

    Which rates that are is foretold by the master equation. A setup whose rate comes out elsewhere
    makes its own calibration when its turn comes: the numbers are the same.

    Parameters
    ----------
    study : Calibrated
        For which study.
    setups : iterable of Setup
        Of which cells; on random regular networks, others are left out.
    folder : str or Path, optional
        Where they are kept; a folder of its own for each set of them.
    workers : int, optional
        How many processes.
    progress : callable, optional
        Called with how many are done, and how many there are.

    Raises
    ------
    BadFile
        If the folder holds something else, or cannot be written.
    """
    kinds: dict[str, tuple[Setup, set[Recipe], set[int]]] = {}
    for setup in setups:
        steps = _steps(setup)
        if steps:
            base = replace(setup_of(setup, 0), network=RandomRegular())
            _, networks, known = kinds.setdefault(base.to_json(), (base, set(), set()))
            networks.add(setup.network)
            known.update(steps)
    grids = [_grid(base, networks, steps) for base, networks, steps in kinds.values()]
    total, done, found = sum(map(len, grids)), 0, {}
    for grid in grids:

        def report(now: int, missing: int, there: int = done + len(grid)) -> None:
            if progress is not None:
                progress(there - missing + now, total)

        place = None if folder is None else Path(folder) / _name(grid)
        swept = sweep(grid, study.calibration, place, workers, report)
        for cell in grid.cells():
            if cell.number in swept.findings:
                found[cell.setup.to_json()] = Calibration.of(swept.findings[cell.number])
        done += len(grid)
    return found


def _grid(base: Setup, networks: set[Recipe], steps: set[int]) -> Grid:
    """Return the cells of one size: every kind of network at every rate."""
    kinds = sorted(networks, key=repr)
    shares = [share_of(step) for step in sorted(steps)]
    return Grid(base, (Axis("network", kinds), Axis("share", shares)))


def _name(grid: Grid) -> str:
    """Return a folder's name for some calibrations."""
    digest = hashlib.sha256(json.dumps(grid.plain()).encode()).hexdigest()
    return f"agents-{grid.base.n_agents}-{digest[:8]}"


def _steps(setup: Setup) -> range:
    """Return the steps that a setup will need, as far as theory foretells it."""
    if not isinstance(setup.network, RandomRegular) or setup.n_seeds < 1:
        return range(0)
    try:
        fraction = predict(setup).fraction
        foretold = Curve(setup.n_agents * fraction[None], setup.n_agents)
        found = fit(foretold, OneRate(OnNetwork(degree_of(setup)))).estimates["rate"]
    except (BadValue, CannotFit):
        return range(0)
    return steps_around(found, _MARGIN)
