"""What the columns of a table say: cells as numbers and times, headings, and scales."""

from __future__ import annotations

import datetime
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue

Floats = npt.NDArray[np.float64]

# Options: how a table of counts is to be read where its headings do not say.


class Scale(Enum):
    """In what the counts of a file are given."""

    COUNTS = "counts"
    PERCENT = "percent"
    FRACTION = "fraction"
    THOUSANDS = "thousands"
    MILLIONS = "millions"

    @property
    def words(self) -> str:
        """How a sentence says it."""
        return _SCALE_WORDS[self]

    def factor(self, n_agents: float) -> float:
        """Return how many people 1 stands for, if there are so many in all."""
        fixed = {Scale.COUNTS: 1.0, Scale.THOUSANDS: 1e3, Scale.MILLIONS: 1e6}
        return fixed.get(self, n_agents / 100 if self is Scale.PERCENT else n_agents)


OF_ALL = (Scale.PERCENT, Scale.FRACTION)
_SCALE_WORDS = {
    Scale.COUNTS: "as they are",
    Scale.PERCENT: "in per cent of all",
    Scale.FRACTION: "in fractions of all",
    Scale.THOUSANDS: "in thousands",
    Scale.MILLIONS: "in millions",
}


class DateOrder(Enum):
    """What stands first in dates such as 3/1/2020."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Counting(Enum):
    """What a column counts: all who have shared so far, or the new ones since the row before."""

    CUMULATIVE = "cumulative"
    NEW = "new"


@dataclass(frozen=True)
class ReadAs:
    """How a table is to be read, where its headings do not say.

    Parameters
    ----------
    time, run : str
        The column of the time and the one that names the run; '' to find them. A number counts
        the columns from 1.
    counts : str or tuple of str
        The columns of counts, several for several runs; empty to find them.
    scale : Scale, optional
        In what the counts are given.
    counting : Counting, optional
        Whether they are cumulative, or the new ones of each row.
    dates : DateOrder, optional
        What stands first in dates such as 3/1/2020.

    Examples
    --------
    >>> ReadAs(counts="informed").counts
    ('informed',)
    """

    time: str = ""
    counts: str | tuple[str, ...] = ()
    run: str = ""
    scale: Scale | None = None
    counting: Counting | None = None
    dates: DateOrder | None = None

    def __post_init__(self) -> None:
        if isinstance(self.counts, str):
            object.__setattr__(self, "counts", (self.counts,) if self.counts else ())
        kinds: tuple[tuple[str, type[Enum]], ...] = (
            ("scale", Scale), ("counting", Counting), ("dates", DateOrder))  # fmt: skip
        for name, kind in kinds:
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                allowed = ", ".join(f"nw.{kind.__name__}.{one.name}" for one in kind)
                raise BadValue(f"Unknown {name}", given=value, allowed=allowed)


AS_IT_SAYS = ReadAs()


# Values of one column: numbers in any usual spelling, times and dates.

_MISSING = frozenset(
    ("", "na", "n/a", "n.a.", "nan", "null", "none", "nat", "<na>", "#n/a", "missing",
     "-", "–", "—", ".", "..", "...", "?")
)  # fmt: skip
_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.I)
_MARKED = re.compile(r"[+-]?([0-9]*[.,][0-9]+|[0-9]{1,3}([.,][0-9]{3})+([.,][0-9]+)?)")
_SPACED = re.compile(r"[+-]?[0-9]{1,3}([ '’\u00a0\u2009\u202f][0-9]{3})+(?=[.,]|$)")
_LONGEST = 40
_HALF_A_DAY = 720


def is_missing(cell: str) -> bool:
    """Say whether a cell stands for no value."""
    return cell.strip().lower() in _MISSING


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of a column, in one reading."""

    values: Floats  # NaN where a cell is missing
    decimals: int = 0  # The most digits behind the decimal mark
    percent: bool = False  # Whether there are percent signs
    note: str = ""  # How the marks within the cells were taken; '' where there is nothing to say


def is_number(cell: str) -> bool:
    """Say whether a cell is a number in some spelling."""
    bare = _bare(cell)
    return len(bare) <= _LONGEST and bool(_PLAIN.fullmatch(bare) or _MARKED.fullmatch(bare))


