"""`newswave mechanisms`: what it prints and writes, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from newswave.cli import main
from newswave.core.population import PROFILES, OneProfile
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate

SETUP = Setup(300, mix=OneProfile(PROFILES[0]), sharing=SameForAll(0.02), n_seeds=6, rounds=30,
              replicas=1, source_probability=0.03)  # fmt: skip


def made(folder: Path, degree: int) -> Path:
    """Return a folder as `newswave run --out` fills it, as far as it is read here."""
    setup = replace(SETUP, seed=degree).with_degree(degree)
    folder.mkdir()
    setup.write(folder / "setup.json")
    counts = simulate(setup).counts[0]
    rows = "\n".join(f"{at},{count:.0f}" for at, count in enumerate(counts))
    (folder / "curve.csv").write_text(f"round,count\n{rows}\n", "utf-8")
    return folder


def test_folders_are_compared_and_the_answer_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(made(tmp_path / f"run-{degree}", degree)) for degree in (4, 8)]
    options = ["--bootstrap", "99", "--quiet", "--out", str(tmp_path / "which")]
    assert main(["mechanisms", *folders, *options]) == 0
    printed = capsys.readouterr().out
    assert "300 agents, degree 4" in printed
    content = json.loads((tmp_path / "which" / "mechanisms.json").read_text("utf-8"))
    assert content["degrees"] == [4, 8]
    assert len(content["fits"]) == 8
    source = next(one for one in content["fits"] if one["mechanism"] == "a source")
    low, high = source["intervals"]["source_rate"]
    assert low < source["estimates"]["source_rate"] < high
    assert content["words"].split(":")[0] in printed
    assert "first against repeated exposure" in printed


def test_what_is_missing_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    curve = str(made(tmp_path / "run", 4) / "curve.csv")
    for options, words in (
        ([curve], "--agents is missing"),
        ([curve, "--agents", "300"], "--degree is missing"),
        ([curve, "--agents", "300", "--degree", "4", "--degree", "6"], "not given once"),
        ([curve, "--agents", "300", "--degree", "4", "--bootstrap", "50"], "99"),
    ):
        assert main(["mechanisms", *options]) != 0
        assert words in capsys.readouterr().err
