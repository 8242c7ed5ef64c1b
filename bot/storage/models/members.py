"""The roll: members, where they belong from when to when, posts, platform accounts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.dues import Category
from bot.domain.members import MemberKind
from bot.domain.rights import Role
from bot.storage.types import Base, by_value


class Member(Base):
    """A person on the roll (or on the street's staff, without a branch).

    Attributes:
        phone_tail: The last four digits, only to bind an account; no more of the number is kept.
        category: Decides the dues rate and nothing else.
    """

    __tablename__ = "member"
    __table_args__ = (
        Index(
            "ix_member_probationary",
            "joined_on",
            sqlite_where=text("kind = 'probationary'"),
            postgresql_where=text("kind = 'probationary'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[MemberKind] = mapped_column(by_value(MemberKind))
    category: Mapped[Category | None] = mapped_column(by_value(Category))
    phone_tail: Mapped[str] = mapped_column(String(4), default="")
    joined_on: Mapped[date | None]
    full_since: Mapped[date | None]


class Membership(Base):
    """A member's place in the tree from a day to a day (exclusive), so any past day can be read."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_current",
            "member_id",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_membership_unit", "unit_id", "valid_from"),
        Index("ix_membership_member", "member_id"),
        Index("ix_membership_cell", "cell_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    cell_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Post(Base):
    """A role held in a unit from a day to a day (exclusive)."""

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("member_id", "unit_id", "role", "valid_from"),
        Index("ix_post_unit", "unit_id", "role"),
        Index("ix_post_valid_to", "valid_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[Role]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Account(Base):
    """A platform account that belongs to a member.

    Attributes:
        space: `wecom:<corp_id>`, `oa:<app_id>`, `sim`.
        external_id: As written by the platform; `external_key` is its folded form, since WeCom
            answers userids in lower case.
        bound_how: `roster`, `digits` or `code`.
        unreachable_since, unreachable_why: When the platform first said that it cannot reach the
            account, and why; it counts until something arrives there or comes from there.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(
            "uq_account_bound",
            "space",
            "external_key",
            unique=True,
            sqlite_where=text("unbound_at IS NULL"),
            postgresql_where=text("unbound_at IS NULL"),
        ),
        Index("ix_account_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(String(80))
    external_id: Mapped[str] = mapped_column(String(120))
    external_key: Mapped[str] = mapped_column(String(120))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    bound_how: Mapped[str] = mapped_column(String(12))
    bound_at: Mapped[datetime]
    consent_version: Mapped[str] = mapped_column(String(12), default="")
    unreachable_since: Mapped[datetime | None]
    unreachable_why: Mapped[str] = mapped_column(String(200), default="", server_default="")
    unbound_at: Mapped[datetime | None]


class BindTry(Base):
    """A failed try to bind an account; five in a day are enough."""

    __tablename__ = "bind_try"
    __table_args__ = (Index("ix_bind_try_account", "space", "external_key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(String(80))
    external_key: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class BindCode(Base):
    """A one-time code from the secretary; only its hash is kept."""

    __tablename__ = "bind_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
