"""What the cells of one column say: numbers in any usual spelling, and times and dates."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue
from newswave.readas import DateOrder

Floats = npt.NDArray[np.float64]

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
    """Say whether a cell stands for no value.

    >>> [is_missing(cell) for cell in ("", "NA", "-", "0")]
    [True, True, True, False]
    """
    return cell.strip().lower() in _MISSING


# ---- numbers


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of a column, in one reading.

    Parameters
    ----------
    values : array of float
        NaN where a cell is missing.
    decimals : int
        The most digits behind the decimal mark.
    percent : bool
        Whether there are percent signs.
    note : str
        How the marks within the cells were taken; '' where there is nothing to say.
    """

    values: Floats
    decimals: int = 0
    percent: bool = False
    note: str = ""


def is_number(cell: str) -> bool:
    """Say whether a cell is a number in some spelling.

    >>> [is_number(cell) for cell in ("1,012", "5 %", "1 000.5", "=1+1", "inf", "٣")]
    [True, True, True, False, False, False]
    """
    bare = _bare(cell)
    return len(bare) <= _LONGEST and bool(_PLAIN.fullmatch(bare) or _MARKED.fullmatch(bare))


def _bare(cell: str) -> str:
    """Return a cell without percent sign and without spaces and apostrophes between thousands."""
    bare = cell.strip().strip("\"'").replace("\u2212", "-").strip().removesuffix("%").strip()
    found = _SPACED.match(bare)
    if not found:
        return bare
    return re.sub(r"[ '’\u00a0\u2009\u202f]", "", found[0]) + bare[found.end() :]


def numbers(cells: Sequence[str], comma_between: bool = True) -> tuple[Numbers, ...]:
    """Return the numbers of a column in every reading that fits all cells, the likeliest first.

    Parameters
    ----------
    cells : sequence of str
        The cells, each missing or a number (see `is_number`).
    comma_between : bool
        Whether commas separate the cells of the file: there a comma within a cell stands between
        thousands where it can, and elsewhere a point may.

    Raises
    ------
    BadValue
        If no one reading fits all cells.

    Examples
    --------
    >>> [found.values.tolist() for found in numbers(["1,012", "1,450"])]
    [[1012.0, 1450.0]]
    >>> [found.values.tolist() for found in numbers(["3,5", "6,25"])]
    [[3.5, 6.25]]
    >>> [found.values.tolist() for found in numbers(["1.012", "1.450"], comma_between=False)]
    [[1012.0, 1450.0], [1.012, 1.45]]
    """
    held = ["" if is_missing(cell) else _bare(cell) for cell in cells]
    percent = any("%" in cell for cell in cells)
    spaced = any(_SPACED.match(cell.strip()) for cell in cells)
    marks = _decimal_marks(held, comma_between)
    return tuple(_reading(held, decimal, percent, spaced) for decimal in marks)


def _decimal_marks(held: Sequence[str], comma_between: bool) -> tuple[str, ...]:
    """Return which marks may be decimal ones, the likeliest first."""
    comma, point = _role(held, ",", "."), _role(held, ".", ",")
    told = {mark for mark, own, its in ((",", comma, point), (".", point, comma))
            if own == "decimal" or its == "thousands"}  # fmt: skip
    if len(told) > 1:
        raise BadValue("Comma and point are both used as the decimal mark")
    if told:
        return tuple(told)
    if comma == "either":
        return (".",) if comma_between else (",", ".")
    if point == "either":
        return (".", ",") if comma_between else (",", ".")
    return (".",)


def _role(held: Sequence[str], mark: str, other: str) -> str:
    """Return what a mark must be in these cells: 'decimal', 'thousands', 'either' or ''."""
    found = set()
    for cell in held:
        if mark not in cell or "e" in cell.lower():
            found |= {"decimal"} if mark in cell else set()
            continue
        head, _, tail = cell.lstrip("+-").rpartition(mark)
        if mark in head or other in tail:
            found.add("thousands")
        elif other in head or len(tail) != 3 or head in ("", "0") or len(head) > 3:
            found.add("decimal")
        else:
            found.add("either")
    if {"decimal", "thousands"} <= found:
        raise BadValue(f"{mark!r} is used both as the decimal mark and between thousands")
    return next((role for role in ("decimal", "thousands", "either") if role in found), "")


def _reading(held: Sequence[str], decimal: str, percent: bool, spaced: bool) -> Numbers:
    between = "," if decimal == "." else "."
    values = np.full(len(held), np.nan)
    decimals, grouped = 0, spaced
    for at, cell in enumerate(held):
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


# ---- times


@dataclass(frozen=True, eq=False)
class Times:
    """The times of a column.

    Parameters
    ----------
    values : array of float
        In `unit`; NaN where a cell is missing.
    unit : str
        "day", "week", "month", "quarter", "year", or '' where the cells do not say.
    note : str
        What time 0 is, for dates.
    """

    values: Floats
    unit: str = ""
    note: str = ""


