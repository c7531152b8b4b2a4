"""What the Explore page knows: one frozen state, and every change of it as a new one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from newswave.errors import BadValue, one_of, whole_number
from newswave.personality import Trait
from newswave.setups import Setup
from newswave.views.explorer.controls import applied, has_control
from newswave.views.explorer.costs import check_size
from newswave.views.explorer.presets import preset

_PAST = 30


class Layer(Enum):
    """What can be laid over the curve of the runs, by the key of its switch."""

    BAND = "band"
    SAMPLES = "samples"
    MASTER = "master"
    WELL_MIXED = "well_mixed_ode"
    ONE_MIXED = "fit_one_rate_well_mixed"
    TWO_MIXED = "fit_two_rates_well_mixed"
    ONE_NETWORK = "fit_one_rate_network"
    TWO_NETWORK = "fit_two_rates_network"


FIRST_LAYERS = frozenset({Layer.BAND, Layer.MASTER, Layer.ONE_MIXED, Layer.TWO_MIXED})

NOBODY = -1


@dataclass(frozen=True)
class Explored:
    """The Explore page as it stands.

    Parameters
    ----------
    setup : Setup
        What is run.
    run : int
        Whose agents the network shows.
    round : int
        Which round the stage shows.
    agent : int
        Whom the learner chose; `NOBODY` if no one.
    trait : Trait
        Which trait the shapes show where there are many profiles.
    layers : frozenset of Layer
        What lies over the curve.
    past : tuple of Setup
        What was there before, for undoing.
    """

    setup: Setup = field(default_factory=Setup)
    run: int = 0
    round: int = 0
    agent: int = NOBODY
    trait: Trait = Trait.EXTRAVERSION
    layers: frozenset[Layer] = FIRST_LAYERS
    past: tuple[Setup, ...] = ()

    def __post_init__(self) -> None:
        check_size(self.setup)
        whole_number("The run", self.run, 0, self.setup.replicas - 1)

    def with_setup(self, setup: Setup) -> Explored:
        """Return the page with another setup; run and agent stay where they still exist."""
        if setup == self.setup:
            return self
        run = min(self.run, setup.replicas - 1)
        agent = self.agent if self.agent < setup.n_agents else NOBODY
        past = (*self.past, self.setup)[-_PAST:]
        at = min(self.round, setup.rounds)
        return replace(self, setup=setup, run=run, agent=agent, past=past, round=at)

    def undone(self) -> Explored:
        """Return the page with the setup before this one."""
        if not self.past:
            return self
        back = self.with_setup(self.past[-1])
        return replace(back, past=self.past[:-1])

    def at(self, round_: int) -> Explored:
        """Return the page at another round."""
        return replace(self, round=min(max(int(round_), 0), self.setup.rounds))

    def chosen(self, agent: object) -> Explored:
        """Return the page with another agent chosen, by its number or by its digits."""
        given = int(agent) if isinstance(agent, str) and agent.isdecimal() else agent
        number = whole_number("The agent", given, NOBODY, self.setup.n_agents - 1)
        return replace(self, agent=number)

    def taken(self, key: str, value: object) -> Explored:
        """Return the page after a learner moved a control or pressed a button.

        Raises
        ------
        BadValue
            If there is no such control, or the value does not fit it.

        Examples
        --------
        >>> Explored().taken("degree", 0).setup.network
        RandomRegular(degree=2)
        >>> Explored().taken("another_run", None).run
        1
        """
        if has_control(key):
            return self.with_setup(applied(self.setup, key, value))
        match key:
            case "another_run":
                return replace(self, run=(self.run + 1) % self.setup.replicas)
            case "new_world":
                return self.with_setup(replace(self.setup, seed=self.setup.seed + 1))
            case "undo":
                return self.undone()
            case "start_over":
                return replace(self.with_setup(Setup()), run=0, layers=FIRST_LAYERS)
            case "trait":
                return replace(self, trait=Trait.named(str(value)))
            case "agent":
                return self.chosen(value)
        return self._switched(key, value)

    def _switched(self, key: str, value: object) -> Explored:
        """Return the page with a layer on or off, or a preset opened."""
        kind, _, name = key.partition(":")
        if kind == "preset" and (found := preset(name)) is not None:
            return replace(self.with_setup(found.setup), run=0)
        if kind != "layer" or not isinstance(value, bool):
            raise BadValue("This page has no such control", given=key)
        layer = Layer(one_of("layer", name, [one.value for one in Layer]))
        layers = self.layers | {layer} if value else self.layers - {layer}
        return replace(self, layers=layers)
