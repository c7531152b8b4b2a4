"""Fits of a curve as the commands show and write them, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newswave import plots, reporting
from newswave.command.console import Progress
from newswave.comparing import Comparison, Seen, compare
from newswave.curve import Curve
from newswave.describing import rates_by_group, true_rates, true_words, wrapped
from newswave.errors import whole_number
from newswave.learned import Learned
from newswave.recipes import Recipe
from newswave.setups import Setup
from newswave.tally import Decisions


@dataclass(frozen=True, eq=False)
class Fitted:
    """What came of fitting a curve.

    Parameters
    ----------
    curve : Curve
        The data.
    comparison : Comparison or None
        The fits; None where none could be made.
    degree : int or None
        k of the equations.
    note : str
        What one has to know to read the fits.
    why_not : str
        Why there are no fits.
    learned : Learned or None
        What the decisions say; None for a user's own data.
    unit : str
        The time step of the curve.
    """

    curve: Curve
    comparison: Comparison | None
    degree: int | None
    note: str = ""
    why_not: str = ""
    learned: Learned | None = None
    unit: str = "round"

    def lines(self, width: int) -> list[str]:
        """Return the table of fits and the verdict as paragraphs for `width` columns."""
        setup = self.curve.setup
        known = {} if setup is None else rates_by_group(setup)
        learned = self.learned and reporting.learned_table(self.learned, known)
        if self.comparison is None:
            none = wrapped(f"No fit was made. {self.why_not}", width)
            return [none, *(["", learned] if learned else [])]
        fits = self.comparison.fits
        verdict = self.comparison.verdict
        rates = reporting.rate_words(bool(self.degree), self.unit)
        words = [
            f"{rates}; RMSE is in fractions of all agents.",
            reporting.lowest_aic_words(fits, tested=verdict.replicas > 0),
            "" if setup is None else true_words(setup),
            reporting.ceiling_words(fits),
            self.note,
        ]
        notes = [wrapped(text, width) for text in words if text]
        tested = f" (p = {verdict.p_value:.2g})" if verdict.replicas else ""
        return [
            reporting.fits_table(fits, true_rates(setup)),
            "",
            *([learned, ""] if learned else []),
            *notes,
            "",
            f"Verdict: {verdict.choice.value}{tested}",
            reporting.verdict_words(verdict, width),
        ]

    def json(self, setup: Setup | None) -> str:
        """Return the content of fits.json."""
        return reporting.fits_json(self.comparison, setup, self.degree, self.why_not, self.learned)

    def figures(self, unit: str) -> Mapping[str, bytes]:
        """Return figure.png and figure.svg."""
        if self.comparison is None:
            figure, words = plots.curve_figure(self.curve, unit), self.why_not
        else:
            figure = plots.spread_figure(self.comparison, unit)
            words = plots.describe_spread(self.comparison, unit)
        return {"figure.png": plots.png(figure, words), "figure.svg": plots.svg(figure, words)}


def fitted(
    curve: Curve,
    degree: int | None,
    network: Recipe | None,
    seed: int,
    bootstrap: int,
    progress: Progress,
    seen: Seen | None = None,
    decisions: Decisions | None = None,
    contact_rule: bool = False,
) -> Fitted:
    """Fit every model to a curve, observed as `seen` says, or raise `CannotFit`."""
    options = {} if seen is None else vars(seen)
    found = compare(curve, degree, network, seed, bootstrap, progress, decisions, contact_rule,
                    **options)  # fmt: skip
    return Fitted(curve, found, degree)


def check_bootstrap(value: Any) -> int:
    """Return the number of bootstrap replicas, or raise `BadValue`.

    With fewer than 99 a p-value cannot fall to the 0.01 that the verdict asks for.
    """
    return whole_number("--bootstrap", value, 99, 100_000)
