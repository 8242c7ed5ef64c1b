"""One delivery, one transaction: repeats, failures, what may be said where."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

import handlers
from bot.channels.simulator import SPACE, Delivered, Simulator
from bot.clock import ManualClock, at
from bot.domain.dues import Category
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.incoming import Answer, Event, Incoming, Kind
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.privacy import ALLOWED, Audience, Fact, FactKind, Text, say
from bot.domain.rights import Role
from bot.domain.sending import without_number
from bot.domain.units import UnitKind
from bot.inbound import outgoing
from bot.inbound import pipeline as pipeline_module
from bot.inbound.context import FIRST_CONTACT, Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.outgoing import NO_WAY, NOT_HERE, WHISPERED
from bot.inbound.pipeline import FAILED, FAILED_UNTOLD, PICTURE, PLEASE_TYPE, MessagePipeline
from bot.inbound.replies import Reply, ToGroup, reply
from bot.inbound.utterance import Utterance
from bot.main import Core, build_core
from bot.services import people
from bot.services.outbox import Routes, Way
from bot.storage.engine import Database
from bot.storage.models import (
    Account,
    AttendanceMark,
    DuesAssessment,
    Inbound,
    Member,
    Membership,
    Outbox,
    Post,
    Unit,
)
from bot.storage.sealing import TextSeal
from tests.support.world import HOURS

MORNING = at(date(2026, 3, 12), 9, 58)
NEW_YEAR = date(2026, 1, 1)
SEAL = TextSeal(b"k" * 32)
WAY = Way(SPACE, 65536)


@dataclass
class Branch:
    """A branch of four: 李建国 the secretary, 王敏 the organiser, 张三, and 赵六 without account."""

    core: Core
    clock: ManualClock
    heard: list[Delivered]
    said: int = 0
    last: Incoming | None = field(default=None)

    def say(self, name: str, text: str, **more: object) -> str | None:
        """Deliver a message and return the answer."""
        self.said += 1
        self.last = replace(
            Incoming(SPACE, SPACE, f"m{self.said}", None, name, self.clock.now(), text),
            **more,  # type: ignore[arg-type]  # fields of Incoming
        )
        return self.core.pipeline.receive(self.last).text


@pytest.fixture
def branch(database: Database) -> Branch:
    _people(database)
    return make_branch(database)


def make_branch(database: Database) -> Branch:
    """Return the bot over a database that may hold the branch already."""
    clock = ManualClock(MORNING)
    heard: list[Delivered] = []
    core = build_core(
        database=database,
        clock=clock,
        seal=SEAL,
        routes=Routes(private={SPACE: WAY}, chats={SPACE: WAY}),
        senders={SPACE: Simulator(SPACE, heard.append)},
    )
    return Branch(core, clock, heard)


def _people(database: Database) -> None:
    with database.writing() as session:
        session.add(
            Unit(
                id=1,
                name="第三党支部",
                kind=UnitKind.BRANCH,
                path="/1/",
                live_from=NEW_YEAR,
                valid_from=NEW_YEAR,
            )
        )
        session.flush()
        for number, name in enumerate(("李建国", "王敏", "张三", "赵六"), start=1):
            session.add(
                Member(id=number, name=name, kind=MemberKind.FULL, phone_tail=f"000{number}")
            )
            session.flush()
            session.add(Membership(member_id=number, unit_id=1, valid_from=NEW_YEAR))
            session.add(
                DuesAssessment(
                    member_id=number,
                    effective_month=Month(2026, 3),
                    seq=1,
                    monthly_fen=3000,
                    category=Category.WAGE,
                    recorded_at=MORNING,
                )
            )
            if name != "赵六":
                session.add(
                    Account(
                        space=SPACE,
                        external_id=name,
                        external_key=name,
                        member_id=number,
                        bound_how="roster",
                        bound_at=MORNING,
                    )
                )
        session.add(Post(member_id=1, unit_id=1, role=Role.SECRETARY, valid_from=NEW_YEAR))
        session.add(Post(member_id=2, unit_id=1, role=Role.ORGANISER, valid_from=NEW_YEAR))


def _last(branch: Branch) -> Incoming:
    assert branch.last is not None
    return branch.last


def _count(database: Database, model: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# --- repeats ---------------------------------------------------------------------------------


def test_it_gives_six_simultaneous_deliveries_one_effect_and_six_equal_answers(
    branch: Branch, database: Database
) -> None:
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")
    message = Incoming(SPACE, SPACE, "same", None, "张三", MORNING, "签到")
    answers: list[Answer] = []
    start = threading.Barrier(6)

    def deliver() -> None:
        start.wait()
        answers.append(branch.core.pipeline.receive(message))

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 6
    assert {answer.text for answer in answers} == {
        "✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销"
    }
    assert _count(database, AttendanceMark) == 1
    assert _count(database, Inbound) == 2


def test_it_counts_the_same_words_with_another_id_as_another_message(
    branch: Branch, database: Database
) -> None:
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")

    first = branch.say("张三", "签到")
    second = branch.say("张三", "签到")

    assert first == "✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销"
    assert second == "您09:58已签到，不用再签。"
    assert _count(database, AttendanceMark) == 1


def test_it_lets_two_check_ins_of_one_member_at_once_meet_on_the_unique_key(
    branch: Branch, database: Database
) -> None:
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")
    start = threading.Barrier(4)
    answers: list[str | None] = []

    def deliver(number: int) -> None:
        start.wait()
        message = Incoming(SPACE, SPACE, f"twin-{number}", None, "张三", MORNING, "签到")
        answers.append(branch.core.pipeline.receive(message).text)

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers, key=str).count("您09:58已签到，不用再签。") == 3
    assert _count(database, AttendanceMark) == 1


# --- failures --------------------------------------------------------------------------------


def _broken_intent(handle: object) -> Intent:
    def recognise(utterance: Utterance) -> list[Reading]:
        found = utterance.text == "坏掉"
        return [Reading(None, Strength.EXACT, (0, 2))] if found else []

    return Intent("broken", "坏掉", recognise, handle, ("坏掉",))  # type: ignore[arg-type]


def _with(branch: Branch, intent: Intent) -> Branch:
    core = branch.core
    pipeline = MessagePipeline(
        database=core.database,
        intents=[*handlers.INTENTS, intent],
        seal=SEAL,
        clock=branch.clock,
        routes=core.routes,
        hours=HOURS,
    )
    branch.core = replace(core, pipeline=pipeline)
    return branch


def test_it_keeps_the_message_and_tells_sender_and_organiser_when_a_handler_breaks(
    branch: Branch, database: Database
) -> None:
    def handle(_slots: None, context: Context) -> Reply:
        context.session.execute(update(Member).values(name="不该留下"))
        raise RuntimeError("boom")

    _with(branch, _broken_intent(handle))

    answer = branch.say("张三", "坏掉")
    branch.core.turn()

    assert answer == FAILED
    assert [(d.address, d.text[:2]) for d in branch.heard] == [("王敏", "张三")]
    with database.reading() as session:
        assert session.scalar(select(Inbound.state)) == "failed"
        assert "不该留下" not in session.scalars(select(Member.name)).all()
    assert branch.core.pipeline.receive(_last(branch)).text == FAILED


def test_it_promises_no_help_from_an_organiser_who_cannot_be_told(
    branch: Branch, database: Database
) -> None:
    def handle(_slots: None, _context: Context) -> Reply:
        raise RuntimeError("boom")

    _with(branch, _broken_intent(handle))
    with database.writing() as session:
        session.execute(
            update(Account).where(Account.external_id != "张三").values(unbound_at=MORNING)
        )

    assert branch.say("张三", "坏掉") == FAILED_UNTOLD


def test_it_sends_on_what_does_not_fit_into_an_answer(branch: Branch) -> None:
    lines = [f"第{number}行" + "字" * 60 for number in range(30)]

    def handle(_slots: None, _context: Context) -> Reply:
        return reply("\n".join(lines))

    _with(branch, _broken_intent(handle))

    answer = branch.say("张三", "坏掉")
    branch.core.turn()

    assert answer is not None
    assert len(answer.encode()) <= 2048
    parts = [answer, *(delivered.text for delivered in branch.heard)]
    assert [part[:5] for part in parts] == [f"（{n}/3）" for n in (1, 2, 3)]
    assert "\n".join(without_number(part) for part in parts).split("\n") == lines


def test_it_does_a_bare_word_beside_a_clear_one_only_where_it_is_awaited(branch: Branch) -> None:
    assert branch.say("张三", "收到，党费已交 3月") == (
        "收到：3月，共30元。等组织委员核对后回执。金额不对请回复 更正"
    )
    branch.say("李建国", "发通知 明天开会")
    branch.say("李建国", "确认4")

    answer = branch.say("王敏", "收到，党费已交 3月")

    assert answer is not None
    assert answer.splitlines()[0] == "✓ 王敏，已记收到：明天开会"
    assert answer.splitlines()[1].startswith("收到：3月，共30元。")


def test_it_rolls_a_refused_action_back_and_says_the_sentence(
    branch: Branch, database: Database
) -> None:
    def handle(_slots: None, context: Context) -> Reply:
        context.session.execute(update(Member).values(name="不该留下"))
        raise DomainError("这样不行，请那样。")

    _with(branch, _broken_intent(handle))

    assert branch.say("张三", "坏掉") == "这样不行，请那样。"
    with database.reading() as session:
        assert session.scalar(select(Inbound.state)) == "done"
        assert "不该留下" not in session.scalars(select(Member.name)).all()


def test_it_does_the_other_actions_of_a_message_when_one_breaks(
    branch: Branch, database: Database
) -> None:
    def handle(_slots: None, _context: Context) -> Reply:
        raise RuntimeError("boom")

    def recognise(utterance: Utterance) -> list[Reading]:
        start = utterance.text.find("坏掉")
        return [] if start < 0 else [Reading(None, Strength.CLEAR, (start, start + 2))]

    _with(branch, Intent("broken", "坏掉", recognise, handle, ()))
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")

    answer = branch.say("张三", "签到，坏掉")

    assert answer is not None
    assert "已签到" in answer
    assert FAILED in answer
    assert _count(database, AttendanceMark) == 1


def _boom(*_: object) -> Any:
    raise RuntimeError("boom")


_BREAKS: dict[str, Callable[[Branch, pytest.MonkeyPatch], object]] = {
    "读消息": lambda branch, _: _with(
        branch, Intent("broken", "坏掉", _boom, lambda _s, _c: reply("好"), ())
    ),
    "看在等什么": lambda branch, _: _with(branch, _bare(waits=_boom)),
    "看在等什么时数据库报错": lambda branch, _: _with(
        branch, _bare(waits=lambda context: context.session.execute(text("SELECT * FROM nowhere")))
    ),
    "写答话": lambda _, patch: patch.setattr(outgoing, "deliver", _boom),
    "认人": lambda _, patch: patch.setattr(people, "find_actor", _boom),
}


def _bare(waits: Callable[[Context], Any]) -> Intent:
    def recognise(utterance: Utterance) -> list[Reading]:
        found = utterance.text == "坏掉"
        return [Reading(None, Strength.BARE, (0, 2))] if found else []

    return Intent("broken", "坏掉", recognise, lambda _s, _c: reply("好"), (), waits=waits)


@pytest.mark.parametrize("where", _BREAKS)
def test_it_keeps_a_message_that_breaks_outside_every_handler(
    branch: Branch, database: Database, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")
    with monkeypatch.context() as patch:
        _BREAKS[where](branch, patch)
        answer = branch.say("张三", "坏掉" if "看" in where else "签到")
        private = branch.last
        group = branch.say("张三", "大家好", chat_id="群", mentions_bot=False)
    branch.core.turn()

    known = where != "认人"
    assert answer == (FAILED if known else FAILED_UNTOLD)
    assert group is None  # nobody there waits for an answer
    assert private is not None
    assert branch.core.pipeline.receive(private).text == answer
    with database.reading() as session:
        states = dict(session.execute(select(Inbound.message_id, Inbound.state)).all())
    assert states["m2"] == "failed"
    assert _count(database, AttendanceMark) == 0  # as it says: not recorded
    assert (
        any(d.address == "王敏" and d.text.startswith("张三发来的") for d in branch.heard) == known
    )


def test_it_leaves_a_delivery_to_its_repeat_when_the_database_is_in_trouble(
    branch: Branch, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that died says nothing of the message: the platform delivers it again."""
    errors = database.engine.dialect.loaded_dbapi
    for error in (
        errors.OperationalError("gone"),
        OperationalError("x", None, errors.InterfaceError("gone")),
    ):
        with monkeypatch.context() as patch:

            def trouble(*_: object, error: Exception = error) -> None:
                raise error

            patch.setattr(MessagePipeline, "act", trouble)
            with pytest.raises(type(error)):
                branch.say("张三", "我的")

    assert _count(database, Inbound) == 0


