"""From curves to rates: models, methods, the scoring and the fits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import figures
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from newswave.core.curve import Curve
from newswave.core.datasets import physicians
from newswave.core.errors import BadValue, CannotFit
from newswave.core.simulation import simulate
from newswave.equations import on_network, well_mixed
from newswave.equations.fit import (
    ChainBinomial,
    Interval,
    LeastSquares,
    Method,
    Observed,
    can_start,
    fit,
    fit_each,
    minimise,
)
from newswave.equations.models import (
    Mixing,
    Model,
    OneRate,
    OnNetwork,
    PartlyObserved,
    SourceAlone,
    SourceAndPeers,
    TwoRates,
    WellMixed,
)

Floats = npt.NDArray[np.float64]

N_AGENTS, ROUNDS = 10_000, 60
METHODS = (LeastSquares(), ChainBinomial())
KINDS = (OneRate, TwoRates, SourceAndPeers, SourceAlone)
MIXINGS = [WellMixed(8), *(OnNetwork(k) for k in (2, 3, 8, 16))]
TRUTHS = {
    OneRate.name: {"rate": 0.06},
    TwoRates.name: {"fast_rate": 0.16, "slow_rate": 0.016, "fast_fraction": 0.4},
    SourceAndPeers.name: {"source_rate": 0.01, "rate": 0.04},
    SourceAlone.name: {"source_rate": 0.03},
}

EVERY_METHOD = pytest.mark.parametrize("method", METHODS, ids=["least squares", "chain binomial"])
EVERY_MIXING = pytest.mark.parametrize("mixing", MIXINGS, ids=str)
EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def exact(mixing: Mixing, truth: dict[str, float], start: float = 0.01) -> Curve:
    """Return the curve of the theory itself, by a way that the fits do not take."""
    fast = truth.get("fast_rate", truth.get("rate", 0.0))
    slow, p = truth.get("slow_rate", fast), truth.get("fast_fraction", 1.0)
    source, times = truth.get("source_rate", 0.0), np.arange(ROUNDS + 1.0)
    if isinstance(mixing, OnNetwork):
        pair = ([fast, slow], [p, 1.0 - p])
        found = on_network.rounds(*pair, mixing.degree, start, ROUNDS, source)
    elif source:
        found = well_mixed.source_and_peers(source, fast, 8, start, times)
    else:
        found = well_mixed.two_rates(fast, slow, p, 8, start, times)
    return Curve(N_AGENTS * found, N_AGENTS)


def run(setup: Any = figures.DIFFERENT, replicas: int = 1) -> Curve:
    return simulate(setup, 0, replicas)


# --- exact curves --------------------------------------------------------------------------------


@EVERY_METHOD
@EVERY_MIXING
@EVERY_KIND
def test_exact_curves_give_back_their_rates(kind: Any, mixing: Mixing, method: Method) -> None:
    truth = TRUTHS[kind.name]
    found = fit(exact(mixing, truth), kind(mixing), method)
    assert found.estimates == pytest.approx(truth, rel=2e-4)
    assert list(found.estimates) == list(kind.parameters)
    assert found.rmse < 5e-5
    assert found.identified
    assert found.reason == ""


@settings(max_examples=50, deadline=None)
@given(st.floats(0.03, 0.4), st.floats(0.02, 0.3), st.floats(0.15, 0.8), st.sampled_from(MIXINGS))
def test_any_two_clearly_different_rates_are_given_back(
    fast: float, ratio: float, p: float, mixing: Mixing
) -> None:
    """Where enough of the spread falls within the rounds; the curve then says it all."""
    truth = {"fast_rate": fast, "slow_rate": fast * ratio, "fast_fraction": p}
    curve = exact(mixing, truth)
    found = fit(curve, TwoRates(mixing))
    assert found.rmse < 2e-5
    if found.identified and curve.fraction[0, -1] > 0.5:
        assert found.estimates == pytest.approx(truth, rel=0.02)


def test_a_source_starts_a_curve_that_nobody_has_started() -> None:
    for mixing in (WellMixed(8), OnNetwork(8)):
        curve = exact(mixing, TRUTHS[SourceAndPeers.name], start=0.0)
        found = fit(curve, SourceAndPeers(mixing))
        assert found.estimates == pytest.approx(TRUTHS[SourceAndPeers.name], rel=1e-3)
        assert can_start(curve, SourceAndPeers(mixing))
        assert not can_start(curve, OneRate(mixing))


# --- real times ----------------------------------------------------------------------------------

UNEVEN = np.array([0.0, 2.0, 5.0, 6.0, 11.0, 18.0, 19.0, 27.0, 40.0])


def solved(truth: dict[str, float], times: Floats, start: float = 0.01) -> Floats:
    """Return i at the times from a general-purpose solver of the equations, 8 contacts."""
    fast, source = truth.get("fast_rate", truth.get("rate", 0.0)), truth.get("source_rate", 0.0)
    rates, p = np.array([fast, truth.get("slow_rate", fast)]), truth.get("fast_fraction", 1.0)

    def change(_: float, left: Floats) -> Floats:
        return np.asarray(-(source + rates * 8 * (1.0 - left.sum())) * left)

    begin = (1.0 - start) * np.array([p, 1.0 - p])
    ends = (0.0, float(times[-1]))
    found = integrate.solve_ivp(change, ends, begin, t_eval=times, rtol=1e-11, atol=1e-13)
    return np.asarray(1.0 - found.y.sum(axis=0))


@EVERY_METHOD
@EVERY_KIND
@pytest.mark.parametrize("unit", [1.0, 1 / 365.25, 86_400.0])
def test_well_mixed_rates_come_back_from_uneven_times(
    kind: Any, method: Method, unit: float
) -> None:
    """Whatever the unit of time: the rates are per that unit."""
    truth = TRUTHS[kind.name]
    counts = N_AGENTS * solved(truth, UNEVEN)
    curve = Curve(counts, N_AGENTS, times=1948.5 + unit * UNEVEN)
    found = fit(curve, kind(WellMixed(8)), method)
    told = {name: x * (unit if "rate" in name else 1.0) for name, x in found.estimates.items()}
    assert told == pytest.approx(truth, rel=1e-3)
    assert found.identified


@EVERY_KIND
@pytest.mark.parametrize("mixing", [WellMixed(8), OnNetwork(8)], ids=str)
def test_rates_come_back_where_some_rounds_were_not_observed(kind: Any, mixing: Mixing) -> None:
    truth, seen = TRUTHS[kind.name], UNEVEN.astype(int)
    whole = exact(mixing, truth)
    found = fit(Curve(whole.counts[:, seen], N_AGENTS, times=7 + UNEVEN), kind(mixing))
    assert found.estimates == pytest.approx(truth, rel=1e-3)
    # The count repeated in their place is another curve, with jumps.
    counts = whole.counts[
        0, UNEVEN[np.searchsorted(UNEVEN, np.arange(41), "right") - 1].astype(int)
    ]
    false = fit(Curve(counts, N_AGENTS), kind(mixing))
    assert false.estimates != pytest.approx(truth, rel=0.02)


def test_the_likelihood_between_observations_is_that_of_the_whole_interval() -> None:
    curve = Curve([3, 9, 20, 44, 52], 80, times=[1948, 1950, 1955, 1960, 1962])  # type: ignore[arg-type]
    found = fit(curve, OneRate())
    new, left = np.diff(curve.counts[0]), 80 - curve.counts[0, :-1]

    def likelihood(rate: float) -> float:
        shared = well_mixed.one_rate(rate, 1, 3 / 80, curve.elapsed)
        chance = np.diff(shared) / (1.0 - shared[:-1])
        return float((new * np.log(chance) + (left - new) * np.log1p(-chance)).sum())

    best = optimize.minimize_scalar(lambda rate: -likelihood(rate), (0.01, 1.0), method="bounded",
                                    bounds=(0.01, 1.0), options={"xatol": 1e-10})  # fmt: skip
    assert found.estimates["rate"] == pytest.approx(best.x, rel=1e-4)
    assert found.log_likelihood == pytest.approx(-best.fun)


def test_a_network_has_whole_rounds_only() -> None:
    curve = Curve([3, 9, 20, 44], 80, times=[0, 1, 2.5, 4])  # type: ignore[arg-type]
    with pytest.raises(CannotFit, match=r"whole.*2\.5 after.*well-mixed"):
        fit(curve, OneRate(OnNetwork(8)))


# --- runs ----------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=4, max_size=30), st.sampled_from(MIXINGS))
def test_the_fast_rate_is_never_below_the_slow_one(new: list[int], mixing: Mixing) -> None:
    counts = np.cumsum([1, *new, 1])
    curve = Curve(counts, int(counts[-1]) + 20)
    for method in METHODS:
        found = fit(curve, TwoRates(mixing), method).estimates
        assert found["fast_rate"] >= found["slow_rate"] >= 0.0
        assert 0.0 < found["fast_fraction"] < 1.0
        assert np.isfinite(list(found.values())).all()


@EVERY_METHOD
@EVERY_KIND
@pytest.mark.parametrize("mixing", [WellMixed(8), OnNetwork(8)], ids=str)
def test_many_curves_at_once_are_the_curves_one_by_one(
    kind: Any, mixing: Mixing, method: Method
) -> None:
    curve = run(replicas=6)
    together = fit_each(Observed.each(curve), kind(mixing), method)
    for at in range(curve.runs):
        alone = fit_each(Observed.each(curve.run(at)), kind(mixing), method)
        assert together.value[at] == pytest.approx(alone.value[0], rel=1e-9)
        assert together.estimates[at] == pytest.approx(alone.estimates[0], rel=1e-4)
        # A curve's fit is its own whoever is fitted beside it.
        pair = fit_each(Observed.each(Curve(curve.counts[[at, 0]], 1000)), kind(mixing), method)
        assert together.z[at] == pytest.approx(pair.z[0], abs=1e-9)


@EVERY_METHOD
def test_pooling_one_run_is_fitting_it_and_pooling_many_narrows(method: Method) -> None:
    curve, model = run(replicas=40), TwoRates(OnNetwork(8))
    one = Curve(curve.counts[:1], 1000)
    assert np.array_equal(Observed.pooled(one).new, Observed.each(one).new)
    alone = fit_each(Observed.each(one), model, method)
    assert fit(one, model, method).estimates["fast_rate"] == alone.estimates[0, 0]
    pooled = fit(curve, model, method).estimates
    truth = {"fast_rate": -np.log(0.85), "slow_rate": -np.log(0.985), "fast_fraction": 0.4}
    assert pooled == pytest.approx(truth, rel=0.06)


def test_a_run_pooled_with_itself_gives_its_own_rates_and_twice_the_likelihood() -> None:
    once = run()
    twice = Curve(np.vstack([once.counts] * 2), 1000)
    fits = [fit(curve, TwoRates(OnNetwork(8))) for curve in (once, twice)]
    assert fits[1].estimates == pytest.approx(fits[0].estimates, rel=1e-3)
    assert fits[1].log_likelihood == pytest.approx(2.0 * fits[0].log_likelihood, rel=1e-9)


# --- not determined ------------------------------------------------------------------------------


@EVERY_METHOD
@pytest.mark.parametrize("mixing", [WellMixed(8), OnNetwork(8)], ids=str)
def test_one_rate_does_not_determine_two(mixing: Mixing, method: Method) -> None:
    found = fit(exact(mixing, TRUTHS[OneRate.name]), TwoRates(mixing), method)
    assert not found.identified
    assert "not determined by this curve" in found.reason


@pytest.mark.parametrize(
    ("fast", "slow", "p"),
    [(0.06, 0.055, 0.5), (0.06, 0.03, 0.999), (0.16, 0.016, 0.001), (0.16, 0.016, 1e-5)],
)
@pytest.mark.parametrize("mixing", [WellMixed(8), OnNetwork(8)], ids=str)
def test_rates_that_are_nearly_alike_or_of_hardly_anybody_are_doubted(
    mixing: Mixing, fast: float, slow: float, p: float
) -> None:
    truth = {"fast_rate": fast, "slow_rate": slow, "fast_fraction": p}
    assert not fit(exact(mixing, truth), TwoRates(mixing)).identified


def test_runs_of_agents_that_are_alike_are_doubted_and_of_two_kinds_are_not() -> None:
    """Of 100 runs 96 and 0 were. Chance of failing: under 1 in 1000."""
    model = TwoRates(OnNetwork(8))
    doubted = []
    for setup in (figures.SAME, figures.DIFFERENT):
        curve = run(setup, 40)
        doubted.append(sum(not fit(curve.run(r), model).identified for r in range(40)))
    assert doubted[0] >= 33
    assert doubted[1] <= 2


@EVERY_KIND
def test_curves_that_are_too_short_cannot_be_fitted(kind: Any) -> None:
    needed = len(kind.parameters) + 1
    counts = 10.0 * np.arange(1, needed + 2)
    with pytest.raises(CannotFit, match="too short for the model"):
        fit(Curve(counts[:-1], 1000), kind())
    assert np.isfinite(list(fit(Curve(counts, 1000), kind()).estimates.values())).all()


@EVERY_KIND
@EVERY_METHOD
def test_a_flat_curve_cannot_be_fitted(kind: Any, method: Method) -> None:
    with pytest.raises(CannotFit, match="Nobody new shares"):
        fit(Curve([50.0] * 20, 1000), kind(), method)


@pytest.mark.parametrize("kind", [OneRate, TwoRates])
def test_a_curve_that_nobody_starts_needs_a_source(kind: Any) -> None:
    with pytest.raises(CannotFit, match="starts with nobody sharing"):
        fit(Curve([0, 2, 5, 9, 15, 20], 100), kind())


def test_one_bad_curve_among_many_is_refused_too() -> None:
    counts = np.array([[1, 2, 3, 4, 5], [2, 2, 2, 2, 2]], dtype=float)[:, None]
    with pytest.raises(CannotFit, match="Nobody new shares"):
        fit_each(Observed.pools(counts, 10), OneRate(), ChainBinomial())


@pytest.mark.parametrize("counts", [[1, 1000] + [1000] * 8, [999] * 9 + [1000], [1] * 9 + [2]])
def test_curves_at_the_edges_give_finite_fits(counts: list[int]) -> None:
    for mixing in (WellMixed(8), OnNetwork(8)):
        for kind in KINDS:
            for method in METHODS:
                found = fit(Curve(counts, 1000), kind(mixing), method)
                numbers = [*found.estimates.values(), found.aic, found.bic, found.rmse]
                assert np.isfinite(numbers).all()


# --- what is said about a fit --------------------------------------------------------------------


@EVERY_METHOD
@EVERY_KIND
def test_residuals_errors_and_information_criteria(kind: Any, method: Method) -> None:
    curve = run()
    found = fit(curve, kind(OnNetwork(8)), method)
    assert found.residuals == pytest.approx(curve.fraction[0] - found.curve, abs=1e-15)
    assert found.residuals[0] == pytest.approx(0.0, abs=1e-15)
    assert found.rmse == pytest.approx(np.sqrt(np.mean(found.residuals[1:] ** 2)))
    free = len(kind.parameters) + (1 if method == LeastSquares() else 0)
    assert found.aic == pytest.approx(2 * free - 2 * found.log_likelihood)
    assert found.bic == pytest.approx(free * np.log(60) - 2 * found.log_likelihood)
    told = list(found.estimates.values())
    if kind is OneRate:
        assert found.curve == pytest.approx(on_network.rounds(told, [1.0], 8, 0.01, 60))


def test_the_likelihood_is_that_of_binomials_and_of_normal_errors() -> None:
    curve = run()
    chain = fit(curve, TwoRates(OnNetwork(8)), ChainBinomial())
    new, left = np.diff(curve.counts[0]), 1000 - curve.counts[0, :-1]
    chance = np.diff(chain.curve) / (1.0 - chain.curve[:-1])
    told = stats.binom.logpmf(new, left, chance) - stats.binom.logpmf(new, left, new / left)
    most = np.where(new > 0, new * np.log(np.maximum(new, 1) / left), 0.0)
    most += np.where(new < left, (left - new) * np.log1p(-np.minimum(new / left, 0.999999)), 0.0)
    assert chain.log_likelihood == pytest.approx((told + most).sum(), rel=1e-6)
    least = fit(curve, TwoRates(OnNetwork(8)), LeastSquares())
    spread = np.sqrt(np.mean(least.residuals[1:] ** 2))
    told = stats.norm.logpdf(least.residuals[1:], scale=spread)
    assert least.log_likelihood == pytest.approx(told.sum())


def test_each_method_is_best_at_what_it_looks_at_and_nested_models_are_ordered() -> None:
    curve = run()
    for mixing in (WellMixed(8), OnNetwork(8)):
        both = [fit(curve, TwoRates(mixing), method) for method in METHODS]
        assert both[0].rmse <= both[1].rmse
        for method, found in zip(METHODS, both, strict=True):
            one = fit(curve, OneRate(mixing), method)
            assert found.log_likelihood >= one.log_likelihood - 1e-6


def test_fits_say_what_they_are() -> None:
    curve = run()
    least = fit(curve, OneRate(WellMixed(8)), LeastSquares())
    chain = fit(curve, TwoRates(OnNetwork(8)))
    assert least.method.name == "least squares (what a learner tries first)"
    assert chain.method.name == "chain-binomial likelihood"
    assert (least.label, chain.label) == ("one rate, well-mixed", "two rates, network")
    assert chain.intervals == {}
    assert chain.with_intervals({"rate": Interval(0.1, 0.2)}).intervals["rate"].high == 0.2
    assert chain.intervals == {}


# --- models --------------------------------------------------------------------------------------


@EVERY_KIND
@EVERY_MIXING
@pytest.mark.parametrize("options", [(), (True, 0.8), (False, 1.0, True), (True, 0.7, True)])
def test_gradients_by_working_parameters_are_differences(
    kind: Any, mixing: Mixing, options: tuple[Any, ...]
) -> None:
    model: Model = PartlyObserved(kind(mixing), *options) if options else kind(mixing)
    draw = np.random.default_rng(5)
    z = np.array([[-2.0, -1.0, 0.3, 0.5, -2.0], [-3.0, 0.5, -1.0, 1.5, -3.0]])
    z = z[:, : len(model.parameters)]
    start = draw.uniform(0.01, 0.1, 2)
    shared, gradients = model.curves(z, start, 30)
    assert shared.shape == (2, 31)
    assert gradients.shape == (2, len(model.parameters), 31)
    for at in range(z.shape[1]):
        step = np.zeros_like(z)
        step[:, at] = 1e-4
        ends = [model.curves(z + sign * step, start, 30)[0] for sign in (-1, 1)]
        across = (ends[1] - ends[0]) / 2e-4
        assert gradients[:, at] == pytest.approx(across, rel=1e-4, abs=1e-6)


@EVERY_KIND
def test_first_guesses_and_bounds_have_the_shape_of_the_parameters(kind: Any) -> None:
    model: Model = kind()
    guesses = model.starts(np.array([0.1, 1e-6, 5.0]), np.array([0.3, 0.0, 1.0]))
    for guess in guesses:
        assert guess.shape == (3, len(model.parameters))
        assert np.isfinite(guess).all()
    low, high = model.bounds
    assert (low < high).all()
    assert np.isfinite(model.estimates(np.stack([low, high]))).all()


def test_the_contacts_of_the_two_mixings() -> None:
    shared = np.array([[0.1, 0.5, 1.0]])
    assert WellMixed(8).contacts(shared).tolist() == pytest.approx(np.array([[0.8, 4.0, 8.0]]))
    # At the start an agent's links lead to sharers with the chance i0; in the end all have.
    contacts = OnNetwork(8).contacts(shared)[0]
    assert contacts[0] == pytest.approx(0.8)
    assert contacts[2] == pytest.approx(8.0)
    assert (np.diff(contacts) > 0).all()


@pytest.mark.parametrize("degree", [0.0, -1.0, float("nan"), float("inf")])
def test_degrees_of_well_mixed_contacts_that_cannot_be(degree: float) -> None:
    with pytest.raises(BadValue, match="degree"):
        WellMixed(degree)


@pytest.mark.parametrize("degree", [1, 0, 2.5])
def test_networks_for_fits_need_two_neighbours(degree: Any) -> None:
    with pytest.raises(BadValue, match="well-mixed model instead"):
        OnNetwork(degree)


# --- a source alone, and curves that are observed in part ----------------------------------------

DOCTORS = physicians()
LAUNCH = Curve([0, *DOCTORS.counts[0]], 125)  # type: ignore[arg-type]
"""The physicians from month 0, in which nobody had the drug: Bass's own beginning."""


