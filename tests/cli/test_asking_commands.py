"""persona, models, recording and doctor say what is there, and refuse in one line what is not."""

from __future__ import annotations

import csv
import http.server
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from programs import PATIENCE, newswave_command

from newswave.cli import doctor, main
from newswave.cli.models import model_lines
from newswave.core.rules import load_measured
from newswave.core.setup import Setup
from newswave.core.wording import Prompt, load_wording
from newswave.llm import ollama_server
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.ollama_server import Server
from newswave.llm.recording import (
    CellTurn,
    Header,
    RecordedReply,
    Recording,
    RecordingPurpose,
    RecordingWriter,
    Source,
    Turn,
)
from newswave.llm.server import SMALL_MODELS, Model, Reply

Capture = pytest.CaptureFixture[str]
FOUR = [f"--profile={code}" for code in ("O+C-E+A-N-", "O-C+E-A+N+", "O+C+E+A+N+", "O-C-E-A-N-")]
NASTY = "ring\x07 \x1b[31mred\x1b[0m " + "x" * 300


@pytest.fixture(autouse=True)
def plain_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty folder, on a screen of 80 columns, without a server of one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def stranger() -> Iterator[str]:
    """Yield the address of a web server that is no Ollama server."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    found = http.server.HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=found.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()
    thread.join()


def said(capsys: Capture, *arguments: str, status: int = 0) -> str:
    """Return what a command prints: plain, and no wider than the screen but for whole commands."""
    assert main(list(arguments)) == status
    printed = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in printed)
    for line in printed.splitlines():
        one_word = len(line.split()) == 1  # a path, which is not broken
        assert len(line) <= 80 or one_word or line.startswith("  newswave "), line
    return printed


def joined(text: str) -> str:
    return " ".join(text.split())


def refused(capsys: Capture, *arguments: str) -> str:
    """Return the one line with which a command is refused."""
    assert main(list(arguments)) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("newswave: ")
    assert complaint.count("\n") == 1
    assert "Traceback" not in complaint
    return complaint


# ------------------------------------------------------------------------------------- persona


def test_persona_shows_five_traits_and_what_they_mean(server: StandIn, capsys: Capture) -> None:
    printed = said(capsys, "persona", "--model", "synthetic", "--host", server.address, "--quiet")
    assert server.calls == 32
    rows = [line.split() for line in printed.splitlines() if line.endswith("   taken on")]
    names = ["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"]
    assert [row[0] for row in rows] == names
    for row in rows:
        high, low, separation, share = (float(cell) for cell in row[1:5])
        assert abs(high - low - separation) < 0.011
        assert share == 100
    for words in (
        "SYNTHETIC",
        "wording adjectives",
        "calls 31 more",
        "takes all five traits on",
        "nothing about people",
        "taken on from 1, weakly from 0.5 on",
    ):
        assert words in joined(printed)
    assert "!" not in printed
    assert list(Path().iterdir()) == []


def test_persona_writes_scores_figure_and_recording_and_goes_on(
    server: StandIn, capsys: Capture
) -> None:
    command = ["persona", "--model", "synthetic", "--host", server.address, "--out", "checked"]
    said(capsys, *command, *FOUR[:2])
    printed = said(capsys, *command)
    assert server.calls == 32
    assert "2 answers are in the recording already" in printed
    written = {path.name for path in Path("checked").iterdir()}
    assert written == {"persona.jsonl", "persona.csv", "persona.png", "persona.svg"}
    with Path("checked/persona.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["profile"] for row in rows}) == 32
    for row in rows:
        assert row["model"] == "synthetic:latest (synthetic)"
        assert (float(row["openness"]) > 0) == ("O+" in row["profile"])
        assert (float(row["neuroticism"]) > 0) == ("N+" in row["profile"])
    assert "synthetic" in Path("checked/persona.svg").read_text("utf-8").lower()


def test_persona_counts_who_gave_no_ratings(server: StandIn, capsys: Capture) -> None:
    server.script(None, Fault.REFUSAL_PROSE)
    command = ["persona", "--model", "synthetic", "--host", server.address, "--out", "checked"]
    printed = joined(said(capsys, *command, *FOUR))
    assert "! 1 of 4 personas gave no ratings that could be read (O-C+E-A+N+)." in printed
    rows = Path("checked/persona.csv").read_text().splitlines()
    assert rows[-1] == "O-C+E-A+N+,,,,,,synthetic:latest (synthetic)"
    assert len(rows) == 5


def test_persona_keeps_what_was_answered_when_it_breaks_off(
    server: StandIn, capsys: Capture
) -> None:
    server.script(None, None, Fault.MODEL_DELETED)
    command = ["persona", "--model", "synthetic", "--host", server.address, "--out", "checked"]
    assert main([*command, *FOUR, "--concurrency", "1"]) == 2
    printed, complaint = capsys.readouterr()
    assert "2 answers are kept in" in printed
    assert "does not have this model" in complaint
    assert len(Recording.read("checked/persona.jsonl").all_replies) == 2


def test_persona_refuses_in_one_line(server: StandIn, stranger: str, capsys: Capture) -> None:
    here = ["--host", server.address]
    assert "--model NAME" in refused(capsys, "persona")
    assert "newswave models --pull nix" in refused(capsys, "persona", "--model", "nix", *here)
    embedding = refused(capsys, "persona", "--model", "synthetic-embedding", *here)
    assert "cannot be asked in words" in embedding
    model = ["persona", "--model", "synthetic"]
    assert "alike in openness" in refused(capsys, *model, *here, FOUR[0])
    assert "code of a profile" in refused(capsys, *model, *here, "--profile", "nice")
    assert "temperature" in refused(capsys, *model, *here, "--temperature", "-1")
    assert "Unknown wording" in refused(capsys, *model, *here, "--wording", "rude")
    assert "concurrency" in refused(capsys, *model, *here, "--concurrency", "0")
    assert "No Ollama server was reached" in refused(capsys, *model)
    assert "names an Ollama server" in refused(capsys, *model, "--host", stranger)
    server.fault_always(Fault.REFUSAL_PROSE)
    assert "Only 0 of 4" in refused(capsys, *model, *here, *FOUR)
    assert list(Path().iterdir()) == []


def test_persona_does_not_mix_two_checks(server: StandIn, capsys: Capture) -> None:
    command = ["persona", "--host", server.address, "--out", "one", *FOUR]
    said(capsys, *command, "--model", "synthetic")
    assert "something else" in refused(capsys, *command, "--model", "synthetic-mute")
    assert "wording" in refused(capsys, *command, "--model", "synthetic", "--wording", "markers")


# -------------------------------------------------------------------------------------- models


def test_models_are_listed_with_what_they_can_do(server: StandIn, capsys: Capture) -> None:
    said(capsys, "persona", "--model", "synthetic-mute", "--host", server.address, *FOUR)
    printed = said(capsys, "models", "--host", server.address)
    digest = Server(server.address).look().find("synthetic").digest[:12]
    whole = joined(printed)
    assert "SYNTHETIC: a formula answers" in whole
    assert f"synthetic:latest 1 MB, 0B, none, digest {digest}; can completion" in whole
    assert "can embedding: it cannot be asked in words" in whole
    assert [line.split()[0] for line in printed.splitlines() if "in memory" in line] == [
        "synthetic-mute:latest"
    ]
    assert f"newswave doctor --model synthetic-mute:latest --host {server.address}" in whole


def test_a_long_name_keeps_to_the_screen() -> None:
    name = "hf.co/somebody/" + "a-long-name-of-a-model" * 5
    model = Model(name, "ab" * 32, 4_661_224_676, "llama", "8.0B", "Q4_K_M")
    lines = model_lines(model, True, 80)
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("hf.co/somebody/")
    assert joined(lines[1]) == "4.7 GB, 8.0B, Q4_K_M, digest abababababab, in memory"


def test_a_name_cannot_write_on_the_screen() -> None:
    lines = model_lines(Model("evil\x1b[2J\nname", "ab" * 32), False, 80)
    assert all(c.isprintable() for line in lines for c in line)


def test_without_a_model_it_is_said_how_to_get_one(capsys: Capture) -> None:
    with StandIn(models=()) as server:
        printed = said(capsys, "models", "--host", server.address)
        for name, size, _ in SMALL_MODELS:
            assert f"newswave models --pull {name}" in printed
            assert size in printed
        assert "ollama pull" in printed
    with StandIn(models=("synthetic-embedding",)) as server:
        printed = said(capsys, "models", "--host", server.address)
        assert "None of them can be asked in words" in printed
        assert "--pull" in printed


def test_a_model_is_fetched_once_it_is_wanted(server: StandIn, capsys: Capture) -> None:
    command = ["models", "--host", server.address, "--pull"]
    printed = said(capsys, *command, "synthetic-small")
    assert "Fetched:\nsynthetic-small:latest " in printed
    assert "synthetic-small" in said(capsys, "models", "--host", server.address)


def test_models_without_ollama_lists_the_built_in_ones(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.setattr("newswave.cli.models.server_of", lambda _: Server("127.0.0.1:1"))
    printed = said(capsys, "models")
    assert "smollm2 " in printed
    assert "No Ollama server was reached at" in printed
    assert "ollama serve" in printed


def test_doctor_of_a_built_in_model_looks_at_no_server(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "ftp://nowhere")
    monkeypatch.setenv("NEWSWAVE_CACHE", "nothing-here")
    assert main(["doctor", "--model", "builtin:smollm2"]) == 1
    printed = capsys.readouterr().out
    assert "newswave models --get smollm2" in printed or "newswave[model]" in printed
    assert "nowhere" not in printed


def test_models_refuses_in_one_line(server: StandIn, stranger: str, capsys: Capture) -> None:
    here = ["--host", server.address]
    assert "ollama.com/library" in refused(capsys, "models", "--pull", "nix", *here)
    assert "no name of a model" in refused(capsys, "models", "--pull", " ", *here)
    assert "ollama serve" in refused(capsys, "models")
    assert "names an Ollama server" in refused(capsys, "models", "--host", stranger)
    assert "cannot be read" in refused(capsys, "models", "--host", "ftp://box")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        complaint = refused(capsys, "models", "--host", host, "--timeout", "0.3")
    assert "no answer within 0.3 s" in complaint


class Fetching(http.server.ThreadingHTTPServer):
    """A server that fetches a large model, slowly."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Slow)
        self.under_way = threading.Event()


