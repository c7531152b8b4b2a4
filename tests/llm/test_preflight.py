"""What is looked at before anything is asked: server, model, memory; and times in words."""

from __future__ import annotations

import pytest
from asked import server_of

from newswave.core.errors import BadValue
from newswave.core.files import free_memory
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.ollama_server import Server
from newswave.llm.server import (
    Found,
    Model,
    ModelMissing,
    Preflight,
    Refused,
    ServerGone,
    duration,
    tells_log_probabilities,
)

HERE, THERE = Server("127.0.0.1:11434"), Server("http://box:11434")
TINY = Model("gemma3:1b", "ab" * 32, 815_000_000, "gemma3", "999.89M", "Q4_K_M", ("completion",))


def ready(model: Model = TINY, server: Server = HERE, loaded: bool = False) -> Preflight:
    return Preflight(server, Found(server.address, "0.33.0", False, (model,)), model, loaded)


def with_size(size: int) -> Model:
    return Model("large", "0" * 64, size)


def test_a_server_and_its_model_are_found() -> None:
    with StandIn() as stand_in:
        found = Preflight.of(server_of(stand_in), "Synthetic")
        assert stand_in.calls == 0
    assert found.model.name == "synthetic:latest"
    assert len(found.model.digest) == 64
    assert found.model.synthetic
    assert not found.loaded
    assert tells_log_probabilities(found.found.version)


def test_it_says_whether_the_model_is_in_memory() -> None:
    import ollama

    with StandIn() as stand_in:
        with ollama.Client(stand_in.address, trust_env=False) as client:
            client.chat("synthetic", [{"role": "user", "content": "Yes or no?"}])
        found = Preflight.of(server_of(stand_in), "synthetic")
    assert found.loaded
    assert "in memory" in found.lines()[1]
    assert "not in memory" not in found.lines()[1]


def test_what_is_missing_is_told() -> None:
    with StandIn() as stand_in:
        server = server_of(stand_in)
        with pytest.raises(ModelMissing, match=r"does not have this model.*synthetic:latest.*pull"):
            Preflight.of(server, "gemma3:1b")
        with pytest.raises(Refused, match="cannot be asked in words"):
            Preflight.of(server, "synthetic-embedding")
        with pytest.raises(BadValue, match="no name of a model"):
            Preflight.of(server, "")
    with pytest.raises(ServerGone, match="newswave synthetic-server"):
        Preflight.of(server, "synthetic")


def test_the_lines_name_server_model_digest_and_size() -> None:
    assert ready().lines()[:2] == [
        "server   Ollama 0.33.0 at http://127.0.0.1:11434",
        "model    gemma3:1b, digest abababababab, 0.8 GB, 999.89M, Q4_K_M, not in memory yet",
    ]


def test_a_synthetic_model_is_never_taken_for_a_real_one() -> None:
    with StandIn() as stand_in:
        lines = Preflight.of(server_of(stand_in), "synthetic-thinking").lines()
    assert "SYNTHETIC: a formula answers, no language model" in lines[-1]
    assert "think before it answers; that is switched off" in lines[-2]
    assert not any("SYNTHETIC" in line for line in ready().lines())


def test_text_from_the_server_is_shown_on_one_plain_line() -> None:
    wild = Model("m\x1b[31m\nx", "0" * 64, parameter_size="1\r2", quantization="\x07")
    assert all(line.isprintable() for line in ready(wild).lines())


def test_a_model_that_does_not_fit_into_memory_is_warned_of() -> None:
    free = free_memory()
    if free is None:
        pytest.skip("this system does not tell its memory")
    assert 10**7 < free < 10**14
    huge = ready(with_size(10**15))
    assert "1000000.0 GB are more than the" in huge.short_of_memory()
    assert "very slow, or fail" in huge.lines()[-1]
    assert ready(with_size(10**6)).short_of_memory() == ""


@pytest.mark.parametrize(
    "found",
    [ready(with_size(10**15), THERE), ready(with_size(10**15), loaded=True), ready(with_size(0))],
    ids=["another machine", "loaded already", "size unknown"],
)
def test_nothing_is_said_of_memory_that_does_not_matter(found: Preflight) -> None:
    assert found.short_of_memory() == ""
    assert "GB are more" not in " ".join(found.lines())


@pytest.mark.parametrize(
    ("version", "tells"),
    [
        ("0.12.10", False),
        ("0.12.11", True),
        ("0.12.11-rc1", True),
        ("0.9.6", False),
        ("0.33.0-rc2", True),
        ("0.40.12", True),
        ("1.0", True),
        ("2", True),
        ("0.12.3+local", False),
        ("weird", False),
        ("", False),
    ],
)
def test_versions_tell_whether_there_are_log_probabilities(version: str, tells: bool) -> None:
    assert tells_log_probabilities(version) is tells


def test_an_old_server_is_known_by_its_version() -> None:
    with StandIn(version="0.12.3-synthetic") as stand_in:
        found = Preflight.of(server_of(stand_in), "synthetic")
    assert not tells_log_probabilities(found.found.version)
    assert "0.12.3-synthetic" in found.lines()[0]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "less than a second"),
        (1.0, "about 1 s"),
        (89.4, "about 89 s"),
        (90.0, "about 2 min"),
        (5399.0, "about 1 h 30 min"),
        (7190.0, "about 2 h 0 min"),
        (90_000.0, "about 25 h 0 min"),
    ],
)
def test_times_are_told_as_one_plans_with_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
