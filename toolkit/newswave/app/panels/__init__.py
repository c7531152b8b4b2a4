"""The panels of the lessons, in their order."""

from newswave.app.panels.panel import Panel
from newswave.app.panels.people import AllEvents, Answers, ByHand, Events, Profiles
from newswave.app.panels.spreading import Chance, Degree, Growth, OnePost

PANELS: tuple[type[Panel], ...] = (
    *(OnePost, Growth, Degree, Chance),
    *(Profiles, ByHand, Answers, Events),
)
"""The panels, in the order of the lessons."""

ALL = (*PANELS, AllEvents)
"""With the one that is not for everybody."""
