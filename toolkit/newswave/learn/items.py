"""What a lesson asks: kinds of answers, items with their named wrong answers, lessons."""

from __future__ import annotations

import io
import math
import re
from abc import ABC, abstractmethod
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from inspect import getsource
from numbers import Real
from typing import Any

import numpy as np

from newswave.core.errors import BadValue, plain, shown

# Kinds of answers: how each is read, and how far two of them lie apart.

FAR = float("inf")

_NUMBER = re.compile(r"([+\-−]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?)(\s*%)?(?<!\s)")

_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")  # 1,000 may be one or a thousand


class Unreadable(Exception):
    """An answer of another kind than was asked for; its text says what is asked for."""


class Unanswered(Exception):
    """No answer yet."""


def is_blank(answer: Any) -> bool:
    """Return whether nothing has been answered yet.

    >>> is_blank(...), is_blank(None), is_blank(" "), is_blank(0)
    (True, True, True, False)
    """
    return answer is ... or answer is None or (isinstance(answer, str) and not answer.strip())


class Kind(ABC):
    """A kind of answer; `thinking` is how many minutes one takes to find, beside the reading."""

    thinking: float = 3.0

    @property
    def precision(self) -> str:
        """How exact an answer has to be, as a sentence; empty where that is no matter."""
        return ""

    @abstractmethod
    def read(self, answer: Any) -> Any:
        """Return an answer in the form in which it is compared."""

    def apart(self, one: Any, other: Any) -> float:
        """Return how far two read answers lie apart, in tolerances; infinity if beyond all."""
        return 0.0 if one == other else FAR

    def remark(self, given: Any, right: Any) -> str:  # noqa: ARG002
        """Return what can be said of an answer that has no name."""
        return "That is not it yet."


@dataclass(frozen=True)
class Number(Kind):
    """One number.

    >>> kind = Number(0.5, "rounds")
    >>> kind.apart(kind.read("12,0"), 11), kind.precision
    (2.0, '0.5 rounds more or less is fine.')
    """

    # How far from the right one it may lie. The question says it, in the words of `precision`
    tolerance: float
    unit: str = ""  # What is counted, such as "rounds"
    above: float = -FAR  # Above what it must lie, however near to the right one

    def __post_init__(self) -> None:
        if not self.tolerance > 0:
            raise BadValue("A tolerance must be above 0", given=self.tolerance)

    @property
    def precision(self) -> str:
        """How exact an answer has to be."""
        limit = "" if self.above == -FAR else f" It is above {self.above:g}."
        return precision(self.tolerance, self.unit) + limit

    def read(self, answer: Any) -> float:
        """Return the number; one in text, a list of one, or NumPy's forms of it are read, too."""
        if callable(answer):
            raise Unreadable("A number is asked for, and this is a function. Call it.")
        one = _single(answer)
        if isinstance(one, str):
            one = self._in_text(one)
        if isinstance(one, bool | np.bool_) or not isinstance(one, Real | Decimal):
            raise Unreadable(f"One number is asked for, and this is {shown(answer, 60)}")
        try:
            return _finite(float(one))
        except OverflowError:
            raise Unreadable("This number is too large for a computer to work with.") from None

    def _in_text(self, text: str) -> float:
        match = _NUMBER.fullmatch(text.strip())
        if match is None or _THOUSANDS.fullmatch(text.strip()):
            raise Unreadable(f"A number is asked for, and this is text: '{plain(text, 40)}'.")
        if match[2] and not isinstance(self, Share):
            raise Unreadable(f"A number of {self.unit or 'its own'} is asked for, not percent.")
        number = float(match[1].replace(",", ".").replace("−", "-"))
        return number / 100 if match[2] else number

    def apart(self, one: float, other: float) -> float:
        """Return the distance in tolerances."""
        possible = min(one, other) > self.above or one == other
        return abs(one - other) / self.tolerance if possible else FAR

    def remark(self, given: float, right: float) -> str:
        """Return whether it is too large or too small, or what simple slip it is."""
        if right and self.apart(-given, right) <= 1:
            return "The number is right but its sign is not."
        if any(given == round(right, digits) for digits in range(1, 4)):
            return f"That is right as far as it goes, but not exact enough. {self.precision}"
        what = f"{given:.4g} {self.unit}".rstrip()
        return f"{what} is too large." if given > right else f"{what} is too small."


