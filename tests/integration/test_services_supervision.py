"""Checks of branches: the facts are the ledgers', fixed once a year, and nobody's in a group."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.errors import Forbidden, NotFound
from bot.domain.formality import Signal
from bot.domain.ids import UnitId
from bot.domain.minutes import Line, Part
from bot.domain.open_items import ItemKind
from bot.domain.privacy import Audience, FactKind, may_tell
from bot.domain.rights import Actor, Role
from bot.domain.supervision import (
    Check,
    CheckKind,
    Indicator,
    Shown,
    WrongCheck,
    check_at,
    checks_of,
)
from bot.services import exporting, minutes, open_items, supervision
from bot.services.exporting import Request
from bot.services.importing import LEDGERS
from bot.services.officers import OPERATOR
from bot.services.open_items import Wanted
from bot.storage.engine import Database
from bot.storage.models import SupervisionFact
from scheduler.rule import Reminder, Setting, Slot
from scheduler.rules import supervision_check
from tests.support.branch import Branch
from tests.support.world import HOURS, World

SETTING = Setting(workdays=HOURS.workdays, burden=HOURS.policy)
MARCH = check_at(CheckKind.MONTH, date(2026, 3, 1))
YEAR = check_at(CheckKind.YEAR, date(2026, 3, 1))


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return the branch, on Thursday, 12 March 2026, at noon, with an officer above it."""
    branch = Branch(World(database))
    branch.world.member("街道专干", None, Role.OFFICER)
    return branch


def officer(branch: Branch) -> Actor:
    """Return the officer as an actor."""
    with branch.world.database.reading() as session:
        (found,) = supervision.list_officers(session, branch.world.today)
    return branch.world.actor(found[2])


def numbers(branch: Branch, check: Check = MARCH, unit: UnitId | None = None) -> dict[str, Shown]:
    """Return what the officer sees of a branch, by the name of the indicator."""
    actor = officer(branch)
    with branch.world.database.reading() as session:
        result = supervision.look(
            session,
            unit or branch.id,
            check,
            by=actor,
            now=branch.world.now,
        )
    return {number.indicator.value: number for number in result.shown}


def told(branch: Branch, day: date) -> list[Reminder]:
    """Return what the rule says on a day."""
    with branch.world.database.reading() as session:
        return list(supervision_check.RULE.reminders(session, Slot(at(day, 9)), SETTING))


def freeze(branch: Branch, year: int = 2026) -> int:
    """Let the officer fix a year."""
    actor = officer(branch)
    with branch.world.database.writing() as session:
        return supervision.freeze(
            session,
            branch.world.street,
            year,
            by=actor,
            now=branch.world.now,
        )


def correct(branch: Branch, done: int, reason: str) -> Shown:
    """Let the officer correct the theme days of the year."""
    actor = officer(branch)
    with branch.world.database.writing() as session:
        return supervision.correct(
            session,
            branch.id,
            YEAR,
            Indicator.THEME_DAY,
            done,
            reason=reason,
            by=actor,
            now=branch.world.now,
        )


def test_mechanism_12_the_facts_of_a_month_are_those_of_the_ledgers(branch: Branch) -> None:
    before = numbers(branch)
    held = branch.held(MeetingKind.THEME_DAY, branch.li, branch.zhang)
    with branch.world.database.writing() as session:
        open_items.record(
            session,
            branch.id,
            [Wanted("test:1", ItemKind.ISSUE, "3号楼漏雨", branch.wu, date(2026, 3, 10))],
            by=branch.world.actor(branch.li),
            now=branch.world.now,
        )
    after = numbers(branch)
    branch.write_all(held)
    branch.confirm(held)

    confirmed = numbers(branch)

    assert (before["主题党日"].words, after["主题党日"].words) == ("主题党日0/1", "主题党日1/1")
    assert [row.ref for row in after["主题党日"].rows] == [f"meeting:{held.id}"]
    assert (after["会议记录确认"].words, confirmed["会议记录确认"].words) == (
        "会议记录确认0/1",
        "会议记录确认1/1",
    )
    assert [row.words for row in after["过期没办结"].gaps] == ["问题13号楼漏雨"]
    assert "支部党员大会" not in after


def test_mechanism_10_86_every_number_is_the_rows_behind_it(branch: Branch) -> None:
    branch.held(MeetingKind.THEME_DAY, branch.li)
    branch.held(MeetingKind.GENERAL, branch.li, branch.wang)

    for check in checks_of(2026):
        if check.first <= branch.world.today:
            for number in numbers(branch, check).values():
                rows, gaps = len(number.rows), len(number.gaps)
                assert (number.done, number.of) in ((rows, rows + gaps), (gaps, None))


def test_mechanism_12_the_month_is_laid_before_the_officer_on_the_25th(branch: Branch) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]

    opened = [(day, line) for day in days for line in told(branch, day)]

    assert len(opened) == 19
    assert {line.slot for _, line in opened} == {
        f"{check.name}/{check.kind.name}" for check in checks_of(2026)
    }
    first = next(line for day, line in opened if day == date(2026, 2, 25))
    assert "2026年2月的月督导可以看了，1个支部" in first.text.words
    assert "第三党支部：主题党日0/1" in first.text.words


