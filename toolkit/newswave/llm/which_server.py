"""Who is asked for a model: this process, an Ollama server, or an OpenAI-compatible one."""

from __future__ import annotations

import os

from newswave.core.errors import BadValue
from newswave.llm.builtin_server import PREFIX, BuiltIn, is_file
from newswave.llm.model_files import KNOWN
from newswave.llm.ollama_server import Server
from newswave.llm.openai_server import OpenAIServer, is_openai_address
from newswave.llm.server import ModelServer


def server_for(model: str, host: str | None = None, timeout: float = 120.0) -> ModelServer:
    """Return who is asked for a model: this process, or a server.

    >>> server_for("builtin:smollm2").address, server_for("gemma3:1b", "box").address
    ('', 'http://box:11434')
    """
    return built_in(model, host, timeout) or server_at(host, timeout)


def built_in(model: str, host: str | None = None, timeout: float = 120.0) -> BuiltIn | None:
    """Return what answers in this process, or None if a model is not asked there.

    In this process are asked: a name after "builtin:"; a GGUF file, unless that is how an
    OpenAI-compatible server calls its model; and a built-in model's name where neither `host` nor
    OLLAMA_HOST names a server.
    """
    prefixed = model.startswith(PREFIX)
    if prefixed and host:
        advice = f"Leave out --host, or '{PREFIX}'"
        raise BadValue("A built-in model has no server", given=host, advice=advice)
    named = host or os.environ.get("OLLAMA_HOST")
    is_known = not named and model.lower() in {one.name for one in KNOWN}
    is_own = is_file(model) and not is_openai_address(named or "")
    if prefixed or is_own or is_known:
        return BuiltIn(model, timeout=timeout)
    return None


def server_at(host: str | None = None, timeout: float = 120.0) -> Server | OpenAIServer:
    """Return the server of a host, else of OLLAMA_HOST, else the usual one of this machine.

    Where an address ends in /v1 it is an OpenAI-compatible server, else Ollama's.

    >>> server_at("http://box:8080/v1"), server_at("box").address
    (OpenAIServer(address='http://box:8080/v1', timeout=120.0, connect_timeout=3.0),
     'http://box:11434')
    """
    address = host or os.environ.get("OLLAMA_HOST", "")
    kind = OpenAIServer if is_openai_address(address) else Server
    return kind(address, timeout)
