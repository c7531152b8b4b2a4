"""Plans of what to ask, and cells from what was answered: the design that cancels the leaning."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from newswave.core.errors import BadValue
from newswave.core.events import event
from newswave.core.population import PROFILES, Profile, signs_of
from newswave.core.provenance import Method
from newswave.core.wording import LabelOrder, Question, wording
from newswave.llm.replies import Odds
from newswave.llm.survey import CellQuestion, CellsRead, Plan, cells_counted, cells_read

NEWS, WORDS = event("cup-final-draw"), wording("adjectives")
PLAN = Plan(NEWS, WORDS)
WORD = Method.LOG_PROBABILITIES
BOTH_WAYS = pytest.mark.parametrize("way", [Method.DECISION, WORD])
EFFECTS = np.array([0.7, -0.4, 1.1, -0.9, 0.2])


def truth(row: str, exposure: int) -> float:
    """Log-odds with main effects, pairs of traits, and a bend in the exposure."""
    signs = Profile.from_code(row).signs
    pairs = sum(signs[i] * signs[j] for i, j in combinations(range(5), 2))
    step = 0.8 * exposure - 0.1 * exposure**2
    return float(-2.0 + signs @ EFFECTS + 0.6 * pairs + step * (1 + signs[2]))


def odds(log_odds: float, covered: float = 0.9) -> Odds:
    yes = covered / (1 + math.exp(-log_odds))
    return Odds(yes, covered - yes)


def sign(asked: CellQuestion) -> int:
    return 1 if asked.question.order is LabelOrder.YES_FIRST else -1


def answered(plan: Plan, leaning: float, way: Method = WORD) -> dict[CellQuestion, Odds]:
    """Return what a model says that leans towards the label that is named first."""
    every = (*plan.readings(way), *plan.again(way))
    return {asked: odds(truth(*asked.cell) + sign(asked) * leaning / 2) for asked in every}


def expected(log_odds: float, leaning: float, way: Method, heat: float = 1.0) -> float:
    """P of a cell: the mean over both orders of the labels, or, for one word, of their log-odds."""
    if way is WORD:
        return chance(log_odds / heat)
    return (chance((log_odds + leaning / 2) / heat) + chance((log_odds - leaning / 2) / heat)) / 2


def chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


@BOTH_WAYS
def test_one_call_a_cell_four_to_check_and_four_once_more(way: Method) -> None:
    asked = PLAN.readings(way)
    assert len(asked) == len(set(asked)) == 32 * 3 + 4
    assert {one.cell for one in asked} == set(PLAN.cells)
    cells = [one.cell for one in asked]
    twice = [cell for cell in PLAN.cells if cells.count(cell) == 2]
    assert {exposure for _, exposure in twice} == {1, 2, 3}
    assert {one.cell for one in PLAN.probe(way)} == set(twice)
    assert len(PLAN.probe(way)) == 8
    assert {one.number for one in PLAN.again(way)} == {1}
    assert len({one.key for one in (*asked, *PLAN.again(way))}) == 104


@BOTH_WAYS
def test_every_trait_and_every_pair_to_quadruple_meets_both_orders_equally_often(
    way: Method,
) -> None:
    first = {}
    for asked in PLAN.readings(way):
        first.setdefault(asked.cell, sign(asked))
    signs = 2 * signs_of(PROFILES)
    for exposure in (1, 2, 3):
        order = np.array([first[p.code, exposure] for p in PROFILES])
        assert order.sum() == 0
        for size in range(1, 5):
            for traits in combinations(range(5), size):
                assert order @ signs[:, traits].prod(axis=1) == 0


@BOTH_WAYS
@pytest.mark.parametrize("leaning", [0.0, 0.3, -1.5])
def test_the_leaning_is_found_and_balanced(leaning: float, way: Method) -> None:
    found = cells_read(PLAN, way, answered(PLAN, leaning, way))
    assert found.leaning is not None
    assert found.leaning.log_odds == pytest.approx(leaning, abs=1e-9)
    assert found.leaning.low == pytest.approx(leaning, abs=1e-9)
    assert (found.checked, found.rounding) == (4, 0.0)
    assert found.worst < 1e-9
    for cell, measured in found.cells.items():
        wanted = expected(truth(*cell), leaning, way)
        assert measured.probability == pytest.approx(wanted, abs=1e-9)
        assert measured.low == measured.probability == measured.high
        assert measured.method is way
        assert measured.covered == pytest.approx(0.9)


@BOTH_WAYS
def test_a_leaning_that_is_not_the_same_everywhere_is_noticed_and_makes_cells_wide(
    way: Method,
) -> None:
    said = answered(PLAN, 0.2, way)
    for asked in said:
        if asked.row.startswith("O-"):
            said[asked] = odds(truth(*asked.cell) + sign(asked) * 1.5)
    found = cells_read(PLAN, way, said)
    assert found.worst > 0.02
    assert found.leaning is not None
    assert found.leaning.low is not None
    assert found.leaning.low < found.leaning.log_odds - 0.2
    for (row, m), cell in found.cells.items():
        leaning = 3.0 if row.startswith("O-") else 0.2
        off = expected(truth(row, m), leaning, way)
        assert cell.low - 1e-9 <= off <= cell.high + 1e-9
        assert (cell.high - cell.low > 0.01) == (cell.yes_first is None or cell.no_first is None)


@BOTH_WAYS
def test_a_server_that_rounds_makes_cells_as_wide_as_its_rounding(way: Method) -> None:
    """Readings are off by 0.1 on the log-odds: the interval of 95 % holds about as many cells.

    Four differences tell the rounding only roughly; both orders are read, so nothing else is wide.
    """
    held, rounding = [], []
    for seed in range(20):
        noise = np.random.default_rng(seed)
        plan = Plan(NEWS, WORDS, both_orders=True)
        said = answered(plan, 0.6, way)
        exact = cells_read(plan, way, said).cells
        for asked, one in said.items():
            said[asked] = odds(one.log_odds + 0.1 * noise.standard_normal())
        found = cells_read(plan, way, said)
        rounding.append(found.rounding)
        held += [c.low <= exact[at].probability <= c.high for at, c in found.cells.items()]
    assert np.sqrt(np.mean(np.square(rounding))) == pytest.approx(0.1, rel=0.25)
    assert 0.8 < np.mean(held) < 0.99


@BOTH_WAYS
def test_both_orders_can_be_read_of_every_cell(way: Method) -> None:
    plan = Plan(NEWS, WORDS, both_orders=True)
    assert len(plan.readings(way)) == 192
    found = cells_read(plan, way, answered(plan, 0.7, way))
    assert found.leaning is not None
    assert (found.leaning.log_odds, found.checked) == (pytest.approx(0.7), 96)
    for cell, measured in found.cells.items():
        wanted = expected(truth(*cell), 0.7, way)
        assert measured.probability == pytest.approx(wanted, abs=1e-9)
        assert measured.yes_first == pytest.approx(chance(truth(*cell) + 0.35))
        assert measured.no_first == pytest.approx(chance(truth(*cell) - 0.35))


@BOTH_WAYS
def test_a_few_profiles_are_asked_in_both_orders(way: Method) -> None:
    plan = Plan(NEWS, WORDS, PROFILES[:2])
    assert len(plan.readings(way)) == 2 * 3 * 2
    for cell, measured in cells_read(plan, way, answered(plan, 0.7, way)).cells.items():
        wanted = expected(truth(*cell), 0.7, way)
        assert measured.probability == pytest.approx(wanted, abs=1e-9)


@BOTH_WAYS
def test_a_temperature_divides_the_log_odds(way: Method) -> None:
    plan = Plan(NEWS, WORDS, temperature=0.5)
    for cell, measured in cells_read(plan, way, answered(plan, 0.3, way)).cells.items():
        wanted = expected(truth(*cell), 0.3, way, 0.5)
        assert measured.probability == pytest.approx(wanted, abs=1e-9)


def test_a_wording_whose_labels_cannot_be_exchanged_is_asked_in_one_order() -> None:
    """What is read then is as it stands, and the leaning is not known."""
    words = replace(WORDS, name="own", reasoned="JSON: true if you share, false if you do not")
    plan = Plan(NEWS, words)
    assert len(plan.readings(Method.DECISION)) == 96
    assert {one.question for one in plan.by_count(plan.cells)} == {Question.REASONED}
    found = cells_read(plan, Method.DECISION, answered(plan, 0.4, Method.DECISION))
    assert found.leaning is None
    for cell, measured in found.cells.items():
        assert measured.probability == pytest.approx(chance(truth(*cell) + 0.2), abs=1e-9)


def test_as_before_a_cell_that_covers_too_little_is_left_out_and_asked_again_and_again() -> None:
    plan = replace(PLAN, earlier=True)
    said = answered(plan, 0.3)
    weak = plan.readings(WORD)[10]
    said[weak] = odds(0.0, covered=0.3)
    found = cells_read(plan, WORD, said)
    assert weak.cell not in found.cells
    assert len(found.cells) == 95
    assert found.leaning is not None
    assert found.leaning.log_odds == pytest.approx(0.3, abs=0.1)
    again = plan.by_count({weak.cell})
    assert len(again) == 20
    assert {one.cell for one in again} == {weak.cell}
    assert len({one.number for one in again}) == 20
    assert {one.question for one in again} == {Question.DECISION}


def test_half_of_the_answers_that_are_counted_are_asked_in_each_order() -> None:
    counted = PLAN.by_count(PLAN.cells)
    for cell in PLAN.cells:
        orders = [sign(one) for one in counted if one.cell == cell]
        assert (len(orders), sum(orders)) == (20, 0)


def test_nothing_read_gives_no_cells() -> None:
    assert cells_read(PLAN, WORD, {}) == CellsRead({})


def test_counted_cells_hold_what_could_not_be_read_apart() -> None:
    plan = Plan(NEWS, WORDS, PROFILES[:1], repeats=10)
    cell = plan.cells[0]
    said: dict[CellQuestion, bool | None] = {q: q.number < 3 for q in plan.by_count({cell})}
    said[plan.by_count({cell})[-1]] = None
    counted = cells_counted(plan, said)
    assert list(counted) == [cell]
    assert (counted[cell].asked, counted[cell].shared, counted[cell].abstained) == (9, 3, 1)
    assert counted[cell].probability == pytest.approx(1 / 3, abs=0.03)
    assert counted[cell].low < 1 / 3 < counted[cell].high


def test_plans_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadValue, match="repeated answers"):
        Plan(NEWS, WORDS, repeats=1)
    with pytest.raises(BadValue, match="temperature"):
        Plan(NEWS, WORDS, temperature=0)
    with pytest.raises(BadValue, match="each of its profiles once"):
        Plan(NEWS, WORDS, (PROFILES[0], PROFILES[0]))
    with pytest.raises(BadValue, match=r"no such way.*DECISION"):
        Plan(NEWS, WORDS, method="DECISION")  # type: ignore[arg-type]
