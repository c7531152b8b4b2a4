"""Data made again by agents with fitted rates, and the intervals that come of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

import newswave as nw
from newswave.core.curve import Curve
from newswave.core.equivalents import all_alike
from newswave.core.law import Law
from newswave.core.networks import OwnNetwork, RandomRegular, Recipe, ScaleFree, SmallWorld
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import Asked, ByGroup, Measured, SameForAll, SharingRule
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.simulation import decisions, simulate
from newswave.core.wording import DEFAULT_WORDING, wording
from newswave.equations import compare as comparing
from newswave.equations.compare import Choice, Verdict, compare, fits_alone, one_or_two
from newswave.equations.fit import ChainBinomial, LeastSquares, Observed, fit, fit_each
from newswave.equations.intervals import Interval
from newswave.equations.models import (
    AnyTable,
    OneRate,
    OnNetwork,
    SourceAndPeers,
    TwoRates,
    WellMixed,
)
from newswave.equations.on_network import masters, rounds
from newswave.equations.replicates import (
    FEWEST,
    REPLICAS,
    Design,
    Given,
    Trial,
    Truth,
    fivefold,
    is_contact,
    on_network,
    p_value,
    well_mixed,
    with_intervals,
)
from newswave.equations.well_mixed import source_and_peers, two_rates
from newswave.report.describe import network_words, no_equations

Floats = npt.NDArray[np.float64]

EIGHT = RandomRegular(8)
TWO = Truth(0.16, 0.016, 0.4)
SOURCE = Truth(0.04, 0.04, 1.0, 0.02)
SMALL = Design(n_agents=500, n_rounds=30, runs=1, first_count=10)


def one_curve(truth: Truth, design: Design = SMALL, seed: int = 90) -> Curve:
    """Return one data set made by agents on a network."""
    return Curve(on_network(truth, design, EIGHT, seed, 1)[0], design.n_agents)


# --- what is taken as true -----------------------------------------------------------------------


def test_the_rates_of_a_fit_are_taken_as_true() -> None:
    curve = one_curve(TWO)
    for kind in (OneRate, TwoRates, SourceAndPeers):
        found = fit(curve, kind(OnNetwork(8)))
        truth, known = Truth.of(found), found.estimates
        if kind is TwoRates:
            assert (truth.fast_rate, truth.slow_rate) == (known["fast_rate"], known["slow_rate"])
            assert (truth.fast_fraction, truth.source_rate) == (known["fast_fraction"], 0.0)
        else:
            assert truth.fast_rate == truth.slow_rate == known["rate"]
            assert truth.source_rate == known.get("source_rate", 0.0)
            assert truth.fast_fraction == 1.0


def test_the_shape_of_the_data_is_kept() -> None:
    assert Design.of(Curve([[5, 9, 12], [5, 6, 8]], 40)) == Design(40, 2, 2, 5)
    assert Design.of(Curve([0.4, 9, 12], 40)).first_count == 1
    assert Design.of(Curve([0.0, 9, 12], 40)).first_count == 0
    assert Design(1000, 60, 500, 10).pooled_runs(REPLICAS) == 300
    assert Design(1000, 60, 5, 10).sets(REPLICAS) == REPLICAS
    assert Design(1000, 60, 125, 10).sets(REPLICAS) == 160
    assert Design(10**6, 60, 50, 10).sets(REPLICAS) == FEWEST
    assert Design(1000, 60, 5, 10).pooled_runs(REPLICAS) == 5
    assert Design(10**6, 60, 50, 10).pooled_runs(REPLICAS) == 1


# --- data on a network ---------------------------------------------------------------------------


@pytest.mark.parametrize("replicas", [1, 7, 25])
@pytest.mark.parametrize("runs", [1, 3])
def test_replicas_have_the_shape_of_the_data(replicas: int, runs: int) -> None:
    design = Design(200, 12, runs, 4)
    told: list[tuple[int, int]] = []
    data = on_network(TWO, design, EIGHT, 1, replicas, lambda *done: told.append(done))
    assert data.shape == (replicas, runs, 13)
    assert (data[:, :, 0] == 4).all()
    assert (np.diff(data, axis=2) >= 0).all()
    assert told[-1] == (replicas, replicas)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_the_seed_decides_everything() -> None:
    first, again, other = (on_network(TWO, SMALL, EIGHT, seed, 20) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len({tuple(run) for run in first[:, 0].tolist()}) == 20


@pytest.mark.parametrize("truth", [TWO, SOURCE, Truth(0.06, 0.06)], ids=["two", "source", "one"])
def test_replicas_follow_the_network_theory(truth: Truth) -> None:
    """40 runs of 4 000 agents: their mean varies by up to 0.004."""
    data = on_network(truth, Design(4000, 40, 1, 40), EIGHT, 5, 40)
    pair = ([truth.fast_rate, truth.slow_rate], [truth.fast_fraction, 1 - truth.fast_fraction])
    told = rounds(*pair, 8, 0.01, 40, truth.source_rate)
    assert np.abs(data.mean(axis=(0, 1)) / 4000 - told).max() < 0.016


def test_any_network_can_be_asked_for() -> None:
    ring, random = (on_network(TWO, SMALL, net, 1, 20) for net in (SmallWorld(8, 0.0), EIGHT))
    assert ring[:, 0, 15].mean() < 0.7 * random[:, 0, 15].mean()


# --- data without a network ----------------------------------------------------------------------


def test_replicas_are_observed_when_the_data_were() -> None:
    some = replace(SMALL, n_rounds=5, times=(0.0, 4.0, 5.0, 12.0, 20.0, 30.0))
    whole, seen = (on_network(TWO, design, EIGHT, 5, 8) for design in (SMALL, some))
    assert np.array_equal(whole[:, :, [0, 4, 5, 12, 20, 30]], seen)
    curve = Curve(seen[0], 500, times=[7, 11, 12, 19, 27, 37])  # type: ignore[arg-type]
    assert Design.of(curve) == replace(some, first_count=10)
    assert comparing.compare(curve, degree=8, replicas=99).fits[-1].intervals


@pytest.mark.parametrize("times", [(0.0, 3.0, 7.5, 40.0), (0.0, 0.5, 1.0, 1.5)])
def test_a_large_well_mixed_crowd_follows_the_equations_at_any_times(
    times: tuple[float, ...],
) -> None:
    """Largest gaps 0.0003 and 0.0002 where the spread of one run is 0.0007."""
    n, truth = 400_000, Truth(0.16, 0.016, 0.4, 0.0)
    data = well_mixed(truth, Design(n, 3, 1, n // 100, times), 8.0, 3, 2) / n
    theory = two_rates(0.16, 0.016, 0.4, 8, 0.01, times)
    assert np.abs(data.mean(axis=(0, 1)) - theory).max() < 0.003


@pytest.mark.parametrize("truth", [TWO, Truth(0.06, 0.06)], ids=["two", "one"])
def test_a_large_well_mixed_crowd_follows_the_equations(truth: Truth) -> None:
    """With 10⁸ agents chance is gone: what is left is the error of the steps."""
    n = 10**8
    data = well_mixed(truth, Design(n, 40, 2, n // 100), 8.0, 3, 3) / n
    classes = (truth.fast_rate, truth.slow_rate, truth.fast_fraction)
    told = two_rates(*classes, 8.0, 0.01, np.arange(41.0))
    assert data.shape == (3, 2, 41)
    assert np.abs(data - told).max() < 0.002


def test_a_large_well_mixed_crowd_with_a_source_follows_the_equations() -> None:
    n = 10**8
    data = well_mixed(SOURCE, Design(n, 40, 1, 0), 8.0, 3, 2) / n
    told = source_and_peers(0.02, 0.04, 8.0, 0.0, np.arange(41.0))
    assert np.abs(data - told).max() < 0.002


def test_small_crowds_are_whole_people_and_depend_on_the_seed() -> None:
    first, again, other = (well_mixed(TWO, SMALL, 1.0, seed, 30) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(first, first.round())
    assert (np.diff(first, axis=2) >= 0).all()
    assert first.max() <= 500


# --- intervals -----------------------------------------------------------------------------------

NET, MIXED = OnNetwork(8), WellMixed()


def told(curve: Curve, data: Floats, *models: Any, truth: Truth = TWO, method: Any = None) -> Any:
    """Return the fits of models with intervals from data that were made with `truth`."""
    fits = tuple(fit(curve, model, method) for model in models)
    return with_intervals(fits, data, curve, truth, models[0].mixing)


def test_replicas_that_are_all_alike_leave_no_room() -> None:
    curve = one_curve(TWO)
    model = TwoRates(NET)
    found = fit(curve, model)
    data = np.repeat(curve.counts[None], 30, axis=0)
    held = with_intervals((found,), data, curve, Truth.of(found), NET)[0]
    for name, value in held.estimates.items():
        assert held.intervals[name].low == pytest.approx(value, rel=1e-3)
        assert held.intervals[name].high == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("method", [LeastSquares(), ChainBinomial()])
def test_an_interval_is_the_estimate_less_the_errors_of_replicates(method: Any) -> None:
    curve, model = one_curve(TWO), TwoRates(NET)
    data = on_network(TWO, SMALL, EIGHT, 4, 60)
    again = fit_each(Observed.pools(data, 500), model, method).estimates
    (held,) = told(curve, data, model, method=method)
    true = (TWO.fast_rate, TWO.slow_rate, TWO.fast_fraction)
    for name, column, centre in zip(held.estimates, again.T, true, strict=True):
        value, interval = held.estimates[name], held.intervals[name]
        ends = np.quantile(column, [0.025, 0.975], method="weibull")
        moved = np.append(ends, value)
        if name == "fast_fraction":
            moved, centre = (x / (1 - x) for x in (moved, centre))
        low, high = moved[2] * centre / moved[1::-1]
        if name == "fast_fraction":
            low, high = low / (1 + low), high / (1 + high)
        expected = [min(low, value), max(high, value)]
        assert [interval.low, interval.high] == pytest.approx(expected, rel=0.02)


def test_all_fits_of_a_curve_get_their_own_intervals() -> None:
    curve, data = one_curve(TWO), on_network(TWO, SMALL, EIGHT, 4, 40)
    kinds = (TwoRates(NET), OneRate(WellMixed(8)), SourceAndPeers(NET))
    held = told(curve, data, *kinds)
    assert [list(one.intervals) for one in held] == [list(kind.parameters) for kind in kinds]
    assert all(fit(curve, kind).intervals == {} for kind in kinds)
    for one in held:
        for name, interval in one.intervals.items():
            assert isinstance(interval, Interval)
            assert 0.0 <= interval.low <= one.estimates[name] <= interval.high


def test_replicas_without_spread_are_left_out_and_too_few_make_no_interval() -> None:
    curve, model = one_curve(TWO), OneRate(NET)
    data = on_network(TWO, SMALL, EIGHT, 4, 30)
    still = np.full((50, 1, 31), 10.0)
    plain = told(curve, data, model)[0].intervals
    assert told(curve, np.concatenate([data, still]), model)[0].intervals == plain
    assert told(curve, np.concatenate([data[:19], still]), model)[0].intervals == {}


def held_of(
    truth: Truth, design: Design, model: Any, seeds: range, replicas: int = 100
) -> dict[str, float]:
    """Return the share of data sets whose intervals hold the true rates, by name."""
    true = {"rate": truth.fast_rate, "source_rate": truth.source_rate,
            "fast_rate": truth.fast_rate, "slow_rate": truth.slow_rate,
            "fast_fraction": truth.fast_fraction}  # fmt: skip
    held = dict.fromkeys(model.parameters, 0.0)
    for seed in seeds:
        if isinstance(model.mixing, OnNetwork):
            network = RandomRegular(model.mixing.degree)
            counts = on_network(truth, design, network, 1000 + seed, 1)[0]
        else:
            counts = well_mixed(truth, design, 1.0, 1000 + seed, 1)[0]
        curve = Curve(counts, design.n_agents)
        found = fit(curve, model)
        told = Truth.of(found)
        if isinstance(model.mixing, OnNetwork):
            data = on_network(told, design, network, seed, replicas)
        else:
            data = well_mixed(told, design, 1.0, seed, replicas)
        done = with_intervals((found,), data, curve, told, model.mixing)[0]
        for name, ends in done.intervals.items():
            assert ends.low <= found.estimates[name] <= ends.high
            held[name] += (ends.low <= true[name] <= ends.high) / len(seeds)
    return held


def test_intervals_of_one_rate_and_of_a_source_hold_the_truth() -> None:
    """Each is to hold it in 95 of 100; under 51 of 60 has a chance of 1 in 1000."""
    design = Design(500, 40, 1, 10)
    for model, truth in ((OneRate(NET), Truth(0.06, 0.06)), (SourceAndPeers(NET), SOURCE)):
        assert min(held_of(truth, design, model, range(60)).values()) >= 51 / 60


def test_intervals_without_a_network_hold_the_truth() -> None:
    """Two rates of a well-mixed crowd; the same chance."""
    held = held_of(
        Truth(1.2, 0.12, 0.4), Design(2000, 40, 1, 20), TwoRates(WellMixed(1)), range(60)
    )
    assert min(held.values()) >= 51 / 60


def test_pooled_runs_that_share_a_network_have_intervals_that_hold_the_truth() -> None:
    """60 runs on one network, 60 times; centred on the replicas' own middle 55 % to 85 % did."""
    design = Design(200, 24, 60, 10)
    held = held_of(Truth(0.06, 0.06), design, OneRate(NET), range(60), 40)
    assert held["rate"] >= 51 / 60


