"""What a lesson asks: items, their right answer, their named wrong answers, their replies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from newswave.core.errors import BadValue
from newswave.learn.kinds import Choice, Kind, Number, Remark

APART = 3.0
"""How many tolerances a wrong answer lies at least from the right one and from the others."""

WORDS_A_MINUTE = 130
"""How fast a lesson is read: slow enough for formulas, and for a second language."""

_ID = re.compile(r"[1-9]\.(P?[1-9][0-9]?)")


def words_in(text: str) -> int:
    """Return how many words there are to read.

    >>> words_in("Half of 1,000 agents don't know: q = 0.15.")
    8
    """
    return len(re.findall(r"\w+(?:['’.,-]\w+)*", text))


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that learners give, with a reply of its own."""

    name: str  # A few words for it, in one item only once
    answer: Callable[[], Any]  # Returns that answer, worked out by the toolkit
    means: str  # What this answer means: the question that it would be right for
    why: str  # Why it is not this question's
    now: str  # One thing to do now
    misconception: str = ""  # What lies behind it, as in the instructors' list

    def __post_init__(self) -> None:
        for part in ("name", "means", "why", "now"):
            if not getattr(self, part).strip():
                raise BadValue(f"A wrong answer needs its {part!r}", given=self.name)

    @property
    def reply(self) -> str:
        """What the learner reads."""
        return f"{self.means} {self.why} {self.now}"


@dataclass(frozen=True)
class Answers:
    """What the toolkit works out for one question; its words are in the file of its lesson."""

    # Returns the right answer. Of a question for a function, and there alone, it is that function
    right: Callable[..., Any]
    # The same for every wrong answer by its name; those of a choice are letters in the file
    wrong: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    also: tuple[Callable[..., Any], ...] = ()  # Other right answers
    cases: tuple[tuple[Any, ...], ...] = ()  # With what a function is called, one call for each
    judge: Callable[[Any], str | Remark] | None = None  # Of a question that is judged

    def returned(self, answer: Callable[..., Any]) -> Callable[[], Any]:
        """Return what returns an answer."""
        return (lambda: answer) if self.cases else answer


def nearest(value: float, options: Mapping[str, float]) -> str:
    """Return the letter of the option whose number is nearest.

    >>> nearest(0.3, {"a": 0.05, "b": 0.33})
    'b'
    """
    return min(options, key=lambda letter: abs(value - options[letter]))


@dataclass(frozen=True)
class Solution:
    """A solution: why, in words, and the code that takes the place of the exercise's."""

    words: str
    code: str


@dataclass(frozen=True)
class Item:
    """One question of a lesson."""

    id: str  # Lesson and number, such as "2.1"; of a prediction "2.P1"
    outcome: int  # Which outcome of the lesson it belongs to, from 1
    question: str  # What is asked, in full; a choice's options follow by themselves
    kind: Kind  # How answers are read and compared
    right: Callable[[], Any]  # Returns the right answer, worked out by the toolkit
    praise: str  # What the right answer means
    wrong: tuple[Wrong, ...]  # Two at least
    otherwise: str  # One thing to do after a wrong answer that has no name
    hints: tuple[str, ...]  # A nudge, a step, and where the worked example is: two or three
    solution: Solution  # For whoever has tried
    also: tuple[Callable[[], Any], ...] = ()  # Other right answers

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise BadValue("An item is named like 2.1 or 2.P1", given=self.id)
        if len(self.wrong) < 2 or len({one.name for one in self.wrong}) < len(self.wrong):
            raise BadValue("An item needs two named wrong answers or more", given=self.id)
        if self.is_prediction and not isinstance(self.kind, Choice | Number):
            raise BadValue("A prediction is a choice or a number", given=self.id)
        if not 2 <= len(self.hints) <= 3:
            raise BadValue("An item needs two or three hints", given=self.id)
        for part in ("question", "praise", "otherwise"):
            if not getattr(self, part).strip():
                raise BadValue(f"An item needs its {part!r}", given=self.id)

    @property
    def minutes(self) -> int:
        """How long it takes: to read it, think, and try once wrongly; an estimate."""
        read = words_in(self.asked) + words_in(self.wrong[0].reply) + words_in(self.praise)
        return max(1, round(self.kind.thinking + read / WORDS_A_MINUTE))

    @property
    def is_prediction(self) -> bool:
        """Whether it is predicted before it is seen."""
        return "P" in self.id

    @property
    def name(self) -> str:
        """The name that the learner's answer has in a notebook: ex2_1."""
        return "ex" + self.id.replace(".", "_")

    @property
    def asked(self) -> str:
        """The question with how exact the answer has to be, and its options, one on a line."""
        if not isinstance(self.kind, Choice):
            return f"{self.question} {self.kind.precision}".strip()
        options = [f'"{letter}": {words}' for letter, words in self.kind.options]
        return "\n".join([self.question, *options])


@dataclass(frozen=True)
class Lesson:
    """One lesson."""

    number: int  # From 1 to 9
    slug: str  # The name of its file, such as "one-post"
    title: str  # What it is called
    question: str  # What it asks
    outcomes: tuple[str, ...]  # What learners can do afterwards, each beginning with a verb
    before: str  # What is needed before
    needs: str  # What the machine needs
    items: tuple[Item, ...]  # Its questions, in their order

    def __post_init__(self) -> None:
        ids = [item.id for item in self.items]
        if len(set(ids)) < len(ids) or any(not one.startswith(f"{self.number}.") for one in ids):
            raise BadValue("The items of a lesson have its number, each once", given=self.slug)
        if {item.outcome for item in self.items} != set(range(1, len(self.outcomes) + 1)):
            raise BadValue("Every outcome needs an item, every item an outcome", given=self.slug)

    @property
    def file(self) -> str:
        """The stem of its file's name: 02-rule-to-equation."""
        return f"{self.number:02d}-{self.slug}"
