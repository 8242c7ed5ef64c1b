"""The bots as child processes, each on a server that is named in the output.

Ours runs as `zhibu serve` runs it. `python -m bench.servers URL PORT THREADS` is the naive bot on
waitress.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench import naive, world

_FOLDER = "BENCH_FOLDER"


@dataclass(frozen=True, slots=True)
class Server:
    """A way to serve a bot; `command` has places for {url}, {port} and {folder}."""

    bot: str
    name: str
    command: tuple[str, ...]
    needs: str = "waitress"

    @property
    def available(self) -> bool:
        """Whether what serves it is installed."""
        return find_spec(self.needs) is not None


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """Return the processor time of all its processes so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if int(fields[2]) == self.pid:  # its process group
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


_PYTHON = sys.executable
_GRANIAN = (
    *(_PYTHON, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--log-level", "error"),
    *("--host", "127.0.0.1", "--port", "{port}", "--blocking-threads"),
)
_GUNICORN = (
    *(_PYTHON, "-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--log-level", "error"),
    *("--worker-class", "gthread", "--keep-alive", "60", "--threads"),
)
_WAITRESS = (_PYTHON, "-m", "bench.servers", "{url}", "{port}")

NAIVE = (
    Server("naive", "granian, 1 thread", (*_GRANIAN, "1", "bench.naive:app"), "granian"),
    Server("naive", "granian, 8 threads", (*_GRANIAN, "8", "bench.naive:app"), "granian"),
    Server(
        "naive", "gunicorn gthread, 8 threads", (*_GUNICORN, "8", "bench.naive:app"), "gunicorn"
    ),
    Server("naive", "waitress, 1 thread", (*_WAITRESS, "1")),
    Server("naive", "waitress, 4 threads", (*_WAITRESS, "4")),
)
ZHIBU = Server(
    "zhibu", "zhibu serve", (_PYTHON, "-m", "bot", "serve", "--config", "{folder}/zhibu.toml")
)
ZHIBU_GRANIAN = Server(
    "zhibu", "granian, 1 thread", (*_GRANIAN, "1", "bench.servers:zhibu"), "granian"
)


@contextmanager
def serving(server: Server, url: str, folder: Path) -> Iterator[Running]:
    """Start a server over a filled database and wait until it answers."""
    port = _free_port()
    world.write_settings(url, folder, port)
    places = {"url": url, "port": str(port), "folder": str(folder)}
    command = [part.format(**places) for part in server.command]
    environment = {**os.environ, naive.ADDRESS: url, _FOLDER: str(folder)}
    with (folder / "server.log").open("ab") as log:
        child = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(child, port, log.name)
            yield Running(child.pid, port)
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
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).close()
        except urllib.error.HTTPError as error:
            if error.code != 503:  # ours, while it still loads
                return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not come up:\n{Path(log).read_text()[-2000:]}")


def __getattr__(name: str) -> object:
    """Build `zhibu` for a foreign server, with its timers running."""
    if name != "zhibu":
        raise AttributeError(name)
    from bot import config, logs
    from bot.main import build

    logs.configure(json=True)
    app = build(config.load(Path(os.environ[_FOLDER]) / "zhibu.toml"))
    app.jobs().start()
    return app.wsgi()


if __name__ == "__main__":
    import waitress

    address, port_, threads = sys.argv[1:]
    waitress.serve(
        naive.create_app(address), host="127.0.0.1", port=int(port_), threads=int(threads)
    )