def bass(times: Any, source: float, peers: float, most: float) -> Floats:
    """Return Bass's formula for those who have adopted, as textbooks write it."""
    grown = np.exp(-(source + peers) * np.asarray(times))
    return np.asarray(most * (1.0 - grown) / (1.0 + peers / source * grown))


def test_a_source_alone_is_the_waiting_time_of_survival_analysis() -> None:
    """With one count for each month the hazard is that of a geometric waiting time."""
    found = fit(DOCTORS, SourceAlone())
    new, left = np.diff(DOCTORS.counts[0]), 125 - DOCTORS.counts[0, :-1]
    share = new.sum() / left.sum()
    assert found.estimates["source_rate"] == pytest.approx(-np.log1p(-share), rel=1e-4)
    told = (new * np.log(share) + (left - new) * np.log1p(-share)).sum()
    assert found.log_likelihood == pytest.approx(told, rel=1e-9)
    both = fit(DOCTORS, SourceAndPeers())
    assert (round(found.aic, 1), round(both.aic, 1)) == (611.1, 612.4)
    for mixing in (WellMixed(3), OnNetwork(4)):
        assert fit(DOCTORS, SourceAlone(mixing)).aic == pytest.approx(found.aic)


def test_a_free_ceiling_by_least_squares_is_what_scipy_fits_with_the_bass_formula() -> None:
    told, _ = optimize.curve_fit(bass, range(18), LAUNCH.counts[0], [0.05, 0.2, 120.0])
    found = fit(LAUNCH, SourceAndPeers(), LeastSquares(), ceiling=True)
    assert told == pytest.approx([0.0839, 0.1895, 110.36], rel=1e-3)
    values = list(found.estimates.values())
    assert [*values[:2], 125 * values[2]] == pytest.approx(told, rel=1e-3)
    assert 125 * found.curve == pytest.approx(bass(range(18), *told), abs=1e-2)