class _Slow(http.server.BaseHTTPRequestHandler):
    server: Fetching

    def do_GET(self) -> None:
        self._begin()
        self.wfile.write(json.dumps({"version": "0.33.0", "models": []}).encode())

    def do_POST(self) -> None:
        self._begin()
        try:
            for done in range(10_000):
                line = {
                    "status": "pulling 0123456789ab",
                    "total": 10**10,
                    "completed": done * 10**6,
                }
                self.wfile.write(json.dumps(line).encode() + b"\n")
                if done == 15:
                    self.server.under_way.set()
                time.sleep(0.05)
        except OSError:
            pass

    def _begin(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_stops_a_fetch_cleanly() -> None:
    with Fetching() as slow:
        thread = threading.Thread(target=slow.serve_forever, daemon=True)
        thread.start()
        command = ("models", "--pull", "big:70b")
        host = ("--host", f"http://127.0.0.1:{slow.server_port}")
        with newswave_command(*command, *host, stderr=subprocess.PIPE) as fetch:
            assert slow.under_way.wait(PATIENCE)
            fetch.send_signal(signal.SIGINT)
            out, err = fetch.communicate()
        slow.shutdown()
        thread.join()
    assert fetch.returncode == 130
    assert "The server keeps what was fetched; the same command goes on." in out
    assert "0123456789ab, MB" in err
    assert "of 10000" in err
    assert err.endswith("newswave: Stopped before the end.\n")
    assert "Traceback" not in err


# ----------------------------------------------------------------------------------- recording


def source(synthetic: bool = False) -> Source:
    return Source("language model", "some-model:1b", "a" * 64, synthetic=synthetic)


@pytest.fixture
def run_file(tmp_path: Path) -> str:
    """Return a recording of two rounds in which agent 3 needed two attempts and wrote nastily."""
    path = tmp_path / "run.jsonl"
    header = Header(RecordingPurpose.RUN, source(), Setup(n_agents=50))
    with RecordingWriter(path, header) as writer:
        asked = writer.prompt(Prompt("You are one person.", "Do you share it?\nAnswer in JSON."))
        for number, (agent, at, share) in enumerate(((3, 1, None), (3, 1, True), (7, 2, False))):
            reply = RecordedReply(
                Turn(0, at, agent),
                asked,
                "REFUSED" if share is None else "PLAIN",
                share,
                attempt=int(number == 1),
                profile="O+C-E+A-N-",
                exposure=2,
                seed=11 + number,
                content=NASTY if share is None else '{"share": true, "reason": "It matters."}',
                thinking="Hm." if share is None else None,
                seconds=0.25,
                tokens=12,
            )
            writer.reply(reply)
            if share is not None:
                writer.close_round(0, at)
    return str(path)


@pytest.fixture
def table_file(tmp_path: Path) -> str:
    path = tmp_path / "table.jsonl"
    with RecordingWriter(path, Header(RecordingPurpose.TABLE, source(synthetic=True))) as writer:
        asked = writer.prompt(Prompt("You are one person.", "Yes or no?"))
        for number, yes in enumerate((0.2, 0.3)):
            cell = CellTurn("O+C-E+A-N-", 2, "YES_NO", number)
            numbers = {"yes": yes, "no": 1 - yes}
            writer.reply(RecordedReply(cell, asked, "LOG_PROBABILITIES", None, numbers=numbers))
    return str(path)


def test_a_recording_is_summed_up(run_file: str, capsys: Capture) -> None:
    printed = joined(said(capsys, "recording", run_file))
    for words in ("A recording of runs", "some-model:1b", "2 whole rounds", "3 calls, 1 of them"):
        assert words in printed
    assert "synthetic" not in printed
    assert f"newswave recording {run_file} --agent 3 --run 0 --round 1" in printed


def test_a_torn_last_line_is_told(run_file: str, capsys: Capture) -> None:
    with Path(run_file).open("ab") as stream:
        stream.write(b'{"kind": "rep')
    assert "a last line of 13 bytes was not written to its end" in joined(
        said(capsys, "recording", run_file)
    )


def test_the_example_says_that_it_is_synthetic(capsys: Capture) -> None:
    printed = said(capsys, "recording", "synthetic")
    assert "(synthetic: no language model answered)" in joined(printed)
    shown = printed.splitlines()[-1].split()[1:]
    exchange = said(capsys, *shown)
    assert exchange.startswith("SYNTHETIC: ")
    assert "You take the part of one person" in exchange


def test_an_exchange_is_shown_as_plain_text(run_file: str, capsys: Capture) -> None:
    printed = said(capsys, "recording", run_file, "--agent", "3")
    assert printed.startswith("run 0, round 1, agent 3, profile O+C-E+A-N-, 2 sharing neighbours\n")
    assert printed.count("system   You are one person.") == 1
    assert "user     Do you share it?\n         Answer in JSON.\n" in printed
    assert "reply    ring [31mred [0m" in printed
    assert "thinking Hm." in printed
    plain = " ".join(printed.split())
    assert "attempt 1, text without a decision: no decision, 0.25 s, 12 tokens, seed 11" in plain
    assert "attempt 2, JSON as asked: share, 0.25 s, 12 tokens, seed 12" in plain
    assert printed.count("x") >= 300


def test_a_question_asked_again_is_printed_once(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "again.jsonl"
    header = Header(RecordingPurpose.RUN, source(), Setup(n_agents=50))
    with RecordingWriter(path, header) as writer:
        asked = writer.prompt(Prompt("You are one person.", "Do you share it?"))
        for at in (1, 2):
            writer.reply(RecordedReply(Turn(0, at, 3), asked, "PLAIN", at == 2, content="{}"))
            writer.close_round(0, at)
    printed = said(capsys, "recording", str(path), "--agent", "3")
    assert printed.count("Do you share it?") == 1
    assert "asked    the same as in run 0, round 1, agent 3" in printed
    assert "do not share" in printed
    only = said(capsys, "recording", str(path), "--agent", "3", "--round", "2", "--run", "0")
    assert only.startswith("run 0, round 2, agent 3\nsystem")


def test_a_cell_is_shown_with_all_its_replies(table_file: str, capsys: Capture) -> None:
    printed = said(capsys, "recording", table_file, "--cell", "n- e+ o+ c- a-", "2")
    assert printed.startswith("SYNTHETIC: ")
    assert "O+C-E+A-N-, 2 sharing neighbours, YES_NO, number 1" in printed
    assert "LOG_PROBABILITIES: yes 0.2, no 0.8" in printed
    assert "yes 0.3, no 0.7" in printed
    assert "(the text is not in the recording)" in printed


def test_strip_takes_out_what_the_model_wrote_and_nothing_else(
    run_file: str, capsys: Capture
) -> None:
    printed = said(capsys, "recording", run_file, "--strip", "stripped.jsonl")
    assert "stripped.jsonl" in printed
    whole, bare = Recording.read(run_file), Recording.read("stripped.jsonl")
    assert "It matters" in Path(run_file).read_text()
    assert "It matters" not in Path("stripped.jsonl").read_text()
    assert bare.prompts == whole.prompts
    assert [bare.answers(0, at) for at in (1, 2)] == [whole.answers(0, at) for at in (1, 2)]
    exchange = said(capsys, "recording", "stripped.jsonl", "--agent", "3")
    assert exchange.count("(the text is not in the recording)") == 2


def test_recording_refuses_in_one_line(run_file: str, table_file: str, capsys: Capture) -> None:
    run = ["recording", run_file]
    assert "cannot be read" in refused(capsys, "recording", "nothing.jsonl")
    Path("no.jsonl").write_text('{"kind": "soup"}\n')
    assert "no sound recording" in refused(capsys, "recording", "no.jsonl")
    assert "Allowed: 3, 7." in refused(capsys, *run, "--agent", "4")
    assert "agent 3, round 2" in refused(capsys, *run, "--agent", "3", "--round", "2")
    assert "0 or more" in refused(capsys, *run, "--agent", "-1")
    assert "1 or more" in refused(capsys, *run, "--agent", "3", "--round", "0")
    assert "go with --agent" in refused(capsys, *run, "--round", "1")
    assert "do not go together" in refused(capsys, *run, "--agent", "3", "--strip", "x.jsonl")
    assert "--agent A" in refused(capsys, *run, "--cell", "O+C-E+A-N-", "2")
    assert "O+C-E+A-N- 2" in refused(capsys, "recording", table_file, "--cell", "everybody", "2")
    assert "--cell CODE" in refused(capsys, "recording", table_file, "--agent", "3")
    assert "has the name" in refused(capsys, *run, "--strip", run_file)
    Path("file").write_text("")
    assert "file" in refused(capsys, *run, "--strip", "file/stripped.jsonl")


def test_a_recording_without_replies_says_so(tmp_path: Path, capsys: Capture) -> None:
    path = str(tmp_path / "rule.jsonl")
    header = Header(RecordingPurpose.RUN, Source("rule"), Setup(n_agents=50))
    with RecordingWriter(path, header) as writer:
        writer.decisions(0, 1, agents=[4, 9], share=[True, False])
        writer.close_round(0, 1)
    assert "exchange" not in said(capsys, "recording", path)
    assert "decisions, but no replies" in refused(capsys, "recording", path, "--agent", "4")


# -------------------------------------------------------------------------------------- doctor


def test_doctor_tells_what_the_server_has(server: StandIn, capsys: Capture) -> None:
    said(capsys, "persona", "--model", "synthetic-mute", "--host", server.address, *FOUR)
    printed = joined(said(capsys, "doctor", "--host", server.address))
    assert f"version 0.33.0-synthetic answers at {server.address}" in printed
    assert "it tells log-" in printed
    assert "OLLAMA_HOST 127.0.0.1:1" in printed
    assert "in memory synthetic-mute:latest (0.0 GB)" in printed
    names = doctor._models(Server(server.address).look(), None).text.split(", ")
    assert names == ["synthetic-mute:latest", "synthetic-thinking:latest", "synthetic:latest"]


def test_doctor_tells_what_is_missing_on_the_server(capsys: Capture) -> None:
    with StandIn(models=(), version="0.12.10") as server:
        printed = joined(said(capsys, "doctor", "--host", server.address))
    assert "too old to tell" in printed
    assert "0.12.11" in printed
    assert f"newswave models --pull {SMALL_MODELS[0][0]} --host {server.address}" in printed
    assert "The core works." in printed


def test_doctor_times_a_few_calls_of_a_model(server: StandIn, capsys: Capture) -> None:
    printed = joined(said(capsys, "doctor", "--model", "synthetic", "--host", server.address))
    assert server.calls == 7
    tops = [body.get("top_logprobs", 0) for body in server.requests]
    assert tops == [0, 0, 20, 20, 20, 20, 0]
    assert len({body["options"]["num_ctx"] for body in server.requests}) == 1
    assert server.requests[0]["format"]["properties"]["share"] == {"type": "boolean"}
    assert "one decision took" in printed
    assert "read as JSON as asked" in printed
    assert re.search(r"begun in JSON took .*; true and false cover 99 % \(yes named", printed)
    assert re.search(r"one word took .*; yes and no cover 96 % \(yes named first, then", printed)
    assert "a table about 104 calls, read in the way of 'begun in JSON', one after" in printed
    assert "counted" not in printed
    assert "a live run about 400 such calls" in printed
    assert "All works. Next: newswave persona --model synthetic" in printed


def test_doctor_plans_with_the_time_of_an_answer_not_of_loading(capsys: Capture) -> None:
    with StandIn(delay=0.3, load=1.0) as server:
        printed = joined(said(capsys, "doctor", "--model", "synthetic", "--host", server.address))
    took = float(printed.partition("one decision took ")[2].split()[0])
    assert 0.25 < took < 0.9
    assert " s to load it" in printed
    assert "about 400 such calls for 100 agents, one after another: about" in printed


def test_doctor_plans_a_table_with_warm_calls_of_one_word(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first answer in JSON took 7.7 s, and a word 0.13 s: a table takes 14 s and not 13 min."""
    cold, warm = Reply('{"share": true}', seconds=7.7), Reply("Yes", seconds=0.13)
    none = [replace(warm, first_token=(("{", -0.1),))] * 2
    words = [replace(warm, first_token=(("Yes", -lack), ("no", -1.6))) for lack in (1.5, 0.9)]
    replies = iter([cold, warm, *none, *words, replace(cold, seconds=1.2)])
    monkeypatch.setattr(doctor, "one_answer", lambda *_: next(replies))
    with StandIn() as server:
        printed = joined(said(capsys, "doctor", "--model", "synthetic", "--host", server.address))
    assert "one decision took 7.7 s; read" in printed
    assert "begun in JSON took 0.13 s; of true and false no log-probabilities are told" in printed
    assert "one word took 0.13 s; yes and no cover 43 to 61 % (yes" in printed
    assert "about 104 calls, read in the way of 'one word', one after another:" in printed
    assert "for 100 agents, one after another: about 8 min" in printed


def test_doctor_says_that_a_table_is_counted_where_no_probabilities_are_told(
    server: StandIn, capsys: Capture
) -> None:
    arguments = ["doctor", "--model", "synthetic-mute", "--host", server.address]
    printed = joined(said(capsys, *arguments))
    assert "of yes and no no log-probabilities are told" in printed
    assert "a table has to be counted (--count): 1920 decisions," in printed


def test_doctor_finds_that_a_model_does_not_see_the_news(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By words where a reply shows it; else by the tokens that the system message adds."""
    with StandIn(models=["synthetic-base"]) as server:
        arguments = ["doctor", "--model", "synthetic-base", "--host", server.address]
        printed = joined(said(capsys, *arguments, status=1))
        assert server.calls == 1
        monkeypatch.setattr(ollama_server, "check_taken_in", lambda *_: None)
        again = joined(said(capsys, *arguments, status=1))
        assert server.calls == 3
    for words in ("does not see the news", "{{ .System }}", "The model cannot be used yet"):
        assert words in printed
        assert words in again
    assert "0 tokens more for 67 words more" in again


@pytest.mark.parametrize(
    ("fault", "says"),
    [(Fault.CRASH, "failed (status 500)"), (Fault.NOT_JSON, "not that of an Ollama server")],
)
def test_doctor_fails_for_a_model_that_cannot_be_asked(
    fault: Fault, says: str, server: StandIn, capsys: Capture
) -> None:
    server.fault_always(fault)
    arguments = ["doctor", "--model", "synthetic", "--host", server.address]
    printed = joined(said(capsys, *arguments, status=1))
    assert says in printed
    assert server.calls == 1
    assert "The model cannot be used yet" in printed


def test_doctor_warns_of_an_answer_that_cannot_be_read(server: StandIn, capsys: Capture) -> None:
    server.fault_always(Fault.REFUSAL_PROSE)
    arguments = ["doctor", "--model", "synthetic", "--host", server.address]
    printed = joined(said(capsys, *arguments, status=1))
    assert "could not be read: text without a decision" in printed
    assert "See how often that happens: newswave persona --model synthetic" in printed
    assert "The core works. The model cannot be used yet" in printed
    assert "All works" not in printed
    assert "REFUSED" not in printed


@pytest.mark.parametrize("name", ["nix", "synthetic-embedding"])
def test_doctor_fails_for_a_model_that_is_not_there(
    name: str, server: StandIn, capsys: Capture
) -> None:
    printed = said(capsys, "doctor", "--model", name, "--host", server.address, status=1)
    assert "The core works. The model cannot be used yet" in printed
    assert server.calls == 0


def test_doctor_goes_on_without_a_server(
    stranger: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in ("127.0.0.1:1", stranger):
        printed = joined(said(capsys, "doctor", "--host", host))
        assert "reached at http" in printed
        assert "ollama serve" in printed
        assert "<html" not in printed
        said(capsys, "doctor", "--model", "m", "--host", host, status=1)
    monkeypatch.setenv("OLLAMA_HOST", "ftp://box")
    assert "Only http and https" in joined(said(capsys, "doctor"))
    said(capsys, "doctor", "--model", "m", status=1)


def test_doctor_does_not_wait_for_a_server_that_hangs(capsys: Capture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        found = doctor._ollama(Server(f"127.0.0.1:{silent.getsockname()[1]}"))
        assert time.monotonic() - start < 4
    assert [finding.text.endswith("(no answer in time)") for finding in found] == [True]
    assert "cannot be read" in refused(capsys, "doctor", "--host", "a b")
    assert "timeout" in refused(capsys, "doctor", "--timeout", "0")


def test_a_table_of_more_exposures_and_the_wording_of_its_live_runs(
    server: StandIn, capsys: Capture
) -> None:
    asked = ["--model=synthetic", f"--host={server.address}", "--quiet", *FOUR]
    assert main(["table", *asked, "--exposures=8", "--out=rising"]) == 0
    assert main(["table", *asked, "--exposures=1,2,6", "--out=named"]) == 0
    rising, named = (
        load_measured(Path(folder, "table-lantern-festival.json")) for folder in ("rising", "named")
    )
    assert (rising.exposures, rising.between) == ([1, 2, 3, 4], ())
    assert (named.exposures, named.between) == ([1, 2, 6], (3, 4, 5))
    assert main(["predict", "--table=named/table-lantern-festival.json", "--degree=8"]) == 0
    assert "up to 6 sharing neighbours" in " ".join(capsys.readouterr().out.split())
    assert main(["wordings", "adjectives", "--exposures=8", "--toml"]) == 0
    Path("eight.toml").write_text(capsys.readouterr().out)
    assert load_wording("eight.toml").hash == rising.origin.wording_hash
    for wrong in ("0", "1,x", "2,3", "21"):
        assert main(["table", *asked, f"--exposures={wrong}", "--out=wrong"]) != 0
