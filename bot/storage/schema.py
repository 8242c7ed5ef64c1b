"""The schema's version: create, upgrade, compare (Alembic)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from bot.storage.engine import Database

_LOCK = 0x7A68696275  # "zhibu"; any number that no other program on the server takes
_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(database: Database, revision: str = "head") -> None:
    """Create the tables of an empty database, or bring an older one up to date.

    Of several processes that do it at once, one does and the others find it done.
    """
    with _alone(database) as config:
        command.upgrade(config, revision)


def downgrade(database: Database, revision: str) -> None:
    """Go back to an older revision (tests of the migrations themselves)."""
    with _alone(database) as config:
        command.downgrade(config, revision)


@contextmanager
def _alone(database: Database) -> Iterator[Config]:
    """Open a transaction that changes the schema while no other does."""
    config = _config()
    with database.engine.execution_options(zhibu_write=True).begin() as connection:
        if not database.is_sqlite:  # whose transactions are one at a time anyway
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = connection
        yield config


def current(database: Database) -> str | None:
    """Return the revision a database is at, or None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@lru_cache
def newest() -> str | None:
    """Return the revision this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def revisions() -> list[str]:
    """Return every revision there ever was, the first one first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def is_known(revision: str) -> bool:
    """Tell whether this code knows a revision; a newer program's it does not."""
    return revision in revisions()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config
