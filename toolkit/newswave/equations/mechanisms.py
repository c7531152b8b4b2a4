"""What the second rate is: mechanisms fitted to several curves together, tested and told apart.

One curve seldom tells why it bends; several, at other degrees, numbers of seeds or sizes, can. Each
mechanism is fitted to all curves at once with the same rates, by the chain-binomial likelihood.
Agents with the fitted rates then make the data again, and two questions are put to them:

- does the mechanism fit (goodness of fit)? How far the data are from its mean curve, in what its
  own rates cannot move, is held against how far its replicates are;
- does another one fit better? By how much the data are nearer to the other than to this one is held
  against the same of this one's replicates (Cox's test of separate families, by simulation:
  D. R. Cox, J. R. Stat. Soc. B 24, 406, 1962).

Distances are those of Mahalanobis between log-odds at some rounds of each curve, with the
covariance of the replicates, in which the luck of the first rounds is the largest part; what the
rates can move is taken out by one step of generalised least squares. Data and replicates are
treated alike, covariance included, so that p-values are uniform where the mechanism is true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np

from newswave.core.curve import Curve, check_curve
from newswave.core.errors import BadValue, one_of, whole_number
from newswave.core.events import DEFAULT_EVENT_ID, event
from newswave.core.law import Law
from newswave.core.networks import RandomRegular
from newswave.core.offline import Decays, Fading, Feedback
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import ByGroup, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import Floats, SharingTable, share_probability
from newswave.core.statistics import logit
from newswave.equations import offline
from newswave.equations.compare import POWER
from newswave.equations.fit import ChainBinomial, Observed, can_start, first_guesses, minimise
from newswave.equations.intervals import Interval
from newswave.equations.models import (
    LOG_RATE,
    OneRate,
    OnNetwork,
    SourceAndPeers,
    Spread,
    TwoRates,
)
from newswave.equations.on_network import masters
from newswave.equations.replicates import (
    FOLD,
    SURE,
    Design,
    Progress,
    check_replicas,
    known_degree,
    p_value,
    remade,
)

REPLICAS = 199
_LEVELS = 10
_STEP = 1e-4
_POWER_SETS = 50
_FIRST_LOOK = 40
_FAR = 4.0
_DEGREES = (2, 3, 4, 6, 8, 12, 16, 24)
_FIRST = (0.002, 0.01, 0.05, 0.2)

Rates = dict[str, float]


# The mechanisms: each a model that draws curves, and agents that act by it.


@dataclass(frozen=True)
class Theoretical:
    """A model that is known by the curves of its theory; its gradients are differences.

    Working parameters are the logarithms of its parameters.
    """

    mixing: OnNetwork
    form: Form

    @property
    def name(self) -> str:
        """The name of the mechanism."""
        return self.form.name

    @property
    def parameters(self) -> tuple[str, ...]:
        """Those of the form."""
        return self.form.parameters

    @property
    def bounds(self) -> Floats:
        """Lowest and highest z, shape (2, P)."""
        return np.array(self.form.bounds).T

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return the form's guesses, from a guessed rate."""
        return [
            np.log(np.stack([x * speed if by_speed else x + 0 * speed for x, by_speed in guess], 1))
            for guess in self.form.guesses
        ]

    def estimates(self, z: Floats) -> Floats:
        """Return the parameters."""
        return np.exp(z)

    def curves(self, z: Floats, start: Floats, times: Any) -> tuple[Floats, Floats]:
        """Return i and its gradients by z, by small differences."""
        count, size = z.shape
        at = np.asarray(times).astype(np.int64)
        moved = np.concatenate([z, *(z + _STEP * unit for unit in np.eye(size))])
        starts = np.tile(start, size + 1)
        shared = self.form.course(np.exp(moved).T, self.mixing.degree, starts, int(at[-1]))[:, at]
        base, others = shared[:count], shared[count:].reshape(size, count, -1)
        return base, ((others - base) / _STEP).transpose(1, 0, 2)