def test_a_free_ceiling_by_likelihood_is_what_a_general_optimiser_finds() -> None:
    """Peers 0.14; a likelihood ratio of 3.1 against none, and the plain one of 1.4."""
    new = np.append(np.diff(LAUNCH.counts[0]), 16.0)

    def loss(logs: Floats) -> float:
        shares = np.diff(bass(range(18), *np.exp(logs[:2]), 1 / (1 + np.exp(-logs[2]))))
        return -float((new * np.log(np.append(shares, 1.0 - shares.sum()))).sum())

    best = optimize.minimize(loss, [-2.5, -2.0, 2.0], method="Nelder-Mead",
                             options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 5000})  # fmt: skip
    found = fit(LAUNCH, SourceAndPeers(), ceiling=True)
    told = [*np.exp(best.x[:2]), 1 / (1 + np.exp(-best.x[2]))]
    assert list(found.estimates.values()) == pytest.approx(told, rel=1e-3)
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-4)
    assert found.estimates["rate"] == pytest.approx(0.14, abs=0.005)
    alone = [fit(LAUNCH, SourceAlone(), ceiling=free).log_likelihood for free in (False, True)]
    ratio = 2.0 * (found.log_likelihood - alone[1])
    assert ratio == pytest.approx(3.1, abs=0.05)
    assert stats.chi2.sf(ratio, 1) == pytest.approx(0.08, abs=0.005)
    plain = fit(LAUNCH, SourceAndPeers()).log_likelihood
    assert 2.0 * (plain - alone[0]) == pytest.approx(1.45, abs=0.05)


