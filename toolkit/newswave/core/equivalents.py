"""Other setups that ask a question of a setup: the average person, the same contact pressure."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from newswave.core.errors import BadValue
from newswave.core.events import Event
from newswave.core.networks import RandomRegular, ScaleFree, SmallWorld
from newswave.core.population import PROFILES, OneProfile
from newswave.core.rules import ByGroup, Measured, OneTable, SameForAll, SharingRule
from newswave.core.setup import Setup
from newswave.core.sharing import Floats, SharingTable, hazard, share_probability

_PROFILE = PROFILES[0]


def all_alike(setup: Setup) -> Setup:
    """Return a setup in which everybody answers by one table, the average of its agents'.

    All else, the network included, is the setup's own. Where all agents are alike already, it is
    the same population, so that runs of it show what such agents do by chance.
    """
    return replace(setup, sharing=OneTable(setup.sharing), rate_variation=0.0)


def average_person(setup: Setup) -> Setup:
    """Return a setup in which everybody is the average of its agents.

    At every exposure the hazard of the average person is the mean over the groups,
    −ln(1 − P(m)) = Σ_c w_c · −ln(1 − P(c, m)). Under the contact rule that is one transmission
    rate β = Σ_c w_c β_c, and so q = Π_c (1 − q_c)^w_c below 1. A single agent that sees the news
    for the first time so has the mean hazard that the agents have; seed, network and luck stay as
    they are.
    """
    groups = setup.mix.groups
    weights = np.array([group.weight for group in groups])
    present = weights > 0
    table = _table(setup)
    rates = table.contact_rates()
    if rates is not None:
        chance = _finite(float(weights[present] @ rates[present]))
        rule: SharingRule = SameForAll(_before_event(chance, setup.event))
        return replace(setup, mix=OneProfile(_PROFILE), sharing=rule, rate_variation=0.0)
    repeat = None if table.repeat is None else _mean_row(table.repeat, weights)
    source = f"the average of {len(groups)} groups: {table.source}"
    made = SharingTable((_PROFILE.code,), _mean_row(table.probabilities, weights), repeat, source)
    made_rule = Measured(made)
    return replace(setup, mix=OneProfile(_PROFILE), sharing=made_rule, rate_variation=0.0)


def same_contact_pressure(setup: Setup, degree: int) -> Setup:
    """Return a setup of another degree in which rate times degree stays what it is.

    Every transmission rate becomes β k / k', with k' the new degree, so that a well-mixed equation
    cannot tell the two apart. What still differs is the network.
    """
    network = setup.network
    if not isinstance(network, RandomRegular | SmallWorld | ScaleFree):
        advice = "Take a random regular network"
        raise BadValue("This network has no degree to change", given=network, advice=advice)
    rates = _table(setup).contact_rates()
    if rates is None:
        raise BadValue(
            "These agents do not follow the contact rule, so they have no rate to keep",
            advice="Take agents with share probabilities per contact",
        )
    other = replace(network, degree=degree)
    before, after = (n.mean_degree_for(setup.n_agents) for n in (network, other))
    chances = np.array([_finite(float(rate)) for rate in rates * before / after])
    return replace(setup, network=other, sharing=_rule_with(setup, chances))


def _table(setup: Setup) -> SharingTable:
    """Return the table of a setup as its rule gives it, with all columns that a measured one has.

    The repeat ratio is left out: it stays in the setup.
    """
    rule = setup.sharing
    most = rule.given.max_exposure if isinstance(rule, Measured) else 2
    return rule.table(setup.mix.groups, setup.event, most)


def _mean_row(chances: Floats, weights: Floats) -> Floats:
    """Return the row of probabilities with the mean hazard."""
    present = weights > 0
    mean = weights[present] @ hazard(chances[present])
    return np.array([[_finite(float(x)) for x in mean]])


def _finite(rate: float) -> float:
    """Return the probability of a hazard, or refuse an infinite one."""
    if math.isfinite(rate):
        return float(share_probability(rate))
    raise BadValue(
        "Some agents surely share, so that their rate is infinite and has no mean",
        allowed="share probabilities below 1",
        advice="Lower the share probability",
    )


def _before_event(chance: float, event: Event) -> float:
    """Return the probability for neutral news that the event's offset moves to `chance`."""
    if event.offset.value == 0.0:
        return chance
    odds_ratio = math.exp(-event.offset.value)
    return chance * odds_ratio / (1.0 - chance + chance * odds_ratio)


def _rule_with(setup: Setup, chances: Floats) -> SharingRule:
    """Return a rule with these share probabilities, of the setup's own kind where that can be."""
    own = [_before_event(float(chance), setup.event) for chance in chances]
    if isinstance(setup.sharing, SameForAll):
        return SameForAll(own[0])
    if isinstance(setup.sharing, ByGroup):
        return ByGroup(own[0], own[1])
    names = tuple(group.name for group in setup.mix.groups)
    return Measured(SharingTable.contact(names, chances, 2, "the same contact pressure"))
