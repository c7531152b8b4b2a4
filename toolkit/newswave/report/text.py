"""Fits, measured tables and differences in words and in files; runs nothing, prints nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from newswave.core.files import encode
from newswave.core.population import Trait
from newswave.core.provenance import Cell
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.core.statistics import holm
from newswave.core.table_facts import by_readiness, cells_of, doubts, is_thin, trait_effects
from newswave.core.version import __version__
from newswave.equations.compare import Comparison, Verdict
from newswave.equations.differences import Differences, RateChange, TimeChange
from newswave.equations.fit import Fit
from newswave.equations.from_decisions import FEWEST_EACH, Dose, Learned, RateRatio
from newswave.equations.intervals import Change, Interval
from newswave.equations.on_ties import TieComparison, TieFit, TieRate
from newswave.equations.predict import Band, Predicted
from newswave.report.describe import SYNTHETIC, count, measured_words, true_rates, wrapped

Rates = Mapping[str, float]

_DOSE = "{:>9} {:>9} {:>9} {:>9} {:>15} {:>12}"
_COLUMNS = "{:<16} {:<13} {:>7} {:>16}{} {:>9} {:>6}"
_TIES = "{:<25} {:>8} {:>21} {:>21}"
_TRUE = " {:>7}"
_OF_FIT = ("aic", "bic", "rmse", "log_likelihood", "identified", "reason")
_OF_VERDICT = ("p_value", "words", "likelihood_ratio", "power", "replicas")
MISFIT = 0.001
_SURE, _UNSURE = 0.01, 0.1

ODD_DOSE = "answers do not rise with exposure as 1 - (1 - q)^m does"

_OPEN = "not determined by this curve: "

_CEILING = (
    "The ceiling is the fraction of all who can ever share; they mix among themselves, so that "
    "well mixed the source rate and the rate are Bass's p and q; the ceiling times all is his m."
)

_HEADS = {
    "master equation, network, rounds": ("master equation", "network, rounds"),
    "mean field, well mixed, rounds": ("mean field", "well mixed, rounds"),
    "edge-based, network, rounds": ("edge-based", "network, rounds"),
    "edge-based, network, ODE": ("edge-based ODE", "network"),
    "well mixed, ODE": ("classical ODE", "well mixed"),
}

_NAME = 13
_COLUMN = 20

_NAMES = {
    ("one rate", "rate"): "one rate",
    ("two rates", "fast_rate"): "fast rate",
    ("two rates", "slow_rate"): "slow rate",
    ("two rates", "fast_fraction"): "fast fraction",
}

HEADER = ("measure", "A", "B", "B minus A", "95 % interval", "p-value")

MIXING = {"network": "network-aware", "well-mixed": "well mixed"}
"""Mixing in the words of figures and pages."""


@dataclass(frozen=True, eq=False)
class FitRow:
    """One estimate of a fit, with what is known of it."""

    fit: Fit
    name: str
    value: float
    interval: Interval | None
    true: float | None  # what it is in the setup, where that is known
    is_first: bool  # of the rows of its fit

    @property
    def words(self) -> str:
        """The name of the estimate in words."""
        return "variation" if self.name == "rate_variation" else self.name.replace("_", " ")

    @property
    def span(self) -> str:
        """The interval as text; '' if there is none."""
        ends = self.interval
        return f"{short(ends.low)} to {short(ends.high)}" if ends else ""

    @property
    def true_text(self) -> str:
        """The true value as text; '' if it is not known."""
        return "" if self.true is None else short(self.true)


def fit_rows(fits: Iterable[Fit], true: Mapping[str, float] | None = None) -> tuple[FitRow, ...]:
    """Return a row for each estimate of each fit, in their order."""
    known = true or {}
    return tuple(
        FitRow(fit, name, value, fit.intervals.get(name), known.get(name), not at)
        for fit in fits
        for at, (name, value) in enumerate(fit.estimates.items())
    )


def short(value: float) -> str:
    """Return a number in three digits that count."""
    return f"{value:#.3g}".rstrip(".") if value else "0"


def page_cells(row: FitRow) -> tuple[str, str]:
    """Return an estimate and its interval for a page; no number that is not determined."""
    if not row.fit.identified:
        return "not determined", ""
    return short(row.value), row.span or "after the test"


def fits_table(fits: Sequence[Fit], true: Rates | None = None) -> str:
    """Return the fits as a table of at most 80 columns, by method and mixing.

    Estimates that the curve does not determine are not printed: their reason is.
    """
    rows, column = fit_rows(fits, true), _TRUE.format("true") if true else ""
    lines = [_COLUMNS.format("model", "estimate", "value", "95 % interval", column, "AIC", "RMSE")]
    heading = ""
    for fit in fits:
        here = f"{fit.method.name}, {_mixing(fit)}"
        here += f", with {fit.observed}" if fit.observed else ""
        if here != heading:
            heading = here
            lines += ["", heading[0].upper() + heading[1:] + ":"]
        lines += [_fit_line(row, bool(true)) for row in rows if row.fit is fit]
        if not fit.identified:
            lines.append(wrapped(fit.reason, 78, " " * 17 + "^ "))
    return "\n".join(lines)


def _fit_line(row: FitRow, with_true: bool) -> str:
    """Return a row as text; what is known of the whole fit stands in its first row."""
    fit, column = row.fit, _TRUE.format(row.true_text) if with_true else ""
    value = (short(row.value), row.span or "-") if fit.identified else ("-", "-")
    aic = f"{fit.aic:.1f}" if abs(fit.aic) < 1e7 else f"{fit.aic:.0f}"
    whole = (fit.model.name, aic, f"{fit.rmse:.4f}") if row.is_first else ("", "", "")
    model, *measures = whole
    return _COLUMNS.format(model, row.words, *value, column, *measures).rstrip()


def _mixing(fit: Fit) -> str:
    label = fit.model.mixing.label
    return "network-aware" if label == "network" else label


def undetermined_words(fits: Sequence[Fit]) -> str:
    """Return which fits the curve does not determine, and why; '' where it does all."""
    why = [
        f"{fit.model.name}, {_mixing(fit)} ({fit.reason.removeprefix(_OPEN)})"
        for fit in fits
        if not fit.identified
    ]
    return f"{_OPEN[0].upper()}{_OPEN[1:]}{'; '.join(why)}." if why else ""


def rate_words(per_contact: bool, unit: str) -> str:
    """Return the unit of the rates of fits.

    >>> rate_words(False, "week")
    "Rates are contact pressure per week, the source's per week"
    """
    contact = "hazards per contact and" if per_contact else "contact pressure per"
    return f"Rates are {contact} {unit}, the source's per {unit}"


def ceiling_words(fits: Sequence[Fit]) -> str:
    """Return what a ceiling is, where one was fitted."""
    return _CEILING if any("ceiling" in fit.estimates for fit in fits) else ""


def learned_table(learned: Learned, true: Rates | None = None) -> str:
    """Return what the decisions say as a table: a rate for each group, or an effect for each trait.

    A line below says so where answers do not follow the contact rule, or why effects are missing.
    """
    asked = sum(one.asked for one in learned.rates)
    head = f"exact likelihood, {asked} decisions of {count(learned.runs, 'run')}"
    lines = [f"From the decisions themselves ({head}):"]
    if learned.table_doubt:
        lines.append(wrapped(learned.table_doubt, 78, "   ! "))
    if learned.ratios:
        average, *traits = learned.ratios
        lines += [_decided("average profile", "rate", average.ratio, (average.low, average.high))]
        lines += [
            _decided(f"high {t.name}", "rate ratio", t.ratio, (t.low, t.high)) for t in traits
        ]
        if not learned.table_doubt and chances_words(traits):
            lines.append(wrapped(chances_words(traits), 78, "   ^ "))
        if learned.misfit < MISFIT:
            lines.append(wrapped(f"{ODD_DOSE}; the ratios allow for that", 78, "   ^ "))
        return "\n".join(lines)
    for one in learned.rates:
        truth = (true or {}).get(one.row)
        lines.append(_decided(one.row, "rate", one.rate, (one.low, one.high), truth))
        if one.misfit < MISFIT:
            lines.append(f"   ^ {ODD_DOSE}")
    if learned.why_not:
        lines.append(wrapped(f"No trait effects: {learned.why_not}", 78, "   ^ "))
    return "\n".join(lines)


def chances_words(traits: Sequence[RateRatio]) -> str:
    """Return which of several effects hold if it counts how many chances luck had; '' for one."""
    if all(trait.low <= 1 <= trait.high for trait in traits):
        return "no trait makes a difference that these decisions show"
    if len(traits) < 2:
        return ""
    names, adjusted = [one.name for one in traits], holm(np.array([one.p_value for one in traits]))
    sure = ", ".join(name for name, p in zip(names, adjusted, strict=True) if p < 0.05)
    many = len(traits)
    return (
        f"{many} intervals give luck {many} chances; Holm's p, which allows for that, is below "
        f"0.05 for {sure or 'none'}"
    )


def _decided(
    who: str, what: str, value: float, ends: tuple[float, float], truth: float | None = None
) -> str:
    column = "" if truth is None else _TRUE.format(short(truth))
    span = f"{short(ends[0])} to {short(ends[1])}"
    return f"{who:<23.23} {what:<10} {short(value):>7} {span:>16}{column}".rstrip()


def ties_table(found: TieComparison) -> str:
    """Return the fits of a study on its ties, and the tests of peers, as a table of 78 columns."""
    unit = found.study.unit
    fitted = found.curve_fit.aic
    lines = [
        wrapped(f"Ties: {found.ties.words}. Rates are hazards per {unit}, that of peers also per "
                "tie, that of those well mixed times the fraction of them who have adopted.", 78),
        "", _TIES.format("model and rates", "value", "95 % interval", "by community").rstrip(),
    ]  # fmt: skip
    for fit in sorted(found.fits, key=lambda one: one.aic):
        words = f"{fit.label}:"
        if fit.impossible:
            lines += ["", words, f"   {_impossible(fit)}"]
            continue
        lines += ["", f"{words:<64}{'AIC':>5} {fit.aic:>8.1f}"]
        lines += [_tie_rate(rate) for rate in fit.rates]
    lines += [
        "",
        f"{'From the curve alone, source and peers, well mixed:':<64}{'AIC':>5} {fitted:>8.1f}",
    ]
    lines += ["", "Peers beside                                    likelihood ratio   p-value"]
    lines += [f"  {t.null:<45} {t.ratio:>16.2f} {t.p_value:>9.2g}" for t in found.tests]
    return "\n".join(lines)


def _tie_rate(rate: TieRate) -> str:
    ends = (rate.interval, rate.jackknife)
    spans = ("-" if one is None else f"{short(one.low)} to {short(one.high)}" for one in ends)
    return _TIES.format(f"   {rate.term.value}", short(rate.value), *spans)


def _impossible(fit: TieFit) -> str:
    return f"cannot be: {fit.impossible} adopted of whose ties nobody had"


def ties_words(found: TieComparison) -> str:
    """Return what the tests of peers come to, in sentences."""
    _, curve, links = (test.p_value for test in found.tests)
    if max(curve, links) <= _SURE:
        said = (
            "The ties say who adopts when, beyond each community's curve and beyond how many ties "
            "somebody has. A source that reaches everybody of a community alike does not do that"
        )
    elif min(curve, links) > _UNSURE:
        said = (
            "Nothing here needs the ties: a source that may change over time and between "
            "communities does as well. The interval of peers says how much they may still matter"
        )
    else:
        said = "These adoptions do not tell peers from a source"
    return (
        f"{said}. Not even peers that are sure show why: people who name each other may be alike, "
        "or may meet the same source, in ways that these data do not hold."
    )


def ties_csv(found: TieComparison) -> str:
    """Return the rates of all fits on ties as CSV, one row for each rate."""
    lines = ["model,rate,value,low,high,low_by_community,high_by_community,log_likelihood,aic"]
    for fit in found.fits:
        for rate in fit.rates:
            ends = [
                (one.low, one.high) if one else ("", "") for one in (rate.interval, rate.jackknife)
            ]
            values = (rate.value, *ends[0], *ends[1], fit.log_likelihood, fit.aic)
            cells = ("" if v == "" or math.isnan(v) else f"{v:.10g}" for v in values)
            lines.append(",".join((f'"{fit.label}"', f'"{rate.term.value}"', *cells)))
    return "\n".join([*lines, ""])


def lowest_aic_words(fits: Sequence[Fit], tested: bool = True) -> str:
    """Return which likelihood fit has the lowest AIC, with how far to trust it; '' for no fits."""
    chain = [fit for fit in fits if fit.method.extra_parameters() == 0]
    if not chain:
        return ""
    best = min(chain, key=lambda fit: fit.aic)
    doubt = "" if best.identified else " (though its rates are not determined)"
    return (
        f"Lowest AIC of the likelihood fits: {best.model.name}, {_mixing(best)}{doubt}. AIC "
        "compares fits of one method only and takes luck at the start for a bend"
        f"{'; the verdict is the calibrated test' if tested else ''}."
    )


def verdict_words(verdict: Verdict, width: int = 80) -> str:
    """Return the verdict in words, wrapped."""
    return wrapped(verdict.words, width)


def fits_json(
    comparison: Comparison | None,
    setup: Setup | None,
    degree: int | None,
    why_not: str = "",
    learned: Learned | None = None,
) -> str:
    """Return the content of fits.json: strict JSON, rates as hazards per contact and round.

    Its entry "synthetic" says whether a formula answered in place of a language model.
    """
    content = {
        "newswave": __version__,
        "setup": None if setup is None else encode(setup),
        "synthetic": setup is not None and setup.synthetic,
        "degree": degree,
        "true": true_rates(setup),
        "fits": [] if comparison is None else [_plain_fit(fit) for fit in comparison.fits],
        "verdict": _plain_verdict(comparison.verdict if comparison else None, why_not),
        "decisions": None if learned is None else _plain_learned(learned),
    }
    return json.dumps(_strict(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain_fit(fit: Fit) -> dict[str, Any]:
    rows = fit_rows([fit])
    return {
        "model": fit.model.name,
        "mixing": fit.model.mixing.label,
        "observed": fit.observed,
        "method": fit.method.name,
        "estimates": {row.name: row.value for row in rows},
        "intervals": {
            row.name: [row.interval.low, row.interval.high] for row in rows if row.interval
        },
        **{name: getattr(fit, name) for name in _OF_FIT},
    }


def _plain_learned(learned: Learned) -> dict[str, Any]:
    adjusted = [math.nan, *holm(np.array([one.p_value for one in learned.ratios[1:]]))]
    adjusted = adjusted[: len(learned.ratios)]
    return {
        "runs": learned.runs,
        "rates": [
            {
                "group": one.row,
                "rate": one.rate,
                "interval": [one.low, one.high],
                "asked": one.asked,
                "shared": one.shared,
                "misfit_p_value": one.misfit,
            }
            for one in learned.rates
        ],
        "rate_ratios": [
            {
                "name": one.name,
                "ratio": one.ratio,
                "interval": [one.low, one.high],
                "p_value": one.p_value,
                "holm_p_value": p,
            }
            for one, p in zip(learned.ratios, adjusted, strict=True)
        ],
        "rate_ratios_misfit_p_value": learned.misfit,
        "no_rate_ratios_because": learned.why_not,
        "table_doubt": learned.table_doubt,
    }


def _plain_verdict(verdict: Verdict | None, why_not: str) -> dict[str, Any]:
    if verdict is None:
        empty = dict.fromkeys(("p_value", "likelihood_ratio", "power", "replicas"))
        return {"choice": "cannot tell", **empty, "words": f"No fit was made. {why_not}"}
    known = {name: getattr(verdict, name) for name in _OF_VERDICT}
    return {"choice": verdict.choice.value, **known}


def _strict(value: Any) -> Any:
    """Return plain data in which a number that is not finite is None."""
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def prediction_table(predicted: Predicted, lines: int = 13) -> str:
    """Return the theories side by side, in per cent by round, with their half-times.

    The rounds are those in which the curves move, and a few of the others.
    Beside the master equation of a table that was counted over answers stands its 90 % band.
    """
    theories, shown = predicted.theories, _telling_rounds(predicted, lines)
    cells = [[*_HEADS[theory.name]] for theory in theories]
    numbers = [[f"{100 * theory.fraction[at]:.1f}" for at in shown] for theory in theories]
    halves = [theory.half_time() for theory in theories]
    cut = [half_time_words(half) for half in halves]
    if predicted.band is not None:
        cells.insert(1, [f"90 % of {predicted.band.draws}", "drawn tables"])
        numbers.insert(1, [_span(predicted.band, at) for at in shown])
        cut.insert(1, "")
    rows = [start + "".join(f"{cell[at]:>18}" for cell in cells)
            for at, start in enumerate(("round ", " " * 6))]  # fmt: skip
    for at, line in zip(shown, zip(*numbers, strict=True), strict=True):
        rows.append(f"{at:>5} " + "".join(f"{number:>18}" for number in line))
    return "\n".join([*rows, "half  " + "".join(f"{half:>18}" for half in cut) + "  (round)"])


def _telling_rounds(predicted: Predicted, lines: int) -> list[int]:
    """Return so many rounds at most, equally far apart in the curves' rise (3/4) and time (1/4)."""
    mean = np.mean([theory.fraction for theory in predicted.theories], axis=0)
    last = len(mean) - 1
    risen = (mean - mean[0]) / max(mean[-1] - mean[0], 1e-12)
    way = np.maximum.accumulate(0.75 * risen + 0.25 * np.arange(last + 1) / max(last, 1))
    levels = np.linspace(0.0, way[-1], max(2, lines))
    first = np.searchsorted(way, levels - 1e-9).clip(max=last)
    return sorted({0, last, *map(int, first)})


