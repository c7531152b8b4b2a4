"""`newswave sweep`: what it says, where the table is, how it stops, goes on and refuses."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from counting import BASE
from programs import newswave_command
from strategies import by_luck

from newswave.cli import main
from newswave.cli import sweep as command
from newswave.core.errors import BadValue
from newswave.core.journal import read_journal
from newswave.core.rules import save_measured
from newswave.studies import sweep as tables
from newswave.studies.grid import Grid
from newswave.studies.study import Spread
from newswave.studies.sweep import sweep

FILE = """
[base]
agents = 60
seeds = 3
rounds = 12
replicas = 3

[grid]
degree = [4, 8]
seed = {from = 0, to = 2}

[study]
fits = false
"""
ONE = ("--workers", "1")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(FILE)
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path, status: int = 0) -> str:
    """Return what the command prints, its spaces made single."""
    assert main(["sweep", *map(str, arguments)]) == status
    printed = capsys.readouterr()
    assert max(map(len, printed.out.splitlines())) <= 100
    return " ".join(printed.out.split())


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["sweep", *map(str, arguments)]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    return printed.err


def test_a_sweep_is_said_run_and_written(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    said = told(capsys, file, "--out", out, *ONE)
    for words in (
        "6 cells: 2 degree x 3 seed",
        "degree 4, 8 seed 0, 1, 2",
        "the runs alone, without a fit",
        "6 cells to do, on this process.",
        "6 of 6 cells are done.",
        f"Written to {out}: table.csv, table.parquet",
    ):
        assert words in said
    grid = Grid(BASE, degree=[4, 8], seed=range(3))
    assert (out / "table.csv").read_text() == sweep(grid, Spread()).to_csv()
    again = told(capsys, file, "--out", out)
    assert "All cells are there already." in again
    assert "6 of 6 cells are done." in again


def test_a_dry_run_writes_nothing(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, file, "--dry-run")
    assert "6 cells: 2 degree x 3 seed" in said
    assert "agents 60 on a random regular network of degree 8" in said
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.toml"]


def test_verdicts_are_counted_and_the_bootstrap_is_said(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(FILE.replace("fits = false", "bootstrap = 99").replace("to = 2", "to = 0"))
    said = told(capsys, file, "--out", tmp_path / "out", *ONE)
    assert "all fits with intervals, and the verdict (bootstrap 99)" in said
    counts = re.search(r"Verdicts: (.*?)\. ", said)
    assert counts is not None
    assert sum(map(int, re.findall(r"\d+", counts.group(1)))) == 2
    file.write_text(FILE.replace("fits = false", "bootstrap = 0").replace("to = 2", "to = 0"))
    said = told(capsys, file, "--out", tmp_path / "fits", *ONE)
    assert "all fits, without intervals or verdict" in said
    assert "Verdicts" not in said


def test_a_synthetic_table_is_labelled(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(FILE.replace("degree = [4, 8]", "table = ['synthetic']"))
    said = told(capsys, file, "--out", tmp_path / "out", *ONE)
    assert "Synthetic: 3 cells of 3; here a formula stands in place of a language model." in said
    table = pd.read_csv(tmp_path / "out" / "table.csv")
    assert table.source.str.startswith("synthetic measured: ").all()


def test_the_doubt_of_a_table_is_told_before_and_after(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_measured(by_luck(), file.parent / "luck.json")
    file.write_text(FILE.replace("degree = [4, 8]", "table = ['luck.json']"))
    said = told(capsys, file, "--out", tmp_path / "out", *ONE)
    assert said.count("does not tell its profiles apart from luck") == 2


def test_cells_that_fail_are_told_and_the_exit_status_says_so(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = Spread.findings

    def failing(self: Spread, setup: object) -> object:
        if getattr(setup, "seed", 0) == 1:
            raise BadValue("This seed brings bad luck", given=1)
        return found(self, setup)  # type: ignore[arg-type]

    arguments = (file, "--out", tmp_path / "out", *ONE)
    monkeypatch.setattr(Spread, "findings", failing)
    said = told(capsys, *arguments, status=1)
    assert "4 of 6 cells are done." in said
    assert "Cell 1 (degree 4, seed 1) failed: This seed brings bad luck. Given: 1." in said
    assert "Add --retry" in said
    monkeypatch.undo()
    assert "4 of 6 cells are done." in told(capsys, *arguments, status=1)
    said = told(capsys, *arguments, "--retry")
    assert "4 of 6 cells are there already; 2 cells to do" in said
    assert "6 of 6 cells are done." in said


def test_many_failures_are_counted(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Spread, "findings", lambda self, setup: 1 / 0)  # noqa: ARG005
    said = told(capsys, file, "--out", tmp_path / "out", *ONE, status=1)
    assert said.count("ZeroDivisionError") == 5
    assert "1 more failed: their rows in the table say why." in said


def test_without_pyarrow_it_says_how_to_get_parquet(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (tables, command):
        monkeypatch.setattr(module, "can_write_parquet", lambda: False)
    assert "newswave[scale]" in told(capsys, file, "--out", tmp_path / "out", *ONE)


def test_how_long_the_rest_takes_is_said_after_the_first_cells(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(FILE.replace("to = 2", "to = 9"))
    said = told(capsys, file, "--out", tmp_path / "a", *ONE)
    assert re.search(r"The other 15 take (about|less than)", said)
    assert "The other" not in told(capsys, file, "--out", tmp_path / "b", *ONE, "--quiet")


def test_ctrl_c_leaves_what_is_done_and_the_same_command_goes_on(tmp_path: Path) -> None:
    file, out = tmp_path / "sweep.toml", tmp_path / "out"
    file.write_text(FILE.replace("rounds = 12", "rounds = 3000").replace("to = 2", "to = 199"))
    command = ("sweep", str(file), "--out", str(out), *ONE)
    with newswave_command(*command, stderr=subprocess.PIPE) as process:
        ledger = out / "cells-1.jsonl"
        while not ledger.exists() or ledger.read_bytes().count(b"\n") < 4:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate()
    assert process.returncode == 130
    assert complained.endswith("newswave: Stopped before the end.\n")
    assert "Traceback" not in complained
    kept = len(read_journal(ledger).lines) - 1
    assert 3 <= kept < 400
    assert f"{kept} of 400 cells are kept in {out}" in " ".join(said.split())
    assert pd.read_csv(out / "table.csv").cell.nunique() == kept


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--out is missing"),
        (("--out", "here", "--workers", "0"), "--workers does not fit.*1 to 1000"),
        (("--out", "here", "--workers", "many"), "not a number"),
        (("--out", "here", "--workers", "2", "--scheduler", "tcp://a:1"), "do not go together"),
        (("--out", "sweep.toml"), "Nothing can be written there"),
        (("--out", "here", "--worker", "2"), "--workers"),
    ],
)
def test_what_does_not_fit_is_refused(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert re.search(words, refused(capsys, file, *arguments))
    assert os.listdir(tmp_path) == ["sweep.toml"]  # noqa: PTH208


def test_a_bad_file_and_another_sweep_are_refused(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "cannot be read" in refused(capsys, tmp_path / "none.toml", "--dry-run")
    told(capsys, file, "--out", tmp_path / "out", *ONE)
    file.write_text(FILE.replace("replicas = 3", "replicas = 4"))
    assert "holds another sweep" in refused(capsys, file, "--out", tmp_path / "out", *ONE)
    file.write_text(FILE.replace("degree = [4, 8]", "degres = [4, 8]"))
    assert "[grid] degres, line 9" in refused(capsys, file, "--dry-run")


def test_axes_with_many_values_stay_on_their_line() -> None:
    axis = Grid(BASE, seed=range(500)).axes[0]
    assert command._axis_line(axis) == "  seed           0, 1, 2, 3, 4, 5, ..., 499"
    profiles = Grid(BASE, share=[0.1], event=["short-power-cut", "cup-final-draw"]).axes[1]
    assert command._axis_line(profiles).endswith("short-power-cut, cup-final-draw")
