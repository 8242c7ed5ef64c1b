"""Everything about one member in one workbook: a sheet a ledger, and nobody else by name."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId
from bot.domain.reads import Seen
from bot.domain.study_hours import hours_words
from bot.files.tables import CellValue, Sheets, write_book
from bot.services import audit, reads, study_hours
from bot.services.about_member import rows
from bot.services.exporting.scope import Request
from bot.services.reads import Read
from bot.storage.models import Member, Membership, Unit

COVER = "说明"
ACTS = "经办次数"
HOURS = "每年学时"
_NOT_HERE = (
    "聊天原文加密只留一段时间，不在这里；小助手发出的消息只列时间，内容都来自下面的台账。",
    "别人的姓名一律只写职务。",
)


class SeveralOfThisName(DomainError):
    """A name that several members bear."""


def find_member(session: Session, written: str) -> tuple[MemberId, str]:
    """Return the one member of a name or number.

    Raises:
        NotFound: There is none.
        SeveralOfThisName: With the number of each.
    """
    by_number = Member.id == int(written) if written.isascii() and written.isdigit() else None
    found = session.execute(
        select(Member.id, Member.name, Unit.name.label("unit"))
        .outerjoin(Membership, (Membership.member_id == Member.id) & Membership.valid_to.is_(None))
        .outerjoin(Unit, Unit.id == Membership.unit_id)
        .where(or_(Member.name == written) if by_number is None else by_number)
        .order_by(Member.id)
    ).all()
    if not found:
        raise NotFound(
            f"名册里没有“{written}”。请写姓名，或编号，例如 export member 12 -o 本人.xlsx"
        )
    if len(found) > 1:
        listed = "、".join(f"{row.id}（{row.unit or '不在支部'}）" for row in found)
        raise SeveralOfThisName(f"叫{written}的有几位，请写编号：{listed}")
    return MemberId(found[0].id), found[0].name


def run_file(session: Session, member_id: MemberId, path: Path, request: Request) -> int:
    """Write every row about a member to a workbook; return how many there are.

    Raises:
        UnreadableFile: The file cannot be written.
    """
    told = rows.list_about(session, member_id)
    number = sum(len(each.rows) for each in told)
    counts: list[tuple[CellValue, ...]] = [(each.title, len(each.rows)) for each in told]
    cover: list[tuple[CellValue, ...]] = [(request.stamp, None)]
    cover += [(line, None) for line in _NOT_HERE]
    sheets = [
        Sheets(COVER, ("台账", "条数"), [*counts, (None, None), *cover]),
        *(Sheets(each.title, each.headers, each.rows) for each in told if each.rows),
        Sheets(HOURS, ("年", "学时", "其中启用前"), _hours(session, member_id, request)),
        Sheets(ACTS, ("为别人经办、登记的", "次数"), rows.count_acts(session, member_id)),
    ]
    write_book(path, sheets, request.stamp)
    read = Read(Seen.EVERYTHING, members=(member_id,))
    reads.record(session, [read], by=request.by, command="export.member", now=request.now)
    audit.record(
        session,
        by=request.by,
        at=request.now,
        action="export.member",
        subject=f"member:{member_id}",
        after={"rows": number},
    )
    return number


def _hours(session: Session, member_id: MemberId, request: Request) -> list[tuple[CellValue, ...]]:
    """Return the class hours by year, which no ledger holds: they follow from the roll calls."""
    return [
        (year.year, hours_words(year.tenths), hours_words(year.before))
        for year in study_hours.list_years(session, member_id, request.now)
    ]
