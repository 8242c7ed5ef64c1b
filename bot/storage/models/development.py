"""Cases of those who want to join, and what was written down about each, append-only."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.development import CaseAct
from bot.storage.types import Base, by_value


class DevelopmentCase(Base):
    """Somebody's way from an application to full membership, in one branch.

    Attributes:
        key: Makes it single: `inbound:<message>`, `import:<unit>:<number>`.
        number: Counts the cases of a branch, for people.
        name: As written; whoever applies is on no roll yet.
        member_id: Who it became on the roll; set when the admission was approved.
    """

    __tablename__ = "development_case"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("unit_id", "number"),
        Index("ix_development_case_member_id", "member_id"),
        Index("ix_development_case_name", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class DevelopmentEntry(Base):
    """One line of a case, or the line that takes one back.

    Attributes:
        on_day: The Shanghai day it happened. until_day: The last day of a publicity.
        amount: Days or hours of training, months of an extension; `words` says which.
        words: Name of a paper, unit of an amount, why it was closed or taken back.
        change_id: The change of the roll that came of it.
        refers_to: The line this one takes back; None for all others.
    """

    __tablename__ = "development_entry"
    __table_args__ = (
        UniqueConstraint("case_id", "seq"),
        Index("ix_development_entry_change_id", "change_id"),
        Index("ix_development_entry_refers_to", "refers_to"),
        Index("ix_development_entry_on_day", "on_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("development_case.id"))
    seq: Mapped[int]
    act: Mapped[CaseAct] = mapped_column(by_value(CaseAct))
    step: Mapped[int | None]
    on_day: Mapped[date]
    until_day: Mapped[date | None]
    amount: Mapped[int | None]
    words: Mapped[str] = mapped_column(String(60), default="")
    change_id: Mapped[int | None] = mapped_column(ForeignKey("roll_change.id"))
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("development_entry.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
