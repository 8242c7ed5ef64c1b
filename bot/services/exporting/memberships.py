"""The ledger `memberships` as rows: where everybody has belonged, also who has left."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.dues import CATEGORY_NAMES
from bot.domain.members import KIND_NAMES
from bot.domain.reads import Seen
from bot.services.exporting.people import People, in_order
from bot.services.exporting.scope import Export, Request, Rows
from bot.storage.models import Member, Membership, Unit


def rows(session: Session, request: Request) -> Rows:
    """Yield the terms of everybody within reach, member by member, in order of time."""
    units = dict(session.execute(select(Unit.id, Unit.name)).all())
    for people in People(session, request).batches():
        found = session.execute(
            select(
                Membership.member_id,
                Membership.unit_id,
                Membership.cell_id,
                Membership.valid_from,
                Membership.valid_to,
                Member.kind,
                Member.category,
                Member.joined_on,
                Member.full_since,
            )
            .join(Member, Member.id == Membership.member_id)
            .where(
                Membership.member_id.in_(people),
                Membership.valid_to.is_(None) | (Membership.valid_to > Membership.valid_from),
            )
            .order_by(Membership.valid_from, Membership.id)
        ).all()
        here = {row.member_id for row in found if row.valid_to is None}
        for row in in_order(found, people):
            gone = row.member_id not in here  # of the others the roster tells
            yield (
                *people[row.member_id],
                units[row.unit_id],
                units[row.cell_id] if row.cell_id is not None else "",
                row.valid_from,
                row.valid_to,
                KIND_NAMES[row.kind] if gone else "",
                CATEGORY_NAMES[row.category] if gone and row.category else "",
                row.joined_on if gone else None,
                row.full_since if gone else None,
            )


EXPORT = Export(rows, dated=False, shows=(Seen.ROLL,))
