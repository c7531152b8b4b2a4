"""One post and forty readers: a run on a small network, round by round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from newswave.app.cache import ensemble
from newswave.app.controls import Scale
from newswave.app.items import Stroke
from newswave.app.panels.panel import Control, Dial, Panel, Settings, Shown, by_round, passes, span
from newswave.app.pictures import Cast, Line, Picture, cast_words, rule_words
from newswave.core.networks import RandomRegular
from newswave.core.parameters import percent
from newswave.core.population import PROFILES, OneProfile, Trait
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup

N_AGENTS = 40
ROUNDS = 30
RUNS = 10
SEED = 2
"""Not that of the lesson, whose questions ask about its own runs."""

_NEW = Stroke("red", (6, 3), 2.5)


@dataclass(frozen=True)
class OnePostSettings(Settings):
    """Settings of the panel `one_post`."""

    controls: ClassVar[tuple[Control, ...]] = (
        Dial(
            "degree",
            "Degree",
            Scale(tuple(range(3, 9)), "{:.0f} neighbours".format),
            "How many neighbours every agent has.",
        ),
        Dial(
            "share_probability",
            "Chance to share",
            Scale((0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5), percent),
            "The chance that one sharing neighbour makes an agent share, in one round.",
        ),
        Dial(
            "run",
            "Run",
            Scale(tuple(range(RUNS)), "run {:.0f}".format),
            "Same agents and links, other luck: another seed agent, other decisions.",
        ),
    )

    degree: int = 4  # neighbours of every agent, 3 to 8
    share_probability: float = 0.15  # per sharing neighbour and round, 0.1 to 0.5
    run: int = 0  # whose luck, 0 to 9


def _setup(settings: OnePostSettings) -> Setup:
    return Setup(
        n_agents=N_AGENTS,
        network=RandomRegular(settings.degree),
        mix=OneProfile(PROFILES[0]),
        sharing=SameForAll(settings.share_probability),
        n_seeds=1,
        rounds=ROUNDS,
        replicas=RUNS,
        seed=SEED,
    )


def _show(settings: OnePostSettings) -> Shown:
    runs = ensemble(_setup(settings))
    history = runs.history(settings.run)
    counts = history.counts
    new = np.concatenate([[np.nan], np.diff(counts)]) / N_AGENTS
    picture = Picture(
        title=f"One post, {N_AGENTS} agents: run {settings.run}",
        rounds=ROUNDS,
        cast=Cast.of(runs.world, Trait.EXTRAVERSION),
        history=history,
        lines=(Line("new", "new in this round", _NEW, new),),
        network_words=cast_words(runs.setup, history, 0),
        curve_words="Agents that have shared, and those that are new in each round.",
        rule=rule_words(runs.setup),
        share="agents (%)",
        agent=-1,
    )
    most = int(np.diff(counts).argmax()) + 1
    half, full = passes(counts / N_AGENTS), passes(counts / N_AGENTS, 1.0)
    others = [passes(run) for run in runs.curve.fraction]
    known = [one for one in others if np.isfinite(one)]
    sentences = [
        f"Run {settings.run}: half of the {N_AGENTS} agents have shared {by_round(half, ROUNDS)}, "
        f"all of them {_whole(full)}.",
        f"Most at once: {int(counts[most] - counts[most - 1])} new in round {most}.",
    ]
    if known:
        which = f"all {RUNS}" if len(known) == RUNS else f"{len(known)} of {RUNS}"
        sentences.append(f"Over {which} runs, half is reached in round {span(known)}.")
    return Shown(picture, " ".join(sentences), setup=runs.setup)


def _whole(at: float) -> str:
    return f"by round {at:.0f}" if np.isfinite(at) else f"not by round {ROUNDS}"


PANEL = Panel(
    "one_post",
    "How does one piece of news travel through forty readers?",
    "the line of new sharers rises and falls, while the line of all who have shared only rises.",
    "press Play, then move Run: same agents, same links, and yet another curve. What changed?",
    OnePostSettings(),
    _show,
)