@dataclass(frozen=True)
class Share(Number):
    """A probability or another part of a whole, from 0 to 1.

    >>> kind = Share(0.005)
    >>> kind.read("25 %"), kind.remark(25.0, 0.25)[:24]
    (0.25, 'That looks like percent.')
    """

    def remark(self, given: float, right: float) -> str:
        """Return what a number is that is no such part, or another one."""
        if given > 1 and abs(given / 100 - right) <= max(self.tolerance, abs(right) / 50):
            return "That looks like percent. Here a fraction between 0 and 1 is asked for."
        if self.apart(1 - given, right) <= 1:
            return "That is 1 minus the answer: the chance of the opposite."
        if given > 0 and self.apart(given / (1 + given), right) <= 1:
            return "Those are odds, o = p / (1 − p). The probability is p = o / (1 + o)."
        if not -1 <= given <= 1 or (given < 0 and right > 0):
            return f"{given:.4g} cannot be: what is asked for lies between 0 and 1."
        return super().remark(given, right)


@dataclass(frozen=True)
class Numbers(Kind):
    """Several numbers in a row."""

    count: int  # How many
    tolerance: float  # How far each may lie from its right one
    what: str = "numbers"  # What they are, such as "one for each round"

    @property
    def precision(self) -> str:
        """How exact an answer has to be."""
        return precision(self.tolerance)

    def read(self, answer: Any) -> Any:
        """Return the numbers as an array."""
        if isinstance(answer, Iterable) and not hasattr(answer, "__array__"):
            answer = [answer] if isinstance(answer, str | dict) else list(answer)
        try:
            row = np.asarray(answer, float)
        except (TypeError, ValueError, OverflowError):
            raise Unreadable(f"{self.count} numbers are asked for: {self.what}.") from None
        if row.ndim > 1 and row.size == max(row.shape):
            row = row.ravel()
        if row.shape != (self.count,):
            size = f"{row.size} of them" if row.ndim == 1 else f"of shape {row.shape}"
            raise Unreadable(f"{self.count} numbers are asked for ({self.what}); this is {size}.")
        return np.array([_finite(one) for one in row])

    def apart(self, one: Any, other: Any) -> float:
        """Return the largest distance in tolerances."""
        return float(np.abs(one - other).max()) / self.tolerance

    def remark(self, given: Any, right: Any) -> str:
        """Return where the first number goes wrong."""
        first = int(np.argmax(np.abs(given - right) > self.tolerance))
        return f"Number {first + 1} of your {self.count}, {given[first]:.4g}, is not right yet."


@dataclass(frozen=True)
class Choice(Kind):
    """One of several; an option is a letter and its words."""

    options: tuple[tuple[str, str], ...]
    thinking: float = field(default=1.0, kw_only=True)

    def read(self, answer: Any) -> str:
        """Return the letter; brackets, full stops and the words of the option may be with it."""
        one = _single(answer)
        given = " ".join(one.split()).casefold() if isinstance(one, str) else ""
        bare = re.match(r"[\W_]*(\w)(?:[).:\]].*|[\W_]*)$", given)
        for letter, words in self.options:
            if (bare and bare[1] == letter) or given.strip(" .") == words.casefold().strip(" ."):
                return letter
        named = ", ".join(f'"{letter}"' for letter, _ in self.options)
        raise Unreadable(f"One of {named} is asked for; this is {shown(answer, 40)}.")

    def words(self, letter: str) -> str:
        """Return the words of an option."""
        return dict(self.options)[letter]


@dataclass(frozen=True)
class Function(Kind):
    """A function, judged by what it returns."""

    cases: tuple[tuple[Any, ...], ...]  # The arguments it is called with, one call for each
    tolerance: float  # How far each number that it returns may lie from the right one
    thinking: float = field(default=5.0, kw_only=True)

    def read(self, answer: Any) -> Any:
        """Return all that it returns, as one array."""
        if not callable(answer):
            raise Unreadable(
                f"A function is asked for, its name without brackets; this is {shown(answer, 40)}."
            )
        return np.concatenate([_called(answer, case) for case in self.cases])

    def apart(self, one: Any, other: Any) -> float:
        """Return the largest distance in tolerances; infinity where one has no number."""
        if one.shape != other.shape:
            return FAR
        same = np.isnan(one) & np.isnan(other)
        gaps = np.where(same, 0.0, np.abs(one - other))
        return FAR if np.isnan(gaps).any() else float(gaps.max()) / self.tolerance

    def remark(self, given: Any, right: Any) -> str:
        """Return the first call whose result is not right."""
        if given.shape != right.shape:
            return "Your function returns another number of values than it should."
        wrong = ~(np.abs(given - right) <= self.tolerance)
        at = int(np.argmax(wrong))
        return (
            f"One of the values that your function returned is {given[at]:.4g}, "
            f"and {right[at]:.4g} was expected there."
        )


