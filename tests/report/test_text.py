"""Tables, verdicts and fits.json say what the fits say, no more, and in strict JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from strategies import thirty_two

from newswave import __version__
from newswave.core.curve import Curve
from newswave.core.population import PROFILES, IndependentTraits
from newswave.core.rules import Asked, Measured, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions, SharingTable
from newswave.core.simulation import decisions, simulate
from newswave.core.statistics import holm
from newswave.core.table_facts import WELL_COVERED, trait_effects
from newswave.core.wording import wordings
from newswave.equations.compare import Comparison, compare
from newswave.equations.fit import Fit
from newswave.equations.from_decisions import RateRatio, dose_response, learn
from newswave.equations.intervals import Interval
from newswave.equations.predict import theories
from newswave.report.describe import half_words, true_rates
from newswave.report.figures import describe_dose
from newswave.report.text import (
    chances_words,
    dose_table,
    fit_rows,
    fits_json,
    fits_table,
    learned_table,
    lowest_aic_words,
    page_cells,
    prediction_csv,
    prediction_table,
    short,
    table_words,
    verdict_words,
)
from newswave.studies.study import fit_findings

SETUP = Setup(n_agents=200, n_seeds=5, rounds=30, replicas=5)
NAMES = {
    *("rate", "fast_rate", "slow_rate", "fast_fraction", "source_rate"),
    *("mean_rate", "rate_variation"),
}


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(simulate(SETUP), replicas=100)


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not strict JSON")


def strict(text: str) -> Any:
    return json.loads(text, parse_constant=refuse)


def test_the_table_has_every_estimate_with_its_interval(comparison: Comparison) -> None:
    table = fits_table(comparison.fits, true_rates(SETUP))
    assert max(map(len, table.splitlines())) <= 80
    for fit in comparison.fits:
        assert fit.method.name[1:] in table
        if fit.identified:
            for name, estimate in fit.estimates.items():
                ends = fit.intervals[name]
                row = next(
                    line
                    for line in table.splitlines()
                    if short(estimate) in line
                    and f"{short(ends.low)} to {short(ends.high)}" in line
                )
                assert name.removeprefix("rate_").replace("_", " ") in row
    assert "0.163" in table
    assert "true" in table.splitlines()[0]
    assert "true" not in fits_table(comparison.fits)


def test_every_table_of_fits_has_the_same_rows(comparison: Comparison) -> None:
    """Text, fits.json, pages and the findings of a sweep."""
    rows = fit_rows(comparison.fits, true_rates(SETUP))
    plain = strict(fits_json(comparison, SETUP, 8))["fits"]
    told = [name for fit in plain for name in fit["estimates"].items()]
    assert told == [(row.name, row.value) for row in rows]
    found = list(fit_findings(comparison.fits, {}))
    assert [(one.quantity, one.value) for one in found] == [(row.words, row.value) for row in rows]
    assert [one.low for one in found] == [row.interval and row.interval.low for row in rows]
    lines = [line for line in fits_table(comparison.fits).splitlines() if line[17:18].strip()][1:]
    named = [line[17:30].strip() for line in lines if not line.endswith(":") and "^" not in line]
    assert named == [row.words for row in rows]
    for row in rows:
        value, span = page_cells(row)
        assert (value, span) == ((short(row.value), row.span) if row.fit.identified
                                 else ("not determined", ""))  # fmt: skip


def test_what_is_not_identified_has_its_reason_in_place_of_numbers(comparison: Comparison) -> None:
    fit = comparison.find("two rates", "network")
    doubtful = replace(fit, identified=False, reason="not determined: a reason")
    table = fits_table([doubtful])
    assert "not determined: a reason" in table
    for name, estimate in fit.estimates.items():
        assert name.removeprefix("rate_").replace("_", " ") in table
        assert short(estimate) not in table


def test_the_best_aic_is_named_with_its_caution(comparison: Comparison) -> None:
    chain = [fit for fit in comparison.fits if "chain" in fit.method.name]
    best = min(chain, key=lambda fit: fit.aic)
    words = lowest_aic_words(comparison.fits)
    assert best.model.name in words
    assert "one method only" in words
    doubtful = [replace(fit, identified=False) for fit in comparison.fits]
    assert "not determined" in lowest_aic_words(doubtful)
    assert lowest_aic_words([]) == ""


def test_the_verdict_is_wrapped_and_whole(comparison: Comparison) -> None:
    text = verdict_words(comparison.verdict, 60)
    assert max(map(len, text.splitlines())) <= 60
    assert text.split() == comparison.verdict.words.split()


def test_fits_json_holds_every_fit(comparison: Comparison) -> None:
    content = strict(fits_json(comparison, SETUP, 8))
    assert content["newswave"] == __version__
    assert Setup.from_json(json.dumps(content["setup"])) == SETUP
    assert content["degree"] == 8
    assert len(content["fits"]) == len(comparison.fits) == 10
    for plain, fit in zip(content["fits"], comparison.fits, strict=True):
        assert {"model", "mixing", "method", "aic", "bic", "rmse", "log_likelihood"} <= set(plain)
        assert plain["mixing"] in ("well-mixed", "network")
        assert plain["estimates"] == fit.estimates
        assert set(plain["estimates"]) <= NAMES
        assert set(plain["intervals"]) == set(plain["estimates"])
        assert all(len(ends) == 2 for ends in plain["intervals"].values())
        assert isinstance(plain["identified"], bool)
        assert bool(plain["reason"]) is not plain["identified"]
    verdict = content["verdict"]
    assert verdict["choice"] == comparison.verdict.choice.value
    assert verdict["p_value"] == comparison.verdict.p_value
    assert verdict["words"] == comparison.verdict.words
    assert {"likelihood_ratio", "power", "replicas"} <= set(verdict)


def odd(fit: Fit) -> Fit:
    ends = {name: Interval(float("nan"), float("inf")) for name in fit.estimates}
    return replace(fit, aic=float("inf"), rmse=np.float64("nan"), intervals=ends)  # type: ignore[arg-type]


def test_fits_json_has_null_for_what_is_not_finite(comparison: Comparison) -> None:
    strange = replace(comparison, fits=tuple(map(odd, comparison.fits)))
    plain = strict(fits_json(strange, None, None))["fits"][0]
    assert (plain["aic"], plain["rmse"]) == (None, None)
    assert plain["intervals"] == {"rate": [None, None]}


def test_without_fits_the_file_says_why() -> None:
    content = strict(fits_json(None, SETUP, 8, "The curve is too short."))
    assert content["fits"] == []
    assert content["verdict"]["choice"] == "cannot tell"
    assert content["verdict"]["p_value"] is None
    assert "too short" in content["verdict"]["words"]


def test_predictions_side_by_side() -> None:
    predicted = theories(SETUP)
    lines = prediction_table(predicted).splitlines()
    assert max(map(len, lines)) <= 90
    assert "master equation" in lines[0]
    assert lines[2].split() == ["0", "2.5", "2.5", "2.5", "2.5"]
    assert lines[-2].split()[0] == "30"
    assert lines[-1].startswith("half")
    short_one = theories(replace(SETUP, rounds=1))
    assert "never" in prediction_table(short_one)


def test_a_prediction_shows_the_rounds_in_which_something_happens() -> None:
    fast = theories(Setup(n_agents=500, sharing=SameForAll(0.8), rounds=60))
    rows = prediction_table(fast).splitlines()
    shown = [int(row.split()[0]) for row in rows[2:-1]]
    assert shown[:3] == [0, 1, 2]
    assert shown[-1] == 60
    assert len(shown) <= 13
    for setup in (SETUP, replace(SETUP, rounds=300), Setup(n_agents=500, n_seeds=499)):
        predicted = theories(setup)
        curve = predicted.theories[0].fraction
        rows = prediction_table(predicted).splitlines()
        shown = [int(row.split()[0]) for row in rows[2:-1]]
        assert len(shown) <= 13
        assert np.diff(curve[shown]).max() < 0.25  # no gap in which most of it happens


def test_a_half_time_within_the_first_round_has_no_digits() -> None:
    assert half_words(Curve([1, 9, 10], n_agents=10)) == "of all have shared by round 1"
    assert half_words(Curve([[1, 9, 10], [1, 8, 10]], 10)) == "of all have shared by round 1"
    assert half_words(Curve([1, 3, 9], n_agents=10)) == "of all have shared by round 1.3"


def test_prediction_csv_holds_every_round() -> None:
    predicted = theories(SETUP)
    header, *rows = prediction_csv(predicted).splitlines()
    assert header == "round,master,network_rounds,network_ode,well_mixed_ode"
    values = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    assert values.shape == (31, 5)
    assert values[:, 1] == pytest.approx(predicted.theories[0].fraction, abs=1e-9)


def test_decisions_are_a_table_and_plain_data() -> None:
    setup = Setup(n_agents=200, n_seeds=4, rounds=30, replicas=5)
    found = learn(setup)
    lines = learned_table(found, {"outgoing": 0.1625, "reserved": 0.0151}).splitlines()
    assert lines[0].startswith("From the decisions themselves (exact likelihood, ")
    assert lines[1].startswith("outgoing")
    assert lines[1].endswith("0.163")
    assert max(map(len, lines)) <= 100
    plain = json.loads(fits_json(None, setup, 8, "", found))["decisions"]
    assert [rate["group"] for rate in plain["rates"]] == ["outgoing", "reserved"]
    assert plain["rates"][0]["interval"][0] < plain["rates"][0]["rate"]


COUNTED = replace(SETUP, mix=IndependentTraits(), sharing=thirty_two(answers=10, synthetic=True))


def test_fits_json_says_whether_it_is_synthetic(comparison: Comparison) -> None:
    assert strict(fits_json(comparison, SETUP, 8))["synthetic"] is False
    assert strict(fits_json(None, None, None))["synthetic"] is False
    content = strict(fits_json(None, COUNTED, 8))
    assert content["synthetic"] is True
    assert content["true"] == {}
    asked = replace(SETUP, sharing=Asked("m", wordings()[0]))
    assert strict(fits_json(None, asked, 8))["synthetic"] is False


def test_the_band_of_a_counted_table_stands_beside_its_prediction() -> None:
    predicted = theories(COUNTED)
    band = predicted.band
    assert band is not None
    lines = prediction_table(predicted).splitlines()
    assert "90 % of 200" in lines[0]
    assert "drawn tables" in lines[1]
    assert lines[2].split() == ["0", "2.5", "2.5", "to", "2.5"]
    ends = [f"{100 * end[-1]:.1f}" for end in (band.low, band.high)]
    assert lines[-2].split()[2:] == [ends[0], "to", ends[1]]
    assert len({len(line) for line in lines[2:-1]}) == 1
    header, *rows = prediction_csv(predicted).splitlines()
    assert header == "round,master,master_low,master_middle,master_high"
    values = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    assert values[:, 2] == pytest.approx(band.low, abs=1e-9)
    assert values[:, 3] == pytest.approx(band.middle, abs=1e-9)
    assert values[:, 4] == pytest.approx(band.high, abs=1e-9)


def test_doses_are_a_table_of_at_most_80_columns() -> None:
    doses = dose_response(decisions(SETUP))
    lines = dose_table(doses).splitlines()
    assert len(lines) == 1 + len(doses) == 9
    assert max(map(len, lines)) <= 80
    for dose, line in zip(doses, lines[1:], strict=True):
        cells = line.split()
        assert cells[:3] == [str(dose.exposure), str(dose.asked), str(dose.shared)]
        assert cells[3:] == [
            *(f"{100 * dose.fraction:.1f}", f"{100 * dose.low:.1f}", "to"),
            *(f"{100 * dose.high:.1f}", f"{100 * dose.expected:.1f}"),
        ]
    few = dose_table(doses, 4).splitlines()
    assert [line.split()[0] for line in few[1:]] == ["1", "2", "3", "...", "8"]
    assert "..." not in dose_table(doses, 8)
    assert "..." not in dose_table(doses[:4], 4)
    assert len(dose_table([]).splitlines()) == 1


def test_nothing_is_expected_of_rates_that_rest_on_a_few_decisions() -> None:
    asked = np.zeros((2, 32, 3), dtype=int)
    asked[0, :, 1:] = (2, 1)
    profiles = tuple(profile.code for profile in PROFILES)
    few = dose_response(Decisions(profiles, asked, asked // 2))
    words = dose_table(few)
    assert "expected %" not in words.splitlines()[0]
    assert "fitted to 3.0 decisions on average" in " ".join(words.split())
    assert max(map(len, words.splitlines())) <= 80
    assert "is expected" not in describe_dose(few)
    assert "needs 10 or more" in describe_dose(few)
    enough = dose_response(Decisions(profiles, 4 * asked, 2 * asked))
    assert "expected %" in dose_table(enough)
    assert "is expected" in describe_dose(enough)


def test_five_intervals_say_what_five_chances_leave_of_them() -> None:
    mixed = IndependentTraits()
    setup = Setup(n_agents=200, n_seeds=5, rounds=25, replicas=2, mix=mixed, sharing=thirty_two())
    learned = learn(setup)
    names, ps = zip(*((one.name, one.p_value) for one in learned.ratios[1:]), strict=True)
    for one in learned.ratios[1:]:
        assert (one.p_value < 0.05) == (not one.low <= 1 <= one.high)
    plain = json.loads(fits_json(None, setup, 8, "", learned))["decisions"]["rate_ratios"]
    assert plain[0]["holm_p_value"] is None
    adjusted = [one["holm_p_value"] for one in plain[1:]]
    assert adjusted == pytest.approx(holm(np.array(ps)))
    clear = ", ".join(name for name, p in zip(names, adjusted, strict=True) if p < 0.05)
    words = " ".join(learned_table(learned).replace("^", "").split())
    assert "5 intervals give luck 5 chances; Holm's p" in words
    assert f"below 0.05 for {clear or 'none'}" in words
    lucky = [RateRatio(name, 2.0, 1.05, 3.8, 0.03) for name in names[:1]]
    lucky += [RateRatio(name, 1.0, 0.5, 2.0, 1.0) for name in names[1:]]
    assert chances_words(lucky).endswith("is below 0.05 for none")
    assert chances_words(lucky[1:]) == "no trait makes a difference that these decisions show"


# A measured table as text: every number of it, within its width.


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    "measured",
    [
        *(thirty_two(), thirty_two(thin=5), thirty_two(answers=10, lost=9, synthetic=True)),
        replace(thirty_two(answers=3), origin=None),
    ],
)
def test_no_line_is_wider_than_asked(measured: Measured, width: int) -> None:
    lines = table_words(measured, width).splitlines()
    assert max(map(len, lines)) <= width
    rows = [line for line in lines if line[:10] in measured.given.rows]
    assert len(rows) == 32


def line_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_every_chance_has_what_it_rests_on() -> None:
    counted, read = thirty_two(answers=10, lost=1), thirty_two(thin=1)
    for measured in (counted, read):
        for cell in measured.cells:
            row = line_of(table_words(measured), cell.row)
            assert f"{cell.probability:.3f}" in row
            if cell.is_counted:
                assert f"({cell.low:.2f} to {cell.high:.2f}){'?' * (cell.abstained > 0)}" in row
            else:
                thin = (cell.covered or 0) < WELL_COVERED
                assert (
                    f" {cell.probability:.3f} [{100 * (cell.covered or 0):.0f} %]" in row
                ) is thin
    first = counted.cells[0].row
    assert line_of(table_words(counted), first).count("?") == 1
    assert line_of(table_words(read), first).count("[") == 1
    for text, key in (
        (table_words(counted), "?: answers"),
        (table_words(read), "[ ]: the two labels"),
    ):
        assert key in " ".join(text.split())


def test_the_readiest_stands_first_and_traits_follow() -> None:
    measured = thirty_two()
    text = table_words(measured)
    rows = [line[:10] for line in text.splitlines() if line[:10] in measured.given.rows]
    means = [measured.given.probabilities[measured.given.rows.index(row), 1] for row in rows]
    assert means == sorted(means, reverse=True)
    assert "m = 1 " in text
    assert "m = 3 or more" in text
    assert line_of(text, "high E").split() == ["high", "E", "+1.10", "+1.10", "+1.10"]
    counted = thirty_two(answers=10)
    one = trait_effects(counted)[4]
    ends = f"{one.effect[2]:+.2f} ({one.low[2]:+.2f}, {one.high[2]:+.2f})"
    assert line_of(table_words(counted), "high N").endswith(ends)


def test_doubts_and_what_is_synthetic_are_said() -> None:
    text = " ".join(table_words(thirty_two(thin=4, synthetic=True)).split())
    assert text.startswith("SYNTHETIC: a formula answered, no language model")
    assert "! In 4 of 96 cells" in text
    assert "SYNTHETIC" not in table_words(thirty_two())
    alike = np.tile([0, 0.2, 0.2, 0.2], (32, 1))
    rows = thirty_two().given.rows
    assert "! All profiles answer alike" in table_words(Measured(SharingTable(rows, alike)))


def test_a_table_by_hand_has_its_numbers_alone() -> None:
    chances = np.arange(24).reshape(2, 12) % 12 / 20
    wide = SharingTable(("keen", "a group with a long name"), chances)
    text = table_words(Measured(wide))
    head = line_of(text, "P(share)")
    assert head.split("m = ")[1:] == ["1".ljust(17), "2".ljust(17), "11 or more"]
    assert line_of(text, "keen").split() == ["keen", "0.050", "0.100", "0.550"]
    assert "a group with " in text
    assert "log-odds" not in text
    assert "brackets" not in text
    assert "m = 7" in table_words(Measured(wide), 250)
