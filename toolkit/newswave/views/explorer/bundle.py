"""What is on a page, gathered up to be taken home, and how its files are named."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from newswave import plots
from newswave.comparing import Comparison
from newswave.curve import Curve
from newswave.describing import counted, curve_words, network_words
from newswave.fitting.bootstrap import REPLICAS
from newswave.fitting.fits import Fit
from newswave.learned import Learned
from newswave.lineplots import layers
from newswave.predicting import Predicted
from newswave.rules import Asked, ByGroup, ByTraits, Measured, SameForAll
from newswave.setups import Setup
from newswave.views.explorer.pythonic import data_lines, python_lines

_KINDS = {
    ByGroup: "two-rates",
    SameForAll: "one-rate",
    ByTraits: "traits",
    Measured: "measured",
    Asked: "asked",
}
_FORMULA = tuple("=+-@\t\r\n")


@dataclass(frozen=True, eq=False)
class Taken:
    """What is on a page and can be taken home.

    Parameters
    ----------
    curve : Curve
        Of all runs, or a user's own.
    setup : Setup, optional
        What was run; None for a user's own data.
    comparison : Comparison, optional
        The fits with their verdict, once they are there.
    learned : Learned, optional
        What the decisions say.
    predicted : Predicted, optional
        What theory says.
    title : str
        Of the figure.
    unit : str
        The time step of the curve.
    degree : int, optional
        k of the equations, where a network is known.
    run : int
        Which run is shown.
    page : str
        The page that a link opens.
    data : str
        The name of a user's file, or of the dataset that the curve is.
    is_example : bool
        Whether it is a dataset that comes with newswave.
    why_not : str
        Why there are no fits.
    shown : frozenset of str
        The layers that lie over the curve, by their keys in `newswave.lineplots.LAYERS`.
    fits : tuple of Fit
        The fits that can be drawn.
    ceiling : bool
        Whether they have a ceiling.
    """

    curve: Curve
    setup: Setup | None = None
    comparison: Comparison | None = None
    learned: Learned | None = None
    predicted: Predicted | None = None
    title: str = "How the news spreads"
    unit: str = "round"
    degree: int | None = None
    run: int = 0
    page: str = ""
    data: str = ""
    is_example: bool = False
    why_not: str = ""
    shown: frozenset[str] = frozenset({"band"})
    fits: tuple[Fit, ...] = ()
    ceiling: bool = False

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
        return plots.verdict_title(self.comparison.verdict)

    def about(self) -> str:
        """Return what the figure is about, for under its title."""
        if self.setup is None:
            return f"{counted(self.curve.n_agents)} in all"
        return (
            f"{counted(self.setup.n_agents)} agents on {network_words(self.setup)}, "
            f"run {self.run + 1} of {self.curve.runs}, seed {self.setup.seed}"
        )


def told(curve: Curve, unit: str) -> str:
    """Return when half have shared, and how many in the end, in a sentence.

    >>> told(Curve([1, 3, 6, 8], n_agents=10), "week")
    'Half of all have shared by week 1.7; 80.0 % have shared by week 3.'
    """
    half, reach = curve_words(curve, unit, 10_000).splitlines()
    return f"Half {half.removeprefix('half').strip()}; {reach.removeprefix('reach').strip()}."


def safe_name(text: str) -> str:
    """Return text as a part of a file's name: letters, digits, hyphens.

    >>> safe_name("../My data (v2)")
    'my-data-v2'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")


def safe_cell(text: str) -> str:
    """Return text for a cell of a CSV file, so that no spreadsheet takes it for a formula.

    Text that begins like a formula gets an apostrophe before it, which spreadsheets read as "this
    is text".

    >>> safe_cell("=1+1"), safe_cell("keen")
    ("'=1+1", 'keen')
    """
    return "'" + text if text.lstrip().startswith(_FORMULA) or text[:1] in _FORMULA else text


def table_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV; text that begins like a formula is made harmless, numbers stay."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return made.getvalue()
