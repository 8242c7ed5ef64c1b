"""What follows from where a member stands: dues, lists, reminders, meetings, notices, duties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.dues import MonthState
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladders
from bot.domain.periods import Month, Quarter
from bot.domain.rights import Action, Role
from bot.domain.roll import ChangeKind, Code
from bot.domain.units import UnitKind
from bot.services import (
    dues,
    dues_confirming,
    dues_lists,
    dues_members,
    dues_publication,
    dues_remittance,
    dues_runs,
    meetings,
    naming,
    notices,
    organisation,
    remind_unpaid,
    roll_changes,
    studied,
)
from bot.services.dues_confirming import Receipt
from bot.services.dues_remittance import Draft
from bot.storage.engine import Database
from bot.storage.models import Unit
from scheduler.rule import Asked, Setting, Slot
from scheduler.rules import cell_meeting, dues_open_run, dues_unpaid, general_meeting
from scheduler.rules import remind_unpaid as on_order
from tests.support.party import MARCH, MARCH_10, Party
from tests.support.world import HOURS, ROUTES, World

FEBRUARY, APRIL, MAY = (Month(2026, number) for number in (2, 4, 5))
_SETTING = Setting(workdays=HOURS.workdays, burden=HOURS.policy)


@pytest.fixture
def party(database: Database) -> Party:
    """Return two branches whose members owe 30 yuan a month from January 2026 on."""
    found = Party(World(database))
    for member in (found.li, found.zhang, found.zhao, found.zhou):
        found.world.assess(member, 3000)
    return found


def _states(party: Party, unit: UnitId, month: Month) -> dict[str, MonthState]:
    found = party.read(dues_lists.month_list, unit, month, party.world.today)
    return {person.name: state for state, group in found.items() for person in group}


def _declare(party: Party, member: MemberId, month: Month) -> None:
    party.do(
        dues.declare,
        member,
        months=[month],
        total_fen=3000,
        said_on=party.world.today,
        source=f"m{member}{month}",
    )


def _confirm(party: Party, by: MemberId, of: list[MemberId] | None = None) -> list[Receipt]:
    actor = party.world.actor(by)
    with party.world.database.reading() as session:
        lines = dues_confirming.list_waiting(session, by=actor, today=party.world.today, of=of)
    with party.world.database.writing() as session:
        return dues_confirming.confirm(session, lines, by=actor, now=party.world.now)


def _in_hand(party: Party, by: MemberId) -> Draft:
    actor = party.world.actor(by)
    with party.world.database.reading() as session:
        return dues_remittance.draft(session, by=actor, unit=None, up_to=None)


def _owing(party: Party, by: MemberId) -> dict[str, tuple[Month, ...]]:
    actor = party.world.actor(by)
    with party.world.database.reading() as session:
        found = dues_lists.list_open(session, by=actor, today=party.world.today)
    return {line.person.name: line.months for line in found}


def _chased(party: Party) -> set[MemberId | None]:
    """Return whom the last step of this month's ladder reminds."""
    last = Ladders().of("dues_unpaid").steps(Month.of(party.world.today))[-1].day
    with party.world.database.reading() as session:
        found = dues_unpaid.reminders(session, Slot(at(last, 9)), _SETTING)
        return {reminder.member_id for reminder in found}


def _suspend(party: Party, member: MemberId, on: date = MARCH_10) -> None:
    party.record(member, ChangeKind.SUSPENDED, on, code=Code.NO_CONTACT)


def test_case_51_the_lists_take_who_was_admitted_on_the_28th_from_that_month(party: Party) -> None:
    """28日接收：从那个月起在名单里，以前的月份不用交。"""
    party.world.clock.set(at(date(2026, 3, 30), 9))
    done = party.do(
        roll_changes.admit, party.li, name="孙新", branch_id=party.third, on=date(2026, 3, 28)
    )
    party.world.assess(done.member_id, 3000)

    found = [_states(party, party.third, month).get("孙新") for month in (FEBRUARY, MARCH, APRIL)]
    assert found == [MonthState.NOT_DUE, MonthState.UNPAID, MonthState.UNPAID]
    assert _owing(party, party.li)["孙新"] == (MARCH,)
    party.world.clock.set(at(date(2026, 4, 2), 9))
    assert done.member_id in _chased(party)


