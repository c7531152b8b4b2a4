"""What goes on offline: forms in time, series from files, feedback agent by agent, and ageing."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

import newswave as nw
from newswave.core.errors import BadFile, BadValue
from newswave.core.law import Law
from newswave.core.networks import RandomRegular
from newswave.core.offline import (
    Constant,
    Decays,
    Fading,
    Feedback,
    Outside,
    PowerLaw,
    Pulse,
    Series,
    Since,
    StaysNew,
)
from newswave.core.rules import SameForAll
from newswave.core.run_log import History, looks
from newswave.core.setup import Setup
from newswave.core.simulation import World, decisions, simulate
from newswave.core.wording import wordings
from newswave.equations.predict import dies_out, few_seeds_words, theories

SMALL = Setup(n_agents=400, network=RandomRegular(4), n_seeds=8, rounds=25, replicas=8)
LOOP = replace(SMALL, feedback=Feedback(0.6, 0.3, 0.4))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Fading(0.0), "lifetime of the source"),
        (lambda: Pulse(()), "rounds of a pulse"),
        (lambda: Pulse("3"), "rounds of a pulse"),
        (lambda: Pulse((0,)), "round of the pulse"),
        (lambda: Pulse((2, 2)), "comes twice"),
        (lambda: Series(()), "number for each round"),
        (lambda: Series((1.0, -1.0)), "value of the series"),
        (lambda: Feedback(-0.1), "strength of the feedback"),
        (lambda: Feedback(0.1, 1.5), "chance to act"),
        (lambda: Feedback(0.1, 0.5, float("nan")), "chance to stop"),
        (lambda: Decays(float("inf")), "lifetime of the news"),
        (lambda: PowerLaw(-1.0), "exponent"),
        (lambda: Decays(3.0, "event"), "from when"),
        (lambda: Setup(source_shape=3), "no source_shape"),
        (lambda: Setup(feedback=0.3), "no feedback"),
        (lambda: Setup(ageing=Decays), "no ageing"),
    ],
)
def test_what_cannot_go_on_is_refused(make: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        make()


@pytest.mark.parametrize(
    "changes",
    [
        {"source_shape": Fading(3.0)},
        {"feedback": Feedback(0.3)},
        {"ageing": Decays(3.0)},
    ],
)
def test_a_model_that_is_asked_is_told_nothing_of_it(changes: dict[str, Any]) -> None:
    with pytest.raises(BadValue, match=f"{next(iter(changes))} has no meaning"):
        Setup(sharing=nw.Asked("some:1b", wordings()[0]), **changes)


def test_setups_without_it_are_written_as_before() -> None:
    assert not {"source_shape", "feedback", "ageing"} & set(Setup().to_json())
    for name in ("source_shape", "feedback", "ageing"):
        assert name not in Setup().to_json()
    usual = Setup(source_shape=Constant(), feedback=Feedback(), ageing=StaysNew())
    assert usual.to_json() == Setup().to_json()
    assert usual.outside is None
    assert World.of(usual).law.rates is not None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("strength\n0\n3\n1.5\n", (0.0, 3.0, 1.5)),
        ("0\n3\n1.5\n", (0.0, 3.0, 1.5)),
        ("round,incidents\n1,2\n4,1\n", (2.0, 0.0, 0.0, 1.0)),
        ("round,incidents\n2,2\n2,1\n", (0.0, 3.0)),
        ("date,count\n2020-03-01,4\n2020-03-03,1\n2020-03-04,2\n", (4.0, 0.0, 1.0, 2.0)),
        ("place,date\nA,2020-03-01\nB,2020-03-04\nC,2020-03-01\n", (2.0, 0.0, 0.0, 1.0)),
        ("date,fatalities,count\n2020-03-01,9,1\n2020-03-02,9,2\n", (1.0, 2.0)),
    ],
)
def test_series_are_read_as_they_stand(tmp_path: Path, text: str, values: Any) -> None:
    (tmp_path / "mine.csv").write_text(text, "utf-8")
    found = Series.read(tmp_path / "mine.csv")
    assert found.values == values
    assert found.source.startswith("mine.csv")
    assert str(len(values)) in found.words()


@pytest.mark.parametrize(
    "text",
    ["a,b\n1,2\n3,4\n", "round,n\n0,1\n", "name\nAda\n", "count\n", "round,count\n,3\n",
     "count\n-1\n"],
)  # fmt: skip
def test_series_that_are_not_plain_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.csv").write_text(text, "utf-8")
    with pytest.raises(BadFile, match=r"mine\.csv"):
        Series.read(tmp_path / "mine.csv")


def test_a_sure_event_and_a_sure_table_stay_sure() -> None:
    """Nothing is multiplied with infinity: chances of 1 act in their rounds, and in no other."""
    pulse = replace(SMALL, sharing=SameForAll(0.0), source_probability=1.0, n_seeds=0,
                    source_shape=Pulse((3,)))  # fmt: skip
    assert simulate(pulse).counts[0, :5].tolist() == [0, 0, 0, 400, 400]
    assert theories(pulse).theories[0].fraction[:5].tolist() == [0, 0, 0, 1, 1]
    old = replace(SMALL, sharing=SameForAll(1.0), ageing=Decays(0.01))
    assert np.array_equal(simulate(old).counts, simulate(replace(old, ageing=StaysNew())).counts)


def test_agents_act_and_stop_with_their_chances() -> None:
    """Among those who have shared, counts of who begins and who stops are binomial.

    Two-sided p-values of two exact tests, each above 0.001: the chance of a false alarm is 0.002.
    """
    model = nw.NewsModel(LOOP, rounds=60, n_agents=2000, n_seeds=2000)
    began = stopped = idle = busy = 0
    while model.running:
        before = model.active.copy()
        model.step()
        busy += int(before.sum())
        stopped += int((before & ~model.active).sum())
        idle += int((~before).sum())
        began += int((~before & model.active).sum())
    for count, of, chance in ((began, idle, 0.3), (stopped, busy, 0.4)):
        tail = min(binom.cdf(count, of, chance), binom.sf(count - 1, of, chance))
        assert 2 * tail > 0.001
    assert model.round == 60


def test_only_those_who_have_shared_act() -> None:
    model = nw.NewsModel(LOOP)
    while model.running:
        shared = model.shared.copy()
        model.step()
        assert not (model.active & ~shared).any()
    columns = model.datacollector.get_model_vars_dataframe()
    assert columns["active"].tolist() == model.curve().active[0].tolist()  # type: ignore[index]
    assert [agent.active for agent in model.by_index] == model.active.tolist()
    assert "active" not in nw.NewsModel(SMALL).datacollector.model_vars


def test_who_is_active_is_in_the_history_and_the_curve() -> None:
    world = World.of(LOOP)
    history, curve = History.of(world, 3), simulate(world)
    assert history.active is not None
    assert curve.active is not None
    assert history.active.sum(axis=1).tolist() == curve.active[3].tolist()
    assert curve.run(3).active.tolist() == curve.active[3:4].tolist()  # type: ignore[union-attr]
    assert simulate(SMALL).active is None
    assert History.of(World.of(SMALL)).active is None


def test_the_feedback_itself_needs_no_seed_of_another_network() -> None:
    """Nobody acts where nobody shares: feedback alone never begins a wave."""
    with pytest.raises(BadValue, match="seed agents"):
        replace(LOOP, n_seeds=0)


def test_chances_of_an_agent_are_those_that_it_meets() -> None:
    """The card's chance at m is 1 − e^(−g h − a − ϑ p), with the age and p of the round."""
    for ageing in (Decays(6.0), PowerLaw(0.7, Since.FIRST_SIGHT)):
        setup = replace(LOOP, ageing=ageing, source_probability=0.02, source_shape=Fading(4.0),
                        sharing=SameForAll(0.1))  # fmt: skip
        world = World.of(setup)
        history = History.of(world)
        active = history.active.mean(axis=1)  # type: ignore[union-attr]
        seen = 0
        for agent in range(0, 400, 9):
            found = looks(world, history, agent)
            for look in found:
                sight = found[0].round if ageing.since is Since.FIRST_SIGHT else 1
                hazard = -math.log(0.9) * look.exposure * float(ageing.at(look.round - sight))
                hazard -= math.log(0.98) * math.exp(-(look.round - 1) / 4.0)
                hazard += 0.6 * active[look.round - 1]
                assert look.chance == pytest.approx(1.0 - math.exp(-hazard), rel=1e-9)
                seen += 1
        assert seen > 100