def test_it_raises_only_when_nothing_could_be_stored(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pipeline_module, "insert_once", broken)

    with pytest.raises(OSError, match="disk full"):
        branch.say("张三", "签到")


def test_it_stores_no_part_of_a_message_whose_commit_failed(
    branch: Branch, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")
    message = Incoming(SPACE, SPACE, "late", None, "张三", MORNING, "签到")

    def broken(_self: MessagePipeline, _context: Context) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MessagePipeline, "act", broken)
        with pytest.raises(KeyboardInterrupt):
            branch.core.pipeline.receive(message)

    assert _count(database, AttendanceMark) == 0
    retry = branch.core.pipeline.receive(message)
    assert retry.text == "✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销"
    assert _count(database, AttendanceMark) == 1


# --- what may be said where ------------------------------------------------------------------


def _telling(text: Text) -> Intent:
    def handle(_slots: None, _context: Context) -> Reply:
        return Reply(text)

    return _broken_intent(handle)


def _told_to(audience: Audience, *, but: Audience | None = None) -> list[FactKind]:
    return [kind for kind, to in ALLOWED.items() if audience in to and but not in to]


@pytest.mark.parametrize("kind", _told_to(Audience.GROUP))
def test_it_says_aloud_what_a_group_may_read(branch: Branch, kind: FactKind) -> None:
    _with(branch, _telling(say("{it}", it=Fact(kind, "三十元"))))

    assert branch.say("张三", "坏掉", chat_id="群") == "三十元"


