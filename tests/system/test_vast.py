"""The benchmark of large networks: every size is measured, told and drawn. No time is asserted."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def vast(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return the benchmark, which is a script and no module of the package."""
    monkeypatch.syspath_prepend(FOLDER)
    yield __import__("vast")
    for name in ("vast", "million", "rows", "clock"):
        sys.modules.pop(name, None)


def linear(vast: Any) -> list[Any]:
    """Return measurements that grow exactly with N above a fixed cost."""
    return [vast.Measured(n, 3e-7 * n, 1e-7 * n, 5e-7 * n, 70 * n, 1 / n) for n in (10**4, 10**6)]


def test_each_size_is_measured_in_a_process_of_its_own(
    vast: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vast, "FIGURES", tmp_path)
    assert vast.main(["--most", "10000", "--docs"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "agents"
    assert [row.split()[0] for row in rows[:2]] == ["1000", "10000"]
    assert (tmp_path / "vast.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "vast.md").read_text("utf-8")
    assert re.search(r"Measured on \d{4}-\d\d-\d\d, Python 3", page)
    assert len(re.findall(r"^\| 10+ \|(.*\|){6}$", page, re.M)) == 2
    assert re.search(r"!\[Two panels [^\]]+\]\(vast.png\)", page)


def test_what_grows_with_n_has_slope_one(vast: Any) -> None:
    found = linear(vast)
    assert vast.slopes(found) == pytest.approx((1.0, 1.0))
    assert math.isnan(vast.slopes(found[:1])[0])
    text = " ".join(vast.summary(found, 2.0))
    assert "time grows as N^1.00 and memory as N^1.00" in text
    assert "1000000 agents: 400 ns and 70 bytes each" in text


def test_a_gap_is_counted_in_standard_deviations(vast: Any) -> None:
    assert linear(vast)[0].cells(0.005)[-2:] == ["0.00010", "2.0"]


def test_the_curve_of_a_small_run_is_near_theory(vast: Any) -> None:
    one = vast.measured(10_000)
    assert one.gap < 4.5 * vast.deviation() / math.sqrt(one.agents)
    assert one.seconds > 0
    assert 0 <= one.memory < 2**28
