"""The page Your data: files known by their content, fits, the test, and no way to break it."""

from __future__ import annotations

import io
import json
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import PATIENCE
from remembering import remembered
from strategies import thirty_two

import newswave as nw
from newswave.app import jobs
from newswave.app.page import (
    Button,
    Code,
    Entry,
    Grid,
    Item,
    Message,
    Progress,
    Table,
    Tone,
    Words,
    check_keys,
    plain,
    walk,
)
from newswave.app.pages import data_page as at_work
from newswave.app.pages.data import (
    LARGEST,
    MOST_EVENTS,
    MOST_ROUNDS,
    SAMPLES,
    Counts,
    Data,
    OwnEvents,
    OwnRecording,
    OwnSetup,
    OwnTable,
    brought,
    people_of,
    setup_of,
)
from newswave.app.pages.data_page import DataPage
from newswave.core.curve import Curve
from newswave.core.deciders import TableDecider
from newswave.core.errors import BadValue
from newswave.core.events import event
from newswave.core.population import PROFILES, IndependentTraits, TwoGroups, WeightedProfiles
from newswave.core.readers.own_network import read_edge_list
from newswave.core.rules import Measured, measured_json, table_csv
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.simulation import World
from newswave.equations.compare import Comparison, compare, fits_alone
from newswave.equations.replicates import HOMOGENEOUS
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import Recorder, replay
from newswave.llm.recording import Header, RecordingPurpose, RecordingWriter, Source

PACKAGED = Path(nw.__file__).parent / "data"
CURVE = b"week,count\n1,5\n2,9\n3,15\n4,30\n5,42\n6,50\n7,55\n8,57\n"


def sheet(rows: list[list[Any]]) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def packaged(name: str) -> bytes:
    return (PACKAGED / name).read_bytes()


@pytest.fixture
def opened() -> list[Setup]:
    return []


@pytest.fixture
def page(opened: list[Setup]) -> Iterator[DataPage]:
    made = DataPage(opened.append)
    yield made
    made.close()


def bring(page: DataPage, data: bytes, name: str = "mine.csv") -> None:
    page.receive(Message("file", {"name": name, "size": len(data)}, data))


def items_of(page: DataPage) -> list[Item]:
    view = page.shown()
    return walk(check_keys((*view.controls, *view.seen, *view.report)))


def item(page: DataPage, key: str) -> Any:
    found = [one for one in items_of(page) if one.key == key]
    assert len(found) == 1, f"{key}: {[one.key for one in items_of(page)]}"
    return found[0]


def has(page: DataPage, key: str) -> bool:
    return any(one.key == key for one in items_of(page))


# ---- what it opens with


def test_it_opens_with_real_data_fitted_and_with_a_caution(page: DataPage) -> None:
    [picture] = page.shown().pictures
    assert [line.label for line in picture.lines] == [
        "the curve",
        "one rate, well mixed",
        "two rates, well mixed",
        "source and peers, well mixed",
        "spread of rates, well mixed",
        "source alone, well mixed",
    ]
    assert np.allclose(picture.lines[0].fraction, nw.physicians().fraction[0])
    assert picture.rounds == 16
    assert picture.time == "months after the first count (0 is month 1)"
    assert item(page, "caution").tone is Tone.WARNING
    assert "found no contagion left" in item(page, "caution").text
    assert "Coleman" in item(page, "source").text
    fits = item(page, "fits")
    assert len(fits.rows) == 9
    assert fits.rows[0][:4] == ("one rate, well mixed", "rate", "0.319", "after the test")
    assert "contact pressure per month" in fits.caption
    assert len(item(page, "squares").rows) == 4
    assert item(page, "told").text.startswith("Half of all have shared by month 6.0; 87.2 %")


def test_every_line_of_a_fit_can_be_switched_off(page: DataPage) -> None:
    key = "line:fit_one_rate_well_mixed"
    assert item(page, key).stroke is not None
    page.receive(Message(key, False))
    assert not item(page, key).value
    assert len(page.shown().pictures[0].lines) == 5
    page.receive(Message(key, True))
    assert len(page.shown().pictures[0].lines) == 6


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Comparison]:
    """Give `compare`, which works out once what the page and the test both ask for."""
    monkeypatch.setattr(at_work, "compare", remembered(compare))
    return at_work.compare


def test_a_ceiling_is_fitted_shown_and_written_as_on_the_command_line(
    page: DataPage, once: Callable[..., Comparison]
) -> None:
    page.receive(Message("ceiling", True))
    assert item(page, "ceiling").value
    assert "with a ceiling" in item(page, "fits").caption
    assert "Bass's p and q" in item(page, "ceiling_words").text
    assert "calibrated test" not in item(page, "lowest_aic").text
    assert item(page, "test").label == "Work out the intervals"
    assert "fits_alone(curve, ceiling=True)" in item(page, "take.lines").text
    assert [fit.estimates for fit in page.state.fits] == [
        fit.estimates for fit in fits_alone(nw.physicians(), ceiling=True)
    ]
    page.receive(Message("test"))
    page.receive(Message("stop_test"))  # nobody waits for it: nothing is shown
    assert page.state.comparison is None
    page.receive(Message("test"))
    wait(page)
    expected = once(nw.physicians(), ceiling=True)
    assert item(page, "verdict").text == expected.verdict.words
    assert item(page, "fits").rows[0][3] == "0.323 to 0.523"
    assert "nw.compare(curve, ceiling=True)" in item(page, "take.lines").text
    assert page.downloads().figure_title.endswith("not tested against two here")
    page.receive(Message("ceiling", False))
    assert page.state.comparison is None
    assert all("ceiling" not in fit.estimates for fit in page.state.fits)