def test_case_52_every_list_has_a_month_once_where_the_letter_puts_it(party: Party) -> None:
    """月中转接：党费交到3月，3月只在原支部的名单，4月只在新支部的名单。"""
    party.move(party.zhang, until=MARCH)
    party.world.clock.set(at(date(2026, 4, 20), 9))

    third = [_states(party, party.third, month) for month in (MARCH, APRIL)]
    fifth = [_states(party, party.fifth, month) for month in (MARCH, APRIL)]
    assert ["张三" in states for states in third] == [True, False]
    assert ["张三" in states for states in fifth] == [False, True]
    assert _owing(party, party.li)["张三"] == (Month(2026, 1), FEBRUARY, MARCH)
    assert _owing(party, party.zhou)["张三"] == (APRIL,)
    today, street = party.world.today, party.world.street
    counts = dict(party.read(dues_lists.month_counts, street, MARCH, today))
    assert [sum(counts[name].values()) for name in ("第三党支部", "第五党支部")] == [4, 1]
    assert party.zhang in _chased(party)  # privately, once, wherever it goes


def test_case_52_the_money_is_the_branches_the_letter_names(party: Party) -> None:
    """转接以后补交3月的：原支部核对、开收据、上缴；4月的新支部核对。"""
    party.move(party.zhang, until=MARCH)
    _declare(party, party.zhang, MARCH)

    with pytest.raises(dues_confirming.NothingToConfirm):
        _confirm(party, party.zhou)
    [receipt] = _confirm(party, party.li)
    party.world.clock.set(at(date(2026, 4, 2), 9))
    _declare(party, party.zhang, APRIL)
    with pytest.raises(dues_confirming.NothingToConfirm):
        _confirm(party, party.li)
    _confirm(party, party.zhou)

    assert receipt.parts == ((MARCH, 3000),)
    assert [line.month for line in _in_hand(party, party.li).lines] == [MARCH]
    assert [line.month for line in _in_hand(party, party.zhou).lines] == [APRIL]
    actor = party.world.actor(party.zhou)
    with party.world.database.reading() as session, pytest.raises(Forbidden):
        dues_members.require_for(session, [(party.zhang, MARCH)], actor)


def _resolve(party: Party, by: MemberId, *months: Month) -> list[MemberId]:
    """Return whom 张三 means where somebody settles dues of some months."""
    actor, today = party.world.actor(by), party.world.today
    with party.world.database.reading() as session:
        left = dues_members.list_leavers(session, months, by=actor, today=today)
        action = Action.CONFIRM_DUES
        found = naming.resolve(session, ["张三"], by=actor, on=today, action=action, left=left)
    return [person.id for person in found]


def test_case_52_the_old_branch_acts_by_name_on_the_months_that_are_its_own(party: Party) -> None:
    """转走以后：介绍信写明的月份，原支部按姓名也能核对、更正；以后的月份不能。"""
    party.move(party.zhang, until=MARCH)
    party.world.clock.set(at(date(2026, 4, 2), 9))

    assert _resolve(party, party.li, MARCH) == [party.zhang]
    assert _resolve(party, party.li) == [party.zhang]
    assert _resolve(party, party.zhou, APRIL) == [party.zhang]
    with pytest.raises(naming.NobodyNamed):
        _resolve(party, party.li, APRIL)


