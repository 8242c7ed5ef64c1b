"""Column types and the declarative base all models share."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON

from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.sending import SendState


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment, stored as UTC (SQLite keeps no zone, so we put it back)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; hand the database UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must be aware")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class MonthText(TypeDecorator[Month]):
    """A calendar month as `YYYY-MM`, which sorts and compares as it should."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: Month | str | None, dialect: Dialect) -> str | None:
        """Write `YYYY-MM`."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Month | None:
        """Read `YYYY-MM`."""
        return None if value is None else Month.parse(value)


def by_value(kind: type[enum.Enum]) -> Enum:
    """Return a column type that stores an enum by its value, as text."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=40,
        validate_strings=True,
    )


Id = BigInteger().with_variant(Integer, "sqlite")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every model."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        int: Id,
        datetime: UtcMoment,
        date: Date,
        Month: MonthText,
        dict[str, Any]: JSON,
        list[str]: JSON,
        Role: by_value(Role),
        MeetingKind: by_value(MeetingKind),
        Mark: by_value(Mark),
        SendState: by_value(SendState),
    }
