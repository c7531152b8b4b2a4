"""`newswave profiles` and `newswave events`: what there is to choose from."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from newswave.command.console import say, width
from newswave.command.options import number

if TYPE_CHECKING:
    from newswave.events import Event

_HEAD = ("code", "openness", "conscient.", "extravers.", "agreeable.", "neurotic.", "P(share)")
_ROW = "{:<11} {:<9} {:<10} {:<10} {:<10} {:<10} {:>8}"


def add_profiles(parser: argparse.ArgumentParser) -> None:
    """Add the options of `newswave profiles`."""
    parser.add_argument(
        "--effects",
        metavar="PRESET",
        default="literature",
        help="trait effects: literature (default), misinformation, exaggerated or none",
    )
    parser.add_argument("--event", metavar="ID", help="the event shared (default a neutral one)")
    parser.add_argument(
        "--baseline",
        metavar="Q",
        type=number,
        default=0.05,
        help="share probability of the average profile (default 0.05)",
    )
    parser.set_defaults(action=profiles)


def profiles(arguments: argparse.Namespace) -> int:
    """List the 32 profiles with their share probabilities; return the exit status."""
    from newswave.describing import wrapped
    from newswave.effects import preset
    from newswave.events import DEFAULT_EVENT_ID, find_event
    from newswave.mixes import IndependentTraits
    from newswave.personality import Trait
    from newswave.rules import ByTraits

    chosen, news = preset(arguments.effects), find_event(arguments.event or DEFAULT_EVENT_ID)
    groups = IndependentTraits().groups
    table = ByTraits(arguments.baseline, chosen).table(groups, news, 1)
    say(_ROW.format(*_HEAD))
    for group, chance in zip(groups, table.probabilities[:, 1], strict=True):
        levels = ("high" if high else "low" for high in group.profile.levels)
        say(_ROW.format(group.profile.code, *levels, f"{chance:.4f}").rstrip())
    say("", wrapped(f"P(share): per contact and round, at the event '{news.headline}' and with the "
                    f"trait effects '{chosen.name}'. {chosen.description}", width()))  # fmt: skip
    say("", "What a high trait adds to the log-odds, compared with a low one:")
    for trait, effect in zip(Trait, chosen.effects, strict=True):
        label = f"  {trait.value:<18}{effect.value:>+6.2f}  "
        say(wrapped(effect.source, width(), label))
    return 0


def add_events(parser: argparse.ArgumentParser) -> None:
    """Add the options of `newswave events`."""
    parser.add_argument("id", nargs="?", metavar="ID", help="show this event in full")
    parser.add_argument("--type", metavar="T", help="only events of this type, such as Neutral")
    parser.add_argument(
        "--events", metavar="FILE", help="your own events as CSV, beside the others"
    )
    parser.set_defaults(action=events)


def events(arguments: argparse.Namespace) -> int:
    """List the events or show one; return the exit status."""
    from newswave.command.population import own_events
    from newswave.errors import BadValue
    from newswave.events import EventType, find_event, library

    own = () if arguments.events is None else own_events(arguments.events)
    if arguments.id is not None:
        if arguments.type is not None:
            raise BadValue("An id and --type do not go together", advice="Leave one of them out")
        _show(find_event(arguments.id, own))
        return 0
    wanted = None if arguments.type is None else EventType.named(arguments.type)
    known = [event for event in (*library(), *own) if wanted in (None, event.type)]
    _list(known)
    return 0


def _list(known: list[Event]) -> None:
    """Print events by type, their offsets with numbered sources."""
    from newswave.describing import wrapped

    sources = list(dict.fromkeys(event.offset.source for event in known))
    kind = None
    for event in known:
        if event.type is not kind:
            kind = event.type
            say(
                "" if event is not known[0] else "id, offset on the log-odds, sub type, headline",
                "",
            )
            say(f"{kind.value}:")
        mark = f"[{sources.index(event.offset.source) + 1}]"
        say(f"  {event.id:<28} {event.offset.value:>+5.2f} {mark:<4} {event.sub_type}")
        say(wrapped(event.headline, width(), "      "))
    say("", "Where the offsets come from:")
    for place, source in enumerate(sources, 1):
        say(wrapped(source, width(), f"  [{place}] "))
    say("", wrapped("The reports are invented. Those that are not neutral carry a content note: "
                    "newswave events ID shows it with the report.", width()))  # fmt: skip


def _show(event: Event) -> None:
    """Print one event in full, its content note first."""
    from newswave.describing import wrapped

    if event.content_note:
        say(wrapped(event.content_note, width(), "content note  "), "")
    lines = {
        "id": event.id,
        "type": event.type.value,
        "sub type": event.sub_type,
        "headline": event.headline,
        "text": event.text,
        "offset": f"{event.offset.value:+.2f} on the log-odds of sharing",
        "source": event.offset.source,
    }
    for name, text in lines.items():
        say(wrapped(text, width(), f"{name:<10}"))
