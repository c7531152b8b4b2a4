"""Who starts: the same luck as before, other seeds, in every engine and every way of saying it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswave import NewsModel, simulate
from newswave.app.controls import applied
from newswave.app.links import link_of, setup_of
from newswave.app.python_lines import setup_code
from newswave.cli import main
from newswave.core.errors import BadValue
from newswave.core.law import draw_thresholds
from newswave.core.networks import OwnNetwork, RandomRegular, ScaleFree
from newswave.core.parameters import changed
from newswave.core.readers.own_network import read_edge_list
from newswave.core.rules import SameForAll
from newswave.core.run_log import History
from newswave.core.setup import (
    ByLot,
    Chosen,
    FewestLinked,
    MostLinked,
    Setup,
    read_start,
    start_text,
)
from newswave.core.simulation import World
from newswave.core.streams import Purpose, run_generator
from newswave.report.describe import describe_setup
from newswave.studies.grid import read_sweep

STAR = OwnNetwork(5, ((0, 1), (0, 2), (0, 3), (3, 4)), ("Hub", "Ada", "Bo", "Cy", "Lee, Di"))


def star(**more: Any) -> Setup:
    return Setup(5, STAR, sharing=SameForAll(0.0), rounds=1, replicas=40, **more)


def first(setup: Setup, run: int = 0) -> set[int]:
    return set(World.of(setup).luck(run)[1].tolist())


def test_the_luck_of_a_setup_without_a_start_is_what_it_was() -> None:
    setup = Setup(50, RandomRegular(4), n_seeds=3)
    found = World.of(setup).luck(7)
    stream = run_generator(setup.seed, Purpose.LUCK, 7)
    assert found[0].tolist() == stream.standard_exponential(50).tolist()
    assert found[1].tolist() == stream.permutation(50)[:3].tolist()
    other = World.of(Setup(50, RandomRegular(4), start=Chosen((4, 9)))).luck(7)
    assert other[0].tolist() == found[0].tolist()


def test_the_most_and_the_fewest_linked_start() -> None:
    assert first(star(n_seeds=1, start=MostLinked())) == {0}
    assert first(star(n_seeds=2, start=MostLinked())) == {0, 3}
    fewest = [first(star(n_seeds=1, start=FewestLinked()), run) for run in range(60)]
    assert set().union(*fewest) == {1, 2, 4}  # three leaves: by lot; 3 (2 / 3)^60 < 1e-10


@given(st.integers(1, 40), st.integers(0, 5))
def test_ties_are_broken_by_the_order_of_the_lot(n_seeds: int, seed: int) -> None:
    turns = np.arange(40) % 3
    order = draw_thresholds(40, 40, np.random.default_rng(seed))[1]
    wanted = sorted(order.tolist(), key=lambda agent: turns[agent])[:n_seeds]
    found = draw_thresholds(40, n_seeds, np.random.default_rng(seed), None, turns)[1]
    assert found.tolist() == wanted


def test_chosen_agents_start_in_every_run_and_every_engine() -> None:
    setup = star(start=Chosen(("ada", "Lee, Di")))
    assert setup.n_seeds == 2
    assert all(first(setup, run) == {1, 4} for run in range(5))
    assert (simulate(setup).counts == 2).all()
    model = NewsModel(setup, run=3)
    assert np.flatnonzero(model.shared).tolist() == [1, 4]
    history = History.of(World.of(setup), 2)
    assert np.flatnonzero(history.shared == 0).tolist() == [1, 4]
    big = Setup(4000, ScaleFree(4), sharing=SameForAll(0.0), start=Chosen((7,)), replicas=2)
    assert (simulate(big).counts == 1).all()


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (lambda: star(start=Chosen(("Adda",))), "Unknown agent.*Ada"),
        (lambda: star(start=Chosen((9,))), "from|0 to 4"),
        (lambda: star(start=Chosen(("Ada", 1))), "twice"),
        (lambda: star(n_seeds=3, start=Chosen(("Ada",))), "n_seeds.*Given: 3.*Leave n_seeds out"),
        (lambda: Setup(20, start=Chosen(("Ada",))), "have no names.*numbers from 0 to 19"),
        (lambda: Setup(20, start="Ada"), "does not say who starts"),
        (lambda: Chosen("Ada"), "does not fit"),
        (lambda: Chosen(()), "does not fit"),
        (lambda: Chosen((-1,)), "number of an agent"),
        (lambda: Chosen(("Ada", "Ada")), "twice"),
        (lambda: read_start(" , "), "does not fit"),
    ],
)
def test_who_cannot_start_is_refused(start: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        start()


NAME = st.text(min_size=1, max_size=8).map(lambda name: " ".join(name.split())).filter(bool)


@given(st.lists(NAME, min_size=1, max_size=4, unique=True).map(tuple))
def test_what_is_written_is_read_again(names: tuple[str, ...]) -> None:
    text = start_text(Chosen(names))
    if text is not None and text.isprintable():
        assert read_start(text) == Chosen(names)


@pytest.mark.parametrize("start", [ByLot(), MostLinked(), FewestLinked(), Chosen(("3", "8"))])
def test_files_links_and_code_keep_the_start(start: Any) -> None:
    setup = Setup(30, RandomRegular(4), n_seeds=2, start=start)
    assert Setup.from_json(setup.to_json()) == setup
    link = link_of(setup)
    assert setup_of(link).setup == setup
    assert "&s=" not in link
    import newswave as nw

    assert eval(setup_code(setup), {"nw": nw}) == setup
    own = star(start=Chosen(("Ada", "Lee, Di")))
    assert setup_of(link_of(own)).setup == own


def test_a_setup_of_before_has_no_start_and_is_drawn_by_lot() -> None:
    setup = Setup(30, RandomRegular(4))
    assert "start" not in json.loads(setup.to_json())
    written = json.loads(setup.to_json()) | {"start": {"kind": "ByLot"}}
    assert Setup.from_json(setup.to_json()) == Setup.from_json(json.dumps(written)) == setup


def test_the_page_offers_the_agents_by_name() -> None:
    setup = applied(star(n_seeds=2), "start", "most-linked")
    assert (setup.start, setup.n_seeds) == (MostLinked(), 2)
    setup = applied(setup, "start", '="Lee, Di"')
    assert (setup.start, setup.n_seeds) == (Chosen(("Lee, Di",)), 1)
    assert applied(setup, "start", "by-lot").start == ByLot()
    assert changed(star(n_seeds=3), {"start": Chosen(("Bo",))}).n_seeds == 1


def test_the_command_and_a_sweep_read_who_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edges = tmp_path / "club.csv"
    edges.write_text('from,to\nHub,Ada\nHub,Bo\nHub,Cy\nCy,"Lee, Di"\n')
    run = ["run", "--edges", str(edges), "--share", "0.1", "--no-fits", "--quiet", "--rounds", "3"]
    assert main([*run, "--replicas", "2", "--start", 'Ada,"Lee, Di"']) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "from Ada and Lee, Di" in told
    assert "club.csv, columns from and to: 5 agents, 4 links" in told
    assert main([*run, "--start", "Ada", "--seeds", "2"]) == 2
    assert "n_seeds is not the number" in capsys.readouterr().err
    file = tmp_path / "s.toml"
    file.write_text(
        '[base]\nedges = "club.csv"\nshare = 0.1\nseeds = 1\n'
        '[grid]\nstart = ["by-lot", "most-linked", "Ada"]\n[study]\nfits = false\n'
    )
    cells = read_sweep(file).grid.cells()
    assert [cell.setup.start for cell in cells] == [ByLot(), MostLinked(), Chosen(("Ada",))]
    assert [cell.words for cell in cells] == ["start by-lot", "start most-linked", "start Ada"]
    names = read_edge_list(edges).names
    assert "names" not in describe_setup(cells[0].setup)
    assert names[4] == "Lee, Di"
