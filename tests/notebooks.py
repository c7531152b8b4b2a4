"""Runs a notebook of the lessons in a kernel of its own, with the network shut."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient

from newswave.learn.showing import MIME

ROOT = Path(__file__).parent.parent

SECONDS = 60
"""How long a kernel may work for a whole lesson, in seconds of processor time."""

SHUT = '''"""No way out: whoever calls another machine is told so."""
import socket

_connect, _find = socket.socket.connect, socket.getaddrinfo
_HERE = ("127.", "::1", "localhost")


def _here(host):
    return host is None or str(host).startswith(_HERE)


def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not _here(address[0]):
        raise AssertionError(f"the network is shut: {address}")
    return _connect(self, address)


def find(host, *rest, **more):
    if not _here(host):
        raise AssertionError(f"the network is shut: {host}")
    return _find(host, *rest, **more)


socket.socket.connect, socket.getaddrinfo = connect, find
'''

TIMING = "import time as _t; print(f'cpu {_t.process_time():.2f}')"


@dataclass(frozen=True)
class Ran:
    """A notebook that was run: with its outputs, its replies, and how long its kernel worked."""

    notebook: Any
    cpu: float

    @property
    def replies(self) -> list[dict[str, str]]:
        """What the checks of questions said, in their order."""
        said = [o["data"][MIME] for o in outputs(self.notebook) if MIME in o.get("data", {})]
        return [reply for reply in said if "." in reply["item"]]


def outputs(notebook: Any) -> list[Any]:
    """Return all outputs of a notebook."""
    return [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


def run(notebook: Any, folder: Path, python: str = sys.executable) -> Ran:
    """Run a notebook in a folder; an error in a cell is raised.

    The kernel has one thread to compute with and no network, warnings in it are shown as they
    would be to a learner.
    """
    (folder / "shut").mkdir(parents=True, exist_ok=True)
    (folder / "shut" / "sitecustomize.py").write_text(SHUT, "utf-8")
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    own = os.environ.get("PYTHONPATH", "") if python == sys.executable else ""
    path = os.pathsep.join(filter(None, (str(folder / "shut"), own)))
    shut = {**one, "PYTHONPATH": path, "IPYTHONDIR": str(folder / "ipython")}
    work = folder / "work"
    work.mkdir()
    timed = nbformat.v4.new_code_cell(TIMING)  # type: ignore[no-untyped-call]
    notebook.cells.append(timed)
    with _kernel(folder, python), patch.dict(os.environ, shut):
        resources = {"metadata": {"path": str(work)}}
        client = NotebookClient(
            notebook, timeout=120, resources=resources, kernel_name="lesson", allow_errors=False
        )
        client.execute()
    notebook.cells.remove(timed)
    said = "".join(o["text"] for o in timed.outputs if o.get("name") == "stdout")
    return Ran(notebook, float(said.removeprefix("cpu ")))


@contextmanager
def _kernel(folder: Path, python: str) -> Iterator[None]:
    """Offer a kernel of the given Python under the name "lesson"."""
    place = folder / "jupyter" / "kernels" / "lesson"
    place.mkdir(parents=True, exist_ok=True)
    argv = f'["{python}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]'
    text = f'{{"argv": {argv}, "display_name": "lesson", "language": "python"}}'
    (place / "kernel.json").write_text(text, "utf-8")
    with patch.dict(os.environ, {"JUPYTER_PATH": str(folder / "jupyter")}):
        yield


def assert_sound(done: Ran) -> None:
    """Check a run: quick, no warning, nothing wrong in a widget, every picture told in words."""
    assert done.cpu < SECONDS
    assert not troubles(done.notebook)
    assert not [o for o in outputs(done.notebook) if o.get("name") == "stderr"]
    for output in outputs(done.notebook):
        data = output.get("data", {})
        html = "".join(data.get("text/html", ""))
        for image in re.findall(r"<img[^>]*>", html):
            assert re.search(r"alt='[^']{20,}'", image), image[:80]
        if "image/png" in data:
            assert len("".join(data.get("text/plain", ""))) > 20


def troubles(notebook: Any) -> list[str]:
    """Return what went wrong inside widgets, which a run of the cells does not show."""
    state = notebook.metadata.get("widgets", {}).get(
        "application/vnd.jupyter.widget-state+json", {}
    )
    found = []
    for model in state.get("state", {}).values():
        values = model.get("state", {})
        found += [str(o) for o in values.get("outputs", ()) if o.get("output_type") == "error"]
        found += [
            str(i["text"]) for i in _walk(values.get("items", ())) if i.get("tone") == "error"
        ]
    return found


def _walk(items: Any) -> Iterator[dict[str, Any]]:
    for item in items if isinstance(items, list | tuple) else ():
        if isinstance(item, dict):
            yield item
            yield from _walk(item.get("items", ()))


def build_script() -> ModuleType:
    """Return the builder of the JupyterLite site as a module."""
    spec = importlib.util.spec_from_file_location("lite", ROOT / "lessons" / "lite" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
