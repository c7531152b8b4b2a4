"""The explorer in a notebook: ipywidgets place the explorer's parts; nothing is computed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets

from newswave.curve import Curve
from newswave.setups import Setup
from newswave.views.explorer.ensembles import ensemble
from newswave.views.explorer.explore.state import Explored
from newswave.views.explorer.session import Page, Place, Session
from newswave.views.explorer.takefiles import figure_of
from newswave.views.notebook.still import with_picture
from newswave.views.parts.board import Board

RECORDINGS = Path("newswave-recordings")
"""Where recordings of language models go: beside the notebook."""


class Explorer(ipywidgets.Tab):  # type: ignore[misc]
    """The explorer as a widget: a tab for every page, whose parts are made when it is opened.

    Where no scripts run, as in a notebook that is only shown, a figure stands in its place.

    Parameters
    ----------
    opened : Explored, optional
        What its first page opens with.

    Examples
    --------
    >>> small = Setup(n_agents=100, n_seeds=2, rounds=20, replicas=10)
    >>> explorer = Explorer(Explored(small))
    >>> explorer.setup.n_agents, explorer.curve.runs
    (100, 10)
    """

    def __init__(self, opened: Explored | None = None) -> None:
        self.session = Session(Place(RECORDINGS), opened)
        self._boards: dict[Page, Board] = {}
        super().__init__(children=[ipywidgets.VBox() for _ in Page])
        for at, page in enumerate(Page):
            self.set_title(at, page.value)
        self._open(0)
        self.observe(lambda change: self._open(change["new"]), "selected_index")
        self.session.watch(self._follow)

    @property
    def setup(self) -> Setup:
        """What the Explore page shows now, for use in the notebook's own code."""
        return self.session.explore.state.setup

    @property
    def curve(self) -> Curve:
        """The curve of all runs of `setup`."""
        return ensemble(self.setup).curve

    def close(self) -> None:
        """Stop what still runs and let the widgets go."""
        for board in self._boards.values():
            board.close()
        self.session.close()
        super().close()

    def _open(self, at: int | None) -> None:
        """Place the parts of a page, when it is opened for the first time."""
        page = list(Page)[at or 0]
        if page in self._boards:
            return
        board = self._boards[page] = Board(self.session.desk(page))
        self.children[at or 0].children = [_placed(board)]

    def _follow(self) -> None:
        """Go to the page that another page has opened."""
        self.selected_index = list(Page).index(self.session.page)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget with a figure and its description for where it cannot be shown."""
        from newswave.plots import png

        figure, words = figure_of(self.session.explore.bundle())
        stage = self._boards[Page.EXPLORE].stages[0]
        bundle = super()._repr_mimebundle_(**kwargs)
        return with_picture(bundle, png(figure, words), words, stage)


def _placed(board: Board) -> ipywidgets.Widget:
    """Return the parts of a page in their places: side by side, or stacked where it is narrow."""
    full = ipywidgets.Layout(flex="3 1 480px", min_width="0")
    right = ipywidgets.VBox([board.seen, *board.stages, board.report], layout=full)
    if not board.desk.shown().controls:
        return right
    left = ipywidgets.VBox([board.controls], layout=ipywidgets.Layout(flex="1 1 300px"))
    row = ipywidgets.Layout(display="flex", flex_flow="row wrap", grid_gap="12px")
    return ipywidgets.Box([left, right], layout=row)


def explore(setup: Setup | None = None, run: int = 0) -> Explorer:
    """Open the explorer in a notebook.

    Parameters
    ----------
    setup : Setup, optional
        What it opens with; the default setup if not given.
    run : int
        Whose agents the network shows.

    Returns
    -------
    Explorer
        A widget. Its `setup` and `curve` are what it shows now, for code in further cells.

    Raises
    ------
    BadValue
        If the setup is too large for a page.

    Examples
    --------
    >>> import newswave as nw
    >>> explorer = nw.explore(nw.Setup(n_agents=200, rounds=30, replicas=20))
    >>> explorer.curve.n_agents
    200
    """
    return Explorer(Explored(Setup() if setup is None else setup, run=run))
