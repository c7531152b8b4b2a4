"""Files: whole or not at all when written; read, or refused with the line, when read."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave.core import files
from newswave.core.errors import BadFile
from newswave.core.files import read_json, read_text, read_toml, write_whole
from newswave.core.readers.tables import read_table

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
