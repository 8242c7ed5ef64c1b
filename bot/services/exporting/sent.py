"""The ledger `sent` as rows: what was sent to whom and what the platform said; never the words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.reads import Seen
from bot.services.about_member.words import STATE_WORDS
from bot.services.exporting.people import People
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.storage.models import Outbox, Unit

_AT_ONCE = 2000
_NOBODY = ("", "", "")
_ANSWER = "回答本人的话"


def rows(session: Session, request: Request) -> Rows:
    """Yield what was queued on the days asked for, in order.

    Raises:
        Forbidden: Only the person at the command line takes all of it out.
    """
    request.require_operator()
    people = People(session, request)
    units = dict(session.execute(select(Unit.id, Unit.name)).all())
    query: Any = select(
        Outbox.created_at,
        Outbox.member_id,
        Outbox.unit_id,
        Outbox.channel,
        Outbox.reason,
        Outbox.state,
        Outbox.finished_at,
        Outbox.detail,
    ).order_by(Outbox.id)
    query = request.of_days(query, Outbox.created_at)
    found = session.execute(query, execution_options={"yield_per": _AT_ONCE})
    for part in found.partitions():
        whose = people.everybody({row.member_id for row in part if row.member_id})
        for row in part:
            yield (
                moment_words(row.created_at),
                *whose.get(row.member_id, _NOBODY),
                units.get(row.unit_id, ""),
                row.channel,
                (row.reason or {}).get("source", _ANSWER),
                STATE_WORDS[row.state],
                _words(row.finished_at),
                row.detail,
            )


def _words(moment: datetime | None) -> str:
    return moment_words(moment) if moment else ""


EXPORT = Export(rows, dated=True, shows=(Seen.EVERYTHING,))
