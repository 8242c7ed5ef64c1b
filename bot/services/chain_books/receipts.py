"""Lines of a chain as acknowledgements (收到) of one notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.domain.rights import Action, Actor
from bot.services.chain_books.book import Case, Held, Plan, Row, Todo, Told, missing_of
from bot.services.chain_targets import notice_of
from bot.storage.insert import insert_many_once
from bot.storage.models import Notice, NoticeRecipient, Receipt

SOURCE = "chain"


class ReceiptBook:
    """收到接龙: bound to the version of the notice that is out when the chain is confirmed."""

    ledger = "receipt"
    action = Action.VIEW_LISTS

    def hold(self, session: Session, case: Case) -> None:
        """Nothing: a receipt is there or not, whoever wrote it first."""

    def plan(self, session: Session, case: Case) -> Plan:
        """Compare with whom the notice went to and who has acknowledged it."""
        meant, said = _recipients(session, case.subject), _acknowledged(session, case.subject)
        yes = [line.member_id for line in case.lines if line.is_yes and line.member_id]
        todo = [Todo(member, case.names[member]) for member in yes if member in meant - said]
        held = [
            Held(case.names[member], "不在这条通知的名单里")
            for member in yes
            if member not in meant
        ]
        expected = [person for person in case.members if person.id in meant]
        done = sum(member in said for member in yes)
        return Plan(tuple(todo), tuple(held), done, missing_of(case, expected, said))

    def record(
        self, session: Session, case: Case, todo: Sequence[Todo], *, by: Actor, now: datetime
    ) -> tuple[list[Row], list[Told]]:
        """Write one receipt a person; one that was taken back counts again."""
        notice = session.get_one(Notice, notice_of(case.subject))
        members = [item.member_id for item in todo]
        rows = [
            {
                "notice_id": notice.id,
                "version": notice.version,
                "member_id": member,
                "at": case.at,
                "source": SOURCE,
                "withdrawn_at": None,
            }
            for member in members
        ]
        insert_many_once(session, Receipt, rows)
        own = (
            Receipt.notice_id == notice.id,
            Receipt.version == notice.version,
            Receipt.member_id.in_(members),
        )
        session.connection().execute(update(Receipt).where(*own).values(withdrawn_at=None))
        found = session.execute(select(Receipt.id, Receipt.member_id).where(*own))
        return [Row(MemberId(row.member_id), row.id) for row in found], []

    def undo(
        self, session: Session, rows: Sequence[int], *, by: Actor, now: datetime
    ) -> list[Told]:
        """Let the receipts count no more, but for those the members have given themselves."""
        session.connection().execute(
            update(Receipt)
            .where(Receipt.id.in_(rows), Receipt.source == SOURCE)
            .values(withdrawn_at=now)
        )
        return []


def _recipients(session: Session, subject: str) -> set[MemberId]:
    rows = select(NoticeRecipient.member_id).where(NoticeRecipient.notice_id == notice_of(subject))
    return {MemberId(member) for member in session.scalars(rows)}


def _acknowledged(session: Session, subject: str) -> set[MemberId]:
    rows = (
        select(Receipt.member_id)
        .join(Notice, Notice.id == Receipt.notice_id)
        .where(
            Receipt.notice_id == notice_of(subject),
            Receipt.version == Notice.version,
            Receipt.withdrawn_at.is_(None),
        )
    )
    return {MemberId(member) for member in session.scalars(rows)}
