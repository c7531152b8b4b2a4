"""What the page of language-model agents knows: one frozen state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from newswave.comparing import Comparison
from newswave.personality import Trait
from newswave.rules import SameForAll
from newswave.surveying import Surveyed
from newswave.views.explorer.asked.cards import NOBODY
from newswave.views.explorer.asked.forecasts import Forecast, forecast
from newswave.views.explorer.asked.jobs import JobState
from newswave.views.explorer.asked.places import Place
from newswave.views.explorer.asked.runs import Ran
from newswave.views.explorer.asked.settings import Settings
from newswave.views.explorer.asked.tables import Floats, HeldTable
from newswave.views.explorer.asked.work import CallTime, RunTask, TableTask


class Errand(Enum):
    """What a job of the page is for."""

    TIME = "Timing one call"
    TABLE = "Measuring a table"
    RUN = "Live run"
    TEST = "Test: one rate or two?"


class Showing(Enum):
    """Whose network is in the picture."""

    RUN = "The agents asked"
    TABLE = "A run by the table"


@dataclass(frozen=True, eq=False)
class State:
    """The page as it stands.

    Parameters
    ----------
    settings : Settings
        What the next table or run is to be.
    place : Place
        Where the model is.
    model : str
        Which model; '' for none.
    seconds : CallTime or None
        How long one call took; None if none was timed.
    jobs : mapping of Errand to JobState
        The last job of each kind.
    table_task, run_task : TableTask, RunTask or None
        The last table and the last run that were begun.
    cells : array or None
        The cells of the table that is being measured, as far as they have come in.
    table : HeldTable or None
        The table.
    ran : Ran or None
        The run.
    forecast : Forecast
        What the table says of the agents that are shown.
    comparison : Comparison or None
        What the test says of the run's curve.
    showing : Showing
        Whose network is in the picture.
    trait : Trait
        What the shapes show where there are many profiles.
    agent, round : int
        Who was chosen, and the round of the picture.
    """

    settings: Settings = field(default_factory=Settings)
    place: Place = field(default_factory=Place)
    model: str = ""
    seconds: CallTime | None = None
    jobs: dict[Errand, JobState] = field(default_factory=dict)
    table_task: TableTask | None = None
    run_task: RunTask | None = None
    cells: Floats | None = None
    table: HeldTable | None = None
    ran: Ran | None = None
    forecast: Forecast = field(default_factory=Forecast)
    comparison: Comparison | None = None
    showing: Showing = Showing.TABLE
    trait: Trait = Trait.EXTRAVERSION
    agent: int = NOBODY
    round: int = 0

    @property
    def under_way(self) -> Errand | None:
        """What goes on now; None for nothing."""
        return next((kind for kind, job in self.jobs.items() if job.is_under_way), None)

    @property
    def shown_run(self) -> Ran | None:
        """The run in the picture, if it is one."""
        return self.ran if self.showing is Showing.RUN else None

    @property
    def is_live(self) -> bool:
        """Whether the run in the picture is still being made."""
        job = self.jobs.get(Errand.RUN)
        ran = self.shown_run
        return ran is not None and ran.played is None and job is not None and job.is_under_way

    def with_job(self, kind: Errand, job: JobState) -> State:
        """Return the page with a job that has got on."""
        return replace(self, jobs={**self.jobs, kind: job})

    def without_job(self, kind: Errand) -> State:
        """Return the page with nothing left of a job: what it was about is gone."""
        return replace(self, jobs={one: job for one, job in self.jobs.items() if one is not kind})

    def with_news(self, news: Any) -> State:
        """Return the page with what a job has found out, or a file has brought."""
        if isinstance(news, HeldTable):
            return self.with_table(news)
        if isinstance(news, Surveyed) and self.table_task is not None:
            path = self.table_task.path
            return self.with_table(HeldTable.of(news, path.stem, path.name))
        if isinstance(news, Ran):
            return self.with_run(news)
        if isinstance(news, Comparison):
            return replace(self, comparison=news)
        if isinstance(news, CallTime):
            return replace(self, seconds=news)
        return self if news is None else replace(self, cells=news)

    def with_settings(self, settings: Settings) -> State:
        """Return the page with other settings."""
        return replace(self, settings=settings, seconds=None).with_forecast()

    def with_table(self, table: HeldTable) -> State:
        """Return the page with another table; it comes into the picture if there is no run."""
        showing = Showing.TABLE if self.ran is None else self.showing
        return replace(self, table=table, cells=None, showing=showing).with_forecast()

    def with_run(self, ran: Ran) -> State:
        """Return the page with a run, or with one that has got on."""
        fresh = self.ran is None or self.ran.name != ran.name or self.showing is not Showing.RUN
        made = replace(self, ran=ran, showing=Showing.RUN, comparison=None)
        if not fresh:
            return made
        agent = self.agent if self.agent < ran.setup.n_agents else NOBODY
        return replace(made, agent=agent, round=0).without_job(Errand.TEST).with_forecast()

    def with_showing(self, showing: Showing) -> State:
        """Return the page with the other network in the picture."""
        return replace(self, showing=showing, round=0).with_forecast()

    def with_forecast(self) -> State:
        """Return the page with what the table says of the agents that are shown."""
        if self.table is None:
            return replace(self, forecast=Forecast())
        ran = self.shown_run
        setup = self.settings.setup(SameForAll()) if ran is None else ran.setup
        return replace(self, forecast=forecast(self.table.measured, setup))
