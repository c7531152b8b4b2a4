"""Files: where recordings go, and what a learner takes home."""

from __future__ import annotations

import re
from pathlib import Path

from newswave.drawing import png
from newswave.errors import BadFile, BadValue
from newswave.recordings import utc_now
from newswave.tablefiles import measured_json
from newswave.tableplots import describe_table, table_figure
from newswave.views.explorer.asked.state import State
from newswave.views.explorer.items import File

_MOST_ALIKE = 1000
_MOST_NAME = 40


def new_record(folder: Path, kind: str, model: str, event_id: str) -> Path:
    """Return a new, empty file for a recording: nobody else has it.

    Parameters
    ----------
    folder : Path
        Where; it is made if it is missing.
    kind : str
        What is recorded.
    model, event_id : str
        Who is asked, about what.

    Raises
    ------
    BadFile
        If it cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = new_record(Path(folder), "run", "gemma3:1b", "cup-final-draw")
    >>> path.name
    'run-gemma3-1b-cup-final-draw-20...jsonl'
    """
    who = re.sub(r"[^A-Za-z0-9.]+", "-", model).strip("-.")[:_MOST_NAME]
    moment = re.sub(r"\D", "", utc_now())
    stem = f"{kind}-{who or 'model'}-{event_id}-{moment[:8]}-{moment[8:]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST_ALIKE):
            path = folder / f"{stem}{'' if number == 1 else f'-{number}'}.jsonl"
            try:
                path.touch(exist_ok=False)
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise BadFile(
            f"No recording can be written here ({error.strerror or type(error).__name__})",
            advice="Start newswave in a folder of your own",
        ) from error
    raise BadFile("There are too many recordings of this name", given=stem)


def file_of(state: State, key: str) -> File:
    """Return a file to take home.

    Raises
    ------
    BadValue
        If there is none of that kind yet.
    BadFile
        If a recording cannot be read.
    """
    table, ran = state.table, state.ran
    if table is not None and key == "save_table":
        content = measured_json(table.measured).encode("utf-8")
        return File(f"{table.name}.json", "application/json", content)
    if table is not None and key == "save_map":
        figure, words = table_figure(table.measured), describe_table(table.measured)
        return File(f"{table.name}.png", "image/png", png(figure, words))
    if state.table_task is not None and key == "save_table_record":
        return _record(state.table_task.path)
    if state.run_task is not None and key == "save_run_record":
        return _record(state.run_task.path)
    if ran is not None and ran.played is not None:
        stem = Path(ran.name).stem
        if key == "save_curve":
            return File(f"{stem}-curve.csv", "text/csv", ran.played.curve.to_csv().encode())
        if key == "save_decisions":
            text = ran.played.log.to_csv(index=False, lineterminator="\n")
            return File(f"{stem}-decisions.csv", "text/csv", text.encode("utf-8"))
    raise BadValue("There is no such file to take home yet", given=key)


def _record(path: Path) -> File:
    try:
        return File(path.name, "application/jsonl", path.read_bytes())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadFile(f"The recording cannot be read ({why})", given=path.name) from error
