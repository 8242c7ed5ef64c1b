"""`import` and `export`: ledgers from and to spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.opening import Refused, config_option, first_lines, load_config, opened
from bot.cli.progress import watching
from bot.cli.words import Command

if TYPE_CHECKING:
    from bot.config import Config
    from bot.services.dues_bills import Proposed
    from bot.services.importing import Ledger, Outcome

# Written out, since the registry takes its time to load; a test compares the two.
BOTH_WAYS = {
    "units": "组织",
    "roster": "名册",
    "memberships": "归属历史",
    "posts": "职务",
    "policies": "规定",
    "aliases": "别名",
    "wordings": "说法",
    "opening": "期初",
    "assessments": "党费核定",
    "dues": "党费台账",
    "series": "系列会议",
    "meetings": "会议",
    "programmes": "学习计划名录",
    "study": "学习计划",
    "materials": "学习资料",
    "quizzes": "答题",
    "signups": "报名",
    "attendance": "出勤",
    "stated_counts": "到会人数",
    "decisions": "表决",
    "minutes": "会议记录",
    "studied": "自学登记",
    "open_items": "待办和问题",
    "transfers": "组织关系介绍信",
}
ONLY_OUT = {
    "remittances": "上缴党费",
    "publications": "公示党费",
    "issue_publications": "公示整改",
    "roll_changes": "名册变动",
    "unit_changes": "组织变动",
    "meeting_changes": "会议变动",
    "notices": "通知",
    "receipts": "通知回执",
    "groups": "聊天群",
    "sent": "发送记录",
    "reads": "查阅记录",
    "audit": "留痕",
}


def _listed(ledgers: Mapping[str, str]) -> str:
    return "、".join(f"{name}（{title}）" for name, title in ledgers.items())


def _in_lines(ledgers: Mapping[str, str]) -> str:
    """Return ledgers for a help text, four a line."""
    names = list(ledgers)
    parts = [{name: ledgers[name] for name in names[at : at + 4]} for at in range(0, len(names), 4)]
    return "、\n".join(_listed(part) for part in parts)


_IMPORT_HELP = f"""从表格导入台账，逐行告诉您哪里要改。

台账：{_in_lines(BOTH_WAYS)}。

文件是 .xlsx 或 .csv，按列名对应，顺序不限。有一处不对就一行也不写，
并逐行说明怎么改。同一份表可以反复导入，没有变化的行不会动。
空表和填写说明：zhibu export 台账 --empty -o 文件

bills（微信、支付宝或银行的账单，加 --unit 支部）只列出对得上的，等组织委员在
聊天里发 核对账单 确认；账单本身不保存。
"""
_EXPORT_HELP = f"""把台账导出成表格，可以原样再导入。

台账：{_in_lines(BOTH_WAYS)}。
只能导出的：{_in_lines(ONLY_OUT)}。

有日期的台账可以只导出一段时间；组织、名册、归属历史、别名、期初、聊天群没有时段。
每次导出都留痕，文件上有谁在什么时候导出。

member 加姓名或编号：这一位党员在所有台账里的全部记录，一本台账一张表，
别人的姓名只写职务。例如 zhibu export member 张三 -o 张三.xlsx
"""
_YEAR = re.compile(r"(20\d\d)年?")
_MONTH = re.compile(r"(20\d\d)[-./年](0?[1-9]|1[0-2])月?")
_BILLS = "bills"
_MEMBER = "member"


class _Day(click.ParamType[date]):
    """A day, a month or a year: its first day, or its last."""

    name = "day"

    def __init__(self, *, is_end: bool = False) -> None:
        self._is_end = is_end

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return a day."""
        from bot.domain.periods import Month
        from bot.services.importing.cells import read_day

        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # click converts defaults again
        if year := _YEAR.fullmatch(value):
            first, last = Month(int(year[1]), 1), Month(int(year[1]), 12)
        elif month := _MONTH.fullmatch(value):
            first = last = Month(int(month[1]), int(month[2]))
        elif (day := read_day(value)) is not None:
            return day
        else:
            self.fail("应是日期，如 2026-01-15、2026-01 或 2026。", param, ctx)
        return last.last if self._is_end else first.first


