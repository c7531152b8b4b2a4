"""Pins what Binder installs: newswave's requirements, at exact versions, in requirements.txt.

Binder's image comes with JupyterLab and what belongs to it. Where it has a package, its version is
kept, so that nothing of it is taken apart; all others are the newest that pyproject.toml allows.
Run it with the Python of runtime.txt, where newswave[test] is installed: python binder/pin.py
"""

from __future__ import annotations

import importlib.resources
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
HEAD = """\
# Made by binder/pin.py from pyproject.toml; run that to renew it.
--only-binary :all:
"""
# What conda calls otherwise than pip.
_RENAMED = {
    "brotli-python": "brotli",
    "jupyterhub-base": "jupyterhub",
    "nbconvert-core": "nbconvert",
    "python-fastjsonschema": "fastjsonschema",
}


# Solara refuses the ipykernel of Binder's image, 7.0.1.
_RENEWED = {"ipykernel"}


def wanted() -> list[str]:
    """Return what newswave needs at run time, in a notebook server and for a model in it."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *extras["lab"], *extras["model"]]


def python() -> str:
    """Return the version of Python that Binder is to take, such as "3.11"."""
    return (HERE / "runtime.txt").read_text("utf-8").strip().removeprefix("python-")


def base() -> dict[str, str]:
    """Return the packages of Binder's image with their versions, by repo2docker's frozen list."""
    folder = importlib.resources.files("repo2docker") / "buildpacks" / "conda"
    frozen = (folder / f"environment.py-{python()}-linux-64.lock").read_text("utf-8")
    found = re.findall(r"/([a-z0-9][^/\s]*)-([^/\s-]+)-[^/\s-]+\.(?:conda|tar\.bz2)\b", frozen)
    named = {canonicalize_name(_RENAMED.get(name, name)): version for name, version in found}
    return {name: named[name] for name in named.keys() - _RENEWED if _is_version(named[name])}


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def resolved(constraints: str) -> dict[str, str]:
    """Return what pip would install into an empty environment, as versions by name."""
    with tempfile.TemporaryDirectory() as folder:
        kept, report = Path(folder) / "base.txt", Path(folder) / "report.json"
        kept.write_text(constraints, "utf-8")
        options = ["--dry-run", "--ignore-installed", "--only-binary", ":all:", "--quiet"]
        options += ["--constraint", str(kept), "--report", str(report)]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *wanted()], check=True)
        found = json.loads(report.read_text("utf-8"))["install"]
    return {canonicalize_name(one["metadata"]["name"]): one["metadata"]["version"] for one in found}


def main() -> int:
    """Write requirements.txt."""
    if ".".join(map(str, sys.version_info[:2])) != python():
        print(f"Run this with Python {python()}: the pins are for it.", file=sys.stderr)
        return 2
    pins = resolved("".join(f"{name}=={version}\n" for name, version in base().items()))
    lines = [f"{name}=={pins[name]}\n" for name in sorted(pins)]
    REQUIREMENTS.write_text(HEAD + "".join(lines), "utf-8", newline="\n")
    print(f"{len(pins)} packages pinned in {REQUIREMENTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