def test_case_52_a_namesake_who_stays_is_told_apart_from_who_left(party: Party) -> None:
    """转走的和留下的同名：分不清就问；转走的那位没有这几个月的事，就不问。"""
    party.move(party.zhang, until=MARCH)
    stays = party.world.member("张三", party.third, tail="5678", account=False)

    assert _resolve(party, party.li, APRIL) == [stays]
    with pytest.raises(naming.WhichPerson):
        _resolve(party, party.li, MARCH)


def test_case_52_the_street_confirms_both_with_a_receipt_of_each_branch(party: Party) -> None:
    """街道一次核对两个支部的：每个支部一张收据。"""
    party.move(party.zhang, until=MARCH)
    party.world.clock.set(at(date(2026, 4, 2), 9))
    _declare(party, party.zhang, MARCH)
    _declare(party, party.zhang, APRIL)

    receipts = _confirm(party, party.officer)

    assert [receipt.parts for receipt in receipts] == [((MARCH, 3000),), ((APRIL, 3000),)]
    assert [(receipt.unit, receipt.number) for receipt in receipts] == [
        ("第三党支部", "2026-0001"),
        ("第五党支部", "2026-0001"),
    ]


def test_case_52_what_is_told_and_counted_follows_the_letter_too(party: Party) -> None:
    """公示的应交人数和连续未登记的月数也按介绍信算。"""
    party.move(party.zhang, until=MARCH)
    _declare(party, party.zhang, MARCH)
    _confirm(party, party.li)
    for member in (party.zhao, party.li):
        _declare(party, member, MARCH)
    party.world.clock.set(at(date(2026, 5, 5), 9))
    _declare(party, party.zhou, APRIL)

    actor, months = party.world.actor(party.li), list(Quarter(2026, 1).months)
    with party.world.database.reading() as session:
        told = dues_publication.draft(
            session, by=actor, unit=None, months=months, today=party.world.today
        )
        runs = dues_runs.count_open(
            session, {party.zhang: party.fifth, party.zhou: party.fifth}, APRIL, party.world.now
        )
        heard = [*dues_open_run.reminders(session, Slot(party.world.now), _SETTING)]

    assert told.whole.expected == 3  # 张三 among them
    assert told.readers == 3  # who belongs there today: 李书记, 赵六, 小钱
    assert runs == {party.zhang: 1, party.zhou: 0}
    assert [reminder.subject for reminder in heard] == [f"unit:{party.fifth}"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ChangeKind.DIED, None),
        (ChangeKind.LEFT, Code.REMOVED),
        (ChangeKind.SUSPENDED, Code.NO_CONTACT),
    ],
    ids=["去世", "除名", "停止党籍"],
)
def test_case_53_nobody_is_asked_for_what_is_open_of_him(
    party: Party, kind: ChangeKind, code: Code | None
) -> None:
    """去世、除名、停止党籍：以后各月不用交；以前没交的，名单、提醒、催缴都不提。"""
    party.record(party.zhang, kind, MARCH_10, code=code)
    party.world.clock.set(at(date(2026, 4, 20), 9))

    with party.world.database.reading() as session:
        balances = dues.balances(session, [party.zhang], [MARCH, APRIL])[party.zhang]
        shown = remind_unpaid.prepare(
            session, by=party.world.actor(party.li), routes=ROUTES, on=party.world.today
        )
    assert [balance.state for balance in balances.values()] == [
        MonthState.UNPAID,
        MonthState.NOT_DUE,
    ]
    assert all("张三" not in _states(party, party.third, month) for month in (MARCH, APRIL))
    assert "张三" not in _owing(party, party.li)
    assert party.zhang not in {line.person.id for line in shown.owing}
    chased = _chased(party)
    assert (party.zhang in chased, party.zhao in chased) == (False, True)


