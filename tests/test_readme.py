"""What the README shows is what its commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newswave.command import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def block(after: str) -> str:
    """Return the first fenced block after some text."""
    return README.split(after, 1)[1].split("```\n", 2)[1].rstrip("\n")


def test_the_first_command_prints_what_the_readme_shows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    command = block("in this folder:").split("&&")[-1].split()
    assert command[0].endswith("newswave")
    assert main([*command[1:], "--quiet"]) == 0
    assert capsys.readouterr().out.rstrip() == block("and the verdict:")
    assert {path.name for path in (tmp_path / "first-run").iterdir()} == {
        "curve.csv",
        "fits.json",
        "setup.json",
        "figure.png",
        "figure.svg",
    }


@pytest.mark.parametrize("line", re.findall(r"`newswave ([^`]+)`", README.split("## What else")[1]))
def test_every_command_of_the_table_is_one(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    counts = "\n".join(f"{t},{c}" for t, c in enumerate([2, 3, 5, 9, 16, 26, 39, 52, 62, 69]))
    (tmp_path / "my-data.csv").write_text(f"day,count\n{counts}\n", "utf-8")
    words = line.split()
    quick = ["--agents", "200", "--replicas", "4"] if words[0] == "run" and len(words) > 2 else []
    assert main([*words, *quick]) == 0


def test_its_links_lead_somewhere() -> None:
    for name in ("README.md", "toolkit/README.md", "CONTRIBUTING.md", "docs/physicians.md"):
        text = (ROOT / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / name).parent.joinpath(target).exists(), f"{name}: {target}"


def test_ci_runs_the_second_command_word_for_word() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "<!-- test command -->" in script
    assert block("<!-- test command -->").endswith("pytest")
