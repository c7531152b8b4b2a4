"""Fits of curves, and their bootstrap, against SciPy's solver inside SciPy's least squares."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator

import numpy as np
import peerfits
import peers
from clock import Contender
from rows import Goal, Row, Sizes, duel, shown
from spreads import DEGREE

import newswave as nw
from newswave.equations.fit import ChainBinomial, LeastSquares, Method, Observed, fit, fit_each
from newswave.equations.models import Mixing, Model, OneRate, OnNetwork, TwoRates, WellMixed
from newswave.equations.replicates import Design, Truth, on_network, with_intervals


def two_groups(sizes: Sizes) -> nw.Curve:
    """Return curves of two groups, 0.15 and 0.015, for fitting."""
    return nw.simulate(nw.Setup(n_agents=sizes.agents, replicas=sizes.curves))


def fits(sizes: Sizes) -> Iterator[Row]:
    """Two-rate fits of single runs, all at once and one at a time, against SciPy."""
    curve = two_groups(sizes)
    alone = [curve.run(at) for at in range(sizes.peer_curves)]
    for mixing in (WellMixed(DEGREE), OnNetwork(DEGREE)):
        model, work = TwoRates(mixing), f"two rates, {mixing.label}"
        for method in (LeastSquares(), ChainBinomial()):
            each = functools.partial(fit_each, Observed.each(curve), model, method)
            many = Contender("newswave", each, curve.runs)
            what = f"{work}, {_word(method)}, each of {curve.runs}"
            yield from duel(what, many, scipy_fits(curve, mixing, sizes), sizes.repetitions)
        one = Contender("newswave", functools.partial(_fit_all, alone, model), len(alone))
        what = f"{work}, {_word(method)}, one alone"
        yield from duel(what, one, scipy_fits(curve, mixing, sizes), sizes.repetitions)


def one_rate(sizes: Sizes) -> Iterator[Row]:
    """One-rate fits of single runs, all at once and one at a time, against lmfit."""
    if not peers.has("lmfit"):
        return
    curve, model = two_groups(sizes), OneRate(WellMixed(DEGREE))
    alone = [curve.run(at) for at in range(sizes.peer_curves)]

    def logistic() -> None:
        for one in alone:
            peerfits.logistic_rate(one.fraction[0], DEGREE)

    theirs = [(Contender("lmfit, logistic curve", logistic, len(alone)), Goal(10, must=1))]
    work = f"one rate, {model.mixing.label}, likelihood"
    each = functools.partial(fit_each, Observed.each(curve), model, ChainBinomial())
    ours = Contender("newswave", each, curve.runs)
    yield from duel(f"{work}, each of {curve.runs}", ours, theirs, sizes.repetitions)
    ours = Contender("newswave", functools.partial(_fit_all, alone, model), len(alone))
    yield from duel(f"{work}, one alone", ours, theirs, sizes.repetitions)


def scipy_fits(curve: nw.Curve, mixing: Mixing, sizes: Sizes) -> list[tuple[Contender, Goal]]:
    """Return SciPy's fits of the same curves: as it comes, and tight enough to give our answers."""
    some = curve.fraction[: sizes.peer_curves]
    found: list[tuple[Contender, Goal]] = []
    for name, rtol, goal in (
        ("solve_ivp", None, Goal(50, must=10)),
        ("solve_ivp, rtol 1e-6", 1e-6, Goal()),
    ):
        fitter = peerfits.Fitter(DEGREE, isinstance(mixing, OnNetwork), rtol)
        run = functools.partial(lambda one: [one.fit(fraction) for fraction in some], fitter)
        found.append((Contender(f"{name}, least_squares", run, len(some)), goal))
    return found


def _word(method: Method) -> str:
    return "least squares" if isinstance(method, LeastSquares) else "likelihood"


def _fit_all(curves: list[nw.Curve], model: Model) -> None:
    for curve in curves:
        fit(curve, model)


def bootstrap(sizes: Sizes) -> Iterator[Row]:
    """Intervals of a two-rate network fit: wall time."""
    curve = two_groups(sizes).run(0)
    found = fit(curve, TwoRates(OnNetwork(DEGREE)))
    seconds = []
    for _ in range(max(3, sizes.repetitions // 2)):
        start = time.perf_counter()
        truth, network = Truth.of(found), nw.RandomRegular(DEGREE)
        data = on_network(truth, Design.of(curve), network, 1, sizes.bootstrap)
        with_intervals((found,), data, curve, truth, OnNetwork(DEGREE))
        seconds.append(time.perf_counter() - start)
    wall = float(np.median(seconds))
    what = f"bootstrap of {sizes.bootstrap}, two rates, network, N = {sizes.agents}: wall s"
    yield Row(what, "", shown(wall), "", wall, Goal(3), min(seconds), max(seconds))
