"""The panels of lessons 5 to 8: people who differ, what data say of them, models, and events."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from newswave.app.cache import Ensemble, ensemble
from newswave.app.controls import Scale, even_steps
from newswave.app.page import Code, Item
from newswave.app.panels.panel import (
    MIXED,
    OTHER_RUNS,
    RUNS,
    THIN,
    THIN_DASHED,
    Floats,
    Panel,
    Shown,
    by_round,
    curves,
    dial,
    mean_of,
    passes,
    pick,
    points,
    runs_words,
    span,
    stretches,
    toggle,
)
from newswave.app.pictures import Band, Line, ensemble_band
from newswave.core import events as reports
from newswave.core import rules
from newswave.core.curve import Curve
from newswave.core.equivalents import average_person
from newswave.core.events import Event, library
from newswave.core.parameters import percent
from newswave.core.population import IndependentTraits, Mix, OneProfile, Profile, TwoGroups
from newswave.core.provenance import Cell
from newswave.core.rules import ByGroup, ByTraits, Measured
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable, share_probability
from newswave.core.simulation import World, simulate
from newswave.equations import on_network
from newswave.llm import play
from newswave.llm.recording import RecordedReply
from newswave.report.describe import SYNTHETIC
from newswave.report.style import Pen

REPLICAS = 20

# Two groups that differ, and the average person; and two rates to be found by hand.


def two_groups(rates: tuple[float, float], mix: TwoGroups, rounds: int) -> Setup:
    """Return a setup of two groups with these transmission rates per contact and round."""
    fast, slow = (float(share_probability(rate)) for rate in rates)
    sharing = ByGroup(max(fast, slow), slow)
    return Setup(mix=mix, sharing=sharing, rounds=rounds, replicas=REPLICAS)


@dataclass(frozen=True)
class Profiles(Panel):
    """Profiles: two groups of agents, beside a crowd of which everybody is the average person."""

    key = "profiles"
    question = "Can one average person stand in for people who differ?"
    notice = (
        "both crowds have the same mean rate. They part in the upper half of the curve, where only "
        "slow agents are left."
    )
    try_ = (
        "set the ratio to 1, then raise it. Which moves more: the time to half, or the time to "
        "90 %?"
    )

    ROUNDS: ClassVar[int] = 80
    MEAN_RATE: ClassVar[float] = 0.05  # of all agents, per contact and round: at all settings

    fast_fraction: float = dial(
        0.5,
        "Agents in the faster group",
        Scale(even_steps(0.1, 0.9, 0.1), percent),
        "The others are in the slower group.",
    )
    ratio: float = dial(
        4.0,
        "Fast rate over slow rate",
        Scale((1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0), "{:.2g} times".format),
        "The mean rate of all agents stays 0.05 per contact and round, whatever you choose.",
    )
    apart: bool = toggle("Show the two groups apart", "Each group's own curve, in per cent of it.")

    def setup(self) -> Setup:
        """Return the setup of two groups whose mean rate is `MEAN_RATE`."""
        share = self.fast_fraction
        slow = self.MEAN_RATE / (share * self.ratio + 1.0 - share)
        mix = TwoGroups(share, "fast", slow_name="slow")
        return two_groups((self.ratio * slow, slow), mix, self.ROUNDS)

    def show(self) -> Shown:
        """Return both crowds, and the two groups apart if they are asked for."""
        mixed = ensemble(self.setup())
        alike = ensemble(average_person(mixed.setup)).curve
        lines = [
            Line("alike", "average person", MIXED, mean_of(alike)),
            Line("mixed", "two groups", RUNS, mean_of(mixed.curve)),
        ]
        if self.apart:
            fast, slow = _groups(mixed)
            lines.append(Line("fast", "fast group alone", THIN, fast))
            lines.append(Line("slow", "slow group alone", THIN_DASHED, slow))
        picture = curves(
            f"{percent(self.fast_fraction)} share {self.ratio:.2g} times as readily",
            lines,
            [ensemble_band(mixed.curve, f"90 % of {REPLICAS} runs, two groups", "blue")],
        )
        return Shown(picture, self._words(mixed, mean_of(alike)))

    def _words(self, mixed: Ensemble, other: Floats) -> str:
        def when(fraction: Floats, level: float = 0.5) -> str:
            return by_round(passes(fraction, level), self.ROUNDS)

        fast, slow = mixed.setup.table(1).probabilities[:, 1]
        one = mean_of(mixed.curve)
        sentences = [
            f"Chance to share per contact: {100 * fast:.1f} % in the fast group, "
            f"{100 * slow:.1f} % in the slow one, {100 * share_probability(self.MEAN_RATE):.1f} % "
            "for the average person.",
            f"Half have shared: two groups {when(one)}, average person {when(other)}.",
            f"90 % have shared: two groups {when(one, 0.9)}, average person {when(other, 0.9)}.",
        ]
        if self.apart:
            quick, late = map(when, _groups(mixed))
            sentences.append(
                f"Half of the fast group have shared {quick}, half of the slow group {late}."
            )
        return " ".join(sentences)


def _groups(runs: Ensemble) -> tuple[Floats, Floats]:
    """Return the mean fraction of each group that has shared, round by round."""
    assert runs.curve.by_group is not None
    fast, slow = (runs.curve.by_group.mean(axis=0) / np.bincount(runs.world.rows)).T
    return fast, slow


@dataclass(frozen=True)
class ByHand(Panel):
    """By hand: a curve of two groups whose rates are hidden, and an equation to lay over it."""

    key = "by_hand"
    question = "Which two rates lie behind this curve?"
    notice = (
        "where your equation runs above the runs and where below, and for how many rounds on end."
    )
    try_ = (
        "bring the error below 2 points. Then do it again with quite another fast rate: what do "
        "the data leave open?"
    )

    ROUNDS: ClassVar[int] = 60
    TRUE_RATES: ClassVar[tuple[float, float]] = (0.2, 0.02)
    TRUE_FRACTION: ClassVar[float] = 0.4
    NEAR: ClassVar[float] = 0.005  # smaller gaps are no misfit worth a word

    fast_rate: float = dial(
        0.08,
        "Fast rate",
        Scale(even_steps(0.06, 0.4, 0.02), "{:.2f} per contact and round".format),
        "The transmission rate of the faster group.",
    )
    slow_rate: float = dial(
        0.04,
        "Slow rate",
        Scale(even_steps(0.005, 0.06, 0.005), "{:.3f} per contact and round".format),
        "The transmission rate of the slower group.",
    )
    fast_fraction: float = dial(
        0.5,
        "Agents with the fast rate",
        Scale(even_steps(0.05, 0.95, 0.05), percent),
        "The others have the slow rate.",
    )

    @classmethod
    def data(cls) -> Ensemble:
        """Return the runs that are to be fitted: the same ones each time."""
        return ensemble(two_groups(cls.TRUE_RATES, TwoGroups(cls.TRUE_FRACTION), cls.ROUNDS))

    def equation(self) -> Floats:
        """Return the network-aware equation at these settings, round by round."""
        setup = self.data().setup
        rates = (self.fast_rate, self.slow_rate)
        weights = (self.fast_fraction, 1.0 - self.fast_fraction)
        start = setup.n_seeds / setup.n_agents
        return on_network.rounds(rates, weights, 8, start, self.ROUNDS)

    def show(self) -> Shown:
        """Return the runs under the equation."""
        runs, line = self.data().curve, self.equation()
        picture = curves(
            "Your equation over the runs",
            (
                Line("runs", f"mean of {REPLICAS} runs", RUNS, mean_of(runs)),
                Line("by_hand", "your equation", MIXED, line),
            ),
            [ensemble_band(runs, f"90 % of {REPLICAS} runs", "blue")],
            "Agents that have shared: the mean of the runs, and your equation.",
        )
        return Shown(picture, self._words(runs, line))

    def _words(self, runs: Curve, line: Floats) -> str:
        apart = line - mean_of(runs)
        gap, at = runs.gap(line)
        low, high = (edge / runs.n_agents for edge in runs.band())
        inside = int(((line >= low) & (line <= high)).sum())
        side = "above" if apart[at] > 0 else "below"
        return (
            f"Root mean square error: {points(float(np.sqrt((apart**2).mean())))}. Your equation "
            f"runs above the runs in {stretches(apart > self.NEAR)} and below them in "
            f"{stretches(apart < -self.NEAR)}; gaps under half a point are not counted. The "
            f"largest gap is {points(gap)} {side} (round {at}). It lies within the band of 90 % of "
            f"the runs in {inside} of {len(line)} rounds."
        )


# What a few answers of a language model say.


@functools.cache
def _replies() -> Mapping[tuple[str, int], tuple[RecordedReply, ...]]:
    """Return the recorded replies by profile and exposure, those that could be read."""
    cells: dict[tuple[str, int], list[RecordedReply]] = {}
    for reply in play.synthetic_recording().all_replies:
        if reply.share is not None:
            cells.setdefault((reply.profile, min(reply.exposure, 3)), []).append(reply)
    return {key: tuple(replies) for key, replies in cells.items()}


_table = functools.cache(rules.synthetic_table)


def counted(profile: str, exposure: int) -> Cell:
    """Return what the recorded replies of a profile at an exposure say: counts and interval."""
    replies = _replies().get((profile, exposure), ())
    shared = sum(bool(reply.share) for reply in replies)
    return Cell.counted(profile, exposure, len(replies), shared)


@dataclass(frozen=True)
class Answers(Panel):
    """Answers: what a few recorded replies of a profile say, beside the table behind them."""

    key = "answers"
    question = "How much do a few answers say about a share probability?"
    notice = (
        "the interval is wide, and the band of curves is wide with it: that is all these replies "
        "say."
    )
    try_ = (
        "go through the eighteen intervals, or through some of them. How many hold what the table "
        "says? How many would you expect?"
    )

    ROUNDS: ClassVar[int] = 40
    # the recording has replies of them at every exposure; the readiest first
    PROFILES: ClassVar[dict[str, str]] = {
        "O+C-E+A-N+": "sociable, blunt, anxious",
        "O-C+E+A-N-": "sociable, blunt, orderly",
        "O-C+E-A-N-": "reserved, blunt, orderly",
        "O+C-E+A+N+": "sociable, warm, anxious",
        "O-C+E-A-N+": "reserved, blunt, anxious",
        "O-C-E-A+N+": "reserved, warm, anxious",
    }
    EXPOSURES: ClassVar[dict[int, str]] = {1: "one sharing neighbour", 2: "two", 3: "three or more"}

    profile: str = pick(
        "O+C-E+A+N+",
        "Personality profile",
        tuple((code, f"{code}: {words}") for code, words in PROFILES.items()),
        "O openness, C conscientiousness, E extraversion, A agreeableness, N neuroticism; "
        "+ is high, - is low.",
    )
    exposure: str = pick(
        "3",
        "Exposure",
        (("1", "one neighbour"), ("2", "two"), ("3", "three or more")),
        "How many sharing neighbours the agent was told of.",
    )

    def show(self) -> Shown:
        """Return the curves that replies and table lead to."""
        cells = [counted(self.profile, exposure) for exposure in self.EXPOSURES]
        low, counts, high = (
            self._alike([getattr(cell, name) for cell in cells])
            for name in ("low", "probability", "high")
        )
        table = self._predicted(_table(), OneProfile(Profile.from_code(self.profile)))
        everybody = self._predicted(_table(), IndependentTraits())
        lines = (
            Line("counts", "all like this, by the replies", RUNS, counts),
            Line("table", "all like this, by the table", MIXED, table),
            Line(
                *("everybody", "all 32 profiles, by the table"),
                Pen("green", (2, 3), 3.0),
                everybody,
            ),
        )
        picture = curves(
            f"If everybody were {self.profile}",
            lines,
            [Band("what the replies leave open", "blue", low, high)],
            f"Predicted curves: {', '.join(line.label for line in lines)}.",
            synthetic=SYNTHETIC,
        )
        halves = [passes(curve) for curve in (counts, table, everybody, high, low)]
        return Shown(picture, self._words(halves), self._example())

    def _alike(self, chances: list[float]) -> Floats:
        """Return the curve if everybody shared with these chances at exposure 1, 2, 3 or more."""
        rule = Measured(SharingTable((self.profile,), np.array([[0.0, *chances]])))
        return self._predicted(rule, OneProfile(Profile.from_code(self.profile)))

    def _predicted(self, rule: Measured, mix: Mix) -> Floats:
        return on_network.predict(Setup(mix=mix, sharing=rule, rounds=self.ROUNDS)).fraction

    def _words(self, halves: list[float]) -> str:
        exposure = int(self.exposure)
        cell = counted(self.profile, exposure)
        row = _table().given.rows.index(self.profile)
        true = float(_table().given.probabilities[row, exposure])
        of_counts, of_table, everybody = (by_round(half, self.ROUNDS) for half in halves[:3])
        return (
            f"Told of {self.EXPOSURES[exposure]}, agents {self.profile} "
            f"({Profile.from_code(self.profile).describe()}) shared in {cell.shared} of "
            f"{cell.asked} recorded replies: share probability {cell.probability:.2f}, 95 % "
            f"interval {cell.low:.2f} to {cell.high:.2f}. The table, which was read from the "
            f"probabilities of true and false, says {true:.2f}. If everybody were like this, "
            f"half would have shared {of_counts} if one trusts the replies at all three exposures "
            f"(their intervals leave open {self._open(*halves[3:])}), and {of_table} if one trusts "
            f"the table. With all 32 profiles it is {everybody}."
        )

    def _open(self, early: float, late: float) -> str:
        """Return which half-times the intervals leave open."""
        if not np.isfinite(early):
            return f"none before round {self.ROUNDS}"
        last = f"round {late:.1f}" if np.isfinite(late) else f"later than round {self.ROUNDS}"
        return f"anything from round {early:.1f} to {last}"

    def _example(self) -> tuple[Item, ...]:
        """Return the first reply as it was recorded: text, whatever it says."""
        replies = _replies().get((self.profile, int(self.exposure)), ())
        if not replies or not replies[0].content:
            return ()
        label = "The first of these replies, as it was recorded"
        return (Code("reply", label, replies[0].content),)


# Two events, each with luck of its own.


def is_calm(event: Event) -> bool:
    """Return whether an event can be shown to anybody: no violence is reported.

    >>> is_calm(reports.event("lantern-festival")), is_calm(reports.event("clinic-attacked"))
    (True, False)
    """
    return not event.content_note or "no violence" in event.content_note


def _one_of(some: tuple[Event, ...], first: str, label: str) -> Any:
    options = tuple((e.id, f"{e.headline} ({e.type.value.lower()})") for e in some)
    return pick(first, label, options)


_EVERY = tuple(sorted(library(), key=lambda event: event.offset.value))
_CALM = tuple(filter(is_calm, _EVERY))
_TWO = ("lantern-festival", "march-for-clean-water")


@dataclass(frozen=True)
class Events(Panel):
    """Events: two pieces of news among the same agents, each with luck of its own."""

    key = "events"
    question = "Do different events spread at different speeds, or is it luck?"
    notice = "how far the bands overlap. One run of each would not tell two such events apart."
    try_ = (
        "choose two neutral events, then raise the number of runs. What becomes of the difference?"
    )

    ROUNDS: ClassVar[int] = 40
    MOST: ClassVar[int] = 100

    first: str = _one_of(_CALM, _TWO[0], "Event A")
    second: str = _one_of(_CALM, _TWO[1], "Event B")
    runs: int = dial(
        20,
        "Runs of each",
        Scale((1, 2, 5, 10, 20, 50, MOST), lambda runs: runs_words(int(runs))),
        "The two have the same agents and links, and luck of their own.",
    )

    def show(self) -> Shown:
        """Return the runs of both."""
        a, b = reports.event(self.first), reports.event(self.second)
        both = [
            Curve(runs.counts[: self.runs], runs.n_agents)
            for runs in (_all_runs(self.first, 0), _all_runs(self.second, self.MOST))
        ]
        lines, bands = [], []
        sides = (("A", RUNS, "blue"), ("B", OTHER_RUNS, "orange"))
        for curve, (name, stroke, colour) in zip(both, sides, strict=True):
            label = name if curve.runs == 1 else f"{name}: mean"
            lines.append(Line(name, label, stroke, mean_of(curve)))
            if curve.runs > 1:
                bands.append(ensemble_band(curve, f"{name}: 90 % of runs", colour))
        words = f"Agents that have shared. A: {a.headline}. B: {b.headline}."
        picture = curves(f"{runs_words(self.runs)} of each event", lines, bands, words)
        return Shown(picture, self._words((a, b), both))

    def _words(self, events: tuple[Event, Event], both: list[Curve]) -> str:
        a, b = (np.nan_to_num(curve.half_time(), nan=float(self.ROUNDS)) for curve in both)
        sentences = [
            f"{name}, “{event.headline}”: half have shared {_half(half)}."
            for name, event, half in zip("AB", events, (a, b), strict=True)
        ]
        gap = float(b.mean() - a.mean())
        later = "later" if gap > 0 else "earlier"
        sentences.append(f"B is {abs(gap):.1f} rounds {later} than A{_pairs(a, b)}.")
        return " ".join([*sentences, _offsets(*(event.offset.value for event in events))])


@dataclass(frozen=True)
class AllEvents(Events):
    """The panel `events` with the whole library, armed conflict included."""

    key = "all_events"

    first: str = _one_of(_EVERY, _TWO[0], "Event A")
    second: str = _one_of(_EVERY, _TWO[1], "Event B")


@functools.lru_cache(maxsize=32)
def _all_runs(event_id: str, first: int) -> Curve:
    """Return all runs of an event from run `first` on."""
    setup = Setup(
        mix=IndependentTraits(),
        sharing=ByTraits(),
        event=reports.event(event_id),
        rounds=Events.ROUNDS,
        replicas=Events.MOST,
    )
    return simulate(World.of(setup), first=first)


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


def _offsets(a: float, b: float) -> str:
    if a == b:
        return f"Both events have the offset {a:g}, so that all of this difference is luck."
    return (
        f"The offsets on the log-odds are {a:g} and {b:g}: numbers that the library chose, and "
        "nobody measured."
    )
