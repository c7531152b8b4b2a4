"""The tour of the first visit: predict, then look; six steps, each with a question."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newswave.errors import BadValue, whole_number
from newswave.setups import Setup
from newswave.views.explorer.explore.state import Explored, Layer
from newswave.views.explorer.items import Button, Group, Item, Row, Tone, Words
from newswave.views.explorer.toursteps import RUNS, Step
from newswave.views.explorer.toursteps import STEPS as STEPS

PREFIX = "tour_"

_UNASKED = -1


@dataclass(frozen=True)
class Tour:
    """Where a learner is on the tour.

    Parameters
    ----------
    step : int
        Which step, from 0; as many as there are steps once it is over.
    answer : int
        Which answer was given to it; -1 for none yet.

    Examples
    --------
    >>> tour = advanced(Tour(), "tour_answer:1", None)
    >>> tour.answer == STEPS[0].right, advanced(tour, "tour_next", None).step
    (True, 1)
    """

    step: int = 0
    answer: int = _UNASKED

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
    def layers(self) -> frozenset[Layer] | None:
        """What lies over the curve now; None once the tour is over."""
        if self.is_over:
            return None
        return STEPS[self.step].layers if self.is_answered else RUNS


OVER = Tour(len(STEPS))
"""The tour of somebody who has taken or skipped it."""


def advanced(tour: Tour, key: str, value: object = None) -> Tour:  # noqa: ARG001
    """Return the tour after a learner pressed one of its buttons.

    Parameters
    ----------
    tour : Tour
        Where it stands.
    key : str
        Of the button.
    value : object
        Not used: buttons have none.

    Raises
    ------
    BadValue
        If the tour has no such button now.
    """
    match key.removeprefix(PREFIX).split(":"):
        case ["answer", number] if not tour.is_over and number.isdecimal():
            return replace(tour, answer=int(number))
        case ["next"] if tour.is_answered:
            return Tour(tour.step + 1)
        case ["back"] if 0 < tour.step < len(STEPS):
            return Tour(tour.step - 1)
        case ["skip"]:
            return OVER
        case ["restart"]:
            return Tour()
    raise BadValue("The tour has no such button now", given=key)


def toured(state: Explored, tour: Tour) -> Explored:
    """Return the Explore page as the tour shows it; where the tour is over, as it was.

    >>> toured(Explored(), Tour()).layers == RUNS
    True
    """
    if tour.setup is None or tour.layers is None:
        return state
    return replace(state.with_setup(tour.setup), layers=tour.layers, run=0)


def tour_items(tour: Tour) -> tuple[Item, ...]:
    """Return the tour as items of a page.

    Examples
    --------
    >>> [item.label for item in tour_items(OVER)]
    ['Take the tour']
    """
    if tour.is_over:
        return (Button("tour_restart", "Take the tour", "Six questions: predict, then look."),)
    here = STEPS[tour.step]
    items: list[Item] = [Words("tour_text", here.text)]
    if not tour.is_answered:
        items += [Words("tour_question", here.question, Tone.NOTE), _answers(here)]
    else:
        items += _replied(here, tour.answer)
    title = f"Tour, {tour.step + 1} of {len(STEPS)}: {here.title}"
    return (Group("tour", title, (*items, _ways(tour))),)


def invitation_items() -> tuple[Item, ...]:
    """Return what asks somebody who is here for the first time whether to take the tour."""
    words = "Six questions, a minute each: predict, then look. Or play: all can be undone."
    take = Button("tour_restart", "Take the tour", tone=Tone.MAIN)
    ways = Row("tour_ways", (take, Button("tour_skip", "Not now", tone=Tone.QUIET)))
    return (Group("tour", "New here?", (Words("tour_text", words), ways)),)


def _answers(here: Step) -> Item:
    buttons = (Button(f"tour_answer:{n}", one.label) for n, one in enumerate(here.answers))
    return Row("tour_answers", tuple(buttons))


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
