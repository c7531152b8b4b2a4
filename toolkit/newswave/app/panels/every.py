"""All panels in the order of the lessons, at work and as figures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from newswave.app.items import Button, File, Heading, Item, Row, Tone, Words
from newswave.app.page import Message, Page, View
from newswave.app.panels import answers, by_hand, chance, degree, events, growth, one_post, profiles
from newswave.app.panels.panel import Panel, Settings
from newswave.app.pictures import Picture, cast_words
from newswave.core.run_log import History
from newswave.report import figures
from newswave.report.style import Pen

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# All panels, in the order of the lessons.


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


# A panel as a figure of matplotlib, for where no scripts run.


_RUN = Pen("ink", (), 3.0)


def draw(panel: Panel, settings: Settings | None = None) -> Figure:
    """Return what a panel shows as a figure.

    >>> from newswave.app.panels.growth import PANEL
    >>> [line.get_label() for line in draw(PANEL).axes[0].get_lines()]
    ['logistic', 'exponential', 'rounds of 1']
    """
    picture = panel.shown(settings).picture
    return figures.lines_figure(
        picture.title,
        _lines(picture),
        tuple(
            figures.Spread(band.label, band.low, band.high, np.arange(float(len(band.low))))
            for band in picture.bands
        ),
        across=picture.time,
        up=picture.share,
        synthetic=bool(picture.synthetic),
    )


def _lines(picture: Picture) -> tuple[figures.Drawn, ...]:
    """Return the lines of a picture, the run that its network plays first."""
    lines = []
    if picture.history is not None:
        lines.append(figures.Drawn("this run", picture.run_fraction, stroke=_RUN.stroke))
    for line in picture.lines:
        lines.append(figures.Drawn(line.label, line.fraction, stroke=line.stroke.stroke))
    return tuple(lines)


# A panel at work: it holds the settings, takes what the learner does, and shows what comes.


class PanelPage(Page):
    """A panel at work, for one learner, at the panel's first settings if none are given.

    >>> from newswave.app.panels.growth import PANEL
    >>> page = PanelPage(PANEL)
    >>> page.receive(Message("rate", 9))
    >>> page.settings.rate
    1.0
    """

    def __init__(self, panel: Panel, settings: Settings | None = None) -> None:
        super().__init__()
        picture = panel.shown(settings).picture
        self.panel = panel
        self.settings = panel.first if settings is None else settings
        self.round = 0 if picture.history is not None else picture.rounds // 4

    def handle(self, message: Message) -> File | None:
        """Do what a control asks for."""
        settings, resets = self.panel.first, message.key == "reset"
        if not resets:
            settings = self.settings.moved(message.key, message.value)
        shown = self.panel.shown(settings)
        self.settings = settings
        if resets and shown.picture.history is not None:
            self.round = 0
            self.rewinds += 1
        return None

    def at_round(self, round_: int) -> None:
        """Take in which round the picture shows."""
        with self.lock:
            self.round = round_
        self.changed()

    def view(self) -> View:
        """Return what the panel shows now."""
        panel, shown = self.panel, self.panel.shown(self.settings)
        two, further = self.settings.items()[:2], self.settings.items()[2:]
        last = Row("last", (*further, Button("reset", "Reset")))
        label = shown.picture.synthetic
        mark = (Words("synthetic", label, Tone.SYNTHETIC),) if label else ()
        seen = (self._now(shown.picture), *mark, Words("seen", shown.words, live=True))
        picture = shown.picture
        if shown.setup is not None and picture.history is not None:
            words = cast_words(shown.setup, picture.history, min(self.round, picture.rounds))
            picture = replace(picture, network_words=words)
        report = (
            Words("notice", f"Notice: {panel.notice}"),
            Words("try", f"Try: {panel.try_}"),
        )
        controls = (Heading("question", panel.question, 3), *two, last)
        return View(controls, (*seen, *shown.beside), (picture,), report)

    def _now(self, picture: Picture) -> Item:
        """Return what there is in the round at which the stage stands."""
        every = range(picture.rounds + 1)
        if picture.history is not None:
            texts = tuple(run_words(picture.history, at) for at in every)
            return Words("now", texts[min(self.round, picture.rounds)], rounds=texts)
        texts = tuple(line_words(picture, at) for at in every)
        return Words("now", texts[min(self.round, picture.rounds)], Tone.QUIET, rounds=texts)


def line_words(picture: Picture, at: int) -> str:
    """Return where the lines of a picture are in a round."""
    values = ((line.label, float(line.fraction[at])) for line in picture.lines)
    text = "; ".join(f"{name}: {100 * value:.1f} %" for name, value in values if value == value)
    more = "Click in the picture, or use its arrow keys, to read another round."
    return f"Round {at}, {text}. {more}"


def run_words(history: History, at: int) -> str:
    """Return how many are new in a round of a run, and how many have shared by then.

    >>> import numpy as np
    >>> run_words(History(np.array([0, 1, -1]), np.array([-1, 1, -1]), np.array([-1, 0, -1]), 2), 1)
    'Round 1: 1 agent is new, 2 of 3 have shared by now.'
    """
    total, new = int(history.counts[at]), int((history.shared == at).sum())
    if at == 0:
        return f"Round 0: the news begins with {total} of {len(history.shared)} agents."
    are = "agent is" if new == 1 else "agents are"
    return f"Round {at}: {new} {are} new, {total} of {len(history.shared)} have shared by now."