def test_case_53_what_was_paid_before_still_counts(party: Party) -> None:
    """去世以前交了的：照样核对、上缴，在已核对的名单里；不给他发回执。"""
    _declare(party, party.zhang, MARCH)
    party.record(party.zhang, ChangeKind.DIED, MARCH_10)

    [receipt] = _confirm(party, party.li)

    assert not receipt.sent
    assert _in_hand(party, party.li).total_fen == 3000
    assert _states(party, party.third, MARCH)["张三"] is MonthState.PAID


def test_case_53_a_reminder_on_its_way_is_dropped(party: Party) -> None:
    """排好的提醒，发出以前停止党籍的不再发。"""
    _suspend(party, party.zhang)
    asked = [
        Asked(number, f"{MARCH}/T", f"dues:{member}", member)
        for number, member in enumerate((party.zhang, party.zhao), start=1)
    ]

    with party.world.database.reading() as session:
        done = dues_unpaid.satisfied(session, asked, party.world.now)
        ordered = on_order.satisfied(session, asked, party.world.now)

    assert (list(done), list(ordered)) == ([1], [1])


def test_case_53_dues_go_on_once_the_membership_is_resumed(party: Party) -> None:
    """恢复党籍：从那个月起又要交，整月停止的月份不用交。"""
    _suspend(party, party.zhang, date(2026, 1, 31))
    party.record(party.zhang, ChangeKind.RESUMED, MARCH_10, reason="联系上了")

    with party.world.database.reading() as session:
        found = dues.balances(session, [party.zhang], [Month(2026, 1), FEBRUARY, MARCH])
    states = [balance.state for balance in found[party.zhang].values()]
    assert states == [MonthState.UNPAID, MonthState.NOT_DUE, MonthState.UNPAID]
    assert "张三" in _owing(party, party.li)


def test_who_is_suspended_is_expected_nowhere_and_told_nothing(party: Party) -> None:
    """停止党籍：不算应到，不发通知，不问学习；恢复以前那天的会照旧算。"""
    _suspend(party, party.zhang)
    before = party.world.today - timedelta(days=5)

    with party.world.database.reading() as session:
        place = (party.third, party.third, MeetingKind.GENERAL)
        then = {p.id for p in meetings.expected_at(session, *place, before)}
        now = {p.id for p in meetings.expected_at(session, *place, party.world.today)}
        month = studied.list_month(session, party.third, MARCH, party.world.today)
    drafted = party.do(notices.draft, party.li, body="明天带党章", routes=ROUTES, hours=HOURS)
    assert then - now == {party.zhang}
    assert drafted.headcount == len(now) == 3
    assert party.zhang not in {person.id for person, _ in month}
    assert "张三" in party.names(party.third, party.world.today)  # he stays on the roll


def test_case_34_a_unit_that_is_not_there_has_no_duties_to_be_reminded_of(party: Party) -> None:
    """没成立或已撤销的支部、党小组：不提醒三会一课。"""
    cell = party.world.unit("第一党小组", UnitKind.CELL, under=party.third)
    party.world.post(party.zhang, cell, Role.CELL_LEADER)

    def reminded() -> set[str]:
        rules = (general_meeting.RULE, cell_meeting.RULE)
        with party.world.database.reading() as session:
            return {
                reminder.subject
                for rule in rules
                for slot in rule.slots(at(MARCH_10), at(date(2026, 4, 1)))
                for reminder in rule.reminders(session, slot, _SETTING)
            }

    assert {f"unit:{party.third}", f"unit:{party.fifth}", f"unit:{cell}"} <= reminded()
    for unit, heir in ((cell, None), (party.fifth, party.third)):
        party.do(organisation.dissolve, party.officer, unit_id=unit, into_id=heir, on=MARCH_10)
    coming = party.world.unit("第七党支部")
    with party.world.database.writing() as session:
        session.execute(update(Unit).where(Unit.id == coming).values(valid_from=date(2026, 4, 1)))

    left = reminded()
    assert f"unit:{party.third}" in left
    assert left & {f"unit:{party.fifth}", f"unit:{cell}", f"unit:{coming}"} == set()
