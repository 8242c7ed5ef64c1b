"""What the street itself held in 2017: committee, study group, trainings, a talk to the public."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.clock import at
from bot.demo.year_2017.meetings import Called, MinutesLine, write
from bot.demo.year_2017.people import Town
from bot.domain.cadence import MeetingKind
from bot.domain.meetings import MeetingState
from bot.domain.minutes import Part
from bot.storage.models import Meeting, MeetingChange

# Meetings of the working committee: month, day, whether Party building was on the agenda.
_COMMITTEE = (
    (1, 9, "研究年度党建工作要点，签订目标责任书"),
    (2, 13, "研究“两学一做”学习教育常态化制度化安排"),
    (3, 13, "研究发展党员计划和党费收缴管理"),
    (4, 10, "研究“三有一化”薄弱社区党支部排查整顿"),
    (4, 24, "研究大气污染防治和市容整治"),
    (5, 8, "听取社区党建工作汇报"),
    (6, 12, "研究“七一”活动和党员教育"),
    (7, 10, "研究上半年党建督查情况"),
    (8, 14, "研究主题党日和组织生活会安排"),
    (9, 11, "研究党员档案整理归档"),
    (9, 25, "研究重点项目建设进度"),
    (10, 23, "研究党建观摩问题整改"),
    (12, 11, "研究党建年终考核和述职评议"),
)
_CANCELLED = (11, 13, "研究党建工作")
_MOVED = (9, 11)  # was to be held on the 4th
_THEORY = (
    (1, 16), (2, 20), (3, 20), (4, 17), (5, 15), (6, 19), (7, 17), (8, 21), (9, 18), (10, 30), (12, 4),
)  # fmt: skip
_TRAININGS = 32
_TWO_DAYS = 7  # which of them went on over two days


def hold(session: Session, town: Town, random: Random) -> None:
    """Write what the street held."""
    ids = write(session, list(_of_street(town)), random)
    _note_move(session, ids, town)


def _of_street(town: Town) -> Iterator[Called]:
    for month, day, item in _COMMITTEE:
        yield _own(
            town,
            MeetingKind.WORKING_COMMITTEE,
            at(date(2017, month, day), 9),
            ((Part.AGENDA, item, None),),
            revision=2 if (month, day) == _MOVED else 1,
        )
    month, day, item = _CANCELLED
    yield _own(
        town,
        MeetingKind.WORKING_COMMITTEE,
        at(date(2017, month, day), 9),
        ((Part.AGENDA, item, None),),
        state=MeetingState.CANCELLED,
    )
    for month, day in _THEORY:
        yield _own(town, MeetingKind.THEORY_GROUP, at(date(2017, month, day), 14))
    for number in range(_TRAININGS):
        starts_at = at(date(2017, 1, 18) + timedelta(days=number * 11), 9)
        lasts = timedelta(days=1, hours=8) if number == _TWO_DAYS else timedelta(hours=3)
        yield _own(
            town,
            MeetingKind.TRAINING,
            starts_at,
            title=f"党员干部职工集中培训第{number + 1}期",
            lasts=lasts,
        )
    yield _own(
        town, MeetingKind.PUBLICITY_TALK, at(date(2017, 11, 15), 15), title="党的十九大精神宣讲"
    )


def _own(
    town: Town,
    kind: MeetingKind,
    starts_at: datetime,
    minutes: tuple[MinutesLine, ...] = (),
    **more: Any,
) -> Called:
    return Called(
        town.street_id,
        town.street_id,
        kind,
        starts_at,
        town.leaders,
        place="街道三楼会议室",
        minutes=minutes,
        **more,
    )


def _note_move(session: Session, ids: list[int], town: Town) -> None:
    """Write down that a meeting was put off by a week: under the same number, counted once."""
    moved = session.scalars(
        select(Meeting.id).where(
            Meeting.id.in_(ids), Meeting.unit_id == town.street_id, Meeting.revision == 2
        )
    ).one()
    session.execute(
        insert(MeetingChange).values(
            meeting_id=moved,
            action="move",
            before={"starts_at": "2017-09-04T01:00:00+00:00"},
            after={"starts_at": "2017-09-11T01:00:00+00:00"},
            reason="和区里的会冲突",
            by_id=None,
            at=at(date(2017, 9, 1), 10),
        )
    )
