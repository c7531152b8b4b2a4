"""The manipulation check finds what a model took on, asks no more than it must, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from newswave.core.errors import BadFile, BadValue
from newswave.core.population import PROFILES, Profile, Trait, signs_of
from newswave.core.wording import wording
from newswave.llm.batch import Interview, ModelChanged
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.ollama_server import Server
from newswave.llm.personas import (
    CLEAR,
    ITEMS,
    SLIGHT,
    PersonaCheck,
    PersonaChecked,
    PersonaPlan,
    TraitCheck,
    Unrated,
    Uptake,
    check_traits,
    persona_header,
    read_ratings,
)
from newswave.llm.recording import CellTurn, Recording, RecordingPurpose, RecordingWriter
from newswave.llm.server import Found, Model, Reply

WORDING = wording("adjectives")
FOUR = tuple(map(Profile.from_code, ("O+C-E+A-N-", "O-C+E-A+N+", "O+C+E+A+N+", "O-C-E-A-N-")))
RATINGS = {item.key: 3 for item in ITEMS}


SEEN = Found("", "0.33.0", False, ())


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "persona.jsonl"


def plan(profiles: tuple[Profile, ...] = FOUR, temperature: float = 0.0) -> PersonaPlan:
    return PersonaPlan(WORDING, profiles, temperature)


def checked(standin: StandIn, path: Path, asked: PersonaPlan) -> PersonaChecked:
    """Ask everything that is left and return what was found."""
    server = Server(standin.address, timeout=20)
    model = server.model("synthetic")
    with RecordingWriter(path, persona_header(asked, model, SEEN)) as writer:
        return PersonaCheck(asked, Interview(server, model, writer)).finish()


def result(scores: np.ndarray) -> PersonaChecked:
    return PersonaChecked(check_traits(PROFILES, scores), PROFILES, scores, (), 32)


# ---------------------------------------------------------------------------- a model is asked


def test_a_model_that_takes_personas_on_is_found_out_in_32_calls(
    server: StandIn, path: Path
) -> None:
    found = checked(server, path, plan(PROFILES))
    assert server.calls == found.calls == 32
    assert found.profiles == PROFILES
    assert found.abstained == ()
    assert found.scores.shape == (32, 5)
    assert ((found.scores > 0) == (signs_of(PROFILES) > 0)).all()
    assert [Uptake.of(check) for check in found.checks] == [Uptake.TAKEN_ON] * 5
    assert found.words() == "The model takes all five traits on."


def test_every_reply_is_recorded_under_its_profile(server: StandIn, path: Path) -> None:
    checked(server, path, plan())
    held = Recording.read(path)
    assert held.header.purpose is RecordingPurpose.INVENTORY
    assert held.header.source.synthetic
    assert set(held.by_key) == {CellTurn(profile.code, 0, "INVENTORY") for profile in FOUR}
    for reply in held.all_replies:
        assert reply.outcome == "RATED"
        assert set(reply.numbers) == {item.key for item in ITEMS}
        persona = WORDING.persona_text(Profile.from_code(reply.profile))
        assert persona in held.prompts[reply.prompt].user
    assert [body["format"]["required"] for body in server.requests] == [list(RATINGS)] * 4
    assert {body["options"]["temperature"] for body in server.requests} == {0.0}


def test_it_goes_on_where_it_was_stopped_and_finds_the_same(
    server: StandIn, path: Path, tmp_path: Path
) -> None:
    whole = checked(server, tmp_path / "other.jsonl", plan())
    source = Server(server.address)
    model = source.model("synthetic")
    with RecordingWriter(path, persona_header(plan(), model, SEEN)) as writer:
        begun = PersonaCheck(plan(), Interview(source, model, writer))
        assert begun.calls_left == 4
        assert begun.first() > 0
        assert (begun.calls_left, begun.calls_made) == (3, 1)
    found = checked(server, path, plan())
    assert server.calls == 4 + 4
    assert np.array_equal(found.scores, whole.scores)
    assert checked(server, path, plan()).calls == 4
    assert server.calls == 8


def test_more_profiles_can_be_asked_later_but_nothing_else_may_differ(
    server: StandIn, path: Path
) -> None:
    assert checked(server, path, plan(FOUR[:2])).calls == 2
    assert checked(server, path, plan()).calls == 4
    assert len(checked(server, path, plan(FOUR[:2])).profiles) == 2
    assert server.calls == 4
    with pytest.raises(BadFile, match="temperature"):
        checked(server, path, plan(temperature=1.0))
    with pytest.raises(BadFile, match="wording"):
        checked(server, path, PersonaPlan(wording("markers"), FOUR))


def test_at_temperature_0_an_unread_persona_is_asked_once_and_abstains(
    server: StandIn, path: Path
) -> None:
    server.script(None, Fault.REFUSAL_PROSE)
    found = checked(server, path, plan())
    assert (server.calls, found.calls) == (4, 4)
    assert found.abstained == (FOUR[1],)
    assert found.profiles == (FOUR[0], *FOUR[2:])
    assert found.scores.shape == (3, 5)
    assert checked(server, path, plan()).abstained == (FOUR[1],)
    assert server.calls == 4


def test_above_it_is_asked_again_with_another_seed(server: StandIn, path: Path) -> None:
    server.script(Fault.WRONG_TYPE, Fault.REFUSAL_PROSE)
    found = checked(server, path, plan(temperature=0.7))
    assert found.abstained == ()
    assert server.calls == found.calls == 6
    first = Recording.read(path).attempts(CellTurn(FOUR[0].code, 0, "INVENTORY"))
    assert [reply.outcome for reply in first] == ["WRONG_RATINGS", "NO_RATINGS", "RATED"]
    assert len({reply.seed for reply in first}) == 3


@pytest.mark.parametrize(("warmth", "calls"), [(0.0, 4), (0.7, 12)])
def test_a_model_that_never_rates_is_no_model_without_personas(
    warmth: float, calls: int, server: StandIn, path: Path
) -> None:
    server.fault_always(Fault.REFUSAL_PROSE)
    with pytest.raises(Unrated, match="Only 0 of 4 personas"):
        checked(server, path, plan(temperature=warmth))
    assert server.calls == calls
    assert Recording.read(path).outcomes == {"NO_RATINGS": calls}


def test_too_few_answers_to_compare_are_no_result(server: StandIn, path: Path) -> None:
    server.script(None, Fault.REFUSAL_PROSE)
    with pytest.raises(Unrated, match="Only 1 of 2"):
        checked(server, path, plan(FOUR[:2]))


def test_a_model_that_changes_meanwhile_is_no_result(server: StandIn, path: Path) -> None:
    server.script(None, Fault.DIGEST_CHANGED)
    with pytest.raises(ModelChanged):
        checked(server, path, plan())
    held = Recording.read(path)
    assert held.all_replies == ()
    assert held.voided > 0


# -------------------------------------------------------------------------- reading and verdicts


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, "RATED"),
        ({"more": "words"}, "RATED"),
        ({"s1": 6}, "WRONG_RATINGS"),
        ({"s1": 0}, "WRONG_RATINGS"),
        ({"s1": 3.5}, "WRONG_RATINGS"),
        ({"s1": "3"}, "WRONG_RATINGS"),
        ({"s1": True}, "WRONG_RATINGS"),
        ({"s1": None}, "WRONG_RATINGS"),
    ],
)
def test_ratings_are_read_whole_or_not_at_all(change: dict[str, object], outcome: str) -> None:
    import json

    said = read_ratings(Reply(json.dumps({**RATINGS, **change})))
    assert said.outcome.name == outcome
    assert said.is_read is (outcome == "RATED")
    assert said.numbers == (RATINGS if outcome == "RATED" else {})


def test_what_is_no_json_or_cut_is_told_apart() -> None:
    assert read_ratings(Reply("I would rather not.")).outcome.name == "NO_RATINGS"
    assert read_ratings(Reply('{"s1": 4, "s2"', done_reason="length")).outcome.name == "CUT"
    assert read_ratings(Reply('```json\n{"s1": 4}\n```')).outcome.name == "WRONG_RATINGS"
    assert not read_ratings(Reply('{"s1": 4}', done=False)).is_read


@pytest.mark.parametrize(
    ("separation", "verdict"),
    [
        (CLEAR, Uptake.TAKEN_ON),
        (CLEAR - 0.01, Uptake.WEAKLY),
        (SLIGHT, Uptake.WEAKLY),
        (SLIGHT - 0.01, Uptake.NOT),
        (-2.0, Uptake.NOT),
    ],
)
def test_the_verdict_goes_by_the_separation(separation: float, verdict: Uptake) -> None:
    assert Uptake.of(TraitCheck(Trait.OPENNESS, separation, 0.0, 0.5)) is verdict


def test_the_thresholds_are_points_of_the_scale() -> None:
    """One point more on both statements of a trait moves its score by SLIGHT, two by CLEAR."""
    item = ITEMS[0]
    assert item.score(4) - item.score(3) == SLIGHT
    assert item.score(5) - item.score(3) == CLEAR


def test_words_tell_what_was_not_taken_on_and_what_was_turned_round() -> None:
    scores = 2 * signs_of(PROFILES) * np.array([1.0, 0.5, 0.3, 0.0, -1.0])
    words = result(scores).words()
    assert "Taken on: openness, conscientiousness." in words
    assert "Taken on weakly: extraversion." in words
    assert "Not taken on: agreeableness, neuroticism." in words
    assert "The wrong way round: neuroticism." in words
    assert "no effect of a trait" in words
    assert "alike" not in words


def test_words_tell_of_a_model_without_personas() -> None:
    assert "It rates every persona alike." in result(np.full((32, 5), 0.5)).words()


# ------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"profiles": (FOUR[0], FOUR[1], FOUR[0])}, "twice"),
        ({"profiles": (FOUR[0], FOUR[2])}, "alike in openness"),
        ({"profiles": ()}, "alike"),
        ({"temperature": 9.0}, "0 to 5"),
        ({"temperature": "warm"}, "temperature"),
    ],
)
def test_a_plan_that_shows_nothing_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        replace(plan(), **change)  # type: ignore[arg-type]


def test_the_header_holds_what_has_to_agree() -> None:
    model = Model("m:latest", "a" * 64)
    later = replace(SEEN, version="0.34.0")
    one = persona_header(plan(), model, SEEN)
    assert one.differences(persona_header(plan(FOUR[:2]), model, later)) == ()
    assert one.differences(persona_header(plan(), replace(model, digest="b" * 64), SEEN))
    assert "inventory" in one.source.options
