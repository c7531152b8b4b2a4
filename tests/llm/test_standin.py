"""The stand-in answers as an Ollama server does, by a law that can be found again, and stops."""

from __future__ import annotations

import asyncio
import json
import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import ollama
import pytest
from programs import ended
from pydantic import BaseModel

from newswave.cli import _understood
from newswave.cli.models import PORT
from newswave.core.errors import BadValue, NewswaveError
from newswave.core.events import event, library
from newswave.core.population import PRESETS, PROFILES, Profile
from newswave.core.wording import DECIDED, LabelOrder, Prompt, Question, wordings
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.formula import Mind, read_prompt
from newswave.llm.fake_ollama.server import CATALOGUE, DEFAULT_MODELS, StandIn
from newswave.llm.personas import ITEMS, inventory_prompt, inventory_schema, inventory_scores
from newswave.llm.replies import TRUE_FALSE, read_odds

DRAW = event("cup-final-draw")
KEEN, CALM = Profile.from_code("O+C-E+A-N-"), Profile.from_code("O+C+E-A+N+")
MIDDLE = Profile.from_code("O+C+E+A-N+")
WORDS = wordings()[0]
ONE_WORD: dict[str, Any] = {
    "options": {"num_predict": 1, "temperature": 0},
    "logprobs": True,
    "top_logprobs": 20,
}
OPEN = {"top_p": 1.0, "top_k": 0, "min_p": 0.0, "temperature": 1.0}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn(slow=0.3) as made:
        yield made


@pytest.fixture(scope="module")
def steady() -> Iterator[StandIn]:
    """Serve the tests that leave nothing behind in the server."""
    with StandIn() as made:
        yield made


def client_of(server: StandIn) -> ollama.Client:
    return ollama.Client(server.address, trust_env=False, timeout=30.0)


@pytest.fixture
def client(server: StandIn) -> Iterator[ollama.Client]:
    with client_of(server) as made:
        yield made


@pytest.fixture
def asked(steady: StandIn) -> Iterator[ollama.Client]:
    with client_of(steady) as made:
        yield made


@pytest.fixture
def raw(steady: StandIn) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=steady.address, trust_env=False) as made:
        yield made


def ask(profile: Profile = KEEN, m: int = 1, question: Question = Question.YES_NO) -> Prompt:
    return WORDS.prompt(DRAW, profile, m, question)


def of_yes(logprobs: Any) -> float:
    """Return the share of yes among all forms of yes and no in the first token's alternatives."""
    mass = {"yes": 0.0, "no": 0.0}
    for one in logprobs[0].top_logprobs:
        word = one.token.strip().lower()
        if word in mass:
            mass[word] += math.exp(one.logprob)
    return mass["yes"] / (mass["yes"] + mass["no"])


def logit(p: float) -> float:
    return math.log(p / (1 - p))


# what a prompt tells


def test_every_prompt_of_the_wordings_is_read_back() -> None:
    sides = {LabelOrder.YES_FIRST: 1, LabelOrder.NO_FIRST: -1}
    for wording in wordings():
        for profile in PROFILES:
            for m in (1, 2, 3, 7):
                for question in Question:
                    prompt = wording.prompt(DRAW, profile, m, question)
                    told = read_prompt(f"{prompt.system}\n\n{prompt.user}")
                    assert told.signs == tuple(profile.signs), (wording.name, profile.code)
                    assert (told.exposure, told.order) == (min(m, 3), sides[question.order])
                    assert told.is_word == question.is_word
                    assert told.event == DRAW.id


def test_every_event_of_the_library_is_known_by_its_text_and_leaves_the_rest_alone() -> None:
    for known in library():
        for profile in (KEEN, CALM):
            prompt = WORDS.prompt(known, profile, 2)
            told = read_prompt(f"{prompt.system}\n\n{prompt.user}")
            assert (told.event, told.offset) == (known.id, known.offset.value)
            assert (told.signs, told.exposure) == (tuple(profile.signs), 2)


def test_an_event_of_ones_own_counts_as_neutral() -> None:
    own = replace(DRAW, id="own", headline="A bakery moves", text="Four people saw it.")
    prompt = WORDS.prompt(own, KEEN, 3)
    told = read_prompt(f"{prompt.system}\n\n{prompt.user}")
    assert (told.event, told.offset, told.exposure) == ("", 0.0, 3)


@pytest.mark.parametrize(
    ("text", "signs", "exposure", "order"),
    [
        ("You are shy and kind. 2 friends shared it. yes/no?", (0, 0, -0.5, 0.5, 0), 2, 1),
        (
            "high in openness, low neuroticism. Five accounts shared this.",
            (0.5, 0, 0, 0, -0.5),
            3,
            0,
        ),
        ("You are not anxious. You are tidy.\n\nSay 'no' or 'yes'.", (0, 0.5, 0, 0, 0), 1, -1),
        ("Nothing to go by at all", (0, 0, 0, 0, 0), 1, 0),
        ("In one word:\n\nAnswer yes or no. Later: no or yes", (0, 0, 0, 0, 0), 1, -1),
        ("", (0, 0, 0, 0, 0), 1, 0),
    ],
)
def test_a_wording_of_ones_own_is_read_as_far_as_plain_words_go(
    text: str, signs: tuple[float, ...], exposure: int, order: int
) -> None:
    told = read_prompt(text)
    assert (told.signs, told.order) == (signs, order)
    assert min(told.exposure, 3) == exposure