@pytest.mark.full
@pytest.mark.parametrize("degree", [4, 8])
def test_two_rates_of_pooled_runs_have_intervals_that_hold_the_truth(degree: int) -> None:
    """Each is to hold it in 95 of 100; under 33 of 40 has a chance of 1 in 1000.

    At degree 4 the estimates are 6 %, 3 % and -4 % off in the mean, and so are those of replicates.
    """
    truth = Truth(0.1625, 0.0151, 0.4)
    held = held_of(truth, Design(1000, 60, 200, 10), TwoRates(OnNetwork(degree)), range(40), 60)
    assert min(held.values()) >= 33 / 40


# --- at a bound ----------------------------------------------------------------------------------

A = "1 2 4 4 5 6 7 10 17 20 25 30 33 40 44 51 58 61"
C = "3 4 9 10 13 16 19 21 25 29 32 36 40 44 46 47 51 51 51"


def compared(counts: str, n_agents: int) -> comparing.Comparison:
    curve = Curve([float(x) for x in counts.split()], n_agents, first_round=1)  # type: ignore[arg-type]
    return comparing.compare(curve, replicas=199)


def test_a_source_that_may_be_nothing_has_an_interval_from_nothing_up() -> None:
    """By profile likelihood 0 to 0.0126, by percentiles of other software's bootstrap to 0.0178."""
    found = compared(A, 81).find("source and peers", "well-mixed")
    assert found.estimates["source_rate"] == pytest.approx(0.00377, rel=0.01)
    assert found.estimates["rate"] == pytest.approx(0.2767, rel=0.01)
    source = found.intervals["source_rate"]
    assert source.low == 0.0
    assert 0.0126 <= source.high <= 0.0178
    assert found.identified


