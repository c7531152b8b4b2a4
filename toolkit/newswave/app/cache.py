"""Runs for a page: what a setup costs, and runs that are made once for all learners."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from newswave.core.curve import Curve
from newswave.core.errors import BadValue, NewswaveError
from newswave.core.networks import Complete, OwnNetwork, RandomRegular, ScaleFree, SmallWorld
from newswave.core.rules import Measured
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.core.simulation import RUNS_PER_DRAW, World, simulate
from newswave.equations.compare import fits_alone
from newswave.equations.differences import over_networks
from newswave.equations.fit import Fit
from newswave.equations.predict import Predicted, theories
from newswave.report.describe import no_equations

# What a setup costs, counted before anything is done: building, running, fitting.
#
# The unit is a step of about a nanosecond on one core of a laptop, measured on networks of 10 to
# 20,000 agents and rounded up. Counting steps, not seconds, makes the same link open or refused on
# every machine.

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
        """Return what a setup costs, with other replicas if given."""
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
    """Refuse a setup that would keep a page waiting."""
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


# Runs, worked out once, kept for all learners, dropped by age.


Made = TypeVar("Made")

_DRAWN = ("well_mixed_ode",)
_DENSE = 300  # the master equation takes a second there, and ten at 1000


class _Shelf(Generic[Made]):
    """Results by key, the latest `room` of them; what two ask for at once is worked out once."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._held: OrderedDict[object, Future[Made]] = OrderedDict()

    def get(self, key: object, make: Callable[[], Made]) -> Made:
        """Return what is held under a key, made now if it is not."""
        with self._lock:
            future = self._held.get(key)
            mine = future is None
            if future is None:
                future = self._held[key] = Future()
            self._held.move_to_end(key)
            while len(self._held) > self._room:
                self._held.popitem(last=False)
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    self._held.pop(key, None)
                future.set_exception(error)
        return future.result()


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A setup, its world, and the curve of all its runs."""

    setup: Setup  # what was run
    world: World  # its network and agents
    curve: Curve  # of all replicas
    _histories: _Shelf[History] = field(default_factory=lambda: _Shelf(8))

    @classmethod
    def of(cls, setup: Setup) -> Ensemble:
        """Run a setup."""
        world = World.of(setup)
        return cls(setup, world, simulate(world))

    @cached_property
    def predicted(self) -> Predicted | None:
        """The theories that a page draws; None where none applies."""
        try:
            if self.world.network.mean_degree > _DENSE:
                return None
            return theories(self.setup, only=_DRAWN)
        except NewswaveError:
            return None

    @property
    def theories(self) -> frozenset[str]:
        """The keys of the theories that a page draws."""
        every = self.predicted.theories if self.predicted else ()
        return frozenset(theory.key for theory in every)

    @cached_property
    def fits(self) -> tuple[Fit, ...]:
        """The fits by likelihood, without intervals."""
        return fits_alone(self.curve, with_least_squares=False)

    @property
    def why_no_theory(self) -> str:
        """Why there is no theory, in words; '' where there is."""
        if self.predicted is not None:
            return ""
        return "No theory is drawn. " + (
            no_equations(self.setup)
            or "The equations here are for complete networks of a few hundred agents at most, and "
            "for agents whose table of probabilities is known."
        )

    def history(self, run: int) -> History:
        """Return what became of every agent in one run."""
        return self._histories.get(run, lambda: History.of(self.world, run))


_ensembles = _Shelf[Ensemble](48)
_samples = _Shelf[Curve](24)


def ensemble(setup: Setup) -> Ensemble:
    """Return a setup's ensemble: the same one for all who ask, while it is remembered.

    >>> small = Setup(n_agents=50, n_seeds=2, rounds=10, replicas=4)
    >>> ensemble(small) is ensemble(small)
    True
    """
    check_size(setup)
    return _ensembles.get(setup.to_json(), lambda: Ensemble.of(setup))


def sampled(setup: Setup, progress: Callable[[int, int], None]) -> Curve:
    """Return the runs of a setup over many networks: the same ones while they are remembered.

    They are asked for by one thread: `progress` tells only who has them made.

    >>> small = Setup(n_agents=20, n_seeds=2, rounds=3)
    >>> sampled(small, lambda *_: None) is sampled(small, lambda *_: None)
    True
    """
    return _samples.get(setup.to_json(), lambda: over_networks(setup, progress=progress))