def test_more_of_anything_makes_nobody_later() -> None:
    """With the same luck: a longer event, more feedback, news that lasts longer."""
    base = replace(LOOP, source_probability=0.01, source_shape=Fading(3.0), ageing=Decays(5.0))
    late = History.of(World.of(base)).shared
    for more in (
        {"source_shape": Fading(9.0)},
        {"source_shape": Constant()},
        {"feedback": replace(base.feedback, strength=2.0)},
        {"ageing": Decays(15.0)},
        {"ageing": StaysNew()},
    ):
        early = History.of(World.of(replace(base, **more))).shared
        reached = late >= 0
        assert (early[reached] >= 0).all()
        assert (early[reached] <= late[reached]).all()
        assert (early != late).any()


def test_laws_have_no_counts_where_rounds_differ() -> None:
    outside = Outside.of(0.1, Fading(4.0), Feedback(), StaysNew(), 9)
    law = Law.of(nw.SharingTable.contact(("all",), [0.2], 4), 4, outside=outside)
    assert law.rates is None
    assert law.reaches_all
    assert not law.hazard[..., 0].any()
    never = Outside.of(0.0, Constant(), Feedback(), Decays(4.0), 9)
    assert not Law.of(nw.SharingTable.contact(("all",), [0.2], 4), 4, outside=never).reaches_all


