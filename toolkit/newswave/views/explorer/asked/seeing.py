"""What one is seeing, in words, and how far the work is."""

from __future__ import annotations

from newswave.describing import SYNTHETIC, counted
from newswave.predicting import few_seeds_words
from newswave.views.explorer.asked.controls import GO_ON
from newswave.views.explorer.asked.forecasts import RUNS
from newswave.views.explorer.asked.jobs import JobState, Stage
from newswave.views.explorer.asked.runs import abstained_words, run_words
from newswave.views.explorer.asked.state import Errand, Showing, State
from newswave.views.explorer.items import Choice, Item, Progress, Tone, Words


def seen_of(state: State) -> tuple[Item, ...]:
    """Return what one is seeing, in words, and how far the work is."""
    items: list[Item] = []
    ran = state.shown_run
    table = state.table is not None and state.table.is_synthetic
    if (ran is not None and ran.setup.synthetic) or table or state.place.is_stand_in:
        items.append(Words("synthetic", SYNTHETIC, Tone.SYNTHETIC))
    for kind, job in state.jobs.items():
        items += _job_items(state, kind, job)
    items.append(Words("seen", _sentence(state)))
    if ran is not None:
        items.append(abstained_words(ran))
    if (state.ran is not None and state.forecast.ensemble is not None) or ran is not None:
        items += _showing(state)
    if state.forecast.why_not:
        items.append(Words("why_no_forecast", state.forecast.why_not, Tone.NOTE))
    return tuple(items)


def _sentence(state: State) -> str:
    ran, held = state.shown_run, state.forecast.ensemble
    few = few_seeds_words(held.setup) if held is not None and state.forecast.lines else ""
    if ran is not None:
        beside = " Green: what the table predicts." if state.forecast.lines else ""
        return f"{run_words(ran, state.is_live)}{beside} {few}".rstrip()
    if held is not None:
        words = (
            "One run by the table, and in green what the table predicts: the network-aware curve "
            f"and where 90 % of {RUNS} runs lie. Now let agents ask, and see whether they do that."
        )
        return f"{words} {few}".rstrip()
    return (
        f"{counted(state.settings.n_agents)} agents on a random regular network of degree "
        f"{state.settings.degree}; the marked ones have the news. Measure a table to predict the "
        "curve, or let the agents ask the model themselves."
    )


def _showing(state: State) -> tuple[Item, ...]:
    """Return the choice between the run and the table, where there are both."""
    if state.ran is None or state.table is None:
        return ()
    options = tuple((one.name, one.value) for one in Showing)
    return (Choice("showing", "In the picture", state.showing.name, options),)


def _job_items(state: State, kind: Errand, job: JobState) -> tuple[Item, ...]:
    """Return how far a piece of work is, or why it broke off."""
    key = kind.name.lower()
    if job.is_under_way:
        words = "Stopping ..." if job.stage is Stage.STOPPING else job.words
        return (Progress(f"job_{key}", kind.value, job.done, job.total, words),)
    task = {Errand.TABLE: state.table_task, Errand.RUN: state.run_task}.get(kind)
    kept = "" if task is None else f" What was answered is kept in {task.path.name}."
    if job.stage is Stage.FAILED:
        on = f"{kept} When that is put right, press '{GO_ON[kind]}'." if kind in GO_ON else ""
        text = f"{kind.value} broke off. {job.error}{on}"
        return (Words(f"job_{key}", text, Tone.ERROR, live=True),)
    if job.stage is Stage.STOPPED and kind in GO_ON:
        text = f"{kind.value}: stopped.{kept} '{GO_ON[kind]}' asks only what is left."
        return (Words(f"job_{key}", text, Tone.NOTE, live=True),)
    return ()
