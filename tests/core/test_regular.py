"""The random regular generator: every graph is right, and every graph is equally likely."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from newswave.core import networks as regular
from newswave.core.errors import BadValue
from newswave.core.networks import check_regular, random_regular_table


def drawn(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64DXSM(seed))


def matrix(table: NDArray[np.int32]) -> NDArray[np.bool_]:
    n = len(table)
    linked = np.zeros((n, n), bool)
    linked[np.arange(n)[:, None], table] = True
    return linked


def assert_simple_regular(table: NDArray[np.int32], n: int, k: int) -> None:
    linked = matrix(table)
    assert table.shape == (n, k)
    assert table.dtype == np.int32
    assert (linked.sum(axis=1) == k).all()
    assert not linked.diagonal().any()
    assert (linked == linked.T).all()


def triangles(table: NDArray[np.int32]) -> int:
    """Count the closed paths a-b-c-a; each triangle is six of them."""
    second = table[table]
    third = table[second]
    own = np.arange(len(table))[:, None, None, None]
    return int((third == own).sum()) // 6


@st.composite
def feasible(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(2, 60))
    k = draw(st.integers(1, n - 1))
    return (n, k) if n * k % 2 == 0 else (n, k - 1 if k > 1 else k + 1)


@given(feasible(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_every_feasible_pair_gives_a_simple_regular_graph(pair: tuple[int, int], seed: int) -> None:
    n, k = pair
    assert_simple_regular(random_regular_table(n, k, drawn(seed)), n, k)


def test_no_small_graph_hangs() -> None:
    generator = drawn(1)
    for n, k in itertools.product(range(2, 14), range(1, 13)):
        if k < n and n * k % 2 == 0:
            for _ in range(5):
                assert_simple_regular(random_regular_table(n, k, generator), n, k)


@pytest.mark.parametrize(
    ("n", "k"), [(1000, 3), (1000, 8), (1000, 40), (301, 150), (300, 160), (500, 499), (1001, 2)]
)
def test_larger_graphs_are_simple_and_regular(n: int, k: int) -> None:
    assert_simple_regular(random_regular_table(n, k, drawn(n + k)), n, k)


def test_a_large_graph_is_simple_and_mutual() -> None:
    table = random_regular_table(100_000, 8, drawn(3))
    own = np.repeat(np.arange(100_000), 8)
    there = np.sort(own * 100_000 + table.ravel())
    assert (np.diff(there) > 0).all()
    assert (there == np.sort(table.ravel() * np.int64(100_000) + own)).all()
    assert (table != np.arange(100_000)[:, None]).all()


@pytest.mark.parametrize(("n", "k"), [(6, 3), (100, 8), (1000, 8), (40, 30)])
def test_the_same_seed_gives_the_same_table(n: int, k: int) -> None:
    one, again, other = (random_regular_table(n, k, drawn(seed)) for seed in (5, 5, 6))
    assert (one == again).all()
    assert (one != other).any()


@pytest.mark.parametrize("k", [3, 4])
def test_mean_number_of_triangles(k: int) -> None:
    # 2 000 graphs, three standard errors: fails by chance once in 370 seeds; the seed is fixed.
    # An excess such as networkx's (1.64 for 1.33, 4.8 for 4.5) is 12 and 6 standard errors.
    generator = drawn(10 + k)
    counts = np.array([triangles(random_regular_table(1000, k, generator)) for _ in range(2000)])
    error = counts.std(ddof=1) / np.sqrt(counts.size)
    assert abs(counts.mean() - (k - 1) ** 3 / 6) < 3 * error


@pytest.mark.parametrize(
    ("n", "k", "graphs", "each", "limit"),
    [
        # Chi-square quantiles at 0.999 for 69, 2, 464 and 69 degrees of freedom: an exact
        # generator fails each once in 1 000 seeds; the seed is fixed. Without stirring the
        # two cases of N = 6 give 166 and 153.
        (6, 2, 70, 70, 111.06),
        (6, 3, 70, 70, 111.06),
        (4, 2, 3, 100, 13.82),
        (7, 2, 465, 10, 563.87),
    ],
)
def test_small_graphs_are_uniform(n: int, k: int, graphs: int, each: int, limit: float) -> None:
    draws, generator = each * graphs, drawn(20 * n + k)
    upper = np.triu_indices(n, 1)
    place = 1 << np.arange(len(upper[0]))
    seen = [int(matrix(random_regular_table(n, k, generator))[upper] @ place) for _ in range(draws)]
    counts = np.unique(seen, return_counts=True)[1]
    assert counts.size == graphs
    expected = draws / graphs
    assert ((counts - expected) ** 2 / expected).sum() < limit


def test_all_labels_are_alike() -> None:
    # 2 000 graphs, chance that two given agents are linked is k / (N - 1); limits of five standard
    # errors for 435 pairs: fails by chance once in 4 000 seeds; the seed is fixed.
    n, k, draws, generator = 30, 4, 2000, drawn(7)
    total = np.zeros((n, n))
    for _ in range(draws):
        total += matrix(random_regular_table(n, k, generator))
    p = k / (n - 1)
    off = np.abs(total[np.triu_indices(n, 1)] / draws - p)
    assert off.max() < 5 * np.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize(("n", "k"), [(2, 1), (6, 2), (8, 3), (30, 7), (200, 8)])
def test_when_every_repair_fails_the_graph_is_still_right(
    n: int, k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regular, "_repair", lambda *_: False)
    one, other = (random_regular_table(n, k, drawn(seed)) for seed in (1, 2))
    assert_simple_regular(one, n, k)
    assert n == 2 or (one != other).any()


def test_stubs_are_shuffled_as_numpy_permutes() -> None:
    for n_stubs in (2, 160, 100_001):
        assert (regular._shuffled(n_stubs, drawn(1)) == drawn(1).permutation(n_stubs)).all()


@pytest.mark.parametrize("cells", [1, 7, 64])
def test_the_parts_that_are_worked_on_at_a_time_do_not_matter(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = ((60, 8), (301, 30))
    whole = [random_regular_table(n, k, drawn(n)) for n, k in pairs]
    monkeypatch.setattr(regular, "_CELLS", cells)
    for (n, k), table in zip(pairs, whole, strict=True):
        assert (random_regular_table(n, k, drawn(n)) == table).all()


def test_a_loop_a_double_and_a_triple_are_found_and_repaired() -> None:
    n, k = 40, 4
    stubs = np.arange(n * k)
    stubs[:8] = [0, 1, 4, 8, 5, 9, 6, 10]
    rest = np.setdiff1d(np.arange(n * k), stubs[:8])
    stubs[8:] = np.random.default_rng(1).permutation(rest)
    links = regular._Links.of(regular._mates(np.concatenate([stubs[0::2], stubs[1::2]])), n, k)
    bad = set(regular._bad_stubs(links).tolist())
    assert {0, 5, 6} <= bad
    assert regular._repair(links, drawn(1))
    assert_simple_regular(links.table, n, k)
    assert (links.table.ravel() == links.mate // k).all()


@pytest.mark.parametrize(
    ("n", "k", "words"),
    [
        (5, 3, ["5 x 3 = 15", "even", "degree 2 or 4", "6 agents"]),
        (3, 1, ["3 x 1 = 3", "degree 2"]),
        (8, 8, ["degree 8 with 8 agents", "1 to 7", "9 agents or more"]),
        (10, 0, ["degree", "1 or more"]),
        (10, -2, ["degree"]),
        (10, 2.5, ["degree", "whole number"]),
        (10, "3", ["degree"]),
        (1, 1, ["n_agents", "2 or more"]),
        (0, 1, ["n_agents"]),
        (float("nan"), 1, ["n_agents"]),
        (10**9, 8, ["too large"]),
    ],
)
def test_infeasible_pairs_are_refused(n: int, k: int, words: list[str]) -> None:
    with pytest.raises(BadValue) as caught:
        check_regular(n, k)
    for word in words:
        assert word in str(caught.value)
    with pytest.raises(BadValue):
        random_regular_table(n, k, drawn(1))