def test_what_theory_knows_is_said() -> None:
    sight = replace(SMALL, ageing=Decays(9.0, Since.FIRST_SIGHT))
    assert [one.key for one in theories(sight).theories] == ["master"]
    assert "first sight" in theories(sight).left_out
    assert math.isnan(dies_out(sight))
    assert "dies out" not in few_seeds_words(replace(sight, n_seeds=1))
    keys = [one.key for one in theories(LOOP).theories]
    assert keys == ["master", "network_rounds", "network_ode", "well_mixed_ode"]
    assert all(one.active is not None for one in theories(LOOP).theories)
    assert theories(SMALL).theories[0].active is None


def test_rates_of_decisions_are_not_made_where_chances_move() -> None:
    from newswave.core.errors import CannotFit
    from newswave.equations.from_decisions import learn

    assert decisions(LOOP).asked.sum() > 100
    with pytest.raises(CannotFit, match="constant source"):
        learn(LOOP)


# Theory against runs: a bound of 4.5 standard errors of the mean, in the round where runs differ
# most, beside a theory that is exact as N grows. With 25 rounds that are strongly dependent the
# chance of a false alarm is below 25 · 7e-6 = 2e-4 for each case.

EXACT = Setup(n_agents=4000, network=RandomRegular(6), sharing=nw.ByGroup(0.12, 0.02), n_seeds=200,
              rounds=25, replicas=24, seed=3)  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "fading": {"source_probability": 0.03, "source_shape": Fading(6.0)},
    "pulse": {"source_probability": 0.1, "source_shape": Pulse((3, 10))},
    "series": {"source_probability": 0.02, "source_shape": Series((0, 1, 0, 3, 2))},
    "feedback": {"feedback": Feedback(0.4, 0.1, 0.2)},
    "decays": {"ageing": Decays(12.0)},
    "power law": {"ageing": PowerLaw(0.5)},
    "first sight": {"ageing": Decays(8.0, Since.FIRST_SIGHT)},
    "first sight, only new": {
        "ageing": PowerLaw(0.5, Since.FIRST_SIGHT),
        "attention": nw.Attention.NEW_EXPOSURE,
        "sharing": SameForAll(0.3),
    },
    "a spread of rates": {
        # Drawn once for all runs, so that many agents are needed
        "rate_variation": 1.5,
        "n_agents": 20_000,
        "n_seeds": 1000,
        "source_probability": 0.03,
        "source_shape": Fading(6.0),
        "feedback": Feedback(0.4, 0.1, 0.2),
    },
    "all": {
        "source_probability": 0.02,
        "source_shape": Fading(6.0),
        "feedback": Feedback(0.4, 0.1, 0.2),
        "ageing": Decays(12.0),
        "repeat_ratio": 0.5,
    },
}


@pytest.mark.parametrize("name", CASES)
def test_theory_is_the_mean_of_many_runs(name: str) -> None:
    setup = replace(EXACT, **CASES[name])
    curve, theory = simulate(setup), theories(setup).theories[0]
    error = curve.fraction.std(axis=0).max() / math.sqrt(setup.replicas)
    gap, _ = curve.gap(theory.fraction)
    assert gap < 4.5 * error + 1e-3  # what is left of a finite network
    assert gap < 0.01
    if curve.active is not None:
        apart = np.abs(curve.active.mean(axis=0) / setup.n_agents - theory.active).max()
        assert apart < 0.005


def test_the_complete_network_knows_all_of_it() -> None:
    setup = Setup(n_agents=1000, network=nw.Complete(), sharing=SameForAll(0.0003), n_seeds=50,
                  rounds=25, replicas=40, **CASES["all"] | {"repeat_ratio": 1.0})  # fmt: skip
    for ageing in (Decays(12.0), Decays(12.0, Since.FIRST_SIGHT)):
        curve = simulate(replace(setup, ageing=ageing))
        theory = theories(curve.setup).theories[0]  # type: ignore[arg-type]
        error = curve.fraction.std(axis=0).max() / math.sqrt(40)
        assert curve.gap(theory.fraction)[0] < 4.5 * error + 1e-3


def test_a_curve_with_active_agents_is_checked() -> None:
    with pytest.raises(BadValue, match="active agents do not fit"):
        nw.Curve([1, 2, 3], n_agents=5, active=np.zeros((1, 2)))


def test_active_agents_are_in_the_table_of_a_curve() -> None:
    curve = simulate(LOOP)
    rows = list(csv.DictReader(curve.to_csv().splitlines()))
    assert float(rows[-1]["active"]) == pytest.approx(curve.active.mean(axis=0)[-1])  # type: ignore[union-attr]
    assert "active" not in simulate(SMALL).to_csv().splitlines()[0]
