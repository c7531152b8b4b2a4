"""Lines side by side: each once, read without colour, and told in words that hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seeing import assert_readable

from newswave.core.curve import Curve
from newswave.core.errors import BadValue
from newswave.report.figures import LINE_STROKES as STROKES
from newswave.report.figures import Drawn, Spread, drawn_curve, lines_figure, lines_words, told
from newswave.report.style import SYNTHETIC_LABEL

TWO = (Drawn("one", [0.1, 0.5, 1.0]), Drawn("two", [0.1, 0.2, 0.3], [0, 2, 4]))


def test_every_line_is_drawn_once_with_dashes_of_its_own() -> None:
    figure = lines_figure("Two lines", TWO)
    lines = figure.axes[0].get_lines()
    assert [line.get_label() for line in lines] == ["one", "two"]
    assert np.allclose(lines[0].get_ydata(), [10, 50, 100])
    assert np.allclose(lines[1].get_xdata(), [0, 2, 4])
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    assert_readable(figure)


def test_no_two_strokes_look_alike_without_colour() -> None:
    looks = {(str(stroke.dashes), stroke.width) for stroke in STROKES}
    assert len(looks) == len(STROKES)


def test_values_that_are_no_fractions_stay_as_they_are() -> None:
    figure = lines_figure("Sizes", [Drawn("a", [1, 10, 100])], percent=False, log=True)
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert np.allclose(axes.get_lines()[0].get_ydata(), [1, 10, 100])


def test_points_are_not_joined() -> None:
    figure = lines_figure("Points", [Drawn("a", [0.1, 0.9], is_points=True)])
    line = figure.axes[0].get_lines()[0]
    assert line.get_linestyle() == "None"
    assert line.get_marker() == "o"


def test_the_band_of_many_runs_lies_behind_their_median() -> None:
    curve = Curve([[1, 4, 8], [1, 2, 6], [1, 3, 9]], 10)
    line, bands = drawn_curve(curve, "runs")
    assert np.allclose(line.y, [0.1, 0.3, 0.8])
    assert bands[0].label == "runs: 90 % of the runs"
    assert (bands[0].low <= line.y).all()
    assert (line.y <= bands[0].high).all()
    figure = lines_figure("Runs", [line], bands)
    assert len(figure.axes[0].collections) == 1


def test_one_run_has_no_band() -> None:
    assert drawn_curve(Curve([1, 4, 8], 10), "run")[1] == ()


def test_a_synthetic_figure_says_so_in_picture_and_words() -> None:
    figure = lines_figure("A formula", TWO, synthetic=True)
    assert figure.get_label() == SYNTHETIC_LABEL
    assert told(figure, "Two lines.").startswith("Synthetic: a formula answered")
    assert told(lines_figure("Plain", TWO), "Two lines.") == "Two lines."


@pytest.mark.parametrize(("y", "x"), [([], None), ([[1]], None), ([1, 2], [1]), ([1], [1, 2])])
def test_lines_that_do_not_fit_are_refused(y: object, x: object) -> None:
    with pytest.raises(BadValue, match="one row of numbers"):
        Drawn("a", y, x)


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(BadValue, match="nothing to draw"):
        lines_figure("Nothing", [])


def test_words_say_half_and_end() -> None:
    assert lines_words(TWO) == (
        "one: half by round 1.0, 100 % at round 2. two: half is not reached, 30 % at round 4."
    )
    assert (
        lines_words([Drawn("late", [0.6, 0.7])]) == "late: half from round 0 on, 70 % at round 1."
    )
    assert lines_words([Drawn("none", [np.nan])]) == "none: no values."
    rise = Drawn("new", [0.1, 0.4, 0.0])
    assert lines_words([rise]) == "new: most at round 1, 40 %; 0 % at round 2."
    gap = Drawn("cut", [0.1, 0.9, np.nan])
    assert lines_words([gap], "time (rounds)") == "cut: half by time 0.5, 90 % at time 1."


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30).map(sorted))
def test_the_half_time_in_words_is_where_the_line_crosses_one_half(values: list[float]) -> None:
    words = lines_words([Drawn("a", values)])
    if values[0] < 0.5 <= values[-1]:
        half = float(words.split("half by round ")[1].split(",")[0])
        assert np.interp(half, range(len(values)), values) == pytest.approx(0.5, abs=0.051)
    else:
        assert "half is not reached" in words or "half from round 0 on" in words


def test_a_spread_is_a_value() -> None:
    low = np.zeros(2)
    assert Spread("a", low, low, low).label == "a"
