"""Calendars to subscribe to: who gets which address, and what stands on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import event, select, text, update

from bot.channels.simulator import SPACE
from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.incoming import Incoming
from bot.domain.reads import Ground
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.main import Core, build_core
from bot.services import anonymise, attendance, meeting_ends, meetings, study
from bot.services.calendar_feed import CalendarFeeds
from bot.services.meetings import MeetingView
from bot.storage.engine import Database
from bot.storage.models import Inbound, Membership, Unit
from bot.storage.sealing import TextSeal
from tests.support.world import ROUTES, ScriptedSender, World

URL = "https://zhibu.example.cn"
THE_16TH = at(date(2026, 3, 16), 15)
DAY = timedelta(days=1)


@dataclass
class Street:
    """The third branch with Secretary Li and Zhang, the bot, and what the calendars serve."""

    world: World
    core: Core
    feeds: CalendarFeeds
    branch: UnitId
    li: MemberId
    zhang: MemberId
    said: list[str] = field(default_factory=list)

    def say(self, name: str, words: str, *, chat: str | None = None) -> str:
        """Let somebody write; return the answer."""
        message = Incoming(
            channel=SPACE,
            space=SPACE,
            message_id=f"m{len(self.said)}",
            chat_id=chat,
            sender_id=name,
            sent_at=self.world.now,
            text=words,
            mentions_bot=True,
        )
        answer = self.core.pipeline.receive(message).text or ""
        self.said.append(answer)
        return answer

    def token(self, name: str, words: str = "日历") -> str:
        """Let somebody ask for an address; return its token."""
        found = re.search(rf"{URL}/calendar/([\w-]+)\.ics", self.say(name, words))
        assert found is not None, self.said[-1]
        return found[1]

    def read(self, token: str) -> str | None:
        """Return a calendar as its reader gets it, unfolded."""
        served = self.feeds.find(token)
        return None if served is None else served.body().decode().replace("\r\n ", "")

    def titles(self, token: str) -> list[str]:
        """Return what stands on a calendar."""
        return re.findall(r"SUMMARY:(.*)\r", self.read(token) or "")

    def call(self, kind: MeetingKind, by: MemberId | None = None, **more: object) -> MeetingView:
        """Let somebody call a meeting on the 16th, or at `starts_at`."""
        starts_at = more.pop("starts_at", THE_16TH)
        return self.world.call(kind, starts_at, by or self.li, **more).meeting  # type: ignore[arg-type]  # of a call

    def move(self, meeting: MeetingView, days: int = 1) -> None:
        """Let Li move a meeting."""
        with self.world.database.writing() as session:
            meetings.move(
                session,
                meeting_id=meeting.id,
                starts_at=meeting.starts_at + days * DAY,
                place=None,
                by=self.world.actor(self.li),
                now=self.world.now,
            )

    def cancel(self, meeting: MeetingView) -> None:
        """Let Li cancel a meeting."""
        with self.world.database.writing() as session:
            meeting_ends.cancel(
                session,
                meeting_id=meeting.id,
                by=self.world.actor(self.li),
                now=self.world.now,
            )


def bot(world: World, public_url: str | None = URL, seal: TextSeal | None = None) -> Core:
    """Return a bot that is reached at an address."""
    return build_core(
        database=world.database,
        clock=world.clock,
        seal=seal or TextSeal(AESGCM.generate_key(256)),
        routes=ROUTES,
        senders={SPACE: ScriptedSender(world.clock)},
        public_url=public_url,
    )


@pytest.fixture
def street(database: Database) -> Street:
    """Return the street."""
    world = World(database)
    branch = world.unit("第三党支部")
    world.chat(branch, "群3")
    return Street(
        world,
        bot(world),
        CalendarFeeds(database=database, clock=world.clock),
        branch,
        world.member("李书记", branch, Role.SECRETARY),
        world.member("张三", branch),
    )


# --- addresses ---------------------------------------------------------------------------------


def test_the_address_is_given_again_and_only_in_private(street: Street) -> None:
    token = street.token("张三")

    assert street.token("张三", "我的日历") == token
    assert street.token("李书记") != token
    aloud = street.say("张三", "日历", chat="群3")
    assert "calendar" not in aloud
    assert "私聊" in aloud


def test_the_address_stands_nowhere_in_the_database(street: Street) -> None:
    token = street.token("张三")

    with street.world.database.reading() as session:
        answers = [answer or "" for answer in session.scalars(select(Inbound.answer))]
        row = session.execute(text("SELECT * FROM calendar_feed")).one()
    assert token not in "\n".join(answers)
    assert "/calendar/……" in answers[0]
    assert token not in str(tuple(row))
    assert street.world.outbox() == []


def test_a_revoked_address_is_nothing_and_a_renewed_one_is_another(street: Street) -> None:
    first = street.token("张三")
    second = street.token("张三", "日历 换新")
    told = street.said[-1]
    revoked = street.say("张三", "日历 作废")
    third = street.token("张三")

    assert told.startswith("旧的地址已经作废。")
    assert revoked.startswith("✓ 您的日历地址已作废")
    assert len({first, second, third}) == 3
    assert [street.read(each) is not None for each in (first, second, third)] == [
        False,
        False,
        True,
    ]
    assert street.say("李书记", "日历 作废").startswith("现在没有在用的日历地址")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("A" * 43, id="样子对"),
        pytest.param("A" * 42, id="短了"),
        pytest.param("", id="空的"),
        pytest.param("日" * 43, id="不是字母"),
    ],
)
def test_an_unknown_token_opens_nothing(street: Street, token: str) -> None:
    street.token("张三")

    assert street.feeds.find(token) is None


def test_a_lost_key_makes_a_new_address(street: Street) -> None:
    """The old one cannot be told again, so it is ended and said so."""
    first = street.token("张三")
    street.core = bot(street.world)
    second = street.token("张三")

    assert "旧的地址已经作废" in street.said[-1]
    assert street.read(first) is None
    assert street.read(second) is not None


def test_without_an_outer_address_it_says_what_is_missing(street: Street) -> None:
    street.core = bot(street.world, public_url=None)

    assert "public_url" in street.say("张三", "日历")


def test_only_who_calls_meetings_gets_the_address_of_a_unit(street: Street) -> None:
    street.world.unit("第五党支部")

    own = street.token("李书记", "支部日历")
    assert street.token("李书记", "日历 三支部") == own
    assert own != street.token("李书记")
    assert "要由" in street.say("张三", "日历 三支部")
    assert "要由" in street.say("张三", "支部日历")
    assert "要由" in street.say("李书记", "日历 五支部")
    assert "要由" in street.say("张三", "日历 作废 三支部")
    assert street.say("李书记", "日历 作废 三支部").startswith("✓ 第三党支部的日历地址已作废")
    assert street.read(own) is None


def test_asked_for_twice_at_one_moment_it_is_one_address(street: Street) -> None:
    seal = TextSeal(AESGCM.generate_key(256))
    street.core = bot(street.world, seal=seal)
    first = street.token("张三")
    street.core = bot(street.world, seal=seal)

    assert street.token("张三") == first


# --- what stands on it -------------------------------------------------------------------------


def test_a_member_sees_what_he_is_expected_at_and_signed_up_for(street: Street) -> None:
    world = street.world
    other = world.unit("第五党支部")
    chen = world.member("陈书记", other, Role.SECRETARY)
    cell = world.unit("第一党小组", UnitKind.CELL, under=street.branch)
    leader = world.member("赵组长", street.branch, cell=cell)
    world.post(leader, cell, Role.CELL_LEADER)
    street.call(MeetingKind.GENERAL)
    street.call(MeetingKind.COMMITTEE, starts_at=THE_16TH + 2 * DAY)
    street.call(MeetingKind.CELL, leader, starts_at=THE_16TH + 3 * DAY)
    street.call(MeetingKind.GENERAL, chen)
    joined = street.call(MeetingKind.STUDY, starts_at=THE_16TH + DAY, seats=5, title="电工班")
    street.call(MeetingKind.STUDY, starts_at=THE_16TH + 4 * DAY, seats=5, title="书法班")
    with world.database.writing() as session:
        study.join(session, by=world.actor(street.zhang), now=world.now, number=joined.id)

    assert street.titles(street.token("张三")) == ["3月支部党员大会", "电工班"]
    assert street.titles(street.token("李书记")) == ["3月支部党员大会", "3月支部委员会会议"]
    assert street.titles(street.token("赵组长")) == ["3月支部党员大会", "3月党小组会"]


def test_it_follows_moves_and_cancellings_and_keeps_the_uid(street: Street) -> None:
    token = street.token("张三")
    meeting = street.call(MeetingKind.GENERAL)
    called = street.read(token) or ""
    street.world.clock.advance(timedelta(hours=1))
    street.move(meeting)
    moved = street.read(token) or ""
    street.cancel(meeting)
    cancelled = street.read(token) or ""
    street.world.clock.set(THE_16TH + 40 * DAY)

    def one(of: str, name: str) -> str:
        [found] = re.findall(rf"{name}:(.*)\r", of[of.index("BEGIN:VEVENT") :])
        return str(found)

    versions = (called, moved, cancelled)
    assert len({one(each, "UID") for each in versions}) == 1
    assert [one(each, "SEQUENCE") for each in versions] == ["0", "1", "2"]
    assert [one(each, "DTSTART;TZID=Asia/Shanghai")[:8] for each in versions] == [
        "20260316",
        "20260317",
        "20260317",
    ]
    assert one(called, "DTSTAMP") < one(moved, "DTSTAMP")
    assert "STATUS:CANCELLED" in cancelled
    assert street.titles(token) == []


def test_its_tag_changes_with_what_stands_on_it_and_not_with_time(street: Street) -> None:
    token = street.token("张三")
    meeting = street.call(MeetingKind.GENERAL)

    def tag() -> str:
        served = street.feeds.find(token)
        assert served is not None
        return served.tag

    first = tag()
    street.world.clock.advance(timedelta(hours=1))
    assert tag() == first
    street.move(meeting)
    assert tag() != first


def test_nothing_of_leave_or_of_who_stands_on_it(street: Street) -> None:
    meeting = street.call(MeetingKind.GENERAL)
    own, units = street.token("张三"), street.token("李书记", "支部日历")
    before = street.read(own), street.read(units)
    street.say("张三", "请假 16日 出差")
    with street.world.database.reading() as session:
        assert (meeting.id, street.zhang) in attendance.current_marks(session, [meeting])

    assert (street.read(own), street.read(units)) == before
    for feed in before:
        assert feed is not None
        assert not any(name in feed for name in ("张三", "李书记"))


def test_a_unit_shows_its_own_and_those_under_it_but_no_committee(street: Street) -> None:
    world = street.world
    cell = world.unit("第一党小组", UnitKind.CELL, under=street.branch)
    leader = world.member("赵组长", street.branch, cell=cell)
    world.post(leader, cell, Role.CELL_LEADER)
    world.member("周专干", None, Role.OFFICER)
    street.call(MeetingKind.GENERAL)
    street.call(MeetingKind.COMMITTEE, starts_at=THE_16TH + DAY)
    street.call(MeetingKind.CELL, leader, starts_at=THE_16TH + 2 * DAY)

    assert street.titles(street.token("李书记", "支部日历")) == [
        "3月支部党员大会",
        "第一党小组：3月党小组会",
    ]
    assert street.titles(street.token("周专干", "支部日历")) == [
        "第三党支部：3月支部党员大会",
        "第一党小组：3月党小组会",
    ]


def _move_to_fifth(street: Street) -> None:
    other = street.world.unit("第五党支部")
    chen = street.world.member("陈书记", other, Role.SECRETARY)
    street.call(MeetingKind.THEME_DAY, chen)
    with street.world.database.writing() as session:
        session.execute(
            update(Membership)
            .where(Membership.member_id == street.zhang)
            .values(unit_id=other, cell_id=None)
        )


def _leave(street: Street) -> None:
    with street.world.database.writing() as session:
        session.execute(
            update(Membership)
            .where(Membership.member_id == street.zhang)
            .values(valid_to=street.world.today)
        )


@pytest.mark.parametrize(
    ("change", "titles"),
    [
        pytest.param(_move_to_fifth, ["16日主题党日"], id="转到五支部"),
        pytest.param(_leave, None, id="不在名册了"),
    ],
)
def test_it_follows_the_roll(
    street: Street, change: Callable[[Street], None], titles: list[str] | None
) -> None:
    token = street.token("张三")
    street.call(MeetingKind.GENERAL)
    change(street)

    assert (street.titles(token) or None) == titles
    assert (street.read(token) is None) == (titles is None)


def test_a_closed_unit_has_no_calendar(street: Street) -> None:
    token = street.token("李书记", "支部日历")
    with street.world.database.writing() as session:
        session.execute(
            update(Unit).where(Unit.id == street.branch).values(valid_to=street.world.today)
        )

    assert street.read(token) is None


def test_who_is_made_anonymous_has_no_calendar(street: Street) -> None:
    world = street.world
    officer = world.member("周专干", None, Role.OFFICER)
    token = street.token("张三")
    _leave(street)
    world.clock.advance(2 * DAY)
    actor = world.actor(officer)
    with world.database.writing() as session:
        person = anonymise.find_left(session, "张三", by=actor, now=world.now)
        anonymise.carry_out(
            session, person, Ground.ASKED, reason="本人要求", by=actor, now=world.now
        )
        [revoked] = session.scalars(text("SELECT revoked_at FROM calendar_feed"))

    assert revoked is not None
    assert street.read(token) is None


def test_however_many_meetings_it_asks_as_often(street: Street) -> None:
    """No query for each meeting."""
    own, units = street.token("张三"), street.token("李书记", "支部日历")

    def count(token: str) -> int:
        seen: list[str] = []

        def note(_c: object, _cur: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(street.world.database.engine, "before_cursor_execute", note)
        try:
            assert street.feeds.find(token) is not None
        finally:
            event.remove(street.world.database.engine, "before_cursor_execute", note)
        return len(seen)

    def class_on(day: int) -> None:
        at_ = THE_16TH + day * DAY
        meeting = street.call(MeetingKind.STUDY, starts_at=at_, seats=5, title=f"班{day}")
        actor = street.world.actor(street.zhang)
        with street.world.database.writing() as session:
            study.join(session, by=actor, now=street.world.now, number=meeting.id)

    class_on(1)
    before = count(own), count(units)
    for day in range(2, 12):
        class_on(day)

    assert (count(own), count(units)) == before
    assert len(street.titles(own)) == 11
