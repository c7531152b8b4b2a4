"""What came of one cell: its findings or why there are none, and where it was worked out."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from newswave.errors import BadValue, NewswaveError, plain
from newswave.grids import Cell
from newswave.studies import Finding, Study
from newswave.version import __version__

_NUMBERS = tuple(field.name for field in fields(Finding))


@dataclass(frozen=True)
class Outcome:
    """What came of one cell.

    Parameters
    ----------
    cell : int
        Its number.
    findings : tuple of Finding
        What was found; empty if the cell failed.
    reason : str
        Why it failed; empty if it did not.
    setup : str
        The SHA-256 of the setup's JSON text: that of the file `Setup.write` makes.
    newswave, python, numpy : str
        Versions of what worked it out.
    """

    cell: int
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    setup: str = ""
    newswave: str = ""
    python: str = ""
    numpy: str = ""

    @property
    def failed(self) -> bool:
        """Whether nothing was found."""
        return bool(self.reason)

    def line(self) -> dict[str, Any]:
        """Return this as a line of a journal.

        >>> found = Outcome(3, (Finding("reach", 0.5),))
        >>> Outcome.of_line(found.line()) == found
        True
        """
        short = [
            {name: value for name, value in asdict(finding).items() if value not in (None, "")}
            for finding in self.findings
        ]
        return {"kind": "cell", **asdict(self), "findings": short}

    @classmethod
    def of_line(cls, line: Mapping[str, Any]) -> Outcome:
        """Return the outcome that a line of a journal holds, or raise `BadValue`."""
        try:
            given = {field.name: line[field.name] for field in fields(cls)}
            given["findings"] = tuple(Finding(**finding) for finding in given["findings"])
            return cls(**given)
        except (KeyError, TypeError, ValueError) as error:
            raise BadValue(f"This line holds no cell of a sweep ({error!r})", given=line) from error


def worked_out(cell: Cell, study: Study, version: str) -> Outcome:
    """Return what a study finds out about a cell; whatever goes wrong in it is an outcome too.

    This is what the processes of a sweep do. Linear algebra runs on one thread, so that processes
    do not stand in each other's way, and a sum does not depend on how many threads there are.

    Parameters
    ----------
    cell : Cell
        The cell.
    study : Study
        What to find out.
    version : str
        The newswave that asks; another one does not work for it.
    """
    from threadpoolctl import threadpool_limits

    where = {"newswave": __version__, "python": platform.python_version(), "numpy": np.__version__}
    found: tuple[Finding, ...] = ()
    reason = digest = ""
    try:
        digest = hashlib.sha256(cell.setup.to_json().encode()).hexdigest()
        if version != __version__:
            raise BadValue(
                "The process that works has another newswave than the one that asks",
                given=__version__,
                allowed=version,
                advice="Install the same version everywhere",
            )
        with threadpool_limits(limits=1):
            found = _checked(study.findings(cell.setup))
    except NewswaveError as error:
        reason = str(error)
    except MemoryError:
        reason = "This needs more memory than there is. Lower the agents, rounds or replicas."
    except Exception as error:  # A study may be anybody's: what it raises must not end a sweep.
        reason = f"{type(error).__name__}: {error}"
    return Outcome(cell.number, found, plain(reason, 1000), digest, **where)


def _checked(found: Any) -> tuple[Finding, ...]:
    """Return findings as a tuple, or raise `BadValue`."""
    listed = tuple(found)
    for finding in listed:
        if not isinstance(finding, Finding):
            raise BadValue("A study finds Findings", given=finding)
    return listed
