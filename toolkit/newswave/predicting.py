"""The curves that theory draws for a setup before any run: exact rounds, classical equations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave import meanfield, networkfield
from newswave.networkfield import predict, regular_degree
from newswave.setups import Attention, Setup
from newswave.sharing import hazard

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Theory:
    """One theory's curve.

    Parameters
    ----------
    key : str
        A short name, for columns of files.
    name : str
        The theory in words.
    fraction : array, shape (T + 1,)
        i by round.
    """

    key: str
    name: str
    fraction: Floats

    def half_time(self) -> float:
        """Return the round in which i passes 1/2 (interpolated; NaN if it does not)."""
        if not self.fraction[0] <= 0.5 <= self.fraction[-1]:
            return float("nan")
        return float(np.interp(0.5, self.fraction, np.arange(len(self.fraction))))


@dataclass(frozen=True, eq=False)
class Predicted:
    """What the theories say of a setup.

    Parameters
    ----------
    setup : Setup
        Whose curve this is.
    theories : tuple of Theory
        The master equation first.
    left_out : str
        Which theories do not apply and why; '' if all do.
    """

    setup: Setup
    theories: tuple[Theory, ...]
    left_out: str = ""


def theories(setup: Setup) -> Predicted:
    """Return the curves that theories predict for a setup on a random regular network.

    The master equation holds for any sharing table. The others are about the contact rule
    P(m) = 1 − (1 − q)^m in every round: edge-based rounds, the edge-based ODE, and the well-mixed
    ODE s_c' = −(a + β_c k i) s_c. Nothing is run and nothing is drawn.

    Parameters
    ----------
    setup : Setup
        What to predict; its seed and replicas do not matter.

    Returns
    -------
    Predicted

    Raises
    ------
    BadValue
        If the network is not random regular, or its degree is above 1000.

    Examples
    --------
    >>> from newswave.setups import Setup
    >>> [theory.key for theory in theories(Setup()).theories]
    ['master', 'network_rounds', 'network_ode', 'well_mixed_ode']
    >>> [round(theory.half_time(), 1) for theory in theories(Setup()).theories]
    [15.7, 15.7, 13.3, 10.1]
    """
    degree = regular_degree(setup)
    master = Theory("master", "master equation, network, rounds", predict(setup).fraction)
    rates = setup.table(degree).contact_rates()
    reason = ""
    if rates is None or setup.attention is not Attention.EVERY_ROUND:
        reason = "decisions here do not follow 1 - (1 - q)^m in every round"
    elif not np.isfinite(rates).all():
        reason = "an agent that surely shares has no finite rate"
    if rates is None or reason:
        return Predicted(setup, (master,), f"Only the master equation applies: {reason}.")
    if setup.source_probability == 0.0:
        return Predicted(setup, (master, *_of_rates(setup, degree, rates)))
    left_out = "The edge-based ODE is left out: it has no source."
    return Predicted(setup, (master, *_of_rates(setup, degree, rates)), left_out)


def _of_rates(setup: Setup, degree: int, rates: Floats) -> list[Theory]:
    """Return the theories of the contact rule."""
    start, last = setup.n_seeds / setup.n_agents, setup.rounds
    weights = np.array([group.weight for group in setup.mix.groups])
    source, times = float(hazard(setup.source_probability)), np.arange(last + 1.0)
    rounds = networkfield.rounds(rates, weights, degree, start, last, source)
    found = [Theory("network_rounds", "edge-based, network, rounds", rounds)]
    if source == 0.0:
        ode = networkfield.continuous(rates, weights, degree, start, times)
        found.append(Theory("network_ode", "edge-based, network, ODE", ode))
    mixed = meanfield.many_rates(rates, weights, degree, start, times, source)
    return [*found, Theory("well_mixed_ode", "well mixed, ODE", mixed)]
