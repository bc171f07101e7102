"""Headless Chromium, spoken to through a pair of pipes: no port, no driver, no package. Keeps what the console said and
what was asked of the network."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]
LONGEST_WAIT = 300.0  # s; a loaded machine is slow, and nothing waits longer than it has to


def program() -> str | None:
    """Where Chromium is, if it is there."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One page in a browser of its own."""

    def __init__(self, folder: Path):
        (there, to_browser), (from_browser, here) = os.pipe(), os.pipe()
        self.send, self.receive = to_browser, from_browser

        # Chromium reads commands from 3 and answers on 4; copies first, since 3 or 4 may be one of the ends
        def connect():
            reads, writes = os.dup(there), os.dup(here)
            reads, writes = (os.dup(end) if end in (3, 4) else end for end in (reads, writes))
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        self.process = subprocess.Popen(
            [program(), *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            preexec_fn=connect,
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(here)
        self.number, self.rest, self.session = 0, b"", None
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters) -> dict:
        """One command and its answer; what happens meanwhile is kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters} | (
            {"sessionId": self.session} if self.session else {}
        )
        os.write(self.send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer.get('error')}"
                return answer["result"]

    def _next(self) -> dict:
        while b"\0" not in self.rest:
            more = os.read(self.receive, 1 << 20)
            assert more, "the browser has gone"
            self.rest += more
        text, _, self.rest = self.rest.partition(b"\0")
        message = json.loads(text)
        self._keep(message.get("method"), message.get("params", {}))
        return message

    def _keep(self, method: str | None, said: dict) -> None:
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(said["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning", "assert"):
            self.complaints.append(json.dumps(said["args"])[:500])
        elif method == "Log.entryAdded" and said["entry"]["level"] in ("error", "warning"):
            self.complaints.append(said["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"][:200])

    def window(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """Size of the window, and which colours the reader prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )

    def open(self, path: Path, fragment: str = "", ready: str = "document.readyState === 'complete'") -> None:
        """Load a page from a file and wait until an expression holds."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=Path(path).absolute().as_uri() + (f"#{fragment}" if fragment else ""))
        self.until(f"location.protocol === 'file:' && document.body !== null && ({ready})")

    def until(self, expression: str) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + LONGEST_WAIT
        while not self.value(expression):
            assert time.monotonic() < end, f"waited in vain for {expression}; the page said {self.complaints}"
            time.sleep(0.05)

    def value(self, expression: str):
        """Value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, json.dumps(found["exceptionDetails"])[:500]
        return found["result"].get("value")

    def violations(self) -> dict[str, list[str]]:
        """What axe-core, the checker of pages for all readers, finds in the page: {rule: where}."""
        import axe_core_python

        if not self.value("typeof window.axe === 'object'"):
            script = Path(axe_core_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
            self.call("Runtime.evaluate", expression=script)
        listed = self.value(
            "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map((one) => "
            "[one.id, one.nodes.map((node) => node.target.join(' ') + ': ' + node.failureSummary.slice(0, 300))]))"
        )
        return dict(listed)

    def click(self, x: float, y: float) -> None:
        """A click of the mouse at a place of the window."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """A key pressed and let go; a character, or a name such as ArrowRight."""
        codes = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Enter": 13}
        code = codes.get(key)
        extra = {"windowsVirtualKeyCode": code} if code else {"text": key}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **extra)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Screenshot of the window, or of the whole page."""
        options = {"captureBeyondViewport": True} if whole else {}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png", **options)["data"]))

    def close(self) -> None:
        """End the browser."""
        with contextlib.suppress(OSError):
            os.write(self.send, json.dumps({"id": 0, "method": "Browser.close"}).encode() + b"\0")
        try:
            self.process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.send)
        os.close(self.receive)
