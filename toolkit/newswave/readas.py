"""How a table of counts is to be read, where its headings do not say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from newswave.errors import BadValue


class Scale(Enum):
    """In what the counts of a file are given."""

    COUNTS = "counts"
    PERCENT = "percent"
    FRACTION = "fraction"
    THOUSANDS = "thousands"
    MILLIONS = "millions"

    @property
    def words(self) -> str:
        """How a sentence says it."""
        of_all = " of all" if self in OF_ALL else ""
        return (
            "as they are" if self is Scale.COUNTS else f"in {_SAID.get(self, self.value)}{of_all}"
        )

    def factor(self, n_agents: float) -> float:
        """Return how many people 1 stands for, if there are so many in all."""
        fixed = {Scale.COUNTS: 1.0, Scale.THOUSANDS: 1e3, Scale.MILLIONS: 1e6}
        return fixed.get(self, n_agents / 100 if self is Scale.PERCENT else n_agents)


OF_ALL = (Scale.PERCENT, Scale.FRACTION)
_SAID = {Scale.PERCENT: "per cent", Scale.FRACTION: "fractions"}


class DateOrder(Enum):
    """What stands first in dates such as 3/1/2020."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Counting(Enum):
    """What a column counts: all who have shared so far, or the new ones since the row before."""

    CUMULATIVE = "cumulative"
    NEW = "new"


@dataclass(frozen=True)
class ReadAs:
    """How a table is to be read, where its headings do not say.

    Parameters
    ----------
    time, run : str
        The column of the time and the one that names the run; '' to find them. A number counts
        the columns from 1.
    counts : str or tuple of str
        The columns of counts, several for several runs; empty to find them.
    scale : Scale, optional
        In what the counts are given.
    counting : Counting, optional
        Whether they are cumulative, or the new ones of each row.
    dates : DateOrder, optional
        What stands first in dates such as 3/1/2020.

    Examples
    --------
    >>> ReadAs(counts="informed").counts
    ('informed',)
    """

    time: str = ""
    counts: str | tuple[str, ...] = ()
    run: str = ""
    scale: Scale | None = None
    counting: Counting | None = None
    dates: DateOrder | None = None

    def __post_init__(self) -> None:
        if isinstance(self.counts, str):
            object.__setattr__(self, "counts", (self.counts,) if self.counts else ())
        kinds: tuple[tuple[str, type[Enum]], ...] = (
            ("scale", Scale), ("counting", Counting), ("dates", DateOrder))  # fmt: skip
        for name, kind in kinds:
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                allowed = ", ".join(f"nw.{kind.__name__}.{one.name}" for one in kind)
                raise BadValue(f"Unknown {name}", given=value, allowed=allowed)


AS_IT_SAYS = ReadAs()
