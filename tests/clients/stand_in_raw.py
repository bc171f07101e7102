"""A stand-in that sends exactly the bytes it is told, at the times it is told: for answers that no decent server gives.

An answer is a function of the request's head (first line and headers, lower-case names) that yields bytes to send, or
seconds to wait; the connection is closed after each answer. Answers are consumed one per request, the last one stays.
"""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

Answer = Callable[[dict], Iterator[bytes | float]]


class RawServer:
    """Listens on 127.0.0.1 until it is stopped."""

    def __init__(self, *answers: Answer):
        self.answers, self.heads, self.sent = list(answers), [], 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.port = self.socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.stopping = False
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while not self.stopping:
            with contextlib.suppress(TimeoutError):
                connection, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            data = b""
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            first, *lines = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
            head = {"": first} | {
                name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            with self.lock:
                self.heads.append(head)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            for item in answer(head):
                if self.stopping:
                    return
                if isinstance(item, float):
                    time.sleep(item)
                else:
                    connection.sendall(item)
                    self.sent += len(item)

    def stop(self) -> None:
        """Stop listening; what is being sent ends at its next piece."""
        self.stopping = True
        self.thread.join(5)
        self.socket.close()


def response(status: str, headers: dict[str, str], body: bytes = b"", length: int | None = -1) -> bytes:
    """A whole answer; `length` None sends no Content-Length, -1 the true one."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == -1 else length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def once(*items: bytes | float) -> Answer:
    """An answer that does not look at the request."""
    return lambda head: iter(items)


def page(text: str, **headers: str) -> Answer:
    """An HTML page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return once(response("200 OK", {"Content-Type": "text/html"} | named, text.encode()))


def ranged(data: bytes, cut: int | None = None, **headers: str) -> Answer:
    """A file, of which a Range is honoured whatever If-Range says; cut after `cut` bytes of its body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(head: dict) -> Iterator[bytes]:
        start = int(head["range"].removeprefix("bytes=").rstrip("-")) if "range" in head else 0
        body = data[start:]
        extra = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        whole = response("206 Partial Content" if start else "200 OK", named | extra, b"", len(body))
        yield whole + (body if cut is None else body[:cut])

    return answer


def zipped(text: str) -> bytes:
    """Text as gzip."""
    return gzip.compress(text.encode())
