"""The ledger `notices` as rows: every notice of the units within reach, with how it was received."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.notices import NoticeState
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import Notice, Receipt, Unit

STATE_WORDS = {
    NoticeState.DRAFT: "草稿",
    NoticeState.RELEASED: "已发出",
    NoticeState.DROPPED: "没有发",
}
_AT_ONCE = 500


def rows(session: Session, request: Request) -> Rows:
    """Yield the notices written on the days asked for, in that order."""
    units = session.execute(select(Unit.id, Unit.name, Unit.path))
    names = {row.id: row.name for row in units if request.reaches(row.path)}
    query = select(Notice).order_by(Notice.created_at, Notice.id)
    query = request.of_days(query, Notice.created_at)
    found = session.scalars(query, execution_options={"yield_per": _AT_ONCE})
    for part in found.partitions():
        here = [notice for notice in part if notice.unit_id in names]
        said = _said(session, [notice.id for notice in here])
        labels = labels_of(session, {notice.created_by for notice in here})
        for notice in here:
            released = notice.released_at
            yield (
                names[notice.unit_id],
                STATE_WORDS[notice.state],
                notice.headcount,
                said.get((notice.id, notice.version), 0),
                labels[notice.created_by],
                moment_words(notice.created_at),
                moment_words(released) if released else "",
                notice.body,
            )


def _said(session: Session, ids: list[int]) -> dict[tuple[int, int], int]:
    """Return how many have said 收到, by notice and version."""
    counted = session.execute(
        select(Receipt.notice_id, Receipt.version, func.count())
        .where(Receipt.notice_id.in_(ids), Receipt.withdrawn_at.is_(None))
        .group_by(Receipt.notice_id, Receipt.version)
    )
    return {(notice, version): number for notice, version, number in counted}


EXPORT = Export(rows, dated=True, shows=())
