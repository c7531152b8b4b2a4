"""What a measured table says, against numbers that were put in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from strategies import EFFECTS, ORIGIN, by_luck, thirty_two

from newswave.core.population import PROFILES, Trait
from newswave.core.provenance import Cell, Method, pooled_cells
from newswave.core.rules import Measured, SameForAll
from newswave.core.sharing import SharingTable, between
from newswave.core.table_facts import (
    by_readiness,
    cap_words,
    cells_of,
    doubts,
    is_thin,
    log_odds,
    moves,
    profile_doubt,
    profiles_of,
    trait_effects,
)

CODES = tuple(profile.code for profile in PROFILES)


def table(chances: object, rows: tuple[str, ...] = CODES) -> Measured:
    return Measured(SharingTable(rows, np.asarray(chances)), origin=ORIGIN)


def flat(*by_exposure: float) -> Measured:
    return table(np.tile([0.0, *by_exposure], (32, 1)))


def test_trait_effects_that_were_put_in_are_found() -> None:
    found = trait_effects(thirty_two())
    assert [one.trait for one in found] == list(Trait)
    for one, effect in zip(found, EFFECTS, strict=True):
        assert one.effect == pytest.approx([effect] * 3)
        assert np.array_equal(one.low, one.effect)
        assert np.array_equal(one.high, one.effect)


def test_the_intervals_of_trait_effects_hold_the_truth_as_often_as_they_say() -> None:
    """5 effects in 200 tables, 95 % each: fewer than 92.5 % has a chance below 1e-3."""
    numbers, inside = np.random.default_rng(2), 0
    chances = thirty_two().given.probabilities[:, 1]
    for _ in range(200):
        shared = numbers.binomial(60, chances)
        alone = [Cell.counted(*one) for one in zip(CODES, [1] * 32, [60] * 32, shared, strict=True)]
        cells = pooled_cells(alone)
        measured = table([[0, cell.probability] for cell in cells])
        found = trait_effects(replace(measured, cells=tuple(cells)))
        inside += sum(
            one.low[0] <= effect <= one.high[0] for one, effect in zip(found, EFFECTS, strict=True)
        )
    assert 925 <= inside < 995


def test_only_traits_that_differ_have_an_effect_and_groups_have_none() -> None:
    half = table([[0, 0.2]] * 16, CODES[16:])
    assert [one.trait.letter for one in trait_effects(half)] == list("CEAN")
    assert trait_effects(table([[0, 0.2]], CODES[:1])) == ()
    assert trait_effects(table([[0, 0.2], [0, 0.3]], ("keen", CODES[0]))) == ()
    assert profiles_of(table([[0, 0.2], [0, 0.3]], ("keen", CODES[0]))) == ()
    assert profiles_of(flat(0.2)) == PROFILES


def test_traits_that_differ_together_have_one_effect_and_are_named() -> None:
    two = table([[0, 0.5], [0, 0.2]], ("O+C-E+A-N-", "O-C+E-A+N+"))
    [one] = trait_effects(two)
    assert one.name == "O+C-E+A-N-"
    assert one.effect == pytest.approx(np.log(4))
    [words] = [words for words in doubts(two) if "cannot tell apart" in words]
    assert "openness, conscientiousness, extraversion, agreeableness and neuroticism" in words
    pair = table([[0, 0.2]] * 4, ("O+C+E+A-N-", "O-C-E+A-N-", "O+C+E-A-N-", "O-C-E-A-N-"))
    assert [one.name for one in trait_effects(pair)] == ["O+C+", "extraversion"]
    assert "what openness and conscientiousness do" in " ".join(doubts(pair))
    sums = table([[0, 0.2]] * 3, ("O+C-E-A-N-", "O-C+E-A-N-", "O-C-E+A-N-"))
    assert [one.name for one in trait_effects(sums)] == ["openness", "conscientiousness",
                                                         "extraversion"]  # fmt: skip
    assert "openness, conscientiousness and extraversion" in " ".join(doubts(sums))


def test_rows_are_ordered_by_their_mean_log_odds_and_ties_stay() -> None:
    measured = table([[0, 0.1, 0.1], [0, 0.5, 0.5], [0, 0.1, 0.1], [0, 0.0, 1.0]], tuple("abcd"))
    assert by_readiness(measured) == (1, 3, 0, 2)
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()


def test_cells_are_found_by_row_and_exposure() -> None:
    measured = thirty_two(answers=5)
    found = cells_of(measured)
    assert len(found) == 96
    assert found[3, 2].row == CODES[3]
    assert found[3, 2].exposure == 2


def test_a_good_table_leaves_no_doubt() -> None:
    assert doubts(thirty_two()) == ()
    assert doubts(thirty_two(answers=40)) == ()


def test_profiles_that_answer_alike_are_named() -> None:
    near = flat(0.2, 0.3).given.probabilities.copy()
    near[5, 2] += 0.019
    [words] = doubts(table(near))
    assert "answer alike" in words
    assert "0.019 at most" in words
    assert "another wording or model" in words
    assert "another wording" not in doubts(replace(table(near), origin=None))[0]
    near[5, 2] += 0.002
    assert doubts(table(near)) == ()
    assert doubts(table([[0, 0.2]], ("all",))) == ()


def test_answers_that_luck_explains_are_named() -> None:
    """The test is at 5 %, so 20 of 400 tables of profiles that are alike pass it by chance."""
    numbers, named = np.random.default_rng(3), 0
    for _ in range(400):
        shared = numbers.binomial(40, 0.3, 32)
        cells = [Cell.counted(*one) for one in zip(CODES, [1] * 32, [40] * 32, shared, strict=True)]
        measured = table([[0, cell.probability] for cell in cells])
        words = doubts(replace(measured, cells=tuple(cells)))
        named += any("from luck" in one for one in words)
    # Binomial(400, 0.95), 4.5 standard deviations either way.
    assert abs(named - 380) < 4.5 * stats.binom(400, 0.95).std()


def test_what_is_made_from_a_table_carries_its_doubt_about_profiles() -> None:
    assert "does not tell its profiles apart from luck (p = " in profile_doubt(by_luck())
    assert "answer alike (chances at most 0.000 apart)" in profile_doubt(flat(0.2, 0.3))
    for sure in (SameForAll(0.2), thirty_two(), thirty_two(answers=40)):
        assert profile_doubt(sure) == ""
    assert profile_doubt(replace(flat(0.2, 0.3), origin=None)) == ""  # written so, on purpose
    [words] = [words for words in doubts(by_luck()) if "luck" in words]
    assert words.endswith("More answers for each cell might, if there is a difference.")


def test_a_chance_of_nearly_nothing_or_everything_is_named() -> None:
    rows = tuple("ab")
    assert any("Hardly anybody" in one for one in doubts(table([[0, 1e-5], [0, 0.0009]], rows)))
    assert any("at once" in one for one in doubts(table([[0, 0.9995], [0, 1.0]], rows)))


def test_what_was_not_read_well_is_named() -> None:
    thin = thirty_two(thin=3)
    [words] = doubts(thin)
    assert "In 3 of 96 cells" in words
    assert "70 %" in words
    assert [is_thin(cell) for cell in thin.cells[:4]] == [True, True, True, False]
    assert not is_thin(Cell("a", 1, 0.5, 0.5, 0.5, Method.LOG_PROBABILITIES))
    [words] = doubts(thirty_two(answers=40, lost=4))
    assert words.startswith("8 of 3840 answers could not be read")
    assert words.endswith("nothing here can show it.")
    empty = Cell.counted("a", 1, 0, 0, 7)
    one = Measured(SharingTable(("a",), [[0, empty.probability]]), (empty,))
    assert any("No answer could be read in 1 of 1 cells" in words for words in doubts(one))


def at_exposures(chances: object, asked: int, seed: int, exposures: tuple[int, ...]) -> Measured:
    """Return a table of 32 rows counted over answers that were drawn from chances."""
    known = np.broadcast_to(np.asarray(chances), (32, len(exposures)))
    shared = np.random.default_rng(seed).binomial(asked, known)
    cells = [
        Cell.counted(row, m, asked, int(shared[at, place]))
        for at, row in enumerate(CODES)
        for place, m in enumerate(exposures)
    ]
    found = np.reshape([cell.probability for cell in cells], known.shape)
    left_out = tuple(m for m in range(1, exposures[-1]) if m not in exposures)
    made = SharingTable(CODES, between(found, exposures))
    return Measured(made, tuple(cells), ORIGIN, left_out)


def test_answers_that_do_not_change_are_taken_to_move_as_seldom_as_luck_says() -> None:
    """200 flat tables, two tests at 5 % each: more than 34 would have a chance below 1e-3."""
    assert sum(moves(at_exposures(0.1, 20, seed, (1, 2, 3))) for seed in range(200)) <= 34


def test_answers_that_rise_as_in_the_contact_rule_move() -> None:
    """40 tables of 20 answers a cell at q = 0.05: power 0.98 at each; 35 or fewer below 1e-3."""
    for exposures in ((1, 2, 3), (2, 3, 4), (1, 4, 6), (4, 6, 8)):
        rule = 1.0 - 0.95 ** np.array(exposures)
        chance = rule if exposures[0] == 1 else np.insert(rule, 0, 0.05)
        asked = exposures if exposures[0] == 1 else (1, *exposures)
        assert sum(moves(at_exposures(chance, 20, seed, asked)) for seed in range(40)) >= 36


def test_rows_that_move_against_each_other_move() -> None:
    chance = np.where(np.arange(32)[:, None] % 2, [0.1, 0.1, 0.4], [0.4, 0.4, 0.1])
    assert moves(at_exposures(chance, 20, 1, (1, 2, 3)))


def test_odds_that_were_read_move_by_more_than_rounding() -> None:
    def read(*chances: float) -> Measured:
        method = Method.LOG_PROBABILITIES
        cells = [
            Cell(row, m, chance, chance, chance, method)
            for row in CODES
            for m, chance in enumerate(chances, 1)
        ]
        return Measured(SharingTable(CODES, [[0.0, *chances]] * 32), tuple(cells))

    assert moves(read(0.1, 0.2, 0.25))
    assert not moves(read(0.1, 0.2, 0.21))
    assert not moves(read(0.1))
    assert not moves(flat(0.1, 0.2, 0.3))


def test_what_is_cut_off_is_said_where_agents_have_more_neighbours() -> None:
    rising = at_exposures(1.0 - 0.95 ** np.arange(1, 4), 200, 1, (1, 2, 3))
    words = cap_words(rising, 8)
    assert "up to 3 sharing neighbours" in words
    assert "newswave table --exposures 8" in words
    assert cap_words(rising, 3) == cap_words(SameForAll(0.1), 8) == ""
    assert "--exposures 20" in cap_words(rising, 50)
    assert cap_words(at_exposures(0.1, 200, 1, (1, 2, 3)), 8) == ""
