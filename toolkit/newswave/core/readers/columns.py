"""Which columns of a table are times and counts, and on which scale the counts are."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue
from newswave.core.readers.tables import OF_ALL, Numbers, Scale

# Roles: which column is the time, and which are the counts of those who have shared.


class Role(Enum):
    """What a column holds, as far as its name says."""

    TIME = "time"
    ADOPTION_TIME = "time of adoption"
    RUN = "one run"
    RUN_NAME = "name of the run"
    CUMULATIVE = "cumulative counts"
    COUNT = "counts"
    NEAR_COUNT = "counts, nearly"
    NEW = "new ones"
    TOTAL = "number of those present"
    MEAN = "mean of the runs"
    BAND = "band of the runs"
    PERSON = "person"
    OTHER = "other"


@dataclass(frozen=True)
class Column:
    """A column by its name."""

    at: int  # Where it stands
    name: str  # As it is written
    role: Role  # What it holds
    scale: Scale | None = None  # What its name says of the scale


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TIMES = _listed(
    "round, step, tick, t, time, day, week, month, quarter, year, date, datetime, timestamp, "
    "time step, timestep, period, hour, minute, wave, index"
)
"""Names of the time, those first that are taken first."""
COUNTS = _listed(
    "count, counts, sharers, adopters, shared, adopted, informed, users, heard, infected, "
    "adoption, adoptions, cases, owners, members, believers, reach, prevalence, i, y, share, "
    "proportion, prop, fraction, percent, percentage, pct, number, num, "
    "participants, subscribers, converted, aware, know, knows, known, sharing, penetration, "
    "installed base, "
    "value"
)
"""Names of counts; cumulative ones go before them."""
_RUN = re.compile(
    r"(run|rep|replica|replicate|replication|sim|simulation|seed|trial|repetition|reali[sz]ation)"
    r" ?[0-9]+"
)
_RUN_NAMES = _listed(
    "run id, runid, run, replica, replicate, replication, rep, simulation, sim, trial, repetition, "
    "iteration, seed, realization, realisation, run number, run no, rep id, sim id, simulation id"
)
_ADOPTION_VERBS = _words("adoption adopted shared sharing heard joined converted")
_ADOPTION_TIMES = _words("time date year month week day round at on when")
PERSONS = _words(
    "person id name agent ego respondent node user student pupil farmer physician doctor "
    "participant subject individual household member state country village firm patient customer"
)
_CUMULATIVE = _words("cumulative cumulated cumul cum accumulated cumsum running")
_NEW = _words(
    "new newly incident incidence increment increments daily weekly monthly yearly annual delta "
    "change added entrants"
)
_TOTAL = _words("total population pop n all everybody present size agents enrolled eligible")
_NOT = _words(
    "non not un never without susceptible uninformed nonadopters left remaining low high lower "
    "upper sd se std error mean median min max ci"
)
_UNITS = _words("day week month quarter year round step hour minute date")
_SO_FAR = ({"to", "date"}, {"so", "far"})
_WORDS = (set(COUNTS) | {"adopter", "sharer"}) - {"i", "y", "number", "value", "fraction", "share"}


_EXACT: tuple[tuple[Role, Sequence[str]], ...] = (
    (Role.RUN_NAME, _RUN_NAMES),
    (Role.ADOPTION_TIME, ("toa",)),
    (Role.TIME, TIMES),
    (Role.COUNT, COUNTS),
    (Role.MEAN, ("mean", "average")),
    (Role.BAND, ("low", "high")),
)


def columns(names: Sequence[str]) -> tuple[Column, ...]:
    """Return what each column holds, by its name.

    >>> [c.role.value for c in columns(["week", "new adopters", "adopters (%)", "run_id", "run_7"])]
    ['time', 'new ones', 'counts', 'name of the run', 'one run']
    """
    return tuple(Column(at, name, role_of(name), scale_of(name)) for at, name in enumerate(names))


def plain_name(name: str) -> str:
    """Return a name in small letters, without brackets and what joins its words.

    >>> plain_name("RunId"), plain_name("Cumulative_Count [%]")
    ('run id', 'cumulative count')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    bare = re.sub(r"\((?!new|cum).*?\)|\[(?!new|cum).*?\]|[%#()\[\]]", " ", spaced, flags=re.I)
    return " ".join(re.sub(r"[_\-./:]+", " ", bare or spaced).lower().split())


def role_of(name: str) -> Role:
    """Return what a column of that name holds."""
    plain = plain_name(name)
    for role, exact in _EXACT:
        if plain in exact:
            return role
    return Role.RUN if _RUN.fullmatch(plain) else _by_words(plain.split())


