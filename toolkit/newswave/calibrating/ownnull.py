"""The null model of a single setup: of a table or a network that no calibration is about."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newswave.calibrating.luck import dealt, own_luck, seen_of
from newswave.ensemble import simulate
from newswave.equivalents import all_alike
from newswave.fitting.models import OneRate, TwoRates
from newswave.recipes import equations_apply
from newswave.setups import Setup
from newswave.streams import Purpose, generator
from newswave.testing import Scores, fivefold, p_value, statistic
from newswave.verdicts import SURE, Evidence

Floats = npt.NDArray[np.float64]

_LIKE = 8
_MOST = 200


@dataclass(frozen=True)
class OwnNull:
    """Replicates of a setup in which everybody answers as the average of its agents does.

    Runs are made on eight times as many networks as a cell has, once, and each replicate draws as
    many of these as a cell has, with replacement: a bootstrap over networks. The mean of the pool
    is off by luck of its own, an eighth of a cell's variance, so that p-values are a little small.

    Parameters
    ----------
    networks : int
        At most over how many networks the runs of a cell are dealt.
    worlds : int
        How many replicates; 200 at most are made.
    """

    networks: int
    worlds: int

    def told(self, setup: Setup, here: Scores, found: Evidence) -> Evidence:
        """Return the evidence with the p-value against this null, and what goes with it.

        Parameters
        ----------
        setup : Setup
            Of the cell.
        here : Scores
            Of the cell's data.
        found : Evidence
            What is known so far.
        """
        plain = equations_apply(setup.network) and not found.other_table
        alike, seed = all_alike(setup), own_luck(replace(setup, seed=setup.seed + 1)).seed
        null = self._scores(alike, seed, here)
        spread = statistic(null, null, plain)
        observed = float(statistic(null, here, plain)[0])
        found = replace(found, p_value=p_value(spread, observed), replicas=len(spread))
        if found.other_table or found.p_value <= SURE:
            return found
        one, two = (p_value(null.missed_by(m), float(here.missed_by(m)[0]))
                    for m in (OneRate, TwoRates))  # fmt: skip
        found = replace(found, fits_one=one, fits_two=two if one <= SURE else math.nan)
        other = statistic(null, self._scores(fivefold(alike), seed, here), plain)
        return replace(found, power=float((other > np.quantile(spread, 1 - SURE)).mean()))

    def _scores(self, setup: Setup, seed: int, here: Scores) -> Scores:
        """Return the scores of the replicates of a setup."""
        count, each = dealt(setup.replicas, self.networks)
        sums = np.stack([
            simulate(replace(setup, seed=seed + number), replicas=each).counts.sum(axis=0)
            for number in range(_LIKE * count)
        ])  # fmt: skip
        draw = generator(seed, Purpose.BOOTSTRAP)
        chosen = draw.integers(len(sums), size=(min(self.worlds, _MOST), count))
        pools = sums[chosen].sum(axis=1)
        pools = pools[pools[:, -1] > pools[:, 0]]
        return Scores.of(seen_of(pools, setup.replicas, setup.n_agents), here.mixing)
