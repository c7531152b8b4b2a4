"""Rates on real ties: against a GLM, brute force, and adoption made with known rates."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

import newswave as nw
from newswave.core.datasets import DATASETS, diffusion
from newswave.core.diffusion import Diffusion, Ties
from newswave.core.errors import BadValue, CannotFit
from newswave.core.sharing import share_probability
from newswave.equations.on_ties import (
    MODELS,
    Term,
    TieComparison,
    adoptions,
    compare_ties,
    fit_ties,
    tie_tests,
)

Floats = npt.NDArray[np.float64]

BOTH = (Term.SOURCE, Term.PEERS)
NAMES = tuple(DATASETS)


@functools.cache
def study(name: str) -> Diffusion:
    return diffusion(name)


@functools.cache
def compared(name: str) -> TieComparison:
    return compare_ties(study(name), replicas=99)


def hazards(people: Diffusion, terms: dict[Term, float], ties: Ties) -> list[tuple[float, bool]]:
    """Return hazard and answer of each period of each person, one by one, by plain loops."""
    named = {(int(a), int(b)) for a, b in people.namings}
    met = {
        Ties.NAMED: named,
        Ties.NAMING: {(b, a) for a, b in named},
        Ties.EITHER: named | {(b, a) for a, b in named},
    }[ties]
    when, where = people.adopted.tolist(), people.community.tolist()
    result = []
    for person in range(people.n_people):
        mine = [other for own, other in met if own == person]
        here = [other for other in range(people.n_people) if where[other] == where[person]]
        for period in range(2, people.periods + 1):
            if when[person] < period:
                break
            worth = {
                Term.SOURCE: 1.0,
                Term.PEERS: sum(when[other] < period for other in mine),
                Term.ALL: sum(time < period for time in when) / len(when),
                Term.COMMUNITY: sum(when[other] < period for other in here) / len(here),
                Term.LINKS: len(mine),
            }
            total = sum(rate * worth[term] for term, rate in terms.items())
            result.append((total, when[person] == period))
    return result


def log_likelihood(people: Diffusion, terms: dict[Term, float], ties: Ties = Ties.NAMED) -> float:
    return sum(math.log(-math.expm1(-h)) if yes else -h for h, yes in hazards(people, terms, ties))


# --- the likelihood ------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", [model for model in MODELS if Term.CHANGING not in model][2:])
def test_the_likelihood_is_that_of_plain_loops(terms: tuple[Term, ...]) -> None:
    people = study("physicians")
    for ties in Ties:
        found = fit_ties(people, terms, ties)
        rates = {rate.term: rate.value for rate in found.rates}
        best = log_likelihood(people, rates, ties)
        assert found.log_likelihood == pytest.approx(best, abs=1e-6)
        for term in terms:
            for factor in (0.98, 1.02):
                other = {**rates, term: max(rates[term], 1e-4) * factor}
                assert log_likelihood(people, other, ties) <= best + 1e-9


@pytest.mark.filterwarnings("ignore:The Log link function does not respect the domain")
@pytest.mark.parametrize(("name", "terms"), [
    *((name, BOTH) for name in NAMES),
    *((name, (Term.SOURCE, Term.LINKS, Term.PEERS)) for name in NAMES[:2]),
])  # fmt: skip
def test_rates_are_those_of_a_regression(name: str, terms: tuple[Term, ...]) -> None:
    """A binomial GLM of staying with logarithmic link: ln P(not adopting) = −(a + β m + …)."""
    people = study(name)
    found = fit_ties(people, terms)
    assert min(rate.value for rate in found.rates) > 0  # a regression has no bound at 0
    exposure, links = people.exposure(), people.n_links()
    person, place = np.nonzero(people.adopted[:, None] >= np.arange(2, people.periods + 1))
    worth = {
        Term.SOURCE: np.ones(len(person)),
        Term.PEERS: exposure[person, place],
        Term.LINKS: links[person],
    }
    design = -np.column_stack([worth[term] for term in terms])
    stayed = people.adopted[person] != place + 2
    family = sm.families.Binomial(sm.families.links.Log())
    start = np.full(len(terms), 0.02)
    told = sm.GLM(stayed, design, family=family).fit(start_params=start, tol=1e-12, maxiter=300)
    assert [rate.value for rate in found.rates] == pytest.approx(told.params, rel=1e-4)
    assert found.log_likelihood == pytest.approx(told.llf, abs=1e-5)


def test_a_changing_source_alone_is_the_share_of_each_period() -> None:
    people = study("korean-women")
    found = fit_ties(people, (Term.CHANGING,))
    left, expected = people.n_people - 69, 0.0
    for year in range(2, 11):
        new = int((people.adopted == year).sum())
        expected += stats.binom.logpmf(new, left, new / left) - math.log(math.comb(left, new))
        left -= new
    assert found.log_likelihood == pytest.approx(expected, abs=1e-6)
    assert found.parameters == 9


def test_a_source_alone_is_the_fit_of_the_curve() -> None:
    """Without ties the curve holds everything: both likelihoods are of the same adoptions."""
    people = study("physicians")
    on_ties, of_curve = fit_ties(people, (Term.SOURCE,)), nw.fit(people.curve, nw.SourceAlone())
    assert on_ties.log_likelihood == pytest.approx(of_curve.log_likelihood, abs=1e-4)
    assert on_ties.rates[0].value == pytest.approx(of_curve.estimates["source_rate"], rel=1e-3)
    mixed = compared("physicians")
    well_mixed = mixed.find(Term.SOURCE, Term.ALL)
    assert mixed.curve_fit.aic == pytest.approx(well_mixed.aic, abs=0.3)


@pytest.mark.parametrize("name", NAMES)
def test_at_the_ends_of_an_interval_the_likelihood_has_lost_two(name: str) -> None:
    people = study(name)
    found = fit_ties(people, BOTH)
    half = stats.chi2.ppf(0.95, 1) / 2
    peers = found.rate(Term.PEERS)
    for end in (peers.interval.low, peers.interval.high):  # type: ignore[union-attr]
        if end > 0:
            at_end = functools.partial(_fallen, people, end)
            reached = -optimize.minimize_scalar(at_end, bounds=(1e-6, 0.5), method="bounded").fun
            assert found.log_likelihood - reached == pytest.approx(half, abs=1e-4)


def _fallen(people: Diffusion, peers: float, source: float) -> float:
    return -_quick(people, {Term.SOURCE: source, Term.PEERS: peers})


def _quick(people: Diffusion, rates: dict[Term, float]) -> float:
    """Return the likelihood of source and peers by arrays."""
    total = rates[Term.SOURCE] + rates[Term.PEERS] * people.exposure()
    period = np.arange(2, people.periods + 1)
    yes, no = (people.adopted[:, None] == period), (people.adopted[:, None] > period)
    return float(np.log(-np.expm1(-total[yes])).sum() - total[no].sum())


def test_the_jackknife_leaves_out_one_community_at_a_time() -> None:
    people = study("physicians")
    found = fit_ties(people, BOTH).rate(Term.SOURCE)
    again = []
    for one in people.communities:
        kept = people.community != one
        place = np.cumsum(kept) - 1
        inside = kept[people.namings].all(axis=1)
        fewer = Diffusion(
            people.adopted[kept], people.community[kept], place[people.namings[inside]], 17
        )
        again.append(fit_ties(fewer, BOTH).rate(Term.SOURCE).value)
    error = math.sqrt(3 / 4 * ((np.array(again) - np.mean(again)) ** 2).sum())
    reach = stats.t.ppf(0.975, 3) * error
    assert found.jackknife is not None
    assert found.jackknife.low == pytest.approx(max(0.0, found.value - reach), abs=1e-5)
    assert found.jackknife.high == pytest.approx(found.value + reach, abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_any_small_study_has_its_likeliest_rates(seed: int) -> None:
    """No rates on a grid are likelier, at bounds and inside."""
    draw = np.random.default_rng(seed)
    n = 14
    adopted = draw.choice([1.0, 2, 3, 4, np.inf], n, p=[0.2, 0.2, 0.2, 0.2, 0.2])
    adopted[:2] = 1, 3
    namings = draw.integers(0, n, (30, 2))
    namings = np.vstack([[1, 0], namings[namings[:, 0] != namings[:, 1]]])
    people = Diffusion(adopted, draw.integers(1, 4, n), namings, 4)
    found = fit_ties(people, BOTH)
    grid = np.concatenate([[1e-9], np.geomspace(3e-3, 2, 12)])
    best = max(_quick(people, {Term.SOURCE: a, Term.PEERS: b}) for a in grid for b in [0.0, *grid])
    assert found.log_likelihood >= best - 1e-6
    for rate in found.rates:
        assert rate.interval is not None
        assert rate.interval.low <= rate.value + 1e-9 <= rate.interval.high + 1e-8


# --- adoption made anew, with known rates ---------------------------------------------------------


def test_adoption_is_made_as_the_agents_of_newswave_make_it() -> None:
    """Both directions, source and contact rule: mean curves within four standard errors."""
    people = study("brazilian-farmers")
    a, rate, runs = 0.02, 0.05, 200
    made = adoptions(people, a, rate, Ties.EITHER, runs, np.random.default_rng(3))
    ours = (made[:, :, None] <= np.arange(1, 20)).sum(axis=1)
    begin = tuple(str(person + 1) for person in np.flatnonzero(people.adopted == 1))
    setup = nw.Setup(
        people.n_people,
        network=people.network,
        mix=nw.OneProfile(nw.PROFILES[0]),
        sharing=nw.SameForAll(float(share_probability(rate))),
        source_probability=float(share_probability(a)),
        event=nw.event("neutral") if "neutral" in nw.library() else nw.Setup().event,
        start=nw.Chosen(begin),
        n_seeds=len(begin),
        rounds=18,
        replicas=runs,
    )
    theirs = nw.simulate(setup).counts
    error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / runs)
    assert (np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) <= 4 * error + 1e-9).all()


@pytest.mark.parametrize(("name", "a", "rate"), [
    ("physicians", 0.05, 0.06), ("korean-women", 0.05, 0.03), ("brazilian-farmers", 0.02, 0.06),
])  # fmt: skip
def test_rates_are_found_again_on_the_real_networks(name: str, a: float, rate: float) -> None:
    """40 studies made with known rates. A right program fails this 1 time in 500 or less often.

    Means within 3.5 standard errors; 95 % intervals hold the truth in 33 of 40 or more (a binomial
    of 40 at 0.95 is lower 1 time in 3000).
    """
    people, runs = study(name), 40
    made = adoptions(people, a, rate, Ties.NAMED, runs, np.random.default_rng(11))
    fits = [fit_ties(replace(people, adopted=one), BOTH) for one in made]
    for term, true in ((Term.SOURCE, a), (Term.PEERS, rate)):
        rates = [one.rate(term) for one in fits]
        values = np.array([one.value for one in rates])
        assert abs(values.mean() - true) <= 3.5 * values.std(ddof=1) / math.sqrt(runs)
        held = sum(r.interval.low <= true <= r.interval.high for r in rates if r.interval)
        assert held >= 33


def _times(people: Diffusion, hazard: Floats, draw: np.random.Generator) -> Diffusion:
    """Return the people with times of adoption under a hazard of each in each period, no peers."""
    total = np.cumsum(hazard, axis=1)
    passed = total >= draw.exponential(size=(people.n_people, 1))
    when = np.where(passed.any(axis=1), passed.argmax(axis=1) + 1.0, np.inf)
    return replace(people, adopted=when)


def _rejected(made: list[Diffusion]) -> list[int]:
    """Return in how many studies each test's ratio is the largest of 20: p = 0.05."""
    found = [tie_tests(one, replicas=19, seed=at) for at, one in enumerate(made, 1)]
    return [sum(tests[which].p_value <= 0.05 for tests in found) for which in range(3)]