@pytest.mark.parametrize("kind", [k for k in FactKind if ALLOWED[k] == {Audience.OFFICERS}])
@pytest.mark.parametrize("chat_id", ["群", None])
def test_it_holds_back_what_only_officers_may_read(
    branch: Branch, kind: FactKind, chat_id: str | None, leaks: list[str]
) -> None:
    _with(branch, _telling(say("秘密：{it}", it=Fact(kind, "三十元"))))

    answer = branch.say("张三", "坏掉", chat_id=chat_id)
    branch.core.turn()

    assert answer == (NO_WAY if chat_id else NOT_HERE)
    assert branch.heard == []
    assert len(leaks) == 1
    assert kind.name in leaks[0]
    leaks.clear()
    assert branch.say("王敏", "坏掉") == "秘密：三十元"


@pytest.mark.parametrize("kind", _told_to(Audience.SELF, but=Audience.GROUP))
def test_it_whispers_every_kind_of_fact_that_a_group_may_not_read(
    branch: Branch, kind: FactKind
) -> None:
    _with(branch, _telling(say("秘密：{it}", it=Fact(kind, "三十元"))))

    answer = branch.say("张三", "坏掉", chat_id="群")
    branch.core.turn()

    assert answer == WHISPERED
    assert branch.heard == [Delivered("张三", "秘密：三十元")]


