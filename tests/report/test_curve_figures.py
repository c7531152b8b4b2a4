"""Figures hold every curve once, read without colour, and come out the same bytes each time."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from seeing import assert_readable, texts
from strategies import by_luck, thirty_two

from newswave.core.curve import Curve
from newswave.core.datasets import physicians
from newswave.core.errors import BadValue
from newswave.core.law import Attention
from newswave.core.networks import Complete
from newswave.core.population import IndependentTraits
from newswave.core.setup import Setup
from newswave.core.simulation import decisions, simulate
from newswave.equations.compare import Comparison, compare
from newswave.equations.from_decisions import dose_response, learn
from newswave.equations.predict import theories
from newswave.report import figures as plots
from newswave.report import style, text
from newswave.report.figures import LINE_STROKES as STROKES
from newswave.report.figures import Drawn, Spread, drawn_curve, lines_figure, lines_words, told
from newswave.report.style import SYNTHETIC_LABEL

SETUP = Setup(n_agents=200, n_seeds=5, rounds=30, replicas=8)
SYNTHETIC = replace(SETUP, mix=IndependentTraits(), sharing=thirty_two(answers=10, synthetic=True))
DOSES = dose_response(decisions(SETUP))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(simulate(SETUP), replicas=100)


@pytest.fixture(scope="module")
def real() -> Comparison:
    return compare(physicians(), replicas=100)


def named_lines(axes: object) -> dict[str, matplotlib.lines.Line2D]:
    return {line.get_label(): line for line in axes.get_lines()}  # type: ignore[attr-defined]


def test_the_curve_and_four_fits_are_drawn(comparison: Comparison) -> None:
    left, right = plots.spread_figure(comparison).axes
    lines = named_lines(left)
    median = 100 * np.median(comparison.curve.counts, axis=0) / 200
    assert np.array_equal(lines["median of the runs"].get_ydata(), median)
    for name, mixing, label in (
        ("one rate", "well-mixed", "one rate, well mixed"),
        ("two rates", "well-mixed", "two rates, well mixed"),
        ("one rate", "network", "one rate, network-aware"),
        ("two rates", "network", "two rates, network-aware"),
    ):
        fit = comparison.find(name, mixing)
        assert np.allclose(lines[label].get_ydata(), 100 * fit.curve)
        assert np.allclose(named_lines(right)[label].get_ydata(), 100 * fit.residuals)
    assert len(left.collections) == 1  # the band


def test_the_words_say_what_is_seen(comparison: Comparison, real: Comparison) -> None:
    words = texts(plots.spread_figure(comparison))
    assert "source and peers" not in words
    assert "synchronous rounds" in words
    assert "transmission rate" in words
    assert "agents that have shared (%)" in words
    assert "200 agents on a random regular network of degree 8, 8 runs" in words
    words = texts(plots.spread_figure(real, "month"))
    assert "month" in words
    assert "synchronous" not in words
    assert "network-aware" not in words
    assert "source and peers, well mixed" in words


def test_every_line_has_its_own_colour_and_dashes(comparison: Comparison) -> None:
    for figure in (plots.spread_figure(comparison), plots.prediction_figure(theories(SETUP))):
        drawn = [s for key, s in plots.STROKES.items() if isinstance(key, tuple)]
        if len(figure.axes) == 1:
            drawn = [s for key, s in plots.STROKES.items() if isinstance(key, str)]
        assert len({stroke.colour for stroke in drawn}) == len(drawn) >= 4
        assert len({str(stroke.dashes) for stroke in drawn}) == len(drawn)


def test_no_text_is_cut_off_or_lies_on_another(comparison: Comparison, real: Comparison) -> None:
    figures = [
        plots.spread_figure(comparison),
        plots.spread_figure(real, "month"),
        plots.curve_figure(comparison.curve),
        plots.prediction_figure(theories(SETUP)),
        plots.prediction_figure(theories(SYNTHETIC)),
        plots.curve_figure(simulate(SYNTHETIC)),
        plots.dose_figure(DOSES),
        plots.dose_figure(DOSES[:1], synthetic=True),
        plots.dose_figure(dose_response(decisions(replace(SETUP, network=Complete())))),
    ]
    for figure in figures:
        assert_readable(figure)


def test_files_are_the_same_bytes_each_time(comparison: Comparison) -> None:
    words = plots.describe_spread(comparison)
    for maker in (style.png, style.svg):
        one = maker(plots.spread_figure(comparison), words)
        with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": "other", "savefig.dpi": 50}):
            other = maker(plots.spread_figure(comparison), words)
        assert one == other


def test_the_picture_is_fit_for_print_and_carries_its_text(comparison: Comparison) -> None:
    words = plots.describe_spread(comparison)
    image = Image.open(io.BytesIO(style.png(plots.spread_figure(comparison), words, "A title")))
    assert image.size == (1920, 1040)
    assert image.info["Description"] == words
    assert image.info["Title"] == "A title"
    assert "Software" not in image.info
    pixels = np.asarray(image.convert("RGB"))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50
    assert (pixels[[0, -1]] == 255).all()


def test_the_drawing_is_valid_xml_with_title_and_description(comparison: Comparison) -> None:
    words = "a < b & c"
    root = ET.fromstring(style.svg(plots.spread_figure(comparison), words, "Fits & more"))
    assert root.find(f"{SVG}title").text == "Fits & more"  # type: ignore[union-attr]
    assert root.find(f"{SVG}desc").text == words  # type: ignore[union-attr]
    assert root.get("role") == "img"
    assert b"date" not in style.svg(plots.spread_figure(comparison)).lower()


def test_the_description_names_the_misses(comparison: Comparison, real: Comparison) -> None:
    words = plots.describe_spread(comparison)
    miss = 100 * np.abs(comparison.find("one rate", "network").residuals).max()
    assert f"one rate network-aware by up to {miss:.1f}" in words
    assert "mean of 8 runs" in words
    assert "in month 17" in plots.describe_spread(real, "month")
    never = theories(replace(SETUP, rounds=1))
    assert "never" in plots.describe_prediction(never)


def test_little_spread_is_still_seen() -> None:
    axes = plots.curve_figure(Curve([[1, 2, 3], [1, 1, 2]], 1000)).axes[0]
    assert axes.get_ylim()[1] < 2


def test_a_prediction_of_the_master_equation_alone() -> None:
    setup = replace(SETUP, attention=Attention.NEW_EXPOSURE)
    axes = plots.prediction_figure(theories(setup)).axes[0]
    assert len(axes.get_lines()) == 1


def test_saving_by_the_ending(comparison: Comparison, tmp_path: Path) -> None:
    figure = plots.curve_figure(comparison.curve)
    assert style.save(figure, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in style.save(figure, tmp_path / "a.svg").read_bytes()
    with pytest.raises(BadValue, match=r"\.png, \.svg"):
        style.save(figure, tmp_path / "a.pdf")


@pytest.fixture(scope="module")
def formula() -> Comparison:
    return compare(simulate(SYNTHETIC), replicas=100)


def test_the_doubt_of_a_table_stands_beside_all_that_is_made_from_it() -> None:
    lucky = replace(SYNTHETIC, sharing=by_luck())
    learned, doubt = learn(lucky), "does not tell its profiles apart from luck (p = "
    made = compare(simulate(lucky), replicas=100)
    figure = plots.spread_figure(made)
    assert_readable(figure, 8)
    plain = json.loads(text.fits_json(made, lucky, 8, "", learned))
    table = text.learned_table(learned)
    assert table.index("itself does not tell") < table.index("high openness")
    assert "Holm" not in table  # it is about these agents, and would read like a finding
    for words in (
        made.verdict.words, plots.describe_spread(made), texts(figure), table,
        plain["verdict"]["words"], plain["decisions"]["table_doubt"],
    ):  # fmt: skip
        assert doubt in " ".join(words.split())
    assert plots.verdict_title(made).endswith("(but its table is in doubt)")
    assert plots.verdict_title(made) in texts(figure)


def test_every_synthetic_figure_is_labelled_in_it_and_in_its_text(
    comparison: Comparison, formula: Comparison
) -> None:
    predicted, other = theories(SYNTHETIC), theories(SETUP)
    labelled = {
        plots.spread_figure(formula): plots.describe_spread(formula),
        plots.curve_figure(formula.curve): "Some words.",
        plots.prediction_figure(predicted): plots.describe_prediction(predicted),
        plots.dose_figure(DOSES, synthetic=True): plots.describe_dose(DOSES, True),
    }
    for figure, words in labelled.items():
        assert SYNTHETIC_LABEL in texts(figure)
        told = Image.open(io.BytesIO(style.png(figure, words))).info["Description"]
        assert told.lower().count(SYNTHETIC_LABEL) == 1
        assert told.endswith(words)
        root = ET.fromstring(style.svg(figure))
        assert SYNTHETIC_LABEL in root.find(f"{SVG}desc").text.lower()  # type: ignore[union-attr]
    plain = {
        plots.spread_figure(comparison): plots.describe_spread(comparison),
        plots.curve_figure(comparison.curve): "",
        plots.prediction_figure(other): plots.describe_prediction(other),
        plots.dose_figure(DOSES): plots.describe_dose(DOSES),
    }
    for figure, words in plain.items():
        assert "synthetic" not in texts(figure) + words
        assert b"synthetic" not in style.svg(figure, words)


def test_the_band_of_a_counted_table_is_drawn() -> None:
    predicted = theories(SYNTHETIC)
    figure = plots.prediction_figure(predicted)
    axes, band = figure.axes[0], predicted.band
    assert band is not None
    assert len(axes.collections) == 1
    corners = axes.collections[0].get_paths()[0].vertices
    assert corners[:, 1].max() == pytest.approx(100 * band.high[-1])
    middle = named_lines(axes)["median of the drawn tables"]
    assert middle.get_ydata() == pytest.approx(100 * band.middle)
    assert "90 % of 200 tables drawn from the answers" in texts(figure)
    words = plots.describe_prediction(predicted)
    assert f"between {100 * band.low[-1]:.1f} and {100 * band.high[-1]:.1f} percent" in words


def test_doses_are_points_with_intervals_against_what_is_expected() -> None:
    figure = plots.dose_figure(DOSES)
    axes = figure.axes[0]
    expected = named_lines(axes)["expected from the fitted rate of each group"]
    assert expected.get_ydata() == pytest.approx([100 * dose.expected for dose in DOSES])
    [bars] = axes.containers
    assert bars[0].get_ydata() == pytest.approx([100 * dose.fraction for dose in DOSES])
    ends = np.array(bars[2][0].get_segments())[:, :, 1]
    assert ends == pytest.approx(100 * np.array([[dose.low, dose.high] for dose in DOSES]))
    assert bars[0].get_marker() != expected.get_marker()
    assert bars[0].get_color() != expected.get_color()
    words = plots.describe_dose(DOSES)
    assert f"at 1 {100 * DOSES[0].fraction:.1f}" in words
    assert f"where {100 * DOSES[-1].expected:.1f} is expected" in words
    many = dose_response(decisions(replace(SETUP, network=Complete())))
    assert len(plots.describe_dose(many)) < 1500
    for draw in (plots.dose_figure, plots.describe_dose):
        with pytest.raises(BadValue, match="no decisions"):
            draw([])  # type: ignore[operator]


def test_nothing_global_is_left_behind(comparison: Comparison) -> None:
    before = dict(matplotlib.rcParams)
    style.png(plots.spread_figure(comparison))
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in plots.__dict__


# Lines side by side: each once, read without colour, and told in words that hold.


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
