"""Predict, observe, check, hint, solution, progress: what a learner calls. None of them raises.

What was done is noted in a file beside the lessons, and nowhere else.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec

from newswave.core.errors import NewswaveError, plain, shown
from newswave.core.files import write_whole
from newswave.core.journal import Journal, read_journal
from newswave.learn.bank import NUMBERS, item, item_ids
from newswave.learn.bank import lesson as lesson_of
from newswave.learn.items import Choice, Item, Unanswered, Unreadable, is_blank
from newswave.learn.showing import Reply, State
from newswave.report.style import render

P = ParamSpec("P")
DOTS = "Put your answer in place of the dots, and run the cell again."
"""What is said of an answer that is still as it was given out."""

_ASKED: Any = object()
_given_hints: dict[str, int] = {}
_warned: set[str] = set()


class _Instead(Exception):
    """A reply that is given in place of what was asked for."""

    def __init__(self, item: str, state: State, text: str) -> None:
        self.reply = Reply(item, state, text)


def _kindly(act: Callable[P, Reply]) -> Callable[P, Reply]:
    """Turn whatever goes wrong in newswave itself into a reply: a learner sees no traceback."""

    @wraps(act)
    def kind(*args: P.args, **kwargs: P.kwargs) -> Reply:
        named = str(args[0]) if args else ""
        try:
            return act(*args, **kwargs)
        except _Instead as instead:
            return instead.reply
        except Exception as error:
            text = (
                f"newswave could not do this ({plain(f'{type(error).__name__}: {error}', 160)}). "
                "Your answer is not lost: restart the kernel, run the cells from the top, and "
                "tell whoever gave you this lesson."
            )
            return Reply(plain(named, 20), State.NOT_READ, text)

    return kind


@_kindly
def check(question: str, answer: Any = _ASKED) -> Reply:
    """Check an answer.

    Parameters
    ----------
    question : str
        Which, such as "2.1".
    answer : object
        What you found: a number, a letter, numbers in a row, or a function. Left out, the
        question is shown.

    Returns
    -------
    Reply
        "correct", "look again" with what the answer means, why it is not this question's and one
        thing to do now, "not read" if it is of another kind than asked for, or "to do".

    Examples
    --------
    >>> check("2.0", 1).state.value
    'no such question'
    """
    entry = _entry(question)
    if answer is _ASKED:
        return Reply(entry.id, State.TO_DO, entry.asked)
    if entry.is_prediction:
        text = f'This is a prediction, and none is checked: predict("{entry.id}", ...).'
        return Reply(entry.id, State.UNKNOWN, text)
    return _noted("check", _judged(entry, answer), shown(answer, 120))


@_kindly
def predict(question: str, answer: Any = _ASKED, confidence: int = 0) -> Reply:
    """Write a prediction down, before the result is seen; afterwards it stays as it is.

    Parameters
    ----------
    question : str
        Which, such as "3.P1".
    answer : object
        Your prediction. Left out, the question is shown.
    confidence : int
        How sure you are: 1 guessed, 5 certain.
    """
    entry = _entry(question)
    if not entry.is_prediction:
        text = f'This question has an answer that is checked: check("{entry.id}", ...).'
        return Reply(entry.id, State.UNKNOWN, text)
    if answer is _ASKED:
        return Reply(entry.id, State.TO_DO, entry.asked)
    read = _read(entry, answer)
    made = notes().of(entry.id, "predict")
    if made and notes().of(entry.id, "observe"):
        given = _words(entry, _reread(entry, made[-1].answer))
        text = f"You predicted {given}, and have seen what happened. A prediction stays as it was."
        return Reply(entry.id, State.RECORDED, text)
    text = f"You predict {_words(entry, read)}. Go on, and see what happens."
    # As text that `_reread` reads.
    kept = read if isinstance(read, str) else repr(float(read))
    sure = confidence if confidence in range(1, 6) else 0
    return _noted("predict", Reply(entry.id, State.RECORDED, text), kept, sure)


@_kindly
def observe(question: str) -> Reply:
    """Lay a prediction beside what happened; it is not marked.

    Parameters
    ----------
    question : str
        Which, such as "3.P1". It must have been predicted before.
    """
    entry = _entry(question)
    made = notes().of(entry.id, "predict") if entry.is_prediction else ()
    if not made:
        text = f'First say what you expect: predict("{entry.id}", ...), in the cell above.'
        return Reply(entry.id, State.TO_DO, text)
    given, confidence = _reread(entry, made[-1].answer), made[-1].confidence
    judged = _judged(entry, given)
    sure = f" (confidence {confidence} of 5)" if confidence else ""
    right = _words(entry, entry.kind.read(entry.right()))
    happened = f"And so it was: {right}" if judged.state is State.CORRECT else f"It was {right}"
    text = f"You predicted {_words(entry, given)}{sure}. {happened}.\n{judged.text}"
    reply = Reply(entry.id, State.SEEN, text, wrong=judged.wrong)
    if notes().of(entry.id, "observe"):
        return _with_trouble(reply)
    return _noted("observe", reply, made[-1].answer)


@_kindly
def hint(question: str) -> Reply:
    """Give a hint: at first a nudge, then a step, then where to look it up."""
    entry = _entry(question)
    at = min(_given_hints.get(entry.id, 0), len(entry.hints) - 1)
    _given_hints[entry.id] = at + 1
    more = "" if at + 1 == len(entry.hints) else f' For more: hint("{entry.id}") once more.'
    text = f"Hint {at + 1} of {len(entry.hints)}: {entry.hints[at]}{more}"
    return _noted("hint", Reply(entry.id, State.HINT, text), str(at + 1))


@_kindly
def solution(question: str) -> Reply:
    """Show a solution; before the first try it asks for one, once."""
    entry = _entry(question)
    if not notes().of(entry.id, "check", "predict", "solution"):
        notes().add(Note(entry.id, "solution", State.TO_DO.value))
        text = (
            "Have you tried? A wrong try teaches more than a right solution read. Try once, or "
            f'take hint("{entry.id}"). To see the solution all the same, run this again.'
        )
        return Reply(entry.id, State.TO_DO, text)
    given = entry.solution
    return _noted("solution", Reply(entry.id, State.SOLUTION, given.words, given.code))


def _entry(question: str) -> Item:
    """Return the item, or reply which there are."""
    named = str(question).strip()
    try:
        return item(named)
    except NewswaveError:
        near = get_close_matches(named, item_ids(), 3, 0.3) or list(item_ids()[:3])
        text = (
            f"There is no question {shown(named, 30)}. There are, for example: {', '.join(near)}. "
            "Look at the cell above."
        )
        raise _Instead(plain(named, 20), State.UNKNOWN, text) from None


def _read(item: Item, answer: Any, advice: str = "") -> Any:
    """Return an answer as its kind reads it, or reply what is asked for."""
    try:
        if is_blank(answer):
            raise Unanswered
        return item.kind.read(answer)
    except Unanswered:
        raise _Instead(item.id, State.TO_DO, DOTS) from None
    except Unreadable as error:
        raise _Instead(item.id, State.NOT_READ, f"{error} {advice}".strip()) from None


def _judged(item: Item, answer: Any) -> Reply:
    """Return what is to be said of an answer."""
    try:
        given = _read(item, answer, item.otherwise)
    except _Instead as instead:
        return instead.reply
    right, *also = (item.kind.read(one()) for one in (item.right, *item.also))
    if any(item.kind.apart(given, one) <= 1 + 1e-9 for one in (right, *also)):
        return Reply(item.id, State.CORRECT, item.praise)
    for wrong in item.wrong:
        if item.kind.apart(given, item.kind.read(wrong.answer())) <= 1:
            return Reply(item.id, State.LOOK_AGAIN, wrong.reply, wrong=wrong.name)
    text = f"{item.kind.remark(given, right)} {item.otherwise}"
    return Reply(item.id, State.LOOK_AGAIN, text)


def _words(item: Item, read: Any) -> str:
    if isinstance(item.kind, Choice):
        return f'"{read}": {item.kind.words(read).rstrip(".")}'
    return f"{read:g}" if isinstance(read, float) else shown(read, 60)


def _reread(item: Item, kept: str) -> Any:
    return kept if isinstance(item.kind, Choice) else item.kind.read(float(kept))


def _noted(act: str, reply: Reply, answer: str = "", confidence: int = 0) -> Reply:
    """Keep what was done; a question that was only shown is not worth a note."""
    if reply.state is not State.TO_DO:
        notes().add(Note(reply.item, act, reply.state.value, answer, reply.wrong, confidence))
    return _with_trouble(reply)


def _with_trouble(reply: Reply) -> Reply:
    """Return the reply with what is wrong with the notes, said once."""
    trouble = notes().trouble
    if not trouble or trouble in _warned:
        return reply
    _warned.add(trouble)
    return replace(reply, note=trouble)


# Notes: what a learner has done so far, kept in a file beside the lessons.

FILE = "newswave-progress.jsonl"
"""The name of the file, in the folder where the lesson runs."""


@dataclass(frozen=True)
class Note:
    """One thing that a learner did."""

    item: str  # With which question
    act: str  # "check", "predict", "observe", "hint" or "solution"
    state: str  # How the answer stood then
    answer: str = ""  # The answer in short
    wrong: str = ""  # Which named wrong answer it was
    confidence: int = 0  # From 1 to 5, of a prediction; 0 if not given
    when: str = ""  # Date and time, in universal time


class Notes:
    """The notes of one folder; without a file where none can be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        self._lock = threading.Lock()
        self.all = self._read()  # The oldest first

    def of(self, item: str, *acts: str) -> tuple[Note, ...]:
        """Return the notes of one question."""
        return tuple(n for n in self.all if n.item == item and (not acts or n.act in acts))

    def add(self, note: Note) -> None:
        """Keep a note, in the file if that can be."""
        made = replace(note, when=datetime.now(UTC).isoformat(timespec="seconds"))
        with self._lock:
            self.all.append(made)
            try:
                with Journal(self.path) as journal:
                    journal.append(asdict(made))
                self.trouble = ""
            except (NewswaveError, OSError) as error:
                self._cannot(error)

    def _read(self) -> list[Note]:
        try:
            lines = read_journal(self.path).lines if self.path.exists() else ()
        except (NewswaveError, OSError) as error:
            self._cannot(error)
            return []
        known = {field.name for field in fields(Note)}
        rows = [{key: one for key, one in line.items() if key in known} for line in lines]
        return [Note(**line) for line in rows if {"item", "act", "state"} <= set(line)]

    def _cannot(self, error: Exception) -> None:
        self.trouble = "Your progress is kept only until this notebook is closed: " + plain(
            str(error), 200
        )


