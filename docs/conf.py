"""How the documentation is built: `sphinx-build -W docs BUILD/html` makes all of it.

Pages run when they are built, so what they show is what newswave prints today. The site asks no
other host for anything: formulas are MathML, which browsers draw by themselves, and fonts, scripts
and the search are files of its own.
"""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))
os.environ["COLUMNS"] = "80"
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

from newswave.core.version import __version__  # noqa: E402

project = "newswave"
project_copyright = "The newswave founders; MIT licence"
author = "The newswave founders"
version = release = __version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_design",
    "command_pages",
    "essay",
    "instructors",
    "mathml",
    "picture_words",
    "present_pages",
    "public_names",
    "script_pages",
    "term_pages",
]
exclude_patterns = [
    *("_ext", "conf.py", "conftest.py", "figures/*.py", "instructors/slides"),
    *("_build", "**/.ipynb_checkpoints"),
]
nitpicky = True
smartquotes = False  # i' is a derivative here, and options begin with two hyphens
html_math_renderer = "mathml"

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 1200  # for a cell that hangs, not a measure of speed
nb_execution_in_temp = True
nb_code_prompt_show = "Show the solution"
nb_code_prompt_hide = "Hide the solution"
nb_merge_streams = True
# Replies to answers come a second time, for programs; pages show the first.
suppress_warnings = ["mystnb.unknown_mime_type"]
# Widgets need a kernel, which a page has not: their pictures and words are shown instead.
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [
    ("*", "application/vnd.jupyter.widget-view+json", None),
    ("*", "image/png", 5),
]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
autosummary_generate = False

html_theme = "pydata_sphinx_theme"
html_title = f"newswave {version}"
html_static_path = ["_static"]
html_css_files = ["newswave.css"]
html_favicon = "_static/newswave.svg"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "newswave"},
    "header_links_before_dropdown": 8,
    "navbar_align": "left",
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"overview": [], "start": [], "glossary": []}


def lesson_pages(app: Any) -> None:
    """Make the pages of the lessons from their sources; leave them out with newswave_lessons=0."""
    maker = HERE.parent / "lessons" / "make_notebooks.py"
    if not app.config.newswave_lessons:
        app.config.exclude_patterns += ["lessons/[0-9]*"]
        return
    if not maker.exists():
        return
    spec = importlib.util.spec_from_file_location("make_notebooks", maker)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    if hasattr(made, "docs_pages"):
        made.docs_pages(HERE / "lessons")


def setup(app: Any) -> None:
    """Tell Sphinx of what is done before it looks for pages."""
    app.add_config_value("newswave_lessons", True, "env", types=(bool, str, int))
    app.connect("builder-inited", lesson_pages)
