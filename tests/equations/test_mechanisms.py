"""Mechanisms: joint fits, goodness of fit, what is named, what to run next. Seeds are fixed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from newswave.core.curve import Curve
from newswave.core.errors import BadValue, CannotFit
from newswave.core.networks import RandomRegular
from newswave.core.population import PROFILES, OneProfile
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations import mechanisms as m
from newswave.equations.mechanisms import MECHANISMS, Told, compare_mechanisms
from newswave.equations.models import OnNetwork
from newswave.equations.on_network import predict

ALIKE = Setup(1000, mix=OneProfile(PROFILES[0]), sharing=SameForAll(0.05), n_seeds=20, replicas=1)
RATES: dict[str, list[float]] = {
    "one rate": [0.05],
    "two groups": [0.16, 0.015, 0.4],
    "a spread of rates": [0.06, 1.5],
    "a source": [0.02, 0.02],
    "a fading source": [0.04, 0.02, 5.0],
    "feedback": [0.03, 0.3],
    "first against repeated exposure": [0.03, 0.09],
    "news that gets old": [0.12, 12.0],
}
BY_NAME = {one.name: one for one in MECHANISMS}


def agents(name: str) -> dict[str, Any]:
    names = BY_NAME[name].model(OnNetwork(4)).parameters
    return {"mix": ALIKE.mix, **BY_NAME[name].agents(dict(zip(names, RATES[name], strict=True)))}


def curves(name: str, seed: int, degrees: tuple[int, ...] = (4, 8, 16), **more: Any) -> list[Curve]:
    setup = replace(ALIKE, **agents(name), **more)
    return [simulate(replace(setup, seed=100 * seed + k).with_degree(k)) for k in degrees]


@pytest.mark.parametrize("name", BY_NAME)
def test_the_model_of_a_mechanism_is_the_theory_of_its_agents(name: str) -> None:
    setup = replace(ALIKE, n_agents=20_000, n_seeds=400, rounds=40, **agents(name)).with_degree(6)
    model = BY_NAME[name].model(OnNetwork(6))
    low, high = model.bounds
    z = np.array([np.log(x) for x in RATES[name]])
    if name == "two groups":
        z[1:] = [np.log(0.015 / 0.145), np.log(0.4 / 0.6)]
    assert ((low <= z) & (z <= high)).all()
    shared, gradients = model.curves(z[None], np.array([0.02]), np.arange(41.0))
    if name != "feedback":
        assert np.abs(shared[0] - predict(setup).fraction).max() < 1e-6
    mean = simulate(setup, 0, 3).mean / 20_000
    assert np.abs(shared[0] - mean).max() < 0.015
    for at, step in enumerate(1e-5 * np.eye(len(z))):
        around = [model.curves((z + way * step)[None], np.array([0.02]), np.arange(41.0))[0][0]
                  for way in (1, -1)]  # fmt: skip
        assert np.abs((around[0] - around[1]) / 2e-5 - gradients[0, at]).max() < 1e-3


FULL = pytest.mark.full


@pytest.mark.parametrize(
    "name",
    [
        "two groups",
        "feedback",
        *(pytest.param(name, marks=FULL) for name in RATES
          if name not in ("one rate", "two groups", "feedback")),
    ],
)  # fmt: skip
def test_three_curves_name_the_mechanism_that_made_them(name: str) -> None:
    result = compare_mechanisms(curves(name, 1), replicas=99)
    assert (result.told, result.name, result.left) == (Told.NAMED, name, (name,))
    assert result.words.startswith(name.capitalize())
    right = result.find(name)
    assert right.stands
    assert right.p_value > 0.01
    assert not result.find("one rate").stands
    np.testing.assert_allclose([*right.estimates.values()], RATES[name], rtol=0.5)


def test_agents_that_are_alike_are_one_rate_though_richer_mechanisms_fit() -> None:
    result = compare_mechanisms(curves("one rate", 2, (4, 16)), replicas=99)
    assert result.name == "one rate"
    assert result.find("two groups").stands
    assert result.power > 0.8
    assert result.next_run is None


def test_where_two_explain_alike_it_says_so_and_what_to_run_next() -> None:
    """A first exposure that makes some share at once is two groups, one of which is sure to."""
    few = replace(ALIKE, sharing=SameForAll(0.15), repeat_ratio=0.1, seed=3).with_degree(8)
    result = compare_mechanisms(simulate(few), replicas=99)
    assert result.told is Told.CANNOT_TELL
    assert len(result.left) > 1
    assert result.next_run is not None
    assert 0.0 < result.next_run.gap < 1.0
    assert result.next_run.words in result.words
    assert result.words.startswith("Cannot tell")


def test_a_curve_that_none_draws_is_said_to_be_none_of_them() -> None:
    rounds = np.arange(41)
    steps = 10 + 90 * np.minimum(rounds, 10) + 9 * np.where(rounds > 25, 10, 0)
    result = compare_mechanisms(Curve(steps[None], 2000), degrees=(8,), replicas=99)
    assert (result.told, result.name, result.left) == (Told.NOTHING, "", ())
    assert "Nothing we tried fits" in result.words


def test_goodness_of_fit_is_uniform_where_the_mechanism_is_true() -> None:
    """Kolmogorov's test of 16 p-values, error chance 0.001; 200 with the benchmark script."""
    found = []
    for seed in range(16):
        data = m._data(curves("one rate", seed, (4, 8), n_agents=300, rounds=30), (), 99)
        fitted = m._fit(BY_NAME["one rate"], data)
        assert fitted is not None
        found.append(m._worlds([fitted], seed, 99, None)["one rate"].p_value)
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_the_same_seed_gives_the_same_answer_and_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    data = curves("a source", 4, (8,), n_agents=300)
    first = compare_mechanisms(data, replicas=99, progress=lambda *now: told.append(now))
    again = compare_mechanisms(data, replicas=99)
    assert [one.p_value for one in first.fits] == [one.p_value for one in again.fits]
    assert first.words == again.words
    assert told[-1][1] == told[-1][2] == len(first.fits)


def test_what_starts_with_nobody_is_left_to_what_can_start_it() -> None:
    setup = replace(ALIKE, **agents("a source"), n_seeds=0)
    data = [simulate(replace(setup, seed=k).with_degree(k)) for k in (4, 8)]
    result = compare_mechanisms(data, replicas=99)
    assert {one.mechanism for one in result.fits} == {"a source", "a fading source"}
    assert result.name == "a source"


def test_what_cannot_be_compared_is_refused() -> None:
    curve = Curve(np.array([[1.0, 3.0, 9.0, 20.0, 30.0, 35.0]]), 100)
    for given, degrees, words in (
        ([], (), "no curve"),
        ([curve], (), "degree of a curve is not known"),
        ([curve], (4, 8), "not one degree for each"),
        ([curve], (1,), "degree"),
    ):
        with pytest.raises(BadValue, match=words):
            compare_mechanisms(given, degrees)
    with pytest.raises(CannotFit, match="too short"):
        compare_mechanisms(Curve(np.array([[1.0, 3.0, 4.0]]), 100), (4,))
    with pytest.raises(BadValue, match="99"):
        compare_mechanisms(curve, (4,), replicas=50)
    assert RandomRegular(4) == RandomRegular(4)