# the law


def test_the_law_is_the_formula() -> None:
    mind = Mind(effects=PRESETS["literature"], baseline=0.2, step=0.5)
    loud = event("clash-at-bridge")
    by_hand = logit(0.2) + 0.65 + 0.5 * (0.11 + 0.18 + 0.22 + 0.11) + 2 * 0.5
    assert logit(mind.probability(KEEN, loud, 5)) == pytest.approx(by_hand, abs=1e-12)


def test_by_default_the_law_gives_low_and_high_chances() -> None:
    mind = Mind()
    chances = [mind.probability(profile, DRAW, m) for profile in PROFILES for m in (1, 2, 3)]
    assert 0.02 < min(chances) < 0.05
    assert 0.55 < max(chances) < 0.7
    assert np.mean([logit(mind.probability(p, DRAW, 1)) for p in PROFILES]) == pytest.approx(
        logit(0.12)
    )


@pytest.mark.parametrize(
    "wrong", [{"baseline": 0.0}, {"baseline": 1}, {"coverage": 0}, {"step": "x"}, {"effects": 1}]
)
def test_a_law_that_does_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        Mind(**wrong)


@pytest.mark.parametrize("wording", wordings(), ids=lambda w: w.name)
def test_logprobs_give_the_law_back_exactly(wording: Any, asked: ollama.Client) -> None:
    mind = Mind()
    for profile in PROFILES[::3]:
        for m in (1, 2, 3):
            p = mind.probability(profile, DRAW, m)
            for question, side in ((Question.YES_NO, 1), (Question.NO_YES, -1)):
                prompt = wording.prompt(DRAW, profile, m, question)
                reply = asked.chat("synthetic", prompt.messages, **ONE_WORD)
                want = logit(p) + side * mind.order_bias / 2
                assert logit(of_yes(reply.logprobs)) == pytest.approx(want, abs=1e-9)


def test_generate_says_what_chat_says(asked: ollama.Client) -> None:
    for seed in range(20):
        options = {**OPEN, "seed": seed, "num_predict": 1}
        prompt = ask(m=3)
        chat = asked.chat("synthetic", prompt.messages, options=options, **log(5))
        made = asked.generate(
            "synthetic", prompt.user, system=prompt.system, options=options, **log(5)
        )
        assert made.response == chat.message.content
        assert made.logprobs == chat.logprobs


def log(top: int) -> dict[str, Any]:
    return {"logprobs": True, "top_logprobs": top}


def frequency(
    client: ollama.Client, prompt: Prompt, shape: Any, options: dict[str, Any], calls: int
) -> float:
    said = 0
    for seed in range(calls):
        reply = client.chat(
            "synthetic", prompt.messages, format=shape, options={**options, "seed": seed}
        )
        text = reply.message.content or ""
        said += json.loads(text)["share"] if shape else text == "Yes"
    return said / calls


@pytest.mark.parametrize("temperature", [1.0, 0.5])
@pytest.mark.parametrize("profile", [KEEN, MIDDLE], ids=lambda p: p.code)
def test_answers_come_as_often_as_the_law_says(
    temperature: float, profile: Profile, asked: ollama.Client
) -> None:
    """Within four standard errors: a right server fails once in 16 000 choices of seeds."""
    p, lean = Mind().probability(profile, DRAW, 2), Mind().order_bias / 2
    tempered = 1 / (1 + math.exp(-(logit(p) + lean) / temperature))
    n = 300
    prompt = ask(profile, 2, Question.DECISION)
    options = {**OPEN, "temperature": temperature}
    seen = frequency(asked, prompt, Question.DECISION.schema, options, n)
    assert abs(seen - tempered) < 4 * math.sqrt(tempered * (1 - tempered) / n)


def test_the_order_of_yes_and_no_moves_answers() -> None:
    """Means 0.71 and 0.36: so near each other but once in 10 000 choices of seeds."""
    with StandIn(Mind(order_bias=1.5)) as biased, client_of(biased) as client:
        first = frequency(client, ask(m=2), None, OPEN, 150)
        last = frequency(client, ask(m=2, question=Question.NO_YES), None, OPEN, 150)
    assert first > last + 0.15


def test_an_answer_that_is_begun_is_gone_on_with(asked: ollama.Client) -> None:
    """The next word is the decision, by the law of the question in that order."""
    mind = Mind()
    for question in (Question.REASONED, Question.REASONED_NO_FIRST, Question.DECISION):
        prompt = ask(m=2, question=question)
        begun = [*prompt.messages, {"role": "assistant", "content": DECIDED}]
        reply = asked.chat("synthetic", begun, **ONE_WORD)
        [first] = reply.logprobs or []
        odds = read_odds([(one.token, one.logprob) for one in first.top_logprobs], TRUE_FALSE)
        side = 1 if question.order is LabelOrder.YES_FIRST else -1
        want = logit(mind.probability(KEEN, DRAW, 2)) + side * mind.order_bias / 2
        assert odds.log_odds == pytest.approx(want, abs=1e-9)
        assert odds.covered == pytest.approx(0.99)
        whole = asked.chat("synthetic", begun, options={**OPEN, "seed": 3})
        assert isinstance(json.loads(DECIDED + (whole.message.content or ""))["share"], bool)


