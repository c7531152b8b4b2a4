"""The lessons as files: where they lie, and how they get into a folder of the learner's.

What a learner has changed is never written over. A note in the folder says what newswave wrote
there, so that a later copy can tell its own files from the learner's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newswave.core.errors import BadFile, NewswaveError
from newswave.core.files import parsed_json, read_bytes, write_whole

NOTE = ".newswave-lessons.json"
_PACKAGE = Path(__file__).parents[1]
# In an installed package, and in a checkout, where the package lies in toolkit/newswave.
_PLACES = (_PACKAGE / "data" / "lessons", _PACKAGE.parent.parent / "lessons")
_LARGEST_NOTE = 1_000_000


@dataclass(frozen=True)
class Copied:
    """What became of each file of the lessons in the learner's folder, by its name there."""

    folder: Path  # The learner's folder
    notebooks: tuple[str, ...]  # The lessons in their order
    new: tuple[str, ...] = ()  # Files that were not there before
    renewed: tuple[str, ...] = ()  # That nobody had changed and are now newer
    same: tuple[str, ...] = ()  # That were as they are
    kept: tuple[str, ...] = ()  # That the learner changed, which are left alone
    beside: tuple[str, ...] = ()  # Newer lessons that were put beside a changed one

    @property
    def first(self) -> Path:
        """The lesson to begin with."""
        return self.folder / self.notebooks[0]


def lesson_files() -> dict[str, Path]:
    """Return the learner's notebooks and the data they need, by their place below a folder.

    >>> next(iter(lesson_files()))[:3]
    '01-'
    """
    for place in _PLACES:
        notebooks = sorted(place.glob("[0-9][0-9]-*.ipynb"))
        if notebooks:
            data = sorted(path for path in place.glob("data/**/*") if path.is_file())
            return {path.relative_to(place).as_posix(): path for path in [*notebooks, *data]}
    raise NewswaveError(
        "This installation of newswave holds no lessons",
        advice="Install it anew: python -m pip install --force-reinstall --no-deps newswave",
    )


def copy_lessons(folder: str | Path, files: Mapping[str, Path] | None = None) -> Copied:
    """Copy the lessons into a folder, and leave alone what the learner has changed in it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     first = copy_lessons(place)
    ...     again = copy_lessons(place)
    >>> len(first.new) == len(again.same) > 0, again.new
    (True, ())
    """
    place, wanted = Path(folder), lesson_files() if files is None else dict(files)
    note = _read_note(place / NOTE)
    done: dict[str, list[str]] = {name: [] for name in ("new", "renewed", "same", "kept", "beside")}
    for name, source in wanted.items():
        for fate, where in _placed(place, name, _bytes(source), note):
            done[fate].append(where)
        # After each file: a copy that is stopped halfway still knows its own.
        write_whole(place / NOTE, json.dumps(note, indent=1, sort_keys=True) + "\n")
    notebooks = tuple(name for name in wanted if name.endswith(".ipynb"))
    return Copied(place, notebooks, **{fate: tuple(names) for fate, names in done.items()})


def _placed(place: Path, name: str, data: bytes, note: dict[str, str]) -> list[tuple[str, str]]:
    """Put one file where it belongs and note it; return what became of which files."""
    mine, new = note.get(name), digest(data)
    existing = _digest_of(place / name)
    if existing == new:
        note[name] = new
        return [("same", name)]
    if existing is None or existing == mine:
        write_whole(place / name, data)
        note[name] = new
        return [("new" if existing is None else "renewed", name)]
    if mine in (new, None):
        note[name] = new
        return [("kept", name)]
    aside = beside_name(name)
    if _digest_of(place / aside) not in (None, new, note.get(aside)):
        return [("kept", name), ("kept", aside)]
    write_whole(place / aside, data)
    note[name] = note[aside] = new
    return [("kept", name), ("beside", aside)]


def beside_name(name: str) -> str:
    """Return the name under which a newer lesson lies beside one that the learner changed.

    >>> beside_name("data/curve.csv")
    'data/curve-new.csv'
    """
    path = Path(name)
    return path.with_name(f"{path.stem}-new{path.suffix}").as_posix()


def digest(content: str | bytes) -> str:
    """Return what a file holds, shortened."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def _digest_of(path: Path) -> str | None:
    """Return what a file holds, shortened, or None if it is not there."""
    return digest(_bytes(path)) if path.exists() or path.is_symlink() else None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadFile(
            f"This file cannot be read ({getattr(error, 'strerror', None) or error})",
            given=str(path),
            advice="Move it away, or choose another folder with --to",
        ) from error


def _read_note(path: Path) -> dict[str, str]:
    """Return what newswave wrote here before; a note that says nothing sensible says nothing."""
    try:
        note = parsed_json(read_bytes(path, "a note", _LARGEST_NOTE))
    except NewswaveError:
        return {}
    known = note.items() if isinstance(note, dict) else ()
    return {name: digest for name, digest in known if isinstance(digest, str)}
