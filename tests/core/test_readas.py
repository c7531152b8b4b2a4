"""How a table is to be read: values are checked when made."""

from __future__ import annotations

import pytest

import newswave as nw
from newswave.core.errors import BadValue


def test_what_is_said_is_checked() -> None:
    assert nw.ReadAs(counts="a").counts == ("a",)
    assert nw.ReadAs().counts == ()
    for name, value in (("scale", "percent"), ("counting", True), ("dates", nw.Scale.PERCENT)):
        with pytest.raises(BadValue, match=f"Unknown {name}.*nw"):
            nw.ReadAs(**{name: value})  # type: ignore[arg-type]


def test_how_many_people_one_stands_for() -> None:
    assert [scale.factor(400) for scale in nw.Scale] == [1, 4, 400, 1000, 1_000_000]
    assert nw.Scale.PERCENT.words == "in per cent of all"
