"""What was not understood is counted without who said it; what is taught holds where it should."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.simulator import SPACE
from bot.domain.errors import Forbidden, NotFound
from bot.domain.ids import MemberId
from bot.domain.incoming import Event, Incoming, Kind
from bot.domain.rights import SYSTEM, Role
from bot.domain.wordings import NotTeachable
from bot.inbound.pipeline import NOT_UNDERSTOOD
from bot.main import Core, build_core
from bot.services import retention, wordings
from bot.services.wordings import AlreadyTaught, Taught
from bot.storage.engine import Database
from bot.storage.models import AuditLine, TaughtWording, UnreadWording
from bot.storage.sealing import TextSeal
from scheduler.suggesting import AT_ONCE, Suggesting
from tests.support.world import ROUTES, World

SEAL = TextSeal(b"k" * 32)
T = TypeVar("T")


class Street:
    """Two branches of a street, an officer, and the bot in as many processes as are asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.third = world.unit("第三党支部")
        self.fifth = world.unit("第五党支部")
        self.wang = world.member("王敏", self.third, Role.ORGANISER)
        self.zhang = world.member("张三", self.third, dues_fen=3000)
        self.zhao = world.member("赵六", self.third)
        self.chen = world.member("陈静", self.fifth)
        self.zhou = world.member("周强", self.fifth, Role.SECRETARY)
        self.officer = world.member("吴专干", None, Role.OFFICER)
        self.core = self.process()
        self._said = 0

    def process(self) -> Core:
        """Return another process over the same database."""
        return build_core(
            database=self.world.database,
            clock=self.world.clock,
            seal=SEAL,
            routes=ROUTES,
            senders={},
        )

    def say(self, who: str, text: str, core: Core | None = None, **more: object) -> str | None:
        """Let somebody write, privately unless a chat is named."""
        self._said += 1
        message = Incoming(SPACE, SPACE, f"m{self._said}", None, who, self.world.now, text)
        message = replace(message, **more)  # type: ignore[arg-type]  # fields of Incoming
        return (core or self.core).pipeline.receive(message).text

    def do(self, work: Callable[[Session], T]) -> T:
        """Run in a transaction."""
        with self.world.database.writing() as session:
            return work(session)

    def unread(self, by: MemberId | None = None) -> list[tuple[str, int]]:
        """Return what the organiser reads: words and how often."""
        actor = self.world.actor(by or self.wang)
        found = self.do(lambda session: wordings.list_unread(session, SEAL, by=actor))
        return [(one.text, one.times) for one in found]

    def teach(self, wording: str, target: str, by: MemberId | None = None) -> Taught:
        """Teach a wording."""
        actor, now = self.world.actor(by or self.wang), self.world.now
        return self.do(
            lambda session: wordings.teach(
                session, wording=wording, target=target, by=actor, now=now
            )
        )


@pytest.fixture
def street(database: Database) -> Street:
    """Return the street."""
    return Street(World(database))


# --- collecting ------------------------------------------------------------------------------


def test_it_counts_what_was_said_to_the_bot_without_who(street: Street, database: Database) -> None:
    street.say("张三", "签个字哈")
    street.world.clock.advance(timedelta(hours=1))
    street.say("赵六", "签个字！")
    street.say("赵六", "问下老张和张三在13800001234吗", chat_id="g", mentions_bot=True)

    assert street.unread() == [("签个字哈", 2), ("问下某某和某某在#吗", 1)]
    with database.reading() as session:
        rows = session.scalars(select(UnreadWording).order_by(UnreadWording.id)).all()
        session.expunge_all()
    assert rows[0].last_at - rows[0].first_at == timedelta(hours=1)
    stored = [
        getattr(row, column.name) for row in rows for column in UnreadWording.__table__.columns
    ]
    plain = " ".join(str(value) for value in stored)
    assert not any(word in plain for word in ("签个字", "张三", "赵六", "13800001234"))


