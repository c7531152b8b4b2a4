"""The quick study: its verdict is calibrated, its intervals hold the truth, and it repeats itself.

The figures were made once with more of everything (docs/how-to/atlas.md): N = 1000, 200 runs, 600
worlds, 360 cells. Here they are made small, from fixed seeds.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newswave.core.curve import Curve
from newswave.core.errors import BadValue
from newswave.core.files import encode
from newswave.core.networks import RandomRegular, SmallWorld
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import ByGroup, Measured, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable, hazard
from newswave.equations.compare import one_or_two
from newswave.equations.fit import fit, fit_each
from newswave.equations.intervals import left_out
from newswave.equations.models import OneRate, OnNetwork, TwoRates
from newswave.equations.replicates import Scores
from newswave.studies import calibrated
from newswave.studies.calibrated import (
    CALL,
    CORRECTED,
    GAP,
    SPACING,
    Alike,
    Calibrated,
    Calibration,
    calibrations,
    degree_of,
    homogeneous,
    made_here,
    network_sums,
    own_luck,
    plain_theories,
    reading,
    run_over,
    seen_of,
    setup_of,
    share_of,
    spread_evenly,
    steps_around,
)
from newswave.studies.study import Finding, Study

SAME = Setup(
    *(200, RandomRegular(8), OneProfile(PROFILES[0]), SameForAll(0.06)),
    n_seeds=10,
    rounds=30,
    replicas=16,
)
SMALL = Calibrated(networks=16, worlds=200)
CELLS = 160


@pytest.fixture(scope="module")
def known() -> dict[str, Calibration]:
    return calibrations(SMALL, [replace(SAME, sharing=SameForAll(q)) for q in (0.055, 0.07)])


@pytest.fixture(scope="module")
def study(known: dict[str, Calibration]) -> Calibrated:
    return SMALL.knowing(known)


def value(found: tuple[Finding, ...], quantity: str, **about: str) -> Finding:
    """Return the one finding of a quantity."""
    return next(
        one
        for one in found
        if one.quantity == quantity and all(getattr(one, k) == v for k, v in about.items())
    )


# --- calibrated ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cells(known: dict[str, Calibration]) -> list[tuple[float, float, bool]]:
    """Return p-value, ln of fitted over true rate, and whether the interval holds, of cells."""
    found = []
    for number, share in enumerate(np.linspace(0.055, 0.07, CELLS)):
        setup = replace(SAME, sharing=SameForAll(float(share)), seed=100 + number)
        curve = run_over(setup, 16)
        sums = network_sums(curve, 16)
        scores = Scores.of(seen_of(sums.sum(axis=0)[None], 16, 200), OnNetwork(8))
        ratios, rates = scores.ratio, scores.one.estimates[:, 0]
        step = steps_around(rates[0])[0]
        pair = (known[setup_of(setup, at).to_json()] for at in (step, step + 1))
        read = reading(*pair, step, rates[0], ratios[0])
        one = fit(curve, OneRate(OnNetwork(8)))
        left = seen_of(left_out(sums), 15, 200)
        ends = calibrated.with_intervals((one,), left)[0].intervals["rate"]
        off = np.exp(read.bias) * hazard(share)
        error = float(np.log(rates[0] / off))
        found.append((read.p_value, error, bool(ends.low <= off <= ends.high)))
    return found


def test_p_values_of_agents_who_are_alike_are_near_uniform(
    cells: list[tuple[float, float, bool]],
) -> None:
    """Were they uniform, one of the three would be missed by 1 in 300 sets of seeds."""
    p = np.array([cell[0] for cell in cells])
    for level, few, many in ((0.01, 0, 7), (0.05, 1, 18), (0.1, 6, 29)):
        assert few <= (p <= level).sum() <= many, level
    # Kolmogorov and Smirnov's distance is above 1.63 / sqrt(n) in 1 of 100 sets.
    distance = np.abs(np.sort(p) - np.arange(1, CELLS + 1) / CELLS).max()
    assert distance < 1.63 / np.sqrt(CELLS)


def test_the_corrected_rate_has_no_bias_and_its_interval_holds_the_truth(
    cells: list[tuple[float, float, bool]],
) -> None:
    """At a true 95 % the count leaves these bounds in 1 of 150 sets of seeds."""
    error = np.array([cell[1] for cell in cells])
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error))
    assert 0.90 <= np.mean([cell[2] for cell in cells]) <= 0.99


@pytest.mark.parametrize("each", [3, pytest.param(6, marks=pytest.mark.full)])
def test_the_verdict_agrees_with_the_one_that_is_made_afresh(study: Calibrated, each: int) -> None:
    """Three or six setups of homogeneous agents, as many of two groups ten to one.

    Were one verdict in twenty another one, fewer than five in six would be the same with a chance
    of 0.033 for six setups and of 0.020 for twelve.
    """
    both = TwoGroups(0.4), ByGroup(0.15, 0.015)
    setups = [replace(SAME, seed=seed) for seed in range(each)]
    setups += [replace(SAME, mix=both[0], sharing=both[1], seed=seed) for seed in range(each)]
    same = 0
    for setup in setups:
        found = study.findings(setup)
        curve = run_over(setup, 16)
        bare = Curve(curve.counts, curve.n_agents)  # of 16 networks, not of the setup's one
        fresh = one_or_two(bare, 8, replicas=99, seed=setup.seed, contact_rule=True)
        quick = value(found, "verdict").text
        assert {quick, fresh.choice.value} != {"one rate", "two rates"}
        p_value = value(found, "p-value").value
        assert p_value is not None
        assert abs(p_value - fresh.p_value) < 0.15
        same += quick == fresh.choice.value
    assert same >= 5 * len(setups) / 6


def test_power_is_of_the_design() -> None:
    """Two groups five to one are seen in 200 agents with 16 runs, and not in 30 with 4."""
    tiny = replace(SAME, n_agents=30, n_seeds=2, rounds=8, replicas=4)
    power = [value(Alike(4, 100).findings(one), "power").value for one in (SAME, tiny)]
    assert power[0] is not None
    assert power[1] is not None
    assert power[0] > 0.8 > 0.5 > power[1]


def test_a_p_value_is_read_between_the_neighbours() -> None:
    low, high = Calibration(0.0, 1.0, (0.0,) * 99), Calibration(0.2, 0.5, (5.0,) * 99)
    rate = float(np.exp(SPACING * (-6 + 0.25)))
    read = reading(low, high, -6, rate, 3.0)
    assert read.p_value == pytest.approx(0.75 * 0.01 + 0.25 * 1.0)
    assert read.bias == pytest.approx(0.05)
    assert read.power == pytest.approx(0.875)
    assert read.replicates == 198


# --- the study -----------------------------------------------------------------------------------


def test_it_is_a_study_and_known_calibrations_are_no_part_of_it(study: Calibrated) -> None:
    assert isinstance(study, Study)
    assert study == SMALL
    assert encode(study) == encode(SMALL)
    again = pickle.loads(pickle.dumps(study))
    assert again._known == study._known
    assert SMALL._known == {}


def test_it_finds_the_same_with_and_without_calibrations_made_before(study: Calibrated) -> None:
    assert study.findings(SAME) == Calibrated(16, 200).findings(SAME)


def test_what_is_found(study: Calibrated) -> None:
    found = study.findings(SAME)
    rate = value(found, "rate", method=CORRECTED)
    true = value(found, "true rate").value
    assert true == pytest.approx(hazard(0.06))
    assert rate.low is not None
    assert rate.value is not None
    assert rate.high is not None
    assert rate.low < rate.value < rate.high
    assert abs(np.log(rate.value / true)) < 0.1
    gaps = {(one.mixing, one.method): one.value for one in found if one.quantity == GAP}
    assert set(gaps) == {("network", "rounds"), ("network", "ODE"), ("well-mixed", "ODE")}
    assert gaps["network", "rounds"] < gaps["network", "ODE"] < gaps["well-mixed", "ODE"]
    calls = [one for one in found if one.quantity == CALL]
    assert len(calls) == 3
    assert {one.text for one in calls} <= {"one rate", "two rates"}
    models = {"", "one rate", "two rates", "source and peers"}
    assert {one.model for one in found} == models


def test_a_lower_aic_is_what_is_called(study: Calibrated) -> None:
    found = study.findings(SAME)
    for call in (one for one in found if one.quantity == CALL):
        by = {"mixing": call.mixing, "method": call.method}
        aic = {name: value(found, "AIC", model=name, **by).value or 0.0
               for name in ("one rate", "two rates")}  # fmt: skip
        assert call.text == min(aic, key=lambda name: aic[name])


def test_two_rates_are_found_with_intervals() -> None:
    """Of 6 intervals that hold in 95 of 100, fewer than 4 hold with a chance of 1 in 400."""
    setup = replace(SAME, n_agents=500, mix=TwoGroups(0.4), sharing=ByGroup(0.15, 0.015))
    held = 0
    for seed in range(1, 7):
        found = Calibrated(16, 100).findings(replace(setup, seed=seed))
        fast = value(found, "fast rate", mixing="network")
        assert fast.low is not None
        assert fast.high is not None
        held += fast.low < hazard(0.15) < fast.high
        assert value(found, "verdict").text == "two rates"
        assert value(found, "true fast rate").value == pytest.approx(hazard(0.15))
    assert held >= 4


def test_a_curve_in_which_nobody_shares_is_a_result() -> None:
    found = SMALL.findings(replace(SAME, sharing=SameForAll(0.0)))
    assert value(found, "verdict").text == "cannot tell"
    assert "Nobody new shares" in value(found, "no fit").text
    assert value(found, "half time").value is None


def test_without_first_sharers_there_is_no_verdict() -> None:
    found = SMALL.findings(replace(SAME, n_seeds=0, source_probability=0.05))
    assert value(found, "verdict").text == "cannot tell"
    assert {one.model for one in found} == {"", "source and peers"}


def test_other_networks_have_a_verdict_and_no_theory() -> None:
    setup = replace(SAME, network=SmallWorld(8, 0.1))
    assert plain_theories(setup) == {}
    found = Calibrated(16, 100).findings(setup)
    assert value(found, "verdict").text in {"one rate", "two rates", "cannot tell"}
    assert all(one.quantity != GAP for one in found)


def test_a_table_that_is_no_contact_rule_has_the_master_equation_alone() -> None:
    chances = np.array([[0.0, *[0.1] * 8]])
    rule = Measured(SharingTable((PROFILES[0].code,), chances))
    assert list(plain_theories(replace(SAME, sharing=rule))) == ["network, rounds"]


@pytest.mark.parametrize("make", [lambda: Calibrated(networks=3), lambda: Calibrated(worlds=98)])
def test_too_few_networks_or_worlds_are_refused(make: Callable[[], Calibrated]) -> None:
    with pytest.raises(BadValue, match=r"networks|worlds"):
        make()


# --- luck and calibrations -----------------------------------------------------------------------


def test_replicas_that_cannot_be_dealt_are_refused() -> None:
    with pytest.raises(BadValue, match="evenly"):
        spread_evenly(97, 25)


def test_every_setup_has_its_own_luck() -> None:
    other = replace(SAME, sharing=SameForAll(0.061))
    assert own_luck(SAME).seed == own_luck(SAME).seed != own_luck(other).seed
    assert not np.array_equal(run_over(SAME, 4).counts, run_over(replace(SAME, seed=2), 4).counts)


def test_sums_are_what_a_fit_sees() -> None:
    curve = run_over(SAME, 16)
    seen = seen_of(network_sums(curve, 16).sum(axis=0)[None], 16, 200)
    pooled = calibrated.Observed.pooled(curve)
    for name in ("fraction", "new", "at_risk"):
        assert np.allclose(getattr(seen, name), getattr(pooled, name))


def test_the_jackknife_finds_what_fits_from_scratch_find() -> None:
    setup = replace(SAME, n_agents=500, mix=TwoGroups(0.4), sharing=ByGroup(0.15, 0.015))
    curve = run_over(setup, 16)
    seen = seen_of(left_out(network_sums(curve, 16)), 15, 500)
    for model in (OneRate(OnNetwork(8)), TwoRates(OnNetwork(8))):
        one = fit(curve, model)
        near = fit_each(seen, model, one.method, starts=one.z[None, None]).estimates
        afresh = jackknife_from_scratch(seen, model)
        assert np.allclose(near, afresh, rtol=1e-3)


def jackknife_from_scratch(seen: Any, model: Any) -> Any:
    from newswave.equations.fit import ChainBinomial, fit_each

    return fit_each(seen, model, ChainBinomial()).estimates


def test_steps_lie_around_a_rate_within_bounds() -> None:
    assert list(steps_around(float(np.exp(-2.95)), 0.2)) == [-7, -6, -5]
    assert list(steps_around(1e-12)) == [-30, -29]
    assert list(steps_around(1e3, 1.0)) == [3, 4]
    at = homogeneous(SAME, share_of(-6))
    assert setup_of(replace(SAME, seed=9, mix=TwoGroups()), -6) == at
    assert degree_of(at) == 8


def test_calibrations_are_kept_in_a_folder_and_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = replace(SAME, n_agents=60, n_seeds=6, rounds=12, replicas=4)
    study, told = Calibrated(4, 100), []
    setups = [tiny, replace(tiny, network=RandomRegular(4))]
    made = calibrations(study, setups, tmp_path, 1, lambda *at: told.append(at))
    assert told[-1] == (len(made), len(made))
    for text, one in made.items():
        assert one == made_here(text, study.calibration)
        assert one.ratios == tuple(sorted(one.ratios))
    assert {degree_of(Setup.from_json(text)) for text in made} == {4, 8}

    def never(*_: Any) -> tuple[Finding, ...]:
        raise AssertionError("made again")

    monkeypatch.setattr(Alike, "findings", never)
    assert calibrations(study, setups, tmp_path, 1) == made


def test_setups_whose_rate_no_theory_foretells_wait_their_turn() -> None:
    dead = replace(SAME, sharing=SameForAll(0.0))
    other = replace(SAME, network=SmallWorld(8, 0.1))
    assert (
        calibrations(SMALL, [dead, other, replace(SAME, n_seeds=0, source_probability=0.1)]) == {}
    )
