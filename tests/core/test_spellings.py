"""How setups are written stays as it is: flags, TOML, links, keywords, controls, Python lines.

`spellings.json` holds what each spelling says of every name and of every two names together:
the setup that is made of them, or the words of the refusal. `python tests/core/test_spellings.py`
writes it anew; a difference is a change of what users write or read.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from newswave.app.controls import applied, items_for
from newswave.app.links import link_of, setup_code, setup_of
from newswave.app.page import Choice, Entry, Range, plain, walk
from newswave.app.pages.explore import PRESETS
from newswave.cli import _parsers
from newswave.cli.options import setup_from
from newswave.core.continuous import Clock
from newswave.core.errors import NewswaveError
from newswave.core.events import library
from newswave.core.law import Attention
from newswave.core.networks import (
    Complete,
    OwnNetwork,
    RandomRegular,
    RegularSmallWorld,
    SmallWorld,
)
from newswave.core.offline import Decays, Fading, Feedback, PowerLaw, Pulse, Series, Since
from newswave.core.parameters import changed, read_value, settled
from newswave.core.population import PROFILES, IndependentTraits, OneProfile, WeightedProfiles
from newswave.core.rules import Asked, ByTraits, Measured, SameForAll
from newswave.core.setup import Chosen, MostLinked, Setup
from newswave.core.sharing import SharingTable
from newswave.core.wording import wordings
from newswave.studies.grid import read_sweep

FROZEN = Path(__file__).with_name("spellings.json")
READY, SLOW = "O+C-E+A-N-", "O-C+E-A+N+"

FLAGS = {
    "--agents": "200", "--seeds": "3", "--start": "most-linked", "--rounds": "7",
    "--replicas": "9", "--seed": "5", "--degree": "4", "--network": "small-world",
    "--rewiring": "0.3", "--edges": "friends.txt", "--fast-fraction": "0.3",
    "--fast-group": f"quick={READY}", "--slow-group": f"calm={SLOW}", "--high": "extraversion=0.7",
    "--profile": READY, "--fast": "0.3", "--slow": "0.01", "--share": "0.1", "--effects": "none",
    "--baseline": "0.2", "--table": "synthetic", "--attention": "new-exposure", "--source": "0.1",
    "--source-shape": "fading", "--source-lifetime": "5", "--pulses": "3,10",
    "--source-series": "incidents.csv", "--feedback-rate": "0.3", "--act": "0.15", "--stop": "0.25",
    "--ageing": "power-law", "--news-lifetime": "12", "--ageing-exponent": "0.5",
    "--age-since": "first-sight", "--repeat-ratio": "0.5", "--rate-variation": "1.5",
    "--clock": "continuous",
    "--event": "short-power-cut", "--events": "mine.csv",
    "--model": "some:1b", "--wording": "adjectives", "--temperature": "0.5",
}  # fmt: skip
MORE_FLAGS = (
    *("--agents 3e3", "--agents 2.5", "--agents x", "--seeds 0", "--seeds 0 --source 0.1"),
    *("--start Ada,Bo --edges friends.txt", "--start 3,5", "--start Ada", "--start 3 --model m"),
    *("--start fewest-linked --seeds 2", "--network complete", "--network complete --degree 4"),
    *("--network regular --rewiring 0.2", "--network regular-small-world --rewiring 0.2"),
    *("--network scale-free --degree 5", "--degree 4.5", "--fast-group quick", "--high x=0.5"),
    *("--high E=0.5 --high extraversion=0.2", "--high E=0.5 --high O=0.1", "--high E"),
    f"--profile {READY} --profile {SLOW}=3", f"--profile {READY}=2", "--profile O+C=2",
    *("--effects lit", "--table groups.csv", "--table profiles.csv"),
    *("--table groups.csv --fast-fraction 0.2", "--table profiles.csv --fast-fraction 0.2"),
    *("--table odd.csv", "--event nowhere", "--events many.csv", "--events many.csv --event two"),
    *("--model m --agents 50 --high E=1", "--model m --fast-fraction 0.2", "--wording x --model m"),
    *("--setup setup.json", "--setup setup.json --fast 0.1", "--source 2"),
)  # fmt: skip

TOML = {
    "agents": "200", "seeds": "3", "start": '"most-linked"', "rounds": "7", "replicas": "9",
    "seed": "5", "rng": "5", "degree": "4", "network": '"small-world"', "edges": '"friends.txt"',
    "mix": '{kind = "OneProfile", profile = {kind = "Profile", openness = true, '
    "conscientiousness = false, extraversion = true, agreeableness = false, neuroticism = false}}",
    "fast_fraction": "0.3", "high": "{extraversion = 0.7}", "profile": f'"{READY}"',
    "sharing": '{kind = "SameForAll", share_probability = 0.2}', "fast": "0.3", "slow": "0.01",
    "share": "0.1", "effects": '"none"', "baseline": "0.2", "table": '"synthetic"',
    "attention": '"new-exposure"', "source": "0.1", "source_shape": '"fading"',
    "source_lifetime": "5", "pulses": '"3,10"', "source_series": '"incidents.csv"',
    "feedback_rate": "0.3", "act": "0.15", "stop": "0.25", "ageing": '"power-law"',
    "news_lifetime": "12", "ageing_exponent": "0.5", "age_since": '"first-sight"',
    "repeat_ratio": "0.5", "rate_variation": "1.5", "event": '"short-power-cut"',
    "events": '"mine.csv"', "setup": '"setup.json"', "clock": '"continuous"',
}  # fmt: skip
MORE_TOML = (
    *("agents = '200'", "n-agents = 30", "n_agents = 20\nagents = 30", "degree = true", "x = 1"),
    *("fast = [1, 2]", "rewiring = 0.2", "high = 3", "high = {x = 1}", "table = 'groups.csv'"),
    *("table = 'odd.csv'", "event = 'two'\nevents = 'mine.csv'", "seed = 'x'"),
    *("network = 'star'", "attention = 'x'", "profile = 'O+C'", "effects = 'x'", "start = '4,5'"),
)

LINK = {
    "agents": "200", "network": "small-world", "degree": "4", "rewiring": "0.3", "fraction": "0.3",
    "profile": READY, "high": "0.1,0.2,0.3,0.4,0.5", "fast": "0.3", "slow": "0.01", "share": "0.1",
    "baseline": "0.2", "effects": "none", "event": "short-power-cut", "attention": "new-exposure",
    "source": "0.1", "source_shape": "fading", "lifetime": "5", "pulses": "3,10",
    "feedback": "0.3", "act": "0.15", "stop": "0.25", "ageing": "power-law", "news_lifetime": "12",
    "exponent": "0.5", "since": "first-sight", "repeat": "0.5", "variation": "1.5",
    "seeds": "3", "start": "most-linked", "rounds": "7", "clock": "continuous",
    "runs": "9", "seed": "5", "page": "data", "run": "1", "v": "1", "s": "abc",
}  # fmt: skip
BAD = ("", "x", "-1", "0.5", "1e9", "regular-small-world", "0,0")

KEYWORDS: dict[str, Any] = {
    "n_agents": 200, "network": SmallWorld(4, 0.3), "mix": IndependentTraits(),
    "sharing": ByTraits(0.1), "event": library()[2], "attention": Attention.NEW_EXPOSURE,
    "source_probability": 0.1, "repeat_ratio": 0.5, "rate_variation": 1.5,
    "clock": Clock.CONTINUOUS, "n_seeds": 3, "rounds": 7, "replicas": 9,
    "seed": "5", "start": Chosen((3, 5)), "fast": 0.3, "slow": 0.01, "fast_fraction": 0.3,
    "source_shape": Fading(5.0), "lifetime": 6.0, "pulses": (3, 10),
    "feedback": Feedback(0.3, 0.15, 0.25), "feedback_rate": 0.4, "act_chance": 0.2,
    "stop_chance": 0.3, "ageing": PowerLaw(0.5), "news_lifetime": 12.0, "exponent": 0.7,
    "since": Since.FIRST_SIGHT, "rng": 6, "degree": 4, "share": 0.1,
    "table": "synthetic", "profile": READY, "baseline": 0.2,
    "effects": "none", "unknown": 1,
}  # fmt: skip

TRAITS = ByTraits()
TABLE = SharingTable(("outgoing", "reserved"), [[0, 0.1], [0, 0.2]])
MODEL = Asked("some:1b", wordings()[0], 0.5)
SETUPS = {
    **{preset.key: preset.setup for preset in PRESETS.values()},
    "usual": Setup(),
    "small": Setup(30, n_seeds=1, rounds=7, replicas=3, seed=2**80),
    "odd size": Setup(99, RandomRegular(4), rounds=13, n_seeds=7),
    "complete": Setup(50, Complete(), OneProfile(PROFILES[9]), SameForAll(0.1)),
    "small world": Setup(network=SmallWorld(4, 1 / 7), start=MostLinked(), repeat_ratio=1 / 7),
    "swapped": Setup(network=RegularSmallWorld(4, 0.2), attention=Attention.NEW_EXPOSURE),
    "traits": Setup(mix=IndependentTraits(0.1, 0.2, 0.3, 0.4, 1 / 3), sharing=ByTraits(0.2)),
    "source": Setup(source_probability=0.1, n_seeds=0, event=library()[4]),
    "fading source": Setup(source_probability=0.1, source_shape=Fading(5.0)),
    "pulses": Setup(source_probability=0.1, source_shape=Pulse((3, 10))),
    "series": Setup(source_probability=0.1, source_shape=Series((0.0, 2.0), "mine")),
    "feedback": Setup(feedback=Feedback(0.3, 0.15)),
    "decays": Setup(ageing=Decays(12.0)),
    "power law": Setup(ageing=PowerLaw(0.5, Since.FIRST_SIGHT)),
    "own": Setup(4, OwnNetwork(4, ((0, 1), (1, 2), (2, 3)), ("Ada", "Bo", "Cy", "Di")), n_seeds=1),
    "named": Setup(
        4,
        OwnNetwork(4, ((0, 1), (1, 2), (2, 3)), ("Ada", "Bo", "Cy", "Di")),
        start=Chosen(("Bo", "Di")),
    ),
    "timed": Setup(clock=Clock.CONTINUOUS),
    "chosen": Setup(start=Chosen((3, 5))),
    "weighted": Setup(mix=WeightedProfiles(((PROFILES[1], 2), (PROFILES[7], 1))), sharing=TRAITS),
    "measured": Setup(sharing=Measured(TABLE)),
    "asked": Setup(n_agents=50, mix=IndependentTraits(), sharing=MODEL),
    "traits of groups": Setup(sharing=ByTraits()),
    "share of groups": Setup(sharing=SameForAll(0.2)),
}  # fmt: skip


# ---- what is said


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def outcome(made: Callable[[], Setup]) -> str:
    """Return what came of it: the setup's digest, or the words of the refusal."""
    try:
        return digest(made().to_json())
    except NewswaveError as error:
        return str(error)