def test_with_default_options_the_rarer_answer_vanishes(asked: ollama.Client) -> None:
    p = Mind().probability(CALM, DRAW, 1)
    assert 0.02 < p < 0.05
    prompt = ask(CALM, 1, Question.DECISION)
    shape = Question.DECISION.schema
    assert frequency(asked, prompt, shape, {}, 150) == 0
    assert frequency(asked, prompt, shape, OPEN, 300) > 0
    assert frequency(asked, prompt, shape, {**OPEN, "min_p": 0.2}, 150) == 0
    assert frequency(asked, prompt, shape, {**OPEN, "top_k": 1}, 150) == 0


def test_temperature_zero_takes_the_likelier_answer(asked: ollama.Client) -> None:
    for profile, want in ((KEEN, "Yes"), (CALM, "No")):
        assert (Mind().probability(profile, DRAW, 3) > 0.5) == (want == "Yes")
        for _ in range(5):
            reply = asked.chat("synthetic", ask(profile, 3).messages, options={"temperature": 0})
            assert reply.message.content == want


def test_a_seed_fixes_the_answer_and_no_seed_leaves_it_open(asked: ollama.Client) -> None:
    def said(seed: int | None) -> str | None:
        options = {**OPEN, **({} if seed is None else {"seed": seed})}
        return asked.chat("synthetic", ask(m=3).messages, options=options).message.content

    assert {said(5) for _ in range(8)} == {said(5)}
    assert {said(seed) for seed in range(30)} == {"Yes", "No"}
    assert {said(-1) for _ in range(60)} == {"Yes", "No"}  # misses once in 10^8
    assert {said(None) for _ in range(60)} == {"Yes", "No"}


def test_seeds_of_different_prompts_are_independent(asked: ollama.Client) -> None:
    """A correlation of 200 pairs stays under 0.28 but once in 16 000."""
    answers = []
    for m in (2, 3):
        prompt = ask(KEEN, m)
        row = []
        for seed in range(200):
            options = {**OPEN, "seed": seed}
            row.append(asked.chat("synthetic", prompt.messages, options=options).message.content)
        answers.append([word == "Yes" for word in row])
    assert abs(np.corrcoef(answers)[0, 1]) < 0.28


@pytest.mark.parametrize("wording", wordings(), ids=lambda w: w.name)
def test_the_inventory_shows_the_persona(wording: Any, asked: ollama.Client) -> None:
    seen = set()
    for seed, profile in enumerate(PROFILES):
        reply = asked.chat(
            "synthetic",
            inventory_prompt(wording, profile).messages,
            format=inventory_schema(),
            options={"seed": seed},
        )
        ratings = json.loads(reply.message.content or "")
        assert list(ratings) == [item.key for item in ITEMS]
        assert (np.sign(inventory_scores(ratings)) == 2 * profile.signs).all()
        seen |= set(ratings.values())
    assert seen == {1, 2, 4, 5}


# formats


def test_a_reason_names_a_trait_and_the_exposure(asked: ollama.Client) -> None:
    def reason(profile: Profile, m: int) -> str:
        prompt = ask(profile, m, Question.REASONED)
        shape, options = Question.REASONED.schema, {"temperature": 0}
        reply = asked.chat("synthetic", prompt.messages, format=shape, options=options)
        return str(json.loads(reply.message.content or "")["reason"])

    assert reason(KEEN, 3) == "Synthetic: cold, three accounts or more shared it."
    assert reason(CALM, 1) == "Synthetic: warm, though one account shared it."


def test_a_schema_rules_what_the_object_holds(asked: ollama.Client) -> None:
    shape = {
        "type": "object",
        "properties": {
            "verdict": {"type": "string", "enum": ["maybe", "no", "yes"]},
            "score": {"type": "integer", "minimum": 3, "maximum": 9},
            "chance": {"type": "number"},
            "optional": {"type": "string"},
            "inner": {"type": "object", "properties": {"x": {"type": "boolean"}}},
        },
        "required": ["chance", "inner", "score", "verdict"],
    }
    reply = asked.chat("synthetic", ask(CALM).messages, format=shape, options={"temperature": 0})
    made = json.loads(reply.message.content or "")
    assert list(made) == ["verdict", "score", "chance", "inner"]
    assert made["verdict"] == "no"
    assert made["score"] in range(3, 10)
    assert 0 < made["chance"] < 0.1
    assert made["inner"] == {"x": False}


def test_a_pydantic_model_is_answered(asked: ollama.Client) -> None:
    class Reply(BaseModel):
        share: bool
        reason: str

    reply = asked.chat("synthetic", ask().messages, format=Reply.model_json_schema())
    made = Reply.model_validate_json(reply.message.content or "")
    assert made.reason.startswith("Synthetic: ")
    assert "one account" in made.reason


@pytest.mark.parametrize(
    "broken", [{"type": "colour"}, {"$ref": "#/nowhere"}, {"type": "number", "minimum": "x"}]
)
def test_a_schema_that_the_engine_cannot_use_is_refused(
    broken: dict[str, Any], asked: ollama.Client
) -> None:
    with pytest.raises(ollama.ResponseError) as caught:
        asked.chat("synthetic", ask().messages, format=broken)
    assert caught.value.status_code == 400
    assert json.loads(caught.value.error)["error"]["type"] == "invalid_request_error"


