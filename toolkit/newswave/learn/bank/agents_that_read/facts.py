"""What the questions of lesson 7 are judged by: the stand-in's formula, its replies, its curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt

from newswave.ensemble import simulate
from newswave.events import event
from newswave.examples import synthetic_recording, synthetic_table
from newswave.mixes import IndependentTraits
from newswave.networkfield import predict
from newswave.personality import PROFILES, Profile, signs_of
from newswave.provenance import Cell
from newswave.reading import read_decision
from newswave.rules import Measured
from newswave.setups import Setup
from newswave.sharing import SharingTable
from newswave.standin import Fault, Mind
from newswave.standin.answers import answer
from newswave.standin.mind import sigmoid
from newswave.standin.models import Shelf
from newswave.standin.requests import Route, checked
from newswave.tablefacts import trait_effects
from newswave.wordings import Question, wording

Floats = npt.NDArray[np.float64]

NEWS = event("short-power-cut")
WORDS = wording("adjectives")
OUTGOING = Profile.from_code("O+C-E+A-N-")
TIMES = 20
UNREADABLE = (3, 9, 14)
"""Which of the lesson's twenty replies are spoilt."""

LEANING = 0.9
"""How far the leaning stand-in of the lesson leans towards the word that is named first."""


def rule(exposure: int, chance: float = 0.3) -> float:
    """Return P(share) by the contact rule."""
    table = SharingTable.contact(("everybody",), (chance,), 2)
    return float(table.probabilities[0, exposure])


def width(asked: int, shared: int) -> float:
    """Return the width of the toolkit's 95 % interval."""
    cell = counted(asked, shared)
    return cell.high - cell.low


def counted(asked: int, shared: int) -> Cell:
    """Return a cell of counted answers."""
    return Cell.counted("one persona", 1, asked, shared)


def simple_low(asked: int, shared: int) -> float:
    """Return the lower end by the formula p ± 1.96 √(p(1 − p)/n)."""
    p = shared / asked
    return float(p - 1.96 * np.sqrt(p * (1 - p) / asked))


def wilson_low(asked: int, shared: int) -> float:
    """Return the lower end of Wilson's interval."""
    p, z = shared / asked, 1.959964
    centre = p + z**2 / (2 * asked)
    reach = z * np.sqrt(p * (1 - p) / asked + z**2 / (4 * asked**2))
    return float((centre - reach) / (1 + z**2 / asked))


@cache
def shares() -> tuple[bool | None, ...]:
    """Return what the lesson's twenty replies say; None where nothing can be read."""
    prompt = WORDS.prompt(NEWS, OUTGOING, 3)
    shelf, found = Shelf(("synthetic",)), []
    for seed in range(TIMES):
        options = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "seed": seed}
        body = {"model": "synthetic", "messages": prompt.messages, "options": options,
                "format": Question.REASONED.schema, "stream": False}  # fmt: skip
        fault = Fault.REFUSAL_PROSE if seed in UNREADABLE else None
        tokens = answer(checked(Route.CHAT, body, shelf), Mind(), fault).tokens
        found.append(read_decision("".join(token.text for token in tokens)).share)
    return tuple(found)


def said(share: bool | None) -> int:
    """Return how many of the twenty replies are yes, no, or neither."""
    return sum(one is share for one in shares())


@cache
def town() -> Setup:
    """Return the lesson's town: 32 profiles that answer like the stand-in."""
    chances = [[0.0, *(Mind().probability(who, NEWS, m) for m in (1, 2, 3))] for who in PROFILES]
    table = SharingTable(tuple(who.code for who in PROFILES), np.array(chances))
    return Setup(n_agents=1000, mix=IndependentTraits(), sharing=Measured(table), event=NEWS,
                 n_seeds=10, rounds=40, replicas=20)  # fmt: skip


def with_table(table: SharingTable) -> Setup:
    """Return the town with another table."""
    return replace(town(), sharing=Measured(table))


def table() -> SharingTable:
    """Return the town's table."""
    sharing = town().sharing
    assert isinstance(sharing, Measured)
    return sharing.given


@cache
def half(extraversion: float) -> float:
    """Return the predicted half-time for a share of agents high in extraversion."""
    return _half(replace(town(), mix=IndependentTraits(extraversion=extraversion)))


@cache
def half_of_average() -> float:
    """Return the predicted half-time if everybody had the mean chances of the reserved ones."""
    chances = table().probabilities
    reserved = signs_of(PROFILES)[:, 2] < 0
    alike = np.tile(chances[reserved].mean(axis=0), (len(chances), 1))
    return _half(with_table(SharingTable(table().rows, alike)))


def _half(setup: Setup) -> float:
    fraction = predict(setup).fraction
    return float(np.interp(0.5, fraction, np.arange(len(fraction))))


@cache
def gap() -> float:
    """Return how far the curve that is predicted lies from the mean of the runs, at most."""
    return simulate(town()).gap(predict(town()).fraction)[0]


@cache
def single_end() -> float:
    """Return the fraction that has shared in the end if one answer is taken for each chance."""
    luck = np.random.default_rng(0).random(table().probabilities.shape)
    one = (luck < table().probabilities).astype(float)
    runs = simulate(with_table(SharingTable(table().rows, one)))
    return float(runs.mean[-1] / runs.n_agents)


@cache
def both_orders() -> tuple[Floats, Floats]:
    """Return which part of twenty answers is yes, with yes named first and with no named first."""
    mind = Mind(order_bias=LEANING)
    plain = [mind.log_odds(who.signs.tolist(), NEWS.offset.value, 1) for who in PROFILES]
    generator = np.random.default_rng(2)
    first, last = (
        generator.binomial(TIMES, [sigmoid(odds + lean) for odds in plain]) / TIMES
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


def one_pair() -> float:
    """Return the effect of the order on the first persona alone."""
    first, last = both_orders()
    return float(first[0] - last[0])


@cache
def prompts_alike() -> bool:
    """Return whether agents of one profile and exposure were all asked in the same words."""
    asked: dict[tuple[str, int], set[str]] = {}
    for reply in synthetic_recording().all_replies:
        asked.setdefault((reply.profile, reply.exposure), set()).add(reply.prompt)
    return all(len(prompts) == 1 for prompts in asked.values())


def is_repeatable() -> bool:
    """Return whether a recording holds all that somebody needs who wants to repeat it."""
    recording = synthetic_recording()
    source, reply = recording.header.source, recording.all_replies[0]
    held: Sequence[object] = (source.digest, source.options, recording.prompts, reply.content)
    return all(held) and reply.seed is not None


def outgoing_say_yes() -> bool:
    """Return whether the synthetic table says yes more often as somebody outgoing."""
    by_trait = {effect.trait.letter: effect.effect for effect in trait_effects(synthetic_table())}
    return bool((by_trait["E"] > 0).all())
