"""What a setup costs a page: bounded before anything is done, and counted while it is done."""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from programs import PATIENCE

from newswave.app import cache as costs
from newswave.app.cache import MOST_STEPS, Cost, check_size
from newswave.app.cache import ensemble as ensemble_of
from newswave.app.links import setup_of
from newswave.app.page import Message, Page
from newswave.app.pages.agents_page import AgentsPage
from newswave.app.pages.compare import TOO_LONG, ComparePage
from newswave.app.pages.data_page import DataPage
from newswave.app.pages.explore import Explored, ExplorePage
from newswave.core import law as dynamics
from newswave.core import networks, rules
from newswave.core import networks as recipes
from newswave.core import simulation as ensemble
from newswave.core import simulation as world
from newswave.core.errors import BadValue
from newswave.core.population import IndependentTraits
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.llm.ollama_server import Server

NEVER = rules.SameForAll(1e-9)  # every run goes on to its last round


@pytest.mark.parametrize(
    ("link", "why"),
    [
        # The links that took 70 to over 150 s.
        ("agents=2&degree=1&seeds=1&rounds=1&runs=1000000", "Its runs"),
        ("agents=4000&degree=1000&runs=1&rounds=1", "Making its network"),
        ("network=scale-free&agents=20000&degree=200&runs=1&rounds=1", "Making its network"),
        ("network=scale-free&agents=4000&degree=998&runs=1&rounds=1", "Making its network"),
        ("network=small-world&agents=2000&degree=1000&rewiring=1.0&runs=1&rounds=1", "Making"),
        ("agents=2000&degree=200&share=1e-9&rounds=1000&runs=200", "Its runs"),
        ("agents=20000&degree=8&runs=20000&rounds=1", "Its runs"),
        ("agents=10&degree=4&seeds=1&share=1e-9&rounds=100000&runs=1", "Fitting so many rounds"),
        ("agents=20&degree=4&share=1e-9&rounds=20000&runs=1000", "rounds"),
        ("network=complete&agents=2000&share=1e-9&rounds=2000&runs=100", "takes too long"),
        ("high=0.5,0.5,0.5,0.5,0.5&degree=300&rounds=1400&runs=1&baseline=1e-5", "too long"),
        ("agents=20001&degree=2", "too many agents"),
        ("agents=20000&degree=202&runs=1", "too many links"),
    ],
)  # fmt: skip
def test_a_link_that_costs_too_much_builds_nothing(
    link: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: Any) -> Any:
        raise AssertionError("something was done")

    monkeypatch.setattr(World, "of", made)
    with pytest.raises(BadValue, match=f"too large for the page.*{why}"):
        setup_of(link)


@pytest.mark.parametrize(
    "setup",
    [
        Setup(),
        Setup(n_agents=20_000),
        Setup(n_agents=5000, replicas=500),
        Setup(n_agents=10_000, network=recipes.ScaleFree(8)),
        Setup(n_agents=5000, network=recipes.SmallWorld(16)),
        Setup(n_agents=2000, network=recipes.RandomRegular(64)),
        Setup(n_agents=1000, network=recipes.Complete()),
        Setup(n_agents=300, rounds=500),
        Setup(n_agents=100, replicas=10_000),
        Setup(mix=IndependentTraits(), sharing=rules.ByTraits()),
    ],
)
def test_what_a_lesson_needs_is_not_too_much(setup: Setup) -> None:
    check_size(setup)


@st.composite
def hostile(draw: st.DrawFn) -> Setup:
    """Give setups of all kinds of networks, pushed towards one extreme or another."""
    n = draw(st.integers(2, 400))
    degree = draw(st.integers(1, n - 1))
    kinds = [recipes.RandomRegular(degree - (n * degree) % 2 or 2 - n % 2), recipes.Complete()]
    if degree > 1:
        even = degree - degree % 2
        kinds += [recipes.ScaleFree(even), recipes.SmallWorld(even, draw(st.floats(0, 1)))]
    try:
        return Setup(
            n_agents=n,
            network=draw(st.sampled_from(kinds)),
            n_seeds=1,
            sharing=draw(st.sampled_from([NEVER, rules.SameForAll(0.5)])),
            rounds=draw(st.integers(1, 60)),
            replicas=draw(st.integers(1, 300)),
        )
    except BadValue:
        assume(False)
        raise


