"""The section for instructors: its made pages, its slides, and what its own pages can say.

Before Sphinx looks for pages, `instructors/lesson-N.md` is written for every lesson; after it has
built HTML, the slides are written beside them. Pages can say {question}`3.P1` (a link to the answer
key) and {part}`3: Exit ticket` (a section of a lesson with its minutes), and have directives for
what lessons and bank hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from lesson_notes import HERE, label, maker, met, part_named, review_table, write_notes
from slides import write_slides
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

from newswave.learn.bank import NUMBERS, item, lesson
from newswave.learn.items import Choice


class Question(SphinxRole):
    """A question by its name, linked to its answer."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        link = addnodes.pending_xref(
            self.rawtext, refdomain="std", reftype="ref", reftarget=label(item(self.text).id),
            refexplicit=True, refwarn=True, refdoc=self.env.docname,
        )  # fmt: skip
        link += nodes.inline("", self.text)
        return [link], []


class Part(SphinxRole):
    """A section of a lesson, "3: Exit ticket", shown with its minutes."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the section's title and minutes."""
        part = part_named(self.text)
        return [nodes.emphasis("", part.title), nodes.Text(f" ({part.minutes} min)")], []


class MetIn(SphinxDirective):
    """Where a misconception is met: the lessons and questions whose replies name it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return one sentence."""
        asked = met().get(self.arguments[0], [])
        numbers = sorted({int(one.partition(".")[0]) for one in asked})
        links = ", ".join(f"[Lesson {n}](lesson-{n}.md)" for n in numbers)
        named = ", ".join(f"{{question}}`{one}`" for one in asked)
        return self.parse_text_to_nodes(
            f"*Met in {links}: {named}.*" if asked else "*Not met yet.*"
        )


class Quiz(SphinxDirective):
    """Questions to print, without their answers; the key is a line of its own."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the questions, then the key."""
        asked = [item(named) for named in " ".join(self.content).split()]
        lines = []
        for at, one in enumerate(asked, 1):
            assert isinstance(one.kind, Choice)
            options = "\n".join(f"   - ({a}) {words}" for a, words in one.kind.options)
            lines.append(f"{at}. {one.question}\n\n{options}\n")
        key = ", ".join(
            f"{at}{one.right()} ({{question}}`{one.id}`)" for at, one in enumerate(asked, 1)
        )
        return self.parse_text_to_nodes("\n".join([*lines, "", f"**Key.** {key}"]))


class Course(SphinxDirective):
    """All lessons in a table, with their minutes, notes and slides."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = ["| lesson | asks | minutes | | |", "| --- | --- | --- | --- | --- |"]
        for number in NUMBERS:
            found = lesson(number)
            rows.append(
                f"| {number}. {found.title} | {found.question} | {maker.minutes(found)} | "
                f"[notes](lesson-{number}.md) | <a href='slides/{found.file}.html' "
                f"aria-label='slides of lesson {number}'>slides</a> |"
            )
        return self.parse_text_to_nodes("\n".join(rows))


class ExitTickets(SphinxDirective):
    """The questions of every lesson's exit ticket."""

    def run(self) -> list[nodes.Node]:
        """Return a list with a line for each lesson."""
        lines = []
        for number in NUMBERS:
            asked = part_named(f"{number}: Exit ticket").items
            links = ", ".join(f"{{question}}`{one}`" for one in asked)
            lines.append(f"- [Lesson {number}](lesson-{number}.md): {links}")
        return self.parse_text_to_nodes("\n".join(lines))


class ReviewTable(SphinxDirective):
    """The table by which projects are reviewed, as it is in the last lesson."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        return self.parse_text_to_nodes(review_table())


def _begin(app: Any) -> None:
    write_notes(HERE, bool(app.config.newswave_lessons))


def _end(app: Any, failed: Exception | None) -> None:
    if failed is None and app.builder.format == "html":
        write_slides(HERE / "slides", Path(app.outdir) / "instructors" / "slides")


def setup(app: Any) -> dict[str, bool]:
    """Add roles and directives, and make the pages and the slides."""
    app.add_role("question", Question())
    app.add_role("part", Part())
    app.add_directive("met-in", MetIn)
    app.add_directive("quiz", Quiz)
    app.add_directive("course", Course)
    app.add_directive("exit-tickets", ExitTickets)
    app.add_directive("review-table", ReviewTable)
    app.connect("builder-inited", _begin)
    app.connect("build-finished", _end)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
