"""The benchmarks: every row is printed, and the others do the same work. No time is asserted."""

from __future__ import annotations

import csv
import itertools
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest

import newswave as nw
from newswave.equations import on_network
from newswave.equations.fit import LeastSquares, fit
from newswave.equations.models import TwoRates, WellMixed

FOLDER = Path(__file__).parents[2] / "benchmarks"
ROOMS = (
    *("agents", "circumstances", "clock", "curvefits", "goals", "journeys", "large", "memory"),
    *(
        "million",
        "pastruns",
        "peerfits",
        "peers",
        "processes",
        "published",
        "ratioplot",
        "rows",
        "slider",
    ),
    *("speed", "spreads"),
)
N, RUNS = 1000, 12


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return what imports a script of the benchmarks, which are scripts and no package."""
    monkeypatch.syspath_prepend(FOLDER)
    yield __import__
    for name in ROOMS:
        sys.modules.pop(name, None)


def rows_expected(peers: Any) -> Counter[str]:
    """Return how many rows there are against whom; peers that are not installed have none."""
    rows = Counter({"import mesa": 2, "Mesa's example": 8, "SciPy A @ x": 1, "networkx": 1})
    rows.update({"matplotlib, 4 lines as PNG": 1, "": 4})
    rows.update({"solve_ivp, least_squares": 6, "solve_ivp, rtol 1e-6, least_squares": 6})
    known = {"EoN": ("EoN fast_SIR", 4), "ndlib": ("NDlib SIModel", 1)}
    known |= {"igraph": ("igraph K_Regular", 1), "lmfit": ("lmfit, logistic curve", 2)}
    rows.update({name: count for at, (name, count) in known.items() if peers.has(at)})
    return rows


@pytest.fixture
def once(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time short work by one call: here it matters that it is timed, and not how well."""
    monkeypatch.setattr(script("clock"), "_LONG_ENOUGH", 0.0)


@pytest.mark.usefixtures("once")
def test_every_row_is_there_and_finite_at_a_tiny_size(script: Any) -> None:
    found = list(script("speed").everything(script("rows").SHORT))
    assert Counter(row.peer for row in found) == rows_expected(script("peers"))
    assert len({(row.what, row.peer) for row in found}) == len(found)
    for row in found:
        assert math.isfinite(row.value), row
        assert row.value > 0, row
        assert row.peer == "" or not row.low > row.value, row
    lines = list(script("speed").table(found))
    assert len(lines) == 1 + len(found)
    assert all(line.split()[-1] in ("yes", "NO", "-") for line in lines[1:])


