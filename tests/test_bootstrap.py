"""Data made again by agents with fitted rates, and the intervals that come of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from newswave import comparing, meanfield, networkfield
from newswave.curve import Curve
from newswave.fitting.bootstrap import (
    REPLICAS,
    Design,
    Truth,
    on_network,
    well_mixed,
    with_intervals,
)
from newswave.fitting.fits import Interval, fit, fit_each
from newswave.fitting.methods import ChainBinomial, LeastSquares, Observed
from newswave.fitting.models import OneRate, OnNetwork, SourceAndPeers, TwoRates, WellMixed
from newswave.recipes import RandomRegular, SmallWorld

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
    assert Design.of(Curve([0.4, 9, 12], 40)).first_count == 0
    assert Design(1000, 60, 500, 10).pooled_runs(REPLICAS) == 300
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
    told = networkfield.rounds(*pair, 8, 0.01, 40, truth.source_rate)
    assert np.abs(data.mean(axis=(0, 1)) / 4000 - told).max() < 0.016


def test_any_network_can_be_asked_for() -> None:
    ring, random = (on_network(TWO, SMALL, net, 1, 20) for net in (SmallWorld(8, 0.0), EIGHT))
    assert ring[:, 0, 15].mean() < 0.7 * random[:, 0, 15].mean()


# --- data without a network ----------------------------------------------------------------------


def test_replicas_are_observed_when_the_data_were() -> None:
    some = replace(SMALL, n_rounds=3, times=(0.0, 4.0, 5.0, 30.0))
    whole, seen = (on_network(TWO, design, EIGHT, 5, 8) for design in (SMALL, some))
    assert np.array_equal(whole[:, :, [0, 4, 5, 30]], seen)
    curve = Curve(seen[0], 500, times=[7, 11, 12, 37])  # type: ignore[arg-type]
    assert Design.of(curve) == replace(some, first_count=10)
    assert comparing.compare(curve, degree=8, replicas=99).fits[-1].intervals


@pytest.mark.parametrize("times", [(0.0, 3.0, 7.5, 40.0), (0.0, 0.5, 1.0, 1.5)])
def test_a_large_well_mixed_crowd_follows_the_equations_at_any_times(
    times: tuple[float, ...],
) -> None:
    """Largest gaps 0.0003 and 0.0002 where the spread of one run is 0.0007."""
    n, truth = 400_000, Truth(0.16, 0.016, 0.4, 0.0)
    data = well_mixed(truth, Design(n, 3, 1, n // 100, times), 8.0, 3, 2) / n
    theory = meanfield.two_rates(0.16, 0.016, 0.4, 8, 0.01, times)
    assert np.abs(data.mean(axis=(0, 1)) - theory).max() < 0.003


@pytest.mark.parametrize("truth", [TWO, Truth(0.06, 0.06)], ids=["two", "one"])
def test_a_large_well_mixed_crowd_follows_the_equations(truth: Truth) -> None:
    """With 10⁸ agents chance is gone: what is left is the error of the steps."""
    n = 10**8
    data = well_mixed(truth, Design(n, 40, 2, n // 100), 8.0, 3, 3) / n
    classes = (truth.fast_rate, truth.slow_rate, truth.fast_fraction)
    told = meanfield.two_rates(*classes, 8.0, 0.01, np.arange(41.0))
    assert data.shape == (3, 2, 41)
    assert np.abs(data - told).max() < 0.002


def test_a_large_well_mixed_crowd_with_a_source_follows_the_equations() -> None:
    n = 10**8
    data = well_mixed(SOURCE, Design(n, 40, 1, 0), 8.0, 3, 2) / n
    told = meanfield.source_and_peers(0.02, 0.04, 8.0, 0.0, np.arange(41.0))
    assert np.abs(data - told).max() < 0.002


def test_small_crowds_are_whole_people_and_depend_on_the_seed() -> None:
    first, again, other = (well_mixed(TWO, SMALL, 1.0, seed, 30) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(first, first.round())
    assert (np.diff(first, axis=2) >= 0).all()
    assert first.max() <= 500


# --- intervals -----------------------------------------------------------------------------------


def test_replicas_that_are_all_alike_leave_no_room() -> None:
    curve = one_curve(TWO)
    found = fit(curve, TwoRates(OnNetwork(8)))
    data = np.repeat(curve.counts[None], 30, axis=0)
    held = with_intervals((found,), data, 500)[0]
    for name, value in held.estimates.items():
        assert held.intervals[name].low == pytest.approx(value, rel=1e-3)
        assert held.intervals[name].high == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("method", [LeastSquares(), ChainBinomial()])
def test_an_interval_is_the_estimate_moved_by_how_far_replicas_stray(method: Any) -> None:
    curve = one_curve(TWO)
    model = TwoRates(OnNetwork(8))
    data = on_network(TWO, SMALL, EIGHT, 4, 60)
    again = fit_each(Observed.pools(data, 500), model, method).estimates
    held = with_intervals((fit(curve, model, method),), data, 500)[0]
    for name, column in zip(held.estimates, again.T, strict=True):
        value, interval = held.estimates[name], held.intervals[name]
        low, middle, high = np.quantile(column, [0.025, 0.5, 0.975])
        if name == "fast_fraction":
            odds, ends = value / (1 - value), np.array([low, high])
            moved = odds * ends / (1 - ends) * (1 - middle) / middle
            expected = moved / (1 + moved)
        else:
            expected = value * np.array([low, high]) / middle
        assert [interval.low, interval.high] == pytest.approx(expected, rel=0.02)
        assert interval.low < value < interval.high


def test_all_fits_of_a_curve_get_their_own_intervals() -> None:
    curve, data = one_curve(TWO), on_network(TWO, SMALL, EIGHT, 4, 40)
    kinds = (OneRate(WellMixed(8)), TwoRates(OnNetwork(8)), SourceAndPeers(OnNetwork(8)))
    fits = tuple(fit(curve, kind) for kind in kinds)
    held = with_intervals(fits, data, 500)
    assert [list(one.intervals) for one in held] == [list(kind.parameters) for kind in kinds]
    assert all(one.intervals == {} for one in fits)
    for one in held:
        for interval in one.intervals.values():
            assert isinstance(interval, Interval)
            assert 0.0 <= interval.low <= interval.high


def test_replicas_without_spread_are_left_out_and_too_few_make_no_interval() -> None:
    found = fit(one_curve(TWO), OneRate(OnNetwork(8)))
    data = on_network(TWO, SMALL, EIGHT, 4, 30)
    still = np.full((50, 1, 31), 10.0)
    plain = with_intervals((found,), data, 500)[0].intervals
    assert with_intervals((found,), np.concatenate([data, still]), 500)[0].intervals == plain
    few = with_intervals((found,), np.concatenate([data[:19], still]), 500)
    assert few[0].intervals == {}


def test_intervals_of_one_rate_and_of_a_source_hold_the_truth() -> None:
    """Each is to hold it in 95 of 100; under 51 of 60 has a chance of 1 in 1000."""
    design = Design(500, 40, 1, 10)
    kinds = {OneRate(OnNetwork(8)): Truth(0.06, 0.06), SourceAndPeers(OnNetwork(8)): SOURCE}
    for model, truth in kinds.items():
        held = dict.fromkeys(model.parameters, 0)
        known = {"rate": truth.fast_rate, "source_rate": truth.source_rate}
        for seed in range(60):
            curve = one_curve(truth, design, 1000 + seed)
            found = fit(curve, model)
            data = on_network(Truth.of(found), design, EIGHT, seed, 100)
            intervals = with_intervals((found,), data, 500)[0].intervals
            for name, interval in intervals.items():
                held[name] += interval.low <= known[name] <= interval.high
        assert min(held.values()) >= 51


def test_intervals_without_a_network_hold_the_truth() -> None:
    """Two rates of a well-mixed crowd; the same chance."""
    design, model, held = Design(2000, 40, 1, 20), TwoRates(WellMixed(1)), np.zeros(3)
    truth = Truth(1.2, 0.12, 0.4)
    for seed in range(60):
        curve = Curve(well_mixed(truth, design, 1.0, 1000 + seed, 1)[0], 2000)
        found = fit(curve, model)
        data = well_mixed(Truth.of(found), design, 1.0, seed, 100)
        intervals = with_intervals((found,), data, 2000)[0].intervals
        for at, true in enumerate((1.2, 0.12, 0.4)):
            interval = intervals[model.parameters[at]]
            held[at] += interval.low <= true <= interval.high
    assert held.min() >= 51
