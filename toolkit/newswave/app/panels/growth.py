"""Growth: the logistic equation, pure exponential growth, and the same rule in rounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from newswave.app.controls import Scale, even_steps
from newswave.app.panels.panel import (
    MIXED,
    RUNS,
    THEORY,
    Control,
    Dial,
    Floats,
    Panel,
    Pick,
    Settings,
    Shown,
    passes,
)
from newswave.app.pictures import Line, Picture
from newswave.core.parameters import percent
from newswave.equations import well_mixed

ROUNDS = 60
_FAR = 400

_STEPS = {"one": 1, "four": 4, "none": 0}


@dataclass(frozen=True)
class GrowthSettings(Settings):
    """Settings of the panel `growth`."""

    controls: ClassVar[tuple[Control, ...]] = (
        Dial(
            "rate",
            "Contact pressure",
            Scale(even_steps(0.1, 1.0, 0.1), "{:.2g} per round".format),
            "How many others a sharer would win in one round, if nobody knew the news yet.",
        ),
        Dial(
            "initial_fraction",
            "Sharing at round 0",
            Scale((0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1), percent),
            "The fraction that shares from the start.",
        ),
        Pick(
            "steps",
            "Time goes",
            (("one", "in rounds"), ("four", "in quarters"), ("none", "without steps")),
            "In rounds, everybody decides at the same moment, from what was shared before. In "
            "quarters of a round the chance to share is a quarter, four times as often.",
        ),
    )

    # contact pressure: transmission rate times number of contacts, per round, 0.1 to 1
    rate: float = 0.4
    initial_fraction: float = 0.01  # who shares at round 0, 0.001 to 0.1
    steps: str = "one"  # how the rule is stepped: "one" or "four" steps a round, or "none"


def stepped(rate: float, initial_fraction: float, rounds: int, steps: int) -> Floats:
    """Return i at every round of the law with everybody as a neighbour, in steps.

    In one step of 1 / steps rounds, i ← i + (1 − i) (1 − exp(−rate i / steps)).

    >>> stepped(0.5, 0.5, 1, 1).round(4)
    array([0.5   , 0.6106])
    """
    now, fractions = initial_fraction, [initial_fraction]
    for _ in range(rounds):
        for _ in range(steps):
            now += (1.0 - now) * -math.expm1(-rate / steps * now)
        fractions.append(now)
    return np.array(fractions)


def _show(settings: GrowthSettings) -> Shown:
    rate, start = settings.rate, settings.initial_fraction
    times = np.arange(ROUNDS + 1.0)
    logistic = well_mixed.one_rate(rate, 1.0, start, times)
    exponential = start * np.exp(rate * times)
    exponential[exponential > 1.0] = np.nan
    lines = [
        Line("logistic", "logistic", RUNS, logistic),
        Line("exponential", "exponential", MIXED, exponential),
    ]
    steps = _STEPS[settings.steps]
    if steps:
        label = "rounds of 1" if steps == 1 else "quarters of a round"
        lines.append(Line("steps", label, THEORY, stepped(rate, start, ROUNDS, steps)))
    picture = Picture(
        title=f"Contact pressure {rate:.2g} per round, {percent(start)} at the start",
        rounds=ROUNDS,
        lines=tuple(lines),
        curve_words=f"Fraction that has shared: {', '.join(line.label for line in lines)}.",
        share="has shared (%)",
        has_transport=False,
    )
    return Shown(picture, _words(settings, float(logistic[-1]), steps))


def _words(settings: GrowthSettings, end: float, steps: int) -> str:
    rate, start = settings.rate, settings.initial_fraction
    half = math.log((1.0 - start) / start) / rate
    early = math.log(0.5 / start) / rate
    sentences = [
        f"The logistic curve reaches one half at round {half:.1f}, pure exponential growth "
        f"already at round {early:.1f}, and it would pass 100 % at round "
        f"{-math.log(start) / rate:.1f}.",
    ]
    if steps:
        late = passes(stepped(rate, start, _FAR, steps))
        name = "rounds of 1" if steps == 1 else "quarters of a round"
        sentences.append(f"In {name}, half is reached at round {late:.1f}: {late - half:.1f} later "
                    "than without steps.")  # fmt: skip
    sentences.append(f"By round {ROUNDS} the logistic curve is at {100 * end:.1f} %.")
    return " ".join(sentences)


PANEL = Panel(
    "growth",
    "Why an S-curve, and not growth without end?",
    "the logistic and the exponential line rise together at first. They part as soon as many "
    "readers know the news already.",
    "double the contact pressure. Does it change how many share in the end, or only when?",
    GrowthSettings(),
    _show,
)
