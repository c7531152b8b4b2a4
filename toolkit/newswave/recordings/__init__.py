"""Recordings: every answer of a run or a table in an open file, to be replayed or gone on with.

The format is described in docs/recording-format.md.
"""

from __future__ import annotations

from newswave.recordings.answers import RoundAnswers
from newswave.recordings.reading import Recording
from newswave.recordings.summaries import Summary, summary, summary_words
from newswave.recordings.values import (
    FORMAT_VERSION,
    CellTurn,
    Header,
    RecordedReply,
    RecordingPurpose,
    Source,
    Turn,
    utc_now,
)
from newswave.recordings.writing import RecordingWriter, strip

__all__ = [
    "FORMAT_VERSION",
    "CellTurn",
    "Header",
    "RecordedReply",
    "Recording",
    "RecordingPurpose",
    "RecordingWriter",
    "RoundAnswers",
    "Source",
    "Summary",
    "Turn",
    "strip",
    "summary",
    "summary_words",
    "utc_now",
]
