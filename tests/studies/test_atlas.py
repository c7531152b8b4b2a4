"""The atlas: what is run, what is found, and a report that anybody can read and repeat."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import newswave as nw
from newswave.cli import main
from newswave.core.errors import BadFile, BadValue
from newswave.core.events import EventType
from newswave.core.population import PROFILES, OneProfile, Profile, Trait
from newswave.core.rules import SameForAll, measured_json
from newswave.core.setup import Setup
from newswave.core.sharing import hazard
from newswave.report.describe import count
from newswave.studies import atlas as reports
from newswave.studies import atlas_design as words
from newswave.studies.atlas import (
    Atlas,
    atlas,
    calls_section,
    chart,
    curves_section,
    designed,
    effects_section,
    errors_section,
    page,
    rates_section,
)
from newswave.studies.atlas_design import (
    EVENTS,
    MIXED,
    Fact,
    Rate,
    Table,
    by_rule,
    by_tables,
    facts,
    over_degrees,
    quick,
    ratios,
)
from newswave.studies.calibrated import Calibrated
from newswave.studies.sweep import Outcome, Swept

BASE = Setup(n_agents=200, n_seeds=8, rounds=60, replicas=16)
# A quarter of the 32 in which the traits do not go together: A is O times C, N is O times E.
SOME = tuple(one for one in PROFILES if one.agreeableness is (one.openness is one.conscientiousness)
             and one.neuroticism is (one.openness is one.extraversion))  # fmt: skip
STUDY = Calibrated(networks=16, worlds=100)
DESIGN = replace(
    by_rule("exaggerated", ("clash-at-bridge", "short-power-cut"), (8,), BASE, STUDY), profiles=SOME
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("atlas")


@pytest.fixture(scope="module")
def made(folder: Path) -> Atlas:
    return chart(DESIGN, folder, 1)


# --- the design ----------------------------------------------------------------------------------


def test_the_design_is_the_whole_of_profiles_events_and_degrees() -> None:
    design = by_rule()
    cells = design.grid.cells()
    assert len(cells) == 33 * 8 * 3
    assert len({cell.setup.to_json() for cell in cells}) == len(cells)
    assert {one.type for one in design.events.values()} == set(EventType)
    assert {cell.setup.mix.groups[0].profile for cell in cells} == set(PROFILES)
    assert sum(dict(cell.settings)["mix"] == MIXED for cell in cells) == 24
    assert design.reference == "short-power-cut"
    assert list(design.events) == list(EVENTS)


def test_the_face_has_the_atlas() -> None:
    assert nw.atlas is atlas


def test_a_small_likeness_of_a_small_likeness_is_itself() -> None:
    small = designed(small=True)
    assert small.is_small
    again = quick(small)
    assert again.grid.plain() == small.grid.plain()
    assert again.study == small.study


@pytest.mark.parametrize(
    ("design", "words"),
    [(designed(events=["faint-comet"]), []), (designed(small=True, effects="none"), ["--quick"]),
     (designed(degrees=[3], n_agents=400, replicas=20), ["--agents", "400"])],
)  # fmt: skip
def test_the_command_in_the_report_makes_the_same_design(design: Any, words: list[str]) -> None:
    from newswave.cli import _understood
    from newswave.cli.sweep import _design

    typed = shlex.split(reports.command(design).replace("\\\n", " "))
    assert set(words) <= set(typed)
    assert _design(_understood(typed[1:])).grid.plain() == design.grid.plain()


def test_what_makes_no_design_is_refused() -> None:
    for wrong in (
        lambda: by_rule(events=[]),
        lambda: by_rule(events=["no-such-event"]),
        lambda: by_rule(degrees=[]),
        lambda: by_rule(degrees=[2]),
        lambda: by_rule(degrees=[4, 4]),
        lambda: by_rule(effects="lavish"),
        lambda: replace(DESIGN, news={**DESIGN.news, **by_tables(["synthetic"]).news}),
        lambda: chart("atlas", None),  # type: ignore[arg-type]
        lambda: designed(n_agents=0),
        lambda: designed(replicas=97),
        lambda: designed(n_agents=10, degrees=[16]),
    ):
        with pytest.raises(BadValue):
            wrong()
    with pytest.raises(BadFile):
        by_tables(["no-such-table.json"])


def test_two_tables_of_one_event_have_names_of_their_own() -> None:
    table = nw.synthetic_table()
    assert table.origin is not None
    warm = replace(table, origin=replace(table.origin, temperature=0.5))
    design = by_tables(["synthetic", warm], degrees=[8])
    assert len(design.news) == 2
    assert len(design.grid) == 66
    assert design.synthetic
    assert design.files == ("synthetic", "FILE")


# --- what is found -------------------------------------------------------------------------------


def test_the_facts_are_those_of_the_cells(made: Atlas) -> None:
    assert len(made.facts) == len(DESIGN.grid) == 18
    for fact in made.facts:
        assert fact.is_homogeneous is (fact.mix != MIXED)
        assert fact.verdict in {"one rate", "two rates", "cannot tell"}
        assert len(fact.calls) == 3
        assert set(fact.gaps) == {"network, rounds", "network, ODE", "well-mixed, ODE"}
    homogeneous = [fact for fact in made.facts if fact.is_homogeneous]
    assert len(homogeneous) == 16
    # At a true 95 % fewer than 12 of 16 hold the truth in 1 of 1000 sets of seeds.
    assert sum(fact.rate.holds(fact.true) for fact in homogeneous) >= 12
    fast, slow = (pick(homogeneous, key=lambda one: one.true) for pick in (max, min))
    assert fast.rate.low > slow.rate.high
    assert fast.half.value < slow.half.value
    assert fast.true > 3 * slow.true


def test_rate_ratios_are_what_the_rule_put_in(made: Atlas) -> None:
    traits, news = ratios(made.facts, DESIGN.reference)
    assert [one.name for one in traits] == [trait.value for trait in Trait]
    assert [one.name for one in news] == ["clash-at-bridge"]
    for one in (*traits, *news):
        assert abs(math.log(one.value / one.true)) < 0.08
        assert one.low < one.value < one.high


def cell(number: int, profile: Profile, news: str, degree: int, rate: float) -> Fact:
    setup = replace(Setup(), mix=OneProfile(profile), sharing=SameForAll(0.1))
    about = (profile.code, news, degree)
    return Fact(number, setup, *about, Rate(rate, rate / 1.02, rate * 1.02), rate)


def test_a_regression_of_exact_rates_is_exact() -> None:
    effect = np.array([0.3, 0.0, -0.2, 0.1, -0.4])
    facts = [
        cell(0, one, news, k, math.exp(-3 + float(one.signs @ effect) + 0.5 * (news == "loud")))
        for one in PROFILES
        for news in ("calm", "loud")
        for k in (4, 8)
    ]
    traits, news = ratios(facts, "calm")
    found = np.log([one.value for one in traits])
    assert np.allclose(found, effect)
    assert news[0].value == pytest.approx(math.exp(0.5))
    assert [one.true for one in traits] == pytest.approx(list(np.exp(effect)))


def test_a_regression_of_too_few_cells_has_no_ratios() -> None:
    assert ratios([cell(0, PROFILES[0], "calm", 4, 0.1)], "calm") == ((), ())


def test_rates_over_degrees_are_surer_than_each() -> None:
    found = over_degrees([cell(0, PROFILES[0], "calm", k, 0.1) for k in (4, 8, 16, 32)])
    assert found.value == pytest.approx(0.1)
    assert found.high / found.value == pytest.approx(1.02**0.5)


def test_nothing_known_is_told_as_nothing() -> None:
    for make in (rates_section, effects_section, curves_section, calls_section, errors_section):
        section = make((), DESIGN)
        assert section.finding.endswith(".")
        assert section.picture is None


# --- the report ----------------------------------------------------------------------------------


class Seen(HTMLParser):
    """What a page holds: its tags with their attributes, whether each is closed, its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data.replace("\N{NO-BREAK SPACE}%", " %")

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (about for name, about in self.tags if name == tag)


