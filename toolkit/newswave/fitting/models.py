"""What can be fitted to a curve: one rate, two rates, source and peers; well-mixed or on a network.

A model turns working parameters z, which may take any value, into rates and a curve with slopes.
All arrays have a first axis of B curves, so that a bootstrap fits all its replicas at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from newswave import meanfield
from newswave.edgefit import two_class_rounds
from newswave.errors import CannotFit, real_number, whole_number

Floats = npt.NDArray[np.float64]

Times = Floats | int
"""When a curve is wanted, in rounds from its start, shape (T + 1,); a whole number T is 0 to T."""

LOG_RATE = (-18.0, 3.0)
LOGIT = (-9.0, 9.0)


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


class Mixing(Protocol):
    """Who meets whom, and in what kind of time."""

    @property
    def label(self) -> str:
        """The word for it: "well-mixed" or "network"."""
        ...

    def contacts(self, shared: Floats) -> Floats:
        """Return how many sharing contacts an unshared agent has, from i by round, (B, T + 1)."""
        ...

    def step(self, times: Times) -> float:
        """Return the time that rates are compared with, to tell small from large ones."""
        ...

    def one_class(
        self, rate: Floats, source_rate: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i, shape (B, T + 1), and its slopes by rate and source rate, (2, B, T + 1)."""
        ...

    def two_classes(
        self, fast: Floats, slow: Floats, p: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i, shape (B, T + 1), and its slopes by fast, slow and p, (3, B, T + 1)."""
        ...


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
        """Return i and its slopes by rate and source rate (`meanfield.source_and_peers`)."""
        shared, slopes = meanfield.source_and_peers_with_slopes(
            source_rate, rate, self.degree, start, elapsed(times)
        )
        return shared, slopes[::-1]

    def two_classes(
        self, fast: Floats, slow: Floats, p: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i and its slopes by fast, slow and p (`meanfield.two_rates`)."""
        return meanfield.two_rates_with_slopes(fast, slow, p, self.degree, start, elapsed(times))


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

        With θ = ((1 − i) / (1 − i₀))^(1/k), z = 1 − (1 − i₀) θ^(k−2), if all agents are alike.
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
        """Return i and its slopes by rate and source rate (`networkfield.rounds`)."""
        at, last = _rounds_seen(times)
        shared, slopes = two_class_rounds(
            rate, rate, np.ones_like(rate), source_rate, self.degree, start, last
        )
        return shared[:, at], slopes[[0, 3]][:, :, at]

    def two_classes(
        self, fast: Floats, slow: Floats, p: Floats, start: Floats, times: Times
    ) -> tuple[Floats, Floats]:
        """Return i and its slopes by fast, slow and p (`networkfield.rounds`)."""
        at, last = _rounds_seen(times)
        shared, slopes = two_class_rounds(fast, slow, p, None, self.degree, start, last)
        return shared[:, at], slopes[:, :, at]


class Model(Protocol):
    """A family of curves with named rates."""

    @property
    def name(self) -> str:
        """The model in words, such as "one rate"."""
        ...

    @property
    def mixing(self) -> Mixing:
        """Who meets whom."""
        ...

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the estimates."""
        ...

    @property
    def bounds(self) -> Floats:
        """Lowest and highest z, shape (2, P)."""
        ...

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:
        """Return first guesses of z, each (B, P), from a one-rate estimate and the last i."""
        ...

    def estimates(self, z: Floats) -> Floats:
        """Return the named rates, shape (B, P)."""
        ...

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i, shape (B, T + 1), and its slopes by z, shape (B, P, T + 1)."""
        ...


@dataclass(frozen=True)
class OneRate:
    """SI with one transmission rate for everybody.

    Parameters
    ----------
    mixing : WellMixed or OnNetwork
        Who meets whom.
    """

    mixing: Mixing = WellMixed()
    name: ClassVar[str] = "one rate"
    parameters: ClassVar[tuple[str, ...]] = ("rate",)
    bounds: ClassVar[Any] = np.array([LOG_RATE]).T

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return the logarithm of the guessed rate."""
        return [np.log(speed)[:, None]]

    def estimates(self, z: Floats) -> Floats:
        """Return β, per contact and round."""
        return np.exp(z)

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its slope by ln β."""
        rate = np.exp(z[:, 0])
        shared, slopes = self.mixing.one_class(rate, np.zeros_like(rate), start, times)
        return shared, (slopes[:1] * rate[None, :, None]).transpose(1, 0, 2)


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
        curves of alike and of different agents.
        """
        many = np.clip(0.5 * reach, 0.1, 0.4)
        return [
            np.stack([np.log(speed * over), 0 * speed + ratio, np.log(p / (1 - p))], axis=1)
            for over, ratio, p in (
                (3.0, -2.0, many),
                (1.1, -2.5, 0 * speed + 0.9),
                (15.0, -3.0, 0 * speed + 0.01),
            )
        ]

    def estimates(self, z: Floats) -> Floats:
        """Return β_f, β_s (per contact and round) and p."""
        fast, ratio, p = np.exp(z[:, 0]), _expit(z[:, 1]), _expit(z[:, 2])
        return np.stack([fast, fast * ratio, p], axis=1)

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its slopes by z."""
        fast, slow, p = self.estimates(z).T
        shared, (by_fast, by_slow, by_p) = self.mixing.two_classes(fast, slow, p, start, times)
        by_slow = by_slow * slow[:, None]
        ratio = 1.0 - _expit(z[:, 1])
        slopes = [
            by_fast * fast[:, None] + by_slow,
            by_slow * ratio[:, None],
            by_p * (p * (1.0 - p))[:, None],
        ]
        return shared, np.stack(slopes, axis=1)


@dataclass(frozen=True)
class SourceAndPeers:
    """SI with one transmission rate and an offline source that everybody meets (the Bass model).

    Parameters
    ----------
    mixing : WellMixed or OnNetwork
        Who meets whom.
    """

    mixing: Mixing = WellMixed()
    name: ClassVar[str] = "source and peers"
    parameters: ClassVar[tuple[str, ...]] = ("source_rate", "rate")
    bounds: ClassVar[Any] = np.array([LOG_RATE, LOG_RATE]).T

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return guesses with a weak and a strong source."""
        return [
            np.log(np.stack([speed * pull, speed * push], axis=1))
            for pull, push in ((0.01, 0.9), (0.5, 0.1))
        ]

    def estimates(self, z: Floats) -> Floats:
        """Return a, per round, and β, per contact and round."""
        return np.exp(z)

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its slopes by ln a and ln β."""
        source, rate = np.exp(z).T
        shared, (by_rate, by_source) = self.mixing.one_class(rate, source, start, times)
        slopes = [by_source * source[:, None], by_rate * rate[:, None]]
        return shared, np.stack(slopes, axis=1)


def _expit(z: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-z))