def test_it_names_whom_to_ask_when_a_private_answer_has_no_way(branch: Branch) -> None:
    _with(branch, _telling(say("秘密：{it}", it=Fact(FactKind.DUES, "三十元"))))
    pipeline = MessagePipeline(
        database=branch.core.database,
        intents=[_telling(say("秘密：{it}", it=Fact(FactKind.DUES, "三十元")))],
        seal=SEAL,
        clock=branch.clock,
        routes=Routes(),
        hours=HOURS,
    )

    answer = pipeline.receive(Incoming(SPACE, SPACE, "x", "群", "张三", MORNING, "坏掉"))

    assert answer.text == NO_WAY


def test_it_refuses_to_queue_a_private_fact_for_a_group(branch: Branch, database: Database) -> None:
    def handle(_slots: None, _context: Context) -> Reply:
        secret = say("{it}", it=Fact(FactKind.DUES, "三十元"))
        return Reply(Text("好"), send=(ToGroup(UnitId(1), secret, "k"),))

    _with(branch, _broken_intent(handle))

    answer = branch.say("张三", "坏掉")

    assert answer == FAILED
    assert "三十元" not in _texts(database)


def _texts(database: Database) -> str:
    with database.reading() as session:
        return "".join(session.scalars(select(Outbox.text)))


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        pytest.param({"kind": Kind.IMAGE, "text": ""}, PICTURE, id="私聊发图片"),
        pytest.param({"kind": Kind.FILE, "text": ""}, PICTURE, id="私聊发文件"),
        pytest.param({"kind": Kind.VOICE, "text": ""}, PLEASE_TYPE, id="没有文字的语音"),
        pytest.param({"kind": Kind.IMAGE, "text": "", "chat_id": "群"}, None, id="群里发图片"),
        pytest.param({"kind": Kind.VOICE, "text": "", "chat_id": "群"}, None, id="群里发语音"),
        pytest.param(
            {"kind": Kind.EVENT, "event": Event.UNFOLLOW, "text": ""}, None, id="取消关注"
        ),
        pytest.param({"kind": Kind.EVENT, "event": Event.OTHER, "text": ""}, None, id="其他事件"),
    ],
)
def test_it_answers_what_carries_no_words(
    branch: Branch, message: dict[str, object], answer: str | None
) -> None:
    assert branch.say("张三", **message) == answer  # type: ignore[arg-type]


