"""What keeps several processes in step: the last tick, access tokens, leases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base


class TickMark(Base):
    """How far each rule has been worked through."""

    __tablename__ = "tick_mark"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_until: Mapped[datetime]


class StoredToken(Base):
    """A platform access token shared by all processes."""

    __tablename__ = "stored_token"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    version: Mapped[int]


class StoredLease(Base):
    """A lock that ends by itself when its holder dies."""

    __tablename__ = "stored_lease"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    holder: Mapped[str] = mapped_column(String(40))
    until: Mapped[datetime]


class Counter(Base):
    """A number that only grows, such as the receipts of a branch in a year."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int]
