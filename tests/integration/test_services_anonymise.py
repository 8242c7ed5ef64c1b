"""Taking the name off what is kept of somebody who has left: what goes, what stays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.reads import Ground, Leaving, StillNeeded, check_may_forget, kept_until
from bot.domain.rights import Role
from bot.services import anonymise, attendance_rates, dues_remittance, turnover
from bot.services.anonymise import AlreadyAnonymous, Left, SeveralHaveLeft
from bot.services.attendance_rates import Days
from bot.storage.engine import Database
from bot.storage.models import (
    Account,
    Alias,
    Anonymised,
    AuditLine,
    DuesEntry,
    Member,
    Membership,
    Outbox,
)
from bot.storage.types import Base
from tests.support.hall import START, Hall

NAME, TAIL = "欧阳建设", "6688"
LATER = at(date(2026, 4, 8), 12)


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return a branch in which 欧阳建设 came, paid, was written about, and died."""
    hall = Hall(database)
    world = hall.world
    hall.members[NAME] = world.member(NAME, hall.branch, tail=TAIL, dues_fen=3000)
    hall.members["周敏"] = world.member("周敏", None, Role.OFFICER)
    hall.say("王敏", f"别名 老欧 {NAME}")
    hall.say(NAME, "请假 回老家收麦子")
    hall.say(NAME, "党费 1-3月 90")
    hall.say("王敏", "确认党费 全部")
    hall.say("王敏", "确认1")
    hall.say("王敏", "名单 党费 3月")
    hall.say("王敏", f"发通知 请{NAME}主持学习")
    hall.say("王敏", "确认7")
    hall.say(NAME, "收到")
    hall.say(NAME, "签到", START)
    hall.say("王敏", "除张三都到", START + timedelta(hours=1))
    hall.say("王敏", "确认6")
    hall.say("王敏", f"记录 主题党日 主持 {NAME} 议题 听{NAME}讲党史", START + timedelta(hours=3))
    hall.say("李建国", f"去世 {NAME} 4月1日", at(date(2026, 4, 1), 10))
    hall.say("李建国", "确认")
    world.clock.set(LATER)
    return hall


def _find(hall: Hall, written: str = NAME, by: str = "周敏") -> Left:
    actor = hall.world.actor(hall.members[by])
    with hall.world.database.reading() as session:
        return anonymise.find_left(session, written, by=actor, now=hall.world.now)


def _do(
    hall: Hall, ground: Ground = Ground.ASKED, by: str = "周敏", reason: str = "家属申请"
) -> None:
    person, actor = _find(hall, str(hall.members[NAME])), hall.world.actor(hall.members[by])
    with hall.world.database.writing() as session:
        anonymise.carry_out(session, person, ground, reason=reason, by=actor, now=hall.world.now)


def _everything_written(hall: Hall) -> str:
    """Return every word of every table."""
    words: list[str] = []
    with hall.world.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                words += [str(value) for value in row if value is not None]
    return "\n".join(words)


def _figures(hall: Hall) -> list[object]:
    """Return what a report of the year counts."""
    li, wang = (hall.world.actor(hall.members[name]) for name in ("李建国", "王敏"))
    days = Days(date(2026, 1, 1), date(2026, 12, 31))
    with hall.world.database.reading() as session:
        rate = attendance_rates.of_unit(session, hall.branch, by=li, days=days, now=hall.world.now)
        figures = turnover.figures_of(session, hall.branch, days.first, hall.world.today)
        money = session.execute(
            select(DuesEntry.member_id, DuesEntry.month, DuesEntry.kind, DuesEntry.fen).order_by(
                DuesEntry.id
            )
        ).all()
        in_hand = dues_remittance.draft(session, by=wang, unit=None, up_to=None)
    return [rate, figures, [tuple(row) for row in money], in_hand]


def test_no_word_of_the_name_is_left_anywhere(hall: Hall) -> None:
    before = _everything_written(hall)
    assert before.count(NAME) > 5
    assert "回老家收麦子" in before

    _do(hall)

    after = _everything_written(hall)
    assert NAME not in after
    assert "回老家收麦子" not in after
    assert TAIL not in after.split("\n")


def test_no_figure_changes(hall: Hall) -> None:
    before = _figures(hall)

    _do(hall)

    assert _figures(hall) == before