def test_the_tests_keep_their_error_chance_where_ties_carry_nothing() -> None:
    """40 studies a null, p ≤ 0.05 in 2 expected; over 8 has a chance of 0.0001 each.

    What each test does not allow for, it rejects: a source that rises and differs between villages
    looks like peers to the first, and people with more ties who adopt sooner to the second.
    """
    people, draw = study("brazilian-farmers"), np.random.default_rng(5)
    few = study("physicians")
    flat = np.full((few.n_people, few.periods), 0.1)
    _, place = np.unique(people.community, return_inverse=True)
    village = np.linspace(0.3, 2.0, 11)[place]
    rising = 0.12 * village[:, None] * np.linspace(0.02, 1.0, people.periods)
    sooner = rising * (0.2 + np.clip(people.n_links(), 0, 6)[:, None] / 2)
    flats, rises, linked = (
        [_times(them, hazard, draw) for _ in range(40)]
        for them, hazard in ((few, flat), (people, rising), (people, sooner))
    )
    assert max(_rejected(flats)) <= 8
    first, second, third = _rejected(rises)
    assert first >= 36
    assert max(second, third) <= 8
    first, second, third = _rejected(linked)
    assert second > third


def test_peers_are_seen_where_they_are() -> None:
    """20 studies made with peers as strong as the women's: seen in 18 or more at p = 0.05."""
    people = study("korean-women")
    made = adoptions(people, 0.07, 0.03, Ties.NAMED, 20, np.random.default_rng(8))
    assert min(_rejected([replace(people, adopted=one) for one in made])) >= 18


