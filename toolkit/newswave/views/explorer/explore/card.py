"""One agent on a card: who it is, what it saw, what it decided."""

from __future__ import annotations

from newswave.history import NEVER, Look, looks
from newswave.views.explorer.ensembles import Ensemble
from newswave.views.explorer.explore.state import NOBODY, Explored
from newswave.views.explorer.items import Entry, Group, Item, Table, Tone, Words

_MOST = 12


def card(state: Explored, ensemble: Ensemble) -> Item:
    """Return the card of the agent that was chosen, or how to choose one."""
    last = state.setup.n_agents - 1
    number = "" if state.agent == NOBODY else str(state.agent)
    entry = Entry("agent", f"Agent number (0 to {last})", number, numeric=True, low=0, high=last)
    if state.agent == NOBODY:
        hint = "Click an agent in the network, or type its number: who is it, what did it see?"
        return Group("card", "One agent", (Words("card_hint", hint, Tone.QUIET), entry))
    return Group(
        *("card", f"Agent {ensemble.world.network.called(state.agent)}"),
        (entry, Words("who", who(state, ensemble)), Words("fate", fate(state, ensemble)),
         *_table(state, ensemble)),
    )  # fmt: skip


def who(state: Explored, ensemble: Ensemble) -> str:
    """Return who an agent is, in a sentence."""
    group = state.setup.mix.groups[int(ensemble.world.rows[state.agent])]
    name = "" if group.name == group.profile.code else f"Group {group.name}. "
    degree = int(ensemble.world.network.degrees[state.agent])
    return f"{name}Profile {group.profile.code}: {group.profile.describe()}. {degree} neighbours."


def fate(state: Explored, ensemble: Ensemble) -> str:
    """Return what became of an agent, in a sentence."""
    history = ensemble.history(state.run)
    shared, heard = int(history.shared[state.agent]), int(history.heard[state.agent])
    if shared == 0:
        return "It is a seed agent: it shares from round 0 on."
    saw = f"It first saw a neighbour share in round {heard}" if heard != NEVER else ""
    if shared == NEVER:
        return f"{saw} and has not shared by round {history.rounds}." if saw else (
            f"No neighbour has shared by round {history.rounds}, so it never decided.")  # fmt: skip
    if not saw:
        return f"It met the event itself and shared in round {shared}."
    return f"{saw} and shared in round {shared}."


def _table(state: Explored, ensemble: Ensemble) -> tuple[Item, ...]:
    """Return every round in which the agent decided: the first ones, and the last."""
    found = looks(ensemble.world, ensemble.history(state.run), state.agent, state.run)
    if not found:
        return ()
    shown = found if len(found) <= _MOST else (*found[: _MOST - 1], found[-1])
    left = len(found) - len(shown)
    note = f" {left} rounds before the last are left out." if left else ""
    return (
        Table(
            "looks",
            "Every round in which it saw the news. Share probability: of that round, at that "
            f"exposure.{note}",
            ("Round", "Exposure", "Share probability", "Decision"),
            tuple(map(_row, shown)),
            (1, 2),
        ),
    )


def _row(look: Look) -> tuple[str, ...]:
    decided = "shares" if look.shares else "does not"
    return (str(look.round), str(look.exposure), f"{100 * look.chance:.1f} %", decided)
