"""Who the agents are: Big Five profiles, effects of traits on sharing, and mixes of profiles."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue, one_of, probability, real_number, shown, whole_number

# The Big Five, and the 32 profiles they make when each trait is high or low.


class Trait(Enum):
    """One of the Big Five personality traits, in the order O, C, E, A, N.

    >>> Trait.named("e").position
    2
    """

    OPENNESS = "openness"
    CONSCIENTIOUSNESS = "conscientiousness"
    EXTRAVERSION = "extraversion"
    AGREEABLENESS = "agreeableness"
    NEUROTICISM = "neuroticism"

    @property
    def letter(self) -> str:
        """The initial, as a capital."""
        return self.name[0]

    @property
    def position(self) -> int:
        """The place in the order O, C, E, A, N, from 0 to 4."""
        return "OCEAN".index(self.letter)

    @classmethod
    def named(cls, text: str) -> Trait:
        """Return the trait of that name or letter, in any case, or raise `BadValue`."""
        wanted = str(text).strip().lower()
        for trait in cls:
            if wanted in (trait.value, trait.letter.lower()):
                return trait
        return cls(one_of("trait", wanted, [trait.value for trait in cls]))


@dataclass(frozen=True)
class Profile:
    """A personality: each of the Big Five traits high (True) or low (False).

    Parameters
    ----------
    openness, conscientiousness, extraversion, agreeableness, neuroticism : bool
        Whether the trait is high.

    Raises
    ------
    BadValue
        If one of them is neither True nor False.

    Examples
    --------
    >>> profile = Profile(True, False, True, False, False)
    >>> profile.code, profile.index
    ('O+C-E+A-N-', 20)
    """

    openness: bool
    conscientiousness: bool
    extraversion: bool
    agreeableness: bool
    neuroticism: bool

    def __post_init__(self) -> None:
        for trait in Trait:
            high = getattr(self, trait.value)
            if not isinstance(high, bool | np.bool_):
                advice = "True is high, False is low"
                raise BadValue(f"{trait.value} does not fit", given=high, advice=advice)
            object.__setattr__(self, trait.value, bool(high))

    @cached_property
    def levels(self) -> tuple[bool, ...]:
        """Whether each trait is high, in the order O, C, E, A, N."""
        return tuple(getattr(self, trait.value) for trait in Trait)

    @cached_property
    def code(self) -> str:
        """The short form, such as O+C-E+A-N-."""
        signs = zip(Trait, self.levels, strict=True)
        return "".join(trait.letter + ("+" if high else "-") for trait, high in signs)

    @property
    def index(self) -> int:
        """The number from 0 (all low) to 31 (all high); openness is the highest bit."""
        return sum(high << (4 - place) for place, high in enumerate(self.levels))

    @property
    def signs(self) -> npt.NDArray[np.float64]:
        """+1/2 for high and -1/2 for low in the order O, C, E, A, N, shape (5,)."""
        return np.array(self.levels, dtype=np.float64) - 0.5

    def describe(self) -> str:
        """Return the profile in plain words.

        >>> PROFILES[0].describe()
        'low openness, low conscientiousness, low extraversion, low agreeableness, low neuroticism'
        """
        levels = zip(Trait, self.levels, strict=True)
        return ", ".join(f"{'high' if high else 'low'} {trait.value}" for trait, high in levels)

    @classmethod
    def from_code(cls, text: str) -> Profile:
        """Return the profile of a code in any case and order, or raise `BadValue`.

        >>> Profile.from_code("n- e+ o+ c- a-").code
        'O+C-E+A-N-'
        """
        if (known := _BY_CODE.get(str(text))) is not None:
            return known
        plain = _plain(text)
        pairs = re.findall(r"([OCEAN])([+-])", plain)
        levels = {letter: sign == "+" for letter, sign in pairs}
        if len(plain) != 10 or len(pairs) != 5 or len(levels) != 5:
            allowed = "each of O, C, E, A, N once, with + or -, as in O+C-E+A-N-"
            what = "This is not the code of a profile" + _slip(plain)
            raise BadValue(what, given=str(text), allowed=allowed)
        return cls(*(levels[trait.letter] for trait in Trait))

    @classmethod
    def from_index(cls, index: int) -> Profile:
        """Return the profile of a number from 0 to 31, or raise `BadValue`."""
        number = whole_number("profile number", index, 0, 31)
        return cls(*(bool(number >> (4 - place) & 1) for place in range(5)))


PROFILES: tuple[Profile, ...] = tuple(Profile.from_index(index) for index in range(32))
_BY_CODE = {profile.code: profile for profile in PROFILES}


def is_nearly_code(text: str) -> bool:
    """Tell whether a name can only be the code of a profile with a slip in it."""
    plain = _plain(text)
    if not 5 <= len(plain) <= 20 or plain in _BY_CODE:
        return False
    try:
        Profile.from_code(plain)
    except BadValue:
        pairs = re.findall(r"[OCEAN0][+-]", plain)
        return len(pairs) > 2 or bool(re.fullmatch(r"[OCEAN+-]*", plain) and len(pairs) > 1)
    return False


def _plain(text: str) -> str:
    """Return a code in capitals, its signs as plain ones, without blanks and commas."""
    signs = {"-": "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "+": "\uff0b\ufe62"}
    plain = str(text).upper()
    for sign, others in signs.items():
        plain = re.sub(f"[{others}]", sign, plain)
    return "".join(plain.split())


def _slip(plain: str) -> str:
    """Return what is wrong with a code, where that can be told."""
    if strange := re.sub(r"[OCEAN+-]", "", plain):
        return f": {shown(strange[0])} is no part of one"
    letters = re.sub(r"[+-]", "", plain)
    twice = next((letter for letter in letters if letters.count(letter) > 1), "")
    gone = next((letter for letter in "OCEAN" if letter not in letters), "")
    bare = re.search(r"([OCEAN])(?![+-])", plain)
    slips = [
        f"{twice} comes twice" if twice else "",
        f"{gone} is missing" if gone else "",
        f"{bare[1]} has no sign" if bare else "",
    ]
    return ": " + " and ".join(filter(None, slips)) if plain and any(slips) else ""


def signs_of(profiles: Sequence[Profile]) -> npt.NDArray[np.float64]:
    """Return the signs of several profiles, one row each, shape (n, 5)."""
    return np.array([profile.signs for profile in profiles]).reshape(len(profiles), 5)


# How much a trait moves the readiness to share, each number with where it comes from.
#
# Every number is a difference on the log-odds of sharing. It carries a citation, or the word
# "chosen" and the reason, so that a learner can tell what was measured from what was decided here.

_LIMIT = 30.0  # odds of e^30 to 1: further out a probability is 0 or 1 in every run
_YEAR = re.compile(r"\b(1[89]|20)\d\d\b")


@dataclass(frozen=True)
class Effect:
    """A number on the log-odds of sharing, with its source.

    Parameters
    ----------
    value : float
        From -30 to 30, on the log-odds (no unit).
    source : str
        A citation (known by its year), or a reason that begins with "chosen".

    Raises
    ------
    BadValue
        If the value is not such a number, or the source says neither.

    Examples
    --------
    >>> Effect(0.65, "Watson et al. 2024, Scientific Reports 14").chosen
    False
    """

    value: float
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", real_number("effect", self.value, -_LIMIT, _LIMIT))
        text = self.source
        plain = isinstance(text, str) and text.isprintable() and len(text) <= 400
        if not plain or not (text.startswith("chosen") or _YEAR.search(text)):
            raise BadValue(
                "An effect does not say where its number comes from",
                given=text,
                allowed='a citation with its year, or a reason that begins with "chosen"',
                advice='If it is your own number, write "chosen" and why',
            )

    @property
    def chosen(self) -> bool:
        """Whether the number was chosen rather than taken from a publication."""
        return self.source.startswith("chosen")


@dataclass(frozen=True)
class TraitEffects:
    """What each of the Big Five traits adds to the log-odds of sharing.

    With a trait counted as +1/2 when high and -1/2 when low,
    logit q = base + event offset + sum of effect times trait. So an effect is the
    high-minus-low difference.

    Parameters
    ----------
    name : str
        A short name.
    description : str
        What the numbers stand for, in a sentence.
    openness, conscientiousness, extraversion, agreeableness, neuroticism : Effect
        The high-minus-low difference of each trait.

    Raises
    ------
    BadValue
        If the name is empty or a trait's effect is no `Effect`.

    Examples
    --------
    >>> [float(b) for b in LITERATURE.values]
    [0.0, -0.11, 0.18, -0.22, -0.11]
    """

    name: str
    description: str
    openness: Effect
    conscientiousness: Effect
    extraversion: Effect
    agreeableness: Effect
    neuroticism: Effect

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise BadValue("Trait effects need a name", given=self.name, allowed="a few letters")
        for effect in self.effects:
            if not isinstance(effect, Effect):
                raise BadValue(
                    "A trait's effect needs a number and its source",
                    given=effect,
                    allowed='Effect(number, "source")',
                )

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The five effects in the order O, C, E, A, N."""
        return tuple(getattr(self, trait.value) for trait in Trait)

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """The five numbers in the order O, C, E, A, N, shape (5,)."""
        return np.array([effect.value for effect in self.effects])


