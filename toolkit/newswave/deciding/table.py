"""Decides by a sharing table: the rule of probabilities, or a table that was measured."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.deciding import Answers, Hearing
from newswave.dynamics import Law


@dataclass(frozen=True, eq=False)
class TableDecider:
    """Share in the first round in which the wear reaches what the agent can take.

    Parameters
    ----------
    law : Law
        The table with its attention rule and source.
    """

    law: Law

    def decide(self, hearing: Hearing) -> Answers:
        """Return who shares now, from the table and each agent's luck."""
        added = self.law.wear(hearing.rows, hearing.exposure, hearing.before)
        worn = hearing.worn + added
        return Answers(worn >= self.law.limits(hearing.resistance, hearing.rows), worn)
