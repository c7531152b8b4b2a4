"""Makes the notebooks of the lessons from their sources.

A source (`src/NN-slug.md`) holds prose, worked code, exercises as learners get them, and notes for
teachers. Titles, questions and solutions stand in the bank (`newswave.learn.bank`) and are put in
here, so that each is written once. From one source come: the student's notebook, the teacher's with
solutions and notes, the page of the documentation, and the notebook of all wrong answers that the
tests run.

    python lessons/make_notebooks.py [NUMBER ...]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import v4
from timing import ASKED, section_minutes, with_minutes

from newswave.learn.bank import NUMBERS, item, lesson
from newswave.learn.items import Choice, Item, Lesson

HERE = Path(__file__).parent
SOURCES = HERE / "src"

SETUP = """import numpy as np

import newswave as nw
from newswave.learn.checking import check, hint, observe, predict, progress, solution
from newswave.app import notebook as panels
from newswave.learn.showing import show

print("newswave", nw.__version__)"""

HOW = """Run a cell with Shift+Enter. Where a cell holds `...`, put your answer in its place and
run it: newswave tells you what your answer means. `hint("{first}")` gives a hint, a second call a
larger one; `solution("{first}")` shows a solution. Wrong answers are welcome: their replies teach
the most. After a restart you can begin at any part: run its catch-up cell first. What you do is
noted in `newswave-progress.jsonl` beside this notebook and goes nowhere else."""

CATCH_UP = """# After a restart, begin here: this cell makes what this part needs.
from newswave.learn.catching import catch_up

catch_up("{part}", globals())"""

PART = re.compile(r"^## (.+?)(?: \((\d+) min\))?\s*$", re.MULTILINE)
"""The heading of a part, with its minutes."""

STOP = "**A good place to stop.**"
"""How the end of a sitting is marked in a source."""

Cell = Any
Notebook = Any
Answered = Callable[[Item, str], str]


def source(found: Lesson) -> Notebook:
    """Return the source of a lesson as a notebook, with the minutes of each section."""
    made = _read(found)
    made.cells = with_minutes(made.cells)
    return made


def _read(found: Lesson) -> Notebook:
    return deepcopy(_parsed((SOURCES / f"{found.file}.md").read_text("utf-8")))


@cache
def _parsed(text: str) -> Notebook:
    return jupytext.reads(text, fmt="md:myst")


def student(found: Lesson) -> Notebook:
    """Return the notebook that learners get: no solutions, no notes for teachers, no outputs."""
    return _made(found, [c for c in source(found).cells if "teacher" not in tags(c)], _as_given)


def teacher(found: Lesson) -> Notebook:
    """Return the teacher's notebook: with solutions and notes."""
    return _made(found, source(found).cells, _solved)


def page(found: Lesson) -> Notebook:
    """Return the page of the documentation: the solutions folded, no notes for teachers."""
    made = _made(found, [c for c in source(found).cells if "teacher" not in tags(c)], _solved)
    made.cells = [cell for cell in made.cells if "catch-up" not in tags(cell)]
    for cell in made.cells:
        if "solution" in tags(cell):
            cell.metadata["tags"] = [*tags(cell), "hide-cell"]
    return made


def wrong(found: Lesson) -> Notebook:
    """Return a notebook that gives every named wrong answer to its check, for the tests."""
    return _made(found, [c for c in source(found).cells if "teacher" not in tags(c)], _all_wrong)


def tags(cell: Cell) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", []))


def minutes(found: Lesson) -> int:
    """Return how long a lesson takes: the sum of its sections."""
    return sum(section_minutes(_read(found).cells))


def sittings(found: Lesson) -> list[int]:
    """Return the minutes between the good places to stop."""
    cells = _read(found).cells
    prose = "\n".join(c.source for c in cells if c.cell_type == "markdown" and not tags(c))
    left = iter(section_minutes(cells))
    return [sum(next(left) for _ in PART.findall(text)) for text in prose.split(STOP)]


def _as_given(item: Item, given: str) -> str:  # noqa: ARG001
    return given


def _solved(item: Item, given: str) -> str:
    code = item.solution.code.strip()
    if item.is_prediction:
        return code
    last = given.strip().splitlines()[-1]
    return f"{code}\n{last}"


def _all_wrong(item: Item, given: str) -> str:  # noqa: ARG001
    tried, last = f'display(check("{item.id}", _given.answer()))', ""
    if item.is_prediction:  # each in a folder of its own, since a prediction is made once
        last = f'\n_ = predict("{item.id}", _given.answer())'
        tried = (
            "with _Place() as _place, _chdir(_place):\n        "
            f'predict("{item.id}", _given.answer()), display(observe("{item.id}"))'
        )
    return (
        "from contextlib import chdir as _chdir\nfrom tempfile import TemporaryDirectory as _Place"
        f"\n\nfrom newswave.learn.bank import item as _item\n\n{item.name} = ...\n"
        f'for _given in _item("{item.id}").wrong:\n    {tried}{last}'
    )


