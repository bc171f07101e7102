"""A stand-in archive on 127.0.0.1: serves bytes with Range, ETag and dates, and misbehaves as it is told, one fault per
request.

Used by the tests of the clients and of the whole path; it knows nothing of vadose.
"""

import contextlib
import email.utils
import socket
import ssl
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

MADE = 1_600_000_000.0  # when the files say they were modified


@dataclass
class Fault:
    """What to do instead of answering properly.

    Parameters
    ----------
    kind : str
        "status", "html", "cut" (body ends early), "reset" (TCP reset in mid-body), "corrupt" (same size, other bytes),
        "hang" (silence in mid-body), "mute" (silence before the headers), "redirect", "slow" (a piece at a time),
        "drip" (a byte at a time).
    """

    kind: str
    status: int = 200
    after: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 30.0


@dataclass
class Seen:
    """One request as it came."""

    method: str
    path: str
    query: str
    headers: dict
    body: bytes
    sent: int = 0
    at: float = field(default_factory=time.monotonic)


class Archive:
    """The stand-in. `files` maps paths to bytes, `faults` paths to a list consumed from its head, `routes` prefixes to
    functions."""

    def __init__(self, context: ssl.SSLContext | None = None):
        self.files: dict[str, bytes] = {}
        self.etags: dict[str, str | None] = {}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.routes: dict[str, Callable] = {}
        self.seen: list[Seen] = []
        self.ranges = True
        self.release = threading.Event()
        self.lock = threading.Lock()
        archive = self

        class Handler(_Handler):
            pass

        Handler.archive = archive
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.scheme = "http"
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def requests(self, path: str | None = None, method: str | None = None) -> list[Seen]:
        """Requests so far, of one path, of one method."""
        with self.lock:
            return [
                item
                for item in self.seen
                if (path is None or item.path == path) and (method is None or item.method == method)
            ]

    def sent(self, path: str) -> int:
        """Body bytes served for a path with GET."""
        return sum(item.sent for item in self.requests(path, "GET"))

    def gap(self, path: str) -> float:
        """Seconds between the first two requests for a path."""
        first, second = self.requests(path)[:2]
        return second.at - first.at

    def stop(self) -> None:
        """Stop serving and let hanging requests go."""
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


def tls_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """Server side of TLS for the given names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: without this each answer takes 40 ms
    archive: Archive

    def log_message(self, *words):
        pass

    def handle(self):
        with contextlib.suppress(ConnectionError, ssl.SSLError, ValueError, OSError):
            super().handle()

    def do_GET(self):
        self._answer()

    do_HEAD = do_POST = do_DELETE = do_PUT = do_GET

    def _answer(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.record = Seen(self.command, path, query, dict(self.headers), body)
        archive = self.archive
        with archive.lock:
            archive.seen.append(self.record)
            fault = archive.faults[path].pop(0) if archive.faults.get(path) and self.command != "HEAD" else None
        for prefix in sorted(archive.routes, key=len, reverse=True):
            if path.startswith(prefix) and fault is None and path not in archive.files:
                status, headers, text = archive.routes[prefix](self.record)
                return self.send(status, headers, text)
        if fault is not None and self._misbehave(fault, path):
            return None
        if path not in archive.files:
            return self.send(404, {}, b"no such file")
        return self._file(path, fault)

    def _misbehave(self, fault: Fault, path: str) -> bool:
        if fault.kind == "mute":
            self.archive.release.wait(fault.seconds)
            self.close_connection = True
        elif fault.kind in ("status", "redirect"):
            self.send(fault.status, fault.headers, fault.body)
        elif fault.kind == "html":
            self.send(
                200,
                {"Content-Type": "text/html"},
                fault.body or b"<!DOCTYPE html><html><title>Earthdata Login</title>Please log in</html>",
            )
        else:
            return False
        return True

    def send(self, status: int, headers: dict, body: bytes) -> None:
        """A whole response."""
        self.send_response(status)
        for name, value in headers.items():
            if name != "Date":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def date_time_string(self, timestamp=None):
        with self.archive.lock:
            return getattr(self.archive, "clock", None) or super().date_time_string(timestamp)

    def _file(self, path: str, fault: Fault | None) -> None:
        data = self.archive.files[path]
        etag = self.archive.etags.get(path, f'"{hash(data) & 0xFFFFFFFF:08x}"')
        modified = email.utils.formatdate(MADE, usegmt=True)
        start, end, status = 0, len(data), 200
        wanted = self.headers.get("Range")
        condition = self.headers.get("If-Range")
        if wanted and self.archive.ranges and condition in (None, etag, modified if etag is not None else None):
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end, status = int(first), min(int(last) + 1, len(data)) if last else len(data), 206
            if start >= len(data):
                return self.send(416, {"Content-Range": f"bytes */{len(data)}"}, b"")
        if fault is not None and fault.kind == "corrupt":
            middle = len(data) // 2
            data = data[:middle] + bytes(255 - value for value in data[middle : middle + 16]) + data[middle + 16 :]
        self.send_response(status)
        self.send_header("Content-Length", str(end - start))
        self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        if etag is not None:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", modified)
        self.end_headers()
        if self.command != "HEAD":
            self._body(data[start:end], fault)
        return None

    def _body(self, data: bytes, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        limit = fault.after if kind in ("cut", "reset", "hang") else len(data)
        step = {"slow": 4096, "drip": 1}.get(kind, 65536)
        position = 0
        while position < min(limit, len(data)):
            piece = data[position : min(position + step, limit)]
            with self.archive.lock:  # before the client can have it and ask
                self.record.sent += len(piece)
            try:
                self.wfile.write(piece)
            except OSError:
                with self.archive.lock:
                    self.record.sent -= len(piece)
                raise
            position += len(piece)
            if kind in ("slow", "drip"):
                time.sleep(fault.seconds)
        if kind in ("cut", "reset", "hang"):
            self.close_connection = True
            self.wfile.flush()
        if kind == "hang":
            self.archive.release.wait(fault.seconds)
        if kind == "reset":
            time.sleep(0.05)  # let the bytes out before the reset throws the buffers away
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