_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = dict(zip(_ENGLISH, range(1, 13), strict=True))
_NAME = r"([a-z]{3})[a-z]*\.?"
_YEAR = r"([0-9]{4})"
_NUMBERED = re.compile(r"([a-z]+)[ .:_=#-]*([0-9]{1,6})", re.I)
_CLOCK = r"(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?(?: ?Z|[+-][0-9:]{2,5})?)?"
_ISO = re.compile(rf"{_YEAR}[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_CLOCK}")
_COMPACT = re.compile(r"(1[89]|2[01])([0-9]{2})([01][0-9])([0-3][0-9])")
_SLASHED = re.compile(r"([0-9]{1,2})([-/.]) ?([0-9]{1,2})[-/.] ?([0-9]{4}|[0-9]{2})" + _CLOCK)
_DAY_NAME = re.compile(rf"([0-9]{{1,2}})[ .-]+{_NAME}[ ,-]+([0-9]{{4}}|[0-9]{{2}})", re.I)
_NAME_DAY = re.compile(rf"{_NAME} ([0-9]{{1,2}})(?:st|nd|rd|th)?, ?{_YEAR}", re.I)
_YEAR_MONTH = re.compile(rf"{_YEAR}(?:[-/ ]?M|[-/])([0-9]{{1,2}})", re.I)
_MONTH_YEAR = re.compile(rf"([0-9]{{1,2}})[-/]{_YEAR}")
_NAME_YEAR = re.compile(rf"{_NAME}[ ,/'-]*({_YEAR[1:-1]}|[0-9]{{2}})", re.I)
_YEAR_NAME = re.compile(rf"{_YEAR}[ /-]{_NAME}", re.I)
_QUARTER = re.compile(rf"{_YEAR}[ /-]?Q([1-4])|Q([1-4])[ /-]?{_YEAR}", re.I)
_HOURS = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9])(?:[.,][0-9]+)?)?")
_WEEK = re.compile(rf"{_YEAR}[ /-]?W([0-9]{{1,2}})", re.I)


@dataclass(frozen=True)
class _Moment:
    """A date as finely as a cell gives it; `number` counts in units of its kind."""

    kind: str
    number: float
    date: datetime.date | None = None


def is_time(cell: str) -> bool:
    """Say whether a cell is a time in some spelling: a number, 'week 3', a month, a date.

    >>> [is_time(cell) for cell in ("3", "2020-03-01", "3/1/2020", "Mar 2020", "week 3", "Total")]
    [True, True, True, True, True, False]
    """
    return (
        is_number(cell)
        or bool(_NUMBERED.fullmatch(cell))
        or _month(cell) is not None
        or any(_moment(cell, order) is not None for order in DateOrder)
    )


