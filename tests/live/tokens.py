"""A provider of OAuth2 on loopback for tests: gives tokens as Microsoft and Google do, and says which ones hold."""

from __future__ import annotations

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

SECRET = "secreto-de-aplicación/ñ+=&%"


class TokenServer:
    """`url` gives tokens, `introspection` tells mail servers whether one holds.

    `life` is for how many seconds a token serves. `answer` (status, body) is given in place of a token when set; a
    status of 0 keeps silent. A refresh token serves once, the one that comes with the answer takes its place; unless
    `lenient`, as with Microsoft, where every one serves for months.
    """

    def __init__(self, refresh: str = "de la persona", *, lenient: bool = False) -> None:
        self.life: float | None = 3600.0
        self.answer: tuple[int, str] | None = None
        self.asked: list[dict[str, str]] = []
        self.refresh, self.lenient = refresh, lenient
        self.given = {refresh}
        self._ends: dict[str, float] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def __enter__(self) -> TokenServer:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                form = dict(parse_qsl(self.rfile.read(length).decode()))
                status, body = server._token(form) if self.path == "/token" else server._introspect(form)
                if not status:
                    server._closing.wait(10)
                    return
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body.encode())))
                if status in (307, 308):
                    self.send_header("Location", "/token")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: Any) -> None:
                """Tests need no log."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        port = self._http.server_address[1]
        self.url, self.introspection = f"http://127.0.0.1:{port}/token", f"http://127.0.0.1:{port}/introspect"
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    def holds(self, token: str) -> bool:
        """Whether a mail server should let this token in."""
        return self._ends.get(token, 0) > time.monotonic()

    def revoke(self) -> None:
        """No token given so far holds any longer."""
        self._ends.clear()

    def refuse(self, error: str, description: str = "", status: int = 400) -> None:
        """From now on say no, as RFC 6749 §5.2 wants it said."""
        self.answer = (status, json.dumps({"error": error, "error_description": description}))

    def _token(self, form: dict[str, str]) -> tuple[int, str]:
        with self._lock:
            self.asked.append(form)
            if self.answer:
                return self.answer
            token = f"testigo-{next(self._numbers)}"
            told: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": self.life}
            if form.get("grant_type") == "refresh_token":
                if form["refresh_token"] not in (self.given if self.lenient else {self.refresh}):
                    return 400, json.dumps({"error": "invalid_grant", "error_description": "token reused"})
                self.refresh = told["refresh_token"] = f"renovado {len(self.asked)}"
                self.given.add(self.refresh)
            self._ends[token] = time.monotonic() + (self.life or 0)
            return 200, json.dumps(told)

    def _introspect(self, form: dict[str, str]) -> tuple[int, str]:
        held = self.holds(form.get("token", ""))
        return 200, json.dumps({"active": "true" if held else "false", "username": "cualquiera"})
