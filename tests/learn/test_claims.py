"""What the lessons say about science, worked out: each claim is computed, with a fixed seed.

Bounds are five standard errors or more away from what is expected, so a right claim fails with
probability below 1e-5 for another seed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import make_notebooks as maker
import numpy as np
import pytest

import newswave as nw
from newswave.core.population import EXAGGERATED, log_odds_from_correlation
from newswave.equations import well_mixed
from newswave.learn.bank import item, lesson
from newswave.learn.bank.thirty_two_personalities import READY
from newswave.learn.files import lesson_files
from newswave.llm.fake_ollama.formula import Mind

RATE = -np.log(1 - 0.05)


def city(n_agents: int, n_seeds: int, replicas: int) -> nw.Setup:
    return nw.Setup(n_agents=n_agents, network=nw.RandomRegular(8), sharing=nw.SameForAll(0.05),
                    n_seeds=n_seeds, rounds=90, replicas=replicas, seed=1)  # fmt: skip


@cache
def late(n_agents: int, n_seeds: int, replicas: int) -> tuple[float, float]:
    """Return by how much the runs are later than the network-aware equation, and the error."""
    setup = city(n_agents, n_seeds, replicas)
    gap = nw.simulate(setup).half_time() - half(nw.predict(setup).fraction)
    return float(gap.mean()), float(gap.std(ddof=1) / np.sqrt(replicas))


def half(fraction: Any) -> float:
    return float(np.interp(0.5, fraction, np.arange(len(fraction))))


def in_rounds(pressure: float, start: float, rounds: int) -> Any:
    fractions = [start]
    for _ in range(rounds):
        now = fractions[-1]
        fractions.append(now + (1 - now) * (1 - np.exp(-pressure * now)))
    return np.array(fractions)


def code(number: int) -> str:
    text = lesson_files()[f"{lesson(number).file}.ipynb"].read_text("utf-8")
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def test_lesson_4_the_good_equation_is_early_because_seed_agents_are_few() -> None:
    few, error = late(1000, 2, 800)
    assert few > 5 * error
    larger, larger_error = late(4000, 2, 400)
    assert abs(larger - few) < 5 * np.hypot(error, larger_error)  # size changes nothing
    assert larger > 4 * larger_error
    many, many_error = late(1000, 32, 800)
    assert few - many > 5 * np.hypot(error, many_error)  # more seed agents do
    assert abs(many) < 0.1


def test_lesson_4_two_fifths_of_the_well_mixed_gap_are_the_rounds() -> None:
    times = np.linspace(0, 60, 6001)
    mixed = float(np.interp(0.5, well_mixed.one_rate(RATE, 8, 0.01, times), times))
    waits = half(in_rounds(8 * RATE, 0.01, 60))
    runs = nw.simulate(city(1000, 10, 800)).half_time().mean()
    assert waits - mixed == pytest.approx(1.87, abs=0.01)
    assert (waits - mixed) / (runs - mixed) == pytest.approx(0.40, abs=0.02)


def test_lesson_3_a_third_of_the_shortfall_of_a_fitted_rate_is_the_rounds() -> None:
    setup = replace(city(1000, 10, 20), sharing=nw.SameForAll(1 - np.exp(-0.05)), rounds=60)
    seen, times = nw.simulate(setup).mean / 1000, np.arange(61)
    tried = np.linspace(0.02, 0.06, 401)

    def closest(line: Any) -> float:
        return float(tried[np.argmin([((line(8 * b) - seen) ** 2).sum() for b in tried])])

    smooth = closest(lambda pressure: well_mixed.one_rate(pressure, 1, 0.01, times))
    waits = closest(lambda pressure: in_rounds(pressure, 0.01, 60))
    assert 0.25 < (waits - smooth) / (0.05 - smooth) < 0.4


def test_lesson_5_a_correlation_is_read_as_a_log_odds_and_the_lesson_says_that_it_is_assumed() -> (
    None
):
    literature = nw.preset("literature")
    assert literature.extraversion.value == round(log_odds_from_correlation(0.05), 2)
    text = code(5)
    assert "An assumption to keep in mind" in text
    assert "an assumption" in item("5.P2").question


def test_question_5_4_praises_as_many_shifts_as_there_are() -> None:
    shifts = READY.signs * EXAGGERATED.values
    assert (shifts > 0).sum() == 4
    assert shifts[0] == 0
    assert item("5.4").praise.startswith("Four shifts")


def test_lesson_7_noise_is_told_without_the_effect() -> None:
    luck, news = np.random.default_rng(5), nw.event("short-power-cut")
    chances = np.array([Mind(order_bias=bias).probability(who, news, 1) for who in nw.PROFILES
                        for bias in (0.45, -0.45)]).reshape(32, 2)  # fmt: skip
    draws = luck.binomial(20, chances, size=(2000, 32, 2)) / 20
    differences = draws[..., 0] - draws[..., 1]
    truth = np.quantile(np.abs(differences.mean(axis=1) - differences.mean()), 0.95)
    names: dict[str, Any] = {"np": np}
    start = "def against_luck"
    exec(start + code(7).split(start)[1].partition("\n\n\n")[0], names)
    told = np.array([names["against_luck"](one)[1] for one in differences[:50]])
    swaps = luck.choice([-1, 1], size=(999, 32))
    raw = np.quantile(np.abs(swaps @ differences[0]) / 32, 0.95)
    assert told.mean() == pytest.approx(truth, rel=0.2)
    assert raw > 1.25 * truth


def test_lesson_8_names_its_groups_before_it_shows_any_rate() -> None:
    text = code(8)
    assert text.count("service = np.array") == 1
    assert text.index("service = np.array") < text.index('predict("8.P1"') < text.index("rates =")


def test_the_capstone_keeps_every_degree() -> None:
    names: dict[str, Any] = {"nw": nw}
    for cell in maker.student(lesson(9)).cells:
        if "RegularSmallWorld" in cell.source and cell.cell_type == "code":
            exec(cell.source, names)
            break
    for setup in (names["one"], names["other"]):
        network = nw.NewsModel(setup).world.network.to_networkx()
        assert {degree for _, degree in network.degree} == {6}


def test_lesson_6_what_is_allowed_decides_what_the_physicians_show() -> None:
    curve = nw.physicians()
    peers, alone = nw.fit(curve, nw.SourceAndPeers()), nw.fit(curve, nw.SourceAlone())
    ceiling = nw.fit(curve, nw.SourceAndPeers(), ceiling=True)
    assert alone.aic < peers.aic
    assert ceiling.estimates["rate"] > 3 * peers.estimates["rate"]
    assert abs(ceiling.aic - peers.aic) < 2
