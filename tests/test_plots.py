"""Figures hold every curve once, read without colour, and come out the same bytes each time."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from newswave import plots
from newswave.comparing import Comparison, compare
from newswave.curve import Curve
from newswave.datasets import physicians
from newswave.ensemble import simulate
from newswave.errors import BadValue
from newswave.predicting import theories
from newswave.setups import Attention, Setup

SETUP = Setup(n_agents=200, n_seeds=5, rounds=30, replicas=8)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(simulate(SETUP), replicas=100)


@pytest.fixture(scope="module")
def real() -> Comparison:
    return compare(physicians(), replicas=100)


def texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
    return " ".join(" ".join(found).split())


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


def drawn_texts(figure: Figure) -> list[matplotlib.transforms.Bbox]:
    """Return where the texts are, without the labels of ticks that are outside the axes."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            outside = [tick for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
            hidden |= {tick.label1 for tick in outside}
    return [
        text.get_window_extent()
        for text in figure.findobj(matplotlib.text.Text)
        if text.get_text().strip() and text.get_visible() and text not in hidden
    ]


def test_no_text_is_cut_off_or_lies_on_another(comparison: Comparison, real: Comparison) -> None:
    figures = [
        plots.spread_figure(comparison),
        plots.spread_figure(real, "month"),
        plots.curve_figure(comparison.curve),
        plots.prediction_figure(theories(SETUP)),
    ]
    for figure in figures:
        figure.set_dpi(200)
        figure.draw_without_rendering()
        boxes = drawn_texts(figure)
        assert len(boxes) > 15
        for place, box in enumerate(boxes):
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= figure.bbox.x1
            assert box.y1 <= figure.bbox.y1
            assert not any(box.overlaps(other) for other in boxes[:place])


def test_files_are_the_same_bytes_each_time(comparison: Comparison) -> None:
    words = plots.describe_spread(comparison)
    for maker in (plots.png, plots.svg):
        one = maker(plots.spread_figure(comparison), words)
        with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": "other", "savefig.dpi": 50}):
            other = maker(plots.spread_figure(comparison), words)
        assert one == other


def test_the_picture_is_fit_for_print_and_carries_its_text(comparison: Comparison) -> None:
    words = plots.describe_spread(comparison)
    image = Image.open(io.BytesIO(plots.png(plots.spread_figure(comparison), words, "A title")))
    assert image.size == (1920, 1040)
    assert image.info["Description"] == words
    assert image.info["Title"] == "A title"
    assert "Software" not in image.info
    pixels = np.asarray(image.convert("RGB"))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50
    assert (pixels[[0, -1]] == 255).all()


def test_the_drawing_is_valid_xml_with_title_and_description(comparison: Comparison) -> None:
    words = "a < b & c"
    root = ET.fromstring(plots.svg(plots.spread_figure(comparison), words, "Fits & more"))
    assert root.find(f"{SVG}title").text == "Fits & more"  # type: ignore[union-attr]
    assert root.find(f"{SVG}desc").text == words  # type: ignore[union-attr]
    assert root.get("role") == "img"
    assert b"date" not in plots.svg(plots.spread_figure(comparison)).lower()


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
    assert plots.save(figure, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in plots.save(figure, tmp_path / "a.svg").read_bytes()
    with pytest.raises(BadValue, match=r"\.png, \.svg"):
        plots.save(figure, tmp_path / "a.pdf")


def test_nothing_global_is_left_behind(comparison: Comparison) -> None:
    before = dict(matplotlib.rcParams)
    plots.png(plots.spread_figure(comparison))
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in plots.__dict__
