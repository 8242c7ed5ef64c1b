"""Screenings of units and their premises, append-only: before and after both stay."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.weak_branches import Mode
from bot.storage.types import Base, by_value


class UnitScreening(Base):
    """The answers of one screening of a unit for a year; the highest `seq` says how it stands.

    Attributes:
        met: Names of the needs that are met.
        refers_to: The one this row takes back; None for all others.
    """

    __tablename__ = "unit_screening"
    __table_args__ = (UniqueConstraint("unit_id", "year", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    seq: Mapped[int]
    met: Mapped[list[str]] = mapped_column(JSON)
    on_day: Mapped[date]
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("unit_screening.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class UnitPremises(Base):
    """The premises of a unit from a day on; the highest `seq` counts.

    Attributes:
        area: In tenths of a square metre.
        refers_to: The one this row takes back; None for all others.
    """

    __tablename__ = "unit_premises"
    __table_args__ = (UniqueConstraint("unit_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    seq: Mapped[int]
    area: Mapped[int]
    mode: Mapped[Mode] = mapped_column(by_value(Mode))
    on_day: Mapped[date]
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("unit_premises.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
