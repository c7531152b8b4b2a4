"""What can be taken home from a page: figures, tables, settings, Python lines, one ZIP."""

from __future__ import annotations

import csv
import io
import re
import textwrap
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from newswave.app.links import data_lines, link_of, python_lines
from newswave.app.page import Button, Code, File, Group, Item, Row, Tone, Words
from newswave.core.curve import Curve
from newswave.core.errors import BadValue, NewswaveError
from newswave.core.rules import Asked, ByGroup, ByTraits, Measured, SameForAll
from newswave.core.setup import Setup
from newswave.core.version import __version__
from newswave.equations.compare import Comparison
from newswave.equations.fit import Fit
from newswave.equations.predict import Predicted, theories
from newswave.equations.replicates import REPLICAS, known_degree
from newswave.report import figures, text
from newswave.report.describe import counted, curve_words, network_words
from newswave.report.figures import layers
from newswave.report.style import style, svg, with_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# What is on a page, gathered up to be taken home, and how its files are named.


_KINDS = {
    ByGroup: "two-rates",
    SameForAll: "one-rate",
    ByTraits: "traits",
    Measured: "measured",
    Asked: "asked",
}
_FORMULA = tuple("=+-@\t\r\n")


@dataclass(frozen=True, eq=False)
class Downloads:
    """What is on a page and can be taken home."""

    curve: Curve  # of all runs, or a user's own
    setup: Setup | None = None  # what was run; None for a user's own data
    comparison: Comparison | None = None  # the fits with their verdict, once they are there
    predicted: Predicted | None = None  # what theory says
    title: str = "How the news spreads"  # of the figure
    unit: str = "round"  # the time step of the curve
    degree: int | None = None  # k of the equations, where a network is known
    run: int = 0  # which run is shown
    data: str = ""  # the name of a user's file, or of the dataset that the curve is
    is_example: bool = False  # whether it is a dataset that comes with newswave
    why_not: str = ""  # why there are no fits
    # the layers that lie over the curve, by their keys in `newswave.report.figures.LAYERS`
    shown: frozenset[str] = frozenset({"band"})
    fits: tuple[Fit, ...] = ()  # the fits that can be drawn
    ceiling: bool = False  # whether they have a ceiling

    @property
    def file(self) -> str:
        """The name of the table that holds a user's own curve, with all runs."""
        return f"{self.stem}-runs.csv" if self.curve.runs > 1 else f"{self.stem}.csv"

    @property
    def is_synthetic(self) -> bool:
        """Whether a formula stands in place of a language model in it."""
        setups = (self.setup, self.curve.setup)
        return any(setup is not None and setup.synthetic for setup in setups)

    @property
    def stem(self) -> str:
        """What the names of all files begin with: safe, and telling one setup from another."""
        if self.setup is None:
            name = safe_name(self.data.rsplit(".", 1)[0]) or "data"
            return f"newswave-{name}-n{self.curve.n_agents}"
        setup = self.setup
        kind = "synthetic" if setup.synthetic else _KINDS.get(type(setup.sharing), "own-rule")
        degree = round(setup.network.mean_degree_for(setup.n_agents))
        seed = str(setup.seed)[:20]
        return f"newswave-{kind}-n{setup.n_agents}-k{degree}-seed{seed}"

    def python(self, beside: bool) -> str:
        """Return lines of Python that repeat it, with the other files beside them or alone."""
        verdict = None if self.comparison is None else self.comparison.verdict
        replicas = (verdict.replicas if verdict else 0) or REPLICAS
        if self.setup is None:
            example = self.data if self.is_example else ""
            return data_lines(
                self.curve, self.file, example, self.degree, bool(verdict), replicas, self.drawn,
                ceiling=self.ceiling, fitted=not self.why_not,
                recording=self.data if self.curve.setup is not None else "",
            )  # fmt: skip
        alone = self.comparison is not None and self.comparison.curve.runs < self.curve.runs
        file = f"{self.stem}-setup.json" if beside else ""
        return python_lines(self.setup, self.run, bool(verdict), replicas, alone, file, self.drawn)

    @property
    def drawn(self) -> tuple[str, ...]:
        """The keys of the layers that are drawn, in the order of drawing."""
        theories = self.predicted.theories if self.predicted else ()
        lines, _ = layers(self.curve, self.shown, theories, self.fits)
        return tuple(dict.fromkeys(line.key for line in lines))

    @property
    def figure_title(self) -> str:
        """The title of the figure: what the test said, once it is made."""
        if self.comparison is None:
            return self.title
        return figures.verdict_title(self.comparison)

    def about(self) -> str:
        """Return what the figure is about, for under its title."""
        if self.setup is None:
            return f"{counted(self.curve.n_agents)} in all"
        return (
            f"{counted(self.setup.n_agents)} agents on {network_words(self.setup)}, "
            f"run {self.run + 1} of {self.curve.runs}, seed {self.setup.seed}"
        )