@pytest.mark.parametrize(
    ("who", "text", "more"),
    [
        pytest.param("张三", "签个字哈", {"chat_id": "g", "mentions_bot": False}, id="群里的闲聊"),
        pytest.param("陌生人", "签个字哈", {}, id="不认识的人"),
        pytest.param("吴专干", "签个字哈", {}, id="不在支部的人"),
        pytest.param("张三", "我的党费", {}, id="看懂了"),
        pytest.param("张三", "到", {}, id="没有事在等的到"),
        pytest.param("张三", "俺血压高犯晕", {}, id="病情"),
        pytest.param("张三", "", {"kind": Kind.IMAGE}, id="图片"),
        pytest.param(
            "张三", "", {"kind": Kind.EVENT, "event": Event.MENU, "event_key": "k1"}, id="菜单"
        ),
        pytest.param("张三", "👍👍", {}, id="只有表情"),
    ],
)
def test_it_collects_nothing_else(
    street: Street, who: str, text: str, more: dict[str, object]
) -> None:
    street.say(who, text, **more)  # type: ignore[arg-type]  # fields of Incoming

    assert street.unread() == []


def test_it_counts_a_repeated_delivery_once(street: Street) -> None:
    message = Incoming(SPACE, SPACE, "twice", None, "张三", street.world.now, "签个字哈")

    street.core.pipeline.receive(message)
    street.core.pipeline.receive(message)

    assert street.unread() == [("签个字哈", 1)]


def test_it_counts_every_one_of_many_who_say_the_same_at_once(street: Street) -> None:
    start = threading.Barrier(4)

    def say(number: int) -> None:
        start.wait(timeout=30)
        message = Incoming(
            SPACE, SPACE, f"at-once-{number}", None, "张三", street.world.now, "签个字哈"
        )
        street.core.pipeline.receive(message)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(say, range(4)))

    assert street.unread() == [("签个字哈", 4)]


def test_it_keeps_the_lists_of_branches_apart_and_adds_them_up_for_the_street(
    street: Street,
) -> None:
    for who in ("张三", "陈静", "陈静"):
        street.say(who, "签个字哈")
    street.say("陈静", "俺来个位子")

    assert street.unread(street.wang) == [("签个字哈", 1)]
    assert street.unread(street.zhou) == [("签个字哈", 2), ("俺来个位子", 1)]
    assert street.unread(street.officer) == [("签个字哈", 3), ("俺来个位子", 1)]
    with pytest.raises(Forbidden, match="教说法"):
        street.unread(street.zhang)


def test_it_forgets_after_a_month_what_is_not_said_again(street: Street) -> None:
    street.say("张三", "签个字哈")
    street.say("张三", "俺来个位子")
    street.world.clock.advance(timedelta(days=20))
    street.say("张三", "签个字哈")
    street.world.clock.advance(timedelta(days=11))

    gone = street.do(
        lambda session: retention.forget_unread(session, now=street.world.now, keep_days=30)
    )

    assert gone == 1
    assert street.unread() == [("签个字哈", 2)]


def test_it_shows_the_ten_most_frequent(street: Street) -> None:
    for number, sign in enumerate("甲乙丙丁戊己庚辛壬癸子丑"):
        for _ in range(number + 1):
            street.say("张三", f"俺{sign}个位子")

    found = street.unread()

    assert len(found) == 10
    assert found[0] == ("俺丑个位子", 12)
    assert found[-1] == ("俺丙个位子", 3)


# --- teaching --------------------------------------------------------------------------------


def test_it_holds_at_once_in_every_process_and_only_where_it_was_taught(street: Street) -> None:
    other = street.process()
    before = street.say("张三", "俺还差多少", other)

    street.say("王敏", "教 俺还差多少 = 我的党费")

    after = street.say("张三", "俺还差多少", other)
    elsewhere = street.say("陈静", "俺还差多少", other)
    assert (before, elsewhere) == (NOT_UNDERSTOOD, NOT_UNDERSTOOD)
    assert after is not None
    assert after.startswith("张三，您每月党费30元。")


