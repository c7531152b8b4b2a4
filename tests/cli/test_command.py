"""The command does what it says, repeats to the last digit, and refuses what does not fit."""

from __future__ import annotations

import http.server
import io
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave import __version__
from newswave.cli import console, doctor, main
from newswave.cli.console import Progress, check_folder, fitting
from newswave.cli.options import setup_from
from newswave.core.curve import Curve
from newswave.core.datasets import diffusion
from newswave.core.errors import BadValue
from newswave.core.events import event
from newswave.core.law import Attention
from newswave.core.networks import Complete, OwnNetwork, RandomRegular, ScaleFree, SmallWorld
from newswave.core.population import (
    IndependentTraits,
    OneProfile,
    Profile,
    TwoGroups,
    WeightedProfiles,
    preset,
)
from newswave.core.rules import ByGroup, ByTraits, Measured, SameForAll
from newswave.core.setup import Setup
from newswave.equations.on_ties import compare_ties
from newswave.llm.ollama_server import Server
from newswave.report.describe import no_equations

SMALL = ["--agents", "100", "--seeds", "4", "--rounds", "25", "--replicas", "6"]
QUICK = ["--bootstrap", "100"]
FILES = {"curve.csv", "fits.json", "setup.json", "figure.png", "figure.svg"}
READY = "O+C-E+A-N-"


