"""A branch with a meeting, spoken to as in a chat: what people write, and what the books then say."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.incoming import Event, Incoming, Kind
from bot.domain.rights import Role
from bot.domain.roll import ChangeKind
from bot.domain.roll_call import Place, Tally
from bot.domain.units import UnitKind
from bot.services import meetings, roll_books, roll_changes
from bot.services.meetings import MeetingView
from bot.services.roll_books import Book
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, Membership, Outbox
from tests.support.world import World, core

START = at(date(2026, 3, 16), 15)
END = START + timedelta(hours=2)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Hall:
    """第三党支部 with 李建国 (书记), 王敏 (组织委员), 张三, 王五, 赵六, 孙丽; 主题党日 16 March 15:00."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        world = self.world
        self.branch = world.unit("第三党支部")
        self.members: dict[str, MemberId] = {
            "李建国": world.member("李建国", self.branch, Role.SECRETARY),
            "王敏": world.member("王敏", self.branch, Role.ORGANISER),
            **{name: world.member(name, self.branch) for name in ("张三", "王五", "赵六", "孙丽")},
        }
        self.meeting_id = world.call(
            MeetingKind.THEME_DAY, START, self.members["李建国"]
        ).meeting.id
        self.core = core(database, world.clock)
        self._said = 0
        self.leader = ""

    def say(
        self, name: str, text: str, moment: datetime | None = None, chat: str | None = None
    ) -> str:
        """Let somebody write something, at a moment if one is said; return the answer, or ""."""
        if moment is not None:
            self.world.clock.set(moment)
        self._said += 1
        message = Incoming(SPACE, SPACE, f"m{self._said}", chat, name, self.world.now, text)
        return self.core.pipeline.receive(message).text or ""

    def scan(self, name: str, scene: str, event: Event = Event.SCAN) -> str:
        """Let somebody scan a QR code."""
        self._said += 1
        message = Incoming(
            *(SPACE, SPACE, f"m{self._said}", None, name, self.world.now, ""),
            kind=Kind.EVENT,
            event=event,
            event_key=scene,
        )
        return self.core.pipeline.receive(message).text or ""

    @property
    def meeting(self) -> MeetingView:
        """The meeting as it stands."""
        with self.world.database.reading() as session:
            return meetings.get_meeting(session, self.meeting_id)

    @property
    def book(self) -> Book:
        """The roll call as it stands."""
        with self.world.database.reading() as session:
            return roll_books.load(session, [meetings.get_meeting(session, self.meeting_id)])[0]

    @property
    def tally(self) -> Tally:
        """How many there are."""
        return self.book.tally

    def mark(self, name: str) -> Mark | None:
        """Return what stands for somebody."""
        return self.book.standing(self.members[name]).mark

    def place(self, name: str) -> Place:
        """Return where somebody stands."""
        return self.book.place(self.members[name])

    def history(self, name: str) -> list[tuple[Mark, str, MemberId | None]]:
        """Return every mark ever made for somebody: what, by which source, who said so."""
        with self.world.database.reading() as session:
            rows = session.scalars(
                select(AttendanceMark)
                .where(AttendanceMark.member_id == self.members[name])
                .order_by(AttendanceMark.seq)
            )
            return [(row.mark, row.source, _id(row.reporter_id)) for row in rows]

    def sent(self, name: str) -> list[str]:
        """Return what was sent to somebody besides answers."""
        with self.world.database.reading() as session:
            rows = session.scalars(
                select(Outbox).where(Outbox.member_id == self.members[name]).order_by(Outbox.id)
            )
            return [row.text for row in rows]

    def excuse(self, *names: str) -> None:
        """Settle that attendance is not asked of some members."""
        actor = self.world.actor(self.members["王敏"])
        with self.world.database.writing() as session:
            for name in names:
                roll_changes.record(
                    session,
                    member_id=self.members[name],
                    kind=ChangeKind.EXCUSED,
                    on=self.world.today,
                    by=actor,
                    now=self.world.now,
                )

    def cell(self, leader: str, *others: str) -> UnitId:
        """Put some members into a cell of which the first is the leader."""
        cell = self.world.unit("第一党小组", UnitKind.CELL, under=self.branch)
        for name in (leader, *others):
            with self.world.database.writing() as session:
                session.execute(
                    update(Membership)
                    .where(Membership.member_id == self.members[name])
                    .values(cell_id=cell)
                )
        self.world.post(self.members[leader], cell, Role.CELL_LEADER)
        self.leader = leader
        return cell

    def call_cell(self, starts_at: datetime) -> MeetingView:
        """Let the leader call a meeting of the cell."""
        by = self.members[self.leader]
        return self.world.call(MeetingKind.CELL, starts_at, by).meeting

    def run_until(self, moment: datetime) -> None:
        """Let reminders be queued and sent until a moment."""
        self.core.run_until(self.world.clock, moment)


def _id(found: int | None) -> MemberId | None:
    return None if found is None else MemberId(found)
