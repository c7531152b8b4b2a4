"""An agent tells what the model's arrays hold of it, and is a real Mesa agent."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

from newswave.core.mesa_model import NOT_YET, NewsAgent, NewsModel, State


@pytest.fixture(scope="module")
def model() -> NewsModel:
    made = NewsModel(n_agents=60, degree=4, n_seeds=3, rounds=4, fast=0.3, slow=0.1)
    made.run_model()
    return made


def test_they_are_mesa_agents_numbered_in_order(model: NewsModel) -> None:
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    assert [agent.index for agent in model.agents] == list(range(60))
    assert [agent.unique_id for agent in model.agents] == list(range(1, 61))


def test_what_they_tell_is_what_the_arrays_hold(model: NewsModel) -> None:
    for agent in model.agents:
        at = agent.index
        assert agent.shared == model.shared[at]
        assert agent.exposure == model.exposure[at]
        assert agent.group == model.groups[model.rows[at]].name
        assert agent.profile == model.groups[model.rows[at]].profile
        for name in ("heard_round", "heard_from", "shared_round"):
            held = getattr(model, name)[at]
            assert getattr(agent, name) == (None if held == NOT_YET else held)


def test_their_states_are_told_apart(model: NewsModel) -> None:
    states = {agent.state for agent in model.agents}
    assert states == set(State)
    for agent in model.agents:
        assert (agent.state is State.SHARING) == agent.shared
        if agent.state is State.UNAWARE:
            assert agent.exposure == 0


def test_neighbours_are_mutual_and_show_the_exposure(model: NewsModel) -> None:
    for agent in model.agents:
        assert len(agent.neighbours) == 4
        assert all(isinstance(other, NewsAgent) for other in agent.neighbours)
        assert all(agent in other.neighbours for other in agent.neighbours)
        earlier = [o for o in agent.neighbours if o.shared and o.shared_round < model.round]
        assert agent.exposure == len(earlier)
    assert np.count_nonzero(model.shared) > 3
