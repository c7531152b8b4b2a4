"""Tables as people save them, CSV or Excel: rows of cells, and what the cells say."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadFile, BadValue, shown
from newswave.core.files import read_bytes

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
        of_all = " of all" if self in OF_ALL else ""
        return (
            "as they are"
            if self is Scale.COUNTS
            else f"in {_SCALE_WORDS.get(self, self.value)}{of_all}"
        )

    def factor(self, n_agents: float) -> float:
        """Return how many people 1 stands for, if there are so many in all."""
        fixed = {Scale.COUNTS: 1.0, Scale.THOUSANDS: 1e3, Scale.MILLIONS: 1e6}
        return fixed.get(self, n_agents / 100 if self is Scale.PERCENT else n_agents)


OF_ALL = (Scale.PERCENT, Scale.FRACTION)
_SCALE_WORDS = {Scale.PERCENT: "per cent", Scale.FRACTION: "fractions"}


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


# Rows of cells, from text or Excel; nothing is interpreted yet.

MOST_BYTES = 64 * 2**20
MOST_LINES = 1_000_000
MOST_CELLS = 5_000_000
_ZIPPED, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_COMMENTS = ("#", "%", "//")
_SEPARATORS = "\t;|,"
_SPACES = " "
_SAMPLE = 2000
_STATED_SEPARATOR = re.compile(r'"?sep=(.)"?[,;]?[ ]*(?=[\r\n]|$)')


@dataclass(frozen=True)
class Limits:
    """How much of a table is read at most; more is refused before anything is parsed."""

    size: int = MOST_BYTES
    lines: int = MOST_LINES
    cells: int = MOST_CELLS


@dataclass(frozen=True)
class RawTable:
    """Rows of cells, all equally long, without blank lines and columns."""

    rows: tuple[tuple[str, ...], ...]  # The cells, stripped; text throughout
    lines: tuple[str, ...]  # Where each row begins: "line 3" of a file, "row 3" of a sheet
    separator: str = ","  # What stood between the cells; '' for a sheet
    # The cells of the last comment line above the table: it may be the heading
    above: tuple[str, ...] = ()
    # How it was read and what was left out, in phrases; what needs no word is not in them
    read: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


_LIMITS = Limits()


def read_raw(path: str | Path, kind: str, limits: Limits = _LIMITS) -> RawTable:
    r"""Return the rows of a table: CSV with any separator, in any usual encoding, or Excel's xlsx.

    Comment lines, blank lines and blank columns are left out, and so are titles above a table and
    footnotes below it; `RawTable.left_out` says which.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_bytes(b"# a club\nday;count\n\n1;3,5\n")
    ...     table = read_raw(file, "a curve")
    >>> table.rows, table.lines, table.left_out
    ((('day', 'count'), ('1', '3,5')), ('line 2', 'line 4'), ('1 comment line',))
    """
    data = read_bytes(path, kind, limits.size)
    if data.startswith(_ZIPPED):
        return raw_table(_sheet_rows(data, str(path), limits), "", str(path))
    if data.startswith(_OLD_EXCEL):
        raise BadFile(
            "This is a workbook of old Excel", given=str(path), allowed="CSV or xlsx",
            advice="Save it as 'CSV UTF-8' or as .xlsx",
        )  # fmt: skip
    text, encoding = decoded(data, str(path), kind)
    _check_lines(text, str(path), limits)
    return _from_text(text, encoding, str(path))


def read_table(
    path: str | Path, kind: str, ragged: bool = False
) -> tuple[list[str], dict[int, list[str]], str]:
    r"""Return the header and the rows of a table: CSV (comma, semicolon or tab) or Excel's xlsx.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_bytes(b"t;n\n\n1;20\n")
    ...     read_table(file, "a curve")
    (['t', 'n'], {3: ['1', '20']}, '')
    """
    data, encoding = read_bytes(path, kind), ""
    if data.startswith(_ZIPPED):
        rows = dict(_sheet_rows(data, str(path), _LIMITS))
    else:
        text, encoding = decoded(data, str(path), kind)
        rows = _numbered(text, str(path))
    header = rows.pop(min(rows)) if rows else []
    for number, row in rows.items():
        if len(row) != len(header) and not ragged:
            raise BadFile(
                f"Line {number} has {len(row)} cells where the header has {len(header)}",
                given=str(path),
                advice="Put every cell in its column, and quote text that holds a comma",
            )
    if not rows:
        raise BadFile(
            "This table has no rows",
            given=str(path),
            allowed=f"{kind}: a header line and at least one row",
        )
    return header, rows, encoding


def _numbered(text: str, path: str) -> dict[int, list[str]]:
    """Return the cells of each row that holds any, under the number of its first line."""
    stated = _STATED_SEPARATOR.match(text)
    text = text[stated.end() :] if stated else text
    lines = (line for line in text.splitlines() if line.strip())
    first = next((line for line in lines if not line.lstrip(' "').startswith(_COMMENTS)), "")
    delimiter = stated[1] if stated else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: dict[int, list[str]] = {}
    first_line = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells) and (rows or not cells[0].startswith(_COMMENTS)):
                rows[first_line] = cells
            first_line = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(f"This file is not a CSV table ({error})", given=path) from error
    return rows


def _check_lines(text: str, path: str, limits: Limits) -> None:
    """Refuse what is too much to parse, by counting only."""
    lines = text.count("\n") + text.count("\r")
    cells = lines + max(text.count(mark) for mark in _SEPARATORS + _SPACES)
    for what, count, most in (("lines", lines, limits.lines), ("cells", cells, limits.cells)):
        if count > most:
            raise BadFile(
                f"This table is too long: about {count:,} {what}",
                given=path,
                allowed=f"up to {most:,}",
                advice="Keep the rows and columns that belong to the curve",
            )


def decoded(data: bytes, path: str, kind: str) -> tuple[str, str]:
    r"""Return the text of a file in UTF-8, UTF-16 or Windows-1252, and which if not the first.

    >>> decoded("däy".encode("utf-16"), "a.csv", "a curve")
    ('däy', 'UTF-16')
    """
    name = "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else _wide(data)
    if name:
        try:
            text = data.decode(name)
        except UnicodeDecodeError as error:
            raise _no_text(path, kind) from error
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text, name = _western(data, path, kind), "Windows-1252"
    text = text.replace("\0", "")
    if not text.strip():
        raise BadFile("This file is empty", given=path, allowed=f"the path of {kind}")
    return text, name


def _wide(data: bytes) -> str:
    """Return which UTF-16 it must be where every other byte is 0; '' where it is none."""
    some = data[:_SAMPLE]
    half = len(some) // 2
    if half and some[1::2].count(0) > 0.8 * half and not some[::2].count(0):
        return "UTF-16-LE"
    return (
        "UTF-16-BE" if half and some[::2].count(0) > 0.8 * half and not some[1::2].count(0) else ""
    )


def _western(data: bytes, path: str, kind: str) -> str:
    """Return Windows-1252 text, which has no control characters."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _no_text(path, kind) from error
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise _no_text(path, kind)
    return text