def _made(found: Lesson, cells: list[Cell], answered: Answered) -> Notebook:
    made = v4.new_notebook(metadata=METADATA)
    asked = _with_questions(_with_catch_up(found, cells), answered)
    made.cells = [*_opening(found), *asked, *_closing(found)]
    for at, cell in enumerate(made.cells):
        cell["id"] = f"l{found.number:02d}-{at:03d}"
        keep = tags(cell)
        cell.metadata = nbformat.from_dict({"tags": keep} if keep else {})
    return made


METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def _opening(found: Lesson) -> Iterator[Cell]:
    outcomes = "\n".join(f"- {one}" for one in found.outcomes)
    yield _prose(
        f"# Lesson {found.number}. {found.title}\n\n"
        f"**{found.question}**\n\n"
        f"After about {minutes(found)} minutes{in_sittings(found)} you can\n\n{outcomes}\n\n"
        f"Before this: {found.before} On your machine: {found.needs}"
    )
    first = found.items[0].id if found.items else "1.1"
    yield _prose(HOW.format(first=first))
    yield _code(SETUP, "setup")


def in_sittings(found: Lesson) -> str:
    """Say how a lesson is split, if it is."""
    parts = sittings(found)
    return f" (two sittings, {parts[0]} and {parts[1]})" if len(parts) == 2 else ""


def _with_catch_up(found: Lesson, cells: list[Cell]) -> Iterator[Cell]:
    """Yield the cells, with one to begin at before the first code of every part but the first."""
    part, begun = "", set[str]()
    for cell in cells:
        if cell.cell_type == "markdown":
            part = ([part, *(title for title, _ in PART.findall(cell.source))])[-1]
        elif part not in begun:
            if begun:
                yield _code(CATCH_UP.format(part=f"{found.number}: {part}"), "catch-up")
            begun.add(part)
        yield cell


def _with_questions(cells: list[Cell], answered: Answered) -> Iterator[Cell]:
    for cell in cells:
        asked = ASKED.search(cell.source) if {"exercise", "predict"} & set(tags(cell)) else None
        if asked is None:
            yield cell
            continue
        found = item(asked.group(2))
        yield _prose(question_text(found))
        code = answered(found, cell.source)
        yield cell if code == cell.source else _code(code, "solution")


def _closing(found: Lesson) -> Iterator[Cell]:
    onward = ""
    if found.number < NUMBERS[-1]:
        after = lesson(found.number + 1)
        onward = f"\n\nNext: [Lesson {after.number}. {after.title}]({after.file}.ipynb)"
    yield _prose(f"## What you have done\n\nThe table below is yours to keep.{onward}")
    yield _code(f"progress({found.number})", "progress")


def question_text(found: Item) -> str:
    """Return a question as Markdown, with its options."""
    what = "Predict" if found.is_prediction else "Question"
    text = f"**{what} {found.id}** ({found.minutes:g} min). {found.question}"
    text = f"{text} {found.kind.precision}".strip()
    if isinstance(found.kind, Choice):
        options = "\n".join(f'- `"{letter}"` {words}' for letter, words in found.kind.options)
        text += f"\n\n{options}"
    return text


def _prose(text: str) -> Cell:
    return v4.new_markdown_cell(text)


def _code(text: str, tag: str) -> Cell:
    return v4.new_code_cell(text, metadata={"tags": [tag]})


def text(made: Notebook) -> str:
    """Return a notebook as the text of its file, the same each time."""
    return str(nbformat.writes(made)) + "\n"


def docs_pages(folder: Path) -> list[Path]:
    """Write the pages of the documentation into a folder; return them."""
    return _written(folder, page)


def _written(
    folder: Path, make: Callable[[Lesson], Notebook], numbers: Sequence[int] = NUMBERS
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in numbers:
        found = lesson(number)
        file = folder / f"{found.file}.ipynb"
        file.write_text(text(make(found)), encoding="utf-8", newline="\n")
        made.append(file)
    return made


def with_table(readme: str) -> str:
    """Return the README with the minutes of every lesson in its table."""
    for found in map(lesson, NUMBERS):
        row = re.compile(rf"^(\| \[.*\(lessons/{found.file}\.ipynb\) \|.*\| )\d+ \|$", re.MULTILINE)
        readme = row.sub(rf"\g<1>{minutes(found)} |", readme)
    return readme


def main() -> None:
    """Write all notebooks, or those of the lessons whose numbers are given, and the minutes."""
    numbers = tuple(int(one) for one in sys.argv[1:]) or NUMBERS
    for file in [*_written(HERE, student, numbers), *_written(HERE / "teacher", teacher, numbers)]:
        print(file.relative_to(HERE.parent))
    readme = HERE.parent / "README.md"
    readme.write_text(with_table(readme.read_text("utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
