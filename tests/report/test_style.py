"""The common ground of figures: labels, files, and nothing of the user's own settings."""

from __future__ import annotations

import io
import re
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure
from PIL import Image
from seeing import assert_readable, texts

from newswave.core.errors import BadValue
from newswave.report import style as drawing

ROOT = Path(__file__).parents[2]
HOLDERS = {
    "toolkit/newswave/report/style.py",
    "toolkit/newswave/app/site/favicon.svg",
    "docs/_static/newswave.svg",
    "docs/_static/binder-badge.svg",
}
"""The table of colours, and the pictures that stand by themselves."""


def drawn(synthetic: bool = False, words: str = "what it is about " * 6) -> Figure:
    with drawing.style():
        figure = drawing.blank(5.0, 3.5, "A title")
        axes = figure.subplots()
        axes.plot([0, 1, 2], [0, 30, 60], label="a line")
        drawing.caption(axes, words, 60, synthetic)
        drawing.whole_ticks(axes)
        drawing.percent_axis(axes)
        drawing.legend(figure, axes, 2)
    return figure


@pytest.mark.parametrize("synthetic", [False, True])
@pytest.mark.parametrize("words", ["short", "$\\frac{$ as it is", "what it is about " * 12])
def test_the_label_stands_between_title_and_caption_whatever_their_length(
    synthetic: bool, words: str
) -> None:
    figure = drawn(synthetic, words)
    assert_readable(figure, 8)
    assert (drawing.SYNTHETIC_LABEL in texts(figure)) is synthetic


def test_what_is_written_of_a_synthetic_figure_says_so_once() -> None:
    for given, told in (
        ("", f"{drawing.SYNTHETIC_LABEL.capitalize()}."),
        ("Some words.", f"{drawing.SYNTHETIC_LABEL.capitalize()}. Some words."),
        ("Synthetic: known.", "Synthetic: known."),
    ):
        image = Image.open(io.BytesIO(drawing.png(drawn(synthetic=True), given)))
        assert image.info["Description"] == told
        assert f"<desc>{told}</desc>".encode() in drawing.svg(drawn(synthetic=True), given)
    plain = Image.open(io.BytesIO(drawing.png(drawn(), "Some words.")))
    assert plain.info["Description"] == "Some words."
    assert b"<desc>" not in drawing.svg(drawn())


def test_own_settings_change_nothing_and_are_left_as_they_were() -> None:
    one = drawing.png(drawn())
    with matplotlib.rc_context({"font.size": 20, "axes.grid": False}):
        before = dict(matplotlib.rcParams)
        assert drawing.png(drawn()) == one
        assert dict(matplotlib.rcParams) == before


def test_files_by_their_ending(tmp_path: Path) -> None:
    assert drawing.save(drawn(), tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    assert b"<svg role" in drawing.save(drawn(), tmp_path / "a.svg").read_bytes()
    with pytest.raises(BadValue, match=r"\.png, \.svg"):
        drawing.save(drawn(), tmp_path / "a.jpg")


def test_no_other_file_holds_a_colour() -> None:
    """Hexadecimal colours: in the table, and in pictures that nothing can put a colour into."""
    folders = ("toolkit", "docs", "lessons", "benchmarks")
    endings = {".py", ".css", ".js", ".html", ".svg"}
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in endings
        and re.search(
            r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b[^/]", path.read_text("utf-8")
        )
    }
    assert found == HOLDERS


def test_colours_stand_at_their_marks() -> None:
    css = drawing.with_colours("/* colours: dark */ a { color: red }")
    assert css.endswith(" a { color: red }")
    assert f"--nw-ink: {drawing.THEMES['dark']['ink']};" in css
    assert drawing.THEMES["light"].keys() == drawing.THEMES["dark"].keys()
    assert "#063767" in drawing.with_colours("/* colours: heat */")
