"""The agent model: Mesa's clock, identities and data collection around the law.

The only module that knows Mesa. The state is held in arrays on the model; an agent is a name for
one place in them: Mesa's tools can ask it anything, and a step costs a few array operations.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from functools import cached_property, partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar

import mesa
import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.deciders import Answers, Decider, Hearing, TableDecider
from newswave.core.errors import BadValue, whole_number
from newswave.core.files import check_memory
from newswave.core.law import Attention, attends, neighbours_of, show
from newswave.core.old_names import renamed
from newswave.core.parameters import changed
from newswave.core.population import Group, Profile
from newswave.core.run_log import DecisionLog, names
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions
from newswave.core.simulation import World, check_rounds

if TYPE_CHECKING:
    import pandas as pd


Ints = npt.NDArray[Any]

NOT_YET = -1
"""What the model's arrays of rounds and counts hold for an agent that has not got there."""


class State(Enum):
    """How far the news has come with an agent."""

    UNAWARE = "has not seen anybody share"
    AWARE = "sees somebody sharing and has not shared"
    SHARING = "has shared"


class _NoNumbers:
    """Stands in for the table that Mesa up to 3.4 numbers agents from: it keeps models alive."""

    def __getitem__(self, model: mesa.Model) -> Iterator[None]:
        return repeat(None)


class NewsAgent(mesa.Agent):  # type: ignore[misc]
    """One agent of a `NewsModel`: its place in the model's arrays, read when asked.

    To take it out of Mesa's lists (`remove`) does not take it out of the run.
    """

    _ids: ClassVar[Any] = _NoNumbers()
    model: NewsModel

    @property
    def index(self) -> int:
        """Its place in the arrays, from 0."""
        return int(self.unique_id) - 1

    @property
    def name(self) -> str:
        """The name that the network's file gives it, else its number."""
        names = self.model.world.network.names
        return str(names[self.index] if names else self.index)

    @property
    def group(self) -> str:
        """The name of its group."""
        return self.model.groups[int(self.model.rows[self.index])].name

    @property
    def profile(self) -> Profile:
        """Its personality."""
        return self.model.groups[int(self.model.rows[self.index])].profile

    @property
    def shared(self) -> bool:
        """Whether it has shared."""
        return bool(self.model.shared[self.index])

    @property
    def active(self) -> bool:
        """Whether it is active offline."""
        return bool(self.model.active[self.index])

    @property
    def state(self) -> State:
        """How far the news has come with it."""
        if self.shared:
            return State.SHARING
        return State.UNAWARE if self.heard_round is None else State.AWARE

    @property
    def exposure(self) -> int:
        """m, the sharing neighbours that it sees in this round."""
        return int(self.model.exposure[self.index])

    @property
    def heard_round(self) -> int | None:
        """The round in which it first saw a neighbour sharing; None if not yet or never."""
        return _reached(self.model.heard_round[self.index])

    @property
    def heard_from(self) -> int | None:
        """How many neighbours were sharing in that round."""
        return _reached(self.model.heard_from[self.index])

    @property
    def shared_round(self) -> int | None:
        """The round in which it shared, 0 for a seed agent; None if not yet."""
        return _reached(self.model.shared_round[self.index])

    @property
    def neighbours(self) -> tuple[NewsAgent, ...]:
        """The agents that it is linked to."""
        linked = neighbours_of(self.model.world.network, np.array([self.index]))
        return tuple(self.model.by_index[other] for other in linked)


def _reached(value: Any) -> int | None:
    return None if value == NOT_YET else int(value)


_EACH = 640  # bytes of a Mesa agent and what the model holds of it, measured