def curve_sentence(curve: Curve, unit: str) -> str:
    """Return when half have shared, and how many in the end, in a sentence.

    >>> curve_sentence(Curve([1, 3, 6, 8], n_agents=10), "week")
    'Half of all have shared by week 1.7; 80.0 % have shared by week 3.'
    """
    half, reach = curve_words(curve, unit, 10_000).splitlines()
    return f"Half {half.removeprefix('half').strip()}; {reach.removeprefix('reach').strip()}."


def safe_name(text: str) -> str:
    """Return text as a part of a file's name: letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")


def safe_cell(text: str) -> str:
    """Return text for a cell of a CSV file, so that no spreadsheet takes it for a formula.

    Text that begins like a formula gets an apostrophe before it, which spreadsheets read as "this
    is text".
    """
    return "'" + text if text.lstrip().startswith(_FORMULA) or text[:1] in _FORMULA else text


def table_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV; text that begins like a formula is made harmless, numbers stay."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return made.getvalue()


# The files to take home: figures, tables of numbers, settings, lines of Python.


_PRINT = 300


def groups_csv(curve: Curve) -> str:
    """Return the mean count of each group by round."""
    means = np.asarray(curve.by_group).mean(axis=0)
    rows = ([at.item(), *map(float, row)] for at, row in zip(curve.rounds, means, strict=True))
    return table_csv(("round", *curve.groups), rows)


def figure_of(downloads: Downloads) -> tuple[Figure, str]:
    """Return the figure of a page, with the layers that it shows, and what it shows in words."""
    theories = downloads.predicted.theories if downloads.predicted else ()
    run = downloads.run if downloads.setup is not None else None
    lines, bands = figures.layers(downloads.curve, downloads.shown, theories, downloads.fits, run)
    own = downloads.setup is None
    figure = figures.lines_figure(
        downloads.figure_title,
        lines,
        bands,
        about=downloads.about(),
        across=figures.clock_words(downloads.setup) if downloads.setup else downloads.unit,
        up="have shared or adopted (%)" if own else figures.SHARED,
        synthetic=downloads.is_synthetic,
    )
    words = f"{downloads.figure_title}. {downloads.about()}. "
    words += f"{curve_sentence(downloads.curve, downloads.unit)} "
    words += f"Lines: {figures.lines_words(lines, downloads.unit)}"
    return figure, with_label(words, downloads.is_synthetic)


def print_png(figure: Figure, description: str) -> bytes:
    """Return a figure as PNG for print: 300 dots per inch."""
    buffer = io.BytesIO()
    plain = description.encode("latin-1", "replace").decode("latin-1")
    about = {"Title": "newswave", "Description": plain, "Software": None}
    with style():
        figure.savefig(buffer, format="png", dpi=_PRINT, metadata=about)
    return buffer.getvalue()


@dataclass(frozen=True)
class Maker:
    """One thing to take home."""

    key: str  # of its button
    label: str
    ending: str  # what the file's name ends in
    kind: str  # its media type
    words: str  # what it is
    make: Callable[[Downloads], str | bytes]  # makes its content
    missing: Callable[[Downloads], str] = lambda _: ""  # why it is not there; '' if it is

    def file(self, downloads: Downloads) -> File:
        """Return the file."""
        made = self.make(downloads)
        content = made.encode("utf-8", "backslashreplace") if isinstance(made, str) else made
        return File(downloads.stem + self.ending, self.kind, content)


def _png(downloads: Downloads) -> bytes:
    return print_png(*figure_of(downloads))


def _svg(downloads: Downloads) -> bytes:
    figure, words = figure_of(downloads)
    return svg(figure, words)


def _residuals_png(downloads: Downloads) -> bytes:
    assert downloads.comparison is not None
    words = figures.describe_spread(downloads.comparison, downloads.unit)
    return print_png(figures.spread_figure(downloads.comparison, downloads.unit), words)


def _theory_png(downloads: Downloads) -> bytes:
    assert downloads.setup is not None
    every = theories(downloads.setup)
    return print_png(figures.prediction_figure(every), figures.describe_prediction(every))


def _fits(downloads: Downloads) -> str:
    degree = downloads.degree or known_degree(downloads.curve)
    return text.fits_json(downloads.comparison, downloads.setup, degree, downloads.why_not)


def _python(downloads: Downloads) -> str:
    return f"# Written by newswave {__version__}\n{downloads.python(beside=False)}\n"


def _setup(downloads: Downloads) -> str:
    assert downloads.setup is not None
    return downloads.setup.to_json()


def _no_fits(downloads: Downloads) -> str:
    if downloads.comparison is not None:
        return ""
    return downloads.why_not or "Make the test of one rate or two first."


def _no_setup(downloads: Downloads) -> str:
    return "" if downloads.setup is not None else "A curve from a file has no setup."


_TEXT, _JSON = "text/csv", "application/json"

MAKERS: tuple[Maker, ...] = (
    Maker("figure_png", "Figure (PNG)", "-figure.png", "image/png",
          "the figure of the page, for print and slides: 300 dots per inch", _png),
    Maker("figure_svg", "Figure (SVG)", "-figure.svg", "image/svg+xml",
          "the same figure as lines, to be scaled and edited", _svg),
    Maker("residuals_png", "Fits and residuals (PNG)", "-residuals.png", "image/png",
          "the fits over the curve, and their residuals", _residuals_png,
          lambda one: "" if one.comparison else "Make the test of one rate or two first."),
    Maker("theory_png", "Theory (PNG)", "-theory.png", "image/png",
          "what the equations predict before any run", _theory_png,
          lambda one: "" if one.predicted else "There is no theory of this curve."),
    Maker("curve_csv", "Curve (CSV)", ".csv", _TEXT,
          "the curve: cumulative count of sharers by round, the mean of the runs and the ends of "
          "the band in which 90 % of them lie", lambda one: one.curve.to_csv()),
    Maker("runs_csv", "All runs (CSV)", "-runs.csv", _TEXT,
          "the same with a column for each run", lambda one: one.curve.to_csv(replicas=True),
          lambda one: "" if one.curve.runs > 1 else "There is one run only."),
    Maker("groups_csv", "Groups (CSV)", "-groups.csv", _TEXT,
          "how many of each group have shared by each round, the mean of the runs",
          lambda one: groups_csv(one.curve),
          lambda one: "" if one.curve.by_group is not None else "No groups are counted."),
    Maker("fits_json", "Fits (JSON)", "-fits.json", _JSON,
          "the fits: estimates with their intervals, AIC, the verdict", _fits,
          _no_fits),
    Maker("setup_json", "Setup (JSON)", "-setup.json", _JSON,
          "the setup: the page Your data opens it, newswave run --setup runs it",
          _setup, _no_setup),
    Maker("python", "Python (PY)", ".py", "text/x-python",
          "lines of Python that repeat what was on the page", _python),
)  # fmt: skip
"""Everything there is to take home, in the order of the buttons."""


# Take it with you: buttons for every file, lines of Python, a link, and all of it in one ZIP.


PREFIX = "take."
"""What the keys of its buttons begin with."""

_ALWAYS = ("fits_json",)
"""What is offered before it is there, with why not yet."""

_BEGINNING = (1980, 1, 1, 0, 0, 0)


def download_items(downloads: Downloads, address: str = "") -> tuple[Item, ...]:
    """Return what a page offers to take home: one button for all, a menu, lines, a link."""
    every = Button(PREFIX + "zip", "Everything (ZIP)", "All files, with a note on each.", Tone.MAIN)
    buttons = (
        Button(
            PREFIX + maker.key,
            maker.label,
            maker.words[0].upper() + maker.words[1:] + ".",
            barred=maker.missing(downloads),
        )
        for maker in MAKERS
        if not maker.missing(downloads) or maker.key in _ALWAYS
    )
    items = (
        every,
        Group(PREFIX + "menu", "Single files", (Row(PREFIX + "row", tuple(buttons)),), folded=True),
        _lines(downloads),
        *_link(downloads, address),
    )
    return (Group(PREFIX + "group", "Take it with you", items, folded=False),)


def _lines(downloads: Downloads) -> Code:
    """Return the lines of Python, with the name of the file that they read, if they read one."""
    lines, label = downloads.python(beside=True), "Python that repeats it"
    for name in (downloads.file, f"{downloads.stem}-setup.json"):
        if f'"{name}"' in lines:
            label += f", in the folder of {name}"
    return Code(PREFIX + "lines", label, lines)


def _link(downloads: Downloads, address: str) -> tuple[Item, ...]:
    """Return the link to the setup, or why there is none."""
    if downloads.setup is None:
        return ()
    try:
        text = link_of(downloads.setup, run=downloads.run)
    except NewswaveError as error:
        return (Words(PREFIX + "no_link", str(error), Tone.QUIET),)
    label = "Link to this setup" if address else "Link: put it behind the address of this page"
    return (Code(PREFIX + "link", label, f"{address}?{text}"),)


def file_of(key: str, downloads: Downloads) -> File | None:
    """Return the file of a button, None for an unknown one; `BadValue` says what is missing."""
    name = key.removeprefix(PREFIX)
    if name == "zip":
        return everything(downloads)
    for maker in MAKERS:
        if maker.key == name:
            if maker.missing(downloads):
                raise BadValue("This file cannot be made", advice=maker.missing(downloads))
            return maker.file(downloads)
    return None


def everything(downloads: Downloads) -> File:
    """Return all files in one ZIP, with a README.txt; the same bytes each time."""
    made = [(maker, maker.file(downloads)) for maker in MAKERS if not maker.missing(downloads)]
    readme = readme_text(downloads, [(file.name, maker.words) for maker, file in made])
    files = [File("README.txt", "text/plain", readme.encode("utf-8", "replace"))]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in (*files, *(file for _, file in made)):
            about = zipfile.ZipInfo(f"{downloads.stem}/{file.name}", _BEGINNING)
            about.external_attr = 0o644 << 16
            packed.writestr(about, file.content, zipfile.ZIP_DEFLATED)
    return File(f"{downloads.stem}.zip", "application/zip", buffer.getvalue())


def readme_text(downloads: Downloads, files: list[tuple[str, str]]) -> str:
    """Return what each file is and how to repeat it, as text."""
    parts = [downloads.title, f"Made with newswave {__version__}.", *_warnings(downloads), "FILES"]
    parts += [f"{name}\n" + _wrapped(words + ".", "    ") for name, words in files]
    parts += ["HOW TO REPEAT IT", _wrapped(_repeating(downloads))]
    parts += ["TEXT IN TABLES", _wrapped(_CELLS)]
    return "\n\n".join(parts) + "\n"


_CELLS = (
    "In the CSV files an apostrophe stands before text that begins with one of = + - @, such as "
    "the name of a group, so that no spreadsheet takes it for a formula. Numbers are as they are."
)


def _warnings(downloads: Downloads) -> list[str]:
    if downloads.is_synthetic:
        return ["SYNTHETIC: a formula answered in place of a language model."]
    return []


def _repeating(downloads: Downloads) -> str:
    install = f"Install Python 3.11 or newer, then: pip install newswave=={__version__}. "
    script = f"python {downloads.stem}.py repeats it in this folder."
    if downloads.setup is None:
        return install + script
    run = f"newswave run --setup {downloads.stem}-setup.json does the same on the command line."
    return f"{install}{script} {run} The same seed gives the same numbers everywhere."


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 80, initial_indent=indent, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)  # fmt: skip
