"""The Big Five, and the 32 profiles they make when each trait is high or low."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue, one_of, shown, whole_number

Positions = npt.NDArray[np.int64]


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
    """Tell whether a name can only be the code of a profile with a slip in it.

    >>> [is_nearly_code(name) for name in ("O-C+E-A+N", "o+]-e+a-n-", "keen", "A+", "O+C-E+A-N-")]
    [True, True, False, False, False]
    """
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
    found = [
        f"{twice} comes twice" if twice else "",
        f"{gone} is missing" if gone else "",
        f"{bare[1]} has no sign" if bare else "",
    ]
    return ": " + " and ".join(filter(None, found)) if plain and any(found) else ""


def signs_of(profiles: Sequence[Profile]) -> npt.NDArray[np.float64]:
    """Return the signs of several profiles, one row each, shape (n, 5).

    >>> signs_of(PROFILES).shape
    (32, 5)
    """
    return np.array([profile.signs for profile in profiles]).reshape(len(profiles), 5)