def of_flags(parser: Any, arguments: list[str]) -> str:
    return outcome(lambda: setup_from(parser.parse_args(arguments)))


def of_toml(text: str) -> str:
    Path("sweep.toml").write_text(text, "utf-8")
    return outcome(lambda: read_sweep("sweep.toml").grid.cells()[0].setup)


def read(name: str) -> Any:
    known = name in KEYWORDS and name != "unknown"
    return read_value(name, KEYWORDS[name]) if known else KEYWORDS[name]


def alone_and_in_pairs(names: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield from ((name,) for name in names)
    yield from combinations(names, 2)


def flags() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for command in ("run", "predict"):
        for group in _parsers()[1][command]._action_groups:
            if not group._group_actions or "options" in (group.title or ""):
                continue
            found[f"{command}: {group.title}"] = [
                [*a.option_strings, a.metavar, a.help, list(a.choices or ()), type(a).__name__]
                for a in group._group_actions
            ]
    return found


def by_flags() -> dict[str, str]:
    parser = _parsers()[1]["run"]
    found = {
        " ".join(names): of_flags(parser, [word for n in names for word in (n, FLAGS[n])])
        for names in alone_and_in_pairs(FLAGS)
    }
    return found | {text: of_flags(parser, text.split()) for text in MORE_FLAGS}


def by_toml() -> dict[str, str]:
    found = {
        " ".join(names): of_toml(
            "[base]\n" + "".join(f"{n} = {TOML[n]}\n" for n in names) + "[grid]\nreplicas = [3, 4]"
        )
        for names in alone_and_in_pairs({n: 1 for n in TOML if n != "replicas"})
    }
    for axis in TOML:
        for name in ("", *TOML):
            base = f"{name} = {TOML[name]}\n" if name else ""
            text = f"[base]\n{base}[grid]\n{axis} = [{TOML[axis]}]\n"
            found[f"{name} / {axis}"] = of_toml(text)
    extra = {text: of_toml(f"[base]\n{text}\n[grid]\nreplicas = [3]") for text in MORE_TOML}
    return found | extra


def by_links() -> dict[str, str]:
    texts = ["&".join(f"{n}={LINK[n]}" for n in names) for names in alone_and_in_pairs(LINK)]
    texts += [f"{name}={bad}" for name in (*LINK, "unknown") for bad in BAD]
    return {text: outcome(lambda text=text: setup_of(text).setup) for text in texts}  # type: ignore[misc]


def by_keywords() -> dict[str, str]:
    found: dict[str, str] = {}
    for names in alone_and_in_pairs(KEYWORDS):
        given = {name: read(name) for name in names}
        found["changed " + " ".join(names)] = outcome(lambda given=given: changed(Setup(), given))  # type: ignore[misc]
        for base in ("usual", "traits"):
            made = SETUPS[base]
            found[f"settled {base} " + " ".join(names)] = outcome(
                lambda made=made, given=given: settled(made, given)  # type: ignore[misc]
            )
    return found


def moved(setup: Setup) -> dict[str, str]:
    """Return what becomes of a setup when each control is moved to both ends and its middle."""
    found: dict[str, str] = {}
    for item in walk(items_for(setup)):
        match item:
            case Range():
                places: tuple[Any, ...] = (0, item.high // 2, item.high)
            case Choice():
                places = tuple(key for key, _ in item.options)
            case Entry():
                places = ("7",)
            case _:
                continue
        for place in places:
            say = outcome(lambda key=item.key, place=place: applied(setup, key, place))  # type: ignore[misc]
            found[f"{item.key} {place}"] = say
    return found


def controls() -> dict[str, Any]:
    return {
        "items of a usual setup": [plain(item) for item in items_for(Setup())],
        **{
            f"items of {name}": [
                digest(json.dumps(plain(item), sort_keys=True))
                for item in walk(items_for(setup))
            ]
            for name, setup in SETUPS.items()
        },
        **{f"moves of {name}": digest(json.dumps(moved(setup))) for name, setup in SETUPS.items()},
    }  # fmt: skip


def lines() -> dict[str, str]:
    return {name: setup_code(setup) for name, setup in SETUPS.items()}


def links() -> dict[str, str]:
    """Return the link of each setup; how one is packed is zlib's."""
    made = {name: link_of(setup) for name, setup in SETUPS.items()}
    return {name: "packed" if "&s=" in link else link for name, link in made.items()}


SPELLINGS: dict[str, Callable[[], dict[str, Any]]] = {
    "flags": flags,
    "setups of flags": by_flags,
    "setups of TOML": by_toml,
    "setups of links": by_links,
    "setups of keywords": by_keywords,
    "controls": controls,
    "Python lines": lines,
    "links": links,
}


@contextmanager
def files() -> Iterator[None]:
    """Go to a folder with the files that the examples name."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            pairs = [("Ada", "Bo"), ("Bo", "Cy"), ("Cy", "Di"), ("Di", "Ed"), ("Ed", "Ada")]
            Path("friends.txt").write_text("".join(f"{a} {b}\n" for a, b in pairs * 3), "utf-8")
            head = "id,type,sub_type,headline,text\n"
            event = "{0},Riots,Mob violence,Riot {0},There was a riot in the town of {0}.\n"
            Path("mine.csv").write_text(head + event.format("one"), "utf-8")
            many = head + event.format("one") + event.format("two")
            Path("many.csv").write_text(many, "utf-8")
            Path("setup.json").write_text(Setup(n_agents=40, seed=8).to_json(), "utf-8")
            table = "profile,1,2\n{},0.1,0.2\n{},0.01,0.02\n"
            Path("groups.csv").write_text(table.format("quick", "calm"), "utf-8")
            Path("profiles.csv").write_text(table.format(READY, SLOW), "utf-8")
            incidents = "date,place\n2020-03-01,A\n2020-03-03,B\n"
            Path("incidents.csv").write_text(incidents, "utf-8")
            odd = table.format("a", "b") + "c,0.1,0.1\n"
            Path("odd.csv").write_text(odd, "utf-8")
            yield
        finally:
            os.chdir(before)


def turned(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return outcomes with all that led to each: many lead to the same."""
    found: dict[str, Any] = {}
    for name, value in said.items():
        found.setdefault(value, []).append(name)
    return found


def spelled(name: str) -> Any:
    with files():
        said = SPELLINGS[name]()
    return json.loads(json.dumps(turned(said) if name.startswith("setups of") else said))


@pytest.mark.parametrize("name", SPELLINGS)
def test_what_users_write_and_read_stays(name: str) -> None:
    assert spelled(name) == json.loads(FROZEN.read_text("utf-8"))[name]


if __name__ == "__main__":
    text = json.dumps({name: spelled(name) for name in SPELLINGS}, indent=0, ensure_ascii=False)
    FROZEN.write_text(text + "\n", "utf-8")