@pytest.mark.parametrize("event", [Event.FOLLOW, Event.ENTER, Event.SCAN])
def test_it_greets_members_by_name_and_tells_strangers_how_to_bind(
    branch: Branch, event: Event
) -> None:
    greeting = branch.say("张三", "", kind=Kind.EVENT, event=event)
    stranger = branch.say("路人", "", kind=Kind.EVENT, event=event)

    assert greeting is not None
    assert greeting.startswith("您好，张三！")
    assert stranger == FIRST_CONTACT


def test_it_reads_a_menu_item_and_a_button_as_the_words_they_stand_for(branch: Branch) -> None:
    menu = branch.say("张三", "", kind=Kind.EVENT, event=Event.MENU, event_key="下次什么时候")
    card = branch.say("张三", "", kind=Kind.EVENT, event=Event.CARD, event_key="下次什么时候")

    assert menu == card == "近期还没有安排会。安排好了会提前通知您。"


def test_it_reads_a_voice_transcript_like_text(branch: Branch) -> None:
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")

    answer = branch.say("张三", "签到。", kind=Kind.VOICE)

    assert answer == "✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销"


# --- dates, texts, accounts ------------------------------------------------------------------


def test_it_dates_a_message_by_when_it_was_sent_not_by_when_it_arrived(branch: Branch) -> None:
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")
    branch.clock.set(MORNING + timedelta(minutes=30))

    answer = branch.say("张三", "签到", sent_at=MORNING)

    assert answer == "✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销"


def test_it_does_not_believe_a_message_that_claims_to_come_from_the_future(
    branch: Branch,
) -> None:
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")

    answer = branch.say("张三", "签到", sent_at=MORNING + timedelta(days=1))

    assert answer == "✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销"


def test_it_keeps_texts_encrypted_and_long_numbers_masked(
    branch: Branch, database: Database
) -> None:
    branch.say("张三", "我的身份证41010519800101123X，手机13800138000")

    with database.reading() as session:
        sealed = session.scalar(select(Inbound.sealed_text))
    assert sealed is not None
    assert b"4101" not in sealed
    opened = SEAL.open(sealed)
    assert opened == f"我的身份证{'*' * 16}3X，手机{'*' * 9}00"
    assert TextSeal(b"x" * 32).open(sealed) is None


