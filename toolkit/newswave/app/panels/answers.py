"""Answers: what a few recorded replies of a profile say, beside the table behind them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from newswave.app.items import Code, Item, Stroke
from newswave.app.panels.panel import (
    MIXED,
    RUNS,
    Control,
    Floats,
    Panel,
    Pick,
    Settings,
    Shown,
    by_round,
    passes,
)
from newswave.app.pictures import Band, Line, Picture
from newswave.core import rules
from newswave.core.population import IndependentTraits, Mix, OneProfile, Profile
from newswave.core.provenance import Cell
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.equations import on_network
from newswave.llm import play
from newswave.llm.recording import RecordedReply
from newswave.report.describe import SYNTHETIC

ROUNDS = 40
EXPOSURES = (1, 2, 3)
_SEEN = {1: "one sharing neighbour", 2: "two", 3: "three or more"}
_EVERYBODY = Stroke("green", (2, 3), 3.0)

PROFILES = (
    ("O+C-E+A-N-", "sociable, blunt, calm"),
    ("O-C+E+A-N-", "sociable, blunt, orderly"),
    ("O+C-E-A-N-", "reserved, blunt, calm"),
    ("O+C-E+A+N+", "sociable, warm, anxious"),
    ("O-C+E-A-N+", "reserved, blunt, anxious"),
    ("O-C-E-A+N+", "reserved, warm, anxious"),
)
"""Profiles that the recording has replies of at every exposure, the readiest first."""


@dataclass(frozen=True)
class AnswersSettings(Settings):
    """Settings of the panel `answers`."""

    controls: ClassVar[tuple[Control, ...]] = (
        Pick(
            "profile",
            "Personality profile",
            tuple((code, f"{code}: {words}") for code, words in PROFILES),
            "O openness, C conscientiousness, E extraversion, A agreeableness, N neuroticism; "
            "+ is high, - is low.",
        ),
        Pick(
            "exposure",
            "Exposure",
            (("1", "one neighbour"), ("2", "two"), ("3", "three or more")),
            "How many sharing neighbours the agent was told of.",
        ),
    )

    profile: str = "O+C-E+A+N+"  # the code of one of six profiles
    # how many sharing neighbours the agent was told of: "1", "2", or "3" for three or more
    exposure: str = "3"


@functools.cache
def _replies() -> Mapping[tuple[str, int], tuple[RecordedReply, ...]]:
    """Return the recorded replies by profile and exposure, those that could be read."""
    cells: dict[tuple[str, int], list[RecordedReply]] = {}
    for reply in play.synthetic_recording().all_replies:
        if reply.share is not None:
            cells.setdefault((reply.profile, min(reply.exposure, 3)), []).append(reply)
    return {key: tuple(replies) for key, replies in cells.items()}


@functools.cache
def _table() -> Measured:
    return rules.synthetic_table()


def counted(profile: str, exposure: int) -> Cell:
    """Return what the recorded replies of a profile at an exposure say: counts and interval.

    >>> cell = counted("O+C-E+A+N+", 1)
    >>> cell.shared, cell.asked
    (1, 12)
    """
    replies = _replies().get((profile, exposure), ())
    shared = sum(bool(reply.share) for reply in replies)
    return Cell.counted(profile, exposure, len(replies), shared)


def _predicted(rule: Measured, mix: Mix) -> Floats:
    setup = Setup(mix=mix, sharing=rule, rounds=ROUNDS)
    return on_network.predict(setup).fraction


def _alike(profile: str, chances: list[float]) -> Floats:
    """Return the curve if everybody shared with these chances at exposure 1, 2, 3 or more."""
    rule = Measured(SharingTable((profile,), np.array([[0.0, *chances]])))
    return _predicted(rule, OneProfile(Profile.from_code(profile)))


def _show(settings: AnswersSettings) -> Shown:
    code = settings.profile
    cells = [counted(code, exposure) for exposure in EXPOSURES]
    of_counts = _alike(code, [cell.probability for cell in cells])
    low = _alike(code, [cell.low for cell in cells])
    high = _alike(code, [cell.high for cell in cells])
    of_table = _predicted(_table(), OneProfile(Profile.from_code(code)))
    everybody = _predicted(_table(), IndependentTraits())
    lines = (
        Line("counts", "all like this, by the replies", RUNS, of_counts),
        Line("table", "all like this, by the table", MIXED, of_table),
        Line("everybody", "all 32 profiles, by the table", _EVERYBODY, everybody),
    )
    picture = Picture(
        title=f"If everybody were {code}",
        rounds=ROUNDS,
        lines=lines,
        bands=(Band("what the replies leave open", "blue", low, high),),
        curve_words=f"Predicted curves: {', '.join(line.label for line in lines)}.",
        synthetic=SYNTHETIC,
        has_transport=False,
    )
    halves = tuple(passes(curve) for curve in (of_counts, of_table, everybody, high, low))
    return Shown(picture, _words(settings, halves), _example(settings))


def _words(settings: AnswersSettings, halves: tuple[float, ...]) -> str:
    exposure = int(settings.exposure)
    cell = counted(settings.profile, exposure)
    row = _table().given.rows.index(settings.profile)
    true = float(_table().given.probabilities[row, exposure])
    of_counts, of_table, everybody = (by_round(half, ROUNDS) for half in halves[:3])
    return (
        f"Told of {_SEEN[exposure]}, agents {settings.profile} "
        f"({Profile.from_code(settings.profile).describe()}) shared in {cell.shared} of "
        f"{cell.asked} recorded replies: share probability {cell.probability:.2f}, 95 % interval "
        f"{cell.low:.2f} to {cell.high:.2f}. The table, which was read from the probabilities of "
        f"the words yes and no, says {true:.2f}. If everybody were like this, half would have "
        f"shared {of_counts} if one trusts the replies at all three exposures (their intervals "
        f"leave open {_open(*halves[3:])}), and {of_table} if one trusts the table. With all 32 "
        f"profiles it is {everybody}."
    )


def _open(early: float, late: float) -> str:
    """Return which half-times the intervals leave open."""
    first = f"round {early:.1f}" if np.isfinite(early) else f"none before round {ROUNDS}"
    last = f"round {late:.1f}" if np.isfinite(late) else f"later than round {ROUNDS}"
    return f"anything from {first} to {last}" if np.isfinite(early) else first


def _example(settings: AnswersSettings) -> tuple[Item, ...]:
    """Return the first reply as it was recorded: text, whatever it says."""
    replies = _replies().get((settings.profile, int(settings.exposure)), ())
    if not replies or not replies[0].content:
        return ()
    return (Code("reply", "The first of these replies, as it was recorded", replies[0].content),)


PANEL = Panel(
    "answers",
    "How much do a few answers say about a share probability?",
    "the interval is wide, and the band of curves is wide with it: that is all these replies say.",
    "go through the eighteen intervals, or through some of them. How many hold what the table "
    "says? How many would you expect?",
    AnswersSettings(),
    _show,
)
