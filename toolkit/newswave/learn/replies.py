"""What a check says: as text, as HTML for a notebook, and as data for a test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from html import escape
from typing import Any

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
    State.TO_DO: ("○", "#6b7280"),
    State.RECORDED: ("●", "#0072B2"),
    State.SEEN: ("●", "#0072B2"),
    State.CORRECT: ("✓", "#009E73"),
    State.LOOK_AGAIN: ("↺", "#D55E00"),
    State.NOT_READ: ("?", "#D55E00"),
    State.HINT: ("→", "#0072B2"),
    State.SOLUTION: ("=", "#0072B2"),
    State.UNKNOWN: ("?", "#D55E00"),
}


_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Reply:
    """What newswave says of an answer.

    Parameters
    ----------
    item : str
        Of which question.
    state : State
        How the answer stands.
    text : str
        What is said, in lines.
    code : str
        Lines of Python, of a solution.
    wrong : str
        The name of the wrong answer that it is; empty for others.
    note : str
        What went wrong beside it, such as a disk that is full.

    Examples
    --------
    >>> Reply("2.1", State.TO_DO, "When has half of the city shared?")
    ○ 2.1 to do. When has half of the city shared?
    """

    item: str
    state: State
    text: str
    code: str = ""
    wrong: str = ""
    note: str = ""

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
        told = _CODE.sub(r"<code>\1</code>", escape(self.text))
        lines = [f"<p style='margin:.25em 0'>{line}</p>" for line in told.split("\n")]
        code = f"<pre style='margin:.5em 0'>{escape(self.code)}</pre>" if self.code else ""
        note = f"<p style='margin:.25em 0'><em>{escape(self.note)}</em></p>" if self.note else ""
        return (
            f"<div role='status' style='border-left:6px solid {_SIGNS[self.state][1]};"
            "padding:.25em .9em;margin:.4em 0;max-width:46em;line-height:1.5'>"
            f"<p style='margin:.25em 0'><strong>{escape(self.head)}</strong></p>"
            f"{''.join(lines)}{code}{note}</div>"
        )
