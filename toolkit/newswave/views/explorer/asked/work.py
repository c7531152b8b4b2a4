"""What the jobs of the page do: time one call, measure a table, let agents ask, test the curve."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.asking import Pace
from newswave.comparing import FEWEST, Comparison, compare
from newswave.interviewing import Interview
from newswave.language import Asking, answered_by, one_call, run_header
from newswave.live import Played, ask_runs, history_of
from newswave.measuring import Plan
from newswave.model import NewsModel
from newswave.preflight import Preflight, duration
from newswave.recordings import Header, RecordingWriter
from newswave.servers import Server
from newswave.surveying import Survey, Surveyed, chances_so_far, survey_header
from newswave.views.explorer.asked.jobs import Job
from newswave.views.explorer.asked.runs import Ran
from newswave.world import World


@dataclass(frozen=True)
class TableTask:
    """A table to be measured, and the recording that it goes into."""

    model: str
    plan: Plan
    path: Path


@dataclass(frozen=True)
class RunTask:
    """A live run, and the recording that it goes into."""

    asking: Asking
    path: Path


@dataclass(frozen=True)
class CallTime:
    """How many seconds one answer took, and how many the loading of the model before it."""

    answer: float
    loading: float


def timed(server: Server, asking: Asking) -> CallTime:
    """Ask once, to see how long it takes."""
    Preflight.of(server, asking.rule.model)
    reply = one_call(server, asking)
    return CallTime(max(reply.seconds - reply.load_seconds, 1e-3), reply.load_seconds)


def measured(job: Job, server: Server, task: TableTask) -> Surveyed:
    """Measure a table, or go on measuring it; on the way its cells are told as they come in."""
    ready = Preflight.of(server, task.model)
    header = survey_header(task.plan, ready.model, ready.found.version)
    with _interview(job, ready, task.path, header) as interview:
        survey = Survey(task.plan, interview)
        job.tell(survey.calls_made, survey.calls_made + survey.calls_left, "The first call ...")
        survey.first()
        begun = survey.calls_made
        clock = _Clock()

        def seen() -> npt.NDArray[np.float64]:
            return chances_so_far(task.plan, interview.recording)

        def progress(done: int, total: int) -> None:
            words = f"{begun + done} of {begun + total} calls; {clock.left(done, total - done)}"
            job.tell(begun + done, begun + total, words, seen)

        return survey.finish(progress)


def asked(job: Job, server: Server, task: RunTask) -> Ran:
    """Let agents ask for every decision, or go on; on the way the run is told round by round."""
    ready = Preflight.of(server, task.asking.rule.model)
    asking = Asking(answered_by(task.asking.setup, ready.model), task.asking.question)
    world = World.of(asking.setup)
    header = run_header(asking, ready.model, ready.found.version)
    with _interview(job, ready, task.path, header) as interview:
        meter = _Meter(job, world, lambda model: _so_far(interview, world, model, task.path))
        played = ask_runs(world, interview, asking, meter.progress, meter.watch)
        history = played.histories[0]
        recording = interview.recording
    return Ran(task.path.name, recording, world, history, 0, played.abstained, played)


def _so_far(interview: Interview, world: World, model: NewsModel, path: Path) -> Ran:
    history = history_of(model)
    return Ran(path.name, interview.recording, world, history, model.run, model.abstained)


@contextmanager
def _interview(job: Job, ready: Preflight, path: Path, header: Header) -> Iterator[Interview]:
    """Open the recording and yield what asks and writes into it; the job stops it."""
    with RecordingWriter(path, header) as writer:
        yield Interview(ready.server, ready.model, writer, Pace(), job.stopping)


class _Clock:
    """How long something will still take, from how long it has taken."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def left(self, done: int, left: int, most: bool = False) -> str:
        """Return the time that `left` more take, in words."""
        if done < 1 or left < 1:
            return "almost done" if left < 1 else "the time is not known yet"
        words = duration((time.monotonic() - self._start) / done * left)
        return f"at most {words} left" if most else f"{words} left"


class _Meter:
    """Tells of a live run: the round, its answers, at most how long still."""

    def __init__(self, job: Job, world: World, seen: Callable[[NewsModel], Ran]) -> None:
        self._job, self._world, self._seen = job, world, seen
        self._clock = _Clock()
        self._answers = self._before = 0
        self._undecided = world.setup.n_agents

    def progress(self, at: int, done: int, total: int) -> None:
        """Take in that some answers of a round are there."""
        rounds = self._world.setup.rounds
        self._answers = self._before + done
        most = total - done + (rounds - at) * self._undecided
        words = (
            f"Round {at} of {rounds}: {done} of {total} agents have answered. "
            f"{self._answers} answers so far, {self._clock.left(self._answers, most, most=True)}."
        )
        self._job.tell(self._place(at - 1, done / max(total, 1)), 100 * rounds, words)

    def watch(self, model: NewsModel) -> None:
        """Take in that a round is over."""
        self._before = self._answers
        self._undecided = int((~model.shared).sum())
        rounds = self._world.setup.rounds
        words = f"Round {model.round} of {rounds} is over."
        place = self._place(model.round, 0.0)
        self._job.tell(place, 100 * rounds, words, lambda: self._seen(model), now=True)
        self._job.check()

    @staticmethod
    def _place(whole: int, part: float) -> int:
        return round(100 * (whole + part))


def compared(job: Job, played: Played) -> Comparison:
    """Fit the models to a run's curve and test one rate against two."""

    def progress(what: str, done: int, total: int) -> Any:
        job.check()
        job.tell(done, total, f"{what}: {done} of {total}")

    return compare(played.curve, replicas=FEWEST, progress=progress, decisions=played.decisions)
