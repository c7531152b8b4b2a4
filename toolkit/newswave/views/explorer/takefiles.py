"""The files to take home: figures, tables of numbers, settings, lines of Python."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from newswave import lineplots, plots, reporting
from newswave.comparing import known_degree
from newswave.curve import Curve
from newswave.drawing import style, with_label
from newswave.learned import Learned
from newswave.predicting import theories
from newswave.version import __version__
from newswave.views.explorer.bundle import Taken, table_csv, told
from newswave.views.explorer.items import File

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PRINT = 300


def groups_csv(curve: Curve) -> str:
    """Return the mean count of each group by round."""
    means = np.asarray(curve.by_group).mean(axis=0)
    rows = ([at.item(), *map(float, row)] for at, row in zip(curve.rounds, means, strict=True))
    return table_csv(("round", *curve.groups), rows)


def rates_csv(learned: Learned) -> str:
    """Return the rate of each group as its decisions say, with its 95 % interval."""
    rows = ((one.row, one.rate, one.low, one.high, one.asked, one.shared) for one in learned.rates)
    return table_csv(("group", "rate", "low", "high", "asked", "shared"), rows)


def figure_of(taken: Taken) -> tuple[Figure, str]:
    """Return the figure of a page, with the layers that it shows, and what it shows in words."""
    theories = taken.predicted.theories if taken.predicted else ()
    run = taken.run if taken.setup is not None else None
    lines, bands = lineplots.layers(taken.curve, taken.shown, theories, taken.fits, run)
    own = taken.setup is None
    figure = lineplots.lines_figure(
        taken.figure_title,
        lines,
        bands,
        about=taken.about(),
        across=taken.unit if own else "synchronous rounds",
        up="have shared or adopted (%)" if own else lineplots.SHARED,
        synthetic=taken.is_synthetic,
    )
    words = f"{taken.figure_title}. {taken.about()}. {told(taken.curve, taken.unit)} "
    words += f"Lines: {lineplots.lines_words(lines, taken.unit)}"
    return figure, with_label(words, taken.is_synthetic)


def print_png(figure: Figure, description: str) -> bytes:
    """Return a figure as PNG for print: 300 dots per inch."""
    held = io.BytesIO()
    plain = description.encode("latin-1", "replace").decode("latin-1")
    about = {"Title": "newswave", "Description": plain, "Software": None}
    with style():
        figure.savefig(held, format="png", dpi=_PRINT, metadata=about)
    return held.getvalue()


@dataclass(frozen=True)
class Maker:
    """One thing to take home.

    Parameters
    ----------
    key, label : str
        Of its button.
    ending : str
        What the file's name ends in.
    kind : str
        Its media type.
    words : str
        What it is.
    make : callable
        Makes its content.
    missing : callable
        Why it is not there; '' if it is.
    """

    key: str
    label: str
    ending: str
    kind: str
    words: str
    make: Callable[[Taken], str | bytes]
    missing: Callable[[Taken], str] = lambda _: ""

    def file(self, taken: Taken) -> File:
        """Return the file."""
        made = self.make(taken)
        content = made.encode("utf-8", "backslashreplace") if isinstance(made, str) else made
        return File(taken.stem + self.ending, self.kind, content)


def _png(taken: Taken) -> bytes:
    return print_png(*figure_of(taken))


def _svg(taken: Taken) -> bytes:
    figure, words = figure_of(taken)
    return plots.svg(figure, words)


def _residuals_png(taken: Taken) -> bytes:
    assert taken.comparison is not None
    words = plots.describe_spread(taken.comparison, taken.unit)
    return print_png(plots.spread_figure(taken.comparison, taken.unit), words)


def _theory_png(taken: Taken) -> bytes:
    assert taken.setup is not None
    every = theories(taken.setup)
    return print_png(plots.prediction_figure(every), plots.describe_prediction(every))


def _fits(taken: Taken) -> str:
    degree = taken.degree or known_degree(taken.curve)
    return reporting.fits_json(taken.comparison, taken.setup, degree, taken.why_not, taken.learned)


def _python(taken: Taken) -> str:
    return f"# Written by newswave {__version__}\n{taken.python(beside=False)}\n"


def _setup(taken: Taken) -> str:
    assert taken.setup is not None
    return taken.setup.to_json()


def _rates(taken: Taken) -> str:
    assert taken.learned is not None
    return rates_csv(taken.learned)


def _no_fits(taken: Taken) -> str:
    if taken.comparison is not None or taken.learned is not None:
        return ""
    return taken.why_not or "Make the test of one rate or two first."


def _no_setup(taken: Taken) -> str:
    return "" if taken.setup is not None else "A curve from a file has no setup."


_TEXT, _JSON = "text/csv", "application/json"

MAKERS: tuple[Maker, ...] = (
    Maker("figure_png", "Figure (PNG)", "-figure.png", "image/png",
          "the figure of the page, for print and slides: 300 dots per inch", _png),
    Maker("figure_svg", "Figure (SVG)", "-figure.svg", "image/svg+xml",
          "the same figure as lines, to be scaled and edited", _svg),
    Maker("residuals_png", "Fits and residuals (PNG)", "-residuals.png", "image/png",
          "the fits over the curve, and their residuals", _residuals_png,
          lambda taken: "" if taken.comparison else "Make the test of one rate or two first."),
    Maker("theory_png", "Theory (PNG)", "-theory.png", "image/png",
          "what the equations predict before any run", _theory_png,
          lambda taken: "" if taken.predicted else "There is no theory of this curve."),
    Maker("curve_csv", "Curve (CSV)", ".csv", _TEXT,
          "the curve: cumulative count of sharers by round, the mean of the runs and the ends of "
          "the band in which 90 % of them lie", lambda taken: taken.curve.to_csv()),
    Maker("runs_csv", "All runs (CSV)", "-runs.csv", _TEXT,
          "the same with a column for each run", lambda taken: taken.curve.to_csv(replicas=True),
          lambda taken: "" if taken.curve.runs > 1 else "There is one run only."),
    Maker("groups_csv", "Groups (CSV)", "-groups.csv", _TEXT,
          "how many of each group have shared by each round, the mean of the runs",
          lambda taken: groups_csv(taken.curve),
          lambda taken: "" if taken.curve.by_group is not None else "No groups are counted."),
    Maker("rates_csv", "Rates (CSV)", "-rates.csv", _TEXT,
          "the transmission rate of each group as its decisions say, with 95 % intervals", _rates,
          lambda taken: "" if taken.learned else "The decisions were not looked at."),
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
