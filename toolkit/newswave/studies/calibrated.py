"""The study of one cell with a calibrated verdict, and calibrations for a whole grid."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.equivalents import all_alike
from newswave.core.errors import BadValue, CannotFit
from newswave.core.networks import RandomRegular, Recipe, equations_apply
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.equations.compare import fits_alone
from newswave.equations.fit import ChainBinomial, Fit, fit
from newswave.equations.intervals import left_out
from newswave.equations.models import OneRate, OnNetwork, SourceAndPeers, TwoRates
from newswave.equations.null_model import Scores, is_contact
from newswave.equations.on_network import predict
from newswave.equations.predict import theories
from newswave.equations.verdict import SURE, Choice, Evidence, Null, judge
from newswave.report.describe import true_rates
from newswave.studies.calibrate import (
    NETWORKS,
    WORLDS,
    Alike,
    Calibration,
    OwnNull,
    Reading,
    degree_of,
    made_here,
    network_sums,
    reading,
    run_over,
    seen_of,
    setup_of,
    share_of,
    steps_around,
    with_intervals,
)
from newswave.studies.grid import Axis, Grid
from newswave.studies.study import Finding, fit_findings, no_fit
from newswave.studies.sweep import Progress, sweep

Floats = npt.NDArray[np.float64]

CORRECTED = f"{ChainBinomial.name}, bias taken off"
"""The method of the one rate whose bias, known from homogeneous agents, is taken off."""

GAP, CALL = "largest gap", "lowest AIC"

_THEORIES = {
    "master": ("network", "rounds"),
    "network_ode": ("network", "ODE"),
    "well_mixed_ode": ("well-mixed", "ODE"),
}

_MARGIN = 0.1


# The study of one cell: every fit with its interval, and a verdict by calibrations.


@dataclass(frozen=True)
class Calibrated:
    """The spread, every fit with intervals, and a calibrated verdict, in half a second a cell.

    The replicas are spread over networks, so that intervals answer for the network too: they come
    from leaving out one network at a time. Each setup has luck of its own.

    Parameters
    ----------
    networks : int
        At most over how many networks the replicas are spread.
    worlds : int
        Replicates of homogeneous agents behind a verdict, at each rate of the calibrations.

    Raises
    ------
    BadValue
        If there are fewer than 4 networks or 99 worlds.

    Examples
    --------
    >>> setup = Setup(n_agents=100, n_seeds=5, rounds=20, replicas=16)
    >>> result = Calibrated(networks=8, worlds=100).findings(setup)
    >>> [finding.text for finding in result if finding.quantity == "verdict"]
    ['two rates']
    """

    networks: int = NETWORKS
    worlds: int = WORLDS

    # Not a field: a study is the same one whether or not something was worked out for it before.
    _known: ClassVar[Mapping[str, Calibration]] = {}

    def __post_init__(self) -> None:
        Alike(self.networks, self.worlds)

    @property
    def calibration(self) -> Alike:
        """The study that makes the calibrations."""
        return Alike(self.networks, self.worlds)

    def knowing(self, known: Mapping[str, Calibration]) -> Calibrated:
        """Return this study with calibrations that are made already, by the JSON of their setup."""
        made = replace(self)
        object.__setattr__(made, "_known", dict(known))
        return made

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        """Return what was found.

        Half time and reach; the true rates where they are known; rates, AIC and RMSE of every fit;
        which number of rates has the lowest AIC; the one rate with its bias taken off; the verdict
        with its p-value; the largest gap between theories and the mean of the runs.
        """
        curve = run_over(setup, self.networks)
        spread = (*_of_spread(curve), *_true(setup), *_gaps(curve, setup))
        try:
            return (*spread, *self._fitted(curve, setup))
        except CannotFit as error:
            return (*spread, Finding("verdict", text=Choice.CANNOT_TELL.value), no_fit(error))

    def _fitted(self, curve: Curve, setup: Setup) -> Iterator[Finding]:
        sums = network_sums(curve, self.networks)
        rest = curve.runs - curve.runs // len(sums)
        without = seen_of(left_out(sums), rest, curve.n_agents)
        without.checked(3)
        fits = with_intervals(fits_alone(curve, degree_of(setup)), without)
        yield from fit_findings(fits, {"AIC": "aic", "RMSE": "rmse"}, whole_method=True)
        yield from _calls(fits)
        chain = {
            f.model.name: f
            for f in fits
            if f.model.mixing.label == OnNetwork.label and f.method == ChainBinomial()
        }
        if setup.n_seeds:
            seen = seen_of(sums.sum(axis=0)[None], curve.runs, curve.n_agents)
            yield from self._judged(setup, chain, Scores.of(seen, OnNetwork(degree_of(setup))))
        else:
            yield Finding("verdict", text=Choice.CANNOT_TELL.value)

    def _judged(
        self, setup: Setup, chain: Mapping[str, Fit], here: Scores
    ) -> Iterator[Finding]:  # fmt: skip
        """Yield the corrected rate and the verdict."""
        kinds = (OneRate.name, TwoRates.name, SourceAndPeers.name)
        result = Evidence(
            Null.AVERAGE, 1.0, float(here.ratio[0]), math.nan, self.worlds,
            fits=tuple(chain[name] for name in kinds if name in chain),
            other_table=not is_contact(all_alike(setup)),
        )  # fmt: skip
        if equations_apply(setup.network):
            one = chain[OneRate.name]
            read = self._read(setup, one.estimates["rate"], here)
            yield _corrected(one, read.bias)
            fits_one, fits_two = read.fit_p_values
            fits_two = fits_two if fits_one <= SURE else math.nan
            result = replace(result, p_value=read.p_value, power=read.power,
                             replicas=read.replicates,
                            fits_one=fits_one, fits_two=fits_two)  # fmt: skip
        if result.other_table or not equations_apply(setup.network):
            result = OwnNull(self.networks, self.worlds).evidence(setup, here, result)
        verdict = judge(replace(result, fits_two=math.nan) if result.p_value <= SURE else result)
        yield Finding("verdict", text=verdict.choice.value)
        yield Finding("p-value", verdict.p_value)
        yield Finding("fit p-value", verdict.fit_p_value)
        yield Finding("likelihood ratio", verdict.likelihood_ratio)
        yield Finding("power", verdict.power)

    def _read(self, setup: Setup, rate: float, here: Scores) -> Reading:
        low, high = list(steps_around(rate))[:2]
        lower, upper = (self._calibration(setup_of(setup, step)) for step in (low, high))
        missed = (float(here.missed_by(OneRate)[0]), float(here.missed_by(TwoRates)[0]))
        return reading(lower, upper, low, rate, float(here.ratio[0]), missed)

    def _calibration(self, setup: Setup) -> Calibration:
        text = setup.to_json()
        known = self._known.get(text)
        return made_here(text, self.calibration) if known is None else known


def _of_spread(curve: Curve) -> Iterator[Finding]:
    """Yield means over the runs, with the range that holds 95 % of the runs."""
    for name, values in (
        ("half time", curve.half_time()),
        ("reach", curve.counts[:, -1] / curve.n_agents),
    ):
        known = np.asarray(values, float)[np.isfinite(values)]
        some = "" if len(known) == len(values) else f"{len(known)} of {len(values)} runs"
        if len(known):
            low, high = np.quantile(known, [0.025, 0.975])
            yield Finding(name, float(known.mean()), float(low), float(high), text=some)
        else:
            yield Finding(name, text=some)


def _true(setup: Setup) -> Iterator[Finding]:
    for name, rate in true_rates(setup).items():
        yield Finding(f"true {name.replace('_', ' ')}", rate)


def plain_theories(setup: Setup) -> dict[str, Floats]:
    """Return the curves of the theories that apply to a setup, by "mixing, kind of time".

    "network, rounds" is the master equation, which holds for any table.

    >>> list(plain_theories(Setup()))
    ['network, rounds', 'network, ODE', 'well-mixed, ODE']
    """
    if not isinstance(setup.network, RandomRegular):
        return {}
    rule = setup.sharing
    if isinstance(rule, Measured):  # Without its counts, whose band would take seconds.
        setup = replace(setup, sharing=Measured(rule.given, origin=rule.origin))
    made = theories(setup, tuple(_THEORIES)).theories
    return {", ".join(_THEORIES[one.key]): one.fraction for one in made}


def _gaps(curve: Curve, setup: Setup) -> Iterator[Finding]:
    """Yield how far theories are off the mean of the runs, where they apply."""
    mean = curve.mean / curve.n_agents
    for name, fraction in plain_theories(setup).items():
        mixing, kind = name.split(", ")
        yield Finding(GAP, float(np.abs(fraction - mean).max()), mixing=mixing, method=kind)


def _calls(fits: tuple[Fit, ...]) -> Iterator[Finding]:
    """Yield whether one rate or two have the lower AIC, for each mixing and method."""
    pairs: dict[tuple[str, str], dict[str, float]] = {}
    for one in fits:
        if one.model.name != SourceAndPeers.name:
            key = (one.model.mixing.label, one.method.name)
            pairs.setdefault(key, {})[one.model.name] = one.aic
    for (mixing, method), aic in pairs.items():
        name = min(aic, key=lambda one: aic[one])
        yield Finding(CALL, mixing=mixing, method=method, text=name)


def _corrected(one: Fit, bias: float) -> Finding:
    """Return the one rate on the network, interval and all, with its bias taken off."""
    ends, by = one.intervals.get("rate"), math.exp(-bias)
    low, high = (ends.low * by, ends.high * by) if ends else (None, None)
    about = {"model": one.model.name, "mixing": one.model.mixing.label, "method": CORRECTED}
    return Finding("rate", one.estimates["rate"] * by, low, high, **about, text=one.reason)


# Calibrations for all cells of a grid, made beforehand, as a sweep of their own.


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
    total, done, result = sum(map(len, grids)), 0, {}
    for grid in grids:

        def report(now: int, missing: int, there: int = done + len(grid)) -> None:
            if progress is not None:
                progress(there - missing + now, total)

        place = None if folder is None else Path(folder) / _name(grid)
        swept = sweep(grid, study.calibration, place, workers, report)
        for cell in grid.cells():
            if cell.number in swept.findings:
                result[cell.setup.to_json()] = Calibration.of(swept.findings[cell.number])
        done += len(grid)
    return result


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
        result = fit(foretold, OneRate(OnNetwork(degree_of(setup)))).estimates["rate"]
    except (BadValue, CannotFit):
        return range(0)
    return steps_around(result, _MARGIN)
