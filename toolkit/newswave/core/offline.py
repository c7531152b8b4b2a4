"""What reaches agents besides their neighbours: the event in time, feedback, and news that ages.

Time is counted in rounds from the event, so round r goes on from r − 1 to r, and in the first round
a fading source has its whole strength and the news is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

import numpy as np

from newswave.core.errors import BadValue, probability, real_number, shown, whole_number
from newswave.core.sharing import Floats

_LONGEST = 100_000  # rounds that a setup can have
_LEAST = 1e-300  # what is left of news, however old: what is sure to be shared stays so


# The event itself, in time.


@runtime_checkable
class Source(Protocol):
    """How strongly the event itself reaches everybody, in time: a small frozen value."""

    def at(self, time: Any) -> Floats:
        """Return how many times its strength the event has at times since it began."""

    def words(self) -> str:
        """Return the same in words, as what follows "the event itself, "."""


@dataclass(frozen=True)
class Constant:
    """The event goes on as it began.

    Examples
    --------
    >>> Constant().at([0.0, 9.0]).tolist()
    [1.0, 1.0]
    """

    def at(self, time: Any) -> Floats:
        """Return ones."""
        return np.ones(np.shape(time))

    def words(self) -> str:
        """Return the same in words."""
        return "in every round"


@dataclass(frozen=True)
class Fading:
    """The event loses strength: f(t) = e^(−t/τ).

    Parameters
    ----------
    lifetime : float
        τ, the rounds in which it falls to 37 %.

    Raises
    ------
    BadValue
        If the lifetime is not above 0.

    Examples
    --------
    >>> Fading(8.0).at([0.0, 8.0]).round(3).tolist()
    [1.0, 0.368]
    """

    lifetime: float = 8.0

    def __post_init__(self) -> None:
        lifetime = real_number("The lifetime of the source", self.lifetime, 1e-3, 1e9)
        object.__setattr__(self, "lifetime", lifetime)

    def at(self, time: Any) -> Floats:
        """Return e^(−t/τ)."""
        return np.asarray(np.exp(-np.asarray(time, dtype=np.float64) / self.lifetime))

    def words(self) -> str:
        """Return the same in words."""
        return f"fading over {self.lifetime:g} rounds"


@dataclass(frozen=True)
class Pulse:
    """The event reaches everybody in some rounds and in no other.

    Parameters
    ----------
    rounds : tuple of int
        Which, from 1.

    Raises
    ------
    BadValue
        If there is none, one comes twice, or one is not a round.

    Examples
    --------
    >>> Pulse((1, 3)).at([0, 1, 2, 3]).tolist()
    [1.0, 0.0, 1.0, 0.0]
    """

    rounds: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        given = self.rounds
        if isinstance(given, str) or not isinstance(given, Sequence) or not given:
            raise BadValue("The rounds of a pulse do not fit", given=given, allowed="as in (3, 10)")
        rounds = tuple(sorted(whole_number("A round of the pulse", r, 1, _LONGEST) for r in given))
        if len(set(rounds)) < len(rounds):
            raise BadValue("A round of the pulse comes twice", given=list(given))
        object.__setattr__(self, "rounds", rounds)

    def at(self, time: Any) -> Floats:
        """Return 1 in these rounds, else 0."""
        return np.isin(np.floor(time) + 1, self.rounds).astype(np.float64)

    def words(self) -> str:
        """Return the same in words."""
        listed = ", ".join(map(str, self.rounds[:6])) + (", ..." if len(self.rounds) > 6 else "")
        return f"in round{'s' * (len(self.rounds) > 1)} {listed} only"


@dataclass(frozen=True)
class Series:
    """The event has another strength in each round, such as the number of incidents.

    Parameters
    ----------
    values : tuple of float
        How many times its strength it has in round 1, 2, …; 0 in all later rounds.
    source : str
        Where the series comes from.

    Raises
    ------
    BadValue
        If there is no value, or one is below 0.

    Examples
    --------
    >>> Series((0, 3, 1)).at([0, 1, 2, 3]).tolist()
    [0.0, 3.0, 1.0, 0.0]
    """

    values: tuple[float, ...]
    source: str = ""

    def __post_init__(self) -> None:
        given = self.values
        if isinstance(given, str) or not isinstance(given, Sequence) or not given:
            raise BadValue("A series needs a number for each round", given=given, allowed="(0, 3)")
        values = tuple(real_number("A value of the series", v, 0.0, 1e6) for v in given)
        object.__setattr__(self, "values", values[:_LONGEST])
        object.__setattr__(self, "source", str(self.source))

    def at(self, time: Any) -> Floats:
        """Return the value of the round that goes on."""
        place = np.floor(np.asarray(time, dtype=np.float64)).astype(np.int64)
        return np.append(self.values, 0.0)[np.clip(place, 0, len(self.values))]

    def words(self) -> str:
        """Return the same in words."""
        total, last = sum(self.values), len(self.values)
        name = f" ({shown(self.source, 40)[1:-1]})" if self.source else ""
        return f"by a series of {last} rounds{name}, {total:g} times that in all"


SOURCES: tuple[type[Source], ...] = (Constant, Fading, Pulse, Series)
"""Every form of the source in time."""


# What those who have shared do offline.


@dataclass(frozen=True)
class Feedback:
    """Agents who have shared may act offline, and each act adds to what everybody meets.

    Of those who have shared and are not active, a fraction κ becomes active in each round, of the
    active a fraction γ stops: p ← p + κ (i − p) − γ p. With p the active fraction, everybody meets
    the hazard ϑ p in the next round, besides that of the event itself.

    Parameters
    ----------
    strength : float
        ϑ, the offline-feedback rate, per round; at 0 there is no feedback.
    act : float
        κ, the chance per round that an agent who has shared becomes active.
    stop : float
        γ, the chance per round that an active agent stops.

    Raises
    ------
    BadValue
        If one is outside its range.

    Examples
    --------
    >>> Feedback(0.3).is_on, Feedback().is_on
    (True, False)
    """

    strength: float = 0.0
    act: float = 0.1
    stop: float = 0.2

    def __post_init__(self) -> None:
        checked = {
            "strength": real_number("The strength of the feedback", self.strength, 0.0, 1e6),
            "act": probability("The chance to act offline", self.act),
            "stop": probability("The chance to stop acting offline", self.stop),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def is_on(self) -> bool:
        """Whether anybody acts, and it reaches somebody."""
        return self.strength > 0.0 and self.act > 0.0


# News that gets old.


class Since(Enum):
    """From when the age of the news is counted."""

    EVENT = "from the event, for everybody alike"
    FIRST_SIGHT = "from the round in which each agent first saw a neighbour sharing"


@runtime_checkable
class Ageing(Protocol):
    """How the news loses its pull with age: a small frozen value."""

    @property
    def since(self) -> Since:
        """From when the age is counted."""

    def at(self, age: Any) -> Floats:
        """Return g, what is left of the hazard that neighbours make, at ages in rounds."""

    def words(self) -> str:
        """Return the same in words, as what follows "the news "."""


@dataclass(frozen=True)
class StaysNew:
    """The news keeps its pull: g = 1.

    Examples
    --------
    >>> StaysNew().at([0.0, 9.0]).tolist()
    [1.0, 1.0]
    """

    since: Since = Since.EVENT

    def at(self, age: Any) -> Floats:
        """Return ones."""
        return np.ones(np.shape(age))

    def words(self) -> str:
        """Return the same in words."""
        return "stays new"


@dataclass(frozen=True)
class Decays:
    """The news loses the same share of its pull in every round: g = e^(−age/τ).

    Parameters
    ----------
    news_lifetime : float
        τ, the rounds in which it falls to 37 %.
    since : Since
        From when the age is counted.

    Raises
    ------
    BadValue
        If the lifetime is not above 0.

    Examples
    --------
    >>> Decays(10.0).at([0.0, 10.0]).round(3).tolist()
    [1.0, 0.368]
    """

    news_lifetime: float = 20.0
    since: Since = Since.EVENT

    def __post_init__(self) -> None:
        lifetime = real_number("The lifetime of the news", self.news_lifetime, 1e-3, 1e9)
        object.__setattr__(self, "news_lifetime", lifetime)
        _check_since(self.since)

    def at(self, age: Any) -> Floats:
        """Return e^(−age/τ)."""
        left = np.exp(-np.asarray(age, dtype=np.float64) / self.news_lifetime)
        return np.asarray(np.maximum(left, _LEAST))

    def words(self) -> str:
        """Return the same in words."""
        return f"gets old over {self.news_lifetime:g} rounds, {self.since.value}"


@dataclass(frozen=True)
class PowerLaw:
    """The news gets old ever more slowly: g = (1 + age)^(−α).

    Parameters
    ----------
    exponent : float
        α.
    since : Since
        From when the age is counted.

    Raises
    ------
    BadValue
        If the exponent is below 0.

    Examples
    --------
    >>> PowerLaw(1.0).at([0.0, 9.0]).tolist()
    [1.0, 0.1]
    """

    exponent: float = 1.0
    since: Since = Since.EVENT

    def __post_init__(self) -> None:
        exponent = real_number("The exponent of the power law", self.exponent, 0.0, 50.0)
        object.__setattr__(self, "exponent", exponent)
        _check_since(self.since)

    def at(self, age: Any) -> Floats:
        """Return (1 + age)^(−α)."""
        return np.asarray((1.0 + np.asarray(age, dtype=np.float64)) ** -self.exponent)

    def words(self) -> str:
        """Return the same in words."""
        return f"gets old as (1 + age)^-{self.exponent:g}, {self.since.value}"


AGEINGS: tuple[type[Ageing], ...] = (StaysNew, Decays, PowerLaw)
"""Every way in which the news gets old or stays new."""


def _check_since(since: Any) -> None:
    if not isinstance(since, Since):
        raise BadValue("This does not say from when news gets old", given=since, allowed="a Since")
