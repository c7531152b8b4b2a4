"""A journal keeps every whole line, however the program that wrote it ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave.core import journal
from newswave.core.errors import BadFile, BadValue
from newswave.core.journal import Journal, Read, line_bytes, read_journal

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)
VALUES: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), ANY_TEXT).filter(
        lambda value: value not in (float("inf"), float("-inf"))
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ANY_TEXT, inner)),
    max_leaves=6,
)
LINES = st.lists(st.dictionaries(ANY_TEXT, VALUES, max_size=4), max_size=6)


def written(path: Path, lines: list[dict[str, Any]]) -> bytes:
    path.unlink(missing_ok=True)
    with Journal(path) as held:
        for line in lines:
            held.append(line)
    return path.read_bytes()


def program(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# --- what is written is there


@FUZZ
@given(LINES)
def test_what_is_appended_is_read_back(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    data = written(tmp_path / "a.jsonl", lines)
    assert data.count(b"\n") == len(lines)
    found = read_journal(tmp_path / "a.jsonl")
    assert found == Read(tuple(lines), len(data), 0)


def test_a_line_keeps_its_order_and_its_letters(tmp_path: Path) -> None:
    data = written(tmp_path / "new" / "folder" / "a.jsonl", [{"b": "é…", "a": [1, None]}])
    assert data == '{"b":"é…","a":[1,null]}\n'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes", object()])
def test_what_json_does_not_hold_is_refused_and_nothing_is_written(
    tmp_path: Path, value: Any
) -> None:
    with Journal(tmp_path / "a.jsonl") as held:
        held.append({"n": 1})
        with pytest.raises(BadValue, match="JSON does not hold"):
            held.append({"n": value})
        held.append({"n": 2})
        assert held.count == 2
    assert (tmp_path / "a.jsonl").read_text() == '{"n":1}\n{"n":2}\n'


def test_a_line_is_on_its_way_at_once_and_a_reader_may_watch(tmp_path: Path) -> None:
    with Journal(tmp_path / "a.jsonl") as held:
        for n in range(3):
            held.append({"n": n})
            assert len(read_journal(tmp_path / "a.jsonl").lines) == n + 1
        held.sync()


# --- torn and broken lines


@FUZZ
@given(LINES.filter(lambda lines: len(lines) > 0), st.data())
def test_cut_anywhere_the_whole_lines_before_are_kept(
    tmp_path: Path, lines: list[dict[str, Any]], data: st.DataObject
) -> None:
    path = tmp_path / "a.jsonl"
    whole = written(path, lines)
    at = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:at])
    kept = whole[:at].count(b"\n")
    found = read_journal(path)
    assert found.lines == tuple(lines[:kept])
    assert (found.size, found.size + found.torn) == (whole[:at].rfind(b"\n") + 1, at)
    assert path.read_bytes() == whole[:at]
    if kept or at == 0:
        with Journal(path) as held:
            assert (held.found.torn, held.count) == (found.torn, kept)
            for line in lines[kept:]:
                held.append(line)
        assert path.read_bytes() == whole


BROKEN = {
    "not valid JSON": b'{"n": 1',
    "no JSON object": b"[1, 2]",
    "not valid JSON ": b'{"n": NaN}',
    "not valid JSON  ": b"",
    "not text in UTF-8": b'{"n": "\xff"}',
    "not valid JSON   ": b'{"n": ' + b"9" * 5000 + b"}",
    "not valid JSON    ": b'{"n": ' + b"[" * 200_000 + b"}",
}


@pytest.mark.parametrize(("words", "line"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_broken_line_in_the_middle_is_refused_and_left(
    tmp_path: Path, words: str, line: bytes
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data := b'{"n": 1}\n' + line + b'\n{"n": 3}\n')
    for open_it in (read_journal, Journal):
        with pytest.raises(BadFile, match=rf"Line 2 is {words.strip()}.*Mend line 2"):
            open_it(path)
    path.write_bytes(data + b'{"n"')
    with pytest.raises(BadFile, match="Line 2"):
        Journal(path)
    assert path.read_bytes() == data + b'{"n"'


@pytest.mark.parametrize("line", BROKEN.values(), ids=range(len(BROKEN)))
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_broken_last_line_is_cut_off(tmp_path: Path, line: bytes, end: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n": 1}\n' + line + end)
    assert read_journal(path).torn == len(line + end)
    with Journal(path) as held:
        held.append({"n": 2})
    assert path.read_text() == '{"n": 1}\n{"n":2}\n'


@pytest.mark.parametrize("text", ['{"my": "only copy"}', "My thesis.\n", "\0" * 500])
def test_a_file_that_may_be_something_else_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text(text)
    with pytest.raises(BadFile, match=r"not one whole line.*Choose another name"):
        Journal(path)
    assert path.read_text() == text


def test_what_the_check_refuses_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"n": 1}\n{"n')

    def refuse(found: Read) -> None:
        assert found.lines == ({"n": 1},)
        raise BadFile("Something else")

    with pytest.raises(BadFile, match="Something else"):
        Journal(path, refuse)
    assert path.read_text() == '{"n": 1}\n{"n'
    Journal(path).close()
    assert path.read_text() == '{"n": 1}\n'


# --- sizes and places


def test_a_file_or_a_line_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    written(path, [{"n": 1}])
    with Journal(path) as held:
        monkeypatch.setattr(journal, "LONGEST", 100)
        with pytest.raises(BadValue, match=r"too long.*\d+ bytes"):
            held.append({"n": "x" * 100})
        monkeypatch.setattr(journal, "LARGEST", 20)
        held.append({"n": 2})
        with pytest.raises(BadFile, match=r"larger than 256 MiB\); 2 whole lines are kept"):
            held.append({"n": 3})
        assert path.read_text() == '{"n":1}\n{"n":2}\n'
    path.write_text('{"n": "' + "x" * 100 + '"}\n{"n":2}\n')
    monkeypatch.setattr(journal, "LARGEST", 10_000)
    with pytest.raises(BadFile, match="Line 1 is longer than 16 MiB"):
        read_journal(path)
    monkeypatch.undo()
    os.truncate(path, journal.LARGEST + 1)
    with pytest.raises(BadFile, match=r"too large.*256 MiB"):
        read_journal(path)


@pytest.mark.parametrize("name", ["folder", "missing/a", "nul\0l", "pipe"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    if name == "pipe" and not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    if name == "pipe":
        os.mkfifo(tmp_path / name)
    with pytest.raises(BadFile):
        read_journal(tmp_path / name)
    (tmp_path / "file").write_text("in the way")
    for place in ("folder", "file/a", "nul\0l", *([name] if name == "pipe" else [])):
        with pytest.raises(BadFile):
            Journal(tmp_path / place)


# --- one writer, full disks, sudden ends


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Journal(path) as held:
        held.append({"n": 1})
        with pytest.raises(BadFile, match="Another newswave is writing this file"):
            Journal(path)
        held.append({"n": 2})
    with Journal(path) as again:
        assert again.count == 2
    held.close()


def test_another_program_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    code = (
        "import sys; from newswave.core.journal import Journal; held = Journal(sys.argv[1]); "
        "print('open', flush=True); sys.stdin.read()"
    )
    with program(code, str(path)) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(BadFile, match="Another newswave"):
            Journal(path)
        other.kill()
    Journal(path).close()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes")
def test_a_full_disk_keeps_whole_lines_and_it_goes_on_later(tmp_path: Path) -> None:
    """A limit of 1 000 bytes makes the system write half a line, as a full disk does."""
    code = """
