"""The panels of the lessons as widgets: one function for each, none of which computes anything."""

from __future__ import annotations

from typing import Any

import ipywidgets

from newswave.views.explorer.panels.answers import PANEL as ANSWERS
from newswave.views.explorer.panels.by_hand import PANEL as BY_HAND
from newswave.views.explorer.panels.chance import PANEL as CHANCE
from newswave.views.explorer.panels.degree import PANEL as DEGREE
from newswave.views.explorer.panels.desk import PanelDesk
from newswave.views.explorer.panels.dials import Settings
from newswave.views.explorer.panels.events import ALL_EVENTS
from newswave.views.explorer.panels.events import PANEL as EVENTS
from newswave.views.explorer.panels.figures import draw as draw
from newswave.views.explorer.panels.growth import PANEL as GROWTH
from newswave.views.explorer.panels.one_post import PANEL as ONE_POST
from newswave.views.explorer.panels.panel import Panel
from newswave.views.explorer.panels.panel import describe as describe
from newswave.views.explorer.panels.profiles import PANEL as PROFILES
from newswave.views.notebook.still import with_picture
from newswave.views.parts.board import Board


class PanelWidget(ipywidgets.VBox):  # type: ignore[misc]
    """A panel in a notebook: its question, its controls, its picture, and its words.

    Where no scripts run, a figure and the words stand in its place.

    Parameters
    ----------
    panel : Panel
        Which.
    settings : Settings, optional
        What it opens with; the panel's first ones if not given.

    Examples
    --------
    >>> panel = growth()
    >>> panel.settings.rate
    0.4
    >>> panel.words[:51]
    'The logistic curve reaches one half at round 11.5, '
    """

    def __init__(self, panel: Panel, settings: Settings | None = None) -> None:
        self.panel = panel
        self._desk = PanelDesk(panel, settings)
        self.board = Board(self._desk)
        board = self.board
        board.stages[0].show(round=self._desk.round)
        for sheet in board.sheets:  # several panels may lie in one notebook
            sheet.label = f"{sheet.label}: {panel.question}"
        children = [board.controls, *board.stages, board.seen, board.report]
        super().__init__(children=children)

    @property
    def settings(self) -> Any:
        """What the controls say now, for use in the notebook's own code."""
        return self._desk.settings

    @property
    def words(self) -> str:
        """What the picture shows now, in sentences."""
        return describe(self.panel, self.settings)

    def close(self) -> None:
        """Let the widgets go."""
        self.board.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget with a figure and its words for where it cannot be shown."""
        from newswave.drawing import png

        words = self.words
        picture = png(draw(self.panel, self.settings), words, self.panel.question)
        bundle = super()._repr_mimebundle_(**kwargs)
        return with_picture(bundle, picture, words, self.board.stages[0])


def one_post() -> PanelWidget:
    """Return a run on forty agents, round by round: degree, chance to share, run."""
    return PanelWidget(ONE_POST)


def growth() -> PanelWidget:
    """Return logistic and exponential growth and the same in rounds: rate, start, steps."""
    return PanelWidget(GROWTH)


def degree() -> PanelWidget:
    """Return runs at one contact pressure on sparse and dense networks: degree, pressure."""
    return PanelWidget(DEGREE)


def chance() -> PanelWidget:
    """Return the spread of runs with the same settings: seed agents, runs."""
    return PanelWidget(CHANCE)


def profiles() -> PanelWidget:
    """Return two groups beside the average person: share of the fast, ratio of rates."""
    return PanelWidget(PROFILES)


def by_hand() -> PanelWidget:
    """Return a curve with an equation to lay over it: two rates, and who has which."""
    return PanelWidget(BY_HAND)


def answers() -> PanelWidget:
    """Return what a few recorded replies say, synthetic ones: profile, exposure."""
    return PanelWidget(ANSWERS)


def events(*, with_violence: bool = False) -> PanelWidget:
    """Return two events beside each other: which ones, and how many runs of each.

    Parameters
    ----------
    with_violence : bool
        Whether reports of violence are among the events to choose from.
    """
    return PanelWidget(ALL_EVENTS if with_violence else EVENTS)
