"""The calibrated test of one rate against two: a curve against runs of homogeneous agents.

The null model is "one table for everybody". Where it is known how the agents answer, by their rule,
their table or their decisions, everybody answers as their average, on the data's own network: for
homogeneous agents that is the very process that made the data, whatever table, network, source or
memory it has. Where only the curve is known, its agents are first taken to follow the contact rule
at one rate; if that is rejected, any rising table for everybody (`newswave.equations.models`) is
tried too.

The statistic is 2 (ln L two rates − ln L one rate). Where the null model's agents do not follow the
contact rule, or no equation is about their network, one rate is the wrong thing to compare with: L
of homogeneous agents is taken in its place, with the hazard at each reach of the null model's runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve, check_curve
from newswave.core.equivalents import all_alike
from newswave.core.errors import whole_number
from newswave.core.law import Attention
from newswave.core.networks import Network, RandomRegular, Recipe, equations_apply
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import Asked, Measured
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions, SharingTable, hazard, share_probability
from newswave.core.simulation import World
from newswave.core.statistics import logit
from newswave.equations.fit import ChainBinomial, Fit, Fitted, Observed, fit_each, starts_each
from newswave.equations.models import MOST, AnyTable, Model, OneRate, OnNetwork, TwoRates, WellMixed
from newswave.equations.on_network import rounds
from newswave.equations.resample import Design, Truth, on_network, remade, well_mixed
from newswave.equations.verdict import SURE, Evidence, Null, Verdict, judge, untestable
from newswave.equations.well_mixed import two_rates

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]

FEWEST = 99
"""With fewer replicas no p-value could be as small as a verdict of two rates asks for."""

HOMOGENEOUS, TWO = "replicates of agents all alike", "replicates of two groups"
"""What progress is reported of."""

FOLD = 5.0
"""How far apart the two rates are against which the power of the test is measured."""

_POWER_SETS = 100
_BINS = np.arange(-14.0, 14.0, 0.25)
_SEEN_ENOUGH = 20.0
_NETWORKS = 10


@dataclass(frozen=True, eq=False)
class Given:
    """What is known beside a curve."""

    degree: int | None = None  # k of the network
    network: Recipe | None = None  # The network
    decisions: Decisions | None = None  # What was decided, where no table is known
    contact_rule: bool = False  # Whether every sharing neighbour is known to add the same chance

    def filled(self, curve: Curve) -> Given:
        """Return this with what the curve's setup knows of the network."""
        check_curve(curve)
        degree, network, setup = self.degree or known_degree(curve), self.network, curve.setup
        if network is None:
            network = setup.network if setup else RandomRegular(degree) if degree else None
        return replace(self, degree=degree, network=network)

    @property
    def equations_apply(self) -> bool:
        """Whether network-aware rates mean something here: see `recipes.equations_apply`."""
        return self.network is not None and equations_apply(self.network)


@dataclass(frozen=True, eq=False)
class _Same:
    """A recipe that always gives the network that is there."""

    network: Network

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:  # noqa: ARG002
        """Return the network."""
        return self.network

    def check(self, n_agents: int) -> None:
        """Do nothing: the network was built for its agents."""

    def mean_degree_for(self, n_agents: int) -> float:  # noqa: ARG002
        """Return its mean degree."""
        return self.network.mean_degree


@dataclass(frozen=True, eq=False)
class Scores:
    """What the fits of one rate and of two say of each of some pools."""

    seen: Observed  # The pools
    one: Fitted  # Their fits
    two: Fitted
    mixing: OnNetwork | WellMixed  # Of both

    @classmethod
    def of(cls, seen: Observed, mixing: OnNetwork | WellMixed) -> Scores:
        """Return the scores of some pools."""
        one = fit_each(seen, OneRate(mixing), ChainBinomial())
        return cls(seen, one, fit_each(seen, TwoRates(mixing), ChainBinomial()), mixing)

    @property
    def size(self) -> int:
        """How many pools there are."""
        return len(self.one.value)

    @property
    def ratio(self) -> Floats:
        """2 (ln L two rates − ln L one rate)."""
        return np.maximum(2.0 * (self.one.value - self.two.value), 0.0)

    def missed_by(self, model: type[OneRate] | type[TwoRates]) -> Floats:
        """Return the root mean square of the residuals of a model."""
        z = (self.one if model is OneRate else self.two).z
        shared, _ = model(self.mixing).curves(z, self.seen.start, self.seen.elapsed)
        return np.asarray(np.sqrt(((shared - self.seen.fraction)[:, 1:] ** 2).mean(axis=1)))


