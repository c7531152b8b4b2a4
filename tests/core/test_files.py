"""Files: whole or not at all when written; read, or refused with the line, when read."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import tracemalloc
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import newswave as nw
from newswave.core import files
from newswave.core import files as memory
from newswave.core.errors import BadFile, BadValue
from newswave.core.files import (
    check_memory,
    decode,
    encode,
    free_memory,
    read_json,
    read_text,
    read_toml,
    write_whole,
)
from newswave.core.readers.tables import read_table
from newswave.core.setup import MostLinked, Setup
from newswave.core.simulation import World, bytes_needed

FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZ
@given(st.one_of(st.binary(), st.text()))
def test_what_is_written_is_there(tmp_path: Path, content: str | bytes) -> None:
    path = write_whole(tmp_path / "new" / "a.txt", content)
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_whole(tmp_path / "a.txt", "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadFile, match=r"cannot be written \(No space left.*Choose a folder"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("name", ["file/a.txt", "folder", "x" * 300, "nul\0l"])
def test_a_place_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadFile, match="cannot be written"):
        write_whole(tmp_path / name, "text")
    assert {p.name for p in tmp_path.iterdir()} == {"file", "folder"}
    assert not list((tmp_path / "folder").iterdir())


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"half a character.*ud800"):
        write_whole(tmp_path / "a.txt", "a\ud800b")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["none.txt", ".", "nul\0l", "half\ud800"])
def test_what_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match=r"cannot be read.*the path of a curve"):
        read_text(tmp_path / name, "a curve")


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(BadFile, match="empty"):
        read_text(path, "a curve")


def test_other_encodings_and_huge_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("café".encode("latin-1"))
    with pytest.raises(BadFile, match="UTF-8"):
        read_text(path, "a curve")
    path.write_bytes("café".encode("utf-8-sig"))
    assert read_text(path, "a curve") == "café"
    monkeypatch.setattr(files, "LARGEST", 5)
    with pytest.raises(BadFile, match=r"too large.*up to .* MiB"):
        read_text(path, "a curve")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", ["pipe", "link", "/dev/zero", "/dev/null"])
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with pytest.raises(BadFile, match=r"pipe or a device.*the path of a curve.*Save it as a file"):
        read_text(tmp_path / name, "a curve")
    before = (tmp_path / name).stat().st_ino
    with pytest.raises(BadFile, match="something else than a file has this name"):
        write_whole(tmp_path / name, "text")
    assert (tmp_path / name).stat().st_ino == before


DEEP = {
    "nested too deeply": "[" * 3000 + "]" * 3000,
    "a number with too many digits": "1" * 5000,
}


@pytest.mark.parametrize(("why", "value"), DEEP.items())
def test_what_no_parser_takes_is_refused_by_all(tmp_path: Path, why: str, value: str) -> None:
    with pytest.raises(BadFile, match=rf"not valid TOML \({why}\)"):
        read_toml(write_whole(tmp_path / "a.toml", f"a = {value}"), "a sweep")
    value = value.replace("[", "[" * 40)  # the limit of JSON's parser differs between versions
    with pytest.raises(BadFile, match=rf"not valid JSON \({why}\)"):
        read_json(write_whole(tmp_path / "a.json", value), "a setup")


@FUZZ
@given(st.one_of(st.text(), st.text(alphabet="[]{}=.\"'1eE_#\n\\uab-:T")))
def test_any_toml_is_read_or_refused(tmp_path: Path, text: str) -> None:
    with contextlib.suppress(BadFile):
        assert isinstance(read_toml(write_whole(tmp_path / "a.toml", text), "a sweep")[1], dict)


@pytest.mark.parametrize("text", ['{"a": 1', "[" * 100_000, "1" * 5000, "{'a': 1}"])
def test_broken_json_is_refused(tmp_path: Path, text: str) -> None:
    path = write_whole(tmp_path / "a.json", text)
    with pytest.raises(BadFile, match="not valid JSON"):
        read_json(path, "a setup")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.floats(allow_nan=False)),
    lambda part: st.one_of(st.lists(part), st.dictionaries(st.text(), part)),
    max_leaves=10,
)


@FUZZ
@given(JSON)
def test_json_comes_back(tmp_path: Path, data: object) -> None:
    assert read_json(write_whole(tmp_path / "a.json", json.dumps(data)), "a setup") == data


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_keep_the_number_of_their_line(tmp_path: Path, mark: str, end: str) -> None:
    lines = ["round,count", "", " 1 , 2 ", ",", '3,"two', 'lines"', "", "4,5", ""]
    text = end.join(line.replace(",", mark) for line in lines)
    header, rows, _ = read_table(write_whole(tmp_path / "a.csv", text), "a curve")
    assert header == ["round", "count"]
    assert rows == {3: ["1", "2"], 5: ["3", f"two{end}lines"], 8: ["4", "5"]}


def test_a_row_of_the_wrong_length_is_named_by_its_line(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "a.csv", '\n\na,b\n"1\n",2\n\n3,4,5\n')
    with pytest.raises(BadFile, match=r"Line 7 has 3 cells where the header has 2.*quote text"):
        read_table(path, "a curve")


@pytest.mark.parametrize("text", ["a,b\n", "a,b\n\n,\n", ",,\n"])
def test_a_table_without_rows_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadFile, match=r"no rows.*a curve: a header line"):
        read_table(write_whole(tmp_path / "a.csv", text), "a curve")


def test_a_table_of_nothing_is_empty(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="empty"):
        read_table(write_whole(tmp_path / "a.csv", "\0"), "a curve")


def test_a_cell_that_is_too_long_is_refused(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "a.csv", "a,b\n1," + "x" * 200_000)
    with pytest.raises(BadFile, match="not a CSV table"):
        read_table(path, "a curve")


WORDS = st.text(alphabet="abc é,;'\"\n", min_size=1, max_size=8).map(str.strip).filter(bool)


@FUZZ
@given(st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_tables_come_back(tmp_path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["a", "b", "c"], *rows])
    header, found, _ = read_table(write_whole(tmp_path / "a.csv", text.getvalue()), "a curve")
    assert header == ["a", "b", "c"]
    assert list(found.values()) == rows
    assert list(found) == sorted(found)


@FUZZ
@given(st.one_of(st.binary(max_size=80), st.text(alphabet=',;"\n\r\t\0 a1', max_size=40)))
def test_any_file_is_a_table_or_refused(tmp_path: Path, content: str | bytes) -> None:
    path = write_whole(tmp_path / "a.csv", content)
    try:
        header, rows, _ = read_table(path, "a curve")
    except BadFile:
        return
    assert rows
    assert all(len(row) == len(header) for row in rows.values())


@pytest.mark.parametrize("given", [[1, 2], {"t": [1]}, None])
def test_what_is_no_path_is_refused(given: object) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        files.read_bytes(given, "a curve")  # type: ignore[arg-type]


# What memory is free, and what is refused because it does not fit.


def test_what_is_free_is_a_likely_number() -> None:
    free = free_memory()
    if free is None:
        pytest.skip("this system does not tell its memory")
    assert 10**7 < free < 10**14


def test_a_container_is_told_what_it_may_still_take(tmp_path: Path) -> None:
    assert memory._container_memory(tmp_path) is None
    (tmp_path / "memory.current").write_text("300\n")
    for limit, left in (("max", None), ("1000", 700), ("200", 0)):
        (tmp_path / "memory.max").write_text(limit + "\n")
        assert memory._container_memory(tmp_path) == left


def test_the_smaller_of_machine_and_container_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for machine, container, free in ((5, 3, 3), (5, None, 5), (None, 3, 3), (None, None, None)):
        monkeypatch.setattr(memory, "_machine_memory", lambda told=machine: told)
        monkeypatch.setattr(memory, "_container_memory", lambda told=container: told)
        assert free_memory() == free


def test_what_does_not_fit_is_refused_with_both_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 1_500_000_000)
    check_memory(1.4e9, "so much", "Take less")
    words = r"About 1.6 GB .* for so much, and 1.5 GB are free here. Take less."
    with pytest.raises(BadValue, match=words):
        check_memory(1.6e9, "so much", "Take less")


def test_nothing_is_refused_where_memory_is_not_told_or_hardly_any_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    check_memory(1e15, "so much", "Take less")
    monkeypatch.setattr(memory, "free_memory", lambda: 0)
    check_memory(1e6, "a little", "Take less")


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        (nw.Setup(n_agents=10_000_000), "About 1.1 GB .* 10000000 agents of mean degree 8"),
        (nw.Setup(n_agents=200_000, network=nw.SmallWorld(8)), "About 0.3 GB .* 200000 agents"),
    ],
    ids=["random regular", "made by networkx"],
)
def test_a_world_that_does_not_fit_is_refused_before_it_is_made(
    setup: nw.Setup, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 10**8)
    monkeypatch.setattr(type(setup.network), "build", lambda *_: pytest.fail("it was built"))
    with pytest.raises(BadValue, match=words):
        World.of(setup)


def test_a_model_of_too_many_mesa_agents_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.of(nw.Setup(n_agents=500_000))
    monkeypatch.setattr(memory, "free_memory", lambda: 10**8)
    with pytest.raises(BadValue, match=r"0.3 GB .* 500000 Mesa agents.*nw\.simulate"):
        nw.NewsModel(world)


def test_a_network_takes_about_the_memory_that_was_said() -> None:
    setup = nw.Setup(n_agents=200_000, n_seeds=2000, replicas=1)
    tracemalloc.start()
    try:
        nw.simulate(setup)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.5 < peak / bytes_needed(setup) < 1


def test_a_complete_network_is_not_taken_for_one_of_networkx() -> None:
    assert bytes_needed(nw.Setup(n_agents=5000, network=nw.Complete())) < 3e8


# Frozen values become plain data and come back checked; nothing unknown is let in.


class Colour(Enum):
    """A kind with names."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Point:
    """A kind with two fields, one of them checked."""

    x: float
    label: str = ""

    def __post_init__(self) -> None:
        if self.x < 0:
            raise BadValue("x is negative", given=self.x)


