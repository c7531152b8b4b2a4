"""What can go wrong with a model server, said so that a user can put it right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newswave.core.errors import NewswaveError, shown


class ServerTrouble(NewswaveError):
    """Something went wrong with a server.

    Parameters
    ----------
    what, given, allowed, advice
        As in `NewswaveError`.
    passing : bool
        Whether trying again can help.
    """

    def __init__(
        self,
        what: str,
        *,
        given: Any = None,
        allowed: str = "",
        advice: str = "",
        passing: bool = False,
    ) -> None:
        self.passing = passing
        super().__init__(what, given=given, allowed=allowed, advice=advice)


class ServerGone(ServerTrouble):
    """No server was reached."""


class ModelMissing(ServerTrouble):
    """The server does not have the model."""


class TooSlow(ServerTrouble):
    """The answer did not come in time."""


class Refused(ServerTrouble):
    """The server will not do what it was asked; asking again is no use."""


def missing_model(name: str, known: Sequence[str] = (), address: str = "") -> ModelMissing:
    """Return the trouble of a model that a server does not have.

    >>> print(missing_model("tiny", ["gemma3:1b"], "http://127.0.0.1:11434"))
    The server at http://127.0.0.1:11434 does not have this model. Given: 'tiny'.
    Allowed: gemma3:1b. Fetch it with 'ollama pull tiny' or 'newswave models --pull tiny', or take
    one that is there.
    """
    plain = shown(name).strip("'\"")
    there = ", ".join(known[:12]) + (" ..." if len(known) > 12 else "")
    fetch = f"Fetch it with 'ollama pull {plain}' or 'newswave models --pull {plain}'"
    if not address:
        what, advice = "There is no such model in this process", "Take one that is there"
        return ModelMissing(what, given=name, allowed=there, advice=advice)
    return ModelMissing(
        f"The server at {address} does not have this model",
        given=name,
        allowed=there,
        advice=f"{fetch}, or take one that is there" if known else fetch,
    )
