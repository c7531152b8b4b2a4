"""The version of newswave: the only place in the package that holds it."""

from __future__ import annotations

__version__ = "0.1.0"
