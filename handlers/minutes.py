"""The record of a meeting (记录, 纪要, 确认纪要, 更正纪要).

Example:
    王敏: 记录 3月12日党员大会 主持 李建国 记录 王敏 议题 学习支部工作条例；讨论发展党员
    » ✓ 已记入3月支部党员大会纪要：主持1、记录1、议题2。还缺：到会登记。看全文回复 纪要 3月支部党员大会
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.clock import local
from bot.domain.decisions import Stage
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.minutes import PART_NAMES, SINGLE, STATE_NAMES, Line, MinutesState, Part
from bot.domain.privacy import Text, count, event, join, missing, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import clock_words, day_and_weekday, day_words, names_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.minutes import (
    Corrected,
    Which,
    Written,
    find_corrected,
    find_which,
    find_written,
)
from bot.inbound.questions import preview
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import minutes, minutes_confirm
from bot.services.decision_words import verdict_words
from bot.services.meetings import MeetingView
from bot.services.minutes import Record
from bot.services.minutes_sheet import Sheet
from bot.services.reads import Read

WRITTEN = "✓ 已记入{title}纪要：{what}。{missing}看全文回复 纪要 {title}"
LACKS = "还缺：{missing}。"
COMPLETE = "齐了，书记可以回复 确认纪要 {title}。"
HEAD = "{title}纪要（{state}）\n时间：{when}\n地点：{place}"
ATTENDED = "应到{expected}人，实到{present}人，请假{leave}人，缺席{absent}人"
STATED = "应到{expected}人，写明实到{present}人（没有名单），请假{leave}人"
NOT_BEGUN = "应到{expected}人，请假{leave}人，会还没有开"
LATE, STUDIED, WAITS = "迟到{n}人", "补学{n}人", "补签待同意{n}人"
UNMARKED, NOT_MARKED = "没有登记{n}人", "没有登记：{names}"
NOW_ABSENT = "没有登记的{n}人，确认以后算缺席。"
ON_LEAVE, ABSENT = "请假：{names}", "缺席：{names}"
CHANGED = "确认后到会更正：{names}"
CORRECTION = "更正：{part}{old}改为“{new}”（{reason}，{by}，{day}）"
FROM = "由“{old}”"
ADDED = "更正：补上{part}“{new}”（{reason}，{by}，{day}）"
LECTURED = "{name}（今年第{n}次）"
DUE = "{text}（{day}前）"
CARRIED = "以前没办完的：\n{items}"
PREVIEW = "回复 确认 就行，到会和名册就此定住，{days}天后锁定，以后只能附上更正。回复 取消 作罢"
CONFIRMED = "✓ {title}纪要已确认：应到{expected}人，实到{present}人。以后要改请写：更正纪要 {title} 主持 李建国 原因 记错了"
CORRECTED = "✓ 已附上更正：{title}纪要的{part}{old}改为“{new}”（{reason}）。"
CORRECTED_NEW = "✓ 已附上更正：{title}纪要补上{part}“{new}”（{reason}）。"
WRITE_SO = "没看懂要更正什么。请这样写：更正纪要 {title} 主持 李建国 原因 记错了"
NEEDS_WHY = "更正要写原因，请在后面写上，例如：更正纪要 {title} 主持 李建国 原因 记错了"
NOT_BACK = "确认了的纪要不能撤销。要改请写：更正纪要 {title} 主持 李建国 原因 记错了"

WRITE_EXAMPLES = (
    "记录 3月12日党员大会 主持 李建国 记录 王敏 议题 学习支部工作条例；讨论发展党员",
    "会议纪要 支委会 主持 李建国 记录 王敏 议题 研究主题党日 决议：16日开展义务植树",
    "主持 李建国",
    "议题 学习支部工作条例",
    "决议：16日开展义务植树",
    "待办：4月20日前报名单 王敏",
)
WRITE_SILENT = (
    "会议记录谁来写",
    "这次会的主持是谁",
    "会议纪要写好了发你邮箱",
    "材料 已经交了",
    "记录 3月10日 党课 二楼 到会20人",
    "老聂，周五你主持，我要去镇上",
)
VIEW_EXAMPLES = ("纪要 党员大会", "看纪要 3月12日党员大会", "会议纪要", "纪要")
VIEW_SILENT = ("会议纪要那么长，谁看得完", "纪要写好了吗", "会议纪要发到邮箱")
CONFIRM_EXAMPLES = ("确认纪要 党员大会", "确认纪要", "确认会议纪要 3月12日党员大会")
CONFIRM_SILENT = ("纪要确认了吗", "确认3", "纪要要谁确认")
CORRECT_EXAMPLES = (
    "更正纪要 3月支部党员大会 主持 王敏 原因 记错了",
    "更正纪要 党员大会 议题2 讨论接收预备党员 原因 写漏了",
    "更正纪要 党员大会 列席：社区民警老赵 原因 漏记",
)
CORRECT_SILENT = ("纪要要更正吗", "更正 张三 3月党费 15 记错了")

_VIEW = re.compile(
    r"(?:请|麻烦)?(?:看一?下?|查看?|发我|调)?(?:一下)?(?:会议)?纪要[ :：]?(?P<rest>.{0,30})"
)
_CONFIRM = re.compile(r"(?:确认|定稿)(?:一下)?(?:会议)?纪要[ :：]?(?P<rest>.{0,30})")
_CORRECT = re.compile(r"更正(?:一下)?(?:会议)?(?:纪要|记录)[ :：]\s?(?P<rest>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MinutesSlots:
    """A record to look at, or to confirm."""

    which: Which


def recognise_write(utterance: Utterance) -> list[Reading]:
    """Recognise lines of a record; they are the writer's own words (`EXACT`)."""
    written = find_written(utterance)
    return [] if written is None else [_whole(utterance, written)]