SEEN_IN_PART = (
    {"ceiling": True}, {"reporting": 0.6}, {"unknown_start": True},
    {"ceiling": True, "reporting": 0.8}, {"reporting": 0.7, "unknown_start": True},
)  # fmt: skip


@pytest.mark.parametrize("options", SEEN_IN_PART, ids=str)
@pytest.mark.parametrize("mixing", [WellMixed(8), OnNetwork(8)], ids=str)
@pytest.mark.parametrize("kind", [OneRate, SourceAndPeers], ids=lambda kind: kind.name)
def test_what_was_not_observed_comes_back(kind: Any, mixing: Mixing, options: Any) -> None:
    """Of 0.7 who share at all, counted from where 0.05 had; by curves that fits do not take."""
    truth, top = TRUTHS[kind.name], 0.7 if "ceiling" in options else 1.0
    start, counted = 0.02 / 0.7, options.get("reporting", 1.0)
    share = exact(mixing, truth, start).fraction[0]
    if "unknown_start" in options:
        counts = N_AGENTS * counted * (share - share[0])
    else:
        counts = N_AGENTS * counted * top * share
    found = fit(Curve(counts, N_AGENTS), kind(mixing), **options)
    told = {**truth, "ceiling": top, "initial_fraction": start}
    assert found.estimates == pytest.approx(
        {name: told[name] for name in found.estimates}, rel=5e-3
    )
    assert found.identified, found.reason
    assert found.rmse < 2e-4
    assert found.observed in found.label