def _no_text(path: str, kind: str) -> BadFile:
    return BadFile(
        "This file is not text in UTF-8, UTF-16 or Windows-1252",
        given=path,
        allowed=f"{kind} as text",
        advice="Save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
    )


def _from_text(text: str, encoding: str, path: str) -> RawTable:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    stated = _STATED_SEPARATOR.match(lines[0])
    if stated:
        lines[0] = ""
    for at, line in enumerate(lines[:20]):  # NetLogo's BehaviorSpace: what was run, then a table
        if line.startswith(("[run number]", '"[run number]"')):
            lines[: at + 1] = [""] * at + [re.sub(r"\[(run number|step)\]", r"\1", line)]
    above, comments = _without_comments(lines)
    if not any(line.strip() for line in lines):
        raise BadFile("This table has no rows", given=path, advice="It holds comments only")
    separator = stated[1] if stated else _separator(lines)
    try:
        rows = list(_parsed(lines, separator))
        header: list[str] = next((row for _, row in _parsed([above], separator)), [])
    except csv.Error as error:
        raise BadFile(f"This file is not a CSV table ({error})", given=path) from error
    table = raw_table(rows, separator, path, tuple(header))
    left = (f"{comments} comment line{'s' * (comments > 1)}",) if comments else ()
    read = (f"text in {encoding}",) if encoding else ()
    return replace(table, read=read, left_out=(*left, *table.left_out))


def _without_comments(lines: list[str]) -> tuple[str, int]:
    """Blank the comment lines; return the last one directly above the table, and how many."""
    count, last, begun = 0, "", False
    for at, line in enumerate(lines):
        bare = line.strip().strip('"').strip(",;\t")
        if bare.startswith(_COMMENTS):
            count, lines[at] = count + 1, ""
            last = last if begun else bare.lstrip("#%/ ")
        elif bare:
            begun = True
    return last, count


def _parsed(lines: list[str], separator: str) -> Any:
    """Yield the number and the cells of each row."""
    if separator == _SPACES:
        parts = (re.findall(r'"[^"]*"|\S+', line) for line in lines)
        yield from ((at, [one.strip('"') for one in row]) for at, row in enumerate(parts, 1) if row)
        return
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator)
    first = 1
    for row in reader:
        cells = [" ".join(cell.split()) for cell in row]
        if any(cells):
            yield first, cells
        first = reader.line_num + 1


