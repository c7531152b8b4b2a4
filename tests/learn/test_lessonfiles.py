"""The lessons as files: found in a checkout and in a wheel, copied without harm to a learner's."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from newswave.core.errors import BadFile, NewswaveError
from newswave.learn import files as lessonfiles
from newswave.learn.files import NOTE, beside_name, copy_lessons, lesson_files

ROOT = Path(__file__).parents[2]
FIRST, DATA = "01-one-post.ipynb", "data/curve.csv"

Edition = Callable[[str], dict[str, Path]]


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    """Give what makes lessons whose files all say one word, as a version of newswave has them."""

    def made(word: str) -> dict[str, Path]:
        files = {name: tmp_path / word / name for name in (FIRST, "02-degree.ipynb", DATA)}
        for name, path in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name} {word}", "utf-8")
        return files

    return made


def test_the_checkout_has_them_in_order_with_what_they_need() -> None:
    files = lesson_files()
    notebooks = [name for name in files if name.endswith(".ipynb")]
    assert notebooks == sorted(notebooks) == list(files)[: len(notebooks)]
    assert notebooks[0] == FIRST
    assert all(path.is_file() for path in files.values())
    assert not [name for name in files if name.startswith(("src/", "teacher/", "lite/"))]


def test_a_wheel_has_the_same(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    command = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, *command, "-w", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        opened.extractall(tmp_path / "site")
    assert not [name for name in names if not name.startswith(("newswave/", "newswave-"))]
    studies = {f"newswave/data/diffusion/{name}" for name in ("README.md", "physicians-ties.csv")}
    assert studies <= set(names)
    code = "from newswave.learn.files import lesson_files; print(*lesson_files(), sep='\\n')"
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.split() == list(lesson_files())


def test_without_any_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessonfiles, "_PLACES", (tmp_path, tmp_path / "x"))
    with pytest.raises(NewswaveError, match=r"holds no lessons.*Install it anew"):
        lesson_files()


def test_a_first_copy(tmp_path: Path, edition: Edition) -> None:
    copied = copy_lessons(tmp_path / "a" / "mine", edition("old"))
    assert copied.new == (FIRST, "02-degree.ipynb", DATA)
    assert copied.notebooks == (FIRST, "02-degree.ipynb")
    assert copied.first.read_text() == f"{FIRST} old"
    assert (copied.folder / DATA).read_text() == f"{DATA} old"


def test_a_second_copy_changes_nothing(tmp_path: Path, edition: Edition) -> None:
    copy_lessons(tmp_path / "mine", edition("old"))
    again = copy_lessons(tmp_path / "mine", edition("old"))
    assert again.same == (FIRST, "02-degree.ipynb", DATA)
    assert again.new == again.renewed == again.kept == again.beside == ()


def test_what_nobody_changed_is_renewed(tmp_path: Path, edition: Edition) -> None:
    copy_lessons(tmp_path / "mine", edition("old"))
    again = copy_lessons(tmp_path / "mine", edition("new"))
    assert again.renewed == (FIRST, "02-degree.ipynb", DATA)
    assert again.first.read_text() == f"{FIRST} new"


def test_what_the_learner_changed_stays(tmp_path: Path, edition: Edition) -> None:
    mine = tmp_path / "mine"
    copy_lessons(mine, edition("old"))
    (mine / FIRST).write_text("my answers")
    (mine / "newswave-progress.jsonl").write_text("{}")
    again = copy_lessons(mine, edition("old"))
    assert (again.kept, again.beside) == ((FIRST,), ())
    newer = copy_lessons(mine, edition("new"))
    assert (newer.kept, newer.beside) == ((FIRST,), ("01-one-post-new.ipynb",))
    assert newer.renewed == ("02-degree.ipynb", DATA)
    assert (mine / "01-one-post-new.ipynb").read_text() == f"{FIRST} new"
    third = copy_lessons(mine, edition("new"))
    assert (third.kept, third.beside) == ((FIRST,), ())
    assert (mine / FIRST).read_text() == "my answers"
    assert (mine / "newswave-progress.jsonl").read_text() == "{}"


def test_a_newer_one_beside_is_the_learners_too_once_changed(
    tmp_path: Path, edition: Edition
) -> None:
    mine, aside = tmp_path / "mine", "01-one-post-new.ipynb"
    for word in ("old", "new", "newest"):
        copied = copy_lessons(mine, edition(word))
        (mine / FIRST).write_text("my answers")
    assert copied.beside == (aside,)
    (mine / aside).write_text("my other answers")
    last = copy_lessons(mine, edition("last"))
    assert (last.kept, last.beside) == ((FIRST, aside), ())
    assert (mine / aside).read_text() == "my other answers"


@pytest.mark.parametrize("note", ["", "[", "[]", '{"01-one-post.ipynb": 3}', "[" * 99_999, None])
def test_what_was_there_before_stays(tmp_path: Path, edition: Edition, note: str | None) -> None:
    """Also where the note is spoilt or gone: then all that differs counts as the learner's."""
    mine = tmp_path / "mine"
    copy_lessons(mine, edition("old"))
    if note is None:
        (mine / NOTE).unlink()
    else:
        (mine / NOTE).write_text(note)
    again = copy_lessons(mine, edition("new"))
    assert again.kept == (FIRST, "02-degree.ipynb", DATA)
    assert (mine / FIRST).read_text() == f"{FIRST} old"
    assert json.loads((mine / NOTE).read_text())


def test_what_the_learner_deleted_comes_back(tmp_path: Path, edition: Edition) -> None:
    mine = tmp_path / "mine"
    copy_lessons(mine, edition("old"))
    (mine / FIRST).unlink()
    assert copy_lessons(mine, edition("old")).new == (FIRST,)


def test_a_copy_that_was_stopped_goes_on(tmp_path: Path, edition: Edition) -> None:
    files = edition("old")
    missing = {**files, DATA: tmp_path / "gone.csv"}
    with pytest.raises(BadFile, match="cannot be read"):
        copy_lessons(tmp_path / "mine", missing)
    again = copy_lessons(tmp_path / "mine", edition("new"))
    assert again.renewed == (FIRST, "02-degree.ipynb")
    assert again.new == (DATA,)


def test_a_folder_in_the_place_of_a_lesson_is_named(tmp_path: Path, edition: Edition) -> None:
    (tmp_path / "mine" / FIRST).mkdir(parents=True)
    with pytest.raises(BadFile, match=r"01-one-post\.ipynb.*--to"):
        copy_lessons(tmp_path / "mine", edition("old"))


def test_the_name_beside() -> None:
    assert beside_name("01-one-post.ipynb") == "01-one-post-new.ipynb"
