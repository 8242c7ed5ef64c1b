"""Assessments, the dues ledger and bills as files: both ways, nothing twice, no base anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.cli.ledgers import bill_lines
from bot.domain.dues import EntryKind, MonthState
from bot.domain.dues_bills import Why
from bot.domain.periods import Month
from bot.files.tables import CellValue, Sheets, write_sheets
from bot.inbound.dues_orders import months_named
from bot.services import dues_bill_checks, dues_bills, dues_confirming, exporting, importing
from bot.services.dues_bill_checks import NoProposal
from bot.services.dues_bills import Proposed
from bot.services.importing import LEDGERS, ImportRefused, Outcome, Source
from bot.services.importing.bills import read_bill
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import AuditLine, DuesAssessment, DuesBillLine, DuesEntry
from tests.support.dues_world import DuesBranch
from tests.support.world import World

JANUARY, FEBRUARY, MARCH, APRIL = (Month(2026, number) for number in (1, 2, 3, 4))
ASSESSED = ("姓名", "党组织", "手机尾号", "起始月份", "人员类别", "月缴党费", "基数", "原因")
PAID = ("姓名", "党组织", "月份", "金额", "日期", "收据号", "类别")


@pytest.fixture
def branch(database: Database) -> DuesBranch:
    """Return the third branch in March."""
    return DuesBranch(World(database))


class Files:
    """Imports and exports of a branch, through real files."""

    def __init__(self, branch: DuesBranch, folder: Path) -> None:
        self.branch = branch
        self.folder = folder

    def write(self, headers: Sequence[str], *rows: Sequence[CellValue]) -> Path:
        """Write a table."""
        path = self.folder / "in.xlsx"
        write_sheets(path, Sheets("表", tuple(headers), rows))
        return path

    def take(self, ledger: str, path: Path) -> Outcome:
        """Import a file."""
        source = Source(OPERATOR, self.branch.world.now)
        return self.branch.do(
            lambda session: importing.run_file(session, LEDGERS[ledger], path, source)
        )

    def give(self, ledger: str, name: str = "out.xlsx") -> Path:
        """Export a ledger."""
        path = self.folder / name
        request = exporting.Request(OPERATOR, self.branch.world.now)
        self.branch.do(lambda session: exporting.run_file(session, LEDGERS[ledger], path, request))
        return path


@pytest.fixture
def files(branch: DuesBranch, tmp_path: Path) -> Files:
    """Return a folder of files."""
    return Files(branch, tmp_path)


# --- assessments -----------------------------------------------------------------------------


def test_a_branch_is_fixed_for_the_year_in_one_file(branch: DuesBranch, files: Files) -> None:
    zhang, sun = branch.payer("张三"), branch.world.member("孙丽", branch.branch)
    path = files.write(
        ASSESSED,
        ("张三", "第三党支部", "", "2027-01", "离退休", None, 4200, ""),
        ("孙丽", "第三党支部", "", "2026-01", "农民", 0.5, None, ""),
    )

    first, second = files.take("assessments", path), files.take("assessments", path)

    assert (first.added, first.changed, first.unchanged) == (1, 1, 0)
    assert (second.added, second.changed, second.unchanged) == (0, 0, 2)
    assert branch.balance(zhang, Month(2027, 1)).assessed_fen == 2100
    assert branch.balance(zhang, Month(2026, 12)).assessed_fen == 3000
    assert branch.balance(sun, MARCH).assessed_fen == 50
    with branch.world.database.reading() as session:
        kept = str(session.execute(select(*DuesAssessment.__table__.columns)).all())
        kept += str(session.execute(select(*AuditLine.__table__.columns)).all())
    assert "4200" not in kept


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param(
            ("钱七", "第三党支部", "", "2026-01", "", 5, None, ""), "名册里没有钱七", id="不在册"
        ),
        pytest.param(
            ("张三", "第九支部", "", "2026-01", "", 5, None, ""), "没有登记过", id="没有这个支部"
        ),
        pytest.param(("张三", "第三党支部", "", "", "", 5, None, ""), "没有填", id="没写月份"),
        pytest.param(
            ("张三", "第三党支部", "", "2026-02", "", 5, None, "x"), "已经过去", id="过去的月份"
        ),
        pytest.param(
            ("张三", "第三党支部", "", "2026-04", "", 5, None, ""),
            "写上原因",
            id="年内改动没有原因",
        ),
        pytest.param(
            ("张三", "第三党支部", "", "2026-04", "外星人", 5, None, "x"), "应是在职", id="类别"
        ),
        pytest.param(
            ("张三", "第三党支部", "", "2026-04", "", 6789, None, "x"),
            "一般不超过1000元",
            id="写成了工资",
        ),
        pytest.param(
            ("张三", "第三党支部", "", "2026-04", "", None, 6789, "x"),
            "同时填人员类别",
            id="基数没有类别",
        ),
    ],
)
def test_a_wrong_row_is_told_with_the_fix(
    branch: DuesBranch, files: Files, row: Sequence[CellValue], told: str
) -> None:
    branch.payer("张三")

    with pytest.raises(ImportRefused) as refused:
        files.take("assessments", files.write(ASSESSED, row))

    assert any(told in problem for problem in refused.value.problems)
    assert not any("6789" in problem for problem in refused.value.problems)


def test_namesakes_need_their_tail(branch: DuesBranch, files: Files) -> None:
    branch.payer("张伟", tail="1111", account=False)
    other = branch.payer("张伟", tail="2222", account=False)
    row = ("张伟", "第三党支部", "2222", "2026-04", "", 5, None, "调整")

    with pytest.raises(ImportRefused):
        files.take("assessments", files.write(ASSESSED, (*row[:2], "", *row[3:])))
    files.take("assessments", files.write(ASSESSED, row))

    assert branch.balance(other, APRIL).assessed_fen == 500


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_its_own_export_of_assessments_changes_nothing(
    branch: DuesBranch, files: Files, name: str
) -> None:
    zhang = branch.payer("张三", tail="1234")
    branch.payer("张伟", tail="1111", account=False)
    branch.payer("张伟", tail="2222", account=False)
    branch.exempt(zhang, date(2026, 3, 10), Month(2026, 9), fen=500)

    outcome = files.take("assessments", files.give("assessments", name))

    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, 4)


def test_an_exemption_comes_with_its_approval(branch: DuesBranch, files: Files) -> None:
    zhang = branch.payer("张三")
    headers = ("姓名", "党组织", "起始月份", "月缴党费", "原因", "减免到", "批准组织", "批准日期")
    row = ("张三", "第三党支部", "2026-04", 0, "家庭困难", "2026-09", "街道党工委", "2026-03-10")

    for wrong in (
        (*row[:6], "", row[7]),
        (*row[:2], "2026-03", *row[3:]),
        (*row[:5], "2026-03", *row[6:]),
    ):
        with pytest.raises(ImportRefused):
            files.take("assessments", files.write(headers, wrong))
    files.take("assessments", files.write(headers, row))

    assert branch.balance(zhang, APRIL).state is MonthState.EXEMPT
    assert branch.balance(zhang, MARCH).state is MonthState.UNPAID


# --- the ledger ------------------------------------------------------------------------------


def test_payments_of_before_are_imported_once(branch: DuesBranch, files: Files) -> None:
    zhang = branch.payer("张三")
    path = files.write(
        PAID,
        ("张三", "第三党支部", "2026-01", 30, "2026-01-10", "2026-0007", ""),
        ("张三", "第三党支部", "2026-02", 30, "2026-02-10", "", "核对"),
        ("张三", "第三党支部", "2026-02", 100, "2026-02-10", "", "自愿多交"),
    )

    first, second = files.take("dues", path), files.take("dues", path)
    receipt = branch.pay(zhang, MARCH)

    assert (first.added, second.added, second.unchanged) == (3, 0, 3)
    states = [branch.balance(zhang, month).state for month in (JANUARY, FEBRUARY)]
    assert states == [MonthState.PAID, MonthState.PAID]
    assert receipt.number == "2026-0008"  # behind the highest that was given on paper
    assert branch.remit().total_fen == 3 * 3000 + 100_00


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_its_own_export_of_the_ledger_changes_nothing(
    branch: DuesBranch, files: Files, name: str
) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六", 1550)
    branch.pay(zhang, FEBRUARY, MARCH)
    branch.declare(zhao, MARCH)
    branch.undo(zhao)
    branch.correct(zhang, MARCH, 2000)
    branch.refund(zhang, FEBRUARY, 1000)
    branch.offer(zhao, 5000)
    before = branch.entries()

    outcome = files.take("dues", files.give("dues", name))

    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, len(before))
    assert branch.entries() == before


def test_a_line_on_record_is_never_changed_by_a_file(branch: DuesBranch, files: Files) -> None:
    zhang = branch.payer("张三")
    branch.pay(zhang, MARCH)
    with branch.world.database.reading() as session:
        key = session.scalar(select(DuesEntry.key).where(DuesEntry.kind == EntryKind.CONFIRM))
    headers = (*PAID, "编号")
    row = ("张三", "第三党支部", "2026-03", 20, "2026-03-12", "", "核对", key)

    with pytest.raises(ImportRefused) as refused:
        files.take("dues", files.write(headers, row))

    assert "只增不改" in refused.value.problems[0]


def test_only_payments_come_by_file(branch: DuesBranch, files: Files) -> None:
    branch.payer("张三"), branch.payer("赵六")
    row = ("张三", "第三党支部", "2026-03", 30, "2026-03-12", "", "退费")

    outcome = files.take("dues", files.write(PAID, row))
    with pytest.raises(ImportRefused):
        files.take("dues", files.write(PAID, (*row[:3], -30, *row[4:6], "核对")))
    with pytest.raises(ImportRefused, match="有1处"):
        files.take(
            "dues",
            files.write(
                PAID,
                ("张三", "第三党支部", "2026-02", 30, "2026-02-12", "2026-0001", ""),
                ("赵六", "第三党支部", "2026-02", 30, "2026-02-12", "2026-0001", ""),
            ),
        )

    assert outcome.added == 0
    assert "聊天里" in outcome.notes[0]
    assert branch.kinds() == []


# --- bills -----------------------------------------------------------------------------------

WECHAT = """微信支付账单明细,,,,,,,,,,
微信昵称：[王组织],,,,,,,,,,
起始时间：[2026-03-01 00:00:00] 终止时间：[2026-03-12 00:00:00],,,,,,,,,,
----------------------微信支付账单明细列表--------------------,,,,,,,,,,
交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注
2026-03-05 09:12:33,转账,张三,"转账备注:3月党费",收入,¥30.00,/,已存入零钱,"1000001	","/	","/"
2026-03-05 10:00:00,转账,春暖花开,"转账备注:赵六2-3月党费",收入,¥31.00,/,已存入零钱,"1000002	","/	","/"
2026-03-06 10:00:00,商户消费,超市,"买菜",支出,¥31.00,零钱,支付成功,"1000003	","/	","/"
2026-03-06 11:00:00,转账,*七,"转账备注:党费",收入,¥20.00,/,已存入零钱,"1000004	","/	","/"
2026-03-07 11:00:00,转账,张三,"转账备注:微信转账",收入,¥88.00,/,已存入零钱,"1000005	","/	","/"
2026-03-07 12:00:00,转账,张三,"转账备注:3月党费",收入,¥30.00,/,已全额退款,"1000006	","/	","/"
"""
ALIPAY = """------------------------支付宝支付科技有限公司------------------------
导出信息：
姓名：王组织
------------------------支付宝电子客户回单------------------------
交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,
2026-03-08 08:00:00,转账红包,张三,zhang***@x.com,2月党费,收入,30.00,,交易成功,2026030800001	,,,
2026-03-08 08:10:00,转账红包,赵六,zhao***@x.com,转账,不计收支,15.50,,交易成功,2026030800002	,,,
"""


def _bill(branch: DuesBranch, path: Path, now: datetime | None = None) -> Proposed:
    bill = read_bill(path, months_named)
    return branch.do(
        lambda session: dues_bills.propose_for(
            session,
            bill.payments,
            unit="第三党支部",
            by=OPERATOR,
            now=now or branch.world.now,
        )
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_wechat_bill_becomes_proposals_and_nothing_more(
    branch: DuesBranch, tmp_path: Path, encoding: str
) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六", 1550)
    branch.payer("钱七", 2000)
    path = tmp_path / "微信支付账单.csv"
    path.write_bytes(WECHAT.encode(encoding))

    first, again = _bill(branch, path), _bill(branch, path)

    assert (first.new, first.known) == (2, 0)
    assert [why for _, why in first.unclear] == [Why.MASKED, Why.AMOUNT]
    assert (again.new, again.known, again.unclear) == (0, 4, ())
    assert branch.kinds() == []  # nothing is confirmed by itself
    waiting = _waiting(branch)
    assert [(p.member_id, p.months, p.fen) for p in waiting.proposals] == [
        (zhang, (MARCH,), 3000),
        (zhao, (FEBRUARY, MARCH), 3100),
    ]
    with branch.world.database.reading() as session:
        kept = str(session.execute(select(*DuesBillLine.__table__.columns)).all())
    assert not any(word in kept for word in ("春暖花开", "1000001", "转账备注", "党费", "*七"))


def test_an_alipay_bill_and_a_bank_sheet_are_read(branch: DuesBranch, tmp_path: Path) -> None:
    branch.payer("张三"), branch.payer("赵六", 1550)
    alipay, bank = tmp_path / "alipay.csv", tmp_path / "bank.xlsx"
    alipay.write_bytes(ALIPAY.encode("gb18030"))
    write_sheets(
        bank,
        Sheets(
            "交易明细",
            ("交易日期", "收入金额", "支出金额", "对方户名", "摘要", "流水号"),
            [
                (date(2026, 3, 9), 15.5, None, "赵六", "党费3月", "A1"),
                (date(2026, 3, 9), None, 200.0, "张三", "报销", "A2"),
                ("20260310", "30.00", "", "张三", "3月党费", "A3"),
            ],
        ),
    )

    assert (_bill(branch, alipay).new, _bill(branch, bank).new) == (1, 2)
    found = [(p.name, p.months) for p in _waiting(branch).proposals]
    assert found == [("张三", (FEBRUARY,)), ("赵六", (MARCH,)), ("张三", (MARCH,))]


def test_rows_that_cannot_be_read_are_named_with_what_would_be_right(
    branch: DuesBranch, tmp_path: Path
) -> None:
    branch.payer("张三")
    path = tmp_path / "bill.csv"
    rows = (
        "交易时间,交易对方,收/支,金额(元),备注",
        "2026-03-05 10:00:00,张三,收入,30.00,3月党费",
        "2026-03-05 10:01:00,张三,收入,abc,2月党费",
        "2026-13-05 10:02:00,张三,收入,30.00,1月党费",
        "2026-03-06 10:03:00,超市,支出,xyz,买水",
        "2026-03-06 10:04:00,张三,收入,/,",
        "合计,,收入,60.00,",
    )
    path.write_text("\n".join(rows), encoding="utf-8")

    bill = read_bill(path, months_named)

    assert (len(bill.payments), bill.skipped) == (1, 3)
    assert bill.problems == (
        "第3行：“abc”不是金额，应是 15 或 15.00 这样的数，请核对账单",
        "第4行：“2026-13-05 10:02:00”不是日期，应是 2026-03-05 这样的，请核对账单",
    )
    lines = bill_lines(_bill(branch, path), bill.skipped, bill.problems, dry_run=False)
    assert "看不懂的2行没有用，改好以后再导入一次，别的不会重复：" in lines
    assert any(line.endswith(bill.problems[0]) for line in lines)


def test_a_second_payment_for_a_month_is_no_confirmed_one(
    branch: DuesBranch, tmp_path: Path
) -> None:
    branch.payer("张三")
    path = tmp_path / "bill.csv"
    row = "2026-03-0{day} 10:00:00,张三,收入,30.00,3月党费,{day}"
    rows = ["交易时间,交易对方,收/支,金额(元),备注,交易单号", row.format(day=5), row.format(day=6)]
    path.write_text("\n".join(rows), encoding="utf-8")

    done = _bill(branch, path)
    ids = [proposal.id for proposal in _waiting(branch).proposals]
    actor = branch.world.actor(branch.wang)
    branch.do(lambda s: dues_bill_checks.confirm(s, ids, by=actor, now=branch.world.now))
    path.write_text("\n".join([*rows, row.format(day=7)]), encoding="utf-8")
    later = _bill(branch, path)

    assert (done.new, done.unclear) == (1, ((3, Why.TWICE),))
    assert (later.new, later.unclear) == (0, ((4, Why.SETTLED),))


def test_a_payment_of_who_has_moved_on_is_confirmed_for_the_month_that_stays(
    branch: DuesBranch, tmp_path: Path
) -> None:
    world, zhang = branch.world, branch.payer("张三")
    fifth = DuesBranch(world, "第五党支部", secretary="周书记", organiser="吴组织")
    path = tmp_path / "bill.csv"
    path.write_text(
        "交易时间,交易对方,收/支,金额(元),备注\n2026-03-05 10:00:00,张三,收入,30.00,2月党费\n",
        encoding="utf-8",
    )
    _bill(branch, path)
    world.transfer(zhang, fifth.branch, date(2026, 3, 10))

    [proposal] = _waiting(branch).proposals
    actor = world.actor(branch.wang)
    [receipt] = branch.do(
        lambda s: dues_bill_checks.confirm(s, [proposal.id], by=actor, now=world.now)
    )

    assert (proposal.name, receipt.parts, receipt.unit) == (
        "张三",
        ((FEBRUARY, 3000),),
        "第三党支部",
    )


def test_a_table_that_is_no_bill_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("姓名,党组织\n张三,第三党支部\n", encoding="utf-8")

    with pytest.raises(ImportRefused) as refused:
        read_bill(path, months_named)

    assert "没有找到账单的表头" in refused.value.problems[0]


def test_proposals_are_confirmed_as_declared_or_as_taken(
    branch: DuesBranch, tmp_path: Path
) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六", 1550)
    branch.declare(zhang, MARCH)
    path = tmp_path / "bill.csv"
    path.write_text(WECHAT, encoding="utf-8")
    _bill(branch, path)
    ids = [proposal.id for proposal in _waiting(branch).proposals]
    actor = branch.world.actor(branch.wang)

    receipts = branch.do(lambda s: dues_bill_checks.confirm(s, ids, by=actor, now=branch.world.now))

    assert [r.number for r in receipts] == ["2026-0001", "2026-0002"]
    states = [branch.balance(member, MARCH).state for member in (zhang, zhao)]
    assert states == [MonthState.PAID, MonthState.PAID]
    assert branch.balance(zhang, MARCH).waiting == ()
    with pytest.raises(dues_confirming.ChangedMeanwhile):
        branch.do(lambda s: dues_bill_checks.confirm(s, ids, by=actor, now=branch.world.now))
    with branch.world.database.reading() as session:
        numbers = session.scalars(
            select(DuesBillLine.receipt_no).where(DuesBillLine.closed_at.is_not(None))
        ).all()
    assert sorted(numbers) == ["2026-0001", "2026-0002"]


def test_a_payment_that_does_not_fit_any_more_confirms_nothing(
    branch: DuesBranch, tmp_path: Path
) -> None:
    zhang = branch.payer("张三")
    branch.payer("赵六", 1550)
    path = tmp_path / "bill.csv"
    path.write_text(WECHAT, encoding="utf-8")
    _bill(branch, path)
    branch.pay(zhang, MARCH)
    ids = [proposal.id for proposal in _waiting(branch).proposals]
    actor = branch.world.actor(branch.wang)
    before = branch.entries()

    with pytest.raises(dues_confirming.ChangedMeanwhile, match="账单不对 张三"):
        branch.do(lambda s: dues_bill_checks.confirm(s, ids, by=actor, now=branch.world.now))

    assert branch.entries() == before
    assert len(_waiting(branch).proposals) == 2


def test_what_is_wrong_or_was_looked_at_is_put_aside(branch: DuesBranch, tmp_path: Path) -> None:
    zhang, zhao = branch.payer("张三"), branch.payer("赵六", 1550)
    path = tmp_path / "bill.csv"
    path.write_text(WECHAT, encoding="utf-8")
    _bill(branch, path)
    actor = branch.world.actor(branch.wang)

    def aside(of: Any) -> int:
        return branch.do(
            lambda s: dues_bill_checks.put_aside(
                s, by=actor, today=branch.day, now=branch.world.now, of=of
            )
        )

    assert (aside([zhang]), aside(None)) == (2, 1)  # his clear one and his unclear one; the masked
    assert [p.member_id for p in _waiting(branch).proposals] == [zhao]
    with pytest.raises(NoProposal):
        aside([zhang])
    assert aside([zhao]) == 1
    with pytest.raises(NoProposal):
        _waiting(branch)


def test_a_bill_needs_its_branch_where_there_are_several(
    branch: DuesBranch, tmp_path: Path
) -> None:
    path = tmp_path / "bill.csv"
    path.write_text(WECHAT, encoding="utf-8")
    payments = read_bill(path, months_named).payments

    def propose() -> Proposed:
        return branch.do(
            lambda s: dues_bills.propose_for(
                s, payments, unit=None, by=OPERATOR, now=branch.world.now
            )
        )

    assert propose().new == 0
    branch.world.unit("第五党支部")
    with pytest.raises(dues_bills.WhichBill, match="--unit 第三党支部"):
        propose()


def test_two_payments_of_one_member_are_put_to_two_months(
    branch: DuesBranch, tmp_path: Path
) -> None:
    branch.payer("张三")
    path = tmp_path / "bill.csv"
    rows = "交易时间,交易对方,收/支,金额,备注\n" + 2 * "2026-03-05,张三,收入,30,党费\n"
    path.write_text(rows, encoding="utf-8")

    first, again = _bill(branch, path), _bill(branch, path)

    assert (first.new, again.new, again.known) == (2, 0, 2)
    found = [(p.months, p.why) for p in _waiting(branch).proposals]
    assert found == [((JANUARY,), Why.BY_AMOUNT), ((FEBRUARY,), Why.BY_AMOUNT)]


def _waiting(branch: DuesBranch) -> dues_bill_checks.Waiting:
    actor = branch.world.actor(branch.wang)
    return branch.do(lambda s: dues_bill_checks.list_waiting(s, by=actor, today=branch.day))
