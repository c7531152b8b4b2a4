"""The tour of the first visit: predict, then look; six steps, each with a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from newswave.app.items import Button, Group, Item, Row, Tone, Words
from newswave.app.page import Message
from newswave.app.pages.explore_state import Explored, Layer
from newswave.app.presets import preset
from newswave.core.equivalents import average_person
from newswave.core.errors import BadValue, whole_number
from newswave.core.setup import Setup

# The steps of the tour: what is shown, what is asked, what the tour says to each answer.


RUNS = frozenset({Layer.BAND})
"""What is shown with every question."""


@dataclass(frozen=True)
class Answer:
    """One answer and what the tour says to it."""

    label: str
    reply: str


@dataclass(frozen=True)
class Step:
    """One step of the tour."""

    title: str  # in a few words
    text: str  # what is on the screen, and what is asked
    question: str
    answers: tuple[Answer, ...]  # two or three
    right: int  # which of them is right
    before: Setup  # what is shown with the question, and once it is answered
    after: Setup
    # what is shown once it is answered; with the question only the runs are
    layers: frozenset[Layer] = RUNS
    # whether the runs of `before` are shown with the question, or only who begins
    shows_before: bool = True


def _alike() -> Setup:
    found = preset("alike")
    return found.setup if found else Setup()


_ALIKE = _alike()
_GROUPS = Setup()
_FEW = replace(_ALIKE.with_degree(4), rounds=60)

STEPS: tuple[Step, ...] = (
    Step(
        "Where the news goes",
        "1000 agents, all alike, each with 8 neighbours. Ten of them share at round 0. In every "
        "round each sharing neighbour makes an agent share with the chance 0.05.",
        "When do most agents start to share? Predict, then press play.",
        (
            Answer(
                "In the first rounds",
                "Not so: at first hardly anybody sees the news, only the neighbours of ten agents. "
                "In round 1 about 4 agents share, in round 17 about 75.",
            ),
            Answer(
                "When about half have shared",
                "Right: a new sharer needs one who shares and one who does not yet. At half there "
                "are plenty of both: about 75 new sharers in round 17, and 4 in round 1. That "
                "makes the S of the curve.",
            ),
            Answer(
                "In the last rounds",
                "Not so: in the end nearly everybody sees the news, but hardly anybody is left to "
                "share it. Most start in round 17, when about half have shared.",
            ),
        ),
        1,
        _ALIKE,
        _ALIKE,
        shows_before=False,
    ),
    Step(
        "Twice the neighbours",
        "With 8 neighbours, half of the agents have shared by round 16. Now every agent gets 16.",
        "By which round will half have shared?",
        (
            Answer(
                "About round 8",
                "Right: round 8. Twice the neighbours are twice the exposure, and so twice the "
                "hazard; that doubles the speed all the way.",
            ),
            Answer(
                "About round 12",
                "It is faster still: round 8. Twice the neighbours are twice the exposure, and so "
                "twice the hazard; that doubles the speed all the way.",
            ),
            Answer(
                "Still about round 16",
                "Not so: round 8. The chance per neighbour is the same, but an agent now sees "
                "twice as many of them share.",
            ),
        ),
        0,
        _ALIKE,
        _ALIKE.with_degree(16),
    ),
    Step(
        "How much is luck",
        "200 runs of the same agents on the same network, each with other luck. 90 % of them "
        "reach half within 3 rounds of one another: the band. Now only one agent shares at round "
        "0 instead of ten.",
        "What happens to the band?",
        (
            Answer(
                "It gets wider",
                "Right: 10 rounds instead of 3. A run lives off its first few sharers. Whether the "
                "one seed agent finds its first followers soon or late shifts the whole curve.",
            ),
            Answer(
                "It stays as wide",
                "It gets wider: 10 rounds instead of 3. With ten seed agents early luck evens out; "
                "with one, it shifts the whole curve.",
            ),
            Answer(
                "It gets narrower",
                "The other way: 10 rounds instead of 3. Fewer seed agents are fewer dice, and few "
                "dice scatter more.",
            ),
        ),
        0,
        _ALIKE,
        replace(_ALIKE, n_seeds=1),
    ),
    Step(
        "The average person",
        "Everybody shares with the chance 0.071 per sharing neighbour: half is reached by round "
        "12. Now two groups with the same mean rate: 40 % of the agents at 0.15, 60 % at 0.015.",
        "By which round will half have shared?",
        (
            Answer(
                "Earlier: the fast ones pull",
                "Later, by round 16. The fast ones do share early, but they are only 40 %. Half "
                "of all needs some of the slow ones, who are ten times slower.",
            ),
            Answer(
                "The same: the mean is the same",
                "Later, by round 16. The mean is the same at round 0 only: the fast ones are soon "
                "done, and the mean rate of who is left falls and falls.",
            ),
            Answer(
                "Later: the slow ones drag",
                "Right: by round 16. The fast ones are soon done, and who is left shares less "
                "readily than the average. An average person stands for nobody here.",
            ),
        ),
        2,
        average_person(_GROUPS),
        _GROUPS,
    ),
    Step(
        "One rate is not enough",
        "The two groups again. Now the classical SI equation with one rate, "
        "i' = beta k i (1 - i), is fitted to these runs as well as it can be.",
        "How far will it be off where it is worst?",
        (
            Answer(
                "Less than 5 percentage points",
                "Far more: 22 points at worst. One rate has to choose between the steep start of "
                "the fast group and the long tail of the slow one, and misses both.",
            ),
            Answer(
                "About 10 points",
                "More: 22 points at worst. One rate has to choose between the steep start of the "
                "fast group and the long tail of the slow one, and misses both.",
            ),
            Answer(
                "More than 20 points",
                "Right: 22 points. With two rates it stays within 1 point. But a second rate that "
                "fits better is no proof of two kinds of agents: the button Test asks how often "
                "luck and network do that.",
            ),
        ),
        2,
        _GROUPS,
        _GROUPS,
        frozenset({Layer.BAND, Layer.ONE_MIXED, Layer.TWO_MIXED}),
    ),
    Step(
        "Everybody meets everybody?",
        "All agents alike again, with 4 neighbours only: half is reached by round 39. The "
        "well-mixed equation gets the agents' true rate, nothing is fitted.",
        "When does the equation reach half?",
        (
            Answer(
                "Earlier than the agents",
                "Right: by round 22 instead of 39. In the equation everybody meets everybody. On "
                "the network the news runs into agents who have it already, and the link it came "
                "over leads nowhere new. The network-aware curve knows that.",
            ),
            Answer(
                "At the same time",
                "Earlier: by round 22 instead of 39. The rate is right, but the equation lets "
                "everybody meet everybody. The network-aware curve, with the same rate, fits.",
            ),
            Answer(
                "Later than the agents",
                "The other way: by round 22 instead of 39. A network holds news up: it runs into "
                "agents who have it already. The network-aware curve knows that.",
            ),
        ),
        0,
        _FEW,
        _FEW,
        frozenset({Layer.BAND, Layer.MASTER, Layer.WELL_MIXED}),
    ),
)
"""In order."""


# The tour of the first visit: predict, then look; six steps, each with a question.


PREFIX = "tour_"

_UNASKED = -1


@dataclass(frozen=True)
class Tour:
    """Where a learner is on the tour.

    >>> tour = advanced(Tour(), AnswerTour(1))
    >>> tour.answer == STEPS[0].right, advanced(tour, TourPress.NEXT).step
    (True, 1)
    """

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
    def layers(self) -> frozenset[Layer] | None:
        """What lies over the curve now; None once the tour is over."""
        if self.is_over:
            return None
        return STEPS[self.step].layers if self.is_answered else RUNS


OVER = Tour(len(STEPS))
"""The tour of somebody who has taken or skipped it."""


class TourPress(StrEnum):
    """The buttons of the tour, by their keys."""

    NEXT = "tour_next"
    BACK = "tour_back"
    SKIP = "tour_skip"
    RESTART = "tour_restart"


@dataclass(frozen=True)
class AnswerTour:
    """Give an answer to the question of the step."""

    answer: int


TourAction = TourPress | AnswerTour


def tour_action(message: Message) -> TourAction | None:
    """Return what a message asks of the tour; None if it is about something else."""
    if not message.key.startswith(PREFIX):
        return None
    if message.kind == "tour_answer" and message.name.isdecimal():
        return AnswerTour(int(message.name))
    if message.is_one_of(TourPress):
        return TourPress(message.key)
    raise _no_button(message.key)


def advanced(tour: Tour, action: TourAction) -> Tour:
    """Return the tour after one of its buttons; one that it does not have now is refused."""
    match action:
        case AnswerTour(number) if not tour.is_over:
            return replace(tour, answer=number)
        case TourPress.NEXT if tour.is_answered:
            return Tour(tour.step + 1)
        case TourPress.BACK if 0 < tour.step < len(STEPS):
            return Tour(tour.step - 1)
        case TourPress.SKIP:
            return OVER
        case TourPress.RESTART:
            return Tour()
    raise _no_button(action.value if isinstance(action, TourPress) else "tour_answer")


def _no_button(given: str) -> BadValue:
    return BadValue("The tour has no such button now", given=given)


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

    >>> [item.label for item in tour_items(OVER)]
    ['Take the tour']
    """
    if tour.is_over:
        return (Button(TourPress.RESTART, "Take the tour", "Six questions: predict, then look."),)
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
    take = Button(TourPress.RESTART, "Take the tour", tone=Tone.MAIN)
    ways = Row("tour_ways", (take, Button(TourPress.SKIP, "Not now", tone=Tone.QUIET)))
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
        buttons.append(Button(TourPress.NEXT, label, tone=Tone.MAIN))
    if tour.step:
        buttons.append(Button(TourPress.BACK, "Back"))
    buttons.append(Button(TourPress.SKIP, "Skip the tour", tone=Tone.QUIET))
    return Row("tour_ways", tuple(buttons))
