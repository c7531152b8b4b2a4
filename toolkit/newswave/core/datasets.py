"""Data that come with newswave: who adopted when and who named whom, in three classic studies."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from newswave.core.curve import Curve
from newswave.core.diffusion import Diffusion
from newswave.core.errors import one_of
from newswave.core.files import packaged


@dataclass(frozen=True)
class Dataset:
    """A study of real adopters with what one has to know about it."""

    name: str  # The short name
    title: str  # What was counted
    unit: str  # The time step of the counts
    periods: int  # How many of them were observed
    source: str  # Where the data are from
    caution: str  # What fits to its curve do and do not show

    @property
    def cautions(self) -> str:
        """The caution, and how to fit on who named whom."""
        return (
            f"{self.caution} Who named whom is known as well: newswave fit --example {self.name} "
            "--ties named fits on the real network."
        )

    def diffusion(self) -> Diffusion:
        """Return people and namings."""
        people, ties = (self._rows(part) for part in ("people", "ties"))
        return Diffusion(
            np.array([float(row["adopted"] or np.inf) for row in people]),
            np.array([int(row["community"]) for row in people]),
            np.array([[int(row["person"]), int(row["names"])] for row in ties]) - 1,
            self.periods,
            [row["kind"] for row in ties],
            self.title,
            self.unit,
            self.source,
            self.caution,
        )

    def read(self) -> Curve:
        """Return the curve."""
        return self.diffusion().curve

    def _rows(self, part: str) -> list[dict[str, str]]:
        file = packaged("diffusion", f"{self.name}-{part}.csv")
        return list(csv.DictReader(file.read_text("utf-8").splitlines()))


def diffusion(name: str) -> Diffusion:
    """Return a classic study of diffusion: who adopted when, and who named whom.

    Parameters
    ----------
    name : str
        "physicians" (125 in 4 cities, tetracycline, 17 months), "korean-women" (1,047 in 25
        villages, family planning, 10 years) or "brazilian-farmers" (692 in 11 villages, hybrid
        corn, 19 years).

    Returns
    -------
    Diffusion
        People, namings, network and curve, with the source to be cited.

    Raises
    ------
    BadValue
        If there is no study of that name.

    References
    ----------
    J. S. Coleman, E. Katz, H. Menzel, "Medical Innovation", Bobbs-Merrill (1966); E. M. Rogers, D.
    L. Kincaid, "Communication Networks", Free Press (1981); E. M. Rogers, J. R. Ascroft, N. G.
    Röling, "Diffusion of Innovation in Brazil, Nigeria, and India", Michigan State University
    (1970). Re-coded from netdiffuseR (MIT licence): T. W. Valente, G. G. Vega Yon, Health Education
    & Behavior 47, 235 (2020).

    Examples
    --------
    >>> study = diffusion("physicians")
    >>> study.n_people, len(study.communities), int(np.isinf(study.adopted).sum())
    (125, 4, 16)
    >>> study.network.n_agents, study.curve.counts[0, [0, -1]].tolist()
    (125, [11.0, 109.0])
    """
    return dataset(name).diffusion()


def physicians() -> Curve:
    """Return how many of 125 physicians had begun to prescribe tetracycline, by month 1 to 17.

    The new adopters per month were 11, 9, 9, 11, 11, 11, 13, 7, 4, 1, 5, 3, 3, 4, 4, 2, 1. The
    other 16 had not adopted by month 18.

    Returns
    -------
    Curve
        One run of cumulative counts, from 11 in month 1 to 109 in month 17.

    References
    ----------
    J. S. Coleman, E. Katz, H. Menzel, "Medical Innovation: A Diffusion Study", Bobbs-Merrill
    (1966); the counts as in T. W. Valente, "Network Models of the Diffusion of Innovations",
    Hampton Press (1995).

    Examples
    --------
    >>> curve = physicians()
    >>> curve.n_agents, curve.first_round, curve.counts[0, [0, -1]].tolist()
    (125, 1, [11.0, 109.0])
    """
    return diffusion("physicians").curve


_PHYSICIANS = Dataset(
    name="physicians",
    title="Physicians who had begun to prescribe the new drug tetracycline",
    unit="month",
    periods=17,
    source=(
        "Coleman, Katz and Menzel 1966, Medical Innovation; the monthly counts as in Valente 1995, "
        "Network Models of the Diffusion of Innovations"
    ),
    caution=(
        "What the fits show: one rate alone does not bend like this curve. What they do not show "
        "is why. Two kinds of physicians, a source that reaches everybody (journals, salesmen), "
        "and physicians who would never adopt all bend a curve this way: compare the AIC of 'two "
        "rates', 'source and peers' and 'source alone', the intervals, and the same with a "
        "ceiling. Where some may never adopt, the usual Bass fit (least squares) finds peers; the "
        "likelihood used here does too, but its interval begins at 0. Who named whom is not used "
        "here, and one curve of 17 months cannot show it. A re-analysis that added the drug "
        "makers' marketing effort found no contagion left (Van den Bulte and Lilien 2001, American "
        "Journal of Sociology 106)."
    ),
)

_KOREAN_WOMEN = Dataset(
    name="korean-women",
    title="Women of 25 Korean villages who had begun to plan their families",
    unit="year",
    periods=10,
    source=(
        "Rogers and Kincaid 1981, Communication Networks; re-coded from netdiffuseR (Valente and "
        "Vega Yon 2020)"
    ),
    caution=(
        "What the fits do not show: these are 25 villages in one curve, and each village has its "
        "own. In the same years a national programme came to the villages, which is a source that "
        "reaches everybody and grows. What the ties between the women say is in the fits on ties."
    ),
)

_BRAZILIAN_FARMERS = Dataset(
    name="brazilian-farmers",
    title="Farmers of 11 Brazilian villages who had begun to plant hybrid corn",
    unit="year",
    periods=19,
    source=(
        "Rogers, Ascroft and Röling 1970, Diffusion of Innovation in Brazil, Nigeria, and India; "
        "re-coded from netdiffuseR (Valente and Vega Yon 2020)"
    ),
    caution=(
        "What the fits do not show: these are 11 villages in one curve, and each village has its "
        "own. Farmers remembered years later when they had begun, and many named a round year "
        "(of 540, 32 named 1950 and 90 named 1955). What the ties between the farmers say is in "
        "the fits on ties."
    ),
)

DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {study.name: study for study in (_PHYSICIANS, _KOREAN_WOMEN, _BRAZILIAN_FARMERS)}
)


def dataset(name: str) -> Dataset:
    """Return the dataset of that name."""
    return DATASETS[one_of("example", name, DATASETS)]