def log_odds_from_correlation(r: float) -> float:
    """Return the high-minus-low difference on the log-odds that a correlation stands for.

    b = 2 r / sqrt(1 - r^2) * pi / sqrt(3): the correlation becomes a standardised mean
    difference, and that a difference of log-odds, as if a logistic variable lay behind the answer
    (Borenstein, Hedges, Higgins and Rothstein 2009, "Introduction to Meta-Analysis", chapter 7).

    >>> round(log_odds_from_correlation(0.05), 2)
    0.18
    """
    checked = real_number("correlation", r, -1.0, 1.0)
    if abs(checked) == 1.0:
        raise BadValue("correlation does not fit", given=r, allowed="more than -1, less than 1")
    return 2.0 * checked / math.sqrt(1.0 - checked**2) * math.pi / math.sqrt(3.0)


_LIN = "Lin, Wang and Sun 2024, PLOS ONE 19(6), e0303770"
_NUDO = "Nudo et al. 2025, arXiv 2507.00657"
_REANALYSIS = "re-analysis of 12 studies 2024, advances.in/psychology, 10.56296/aip00031"


def _lin(beta: float) -> Effect:
    source = f"{_LIN}: meta-analytic beta = {beta:+.2f}, read as a correlation"
    return Effect(round(log_odds_from_correlation(beta), 2), source)


