"""The study of one cell with a calibrated verdict, and the calibrations behind it."""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from newswave.core.curve import Curve
from newswave.core.equivalents import all_alike
from newswave.core.errors import BadValue, CannotFit, whole_number
from newswave.core.events import DEFAULT_EVENT_ID, event
from newswave.core.networks import RandomRegular, Recipe
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import ByGroup, Measured, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import Floats, hazard, share_probability
from newswave.core.simulation import simulate
from newswave.core.streams import Purpose, generator
from newswave.equations import on_network
from newswave.equations.compare import Choice, fits_alone, judge
from newswave.equations.differences import over_networks
from newswave.equations.fit import ChainBinomial, Fit, Observed, fit, fit_each, scales
from newswave.equations.intervals import Interval, around, jackknife_variance, left_out
from newswave.equations.models import OneRate, OnNetwork, SourceAndPeers, Spread, TwoRates
from newswave.equations.on_network import predict
from newswave.equations.predict import theories
from newswave.equations.replicates import (
    FEWEST,
    FOLD,
    SURE,
    Evidence,
    Null,
    Scores,
    degree_of,
    fast_of_fivefold,
    fivefold,
    is_contact,
    p_value,
    statistic,
)
from newswave.studies.grid import Axis, Grid
from newswave.studies.study import Finding, fit_findings, no_fit, spread_findings
from newswave.studies.sweep import Progress, sweep

SPACING = 0.5
"""How far apart, in ln rate, the rates lie at which calibrations are made."""

_LOWEST, _HIGHEST = -30, 3

FEWEST_NETWORKS = 4
"""With fewer networks nothing can be said of how much they differ."""

NETWORKS = 25
WORLDS = 600
RATIO, BIAS, POWER, REPLICAS = "null likelihood ratio", "bias of ln rate", "power", "worlds"
MISSED = ("null misfit, one rate", "null misfit, two rates")
_LUMP = 4
_POWER_REPLICATES = 100
_SEED = 1
_POOLED = 8
_MOST = 200


CORRECTED = f"{ChainBinomial.name}, bias taken off"
"""The method of the one rate whose bias, known from homogeneous agents, is taken off."""

GAP, CALL = "largest gap", "lowest AIC"

_THEORIES = {
    "master": ("network", "rounds"),
    "network_ode": ("network", "ODE"),
    "well_mixed_ode": ("well-mixed", "ODE"),
}

_MARGIN = 0.1


@dataclass(frozen=True)
class Calibration:
    """What the test says of homogeneous agents, at one rate.

    Parameters
    ----------
    bias : float
        Mean of the fitted ln rate, minus the true one.
    power : float
        Chance that the test sees two equal groups whose rates differ fivefold.
    ratios : tuple of float
        The likelihood ratios of the replicates, in order.
    missed : tuple of two tuples of float
        By how much one rate and two rates miss the replicates (root mean square), in order.
    """

    bias: float
    power: float
    ratios: tuple[float, ...]
    missed: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Calibration:
        """Return the calibration that the findings of `Alike` hold."""
        known = [(one.quantity, one.value or 0.0) for one in findings]
        ratios, one, two = (
            tuple(sorted(value for name, value in known if name == wanted))
            for wanted in (RATIO, *MISSED)
        )
        values = dict(known)
        return cls(values[BIAS], values[POWER], ratios, (one, two))

    def p_value(self, ratio: float) -> float:
        """Return the share of replicates whose ratio is at least as large, this one counted in."""
        return p_value(np.array(self.ratios), ratio)

    def fit_p_values(self, missed: tuple[float, float]) -> tuple[float, float]:
        """Return the shares of replicates that one rate, and two, miss by at least as much."""
        one, two = (
            p_value(np.array(some), by) for some, by in zip(self.missed, missed, strict=True)
        )
        return one, two


@dataclass(frozen=True)
class Reading:
    """What calibrations say at one rate."""

    bias: float  # As of a `Calibration`, between the two nearest
    power: float
    p_value: float
    replicates: int  # How many these rest on
    fit_p_values: tuple[float, float] = (1.0, 1.0)  # Goodness of fit of one rate and of two


def steps_around(rate: float, margin: float = 0.0) -> range:
    """Return the steps whose rates lie around a rate, those within `margin` in ln rate too."""
    at = math.log(rate)
    low, high = (
        min(max(math.floor((at + by) / SPACING), _LOWEST), _HIGHEST) for by in (-margin, margin)
    )
    return range(low, high + 2)


