"""How often the 90 % band of a counted table holds the true curve, in worlds of known truth.

    python benchmarks/bands.py                       # 20 answers a cell, 40 tables a world
    python benchmarks/bands.py --answers 5 20 100 --tables 100
    python benchmarks/bands.py --survey              # every answer a reply: five times as slow
    python benchmarks/bands.py --cap                 # exposures 1, 2, and 3 or more

Answers are drawn from the truth (synthetic: no language model is asked). Exposures are asked as
long as answers change, as `newswave table --exposures 8` does, the cells are estimated together,
and the curve and its band are predicted, as `newswave predict --table` does. --survey takes
the way through `Survey`, question by question; without it the answers of a cell are one draw.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

import newswave as nw
from newswave.core.population import signs_of
from newswave.core.provenance import Cell, Method, pooled_cells
from newswave.core.sharing import between
from newswave.core.statistics import expit
from newswave.core.table_facts import moves
from newswave.equations.predict import theories
from newswave.llm.batch import Task
from newswave.llm.recording import Header, Recording, RecordingPurpose, Source
from newswave.llm.server import Model, Reply
from newswave.llm.survey import Plan, Survey

Floats = npt.NDArray[np.float64]

DEGREE = 8
_NEAR = 1e-3
ROUNDS = (3, 6, 9, 13, 19, 25)
SETUP = nw.Setup(
    network=nw.RandomRegular(DEGREE),
    mix=nw.IndependentTraits(),
    rounds=ROUNDS[-1],
    sharing=nw.ByTraits(),
)
CODES = tuple(profile.code for profile in nw.PROFILES)
SIGNS = signs_of(nw.PROFILES)


def traits(stream: np.random.Generator) -> Floats:
    """Return five effects drawn anew, a rise from 1 to 3, and noise of 0.3 in each cell."""
    odds = -2.5 + SIGNS @ stream.normal(0.0, 0.8, 5)
    return held(expit(odds[:, None] + [0.0, 0.3, 0.5] + stream.normal(0.0, 0.3, (32, 3))))


def random(stream: np.random.Generator) -> Floats:
    """Return a chance of its own for every cell, whatever its traits and its profile."""
    return held(stream.uniform(0.0, 0.3, (32, 3)))


def sparse(stream: np.random.Generator) -> Floats:
    """Return a few profiles that are ready to share, the rest hardly at all."""
    chance = np.full((32, 3), 0.01)
    chance[stream.permutation(32)[:8]] = 0.4
    return held(chance)


def contact(stream: np.random.Generator) -> Floats:
    """Return the contact rule: readiness rises with every neighbour up to the degree."""
    rate = expit(-3.0 + SIGNS @ stream.normal(0.0, 0.8, 5))
    return 1.0 - (1.0 - rate[:, None]) ** np.arange(1, DEGREE + 1)


def held(chance: Floats) -> Floats:
    """Return chances for every exposure; what is the last that is given stands for more."""
    return chance[:, np.minimum(np.arange(DEGREE), chance.shape[1] - 1)]


World = Callable[[np.random.Generator], Floats]
WORLDS: tuple[World, ...] = (traits, random, sparse, contact)


@dataclass
class Answering:
    """An interview whose answers are drawn from known chances, of shape (32, degree)."""

    chance: Floats
    stream: np.random.Generator
    model: Model = field(default=Model("truth", "0" * 64, synthetic=True))
    seconds: float = 0.0

    def __post_init__(self) -> None:
        source = Source("rule", self.model.name, self.model.digest, synthetic=True)
        header = Header(RecordingPurpose.TABLE, source, event=SETUP.event)
        self.recording = Recording(header, {}, (), {})

    @property
    def calls_made(self) -> int:
        """How many replies there are."""
        return len(self.recording.all_replies)

    def ask(self, tasks: Sequence[Task], _: object = None) -> dict[object, object]:
        """Return one answer for each task."""
        made = [task.recorded(0, task.asked(0), self._reply(task)) for task in tasks]
        held = self.recording
        self.recording = Recording(held.header, {}, (*held.all_replies, *made), {})
        return {reply.key: reply for reply in made}

    def _reply(self, task: Task) -> Reply:
        chance = float(self.chance[CODES.index(task.profile), task.exposure - 1])
        if task.request.alternatives:
            words = (("yes", math.log(chance)), ("no", math.log1p(-chance)))
            return Reply("yes", done_reason="stop", first_token=words)
        yes = self.stream.random() < chance
        return Reply(json.dumps({"share": bool(yes)}), done_reason="stop")


def surveyed(chance: Floats, stream: np.random.Generator, plan: Plan) -> nw.Measured:
    """Return the table that `Survey` makes of answers drawn from the truth."""
    return Survey(plan, Answering(chance, stream)).finish().measured


def counted(chance: Floats, stream: np.random.Generator, plan: Plan) -> nw.Measured:
    """Return the same with all answers of a cell in one draw."""
    shared = stream.binomial(plan.repeats, chance)
    while True:
        cells = [
            Cell.counted(row, m, plan.repeats, int(shared[CODES.index(row), m - 1]))
            for row, m in plan.cells
        ]
        if not plan.further or not moves(made_of(cells, plan)):
            return made_of(pooled_cells(cells), plan)
        plan = plan.longer(Method.REPEATED_ANSWERS)


def made_of(cells: Sequence[Cell], plan: Plan) -> nw.Measured:
    """Return the table of some cells."""
    asked = plan.exposures
    known = np.reshape([cell.probability for cell in cells], (-1, len(asked)))
    left_out = tuple(m for m in range(1, asked[-1]) if m not in asked)
    table = nw.SharingTable(CODES, between(known, asked))
    return nw.Measured(table, tuple(cells), between=left_out)


@dataclass(frozen=True)
class Held:
    """What came out of many tables of a world."""

    name: str
    answers: int
    inside: Floats  # (rounds,): Share of tables whose band holds the truth, at each of ROUNDS
    width: float  # Mean of the widest place of the bands
    error: float  # Largest distance of a predicted curve from the truth

    def words(self) -> str:
        """Return a row of the table."""
        inside = " ".join(f"{share:5.2f}" for share in self.inside)
        return f"{self.name:8} {self.answers:7} {inside}  {self.width:5.2f}  {self.error:5.2f}"


Way = Callable[[Floats, np.random.Generator, Plan], nw.Measured]
"""How a table is made of the truth."""


def study(world: World, answers: int, tables: int, way: Way = counted, most: int = DEGREE) -> Held:
    """Return how often bands hold the true curve over some tables; 0 answers: odds are read."""
    plan = Plan.rising(SETUP.event, nw.wording("adjectives"), most)
    if answers:
        plan = replace(plan, method=Method.REPEATED_ANSWERS, repeats=answers)
    inside, width, error = np.zeros(len(ROUNDS)), 0.0, 0.0
    for at in range(tables):
        stream = np.random.default_rng([at, answers, WORLDS.index(world)])
        chance = world(stream)
        true = curve(nw.Measured(nw.SharingTable(CODES, np.pad(chance, ((0, 0), (1, 0))))))
        rule = (way if answers else surveyed)(chance, stream, plan)
        predicted = theories(replace(SETUP, sharing=rule, seed=at))
        found, band = predicted.theories[0].fraction, predicted.band
        error = max(error, float(np.abs(found - true).max()))
        low, high = (found, found) if band is None else (band.low, band.high)
        width += float((high - low).max()) / tables
        holds = (low - _NEAR <= true) & (true <= high + _NEAR)
        inside += holds[list(ROUNDS)] / tables
    return Held(world.__name__, answers, inside, width, error)


def curve(rule: nw.Measured) -> Floats:
    """Return what the master equation says of a table."""
    return theories(replace(SETUP, sharing=rule)).theories[0].fraction


def main(arguments: Iterable[str] | None = None) -> None:
    """Print a row for each world and number of answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", nargs="+", type=int, default=[20], help="0: odds are read")
    parser.add_argument("--tables", type=int, default=40)
    parser.add_argument("--worlds", nargs="+", default=[world.__name__ for world in WORLDS])
    parser.add_argument("--survey", action="store_true")
    parser.add_argument("--cap", action="store_true")
    given = parser.parse_args(None if arguments is None else list(arguments))
    rounds = " ".join(f"t={at:<3}" for at in ROUNDS)
    print(f"{'world':8} {'answers':7} {rounds}  width  error", flush=True)
    for world in (world for world in WORLDS if world.__name__ in given.worlds):
        for answers in given.answers:
            way, most = surveyed if given.survey else counted, 3 if given.cap else DEGREE
            print(study(world, answers, given.tables, way, most).words(), flush=True)


if __name__ == "__main__":
    main()
