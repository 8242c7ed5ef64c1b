"""The life of a serving process: it answers at once, loads behind that, and stops in order."""

from __future__ import annotations

import json
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from types import FrameType
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import click

from bot import __version__
from bot.cli.opening import Refused, check_version, command_line, open_database

if TYPE_CHECKING:
    from bot.channels.links import Links
    from bot.config import Config
    from bot.main import App
    from bot.services.ports import Rehearsal
    from scheduler.jobs import Jobs

_PATIENCE = 4.0  # seconds; platforms give up after five
_ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - what an operator may write, never a default

log = logging.getLogger(__name__)

MakeRehearsal = Callable[[], "Rehearsal | None"]


class Doorman:
    """Stands in for the application while it loads: `/healthz` is answered, others wait."""

    def __init__(self) -> None:
        self._application: WSGIApplication | None = None
        self._opened = threading.Event()

    def open(self, application: WSGIApplication) -> None:
        """Let everybody in."""
        self._application = application
        self._opened.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._application is None and environ.get("PATH_INFO") == "/healthz":
            return _answer(start_response, "200 OK", {"status": "ok", "version": __version__})
        self._opened.wait(_PATIENCE)
        if self._application is None:
            return _answer(start_response, "503 Service Unavailable", {"status": "starting"})
        return self._application(environ, start_response)


class Process:
    """What is loaded behind the doorman, and how it ends.

    Args:
        jobs: Whether this process ticks and dispatches.
        rehearsal: Makes the rehearsal to offer, if any.
    """

    def __init__(
        self, config: Config, stop: threading.Event, *, jobs: bool, rehearsal: MakeRehearsal | None
    ) -> None:
        self._config = config
        self._upgrade = command_line("upgrade")  # not known in other threads
        self._stop = stop
        self._with_jobs = jobs
        self._rehearsal = rehearsal
        self._app: App | None = None
        self._jobs: Jobs | None = None
        self._links: Links | None = None
        self._failure: Exception | None = None

    def load(self, door: Doorman | None) -> None:
        """Build the application, open the door, start the jobs; a failure stops the process."""
        try:
            self._load(door)
        except Exception as error:
            self._failure = error
            self._stop.set()

    def close(self) -> None:
        """Finish what runs and let go of everything.

        Raises:
            Exception: What kept it from loading.
        """
        if self._jobs is not None:
            self._jobs.stop()
        if self._links is not None:
            self._links.stop()
        if self._app is not None:
            self._app.close()
        if self._failure is not None:
            raise self._failure

    def _load(self, door: Doorman | None) -> None:
        from bot import main
        from bot.config import unused
        from bot.services import pinyin

        _check_database(self._config, self._upgrade)
        app = self._app = main.build(self._config)
        if door is not None:
            door.open(app.wsgi(self._rehearsal() if self._rehearsal is not None else None))
        pinyin.warm()
        for sentence in unused(self._config):
            log.warning("配置里的 %s", sentence)
        for unit in main.missing_units(app):
            log.warning("群机器人配置里的组织“%s”还没有登记", unit)
        if self._with_jobs and not self._stop.is_set():
            jobs = app.jobs()
            jobs.start()
            self._jobs = jobs
            links = app.links()
            links.start()
            self._links = links


def run(
    config: Config,
    *,
    web: bool,
    jobs: bool,
    rehearsal: MakeRehearsal | None = None,
    quiet: bool = False,
) -> None:
    """Serve until SIGTERM or Ctrl+C, then finish what is in flight.

    Args:
        quiet: The caller has printed the address already.

    Raises:
        Refused: The port is taken, or the database is not fit.
    """
    stop = threading.Event()
    process = Process(config, stop, jobs=jobs, rehearsal=rehearsal)
    before = _stop_on_signals(stop)
    try:
        if web:
            _serve(config, process, stop, quiet=quiet)
        else:
            process.load(None)
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    process.close()


def address(config: Config, port: int | None = None) -> str:
    """Return where a browser on this machine finds the pages."""
    host = config.server.host
    host = "127.0.0.1" if host in _ANYWHERE else host
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port or config.server.port}"


def check_port(config: Config) -> None:
    """Refuse before any work is done if the port cannot be listened on.

    Raises:
        Refused: With what to do.
    """
    host, port = config.server.host, config.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError:
        raise _port_taken(config) from None


def _serve(config: Config, process: Process, stop: threading.Event, *, quiet: bool) -> None:
    from bot.web import server

    door = Doorman()
    loader = threading.Thread(target=process.load, args=(door,), name="loader")

    def on_ready(port: int) -> None:
        if not quiet:
            click.echo(f"支部助手已启动：{address(config, port)}/  （按 Ctrl+C 停止）")
        loader.start()

    try:
        server.serve(
            door,
            config.server.host,
            config.server.port,
            stop=stop,
            on_ready=on_ready,
            trusted_proxies=config.server.trusted_proxies,
        )
    except OSError:
        raise _port_taken(config) from None
    finally:
        if loader.ident is not None:
            loader.join()


def _port_taken(config: Config) -> Refused:
    return Refused(
        f"{config.server.host} 的 {config.server.port} 端口用不了，可能已被占用。"
        "请停掉占用它的程序，或换一个端口。"
    )


def _check_database(config: Config, upgrade: str) -> None:
    database = open_database(config)
    try:
        check_version(database, upgrade=upgrade)
    finally:
        database.close()


def _stop_on_signals(stop: threading.Event) -> dict[signal.Signals, Any]:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    return {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}


def _answer(start_response: StartResponse, status: str, body: dict[str, str]) -> Iterable[bytes]:
    data = json.dumps(body).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    if status.startswith("503"):
        headers.append(("Retry-After", "2"))
    start_response(status, headers)
    return [data]
