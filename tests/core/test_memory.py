"""What memory is free, and what is refused because it does not fit."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

import newswave as nw
from newswave.core import files as memory
from newswave.core.errors import BadValue
from newswave.core.files import check_memory, free_memory
from newswave.core.simulation import World, bytes_needed


def test_what_is_free_is_a_likely_number() -> None:
    free = free_memory()
    if free is None:
        pytest.skip("this system does not tell its memory")
    assert 10**7 < free < 10**14


def test_a_container_is_told_what_it_may_still_take(tmp_path: Path) -> None:
    assert memory._container_memory(tmp_path) is None
    (tmp_path / "memory.current").write_text("300\n")
    for limit, left in (("max", None), ("1000", 700), ("200", 0)):
        (tmp_path / "memory.max").write_text(limit + "\n")
        assert memory._container_memory(tmp_path) == left


def test_the_smaller_of_machine_and_container_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for machine, container, free in ((5, 3, 3), (5, None, 5), (None, 3, 3), (None, None, None)):
        monkeypatch.setattr(memory, "_machine_memory", lambda told=machine: told)
        monkeypatch.setattr(memory, "_container_memory", lambda told=container: told)
        assert free_memory() == free


def test_what_does_not_fit_is_refused_with_both_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 1_500_000_000)
    check_memory(1.4e9, "so much", "Take less")
    words = r"About 1.6 GB .* for so much, and 1.5 GB are free here. Take less."
    with pytest.raises(BadValue, match=words):
        check_memory(1.6e9, "so much", "Take less")


def test_nothing_is_refused_where_memory_is_not_told_or_hardly_any_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    check_memory(1e15, "so much", "Take less")
    monkeypatch.setattr(memory, "free_memory", lambda: 0)
    check_memory(1e6, "a little", "Take less")


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        (nw.Setup(n_agents=10_000_000), "About 1.1 GB .* 10000000 agents of mean degree 8"),
        (nw.Setup(n_agents=200_000, network=nw.SmallWorld(8)), "About 0.3 GB .* 200000 agents"),
    ],
    ids=["random regular", "made by networkx"],
)
def test_a_world_that_does_not_fit_is_refused_before_it_is_made(
    setup: nw.Setup, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 10**8)
    monkeypatch.setattr(type(setup.network), "build", lambda *_: pytest.fail("it was built"))
    with pytest.raises(BadValue, match=words):
        World.of(setup)


def test_a_model_of_too_many_mesa_agents_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.of(nw.Setup(n_agents=500_000))
    monkeypatch.setattr(memory, "free_memory", lambda: 10**8)
    with pytest.raises(BadValue, match=r"0.3 GB .* 500000 Mesa agents.*nw\.simulate"):
        nw.NewsModel(world)


def test_a_network_takes_about_the_memory_that_was_said() -> None:
    setup = nw.Setup(n_agents=200_000, n_seeds=2000, replicas=1)
    tracemalloc.start()
    try:
        nw.simulate(setup)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.5 < peak / bytes_needed(setup) < 1


def test_a_complete_network_is_not_taken_for_one_of_networkx() -> None:
    assert bytes_needed(nw.Setup(n_agents=5000, network=nw.Complete())) < 3e8