def test_what_is_not_determined_has_a_reason_and_no_numbers(page: DataPage) -> None:
    bring(page, b"day,count\n0,3\n2,7\n3,10\n7,33\n10,60\n14,88\n20,97\n")
    page.receive(Message("agents", "100"))
    rows = [row for row in item(page, "fits").rows if row[0] == "two rates, well mixed"]
    assert {row[2:4] for row in rows} == {("not determined", "")}
    said = item(page, "undetermined").text
    assert said.startswith("Not determined by this curve: two rates, well-mixed (")
    assert "one rate" not in said
    assert said.endswith(").")


def test_two_runs_beside_a_time_are_a_curve(page: DataPage) -> None:
    for names in (b"round,run_1,run_2", b"week,school a,school b"):
        bring(page, names + b"\n0,4,5\n1,7,8\n2,11,13\n3,17,20\n4,26,31\n5,36,42\n")
        assert page.state.brought is None
        assert page.state.counts.counts.shape == (2, 6)
    assert "-runs.csv" in item(page, "take.lines").text
    bring(page, b"day,person_1,person_2\n1,7,8\n2,11,13\n3,8,7\n", "meetings.csv")
    assert isinstance(page.state.brought, OwnSetup)


def test_a_recording_is_tested_with_its_decisions_as_on_the_command_line(
    page: DataPage, once: Callable[..., Comparison]
) -> None:
    path = Path(nw.__file__).parent / "data" / "examples" / "synthetic-recording.jsonl"
    bring(page, path.read_bytes(), "run.jsonl")
    assert page.state.counts.decisions is not None
    played = replay(nw.synthetic_recording())
    assert page.state.counts.decisions.asked.sum() == played.decisions.asked.sum()
    page.receive(Message("test"))
    wait(page)
    expected = once(played.curve, decisions=played.decisions)
    assert item(page, "verdict").text == expected.verdict.words
    lines = item(page, "take.lines").text
    assert 'nw.replay("run.jsonl")' in lines
    assert "nw.compare(curve, decisions=played.decisions)" in lines


# ---- a curve of one's own


def test_a_curve_is_drawn_at_once_with_a_number_of_agents_that_is_said(page: DataPage) -> None:
    bring(page, CURVE)
    assert not page.trouble
    assert item(page, "read").text == (
        "Read: week 1 to 8 from 'week', cumulative counts from 'count', as they are."
    )
    assert "57 for now (the largest count)" in item(page, "guess_n").text
    assert item(page, "agents").value == "57"
    assert len(page.shown().pictures[0].lines) > 1
    page.receive(Message("agents", "80"))
    assert not page.trouble
    assert not has(page, "guess_n")
    assert page.state.curve.counts[0, -1] == 57
    assert page.state.counts.unit == "week"
    expected = fits_alone(Curve(page.state.counts.counts, 80))
    assert [fit.estimates for fit in page.state.fits] == [fit.estimates for fit in expected]
    assert "Who told whom is not in it" in item(page, "caution").text


def test_nothing_of_another_data_set_stays(page: DataPage) -> None:
    """After the physicians were tested: another file, another N, k or scale takes all of it off."""
    page.receive(Message("test"))
    wait(page)
    made = page.state.comparison
    assert made is not None
    for change in (
        lambda: bring(page, CURVE, "club.csv"),
        lambda: page.receive(Message("agents", "80")),
        lambda: page.receive(Message("degree", "4")),
        lambda: page.receive(Message("scale", "percent")),
        lambda: page.receive(Message("example")),
    ):
        state = replace(page.state, comparison=made)
        page.state = state
        change()
        assert not page.trouble
        assert page.state is not state
        assert page.state.comparison is None
        assert not has(page, "verdict")
        told = json.dumps([plain(one) for one in items_of(page)])
        assert ("Coleman" in told) == (page.state.n_agents == 125)
        packed = page.receive(Message("take.zip"))
        assert packed is not None
        assert ("physicians" in packed.name) == (page.state.n_agents == 125)


@pytest.mark.parametrize(("name", "people"), [("korean-women", 1047), ("brazilian-farmers", 692)])
def test_other_studies_are_examples_too(page: DataPage, name: str, people: int) -> None:
    page.receive(Message(name))
    assert not page.trouble
    assert page.state.n_agents == people
    assert np.array_equal(page.state.curve.counts, nw.diffusion(name).curve.counts)
    assert f"newswave fit --example {name} --ties named" in item(page, "caution").text
    packed = page.receive(Message("take.zip"))
    assert packed is not None
    assert name in packed.name