def recognise_view(utterance: Utterance) -> list[Reading]:
    """Recognise `纪要 [会议]`."""
    found = _VIEW.fullmatch(utterance.text)
    which = find_which(utterance, found["rest"]) if found else None
    return [] if which is None else [_whole(utterance, MinutesSlots(which))]


def recognise_confirm(utterance: Utterance) -> list[Reading]:
    """Recognise `确认纪要 [会议]`."""
    found = _CONFIRM.fullmatch(utterance.text)
    which = find_which(utterance, found["rest"]) if found else None
    return [] if which is None else [_whole(utterance, MinutesSlots(which))]


def recognise_correct(utterance: Utterance) -> list[Reading]:
    """Recognise `更正纪要 会议 部分 内容 原因 …`."""
    found = _CORRECT.fullmatch(utterance.raw.strip())
    return [_whole(utterance, find_corrected(utterance, found["rest"]))] if found else []


def handle_write(slots: Written, context: Context) -> Reply:
    """Put lines into the draft of a meeting's record."""
    meeting = _meant(slots.which, Action.WRITE_MINUTES, context)
    record = minutes.write(
        context.session,
        meeting_id=meeting.id,
        lines=slots.lines,
        by=context.actor,
        now=context.arrived_at,
    )
    counted = Counter(line.part for line in slots.lines)
    what = "、".join(f"{PART_NAMES[part]}{n}" for part, n in counted.items())
    lacks = LACKS if record.missing else COMPLETE
    return Reply(
        say(
            WRITTEN,
            title=event(record.meeting.title),
            what=what,
            missing=lacks.format(missing="、".join(record.missing), title=record.meeting.title),
        )
    )


def handle_view(slots: MinutesSlots, context: Context) -> Reply:
    """Show a record as it stands."""
    meeting = _meant(slots.which, Action.VIEW_LISTS, context)
    record = minutes.view(
        context.session, meeting_id=meeting.id, by=context.actor, now=context.arrived_at
    )
    return Reply(_page(record), reads=(Read(Seen.MINUTES, meeting.unit_id),))


def handle_confirm(slots: MinutesSlots, context: Context) -> Reply:
    """Show the record that is to be confirmed; nothing is frozen yet."""
    meeting = _meant(slots.which, Action.WRITE_MINUTES, context)
    record = minutes_confirm.check_confirmable(
        context.session, meeting_id=meeting.id, by=context.actor, now=context.arrived_at
    )
    left = len(record.sheet.unmarked)
    more = [NOW_ABSENT.format(n=left)] if left else []
    text = join(_page(record), *more, PREVIEW.format(days=record.lock_days))
    return preview(context, "minutes_confirm", None, {"meeting": meeting.id}, text)


def resume_confirm(kept: Mapping[str, Any], context: Context) -> Reply:
    """Confirm the record that was shown."""
    record = minutes_confirm.confirm(
        context.session,
        meeting_id=MeetingId(kept["meeting"]),
        by=context.actor,
        now=context.arrived_at,
    )
    title = record.meeting.title
    bar(context, "确认纪要", NOT_BACK.format(title=title))
    return Reply(
        say(
            CONFIRMED,
            title=event(title),
            expected=count(record.sheet.expected),
            present=count(record.sheet.present),
        )
    )


def handle_correct(slots: Corrected, context: Context) -> Reply:
    """Append a correction to a record."""
    meeting = _meant(slots.which, Action.WRITE_MINUTES, context)
    if slots.part is None or not slots.text:
        raise DomainError(WRITE_SO.format(title=meeting.title))
    if not slots.reason:
        raise DomainError(NEEDS_WHY.format(title=meeting.title))
    done = minutes.correct(
        context.session,
        meeting_id=meeting.id,
        line=Line(slots.part, slots.text),
        number=slots.number,
        reason=slots.reason,
        by=context.actor,
        now=context.arrived_at,
    )
    return Reply(
        say(
            CORRECTED if done.old else CORRECTED_NEW,
            title=event(meeting.title),
            part=PART_NAMES[slots.part],
            old=FROM.format(old=done.old),
            new=event(done.text),
            reason=event(done.reason),
        )
    )


def _whole(utterance: Utterance, slots: Any) -> Reading:
    return Reading(slots, Strength.EXACT, (0, len(utterance.text)))


def _meant(which: Which, action: Action, context: Context) -> MeetingView:
    return minutes.find_meeting(
        context.session,
        title=which.title,
        days=which.days,
        by=context.actor,
        now=context.now,
        action=action,
    )


