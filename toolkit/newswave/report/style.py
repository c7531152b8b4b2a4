"""What pages and figures look like: the only colours, what figures share, HTML from templates."""

from __future__ import annotations

import functools
import io
import json
import re
import textwrap
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from newswave.core.errors import BadValue
from newswave.core.files import write_whole

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, RED, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY = "#6b7280"
"""What does not matter much, on light and on dark ground."""

NOTICE = "#FFF3C4"
"""The ground of a label inside a figure."""

PALETTE = {
    "ink": INK,
    "orange": ORANGE,
    "sky": SKY,
    "green": GREEN,
    "blue": BLUE,
    "red": RED,
    "purple": PURPLE,
}
"""The colours by name: those of Okabe and Ito, which colour-blind readers can tell apart."""

_PAGE = {
    "page": ("#f6f8fa", "#12161d"),
    "card": ("#ffffff", "#1c222c"),
    "line": ("#d5dae1", "#39424f"),
    "edge": ("#7b8594", "#8290a3"),
    "track": ("#dfe4ea", "#39424f"),
    "ink": ("#1b212b", "#eef1f5"),
    "soft": ("#525c6b", "#b0bac8"),
    "accent": ("#0a5ea8", "#7cc0f5"),
    "accent-bg": ("#e8f1fa", "#1f3549"),
    "on-accent": ("#ffffff", "#0f141b"),
    "focus": ("#0a5ea8", "#ffd166"),
    "orange": ("#bf8000", "#f7b73a"),
    "sky": ("#3594d6", "#80d0fa"),
    "green": ("#00906c", "#35c998"),
    "blue": ("#083f7d", "#4590da"),
    "red": ("#c0440c", "#e56f3c"),
    "purple": ("#9c4290", "#b85f98"),
    "note-bg": ("#e8f1fa", "#1c3247"),
    "warn-bg": ("#fff3d6", "#3d3013"),
    "good-bg": ("#e2f5ec", "#12362a"),
    "error-bg": ("#fde7e2", "#462019"),
    "synthetic-bg": ("#f1eaf7", "#322a45"),
}
THEMES = {
    theme: {name: pair[at] for name, pair in _PAGE.items()}
    for at, theme in enumerate(("light", "dark"))
}
"""The colours of pages by name, each as the custom property `--nw-` with its name."""

HEAT = {
    "light": ("#f4f8fc", "#c9def1", "#96c0e4", "#5b9dd1", "#2c78b5", "#0c558f", "#063767"),
    "dark": ("#1f2a38", "#173f63", "#1b5a8c", "#2e7ab5", "#559dd3", "#8dc2ea", "#cbe5f8"),
}
"""One blue from nearly a card's own shade to its opposite, in even steps of lightness."""

_MARK = re.compile(r"( *)/\* colours: (\w+) \*/")

SYNTHETIC_LABEL = "synthetic: a formula answered in place of a language model"
"""What stands inside every figure, and in its text, of what only looks like a model's answers."""

_ROOMY = 60
_LOOK: dict[Any, Any] = {
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.92",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "savefig.dpi": 200,
    "svg.hashsalt": "newswave",
    "svg.fonttype": "path",
}

_PIXEL = 0.75
"""A pixel in points."""


def with_colours(text: str) -> str:
    """Return a style sheet or script with the colours at its marks, comments such as these."""

    def colours(mark: re.Match[str]) -> str:
        indent, name = mark.groups()
        if name == "heat":
            return f"{indent}Object.assign(RAMPS, {json.dumps(HEAT)});"
        lines = (f"{indent}--nw-{key}: {colour};" for key, colour in THEMES[name].items())
        return "\n".join(lines)

    return _MARK.sub(colours, text)


class Stroke(NamedTuple):
    """How a line is drawn: its colour, its dashes, its width in points."""

    colour: str
    dashes: Any
    width: float

    @property
    def look(self) -> dict[str, Any]:
        """What matplotlib's `plot` is told of it."""
        return {"color": self.colour, "linestyle": self.dashes, "linewidth": self.width}


@dataclass(frozen=True)
class Pen:
    """How a line looks on the page and in a figure: never by its colour alone."""

    colour: str  # Name of a colour of `PALETTE`
    # Lengths of drawn and left out pieces, in pixels; empty for a solid line
    dash: tuple[float, ...] = ()
    width: float = 2.0  # In pixels

    @property
    def stroke(self) -> Stroke:
        """The same for matplotlib, whose dashes are multiples of the width."""
        dashes = (0, tuple(part / self.width for part in self.dash)) if self.dash else "solid"
        return Stroke(PALETTE[self.colour], dashes, _PIXEL * self.width)


@contextmanager
def style() -> Iterator[None]:
    """Draw in one way everywhere, whatever the user's own matplotlib settings are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_LOOK)
        yield


def blank(width: float, height: float, title: str) -> Figure:
    """Return an empty figure, its size in inches, that makes room for all that is put on it."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.09)
    figure = Figure(figsize=(width, height), layout=layout)
    figure.suptitle(title, x=0.012, ha="left", fontsize=12.5, fontweight="bold", parse_math=False)
    return figure


