"""Alembic's environment: runs on the connection that `bot.storage.schema` hands in."""

from __future__ import annotations

from alembic import context

from bot.storage import models  # noqa: F401 - fills the metadata
from bot.storage.types import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