def half_time_words(half: float) -> str:
    """Return a half-time: nobody is halfway within a synchronous round, so none is told there.

    >>> half_time_words(0.4), half_time_words(15.68), half_time_words(math.nan)
    ('below 1', '15.7', 'never')
    """
    if math.isnan(half):
        return "never"
    return "below 1" if half < 1 else f"{half:.1f}"


def _span(band: Band, at: int) -> str:
    return f"{100 * band.low[at]:.1f} to {100 * band.high[at]:.1f}"


def prediction_csv(predicted: Predicted) -> str:
    """Return round and the fraction that has shared by each theory, as CSV.

    Where agents feed back, `active` is the fraction that is active offline by the first theory. The
    band of a table that was counted over answers follows in the columns master_low, master_middle
    and master_high.
    """
    columns = {theory.key: theory.fraction for theory in predicted.theories}
    first = predicted.theories[0]
    columns |= {} if first.active is None else {"active": first.active}
    if predicted.band is not None:
        names = ("low", "middle", "high")
        columns |= {f"master_{name}": getattr(predicted.band, name) for name in names}
    lines = zip(*columns.values(), strict=True)
    rows = (",".join([str(at), *(f"{i:.10g}" for i in row)]) for at, row in enumerate(lines))
    return "\n".join([",".join(["round", *columns]), *rows]) + "\n"


