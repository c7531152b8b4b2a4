"""The explorer and the panels in a notebook: ipywidgets place the parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets

from newswave.app.address import Place
from newswave.app.cache import ensemble
from newswave.app.downloads import figure_of
from newswave.app.pages.explore import Explored
from newswave.app.panels.panel import Panel, PanelPage, describe, draw
from newswave.app.panels.people import AllEvents, Answers, ByHand, Events, Profiles
from newswave.app.panels.spreading import Chance, Degree, Growth, OnePost
from newswave.app.session import Session, Tab
from newswave.app.widgets import Canvas, PageView
from newswave.core.curve import Curve
from newswave.core.setup import Setup

# The picture that a notebook keeps of a widget, for where it is opened without a kernel.


def with_picture(bundle: Any, png: bytes, words: str, stage: Canvas) -> Any:
    """Return a widget's MIME bundle with a picture of it.

    JupyterLab shows a widget or nothing of its bundle. So there the picture is an output of its
    own, before the widget, which hides it while it lives.

    Parameters
    ----------
    bundle : dict or tuple
        What the widget shows of itself.
    png : bytes
        The picture.
    words : str
        What it shows.
    stage : Canvas
        The part that hides the picture.
    """
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    if data is None:
        return bundle
    if _in_jupyterlab():
        from IPython.display import display

        display({"image/png": png, "text/plain": words}, raw=True)  # type: ignore[no-untyped-call]
        stage.hides_picture = True
    else:
        data["image/png"] = png
    data["text/plain"] = words
    return bundle


def _in_jupyterlab() -> bool:
    """Say whether JupyterLab, or a notebook made of it, has sent the cell that runs now."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return False
    return "deletedCells" in (shell.get_parent() or {}).get("metadata", {})


# The panels of the lessons as widgets: one function for each, none of which computes anything.


class PanelWidget(ipywidgets.VBox):  # type: ignore[misc]
    """A panel in a notebook: its question, its controls, its picture, and its words.

    Where no scripts run, a figure and the words stand in its place.

    Parameters
    ----------
    panel : Panel
        Which, with the settings that it opens with.

    Examples
    --------
    >>> panel = growth()
    >>> panel.settings.rate
    0.4
    >>> panel.words[:51]
    'The logistic curve reaches one half at round 11.5, '
    """

    def __init__(self, panel: Panel) -> None:
        self._page = PanelPage(panel)
        self.view = PageView(self._page)
        view = self.view
        view.canvases[0].show(round=self._page.round)
        for sheet in view.control_panels:  # several panels may lie in one notebook
            sheet.label = f"{sheet.label}: {panel.question}"
        children = [view.controls, *view.canvases, view.seen, view.report]
        super().__init__(children=children)

    @property
    def settings(self) -> Any:
        """The panel as its controls stand now, for use in the notebook's own code."""
        return self._page.panel

    @property
    def words(self) -> str:
        """What the picture shows now, in sentences."""
        return describe(self.settings)

    def close(self) -> None:
        """Let the widgets go."""
        self.view.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget with a figure and its words for where it cannot be shown."""
        from newswave.report.style import png

        words = self.words
        picture = png(draw(self.settings), words, self.settings.question)
        bundle = super()._repr_mimebundle_(**kwargs)
        return with_picture(bundle, picture, words, self.view.canvases[0])


def one_post() -> PanelWidget:
    """Return a run on forty agents, round by round: degree, chance to share, run."""
    return PanelWidget(OnePost())


def growth() -> PanelWidget:
    """Return logistic and exponential growth and the same in rounds: rate, start, steps."""
    return PanelWidget(Growth())


def degree() -> PanelWidget:
    """Return runs at one contact pressure on sparse and dense networks: degree, pressure."""
    return PanelWidget(Degree())


def chance() -> PanelWidget:
    """Return the spread of runs with the same settings: seed agents, runs."""
    return PanelWidget(Chance())


def profiles() -> PanelWidget:
    """Return two groups beside the average person: share of the fast, ratio of rates."""
    return PanelWidget(Profiles())


def by_hand() -> PanelWidget:
    """Return a curve with an equation to lay over it: two rates, and who has which."""
    return PanelWidget(ByHand())


def answers() -> PanelWidget:
    """Return what a few recorded replies say, synthetic ones: profile, exposure."""
    return PanelWidget(Answers())


def events(*, with_violence: bool = False) -> PanelWidget:
    """Return two events beside each other: which ones, and how many runs of each.

    Parameters
    ----------
    with_violence : bool
        Whether reports of violence are among the events to choose from.
    """
    return PanelWidget(AllEvents() if with_violence else Events())


# The explorer in a notebook: ipywidgets place the explorer's parts; nothing is computed here.


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
        self._views: dict[Tab, PageView] = {}
        super().__init__(children=[ipywidgets.VBox() for _ in Tab])
        for at, tab in enumerate(Tab):
            self.set_title(at, tab.value)
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
        for view in self._views.values():
            view.close()
        self.session.close()
        super().close()

    def _open(self, at: int | None) -> None:
        """Place the parts of a page, when it is opened for the first time."""
        tab = list(Tab)[at or 0]
        if tab in self._views:
            return
        view = PageView(self.session.page_of(tab), autoplay=tab is Tab.EXPLORE)
        self._views[tab] = view
        self.children[at or 0].children = [_placed(view)]

    def _follow(self) -> None:
        """Go to the page that another page has opened."""
        self.selected_index = list(Tab).index(self.session.tab)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget with a figure and its description for where it cannot be shown."""
        from newswave.report.style import png

        figure, words = figure_of(self.session.explore.downloads())
        stage = self._views[Tab.EXPLORE].canvases[0]
        bundle = super()._repr_mimebundle_(**kwargs)
        return with_picture(bundle, png(figure, words), words, stage)


_HEIGHT = "640px"


def _placed(view: PageView) -> ipywidgets.Widget:
    """Return the parts of a page in their places: side by side, or stacked where it is narrow."""
    shown = view.page.shown()
    full = ipywidgets.Layout(flex="3 1 480px", min_width="0")
    scrolls = ipywidgets.Layout(flex="1 1 240px", max_height=_HEIGHT, overflow="hidden auto")
    if shown.legend:  # the picture stays in sight while all else scrolls beside it
        right = ipywidgets.VBox([view.seen, *view.canvases, view.legend], layout=full)
        left = ipywidgets.VBox([view.controls, view.card, view.report], layout=scrolls)
    else:
        right = ipywidgets.VBox([view.seen, *view.canvases, view.report], layout=full)
        left = ipywidgets.VBox([view.controls], layout=scrolls)
    if not shown.controls:
        return right
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