@dataclass(frozen=True)
class Remark:
    """What a judge says of an answer that is neither right nor a named wrong one."""

    name: str  # Which of the question's remarks
    values: Mapping[str, object] = field(default_factory=dict)  # What is put into it
    is_read: bool = True  # Whether the answer could be read at all


@dataclass(frozen=True)
class Judged(Kind):
    """Anything that a judge can judge."""

    # Takes the answer; returns "right", the name of one of the item's wrong answers, or a remark.
    # May raise `Unreadable` or `Unanswered`
    judge: Callable[[Any], str | Remark]
    thinking: float = 5.0  # Minutes that one takes to find it
    remarks: Mapping[str, str] = field(default_factory=dict)

    def read(self, answer: Any) -> str:
        """Return "right", the name of a wrong answer, or a remark in words."""
        said = self.judge(answer)
        if isinstance(said, str):
            return said
        words = self.remarks[said.name].format_map(said.values)
        if not said.is_read:
            raise Unreadable(words)
        return words

    def remark(self, given: str, right: str) -> str:  # noqa: ARG002
        """Return the judge's sentence."""
        return given


def _finite(number: float) -> float:
    if not np.isfinite(number):
        raise Unreadable(
            f"The result is {number}, which is no number to compare: look for a division by zero, "
            "an empty list or a logarithm of zero."
        )
    return number


def _single(answer: Any) -> Any:
    """Return what a row of one holds, and everything else as it is."""
    if isinstance(answer, list | tuple) and len(answer) == 1:
        return answer[0]
    is_one = isinstance(answer, np.ndarray | np.generic) and answer.size == 1
    return answer.item() if is_one else answer


def precision(tolerance: float, unit: str = "") -> str:
    """Return a tolerance in words, as the end of a question.

    >>> precision(0.005), precision(0.1), precision(0.3, "links")
    ('To two decimals.', 'To one decimal.', 'A whole number.')
    """
    for digits, sentence in enumerate(_DECIMALS, 1):
        if any(math.isclose(tolerance, part * 10**-digits) for part in (0.5, 1)):
            return sentence
    if 0.25 <= tolerance < 0.5:
        return "A whole number."
    return f"{f'{tolerance:g} {unit}'.rstrip()} more or less is fine."


_DECIMALS = ("To one decimal.", "To two decimals.", "To three decimals.")


def _called(function: Callable[..., Any], case: tuple[Any, ...]) -> Any:
    """Return what a learner's function returns for some arguments, as an array."""
    with_what = ", ".join(shown(part, 40) for part in case)
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            made = function(*deepcopy(case))
    except Exception as error:
        reason = plain(f"{type(error).__name__}: {error}", 120)
        raise Unreadable(f"Called with ({with_what}), your function stopped: {reason}") from None
    if made is None and not _has_dots(function):
        raise Unreadable(
            f"Called with ({with_what}), your function "
            + ("prints its result, and returns nothing: write return in place of print."
               if printed.getvalue().strip() else
               "returns nothing (None): its last line has to be return, and what it found.")
        )  # fmt: skip
    print(printed.getvalue(), end="")
    if is_blank(made):
        raise Unanswered
    try:
        return np.atleast_1d(np.asarray(made, float)).ravel()
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(
            f"Called with ({with_what}), your function should return numbers; "
            f"it returned {shown(made, 40)}."
        ) from None


def _has_dots(function: Callable[..., Any]) -> bool:
    """Return whether a function still has the dots of the exercise."""
    try:
        source = getsource(function)
    except (OSError, TypeError):
        return False
    return bool(re.search(r"(?:^|:)\s*(?:return )?\.\.\.", source, re.MULTILINE))


# Items and lessons.

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


def between(limits: tuple[float, ...], value: float, letters: str = "abc") -> str:
    """Return the letter of the stretch between limits in which a value lies.

    >>> between((0.1, 0.5), 0.3)
    'b'
    """
    return letters[bisect(limits, value)]


def passes(fraction: Any, level: float = 0.5) -> float:
    """Return the round in which a curve passes a level, between rounds; NaN if it does not."""
    return float(np.interp(level, fraction, np.arange(len(fraction)), right=np.nan))


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
        if len(self.wrong) < 2:
            raise BadValue("An item needs two named wrong answers or more", given=self.id)
        if self.is_prediction and not isinstance(self.kind, Choice | Number):
            raise BadValue("A prediction is a choice or a number", given=self.id)
        if not 2 <= len(self.hints) <= 3:
            raise BadValue("An item needs two or three hints", given=self.id)

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
