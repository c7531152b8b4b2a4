"""The steps of the tour: what is shown, what is asked, what the tour says to each answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newswave.equivalents import average_person
from newswave.setups import Setup
from newswave.views.explorer.explore.state import Layer
from newswave.views.explorer.presets import preset

RUNS = frozenset({Layer.BAND})
"""What is shown with every question."""


@dataclass(frozen=True)
class Answer:
    """One answer and what the tour says to it."""

    label: str
    reply: str


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    Parameters
    ----------
    title : str
        In a few words.
    text, question : str
        What is on the screen, and what is asked.
    answers : tuple of Answer
        Two or three.
    right : int
        Which of them is right.
    before, after : Setup
        What is shown with the question, and once it is answered.
    layers : frozenset of Layer
        What is shown once it is answered; with the question only the runs are.
    shows_before : bool
        Whether the runs of `before` are shown with the question, or only who begins.
    """

    title: str
    text: str
    question: str
    answers: tuple[Answer, ...]
    right: int
    before: Setup
    after: Setup
    layers: frozenset[Layer] = RUNS
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