class NewsModel(mesa.Model):  # type: ignore[misc]
    """One run of a setup as a Mesa model, number for number replica `run` of `simulate`.

    It steps by itself, in `mesa.batch_run`, or under `mesa.visualization.SolaraViz`. Whoever wants
    other luck asks for another `run` (same network, other seeds and thresholds) or another `seed`
    (everything new): without either, every model of a setup is the same one.

    Parameters
    ----------
    setup : Setup or World, optional
        What to run; the default setup if not given. A world saves building the network again.
    decider : Decider, optional
        Who decides; by default the setup's own sharing table. A setup that has none needs one.
    run : int
        Which run of the setup.
    degree : int, optional
        Short for the field `network`: a random regular network of that degree.
    collect_agents : bool
        Whether the data collector also keeps every agent's state, exposure and decision by round.
    **kwargs
        Any field of `Setup` by name, such as `seed`, and the short names of `changed`: `fast`,
        `slow`, `fast_fraction`. (Mesa looks for the name kwargs, and a parameter that was listed
        as seed would be overwritten by its `batch_run`.)

    Attributes
    ----------
    shared, exposure, exposure_before, cumulative, threshold : array, shape (n_agents,)
        Who has shared; m now and a round ago; each agent's
        cumulative hazard, and its threshold.
    rows : array of int, shape (n_agents,)
        Position of each agent's group in `groups`.
    heard_round, heard_from, shared_round, shared_from : array of int, shape (n_agents,)
        When each agent first saw the news, and how many showed it; when it shared, and m at that
        moment; `NOT_YET` before that.
    round : int
        The round that the model is in, 0 at the start.
    abstained : int
        How many answers the decider could not give so far. Whoever abstains has not shared in that
        round, and is asked again when the attention rule says so.

    Raises
    ------
    BadValue
        If a name is unknown, a value does not fit, a prepared world is asked to change, or the
        clock is continuous: Mesa's goes in steps.

    Notes
    -----
    `mesa.batch_run` of Mesa up to 3.4 reports the round before a model's last one, and says so in
    its column Step. For other luck in each of several runs give `parameters` a range of `run` or
    of `seed`. The argument `iterations` gives iteration i the run i, unless `parameters` names the
    runs: then each is repeated as it is, and a warning says so.

    Examples
    --------
    >>> model = NewsModel(n_agents=200, degree=4, fast=0.5, slow=0.5, rounds=100)
    >>> model.run_model()
    >>> model.round < 100, int(model.shared.sum())
    (True, 200)
    """

    def __init__(
        self,
        setup: Setup | World | None = None,
        decider: Decider | None = None,
        run: int = 0,
        *,
        degree: int | None = None,
        collect_agents: bool = False,
        **kwargs: Any,
    ) -> None:
        self.world = _world(setup, degree, kwargs)
        self.setup = self.world.setup
        check_rounds(self.setup, "A Mesa model steps")
        self.run = whole_number("The run", run, 0) + _iteration()
        super().__init__(rng=[self.setup.seed, self.run])
        self.decider = TableDecider(self.world.law_of(self.run)) if decider is None else decider
        self.groups: tuple[Group, ...] = tuple(self.setup.mix.groups)
        self.rows = self.world.rows
        self._start()
        need, advice = _EACH * self.setup.n_agents, "Take fewer, or nw.simulate, which makes none"
        check_memory(need, f"{self.setup.n_agents} Mesa agents", advice)
        self._numbers = iter(range(1, 1 << 62))
        self.by_index = [NewsAgent(self) for _ in range(self.setup.n_agents)]
        self.datacollector = _collector(self.world, collect_agents)
        self._tell()

    def register_agent(self, agent: mesa.Agent) -> None:
        """Take an agent into Mesa's lists under the next number of this model, from 1."""
        super().register_agent(agent)
        agent.unique_id = next(self._numbers)

    def _start(self) -> None:
        """Set every array to round 0."""
        n = self.setup.n_agents
        self.threshold, seeds = self.world.luck(self.run)
        self.cumulative = np.zeros(n)
        self.exposure, self.exposure_before = np.zeros(n, np.int32), np.zeros(n, np.int32)
        self.shared = np.zeros(n, np.bool_)
        self.heard_round, self.heard_from = np.full(n, NOT_YET), np.full(n, NOT_YET)
        self.shared_round, self.shared_from = np.full(n, NOT_YET), np.full(n, NOT_YET)
        self.round = 0
        self.abstained = 0
        self._offline = self.world.offline([self.run])
        self._abstained: list[Ints] = []
        self._aware = 0
        self._by_round: list[Ints] = []
        self._share(np.sort(seeds))

    def step(self) -> None:
        """Go one round on: everybody who attends decides at once, from what was shared before.

        Nothing is changed before the answers are there: if the decider fails, step again.
        """
        if self.over:
            self.running = False
            return
        seen = self.exposure.copy()
        show(self.world.network, seen, self._new)
        hearing = self._hearing(seen)
        answers = self._answers(hearing)
        self.round += 1
        if self._offline is not None:
            self._offline.go_on(seen, self.shared)
        self.exposure_before, self.exposure = self.exposure, seen
        self._hear(hearing)
        self.cumulative[hearing.agents] = answers.cumulative
        self._abstain(hearing.agents, answers.abstained)
        self._share(hearing.agents[answers.share])
        self._tell()

    @property
    def active(self) -> npt.NDArray[np.bool_]:
        """Which agents are active offline, shape (n_agents,); nobody where there is no feedback."""
        none = np.zeros(self.setup.n_agents, np.bool_)
        return none if self._offline is None else self._offline.active

    @property
    def worn(self) -> npt.NDArray[Any]:
        """The name of `cumulative` in version 0.1."""
        return np.asarray(renamed(self, "worn", "cumulative"))

    @property
    def resistance(self) -> npt.NDArray[Any]:
        """The name of `threshold` in version 0.1."""
        return np.asarray(renamed(self, "resistance", "threshold"))

    @property
    def over(self) -> bool:
        """Whether nothing can follow: all rounds done, all have shared, or nobody has a reason."""
        setup, count = self.setup, self._by_round[-1].sum()
        still = setup.attention is Attention.NEW_EXPOSURE and not setup.reaches_all
        ends = count == setup.n_agents and not setup.feedback.is_on
        return bool(self.round >= setup.rounds or ends or (still and len(self._new) == 0))

    def run_model(self) -> None:
        """Step until the run is over.

        Raises
        ------
        NewswaveError
            What the decider raises, such as `RecordingEnds`: the model then stands at its last
            whole round, and its curve so far can be taken.
        """
        while self.running:
            self.step()

    def curve(self) -> Curve:
        """Return the counts of sharers by round, in all and by group, as a curve of one run.

        A run that is over is continued to the setup's last round; one that is not ends now.
        """
        by_group = np.array(self._by_round, np.int32)
        if self.over:
            left = self.setup.rounds - self.round
            by_group = np.concatenate([by_group, np.repeat(by_group[-1:], left, axis=0)])
        counts = by_group.sum(axis=1, dtype=np.float64)[None]
        names, active = self.world.names, None
        if self._offline is not None and self.setup.feedback.is_on:
            active = np.array([self._offline.counts], np.float64)
        n = self.setup.n_agents
        return Curve(counts, n, names, by_group[None], setup=self.setup, active=active)

    @property
    def decisions(self) -> Decisions:
        """All decisions so far, as counts by group and exposure."""
        return self._log().counts(self.world)

    def decision_log(self) -> pd.DataFrame:
        """Return every decision so far, one row for each; columns as in `DecisionLog.frame`."""
        return self._log().frame(self.world)

    def agents_frame(self) -> pd.DataFrame:
        """Return one row for each agent: who it is and what became of it.

        Returns
        -------
        pandas.DataFrame
            agent, profile (code), group, state, exposure, heard_round, heard_from, shared_round,
            shared_from; missing where it has not got there.
        """
        import pandas as pd

        heard = self.heard_round != NOT_YET
        state = np.where(self.shared, "SHARING", np.where(heard, "AWARE", "UNAWARE"))
        agents = np.arange(self.setup.n_agents)
        columns: dict[str, Any] = {"agent": agents, **names(self.world, agents)}
        columns |= {"state": state, "exposure": self.exposure.copy()}
        for name in ("heard_round", "heard_from", "shared_round", "shared_from"):
            values = getattr(self, name)
            columns[name] = pd.arrays.IntegerArray(values.copy(), values == NOT_YET)
        return pd.DataFrame(columns)

    @cached_property
    def grid(self) -> Any:
        """The network as Mesa's `NetworkGrid`, with every agent on its node, for Mesa's drawings.

        It is made when first asked for: drawing the network of more than some hundred agents takes
        Mesa's layout minutes.
        """
        grid = mesa.space.NetworkGrid(self.world.network.to_networkx())
        for agent in self.by_index:
            grid.place_agent(agent, agent.index)
        return grid

    def _log(self) -> DecisionLog:
        return DecisionLog.of(self.world, self.shared_round, self.round, self._abstained)

    def _hearing(self, seen: Ints) -> Hearing:
        """Return the next question: all who attend, or all who can meet the event itself."""
        undecided = ~self.shared
        if not self.setup.reaches_all:
            undecided &= attends(self.setup.attention, seen, self.exposure)
        agents = np.flatnonzero(undecided)
        arrays = (self.rows, seen, self.exposure, self.cumulative, self.threshold)
        own: list[Any] = [array[agents] for array in arrays]
        hearing = Hearing(self.round + 1, agents, *own)
        if self._offline is None:
            return hearing
        return replace(hearing, push=self._offline.push().of(agents))

    def _answers(self, hearing: Hearing) -> Answers:
        """Ask the decider, if there is anybody to ask about, and check that all were answered."""
        if len(hearing) == 0:
            return Answers(np.zeros(0, np.bool_), np.zeros(0))
        try:
            answers = self.decider.decide(hearing)
            if len(answers.share) != len(hearing):
                raise BadValue(
                    "A decider answers for every agent that was asked",
                    given=f"{len(answers.share)} answers for {len(hearing)}",
                )
        except BaseException:
            self._wind_clock()
            raise
        return answers

    def _wind_clock(self) -> None:
        """Set Mesa's clock again: from 3.5 on it stops for good when a step raises an error."""
        clock = getattr(self, "_default_schedule", None)
        if clock is not None:
            clock._schedule_next(self.time + 1)

    def _hear(self, hearing: Hearing) -> None:
        """Note who sees the news for the first time."""
        first = (hearing.before == 0) & (hearing.exposure > 0)
        agents = hearing.agents[first]
        self.heard_round[agents] = self.round
        self.heard_from[agents] = hearing.exposure[first]
        self._aware += len(agents)

    def _abstain(self, agents: Ints, abstained: Ints | None) -> None:
        """Note who gave no answer in this round."""
        silent = agents[:0] if abstained is None else agents[abstained]
        self._abstained.append(silent)
        self.abstained += len(silent)

    def _share(self, new: Ints) -> None:
        """Let the agents in `new` have shared in this round."""
        self._new = new
        self.shared[new] = True
        self.shared_round[new] = self.round
        self.shared_from[new] = self.exposure[new]
        self._aware -= int(np.count_nonzero(self.heard_round[new] != NOT_YET))
        more = np.bincount(self.rows[new], minlength=len(self.groups))
        self._by_round.append(self._by_round[-1] + more if self._by_round else more)

    def _tell(self) -> None:
        self.running = not self.over
        self.datacollector.collect(self)


