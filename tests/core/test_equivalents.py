"""The average person has the mean hazard; the same contact pressure leaves k β as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import newswave as nw
from newswave.core.equivalents import average_person, same_contact_pressure
from newswave.core.errors import BadValue
from newswave.core.events import library
from newswave.core.networks import Complete, RandomRegular, ScaleFree, SmallWorld
from newswave.core.population import EXAGGERATED
from newswave.core.sharing import hazard
from newswave.core.simulation import World
from newswave.core.wording import wordings
from newswave.equations.on_network import predict
from newswave.equations.well_mixed import many_rates

LOUD = next(e for e in library() if e.offset.value != 0)
REINFORCED = nw.SharingTable(("outgoing", "reserved"), [[0, 0.1, 0.5, 0.6], [0, 0.01, 0.02, 0.4]])


def mean_hazard(setup: nw.Setup, most: int = 3) -> np.ndarray:
    weights = np.array([group.weight for group in setup.mix.groups])
    table = setup.table(most)
    halves = (table.probabilities, table.probabilities if table.repeat is None else table.repeat)
    return np.array([weights @ hazard(half) for half in halves])


@pytest.mark.parametrize(
    "setup",
    [
        nw.Setup(),
        nw.Setup(event=LOUD),
        nw.Setup(mix=nw.IndependentTraits(), sharing=nw.ByTraits(0.05, EXAGGERATED)),
        nw.Setup(sharing=nw.Measured(REINFORCED)),
        nw.Setup(sharing=nw.Measured(REINFORCED), repeat_ratio=0.5, source_probability=0.01),
        nw.Setup(sharing=nw.ByGroup(1.0, 0.1), mix=nw.TwoGroups(fast_fraction=0.0)),
    ],
    ids=["groups", "news", "traits", "table", "repeated", "nobody fast"],
)
def test_the_average_person_has_the_mean_hazard_at_every_exposure(setup: nw.Setup) -> None:
    alike = average_person(setup)
    if setup.mix.groups[0].weight == 0:
        setup = replace(setup, sharing=nw.ByGroup(0.1, 0.1))
    np.testing.assert_allclose(mean_hazard(alike), mean_hazard(setup), rtol=1e-12)
    assert len(alike.mix.groups) == 1
    kept = ("n_agents", "network", "event", "repeat_ratio", "source_probability", "seed", "rounds")
    assert [getattr(alike, name) for name in kept] == [getattr(setup, name) for name in kept]


def test_the_average_of_agents_who_are_alike_changes_nothing() -> None:
    setup = nw.Setup(sharing=nw.SameForAll(0.07), event=LOUD)
    alike = average_person(setup)
    assert alike.sharing.share_probability == pytest.approx(0.07, rel=1e-12)
    np.testing.assert_allclose(predict(alike).fraction, predict(setup).fraction, atol=1e-12)


def test_the_average_person_keeps_network_and_luck() -> None:
    setup = nw.Setup(n_agents=100, n_seeds=2)
    one, other = World.of(setup), World.of(average_person(setup))
    assert np.array_equal(one.network.edges(), other.network.edges())
    for mine, theirs in zip(one.luck(3), other.luck(3), strict=True):
        assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("degree", [3, 8, 16])
@pytest.mark.parametrize(
    "setup",
    [nw.Setup(), nw.Setup(sharing=nw.SameForAll(0.05), event=LOUD)],
    ids=["groups", "alike"],
)
def test_the_well_mixed_equation_cannot_tell_the_same_pressure_apart(
    setup: nw.Setup, degree: int
) -> None:
    other = same_contact_pressure(setup, degree)
    assert other.network == RandomRegular(degree)
    assert type(other.sharing) is type(setup.sharing)
    curves = []
    for one in (setup, other):
        rates = one.table(2).contact_rates()
        weights = [group.weight for group in one.mix.groups]
        curves.append(many_rates(rates, weights, one.network.degree, 0.01, np.arange(61.0), 0.0))
    np.testing.assert_allclose(*curves, rtol=1e-7)
    same = abs(predict(other).fraction - predict(setup).fraction).max()
    assert (same == 0) == (degree == 8)


def test_profiles_keep_their_order_in_a_table() -> None:
    setup = nw.Setup(mix=nw.IndependentTraits(), sharing=nw.ByTraits(), event=LOUD)
    other = same_contact_pressure(setup, 4)
    np.testing.assert_allclose(
        other.table(2).contact_rates(), 2 * setup.table(2).contact_rates(), rtol=1e-12
    )


@pytest.mark.parametrize("network", [SmallWorld(8, 0.1), ScaleFree(8)])
def test_the_kind_of_network_stays(network: SmallWorld | ScaleFree) -> None:
    setup = nw.Setup(network=network, sharing=nw.SameForAll(0.05))
    other = same_contact_pressure(setup, 4)
    assert other.network == replace(network, degree=4)
    pressures = [
        one.table(1).contact_rates()[0] * one.network.mean_degree_for(1000)
        for one in (setup, other)
    ]
    assert pressures[0] == pytest.approx(pressures[1], rel=1e-12)


def test_what_has_no_average_or_no_pressure_is_refused() -> None:
    with pytest.raises(BadValue, match="surely share"):
        average_person(nw.Setup(sharing=nw.ByGroup(1.0, 0.1)))
    with pytest.raises(BadValue, match="surely share"):
        same_contact_pressure(nw.Setup(sharing=nw.ByGroup(1.0, 0.1)), 4)
    with pytest.raises(BadValue, match="no degree to change"):
        same_contact_pressure(nw.Setup(network=Complete()), 4)
    with pytest.raises(BadValue, match="contact rule"):
        same_contact_pressure(nw.Setup(sharing=nw.Measured(REINFORCED)), 4)
    with pytest.raises(BadValue, match="language model decides"):
        average_person(nw.Setup(sharing=nw.Asked("a-model", wordings()[0])))