@pytest.mark.parametrize(("counts", "n_agents"), [(A, 81), (C, 54)])
def test_intervals_stay_where_estimates_can_be(counts: str, n_agents: int) -> None:
    """A fast rate that could be anything is not determined, whatever the method."""
    for one in compared(counts, n_agents).fits:
        for name, ends in one.intervals.items():
            assert 0.0 <= ends.low <= one.estimates[name] <= ends.high
            assert ends.high < np.exp(3.01) or ends.high == np.inf
            assert ends.high <= 1.0 or name != "fast_fraction"
        assert one.identified == (one.model.name != "two rates")
        assert one.identified or "not determined by this curve" in one.reason


@pytest.mark.parametrize("source", [0.0, 0.002, 0.01])
def test_intervals_at_and_near_nothing_hold_the_truth(source: float) -> None:
    """Under 51 of 60 has a chance of 1 in 1000. Plain profile likelihood held 79 to 90 of 100."""
    held = held_of(
        Truth(0.3, 0.3, 1.0, source), Design(100, 20, 1, 4), SourceAndPeers(MIXED), range(60), 99
    )
    assert min(held.values()) >= 51 / 60


def test_a_rate_is_determined_only_if_its_ends_are_near_each_other() -> None:
    found = fit(one_curve(TWO), TwoRates(NET))
    wide, near, open_ = Interval(0.1, 18.1), Interval(0.1, 0.3), Interval(0.1, np.inf)
    assert found.identified
    assert found.with_intervals({"fast_rate": near, "slow_rate": Interval(0.0, 0.2)}).identified
    doubted = found.with_intervals({"fast_rate": wide})
    assert not doubted.identified
    assert "fast rate may be 0.1 to 18" in doubted.reason
    assert "all above" in found.with_intervals({"slow_rate": open_}).reason