def test_nothing_leads_to_the_person_any_more(hall: Hall) -> None:
    _do(hall)

    member = hall.members[NAME]
    with hall.world.database.reading() as session:
        account = session.scalars(select(Account).where(Account.member_id == member)).one()
        alias = session.scalars(select(Alias).where(Alias.member_id == member)).one()
        row = session.get_one(Member, member)
        assert account.unbound_at is not None
        assert alias.revoked_at is not None
        assert alias.text == f"已匿名{member}"
        assert (row.name, row.phone_tail) == (f"已匿名{member}", "")
    assert hall.say(NAME, "我的党费").startswith("您好，我是支部小助手")
    with pytest.raises(NotFound):
        _find(hall)


def test_who_when_and_why_are_kept_and_it_happens_once(hall: Hall) -> None:
    _do(hall, reason=f"{NAME}的家属书面申请")

    officer, member = hall.members["周敏"], hall.members[NAME]
    with hall.world.database.reading() as session:
        done = session.scalars(select(Anonymised)).one()
        line = session.scalars(
            select(AuditLine).where(AuditLine.action == "member.anonymise")
        ).one()
        assert (done.member_id, done.by_id, done.at) == (member, officer, LATER)
        assert done.reason == line.reason == f"已匿名{member}的家属书面申请"
        assert line.before is None
    with pytest.raises(AlreadyAnonymous):
        _do(hall)


def test_only_the_officer_of_the_street_may(hall: Hall) -> None:
    with pytest.raises(Forbidden, match="街道党务专干"):
        _find(hall, by="李建国")


def test_what_waits_to_be_sent_to_the_person_is_void(hall: Hall) -> None:
    letter = hall.world.letter(hall.members[NAME], "还没发的", key="waits")
    hall.world.enqueue(letter)

    _do(hall)

    with hall.world.database.reading() as session:
        row = session.scalars(select(Outbox).where(Outbox.key == "waits")).one()
        assert (row.state.value, row.text, row.address) == ("void", "", "")


def test_where_others_bear_the_name_their_texts_stay(hall: Hall) -> None:
    hall.world.member(NAME, hall.branch, account=False)
    person, actor = _find(hall, str(hall.members[NAME])), hall.world.actor(hall.members["周敏"])
    with hall.world.database.reading() as session:
        shown = anonymise.prepare(session, person, Ground.ASKED, by=actor, now=hall.world.now)

    _do(hall)

    assert shown.namesake
    assert shown.mentions == 0
    assert f"请{NAME}主持学习" in _everything_written(hall)


def test_two_who_left_are_told_apart_by_number(hall: Hall) -> None:
    twin = hall.world.member(NAME, hall.branch, account=False)
    hall.members["twin"] = twin
    with hall.world.database.writing() as session:
        session.scalars(
            select(Membership).where(Membership.member_id == twin)
        ).one().valid_to = date(2026, 3, 1)

    with pytest.raises(SeveralHaveLeft, match=f"{twin}（第三党支部）"):
        _find(hall)
    assert _find(hall, str(twin)).id == twin


_LEFT = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("leaving", "ground", "today", "why"),
    [
        pytest.param(Leaving(NAME, None), Ground.ASKED, date(2030, 1, 1), "还在名册上", id="还在"),
        pytest.param(
            Leaving(NAME, date(2030, 1, 2)),
            Ground.ASKED,
            date(2030, 1, 1),
            "还在名册上",
            id="还没走",
        ),
        pytest.param(
            Leaving(NAME, _LEFT, is_open=True),
            Ground.ASKED,
            date(2030, 1, 1),
            "没办完",
            id="没办完",
        ),
        pytest.param(
            Leaving(NAME, _LEFT),
            Ground.KEPT_LONG_ENOUGH,
            date(2027, 2, 28),
            "要保存到2027年3月1日",
            id="差一天",
        ),
        pytest.param(
            Leaving(NAME, _LEFT), Ground.KEPT_LONG_ENOUGH, date(2027, 3, 1), "", id="到期"
        ),
        pytest.param(Leaving(NAME, _LEFT), Ground.ASKED, date(2024, 3, 1), "", id="本人要求"),
    ],
)
def test_what_is_still_needed_stays(
    leaving: Leaving, ground: Ground, today: date, why: str
) -> None:
    if not why:
        check_may_forget(leaving, ground, today)
        return
    with pytest.raises(StillNeeded, match=why):
        check_may_forget(leaving, ground, today)


def test_the_day_is_three_years_after_leaving() -> None:
    assert kept_until(date(2023, 6, 1), date(2026, 1, 1)) == date(2026, 6, 1)


def test_who_was_never_in_a_branch_is_not_found(hall: Hall) -> None:
    with pytest.raises(DomainError):
        _find(hall, "周敏")
