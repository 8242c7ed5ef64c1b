"""How people write and read reminder ladders: 10日、25日, 第30、60天, 提前7天、3天."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.errors import DomainError
from bot.domain.ladders import BACKWARDS, LADDERS, MONTH_END, Base, Ladder, mistake_in
from bot.domain.wording import day_words

LAST_DAY = "月末"
THE_DAY = "当天"
OFF, RESTORED = "不提醒", "恢复"
_MAX_WORDS, _MAX_SETTLED = 60, 40
_FURTHEST = timedelta(days=366)
_EXAMPLES: dict[Base, str] = {
    Base.MONTH: "10日、25日",
    Base.QUARTER: "第30、60天",
    Base.NEXT_MONTH: "5日",
    Base.YEAR: "9月1日、11月1日",
    Base.BEFORE: "提前10天、3天",
    Base.AFTER: "{after}第1、3天",
    Base.MONTHS_BEFORE: "提前12、6个月",
}
_PREFIX = re.compile(
    r"(?:每个?月|每个?季度?|每年|下个?月|次月|当月|提前|活动日前|会后|会前|说完后|空缺后|过期后)+"
)
_ONE: dict[Base, str] = {
    Base.MONTH: rf"(\d{{1,2}})[日号]?|{LAST_DAY}|月底|最后一天",
    Base.QUARTER: r"第?(\d{1,2})天?",
    Base.NEXT_MONTH: r"(\d{1,2})[日号]?",
    Base.YEAR: r"(\d{1,2})月(\d{1,2})[日号]?",
    Base.BEFORE: rf"前?(\d{{1,2}})天?|{THE_DAY}",
    Base.AFTER: r"第?(\d{1,2})天?",
    Base.MONTHS_BEFORE: r"前?(\d{1,2})(?:个?月)?",
}
_LATE = re.compile(r"月底前(\d{1,2})天")
_ABOVE = re.compile(r"(?:过期|逾期)(\d{1,2})天后?(?:告诉|报给?|通知)上级")
_NO_ABOVE = re.compile(r"不(?:告诉|报|通知)上级")
_SINCE = re.compile(r"从?(\d{1,2})月(\d{1,2})[日号]起")
_OFF = frozenset((OFF, "不要提醒", "不用提醒", "关闭"))
_RESTORE = frozenset((RESTORED, "恢复默认", "照上级", "按上级", "照默认"))


class BadLadder(DomainError):
    """Days nobody can be reminded on, or not so; says what would be right."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants of a ladder.

    Attributes:
        days: None leaves them as they are.
        restored: Settle nothing any more: what holds above holds again.
        since: The Shanghai day it holds from; None for today.
    """

    decided_by: str
    days: tuple[int, ...] | None = None
    late: int | None = None
    above: int | None = None
    off: bool = False
    restored: bool = False
    since: date | None = None
    reason: str = ""


def ladder_words(ladder: Ladder) -> str:
    """Return a ladder as people read it: `每月20日、27日`."""
    parts = [OFF if ladder.off else days_words(ladder)]
    if ladder.late is not None and not ladder.off:
        parts.append(f"月底前{ladder.late}天")
    if ladder.above is not None:
        parts.append(f"过期{ladder.above}天告诉上级" if ladder.above else "不告诉上级")
    return "，".join(parts)


def days_words(ladder: Ladder) -> str:
    """Return the days of a ladder, in words that are understood as well."""
    days, base = ladder.days, ladder.base
    if base is Base.QUARTER:
        return f"每季度第{'、'.join(map(str, days))}天"
    if base is Base.YEAR:
        return "每年" + "、".join(f"{number // 100}月{number % 100}日" for number in days)
    if base is Base.BEFORE:
        return "提前" + "、".join(f"{number}天" if number else THE_DAY for number in days)
    if base is Base.MONTHS_BEFORE:
        return "提前" + "、".join(map(str, days)) + "个月"
    if base is Base.AFTER:
        return f"{ladder.after}第{'、'.join(map(str, days))}天"
    of_month = "、".join(_day_of_month(number, base) for number in days)
    return f"{'每月' if base is Base.MONTH else '下月'}{of_month}"


def order_for(ladder: Ladder, rest: str = "支委会决定") -> str:
    """Return an order that changes a ladder, to be copied."""
    return f"提醒设置 {ladder.title} {_EXAMPLES[ladder.base].format(after=ladder.after)} {rest}"


def read_order(ladder: Ladder, text: str, today: date) -> Order:
    """Read what somebody wants of a ladder (10日、25日 支委会决定 原因 …).

    Args:
        ladder: The one in force; its base says how days are written.
        today: The Shanghai day; a day without a year is the next such day.

    Raises:
        BadLadder: With an order that would be right.
    """
    text, _, reason = (part.strip(" ，。；:") for part in text.partition("原因"))
    since, text = _since(ladder, text, today)
    words = [word for word in re.split(r"[\s，。；]+", text) if word]
    days: list[int] = []
    found: dict[str, int] = {}
    off = restored = False
    while words:
        word = words[0]
        of_word = _days(ladder.base, word)
        if of_word is not None and not off:
            days += of_word
        elif late := _LATE.fullmatch(word):
            found["late"] = int(late[1])
        elif above := _ABOVE.fullmatch(word):
            found["above"] = int(above[1])
        elif _NO_ABOVE.fullmatch(word):
            found["above"] = 0
        elif word in _OFF:
            off = True
        elif word in _RESTORE:
            restored = True
        else:
            break
        words.pop(0)
    if not (days or found or off or restored):
        raise BadLadder(f"没看懂{ladder.title}哪几天提醒。请这样写：{order_for(ladder)}")
    order = Order(
        decided_by="".join(words).strip(":、"),
        days=tuple(sorted(set(days), reverse=ladder.base in BACKWARDS)) if days else None,
        off=off,
        restored=restored,
        since=since,
        reason=reason,
        **found,
    )
    _check(ladder, order)
    return order


def _check(ladder: Ladder, order: Order) -> None:
    example = order_for(ladder)
    mistake = None if order.days is None else mistake_in(ladder, order.days)
    if mistake is not None:
        raise BadLadder(f"{ladder.title}的提醒{mistake}。例如：{example}")
    if order.late is not None and LADDERS[ladder.rule][0].late is None:
        raise BadLadder(f"{ladder.title}没有月底这一次。例如：{example}")
    if order.above is not None and ladder.above is None:
        raise BadLadder(f"{ladder.title}的提醒不告诉上级，不用设置。")
    if order.above is not None and order.above > 60:
        raise BadLadder("过期几天告诉上级，写60以内的数。")
    if order.late is not None and order.late > 15:
        raise BadLadder("月底前几天，写15以内的数。")
    if len(order.decided_by) < 2:
        raise BadLadder(f"请写明是谁定的，例如：{example}")
    if len(order.decided_by) > _MAX_SETTLED or len(order.reason) > _MAX_WORDS:
        raise BadLadder(f"谁定的写{_MAX_SETTLED}字以内，原因写{_MAX_WORDS}字以内，请缩短。")
    if order.off and len(order.reason) < 2:
        example = f"提醒设置 {ladder.title} {OFF} 支委会决定 原因 由社区统一安排"
        raise BadLadder(f"不提醒要写明原因，例如：{example}")


def _since(ladder: Ladder, text: str, today: date) -> tuple[date | None, str]:
    found = _SINCE.search(text)
    if found is None:
        return None, text
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    month, day = int(found[1]), int(found[2])
    for year in (today.year, today.year + 1):
        try:
            since = date(year, month, day)
        except ValueError:
            continue
        if since >= today:
            if since - today > _FURTHEST / 2:
                break
            return since, rest
    raise BadLadder(
        f"从今天（{day_words(today)}）或以后半年里的一天起算，以前的按以前的算。"
        f"例如：{order_for(ladder)}"
    )


def _days(base: Base, word: str) -> list[int] | None:
    """Return the numbers a word stands for, or None where it is no days."""
    found = []
    rest = _PREFIX.sub("", word, count=1) if _PREFIX.match(word) else word
    for part in re.split("[、,，和]", rest):
        match = re.fullmatch(_ONE[base], _PREFIX.sub("", part) or part)
        if match is None:
            return None
        numbers = [int(number) for number in match.groups() if number]
        if base is Base.YEAR:
            found.append(numbers[0] * 100 + numbers[1])
        else:
            found.append(numbers[0] if numbers else 0 if base is Base.BEFORE else MONTH_END)
    return found


def _day_of_month(number: int, base: Base) -> str:
    return LAST_DAY if number == MONTH_END and base is Base.MONTH else f"{number}日"
