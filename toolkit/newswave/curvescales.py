"""In what the counts of a file are given: counts, percent, fractions, thousands, millions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.cellvalues import Numbers
from newswave.errors import BadValue
from newswave.readas import OF_ALL, Scale

Floats = npt.NDArray[np.float64]

_ADVICE = (
    "Say in what they are, in the heading (as in 'count (%)') or with --scale percent, fraction, "
    "thousands, millions or counts (in Python nw.ReadAs(scale=nw.Scale.PERCENT); on the page in "
    "the settings)"
)
_MOST_DECIMALS = 4


_Candidate = tuple[Numbers, Scale, str]


@dataclass(frozen=True, eq=False)
class Scaled:
    """Counts of people, and how they came of what a file holds.

    Parameters
    ----------
    counts : array of float, shape (runs, rounds + 1)
        Cumulative counts; whole where what was printed stands for whole people.
    scale : Scale
        In what the file gives them.
    why : str
        How that is known; '' where there is nothing to say.
    note : str
        How the marks in its numbers were taken.
    """

    counts: Floats
    scale: Scale
    why: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Unscaled:
    """Cumulative values before it is known how many people 1 stands for.

    Parameters
    ----------
    readings : tuple of Numbers
        Values of shape (runs, rounds + 1), the likeliest reading of their marks first.
    heading, asked : Scale or None
        What the heading says, and what the user says.
    mean : bool
        Whether these are means of runs, which need not be whole.
    summed : bool
        Whether they are sums of rounded numbers.

    Examples
    --------
    >>> found = Unscaled((Numbers(np.array([[2, 3.5, 6.25]]), 2),)).of(400)
    >>> found.counts.tolist(), found.scale.value
    ([[8.0, 14.0, 25.0]], 'percent')
    """

    readings: tuple[Numbers, ...]
    heading: Scale | None = None
    asked: Scale | None = None
    mean: bool = False
    summed: bool = False

    def of(self, n_agents: int | None = None) -> Scaled:
        """Return the counts if there are so many in all; without that, as many as suit them.

        Raises
        ------
        BadValue
            If what the numbers stand for is not plain; the message says how to say it.
        """
        found = [
            (reading, scale, why)
            for reading in self.readings
            for scale, why in self._scales(reading, n_agents)
        ]
        plain = [one for one in found if self._is_plain(one[0], one[1], n_agents)]
        if not plain:
            raise self._refusal(found, n_agents)
        scaled = [self._scaled(*one, n_agents) for one in plain]
        others = [one for one in scaled[1:] if (one.counts != scaled[0].counts).any()]
        if others and n_agents is not None and self.heading is None:
            raise self._doubt(scaled[0], others[0])
        return scaled[0]

    def _scaled(self, reading: Numbers, scale: Scale, why: str, n_agents: int | None) -> Scaled:
        counts = self._people(reading, scale, n_agents or self.suiting(reading, scale))
        return Scaled(counts, scale, why, reading.note)

    def default_agents(self) -> tuple[int, str]:
        """Return how many there are in all as long as nobody says, and how that was chosen."""
        found = self.of(None)
        reading = next(one for one in self.readings if one.note == found.note)
        if found.scale in OF_ALL:
            return self.suiting(
                reading, found.scale
            ), "the smallest number that makes all of these whole people"
        return max(1, math.ceil(found.counts.max() - 1e-9)), "the largest count"

    def suiting(self, reading: Numbers, scale: Scale) -> int:
        """Return the smallest number in all for which fractions of all are whole people."""
        whole = 10 ** (min(reading.decimals, _MOST_DECIMALS) + 2 * (scale is Scale.PERCENT))
        parts = np.round(reading.values * (whole / (100 if scale is Scale.PERCENT else 1)))
        return max(2, int(whole // math.gcd(whole, *map(int, np.unique(parts)))))

    def _scales(self, reading: Numbers, n_agents: int | None) -> list[tuple[Scale, str]]:
        """Return the scales that may be meant, each with why."""
        most = float(reading.values.max())
        if self.asked is not None:
            return [(self.asked, "")]
        if reading.percent:
            return [(Scale.PERCENT, "by their percent signs")]
        if self.heading is Scale.FRACTION and most > 1:
            return [(Scale.PERCENT, "by its heading, and some are above 1")]
        if self.heading is Scale.PERCENT and most <= 1:
            other = "none above 1, though its heading says per cent"
            return [(Scale.PERCENT, "by its heading"), (Scale.FRACTION, other)]
        if self.heading is not None:
            return [(self.heading, "by its heading" * (self.heading is not Scale.COUNTS))]
        if self.mean or _is_whole(reading.values):
            return [(Scale.COUNTS, "")]
        found = [(Scale.FRACTION, "no whole numbers, none above 1")] * (most <= 1)
        found += [(Scale.PERCENT, "no whole numbers, none above 100")] * (most <= 100)
        thousands = n_agents is not None and 1000 * most <= n_agents
        return found + [(Scale.THOUSANDS, "no whole numbers, few enough")] * thousands

    def _is_plain(self, reading: Numbers, scale: Scale, n_agents: int | None) -> bool:
        """Say whether a reading gives whole people who do not grow fewer, where that is needed."""
        too_much = scale in OF_ALL and reading.values.max() > 1 / scale.factor(1)
        if len(self.readings) > 1 and (too_much or (np.diff(reading.values) < 0).any()):
            return False
        headed = self.heading is scale and not (
            scale is Scale.PERCENT and reading.values.max() <= 1
        )
        told = self.asked or reading.percent or scale is Scale.COUNTS or headed
        if told or n_agents is None:
            return True
        people, slack = self._slack(reading, scale, n_agents)
        return bool((np.abs(people - np.round(people)) <= slack).all())

    def _slack(self, reading: Numbers, scale: Scale, n_agents: float) -> tuple[Floats, Floats]:
        """Return the people, and how far rounding may have moved each."""
        people = reading.values * scale.factor(n_agents)
        terms = np.arange(1, people.shape[1] + 1) if self.summed else 1
        printed = 0.5 * 10.0 ** -min(reading.decimals, 15) * scale.factor(n_agents) * terms
        return people, printed + 1e-9 * (1 + people)

    def _people(self, reading: Numbers, scale: Scale, n_agents: float) -> Floats:
        if scale in OF_ALL and reading.values.max() > 1 / scale.factor(1) + 1e-9:
            raise BadValue(f"Some of these are more than all, if they are {scale.words[3:]}",
                           given=f"{reading.values.max():g}", advice=_ADVICE)  # fmt: skip
        people, slack = self._slack(reading, scale, n_agents)
        whole = np.round(people)
        near = scale is not Scale.COUNTS and (np.abs(people - whole) <= slack).all()
        return np.asarray(whole if near else people)

    def _doubt(self, one: Scaled, other: Scaled) -> BadValue:
        if one.scale is other.scale:
            pair = f"{one.counts[0, -1]:.10g} or {other.counts[0, -1]:.10g}"
            return BadValue(
                f"The marks in these numbers can be read in two ways: the last is {pair}",
                advice="Write the numbers without marks between thousands",
            )
        return BadValue(
            f"These counts can be meant {one.scale.words} or {other.scale.words}",
            given=", ".join(f"{value:g}" for value in self.readings[0].values[0][:4]),
            advice=_ADVICE,
        )

    def _refusal(self, found: Sequence[_Candidate], n_agents: int | None) -> BadValue:
        of = f", and no scale makes them whole people of {n_agents}" if found and n_agents else ""
        return BadValue(
            f"These are no whole numbers, so they count nobody{of}",
            given=", ".join(f"{value:g}" for value in self.readings[0].values[0][:4]),
            advice=_ADVICE,
        )


def _is_whole(values: Floats) -> bool:
    return bool((values == np.round(values)).all())
