"""The report as one HTML file: everything inline, no scripts; all texts escaped."""

from __future__ import annotations

import base64
import importlib.resources
from collections.abc import Iterator, Sequence
from html import escape

from newswave.atlases.items import Picture, Section, Table
from newswave.drawing import SYNTHETIC_LABEL

_LONG = 40


def page(
    title: str, lead: str, notes: Sequence[str], sections: Sequence[Section], synthetic: bool
) -> str:
    """Return the report.

    Parameters
    ----------
    title, lead : str
        What it is, in a line and in a sentence.
    notes : sequence of str
        What to know before reading on.
    sections : sequence of Section
        The parts, in order.
    synthetic : bool
        Whether a formula stands in for a language model; the report then says so first.

    Examples
    --------
    >>> text = page("An <atlas>", "Of one.", (), (Section("a", "A", "Found."),), True)
    >>> "An &lt;atlas&gt;" in text, "<script" in text
    (True, False)
    """
    style = importlib.resources.files("newswave.atlases").joinpath("report.css").read_text("utf-8")
    label = f"{SYNTHETIC_LABEL[:1].upper()}{SYNTHETIC_LABEL[1:]}."
    head = f"Synthetic. {title}" if synthetic else title
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(head)}</title>",
        f"<style>\n{style}</style>",
        "</head>",
        "<body>",
        '<a class="skip" href="#main">Skip to the content</a>',
        "<header>",
        f"<h1>{_text(title)}</h1>",
        f'<p class="lead">{_text(lead)}</p>',
        *([f'<p class="note warn">{_text(label)}</p>'] if synthetic else []),
        *(f'<p class="note">{_text(note)}</p>' for note in notes),
        "</header>",
        '<main id="main">',
        *_contents(sections),
        *(line for section in sections for line in _section(section, label if synthetic else "")),
        "</main>",
        "<footer><p>Made by newswave.</p></footer>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _contents(sections: Sequence[Section]) -> Iterator[str]:
    yield '<nav aria-label="Contents"><ol>'
    for section in sections:
        yield f'<li><a href="#{_text(section.name)}">{_text(section.heading)}</a></li>'
    yield "</ol></nav>"


def _section(section: Section, label: str) -> Iterator[str]:
    name = _text(section.name)
    yield f'<section aria-labelledby="{name}">'
    yield f'<h2 id="{name}">{_text(section.heading)}</h2>'
    yield f'<p class="found">{_text(section.finding)}</p>'
    for paragraph in section.paragraphs:
        yield f"<p>{_text(paragraph)}</p>"
    if section.picture is not None:
        yield from _picture(section.picture, label)
    for table in section.tables:
        yield from _table(table)
    if section.command:
        yield (
            '<pre tabindex="0" role="region" aria-label="What to type">'
            f"<code>{_text(section.command)}</code></pre>"
        )
    yield "</section>"


def _picture(picture: Picture, label: str) -> Iterator[str]:
    words = f"{label} {picture.words}".strip()
    data = base64.b64encode(picture.svg).decode("ascii")
    name = _text(picture.name)
    yield f'<figure><div class="paper" tabindex="0" role="region" aria-label="Figure: {name}">'
    yield (
        f'<img src="data:image/svg+xml;base64,{data}" '
        f'width="{picture.width}" height="{picture.height}" '
        f'style="max-width: {picture.width}px" '
        f'alt="{_text(words)}"></div>'
    )
    files = f"figures/{picture.name}.svg and figures/{picture.name}.png"
    about = f"{label} The numbers are below; also as {files}.".strip()
    yield f"<figcaption>{_text(about)}</figcaption>"
    yield "</figure>"


def _table(table: Table) -> Iterator[str]:
    caption = _text(table.caption)
    rows = f"{len(table.rows)} rows" if len(table.rows) != 1 else "1 row"
    if table.is_folded:
        yield f"<details><summary>{caption} ({rows})</summary>"
    long = ' class="long"' if len(table.rows) > _LONG else ""
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
    yield f"<table{long}><caption>{caption}</caption>"
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in table.head)
    yield f"<thead><tr>{head}</tr></thead><tbody>"
    for first, *rest in table.rows:
        cells = "".join(f"<td>{_text(cell)}</td>" for cell in rest)
        yield f'<tr><th scope="row">{_text(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"
    if table.is_folded:
        yield "</details>"


def _text(words: str) -> str:
    """Return words as HTML, a number never parted from its per cent sign."""
    return escape(words).replace(" %", "\N{NO-BREAK SPACE}%")
