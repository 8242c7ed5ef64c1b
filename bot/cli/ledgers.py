"""`import` and `export`: ledgers from and to spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.opening import config_option, first_lines, load_config, opened
from bot.cli.words import Command

if TYPE_CHECKING:
    from bot.config import Config
    from bot.services.dues_bills import Proposed
    from bot.services.importing import Ledger, Outcome

_LEDGERS = "units（组织）、roster（名册）、assessments（党费核定）、dues（党费台账）、study（学习计划）、attendance（出勤）"
_BILLS = "bills"
_MEMBER = "member"


@click.command("import", cls=Command, epilog="zhibu import roster 名册.xlsx --dry-run")
@click.argument("ledger", metavar="台账")
@click.argument("file", metavar="文件")
@click.option("--dry-run", is_flag=True, help="只看会改什么，不写入")
@click.option("--unit", metavar="支部", help="账单是哪个支部的（只用于 bills）")
@config_option
def import_(ledger: str, file: str, dry_run: bool, unit: str | None) -> None:
    """从表格导入：units（组织）、roster（名册）、assessments（党费核定）、dues（党费台账）、study（学习计划）、attendance（出勤）。

    文件是 .xlsx 或 .csv，按列名对应，顺序不限。有一处不对就一行也不写，
    并逐行说明怎么改。同一份表可以反复导入，没有变化的行不会动。

    bills（微信、支付宝或银行的账单，加 --unit 支部）只列出对得上的，等组织委员在
    聊天里发 核对账单 确认；账单本身不保存。
    """
    if ledger == _BILLS:
        _import_bill(Path(file), unit, dry_run=dry_run)
        return
    from bot.clock import SystemClock
    from bot.services import importing
    from bot.services.officers import OPERATOR

    found, config = _ledger(ledger), load_config()
    source = importing.Source(OPERATOR, SystemClock().now(), account_spaces(config))
    with opened(config) as database, database.writing() as session:
        outcome = importing.run_file(session, found, Path(file), source)
        if dry_run:
            session.rollback()
    click.echo(outcome_text(found, outcome, dry_run=dry_run))


@click.command(cls=Command, epilog="zhibu export roster -o 名册.xlsx")
@click.argument("ledger", metavar="台账")
@click.argument("who", metavar="[姓名或编号]", required=False)
@click.option("-o", "--output", metavar="文件", required=True, help="写到哪个 .xlsx 或 .csv")
@click.option("--empty", is_flag=True, help="只要一张空表，附填写说明")
@config_option
def export(ledger: str, who: str | None, output: str, empty: bool) -> None:
    """导出成表格：units、roster、assessments（党费核定）、dues（党费台账）、study（学习计划）、attendance（出勤）。

    导出的文件可以原样再导入。每次导出都留痕，文件上有谁在什么时候导出。

    member 加姓名或编号：这一位党员在所有台账里的全部记录，一本台账一张表，
    别人的姓名只写职务。例如 zhibu export member 张三 -o 张三.xlsx
    """
    from bot.clock import SystemClock
    from bot.services import exporting
    from bot.services.officers import OPERATOR

    if ledger == _MEMBER:
        _export_member(who, Path(output))
        return
    if who is not None:
        raise click.UsageError("只有 member 后面写姓名，例如 export member 张三 -o 张三.xlsx")
    found, path = _ledger(ledger), Path(output)
    if empty:
        exporting.empty_form(found, path)
        click.echo(f"空表已写到 {path}。填好后运行：zhibu import {found.name} {path} --dry-run")
        return
    config = load_config()
    request = exporting.Request(OPERATOR, SystemClock().now(), account_spaces(config))
    with opened(config, may_create=False) as database, database.writing() as session:
        count = exporting.run_file(session, found, path, request)
    click.echo(f"{found.title}{count}行已写到 {path}。里面有个人信息，请妥善保管。")


def _export_member(who: str | None, path: Path) -> None:
    """Write everything about one member."""
    from bot.clock import SystemClock
    from bot.services.exporting import Request, member
    from bot.services.officers import OPERATOR

    if who is None:
        raise click.UsageError("请写是谁，例如 export member 张三 -o 张三.xlsx")
    request = Request(OPERATOR, SystemClock().now())
    with opened(load_config(), may_create=False) as database, database.writing() as session:
        member_id, name = member.find_member(session, who)
        count = member.run_file(session, member_id, path, request)
    click.echo(f"{name}的记录{count}条已写到 {path}。里面有个人信息，请只交给本人。")


def _import_bill(path: Path, unit: str | None, *, dry_run: bool) -> None:
    """Propose what the payments of a bill file are; nothing is confirmed."""
    from bot.clock import SystemClock
    from bot.inbound.dues_orders import months_named
    from bot.services import dues_bills
    from bot.services.importing.bills import read_bill
    from bot.services.officers import OPERATOR

    bill = read_bill(path, months_named)
    with opened(load_config(), may_create=False) as database, database.writing() as session:
        done = dues_bills.propose_for(
            session, bill.payments, unit=unit, by=OPERATOR, now=SystemClock().now()
        )
        if dry_run:
            session.rollback()
    click.echo("\n".join(bill_lines(done, bill.skipped, dry_run=dry_run)))


def bill_lines(done: Proposed, skipped: int, *, dry_run: bool) -> list[str]:
    """Return what became of a bill, for a terminal."""
    from bot.domain.dues_bills import WHY_WORDS

    head = "预演（没有写入）" if dry_run else "导入完成"
    lines = [
        f"{head}：对上{done.new}笔，没对上{len(done.unclear)}笔，以前导入过{done.known}笔，"
        f"不是收入的{skipped}行没有用。"
    ]
    lines += first_lines([f"第{line}行：{WHY_WORDS[why]}" for line, why in done.unclear])
    if done.new and not dry_run:
        lines.append("什么都还没有记账。请组织委员在聊天里发 核对账单 确认。")
    return lines


def account_spaces(config: Config) -> dict[str, str]:
    """Return the account space that each account column of a roster means.

    A column means the first channel of its platform.
    """
    from bot.config import OfficialAccountConfig, WecomAppConfig, WecomRobotConfig
    from bot.services.importing.roster_rows import OFFICIAL, WECOM

    spaces: dict[str, str] = {}
    for channel in config.channels:
        if isinstance(channel, (WecomAppConfig, WecomRobotConfig)):
            spaces.setdefault(WECOM, f"wecom:{channel.corp_id}")
        elif isinstance(channel, OfficialAccountConfig):
            spaces.setdefault(OFFICIAL, f"oa:{channel.app_id}")
    return spaces


def outcome_text(ledger: Ledger, outcome: Outcome, *, dry_run: bool) -> str:
    """Return what an import did, or would do, for a terminal."""
    head = "预演（没有写入）" if dry_run else "导入完成"
    lines = [
        f"{head}：{ledger.title}新增{outcome.added}，"
        f"修改{outcome.changed}，不变{outcome.unchanged}。"
    ]
    if outcome.created_units:
        lines.append(f"新建组织{len(outcome.created_units)}个：{'、'.join(outcome.created_units)}")
    lines += first_lines(outcome.changes)
    lines += [f"注意：{note}" for note in outcome.notes]
    if dry_run:
        lines.append("没有问题就去掉 --dry-run 再运行一次。")
    return "\n".join(lines)


def _ledger(name: str) -> Ledger:
    from bot.services.importing import LEDGERS

    found = LEDGERS.get(name)
    if found is None:
        raise click.BadParameter(
            f"可以是 {_LEDGERS}。导入账单写 bills。",
            param=click.Argument(["ledger"], metavar="台账"),
        )
    return found
