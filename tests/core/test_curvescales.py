"""Scales: what is no whole number counts nobody, and N tells what is meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.core.readers.columns import Numbers, Scale, Unscaled


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
