"""Atlases of a model: each table is measured once, kept, and comes with what is to be doubted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newswave.cli import main
from newswave.core.population import PROFILES, OneProfile, Trait, preset
from newswave.core.rules import Asked, ByTraits, Measured
from newswave.core.setup import Setup
from newswave.core.wording import wording
from newswave.llm.batch import Stopped
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.server import Preflight
from newswave.llm.synthetic_server import SyntheticServer
from newswave.studies.asked import Asking, by_model, grid_by_model
from newswave.studies.atlas import command
from newswave.studies.atlas_design import AskedModel, Design, by_rule
from newswave.studies.calibrated import Calibrated
from newswave.studies.grid import Grid
from newswave.studies.study import Spread
from newswave.studies.sweep import description, digest_of

EVENTS = ("march-for-clean-water", "short-power-cut")
SMALL = replace(
    by_rule(events=EVENTS, degrees=(4,), base=Setup(n_agents=60, n_seeds=3, replicas=8)),
    study=Calibrated(4, 99),
    profiles=PROFILES[::3],
)


def asked(folder: Path, mind: Mind | None = None, **how: Any) -> Design:
    server = SyntheticServer(mind or Mind())
    return by_model(SMALL, Asking(Preflight.of(server, "synthetic"), folder / "tables", **how))


def digest(design: Design) -> str:
    """Return what makes the atlas the one that it is, but for when its tables were begun."""
    undated = {}
    for name, table in design.news.items():
        assert isinstance(table, Measured)
        assert table.origin is not None
        undated[name] = replace(table, origin=replace(table.origin, made=""))
    same = replace(design, news=undated)
    return digest_of(description(same.grid, same.study))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Design, list[str]]:
    folder, told = tmp_path_factory.mktemp("asked"), []
    return folder, asked(folder, tell=told.append), told


def test_every_event_is_measured_once(made: tuple[Path, Design, list[str]]) -> None:
    folder, design, told = made
    assert list(design.news) == list(EVENTS)
    assert design.synthetic
    assert "measured tables: synthetic" in design.source
    assert [line.partition(":")[0] for line in told] == [
        *("persona check", f"table 1 of 2, {EVENTS[0]}", f"table 2 of 2, {EVENTS[1]}"),
    ]
    assert "more calls, " in told[1]
    assert {path.name for path in (folder / "tables").iterdir()} == {
        "persona.jsonl",
        *(f"table-{name}{ending}" for name in EVENTS for ending in (".json", ".jsonl")),
    }
    assert design.asked is not None
    assert "--model synthetic:latest --wording adjectives --events" in command(design)


def test_stopped_anywhere_it_goes_on_to_the_same_end(
    made: tuple[Path, Design, list[str]], tmp_path: Path
) -> None:
    for number, calls in enumerate((5, 40, 150)):
        place, left = tmp_path / str(number), [calls]

        def stop(*_: Any, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Stopped("Killed")

        with pytest.raises(Stopped):
            asked(place, progress=stop)
        torn = max((place / "tables").glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
        with torn.open("a") as stream:
            stream.write('{"kind": "rep')
        told: list[str] = []
        assert digest(asked(place, tell=told.append)) == digest(made[1])
        assert "answers are there already" in told[0]


def test_the_command_says_what_is_to_be_doubted_beside_every_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A formula that no trait moves, though it rates itself as it is told: the table says so."""
    few = ("--quick", "--events", EVENTS[0], "--degrees", "8", "--agents", "60", "--replicas", "8",
           "--workers", "1", "--quiet")  # fmt: skip
    with StandIn(Mind(effects=preset("none"))) as server:
        words = ["atlas", "--model", "synthetic", "--host", server.address, *few]
        words += ["--out", str(tmp_path)]
        assert main(words) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "table 1 of 1, march-for-clean-water: 95 more calls, " in said
        assert "persona The model takes all five traits on." in said
        assert "No table tells its profiles apart" in said
    assert (tmp_path / "tables" / f"table-{EVENTS[0]}.json").exists()
    report = (tmp_path / "report.html").read_text("utf-8")
    effects = report[report.index('id="effects"') :]
    assert "Persona check of synthetic:latest: The model takes all five traits on." in effects
    assert all(f"{trait.value} (taken on)" in effects for trait in Trait)
    assert report.count("No table tells its profiles apart") >= 4
    assert "all profiles answer alike" in report
    assert "SYNTHETIC" in report.upper()


