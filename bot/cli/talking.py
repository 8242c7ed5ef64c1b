"""`plan`, `parse`, `play`: what the bot would say, and how it understands."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.opening import Refused, config_option, load_config, opened
from bot.cli.words import Command

if TYPE_CHECKING:
    from bot.services.ports import PlannedReminder

_LONGEST_NUMBER = 100  # digits
_INSTANT = timedelta(microseconds=1)
_REASON = ("source", "facts", "ends_when", "seen_by")


class Moment(click.ParamType[datetime | date]):
    """A day such as 2026-03-01, or a moment such as 2026-03-01T09:00."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | date:
        """Return a day, or an aware moment."""
        from bot.clock import SHANGHAI

        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # click converts defaults again
        try:
            if len(value) == len("2026-03-01"):
                return date.fromisoformat(value)
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("应是日期，如 2026-03-01。", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


@click.command(cls=Command, epilog="zhibu plan --from 2026-03-01 --to 2026-03-31 --unit 第三党支部")
@click.option("--from", "after", type=Moment(), required=True, metavar="日期", help="从哪天起")
@click.option(
    "--to", "until", type=Moment(), required=True, metavar="日期", help="到哪天为止，含当天"
)
@click.option("--unit", metavar="组织", help="只看一个组织的")
@click.option("--json", "as_json", is_flag=True, help="每行一个 JSON 对象")
@config_option
def plan(after: Any, until: Any, unit: str | None, as_json: bool) -> None:
    """提醒日历：这段时间会给谁发什么、为什么。只看，不写，也不发。"""
    from bot import main
    from bot.clock import at

    first = after if isinstance(after, datetime) else at(after) - _INSTANT
    last = until if isinstance(until, datetime) else at(until + timedelta(days=1))
    if last - first <= _INSTANT:
        raise Refused("--to 要晚于 --from。")
    config = load_config()
    with opened(config):
        pass
    app = main.build(config)
    try:
        reminders = list(app.core.planner.plan(first, last, unit=unit))
    finally:
        app.core.database.close()
    for line in json_lines(reminders) if as_json else text_lines(reminders):
        click.echo(line)


@click.command(cls=Command, epilog="zhibu parse < 消息.jsonl > 结果.jsonl")
def parse() -> None:
    """看懂消息：标准输入每行一个 JSON，标准输出每行一个结果；不用数据库。"""
    import handlers
    from bot.inbound.parse import parse_line

    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # a real text stream
    for number, text in enumerate(sys.stdin, start=1):
        if text.strip():
            answer = parse_line(json_object(text, number), handlers.INTENTS)
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def json_object(text: str, number: int) -> dict[str, Any]:
    """Read one line as a JSON object.

    Raises:
        Refused: It is none.
    """
    try:
        line = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):
        line = None
    if not isinstance(line, dict):
        raise Refused(f"第{number}行不是 JSON 对象。")
    return line


def _whole(digits: str) -> int | float:
    """Read a whole number of any length; Python refuses to read thousands of digits."""
    return int(digits) if len(digits) < _LONGEST_NUMBER else float("inf")


@click.command(cls=Command, epilog="zhibu play tests/scenarios/签到.chat")
@click.argument("file", metavar="文件")
def play(file: str) -> None:
    """照剧本演一遍：读 .chat 文件，在空的数据库上对话，打印全文。"""
    from bot import play as player

    path = Path(file)
    if not path.is_file():
        raise Refused(f"没有 {path} 这个文件。")
    click.echo(player.play(path), nl=False)


def json_lines(reminders: Iterable[PlannedReminder]) -> Iterator[str]:
    """Yield one JSON object a reminder."""
    for reminder in reminders:
        line = {
            "at": reminder.at.isoformat(),
            "rule": reminder.rule,
            "slot": reminder.slot,
            "subject": reminder.subject,
            "to": reminder.to,
            "text": reminder.text,
            "reason": {key: reminder.reason.get(key) for key in _REASON},
        }
        yield json.dumps(line, ensure_ascii=False)


def text_lines(reminders: Iterable[PlannedReminder]) -> Iterator[str]:
    """Yield the reminders for people, by day, each day with its count."""
    total = 0
    for day, found in groupby(reminders, key=lambda reminder: reminder.at.date()):
        of_day = list(found)
        total += len(of_day)
        yield f"{day}  共{len(of_day)}条"
        for reminder in of_day:
            yield f"  {reminder_line(reminder)}"
    yield f"合计{total}条。" if total else "这段时间没有提醒。"


def reminder_line(reminder: PlannedReminder) -> str:
    """Return `03-15（周日）09:07 李建国 ← 第三党支部……〔共3次，这是第1次（本产品设定）〕`."""
    from bot.domain.wording import weekday

    at, to = reminder.at, reminder.to
    unit = f"（{to['unit']}）" if to.get("unit") else ""
    who = f"{to['chat']}的群" if "chat" in to else f"{to.get('name', to.get('member'))}{unit}"
    text = " ".join(reminder.text.split("\n"))
    return f"{at:%m-%d}（{weekday(at.date())}）{at:%H:%M} {who} ← {text}{_rungs(reminder)}"


def _rungs(reminder: PlannedReminder) -> str:
    """Return the how manieth reminder of its ladder it is, and who settled the days."""
    facts = reminder.reason.get("facts")
    several = facts if isinstance(facts, list) else [facts]
    kept = [one["rung"] for one in several if isinstance(one, dict) and "rung" in one]
    rungs = dict.fromkeys(map(str, kept))
    return f"〔{'；'.join(rungs)}〕" if rungs else ""
