"""Plans of what to ask, and cells from what was answered: the design that cancels the leaning."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from newswave.core.errors import BadValue
from newswave.core.events import event
from newswave.core.population import PROFILES, Profile, signs_of
from newswave.core.provenance import Method
from newswave.core.wording import Question, wording
from newswave.llm.replies import Odds
from newswave.llm.survey import CellQuestion, Plan, cells_counted, cells_read

NEWS, WORDS = event("cup-final-draw"), wording("adjectives")
PLAN = Plan(NEWS, WORDS)
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


def answered(plan: Plan, leaning: float) -> dict[CellQuestion, Odds]:
    """Return what a model says that leans towards the label that is named first."""
    found = {}
    for asked in plan.by_word():
        sign = 1 if asked.question is Question.YES_NO else -1
        found[asked] = odds(truth(*asked.cell) + sign * leaning / 2)
    return found


def chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def test_one_call_a_cell_and_four_to_check() -> None:
    asked = PLAN.by_word()
    assert len(asked) == len(set(asked)) == 32 * 3 + 4
    assert {one.cell for one in asked} == set(PLAN.cells)
    cells = [one.cell for one in asked]
    twice = [cell for cell in PLAN.cells if cells.count(cell) == 2]
    assert {exposure for _, exposure in twice} == {1, 2, 3}


def test_every_trait_and_every_pair_to_quadruple_meets_both_orders_equally_often() -> None:
    first = {}
    for asked in PLAN.by_word():
        first.setdefault(asked.cell, asked.question)
    signs = 2 * signs_of(PROFILES)
    for exposure in (1, 2, 3):
        cells = [first[p.code, exposure] for p in PROFILES]
        order = np.array([1 if question is Question.YES_NO else -1 for question in cells])
        assert order.sum() == 0
        for size in range(1, 5):
            for traits in combinations(range(5), size):
                assert order @ signs[:, traits].prod(axis=1) == 0


@pytest.mark.parametrize("leaning", [0.0, 0.3, -1.5])
def test_the_leaning_is_found_and_taken_away(leaning: float) -> None:
    cells, found = cells_read(PLAN, answered(PLAN, leaning))
    assert found is not None
    assert found.log_odds == pytest.approx(leaning, abs=1e-9)
    assert found.checked == 4
    assert found.worst < 1e-9
    for cell, measured in cells.items():
        assert measured.probability == pytest.approx(chance(truth(*cell)), abs=1e-9)
        assert measured.method is Method.LOG_PROBABILITIES


def test_a_leaning_that_is_not_the_same_everywhere_is_noticed_by_the_checked_cells() -> None:
    said = answered(PLAN, 0.2)
    for asked in said:
        if asked.row.startswith("O-"):
            sign = 1 if asked.question is Question.YES_NO else -1
            said[asked] = odds(truth(*asked.cell) + sign * 1.5)
    _, found = cells_read(PLAN, said)
    assert found is not None
    assert found.worst > 0.02


def test_both_orders_are_averaged_on_the_log_odds() -> None:
    plan = Plan(NEWS, WORDS, both_orders=True)
    assert len(plan.by_word()) == 192
    cells, found = cells_read(plan, answered(plan, 0.7))
    assert found is not None
    assert (found.log_odds, found.checked) == (pytest.approx(0.7), 96)
    for cell, measured in cells.items():
        assert measured.probability == pytest.approx(chance(truth(*cell)), abs=1e-9)
        assert measured.yes_first == pytest.approx(chance(truth(*cell) + 0.35))
        assert measured.no_first == pytest.approx(chance(truth(*cell) - 0.35))


def test_a_few_profiles_are_asked_in_both_orders() -> None:
    plan = Plan(NEWS, WORDS, PROFILES[:2])
    assert len(plan.by_word()) == 2 * 3 * 2
    cells, _ = cells_read(plan, answered(plan, 0.7))
    for cell, measured in cells.items():
        assert measured.probability == pytest.approx(chance(truth(*cell)), abs=1e-9)


def test_a_temperature_divides_the_log_odds() -> None:
    plan = Plan(NEWS, WORDS, temperature=0.5)
    cells, _ = cells_read(plan, answered(plan, 0.3))
    for cell, measured in cells.items():
        assert measured.probability == pytest.approx(chance(truth(*cell) / 0.5), abs=1e-9)


def test_a_cell_that_covers_too_little_is_left_out_and_asked_again_and_again() -> None:
    said = answered(PLAN, 0.3)
    weak = PLAN.by_word()[10]
    said[weak] = odds(0.0, covered=0.3)
    cells, found = cells_read(PLAN, said)
    assert weak.cell not in cells
    assert len(cells) == 95
    assert found is not None
    assert found.log_odds == pytest.approx(0.3, abs=0.1)
    again = PLAN.by_count({weak.cell})
    assert len(again) == 20
    assert {one.cell for one in again} == {weak.cell}
    assert len({one.number for one in again}) == 20


def test_nothing_read_gives_no_cells() -> None:
    assert cells_read(PLAN, {}) == ({}, None)


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
