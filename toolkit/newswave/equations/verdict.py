"""What a test of one rate against two says: one, two, neither, or cannot tell, in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from newswave.equations.fit import Fit

SURE = 0.01
"""Up to this p-value a null model is given up."""
OPEN = 0.1
"""Above this p-value one rate is kept, if two would have been seen."""
POWER = 0.8
"""The chance to have seen two different groups that "one rate" asks for."""
CLEARLY = 10.0
"""How much worse, in AIC, a source with one rate has to be before "two rates" is said."""

_NAN = math.nan

NO_EQUATIONS = (
    "newswave has no equation for the size of the rates here: its equations are about random "
    "regular networks."
)

_WARNING = (
    "Warning: the network bends curves too. Well-mixed equations often ask for a second rate where "
    "all agents are alike, so this test simulates agents on a network."
)

_NO_NETWORK = (
    "Warning: no network is known here, and network structure alone bends curves: a well-mixed fit "
    "takes such a bend for a second rate. This is about the shape of the curve, not about people."
)


class Choice(Enum):
    """What a verdict says."""

    ONE_RATE = "one rate"
    TWO_RATES = "two rates"
    NEITHER = "neither"
    CANNOT_TELL = "cannot tell"


class Null(Enum):
    """What the agents of the null model are, who are homogeneous, in words."""

    AVERAGE = "everybody answers like the average of these agents"
    POOLED = "everybody answers as all agents together did"
    CONTACT = "all agents are alike and every sharing neighbour adds the same chance"
    MIXED = "all agents are alike and everybody meets everybody"

    @property
    def is_known(self) -> bool:
        """Whether it is known how the agents answer, and on which network."""
        return self in {Null.AVERAGE, Null.POOLED}


@dataclass(frozen=True)
class Verdict:
    """Whether a curve needs a second transmission rate.

    Parameters
    ----------
    choice : Choice
        One rate, two rates, neither, or cannot tell.
    p_value : float
        Share of the null model's replicates, of homogeneous agents, that favour a second
        rate at least as strongly.
    likelihood_ratio : float
        2 (ln L two rates − ln L one rate) of the curve.
    power : float
        Chance that this test would have seen two equal groups whose rates differ fivefold; NaN
        where one kind of agents was excluded, so that it does not matter.
    replicas : int
        Replicates of the null model behind the p-value.
    words : str
        The same for a student, with what it does and does not mean.
    fit_p_value : float
        Goodness of fit of one rate: share of one-rate replicates that are missed by as much; NaN
        where it was not needed.
    """

    choice: Choice
    p_value: float
    likelihood_ratio: float
    power: float
    replicas: int
    words: str
    fit_p_value: float = _NAN


@dataclass(frozen=True)
class Evidence:
    """What a test found: all that a verdict follows from."""

    null: Null  # Who the null model's agents are
    p_value: float  # See `Verdict`
    likelihood_ratio: float
    power: float
    replicas: int
    # Those shown of one rate, two rates, source and peers, by likelihood, under the mixing that the
    # test uses; none where the equations do not apply
    fits: tuple[Fit, ...] = ()
    # Whether the agents may be homogeneous and yet not follow the contact rule
    other_table: bool = False
    # P-value against the best single table for everybody, where only the curve is known; NaN if it
    # was not tried
    table: float = _NAN
    untried: str = ""  # Why it cannot be tried
    # Goodness of fit of one and of two rates, as p-values; NaN if not looked at
    fits_one: float = _NAN
    fits_two: float = _NAN

    def fit(self, name: str) -> Fit | None:
        """Return a fit by the name of its model."""
        return next((one for one in self.fits if one.model.name == name), None)

    @property
    def may_be_two(self) -> bool:
        """Whether neither a source nor an unknown network can be behind what excludes one rate."""
        return self.source_gain <= -CLEARLY and self.null is not Null.MIXED

    @property
    def may_be_one(self) -> bool:
        """Whether nothing speaks against one rate, if two would have been seen."""
        return self.p_value > OPEN and not self.known_otherwise and not self.fits_one <= OPEN

    @property
    def known_otherwise(self) -> bool:
        """Whether the agents are known not to follow the contact rule."""
        return self.null.is_known and self.other_table

    @property
    def source_gain(self) -> float:
        """By how much a source with one rate has a lower AIC than two rates."""
        two, source = self.fit("two rates"), self.fit("source and peers")
        return two.aic - source.aic if two and source else -math.inf


def judge(result: Evidence) -> Verdict:
    """Return the verdict that follows from what a test found."""
    choice, why = _unlike(result) if result.p_value <= SURE else _like(result)
    tried = result.p_value <= SURE and not math.isnan(result.table)
    return Verdict(
        choice,
        max(result.p_value, result.table) if tried else result.p_value,
        result.likelihood_ratio,
        result.power,
        result.replicas,
        f"{choice.value.capitalize()}: {why} {_warning(result)}",
        result.fits_one,
    )


def untestable() -> Verdict:
    """Return the verdict on a curve that starts with nobody: neither model can be tried on it."""
    words = (
        "Cannot tell: this curve, or a run of it, starts with nobody sharing. Without an offline "
        "source neither one rate nor two could ever start it; only 'source and peers' can."
    )
    return Verdict(Choice.CANNOT_TELL, _NAN, _NAN, _NAN, 0, words)


def _unlike(result: Evidence) -> tuple[Choice, str]:
    """Return the choice, and why, where the null model is given up."""
    if not result.null.is_known:
        if result.source_gain > -CLEARLY:
            return Choice.CANNOT_TELL, _source_too(result)
        if result.null is Null.MIXED:
            return Choice.CANNOT_TELL, _structure_too(result)
        if result.other_table and not result.table <= SURE:
            return Choice.CANNOT_TELL, _table_too(result)
    if result.fits_two <= SURE:
        return Choice.NEITHER, _neither(result)
    return Choice.TWO_RATES, _two_rates(result)


def _like(result: Evidence) -> tuple[Choice, str]:
    """Return the choice, and why, where homogeneous agents explain the curve."""
    if result.fits_one <= SURE and result.fits_two <= SURE:
        return Choice.NEITHER, _neither(result)
    if result.known_otherwise or result.fits_one <= SURE:
        return Choice.CANNOT_TELL, _one_table(result)
    if result.may_be_one and result.power >= POWER:
        return Choice.ONE_RATE, _one_rate(result)
    return Choice.CANNOT_TELL, _open(result)


def share_words(p_value: float, replicas: int) -> str:
    """Return the share of replicates that a p-value stands for.

    A p-value counts the data in, so that where no replicate reaches them it says "fewer than".

    >>> share_words(1 / 201, 200), share_words(21 / 201, 200), share_words(1.0, 200)
    ('fewer than 1 %', '10 %', 'all')
    """
    share = (p_value * (replicas + 1) - 1) / replicas
    if share * replicas < 0.5:
        return f"fewer than {max(1, math.ceil(100 * p_value - 1e-9))} %"
    return f"{100 * share:.2g} %" if share < 0.995 else "all"


def _tail(result: Evidence) -> str:
    return (
        f"Of simulated runs in which {result.null.value}, "
        f"{share_words(result.p_value, result.replicas)} favour a second rate at least as strongly "
        f"(p = {result.p_value:.2g})."
    )


def _two_rates(result: Evidence) -> str:
    two = result.fit("two rates")
    if two is None:
        one, sizes = "one table for everybody", f" {NO_EQUATIONS}"
        words = "agents who all answer alike do not explain this curve, agents who differ do"
    else:
        one = "one transmission rate for everybody"
        words = f"{one} does not explain this curve, two do"
        sizes = "" if two.identified else f" The sizes of the two rates are {two.reason}."
    if not result.null.is_known:
        more = (
            "This is about the curve, not the agents: a rate that differs between first and "
            "repeated exposure can bend a curve in the same way."
        )
    else:
        more = "This does not show that there are exactly two kinds of agents."
    return f"{words}. {_tail(result)} {more}{sizes}"


def _one_rate(result: Evidence) -> str:
    return f"a single transmission rate explains this curve. {_tail(result)} {_powered(result)}"


def _powered(result: Evidence) -> str:
    return (
        f"Two equal groups with rates five to one would have shown in {100 * result.power:.0f} % "
        "of runs like this; smaller differences can hide."
    )


def _missed(result: Evidence) -> str:
    """Return how badly one rate and two fit, as far as that was looked at."""
    words = []
    looked = (("one rate is", result.fits_one), ("two rates are", result.fits_two))
    for name, p_value in looked:
        fit = result.fit(name.rpartition(" ")[0])
        if fit is not None and not math.isnan(p_value):
            words.append(
                f"{name} off by {100 * fit.rmse:.1f} points (root mean square), and of simulated "
                f"runs that do follow {fit.model.name}, {share_words(p_value, result.replicas)} "
                "are off by as much"
            )
    return "; ".join(words)


def _neither(result: Evidence) -> str:
    null = f" {_tail(result)}" if result.null.is_known else ""
    return (
        f"no SI curve with one or two transmission rates fits this curve: {_missed(result)}.{null} "
        "Answers that do not rise with exposure as 1 - (1 - q)^m, such as thresholds, or more than "
        "two rates can cause this."
    )


def _one_table(result: Evidence) -> str:
    missed = _missed(result)
    if not result.null.is_known:
        return (
            f"a second rate does not help, and yet one rate does not fit: {missed}. {_tail(result)}"
        )
    return (
        f"agents who are all alike explain this curve, so there is no sign of two kinds. "
        f"{_tail(result)} But their answers do not rise with exposure as 1 - (1 - q)^m in every "
        "round, so there is no single transmission rate either"
        f"{f': {missed}' if missed else ''}."
    )


def _source_too(result: Evidence) -> str:
    two, source = result.fit("two rates"), result.fit("source and peers")
    assert two is not None
    assert source is not None
    how = "better than" if result.source_gain > CLEARLY else "about as well as"
    return (
        f"one rate alone does not explain this curve. {_tail(result)} But a single rate with an "
        f"offline source that everybody meets explains it {how} two rates do (AIC "
        f"{source.aic:.1f} against {two.aic:.1f}), so the bend is no evidence for two kinds of "
        "agents."
    )


def _structure_too(result: Evidence) -> str:
    return (
        f"one rate in a well-mixed population does not explain this curve. {_tail(result)} But a "
        "network with few neighbours bends a curve in the same way where all agents are alike. "
        "Give the degree if it is known."
    )


def _table_too(result: Evidence) -> str:
    if math.isnan(result.table):
        other = (
            "whether agents explain it whose answers rise with exposure in another way was not "
            f"tried: {result.untried}"
        )
    else:
        other = (
            "agents who are all alike and whose answers rise with exposure in another way do: of "
            f"their simulated runs, {share_words(result.table, result.replicas)} favour a second "
            f"rate at least as strongly (p = {result.table:.2g})"
        )
    return (
        f"agents who are all alike do not explain this curve if every sharing neighbour adds the "
        f"same chance. {_tail(result)} But {other}. Decisions, or curves at other degrees, would "
        "tell; so would knowing that the contact rule holds."
    )


def _open(result: Evidence) -> str:
    shown = (
        f"Two equal groups with rates five to one would show in {100 * result.power:.0f} % of runs "
        "like this."
    )
    if result.p_value <= OPEN:
        return f"this is a borderline case, and more runs would tell. {_tail(result)} {shown}"
    if result.power >= POWER:
        return f"more runs would tell. {_tail(result)} But one rate does not fit well: " + (
            f"{_missed(result)}."
        )
    return f"this curve is too short or too noisy to decide. {_tail(result)} {shown}"


def _warning(result: Evidence) -> str:
    return _NO_NETWORK if result.null is Null.MIXED else _WARNING
