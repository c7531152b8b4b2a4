"""Who adopted when, and who named whom: the spread of something real on its real network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from newswave.core.curve import Curve
from newswave.core.errors import BadValue, one_of, whole_number
from newswave.core.networks import OwnNetwork

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FEWEST = 2


class Ties(Enum):
    """Whose adoption may count for a person, where people named others.

    `NAMED`: those whom the person named. `NAMING`: those who named the person. `EITHER`: both, so
    that a tie works in both directions.
    """

    NAMED = "named"
    NAMING = "naming"
    EITHER = "either"

    @property
    def words(self) -> str:
        """Who counts, in words."""
        return _WORDS[self]


_WORDS = {
    Ties.NAMED: "those whom a person named",
    Ties.NAMING: "those who named a person",
    Ties.EITHER: "those whom a person named, or who named that person",
}


@dataclass(frozen=True, eq=False)
class Diffusion:
    """People with when each adopted, in which community, and whom each named.

    Parameters
    ----------
    adopted : array of float, shape (N,)
        The period in which each person adopted, 1 to `periods`; infinity where not by the end.
    community : array of int, shape (N,)
        The community of each person, by its number.
    namings : array of int, shape (L, 2)
        Who named whom, persons numbered from 0. A pair may come several times.
    periods : int
        The last period T in which an adoption would have been seen.
    kinds : sequence of str
        The question behind each naming, or nothing.
    title, unit, source, caution : str
        What was counted, the time step, where the data are from, and what they do not show.

    Raises
    ------
    BadValue
        If shapes do not fit, a period is not whole or out of range, or a naming is of nobody.

    Examples
    --------
    >>> study = Diffusion([1, 2, np.inf, 3], [1, 1, 1, 1], [(1, 0), (3, 1), (3, 0)], periods=4)
    >>> study.curve.counts.tolist(), study.exposure().tolist()
    ([[1.0, 2.0, 3.0, 3.0]], [[0, 0, 0], [1, 1, 1], [0, 0, 0], [1, 2, 2]])
    """

    adopted: Floats
    community: Ints
    namings: Ints
    periods: int
    kinds: Sequence[str] = ()
    title: str = "Adopters"
    unit: str = "period"
    source: str = ""
    caution: str = ""

    def __post_init__(self) -> None:
        periods = whole_number("The number of periods", self.periods, _FEWEST)
        adopted = _numbers(self.adopted, "when people adopted")
        community = _whole(self.community, "communities")
        namings = _whole(self.namings, "namings").reshape(-1, 2)
        kinds = tuple(self.kinds)
        if adopted.shape != community.shape or adopted.ndim != 1 or len(adopted) < _FEWEST:
            given = f"{adopted.shape} and {community.shape}"
            raise BadValue("Every person has a time of adoption and a community", given=given)
        late = np.isfinite(adopted) & ~np.isin(adopted, np.arange(1, periods + 1))
        if late.any() or np.isnan(adopted).any() or np.isneginf(adopted).any():
            raise BadValue(
                "People adopt in one of the periods, or not by the end",
                given=adopted[late | ~(adopted > 0)][0],
                allowed=f"a whole number from 1 to {periods}, or infinity",
            )
        _check_namings(namings, len(adopted))
        if kinds and len(kinds) != len(namings):
            given = f"{len(kinds)} kinds of {len(namings)} namings"
            raise BadValue("Every naming has a kind, or none has", given=given)
        for value in (adopted, community, namings):
            value.setflags(write=False)
        kept = {"adopted": adopted, "community": community, "namings": namings}
        for name, kept_value in {**kept, "periods": periods, "kinds": kinds}.items():
            object.__setattr__(self, name, kept_value)

    @property
    def n_people(self) -> int:
        """How many people there are, N."""
        return len(self.adopted)

    @property
    def communities(self) -> tuple[int, ...]:
        """The numbers of the communities, in order."""
        return tuple(np.unique(self.community).tolist())

    @property
    def curve(self) -> Curve:
        """How many had adopted by the end of each period, from period 1 on."""
        new = np.bincount(self.adopted[np.isfinite(self.adopted)].astype(int) - 1)
        counts = np.zeros(self.periods)
        counts[: len(new)] = new
        return Curve(counts.cumsum(), self.n_people, first_round=1)

    @property
    def network(self) -> OwnNetwork:
        """Who is linked to whom, whoever named the other; links work both ways."""
        names = tuple(str(person) for person in range(1, self.n_people + 1))
        edges = tuple(map(tuple, self.namings.tolist()))
        return OwnNetwork(self.n_people, edges, names, self.source)

    def links(self, ties: Ties = Ties.NAMED) -> Ints:
        """Return each person with each one whose adoption counts, once, shape (links, 2)."""
        if not isinstance(ties, Ties):
            allowed = ", ".join(f"Ties.{one.name}" for one in Ties)
            raise BadValue("This does not say who counts", given=ties, allowed=allowed)
        here, back = self.namings, self.namings[:, ::-1]
        pairs = {Ties.NAMED: [here], Ties.NAMING: [back], Ties.EITHER: [here, back]}[ties]
        return np.unique(np.concatenate(pairs), axis=0)

    def n_links(self, ties: Ties = Ties.NAMED) -> Ints:
        """Return how many people count for each person, shape (N,)."""
        return np.bincount(self.links(ties)[:, 0], minlength=self.n_people)

    def exposure(self, ties: Ties = Ties.NAMED) -> Ints:
        """Return how many of those who count had adopted before each period from 2 on.

        Parameters
        ----------
        ties : Ties
            Whose adoption counts for a person.

        Returns
        -------
        array of int, shape (N, T − 1)
            m of each person at the beginning of periods 2 to T.
        """
        own, other = self.links(ties).T
        before = self.adopted[other, None] < np.arange(2, self.periods + 1)
        result = np.zeros((self.n_people, self.periods - 1), np.int64)
        np.add.at(result, own, before)
        return result

    def in_community(self, community: int) -> Diffusion:
        """Return the people of one community and the namings among them.

        >>> study = Diffusion([1, 2, 2], [1, 1, 2], [(1, 0), (2, 0)], periods=2)
        >>> study.in_community(1).namings.tolist()
        [[1, 0]]
        """
        if community not in self.communities:
            known = ", ".join(map(str, self.communities))
            raise BadValue("There is no such community", given=community, allowed=known)
        here = self.community == community
        inside = here[self.namings].all(axis=1)
        place = np.cumsum(here) - 1
        return replace(
            self,
            adopted=self.adopted[here],
            community=self.community[here],
            namings=place[self.namings[inside]],
            kinds=[kind for kind, kept in zip(self.kinds, inside, strict=False) if kept],
        )

    def asked(self, *kinds: str) -> Diffusion:
        """Return the same with the answers to some questions only.

        >>> study = Diffusion([1, 2, 2], [1, 1, 1], [(1, 0), (2, 0)], 2, ("friend", "advice"))
        >>> study.asked("advice").namings.tolist()
        [[2, 0]]
        """
        wanted = {one_of("question", kind, sorted(set(self.kinds))) for kind in kinds}
        kept = np.array([kind in wanted for kind in self.kinds], dtype=bool)
        some = tuple(kind for kind in self.kinds if kind in wanted)
        return replace(self, namings=self.namings[kept], kinds=some)


def _numbers(values: ArrayLike, what: str) -> Floats:
    """Return a copy as an array of numbers, or raise `BadValue`."""
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadValue(f"These are no numbers of {what}", given=values) from error


def _whole(values: ArrayLike, what: str) -> Ints:
    """Return a copy as an array of whole numbers, or raise `BadValue`."""
    numbers = _numbers(values, what)
    if not (np.isfinite(numbers) & (numbers == np.round(numbers))).all():
        raise BadValue(f"Numbers of {what} are whole", given=values)
    return numbers.astype(np.int64)


def _check_namings(namings: Ints, n_people: int) -> None:
    outside = (namings < 0) | (namings >= n_people)
    if outside.any():
        allowed = f"0 to {n_people - 1}"
        raise BadValue("A naming is of nobody", given=int(namings[outside][0]), allowed=allowed)
    self_named = namings[:, 0] == namings[:, 1]
    if self_named.any():
        raise BadValue("A person names itself", given=int(namings[self_named][0, 0]))
