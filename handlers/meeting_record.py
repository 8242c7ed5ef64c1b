"""Entering a past meeting in the books (补录：11月10日党员大会，礼堂，到会27人).

Example:
    李建国: 补录：3月10日支委会，二楼，参会：李建国、王敏
    » 预览（未登记）：3月支部委员会会议，3月10日（周二） 二楼。
    | 到会2人：李建国、王敏
    | 回复 确认2 登记，回复 取消 作罢
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from bot.domain.cadence import MeetingKind, find_kind
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, count, event, join, say
from bot.domain.rights import Action
from bot.domain.wording import names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_records import GENERIC, MeetingRecordSlots, find_record
from bot.inbound.questions import Option, ask, preview
from bot.inbound.replies import Reply
from bot.inbound.room_orders import find_room
from bot.inbound.utterance import Utterance
from bot.inbound.whom import whom
from bot.services import meeting_record
from bot.services.meeting_record import Draft, Past, WhichCell, WhichOfTheDay
from bot.services.naming import Named
from bot.services.people import Person

PREVIEW = "预览（未登记）：{cell}{title}，{when}。"
TAKEN_UP = "这次会已经建过，登记在它上面。"
PRESENT = "到会{n}人：{names}"
ON_LEAVE = "请假{n}人：{names}"
COUNTED = "写明到会{n}人（只记人数，不记名字）"
NOBODY_SAID = "没有写到会的人，只登记开过这次会。"
CONFIRM = "回复 {confirm} 登记，回复 取消 作罢"
DONE = "✓ 已登记：{title}，{when}，{attendance}。打错了回复 撤销"
DONE_PLAIN = "✓ 已登记：{title}，{when}。打错了回复 撤销"
DONE_COUNTED = "到会{n}人（只记人数）"
DONE_NAMED = "到会{n}人"
WRITE_SO = "没看出是什么会。请这样写：补录 11月10日 支部党员大会 社区二楼 到会27人"
WHICH_CELL = "是哪个党小组的会？{choices}。回复数字就行。"
WHICH_MEETING = "那天有几次这样的会：{choices}。回复数字就行。"


EXAMPLES = (
    "补录：10月20日支部党员大会，社区礼堂，到会23人",
    "登记会议 党小组会 10月22日14:30 二楼 参会：张三、李四",
    "登记会议：前天开了支委会，实到4人",
    "上周三的党课记一下，16人参加",
    "补登10月16日主题党日，全体到会",
)
SILENT = (
    "昨天的会登记了吗",
    "会议记录谁来写",
    "补录签到：王建国",
    "登记一下大家的手机号",
    "明天的党课大家记一下",
    "建会 支部党员大会 3月12日 10:00 社区二楼",
    "怎么补录会议",
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an order to enter a meeting that is over; its words belong to it (`EXACT`)."""
    if find_room(utterance) is not None:  # whose meeting stands in the books: a roll call
        return []
    slots = find_record(utterance)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))] if slots else []


