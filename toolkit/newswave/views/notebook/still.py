"""The picture that a notebook keeps of a widget, for where it is opened without a kernel."""

from __future__ import annotations

from typing import Any

from newswave.views.parts.stage import Stage


def with_picture(bundle: Any, png: bytes, words: str, stage: Stage) -> Any:
    """Return a widget's MIME bundle with a picture of it.

    JupyterLab shows a widget or nothing of its bundle. So there the picture is an output of its
    own, before the widget, which hides it while it lives.

    Parameters
    ----------
    bundle : dict or tuple
        What the widget shows of itself.
    png : bytes
        The picture.
    words : str
        What it shows.
    stage : Stage
        The part that hides the picture.
    """
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    if data is None:
        return bundle
    if _in_jupyterlab():
        from IPython.display import display

        display({"image/png": png, "text/plain": words}, raw=True)  # type: ignore[no-untyped-call]
        stage.hides_picture = True
    else:
        data["image/png"] = png
    data["text/plain"] = words
    return bundle


def _in_jupyterlab() -> bool:
    """Say whether JupyterLab, or a notebook made of it, has sent the cell that runs now."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return False
    return "deletedCells" in (shell.get_parent() or {}).get("metadata", {})
