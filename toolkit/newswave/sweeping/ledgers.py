"""The finished cells of a sweep in a folder: written one by one, found again after any end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newswave.codec import encode
from newswave.errors import BadFile, BadValue, NewswaveError
from newswave.files import write_whole
from newswave.grids import Grid
from newswave.journal import Journal, Read, read_journal
from newswave.studies import Study
from newswave.sweeping.outcomes import Outcome
from newswave.version import __version__

PART_BYTES = 64 * 1024 * 1024
"""How large a part of the ledger grows before the next one is begun."""

_FORMAT = 1
_ADVICE = "Choose another folder, or delete this one if you do not need it"


def description(grid: Grid, study: Study) -> dict[str, Any]:
    """Return what makes a sweep the sweep it is, as plain JSON data.

    Raises
    ------
    BadValue
        If JSON does not hold the study.
    """
    return {
        "newswave": __version__,
        "cells": len(grid),
        "study": encode(study),
        "grid": grid.plain(),
    }


def digest_of(described: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a description.

    >>> digest_of({"cells": 2})[:8]
    '89c08bc9'
    """
    try:
        text = json.dumps(described, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadValue(
            f"This study cannot be written down ({error})",
            given=described.get("study"),
            allowed="a frozen dataclass of numbers, texts and the like",
        ) from error
    return hashlib.sha256(text.encode()).hexdigest()


class Ledger:
    """The finished cells of one sweep, in files of a folder.

    The files cells-1.jsonl, cells-2.jsonl ... hold a line for each finished cell, grid.json what
    the sweep is. A line is on the disk's way before the next cell is taken up.

    Parameters
    ----------
    folder : Path
        The folder; it is made if it is not there.
    grid : Grid
        The cells.
    study : Study
        What is found out about them.

    Attributes
    ----------
    outcomes : dict of int to Outcome
        What is known of each cell by its number; the last word on a cell counts.

    Raises
    ------
    BadFile
        If the folder holds another sweep, another newswave is at work in it, or a file in it cannot
        be read or written.
    """

    def __init__(self, folder: Path, grid: Grid, study: Study) -> None:
        described = description(grid, study)
        self._head = {"kind": "sweep", "format": _FORMAT, "newswave": __version__}
        self._head |= {"cells": len(grid), "sweep": digest_of(described)}
        self.folder = Path(folder)
        self.outcomes: dict[int, Outcome] = {}
        self._part = 1
        while self._path(self._part + 1).exists():
            self._part += 1
        self._journal = Journal(self._path(self._part), self._check)
        try:
            self._begin(described)
            for part in range(1, self._part):
                self._take(read_journal(self._path(part)), self._path(part))
            self._take(self._journal.found, self._path(self._part))
        except BaseException:
            self._journal.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def add(self, outcome: Outcome) -> None:
        """Write down what came of a cell.

        Raises
        ------
        BadFile
            If the disk is full or the file cannot be written; all cells before are kept.
        """
        if self._journal.size > PART_BYTES:
            self._journal.close()
            self._part += 1
            self._journal = Journal(self._path(self._part), self._check)
            self._journal.append(self._head)
        self._journal.append(outcome.line())
        self.outcomes[outcome.cell] = outcome

    def _begin(self, described: Mapping[str, Any]) -> None:
        """Say what the sweep is, in a folder that does not."""
        told = self.folder / "grid.json"
        if not self._journal.found.lines or not told.exists():
            write_whole(told, json.dumps(described, indent=1, ensure_ascii=False) + "\n")
        if not self._journal.found.lines:
            self._journal.append(self._head)

    def _path(self, part: int) -> Path:
        return self.folder / f"cells-{part}.jsonl"

    def _check(self, found: Read) -> None:
        """Refuse a file that is of no sweep, or of another one."""
        if not found.lines:
            return
        head = found.lines[0]
        place = {"given": str(self.folder), "advice": _ADVICE}
        if head.get("kind") != "sweep" or head.get("format") != _FORMAT:
            raise BadFile("This folder holds something else than a sweep", **place)
        if head.get("newswave") != __version__:
            other = head.get("newswave")
            what = f"This folder holds a sweep by newswave {other}, and this is {__version__}"
            raise BadFile(what, **place)
        if head != self._head:
            raise BadFile("This folder holds another sweep: its grid or study differs", **place)

    def _take(self, found: Read, path: Path) -> None:
        self._check(found)
        for number, line in enumerate(found.lines[1:], 2):
            try:
                outcome = Outcome.of_line(line)
            except NewswaveError as error:
                advice = f"Delete line {number}: its cell is then worked out again"
                raise BadFile(f"Line {number}: {error}", given=str(path), advice=advice) from error
            self.outcomes[outcome.cell] = outcome


class Memory:
    """The finished cells of a sweep that is written nowhere."""

    def __init__(self) -> None:
        self.outcomes: dict[int, Outcome] = {}

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def add(self, outcome: Outcome) -> None:
        """Keep what came of a cell."""
        self.outcomes[outcome.cell] = outcome
