"""The tour: predict, then look; six steps, each with a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from newswave.app.links import setup_of
from newswave.app.page import Button, Group, Item, Message, Row, Tone, Words, content
from newswave.core.errors import BadValue, whole_number
from newswave.core.setup import Setup

RUNS = frozenset({"band"})
"""The layers that are shown with every question."""


@dataclass(frozen=True)
class Answer:
    """One answer and what the tour says to it."""

    label: str
    reply: str


@dataclass(frozen=True)
class Step:
    """One step of the tour."""

    title: str  # in a few words
    text: str  # what is on the screen
    question: str  # what is asked
    answers: tuple[Answer, ...]  # two or three
    right: int  # which of them is right
    before: Setup  # what is shown with the question
    after: Setup  # what is shown once it is answered
    # the layers that are shown once it is answered; with the question only the runs are
    layers: frozenset[str] = RUNS
    # whether the runs of `before` are shown with the question, or only who begins
    shows_before: bool = True


def _step(given: dict[str, Any]) -> Step:
    made = {
        "answers": tuple(Answer(**one) for one in given["answers"]),
        "before": setup_of(given["before"]).setup,
        "after": setup_of(given["after"]).setup,
        "layers": frozenset(given["layers"]),
    }
    return Step(**(given | made))


STEPS: tuple[Step, ...] = tuple(map(_step, content("tour")["steps"]))
"""In order."""

_UNASKED = -1


@dataclass(frozen=True)
class Tour:
    """Where a learner is on the tour."""

    step: int = 0  # which step, from 0; as many as there are steps once it is over
    answer: int = _UNASKED  # which answer was given to it; -1 for none yet

    def __post_init__(self) -> None:
        whole_number("The step of the tour", self.step, 0, len(STEPS))
        answers = 0 if self.is_over else len(STEPS[self.step].answers)
        whole_number("The answer", self.answer, _UNASKED, answers - 1)

    @property
    def is_over(self) -> bool:
        """Whether the tour was finished or skipped."""
        return self.step == len(STEPS)

    @property
    def is_answered(self) -> bool:
        """Whether the question of this step was answered."""
        return self.answer != _UNASKED

    @property
    def is_asking(self) -> bool:
        """Whether a question waits for its answer."""
        return not self.is_over and not self.is_answered

    @property
    def shows_runs(self) -> bool:
        """Whether runs are to be seen now, or only who begins."""
        return not self.is_asking or STEPS[self.step].shows_before

    @property
    def setup(self) -> Setup | None:
        """What is to be shown now; None once the tour is over."""
        if self.is_over:
            return None
        here = STEPS[self.step]
        return here.after if self.is_answered else here.before

    @property
    def layers(self) -> frozenset[str]:
        """What lies over the curve now."""
        return STEPS[self.step].layers if self.is_answered else RUNS


OVER = Tour(len(STEPS))
"""The tour of somebody who has taken or skipped it."""


def is_of_tour(message: Message) -> bool:
    """Return whether a message is about the tour."""
    return message.key.startswith("tour_")


def advanced(tour: Tour, message: Message) -> Tour:
    """Return the tour after one of its buttons; one that it does not have now is refused."""
    match message.kind:
        case "tour_answer" if message.name.isdecimal() and not tour.is_over:
            return replace(tour, answer=int(message.name))
        case "tour_next" if tour.is_answered:
            return Tour(tour.step + 1)
        case "tour_back" if 0 < tour.step < len(STEPS):
            return Tour(tour.step - 1)
        case "tour_skip":
            return OVER
        case "tour_restart":
            return Tour()
    raise BadValue("The tour has no such button now", given=message.key)


def tour_items(tour: Tour) -> tuple[Item, ...]:
    """Return the tour as items of a page."""
    if tour.is_over:
        return (Button("tour_restart", "Take the tour", "Six questions: predict, then look."),)
    here = STEPS[tour.step]
    items: list[Item] = [Words("tour_text", here.text)]
    if not tour.is_answered:
        answers = (Button(f"tour_answer:{n}", one.label) for n, one in enumerate(here.answers))
        items.append(Words("tour_question", here.question, Tone.NOTE))
        items.append(Row("tour_answers", tuple(answers)))
    else:
        items += _replied(here, tour.answer)
    title = f"Tour, {tour.step + 1} of {len(STEPS)}: {here.title}"
    return (Group("tour", title, (*items, _ways(tour))),)


def _replied(here: Step, answer: int) -> list[Item]:
    """Return what was asked, what was answered, and what the tour says to it."""
    given = here.answers[answer]
    tone = Tone.GOOD if answer == here.right else Tone.NOTE
    asked = f"{here.question} You said: {given.label}."
    return [Words("tour_asked", asked, Tone.QUIET), Words("tour_reply", given.reply, tone, True)]


def _ways(tour: Tour) -> Item:
    """Return the buttons that lead on, back and out."""
    last = tour.step == len(STEPS) - 1
    buttons: list[Item] = []
    if tour.is_answered:
        label = "Finish: all controls are yours" if last else "Next"
        buttons.append(Button("tour_next", label, tone=Tone.MAIN))
    if tour.step:
        buttons.append(Button("tour_back", "Back"))
    buttons.append(Button("tour_skip", "Skip the tour", tone=Tone.QUIET))
    return Row("tour_ways", tuple(buttons))
