"""The panels of lessons 1 to 4: how news spreads, by which equation, on which network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from newswave.app.cache import ensemble
from newswave.app.controls import Scale, even_steps
from newswave.app.panels.panel import (
    MIXED,
    RUNS,
    THEORY,
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
    steepest,
)
from newswave.app.pictures import Cast, Line, Picture, cast_words, ensemble_band, rule_words
from newswave.core.curve import Curve
from newswave.core.networks import RandomRegular
from newswave.core.parameters import percent
from newswave.core.population import PROFILES, OneProfile, Trait
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import share_probability
from newswave.equations import well_mixed
from newswave.equations.predict import theories
from newswave.report.describe import seeds_words
from newswave.report.style import Pen


def alike(chance: float, **more: Any) -> Setup:
    """Return a setup in which everybody shares with the same chance."""
    return Setup(mix=OneProfile(PROFILES[0]), sharing=SameForAll(chance), **more)


@dataclass(frozen=True)
class OnePost(Panel):
    """One post and forty readers: a run on a small network, round by round."""

    key = "one_post"
    question = "How does one piece of news travel through forty readers?"
    notice = (
        "the line of new sharers rises and falls, while the line of all who have shared only rises."
    )
    try_ = (
        "press Play, then move Run: same agents, same links, and yet another curve. What changed?"
    )

    AGENTS: ClassVar[int] = 40
    ROUNDS: ClassVar[int] = 30
    REPLICAS: ClassVar[int] = 10
    SEED: ClassVar[int] = 2  # not that of the lesson, whose questions ask about its own runs

    degree: int = dial(
        4,
        "Degree",
        Scale(tuple(range(3, 9)), "{:.0f} neighbours".format),
        "How many neighbours every agent has.",
    )
    share_probability: float = dial(
        0.15,
        "Chance to share",
        Scale((0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5), percent),
        "The chance that one sharing neighbour makes an agent share, in one round.",
    )
    run: int = dial(
        0,
        "Run",
        Scale(tuple(range(REPLICAS)), "run {:.0f}".format),
        "Same agents and links, other luck: another seed agent, other decisions.",
    )

    def show(self) -> Shown:
        """Return one run on its network, and what all of them say."""
        setup = alike(
            self.share_probability,
            n_agents=self.AGENTS,
            network=RandomRegular(self.degree),
            n_seeds=1,
            rounds=self.ROUNDS,
            replicas=self.REPLICAS,
            seed=self.SEED,
        )
        runs = ensemble(setup)
        history = runs.history(self.run)
        new = np.concatenate([[np.nan], np.diff(history.counts)]) / self.AGENTS
        picture = Picture(
            title=f"One post, {self.AGENTS} agents: run {self.run}",
            rounds=self.ROUNDS,
            cast=Cast.of(runs.world, Trait.EXTRAVERSION, self.run),
            history=history,
            lines=(Line("new", "new in this round", Pen("red", (6, 3), 2.5), new),),
            network_words=cast_words(setup, history, 0),
            curve_words="Agents that have shared, and those that are new in each round.",
            rule=rule_words(setup),
            share="agents (%)",
            agent=-1,
        )
        return Shown(picture, self._words(history.counts, runs.curve.fraction), setup=setup)

    def _words(self, counts: np.ndarray, every: Floats) -> str:
        most = int(np.diff(counts).argmax()) + 1
        half, full = (passes(counts / self.AGENTS, level) for level in (0.5, 1.0))
        whole = f"by round {full:.0f}" if np.isfinite(full) else f"not by round {self.ROUNDS}"
        sentences = [
            f"Run {self.run}: half of the {self.AGENTS} agents have shared "
            f"{by_round(half, self.ROUNDS)}, all of them {whole}.",
            f"Most at once: {int(counts[most] - counts[most - 1])} new in round {most}.",
        ]
        known = [half for half in map(passes, every) if np.isfinite(half)]
        if known:
            which = (
                f"all {self.REPLICAS}"
                if len(known) == self.REPLICAS
                else f"{len(known)} of {self.REPLICAS}"
            )
            sentences.append(f"Over {which} runs, half is reached in round {span(known)}.")
        return " ".join(sentences)


def stepped(rate: float, initial_fraction: float, rounds: int, steps: int) -> Floats:
    """Return i at every round of the law with everybody as a neighbour, in steps.

    In one step of 1 / steps rounds, i ← i + (1 − i) (1 − exp(−rate i / steps)).
    """
    now, fractions = initial_fraction, [initial_fraction]
    for _ in range(rounds):
        for _ in range(steps):
            now += (1.0 - now) * -math.expm1(-rate / steps * now)
        fractions.append(now)
    return np.array(fractions)


_STEPS = {"one": (1, "rounds of 1"), "four": (4, "quarters of a round"), "none": (0, "")}


@dataclass(frozen=True)
class Growth(Panel):
    """Growth: the logistic equation, pure exponential growth, and the same rule in rounds."""

    key = "growth"
    question = "Why an S-curve, and not growth without end?"
    notice = (
        "the logistic and the exponential line rise together at first. They part as soon as many "
        "readers know the news already."
    )
    try_ = "double the contact pressure. Does it change how many share in the end, or only when?"

    ROUNDS: ClassVar[int] = 60
    FAR: ClassVar[int] = 400  # rounds in which half is reached at all settings

    # transmission rate times number of contacts
    rate: float = dial(
        0.4,
        "Contact pressure",
        Scale(even_steps(0.1, 1.0, 0.1), "{:.2g} per round".format),
        "How many others a sharer would win in one round, if nobody knew the news yet.",
    )
    initial_fraction: float = dial(
        0.01,
        "Sharing at round 0",
        Scale((0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1), percent),
        "The fraction that shares from the start.",
    )
    steps: str = pick(
        "one",
        "Time goes",
        (("one", "in rounds"), ("four", "in quarters"), ("none", "without steps")),
        "In rounds, everybody decides at the same moment, from what was shared before. In "
        "quarters of a round the chance to share is a quarter, four times as often.",
    )

    def show(self) -> Shown:
        """Return the two equations, and the rule in steps."""
        rate, start = self.rate, self.initial_fraction
        times = np.arange(self.ROUNDS + 1.0)
        logistic = well_mixed.one_rate(rate, 1.0, start, times)
        exponential = start * np.exp(rate * times)
        exponential[exponential > 1.0] = np.nan
        lines = [
            Line("logistic", "logistic", RUNS, logistic),
            Line("exponential", "exponential", MIXED, exponential),
        ]
        steps, label = _STEPS[self.steps]
        if steps:
            lines.append(Line("steps", label, THEORY, stepped(rate, start, self.ROUNDS, steps)))
        picture = curves(
            f"Contact pressure {rate:.2g} per round, {percent(start)} at the start",
            lines,
            words=f"Fraction that has shared: {', '.join(line.label for line in lines)}.",
            share="has shared (%)",
        )
        return Shown(picture, self._words(float(logistic[-1])))

    def _words(self, end: float) -> str:
        rate, start = self.rate, self.initial_fraction
        half = math.log((1.0 - start) / start) / rate
        sentences = [
            f"The logistic curve reaches one half at round {half:.1f}, pure exponential growth "
            f"already at round {math.log(0.5 / start) / rate:.1f}, and it would pass 100 % at "
            f"round {-math.log(start) / rate:.1f}.",
        ]
        steps, label = _STEPS[self.steps]
        if steps:
            late = passes(stepped(rate, start, self.FAR, steps))
            sentences.append(
                f"In {label}, half is reached at round {late:.1f}: {late - half:.1f} later than "
                "without steps."
            )
        sentences.append(f"By round {self.ROUNDS} the logistic curve is at {100 * end:.1f} %.")
        return " ".join(sentences)


@dataclass(frozen=True)
class Degree(Panel):
    """Degree: the same contact pressure on sparse and on dense networks, beside the equations."""

    key = "degree"
    question = "Same contact pressure, different degree: same curve?"
    notice = (
        "the well-mixed theory stays where it is: it knows the pressure, and nothing of the "
        "network."
    )
    try_ = (
        "go from 32 neighbours down to 2. At which degree would you stop to trust the well-mixed "
        "theory?"
    )

    ROUNDS: ClassVar[int] = 60
    REPLICAS: ClassVar[int] = 20

    degree: int = dial(
        4,
        "Degree",
        Scale((2, 3, 4, 6, 8, 12, 16, 24, 32), "{:.0f} neighbours".format),
        "How many neighbours every agent has. The more there are, the less each one counts.",
    )
    pressure: float = dial(
        0.4,
        "Contact pressure",
        Scale((0.2, 0.3, 0.4, 0.5, 0.6), "{:.2g} per round".format),
        "Transmission rate times degree: what the well-mixed equation knows of a network.",
    )

    def show(self) -> Shown:
        """Return runs between the two theories."""
        chance = float(share_probability(self.pressure / self.degree))
        setup = alike(
            chance,
            network=RandomRegular(self.degree),
            rounds=self.ROUNDS,
            replicas=self.REPLICAS,
        )
        runs = ensemble(setup).curve
        aware, mixed = theories(setup, only=("well_mixed_ode",)).theories
        lines = (
            Line("mixed", "well-mixed theory", MIXED, mixed.fraction),
            Line("runs", f"mean of {self.REPLICAS} runs", RUNS, mean_of(runs)),
            Line("aware", "network-aware theory", THEORY, aware.fraction),
        )
        picture = curves(
            f"Degree {self.degree}, contact pressure {self.pressure:.2g} per round",
            lines,
            [ensemble_band(runs, f"90 % of {self.REPLICAS} runs", "blue")],
        )
        return Shown(picture, self._words(chance, runs, mixed.fraction, aware.fraction))

    def _words(self, chance: float, runs: Curve, mixed: Floats, aware: Floats) -> str:
        gap, at = runs.gap(mixed)
        close, _ = runs.gap(aware)
        side = "above" if mixed[at] > mean_of(runs)[at] else "below"
        halves = [by_round(passes(one), self.ROUNDS) for one in (mean_of(runs), aware, mixed)]
        return (
            f"With {self.degree} neighbours and a chance of {100 * chance:.1f} % per contact, half "
            f"have shared {halves[0]} in the runs, {halves[1]} in the network-aware theory and "
            f"{halves[2]} in the well-mixed theory. At most, the well-mixed theory lies "
            f"{points(gap)} {side} the runs (round {at}), the network-aware theory "
            f"{points(close)} off."
        )


@dataclass(frozen=True)
class Chance(Panel):
    """Chance: runs with the same settings, their mean, and how far they spread."""

    key = "chance"
    question = "Why do two runs with the same settings differ?"
    notice = (
        "a single run is steeper than the mean of many: early and late runs smear the mean curve "
        "out."
    )
    try_ = "take 50 seed agents in place of 1. Where does most of the luck sit, early or late?"

    ROUNDS: ClassVar[int] = 60
    MOST: ClassVar[int] = 200
    SHARE_PROBABILITY: ClassVar[float] = 0.05

    n_seeds: int = dial(
        1,
        "Seed agents",
        Scale((1, 2, 3, 5, 10, 20, 50), "{:.0f} of 1000".format),
        "How many agents share from the start. Who they are is drawn anew for every run.",
    )
    runs: int = dial(
        50,
        "Runs",
        Scale((1, 2, 5, 10, 20, 50, 100, MOST), lambda runs: runs_words(int(runs))),
        "How often the same settings are run.",
    )

    def curve(self) -> Curve:
        """Return the first runs of the setup: more runs never change those that were there."""
        setup = alike(
            self.SHARE_PROBABILITY,
            n_seeds=self.n_seeds,
            rounds=self.ROUNDS,
            replicas=self.MOST,
        )
        return Curve(ensemble(setup).curve.counts[: self.runs], setup.n_agents)

    def show(self) -> Shown:
        """Return the earliest, the middle and the latest run, and the mean of all."""
        curve = self.curve()
        # a run that does not get to one half counts as of the last round
        half = np.nan_to_num(curve.half_time(), nan=float(self.ROUNDS))
        bands = [ensemble_band(curve, f"90 % of {curve.runs} runs", "blue")]
        title = f"{runs_words(curve.runs)} from {seeds_words(self.n_seeds)}"
        picture = curves(title, _runs_apart(curve, half), bands if curve.runs > 1 else ())
        return Shown(picture, self._words(curve, half))

    def _words(self, curve: Curve, half: np.ndarray) -> str:
        alone = float(np.mean([steepest(run) for run in curve.fraction]))
        if curve.runs == 1:
            return (
                f"One run: half have shared by round {half[0]:.1f}, the steepest step is "
                f"{points(alone)} a round. One run says nothing about the spread."
            )
        spread = half.std(ddof=1)
        return (
            f"{curve.runs} runs: half have shared by round {half.mean():.1f} on average, standard "
            f"deviation {spread:.1f} rounds, range {span(half)}. The standard error of that "
            f"average is {spread / np.sqrt(curve.runs):.2f} rounds. Steepest step: "
            f"{points(steepest(mean_of(curve)))} a round for the mean curve, {points(alone)} for a "
            "single run."
        )


def _runs_apart(curve: Curve, half: np.ndarray) -> list[Line]:
    """Return the lines of the earliest, the middle and the latest run, and of the mean of all."""
    if curve.runs == 1:
        return [Line("mean", "the one run", RUNS, curve.fraction[0])]
    ordered = curve.fraction[np.argsort(half)]
    lines = [Line("earliest", "earliest run", Pen("green", (), 1.75), ordered[0])]
    if curve.runs > 2:
        middle = ordered[len(ordered) // 2]
        lines.append(Line("typical", "typical run", Pen("orange", (8, 4), 2.25), middle))
    lines.append(Line("latest", "latest run", Pen("red", (2, 3), 2.25), ordered[-1]))
    return [*lines, Line("mean", "mean of all runs", RUNS, mean_of(curve))]
