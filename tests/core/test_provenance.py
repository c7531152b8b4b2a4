"""Cells and origins: only numbers that fit each other, and draws as the posterior says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from newswave.core.errors import BadValue
from newswave.core.provenance import Cell, Method, Origin, posterior

READ = (0.3, 0.3, 0.3, Method.LOG_PROBABILITIES)
ORIGIN = ("qwen2.5:0.5b", "ab12", "0.33.0", "0.6.3", "adjectives", "0123", "lantern-festival")


@given(st.integers(0, 2000), st.data())
@settings(max_examples=60, deadline=None)
def test_a_counted_cell_is_the_posterior_under_jeffreys_prior(asked: int, data: Any) -> None:
    shared = data.draw(st.integers(0, asked))
    cell = Cell.counted("all", 2, asked, shared, 1)
    law = stats.beta(shared + 0.5, asked - shared + 0.5)
    assert cell.probability == pytest.approx(law.mean())
    assert law.cdf(cell.low) == pytest.approx(0.025, abs=1e-6)
    assert law.cdf(cell.high) == pytest.approx(0.975, abs=1e-6)
    assert 0.0 < cell.low < cell.probability < cell.high < 1.0
    assert (cell.asked, cell.shared, cell.abstained, cell.is_counted) == (asked, shared, 1, True)
    assert posterior(asked, shared) == (shared + 0.5, asked - shared + 0.5)


def test_what_was_read_is_not_counted() -> None:
    assert not Cell("all", 1, *READ).is_counted


def test_numbers_of_other_types_become_plain() -> None:
    cell = Cell("all", np.int64(1), np.float64(0.5), 0, 1, Method.LOG_PROBABILITIES, asked=3.0)  # type: ignore[arg-type]
    assert [type(x) for x in (cell.exposure, cell.low, cell.high, cell.asked)] == [
        *(int, float, float, int)
    ]
    assert type(Origin(*ORIGIN, temperature=1).temperature) is float


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"row": ""}, "names its row"),
        ({"row": 3}, "names its row"),
        ({"exposure": 0}, "exposure of a cell"),
        ({"exposure": 1.5}, "exposure of a cell"),
        ({"probability": 1.1, "high": 1.0}, "'probability'"),
        ({"probability": math.nan}, "'probability'"),
        ({"low": -0.1}, "'low'"),
        ({"high": "1"}, "'high'"),
        ({"low": 0.4}, "interval does not hold"),
        ({"high": 0.2}, "interval does not hold"),
        ({"asked": -1}, "'asked'"),
        ({"asked": 2, "shared": 3}, "More shared"),
        ({"abstained": 0.5}, "'abstained'"),
        ({"covered": 1.2}, "'covered'"),
        ({"yes_first": math.inf}, "'yes_first'"),
        ({"no_first": -0.1}, "'no_first'"),
        ({"method": "counted"}, "is a Method"),
    ],
)
def test_cells_that_cannot_be_are_refused(change: dict[str, Any], words: str) -> None:
    fields = ("probability", "low", "high", "method")
    given = {"row": "all", "exposure": 1, **dict(zip(fields, READ, strict=True)), **change}
    with pytest.raises(BadValue, match=words):
        Cell(**given)


@pytest.mark.parametrize(("asked", "shared"), [(3, 4), (-1, 0), (2, -1), (1.5, 1)])
def test_counts_that_cannot_be_are_refused(asked: Any, shared: Any) -> None:
    with pytest.raises(BadValue):
        Cell.counted("all", 1, asked, shared)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        *(({name: "x" * 301}, f"The {name} of a table's origin") for name in ("model", "made")),
        ({"digest": None}, "The digest of a table's origin"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": math.nan}, "temperature"),
        ({"synthetic": 1}, "True or False"),
    ],
)
def test_origins_that_cannot_be_are_refused(change: dict[str, Any], words: str) -> None:
    names = ("model", "digest", "server", "client", "wording", "wording_hash", "event")
    with pytest.raises(BadValue, match=words):
        Origin(**{**dict(zip(names, ORIGIN, strict=True)), **change})