def _by_words(words: list[str]) -> Role:
    """Return what a column holds by the words in its name."""
    singular = {
        word.removesuffix("s") if word.removesuffix("s") in _UNITS else word for word in words
    }
    counts = bool(singular & _WORDS)
    adopted = (
        bool(singular & _ADOPTION_VERBS) and bool(singular & _ADOPTION_TIMES) and len(singular) <= 3
    )
    rate = "per" in singular and bool(singular & _UNITS)
    tests = (
        (Role.OTHER, bool(singular & _NOT)),
        (Role.ADOPTION_TIME, adopted and not singular & (_CUMULATIVE | _NEW | {"per"})),
        (
            Role.CUMULATIVE,
            bool(singular & _CUMULATIVE) or {"to", "date"} <= singular or {"so", "far"} <= singular,
        ),
        (
            Role.NEW,
            bool(singular & _NEW)
            or {"this"} <= singular
            or (rate and (counts or "number" in singular)),
        ),
        (Role.CUMULATIVE, counts and "total" in singular),
        (Role.TIME, len(singular & _UNITS) == 1 and len(singular) <= 3 and not counts),
        (Role.NEAR_COUNT, counts),
        (Role.TOTAL, bool(singular & _TOTAL)),
        (Role.PERSON, bool(singular & PERSONS)),
    )
    return next((role for role, holds in tests if holds), Role.OTHER)


def scale_of(name: str) -> Scale | None:
    """Return the scale that a name speaks of, if it speaks of one.

    >>> scale_of("adoption_pct"), scale_of("users ('000)"), scale_of("count")
    (<Scale.PERCENT: 'percent'>, <Scale.THOUSANDS: 'thousands'>, None)
    """
    low, words = name.lower(), set(re.split(r"[^a-z0-9']+", name.lower()))
    if "%" in low or words & {"percent", "percentage", "pct", "perc"} or "per cent" in low:
        return Scale.PERCENT
    if words & {"thousand", "thousands", "'000", "000", "000s", "'000s", "tsd"}:
        return Scale.THOUSANDS
    if words & {"million", "millions", "mio", "mn"}:
        return Scale.MILLIONS
    if words & {"fraction", "proportion", "share", "ratio", "frac", "prop"}:
        return Scale.FRACTION
    return None


def chosen(every: Sequence[Column], asked: str, what: str) -> Column:
    """Return the column that a user asks for by name, or by its number where none has the name."""
    named = [one for one in every if one.name.lower() == asked.strip().lower()]
    if not named and asked.strip().isdecimal():
        named = [one for one in every if one.at + 1 == int(asked[:9])]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(one.name or f"(column {one.at + 1})" for one in every[:20])
    many = "There are two columns" if named else "There is no column"
    raise BadValue(f"{many} for {what}", given=asked, allowed=f"one of: {listed}",
                   advice="A number counts the columns from 1")  # fmt: skip


# Scales: whether values are counts, percent, fractions, thousands or millions.

Floats = npt.NDArray[np.float64]

_ADVICE = (
    "Say in what they are, in the heading (as in 'count (%)') or with --scale percent, fraction, "
    "thousands, millions or counts (in Python nw.ReadAs(scale=nw.Scale.PERCENT); on the page in "
    "the settings)"
)
_MOST_DECIMALS = 4


_Candidate = tuple[Numbers, Scale, str]


@dataclass(frozen=True, eq=False)
class Scaled:
    """Counts of people, and how they came of what a file holds."""

    # (runs, rounds + 1): Cumulative counts; whole where what was printed stands for whole people
    counts: Floats
    scale: Scale  # In what the file gives them
    why: str  # How that is known; '' where there is nothing to say
    note: str = ""  # How the marks in its numbers were taken


