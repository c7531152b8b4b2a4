"""Figures of measured tables and of the manipulation check: all of it drawn, all of it readable."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from seeing import assert_readable, texts
from strategies import ORIGIN, thirty_two

from newswave.core.errors import BadValue
from newswave.core.population import PROFILES, Trait, signs_of
from newswave.core.rules import Measured
from newswave.core.sharing import SharingTable
from newswave.core.table_facts import by_readiness, trait_effects
from newswave.llm.personas import TraitCheck, check_traits
from newswave.report.style import SYNTHETIC_LABEL, png, svg
from newswave.report.table_figures import (
    THEORIES,
    Estimate,
    Panel,
    bars_figure,
    describe_persona,
    describe_table,
    errors_figure,
    heat_figure,
    panels_figure,
    persona_figure,
    ratios_figure,
    table_figure,
)
from newswave.report.text import table_words

CHECKS = check_traits(PROFILES, 2 * signs_of(PROFILES) * np.array([0.8, 0.5, 1.0, -0.1, 0.2]))
HAND = Measured(SharingTable(("keen", "calm"), [[0, 0.2, 0.3], [0, 0.01, 0.05]]))
ODD = replace(ORIGIN, model="$\\frac{$ \n" + "x" * 280, event="$" * 60)


def wide(rows: int, exposures: int) -> Measured:
    chances = np.random.default_rng(1).random((rows, exposures + 1)) * 0.5
    chances[:, 0] = 0.0
    return Measured(SharingTable(tuple(f"group {at}" for at in range(rows)), chances))


@pytest.mark.parametrize(
    "measured",
    [
        *(thirty_two(), thirty_two(answers=10, lost=7), thirty_two(thin=9, synthetic=True)),
        Measured(SharingTable(("$\\frac{$", "b"), [[0, 0.2], [0, 0.3]])),
        *(HAND, wide(1, 1), wide(70, 12), replace(thirty_two(answers=2), origin=ODD)),
        Measured(thirty_two().given.pick(("O+C-E+A-N-", "O-C+E-A+N+")), origin=ORIGIN),
        replace(HAND, origin=replace(ORIGIN, synthetic=True)),
    ],
)
def test_no_text_of_a_table_is_cut_off_or_lies_on_another(measured: Measured) -> None:
    assert_readable(table_figure(measured), 6)


@pytest.mark.parametrize("checks", [CHECKS, CHECKS[:1]])
@pytest.mark.parametrize("synthetic", [False, True])
def test_no_text_of_a_check_is_cut_off_or_lies_on_another(
    checks: tuple[TraitCheck, ...], synthetic: bool
) -> None:
    assert_readable(persona_figure(checks, synthetic=synthetic), 8)


def numbers(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_chance_is_a_number_in_its_cell() -> None:
    measured = thirty_two(answers=10, lost=1)
    figure = table_figure(measured)
    axes = figure.axes[0]
    order = by_readiness(measured)
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        measured.given.rows[row] for row in order
    ]
    wanted = measured.given.probabilities[list(order), 1:]
    assert np.array_equal(axes.images[0].get_array(), wanted)
    found = numbers(figure)
    assert len(found) == 96
    for cell in measured.cells:
        at = order.index(measured.given.rows.index(cell.row)) * 3 + cell.exposure - 1
        digits = 3 if cell.probability < 0.0995 else 2
        mark = "?" * (cell.abstained > 0)
        span = f"({cell.low:.2f}\u2013{cell.high:.2f}){mark}"
        assert found[at] == f"{cell.probability:.{digits}f} {span}"
    assert sum("?" in words for words in found) == 1
    assert "could not be read" in texts(figure)


def test_thin_cells_are_marked_and_read_cells_have_no_interval() -> None:
    figure = table_figure(thirty_two(thin=4))
    found = numbers(figure)
    assert sum("!" in words for words in found) == 4
    assert not any("(" in words for words in found)
    assert "!: true and false (or yes and no) cover less than 90 %" in texts(figure)


def test_the_effect_of_each_trait_is_drawn_at_each_exposure() -> None:
    measured = thirty_two(answers=10)
    right = table_figure(measured).axes[2]
    effects = trait_effects(measured)
    assert [label.get_text() for label in right.get_yticklabels()] == [t.value for t in Trait]
    assert len(right.containers) == 3
    for at, bars in enumerate(right.containers):
        assert bars[0].get_xdata() == pytest.approx([one.effect[at] for one in effects])
        ends = np.array(bars[2][0].get_segments())[:, :, 0]
        wanted = [[one.low[at], one.high[at]] for one in effects]
        assert ends == pytest.approx(np.array(wanted))
    assert len({bars[0].get_marker() for bars in right.containers}) == 3
    assert len({bars[0].get_color() for bars in right.containers}) == 3
    assert len(table_figure(HAND).axes) == 2  # no traits: the map and the notes


def test_traits_that_differ_together_are_one_effect_everywhere() -> None:
    codes = ("O+C-E+A-N-", "O-C+E-A+N+")
    two = Measured(thirty_two().given.pick(codes), origin=ORIGIN)
    right = table_figure(two).axes[2]
    assert [label.get_text() for label in right.get_yticklabels()] == [codes[0]]
    for words in (describe_table(two), table_words(two), texts(table_figure(two))):
        assert "cannot tell apart what openness" in " ".join(words.split())
    rows = [line for line in table_words(two).splitlines() if line.startswith(codes[0])]
    assert len(rows) == 2  # the chances and the effect
    assert "high O" not in table_words(two)


def test_of_many_rows_and_exposures_some_are_drawn_and_that_is_said() -> None:
    figure = table_figure(wide(70, 12))
    assert len(numbers(figure)) == 48 * 6
    assert "48 of 70 rows" in texts(figure)
    assert "12 or more" in texts(figure)


def test_the_words_of_a_table_name_the_extremes_the_traits_and_the_doubts() -> None:
    words = describe_table(thirty_two(thin=2))
    assert "readiest to share is O+C-E+A+N-" in words
    assert "least ready is O-C+E-A-N+" in words
    assert "extraversion +1.10" in words
    assert "In 2 of 96 cells" in words
    assert "Mean difference" not in describe_table(HAND)


def test_what_is_synthetic_is_labelled() -> None:
    measured = thirty_two(synthetic=True)
    for figure, words in (
        (table_figure(measured), describe_table(measured)),
        (persona_figure(CHECKS, synthetic=True), describe_persona(CHECKS, True)),
    ):
        assert SYNTHETIC_LABEL in texts(figure)
        assert words.lower().startswith(SYNTHETIC_LABEL)
        told = Image.open(io.BytesIO(png(figure))).info["Description"]
        assert SYNTHETIC_LABEL in told.lower()
    for figure in (table_figure(thirty_two()), persona_figure(CHECKS)):
        assert SYNTHETIC_LABEL not in texts(figure)


def test_a_check_is_two_marks_a_trait() -> None:
    axes = persona_figure(CHECKS).axes[0]
    marks = [one for one in axes.collections if len(one.get_offsets()) == 5][-2:]
    for mark, end in zip(marks, ("high", "low"), strict=True):
        offsets = np.asarray(mark.get_offsets())
        assert offsets[:, 0] == pytest.approx([getattr(check, end) for check in CHECKS])
    words = describe_persona(CHECKS)
    assert "extraversion +1.00 and -1.00, 100 percent" in words
    assert "agreeableness -0.10 and +0.10, 0 percent" in words
    for draw in (persona_figure, describe_persona):
        with pytest.raises(BadValue, match="no check"):
            draw([])  # type: ignore[operator]


# The figures of an atlas show their numbers, and say so where they are synthetic.


NAN = float("nan")
PANEL = Panel(
    "slow: a profile",
    np.linspace(0, 1, 5),
    np.linspace(0, 0.8, 5),
    np.linspace(0.1, 1, 5),
    {name: np.linspace(0, 1, 5) for name in THEORIES},
)


def every_figure(synthetic: bool) -> list[Figure]:
    gaps = [(name, [np.array([0.1, 0.3]), np.array([])]) for name in THEORIES]
    bars = [("alike", np.array([[0.5, 1.0], [0.0, NAN]]))]
    estimates = [Estimate("openness", 1.1, 1.0, 1.2, 1.15), Estimate("news", 2.0, 1.9, 2.1)]
    return [
        heat_figure("Heat", np.array([[0.1, NAN], [0.2, 0.4]]), "ab", "cd", synthetic),
        ratios_figure("Ratios", [("traits", estimates)], synthetic),
        panels_figure("Curves", [[PANEL, PANEL]], synthetic),
        bars_figure("Bars", bars, ["AIC", "verdict"], ["degree 4", "degree 8"], synthetic),
        errors_figure("Errors", gaps, ["degree 4", "degree 8"], synthetic),
    ]


@pytest.mark.parametrize("synthetic", [False, True])
def test_every_figure_is_drawn_and_a_synthetic_one_says_so(synthetic: bool) -> None:
    for figure in every_figure(synthetic):
        assert png(figure)[:4] == b"\x89PNG"
        assert svg(figure, "Told.") == svg(figure, "Told.")
        words = [text.get_text() for text in figure.texts]
        assert (SYNTHETIC_LABEL in words) is synthetic
        assert (figure.get_label() == SYNTHETIC_LABEL) is synthetic


def test_a_heat_map_shows_every_number_in_ink_that_can_be_read() -> None:
    figure = heat_figure("Heat", np.array([[0.1, NAN], [0.15, 0.4]]), "ab", "cd")
    shown = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert shown == {"0.100": "black", "0.150": "black", "0.400": "white"}


def test_a_heat_map_of_one_value_or_of_none_is_drawn() -> None:
    assert png(heat_figure("One", np.array([[0.1]]), "a", "b"))
    assert png(heat_figure("None", np.array([[NAN]]), "a", "b"))


def test_bars_bear_their_percentages() -> None:
    figure = every_figure(synthetic=False)[3]
    assert [text.get_text() for text in figure.axes[0].texts] == ["50", "100", "0"]


def test_theories_differ_in_colour_and_in_dashes() -> None:
    assert len({stroke.colour for stroke in THEORIES.values()}) == len(THEORIES)
    assert len({str(stroke.dashes) for stroke in THEORIES.values()}) == len(THEORIES)
    lines = every_figure(synthetic=False)[2].axes[0].get_lines()
    assert [line.get_label() for line in lines] == ["mean of the runs", *THEORIES]


@pytest.mark.parametrize(("low", "high"), [(0.9, 1.1), (0.5, 1.9), (0.1, 8.0), (0.99, 1.01)])
def test_ratios_have_ticks_that_can_be_read(low: float, high: float) -> None:
    figure = ratios_figure("R", [("traits", [Estimate("a", (low * high) ** 0.5, low, high)])])
    png(figure)
    ticks = figure.axes[0].get_xticks()
    assert 1 <= len(ticks) <= 12
    assert 1.0 in ticks
