"""Rules: the numbers of a sharing table against a computation by hand."""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import counted

from newswave.core.errors import BadFile, BadValue, NewswaveError
from newswave.core.events import DEFAULT_EVENT_ID, Event, event
from newswave.core.files import encode
from newswave.core.population import (
    LITERATURE,
    NONE,
    PRESETS,
    PROFILES,
    Effect,
    IndependentTraits,
    OneProfile,
    Profile,
    TwoGroups,
    WeightedProfiles,
)
from newswave.core.provenance import Cell, Method, Origin, pooled
from newswave.core.rules import (
    Asked,
    ByGroup,
    ByTraits,
    Measured,
    SameForAll,
    SharingRule,
    load_measured,
    load_table,
    measured_json,
    save_measured,
    save_table,
    table_csv,
)
from newswave.core.sharing import SharingTable, between
from newswave.core.wording import wordings

NEUTRAL = event(DEFAULT_EVENT_ID)
TWO = TwoGroups().groups
ALL = IndependentTraits().groups
CHANCE = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1 - 1e-6))
OFFSET = st.floats(-5, 5)


def shifted(offset: float) -> Event:
    return replace(NEUTRAL, offset=Effect(offset, "chosen for a test"))


def logistic(q: float, shift: float) -> float:
    """Move a probability on the log-odds, the plain way."""
    if q in (0.0, 1.0):
        return q
    return 1 / (1 + math.exp(-(math.log(q / (1 - q)) + shift)))


def first(table: SharingTable) -> list[float]:
    column: list[float] = table.probabilities[:, 1].tolist()
    return column


@given(st.floats(1e-6, 1 - 1e-6), OFFSET)
@settings(deadline=None)
def test_an_event_moves_the_log_odds(q: float, offset: float) -> None:
    for groups in (TWO, ALL):
        table = SameForAll(q).table(groups, shifted(offset), 3)
        assert first(table) == pytest.approx([logistic(q, offset)] * len(groups))
        assert table.rows == tuple(group.name for group in groups)
        assert table.contact_rates() is not None


@given(CHANCE, CHANCE, OFFSET)
@settings(deadline=None)
def test_two_groups_have_a_chance_each(one: float, other: float, offset: float) -> None:
    slow, fast = sorted((one, other))
    table = ByGroup(fast, slow).table(TWO, shifted(offset), 4)
    assert table.rows == ("outgoing", "reserved")
    assert first(table) == pytest.approx([logistic(fast, offset), logistic(slow, offset)])
    assert table.probabilities[:, 4] == pytest.approx(1 - (1 - np.array(first(table))) ** 4)


@given(st.floats(1e-4, 0.99), OFFSET, st.sampled_from(sorted(PRESETS)))
@settings(deadline=None)
def test_traits_add_up_on_the_log_odds(baseline: float, offset: float, name: str) -> None:
    effects = PRESETS[name]
    table = ByTraits(baseline, effects).table(ALL, shifted(offset), 2)
    assert table.rows == tuple(profile.code for profile in PROFILES)
    for profile, found in zip(PROFILES, first(table), strict=True):
        added = sum(
            effect.value * (0.5 if high else -0.5)
            for effect, high in zip(effects.effects, profile.levels, strict=True)
        )
        assert found == pytest.approx(logistic(baseline, offset + added))
    assert name in table.source


def test_one_number_by_hand() -> None:
    # Low C (+0.055), high E (+0.09), low A (+0.11), low N (+0.055) and an offset of 0.65 add up
    # to 0.96; logit 0.05 is -2.9444, so q = 1 / (1 + exp(1.9844)) = 0.12084.
    mix = OneProfile(Profile.from_code("O+C-E+A-N-"))
    table = ByTraits(0.05, LITERATURE).table(mix.groups, shifted(0.65), 1)
    assert first(table) == pytest.approx([0.12084], abs=1e-5)


@given(CHANCE)
def test_no_shift_leaves_a_chance_to_the_last_digit(q: float) -> None:
    assert first(SameForAll(q).table(TWO, NEUTRAL, 1)) == [1 - (1 - q)] * 2
    same = SameForAll(q).table(TWO, NEUTRAL, 5).probabilities
    assert (ByTraits(q, NONE).table(TWO, NEUTRAL, 5).probabilities == same).all()
    assert (ByGroup(q, q).table(TWO, NEUTRAL, 5).probabilities == same).all()


