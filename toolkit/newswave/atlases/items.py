"""What a report is made of: sections with a finding, pictures and tables. Values, no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from newswave.drawing import png, svg
from newswave.errors import BadValue

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Table:
    """A table of texts; the first cell of a row names it.

    Parameters
    ----------
    caption : str
        What it holds.
    head : tuple of str
        The columns.
    rows : tuple of tuple of str
        As many cells each as the head has.
    is_folded : bool
        Whether it is opened by its reader.

    Raises
    ------
    BadValue
        If a row is longer or shorter than the head.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_folded: bool = True

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.head):
                raise BadValue("A row of a table does not fit its head", given=row)


@dataclass(frozen=True)
class Picture:
    """A figure, drawn.

    Parameters
    ----------
    name : str
        Of its files.
    words : str
        The same in words.
    svg, png : bytes
        The drawing.
    width, height : int
        In pixels of a page.
    """

    name: str
    words: str
    svg: bytes
    png: bytes
    width: int
    height: int


def drawn(name: str, figure: Figure, words: str) -> Picture:
    """Return a picture of a figure, drawn once: a second drawing may be laid out otherwise."""
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    return Picture(name, words, svg(figure, words), png(figure, words), width, height)


@dataclass(frozen=True, eq=False)
class Section:
    """A part of the report.

    Parameters
    ----------
    name : str
        A short one, for links.
    heading : str
        What it is about.
    finding : str
        What was found, in a sentence.
    paragraphs : tuple of str
        What else was found, and how to read it.
    picture : Picture, optional
        The figure.
    tables : tuple of Table
        The numbers.
    command : str
        What to type; shown as it is.
    """

    name: str
    heading: str
    finding: str
    paragraphs: tuple[str, ...] = ()
    picture: Picture | None = None
    tables: tuple[Table, ...] = ()
    command: str = ""