def test_what_an_officer_teaches_holds_in_the_street_and_the_branch_may_differ(
    street: Street,
) -> None:
    done = street.say("吴专干", "教 咋弄咧 = 怎么用")
    street.say("王敏", "教 咋弄咧 = 怎么签到")

    assert done is not None
    assert "（晨光街道）" in done
    assert (street.say("陈静", "咋弄咧") or "").startswith("您可以发：")
    assert (street.say("张三", "咋弄咧") or "").startswith("开会前半小时起")


def test_a_branch_cannot_end_what_the_street_taught(street: Street) -> None:
    taught = street.teach("咋弄咧", "怎么用", street.officer)
    actor = street.world.actor(street.wang)

    listed = street.do(lambda session: wordings.list_taught(session, by=actor))
    with pytest.raises(Forbidden):
        street.do(
            lambda session: wordings.revoke(session, taught.id, by=actor, now=street.world.now)
        )

    assert [one.unit for one in listed] == ["晨光街道"]


def test_it_is_revoked_and_stays_on_record(street: Street, database: Database) -> None:
    taught = street.teach("签个字哈", "签到")
    actor = street.world.actor(street.wang)
    street.world.clock.advance(timedelta(days=1))

    street.do(lambda session: wordings.revoke(session, taught.id, by=actor, now=street.world.now))
    with pytest.raises(NotFound, match="已经忘掉了"):
        street.do(
            lambda session: wordings.revoke(session, taught.id, by=actor, now=street.world.now)
        )
    again = street.teach("签个字哈", "签到")

    assert again.id != taught.id
    with database.reading() as session:
        rows = session.scalars(select(TaughtWording).order_by(TaughtWording.id)).all()
        session.expunge_all()
        trail = session.scalars(
            select(AuditLine.action).where(AuditLine.subject.startswith("wording:"))
        ).all()
    assert [(row.taught_by, row.revoked_by) for row in rows] == [
        (street.wang, street.wang),
        (street.wang, None),
    ]
    assert rows[0].revoked_at == street.world.now
    assert sorted(trail) == ["wording.revoke", "wording.teach", "wording.teach"]


def test_two_who_teach_the_same_at_once_teach_it_once(street: Street) -> None:
    start = threading.Barrier(2)

    def teach(target: str) -> object:
        start.wait(timeout=30)
        try:
            return street.teach("签个字哈", target).target
        except AlreadyTaught as taught:
            return type(taught)

    with ThreadPoolExecutor(2) as workers:
        done = list(workers.map(teach, ["签到", "请假"]))

    assert len([one for one in done if one is AlreadyTaught]) == 1


@pytest.mark.parametrize(
    ("wording", "why"),
    [
        pytest.param("张三来喽", "名册上的人名", id="人名"),
        pytest.param("好的", "平常聊天", id="平常话"),
        pytest.param("位子3个", "人名或数字", id="数字"),
    ],
)
def test_it_refuses_what_may_not_be_taught(street: Street, wording: str, why: str) -> None:
    with pytest.raises(NotTeachable, match=why):
        street.teach(wording, "签到")
    with pytest.raises(Forbidden):
        street.teach("签个字哈", "签到", street.zhang)


def test_a_line_of_another_branch_cannot_be_taught_by_its_number(street: Street) -> None:
    street.say("陈静", "签个字哈")
    with street.world.database.reading() as session:
        foreign = session.scalar(select(UnreadWording.id))
    actor = street.world.actor(street.wang)

    with pytest.raises(NotFound, match="已经不在了"):
        street.do(lambda session: wordings.get_unread(session, SEAL, foreign or 0, by=actor))


def test_the_number_is_that_of_the_list_shown_whatever_was_said_since(street: Street) -> None:
    street.say("张三", "俺来个位子")
    street.say("王敏", "没看懂")
    for _ in range(3):
        street.say("张三", "字划好喽")

    done = street.say("王敏", "教 1 报名")
    street.world.clock.advance(timedelta(minutes=31))
    late = street.say("王敏", "教 1 报名")

    assert done is not None
    assert "“俺来个位子”" in done
    assert late == "没有这个编号。请先回复 没看懂 看编号。"


