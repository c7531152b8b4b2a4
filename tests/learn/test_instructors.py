"""The instructors' section: plans that add up, a complete key, misconceptions, slides."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from newswave.learn.bank import NUMBERS, item, item_ids, lesson

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "instructors"
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import lesson_notes  # noqa: E402
import slides  # noqa: E402

PLANS = {"plan-50-minutes": 50, "plan-3-hours": 180}
QUIZZED = {"M1", "M4", "M7", "M11", "M13"}


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text("utf-8")


def rows(plan: str) -> list[tuple[int, int, list[str]]]:
    """Return the rows of a plan: from which minute, to which, and which questions."""
    found = re.findall(r"^\| (\d+)–(\d+) \|(.*)$", page(plan), re.MULTILINE)
    return [(int(a), int(b), asked(rest)) for a, b, rest in found]


def asked(text: str) -> list[str]:
    return re.findall(r"\{question\}`([^`]+)`", text)


@pytest.mark.parametrize(("plan", "minutes"), PLANS.items())
def test_the_minutes_of_a_plan_follow_each_other_and_add_up(plan: str, minutes: int) -> None:
    found = rows(plan)
    assert [start for start, _, _ in found] == [0, *(end for _, end, _ in found[:-1])]
    assert found[-1][1] == minutes
    assert sum(end - start for start, end, _ in found) == minutes


@pytest.mark.parametrize("plan", PLANS)
def test_the_questions_of_a_row_fit_into_its_minutes(plan: str) -> None:
    known: set[str] = set()
    for start, end, named in rows(plan):
        needed = [item(one).minutes / (2 if one in known else 1) for one in named]
        assert sum(needed) <= end - start, (start, named)
        known |= set(named)


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_says_what_to_do_when_the_link_fails(plan: str) -> None:
    assert "## When the link fails" in page(plan)


@pytest.mark.parametrize("path", sorted(PAGES.glob("[!l]*.md")), ids=lambda path: path.stem)
def test_pages_name_only_questions_and_sections_that_are_there(path: Path) -> None:
    text = path.read_text("utf-8")
    for one in asked(text):
        assert one in item_ids()
    for part in re.findall(r"\{part\}`([^`]+)`", text):
        assert lesson_notes.part_named(part).minutes > 0


def test_a_section_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no section 'Lunch'"):
        lesson_notes.part_named("1: Lunch")


def test_the_misconceptions_are_fifteen_and_hold_all_of_the_bank() -> None:
    known = lesson_notes.misconceptions()
    assert list(known) == [f"M{n}" for n in range(1, 16)]
    assert set(lesson_notes.met()) == set(known)
    text = page("misconceptions")
    for name in known:
        section = re.split(rf"^## {name}\. ", text, flags=re.MULTILINE)[1].partition("\n## ")[0]
        assert f"({name.lower()})=" in text
        assert "```{code-cell}" in section
        assert f"```{{met-in}} {name}\n" in section


def test_the_quiz_has_a_choice_for_each_of_its_misconceptions() -> None:
    [named] = re.findall(r"^```\{quiz\}\n(.*)\n```$", page("assessment"), re.MULTILINE)
    behind = [{one.misconception for one in item(each).wrong} & QUIZZED for each in named.split()]
    assert len(behind) == len(QUIZZED)
    assert set().union(*behind) == QUIZZED
    assert asked("".join(rows_text(0, 10))) == asked("".join(rows_text(175, 180))) == named.split()


def rows_text(start: int, end: int) -> list[str]:
    return re.findall(rf"^\| {start}–{end} \|.*$", page("plan-3-hours"), re.MULTILINE)


@pytest.mark.parametrize("number", NUMBERS)
def test_notes_hold_minutes_and_every_question_with_its_answer_and_replies(number: int) -> None:
    found, text = lesson(number), lesson_notes.notes_page(number)
    minutes = re.findall(r"^\| \d+ \| (\d+) \|", text, re.MULTILINE)
    assert sum(map(int, minutes)) == lesson_notes.maker.minutes(found)
    key, _, full = text.partition("## The key at a glance")[2].partition("## Every question")
    assert asked(key) == [one.id for one in found.items]
    for one in found.items:
        part = full.partition(f"\n### {one.id}\n")[2].partition("\n### ")[0]
        assert one.question in part
        assert one.praise in part
        assert f"**Right: {lesson_notes.said(one, one.right()) or 'the solution below'}**" in part
        assert all(given.reply in part and given.name in part for given in one.wrong)


@pytest.mark.parametrize("number", NUMBERS)
def test_notes_hold_what_a_teacher_needs(number: int) -> None:
    text = lesson_notes.notes_page(number)
    for needed in ("the one idea", "**Time.**", "ccessibility", "Content note", "Exit ticket"):
        assert needed in text, needed
    assert re.search(r"[Ww]hat learners usually say", text)


def test_written_notes_are_not_touched_when_nothing_changed(tmp_path: Path) -> None:
    made = lesson_notes.write_notes(tmp_path)
    assert [path.name for path in made] == [f"lesson-{number}.md" for number in NUMBERS]
    before = [path.stat().st_mtime_ns for path in made]
    lesson_notes.write_notes(tmp_path)
    assert [path.stat().st_mtime_ns for path in made] == before


class Seen(HTMLParser):
    """What is in a file of slides."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.mark.parametrize("number", NUMBERS)
def test_slides_are_six_to_eight_with_words_for_every_picture_and_nothing_from_outside(
    number: int,
) -> None:
    found = lesson(number)
    text = slides.html(found, (PAGES / "slides" / f"{found.file}.md").read_text("utf-8"))
    seen = Seen(text)
    assert 6 <= len(seen.of("section")) <= 8
    assert len(seen.of("h1")) == 1
    assert len(seen.of("h2")) == len(seen.of("section"))
    for picture in seen.of("img"):
        assert (picture["src"] or "").startswith("data:image/svg+xml;base64,")
        assert len((picture["alt"] or "").split()) >= 8
    assert seen.of("img")
    assert not seen.of("link")
    assert all("src" not in script for script in seen.of("script"))
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//|@import|url\(", text)
    assert text.count("?") >= len(seen.of("section")) // 2
    assert "{options}" not in text


def test_slides_offer_the_options_of_the_bank_under_its_letters() -> None:
    text = slides.html(lesson(3), "## Vote\n\n```{options}\n3.P1\n```\n")
    for letter, words in item("3.P1").kind.options:  # type: ignore[attr-defined]
        assert f"<li><b>{letter}</b> {words}</li>" in text


def test_a_block_that_ends_in_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="last line"):
        slides.html(lesson(1), "## A\n\n```{text-code}\nx = 1\n```\n")


def test_the_script_of_slides_is_short() -> None:
    script = (ROOT / "docs" / "_ext" / "slides" / "slides.js").read_text("utf-8")
    assert len(script.splitlines()) <= 60
