"""A Chromium without a head, driven over two pipes by its own protocol (CDP): keys, clicks, pictures, what it loads."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
import time

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-component-update",
    "--disable-background-networking", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--hide-scrollbars",
)  # fmt: skip
KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}


class Browser:
    """One browser with one page; `close` ends it."""

    def __init__(self, profile):
        """Start it with a profile folder of its own."""
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # The browser reads from 3 and writes to 4: the pipes' ends must lie elsewhere, or one would cover the other.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs_in, theirs_out)]
        actions = [(os.POSIX_SPAWN_DUP2, ends[0], 3), (os.POSIX_SPAWN_DUP2, ends[1], 4),
                   (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]  # fmt: skip
        command = [CHROMIUM, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        self._pid = os.posix_spawn(CHROMIUM, command, os.environ, file_actions=actions, setpgroup=0)
        for end in (theirs_in, theirs_out, *ends):
            os.close(end)
        self._ids, self._buffer, self._session = itertools.count(1), b"", None
        self.events = []
        """All events of the page since it was opened."""
        target = next(t for t in self("Target.getTargets")["targetInfos"] if t["type"] == "page")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self(f"{domain}.enable")

    def __call__(self, method, **params):
        """Send a command, return its result."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("id") == number:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']}")
                return said["result"]
            self.events.append(said)

    def _read(self, limit_s=60):
        end = time.monotonic() + limit_s
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            part = os.read(self._in, 1 << 20) if ready else b""
            if not part:
                raise TimeoutError("the browser does not answer")
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(line)

    def open(self, url, *, width=1440, height=900, dark=False):
        """Load a page anew, whole."""
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self("Emulation.setEmulatedMedia", features=[scheme])
        for address in ("about:blank", url):  # by way of an empty page, since a new hash alone loads nothing
            self.events.clear()
            self("Page.navigate", url=address)
            while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
                self.events.append(self._read())
        return self

    def js(self, expression):
        """The value of an expression, waited for if it is a promise."""
        found = self("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"]["exception"].get("description"))
        return found["result"].get("value")

    def until(self, expression, limit_s=10):
        """Wait until an expression is true."""
        end = time.monotonic() + limit_s
        while not self.js(f"Boolean({expression})"):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}")
            time.sleep(0.02)

    def press(self, *keys):
        """Press and release keys."""
        for key in keys:
            plain, shift = key.removeprefix("Shift+"), key.startswith("Shift+")
            text = {"Enter": "\r", " ": " "}.get(plain)
            common = {"key": plain, "code": "Space" if plain == " " else plain, "modifiers": 8 if shift else 0,
                      "windowsVirtualKeyCode": KEYS[plain]}  # fmt: skip
            typed = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
            self("Input.dispatchKeyEvent", **typed, **common)
            self("Input.dispatchKeyEvent", type="keyUp", **common)

    def write(self, text):
        """Type into what has the focus."""
        self("Input.insertText", text=text)

    def click(self, selector):
        """Click the middle of an element, as a pointer does: what lies above it is hit instead."""
        x, y = self.js(f"""(() => {{ const e = document.querySelector({json.dumps(selector)});
            e.scrollIntoView({{block: "center", behavior: "instant"}}); const r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2]; }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path, *, whole=False):
        """A PNG of what is seen, or of the whole page."""
        shot = self("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def loaded(self):
        """The addresses of everything that the page asked for, and that its policy did not stop before it was sent."""
        named = {"Network.requestWillBeSent": {}, "Network.loadingFailed": {}}
        for event in self.events:
            if event.get("method") in named:
                named[event["method"]][event["params"]["requestId"]] = event["params"]
        asked, failed = named.values()
        stopped = {id for id, own in failed.items() if own.get("blockedReason") == "csp"}
        return [own["request"]["url"] for id, own in asked.items() if id not in stopped]

    def complaints(self):
        """Errors and warnings of the console, exceptions, and what the page's policy forbade."""
        found = []
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append(params["exceptionDetails"]["exception"].get("description"))
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
                found.append(str(params["args"]))
            elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(params["entry"]["text"])
            elif method == "Page.javascriptDialogOpening":
                found.append(f"dialog: {params['message']}")
                self("Page.handleJavaScriptDialog", accept=True)
        return found

    def close(self):
        """End it and what it started."""
        os.close(self._out)
        os.close(self._in)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
