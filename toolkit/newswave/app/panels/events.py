"""Events: two pieces of news among the same agents, each with luck of its own."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from newswave.app.controls import Scale
from newswave.app.items import Stroke
from newswave.app.panels.panel import (
    OTHER_RUNS,
    RUNS,
    Control,
    Dial,
    Panel,
    Pick,
    Settings,
    Shown,
    runs_words,
    span,
)
from newswave.app.pictures import Band, Line, Picture, ensemble_band
from newswave.core import events as reports
from newswave.core.curve import Curve
from newswave.core.events import Event, library
from newswave.core.population import IndependentTraits
from newswave.core.rules import ByTraits
from newswave.core.setup import Setup
from newswave.core.simulation import World, simulate

ROUNDS = 40
MOST = 100


def is_calm(event: Event) -> bool:
    """Return whether an event can be shown to anybody: no violence is reported.

    >>> is_calm(reports.event("lantern-festival")), is_calm(reports.event("clinic-attacked"))
    (True, False)
    """
    return not event.content_note or "no violence" in event.content_note


def _controls(some: tuple[Event, ...]) -> tuple[Control, ...]:
    options = tuple((e.id, f"{e.headline} ({e.type.value.lower()})") for e in some)
    return (
        Pick("first", "Event A", options),
        Pick("second", "Event B", options),
        Dial(
            "runs",
            "Runs of each",
            Scale((1, 2, 5, 10, 20, 50, MOST), lambda runs: runs_words(int(runs))),
            "The two have the same agents and links, and luck of their own.",
        ),
    )


_EVERY = tuple(sorted(library(), key=lambda event: event.offset.value))
_CALM = tuple(filter(is_calm, _EVERY))


@dataclass(frozen=True)
class EventsSettings(Settings):
    """Settings of the panel `events`."""

    controls: ClassVar[tuple[Control, ...]] = _controls(_CALM)

    first: str = "lantern-festival"  # ids of two events of the library that report no violence
    second: str = "march-for-clean-water"
    runs: int = 20  # how often each is run, 1 to 100


@dataclass(frozen=True)
class AllEventsSettings(EventsSettings):
    """Settings of the panel `events` with the whole library, armed conflict included."""

    controls: ClassVar[tuple[Control, ...]] = _controls(_EVERY)


@functools.lru_cache(maxsize=32)
def _all_runs(offset_of: str, first: int) -> Curve:
    """Return all runs of an event from run `first` on."""
    setup = Setup(
        mix=IndependentTraits(),
        sharing=ByTraits(),
        event=reports.event(offset_of),
        rounds=ROUNDS,
        replicas=MOST,
    )
    return simulate(World.of(setup), first=first)


def _some(event_id: str, first: int, runs: int) -> Curve:
    whole = _all_runs(event_id, first)
    return Curve(whole.counts[:runs], whole.n_agents)


def _show(settings: EventsSettings) -> Shown:
    curves = (_some(settings.first, 0, settings.runs), _some(settings.second, MOST, settings.runs))
    lines: list[Line] = []
    bands: list[Band] = []
    sides: tuple[tuple[str, Stroke, str], ...] = (("A", RUNS, "blue"), ("B", OTHER_RUNS, "orange"))
    for curve, (name, stroke, colour) in zip(curves, sides, strict=True):
        label = name if curve.runs == 1 else f"{name}: mean"
        lines.append(Line(name, label, stroke, curve.mean / curve.n_agents))
        if curve.runs > 1:
            bands.append(ensemble_band(curve, f"{name}: 90 % of runs", colour))
    a, b = reports.event(settings.first), reports.event(settings.second)
    picture = Picture(
        title=f"{runs_words(settings.runs)} of each event",
        rounds=ROUNDS,
        lines=tuple(lines),
        bands=tuple(bands),
        curve_words=f"Agents that have shared. A: {a.headline}. B: {b.headline}.",
        has_transport=False,
    )
    return Shown(picture, _words((a, b), curves))


def _words(events: tuple[Event, Event], curves: tuple[Curve, Curve]) -> str:
    a, b = (np.nan_to_num(curve.half_time(), nan=float(ROUNDS)) for curve in curves)
    sentences = [
        f"{name}, “{event.headline}”: half have shared {_half(half)}."
        for name, event, half in zip("AB", events, (a, b), strict=True)
    ]
    gap = float(b.mean() - a.mean())
    later = "later" if gap > 0 else "earlier"
    sentences.append(f"B is {abs(gap):.1f} rounds {later} than A{_pairs(a, b)}.")
    sentences.append(_offsets(*events))
    return " ".join(sentences)


def _half(half: np.ndarray) -> str:
    if len(half) == 1:
        return f"by round {half[0]:.1f} (1 run)"
    return f"by round {half.mean():.1f} on average (range of {len(half)} runs: {span(half)})"


def _pairs(a: np.ndarray, b: np.ndarray) -> str:
    """Return how the difference spreads over all pairs of a run of A and a run of B."""
    if len(a) == 1:
        return " in these two runs, and nobody can say yet how much of that is luck"
    apart = b[:, None] - a[None, :]
    low, high = np.quantile(apart, [0.05, 0.95])
    earlier = 100 * float((apart < 0).mean())
    return (
        f" on average. From one pair of runs to another, B minus A is anything from {low:+.1f} to "
        f"{high:+.1f} rounds (90 % of the pairs); B is the earlier one in {earlier:.0f} % of them"
    )


def _offsets(a: Event, b: Event) -> str:
    if a.offset.value == b.offset.value:
        return (
            f"Both events have the offset {a.offset.value:g}, so that all of this difference is "
            "luck."
        )
    return (
        f"The offsets on the log-odds are {a.offset.value:g} and {b.offset.value:g}: numbers that "
        "the library chose, and nobody measured."
    )


_QUESTION = "Do different events spread at different speeds, or is it luck?"
_NOTICE = "how far the bands overlap. One run of each would not tell two such events apart."
_TRY = "choose two neutral events, then raise the number of runs. What becomes of the difference?"

PANEL = Panel("events", _QUESTION, _NOTICE, _TRY, EventsSettings(), _show)
ALL_EVENTS = Panel("all_events", _QUESTION, _NOTICE, _TRY, AllEventsSettings(), _show)