@click.command(
    "import",
    cls=Command,
    help=_IMPORT_HELP,
    epilog="zhibu import roster 名册.xlsx --dry-run",
)
@click.argument("ledger", metavar="台账")
@click.argument("file", metavar="文件")
@click.option("--dry-run", is_flag=True, help="只看会改什么，不写入")
@click.option("--unit", metavar="支部", help="账单是哪个支部的（只用于 bills）")
@config_option
def import_(ledger: str, file: str, dry_run: bool, unit: str | None) -> None:
    """Import a ledger from a file."""
    if ledger == _BILLS:
        _import_bill(Path(file), unit, dry_run=dry_run)
        return
    from bot.clock import SystemClock
    from bot.services import importing
    from bot.services.officers import OPERATOR

    found, config = _ledger(ledger), load_config()
    now = SystemClock().now()
    source = importing.Source(OPERATOR, now, account_spaces(config), _lesson_check(ledger, now))
    # The file is read before the transaction begins: on SQLite nobody else can write meanwhile.
    with (
        opened(config) as database,
        watching() as watch,
        importing.stage_file(Path(file), found, source, watch) as staged,
        database.writing() as session,
    ):
        outcome = importing.run_staged(session, found, staged, source)
        if dry_run:
            session.rollback()
    click.echo(outcome_text(found, outcome, dry_run=dry_run))


@click.command(
    cls=Command,
    help=_EXPORT_HELP,
    epilog="""zhibu export roster -o 名册.xlsx
    zhibu export dues --from 2026-01 --to 2026-03 -o 一季度党费.xlsx
    zhibu export opening --empty -o 期初.xlsx""",
)
@click.argument("ledger", metavar="台账")
@click.argument("who", metavar="[姓名或编号]", required=False)
@click.option("-o", "--output", metavar="文件", required=True, help="写到哪个 .xlsx 或 .csv")
@click.option("--from", "first", type=_Day(), metavar="日期", help="从哪天、哪个月或哪年起")
@click.option(
    "--to", "last", type=_Day(is_end=True), metavar="日期", help="到哪天、哪个月或哪年为止，含在内"
)
@click.option("--empty", is_flag=True, help="只要一张空表，附填写说明")
@config_option
def export(ledger: str, who: str | None, output: str, first: Any, last: Any, empty: bool) -> None:
    """Export a ledger to a file."""
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
    if first and last and last < first:
        raise Refused("--to 比 --from 还早，请核对日期。")
    config = load_config()
    spaces = account_spaces(config)
    request = exporting.Request(OPERATOR, SystemClock().now(), spaces, first, last)
    with opened(config, may_create=False) as database, watching() as watch:
        watch.begin("导出", None)
        with database.reading() as session:
            count = exporting.write_file(session, found, path, request, watch)
        with database.writing() as session:
            exporting.record(session, found, request, count)
    click.echo(f"{found.title}{count}行已写到 {path}。里面有个人信息，请妥善保管。")


def _lesson_check(ledger: str, now: datetime) -> Callable[[str, str], None] | None:
    """Return what tests a wording as the chat does; it is slow to load, and only they need it."""
    if ledger != "wordings":
        return None
    import handlers
    from bot.inbound.teaching import check_lesson

    return lambda wording, target: check_lesson(wording, target, handlers.INTENTS, now)


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
    click.echo("\n".join(bill_lines(done, bill.skipped, bill.problems, dry_run=dry_run)))


def bill_lines(
    done: Proposed, skipped: int, problems: Sequence[str] = (), *, dry_run: bool
) -> list[str]:
    """Return what became of a bill, for a terminal."""
    from bot.domain.dues_bills import WHY_WORDS

    head = "预演（没有写入）" if dry_run else "导入完成"
    lines = [
        f"{head}：对上{done.new}笔，没对上{len(done.unclear)}笔，以前导入过{done.known}笔，"
        f"不是收入的{skipped}行没有用。"
    ]
    lines += first_lines([f"第{line}行：{WHY_WORDS[why]}" for line, why in done.unclear])
    if problems:
        lines.append(f"看不懂的{len(problems)}行没有用，改好以后再导入一次，别的不会重复：")
        lines += first_lines(problems)
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

    titled = {ledger.title: ledger for ledger in LEDGERS.values()}
    found = LEDGERS.get(name) or titled.get(name)
    if found is None:
        raise click.BadParameter(
            f"可以是 {_listed({**BOTH_WAYS, **ONLY_OUT})}。导入账单写 bills。",
            param=click.Argument(["ledger"], metavar="台账"),
        )
    return found