def test_extreme_shifts_stay_probabilities() -> None:
    strong = replace(LITERATURE, extraversion=Effect(30.0, "chosen"))
    for offset in (-30.0, 30.0):
        for q in (0.0, 1e-300, 0.5, 1.0):
            for rule in (SameForAll(q), ByTraits(q, strong)):
                found = first(rule.table(ALL, shifted(offset), 3))
                assert all(0 <= p <= 1 for p in found)
                assert q not in (0.0, 1.0) or set(found) == {q}


def test_measured_rows_are_found_by_code_then_by_name() -> None:
    ready, calm = TWO[0].profile.code, TWO[1].profile.code
    numbers = [[0, 0.1, 0.15], [0, 0.2, 0.25], [0, 0.3, 0.35]]
    both = SharingTable(("reserved", ready, "outgoing"), np.array(numbers), source="mine")
    found = Measured(both).table(TWO, shifted(2.0), 3)
    assert found.rows == ("outgoing", "reserved")
    assert found.probabilities.tolist() == [[0, 0.2, 0.25, 0.25], [0, 0.1, 0.15, 0.15]]
    assert found.source == "mine"
    with pytest.raises(BadValue, match="Unknown row of the table"):
        Measured(SharingTable((ready,), np.array([[0, 0.1]]))).table(TWO, NEUTRAL, 3)
    mix = WeightedProfiles(((TWO[1].profile, 1.0),))
    one = Measured(
        SharingTable((calm,), np.array([[0, 0.1, 0.5]]), np.array([[0, 0.2, 0.2]]))
    ).table(mix.groups, NEUTRAL, 1)
    assert one.probabilities.tolist() == [[0, 0.1]]
    assert one.repeat is not None
    assert one.repeat.tolist() == [[0, 0.2]]


COUNTED = Cell.counted("a", 1, asked=10, shared=3)
READ = Cell("b", 2, 0.25, 0.25, 0.25, Method.LOG_PROBABILITIES)
CHANCES = [[0, COUNTED.probability, 0.5], [0, 0.125, 0.25]]
GIVEN = SharingTable(("a", "b"), CHANCES, [[0, 0.1, 0.2], [0, 0.3, 0.4]], "mine")
ORIGIN = Origin("m", "d", "0.33", "0.6", "adjectives", "h", "a-day", synthetic=True)


