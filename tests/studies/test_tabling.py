"""A measured table as text: every number of it, within its width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strategies import thirty_two

from newswave.core.rules import Measured
from newswave.core.sharing import SharingTable
from newswave.core.table_facts import WELL_COVERED, trait_effects
from newswave.report.text import table_words


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    "measured",
    [
        *(thirty_two(), thirty_two(thin=5), thirty_two(answers=10, lost=9, synthetic=True)),
        replace(thirty_two(answers=3), origin=None),
    ],
)
def test_no_line_is_wider_than_asked(measured: Measured, width: int) -> None:
    lines = table_words(measured, width).splitlines()
    assert max(map(len, lines)) <= width
    rows = [line for line in lines if line[:10] in measured.given.rows]
    assert len(rows) == 32


def line_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_every_chance_has_what_it_rests_on() -> None:
    counted, read = thirty_two(answers=10, lost=1), thirty_two(thin=1)
    for measured in (counted, read):
        for cell in measured.cells:
            row = line_of(table_words(measured), cell.row)
            assert f"{cell.probability:.3f}" in row
            if cell.is_counted:
                assert f"({cell.low:.2f} to {cell.high:.2f}){'?' * (cell.abstained > 0)}" in row
            else:
                thin = (cell.covered or 0) < WELL_COVERED
                assert (
                    f" {cell.probability:.3f} [{100 * (cell.covered or 0):.0f} %]" in row
                ) is thin
    first = counted.cells[0].row
    assert line_of(table_words(counted), first).count("?") == 1
    assert line_of(table_words(read), first).count("[") == 1
    for text, key in ((table_words(counted), "?: answers"), (table_words(read), "[ ]: yes and no")):
        assert key in " ".join(text.split())


def test_the_readiest_stands_first_and_traits_follow() -> None:
    measured = thirty_two()
    text = table_words(measured)
    rows = [line[:10] for line in text.splitlines() if line[:10] in measured.given.rows]
    means = [measured.given.probabilities[measured.given.rows.index(row), 1] for row in rows]
    assert means == sorted(means, reverse=True)
    assert "m = 1 " in text
    assert "m = 3 or more" in text
    assert line_of(text, "high E").split() == ["high", "E", "+1.10", "+1.10", "+1.10"]
    counted = thirty_two(answers=10)
    one = trait_effects(counted)[4]
    ends = f"{one.effect[2]:+.2f} ({one.low[2]:+.2f}, {one.high[2]:+.2f})"
    assert line_of(table_words(counted), "high N").endswith(ends)


def test_doubts_and_what_is_synthetic_are_said() -> None:
    text = " ".join(table_words(thirty_two(thin=4, synthetic=True)).split())
    assert text.startswith("SYNTHETIC: a formula answered, no language model")
    assert "! In 4 of 96 cells" in text
    assert "SYNTHETIC" not in table_words(thirty_two())
    alike = np.tile([0, 0.2, 0.2, 0.2], (32, 1))
    rows = thirty_two().given.rows
    assert "! All profiles answer alike" in table_words(Measured(SharingTable(rows, alike)))


def test_a_table_by_hand_has_its_numbers_alone() -> None:
    chances = np.arange(24).reshape(2, 12) % 12 / 20
    wide = SharingTable(("keen", "a group with a long name"), chances)
    text = table_words(Measured(wide))
    head = line_of(text, "P(share)")
    assert head.split("m = ")[1:] == ["1".ljust(17), "2".ljust(17), "11 or more"]
    assert line_of(text, "keen").split() == ["keen", "0.050", "0.100", "0.550"]
    assert "a group with " in text
    assert "log-odds" not in text
    assert "brackets" not in text
    assert "m = 7" in table_words(Measured(wide), 250)
