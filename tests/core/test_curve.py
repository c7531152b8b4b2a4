"""Curves: what is no history of sharers is refused, and files come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave.core.curve import Curve
from newswave.core.errors import BadFile, BadValue

FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    runs, rounds, n = draw(st.integers(1, 4)), draw(st.integers(1, 12)), draw(st.integers(1, 500))
    column = st.lists(st.integers(0, n), min_size=rounds + 1, max_size=rounds + 1)
    counts = [sorted(draw(column)) for _ in range(runs)]
    return Curve(counts, n, first_round=draw(st.integers(-3, 2000)))  # type: ignore[arg-type]


# ---- the value


@given(curves())
@settings(deadline=None)
def test_a_curve_says_what_it_holds(curve: Curve) -> None:
    assert curve.runs == len(curve.counts)
    assert len(curve.rounds) == curve.counts.shape[1]
    assert curve.rounds[0] == curve.first_round
    assert (np.diff(curve.rounds) == 1).all()
    assert curve.fraction * curve.n_agents == pytest.approx(curve.counts)
    low, high = curve.band()
    assert (curve.counts.min(axis=0) <= low + 1e-9).all()
    assert (low <= high).all()
    assert (high <= curve.counts.max(axis=0) + 1e-9).all()
    assert curve.mean == pytest.approx(sum(curve.counts) / curve.runs)
    for at in range(curve.runs):
        one = curve.run(at)
        assert one.counts.tolist() == [curve.counts[at].tolist()]
        assert (one.n_agents, one.first_round) == (curve.n_agents, curve.first_round)


def test_half_time_is_where_half_have_shared() -> None:
    curve = Curve([[0, 2, 6, 10], [0, 1, 2, 4], [5, 6, 7, 8], [6, 7, 8, 9]], 10, first_round=3)  # type: ignore[arg-type]
    assert curve.half_time().tolist() == pytest.approx([4.75, np.nan, 3, np.nan], nan_ok=True)


YEARS = (1948, 1950, 1955, 1960, 1962)


def test_times_that_are_uneven_are_kept_everywhere() -> None:
    curve = Curve([[3, 9, 20, 44, 52], [3, 5, 8, 9, 9]], 80, times=YEARS)  # type: ignore[arg-type]
    assert curve.rounds.tolist() == list(YEARS)
    assert curve.rounds.dtype == np.int64
    assert curve.elapsed.tolist() == [0, 2, 7, 12, 14]
    assert curve.half_time()[0] == pytest.approx(1955 + 5 * 20 / 24)
    assert curve.gap(np.array([0, 0, 0, 0.9, 0.4])) == (pytest.approx(0.9 - 26.5 / 80), 1960)
    assert curve.run(1).rounds.tolist() == list(YEARS)
    assert [line.split(",")[0] for line in curve.to_csv().split()[1:]] == [str(y) for y in YEARS]
    with pytest.raises(ValueError, match="read-only"):
        curve.times[0] = 0  # type: ignore[index]


def test_times_between_rounds_are_no_rounds() -> None:
    curve = Curve([1, 3, 6], 10, times=[0.5, 1.5, 3.25])  # type: ignore[arg-type]
    assert curve.rounds.tolist() == [0.5, 1.5, 3.25]
    assert curve.half_time() == pytest.approx([1.5 + 1.75 * 2 / 3])
    assert Curve([1, 3], 10, times=[0.5, 1.5]).times is not None  # type: ignore[arg-type]


@given(curves())
@settings(deadline=None)
def test_times_that_go_up_by_one_are_rounds(curve: Curve) -> None:
    again = Curve(curve.counts, curve.n_agents, times=curve.rounds)
    assert (again.times, again.first_round) == (None, curve.first_round)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([1, 2], "one time for each count.*2 times for 3"),
        ([1, 3, 3], "do not go up.*3 then 3"),
        ([1, 3, 2], "do not go up.*3 then 2.*left out"),
        ([1, np.nan, 2], "no usable number.*nan"),
        ([1, 2, np.inf], "no usable number.*inf"),
        (["a", "b", "c"], "are numbers"),
        ([[1, 2, 3]], "one time for each"),
        (5, "one time for each"),
    ],
)
def test_times_that_cannot_be(times: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Curve([1, 2, 3], 10, times=times)


def test_a_band_is_of_the_runs() -> None:
    curve = Curve(np.repeat(np.arange(101.0)[:, None], 2, axis=1), 100)
    low, high = curve.band(0.9)
    assert low == pytest.approx([5, 5])
    assert high == pytest.approx([95, 95])


def test_a_run_keeps_its_groups() -> None:
    apart = np.array([[[1, 0], [2, 1]], [[0, 1], [0, 2]]])
    curve = Curve(apart.sum(axis=2), 5, ("keen", "calm"), apart)
    one = curve.run(1)
    assert one.by_group is not None
    assert one.by_group.tolist() == [[[0, 1], [0, 2]]]
    assert one.groups == ("keen", "calm")
    for wrong in (-1, 2, 0.5):
        with pytest.raises(BadValue, match="The run"):
            curve.run(wrong)  # type: ignore[arg-type]
    for groups, by_group in ((("keen",), apart), (("keen", "calm"), apart[:1]), ((), [1, 2])):
        with pytest.raises(BadValue, match="counts by group"):
            Curve(apart.sum(axis=2), 5, groups, by_group)  # type: ignore[arg-type]


def test_the_counts_cannot_be_written_to_and_the_caller_keeps_his() -> None:
    given_counts = np.array([1.0, 2.0])
    curve = Curve(given_counts, 5)
    given_counts[0] = 2.0
    assert curve.counts.tolist() == [[1.0, 2.0]]
    with pytest.raises(ValueError, match="read-only"):
        curve.counts[0, 0] = 0


@pytest.mark.parametrize(
    ("counts", "n", "words"),
    [
        ([1, 3, 2], 5, "falls.*3 then 2"),
        ([[1, 2], [3, 1]], 5, "falls.*3 then 1"),
        ([1, 6], 5, "6 of 5.*Raise the number"),
        ([-1, 2], 5, "0 or more.*-1"),
        ([1, np.nan], 5, "0 or more.*nan"),
        ([1, np.inf], 5, "0 or more.*inf"),
        ([1], 5, "two rounds"),
        ([], 5, "two rounds"),
        (3, 5, "two rounds"),
        ([[[1, 2]]], 5, "two rounds"),
        ([[1, 2], [1]], 5, "holds counts"),
        (["a", "b"], 5, "holds counts"),
        ([1, 10**400], 5, "holds counts"),
        ([0.02, 0.35, 0.9], 400, "fractions of all.*0.02, 0.35, 0.9.*Multiply.*400"),
        ([1, 2], 0, "number of agents"),
        ([1, 2], 2.5, "number of agents"),
    ],
)
def test_what_is_no_curve_is_refused(counts: Any, n: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Curve(counts, n)


# ---- files


@given(curves())
@FUZZ
def test_runs_come_back_from_their_file(tmp_path: Path, curve: Curve) -> None:
    back = Curve.read(curve.write(tmp_path / "curve.csv", replicas=True), curve.n_agents)
    assert back.counts.tolist() == curve.counts.tolist()
    assert back.first_round == curve.first_round


@given(curves())
@FUZZ
def test_the_mean_comes_back_from_a_file_without_runs(tmp_path: Path, curve: Curve) -> None:
    back = Curve.read(curve.write(tmp_path / "curve.csv"), curve.n_agents)
    assert back.runs == 1
    assert back.counts[0] == pytest.approx(curve.mean, rel=1e-9)


def test_the_columns_of_a_file() -> None:
    text = Curve([[0, 2], [2, 2]], 4).to_csv(replicas=True)  # type: ignore[arg-type]
    assert text == "round,mean,low,high,run_0,run_1\n0,1,0.1,1.9,0,2\n1,2,2,2,2,2\n"


@pytest.mark.filterwarnings("ignore::newswave.core.curve.ReadingWarning")
@pytest.mark.parametrize(
    ("text", "first", "counts"),
    [
        ("round,count\n0,1\n1,3\n", 0, [1, 3]),
        ("Month;Adopters\r\n5;1.0\r\n6;3\r\n", 5, [1, 3]),
        ("\ufeffname\tt\tTOTAL\nx\t-1\t1\ny\t0\t1e1\n", -1, [1, 10]),
        ("\n\nday , cumulative\n\n1, 2\n\n2 , 2\n\n", 1, [2, 2]),
        ("year;low;cumulative_count\n1950;1;1\n1951;2;3\n", 1950, [1, 3]),
        ("year,cumulative\n1948,3\n1950,9\n", 1948, [3, 9]),
        ("t,cumulative\n0.5,3\n1.5,9\n", 0, [3, 9]),
    ],
)
def test_files_as_people_write_them(
    tmp_path: Path, text: str, first: int, counts: list[float]
) -> None:
    path = tmp_path / "curve.csv"
    path.write_bytes(text.encode())
    curve = Curve.read(path, 10)
    assert curve.first_round == first
    assert curve.counts.tolist() == [counts]
    assert (curve.times is None) == ("1948" not in text and "0.5" not in text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("round,count\n2,1\n1,2\n", "no curve.*falls.*2 then 1"),
        ("round,count\n1,1\n1,2\n", "Line 2 and line 3 are of the same time"),
        ("round,count\nnan,1\n2,1\n", "Line 2 has a time.*nan"),
        ("round,count\ninf,1\ninf,2\n", "Line 2 has a time.*inf"),
        ("round,count\n1e13,1\n1e14,2\n", "no usable number"),
        ("round,count\n1,1\n", "two rounds"),
        ("round,count\n1,2\n2,1\n", "no curve.*falls"),
        ("round,count\n1,2\n2,11\n", "no curve.*11 of 10"),
        ("round,count\n1,nan\n2,3\n", "two rounds"),
        ("round,count\n1,2\n\n2,many\n", "Line 4 .*no number.*'many'"),
        ("round,count\n1,2\n2,\n", "two rounds"),
        ("round,count\n1,2\n2,3,4\n3,5\n", "Line 3 has 3 cells"),
        (
            "when,count\n1,2\n2,3\n",
            "no column of rounds or times; it has: when, count.*round, step",
        ),
        ("round,people\n1,2\n2,3\n", "no column of cumulative.*round, people.*count, cumul"),
        ("round,count\n", "no rows"),
        ("", "empty"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(text)
    with pytest.raises(BadFile, match=words) as caught:
        Curve.read(path, 10)
    assert "curve.csv" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        Curve.read(tmp_path / "none.csv", 10)


def test_the_gap_is_the_largest_distance_from_the_mean() -> None:
    curve = Curve([[2, 4, 6], [4, 4, 10]], n_agents=10, first_round=3)
    gap, at = curve.gap(np.array([0.3, 0.9, 0.7]))
    assert (gap, at) == (pytest.approx(0.5), 4)
    assert curve.gap(curve.mean / 10)[0] == 0.0
