"""A decision is read, whatever stands round it; what holds none is never taken for no."""

from __future__ import annotations

import json
import math
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadValue
from newswave.llm.replies import (
    LONGEST_READ,
    LONGEST_REASON,
    Odds,
    Outcome,
    Reading,
    read_decision,
    read_object,
    read_odds,
)

YES = '{"share": true, "reason": "It matters."}'
NO = '{"share": false}'
TRICKY = "".join(["{}[]\"'`\\<>/:, \n", "thinkshareyno", "tuefal"])
TEXTS = st.text(max_size=60) | st.text(TRICKY, max_size=60)


@pytest.mark.parametrize(
    ("content", "share", "outcome"),
    [
        (YES, True, Outcome.PLAIN),
        ("  \n" + NO + "\n\n\n", False, Outcome.PLAIN),
        ('{"reason": "x", "share": false, "more": [1, {"share": true}]}', False, Outcome.PLAIN),
        ('{"share": true, "size": NaN, "far": -Infinity}', True, Outcome.PLAIN),
        ('{"share": true, "share": true}', True, Outcome.PLAIN),
        (f"```json\n{YES}\n```", True, Outcome.FENCED),
        (f"```\n{NO}\n```", False, Outcome.FENCED),
        (f"```json {NO}", False, Outcome.FENCED),
        (f"<think>Well, no.</think>\n{YES}", True, Outcome.AFTER_THINKING),
        (f"<THINKING>no</THINKING>```json\n{YES}\n```", True, Outcome.AFTER_THINKING),
        (f"they would say {NO}\n</think>\n\n{YES}", True, Outcome.AFTER_THINKING),
        (f"<think>{NO}</think>{YES}<think>hm", True, Outcome.AFTER_THINKING),
        ("<think>It is bad.</think>No", False, Outcome.AFTER_THINKING),
        (f"Sure! Here is the answer:\n{YES}\nAnything else?", True, Outcome.EMBEDDED),
        (f"Here it is: ```json\n{NO}\n```", False, Outcome.EMBEDDED),
        (f"[{NO}]", False, Outcome.EMBEDDED),
        (f'{{"example": 1}} {YES}', True, Outcome.EMBEDDED),
        (f"{YES} {YES}", True, Outcome.EMBEDDED),
        ("{not JSON} " + NO, False, Outcome.EMBEDDED),
        ('{"share": true, "reason": "It is so', True, Outcome.SALVAGED),
        ('{"share": false', False, Outcome.SALVAGED),
        ('```json\n{"share": true,\n', True, Outcome.SALVAGED),
        ("{'share': True, 'reason': 'x'}", True, Outcome.SALVAGED),
        ('{"share": false,}', False, Outcome.SALVAGED),
        ('{"share": true, "x": {}, "reason": "cu', True, Outcome.SALVAGED),
        ('{"share": false, "reason": "not {\\"share\\": true} at', False, Outcome.SALVAGED),
        ("<think>hm</think>" + '{"share": true, "reas', True, Outcome.SALVAGED),
        ("Yes", True, Outcome.WORD),
        (" **No.**\n", False, Outcome.WORD),
        ("```\nyes\n```", True, Outcome.WORD),
        ('"no"', False, Outcome.WORD),
        ("YES!", True, Outcome.WORD),
        ("Yes, because no one is harmed.", True, Outcome.WORD),
        ("**No**, I would not.", False, Outcome.WORD),
        ("No\n\nIt is not my business.", False, Outcome.WORD),
        ("No – never.", False, Outcome.WORD),
    ],
)
def test_a_decision_is_read(content: str, share: bool, outcome: Outcome) -> None:
    reading = read_decision(content)
    assert (reading.share, reading.outcome) == (share, outcome)


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("", Outcome.EMPTY),
        (" \n\t ", Outcome.EMPTY),
        ("<think>I would share it: " + YES, Outcome.ONLY_THINKING),
        ("<think>I would share it: yes</think>\n", Outcome.ONLY_THINKING),
        ("hm, yes</think>", Outcome.ONLY_THINKING),
        ('{"share": "yes"}', Outcome.WRONG_TYPE),
        ('{"share": "true"}', Outcome.WRONG_TYPE),
        ('{"share": 1}', Outcome.WRONG_TYPE),
        ('{"share": null}', Outcome.WRONG_TYPE),
        ('{"Share": true}', Outcome.WRONG_TYPE),
        ("{}", Outcome.WRONG_TYPE),
        ('{"answer": {"share": true}}', Outcome.WRONG_TYPE),
        ("true", Outcome.WRONG_TYPE),
        ("null", Outcome.WRONG_TYPE),
        ("[1, 2]", Outcome.WRONG_TYPE),
        ('Here: {"share": "no"}', Outcome.WRONG_TYPE),
        ("{'share': maybe}", Outcome.WRONG_TYPE),
        ('I must answer {"share": true or false}', Outcome.WRONG_TYPE),
        ('Answer with {"share": true|false}', Outcome.WRONG_TYPE),
        (f"{YES}\n{NO}", Outcome.CONTRADICTORY),
        ('{"share": true, "share": false}', Outcome.CONTRADICTORY),
        ('{"share": false, "example": {"share": true}, "reas', Outcome.CONTRADICTORY),
        ("Yes, no", Outcome.CONTRADICTORY),
        ("I would not share", Outcome.REFUSED),
        ("I cannot help with that.", Outcome.REFUSED),
        ("As an AI I can't answer yes or no.", Outcome.REFUSED),
        ("Yes or no", Outcome.REFUSED),
        ("yes/no", Outcome.REFUSED),
        ("Yes?", Outcome.REFUSED),
        ("Not", Outcome.REFUSED),
        ("yesterday", Outcome.REFUSED),
        ("No. 10 is on the news", Outcome.REFUSED),
        ("None.", Outcome.REFUSED),
        ("```", Outcome.REFUSED),
        ("{", Outcome.REFUSED),
    ],
)
def test_what_holds_no_decision_is_not_read(content: str, outcome: Outcome) -> None:
    reading = read_decision(content)
    assert reading.outcome is outcome
    assert reading.share is None
    assert not reading.outcome.readable


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("\n" * 400, Outcome.CUT),
        ("", Outcome.CUT),
        ('{"sha', Outcome.CUT),
        ('```json\n{"', Outcome.CUT),
        ("I think that this", Outcome.CUT),
        ('{"share": true, "reason": "Bec', Outcome.SALVAGED),
        ("Yes", Outcome.WORD),
        ("<think>Let me see", Outcome.ONLY_THINKING),
    ],
)
def test_a_reply_cut_by_its_length(content: str, outcome: Outcome) -> None:
    assert read_decision(content, done_reason="length").outcome is outcome


