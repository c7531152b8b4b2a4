"""Lesson 7: agents that read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from newswave.core.events import event
from newswave.core.population import PROFILES, IndependentTraits, Profile, signs_of
from newswave.core.provenance import Cell
from newswave.core.rules import Measured, synthetic_table
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.simulation import simulate
from newswave.core.statistics import expit
from newswave.core.table_facts import trait_effects
from newswave.core.wording import Question, wording
from newswave.equations.intervals import wilson
from newswave.equations.on_network import predict
from newswave.learn.items import Answers, between, nearest, passes
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.play import synthetic_recording
from newswave.llm.replies import read_decision
from newswave.llm.server import Request, Sampling
from newswave.llm.synthetic_server import SyntheticServer

Floats = npt.NDArray[np.float64]

# Facts: the stand-in's formula, its replies and its curves, from which answers are worked out.

NEWS = event("short-power-cut")
WORDS = wording("adjectives")
OUTGOING = Profile.from_code("O+C-E+A-N-")
TIMES = 20
UNREADABLE = (3, 9, 14)
"""Which of the lesson's twenty replies are spoilt."""

LEANING = 0.9
"""How far the leaning stand-in of the lesson leans towards the word that is named first."""


def rule(exposure: int) -> float:
    """Return P(share) by the contact rule with q = 0.3."""
    return float(SharingTable.contact(("everybody",), (0.3,), 2).probabilities[0, exposure])


def width(asked: int, shared: int) -> float:
    """Return the width of the toolkit's 95 % interval."""
    cell = counted(asked, shared)
    return cell.high - cell.low


def counted(asked: int, shared: int) -> Cell:
    """Return a cell of counted answers."""
    return Cell.counted("one persona", 1, asked, shared)


@cache
def shares() -> tuple[bool | None, ...]:
    """Return what the lesson's twenty replies say; None where nothing can be read."""
    prompt, server = WORDS.prompt(NEWS, OUTGOING, 3), SyntheticServer()
    decisions: list[bool | None] = []
    for seed in range(TIMES):
        sampling = Sampling(num_predict=400, seed=seed)
        request = Request("synthetic", prompt, sampling, Question.REASONED.schema)
        read = read_decision(server.answer(request).content)
        decisions.append(None if seed in UNREADABLE else read.share)
    return tuple(decisions)


def replies_of(share: bool | None) -> int:
    """Return how many of the twenty replies are yes, no, or neither."""
    return sum(one is share for one in shares())


@cache
def table() -> SharingTable:
    """Return the town's table: 32 profiles that answer like the stand-in."""
    chances = [[0.0, *(Mind().probability(who, NEWS, m) for m in (1, 2, 3))] for who in PROFILES]
    return SharingTable(tuple(who.code for who in PROFILES), np.array(chances))


def town(chances: Floats | None = None, extraversion: float = 0.5) -> Setup:
    """Return the lesson's town; with other chances, or with another share of outgoing agents."""
    given = table() if chances is None else SharingTable(table().rows, chances)
    return Setup(n_agents=1000, mix=IndependentTraits(extraversion=extraversion), event=NEWS,
                 sharing=Measured(given), n_seeds=10, rounds=40, replicas=20)  # fmt: skip


@cache
def half(extraversion: float) -> float:
    """Return the predicted half-time for a share of agents high in extraversion."""
    return passes(predict(town(extraversion=extraversion)).fraction)


@cache
def half_of_average() -> float:
    """Return the predicted half-time if everybody had the mean chances of the reserved ones."""
    chances = table().probabilities
    reserved = signs_of(PROFILES)[:, 2] < 0
    alike = np.tile(chances[reserved].mean(axis=0), (len(chances), 1))
    return passes(predict(town(alike)).fraction)


@cache
def gap() -> float:
    """Return how far the curve that is predicted lies from the mean of the runs, at most."""
    return simulate(town()).gap(predict(town()).fraction)[0]


@cache
def single_end() -> float:
    """Return the fraction that has shared in the end if one answer is taken for each chance."""
    luck = np.random.default_rng(0).random(table().probabilities.shape)
    runs = simulate(town((luck < table().probabilities).astype(float)))
    return float(runs.mean[-1] / runs.n_agents)


@cache
def both_orders() -> tuple[Floats, Floats]:
    """Return which part of twenty answers is yes, with yes named first and with no named first."""
    mind = Mind(order_bias=LEANING)
    plain = np.array([mind.log_odds(who.signs.tolist(), NEWS.offset.value, 1) for who in PROFILES])
    generator = np.random.default_rng(2)
    first, last = (
        generator.binomial(TIMES, expit(plain + lean)) / TIMES
        for lean in (LEANING / 2, -LEANING / 2)
    )
    return first, last


