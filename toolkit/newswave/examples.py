"""A table and a recording that come with newswave, made through the stand-in server.

Both are synthetic: a formula answered, no language model. They let a lesson go the whole way with
no model installed, and say so in the file and wherever they are shown.
"""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from newswave.recordings import Recording
from newswave.rules import Measured
from newswave.tablefiles import load_measured


def synthetic_table() -> Measured:
    """Return the synthetic sharing table: 32 profiles, exposures 1, 2 and 3 or more.

    Examples
    --------
    >>> table = synthetic_table()
    >>> len(table.given.rows), table.given.max_exposure, table.origin.synthetic
    (32, 3, True)
    """
    return load_measured(_packaged("synthetic-table.json"))


def synthetic_recording() -> Recording:
    """Return the synthetic recording: one run of 100 agents, every reply with its reason.

    Examples
    --------
    >>> recording = synthetic_recording()
    >>> recording.header.source.synthetic, recording.setup.n_agents, recording.finished(0)
    (True, 100, True)
    """
    return Recording.read(_packaged("synthetic-recording.jsonl"))


def _packaged(name: str) -> Path:
    return Path(str(importlib.resources.files("newswave") / "data" / "examples" / name))