def test_a_draw_moves_counted_cells_alone() -> None:
    rule = Measured(GIVEN, (READ, COUNTED), ORIGIN)
    numbers = np.random.default_rng(5)
    drawn = rule.drawn(numbers)
    [wanted] = pooled([COUNTED]).drawn(np.random.default_rng(5)).tolist()
    assert drawn.given.probabilities.tolist() == [[0, wanted, 0.5], [0, 0.125, 0.25]]
    assert drawn.given.repeat is not None
    assert GIVEN.repeat is not None
    assert np.array_equal(drawn.given.repeat, GIVEN.repeat)
    assert (drawn.given.rows, drawn.given.source, drawn.origin) == (GIVEN.rows, "mine", ORIGIN)
    assert not drawn.is_sampled
    assert drawn.drawn(numbers).given.probabilities.tolist() == drawn.given.probabilities.tolist()
    assert rule.given.probabilities.tolist() == CHANCES
    assert rule.is_sampled
    assert not Measured(GIVEN, (READ,)).is_sampled
    assert not Measured(GIVEN).is_sampled


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ((replace(COUNTED, row="c"),), "Unknown row of the table"),
        ((replace(COUNTED, exposure=3),), "exposure of a cell.*1 to 2"),
        ((replace(COUNTED, exposure=2),), "cell of a at exposure 2 differ.*the table's 0.5"),
        ((COUNTED, COUNTED), "comes twice"),
        ((COUNTED, 0.3), "are Cells"),
    ],
)
def test_cells_that_do_not_fit_their_table_are_refused(cells: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Measured(GIVEN, cells)
    with pytest.raises(BadValue, match="an Origin"):
        Measured(GIVEN, (), "qwen")  # type: ignore[arg-type]


def test_where_a_model_is_asked_there_is_no_table() -> None:
    rule = Asked("llama3.2:1b", wordings()[0], 1)
    assert type(rule.temperature) is float
    with pytest.raises(BadValue, match=r"no table says how.*llama3\.2:1b.*newswave table"):
        rule.table(TWO, NEUTRAL, 3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": " "}, "name of a model"),
        ({"model": "x" * 201}, "name of a model"),
        ({"model": "a\nb"}, "name of a model"),
        ({"model": None}, "name of a model"),
        ({"wording": "adjectives"}, "in a Wording"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "1"}, "temperature"),
        ({"synthetic": None}, "True or False"),
    ],
)
def test_models_that_cannot_be_asked_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Asked(**{"model": "m", "wording": wordings()[0], **change})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SameForAll(1.1), "share probability"),
        (lambda: SameForAll(math.nan), "share probability"),
        (lambda: SameForAll("0.1"), "share probability"),  # type: ignore[arg-type]
        (lambda: ByGroup(0.1, 0.2), r"fast 0\.1, slow 0\.2.*Swap"),
        (lambda: ByGroup(-0.1, -0.2), "fast share probability"),
        (lambda: ByGroup(0.1, math.nan), "slow share probability"),
        (lambda: ByGroup().table(ALL, NEUTRAL, 3), "a mix of 32.*TwoGroups"),
        (lambda: ByGroup().table(TWO[:1], NEUTRAL, 3), "a mix of 1"),
        (lambda: ByTraits(2), "baseline"),
        (lambda: ByTraits(0.1, "literature"), "no trait effects"),  # type: ignore[arg-type]
        (lambda: Measured([[0, 0.1]]), "needs a sharing table"),  # type: ignore[arg-type]
        (lambda: SameForAll().table(TWO, NEUTRAL, 0), "largest exposure"),
    ],
)
def test_wrong_rules_are_refused(make: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        make()


def test_every_rule_is_one() -> None:
    table = SharingTable(("all",), np.array([[0, 0.1]]))
    rules: list[Any] = [SameForAll(), ByGroup(), ByTraits(), Measured(table)]
    rules.append(Asked("m", wordings()[0]))
    assert all(isinstance(rule, SharingRule) for rule in rules)
    assert not isinstance(LITERATURE, SharingRule)


# Sharing tables go to files and come back digit for digit; what is no table is refused.

CHANCE = st.floats(0.0, 1.0)


@st.composite
def tables(draw: st.DrawFn, memory: bool) -> SharingTable:
    rows = draw(st.lists(st.sampled_from([p.code for p in PROFILES]), min_size=1, unique=True))
    width = draw(st.integers(1, 4))

    def half() -> list[list[float]]:
        return [[0.0, *draw(st.lists(CHANCE, min_size=width, max_size=width))] for _ in rows]

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


def test_columns_between_the_exposures_that_were_asked_are_drawn_with_them(tmp_path: Path) -> None:
    cells = tuple(Cell.counted("calm", m, 20, shared) for m, shared in ((1, 2), (2, 4), (6, 9)))
    made = between(np.array([[cell.probability for cell in cells]]), [1, 2, 6])
    rule = Measured(SharingTable(("calm",), made), cells, None, (3, 4, 5))
    assert rule.exposures == [1, 2, 6]
    drawn = rule.drawn(np.random.default_rng(1)).given.probabilities
    assert np.array_equal(drawn, between(drawn[:, [1, 2, 6]], [1, 2, 6]))
    assert (drawn[:, 1:] != made[:, 1:]).all()
    assert load_measured(save_measured(rule, tmp_path / "table.json")).between == (3, 4, 5)
    with pytest.raises(BadValue, match="2 to 5"):
        Measured(SharingTable(("calm",), made), cells, None, (6,))


def test_a_table_without_such_columns_is_written_as_before(tmp_path: Path) -> None:
    path = save_measured(Measured(SharingTable(("calm",), [[0.0, 0.1]])), tmp_path / "table.json")
    assert "between" not in path.read_text()