def times(cells: Sequence[str], order: DateOrder | None = None) -> Times:
    """Return the times of a column.

    Parameters
    ----------
    cells : sequence of str
        The cells, each missing or a time (see `is_time`).
    order : DateOrder, optional
        What stands first in 3/1/2020; without it the cells have to tell.

    Raises
    ------
    BadValue
        If the cells are of different kinds, or day and month cannot be told apart.

    Examples
    --------
    >>> found = times(["2020-03-01", "2020-03-02", "2020-03-05"])
    >>> found.values.tolist(), found.unit, found.note
    ([0.0, 1.0, 4.0], 'day', 'day 0 is 2020-03-01')
    """
    held = [cell for cell in cells if not is_missing(cell)]
    if held and all(_COMPACT.fullmatch(cell) for cell in held):
        cells = [f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" if cell in held else cell for cell in cells]
    elif all(map(is_number, held)):
        return Times(numbers(cells)[0].values)
    words = {found[1].lower() for cell in held if (found := _NUMBERED.fullmatch(cell))}
    if len(words) == 1 and all(map(_NUMBERED.fullmatch, held)) and not any(map(_dated, held)):
        last = [_NUMBERED.fullmatch(cell) for cell in cells]
        return Times(np.array([float(found[2]) if found else np.nan for found in last]),
                     next(iter(words)).removesuffix("s"))  # fmt: skip
    if all(_month(cell) for cell in held):
        return _months_alone(cells)
    return _dates(cells, order)


def _dated(cell: str) -> bool:
    return _moment(cell, DateOrder.DAY_FIRST) is not None


def _month(cell: str) -> int | None:
    """Return the number of a month given by its name alone."""
    found = re.fullmatch(_NAME, cell.strip(), re.I)
    return _MONTHS.get(found[1].lower()) if found else None


def _months_alone(cells: Sequence[str]) -> Times:
    """Return months in a row, through the turn of the year."""
    found = [_month(cell) for cell in cells]
    held = [at for at in found if at is not None]
    if any((after - before) % 12 != 1 for before, after in itertools.pairwise(held)):
        raise BadValue(
            "Months without a year have to follow each other",
            given=", ".join(cells[:4]),
            advice="Write them with their year, as in 2020-03",
        )
    rank = {at: float(n) for n, at in enumerate(n for n, month in enumerate(found) if month)}
    return Times(np.array([rank.get(at, np.nan) for at in range(len(cells))]), "month",
                 f"month 0 is {next(cell for cell in cells if _month(cell))}")  # fmt: skip


def _dates(cells: Sequence[str], order: DateOrder | None) -> Times:
    order = order or _order(cells)
    found = [None if is_missing(cell) else _moment(cell, order) for cell in cells]
    for cell, moment in zip(cells, found, strict=True):
        if moment is None and not is_missing(cell):
            raise BadValue("This is no time like the others", given=cell)
    held = [moment for moment in found if moment is not None]
    if not held or len({moment.kind for moment in held}) > 1:
        raise BadValue("These times are written in different ways",
                       given=", ".join(cells[:3]), advice="Write all as 2020-03-01")  # fmt: skip
    unit, scaled = _counted(held)
    first = min(scaled)
    given = iter(scaled)
    shift = 0.0 if unit == "year" else first
    values = np.array([np.nan if moment is None else next(given) - shift for moment in found])
    start = cells[[at for at, moment in enumerate(found) if moment is not None][
        int(np.argmin(scaled))]]  # fmt: skip
    return Times(values, unit, "" if unit == "year" else f"{unit} 0 is {start}")


def _counted(held: Sequence[_Moment]) -> tuple[str, list[float]]:
    """Return the coarsest unit in which these moments are whole, and their numbers in it."""
    kind, given = held[0].kind, [moment.number for moment in held]
    if kind == "minute" and max(given) - min(given) > _HALF_A_DAY:
        raise BadValue("These times of the day are over 12 hours apart, so their day is not plain",
                       advice="Write them with their date, as in 2020-03-01 23:50")  # fmt: skip
    if kind == "day" and 0 < max(given) - min(given) < 1:
        return "minute", [round(1440 * number, 4) for number in given]
    dates = [moment.date for moment in held if moment.date is not None]
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
    found = [m for cell in cells if (m := _SLASHED.fullmatch(cell)) and m[2] != "."]
    firsts, seconds = [int(m[1]) for m in found], [int(m[3]) for m in found]
    day_first = any(number > 12 for number in firsts)
    month_first = any(number > 12 for number in seconds)
    if found and day_first == month_first and firsts != seconds:
        raise BadValue(
            "Day and month cannot be told apart in these dates",
            given=", ".join(m[0] for m in found[:3]),
            allowed="dates such as 2020-03-01",
            advice="Or say which stands first: --dates day-first or --dates month-first "
            "(in Python nw.ReadAs(dates=...))",
        )
    return DateOrder.MONTH_FIRST if month_first else DateOrder.DAY_FIRST


def _moment(cell: str, order: DateOrder) -> _Moment | None:
    """Return the date that a cell holds; None if it holds none."""
    cell = cell.strip()
    try:
        return _day(cell, order) or _coarser(cell)
    except (ValueError, OverflowError, KeyError):
        return None


def _day(cell: str, order: DateOrder) -> _Moment | None:
    if found := _ISO.fullmatch(cell):
        year, month, day, *clock = found.groups()
    elif found := _SLASHED.fullmatch(cell):
        first, mark, second, year, *clock = found.groups()
        day_first = mark == "." or order is DateOrder.DAY_FIRST
        month, day = (second, first) if day_first else (first, second)
    elif found := _DAY_NAME.fullmatch(cell):
        clock = []
        day, month, year = found[1], str(_MONTHS[found[2].lower()]), found[3]
    elif found := _NAME_DAY.fullmatch(cell):
        clock = []
        month, day, year = str(_MONTHS[found[1].lower()]), found[2], found[3]
    else:
        return None
    date = datetime.date(_century(year), int(month), int(day))
    hours, minutes, seconds = (int(part or 0) for part in (*clock, *[None] * 3)[:3])
    return _Moment("day", date.toordinal() + (hours + (minutes + seconds / 60) / 60) / 24, date)


def _coarser(cell: str) -> _Moment | None:
    """Return a month, quarter or week of a year, or a time of the day."""
    if found := _QUARTER.fullmatch(cell):
        return _Moment("quarter", 4.0 * int(found[1] or found[4]) + int(found[2] or found[3]))
    if found := _HOURS.fullmatch(cell):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return _Moment("minute", 60.0 * hours + minutes + seconds / 60)
    if found := _WEEK.fullmatch(cell):
        monday = datetime.date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return _Moment("week", monday.toordinal() / 7)
    if found := _YEAR_MONTH.fullmatch(cell):
        year, month = int(found[1]), int(found[2])
    elif found := _MONTH_YEAR.fullmatch(cell):
        year, month = int(found[2]), int(found[1])
    elif found := _NAME_YEAR.fullmatch(cell):
        year, month = _century(found[2]), _MONTHS[found[1].lower()]
    elif found := _YEAR_NAME.fullmatch(cell):
        year, month = int(found[1]), _MONTHS[found[2].lower()]
    else:
        return None
    return _Moment("month", 12.0 * year + datetime.date(year, month, 1).month)


def _century(year: str) -> int:
    """Return a year of two digits as one of four, as the POSIX standard does."""
    return int(year) if len(year) > 2 else int(year) + (1900 if int(year) > 68 else 2000)
