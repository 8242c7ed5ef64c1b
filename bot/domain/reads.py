"""Reading what members in general may not: what kind of data it is, and when it may be forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain import regulations
from bot.domain.errors import DomainError


class Seen(Enum):
    """What kind of data somebody has read; the value is what people are told."""

    ATTENDANCE = "到会名单"
    LEAVE = "请假和原因"
    DUES = "党费"
    STUDY = "学习情况"
    RECEIPTS = "通知回复"
    SIGNUPS = "报名名单"
    ROLL = "名册"
    MOVEMENTS = "名册变动和组织关系"
    DEVELOPMENT = "发展党员登记"
    FILES = "党员档案登记"
    CHAINS = "接龙名单"
    MINUTES = "会议纪要"
    READS = "查阅记录"
    REPORT = "年报和明细"
    EVERYTHING = "全部个人数据"


class Ground(Enum):
    """What allows a member's traces to be made anonymous."""

    KEPT_LONG_ENOUGH = "保存期已满"
    ASKED = "本人或家属要求"


class StillNeeded(DomainError):
    """The records of somebody cannot be made anonymous (yet)."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """How somebody stands who may be forgotten.

    Attributes:
        left_on: The Shanghai day from which on no branch has him; None while one has.
        is_open: A letter, a declaration or a payment of his still waits for somebody.
    """

    name: str
    left_on: date | None
    is_open: bool = False


def check_may_forget(leaving: Leaving, ground: Ground, today: date) -> None:
    """Refuse unless somebody's traces may be made anonymous on this day.

    Who is still on a roll cannot be: attendance and dues are duties of membership, and the records
    are needed for them. Consent withdrawn meanwhile ends the account, not the record.

    Raises:
        StillNeeded: Says why, and what can be done instead.

    Source:
        privacy.kept_after_leaving
    """
    name = leaving.name
    if leaving.left_on is None or leaving.left_on > today:
        raise StillNeeded(
            f"{name}还在名册上，他的记录还要用，不能匿名。"
            f"他不想再用小助手的，发 解除绑定 {name}；不想要的别名，发 取消别名 加上别名。"
        )
    if leaving.is_open:
        raise StillNeeded(
            f"{name}还有没办完的事（介绍信、待核对的党费，或一天内刚登记的变动），请先办完再匿名。"
        )
    until = kept_until(leaving.left_on, today)
    if ground is Ground.KEPT_LONG_ENOUGH and today < until:
        raise StillNeeded(
            f"{name}的记录要保存到{until.year}年{until.month}月{until.day}日。"
            f"本人或家属要求提前的，请写明：匿名 {name} 本人要求 原因"
        )


def kept_until(left_on: date, today: date) -> date:
    """Return the first day on which the records of somebody who has left need not be kept.

    Source:
        privacy.kept_after_leaving
    """
    years = regulations.number("privacy.kept_after_leaving", today)
    try:
        return left_on.replace(year=left_on.year + years)
    except ValueError:  # 29 February
        return left_on.replace(year=left_on.year + years, month=3, day=1)