@dataclass(frozen=True)
class Form:
    """A mechanism with a theory of its own: what its parameters are, and its curve."""

    name: str
    parameters: tuple[str, ...]
    bounds: tuple[tuple[float, float], ...]  # Of the logarithm of each parameter
    # First guesses: each number, and whether it is a multiple of the guessed rate
    guesses: tuple[tuple[tuple[float, bool], ...], ...]
    # From parameters (P, B), degree, first fractions (B,) and T to i (B, T + 1)
    course: Callable[[Floats, int, Floats, int], Floats]


def _fading(values: Floats, degree: int, start: Floats, last: int) -> Floats:
    source, rate, lifetime = values
    away = offline.Offline(source=lambda time: source * np.exp(-time / lifetime))
    return offline.rounds([rate], [1.0], degree, start, away, last).shared


def _feedback(values: Floats, degree: int, start: Floats, last: int) -> Floats:
    rate, strength = values
    usual = Feedback()
    loop = offline.Offline(strength=strength, act=usual.act, stop=usual.stop)
    return offline.rounds([rate], [1.0], degree, start, loop, last).shared


def _ageing(values: Floats, degree: int, start: Floats, last: int) -> Floats:
    rate, lifetime = values
    old = offline.Offline(fresh=lambda time: np.exp(-time / lifetime))
    return offline.rounds([rate], [1.0], degree, start, old, last).shared


def _repeated(values: Floats, degree: int, start: Floats, last: int) -> Floats:
    count = np.arange(degree + 1.0)
    rows = [share_probability(np.outer(rate, count)) for rate in values]
    laws = [
        Law.of(SharingTable(("all",), first[None], again[None]), degree)
        for first, again in zip(*rows, strict=True)
    ]
    result = np.empty((len(start), last + 1))
    for i0 in np.unique(start):
        which = np.flatnonzero(start == i0)
        result[which] = masters([laws[at] for at in which], [1.0], degree, float(i0), last)
    return result


_RATE, _LIFETIME = LOG_RATE, (math.log(0.5), math.log(2000.0))
_FADING = Form(
    "a fading source", ("source_rate", "rate", "source_lifetime"), (_RATE, _RATE, _LIFETIME),
    (((0.3, True), (0.7, True), (8.0, False)), ((2.0, True), (0.3, True), (3.0, False)),
     ((0.1, True), (0.9, True), (20.0, False))), _fading,
)  # fmt: skip
_FEEDBACK = Form(
    "feedback", ("rate", "feedback_rate"), (_RATE, _RATE),
    (((0.8, True), (1.0, True)), ((0.3, True), (5.0, True))), _feedback,
)  # fmt: skip
_AGEING = Form(
    "news that gets old", ("rate", "news_lifetime"), (_RATE, _LIFETIME),
    (((1.5, True), (20.0, False)), ((1.1, True), (100.0, False))), _ageing,
)  # fmt: skip
_REPEATED = Form(
    "first against repeated exposure", ("first_rate", "repeat_rate"), (_RATE, _RATE),
    (((3.0, True), (0.5, True)), ((0.5, True), (1.5, True))), _repeated,
)  # fmt: skip


@dataclass(frozen=True)
class Mechanism:
    """One answer to what the second rate is.

    Parameters
    ----------
    name : str
        In a student's words.
    model : callable
        From a mixing to the model that draws its curves.
    agents : callable
        From its rates to the fields of a setup whose agents act by it.
    within : tuple of str
        The mechanisms that are special cases of it: where one of them fits, it is not needed.
    """

    name: str
    model: Callable[[OnNetwork], Any]
    agents: Callable[[Rates], dict[str, Any]]
    within: tuple[str, ...] = ("one rate",)


def _chance(rate: float) -> float:
    return float(share_probability(rate))


def _groups(r: Rates) -> dict[str, Any]:
    rule = ByGroup(_chance(r["fast_rate"]), _chance(min(r["slow_rate"], r["fast_rate"])))
    return {"mix": TwoGroups(fast_fraction=r["fast_fraction"]), "sharing": rule}


def _source(r: Rates) -> dict[str, Any]:
    return {"sharing": SameForAll(_chance(r["rate"])),
            "source_probability": _chance(r["source_rate"])}  # fmt: skip


MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism("one rate", OneRate, lambda r: {"sharing": SameForAll(_chance(r["rate"]))}, ()),
    Mechanism("two groups", TwoRates, _groups),
    Mechanism(
        "a spread of rates", Spread,
        lambda r: {"sharing": SameForAll(_chance(r["mean_rate"])),
                   "rate_variation": r["rate_variation"]},
    ),
    Mechanism("a source", SourceAndPeers, _source),
    Mechanism(
        _FADING.name, lambda mixing: Theoretical(mixing, _FADING),
        lambda r: {**_source(r), "source_shape": Fading(r["source_lifetime"])},
        ("one rate", "a source"),
    ),
    Mechanism(
        _FEEDBACK.name, lambda mixing: Theoretical(mixing, _FEEDBACK),
        lambda r: {"sharing": SameForAll(_chance(r["rate"])),
                   "feedback": Feedback(r["feedback_rate"])},
    ),
    Mechanism(
        _REPEATED.name, lambda mixing: Theoretical(mixing, _REPEATED),
        lambda r: {"sharing": SameForAll(_chance(r["first_rate"])),
                   "repeat_ratio": r["repeat_rate"] / r["first_rate"]},
    ),
    Mechanism(
        _AGEING.name, lambda mixing: Theoretical(mixing, _AGEING),
        lambda r: {"sharing": SameForAll(_chance(r["rate"])),
                   "ageing": Decays(r["news_lifetime"])},
    ),
)  # fmt: skip
"""Every mechanism, the simplest first."""


# One mechanism and all curves: the joint fit.


@dataclass(frozen=True, eq=False)
class _Data:
    """The curves, with what is known of each."""

    curves: tuple[Curve, ...]
    degrees: tuple[int, ...]
    replicas: int

    @cached_property
    def seen(self) -> tuple[Observed, ...]:
        return tuple(Observed.pooled(curve) for curve in self.curves)

    @cached_property
    def designs(self) -> tuple[Design, ...]:
        every = (Design.of(curve) for curve in self.curves)
        return tuple(replace(one, runs=one.pooled_runs(self.replicas)) for one in every)

    @property
    def counts(self) -> list[Floats]:
        """Mean counts of each curve, (1, T + 1) each."""
        pairs = zip(self.seen, self.curves, strict=True)
        return [seen.fraction * curve.n_agents for seen, curve in pairs]

    @cached_property
    def at(self) -> tuple[Any, ...]:
        """Which counts of each curve are looked at: where it passes even steps of log-odds."""
        return tuple(_places(seen.fraction[0]) for seen in self.seen)

    def features(self, counts: Sequence[Floats]) -> list[Floats]:
        """Return the log-odds of mean counts of each curve at its places, (B, places) each."""
        return [
            logit((mean[:, at] + 0.5) / (curve.n_agents + 1.0))
            for mean, at, curve in zip(counts, self.at, self.curves, strict=True)
        ]


def _places(fraction: Floats) -> Any:
    """Return up to ten counts after the first, at even steps of the log-odds of the curve."""
    odds = logit(np.clip(fraction, 1e-4, 1 - 1e-4))
    moving = np.flatnonzero(fraction < fraction[-1])
    last = int(moving[-1]) + 1 if len(moving) else len(fraction) - 1
    wanted = np.linspace(odds[0], odds[last], _LEVELS + 1)[1:]
    at = np.searchsorted(np.maximum.accumulate(odds), wanted - 1e-12).clip(1, last)
    return np.unique(np.append(at, 1))