def caption(axes: Axes, words: str, width: int, synthetic: bool = False) -> None:
    """Write above an axes what it is about, wrapped, and the label of a synthetic figure."""
    text = textwrap.fill(words, width)
    title = axes.set_title(text, loc="left", fontsize=9.5, parse_math=False)
    if not synthetic:
        return
    if axes.figure is not None:
        axes.figure.set_label(SYNTHETIC_LABEL)
    box = {"boxstyle": "round,pad=0.25", "facecolor": NOTICE, "edgecolor": RED}
    label = SYNTHETIC_LABEL if width >= _ROOMY else textwrap.fill(SYNTHETIC_LABEL, _ROOMY // 2)
    axes.annotate(label, (0, 1), (4, 9), xycoords=title, textcoords="offset points",
                  fontsize=9.5, va="bottom", bbox=box)  # fmt: skip


def with_label(text: str, synthetic: bool) -> str:
    """Return the text alternative of a figure with what a synthetic one has to say first.

    >>> with_label("Two lines.", True)
    'Synthetic: a formula answered in place of a language model. Two lines.'
    """
    return f"{SYNTHETIC_LABEL.capitalize()}. {text}" if synthetic else text


def whole_ticks(axes: Axes) -> None:
    """Let the ticks of the x-axis stand at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def percent_axis(axes: Axes) -> None:
    """Show 0 to 100 %, or less where nothing comes near that."""
    highest = float(axes.dataLim.y1)
    top = 100.0 if highest > 40 else max(1.0, 1.1 * highest)
    axes.set_ylim(-0.02 * top, 1.03 * top)


def legend(figure: Figure, axes: Axes, columns: int, length: float | None = 3.4) -> None:
    """Put the legend of an axes below the figure, its samples of lines so long (in letters)."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=columns, handlelength=length)


def has_letters(text: str) -> bool:
    """Return whether the font of the figures has every letter of a text.

    >>> has_letters("Ω and é"), has_letters("消息")
    (True, False)
    """
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return all(font.get_char_index(ord(letter)) for letter in text)


def png(figure: Figure, description: str = "", title: str = "newswave") -> bytes:
    """Return a figure as PNG, 200 dots per inch, the same bytes each time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to save.
    description : str
        A text alternative, kept in the file; a synthetic figure's always says so.
    title : str
        A title, kept in the file.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    about = {
        "Title": title,
        "Description": _plain(_described(figure, description)),
        "Software": None,
    }
    with style():
        FigureCanvasAgg(figure)
        figure.savefig(buffer, format="png", metadata=about)
    return buffer.getvalue()


def svg(figure: Figure, description: str = "", title: str = "newswave") -> bytes:
    """Return a figure as SVG with its text alternative as <title> and <desc>; see `png`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer, words = io.BytesIO(), _described(figure, description)
    about = {"Title": title, "Description": words or None, "Date": None, "Creator": None}
    with style():
        FigureCanvasSVG(figure)
        figure.savefig(buffer, format="svg", metadata=about)
    text = buffer.getvalue().decode("utf-8")
    if words:
        text = text.replace("</title>", f"</title>\n <desc>{escape(words)}</desc>", 1)
    return text.replace("<svg ", '<svg role="img" ', 1).encode("utf-8")


def save(figure: Figure, path: str | Path, description: str = "", title: str = "newswave") -> Path:
    """Write a figure to a file, PNG or SVG by the ending of its name, whole or not at all.

    Raises
    ------
    BadValue
        If the name ends in neither .png nor .svg.
    BadFile
        If the file cannot be written.
    """
    makers = {".png": png, ".svg": svg}
    ending = Path(path).suffix.lower()
    if ending not in makers:
        raise BadValue("A figure is written as PNG or SVG", given=str(path), allowed=".png, .svg")
    return write_whole(path, makers[ending](figure, description, title))


def _described(figure: Figure, description: str) -> str:
    """Return the description, with the label of a synthetic figure if it does not say so."""
    synthetic = figure.get_label() == SYNTHETIC_LABEL
    return with_label(description, synthetic and "synthetic" not in description.lower()).strip()


def _plain(text: str) -> str:
    """Return text that fits into a PNG's Latin-1 fields."""
    return text.encode("latin-1", "replace").decode("latin-1")


def render(template: str, **values: Any) -> str:
    """Return a template of `report/templates` with its values."""
    return environment().get_template(template).render(values)


@functools.cache
def environment(folder: str = "") -> Environment:
    """Return what renders the templates of `report/templates`, or those of another folder."""
    from jinja2 import Environment, FileSystemLoader, PackageLoader, StrictUndefined

    own = FileSystemLoader(folder) if folder else PackageLoader("newswave.report")
    made = Environment(loader=own, autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, keep_trailing_newline=True)  # fmt: skip
    made.filters["base64"] = lambda data: b64encode(data).decode("ascii")
    made.filters["words"] = _unparted
    made.globals["stylesheet"] = stylesheet
    return made


def stylesheet(name: str) -> Any:
    """Return a style sheet of the templates with its colours, to stand in a page as it is."""
    from markupsafe import Markup

    return Markup(with_colours((files("newswave.report") / "templates" / name).read_text("utf-8")))


def _unparted(words: str) -> str:
    """Return words in which a number is never parted from its per cent sign."""
    return words.replace(" %", "\N{NO-BREAK SPACE}%")
