"""Slides: one file of HTML for each lesson, from `instructors/slides/NN-slug.md`.

Slides are divided by lines of three dashes; the title slide comes from the lesson. Three kinds of
fenced blocks are worked out when the slides are made, so that no figure and no number is pasted:

- `{figure-code}`: Python whose last line is a `Shown` of `newswave.learn.showing.show`,
  or (Figure, words);
- `{text-code}`: Python whose last line is Markdown;
- `{options}`: the options of a question of the bank.

A file needs nothing else: styles, script and figures are in it. Without a script it is a long page.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup
from mathml import formula
from mdit_py_plugins.dollarmath import dollarmath_plugin

from newswave.learn.bank import NUMBERS, item, lesson
from newswave.learn.items import Choice, Lesson
from newswave.learn.showing import Shown
from newswave.report.style import environment, style, svg, with_colours

INCHES = (6.8, 2.7)
"""The size of a figure on a slide: small, so that its letters are large on the wall."""

_DIVIDER = re.compile(r"^---$", re.MULTILINE)
_STATIC = Path(__file__).parent / "slides"


class Deck:
    """The slides of one lesson at work: one namespace for all of its blocks."""

    def __init__(self, found: Lesson) -> None:
        self.lesson = found
        self.names: dict[str, Any] = {}
        exec(
            "import numpy as np\nimport newswave as nw\nfrom newswave.learn import show", self.names
        )
        self.reader = MarkdownIt("commonmark").enable("table")
        dollarmath_plugin(self.reader, renderer=_formula, allow_digits=False)
        self.reader.renderer.rules["fence"] = self._fence

    def slides(self, source: str) -> list[str]:
        """Return the inside of every slide, the title slide first."""
        title = f"## {self.lesson.title}\n\n{self.lesson.question}"
        return [self.reader.render(one.strip()) for one in (title, *_DIVIDER.split(source))]

    def _fence(self, tokens: Sequence[Any], at: int, *rest: Any) -> str:  # noqa: ARG002
        text, kind = tokens[at].content, tokens[at].info.strip()
        if kind == "{figure-code}":
            return _picture(self._value(text))
        if kind == "{text-code}":
            return str(self.reader.render(self._value(text)))
        if kind == "{options}":
            return _options(text.strip())
        return f"<pre tabindex='0'><code>{escape(text)}</code></pre>\n"

    def _value(self, code: str) -> Any:
        """Run a block; return the value of its last line."""
        tree = ast.parse(code)
        last = tree.body.pop()
        if not isinstance(last, ast.Expr):
            raise ValueError(f"The last line of a block is a value:\n{code}")
        exec(compile(tree, self.lesson.file, "exec"), self.names)
        return eval(compile(ast.Expression(last.value), self.lesson.file, "eval"), self.names)


def _picture(value: Any) -> str:
    figure, words = (value.figure, value.words) if isinstance(value, Shown) else value
    words = " ".join(words.split())
    _for_the_wall(figure)
    return _render("figure.html", words=words, image=svg(figure, words))


def _for_the_wall(figure: Any) -> None:
    """Make a figure wide: the slide has its title, and the legend moves to the right."""
    figure.suptitle("")
    figure.set_size_inches(*INCHES)
    for legend in list(figure.legends):
        handles, labels = figure.axes[0].get_legend_handles_labels()
        legend.remove()
        with style():
            figure.legend(handles, labels, loc="outside right center", handlelength=2.6)


def _options(named: str) -> str:
    kind = item(named).kind
    assert isinstance(kind, Choice)
    return _render("options.html", question=named, options=kind.options)


def _formula(latex: str, how: dict[str, Any]) -> str:
    if not how["display_mode"]:
        return formula(latex, block=False)
    told = formula(latex, block=True)
    return f'<div class="formula" tabindex="0" role="group" aria-label="formula">{told}</div>\n'


def html(found: Lesson, source: str) -> str:
    """Return the slides of a lesson as one file of HTML."""
    slides = [Markup(inside) for inside in Deck(found).slides(source)]
    style, script = ((_STATIC / f"slides.{end}").read_text("utf-8") for end in ("css", "js"))
    return _render("slides.html", name=f"Lesson {found.number}: {found.title}", slides=slides,
                   number=found.number, style=Markup(with_colours(style)),
                   script=Markup(script))  # fmt: skip


def _render(template: str, **values: Any) -> str:
    return environment(str(_STATIC)).get_template(template).render(values)


def write_slides(sources: Path, folder: Path) -> list[Path]:
    """Write the slides of all lessons into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in NUMBERS:
        found = lesson(number)
        path = folder / f"{found.file}.html"
        source = (sources / f"{found.file}.md").read_text("utf-8")
        path.write_text(html(found, source), encoding="utf-8", newline="\n")
        made.append(path)
    return made
