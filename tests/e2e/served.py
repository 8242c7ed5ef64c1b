"""The bot as it is deployed: a configuration file, a filled database, processes that serve.

`Place` is what an operator sets up, `Process` a child that runs `python -m bot … serve`, and
`ClockedBot` the same application on a thread of the test, over a clock the test moves.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import cli, config, main
from bot.clock import ManualClock
from bot.storage.engine import Database
from bot.storage.models import Inbound, Outbox
from bot.storage.types import Base
from bot.web import server
from tests.e2e import street
from tests.fake_tencent import FakeTencent, Receiver

_ROOT = Path(__file__).parents[2]
_PATIENCE = 30.0

CORP = "ww_test_corp"
WECOM_TOKEN, WECOM_KEY = "WecomTokenOfTests", "wecomAesKeyOfTestsAbcdefghijklmnopqrstuvwxy"
WECOM2_TOKEN, WECOM2_KEY = "Wecom2TokenOfTests", "wecom2AesKeyOfTestsBbcdefghijklmnopqrstuvwx"
ROBOT_TOKEN, ROBOT_KEY = "RobotTokenOfTests", "robotAesKeyOfTestsCbcdefghijklmnopqrstuvwxy"
MP_TOKEN, MP_KEY = "MpTokenOfTests", "mpAesKeyOfTestsDbcdefghijklmnopqrstuvwxyz01"
MP2_TOKEN = "Mp2TokenOfTests"
SECRETS = (
    *("app-secret", "app2-secret", "oa-secret", "oa2-secret", "key-branch3", "key-branch5"),
    *(WECOM_TOKEN, WECOM_KEY, WECOM2_TOKEN, WECOM2_KEY, ROBOT_TOKEN, ROBOT_KEY),
    *(MP_TOKEN, MP_KEY, MP2_TOKEN),
)
"""What no log may hold; access tokens are added by the tests."""

_CONFIG = """
[server]
port = {port}

[data]
dir = "data"

[database]
url = "{database}"

[quiet]
from = "00:00"
until = "00:00"

[[channel]]
kind = "wecom_app"
name = "wecom"
corp_id = "{corp}"
agent_id = 1000002
secret = "app-secret"
token = "{wecom[0]}"
aes_key = "{wecom[1]}"
api_base = "{qyapi}"
allow_insecure = true

[[channel]]
kind = "wecom_app"
name = "wecom2"
corp_id = "{corp}"
agent_id = 1000003
secret = "app2-secret"
token = "{wecom2[0]}"
aes_key = "{wecom2[1]}"
api_base = "{qyapi}"
allow_insecure = true

[[channel]]
kind = "wecom_robot"
name = "robot"
corp_id = "{corp}"
token = "{robot[0]}"
aes_key = "{robot[1]}"
bot_id = "bot1"
bot_name = "支部助手"

[[channel]]
kind = "official_account"
name = "mp"
app_id = "wx_test_app"
secret = "oa-secret"
token = "{mp[0]}"
aes_key = "{mp[1]}"
mode = "safe"
api_base = "{wxapi}"
allow_insecure = true

[[channel]]
kind = "official_account"
name = "mp2"
app_id = "wx_test_app2"
secret = "oa2-secret"
token = "{mp2}"
mode = "plaintext"
api_base = "{wxapi}"
allow_insecure = true

[[channel]]
kind = "group_webhook"
name = "branch3"
key = "key-branch3"
unit = "第三党支部"
api_base = "{qyapi}"
allow_insecure = true

