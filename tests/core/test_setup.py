"""Setups: any kind comes back from JSON to the last digit, and nothing but a setup comes in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import setups

from newswave import NewsModel, simulate
from newswave.app.controls import applied
from newswave.app.links import link_of, setup_code, setup_of
from newswave.cli import main
from newswave.core.continuous import Clock
from newswave.core.errors import BadFile, BadValue
from newswave.core.events import Event, event, library
from newswave.core.law import Attention, draw_thresholds
from newswave.core.networks import (
    Complete,
    OwnNetwork,
    RandomRegular,
    RegularSmallWorld,
    ScaleFree,
    SmallWorld,
)
from newswave.core.offline import Decays, Fading, Feedback, PowerLaw, Pulse, Series, Since
from newswave.core.parameters import changed
from newswave.core.population import (
    LITERATURE,
    PRESETS,
    PROFILES,
    Effect,
    IndependentTraits,
    OneProfile,
    TwoGroups,
    WeightedProfiles,
)
from newswave.core.provenance import Cell, Method, Origin
from newswave.core.readers.own_network import read_edge_list
from newswave.core.rules import Asked, ByGroup, ByTraits, Measured, SameForAll
from newswave.core.run_log import History
from newswave.core.setup import (
    KINDS,
    ByLot,
    Chosen,
    FewestLinked,
    MostLinked,
    Setup,
    read_start,
    start_text,
)
from newswave.core.sharing import SharingTable
from newswave.core.simulation import World
from newswave.core.streams import Purpose, run_generator
from newswave.core.wording import wordings
from newswave.report.describe import describe_setup
from newswave.studies.grid import read_sweep

OWN = OwnNetwork(3, ((0, 1), (1, 2)), ("Ann", "Bob", "Łukasz Ng"))
CELLS = (
    Cell.counted(PROFILES[3].code, 1, asked=20, shared=5, abstained=2),
    Cell("b", 2, 1 / 3, 0.25, 0.5, Method.LOG_PROBABILITIES, 0, 0, 0, 0.97, 0.4, None),
)
MEASURED = Measured(
    SharingTable((PROFILES[3].code, "b"), [[0, CELLS[0].probability, 0.4], [0, 0, 1 / 3]]),
    CELLS,
    Origin("qwen2.5:0.5b", "ab", "0.33", "0.6", "mine", "01", "a-day", 0.7, True, "2026-11-21"),
)
ASKED = Asked("llama3.2:1b", wordings()[1], 0.3, synthetic=True)
TABLE = SharingTable(
    (PROFILES[3].code, "b"), np.array([[0, 0.1, 1 / 3], [0, 0, 1]]), np.array([[0, 1, 0]] * 2), "me"
)


def same(one: Setup, other: Setup) -> bool:
    """Tell whether two setups are equal, tables number by number."""
    mine, theirs = one.sharing, other.sharing
    if isinstance(mine, Measured) and isinstance(theirs, Measured):
        held = [
            (t.rows, t.probabilities.tolist(), None if t.repeat is None else t.repeat.tolist())
            for t in (mine.given, theirs.given)
        ]
        return (
            held[0] == held[1]
            and (mine.cells, mine.origin) == (theirs.cells, theirs.origin)
            and mine.given.source == theirs.given.source
            and replace(one, sharing=theirs) == other
        )
    return one == other


# ---- there and back


@given(setups(), st.sampled_from(library()), st.floats(-30, 30), st.integers(0, 2**200))
@settings(max_examples=150, deadline=None)
def test_every_setup_comes_back(setup: Setup, told: Event, offset: float, seed: int) -> None:
    changed = replace(told, offset=Effect(offset, "chosen"))
    setup = replace(setup, event=changed, seed=seed)
    back = Setup.from_json(setup.to_json())
    assert same(setup, back)
    assert back.to_json() == setup.to_json()
    one, other = setup.table(7), back.table(7)
    assert np.array_equal(one.probabilities, other.probabilities)


PARTS: list[dict[str, Any]] = [
    {"clock": Clock.CONTINUOUS},
    *({"network": n} for n in (RandomRegular(3), SmallWorld(4, 1 / 3), ScaleFree(2), Complete())),
    {"network": RegularSmallWorld(4, 1 / 3)},
    {"network": OWN, "n_agents": 3, "n_seeds": 2},
    {"mix": OneProfile(PROFILES[7])},
    {"mix": TwoGroups(1 / 3, "früh", PROFILES[0], "spät", PROFILES[31])},
    *({"mix": m, "sharing": ByTraits()} for m in (IndependentTraits(0.1, 0.2, 0.3, 0.4, 1 / 3),)),
    {"mix": WeightedProfiles(((PROFILES[3], 2), (PROFILES[5], 0.5))), "sharing": SameForAll()},
    {"sharing": ByGroup(0.9, 1 / 3)},
    *({"sharing": ByTraits(0.2, effects)} for effects in PRESETS.values()),
    {"mix": OneProfile(PROFILES[3]), "sharing": Measured(TABLE)},
    {"mix": OneProfile(PROFILES[3]), "sharing": MEASURED},
    {"mix": OneProfile(PROFILES[3]), "sharing": ASKED, "attention": Attention.NEW_EXPOSURE},
    {"event": event("ceasefire-agreed")},
    {"attention": Attention.NEW_EXPOSURE, "source_probability": 0.1, "n_seeds": 0},
    {"start": MostLinked(), "n_seeds": 2},
    {"start": FewestLinked(), "n_seeds": 2},
    {"start": Chosen(("3", 5))},
    {"source_probability": 0.1, "source_shape": Fading(1 / 3)},
    {"source_shape": Pulse((7, 3))},
    {"source_shape": Series((0.0, 1 / 3), "mine.csv")},
    {"feedback": Feedback(1 / 3, 0.2, 0.0)},
    {"ageing": Decays(1 / 3, Since.FIRST_SIGHT)},
    {"ageing": PowerLaw(1 / 3)},
    {"repeat_ratio": 1 / 7, "rounds": 1, "replicas": 1, "seed": 2**64},
]


@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: "-".join(parts))
def test_each_part_comes_back(parts: dict[str, Any], tmp_path: Path) -> None:
    if isinstance(parts.get("mix"), OneProfile):
        parts = {"sharing": SameForAll(0.3), **parts}
    setup = Setup(**{"n_agents": 20, **parts})
    assert same(setup, Setup.from_json(setup.to_json()))
    assert same(setup, Setup.read(setup.write(tmp_path / "setup.json")))


def test_a_difference_is_a_difference() -> None:
    base = Setup(20, RandomRegular(3), OneProfile(PROFILES[3]), Measured(TABLE))
    numbers = TABLE.probabilities.copy()
    numbers[0, 2] = np.nextafter(numbers[0, 2], 1)
    other = Measured(SharingTable(TABLE.rows, numbers, TABLE.repeat, TABLE.source))
    assert not same(base, replace(base, sharing=other))
    assert Setup(seed=1) != Setup(seed=2)


def test_every_kind_is_tested_here() -> None:
    found: set[str] = set()

    def note(data: Any) -> None:
        if isinstance(data, dict):
            found.add(data["kind"])
        for item in data.values() if isinstance(data, dict) else data:
            if isinstance(item, dict | list):
                note(item)

    for parts in PARTS:
        base = {"sharing": SameForAll()} if isinstance(parts.get("mix"), OneProfile) else {}
        note(json.loads(Setup(**{"n_agents": 20, **base, **parts}).to_json()))
    later = {"ByLot", "Constant", "Leaning", "StaysNew"}  # left out at their defaults
    assert found == set(KINDS) - later


def test_whole_numbers_written_as_floats_become_whole() -> None:
    setup = Setup(n_agents=20.0, n_seeds=np.int64(2), rounds=5.0, seed=3.0)  # type: ignore[arg-type]
    numbers = (setup.n_agents, setup.n_seeds, setup.rounds, setup.seed)
    assert all(type(number) is int for number in numbers)
    assert setup == Setup(n_agents=20, n_seeds=2, rounds=5, seed=3)


def test_the_table_is_that_of_the_rule_with_the_repeat_ratio() -> None:
    setup = Setup(sharing=ByGroup(0.5, 0.1), repeat_ratio=2.0)
    table = setup.table(2)
    assert table.rows == ("outgoing", "reserved")
    assert table.probabilities == pytest.approx(np.array([[0, 0.5, 0.75], [0, 0.1, 0.19]]))
    assert table.repeat == pytest.approx(np.array([[0, 0.75, 0.9375], [0, 0.19, 0.3439]]))
    assert setup.with_degree(4) == replace(setup, network=RandomRegular(4))


def test_what_only_looks_like_a_model_is_synthetic() -> None:
    assert Setup(sharing=ASKED).synthetic
    assert not Setup(sharing=replace(ASKED, synthetic=False)).synthetic
    base = Setup(20, RandomRegular(3), OneProfile(PROFILES[3]), MEASURED)
    assert base.synthetic
    honest = replace(MEASURED, origin=replace(MEASURED.origin, synthetic=False))  # type: ignore[type-var]
    assert not replace(base, sharing=honest).synthetic
    assert not replace(base, sharing=Measured(TABLE)).synthetic
    assert not Setup().synthetic


def test_where_a_model_is_asked_there_is_no_table_and_no_rate_to_change() -> None:
    setup = Setup(sharing=ASKED)
    with pytest.raises(BadValue, match=r"no table says how.*llama3\.2:1b.*newswave table"):
        setup.table(3)
    for name, value in (("repeat_ratio", 0.5), ("source_probability", 0.1)):
        with pytest.raises(BadValue, match=f"{name} has no meaning"):
            replace(setup, **{name: value})
    assert Setup.from_json(setup.to_json()) == setup


# ---- what is no setup

ODD = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    *(st.complex_numbers(), st.lists(st.integers(), max_size=2), st.just(10**5000)),
    st.sampled_from(
        [
            *(RandomRegular, RandomRegular(4), RandomRegular(3), Complete(), SmallWorld(4), OWN),
            *(TwoGroups, TwoGroups(), OneProfile(PROFILES[0]), IndependentTraits(), PROFILES[0]),
            *(ByGroup, ByGroup(), SameForAll(), ByTraits(), Measured(TABLE), TABLE, LITERATURE),
            *(Asked, ASKED, MEASURED, CELLS[0], wordings()[0]),
            *(event("short-power-cut"), Attention.NEW_EXPOSURE, Setup(), Setup),
        ]
    ),
)
FIELDS = st.sampled_from(list(Setup.__dataclass_fields__))


@given(st.dictionaries(FIELDS, ODD, min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_odd_parts_make_a_setup_or_are_refused(parts: dict[str, Any]) -> None:
    try:
        setup = Setup(**parts)
    except BadValue:
        return
    assert same(setup, Setup.from_json(setup.to_json()))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"n_agents": 1}, "number of agents"),
        ({"n_agents": 10**9}, "number of agents.*20000000"),
        ({"n_agents": 5, "n_seeds": 6}, "seed agents.*1 to 5.*Lower the seeds"),
        ({"n_seeds": 0}, "seed agents.*1 to 1000"),
        ({"rounds": 0}, "rounds"),
        ({"replicas": 0}, "replicas"),
        ({"seed": -1}, "seed"),
        ({"seed": 10**5000}, "seed"),
        ({"source_probability": "0.1"}, "source probability"),
        ({"source_probability": 1.1}, "source probability"),
        ({"repeat_ratio": -1}, "repeat ratio"),
        ({"attention": "every round"}, "attention"),
        ({"network": RandomRegular}, "no network"),
        ({"network": "regular"}, "no network"),
        ({"network": RandomRegular(1000)}, "too large"),
        ({"network": OWN}, "Set n_agents to 3"),
        ({"mix": OneProfile}, "no mix"),
        ({"mix": PROFILES[3]}, "no mix"),
        ({"sharing": ByGroup}, "no sharing"),
        ({"sharing": TABLE}, "no sharing"),
        ({"sharing": Setup()}, "no sharing"),
        ({"sharing": Measured(TABLE)}, "Unknown row of the table"),
        ({"mix": OneProfile(PROFILES[3])}, "a mix of two groups"),
        ({"event": "short-power-cut"}, "no event"),
        ({"event": None}, "no event"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Setup(**parts)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_agent": 5}, "Unknown field of Setup.*'n_agent'.*n_agents"),
        ({"kind": "Set"}, "Unknown kind"),
        ({"kind": "RandomRegular"}, "Unknown field of RandomRegular"),
        ({"network": {"kind": "Ring", "degree": 4}}, "Unknown kind.*'Ring'"),
        ({"network": {"kind": "RandomRegular", "k": 4}}, "Unknown field of RandomRegular.*'k'"),
        ({"network": {"degree": 4}}, "without a kind"),
        ({"network": {"kind": "OwnNetwork", "n_agents": 5}}, "lacks its field 'edges'"),
        ({"network": {"kind": "OwnNetwork", "n_agents": 5, "edges": [["a", 1]]}}, "integers"),
        ({"attention": {"kind": "Attention", "name": "NEVER"}}, "Unknown name of Attention"),
        ({"attention": {"kind": "EventType", "name": "RIOTS"}}, "attention"),
        ({"n_agents": None}, "number of agents"),
        ({"n_agents": [5]}, "number of agents"),
        ({"seed": 1e999}, "seed"),
        ({"source_probability": float("nan")}, "source probability"),
        ({"mix": {"kind": "OneProfile", "profile": {"kind": "Profile"}}}, "lacks its field"),
        ({"sharing": {"kind": "Setup"}}, "no sharing"),
        ({"sharing": {"kind": "Asked", "model": "m"}}, "lacks its field 'wording'"),
        ({"sharing": {"kind": "Asked", "model": "m", "wording": "mine"}}, "in a Wording"),
        ({"sharing": {"kind": "Measured", "given": [[0, 0.1]]}}, "needs a sharing table"),
    ],
)
def test_json_with_one_thing_wrong_is_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    text = json.dumps({**json.loads(Setup().to_json()), **change})
    with pytest.raises(BadValue, match=words):
        Setup.from_json(text)
    path = tmp_path / "setup.json"
    path.write_text(text)
    with pytest.raises(BadFile, match=r"holds no setup.*setup\.json"):
        Setup.read(path)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "3", "null", '"text"', "{'kind': 'Setup'}", '{"kind": "Complete"}'),
        *("1" * 5000, "[" * 400 + "]" * 400, "[" * 10**5, '{"kind":' * 400 + "1" + "}" * 400),
        '{"kind": "Setup", "seed": ' + "1" * 5000 + "}",
    ],
    ids=lambda text: text[:12],
)
def test_text_that_is_no_setup_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadValue):
        Setup.from_json(text)
    path = tmp_path / "setup.json"
    path.write_text(text)
    with pytest.raises(BadFile):
        Setup.read(path)


def places(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    found = []
    for key, item in items:
        found.append((*here, key))
        if isinstance(item, dict | list):
            found += places(item, (*here, key))
    return found


JUNK = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
        *(st.sampled_from(sorted(KINDS)), st.integers(10**300, 10**320)),
        st.sampled_from(sorted(KINDS)).map(lambda kind: {"kind": kind}),
    ),
    lambda part: st.lists(part, max_size=3),
    max_leaves=5,
)


@given(setups(), st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_setup_with_junk_in_it_is_read_or_refused(setup: Setup, data: st.DataObject) -> None:
    tree = json.loads(setup.to_json())
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(places(tree)))
        inside = tree
        for key in way:
            inside = inside[key]
        match data.draw(st.sampled_from(["change", "drop", "add"])):
            case "change":
                inside[last] = data.draw(JUNK)
            case "drop" if len(tree) > 1:
                del inside[last]
            case _ if isinstance(inside, dict):
                inside[data.draw(st.text(max_size=3))] = data.draw(JUNK)
    try:
        made = Setup.from_json(json.dumps(tree))
    except BadValue:
        return
    assert same(made, Setup.from_json(made.to_json()))


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        Setup.from_json(text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        Setup.read(tmp_path / "none.json")


# Who starts: the same luck as before, other seeds, in every engine and every way of saying it.

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
