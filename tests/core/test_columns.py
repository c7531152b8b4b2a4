"""Cells: numbers, times and dates in every spelling; the order of marks does not matter."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newswave as nw
from newswave.core.errors import BadValue
from newswave.core.readers.columns import (
    DateOrder,
    Numbers,
    Role,
    Scale,
    Unscaled,
    chosen,
    columns,
    is_missing,
    is_number,
    is_time,
    numbers,
    role_of,
    scale_of,
    times,
)

MARKS = {",": ".", ".": ",", " ": ".", "'": "."}


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=6),
    st.sampled_from(sorted(MARKS)),
    st.integers(0, 2),
)
@settings(deadline=None)
def test_numbers_come_back_from_every_spelling(
    whole: list[int], between: str, decimals: int
) -> None:
    values = [value / 10**decimals for value in whole]
    swap = str.maketrans({",": between, ".": MARKS[between]})
    cells = [f"{value:,.{decimals}f}".translate(swap) for value in values]
    assert all(map(is_number, cells))
    found = [one.values.tolist() for one in numbers(cells, comma_between=between == ",")]
    assert pytest.approx(values) in found


@given(st.text(max_size=12))
def test_any_cell_is_something_or_nothing(cell: str) -> None:
    if is_number(cell):
        assert numbers([cell])
    if is_time(cell) and not is_missing(cell):
        assert np.isfinite(times([cell], DateOrder.DAY_FIRST).values).all()


DAYS = st.dates(datetime.date(1901, 1, 1), datetime.date(2060, 1, 1))
SPELLINGS = ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%Y%m%d", "%d/%m/%Y"]


@given(st.lists(DAYS, min_size=2, max_size=6, unique=True), st.sampled_from(SPELLINGS))
@settings(deadline=None)
def test_dates_come_back_from_every_spelling(days: list[datetime.date], spelling: str) -> None:
    days = sorted(days)
    found = times([day.strftime(spelling) for day in days], DateOrder.DAY_FIRST)
    apart = [(day - days[0]).days for day in days]
    if found.unit == "week":
        apart = [days_apart // 7 for days_apart in apart]
    if found.unit in ("month", "year"):
        months = [12 * day.year + day.month for day in days]
        apart = [month - months[0] for month in months]
    if found.unit == "year":
        apart = [day.year for day in days]
    assert found.values.tolist() == apart


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1,5", "2.5"], "both used as the decimal mark"),
        (["1,5", "1,000,000"], "both as the decimal mark and between thousands"),
    ],
)
def test_numbers_at_odds(cells: list[str], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        numbers(cells)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["13/2/2020", "2/13/2020"], "cannot be told apart"),
        (["Jan", "Mar"], "have to follow"),
        (["2020-01", "2020-01-02"], "different ways"),
    ],
)
def test_times_at_odds(cells: list[str], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        times(cells)


# Names of columns: what each holds, and which are never counts.

ROLES = {
    Role.TIME: ["Day", "time_step", "Date", "study day", "Day number", "YEAR", "Step", "week no"],
    Role.ADOPTION_TIME: ["toa", "Year of adoption", "adoption_time", "adopted at", "month adopted"],
    Role.RUN: ["run_0", "Run 12", "replicate 3", "sim7"],
    Role.RUN_NAME: ["RunId", "run", "iteration", "run_id", "Replicate"],
    Role.CUMULATIVE: ["cumulative", "Cum. adopters", "total_cases", "cumulative_adopt_count",
                      "adopters to date", "total adopters"],
    Role.COUNT: ["count", "Sharers", "adopters (%)", "adopted", "I"],
    Role.NEAR_COUNT: ["number of adopters", "n_shared", "adoption rate", "count.1"],
    Role.NEW: ["new", "new_cases", "incident", "adopters per month", "daily users", "Newly shared"],
    Role.TOTAL: ["total", "N", "population", "n_agents", "Total present"],
    Role.PERSON: ["person", "id", "AgentID", "student name", "Country"],
    Role.OTHER: ["run_time", "non-adopters", "age", "people", "", "susceptible", "mean degree"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "name"), [(role, name) for role, held in ROLES.items() for name in held]
)
def test_what_a_name_stands_for(role: Role, name: str) -> None:
    assert role_of(name) is role


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("adopters (%)", Scale.PERCENT),
        ("adoption_pct", Scale.PERCENT),
        ("per cent of all", Scale.PERCENT),
        ("share of users", Scale.FRACTION),
        ("users ('000)", Scale.THOUSANDS),
        ("users in millions", Scale.MILLIONS),
        ("shared", None),
    ],
)
def test_the_scale_that_a_name_speaks_of(name: str, scale: Scale | None) -> None:
    assert scale_of(name) is scale


def test_a_column_is_chosen_by_name_or_number() -> None:
    every = columns(["day", "2", "count", "Count"])
    assert chosen(every, "DAY", "the time").at == 0
    assert chosen(every, "2", "the counts").at == 1
    assert chosen(every, "3", "the counts").at == 2
    for name, words in (("count", "two columns"), ("x", "no column"), ("0", "no column")):
        with pytest.raises(BadValue, match=words):
            chosen(every, name, "the counts")


# Scales: what is no whole number counts nobody, and N tells what is meant.


def unscaled(values: list[float], decimals: int = 0, **more: object) -> Unscaled:
    return Unscaled((Numbers(np.array([values]), decimals),), **more)  # type: ignore[arg-type]


@given(st.integers(2, 5000), st.data())
@settings(deadline=None)
def test_counts_come_back_from_rounded_shares(n: int, data: st.DataObject) -> None:
    counts = sorted(data.draw(st.lists(st.integers(0, n), min_size=2, max_size=6)))
    for scale, of, decimals in ((Scale.PERCENT, 100, 2), (Scale.FRACTION, 1, 4)):
        values = [round(of * count / n, decimals) for count in counts]
        found = unscaled(values, decimals, asked=scale).of(n)
        assert found.counts[0] == pytest.approx(counts, abs=0.5 * n / 10**4)
        if n < 5000:
            assert found.counts[0].tolist() == counts


def test_whole_numbers_are_counts_and_others_are_not() -> None:
    assert unscaled([2, 5, 87]).of(400).scale is Scale.COUNTS
    assert unscaled([2, 3.5, 87.25], 2).of(400).scale is Scale.PERCENT
    assert unscaled([0.02, 0.8725], 4).of(400).scale is Scale.FRACTION
    assert unscaled([2.25, 87.5], 2, mean=True).of(400).scale is Scale.COUNTS
    with pytest.raises(BadValue, match="no scale makes them whole people of 97"):
        unscaled([2.25, 4.75], 2).of(97)
    with pytest.raises(BadValue, match="per cent of all or in thousands"):
        unscaled([2.5, 4.75], 2).of(50_000)
    assert unscaled([2.5, 4.75], 2, asked=Scale.COUNTS).of(97).counts.tolist() == [[2.5, 4.75]]


def test_a_heading_that_the_numbers_belie() -> None:
    share = unscaled([2, 87.25], 2, heading=Scale.FRACTION).of(400)
    assert (share.scale, share.counts.tolist()) == (Scale.PERCENT, [[8, 349]])
    percent = unscaled([0.02, 0.8725], 4, heading=Scale.PERCENT).of(400)
    assert (percent.scale, percent.counts.tolist()) == (Scale.FRACTION, [[8, 349]])
    assert "though its heading" in percent.why


def test_how_many_there_are_as_long_as_nobody_says() -> None:
    assert unscaled([2, 3.5, 87.25], 2).default_agents()[0] == 400
    assert unscaled([3, 52]).default_agents() == (52, "the largest count")
    assert unscaled([0.5, 1.5], 1, heading=Scale.THOUSANDS).default_agents()[0] == 1500


# How a table is to be read: values are checked when made.


def test_what_is_said_is_checked() -> None:
    assert nw.ReadAs(counts="a").counts == ("a",)
    assert nw.ReadAs().counts == ()
    for name, value in (("scale", "percent"), ("counting", True), ("dates", nw.Scale.PERCENT)):
        with pytest.raises(BadValue, match=f"Unknown {name}.*nw"):
            nw.ReadAs(**{name: value})  # type: ignore[arg-type]


def test_how_many_people_one_stands_for() -> None:
    assert [scale.factor(400) for scale in nw.Scale] == [1, 4, 400, 1000, 1_000_000]
    assert nw.Scale.PERCENT.words == "in per cent of all"