def test_json_mode_gives_an_object_and_no_format_may_give_prose(asked: ollama.Client) -> None:
    prompt = ask(question=Question.REASONED)
    made = asked.chat("synthetic", prompt.messages, format="json").message.content
    assert set(json.loads(made or "")) == {"share", "reason"}
    prose = asked.chat("synthetic", prompt.messages).message.content
    assert (prose or "").startswith("Here is my answer: {")
    free = asked.chat("synthetic", [{"role": "user", "content": "Would you?"}]).message.content
    assert "Synthetic" in (free or "")
    ratings = asked.chat("synthetic", inventory_prompt(WORDS, KEEN).messages, format="json")
    assert set(json.loads(ratings.message.content or "")) == {item.key for item in ITEMS}


def test_an_answer_that_is_cut_at_num_predict_is_broken_json(asked: ollama.Client) -> None:
    shape = Question.REASONED.schema
    prompt = ask(question=Question.REASONED)
    reply = asked.chat("synthetic", prompt.messages, format=shape, options={"num_predict": 8})
    assert (reply.done_reason, reply.eval_count) == ("length", 8)
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.message.content or "")
    whole = asked.chat("synthetic", prompt.messages, format=shape, options={"num_predict": 64})
    assert whole.done_reason == "stop"
    assert set(json.loads(whole.message.content or "")) == {"share", "reason"}


# log-probabilities


def test_logprobs_do_not_know_temperature_or_format(asked: ollama.Client) -> None:
    def first(**more: Any) -> Any:
        options = {"temperature": more.pop("temperature", 0.0), "seed": 1}
        return asked.chat("synthetic", ask().messages, options=options, **log(20), **more).logprobs

    free = first()[0].top_logprobs
    assert first(temperature=2.0)[0].top_logprobs == free
    shaped = first(format=Question.DECISION.schema)[0]
    assert shaped.top_logprobs == free
    assert shaped.token == '{"'
    assert shaped.logprob < free[0].logprob - 1
    assert {"Yes", "yes", " yes", "No", " no"} <= {one.token for one in free}
    assert {"I", "The"} <= {one.token for one in free}
    assert sum(math.exp(one.logprob) for one in free) == pytest.approx(1.0)


def test_at_most_the_alternatives_that_were_asked_for_are_given(raw: httpx.Client) -> None:
    for top in (0, 1, 5, 20):
        body = {"model": "synthetic", "messages": ask().messages, "stream": False, **log(top)}
        entry = raw.post("/api/chat", json=body).json()["logprobs"][0]
        assert len(entry.get("top_logprobs", [])) == top
        assert bytes(entry["bytes"]).decode() == entry["token"] in ("Yes", "No")
    body = {"model": "synthetic", "messages": ask().messages, "stream": False, "top_logprobs": 5}
    assert "logprobs" not in raw.post("/api/chat", json=body).json()


def test_a_decision_in_json_shows_the_law_at_its_token(asked: ollama.Client) -> None:
    prompt = ask(question=Question.DECISION)
    reply = asked.chat("synthetic", prompt.messages, format=Question.DECISION.schema, **log(20))
    (entry,) = (one for one in reply.logprobs or () if one.token.strip() in ("true", "false"))
    mass = {True: 0.0, False: 0.0}
    for one in entry.top_logprobs or ():
        if one.token.strip().lower() in ("true", "false"):
            mass[one.token.strip().lower() == "true"] += math.exp(one.logprob)
    found = mass[True] / sum(mass.values())
    chance = Mind().probability(KEEN, DRAW, 1)
    odds = chance / (1 - chance) * math.exp(Mind().order_bias / 2)  # true is named first
    assert found == pytest.approx(odds / (1 + odds), abs=1e-12)


def test_thinking_comes_first_and_takes_the_tokens(asked: ollama.Client) -> None:
    short = asked.chat("synthetic-thinking", ask().messages, **ONE_WORD)
    assert short.message.content == ""
    assert short.message.thinking
    assert short.logprobs is not None
    assert short.logprobs[0].token not in ("Yes", "No")
    quiet = asked.chat("synthetic-thinking", ask().messages, think=False, **ONE_WORD)
    assert quiet.message.thinking is None
    assert quiet.message.content in ("Yes", "No")
    long = asked.chat("synthetic-thinking", ask().messages, think="low")
    assert "Synthetic" in (long.message.thinking or "")
    assert long.message.content in ("Yes", "No")


def test_an_old_server_passes_over_logprobs(asked: ollama.Client) -> None:
    reply = asked.chat("synthetic-mute", ask().messages, **ONE_WORD)
    assert reply.logprobs is None
    assert reply.message.content in ("Yes", "No")


# routes


def test_the_plain_routes(raw: httpx.Client) -> None:
    root = raw.get("/")
    assert (root.status_code, root.text) == (200, "Ollama is running")
    head = raw.head("/")
    assert (head.status_code, head.content) == (200, b"")
    version = raw.get("/api/version")
    assert version.content == b'{"version":"0.33.0-synthetic"}'
    assert version.headers["server"] == "newswave-synthetic"
    assert version.headers["content-type"] == "application/json; charset=utf-8"
    assert raw.head("/api/tags").status_code == 200
    gone = raw.get("/api/nothing")
    assert (gone.status_code, gone.text) == (404, "404 page not found")
    for wrong in (raw.get("/api/chat"), raw.post("/api/tags"), raw.delete("/"), raw.put("/api/ps")):
        assert (wrong.status_code, wrong.text) == (405, "405 method not allowed")


