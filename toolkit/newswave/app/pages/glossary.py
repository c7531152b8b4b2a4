"""The glossary: the terms of the field, each in a few plain sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Never

from newswave.app.page import Item, Message, Page, Table, Tone, View, Words, content


@dataclass(frozen=True)
class Term:
    """One term, what it means, and the names of other terms to see."""

    name: str
    words: str
    see: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """Terms that belong together, under a title."""

    key: str
    title: str
    terms: tuple[Term, ...]


def _chapter(given: dict[str, Any]) -> Chapter:
    terms = (Term(one["name"], one["words"], tuple(one.get("see", ()))) for one in given["terms"])
    return Chapter(given["key"], given["title"], tuple(terms))


_CONTENT = content("glossary")

CHAPTERS: tuple[Chapter, ...] = tuple(map(_chapter, _CONTENT["chapters"]))

TERMS: tuple[Term, ...] = tuple(term for chapter in CHAPTERS for term in chapter.terms)
"""Every term, in the order of the page."""


def glossary_items() -> tuple[Item, ...]:
    """Return the glossary as items of a page."""
    tables = tuple(
        Table(
            f"glossary_{chapter.key}",
            chapter.title,
            ("Term", "What it means"),
            tuple((term.name, term.words) for term in chapter.terms),
            see=tuple(term.see for term in chapter.terms),
        )
        for chapter in CHAPTERS
    )
    return (Words("glossary_words", _CONTENT["introduction"], Tone.QUIET), *tables)


class GlossaryPage(Page):
    """The page of terms: there is nothing to do on it."""

    def view(self) -> View:
        """Return the terms."""
        return View(report=glossary_items())

    def handle(self, message: Message) -> Never:
        """Refuse every message."""
        raise message.unknown()
