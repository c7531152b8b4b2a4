"""`newswave atlas`: what it says, writes and refuses."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path
from typing import Any

import pytest

from newswave.cli import main
from newswave.core.errors import BadValue
from newswave.studies.calibrated import Calibrated

TINY = ("--quick", "--events", "march-for-clean-water", "--degrees", "8", "--agents", "60",
        "--replicas", "8")  # fmt: skip


def run(folder: Path, *words: str) -> int:
    return main(["atlas", *TINY, "--workers", "1", "--quiet", "--out", str(folder), *words])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Make an atlas, and return its folder and what was printed."""
    made = tmp_path_factory.mktemp("command") / "my-atlas"
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert run(made) == 0
    return made, out.getvalue()


@pytest.fixture
def folder(told: tuple[Path, str]) -> Path:
    return told[0]


def test_it_says_what_is_run_and_what_was_found(told: tuple[Path, str]) -> None:
    folder, said = told[0], " ".join(told[1].split())
    assert (
        "33 cells: 32 personality profiles and the mix of all 32, 1 event (march-for-clean" in said
    )
    assert "8 runs of 60 agents in each. Decisions come from the rule" in said
    assert "All are invented." in said
    assert "Where two rates are called: The calibrated verdict calls two rates in" in said
    assert f"The report: {folder}/report.html" in said
    assert (folder / "report.html").exists()
    assert len(list((folder / "figures").iterdir())) == 10


def test_a_cell_that_fails_is_told_and_tried_again_when_asked(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    find = Calibrated.findings

    def unlucky(self: Calibrated, setup: Any) -> Any:
        if len(setup.mix.groups) > 1:
            raise BadValue("Out of luck")
        return find(self, setup)

    shutil.copytree(folder / "calibrations", tmp_path / "calibrations")
    monkeypatch.setattr(Calibrated, "findings", unlucky)
    assert run(tmp_path) == 1
    assert "1 cell failed" in capsys.readouterr().out
    assert "Out of luck" in (tmp_path / "report.html").read_text("utf-8")
    monkeypatch.undo()
    assert run(tmp_path) == 1
    assert run(tmp_path, "--retry") == 0
    assert "Cells that failed: No cell failed." in capsys.readouterr().out


def test_stopped_by_the_user_what_is_done_is_kept(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(*_: Any) -> Any:
        raise KeyboardInterrupt

    shutil.copytree(folder / "calibrations", tmp_path / "calibrations")
    with monkeypatch.context() as patch:
        patch.setattr(Calibrated, "findings", stop)
        assert run(tmp_path) == 130
    assert f"What is done is kept in {tmp_path}" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--table", "synthetic", "--effects", "none"), "--table and --effects do not go together"),
        (("--table", "synthetic"), "--table and --events do not go together"),
        (("--scheduler", "tcp://127.0.0.1:1"), "--workers and --scheduler do not go together"),
        (("--effects", "lavish"), "Unknown preset of trait effects"),
        (("--degrees", "61"), "degree"),
        (("--replicas", "3"), "evenly"),
        (("--evnets", "x"), "--events"),
    ],
)
def test_what_does_not_go_together_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert run(tmp_path / "never", *words) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "never").exists()


def test_a_folder_of_something_else_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--degrees", "4") == 2
    assert "holds another sweep" in capsys.readouterr().err
