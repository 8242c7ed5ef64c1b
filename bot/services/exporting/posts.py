"""The ledger `posts` as rows: every term of every post, unit by unit, those that are over too."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.reads import Seen
from bot.domain.rights import ROLE_NAMES, Role
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.others import tails_of
from bot.storage.models import Member, Post

_AT_ONCE = 500  # units
_ORDER = list(Role)


def rows(session: Session, request: Request) -> Rows:
    """Yield the terms that were held on some of the days asked for; one undone was never held."""
    names = names_in_order(session, request)
    place = {unit: at for at, unit in enumerate(names)}
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        held = session.execute(
            select(
                Post.unit_id,
                Post.role,
                Post.valid_from,
                Post.valid_to,
                Post.member_id,
                Member.name,
                Member.phone_tail,
            )
            .join(Member, Member.id == Post.member_id)
            .where(
                Post.unit_id.in_(some),
                Post.valid_from < until,
                or_(
                    Post.valid_to.is_(None),
                    (Post.valid_to > Post.valid_from) & (Post.valid_to > first),
                ),
            )
        ).all()
        tails = tails_of(session, {row.member_id for row in held})
        ordered = sorted(
            held,
            key=lambda r: (
                place[r.unit_id],
                _ORDER.index(r.role),
                r.valid_from,
                r.name,
                r.phone_tail,
            ),
        )
        for row in ordered:
            yield (
                row.name,
                tails.get(row.member_id, ""),
                ROLE_NAMES[row.role],
                names[row.unit_id],
                row.valid_from,
                row.valid_to,
            )


EXPORT = Export(rows, dated=True, shows=(Seen.ROLL,))