# --- runs that begin differently -----------------------------------------------------------------

LATE = np.array([
    [0, 0, 1, 2, 4, 8, 13, 18, 22], [0, 1, 2, 4, 7, 12, 17, 21, 23],
    [0, 0, 0, 1, 3, 6, 11, 16, 20], [1, 2, 4, 7, 11, 16, 20, 23, 24],
], dtype=float)  # fmt: skip


def test_replicas_start_as_each_run_did() -> None:
    design = Design.of(Curve(LATE, 25))
    assert (design.starts, design.first_count) == ((0, 0, 0, 1), 1)
    truth = Truth(0.5, 0.5, 1.0, 0.05)
    made = (well_mixed(truth, design, 1.0, 3, 20), on_network(truth, design, EIGHT, 3, 20))
    for data in made:
        assert (data[:, :, 0] == [0, 0, 0, 1]).all()
        assert (data[:, :3, -1] > 0).all()
    alone = on_network(replace(truth, source_rate=0.0), design, EIGHT, 3, 20)
    assert (alone[:, :3] == 0).all()
    assert alone[:, 3, -1].max() > 1
    same = on_network(truth, Design.of(Curve(LATE[:3], 25)), EIGHT, 3, 20)
    assert np.array_equal(same[:, :, 0], np.zeros((20, 3)))


