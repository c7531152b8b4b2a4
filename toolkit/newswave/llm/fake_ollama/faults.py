"""What can go wrong with the mock server's answers, to be switched on by name."""

from __future__ import annotations

import re
from enum import Enum


class Fault(Enum):
    """A way in which one call goes wrong. Its value ends the name of a model that shows it.

    >>> Fault("refusal-prose").in_content, Fault("busy").in_content
    (True, False)
    """

    SLOW_FIRST_BYTE = "slow-first-byte"
    SLOW_LOAD = "slow-load"
    NOT_DONE = "not-done"
    BUSY = "busy"
    CRASH = "crash"
    RESET = "reset"
    CUT = "cut"
    ERROR_LINE = "error-line"
    NOT_JSON = "not-json"
    EMPTY_CONTENT = "empty-content"
    THINK_CLOSED = "think-closed"
    THINK_OPEN = "think-open"
    FENCED = "fenced"
    WRONG_TYPE = "wrong-type"
    WHITESPACE = "whitespace"
    REFUSAL_PROSE = "refusal-prose"
    ONLY_LOADED = "only-loaded"
    MODEL_DELETED = "model-deleted"
    DIGEST_CHANGED = "digest-changed"
    NO_LOGPROBS = "no-logprobs"

    @property
    def in_content(self) -> bool:
        """Whether the answer itself is at fault, rather than the server or the connection."""
        return self in _IN_CONTENT


_IN_CONTENT = frozenset(
    {
        Fault.EMPTY_CONTENT,
        Fault.THINK_CLOSED,
        Fault.THINK_OPEN,
        Fault.FENCED,
        Fault.WRONG_TYPE,
        Fault.WHITESPACE,
        Fault.REFUSAL_PROSE,
    }
)
ERRORS = {
    Fault.BUSY: (503, "server busy, please try again.  maximum pending requests exceeded"),
    Fault.CRASH: (
        500,
        "model runner has unexpectedly stopped, this may be due to resource limitations or an "
        "internal error, check ollama server logs for details",
    ),
    Fault.ERROR_LINE: (500, "an error was encountered while running the model: unexpected EOF"),
}
"""Status and text of the faults that are an error of the server."""

NOT_JSON_TEXT = "<html><body>Synthetic: this is no answer of a model server</body></html>"
REFUSAL_TEXT = (
    "I'm sorry, but I can't take part in that. I would rather not say whether someone would pass "
    "on such a report. (Synthetic refusal.)"
)
THINKING_TEXT = "Synthetic: let me look at the person, the report and the feed."


def spoilt(fault: Fault | None, content: str, thinking: str) -> tuple[str, str]:
    r"""Return content and thinking as a fault in the content leaves them.

    >>> spoilt(Fault.FENCED, '{"share": true}', "")
    ('```json\n{"share": true}\n```', '')
    """
    if fault is Fault.EMPTY_CONTENT:
        return "", f"{thinking or THINKING_TEXT} So: {content}"
    if fault is Fault.WRONG_TYPE:
        words = content.replace(": true", ': "yes"').replace(": false", ': "no"')
        return re.sub(r": (\d+)", r': "\1"', words), thinking
    changed = {
        Fault.THINK_CLOSED: f"<think>\n{THINKING_TEXT}\n</think>\n\n{content}",
        Fault.THINK_OPEN: f"<think>\n{THINKING_TEXT} Perhaps {content}",
        Fault.FENCED: f"```json\n{content}\n```",
        Fault.WHITESPACE: "{" + "\n" * 2_000,
        Fault.REFUSAL_PROSE: REFUSAL_TEXT,
    }
    return (content if fault is None else changed.get(fault, content)), thinking
