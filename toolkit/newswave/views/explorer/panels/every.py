"""All panels, in the order of the lessons."""

from __future__ import annotations

from newswave.views.explorer.panels import (
    answers,
    by_hand,
    chance,
    degree,
    events,
    growth,
    one_post,
    profiles,
)
from newswave.views.explorer.panels.panel import Panel

PANELS: tuple[Panel, ...] = (
    one_post.PANEL,
    growth.PANEL,
    degree.PANEL,
    chance.PANEL,
    profiles.PANEL,
    by_hand.PANEL,
    answers.PANEL,
    events.PANEL,
)
"""The panels, in the order of the lessons."""
