"""Every lesson: from its source, with solutions, and with each named wrong answer.

As learners find it, and then with all wrong answers, it runs in the environment that Binder makes;
with solutions when the documentation is built.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import make_notebooks as maker
import nbformat
import numpy as np
import pytest
from binder_env import binder_environment, is_runtime_here, session_folder
from built_docs import LESSONS as WITH_LESSONS
from built_docs import Built, built_docs
from learners import Tried, tried
from nbformat import v4
from notebooks import ROOT, Ran, assert_sound, outputs
from timing import section_minutes

from newswave.learn.bank import NUMBERS, lesson
from newswave.learn.bank import item as item_named
from newswave.learn.files import lesson_files
from newswave.learn.items import Choice, Item, Number, Numbers
from newswave.learn.showing import MIME

LESSONS = ROOT / "lessons"
NAMES = re.compile(r'\b(?:check|predict|observe|hint|solution)\("([^"]+)"')
A_PLACE = re.compile(r"(?<![\w:/.])/(?:home|Users|root|tmp|work|usr)/|[A-Z]:\\")


README = (ROOT / "README.md").read_text("utf-8")


def prose(notebook: Any) -> str:
    return "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def each(test: Any) -> Any:
    return pytest.mark.parametrize("number", NUMBERS)(test)


@each
def test_notebooks_are_those_of_the_source(number: int) -> None:
    found = lesson(number)
    for place, make in ((LESSONS, maker.student), (LESSONS / "teacher", maker.teacher)):
        kept = (place / f"{found.file}.ipynb").read_text("utf-8")
        again = "run: python lessons/make_notebooks.py"
        assert kept == maker.text(make(found)), again


@each
def test_notebooks_are_valid_and_hold_no_outputs_and_no_places(number: int) -> None:
    found = lesson(number)
    for place in (LESSONS, LESSONS / "teacher"):
        text = (place / f"{found.file}.ipynb").read_text("utf-8")
        notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
        assert not outputs(notebook)
        assert all(c.execution_count is None for c in notebook.cells if c.cell_type == "code")
        assert not A_PLACE.search(text)
        ids = [cell["id"] for cell in notebook.cells]
        assert len(set(ids)) == len(ids)


@each
def test_learners_get_no_solution_and_no_notes_for_teachers(number: int) -> None:
    found = lesson(number)
    text = maker.text(maker.student(found))
    assert "For teachers" not in text
    assert "For teachers" in maker.text(maker.teacher(found))
    source = "\n".join(c.source for c in maker.student(found).cells if c.cell_type == "code")
    for item in found.items:
        assert item.solution.code.strip() not in source


@each
def test_minutes_are_worked_out_and_stand_where_they_are_read(number: int) -> None:
    found = lesson(number)
    shown = re.findall(r"^## .* \((\d+) min\)$", prose(maker.student(found)), re.MULTILINE)
    assert sum(map(int, shown)) == maker.minutes(found)
    assert sum(item.minutes for item in found.items) <= maker.minutes(found)
    row = next(one for one in README.splitlines() if f"lessons/{found.file}.ipynb" in one)
    assert row.endswith(f"| {maker.minutes(found)} |")
    typed = (maker.SOURCES / f"{found.file}.md").read_text("utf-8")
    assert not re.search(r"^## .*\(\d+ min\)", typed, re.MULTILINE)
    assert not re.search(r"\*\*Time\.\*\* \d+ minutes", typed)


def test_a_lesson_fits_into_a_double_period_and_a_section_into_half_of_it() -> None:
    for number in NUMBERS[:-1]:
        parts = section_minutes(maker.source(lesson(number)).cells)
        assert sum(parts) <= 80, number
        assert max(parts) <= 20, number


def test_minutes_are_words_lines_figures_panels_and_questions() -> None:
    cells = [
        v4.new_markdown_cell("not yet\n\n## A (5 min of work)\n\n" + "word " * 129),
        v4.new_code_cell("x = 1\n\n# why\n" * 20 + "show(x)\n", metadata={"tags": ["worked"]}),
        v4.new_markdown_cell("for teachers " * 300, metadata={"tags": ["teacher"]}),
        v4.new_code_cell("panels.one_post()", metadata={"tags": ["widget"]}),
        v4.new_markdown_cell("## B\n\nb\n\n### C (optional)\n\n" + "word " * 999),
        v4.new_code_cell("x = 1\n" * 99, metadata={"tags": ["worked"]}),
        v4.new_markdown_cell("## Exit"),
        v4.new_code_cell('predict("1.P1", ...)', metadata={"tags": ["predict"]}),
        v4.new_code_cell('# hint("1.1")\ncheck("1.1", 1)', metadata={"tags": ["exercise"]}),
    ]
    opening, first, panel = 2 + 5, 130 / 130 + 21 / 10 + 1, 3
    asked = item_named("1.P1").minutes + item_named("1.1").minutes
    assert section_minutes(cells) == [round(opening + first + panel), 1, asked]
    assert [item_named(one).minutes for one in ("1.P1", "1.2", "1.1")] == [2, 4, 6]


@each
def test_no_sitting_is_longer_than_a_lesson_period(number: int) -> None:
    found = lesson(number)
    parts = maker.sittings(found)
    assert sum(parts) == maker.minutes(found)
    assert max(parts) <= 50 or number == NUMBERS[-1]


@each
def test_the_lesson_asks_every_item_of_the_bank_and_no_other(number: int) -> None:
    found = lesson(number)
    asked: list[str] = []
    for cell in maker.source(found).cells:
        if {"exercise", "predict"} & set(maker.tags(cell)):
            asked += maker.ASKED.findall(cell.source)[-1][1:]
    assert sorted(asked) == sorted(item.id for item in found.items)
    named = {one for c in maker.source(found).cells for one in NAMES.findall(c.source)}
    assert named <= {item.id for item in found.items}


@each
def test_predictions_are_observed_and_exercises_leave_nothing_to_later_cells(number: int) -> None:
    found = lesson(number)
    cells = [c.source for c in maker.source(found).cells if c.cell_type == "code"]
    for item in found.items:
        if item.is_prediction:
            at = [n for n, text in enumerate(cells) if f'predict("{item.id}"' in text]
            seen = [n for n, text in enumerate(cells) if f'observe("{item.id}"' in text]
            assert seen, f"{item.id} is never observed"
            assert max(at) < min(seen)
        else:
            with_name = [text for text in cells if re.search(rf"\b{item.name}\b", text)]
            handed_in = [text for text in with_name if text == f'hand_in({item.name}, "capstone")']
            assert len(with_name) - len(handed_in) == 1, f"{item.name} is used in another cell"


@each
def test_the_parts_that_every_lesson_has(number: int) -> None:
    found = lesson(number)
    text = prose(maker.source(found))
    assert any(item.is_prediction for item in found.items)
    for part in ("Notice", "Try", "Extend", "Limits of this model", "Exit ticket"):
        assert part in text or number == NUMBERS[-1], part
    tags = [tag for cell in maker.source(found).cells for tag in maker.tags(cell)]
    assert {"worked", "exercise", "teacher"} <= set(tags)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the Python that learners have: Binder's, or where that is not to be had, this one."""
    if not is_runtime_here():
        yield sys.executable
        return
    with binder_environment(session_folder(tmp_path_factory)) as found:
        yield str(found)


