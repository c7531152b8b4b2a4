"""What a lesson shows: replies to answers, and figures with their words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from newswave.core.curve import Curve
from newswave.core.errors import BadValue
from newswave.report.figures import (
    SHARED,
    Drawn,
    Spread,
    drawn_curve,
    lines_figure,
    lines_words,
    told,
)
from newswave.report.style import BLUE, GREEN, GREY, RED, png, render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MIME = "application/vnd.newswave.reply+json"
"""Under which a notebook keeps a reply as data."""


class State(Enum):
    """How an answer stands; what a learner reads first."""

    TO_DO = "to do"
    RECORDED = "recorded"
    SEEN = "seen"
    CORRECT = "correct"
    LOOK_AGAIN = "look again"
    NOT_READ = "not read"
    HINT = "hint"
    SOLUTION = "solution"
    UNKNOWN = "no such question"


_SIGNS = {
    State.TO_DO: ("○", GREY),
    State.RECORDED: ("●", BLUE),
    State.SEEN: ("●", BLUE),
    State.CORRECT: ("✓", GREEN),
    State.LOOK_AGAIN: ("↺", RED),
    State.NOT_READ: ("?", RED),
    State.HINT: ("→", BLUE),
    State.SOLUTION: ("=", BLUE),
    State.UNKNOWN: ("?", RED),
}


_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Reply:
    """What newswave says of an answer.

    >>> Reply("2.1", State.TO_DO, "When has half of the city shared?")
    ○ 2.1 to do. When has half of the city shared?
    """

    item: str  # Of which question
    state: State  # How the answer stands
    text: str  # What is said, in lines
    code: str = ""  # Lines of Python, of a solution
    wrong: str = ""  # The name of the wrong answer that it is; empty for others
    note: str = ""  # What went wrong beside it, such as a disk that is full

    @property
    def head(self) -> str:
        """The first words: sign, question, state."""
        return f"{_SIGNS[self.state][0]} {self.item} {self.state.value}."

    def __repr__(self) -> str:
        """Return the reply as text."""
        parts = (f"{self.head} {self.text}", self.code, self.note)
        return "\n".join(part for part in parts if part)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the reply as a notebook shows and keeps it."""
        data = {"item": self.item, "state": self.state.value, "wrong": self.wrong}
        return {"text/plain": repr(self), "text/html": self._html(), MIME: data}

    def _html(self) -> str:
        """Return the reply as HTML: a bar at its side, the state in words, everything as text."""
        lines = [
            [(at % 2 == 1, words) for at, words in enumerate(_CODE.split(line))]
            for line in self.text.split("\n")
        ]
        return render("reply.html", colour=_SIGNS[self.state][1], head=self.head, lines=lines,
                      code=self.code, note=self.note)  # fmt: skip


# A figure: the picture, and the same in words for whoever cannot see it.

_FEW = 2


@dataclass(frozen=True, eq=False)
class Shown:
    """A figure with its words, as a notebook shows it."""

    figure: Figure  # The picture
    words: str  # What is to be seen in it

    def __post_init__(self) -> None:
        if not self.words.strip():
            raise BadValue("A figure needs words", advice="Say what is to be seen in it")

    def __repr__(self) -> str:
        """Return the words."""
        return self.words

    def _repr_html_(self) -> str:
        """Return picture and words as HTML."""
        return render("figure.html", words=self.words, image=png(self.figure, self.words))


def show(
    what: Any,
    words: str = "",
    *,
    title: str = "",
    across: str = "round",
    up: str = SHARED,
    percent: bool = True,
    log: bool = False,
) -> Shown:
    """Show lines side by side, or a figure, and say in words what is to be seen.

    Parameters
    ----------
    what : dict or matplotlib.figure.Figure
        For every line its label and a `Curve` (its median over the runs, with the band of 90 % of
        them where there are no more than two curves), a row of fractions by round, or a pair of
        rows (where, what). Or a figure that is there already.
    words : str
        What is to be seen. Of fractions by round, half-times and ends are said by themselves.
    title : str
        What it shows.
    across, up : str
        What the axes show, with their units.
    percent : bool
        Whether values are fractions, shown as percent.
    log : bool
        Whether the upward axis is logarithmic.

    Returns
    -------
    Shown
        What a notebook shows. Its `figure` can be saved with `newswave.report.style.save`.

    Raises
    ------
    BadValue
        If there is nothing to show, or a figure comes without words.

    Examples
    --------
    >>> import newswave as nw
    >>> curve = nw.simulate(nw.Setup(n_agents=100, n_seeds=2, rounds=20, replicas=5))
    >>> show({"agents": curve, "a guess": [0.02, 0.5, 1.0]}, title="Agents and a guess")
    agents: half by round 11.6, ... a guess: half by round 1.0, 100 % at round 2.
    """
    if not isinstance(what, Mapping):
        if not hasattr(what, "savefig"):
            raise BadValue("A figure, or lines by their label, is needed", given=what)
        return Shown(what, told(what, words))
    lines, bands = _lines(what)
    synthetic = any(_is_synthetic(one) for one in what.values())
    figure = lines_figure(title, lines, bands, across=across, up=up, percent=percent, log=log,
                          synthetic=synthetic)  # fmt: skip
    automatic = (
        lines_words(lines, across) if percent and not any(b.is_points for b in lines) else ""
    )
    return Shown(figure, told(figure, " ".join(part for part in (automatic, words) if part)))


def _lines(what: Mapping[str, Any]) -> tuple[list[Drawn], list[Spread]]:
    lines: list[Drawn] = []
    bands: list[Spread] = []
    for label, one in what.items():
        if isinstance(one, Curve):
            line, band = drawn_curve(one, label)
            lines.append(line)
            bands += band
        elif isinstance(one, Drawn):
            lines.append(one)
        elif isinstance(one, tuple) and len(one) == 2:
            lines.append(Drawn(label, one[1], one[0]))
        else:
            lines.append(Drawn(label, one))
    return lines, bands if len(bands) <= _FEW else []


def _is_synthetic(one: Any) -> bool:
    return isinstance(one, Curve) and one.setup is not None and one.setup.synthetic
