"""The seam between a run and whoever decides: one question a round, one value with the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy.typing as npt

from newswave.core.errors import BadValue
from newswave.core.law import Law

# The seam: one question a round for everybody who must decide, one value with the answers back.
#
# A decider is anything with the one method `decide`. It never draws random numbers (an agent's luck
# comes with the question), never sees the model, and never invents an answer: where it has none for
# an agent, the agent abstains.


@dataclass(frozen=True, eq=False)
class Hearing:
    """Who must decide in a round, and what each of them sees.

    Parameters
    ----------
    round : int
        The round, from 1.
    agents : array of int, shape (n,)
        Who decides.
    rows : array of int, shape (n,)
        Group of each, the row of the sharing table.
    exposure : array of int, shape (n,)
        m, the sharing neighbours that each sees now.
    before : array of int, shape (n,)
        The same a round ago; 0 means that the agent sees the news for the first time.
    worn : array, shape (n,)
        What earlier rounds have added to each agent's wear, in the decider's own unit.
    resistance : array of float, shape (n,)
        Each agent's luck of the run, Exponential(1).
    """

    round: int
    agents: npt.NDArray[Any]
    rows: npt.NDArray[Any]
    exposure: npt.NDArray[Any]
    before: npt.NDArray[Any]
    worn: npt.NDArray[Any]
    resistance: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.agents)


@dataclass(frozen=True, eq=False)
class Answers:
    """What everybody who was asked does, in the order of the question.

    Parameters
    ----------
    share : array of bool, shape (n,)
        Who shares.
    worn : array, shape (n,)
        Each agent's wear after this round; a decider that keeps none gives back what it got.
    abstained : array of bool, shape (n,), optional
        Who gave no answer, and so does not share now; nobody if not given.

    Raises
    ------
    BadValue
        If the arrays do not fit each other, or somebody who abstained shares.
    """

    share: npt.NDArray[Any]
    worn: npt.NDArray[Any]
    abstained: npt.NDArray[Any] | None = None

    def __post_init__(self) -> None:
        if self.share.dtype != bool or self.share.shape != self.worn.shape:
            raise BadValue(
                "A decider gives one yes or no, and one wear, for each agent that was asked",
                given=f"{self.share.dtype} {self.share.shape}, wear {self.worn.shape}",
            )
        silent = self.abstained
        if silent is None:
            return
        if silent.dtype != bool or silent.shape != self.share.shape:
            raise BadValue(
                "A decider says of each agent that was asked whether it abstained",
                given=f"{silent.dtype} {silent.shape}",
            )
        if (silent & self.share).any():
            raise BadValue("An agent that abstained has not shared")


class Decider(Protocol):
    """Decides for everybody at once; deterministic: the same hearing gets the same answers."""

    def decide(self, hearing: Hearing) -> Answers:
        """Return the answers to a round's question."""
        ...


# Decides by a sharing table: the rule of probabilities, or a table that was measured.


@dataclass(frozen=True, eq=False)
class TableDecider:
    """Share in the first round in which the wear reaches what the agent can take.

    Parameters
    ----------
    law : Law
        The table with its attention rule and source.
    """

    law: Law

    def decide(self, hearing: Hearing) -> Answers:
        """Return who shares now, from the table and each agent's luck."""
        added = self.law.wear(hearing.rows, hearing.exposure, hearing.before)
        worn = hearing.worn + added
        return Answers(worn >= self.law.limits(hearing.resistance, hearing.rows), worn)
