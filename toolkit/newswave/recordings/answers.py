"""The answers of one round, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RoundAnswers:
    """What the agents of one round answered.

    Parameters
    ----------
    agents : array of int, shape (n,)
        Who was asked, in order.
    share, abstained : array of bool, shape (n,)
        Who shared, and who gave no answer that could be read.
    whole : bool
        Whether everybody who was to be asked is in it.
    """

    agents: Ints
    share: Bools
    abstained: Bools
    whole: bool = False

    @classmethod
    def of(cls, agents: Any, share: Any, abstained: Any) -> RoundAnswers:
        """Return the answers in the order of the agents, or raise `BadValue`.

        Parameters
        ----------
        agents : array-like of int, shape (n,)
            Who was asked.
        share : array-like of bool, shape (n,)
            Who shared.
        abstained : array-like of bool, shape (n,)
            Who gave no answer.

        Examples
        --------
        >>> RoundAnswers.of([7, 2], [True, False], [False, True]).told()
        {2: None, 7: True}
        """
        who = whole_numbers(agents)
        said, silent = (np.asarray(held) for held in (share, abstained))
        if not said.shape == silent.shape == who.shape or (len(who) and who.min() < 0):
            raise BadValue("A round has one answer for each agent", given=len(who))
        said, silent = said.astype(np.bool_), silent.astype(np.bool_)
        if len(np.unique(who)) < len(who):
            raise BadValue("An agent is in a round twice")
        if (said & silent).any():
            raise BadValue("An agent that abstained has not shared")
        order = np.argsort(who)
        return cls(who[order], said[order], silent[order])

    def told(self) -> dict[int, bool | None]:
        """Return the answers by agent; None is an agent that abstained."""
        pairs = zip(self.share.tolist(), self.abstained.tolist(), strict=True)
        said = (None if silent else share for share, silent in pairs)
        return dict(zip(self.agents.tolist(), said, strict=True))

    def same(self, other: RoundAnswers) -> bool:
        """Return whether these are the same answers of the same agents."""
        names = ("agents", "share", "abstained")
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)


def counted(answers: RoundAnswers) -> dict[str, int]:
    """Return how many were asked, shared and abstained, as the line that closes a round says."""
    return {
        "asked": len(answers.agents),
        "shared": int(answers.share.sum()),
        "abstained": int(answers.abstained.sum()),
    }


def whole_numbers(values: Iterable[Any]) -> Ints:
    """Return a list of whole numbers as an array, or raise `BadValue`."""
    try:
        held = np.asarray(values)
        if held.size == 0 and held.ndim == 1:
            return np.zeros(0, np.int64)
        if held.ndim == 1 and (held.dtype.kind in "iu" or held.dtype == bool):
            return held.astype(np.int64)
    except (ValueError, OverflowError):
        pass
    raise BadValue("This is no list of whole numbers", given=values)