def _exaggerated(effect: Effect, times: int = 5) -> Effect:
    reason = (
        f"chosen, not data: {times} times the {effect.value:+.2f} of literature, an exaggeration"
    )
    overacting = f"that language models overact a persona is reported in {_NUDO}"
    return Effect(round(times * effect.value, 2), f"{reason}; {overacting}")


_C_ENDS = [round(log_odds_from_correlation(r), 2) for r in (-0.08, -0.22)]
_ZERO = Effect(0.0, "chosen: 0, so that personality makes no difference")

LITERATURE = TraitEffects(
    name="literature",
    description="Sharing of information in general, as a meta-analysis of 27 studies found it.",
    openness=Effect(0.0, f"chosen: 0, because {_LIN} leaves its sign open"),
    conscientiousness=_lin(-0.03),
    extraversion=_lin(0.05),
    agreeableness=_lin(-0.06),
    neuroticism=_lin(-0.03),
)

MISINFORMATION = TraitEffects(
    name="misinformation",
    description="Sharing of false news, where low conscientiousness matters more.",
    openness=Effect(0.0, "chosen: 0, because the studies of false news settle no sign"),
    conscientiousness=Effect(
        round((log_odds_from_correlation(-0.08) + log_odds_from_correlation(-0.22)) / 2, 2),
        f"chosen: midway between {_C_ENDS[0]:.2f} and {_C_ENDS[1]:.2f}; these two are cited, from "
        f"r = -0.08 and r = -0.22 ({_REANALYSIS}), which differ widely between studies",
    ),
    extraversion=_lin(0.05),
    agreeableness=_lin(-0.06),
    neuroticism=Effect(0.0, "chosen: 0, because the studies of false news settle no sign"),
)

EXAGGERATED = TraitEffects(
    "exaggerated",
    "An exaggeration, not data: literature times 5, for how personas played by language models "
    "overact.",
    *(_exaggerated(effect) for effect in LITERATURE.effects),
)

NONE = TraitEffects("none", "Personality makes no difference.", *[_ZERO] * 5)

PRESETS: Mapping[str, TraitEffects] = MappingProxyType(
    {effects.name: effects for effects in (LITERATURE, MISINFORMATION, EXAGGERATED, NONE)}
)


def preset(name: str) -> TraitEffects:
    """Return the preset of that name.

    Raises
    ------
    BadValue
        If there is none; the message lists the known names.

    Examples
    --------
    >>> preset("misinformation").conscientiousness.value
    -0.55
    """
    return PRESETS[one_of("preset of trait effects", name, PRESETS)]


# Mixes of personality profiles: who there is, and how they are dealt to the agents.

Seats = npt.NDArray[np.intp]

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

    def deal(self, n_agents: int, generator: np.random.Generator) -> Seats:
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

    def deal(self, n_agents: int, generator: np.random.Generator) -> Seats:  # noqa: ARG002
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

    def deal(self, n_agents: int, generator: np.random.Generator) -> Seats:
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
    >>> from newswave.core.streams import Purpose, generator
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

    def deal(self, n_agents: int, generator: np.random.Generator) -> Seats:
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

    def deal(self, n_agents: int, generator: np.random.Generator) -> Seats:
        """Return the position in `groups` of every agent, shape (n_agents,)."""
        return _cut(self.groups, n_agents, generator)


MIXES: tuple[type[Mix], ...] = (OneProfile, IndependentTraits, TwoGroups, WeightedProfiles)
"""Every kind of mix."""


def _cut(groups: tuple[Group, ...], n_agents: int, generator: np.random.Generator) -> Seats:
    """Draw one order of the agents and cut it where the groups' exact counts say."""
    number = whole_number("n_agents", n_agents, 1)
    order = generator.permutation(number)
    dealt = np.empty(number, dtype=np.intp)
    dealt[order] = np.repeat(np.arange(len(groups)), _counts(groups, number))
    return dealt


def _counts(groups: tuple[Group, ...], number: int) -> Seats:
    """Return whole counts that sum to `number`: the largest remainders are rounded up."""
    exact = np.array([group.weight for group in groups]) * number
    counts: Seats = np.floor(exact).astype(np.intp)
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
