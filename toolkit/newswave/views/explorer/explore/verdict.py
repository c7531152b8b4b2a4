"""One rate or two: the fits as a table, the test and its verdict in words."""

from __future__ import annotations

from collections.abc import Sequence

from newswave.comparing import Comparison
from newswave.describing import no_equations, true_rates, true_words
from newswave.fitting.fits import Fit
from newswave.reporting import estimate_cells, short, undetermined_words
from newswave.setups import Setup
from newswave.verdicts import Verdict
from newswave.views.explorer.items import Button, Group, Item, Progress, Table, Tone, Words
from newswave.views.explorer.lines import MIXING

_UNTESTED = "Press the button: the test makes hundreds of data sets in which all agents are alike."


def fits_rows(fits: Sequence[Fit], setup: Setup | None) -> tuple[tuple[str, ...], ...]:
    """Return a row for each estimate of each fit by likelihood."""
    known, rows = true_rates(setup), []
    for fit in fits:
        if fit.method.extra_parameters():
            continue
        model = f"{fit.model.name}, {MIXING[fit.model.mixing.label]}"
        for name in fit.estimates:
            true = short(known[name]) if name in known else ""
            said = estimate_cells(fit, name)
            rows.append((model, name.replace("_", " "), *said, true, f"{100 * fit.rmse:.1f}"))
    return tuple(rows)


def fits_table(fits: Sequence[Fit], setup: Setup | None) -> Table:
    """Return the fits as a table of a page."""
    return Table(
        "fits",
        "Fitted by likelihood. Rates are hazards per contact and round, the source's per round; "
        "the last column says how far the fit lies from the runs (root mean square, points).",
        ("Model", "Estimate", "Value", "95 % interval", "True", "Misses by"),
        fits_rows(fits, setup),
        (2, 3, 4, 5),
    )


def fits_items(fits: Sequence[Fit], setup: Setup | None) -> tuple[Item, ...]:
    """Return the fits by likelihood as a table, and why some are not determined."""
    why = undetermined_words([fit for fit in fits if not fit.method.extra_parameters()])
    more = (Words("undetermined", why, Tone.QUIET),) if why else ()
    return (fits_table(fits, setup), *more)


def verdict_words(verdict: Verdict) -> Words:
    """Return the verdict in words."""
    return Words("verdict", verdict.words, Tone.NOTE, live=True)


def verdict_group(
    setup: Setup,
    fits: Sequence[Fit] | None,
    comparison: Comparison | None,
    testing: Progress | None,
    why_not: str,
) -> Item:
    """Return all of it: the table, the button, how far the test is, what it says."""
    if why_not:
        return Group("rates", "One rate or two?", (Words("no_fit", why_not, Tone.NOTE),))
    made = comparison.fits if comparison else fits
    items: list[Item] = [Words("rates_question", _question(setup), Tone.QUIET)]
    if comparison:
        items.append(verdict_words(comparison.verdict))
    elif testing:
        items += [testing, Button("stop_test", "Stop the test")]
    else:
        items += [
            Button("test", "Test: one rate or two?", "Takes some seconds.", Tone.MAIN),
            Words("untested", _UNTESTED, Tone.QUIET),
        ]
    if made is None:
        items.append(Words("fitting", "Fitting the equations ...", Tone.QUIET))
    else:
        items += fits_items(made, setup)
    if why_none := no_equations(setup):
        items.append(Words("no_equations", why_none, Tone.QUIET))
    items.append(Words("true_rates", true_words(setup), Tone.QUIET))
    return Group("rates", "One rate or two?", tuple(items))


def _question(setup: Setup) -> str:
    return (
        "Does the curve need a second transmission rate, or does it only look so? "
        f"The runs: {setup.replicas}."
    )