def test_it_knows_an_account_whatever_the_case_of_its_id(
    branch: Branch, database: Database
) -> None:
    with database.writing() as session:
        session.execute(
            update(Account)
            .where(Account.member_id == 3)
            .values(external_id="ZhangSan", external_key="zhangsan")
        )

    greeting = branch.say("zhangSAN", "", kind=Kind.EVENT, event=Event.ENTER)

    assert greeting is not None
    assert greeting.startswith("您好，张三！")


@pytest.mark.parametrize("text", ["", "   ", "。。。", "\u200b", "x" * 100_000, "签到" * 30_000])
def test_it_survives_any_text(branch: Branch, text: str) -> None:
    branch.say("张三", text)
    branch.say("张三", text, chat_id="群")


# --- questions -------------------------------------------------------------------------------


def test_it_puts_a_tie_as_one_question_and_the_number_finishes_the_request(
    branch: Branch,
) -> None:
    def intent(name: str) -> Intent:
        def recognise(utterance: Utterance) -> list[Reading]:
            found = utterance.text == "两可"
            return [Reading(name, Strength.CLEAR, (0, 2))] if found else []

        def handle(slots: str, _context: Context) -> Reply:
            return reply(f"做了{slots}")

        return Intent(name, f"{name}事", recognise, handle, ("两可",))

    core = branch.core
    pipeline = MessagePipeline(
        database=core.database,
        intents=[*handlers.INTENTS, intent("甲"), intent("乙")],
        seal=SEAL,
        clock=branch.clock,
        routes=core.routes,
        hours=HOURS,
    )
    branch.core = replace(core, pipeline=pipeline)

    question = branch.say("张三", "两可")
    wrong = branch.say("张三", "7")
    done = branch.say("张三", "2")
    again = branch.say("张三", "两可", chat_id="群")

    assert question in (
        "想确认一下，您是要：1 甲事，2 乙事。回复数字就行。",
        "想确认一下，您是要：1 乙事，2 甲事。回复数字就行。",
    )
    assert wrong == "没有第7项。请回复 1 到 2 之间的数字。"
    assert done in ("做了甲", "做了乙")
    assert again is None


def test_it_forgets_a_question_after_half_an_hour(branch: Branch) -> None:
    branch.say("李建国", "发通知 明天开会")
    branch.clock.advance(timedelta(minutes=31))

    assert branch.say("李建国", "确认4") == "没有等着确认的事。"


def test_it_lets_only_the_one_who_was_asked_answer(branch: Branch) -> None:
    branch.say("李建国", "发通知 明天开会")

    assert branch.say("王敏", "确认4") == "没有等着确认的事。"
    assert branch.say("李建国", "确认4", chat_id="群") == "没有等着确认的事。"


def test_it_says_who_has_no_account_before_a_notice_leaves(branch: Branch) -> None:
    preview = branch.say("李建国", "发通知 明天开会")
    done = branch.say("李建国", "确认4")
    branch.core.turn()

    assert preview is not None
    assert preview.startswith("预览（未发送），发给第三党支部全体")
    assert "共4人，其中1人未绑定（赵六，请电话）。回复 确认4" in preview
    assert done is not None
    assert "赵六没有账号，请打电话" in done
    assert sorted(d.address for d in branch.heard) == ["张三", "李建国", "王敏"]


def test_the_rights_of_a_post_end_on_its_last_day(branch: Branch, database: Database) -> None:
    with database.writing() as session:
        session.execute(update(Post).where(Post.member_id == 1).values(valid_to=date(2026, 3, 12)))

    answer = branch.say("李建国", "名单")

    assert answer == "“看名单”要由本支部书记或组织委员来做，请告诉他们。"


def test_it_answers_street_staff_without_a_branch(branch: Branch, database: Database) -> None:
    with database.writing() as session:
        session.add(Member(id=9, name="老周", kind=MemberKind.STAFF, phone_tail=""))
        session.flush()
        session.add(
            Account(
                space=SPACE,
                external_id="老周",
                external_key="老周",
                member_id=MemberId(9),
                bound_how="code",
                bound_at=MORNING,
            )
        )

    assert branch.say("老周", "签到") == "您不在任何支部的名册里，这件事请用支部里的账号来做。"
