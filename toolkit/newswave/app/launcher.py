"""The tile of the web app in JupyterLab's launcher, for jupyter-server-proxy."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

from newswave.app.middleware import KEY_HEADER

KEY = "NEWSWAVE_PROXY_KEY"
"""The variable that tells the app the key of the proxy that starts it."""

ICON = Path(__file__).parent / "site" / "favicon.svg"
# Slow shared disks and cold starts: far above the two seconds it takes elsewhere.
_PATIENCE = 60


def setup_newswave() -> dict[str, Any]:
    """Return how jupyter-server-proxy starts the app, shows it and names it.

    Jupyter itself checks who asks, under whatever name it is reached. So that the app takes such
    requests and no others, both share a key that is new each time.

    >>> setup_newswave()["launcher_entry"]["title"]
    'newswave'
    """
    options = ["--no-browser", "--port", "{port}", "--root-path", "{base_url}newswave"]
    key = secrets.token_urlsafe()
    return {
        "environment": {KEY: key},
        "request_headers_override": {KEY_HEADER: key},
        "command": [sys.executable, "-m", "newswave", "app", *options],
        "timeout": _PATIENCE,
        "launcher_entry": {"title": "newswave", "icon_path": str(ICON)},
    }