def test_a_ceiling_and_a_reporting_fraction_draw_the_same_curves() -> None:
    """So only their product is determined: half of all counted, half of those who ever share."""
    some = [fit(DOCTORS, SourceAndPeers(), ceiling=True, reporting=share) for share in (1.0, 0.95)]
    assert some[0].curve == pytest.approx(some[1].curve, abs=1e-4)
    assert some[0].estimates["ceiling"] == pytest.approx(
        0.95 * some[1].estimates["ceiling"], rel=1e-3
    )
    assert some[0].estimates["rate"] == pytest.approx(some[1].estimates["rate"], rel=1e-2)


def test_a_source_alone_leaves_ceiling_and_start_open_together() -> None:
    found = fit(DOCTORS, SourceAlone(), ceiling=True, unknown_start=True)
    assert not found.identified
    assert fit(DOCTORS, SourceAlone(), ceiling=True).identified


def test_a_curve_that_nobody_starts_may_have_been_started_before() -> None:
    counts = 1000 * (well_mixed.one_rate(0.05, 8, 0.03, range(30)) - 0.03)
    model = PartlyObserved(OneRate(WellMixed(8)), unknown_start=True)
    assert can_start(Curve(counts, 1000), model)
    told = fit(Curve(counts, 1000), model).estimates
    assert told == pytest.approx({"rate": 0.05, "initial_fraction": 0.03}, rel=1e-3)


