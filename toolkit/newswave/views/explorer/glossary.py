"""The terms of the field, each in a few plain sentences: the explorer uses no others."""

from __future__ import annotations

from newswave.views.explorer import terms, theoryterms
from newswave.views.explorer.items import Item, Table, Tone, Words
from newswave.views.explorer.terms import Term as Term

CHAPTERS = (*terms.CHAPTERS, *theoryterms.CHAPTERS)

TERMS: tuple[Term, ...] = tuple(term for chapter in CHAPTERS for term in chapter.terms)
"""Every term, in the order of the page."""

_INTRODUCTION = (
    "The terms of this explorer, as the field uses them. i' is the change of i in time; ln is the "
    "natural logarithm; x^n is x to the power n."
)


def glossary_items() -> tuple[Item, ...]:
    """Return the glossary as items of a page.

    Examples
    --------
    >>> len(glossary_items()) == len(CHAPTERS) + 1
    True
    """
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
    return (Words("glossary_words", _INTRODUCTION, Tone.QUIET), *tables)
