"""The ledger `roster` as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.dues import CATEGORY_NAMES
from bot.domain.members import KIND_NAMES
from bot.domain.periods import Month
from bot.domain.rights import ROLE_NAMES, Role
from bot.services.exporting.scope import Request, Table
from bot.services.importing.roster_rows import ACCOUNTS
from bot.services.importing.unit_tree import short_cell_name
from bot.storage.models import Account, DuesAssessment, Member, Membership, Post, Unit


def rows(session: Session, request: Request) -> Table:
    """Return everybody on the rolls now, branch by branch, in the columns of the import."""
    branch, cell = aliased(Unit), aliased(Unit)
    found = session.execute(
        select(
            Member.id,
            Member.name,
            branch.name.label("branch"),
            branch.path,
            cell.name.label("cell"),
            Member.kind,
            Member.category,
            Member.phone_tail,
            Member.joined_on,
            Member.full_since,
        )
        .join(Membership, (Membership.member_id == Member.id) & Membership.valid_to.is_(None))
        .join(branch, branch.id == Membership.unit_id)
        .outerjoin(cell, cell.id == Membership.cell_id)
        .order_by(branch.id, Member.id)
    ).all()
    posts, fen = _posts(session, request), _monthly_fen(session, request)
    accounts = {column: _accounts(session, request, column) for column in ACCOUNTS}
    return [
        (
            row.name,
            row.branch,
            short_cell_name(row.branch, row.cell) if row.cell else "",
            KIND_NAMES[row.kind],
            CATEGORY_NAMES[row.category] if row.category else "",
            "、".join(ROLE_NAMES[role] for role in posts.get(row.id, ())),
            _yuan(fen.get(row.id)),
            row.phone_tail,
            *(accounts[column].get(row.id, "") for column in ACCOUNTS),
            row.joined_on,
            row.full_since,
        )
        for row in found
        if request.reaches(row.path)
    ]


def _posts(session: Session, request: Request) -> Mapping[int, list[Role]]:
    today = day_of(request.now)
    held = session.execute(
        select(Post.member_id, Post.role)
        .where(Post.valid_from <= today, or_(Post.valid_to.is_(None), Post.valid_to > today))
        .order_by(Post.id)
    )
    found: dict[int, list[Role]] = defaultdict(list)
    for member_id, role in held:
        found[member_id].append(role)
    return found


def _monthly_fen(session: Session, request: Request) -> dict[int, int]:
    settled = session.execute(
        select(DuesAssessment.member_id, DuesAssessment.monthly_fen)
        .where(DuesAssessment.effective_month <= Month.of(day_of(request.now)))
        .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
    )
    return {row.member_id: row.monthly_fen for row in settled}


def _accounts(session: Session, request: Request, column: str) -> dict[int, str]:
    space = request.spaces.get(column)
    if space is None:
        return {}
    bound = session.execute(
        select(Account.member_id, Account.external_id)
        .where(Account.space == space, Account.unbound_at.is_(None))
        .order_by(Account.id.desc())
    )
    return {row.member_id: row.external_id for row in bound}


def _yuan(fen: int | None) -> int | float | None:
    """Return yuan as a number that Excel adds up; None where nothing was settled."""
    if fen is None:
        return None
    return fen / 100 if fen % 100 else fen // 100