def handle(slots: MeetingRecordSlots, context: Context) -> Reply:
    """Show what would be entered; nothing is written yet."""
    if slots.title is None or slots.title in GENERIC:
        raise DomainError(WRITE_SO)
    return _show({"said": _plain(slots)}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Enter what was shown; after a question, show it with the answer."""
    if "past" not in kept:
        return _show(kept, context)
    past = _past(kept["past"])
    meeting = meeting_record.record(context.session, past, by=context.actor, now=context.arrived_at)
    words = say(DONE_COUNTED, n=count(past.count)) if past.count is not None else Text("")
    if past.present and past.count is None:
        words = say(DONE_NAMED, n=count(len(past.present)))
    template = DONE if words.words else DONE_PLAIN
    year = "" if meeting.day.year == context.today.year else f"{meeting.day.year}年"
    when = event(f"{year}{meeting.when}")
    text = say(template, title=event(meeting.title), when=when, attendance=words.words)
    return Reply(text)


def _show(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show the draft, or put the one question that is open.

    Args:
        kept: The slots in plain values under `said`, and the answers so far: people by name as
            written under `settled`, `unit_id`, `meeting_id`.
    """
    members: dict[str, tuple[MemberId, ...]] = {}
    for role in ("names", "on_leave", "but"):
        people = _people_of(kept["said"][role], kept, context)
        if isinstance(people, Reply):
            return people
        members[role] = tuple(person.id for person in people)
    past = _of_people(kept, members, context)
    try:
        draft = meeting_record.prepare(
            context.session, past, by=context.actor, now=context.arrived_at
        )
    except WhichCell as several:
        cells = [(name, {**kept, "unit_id": unit}) for unit, name in several.choices]
        return _ask(WHICH_CELL, cells, context)
    except WhichOfTheDay as several:
        held = [(m.when, {**kept, "meeting_id": m.id}) for m in several.choices]
        return _ask(WHICH_MEETING, held, context)
    return preview(
        context,
        "meeting_record",
        draft.headcount,
        {"past": _stored(draft.past)},
        _preview(draft),
    )


def _people_of(
    names: Sequence[str], kept: Mapping[str, Any], context: Context
) -> list[Named] | Reply:
    if not names:
        return []
    return whom(
        context,
        "meeting_record",
        names,
        kept,
        action=Action.RECORD_ATTENDANCE,
        own_branch=False,
    )


def _ask(template: str, options: Sequence[Option], context: Context) -> Reply:
    choices = "，".join(f"{number} {label}" for number, (label, _) in enumerate(options, start=1))
    question = say(template, choices=Fact(FactKind.ROLL, choices))
    return ask(context, "meeting_record", "{choices}", options, question)


def _preview(draft: Draft) -> Text:
    lines = [say(PREVIEW, cell=draft.cell, title=event(draft.title), when=event(draft.when))]
    if draft.taken_up:
        lines.append(Text(TAKEN_UP))
    if draft.present:
        lines.append(_named(PRESENT, draft.present))
    if draft.on_leave:
        lines.append(_named(ON_LEAVE, draft.on_leave))
    if draft.past.count is not None:
        lines.append(say(COUNTED, n=count(draft.past.count)))
    elif not draft.present:
        lines.append(Text(NOBODY_SAID))
    number = draft.headcount
    lines.append(Text(CONFIRM.format(confirm="确认" if number is None else f"确认{number}")))
    return join(*lines)


def _named(template: str, people: Sequence[Person]) -> Text:
    names = names_words([person.name for person in people])
    return say(template, n=count(len(people)), names=Fact(FactKind.PRESENCE, names))


def _of_people(
    kept: Mapping[str, Any], members: Mapping[str, tuple[MemberId, ...]], context: Context
) -> Past:
    """Return the meeting as said, with members instead of names."""
    said = kept["said"]
    unit_id, meeting_id = kept.get("unit_id"), kept.get("meeting_id")
    return Past(
        kind=find_kind(said["title"]) or MeetingKind.OTHER,
        title=said["title"],
        day=date.fromisoformat(said["day"]) if said["day"] else context.today,
        at=time.fromisoformat(said["at"]) if said["at"] else None,
        place=said["place"] or "",
        period=Month.parse(said["period"]) if said["period"] else None,
        present=members["names"],
        on_leave=members["on_leave"],
        count=said["count"],
        everyone=said["everyone"],
        but=members["but"],
        unit_id=None if unit_id is None else UnitId(unit_id),
        meeting_id=None if meeting_id is None else MeetingId(meeting_id),
    )


def _plain(slots: MeetingRecordSlots) -> dict[str, Any]:
    return {
        **{name: getattr(slots, name) for name in ("title", "place", "count", "everyone")},
        **{name: list(getattr(slots, name)) for name in ("names", "on_leave", "but")},
        "day": slots.day and slots.day.isoformat(),
        "at": slots.at and slots.at.isoformat(),
        "period": slots.period and str(slots.period),
    }


def _stored(past: Past) -> dict[str, Any]:
    return {
        **{
            name: getattr(past, name)
            for name in ("title", "place", "count", "unit_id", "meeting_id")
        },
        "kind": past.kind.value,
        "day": past.day.isoformat(),
        "at": past.at and past.at.isoformat(),
        "period": past.period and str(past.period),
        "present": list(past.present),
        "on_leave": list(past.on_leave),
    }


def _past(kept: Mapping[str, Any]) -> Past:
    return Past(
        **{name: kept[name] for name in ("title", "place", "count", "unit_id", "meeting_id")},
        kind=MeetingKind(kept["kind"]),
        day=date.fromisoformat(kept["day"]),
        at=time.fromisoformat(kept["at"]) if kept["at"] else None,
        period=Month.parse(kept["period"]) if kept["period"] else None,
        present=tuple(MemberId(member) for member in kept["present"]),
        on_leave=tuple(MemberId(member) for member in kept["on_leave"]),
    )


INTENT = Intent(
    name="meeting_record",
    title="登记开过的会",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
    numbers=True,
)
