"""Where the app runs, as the server said: Solara makes pages without handing them anything."""

from __future__ import annotations

from pathlib import Path

from newswave.views.explorer.session import Place

RECORDINGS = Path("newswave-recordings")
"""The folder that recordings go into, below the one in which the app was started."""

ADDRESS = "./"
"""Where links of the page lead: to itself, wherever it is."""

_here = [Place(RECORDINGS, address=ADDRESS)]


def settle(place: Place) -> None:
    """Say where the app runs, before the first page is made."""
    _here[0] = place


def here() -> Place:
    """Return where the app runs.

    >>> here().recordings.name
    'newswave-recordings'
    """
    return _here[0]
