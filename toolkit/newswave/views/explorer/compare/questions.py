"""Starting points of the Compare page: each asks one question of A by making a B of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from newswave.describing import true_rates
from newswave.equivalents import average_person, same_contact_pressure
from newswave.errors import NewswaveError
from newswave.recipes import RandomRegular
from newswave.setups import Attention, Setup
from newswave.views.explorer.readings import degree_of


class Guess(Enum):
    """What a learner can predict, and what can come of it."""

    A = "A"
    B = "B"
    SAME = "no difference"


@dataclass(frozen=True)
class Question:
    """One question.

    Parameters
    ----------
    key, label : str
        Its name in acts and on its button.
    asks : str
        The question, and what B differs by, in words.
    expected : Guess
        Which one is faster.
    why : str
        Why that is so.
    made : callable
        B from A; None, or an error, where this A cannot be asked.
    """

    key: str
    label: str
    asks: str
    expected: Guess
    why: str
    made: Callable[[Setup], Setup | None]

    def pair(self, setup: Setup) -> tuple[Setup, Setup]:
        """Return A and B: A is `setup` if the question can be asked of it, else the usual one.

        Examples
        --------
        >>> a, b = QUESTIONS[-1].pair(Setup(n_agents=100))
        >>> a.n_agents, b.seed
        (100, 2)
        """
        for start in (setup, Setup(rounds=setup.rounds), Setup()):
            try:
                other = self.made(start)
            except NewswaveError:
                continue
            if other is not None:
                return start, other
        raise AssertionError(self.key)  # pragma: no cover


def _average(setup: Setup) -> Setup | None:
    return None if "rate" in true_rates(setup) else average_person(setup)


def _sparser(setup: Setup) -> Setup | None:
    """Return half the degree at the same contact pressure; three neighbours at least."""
    before = degree_of(setup)
    degree = max(3, before // 2)
    if not isinstance(setup.network, RandomRegular):
        degree += degree % 2
    return same_contact_pressure(setup, degree) if degree < before else None


def _attentive(setup: Setup) -> Setup | None:
    if setup.attention is Attention.NEW_EXPOSURE:
        return None
    return replace(setup, attention=Attention.NEW_EXPOSURE)


QUESTIONS: tuple[Question, ...] = (
    Question(
        "average",
        "The average person",
        "In A the agents differ. What if the average person replaced them? In B everybody has the "
        "mean transmission rate of A's agents; network and luck are the same.",
        Guess.B,
        "The mean rate is the same at the start only. In A those who share readily are soon done, "
        "and who is left shares less readily than the average says. In B the rate of those who are "
        "left never falls.",
        _average,
    ),
    Question(
        "pressure",
        "Fewer neighbours, same pressure",
        "B has about half the neighbours and a transmission rate so much higher that rate times "
        "degree is the same. A well-mixed equation cannot tell the two apart. Can the agents?",
        Guess.A,
        "Of an agent's k links, one leads back to whoever told it, and k - 1 lead on. The fewer "
        "links there are, the larger is the part that is lost.",
        _sparser,
    ),
    Question(
        "attention",
        "Who looks again?",
        "In A agents decide in every round while they see the news. In B they decide again only "
        "after another neighbour has shared. All else is the same.",
        Guess.A,
        "An agent that has decided not to share waits in B until another neighbour shares; in A it "
        "decides again in every round. Once nobody new shares, B stands still for good.",
        _attentive,
    ),
    Question(
        "luck",
        "Only luck",
        "B is A with another seed: another network of the same kind, other places, other luck. "
        "Nothing else differs.",
        Guess.SAME,
        "A seed only picks the luck. Single runs differ, now one is ahead and now the other; what "
        "the runs say together stays.",
        lambda setup: replace(setup, seed=setup.seed + 1),
    ),
)
"""In the order of the page; the first is asked when it opens."""


def question(key: str) -> Question | None:
    """Return the question of that key; None if there is none.

    >>> question("luck").label
    'Only luck'
    """
    return next((one for one in QUESTIONS if one.key == key), None)
