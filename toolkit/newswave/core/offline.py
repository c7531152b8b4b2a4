"""What reaches agents besides their neighbours: the event in time, feedback, and news that ages.

Time is counted in rounds from the event, so round r goes on from r − 1 to r, and in the first round
a fading source has its whole strength and the news is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from newswave.core.errors import (
    BadValue,
    holding,
    probability,
    real_number,
    shown,
    whole_number,
)
from newswave.core.readers.series import read_series
from newswave.core.sharing import Floats, hazard

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
    pulses : tuple of int
        Which rounds, from 1.

    Raises
    ------
    BadValue
        If there is none, one comes twice, or one is not a round.

    Examples
    --------
    >>> Pulse((1, 3)).at([0, 1, 2, 3]).tolist()
    [1.0, 0.0, 1.0, 0.0]
    """

    pulses: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        given = self.pulses
        if isinstance(given, str) or not isinstance(given, Sequence) or not given:
            raise BadValue("The rounds of a pulse do not fit", given=given, allowed="as in (3, 10)")
        rounds = tuple(sorted(whole_number("A round of the pulse", r, 1, _LONGEST) for r in given))
        if len(set(rounds)) < len(rounds):
            raise BadValue("A round of the pulse comes twice", given=list(given))
        object.__setattr__(self, "pulses", rounds)

    def at(self, time: Any) -> Floats:
        """Return 1 in these rounds, else 0."""
        return np.isin(np.floor(time) + 1, self.pulses).astype(np.float64)

    def words(self) -> str:
        """Return the same in words."""
        listed = ", ".join(map(str, self.pulses[:6])) + (", ..." if len(self.pulses) > 6 else "")
        return f"in round{'s' * (len(self.pulses) > 1)} {listed} only"


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

    @classmethod
    def read(cls, path: str | Path) -> Series:
        """Return the series in a table: counts by round or date, or a row for each incident.

        Rounds without a row count 0, rows for the same round are added, and the earliest of other
        times is round 1.

        Parameters
        ----------
        path : str or Path
            CSV or xlsx.

        Raises
        ------
        BadFile
            If it cannot be read, or it is not plain which column holds what.
        """
        values, source = read_series(path)
        with holding("series", path):
            return cls(values, source)

    def at(self, time: Any) -> Floats:
        """Return the value of the round that goes on."""
        place = np.floor(np.asarray(time, dtype=np.float64)).astype(np.int64)
        return np.append(self.values, 0.0)[np.clip(place, 0, len(self.values))]

    def words(self) -> str:
        """Return the same in words."""
        total, last = sum(self.values), len(self.values)
        name = f" ({shown(self.source, 80)[1:-1]})" if self.source else ""
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

    def moved(self, shared: Any, active: Any) -> Any:
        """Return p after a round that began with i and p: p + κ (i − p) − γ p."""
        return active + self.act * (shared - active) - self.stop * active


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

    since: ClassVar[Since] = Since.EVENT

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


# What goes on offline, made ready for runs and equations in rounds.


@dataclass(frozen=True, eq=False)
class Push:
    """What a round makes of a law: `fresh` times the hazard of neighbours, and `source` besides."""

    fresh: Any  # g, for all or for each agent
    source: Any  # a_t as a hazard, for all runs or for each

    def on(self, hazards: Floats) -> Floats:
        """Return what agents meet in the round who meet these hazards from their neighbours."""
        return np.asarray(hazards * self.fresh + self.source)

    def of(self, some: Any) -> Push:
        """Return the same for some agents."""
        return Push(self.fresh[some] if np.ndim(self.fresh) else self.fresh, self.source)


@dataclass(frozen=True, eq=False)
class Outside:
    """What reaches agents besides neighbours, by round, where more goes on than a constant source.

    Round r, from 1, has place r − 1.
    """

    source: Floats  # (T,): Hazard of the event itself in each round
    fresh: Floats  # (T + 1,): g by age in rounds
    since: Since  # From when the age is counted
    feedback: Feedback
    reach: Any = 1.0  # For equations: how readily each row meets it, (rows,) where that differs

    @classmethod
    def of(
        cls, chance: float, shape: Source, feedback: Feedback, ageing: Ageing, rounds: int
    ) -> Outside | None:
        """Return what goes on; None if it is a source that is constant, or nothing.

        >>> Outside.of(0.1, Constant(), Feedback(), StaysNew(), 9) is None
        True
        >>> Outside.of(0.1, Pulse((2,)), Feedback(), StaysNew(), 3).source.round(3).tolist()
        [0.0, 0.105, 0.0]
        """
        if (shape, ageing) == (Constant(), StaysNew()) and not feedback.is_on:
            return None
        times = shape.at(np.arange(rounds))
        source = np.zeros(rounds)
        np.multiply(float(hazard(chance)), times, out=source, where=times > 0.0)
        return cls(source, ageing.at(np.arange(rounds + 1)), ageing.since, feedback)

    @property
    def reaches_all(self) -> bool:
        """Whether somebody can share who sees nobody sharing."""
        return self.feedback.is_on or bool(self.source.any())

    def hazard_at(self, at: Any, active: Any) -> Any:
        """Return what everybody meets in round `at` + 1, given the active fraction."""
        return self.source[at] + self.feedback.strength * active


class OfflineState:
    """What goes on offline in one run, or in several side by side: it changes round by round.

    Agents are on the first axis, in an `order` of their own; each run has its own stream, and each
    round takes one number of it for each agent.
    """

    def __init__(
        self,
        outside: Outside,
        shape: tuple[int, ...],
        streams: Sequence[np.random.Generator],
        order: npt.NDArray[Any] | None = None,
    ) -> None:
        self.outside = outside
        self.round = 0
        self.active = np.zeros(shape, np.bool_)
        self.counts = [np.zeros(shape[1:], np.int64)]  # How many are active by round
        self._heard = np.full(shape, -1, np.int32) if self._by_sight else None
        self._streams = streams
        self._order = slice(None) if order is None else order

    @property
    def _by_sight(self) -> bool:
        return self.outside.since is Since.FIRST_SIGHT

    def push(self) -> Push:
        """Return what the next round makes of the law."""
        age: Any = self.round
        if self._heard is not None:  # whoever sees the news now for the first time finds it new
            age = np.where(self._heard < 0, 0, self.round - self._heard)
        active = self.counts[-1] / len(self.active)
        return Push(self.outside.fresh[age], self.outside.hazard_at(self.round, active))

    def go_on(self, seen: npt.NDArray[Any], shared: npt.NDArray[np.bool_]) -> None:
        """End a round that began with these exposures and those who had shared: agents act."""
        if self._heard is not None:
            self._heard[(self._heard < 0) & (seen > 0)] = self.round
        self.round += 1
        if self.outside.feedback.is_on:
            self._act(shared)

    def _act(self, shared: npt.NDArray[np.bool_]) -> None:
        """Let those act or stop who have the luck to."""
        luck = np.stack([stream.random(len(self.active)) for stream in self._streams], axis=1)
        drawn = luck[self._order].reshape(self.active.shape)
        goes_on, begins = drawn >= self.outside.feedback.stop, drawn < self.outside.feedback.act
        self.active = np.where(self.active, goes_on, shared & begins)
        self.counts.append(self.active.sum(axis=0))
