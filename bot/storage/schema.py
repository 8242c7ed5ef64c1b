"""The schema's version: create, upgrade, compare (Alembic)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.storage.engine import Database

_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(database: Database, revision: str = "head") -> None:
    """Create the tables of an empty database, or bring an older one up to date."""
    config = _config()
    with database.engine.execution_options(zhibu_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(database: Database, revision: str) -> None:
    """Go back to an older revision (tests of the migrations themselves)."""
    config = _config()
    with database.engine.execution_options(zhibu_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def current(database: Database) -> str | None:
    """Return the revision a database is at, or None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@lru_cache
def newest() -> str | None:
    """Return the revision this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_known(revision: str) -> bool:
    """Tell whether this code knows a revision; a newer program's it does not."""
    scripts = ScriptDirectory.from_config(_config())
    return any(script.revision == revision for script in scripts.walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config