def process(*arguments: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "newswave", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **more)  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("first") / "run"
    with pytest.MonkeyPatch.context() as patch:
        printed = io.StringIO()
        patch.setattr(sys, "stdout", printed)
        assert main(["run", *SMALL, *QUICK, "--out", str(out), "--replica-columns"]) == 0
    return out, printed.getvalue()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one message with which a command is refused."""
    assert main(list(arguments)) == 2
    printed = capsys.readouterr()
    assert re.fullmatch(r"(Read: [^\n]+\n([^\n]+\n)*\n)?", printed.out)
    assert printed.err.startswith("newswave: ")
    assert printed.err.count("\n") == 1
    assert "Traceback" not in printed.err
    return printed.err


# ------------------------------------------------------------------------------- newswave run


def test_run_writes_everything(first_run: tuple[Path, str]) -> None:
    out, _ = first_run
    assert {path.name for path in out.iterdir()} == FILES
    setup = Setup.read(out / "setup.json")
    assert setup == Setup(n_agents=100, n_seeds=4, rounds=25, replicas=6)
    curve = Curve.read(out / "curve.csv", 100)
    assert curve.counts.shape == (6, 26)
    header = (out / "curve.csv").read_text().splitlines()[0]
    assert header == "round,mean,low,high," + ",".join(f"run_{run}" for run in range(6))
    content = json.loads((out / "fits.json").read_text())
    assert content["newswave"] == __version__
    assert len(content["fits"]) == 10
    assert set(content["verdict"]) >= {"choice", "p_value", "words"}
    assert content["verdict"]["replicas"] == 100


def test_run_prints_what_a_learner_needs(first_run: tuple[Path, str]) -> None:
    out, printed = first_run
    assert printed.isascii()
    assert max(len(line) for line in printed.splitlines() if str(out) not in line) <= 80
    content = json.loads((out / "fits.json").read_text())
    whole = " ".join(printed.split())
    for words in (
        "100 on a random regular network of degree 8",
        "synchronous rounds",
        "Lantern festival",
        "half of all have shared by round",
        "95 % interval",
        "Least squares (what a learner tries first)",
        "network-aware",
        "True rates of the agents: fast rate 0.1625, slow rate 0.01511",
        f"Verdict: {content['verdict']['choice']}",
        content["verdict"]["words"],
        "--setup",
        "--bootstrap 100",
    ):
        assert words in whole
    for name in FILES:
        assert name in whole


def test_setup_json_repeats_the_run_to_the_last_digit(
    first_run: tuple[Path, str], tmp_path: Path
) -> None:
    out, _ = first_run
    again = tmp_path / "again"
    done = process(
        "run", "--setup", str(out / "setup.json"), *QUICK, "--quiet", "--replica-columns",
        "--out", str(again),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    for name in FILES:
        assert (again / name).read_bytes() == (out / name).read_bytes()


def test_a_run_that_cannot_be_fitted_is_still_a_result(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for more in (["--share", "0"], ["--rounds", "1"]):
        assert main(["run", *SMALL, *more, "--out", str(tmp_path)]) == 0
        assert "No fit was made" in capsys.readouterr().out
        assert {path.name for path in tmp_path.iterdir()} == FILES
        assert json.loads((tmp_path / "fits.json").read_text())["fits"] == []


def test_fits_can_be_left_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, first_run: tuple[Path, str]
) -> None:
    more = ["--no-fits", "--replica-columns", "--out", str(tmp_path)]
    assert main(["run", *SMALL, *more]) == 0
    printed = capsys.readouterr().out
    assert "No fit was made. None was asked for (--no-fits)." in printed
    assert printed.rstrip().endswith("setup.json --replica-columns --no-fits")
    assert (
        "None was asked for" in json.loads((tmp_path / "fits.json").read_text())["verdict"]["words"]
    )
    assert (tmp_path / "curve.csv").read_bytes() == (first_run[0] / "curve.csv").read_bytes()


def test_a_run_that_starts_with_nobody_is_fitted_with_a_source(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    more = ["--source", "0.1", "--seeds", "0", *QUICK]
    assert main(["run", *SMALL, *more, "--out", str(tmp_path)]) == 0
    assert "starts with nobody sharing" in " ".join(capsys.readouterr().out.split())
    fits = json.loads((tmp_path / "fits.json").read_text())
    assert {fit["model"] for fit in fits["fits"]} == {"source and peers"}
    assert fits["verdict"]["choice"] == "cannot tell"
    assert fits["verdict"]["p_value"] is None


def test_run_without_a_folder_writes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", *SMALL, "--rounds", "2"]) == 0
    assert "Add --out DIR" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_other_networks_come_with_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--agents", "60", "--seeds", "4", "--rounds", "15", "--replicas", "1"]
    assert main(["run", *small, *QUICK, "--network", "small-world", "--share", "0.2"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "There are no network-aware rates here" in printed
    assert "Chain-binomial likelihood, network" not in printed
    assert no_equations(Setup(network=ScaleFree(6))).count("degree") == 2
    assert no_equations(Setup(network=RandomRegular(1))) != ""
    assert no_equations(Setup(network=Complete())) == no_equations(Setup()) == ""


# ------------------------------------------------------------------------- options to a Setup


def described(*options: str) -> Setup:
    """Return the setup that options describe."""
    from newswave.cli import _understood

    return setup_from(_understood(["run", *options]))


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ("", {}),
        ("--agents 200 --seeds 3 --rounds 7 --replicas 9 --seed 5",
         {"n_agents": 200, "n_seeds": 3, "rounds": 7, "replicas": 9, "seed": 5}),
        ("--agents 2e3", {"n_agents": 2000}),
        ("--degree 4", {"network": RandomRegular(4)}),
        ("--network small-world --degree 6", {"network": SmallWorld(6, 0.1)}),
        ("--network small-world --rewiring 0.5", {"network": SmallWorld(8, 0.5)}),
        ("--network scale-free", {"network": ScaleFree(8)}),
        ("--network complete", {"network": Complete()}),
        ("--fast-fraction 0.2", {"mix": TwoGroups(0.2)}),
        ("--fast-group loud=O+C+E+A+N+ --slow-group quiet=o-c-e-a-n-",
         {"mix": TwoGroups(0.4, "loud", Profile.from_index(31), "quiet", Profile.from_index(0))}),
        ("--fast 0.5 --slow 0.25", {"sharing": ByGroup(0.5, 0.25)}),
        ("--slow 0.1", {"sharing": ByGroup(0.15, 0.1)}),
        ("--share 0.07", {"sharing": SameForAll(0.07)}),
        ("--high extraversion=0.8 --high N=0.1",
         {"mix": IndependentTraits(extraversion=0.8, neuroticism=0.1), "sharing": ByTraits()}),
        (f"--profile {READY}",
         {"mix": OneProfile(Profile.from_code(READY)), "sharing": ByTraits()}),
        (f"--profile {READY}=2 --profile o-c-e-a-n-",
         {"mix": WeightedProfiles(((Profile.from_code(READY), 2.0),
                                   (Profile.from_index(0), 1.0))), "sharing": ByTraits()}),
        ("--effects exaggerated", {"sharing": ByTraits(effects=preset("exaggerated"))}),
        ("--baseline 0.1 --fast-fraction 0.3",
         {"sharing": ByTraits(0.1), "mix": TwoGroups(0.3)}),
        (f"--share 0.1 --profile {READY}",
         {"sharing": SameForAll(0.1), "mix": OneProfile(Profile.from_code(READY))}),
        ("--attention new-exposure", {"attention": Attention.NEW_EXPOSURE}),
        ("--attention every-round", {}),
        ("--source 0.01 --seeds 0", {"source_probability": 0.01, "n_seeds": 0}),
        ("--repeat-ratio 0.5", {"repeat_ratio": 0.5}),
        ("--event clinic-attacked", {"event": event("clinic-attacked")}),
    ],
)  # fmt: skip
def test_options_make_the_setup(options: str, changed: dict[str, object]) -> None:
    assert described(*options.split()) == replace(Setup(), **changed)


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--fast-group loud", "NAME=CODE"),
        ("--fast-group loud=XX", "not the code of a profile"),
        ("--fast-group reserved=O+C+E+A+N+", "two different names"),
        ("--slow-group x=O+C+E+A+N+ --high E=0.5", "do not go together"),
    ],
)
def test_groups_that_do_not_fit_are_refused(options: str, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        described(*options.split())


def test_true_rates_stand_beside_their_own_group(capsys: pytest.CaptureFixture[str]) -> None:
    """Here the group that is called fast is the slower one."""
    groups = "--fast-group loud=O+C+E+A+N+ --slow-group quiet=O-C-E-A-N- --effects exaggerated"
    assert main(["run", *SMALL, *QUICK, *groups.split()]) == 0
    lines = capsys.readouterr().out.split("From the decisions")[1].splitlines()[1:3]
    for line in lines:
        cells = line.split()
        assert float(cells[2]) == pytest.approx(float(cells[-1]), rel=0.25)


def test_an_edge_list_brings_its_agents(tmp_path: Path) -> None:
    edges = write(tmp_path, "e.csv", "a,b\nb,c\nc,d\n")
    setup = described("--edges", edges, "--seeds", "1")
    assert (setup.n_agents, type(setup.network)) == (4, OwnNetwork)


def test_a_table_brings_its_mix(tmp_path: Path) -> None:
    codes = write(tmp_path, "c.csv", f"profile,1,2\n{READY},0.2,0.3\nO-C-E-A-N-,0.1,0.1\n")
    groups = write(tmp_path, "g.csv", "group,1\nkeen,0.2\ncalm,0.1\n")
    setup = described("--table", codes)
    assert isinstance(setup.sharing, Measured)
    assert [(g.name, g.weight) for g in setup.mix.groups] == [(READY, 0.5), ("O-C-E-A-N-", 0.5)]
    setup = described("--table", groups, "--fast-fraction", "0.3")
    assert [g.name for g in setup.mix.groups] == ["keen", "calm"]
    assert setup.mix.groups[0].weight == 0.3
    one = described("--table", codes, "--profile", READY)
    assert setup.table(1).rows == ("keen", "calm")
    assert one.table(2).probabilities.tolist() == [[0, 0.2, 0.3]]


def test_own_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "id,type,sub_type,headline,text\n"
    one = write(tmp_path, "one.csv", head + "flood,Neutral,Weather,Rain,It rains.\n")
    two = write(
        tmp_path, "two.csv", head + "a,Neutral,Weather,Rain,Rain.\nb,Neutral,Weather,Sun,Sun.\n"
    )
    assert described("--events", one).event.id == "flood"
    assert described("--events", two, "--event", "b").event.headline == "Sun"
    assert described("--events", two, "--event", "cup-final-draw").event.id == "cup-final-draw"
    assert "--event" in refused(capsys, "run", "--events", two)


# ----------------------------------------------------------------------------------- bad input


BAD_RUNS = [
    ("--agents 9 --degree 3 --seeds 1", "odd|even"),
    ("--agents 8 --degree 8 --seeds 1", "degree"),
    ("--agents 8 --degree 9 --seeds 1", "degree"),
    ("--agents 20 --seeds 21 --degree 4", "1 to 20"),
    ("--seeds 0", "1 to 1000"),
    ("--agents nan", "Given: nan"),
    ("--agents inf", "Given: inf"),
    ("--agents 10.5", r"10\.5"),
    ("--agents many", "not a number"),
    ("--agents", "expected one argument"),
    ("--agents -5", "-5"),
    ("--rounds 0", "rounds"),
    ("--replicas 0", "replicas"),
    ("--seed -1", "seed"),
    ("--fast 1.5", "0 to 1"),
    ("--fast nan", "0 to 1"),
    ("--slow -0.1", "0 to 1"),
    ("--fast 0.1 --slow 0.2", "Swap"),
    ("--fast-fraction 2", "0 to 1"),
    ("--share 7", "0 to 1"),
    ("--baseline nan", "0 to 1"),
    ("--source 1.1", "0 to 1"),
    ("--repeat-ratio -1", "0 to"),
    ("--network star", "invalid choice"),
    ("--network small-world --rewiring 2", "0 to 1"),
    ("--network small-world --degree 5", "even"),
    ("--rewiring 0.1", "Add --network small-world"),
    ("--network complete --degree 4", "Leave --degree out"),
    ("--high bravery=0.5", "Unknown trait"),
    ("--high extraversion", "TRAIT=SHARE"),
    ("--high extraversion=lots", "TRAIT=SHARE"),
    ("--high E=1.5", "0 to 1"),
    ("--high E=0.5 --high extraversion=0.6", "twice"),
    ("--profile X+Y-", "not the code"),
    (f"--profile {READY}=-1 --profile O-C-E-A-N-", "weight"),
    (f"--profile {READY} --profile {READY}", "twice"),
    ("--effects strong", "Unknown preset"),
    ("--event power-cut", "short-power-cut"),
    ("--events nowhere.csv", "cannot be read"),
    ("--edges nowhere.csv", "cannot be read"),
    ("--table nowhere.csv", "cannot be read"),
    ("--setup nowhere.json", "cannot be read"),
    ("--setup nowhere.json --agents 5", "already describes the whole run"),
    ("--fast 0.2 --high E=0.5", "--baseline and --effects"),
    ("--slow 0.01 --effects literature", "--baseline and --effects"),
    (f"--fast 0.2 --profile {READY}", "do not go together"),
    ("--fast 0.2 --baseline 0.1", "do not go together"),
    ("--share 0.2 --fast 0.1", "do not go together"),
    ("--share 0.2 --effects none", "do not go together"),
    (f"--high E=0.5 --profile {READY}", "do not go together"),
    ("--fast-fraction 0.5 --high E=0.5", "two groups"),
    ("--edges nowhere.csv --degree 5", "do not go together"),
    ("--bootstrap 20", "99 to"),
    ("--bootstrap nan", "99 to"),
    ("--agnets 5", "--agents"),
    ("--agents 10 surprise", "surprise"),
]


@pytest.mark.parametrize(("options", "words"), BAD_RUNS)
def test_bad_options_get_one_message_and_leave_nothing(
    options: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    message = refused(capsys, "run", *options.split(), "--out", str(out))
    assert re.search(words, message), message
    assert not out.exists()


BAD_TABLES = [
    "",
    "profile,1\n",
    "profile,1\na\n",
    "profile,1\na,nan\n",
    "profile,1,2\na,2,3\n",
    "profile,2\na,0.1\n",
    "group,1\nall,0.1\n",
    "group,1\na,0.1\nb,0.1\nc,0.1\n",
]


@pytest.mark.parametrize("text", BAD_TABLES)
def test_bad_tables(text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = write(tmp_path, "t.csv", text)
    refused(capsys, "run", "--table", table, "--out", str(tmp_path / "out"))
    refused(capsys, "predict", "--table", table, "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("flag", ["--fast", "--slow", "--share", "--effects", "--baseline"])
def test_a_table_says_how_readily_all_share(
    flag: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = write(tmp_path, "t.csv", f"profile,1\n{READY},0.1\n")
    value = "none" if flag == "--effects" else "0.1"
    assert "The table already says" in refused(capsys, "run", "--table", table, flag, value)


def test_a_table_that_lacks_a_profile_of_the_mix(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = write(tmp_path, "t.csv", f"profile,1\n{READY},0.1\n")
    message = refused(capsys, "run", "--table", table, "--high", "E=0.5")
    assert "Unknown row of the table" in message


BAD_SETUPS = [
    "", "{", "[]", "null", '{"kind": "Setup", "agents": 5}', '{"kind": "Setup", "n_agents": 1}',
    '{"kind": "Nothing"}', '{"kind": "Setup", "mix": 3}', '{"kind": "Setup", "n_agents": NaN}',
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_SETUPS)
def test_bad_setup_files(text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    setup, out = write(tmp_path, "setup.json", text), tmp_path / "out"
    refused(capsys, "run", "--setup", setup, "--out", str(out))
    assert not out.exists()


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
FLAGS = st.sampled_from(["--agents", "--degree", "--fast", "--high", "--profile", "--event", "--x"])


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pairs=st.lists(st.tuples(FLAGS, WORDS), min_size=1, max_size=3))
def test_any_words_are_refused_in_one_line(
    pairs: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """--rounds 0 comes along, so that whatever the words are, nothing is run."""
    options = [f"{flag}={word}" for flag, word in pairs]
    assert len(refused(capsys, "run", *options, "--rounds", "0")) < 1000


def test_a_folder_that_is_a_file_is_found_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = write(tmp_path, "taken", "")
    start = time.monotonic()
    for out in (taken, f"{taken}/below"):
        message = refused(capsys, "run", "--agents", "1000000", "--out", out)
        assert "Choose another folder" in message
    assert time.monotonic() - start < 5


def test_a_folder_is_looked_at_without_a_trace(tmp_path: Path) -> None:
    check_folder(str(tmp_path / "a" / "b"))
    check_folder(None)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_place_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    def denied(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", denied)
    assert "Permission denied" in refused(capsys, "run", *SMALL, "--out", str(tmp_path / "x"))


# -------------------------------------------------------------------------------- newswave fit


def test_fit_reads_what_run_wrote(
    first_run: tuple[Path, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out, _ = first_run
    options = ["--agents", "100", "--degree", "8", *QUICK, "--out", str(tmp_path)]
    assert main(["fit", str(out / "curve.csv"), *options]) == 0
    printed = capsys.readouterr().out
    assert "network-aware" in printed
    assert "True rates" not in printed
    assert {path.name for path in tmp_path.iterdir()} == FILES - {"setup.json"}
    ours = json.loads((tmp_path / "fits.json").read_text())
    theirs = json.loads((out / "fits.json").read_text())
    assert ours["setup"] is None
    *same, alone = ours["fits"]
    assert [fit["estimates"] for fit in same] == [f["estimates"] for f in theirs["fits"]]
    assert alone["model"] == "source alone"  # nothing in a file says that there are peers


def test_fit_without_a_degree_is_well_mixed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    counts = (3, 5, 9, 15, 24, 33, 40, 44, 46, 47)
    rows = "".join(f"{week},{count}\n" for week, count in enumerate(counts, 4))
    curve = write(tmp_path, "mine.csv", "week,adopters\n" + rows)
    assert main(["fit", curve, "--agents", "50", *QUICK, "--out", str(tmp_path / "o")]) == 0
    printed = capsys.readouterr().out
    assert "by week" in printed
    assert "network-aware" not in printed
    assert "no network is known" in " ".join(printed.split())
    content = json.loads((tmp_path / "o" / "fits.json").read_text())
    assert {fit["mixing"] for fit in content["fits"]} == {"well-mixed"}
    assert content["degree"] is None
    assert b"week" in (tmp_path / "o" / "figure.svg").read_bytes()


def test_fit_says_what_it_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shares = (2.5, 5, 10, 17.5, 27.5, 40, 55, 70, 82.5, 90)
    rows = "".join(f"{week},{share},{week}\n" for week, share in enumerate(shares))
    curve = write(tmp_path, "mine.csv", "# a club\nday,adopters,x\n" + rows + "Total,9,9\n")
    assert main(["fit", curve, "--agents", "40", *QUICK]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Read: day 0 to 9 from 'day', cumulative counts from 'adopters', in per cent" in printed
    assert "Left out: 1 comment line; line 13 ('Total'); column x." in printed
    assert "reach 90.0 %" in printed
    curve = write(tmp_path, "mine.csv", "day,adopters,x\n" + rows)
    options = ["--time-column", "x", "--count-column", "adopters", "--scale", "counts"]
    assert main(["fit", curve, "--agents", "100", *QUICK, *options]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "from 'x', cumulative counts from 'adopters', as they are" in printed
    people = write(tmp_path, "p.csv", "id,toa\n" + "".join(f"{n},{n // 3}\n" for n in range(20)))
    assert main(["fit", people, *QUICK]) == 0
    assert "20 of 20 have adopted" in " ".join(capsys.readouterr().out.split())


def test_fit_of_the_physicians_says_what_it_does_not_show(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fit", "--example", "physicians", *QUICK]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for words in ("Coleman", "by month", "source and peers", "What they do not show is why"):
        assert words in printed


def test_fit_on_ties_says_what_they_carry_and_writes_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ties = ["fit", "--example", "physicians", "--ties"]
    assert main([*ties, "named", *QUICK, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    lines = [line for line in printed.splitlines() if not line.startswith("Written to")]
    assert max(map(len, lines)) <= 80
    words = " ".join(printed.split())
    found = compare_ties(diffusion("physicians"), replicas=100)
    for part in (
        "Coleman",
        "those whom a person named",
        "Nothing here needs the ties",
        "38 adopted",
    ):
        assert part in words
    for test in found.tests:
        assert f"{test.null} {test.ratio:.2f} {test.p_value:.2g}" in words
    rows = (tmp_path / "ties.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1 + sum(len(fit.rates) for fit in found.fits)
    assert float(rows[1].split(",")[2]) == pytest.approx(found.fits[0].rates[0].value)
    assert (tmp_path / "figure.png").exists()
    assert "comes along" in refused(capsys, "fit", "--ties", "named")
    assert "Given: '--degree'" in refused(capsys, *ties, "either", "--degree", "8")
    assert "--ties" in refused(capsys, *ties, "friends")


CURVE = "round,count\n0,1\n1,3\n2,6\n3,8\n4,9\n"
BAD_CURVES = [
    ("", [], "empty"),
    ("round,count\n", [], "no rows"),
    ("round,cuont\n0,1\n1,2\n", [], "cuont"),
    ("when,count\n0,1\n1,2\n", [], "column of rounds.*--time-column"),
    ("round,count\n0,5\n1,4\n2,6\n", [], "falls"),
    ("round,count\n0,1\n1,20\n", [], "more sharers"),
    ("round,count\n0,1\n1,nan\n", [], "two rounds"),
    ("round,count\n0,1\n1,inf\n", [], "no number: 'inf'"),
    ("round,count\n0,1\n1,2\n2,2.5\n", [], "no whole numbers.*--scale"),
    (CURVE, ["--count-column", "people"], "no column for the counts.*'people'"),
    ("round,count\n0,-1\n1,1\n", [], "counts of 0 or more"),
    ("round,count\n0,1\n1,two\n", [], "no number"),
    ("round,count\n2,1\n0,2\n", [], "falls"),
    ("round,count\n0,1\n1,2\n", [], "too short"),
    ("round,count\n0,1\n1,1\n2,1\n3,1\n4,1\n5,1\n", [], "Nobody new"),
    (CURVE, ["--degree", "3", "--agents", "11"], "odd|even"),
    (CURVE, ["--degree", "1"], "2 or more"),
    (CURVE, ["--degree", "10"], "degree"),
    (CURVE, ["--degree", "nan"], "degree"),
    (CURVE, ["--seed", "-1"], "--seed"),
    (CURVE, ["--agents", "0"], "number of agents"),
    (CURVE, ["--agents", "nan"], "number of agents"),
]


@pytest.mark.parametrize(("text", "options", "words"), BAD_CURVES)
def test_bad_curves(
    text: str,
    options: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    curve, out = write(tmp_path, "c.csv", text), tmp_path / "out"
    message = refused(capsys, "fit", curve, "--agents", "10", "--out", str(out), *options)
    assert re.search(words, message), message
    assert not out.exists()


def test_fit_asks_for_what_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    curve = write(tmp_path, "c.csv", CURVE)
    assert "--example physicians" in refused(capsys, "fit")
    assert "Add --agents N" in refused(capsys, "fit", curve)
    assert "cannot be read" in refused(capsys, "fit", "nowhere.csv", "--agents", "5")
    assert "brings its own" in refused(capsys, "fit", curve, "--example", "physicians")
    assert "physicians" in refused(capsys, "fit", "--example", "physicans")


# ------------------------------------------------------------------- predict, lists and doctor


def test_predict_runs_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import newswave.core.simulation

    monkeypatch.setattr(newswave.core.simulation, "simulate", None)
    assert main(["predict", *SMALL, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "master equation" in printed
    assert max(map(len, printed.splitlines())) <= 100
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"prediction.csv", "setup.json", "figure.png", "figure.svg"}
    assert len((tmp_path / "prediction.csv").read_text().splitlines()) == 27
    before = (tmp_path / "prediction.csv").read_bytes()
    again = ["--setup", str(tmp_path / "setup.json"), "--out", str(tmp_path / "again")]
    assert main(["predict", *again]) == 0
    assert (tmp_path / "again" / "prediction.csv").read_bytes() == before


def test_predict_is_for_regular_networks(capsys: pytest.CaptureFixture[str]) -> None:
    assert "random regular" in refused(capsys, "predict", "--network", "scale-free")


def test_profiles_are_all_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profiles", "--effects", "exaggerated"]) == 0
    printed = capsys.readouterr().out
    assert printed.isascii()
    rows = [line.split() for line in printed.splitlines() if line[:2] in ("O+", "O-")]
    assert len({row[0] for row in rows}) == 32
    chances = {row[0]: float(row[-1]) for row in rows}
    table = ByTraits(0.05, preset("exaggerated")).table(
        IndependentTraits().groups, event("lantern-festival"), 1
    )
    wanted = dict(zip(table.rows, table.probabilities[:, 1].round(4).tolist(), strict=True))
    assert chances == wanted
    assert "Nudo" in printed
    assert main(["profiles", "--effects", "none", "--baseline", "0.25"]) == 0
    assert capsys.readouterr().out.count("0.2500") == 32


def test_events_are_listed_and_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["events"]) == 0
    printed = capsys.readouterr().out
    assert "clinic-attacked" in printed
    assert "Violent demonstration" in printed
    assert "Watson" in printed
    assert main(["events", "--type", "neutral"]) == 0
    neutral = capsys.readouterr().out
    assert "lantern-festival" in neutral
    assert "clinic-attacked" not in neutral
    assert main(["events", "clinic-attacked"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("content note")
    assert " ".join(event("clinic-attacked").text.split()) in " ".join(shown.split())
    head = "id,type,sub_type,headline,text\n"
    own = write(tmp_path, "own.csv", head + "flood,Neutral,Weather,Rain,It rains.\n")
    assert main(["events", "--events", own, "flood"]) == 0
    assert "It rains." in capsys.readouterr().out


def test_lists_refuse_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert "short-power-cut" in refused(capsys, "events", "power-cut")
    assert "Protests" in refused(capsys, "events", "--type", "Protest")
    assert "do not go together" in refused(capsys, "events", "flood", "--type", "Neutral")
    assert "literature" in refused(capsys, "profiles", "--effects", "literatur")
    assert "0 to 1" in refused(capsys, "profiles", "--baseline", "2")
    assert "Unknown event" in refused(capsys, "profiles", "--event", "nothing")


def test_doctor_says_what_works(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    for words in (__version__, "Python", "numpy", "mesa", "works", "can be written", "Ollama"):
        assert words in printed
    assert "Everything else works without it" in " ".join(printed.split())
    assert list(tmp_path.iterdir()) == []


def test_doctor_finds_what_is_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import newswave.core.simulation

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is made of cheese")

    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    monkeypatch.setattr(newswave.core.simulation, "simulate", broken)
    monkeypatch.setitem(doctor._PACKAGES, "no-such-package", "nothing")
    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert "made of cheese" in printed
    assert "pip install no-such-package" in printed


@pytest.fixture
def server() -> Iterator[str]:
    class Version(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"version": "0.99.1"}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    found = http.server.HTTPServer(("127.0.0.1", 0), Version)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()
    thread.join()


def test_doctor_asks_ollama(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", server)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert "version 0.99.1 answers" in doctor._ollama(Server.at())[0].text


def test_doctor_never_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        assert "not reached" in doctor._ollama(Server.at())[0].text
        assert time.monotonic() - start < 4


# -------------------------------------------------------------------------- the command itself


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"newswave {__version__}\n"
    for arguments in ([], ["--help"]):
        assert main(arguments) == 0
        assert "newswave run" in capsys.readouterr().out
    for command in ("run", "fit", "predict", "profiles", "events", "doctor"):
        assert main([command, "--help"]) == 0
        assert f"for example:\n  newswave {command}" in capsys.readouterr().out


def test_an_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert "invalid choice: 'rnu'" in refused(capsys, "rnu")


def test_the_examples_in_the_help_are_understood() -> None:
    from newswave.cli import _COMMANDS, _understood

    for name, (_, _, example) in _COMMANDS.items():
        assert _understood(example.split()[1:]).command == name


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from newswave.cli import main; main(['--help']); "
        "heavy = {'mesa', 'scipy', 'pandas', 'matplotlib', 'networkx', 'numpy', 'tqdm'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr.strip() == b"[]"


def test_a_process_refuses_in_one_line_with_status_2(tmp_path: Path) -> None:
    done = process("run", "--agents", "9", "--degree", "3", "--out", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [(KeyboardInterrupt(), 130, "Stopped"), (MemoryError(), 2, "more memory")],
)
def test_stopping_and_running_out_of_memory(
    error: BaseException,
    status: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import newswave.core.simulation

    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(newswave.core.simulation, "simulate", stop)
    assert main(["run", *SMALL]) == status
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["events"]])
def test_a_reader_that_leaves_is_no_error(arguments: list[str]) -> None:
    done = without_reader(arguments)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_run_goes_on_without_its_reader(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = without_reader(["run", *SMALL, "--rounds", "2", "--quiet", "--out", str(out)])
    assert (done.returncode, done.stderr) == (0, b"")
    assert {path.name for path in out.iterdir()} == FILES


def without_reader(arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
    """Return a process whose standard output is closed at its other end from the start."""
    read, write_end = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "newswave", *arguments]
    done = subprocess.run(
        command, stdout=write_end, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(write_end)
    return done


def test_any_terminal_can_show_it(tmp_path: Path) -> None:
    head = "id,type,sub_type,headline,text\n"
    row = "fete,Neutral,Festival,F\u00eate \u2013 \u201cla nuit\u201d,C\u2019est la f\u00eate.\n"
    own = write(tmp_path, "own.csv", head + row)
    for encoding in ("ascii", "latin-1", "utf-8"):
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        done = process("events", "--events", own, "fete", env=environment)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"nuit" in done.stdout
        assert done.stdout.decode(encoding)


@given(
    text=st.text(max_size=30), encoding=st.sampled_from(["ascii", "cp1252", "utf-8", "nonsense"])
)
def test_text_is_made_to_fit(text: str, encoding: str) -> None:
    made = fitting(text, encoding)
    known = "ascii" if encoding == "nonsense" else encoding
    assert made.encode(known) is not None
    if text.isascii():
        assert made == text


def test_the_bar_is_shown_for_long_work_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Progress(quiet=False) as progress:
        progress("short work", 1, 2)
        progress("short work", 2, 2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(console, "_SHORT", -1.0)
    with Progress(quiet=False) as progress:
        progress.of("long work")(1, 4)
        progress("other work", 3, 4)
    printed = capsys.readouterr().err
    assert "long work" in printed
    assert "75 %" in printed
    assert "other work" in printed
    with Progress(quiet=True) as progress:
        progress("long work", 1, 4)
    assert capsys.readouterr().err == ""


def test_the_width_is_that_of_the_terminal_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, wanted in (("20", 60), ("90", 90), ("300", 100)):
        monkeypatch.setenv("COLUMNS", columns)
        assert console.width() == wanted


def test_the_mean_of_the_curve_file_is_that_of_its_runs(first_run: tuple[Path, str]) -> None:
    out, _ = first_run
    rows = (out / "curve.csv").read_text().splitlines()[1:]
    table = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    assert table[:, 1] == pytest.approx(table[:, 4:].mean(axis=1), rel=1e-9)
    assert (table[:, 2] <= table[:, 3]).all()


def test_doctor_says_what_the_page_of_the_app_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from newswave.app import server

    def torn() -> bool:
        raise OSError("no such folder")

    for looked, words in (
        (lambda: True, "needs nothing from the internet"),
        (lambda: False, "newswave[offline]"),
        (torn, "cannot be started (no such folder)"),
    ):
        monkeypatch.setattr(server, "front_end_is_local", looked)
        assert main(["doctor"]) == 0
        assert words in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("words", ["events", "--help", "--version", "predict --rounds 5"])
def test_a_full_device_is_said_without_a_traceback(words: str) -> None:
    command = [sys.executable, "-m", "newswave", *words.split()]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("newswave: The output cannot be written (No space left") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a shell is needed")
@pytest.mark.parametrize("end", [">&-", "2>&-", ">&- 2>&-", "| head -1", "| true", "2>/dev/full"])
def test_a_closed_output_is_no_mistake(end: str) -> None:
    line = f"{shlex.quote(sys.executable)} -m newswave run --agents 30 --degree 4 --replicas 2 "
    line += f"--rounds 3 --no-fits {end}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
