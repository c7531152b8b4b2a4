"""What a model is told: in which order, in whose words, and nothing but that."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import combinations, takewhile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadFile, BadValue
from newswave.core.events import Event, event, library
from newswave.core.population import PROFILES, Trait
from newswave.core.wording import (
    DEFAULT_WORDING,
    LabelOrder,
    Prompt,
    Question,
    Wording,
    by_hash,
    load_wording,
    wording_toml,
    wordings,
)
from newswave.core.wording import wording as named

EVERY = pytest.mark.parametrize("wording", wordings(), ids=lambda wording: wording.name)
FIRST = wordings()[0]
NEWS = event("cup-final-draw")
TEXTS = ("instruction", "event", "persona", "seen", "yes_no", "no_yes", "decision", "reasoned")
LINES = ("high", "low", "exposures")


def whole(prompt: Prompt) -> str:
    return "\n".join(message["content"] for message in prompt.messages)


def shared(texts: list[str]) -> str:
    """Return what all texts begin with."""
    same = takewhile(lambda signs: len(set(signs)) == 1, zip(*texts, strict=False))
    return "".join(signs[0] for signs in same)


# --- what is in a prompt


@EVERY
@pytest.mark.parametrize("question", Question)
def test_instruction_event_persona_exposure_question_follow_each_other(
    wording: Wording, question: Question
) -> None:
    profile = PROFILES[20]
    text = whole(wording.prompt(NEWS, profile, 2, question))
    asked = wording.text(question)
    parts = [wording.instruction, NEWS.headline, NEWS.text, wording.persona, wording.high[0],
             wording.low[1], wording.high[2], wording.low[3], wording.low[4], wording.seen,
             wording.exposures[1], asked]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert text.endswith(asked)
    assert not any(line in text for line in (wording.low[0], wording.high[1], wording.exposures[0]))


@EVERY
def test_two_prompts_of_one_event_share_all_up_to_the_persona(wording: Wording) -> None:
    prompts = [
        wording.prompt(NEWS, profile, m, question)
        for profile, m in ((PROFILES[0], 1), (PROFILES[31], 3), (PROFILES[7], 2))
        for question in Question
    ]
    assert len({prompt.system for prompt in prompts}) == 1
    common = shared([whole(prompt) for prompt in prompts])
    assert common.startswith(f"{wording.instruction}\n\n")
    assert NEWS.text in common
    assert wording.persona in common
    for one, other in combinations(range(4), 2):  # one profile and exposure: only the question
        assert wording.exposures[0] in shared([whole(prompts[one]), whole(prompts[other])])


@EVERY
def test_all_profiles_and_exposures_are_told_apart(wording: Wording) -> None:
    assert len({wording.persona_text(profile) for profile in PROFILES}) == 32
    cells = {wording.prompt(NEWS, p, m).hash for p in PROFILES for m in range(1, 10)}
    assert len(cells) == 32 * wording.max_exposure
    assert len({wording.prompt(news, PROFILES[0], 1).hash for news in library()}) == len(library())
    forms = {wording.prompt(NEWS, PROFILES[0], 1, question).hash for question in Question}
    assert len(forms) == len(Question)


@EVERY
def test_a_trait_is_told_in_its_own_line(wording: Wording) -> None:
    for trait in Trait:
        for profile in PROFILES:
            lines = wording.persona_text(profile).splitlines()
            level = wording.high if profile.levels[trait.position] else wording.low
            assert lines[1 + trait.position] == level[trait.position]


PRINTABLE = st.characters(categories=["L", "N", "P", "S", "Zs"])
ODD = st.text(st.sampled_from(list("${}%\\\"'<>|&#@`~^*_[]text headline\u2028\u200b")) | PRINTABLE)


@given(ODD.map(str.strip).filter(bool), ODD.map(str.strip).filter(bool))
@settings(max_examples=200, deadline=None)
def test_the_words_of_an_event_are_put_in_as_they_are(headline: str, text: str) -> None:
    try:
        news = replace(NEWS, headline=headline[:120].strip(), text=text[:600].strip())
    except BadValue:
        return
    told = FIRST.prompt(news, PROFILES[0], 1).system
    start = f"{FIRST.instruction}\n\n"
    assert told == start + FIRST.event.replace("$headline", "\0").replace("$text", "\1").replace(
        "\0", news.headline
    ).replace("\1", news.text)


@pytest.mark.parametrize(
    "text", ["$text", "${headline}", "$$", "{0} {text}", "%(text)s %s", "\\n", "</s> <|im_end|>"]
)
def test_templates_in_an_event_are_never_filled_in(text: str) -> None:
    news = Event(NEWS.id, NEWS.type, NEWS.sub_type, "$text and $headline", text, NEWS.offset)
    told = FIRST.prompt(news, PROFILES[0], 1).system
    assert told.endswith(f"$text and $headline\n{text}")


def test_exposure_above_the_last_is_told_as_that_many_or_more() -> None:
    last = FIRST.prompt(NEWS, PROFILES[3], FIRST.max_exposure)
    assert FIRST.prompt(NEWS, PROFILES[3], 1000) == last
    for wrong in (0, -1, 1.5):
        with pytest.raises(BadValue, match="exposure"):
            FIRST.prompt(NEWS, PROFILES[3], wrong)  # type: ignore[arg-type]


def test_forms_of_the_answer() -> None:
    assert Question.YES_NO.schema is None
    assert Question.NO_YES.schema is None
    keyed = {Question.DECISION: ["share"], Question.REASONED: ["share", "reason"]}
    for question, keys in keyed.items():
        schema = question.schema
        assert schema is not None
        assert list(schema["properties"]) == schema["required"] == keys  # the decision first
        assert schema["properties"]["share"] == {"type": "boolean"}
    for wording in wordings():
        assert wording.yes_no.index("yes") < wording.yes_no.index("no:")
        assert wording.no_yes.index(" no ") < wording.no_yes.index("yes:")
        assert "JSON" in wording.decision


# --- the order of the labels


@EVERY
def test_both_orders_of_every_question_differ_in_nothing_else(wording: Wording) -> None:
    for question in Question:
        one, other = (wording.text(question.first(order)) for order in LabelOrder)
        assert wording.names_both_ways(question)
        words = [sorted(re.findall(r"\w+", text)) for text in (one, other)]
        assert words[0] == words[1] or question.is_word
        first, last = ("yes", "no") if question.is_word else ("true", "false")
        assert one.rindex(f"{first}") < one.rindex(f"{last}")
        assert other.rindex(f"{last}") < other.rindex(f"{first}")
        assert question.first(question.order) is question


@pytest.mark.parametrize(
    ("text", "exchanged"),
    [
        ('{"share": true} or {"share": false}', '{"share": false} or {"share": true}'),
        ('{"share": true or false, "reason": why}', '{"share": false or true, "reason": why}'),
        ("JSON, true/false", "JSON, false/true"),
        ("JSON: true oder false", "JSON: false oder true"),
        # What each label means is said: exchanged, these would ask for the opposite.
        ("JSON: true if you share and false if not", None),
        ("JSON: true (yes) or false (no)", None),
        ("JSON: yes=true or no=false", None),
        ('JSON: {"share": true or false}; true means yes', None),
        ("JSON with a key share", None),
    ],
)
def test_labels_are_exchanged_only_where_they_are_a_pair(text: str, exchanged: str | None) -> None:
    own = replace(FIRST, name="own", decision=text)
    assert own.text(Question.DECISION_NO_FIRST) == (exchanged or text)
    assert own.names_both_ways(Question.DECISION) == (exchanged is not None)
    given = replace(own, decision_no_first="JSON: false if you ignore it, true if you share")
    assert given.text(Question.DECISION_NO_FIRST).startswith("JSON: false if")
    assert given.names_both_ways(Question.DECISION)


def test_a_text_for_the_other_order_is_in_the_file_only_where_it_is_given(tmp_path: Path) -> None:
    assert "no_first" not in wording_toml(FIRST)
    own = replace(FIRST, reasoned_no_first="JSON: false or true, then why")
    (tmp_path / "own.toml").write_text(wording_toml(own), "utf-8")
    assert load_wording(tmp_path / "own.toml") == own
    assert own.hash != FIRST.hash


def test_the_wordings_of_before_are_known_by_their_hashes() -> None:
    """As version 0.1.0 had them: recordings and setups of then hold these."""
    hashes = {wording.name: wording.earlier.hash for wording in wordings()}
    assert hashes == {"adjectives": "4f40380cf2290835", "markers": "9deba7738e2fe581"}


# --- the hash


@EVERY
def test_the_hash_changes_with_every_word_and_not_with_the_name(wording: Wording) -> None:
    seen = {wording.hash}
    for name in TEXTS:
        seen.add(replace(wording, **{name: getattr(wording, name) + " indeed"}).hash)
    for name in LINES:
        lines = getattr(wording, name)
        for at in range(len(lines)):
            changed = tuple(f"{line} indeed" * (n == at) or line for n, line in enumerate(lines))
            seen.add(replace(wording, **{name: changed}).hash)
    assert len(seen) == 1 + len(TEXTS) + 10 + wording.max_exposure
    swapped = replace(wording, high=wording.low, low=wording.high)
    assert swapped.hash not in seen
    assert replace(wording, name="other").hash == wording.hash
    assert len(wording.hash) == 16


# --- files


@EVERY
def test_a_wording_comes_back_from_its_file(wording: Wording, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(wording_toml(wording), encoding="utf-8")
    assert load_wording(path) == wording
    assert named(wording.name) is wording


VISIBLE = st.characters(categories=["L", "N", "P", "S"]) | st.sampled_from(" \n")
TEXT = st.text(VISIBLE, min_size=1, max_size=30).filter(lambda t: t.strip() != "")
UNIQUE = st.lists(TEXT.map(str.strip), min_size=10, max_size=10, unique=True)


@given(UNIQUE, st.lists(TEXT.map(str.strip), min_size=1, max_size=4, unique=True), TEXT)
@settings(max_examples=100, deadline=None)
def test_any_wording_comes_back_from_toml(
    lines: list[str], exposures: list[str], text: str
) -> None:
    levels = {"high": tuple(lines[:5]), "low": tuple(lines[5:])}
    wording = replace(FIRST, **levels, exposures=tuple(exposures), seen=text)
    held = tomllib.loads(wording_toml(wording))
    assert held["exposures"] == list(wording.exposures)
    assert list(held["high"].values()) == list(wording.high)
    assert list(held["low"].values()) == list(wording.low)
    assert held["seen"] == wording.seen


def toml(**changes: Any) -> str:
    """Return the first wording as TOML with lines put in place of those that begin so."""
    lines = wording_toml(FIRST).splitlines()
    for name, line in changes.items():
        at = next(n for n, old in enumerate(lines) if old.startswith(name))
        lines[at] = line
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("name = ", "not valid TOML"),
        ("name = 'x'", "lacks its entry 'instruction'"),
        (toml(name="name = 'Upper'"), "name of a wording"),
        (toml(name="name = 'a b'"), "name of a wording"),
        (toml(name="name = 3"), "name of a wording"),
        (toml(name=f"name = '{'x' * 41}'"), "name of a wording"),
        (toml(instruction="instruction = ' '"), "The instruction of a wording"),
        (toml(instruction="instruction = 5"), "The instruction of a wording"),
        (toml(instruction=f"instruction = '{'x' * 1001}'"), "1 to 1000 characters"),
        (toml(persona='persona = "a\\u0007b"'), "The persona of a wording"),
        (toml(event="event = 'no place for it'"), r"\$text"),
        (toml(event="event = '$text $place'"), r"\$text"),
        (toml(event="event = '$text 5$'"), r"\$text"),
        (toml(seen="saw = 'x'"), "Unknown entry of a wording"),
        (toml(seen=""), "lacks its entry 'seen'"),
        (toml(openness=""), r"\[high\] does not fit"),
        (toml(openness="wit = 'x'"), r"\[high\] does not fit"),
        (toml(openness="openness = 3"), "line of high"),
        (toml(openness=f"openness = '{FIRST.low[0]}'"), "the same"),
        (toml(exposures="exposures = 'x'\nmore = ["), "Unknown entry"),
    ],
)
def test_files_with_one_thing_wrong_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=words) as raised:
        load_wording(path)
    assert "mine.toml" in str(raised.value)


def test_a_missing_file_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        load_wording(tmp_path / "none.toml")
    with pytest.raises(BadValue, match=r"'adjectivs'.*Allowed: adjectives.*ends with \.toml"):
        named("adjectivs")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"high": FIRST.high[:4]}, "'high' does not fit"),
        ({"low": "one text"}, "'low' does not fit"),
        ({"high": (*FIRST.high[:4], FIRST.high[0])}, "the same"),
        ({"exposures": ()}, "'exposures' does not fit"),
        ({"exposures": ("one", "one")}, "the same"),
        ({"exposures": tuple(map(str, range(21)))}, "1 to 20 lines"),
        ({"exposures": ("one", None)}, "line of exposures"),
        ({"event": "$text ${}"}, r"\$text"),
        ({"decision": None}, "The decision of a wording"),
    ],
)
def test_wordings_that_cannot_be_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        replace(FIRST, **change)


def test_the_default_comes_with_newswave_and_dollars_can_be_told() -> None:
    assert FIRST.name == DEFAULT_WORDING
    paid = replace(FIRST, event="For $$5 you read: $text")
    assert "For $5 you read: " + NEWS.text in paid.prompt(NEWS, PROFILES[0], 1).system


@pytest.mark.parametrize("words", wordings(), ids=lambda words: words.name)
def test_a_wording_that_tells_more_counts_on_in_words(words: Wording) -> None:
    told = words.telling(8)
    assert told.exposures[:2] == words.exposures[:2]
    names = ["Three", "Four", "Five", "Six", "Seven", "Eight or more"]
    assert [line.split(" of the")[0] for line in told.exposures[2:]] == names
    assert replace(told, exposures=words.exposures) == words
    assert told.hash != words.hash
    assert words.telling(3) is words
    assert by_hash()[told.hash] == told
    assert len(by_hash()) == 2 * 18 * len(wordings())  # earlier words, too


def test_a_wording_that_does_not_say_how_many_is_not_continued() -> None:
    words = wordings()[0]
    for most in (2, 21):
        with pytest.raises(BadValue, match="largest exposure that is told"):
            words.telling(most)
    own = replace(words, exposures=("Una cuenta lo ha compartido.", "Varias lo han compartido."))
    with pytest.raises(BadValue, match=r"does not say how many.*Two or more.*wording's file"):
        own.telling(4)