@dataclass(frozen=True)
class Shape:
    """A kind that holds others."""

    points: tuple[Any, ...]
    colour: Any = Colour.RED


@dataclass(frozen=True)
class Nothing:
    """A kind without fields."""


KINDS: dict[str, type] = {kind.__name__: kind for kind in (Colour, Point, Shape, Nothing)}

POINTS = st.builds(Point, st.floats(0, allow_infinity=False), st.text(max_size=5))
VALUES = st.recursive(
    st.one_of(POINTS, st.sampled_from(Colour), st.integers(), st.none(), st.just(Nothing())),
    lambda part: st.builds(Shape, st.lists(part, max_size=3).map(tuple), part),
    max_leaves=8,
)


@given(VALUES)
@settings(deadline=None)
def test_values_come_back_through_json(value: Any) -> None:
    back = decode(json.loads(json.dumps(encode(value))), KINDS)
    assert back == value
    assert type(back) is type(value)


def test_the_plain_data_is_what_a_reader_expects() -> None:
    assert encode(Shape((Point(1.5, "a"),), Colour.BLUE)) == {
        "kind": "Shape",
        "points": [{"kind": "Point", "x": 1.5, "label": "a"}],
        "colour": {"kind": "Colour", "name": "BLUE"},
    }
    assert encode((np.int64(3), np.array([[0.5, 1.0]]), [1])) == [3, [[0.5, 1.0]], [1]]
    assert type(encode(np.float64(0.5))) is float