def no_expected_words(doses: Sequence[Dose]) -> str:
    """Return why nothing is expected at each exposure; '' where the expected is a test."""
    if all(dose.is_test for dose in doses):
        return ""
    return (
        "No expected % is given: the rate of each group would be fitted to "
        f"{doses[0].each:.1f} decisions on average, and follow them whatever the law; a test of "
        f"1 - (1 - q)^m needs {FEWEST_EACH} or more"
    )


def dose_table(doses: Sequence[Dose], lines: int = 16) -> str:
    """Return the share that shared at each exposure as a table, beside what is expected.

    Where rates rest on too few decisions to expect anything, a line says so in its place.
    """
    why_not = no_expected_words(doses)
    head = ("exposure", "asked", "shared", "share %", "95 % interval")
    rows = [_DOSE.format(*head, "" if why_not else "expected %").rstrip()]
    shown = [*doses[: lines - 1], *doses[max(lines - 1, len(doses) - 1) :]]
    for before, dose in zip([None, *shown], shown, strict=False):
        if before is not None and dose is doses[-1] and before is not doses[-2]:
            rows.append(_DOSE.format("...", *[""] * 5).rstrip())
        span = f"{100 * dose.low:.1f} to {100 * dose.high:.1f}"
        expected = "" if why_not else f"{100 * dose.expected:.1f}"
        numbers = (f"{100 * dose.fraction:.1f}", span, expected)
        rows.append(_DOSE.format(dose.exposure, dose.asked, dose.shared, *numbers).rstrip())
    return "\n".join([*rows, wrapped(why_not, 78, "   ^ ")] if why_not else rows)


