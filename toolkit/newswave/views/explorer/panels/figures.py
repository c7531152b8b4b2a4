"""A panel as a figure of matplotlib, for where no scripts run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from newswave import lineplots
from newswave.drawing import Pen
from newswave.views.explorer.panels.dials import Settings
from newswave.views.explorer.panels.panel import Panel
from newswave.views.explorer.pictures import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RUN = Pen("ink", (), 3.0)


def draw(panel: Panel, settings: Settings | None = None) -> Figure:
    """Return what a panel shows as a figure.

    Parameters
    ----------
    panel : Panel
        Which.
    settings : Settings, optional
        At what; at its first ones if not given.

    Examples
    --------
    >>> from newswave.views.explorer.panels.growth import PANEL
    >>> [line.get_label() for line in draw(PANEL).axes[0].get_lines()]
    ['logistic', 'exponential', 'rounds of 1']
    """
    picture = panel.shown(settings).picture
    return lineplots.lines_figure(
        picture.title,
        _lines(picture),
        tuple(
            lineplots.Spread(band.label, band.low, band.high, np.arange(float(len(band.low))))
            for band in picture.bands
        ),
        across=picture.time,
        up=picture.share,
        synthetic=bool(picture.synthetic),
    )


def _lines(picture: Picture) -> tuple[lineplots.Drawn, ...]:
    """Return the lines of a picture, the run that its network plays first."""
    found = []
    if picture.history is not None:
        found.append(lineplots.Drawn("this run", picture.run_fraction, stroke=_RUN.stroke))
    for line in picture.lines:
        found.append(lineplots.Drawn(line.label, line.fraction, stroke=line.stroke.stroke))
    return tuple(found)
