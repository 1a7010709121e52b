"""A web server on this machine that gives files, and misbehaves where it is told to."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """What it gives by path, how, and what it was asked.

    `ranges`: whether it can go on in the middle; `cut`: after how many bytes it breaks the next answers, one each;
    `moved`: where else a path is; `lies`: that it goes on elsewhere than asked; `slow_s`: the wait before it answers.
    """

    def __init__(self):
        self.files, self.moved, self.asked = {}, {}, []
        self.ranges, self.cut, self.lies, self.slow_s = True, [], False, 0.0
        self.url = ""


@contextmanager
def serve():
    """A running site."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers.get("Range")
            site.asked.append((self.path, wanted))
            threading.Event().wait(site.slow_s)
            if self.path in site.moved:
                self.send_response(302)
                self.send_header("Location", site.moved[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if self.path not in site.files:
                self.send_error(404)
                return
            content, start = site.files[self.path], 0
            if wanted and site.ranges:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                if start >= len(content):
                    self.send_error(416)
                    return
                self.send_response(206)
                shown = start + 1 if site.lies else start
                self.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
            else:
                self.send_response(200)
            rest = content[start:]
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            if site.cut:
                rest = rest[: site.cut.pop(0)]
                self.close_connection = True
            self.wfile.write(rest)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
