"""Data that come with newswave: real adoption data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from newswave.core.curve import Curve
from newswave.core.errors import one_of
from newswave.core.files import packaged
from newswave.core.readers.columns import ReadAs


@dataclass(frozen=True)
class Dataset:
    """A curve of real adopters with what one has to know about it."""

    name: str  # The short name
    title: str  # What was counted
    unit: str  # The time step of the counts
    source: str  # Where the counts are from
    caution: str  # What fits to it do and do not show
    read: Callable[[], Curve]  # Returns the curve


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
    how = ReadAs(time="month", counts="cumulative")
    return Curve.read(packaged("physicians.csv"), 125, how)


_PHYSICIANS = Dataset(
    name="physicians",
    title="Physicians who had begun to prescribe the new drug tetracycline",
    unit="month",
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
        "likelihood used here does too, but its interval begins at 0. Who told whom is not used "
        "here, and one curve of 17 months cannot show it. A re-analysis that added the drug "
        "makers' marketing effort found no contagion left (Van den Bulte and Lilien 2001, American "
        "Journal of Sociology 106)."
    ),
    read=physicians,
)

DATASETS: Mapping[str, Dataset] = MappingProxyType({_PHYSICIANS.name: _PHYSICIANS})


def dataset(name: str) -> Dataset:
    """Return the dataset of that name."""
    return DATASETS[one_of("example", name, DATASETS)]