@pytest.mark.usefixtures("once")
def test_peers_that_are_not_installed_are_said_and_left_out(
    script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers, rows = script("peers"), script("rows")
    monkeypatch.setattr(peers, "has", lambda package: False)  # noqa: ARG005
    assert peers.missing() == ["EoN", "NDlib", "igraph", "lmfit"]
    here = script("circumstances").now(0.0)
    assert "Not installed, and so left out: EoN, NDlib, igraph, lmfit." in here.sentences()
    sizes = rows.SHORT
    found = [*script("spreads").ensembles(sizes), *script("large").graphs(sizes)]
    assert [row.peer for row in found] == ["Mesa's example", "SciPy A @ x", "networkx"]
    assert list(script("curvefits").one_rate(sizes)) == []


def test_a_goal_is_a_ratio_to_reach_or_a_value_to_stay_under(script: Any) -> None:
    rows = script("rows")
    asked = rows.Goal(aim=100.0, must=40.0)
    met = [
        (row.must_met, row.aim_met)
        for row in (rows.Row("", "EoN", "", "", x, asked) for x in (120.0, 80.0, 30.0, math.nan))
    ]
    assert met == [("yes", "yes"), ("yes", "NO"), ("NO", "NO"), ("NO", "NO")]
    assert rows.Row("", "", "2 s", "", 2.0, rows.Goal(3.0)).aim_met == "yes"
    assert rows.Row("", "", "4 s", "", 4.0, rows.Goal(3.0)).aim_met == "NO"
    assert rows.Row("", "NDlib", "", "", 120.0, rows.Goal()).aim_met == "-"


def test_a_ratio_is_the_median_of_the_paired_ones_with_their_spread(script: Any) -> None:
    rows = script("rows")
    row = rows.compared("", "EoN", ([1.0, 2.0, 4.0], [10.0, 60.0, 80.0]), rows.Goal())
    assert (row.value, row.low, row.high) == (20.0, 10.0, 30.0)
    assert (row.ours, row.theirs) == ("2 s", "60 s")
    assert rows.turns(row) == "10 to 30"


def made_rows(script: Any, factor: float = 1.0) -> list[Any]:
    """Return rows of each kind: above the aim, above the must, below both, a limit, unasked."""
    rows = script("rows")
    asked = rows.Goal(100.0, must=40.0)
    ratios = {"EoN": (150.0, asked), "Mesa's example": (60.0, asked), "igraph": (20.0, asked)}
    found = [
        rows.Row("200 runs", peer, "1 ms", "2 s*", factor * value, goal, value / 2, 2 * value)
        for peer, (value, goal) in {**ratios, "NDlib": (7.0, rows.Goal())}.items()
    ]
    return [*found, rows.Row("bootstrap", "", "2 s", "", 2.0, rows.Goal(3.0))]


def test_a_run_is_published_as_a_dated_table_a_picture_and_lines(
    script: Any, tmp_path: Path
) -> None:
    published, here = script("published"), script("circumstances").now(0.5)
    published.publish(made_rows(script), here, tmp_path)
    page = (tmp_path / "ratios.md").read_text("utf-8")
    assert re.search(r"^Measured on \d{4}-\d\d-\d\d \d\d:\d\d UTC, newswave ", page, re.M)
    assert "load 0.5 before" in page
    assert "2 of 4 aims are reached, and 2 of 3 musts." in page
    assert "Not reached: 200 runs (Mesa's example); 200 runs (igraph)." in page
    table = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(table) == 2 + 5
    assert table[3].replace("\N{NO-BREAK SPACE}", " ") == (
        "| 200 runs | Mesa's example | 1 ms / 2 s\\* | 60 (30 to 120) | >= 40 yes | >= 100 **NO** |"
    )
    assert "The same by the day" not in page
    words = re.search(r"!\[([^\]]+)\]\(ratios.png\)", page)
    assert words is not None
    for told in ("Aim reached: 2.", "Only the must reached: 1.", "Not reached: 1."):
        assert told in words[1]
    assert "Furthest above its aim is 200 runs against EoN" in words[1]
    picture = (tmp_path / "ratios.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert words[1].encode("latin-1") in picture


def test_a_second_run_is_added_and_the_first_is_shown_beside_it(
    script: Any, tmp_path: Path
) -> None:
    published, here = script("published"), script("circumstances").now(0.5)
    published.publish(made_rows(script), replace(here, when="2026-01-02 03:04"), tmp_path)
    first = (tmp_path / "ratios.csv").read_bytes()
    alone = (tmp_path / "ratios.png").read_bytes()
    published.publish(made_rows(script, 2.0), replace(here, when="2026-02-03 04:05"), tmp_path)
    both = (tmp_path / "ratios.csv").read_bytes()
    assert both.startswith(first)
    assert len(both.splitlines()) == 1 + 5 + 5
    page = (tmp_path / "ratios.md").read_text("utf-8")
    assert "| what | against | 2026-01-02 03:04 | 2026-02-03 04:05 |" in page
    assert "| 200 runs | EoN | 150 | 300 |" in page
    held = script("pastruns").read(tmp_path / "ratios.csv")
    assert repr([one.row for one in held[:5]]) == repr(made_rows(script))
    drawn = script("ratioplot").figure(made_rows(script, 2.0), held)
    labels = [line.get_label() for line in drawn.axes[0].get_lines()]
    assert "earlier runs" in labels
    assert (tmp_path / "ratios.png").read_bytes() != alone


def test_lines_that_are_not_whole_are_refused_and_left_as_they_are(
    script: Any, tmp_path: Path
) -> None:
    pastruns, here = script("pastruns"), script("circumstances").now(0.5)
    path = tmp_path / "ratios.csv"
    pastruns.add(path, made_rows(script), here)
    whole = path.read_text("utf-8")
    for broken in (whole.rstrip("\n"), whole + "2026-01-02,0.1\n", whole.replace("aim", "goal", 1)):
        path.write_text(broken, "utf-8")
        with pytest.raises(ValueError, match=r"ratios\.csv"):
            pastruns.add(path, made_rows(script), here)
        assert path.read_text("utf-8") == broken


def test_the_command_prints_and_publishes_only_when_asked(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    speed, rows, sizes = script("speed"), script("rows"), []
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setattr(speed, "FIGURES", tmp_path)
    monkeypatch.setattr(speed, "everything", lambda given: sizes.append(given) or made_rows(script))
    assert speed.main(["--short"]) == 0
    told = capsys.readouterr().out
    assert "Measured on" in told
    assert "NO" not in {line.split()[-1] for line in told.splitlines()[:6]}
    assert list(tmp_path.iterdir()) == []
    assert speed.main(["--docs"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"ratios.csv", "ratios.md", "ratios.png"}
    assert sizes == [rows.SHORT, rows.Sizes()]
    with pytest.raises(SystemExit):
        speed.main(["--docs", "--short"])


def test_what_is_published_is_what_the_lines_say() -> None:
    """The page that is in the documentation has a row for each line of its run, and its values."""
    figures = FOLDER.parent / "docs" / "figures"
    with (figures / "ratios.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    last = [line for line in lines if line["when"] == lines[-1]["when"]]
    page = (figures / "ratios.md").read_text("utf-8")
    assert f"Measured on {lines[-1]['when']} UTC" in page
    table = page.partition("| --- |")[2].partition("The same by the day")[0]
    rows = [row for row in table.splitlines() if row.startswith("| ")]
    assert [row.split(" | ")[:2] for row in rows] == [
        [f"| {line['what']}", line["against"]] for line in last
    ]


def test_contenders_are_timed_in_turn(script: Any) -> None:
    clock, calls = script("clock"), []
    both = [clock.Contender(name, lambda name=name: calls.append(name)) for name in "ab"]
    seconds = clock.paired(both, 3)
    assert {name: len(times) for name, times in seconds.items()} == {"a": 3, "b": 3}
    turns = [one for one, before in zip(calls, [None, *calls], strict=False) if one != before]
    assert turns == list("ab" * 4)


def test_a_part_of_the_work_is_scaled(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = script("clock")
    monkeypatch.setattr(clock, "cpu_seconds", lambda run, loops: 1.0)  # noqa: ARG005
    whole, tenth = clock.Contender("whole", list), clock.Contender("tenth", list, 0.1)
    seconds = clock.paired([whole, tenth], 5)
    assert seconds["whole"].tolist() == [1.0] * 5
    assert seconds["tenth"].tolist() == [10.0] * 5


@pytest.fixture(scope="module")
def graph() -> Any:
    recipe = nw.RandomRegular(8)
    return recipe.build(N, np.random.default_rng(3)).to_networkx()


# The half-time of one run with 10 seeds has a standard deviation of about 0.9 rounds (measured), so
# the mean of 12 lies within 1.1 of the expected one but for 1 in 20 000. The two kinds of time are
# 2 rounds apart.
def test_eon_and_mesa_spread_as_the_continuous_equations_say(script: Any, graph: Any) -> None:
    pytest.importorskip("EoN")
    peers, spreads = script("peers"), script("spreads")
    times = np.linspace(0.0, 60.0, 601)
    exact = on_network.closed_form(spreads.RATE, 8, 0.01, times)
    told = peers.half_time(times, exact * N, N)
    luck = np.random.default_rng(4)
    runs = [peers.eon_run(graph, spreads.RATE, 10, 60.0, luck) for _ in range(RUNS)]
    assert np.mean([peers.half_time(*run, N) for run in runs]) == pytest.approx(told, abs=1.1)
    models = [peers.mesa_example(graph, spreads.CHANCE, 10, seed) for seed in range(RUNS)]
    runs = [peers.mesa_run(model, 40) for model in models]
    found = [peers.half_time(range(41), run, N) for run in runs]
    assert np.mean(found) == pytest.approx(told, abs=1.1)


def test_ndlib_spreads_in_rounds_as_newswave_does(script: Any, graph: Any) -> None:
    pytest.importorskip("ndlib")
    peers, spreads = script("peers"), script("spreads")
    told = float(nw.simulate(spreads.alike(N, 40, 100)).half_time().mean())
    model, luck = peers.Ndlib(graph, spreads.CHANCE), np.random.default_rng(4)
    runs = [model.run(10, 40, luck) for _ in range(RUNS)]
    found = [peers.half_time(range(41), run, N) for run in runs]
    assert np.mean(found) == pytest.approx(told, abs=1.1)


def test_the_sparse_matrix_spreads_in_rounds_as_newswave_does(script: Any, graph: Any) -> None:
    spreads = script("spreads")
    told = float(nw.simulate(spreads.alike(N, 40, 100)).half_time().mean())
    adjacency = networkx.to_scipy_sparse_array(graph, dtype=np.int8, format="csr")
    luck = np.random.default_rng(4)
    runs = script("peers").matrix_rounds(adjacency, spreads.CHANCE, (10, RUNS), 40, luck)
    assert runs.shape == (RUNS, 41)
    assert (runs[:, 0] == 10).all()
    found = [script("peers").half_time(range(41), run, N) for run in runs]
    assert np.mean(found) == pytest.approx(told, abs=1.1)


def test_igraph_makes_the_network_that_is_asked_for(script: Any) -> None:
    pytest.importorskip("igraph")
    made = script("peers").igraph_graph(100, 8)
    assert made.degree() == [8] * 100
    assert made.is_simple()


def test_a_picture_has_all_lines_as_a_png(script: Any) -> None:
    made = script("peers").picture(np.arange(6.0).reshape(2, 3))
    assert made.startswith(b"\x89PNG")


def test_lmfit_finds_the_rate_of_a_logistic_curve(script: Any) -> None:
    pytest.importorskip("lmfit")
    curve = 1.0 / (1.0 + 99.0 * np.exp(-8 * 0.03 * np.arange(61.0)))
    assert script("peerfits").logistic_rate(curve, 8) == pytest.approx(0.03, rel=1e-4)


def test_what_is_held_for_some_work_is_its_peak(script: Any) -> None:
    held = script("memory").held(lambda: np.ones(10**6).sum())
    assert 8e6 <= held < 8.2e6


def test_the_horizons_are_where_the_curves_pass_99_percent(script: Any) -> None:
    spreads = script("spreads")
    needed = spreads.rounds_needed(spreads.alike(N))
    curve = on_network.rounds([spreads.RATE], [1.0], 8, 0.01, needed)
    assert curve[-2] < 0.99 <= curve[-1]
    end = spreads.horizon(N)
    assert on_network.closed_form(spreads.RATE, 8, 0.01, [end])[0] == pytest.approx(0.99, abs=1e-4)
    assert math.ceil(end) < needed


def test_scipy_finds_the_least_squares_that_newswave_finds(script: Any) -> None:
    curve = nw.simulate(nw.Setup(n_agents=2000, replicas=1))
    fitter = script("peerfits").Fitter(8, rtol=1e-7)
    ours = fit(curve, TwoRates(WellMixed(8)), LeastSquares()).estimates
    assert fitter.fit(curve.fraction[0]) == pytest.approx(list(ours.values()), rel=2e-3)


def test_scipy_fits_the_network_equations(script: Any) -> None:
    true = [0.2, 0.02, 0.4]
    curve = on_network.continuous(true[:2], [0.4, 0.6], 8, 0.01, np.arange(61.0))
    found = script("peerfits").Fitter(8, network=True, rtol=1e-7).fit(curve)
    assert found == pytest.approx(true, rel=1e-3)


def test_a_peak_of_memory_is_in_bytes(script: Any) -> None:
    assert 20e6 < script("million").peak_bytes() < 20e9


def test_the_figures_of_language_model_agents_are_printed_at_a_tiny_size(script: Any) -> None:
    told = list(script("agents").lines(agents=60, runs=2, seeds=6))
    assert told[0].startswith("tables of 6 events: 624 calls, largest error")
    assert float(told[0].rpartition(" ")[2]) < 2e-3
    words = ("2 live runs", "saved", "luck alone makes", "a live decision", "eight at once")
    for line, part in zip(told[1:], words, strict=True):
        assert part in line


def test_every_journey_enters_files_and_the_longest_chain_is_one(script: Any) -> None:
    journeys = script("journeys")
    for files in (journeys.run("--no-fits"), journeys.answer(), journeys.slider()):
        assert "core/errors.py" in files
    chain, graph = journeys.longest_chain(), journeys.imports()
    assert all(later in graph[one] for one, later in itertools.pairwise(chain))
