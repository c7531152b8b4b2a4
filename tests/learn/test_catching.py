"""After a restart every part of every lesson begins at its catch-up cell, and says the same."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import make_notebooks as maker
import pytest

from newswave.core.errors import BadValue
from newswave.learn.bank import NUMBERS, item, lesson
from newswave.learn.catching import catch_up, names_of
from newswave.learn.files import lesson_files

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))

import lesson_notes

LOOSE = {"optional", "teacher"}


def named(role: str, text: str) -> list[str]:
    """Return what a text of the instructors' pages names, such as questions or parts."""
    return re.findall(rf"\{{{role}\}}`([^`]+)`", text)


def parts(number: int, make: Any = maker.teacher) -> dict[str, list[str]]:
    """Return the code of every part of a lesson, with the solutions in its exercises."""
    found: dict[str, list[str]] = {}
    part = ""
    for cell in make(lesson(number)).cells:
        if cell.cell_type == "markdown":
            part = ([part, *(title for title, _ in maker.PART.findall(cell.source))])[-1]
        elif not LOOSE & set(maker.tags(cell)):
            found.setdefault(part, []).append(cell.source)
    return found


@pytest.mark.parametrize("number", NUMBERS)
def test_every_part_begins_after_a_restart(
    number: int, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    begun = [(part, codes) for part, codes in parts(number).items() if "catch_up(" in codes[0]]
    assert len(begun) >= 4
    for part, codes in reversed(begun):
        names: dict[str, Any] = {"__name__": "__main__"}
        if "hand_in(ex9_5" in "".join(codes):  # a learner's own project, which nobody else has
            codes[1:1] = ["import newswave as nw", item("9.5").solution.code]
        try:
            for code in codes:
                exec(compile(code, f"{number}: {part}", "exec"), names)
        finally:
            if "stand_in" in names:
                names["stand_in"].close()
                names["client"]._client.close()


@pytest.mark.parametrize("number", NUMBERS)
def test_a_name_that_cells_share_is_bound_in_one_cell_only(number: int) -> None:
    codes = [code for codes in parts(number).values() for code in codes]
    bound = Counter(name for code in codes for name in bound_for_good(code))
    loops = {name for code in codes for name in names_of(code)[0] - bound_for_good(code)}
    assert [name for name, times in bound.items() if times > 1] == []
    assert sorted(loops & set(bound)) == []


def bound_for_good(code: str) -> set[str]:
    """Return the names a cell binds, but those of its loops and imports."""
    loops: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.For):
            loops |= {one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            loops |= {(one.asname or one.name).partition(".")[0] for one in node.names}
    return names_of(code)[0] - loops


def test_nothing_is_run_again_where_nothing_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names: dict[str, Any] = {}
    catch_up("3: What is a fitted rate worth?", names)
    assert "earlier cells made" in capsys.readouterr().out
    curves = names["curves"]
    catch_up("3: What is a fitted rate worth?", names)
    assert "nothing was missing" in capsys.readouterr().out
    assert names["curves"] is curves


@pytest.mark.parametrize("part", ["3: Lunch", "Lunch", "12: Warm-up", ""])
def test_a_part_that_is_not_there_is_refused(part: str) -> None:
    with pytest.raises(BadValue, match="no such part"):
        catch_up(part, {})


def test_the_cells_are_those_that_are_shipped() -> None:
    assert set(lesson_files()) >= {f"{lesson(number).file}.ipynb" for number in NUMBERS}


ROW = re.compile(r"^\| (\d+)–(\d+) \|(.*)$", re.MULTILINE)
PLAN = (Path(__file__).parents[2] / "docs" / "instructors" / "plan-3-hours.md").read_text()
ROWS = [(int(b) - int(a), named("part", rest), named("question", rest))
        for a, b, rest in ROW.findall(PLAN)]  # fmt: skip
EARLY = named("part", PLAN.partition("**Running early?**")[2])


@pytest.mark.parametrize(
    ("chosen", "questions"),
    [
        *((chosen, questions) for _, chosen, questions in ROWS if chosen),
        *(([p], []) for p in EARLY),
    ],
)
def test_a_row_of_the_plan_runs_as_it_says_after_the_first_cell(
    chosen: list[str], questions: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    number = int(chosen[0].partition(":")[0])
    given, solved = parts(number, maker.student), parts(number)
    names: dict[str, Any] = {"__name__": "__main__"}
    for code in [maker.SETUP, *given_or_solved(chosen, given, solved, questions)]:
        exec(compile(code, chosen[0], "exec"), names)


def given_or_solved(
    chosen: list[str], given: dict[str, list[str]], solved: dict[str, list[str]], asked: list[str]
) -> list[str]:
    """Return the cells of some parts as learners have them, solved where they are to answer."""
    codes = []
    for title in (one.partition(": ")[2] for one in chosen):
        pairs = list(zip(given[title], solved[title], strict=True))
        codes += [right if any(f'"{q}"' in right for q in asked) else left for left, right in pairs]
    assert all(any(f'("{q}"' in code for code in codes) for q in asked)
    return codes


@pytest.mark.parametrize(("minutes", "chosen"), [row[:2] for row in ROWS if row[1]])
def test_the_parts_of_a_row_fit_into_its_minutes(minutes: int, chosen: list[str]) -> None:
    assert sum(lesson_notes.part_named(part).minutes for part in chosen) <= minutes