def test_the_models_say_that_they_are_synthetic(asked: ollama.Client) -> None:
    models = asked.list().models
    assert {model.model for model in models} == set(DEFAULT_MODELS)
    for model in models:
        assert model.digest is not None
        assert len(model.digest) == 64
        assert model.details is not None
        assert model.details.family == "synthetic"
        assert model.modified_at is not None
        assert model.modified_at.tzinfo is not None
    shown = asked.show("Synthetic")
    assert shown.modelinfo is not None
    assert shown.modelinfo["general.architecture"] == "synthetic"
    assert "no language model" in (shown.license or "")
    assert shown.capabilities == ["completion"]
    assert asked.show("synthetic-thinking").capabilities == ["completion", "thinking"]
    assert asked.show("synthetic-embedding").capabilities == ["embedding"]


CHAT, MAKE, SHOW = "/api/chat", "/api/generate", "/api/show"
REFUSED: list[tuple[str, Any, int, str]] = [
    (CHAT, b"", 400, "missing request body"),
    (CHAT, b"nonsense", 400, "the request body is no JSON object"),
    (CHAT, b'{"model": ', 400, "the request body is no JSON object"),
    (CHAT, b"[]", 400, "the request body is no JSON object"),
    (CHAT, {"model": "nobody", "top_logprobs": 21}, 400, "top_logprobs must be between 0 and 20"),
    (CHAT, {"model": "", "top_logprobs": -1}, 400, "top_logprobs must be between 0 and 20"),
    (CHAT, {"model": ""}, 400, "model is required"),
    (CHAT, {}, 400, "model is required"),
    (MAKE, {}, 404, "model '' not found"),
    (SHOW, {}, 400, "model is required"),
    (CHAT, {"model": "nobody", "think": True}, 404, "model 'nobody' not found"),
    (MAKE, {"model": "nobody"}, 404, "model 'nobody' not found"),
    (SHOW, {"model": "nobody"}, 404, "model 'nobody' not found"),
    (CHAT, {"model": "synthetic:7b"}, 404, "model 'synthetic:7b' not found"),
    (
        CHAT,
        {"model": "synthetic", "think": True, "options": {"seed": "x"}},
        400,
        '"synthetic" does not support thinking',
    ),
    (CHAT, {"model": "synthetic-embedding"}, 400, '"synthetic-embedding" does not support chat'),
    (
        MAKE,
        {"model": "synthetic-embedding"},
        400,
        '"synthetic-embedding" does not support generate',
    ),
    (
        CHAT,
        {"model": "synthetic", "options": {"num_ctx": "big"}},
        500,
        'option "num_ctx" must be of type integer',
    ),
    (
        CHAT,
        {"model": "synthetic", "options": {"temperature": True}},
        500,
        'option "temperature" must be of type float32',
    ),
    (
        MAKE,
        {"model": "synthetic", "prompt": "x", "format": "xml"},
        500,
        'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object',
    ),
]


@pytest.mark.parametrize(("path", "body", "status", "error"), REFUSED)
def test_what_does_not_fit_is_refused_in_the_servers_words(
    path: str, body: Any, status: int, error: str, raw: httpx.Client
) -> None:
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    reply = raw.post(path, **sent)
    assert reply.status_code == status
    assert reply.content == json.dumps({"error": error}, separators=(",", ":")).encode()


def test_unknown_options_and_other_spellings_of_a_name_are_taken(asked: ollama.Client) -> None:
    for name in ("synthetic", "SYNTHETIC:latest", "Synthetic"):
        reply = asked.chat(name, ask().messages, think=False, options={"colour": 3, "seed": 1})
        assert (reply.model, reply.done) == (name, True)


def test_it_streams_unless_it_is_told_not_to(raw: httpx.Client) -> None:
    body = {"model": "synthetic", "messages": ask(question=Question.REASONED).messages}
    body |= {"format": Question.REASONED.schema, "options": {"seed": 3}, **log(2)}
    reply = raw.post(CHAT, json=body)
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert reply.headers["transfer-encoding"] == "chunked"
    lines = reply.text.split("\n")
    assert lines.pop() == ""
    parts = [json.loads(line) for line in lines]
    assert [part["done"] for part in parts] == [False] * (len(parts) - 1) + [True]
    whole = raw.post(CHAT, json=body | {"stream": False})
    assert "content-length" in whole.headers
    said = whole.json()
    assert "".join(part["message"]["content"] for part in parts) == said["message"]["content"]
    assert [one for part in parts for one in part.get("logprobs", [])] == said["logprobs"]
    assert parts[-1]["eval_count"] == said["eval_count"] == len(parts) - 1


def test_the_client_streams_chat_and_generate(asked: ollama.Client) -> None:
    prompt = ask(question=Question.REASONED)
    parts = list(asked.chat("synthetic", prompt.messages, stream=True))
    assert parts[-1].done
    assert "Synthetic" in "".join(part.message.content or "" for part in parts)
    made = list(asked.generate("synthetic", prompt.user, stream=True))
    assert made[-1].context
    assert "Synthetic" in "".join(part.response for part in made)


