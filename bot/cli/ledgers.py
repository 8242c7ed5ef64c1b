"""`import` and `export`: ledgers from and to spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.opening import config_option, first_lines, load_config, opened
from bot.cli.words import Command

if TYPE_CHECKING:
    from bot.config import Config
    from bot.services.importing import Ledger, Outcome

_LEDGERS = "units（组织）、roster（名册）"


@click.command("import", cls=Command, epilog="zhibu import roster 名册.xlsx --dry-run")
@click.argument("ledger", metavar="台账")
@click.argument("file", metavar="文件")
@click.option("--dry-run", is_flag=True, help="只看会改什么，不写入")
@config_option
def import_(ledger: str, file: str, dry_run: bool) -> None:
    """从表格导入：units（组织）、roster（名册）。

    文件是 .xlsx 或 .csv，按列名对应，顺序不限。有一处不对就一行也不写，
    并逐行说明怎么改。同一份表可以反复导入，没有变化的行不会动。
    """
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
@click.option("-o", "--output", metavar="文件", required=True, help="写到哪个 .xlsx 或 .csv")
@click.option("--empty", is_flag=True, help="只要一张空表，附填写说明")
@config_option
def export(ledger: str, output: str, empty: bool) -> None:
    """导出成表格：units（组织）、roster（名册）。导出的文件可以原样再导入。"""
    from bot.clock import SystemClock
    from bot.services import exporting
    from bot.services.officers import OPERATOR

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
            f"可以是 {_LEDGERS}。", param=click.Argument(["ledger"], metavar="台账")
        )
    return found
