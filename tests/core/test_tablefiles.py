"""Sharing tables go to files and come back digit for digit; what is no table is refused."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import counted

from newswave.core.errors import BadFile, BadValue, NewswaveError
from newswave.core.files import encode
from newswave.core.population import PROFILES, TwoGroups
from newswave.core.provenance import Cell, Origin
from newswave.core.rules import (
    Measured,
    load_measured,
    load_table,
    measured_json,
    save_measured,
    save_table,
    table_csv,
)
from newswave.core.sharing import SharingTable

CHANCES = st.floats(0.0, 1.0)


@st.composite
def tables(draw: st.DrawFn, memory: bool) -> SharingTable:
    rows = draw(st.lists(st.sampled_from([p.code for p in PROFILES]), min_size=1, unique=True))
    width = draw(st.integers(1, 4))

    def half() -> list[list[float]]:
        return [[0.0, *draw(st.lists(CHANCES, min_size=width, max_size=width))] for _ in rows]

    repeat = np.array(half()) if memory and draw(st.booleans()) else None
    return SharingTable(tuple(rows), np.array(half()), repeat, "drawn")


@settings(deadline=None, max_examples=40)
@given(table=tables(memory=True))
def test_json_keeps_every_digit(table: SharingTable, tmp_path_factory: object) -> None:
    path = tmp_path_factory.mktemp("t") / "table.json"  # type: ignore[attr-defined]
    again = load_table(save_table(table, path))
    assert again.rows == table.rows
    assert again.source == table.source
    assert np.array_equal(again.probabilities, table.probabilities)
    assert (again.repeat is None) == (table.repeat is None)
    if table.repeat is not None:
        assert np.array_equal(again.repeat, table.repeat)


@settings(deadline=None, max_examples=40)
@given(table=tables(memory=False))
def test_csv_keeps_every_digit(table: SharingTable, tmp_path_factory: object) -> None:
    path = tmp_path_factory.mktemp("t") / "table.csv"  # type: ignore[attr-defined]
    again = load_table(save_table(table, path))
    assert again.rows == table.rows
    assert np.array_equal(again.probabilities, table.probabilities)


@settings(deadline=None, max_examples=60)
@given(table=tables(memory=True), data=st.data())
def test_a_measured_table_comes_back_with_its_cells_and_origin(
    table: SharingTable, data: st.DataObject, tmp_path_factory: object
) -> None:
    path = tmp_path_factory.mktemp("t") / "table.JSON"  # type: ignore[attr-defined]
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    origin = Origin(*(data.draw(text) for _ in range(7)), temperature=data.draw(st.floats(0, 2)))
    measured = replace(data.draw(counted(table)), origin=data.draw(st.sampled_from([origin, None])))
    again = load_measured(save_measured(measured, path))
    assert (again.cells, again.origin) == (measured.cells, measured.origin)
    assert np.array_equal(again.given.probabilities, measured.given.probabilities)
    assert (again.given.rows, again.given.source) == (measured.given.rows, measured.given.source)
    assert measured_json(again) == measured_json(measured)
    plain = load_table(path)
    assert np.array_equal(plain.probabilities, measured.given.probabilities)
    lines = path.read_text("utf-8").splitlines()
    assert sum('"kind": "Cell"' in line for line in lines) == len(measured.cells)
    assert json.loads(path.read_text("utf-8")) == json.loads(json.dumps(encode(measured)))


def test_other_files_are_a_rule_without_cells(tmp_path: Path) -> None:
    table = SharingTable(("keen",), [[0, 0.5]], [[0, 0.25]], "mine")
    for measured in (
        load_measured(save_table(table, tmp_path / "a.json")),
        load_measured(save_table(replace(table, repeat=None), tmp_path / "a.csv")),
    ):
        assert (measured.cells, measured.origin) == ((), None)
        assert measured.given.probabilities.tolist() == [[0.0, 0.5]]
        assert not measured.is_sampled


def test_a_measured_table_does_not_fit_into_csv(tmp_path: Path) -> None:
    measured = Measured(SharingTable(("keen",), [[0, 0.5]]))
    with pytest.raises(BadValue, match=r"written as JSON.*save_table"):
        save_measured(measured, tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"probability": 0.3181818181818182', '"probability": 0.3', "differ"),
        ('"row": "keen"', '"row": "calm"', "Unknown row of the table"),
        ('"exposure": 1', '"exposure": 2', "exposure of a cell"),
        ('"REPEATED_ANSWERS"', '"GUESSED"', "Unknown name of Method"),
        ('"shared": 3', '"shared": 30', "More shared"),
        ('"kind": "Origin"', '"kind": "Setup"', "Unknown kind of value"),
        ('"model": "m"', '"model": 5', "model of a table's origin"),
    ],
)
def test_a_measured_table_with_one_thing_wrong_is_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    cell = Cell.counted("keen", 1, 10, 3)
    origin = Origin("m", "d", "0.33", "0.6", "w", "h", "a-day")
    text = measured_json(
        Measured(SharingTable(("keen",), [[0, cell.probability]]), (cell,), origin)
    )
    assert old in text
    with pytest.raises(BadFile, match=rf"{words}.*t\.json"):
        read(tmp_path, text.replace(old, new), "t.json")


def read(tmp_path: Path, text: str, name: str = "t.csv") -> SharingTable:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_table(path)


def test_column_0_may_be_left_out_and_codes_are_put_in_order(tmp_path: Path) -> None:
    table = read(tmp_path, "Group;1;2\nn- e+ o+ c- a-;0.25;0.5\nkeen;1;1\n")
    assert table.rows == ("O+C-E+A-N-", "keen")
    assert table.probabilities.tolist() == [[0.0, 0.25, 0.5], [0.0, 1.0, 1.0]]
    assert table.source == "read from t.csv"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("profile,1,2\n", "no rows"),
        ("who,1,2\na,0.1,0.2\n", "names its rows"),
        ("profile\na\n", "exposures 1, 2, 3"),
        ("profile,0\na,0\n", "exposures 1, 2, 3"),
        ("profile,1,3\na,0.1,0.2\n", "exposures 1, 2, 3"),
        ("profile,2,1\na,0.1,0.2\n", "exposures 1, 2, 3"),
        ("profile,1,2\na,0.1\n", "cells"),
        ("profile,1\na,often\n", "no number"),
        ("profile,1\na,1.2\n", "probabilities"),
        ("profile,1\na,-0.1\n", "probabilities"),
        ("profile,1\na,nan\n", "probabilities"),
        ("profile,0,1\na,0.2,0.3\n", "column 0 must be 0"),
        ("profile,1\na,0.1\na,0.2\n", "each once"),
        ("profile,1\nO+C+E+A+N+,0.1\no+c+e+a+n+,0.2\n", "each once"),
    ],
)
def test_what_is_no_table_is_refused_with_its_file(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[1, 2]", "no sharing table"),
        ('{"kind": "Setup"}', "SharingTable"),
        ('{"kind": "SharingTable", "rows": ["a"]}', "probabilities"),
        ('{"kind": "SharingTable", "rows": ["a"], "probabilities": [[0, NaN]]}', "probabilities"),
        ('{"kind": "SharingTable", "rows": ["a"], "probabilities": [[0], [0]]}', "shape"),
    ],
)
def test_what_is_no_json_table_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        read(tmp_path, text, "t.json")


@settings(deadline=None, max_examples=100)
@given(text=st.text(max_size=80) | st.text("profile,0123.\n-+ON", max_size=60))
def test_any_text_is_read_or_refused(text: str, tmp_path_factory: object) -> None:
    path = tmp_path_factory.mktemp("t") / "table.csv"  # type: ignore[attr-defined]
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(NewswaveError):
        assert isinstance(load_table(path), SharingTable)


def test_memory_does_not_fit_into_csv() -> None:
    table = SharingTable.contact(("a",), (0.5,), 2).with_repeat_ratio(0.5)
    with pytest.raises(BadValue, match=r"\.json"):
        table_csv(table)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"nowhere\.csv"):
        load_table(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("slip", ["O-C+E-A+N", "o-]+e-a+n+", "O-C+E-A+N+N+", "O-C+E-"])
@pytest.mark.parametrize("ending", ["csv", "json"])
def test_a_row_that_is_nearly_a_profile_is_named(tmp_path: Path, slip: str, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    table = SharingTable(("O+C-E+A-N-", slip), [[0, 0.5], [0, 0.1]])
    save_table(table, path)
    place = "Line 3" if ending == "csv" else "Row 2"
    with pytest.raises(BadFile, match=f"{place} of this table has a slip.*{re.escape(slip)}"):
        load_table(path)


def test_groups_are_not_called_by_a_slip() -> None:
    with pytest.raises(BadValue, match="nearly the code of a profile"):
        TwoGroups(fast_name="O+C-E+A-N-", slow_name="O-C+E-A+N")


SPELLINGS = {
    "UTF-16": ("gröup\t1\t2\nzäh\t0.25\t0.5\n".replace("gröup", "group").encode("utf-16")),
    "Windows-1252": "group;1;2\r\nzäh;0,25;0,5\r\n".encode("cp1252"),
    "": "\ufeffsep=;\ngroup;1;2\nzäh;0,25;0,5\n".encode(),
}


@pytest.mark.parametrize("encoding", SPELLINGS)
def test_tables_are_read_as_spreadsheets_save_them(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.csv").write_bytes(SPELLINGS[encoding])
    table = load_table(tmp_path / "t.csv")
    assert table.rows == ("zäh",)
    assert table.probabilities.tolist() == [[0.0, 0.25, 0.5]]
    assert table.source == "read from t.csv" + (f", text in {encoding}" if encoding else "")


def test_the_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["profile", 1, 2], ["zäh", 0.25, 0.5]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    assert load_table(tmp_path / "t.xlsx").probabilities.tolist() == [[0.0, 0.25, 0.5]]


def test_comments_above_a_table_are_skipped(tmp_path: Path) -> None:
    table = read(tmp_path, "# my class\n\ngroup,1,2\nkeen,0.25,0.5\n")
    assert table.probabilities.tolist() == [[0.0, 0.25, 0.5]]
    with pytest.raises(BadFile, match="Line 4 of this table"):
        read(tmp_path, "# my class\n\ngroup,1,2\nkeen,much,0.5\n")