def test_a_connection_is_kept_and_the_async_client_is_served(steady: StandIn) -> None:
    async def several() -> list[Any]:
        client = ollama.AsyncClient(steady.address, trust_env=False)
        async with client:
            calls = [client.chat("synthetic", ask(m=m).messages, **ONE_WORD) for m in (1, 2, 3)]
            return [of_yes(reply.logprobs) for reply in await asyncio.gather(*calls)]

    found = asyncio.run(several())
    assert found == sorted(found)
    with httpx.Client(base_url=steady.address, trust_env=False) as raw:
        raw.get("/")
        with raw.stream("GET", "/") as reply:
            stream = reply.extensions["network_stream"]
            before = stream.get_extra_info("client_addr")
            reply.read()
        with raw.stream("POST", CHAT, json={}) as reply:
            stream = reply.extensions["network_stream"]
            assert stream.get_extra_info("client_addr") == before


# loading and metrics


def test_a_model_is_loaded_once_and_again_for_another_context(
    server: StandIn, client: ollama.Client
) -> None:
    def load(**options: Any) -> int:
        return client.chat("synthetic", ask().messages, options=options).load_duration or 0

    assert client.ps().models == []
    slow = 10_000_000
    assert load() >= slow
    assert min(load() for _ in range(5)) < slow
    assert [model.model for model in client.ps().models] == ["synthetic:latest"]
    assert load(num_ctx=1024) >= slow
    assert client.ps().models[0].context_length == 1024
    assert server.calls == 7


def test_metrics_add_up(asked: ollama.Client) -> None:
    first = asked.chat("synthetic", ask().messages)
    metrics = (
        first.load_duration,
        first.prompt_eval_duration,
        first.eval_duration,
    )
    assert all(value and value > 0 for value in metrics)
    assert first.total_duration == sum(value or 0 for value in metrics)
    again = asked.chat("synthetic", ask().messages)
    longer = asked.chat("synthetic", wordings()[1].prompt(DRAW, KEEN, 1).messages)
    assert first.prompt_eval_count == again.prompt_eval_count
    assert (longer.prompt_eval_count or 0) > (first.prompt_eval_count or 0) > 100
    assert (first.eval_count, first.done_reason) == (1, "stop")
    one = asked.chat("synthetic", ask().messages, **ONE_WORD)
    assert (one.eval_count, one.done_reason) == (1, "length")


def test_keep_alive_of_zero_unloads(client: ollama.Client) -> None:
    client.chat("synthetic", ask().messages, keep_alive="1m")
    assert len(client.ps().models) == 1
    client.chat("synthetic", ask().messages, keep_alive=0)
    assert client.ps().models == []
    loaded = client.chat("synthetic", [])
    assert (loaded.done_reason, loaded.message.content) == ("load", "")
    assert client.generate("synthetic", "").done_reason == "load"
    assert len(client.ps().models) == 1
    assert client.chat("synthetic", [], keep_alive=0).done_reason == "unload"
    assert client.ps().models == []


def test_pulling_puts_a_synthetic_model_there(server: StandIn, client: ollama.Client) -> None:
    name = "synthetic-small"
    with pytest.raises(ollama.ResponseError) as caught:
        client.show(name)
    assert caught.value.status_code == 404
    steps = [step.status for step in client.pull(name, stream=True)]
    assert (steps[0], steps[-1]) == ("pulling manifest", "success")
    assert client.pull(name).status == "success"
    assert client.chat(name, ask().messages).done
    with pytest.raises(ollama.ResponseError, match="file does not exist") as caught:
        list(client.pull("gemma3:1b", stream=True))
    assert caught.value.status_code == -1
    with pytest.raises(ollama.ResponseError, match="file does not exist") as caught:
        client.pull("gemma3:1b")
    assert caught.value.status_code == 500
    assert server.calls == 1


def test_a_model_can_be_forgotten_and_changed(server: StandIn, client: ollama.Client) -> None:
    def digest() -> str | None:
        return next(m.digest for m in client.list().models if m.model == "synthetic:latest")

    before = digest()
    server.change("synthetic")
    assert digest() != before
    server.forget("synthetic")
    with pytest.raises(ollama.ResponseError, match="model 'synthetic' not found"):
        client.chat("synthetic", ask().messages)
    with pytest.raises(BadValue):
        server.change("synthetic")


# many at once


def test_only_so_many_are_answered_at_once_and_the_rest_wait() -> None:
    with StandIn(delay=0.1, parallel=2, load=0.0) as server, client_of(server) as client:
        start = time.perf_counter()
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: client.chat("synthetic", ask().messages), range(6)))
        assert time.perf_counter() - start >= 0.3
        assert server.served_peak == 2
        assert 2 < server.peak <= 6
        assert server.calls == 6
        assert len(server.requests) == 6
        assert server.requests[-1]["model"] == "synthetic"


def test_one_after_another_is_a_peak_of_one(server: StandIn, client: ollama.Client) -> None:
    for _ in range(5):
        client.chat("synthetic", ask().messages)
    assert (server.peak, server.calls) == (1, 5)