def test_half_a_decision_is_none() -> None:
    for cut in range(len(YES)):
        reading = read_decision(YES[:cut], done_reason="length")
        assert reading.share in ((True, None) if "true" in YES[:cut] else (None,))


def test_what_is_not_done_is_not_read() -> None:
    assert read_decision(YES, done=False) == Reading(None, Outcome.UNFINISHED)
    assert read_decision(YES, done=None) == Reading(None, Outcome.UNFINISHED)  # type: ignore[arg-type]
    assert read_object(YES, done=False) is None


@pytest.mark.parametrize("done_reason", ["load", "unload", None, "stop"])
def test_a_server_that_only_loaded_said_nothing(done_reason: str | None) -> None:
    assert read_decision("", done_reason=done_reason).outcome is Outcome.EMPTY


def test_thinking_is_never_read_for_a_decision() -> None:
    assert read_decision("", thinking=YES).outcome is Outcome.ONLY_THINKING
    assert read_decision("  ", thinking=YES, done_reason="length").outcome is Outcome.ONLY_THINKING
    assert read_decision(NO, thinking=YES).share is False


@given(share=st.booleans(), reason=TEXTS)
@settings(deadline=None)
def test_json_is_read_back_whatever_its_reason(share: bool, reason: str) -> None:
    line = " ".join("".join(c for c in reason if c.isprintable() or c.isspace()).split())
    for ascii_only in (True, False):
        text = json.dumps({"share": share, "reason": reason}, ensure_ascii=ascii_only)
        for outcome, reply in {
            Outcome.PLAIN: text,
            Outcome.FENCED: f"```json\n{text}\n```",
            Outcome.AFTER_THINKING: f"<think>Is it {{true}}? No.</think>\n{text}",
            Outcome.EMBEDDED: f"Here you are:\n{text}\nI hope that helps.",
        }.items():
            assert read_decision(reply) == Reading(share, outcome, line)


@given(text=TEXTS, thinking=TEXTS, done=st.booleans(), why=st.none() | st.sampled_from(["length"]))
@settings(deadline=None, max_examples=300)
def test_any_text_gives_a_reading(text: str, thinking: str, done: bool, why: str | None) -> None:
    reading = read_decision(text, thinking, done, why)
    assert reading.outcome.readable == (reading.share is not None)
    assert reading.reason.isprintable()
    read_object(text, thinking, done, why)


@given(text=st.text("abc .\n", max_size=80))
@settings(deadline=None)
def test_text_without_yes_no_or_json_is_never_a_decision(text: str) -> None:
    assert read_decision(text).share is None


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 50_000,
        '{"share":' + "[" * 100_000,
        "[" * 100_000 + NO,
        "{" * 100_000,
        "<think>" * 20_000,
        "```" * 30_000,
        '{"share": ' + "9" * 19_000 + "}",
        " " * LONGEST_READ + YES,
    ],
)
def test_huge_and_deep_text_is_bounded(text: str) -> None:
    assert read_decision(text).share is None
    assert read_object(text) is None


