"""Transfers of the organisational relation: the letter, and what became of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.periods import Month
from bot.domain.transfers import TransferState
from bot.storage.types import Base, by_value


class Transfer(Base):
    """A letter of introduction; its facts never change. One open letter a member.

    Attributes:
        from_unit_id: None where somebody comes from outside.
        to_unit_id: None where the destination is outside; `place` then names it.
        place: The organisation outside, as written.
        days: How long the letter is valid, from the day after its issue.
        dues_until: The last month whose dues the old branch takes.
        closed_at: Set by conditional update, so that a letter is answered once.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        Index(
            "uq_transfer_open",
            "member_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_transfer_member_id", "member_id"),
        Index("ix_transfer_from_unit_id", "from_unit_id"),
        Index("ix_transfer_to_unit_id", "to_unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    from_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    to_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    place: Mapped[str] = mapped_column(String(60), default="")
    letter_no: Mapped[str] = mapped_column(String(40), default="")
    issued_on: Mapped[date]
    days: Mapped[int]
    dues_until: Mapped[Month]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    recorded_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class TransferStep(Base):
    """What became of a letter, append-only; the highest `seq` counts.

    Attributes:
        state: `open` takes the step before back.
        on_day: The Shanghai day it was received, returned or withdrawn.
        change_id: The change of the roll that came of it.
    """

    __tablename__ = "transfer_step"
    __table_args__ = (UniqueConstraint("transfer_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"))
    seq: Mapped[int]
    state: Mapped[TransferState] = mapped_column(by_value(TransferState))
    on_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(80), default="")
    change_id: Mapped[int | None] = mapped_column(ForeignKey("roll_change.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
