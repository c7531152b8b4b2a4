"""`newswave wordings`: the words in which a model is asked, and the prompts they make."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from newswave.command.console import say, width

if TYPE_CHECKING:
    from newswave.wordings import Wording


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="show this wording: its name, or your own TOML file"
    )
    parser.add_argument("--event", metavar="ID", help="the event of the prompt that is shown")
    parser.add_argument("--profile", metavar="CODE", help="its profile (default O+C-E+A-N-)")
    parser.add_argument(
        "--toml", action="store_true", help="print the wording as a file to change and give back"
    )
    parser.set_defaults(action=show)


def chosen(name: str | None) -> Wording:
    """Return the wording that --wording names: one that comes with newswave, or a TOML file.

    >>> chosen(None).name
    'adjectives'
    """
    from newswave.wordings import DEFAULT_WORDING, load_wording, wording

    if name is not None and name.lower().endswith(".toml"):
        return load_wording(name)
    return wording(DEFAULT_WORDING if name is None else name)


def show(arguments: argparse.Namespace) -> int:
    """List the wordings, or show one with a prompt; return the exit status."""
    from newswave.describing import wrapped
    from newswave.wordings import wording_toml, wordings

    if arguments.name is None and not arguments.toml:
        for wording in wordings():
            words = f"hash {wording.hash}, tells apart exposures 1 to {wording.max_exposure}"
            say(f"{wording.name:<12} {words}", f"{'':<12} such as: {wording.high[0]}")
        say("", wrapped("newswave wordings NAME shows a whole prompt; --toml prints a wording as a "
                        "file, to be changed and given to --wording.", width()))  # fmt: skip
        return 0
    wording = chosen(arguments.name)
    if arguments.toml:
        say(wording_toml(wording).rstrip())
    else:
        _prompt(wording, arguments.event, arguments.profile or "O+C-E+A-N-")
    return 0


def _prompt(wording: Wording, event_id: str | None, code: str) -> None:
    """Print the prompt of one cell, and the question in its other forms."""
    from newswave.events import DEFAULT_EVENT_ID, event
    from newswave.personality import Profile
    from newswave.wordings import Question

    profile = Profile.from_code(code)
    asked = wording.prompt(event(event_id or DEFAULT_EVENT_ID), profile, 2)
    say(f"Wording '{wording.name}', hash {wording.hash}", f"Profile {profile.code}, exposure 2", "")
    say("--- system (the same for every agent) ---", asked.system, "")
    say("--- user (persona, exposure, question) ---", asked.user, "")
    say("--- the question in its other forms ---")
    for question in Question:
        if question is not Question.REASONED:
            say(f"{question.value}:", f"  {getattr(wording, question.name.lower())}")
