"""The folder that an option names: looked at before the work starts, filled when it is done."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from newswave.errors import BadFile
from newswave.files import write_whole

_INDENTED: dict[str, Any] = {
    "subsequent_indent": "  ",
    "break_on_hyphens": False,
    "break_long_words": False,
}


def check_folder(name: str | None, option: str = "--out") -> None:
    """Raise `BadFile` unless the folder can be written to, or made; leave nothing behind.

    Parameters
    ----------
    name : str or None
        What the option says; None means that nothing is written.
    option : str
        The option that names it.
    """
    if name is None:
        return
    place = Path(name).absolute()
    try:
        while not place.exists():
            place = place.parent
        if not place.is_dir():
            raise NotADirectoryError(f"{place.name} is a file")
        with tempfile.TemporaryFile(dir=place):
            pass
    except (OSError, ValueError) as error:
        raise BadFile(
            f"Nothing can be written there ({getattr(error, 'strerror', None) or error})",
            given=name,
            allowed="a folder, or the name of one to be made",
            advice=f"Choose another folder for {option}",
        ) from error


def fill_folder(name: str | None, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write the files, each whole or not at all, and return their paths."""
    if name is None:
        return []
    return [write_whole(Path(name) / file, content) for file, content in files.items()]


def written_lines(paths: Sequence[Path], width: int = 80) -> list[str]:
    """Return the folder and the names of the files in it, for a screen of `width` columns.

    >>> written_lines([Path("first/curve.csv"), Path("first/fits.json")])
    ['Written to first:', '  curve.csv, fits.json']
    """
    names = ", ".join(path.name for path in paths)
    return [f"Written to {paths[0].parent}:", *textwrap.wrap(f"  {names}", width, **_INDENTED)]