@pytest.mark.parametrize("degree", [None, 4])
def test_runs_of_which_some_start_with_nobody_are_fitted(degree: int | None) -> None:
    found = comparing.compare(Curve(LATE, 25), degree=degree, replicas=99)
    assert {one.model.name for one in found.fits} >= {"one rate", "two rates", "source and peers"}
    assert found.verdict.choice.value == "cannot tell"
    assert "a run of it, starts with nobody" in found.verdict.words
    assert all(one.intervals for one in found.fits)


# The calibrated test: agents all alike are seldom called two kinds, and two kinds are seen.
#
# Verdicts are counted on small runs from fixed seeds. With 99 replicates "two rates" asks for p =
# 0.01, which one honest curve in a hundred has.


ALIKE = OneProfile(PROFILES[3])
BASE = Setup(200, mix=ALIKE, sharing=SameForAll(0.06), n_seeds=6, rounds=40, replicas=1)


def row(*chances: float) -> Measured:
    """Return a table of one row: P at 1, 2, ... sharing neighbours, the last one for more."""
    return Measured(SharingTable((PROFILES[3].code,), np.array([[0.0, *chances]])))


def rows(fast: Iterable[float], slow: Iterable[float]) -> Measured:
    """Return a table of the two groups of `TwoGroups`."""
    codes = tuple(group.profile.code for group in TwoGroups().groups)
    return Measured(SharingTable(codes, np.array([[0.0, *fast], [0.0, *slow]])))


def ring(n: int) -> OwnNetwork:
    return OwnNetwork(n, tuple((a, (a + by) % n) for a in range(n) for by in (1, 2)))


def parts(count: int, size: int) -> OwnNetwork:
    """Return random regular networks of degree 4 with no links between them."""
    made = [
        RandomRegular(4).build(size, np.random.default_rng(7 + p)).edges() for p in range(count)
    ]
    return OwnNetwork(count * size, tuple(
        (int(a) + p * size, int(b) + p * size) for p, part in enumerate(made) for a, b in part
    ))  # fmt: skip


def verdicts_of(setup: Setup, count: int) -> list[Verdict]:
    """Return the verdicts on so many curves of a setup, each on a network of its own."""
    return [one_or_two(simulate(replace(setup, seed=1 + r)), seed=1 + r, replicas=FEWEST)
            for r in range(count)]  # fmt: skip


def bare(setup: Setup) -> Curve:
    curve = simulate(setup)
    return Curve(curve.counts, curve.n_agents)