# --- what the studies say ------------------------------------------------------------------------


def test_the_physicians_need_no_peers() -> None:
    found = compared("physicians")
    assert min(test.p_value for test in found.tests) > 0.05
    peers = found.find(*BOTH).rate(Term.PEERS)
    assert peers.interval is not None
    assert peers.interval.low == 0.0
    assert found.find(Term.SOURCE).aic < found.find(*BOTH).aic


@pytest.mark.parametrize("name", ["korean-women", "brazilian-farmers"])
def test_the_villagers_ties_say_more_than_their_villages_curve(name: str) -> None:
    found = compared(name)
    assert max(test.p_value for test in found.tests) <= 0.05
    peers = found.find(Term.CHANGING, Term.PEERS).rate(Term.PEERS)
    assert peers.interval is not None
    assert peers.interval.low > 0.01


def test_peers_alone_are_impossible_and_it_is_counted() -> None:
    found = compared("physicians").find(Term.PEERS)
    people = study("physicians")
    exposure = people.exposure()
    alone = sum(
        exposure[person, int(people.adopted[person]) - 2] == 0
        for person in np.flatnonzero(np.isfinite(people.adopted) & (people.adopted > 1))
    )
    assert (found.impossible, found.log_likelihood) == (alone, -math.inf) == (38, -math.inf)


def test_doses_count_everybody_once() -> None:
    found = compared("korean-women")
    assert sum(dose.shared for dose in found.doses) == 604
    assert found.doses[0].exposure == 0
    expected = sum(dose.expected * dose.asked for dose in found.doses)
    assert expected == pytest.approx(604, rel=0.02)


# --- what cannot be fitted ------------------------------------------------------------------------


def test_what_cannot_be_fitted_is_refused_with_a_reason() -> None:
    people = study("physicians")
    early = replace(people, adopted=np.where(people.adopted == 1, 1.0, np.inf))
    with pytest.raises(CannotFit, match="after the first period"):
        fit_ties(early)
    nobody = replace(people, namings=np.zeros((0, 2)), kinds=())
    with pytest.raises(CannotFit, match="peers"):
        fit_ties(nobody)
    for wrong in ((), (Term.PEERS, Term.PEERS), ("peers",), (Term.SOURCE, Term.CHANGING)):
        with pytest.raises(BadValue):
            fit_ties(people, wrong)  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="no such term"):
        fit_ties(people).rate(Term.ALL)
    with pytest.raises(BadValue, match="no such fit"):
        compared("physicians").find(Term.LINKS)
