"""What the page Your data knows: one frozen state, and every change of it as a new one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from newswave.comparing import Comparison, fits_alone
from newswave.curve import Curve
from newswave.errors import BadValue, CannotFit, one_of, whole_number
from newswave.events import Event
from newswave.fitting.fits import Fit
from newswave.readas import Scale
from newswave.recipes import RandomRegular
from newswave.setups import MOST_AGENTS
from newswave.views.explorer import costs
from newswave.views.explorer.data.brought import Brought, Counts, OwnEvents, OwnRecording
from newswave.views.explorer.items import Progress

EXAMPLE = "physicians"
AS_IT_SAYS = "as it says"
MOST_EVENTS = 500


@dataclass(frozen=True, eq=False)
class Data:
    """The page Your data as it stands.

    Parameters
    ----------
    counts : Counts
        Whose curve it shows.
    n_agents : int
        How many there are in all.
    curve : Curve
        The counts with their number of agents.
    guess : str
        How that number was chosen, as long as nobody has said it.
    degree : int or None
        k; None where no network is known.
    fits : tuple of Fit
        Every model fitted to it, without intervals.
    why_not : str
        Why there are no fits.
    comparison : Comparison or None
        The fits with intervals and verdict, once the test was made.
    testing : Progress or None
        How far the test is.
    brought : Brought or None
        The last file that was no curve.
    events : tuple of Event
        All events that were brought.
    news : str
        The id of the event of one's own that is chosen; '' without any.
    hidden : frozenset of str
        Keys of lines that are switched off.
    ceiling : bool
        Whether it is fitted how many can ever share.
    """

    counts: Counts
    n_agents: int
    curve: Curve
    guess: str = ""
    degree: int | None = None
    fits: tuple[Fit, ...] = ()
    why_not: str = ""
    comparison: Comparison | None = None
    testing: Progress | None = None
    brought: Brought | None = None
    events: tuple[Event, ...] = ()
    news: str = ""
    hidden: frozenset[str] = field(default_factory=frozenset)
    ceiling: bool = False

    @classmethod
    def first(cls) -> Data:
        """Return the page as it opens: with real data, fitted.

        >>> Data.first().n_agents, len(Data.first().fits)
        (125, 6)
        """
        counts = Counts.of_dataset(EXAMPLE)
        return cls(counts, 125, counts.curve(125)).fitted(125, None)

    def fitted(self, n_agents: int, degree: int | None, guess: str = "") -> Data:
        """Return the page with so many in all and such a degree, and the models fitted anew.

        Raises
        ------
        BadValue
            If there are more sharers than that, or there is no such network.
        """
        if degree is not None:
            _check_network(n_agents, degree)
        curve = self.counts.curve(n_agents)
        bare = replace(self, n_agents=n_agents, curve=curve, guess=guess, degree=degree, fits=(),
                       why_not="", comparison=None, testing=None)  # fmt: skip
        try:
            return replace(bare, fits=fits_alone(curve, degree, ceiling=self.ceiling))
        except CannotFit as error:
            return replace(bare, why_not=str(error))

    def with_agents(self, value: object) -> Data:
        """Return the page with another number of agents."""
        if self.counts.setup is not None:
            raise BadValue("The runs of this recording know how many agents they have")
        return self.fitted(_number("The number in all", value, 1, MOST_AGENTS), self.degree)

    def with_degree(self, value: object) -> Data:
        """Return the page with another degree; 0 stands for no network known."""
        if self.counts.setup is not None:
            raise BadValue("The runs of this recording know their network")
        degree = _number("The degree", value, 0, costs.MOST_AGENTS)
        return self.fitted(self.n_agents, degree or None, self.guess)

    def with_ceiling(self, on: bool) -> Data:
        """Return the page with a fitted ceiling, or without one."""
        return replace(self, ceiling=on).fitted(self.n_agents, self.degree, self.guess)

    def with_scale(self, value: object) -> Data:
        """Return the page with the file read in another scale; AS_IT_SAYS stands for none."""
        known = [AS_IT_SAYS, *(scale.value for scale in Scale)]
        one_of("scale", value, known)
        counts = self.counts.scaled(None if value == AS_IT_SAYS else Scale(value))
        fresh = replace(self, counts=counts)
        return fresh.guessed() if self.guess else fresh.fitted(self.n_agents, self.degree)

    def guessed(self) -> Data:
        """Return the page with as many in all as the file says, or as suit it."""
        n_agents, guess = self.counts.default_agents()
        whole_number("The number in all", n_agents, 1, MOST_AGENTS)
        return self.fitted(n_agents, None, guess)

    def with_counts(self, counts: Counts) -> Data:
        """Return the page with another curve, and nothing of the one before."""
        return replace(self, counts=counts, hidden=frozenset(), ceiling=False).guessed()

    def with_brought(self, brought: Brought) -> Data:
        """Return the page with what a file turned out to be."""
        if isinstance(brought, Counts):
            return replace(self.with_counts(brought), brought=None)
        if isinstance(brought, OwnEvents):
            events, news = _joined(self.events, brought.events), brought.events[0].id
            return replace(self, brought=brought, events=events, news=news)
        if isinstance(brought, OwnRecording) and brought.counts is not None:
            return replace(self.with_counts(brought.counts), brought=brought)
        return replace(self, brought=brought)

    def without_events(self) -> Data:
        """Return the page without any events of one's own."""
        kept = None if isinstance(self.brought, OwnEvents) else self.brought
        return replace(self, events=(), news="", brought=kept)

    def with_news(self, value: object) -> Data:
        """Return the page with another event of one's own chosen."""
        one_of("event of yours", value, [event.id for event in self.events])
        return replace(self, news=str(value))

    def with_line(self, key: str, on: bool) -> Data:
        """Return the page with a line shown or hidden."""
        hidden = self.hidden - {key} if on else self.hidden | {key}
        return replace(self, hidden=hidden)


def _joined(old: tuple[Event, ...], new: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return all events; a new one stands in the place of an old one with its id."""
    every = tuple({event.id: event for event in (*old, *new)}.values())
    if len(every) > MOST_EVENTS:
        raise BadValue("These are too many events for a page", given=len(every),
                       allowed=f"up to {MOST_EVENTS}", advice="Forget some first")  # fmt: skip
    return every


def _check_network(n_agents: int, degree: int) -> None:
    """Refuse a network that cannot be, or that the test would take too long for."""
    advice = "Give 0 if no network is known"
    whole_number("The degree", degree, 2, n_agents - 1, advice)
    if n_agents > costs.MOST_AGENTS:
        raise BadValue(
            "With a network this is too large for the page",
            given=f"{n_agents} agents",
            allowed=f"up to {costs.MOST_AGENTS}",
            advice=f"{advice}, or fit it on the command line: newswave fit",
        )
    RandomRegular(degree).check(n_agents)


def _number(name: str, value: object, low: int, high: int) -> int:
    typed = isinstance(value, str) and value.isdecimal() and len(value) < 20
    given = int(str(value)) if typed else value
    return whole_number(name, given, low, high)
