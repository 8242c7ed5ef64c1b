"""The ledger `studied` as rows: what stands of what members said they have studied."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from bot.domain.reads import Seen
from bot.services.exporting.people import People, in_order
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.studied import SOURCES
from bot.storage.models import StudyRecord


def rows(session: Session, request: Request) -> Rows:
    """Yield the studies of the days asked for, member by member."""
    back = aliased(StudyRecord)
    first, until = request.days
    for people in People(session, request).batches():
        found = session.execute(
            select(
                StudyRecord.member_id, StudyRecord.title, StudyRecord.done_on, StudyRecord.source
            )
            .where(
                StudyRecord.member_id.in_(people),
                StudyRecord.done_on >= first,
                StudyRecord.done_on < until,
                StudyRecord.refers_to.is_(None),
                ~exists().where(
                    back.member_id == StudyRecord.member_id, back.refers_to == StudyRecord.id
                ),
            )
            .order_by(StudyRecord.done_on, StudyRecord.title)
        ).all()
        for member, title, day, source in in_order(found, people):
            yield (*people[member], title, day, SOURCES.get(source, source))


EXPORT = Export(rows, dated=True, shows=(Seen.STUDY,))
