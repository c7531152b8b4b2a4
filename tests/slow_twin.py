"""The law once more, slowly: dictionaries, sets and loops, written from its description alone.

It imports nothing from newswave. An agent that has not shared meets each round with some chance to
share; `by_luck` asks its one threshold, `by_dice` throws a die every round. Both must be the same
process.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass
class Village:
    """A network, who is in which group, and how the groups decide.

    `first[g][m]` is the chance that an agent of group g shares in the round in which it first sees
    the news, from m neighbours; `again[g][m]` the chance in later rounds. With `only_new` it
    decides in later rounds only if m has grown. `source` is the chance per round that an agent
    which has not shared does so because of the event itself.

    What goes on offline: the event has `event(now)` times its hazard in round `now`; of what
    neighbours do, the part `fresh(age)` is left, the age counted from the event or, `by_sight`,
    from the round in which an agent first saw the news; and those who have shared act offline with
    chance `act` a round and stop with chance `stop`, which adds `strength` times the active
    fraction to the hazard that everybody meets in the next round.
    """

    links: dict[int, set[int]]
    group: dict[int, int]
    first: list[list[float]]
    again: list[list[float]]
    only_new: bool = False
    source: float = 0.0
    event: Callable[[int], float] = lambda _: 1.0
    fresh: Callable[[int], float] = lambda _: 1.0
    by_sight: bool = False
    strength: float = 0.0
    act: float = 0.0
    stop: float = 0.0


def spread(
    village: Village,
    seeds: Iterable[int],
    rounds: int,
    shares: Callable[[int, float, float], bool],
    dice: Callable[[int], float] = lambda _: 1.0,
) -> tuple[dict[int, int], list[tuple[int, int, int, bool, bool]]]:
    """Return the round in which each agent shared, and every decision made.

    `shares(agent, chance, source)` is asked for every agent that has not shared, in every round. A
    decision is (round, agent, m, for the first time, shared). `dice(agent)` says what an agent
    throws in a round for what it does offline; it is asked once for each, in every round.
    """
    shared_in = dict.fromkeys(seeds, 0)
    heard_in: dict[int, int] = {}
    active: set[int] = set()
    seen_before = dict.fromkeys(village.links, 0)
    decisions = []
    for now in range(1, rounds + 1):
        have_shared = set(shared_in)
        seen = {agent: len(friends & have_shared) for agent, friends in village.links.items()}
        source = _source(village, now, len(active) / len(village.links))
        for agent in sorted(village.links):
            if seen[agent]:
                heard_in.setdefault(agent, now)
            if agent in have_shared:
                continue
            chance, asked = _chance(village, agent, seen[agent], seen_before[agent])
            age = now - heard_in.get(agent, now) if village.by_sight else now - 1
            answer = shares(agent, _part(chance, village.fresh(age)), source)
            if answer:
                shared_in[agent] = now
            if asked:
                decisions.append((now, agent, seen[agent], seen_before[agent] == 0, answer))
        thrown = {agent: dice(agent) for agent in sorted(village.links)}
        goes_on = {agent for agent in active if thrown[agent] >= village.stop}
        begins = {agent for agent in have_shared - active if thrown[agent] < village.act}
        active = goes_on | begins
        seen_before = seen
    return shared_in, decisions


def _chance(village: Village, agent: int, seen: int, seen_before: int) -> tuple[float, bool]:
    """Return the chance that what the agent sees makes it share now, and whether it decides."""
    if seen == 0:
        return 0.0, False
    if seen_before == 0:
        return village.first[village.group[agent]][seen], True
    if village.only_new and seen == seen_before:
        return 0.0, False
    return village.again[village.group[agent]][seen], True


def _part(chance: float, part: float) -> float:
    """Return the chance of a part, or a multiple, of the hazard of a chance."""
    if chance >= 1.0:
        return 1.0 if part > 0.0 else 0.0
    return -math.expm1(part * math.log1p(-chance))


def _source(village: Village, now: int, active: float) -> float:
    """Return the chance to share because of what everybody meets."""
    event = _part(village.source, village.event(now))
    return 1.0 - (1.0 - event) * math.exp(-village.strength * active)


def by_luck(threshold: dict[int, float]) -> Callable[[int, float, float], bool]:
    """Share once the hazards of all rounds so far have added up to more than the threshold."""
    cumulative = dict.fromkeys(threshold, 0.0)

    def shares(agent: int, chance: float, source: float) -> bool:
        cumulative[agent] += _hazard(chance) + _hazard(source)
        return cumulative[agent] > threshold[agent]

    return shares


def by_dice(uniform: Callable[[], float]) -> Callable[[int, float, float], bool]:
    """Share if a number thrown for this agent and round is below the chance of this round."""

    def shares(agent: int, chance: float, source: float) -> bool:  # noqa: ARG001
        return uniform() < 1.0 - (1.0 - chance) * (1.0 - source)

    return shares


def _hazard(chance: float) -> float:
    return math.inf if chance >= 1.0 else -math.log1p(-chance)
