"""Notes and answer keys for instructors, a page for each lesson.

Nothing is typed twice: minutes and notes come from `lessons/src`, questions, answers and replies
from the bank, and the toolkit works the answers out.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "lessons"))

import make_notebooks as maker  # noqa: E402

from newswave.learn.bank import NUMBERS, item, item_ids, lesson  # noqa: E402
from newswave.learn.items import Choice, Item, Lesson, Number, Numbers, Wrong  # noqa: E402

HERE = ROOT / "docs" / "instructors"
_MISCONCEPTION = re.compile(r"^## (M\d+)\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A section of a lesson: its minutes, the questions asked in it, the notes for teachers."""

    title: str
    minutes: int = 0
    items: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def sections(found: Lesson) -> list[Section]:
    """Return the sections of a lesson; the first, without a title, is what stands before them."""
    made = [Section("")]
    for cell in maker.source(found).cells:
        last = made[-1]
        if "teacher" in maker.tags(cell):
            made[-1] = replace(last, notes=(*last.notes, cell.source))
        elif cell.cell_type == "markdown":
            made += [Section(title, int(least or 0)) for title, least in
                     maker.PART.findall(cell.source)]  # fmt: skip
        elif {"exercise", "predict"} & set(maker.tags(cell)):
            asked = maker.ASKED.search(cell.source)
            if asked is not None:
                made[-1] = replace(last, items=(*last.items, asked.group(2)))
    return made


def part_named(named: str) -> Section:
    """Return the section that "3: Exit ticket" names; raise if there is none."""
    number, _, title = named.partition(": ")
    for part in sections(lesson(int(number))):
        if part.title == title:
            return part
    raise ValueError(f"Lesson {number} has no section {title!r}")


def review_table() -> str:
    """Return the table by which projects are reviewed, as Markdown."""
    cells = maker.source(lesson(NUMBERS[-1])).cells
    [table] = re.findall(
        r"^\| \| 0 \|.*?(?:\n\n|\Z)", "\n\n".join(c.source for c in cells), re.DOTALL | re.MULTILINE
    )
    return str(table)


def misconceptions() -> dict[str, str]:
    """Return the misconceptions of the instructors' list, in their own words."""
    return dict(_MISCONCEPTION.findall((HERE / "misconceptions.md").read_text("utf-8")))


def met() -> dict[str, list[str]]:
    """Return for each misconception of the bank the questions in which it has a reply."""
    found: dict[str, list[str]] = {}
    for named in item_ids():
        for one in item(named).wrong:
            if one.misconception and named not in found.setdefault(one.misconception, []):
                found[one.misconception].append(named)
    return found


def notes_page(number: int, has_lessons: bool = True) -> str:
    """Return the page of a lesson for instructors, as Markdown."""
    found = lesson(number)
    opening, *parts = sections(found)
    blocks = [
        f"# Lesson {number}: {found.title}",
        _head(found, has_lessons),
        *opening.notes,
        "## The minutes",
        _minutes(parts),
        "## What they may believe",
        _beliefs(found),
        "## While you teach",
    ]
    for part in parts:
        if part.notes:
            blocks += [f"### {part.title}", *part.notes]
    blocks += ["## The key at a glance", _glance(found), "## Every question with its replies"]
    blocks += [_answers(one) for one in found.items]
    return "\n\n".join(blocks) + "\n"


def _head(found: Lesson, has_lessons: bool) -> str:
    links = [f'<a href="slides/{found.file}.html">slides</a>']
    if has_lessons:
        links.insert(0, f'<a href="../lessons/{found.file}.html">the lesson</a>')
    able = "\n".join(f"{n}. {outcome}" for n, outcome in enumerate(found.outcomes, 1))
    return (
        f"**{found.question}** About {maker.minutes(found)} minutes{maker.in_sittings(found)}. "
        f"Open: {', '.join(links)}. "
        f"Your notebook, with solutions: `lessons/teacher/{found.file}.ipynb`.\n\n"
        f"Needs: {found.needs} Before: {found.before}\n\nAfterwards learners can\n\n{able}"
    )


