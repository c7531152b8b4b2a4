"""Setups of every kind, small enough to be followed agent by agent."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from hypothesis import strategies as st

from newswave.core.law import Attention
from newswave.core.networks import (
    Complete,
    OwnNetwork,
    RandomRegular,
    Recipe,
    RegularSmallWorld,
    ScaleFree,
    SmallWorld,
)
from newswave.core.offline import (
    Ageing,
    Constant,
    Decays,
    Fading,
    Feedback,
    PowerLaw,
    Pulse,
    Series,
    Since,
    Source,
    StaysNew,
)
from newswave.core.population import (
    PROFILES,
    IndependentTraits,
    Mix,
    OneProfile,
    TwoGroups,
    WeightedProfiles,
)
from newswave.core.provenance import Cell, Method, Origin
from newswave.core.rules import ByGroup, ByTraits, Measured, SameForAll, SharingRule
from newswave.core.setup import ByLot, FewestLinked, MostLinked, Setup
from newswave.core.sharing import SharingTable

CHANCES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.01, 0.99))
PLACES = st.integers(0, 31)


@st.composite
def networks(draw: st.DrawFn, n_agents: int) -> Recipe:
    """Return a recipe of any kind that fits so many agents."""
    kinds = ["own", "complete", "regular"]
    even = [degree for degree in (2, 4, 6) if degree < n_agents]
    kind = draw(
        st.sampled_from([*kinds, *(["small world", "scale free", "regular world"] if even else [])])
    )
    if kind == "own":
        pairs = list(combinations(range(n_agents), 2))
        links = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=3 * n_agents))
        return OwnNetwork(n_agents, tuple(links))
    if kind == "complete":
        return Complete()
    if kind == "regular":
        degrees = [d for d in range(1, min(n_agents, 9)) if d * n_agents % 2 == 0]
        return RandomRegular(draw(st.sampled_from(degrees)))
    degree = draw(st.sampled_from(even))
    if kind == "scale free":
        return ScaleFree(degree)
    return (SmallWorld if kind == "small world" else RegularSmallWorld)(degree, draw(CHANCES))


@st.composite
def mixes(draw: st.DrawFn) -> Mix:
    """Return a mix of any kind."""
    kind = draw(st.sampled_from(["one", "two", "traits", "weighted"]))
    if kind == "one":
        return OneProfile(PROFILES[draw(PLACES)])
    if kind == "two":
        return TwoGroups(draw(CHANCES))
    if kind == "traits":
        return IndependentTraits(extraversion=draw(CHANCES), neuroticism=draw(CHANCES))
    chosen = draw(st.lists(PLACES, min_size=1, max_size=4, unique=True))
    weights = draw(st.lists(st.integers(1, 5), min_size=len(chosen), max_size=len(chosen)))
    return WeightedProfiles(tuple((PROFILES[c], w) for c, w in zip(chosen, weights, strict=True)))


@st.composite
def tables(draw: st.DrawFn, rows: tuple[str, ...], columns: int = 5) -> SharingTable:
    """Return a table with any probabilities, with or without memory."""
    numbers = np.random.default_rng(draw(st.integers(0, 10**6)))

    def probabilities() -> Any:
        drawn = numbers.random((len(rows), columns)) * draw(st.floats(0.1, 1.0))
        drawn[numbers.random(drawn.shape) < 0.1] = 0.0
        drawn[numbers.random(drawn.shape) < 0.05] = 1.0
        drawn[:, 0] = 0.0
        return drawn

    return SharingTable(rows, probabilities(), probabilities() if draw(st.booleans()) else None)


@st.composite
def rules(draw: st.DrawFn, mix: Mix) -> SharingRule:
    """Return a rule that suits the mix: the contact rule of one, two or many rates, or a table."""
    kinds = ["same", "traits", "table", *(["groups"] if len(mix.groups) == 2 else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "same":
        return SameForAll(draw(CHANCES))
    if kind == "traits":
        return ByTraits(draw(st.floats(0.01, 0.99)))
    if kind == "groups":
        slow, fast = sorted((draw(CHANCES), draw(CHANCES)))
        return ByGroup(fast, slow)
    codes = tuple(dict.fromkeys(group.profile.code for group in mix.groups))
    table = draw(tables(codes))
    return draw(counted(table)) if draw(st.booleans()) else Measured(table)


@st.composite
def counted(draw: st.DrawFn, table: SharingTable) -> Measured:
    """Return a table in which some cells, one at least, were counted over a few answers."""
    every = [(row, m) for row in range(len(table.rows)) for m in range(1, table.max_exposure + 1)]
    places = draw(st.lists(st.sampled_from(every), min_size=1, max_size=8, unique=True))
    chance, cells = table.probabilities.copy(), []
    for row, m in places:
        asked = draw(st.integers(0, 12))
        cell = Cell.counted(table.rows[row], m, asked, draw(st.integers(0, asked)))
        chance[row, m] = cell.probability
        cells.append(cell)
    return Measured(SharingTable(table.rows, chance, table.repeat), tuple(cells))


SHAPES: st.SearchStrategy[Source] = st.one_of(
    st.just(Constant()),
    st.floats(0.5, 20.0).map(Fading),
    st.sets(st.integers(1, 20), min_size=1, max_size=3).map(lambda rounds: Pulse(tuple(rounds))),
    st.lists(st.floats(0.0, 3.0), min_size=1, max_size=8).map(lambda given: Series(tuple(given))),
)
AGEINGS: st.SearchStrategy[Ageing] = st.one_of(
    st.just(StaysNew()),
    st.builds(Decays, st.floats(0.5, 30.0), st.sampled_from(Since)),
    st.builds(PowerLaw, st.floats(0.0, 3.0), st.sampled_from(Since)),
)
FEEDBACKS = st.one_of(
    st.just(Feedback()), st.builds(Feedback, st.floats(0.0, 3.0), CHANCES, CHANCES)
)
OFFLINE = st.fixed_dictionaries(
    {"source_shape": SHAPES, "feedback": FEEDBACKS, "ageing": AGEINGS},
)
"""What goes on offline, as fields of a setup."""


@st.composite
def setups(
    draw: st.DrawFn, most_agents: int = 30, plain: bool = False, offline: bool = True
) -> Setup:
    """Return a setup of any kind.

    A `plain` one has neither memory nor idle rounds; without `offline`, at most a constant source.
    """
    n_agents = draw(st.integers(3, most_agents))
    mix = draw(mixes())
    source = draw(st.sampled_from([0.0, 0.0, 0.02, 0.3]))
    return Setup(
        n_agents=n_agents,
        network=draw(networks(n_agents)),
        mix=mix,
        sharing=draw(rules(mix)),
        attention=Attention.EVERY_ROUND if plain else draw(st.sampled_from(Attention)),
        source_probability=source,
        repeat_ratio=1.0 if plain else draw(st.sampled_from([1.0, 1.0, 0.0, 0.3, 4.0])),
        n_seeds=draw(st.integers(0 if source else 1, n_agents)),
        rounds=draw(st.integers(1, 20)),
        replicas=6,
        seed=draw(st.integers(0, 10**6)),
        start=draw(st.sampled_from([ByLot(), ByLot(), MostLinked(), FewestLinked()])),
        **(draw(st.one_of(st.just({}), OFFLINE)) if offline and not plain else {}),
    )


ORIGIN = Origin(
    *("qwen2.5:0.5b", "a8b0c5157701b4", "0.33.0", "0.6.3", "adjectives", "0123456789abcdef"),
    *("lantern-festival", 1.0, False, "2026-11-21T10:00:00Z"),
)
EFFECTS = np.array([0.3, -0.5, 1.1, 0.5, -0.4])


def by_luck(answers: int = 20) -> Measured:
    """Return a table of all profiles that is counted over answers which depend on none of them."""
    made, numbers = thirty_two(answers), np.random.default_rng(3)
    cells = tuple(
        Cell.counted(cell.row, cell.exposure, answers, int(numbers.binomial(answers, 0.3)))
        for cell in made.cells
    )
    chances = np.zeros((32, 4))
    chances[:, 1:] = np.reshape([cell.probability for cell in cells], (32, 3))
    return replace(made, given=SharingTable(made.given.rows, chances), cells=cells)


def thirty_two(answers: int = 0, thin: int = 0, lost: int = 0, **origin: Any) -> Measured:
    """Return a table of all profiles with known trait effects, at exposures 1 to 3.

    Its cells are read, or counted over so many `answers`; in the first `thin` cells yes and no
    cover little, in the first `lost` cells two answers could not be read.
    """
    numbers, cells = np.random.default_rng(1), []
    for profile in PROFILES:
        for m in (1, 2, 3):
            chance = float(1 / (1 + np.exp(1.6 - 0.6 * np.log(m) - profile.signs @ EFFECTS)))
            if answers:
                gone = 2 * (len(cells) < lost)
                shared = int(numbers.binomial(answers - gone, chance))
                cells.append(Cell.counted(profile.code, m, answers - gone, shared, gone))
            else:
                covered = 0.7 if len(cells) < thin else 0.99
                read = (chance, chance, chance, Method.LOG_PROBABILITIES)
                cells.append(Cell(profile.code, m, *read, covered=covered))
    chances = np.zeros((32, 4))
    chances[:, 1:] = np.reshape([cell.probability for cell in cells], (32, 3))
    table = SharingTable(tuple(profile.code for profile in PROFILES), chances)
    return Measured(table, tuple(cells), replace(ORIGIN, **origin))
