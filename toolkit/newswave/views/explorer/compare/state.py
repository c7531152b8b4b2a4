"""What the Compare page knows: one frozen state, and every change of it as a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from newswave.errors import BadValue, one_of
from newswave.setups import Setup
from newswave.views.explorer.compare.questions import QUESTIONS, Guess, question
from newswave.views.explorer.controls import applied
from newswave.views.explorer.costs import check_size

_PAST = 30


class Layer(Enum):
    """What can be laid over the common axes, for A and B at once."""

    BAND = "band"
    RUN = "run"
    THEORY = "theory"


@dataclass(frozen=True)
class Compared:
    """The Compare page as it stands.

    Parameters
    ----------
    a, b : Setup
        What is compared.
    asked : str
        The key of the question that A and B come from; '' for a learner's own.
    guess : Guess or None
        What the learner predicts.
    is_shown : bool
        Whether B's runs are to be seen, or still to be predicted.
    run : int
        Which run of both the networks show.
    round : int
        Which round all stages show.
    layers : frozenset of Layer
        What lies over the axes.
    past : tuple of pairs of Setup
        What was there before, for undoing.
    """

    a: Setup
    b: Setup
    asked: str = ""
    guess: Guess | None = None
    is_shown: bool = True
    run: int = 0
    round: int = 0
    layers: frozenset[Layer] = frozenset({Layer.BAND})
    past: tuple[tuple[Setup, Setup], ...] = ()

    def __post_init__(self) -> None:
        check_size(self.a)
        check_size(self.b)

    @classmethod
    def first(cls, setup: Setup | None = None) -> Compared:
        """Return the page as it opens: the first question, still to be answered.

        Examples
        --------
        >>> Compared.first().is_shown
        False
        """
        a, b = QUESTIONS[0].pair(setup or Setup())
        return cls(a, b, asked=QUESTIONS[0].key, is_shown=False)

    @property
    def runs(self) -> int:
        """How many runs both have."""
        return min(self.a.replicas, self.b.replicas)

    @property
    def rounds(self) -> int:
        """The last round of the longer one."""
        return max(self.a.rounds, self.b.rounds)

    def with_setups(self, a: Setup, b: Setup) -> Compared:
        """Return the page with other setups: a learner's own, so no question is left."""
        if (a, b) == (self.a, self.b):
            return self
        past = (*self.past, (self.a, self.b))[-_PAST:]
        run = min(self.run, a.replicas - 1, b.replicas - 1)
        return replace(self, a=a, b=b, asked="", guess=None, run=run, past=past)

    def at(self, round_: int) -> Compared:
        """Return the page at another round."""
        return replace(self, round=min(max(int(round_), 0), self.rounds))

    def taken(self, key: str, value: object) -> Compared:
        """Return the page after a learner moved a control or pressed a button.

        Raises
        ------
        BadValue
            If there is no such control, or the value does not fit it.

        Examples
        --------
        >>> Compared.first().taken("b_degree", 0).b.network
        RandomRegular(degree=2)
        """
        side, _, name = key.partition("_")
        if side == "a":
            return self.with_setups(applied(self.a, name, value), self.b)
        if side == "b":
            return self.with_setups(self.a, applied(self.b, name, value))
        if side != "compare":
            raise BadValue("This page has no such control", given=key)
        kind, _, detail = name.partition(":")
        if detail:
            return self._chosen(kind, detail, value)
        return self._pressed(name, value)

    def _pressed(self, name: str, value: object) -> Compared:
        match name:
            case "copy":
                return self.with_setups(self.a, self.a)
            case "swap":
                return self.with_setups(self.b, self.a)
            case "undo":
                return self.undone()
            case "start_over":
                return replace(Compared.first(), past=(*self.past, (self.a, self.b))[-_PAST:])
            case "another_run":
                return replace(self, run=(self.run + 1) % self.runs)
            case "guess":
                known = {guess.name: guess for guess in Guess}
                return replace(self, guess=known[one_of("prediction", value, known)])
            case "ask":
                return replace(self, guess=None, is_shown=False, round=0)
            case "show":
                if self.guess is None:
                    raise BadValue("Predict first", allowed="A, B or no difference")
                return replace(self, is_shown=True)
        raise BadValue("This page has no such control", given=name)

    def _chosen(self, kind: str, name: str, value: object) -> Compared:
        """Return the page with a question asked, or a layer on or off."""
        found = question(name)
        if kind == "question" and found is not None:
            a, b = found.pair(self.a)
            return replace(self.with_setups(a, b), asked=found.key, guess=None, is_shown=False,
                           round=0)  # fmt: skip
        if kind != "layer" or not isinstance(value, bool):
            raise BadValue("This page has no such control", given=name)
        layer = Layer(one_of("layer", name, [one.value for one in Layer]))
        layers = self.layers | {layer} if value else self.layers - {layer}
        return replace(self, layers=layers)

    def undone(self) -> Compared:
        """Return the page with the setups before these."""
        if not self.past:
            return self
        back = replace(self.with_setups(*self.past[-1]), is_shown=True)
        return replace(back, past=self.past[:-1])
