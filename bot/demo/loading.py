"""Loads the demonstration: rolls by the importers, the past by set, what is coming by services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from bot.channels.simulator import SPACE
from bot.clock import at, day_of
from bot.demo import district, past_dues, past_meetings, year_2017
from bot.demo.roll import Roll
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services import audit, binding, meetings, officers, people, study
from bot.services.importing import LEDGERS, Source, run_lines
from bot.services.importing.roster_rows import WECOM
from bot.services.officers import OPERATOR
from bot.services.workdays import PublishedWorkdays

MARK = "demo.load"
_SEED = 471
_PLACE = "社区党群服务中心二楼"


@dataclass(frozen=True, slots=True)
class Size:
    """How much was loaded."""

    streets: int
    communities: int
    branches: int
    members: int


def load(session: Session, now: datetime) -> Size:
    """Fill an empty database, the same way for the same moment."""
    random, today = Random(_SEED), day_of(now)  # noqa: S311 - the same people every time
    source = Source(OPERATOR, now, {WECOM: SPACE})
    run_lines(session, LEDGERS["units"], district.unit_lines(today), source)
    everybody = district.roster_lines(today, random)
    run_lines(session, LEDGERS["roster"], everybody, source)
    _add_officer(session, now)
    roll = Roll.load(session, today)
    past_meetings.load(session, roll, random, now)
    past_dues.load(session, roll, random, now)
    _add_coming(session, roll, random, now)
    year_2017.load(session)
    audit.record(session, by=OPERATOR, at=now, action=MARK, subject="demo")
    return Size(1, len(district.COMMUNITIES), len(district.BRANCHES), len(everybody))


def _add_officer(session: Session, now: datetime) -> None:
    made = officers.add_officer(session, district.OFFICER, now=now)
    binding.bind_account(
        session,
        member_id=made.member_id,
        space=SPACE,
        external_id="officer",
        how="roster",
        now=now,
    )


def _add_coming(session: Session, roll: Roll, random: Random, now: datetime) -> None:
    """Call a meeting and a class of the main branch, as its secretary does in the chat."""
    branch = next(branch for branch in roll.branches if branch.name == district.MAIN_BRANCH)
    secretary = _actor(session, branch.secretary, now)
    meetings.call(
        session,
        kind=MeetingKind.GENERAL,
        starts_at=_workday(now, 3, 15),
        place=_PLACE,
        by=secretary,
        now=now,
    )
    meetings.call(
        session,
        kind=MeetingKind.PARTY_SCHOOL,
        starts_at=_workday(now, 9, 9),
        place="街道党校",
        by=secretary,
        now=now,
        title=_class_title(now),
        seats=30,
    )
    joining = random.sample([member for member in branch.members if member.bound], 8)
    for member in joining:
        study.join(session, by=_actor(session, member.id, now), now=now)


def _class_title(now: datetime) -> str:
    season = "冬春春春夏夏夏秋秋秋冬冬"[day_of(now).month - 1]
    return f"党校{season}季培训班"


def _actor(session: Session, member_id: MemberId, now: datetime) -> Actor:
    return people.get_actor(session, member_id, day_of(now))


def _workday(now: datetime, days: int, hour: int) -> datetime:
    """Return an hour of the first working day at least so many days ahead."""
    day = day_of(now) + timedelta(days=days)
    workdays = PublishedWorkdays()
    while not workdays.is_workday(day):
        day += timedelta(days=1)
    return at(day, hour)