# faults

SHAPE = Question.REASONED.schema
CONTENT: dict[Fault, Callable[[str], bool]] = {
    Fault.EMPTY_CONTENT: lambda text: text == "",
    Fault.THINK_CLOSED: lambda text: text.startswith("<think>") and "</think>" in text,
    Fault.THINK_OPEN: lambda text: text.startswith("<think>") and "</think>" not in text,
    Fault.FENCED: lambda text: text.startswith("```json\n{") and text.endswith("}\n```"),
    Fault.WRONG_TYPE: lambda text: json.loads(text)["share"] in ("yes", "no"),
    Fault.WHITESPACE: lambda text: text.strip() == "{" and len(text) > 30,
    Fault.REFUSAL_PROSE: lambda text: text.startswith("I'm sorry"),
}


@pytest.mark.parametrize("fault", CONTENT, ids=lambda fault: fault.value)
def test_a_fault_in_the_content_is_seen(
    fault: Fault, server: StandIn, client: ollama.Client
) -> None:
    prompt = ask(question=Question.REASONED)
    server.script(fault)
    seen = client.chat("synthetic", prompt.messages, format=SHAPE)
    well = client.chat("synthetic", prompt.messages, format=SHAPE)
    named = client.chat(f"synthetic-{fault.value}", prompt.messages, format=SHAPE)
    for reply in (seen, named):
        assert CONTENT[fault](reply.message.content or "")
        assert bool(reply.message.thinking) == (fault is Fault.EMPTY_CONTENT)
        assert reply.done_reason == ("length" if fault is Fault.WHITESPACE else "stop")
    assert set(json.loads(well.message.content or "")) == {"share", "reason"}
    assert f"synthetic-{fault.value}:latest" not in {m.model for m in client.list().models}


