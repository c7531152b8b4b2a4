"""GGUF files, in which llama.cpp keeps models: what is in one, and a copy with 16-bit weights."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadFile
from newswave.core.files import reason

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q"}
_NUMBERS |= {12: "d"}
_TEXT, _LIST = 8, 9
_F32, _F16, _Q4_1, _Q8_0 = 0, 1, 3, 8
_ALIGNED = 32
_BLOCK = 32
_WEIGHTS = {0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 15: "Q4_K_M", 17: "Q5_K_M"}
_NO_MODEL = (
    "Take a model in GGUF form, as llama.cpp and Ollama use it, and fetch it again if broken"
)


@dataclass(frozen=True)
class Tensor:
    """An array of weights: `kind` is ggml's number of how they are packed."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def weights(self) -> int:
        """How many weights it holds."""
        return int(np.prod(self.shape))


@dataclass(frozen=True)
class Gguf:
    """The head of a GGUF file: facts without lists, tensors, where these and weights begin."""

    path: Path
    facts: Mapping[str, Any]
    tensors: tuple[Tensor, ...]
    tensors_at: int
    weights_at: int

    @classmethod
    def read(cls, path: str | Path) -> Gguf:
        """Read the head of a file, or raise `BadFile`."""
        where = Path(path)
        try:
            with where.open("rb") as stream:
                data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
                with data:
                    return _head(where, _Reader(data))
        except OSError as error:
            what = f"This file of a model cannot be read ({reason(error)})"
            raise BadFile(what, given=str(path)) from error
        except (ValueError, struct.error, KeyError, OverflowError, MemoryError) as error:
            what = "This file holds no model in GGUF form, or is not whole"
            raise BadFile(what, given=str(path), advice=_NO_MODEL) from error

    @property
    def family(self) -> str:
        """Its architecture, such as "llama"."""
        return str(self.facts.get("general.architecture", ""))

    @property
    def quantization(self) -> str:
        """How its weights are packed, such as "Q4_1"; "" if that is not among the usual ways."""
        return _WEIGHTS.get(self.facts.get("general.file_type", -1), "")

    @property
    def parameter_size(self) -> str:
        """How many weights it has, in millions."""
        return f"{sum(tensor.weights for tensor in self.tensors) / 1e6:.2f}M"

    @property
    def context_length(self) -> int | None:
        """The most tokens that it takes."""
        length = self.facts.get(f"{self.family}.context_length")
        return length if isinstance(length, int) else None

    @property
    def can_be_unpacked(self) -> bool:
        """Whether `write_unpacked` knows how all its weights are packed."""
        return all(tensor.kind in (_F32, _F16, *_UNPACK) for tensor in self.tensors)

    def write_unpacked(self, out: BinaryIO) -> None:
        """Write the same model with every packed weight as a 16-bit number.

        With packed weights llama.cpp rounds to 8 bits also what the weights are multiplied by: that
        moves probabilities by 0.02, and differently each time. With 16-bit weights it does not.
        """
        weights = np.memmap(self.path, np.uint8, "r")
        out.write(weights[: self.tensors_at].tobytes())
        at = 0
        table = b""
        for tensor in self.tensors:
            kind = _F16 if tensor.kind in _UNPACK else tensor.kind
            name = tensor.name.encode()
            table += struct.pack("<Q", len(name)) + name
            table += struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
            table += struct.pack("<IQ", kind, at)
            at += _aligned(tensor.weights * (4 if kind == _F32 else 2))
        out.write(_padded(table, self.tensors_at))
        for tensor in self.tensors:
            out.write(_padded(self._unpacked(weights, tensor)))

    def _unpacked(self, weights: npt.NDArray[np.uint8], tensor: Tensor) -> bytes:
        begin = self.weights_at + tensor.offset
        if tensor.kind not in _UNPACK:
            width = 4 if tensor.kind == _F32 else 2
            return weights[begin : begin + width * tensor.weights].tobytes()
        layout, unpack = _UNPACK[tensor.kind]
        end = begin + layout.itemsize * (tensor.weights // _BLOCK)
        return unpack(weights[begin:end].view(layout)).astype("<f2").tobytes()


def _q4_1(blocks: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return w = d q + m, q of 4 bits: the lower halves of the 16 bytes, then the upper ones."""
    q = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], axis=1).astype(np.float32)
    return q * blocks["d"].astype(np.float32)[:, None] + blocks["m"].astype(np.float32)[:, None]


def _q8_0(blocks: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return w = d q, q of 8 bits."""
    scale: npt.NDArray[np.float32] = blocks["d"].astype(np.float32)[:, None]
    return blocks["q"].astype(np.float32) * scale


_UNPACK: dict[int, tuple[np.dtype[Any], Callable[[npt.NDArray[Any]], npt.NDArray[np.float32]]]] = {
    _Q4_1: (np.dtype([("d", "<f2"), ("m", "<f2"), ("q", "u1", 16)]), _q4_1),
    _Q8_0: (np.dtype([("d", "<f2"), ("q", "i1", 32)]), _q8_0),
}
"""How blocks of 32 weights are packed, and what unpacks them."""


class _Reader:
    """Reads one value after another."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at = data, 0

    def number(self, code: str) -> Any:
        [value] = struct.unpack_from(f"<{code}", self.data, self.at)
        self.at += struct.calcsize(f"<{code}")
        return value

    def text(self) -> str:
        length = self.number("Q")
        self.at += length
        if self.at > len(self.data):
            raise ValueError(length)
        return self.data[self.at - length : self.at].decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        """Return a value; of a list, which may be a whole vocabulary, nothing."""
        if kind == _TEXT:
            return self.text()
        if kind != _LIST:
            return self.number(_NUMBERS[kind])
        inner, count = self.number("I"), self.number("Q")
        if inner in _NUMBERS:
            self.at += count * struct.calcsize(f"<{_NUMBERS[inner]}")
            return None
        for _ in range(count):
            self.value(inner)
        return None


def _head(path: Path, reader: _Reader) -> Gguf:
    if reader.data[:4] != b"GGUF":
        raise ValueError("magic")
    reader.at = 8
    tensors, entries = reader.number("Q"), reader.number("Q")
    facts = {}
    for _ in range(entries):
        name = reader.text()
        facts[name] = reader.value(reader.number("I"))
    begin = reader.at
    found = tuple(_tensor(reader) for _ in range(tensors))
    weights_at = _aligned(reader.at)
    if not found or weights_at + max(tensor.offset for tensor in found) >= len(reader.data):
        raise ValueError("weights")
    known = {name: value for name, value in facts.items() if value is not None}
    return Gguf(path, known, found, begin, weights_at)


def _tensor(reader: _Reader) -> Tensor:
    name, dimensions = reader.text(), reader.number("I")
    shape = tuple(reader.number("Q") for _ in range(dimensions))
    return Tensor(name, shape, reader.number("I"), reader.number("Q"))


def _aligned(length: int) -> int:
    """Return the next multiple of 32, at which the next tensor begins."""
    return -(-length // _ALIGNED) * _ALIGNED


def _padded(data: bytes, at: int = 0) -> bytes:
    """Return data with what is missing to the next multiple of 32, if they are written at `at`."""
    return data + bytes(_aligned(at + len(data)) - at - len(data))