def p_value(null: Floats, observed: float) -> float:
    """Return the share of replicates that reach what was observed, this one counted in.

    >>> p_value(np.array([0.0, 1.0, 2.0]), 1.5)
    0.5
    """
    return float((1 + (null >= observed).sum()) / (1 + len(null)))


def statistic(null: Scores, scores: Scores, plain: bool) -> Floats:
    """Return how strongly each pool favours a second rate."""
    if plain:
        return scores.ratio
    return np.asarray(2.0 * (-scores.two.value - homogeneous_likelihood(null.seen, scores.seen)))


def homogeneous_likelihood(null: Observed, seen: Observed) -> Floats:
    """Return ln L of pools whose hazard at each reach i is that of the null model's replicates.

    The hazard is new sharers over agents at risk in bins of log-odds of i: early luck moves a run
    of homogeneous agents in time, but hardly changes how fast it goes at a given reach.
    """
    bins = _bins(null)
    size = len(_BINS) + 1
    new, risk = (np.bincount(bins.ravel(), part.ravel(), size) for part in (null.new, null.at_risk))
    known = risk > _SEEN_ENOUGH
    hazards = (new + 0.5) / (risk + 1.0)
    filled = np.interp(np.arange(size), np.flatnonzero(known), hazards[known])
    chance = np.clip(filled[_bins(seen)], 1e-9, 1 - 1e-9)
    stay = (seen.at_risk - seen.new) * np.log1p(-chance)
    return np.asarray((seen.new * np.log(chance) + stay).sum(axis=1))


def _bins(seen: Observed) -> npt.NDArray[np.int64]:
    return np.digitize(logit(seen.fraction[:, :-1], 1e-12), _BINS)