@dataclass(frozen=True, eq=False)
class JointFit:
    """One mechanism fitted to several curves with the same rates.

    Parameters
    ----------
    mechanism : str
        Its name.
    estimates : dict of str to float
        The rates that all curves share.
    intervals : dict of str to Interval
        Their 95 % intervals, from the replicates: one step of Fisher scoring stands for a new fit.
    log_likelihood, aic : float
        Chain-binomial; the AIC does not allow for early luck.
    p_value : float
        Goodness of fit: the share of replicates of this mechanism that are as far from it.
    replicas : int
        How many replicates that rests on: 40 where the data are more than twice as far as all of
        these, which rules a mechanism out, whatever more of them would say.
    rivals : dict of str to float
        For each other mechanism that fits: the share of replicates of this one that look as much
        like the other.
    curves : tuple of array
        Its i by round, for each curve.
    stands : bool
        Whether neither its own fit nor a rival rules it out, at p ≤ 0.01.
    """

    mechanism: str
    estimates: Rates
    intervals: dict[str, Interval]
    log_likelihood: float
    aic: float
    p_value: float
    replicas: int
    rivals: dict[str, float]
    curves: tuple[Floats, ...]
    stands: bool


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A joint fit with what its tests need."""

    mechanism: Mechanism
    models: tuple[Any, ...]
    z: Floats
    value: float
    data: _Data

    @property
    def estimates(self) -> Rates:
        values = self.models[0].estimates(self.z[None])[0]
        return dict(zip(self.models[0].parameters, map(float, values), strict=True))

    def curve(self, model: Any, start: float, last: int) -> Floats:
        """Return i of a model with these rates."""
        result: Floats = model.curves(self.z[None], np.array([start]), np.arange(last + 1.0))[0][0]
        return result

    @cached_property
    def courses(self) -> tuple[tuple[Floats, Floats], ...]:
        """The fraction that has shared and its gradients by z, of each curve."""
        pairs = zip(self.models, self.data.seen, strict=True)
        made = (model.curves(self.z[None], seen.start, seen.elapsed) for model, seen in pairs)
        return tuple((shared[0], gradients[0]) for shared, gradients in made)

    @cached_property
    def slopes(self) -> Floats:
        """The gradients of the features by z, (P, features)."""
        parts = []
        for (shared, gradients), at in zip(self.courses, self.data.at, strict=True):
            i = np.clip(shared[at], 1e-6, 1.0 - 1e-6)
            parts.append(gradients[:, at] / (i * (1.0 - i)))
        return np.concatenate(parts, axis=1)

    def made(self, seed: int, replicas: int) -> list[Floats]:
        """Return mean counts of each curve, made again by agents with these rates."""
        return remade_curves(self.mechanism.agents(self.estimates), self.data, seed, replicas)


def remade_curves(agents: dict[str, Any], data: _Data, seed: int, replicas: int) -> list[Floats]:
    """Return mean counts of each curve by agents with some fields, (replicas, T + 1) each."""
    made = []
    for place, (design, degree) in enumerate(zip(data.designs, data.degrees, strict=True)):
        rounds = int(design.elapsed[-1])
        plain = {"mix": OneProfile(PROFILES[0]), "event": event(DEFAULT_EVENT_ID), **agents}
        setup = Setup(design.n_agents, RandomRegular(degree), rounds=rounds, n_seeds=1, **plain)
        made.append(remade(setup, design, 101 * seed + place, replicas).mean(axis=1))
    return made


def _fit(mechanism: Mechanism, data: _Data) -> _Fitted | None:
    """Return the joint fit of a mechanism; None where it could not start every curve."""
    models = tuple(mechanism.model(OnNetwork(degree)) for degree in data.degrees)
    if not all(can_start(curve, models[0]) for curve in data.curves):
        return None
    pairs = list(zip(models, data.seen, strict=True))
    method = ChainBinomial()

    def objective(z: Floats, which: Any) -> tuple[Floats, Floats, Floats]:
        parts = []
        for model, seen in pairs:
            shared, gradients = model.curves(z, seen.start[which], seen.elapsed)
            parts.append(method.scores(seen, which, shared, gradients))
        value, gradient, information = (sum(part) for part in zip(*parts, strict=True))
        return np.asarray(value), np.asarray(gradient), np.asarray(information)

    starts = np.concatenate([first_guesses(seen, model) for model, seen in pairs])
    z, value = minimise(objective, starts, models[0].bounds)
    return _Fitted(mechanism, models, z[0], float(value[0]), data)


# What the replicates say: how far the data are from each mechanism.


@dataclass(frozen=True, eq=False)
class _World:
    """A fit with its replicates: the scale on which distances from it are measured."""

    fitted: _Fitted
    made: list[Floats]  # Mean counts of each curve, (replicas, T + 1)

    @cached_property
    def pool(self) -> Floats:
        """The features of the data, first, and of the replicates, (1 + replicas, features)."""
        data = self.fitted.data
        together = [np.concatenate(both) for both in zip(data.counts, self.made, strict=True)]
        return np.concatenate(data.features(together), axis=1)

    @cached_property
    def _scale(self) -> _Scale:
        return _Scale.of(self.pool, self.fitted)

    @cached_property
    def is_hopeless(self) -> bool:
        """Whether the data are far beyond all replicates, on the scale of these alone."""
        own = _Scale.of(self.pool[1:], self.fitted).distances(self.pool)
        return bool(own[0] > _FAR * own[1:].max())

    @cached_property
    def own(self) -> Floats:
        """The distances of the pool."""
        return self._scale.distances(self.pool)

    @property
    def fits(self) -> bool:
        """Whether its goodness of fit leaves it standing."""
        return len(self.pool) > _FIRST_LOOK + 1 and self.p_value > SURE

    @property
    def p_value(self) -> float:
        """Goodness of fit."""
        return p_value(self.own[1:], float(self.own[0]))

    @property
    def intervals(self) -> dict[str, Interval]:
        """The 95 % interval of each rate: the estimate less the errors of replicates."""
        fitted, method = self.fitted, ChainBinomial()
        score, information = np.zeros(1), np.zeros(1)
        for (shared, gradients), counts, seen, curve in zip(
            fitted.courses, self.made, fitted.data.seen, fitted.data.curves, strict=True
        ):
            again = Observed.pools(counts[:, None], curve.n_agents, seen.times)
            every = np.arange(len(counts))
            parts = method.scores(again, every, shared[None], gradients[None])
            score, information = score + parts[1], information + parts[2].mean(axis=0)
        errors = -np.linalg.lstsq(information, score.T, rcond=1e-10)[0].T
        low, high = fitted.models[0].bounds
        values = fitted.models[0].estimates(np.clip(fitted.z - errors, low, high))
        ends = np.quantile(values, [0.025, 0.975], axis=0, method="weibull").T
        names = fitted.models[0].parameters
        return {n: Interval(float(a), float(b)) for n, (a, b) in zip(names, ends, strict=True)}

    def p_against(self, rival: _World) -> float:
        """Return the share of replicates that look as much like the rival as the data do.

        Each with the rates of this mechanism that suit it best, for so the data have been fitted.
        """
        nearer = self.own - rival.distances(self._scale.settled(self.pool))
        return p_value(nearer[1:], float(nearer[0]))

    def distances(self, features: Floats) -> Floats:
        """Return how far each of some data sets is from this mechanism."""
        return self._scale.distances(features)


@dataclass(frozen=True, eq=False)
class _Scale:
    """Centre and covariance of features, and what the rates of a mechanism can move."""

    centre: Floats
    inverse: Floats  # Of the covariance, in which curves are independent
    slopes: Floats  # (P, features)

    @classmethod
    def of(cls, pool: Floats, fitted: _Fitted) -> _Scale:
        """Return the scale of a pool of features."""
        inverse, at = np.zeros((pool.shape[1],) * 2), 0
        for places in fitted.data.at:
            part = slice(at, at + len(places))
            spread = np.atleast_2d(np.cov(pool[:, part], rowvar=False))
            ridge = 1e-6 * np.trace(spread) / len(places) + 1e-12
            inverse[part, part] = np.linalg.inv(spread + ridge * np.eye(len(places)))
            at += len(places)
        return cls(pool.mean(axis=0), inverse, fitted.slopes)

    def settled(self, features: Floats) -> Floats:
        """Return features less what the rates could move them, by generalised least squares."""
        along = self.inverse @ self.slopes.T
        inner = self.slopes @ along
        inner += 1e-9 * np.trace(inner) / len(inner) * np.eye(len(inner))
        return np.asarray(
            features - (features - self.centre) @ along @ np.linalg.solve(inner, self.slopes)
        )

    def distances(self, features: Floats) -> Floats:
        """Return the squared distances of features from the centre, whatever the rates."""
        gap = self.settled(features) - self.centre
        return np.asarray(np.einsum("bi,ij,bj->b", gap, self.inverse, gap))


def _worlds(
    fits: Sequence[_Fitted], seed: int, replicas: int, progress: Progress | None
) -> dict[str, _World]:
    """Return the fits with their replicates, forty for those that these show to be hopeless."""
    worlds = {}
    for at, one in enumerate(fits):
        if progress is not None:
            progress("replicates", at, len(fits))
        world = _World(one, one.made(seed, _FIRST_LOOK))
        if not world.is_hopeless:
            more = one.made(seed + 7919, replicas - _FIRST_LOOK)
            both = [np.concatenate(pair) for pair in zip(world.made, more, strict=True)]
            world = _World(one, both)
        worlds[one.mechanism.name] = world
    if progress is not None:
        progress("replicates", len(fits), len(fits))
    return worlds


def _tested(fits: Sequence[_Fitted], worlds: dict[str, _World]) -> tuple[JointFit, ...]:
    """Return the fits with what replicates say of them, one by one and against each other."""
    fitting = {name for name, world in worlds.items() if world.fits}
    result = []
    for one in fits:
        name, world = one.mechanism.name, worlds[one.mechanism.name]
        others = sorted(fitting - {name}) if name in fitting else []
        rivals = {other: world.p_against(worlds[other]) for other in others}
        stands = name in fitting and all(p > SURE for p in rivals.values())
        aic = 2.0 * len(one.z) + 2.0 * one.value
        courses = tuple(shared for shared, _ in one.courses)
        tested = (world.p_value, len(world.pool) - 1, rivals)
        result.append(
            JointFit(
                name, one.estimates, world.intervals, -one.value, aic, *tested, courses, stands
            )
        )
    return tuple(result)


# The answer, in a student's words, and what to run next.


class Told(Enum):
    """What a comparison of mechanisms comes to."""

    NAMED = "one mechanism"
    CANNOT_TELL = "cannot tell"
    NOTHING = "nothing we tried fits"


@dataclass(frozen=True)
class NextRun:
    """A further run that would tell apart what is left.

    Parameters
    ----------
    degree, n_seeds, n_agents, rounds : int
        What to run, all else as before.
    gap : float
        How far apart the two mechanisms that stay closest would be, at most, in i.
    at : int
        The round of that gap.
    apart : float
        The gap over what luck alone does to i there, about: two or more is clear.
    """

    degree: int
    n_seeds: int
    n_agents: int
    rounds: int
    gap: float
    at: int
    apart: float

    @property
    def words(self) -> str:
        """The same in words."""
        start = "nobody" if not self.n_seeds else f"{self.n_seeds} of {self.n_agents}"
        clear = "" if self.apart >= 2.0 else " That is little: several such runs are needed."
        return (
            f"Run it with {self.degree} neighbours each and {start} sharing at round 0: what is "
            f"left would then differ by {100 * self.gap:.0f} points or more around round {self.at}."
            f"{clear}"
        )


@dataclass(frozen=True, eq=False)
class Mechanisms:
    """Mechanisms fitted to several curves together, and which of them stand.

    Parameters
    ----------
    curves : tuple of Curve
        The data.
    degrees : tuple of int
        k of each.
    fits : tuple of JointFit
        Every mechanism that can start the curves, the simplest first.
    told : Told
        Whether one is named, several are left, or none fits.
    name : str
        The mechanism that is named; "" where none is.
    left : tuple of str
        Those that stand and are needed: none that holds a simpler one that stands.
    power : float
        Where one rate is named or left: the chance that two equal groups whose rates differ
        fivefold would have ruled it out; else NaN.
    words : str
        The answer for a student, with what it does and does not mean.
    next_run : NextRun or None
        Which further run would tell apart what is left.
    """

    curves: tuple[Curve, ...]
    degrees: tuple[int, ...]
    fits: tuple[JointFit, ...]
    told: Told
    name: str
    left: tuple[str, ...]
    power: float
    words: str
    next_run: NextRun | None = None

    def find(self, name: str) -> JointFit:
        """Return the fit of a mechanism by its name."""
        one_of("mechanism", name, [fit.mechanism for fit in self.fits])
        return next(fit for fit in self.fits if fit.mechanism == name)


def compare_mechanisms(
    curves: Sequence[Curve] | Curve,
    degrees: Sequence[int] = (),
    *,
    seed: int = 1,
    replicas: int = REPLICAS,
    progress: Progress | None = None,
) -> Mechanisms:
    """Fit every mechanism to several curves together and say which of them explain all.

    Curves of the same agents at other degrees, numbers of seeds or sizes tell mechanisms apart that
    draw the same single curve. Each is fitted with the same rates for all curves (chain-binomial
    likelihood, network-aware equations), and held against runs of agents that act by it.

    Parameters
    ----------
    curves : sequence of Curve
        One or more; each may hold several runs, which are pooled.
    degrees : sequence of int, optional
        k of the random regular network of each curve; curves that newswave ran know their own.
    seed : int
        For the replicates.
    replicas : int
        How many times each mechanism's agents make the data again, 99 or more.
    progress : callable, optional
        Called with what is being done, done and total.

    Returns
    -------
    Mechanisms
        The fits with goodness of fit and what speaks against each, the answer, what to run next.

    Raises
    ------
    CannotFit
        If a curve is too short or nobody new shares.
    BadValue
        If a degree is not known, or there is not one for each curve.

    Notes
    -----
    A mechanism is given up at p ≤ 0.01: where fewer than 1 in 100 of its replicates are as far from
    it, or look as much like another that fits. So where one is true it is given up in about 1 of
    100 comparisons for each question that is put to it. One that holds a simpler one that stands is
    not counted: it can draw all the other can. "One rate" is named only where two equal groups with
    rates five to one would have been seen in 80 % of such comparisons.

    References
    ----------
    D. R. Cox, J. R. Stat. Soc. B 24, 406 (1962). S. N. Wood, Nature 466, 1102 (2010): distances in
    the covariance of simulated data.

    Examples
    --------
    >>> from newswave.core.simulation import simulate
    >>> setups = [Setup(1000, n_seeds=10, replicas=1, seed=k).with_degree(k) for k in (4, 8)]
    >>> compare_mechanisms([simulate(one) for one in setups], replicas=99).name
    'two groups'
    """
    data = _data([curves] if isinstance(curves, Curve) else curves, degrees, replicas)
    made = (_fit(mechanism, data) for mechanism in MECHANISMS)
    fits = [one for one in made if one is not None]
    worlds = _worlds(fits, seed, replicas, progress)
    tested = _tested(fits, worlds)
    standing = {fit.mechanism for fit in tested if fit.stands}
    left = tuple(one.mechanism.name for one in fits if one.mechanism.name in standing
                 and not standing.intersection(one.mechanism.within))  # fmt: skip
    power = _power(worlds[left[0]], seed) if left[:1] == ("one rate",) else math.nan
    told, words = _told(tested, left, power)
    suggestion = None
    if len(left) > 1:
        suggestion = next_run([one for one in fits if one.mechanism.name in left])
        words = f"{words} {suggestion.words}"
    name = left[0] if told is Told.NAMED else ""
    return Mechanisms(data.curves, data.degrees, tested, told, name, left, power, words, suggestion)


def _data(curves: Sequence[Curve], degrees: Sequence[int], replicas: int) -> _Data:
    """Return the curves with their degrees, checked."""
    check_replicas(replicas)
    if not curves:
        raise BadValue("There is no curve", allowed="one or more", advice="Give a list of curves")
    for curve in curves:
        check_curve(curve)
        Observed.pooled(curve).checked(max(len(TwoRates.parameters), 3))
    if degrees and len(degrees) != len(curves):
        raise BadValue("There is not one degree for each curve", given=len(degrees),
                       allowed=str(len(curves)))  # fmt: skip
    known: list[int | None] = [*degrees] or [known_degree(curve) for curve in curves]
    for curve, degree in zip(curves, known, strict=True):
        if degree is None:
            raise BadValue(
                "The degree of a curve is not known, and mechanisms are told apart on networks",
                allowed="a degree for each curve",
                advice="Give degrees=(4, 8), or curves that newswave ran",
            )
        RandomRegular(whole_number("The degree", degree, 2)).check(curve.n_agents)
    return _Data(tuple(curves), tuple(int(degree or 0) for degree in known), replicas)


def _power(world: _World, seed: int) -> float:
    """Return how often two equal groups, rates five to one, would rule one rate out."""
    data = world.fitted.data
    slow = 2.0 * world.fitted.estimates["rate"] / (1.0 + FOLD)
    groups = {"fast_rate": FOLD * slow, "slow_rate": slow, "fast_fraction": 0.5}
    made = remade_curves(_groups(groups), data, seed + 104729, _POWER_SETS)
    features = np.concatenate(data.features(made), axis=1)
    beyond = np.quantile(world.own[1:], 1.0 - SURE)
    return float((world.distances(features) > beyond).mean())


_WORDS = {
    "one rate": "everybody alike, at one rate",
    "two groups": "two groups of agents, one quicker than the other",
    "a spread of rates": "rates that vary continuously among agents",
    "a source": "the event itself, which reaches everybody at a constant rate besides neighbours",
    "a fading source": "the event itself, which reaches everybody besides neighbours and fades",
    "feedback": "people who act offline after they have shared, and are met by everybody",
    "first against repeated exposure": "a first exposure that counts otherwise than later ones",
    "news that gets old": "news that loses its pull with time",
}
"""Each mechanism in a student's words."""


