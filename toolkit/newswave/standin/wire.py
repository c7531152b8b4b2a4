"""HTTP for the stand-in: a threaded server that keeps connections open and stops at once."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from newswave.standin.service import Gone, Reply, Service

_LARGEST = 10_000_000
_NAMES = ("localhost", socket.gethostname().lower())
_ENDINGS = (".localhost", ".local", ".internal")
_PHRASES = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}


class Wire(ThreadingHTTPServer):
    """A threaded HTTP server around a service.

    Parameters
    ----------
    host, port : str, int
        Where to listen; port 0 takes a free one.
    service : Service
        What answers.
    """

    daemon_threads = True
    request_queue_size = 512
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two servers share a port

    def __init__(self, host: str, port: int, service: Service) -> None:
        self.service = service
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Bind without asking for the machine's full name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, self.allow_reuse_address)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread of its own."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        super().shutdown_request(request)
        with self._lock:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is no news."""

    def stop(self) -> None:
        """Stop listening and break off every connection."""
        self.service.closing.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            still = list(self._open)
        for connection in still:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        patience = time.monotonic() + 1.0
        while self._open and time.monotonic() < patience:
            time.sleep(0.001)


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests and writes replies, each in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Wire

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep no log."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _LARGEST or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._send(Reply(413, kind="text/plain"))
            return
        raw = self.rfile.read(length) if length else b""
        if not _known_host(self.headers.get("Host", "")):
            self._send(Reply(403))
            return
        try:
            reply = self.server.service.reply(self.command, self.path.partition("?")[0], raw)
        except Gone:
            self._break_off()
            return
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _send(self, reply: Reply) -> None:
        if reply.lines is not None:
            self._stream(reply)
            return
        body = reply.body
        head = self._head(reply, f"Content-Length: {len(body)}")
        if self.command == "HEAD":
            body = b""
        if reply.cut:
            self.close_connection = True
            body = body[: len(body) // 2]
        self.wfile.write(head + body)

    def _stream(self, reply: Reply) -> None:
        """Send each line as a chunk of its own; the first goes with the header."""
        lines = reply.lines or ()
        if reply.cut:
            self.close_connection = True
            lines = lines[: len(lines) // 2]
        chunks = [b"%x\r\n%b\r\n" % (len(line), line) for line in lines]
        chunks += [] if reply.cut else [b"0\r\n\r\n"]
        head = self._head(reply, "Transfer-Encoding: chunked")
        self.wfile.write(head + b"".join(chunks[:1]))
        for chunk in chunks[1:]:
            self.wfile.write(chunk)

    def _head(self, reply: Reply, length: str) -> bytes:
        lines = [
            f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, 'Error')}",
            "Server: newswave-synthetic",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {reply.kind}",
            length,
        ]
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _break_off(self) -> None:
        """Reset the connection, with no word of HTTP."""
        self.close_connection = True
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.rfile.close()
            self.connection.close()


def _known_host(header: str) -> bool:
    """Return whether a Host header names this machine or a plain address, as the server wants.

    >>> _known_host("127.0.0.1:11434"), _known_host("[::1]:80"), _known_host("news.example")
    (True, True, False)
    """
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
    name = name.strip("[]").lower()
    if name in ("", *_NAMES) or name.endswith(_ENDINGS):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
