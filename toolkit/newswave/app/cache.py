"""Runs that were made for a page: worked out once, shared by all learners, dropped by age."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property

from newswave.app.costs import check_size
from newswave.core.curve import Curve
from newswave.core.errors import NewswaveError
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.core.simulation import World, simulate
from newswave.equations.compare import fits_alone
from newswave.equations.differences import over_networks
from newswave.equations.fit import Fit
from newswave.equations.predict import Predicted, theories
from newswave.report.describe import no_equations

# Setups that were run for the page: worked out once, kept for all learners, forgotten by age.


_KEPT = 48
_HISTORIES = 8
_DRAWN = ("well_mixed_ode",)
_DENSE = 300  # the master equation takes a second there, and ten at 1000


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A setup, its world, and the curve of all its runs."""

    setup: Setup  # what was run
    world: World  # its network and agents
    curve: Curve  # of all replicas

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

    @cached_property
    def _histories(self) -> OrderedDict[int, History]:
        return OrderedDict()

    def history(self, run: int) -> History:
        """Return what became of every agent in one run."""
        history = self._histories.get(run)
        if history is None:
            history = self._histories[run] = History.of(self.world, run)
            while len(self._histories) > _HISTORIES:
                self._histories.popitem(last=False)
        return history


class _Shelf:
    """Results by key; what two ask for at once is worked out once."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Future[Ensemble]] = OrderedDict()

    def get(self, key: str, setup: Setup) -> Ensemble:
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
                future.set_result(_made(setup))
            except BaseException as error:
                with self._lock:
                    self._held.pop(key, None)
                future.set_exception(error)
        return future.result()


_shelf = _Shelf(_KEPT)


def ensemble(setup: Setup) -> Ensemble:
    """Return a setup's ensemble: the same one for all who ask, while it is remembered.

    >>> small = Setup(n_agents=50, n_seeds=2, rounds=10, replicas=4)
    >>> ensemble(small) is ensemble(small)
    True
    """
    check_size(setup)
    return _shelf.get(setup.to_json(), setup)


def _made(setup: Setup) -> Ensemble:
    world = World.of(setup)
    return Ensemble(setup, world, simulate(world))


# Runs over many networks, worked out once for all learners who compare the same setup.


_KEPT_SAMPLES = 24

_held: OrderedDict[str, Curve] = OrderedDict()
_lock = threading.Lock()


def sampled(setup: Setup, progress: Callable[[int, int], None]) -> Curve:
    """Return the runs of a setup over many networks: the same ones while they are remembered.

    >>> small = Setup(n_agents=20, n_seeds=2, rounds=3)
    >>> sampled(small, lambda *_: None) is sampled(small, lambda *_: None)
    True
    """
    key = setup.to_json()
    with _lock:
        if key in _held:
            _held.move_to_end(key)
            return _held[key]
    made = over_networks(setup, progress=progress)
    with _lock:
        _held[key] = made
        while len(_held) > _KEPT_SAMPLES:
            _held.popitem(last=False)
    return made
