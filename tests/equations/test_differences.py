"""Differences between curves: closed forms, SciPy and Newcombe's tables as oracles, coverage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import newswave as nw
from newswave.core.errors import BadValue
from newswave.core.provenance import Cell
from newswave.core.sharing import hazard
from newswave.core.streams import Purpose, run_generator
from newswave.equations.differences import (
    FEWEST,
    Differences,
    difference,
    over_networks,
    passing,
    rate_changes,
)
from newswave.equations.intervals import (
    around,
    newcombe,
    paired,
    unpaired,
    wilson,
)
from newswave.report.text import HEADER, difference_rows, difference_words, footnote

SMALL = nw.Setup(n_agents=200, n_seeds=4, rounds=40, replicas=40)
ALIKE = replace(SMALL, sharing=nw.SameForAll(0.05))


def draw(number: int) -> np.random.Generator:
    return run_generator(1, Purpose.SAMPLING, number)


# Means -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 2), (5, 9), (40, 25)])
def test_welch_is_scipys(sizes: tuple[int, int]) -> None:
    one, other = draw(1).normal(3, 1, sizes[0]), draw(2).normal(4, 3, sizes[1])
    theirs = stats.ttest_ind(other, one, equal_var=False)
    span = theirs.confidence_interval()
    mine = unpaired(one, other)
    assert mine.interval is not None
    found = (mine.value, mine.interval.low, mine.interval.high, mine.p_value)
    wanted = (other.mean() - one.mean(), span.low, span.high, theirs.pvalue)
    assert found == pytest.approx(wanted, rel=1e-9)


def test_student_is_scipys() -> None:
    one = draw(3).normal(3, 1, 17)
    other = one + draw(4).normal(0.5, 0.2, 17)
    theirs = stats.ttest_rel(other, one)
    span, mine = theirs.confidence_interval(), paired(one, other)
    assert mine.interval is not None
    assert mine.is_clear
    found = (mine.value, mine.interval.low, mine.interval.high, mine.p_value)
    wanted = ((other - one).mean(), span.low, span.high, theirs.pvalue)
    assert found == pytest.approx(wanted, rel=1e-9)


def test_the_same_luck_makes_the_interval_narrow() -> None:
    one, other = nw.simulate(SMALL), nw.simulate(SMALL.with_degree(10))
    matched = difference(one, other).half.change.interval
    apart = difference(one, replace(other, setup=None)).half.change.interval
    assert matched is not None
    assert apart is not None
    assert matched.high - matched.low < 0.8 * (apart.high - apart.low)


def test_where_nothing_varies_the_interval_is_the_value() -> None:
    same = around(0.0, 0.0, 5)
    assert (same.interval.low, same.interval.high, same.p_value) == (0.0, 0.0, 1.0)
    assert not same.is_clear
    assert around(2.0, 0.0, 5).p_value == 0.0


def test_one_unit_has_no_interval() -> None:
    for found in (paired(np.ones(1), np.zeros(1)), unpaired(np.ones(1), np.zeros(5))):
        assert found.value == -1.0
        assert found.interval is None
        assert np.isnan(found.p_value)
        assert not found.is_clear
    with pytest.raises(BadValue, match="nothing to compare"):
        unpaired(np.ones(0), np.ones(2))
    with pytest.raises(BadValue, match="in pairs"):
        paired(np.ones(3), np.ones(2))


# Fractions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (0, 10), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((0, 20), (10, 10), 0.6791, 1.0),
        ((0, 10), (10, 10), 0.6075, 1.0),
    ],
)
def test_the_score_interval_is_that_of_newcombes_table_two(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = newcombe(one[0] / one[1], other[0] / other[1], (one[1], other[1]))
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


def test_a_fraction_of_one_sample_is_scipys() -> None:
    for seen, number in ((0, 7), (3, 11), (40, 40)):
        theirs = stats.binomtest(seen, number).proportion_ci(method="wilson")
        mine = wilson(seen / number, number)
        assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_outcomes_that_go_together_narrow_the_interval_of_their_difference() -> None:
    loose, tight = newcombe(0.6, 0.8, (50, 50)), newcombe(0.6, 0.8, (50, 50), phi=0.6)
    assert loose.low < tight.low < 0.2 < tight.high < loose.high


# Times -------------------------------------------------------------------------------------------


def test_the_half_time_is_the_curves_own() -> None:
    curve = nw.simulate(SMALL)
    np.testing.assert_allclose(passing(curve, 0.5, 40).times, curve.half_time(), atol=1e-12)


def test_a_time_is_read_off_a_straight_line_from_the_first_round_on() -> None:
    curve = nw.Curve([[2, 2, 6, 6, 8], [6, 7, 8, 9, 9], [1, 2, 2, 2, 2]], 10, first_round=3)
    found = passing(curve, 0.5, 7)
    assert found.times[:2].tolist() == [4.75, 3.0]
    assert found.arrived.tolist() == [True, True, False]
    assert found.restricted[2] == 7.0
    assert not passing(curve, 0.5, 4).arrived[0]
    with pytest.raises(BadValue, match="starts after"):
        passing(curve, 0.5, 2)


def test_a_time_is_read_off_between_times_that_are_uneven() -> None:
    curve = nw.Curve([[0, 2, 6, 10]], 10, times=[1, 2.5, 4.5, 9])  # type: ignore[arg-type]
    assert passing(curve, 0.5, 9).times == pytest.approx(curve.half_time())
    rounds = nw.Curve([[0, 1, 3, 3, 4, 4]], 10, first_round=1)
    found = difference(rounds, curve)
    assert found.last == 6
    assert found.reach.other == pytest.approx((6 + 4 * 1.5 / 4.5) / 10)


def test_runs_that_stop_short_count_as_the_last_round_and_are_named() -> None:
    one = nw.Curve([[1, 5, 9, 9]] * 4, 10)
    other = nw.Curve([[1, 2, 3, 5], [1, 1, 2, 3], [1, 1, 1, 1], [1, 3, 5, 5]], 10)
    half = difference(one, other).half
    assert (half.one, half.other) == (1.0, (3 + 3 + 3 + 2) / 4)
    assert half.missing == (0, 2)
    wanted = newcombe(1.0, 0.5, (4, 4))
    assert (half.arriving.low, half.arriving.high) == (wanted.low, wanted.high)
    words = difference_words(difference(one, other))
    assert "at least 1.8 rounds later" in words
    assert "0 of 4 runs of A, 2 of 4 runs of B" in words


def test_only_the_rounds_that_both_have_count() -> None:
    long, short = nw.simulate(SMALL), nw.simulate(replace(SMALL, rounds=12))
    found = difference(long, short)
    assert found.last == 12
    assert found.reach.change.value == 0.0
    assert all(change.change.value == 0.0 for change in found.times)
    with pytest.raises(BadValue, match="no round in common"):
        difference(nw.Curve([1, 2], 9), nw.Curve([1, 2], 9, first_round=2))


def test_luck_is_paired_by_seed_number_of_agents_and_runs() -> None:
    curve = nw.simulate(SMALL)
    assert difference(curve, nw.simulate(SMALL.with_degree(4))).is_paired
    assert not difference(curve, nw.simulate(replace(SMALL, seed=2))).is_paired
    assert not difference(curve, nw.simulate(replace(SMALL, n_agents=300))).is_paired
    assert not difference(curve, nw.simulate(SMALL, replicas=8)).is_paired


def test_a_single_run_varies_more_than_the_mean() -> None:
    found = difference(nw.simulate(SMALL), nw.simulate(replace(SMALL, seed=2)))
    single, span = found.half.single, found.half.change.interval
    assert span is not None
    assert single.high - single.low > 3 * (span.high - span.low)
    assert single.smaller + single.larger <= 1.0
    one, other = (nw.simulate(s).half_time() for s in (SMALL, replace(SMALL, seed=2)))
    less = stats.mannwhitneyu(one, other).statistic / len(one) / len(other)
    assert single.smaller + (1 - single.smaller - single.larger) / 2 == pytest.approx(less)


def test_runs_that_share_a_drawn_table_are_one_unit() -> None:
    cell = Cell.counted("outgoing", 1, asked=20, shared=10)
    given = nw.SharingTable(("outgoing", "reserved"), [[0, cell.probability], [0, 0.05]])
    drawn = replace(SMALL, sharing=nw.Measured(given, (cell,)))
    found = difference(nw.simulate(SMALL), nw.simulate(drawn))
    assert (found.together, difference(nw.simulate(SMALL), nw.simulate(SMALL)).together) == (8, 1)
    by_hand = [np.reshape(nw.simulate(s).half_time(), (5, 8)).mean(1) for s in (SMALL, drawn)]
    wanted = paired(*by_hand)
    assert found.half.change.p_value == pytest.approx(wanted.p_value)
    assert found.half.change.interval.low == pytest.approx(wanted.interval.low)


# Networks ----------------------------------------------------------------------------------------


def test_every_network_is_another_and_the_same_for_the_same_seed() -> None:
    small = replace(SMALL, n_agents=60, rounds=8)
    seen: list[tuple[int, int]] = []
    curve = over_networks(small, 4, 3, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert curve.runs == 12
    assert np.array_equal(curve.counts, over_networks(small, 4, 3).counts)
    blocks = {block.tobytes() for block in curve.counts.reshape(4, 3, -1)}
    assert len(blocks) == 4
    assert not np.array_equal(curve.counts, over_networks(replace(small, seed=2), 4, 3).counts)


def test_intervals_hold_their_level_where_only_luck_differs() -> None:
    """40 pairs, each missing 0 with chance 0.05: 8 or more with chance 0.0007.

    Without dealing the networks anew the luck of the two networks is taken for a difference.
    """
    setup = replace(ALIKE.with_degree(3), rounds=120, replicas=400)
    missed = {"networks": 0, "one network": 0}
    for seed in range(40):
        pair = [replace(setup, seed=100 + 2 * seed + side) for side in (0, 1)]
        anew = [over_networks(one, 8, 4).half_time().reshape(8, 4).mean(1) for one in pair]
        missed["networks"] += unpaired(*anew).is_clear
        missed["one network"] += unpaired(*(nw.simulate(one).half_time() for one in pair)).is_clear
    assert missed["networks"] < 8
    assert missed["one network"] >= 8


def test_the_interval_of_a_ratio_holds_the_true_one() -> None:
    """25 pairs, each missing the truth with chance 0.05: 6 or more with chance 0.0012."""
    other = replace(ALIKE, sharing=nw.SameForAll(0.08))
    true = np.log(hazard(0.08) / hazard(0.05))
    missed = 0
    for seed in range(25):
        sides = [over_networks(replace(one, seed=seed, rounds=20), 8, 4) for one in (ALIKE, other)]
        found = rate_changes(*sides, 4, is_paired=True).changes[0]
        assert (found.model, found.name) == ("one rate", "rate")
        span = found.ratio.interval
        missed += not span.low <= true <= span.high
    assert missed < 6


# Rates -------------------------------------------------------------------------------------------


def test_the_jackknife_is_that_of_single_fits() -> None:
    """Fitted by hand without each block of runs, for independent curves."""
    one, other = nw.simulate(ALIKE), nw.simulate(replace(ALIKE, seed=2, sharing=nw.SameForAll(0.1)))
    found = rate_changes(one, other, 8, is_paired=False).changes[0]
    total, errors = [], []
    for curve in (one, other):
        model = nw.OneRate(nw.OnNetwork(8))
        left = [np.delete(curve.counts, range(8 * g, 8 * g + 8), axis=0) for g in range(5)]
        logs = [np.log(nw.fit(nw.Curve(c, 200), model).estimates["rate"]) for c in left]
        errors.append(4 / 5 * np.sum((logs - np.mean(logs)) ** 2))
        total.append(np.log(nw.fit(curve, model).estimates["rate"]))
    freedom = sum(errors) ** 2 / sum(v * v / 4 for v in errors)
    reach = stats.t.ppf(0.975, freedom) * np.sqrt(sum(errors))
    value = total[1] - total[0]
    span = found.ratio.interval
    assert (found.ratio.value, span.low, span.high) == pytest.approx(
        (value, value - reach, value + reach), abs=1e-5
    )


def test_two_rates_come_with_one_where_both_curves_have_them() -> None:
    setup = replace(SMALL, n_agents=1000, n_seeds=10, rounds=60)
    faster = replace(setup, sharing=nw.ByGroup(0.3, 0.015))
    found = rate_changes(over_networks(setup), over_networks(faster), 8, is_paired=True)
    names = [change.name for change in found.changes]
    assert names == ["rate", "fast_rate", "slow_rate", "fast_fraction"]
    fast, slow = found.changes[1], found.changes[2]
    true = float(np.log(hazard(0.3) / hazard(0.15)))
    assert fast.ratio.value == pytest.approx(true, abs=0.03)
    assert slow.ratio.value == pytest.approx(0.0, abs=0.01)
    assert fast.ratio.interval.low > 0.7
    assert found.changes[3].ratio is None


@pytest.mark.parametrize(
    ("setup", "why"),
    [
        (replace(SMALL, network=nw.SmallWorld(8)), "random regular"),
        (replace(SMALL, attention=nw.Attention.NEW_EXPOSURE), "every round"),
        (replace(SMALL, source_probability=0.01), "event itself"),
        (replace(SMALL, sharing=nw.SameForAll(0.0)), "Nobody new shares"),
        (replace(SMALL, sharing=nw.SameForAll(0.05)), "Two rates: not determined"),
        (replace(SMALL, rounds=1), "too short"),
    ],
)
def test_rates_that_cannot_be_compared_are_left_out_with_the_reason(
    setup: nw.Setup, why: str
) -> None:
    found = difference(nw.simulate(setup), nw.simulate(SMALL)).rates
    assert why in found.left_out
    assert difference(nw.Curve([1, 2, 4], 9), nw.simulate(SMALL)).rates.changes == ()


def test_few_runs_give_rates_without_intervals() -> None:
    few = nw.simulate(ALIKE, replicas=FEWEST - 1)
    found = rate_changes(few, few, 1, is_paired=True).changes[0]
    assert found.change.interval is None
    assert found.ratio.interval is None


# Words -------------------------------------------------------------------------------------------


def both(other: nw.Setup, one: nw.Setup = SMALL) -> Differences:
    return difference(nw.simulate(one), nw.simulate(other))


def test_the_words_say_the_direction_the_size_and_the_interval() -> None:
    later = difference_words(both(SMALL.with_degree(6)))
    earlier = difference_words(both(SMALL.with_degree(12)), "left", "right")
    assert "In B, half of all have shared" in later
    assert "rounds later than in A (95 % interval" in later
    assert "In right, half of all have shared" in earlier
    assert "rounds earlier than in left (95 % interval" in earlier
    assert "with the same luck, right is earlier in" in earlier


def test_the_words_do_not_make_a_difference_of_luck() -> None:
    words = difference_words(both(replace(SMALL, seed=2)))
    assert "at about the same time" in words
    assert "luck alone explains" in words
    assert "luck of their own" in words
    assert "at the same time in A and B" in difference_words(both(SMALL))
    stuck = replace(SMALL, sharing=nw.SameForAll(0.0))
    assert "Neither in A nor in B" in difference_words(both(stuck, stuck))


def test_the_rows_fit_the_header_and_show_what_is_not_known() -> None:
    stuck = replace(SMALL, sharing=nw.SameForAll(0.0))
    for other in (SMALL.with_degree(4), stuck, replace(SMALL, attention=nw.Attention.NEW_EXPOSURE)):
        rows = difference_rows(both(other))
        assert {len(row) for row in rows} == {len(HEADER)}
        assert len({row[0] for row in rows}) == len(rows)
    rows = {row[0]: row for row in difference_rows(both(stuck))}
    assert rows["time to half (rounds)"][2:5] == ("not by 40", "more than +26.52", "not known")
    rows = {row[0]: row for row in difference_rows(both(stuck, stuck))}
    assert rows["time to half (rounds)"][1:] == ("not by 40",) * 2 + ("not known",) * 3
    assert "round 40" in footnote(both(stuck))
    quick = replace(SMALL, sharing=nw.SameForAll(0.3))
    assert footnote(both(quick, quick)) == ""
