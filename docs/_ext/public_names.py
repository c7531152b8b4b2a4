"""Names as users write them: newswave.core.setup.Setup is newswave.Setup here."""

from __future__ import annotations

from typing import Any

import newswave

ELSEWHERE = {
    "../benchmarks/README.md": "benchmarks.md",
    "../toolkit/README.md": "map.md",
    "https://mybinder.org/badge_logo.svg": "/_static/binder-badge.svg",
}
"""What pages name outside docs/, and what holds the same on the site, which asks no other host."""


def lead_home(app: Any, name: str, source: list[str]) -> None:  # noqa: ARG001
    """Turn links and pictures from outside to the site's own."""
    for outside, page in ELSEWHERE.items():
        source[0] = source[0].replace(f"]({outside})", f"]({page})")


def find_public(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Resolve a reference by its last part, if that is a public name."""
    if node.get("refdomain") != "py":
        return None
    target = f"newswave.{node.get('reftarget', '').rpartition('.')[2]}"
    if target.removeprefix("newswave.") not in newswave.__all__:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, content)


def setup(app: Any) -> dict[str, bool]:
    """Listen for references that nothing answers to."""
    app.connect("source-read", lead_home)
    app.connect("missing-reference", find_public)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