def _separator(lines: list[str]) -> str:
    """Return the separator under which most rows are equally wide."""
    some = [line for line in lines if line.strip()][:_SAMPLE]
    best, chosen = 0, _SPACES if all(len(line.split()) > 1 for line in some[-5:]) else ","
    for separator in _SEPARATORS:
        try:
            widths = Counter(len(row) for _, row in _parsed(some, separator) if len(row) > 1)
        except csv.Error:
            continue
        rows = max(widths.values(), default=0)
        if rows > best and 2 * rows > len(some):
            best, chosen = rows, separator
    return chosen


def raw_table(
    rows: list[tuple[int, list[str]]], separator: str, path: str, above: tuple[str, ...] = ()
) -> RawTable:
    """Return rows without blank columns, titles and footnotes; refuse those of other lengths."""
    word = "line" if separator else "row"
    filled = {at for _, row in rows for at, cell in enumerate(row) if cell}
    rows = [(n, [cell for at, cell in enumerate(row) if at in filled]) for n, row in rows]
    width = Counter(len(row) for _, row in rows).most_common(1)[0][0] if rows else 0
    remarks = [(line, row) for line, row in rows if _is_remark(row, width)]
    kept = [(line, row) for line, row in rows if not _is_remark(row, width)]
    if separator in (_SPACES, "\t") and kept and len(kept[0][1]) == width - 1:
        kept[0][1].insert(0, "")  # R leaves the name of its row numbers out
    for line, row in kept:
        if len(row) != width:
            raise BadFile(
                f"{word.capitalize()} {line} has {len(row)} cells where most have {width}",
                given=path,
                advice="Put every cell in its column, and quote text that holds a comma",
            )
    if not kept or not width:
        raise BadFile("This table has no rows", given=path, allowed="a heading and rows below it")
    left = [f"{word} {at} ({shown(next(filter(None, row)), 40)})" for at, row in remarks]
    return RawTable(
        tuple(tuple(row) for _, row in kept),
        tuple(f"{word} {line}" for line, _ in kept),
        separator,
        above,
        left_out=few(left),
    )


def _is_remark(row: list[str], width: int) -> bool:
    """Say whether a row of a wider table holds one piece of text only: a title or a footnote."""
    filled = [cell for cell in row if cell]
    return width > 1 and len(filled) == 1 and bool(re.search(r"[^\W\d_]{3}", filled[0]))


def few(notes: list[str]) -> tuple[str, ...]:
    """Return the first of many notes, and how many more there are."""
    return tuple(notes if len(notes) < 6 else [*notes[:4], f"{len(notes) - 4} more lines"])


def _sheet_rows(data: bytes, path: str, limits: Limits) -> list[tuple[int, list[str]]]:
    """Return the rows of the only sheet of a workbook that holds any."""
    try:
        import openpyxl

        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(one.file_size for one in packed.infolist())
        if size > 8 * limits.size:
            raise BadFile("This workbook is too large unpacked", given=path)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = {sheet.title: _cells(sheet, path, limits) for sheet in book.worksheets}
    except ImportError as error:
        advice = "Save the sheet as 'CSV UTF-8', or: pip install openpyxl"
        raise BadFile("Reading xlsx needs openpyxl", given=path, advice=advice) from error
    except BadFile:
        raise
    except Exception as error:
        raise BadFile(
            "This is no workbook that can be read", given=path, allowed="CSV or xlsx",
            advice="Open it in a spreadsheet and save the table as 'CSV UTF-8'",
        ) from error  # fmt: skip
    filled = {name: rows for name, rows in sheets.items() if rows}
    if len(filled) != 1:
        raise BadFile(
            "This workbook has no sheet with a table" if not filled else
            f"This workbook has {len(filled)} sheets with something on them: {', '.join(filled)}",
            given=path, advice="Save the one that holds the curve as 'CSV UTF-8'",
        )  # fmt: skip
    return next(iter(filled.values()))


def _cells(sheet: Any, path: str, limits: Limits) -> list[tuple[int, list[str]]]:
    rows, count = [], 0
    for at, row in enumerate(sheet.iter_rows(), 1):
        cells = [cell_text(cell.value, str(cell.number_format or "")) for cell in row]
        count += len(cells)
        if at > limits.lines or count > limits.cells:
            raise BadFile("This sheet is too long", given=path, allowed=f"{limits.lines:,} rows")
        if any(cells):
            rows.append((at, cells))
    return rows


