"""`python -m bench.platform PORT`: a platform that accepts everything at once."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Platform(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Give an access token."""
        self._say({"errcode": 0, "errmsg": "ok", "access_token": "t" * 64, "expires_in": 7200})

    def do_POST(self) -> None:
        """Accept a message to everybody it is for."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say({"errcode": 0, "errmsg": "ok", "msgid": "m", "invaliduser": ""})

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _say(self, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Platform).serve_forever()
