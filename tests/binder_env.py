"""A fresh environment, made from the files in binder/ as Binder makes it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from programs import where_pip_finds_packages

ROOT = Path(__file__).parent.parent
BINDER = ROOT / "binder"


def runtime() -> str:
    """Return the version of Python that Binder is to take."""
    return (BINDER / "runtime.txt").read_text("utf-8").strip().removeprefix("python-")


def is_runtime_here() -> bool:
    """Say whether this machine has a Python of that version."""
    own = ".".join(map(str, sys.version_info[:2]))
    return own == runtime() or shutil.which(f"python{runtime()}") is not None


def interpreter() -> str:
    """Return a Python of that version, or skip the test."""
    if ".".join(map(str, sys.version_info[:2])) == runtime():
        return sys.executable
    found = shutil.which(f"python{runtime()}")
    if found is None:
        pytest.skip(f"no Python {runtime()} on this machine")
    return found


def session_folder(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all workers of this session share."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def binder_environment(folder: Path) -> Iterator[Path]:
    """Give the Python of the environment in `folder`, which is made once for all workers.

    It takes some seconds, or as long as the download, and 0.5 GB, so the last worker that leaves
    takes it away.
    """
    place, done = folder / "binder", folder / "binder.done"
    python = place / "bin" / "python"
    with (folder / "binder.lock").open("w") as lock:
        while not _held(lock.fileno(), done):
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                _make(place, python)
                done.touch()
        yield python
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        done.unlink()
        shutil.rmtree(place, ignore_errors=True)


def _held(lock: int, done: Path) -> bool:
    """Say whether the environment is there, and keep the others from taking it away."""
    fcntl.flock(lock, fcntl.LOCK_SH)
    return done.exists()


def _make(place: Path, python: Path) -> None:
    """Make the environment; uv links files from its cache, and nothing is compiled in vain."""
    shutil.rmtree(place, ignore_errors=True)
    uv, where = [sys.executable, "-m", "uv"], where_pip_finds_packages()
    make = [*uv, "venv", "--quiet", "--seed", "-p", interpreter(), str(place)]
    subprocess.run(make, check=True, env=where)
    install = [*uv, "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*install, "-r", str(BINDER / "requirements.txt")], check=True, env=where)
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([str(BINDER / "postBuild")], env={**os.environ, "PATH": path}, check=True)
