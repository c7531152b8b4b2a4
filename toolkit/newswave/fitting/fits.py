"""Fit a model to a curve: `Curve` and model in, `Fit` out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve, check_curve
from newswave.errors import CannotFit
from newswave.fitting.methods import ChainBinomial, Method, Observed
from newswave.fitting.models import LOGIT, Model, PartlyObserved, is_rate, observed
from newswave.fitting.scoring import minimise

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A range that holds the true value in 95 of 100 repetitions of the whole data set.

    "True" is what the model estimates without chance from the process that made the data: for a
    model that does not describe it, that is not the agents' own rate.
    """

    low: float
    high: float


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
    """A model fitted to B curves by themselves: what a bootstrap needs and no more.

    Parameters
    ----------
    z : array, shape (B, P)
        Working parameters.
    estimates : array, shape (B, P)
        The rates.
    value : array, shape (B,)
        The method's smallest value (minus the log-likelihood for `ChainBinomial`).
    """

    z: Floats
    estimates: Floats
    value: Floats

    @property
    def middle(self) -> Fitted:
        """The median of each number over the curves, B = 1."""
        return Fitted(*(np.median(part, axis=0)[None] for part in vars(self).values()))


def fit_each(
    seen: Observed, model: Model, method: Method, held: tuple[int, Floats] | None = None
) -> Fitted:
    """Fit a model to each of B pools at once.

    Every pool is fitted from the same few first guesses and the best end is kept, so the result
    is a function of its data alone, whoever asks.

    Parameters
    ----------
    seen : Observed
        The pools.
    model : Model
        What to fit.
    method : Method
        How.
    held : tuple of int and array, optional
        A working parameter that is not fitted, by its number, and its value for each pool.

    Returns
    -------
    Fitted
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
        shared, slopes = model.curves(z, seen.start[which], times)
        if held is not None:
            slopes[:, held[0]] = 0.0
        return method.scores(seen, which, shared, slopes)

    step = model.mixing.step(times)
    contacts = model.mixing.contacts(seen.fraction)[:, :-1] * (np.diff(times) / step)
    met = (seen.at_risk * contacts).sum(axis=1)
    speed = np.clip(seen.new.sum(axis=1) / np.maximum(met, 1e-9), 1e-6, 5.0) / step
    starts = np.array(model.starts(speed, seen.fraction[:, -1]))
    if held is not None:
        starts[:, :, held[0]] = held[1]
    z, value = minimise(objective, starts, limits(model, seen))
    return Fitted(z, model.estimates(z), value)


def limits(model: Model, seen: Observed) -> Floats:
    """Return lowest and highest z, shape (2, P): rates are bounded by the pace of the counts."""
    scaled = np.array([is_rate(name) and name != "slow_rate" for name in model.parameters])
    return np.asarray(model.bounds - scaled * np.log(model.mixing.step(seen.elapsed)))


_STARTERS = frozenset({"source_rate", "initial_fraction"})
"""The parameters with which a curve need not begin with a sharer."""


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
        `OneRate`, `TwoRates`, `SourceAndPeers` or `SourceAlone`, on `WellMixed(degree)` or
        `OnNetwork(degree)`.
    method : Method, optional
        `ChainBinomial()` if not given, or `LeastSquares()`.
    ceiling, reporting, unknown_start : bool, float, bool
        What is observed of it: whether some may never share, which fraction of sharers is counted,
        and whether some had shared before the counts (`PartlyObserved`).

    Returns
    -------
    Fit
        Without intervals; `newswave.fitting.bootstrap` adds them.

    Raises
    ------
    CannotFit
        If the curve is too short, nobody new shares, or more are counted at first than the
        reporting fraction allows.

    Examples
    --------
    >>> from newswave.fitting.models import OneRate, WellMixed
    >>> from newswave.meanfield import one_rate
    >>> exact = Curve(1000 * one_rate(0.05, 8, 0.01, range(40)), n_agents=1000)
    >>> round(fit(exact, OneRate(WellMixed(8))).estimates["rate"], 6)
    0.05
    """
    check_curve(curve)
    method = method or ChainBinomial()
    model = observed(model, ceiling, reporting, unknown_start)
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


_LOOSE = 20.0


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


_NEEDED = ("fast_rate",)
"""The rates that are not 0 in any process that their model describes."""


def _doubt(seen: Observed, model: Model, method: Method, fitted: Fitted) -> str:
    """Return why the estimates are not determined by the curve, or nothing.

    A parameter at its bound, or one that can be moved far with no loss of fit, is not determined;
    but a ceiling of 1 says that nobody is held back.
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
    shared, slopes = model.curves(fitted.z, seen.start, seen.elapsed)
    information = method.scores(seen, np.array([0]), shared, slopes)[2][0]
    scale = _scale(seen, method, fitted)
    names = [n for n, x, top in zip(model.parameters, z, high, strict=True)
             if n != "ceiling" or x < top - 0.02 * (LOGIT[1] - LOGIT[0])]  # fmt: skip
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