def test_a_field_with_a_default_may_be_missing() -> None:
    assert decode({"kind": "Point", "x": 2}, KINDS) == Point(2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "Pint", "x": 1}, "Unknown kind of value.*'Pint'.*Point"),
        ({"x": 1}, "Unknown kind.*a value without a kind"),
        ({}, "a value without a kind"),
        ({"kind": None}, "Unknown kind"),
        ({"kind": ["Point"]}, "Unknown kind"),
        ({"kind": {"kind": "Point", "x": 1}}, "Unknown kind"),
        ({"kind": "Point", "x": 1, "y": 2}, "Unknown field of Point.*'y'"),
        ({"kind": "Point", "label": "a"}, "A Point lacks its field 'x'"),
        ({"kind": "Point", "x": -1}, "x is negative"),
        ({"kind": "Point", "x": "one"}, "A Point cannot be made of this"),
        ({"kind": "Nothing", "x": 1}, "Unknown field of Nothing"),
        ({"kind": "Colour", "name": "PINK"}, "Unknown name of Colour.*RED, BLUE"),
        ({"kind": "Colour"}, "Unknown name of Colour"),
        ({"kind": "Colour", "name": ["RED"]}, "Unknown name of Colour"),
        ({"kind": "Colour", "name": "RED", "value": 1}, "Unknown field of Colour.*'value'"),
        ([[{"kind": "Shape", "points": [{"kind": "Line"}]}]], "Unknown kind.*'Line'"),
    ],
)
def test_what_is_unknown_or_wrong_is_refused(data: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        decode(data, KINDS)


@pytest.mark.parametrize("deep", [50, 3000])
def test_deep_data_is_decoded_or_refused(deep: int) -> None:
    data: Any = 1
    for _ in range(deep):
        data = {"kind": "Shape", "points": [data]}
    try:
        assert isinstance(decode(data, KINDS), Shape)
    except BadValue as error:
        assert "nested too deeply" in str(error)  # noqa: PT017
        assert deep == 3000


NAMES = st.sampled_from(["kind", "x", "label", "points", "colour", "name", "y"])
JUNK = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
        st.sampled_from([*KINDS, "RED"]),
    ),
    lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(NAMES, part, max_size=4)),
    max_leaves=12,
)


@given(st.one_of(JUNK, st.dictionaries(NAMES, JUNK).map(lambda d: {"kind": "Shape", **d})))
@settings(max_examples=300, deadline=None)
def test_anything_is_decoded_or_refused(data: Any) -> None:
    try:
        made = decode(data, KINDS)
    except BadValue:
        return
    # By what is written: a number that is not a number equals nothing, itself included.
    assert json.dumps(encode(decode(encode(made), KINDS))) == json.dumps(encode(made))


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -0.0])
def test_odd_numbers_come_back_as_they_are(odd: float) -> None:
    assert repr(decode(encode(odd), KINDS)) == repr(odd)


def test_a_later_field_is_not_written_at_its_default() -> None:
    """What was written before it came, and every hash of that, stays as it was."""
    assert "start" not in encode(Setup())
    late = Setup(start=MostLinked())
    assert encode(late)["start"] == {"kind": "MostLinked"}
    assert Setup.from_json(late.to_json()) == late
    assert Setup.from_json(Setup().to_json()) == Setup()
