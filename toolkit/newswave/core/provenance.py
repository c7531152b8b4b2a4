"""Where a measured sharing table comes from: the model, its words, what each cell rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from newswave.core.errors import BadValue, probability, real_number, whole_number

_NUMBERS = ("probability", "low", "high")


class Method(Enum):
    """How a cell of a table was measured."""

    LOG_PROBABILITIES = "read from the log-probabilities of the first word"
    REPEATED_ANSWERS = "counted over repeated answers"


@dataclass(frozen=True)
class Origin:
    """Which model was asked, by whom, in which words.

    Parameters
    ----------
    model, digest : str
        The model's name and the digest of its weights.
    server, client : str
        Versions.
    wording, wording_hash : str
        Name of the wording, and the hash of its words.
    event : str
        Id of the event that the table is about.
    temperature : float
        At which the model answers; log-probabilities are brought to it.
    synthetic : bool
        Whether a formula answered in place of a language model.
    made : str
        When, as an ISO date and time in UTC.

    Raises
    ------
    BadValue
        If a text is longer than 300 characters or the temperature is negative.
    """

    model: str
    digest: str
    server: str
    client: str
    wording: str
    wording_hash: str
    event: str
    temperature: float = 1.0
    synthetic: bool = False
    made: str = ""

    def __post_init__(self) -> None:
        texts = ("model", "digest", "server", "client", "wording", "wording_hash", "event", "made")
        for name in texts:
            text = getattr(self, name)
            if not isinstance(text, str) or len(text) > 300:
                raise BadValue(f"The {name} of a table's origin does not fit", given=text)
        heat = real_number("The temperature of a table", self.temperature, 0.0, 10.0)
        object.__setattr__(self, "temperature", heat)
        if not isinstance(self.synthetic, bool):
            raise BadValue("synthetic is True or False", given=self.synthetic)


@dataclass(frozen=True)
class Cell:
    """What one cell of a measured table rests on.

    Parameters
    ----------
    row : str
        Profile code, or name of a group.
    exposure : int
        m; the table's largest stands for that many or more.
    probability : float
        P(share).
    low, high : float
        Ends of its 95 % interval; the probability itself where it was read and not sampled.
    method : Method
        How it was measured.
    asked, shared, abstained : int
        Answers that could be read, those that were "share", and those that could not be read.
    covered : float or None
        Probability of the words yes and no together, out of all words the model could have begun
        with: the least of the calls for this cell. None where nothing was read.
    yes_first, no_first : float or None
        P(share) as read with yes, and with no, named first; None where that was not asked.

    Raises
    ------
    BadValue
        If the numbers do not fit each other.

    Examples
    --------
    >>> Cell.counted("O+C-E+A-N-", 1, asked=20, shared=5).probability
    0.2619047619047619
    """

    row: str
    exposure: int
    probability: float
    low: float
    high: float
    method: Method
    asked: int = 0
    shared: int = 0
    abstained: int = 0
    covered: float | None = None
    yes_first: float | None = None
    no_first: float | None = None

    def __post_init__(self) -> None:
        checked: dict[str, float] = {}
        for name in ("probability", "low", "high", "covered", "yes_first", "no_first"):
            if name in _NUMBERS or getattr(self, name) is not None:
                checked[name] = probability(f"The number '{name}' of a cell", getattr(self, name))
        checked["exposure"] = whole_number("The exposure of a cell", self.exposure, 1)
        for name in ("asked", "shared", "abstained"):
            checked[name] = whole_number(f"A cell's count '{name}'", getattr(self, name), 0)
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if not isinstance(self.row, str) or not self.row:
            raise BadValue("A cell names its row", given=self.row)
        if not self.low <= self.probability <= self.high:
            given = (self.low, self.probability, self.high)
            raise BadValue("A cell's interval does not hold its probability", given=given)
        if self.shared > self.asked:
            raise BadValue("More shared than were asked", given=(self.shared, self.asked))
        if not isinstance(self.method, Method):
            raise BadValue("A cell's method is a Method", given=self.method)

    @classmethod
    def counted(cls, row: str, exposure: int, asked: int, shared: int, abstained: int = 0) -> Cell:
        """Return the cell of repeated answers, taken by itself: posterior mean and central 95 %.

        The posterior under Jeffreys' prior is Beta(shared + ½, asked − shared + ½), so that a few
        answers that were all alike do not make a chance of exactly 0 or 1.
        """
        from scipy.stats import beta

        whole_number("The shared answers of a cell", shared, 0, whole_number("asked", asked, 0))
        a, b = posterior(asked, shared)
        low, high = map(float, beta.ppf([0.025, 0.975], a, b))
        counts = (asked, shared, abstained)
        return cls(row, exposure, a / (a + b), low, high, Method.REPEATED_ANSWERS, *counts)

    @property
    def is_counted(self) -> bool:
        """Whether the cell was counted over answers, so that its interval is of some width."""
        return self.method is Method.REPEATED_ANSWERS


def posterior(asked: int, shared: int) -> tuple[float, float]:
    """Return the two parameters of the Beta posterior of a chance, under Jeffreys' prior.

    >>> posterior(20, 5)
    (5.5, 15.5)
    """
    return shared + 0.5, asked - shared + 0.5