def test_more_than_are_counted_cannot_begin() -> None:
    for first in (50, 40):  # with 40 all who can be counted are counted at once
        with pytest.raises(CannotFit, match="reporting fraction above"):
            fit(Curve([first, 60, 70, 80], 100), OneRate(), reporting=0.4)
    for share in (0.0, 1.2, float("nan")):
        with pytest.raises(BadValue, match="reporting fraction"):
            PartlyObserved(OneRate(), reporting=share)


# --- the scoring ---------------------------------------------------------------------------------


def quadratic(centres: Floats, matrix: Floats) -> Any:
    def objective(z: Floats, which: Any) -> tuple[Floats, Floats, Floats]:
        gap = z - centres[which]
        gradient = gap @ matrix
        value = 0.5 * np.einsum("bp,bp->b", gap, gradient)
        return value, gradient, np.broadcast_to(matrix, (len(z), *matrix.shape))

    return objective


def test_scoring_finds_the_bottom_of_bowls() -> None:
    centres = np.random.default_rng(1).uniform(-3, 3, (7, 3))
    matrix = np.array([[2.0, 0.9, 0.0], [0.9, 1.0, 0.3], [0.0, 0.3, 40.0]])
    wide = np.array([[-9.0] * 3, [9.0] * 3])
    for starts in (np.zeros((1, 7, 3)), np.stack([np.full((7, 3), x) for x in (-8.0, 0.0, 8.0)])):
        z, value = minimise(quadratic(centres, matrix), starts, wide)
        assert z == pytest.approx(centres, abs=1e-5)
        assert value.max() < 1e-9


