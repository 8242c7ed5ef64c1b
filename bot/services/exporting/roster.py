"""The ledger `roster` as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.dues import CATEGORY_NAMES
from bot.domain.members import KIND_NAMES
from bot.domain.periods import Month
from bot.domain.reads import Seen
from bot.domain.rights import ROLE_NAMES, Role
from bot.domain.units import UnitKind
from bot.services.exporting.dues import yuan_cell
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.roster_rows import ACCOUNTS
from bot.services.importing.unit_tree import short_cell_name
from bot.storage.models import Account, DuesAssessment, Member, Membership, Post, Unit

_AT_ONCE = 50  # branches


def rows(session: Session, request: Request) -> Rows:
    """Yield everybody on the rolls now, branch by branch, in the columns of the import."""
    branches = set(session.scalars(select(Unit.id).where(Unit.kind == UnitKind.BRANCH)))
    within = [unit for unit in names_in_order(session, request) if unit in branches]
    for some in bulk.chunks(within, _AT_ONCE):
        yield from _of_branches(session, request, some)


def _of_branches(session: Session, request: Request, branches: Sequence[int]) -> Rows:
    branch, cell = aliased(Unit), aliased(Unit)
    found = session.execute(
        select(
            Member.id,
            Member.name,
            branch.id.label("branch_id"),
            branch.name.label("branch"),
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
        .where(branch.id.in_(branches))
        .order_by(Member.id)
    ).all()
    here = select(Membership.member_id).where(
        Membership.valid_to.is_(None), Membership.unit_id.in_(branches)
    )
    posts, fen = _posts(session, request, here), _monthly_fen(session, request, here)
    accounts = {column: _accounts(session, request, column, here) for column in ACCOUNTS}
    place = {unit: at for at, unit in enumerate(branches)}
    for row in sorted(found, key=lambda row: place[row.branch_id]):
        yield (
            row.name,
            row.branch,
            short_cell_name(row.branch, row.cell) if row.cell else "",
            KIND_NAMES[row.kind],
            CATEGORY_NAMES[row.category] if row.category else "",
            "、".join(ROLE_NAMES[role] for role in posts.get(row.id, ())),
            yuan_cell(fen[row.id]) if row.id in fen else None,
            row.phone_tail,
            *(accounts[column].get(row.id, "") for column in ACCOUNTS),
            row.joined_on,
            row.full_since,
        )


def _posts(session: Session, request: Request, here: Select[int]) -> dict[int, list[Role]]:
    today = day_of(request.now)
    held = session.execute(
        select(Post.member_id, Post.role)
        .where(
            Post.member_id.in_(here),
            Post.valid_from <= today,
            or_(Post.valid_to.is_(None), Post.valid_to > today),
        )
        .order_by(Post.id)
    )
    found: dict[int, list[Role]] = defaultdict(list)
    for member_id, role in held:
        found[member_id].append(role)
    return found


def _monthly_fen(session: Session, request: Request, here: Select[int]) -> dict[int, int]:
    settled = session.execute(
        select(DuesAssessment.member_id, DuesAssessment.monthly_fen)
        .where(
            DuesAssessment.member_id.in_(here),
            DuesAssessment.effective_month <= Month.of(day_of(request.now)),
        )
        .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
    )
    return {row.member_id: row.monthly_fen for row in settled}


def _accounts(session: Session, request: Request, column: str, here: Select[int]) -> dict[int, str]:
    space = request.spaces.get(column)
    if space is None:
        return {}
    bound = session.execute(
        select(Account.member_id, Account.external_id)
        .where(Account.space == space, Account.unbound_at.is_(None), Account.member_id.in_(here))
        .order_by(Account.id.desc())
    )
    return {row.member_id: row.external_id for row in bound}


EXPORT = Export(rows, dated=False, shows=(Seen.ROLL,))
