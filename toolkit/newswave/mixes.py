"""Mixes of personality profiles: who there is, and how they are dealt to the agents."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue, probability, real_number, whole_number
from newswave.personality import PROFILES, Profile, Trait, is_nearly_code

Positions = npt.NDArray[np.intp]

_READY = Profile.from_code("O+C-E+A-N-")
_RELUCTANT = Profile.from_code("O-C+E-A+N+")


@dataclass(frozen=True)
class Group:
    """Agents that are dealt the same profile: a name, the profile, and their share of everybody.

    >>> Group("everybody", PROFILES[0], 1.0).weight
    1.0
    """

    name: str
    profile: Profile
    weight: float

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_profile(self.profile)
        object.__setattr__(self, "weight", probability("weight of a group", self.weight))


@runtime_checkable
class Mix(Protocol):
    """Who is of which personality: groups with their weights, and a way to deal them to agents.

    Every mix draws the agents' order first, in a way that does not depend on its weights, and
    then cuts it. With the same generator a small change of a weight so moves few agents.
    """

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups; their weights sum to 1."""

    def deal(self, n_agents: int, generator: np.random.Generator) -> Positions:
        """Return the position in `groups` of every agent, shape (n_agents,)."""


@dataclass(frozen=True)
class OneProfile:
    """Everybody has the same profile.

    >>> OneProfile(PROFILES[20]).groups[0].name
    'O+C-E+A-N-'
    """

    profile: Profile

    def __post_init__(self) -> None:
        _check_profile(self.profile)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The one group."""
        return (Group(self.profile.code, self.profile, 1.0),)

    def deal(self, n_agents: int, generator: np.random.Generator) -> Positions:  # noqa: ARG002
        """Return a zero for every agent, shape (n_agents,)."""
        return np.zeros(whole_number("n_agents", n_agents, 1), dtype=np.intp)


@dataclass(frozen=True)
class IndependentTraits:
    """Each trait is dealt on its own, so that a given share of the agents is high in it.

    The share of each trait is met to the nearest agent; how the traits fall together is chance,
    and a group's weight is its expected share. A group's position is its profile's index.

    Parameters
    ----------
    openness, conscientiousness, extraversion, agreeableness, neuroticism : float
        The share of agents high in the trait, from 0 to 1.

    Raises
    ------
    BadValue
        If a share is not from 0 to 1.

    Examples
    --------
    >>> IndependentTraits(extraversion=1.0).groups[4].weight
    0.0625
    """

    openness: float = 0.5
    conscientiousness: float = 0.5
    extraversion: float = 0.5
    agreeableness: float = 0.5
    neuroticism: float = 0.5

    def __post_init__(self) -> None:
        for trait, share in zip(Trait, self.shares, strict=True):
            object.__setattr__(self, trait.value, probability(f"share of {trait.value}", share))

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of agents high in each trait, in the order O, C, E, A, N."""
        return tuple(getattr(self, trait.value) for trait in Trait)

    @property
    def groups(self) -> tuple[Group, ...]:
        """All 32 profiles, in index order, with their expected shares."""
        return tuple(Group(profile.code, profile, self._weight(profile)) for profile in PROFILES)

    def deal(self, n_agents: int, generator: np.random.Generator) -> Positions:
        """Return the profile index of every agent, shape (n_agents,).

        Raises
        ------
        BadValue
            If `n_agents` is not 1 or more.
        """
        number = whole_number("n_agents", n_agents, 1)
        index = np.zeros(number, dtype=np.intp)
        for share in self.shares:
            rank = generator.permutation(number)
            index = 2 * index + (rank < math.floor(share * number + 0.5))
        return index

    def _weight(self, profile: Profile) -> float:
        pairs = zip(self.shares, profile.levels, strict=True)
        return math.prod(share if high else 1.0 - share for share, high in pairs)