def _told(fits: Sequence[JointFit], left: tuple[str, ...], power: float) -> tuple[Told, str]:
    """Return what the comparison comes to, in words."""
    if not left:
        least = min(fits, key=lambda fit: fit.aic)
        return Told.NOTHING, (
            f"Nothing we tried fits: each of {len(fits)} mechanisms is ruled out (p ≤ 0.01, or by "
            f"all of its first replicates). {least.mechanism.capitalize()} comes closest."
        )
    if len(left) > 1:
        names = "; ".join(_WORDS[name] for name in left)
        return Told.CANNOT_TELL, f"Cannot tell: {len(left)} mechanisms explain all curves: {names}."
    name, shown = left[0], next(fit for fit in fits if fit.mechanism == left[0])
    if not math.isnan(power) and power < POWER:
        return Told.CANNOT_TELL, (
            f"Cannot tell: one rate explains all curves (p = {shown.p_value:.2g}), but two equal "
            f"groups with rates five to one would have shown in {100 * power:.0f} % only. More "
            "runs, or larger ones, would tell."
        )
    others = len(fits) - 1
    holding = "" if name != "one rate" else " Those that hold it as a special case fit as well."
    return Told.NAMED, (
        f"{name.capitalize()}: {_WORDS[name]}. This explains all curves (goodness of fit p = "
        f"{shown.p_value:.2g}), and none of the {others} others that we tried does without it."
        f"{holding} Something that we did not try may still do as well."
    )


