"""The lessons' panels: every control over its whole range, in words, in pictures and as widgets."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import newswave as nw
from newswave.app import notebook as panels
from newswave.app.page import Button, Choice, Message, Range, Switch, Words, check_keys, walk
from newswave.app.panels import ALL, PANELS
from newswave.app.panels.panel import Dial, Panel, PanelPage, Pick, Toggle, describe, draw, passes
from newswave.app.panels.people import (
    AllEvents,
    Answers,
    ByHand,
    Events,
    Profiles,
    counted,
    is_calm,
)
from newswave.app.panels.spreading import Chance, Degree, Growth, OnePost, stepped
from newswave.core.errors import BadValue
from newswave.core.events import event
from newswave.equations import well_mixed
from newswave.report.describe import true_rates
from newswave.report.style import SYNTHETIC_LABEL

BY_KEY = {panel.key: panel for panel in PANELS}
NO_NUMBER = re.compile(r"\b(nan|inf|none)\b", re.IGNORECASE)


def values(control: Dial | Pick | Toggle) -> tuple[Any, ...]:
    """Return the ends and the middle of a control."""
    if isinstance(control, Toggle):
        return (False, True)
    every = control.scale.values if isinstance(control, Dial) else [k for k, _ in control.options]
    return tuple(dict.fromkeys((every[0], every[len(every) // 2], every[-1])))


def corners(kind: type[Panel]) -> Iterator[Panel]:
    """Yield the panel at the ends and middles of all controls."""
    controls = kind.controls()
    for chosen in itertools.product(*map(values, controls.values())):
        yield kind(**dict(zip(controls, chosen, strict=True)))


every_panel = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.key)


@every_panel
def test_every_corner_has_a_picture_and_words_with_numbers(kind: type[Panel]) -> None:
    for panel in corners(kind):
        shown = panel.shown()
        words = describe(panel)
        assert re.search(r"\d", shown.words), panel
        assert not NO_NUMBER.search(words), words
        picture = shown.picture
        assert picture.lines
        for line in picture.lines:
            known = line.fraction[np.isfinite(line.fraction)]
            assert line.fraction.shape == (picture.rounds + 1,)
            assert known.size >= 2
            assert known.min() >= 0
            assert known.max() <= 1
        for band in picture.bands:
            assert np.isfinite(band.low).all()
            assert (band.low <= band.high + 1e-12).all()


@every_panel
def test_a_figure_can_be_drawn_at_the_ends_of_the_controls(kind: type[Panel]) -> None:
    every = list(corners(kind))
    for panel in (every[0], kind(), every[-1]):
        picture = panel.shown().picture
        [axes] = draw(panel).axes
        drawn = [line.get_label() for line in axes.get_lines()]
        run = [] if picture.history is None else ["this run"]
        assert drawn == run + [line.label for line in picture.lines]
        looks = {(line.get_color(), line.get_linestyle()) for line in axes.get_lines()}
        assert len(looks) == len(drawn)


@every_panel
def test_every_control_moves_what_is_said_and_reset_brings_it_back(kind: type[Panel]) -> None:
    page = PanelPage(kind())
    first = page.shown()
    for item in walk(first.controls):
        match item:
            case Range():
                moved: Any = item.low if item.value != item.low else item.high
            case Choice():
                moved = next(key for key, _ in item.options if key != item.value)
            case Switch():
                moved = not item.value
            case _:
                continue
        page.receive(Message(item.key, moved))
        now = page.shown()
        assert page.trouble == ""
        assert words_of(now.seen) != words_of(first.seen), item.key
        page.receive(Message("reset"))
        assert page.panel == kind()
        assert words_of(page.shown().seen) == words_of(first.seen)


def words_of(items: Any) -> str:
    return next(item.text for item in items if item.key == "seen" and isinstance(item, Words))


@every_panel
def test_a_panel_has_a_question_few_controls_and_its_two_lines(kind: type[Panel]) -> None:
    view = PanelPage(kind()).shown()
    controls = [i for i in walk(view.controls) if isinstance(i, Range | Choice | Switch)]
    assert 1 <= len(controls) <= 3
    assert [i.label for i in walk(view.controls) if isinstance(i, Button)] == ["Reset"]
    assert kind.question.endswith("?")
    assert [item.text.partition(":")[0] for item in view.report] == ["Notice", "Try"]
    check_keys(view.items)
    [live] = [i for i in view.seen if isinstance(i, Words) and i.live]
    assert live.text == kind().shown().words


@every_panel
@pytest.mark.parametrize("bad", [float("nan"), "x", None, [], 1e9, -1, True])
def test_a_bad_value_is_refused_in_words(kind: type[Panel], bad: Any) -> None:
    for key, control in kind.controls().items():
        if isinstance(control, Toggle) and isinstance(bad, bool):
            continue
        with pytest.raises(BadValue) as refused:
            replace(kind(), **{key: bad})
        assert control.label in str(refused.value)


def test_an_act_that_makes_no_sense_is_shown_and_changes_nothing() -> None:
    page = PanelPage(Degree())
    for act in (Message("colour", 1), Message("degree", "many"), Message("degree", float("nan"))):
        page.receive(act)
        assert page.panel == Degree()
        assert page.shown().seen[0].key == "trouble"
    page.receive(Message("degree", 0))
    assert "trouble" not in [item.key for item in page.shown().seen]


def test_values_between_those_of_a_slider_can_be_set_in_code() -> None:
    panel = Degree(degree=5, pressure=0.45)
    assert describe(panel).startswith("With 5 neighbours")
    [slider, _] = panel.items()
    assert isinstance(slider, Range)
    assert slider.shown == "5 neighbours"


def test_the_stage_s_round_is_told_in_words() -> None:
    page = PanelPage(OnePost())
    run = page.panel.shown().picture.history
    assert run is not None
    page.at_round(4)
    new, total = int((run.shared == 4).sum()), int(run.counts[4])
    told = f"Round 4: {new} agents are new, {total} of 40 have shared by now."
    assert page.shown().seen[0].text == told  # type: ignore[union-attr]
    assert f"at round 4, {total} have shared" in page.shown().pictures[0].network_words
    page.receive(Message("reset"))
    assert page.shown().seen[0].text.startswith("Round 0: the news begins with 1 of 40")  # type: ignore[union-attr]
    assert page.rewinds == 1
    curves = PanelPage(Growth())
    curves.at_round(0)
    assert (
        curves.shown()
        .seen[0]
        .text.startswith(  # type: ignore[union-attr]
            "Round 0, logistic: 1.0 %; exponential: 1.0 %; rounds of 1: 1.0 %."
        )
    )


def test_the_new_sharers_of_one_post_add_up() -> None:
    for run in range(10):
        picture = OnePost(run=run).shown().picture
        [new] = picture.lines
        total = picture.run_fraction[0] + np.nansum(new.fraction)
        assert total == pytest.approx(picture.run_fraction[-1])


def test_growth_says_the_half_times_of_the_closed_forms() -> None:
    words = describe(Growth(0.4, 0.01))
    assert "at round 11.5, pure exponential growth already at round 9.8" in words
    fine = stepped(0.4, 0.01, 30, 1000)
    assert np.abs(fine - well_mixed.one_rate(0.4, 1.0, 0.01, np.arange(31.0))).max() < 1e-3
    assert passes(stepped(0.4, 0.01, 60, 1)) > passes(stepped(0.4, 0.01, 60, 4))


def test_the_well_mixed_theory_does_not_see_the_degree_and_the_runs_do() -> None:
    halves = []
    for k in (3, 8, 32):
        lines = {line.key: line.fraction for line in Degree(k).shown().picture.lines}
        halves.append(passes(lines["runs"]))
        assert passes(lines["mixed"]) == pytest.approx(11.49, abs=0.05)
        assert np.abs(lines["aware"] - lines["runs"]).max() < 0.06
    assert halves == sorted(halves, reverse=True)


def test_more_runs_keep_the_runs_that_were_there() -> None:
    few = Chance(3, 5).curve().counts
    assert np.array_equal(few, Chance(3, 50).curve().counts[:5])


def test_the_mean_rate_of_two_groups_is_always_the_same() -> None:
    for panel in corners(Profiles):
        assert isinstance(panel, Profiles)
        rates = true_rates(panel.setup())
        share = panel.fast_fraction
        mean = (
            share * rates["fast_rate"] + (1 - share) * rates["slow_rate"]
            if "fast_rate" in rates
            else rates["rate"]
        )
        assert mean == pytest.approx(Profiles.MEAN_RATE)


def test_the_average_person_is_the_faster_crowd() -> None:
    lines = Profiles(0.5, 4.0).shown().picture.lines
    late = {line.key: passes(line.fraction, 0.9) for line in lines}
    assert late["mixed"] > 1.2 * late["alike"]


def test_the_hidden_rates_fit_best_by_hand_and_others_nearly_as_well() -> None:
    curve = ByHand.data().curve
    mean = curve.mean / curve.n_agents

    def error(*given: float) -> float:
        apart = ByHand(*given).equation() - mean
        return float(np.sqrt((apart**2).mean()))

    assert error(*ByHand.TRUE_RATES, ByHand.TRUE_FRACTION) < 0.01
    assert error(0.28, 0.025, 0.3) < 0.02
    assert error(0.08, 0.04, 0.5) > 0.05


def test_answers_are_counted_from_the_recording_and_marked_as_synthetic() -> None:
    panel = Answers("O+C-E+A+N+", "1")
    replies = [one.share for one in nw.synthetic_recording().all_replies
               if (one.profile, one.exposure) == ("O+C-E+A+N+", 1)]  # fmt: skip
    assert f"shared in {sum(map(bool, replies))} of {len(replies)} recorded replies" in describe(
        panel
    )
    assert describe(panel).startswith("SYNTHETIC")
    assert draw(panel).get_label() == SYNTHETIC_LABEL
    for code in Answers.PROFILES:
        for exposure in Answers.EXPOSURES:
            assert counted(code, exposure).asked > 0


def test_only_events_without_violence_are_offered_unless_asked_for() -> None:
    for kind, calm in ((Events, True), (AllEvents, False)):
        choice = kind().items()[0]
        assert isinstance(choice, Choice)
        offered = [event(one) for one, _ in choice.options]
        assert all(map(is_calm, offered)) == calm


def test_two_neutral_events_differ_by_luck_alone() -> None:
    same = Events("lantern-festival", "harvest-fair", 100)
    words = describe(same)
    assert "all of this difference is luck" in words
    gap = float(re.search(r"B is ([0-9.]+) rounds", words).group(1))  # type: ignore[union-attr]
    assert gap < 0.5
    one = describe(replace(same, runs=1))
    assert "nobody can say yet" in one


MAKERS = (
    panels.one_post, panels.growth, panels.degree, panels.chance,
    panels.profiles, panels.by_hand, panels.answers, panels.events,
)  # fmt: skip


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_widget_holds_a_figure_and_words_and_no_error(make: Any) -> None:
    widget = make()
    try:
        assert widget.settings == BY_KEY[make.__name__]()
        bundle = widget._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        assert data["image/png"].startswith(b"\x89PNG")
        assert data["text/plain"] == widget.words
        assert "application/vnd.jupyter.widget-view+json" in data
        for part in (*widget.view.control_panels, *widget.view.canvases):
            state = part.get_state()
            assert "trouble" not in str(state.get("items", ""))
        stage = widget.view.canvases[0]
        assert len(stage.lines) == len(widget.settings.shown().picture.lines)
        assert widget.view.controls.label.endswith(widget.settings.question)
    finally:
        widget.close()


def test_a_widget_tells_its_settings_to_the_notebook_s_code() -> None:
    widget = panels.degree()
    stage, words = widget.view.canvases[0], widget.words
    before = stage.lines
    widget.view.controls.receive(Message("degree", 0))
    assert widget.settings == Degree(2, 0.4)
    assert widget.words != words
    assert stage.lines != before
    widget.view.controls.receive(Message("reset"))
    assert (widget.settings, widget.words, stage.lines) == (Degree(), words, before)
    widget.close()


def test_the_events_panel_can_be_opened_with_violence() -> None:
    widget = panels.events(with_violence=True)
    assert widget.settings == AllEvents()
    widget.close()
