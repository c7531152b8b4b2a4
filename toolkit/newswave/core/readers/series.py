"""The reader of events in time: a strength for each round, or incidents with their dates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from newswave.core.errors import BadFile, NewswaveError, of_file
from newswave.core.readers.columns import Role, is_number, is_time, numbers, plain_name, role_of
from newswave.core.readers.columns import times as times_of
from newswave.core.readers.tables import read_raw

_COUNTED = (Role.NEW, Role.COUNT, Role.NEAR_COUNT)
_ROUNDS = ("round", "rounds", "step", "time step", "timestep", "tick")
_MOST = 100_000
_ALLOWED = (
    "a column of counts, with or without a column of rounds or dates; or a row for each incident "
    "with its date"
)


def read_series(path: str | Path) -> tuple[tuple[float, ...], str]:
    r"""Return how strong the event is in round 1, 2, …, and where that comes from, in words.

    Rounds without a row count 0, several rows for one round are added. Rounds are taken as they are
    numbered; of dates and other times the earliest is round 1, and a round is their step.

    Parameters
    ----------
    path : str or Path
        A table, CSV or xlsx.

    Raises
    ------
    BadFile
        If it cannot be read, or it is not plain which column holds what.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "incidents.csv"
    ...     _ = file.write_text("date,place\n2020-03-01,A\n2020-03-03,B\n2020-03-03,C\n")
    ...     read_series(file)
    ((1.0, 0.0, 2.0), 'incidents.csv, a day each, day 0 is 2020-03-01')
    """
    raw = read_raw(path, "a series of events")
    rows, name = raw.rows, Path(path).name
    names: Sequence[str] = [""] * len(rows[0])
    if not all(is_number(cell) or is_time(cell) for cell in rows[0]):
        names, rows = rows[0], rows[1:]
    if not rows:
        raise BadFile("This table has no rows", given=str(path), allowed=_ALLOWED)
    columns = list(zip(*rows, strict=True))
    time = _time(names, columns)
    counts = [at for at, cells in enumerate(columns) if at != time and all(map(is_number, cells))]
    counts = [at for at in counts if role_of(names[at]) in _COUNTED] or counts
    if len(counts) > 1 or (not counts and time is None):
        raise BadFile("It is not plain which column counts events", given=str(path),
                      allowed=_ALLOWED)  # fmt: skip
    values = numbers(columns[counts[0]])[0].values if counts else np.ones(len(rows))
    if time is None:
        return tuple(values.tolist()), name
    try:
        when = times_of(columns[time])
    except NewswaveError as error:
        raise of_file(error, str(path), "This file holds no series. ") from error
    numbered = plain_name(names[time]) in _ROUNDS
    first = 1.0 if numbered else float(np.nanmin(when.values))
    place = np.floor(when.values - first)
    if np.isnan(place).any() or place.min() < 0 or place.max() >= _MOST:
        raise BadFile("The rounds of this series do not fit", given=str(path),
                      allowed=f"1 to {_MOST}")  # fmt: skip
    words = f", a {when.unit} each, {when.note}" if when.unit and when.note else ""
    return tuple(np.bincount(place.astype(np.int64), values).tolist()), name + words


def _time(names: Sequence[str], columns: Sequence[Sequence[str]]) -> int | None:
    """Return which column says when: by its name, or as the only one of dates."""
    named = [at for at, name in enumerate(names) if name and role_of(name) is Role.TIME]
    if named:
        return named[0]
    dated = [
        at
        for at, cells in enumerate(columns)
        if all(map(is_time, cells)) and not all(map(is_number, cells))
    ]
    return dated[0] if len(dated) == 1 else None