def _bare(cell: str) -> str:
    """Return a cell without percent sign and without spaces and apostrophes between thousands."""
    bare = cell.strip().strip("\"'").replace("\u2212", "-").strip().removesuffix("%").strip()
    spaced = _SPACED.match(bare)
    if not spaced:
        return bare
    return re.sub(r"[ '’\u00a0\u2009\u202f]", "", spaced[0]) + bare[spaced.end() :]


def numbers(cells: Sequence[str], comma_between: bool = True) -> tuple[Numbers, ...]:
    """Return the numbers of a column in every reading that fits all cells, the likeliest first."""
    bare = ["" if is_missing(cell) else _bare(cell) for cell in cells]
    percent = any("%" in cell for cell in cells)
    spaced = any(_SPACED.match(cell.strip()) for cell in cells)
    marks = _decimal_marks(bare, comma_between)
    return tuple(_reading(bare, decimal, percent, spaced) for decimal in marks)


def _decimal_marks(cells: Sequence[str], comma_between: bool) -> tuple[str, ...]:
    """Return which marks may be decimal ones, the likeliest first."""
    comma, point = _role(cells, ",", "."), _role(cells, ".", ",")
    stated = {mark for mark, own, its in ((",", comma, point), (".", point, comma))
            if own == "decimal" or its == "thousands"}  # fmt: skip
    if len(stated) > 1:
        raise BadValue("Comma and point are both used as the decimal mark")
    if stated:
        return tuple(stated)
    if comma == "either":
        return (".",) if comma_between else (",", ".")
    if point == "either":
        return (".", ",") if comma_between else (",", ".")
    return (".",)


def _role(cells: Sequence[str], mark: str, other: str) -> str:
    """Return what a mark must be in these cells: 'decimal', 'thousands', 'either' or ''."""
    signs = set()
    for cell in cells:
        if mark not in cell or "e" in cell.lower():
            signs |= {"decimal"} if mark in cell else set()
            continue
        head, _, tail = cell.lstrip("+-").rpartition(mark)
        if mark in head or other in tail:
            signs.add("thousands")
        elif other in head or len(tail) != 3 or head in ("", "0") or len(head) > 3:
            signs.add("decimal")
        else:
            signs.add("either")
    if {"decimal", "thousands"} <= signs:
        raise BadValue(f"{mark!r} is used both as the decimal mark and between thousands")
    return next((role for role in ("decimal", "thousands", "either") if role in signs), "")


def _reading(cells: Sequence[str], decimal: str, percent: bool, spaced: bool) -> Numbers:
    between = "," if decimal == "." else "."
    values = np.full(len(cells), np.nan)
    decimals, grouped = 0, spaced
    for at, cell in enumerate(cells):
        head, _, tail = cell.partition(decimal)
        if between in head and not re.fullmatch(rf"[+-]?\d{{1,3}}(\{between}\d{{3}})+", head):
            raise BadValue("This is no number", given=cell)
        grouped |= between in head
        decimals = max(decimals, len(tail) if tail.isdecimal() else 0)
        if cell:
            values[at] = float(cell.replace(between, "").replace(decimal, "."))
    comma = decimal == "," and decimals > 0
    notes = ["decimal comma"] * comma + ["marks between thousands taken out"] * grouped
    return Numbers(values, decimals, percent, ", ".join(notes))


@dataclass(frozen=True, eq=False)
class Times:
    """The times of a column."""

    values: Floats  # In `unit`; NaN where a cell is missing
    unit: str = ""  # "day", "week", "month", "quarter", "year", or '' where the cells do not say
    note: str = ""  # What time 0 is, for dates


_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = dict(zip(_ENGLISH, range(1, 13), strict=True))
_NUMBERED = re.compile(r"([a-z]+)[ .:_=#-]*([0-9]{1,6})", re.I)
_COMPACT = re.compile(r"(1[89]|2[01])([0-9]{2})([01][0-9])([0-3][0-9])")

