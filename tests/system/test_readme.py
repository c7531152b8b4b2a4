"""What the README shows is what its commands print."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest
from programs import newswave_command

from newswave.cli import main
from newswave.llm.fake_ollama.server import StandIn

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def block(after: str) -> str:
    """Return the first fenced block after some text."""
    return README.split(after, 1)[1].split("```\n", 2)[1].rstrip("\n")


def test_the_first_command_opens_the_app() -> None:
    """Without the installation, and at a free port: the page is there, with the explorer on it."""
    command = block("in this folder:").split("&&")[-1].split()
    assert command[0].endswith("newswave")
    with newswave_command(*command[1:], "--port", "0", "--no-browser") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert address is not None, line
        with urllib.request.urlopen(address.group(), timeout=60) as answer:
            assert b"<title>newswave" in answer.read()
        process.terminate()
        assert "Stopped." in process.stdout.read()
        assert process.wait() == 0


def test_the_run_prints_what_the_readme_shows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    command = block("## The same without a browser").split()
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


ELSEWHERE = (
    *("synthetic-server", "app", "lessons", "sweep", "atlas"),
    *("run --agents 10000000", "models --get"),
)
"""What runs until it is stopped, or long, or needs a browser or PyPI; each has tests of its own."""

LINES = re.findall(r"`newswave ([^`]+)`", README.split("## What else")[1].split("## Agents")[0])


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith(ELSEWHERE)])
def test_every_command_of_the_table_is_one(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    counts = "\n".join(f"{t},{c}" for t, c in enumerate([2, 3, 5, 9, 16, 26, 39, 52, 62, 69]))
    (tmp_path / "my-data.csv").write_text(f"day,count\n{counts}\n", "utf-8")
    words = line.replace("FILE", "synthetic").replace("llama3.2:1b", "synthetic").split()
    simulated = words[0] == "run" and not {"--model", "--replay"} & set(words) and len(words) > 2
    quick = ["--agents", "200", "--replicas", "4"] if simulated else []
    for folder in (word for word in words if word.startswith("run-")):  # runs of earlier commands
        made = ["--degree", folder.removeprefix("run-"), "--agents", "400", "--replicas", "1"]
        assert main(["run", "--no-fits", *made, "--out", folder]) == 0
    with StandIn() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.address)
        assert main([*words, *quick]) == 0
        assert (server.calls > 0) is ("--model" in words)


def test_the_synthetic_server_of_the_table_runs_until_it_is_stopped() -> None:
    assert "synthetic-server" in LINES
    with newswave_command("synthetic-server", "--port", "0") as process:
        assert process.stdout is not None
        assert "Synthetic server at http://127.0.0.1:" in process.stdout.readline()
        process.terminate()
        assert "all of them synthetic" in process.stdout.read()
        assert process.wait() == 0


def test_its_links_lead_somewhere() -> None:
    for name in ("README.md", "toolkit/README.md", "CONTRIBUTING.md", "docs/physicians.md"):
        text = (ROOT / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / name).parent.joinpath(target).exists(), f"{name}: {target}"


def test_ci_runs_the_second_command_word_for_word() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "<!-- test command -->" in script
    assert block("<!-- test command -->").endswith("pytest")
