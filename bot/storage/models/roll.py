"""What happened to members' places on the roll, append-only; memberships are what follows from it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.roll import ChangeKind, Code
from bot.storage.types import Base, by_value


class RollChange(Base):
    """One change of one member, or the counter-entry that takes one back.

    Attributes:
        key: Makes an entry single: `died:<member>:<day>:<n>`, `void:<entry>`.
        on_day: The Shanghai day it takes effect.
        unit_id: The branch it happened in; of a transfer the one left, or the one joined.
        code: The reason where a rule names the possible ones; never more than that is kept.
        reason: Words: who consented, why it was taken back.
        closed_id, opened_id: The memberships that ended and began by it.
        before: What the records said and a counter-entry puts back.
        refers_to: The entry this one takes back; None for a change.
    """

    __tablename__ = "roll_change"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_roll_change_member", "member_id", "on_day"),
        Index("ix_roll_change_unit", "unit_id", "on_day"),
        Index("ix_roll_change_refers_to", "refers_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[ChangeKind] = mapped_column(by_value(ChangeKind))
    on_day: Mapped[date]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    code: Mapped[Code | None] = mapped_column(by_value(Code))
    reason: Mapped[str] = mapped_column(String(80), default="")
    closed_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id"), index=True)
    opened_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id"), index=True)
    before: Mapped[dict[str, Any]]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    recorded_at: Mapped[datetime]
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("roll_change.id"))