_YEAR, _ANY_YEAR = r"(?P<year>[0-9]{4})", r"(?P<year>[0-9]{4}|[0-9]{2})"
_MONTH, _DAY = r"(?P<month>[0-9]{1,2})", r"(?P<day>[0-9]{1,2})"
_NAME = r"(?P<name>[a-z]{3})[a-z]*\.?"
_CLOCK = (
    r"(?:[T ](?P<hours>[0-9]{1,2}):(?P<minutes>[0-9]{2})"
    r"(?::(?P<seconds>[0-9]{2})(?:[.,][0-9]+)?)?(?: ?Z|[+-][0-9:]{2,5})?)?"
)
_SLASHED = re.compile(
    r"(?P<first>[0-9]{1,2})(?P<mark>[-/.]) ?(?P<second>[0-9]{1,2})[-/.] ?" + _ANY_YEAR + _CLOCK
)
_DATES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("day", re.compile(rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}{_CLOCK}")),
    ("day", _SLASHED),
    ("day", re.compile(rf"{_DAY}[ .-]+{_NAME}[ ,-]+{_ANY_YEAR}", re.I)),
    ("day", re.compile(rf"{_NAME} {_DAY}(?:st|nd|rd|th)?, ?{_YEAR}", re.I)),
    ("quarter", re.compile(rf"{_YEAR}[ /-]?Q(?P<quarter>[1-4])", re.I)),
    ("quarter", re.compile(rf"Q(?P<quarter>[1-4])[ /-]?{_YEAR}", re.I)),
    ("minute", re.compile(r"(?P<hours>[0-9]{1,2}):(?P<minutes>[0-5][0-9])"
                          r"(?::(?P<seconds>[0-5][0-9])(?:[.,][0-9]+)?)?")),
    ("week", re.compile(rf"{_YEAR}[ /-]?W(?P<week>[0-9]{{1,2}})", re.I)),
    ("month", re.compile(rf"{_YEAR}(?:[-/ ]?M|[-/]){_MONTH}", re.I)),
    ("month", re.compile(rf"{_MONTH}[-/]{_YEAR}")),
    ("month", re.compile(rf"{_NAME}[ ,/'-]*{_ANY_YEAR}", re.I)),
    ("month", re.compile(rf"{_YEAR}[ /-]{_NAME}", re.I)),
)  # fmt: skip


@dataclass(frozen=True)
class _Moment:
    """A date as finely as a cell gives it; `number` counts in units of its kind."""

    kind: str
    number: float
    date: datetime.date | None = None


def is_time(cell: str) -> bool:
    """Say whether a cell is a time in some spelling: a number, 'week 3', a month, a date."""
    return (
        is_number(cell)
        or bool(_NUMBERED.fullmatch(cell))
        or _month(cell) is not None
        or any(_moment(cell, order) is not None for order in DateOrder)
    )