[[channel]]
kind = "group_webhook"
name = "branch5"
key = "key-branch5"
unit = "第五党支部"
api_base = "{qyapi}"
allow_insecure = true
"""


class Place:
    """One installation: its folder, configuration and database, with the street imported.

    Args:
        fake: Stands for every platform; begun anew with the street's people.
        branches: How many ordinary branches the street has.
    """

    def __init__(self, folder: Path, database_url: str, fake: FakeTencent, branches: int) -> None:
        self.fake = fake
        self.branches = branches
        self.port = free_port()
        self.database = Database(database_url)
        self.config = folder / "zhibu.toml"
        values = {
            "port": self.port,
            "database": database_url,
            "corp": CORP,
            "qyapi": fake.qyapi,
            "wxapi": fake.wxapi,
            "wecom": (WECOM_TOKEN, WECOM_KEY),
            "wecom2": (WECOM2_TOKEN, WECOM2_KEY),
            "robot": (ROBOT_TOKEN, ROBOT_KEY),
            "mp": (MP_TOKEN, MP_KEY),
            "mp2": MP2_TOKEN,
        }
        self.config.write_text(_CONFIG.format(**values), encoding="utf-8")
        self.begin_anew()
        for ledger, write in (("units", street.units_csv), ("roster", street.roster_csv)):
            (folder / f"{ledger}.csv").write_text(write(branches), encoding="utf-8")
            self.zhibu("import", ledger, str(folder / f"{ledger}.csv"))

    def begin_anew(self) -> None:
        """Let the platform forget everything but who there is."""
        self.fake.reset(street.seed(self.branches))

    def zhibu(self, *words: str) -> str:
        """Run a command of the bot and return what it said.

        Raises:
            AssertionError: It refused.
        """
        code, said = self.try_zhibu(*words)
        assert code == 0, said
        return said

    def try_zhibu(self, *words: str) -> tuple[int, str]:
        """Run a command of the bot; return its exit code and all it said."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = cli.run([*words, "--config", str(self.config)])
        return code, said.getvalue()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    # --- its addresses, as the platforms know them -------------------------------------------

    def receivers(self, port: int | None = None) -> Mapping[str, Receiver]:
        """Return every way in by the name of its channel."""
        base = f"http://127.0.0.1:{port or self.port}/webhook"
        return {
            "wecom": Receiver("work", f"{base}/wecom", WECOM_TOKEN, WECOM_KEY, CORP),
            "wecom2": Receiver(
                "work", f"{base}/wecom2", WECOM2_TOKEN, WECOM2_KEY, CORP, agent_id=1000003
            ),
            "robot": Receiver("aibot", f"{base}/robot", ROBOT_TOKEN, ROBOT_KEY),
            "mp": Receiver("oa-safe", f"{base}/mp", MP_TOKEN, MP_KEY, "wx_test_app"),
            "mp2": Receiver("oa-plain", f"{base}/mp2", MP2_TOKEN, account="gh_test_account2"),
        }

    # --- what is in the database -------------------------------------------------------------

    def inbound(self, channel: str, sender: str) -> list[Inbound]:
        """Return what somebody sent over a channel, in order."""
        wanted = select(Inbound).where(Inbound.channel == channel, Inbound.sender_id == sender)
        return self.rows(wanted.order_by(Inbound.id))

    def outbox(self, **columns: object) -> list[Outbox]:
        """Return the outgoing rows whose columns hold these values, in order."""
        return self.rows(select(Outbox).filter_by(**columns).order_by(Outbox.id))

    def rows(self, wanted: Any) -> list[Any]:
        """Return the rows of a query, detached."""
        with self.database.reading() as session:
            found = list(session.scalars(wanted))
            session.expunge_all()
        return found

    def counts(self) -> dict[str, int]:
        """Return how many rows every table has."""
        with self.database.reading() as session:
            return {
                name: session.scalar(select(func.count()).select_from(table)) or 0
                for name, table in Base.metadata.tables.items()
            }

    def write(self, work: Callable[[Session], object]) -> None:
        """Do something to the database in one transaction."""
        with self.database.writing() as session:
            work(session)


