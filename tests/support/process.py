"""A server that lives exactly as long as the test run, even when the run is killed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

# The shell waits on its standard input, which only we hold open: it ends when we do, for whatever
# reason, and then takes the server and its folder along.
_GUARD = """
folder=$1; stop=$2; shift 2
"$@" & server=$!
while read -r _; do :; done
kill "-$stop" "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"""


class MissingProgram(RuntimeError):
    """A program that the tests need is not installed; says which package brings it."""

    def __init__(self, program: str, package: str) -> None:
        super().__init__(
            f"{program} is not installed. Run ./zhibu test, which installs it, or: "
            f"sudo apt-get install -y --no-install-recommends {package}"
        )


class ServerFailed(RuntimeError):
    """A server did not come up; carries the end of its log."""


class Server:
    """One child process in a folder of its own.

    Args:
        name: Part of the folder's name.
        user: Account to run as when we are root; PostgreSQL refuses to run as root.
    """

    def __init__(self, name: str, *, user: str | None = None) -> None:
        # Not the system's choice of folder: a socket's path may be 107 bytes long.
        self.folder = Path(tempfile.mkdtemp(prefix=f"zhibu-{name}-", dir="/tmp"))
        self.log = self.folder / "server.log"
        self._account = pwd.getpwnam(user) if user is not None and os.geteuid() == 0 else None
        self._guard: subprocess.Popen[bytes] | None = None
        if self._account is not None:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)

    def run(self, command: Sequence[str]) -> None:
        """Run a preparing command to its end, as the server's user."""
        with self._spawn(command) as child:
            code = child.wait()
        if code != 0:
            self._give_up(f"{command[0]} ended with {code}")

    def start(
        self, command: Sequence[str], *, stop: str, ready: Callable[[], bool], within: float = 60
    ) -> None:
        """Start the server and return when it answers.

        Args:
            stop: Name of the signal that ends it, without SIG.
            ready: Tells whether it answers; asked until it does.
            within: Seconds to wait for that.
        """
        self._guard = self._spawn(
            ["/bin/sh", "-c", _GUARD, "guard", str(self.folder), stop, *command]
        )
        until = time.monotonic() + within
        while not ready():
            if time.monotonic() > until:
                self._give_up(f"{command[0]} did not answer within {within:g} seconds")
            time.sleep(0.02)

    def close(self) -> None:
        """End the server and remove its folder."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait(timeout=30)
            self._guard = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        account = self._account
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is ours alone
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )

    def _give_up(self, why: str) -> None:
        told = self.log.read_text(errors="replace")[-2000:]
        self.close()
        raise ServerFailed(f"{why}\n{told}")
