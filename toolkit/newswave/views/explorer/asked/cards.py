"""One agent of a run: who it is, what it was asked, what came back; all of it as plain text."""

from __future__ import annotations

from itertools import groupby

from newswave.errors import plain
from newswave.history import NEVER
from newswave.reading import outcome_words
from newswave.recordings import RecordedReply, Turn
from newswave.views.explorer.asked.runs import Ran
from newswave.views.explorer.items import Code, Entry, Group, Item, Tone, Words

NOBODY = -1

_LONGEST = 4000
_MOST_ROUNDS = 30
_MOST_NEIGHBOURS = 20


def card(ran: Ran | None, agent: int) -> Group:
    """Return the card of an agent, or how to choose one."""
    if ran is None:
        words = "Once agents have been asked, choose one here to read what it was asked and said."
        return Group("card", "One agent", (Words("card_hint", words, Tone.QUIET),))
    last = ran.setup.n_agents - 1
    number = str(agent) if 0 <= agent <= last else ""
    entry = Entry("agent", f"Agent number (0 to {last})", number, numeric=True, low=0, high=last)
    if not number:
        words = (
            "Click an agent in the network, or type its number: what was it asked, what did it say?"
        )
        return Group("card", "One agent", (Words("card_hint", words, Tone.QUIET), entry))
    who = Words("who", _who(ran, agent))
    fate = Words("fate", _fate(ran, agent))
    called = ran.world.network.called(agent)
    return Group("card", f"Agent {called}", (entry, who, fate, *_rounds(ran, agent)))


def _who(ran: Ran, agent: int) -> str:
    """Return who an agent is, and who its neighbours are."""
    group = ran.setup.mix.groups[int(ran.world.rows[agent])]
    network = ran.world.network
    mine = network.indices[network.offsets[agent] : network.offsets[agent + 1]].tolist()
    named = ", ".join(map(network.called, mine[:_MOST_NEIGHBOURS]))
    more = f" and {len(mine) - _MOST_NEIGHBOURS} more" if len(mine) > _MOST_NEIGHBOURS else ""
    name = "" if group.name == group.profile.code else f"Group {plain(group.name, 60)}. "
    words = f"{name}Profile {group.profile.code}: {group.profile.describe()}."
    return f"{words} Its {len(mine)} neighbours: {named}{more}."


def _fate(ran: Ran, agent: int) -> str:
    """Return when an agent heard and shared."""
    shared, heard = int(ran.history.shared[agent]), int(ran.history.heard[agent])
    if shared == 0:
        return "It is a seed agent: it shares from round 0 on and is never asked."
    if heard == NEVER and shared == NEVER:
        return f"No neighbour of it has shared by round {ran.history.rounds}: it was never asked."
    saw = f"It first saw a neighbour share in round {heard}"
    if shared == NEVER:
        return f"{saw} and has not shared by round {ran.history.rounds}."
    return f"{saw} and shared in round {shared}."


def _rounds(ran: Ran, agent: int) -> tuple[Item, ...]:
    """Return what was asked and said, round by round."""
    replies = ran.recording.replies(ran.run, agent=agent)
    by_round = [(at, tuple(held)) for at, held in groupby(replies, key=_round_of)]
    if not by_round:
        decided = any(agent in ran.recording.answers(ran.run, at)
                      for at in ran.recording.whole_rounds(ran.run))  # fmt: skip
        words = "The recording holds its decisions, but no replies." if decided else ""
        return (Words("no_replies", words, Tone.QUIET),) if words else ()
    items: list[Item] = [_round(ran, at, held) for at, held in by_round[:_MOST_ROUNDS]]
    if len(by_round) > _MOST_ROUNDS:
        words = f"{len(by_round) - _MOST_ROUNDS} later rounds are left out."
        items.append(Words("rounds_left", words, Tone.QUIET))
    return tuple(items)


def _round_of(reply: RecordedReply) -> int:
    assert isinstance(reply.key, Turn)
    return reply.key.round


def _round(ran: Ran, at: int, replies: tuple[RecordedReply, ...]) -> Group:
    """Return one round: the prompt folded away, every attempt with the raw reply."""
    last, m = replies[-1], replies[0].exposure
    did = {True: "shares", False: "does not share", None: "abstained"}[last.share]
    saw = "1 sharing neighbour" if m == 1 else f"{m} sharing neighbours"
    held = ran.recording.prompts[last.prompt]
    prompt = Group(
        f"prompt_{at}",
        "What it was told",
        (Code(f"system_{at}", "System", as_text(held.system)),
         Code(f"user_{at}", "User", as_text(held.user))),
        folded=True,
    )  # fmt: skip
    parts = [item for reply in replies for item in _reply(at, reply)]
    label = f"Round {at}: it saw {saw}; it {did}"
    return Group(f"round_{at}", label, (prompt, *parts), folded=True)


def _reply(at: int, reply: RecordedReply) -> tuple[Item, ...]:
    """Return one raw reply, and how it was read."""
    key = f"{at}_{reply.attempt}"
    again = f", attempt {reply.attempt + 1}" if reply.attempt else ""
    gone = "(the text is not in the recording)"
    content = gone if reply.content is None else as_text(reply.content) or "(empty)"
    items: list[Item] = [Code(f"reply_{key}", f"What came back{again}", content)]
    if reply.thinking:
        items.append(Code(f"thinking_{key}", "What it thought", as_text(reply.thinking)))
    read = {True: "share", False: "do not share", None: "no decision"}[reply.share]
    facts = f"Read as: {read} ({outcome_words(reply.outcome)})."
    if reply.reason:
        facts += f" Reason: {plain(reply.reason, 300)}"
    tone = Tone.WARNING if reply.share is None else Tone.QUIET
    return (*items, Words(f"read_{key}", facts, tone))


def as_text(text: str) -> str:
    r"""Return text of a model or a file as a page may show it: bounded, printable, lines kept.

    >>> as_text("one\r\n<b>two</b>\x1b[31m")
    'one\n<b>two</b> [31m'
    """
    cut = text[:_LONGEST]
    lines = ["".join(c if c.isprintable() else " " for c in line) for line in cut.splitlines()]
    more = f"\n({len(text) - _LONGEST} more characters)" if len(text) > _LONGEST else ""
    return "\n".join(lines) + more