def share_of(step: int) -> float:
    """Return the share probability at a step, where ln rate is the step times `SPACING`."""
    return float(share_probability(math.exp(SPACING * step)))


def setup_of(setup: Setup, step: int) -> Setup:
    """Return the setup of the replicates at a step for the cell of a setup."""
    return homogeneous(setup, share_of(step))


def reading(
    lower: Calibration,
    upper: Calibration,
    step: int,
    rate: float,
    ratio: float,
    missed: tuple[float, float] = (0.0, 0.0),
) -> Reading:
    """Return what two neighbouring calibrations say at a rate between them."""
    weight = min(1.0, max(0.0, math.log(rate) / SPACING - step))

    def said(one: Calibration) -> Floats:
        return np.array([one.bias, one.power, one.p_value(ratio), *one.fit_p_values(missed)])

    between = (1.0 - weight) * said(lower) + weight * said(upper)
    bias, power, chance, fit_one, fit_two = between.tolist()
    replicates = len(lower.ratios) + len(upper.ratios)
    return Reading(bias, power, chance, replicates, (fit_one, fit_two))


@functools.lru_cache(maxsize=64)
def made_here(text: str, study: Alike) -> Calibration:
    """Return the calibration of a setup, given as JSON text, worked out in this process."""
    return Calibration.of(study.findings(Setup.from_json(text)))


# Runs over networks with luck of their own, summed by network: what the pooled fits see.


def own_luck(setup: Setup) -> Setup:
    """Return a setup with a seed that is made from everything in it.

    Setups of one seed share their luck: runs of two profiles are then early or late together, and
    a hundred cells of a sweep would be one test made a hundred times.
    """
    digest = hashlib.sha256(setup.to_json().encode()).digest()
    return replace(setup, seed=int.from_bytes(digest[:5], "big"))


def spread_evenly(replicas: int, networks: int) -> tuple[int, int]:
    """Return over how many networks replicas are spread evenly, and how many runs each has."""
    result = max(number for number in range(1, networks + 1) if replicas % number == 0)
    if result < FEWEST_NETWORKS:
        raise BadValue(
            "These replicas cannot be dealt evenly over several networks",
            given=f"{replicas} replicas, up to {networks} networks",
            allowed=f"a multiple of a number from {FEWEST_NETWORKS} to {networks}",
            advice="Take 200",
        )
    return result, replicas // result


def run_over(setup: Setup, networks: int) -> Curve:
    """Return the runs of a setup over networks, those of a network following one another."""
    count, each = spread_evenly(setup.replicas, networks)
    return replace(over_networks(own_luck(setup), count, each), setup=setup)