@dataclass(frozen=True, eq=False)
class Unscaled:
    """Cumulative values before it is known how many people 1 stands for.

    >>> scaled = Unscaled((Numbers(np.array([[2, 3.5, 6.25]]), 2),)).of(400)
    >>> scaled.counts.tolist(), scaled.scale.value
    ([[8.0, 14.0, 25.0]], 'percent')
    """

    # Values of shape (runs, rounds + 1), the likeliest reading of their marks first
    readings: tuple[Numbers, ...]
    heading: Scale | None = None  # What the heading says
    asked: Scale | None = None  # What the user says
    mean: bool = False  # Whether these are means of runs, which need not be whole
    summed: bool = False  # Whether they are sums of rounded numbers

    def of(self, n_agents: int | None = None) -> Scaled:
        """Return the counts if there are so many in all; without that, as many as suit them."""
        candidates = [
            (reading, scale, why)
            for reading in self.readings
            for scale, why in self._scales(reading, n_agents)
        ]
        plain = [one for one in candidates if self._is_plain(one[0], one[1], n_agents)]
        if not plain:
            raise self._refusal(candidates, n_agents)
        scaled = [self._scaled(*one, n_agents) for one in plain]
        others = [one for one in scaled[1:] if (one.counts != scaled[0].counts).any()]
        if others and n_agents is not None and self.heading is None:
            raise self._doubt(scaled[0], others[0])
        return scaled[0]

    def _scaled(self, reading: Numbers, scale: Scale, why: str, n_agents: int | None) -> Scaled:
        counts = self._people(reading, scale, n_agents or self.suiting(reading, scale))
        return Scaled(counts, scale, why, reading.note)

    def default_agents(self) -> tuple[int, str]:
        """Return how many there are in all as long as nobody says, and how that was chosen."""
        scaled = self.of(None)
        reading = next(one for one in self.readings if one.note == scaled.note)
        if scaled.scale in OF_ALL:
            return self.suiting(
                reading, scaled.scale
            ), "the smallest number that makes all of these whole people"
        return max(1, math.ceil(scaled.counts.max() - 1e-9)), "the largest count"

    def suiting(self, reading: Numbers, scale: Scale) -> int:
        """Return the smallest number in all for which fractions of all are whole people."""
        whole = 10 ** (min(reading.decimals, _MOST_DECIMALS) + 2 * (scale is Scale.PERCENT))
        parts = np.round(reading.values * (whole / (100 if scale is Scale.PERCENT else 1)))
        return max(2, int(whole // math.gcd(whole, *map(int, np.unique(parts)))))

    def _scales(self, reading: Numbers, n_agents: int | None) -> list[tuple[Scale, str]]:
        """Return the scales that may be meant, each with why."""
        most = float(reading.values.max())
        if self.asked is not None:
            return [(self.asked, "")]
        if reading.percent:
            return [(Scale.PERCENT, "by their percent signs")]
        if self.heading is Scale.FRACTION and most > 1:
            return [(Scale.PERCENT, "by its heading, and some are above 1")]
        if self.heading is Scale.PERCENT and most <= 1:
            other = "none above 1, though its heading says per cent"
            return [(Scale.PERCENT, "by its heading"), (Scale.FRACTION, other)]
        if self.heading is not None:
            return [(self.heading, "by its heading" * (self.heading is not Scale.COUNTS))]
        if self.mean or _is_whole(reading.values):
            return [(Scale.COUNTS, "")]
        scales = [(Scale.FRACTION, "no whole numbers, none above 1")] * (most <= 1)
        scales += [(Scale.PERCENT, "no whole numbers, none above 100")] * (most <= 100)
        thousands = n_agents is not None and 1000 * most <= n_agents
        return scales + [(Scale.THOUSANDS, "no whole numbers, few enough")] * thousands

    def _is_plain(self, reading: Numbers, scale: Scale, n_agents: int | None) -> bool:
        """Say whether a reading gives whole people who do not grow fewer, where that is needed."""
        too_much = scale in OF_ALL and reading.values.max() > 1 / scale.factor(1)
        if len(self.readings) > 1 and (too_much or (np.diff(reading.values) < 0).any()):
            return False
        headed = self.heading is scale and not (
            scale is Scale.PERCENT and reading.values.max() <= 1
        )
        is_known = self.asked or reading.percent or scale is Scale.COUNTS or headed
        if is_known or n_agents is None:
            return True
        people, slack = self._slack(reading, scale, n_agents)
        return bool((np.abs(people - np.round(people)) <= slack).all())

    def _slack(self, reading: Numbers, scale: Scale, n_agents: float) -> tuple[Floats, Floats]:
        """Return the people, and how far rounding may have moved each."""
        people = reading.values * scale.factor(n_agents)
        terms = np.arange(1, people.shape[1] + 1) if self.summed else 1
        printed = 0.5 * 10.0 ** -min(reading.decimals, 15) * scale.factor(n_agents) * terms
        return people, printed + 1e-9 * (1 + people)

    def _people(self, reading: Numbers, scale: Scale, n_agents: float) -> Floats:
        if scale in OF_ALL and reading.values.max() > 1 / scale.factor(1) + 1e-9:
            raise BadValue(f"Some of these are more than all, if they are {scale.words[3:]}",
                           given=f"{reading.values.max():g}", advice=_ADVICE)  # fmt: skip
        people, slack = self._slack(reading, scale, n_agents)
        whole = np.round(people)
        near = scale is not Scale.COUNTS and (np.abs(people - whole) <= slack).all()
        return np.asarray(whole if near else people)

    def _doubt(self, one: Scaled, other: Scaled) -> BadValue:
        if one.scale is other.scale:
            pair = f"{one.counts[0, -1]:.10g} or {other.counts[0, -1]:.10g}"
            return BadValue(
                f"The marks in these numbers can be read in two ways: the last is {pair}",
                advice="Write the numbers without marks between thousands",
            )
        return BadValue(
            f"These counts can be meant {one.scale.words} or {other.scale.words}",
            given=", ".join(f"{value:g}" for value in self.readings[0].values[0][:4]),
            advice=_ADVICE,
        )

    def _refusal(self, candidates: Sequence[_Candidate], n_agents: int | None) -> BadValue:
        of = (
            f", and no scale makes them whole people of {n_agents}"
            if candidates and n_agents
            else ""
        )
        return BadValue(
            f"These are no whole numbers, so they count nobody{of}",
            given=", ".join(f"{value:g}" for value in self.readings[0].values[0][:4]),
            advice=_ADVICE,
        )


def _is_whole(values: Floats) -> bool:
    return bool((values == np.round(values)).all())
