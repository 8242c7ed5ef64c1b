"""Members' files: each state a file came to, append-only; never what is in it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.member_files import FileClass, FileState
from bot.storage.types import Base, by_value


class MemberFileEntry(Base):
    """A state that a member's one file came to, or the line that takes one back.

    Attributes:
        on_day: The Shanghai day.
        refers_to: The line this one takes back; None for all others.
    """

    __tablename__ = "member_file_entry"
    __table_args__ = (
        UniqueConstraint("member_id", "seq"),
        Index("ix_member_file_entry_refers_to", "refers_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    seq: Mapped[int]
    state: Mapped[FileState] = mapped_column(by_value(FileState))
    file_class: Mapped[FileClass] = mapped_column(by_value(FileClass))
    location_code: Mapped[str] = mapped_column(String(40), default="")
    on_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(60), default="")
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("member_file_entry.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
