"""The record of a meeting (会议记录) as a document, with everything that belongs on its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.clock import local
from bot.domain.decisions import Stage
from bot.domain.minutes import STATE_NAMES, Entry, Part
from bot.domain.wording import clock_words, day_and_weekday, day_words
from bot.files.docx.form import Form, Look, Paragraph, Repeated
from bot.services.decision_words import verdict_words
from bot.services.meetings import MeetingView
from bot.services.minutes import Record
from bot.services.minutes_sheet import Sheet

NOT_WRITTEN = "（没有写）"


def _listed(field: str, title: str) -> tuple[Paragraph | Repeated, ...]:
    """Return the blocks of a part that has several lines, left out where there are none."""
    return (
        Paragraph(f"{title}：", Look.PLAIN, when=field),
        Repeated(field, "项", (Paragraph("{{ 项 }}"),)),
    )


FORM = Form(
    "minutes",
    "会议记录",
    (
        Paragraph("{{ 会议 }}记录", Look.TITLE),
        Paragraph("党组织：{{ 党组织 }}", Look.PLAIN),
        Paragraph("时间：{{ 时间 }}", Look.PLAIN),
        Paragraph("地点：{{ 地点 }}", Look.PLAIN),
        Paragraph("主持：{{ 主持 }}", Look.PLAIN, when="主持"),
        Paragraph("记录：{{ 记录 }}", Look.PLAIN, when="记录"),
        Paragraph("主讲：{{ 主讲 }}", Look.PLAIN, when="主讲"),
        Paragraph("列席：{{ 列席 }}", Look.PLAIN, when="列席"),
        Paragraph("到会：{{ 到会 }}", Look.PLAIN),
        Paragraph("请假：{{ 请假 }}", Look.PLAIN, when="请假"),
        Paragraph("缺席：{{ 缺席 }}", Look.PLAIN, when="缺席"),
        *_listed("议题", "议题"),
        *_listed("要点", "要点"),
        *_listed("遗留", "以前没办完的"),
        *_listed("表决", "表决"),
        *_listed("决议", "决议"),
        *_listed("待办", "待办"),
        *_listed("材料", "材料"),
        *_listed("更正", "确认以后的更正"),
        Paragraph("主持人签字：　　　　　　　　记录人签字：", Look.PLAIN),
        Paragraph("（{{ 状态 }}）", Look.SMALL),
    ),
)


def values(record: Record, unit: str, stamp: str) -> dict[str, Any]:
    """Return what stands in the fields."""
    meeting, sheet = record.meeting, record.sheet
    return {
        "会议": meeting.title,
        "党组织": unit,
        "时间": _when(meeting),
        "地点": meeting.place or NOT_WRITTEN,
        "主持": _line(record, Part.CHAIR),
        "记录": _line(record, Part.RECORDER),
        "主讲": _line(record, Part.LECTURER),
        "列席": "、".join(entry.text for entry in record.minutes.of(Part.OBSERVER)),
        "到会": _attended(sheet),
        "请假": "、".join(f"{name}（{kind}）" if kind else name for name, kind in sheet.leave),
        "缺席": "、".join(sheet.absent),
        "议题": _numbered(record, Part.AGENDA),
        "要点": _numbered(record, Part.POINT),
        "遗留": [f"{item.title} {item.whole}" for item in record.carried],
        "表决": [
            verdict_words(voted).words
            for voted in record.decisions
            if voted.stage is not Stage.VOID
        ],
        "决议": _numbered(record, Part.RESOLUTION),
        "待办": _numbered(record, Part.FOLLOW_UP),
        "材料": _numbered(record, Part.MATERIAL),
        "更正": [
            *(_corrected(entry) for entry in record.minutes.corrections),
            *(f"到会：{changed}" for changed in sheet.changed),
        ],
        "状态": _state(record),
        "导出说明": stamp,
    }


def _when(meeting: MeetingView) -> str:
    day = f"{meeting.day.year}年{day_and_weekday(meeting.day)}"
    if not meeting.timed:
        return day
    return f"{day}{local(meeting.starts_at):%H:%M}–{clock_words(meeting.ends_at)}"


def _line(record: Record, part: Part) -> str:
    return "、".join(entry.text for entry in record.minutes.of(part))


def _numbered(record: Record, part: Part) -> list[str]:
    entries = record.minutes.of(part)
    if len(entries) == 1:
        return [_item(entries[0])]
    return [f"{number}. {_item(entry)}" for number, entry in enumerate(entries, start=1)]


def _item(entry: Entry) -> str:
    if entry.due_on is None or day_words(entry.due_on) in entry.text:
        return entry.text
    return f"{entry.text}（{day_words(entry.due_on)}前）"


def _corrected(entry: Entry) -> str:
    was = f"由“{entry.old}”" if entry.old else ""
    return f"{was}改为“{entry.text}”，原因：{entry.reason}（{entry.by}）"


def _attended(sheet: Sheet) -> str:
    if not sheet.begun:
        return f"应到{sheet.expected}人，请假{len(sheet.leave)}人，会还没有开"
    parts = [f"应到{sheet.expected}人", f"实到{sheet.present}人"]
    if sheet.stated:
        parts[-1] += "（写明的人数，没有名单）"
    others: Sequence[tuple[str, int]] = (
        ("请假", len(sheet.leave)),
        ("缺席", len(sheet.absent)),
        ("没有登记", len(sheet.unmarked)),
        ("其中迟到", sheet.late),
        ("补学", len(sheet.studied)),
    )
    return "，".join([*parts, *(f"{words}{number}人" for words, number in others if number)])


def _state(record: Record) -> str:
    lacking = f"，还缺：{'、'.join(record.missing)}" if record.missing else ""
    return f"{STATE_NAMES[record.state]}{lacking}"