def _collector(world: World, collect_agents: bool) -> mesa.DataCollector:
    reporters: dict[str, Any] = {"round": "round", "shared": _shared, "new": _new, "aware": _aware}
    reporters |= {"fraction": _fraction, "abstained": "abstained"}
    reporters |= {"active": _active} if world.setup.feedback.is_on else {}
    reporters |= {f"shared_{name}": partial(_of_group, row) for row, name in enumerate(world.names)}
    each = {"state": _state, "exposure": "exposure", "shared": "shared"} if collect_agents else None
    return mesa.DataCollector(model_reporters=reporters, agent_reporters=each)


def _shared(model: NewsModel) -> int:
    return int(model._by_round[-1].sum())


def _new(model: NewsModel) -> int:
    return len(model._new)


def _aware(model: NewsModel) -> int:
    return model._aware


def _fraction(model: NewsModel) -> float:
    return _shared(model) / model.setup.n_agents


def _active(model: NewsModel) -> int:
    return int(np.count_nonzero(model.active))


def _of_group(row: int, model: NewsModel) -> int:
    return int(model._by_round[-1][row])


def _state(agent: NewsAgent) -> str:
    return agent.state.name


def _iteration() -> int:
    """Return which iteration of `mesa.batch_run` makes this model, from 0; 0 outside of it.

    Mesa hands all iterations the same parameters, and tells which one it is nowhere but in its own
    frame.
    """
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "mesa.batchrunner":
            match frame.f_locals.get("run"):
                case (_, int(iteration), dict(given)) if iteration and "rng" not in given:
                    return 0 if _repeats(given) else iteration
        frame = frame.f_back  # type: ignore[assignment]
    return 0


def _repeats(given: dict[str, Any]) -> bool:
    """Tell whether `parameters` names the runs, and warn that iterations repeat them."""
    if "run" in given:
        words = "iterations repeats each run as it is. Leave it out, or leave run out of parameters"
        warnings.warn(words, UserWarning, stacklevel=4)
    return "run" in given


def _world(setup: Setup | World | None, degree: int | None, kwargs: dict[str, Any]) -> World:
    """Return the world of a setup with changes by name."""
    scenario = kwargs.pop("scenario", None)  # Mesa 3.5 hands one over when its reset is pressed
    named = {**dict(scenario or ()), **kwargs, "degree": degree}
    unset = {name for name in ("rng", "seed", "degree") if named.get(name) is None}
    changes = {name: value for name, value in named.items() if name not in unset}
    if not isinstance(setup, World):
        return World.of(changed(Setup() if setup is None else setup, changes))
    if changes:
        raise BadValue(
            "A prepared world does not change",
            given=", ".join(changes),
            advice="Pass its setup instead, and the changes with it",
        )
    return setup
