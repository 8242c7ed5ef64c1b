"""A branch with a secretary, an organiser, a cell and members: what records of meetings need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.cadence import MeetingKind
from bot.domain.decisions import Ballot
from bot.domain.ids import MeetingId, MemberId
from bot.domain.members import MemberKind
from bot.domain.minutes import Line, Part
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import attendance, decisions, gatherings, minutes, minutes_confirm
from bot.services.decisions import Voted
from bot.services.gatherings import Gathering
from bot.services.meetings import MeetingView
from bot.services.minutes import Record
from tests.support.world import World


class Branch:
    """The third branch: 李书记, 王敏 (organiser), 张三, 王五 (full), 赵六 (probationary)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = world.unit("第三党支部")
        self.cell = world.unit("第三支部第一党小组", UnitKind.CELL, under=self.id)
        self.li = world.member("李书记", self.id, Role.SECRETARY)
        self.wang = world.member("王敏", self.id, Role.ORGANISER)
        self.zhang = world.member("张三", self.id, cell=self.cell)
        self.wu = world.member("王五", self.id, cell=self.cell)
        self.zhao = world.member("赵六", self.id, kind=MemberKind.PROBATIONARY)
        world.post(self.zhang, self.cell, Role.CELL_LEADER)

    @property
    def everybody(self) -> tuple[MemberId, ...]:
        """All five of them."""
        return (self.li, self.wang, self.zhang, self.wu, self.zhao)

    def together(
        self, starts_at: datetime, *kinds: MeetingKind, by: MemberId | None = None
    ) -> Gathering:
        """Let the secretary call several meetings as one gathering."""
        actor = self.world.actor(by or self.li)
        with self.world.database.writing() as session:
            return gatherings.call(
                session,
                kinds=kinds,
                starts_at=starts_at,
                place="社区二楼",
                by=actor,
                now=self.world.now,
            )

    def held(
        self, kind: MeetingKind = MeetingKind.GENERAL, *present: MemberId, days: int = 1
    ) -> MeetingView:
        """Call a meeting some days ahead, let people check in on time, and go to its end."""
        called = self.world.call(kind, self.world.now + timedelta(days=days), self.li)
        self.world.clock.set(called.meeting.starts_at)
        for member in present:
            self.check_in(member)
        self.world.clock.set(called.meeting.ends_at)
        return called.meeting

    def check_in(self, member: MemberId) -> Sequence[attendance.Marked]:
        """Let a member check in now."""
        actor, now = self.world.actor(member), self.world.now
        with self.world.database.writing() as session:
            return attendance.check_in(session, by=actor, said_at=now, now=now)

    def promise(self, member: MemberId, meeting_id: MeetingId) -> None:
        """Let a member say to come."""
        actor, now = self.world.actor(member), self.world.now
        with self.world.database.writing() as session:
            attendance.promise(session, by=actor, meeting_id=meeting_id, said_at=now, now=now)

    def leave(self, member: MemberId, meeting_id: MeetingId, reason: str = "出差") -> None:
        """Let a member ask leave."""
        actor, now = self.world.actor(member), self.world.now
        with self.world.database.writing() as session:
            attendance.ask_leave(
                session, by=actor, said_at=now, now=now, reason=reason, chosen=[meeting_id]
            )

    def write(
        self, meeting: MeetingView, *lines: tuple[Part, str], by: MemberId | None = None
    ) -> Record:
        """Let the organiser write lines of a meeting's record."""
        actor = self.world.actor(by or self.wang)
        with self.world.database.writing() as session:
            return minutes.write(
                session,
                meeting_id=meeting.id,
                lines=[Line(part, text) for part, text in lines],
                by=actor,
                now=self.world.now,
            )

    def write_all(self, meeting: MeetingView) -> Record:
        """Write what a record cannot be confirmed without."""
        return self.write(
            meeting, (Part.CHAIR, "李书记"), (Part.RECORDER, "王敏"), (Part.AGENDA, "学习条例")
        )

    def confirm(self, meeting: MeetingView, by: MemberId | None = None) -> Record:
        """Let the secretary confirm a record."""
        actor = self.world.actor(by or self.li)
        with self.world.database.writing() as session:
            return minutes_confirm.confirm(
                session, meeting_id=meeting.id, by=actor, now=self.world.now
            )

    def look(self, meeting: MeetingView) -> Record:
        """Return a record as it stands."""
        with self.world.database.reading() as session:
            return minutes.look(session, meeting, self.world.now)

    def vote(
        self,
        meeting: MeetingView,
        title: str,
        ballot: Ballot,
        by: MemberId | None = None,
        **more: Any,
    ) -> Voted:
        """Let the secretary record vote totals."""
        actor = self.world.actor(by or self.li)
        with self.world.database.writing() as session:
            return decisions.record_vote(
                session,
                meeting_id=meeting.id,
                title=title,
                ballot=ballot,
                by=actor,
                now=self.world.now,
                **more,
            )