@dataclass(frozen=True)
class TwoGroups:
    """A faster and a slower group, each of one profile.

    By default the faster one is what the preset `LITERATURE` of trait effects makes the readiest
    sharer (low C, high E, low A, low N; openness does not matter there), the slower its opposite.

    Parameters
    ----------
    fast_fraction : float
        The fraction of agents in the faster group, from 0 to 1.
    fast_name, slow_name : str
        Two different names, up to 40 characters.
    fast_profile, slow_profile : Profile
        The groups' profiles.

    Raises
    ------
    BadValue
        If the fraction is not from 0 to 1, or a name is empty, too long or used twice.

    Examples
    --------
    >>> from newswave.streams import Purpose, generator
    >>> dealt = TwoGroups(fast_fraction=0.4).deal(10, generator(1, Purpose.PLACEMENT))
    >>> int((dealt == 0).sum())
    4
    """

    fast_fraction: float = 0.4
    fast_name: str = "outgoing"
    fast_profile: Profile = _READY
    slow_name: str = "reserved"
    slow_profile: Profile = _RELUCTANT

    def __post_init__(self) -> None:
        fraction = probability("fast_fraction", self.fast_fraction)
        object.__setattr__(self, "fast_fraction", fraction)
        for profile in (self.fast_profile, self.slow_profile):
            _check_profile(profile)
        if _check_name(self.fast_name) == _check_name(self.slow_name):
            allowed = "two different names"
            raise BadValue("The two groups have one name", given=self.fast_name, allowed=allowed)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The faster group, then the slower one."""
        return (
            Group(self.fast_name, self.fast_profile, self.fast_fraction),
            Group(self.slow_name, self.slow_profile, 1.0 - self.fast_fraction),
        )

    def deal(self, n_agents: int, generator: np.random.Generator) -> Positions:
        """Return 0 (faster) or 1 (slower) for every agent, shape (n_agents,)."""
        return _cut(self.groups, n_agents, generator)


@dataclass(frozen=True)
class WeightedProfiles:
    """Any profiles in any proportion.

    Parameters
    ----------
    weights : tuple of (Profile, float)
        Each profile once, with a weight of 0 or more; they need not sum to 1.

    Raises
    ------
    BadValue
        If a weight is negative, all are 0, or a profile comes twice.

    Examples
    --------
    >>> mix = WeightedProfiles(((PROFILES[0], 1.0), (PROFILES[31], 3.0)))
    >>> [group.weight for group in mix.groups]
    [0.25, 0.75]
    """

    weights: tuple[tuple[Profile, float], ...]

    def __post_init__(self) -> None:
        allowed = "pairs of a Profile and a weight, at least one weight above 0"
        try:
            pairs = tuple((profile, weight) for profile, weight in self.weights)
        except (TypeError, ValueError) as error:
            raise BadValue("weights do not fit", given=self.weights, allowed=allowed) from error
        for profile, _ in pairs:
            _check_profile(profile)
        checked = tuple((p, real_number(f"weight of {p.code}", w, 0.0)) for p, w in pairs)
        if not any(weight for _, weight in checked):
            raise BadValue("Nobody has a weight above 0", allowed=allowed)
        if len({profile for profile, _ in checked}) < len(checked):
            raise BadValue("A profile comes twice", allowed="each profile once")
        object.__setattr__(self, "weights", checked)

    @property
    def groups(self) -> tuple[Group, ...]:
        """One group for each profile, in the order given, the weights made to sum to 1."""
        largest = max(weight for _, weight in self.weights)
        total = math.fsum(weight / largest for _, weight in self.weights)
        return tuple(Group(p.code, p, weight / largest / total) for p, weight in self.weights)

    def deal(self, n_agents: int, generator: np.random.Generator) -> Positions:
        """Return the position in `groups` of every agent, shape (n_agents,)."""
        return _cut(self.groups, n_agents, generator)


def _cut(groups: tuple[Group, ...], n_agents: int, generator: np.random.Generator) -> Positions:
    """Draw one order of the agents and cut it where the groups' exact counts say."""
    number = whole_number("n_agents", n_agents, 1)
    order = generator.permutation(number)
    dealt = np.empty(number, dtype=np.intp)
    dealt[order] = np.repeat(np.arange(len(groups)), _counts(groups, number))
    return dealt


def _counts(groups: tuple[Group, ...], number: int) -> Positions:
    """Return whole counts that sum to `number`: the largest remainders are rounded up."""
    exact = np.array([group.weight for group in groups]) * number
    counts: Positions = np.floor(exact).astype(np.intp)
    short = number - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    return counts


def _check_name(name: str) -> str:
    plain = isinstance(name, str) and name.isprintable() and name.strip() and len(name) <= 40
    if not plain:
        allowed = "1 to 40 letters, digits and signs"
        raise BadValue("The name of a group does not fit", given=name, allowed=allowed)
    if is_nearly_code(name):
        advice = "Mend the code, or give the group a name that is none"
        raise BadValue("The name of a group is nearly the code of a profile", given=name,
                       allowed="a name, or a code such as O+C-E+A-N-", advice=advice)  # fmt: skip
    return name


def _check_profile(profile: object) -> None:
    if not isinstance(profile, Profile):
        advice = 'Make one, as in Profile.from_code("O+C-E+A-N-")'
        raise BadValue("This is no personality profile", given=profile, advice=advice)
