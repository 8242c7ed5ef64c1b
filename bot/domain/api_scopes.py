"""What a token of the HTTP API may be used for; it narrows what its owner may do, never widens it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum

from bot.domain.errors import DomainError


class Scope(Enum):
    """One thing a token opens; the value is how it is written."""

    UNITS_READ = "units:read"
    ROLL_READ = "roll:read"
    MEETINGS_READ = "meetings:read"
    MEETINGS_WRITE = "meetings:write"
    ATTENDANCE_READ = "attendance:read"
    ATTENDANCE_WRITE = "attendance:write"
    DUES_READ = "dues:read"
    NOTICES_READ = "notices:read"
    NOTICES_WRITE = "notices:write"


SCOPE_NAMES: dict[Scope, str] = {
    Scope.UNITS_READ: "看组织",
    Scope.ROLL_READ: "看名册",
    Scope.MEETINGS_READ: "看会议",
    Scope.MEETINGS_WRITE: "建会、改期、取消会议",
    Scope.ATTENDANCE_READ: "看到会名单",
    Scope.ATTENDANCE_WRITE: "登记到会和请假",
    Scope.DUES_READ: "看党费",
    Scope.NOTICES_READ: "看通知回复",
    Scope.NOTICES_WRITE: "发通知",
}


class NoSuchScope(DomainError):
    """Something was asked for that a token cannot open."""

    def __init__(self, written: str) -> None:
        known = "、".join(f"{scope.value}（{words}）" for scope, words in SCOPE_NAMES.items())
        super().__init__(f"没有 {written[:40]} 这种范围。可以写：{known}。")


def parse_scopes(written: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes that were written down.

    Raises:
        NoSuchScope: One of them is none, or there is none at all.
    """
    words = [word for text in written for word in text.replace("，", ",").split(",") if word]
    known = {scope.value: scope for scope in Scope}
    unknown = next((word for word in words if word not in known), None)
    if unknown is not None or not words:
        raise NoSuchScope(unknown or "空的")
    return frozenset(known[word] for word in words)


def in_order(scopes: Collection[Scope]) -> list[str]:
    """Return scopes as they are written, in the order of the list above."""
    return [scope.value for scope in Scope if scope in scopes]