def test_the_report_is_one_whole_accessible_file(made: Atlas, folder: Path) -> None:
    text = (folder / "report.html").read_text("utf-8")
    assert text == made.html()
    seen = Seen(text)
    assert seen.open == []
    assert next(seen.all("html"))["lang"] == "en"
    assert not list(seen.all("script"))
    assert not list(seen.all("link"))
    pictures = list(seen.all("img"))
    assert len(pictures) == 5
    for one in pictures:
        assert (one["src"] or "").startswith("data:image/svg+xml;base64,")
        assert len(one["alt"] or "") > 60
    names = {about["id"] for _, about in seen.tags if "id" in about}
    assert all((one["href"] or "")[1:] in names for one in seen.all("a"))
    headings = [tag for tag, _ in seen.tags if re.fullmatch("h[1-6]", tag)]
    assert headings == ["h1", *["h2"] * 8]
    assert "http" not in re.sub(r"base64,[^\"]*", "", text)


def test_every_part_begins_with_what_was_found(made: Atlas) -> None:
    text = made.html()
    words = Seen(text).words
    for part in made.sections:
        assert part.finding.endswith(".")
        assert part.finding in words
        assert "nan" not in f"{part.finding} {part.paragraphs}".lower().split()
        assert part.finding in str(made)
    assert "Content note" in words
    assert "invented" in words