def cell_text(value: Any, number_format: str = "") -> str:
    """Return the cell of a sheet or of a data frame as the text that a CSV file would hold.

    >>> cell_text(0.05, "0.00%"), cell_text(3.0), cell_text(datetime.datetime(2020, 3, 1))
    ('5%', '3', '2020-03-01')
    """
    if value is None or value != value:  # NaN and NaT
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, float):
        if number_format.endswith("%"):
            return f"{100 * value:.12g}%"
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return " ".join(str(value).split())


# Values of one column: numbers in any usual spelling, times and dates.

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


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of a column, in one reading."""

    values: Floats  # NaN where a cell is missing
    decimals: int = 0  # The most digits behind the decimal mark
    percent: bool = False  # Whether there are percent signs
    note: str = ""  # How the marks within the cells were taken; '' where there is nothing to say


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
    spaced = _SPACED.match(bare)
    if not spaced:
        return bare
    return re.sub(r"[ '’\u00a0\u2009\u202f]", "", spaced[0]) + bare[spaced.end() :]


def numbers(cells: Sequence[str], comma_between: bool = True) -> tuple[Numbers, ...]:
    """Return the numbers of a column in every reading that fits all cells, the likeliest first.

    >>> [one.values.tolist() for one in numbers(["1,012", "1,450"])]
    [[1012.0, 1450.0]]
    >>> [one.values.tolist() for one in numbers(["3,5", "6,25"])]
    [[3.5, 6.25]]
    >>> [one.values.tolist() for one in numbers(["1.012", "1.450"], comma_between=False)]
    [[1012.0, 1450.0], [1.012, 1.45]]
    """
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

    >>> days = times(["2020-03-01", "2020-03-02", "2020-03-05"])
    >>> days.values.tolist(), days.unit, days.note
    ([0.0, 1.0, 4.0], 'day', 'day 0 is 2020-03-01')
    """
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
    first = min(scaled)
    given = iter(scaled)
    shift = 0.0 if unit == "year" else first
    values = np.array([np.nan if moment is None else next(given) - shift for moment in moments])
    start = cells[[at for at, moment in enumerate(moments) if moment is not None][
        int(np.argmin(scaled))]]  # fmt: skip
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
    cell = cell.strip()
    try:
        return _day(cell, order) or _coarser(cell)
    except (ValueError, OverflowError, KeyError):
        return None


def _day(cell: str, order: DateOrder) -> _Moment | None:
    if match := _ISO.fullmatch(cell):
        year, month, day, *clock = match.groups()
    elif match := _SLASHED.fullmatch(cell):
        first, mark, second, year, *clock = match.groups()
        day_first = mark == "." or order is DateOrder.DAY_FIRST
        month, day = (second, first) if day_first else (first, second)
    elif match := _DAY_NAME.fullmatch(cell):
        clock = []
        day, month, year = match[1], str(_MONTHS[match[2].lower()]), match[3]
    elif match := _NAME_DAY.fullmatch(cell):
        clock = []
        month, day, year = str(_MONTHS[match[1].lower()]), match[2], match[3]
    else:
        return None
    date = datetime.date(_century(year), int(month), int(day))
    hours, minutes, seconds = (int(part or 0) for part in (*clock, *[None] * 3)[:3])
    return _Moment("day", date.toordinal() + (hours + (minutes + seconds / 60) / 60) / 24, date)


def _coarser(cell: str) -> _Moment | None:
    """Return a month, quarter or week of a year, or a time of the day."""
    if match := _QUARTER.fullmatch(cell):
        return _Moment("quarter", 4.0 * int(match[1] or match[4]) + int(match[2] or match[3]))
    if match := _HOURS.fullmatch(cell):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return _Moment("minute", 60.0 * hours + minutes + seconds / 60)
    if match := _WEEK.fullmatch(cell):
        monday = datetime.date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return _Moment("week", monday.toordinal() / 7)
    if match := _YEAR_MONTH.fullmatch(cell):
        year, month = int(match[1]), int(match[2])
    elif match := _MONTH_YEAR.fullmatch(cell):
        year, month = int(match[2]), int(match[1])
    elif match := _NAME_YEAR.fullmatch(cell):
        year, month = _century(match[2]), _MONTHS[match[1].lower()]
    elif match := _YEAR_NAME.fullmatch(cell):
        year, month = int(match[1]), _MONTHS[match[2].lower()]
    else:
        return None
    return _Moment("month", 12.0 * year + datetime.date(year, month, 1).month)


def _century(year: str) -> int:
    """Return a year of two digits as one of four, as the POSIX standard does."""
    return int(year) if len(year) > 2 else int(year) + (1900 if int(year) > 68 else 2000)