# --- agents who are all alike --------------------------------------------------------------------

CUT = row(*(1 - 0.9 ** np.minimum(np.arange(1, 17), 3)))
TABLES: dict[str, tuple[SharingRule, int]] = {
    "contact rule cut at three, k = 8": (CUT, 8),
    "contact rule cut at three, k = 16": (CUT, 16),
    "flat": (row(0.1, 0.1), 8),
    "a row of the synthetic table": (nw.synthetic_table(), 8),
    "falling": (row(0.2, 0.15, 0.1), 8),
}
NETWORKS: dict[str, Recipe] = {
    "ring": ring(60),
    "two parts": parts(2, 30),
    "three parts": parts(3, 20),
    "star": OwnNetwork(40, tuple((0, a) for a in range(1, 40))),
    "scale-free": ScaleFree(4),
    "small world": SmallWorld(4, 0.1),
}


@pytest.fixture(scope="module")
def of_tables() -> dict[str, list[Verdict]]:
    return {
        name: verdicts_of(replace(BASE, sharing=rule, network=RandomRegular(degree)), 6)
        for name, (rule, degree) in TABLES.items()
    }


@pytest.fixture(scope="module")
def of_networks() -> dict[str, list[Verdict]]:
    found = {}
    for name, network in NETWORKS.items():
        n = getattr(network, "n_agents", 60)
        setup = Setup(n, network, ALIKE, SameForAll(0.1), n_seeds=2, rounds=40, replicas=2)
        found[name] = verdicts_of(setup, 6)
    return found


@pytest.mark.parametrize("kind", ["of_tables", "of_networks"])
def test_agents_all_alike_are_seldom_called_two_kinds(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """Of 30 and of 36: more than 3 by chance 1 in 4000 and 1 in 2000; p-values even, 1 in 1000."""
    found = [one for some in request.getfixturevalue(kind).values() for one in some]
    assert sum(one.choice is Choice.TWO_RATES for one in found) <= 3
    assert stats.kstest([one.p_value for one in found], "uniform").pvalue > 0.001


def test_p_values_of_many_pooled_runs_are_uniform() -> None:
    # Their replicates are dealt from one pool; a true uniform fails this once in a thousand.
    alike = Setup(n_agents=100, n_seeds=4, rounds=20, replicas=25, sharing=SameForAll(0.08))
    curves = (simulate(replace(alike, seed=seed)) for seed in range(40))
    found = [one_or_two(one, replicas=FEWEST, seed=at).p_value for at, one in enumerate(curves)]
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_no_single_rate_is_said_to_explain_answers_that_follow_none(
    of_tables: dict[str, list[Verdict]],
) -> None:
    for name, some in of_tables.items():
        assert all(one.choice is not Choice.ONE_RATE for one in some), name
        open_ = [
            one.words for one in some if one.choice is Choice.CANNOT_TELL and one.p_value > 0.1
        ]
        assert all("do not rise with exposure as 1 - (1 - q)^m" in words for words in open_)


def test_where_no_rate_can_be_had_none_is_shown() -> None:
    """The page and the command ask the same question, and so does the theory."""
    for network in NETWORKS.values():
        n = getattr(network, "n_agents", 60)
        setup = Setup(n, network, ALIKE, SameForAll(0.1), n_seeds=2, rounds=60, replicas=4)
        mixings = {fit.model.mixing.label for fit in fits_alone(simulate(setup))}
        assert mixings == {"well-mixed"}
        assert "random regular" in no_equations(setup)
        with pytest.raises(nw.NewswaveError, match="random regular"):
            nw.predict(setup)
    assert no_equations(BASE) == ""
    assert "network" in {fit.model.mixing.label for fit in fits_alone(simulate(BASE))}


def test_the_parts_of_a_network_are_named() -> None:
    setup = Setup(60, parts(2, 30), n_seeds=2)
    assert network_words(setup) == (
        "your own network, in 2 parts of 30 agents each, between which no news passes"
    )
    assert "in 2 parts" in no_equations(setup)


# --- goodness of fit -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "neither"),
    [
        ({"sharing": row(0.0, 0.0, 0.3), "n_seeds": 150}, 5),
        ({"sharing": row(0.0, 0.2), "n_seeds": 50}, 4),
        ({"sharing": row(*(1 - 0.99 ** (m * m) for m in range(1, 9)))}, 4),
        ({"sharing": SameForAll(0.03), "repeat_ratio": 3.0}, 0),
    ],
    ids=["threshold 3", "threshold 2", "m squared", "reinforcement"],
)
def test_curves_that_accelerate_are_not_explained_by_one_rate(
    changes: dict[str, object], neither: int
) -> None:
    """A single rate was said to explain 10 of 10; now no verdict is "one rate" or "two rates"."""
    base = replace(BASE, n_agents=1000, n_seeds=10, rounds=60)
    found = verdicts_of(replace(base, **changes), 5)  # type: ignore[arg-type]
    counted = Counter(one.choice for one in found)
    assert set(counted) <= {Choice.NEITHER, Choice.CANNOT_TELL}
    assert counted[Choice.NEITHER] >= neither


