"""The seam between a run and whoever decides: one question a round, one value with the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue
from newswave.core.law import Law
from newswave.core.offline import Push
from newswave.core.old_names import renamed

# A decider is anything with the one method `decide`. It never draws random numbers (an agent's
# threshold comes with the question), never sees the model, and never invents an answer: where it
# has none for an agent, the agent abstains.


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
    cumulative : array, shape (n,)
        Each agent's cumulative hazard of earlier rounds, in the decider's own unit.
    threshold : array of float, shape (n,)
        Each agent's threshold of the run, Exponential(1): all its chance.
    push : Push, optional
        What goes on offline in the round; None where nothing but a constant source does.
    """

    round: int
    agents: npt.NDArray[Any]
    rows: npt.NDArray[Any]
    exposure: npt.NDArray[Any]
    before: npt.NDArray[Any]
    cumulative: npt.NDArray[Any]
    threshold: npt.NDArray[Any]
    push: Push | None = None

    def __len__(self) -> int:
        return len(self.agents)

    @property
    def worn(self) -> npt.NDArray[Any]:
        """The name of `cumulative` in version 0.1."""
        return np.asarray(renamed(self, "worn", "cumulative"))

    @property
    def resistance(self) -> npt.NDArray[Any]:
        """The name of `threshold` in version 0.1."""
        return np.asarray(renamed(self, "resistance", "threshold"))


@dataclass(frozen=True, eq=False)
class Answers:
    """What everybody who was asked does, in the order of the question.

    Parameters
    ----------
    share : array of bool, shape (n,)
        Who shares.
    cumulative : array, shape (n,)
        Each agent's cumulative hazard after this round; a decider that keeps none gives back what
        it got.
    abstained : array of bool, shape (n,), optional
        Who gave no answer, and so does not share now; nobody if not given.

    Raises
    ------
    BadValue
        If the arrays do not fit each other, or somebody who abstained shares.
    """

    share: npt.NDArray[Any]
    cumulative: npt.NDArray[Any]
    abstained: npt.NDArray[Any] | None = None

    def __post_init__(self) -> None:
        if self.share.dtype != bool or self.share.shape != self.cumulative.shape:
            raise BadValue(
                "A decider gives one yes or no, and one cumulative hazard, for each agent",
                given=f"{self.share.dtype} {self.share.shape}, hazard {self.cumulative.shape}",
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

    @property
    def worn(self) -> npt.NDArray[Any]:
        """The name of `cumulative` in version 0.1."""
        return np.asarray(renamed(self, "worn", "cumulative"))


class Decider(Protocol):
    """Decides for everybody at once; deterministic: the same hearing gets the same answers."""

    def decide(self, hearing: Hearing) -> Answers:
        """Return the answers to a round's question."""
        ...


@dataclass(frozen=True, eq=False)
class TableDecider:
    """Share in the first round in which the cumulative hazard reaches the threshold."""

    law: Law

    def decide(self, hearing: Hearing) -> Answers:
        """Return who shares now, from the table and each agent's threshold."""
        added = self.law.added(hearing.rows, hearing.exposure, hearing.before, hearing.push)
        cumulative = hearing.cumulative + added
        limits = self.law.limits(hearing.threshold, hearing.rows)
        return Answers(cumulative >= limits, cumulative)
