"""What a test of one rate against two says: one rate, two rates, or cannot tell, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from newswave.fitting.fits import Fit

SURE = 0.01
"""Below this p-value one rate is given up."""
OPEN = 0.1
"""Above this p-value one rate is kept, if two would have been seen."""
POWER = 0.8
"""The chance to have seen two different groups that "one rate" asks for."""
CLEARLY = 10.0
"""How much worse, in AIC, a source with one rate has to be before "two rates" is said."""


class Choice(Enum):
    """What a verdict says."""

    ONE_RATE = "one rate"
    TWO_RATES = "two rates"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """Whether a curve needs a second transmission rate.

    Parameters
    ----------
    choice : Choice
        One rate, two rates, or cannot tell.
    p_value : float
        Share of one-rate worlds whose curves ask for a second rate at least as loudly.
    likelihood_ratio : float
        2 (ln L two rates − ln L one rate) of the curve.
    power : float
        Chance that this test would have seen two equal groups whose rates differ fivefold.
    replicas : int
        Worlds simulated for the p-value.
    words : str
        The same for a student, with what it does and does not mean.
    """

    choice: Choice
    p_value: float
    likelihood_ratio: float
    power: float
    replicas: int
    words: str


def judge(
    likelihood_ratio: float,
    p_value: float,
    power: float,
    replicas: int,
    fits: tuple[Fit, Fit],
    networked: bool,
) -> Verdict:
    """Return the verdict of a calibrated test.

    Parameters
    ----------
    likelihood_ratio, p_value, power, replicas
        See `Verdict`.
    fits : tuple of Fit
        Two rates, and source and peers, by likelihood.
    networked : bool
        Whether the test knew the network.
    """
    two, source = fits
    choice = _choose(p_value, power, two, source)
    opening = {
        Choice.ONE_RATE: _one_rate,
        Choice.TWO_RATES: _two_rates,
        Choice.CANNOT_TELL: _source_too if p_value <= SURE else _open,
    }[choice]
    alike = (
        f"Of runs in which all agents are alike, {_share(p_value)} bend their curve at least as "
        "much (that share is the p-value). "
    )
    words = f"{opening(alike, power, two, source)} {_WARNING if networked else _NO_NETWORK}"
    return Verdict(choice, p_value, likelihood_ratio, power, replicas, words)


def untestable() -> Verdict:
    """Return the verdict on a curve that starts with nobody: neither model can be tried on it."""
    words = (
        "Cannot tell: this curve, or a run of it, starts with nobody sharing. Without an offline "
        "source neither one rate nor two could ever start it; only 'source and peers' can."
    )
    nan = float("nan")
    return Verdict(Choice.CANNOT_TELL, nan, nan, nan, 0, words)


def _choose(p_value: float, power: float, two: Fit, source: Fit) -> Choice:
    """Return the verdict; a source that explains the bend about as well leaves it open."""
    if p_value <= SURE:
        clear = source.aic > two.aic + CLEARLY
        return Choice.TWO_RATES if clear else Choice.CANNOT_TELL
    if p_value > OPEN and power >= POWER:
        return Choice.ONE_RATE
    return Choice.CANNOT_TELL


def _share(p_value: float) -> str:
    return f"{100 * p_value:.2g} %" if p_value < 0.995 else "all"


def _two_rates(alike: str, power: float, two: Fit, source: Fit) -> str:  # noqa: ARG001
    words = (
        "Two rates: one transmission rate for everybody does not explain this curve, two do. "
        f"{alike}It is the curve that speaks, not the agents: first against repeated exposure can "
        "bend it like two kinds of agents do."
    )
    return words if two.identified else f"{words} The sizes of the two rates are {two.reason}."


def _one_rate(alike: str, power: float, two: Fit, source: Fit) -> str:  # noqa: ARG001
    return (
        f"One rate: a single transmission rate explains this curve. {alike}Two equal groups with "
        f"rates five to one would have shown in {power:.0%} of runs like this; smaller differences "
        "can hide."
    )


def _source_too(alike: str, power: float, two: Fit, source: Fit) -> str:  # noqa: ARG001
    return (
        f"Cannot tell: one rate alone does not explain this curve. {alike}But a single rate with "
        f"an offline source that everybody meets explains it about as well as two rates do (AIC "
        f"{source.aic:.1f} against {two.aic:.1f}), so the bend is no sign of two kinds of agents."
    )


def _open(alike: str, power: float, two: Fit, source: Fit) -> str:  # noqa: ARG001
    return (
        f"Cannot tell: this curve is too short or too noisy to decide. {alike}Two equal groups "
        f"with rates five to one would show in {power:.0%} of runs like this."
    )


_WARNING = (
    "Warning: the network bends curves too. Well-mixed equations often ask for a second rate where "
    "all agents are alike, so this test uses the network-aware equations and agents on a network."
)
_NO_NETWORK = (
    "Warning: no network is known here, and network structure alone bends curves: a well-mixed fit "
    "takes such a bend for a second rate. This is about the shape of the curve, not about people."
)
