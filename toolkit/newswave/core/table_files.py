"""Sharing tables in files: CSV for people and spreadsheets, JSON for all that is known of one."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from newswave.core.errors import BadFile, BadValue, NewswaveError
from newswave.core.files import read_json, write_whole
from newswave.core.population import Profile, is_nearly_code
from newswave.core.provenance import Cell, Method, Origin
from newswave.core.readers.tables import read_table
from newswave.core.rules import Measured
from newswave.core.serialize import decode, encode
from newswave.core.sharing import SharingTable

_NAMES = ("profile", "group", "row", "name")
_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (SharingTable, Measured, Cell, Method, Origin)
}
_SHAPE = "a header such as profile,1,2,3 and one row for each profile code or group"


def load_table(path: str | Path) -> SharingTable:
    """Return the sharing table in a CSV or JSON file.

    A CSV file has the header ``profile,1,2,3``: a column of profile codes or group names, then one
    column for each exposure m; the last one stands for "m or more". Column 0 may be left out.
    A JSON file holds what `save_table` or `save_measured` wrote.

    Parameters
    ----------
    path : str or Path
        The file; the ending .json means JSON, any other CSV.

    Returns
    -------
    SharingTable
        Profile codes of a CSV file are brought into the order O, C, E, A, N.

    Raises
    ------
    BadFile
        If the file cannot be read or holds no sharing table.

    Examples
    --------
    >>> import tempfile
    >>> table = SharingTable(("keen", "calm"), [[0, 0.5, 0.6], [0, 0.1, 0.2]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read = load_table(save_table(table, Path(folder) / "table.csv"))
    >>> read.rows, read.probabilities.tolist()
    (('keen', 'calm'), [[0.0, 0.5, 0.6], [0.0, 0.1, 0.2]])
    """
    return load_measured(path).given


def load_measured(path: str | Path) -> Measured:
    """Return the table in a CSV or JSON file as a rule, with what is known of its measurement.

    Parameters
    ----------
    path : str or Path
        As for `load_table`. What its cells rest on and where it comes from is there if
        `save_measured` wrote the file; from any other file there is the table alone.

    Raises
    ------
    BadFile
        If the file cannot be read or holds no sharing table.

    Examples
    --------
    >>> import tempfile
    >>> cell = Cell.counted("keen", 1, asked=20, shared=5)
    >>> measured = Measured(SharingTable(("keen",), [[0, cell.probability]]), (cell,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_measured(save_measured(measured, Path(folder) / "table.json")).cells == (cell,)
    True
    """
    made = _from_json if Path(path).suffix.lower() == ".json" else _from_csv
    try:
        return made(path)
    except BadFile:
        raise
    except NewswaveError as error:
        raise BadFile(f"This file holds no sharing table. {error}", given=str(path)) from error


def save_measured(measured: Measured, path: str | Path) -> Path:
    """Write a measured table with its cells and its origin as JSON, one cell a line.

    Raises
    ------
    BadValue
        If the name does not end with .json: a CSV file holds the table alone (`save_table`).
    BadFile
        If the file cannot be written.
    """
    if Path(path).suffix.lower() != ".json":
        advice = "A CSV file has room for the table alone: give that to save_table"
        raise BadValue(
            "A measured table is written as JSON", given=str(path), allowed=".json", advice=advice
        )
    return write_whole(path, measured_json(measured))


def measured_json(measured: Measured) -> str:
    """Return a measured table as JSON text: all digits kept, a line for each row and each cell.

    >>> print(measured_json(Measured(SharingTable(("all",), [[0, 0.25]]))), end="")
    {
     "kind": "Measured",
     "given": {
      "kind": "SharingTable",
      "rows": ["all"],
      "probabilities": [
       [0.0, 0.25]
      ],
      "repeat": null,
      "source": "given by hand"
     },
     "cells": [],
     "origin": null
    }
    """
    return _laid_out(encode(measured)) + "\n"


def _laid_out(value: Any, indent: str = "") -> str:
    """Return plain data as JSON text in which what is short, or a cell, has a line of its own."""
    plain = json.dumps(value, ensure_ascii=False)
    inner = value.values() if isinstance(value, dict) else value
    nested = isinstance(value, dict | list) and any(isinstance(x, dict | list) for x in inner)
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == "Cell" or (kind != "Origin" and not nested):
        return plain
    more = indent + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_laid_out(item, more)}" for key, item in value.items()]
        return "{\n" + more + f",\n{more}".join(parts) + f"\n{indent}}}"
    return "[\n" + more + f",\n{more}".join(_laid_out(x, more) for x in value) + f"\n{indent}]"


def save_table(table: SharingTable, path: str | Path) -> Path:
    """Write a sharing table: CSV, or JSON if the path ends with .json.

    Raises
    ------
    BadValue
        If a table with other probabilities for repeated exposure is to become CSV.
    BadFile
        If the file cannot be written.
    """
    if Path(path).suffix.lower() == ".json":
        return write_whole(path, json.dumps(encode(table), indent=2, ensure_ascii=False) + "\n")
    return write_whole(path, table_csv(table))


def table_csv(table: SharingTable) -> str:
    """Return a sharing table as CSV text, all digits kept.

    >>> print(table_csv(SharingTable(("all",), [[0, 0.25]])), end="")
    profile,0,1
    all,0.0,0.25
    """
    import csv

    if table.repeat is not None:
        raise BadValue(
            "A CSV file has no room for a table with memory of the first exposure",
            advice="Give the file a name that ends with .json",
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["profile", *range(table.max_exposure + 1)])
    for name, row in zip(table.rows, table.probabilities, strict=True):
        writer.writerow([name, *map(repr, row.tolist())])
    return text.getvalue()


def _from_json(path: str | Path) -> Measured:
    made = decode(read_json(path, "a sharing table"), _KINDS)
    if isinstance(made, SharingTable):
        made = Measured(made)
    if not isinstance(made, Measured):
        raise BadValue("This is no sharing table", given=made)
    row_names(dict(enumerate(made.given.rows, 1)), "Row")
    return made


def _from_csv(path: str | Path) -> Measured:
    header, rows, encoding = read_table(path, "a sharing table")
    if header[0].lower() not in _NAMES:
        raise BadFile(
            "The first column of a sharing table names its rows",
            given=header[0],
            allowed=f"a column called {', '.join(_NAMES)}",
        )
    first = header[1:2] == ["0"]
    wanted = [str(m) for m in range(0 if first else 1, len(header) - (1 if first else 0))]
    if header[1:] != wanted or len(header) < 2 + first:
        raise BadValue(
            "The columns of this table are not exposures 1, 2, 3 in order",
            given=", ".join(header),
            allowed=_SHAPE,
        )
    zero = [] if first else [0.0]
    numbers = [zero + [_number(cell, line) for cell in row[1:]] for line, row in rows.items()]
    names = row_names({line: row[0] for line, row in rows.items()})
    source = f"read from {Path(path).name}" + (f", text in {encoding}" if encoding else "")
    return Measured(SharingTable(names, np.array(numbers), source=source))


def row_names(cells: Mapping[int, str], place: str = "Line") -> tuple[str, ...]:
    """Return profile codes in their usual form, or the names of groups as they stand.

    >>> row_names({2: "c- o+ e+ a- n-"}), row_names({2: "keen", 3: "calm"})
    (('O+C-E+A-N-',), ('keen', 'calm'))
    """
    names = []
    for line, cell in cells.items():
        try:
            names.append(Profile.from_code(cell).code)
        except BadValue as error:
            if is_nearly_code(cell):
                where = f"{place} {line} of this table has a slip. {error.what}"
                advice = "Mend it, or give the group a name that is no code"
                allowed = error.allowed
                raise BadValue(where, given=cell, allowed=allowed, advice=advice) from error
            names.append(cell)
    return tuple(names)


def _number(cell: str, line: int) -> float:
    try:
        # between semicolons or in quotes, a comma is the decimal one
        return float(cell if "." in cell else cell.replace(",", ".", 1))
    except ValueError:
        raise BadValue(
            f"Line {line} of this table has a cell that is no number",
            given=cell,
            allowed="a probability from 0 to 1, with a point",
        ) from None
