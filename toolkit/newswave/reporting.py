"""Fits in words and in files: the table of fits, the verdict, the content of fits.json.

Takes results, runs nothing, prints nothing: every function returns text or plain data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from newswave.codec import encode
from newswave.comparing import Comparison
from newswave.decisionrates import Dose
from newswave.describing import true_rates, wrapped
from newswave.fitting.fits import Fit
from newswave.learned import Learned
from newswave.predicting import Band, Predicted
from newswave.setups import Setup
from newswave.verdicts import Verdict
from newswave.version import __version__

Rates = Mapping[str, float]

_DOSE = "{:>9} {:>9} {:>9} {:>9} {:>15} {:>12}"
_COLUMNS = "{:<16} {:<13} {:>7} {:>16}{} {:>9} {:>6}"
_TRUE = " {:>7}"
_MIXING = {"network": "network-aware"}
MISFIT = 0.001

ODD_DOSE = "answers do not rise with exposure as 1 - (1 - q)^m does"


def fits_table(fits: Sequence[Fit], true: Rates | None = None) -> str:
    """Return the fits as a table of at most 80 columns, by method and mixing.

    Estimates that the curve does not determine are not printed: their reason is.

    Parameters
    ----------
    fits : sequence of Fit
        Of one curve.
    true : mapping of str to float, optional
        Rates that are known, for a column of their own.
    """
    known = dict(true or {})
    column = _TRUE.format("true") if known else ""
    lines = [_COLUMNS.format("model", "estimate", "value", "95 % interval", column, "AIC", "RMSE")]
    heading = ""
    for fit in fits:
        here = f"{fit.method.name}, {_MIXING.get(fit.model.mixing.label, fit.model.mixing.label)}"
        here += f", with {fit.observed}" if fit.observed else ""
        if here != heading:
            heading = here
            lines += ["", heading[0].upper() + heading[1:] + ":"]
        lines += _rows_of(fit, known)
    return "\n".join(lines)


def _rows_of(fit: Fit, known: Rates) -> list[str]:
    """Return the rows of one fit, an estimate each."""
    rows: list[str] = []
    for name, estimate in fit.estimates.items():
        ends = fit.intervals.get(name)
        span = f"{short(ends.low)} to {short(ends.high)}" if ends else "-"
        column = _TRUE.format(short(known[name]) if name in known else "") if known else ""
        first = not rows
        cells = (fit.model.name if first else "", name.replace("_", " "))
        value = (short(estimate), span) if fit.identified else ("-", "-")
        ends_ = (_aic(fit.aic), f"{fit.rmse:.4f}") if first else ("", "")
        rows.append(_COLUMNS.format(*cells, *value, column, *ends_).rstrip())
    if not fit.identified:
        rows.append(wrapped(fit.reason, 78, " " * 17 + "^ "))
    return rows


def _aic(value: float) -> str:
    return f"{value:.1f}" if abs(value) < 1e7 else f"{value:.0f}"


def short(value: float) -> str:
    """Return a number in three digits that count.

    >>> short(0.162519), short(0.033), short(4.2e-06), short(123.4), short(0)
    ('0.163', '0.0330', '4.20e-06', '123', '0')
    """
    return f"{value:#.3g}".rstrip(".") if value else "0"


def estimate_cells(fit: Fit, name: str) -> tuple[str, str]:
    """Return an estimate and its interval as a page shows them; no number that is not determined.

    Parameters
    ----------
    fit : Fit
        With or without intervals.
    name : str
        Of the estimate.
    """
    if not fit.identified:
        return "not determined", ""
    ends = fit.intervals.get(name)
    span = f"{short(ends.low)} to {short(ends.high)}" if ends else "after the test"
    return short(fit.estimates[name]), span


def undetermined_words(fits: Sequence[Fit]) -> str:
    """Return which fits the curve does not determine, and why; '' where it does all."""
    why = [
        f"{fit.model.name}, {_MIXING.get(fit.model.mixing.label, fit.model.mixing.label)} "
        f"({fit.reason.removeprefix(_OPEN)})"
        for fit in fits
        if not fit.identified
    ]
    return f"{_OPEN[0].upper()}{_OPEN[1:]}{'; '.join(why)}." if why else ""


_OPEN = "not determined by this curve: "


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


_CEILING = (
    "The ceiling is the fraction of all who can ever share; they mix among themselves, so that "
    "well mixed the source rate and the rate are Bass's p and q; the ceiling times all is his m."
)


def learned_table(learned: Learned, true: Rates | None = None) -> str:
    """Return what the decisions say as a table: a rate for each group, or an effect for each trait.

    A line below says so where answers do not follow the contact rule, or why effects are missing.

    Parameters
    ----------
    learned : Learned
        From `newswave.learned.learn`.
    true : mapping of str to float, optional
        The true rates of groups by name, for a column of their own.
    """
    asked = sum(one.asked for one in learned.rates)
    runs = "1 run" if learned.runs == 1 else f"{learned.runs} runs"
    head = f"exact likelihood, {asked} decisions of {runs}"
    lines = [f"From the decisions themselves ({head}):"]
    if learned.ratios:
        average, *traits = learned.ratios
        lines += [_decided("average profile", "rate", average.ratio, (average.low, average.high))]
        lines += [
            _decided(f"high {t.name}", "rate ratio", t.ratio, (t.low, t.high)) for t in traits
        ]
        if all(trait.low <= 1 <= trait.high for trait in traits):
            lines.append("   ^ no trait makes a difference that these decisions show")
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


def _decided(
    who: str, what: str, value: float, ends: tuple[float, float], truth: float | None = None
) -> str:
    column = "" if truth is None else _TRUE.format(short(truth))
    span = f"{short(ends[0])} to {short(ends[1])}"
    return f"{who:<23.23} {what:<10} {short(value):>7} {span:>16}{column}".rstrip()


def lowest_aic_words(fits: Sequence[Fit], tested: bool = True) -> str:
    """Return which likelihood fit has the lowest AIC, with how far to trust it; '' for no fits.

    Parameters
    ----------
    fits : sequence of Fit
        Of one curve.
    tested : bool
        Whether there is a calibrated test to point to.
    """
    chain = [fit for fit in fits if fit.method.extra_parameters() == 0]
    if not chain:
        return ""
    best = min(chain, key=lambda fit: fit.aic)
    mixing = _MIXING.get(best.model.mixing.label, best.model.mixing.label)
    doubt = "" if best.identified else " (though its rates are not determined)"
    return (
        f"Lowest AIC of the likelihood fits: {best.model.name}, {mixing}{doubt}. AIC "
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

    Parameters
    ----------
    comparison : Comparison or None
        The fits; None where none could be made.
    setup : Setup or None
        What was run; None for a user's own data.
    degree : int or None
        k of the equations; None where no network is known.
    why_not : str
        Why there are no fits.
    learned : Learned, optional
        What the decisions say.

    Examples
    --------
    >>> json.loads(fits_json(None, None, None, "Too short."))["verdict"]["choice"]
    'cannot tell'
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
    return {
        "model": fit.model.name,
        "mixing": fit.model.mixing.label,
        "observed": fit.observed,
        "method": fit.method.name,
        "estimates": dict(fit.estimates),
        "intervals": {name: [ends.low, ends.high] for name, ends in fit.intervals.items()},
        "aic": fit.aic,
        "bic": fit.bic,
        "rmse": fit.rmse,
        "log_likelihood": fit.log_likelihood,
        "identified": fit.identified,
        "reason": fit.reason,
    }


def _plain_learned(learned: Learned) -> dict[str, Any]:
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
            {"name": one.name, "ratio": one.ratio, "interval": [one.low, one.high]}
            for one in learned.ratios
        ],
        "rate_ratios_misfit_p_value": learned.misfit,
        "no_rate_ratios_because": learned.why_not,
    }


def _plain_verdict(verdict: Verdict | None, why_not: str) -> dict[str, Any]:
    if verdict is None:
        empty = dict.fromkeys(("p_value", "likelihood_ratio", "power", "replicas"))
        return {"choice": "cannot tell", **empty, "words": f"No fit was made. {why_not}"}
    return {
        "choice": verdict.choice.value,
        "p_value": verdict.p_value,
        "words": verdict.words,
        "likelihood_ratio": verdict.likelihood_ratio,
        "power": verdict.power,
        "replicas": verdict.replicas,
    }


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

    Beside the master equation of a table that was counted over answers stands its 90 % band.

    Parameters
    ----------
    predicted : Predicted
        From `newswave.predicting.theories`.
    lines : int
        About how many rounds to show.
    """
    theories, last = predicted.theories, predicted.setup.rounds
    step = max(1, round(last / max(1, lines - 1)))
    shown = sorted({*range(0, last, step), last})
    cells = [[*_HEADS[theory.name]] for theory in theories]
    numbers = [[f"{100 * theory.fraction[at]:.1f}" for at in shown] for theory in theories]
    halves = [theory.half_time() for theory in theories]
    cut = [f"{half:.1f}" if math.isfinite(half) else "never" for half in halves]
    if predicted.band is not None:
        cells.insert(1, [f"90 % of {predicted.band.draws}", "drawn tables"])
        numbers.insert(1, [_span(predicted.band, at) for at in shown])
        cut.insert(1, "")
    rows = [start + "".join(f"{cell[at]:>18}" for cell in cells)
            for at, start in enumerate(("round ", " " * 6))]  # fmt: skip
    for at, line in zip(shown, zip(*numbers, strict=True), strict=True):
        rows.append(f"{at:>5} " + "".join(f"{number:>18}" for number in line))
    return "\n".join([*rows, "half  " + "".join(f"{half:>18}" for half in cut) + "  (round)"])


