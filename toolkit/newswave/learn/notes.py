"""What a learner has done so far: kept in a file beside the lessons, and nowhere else."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from newswave.core.errors import NewswaveError, plain
from newswave.core.journal import Journal, read_journal

FILE = "newswave-progress.jsonl"
"""The name of the file, in the folder where the lesson runs."""


@dataclass(frozen=True)
class Note:
    """One thing that a learner did."""

    item: str  # With which question
    act: str  # "check", "predict", "observe", "hint" or "solution"
    state: str  # How the answer stood then
    answer: str = ""  # The answer in short
    wrong: str = ""  # Which named wrong answer it was
    confidence: int = 0  # From 1 to 5, of a prediction; 0 if not given
    when: str = ""  # Date and time, in universal time


class Notes:
    """The notes of one folder; without a file where none can be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        self._lock = threading.Lock()
        self._notes = self._read()

    @property
    def all(self) -> tuple[Note, ...]:
        """All notes, the oldest first."""
        return tuple(self._notes)

    def of(self, item: str, *acts: str) -> tuple[Note, ...]:
        """Return the notes of one question."""
        return tuple(n for n in self._notes if n.item == item and (not acts or n.act in acts))

    def add(self, note: Note) -> None:
        """Keep a note, in the file if that can be."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        made = Note(**{**asdict(note), "when": now})
        with self._lock:
            self._notes.append(made)
            try:
                with Journal(self.path) as journal:
                    journal.append(asdict(made))
                self.trouble = ""
            except (NewswaveError, OSError) as error:
                self._cannot(error)

    def _read(self) -> list[Note]:
        try:
            lines = read_journal(self.path).lines if self.path.exists() else ()
        except (NewswaveError, OSError) as error:
            self._cannot(error)
            return []
        known = set(Note.__dataclass_fields__)
        rows = [{key: one for key, one in line.items() if key in known} for line in lines]
        return [Note(**line) for line in rows if {"item", "act", "state"} <= set(line)]

    def _cannot(self, error: Exception) -> None:
        self.trouble = "Your progress is kept only until this notebook is closed: " + plain(
            str(error), 200
        )


_open: dict[Path, Notes] = {}


def notes() -> Notes:
    """Return the notes of the folder in which the lesson runs now."""
    path = Path.cwd() / FILE
    if path not in _open:
        _open[path] = Notes(path)
    return _open[path]
