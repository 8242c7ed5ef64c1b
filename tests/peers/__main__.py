"""Let Tencent's own library (npm `@wecom/crypto`, pinned) talk to the bot: `make peers`.

It is installed into a folder that is thrown away; Node.js and npm have to be there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.clock import SystemClock
from tests.conftest import migrate
from tests.e2e.served import Place, Process
from tests.e2e.street import Branch
from tests.e2e.talking import call_meeting, secretary
from tests.fake_tencent import FakeTencent

_HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", "client.mjs")
_WAYS = {"wecom": 1, "wecom2": 2, "robot": 4, "mp": 6}
"""Channel → a branch of its own, so that each signs in to its own meeting."""


def main() -> int:
    """Return 0 when every way in understands the library and is understood by it."""
    if shutil.which("npm") is None:
        sys.stderr.write("需要 Node.js 和 npm。\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="zhibu-peers-") as name, FakeTencent() as fake:
        folder = Path(name)
        for file in _FILES:
            shutil.copyfile(_HERE / file, folder / file)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(install, cwd=folder, check=True)
        url = f"sqlite:///{folder / 'zhibu.db'}"
        migrate(url)
        place = Place(folder, url, fake, branches=6)
        try:
            with Process(place):
                ways = json.dumps([_way(place, *each) for each in _WAYS.items()])
                client = ["node", "client.mjs"]
                return subprocess.run(client, cwd=folder, input=ways.encode()).returncode
        finally:
            place.close()


def _way(place: Place, channel: str, number: int) -> dict[str, object]:
    """Return what the client has to know of a channel, with a meeting to sign in to."""
    branch, receiver = Branch(number), place.receivers()[channel]
    call_meeting(secretary(place, branch), SystemClock().now())
    is_app = receiver.kind == "work"
    return {
        "name": channel,
        "kind": receiver.kind,
        "url": receiver.url,
        "token": receiver.token,
        "aesKey": receiver.aes_key,
        "receiveId": receiver.receive_id,
        "agentId": receiver.agent_id,
        "account": receiver.receive_id if is_app else receiver.account,
        "user": branch.openid("zhang") if channel == "mp" else branch.account("zhang"),
    }


if __name__ == "__main__":
    sys.exit(main())
