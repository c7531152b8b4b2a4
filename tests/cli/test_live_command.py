"""The command asks a language model: measures tables, runs agents, goes on, replays, refuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from programs import newswave_command

from newswave.cli import main
from newswave.core.curve import Curve
from newswave.core.rules import load_measured
from newswave.core.setup import Setup
from newswave.core.wording import wording, wording_toml
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.recording import Recording, Turn

SMALL = ["--agents", "40", "--seeds", "4", "--rounds", "5", "--bootstrap", "99", "--quiet"]
ONE = ["--profile", "O+C-E+A-N-"]
SAME = ("curve.csv", "fits.json", "setup.json", "figure.png", "decisions.csv", "dose.png")


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


def asked(server: StandIn, *more: str) -> list[str]:
    return ["run", "--model", "synthetic", "--host", server.address, *SMALL, *more]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line with which a command is refused."""
    capsys.readouterr()
    assert main(list(arguments)) == 2
    message = capsys.readouterr().err
    assert message.startswith("newswave: ")
    assert message.count("\n") == 1
    return message


# ----------------------------------------------------------------------- newswave run --model


def test_a_live_run_is_recorded_and_replayed_to_the_last_digit(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live, again = tmp_path / "live", tmp_path / "again"
    assert main(asked(stand_in, "--out", str(live))) == 0
    printed = capsys.readouterr().out
    stand_in.close()
    assert main(["run", "--replay", str(live / "recording.jsonl"), "--out", str(again), "--quiet",
                 "--bootstrap", "99"]) == 0  # fmt: skip
    replayed = capsys.readouterr().out
    for name in SAME:
        assert (live / name).read_bytes() == (again / name).read_bytes(), name
    for words in (printed, replayed):
        assert "SYNTHETIC" in words
        assert "could be read" in words
        assert "exposure     asked" in words
        assert "Verdict:" in words
    assert json.loads((live / "fits.json").read_text())["synthetic"] is True
    assert Setup.read(live / "setup.json").synthetic


def test_a_live_run_goes_on_from_its_recording(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "answers.jsonl"
    assert main(asked(stand_in, "--record", str(record))) == 0
    whole = record.read_bytes()
    lines = whole.splitlines(keepends=True)
    record.write_bytes(b"".join(lines[: len(lines) // 2]) + b'{"kind":"repl')
    calls = stand_in.calls
    kept = len(Recording.read(record).all_replies)
    assert main(asked(stand_in, "--record", str(record))) == 0
    printed = capsys.readouterr().out
    recording = Recording.read(record)
    # One more than was missing: the call that is timed beforehand.
    assert stand_in.calls - calls == len(recording.all_replies) - kept + 1
    assert f"{kept} answers are in" in printed
    assert "torn (13 bytes)" in printed
    asked_for = [json_key(line) for line in lines if b'"kind":"reply"' in line]
    assert sorted(reply.key for reply in recording.all_replies) == sorted(asked_for)


def json_key(line: bytes) -> Turn:
    held = json.loads(line)
    return Turn(held["run"], held["round"], held["agent"])


def test_another_run_does_not_go_on_with_a_recording(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = ["--record", str(tmp_path / "answers.jsonl")]
    assert main(asked(stand_in, *record)) == 0
    before = Path(record[1]).read_bytes()
    message = refused(capsys, *asked(stand_in, *record, "--seed", "2", "--temperature", "0.5"))
    assert "the recording of something else" in message
    assert "setup seed: 1 and 2" in message
    assert "setup sharing temperature: 1.0 and 0.5" in message
    assert Path(record[1]).read_bytes() == before


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.REFUSAL_PROSE, "text without a decision"),
        (Fault.THINK_OPEN, "nothing but thinking.*Update Ollama"),
    ],
)
def test_a_run_stops_after_ten_unread_answers_at_its_start(
    fault: Fault, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with StandIn() as server:
        server.fault_always(fault)
        told = refused(capsys, *asked(server, "--out", str(tmp_path)))
        assert re.search(f"None of the first 10 answers could be read: {words}", told)
        assert not re.search(r"\b[A-Z]+_[A-Z]+\b|REFUSED", told)
        assert 30 <= server.calls < 60  # some were under way
        assert len(Recording.read(tmp_path / "recording.jsonl").all_replies) >= 30


def test_replies_that_cannot_be_read_are_counted_on_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newswave.llm.batch._MOST_UNREAD", 10_000)
    with StandIn() as server:
        server.fault_always(Fault.REFUSAL_PROSE)
        assert main(asked(server, "--out", str(tmp_path))) == 0
    printed = capsys.readouterr().out
    recording = Recording.read(tmp_path / "recording.jsonl")
    assert recording.outcomes == {"REFUSED": len(recording.all_replies)}
    assert f"{recording.abstained} of {recording.abstained} could not be read (100.0 %)" in printed
    assert "If a yes is lost more often than a no" in printed
    assert Curve.read(tmp_path / "curve.csv", 40).counts[0, -1] == 4
    log = pd.read_csv(tmp_path / "decisions.csv")
    assert log["abstained"].all()
    assert not log["share"].any()


def test_several_runs_are_asked_one_after_another(stand_in: StandIn, tmp_path: Path) -> None:
    more = ["--replicas", "3", "--no-reasons", "--concurrency", "4", "--out", str(tmp_path)]
    assert main(asked(stand_in, *more)) == 0
    assert Recording.read(tmp_path / "recording.jsonl").runs == (0, 1, 2)
    assert Curve.read(tmp_path / "curve.csv", 40).counts[0, 0] == 4
    assert set(pd.read_csv(tmp_path / "decisions.csv")["run"]) == {0, 1, 2}


def test_a_live_setup_is_run_again_from_its_file(stand_in: StandIn, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(asked(stand_in, "--out", str(first))) == 0
    assert main(["run", "--setup", str(first / "setup.json"), "--host", stand_in.address,
                 "--out", str(second), "--bootstrap", "99", "--quiet"]) == 0  # fmt: skip
    assert (first / "curve.csv").read_bytes() == (second / "curve.csv").read_bytes()


def test_without_a_place_each_run_has_a_recording_of_its_own(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for more in ([], ["--temperature", "0.5"], ["--seed", "2"], []):
        assert main(asked(stand_in, *more)) == 0
    found = sorted(path.name for path in tmp_path.iterdir())
    assert len(found) == 3
    assert all(name.startswith("recording-synthetic-latest-lantern-festival-") for name in found)


def test_ctrl_c_keeps_the_answers_and_the_same_command_goes_on(tmp_path: Path) -> None:
    with StandIn(delay=0.02) as server:
        record = tmp_path / "recording.jsonl"
        how = {"stderr": subprocess.PIPE, "cwd": tmp_path}
        with newswave_command(*asked(server, "--out", str(tmp_path)), **how) as process:
            while not record.exists() or record.read_bytes().count(b'"kind":"reply"') < 15:
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, error = process.communicate()
        assert process.returncode == 130
        assert "answers are kept in" in out
        assert "Stopped before the end" in error
        assert "Traceback" not in error
        kept = len(Recording.read(record).all_replies)
        assert kept >= 15
        server.fault_always(None)
        assert main(asked(server, "--out", str(tmp_path))) == 0
    assert len(Recording.read(record).all_replies) > kept
    assert Recording.read(record).finished(0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "synthetic", "--fast", "0.2"], "do not go together"),
        (["--model", "synthetic", "--table", "synthetic"], "do not go together"),
        (["--model", "synthetic", "--source", "0.1"], "do not go together"),
        (["--wording", "markers"], "--wording says how a language model is asked"),
        (["--temperature", "0.5"], "--temperature says how a language model is asked"),
        (["--host", "box"], "--host is for runs in which a language model is asked"),
        (["--record", "x.jsonl"], "--record is for runs"),
        (["--model", "synthetic", "--wording", "nothing"], "Unknown wording"),
        (["--model", "synthetic", "--wording", "nothing.toml"], "cannot be read"),
        (["--model", "synthetic", "--temperature", "3"], "temperature"),
        (["--model", "synthetic", "--concurrency", "0"], "concurrency"),
        (["--model", "synthetic", "--host", "ftp://box"], "Only http and https"),
        (["--model", "synthetic", "--timeout", "0"], "timeout"),
        (["--replay", "synthetic", "--agents", "5"], "holds its whole setup"),
        (["--replay", "nothing.jsonl"], "cannot be read"),
        (["--table", "synthetic", "--event", "first-snow"], "measured about another event"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in refused(capsys, "run", *arguments)


def test_no_server_and_no_model_say_what_to_do(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, "run", "--model", "llama3.2:1b", "--host", stand_in.address)
    assert "ollama pull llama3.2:1b" in message
    assert "synthetic:latest" in message
    message = refused(capsys, "run", "--model", "synthetic-embedding", "--host", stand_in.address)
    assert "cannot be asked in words" in message
    stand_in.close()
    message = refused(capsys, "run", "--model", "synthetic", "--host", stand_in.address)
    assert "ollama serve" in message


def test_a_recording_of_a_table_is_not_replayed(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(table(stand_in, tmp_path, *ONE)) == 0
    message = refused(capsys, "run", "--replay", str(tmp_path / "table-lantern-festival.jsonl"))
    assert "not of runs" in message


def test_the_shipped_recording_is_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--replay", "synthetic", "--out", str(tmp_path), "--quiet"]) == 0
    assert "no model is asked now" in capsys.readouterr().out
    assert Curve.read(tmp_path / "curve.csv", 100).counts[0, 0] == 5


def test_hostile_texts_of_a_model_reach_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a model writes is kept, and shown without what a terminal would obey."""
    record = tmp_path / "hostile.jsonl"
    with StandIn() as server:
        assert main(asked(server, "--record", str(record))) == 0
    hostile = record.read_text("utf-8").replace("Synthetic:", "\\u001b[2J\\u0007<script>")
    unsummed = re.sub(r',\s*"sum":\s*"[0-9a-f]{8}"', "", hostile)  # as of a recording of before
    record.write_text(unsummed, "utf-8")
    capsys.readouterr()
    assert main(["recording", str(record), "--agent", "1"]) == 0
    assert main(["run", "--replay", str(record), "--bootstrap", "99", "--quiet"]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\x07" not in printed


# --------------------------------------------------------------------------------- newswave table


def table(server: StandIn, out: Path, *more: str) -> list[str]:
    where = ["--host", server.address, "--out", str(out), "--quiet"]
    return ["table", "--model", "synthetic", *where, *more]


def test_a_table_is_measured_written_and_run(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = ["--event", "teachers-sit-in", "--event", "first-snow"]
    assert main(table(stand_in, tmp_path, *events)) == 0
    printed = capsys.readouterr().out
    assert stand_in.calls == 208
    told = "96 calls for 96 cells, read from answers begun in JSON; there true and false cover 99 %"
    assert told in " ".join(printed.split())
    assert "SYNTHETIC" in printed
    for name in ("teachers-sit-in", "first-snow"):
        endings = {path.suffix for path in tmp_path.glob(f"table-{name}.*")}
        assert endings == {".json", ".csv", ".png", ".svg", ".jsonl"}
    made = tmp_path / "table-first-snow.json"
    held = load_measured(made)
    assert held.origin is not None
    assert (held.origin.synthetic, held.origin.event) == (True, "first-snow")
    small = ["--agents", "100", "--rounds", "20", "--replicas", "20", "--bootstrap", "99"]
    assert main(["run", "--table", str(made), *small, "--quiet", "--out", str(tmp_path / "r")]) == 0
    assert main(["predict", "--table", str(made), "--agents", "100", "--rounds", "20"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("SYNTHETIC") >= 2
    assert Setup.read(tmp_path / "r" / "setup.json").event.id == "first-snow"


def test_a_stopped_table_goes_on_without_asking_twice(stand_in: StandIn, tmp_path: Path) -> None:
    assert main(table(stand_in, tmp_path)) == 0
    record = tmp_path / "table-lantern-festival.jsonl"
    whole = load_measured(tmp_path / "table-lantern-festival.json")
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(lines[:81]))
    kept, calls = len(Recording.read(record).all_replies), stand_in.calls
    assert main(table(stand_in, tmp_path)) == 0
    assert stand_in.calls - calls == 104 - kept
    again = load_measured(tmp_path / "table-lantern-festival.json")
    assert np.array_equal(again.given.probabilities, whole.given.probabilities)


def test_a_table_is_counted_where_there_are_no_log_probabilities(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["table", "--model", "synthetic-mute", "--host", stand_in.address, "--repeats", "4",
                 "--profile", "O+C+E+A+N+", "--profile", "O-C-E-A-N-"]  # fmt: skip
    arguments += ["--out", str(tmp_path), "--quiet"]
    assert main(arguments) != 0
    said = " ".join(capsys.readouterr().err.split())
    assert "has to be counted over repeated answers" in said
    assert "takes 24 more calls" in said
    assert "--count-if-needed" in said
    assert main([*arguments, "--count-if-needed"]) == 0
    assert "counted over answers" in capsys.readouterr().out
    held = load_measured(tmp_path / "table-lantern-festival.json")
    assert held.is_sampled
    assert {cell.asked for cell in held.cells} == {4}


def test_your_own_words_and_events_are_measured(stand_in: StandIn, tmp_path: Path) -> None:
    words = wording_toml(wording("markers")).replace('name = "markers"', 'name = "mine"')
    (tmp_path / "mine.toml").write_text(words, "utf-8")
    (tmp_path / "news.csv").write_text(
        "id,type,sub_type,headline,text\nown-one,Neutral,Test,A headline,$text and {braces}\n"
    )
    more = ["--wording", str(tmp_path / "mine.toml"), "--events", str(tmp_path / "news.csv")]
    assert main(table(stand_in, tmp_path, *more, *ONE)) == 0
    held = load_measured(tmp_path / "table-own-one.json")
    assert held.origin is not None
    assert (held.origin.wording, held.origin.event) == ("mine", "own-one")
    prompts = Recording.read(tmp_path / "table-own-one.jsonl").prompts.values()
    assert all(prompt.system.endswith("$text and {braces}") for prompt in prompts)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Which model"),
        (["--model", "synthetic", "--event", "no-such"], "Unknown event"),
        (["--model", "synthetic", "--event", "first-snow", "--event", "first-snow"], "twice"),
        (["--model", "synthetic", "--profile", "X"], "not the code of a profile"),
        (["--model", "synthetic", "--repeats", "1"], "repeated answers"),
        (["--model", "synthetic", "--temperature", "0"], "temperature"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in refused(capsys, "table", *arguments)


# ------------------------------------------------------------------------------ newswave wordings


def test_wordings_are_listed_shown_and_printed_as_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["wordings"]) == 0
    assert wording("adjectives").hash in capsys.readouterr().out
    assert main(["wordings", "markers", "--profile", "O-C-E-A-N-", "--event", "first-snow"]) == 0
    assert "very unimaginative" in capsys.readouterr().out
    assert main(["wordings", "markers", "--toml"]) == 0
    own = tmp_path / "own.toml"
    own.write_text(capsys.readouterr().out, "utf-8")
    assert main(["wordings", str(own)]) == 0
    assert wording("markers").hash in capsys.readouterr().out


def test_the_server_of_ollama_host_is_asked(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "OLLAMA_HOST", stand_in.address)
    assert main(["table", "--model", "synthetic", "--out", str(tmp_path), "--quiet", *ONE]) == 0
    assert stand_in.calls == 9  # three cells in both orders, and once more


def test_a_stand_in_with_a_fault_shows_what_becomes_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a teacher would show it: every answer is a refusal, so the run stops and says so."""
    fault = ("synthetic-server", "--port", "0", "--fault", "refusal-prose")
    record = tmp_path / "run.jsonl"
    with newswave_command(*fault) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[3]
        more = ["--host", address, "--record", str(record), *SMALL]
        message = refused(capsys, "run", "--model", "synthetic", *more)
    assert "None of the first 10 answers could be read: text without a decision" in message
    assert {reply.share for reply in Recording.read(record).all_replies} == {None}
    message = refused(capsys, "synthetic-server", "--fault", "refusal")
    assert "refusal-prose" in message
