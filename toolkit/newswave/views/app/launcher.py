"""The tile of the web app in JupyterLab's launcher, for jupyter-server-proxy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ICON = Path(__file__).parent / "static" / "favicon.svg"
# Slow shared disks and cold starts: far above the two seconds it takes elsewhere.
_PATIENCE = 60


def setup_newswave() -> dict[str, Any]:
    """Return how jupyter-server-proxy starts the app, shows it and names it.

    Examples
    --------
    >>> setup_newswave()["launcher_entry"]["title"]
    'newswave'
    """
    options = ["--no-browser", "--port", "{port}", "--root-path", "{base_url}newswave"]
    return {
        "command": [sys.executable, "-m", "newswave", "app", *options],
        "timeout": _PATIENCE,
        "launcher_entry": {"title": "newswave", "icon_path": str(ICON)},
    }
