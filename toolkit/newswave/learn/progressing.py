"""How far a learner has come, as a table to look at and to hand in."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from html import escape
from pathlib import Path

from newswave.files import write_whole
from newswave.learn.bank import NUMBERS, item, lesson
from newswave.learn.notes import Note, notes
from newswave.learn.replies import State


@dataclass(frozen=True)
class Step:
    """How one question stands.

    Parameters
    ----------
    lesson : int
        Of which lesson it is.
    question : str
        Its name.
    state : str
        "correct" once it was, else how the last try stood; "to do" before any. A prediction is not
        marked: "recorded", then "seen".
    tries, hints : int
        How many there were.
    solution : str
        "seen" if the solution was looked at.
    """

    lesson: int
    question: str
    state: str
    tries: int
    hints: int
    solution: str

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

    Examples
    --------
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
        """Write the table to a CSV file, to be handed in.

        Raises
        ------
        BadFile
            If it cannot be written.
        """
        held = io.StringIO()
        names = [field.name for field in fields(Step)]
        writer = csv.DictWriter(held, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(step) for step in self.steps)
        return write_whole(path, held.getvalue().encode("utf-8"))

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
        heads = "".join(
            f"<th scope='col'>{name}</th>"
            for name in ("question", "state", "tries", "hints", "solution")
        )
        rows = "".join(
            f"<tr><th scope='row'>{escape(s.question)}</th><td>{escape(s.state)}</td>"
            f"<td>{s.tries}</td><td>{s.hints}</td><td>{escape(s.solution)}</td></tr>"
            for s in self.steps
        )
        return f"<table><caption>{escape(self.head)}</caption><tr>{heads}</tr>{rows}</table>"


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
    return Progress(tuple(step for number in _numbers(lesson) for step in _steps(number)))


def _numbers(number: int | None) -> tuple[int, ...]:
    return NUMBERS if number is None else (number,)


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
