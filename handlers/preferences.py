"""How one wants to be reminded (我的提醒, 提醒时间, 少提醒, 晨报).

Example:
    张三: 提醒时间 晚上7点
    » 好的，提醒您的事以后19:00左右到（当天的活动、书记的通知除外）。改回来回复 提醒时间 照旧
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from bot.domain.errors import DomainError
from bot.domain.preferences import EARLIEST, LATEST, PreferenceKey
from bot.domain.privacy import say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import preferences

HOUR = "好的，提醒您的事以后{hour}左右到（当天的活动、书记的通知除外）。改回来回复 提醒时间 照旧"
USUAL_HOUR = "好的，提醒照旧在早上9点多到。"
ONCE = "好的，同一件事以后只提醒您一次。改回来回复 照常多提醒"
OFTEN = "好的，照原来的次数提醒您。"
NO_NOTE = "好的，早上等您办的事不再合成一条发给您，要看回复 我的待办。改回来回复 晨报 开"
NOTE = "好的，有新的事等您办，早上8点半多合成一条发给您。"
NOW = "您现在的提醒：{hour}，{times}{note}。\n要改回复：提醒时间 晚上7点；少提醒我；{switch}"
NOW_USUAL, NOW_AT = "早上9点多到", "{hour}左右到"
NOW_OFTEN, NOW_ONCE = "没办的隔几天再提醒", "同一件事只提醒一次"
NOW_NOTE, NOW_NO_NOTE = "，等您办的事早上合成一条", "，早上不合成一条"
OUT_OF_HOURS = "提醒时间请选{earliest}到{latest}之间，例如：提醒时间 晚上7点"
NO_TIME = "请写上几点，例如：提醒时间 晚上7点；照原来的回复 提醒时间 照旧"


@dataclass(frozen=True, slots=True)
class PreferenceSlots:
    """A choice, or a look at what was chosen.

    Attributes:
        key: None for a look.
        value: As it is stored; of an hour None where no time was said.
    """

    key: PreferenceKey | None = None
    value: str | None = ""


EXAMPLES = (
    "我的提醒",
    "提醒时间 晚上7点",
    "提醒时间 19:00",
    "提醒时间 照旧",
    "少提醒我",
    "照常多提醒",
    "晨报 关",
    "晨报 开",
)
SILENT = ("提醒时间到了", "提醒设置", "晨报上登了", "少提醒他", "我的提醒事项忘了")

_HOUR = re.compile(r"(?:我的)?提醒时间(?:改[到成为]?)?[\s:：]*(?P<when>\S{0,10})")
_USUAL = frozenset(("照旧", "默认", "恢复", "原来", "不变", "照原来"))
_ONCE = re.compile(
    r"(?:请|以后)?少提醒(?:我|俺)?(?:点|一点|几次)?"
    r"|(?:以后)?(?:只|就)提醒(?:我|俺)?一[次遍](?:就行|就好|吧)?"
)
_OFTEN = frozenset(("照常多提醒", "多提醒我", "正常提醒", "照原来提醒"))
_NOTE = re.compile(
    r"(?:晨报|早报|早上那条)[\s:：]*(?P<how>关闭?|停|不要了?|开启?|打开|要)"
    r"|(?P<order>关闭?|停掉?|不要|打开|开启)(?:晨报|早报|早上那条)"
)
_WORDS = frozenset("醒报条")  # one of them stands in every one of these
_OFF = frozenset("关停不")
_LOOK = frozenset(("我的提醒", "提醒方式", "我的提醒方式", "怎么提醒我"))


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise the choices in their written form, said to the bot (`EXACT`)."""
    may = utterance.addressed and _WORDS.intersection(utterance.text)
    slots = _slots(utterance) if may else None
    return [] if slots is None else [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _slots(utterance: Utterance) -> PreferenceSlots | None:
    text = utterance.text
    if text in _LOOK:
        return PreferenceSlots()
    if _ONCE.fullmatch(text):
        return PreferenceSlots(PreferenceKey.ONCE, "1")
    if text in _OFTEN:
        return PreferenceSlots(PreferenceKey.ONCE, "")
    note = _NOTE.fullmatch(text)
    if note:
        off = (note["how"] or note["order"])[0] in _OFF
        return PreferenceSlots(PreferenceKey.NOTE, "" if off else "1")
    hour = _HOUR.fullmatch(text)
    if hour is None:
        return None
    if hour["when"] in _USUAL:
        return PreferenceSlots(PreferenceKey.HOUR, "")
    said = next((span.value for span in utterance.times if span.end == len(text)), None)
    if isinstance(said, time):
        return PreferenceSlots(PreferenceKey.HOUR, f"{said:%H:%M}")
    return None if hour["when"] else PreferenceSlots(PreferenceKey.HOUR, None)


def handle(slots: PreferenceSlots, context: Context) -> Reply:
    """Keep the choice, or tell what was chosen."""
    member_id = context.member_id
    if slots.key is None:
        return _look(context)
    if slots.key is PreferenceKey.HOUR:
        _check_hour(slots.value)
    assert slots.value is not None
    preferences.choose(
        context.session,
        member_id=member_id,
        key=slots.key,
        value=slots.value,
        now=context.arrived_at,
    )
    if slots.key is PreferenceKey.HOUR:
        return reply(HOUR.format(hour=slots.value) if slots.value else USUAL_HOUR)
    if slots.key is PreferenceKey.ONCE:
        return reply(ONCE if slots.value else OFTEN)
    return reply(NOTE if slots.value else NO_NOTE)


def _check_hour(value: str | None) -> None:
    if value is None:
        raise DomainError(NO_TIME)
    if value and not EARLIEST <= time.fromisoformat(value) <= LATEST:
        bounds = {"earliest": f"{EARLIEST:%H:%M}", "latest": f"{LATEST:%H:%M}"}
        raise DomainError(OUT_OF_HOURS.format(**bounds))


def _look(context: Context) -> Reply:
    found = preferences.of_member(context.session, context.member_id)
    keeps = bool(context.actor.grants)
    note = (NOW_NOTE if found.note else NOW_NO_NOTE) if keeps else ""
    return Reply(
        say(
            NOW,
            hour=NOW_USUAL if found.hour is None else NOW_AT.format(hour=f"{found.hour:%H:%M}"),
            times=NOW_ONCE if found.once else NOW_OFTEN,
            note=note,
            switch=("晨报 关" if found.note else "晨报 开") if keeps else "照常多提醒",
        )
    )


INTENT = Intent(
    name="reminder_preferences",
    title="自己的提醒怎么发",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
)
