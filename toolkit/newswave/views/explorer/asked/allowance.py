"""What the learners of one app may have done: who may ask a model, how often, how much is kept."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from newswave.errors import BadFile, BadValue

_HOUR = 3600.0
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Asks(Enum):
    """Who may ask a model on a server; the stand-in everybody may."""

    ANYBODY = "anybody"
    WITH_KEY = "whoever has the teacher's key"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Quota:
    """How much all learners together may have done.

    Parameters
    ----------
    at_once : int
        Jobs under way: calls that are timed, tables, live runs, tests.
    an_hour : int
        Jobs begun within an hour.
    files, size : int
        Recordings that are kept, and their bytes.
    """

    at_once: int = 8
    an_hour: int = 400
    files: int = 2000
    size: int = 10**9


class Allowance:
    """What the learners of one app may have done; all their pages share it.

    Parameters
    ----------
    asks : Asks
        Who may ask a model.
    key : str
        The teacher's key, where one is needed.
    quota : Quota or None
        How much; None for one learner on a machine of their own.
    clock : callable
        Seconds that only grow.

    Examples
    --------
    >>> Allowance(Asks.WITH_KEY, "abcd-efgh").opens(" ABCD-efgh ")
    True
    """

    def __init__(
        self,
        asks: Asks = Asks.ANYBODY,
        key: str = "",
        quota: Quota | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.asks, self.key, self.quota = asks, key, quota
        self._clock = clock
        self._lock = threading.RLock()
        self._under_way = 0
        self._begun: deque[float] = deque()

    def opens(self, given: str) -> bool:
        """Return whether this is the teacher's key."""
        clean = given.strip().lower().encode()
        return bool(self.key) and hmac.compare_digest(clean, self.key.encode())

    def begin(self) -> Callable[[], None]:
        """Take a place for a job; what is returned gives it back.

        Raises
        ------
        BadValue
            As `check` does.
        """
        if self.quota is None:
            return lambda: None
        with self._lock:
            self.check()
            self._begun.append(self._clock())
            self._under_way += 1
        return self._give_back

    def check(self) -> None:
        """Raise `BadValue` if all learners together have reached what they may have done."""
        if self.quota is None:
            return
        with self._lock:
            while self._begun and self._begun[0] <= self._clock() - _HOUR:
                self._begun.popleft()
            under_way, begun = self._under_way, len(self._begun)
        if under_way >= self.quota.at_once:
            what = f"{under_way} jobs are under way here, as many as this app does at once"
            advice = "Try again in a minute, or replay the example meanwhile"
        elif begun >= self.quota.an_hour:
            what = f"{begun} jobs were begun here within an hour, which is the most"
            advice = "Try again later, or replay the example meanwhile"
        else:
            return
        raise BadValue(what, advice=advice)

    def check_room(self, folder: Path) -> None:
        """Raise `BadFile` if the recordings in a folder are as many or as large as they may be."""
        if self.quota is None or not folder.is_dir():
            return
        sizes = [path.stat().st_size for path in folder.iterdir() if path.is_file()]
        if len(sizes) >= self.quota.files or sum(sizes) >= self.quota.size:
            raise BadFile(
                "No more recordings are kept here",
                given=f"{len(sizes)} files, {sum(sizes) / 1e6:.0f} MB",
                allowed=f"below {self.quota.files} files and {self.quota.size / 1e6:.0f} MB",
                advice=f"Ask the teacher to empty the folder {folder.name}",
            )

    def _give_back(self) -> None:
        with self._lock:
            self._under_way -= 1


def new_key() -> str:
    """Return a key that is easy to read out and hard to guess: 12 letters and digits.

    >>> len(new_key())
    14
    """
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