def test_whitespace_goes_on_to_num_predict(server: StandIn, client: ollama.Client) -> None:
    server.script(Fault.WHITESPACE)
    reply = client.chat("synthetic", ask().messages, format=SHAPE, options={"num_predict": 40})
    assert (reply.eval_count, reply.done_reason) == (40, "length")


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (
            Fault.BUSY,
            503,
            "server busy, please try again.  maximum pending requests exceeded",
        ),
        (Fault.CRASH, 500, "model runner has unexpectedly stopped"),
        (Fault.ERROR_LINE, 500, "an error was encountered"),
        (Fault.MODEL_DELETED, 404, "model 'synthetic' not found"),
    ],
)
def test_a_fault_of_the_server_is_a_response_error(
    fault: Fault, status: int, words: str, server: StandIn, client: ollama.Client
) -> None:
    server.script(None, fault)
    client.chat("synthetic", ask().messages)
    with pytest.raises(ollama.ResponseError) as caught:
        client.chat("synthetic", ask().messages)
    assert caught.value.status_code == status
    assert words in caught.value.error


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.RESET, (httpx.ReadError, httpx.RemoteProtocolError)),
        (Fault.CUT, httpx.RemoteProtocolError),
        (Fault.NOT_JSON, json.JSONDecodeError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_fault_on_the_wire_is_what_httpx_or_json_says(
    fault: Fault, error: Any, stream: bool, server: StandIn, client: ollama.Client
) -> None:
    def call() -> Any:
        reply: Any = client.chat("synthetic", ask().messages, stream=stream)
        return list(reply) if stream else reply

    server.script(fault)
    with pytest.raises(error):
        call()
    assert call()


def test_an_error_line_breaks_a_stream(server: StandIn, client: ollama.Client) -> None:
    server.script(Fault.ERROR_LINE)
    prompt = ask(question=Question.REASONED)
    reply = client.chat("synthetic", prompt.messages, stream=True)
    assert next(reply).done is False
    with pytest.raises(ollama.ResponseError, match="an error was encountered") as caught:
        list(reply)
    assert caught.value.status_code == -1


def test_an_answer_that_is_not_done_says_so(server: StandIn, client: ollama.Client) -> None:
    server.script(Fault.NOT_DONE, Fault.ONLY_LOADED)
    reply = client.chat("synthetic", ask().messages)
    assert (reply.done, reply.done_reason) == (False, None)
    loaded = client.chat("synthetic", ask().messages)
    assert (loaded.done_reason, loaded.message.content) == ("load", "")


def test_slow_faults_outlast_a_short_patience(server: StandIn, client: ollama.Client) -> None:
    client.chat("synthetic", ask().messages)
    server.script(Fault.SLOW_FIRST_BYTE, Fault.SLOW_LOAD)
    patience = httpx.Timeout(30.0, read=0.1)
    hasty = ollama.Client(server.address, trust_env=False, timeout=patience)
    with hasty, pytest.raises(httpx.ReadTimeout):
        hasty.chat("synthetic", ask().messages)
    while server.calls < 2:
        time.sleep(0.01)
    slow = client.chat("synthetic", ask().messages)
    assert (slow.load_duration or 0) >= 300_000_000


def test_a_changed_digest_and_missing_logprobs_are_quiet(
    server: StandIn, client: ollama.Client
) -> None:
    def digests() -> set[str | None]:
        return {model.digest for model in client.list().models}

    before = digests()
    server.script(Fault.DIGEST_CHANGED, Fault.NO_LOGPROBS)
    assert client.chat("synthetic", ask().messages).done
    assert len(before - digests()) == 1
    assert client.chat("synthetic", ask().messages, **ONE_WORD).logprobs is None
    assert client.chat("synthetic", ask().messages, **ONE_WORD).logprobs


def test_a_fault_can_stay_and_every_fault_is_taken(server: StandIn, client: ollama.Client) -> None:
    server.fault_always(Fault.REFUSAL_PROSE)
    server.script(None)
    assert client.chat("synthetic", ask().messages).message.content in ("Yes", "No")
    for _ in range(2):
        assert "sorry" in (client.chat("synthetic", ask().messages).message.content or "")
    server.fault_always(None)
    assert client.chat("synthetic", ask().messages).message.content in ("Yes", "No")
    with pytest.raises(BadValue):
        server.script("refusal")  # type: ignore[arg-type]
    tested = set(CONTENT) | {
        *(Fault.BUSY, Fault.CRASH, Fault.ERROR_LINE, Fault.MODEL_DELETED, Fault.RESET, Fault.CUT),
        *(Fault.NOT_JSON, Fault.NOT_DONE, Fault.ONLY_LOADED, Fault.SLOW_FIRST_BYTE),
        *(Fault.SLOW_LOAD, Fault.DIGEST_CHANGED, Fault.NO_LOGPROBS, Fault.NO_SYSTEM),
        Fault.NO_PREFIX,
    }
    assert tested == set(Fault)


def test_a_base_model_sees_the_message_of_the_user_alone() -> None:
    prompt = ask()
    with StandIn(models=["synthetic", "synthetic-base"]) as server, client_of(server) as client:
        whole = client.chat("synthetic", prompt.messages).prompt_eval_count
        part = client.chat("synthetic-base", prompt.messages).prompt_eval_count
        alone = client.chat("synthetic", prompt.messages[1:]).prompt_eval_count
        raw = client.generate("synthetic-base", prompt.user, system=prompt.system)
    assert part == alone == raw.prompt_eval_count < whole


# starting and stopping


def test_a_closed_server_refuses_and_its_port_can_be_taken_again() -> None:
    server = StandIn()
    with client_of(server) as client:
        client.chat("synthetic", ask().messages)
        server.close()
        server.close()
        with pytest.raises(ConnectionError):
            client.chat("synthetic", ask().messages)
        with pytest.raises(httpx.TransportError):
            list(client.chat("synthetic", ask().messages, stream=True))
        with StandIn(port=server.port) as again:
            assert again.address == server.address
            assert client.chat("synthetic", ask().messages).done
            with pytest.raises(NewswaveError, match="cannot listen there"):
                StandIn(port=again.port)


def test_it_stops_at_once_though_answers_are_under_way() -> None:
    server = StandIn(delay=60, parallel=1)
    errors: list[Exception] = []

    def call() -> None:
        try:
            with client_of(server) as client:
                client.chat("synthetic", ask().messages)
        except Exception as error:
            errors.append(error)

    callers = [threading.Thread(target=call) for _ in range(2)]
    for caller in callers:
        caller.start()
    while server.peak < 2:
        time.sleep(0.005)
    start = time.perf_counter()
    server.close()
    for caller in callers:
        caller.join(10)
    assert time.perf_counter() - start < 5
    assert len(errors) == 2
    assert all(isinstance(error, httpx.TransportError) for error in errors)


@pytest.mark.parametrize(
    "wrong",
    [{"delay": -1}, {"parallel": 0}, {"port": 70000}, {"models": ["gemma3:1b"]}, {"faults": ["x"]}],
)
def test_what_no_server_can_be_made_of_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        StandIn(**wrong)


def test_only_synthetic_models_are_in_the_catalogue() -> None:
    assert all(name.startswith("synthetic") for name in CATALOGUE)
    with StandIn(models=["synthetic-small"]) as server, client_of(server) as client:
        assert [model.model for model in client.list().models] == ["synthetic-small:latest"]
        with pytest.raises(ollama.ResponseError):
            client.chat("synthetic-fenced", ask().messages)


# the command

COMMAND = (
    "import sys; from newswave.cli import main; sys.exit(main(['synthetic-server', *sys.argv[1:]]))"
)


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_the_command_serves_until_it_is_stopped(sent: signal.Signals) -> None:
    with ended(started("--port", "0", "--delay", "0.01")) as process:
        first = process.stdout.readline()
        address = next(word for word in first.split() if word.startswith("http"))
        with ollama.Client(address, trust_env=False) as client:
            assert client.chat("synthetic", ask().messages).done
        process.send_signal(sent)
        rest = process.stdout.read()
        assert process.wait() == 0, rest
    assert "synthetic" in first.lower()
    assert f"--host {address}" in rest
    assert f"OLLAMA_HOST={address}" in rest
    assert "by no language model" in " ".join(rest.split())
    assert rest.strip().endswith("Stopped. 1 call answered, all of them synthetic.")


def test_the_command_says_when_its_port_is_taken(steady: StandIn) -> None:
    assert _understood(["synthetic-server"]).port == PORT
    arguments = _understood(["synthetic-server", "--port", str(steady.port)])
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(NewswaveError, match="Take another port with --port"):
        arguments.action(arguments)
    assert signal.getsignal(signal.SIGINT) is before
