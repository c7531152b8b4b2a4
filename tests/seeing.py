"""What is written on a figure, and whether all of it can be read."""

from __future__ import annotations

import matplotlib
from matplotlib.figure import Figure


def texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
    return " ".join(" ".join(found).split())


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


def assert_readable(figure: Figure, least: int = 15) -> None:
    """Fail if a text is cut off or lies on another, or there are fewer than the `least`."""
    figure.set_dpi(200)
    figure.draw_without_rendering()
    boxes = drawn_texts(figure)
    assert len(boxes) >= least
    for place, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:place])