@pytest.fixture
def learner(number: int, python: str, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Give a lesson as it is given, and with its wrong answers."""
    return tried(lesson(number), session_folder(tmp_path_factory) / "learners", python)


def test_learners_have_every_lesson_of_the_bank() -> None:
    files = [name for name in lesson_files() if name.endswith(".ipynb")]
    assert files == [f"{lesson(number).file}.ipynb" for number in NUMBERS]


@each
def test_every_lesson_runs_without_a_network(number: int, learner: Tried) -> None:
    """As a learner finds it: no error, all still to do; and if marked so, fit for JupyterLite."""
    assert_sound(learner.given)
    assert {reply["state"] for reply in learner.given.replies} == {"to do"}
    asked = {reply["item"] for reply in learner.given.replies}
    assert asked == {item.id for item in lesson(number).items}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Give the documentation, for which every lesson was run with its solutions."""
    if not WITH_LESSONS:
        pytest.skip("the documentation is built without the lessons here")
    return built_docs(tmp_path_factory)


@each
def test_with_solutions(number: int, built: Built) -> None:
    kept = built.executed(f"lessons/{lesson(number).file}").read_text("utf-8")
    done = Ran(nbformat.reads(kept, as_version=4), 0.0)  # type: ignore[no-untyped-call]
    assert_sound(done)
    assert {reply["state"] for reply in done.replies} <= {"correct", "recorded", "seen"}
    assert not any(reply["wrong"] for reply in done.replies)
    right = {reply["item"] for reply in done.replies if reply["state"] in ("correct", "seen")}
    assert right == {item.id for item in lesson(number).items}


TOKEN = re.compile(r"(?<![\d.,])\d+\.\d+(?![\d.])")
EXCUSED = {
    "2.P2": {"99.9"}, "2.P3": {"99.9", "13.4"},  # an end; the rounds alone, without the equation
    "3.P4": {"15.9", "16.1"},  # half-times, and the question is for a rate
    "7.P4": {"99.7"}, "8.P1": {"14.2"},  # an end; the number of question 8.2
}  # fmt: skip


def told(cell: Any) -> str:
    """Return what a cell says, but for replies: prose, print, captions, the words of a panel."""
    if cell.cell_type == "markdown":
        return str(cell.source)
    said = []
    for output in cell.outputs:
        data = output.get("data", {})
        if MIME not in data:
            html = re.sub(r"src='data:[^']*'", "", "".join(data.get("text/html", "")))
            said += ["".join(output.get("text", "")), html or "".join(data.get("text/plain", ""))]
    return "\n".join(said)


def digits(token: str) -> int:
    return len(token.replace(".", "").strip("0"))


def told_too_early(cells: list[Any], found: Item) -> set[str]:
    """Return numbers that stand before a question and answer it.

    Of a number: itself, rounded in any way. Of a prediction: what is printed between it and
    `observe`, with three digits or more.
    """
    named = re.escape(found.id)
    code = [c.source if c.cell_type == "code" else "" for c in cells]
    asked = next(n for n, c in enumerate(code) if re.search(rf'(check|predict)\("{named}"', c))
    before = set(TOKEN.findall("\n".join(told(cell) for cell in cells[:asked])))
    if isinstance(found.kind, Number | Numbers):
        right = np.atleast_1d(found.kind.read(found.right()))
        off = {t: 0.5001 * 10.0 ** -len(t.partition(".")[2]) for t in before if digits(t) > 1}
        return {t for t, least in off.items() if (np.abs(right - float(t)) <= least).any()}
    if not found.is_prediction:
        return set()
    seen = next(n for n, c in enumerate(code) if c.startswith(f'observe("{found.id}"'))
    after = TOKEN.findall("\n".join(told(cell) for cell in cells[asked + 1 : seen]))
    return {t for t in before & set(after) if digits(t) > 2}


@each
def test_with_every_wrong_answer(number: int, learner: Tried) -> None:
    assert_sound(learner.wrong)
    cells = learner.given.notebook.cells
    early = {one.id: told_too_early(cells, one) for one in lesson(number).items}
    assert {k: v for k, v in early.items() if v - EXCUSED.get(k, set())} == {}
    replies = learner.wrong.replies
    assert {reply["state"] for reply in replies} <= {"look again", "seen"}
    said = {(reply["item"], reply["wrong"]) for reply in replies}
    assert said == {(item.id, one.name) for item in lesson(number).items for one in item.wrong}


def test_questions_stand_before_their_cells_with_all_options() -> None:
    for number in NUMBERS:
        cells = maker.student(lesson(number)).cells
        for item in lesson(number).items:
            at = next(n for n, c in enumerate(cells) if c.cell_type == "code"
                      and re.search(rf'(check|predict)\("{item.id}"', c.source))  # fmt: skip
            before = cells[at - 1].source
            assert before.startswith(("**Question ", "**Predict ")), item.id
            if isinstance(item.kind, Choice):
                assert all(words in before for _, words in item.kind.options)