def test_tables_below_figures_hold_their_numbers(made: Atlas) -> None:
    parts = {part.name: part for part in made.sections}
    fast = next(fact for fact in made.facts if fact.mix == SOME[0].code)
    rows = [row for table in parts["rates"].tables for row in table.rows]
    assert any(f"{fast.rate.value:#.3g}" in cell for row in rows for cell in row)
    assert len(parts["rates"].tables[1].rows) == 18
    assert len(parts["effects"].tables[0].rows) == 6
    assert len(parts["curves"].tables[0].rows) == 3
    assert [row[2] for row in parts["calls"].tables[0].rows] == ["16", "2"]
    assert all(part.tables for part in made.sections if part.picture is not None)


def test_figures_are_files_too_and_say_what_they_show(made: Atlas, folder: Path) -> None:
    names = {path.name for path in made.files}
    for name in ("rates", "effects", "curves", "calls", "errors"):
        assert {f"{name}.svg", f"{name}.png"} <= names
        tree = ElementTree.parse(folder / "figures" / f"{name}.svg")
        told = tree.getroot().find("{http://www.w3.org/2000/svg}desc")
        assert told is not None
        assert told.text
    assert {"report.html", "table.csv"} <= names
    assert all(path.exists() for path in made.files)


def test_a_second_time_nothing_is_run_and_the_report_is_the_same(
    made: Atlas, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("run again")

    before = {path: path.read_bytes() for path in made.files if path.suffix != ".parquet"}
    monkeypatch.setattr(Calibrated, "findings", never)
    chart(DESIGN, folder, 1)
    assert {path: path.read_bytes() for path in before} == before


def test_another_design_does_not_go_into_the_same_folder(made: Atlas, folder: Path) -> None:
    assert made.files
    with pytest.raises(BadFile, match="another sweep"):
        chart(replace(DESIGN, degrees=(4,)), folder, 1)


def test_cells_that_failed_are_told_with_their_reasons(made: Atlas) -> None:
    outcomes = {**made.swept.outcomes, 3: Outcome(3, reason="<Out of luck>")}
    swept = Swept(made.swept.grid, made.swept.study, outcomes)
    text = reports.html(reports.sections(swept, DESIGN), DESIGN)
    assert "1 cell failed" in text
    assert "&lt;Out of luck&gt;" in text
    assert len(facts(swept)) == 17


def test_cells_that_cannot_be_fitted_are_told(made: Atlas) -> None:
    none = tuple(replace(f, rate=Rate(), no_fit="Too short.", calls={}) for f in made.facts)
    assert "no rates" in rates_section(none, DESIGN).finding
    some = (none[0], *made.facts[1:])
    table = rates_section(some, DESIGN).tables[1]
    assert table.rows[0][3] == "Too short."


def test_a_synthetic_table_is_labelled_everywhere() -> None:
    design = by_tables(["synthetic"], (8,), replace(BASE, n_agents=60, n_seeds=6, rounds=20))
    design = replace(design, profiles=SOME[:3], study=STUDY)
    made = chart(design, None, 1)
    text = made.html()
    assert "<title>Synthetic. An atlas" in text
    label = "a formula answered in place of a language model"
    for one in Seen(text).all("img"):
        assert label in (one["alt"] or "")
    for part in made.sections:
        if part.picture is not None:
            assert label in part.picture.svg.decode("utf-8")
    assert "--table synthetic" in text
    assert made.files == ()


def test_text_from_outside_stays_text() -> None:
    text = page("<b>", "<i>", ["<u>"], made_of("<script>alert(1)</script>"), synthetic=False)
    seen = Seen(text)
    assert {"script", "b", "i", "u"}.isdisjoint({tag for tag, _ in seen.tags})


def test_names_from_tables_stay_text(tmp_path: Path) -> None:
    """The model, the event and the file of a measured table, through the whole atlas."""
    markup = "\"'><img src=x onerror=1>"
    table = nw.synthetic_table()
    assert table.origin is not None
    hostile = replace(table, origin=replace(table.origin, model=markup, event="<b>"))
    file = tmp_path / (markup.replace("/", "") + ".json")
    file.write_text(measured_json(hostile), "utf-8")
    design = by_tables([file], (8,), replace(BASE, n_agents=60, n_seeds=6, rounds=20))
    made = chart(replace(design, profiles=SOME[:3], study=STUDY), tmp_path / "atlas", 1)
    failed = Swept(made.swept.grid, made.swept.study, {0: Outcome(0, reason=markup)})
    for text in (made.html(), reports.html(reports.sections(failed, made.design), made.design)):
        assert "onerror" in text  # it is said, as text
        seen = Seen(text)
        assert {"script", "b"}.isdisjoint({tag for tag, _ in seen.tags})
        assert all((one["src"] or "").startswith("data:") for one in seen.all("img"))
        assert not [name for _, given in seen.tags for name in dict(given) if name.startswith("on")]
    for part in made.sections:
        if part.picture is not None:
            assert b"<script" not in part.picture.svg
            assert b"<img" not in part.picture.svg


def made_of(words: str) -> tuple[Any, ...]:
    from newswave.studies.atlas_design import Section

    table = Table(words, (words,), ((words,),))
    return (Section("a", words, words, (words,), tables=(table,), command=words),)


def test_a_table_with_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadValue, match="head"):
        Table("t", ("a", "b"), (("1",),))


def test_true_rates_are_hazards(made: Atlas) -> None:
    fact = made.facts[0]
    chance = float(fact.setup.table(1).probabilities[0, 1])
    assert fact.true == pytest.approx(float(hazard(chance)))


def test_the_atlas_is_refused_by_the_command_as_by_python(capsys: Any) -> None:
    assert main(["atlas", "--degrees", "2", "--out", "never"]) == 2
    assert "degree of an atlas" in capsys.readouterr().err


def test_numbers_and_lists_are_written_in_one_way() -> None:
    assert (words.number(0.069342), words.number(float("nan"))) == ("0.0693", "–")
    assert words.rate(Rate(0.05, 0.04, 0.06)) == "0.0500 (0.0400 to 0.0600)"
    assert (words.percent(3, 8), words.percent(0, 0), words.points(0.3456)) == ("38 %", "–", "34.6")
    assert (count(1, "cell"), count(2, "cell")) == ("1 cell", "2 cells")
    assert words.degrees([4]) == "degree 4"
    assert words.degrees([4, 8, 16]) == "degrees 4, 8 and 16"