def test_the_page_reads_as_the_command_does(page: DataPage) -> None:
    counts = (8, 14, 25, 42, 70, 110, 160, 214, 262, 301, 330, 349)
    rows = "".join(f"{at};{count / 4:.2f}\n" for at, count in enumerate(counts, 1))
    bring(page, f"# cafés\nmonth;adopters\n{rows}".replace(".", ",").encode("utf-16"))
    assert page.state.n_agents == 400
    assert "the smallest number that makes all of these whole people" in item(page, "guess_n").text
    words = item(page, "read").text
    assert "in per cent of all (no whole numbers, none above 100), decimal comma" in words
    assert page.state.curve.counts[0].tolist() == list(counts)
    assert item(page, "told").text.startswith("Half of all have shared by month 7.7; 87.2 %")
    page.receive(Message("agents", "97"))
    assert "/tmp" not in page.trouble
    assert "no scale makes them whole people of 97" in page.trouble
    page.receive(Message("scale", "percent"))
    page.receive(Message("agents", "97"))
    assert page.state.n_agents == 97
    page.receive(Message("scale", "nothing"))
    assert "Unknown scale" in page.trouble
    page.receive(Message("example"))
    assert not has(page, "scale")
    page.receive(Message("scale", "percent"))
    assert "no file to read" in page.trouble


def test_uneven_times_stand_where_they_are(page: DataPage) -> None:
    bring(page, b"year,cumulative\n1948,3\n1950,9\n1955,20\n1960,44\n1962,52\n")
    page.receive(Message("agents", "80"))
    picture = page.shown().pictures[0]
    assert picture.time == "years after the first count (0 is year 1948)"
    assert picture.rounds == 14
    there = [80 * picture.lines[0].fraction[at] for at in (0, 2, 7, 12, 14)]
    assert there == pytest.approx([3, 9, 20, 44, 52])
    assert 80 * picture.lines[0].fraction[1] == pytest.approx(6)
    bring(page, b"t,count\n0.5,3\n0.75,9\n2.5,20\n")
    picture = page.shown().pictures[0]
    assert picture.time == "steps of 0.005 rounds after the first count (0 is round 0.5)"
    assert 20 * picture.lines[0].fraction[50] == pytest.approx(9)


def test_a_workbook_and_persons_are_brought(page: DataPage) -> None:
    book = openpyxl.Workbook()
    for row in (("person", "toa"), ("a", 1), ("b", 2), ("c", 2), ("d", 4), ("e", None)):
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    bring(page, held.getvalue(), "club.xlsx")
    assert not page.trouble
    assert page.state.curve.counts.tolist() == [[1, 3, 3, 4]]
    assert "5 for now (as the file says)" in item(page, "guess_n").text


def test_with_a_degree_the_equations_know_the_network(page: DataPage) -> None:
    bring(page, CURVE)
    page.receive(Message("agents", "80"))
    page.receive(Message("degree", "4"))
    labels = [line.label for line in page.shown().pictures[0].lines]
    assert "two rates, network-aware" in labels
    assert "source and peers, well mixed" not in labels
    assert "per contact and week" in item(page, "fits").caption
    page.receive(Message("degree", "0"))
    assert page.state.degree is None
    assert item(page, "degree").value == "0"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("agents", "40", "more sharers than there are agents.*57 of 40"),
        ("agents", "", "number in all does not fit"),
        ("agents", "-3", "number in all does not fit"),
        ("agents", "9" * 5000, "number in all does not fit"),
        ("agents", True, "number in all does not fit"),
        ("agents", 1e300, "number in all does not fit"),
        ("degree", "1", "degree does not fit.*0 if no network is known"),
        ("degree", "80", "degree does not fit"),
        ("degree", "x", "degree does not fit"),
        ("degree", 2.5, "degree does not fit"),
        ("nothing", None, "no such control"),
        ("news", "nowhere", "event of yours"),
    ],
)
def test_what_does_not_fit_says_so_and_changes_nothing(
    page: DataPage, key: str, value: object, words: str
) -> None:
    bring(page, CURVE)
    page.receive(Message("agents", "80"))
    before = page.state
    page.receive(Message(key, value))
    assert page.state is before
    with pytest.raises(BadValue, match=words):
        raise BadValue(page.trouble)
    assert item(page, "trouble").tone is Tone.ERROR
    page.receive(Message("agents", "90"))
    assert not has(page, "trouble")


def test_a_network_needs_an_even_number_of_ends(page: DataPage) -> None:
    bring(page, CURVE)
    page.receive(Message("agents", "81"))
    page.receive(Message("degree", "3"))
    assert "81" in page.trouble
    assert page.state.degree is None
    page.receive(Message("agents", "50000"))
    page.receive(Message("degree", "4"))
    assert "too large for the page" in page.trouble


def test_the_next_curve_asks_again(page: DataPage) -> None:
    bring(page, CURVE)
    page.receive(Message("agents", "80"))
    bring(page, CURVE, "other.csv")
    assert page.state.n_agents == 57
    assert has(page, "guess_n")
    page.receive(Message("example"))
    assert page.state.n_agents == 125


def test_a_curve_with_runs_has_a_band(page: DataPage) -> None:
    setup = Setup(n_agents=200, rounds=20, replicas=5)
    bring(page, nw.simulate(setup).to_csv(replicas=True).encode(), "curve.csv")
    page.receive(Message("agents", "200"))
    picture = page.shown().pictures[0]
    assert len(picture.bands) == 1
    assert picture.lines[0].label == "median of the runs"
    assert "5 runs" in item(page, "what").text


def test_a_curve_that_nothing_can_be_fitted_to_is_still_shown(page: DataPage) -> None:
    bring(page, b"t,count\n0,5\n1,5\n2,5\n")
    page.receive(Message("agents", "9"))
    assert not page.trouble
    assert len(page.shown().pictures[0].lines) == 1
    assert item(page, "no_fit").tone is Tone.NOTE
    assert not has(page, "test")
    page.receive(Message("test"))
    assert "no fits to test" in page.trouble


