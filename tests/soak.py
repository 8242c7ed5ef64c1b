"""`make soak`: a minute of kills, one a second, on a PostgreSQL of its own that keeps its word."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench.postgres import DurablePostgres
from bot.storage import schema
from bot.storage.engine import Database
from tests.support.soak import Plan, describe, run


def main() -> int:
    """Soak, print what was found, and return 1 where something was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    with DurablePostgres() as postgres, tempfile.TemporaryDirectory() as folder:
        database = Database(postgres.create("soak"))
        try:
            schema.upgrade(database)
            found = run(database, Path(folder), Plan(asked.seconds, members=500, texts=20))
        finally:
            database.close()
    print(describe(found))
    print("0 lost, 0 doubled" if found.is_whole else "SOMETHING WAS LOST OR DOUBLED")
    return 0 if found.is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
