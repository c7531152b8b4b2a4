"""Continuous time: both engines against theory and EoN, the clock of a setup, what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import newswave as nw
from newswave.core.continuous import Clock, along_links, by_thresholds
from newswave.core.errors import BadValue
from newswave.core.networks import Complete, Network, SmallWorld
from newswave.core.rules import Asked, Measured, SameForAll
from newswave.core.run_log import NEVER, History, looks
from newswave.core.sharing import SharingTable, hazard
from newswave.core.simulation import World, simulate
from newswave.core.wording import DEFAULT_WORDING, wording
from newswave.equations import on_network
from newswave.equations.on_network import predict
from newswave.report.describe import describe_setup

TIMED = nw.Setup(n_agents=2000, n_seeds=40, rounds=30, replicas=20, clock=Clock.CONTINUOUS)
ODD = SharingTable(("outgoing", "reserved"), [[0, 0.02, 0.1, 0.3], [0, 0.05, 0.08, 0.08]])


def reached(times: Any, rounds: int) -> Any:
    """Return the fraction of agents that have shared by each round."""
    return (times[:, None] <= np.arange(rounds + 1)).mean(axis=0)


# --- theory --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"source_probability": 0.02, "n_seeds": 0},
        {"sharing": Measured(ODD)},
        {"rate_variation": 1.5},
    ],
    ids=["contact", "source", "table", "spread"],
)
def test_runs_follow_the_master_equation(changes: dict[str, Any]) -> None:
    # Five standard errors of the mean of 20 runs, and 0.005 for the one network.
    setup = replace(TIMED, **changes)
    runs = simulate(setup).counts / setup.n_agents
    gap = np.abs(runs.mean(axis=0) - predict(setup).fraction)
    assert (gap < 5 * runs.std(axis=0) / np.sqrt(20) + 0.005).all()


@pytest.mark.full
@pytest.mark.parametrize(
    ("changes", "most"),
    [({}, 0.005), ({"source_probability": 0.01}, 0.005), ({"sharing": Measured(ODD)}, 0.01)],
    ids=["contact", "source", "table"],  # Of which the equation is exact for the first two
)
def test_twenty_runs_of_twenty_thousand_follow_theory(changes: dict[str, Any], most: float) -> None:
    setup = replace(TIMED, n_agents=20_000, n_seeds=200, rounds=50, **changes)
    gap = np.abs(simulate(setup).mean / setup.n_agents - predict(setup).fraction).max()
    assert gap < most


@pytest.mark.parametrize("degree", [2, 5])
def test_the_master_equation_of_the_contact_rule_is_the_edge_based_one(degree: int) -> None:
    rates, weights = np.array([0.3, 0.05]), [0.4, 0.6]
    known = on_network.continuous(rates, weights, degree, 0.02, np.arange(31.0))
    table = rates[:, None] * np.arange(degree + 1.0)
    found = on_network.master_in_time(table, weights, degree, 0.02, 30)
    assert np.abs(found.fraction - known).max() < 1e-6


# --- both engines, and EoN -----------------------------------------------------------------------


def test_one_link_passes_the_news_on_after_an_exponential_time() -> None:
    # Mean 1/β with a standard error of 1.6 %; five of these.
    pair, none = Network.from_edges(2, [(0, 1)]), np.full(2, np.inf)
    stream, rows, seeds = np.random.default_rng(3), np.zeros(2, int), np.array([0])
    times = []
    for _ in range(4000):
        found = along_links(np.full(2, 0.25), pair, seeds, none, stream, 1e9)
        times.append(found[1])
        luck = stream.standard_exponential(2), seeds
        other = by_thresholds(np.array([[0.0, 0.25]]), pair, rows, luck, 1e9)
        assert other[1] == luck[0][1] / 0.25
    assert np.mean(times) == pytest.approx(4.0, rel=0.08)


def test_both_engines_are_one_process() -> None:
    # Mean curves of 60 runs each, five standard errors apart at most.
    setup = replace(TIMED, n_agents=500, n_seeds=10, replicas=60, source_probability=0.004)
    world = World.of(setup)
    links = simulate(world).counts / 500
    events = np.array([
        reached(by_thresholds(world.law.hazard[0], world.network, world.rows,
                              world.luck(100 + run), 30.0), 30)
        for run in range(60)
    ])  # fmt: skip
    error = np.sqrt((links.var(axis=0) + events.var(axis=0)) / 60)
    assert (np.abs(links.mean(axis=0) - events.mean(axis=0)) <= 5 * error + 1e-12).all()


def test_runs_agree_with_eon() -> None:
    # 40 runs each on one network; five standard errors, at six times: false once in 50,000.
    eon, networkx = pytest.importorskip("EoN"), pytest.importorskip("networkx")
    random = pytest.importorskip("random")
    setup = replace(TIMED, n_agents=800, n_seeds=16, replicas=40, sharing=SameForAll(0.06))
    world, times = World.of(setup), np.array([3, 6, 9, 12, 15, 20])
    ours = simulate(world).counts[:, times]
    graph = networkx.Graph(world.network.edges().tolist())
    random.seed(5)
    theirs = []
    for run in range(100, 140):
        seeds = world.luck(run)[1].tolist()
        at, _, infected, _ = eon.fast_SIR(graph, -np.log(0.94), 0.0, initial_infecteds=seeds,
                                          tmax=25)  # fmt: skip
        theirs.append(infected[np.searchsorted(at, times, side="right") - 1])
    error = np.sqrt((ours.var(axis=0) + np.var(theirs, axis=0)) / 40)
    assert (np.abs(ours.mean(axis=0) - np.mean(theirs, axis=0)) < 5 * error).all()


def test_whoever_surely_shares_does_at_once_and_whoever_never_does_never() -> None:
    line = Network.from_edges(4, [(0, 1), (1, 2), (2, 3)])
    luck, rows = (np.full(4, 0.7), np.array([0])), np.array([0, 0, 0, 1])
    table = np.array([[0.0, np.inf, np.inf], [0.0, 0.0, 0.0]])
    assert by_thresholds(table, line, rows, luck, 9.0).tolist() == [0, 0, 0, np.inf]
    found = along_links(np.array([np.inf, 0.0])[rows], line, luck[1], np.full(4, np.inf),
                        np.random.default_rng(1), 9.0)  # fmt: skip
    assert found.tolist() == [0, 0, 0, np.inf]


# --- the clock of a setup ------------------------------------------------------------------------


def test_a_setup_in_rounds_is_written_as_before_and_one_in_continuous_time_comes_back() -> None:
    assert "clock" not in nw.Setup().to_json()
    assert nw.Setup.from_json(TIMED.to_json()) == TIMED
    assert "continuous time" in describe_setup(TIMED)


def test_runs_repeat_one_by_one_and_begin_with_the_seeds_of_rounds() -> None:
    some, all_of_them = simulate(TIMED, 3, 2), simulate(TIMED, 0, 5)
    assert np.array_equal(some.counts, all_of_them.counts[3:])
    world, in_rounds = World.of(TIMED), World.of(replace(TIMED, clock=Clock.ROUNDS))
    assert set(np.flatnonzero(world.times(2) == 0)) == set(in_rounds.luck(2)[1])


def test_with_the_same_luck_a_higher_rate_reaches_nobody_later() -> None:
    slow, fast = (World.of(replace(TIMED, sharing=SameForAll(q))) for q in (0.05, 0.08))
    assert (fast.times(0) <= slow.times(0)).all()


def test_the_history_of_a_run_is_that_of_its_curve() -> None:
    setup = replace(TIMED, n_agents=200, n_seeds=2, rounds=12, network=SmallWorld(4))
    world = World.of(setup)
    history = History.of(world, 1)
    assert np.array_equal(history.counts, simulate(world, 1, 1).counts[0])
    times = world.times(1)
    heard = np.flatnonzero(history.heard != NEVER)
    assert (times[history.source[heard]] < times[heard]).all()
    assert (history.heard[heard] >= np.ceil(times[history.source[heard]])).all()
    assert looks(world, history, int(heard[0]), 1) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attention": nw.Attention.NEW_EXPOSURE}, "attention can only be"),
        ({"repeat_ratio": 0.5}, "repeat_ratio can only be"),
        ({"feedback": nw.Feedback(0.3)}, "feedback can only be"),
        ({"ageing": nw.Decays()}, "ageing can only be"),
        ({"source_probability": 0.1, "source_shape": nw.Fading()}, "source_shape can only be"),
        ({"sharing": Asked("some:1b", wording(DEFAULT_WORDING))}, "no language model"),
        ({"sharing": Measured(SharingTable(("outgoing", "reserved"), [[0, 0.1], [0, 0.1]],
                                           [[0, 0.2], [0, 0.1]]))}, "first and repeated"),
        ({"network": Complete()}, "complete network"),
        ({"clock": "continuous"}, "Unknown clock"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_without_rounds_is_refused(changes: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        replace(TIMED, **changes)


def test_what_goes_in_rounds_is_refused_in_continuous_time() -> None:
    with pytest.raises(BadValue, match="Mesa model"):
        nw.NewsModel(TIMED)
    with pytest.raises(BadValue, match="Decisions are counted"):
        nw.decisions(TIMED)


def test_a_verdict_in_continuous_time_compares_with_such_runs() -> None:
    small = replace(TIMED, n_agents=300, n_seeds=6, replicas=2)
    found = nw.compare(simulate(small), replicas=99)
    assert {fit.model.mixing.label for fit in found.fits} == {"well-mixed"}
    assert found.verdict.choice.value == "two rates"
    alike = nw.compare(simulate(replace(small, sharing=SameForAll(0.06))), replicas=99)
    assert alike.verdict.p_value > 0.01


def test_the_rate_of_a_link_is_the_hazard_of_a_round() -> None:
    world = World.of(replace(TIMED, sharing=SameForAll(0.1)))
    assert world.table.contact_rates() == pytest.approx(float(hazard(0.1)))
