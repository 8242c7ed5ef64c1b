"""Dues paid for others: with who paid, for all or none, and without telling what they owe."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Action, Role
from bot.services import dues, dues_confirming, dues_others, naming, undo
from bot.services.dues_others import DeclaredFor, DuesForOthersRefused
from bot.services.inverses import INVERSES
from bot.storage.engine import Database
from bot.storage.models import DuesEntry
from tests.support.world import World

FEBRUARY, MARCH = Month(2026, 2), Month(2026, 3)


class Ledger:
    """The third branch, where Zhang pays for Zhao (15 yuan a month) and Sun (30)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.wang = world.member("王组织", self.branch, Role.ORGANISER)
        self.zhang = world.member("张三", self.branch, dues_fen=3000)
        self.zhao = world.member("赵六", self.branch, dues_fen=1500)
        self.sun = world.member("孙丽", self.branch, dues_fen=3000, account=False)
        self.new = world.member("周新", self.branch, account=False)
        world.member("吴新", self.branch, account=False)

    def pay(
        self,
        *names: str,
        months: Sequence[Month] = (MARCH,),
        fen: int | None = None,
        by: MemberId | None = None,
    ) -> list[DeclaredFor]:
        """Let somebody, Zhang, say to have paid for others."""
        actor, world = self.world.actor(by or self.zhang), self.world
        with world.database.writing() as session:
            people = naming.resolve(
                session, names, by=actor, on=world.today, action=Action.CONFIRM_DUES
            )
            return dues_others.declare_for_others(
                session,
                people=people,
                months=months,
                total_fen=fen,
                by=actor,
                said_on=world.today,
                now=world.now,
                source="m1",
            )

    def undo(self, by: MemberId) -> undo.Undone:
        """Let somebody take the last thing back."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return undo.undo_last(session, INVERSES, by=actor, now=self.world.now)

    def entries(self) -> list[tuple[int, str, int, str, int | None]]:
        """Return every line of the ledger: whose, month, amount, kind, payer."""
        with self.world.database.reading() as session:
            rows = session.scalars(select(DuesEntry).order_by(DuesEntry.id)).all()
            return [(r.member_id, str(r.month), r.fen, r.kind.value, r.payer_id) for r in rows]


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """Return the ledger."""
    return Ledger(World(database))


def test_it_declares_with_who_paid_and_the_organiser_sees_it(ledger: Ledger) -> None:
    [each] = ledger.pay("赵六")

    assert (each.person.name, each.declared.parts) == ("赵六", ((MARCH, 1500),))
    assert ledger.entries() == [(ledger.zhao, "2026-03", 1500, "declare", ledger.zhang)]
    with ledger.world.database.reading() as session:
        [line] = dues_confirming.list_waiting(
            session, by=ledger.world.actor(ledger.wang), today=ledger.world.today
        )
    assert (line.name, line.payer) == ("赵六", "张三")


SUMS: dict[str, tuple[tuple[str, ...], tuple[Month, ...], int | None, list[int] | None]] = {
    "不说金额": (("赵六", "孙丽"), (MARCH,), None, [1500, 3000]),
    "合起来正好": (("赵六", "孙丽"), (MARCH,), 4500, [1500, 3000]),
    "两个月合起来": (("赵六",), (FEBRUARY, MARCH), 3000, [1500, 1500]),
    "金额不对": (("赵六",), (MARCH,), 2000, None),
    "两个人各一半对不上": (("赵六", "孙丽"), (MARCH,), 6000, None),
    "分不匀": (("赵六", "孙丽"), (MARCH,), 4501, None),
    "没写月份": (("赵六",), (), 1500, None),
    "没有核定": (("周新",), (MARCH,), None, None),
    "没有核定，写了金额": (("周新",), (MARCH,), 1000, [1000]),
    "没有核定，一分钱也不能少": (("周新", "吴新"), (MARCH,), 1001, None),
    "太早的月份": (("赵六",), (Month(2025, 3),), None, None),
}


@pytest.mark.parametrize(("names", "months", "fen", "parts"), SUMS.values(), ids=list(SUMS))
def test_it_records_what_comes_out_even_and_guesses_nothing(
    ledger: Ledger,
    names: tuple[str, ...],
    months: tuple[Month, ...],
    fen: int | None,
    parts: list[int] | None,
) -> None:
    if parts is None:
        with pytest.raises(DuesForOthersRefused):
            ledger.pay(*names, months=months, fen=fen)
        assert ledger.entries() == []
    else:
        ledger.pay(*names, months=months, fen=fen)
        assert [entry[2] for entry in ledger.entries()] == parts


def test_a_refusal_tells_the_payer_nothing_of_what_the_other_owes(ledger: Ledger) -> None:
    sentences = set()
    for names, fen in ((("赵六",), 2000), (("周新",), None), (("孙丽",), 1)):
        with pytest.raises(DuesForOthersRefused) as refused:
            ledger.pay(*names, fen=fen)
        sentences.add(refused.value.sentence)
    ledger.pay("赵六")
    with pytest.raises(DuesForOthersRefused) as twice:
        ledger.pay("赵六")

    assert sentences == {twice.value.sentence}  # the same whatever the reason
    assert not any(word in twice.value.sentence for word in ("1500", "15.", "已登记", "核定"))


def test_none_is_recorded_if_one_does_not_come_out(ledger: Ledger) -> None:
    ledger.pay("赵六")

    with pytest.raises(DuesForOthersRefused):
        ledger.pay("孙丽", "赵六")

    assert len(ledger.entries()) == 1


def test_nobody_pays_for_another_branch_without_a_post_there(ledger: Ledger) -> None:
    fourth = ledger.world.unit("第四党支部")
    ledger.world.member("周七", fourth, dues_fen=1000)
    officer = ledger.world.member("陈专干", None, Role.OFFICER)
    with ledger.world.database.reading() as session:
        [zhou] = naming.resolve(
            session,
            ["周七"],
            by=ledger.world.actor(officer),
            on=ledger.world.today,
            action=Action.CONFIRM_DUES,
        )

    with (
        ledger.world.database.writing() as session,
        pytest.raises(DuesForOthersRefused, match="周七不在您的支部"),
    ):
        dues_others.declare_for_others(
            session,
            people=[zhou],
            months=[MARCH],
            total_fen=None,
            by=ledger.world.actor(ledger.zhang),
            said_on=ledger.world.today,
            now=ledger.world.now,
            source="m1",
        )
    assert ledger.pay("周七", by=officer)[0].declared.total_fen == 1000


def test_the_payer_takes_back_all_and_the_member_his_own(ledger: Ledger) -> None:
    ledger.pay("赵六", "孙丽")

    objected = ledger.undo(ledger.zhao)
    undone = ledger.undo(ledger.zhang)

    assert (objected.objected_to, undone.subjects) == (ledger.zhang, (ledger.sun,))
    assert [entry[2:4] for entry in ledger.entries()] == [
        (1500, "declare"),
        (3000, "declare"),
        (-1500, "void"),
        (-3000, "void"),
    ]


def test_what_the_organiser_confirmed_nobody_takes_back(ledger: Ledger) -> None:
    ledger.pay("赵六")
    actor = ledger.world.actor(ledger.wang)
    with ledger.world.database.writing() as session:
        lines = dues_confirming.list_waiting(session, by=actor, today=ledger.world.today)
        dues_confirming.confirm(session, lines, by=actor, now=ledger.world.now)

    for member in (ledger.zhao, ledger.zhang):
        with pytest.raises(dues.DuesRefused, match="已经核对"):
            ledger.undo(member)