import resource, sys
from newswave.core.errors import BadFile
from newswave.core.journal import Journal, read_journal
held, most = Journal(sys.argv[1]), resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
told = []
for n in range(100):
    try:
        held.append({"n": n, "text": "x" * 50})
    except BadFile as error:
        told.append(str(error))
        torn = read_journal(sys.argv[1]).torn
        if len(told) == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
kept = read_journal(sys.argv[1])
print(held.count, len(kept.lines), torn, kept.lines[-1]["n"], told[0], sep="|")
"""
    done = program(code, str(tmp_path / "a.jsonl")).communicate(timeout=60)[0]
    count, lines, torn, last, told = done.strip().split("|")
    assert (count, lines, torn, last) == ("98", "98", "0", "99")
    assert "cannot be written" in told
    assert "14 whole lines are kept" in told
    assert "Make space" in told


def test_an_interrupted_write_is_looked_at_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "a.jsonl", os.write

    def interrupted(file: int, data: bytes) -> int:
        write(file, data)
        raise KeyboardInterrupt

    def half(file: int, data: bytes) -> int:
        write(file, data[:4])
        raise KeyboardInterrupt

    with Journal(path) as held:
        for broken in (interrupted, half):
            monkeypatch.setattr(os, "write", broken)
            with pytest.raises(KeyboardInterrupt):
                held.append({"n": 1})
            monkeypatch.setattr(os, "write", write)
            held.append({"n": 2})
        assert held.count == 3
    assert [line["n"] for line in read_journal(path).lines] == [1, 2, 2]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_writer_loses_no_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    code = """