@dataclass(frozen=True, eq=False)
class Trial:
    """Makes a curve's data again and tests one rate against two, with what is known."""

    curve: Curve  # The data
    given: Given  # What is known beside it, its setup's knowledge included
    fits: tuple[Fit, ...]  # What was fitted to it (`newswave.equations.compare.fits_alone`)
    design: Design  # The shape of the data
    homogeneous: (
        Setup | None
    )  # The setup of the null model, where it is known how the agents answer
    null: Null  # The same in a word
    seed: int  # As for `newswave.equations.compare.compare`
    replicas: int
    progress: Progress | None

    @classmethod
    def of(
        cls,
        curve: Curve,
        given: Given,
        fits: tuple[Fit, ...],
        seed: int,
        replicas: int,
        progress: Progress | None,
    ) -> Trial:
        """Return the tester of a curve; what is given is `filled`."""
        check_replicas(replicas)
        design = Design.of(curve)
        design = replace(design, runs=design.pooled_runs(replicas))
        homogeneous, null = None, Null.CONTACT if given.degree else Null.MIXED
        if curve.setup is not None and given.network is not None:
            data = replace(curve.setup, network=given.network)
            homogeneous, null = _homogeneous(data, given.decisions)
        return cls(curve, given, fits, design, homogeneous, null, seed, replicas, progress)

    @property
    def degree(self) -> int | None:
        """The degree of the equations that the statistic is made with."""
        return self.given.degree

    @property
    def mixing(self) -> WellMixed | OnNetwork:
        """Under which the statistic is made."""
        return OnNetwork(self.degree) if self.degree else WellMixed()

    @cached_property
    def shown(self) -> tuple[Fit, ...]:
        """The likelihood fits that rest on what is known of the network."""
        label = OnNetwork.label if self.given.equations_apply else WellMixed.label
        return tuple(
            f for f in self.fits
            if f.model.mixing.label == label and f.method == ChainBinomial()
        )  # fmt: skip

    @cached_property
    def replicates(self) -> Floats:
        """Data sets for the intervals of fits: made with the best fit where one can be.

        On a network that no equation is about, they are made by the setup's own agents.
        """
        setup, network = self.curve.setup, self.given.network
        if self.truth is not None or network is None:
            return self._made(self.truth or self._contact, 0, "intervals")
        if setup is None or isinstance(setup.sharing, Asked):
            return self._made(self._contact, 0, "intervals")
        return self._remade(replace(setup, network=network), 0, "intervals")

    @property
    def truth(self) -> Truth | None:
        """The rates that these are made with, where the equations are about the network."""
        if self.given.equations_apply or self.given.network is None:
            return Truth.of(self._best)
        return None

    @property
    def _best(self) -> Fit:
        able = (f for f in self.shown if starts_each(self.curve, f.model))
        return min(able, key=lambda f: f.aic)

    def verdict(self) -> Verdict:
        """Return the calibrated test in numbers and words."""
        if not starts_each(self.curve, OneRate(self.mixing)):
            return untestable()
        about = self.given.equations_apply or self.given.network is None
        result = Evidence(
            null=self.null,
            p_value=p_value(self._null_statistic, self._statistic(self._here)[0]),
            likelihood_ratio=float(self._here.ratio[0]),
            power=math.nan,
            replicas=len(self._null_statistic),
            fits=self.shown if about else (),
            other_table=self._other_table,
        )
        return judge(self._if_unlike(result) if result.p_value <= SURE else self._if_like(result))

    def _if_unlike(self, result: Evidence) -> Evidence:
        """Return the evidence with what "two rates" asks for besides."""
        two = result.fit(TwoRates.name)
        if not self.null.is_known:
            if not result.may_be_two:
                return result
            if result.other_table:
                untried = self._untried
                table = math.nan if untried else self._table_p_value()
                result = replace(result, table=table, untried=untried)
                if not result.table <= SURE:
                    return result
        if two is None:
            return result
        made = (
            self.replicates
            if self._best is two
            else self._made(Truth.of(two), 0, "replicates of two rates")
        )
        return replace(result, fits_two=self._misfit(self._scores(made), TwoRates))

    def _if_like(self, result: Evidence) -> Evidence:
        """Return the evidence with what "one rate" asks for besides."""
        contact = self._null
        if self.homogeneous is not None and self._other_table:
            one = result.fit(OneRate.name)
            if one is None:
                return result
            contact = self._scores(self._made(Truth.of(one), 2, "replicates of one rate"))
        result = replace(result, fits_one=self._misfit(contact, OneRate))
        if result.fits_one <= SURE:
            return replace(result, fits_two=self._misfit(contact, TwoRates))
        if not result.known_otherwise:
            return replace(result, power=self._power())
        return result

    @cached_property
    def _here(self) -> Scores:
        """The scores of the data, as many runs of it as a replicate has."""
        some = replace(self.curve, counts=self.curve.counts[: self.design.runs], groups=(),
                       by_group=None)  # fmt: skip
        return Scores.of(Observed.pooled(some), self.mixing)

    @cached_property
    def _null(self) -> Scores:
        """The scores of the replicates of the null model."""
        if self.homogeneous is not None:
            return self._scores(self._remade(self.homogeneous, 1, HOMOGENEOUS))
        return self._scores(self._made(self._contact, 1, HOMOGENEOUS))

    @cached_property
    def _null_statistic(self) -> Floats:
        return self._statistic(self._null)

    def _statistic(self, scores: Scores) -> Floats:
        """Return how strongly each pool favours a second rate."""
        plain = self.homogeneous is None or (self.given.equations_apply and not self._other_table)
        return statistic(self._null, scores, plain)

    @property
    def _other_table(self) -> bool:
        """Whether the agents' table may be, or is known to be, another than the contact rule's."""
        if self.homogeneous is None:
            return not self.given.contact_rule
        return not is_contact(self.homogeneous)

    @cached_property
    def _contact(self) -> Truth:
        """The one contact rate that goes with the data, on their own network."""
        if self.given.network is None or self.given.equations_apply:
            rate = float(self._here.one.estimates[0, 0])
        else:
            rate = self._rate_by_runs()
        return Truth(rate, rate)

    def _rate_by_runs(self) -> float:
        """Return the one rate whose runs on the network reach as much in all as the data do.

        With the same luck a higher rate reaches no agent later, so that halving finds it.
        """
        goal = float(self.curve.counts[: self.design.runs].mean())
        design = replace(self.design, runs=max(1, -(-200 // _NETWORKS)))
        low, high = -12.0, 2.0
        for _ in range(14):
            middle = (low + high) / 2
            truth = Truth(float(np.exp(middle)), float(np.exp(middle)))
            assert self.given.network is not None
            made = on_network(truth, design, self.given.network, 3 * self.seed, _NETWORKS)
            low, high = (low, middle) if made.mean() > goal else (middle, high)
        return float(np.exp((low + high) / 2))

    @property
    def _untried(self) -> str:
        """Why no table for everybody is fitted; '' where one is."""
        if not isinstance(self.given.network, RandomRegular):
            return "such a table is fitted on random regular networks only"
        if (self.degree or 0) > MOST:
            return (
                f"such a table is fitted up to degree {MOST}, and here the degree is {self.degree}"
            )
        return ""

    def _table_p_value(self) -> float:
        """Return the p-value against the best rising table for everybody."""
        degree, network = self.degree, self.given.network
        assert degree is not None
        assert network is not None
        mixing = OnNetwork(degree)
        best = fit_each(self._here.seen, AnyTable(mixing), ChainBinomial())
        table = Measured(AnyTable(mixing).table(best.z[0], PROFILES[0].code))
        setup = Setup(self.curve.n_agents, network, OneProfile(PROFILES[0]), table)
        again = self._scores(self._remade(setup, 1, "replicates of one table", FEWEST))
        near: Model = AnyTable(mixing, tuple(best.z[0].tolist()))
        others = fit_each(again.seen, near, ChainBinomial()).value
        return p_value(others - again.two.value, float(best.value[0] - self._here.two.value[0]))

    def _power(self) -> float:
        """Return how often two equal groups, rates five to one, would be seen."""
        if self.homogeneous is None:
            sets = self._made(self._fivefold(), 2, TWO, _POWER_SETS)
        else:
            sets = self._remade(fivefold(self.homogeneous), 2, TWO,
                                _POWER_SETS)  # fmt: skip
        seen = self._statistic(self._scores(sets))
        return float((seen > np.quantile(self._null_statistic, 1 - SURE)).mean())

    def _misfit(self, again: Scores, model: type[OneRate] | type[TwoRates]) -> float:
        return p_value(again.missed_by(model), float(self._here.missed_by(model)[0]))

    def _scores(self, data: Floats) -> Scores:
        """Return the scores of data sets, those without any spread left out."""
        spread = (data[:, :, -1] > data[:, :, 0]).any(axis=1)
        return Scores.of(
            Observed.pools(data[spread], self.design.n_agents, self.design.elapsed), self.mixing
        )

    def _reporter(self, name: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(name, done, total) if self.progress else None

    def _made(self, truth: Truth, number: int, name: str, replicas: int | None = None) -> Floats:
        """Return data sets made with contact rates; `number` keeps the uses apart."""
        seed, sets = 3 * self.seed + number, replicas or self.replicas
        if self.given.network is None:
            return well_mixed(truth, self.design, 1.0, seed, sets)
        return on_network(truth, self.design, self.given.network, seed, sets, self._reporter(name))

    def _remade(self, setup: Setup, number: int, name: str, replicas: int | None = None) -> Floats:
        """Return data sets made by a setup."""
        seed, sets = 3 * self.seed + number, replicas or self.replicas
        return remade(setup, self.design, seed, sets, self._reporter(name))

    def _fivefold(self) -> Truth:
        """Return two equal groups, rates 5 to 1, that reach half as early as one rate does."""
        times, start = self.design.elapsed, self.design.first_count / self.design.n_agents

        def curve(fast: float, slow: float) -> Floats:
            if self.degree:
                whole = times.astype(np.int64)
                return rounds((fast, slow), (0.5, 0.5), self.degree, start, whole[-1])[whole]
            return two_rates(fast, slow, 0.5, 1.0, start, times)

        fast = fast_of_fivefold(self._contact.fast_rate, curve)
        return Truth(fast, fast / FOLD, 0.5)


def fast_of_fivefold(rate: float, curve: Callable[[float, float], Floats]) -> float:
    """Return the faster of two rates, five to one, that reach half as early as one rate does.

    `curve` gives i by round of two equal groups from their rates; half is half of all, or half of
    what the one rate gains.
    """
    from scipy.optimize import brentq

    target = curve(rate, rate)
    goal = min(0.5, float(target[0] + target[-1]) * 0.5)
    at = int(np.searchsorted(target, goal).clip(1, len(target) - 1))

    def ahead(log_fast: float) -> float:
        fast = math.exp(log_fast)
        return float(curve(fast, fast / FOLD)[at] - target[at])

    low, high = math.log(rate / FOLD), math.log(rate * 8)
    return math.exp(brentq(ahead, low, high)) if ahead(low) < 0 < ahead(high) else rate * 8


def check_replicas(replicas: int) -> None:
    """Raise `BadValue` if there are too few for a p-value of 0.01, or too many."""
    advice = "A p-value of 0.01 needs 99"
    whole_number("The number of bootstrap replicas", replicas, FEWEST, 100_000, advice)


def known_degree(curve: Curve) -> int | None:
    """Return the degree of the network that a curve was run on, rounded, or None if unknown."""
    if curve.setup is None:
        return None
    return max(2, round(curve.setup.network.mean_degree_for(curve.setup.n_agents)))


def _homogeneous(setup: Setup, decisions: Decisions | None) -> tuple[Setup | None, Null]:
    """Return the setup of the null model on the setup's own network, and which null it is."""
    asked = isinstance(setup.sharing, Asked)
    if asked and (decisions is None or not decisions.asked.any()):
        return None, Null.CONTACT
    setup = replace(setup, network=_Same(World.of(setup).network))
    if asked:
        assert decisions is not None
        return pooled(setup, decisions), Null.POOLED
    return all_alike(setup), Null.AVERAGE


def is_contact(homogeneous: Setup) -> bool:
    """Return whether homogeneous agents follow the contact rule and nothing else.

    >>> is_contact(all_alike(Setup())), is_contact(all_alike(Setup(repeat_ratio=0.5)))
    (True, False)
    """
    degree = homogeneous.network.mean_degree_for(homogeneous.n_agents)
    table = homogeneous.table(max(2, round(degree)))
    plain = homogeneous.attention is Attention.EVERY_ROUND and homogeneous.source_probability == 0.0
    return plain and table.contact_rates() is not None


def pooled(setup: Setup, decisions: Decisions) -> Setup:
    """Return a setup in which everybody answers as all agents together did.

    P(m) is the share of "share" among all decisions at m sharing neighbours, those of agents who
    differ mixed; one decision more, of the mean share, keeps it from 0 and 1.
    """
    asked, shared = (part.sum(axis=0)[1:] for part in
                     (decisions.total_asked, decisions.total_shared))  # fmt: skip
    chance = (shared + shared.sum() / asked.sum()) / (asked + 1.0)
    row = np.concatenate([[0.0], chance])[None]
    table = SharingTable((PROFILES[0].code,), row, source="all decisions, pooled")
    return replace(setup, mix=OneProfile(PROFILES[0]), sharing=Measured(table))


def fivefold(homogeneous: Setup) -> Setup:
    """Return two equal groups, hazards five to one, with the mean hazard of homogeneous agents."""
    mix = TwoGroups(fast_fraction=0.5)
    most = World.of(homogeneous).network.max_degree
    table = homogeneous.sharing.table(homogeneous.mix.groups, homogeneous.event, max(2, most))
    first, again = (
        share_probability(np.outer([5 / 3, 1 / 3], hazard(part[0])))
        for part in (table.probabilities, table.probabilities if table.repeat is None
                     else table.repeat)
    )  # fmt: skip
    names = tuple(group.name for group in mix.groups)
    return replace(
        homogeneous,
        mix=mix,
        sharing=Measured(SharingTable(names, first, None if table.repeat is None else again)),
    )