def test_scoring_stays_within_its_bounds_and_finds_their_best_point() -> None:
    centres = np.array([[5.0, 1.0], [0.2, -7.0], [4.0, 4.0]])
    matrix = np.array([[2.0, 0.8], [0.8, 1.0]])
    bounds = np.array([[-1.0, -2.0], [1.0, 2.0]])
    z, value = minimise(quadratic(centres, matrix), np.zeros((1, 3, 2)), bounds)
    for at in range(3):
        told = optimize.minimize(
            lambda x, c=centres[at]: 0.5 * (x - c) @ matrix @ (x - c),
            np.zeros(2),
            jac=lambda x, c=centres[at]: matrix @ (x - c),
            bounds=bounds.T,
        )
        assert z[at] == pytest.approx(told.x, abs=1e-4)
        assert value[at] == pytest.approx(told.fun, rel=1e-7)


def test_scoring_takes_the_best_of_its_starts() -> None:
    """The value (z² − 1)² + z/2 has two valleys, the deeper one at about −1.06."""

    def objective(z: Floats, which: Any) -> tuple[Floats, Floats, Floats]:  # noqa: ARG001
        x = z[:, 0]
        value, gradient = (x**2 - 1) ** 2 + x / 2, 4 * x * (x**2 - 1) + 0.5
        return value, gradient[:, None], np.maximum(12 * x**2 - 4, 1.0)[:, None, None]

    bounds = np.array([[-5.0], [5.0]])
    right = minimise(objective, np.full((1, 1, 1), 2.0), bounds)[0]
    best = minimise(objective, np.array([2.0, -2.0, 0.1]).reshape(3, 1, 1), bounds)[0]
    assert right[0, 0] == pytest.approx(0.93, abs=0.01)
    assert best[0, 0] == pytest.approx(-1.06, abs=0.01)


