"""Dues in conversation where no script reaches: bills that were imported, bases that are not kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from bot.channels.simulator import SPACE, Delivered, Simulator
from bot.clock import at
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.inbound.dues_orders import months_named
from bot.main import Core, build_core
from bot.services import dues_bills
from bot.services.importing.bills import read_bill
from bot.services.officers import OPERATOR
from bot.storage.engine import Database
from bot.storage.models import (
    AuditLine,
    DoneAction,
    DuesAssessment,
    Inbound,
    Outbox,
    Prompt,
    UnreadWording,
)
from bot.storage.sealing import TextSeal
from tests.support.dues_world import DuesBranch
from tests.support.world import ROUTES, World

BILL = """微信支付账单明细,,,,,,
交易时间,交易类型,交易对方,商品,收/支,金额(元),交易单号
2026-03-05 09:12:33,转账,张三,转账备注:3月党费,收入,¥30.00,1001
2026-03-06 09:12:33,转账,赵六,转账备注:党费,收入,¥15.50,1002
2026-03-07 09:12:33,转账,*七,转账备注:党费,收入,¥20.00,1003
"""


@dataclass
class Chat:
    """The third branch, with a bot to talk to."""

    branch: DuesBranch
    core: Core
    seal: TextSeal
    heard: list[Delivered] = field(default_factory=list)
    said: int = 0

    def say(self, name: str, text: str) -> str:
        """Deliver a private message and return the answer."""
        self.said += 1
        message = Incoming(SPACE, SPACE, f"m{self.said}", None, name, self.branch.world.now, text)
        answer = self.core.pipeline.receive(message).text
        self.core.turn()
        return answer or ""

    def told(self, name: str) -> list[str]:
        """Return what somebody was told privately."""
        return [each.text for each in self.heard if each.address == name]


@pytest.fixture
def chat(database: Database) -> Chat:
    """Return the branch in March."""
    branch = DuesBranch(World(database))
    branch.payer("张三"), branch.payer("赵六", 1550)
    seal, heard = TextSeal(AESGCM.generate_key(256)), list[Delivered]()
    core = build_core(
        database=database,
        clock=branch.world.clock,
        seal=seal,
        routes=ROUTES,
        senders={SPACE: Simulator(SPACE, heard.append)},
    )
    return Chat(branch, core, seal, heard)


def test_a_bill_is_confirmed_by_the_organiser_in_chat(chat: Chat, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_text(BILL, encoding="utf-8")
    payments = read_bill(path, months_named).payments
    branch = chat.branch
    branch.do(
        lambda s: dues_bills.propose_for(s, payments, unit=None, by=OPERATOR, now=branch.world.now)
    )

    refused = chat.say("张三", "核对账单")
    shown = chat.say("王组织", "核对账单")
    done = chat.say("王组织", "确认2")
    rest = chat.say("王组织", "核对账单")
    seen = chat.say("王组织", "账单已看")

    assert "要由本支部书记或组织委员来做" in refused
    assert shown == (
        "账单里对上的：\n张三 3月 30元（3月5日到账）\n"
        "赵六 1月 15.5元（3月6日到账，月份按金额推的）\n"
        "没对上的1笔，请对着账单看：\n3月7日 20元：对方名字不全\n看过了回复 账单已看\n"
        "共2人2笔，45.5元。回复 确认2 记账，回复 取消 作罢"
    )
    assert done == "✓ 已核对2人，共45.5元。有账号的会收到回执。"
    assert chat.told("赵六") == ["已核对：1月党费15.5元，收据号 2026-0002。谢谢您。——第三党支部"]
    assert rest.startswith("账单里没有能对上的。")
    assert seen == "✓ 已去掉1笔，没有记账。"
    assert chat.say("王组织", "核对账单").startswith("没有等着核对的账单")


def test_one_member_of_a_bill_is_confirmed_and_another_put_aside(
    chat: Chat, tmp_path: Path
) -> None:
    path = tmp_path / "bill.csv"
    path.write_text(BILL, encoding="utf-8")
    payments, branch = read_bill(path, months_named).payments, chat.branch
    branch.do(
        lambda s: dues_bills.propose_for(s, payments, unit=None, by=OPERATOR, now=branch.world.now)
    )

    aside = chat.say("王组织", "账单不对 赵六")
    shown = chat.say("王组织", "核对账单 张三")

    assert aside == "✓ 已去掉1笔，没有记账。"
    assert "张三 3月 30元" in shown
    assert "赵六" not in shown


def test_a_base_is_worked_with_and_kept_nowhere(chat: Chat) -> None:
    answers = [
        chat.say("王组织", "核定 张三 工资 6789 4月起 工资调整"),
        chat.say("王组织", "确认"),
        chat.say("张三", "算党费 工资 6789"),
        chat.say("张三", "我工资6789，党费多少"),
        chat.say("王组织", "核定 张三 工资 6789.5"),
    ]

    kept = "".join(answers)
    with chat.branch.world.database.reading() as session:
        for model in (AuditLine, DoneAction, DuesAssessment, Outbox, Prompt, UnreadWording):
            kept += str(session.execute(select(*model.__table__.columns)).all())
        rows = session.scalars(select(Inbound)).all()
        kept += "".join(row.answer or "" for row in rows)
        kept += "".join(chat.seal.open(row.sealed_text) or "" for row in rows if row.sealed_text)
    assert "101.84元" in answers[0]  # 1.5 %, half a fen up
    assert "已核定" in answers[1]
    assert "6789" not in kept


def test_months_over_half_a_year_go_to_the_secretary(chat: Chat) -> None:
    chat.branch.world.clock.set(at(date(2026, 8, 3), 9))

    answer = chat.say("赵六", "补交1月党费15.5")
    too_early = chat.say("赵六", "补交2025年12月党费15.5")
    shown = chat.say("李书记", "确认党费 赵六 2026年1月")

    assert answer == "1月的党费补交超过6个月，要由书记登记，已替您告诉李书记。"
    assert "请告诉书记" in too_early  # before the amount was settled: nothing to hand on
    [told] = [text for text in chat.told("李书记") if "想补交" in text]
    assert told.endswith("收到钱以后回复：确认党费 赵六 2026年1月")
    assert "赵六 1月 15.5元" in shown


def test_the_street_hears_of_a_large_extra_and_not_whose_it_is(chat: Chat) -> None:
    chat.branch.world.member("周专干", None, Role.OFFICER)

    chat.say("张三", "自愿多交 1000")
    chat.say("王组织", "确认党费 全部")
    done = chat.say("王组织", "确认1")

    assert "已告诉街道党务专干" in done
    [told] = chat.told("周专干")
    assert "第三党支部" in told
    assert "1000元" in told
    assert "张三" not in told
