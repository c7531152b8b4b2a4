"""Tables as people save them: encodings, separators, comments, titles, limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadFile
from newswave.core.readers.tables import Limits, cell_text, decoded, few, read_raw

WORDS = st.text(st.characters(codec="cp1252", categories=["L", "N"]), min_size=1, max_size=5)


def read(folder: Path, data: bytes, limits: Limits | None = None) -> tuple[tuple[str, ...], ...]:
    path = folder / "a.csv"
    path.write_bytes(data)
    return read_raw(path, "a table", limits or Limits()).rows


@given(
    st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=2, max_size=6),
    st.sampled_from(list(",;|\t")),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cells_come_back(
    tmp_path: Path, rows: list[tuple[str, ...]], mark: str, coding: str, end: str, quoted: bool
) -> None:
    rows = [("a", "b", "c"), *rows]
    cells = [[f'"{cell}"' if quoted else cell for cell in row] for row in rows]
    text = end.join(mark.join(row) for row in cells) + end
    if coding == "cp1252" and _is_utf8(text.encode(coding)):
        coding = "utf-8"
    assert read(tmp_path, text.encode(coding)) == tuple(rows)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    for data in (bytes(range(256)), b"\x81\x8d", b"\xff\xfea"):
        with pytest.raises(BadFile, match="not text in UTF-8"):
            decoded(data, "a.csv", "a curve")
    with pytest.raises(BadFile, match=r"old Excel.*CSV"):
        read(tmp_path, b"\xd0\xcf\x11\xe0....")
    with pytest.raises(BadFile, match="cannot be read"):
        read_raw(tmp_path, "a curve")


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 10_000_000)
    with pytest.raises(BadFile, match="too large unpacked"):
        read_raw(path, "a curve", Limits(size=1_000_000))


def test_cells_of_sheets_and_frames() -> None:
    nothing = float("nan")
    assert [cell_text(one) for one in (None, nothing, True, 2.5, " a  b ")] == [
        "", "", "True", "2.5", "a b"]  # fmt: skip
    assert few([str(at) for at in range(9)]) == ("0", "1", "2", "3", "5 more lines")
