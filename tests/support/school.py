"""A branch with a class of two seats, spoken to as in a chat; and what its books then say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId
from bot.domain.study_hours import hours_words
from bot.services import attendance_marks, meetings, study, study_hours, study_terms
from bot.services.attendance_marks import ORGANISER, Author, Entry
from bot.services.meetings import MeetingView
from bot.storage.engine import Database
from tests.support.hall import Hall

CLASS = at(date(2026, 3, 20), 14)  # lasts two hours


class School(Hall):
    """The hall (李建国 书记, 王敏 组织委员, 张三, 王五, 赵六, 孙丽) with 党史学习班 on 20 March 14:00."""

    def __init__(self, database: Database, seats: int = 2) -> None:
        super().__init__(database)
        self.course = self.open("党史学习班", CLASS, seats)

    def open(
        self,
        title: str,
        starts_at: datetime,
        seats: int | None,
        kind: MeetingKind = MeetingKind.STUDY,
    ) -> MeetingView:
        """Call a class."""
        return self.world.call(
            kind, starts_at, self.members["李建国"], seats=seats, title=title
        ).meeting

    def settle(self, meeting: MeetingView, **values: Any) -> None:
        """Let the organiser settle what a session counts for, or until when one signs up."""
        actor, now = self.world.actor(self.members["王敏"]), self.world.now
        with self.world.database.writing() as session:
            study_terms.change(session, meeting, by=actor, now=now, **values)

    def seated(self) -> list[str]:
        """Return who has seats, in the order of the roll."""
        with self.world.database.reading() as session:
            joined = study.joined_members(session, self.course.id)
        return [name for name, member in self.members.items() if member in joined]

    def waiting(self) -> list[str]:
        """Return who waits, in order."""
        with self.world.database.reading() as session:
            found = study.waiting_by_class(session, [self.course.id]).get(self.course.id, [])
        names = {member: name for name, member in self.members.items()}
        return [names[member] for member in found]

    def taken(self) -> int:
        """Return how many seats are given away."""
        with self.world.database.reading() as session:
            return meetings.get_meeting(session, self.course.id).taken

    def told(self, name: str, words: str = "轮到您了") -> int:
        """Return how often somebody was told something."""
        return sum(words in text for text in self.sent(name))

    def attend(self, *names: str, of: MeetingView | None = None) -> None:
        """Let people check in at the start of a class, and go to its end."""
        meeting = of or self.course
        for name in names:
            self.say(name, "签到", meeting.starts_at)
        self.world.clock.set(self.view(meeting.id).ends_at + timedelta(minutes=1))

    def put_down(self, name: str, meeting: MeetingView, mark: Mark = Mark.PRESENT) -> None:
        """Write a mark of somebody down, whoever he is."""
        author = Author(self.members[name], name, self.members["王敏"], ORGANISER)
        with self.world.database.writing() as session:
            entry = Entry(mark, meeting.starts_at)
            attendance_marks.record(session, meeting, author, entry, now=self.world.now)

    def view(self, meeting_id: MeetingId) -> MeetingView:
        """Return a meeting as it stands."""
        with self.world.database.reading() as session:
            return meetings.get_meeting(session, meeting_id)

    def hours(self, name: str, year: int = 2026) -> str:
        """Return somebody's class hours of a year."""
        member = self.members[name]
        with self.world.database.reading() as session:
            found = study_hours.of_members(session, [member], year, self.world.now)
        return hours_words(found[member].tenths)
