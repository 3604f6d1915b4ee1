"""A proxy before a server: it may lose requests, and may lie."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests


class Proxy:
    """Forwards requests to a server; those whose path matches ``lost`` are answered with 404 by itself.

    Args:
        target: address of the server.
        body: of the proxy's own answers.
    """

    def __init__(self, target: str, body: bytes = b"") -> None:
        self.lost: re.Pattern[str] | None = None
        self.body = body
        self.changed: Callable[[str, bytes], bytes] = lambda path, body: body
        self.refused: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if proxy.lost and proxy.lost.search(self.path):
                    proxy.refused.append(self.path)
                    self.answer(404, proxy.body, "text/html")
                    return
                headers = {name: value for name, value in self.headers.items() if name != "Host"}
                got = requests.request(
                    self.command, target + self.path, data=body, headers=headers, timeout=60
                )
                content = proxy.changed(self.path, got.content)
                self.answer(got.status_code, content, got.headers.get("Content-Type", ""))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

            def answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
