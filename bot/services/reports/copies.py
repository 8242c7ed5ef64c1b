"""Copies of reports: kept as they were made, compared with each other and with the ledgers now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import UnitId
from bot.domain.reports.frozen import Difference, differences, digest
from bot.domain.rights import Action, Actor
from bot.services import audit
from bot.services.reports.report import Draft, Report, make, require
from bot.storage.insert import insert_once
from bot.storage.models import ReportCopy

_MOST_WORDS = 120


class WhyAgain(DomainError):
    """A report that is settled is settled anew, without a word why."""


class ChangedMeanwhile(DomainError):
    """Somebody kept another copy at the same moment."""


class Damaged(DomainError):
    """A copy whose contents are not what its digest says."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy, without its contents.

    Attributes:
        is_new: Whether it was kept just now; the same report is not kept twice.
    """

    seq: int
    is_settled: bool
    until: date
    digest: str
    at: datetime
    reason: str = ""
    is_new: bool = False


def keep(
    session: Session,
    draft: Draft,
    *,
    by: Actor,
    now: datetime,
    settle: bool = False,
    reason: str = "",
) -> Copy:
    """Keep a report as it is now; one that says the same as the last copy is that copy.

    Args:
        settle: As the report that counts (定稿); its figures stand, whatever is corrected later.
        reason: Why it is settled anew, where it was settled before.

    Raises:
        Forbidden, WhyAgain, ChangedMeanwhile
    """
    if settle:
        require(session, draft.unit_id, Action.SETTLE_REPORT, by)
    copies = list_copies(session, draft.report, draft.unit_id, draft.figures.year)
    last = copies[-1] if copies else None
    if last and last.digest == draft.digest and (last.is_settled or not settle):
        return last
    if settle and not reason and any(copy.is_settled for copy in copies):
        raise WhyAgain("已经定过稿了。要重新定稿，请写上原因，例如：补登了两次培训。")
    seq = 1 if last is None else last.seq + 1
    values = {
        "unit_id": draft.unit_id,
        "report": draft.report.name,
        "year": draft.figures.year,
        "seq": seq,
        "is_settled": settle,
        "until": draft.figures.until,
        "digest": draft.digest,
        "contents": json.dumps(draft.kept, ensure_ascii=False),
        "reason": reason[:_MOST_WORDS],
        "by_id": by.member_id,
        "at": now,
    }
    if insert_once(session, ReportCopy, values) is None:
        raise ChangedMeanwhile("刚刚有人也存了一份，请再来一次。")
    audit.record(
        session,
        by=by,
        at=now,
        action="report.settle" if settle else "report.draft",
        subject=f"report:{draft.unit_id}",
        after={"year": draft.figures.year, "seq": seq, "digest": draft.digest},
        reason=reason[:_MOST_WORDS],
    )
    return Copy(seq, settle, draft.figures.until, draft.digest, now, reason, is_new=True)


def list_copies(session: Session, report: Report, unit_id: UnitId, year: int) -> list[Copy]:
    """Return the copies of a report, the oldest first."""
    rows = session.scalars(
        select(ReportCopy)
        .options(defer(ReportCopy.contents))
        .where(
            ReportCopy.unit_id == unit_id,
            ReportCopy.report == report.name,
            ReportCopy.year == year,
        )
        .order_by(ReportCopy.seq)
    )
    return [
        Copy(row.seq, row.is_settled, row.until, row.digest, row.at, row.reason) for row in rows
    ]


def contents_of(
    session: Session, report: Report, unit_id: UnitId, year: int, seq: int, *, by: Actor
) -> Mapping[str, Any]:
    """Return what is kept in a copy, once it is proved to be what was kept.

    Raises:
        Forbidden, NotFound, Damaged
    """
    require(session, unit_id, Action.VIEW_REPORT, by)
    row = session.execute(
        select(ReportCopy.contents, ReportCopy.digest).where(
            ReportCopy.unit_id == unit_id,
            ReportCopy.report == report.name,
            ReportCopy.year == year,
            ReportCopy.seq == seq,
        )
    ).one_or_none()
    if row is None:
        raise NotFound(f"{year}年{report.title}没有第{seq}稿。")
    kept: dict[str, Any] = json.loads(row.contents)
    if digest(kept) != row.digest:
        raise Damaged(
            f"{year}年{report.title}第{seq}稿和它的校验码对不上，数据库被改动过，请查备份。"
        )
    return kept


def compare(
    session: Session,
    report: Report,
    unit_id: UnitId,
    year: int,
    first: int,
    second: int | None,
    *,
    by: Actor,
    now: datetime,
) -> Difference:
    """Return what changed from one copy to another, or to what the ledgers say now.

    Raises:
        Forbidden, NotFound, Damaged
    """
    before = contents_of(session, report, unit_id, year, first, by=by)
    if second is not None:
        return differences(before, contents_of(session, report, unit_id, year, second, by=by))
    return differences(before, make(session, report, unit_id, year, by=by, now=now).kept)


def latest(session: Session, report: Report, unit_id: UnitId, year: int) -> Copy | None:
    """Return the copy that counts: the last that was settled, else the last draft."""
    copies = list_copies(session, report, unit_id, year)
    settled = [copy for copy in copies if copy.is_settled]
    counts = settled or copies
    return counts[-1] if counts else None