def test_it_is_not_consulted_where_anything_else_was_recognised(street: Street) -> None:
    # As if it had been read otherwise when it was taught: a row that no test would let in today.
    actor = street.world.actor(street.wang)
    street.do(
        lambda session: wordings.teach(
            session, wording="我的党费是", target="怎么用", by=actor, now=street.world.now
        )
    )
    street.do(
        lambda session: wordings.teach(
            session, wording="划勾吧", target="撤销", by=actor, now=street.world.now
        )
    )

    assert (street.say("张三", "我的党费") or "").startswith("张三，您每月党费30元。")
    assert street.say("张三", "划勾吧") == NOT_UNDERSTOOD  # what is not harmless is not acted on


def test_a_wording_works_only_where_the_bot_is_spoken_to(street: Street) -> None:
    street.teach("俺还差多少", "怎么用")

    assert street.say("张三", "俺还差多少", chat_id="g", mentions_bot=False) is None
    assert street.say("张三", "俺还差多少", chat_id="g", mentions_bot=True) is not None


# --- suggestions -----------------------------------------------------------------------------


class Guesser:
    """Says what it was told to say, and remembers what it was asked."""

    def __init__(self, answers: dict[str, str | None]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def suggest(self, wording: str, sentences: object) -> str | None:
        """Return the answer for a wording; one that is not known breaks it."""
        self.asked.append(wording)
        return self.answers[wording]


def suggesting(street: Street, guesser: Guesser) -> Suggesting:
    """Return the job that asks."""
    return Suggesting(
        database=street.world.database,
        clock=street.world.clock,
        seal=SEAL,
        suggester=guesser,
        sentences=("签到", "请假"),
    )


def test_a_suggestion_is_shown_and_never_acted_on(street: Street) -> None:
    street.say("张三", "字划好喽")
    street.say("张三", "张三来个位子")
    street.say("张三", "俺不晓得咧")
    guesser = Guesser({"字划好喽": "签到", "某某来个位子": "撤销", "俺不晓得咧": None})

    found = suggesting(street, guesser).run()
    again = suggesting(street, guesser).run()

    shown = (street.say("王敏", "没看懂") or "").split("\n")
    assert (found, again) == (1, 0)
    assert guesser.asked == ["字划好喽", "某某来个位子", "俺不晓得咧"]  # masked, and each once
    assert [line for line in shown if "建议" in line] == [
        "3 字划好喽（1次，最近3月12日） 建议：签到"
    ]
    assert street.say("张三", "字划好喽") == NOT_UNDERSTOOD


def test_a_suggester_that_breaks_is_asked_again_and_harms_nobody(street: Street) -> None:
    street.say("张三", "字划好喽")

    broken = suggesting(street, Guesser({})).run()
    mended = suggesting(street, Guesser({"字划好喽": "签到"})).run()

    assert (broken, mended) == (0, 1)


def test_what_breaks_the_suggester_does_not_stand_before_the_others(street: Street) -> None:
    for number in range(AT_ONCE):
        street.say("张三", f"{chr(ord('甲') + number)}划好喽嘞")
    street.say("张三", "字划好喽")
    guesser = Guesser({"字划好喽": "签到"})
    job = suggesting(street, guesser)

    assert job.run() == 0
    assert job.run() == 1
    assert guesser.asked[-1] == "字划好喽"
    asked = len(guesser.asked)
    assert job.run() == 0
    assert len(guesser.asked) == asked  # what it broke on rests for a while


def test_a_core_asks_only_the_suggester_it_was_given(street: Street) -> None:
    guesser = Guesser({"字划好喽": "签到"})
    street.say("张三", "字划好喽")

    core = build_core(
        database=street.world.database,
        clock=street.world.clock,
        seal=SEAL,
        routes=ROUTES,
        senders={},
        suggester=guesser,
    )

    assert street.core.suggesting is None
    assert core.suggesting is not None
    assert core.suggesting.run() == 1


def test_what_was_sealed_with_another_key_is_passed_over(street: Street) -> None:
    actor = replace(SYSTEM, branch_id=street.third)
    street.do(
        lambda session: wordings.note_unread(
            session, TextSeal(b"x" * 32), text="字划好喽", by=actor, now=street.world.now
        )
    )

    assert street.unread() == []
