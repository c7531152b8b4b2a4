"""Files that learners bring: a recording of a run or of a table, or a table."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from newswave.errors import BadFile, NewswaveError
from newswave.recordings import Recording, RecordingPurpose
from newswave.surveying import surveyed_from
from newswave.tablefiles import load_measured
from newswave.views.explorer.asked.runs import Ran, replayed
from newswave.views.explorer.asked.tables import HeldTable

LARGEST = 32 * 1024 * 1024
"""How many bytes a file may have."""

ENDINGS = (".jsonl", ".json", ".csv")

_MOST_CELLS = 20_000
_MOST_NAME = 60


def file_name(name: object) -> str:
    """Return the name of a learner's file as it is shown and as one may write it.

    >>> file_name("../a b/my run (1).jsonl"), file_name(None)
    ('my-run-1.jsonl', 'file')
    """
    bare = re.split(r"[\\/]", str(name or "file"))[-1]
    stem, dot, ending = bare.rpartition(".")
    clean = re.sub(r"[^A-Za-z0-9_.]+", "-", stem if dot else bare).strip("-.")[:_MOST_NAME]
    return (
        f"{clean or 'file'}.{ending.lower()[:8]}" if dot and ending.isalnum() else clean or "file"
    )


def brought(name: object, data: bytes | None) -> Ran | HeldTable:
    r"""Return the run or the table in a file.

    Parameters
    ----------
    name : object
        Of the file; its ending says what it is.
    data : bytes or None
        What is in it.

    Raises
    ------
    BadFile
        If it is neither, too large, or not sound; the file is left alone.

    Examples
    --------
    >>> brought("table.csv", b"profile,1,2\nO+C-E+A-N-,0.1,0.2\n").measured.given.rows
    ('O+C-E+A-N-',)
    """
    called = file_name(name)
    if not data or len(data) > LARGEST:
        allowed = f"up to {LARGEST // 2**20} MB"
        what = "This file is too large" if data else "This file is empty"
        raise BadFile(what, given=called, allowed=allowed)
    if Path(called).suffix not in ENDINGS:
        allowed = "a recording (.jsonl) or a table (.json, .csv)"
        raise BadFile("This is neither a recording nor a table", given=called, allowed=allowed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / called
        path.write_bytes(data)
        try:
            return _read(path)
        except NewswaveError as error:
            raise named(error, path.name) from None


def _read(path: Path) -> Ran | HeldTable:
    """Return the run or the table in a file of one's own."""
    if path.suffix == ".jsonl":
        recording = Recording.read(path)
        if recording.header.purpose is RecordingPurpose.TABLE:
            return HeldTable.of(surveyed_from(recording), path.stem)
        return replayed(recording, path.name)
    measured = load_measured(path)
    if measured.given.probabilities.size > _MOST_CELLS:
        given, allowed = measured.given.probabilities.size, f"up to {_MOST_CELLS} cells"
        raise BadFile("This table is too large for the page", given=given, allowed=allowed)
    return HeldTable(path.stem, measured)


def named(error: NewswaveError, name: str) -> BadFile:
    """Return an error about a file with its bare name: the folder is nobody's business.

    >>> print(named(BadFile("This file is empty", given="a/secret/place/a.jsonl"), "a.jsonl"))
    This file is empty. Given: 'a.jsonl'.
    """
    given = name if isinstance(error.given, str) and error.given.endswith(name) else error.given
    return BadFile(error.what, given=given, allowed=error.allowed, advice=error.advice)
