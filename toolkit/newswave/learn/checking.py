"""Predict, observe, check, hint, solution, progress: what a learner calls. None of them raises."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from newswave.core.errors import NewswaveError, plain, shown
from newswave.core.files import write_whole
from newswave.learn.bank import NUMBERS, item, item_ids, lesson
from newswave.learn.items import Item, Wrong
from newswave.learn.kinds import Choice, Unanswered, Unreadable, is_blank
from newswave.learn.notes import Note, notes
from newswave.learn.replies import Reply, State
from newswave.report.html import render

P = ParamSpec("P")
DOTS = "Put your answer in place of the dots, and run the cell again."
"""What is said of an answer that is still as it was given out."""

_ASKED: Any = object()
_given_hints: dict[str, int] = {}
_warned: set[str] = set()


def _kindly(act: Callable[P, Reply]) -> Callable[P, Reply]:
    """Turn whatever goes wrong in newswave itself into a reply: a learner sees no traceback."""

    @wraps(act)
    def kind(*args: P.args, **kwargs: P.kwargs) -> Reply:
        named = str(args[0]) if args else ""
        try:
            return act(*args, **kwargs)
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
    if isinstance(entry, Reply):
        return entry
    if answer is _ASKED:
        return Reply(entry.id, State.TO_DO, entry.asked)
    if entry.is_prediction:
        text = f'This is a prediction, and none is checked: predict("{entry.id}", ...).'
        return Reply(entry.id, State.UNKNOWN, text)
    reply, wrong = _judged(entry, answer)
    _note(Note(entry.id, "check", reply.state.value, shown(answer, 120), wrong), reply)
    return _with_note(reply)


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
    if isinstance(entry, Reply):
        return entry
    if not entry.is_prediction:
        text = f'This question has an answer that is checked: check("{entry.id}", ...).'
        return Reply(entry.id, State.UNKNOWN, text)
    if answer is _ASKED:
        return Reply(entry.id, State.TO_DO, entry.asked)
    try:
        if is_blank(answer):
            raise Unanswered
        read = entry.kind.read(answer)
    except Unanswered:
        return Reply(entry.id, State.TO_DO, DOTS)
    except Unreadable as error:
        return Reply(entry.id, State.NOT_READ, str(error))
    kept = _made(entry) if notes().of(entry.id, "observe") else None
    if kept is not None:
        given = _words(entry, _reread(entry, kept.answer))
        text = f"You predicted {given}, and have seen what happened. A prediction stays as it was."
        return Reply(entry.id, State.RECORDED, text)
    sure = confidence if confidence in range(1, 6) else 0
    note = Note(entry.id, "predict", State.RECORDED.value, _worth_keeping(read), "", sure)
    text = f"You predict {_words(entry, read)}. Go on, and see what happens."
    reply = Reply(entry.id, State.RECORDED, text)
    _note(note, reply)
    return _with_note(reply)


@_kindly
def observe(question: str) -> Reply:
    """Lay a prediction beside what happened; it is not marked.

    Parameters
    ----------
    question : str
        Which, such as "3.P1". It must have been predicted before.
    """
    entry = _entry(question)
    if isinstance(entry, Reply):
        return entry
    made = _made(entry)
    if made is None:
        text = f'First say what you expect: predict("{entry.id}", ...), in the cell above.'
        return Reply(entry.id, State.TO_DO, text)
    given = _reread(entry, made.answer)
    judged, wrong = _judged(entry, given)
    sure = f" (confidence {made.confidence} of 5)" if made.confidence else ""
    right = _words(entry, entry.kind.read(entry.right()))
    happened = f"And so it was: {right}" if judged.state is State.CORRECT else f"It was {right}"
    head = f"You predicted {_words(entry, given)}{sure}. {happened}."
    reply = Reply(entry.id, State.SEEN, f"{head}\n{judged.text}", wrong=wrong)
    if not notes().of(entry.id, "observe"):
        _note(Note(entry.id, "observe", reply.state.value, made.answer, wrong), reply)
    return _with_note(reply)


@_kindly
def hint(question: str) -> Reply:
    """Give a hint: at first a nudge, then a step, then where to look it up."""
    entry = _entry(question)
    if isinstance(entry, Reply):
        return entry
    at = min(_given_hints.get(entry.id, 0), len(entry.hints) - 1)
    _given_hints[entry.id] = at + 1
    more = "" if at + 1 == len(entry.hints) else f' For more: hint("{entry.id}") once more.'
    text = f"Hint {at + 1} of {len(entry.hints)}: {entry.hints[at]}{more}"
    reply = Reply(entry.id, State.HINT, text)
    _note(Note(entry.id, "hint", reply.state.value, str(at + 1)), reply)
    return _with_note(reply)


@_kindly
def solution(question: str) -> Reply:
    """Show a solution; before the first try it asks for one, once."""
    entry = _entry(question)
    if isinstance(entry, Reply):
        return entry
    if not notes().of(entry.id, "check", "predict", "solution"):
        _note(Note(entry.id, "solution", State.TO_DO.value), None)
        text = (
            "Have you tried? A wrong try teaches more than a right solution read. Try once, or "
            f'take hint("{entry.id}"). To see the solution all the same, run this again.'
        )
        return Reply(entry.id, State.TO_DO, text)
    reply = Reply(entry.id, State.SOLUTION, entry.solution.words, entry.solution.code)
    _note(Note(entry.id, "solution", reply.state.value), reply)
    return _with_note(reply)


def _made(entry: Item) -> Note | None:
    """Return the last prediction that was made before the result was seen."""
    made = notes().of(entry.id, "predict") if entry.is_prediction else ()
    return made[-1] if made else None


def _entry(question: str) -> Item | Reply:
    """Return the item, or a reply that says which there are."""
    named = str(question).strip()
    try:
        return item(named)
    except NewswaveError:
        near = get_close_matches(named, item_ids(), 3, 0.3) or list(item_ids()[:3])
        text = f"There is no question {shown(named, 30)}. There are, for example: {', '.join(near)}"
        return Reply(plain(named, 20), State.UNKNOWN, f"{text}. Look at the cell above.")


def _judged(item: Item, answer: Any) -> tuple[Reply, str]:
    """Return what is to be said of an answer, and the name of the wrong one that it is."""
    try:
        if is_blank(answer):
            raise Unanswered
        given = item.kind.read(answer)
    except Unanswered:
        return Reply(item.id, State.TO_DO, DOTS), ""
    except Unreadable as error:
        return Reply(item.id, State.NOT_READ, f"{error} {item.otherwise}"), ""
    right, *also = (item.kind.read(one()) for one in (item.right, *item.also))
    if any(item.kind.apart(given, one) <= 1 + 1e-9 for one in (right, *also)):
        return Reply(item.id, State.CORRECT, item.praise), ""
    wrong = _named(item, given)
    if wrong is not None:
        return Reply(item.id, State.LOOK_AGAIN, wrong.reply, wrong=wrong.name), wrong.name
    text = f"{item.kind.remark(given, right)} {item.otherwise}"
    return Reply(item.id, State.LOOK_AGAIN, text), ""


def _named(item: Item, given: Any) -> Wrong | None:
    """Return the wrong answer that this one is, if it has a name."""
    for wrong in item.wrong:
        if item.kind.apart(given, item.kind.read(wrong.answer())) <= 1:
            return wrong
    return None


def _words(item: Item, read: Any) -> str:
    if isinstance(item.kind, Choice):
        return f'"{read}": {item.kind.words(read).rstrip(".")}'
    return f"{read:g}" if isinstance(read, float) else shown(read, 60)


def _worth_keeping(read: Any) -> str:
    """Return a prediction as text that `_reread` reads."""
    return read if isinstance(read, str) else repr(float(read))


def _reread(item: Item, kept: str) -> Any:
    return kept if isinstance(item.kind, Choice) else item.kind.read(float(kept))


def _note(note: Note, reply: Reply | None) -> None:
    """Keep what was done; a question that was only shown is not worth a note."""
    if reply is None or reply.state is not State.TO_DO:
        notes().add(note)


def _with_note(reply: Reply) -> Reply:
    """Return the reply with what is wrong with the notes, said once."""
    trouble = notes().trouble
    if not trouble or trouble in _warned:
        return reply
    _warned.add(trouble)
    return Reply(reply.item, reply.state, reply.text, reply.code, reply.wrong, trouble)


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
    return Progress(tuple(step for number in numbers for step in _steps(number)))


def _steps(number: int) -> list[Step]:
    return [_step(number, one.id) for one in lesson(number).items]


def _step(number: int, named: str) -> Step:
    kept = notes()
    tries = kept.of(named, "check", "predict")
    is_observed = bool(kept.of(named, "observe"))
    seen = any(n.state == State.SOLUTION.value for n in kept.of(named, "solution"))
    hints = len(kept.of(named, "hint"))
    state = State.SEEN.value if is_observed else _state(tries)
    return Step(number, named, state, len(tries), hints, "seen" if seen else "")


def _state(tries: tuple[Note, ...]) -> str:
    if any(note.state == State.CORRECT.value for note in tries):
        return State.CORRECT.value
    return tries[-1].state if tries else State.TO_DO.value


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
