"""Places, who looks after whom, visits, and the plans of leaders.

What was written by mistake is taken back (`revoked_at`), nothing is deleted; a row taken back gives
its key free.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.contacts import ContactKind, PlaceKind
from bot.storage.types import Base, by_value


class Place(Base):
    """Something that is looked after and is no Party organisation.

    Attributes:
        unit_id: The community or branch it lies in.
        name: Of a household only a code.
        unmanaged: A courtyard without a managing unit.
        body: The residents' body of an unmanaged courtyard; "" where there is none.
        org_id: The Party organisation of an enterprise.
        full_members: Of an enterprise.
        valid_to: Excluded; an enterprise that closed, a courtyard that was merged.
    """

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("key"), Index("ix_place_unit", "unit_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[PlaceKind] = mapped_column(by_value(PlaceKind))
    name: Mapped[str] = mapped_column(String(60))
    unmanaged: Mapped[bool]
    body: Mapped[str] = mapped_column(String(60))
    org_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    full_members: Mapped[int | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Contact(Base):
    """Somebody looks after somebody or something.

    Attributes:
        member_id, unit_id: Who does; one of the two.
        to_member_id, to_unit_id, place_id: Whom or what; one of the three.
        valid_to: Excluded.
    """

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_contact_member", "member_id"),
        Index("ix_contact_unit", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[ContactKind] = mapped_column(by_value(ContactKind))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    to_member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    to_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Visit(Base):
    """Somebody went somewhere; two messages of one day and place are one visit.

    Attributes:
        findings: What was found; "" for nothing.
        item_id: The issue it led to.
    """

    __tablename__ = "visit"
    __table_args__ = (UniqueConstraint("key"), Index("ix_visit_member", "member_id", "on_day"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    to_member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    to_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    on_day: Mapped[date]
    findings: Mapped[str] = mapped_column(String(200))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("open_item.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class WorkPlan(Base):
    """A leader's plan for a community and a year; the newest that stands counts.

    Attributes:
        by_id: Who handed it in: not the leader, not 亲自.
    """

    __tablename__ = "work_plan"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_work_plan_member", "member_id", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    words: Mapped[str] = mapped_column(String(400))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
