"""How a model is held against a curve: least squares, or the chain-binomial likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.errors import CannotFit

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Observed:
    """What a fit sees of B curves, each the pool of one run or of many.

    Parameters
    ----------
    fraction : array, shape (B, T + 1)
        Mean i by round.
    new : array, shape (B, T)
        New sharers of each round, summed over the runs of the pool.
    at_risk : array, shape (B, T)
        Agents that had not shared before, summed likewise.
    times : array, shape (T + 1,), optional
        When, in rounds since the first count; None is one count for each round.
    """

    fraction: Floats
    new: Floats
    at_risk: Floats
    times: Floats | None = None

    @classmethod
    def pooled(cls, curve: Curve) -> Observed:
        """Return all runs of a curve as one pool, B = 1."""
        return cls.pools(curve.counts[None], curve.n_agents, curve.elapsed)

    @classmethod
    def each(cls, curve: Curve) -> Observed:
        """Return each run of a curve by itself, B = runs."""
        return cls.pools(curve.counts[:, None], curve.n_agents, curve.elapsed)

    @classmethod
    def pools(cls, counts: Floats, n_agents: int, times: Floats | None = None) -> Observed:
        """Return pools from counts of shape (B, runs, T + 1)."""
        new = np.diff(counts, axis=2).sum(axis=1)
        at_risk = (n_agents - counts[:, :, :-1]).sum(axis=1)
        return cls(counts.mean(axis=1) / n_agents, new, at_risk, times)

    def checked(self, n_parameters: int) -> Observed:
        """Return this, or raise `CannotFit` if there is too little in it."""
        if self.new.shape[1] < n_parameters + 1:
            raise CannotFit(
                "This curve is too short for the model",
                given=f"{self.new.shape[1] + 1} counts",
                allowed=f"{n_parameters + 2} or more: {n_parameters + 1} after the first",
            )
        if (self.new.sum(axis=1) <= 0).any():
            raise CannotFit(
                "Nobody new shares in this curve: there is no spread to fit",
                advice="Take more rounds, more seeds or a higher share probability",
            )
        return self

    def repeated(self, times: int) -> Observed:
        """Return the same pools so many times over."""
        fraction, new, at_risk = (
            np.repeat(part, times, axis=0) for part in (self.fraction, self.new, self.at_risk)
        )
        return Observed(fraction, new, at_risk, self.times)

    @property
    def n_rounds(self) -> int:
        """T."""
        return int(self.new.shape[1])

    @property
    def elapsed(self) -> Floats:
        """Rounds since the first count, shape (T + 1,)."""
        return np.arange(self.n_rounds + 1.0) if self.times is None else self.times

    @property
    def start(self) -> Floats:
        """i₀ of each pool, shape (B,)."""
        return self.fraction[:, 0]


class Method(Protocol):
    """How a curve and a model are compared."""

    @property
    def name(self) -> str:
        """The method in words."""
        ...

    def scores(
        self, seen: Observed, which: npt.NDArray[np.int64], shared: Floats, slopes: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return value, gradient and information of pools `which` for curves with slopes."""
        ...

    def log_likelihood(self, seen: Observed, value: Floats) -> Floats:
        """Return the log-likelihood at the smallest value, shape (B,)."""
        ...

    def extra_parameters(self) -> int:
        """Return how many parameters the likelihood itself needs."""
        ...


@dataclass(frozen=True)
class LeastSquares:
    """Least squares on i(t): what a learner tries first.

    Σ (i_model − i)². The errors of a cumulative curve are correlated, so the AIC that goes with it,
    which takes them as independent, and any standard error mislead (King, Domenech de Cellès,
    Magpantay, Rohani, Proc. R. Soc. B 282, 20150347, 2015).
    """

    name: ClassVar[str] = "least squares (what a learner tries first)"

    def scores(
        self, seen: Observed, which: npt.NDArray[np.int64], shared: Floats, slopes: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return half the sum of squares, its gradient and the information J'J."""
        gap = (shared - seen.fraction[which])[:, None, :]
        value = 0.5 * np.einsum("bpt,bpt->b", gap, gap)
        return value, (gap * slopes).sum(axis=2), slopes @ slopes.transpose(0, 2, 1)

    def log_likelihood(self, seen: Observed, value: Floats) -> Floats:
        """Return that of independent normal errors with the variance that fits best."""
        n = seen.n_rounds
        return np.asarray(-0.5 * n * (np.log(2.0 * np.pi * np.maximum(2 * value, 1e-300) / n) + 1))

    def extra_parameters(self) -> int:
        """Return 1: the variance."""
        return 1


@dataclass(frozen=True)
class ChainBinomial:
    """Chain-binomial likelihood of the new sharers of each round, given those before.

    new_t ~ Binomial(unshared_t, h_t),  h_t = (i_model(t+1) − i_model(t)) / (1 − i_model(t)).
    """

    name: ClassVar[str] = "chain-binomial likelihood"

    def scores(
        self, seen: Observed, which: npt.NDArray[np.int64], shared: Floats, slopes: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return the negative log-likelihood, its gradient and the Fisher information."""
        left = np.maximum(1.0 - shared[:, :-1], 1e-12)
        h = np.clip(np.diff(shared, axis=1) / left, 1e-12, 1.0 - 1e-12)
        by_z = (slopes[:, :, 1:] - (1.0 - h)[:, None] * slopes[:, :, :-1]) / left[:, None]
        new, at_risk = seen.new[which], seen.at_risk[which]
        value = -(new * np.log(h) + (at_risk - new) * np.log1p(-h)).sum(axis=1)
        weight = 1.0 / (h * (1.0 - h))
        gradient = -(((new - at_risk * h) * weight)[:, None] * by_z).sum(axis=2)
        information = (by_z * (at_risk * weight)[:, None]) @ by_z.transpose(0, 2, 1)
        return value, gradient, information

    def log_likelihood(self, seen: Observed, value: Floats) -> Floats:  # noqa: ARG002
        """Return minus the value; binomial coefficients, the same for all models, are left out."""
        return -value

    def extra_parameters(self) -> int:
        """Return 0."""
        return 0
