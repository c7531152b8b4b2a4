"""A desk with its parts: sheets and stages that show it and bring back what the learner does."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

from newswave.views.explorer.desk import Act, Desk, View
from newswave.views.parts.sheet import Sheet
from newswave.views.parts.shown import stage_traits
from newswave.views.parts.stage import Stage

STAGES = 3
"""The most pictures that a page has."""


class Board:
    """The parts of one page: what one moves, what one sees, the pictures, what comes of it.

    Parameters
    ----------
    desk : Desk
        The page at work.
    autoplay : bool
        Whether the first picture plays when it is first seen.

    Attributes
    ----------
    controls, seen, report : Sheet
        Before, beside and after the pictures.
    stages : list of Stage
        As many as the page has pictures.
    """

    def __init__(self, desk: Desk, autoplay: bool = False) -> None:
        self.desk = desk
        self._lock = threading.RLock()
        self._rewinds = desk.rewinds
        self._view = View()
        self.controls = Sheet("Settings", self._act)
        self.seen = Sheet("What you see", self._act)
        self.report = Sheet("What comes of it", self._act)
        self.stages = [self._stage(at) for at in range(max(1, len(desk.shown().pictures)))]
        self.stages[0].autoplay = autoplay
        clock = uuid4().hex
        for part in (*self.sheets, *self.stages):
            part.clock = clock
        # Watched first: what a desk finds out meanwhile must not be lost.
        self._end = desk.watch(self.refresh)
        self.refresh()

    @property
    def sheets(self) -> tuple[Sheet, Sheet, Sheet]:
        """The three sheets."""
        return self.controls, self.seen, self.report

    def refresh(self) -> None:
        """Show the desk as it is now; only what has changed is sent."""
        with self._lock:
            view = self.desk.shown()
            # Pictures first: they are what a hand on a slider waits for.
            before = (*self._view.pictures, *[None] * STAGES)
            for stage, now, last in zip(self.stages, view.pictures, before, strict=False):
                stage.show(**stage_traits(now, last))
            if view.controls and view.controls is not self._view.controls:
                self.controls.show(view.controls)
            self.seen.show(view.seen)
            if view.report is not self._view.report:
                self.report.show(view.report)
            self._view = view
            if self._rewinds != self.desk.rewinds:
                self._rewinds = self.desk.rewinds
                for stage in self.stages:
                    stage.show(round=0)

    def dress(self, theme: str) -> None:
        """Show everything light or dark, or as the learner's system prefers ("auto")."""
        for part in (*self.sheets, *self.stages):
            part.theme = theme

    def close(self) -> None:
        """Let the parts and the desk go."""
        self._end()
        self.desk.close()
        for part in (*self.sheets, *self.stages):
            part.close()

    def _stage(self, at: int) -> Stage:
        return Stage(lambda r: self._at_round(at, r), lambda a: self.desk.chose(at, a))

    def _at_round(self, at: int, round_: int) -> None:
        """Take in a round; further networks on the page go along."""
        for stage in self.stages:
            if stage is not self.stages[at] and stage.rounds:
                stage.show(round=min(round_, stage.rounds))
        self.desk.at_round(at, round_)

    def _act(self, key: str, value: Any, data: bytes | None) -> None:
        brought = value.get("name") if isinstance(value, dict) else value
        made = self.desk.act(Act(key, brought, data))
        if made is not None:
            self.report.give(made)
