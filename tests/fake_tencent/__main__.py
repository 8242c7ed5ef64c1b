"""Run the fake platform: `python -m tests.fake_tencent --port 0`."""

from __future__ import annotations

import argparse
import json
import sys
import threading

from tests.fake_tencent.server import FakeServer


def main() -> None:
    """Serve until interrupted; the first line on standard output names the port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end with the process that holds the other end of standard input",
    )
    arguments = parser.parse_args()
    server = FakeServer(arguments.port)
    sys.stdout.write(json.dumps({"port": server.server_address[1]}) + "\n")
    sys.stdout.flush()
    if arguments.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
    try:
        server.serve_forever(poll_interval=0.05)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _end_with_stdin(server: FakeServer) -> None:
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