class Process:
    """A child that runs `zhibu serve` (or `web`, or `work`); it ends with the test run.

    Args:
        words: The command, `serve` unless told.
    """

    # The shell waits on its standard input, which only we hold open: it ends when we do, for
    # whatever reason, and takes the bot along.
    _GUARD = (
        'note=$1; shift; "$@" </dev/null & echo $! >"$note.new"; mv "$note.new" "$note"; '
        "while read -r _; do :; done; kill -TERM $! 2>/dev/null; wait $!"
    )

    def __init__(self, place: Place, command: str = "serve") -> None:
        self._place = place
        self._command = command
        self._note = place.config.with_name(f"{command}-{time.monotonic_ns()}.pid")
        self.log = self._note.with_suffix(".log")
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it, and wait until it works."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.stop()

    def start(self, *, wait: bool = True) -> None:
        """Start it; a second start after a kill takes the same port and continues the log."""
        self._note.unlink(missing_ok=True)
        bot = [sys.executable, "-m", "bot", self._command, "--config", str(self._place.config)]
        with self.log.open("ab") as log:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", self._GUARD, "guard", str(self._note), *bot],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=_ROOT,
                env={**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"},
            )
        wait_for(self._note.exists)
        if wait and self._command != "work":
            wait_for(lambda: self.status("/healthz") == 200)
            # Only the loaded application knows which addresses there are not.
            wait_for(lambda: self.status("/webhook/nobody") == 404)

    def stop(self) -> int:
        """End it as an operator would, and return its exit code."""
        guard, self._guard = self._guard, None
        if guard is None:
            return 0
        guard.communicate()
        return guard.returncode

    def kill(self) -> None:
        """End it with `kill -9`."""
        os.kill(int(self._note.read_text()), signal.SIGKILL)
        self.stop()

    def status(self, path: str) -> int | None:
        """Return the HTTP status of an address, or None while nobody answers."""
        with contextlib.suppress(OSError, HTTPException):
            return request(self._place.port, "GET", path)[0]
        return None

    def told(self) -> str:
        """Return everything it has written, to both streams."""
        return self.log.read_text(encoding="utf-8", errors="replace")


class ClockedBot:
    """The served application on threads of this process, over a clock that the test moves."""

    def __init__(self, place: Place, moment: datetime) -> None:
        self._place = place
        self.clock = ManualClock(moment)
        self.app = main.build(config.load(place.config), self.clock)
        self.receivers: Mapping[str, Receiver] = {}
        self.set(moment)

    def set(self, moment: datetime) -> None:
        """Move the bot's clock and the platform's."""
        self.clock.set(moment)
        self._place.fake.clock(at=moment.timestamp())

    def run_until(self, moment: datetime) -> None:
        """Live on to a moment, stopping wherever something falls due on the way."""
        core = self.app.core
        core.turn()
        while self.clock.now() < moment:
            stops = [core.ticker.next_slot(moment), core.dispatcher.next_due()]
            self.set(min([moment, *(stop for stop in stops if stop is not None)]))
            core.turn()

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """Serve it on a free port for the length of a block."""
        stop, ready = threading.Event(), threading.Event()

        def on_ready(port: int) -> None:
            self.receivers = self._place.receivers(port)
            ready.set()

        def serve() -> None:
            server.serve(self.app.wsgi(), "127.0.0.1", 0, stop=stop, on_ready=on_ready)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            assert ready.wait(_PATIENCE)
            yield self
        finally:
            stop.set()
            thread.join()

    def close(self) -> None:
        """Let go of the database."""
        self.app.core.database.close()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def request(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes]:
    """Send one request to this machine and return status and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait_for(fine: Callable[[], object], within: float = _PATIENCE) -> None:
    """Ask until the answer is yes.

    Raises:
        AssertionError: It took too long.
    """
    until = time.monotonic() + within
    while not fine():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.04)


def texts(copies: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the texts of what somebody received, in order; of a card what it shows."""
    words = ("content", "Content", "sub_title_text")
    return [
        str(next((copy["content"][each] for each in words if copy["content"].get(each)), None))
        for copy in copies
    ]
