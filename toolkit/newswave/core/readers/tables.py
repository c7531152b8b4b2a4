"""Tables as people save them, CSV or Excel: rows of cells."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from newswave.core.errors import BadFile, shown
from newswave.core.files import read_bytes

# Rows of cells, from text or Excel; nothing is interpreted yet.

_ZIPPED, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_COMMENTS = ("#", "%", "//")
_SEPARATORS = "\t;|,"
_SPACES = " "
_SAMPLE = 2000
_IN_COLUMNS = "Put every cell in its column, and quote text that holds a comma"
_STATED_SEPARATOR = re.compile(r'"?sep=(.)"?[,;]?[ ]*(?=[\r\n]|$)')


@dataclass(frozen=True)
class Limits:
    """How much of a table is read at most; more is refused before anything is parsed."""

    size: int = 64 * 2**20
    lines: int = 1_000_000
    cells: int = 5_000_000


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
    """Return the rows of a table: CSV with any separator, in any usual encoding, or Excel's xlsx.

    Comment lines, blank lines and blank columns are left out, and so are titles above a table and
    footnotes below it; `RawTable.left_out` says which.
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
    """Return header, rows by line and encoding of a table with neither title nor footnote.

    Its cells are separated by commas, semicolons or tabs, or it is Excel's xlsx.
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
            what = f"Line {number} has {len(row)} cells where the header has {len(header)}"
            raise BadFile(what, given=str(path), advice=_IN_COLUMNS)
    if not rows:
        allowed = f"{kind}: a header line and at least one row"
        raise BadFile("This table has no rows", given=str(path), allowed=allowed)
    return header, rows, encoding


def _numbered(text: str, path: str) -> dict[int, list[str]]:
    """Return the rows below the comments at the top, each under the number of its first line."""
    stated = _STATED_SEPARATOR.match(text)
    text = text[stated.end() :] if stated else text
    lines = (line for line in text.splitlines() if line.strip())
    first = next((line for line in lines if not line.lstrip(' "').startswith(_COMMENTS)), "")
    separator = stated[1] if stated else max(",;\t", key=first.count)
    rows = _parsed(io.StringIO(text, newline=""), separator, path)
    return dict(itertools.dropwhile(lambda row: row[1][0].startswith(_COMMENTS), rows))


def _check_lines(text: str, path: str, limits: Limits) -> None:
    """Refuse what is too much to parse, by counting only."""
    lines = text.count("\n") + text.count("\r")
    cells = lines + max(text.count(mark) for mark in _SEPARATORS + _SPACES)
    for what, count, most in (("lines", lines, limits.lines), ("cells", cells, limits.cells)):
        if count > most:
            raise BadFile(
                f"This table is too long: about {count:,} {what}", given=path,
                allowed=f"up to {most:,}",
                advice="Keep the rows and columns that belong to the curve",
            )  # fmt: skip


def decoded(data: bytes, path: str, kind: str) -> tuple[str, str]:
    """Return the text of a file in UTF-8, UTF-16 or Windows-1252, and which if not the first."""
    wide = "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else _wide(data)
    for name, codec in [(wide, wide)] if wide else [("", "utf-8-sig"), ("Windows-1252", "cp1252")]:
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(codec)
            if name == "Windows-1252" and re.search(r"[\x00-\x08\x0e-\x1f]", text):
                continue  # Windows-1252 has no control characters
            text = text.replace("\0", "")
            if not text.strip():
                raise BadFile("This file is empty", given=path, allowed=f"the path of {kind}")
            return text, name
    raise BadFile(
        "This file is not text in UTF-8, UTF-16 or Windows-1252", given=path,
        allowed=f"{kind} as text",
        advice="Save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
    )  # fmt: skip


def _wide(data: bytes) -> str:
    """Return which UTF-16 it must be where every other byte is 0; '' where it is none."""
    some = data[:_SAMPLE]
    half, even, odd = len(some) // 2, some[::2].count(0), some[1::2].count(0)
    if not half or max(even, odd) <= 0.8 * half or min(even, odd):
        return ""
    return "UTF-16-LE" if odd else "UTF-16-BE"


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
    header = next((row for _, row in _rows([above], separator, path)), [])
    rows = list(_rows(lines, separator, path))
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


def _rows(lines: list[str], separator: str, path: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each row, with single blanks within the cells."""
    if separator == _SPACES:
        parts = (re.findall(r'"[^"]*"|\S+', line) for line in lines)
        yield from ((at, [one.strip('"') for one in row]) for at, row in enumerate(parts, 1) if row)
        return
    for at, row in _parsed((line + "\n" for line in lines), separator, path):
        yield at, [" ".join(cell.split()) for cell in row]


def _parsed(lines: Iterable[str], separator: str, path: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row of CSV that holds any, and the number of its first line."""
    reader, first = csv.reader(lines, delimiter=separator), 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield first, [cell.strip() for cell in row]
            first = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(f"This file is not a CSV table ({error})", given=path) from error


def _separator(lines: list[str]) -> str:
    """Return the separator under which most rows are equally wide."""
    some = [line for line in lines if line.strip()][:_SAMPLE]
    best, chosen = 0, _SPACES if all(len(line.split()) > 1 for line in some[-5:]) else ","
    for separator in _SEPARATORS:
        with contextlib.suppress(BadFile):
            rows = _parsed((line + "\n" for line in some), separator, "")
            widths = Counter(len(row) for _, row in rows if len(row) > 1)
            most = max(widths.values(), default=0)
            if most > best and 2 * most > len(some):
                best, chosen = most, separator
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
                advice=_IN_COLUMNS,
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
    """Return the cell of a sheet or of a data frame as the text that a CSV file would hold."""
    if value is None or value != value:  # NaN and NaT
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, float):
        if number_format.endswith("%"):
            return f"{100 * value:.12g}%"
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return " ".join(str(value).split())
