"""The known law behind the stand-in's answers: how probable it is that an agent shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from newswave.effects import PRESETS, TraitEffects
from newswave.errors import BadValue, real_number, whole_number
from newswave.events import Event
from newswave.personality import Profile

MOST = 3
"""The exposure above which nothing changes any more."""


@dataclass(frozen=True)
class Mind:
    """What the stand-in "thinks", as a formula.

    logit P = logit baseline + event offset + sum of effect times sign + step (min(m, 3) - 1), with
    a trait's sign +1/2 when high, -1/2 when low, 0 when the prompt does not tell.

    Parameters
    ----------
    effects : TraitEffects
        What each trait adds; the preset "exaggerated" if not given.
    baseline : float
        P of the average profile for a neutral event at m = 1; more than 0, less than 1.
    step : float
        What each further sharing neighbour adds, up to the third, on the log-odds.
    order_bias : float
        How much readier, on the log-odds, it says yes to a question that names yes first than to
        one that names no first; half is added and half taken away. JSON questions have none.
    coverage : float
        Probability that the first word of a one-word answer is any form of yes or no; more than
        0, up to 1. The rest falls on words that are neither.

    Raises
    ------
    BadValue
        If a number does not fit.

    Examples
    --------
    >>> from newswave.events import event
    >>> mind, draw = Mind(), event("cup-final-draw")
    >>> outgoing, reserved = Profile.from_code("O+C-E+A-N-"), Profile.from_code("O+C+E-A+N+")
    >>> [round(mind.probability(who, draw, 1), 3) for who in (outgoing, reserved)]
    [0.391, 0.028]
    """

    effects: TraitEffects = PRESETS["exaggerated"]
    baseline: float = 0.12
    step: float = 0.6
    order_bias: float = 0.3
    coverage: float = 0.96

    def __post_init__(self) -> None:
        if not isinstance(self.effects, TraitEffects):
            advice = "Take one with newswave.preset"
            raise BadValue("effects does not fit", given=self.effects, advice=advice)
        for name, low, high in (
            ("baseline", 1e-6, 1 - 1e-6),
            ("step", -10.0, 10.0),
            ("order_bias", -10.0, 10.0),
            ("coverage", 1e-6, 1.0),
        ):
            object.__setattr__(self, name, real_number(name, getattr(self, name), low, high))

    def probability(self, profile: Profile, event: Event, exposure: int) -> float:
        """Return P(share) of a profile that hears of an event from `exposure` neighbours.

        Raises
        ------
        BadValue
            If the exposure is below 1.
        """
        seen = whole_number("The exposure", exposure, 1)
        return sigmoid(self.log_odds(profile.signs.tolist(), event.offset.value, seen))

    def log_odds(self, signs: Sequence[float], offset: float, exposure: int) -> float:
        """Return logit P from the signs of O, C, E, A, N, the event's offset and m."""
        persona = sum(e.value * sign for e, sign in zip(self.effects.effects, signs, strict=True))
        base = math.log(self.baseline / (1.0 - self.baseline))
        return base + offset + persona + self.step * (min(exposure, MOST) - 1)


def sigmoid(log_odds: float) -> float:
    """Return the probability of log-odds.

    >>> sigmoid(0.0), sigmoid(-1000.0)
    (0.5, 0.0)
    """
    if log_odds < 0:
        odds = math.exp(log_odds)
        return odds / (1.0 + odds)
    return 1.0 / (1.0 + math.exp(-log_odds))