def next_run(fits: Sequence[_Fitted]) -> NextRun:
    """Return the further run that tells the two closest of some mechanisms best apart.

    Degrees and first fractions are tried one by one with the fitted rates; no agents run. Luck is
    taken as that of the first sharers, who put a curve forward or back, and binomial.
    """
    data = fits[0].data
    n_agents = max(curve.n_agents for curve in data.curves)
    last = max(int(curve.elapsed[-1]) for curve in data.curves)
    starts = sorted({max(1, round(part * n_agents)) for part in _FIRST})
    best: NextRun | None = None
    for degree in _DEGREES:
        if degree >= n_agents or degree * n_agents % 2:
            continue
        models = [one.mechanism.model(OnNetwork(degree)) for one in fits]
        for n_seeds in starts:
            drawn = np.array([one.curve(model, n_seeds / n_agents, last)
                              for one, model in zip(fits, models, strict=True)])  # fmt: skip
            run = _closest(drawn, degree, n_seeds, n_agents)
            if best is None or run.apart > best.apart:
                best = run
    assert best is not None
    return best


def _closest(drawn: Floats, degree: int, n_seeds: int, n_agents: int) -> NextRun:
    """Return how far apart the two closest of some curves get, on the scale of luck."""
    result: list[NextRun] = []
    for at, one in enumerate(drawn):
        for other in drawn[at + 1 :]:
            middle = (one + other) / 2
            early = np.gradient(middle) / np.maximum(np.gradient(np.log(middle)).max(), 1e-9)
            luck = np.sqrt(middle * (1 - middle) / n_agents + early**2 / max(n_seeds, 1)) + 1e-9
            clear = np.abs(one - other) / luck
            place = int(clear.argmax())
            gap = float(abs(one - other)[place])
            result.append(NextRun(degree, n_seeds, n_agents, len(one) - 1, gap, place,
                                  float(clear[place])))  # fmt: skip
    return min(result, key=lambda run: run.apart)
