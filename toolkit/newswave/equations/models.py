"""What can be fitted to a curve: one rate, two, a spread, sources; well-mixed or on a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from newswave.core.errors import CannotFit, real_number, whole_number
from newswave.core.sharing import Floats, SharingTable, share_probability
from newswave.core.statistics import expit, logit
from newswave.equations import well_mixed
from newswave.equations.on_network import one_table, two_class_rounds
from newswave.equations.spread import LOG_VARIATION, spread_rounds

Times = Floats | int
"""When a curve is wanted, in rounds from its start, shape (T + 1,); a whole number T is 0 to T."""

LOG_RATE = (-18.0, 3.0)
LOGIT = (-9.0, 9.0)

_MOST = 1.0 - 1e-6

MOST = 30
"""Up to this degree a table is fitted; the master equation costs k² for every round."""

_STEP = 1e-5
_STEEPEST = 12.0


# A model turns working parameters z, (B, P), which may take any value between its `bounds`, (2, P),
# into named rates, (B, P), and a curve i, (B, T + 1), with gradients by z, (B, P, T + 1). Its
# `starts` are first guesses of z, from a one-rate estimate and the last i. A mixing says who meets
# whom: it gives i and its gradients by the rates of one class or two, (2 or 3, B, T + 1), how many
# sharing contacts an unshared agent has by round, and the time that rates are compared with, to
# tell small from large ones. All arrays begin with an axis of B curves: a bootstrap fits all its
# replicas at once.


def elapsed(times: Times) -> Floats:
    """Return the times themselves."""
    return np.arange(times + 1.0) if isinstance(times, int) else times


def _rounds_seen(times: Times) -> tuple[Any, int]:
    """Return which rounds were observed, and the last; synchronous rounds are whole."""
    if isinstance(times, int):
        return slice(None), times
    rounds = times.astype(np.int64)
    if not np.array_equal(rounds, times):
        raise CannotFit(
            "A network's rounds are whole, and this curve was observed between them",
            given=f"{times[rounds != times][0]:g} after the first count",
            advice="Fit well-mixed models, which need no rounds: leave the degree out",
        )
    return (slice(None) if len(rounds) == rounds[-1] + 1 else rounds), int(rounds[-1])


def is_rate(name: str) -> bool:
    """Return whether a parameter is a rate; the others are fractions, and a variation."""
    return name.endswith("rate")


def is_fraction(name: str) -> bool:
    """Return whether a parameter lies between 0 and 1; the others between 0 and infinity."""
    return name.endswith("fraction") or name == "ceiling"


@dataclass(frozen=True)
class WellMixed:
    """Everybody meets everybody, in continuous time: the classical SI equations.

    Parameters
    ----------
    degree : float
        k, contacts per agent and round; leave it at 1 where no network is known, and the rate is
        the contact pressure β k.
    """

    degree: float = 1.0
    label: ClassVar[str] = "well-mixed"

    def __post_init__(self) -> None:
        real_number("The degree", self.degree, 1e-9, 1e9)

    def contacts(self, shared: Floats) -> Floats:
        """Return k i, the sharing contacts of an unshared agent."""
        return self.degree * shared

    def step(self, times: Times) -> float:
        """Return the mean time between two counts."""
        return float(np.diff(elapsed(times)).mean())

    def one_class(
        self, rate: Floats, source_rate: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i and its gradients by rate and source rate (`well_mixed.source_and_peers`)."""
        shared, gradients = well_mixed.source_and_peers_with_gradients(
            source_rate, rate, self.degree, start, elapsed(times)
        )
        return shared, gradients[::-1]

    def two_classes(
        self, fast: Floats, slow: Floats, p: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i and its gradients by fast, slow and p (`well_mixed.two_rates`)."""
        return well_mixed.two_rates_with_gradients(
            fast, slow, p, self.degree, start, elapsed(times)
        )

    def spread(
        self, mean: Floats, log_variation: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i and its gradients by ln β and ln v (`well_mixed.spread_of_rates`)."""
        variation = np.exp(log_variation)
        shared, gradients = well_mixed.spread_of_rates_with_gradients(
            mean, variation, self.degree, start, elapsed(times)
        )
        return shared, gradients * np.stack([mean, variation])[:, :, None]


@dataclass(frozen=True)
class OnNetwork:
    """A random regular network in synchronous rounds: the edge-based equations.

    Parameters
    ----------
    degree : int
        k, neighbours of every agent, 2 or more.
    """

    degree: int = 8
    label: ClassVar[str] = "network"

    def __post_init__(self) -> None:
        whole_number("The degree", self.degree, 2, advice="Fit a well-mixed model instead")

    def contacts(self, shared: Floats) -> Floats:
        """Return k z, the links into an unshared agent along which the news can still come.

        With θ = ((1 − i) / (1 − i₀))^(1/k), z = 1 − (1 − i₀) θ^(k−2), if agents are homogeneous.
        """
        unshared = np.maximum(1.0 - shared[:, :1], 1e-12)
        theta = ((1.0 - shared) / unshared) ** (1.0 / self.degree)
        return np.asarray(self.degree * (1.0 - unshared * theta ** (self.degree - 2)))

    def step(self, times: Times) -> float:  # noqa: ARG002
        """Return 1: a round."""
        return 1.0

    def one_class(
        self, rate: Floats, source_rate: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i and its gradients by rate and source rate (`on_network.rounds`)."""
        at, last = _rounds_seen(times)
        shared, gradients = two_class_rounds(
            rate, rate, np.ones_like(rate), source_rate, self.degree, start, last
        )
        return shared[:, at], gradients[[0, 3]][:, :, at]

    def two_classes(
        self, fast: Floats, slow: Floats, p: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i and its gradients by fast, slow and p (`on_network.rounds`)."""
        at, last = _rounds_seen(times)
        shared, gradients = two_class_rounds(fast, slow, p, None, self.degree, start, last)
        return shared[:, at], gradients[:, :, at]

    def spread(
        self, mean: Floats, log_variation: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i and its gradients by ln β and ln v (`spread.spread_rounds`)."""
        at, last = _rounds_seen(times)
        shared, gradients = spread_rounds(mean, log_variation, self.degree, start, last)
        return shared[:, at], gradients[:, :, at]


Mixing = WellMixed | OnNetwork


@dataclass(frozen=True)
class _Rates:
    """A model whose working parameters are the logarithms of its rates."""

    mixing: Mixing = WellMixed()
    parameters: ClassVar[tuple[str, ...]]

    @property
    def bounds(self) -> Floats:
        """Lowest and highest z, shape (2, P)."""
        return np.array([LOG_RATE] * len(self.parameters)).T

    def estimates(self, z: Floats) -> Floats:
        """Return the rates: β per contact and round, a per round."""
        return np.exp(z)


@dataclass(frozen=True)
class OneRate(_Rates):
    """SI with one transmission rate for everybody.

    Parameters
    ----------
    mixing : WellMixed or OnNetwork
        Who meets whom.
    """

    name: ClassVar[str] = "one rate"
    parameters: ClassVar[tuple[str, ...]] = ("rate",)

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return the logarithm of the guessed rate."""
        return [np.log(speed)[:, None]]

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its gradient by ln β."""
        rate = np.exp(z[:, 0])
        shared, gradients = self.mixing.one_class(rate, np.zeros_like(rate), start, times)
        return shared, (gradients[:1] * rate[None, :, None]).transpose(1, 0, 2)


@dataclass(frozen=True)
class TwoRates:
    """SI with a fast and a slow class of agents.

    Working parameters: ln β_f, logit(β_s / β_f), logit p; so β_s never passes β_f.

    Parameters
    ----------
    mixing : WellMixed or OnNetwork
        Who meets whom.
    """

    mixing: Mixing = WellMixed()
    name: ClassVar[str] = "two rates"
    parameters: ClassVar[tuple[str, ...]] = ("fast_rate", "slow_rate", "fast_fraction")
    bounds: ClassVar[Any] = np.array([LOG_RATE, LOGIT, LOGIT]).T

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:
        """Return guesses with many fast agents, with few slow ones, and with a handful very fast.

        Chosen by trying: together they found the best of many random starts in 1 600 of 1 600
        curves of homogeneous agents and of others.
        """
        many = np.clip(0.5 * reach, 0.1, 0.4)
        return [
            np.stack([np.log(speed * over), 0 * speed + ratio, logit(p)], axis=1)
            for over, ratio, p in (
                (3.0, -2.0, many),
                (1.1, -2.5, 0 * speed + 0.9),
                (15.0, -3.0, 0 * speed + 0.01),
            )
        ]

    def estimates(self, z: Floats) -> Floats:
        """Return β_f, β_s (per contact and round) and p."""
        fast, ratio, p = np.exp(z[:, 0]), expit(z[:, 1]), expit(z[:, 2])
        return np.stack([fast, fast * ratio, p], axis=1)

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its gradients by z."""
        fast, slow, p = self.estimates(z).T
        shared, (by_fast, by_slow, by_p) = self.mixing.two_classes(fast, slow, p, start, times)
        by_slow = by_slow * slow[:, None]
        ratio = 1.0 - expit(z[:, 1])
        gradients = [
            by_fast * fast[:, None] + by_slow,
            by_slow * ratio[:, None],
            by_p * (p * (1.0 - p))[:, None],
        ]
        return shared, np.stack(gradients, axis=1)


@dataclass(frozen=True)
class Spread:
    """SI with rates that vary continuously among agents: β x, x gamma with mean 1 and variance v.

    The natural rival of two rates, with one parameter less. Working parameters: ln β and ln v. As v
    falls to 0 it becomes one rate, and a fit that gets there says so.

    Parameters
    ----------
    mixing : WellMixed or OnNetwork
        Who meets whom.

    Examples
    --------
    >>> from newswave.core.curve import Curve
    >>> from newswave.equations.fit import fit
    >>> exact = well_mixed.spread_of_rates(0.05, 1.5, 8, 0.01, range(60))
    >>> found = fit(Curve(1000 * exact, n_agents=1000), Spread(WellMixed(8))).estimates
    >>> {name: round(value, 4) for name, value in found.items()}
    {'mean_rate': 0.05, 'rate_variation': 1.5}
    """

    mixing: Mixing = WellMixed()
    name: ClassVar[str] = "spread of rates"
    parameters: ClassVar[tuple[str, ...]] = ("mean_rate", "rate_variation")
    bounds: ClassVar[Any] = np.array([LOG_RATE, LOG_VARIATION]).T

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return guesses with rates that are nearly alike, and far apart."""
        return [
            np.stack([np.log(speed * over), 0 * speed + np.log(v)], axis=1)
            for over, v in ((1.1, 0.1), (2.0, 1.5))
        ]

    def estimates(self, z: Floats) -> Floats:
        """Return β and v."""
        return np.exp(z)

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its gradients by ln β and ln v."""
        shared, gradients = self.mixing.spread(np.exp(z[:, 0]), z[:, 1], start, times)
        return shared, gradients.transpose(1, 0, 2)


@dataclass(frozen=True)
class SourceAndPeers(_Rates):
    """SI with one transmission rate and an offline source that everybody meets (the Bass model).

    Parameters
    ----------
    mixing : WellMixed or OnNetwork
        Who meets whom.
    """

    name: ClassVar[str] = "source and peers"
    parameters: ClassVar[tuple[str, ...]] = ("source_rate", "rate")

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return guesses with a weak and a strong source."""
        return [
            np.log(np.stack([speed * pull, speed * push], axis=1))
            for pull, push in ((0.01, 0.9), (0.5, 0.1))
        ]

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its gradients by ln a and ln β."""
        source, rate = np.exp(z).T
        shared, (by_rate, by_source) = self.mixing.one_class(rate, source, start, times)
        gradients = [by_source * source[:, None], by_rate * rate[:, None]]
        return shared, np.stack(gradients, axis=1)


@dataclass(frozen=True)
class SourceAlone(_Rates):
    """A source that everybody meets, and no contagion: i = 1 − (1 − i₀) e^(−a t).

    What every model with peers has to beat before peers are spoken of.

    Parameters
    ----------
    mixing : WellMixed or OnNetwork
        Beside which fits it is shown; nobody meets anybody here.

    Examples
    --------
    >>> from newswave.equations.fit import fit
    >>> from newswave.core.datasets import physicians
    >>> round(fit(physicians(), SourceAlone()).estimates["source_rate"], 3)
    0.122
    """

    name: ClassVar[str] = "source alone"
    parameters: ClassVar[tuple[str, ...]] = ("source_rate",)

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return a guess from the speed of peers."""
        return [np.log(0.5 * speed)[:, None]]

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its gradient by ln a."""
        met = np.exp(z) * elapsed(times)
        left = (1.0 - start)[:, None] * np.exp(-met)
        return 1.0 - left, (left * met)[:, None]


@dataclass(frozen=True)
class PartlyObserved:
    """A model of whose agents some never share, or some are not counted, or came before the counts.

    What is counted, as a fraction of all N agents, is f(t) = f(0) + ρ c (x(t) − x(0)): x is the
    model's curve among the fraction c of agents who can share at all (they mix among themselves, so
    that for a well-mixed model with one contact the rate is Bass's q and c N his m), ρ the fraction
    of sharers that are counted. Unless the start is unknown x(0) = f(0) / (ρ c).

    A curve determines only the product ρ c: a free ceiling and a free reporting fraction draw the
    same curves. So ρ is given, and with a ρ of 1 the ceiling that is found is that of those who
    would ever be counted. A source alone does not determine ceiling and start together.

    Parameters
    ----------
    model : Model
        How x spreads.
    ceiling : bool
        Whether c is fitted; it is 1 otherwise.
    reporting : float
        ρ, the fraction of sharers that are counted.
    unknown_start : bool
        Whether x(0) is fitted and the first count says nothing of it, as where some had shared
        before anybody counted.

    Examples
    --------
    >>> from newswave.equations.fit import fit
    >>> from newswave.core.datasets import physicians
    >>> found = fit(physicians(), SourceAndPeers(), ceiling=True).estimates
    >>> {name: round(value, 2) for name, value in found.items()}
    {'source_rate': 0.08, 'rate': 0.16, 'ceiling': 0.92}
    """

    model: Model
    ceiling: bool = False
    reporting: float = 1.0
    unknown_start: bool = False

    def __post_init__(self) -> None:
        real_number("The reporting fraction", self.reporting, 1e-6, 1.0)

    @property
    def name(self) -> str:
        """The name of the model that spreads."""
        return self.model.name

    @property
    def mixing(self) -> Mixing:
        """Who meets whom."""
        return self.model.mixing

    @property
    def observed(self) -> str:
        """What is observed of it, in words."""
        words = (
            ("a ceiling", self.ceiling),
            (f"{self.reporting:g} of all counted", self.reporting < 1.0),
            ("an unknown start", self.unknown_start),
        )
        return ", ".join(word for word, holds in words if holds)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The model's, and the fractions that are fitted."""
        wanted = (("ceiling", self.ceiling), ("initial_fraction", self.unknown_start))
        return (*self.model.parameters, *(name for name, holds in wanted if holds))

    @property
    def bounds(self) -> Floats:
        """Lowest and highest z, shape (2, P)."""
        more = len(self.parameters) - len(self.model.parameters)
        return np.hstack([self.model.bounds, np.array([LOGIT] * more).reshape(-1, 2).T])

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:
        """Return the model's guesses with a ceiling near the last count and far above it."""
        near = np.clip(reach / self.reporting / 0.95, 0.01, 0.98)
        tops = [logit(near), 0 * near + 4.0] if self.ceiling else [None]
        ahead = [0 * near - 5.0, 0 * near - 1.5] if self.unknown_start else [None]
        return [
            np.column_stack([guess, *(x for x in (top, first) if x is not None)])
            for guess in self.model.starts(speed, np.minimum(reach / self.reporting, 1.0))
            for top in tops
            for first in ahead
        ]

    def estimates(self, z: Floats) -> Floats:
        """Return the model's rates and the fractions."""
        inner = len(self.model.parameters)
        return np.hstack([self.model.estimates(z[:, :inner]), expit(z[:, inner:])])

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return f and its gradients by z; that by x(0) is a difference."""
        inner = len(self.model.parameters)
        fractions = list(expit(z[:, inner:]).T)
        top = fractions.pop(0) if self.ceiling else np.ones(len(z))
        counted = np.minimum(start / (self.reporting * top), _MOST)
        begin = fractions.pop(0) if self.unknown_start else counted
        share, gradients = (self.reporting * top)[:, None], []
        x, by_z, by_begin = self._moved(z[:, :inner], begin, times)
        by_begin = share * (by_begin - 1.0)
        if self.ceiling:
            through = 0.0 if self.unknown_start else by_begin * (-counted / top)[:, None]
            by_top = self.reporting * (x - begin[:, None]) + through
            gradients.append(by_top * (top * (1.0 - top))[:, None])
        if self.unknown_start:
            gradients.append(by_begin * (begin * (1.0 - begin))[:, None])
        extra = np.array(gradients).reshape(-1, *x.shape).transpose(1, 0, 2)
        seen = start[:, None] + share * (x - begin[:, None])
        return seen, np.concatenate([share[:, None] * by_z, extra], axis=1)

    def _moved(self, z: Floats, begin: Floats, times: Times) -> tuple[Floats, Floats, Floats]:
        """Return the model's x, its gradients by z, and its gradient by x(0)."""
        step = 1e-4 * begin * (1.0 - begin)
        around = np.concatenate([begin, begin - step, begin + step])
        x, by_z = self.model.curves(np.tile(z, (3, 1)), around, times)
        here, low, high = np.split(x, 3)
        wide = np.where(step > 0, 2.0 * step, np.inf)[:, None]
        return here, by_z[: len(z)], (high - low) / wide


# One table for everybody, whatever it is: a curve of homogeneous agents with a free P(m).


@dataclass(frozen=True)
class AnyTable:
    """SI of homogeneous agents, whose answers may depend on exposure in any rising way.

    The hazard −ln(1 − P(m)) is free at m = 1, 2, 3 and k and straight in ln m between, and it never
    falls as m rises. Flat tables, tables of "1, 2, 3 or more", thresholds and the contact rule
    (all gradients 1) are among them. The curve is the master equation's.
    """

    mixing: OnNetwork  # The random regular network
    near: tuple[float, ...] = ()  # Where to begin to look, in place of three usual shapes
    name: ClassVar[str] = "one table"
    parameters: ClassVar[tuple[str, ...]] = ("log_hazard", "to_two", "to_three", "beyond")
    bounds: ClassVar[Any] = np.array([LOG_RATE, *[(0.0, _STEEPEST)] * 3]).T

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return guesses that flatten, follow the contact rule, and accelerate."""
        if self.near:
            return [np.tile(self.near, (len(speed), 1))]
        return [
            np.stack([np.log(speed * by), *[0 * speed + slope] * 3], axis=1)
            for by, slope in ((1.5, 0.2), (1.0, 1.0), (0.5, 2.0))
        ]

    def estimates(self, z: Floats) -> Floats:
        """Return the working parameters themselves."""
        return z

    def chances(self, z: Floats) -> Floats:
        """Return P(m) for m = 0 to k, shape (B, k + 1)."""
        log_m = np.log(np.arange(1, self.mixing.degree + 1.0))
        knots = np.log([1.0, 2.0, 3.0])
        pieces = np.minimum(log_m[:, None], [*knots[1:], np.inf]) - knots
        log_hazard = z[:, :1] + z[:, 1:] @ np.maximum(pieces, 0.0).T
        chance = share_probability(np.exp(np.minimum(log_hazard, LOG_RATE[1])))
        return np.concatenate([np.zeros((len(z), 1)), chance], axis=1)

    def table(self, z: Floats, row: str) -> SharingTable:
        """Return the table of one fit."""
        return SharingTable((row,), self.chances(z[None]), source="fitted to a curve")

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its gradients by z, by small differences."""
        n, size = z.shape
        at = elapsed(times).astype(np.int64)
        moved = np.concatenate([z, *(z + _STEP * unit for unit in np.eye(size))])
        shared = one_table(self.chances(moved), np.tile(start, size + 1), int(at[-1]))[:, at]
        base, others = shared[:n], shared[n:].reshape(size, n, -1)
        return base, ((others - base) / _STEP).transpose(1, 0, 2)


Model = OneRate | TwoRates | Spread | SourceAndPeers | SourceAlone | PartlyObserved | AnyTable


@dataclass(frozen=True)
class Seen:
    """What is observed of a curve: see `PartlyObserved`."""

    ceiling: bool = False
    reporting: float = 1.0
    unknown_start: bool = False

    def of(self, model: Model) -> Model:
        """Return a model so observed."""
        if self == Seen():
            return model
        return PartlyObserved(model, self.ceiling, self.reporting, self.unknown_start)
