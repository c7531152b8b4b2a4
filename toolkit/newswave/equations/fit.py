"""Fits of a model to a curve: least squares or likelihood, by Fisher scoring, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve, check_curve
from newswave.core.errors import CannotFit
from newswave.core.sharing import Floats
from newswave.core.statistics import Z, expit, logit
from newswave.equations.intervals import Interval
from newswave.equations.models import LOGIT, Model, PartlyObserved, Seen, is_fraction, is_rate

Indices = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objective = Callable[[Floats, Indices], tuple[Floats, Floats, Floats]]
"""From z (R, P) and the curve of each row to value (R,), gradient (R, P), information (R, P, P)."""

_MOST = 60
_TOLERANCE = 1e-9
_LONGEST_STEP = 2.0
_NEAR = 0.02

Scale = Callable[[Floats], Floats]
_ENDS = (0.025, 0.975)
_CHI_SQUARED = Z * Z  # its 95 % quantile, one degree of freedom
_FAR = float(np.log(10.0))
_EDGE = 0.02
_GRID = 17
_SMALL = 1e-12

_STARTERS = frozenset({"source_rate", "initial_fraction"})
"""The parameters with which a curve need not begin with a sharer."""

_LOOSE = 20.0

_NEEDED = ("fast_rate",)
"""The rates that are not 0 in any process that their model describes."""


# Fisher scoring with damping, for many curves at once: the numerical heart of every curve fit.


def minimise(objective: Objective, starts: Floats, bounds: Floats) -> tuple[Floats, Floats]:
    """Return the z with the smallest value, and that value, for each curve.

    Each step solves (F + λ diag F) δ = −g with the Fisher information F and the gradient g; λ falls
    after a step that helps and rises, ever faster, after those that do not (Levenberg, Marquardt;
    the rise is H. B. Nielsen's). All starts of all curves go side by side. One that has settled is
    left alone while the others go on, and so is one that has come close to a better one of the same
    curve that is still going: it would end in the same place.
    """
    n_starts, n_curves, n_parameters = starts.shape
    curve, rows = np.tile(np.arange(n_curves), n_starts), np.arange(n_starts * n_curves)
    now = _State.of(objective, np.clip(starts, *bounds).reshape(-1, n_parameters), curve)
    z, value, active = now.z.copy(), now.value.copy(), np.ones(len(rows), np.bool_)
    for _ in range(_MOST):
        step, promise = now.step(bounds)
        going = (promise > now.little) | (now.damping > 1e-2)
        going &= ~_overtaken(z.reshape(starts.shape), value, active)[rows]
        active[rows] = going
        if not going.any():
            break
        rows = rows[going]
        now, gain = now.only(going).moved(step[going], objective, curve[rows], bounds)
        z[rows], value[rows] = now.z, now.value
        going = (gain > now.little) & (now.damping < 1e8)
        active[rows] = going
        now, rows = now.only(going), rows[going]
    best = value.reshape(n_starts, -1).argmin(axis=0) * n_curves + np.arange(n_curves)
    return z[best], value[best]


def _overtaken(z: Floats, value: Floats, active: Bools) -> Bools:
    """Return which starts stand beside a better, active one of the same curve, flat."""
    order = np.arange(z.shape[1])
    best = value.reshape(len(z), -1).argmin(axis=0)
    near = np.abs(z - z[best, order]).max(axis=2) < _NEAR
    near &= active.reshape(len(z), -1)[best, order]
    near[best, order] = False
    return np.asarray(near.ravel())


@dataclass(frozen=True, eq=False)
class _State:
    """Where each row stands: z, value, gradient, information, λ, and how λ rises next."""

    z: Floats
    value: Floats
    gradient: Floats
    information: Floats
    damping: Floats
    rise: Floats

    @classmethod
    def of(cls, objective: Objective, z: Floats, curve: Indices) -> _State:
        """Return the state at z before the first step."""
        return cls(z, *objective(z, curve), np.full(len(z), 0.1), np.full(len(z), 4.0))

    @property
    def little(self) -> Floats:
        """A gain that is not worth a step."""
        return _TOLERANCE * np.abs(self.value) + 1e-15

    def only(self, which: Bools) -> _State:
        """Return the state of some rows."""
        return self if which.all() else _State(*(part[which] for part in vars(self).values()))

    def moved(
        self, step: Floats, objective: Objective, curve: Indices, bounds: Floats
    ) -> tuple[_State, Floats]:
        """Return the state after a step and what it gained, infinite where it did not help."""
        trial = np.clip(self.z + step, *bounds)
        value, gradient, information = objective(trial, curve)
        better = value <= self.value
        after = _State(
            np.where(better[:, None], trial, self.z),
            np.where(better, value, self.value),
            np.where(better[:, None], gradient, self.gradient),
            np.where(better[:, None, None], information, self.information),
            np.where(better, np.maximum(self.damping * 0.3, 1e-7), self.damping * self.rise),
            np.where(better, 4.0, self.rise * 2.0),
        )
        return after, np.where(better, self.value - value, np.inf)

    def step(self, bounds: Floats) -> tuple[Floats, Floats]:
        """Return the damped step and what it should gain.

        A parameter that the gradient or, solved together with the others, the step pushes against
        its bound stays there.
        """
        at_low, at_high = self.z <= bounds[0], self.z >= bounds[1]
        fixed = (at_low & (self.gradient > 0)) | (at_high & (self.gradient < 0))
        step, promise = self._solved(fixed)
        pushed = fixed | (at_low & (step < 0)) | (at_high & (step > 0))
        return (step, promise) if np.array_equal(fixed, pushed) else self._solved(pushed)

    def _solved(self, fixed: Bools) -> tuple[Floats, Floats]:
        """Return the step and what it should gain, fixed parameters left as they are."""
        free = ~fixed
        down = np.where(free, -self.gradient, 0.0)
        system = self.information * (free[:, :, None] & free[:, None, :])
        diagonal = np.einsum("bpp->bp", system)
        largest = diagonal.max(axis=1, keepdims=True)
        scale = np.maximum(diagonal, 1e-9 * np.maximum(largest, 1e-9))
        added = (self.damping[:, None] + 1e-12) * scale + fixed
        damped = system + np.eye(fixed.shape[1]) * added[:, None, :]
        step = np.linalg.solve(damped, down[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        step *= np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))
        bend = np.einsum("bp,bpq,bq->b", step, system, step)
        return step, (down * step).sum(axis=1) - 0.5 * bend


# How a model is compared with a curve: least squares, or the chain-binomial likelihood. A method
# scores pools `which` by curves with gradients: value, gradient and information. Its
# `extra_parameters` are those that the likelihood itself needs.


@dataclass(frozen=True, eq=False)
class Observed:
    """What a fit sees of B curves, each the pool of one run or of many."""

    fraction: Floats  # (B, T + 1): Mean i by round
    new: Floats  # (B, T): New sharers of each round, summed over the runs of the pool
    at_risk: Floats  # (B, T): Agents that had not shared before, summed likewise
    # (T + 1,), optional: When, in rounds since the first count; None is one count for each round
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


@dataclass(frozen=True)
class LeastSquares:
    """Least squares on i(t): what a learner tries first.

    Σ (i_model − i)². The errors of a cumulative curve are correlated, so the AIC that goes with it,
    which takes them as independent, and any standard error mislead (King, Domenech de Cellès,
    Magpantay, Rohani, Proc. R. Soc. B 282, 20150347, 2015).
    """

    name: ClassVar[str] = "least squares (what a learner tries first)"

    def scores(
        self, seen: Observed, which: npt.NDArray[np.int64], shared: Floats, gradients: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return half the sum of squares, its gradient and the information J'J."""
        gap = (shared - seen.fraction[which])[:, None, :]
        value = 0.5 * np.einsum("bpt,bpt->b", gap, gap)
        return value, (gap * gradients).sum(axis=2), gradients @ gradients.transpose(0, 2, 1)

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
        self, seen: Observed, which: npt.NDArray[np.int64], shared: Floats, gradients: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return the negative log-likelihood, its gradient and the Fisher information."""
        left = np.maximum(1.0 - shared[:, :-1], 1e-12)
        h = np.clip(np.diff(shared, axis=1) / left, 1e-12, 1.0 - 1e-12)
        by_z = (gradients[:, :, 1:] - (1.0 - h)[:, None] * gradients[:, :, :-1]) / left[:, None]
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


Method = LeastSquares | ChainBinomial

# The 95 % interval of an estimate: from its replicates, or from the likelihood at a bound.


@dataclass(frozen=True, eq=False)
class Replicates:
    """What an interval is made of: a fit, and the same model fitted to replicates."""

    fit: Fit  # To the data
    seen: Observed  # The data, one pool
    remade: Observed  # The replicates
    again: Fitted  # The model fitted to the replicates
    # The model fitted to the curve of which the replicates are made: what it would estimate without
    # chance. For the model that made the replicates these are its own rates
    centre: Fitted

    def interval(self, at: int) -> Interval:
        """Return the 95 % interval of parameter number `at`.

        Where the replicates spread around their centre it is `shifted`. Where more than 1 in 40 of
        them lie at a bound of the fit, or tenfold away, as where a source rate may be nothing, such
        a shift means nothing: the likelihood is asked (`profiled`), and for least squares, which
        have none, the central 95 % of the replicates.
        """
        if not self._piles_up(at):
            return self._within(at, *self._shifted(at))
        if self.fit.method.extra_parameters() or not self.fit.identified:
            return self._within(at, *np.quantile(self.again.estimates[:, at], _ENDS))
        return self._profiled(at)

    def _piles_up(self, at: int) -> bool:
        low, high = limits(self.fit.model, self.seen)[:, at]
        edge, z = _EDGE * (high - low), np.append(self.again.z[:, at], self.fit.z[at])
        beyond = max((z < low + edge)[:-1].mean(), (z > high - edge)[:-1].mean())
        scale, _ = scales(self.fit.model.parameters[at])
        here = scale(self.centre.estimates[0, at])
        ends = np.quantile(scale(self.again.estimates[:, at]), _ENDS)
        inside = low + edge < z[-1] < high - edge
        return bool(beyond > _ENDS[0] or not inside or np.abs(ends - here).max() > _FAR)

    def _shifted(self, at: int) -> tuple[float, float]:
        """Return the estimate less the errors of 95 % of the replicates (the basic bootstrap).

        An error is a replicate's estimate less the centre, on the logarithm of a rate and the
        log-odds of a fraction. The order statistics r of n that hold 95 % are r / (n + 1).
        """
        scale, back = scales(self.fit.model.parameters[at])
        centre = scale(self.centre.estimates[0, at])
        error = scale(self.again.estimates[:, at]) - centre
        low, high = np.quantile(error, _ENDS, method="weibull")
        here = scale(np.array(list(self.fit.estimates.values()))[at])
        return float(back(here - high)), float(back(here - low))

    def _within(self, at: int, low: float, high: float) -> Interval:
        """Return an interval that holds its estimate and ends where estimates can be."""
        name, bounds = self.fit.model.parameters[at], limits(self.fit.model, self.seen)[:, at]
        value = self.fit.estimates[name]
        most = float(np.exp(bounds[1])) if is_rate(name) and name != "slow_rate" else np.inf
        least = 0.0 if low < float(np.exp(bounds[0] + _EDGE)) else low
        return Interval(float(min(least, value)), float(max(min(high, most), value)))

    def _profiled(self, at: int) -> Interval:
        """Return where 2 (ln L − ln L with this parameter fixed) stays below its 95 % quantile.

        The quantile is that of the replicates, fixed where they were made: early luck is not
        binomial noise, so it lies above chi-squared's. An end that is never reached is 0 or 1, or
        for the largest of rates infinite.
        """
        model, method = self.fit.model, self.fit.method
        true = np.full(len(self.again.value), self.centre.z[0, at])
        fixed = fit_each(self.remade, model, method, (at, true)).value
        most = max(float(np.quantile(2.0 * (fixed - self.again.value), 0.95)), _CHI_SQUARED)
        low, high = limits(model, self.seen)[:, at]
        here = float(self.fit.z[at])
        best = fit_each(self.seen, model, method).value[0]

        def loss(values: Floats) -> tuple[Floats, Floats]:
            result = fit_each(self.seen.repeated(len(values)), model, method, (at, values))
            return 2.0 * (result.value - best) - most, result.estimates[:, at]

        name = model.parameters[at]
        value = self.fit.estimates[name]
        largest = None if name == "slow_rate" else 1.0 if is_fraction(name) else np.inf
        below = _crossing(loss, np.linspace(here, low, _GRID), 0.0)
        above = _crossing(loss, np.linspace(here, high, _GRID), largest)
        return Interval(min(below, value), max(above, value))


def _crossing(
    loss: Callable[[Floats], tuple[Floats, Floats]], grid: Floats, never: float | None
) -> float:
    """Return the estimate at which the loss first passes 0 on the way along the grid.

    Where it does not, `never`, or without one the estimate at the grid's end.
    """
    for _ in range(2):
        result, estimates = loss(grid)
        above = np.flatnonzero(result > 0)
        if not len(above):
            return float(estimates[-1]) if never is None else never
        if above[0] == 0:
            return float(estimates[0])
        at = int(above[0])
        pair = slice(at - 1, at + 1)
        grid, ends = np.linspace(grid[at - 1], grid[at], _GRID), (result[pair], estimates[pair])
    return float(np.interp(0.0, *ends))


def scales(name: str) -> tuple[Scale, Scale]:
    """Return the scale of a parameter, logarithm or log-odds, and the way back."""
    if not is_fraction(name):
        return lambda x: np.log(np.maximum(x, _SMALL)), np.exp
    return lambda x: logit(x, _SMALL), expit


# Fit a model to a curve: `Curve` and model in, `Fit` out.


@dataclass(frozen=True, eq=False)
class Fit:
    """One model fitted to one curve.

    Parameters
    ----------
    model : Model
        What was fitted, with its mixing.
    method : Method
        How.
    estimates : dict of str to float
        The rates, hazards per contact and round; the source's per round.
    intervals : dict of str to Interval
        Where a bootstrap was made, else empty.
    z : array, shape (P,)
        The estimates as working parameters of the model.
    log_likelihood, aic, bic : float
        At the estimates. They can be compared within a method only.
    rmse : float
        Root mean square of the residuals.
    curve : array, shape (T + 1,)
        The model's i by round.
    residuals : array, shape (T + 1,)
        Observed minus model.
    identified : bool
        Whether the curve determines all the estimates.
    reason : str
        If not, why not.
    """

    model: Model
    method: Method
    estimates: dict[str, float]
    log_likelihood: float
    aic: float
    bic: float
    rmse: float
    curve: Floats
    residuals: Floats
    identified: bool = True
    reason: str = ""
    intervals: dict[str, Interval] = field(default_factory=dict)
    z: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def label(self) -> str:
        """Model and mixing in words."""
        words = (self.model.name, self.model.mixing.label, self.observed)
        return ", ".join(word for word in words if word)

    @property
    def observed(self) -> str:
        """What is taken as observed of the model, in words; "" for all of it."""
        return self.model.observed if isinstance(self.model, PartlyObserved) else ""

    def with_intervals(self, intervals: dict[str, Interval]) -> Fit:
        """Return this fit with its intervals, and with the doubt that they raise."""
        reason = self.reason or _loose(intervals)
        return replace(self, intervals=intervals, identified=not reason, reason=reason)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model fitted to B curves by themselves: what a bootstrap needs and no more."""

    z: Floats  # (B, P): Working parameters
    estimates: Floats  # (B, P): The rates
    # (B,): The method's smallest value (minus the log-likelihood for `ChainBinomial`)
    value: Floats

    @property
    def middle(self) -> Fitted:
        """The median of each number over the curves, B = 1."""
        return Fitted(*(np.median(part, axis=0)[None] for part in vars(self).values()))


def fit_each(
    seen: Observed,
    model: Model,
    method: Method,
    fixed: tuple[int, Floats] | None = None,
    starts: Floats | None = None,
) -> Fitted:
    """Fit a model to each of B pools at once.

    Every pool is fitted from the same few first guesses, or from `starts` (S, 1, P), and the best
    end is kept, so the result is a function of its data alone. `fixed` is a working parameter that
    is not fitted, by its number, with its value for each pool.
    """
    seen.checked(len(model.parameters))
    if not _STARTERS.intersection(model.parameters) and (seen.start <= 0).any():
        raise CannotFit(
            "This curve starts with nobody sharing, and without a source nobody ever would",
            advice="Start the curve in the first round with a sharer, or fit 'source and peers'",
        )
    if isinstance(model, PartlyObserved) and (seen.start >= model.reporting).any():
        raise CannotFit(
            "More are counted at first than this reporting fraction allows",
            given=f"{seen.start.max():g} of all counted, reporting {model.reporting:g}",
            allowed=f"a reporting fraction above {seen.start.max():g}",
        )

    times = seen.elapsed

    def objective(z: Floats, which: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        shared, gradients = model.curves(z, seen.start[which], times)
        if fixed is not None:
            gradients[:, fixed[0]] = 0.0
        return method.scores(seen, which, shared, gradients)

    if starts is None:
        starts = first_guesses(seen, model)
    first = np.broadcast_to(starts, (len(starts), len(seen.new), starts.shape[-1])).copy()
    if fixed is not None:
        first[:, :, fixed[0]] = fixed[1]
    z, value = minimise(objective, first, limits(model, seen))
    return Fitted(z, model.estimates(z), value)


def first_guesses(seen: Observed, model: Model) -> Floats:
    """Return the model's guesses for each pool, (S, B, P), from the speed at which it grows."""
    step = model.mixing.step(seen.elapsed)
    contacts = model.mixing.contacts(seen.fraction)[:, :-1] * (np.diff(seen.elapsed) / step)
    met = (seen.at_risk * contacts).sum(axis=1)
    speed = np.clip(seen.new.sum(axis=1) / np.maximum(met, 1e-9), 1e-6, 5.0) / step
    return np.array(model.starts(speed, seen.fraction[:, -1]))


def limits(model: Model, seen: Observed) -> Floats:
    """Return lowest and highest z, shape (2, P): rates are bounded by the pace of the counts."""
    scaled = np.array([is_rate(name) and name != "slow_rate" for name in model.parameters])
    return np.asarray(model.bounds - scaled * np.log(model.mixing.step(seen.elapsed)))


def can_start(curve: Curve, model: Model) -> bool:
    """Return whether a model has somebody to start the curve: a first sharer, or a source."""
    return bool(_STARTERS.intersection(model.parameters)) or bool(curve.counts[:, 0].mean() > 0)


def starts_each(curve: Curve, model: Model) -> bool:
    """Return whether a model has somebody to start every run of a curve."""
    return bool(_STARTERS.intersection(model.parameters)) or bool((curve.counts[:, 0] > 0).all())


def fit(
    curve: Curve,
    model: Model,
    method: Method | None = None,
    *,
    ceiling: bool = False,
    reporting: float = 1.0,
    unknown_start: bool = False,
) -> Fit:
    """Fit a model to a curve; several runs are pooled.

    Parameters
    ----------
    curve : Curve
        One run or many.
    model : Model
        `OneRate`, `TwoRates`, `Spread`, `SourceAndPeers` or `SourceAlone`, on
        `WellMixed(degree)` or `OnNetwork(degree)`.
    method : Method, optional
        `ChainBinomial()` if not given, or `LeastSquares()`.
    ceiling, reporting, unknown_start : bool, float, bool
        What is observed of it: whether some may never share, which fraction of sharers is counted,
        and whether some had shared before the counts (`PartlyObserved`).

    Returns
    -------
    Fit
        Without intervals; `newswave.equations.replicates` adds them.

    Raises
    ------
    CannotFit
        If the curve is too short, nobody new shares, or more are counted at first than the
        reporting fraction allows.

    Examples
    --------
    >>> from newswave.equations.models import OneRate, WellMixed
    >>> from newswave.equations.well_mixed import one_rate
    >>> exact = Curve(1000 * one_rate(0.05, 8, 0.01, range(40)), n_agents=1000)
    >>> round(fit(exact, OneRate(WellMixed(8))).estimates["rate"], 6)
    0.05
    """
    check_curve(curve)
    method = method or ChainBinomial()
    model = Seen(ceiling, reporting, unknown_start).of(model)
    seen = Observed.pooled(curve)
    fitted = fit_each(seen, model, method)
    likelihood = float(method.log_likelihood(seen, fitted.value)[0])
    n_free = len(model.parameters) + method.extra_parameters()
    shared = model.curves(fitted.z, seen.start, seen.elapsed)[0][0]
    residuals = seen.fraction[0] - shared
    reason = _doubt(seen, model, method, fitted)
    return Fit(
        model=model,
        method=method,
        estimates=dict(zip(model.parameters, map(float, fitted.estimates[0]), strict=True)),
        log_likelihood=likelihood,
        aic=2 * n_free - 2 * likelihood,
        bic=n_free * float(np.log(seen.n_rounds)) - 2 * likelihood,
        rmse=float(np.sqrt((residuals[1:] ** 2).mean())),
        curve=shared,
        residuals=residuals,
        identified=not reason,
        reason=reason,
        z=fitted.z[0],
    )


def _loose(intervals: dict[str, Interval]) -> str:
    """Return what the intervals leave open, or nothing.

    A rate whose ends are more than 20-fold apart is not determined; one that may be 0, such as a
    source that may be nothing, is, if its interval ends somewhere.
    """
    for name, ends in intervals.items():
        if not np.isfinite(ends.high) or (name in _NEEDED and ends.high > _LOOSE * ends.low):
            span = f"{ends.low:.2g} to {ends.high:.2g}"
            if not np.isfinite(ends.high):
                span = f"{ends.low:.2g} and all above"
            return f"not determined by this curve: {name.replace('_', ' ')} may be {span}"
    return ""


def _doubt(seen: Observed, model: Model, method: Method, fitted: Fitted) -> str:
    """Return why the estimates are not determined by the curve, or nothing.

    A parameter at its bound, or one that can be moved far with no loss of fit, is not determined;
    but a ceiling of 1 says that nobody is held back, and rates that hardly vary are alike.
    """
    low, high = limits(model, seen)
    z = fitted.z[0]
    for at, name in enumerate(model.parameters):
        span = 0.02 * (high[at] - low[at])
        if z[at] < low[at] + span or z[at] > high[at] - span:
            edge = "0" if z[at] < low[at] + span else "its largest value"
            if name == "ceiling" and edge != "0":
                continue
            where = "the two rates are alike" if name == "slow_rate" and edge != "0" else (
                f"{name.replace('_', ' ')} runs to {edge}"
            )  # fmt: skip
            return f"not determined by this curve: {where}"
    begun = fitted.estimates[0, -1] if model.parameters[-1] == "initial_fraction" else 1.0
    if begun < seen.start[0]:
        return "not determined by this curve: fewer had shared at first than were counted"
    shared, gradients = model.curves(fitted.z, seen.start, seen.elapsed)
    information = method.scores(seen, np.array([0]), shared, gradients)[2][0]
    scale = _scale(seen, method, fitted)
    names = [n for n, x, top in zip(model.parameters, z, high, strict=True)
             if n != "rate_variation"
             and (n != "ceiling" or x < top - 0.02 * (LOGIT[1] - LOGIT[0]))]  # fmt: skip
    kept = np.ix_(*[[model.parameters.index(name) for name in names]] * 2)
    ridge = 1e-12 * max(float(np.diag(information).max()), 1.0) * np.eye(len(names))
    variance = np.diag(np.linalg.inv(information[kept] + ridge)) * scale
    loose = np.sqrt(np.maximum(variance, 0.0)) > (LOGIT[1] - LOGIT[0]) / 8
    if loose.any():
        name = names[int(loose.argmax())]
        return f"not determined by this curve: many values of {name.replace('_', ' ')} fit alike"
    return ""


def _scale(seen: Observed, method: Method, fitted: Fitted) -> float:
    """Return what the information is worth: 1 for a likelihood, the variance for least squares."""
    if method.extra_parameters() == 0:
        return 1.0
    free = max(seen.n_rounds - len(fitted.z[0]), 1)
    return 2.0 * float(fitted.value[0]) / free