def network_sums(curve: Curve, networks: int) -> Floats:
    """Return the sharers of each network, summed over its runs, shape (networks, T + 1)."""
    count = spread_evenly(curve.runs, networks)[0]
    return np.asarray(curve.counts.reshape(count, curve.runs // count, -1).sum(axis=1))


def seen_of(sums: Floats, runs: int, n_agents: int) -> Observed:
    """Return what a fit sees of pools of runs, from their sharers summed."""
    everybody = runs * n_agents
    return Observed(sums / everybody, np.diff(sums, axis=1), everybody - sums[:, :-1])


# Replicates of homogeneous agents: how the likelihood ratio falls there, and the bias.


def homogeneous(setup: Setup, share: float) -> Setup:
    """Return the setup of homogeneous agents, all else as it is given."""
    return Setup(
        n_agents=setup.n_agents,
        network=setup.network,
        mix=OneProfile(PROFILES[0]),
        sharing=SameForAll(share),
        event=event(DEFAULT_EVENT_ID),
        n_seeds=setup.n_seeds,
        rounds=setup.rounds,
        replicas=setup.replicas,
        seed=_SEED,
    )


@dataclass(frozen=True)
class Alike:
    """A study of a setup of homogeneous agents: what the test says of many replicates of it.

    Each replicate is a whole data set as `Calibrated` makes one: all replicas, over networks. Four
    replicates share a hundred networks, without any of them having one twice.

    Parameters
    ----------
    networks : int
        Over how many networks the replicas of a replicate are spread.
    worlds : int
        How many replicates, rounded up to a multiple of four.

    Raises
    ------
    BadValue
        If there are fewer than 4 networks or 99 replicates.

    Examples
    --------
    >>> small = homogeneous(Setup(n_agents=60, n_seeds=6, rounds=12, replicas=8), share=0.1)
    >>> len(Alike(networks=4, worlds=100).findings(small))
    303
    """

    networks: int = NETWORKS
    worlds: int = WORLDS

    def __post_init__(self) -> None:
        whole_number("The number of networks", self.networks, FEWEST_NETWORKS, 10_000)
        advice = "A p-value of 0.01 needs 99"
        whole_number("The number of worlds", self.worlds, FEWEST, 100_000, advice)

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        """Return the likelihood ratio of each replicate, the bias of ln rate, and the power."""
        degree, rate = degree_of(setup), float(hazard(setup.table(1).probabilities[0, 1]))
        null = self._tested(setup, self.worlds, degree)
        bias = float(np.log(null.one.estimates[:, 0]).mean() - np.log(rate)) if null.size else 0.0
        ratios = np.concatenate([np.zeros(self._rounded(self.worlds) - null.size), null.ratio])
        other = self._tested(_fivefold(setup, rate, degree), _POWER_REPLICATES, degree)
        seen = int((other.ratio > np.quantile(ratios, 1 - SURE)).sum())
        power = seen / self._rounded(_POWER_REPLICATES)
        missed = zip(MISSED, (null.missed_by(OneRate), null.missed_by(TwoRates)), strict=True)
        return (
            Finding(BIAS, bias),
            Finding(POWER, power),
            Finding(REPLICAS, len(ratios)),
            *(Finding(RATIO, float(ratio)) for ratio in np.sort(ratios)),
            *(Finding(name, float(by)) for name, values in missed for by in np.sort(values)),
        )

    @staticmethod
    def _rounded(replicates: int) -> int:
        return -(-replicates // _LUMP) * _LUMP

    def _tested(self, setup: Setup, replicates: int, degree: int) -> Scores:
        """Return the scores of each replicate in which somebody new shares."""
        sums = np.concatenate(list(self._sums(setup, -(-replicates // _LUMP))))
        spread = sums[:, -1] > sums[:, 0]
        seen = seen_of(sums[spread], setup.replicas, setup.n_agents)
        return Scores.of(seen, OnNetwork(degree))

    def _sums(self, setup: Setup, lumps: int) -> Iterator[Floats]:
        """Yield the summed sharers of four replicates at a time, shape (4, T + 1)."""
        networks, each = spread_evenly(setup.replicas, self.networks)
        base, pool = own_luck(setup), _LUMP * networks
        parts = np.stack(
            [
                simulate(replace(base, seed=base.seed + number), replicas=lumps * each)
                .counts.reshape(lumps, each, -1)
                .sum(axis=1)
                for number in range(pool)
            ]
        )
        draw = generator(base.seed, Purpose.BOOTSTRAP)
        for lump in range(lumps):
            order = draw.permutation(pool).reshape(_LUMP, networks)
            yield parts[order, lump].sum(axis=1)


def _fivefold(setup: Setup, rate: float, degree: int) -> Setup:
    """Return two equal groups, rates five to one: what `compare` measures its power against."""
    start = setup.n_seeds / setup.n_agents

    def curve(fast: float, slow: float) -> Floats:
        return on_network.rounds((fast, slow), (0.5, 0.5), degree, start, setup.rounds)

    fast = fast_of_fivefold(rate, curve)
    chances = share_probability(np.array([fast, fast / FOLD]))
    rule = ByGroup(float(chances[0]), float(chances[1]))
    return replace(setup, mix=TwoGroups(fast_fraction=0.5), sharing=rule)


# The null model of a single setup: of a table or a network that no calibration is about.


@dataclass(frozen=True)
class OwnNull:
    """Replicates of a setup in which everybody answers as the average of its agents does.

    Runs are made on eight times as many networks as a cell has, once, and each replicate draws as
    many of these as a cell has, with replacement: a bootstrap over networks. The mean of the pool
    is off by luck of its own, an eighth of a cell's variance, so that p-values are a little small.
    """

    networks: int  # At most over how many networks the runs of a cell are spread
    replicates: int  # 200 at most are made

    def evidence(self, setup: Setup, here: Scores, result: Evidence) -> Evidence:
        """Return the evidence with the p-value against this null, and what goes with it."""
        plain = setup.equations_apply and not result.other_table
        average, seed = all_alike(setup), own_luck(replace(setup, seed=setup.seed + 1)).seed
        null = self._scores(average, seed, here)
        spread = statistic(null, null, plain)
        observed = float(statistic(null, here, plain)[0])
        result = replace(result, p_value=p_value(spread, observed), replicas=len(spread))
        if result.other_table or result.p_value <= SURE:
            return result
        one, two = (p_value(null.missed_by(m), float(here.missed_by(m)[0]))
                    for m in (OneRate, TwoRates))  # fmt: skip
        result = replace(result, fits_one=one, fits_two=two if one <= SURE else math.nan)
        other = statistic(null, self._scores(fivefold(average), seed, here), plain)
        return replace(result, power=float((other > np.quantile(spread, 1 - SURE)).mean()))

    def _scores(self, setup: Setup, seed: int, here: Scores) -> Scores:
        """Return the scores of the replicates of a setup."""
        count, each = spread_evenly(setup.replicas, self.networks)
        sums = np.stack([
            simulate(replace(setup, seed=seed + number), replicas=each).counts.sum(axis=0)
            for number in range(_POOLED * count)
        ])  # fmt: skip
        draw = generator(seed, Purpose.BOOTSTRAP)
        chosen = draw.integers(len(sums), size=(min(self.replicates, _MOST), count))
        pools = sums[chosen].sum(axis=1)
        pools = pools[pools[:, -1] > pools[:, 0]]
        return Scores.of(seen_of(pools, setup.replicas, setup.n_agents), here.mixing)


# Intervals of many fits from leaving out one network at a time.


def with_intervals(fits: tuple[Fit, ...], seen: Observed) -> tuple[Fit, ...]:
    """Return fits with 95 % intervals; those that their curve leaves open get none.

    The jackknife over networks, on the logarithm of a rate and the log-odds of a fraction; the
    interval is Student's with n − 1 degrees of freedom.
    """
    return tuple(fit.with_intervals(_intervals(fit, seen)) if fit.identified else fit
                 for fit in fits)  # fmt: skip


def _intervals(fit: Fit, seen: Observed) -> dict[str, Interval]:
    again = fit_each(seen, fit.model, fit.method, starts=fit.z[None, None]).estimates
    named = zip(fit.estimates.items(), again.T, strict=True)
    return {name: _interval(name, value, others) for (name, value), others in named}


def _interval(name: str, value: float, others: Floats) -> Interval:
    scale, back = scales(name)
    moved = scale(others)
    error = math.sqrt(jackknife_variance(moved))
    ends = around(float(scale(np.array(value))), error, len(moved) - 1).interval
    assert ends is not None
    return Interval(float(back(np.array(ends.low))), float(back(np.array(ends.high))))


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
        spread = (*spread_findings(curve, setup), *_gaps(curve, setup))
        try:
            return (*spread, *self._fitted(curve, setup))
        except CannotFit as error:
            return (*spread, *no_fit(error))

    def _fitted(self, curve: Curve, setup: Setup) -> Iterator[Finding]:
        sums = network_sums(curve, self.networks)
        rest = curve.runs - curve.runs // len(sums)
        without = seen_of(left_out(sums), rest, curve.n_agents)
        without.checked(3)
        every = fits_alone(curve, degree_of(setup))
        asked = tuple(fit for fit in every if fit.model.name != Spread.name)
        fits = with_intervals(asked, without)
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
        if setup.equations_apply:
            one = chain[OneRate.name]
            read = self._read(setup, one.estimates["rate"], here)
            yield _corrected(one, read.bias)
            fits_one, fits_two = read.fit_p_values
            fits_two = fits_two if fits_one <= SURE else math.nan
            result = replace(result, p_value=read.p_value, power=read.power,
                             replicas=read.replicates,
                            fits_one=fits_one, fits_two=fits_two)  # fmt: skip
        if result.other_table or not setup.equations_apply:
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


def plain_theories(setup: Setup) -> dict[str, Floats]:
    """Return the curves of the theories that apply to a setup, by "mixing, kind of time".

    "network, rounds" is the master equation, which holds for any table.
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
        if one.model.name in (OneRate.name, TwoRates.name):
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
