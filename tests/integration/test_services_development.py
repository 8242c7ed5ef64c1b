"""Developing members: kept apart, never doubled, followed by the roll, told to two and no others."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import at
from bot.domain.development import CaseAct, TooEarly, WrongStep
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MemberId
from bot.domain.members import MemberKind
from bot.domain.privacy import Audience, FactKind, may_tell
from bot.domain.reads import Ground
from bot.domain.roll import ChangeKind
from bot.services import (
    anonymise,
    development,
    development_due,
    development_totals,
    exporting,
    roll_changes,
    turnover,
)
from bot.services.exporting import Request
from bot.services.importing import LEDGERS, ImportRefused, Source, run_file
from bot.services.namesakes import OnTheRoll
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import AuditLine, Member, RollChange
from scheduler.rule import Asked, Reminder, Rule, Setting, Slot
from scheduler.rules import development_due as due_rule
from scheduler.rules import probation_ending
from tests.support.cadre import STEPS, Cadre
from tests.support.world import HOURS, World

SETTING = Setting(workdays=HOURS.workdays, burden=HOURS.policy)
DAY = timedelta(days=1)


@pytest.fixture
def cadre(database: Database) -> Cadre:
    """Return the branches, on Thursday, 12 March 2026, at noon."""
    return Cadre(World(database))


def told(cadre: Cadre, rule: Rule, day: date) -> list[Reminder]:
    """Return what a rule says on a day."""
    with cadre.world.database.reading() as session:
        return list(rule.reminders(session, Slot(at(day, 9)), SETTING))


def settled(cadre: Cadre, rule: Rule, lines: list[Reminder]) -> set[int]:
    """Return the places of those that would not leave any more."""
    asked = [
        Asked(number, line.slot, line.subject, line.member_id) for number, line in enumerate(lines)
    ]
    with cadre.world.database.reading() as session:
        return set(rule.satisfied(session, asked, cadre.world.now))


def member_called(cadre: Cadre, name: str) -> Member:
    """Return the only member of a name."""
    with cadre.world.database.reading() as session:
        found = session.scalars(select(Member).where(Member.name == name)).one()
        session.expunge(found)
    return found


# --- steps -----------------------------------------------------------------------------------


def test_mechanism_33_a_step_before_its_day_is_refused_with_that_day_and_nothing_is_written(
    cadre: Cadre,
) -> None:
    view = cadre.open()
    cadre.write(view, date(2025, 6, 20), 3)

    with pytest.raises(TooEarly) as refused:
        cadre.write(view, date(2026, 3, 11), 7)

    assert refused.value.earliest == date(2026, 6, 20)
    assert "最早2026年6月20日" in refused.value.sentence
    assert dict(cadre.look(view).case.steps) == {3: date(2025, 6, 20)}


def test_a_step_of_tomorrow_and_one_entered_twice_are_refused(cadre: Cadre) -> None:
    view = cadre.open()
    cadre.write(view, cadre.world.today, 1)

    with pytest.raises(WrongStep, match="还没到"):
        cadre.write(view, cadre.world.today + DAY, 2)
    with pytest.raises(WrongStep, match="已经登记了"):
        cadre.write(view, cadre.world.today, 1)


def test_the_same_message_opens_one_case(cadre: Cadre) -> None:
    actor = cadre.world.actor(cadre.wang)

    views = [
        cadre.do(
            lambda s: development.open_case(
                s, unit_id=cadre.branch, name="赵新", by=actor, now=cadre.world.now, source="m1"
            )
        )
        for _ in range(2)
    ]

    assert views[0].id == views[1].id


def test_only_those_who_keep_the_roll_see_and_write(cadre: Cadre) -> None:
    view = cadre.lead(cadre.open(), 3)

    for stranger in (cadre.zhang, cadre.zhou):
        actor = cadre.world.actor(stranger)
        with (
            cadre.world.database.reading() as session,
            pytest.raises(Forbidden, match="发展党员"),
        ):
            development.get(session, view.id, by=actor)
        with pytest.raises(Forbidden):
            cadre.write(view, date(2024, 9, 2), 7, by=stranger)
    for keeper in (cadre.li, cadre.wang, cadre.officer):
        actor = cadre.world.actor(keeper)
        with cadre.world.database.reading() as session:
            found = development.find_by_name(session, "赵新", by=actor)
        assert [one.id for one in found] == [view.id]


def test_no_name_stands_in_the_trail(cadre: Cadre) -> None:
    cadre.lead(cadre.open(), 7)

    with cadre.world.database.reading() as session:
        lines = session.scalars(
            select(AuditLine).where(AuditLine.action.startswith("development."))
        ).all()
        words = " ".join(f"{x.subject} {x.before} {x.after} {x.reason}" for x in lines)

    assert len(lines) == 5
    assert "赵新" not in words


# --- the roll follows ------------------------------------------------------------------------


def test_the_approval_enters_a_probationary_member_from_the_day_of_the_vote(cadre: Cadre) -> None:
    view = cadre.lead(cadre.open(), 15)
    done = cadre.write(view, STEPS[17], 17)

    member = member_called(cadre, "赵新")
    assert done.roll_on == STEPS[15]
    assert (member.kind, member.joined_on) == (MemberKind.PROBATIONARY, STEPS[15])
    assert cadre.look(view).member_id == member.id
    assert cadre.look(view).case.probation_ends == date(2025, 12, 20)


def test_taking_the_approval_back_takes_the_roll_back(cadre: Cadre) -> None:
    view = cadre.lead(cadre.open(), 17)

    undone = cadre.undo(cadre.wang)

    after = cadre.look(view)
    assert undone.title == "第17步 上级审批接收的登记"
    assert (17 in after.case.steps, after.member_id) == (False, None)
    with cadre.world.database.reading() as session:
        assert turnover.figures_of(session, cadre.branch, STEPS[15], cadre.world.today).new == ()
    titles = [cadre.undo(cadre.wang).title for _ in range(6)]  # nothing of the roll is left alone
    assert all(title.startswith("第") for title in titles)
    with pytest.raises(DomainError):
        cadre.undo(cadre.wang)
    with cadre.world.database.reading() as session:
        assert session.scalar(select(func.count(RollChange.id))) == 2


def test_whom_the_roll_has_already_is_not_entered_twice(cadre: Cadre) -> None:
    view = cadre.lead(cadre.open(), 15)
    actor = cadre.world.actor(cadre.li)
    cadre.do(
        lambda s: roll_changes.admit(
            s, name="赵新", branch_id=cadre.branch, on=STEPS[15], by=actor, now=cadre.world.now
        )
    )

    cadre.write(view, STEPS[17], 17)

    assert cadre.look(view).member_id == member_called(cadre, "赵新").id


def test_somebody_else_of_the_name_is_asked_about(cadre: Cadre) -> None:
    cadre.world.member("赵新", cadre.other)
    view = cadre.lead(cadre.open(), 15)

    with pytest.raises(OnTheRoll, match="另一位"):
        cadre.write(view, STEPS[17], 17)

    assert 17 not in cadre.look(view).case.steps


def test_mechanism_33_the_year_counts_who_was_admitted_and_who_became_full(cadre: Cadre) -> None:
    view = cadre.lead(cadre.open(), 17)
    cadre.write(view, date(2026, 1, 8), 23)
    done = cadre.write(view, date(2026, 2, 9), 24)

    member = member_called(cadre, "赵新")
    assert (member.kind, member.full_since) == (MemberKind.FULL, date(2025, 12, 20))
    assert done.roll_on == date(2025, 12, 20)
    actor = cadre.world.actor(cadre.officer)
    with cadre.world.database.reading() as session:
        years = {
            year: development_totals.totals(
                session, cadre.world.street, date(year, 1, 1), date(year, 12, 31), by=actor
            )
            for year in (2024, 2025, 2026)
        }
    assert [len(years[y].admitted) for y in (2024, 2025, 2026)] == [1, 0, 0]
    assert [len(years[y].confirmed) for y in (2024, 2025, 2026)] == [0, 1, 0]


def test_mechanism_45_the_identity_of_the_roll_holds_with_who_was_developed(cadre: Cadre) -> None:
    cadre.lead(cadre.open(), 17)
    cadre.lead(cadre.open("钱新"), 17)
    actor = cadre.world.actor(cadre.li)
    cadre.do(
        lambda s: roll_changes.record(
            s,
            member_id=cadre.zhang,
            kind=ChangeKind.DIED,
            on=date(2024, 12, 30),
            by=actor,
            now=cadre.world.now,
        )
    )

    found = cadre.do(
        lambda s: development_totals.totals(
            s, cadre.branch, date(2024, 1, 1), date(2024, 12, 31), by=actor
        )
    )

    roll = found.roll
    assert roll.adds_up
    assert len(found.admitted) == len(roll.new) == 2
    assert (len(roll.opening), len(roll.died), len(roll.closing)) == (3, 1, 4)


def test_an_extension_moves_the_end_of_probation_once(cadre: Cadre) -> None:
    view = cadre.lead(cadre.open(), 17)

    cadre.write(view, date(2025, 12, 22), act=CaseAct.EXTENDED, amount=6)

    assert cadre.look(view).case.probation_ends == date(2026, 6, 20)
    with pytest.raises(TooEarly, match="才满"):
        cadre.write(view, date(2026, 3, 2), 23)
    with pytest.raises(WrongStep, match="只能延长1次"):
        cadre.write(view, date(2026, 3, 2), act=CaseAct.EXTENDED, amount=6)


# --- reminders -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "words"),
    [
        pytest.param(date(2026, 4, 4), None, id="前8天不说"),
        pytest.param(date(2026, 4, 5), "最晚2026年4月12日", id="前7天"),
        pytest.param(date(2026, 4, 12), None, id="当天不说"),
        pytest.param(date(2026, 4, 13), "4月12日到期，还没有登记", id="后1天"),
        pytest.param(date(2026, 4, 14), None, id="后2天不说"),
    ],
)
def test_the_keeper_hears_before_and_after_the_last_day(
    cadre: Cadre, day: date, words: str | None
) -> None:
    cadre.write(cadre.open(), date(2026, 3, 12), 1)

    lines = told(cadre, due_rule.RULE, day)

    assert [line.member_id for line in lines] == ([cadre.wang] if words else [])
    for line in lines:
        assert words is not None
        assert words in line.text.words
        assert "第七条" in line.reason.source


def test_a_reminder_ends_with_the_step_the_correction_and_the_closing(cadre: Cadre) -> None:
    view = cadre.open()
    cadre.write(view, date(2026, 3, 12), 1)
    lines = told(cadre, due_rule.RULE, date(2026, 4, 5))
    assert settled(cadre, due_rule.RULE, lines) == set()

    cadre.world.clock.set(at(date(2026, 4, 5), 10))
    cadre.write(view, date(2026, 4, 5), 2)
    assert settled(cadre, due_rule.RULE, lines) == {0}

    cadre.undo(cadre.wang)
    assert settled(cadre, due_rule.RULE, lines) == set()

    cadre.write(view, date(2026, 4, 5), act=CaseAct.CLOSED, words="本人撤回")
    assert settled(cadre, due_rule.RULE, lines) == {0}


def test_the_first_possible_day_and_the_observation_are_told(cadre: Cadre) -> None:
    view = cadre.open()
    cadre.write(view, date(2025, 6, 20), 3)

    ready = told(cadre, due_rule.RULE, date(2026, 6, 20))
    watch = told(cadre, due_rule.RULE, date(2025, 12, 13))

    assert ["今天起可以研究“确定发展对象”了" in line.text.words for line in ready] == [True]
    assert ["发展考察 赵新 日期" in line.text.words for line in watch] == [True]


def test_development_never_reaches_a_group_nor_a_member_without_a_post(cadre: Cadre) -> None:
    cadre.write(cadre.open(), date(2026, 3, 12), 1)
    lines = told(cadre, due_rule.RULE, date(2026, 4, 5))

    for line in lines:
        assert line.unit_id is None
        assert {fact.kind for fact in line.text.facts} >= {FactKind.DEVELOPMENT}
        assert not may_tell(line.text, Audience.GROUP)
        assert not may_tell(line.text, Audience.SELF)
        assert may_tell(line.text, Audience.OFFICERS)


def test_both_sides_hear_that_a_probation_ends_and_stop_when_it_has(cadre: Cadre) -> None:
    cadre.world.clock.set(at(date(2025, 10, 9), 12))
    view = cadre.lead(cadre.open(), 17)
    member = MemberId(member_called(cadre, "赵新").id)

    month_before = told(cadre, probation_ending.RULE, date(2025, 11, 20))
    on_the_day = told(cadre, probation_ending.RULE, date(2025, 12, 20))

    assert [line.member_id for line in month_before] == [cadre.wang, member]
    own = month_before[1]
    assert "您的预备期到2025年12月20日满" in own.text.words
    assert may_tell(own.text, Audience.SELF)
    assert not may_tell(own.text, Audience.GROUP)
    assert [line.member_id for line in on_the_day] == [cadre.wang]
    assert "发展 赵新 第23步 日期" in on_the_day[0].text.words
    cadre.world.clock.set(at(date(2025, 12, 22), 12))
    cadre.write(view, date(2025, 12, 22), act=CaseAct.EXTENDED, amount=6)
    assert settled(cadre, probation_ending.RULE, month_before) == {0, 1}
    assert [x.member_id for x in told(cadre, probation_ending.RULE, date(2026, 6, 20))] == [
        cadre.wang
    ]


def test_what_is_near_or_over_is_counted_without_names(cadre: Cadre) -> None:
    cadre.write(cadre.open(), date(2026, 2, 12), 1)

    with cadre.world.database.reading() as session:
        due = development_due.due_now(session, cadre.world.today, 7, 60)

    assert [(one.view.name, one.limit.day) for one in due] == [("赵新", date(2026, 3, 12))]


# --- files -----------------------------------------------------------------------------------


def test_a_file_with_a_step_too_early_is_refused_by_row(cadre: Cadre, tmp_path: Path) -> None:
    sheet = tmp_path / "cases.csv"
    sheet.write_text(
        "姓名,党组织,记录,步骤,日期\n"
        "赵新,第三党支部,步骤,7,2025-09-01\n"
        "赵新,第三党支部,步骤,3,2025-03-03\n"
    )

    with pytest.raises(ImportRefused) as refused, cadre.world.database.writing() as session:
        run_file(session, LEDGERS["development"], sheet, Source(OPERATOR, cadre.world.now))

    assert refused.value.count == 1
    assert refused.value.problems[0].startswith("第2行 步骤：")
    assert "最早2026年3月3日" in refused.value.problems[0]


def test_cases_come_back_from_their_own_file_and_a_second_time_changes_nothing(
    cadre: Cadre, tmp_path: Path
) -> None:
    view = cadre.lead(cadre.open(), 17)
    cadre.write(view, date(2024, 8, 1), act=CaseAct.OBSERVED)
    cadre.write(view, date(2024, 8, 2), act=CaseAct.MATERIAL, words="入党申请书", step=1)
    path = tmp_path / "cases.xlsx"
    with cadre.world.database.writing() as session:
        rows = exporting.run_file(
            session, LEDGERS["development"], path, Request(OPERATOR, cadre.world.now)
        )

    with cadre.world.database.writing() as session:
        again = run_file(session, LEDGERS["development"], path, Source(OPERATOR, cadre.world.now))

    assert rows == 9
    assert (again.added, again.changed, again.unchanged) == (0, 0, 9)


def test_a_name_made_anonymous_leaves_the_case_too(cadre: Cadre) -> None:
    view = cadre.lead(cadre.open(), 17)
    member = MemberId(member_called(cadre, "赵新").id)
    actor, now = cadre.world.actor(cadre.officer), cadre.world.now
    cadre.do(
        lambda s: roll_changes.record(
            s, member_id=member, kind=ChangeKind.DIED, on=date(2026, 3, 2), by=actor, now=now
        )
    )
    cadre.world.clock.advance(timedelta(days=3))
    later = cadre.world.now

    cadre.do(
        lambda s: anonymise.carry_out(
            s,
            anonymise.find_left(s, "赵新", by=actor, now=later),
            Ground.ASKED,
            reason="家属要求",
            by=actor,
            now=later,
        )
    )

    assert cadre.look(view).name == f"已匿名{member}"
