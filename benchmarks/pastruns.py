"""All that was ever published, a row a line, oldest first. Rows are added and never changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from circumstances import Circumstances
from rows import Goal, Row

from newswave.core.files import write_whole

FIELDS = (
    *("when", "newswave", "python", "machine", "load"),
    *("what", "against", "ours", "theirs", "value", "low", "high", "must", "aim"),
)


@dataclass(frozen=True)
class Past:
    """A row and when it was measured."""

    when: str
    row: Row


def read(path: Path) -> list[Past]:
    """Return what a file holds; nothing if there is none.

    Raises
    ------
    ValueError
        If a line is not whole or the columns are others.
    """
    if not path.exists():
        return []
    text = path.read_text("utf-8")
    head, *lines = list(csv.reader(io.StringIO(text, newline="")))
    if tuple(head) != FIELDS or not text.endswith("\n"):
        raise ValueError(f"{path.name} has other columns, or its last line is not whole")
    for at, cells in enumerate(lines, 2):
        if len(cells) != len(FIELDS):
            raise ValueError(f"{path.name}, line {at}: {len(cells)} cells, not {len(FIELDS)}")
    return [_past(dict(zip(FIELDS, cells, strict=True))) for cells in lines]


def _past(cells: dict[str, str]) -> Past:
    value, low, high = (float(cells[name]) for name in ("value", "low", "high"))
    aim, must = (float(cells[name]) if cells[name] else None for name in ("aim", "must"))
    names = (cells[name] for name in ("what", "against", "ours", "theirs"))
    return Past(cells["when"], Row(*names, value, Goal(aim, must), low, high))


def add(path: Path, found: Iterable[Row], here: Circumstances) -> list[Past]:
    """Add rows after what is there, all of them or none, and return what the file then holds."""
    read(path)
    held = io.StringIO(newline="")
    if path.exists():
        held.write(path.read_bytes().decode("utf-8"))
    writer = csv.writer(held, lineterminator="\n")
    if not held.tell():
        writer.writerow(FIELDS)
    about = (here.when, here.newswave, here.python, here.machine, f"{here.before:.1f}")
    for row in found:
        numbers = (f"{number:.6g}" for number in (row.value, row.low, row.high))
        limits = ("" if x is None else f"{x:g}" for x in (row.goal.must, row.goal.aim))
        writer.writerow((*about, row.what, row.peer, row.ours, row.theirs, *numbers, *limits))
    write_whole(path, held.getvalue())
    return read(path)
