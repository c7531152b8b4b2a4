"""A study finds what the modules below it say, number for number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import newswave as nw
from newswave.core.errors import BadValue
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.compare import compare, fits_alone
from newswave.studies.study import Compared, Finding, Fitted, Spread, Study

SETUP = Setup(n_agents=100, n_seeds=4, rounds=25, replicas=6, seed=3)


def found(study: Study, setup: Setup = SETUP) -> dict[tuple[str, ...], Finding]:
    findings = study.findings(setup)
    named = {(f.quantity, f.model, f.mixing, f.method): f for f in findings}
    assert len(named) == len(findings)
    return named


def test_the_spread_is_that_of_the_runs() -> None:
    curve = simulate(SETUP)
    named = found(Spread())
    half, reach = (named[name, "", "", ""] for name in ("half time", "reach"))
    assert half.value == pytest.approx(curve.half_time().mean(), rel=1e-12)
    assert half.low is not None
    assert half.high is not None
    assert half.low < curve.half_time().mean() < half.high
    assert reach.value == pytest.approx(curve.counts[:, -1].mean() / 100, rel=1e-12)
    true = named["true fast rate", "", "", ""].value
    assert true == pytest.approx(0.1625, abs=1e-4)


def test_runs_that_do_not_reach_half_are_told() -> None:
    short = replace(SETUP, rounds=1)
    half = found(Spread(), short)["half time", "", "", ""]
    assert (half.value, half.text) == (None, "0 of 6 runs")
    some = replace(SETUP, rounds=12, seed=2)
    reached = int((simulate(some).counts[:, -1] >= 50).sum())
    assert 0 < reached < 6
    assert found(Spread(), some)["half time", "", "", ""].text == f"{reached} of 6 runs"


def test_fits_are_those_of_fits_alone() -> None:
    named = found(Fitted())
    for fit in fits_alone(simulate(SETUP)):
        method = "least squares" if "least" in fit.method.name else "chain-binomial likelihood"
        by = (fit.model.name, fit.model.mixing.label, method)
        assert named["AIC", *by].value == fit.aic
        assert named["RMSE", *by].value == fit.rmse
        for name, value in fit.estimates.items():
            finding = named[name.removeprefix("rate_").replace("_", " "), *by]
            assert (finding.value, finding.low, finding.text) == (value, None, fit.reason)
    assert ("verdict", "", "", "") not in named


def test_compared_is_compare_with_the_seed_of_the_setup() -> None:
    result = compare(simulate(SETUP), seed=3, replicas=99)
    named = found(Compared(99))
    assert named["verdict", "", "", ""].text == result.verdict.choice.value
    assert named["p-value", "", "", ""].value == result.verdict.p_value
    power = named["power", "", "", ""].value  # of no account where one rate is excluded
    assert power is None
    assert np.isnan(result.verdict.power)
    fit = result.find("two rates", "network")
    fast = named["fast rate", "two rates", "network", "chain-binomial likelihood"]
    ends = fit.intervals["fast_rate"]
    assert (fast.value, fast.low, fast.high) == (fit.estimates["fast_rate"], ends.low, ends.high)


@pytest.mark.parametrize("study", [Fitted(), Compared(99)])
def test_a_curve_that_cannot_be_fitted_is_a_result(study: Study) -> None:
    still = replace(SETUP, sharing=nw.SameForAll(0.0))
    named = found(study, still)
    assert named["verdict", "", "", ""].text == "cannot tell"
    assert "Nobody new shares" in named["no fit", "", "", ""].text
    assert named["reach", "", "", ""].value == 0.04


@pytest.mark.parametrize("replicas", [98, 0, 99.5, "many", True])
def test_too_few_replicas_are_refused(replicas: object) -> None:
    with pytest.raises(BadValue, match="bootstrap's replicas"):
        Compared(replicas)  # type: ignore[arg-type]


def test_a_finding_holds_finite_numbers_and_text() -> None:
    finding = Finding("rate", float("inf"), 1, float("nan"))
    assert (finding.value, finding.low, finding.high) == (None, 1.0, None)
    for given in ({"value": "much"}, {"quantity": ""}, {"text": 4}, {"model": None}):
        with pytest.raises(BadValue, match="finding"):
            Finding(**{"quantity": "rate", **given})  # type: ignore[arg-type]


def test_studies_are_studies_and_equal_by_value() -> None:
    for study in (Spread(), Fitted(), Compared()):
        assert isinstance(study, Study)
        assert study == replace(study)
        assert hash(study) == hash(replace(study))
