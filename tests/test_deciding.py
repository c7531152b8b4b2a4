"""The contract that every decider passes, and the seam's own checks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswave.deciding import Answers, Decider, Hearing
from newswave.deciding.table import TableDecider
from newswave.dynamics import Law
from newswave.errors import BadValue
from newswave.setups import Attention
from newswave.sharing import SharingTable
from newswave.streams import Purpose, run_generator

CONTACT = SharingTable.contact(("keen", "calm"), (0.3, 0.05), 8)
REINFORCING = SharingTable(
    ("keen", "calm"), np.minimum(np.outer([0.1, 0.02], np.arange(9) ** 1.5), 1.0)
)


@dataclass(frozen=True)
class AtThree:
    """Shares as soon as three neighbours do: the decider of CONTRIBUTING.md."""

    def decide(self, hearing: Hearing) -> Answers:
        return Answers(hearing.exposure >= 3, hearing.worn)


DECIDERS: dict[str, Decider] = {
    "contact rule": TableDecider(Law.of(CONTACT, 8)),
    "any table": TableDecider(Law.of(REINFORCING, 8)),
    "table with memory": TableDecider(Law.of(REINFORCING.with_repeat_ratio(0.3), 8)),
    "new exposure": TableDecider(Law.of(CONTACT, 8, Attention.NEW_EXPOSURE)),
    "with a source": TableDecider(Law.of(CONTACT, 8, source_probability=0.02)),
    "at three": AtThree(),
}


@pytest.fixture(params=DECIDERS.values(), ids=DECIDERS.keys())
def decider(request: pytest.FixtureRequest) -> Decider:
    return request.param


def hearing(seed: int = 1, n: int = 50) -> Hearing:
    draw = run_generator(seed, Purpose.SAMPLING, 0)
    exposure = draw.integers(1, 9, n)
    return Hearing(
        round=3,
        agents=draw.permutation(1000)[:n],
        rows=draw.integers(0, 2, n),
        exposure=exposure,
        before=np.minimum(draw.integers(0, 9, n), exposure),
        worn=np.zeros(n, np.int64),
        resistance=draw.standard_exponential(n),
    )


def test_it_answers_each_agent_with_yes_or_no(decider: Decider) -> None:
    asked = hearing()
    answers = decider.decide(asked)
    assert answers.share.shape == answers.worn.shape == asked.agents.shape
    assert answers.share.dtype == bool
    assert 0 < answers.share.sum() < len(asked)


def test_the_same_hearing_gets_the_same_answers(decider: Decider) -> None:
    first, again = decider.decide(hearing(2)), decider.decide(hearing(2))
    assert np.array_equal(first.share, again.share)
    assert np.array_equal(first.worn, again.worn)


def test_it_leaves_the_question_as_it_was(decider: Decider) -> None:
    asked = hearing()
    kept = [getattr(asked, name).copy() for name in ("agents", "rows", "exposure", "worn")]
    decider.decide(asked)
    for name, before in zip(("agents", "rows", "exposure", "worn"), kept, strict=True):
        assert np.array_equal(getattr(asked, name), before)


def test_it_draws_no_random_numbers(decider: Decider) -> None:
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    decider.decide(hearing())
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@given(st.permutations(range(12)))
def test_the_order_of_the_agents_does_not_matter(order: list[int]) -> None:
    asked = hearing(5, 12)
    turned = Hearing(
        asked.round,
        *(
            getattr(asked, name)[order]
            for name in ("agents", "rows", "exposure", "before", "worn", "resistance")
        ),
    )
    for name, decider in DECIDERS.items():
        plain, other = decider.decide(asked), decider.decide(turned)
        assert np.array_equal(plain.share[order], other.share), name


def test_nobody_asked_is_nobody_answered(decider: Decider) -> None:
    assert len(decider.decide(hearing(1, 0)).share) == 0


@pytest.mark.parametrize("name", [name for name in DECIDERS if name != "at three"])
def test_less_resistance_never_turns_a_yes_into_a_no(name: str) -> None:
    asked = hearing(7, 200)
    weaker = replace(asked, resistance=asked.resistance * 0.5)
    stood, gave = (DECIDERS[name].decide(h).share for h in (asked, weaker))
    assert (gave | ~stood).all()
    assert gave.sum() > stood.sum()


def test_a_table_shares_as_often_as_it_says() -> None:
    """10 000 agents with the same exposure: 5 standard errors, chance of error under 1e-6."""
    n = 10_000
    draw = run_generator(11, Purpose.SAMPLING, 0)
    asked = Hearing(
        *(1, np.arange(n), np.zeros(n, int), np.full(n, 3), np.zeros(n, int), np.zeros(n, int)),
        draw.standard_exponential(n),
    )
    shared = TableDecider(Law.of(REINFORCING, 8)).decide(asked).share.mean()
    p = REINFORCING.probabilities[0, 3]
    assert abs(shared - p) < 5 * np.sqrt(p * (1 - p) / n)


def test_answers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadValue, match="one yes or no"):
        Answers(np.array([0.2, 0.9]), np.zeros(2))
    with pytest.raises(BadValue, match="one yes or no"):
        Answers(np.array([True]), np.zeros(2))