def test_deep_values_beside_the_decision_do_no_harm() -> None:
    depth = min(sys.getrecursionlimit() * 3, 6_000)
    deep = '{"share": true, "x": ' + "[" * depth + "]" * depth + "}"
    assert read_decision(deep).share in (True, None)


def test_a_reason_is_one_bounded_line() -> None:
    said = read_decision(json.dumps({"share": True, "reason": "a\n\x1b[31mb\u202e" + "c" * 999}))
    assert said.reason.startswith("a [31mbccc")
    assert len(said.reason) == LONGEST_REASON
    assert read_decision('{"share": true, "reason": 4}').reason == ""


@pytest.mark.parametrize(
    ("share", "outcome"), [(None, Outcome.PLAIN), (False, Outcome.REFUSED), (1, Outcome.PLAIN)]
)
def test_a_reading_holds_a_decision_or_says_why_not(share: bool | None, outcome: Outcome) -> None:
    with pytest.raises(BadValue, match="reading"):
        Reading(share, outcome)


@pytest.mark.parametrize(
    ("content", "held"),
    [
        ('{"s1": 4}', {"s1": 4}),
        ('```json\n{"s1": 4}\n```', {"s1": 4}),
        ('<think>{"s1": 1}</think>{"s1": 4}', {"s1": 4}),
        ('So: {"s1": 4}.', {"s1": 4}),
        ('{"s1": 4} {"s1": 4}', {"s1": 4}),
        ('{"s1": 4} {"s1": 5}', None),
        ('{"s1": 4, "s1": 5}', None),
        ("{}", {}),
        ("[4]", None),
        ("4", None),
        ("", None),
        ('{"s1": 4', None),
    ],
)
def test_an_object_is_read_by_the_same_rungs(content: str, held: dict[str, int] | None) -> None:
    assert read_object(content) == held


def logs(*pairs: tuple[str, float]) -> list[tuple[str, float]]:
    return [(token, math.log(mass)) for token, mass in pairs]


def test_every_variant_of_the_two_words_counts_and_no_other_word() -> None:
    odds = read_odds(
        logs(
            ("Yes", 0.1), (" yes", 0.05), ("▁YES", 0.02), ("Ġyes", 0.01), ('"yes"', 0.01),
            ("**Yes**", 0.005), ("yes.", 0.005), ("No", 0.3), ("\nno,", 0.1),
            ("yesterday", 0.05), ("Not", 0.05), ("none", 0.05), ("N", 0.05), ("", 0.05),
        )
    )  # fmt: skip
    assert odds.yes == pytest.approx(0.2)
    assert odds.no == pytest.approx(0.4)
    assert odds.covered == pytest.approx(0.6)
    assert odds.probability == pytest.approx(1 / 3)
    assert odds.log_odds == pytest.approx(math.log(0.5))


def test_neither_word_leaves_nothing_covered() -> None:
    for given_ in ([], logs(("I", 0.9), ("Well", 0.1))):
        odds = read_odds(given_)
        assert odds.covered == 0
        assert math.isnan(odds.probability)
        assert math.isnan(odds.log_odds)


def test_a_word_that_is_not_listed_gets_half_of_what_it_can_have_at_most() -> None:
    odds = read_odds(logs(("no", 0.9), ("well", 0.04), ("not", 0.02)))
    assert (odds.no, odds.yes) == (pytest.approx(0.9), pytest.approx(0.01))
    odds = read_odds(logs(("yes", 0.9), ("well", 0.07), ("hm", 0.03)))
    assert odds.no == 1e-9
    assert read_odds(logs(("yes", 1.0))).log_odds == pytest.approx(math.log(1e9))


def test_odds_of_one_word_are_infinite_and_of_none_are_nothing() -> None:
    assert Odds(0.3, 0.0).log_odds == math.inf
    assert Odds(0.0, 0.3).log_odds == -math.inf
    assert math.isnan(Odds(0.0, 0.0).log_odds)


def test_what_is_no_log_probability_is_left_out() -> None:
    odds = read_odds([("yes", math.nan), ("yes", math.inf), ("yes", 5.0), ("no", -1.0)])
    assert (odds.yes, odds.no) == pytest.approx((math.exp(-1) / 2, math.exp(-1)))
    assert read_odds([("yes", -math.inf), ("yes", 1e-7)]).yes == pytest.approx(1)
    assert read_odds([("yes", 0.0), ("no", 0.0)]) == Odds(0.5, 0.5)


@given(st.lists(st.tuples(TEXTS | st.sampled_from(["yes", "no"]), st.floats()), max_size=20))
@settings(deadline=None)
def test_any_alternatives_give_odds(alternatives: list[tuple[str, float]]) -> None:
    assert 0 <= read_odds(alternatives).covered <= 1 + 1e-9


@pytest.mark.parametrize(("yes", "no"), [(-0.1, 0.5), (0.6, 0.6), (math.nan, 0.5), ("a", 0)])
def test_odds_are_probabilities(yes: float, no: float) -> None:
    with pytest.raises(BadValue):
        Odds(yes, no)