def times(cells: Sequence[str], order: DateOrder | None = None) -> Times:
    """Return the times of a column."""
    filled = [cell for cell in cells if not is_missing(cell)]
    if filled and all(_COMPACT.fullmatch(cell) for cell in filled):
        cells = [f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" if cell in filled else cell for cell in cells]
    elif all(map(is_number, filled)):
        return Times(numbers(cells)[0].values)
    words = {match[1].lower() for cell in filled if (match := _NUMBERED.fullmatch(cell))}
    if len(words) == 1 and all(map(_NUMBERED.fullmatch, filled)) and not any(map(_dated, filled)):
        last = [_NUMBERED.fullmatch(cell) for cell in cells]
        return Times(np.array([float(match[2]) if match else np.nan for match in last]),
                     next(iter(words)).removesuffix("s"))  # fmt: skip
    if all(_month(cell) for cell in filled):
        return _months_alone(cells)
    return _dates(cells, order)


def _dated(cell: str) -> bool:
    return _moment(cell, DateOrder.DAY_FIRST) is not None


def _month(cell: str) -> int | None:
    """Return the number of a month given by its name alone."""
    match = re.fullmatch(_NAME, cell.strip(), re.I)
    return _MONTHS.get(match[1].lower()) if match else None


def _months_alone(cells: Sequence[str]) -> Times:
    """Return months in a row, through the turn of the year."""
    months = [_month(cell) for cell in cells]
    known = [at for at in months if at is not None]
    if any((after - before) % 12 != 1 for before, after in itertools.pairwise(known)):
        raise BadValue(
            "Months without a year have to follow each other",
            given=", ".join(cells[:4]),
            advice="Write them with their year, as in 2020-03",
        )
    rank = {at: float(n) for n, at in enumerate(n for n, month in enumerate(months) if month)}
    return Times(np.array([rank.get(at, np.nan) for at in range(len(cells))]), "month",
                 f"month 0 is {next(cell for cell in cells if _month(cell))}")  # fmt: skip


def _dates(cells: Sequence[str], order: DateOrder | None) -> Times:
    order = order or _order(cells)
    moments = [None if is_missing(cell) else _moment(cell, order) for cell in cells]
    for cell, moment in zip(cells, moments, strict=True):
        if moment is None and not is_missing(cell):
            raise BadValue("This is no time like the others", given=cell)
    known = [moment for moment in moments if moment is not None]
    if not known or len({moment.kind for moment in known}) > 1:
        raise BadValue("These times are written in different ways",
                       given=", ".join(cells[:3]), advice="Write all as 2020-03-01")  # fmt: skip
    unit, scaled = _counted(known)
    shift = 0.0 if unit == "year" else min(scaled)
    dated = [at for at, moment in enumerate(moments) if moment is not None]
    values = np.full(len(cells), np.nan)
    values[dated] = np.array(scaled) - shift
    start = cells[dated[int(np.argmin(scaled))]]
    return Times(values, unit, "" if unit == "year" else f"{unit} 0 is {start}")


def _counted(moments: Sequence[_Moment]) -> tuple[str, list[float]]:
    """Return the coarsest unit in which these moments are whole, and their numbers in it."""
    kind, given = moments[0].kind, [moment.number for moment in moments]
    if kind == "minute" and max(given) - min(given) > _HALF_A_DAY:
        raise BadValue("These times of the day are over 12 hours apart, so their day is not plain",
                       advice="Write them with their date, as in 2020-03-01 23:50")  # fmt: skip
    if kind == "day" and 0 < max(given) - min(given) < 1:
        return "minute", [round(1440 * number, 4) for number in given]
    dates = [moment.date for moment in moments if moment.date is not None]
    if kind != "day" or len(set(given)) < 2 or any(number % 1 for number in given):
        return kind, given
    ends = all((date + datetime.timedelta(1)).day == 1 for date in dates)
    months = [12.0 * date.year + date.month - 1 for date in dates]
    if (ends or len({date.day for date in dates}) == 1) and len(set(months)) > 1:
        if len({date.month for date in dates}) == 1:
            return "year", [float(date.year) for date in dates]
        return "month", months
    if not any((number - given[0]) % 7 for number in given):
        return "week", [number / 7 for number in given]
    return kind, given


def _order(cells: Sequence[str]) -> DateOrder:
    """Return whether day or month stands first, as far as the cells tell."""
    matches = [m for cell in cells if (m := _SLASHED.fullmatch(cell)) and m[2] != "."]
    firsts, seconds = [int(m[1]) for m in matches], [int(m[3]) for m in matches]
    day_first = any(number > 12 for number in firsts)
    month_first = any(number > 12 for number in seconds)
    if matches and day_first == month_first and firsts != seconds:
        raise BadValue(
            "Day and month cannot be told apart in these dates",
            given=", ".join(m[0] for m in matches[:3]),
            allowed="dates such as 2020-03-01",
            advice="Or say which stands first: --dates day-first or --dates month-first "
            "(in Python nw.ReadAs(dates=...))",
        )
    return DateOrder.MONTH_FIRST if month_first else DateOrder.DAY_FIRST


def _moment(cell: str, order: DateOrder) -> _Moment | None:
    """Return the date that a cell holds; None if it holds none."""
    for kind, pattern in _DATES:
        if match := pattern.fullmatch(cell.strip()):
            try:
                return _of_parts(kind, match.groupdict(), order)
            except (ValueError, OverflowError, KeyError):  # no such day, no such month
                return None
    return None


def _of_parts(kind: str, part: dict[str, Any], order: DateOrder) -> _Moment:
    hours, minutes, seconds = (int(part.get(one) or 0) for one in ("hours", "minutes", "seconds"))
    if kind == "minute":
        return _Moment(kind, 60.0 * hours + minutes + seconds / 60)
    year = _century(part["year"])
    if kind == "quarter":
        return _Moment(kind, 4.0 * year + int(part["quarter"]))
    if kind == "week":
        monday = datetime.date.fromisocalendar(year, int(part["week"]), 1)
        return _Moment(kind, monday.toordinal() / 7)
    day, month = part.get("day", 1), part.get("month", 1)
    if "first" in part:
        day_first = part["mark"] == "." or order is DateOrder.DAY_FIRST
        day, month = part["first"], part["second"]
        day, month = (day, month) if day_first else (month, day)
    if "name" in part:
        month = _MONTHS[part["name"].lower()]
    date = datetime.date(year, int(month), int(day))
    if kind == "month":
        return _Moment(kind, 12.0 * year + date.month)
    return _Moment(kind, date.toordinal() + (hours + (minutes + seconds / 60) / 60) / 24, date)


def _century(year: str) -> int:
    """Return a year of two digits as one of four, as the POSIX standard does."""
    return int(year) if len(year) > 2 else int(year) + (1900 if int(year) > 68 else 2000)


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
_WORDS = (set(COUNTS) | {"adopter", "sharer"}) - {"i", "y", "number", "value", "fraction", "share"}


_SCALES = {
    Scale.PERCENT: {"%", "per cent", "percent", "percentage", "pct", "perc"},
    Scale.THOUSANDS: {"thousand", "thousands", "'000", "000", "000s", "'000s", "tsd"},
    Scale.MILLIONS: {"million", "millions", "mio", "mn"},
    Scale.FRACTION: {"fraction", "proportion", "share", "ratio", "frac", "prop"},
}


_EXACT: tuple[tuple[Role, Sequence[str]], ...] = (
    (Role.RUN_NAME, _RUN_NAMES),
    (Role.ADOPTION_TIME, ("toa",)),
    (Role.TIME, TIMES),
    (Role.COUNT, COUNTS),
    (Role.MEAN, ("mean", "average")),
    (Role.BAND, ("low", "high")),
)


def columns(names: Sequence[str]) -> tuple[Column, ...]:
    """Return what each column holds, by its name."""
    return tuple(Column(at, name, role_of(name), scale_of(name)) for at, name in enumerate(names))


def plain_name(name: str) -> str:
    """Return a name in small letters, without brackets and what joins its words."""
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
    """Return what a column holds by the words in its name: the first of these that holds."""
    found = {word.removesuffix("s") if word.removesuffix("s") in _UNITS else word for word in words}
    counts, units = bool(found & _WORDS), found & _UNITS
    rate = "per" in found and bool(units) and (counts or "number" in found)
    adopted = found & _ADOPTION_VERBS and found & _ADOPTION_TIMES and len(found) <= 3
    so_far = {"to", "date"} <= found or {"so", "far"} <= found
    tests = (
        (Role.OTHER, found & _NOT),
        (Role.ADOPTION_TIME, adopted and not found & (_CUMULATIVE | _NEW | {"per"})),
        (Role.CUMULATIVE, found & _CUMULATIVE or so_far),
        (Role.NEW, found & (_NEW | {"this"}) or rate),
        (Role.CUMULATIVE, counts and "total" in found),
        (Role.TIME, len(units) == 1 and len(found) <= 3 and not counts),
        (Role.NEAR_COUNT, counts),
        (Role.TOTAL, found & _TOTAL),
        (Role.PERSON, found & PERSONS),
    )
    return next((role for role, holds in tests if holds), Role.OTHER)


def scale_of(name: str) -> Scale | None:
    """Return the scale that a name speaks of, if it speaks of one."""
    low = name.lower()
    words = {*re.split(r"[^a-z0-9']+", low), *(mark for mark in ("%", "per cent") if mark in low)}
    return next((scale for scale, known in _SCALES.items() if words & known), None)


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

_ADVICE = (
    "Say in what they are, in the heading (as in 'count (%)') or with --scale percent, fraction, "
    "thousands, millions or counts (in Python nw.ReadAs(scale=nw.Scale.PERCENT); on the page in "
    "the settings)"
)
_MOST_DECIMALS = 4


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
    """Cumulative values before it is known how many people 1 stands for."""

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
            raise self._refusal(n_agents if candidates else None)
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
            why = "the smallest number that makes all of these whole people"
            return self.suiting(reading, scaled.scale), why
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
        if self.mean or (reading.values == np.round(reading.values)).all():
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
        what = f"These counts can be meant {one.scale.words} or {other.scale.words}"
        return BadValue(what, given=self._first(), advice=_ADVICE)

    def _refusal(self, n_agents: int | None) -> BadValue:
        of = f", and no scale makes them whole people of {n_agents}" if n_agents else ""
        what = f"These are no whole numbers, so they count nobody{of}"
        return BadValue(what, given=self._first(), advice=_ADVICE)

    def _first(self) -> str:
        return ", ".join(f"{value:g}" for value in self.readings[0].values[0][:4])
