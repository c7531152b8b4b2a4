"""What a setup costs a page, counted before anything is done: building, running, fitting.

The unit is a step of about a nanosecond on one core of a laptop, measured on networks of 10 to
20,000 agents and rounded up. Counting steps, not seconds, makes the same link open or refused on
every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from newswave.core.errors import BadValue
from newswave.core.networks import Complete, OwnNetwork, RandomRegular, ScaleFree, SmallWorld
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.core.simulation import RUNS_PER_DRAW

MOST_STEPS = 4_500_000_000
"""Of one setup on a page: a second or two."""

MOST_AGENTS = 20_000
MOST_LINKS = 2_000_000
"""More would take the memory of a class."""

_PER_RUN, _PER_DEAL, _PER_BLOCK, _PER_DRAW = 3e4, 20.0, 6e4, 1e6
_PER_AGENT, _PER_LINK, _PER_SPARSE_LINK = 3.0, 0.35, 1.2
_PER_GATHER, _FAR = 7.0, 0.4  # of a link: in a block of few runs, and out of the fast memory
_BLOCK = 1 << 18
_PER_FITTED_ROUND, _PER_FIT, _PER_THEORY = 2e6, 5e8, 600.0


@dataclass(frozen=True)
class Cost:
    """Steps of a setup."""

    building: float  # of its network
    running: float  # of all its runs
    fitting: float  # of fits and theory

    @classmethod
    def of(cls, setup: Setup, replicas: int | None = None) -> Cost:
        """Return what a setup costs, with other replicas if given.

        >>> cost = Cost.of(Setup())
        >>> cost.building < cost.running < MOST_STEPS
        True
        """
        runs = setup.replicas if replicas is None else replicas
        degree = setup.network.mean_degree_for(setup.n_agents)
        return cls(_building(setup, degree), _running(setup, degree, runs), _fitting(setup, degree))

    @property
    def dealing(self) -> float:
        """The steps of one network with its runs."""
        return self.building + self.running

    @property
    def total(self) -> float:
        """All steps."""
        return self.building + self.running + self.fitting


def check_size(setup: Setup) -> None:
    """Refuse a setup that would keep a page waiting.

    >>> check_size(Setup(n_agents=100))
    """
    n = setup.n_agents
    links = setup.network.mean_degree_for(n) * n / 2
    cost = Cost.of(setup)
    if n > MOST_AGENTS:
        why, allowed = "It has too many agents", f"up to {MOST_AGENTS} agents"
    elif links > MOST_LINKS:
        why, allowed = "It has too many links", f"up to {MOST_LINKS:,} links"
    elif cost.total > MOST_STEPS:
        parts = {
            "Making its network takes too long": cost.building,
            "Its runs take too long": cost.running,
            "Fitting so many rounds takes too long": cost.fitting,
        }
        why, allowed = max(parts, key=lambda part: parts[part]), "a second or two of work"
    else:
        return
    raise BadValue(
        f"This setup is too large for the page. {why}",
        given=f"{n} agents, {links:,.0f} links, {setup.rounds} rounds, {setup.replicas} runs",
        allowed=allowed,
        advice="Run it on the command line: newswave run --setup FILE",
    )


def _building(setup: Setup, degree: float) -> float:
    """Return the steps in which the network is made; rewiring and pairing try again where full."""
    n, network = setup.n_agents, setup.network
    ends, full = n * degree, degree / n
    match network:
        case RandomRegular():
            drawn = min(degree, n - 1 - degree)
            return ends + n * drawn * (100 + 4 * drawn + 6000 * drawn / n)
        case SmallWorld(rewiring=rewiring):
            return ends * (5000 + 20_000 * rewiring / (1 - full))
        case ScaleFree():
            return ends * 20_000
        case Complete():
            return ends * 2
        case OwnNetwork():
            return ends * 1000
    return ends * 20_000


def _running(setup: Setup, degree: float, runs: int) -> float:
    n, rounds = setup.n_agents, setup.rounds
    block = min(runs, max(32, _BLOCK // n))
    drawn = isinstance(setup.sharing, Measured) and setup.sharing.is_sampled
    if drawn:
        block = min(block, RUNS_PER_DRAW)
    link = _PER_LINK if isinstance(setup.network, RandomRegular) else _PER_SPARSE_LINK
    link += _PER_GATHER / block + _FAR * n / MOST_AGENTS
    each = _PER_AGENT + (0.0 if isinstance(setup.network, Complete) else degree * link)
    blocks = -(-runs // block)
    return runs * (_PER_RUN + _PER_DEAL * n + n * rounds * each) + blocks * (
        rounds * _PER_BLOCK + (_PER_DRAW if drawn else 0.0)
    )


def _fitting(setup: Setup, degree: float) -> float:
    theory = len(setup.mix.groups) * degree * _PER_THEORY
    return _PER_FIT + setup.rounds * (_PER_FITTED_ROUND + theory)
