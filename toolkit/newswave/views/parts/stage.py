"""The stage: network and curve of a run, drawn and played in the page that shows them.

It computes nothing about news: it is given arrays and draws them. Playback needs no server; only
the round and the agent that the learner came to are told, and a few times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
from traitlets import Bool, Bytes, Dict, Enum, Int, List, Unicode

from newswave.errors import BadValue
from newswave.views.parts.assets import joined

SCRIPTS = (
    "theme.js",
    "together.js",
    "stage-data.js",
    "stage-marks.js",
    "stage-network.js",
    "stage-motion.js",
    "stage-curve.js",
    "stage-axes.js",
    "stage-clock.js",
    "stage-page.js",
    "stage-hands.js",
    "stage-main.js",
    "stage-telling.js",
)
STYLES = ("tokens.css", "stage.css")


class Stage(anywidget.AnyWidget):
    """A network and a curve that play a run.

    Arrays come as bytes, little endian: 32-bit whole numbers for rounds and agents, with -1 for
    never and nobody, and 32-bit fractions for curves, one for each of the rounds 0 to `rounds`,
    NaN where there is none. Arrays that do not fit together for a moment do no harm.

    Parameters
    ----------
    on_round : callable, optional
        Told the round that the learner has come to.
    on_agent : callable, optional
        Told the agent that the learner has chosen, -1 for none.

    Attributes
    ----------
    n_agents, rounds : int
        How many agents there are, and the number of the last round.
    links : bytes
        Pairs of agents as 16-bit numbers, 32-bit if there are more than 65535; none are drawn if
        it is empty.
    classes, class_names : bytes, list of str
        An 8-bit number for each agent, and up to four names for these numbers.
    shared, heard, source : bytes
        For each agent, the round it shared in, the round it first saw the news in, and the
        neighbour it has it from.
    round, agent : int
        What is shown now; both come back when the learner changes them.
    lines, bands : list of dict
        `key`, `label`, `colour`, `dash`, `width` and `y` of a line; `label`, `colour`, `low` and
        `high` of a band. Colours are names of the palette.
    run_line : bytes
        The fraction that has shared in the run itself.
    words : dict
        `title`, `network_label` and `curve_label` (what the pictures show, for those who cannot see
        them), `rule`, `time`, `share`, and `synthetic`, which marks both pictures if not empty.
    has_network, has_curve, has_transport : bool
        Which of its pieces are shown.
    autoplay, live : bool
        Whether it plays when first seen, and whether it follows a run that is being made.
    clock : str
        The name of the clock that it shares with the other parts of its page; "" for its own.
    hides_picture : bool
        Whether the output before its own is a picture of it, which it hides while it lives.
    theme : str
        "light", "dark", or "auto" for what the reader's system prefers.

    Examples
    --------
    >>> stage = Stage()
    >>> stage.show(n_agents=3, rounds=5, round=2)
    >>> stage.n_agents, stage.round
    (3, 2)
    """

    _esm = joined(*SCRIPTS)
    _css = joined(*STYLES)

    n_agents = Int(0).tag(sync=True)
    links = Bytes(b"").tag(sync=True)
    classes = Bytes(b"").tag(sync=True)
    class_names = List(Unicode(), maxlen=4).tag(sync=True)
    shared = Bytes(b"").tag(sync=True)
    heard = Bytes(b"").tag(sync=True)
    source = Bytes(b"").tag(sync=True)
    rounds = Int(0).tag(sync=True)
    round = Int(0).tag(sync=True)
    agent = Int(-1).tag(sync=True)
    lines = List(Dict()).tag(sync=True)
    bands = List(Dict()).tag(sync=True)
    run_line = Bytes(b"").tag(sync=True)
    words = Dict(key_trait=Unicode(), value_trait=Unicode()).tag(sync=True)
    has_network = Bool(True).tag(sync=True)
    has_curve = Bool(True).tag(sync=True)
    has_transport = Bool(True).tag(sync=True)
    autoplay = Bool(False).tag(sync=True)
    live = Bool(False).tag(sync=True)
    hides_picture = Bool(False).tag(sync=True)
    clock = Unicode("").tag(sync=True)
    theme = Enum(("auto", "light", "dark"), default_value="auto").tag(sync=True)

    def __init__(
        self,
        on_round: Callable[[int], None] | None = None,
        on_agent: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__()
        self._on_round, self._on_agent = on_round, on_agent
        self._showing = False
        self.observe(self._came_to, "round")
        self.observe(self._chose, "agent")

    def show(self, **traits: Any) -> None:
        """Change what is shown; what stays as it is is not sent again.

        Parameters
        ----------
        **traits
            Attributes of the stage by name.

        Raises
        ------
        BadValue
            If a stage has no such attribute.
        """
        unknown = [name for name in traits if name not in SHOWN]
        if unknown:
            known = ", ".join(sorted(SHOWN))
            raise BadValue("A stage shows no such thing", given=unknown[0], allowed=known)
        self._showing = True
        try:
            with self.hold_sync():
                for name, value in traits.items():
                    if getattr(self, name) != value:
                        setattr(self, name, value)
        finally:
            self._showing = False

    def _came_to(self, change: dict[str, Any]) -> None:
        if self._on_round and not self._showing and 0 <= change["new"] <= self.rounds:
            self._on_round(change["new"])

    def _chose(self, change: dict[str, Any]) -> None:
        if self._on_agent and not self._showing and -1 <= change["new"] < self.n_agents:
            self._on_agent(change["new"])


SHOWN = frozenset(
    name for name, trait in Stage.class_traits(sync=True).items() if trait.this_class is Stage
)