def test_a_curve_that_starts_with_nobody(page: DataPage) -> None:
    bring(page, b"day,total\n0,0\n1,5\n2,15\n3,30\n4,40\n5,44\n")
    page.receive(Message("agents", "60"))
    assert [row[0] for row in item(page, "fits").rows] == ["source and peers, well mixed"] * 2 + [
        "source alone, well mixed"
    ]
    assert not has(page, "squares")


def test_numbers_of_a_long_curve_are_few_and_end_with_the_last(page: DataPage) -> None:
    rows = "".join(f"{at},{at}\n" for at in range(1, 1000))
    bring(page, f"t,count\n{rows}".encode())
    page.receive(Message("agents", "1000"))
    table = item(page, "numbers")
    assert len(table.rows) <= 20
    assert table.rows[-1] == ("999", "999", "99.9")


# ---- the test


def wait(page: DataPage) -> None:
    """Wait until no test goes on."""
    over = threading.Event()
    end = page.watch(lambda: over.set() if page._testing.progress is None else None)
    if page._testing.progress is not None:
        assert over.wait(PATIENCE)
    end()


def test_the_test_gives_the_verdict_and_the_intervals(
    page: DataPage, once: Callable[..., Comparison]
) -> None:
    page.receive(Message("test"))
    assert isinstance(item(page, "testing"), Progress)
    wait(page)
    expected = once(nw.physicians())
    assert item(page, "verdict").text == expected.verdict.words
    assert item(page, "fits").rows[0][3] == "0.243 to 0.407"
    assert any(row[3] == "0 to 0.159" for row in item(page, "fits").rows)
    assert not has(page, "test")
    fits = page.receive(Message("take.fits_json"))
    assert fits is not None
    assert json.loads(fits.content)["verdict"]["words"] == expected.verdict.words
    assert "nw.compare(curve)" in item(page, "take.lines").text


