"""The picture of the page: the agents that are asked, and the curve, beside what was predicted."""

from __future__ import annotations

import numpy as np

from newswave.history import History
from newswave.lineplots import FITS
from newswave.rules import SameForAll
from newswave.setups import Setup
from newswave.views.explorer.asked.forecasts import RUNS
from newswave.views.explorer.asked.runs import Ran
from newswave.views.explorer.asked.state import State
from newswave.views.explorer.items import Stroke
from newswave.views.explorer.lines import shown_lines
from newswave.views.explorer.pictures import (
    TIME,
    Cast,
    Line,
    Picture,
    cast_words,
    rule_words,
    synthetic_words,
)
from newswave.world import World

_OWN = Stroke("ink", (), 1.5)


def picture_of(state: State) -> Picture:
    """Return the picture: of the run, of a run by the table, or of agents that nobody has asked."""
    if state.shown_run is not None:
        return _of_run(state, state.shown_run)
    if state.forecast.ensemble is not None:
        held = state.forecast.ensemble
        title = "One run by the table: no agent was asked"
        return _picture(state, title, held.world, held.history(0))
    world = World.of(state.settings.setup(SameForAll()))
    return _picture(state, "Nobody has been asked yet", world, History.at_start(world))


def _of_run(state: State, ran: Ran) -> Picture:
    is_live = state.is_live
    if ran.is_replay:
        title = "Replay: what these agents were asked and answered"
    elif is_live:
        title = "Live: a model is asked for every decision"
    else:
        title = "The run with the model" + ("" if ran.played else ", as far as it got")
    held = state.comparison
    fits = () if held is None else shown_lines(held.curve, FITS, fits=held.fits)
    own = () if state.forecast.lines else (_own(ran.history, ran.setup),)
    return _picture(state, title, ran.world, ran.history, (*own, *fits), is_live)


def _own(history: History, setup: Setup) -> Line:
    """Return the run's own curve as a line, as far as it goes, so that there is one at least."""
    fraction = np.full(setup.rounds + 1, np.nan)
    counts = history.counts[: setup.rounds + 1]
    fraction[: len(counts)] = counts / setup.n_agents
    return Line("own", "these agents", _OWN, fraction)


def _picture(
    state: State,
    title: str,
    world: World,
    history: History,
    more: tuple[Line, ...] = (),
    is_live: bool = False,
) -> Picture:
    setup, lines = world.setup, (*state.forecast.lines, *more)
    return Picture(
        title=title,
        rounds=history.rounds,
        cast=Cast.of(world, state.trait),
        history=history,
        lines=lines,
        bands=state.forecast.bands,
        network_words=cast_words(setup, history, state.round),
        curve_words=_curve_words(history, setup.n_agents, state, lines),
        rule=rule_words(setup),
        time=TIME,
        synthetic=synthetic_words(setup) or _of_table(state),
        is_live=is_live,
        has_transport=is_live or history.rounds > 0,
        agent=state.agent,
    )


def _of_table(state: State) -> str:
    """Return the label of a prediction that rests on a formula's answers; '' for others."""
    held = state.forecast.ensemble
    return "" if held is None else synthetic_words(held.setup)


def _curve_words(history: History, n: int, state: State, lines: tuple[Line, ...]) -> str:
    """Return what the curve shows, for whoever cannot see it."""
    percent = 100 * history.counts / n
    words = (
        f"The curve goes from {percent[0]:.0f} % at round 0 to {percent[-1]:.0f} % at round "
        f"{history.rounds}."
    )
    band = next(iter(state.forecast.bands), None)
    if band is not None:
        low, high = 100 * band.low[-1], 100 * band.high[-1]
        words += f" 90 % of {RUNS} runs by the table end between {low:.0f} and {high:.0f} %."
    ends = ", ".join(
        f"{line.label} {100 * line.fraction[-1]:.0f} %" for line in lines if line.key != "own"
    )
    return f"{words} Lines end at: {ends}." if ends else words
