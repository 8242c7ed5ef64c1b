"""The bots as child processes, each on a server that is named in the output.

`python -m bench.servers zhibu URL PORT FOLDER` and `… naive-waitress URL PORT THREADS` are the
children; `serving` starts them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event

from bench import naive, world


@dataclass(frozen=True, slots=True)
class Server:
    """A way to serve a bot; `command` has places for {url}, {port} and {folder}."""

    bot: str
    name: str
    command: tuple[str, ...]
    needs: str

    @property
    def available(self) -> bool:
        """Whether what serves it is installed."""
        return find_spec(self.needs) is not None


_PYTHON = sys.executable
_GRANIAN = (_PYTHON, "-m", "granian", "--interface", "wsgi", "--workers", "1")
_GRANIAN += ("--host", "127.0.0.1", "--port", "{port}", "--no-access-log", "--log-level", "error")
_GUNICORN = (_PYTHON, "-m", "gunicorn", "--worker-class", "gthread", "--bind", "127.0.0.1:{port}")
_GUNICORN += ("--keep-alive", "60", "--log-level", "error", "--threads")
_WAITRESS = (_PYTHON, "-m", "bench.servers", "naive-waitress", "{url}", "{port}")

NAIVE = (
    Server("naive", "granian, 1 thread", (*_GRANIAN, "bench.naive:app"), "granian"),
    Server(
        "naive",
        "granian, 8 threads",
        (*_GRANIAN, "--blocking-threads", "8", "bench.naive:app"),
        "granian",
    ),
    Server(
        "naive", "gunicorn gthread, 8 threads", (*_GUNICORN, "8", "bench.naive:app"), "gunicorn"
    ),
    Server("naive", "waitress, 1 thread", (*_WAITRESS, "1"), "waitress"),
    Server("naive", "waitress, 4 threads", (*_WAITRESS, "4"), "waitress"),
)
ZHIBU = Server(
    "zhibu",
    "its own (waitress embedded)",
    (_PYTHON, "-m", "bench.servers", "zhibu", "{url}", "{port}", "{folder}"),
    "waitress",
)
ZHIBU_GRANIAN = Server(
    "zhibu", "granian, 1 thread", (*_GRANIAN, "bench.servers:zhibu_app"), "granian"
)


@contextmanager
def serving(server: Server, url: str, folder: Path) -> Iterator[int]:
    """Start a server over a filled database, wait until it listens, yield its port."""
    port = _free_port()
    places = {"url": url, "port": str(port), "folder": str(folder)}
    command = [part.format(**places) for part in server.command]
    environment = {**os.environ, naive.ADDRESS: url, "BENCH_URL": url, "BENCH_FOLDER": str(folder)}
    with (folder / "server.log").open("ab") as log:
        child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait(child, port, log.name)
            yield port
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _wait(child: subprocess.Popen[bytes], port: int, log: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and child.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not come up:\n{Path(log).read_text()[-2000:]}")


def _serve_zhibu(url: str, port: int, folder: Path) -> None:
    """Do what `zhibu serve` does: pages, webhook, scheduler and dispatcher in one process."""
    from bot import logs
    from bot.main import build
    from bot.web.server import serve

    logs.configure(json=True)
    app = build(world.settings(url, folder))
    jobs, stop = app.jobs(), Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    jobs.start()
    serve(app.wsgi(), "127.0.0.1", port, stop=stop)
    jobs.stop()


def _serve_naive(url: str, port: int, threads: int) -> None:
    import waitress

    waitress.serve(naive.create_app(url), host="127.0.0.1", port=port, threads=threads)


def __getattr__(name: str) -> object:
    """Build `zhibu_app` for a foreign server, timers running."""
    if name != "zhibu_app":
        raise AttributeError(name)
    from bot import logs
    from bot.main import build

    logs.configure(json=True)
    app = build(world.settings(os.environ["BENCH_URL"], Path(os.environ["BENCH_FOLDER"])))
    app.jobs().start()
    return app.wsgi()


if __name__ == "__main__":
    which, url, port, last = sys.argv[1:]
    if which == "zhibu":
        _serve_zhibu(url, int(port), Path(last))
    else:
        _serve_naive(url, int(port), int(last))
