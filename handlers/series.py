"""Meetings that recur (建会 党小组会 每月第一个周五 19:00 二楼).

Example:
    张三: 建会 党小组会 每月第一个周五 19:00 二楼
    » 预览（未建）：党小组会，每月第一个周五19:00，二楼，到12月31日，共9次：
    | 4月3日、5月1日（放假）、6月5日、7月3日、8月7日、9月4日、10月2日（放假）、11月6日、12月4日
    | 放假的日子我不自动改，要改回复 改期。回复 确认 就行，回复 取消 作罢
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from bot.domain.cadence import KIND_NAMES, MeetingKind, find_kind
from bot.domain.calendar import DayKind
from bot.domain.errors import DomainError
from bot.domain.privacy import event, say
from bot.domain.series import Recurrence, Time
from bot.domain.wording import day_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.gatherings import SeriesSlots, find_series
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.inviting import ask_at_once
from bot.inbound.questions import preview
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import series
from bot.services.meeting_record import NAMED_FREELY
from bot.services.series import Planned

PREVIEW = "预览（未建）：{title}，{rule}{at}{place}，到{until}，共{n}次：\n{days}\n{already}{holidays}回复 确认 就行，回复 取消 作罢"
HOLIDAYS = "放假的日子我不自动改，要改回复 改期。"
ALREADY = "{days}已经建过，不重建。"
CALLED = "✓ 已建{n}次：{title}，{rule}{at}。每次前一天提醒；改一次还是以后都改，改期时我会问。"
CALLED_LATE = "✓ 已建{n}次：{title}，{rule}{at}。{day}这次{told}；以后每次前一天提醒。改一次还是以后都改，改期时我会问。"
WRITE_SO = "{missing}没看懂。请这样写：建会 党小组会 每月第一个周五 19:00 二楼"
NOT_BACK = "建会不能撤销。不开了请回复 取消会议 {title}，我会问是一次还是全部。"

EXAMPLES = (
    "建会 党小组会 每月第一个周五 19:00 二楼",
    "建会 支委会 每月5日 15:00 社区二楼 到6月底",
    "建会 集中学习 每周三 19:30 活动室 到4月30日",
)
SILENT = ("每月第一个周五开会吗", "建会 党小组会 3月13日 19:00 二楼", "每周三我们都学习")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an order to set up a series of meetings."""
    slots = find_series(utterance)
    return [] if slots is None else [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: SeriesSlots, context: Context) -> Reply:
    """Show the times of the series, holidays marked; nothing is called yet."""
    missing = [
        word for word, value in (("会议名称", slots.title), ("时间", slots.at)) if value is None
    ]
    if slots.title is None or slots.at is None:
        raise DomainError(WRITE_SO.format(missing="、".join(missing)))
    kind = find_kind(slots.title) or MeetingKind.OTHER
    planned = series.plan(
        context.session,
        kind=kind,
        title=slots.title if kind in NAMED_FREELY else "",
        recurrence=slots.recurrence,
        start=slots.at,
        place=slots.place or "",
        until=slots.until,
        workdays=context.hours.workdays,
        by=context.actor,
        now=context.now,
    )
    already = "、".join(map(day_words, planned.already))
    text = say(
        PREVIEW,
        title=event(_title(planned)),
        rule=planned.recurrence.words,
        at=f"{planned.start:%H:%M}",
        place=event(f"，{planned.place}" if planned.place else ""),
        until=day_words(planned.until),
        n=len(planned.times),
        days=event("、".join(_day(one, planned.recurrence) for one in planned.times)),
        already=ALREADY.format(days=already) if already else "",
        holidays=HOLIDAYS if any(_is_off(one, planned.recurrence) for one in planned.times) else "",
    )
    return preview(context, "series_create", None, _stored(planned), text)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Call the series that was shown."""
    recurrence = Recurrence(**kept["recurrence"])
    start = time.fromisoformat(kept["start"])
    called = series.call(
        context.session,
        kind=MeetingKind(kept["kind"]),
        title=kept["title"],
        recurrence=recurrence,
        start=start,
        place=kept["place"],
        until=date.fromisoformat(kept["until"]),
        days=[date.fromisoformat(day) for day in kept["days"]],
        by=context.actor,
        now=context.now,
    )
    title = kept["title"] or KIND_NAMES[MeetingKind(kept["kind"])]
    bar(context, "建会", NOT_BACK.format(title=title))
    told = ask_at_once([called.first], context)
    return Reply(
        say(
            CALLED if told is None else CALLED_LATE,
            n=called.times,
            title=event(title),
            rule=recurrence.words,
            at=f"{start:%H:%M}",
            day=day_words(called.first.day),
            told=told or "",
        )
    )


def _title(planned: Planned) -> str:
    return planned.title or KIND_NAMES[planned.kind]


def _day(one: Time, recurrence: Recurrence) -> str:
    words = day_words(one.day)
    return f"{words}（{one.kind.value}）" if _is_off(one, recurrence) else words


def _is_off(one: Time, recurrence: Recurrence) -> bool:
    """Tell whether a day is to be marked: a holiday, or a weekend nobody named."""
    named = recurrence.weekday is not None and recurrence.weekday >= 5
    return one.kind is DayKind.HOLIDAY or (one.kind is DayKind.WEEKEND and not named)


def _stored(planned: Planned) -> dict[str, Any]:
    rule = planned.recurrence
    return {
        "kind": planned.kind.value,
        "title": planned.title,
        "recurrence": {"nth": rule.nth, "weekday": rule.weekday, "day": rule.day},
        "start": planned.start.isoformat(),
        "place": planned.place,
        "until": planned.until.isoformat(),
        "days": [one.day.isoformat() for one in planned.times],
    }


INTENT = Intent(
    name="series_create",
    title="建每月都开的会",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
