"""Who adopted when, and who named whom: what is kept, what is refused, what people met."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswave.core.diffusion import Diffusion, Ties
from newswave.core.errors import BadValue

GOOD: dict[str, Any] = {
    "adopted": [1, 2, np.inf],
    "community": [1, 1, 2],
    "namings": [(1, 0), (2, 1)],
    "periods": 3,
}


@st.composite
def studies(draw: st.DrawFn) -> Diffusion:
    """Return a few people, some of whom adopted, with namings at random."""
    n, periods = draw(st.integers(4, 9)), draw(st.integers(2, 6))
    times = st.one_of(st.integers(1, periods), st.just(np.inf))
    person = st.integers(0, n - 1)
    pairs = st.tuples(person, person).filter(lambda pair: pair[0] != pair[1])
    return Diffusion(
        np.array(draw(st.lists(times, min_size=n, max_size=n)), float),
        np.array(draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))),
        np.array(draw(st.lists(pairs, min_size=1, max_size=20))),
        periods,
    )


@settings(max_examples=60, deadline=None)
@given(studies(), st.sampled_from(Ties))
def test_exposure_is_counted_person_by_person(study: Diffusion, ties: Ties) -> None:
    namings = {(int(a), int(b)) for a, b in study.namings}
    counts = {
        Ties.NAMED: namings,
        Ties.NAMING: {(b, a) for a, b in namings},
        Ties.EITHER: namings | {(b, a) for a, b in namings},
    }[ties]
    found = study.exposure(ties)
    assert found.shape == (study.n_people, study.periods - 1)
    for person in range(study.n_people):
        met = [other for own, other in counts if own == person]
        assert study.n_links(ties)[person] == len(met)
        for period in range(2, study.periods + 1):
            before = sum(study.adopted[other] < period for other in met)
            assert found[person, period - 2] == before


@settings(max_examples=60, deadline=None)
@given(studies())
def test_curve_and_network_are_those_of_the_people(study: Diffusion) -> None:
    curve = study.curve
    for period, count in zip(curve.rounds, curve.counts[0], strict=True):
        assert count == sum(study.adopted <= period)
    assert (curve.first_round, curve.n_agents) == (1, study.n_people)
    pairs = {tuple(sorted(pair)) for pair in study.namings.tolist()}
    assert set(study.network.edges) == pairs


def test_a_community_keeps_its_people_and_their_namings() -> None:
    kinds = ("friend", "advice", "friend")
    study = Diffusion([1, 2, 2, 3], [1, 2, 2, 1], [(1, 0), (2, 1), (3, 0)], 3, kinds)
    here = study.in_community(2)
    assert (here.adopted.tolist(), here.namings.tolist()) == ([2, 2], [[1, 0]])
    assert here.kinds == ("advice",)
    assert study.asked("friend").namings.tolist() == [[1, 0], [3, 0]]
    assert study.communities == (1, 2)
    with pytest.raises(BadValue, match="no such community"):
        study.in_community(7)
    with pytest.raises(BadValue, match="Unknown question"):
        study.asked("enemy")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"adopted": [1, 2, 4]}, "in one of the periods.*Given: 4"),
        ({"adopted": [0, 2, 3]}, "in one of the periods.*Given: 0"),
        ({"adopted": [1, 2, 2.5]}, "in one of the periods.*Given: 2.5"),
        ({"adopted": [1, 2, np.nan]}, "in one of the periods.*Given: nan"),
        ({"adopted": [1, 2, -np.inf]}, "in one of the periods.*Given: -inf"),
        ({"adopted": ["May", 2, 3]}, "no numbers"),
        ({"community": [1, 1]}, "a time of adoption and a community"),
        ({"community": [1, 1, 1.5]}, "whole"),
        ({"namings": [(0, 3)]}, "of nobody.*Given: 3.*0 to 2"),
        ({"namings": [(1, 1)]}, "names itself.*Given: 1"),
        ({"periods": 1}, "number of periods"),
        ({"kinds": ("friend",)}, "Every naming has a kind"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        Diffusion(**{**GOOD, **wrong})


def test_it_is_frozen_and_ties_are_not_words() -> None:
    study = Diffusion(**GOOD)
    with pytest.raises(ValueError, match="read-only"):
        study.adopted[0] = 2
    with pytest.raises(BadValue, match=r"Ties\.NAMED"):
        study.links("named")  # type: ignore[arg-type]
    assert all(one.words for one in Ties)