def test_mechanism_13_comparisons_never_reach_a_group_nor_a_member(branch: Branch) -> None:
    for line in told(branch, date(2026, 3, 25)):
        assert line.unit_id is None
        assert FactKind.SUPERVISION in {fact.kind for fact in line.text.facts}
        assert not may_tell(line.text, Audience.GROUP)
        assert not may_tell(line.text, Audience.SELF)
    for member in (branch.zhang, branch.li):
        actor = branch.world.actor(member)
        with branch.world.database.reading() as session, pytest.raises(Forbidden):
            supervision.compare(session, branch.world.street, MARCH, by=actor, now=branch.world.now)
    outsider = branch.world.actor(branch.zhang)
    with branch.world.database.reading() as session, pytest.raises(Forbidden):
        supervision.look(session, branch.id, MARCH, by=outsider, now=branch.world.now)


def test_the_branches_stand_in_the_order_of_the_roll_whatever_their_numbers(
    branch: Branch,
) -> None:
    branch.world.unit("第一党支部")
    branch.held(MeetingKind.THEME_DAY, branch.li)
    actor = officer(branch)

    with branch.world.database.reading() as session:
        found = supervision.compare(
            session,
            branch.world.street,
            MARCH,
            by=actor,
            now=branch.world.now,
        )

    assert [result.unit for result in found] == ["第三党支部", "第一党支部"]


def test_mechanism_15_numbers_that_were_fixed_stay_and_are_fixed_once(branch: Branch) -> None:
    held = branch.held(MeetingKind.THEME_DAY, branch.li)
    with pytest.raises(WrongCheck, match="还没有过完"):
        freeze(branch)
    branch.world.clock.set(at(date(2027, 1, 4), 9))
    live = numbers(branch, YEAR)
    assert freeze(branch) == 19
    branch.write_all(held)
    branch.confirm(held)  # written down after the year was fixed

    again = numbers(branch, YEAR)

    assert {name: n.words for name, n in again.items()} == {n: x.words for n, x in live.items()}
    assert again["会议记录确认"].words == "会议记录确认0/1"
    assert [row.words for row in again["主题党日"].rows] == [
        row.words for row in live["主题党日"].rows
    ]
    assert next(row.words for row in again["支部党员大会"].gaps).startswith("第三党支部")
    assert freeze(branch) == 0
    with branch.world.database.reading() as session:
        seqs = set(session.scalars(select(SupervisionFact.seq)))
    assert seqs == {1}


def test_mechanism_15_what_is_changed_afterwards_is_a_correction_with_its_reason(
    branch: Branch,
) -> None:
    branch.held(MeetingKind.THEME_DAY, branch.li)
    branch.world.clock.set(at(date(2027, 1, 4), 9))
    with pytest.raises(NotFound, match="还没有冻结"):
        correct(branch, 2, "补了纸质记录")
    freeze(branch)

    with pytest.raises(WrongCheck, match="原因"):
        correct(branch, 2, " ")
    correct(branch, 2, "补了纸质记录")

    number = numbers(branch, YEAR)["主题党日"]
    assert (number.done, number.of, number.corrected) == (2, 12, "补了纸质记录")
    with branch.world.database.reading() as session:
        kept = session.execute(
            select(SupervisionFact.seq, SupervisionFact.done)
            .where(
                SupervisionFact.check == YEAR.name,
                SupervisionFact.indicator == Indicator.THEME_DAY,
            )
            .order_by(SupervisionFact.seq)
        ).all()
    assert [tuple(row) for row in kept] == [(1, 1), (2, 2)]


def test_nobody_but_the_officer_fixes_or_corrects(branch: Branch) -> None:
    branch.world.clock.set(at(date(2027, 1, 4), 9))
    actor = branch.world.actor(branch.li)

    with branch.world.database.writing() as session, pytest.raises(Forbidden):
        supervision.freeze(session, branch.id, 2026, by=actor, now=branch.world.now)


def test_mechanism_81_copied_minutes_and_a_roll_of_one_minute_are_told_as_facts(
    branch: Branch,
) -> None:
    world = branch.world
    other = world.unit("第一党支部")
    zhou = world.member("周书记", other, Role.SECRETARY)
    text = "大家认真学习了条例，表示要结合实际抓好落实。"
    held = branch.held(MeetingKind.THEME_DAY, *branch.everybody)
    branch.write(held, (Part.POINT, text))
    called = world.call(MeetingKind.THEME_DAY, world.now + timedelta(days=1), zhou).meeting
    world.clock.set(called.ends_at)
    with world.database.writing() as session:
        minutes.write(
            session,
            meeting_id=called.id,
            lines=[Line(Part.POINT, text)],
            by=world.actor(zhou),
            now=world.now,
        )

    with world.database.reading() as session:
        found = supervision.formality(
            session, world.street, MARCH, by=officer(branch), now=world.now
        )

    signals = {unit: {one.signal for one in own} for unit, own in found.items()}
    assert signals == {
        branch.id: {Signal.COPIED, Signal.AT_ONCE, Signal.NO_MINUTES},
        other: {Signal.COPIED},
    }
    secretary = world.actor(branch.li)
    with world.database.reading() as session, pytest.raises(Forbidden):
        supervision.formality(session, branch.id, MARCH, by=secretary, now=world.now)


def test_what_was_fixed_is_exported_with_its_corrections(branch: Branch, tmp_path: Path) -> None:
    branch.world.clock.set(at(date(2027, 1, 4), 9))
    freeze(branch)
    correct(branch, 2, "补了纸质记录")
    path = tmp_path / "checks.csv"

    with branch.world.database.writing() as session:
        rows = exporting.run_file(
            session, LEDGERS["supervision"], path, Request(OPERATOR, branch.world.now)
        )

    with branch.world.database.reading() as session:
        assert rows == session.scalar(select(func.count(SupervisionFact.id)))
    assert "补了纸质记录" in path.read_text()
