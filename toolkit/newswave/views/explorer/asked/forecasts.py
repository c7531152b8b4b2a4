"""What a measured table predicts of the agents that are shown, before any of them is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newswave.errors import NewswaveError, shown
from newswave.lineplots import LAYERS
from newswave.networkfield import predict
from newswave.rules import Asked, Measured
from newswave.setups import Setup
from newswave.views.explorer.desk import trouble_words
from newswave.views.explorer.ensembles import Ensemble, ensemble
from newswave.views.explorer.lines import ensemble_band
from newswave.views.explorer.pictures import Band, Line

RUNS = 200
"""How many runs by the table lie in the band."""

_MOST_DEGREE = 64


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a table says of a setup.

    Parameters
    ----------
    ensemble : Ensemble or None
        Runs by the table; None where there are none.
    fraction : array, shape (rounds + 1,), or None
        The master equation's curve, where it applies.
    why_not : str
        Why there is nothing, in words.
    """

    ensemble: Ensemble | None = None
    fraction: npt.NDArray[np.float64] | None = None
    why_not: str = ""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The predicted curve, as it is drawn."""
        if self.fraction is None:
            return ()
        pen = LAYERS["master"].pen
        return (Line("master", "predicted from the table", pen, self.fraction),)

    @property
    def bands(self) -> tuple[Band, ...]:
        """The runs by the table, as they are drawn."""
        if self.ensemble is None:
            return ()
        label = f"90 % of {RUNS} runs by the table"
        return (ensemble_band(self.ensemble.curve, label, "green"),)


def forecast(measured: Measured, setup: Setup) -> Forecast:
    """Return what a table predicts for the agents of a setup, or why it does not.

    Parameters
    ----------
    measured : Measured
        The table.
    setup : Setup
        Whoever decides in it: only its agents, network and event are taken.

    Examples
    --------
    >>> import newswave as nw
    >>> table = nw.synthetic_table()
    >>> setup = nw.Setup(n_agents=50, n_seeds=3, rounds=10, sharing=nw.SameForAll())
    >>> forecast(table, setup).why_not
    "No curve is predicted here: the table is about other news ('teachers-sit-in')."
    """
    why = _other(measured, setup)
    if why:
        return Forecast(why_not=f"No curve is predicted here: {why}.")
    try:
        held = ensemble(replace(setup, sharing=measured, replicas=RUNS))
    except NewswaveError as error:
        return Forecast(why_not=f"No curve is predicted here. {trouble_words(error)}")
    return Forecast(held, _master(held.setup))


def _master(setup: Setup) -> npt.NDArray[np.float64] | None:
    """Return the master equation's curve, or None where it does not apply or takes long."""
    if setup.network.mean_degree_for(setup.n_agents) > _MOST_DEGREE:
        return None
    try:
        return predict(setup).fraction
    except NewswaveError:
        return None


def _other(measured: Measured, setup: Setup) -> str:
    """Return in what a table was asked for otherwise than a setup asks; '' if in nothing known."""
    origin, rule = measured.origin, setup.sharing
    if origin is None:
        return ""
    if origin.event != setup.event.id:
        return f"the table is about other news ({shown(origin.event, 60)})"
    if not isinstance(rule, Asked):
        return ""
    if origin.model != rule.model:
        return f"the table was measured on another model ({shown(origin.model, 60)})"
    if origin.wording_hash != rule.wording.hash:
        return f"the table was measured in other words ({shown(origin.wording, 60)})"
    if origin.temperature != rule.temperature:
        return f"the table was measured at temperature {origin.temperature:g}"
    return ""
