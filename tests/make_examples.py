"""Makes the synthetic table and recording that come with newswave, through the stand-in server.

`python tests/make_examples.py` writes them anew; tests/llm/test_examples.py makes them again and
compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

from newswave.core.events import event
from newswave.core.population import IndependentTraits
from newswave.core.rules import Asked, save_measured
from newswave.core.setup import Setup
from newswave.core.wording import wording
from newswave.llm.batch import Interview, Pace
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.ollama_server import Server
from newswave.llm.play import Asking, ask_runs, run_header
from newswave.llm.recording import RecordingWriter
from newswave.llm.server import Preflight
from newswave.llm.survey import Plan, Survey, survey_header

NEWS = event("teachers-sit-in")
WORDS = wording("adjectives")
FOLDER = Path(__file__).parent.parent / "toolkit" / "newswave" / "data" / "examples"


def make(folder: Path) -> tuple[Path, Path]:
    """Write both files into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    recording = folder / "synthetic-recording.jsonl"
    recording.unlink(missing_ok=True)
    with StandIn() as stand_in:
        ready = Preflight.of(Server(stand_in.address), "synthetic")
        return _table(ready, folder), _recording(ready, recording)


def _table(ready: Preflight, folder: Path) -> Path:
    plan = Plan(NEWS, WORDS)
    header = survey_header(plan, ready.model, ready.found)
    replies = folder / "replies.jsonl"
    with RecordingWriter(replies, header) as writer:
        measured = Survey(plan, Interview(ready.server, ready.model, writer, Pace(1))).finish()
    replies.unlink()
    return save_measured(measured.measured, folder / "synthetic-table.json")


def _recording(ready: Preflight, path: Path) -> Path:
    setup = Setup(
        n_agents=100,
        n_seeds=5,
        rounds=30,
        replicas=1,
        mix=IndependentTraits(),
        sharing=Asked(ready.model.name, WORDS, synthetic=True),
        event=NEWS,
    )
    asking = Asking(setup)
    with RecordingWriter(path, run_header(asking, ready.model, ready.found)) as writer:
        ask_runs(setup, Interview(ready.server, ready.model, writer, Pace(1)), asking)
    return path


if __name__ == "__main__":
    sys.stdout.write("\n".join(map(str, make(FOLDER))) + "\n")