def test_a_curve_alone_is_not_explained_by_a_rate_that_misses_it() -> None:
    setup = replace(BASE, n_agents=1000, n_seeds=150, rounds=60, sharing=row(0.0, 0.0, 0.3))
    verdict = one_or_two(bare(setup), degree=8, replicas=FEWEST)
    assert verdict.choice is Choice.NEITHER
    assert verdict.fit_p_value == 1 / (1 + FEWEST)


# --- power ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"sharing": ByGroup(0.15, 0.015)},
        {"sharing": rows((0.15, 0.25, 0.35), (0.015, 0.025, 0.035))},
        {"sharing": rows((0.4, 0.4), (0.01, 0.01)), "mix": TwoGroups(0.25)},
        {"sharing": rows((0.0, 0.3, 0.3), (0.0, 0.03, 0.03)), "n_seeds": 25},
        {"sharing": ByGroup(0.3, 0.03), "network": ring(200), "replicas": 20},
        {"sharing": ByGroup(0.3, 0.03), "network": parts(2, 100), "replicas": 20},
        {"sharing": ByGroup(0.3, 0.03), "network": ScaleFree(4), "replicas": 8},
        {"sharing": ByGroup(0.3, 0.03), "source_probability": 0.005},
    ],
    ids=["rule", "1, 2, 3 or more", "flat", "threshold", "ring", "parts", "scale-free", "source"],
)
def test_two_kinds_of_agents_are_seen(changes: dict[str, object]) -> None:
    """In 4 of 5 curves at least; at a true power of 0.97 that fails in 1 of 120 sets of seeds.

    One run of 200 agents does not always tell two rates from rates that vary continuously.
    """
    base = replace(BASE, mix=TwoGroups(0.4))
    found = verdicts_of(replace(base, **changes), 5)  # type: ignore[arg-type]
    both = [one for one in found if one.choice is Choice.CANNOT_TELL
            and one.p_value <= 0.01 and "vary continuously" in one.words]  # fmt: skip
    assert Counter(one.choice for one in found)[Choice.TWO_RATES] + len(both) >= 4


# --- what is known -------------------------------------------------------------------------------


def test_a_curve_alone_is_held_against_any_rising_table() -> None:
    """A flat table and two kinds give one curve; that of many runs tells, or knowing the rule."""
    flat = bare(replace(BASE, n_agents=1000, n_seeds=10, sharing=row(0.1, 0.1)))
    kinds = replace(BASE, n_agents=1000, n_seeds=10, mix=TwoGroups(0.4), sharing=ByGroup())
    single, many = bare(kinds), bare(replace(kinds, replicas=40))
    for curve in (flat, single):
        found = one_or_two(curve, degree=8, replicas=FEWEST)
        assert found.choice is Choice.CANNOT_TELL
        assert "in another way do" in found.words
    assert one_or_two(many, degree=8, replicas=FEWEST).choice is Choice.TWO_RATES
    known = one_or_two(single, degree=8, replicas=FEWEST, contact_rule=True)
    assert known.choice is Choice.TWO_RATES


def test_without_a_network_two_rates_are_never_said() -> None:
    """Agents all alike on a network look like two kinds to equations that know none."""
    curve = bare(replace(BASE, network=RandomRegular(3), sharing=row(0.2, 0.2), replicas=10))
    found = one_or_two(curve, replicas=FEWEST)
    assert found.p_value <= 0.01
    assert found.choice is Choice.CANNOT_TELL


