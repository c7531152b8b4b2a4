"""Which column of a table is the time, which are the counts of those who have shared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from newswave.errors import BadValue
from newswave.readas import Scale


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
    """A column by its name.

    Parameters
    ----------
    at : int
        Where it stands.
    name : str
        As it is written.
    role : Role
        What it holds.
    scale : Scale or None
        What its name says of the scale.
    """

    at: int
    name: str
    role: Role
    scale: Scale | None = None


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
    held = {word.removesuffix("s") if word.removesuffix("s") in _UNITS else word for word in words}
    counts = bool(held & _WORDS)
    adopted = bool(held & _ADOPTION_VERBS) and bool(held & _ADOPTION_TIMES) and len(held) <= 3
    rate = "per" in held and bool(held & _UNITS)
    tests = (
        (Role.OTHER, bool(held & _NOT)),
        (Role.ADOPTION_TIME, adopted and not held & (_CUMULATIVE | _NEW | {"per"})),
        (
            Role.CUMULATIVE,
            bool(held & _CUMULATIVE) or {"to", "date"} <= held or {"so", "far"} <= held,
        ),
        (
            Role.NEW,
            bool(held & _NEW) or {"this"} <= held or (rate and (counts or "number" in held)),
        ),
        (Role.CUMULATIVE, counts and "total" in held),
        (Role.TIME, len(held & _UNITS) == 1 and len(held) <= 3 and not counts),
        (Role.NEAR_COUNT, counts),
        (Role.TOTAL, bool(held & _TOTAL)),
        (Role.PERSON, bool(held & PERSONS)),
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
    """Return the column that a user asks for by name, or by its number where none has the name.

    Raises
    ------
    BadValue
        If there is none, or there are two.
    """
    found = [one for one in every if one.name.lower() == asked.strip().lower()]
    if not found and asked.strip().isdecimal():
        found = [one for one in every if one.at + 1 == int(asked[:9])]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(one.name or f"(column {one.at + 1})" for one in every[:20])
    many = "There are two columns" if found else "There is no column"
    raise BadValue(f"{many} for {what}", given=asked, allowed=f"one of: {listed}",
                   advice="A number counts the columns from 1")  # fmt: skip