def _page(record: Record) -> Text:
    """Return the page of a record; who was away is for those who keep the roll."""
    meeting = record.meeting
    lines: list[Text | str] = [
        say(
            HEAD,
            title=event(meeting.title),
            state=STATE_NAMES[record.state],
            when=event(_when(meeting)),
            place=event(meeting.place or "没有写"),
        )
    ]
    lines += _parts(record, (Part.CHAIR, Part.RECORDER, Part.LECTURER))
    lines += _attendance(record.sheet)
    lines += _parts(record, (Part.OBSERVER, Part.AGENDA, Part.POINT))
    lines += _carried(record)
    lines += [verdict_words(voted) for voted in record.decisions if voted.stage is not Stage.VOID]
    lines += _parts(record, (Part.RESOLUTION, Part.FOLLOW_UP, Part.MATERIAL))
    lines += [_correction(entry) for entry in record.minutes.corrections]
    if record.missing and record.state is MinutesState.DRAFT:
        lines.append(LACKS.format(missing="、".join(record.missing)))
    return join(*lines)


def _when(meeting: MeetingView) -> str:
    day = day_and_weekday(meeting.day)
    if not meeting.timed:
        return day
    return f"{day}{local(meeting.starts_at):%H:%M}–{clock_words(meeting.ends_at)}"


def _parts(record: Record, wanted: tuple[Part, ...]) -> list[Text | str]:
    found: list[Text | str] = []
    for part in wanted:
        kept = [_item(record, part, entry) for entry in record.minutes.of(part)]
        if not kept:
            continue
        if part in SINGLE or len(kept) == 1:
            found.append(say("{part}：{text}", part=PART_NAMES[part], text=event(kept[0])))
        else:
            numbered = "\n".join(f"{n} {text}" for n, text in enumerate(kept, start=1))
            found.append(say("{part}：\n{text}", part=PART_NAMES[part], text=event(numbered)))
    return found


def _carried(record: Record) -> list[Text | str]:
    """Return what was not done yet when the meeting was held."""
    if not record.carried:
        return []
    items = "\n".join(f"{item.title} {item.whole}" for item in record.carried)
    return [say(CARRIED, items=event(items))]


def _item(record: Record, part: Part, entry: Any) -> str:
    if part is Part.LECTURER and record.lectures:
        return LECTURED.format(name=entry.text, n=record.lectures)
    if part is Part.FOLLOW_UP and entry.due_on and day_words(entry.due_on) not in entry.text:
        return DUE.format(text=entry.text, day=day_words(entry.due_on))
    return str(entry.text)


def _attendance(sheet: Sheet) -> list[Text | str]:
    words = STATED if sheet.stated else ATTENDED
    first = say(
        words if sheet.begun else NOT_BEGUN,
        expected=count(sheet.expected),
        present=count(sheet.present),
        leave=count(len(sheet.leave)),
        absent=count(len(sheet.absent)),
    )
    more = [
        words.format(n=n)
        for words, n in (
            (UNMARKED, len(sheet.unmarked)),
            (LATE, sheet.late),
            (STUDIED, len(sheet.studied)),
            (WAITS, sheet.waiting),
        )
        if n
    ]
    lines: list[Text | str] = [join(first, *more, by="，")]
    away = [f"{name}（{kind}）" if kind else name for name, kind in sheet.leave]
    for words, names in (
        (ON_LEAVE, away),
        (ABSENT, sheet.absent),
        (NOT_MARKED, sheet.unmarked),
        (CHANGED, sheet.changed),
    ):
        if names:
            lines.append(say(words, names=missing(names_words(list(names), limit=None))))
    return lines


def _correction(entry: Any) -> Text:
    part = PART_NAMES[entry.part] if entry.part else ""
    return say(
        CORRECTION if entry.old else ADDED,
        part=part,
        old=FROM.format(old=entry.old),
        new=event(entry.text),
        reason=entry.reason,
        by=entry.by,
        day=day_words(local(entry.at).date()),
    )


WRITE = Intent(
    name="minutes_write",
    title="写会议纪要",
    recognise=recognise_write,
    handle=handle_write,
    examples=WRITE_EXAMPLES,
    silent=WRITE_SILENT,
    for_secretaries=True,
)
VIEW = Intent(
    name="minutes_view",
    title="看会议纪要",
    recognise=recognise_view,
    handle=handle_view,
    examples=VIEW_EXAMPLES,
    silent=VIEW_SILENT,
    for_secretaries=True,
)
CONFIRM = Intent(
    name="minutes_confirm",
    title="确认会议纪要",
    recognise=recognise_confirm,
    handle=handle_confirm,
    resume=resume_confirm,
    examples=CONFIRM_EXAMPLES,
    silent=CONFIRM_SILENT,
    for_secretaries=True,
)
CORRECT = Intent(
    name="minutes_correct",
    title="更正会议纪要",
    recognise=recognise_correct,
    handle=handle_correct,
    examples=CORRECT_EXAMPLES,
    silent=CORRECT_SILENT,
    for_secretaries=True,
)
