"""What comes of it: the table, the run, one agent, and the files to take home."""

from __future__ import annotations

from newswave.errors import plain
from newswave.personality import Trait
from newswave.views.explorer.asked.cards import card
from newswave.views.explorer.asked.controls import why_busy
from newswave.views.explorer.asked.runs import Ran
from newswave.views.explorer.asked.state import Errand, State
from newswave.views.explorer.asked.tables import live_grid
from newswave.views.explorer.explore.verdict import fits_items, verdict_words
from newswave.views.explorer.items import Button, Choice, Group, Item, Row, Tone, Words

_FEW = 4


def report_of(state: State) -> tuple[Item, ...]:
    """Return what comes of it: the table, the run, one agent, what there is to take home."""
    groups = [_table(state), _run(state), card(state.ran, state.agent), _home(state)]
    return tuple(group for group in groups if group is not None)


def _table(state: State) -> Group | None:
    """Return the table, or as much of it as has come in."""
    if state.cells is not None and state.table_task is not None:
        grid = live_grid(state.table_task.plan, state.cells)
        return Group("table_group", "The table so far", (grid,))
    if state.table is None:
        return None
    return Group("table_group", "The table", state.table.items)


def _run(state: State) -> Group | None:
    """Return what came of the run, and the test of its curve."""
    ran = state.ran
    if ran is None or ran.played is None:
        return None
    name = Words("run_name", f"Recording: {plain(ran.name, 80)}", Tone.QUIET)
    items = (name, *ran.findings, *_test(state, ran), *_traits(state, ran))
    return Group("run_group", "The run", items)


def _test(state: State, ran: Ran) -> tuple[Item, ...]:
    """Return the test of the run's curve, or the button for it."""
    made, job = state.comparison, state.jobs.get(Errand.TEST)
    if made is not None:
        return (verdict_words(made.verdict), *fits_items(made.fits, ran.setup))
    if job is not None and job.is_under_way:
        return (Button("stop_test", "Stop the test"),)
    help_ = "Fits the equations to this run's curve; takes some seconds."
    return (Button("test", "Test: one rate or two?", help_, barred=why_busy(state)),)


def _traits(state: State, ran: Ran) -> tuple[Item, ...]:
    """Return which trait the shapes show, where there are too many profiles for a shape each."""
    if len(ran.setup.mix.groups) <= _FEW:
        return ()
    options = tuple((trait.value, trait.value.capitalize()) for trait in Trait)
    help_ = "Circles are high in it, squares low."
    return (Choice("trait", "Shapes show", state.trait.value, options, help_),)


def _home(state: State) -> Group | None:
    """Return the files there are to take home."""
    buttons: list[Item] = []
    if state.table is not None:
        buttons += [Button("save_table", "The table (JSON)"),
                    Button("save_map", "Its heat map (PNG)")]  # fmt: skip
    if state.table_task is not None:
        buttons.append(Button("save_table_record", "The table's recording (JSONL)"))
    if state.run_task is not None:
        buttons.append(Button("save_run_record", "The run's recording (JSONL)"))
    if state.ran is not None and state.ran.played is not None:
        buttons += [Button("save_curve", "The curve (CSV)"),
                    Button("save_decisions", "Every decision (CSV)")]  # fmt: skip
    return Group("home", "Take home", (Row("home_row", tuple(buttons)),)) if buttons else None