import sys
from newswave.core.journal import Journal
with Journal(sys.argv[1]) as held:
    for n in range(held.count, 10**9):
        held.append({"n": n, "text": "x" * (n % 3000)})
        if n % 100 == 0:
            print(n, flush=True)
"""
    least = 0
    for wanted in (1, 3, 6):
        with program(code, str(path)) as writer:
            assert writer.stdout is not None
            for _ in range(wanted):
                least = int(writer.stdout.readline())
            time.sleep(0.01)
            writer.send_signal(signal.SIGKILL)
            writer.stdout.close()
        found = read_journal(path)
        numbers = [line["n"] for line in found.lines]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) > least
        assert found.torn < 4000


def test_a_line_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bytes] = []
    write = os.write

    def counted(file: int, data: bytes) -> int:
        calls.append(bytes(data))
        return write(file, data)

    monkeypatch.setattr(os, "write", counted)
    lines: list[dict[str, Any]] = [{"n": n} for n in range(5)]
    written(tmp_path / "a.jsonl", lines)
    assert calls == [line_bytes(line) for line in lines]
    assert [json.loads(data) for data in calls] == lines


# --- removed, moved or replaced while it is written

posix = pytest.mark.skipif(os.name == "nt", reason="Windows does not remove an open file")


@posix
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_removed_file_is_put_back_whole_and_said(tmp_path: Path, what: str) -> None:
    path = tmp_path / "out" / "a.jsonl"
    with Journal(path) as held:
        held.append({"n": 1})
        held.append({"n": 2})
        path.unlink() if what == "file" else shutil.rmtree(path.parent)
        with pytest.raises(BadFile, match=r"removed while.*its 3 lines are in a\.jsonl"):
            held.append({"n": 3})
        with pytest.raises(BadFile, match="its 4 lines"):
            held.append({"n": 4})  # it was under way
    assert [line["n"] for line in read_journal(path).lines] == [1, 2, 3, 4]
    assert [file.name for file in path.parent.iterdir()] == ["a.jsonl"]


@posix
def test_a_file_removed_after_its_last_line_is_there_when_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "out" / "a.jsonl"
    with Journal(path) as held:
        held.append({"n": 1})
        shutil.rmtree(path.parent)
    assert read_journal(path).lines == ({"n": 1},)


@posix
def test_a_replaced_file_is_left_alone_and_the_lines_lie_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Journal(path) as held:
        held.append({"n": 1})
        path.unlink()
        path.write_text("mine")
        with pytest.raises(BadFile, match=r"a\.jsonl\.rescued"):
            held.sync()
    assert path.read_text() == "mine"
    assert read_journal(tmp_path / "a.jsonl.rescued").lines == ({"n": 1},)


@posix
def test_a_moved_file_keeps_all_lines_and_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Journal(path) as held:
        held.append({"n": 1})
        path.rename(tmp_path / "b.jsonl")
        with pytest.raises(BadFile, match="moved while it was written"):
            held.append({"n": 2})
    assert read_journal(tmp_path / "b.jsonl").lines == ({"n": 1}, {"n": 2})
    assert not path.exists()