def _minutes(parts: list[Section]) -> str:
    rows, at = ["| from | minutes | section | questions |", "| --- | --- | --- | --- |"], 0
    for part in parts:
        asked = ", ".join(f"{{question}}`{one}`" for one in part.items)
        rows.append(f"| {at} | {part.minutes or ''} | {part.title} | {asked} |")
        at += part.minutes
    return "\n".join(rows)


def _beliefs(found: Lesson) -> str:
    known, lines = misconceptions(), []
    for name, asked in sorted(met().items(), key=lambda one: (len(one[0]), one[0])):
        here = [one for one in asked if one.startswith(f"{found.number}.")]
        if here and name in known:
            links = ", ".join(f"{{question}}`{one}`" for one in here)
            lines.append(f"- {linked(name)} {known[name]} ({links})")
    return "\n".join(lines) or "Nothing from [the list](misconceptions.md)."


def _glance(found: Lesson) -> str:
    rows = ["| question | right | the commonest wrong ones |", "| --- | --- | --- |"]
    for one in found.items:
        wrong = "; ".join(_short(one, given) for given in one.wrong)
        rows.append(
            f"| {{question}}`{one.id}` | {_cell(_right(one, short=True))} | {_cell(wrong)} |"
        )
    return "\n".join(rows)


def _short(one: Item, given: Wrong) -> str:
    value = said(one, given.answer(), short=True)
    mark = f" ({linked(given.misconception)})" if given.misconception in misconceptions() else ""
    return f"{value or given.name}{mark}"


def _right(one: Item, short: bool = False) -> str:
    return said(one, one.right(), short) or ("see below" if short else "the solution below")


def said(one: Item, answer: Any, short: bool = False) -> str:
    """Return an answer in words; nothing where it is a function or is judged."""
    kind = one.kind
    if isinstance(kind, Choice):
        letter = kind.read(answer)
        return f'"{letter}"' if short else f'"{letter}" {kind.words(letter)}'
    if isinstance(kind, Number):
        unit = f" {kind.unit}" if kind.unit and not short else ""
        return f"{kind.read(answer):.4g}{unit}"
    if isinstance(kind, Numbers):
        return ", ".join(f"{each:.4g}" for each in kind.read(answer))
    return ""


def _answers(one: Item) -> str:
    options = maker.question_text(one).partition("\n\n")[2]
    kind = one.kind
    within = f" (within {kind.tolerance:g})" if isinstance(kind, Number) else ""
    wrong = "\n".join(_reply(one, given) for given in one.wrong)
    hints = " / ".join(one.hints)
    return (
        f"({label(one.id)})=\n### {one.id}\n\n{one.question} ({one.minutes:g} min)\n\n{options}\n\n"
        f"**Right: {_right(one)}**{within}. {one.praise} *{one.solution.words}*\n\n{_code(one)}"
        f"{wrong}\n- *Any other answer.* {one.otherwise}\n\nHints: {hints}"
    )


def _code(one: Item) -> str:
    plain = isinstance(one.kind, Choice) or one.is_prediction
    return "" if plain else f"```python\n{one.solution.code.strip()}\n```\n\n"


def _reply(one: Item, given: Wrong) -> str:
    value = said(one, given.answer())
    mark = f", {linked(given.misconception)}" if given.misconception else ""
    told = f"{value} ({given.name}{mark})" if value else f"{given.name}{mark}"
    return f"- **{told}** {given.reply}"


def linked(name: str) -> str:
    """Return a misconception as a link to the list, if it is there."""
    return f"{{ref}}`{name} <{name.lower()}>`" if name in misconceptions() else name


def label(named: str) -> str:
    """Return the label of a question's place in its answer key."""
    return f"q-{named.replace('.', '-').lower()}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def write_notes(folder: Path, has_lessons: bool = True) -> list[Path]:
    """Write the notes of all lessons into a folder; a page that is as it was is not touched."""
    made = []
    for number in NUMBERS:
        path, text = folder / f"lesson-{number}.md", notes_page(number, has_lessons)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
        made.append(path)
    return made
