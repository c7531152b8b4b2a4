"""Small files to start from: what a curve, events and a sharing table look like."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.views.explorer.items import File


@dataclass(frozen=True)
class Sample:
    """A file that shows how one is made.

    Parameters
    ----------
    key, label, help : str
        Of its button.
    name, text : str
        Of the file.
    """

    key: str
    label: str
    help: str
    name: str
    text: str

    def file(self) -> File:
        """Return the file."""
        return File(self.name, "text/csv", self.text.encode())


_COUNTS = (4, 6, 10, 17, 27, 42, 60, 80, 99, 115, 128, 137, 144, 149, 152, 155, 157, 158)
_CURVE = "week,count\n" + "".join(f"{at},{n}\n" for at, n in enumerate(_COUNTS))

_EVENTS = """id,type,sub_type,headline,text,offset
bridge-reopens,Neutral,Local news,Old bridge reopens,The old bridge is open to walkers again.,0
market-protest,Protests,Peaceful protest,Traders march,Traders marched to keep the market.,0.3
"""

_TABLE = """group,1,2,3
outgoing,0.15,0.28,0.39
reserved,0.02,0.04,0.06
"""

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "sample_curve",
        "A curve (CSV)",
        "A column of rounds, days, weeks, months or years, and one of cumulative counts. Invented: "
        "160 in all.",
        "pattern-curve.csv",
        _CURVE,
    ),
    Sample(
        "sample_events",
        "Events (CSV)",
        "A headline and a short text each; the offset says how much readier people are to share "
        "it, on the log-odds. Exports with ACLED's columns are read too.",
        "pattern-events.csv",
        _EVENTS,
    ),
    Sample(
        "sample_table",
        "A sharing table (CSV)",
        "The chance to share in a round with 1, 2, 3 or more sharing neighbours, for two groups or "
        "for profiles such as O+C-E+A-N-.",
        "pattern-table.csv",
        _TABLE,
    ),
)
"""Each can be brought back as it is, or changed first."""
