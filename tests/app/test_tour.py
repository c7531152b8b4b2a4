"""The tour: its steps lead on, and every claim in its replies is measured here."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from newswave.app.cache import Ensemble, ensemble
from newswave.app.page import Button, Message, Words, check_keys, walk
from newswave.app.pages.explore import Explored, Layer, layers_there
from newswave.app.pages.tour import OVER, STEPS, Tour, advanced, is_of_tour, tour_items
from newswave.core.errors import BadValue
from newswave.core.setup import Setup
from newswave.core.sharing import hazard
from newswave.equations.compare import fits_alone
from newswave.report.describe import true_rates

S_CURVE, DOUBLE, LUCK, AVERAGE, ONE_RATE, MIXED = STEPS


def half(setup: Setup) -> float:
    return float(np.median(ensemble(setup).curve.half_time()))


def replies(step: object) -> list[str]:
    return [answer.reply for answer in step.answers]


def labels(step: object) -> list[str]:
    return [answer.label for answer in step.answers]


@cache
def gaps(setup: Setup) -> dict[tuple[str, str], float]:
    fits = fits_alone(ensemble(setup).curve)
    return {
        (fit.model.name, fit.model.mixing.label): float(np.abs(fit.residuals).max())
        for fit in fits
        if fit.method.extra_parameters() == 0
    }


# What is said ------------------------------------------------------------------------------------


def test_most_start_to_share_when_about_half_have() -> None:
    curve = ensemble(S_CURVE.after).curve
    new = np.diff(curve.mean)
    peak = int(new.argmax())
    assert peak + 1 == 17
    assert round(new[0]) == 4
    assert round(new[peak]) == 75
    assert 0.4 < curve.mean[peak] / curve.n_agents < 0.6
    assert all("round 17" in reply for reply in replies(S_CURVE))
    assert S_CURVE.answers[S_CURVE.right].label == "When about half have shared"
    setup = S_CURVE.before
    assert (setup.n_agents, setup.network.degree, setup.n_seeds) == (1000, 8, 10)
    assert setup.sharing.share_probability == 0.05
    assert "1000 agents, all alike, each with 8 neighbours" in S_CURVE.text


def test_the_news_goes_to_neighbours_of_seed_agents_first() -> None:
    held = ensemble(S_CURVE.after)
    history, network = held.history(0), held.world.network
    seeds = np.flatnonzero(history.shared == 0)
    near = set(np.concatenate([network.table[seed] for seed in seeds]).tolist())
    assert set(np.flatnonzero(history.shared == 1).tolist()) <= near


def test_twice_the_neighbours_are_twice_as_fast() -> None:
    before, after = half(DOUBLE.before), half(DOUBLE.after)
    assert (round(before), round(after)) == (16, 8)
    assert after / before == pytest.approx(0.5, abs=0.02)
    assert DOUBLE.after.network.degree == 2 * DOUBLE.before.network.degree == 16
    assert "by round 16" in DOUBLE.text
    assert labels(DOUBLE)[DOUBLE.right] == "About round 8"
    assert all("round 8" in reply for reply in replies(DOUBLE))


def test_one_seed_agent_makes_the_band_three_times_as_wide() -> None:
    widths = []
    for setup in (LUCK.before, LUCK.after):
        low, high = np.quantile(ensemble(setup).curve.half_time(), [0.05, 0.95])
        widths.append(round(high - low))
    assert widths == [3, 10]
    assert (LUCK.before.n_seeds, LUCK.after.n_seeds, LUCK.before.replicas) == (10, 1, 200)
    assert all("10 rounds instead of 3" in reply for reply in replies(LUCK))
    assert "within 3 rounds" in LUCK.text
    assert labels(LUCK)[LUCK.right] == "It gets wider"


def test_two_groups_are_slower_than_their_average_person() -> None:
    assert (round(half(AVERAGE.before)), round(half(AVERAGE.after))) == (12, 16)
    assert "by round 12" in AVERAGE.text
    assert all("by round 16" in reply for reply in replies(AVERAGE))
    assert labels(AVERAGE)[AVERAGE.right].startswith("Later")
    known = true_rates(AVERAGE.after)
    mean = known["fast_fraction"] * known["fast_rate"]
    mean += (1 - known["fast_fraction"]) * known["slow_rate"]
    assert true_rates(AVERAGE.before)["rate"] == pytest.approx(mean)
    assert round(AVERAGE.before.sharing.share_probability, 3) == 0.071
    assert (AVERAGE.after.sharing.fast, AVERAGE.after.sharing.slow) == (0.15, 0.015)
    assert AVERAGE.after.mix.fast_fraction == 0.4
    assert hazard(0.15) / hazard(0.015) == pytest.approx(10, rel=0.1)


def test_the_mean_rate_of_who_is_left_falls() -> None:
    curve = ensemble(AVERAGE.after).curve
    left = np.array([400, 600]) - curve.by_group.mean(axis=0)
    known = true_rates(AVERAGE.after)
    mean = left @ [known["fast_rate"], known["slow_rate"]] / left.sum(axis=1)
    assert (np.diff(mean[:30]) < 0).all()
    assert ensemble(AVERAGE.after).world.names == ("outgoing", "reserved")


def test_one_rate_misses_by_22_points_and_two_by_less_than_1() -> None:
    found = gaps(ONE_RATE.after)
    assert round(100 * found["one rate", "well-mixed"]) == 22
    assert 100 * found["two rates", "well-mixed"] < 1
    assert all("22 points" in reply for reply in replies(ONE_RATE))
    assert labels(ONE_RATE)[ONE_RATE.right] == "More than 20 points"


def test_the_well_mixed_equation_is_too_fast_and_the_network_aware_one_is_not() -> None:
    held = ensemble(MIXED.after)
    assert held.predicted is not None
    theories = {theory.key: theory for theory in held.predicted.theories}
    assert round(half(MIXED.after)) == 39
    assert round(theories["well_mixed_ode"].half_time()) == 22
    assert np.abs(theories["master"].fraction - held.curve.mean / 1000).max() < 0.02
    assert MIXED.after.network.degree == 4
    assert "by round 39" in MIXED.text
    assert all("by round 22 instead of 39" in reply for reply in replies(MIXED))
    assert labels(MIXED)[MIXED.right] == "Earlier than the agents"


# How it goes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS, ids=[step.title for step in STEPS])
def test_a_step_has_answers_with_a_reply_each_and_shows_what_there_is(step: object) -> None:
    assert 2 <= len(step.answers) <= 3
    assert 0 <= step.right < len(step.answers)
    said = replies(step)
    assert len(set(said)) == len(said) == len(set(labels(step)))
    for at, reply in enumerate(said):
        assert reply.startswith("Right: ") == (at == step.right)
    assert step.question.endswith(("?", "."))
    for setup in (step.before, step.after):
        held: Ensemble = ensemble(setup)
        assert step.layers <= layers_there(held, fits_alone(held.curve))
        Explored(setup, layers=step.layers)


def pressed(tour: Tour, key: str) -> Tour:
    message = Message(key)
    assert is_of_tour(message)
    return advanced(tour, message)


def test_a_learner_walks_through_to_the_end() -> None:
    tour = Tour()
    for at, step in enumerate(STEPS):
        assert (tour.step, tour.setup, tour.layers) == (at, step.before, frozenset({Layer.BAND}))
        with pytest.raises(BadValue, match="no such button"):
            pressed(tour, "tour_next")
        tour = pressed(tour, f"tour_answer:{at % len(step.answers)}")
        assert (tour.setup, tour.layers) == (step.after, step.layers)
        tour = pressed(tour, "tour_next")
    assert tour == OVER
    assert tour.setup is None


def test_the_answer_is_said_before_the_next_step() -> None:
    asked = check_keys(tour_items(Tour(1)))
    texts = [item.text for item in walk(asked) if isinstance(item, Words)]
    assert texts == [DOUBLE.text, DOUBLE.question]
    wrong = pressed(Tour(1), "tour_answer:2")
    items = {item.key: item for item in walk(check_keys(tour_items(wrong)))}
    assert items["tour_reply"].text == DOUBLE.answers[2].reply
    assert items["tour_reply"].live
    assert "You said: Still about round 16." in items["tour_asked"].text
    assert "tour_answer:0" not in items
    right = {item.key: item for item in walk(tour_items(pressed(Tour(1), "tour_answer:0")))}
    assert right["tour_reply"].tone != items["tour_reply"].tone


def test_the_tour_can_be_skipped_gone_back_and_taken_again() -> None:
    assert pressed(Tour(2, 0), "tour_back") == Tour(1)
    assert pressed(Tour(3), "tour_skip") == OVER
    assert pressed(OVER, "tour_restart") == Tour()
    keys = {item.key for item in walk(tour_items(OVER)) if isinstance(item, Button)}
    assert keys == {"tour_restart"}
    last = {item.key: item for item in walk(tour_items(Tour(len(STEPS) - 1, 0)))}
    assert last["tour_next"].label.startswith("Finish")


@pytest.mark.parametrize(
    ("tour", "key"),
    [
        (Tour(), "tour_back"),
        (Tour(), "tour_answer:3"),
        (Tour(), "tour_answer:-1"),
        (Tour(), "tour_answer"),
        (Tour(), "tour_fly"),
        (OVER, "tour_answer:0"),
        (OVER, "tour_next"),
    ],
)
def test_what_the_tour_does_not_offer_is_refused(tour: Tour, key: str) -> None:
    with pytest.raises(BadValue):
        pressed(tour, key)


def test_a_step_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadValue):
        Tour(len(STEPS) + 1)
    with pytest.raises(BadValue):
        replace(OVER, answer=0)