# Measured tables as text: every chance with what it rests on, trait effects, what is doubtful.


def table_words(measured: Measured, width: int = 80) -> str:
    """Return a measured table as text.

    A line for each row, the readiest to share first: P(share) at each exposure, and behind it its
    95 % interval where it was counted over answers, or, where it was read and yes and no cover
    little of what the model could have said, how much. Then what each trait does, and what is
    doubtful.
    """
    exposures = _shown(measured, width)
    parts = [[SYNTHETIC] if measured.origin is not None and measured.origin.synthetic else []]
    parts.append([wrapped(measured_words(measured), width)])
    parts.append(_rows(measured, exposures))
    if _key(measured):
        parts.append([wrapped(_key(measured), width)])
    parts.append(_effects(measured, exposures, width))
    parts.append([wrapped(words, width, "! ") for words in doubts(measured)])
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _shown(measured: Measured, width: int) -> list[int]:
    """Return the asked exposures that fit: all of them, or the first ones and the last."""
    fit = max(2, (width - _NAME + 1) // (_COLUMN + 1))
    asked = measured.exposures
    return [*asked[:-1][: fit - 1], asked[-1]]


def _rows(measured: Measured, exposures: list[int]) -> list[str]:
    last, cells = measured.given.max_exposure, cells_of(measured)
    lines = [_line("P(share)", [f"m = {m}{' or more' * (m == last)}" for m in exposures])]
    for row in by_readiness(measured):
        chances = measured.given.probabilities[row]
        words = [_cell_words(float(chances[m]), cells.get((row, m))) for m in exposures]
        lines.append(_line(measured.given.rows[row], words))
    return lines


def _line(name: str, cells: list[str]) -> str:
    padded = " ".join(f"{cell:<{_COLUMN}}" for cell in cells)
    return f"{name[: _NAME - 1]:<{_NAME}}{padded}".rstrip()


def _cell_words(chance: float, cell: Cell | None) -> str:
    """Return a chance with what it rests on: 0.262 (0.10 to 0.46), or 0.262 [68 %]."""
    if cell is not None and cell.is_counted:
        lost = "?" if cell.abstained else ""
        return f"{chance:.3f} ({cell.low:.2f} to {cell.high:.2f}){lost}"
    if cell is not None and cell.covered is not None and is_thin(cell):
        return f"{chance:.3f} [{100 * cell.covered:.0f} %]"
    return f"{chance:.3f}"


def _key(measured: Measured) -> str:
    """Return what the signs behind the chances mean, for those that are there."""
    cells, words = measured.cells, []
    if any(cell.is_counted for cell in cells):
        words.append("In brackets: 95 % interval of what was counted.")
    if any(is_thin(cell) for cell in cells):
        words.append(
            "[ ]: the two labels (true and false, or yes and no) cover only so much of what the "
            "model could say."
        )
    if any(cell.is_counted and cell.abstained for cell in cells):
        words.append("?: answers that could not be read are left out.")
    return " ".join(words)


def _effects(measured: Measured, exposures: list[int], width: int) -> list[str]:
    """Return a line for each trait: what being high in it does to the log-odds of sharing."""
    result, counted = trait_effects(measured), measured.is_sampled
    if not result:
        return []
    met = "".join(one.together or one.trait.letter for one in result)
    names = ", ".join(f"{trait.letter} {trait.value}" for trait in Trait if trait.letter in met)
    head = f"High minus low, mean difference in the log-odds of sharing ({names}):"
    lines = [wrapped(head, width)]
    for one in result:
        words = []
        for m in exposures:
            text = f"{one.effect[m - 1]:+.2f}"
            if counted:
                text += f" ({one.low[m - 1]:+.2f}, {one.high[m - 1]:+.2f})"
            words.append(text)
        lines.append(_line(one.together or f"high {one.trait.letter}", words))
    return lines


# Differences between two curves in words and as the rows of a table: other minus one.


def difference_words(result: Differences, one: str = "A", other: str = "B") -> str:
    """Return what lies between two curves, in a few sentences."""
    words = [_half_words(result.half, result, one, other), single_words(result, other)]
    if result.reach.change.is_clear:
        words.append(_reach_words(result, one, other))
    return " ".join(filter(None, words))


def _half_words(half: TimeChange, result: Differences, one: str, other: str) -> str:
    if half.missing == result.runs:
        return f"Neither in {one} nor in {other} have half of all shared by round {result.last}."
    change, ways = half.change, "later" if half.change.value > 0 else "earlier"
    span, stopped = _span_of_times(change), _stopped_words(result, one, other)
    if change.value == 0:
        return f"Half of all have shared at the same time in {one} and {other}.{stopped}"
    if change.interval is not None and not change.is_clear:
        return (
            f"Half of all have shared at about the same time in {one} and {other}: the means "
            f"differ by {change.value:+.2f} rounds{span}, which luck alone explains.{stopped}"
        )
    size = f"{_size(change.value)} rounds"
    if _is_bound(half):
        return f"In {other}, half of all have shared at least {size} {ways} than in {one}.{stopped}"
    return f"In {other}, half of all have shared {size} {ways} than in {one}{span}.{stopped}"


def _is_bound(change: TimeChange) -> bool:
    """Whether the true difference is surely larger: only the later one has runs that stop short."""
    first, second = change.missing
    return bool(second and not first) if change.change.value > 0 else bool(first and not second)


def _stopped_words(result: Differences, one: str, other: str) -> str:
    if not any(result.half.missing):
        return ""
    sides = zip(result.half.missing, result.runs, (one, other), strict=True)
    listed = ", ".join(f"{n} of {runs} runs of {name}" for n, runs, name in sides)
    ends = result.half.arriving.low, result.half.arriving.high
    low, high = (f"{100 * end:+.0f}" for end in ends)
    return (
        f" Still below half at round {result.last}, and counted as that round: {listed}. The share "
        f"of runs that get there differs by {low} to {high} percentage points (95 % interval)."
    )


def single_words(result: Differences, other: str = "B") -> str:
    """Return what two single runs show of the half-time; '' where there is one run of each."""
    half = result.half
    if min(result.runs) < 2 or half.single.low == half.single.high:
        return ""
    earlier = half.change.value <= 0
    share = half.single.smaller if earlier else half.single.larger
    luck = "the same luck" if result.is_paired else "luck of their own"
    return (
        f"In two single runs with {luck}, {other} is {'earlier' if earlier else 'later'} in "
        f"{100 * share:.0f} % of pairs; 90 % of them differ by {half.single.low:+.1f} to "
        f"{half.single.high:+.1f} rounds."
    )


def _reach_words(result: Differences, one: str, other: str) -> str:
    reach = result.reach
    more = "more" if reach.change.value > 0 else "fewer"
    span = _span_of_times(reach.change, 100.0)
    return (
        f"By round {result.last}, {_size(100 * reach.change.value)} percentage points {more} of "
        f"all agents have shared in {other} than in {one}{span}."
    )


def _size(value: float) -> str:
    """Return a size without its sign: one digit after the point, two below 1."""
    return f"{abs(value):.1f}" if abs(value) >= 0.995 else f"{abs(value):.2f}"


def _span_of_times(change: Change, scale: float = 1.0) -> str:
    """Return the interval of a size in brackets; with its signs where it holds 0."""
    if change.interval is None:
        return ""
    ends = [scale * end for end in (change.interval.low, change.interval.high)]
    digits = 1 if scale * abs(change.value) >= 0.995 else 2
    if not change.is_clear:
        return f" (95 % interval {ends[0]:+.2f} to {ends[1]:+.2f})"
    low, high = sorted(map(abs, ends))
    return f" (95 % interval {low:.{digits}f} to {high:.{digits}f})"


def footnote(result: Differences) -> str:
    """Return what the stars in the rows say; '' where there are none."""
    if not any(any(change.missing) for change in result.times):
        return ""
    return (
        f"* Runs that do not get there by round {result.last} count as that round, so the true "
        "mean is larger."
    )


def difference_rows(result: Differences) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table of differences, under `HEADER`."""
    rows = [_time_row(change, result.runs, result.last) for change in result.times]
    reach, name = result.reach, f"shared by round {result.last} (%)"
    means = (f"{100 * reach.one:.1f}", f"{100 * reach.other:.1f}")
    rows.append((name, *means, *_cells(reach.change, "{:+.2f}", 100.0)))
    for change in result.rates.changes:
        rows += _rate_rows(change)
    return tuple(rows)


def _time_row(result: TimeChange, runs: tuple[int, int], last: int) -> tuple[str, ...]:
    name = "half" if result.fraction == 0.5 else f"{100 * result.fraction:.0f} %"
    means = (result.one, result.other)
    values = [
        f"not by {last}" if missing == all_ else f"{mean:.1f}" + (" *" if missing else "")
        for mean, missing, all_ in zip(means, result.missing, runs, strict=True)
    ]
    cells = _cells(result.change, "{:+.2f}")
    if result.missing == runs:
        cells = ("not known",) * 3
    elif result.missing[0] == runs[0] or result.missing[1] == runs[1]:
        bound = "more" if result.change.value > 0 else "less"
        cells = (f"{bound} than {cells[0]}", "not known", cells[2])
    return (f"time to {name} (rounds)", *values, *cells)


def _rate_rows(result: RateChange) -> list[tuple[str, ...]]:
    name = _NAMES[result.model, result.name]
    unit = "" if result.name == "fast_fraction" else " (per contact and round)"
    row = (f"{name}{unit}", f"{result.one:.4g}", f"{result.other:.4g}",
           *_cells(result.change, "{:+.3g}"))  # fmt: skip
    if result.ratio is None:
        return [row]
    ratio, span = math.exp(result.ratio.value), result.ratio.interval
    ends = None if span is None else Interval(math.exp(span.low), math.exp(span.high))
    cells = (f"{ratio:.3g} times", _interval_cell(ends, "{:.3g}"), _p(result.ratio.p_value))
    return [row, (f"{name}, B over A", "", "", *cells)]


def _cells(change: Change, form: str, scale: float = 1.0) -> tuple[str, str, str]:
    value, span = scale * change.value, change.interval
    ends = None if span is None else Interval(scale * span.low, scale * span.high)
    return form.format(value), _interval_cell(ends, form), _p(change.p_value)


def _interval_cell(span: Interval | None, form: str) -> str:
    return "not known" if span is None else f"{form.format(span.low)} to {form.format(span.high)}"


def _p(value: float) -> str:
    """Return a p-value to two digits.

    >>> _p(0.00002), _p(0.04321)
    ('below 0.001', '0.043')
    """
    if math.isnan(value):
        return "not known"
    return "below 0.001" if value < 0.001 else f"{value:.2g}"
