"""Alembic migrations; `bot.storage.schema` runs them."""
