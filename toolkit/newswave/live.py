"""Runs that are asked or replayed, played to their end: the curve and every decision of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from newswave.curve import Curve
from newswave.deciding import Decider
from newswave.deciding.recording import RecordingEnds, Replay
from newswave.errors import BadFile
from newswave.history import History
from newswave.interviewing import Interview
from newswave.language import Asking, LanguageDecider, Progress
from newswave.model import NewsModel
from newswave.recordings import Recording, RecordingPurpose
from newswave.setups import Setup
from newswave.tally import Decisions
from newswave.world import World

if TYPE_CHECKING:
    import pandas as pd

Watch = Callable[[NewsModel], None]
"""Told of a run as it goes on."""

_MANY = 0.05
_ENOUGH = 20


@dataclass(frozen=True, eq=False)
class Played:
    """What came of runs that were played one by one.

    Parameters
    ----------
    curve : Curve
        All whole runs; if there is none, the one run as far as it goes.
    decisions : Decisions
        All decisions, those who abstained left out.
    abstained : int
        How many decisions were asked for in vain.
    log : pandas.DataFrame
        Every decision: run, agent, round, profile, group, exposure, first, share, abstained.
    left_out : str
        What was not played, in words; "" if nothing.
    histories : tuple of History
        What became of every agent, run by run.
    """

    curve: Curve
    decisions: Decisions
    abstained: int
    log: pd.DataFrame
    left_out: str = ""
    histories: tuple[History, ...] = ()

    def doubts(self) -> tuple[str, ...]:
        """Return what a reader of the curve has to know, in sentences; nothing if all is well."""
        asked, shared = int(self.decisions.asked.sum()), int(self.decisions.shared.sum())
        found = []
        if self.abstained > _MANY * (asked + self.abstained):
            found.append(
                "More than one answer in twenty could not be read. Those who abstained share later "
                "than they would have, so the rates are too low. Try another model."
            )
        if asked >= _ENOUGH and shared in (0, asked):
            found.append(
                f"All {asked} answers were {'yes' if shared else 'no'}, whoever was asked: neither "
                "profile nor exposure makes a difference to this model. newswave persona shows "
                "whether it takes the personas on."
            )
        if self.left_out:
            found.append(f"{self.left_out}.")
        return tuple(found)


def ask_runs(
    setup: Setup | World,
    interview: Interview,
    asking: Asking,
    progress: Progress | None = None,
    watch: Watch = lambda _: None,
) -> Played:
    """Run a setup in which a language model decides, and write every reply down.

    What the recording holds is not asked for again: a run that was stopped goes on.

    Parameters
    ----------
    setup : Setup or World
        Its sharing is an `Asked`; it says how many runs there are.
    interview : Interview
        The model and the recording.
    asking : Asking
        What is asked.
    progress : callable, optional
        Called with the round, the answers of it that are there, and all of them.
    watch : callable
        Called with the model at the start of each run and after each of its rounds.

    Raises
    ------
    ServerTrouble, ModelChanged, Stopped
        As from `Interview.ask`; asked again, it goes on.
    """
    world = setup if isinstance(setup, World) else World.of(setup)

    def decider(run: int) -> Decider:
        return LanguageDecider(interview, asking, run, progress)

    return _played(world, range(world.setup.replicas), decider, interview.writer.end, watch)


def replay_runs(recording: Recording) -> Played:
    """Play what was recorded; no model is needed, and the curve is the same to the last digit.

    Parameters
    ----------
    recording : Recording
        Of runs. Where it breaks off, its whole rounds are played.

    Raises
    ------
    BadFile
        If it is a recording of something else, or holds no whole round.

    Examples
    --------
    >>> import newswave as nw
    >>> played = replay_runs(nw.synthetic_recording())
    >>> played.curve.n_agents, played.curve.setup.synthetic
    (100, True)
    """
    if recording.header.purpose is not RecordingPurpose.RUN or recording.setup is None:
        raise BadFile(
            "This recording is not of runs",
            given=recording.header.purpose.value,
            advice="A recording of a table lies beside the table that was made of it: use --table",
        )
    runs = [r for r in recording.runs if recording.whole_rounds(r) or recording.finished(r)]
    if not runs:
        raise BadFile("This recording holds no whole round", advice="Go on recording it first")
    return _played(World.of(recording.setup), runs, lambda run: Replay(recording, run))


def _played(
    world: World,
    runs: Any,
    decider: Callable[[int], Decider],
    ended: Callable[[int], None] = lambda _: None,
    watch: Watch = lambda _: None,
) -> Played:
    """Play runs one after another; one that breaks off is left out if there are whole ones."""
    models: list[NewsModel] = []
    left_out = ""
    for run in runs:
        model = NewsModel(world, decider(run), run)
        try:
            watch(model)
            while model.running:
                model.step()
                watch(model)
            ended(run)
        except RecordingEnds as end:
            left_out = f"Run {run} breaks off after round {end.last_round}"
            if models:
                left_out += " and is left out"
                continue
            models.append(model)
            break
        models.append(model)
    decisions = models[0].decisions
    for model in models[1:]:
        decisions = decisions + model.decisions
    abstained = sum(model.abstained for model in models)
    histories = tuple(map(history_of, models))
    return Played(_curve(models), decisions, abstained, _log(models), left_out, histories)


def history_of(model: NewsModel) -> History:
    """Return what has become of every agent of a run so far.

    A run that is over is continued to the setup's last round, as its curve is.

    Examples
    --------
    >>> model = NewsModel(n_agents=100, n_seeds=2, rounds=30)
    >>> model.step()
    >>> history_of(model).rounds, int(history_of(model).counts[0])
    (1, 2)
    """
    last = model.setup.rounds if model.over else model.round
    return History.from_shared(model.world.network, model.shared_round, last)


def _curve(models: list[NewsModel]) -> Curve:
    """Return the curves of runs of one world as one."""
    curves = [model.curve() for model in models]
    first = curves[0]
    counts = np.concatenate([curve.counts for curve in curves])
    by_group = np.concatenate([np.asarray(curve.by_group) for curve in curves])
    return Curve(counts, first.n_agents, first.groups, by_group, setup=first.setup)


def _log(models: list[NewsModel]) -> pd.DataFrame:
    """Return every decision of every run."""
    import pandas as pd

    frames = []
    for model in models:
        frame = model.decision_log()
        frame.insert(0, "run", model.run)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
