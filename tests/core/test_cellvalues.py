"""Cells: numbers, times and dates in every spelling; the order of marks does not matter."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.readers.columns import DateOrder, is_missing, is_number, is_time, numbers, times

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