def _span(band: Band, at: int) -> str:
    return f"{100 * band.low[at]:.1f} to {100 * band.high[at]:.1f}"


_HEADS = {
    "master equation, network, rounds": ("master equation", "network, rounds"),
    "mean field, well mixed, rounds": ("mean field", "well mixed, rounds"),
    "edge-based, network, rounds": ("edge-based", "network, rounds"),
    "edge-based, network, ODE": ("edge-based ODE", "network"),
    "well mixed, ODE": ("classical ODE", "well mixed"),
}


def prediction_csv(predicted: Predicted) -> str:
    """Return round and the fraction that has shared by each theory, as CSV.

    The band of a table that was counted over answers follows in the columns master_low,
    master_middle and master_high.
    """
    columns = {theory.key: theory.fraction for theory in predicted.theories}
    if predicted.band is not None:
        names = ("low", "middle", "high")
        columns |= {f"master_{name}": getattr(predicted.band, name) for name in names}
    lines = zip(*columns.values(), strict=True)
    rows = (",".join([str(at), *(f"{i:.10g}" for i in row)]) for at, row in enumerate(lines))
    return "\n".join([",".join(["round", *columns]), *rows]) + "\n"


def dose_table(doses: Sequence[Dose], lines: int = 16) -> str:
    """Return the share that shared at each exposure, beside what is expected, as a table.

    Parameters
    ----------
    doses : sequence of Dose
        From `newswave.decisionrates.dose_response`.
    lines : int
        How many exposures to show: the first ones, and the last.

    Examples
    --------
    >>> print(dose_table([Dose(1, 200, 50, 0.195, 0.314, 0.262)]))
     exposure     asked    shared   share %   95 % interval   expected %
            1       200        50      25.0    19.5 to 31.4         26.2
    """
    head = ("exposure", "asked", "shared", "share %", "95 % interval", "expected %")
    rows = [_DOSE.format(*head)]
    shown = [*doses[: lines - 1], *doses[max(lines - 1, len(doses) - 1) :]]
    for before, dose in zip([None, *shown], shown, strict=False):
        if before is not None and dose is doses[-1] and before is not doses[-2]:
            rows.append(_DOSE.format("...", *[""] * 5).rstrip())
        span = f"{100 * dose.low:.1f} to {100 * dose.high:.1f}"
        numbers = (f"{100 * dose.fraction:.1f}", span, f"{100 * dose.expected:.1f}")
        rows.append(_DOSE.format(dose.exposure, dose.asked, dose.shared, *numbers))
    return "\n".join(rows)
