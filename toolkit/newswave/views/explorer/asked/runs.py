"""A run in which a model was asked, and what comes of it: in numbers, for the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from newswave.decisionrates import Dose, dose_response
from newswave.errors import BadFile, CannotFit, plain
from newswave.history import History
from newswave.learned import learned_from
from newswave.live import Played, replay_runs
from newswave.reading import UNREAD_LEANS, outcome_words
from newswave.recordings import Recording
from newswave.reporting import MISFIT, ODD_DOSE, short
from newswave.setups import Setup
from newswave.views.explorer.costs import check_size
from newswave.views.explorer.items import Item, Table, Tone, Words
from newswave.world import World

_MOST_DOSES = 12
_MOST_LINKS = 400_000


@dataclass(frozen=True, eq=False)
class Ran:
    """A run, as far as it is known.

    Parameters
    ----------
    name : str
        Of its recording.
    recording : Recording
        Every question and every reply.
    world : World
        Who sits where.
    history : History
        What became of everybody.
    run : int
        Which run of the recording it is.
    abstained : int
        How many decisions were asked for in vain.
    played : Played or None
        What came of it; None while it goes on.
    is_replay : bool
        Whether no model was asked for it here.
    """

    name: str
    recording: Recording
    world: World
    history: History
    run: int
    abstained: int
    played: Played | None = None
    is_replay: bool = False

    @property
    def setup(self) -> Setup:
        """What was run."""
        return self.world.setup

    @cached_property
    def findings(self) -> tuple[Item, ...]:
        """What came of it, as items; nothing while it goes on."""
        return () if self.played is None else _findings(self, self.played)


def replayed(recording: Recording, name: str) -> Ran:
    """Play a recording again.

    Raises
    ------
    BadFile, BadValue
        If it is not of runs, holds no whole round, or is too large for a page.

    Examples
    --------
    >>> import newswave as nw
    >>> ran = replayed(nw.synthetic_recording(), "example.jsonl")
    >>> ran.setup.n_agents, int(ran.history.counts[0])
    (100, 5)
    """
    if recording.setup is not None:
        _check(recording.setup, len(recording.runs))
    played = replay_runs(recording)
    setup = played.curve.setup
    assert setup is not None
    run = next(r for r in recording.runs if recording.whole_rounds(r) or recording.finished(r))
    world, history = World.of(setup), played.histories[0]
    return Ran(name, recording, world, history, run, played.abstained, played, is_replay=True)


def _check(setup: Setup, runs: int) -> None:
    """Refuse what would keep a page waiting."""
    check_size(replace(setup, replicas=max(1, runs)))
    links = setup.n_agents * setup.network.mean_degree_for(setup.n_agents)
    if links > _MOST_LINKS:
        raise BadFile(
            "This recording is too large for the page",
            given=f"{links / 2:.0f} links",
            allowed=f"up to {_MOST_LINKS // 2}",
            advice="Play it on the command line: newswave run --replay FILE",
        )


def run_words(ran: Ran, is_live: bool) -> str:
    """Return what a run has come to, in a sentence."""
    counts, n = ran.history.counts, ran.setup.n_agents
    asked = sum(
        len(held.agents) for (run, _), held in ran.recording.rounds.items() if run == ran.run
    )
    model = plain(ran.recording.header.source.model or ran.recording.header.source.decider, 60)
    unfinished = "goes on" if is_live else "broke off"
    verb = "was replayed" if ran.is_replay else ("is over" if ran.played else unfinished)
    end = f"by round {ran.history.rounds}, {counts[-1]} of {n} agents have shared"
    return f"This run {verb}: {end}, after {asked} decisions asked of {model}."


def abstained_words(ran: Ran) -> Words:
    """Return how many answers could not be read, in plain sight."""
    if not ran.abstained:
        return Words("abstained", "Every answer so far could be read.", Tone.QUIET)
    text = (
        f"{ran.abstained} answers could not be read, each asked for three times where that helps. "
        f"Those agents abstained in that round: they count neither as yes nor as no. {UNREAD_LEANS}"
    )
    return Words("abstained", text, Tone.WARNING, live=True)


def _findings(ran: Ran, played: Played) -> tuple[Item, ...]:
    """Return what to doubt, the chance to share by exposure, what traits do, how replies were."""
    items: list[Item] = [
        Words(f"doubt_{at}", doubt, Tone.WARNING) for at, doubt in enumerate(played.doubts())
    ]
    items += _doses(played)
    items += _learned(ran, played)
    if ran.abstained or len(ran.recording.outcomes) > 1:
        items.append(_outcomes(ran.recording))
    return tuple(items)


def _doses(played: Played) -> tuple[Item, ...]:
    """Return the share that shared at each exposure."""
    if not played.decisions.asked.any():
        return ()
    doses = dose_response(played.decisions)
    shown = doses if len(doses) <= _MOST_DOSES else (*doses[: _MOST_DOSES - 1], doses[-1])
    return (
        Table(
            "doses",
            "Does the chance to share rise with exposure? Expected: 1 - (1 - q)^m, with the q of "
            "each group fitted to its own decisions.",
            ("Exposure m", "Asked", "Shared", "Shared (%)", "95 % interval", "Expected (%)"),
            tuple(map(_dose, shown)),
            (1, 2, 3, 4, 5),
        ),
    )


def _dose(dose: Dose) -> tuple[str, ...]:
    span = f"{100 * dose.low:.1f} to {100 * dose.high:.1f}"
    numbers = (f"{100 * dose.fraction:.1f}", span, f"{100 * dose.expected:.1f}")
    return (str(dose.exposure), str(dose.asked), str(dose.shared), *numbers)


def _learned(ran: Ran, played: Played) -> tuple[Item, ...]:
    """Return what groups or traits do, from the decisions themselves."""
    try:
        found = learned_from(played.decisions, ran.setup, played.curve.runs)
    except CannotFit as trouble:
        return (Words("learned", f"No rates from the decisions: {trouble}"),)
    if found.ratios:
        rows = tuple((f"high {one.name}", short(one.ratio), _span(one.low, one.high))
                     for one in found.ratios[1:])  # fmt: skip
        words = "What a high trait does to the transmission rate: the rate times this."
        if found.misfit < MISFIT:
            words += f" The {ODD_DOSE}; the ratios allow for that."
        head = ("Trait", "Rate ratio", "95 % interval")
        return (Table("learned", words, head, rows, (1, 2)),)
    if found.why_not:
        return (Words("learned", f"No trait effects: {found.why_not}"),)
    rows = tuple((one.row, short(one.rate), _span(one.low, one.high)) for one in found.rates)
    words = "Transmission rate of each group, a hazard per contact and round, from its decisions."
    return (Table("learned", words, ("Group", "Rate", "95 % interval"), rows, (1, 2)),)


def _span(low: float, high: float) -> str:
    return f"{short(low)} to {short(high)}"


def _outcomes(recording: Recording) -> Table:
    """Return how the replies were read."""
    rows = tuple((outcome_words(name), str(count)) for name, count in recording.outcomes.items())
    return Table("outcomes", "How the replies were read.", ("Reply", "Replies"), rows, (1,))