def order_effect() -> float:
    """Return how much more often yes comes when it is named first."""
    first, last = both_orders()
    return float((first - last).mean())


def trait_effect(place: int = 2) -> float:
    """Return how much more often those high in a trait say yes, extraversion if none is given."""
    first, last = both_orders()
    high, both = signs_of(PROFILES)[:, place] > 0, (first + last) / 2
    return float(both[high].mean() - both[~high].mean())


def mixed_up() -> float:
    """Return outgoing personas with yes named first, against reserved ones with no named first."""
    first, last = both_orders()
    high = signs_of(PROFILES)[:, 2] > 0
    return float(first[high].mean() - last[~high].mean())


@cache
def _prompts() -> str:
    """Return whether agents of one profile and exposure were asked in the same words.

    The order of the two labels is drawn by lot, so words are compared without their order.
    """
    recording = synthetic_recording()
    asked: dict[tuple[str, int], set[str]] = {}
    for reply in recording.all_replies:
        words = re.findall(r"\w+", recording.prompts[reply.prompt].user)
        asked.setdefault((reply.profile, reply.exposure), set()).add(" ".join(sorted(words)))
    return "c" if all(len(prompts) == 1 for prompts in asked.values()) else "b"


def _repeat() -> str:
    """Return whether a recording holds all that somebody needs who wants to repeat it."""
    recording = synthetic_recording()
    source, reply = recording.header.source, recording.all_replies[0]
    needed: Sequence[object] = (source.digest, source.options, recording.prompts, reply.content)
    return "b" if all(needed) and reply.seed is not None else "a"


def _claim() -> str:
    """Return whether the synthetic table says yes more often as somebody outgoing."""
    by_trait = {effect.trait.letter: effect.effect for effect in trait_effects(synthetic_table())}
    return "b" if (by_trait["E"] > 0).all() else "c"


_REPLIES = (
    ('{"share": true, "reason": "It matters."}',),
    ('{"share": false, "reason": "It is true, but dull."}',),
    ("I'm sorry, but I can't take part in that.",),
    ("",),
)


def _read(text: str, lost: float = np.nan) -> float:
    share = read_decision(text).share
    return lost if share is None else float(share)


def _word(text: str) -> float:
    """Return what somebody reads who looks for a word anywhere."""
    return 1.0 if "true" in text else 0.0 if "false" in text else np.nan


ANSWERS = {
    "7.1": Answers(
        lambda: rule(2),
        {
            "added": lambda: 2 * rule(1),
            "both": lambda: rule(1) ** 2,
            "silent": lambda: 1 - rule(2),
        },
    ),
    "7.2": Answers(lambda: nearest(width(80, 56) / width(20, 14), {"a": 1.0, "b": 0.5, "c": 0.25})),
    "7.P1": Answers(_prompts),
    "7.P2": Answers(lambda: nearest(width(20, 14) / 2, {"a": 0.05, "b": 0.1, "c": 0.2})),
    "7.P3": Answers(lambda: between((0.05, 0.2), gap())),
    "7.P4": Answers(lambda: between((0.05, 0.95), single_end(), "cba")),
    "7.P5": Answers(lambda: between((0.1, 0.5), order_effect() / trait_effect())),
    "7.3": Answers(
        _read,
        {
            "unreadable is no": lambda text: _read(text, 0.0),
            "looked for a word": _word,
            "half": lambda text: _read(text, 0.5),
            "turned around": lambda text: 1.0 - _read(text),
        },
        cases=_REPLIES,
    ),
    "7.4": Answers(
        lambda: counted(20, 20).low,
        {
            "simple formula": lambda: 1.0,  # p ± 1.96 √(p(1 − p)/n) with p = 1
            "Wilson's": lambda: wilson(1.0, 20).low,
            "middle": lambda: counted(20, 20).probability,
            "fourteen": lambda: counted(20, 14).low,
        },
    ),
    "7.5": Answers(
        lambda: replies_of(True) / (TIMES - replies_of(None)),
        {
            "unreadable is no": lambda: replies_of(True) / TIMES,
            "unreadable is yes": lambda: 1 - replies_of(False) / TIMES,
            "no": lambda: replies_of(False) / (TIMES - replies_of(None)),
        },
    ),
    "7.6": Answers(
        lambda: half(0.0),
        {
            "same town": lambda: half(0.5),
            "outgoing town": lambda: half(1.0),
            "average person": half_of_average,
        },
    ),
    "7.7": Answers(
        order_effect,
        {
            "one persona": lambda: float(np.subtract(*both_orders())[0]),
            "two things at once": mixed_up,
            "turned around": lambda: -order_effect(),
        },
    ),
    "7.8": Answers(_claim),
    "7.9": Answers(_repeat),
}