def test_a_model_that_has_to_be_counted_stops_the_atlas_unless_that_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no log-probabilities are told, counting takes twenty times the calls."""
    words = ["atlas", "--model", "synthetic", "--quick", "--events", EVENTS[0], "--quiet"]
    with StandIn() as server:
        server.fault_always(Fault.NO_LOGPROBS)
        assert main([*words, "--host", server.address, "--out", str(tmp_path)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "has to be counted" in said
    assert "--count-if-needed" in said
    assert main(["atlas", "--count-if-needed", "--out", str(tmp_path)]) == 2
    assert "Add --model NAME" in " ".join(capsys.readouterr().err.split())


def test_a_grid_needs_one_table_for_each_event_and_wording(tmp_path: Path) -> None:
    server = Preflight.of(SyntheticServer(), "synthetic")
    told: list[str] = []
    asking = Asking(server, tmp_path, tell=told.append)
    mix = OneProfile(PROFILES[3])
    base = Setup(n_agents=60, rounds=5, replicas=4, mix=mix, sharing=ByTraits())
    grid = Grid(base, event=EVENTS, degree=[4, 8], seed=range(3))
    made, about = grid_by_model(grid, asking)
    assert len(told) == 3
    assert about.name == "synthetic:latest"
    assert len({id(cell.setup.sharing) for cell in made.cells()}) == 2
    for cell, before in zip(made.cells(), grid.cells(), strict=True):
        table = cell.setup.sharing
        assert isinstance(table, Measured)
        assert table.origin is not None
        assert table.origin.event == cell.setup.event.id
        assert replace(cell.setup, sharing=before.setup.sharing) == before.setup
    assert made.plain() != grid.plain()
    assert digest_of(description(made, Spread())) == digest_of(
        description(grid_by_model(grid, asking)[0], Spread())
    )
    other = replace(base, sharing=Asked("synthetic", wording("markers")))
    grid_by_model(Grid(other, event=EVENTS[:1]), asking)
    assert (tmp_path / f"table-{EVENTS[0]}-markers.json").exists()


def test_the_sweep_command_measures_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.toml"
    text = "[base]\nagents = 60\nrounds = 5\nreplicas = 4\nprofile = 'O+C-E+A-N-'\n"
    file.write_text(text + "[grid]\ndegree = [4, 8]\n[study]\nfits = false\n")
    with StandIn() as server:
        words = ["sweep", str(file), "--model", "synthetic", "--host", server.address]
        assert main([*words, "--out", str(tmp_path / "out"), "--workers", "1", "--quiet"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "table 1 of 1, " in said
    assert "persona The model takes all five traits on." in said
    assert "synthetic measured: synthetic" in (tmp_path / "out" / "table.csv").read_text()


def test_a_trait_without_a_verdict_is_not_checked() -> None:
    model = AskedModel("m", "adjectives", "Too few answers.", {"openness": "weakly"})
    assert model.named("openness") == "openness (weakly)"
    assert model.named("neuroticism") == "neuroticism (not checked)"


def test_what_does_not_go_together_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, said in (
        (("--model", "m", "--effects", "none"), "--model and --effects do not go together"),
        (("--model", "m", "--table", "synthetic"), "--table and --model do not go together"),
        (("--wording", "adjectives"), "none is"),
    ):
        assert main(["atlas", *words, "--out", str(tmp_path / "none")]) == 2
        assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "none").exists()
