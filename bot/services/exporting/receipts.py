"""The ledger `receipts` as rows: whom every notice went to, and who said 收到."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from bot.domain.ids import NoticeId
from bot.domain.notices import NoticeState
from bot.domain.reads import Seen
from bot.services.exporting.people import People
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.notices import OpenNotice
from bot.storage.models import Notice, NoticeRecipient, Receipt, Unit

SOURCE_WORDS = {"word": "本人回复", "button": "本人按收到", "chain": "接龙"}
_AT_ONCE = 1000


def rows(session: Session, request: Request) -> Rows:
    """Yield the recipients of the notices released on the days asked for, notice by notice."""
    people = People(session, request)
    units = dict(session.execute(select(Unit.id, Unit.name)).all())
    query: Any = (
        select(NoticeRecipient, Notice, Receipt)
        .join(Notice, Notice.id == NoticeRecipient.notice_id)
        .outerjoin(
            Receipt,
            and_(
                Receipt.notice_id == Notice.id,
                Receipt.version == Notice.version,
                Receipt.member_id == NoticeRecipient.member_id,
                Receipt.withdrawn_at.is_(None),
            ),
        )
        .where(Notice.state == NoticeState.RELEASED)
        .order_by(Notice.released_at, Notice.id, NoticeRecipient.id)
    )
    query = request.of_days(query, Notice.released_at)
    found = session.execute(query, execution_options={"yield_per": _AT_ONCE})
    for part in found.partitions():
        whose = people.of({recipient.member_id for recipient, _, _ in part})
        for recipient, notice, receipt in part:
            if recipient.member_id in whose:
                yield (
                    units[notice.unit_id],
                    _words(notice.released_at),
                    OpenNotice(NoticeId(notice.id), notice.version, notice.body).title,
                    *whose[recipient.member_id],
                    "有" if recipient.reachable else "没有",
                    "收到" if receipt is not None else "",
                    _words(receipt.at) if receipt is not None else "",
                    SOURCE_WORDS.get(receipt.source, "") if receipt is not None else "",
                )


def _words(moment: datetime | None) -> str:
    return moment_words(moment) if moment else ""


EXPORT = Export(rows, dated=True, shows=(Seen.RECEIPTS,))
