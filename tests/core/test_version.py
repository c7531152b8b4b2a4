"""The version is a plain release number."""

from __future__ import annotations

import re

import newswave
from newswave.core.version import __version__


def test_the_version_is_a_release_number() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert newswave.__version__ == __version__
