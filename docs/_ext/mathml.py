"""Formulas as MathML: browsers draw it and screen readers read it, with no script and no font."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.util.math import get_node_equation_number


def formula(latex: str, block: bool) -> str:
    """Return a formula as an element `math` whose text alternative is its LaTeX."""
    element = latex2mathml.tex2mathml(latex.strip().replace("'", r"^{\prime}"), as_block=block)
    plain = " ".join(nodes.unescape(latex).split())
    quoted = plain.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return element.replace("<math ", f'<math alttext="{quoted}" ', 1).strip()


def inline(writer: Any, node: nodes.math) -> None:
    """Write a formula in the line."""
    writer.body.append(formula(node.astext(), block=False))
    raise nodes.SkipNode


def block(writer: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own; a wide one scrolls, by keyboard too."""
    tag = '<div class="formula" tabindex="0" role="group" aria-label="formula">'
    writer.body.append(tag + formula(node.astext(), block=True))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})</span>')
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Register the renderer under the name mathml."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