def test_the_test_tells_how_far_it_is_and_can_be_stopped(
    page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    def slow(*_: Any, progress: Any, **__: Any) -> Any:
        progress(HOMOGENEOUS, 50, 200)
        begun.set()
        assert go_on.wait(PATIENCE)
        try:
            progress(HOMOGENEOUS, 200, 200)
        finally:
            done.append(True)

    monkeypatch.setattr(at_work, "compare", slow)
    page.receive(Message("test"))
    assert begun.wait(PATIENCE)
    testing = item(page, "testing")
    assert (testing.done, testing.total) == (250, 600)
    assert "step 2 of 3: data sets in which all are alike" in testing.text
    page.receive(Message("stop_test"))
    assert has(page, "test")
    go_on.set()
    marker = threading.Event()
    jobs.SLOW.request("marker", marker.set)
    assert marker.wait(PATIENCE)
    assert done == [True]
    assert page.state.comparison is None
    assert not page.trouble


def test_another_curve_stops_the_test(page: DataPage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    found = compare(nw.physicians(), replicas=99)

    def slow(*_: Any, **__: Any) -> Any:
        begun.set()
        assert go_on.wait(PATIENCE)
        return found

    monkeypatch.setattr(at_work, "compare", slow)
    page.receive(Message("test"))
    assert begun.wait(PATIENCE)
    bring(page, CURVE)
    page.receive(Message("agents", "80"))
    go_on.set()
    marker = threading.Event()
    jobs.SLOW.request("marker", marker.set)
    assert marker.wait(PATIENCE)
    assert page.state.comparison is None
    assert has(page, "test")


def test_a_test_that_goes_wrong_says_so(page: DataPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise BadValue("This did not work")

    monkeypatch.setattr(at_work, "compare", broken)
    page.receive(Message("test"))
    wait(page)
    assert page.trouble == "This did not work."
    assert has(page, "test")


def test_where_there_are_no_threads_the_test_is_made_at_once(
    page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(page._testing, "_queue", jobs.JobQueue("no-threads"))
    monkeypatch.setattr(threading.Thread, "start", refused)
    page.receive(Message("test"))
    assert page.state.comparison is not None


# ---- other files


def test_each_kind_is_known_by_its_content_whatever_its_name() -> None:
    setup = Setup(n_agents=50, seed=4)
    table = SharingTable(("a", "b"), [[0, 0.2], [0, 0.1]])
    files: list[tuple[bytes, type]] = [
        (CURVE, Counts),
        (CURVE.replace(b",", b";"), Counts),
        (b"\xef\xbb\xbf" + CURVE.replace(b"\n", b"\r\n"), Counts),
        (packaged("events.csv"), OwnEvents),
        (b"event_type,sub_event_type,notes\nRiots,Mob,Something happened\n", OwnEvents),
        (table_csv(table).encode(), OwnTable),
        (b"group,1,2\nkeen,0.1,0.2\n", OwnTable),
        (measured_json(Measured(table)).encode(), OwnTable),
        (setup.to_json().encode(), OwnSetup),
        (json.dumps(json.loads(setup.to_json())).encode(), OwnSetup),
        (packaged("examples/synthetic-recording.jsonl"), OwnRecording),
    ]
    for data, kind in files:
        for name in ("x", "x.csv", "x.json", "x.pdf", "../../x", "", "\x00", "=1+1"):
            assert type(brought(name, data)) is kind


def test_a_setup_opens_in_explore(page: DataPage, opened: list[Setup]) -> None:
    setup = Setup(n_agents=50, seed=4, mix=TwoGroups(fast_name="<b>keen</b>"))
    bring(page, setup.to_json().encode(), "setup.json")
    assert "<b>keen</b>" in item(page, "setup").text
    assert "setup.json was read: a setup" in item(page, "came").text
    page.receive(Message("open"))
    assert opened == [setup]


NETWORKS = {
    "friends.csv": b"Person;Friend;Years\nFay;Gus;3\nGus;Hal;1\n",
    "plain.txt": b"Fay,Gus\nGus,Hal\n",
    "club.json": b'{"nodes": [], "links": [{"source": "Fay", "target": "Gus"}, ["Gus", "Hal"]]}',
    "pairs.json": b'[["Fay", "Gus"], ["Gus", "Hal"]]',
    "lines.jsonl": b'{"from": "Fay", "to": "Gus"}\n{"from": "Gus", "to": "Hal"}\n',
    "club.gml": b'graph [ node [ id 1 label "Fay" ] node [ id 2 label "Gus" ] node [ id 3 label '
    b'"Hal" ] edge [ source 1 target 2 ] edge [ source 2 target 3 ] ]',
    "club.xlsx": sheet([["from", "to"], ["Fay", "Gus"], ["Gus", "Hal"]]),
    "club.net": b'*Vertices 3\n1 "Fay"\n2 "Gus"\n3 "Hal"\n*Edges\n1 2\n2 3\n',
}


NUMBERED = {
    "heads.csv": b"1,2\n1,3\n2,3\n",
    "snap.txt": b"# FromNodeId ToNodeId\n0\t1\n0\t2\n1\t2\n",
    "konect.tsv": b"% sym weighted\n1 2 5\n1 3 2\n2 3 1\n",
    "sheet.xlsx": sheet([[1, 2], [1, 3], [2, 3]]),
}


@pytest.mark.parametrize("name", NUMBERED)
def test_numbers_without_a_heading_are_links_if_one_begins_two_of_them(
    name: str, page: DataPage, opened: list[Setup], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(NUMBERED[name])
    bring(page, NUMBERED[name], name)
    assert "taken for links and no curve" in " ".join(item(page, "setup").text.split())
    page.receive(Message("open"))
    assert opened[0].network == read_edge_list(tmp_path / name)
    assert len(opened[0].network.edges) == 3


def test_runs_are_a_curve_and_no_links(page: DataPage) -> None:
    bring(page, b"t,run_1,run_2\n1,2,3\n2,3,5\n3,4,9\n", "mine.csv")
    assert page.state.curve.counts.tolist() == [[2, 3, 4], [3, 5, 9]]


@pytest.mark.parametrize("content", [b"1,2\n2,3\n3,4\n", b"0 1\n1 4\n2 9\n"])
def test_numbers_without_a_heading_are_a_curve_if_each_round_comes_once(
    content: bytes, page: DataPage
) -> None:
    bring(page, content, "mine.csv")
    assert page.state.counts is not None
    assert "no heading" in page.state.counts.read_words(9)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_page_reads_a_network_as_the_command_does_and_says_what(
    name: str, page: DataPage, opened: list[Setup], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(NETWORKS[name])
    wanted = read_edge_list(tmp_path / name)
    bring(page, NETWORKS[name], name)
    assert wanted.source in " ".join(item(page, "setup").text.split())
    page.receive(Message("open"))
    (setup,) = opened
    assert setup.network == wanted
    assert setup.network.names == ("Fay", "Gus", "Hal")


def test_a_table_is_shown_with_its_doubts_and_opens(page: DataPage, opened: list[Setup]) -> None:
    bring(page, measured_json(thirty_two(thin=3, synthetic=True)).encode(), "table.json")
    grid = item(page, "table")
    assert isinstance(grid, Grid)
    assert len(grid.rows) == 32
    assert grid.header[-1] == "m = 3 or more"
    assert item(page, "own_synthetic").tone is Tone.SYNTHETIC
    assert item(page, "doubt_0").tone is Tone.WARNING
    page.receive(Message("open"))
    [setup] = opened
    assert setup.mix == IndependentTraits()
    assert setup.synthetic
    assert setup.event.id == "lantern-festival"
    assert nw.simulate(replace(setup, replicas=2, n_agents=50)).runs == 2


def test_the_agents_of_a_table() -> None:
    def rows(*names: str) -> SharingTable:
        return SharingTable(names, [[0, 0.1]] * len(names))

    assert people_of(rows(*(p.code for p in reversed(PROFILES)))) == IndependentTraits()
    some = people_of(rows(PROFILES[3].code, PROFILES[1].code))
    assert some == WeightedProfiles(((PROFILES[3], 1.0), (PROFILES[1], 1.0)))
    assert people_of(rows("keen", "calm")) == TwoGroups(fast_name="keen", slow_name="calm")
    with pytest.raises(BadValue, match="neither profiles nor two groups"):
        people_of(rows("a", "b", "c"))


def test_a_table_of_nobody_known_is_shown_but_not_opened(
    page: DataPage, opened: list[Setup]
) -> None:
    bring(page, b"row,1\na,0.1\nb,0.2\nc,0.3\n", "table.csv")
    button = item(page, "open")
    assert isinstance(button, Button)
    assert "neither profiles nor two groups" in button.barred
    page.receive(Message("open"))
    assert opened == []
    assert "neither profiles" in page.trouble


def test_a_table_says_from_which_file_it_is() -> None:
    found = brought("My table.csv", b"row,1\nkeen,0.1\ncalm,0.2\n")
    assert isinstance(found, OwnTable)
    assert found.measured.given.source == "read from My table.csv"


def test_events_stay_text_and_one_opens_as_news(page: DataPage, opened: list[Setup]) -> None:
    html = "<img src=x onerror=alert(1)>"
    row = f'x-1,Riots,a,"=HYPERLINK(""http://x"")","{html}",0.4'
    bring(page, f"id,type,sub_type,headline,text,offset\n{row}\n".encode(), "ev.csv")
    table = item(page, "events")
    assert isinstance(table, Table)
    assert table.rows[0] == ("x-1", "Riots", '=HYPERLINK("http://x")', html, "+0.4")
    assert [one.id for one in page.events] == ["x-1"]
    bring(page, SAMPLES[1].text.encode(), "more.csv")
    assert [one.id for one in page.events] == ["x-1", "bridge-reopens", "market-protest"]
    page.receive(Message("news", "market-protest"))
    page.receive(Message("open_news"))
    assert opened[0].event.offset.value == 0.3
    page.receive(Message("forget_events"))
    assert page.events == ()
    assert not has(page, "events")
    assert not has(page, "came")


def test_events_in_place_of_older_ones_and_not_without_end(page: DataPage) -> None:
    def file(first: int, count: int, word: str) -> bytes:
        rows = "".join(f"e-{at},Riots,a,b,{word},0\n" for at in range(first, first + count))
        return f"id,type,sub_type,headline,text,offset\n{rows}".encode()

    bring(page, file(0, 2, "old"))
    bring(page, file(1, 2, "new"))
    assert [(one.id, one.text) for one in page.events] == [
        ("e-0", "old"), ("e-1", "new"), ("e-2", "new"),
    ]  # fmt: skip
    bring(page, file(10, MOST_EVENTS, "more"))
    assert "too many events" in page.trouble
    assert len(page.events) == 3


def test_a_table_about_an_event_of_ones_own_gets_it(page: DataPage, opened: list[Setup]) -> None:
    bring(page, SAMPLES[1].text.encode())
    bring(page, measured_json(thirty_two(event="market-protest")).encode())
    page.receive(Message("open"))
    assert opened[0].event.id == "market-protest"
    other = setup_of(OwnTable("x", thirty_two(event="not-known")))
    assert other is not None
    assert other.event == event("lantern-festival")


def test_a_recording_of_runs_is_played_again(page: DataPage) -> None:
    bring(page, packaged("examples/synthetic-recording.jsonl"), "run.jsonl")
    played = nw.replay(nw.synthetic_recording())
    assert page.state.curve is not None
    assert page.state.curve.counts.tolist() == played.curve.counts.tolist()
    assert item(page, "synthetic").tone is Tone.SYNTHETIC
    assert page.shown().pictures[0].synthetic
    assert "449 questions" in item(page, "summary").text
    assert "the picture shows their curve" in item(page, "came").text
    assert not has(page, "agents")
    assert "a language model decides" in item(page, "open").barred
    page.receive(Message("agents", "300"))
    assert "know how many agents" in page.trouble
    page.receive(Message("degree", "4"))
    assert "know their network" in page.trouble
    svg = page.receive(Message("take.figure_svg"))
    assert svg is not None
    assert b"ynthetic" in svg.content
    bring(page, CURVE)
    assert has(page, "agents")


def test_a_recording_without_an_answer_says_so(tmp_path: Path, page: DataPage) -> None:
    before = page.state
    header = Header(RecordingPurpose.RUN, Source("rule"), Setup(n_agents=50))
    with RecordingWriter(tmp_path / "a.jsonl", header):
        pass
    bring(page, (tmp_path / "a.jsonl").read_bytes(), "run.jsonl")
    assert "no whole round" in page.trouble
    assert page.state is before
    header = Header(
        RecordingPurpose.TABLE, Source("language model", "m"), event=event("cup-final-draw")
    )
    with RecordingWriter(tmp_path / "b.jsonl", header):
        pass
    bring(page, (tmp_path / "b.jsonl").read_bytes(), "table.jsonl")
    assert "wording of this recording" in page.trouble
    header = Header(RecordingPurpose.INVENTORY, Source("language model", "m"))
    with RecordingWriter(tmp_path / "c.jsonl", header):
        pass
    bring(page, (tmp_path / "c.jsonl").read_bytes(), "persona.jsonl")
    assert not page.trouble
    assert item(page, "open").barred == "This file has no setup."


def test_a_recording_of_a_table_gives_the_table(tmp_path: Path, page: DataPage) -> None:
    plan = nw.Plan(event("cup-final-draw"), nw.wording("adjectives"), PROFILES[:2])
    record = tmp_path / "t.jsonl"
    with StandIn() as server:
        made = nw.measure_table("synthetic", plan, record, nw.Server(server.address))
    bring(page, (tmp_path / "t.jsonl").read_bytes(), "t.jsonl")
    assert not page.trouble
    grid = item(page, "table")
    assert grid.values[0][0] == made.measured.given.probabilities[0, 1]
    assert "calls were made" in item(page, "doubt_0").text
    assert not item(page, "open").barred


def test_a_recording_of_a_rule_opens(tmp_path: Path, page: DataPage, opened: list[Setup]) -> None:
    world = World.of(Setup(n_agents=50, n_seeds=2, rounds=8, replicas=1))
    header = Header(RecordingPurpose.RUN, Source("rule"), world.setup)
    with RecordingWriter(tmp_path / "a.jsonl", header) as writer:
        model = nw.NewsModel(world, Recorder(TableDecider(world.law), writer))
        model.run_model()
        writer.end(0)
    bring(page, (tmp_path / "a.jsonl").read_bytes(), "a.jsonl")
    assert page.state.curve is not None
    assert page.state.curve.counts[0].tolist() == model.curve().counts[0].tolist()
    page.receive(Message("open"))
    assert opened == [world.setup]


# ---- patterns and what is taken home


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.key)
def test_a_pattern_can_be_brought_back(page: DataPage, sample: Any) -> None:
    assert isinstance(item(page, sample.key), Button)
    file = page.receive(Message(sample.key))
    assert file is not None
    bring(page, file.content, file.name)
    assert not page.trouble
    if sample.key == "sample_curve":
        page.receive(Message("agents", "160"))
        assert len(page.state.fits) == 7
    if sample.key == "sample_table":
        assert not item(page, "open").barred


def test_a_curve_is_taken_home_under_its_name(page: DataPage) -> None:
    bring(page, CURVE, "Our survey.csv")
    page.receive(Message("agents", "80"))
    packed = page.receive(Message("take.zip"))
    assert packed is not None
    assert packed.name == "newswave-our-survey-n80.zip"
    lines = item(page, "take.lines")
    assert isinstance(lines, Code)
    assert 'nw.Curve.read("newswave-our-survey-n80.csv", n_agents=80)' in lines.text


# ---- what is no file for this page

BAD: list[tuple[bytes, str]] = [
    (b"", "This file is empty"),
    (b" \n\t\n", "This file is empty"),
    (bytes(range(256)), "not text in UTF-8"),
    (b"PK\x03\x04" + b"x" * 50, "no workbook.*CSV UTF-8"),
    (b"%PDF-1.4 ...", "no text"),
    (b"week,count\n1,5\n2,3\n", "This curve falls.*5 then 3"),
    (b"week,count\n1,-5\n2,3\n", "counts of 0 or more"),
    (b"week,count\n1,nan\n2,3\n", "two rounds"),
    (b"week,count\n1,2.5\n2,130.5\n", "no whole numbers.*count \\(%\\)"),
    (b"week,count,count\n1,2,3\n2,3,4\n", "two|2 columns that can be the counts"),
    (b"day,count\n1/2/2020,1\n2/2/2020,2\n", "cannot be told apart"),
    (b"week,count\n3,2\n1,3\n", "falls"),
    (b"week,count\n1,=1+1\n2,3\n", "no number: '=1\\+1'"),
    (b"week,count\n1,1e999\n2,1e999\n", "counts"),
    (b"week,count\n1\n2,3\n", "Line 2 has 1 cells"),
    (b"week,count\n", "no rows"),
    (b"name,age\nAnn,5\n", "no column of cumulative counts"),
    (b"week,age\n1,5\n", "no column of cumulative counts"),
    (b"week,count\n1,5\n", "two rounds or more"),
    (b'"', "."),
    (b"profile,1\nO+C+E+A+N+,2\n", "holds probabilities"),
    (b"profile,1\nO+C+E+A+N+,=2\n", "no number"),
    (b"group,1,3\na,0,0\n", "not exposures"),
    (b"id,type,sub_type,headline,text\nx y,Riots,a,b,c\n", "id of an event"),
    (b"id,type,headline,text\nx,Riots,a,b\n", "lacks the column sub_type"),
    (b"{", "not valid JSON"),
    (b"[1, 2]", "nothing that is known here"),
    (b"{}", "nothing that is known here"),
    (b"[" * 100_000, "not valid JSON"),
    (b'{"fits": [], "setup": null}', "fits, not a setup"),
    (b'{"kind": "Profile"}', "nothing that is known here"),
    (b'{"kind": "Setup", "n_agents": "many"}', "n_agents|number of agents"),
    (b'{"kind": "Setup", "colour": 1}', "colour"),
    (b'{"kind": "Setup", "n_agents": 5000000}', "too large for the page"),
    (b'{"kind": "SharingTable", "rows": []}', "SharingTable"),
    (b'{"kind": "recording"}\n{"kind": "reply"}\n', "no sound recording"),
    (b'{"kind": "recording", "version": 99}\n', "no sound recording"),
]


@pytest.mark.parametrize(("data", "words"), BAD, ids=[words[:30] for _, words in BAD])
def test_a_bad_file_gets_one_clear_message_and_changes_nothing(
    page: DataPage, data: bytes, words: str
) -> None:
    before = page.state
    bring(page, data, "my <i>file</i>.csv")
    assert page.state is before
    with pytest.raises(BadValue, match=words):
        raise BadValue(page.trouble)
    assert "my <i>file</i>.csv" in page.trouble
    assert "The page still shows: Physicians" in page.trouble
    assert "/tmp" not in page.trouble
    assert "newswave-" not in page.trouble
    assert "newswave itself" not in page.trouble
    assert len(page.trouble) <= 800
    troubles = [one for one in items_of(page) if isinstance(one, Words) and one.tone is Tone.ERROR]
    assert len(troubles) == 1


def test_a_table_that_is_too_long_is_refused_before_it_is_parsed(
    page: DataPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 MB took 46 s and 1.7 GB; now no row of it is made."""
    before = page.state
    monkeypatch.setattr("newswave.core.readers.tables._parsed", None)
    line = b"12345,12345,12345,12345,12345\n"
    texts = {
        b"week,count\n" + line * 10**6: "29 MiB.*up to 8 MiB",
        b"week,count\n" + b"1,2\n" * 250_000: "too many lines|too long",
        b"week,count\n" + b"1" + b",2" * 1_300_000: "too long.*cells",
        b"[" + b"1," * 10**7 + b"1]": "19 MiB.*up to 8 MiB",
    }
    for data, words in texts.items():
        tracemalloc.start()
        bring(page, data, "large.csv")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        with pytest.raises(BadValue, match=words):
            raise BadValue(page.trouble)
        assert most < 4 * len(data) + 2**20
    assert page.state is before


def test_a_file_that_is_too_large_is_refused_unread(page: DataPage) -> None:
    upload = item(page, "file")
    assert upload.largest == LARGEST == 32 * 1024 * 1024
    before = page.state
    bring(page, bytes(LARGEST + 1), "large.csv")
    assert "too large for the page" in page.trouble
    assert "large.csv, 32 MiB" in page.trouble
    assert page.state is before


def test_a_curve_or_table_that_is_too_long_is_refused(page: DataPage) -> None:
    before = page.state
    rows = "".join(f"{at},{at}\n" for at in range(MOST_ROUNDS + 2))
    bring(page, f"t,count\n{rows}".encode())
    assert "too long for the page" in page.trouble
    rows = "".join(f"r{at},0.1\n" for at in range(300))
    bring(page, f"row,1\n{rows}".encode())
    assert "too large for the page" in page.trouble
    assert page.state is before


def test_no_file_is_no_file(page: DataPage) -> None:
    before = page.state
    page.receive(Message("file", {"name": "x.csv"}))
    assert "No file came along" in page.trouble
    page.receive(Message("file", None, None))
    assert "No file came along" in page.trouble
    assert page.state is before


def test_no_copy_of_a_file_is_left(page: DataPage, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    bring(page, CURVE)
    bring(page, b"{")
    bring(page, packaged("examples/synthetic-recording.jsonl"))
    assert list(tmp_path.iterdir()) == []


PIECES = st.sampled_from(
    [
        *(
            b"week,count\n",
            b"round;run_0;run_1\n",
            b"profile,1,2\n",
            b"1,2\n",
            b"2,5\n",
            b"=1,+2\n",
        ),
        *(b"id,type,sub_type,headline,text\n", b"x,Riots,a,b,c\n", b'"', b"\x00", b"\xff", b"\n"),
        *(b'{"kind": "Setup"', b'{"kind": "recording"', b', "n_agents": 1e9', b"}", b"[", b"\r"),
        *(Setup(n_agents=50).to_json().encode(), b"nan", b"-1", b"1e308,1e308\n", b"\xef\xbb\xbf"),
    ]
)


@pytest.fixture(scope="module")
def shared() -> DataPage:
    return DataPage(lambda _: None)


@given(
    st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=8).map(b"".join)),
    st.one_of(st.text(max_size=30), st.none(), st.dictionaries(st.just("name"), st.integers())),
)
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_a_file_or_refused(shared: DataPage, data: bytes, name: Any) -> None:
    before = shared.state
    shared.receive(Message("file", name, data))
    assert "newswave itself" not in shared.trouble
    assert bool(shared.trouble) == (shared.state is before)
    view = shared.shown()
    for one in (*view.controls, *view.seen, *view.report):
        json.dumps(plain(one))


@given(
    st.sampled_from(["agents", "degree", "news", "line:x", "open", "test:", "take.", "take.x", ""]),
    st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.none())),
)
@settings(max_examples=200, deadline=None)
def test_any_act_is_taken_or_refused(shared: DataPage, key: str, value: Any) -> None:
    shared.receive(Message(key, value))
    assert "newswave itself" not in shared.trouble
    assert shared.shown().controls


@pytest.mark.parametrize("damage", range(24))
def test_a_damaged_recording_is_read_or_refused(page: DataPage, damage: int) -> None:
    data = bytearray(packaged("examples/synthetic-recording.jsonl"))
    numbers = np.random.default_rng(damage)
    for at in numbers.integers(0, len(data), 1 + damage % 3):
        data[at] = numbers.integers(32, 127)
    if damage % 4 == 0:
        del data[int(numbers.integers(1, len(data))) :]
    before = page.state
    bring(page, bytes(data), "run.jsonl")
    assert "newswave itself" not in page.trouble
    assert bool(page.trouble) == (page.state is before)


def test_the_first_state_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Data.first().n_agents = 3  # type: ignore[misc]


def test_every_number_field_says_its_range(page: DataPage) -> None:
    fields = [one for one in items_of(page) if isinstance(one, Entry)]
    assert [(one.key, one.numeric, one.low) for one in fields] == [
        ("agents", True, 1),
        ("degree", True, 0),
    ]
