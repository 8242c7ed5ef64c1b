"""Pasted chains (#接龙), append-only: what was pasted, how its names were read, what was confirmed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.chains import About, NoteKind
from bot.storage.types import Base, by_value


class Chain(Base):
    """Pastes that belong together: one branch, one title, one thing it is about.

    Attributes:
        title_key: Fingerprint of title and example, the same however a phone writes them.
        subject: What it is about: `meeting:12`, `notice:3`, `dues:2026-03,2026-04`; "" while that
            is open, or where it is nothing of ours.
        settled_at: Somebody who may see lists has pasted it as this, or has chosen it. What only
            a member has chosen binds nobody else.
        dismissed_at: Somebody entitled said that it is none of the things offered.
    """

    __tablename__ = "chain"
    __table_args__ = (UniqueConstraint("branch_id", "title_key", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title_key: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(80))
    about: Mapped[About] = mapped_column(by_value(About))
    subject: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]


class ChainPaste(Base):
    """One paste: a proposed full state, by somebody who may have changed any line of it.

    Attributes:
        state: Fingerprint of what it says; the same state is proposed to the organiser once.
        is_cut: It was longer than is read.
    """

    __tablename__ = "chain_paste"
    __table_args__ = (
        UniqueConstraint("chain_id", "inbound_id"),
        Index("ix_chain_paste_chain", "chain_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id"))
    inbound_id: Mapped[int] = mapped_column(ForeignKey("inbound.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(40))
    is_cut: Mapped[bool] = mapped_column(default=False)


class ChainLine(Base):
    """One line of a paste, without the words behind the name: only what they amount to.

    Attributes:
        place: Order in the paste, from 1; `number` is what stood before the line.
        nth: Which line of this very name it is, from 1: two 张伟 stay two.
        how: How the name was read: `exact`, `sure`, `chosen`, `unclear`.
        reason_kind: Of a leave: 公, 病, 事, 其他; never the words.
        months: Named in the line itself, `2026-03,2026-04`.
    """

    __tablename__ = "chain_line"
    __table_args__ = (UniqueConstraint("paste_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    paste_id: Mapped[int] = mapped_column(ForeignKey("chain_paste.id"))
    place: Mapped[int]
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    nth: Mapped[int] = mapped_column(default=1)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    how: Mapped[str] = mapped_column(String(12))
    persons: Mapped[int] = mapped_column(default=1)
    kind: Mapped[NoteKind] = mapped_column(by_value(NoteKind))
    amount_fen: Mapped[int | None]
    reason_kind: Mapped[str] = mapped_column(String(4), default="")
    months: Mapped[str] = mapped_column(String(120), default="")


class ChainChoice(Base):
    """Whom an unclear name of a chain means, as somebody entitled has said; the last one counts.

    Attributes:
        member_id: None for nobody on the roll.
    """

    __tablename__ = "chain_choice"
    __table_args__ = (Index("ix_chain_choice_chain", "chain_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id"))
    name: Mapped[str] = mapped_column(String(40))
    nth: Mapped[int] = mapped_column(default=1)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class ChainRecord(Base):
    """One line that somebody entitled let into a ledger: which row, who pasted, who confirmed.

    Attributes:
        ledger, row_id: The row it made: `attendance_mark`, `study_signup`, `dues_entry`, `receipt`.
        reporter_id: Who pasted the chain. confirmed_by: Who typed the head-count.
        undone_at: When the confirmation was taken back; its counter-entries stand in that ledger.
    """

    __tablename__ = "chain_record"
    __table_args__ = (
        Index("ix_chain_record_paste", "paste_id"),
        Index("ix_chain_record_row", "ledger", "row_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    paste_id: Mapped[int] = mapped_column(ForeignKey("chain_paste.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    ledger: Mapped[str] = mapped_column(String(20))
    row_id: Mapped[int]
    reporter_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    confirmed_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
