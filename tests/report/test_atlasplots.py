"""The figures of an atlas show their numbers, and say so where they are synthetic."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from newswave.report.style import SYNTHETIC_LABEL, png, svg
from newswave.report.table_figures import (
    THEORIES,
    Estimate,
    Panel,
    bars_figure,
    errors_figure,
    heat_figure,
    panels_figure,
    ratios_figure,
)

NAN = float("nan")
PANEL = Panel(
    "slow: a profile",
    np.linspace(0, 1, 5),
    np.linspace(0, 0.8, 5),
    np.linspace(0.1, 1, 5),
    {name: np.linspace(0, 1, 5) for name in THEORIES},
)


def every_figure(synthetic: bool) -> list[Figure]:
    gaps = [(name, [np.array([0.1, 0.3]), np.array([])]) for name in THEORIES]
    bars = [("alike", np.array([[0.5, 1.0], [0.0, NAN]]))]
    estimates = [Estimate("openness", 1.1, 1.0, 1.2, 1.15), Estimate("news", 2.0, 1.9, 2.1)]
    return [
        heat_figure("Heat", np.array([[0.1, NAN], [0.2, 0.4]]), "ab", "cd", synthetic),
        ratios_figure("Ratios", [("traits", estimates)], synthetic),
        panels_figure("Curves", [[PANEL, PANEL]], synthetic),
        bars_figure("Bars", bars, ["AIC", "verdict"], ["degree 4", "degree 8"], synthetic),
        errors_figure("Errors", gaps, ["degree 4", "degree 8"], synthetic),
    ]


@pytest.mark.parametrize("synthetic", [False, True])
def test_every_figure_is_drawn_and_a_synthetic_one_says_so(synthetic: bool) -> None:
    for figure in every_figure(synthetic):
        assert png(figure)[:4] == b"\x89PNG"
        assert svg(figure, "Told.") == svg(figure, "Told.")
        words = [text.get_text() for text in figure.texts]
        assert (SYNTHETIC_LABEL in words) is synthetic
        assert (figure.get_label() == SYNTHETIC_LABEL) is synthetic


def test_a_heat_map_shows_every_number_in_ink_that_can_be_read() -> None:
    figure = heat_figure("Heat", np.array([[0.1, NAN], [0.15, 0.4]]), "ab", "cd")
    shown = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert shown == {"0.100": "black", "0.150": "black", "0.400": "white"}


def test_a_heat_map_of_one_value_or_of_none_is_drawn() -> None:
    assert png(heat_figure("One", np.array([[0.1]]), "a", "b"))
    assert png(heat_figure("None", np.array([[NAN]]), "a", "b"))


def test_bars_bear_their_percentages() -> None:
    figure = every_figure(synthetic=False)[3]
    assert [text.get_text() for text in figure.axes[0].texts] == ["50", "100", "0"]


def test_theories_differ_in_colour_and_in_dashes() -> None:
    assert len({stroke.colour for stroke in THEORIES.values()}) == len(THEORIES)
    assert len({str(stroke.dashes) for stroke in THEORIES.values()}) == len(THEORIES)
    lines = every_figure(synthetic=False)[2].axes[0].get_lines()
    assert [line.get_label() for line in lines] == ["mean of the runs", *THEORIES]


@pytest.mark.parametrize(("low", "high"), [(0.9, 1.1), (0.5, 1.9), (0.1, 8.0), (0.99, 1.01)])
def test_ratios_have_ticks_that_can_be_read(low: float, high: float) -> None:
    figure = ratios_figure("R", [("traits", [Estimate("a", (low * high) ** 0.5, low, high)])])
    png(figure)
    ticks = figure.axes[0].get_xticks()
    assert 1 <= len(ticks) <= 12
    assert 1.0 in ticks