@cache
def _notes_in(path: Path) -> Notes:
    return Notes(path)


def notes() -> Notes:
    """Return the notes of the folder in which the lesson runs now."""
    return _notes_in(Path.cwd() / FILE)


# Progress: how every question stands, as a table to look at and to hand in.


@dataclass(frozen=True)
class Step:
    """How one question stands."""

    lesson: int  # Of which lesson it is
    question: str  # Its name
    # "correct" once it was, else how the last try stood; "to do" before any. A prediction is not
    # marked: "recorded", then "seen"
    state: str
    tries: int  # How many there were
    hints: int
    solution: str  # "seen" if the solution was looked at

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in (State.CORRECT.value, State.SEEN.value)

    @property
    def is_prediction(self) -> bool:
        """Whether it is a prediction, which is seen or not, and never marked."""
        return item(self.question).is_prediction


@dataclass(frozen=True)
class Progress:
    """How every question stands.

    >>> progress(1).steps[0].lesson
    1
    """

    steps: tuple[Step, ...]

    @property
    def head(self) -> str:
        """How many are done, in words."""
        asked = [step.is_done for step in self.steps if not step.is_prediction]
        made = [step.is_done for step in self.steps if step.is_prediction]
        return (
            f"{sum(asked)} of {len(asked)} questions answered correctly; "
            f"{sum(made)} of {len(made)} predictions made and compared"
        )

    def to_csv(self, path: str | Path) -> Path:
        """Write the table to a CSV file, to be handed in."""
        text = io.StringIO()
        names = [field.name for field in fields(Step)]
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(step) for step in self.steps)
        return write_whole(path, text.getvalue().encode("utf-8"))

    def __repr__(self) -> str:
        """Return the table as text."""
        lines = [self.head, "question  state       tries  hints  solution"]
        lines += [
            f"{s.question:9} {s.state:11} {s.tries:5}  {s.hints:5}  {s.solution}".rstrip()
            for s in self.steps
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the table as HTML."""
        columns = ("question", "state", "tries", "hints", "solution")
        return render("progress.html", head=self.head, columns=columns, steps=self.steps)


def progress(lesson: int | None = None) -> Progress:
    """Return how far you have come; nothing leaves the machine.

    Parameters
    ----------
    lesson : int, optional
        Only of this lesson.

    Returns
    -------
    Progress
        A table; its `to_csv` writes it to a file.

    Raises
    ------
    BadValue
        If there is no such lesson.
    """
    numbers = NUMBERS if lesson is None else (lesson,)
    return Progress(tuple(_step(n, one.id) for n in numbers for one in lesson_of(n).items))


def _step(number: int, named: str) -> Step:
    kept = notes()
    tries = kept.of(named, "check", "predict")
    states = [note.state for note in tries]
    if kept.of(named, "observe"):
        state = State.SEEN.value
    elif State.CORRECT.value in states:
        state = State.CORRECT.value
    else:
        state = states[-1] if states else State.TO_DO.value
    seen = any(n.state == State.SOLUTION.value for n in kept.of(named, "solution"))
    return Step(
        number, named, state, len(tries), len(kept.of(named, "hint")), "seen" if seen else ""
    )


# Cells as learners type them: `predict("1.P1", b)`, `ex1_6 = b` and `check(2.4, ex2_4)` would stop
# with an error, or worse take a `b` of an earlier cell. In IPython, the quotation marks that are
# missing are put in before a cell runs.


_QUOTES = str.maketrans("“”„‟«»‘’‚", '"' * 6 + "'" * 3)
_CALL = re.compile(r"\b(check|predict|observe|hint|solution)\(\s*['\"]?([1-9]\.P?\d+)\b['\"]?")
_GIVEN = re.compile(
    r'\b((?:check|predict)\("([1-9]\.P?\d+)",\s*(?:answer\s*=\s*)?)\(?(\w)\)?\s*(?=[,)])'
)
_NAMED = re.compile(r"^(\s*ex([1-9])_(\d+)\s*=\s*)\(?(\w)\)?[ \t]*(?=#|$)", re.MULTILINE)
_OURS = re.compile(r"\b(?:check|predict|observe|hint|solution)\(|^\s*ex[1-9]_\d+\s*=", re.MULTILINE)


def meant(cell: str) -> str:
    """Return a cell with the quotation marks that its answers and questions lack.

    >>> meant("predict(1.P1, b, confidence=3)")
    'predict("1.P1", "b", confidence=3)'
    >>> meant("ex1_6 = (B)  # my answer"), meant("ex1_5 = b")
    ('ex1_6 = "B"  # my answer', 'ex1_5 = b')
    """
    lines = [
        _CALL.sub(r'\1("\2"', line.translate(_QUOTES)) if _OURS.search(line) else line
        for line in cell.split("\n")
    ]
    whole = _GIVEN.sub(lambda at: _quoted(at[0], at[1], at[2], at[3]), "\n".join(lines))
    return _NAMED.sub(lambda at: _quoted(at[0], at[1], f"{at[2]}.{at[3]}", at[4]), whole)


def _quoted(as_it_was: str, before: str, question: str, letter: str) -> str:
    try:
        kind = item(question).kind
    except NewswaveError:
        return as_it_was
    known = isinstance(kind, Choice) and letter.casefold() in dict(kind.options)
    after = as_it_was[len(as_it_was.rstrip()) :] if known else ""
    return f'{before}"{letter}"{after}' if known else as_it_was


def listen() -> None:
    """Have IPython, if this is one, read cells as they are meant."""
    shell = _shell()
    if shell is not None and _meant_lines not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_meant_lines)


def _shell() -> Any:
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def _meant_lines(lines: list[str]) -> list[str]:
    return meant("".join(lines)).splitlines(keepends=True)