@given(hostile())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_bound_is_on_what_is_done(setup: Setup) -> None:
    """Every cell that a run looks at is counted: no setup does more than its steps say."""
    cells = [0]
    look, draw = dynamics.exposure, dynamics.draw_thresholds
    add = ensemble._add_hazard

    def exposure(network: networks.Network, sharing: Any, room: Any = None) -> Any:
        degree = 1.0 if network.is_complete else network.mean_degree
        cells[0] += int(sharing.size * degree)
        return look(network, sharing, room)

    def drawn(n_agents: int, *rest: Any) -> Any:
        cells[0] += n_agents
        return draw(n_agents, *rest)

    def added(block: Any, law: Any, total: Any, *rest: Any) -> None:
        cells[0] += total.size
        add(block, law, total, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ensemble, "exposure", exposure)
        patch.setattr(world, "draw_thresholds", drawn)
        patch.setattr(ensemble, "_add_hazard", added)
        ensemble.simulate(World.of(setup))
    assert cells[0] * costs._PER_LINK <= Cost.of(setup).running


def test_the_bound_grows_with_everything_that_costs() -> None:
    base = Setup(n_agents=1000, rounds=50, replicas=100)
    more = [
        Setup(n_agents=2000, rounds=50, replicas=100),
        Setup(n_agents=1000, rounds=100, replicas=100),
        Setup(n_agents=1000, rounds=50, replicas=200),
        Setup(n_agents=1000, rounds=50, replicas=100, network=recipes.RandomRegular(16)),
        Setup(n_agents=1000, rounds=50, replicas=100, network=recipes.ScaleFree(8)),
        Setup(n_agents=1000, rounds=50, replicas=100, mix=IndependentTraits(),
              sharing=rules.ByTraits()),
    ]  # fmt: skip
    assert all(Cost.of(one).total > Cost.of(base).total for one in more)


@given(hostile())
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.filter_too_much])
def test_no_page_runs_more_than_the_bound(setup: Setup) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(costs, "MOST_STEPS", 0.9 * Cost.of(setup).total)
        with pytest.raises(BadValue, match="too large for the page"):
            ensemble_of(setup)


def test_a_comparison_over_many_networks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    dear = Setup(n_agents=5000, network=recipes.ScaleFree(20), replicas=2, rounds=2)
    assert Cost.of(dear).total < MOST_STEPS
    asked: list[Any] = []
    monkeypatch.setattr("newswave.app.pages.compare.COMPARING.request", lambda *a: asked.append(a))
    cheap = ComparePage()
    assert len(asked) == 1
    page = ComparePage()
    page.open(dear, dear)
    assert page.trouble == ""
    assert len(asked) == 2  # the one it began with
    assert page._why_not == TOO_LONG
    assert page._comparing.progress is None
    cheap.close()
    page.close()


@pytest.mark.parametrize("name", ["explore", "data", "asked"])
def test_a_test_ends_when_its_visitor_has_gone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or has moved on: after the data set that is under way, nothing more is made."""
    begun, ended = threading.Event(), threading.Event()

    def endless(*_: Any, progress: Any, **__: Any) -> None:
        try:
            for done in range(10**9):
                begun.set()
                progress("null worlds", done, 10**9)
        finally:
            ended.set()

    module = {"explore": "explore", "data": "data_page", "asked": "agents"}[name]
    monkeypatch.setattr(f"newswave.app.pages.{module}.compare", endless)
    page: Page
    if name == "explore":
        page = ExplorePage(Explored(Setup(n_agents=50, n_seeds=2, rounds=10, replicas=4)))
    elif name == "data":
        page = DataPage(lambda _: None)
    else:
        page = AgentsPage(tmp_path, make_server=lambda _: Server("127.0.0.1:1"))
        page.receive(Message("example_run"))
    page.receive(Message("test"))
    assert begun.wait(PATIENCE), page.trouble
    page.close()
    assert ended.wait(PATIENCE)


def test_a_comparison_ends_when_its_visitor_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(_: Setup, progress: Any) -> None:
        try:
            for done in range(10**9):
                begun.set()
                progress(done, 10**9)
        finally:
            ended.set()

    monkeypatch.setattr("newswave.app.pages.compare.sampled", endless)
    page = ComparePage()
    assert begun.wait(PATIENCE)
    page.close()
    assert ended.wait(PATIENCE)


def test_a_program_ends_while_a_test_goes_on() -> None:
    code = """
import threading
from newswave.app.page import Message
from newswave.app.pages import explore

begun = threading.Event()

def endless(*_, progress, **__):
    begun.set()
    while True:
        progress("null worlds", 1, 2)

explore.compare = endless
pages = [explore.ExplorePage() for _ in range(3)]
for page in pages:
    page.receive(Message("test"))
assert begun.wait(300)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_own_networks_in_links_are_small() -> None:
    with pytest.raises(BadValue, match="up to 512 KiB"):
        setup_of("s=" + _packed(b"[[0,1]" + b",[0,1]" * 100_000))


def _packed(held: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(held, 9)).decode().rstrip("=")
