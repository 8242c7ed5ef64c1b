"""Edge cases of dues that a naive bot gets wrong: each under its number in the list of cases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.clock import at
from bot.domain import dues_assessing
from bot.domain.dues import (
    COUNTED,
    Category,
    EntryKind,
    MonthState,
    goes_to_the_centre,
    monthly_fen,
)
from bot.domain.dues_allocation import NeedsAnswer, Question
from bot.domain.dues_assessing import Asked, AssessmentRefused
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.periods import Month, Quarter
from bot.domain.rights import Action
from bot.inbound.dues_late import TO_SECRETARY
from bot.inbound.payments import DuesPaidSlots, recognise_dues_paid
from bot.inbound.read import read
from bot.services import (
    dues,
    dues_confirming,
    dues_lists,
    dues_others,
    dues_runs,
    naming,
    remind_unpaid,
)
from bot.services.dues_publication import NotPublishable, Statement
from bot.services.dues_remittance import Remitted
from bot.storage.engine import Database
from bot.storage.models import DuesEntry, Inbound, Membership
from scheduler.rule import Setting, Slot
from scheduler.rules import dues_open_run, dues_unpaid
from tests.support.dues_world import DuesBranch
from tests.support.world import HOURS, ROUTES, World

JANUARY, FEBRUARY, MARCH, APRIL, MAY = (Month(2026, number) for number in range(1, 6))
TODAY = date(2026, 3, 12)


@pytest.fixture
def branch(database: Database) -> DuesBranch:
    """Return the third branch, on 12 March 2026."""
    return DuesBranch(World(database))


def test_case_44_several_months_at_once(branch: DuesBranch) -> None:
    """Split over named months in order; asked where months are not named and nothing fits."""
    zhang = branch.payer("张三")

    named = branch.declare(zhang, JANUARY, FEBRUARY, fen=6000)
    unclear = branch.declare(zhang, fen=4500)

    assert isinstance(named, dues.Declared)
    assert named.parts == ((JANUARY, 3000), (FEBRUARY, 3000))
    assert isinstance(unclear, NeedsAnswer)
    assert (unclear.question, unclear.choices) == (Question.WHICH_MONTH, ())


def test_case_45_part_over_wrong_month_wrong_person(branch: DuesBranch) -> None:
    """Part, over, wrong month, wrong person: counter-entries, never an edit."""
    zhang, spouse = branch.payer("张三"), branch.payer("赵六")
    branch.pay(zhang, JANUARY, fen=1000)
    branch.pay(zhang, FEBRUARY, fen=5000)
    before = branch.entries()

    states = [branch.balance(zhang, month).state for month in (JANUARY, FEBRUARY)]
    branch.move((zhang, FEBRUARY), (zhang, JANUARY), 2000)
    branch.move((zhang, FEBRUARY), (spouse, FEBRUARY))

    assert states == [MonthState.PART, MonthState.OVER]
    assert branch.balance(zhang, JANUARY).state is MonthState.PAID
    assert branch.balance(zhang, FEBRUARY).state is MonthState.UNPAID
    assert branch.balance(spouse, FEBRUARY).state is MonthState.PAID
    assert branch.entries()[: len(before)] == before
    assert sum(fen for kind, fen in branch.kinds() if kind is EntryKind.CORRECT) == 0


def test_case_46_refund(branch: DuesBranch) -> None:
    """A negative entry with its reason; once remitted, only a correction in the next one."""
    zhang, zhao = branch.payer("张三"), branch.payer("赵六")
    branch.pay(zhang, MARCH, fen=4000)
    first = branch.remit()

    refund = branch.refund(zhang, MARCH, reason="重复交了")
    branch.pay(zhao, MARCH)
    second = branch.remit()

    assert (refund.fen, refund.remitted) == (1000, True)
    assert branch.kinds()[-3] == (EntryKind.REFUND, -1000)
    assert (first.total_fen, second.total_fen) == (4000, 3000 - 1000)


def test_case_47_paid_without_a_month(branch: DuesBranch) -> None:
    """“交了” with no month: the oldest open month is proposed, and asked about."""
    zhang = branch.payer("张三")
    branch.pay(zhang, JANUARY)

    asked = branch.declare(zhang)

    assert isinstance(asked, NeedsAnswer)
    assert asked.question is Question.CONFIRM_MONTHS
    assert [choice.parts for choice in asked.choices] == [((FEBRUARY, 3000),)]


def test_case_48_paid_for_somebody_else(branch: DuesBranch) -> None:
    """“已交” for somebody else: who paid is kept, and the member is told (his own 撤销 works)."""
    zhang, zhao = branch.payer("张三"), branch.payer("赵六")
    actor = branch.world.actor(zhang)

    [done] = branch.do(
        lambda s: dues_others.declare_for_others(
            s,
            people=naming.resolve(
                s, ["赵六"], by=actor, on=TODAY, action=Action.CONFIRM_DUES, own_branch=True
            ),
            months=[MARCH],
            total_fen=None,
            by=actor,
            said_on=TODAY,
            now=branch.world.now,
            source="m",
        )
    )
    with branch.world.database.reading() as session:
        payer = session.scalar(select(DuesEntry.payer_id))
    branch.undo(zhao)

    assert (done.person.id, payer) == (zhao, zhang)
    assert branch.balance(zhao, MARCH).state is MonthState.UNPAID


def test_case_49_bracket_step() -> None:
    """3000/3000.01, 5000.01 retired; a slice-by-slice formula is wrong."""
    wage, pension = Category.WAGE, Category.RETIRED

    assert [monthly_fen(wage, base, TODAY) for base in (3_000_00, 3_000_01)] == [15_00, 30_00]
    assert [monthly_fen(pension, base, TODAY) for base in (5_000_00, 5_000_01)] == [25_00, 50_00]
    by_slices = 15_00 + 20_00 + 1_50  # 0.5 % of 3000, 1 % of 2000, 1.5 % of 100
    assert monthly_fen(wage, 5_100_00, TODAY) == 76_50 != by_slices


def test_case_50_category_changes_from_a_month(branch: DuesBranch) -> None:
    """Retired in mid-year: another amount from a month on with a reason, past months untouched."""
    zhang = branch.payer("张三")
    worked = dues_assessing.from_base("张三", Category.RETIRED, 4_200_00, TODAY)
    asked = Asked("张三", Category.RETIRED, worked=worked)

    with pytest.raises(AssessmentRefused, match="已经过去"):
        branch.assess(asked, zhang, FEBRUARY, "退休")
    with pytest.raises(AssessmentRefused, match="原因"):
        branch.assess(Asked("张三", None, 2000), zhang, APRIL)
    done = branch.assess(asked, zhang, APRIL)

    due = [branch.balance(zhang, month).assessed_fen for month in (FEBRUARY, MARCH, APRIL, MAY)]
    assert due == [3000, 3000, 2100, 2100]
    assert done.reason == "改为离退休"


def test_case_51_admitted_on_the_28th(branch: DuesBranch) -> None:
    """Due from that month, the whole of it; the branch may be allowed to waive the next ones."""
    new = branch.payer("钱七", since=date(2026, 2, 28))

    due = [branch.balance(new, month).assessed_fen for month in (JANUARY, FEBRUARY, MARCH)]
    branch.exempt(new, date(2026, 2, 28), MARCH)

    assert due == [None, 3000, 3000]
    assert dues_assessing.first_due_month(date(2026, 2, 28)) == FEBRUARY
    assert branch.balance(new, MARCH).state is MonthState.EXEMPT
    assert branch.balance(new, FEBRUARY).state is MonthState.UNPAID


def test_case_52_transfer_in_mid_month(branch: DuesBranch) -> None:
    """Due once: what the old branch took counts for the new one too, and stays its money."""
    world = branch.world
    other = DuesBranch(world, "第五党支部", secretary="周书记", organiser="吴组织")
    zhang = branch.payer("张三")
    branch.pay(zhang, MARCH)

    _leave(world, zhang, date(2026, 3, 15), to=other)
    world.clock.set(at(date(2026, 3, 20), 9))

    balance = branch.balance(zhang, MARCH)
    assert (balance.assessed_fen, balance.state) == (3000, MonthState.PAID)
    with pytest.raises(dues_confirming.NothingToConfirm):
        other.take_cash(zhang, MARCH)
    assert branch.balance(zhang, APRIL).state is MonthState.UNPAID
    assert (branch.held_fen(), other.held_fen()) == (3000, 0)


def test_case_53_died_or_left(branch: DuesBranch) -> None:
    """Later months are not due; what was open before is not chased by the bot."""
    zhang = branch.payer("张三")
    _leave(branch.world, zhang, date(2026, 3, 15))
    branch.world.clock.set(at(date(2026, 3, 20), 9))
    actor = branch.world.actor(branch.wang)

    states = [branch.balance(zhang, month).state for month in (MARCH, APRIL, MAY)]
    with branch.world.database.reading() as session:
        chased = [*dues_unpaid.reminders(session, Slot(branch.world.now), _SETTING)]
    owing = branch.do(lambda s: dues_lists.list_open(s, by=actor, today=branch.day))

    assert states == [MonthState.UNPAID, MonthState.NOT_DUE, MonthState.NOT_DUE]
    assert zhang not in [reminder.member_id for reminder in chased]
    assert zhang not in [line.person.id for line in owing]


def test_case_54_hardship_starts_after_approval(branch: DuesBranch) -> None:
    """An exemption starts only after the superior approved, and ends."""
    zhang = branch.payer("张三")
    with pytest.raises(AssessmentRefused, match="还没有到"):
        branch.exempt(zhang, date(2026, 3, 20), MAY)

    branch.exempt(zhang, date(2026, 3, 10), MAY)

    states = [branch.balance(zhang, Month(2026, n)).state for n in (3, 4, 5, 6)]
    exempt, unpaid = MonthState.EXEMPT, MonthState.UNPAID
    assert states == [unpaid, exempt, exempt, unpaid]


def test_case_55_extra_of_a_thousand(branch: DuesBranch) -> None:
    """Extra ≥ 1000 is not branch money. Extra 999.99 is."""
    zhang = branch.payer("张三")
    branch.offer(zhang, 999_99)
    branch.offer(zhang, 1_000_00)
    branch.confirm()

    drafted = branch.draft_remittance()

    assert [goes_to_the_centre(fen, TODAY) for fen in (999_99, 1_000_00)] == [False, True]
    assert drafted.total_fen == 999_99
    assert [line.fen for line in drafted.large] == [1_000_00]


def test_case_56_back_payment_of_month_seven(branch: DuesBranch) -> None:
    """Blocked for the member, goes to the secretary, who confirms it as any other."""
    zhang = branch.payer("张三")
    branch.world.clock.set(at(date(2026, 8, 3), 9))

    with pytest.raises(dues.DuesTooLate, match="要由书记登记"):
        branch.declare(zhang, JANUARY, fen=3000)
    [receipt] = branch.take_cash(zhang, JANUARY, by=branch.li)

    assert isinstance(branch.declare(zhang, FEBRUARY, fen=3000), dues.Declared)  # month six
    assert receipt.parts == ((JANUARY, 3000),)
    assert "确认党费" in TO_SECRETARY


def test_case_57_six_month_count(branch: DuesBranch) -> None:
    """Consecutive, assessed, unexcused, unpaid: declared breaks it, so does our own failure."""
    world = branch.world
    everybody = {
        name: branch.payer(name) for name in ("张三", "赵六", "钱七", "孙丽", "周强", "吴静")
    }
    for month in (JANUARY, FEBRUARY, MARCH):
        branch.pay(everybody["张三"], month)
    branch.declare(everybody["赵六"], MARCH)  # waits to be checked
    branch.exempt(everybody["钱七"], date(2026, 3, 1), MAY)
    branch.pay(everybody["孙丽"], FEBRUARY)  # not in a row
    _break_a_message(world, everybody["周强"])
    world.clock.set(at(date(2026, 4, 10), 9))
    branch.pay(everybody["张三"], APRIL)
    world.clock.set(at(date(2026, 5, 5), 9))

    def count(until: Month) -> dict[str, int]:
        of = dict.fromkeys(everybody.values(), branch.branch)
        with world.database.reading() as session:
            found = dues_runs.count_open(session, of, until, world.now)
        return {name: found[member] for name, member in everybody.items()}

    expected = {"张三": 0, "赵六": 0, "钱七": 3, "孙丽": 1, "周强": 0, "吴静": 3}
    assert count(MARCH) == expected
    assert count(APRIL) == {**expected, "赵六": 1, "钱七": 0, "孙丽": 2, "吴静": 4}
    assert count(MAY) == dict.fromkeys(everybody, 0)  # nobody's May has been entered yet


def test_case_57_the_secretary_hears_a_count_and_no_verdict(branch: DuesBranch) -> None:
    """At 1, 2, 3 and 5 months he hears how many; at four nothing; never a name or a label."""
    world = branch.world
    zhang, _zhao = branch.payer("张三"), branch.payer("赵六")
    told: dict[int, list[str]] = {}
    for number in range(1, 8):
        world.clock.set(at(date(2026, number, 20), 9))
        branch.pay(zhang, Month(2026, number))
        world.clock.set(at(date(2026, number + 1, 5), 9))
        with world.database.reading() as session:
            found = [*dues_open_run.reminders(session, Slot(world.now), _SETTING)]
        assert all(reminder.member_id == branch.li for reminder in found)
        told[number] = [str(reminder.text) for reminder in found]

    assert [number for number, texts in told.items() if texts] == [1, 2, 3, 5]
    assert "3个月没登记的1人" in told[3][0]
    everything = "".join(text for texts in told.values() for text in texts)
    assert not any(word in everything for word in ("赵六", "自行脱党", "欠", "逾期", "催"))


def test_case_58_two_treasurers(branch: DuesBranch) -> None:
    """Confirming twice from two treasurers: once on record, and the remittance reconciles."""
    zhang = branch.payer("张三")
    branch.declare(zhang, MARCH)
    actors = [branch.world.actor(member) for member in (branch.wang, branch.li)]
    lines = branch.do(lambda s: dues_confirming.list_waiting(s, by=actors[0], today=TODAY))
    start = threading.Barrier(2)

    def confirm(actor: Any) -> object:
        start.wait(timeout=30)
        try:
            return branch.do(
                lambda s: dues_confirming.confirm(s, lines, by=actor, now=branch.world.now)
            )
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(2) as workers:
        done = list(workers.map(confirm, actors))

    assert sum(isinstance(each, dues_confirming.ChangedMeanwhile) for each in done) == 1
    assert branch.kinds() == [(EntryKind.DECLARE, 3000), (EntryKind.CONFIRM, 3000)]
    assert branch.remit().total_fen == 3000
    assert branch.held_fen() == 0


def test_case_58_a_month_is_closed_while_entries_arrive(branch: DuesBranch) -> None:
    """上缴的同时还在报、核对、更正：上缴的正是给看过的那些，后来的下次上缴，合计对得上。"""
    first, late = [branch.payer(f"党员{n}") for n in range(4)], branch.payer("后来的")
    for member in first:
        branch.pay(member, MARCH)
    branch.declare(late, MARCH)
    drafted = branch.draft_remittance()
    start = threading.Barrier(4)

    def at_once(work: Any) -> object:
        start.wait(timeout=30)
        try:
            return work()
        except DomainError as refusal:
            return refusal

    work = (
        lambda: branch.remit_drafted(drafted),
        lambda: branch.remit_drafted(drafted, by=branch.li),
        lambda: branch.confirm(late),
        lambda: branch.correct(first[0], MARCH, 2000),
    )
    with ThreadPoolExecutor(len(work)) as workers:
        done = list(workers.map(at_once, work))

    remitted = [each for each in done[:2] if isinstance(each, Remitted)]
    assert len(remitted) == 1  # by one of the two, once
    assert remitted[0].total_fen == drafted.total_fen == 4 * 3000
    assert not any(isinstance(each, DomainError) for each in done[2:])
    assert branch.held_fen() == 3000 - 1000  # what came late, less what was put right
    assert branch.remit().total_fen == 2000
    assert branch.held_fen() == 0
    confirmed = sum(fen for kind, fen in branch.kinds() if kind in COUNTED)
    assert confirmed == remitted[0].total_fen + 2000


def test_case_58_a_published_month_changes_while_it_is_published(branch: DuesBranch) -> None:
    """公示的同时还在核对：公示的是预览过的数，不重不漏。"""
    members = [branch.payer(f"党员{n}") for n in range(6)]
    for member in members[:5]:
        branch.pay(member, MARCH)
    branch.declare(members[5], MARCH)
    start = threading.Barrier(2)

    def publish() -> Statement:
        start.wait(timeout=30)
        return branch.publish(MARCH)

    def confirm() -> object:
        start.wait(timeout=30)
        return branch.confirm(members[5])

    with ThreadPoolExecutor(2) as workers:
        told, _ = workers.submit(publish), workers.submit(confirm)

    assert told.result().whole.payers in (5, 6)
    assert branch.balance(members[5], MARCH).state is MonthState.PAID


def test_case_59_publication_leaks(branch: DuesBranch) -> None:
    """Totals under five people are not told, neither outright nor by difference."""
    for n in range(4):
        branch.pay(branch.payer(f"党员{n}"), MARCH)
    four = branch.publish(*Quarter(2026, 1).months)
    branch.pay(branch.payer("党员4"), MARCH)
    five = branch.publish(*Quarter(2026, 1).months)
    branch.pay(branch.payer("党员5"), MARCH)
    six = branch.publish(*Quarter(2026, 1).months)

    assert [told.whole.total_fen for told in (four, five, six)] == [None, 15000, None]
    assert six.whole.full == 0  # 1月、2月 are open: a count, and no name
    with pytest.raises(NotPublishable):
        branch.publish(*Quarter(2026, 2).months)


@pytest.mark.parametrize(
    ("said", "fen"),
    [
        ("党费 3月 30", 3000),
        ("党费 3月 30.0", 3000),
        ("党费 3月 ¥30", 3000),
        ("3月党费三十元已交", 3000),
        ("3月党费30块交了", 3000),
        ("3月党费0.2元已交", 20),
        ("3月党费2毛交了", 20),
    ],
)
def test_case_60_amount_formats(said: str, fen: int) -> None:
    """30, 30.0, ¥30, 三十元, 30块, 0.2元, “2毛”."""
    now = datetime(2026, 3, 12, 2, tzinfo=UTC)
    utterance = read(said, quoted=None, private=True, addressed=True, now=now)

    [reading] = recognise_dues_paid(utterance)

    assert reading.slots == DuesPaidSlots((MARCH,), fen)


def test_reminders_on_order_pass_over_who_has_left(branch: DuesBranch) -> None:
    """Beside case 53: 催缴 finds nobody who is not on the roll any more."""
    zhang, zhao = branch.payer("张三"), branch.payer("赵六")
    _leave(branch.world, zhang, date(2026, 3, 10))
    actor = branch.world.actor(branch.wang)

    shown = branch.do(
        lambda s: remind_unpaid.prepare(s, by=actor, routes=ROUTES, on=TODAY, months=[MARCH])
    )

    assert [line.person.id for line in shown.owing] == [zhao]


_SETTING: Setting = Setting(workdays=HOURS.workdays, burden=HOURS.policy)


def _leave(world: World, member: MemberId, day: date, to: DuesBranch | None = None) -> None:
    with world.database.writing() as session:
        session.execute(
            update(Membership).where(Membership.member_id == member).values(valid_to=day)
        )
        if to is not None:
            session.execute(
                insert(Membership).values(member_id=member, unit_id=to.branch, valid_from=day)
            )


def _break_a_message(world: World, member: MemberId) -> None:
    with world.database.writing() as session:
        session.execute(
            insert(Inbound).values(
                channel="sim",
                message_id="broken",
                space="sim",
                sender_id="周强",
                member_id=member,
                kind="text",
                sent_at=world.now,
                received_at=world.now,
                state="failed",
                decision="!dues_paid",
            )
        )