def test_scoring_solves_a_flat_direction_without_running_away() -> None:
    flat = np.array([[1.0, 0.0], [0.0, 0.0]])
    wide = np.array([[-50.0] * 2, [50.0] * 2])
    z, value = minimise(quadratic(np.array([[3.0, 9.0]]), flat), np.zeros((1, 1, 2)), wide)
    assert z[0] == pytest.approx([3.0, 0.0], abs=1e-5)
    assert value[0] == pytest.approx(0.0, abs=1e-9)


def test_no_better_fit_is_found_from_many_other_starts() -> None:
    """The few first guesses of two rates find what 30 random ones find, on ten hard curves."""
    curve, model, method = run(figures.SAME, 10), TwoRates(OnNetwork(8)), ChainBinomial()
    seen = Observed.each(curve)
    found = fit_each(seen, model, method).value

    def objective(z: Floats, which: Any) -> tuple[Floats, Floats, Floats]:
        shared, gradients = model.curves(z, seen.start[which], seen.n_rounds)
        return method.scores(seen, which, shared, gradients)

    draw = np.random.default_rng(6)
    starts = draw.uniform([-5.0, -5.0, -7.0], [1.0, 5.0, 7.0], (30, 10, 3))
    other = minimise(objective, starts, model.bounds)[1]
    assert (found <= other + 0.02).all()


# --- what a fit sees -----------------------------------------------------------------------------


def test_observed_counts_new_sharers_and_those_who_could_have() -> None:
    curve = Curve([[1, 3, 6], [2, 2, 4]], 10)
    pooled, each = Observed.pooled(curve), Observed.each(curve)
    assert pooled.fraction == pytest.approx(np.array([[0.15, 0.25, 0.5]]))
    assert pooled.new.tolist() == [[2, 5]]
    assert pooled.at_risk.tolist() == [[17, 15]]
    assert each.new.tolist() == [[2, 3], [0, 2]]
    assert each.at_risk.tolist() == [[9, 7], [8, 8]]
    assert (each.n_rounds, each.start.tolist()) == (2, [0.1, 0.2])
    assert replace(pooled).checked(1).n_rounds == 2