def test_runs_that_were_asked_are_held_against_their_own_decisions() -> None:
    """Agents all alike who answer by a flat table, as if a model had been asked."""
    asked = Asked("model", wording(DEFAULT_WORDING))
    found = []
    for seed in range(1, 13):
        setup = replace(BASE, sharing=row(0.1, 0.1), seed=seed)
        curve = replace(simulate(setup), setup=replace(setup, sharing=asked))
        found.append(one_or_two(curve, replicas=FEWEST, decisions=decisions(setup)))
    assert all("as all agents together did" in one.words for one in found)
    assert sum(one.choice is Choice.TWO_RATES for one in found) <= 1
    assert {one.choice for one in found} <= {Choice.CANNOT_TELL, Choice.NEITHER, Choice.TWO_RATES}


def test_the_rate_of_a_curve_alone_is_right_on_a_named_network() -> None:
    """On a ring the equations say 0.04 of a true 0.105."""
    setup = Setup(200, ring(200), ALIKE, SameForAll(0.1), n_seeds=6, rounds=40, replicas=20)
    curve, given = bare(setup), Given(degree=4, network=ring(200))
    tester = Trial(curve, given, fits_alone(curve, 4, network=ring(200)), 1, FEWEST, None)
    assert tester._contact.fast_rate == pytest.approx(0.105, rel=0.1)
    found = compare(curve, degree=4, network=ring(200), replicas=FEWEST)
    assert found.verdict.choice is not Choice.TWO_RATES
    assert {fit.model.mixing.label for fit in found.fits} == {"well-mixed"}


def test_why_no_table_for_everybody_is_tried_is_said() -> None:
    counts = [10, 40, 80, 95, 104, 110, 116, 121, 126, 130, 135, 139, 143, 146]
    for degree, network, reason in (
        (40, None, "up to degree 30, and here the degree is 40"),
        (4, ring(200), "on random regular networks only"),
    ):
        words = compare(Curve(counts, 200), degree, network, replicas=FEWEST).verdict.words
        assert f"was not tried: such a table is fitted {reason}" in words


# --- the parts -----------------------------------------------------------------------------------


def test_the_average_of_agents_who_are_alike_is_what_they_are() -> None:
    for setup in (BASE, replace(BASE, sharing=row(0.1, 0.3)), replace(BASE, repeat_ratio=0.5)):
        curve, again = simulate(setup), simulate(all_alike(setup))
        assert np.array_equal(curve.counts, again.counts)
    mixed = replace(BASE, mix=TwoGroups(0.5), sharing=rows((0.3, 0.75), (0.1, 1.0)))
    both = all_alike(mixed).table(2).probabilities[0]
    assert both.round(6).tolist() == [0.0, round(1 - math.sqrt(0.7 * 0.9), 6), 0.875]


def test_two_groups_five_to_one_have_the_mean_hazard_of_everybody() -> None:
    for alike in (all_alike(BASE), all_alike(replace(BASE, sharing=row(0.1, 0.2)))):
        again = all_alike(fivefold(alike)).table(8).probabilities
        assert np.allclose(again[0], alike.table(8).probabilities[0])
    assert is_contact(fivefold(all_alike(BASE)))


@pytest.mark.parametrize("chances", [(0.1, 0.1), (0.0, 0.2), (0.1, 0.19, 0.271), (0.05, 0.1, 0.3)])
def test_any_rising_table_gives_the_curve_of_the_master_equation(
    chances: tuple[float, ...],
) -> None:
    """The fit of a table finds a curve that was made with it, to a tenth of a point."""
    table = row(*chances).given
    curve = masters([Law.of(table, 8)], [1.0], 8, 0.05, 40)[0]
    seen = Observed.pooled(Curve(10_000 * curve, 10_000))
    model = AnyTable(OnNetwork(8))
    found = fit_each(seen, model, ChainBinomial())
    again = model.curves(found.z, seen.start, 40)[0][0]
    assert np.abs(again - curve).max() < 0.001


def test_a_p_value_counts_the_data_in() -> None:
    assert p_value(np.array([0.0, 1.0, 2.0]), 1.5) == 0.5
