"""The organiser puts a record right, with the reason (更正 张三 …).

Example:
    王敏: 更正 张三 3月党费 15 记错了
    » 预览（未更正）：张三3月党费由30元改为15元（记错了）。回复 确认 更正，回复 取消 作罢
    王敏: 确认
    » ✓ 已更正：张三3月党费由30元改为15元（记错了）。已私信本人。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.domain.corrections import MARK_WORDS, ReasonMissing, check_reason, mark_words
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.money import parse_yuan, yuan
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, event, say
from bot.domain.privacy import dues as private
from bot.domain.rights import Action
from bot.domain.wording import month_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.offers import tell_promoted
from bot.inbound.questions import ask, ask_reason, preview, take_reason_prompt
from bot.inbound.questions import resume as go_on
from bot.inbound.replies import Reply, ToMember, reply
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.inbound.whom import whom
from bot.services import (
    attendance_corrections,
    corrections,
    dues_corrections,
    outbox,
    study_corrections,
)
from bot.services.attendance_corrections import CorrectedMark
from bot.services.corrections import WhichRecord
from bot.services.dues_corrections import CorrectedDues
from bot.services.meetings import MeetingView
from bot.services.naming import Named
from bot.services.study_corrections import CorrectedSignup

NOT_BACK = "更正不能撤销。要改回去，请把原来的数再更正一次，写上原因。"
DUES_SHOWN = (
    "预览（未更正）：{name}{month}党费由{before}元改为{after}元（{reason}）。"
    "回复 确认 更正，回复 取消 作罢"
)
DUES_SHOWN_WAITING = (
    "预览（未更正）：{name}{month}党费的登记由{before}元改为{after}元（{reason}），还要核对。"
    "回复 确认 更正，回复 取消 作罢"
)
DUES_DONE = "✓ 已更正：{name}{month}党费由{before}元改为{after}元（{reason}）。{told}"
DUES_WAITING = (
    "✓ 已更正：{name}{month}党费的登记由{before}元改为{after}元（{reason}），还要核对。{told}"
)
MARK_DONE = "✓ 已更正：{name}，{title}由{before}改为{after}（{reason}）。{told}"
SIGNUP_DONE = "✓ 已更正：{name}，{title}的报名由{before}改为{after}（{reason}）。{told}"
TOLD, CALL = "已私信本人。", "本人没有账号，请电话告诉他。"
DUES_NOTE = "{name}您好：您{month}党费的登记由{before}元更正为{after}元，原因：{reason}。由{by}办理，有疑问直接问就行。"
MARK_NOTE = "{name}您好：您{title}的登记由{before}更正为{after}，原因：{reason}。由{by}办理，有疑问直接问就行。"
SIGNUP_NOTE = "{name}您好：您{title}的报名由{before}更正为{after}，原因：{reason}。由{by}办理，有疑问直接问就行。"
WHY = "请写一句原因，例如回复：原因 记错了"
NO_QUESTION = "没有等着写原因的事。要更正请写：更正 张三 3月党费 15 记错了"
WHICH_MEETING = "是哪一个：{choices}。回复数字就行。"
WRITE_SO = (
    "没看懂要更正什么。请这样写：\n更正 张三 3月党费 15 记错了\n"
    "更正 张三 3月支部党员大会 到会 签到时手机没电\n更正 张三 报名 取消 家里有事"
)
ONE_MONTH = "一次更正一个月，请一个月一个月写，例如：更正 张三 3月党费 15 记错了"

CORRECT = "correct"
_DUES, _MARK, _SIGNUP = "dues", "mark", "signup"
_ACTIONS = {
    _DUES: Action.CONFIRM_DUES,
    _MARK: Action.RECORD_ATTENDANCE,
    _SIGNUP: Action.RECORD_ATTENDANCE,
}


@dataclass(frozen=True, slots=True)
class CorrectSlots:
    """What a member's record is to say.

    Attributes:
        name: Whose, as written.
        what: `dues`, `mark`, `signup`, or None where that was not understood.
        months: Of dues; one is needed.
        fen: Of dues: what was really paid.
        title: The meeting or activity, or a piece of its title.
        day: The day the meeting was on, where it is said.
        mark: Of a meeting: one of 到会, 迟到, 早退, 请假, 缺席, 在外参加.
        seats: Of a sign-up; 0 takes it back.
        reason: Why; asked for where it is missing.
    """

    name: str
    what: str | None = None
    months: tuple[Month, ...] = ()
    fen: int = 0
    title: str = ""
    mark: str = ""
    seats: int = 0
    reason: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class ReasonSlots:
    """The reason asked for (原因 记错了)."""

    reason: str


EXAMPLES = (
    "更正 张三 3月党费 15 记错了",
    "更正 张三 3月支部党员大会 到会 签到时手机没电",
    "更正 张三 主题党日 缺席 代签的",
    "更正 孙丽 3月12日支部党员大会 缺席 代签的",
    "更正 张三 1月支部党员大会 缺席 记错了",
    "更正 张三 3月支部党员大会 到会 漏登",
    "更正 孙丽 3月支部党员大会 不应到 3月1日已转走",
    "更正 张三 3月党课 补学 没学",
    "更正 张三 报名 取消 家里有事",
)
SILENT = ("更正：30不是300", "更正 3月 38", "更正", "更正一下，上条写错了", "怎么更正 张三 的党费")
REASON_EXAMPLES = ("原因 记错了", "原因：手机没电")
REASON_SILENT = ("原因是什么", "什么原因", "请假 原因")

_HEAD = re.compile(
    r"更正\s?[:，]?\s?(?P<name>(?!一下|通知|纪要|记录|会议纪要|会议记录|党费|签到|报名|请假|登记|金额|上[一条]|刚才|应|是|不)"
    r"[\u4e00-\u9fa5·]{2,15}?)(?:同志)?(?:\s|的)(?P<rest>.+)"
)
_PAID = re.compile(
    r"^(?P<months>[^，]{0,12}?)的?党费\s?(?:金额)?(?:应该?是|改[为成]|是|为)?\s?"
    r"(?:(?P<amount>\d{1,7}(?:\.\d{1,2})?)\s?(?:元|块钱?)?|(?P<none>作废|没交|未交))"
    r"(?:[\s，。(]+(?P<reason>.+))?$"
)
_SIGNED_UP = re.compile(
    r"^(?P<title>[^，]{0,20}?)的?\s?报名\s?(?:改[为成])?\s?(?P<act>取消|作废|\d{1,2}人)"
    r"(?:[\s，。(]+(?P<reason>.+))?$"
)
_MARKED = re.compile(
    r"^(?P<title>\S.{0,39}?)\s?[:，]?\s(?:应该?是|改[为成]|是)?\s?"
    r"(?P<mark>到会|到了|签到|出席|迟到|早退|请假|缺席|没到|没来|在外参加|不应到|补学\s?(?:没学|没有学|作废|不算|取消)|没补学)(?:[\s，。(]+(?P<reason>.+))?$"
)
_SAME = {"到了": "到会", "签到": "到会", "出席": "到会", "没到": "缺席", "没来": "缺席"}
_NOT_MADE_UP = "没补学"
_REASON = re.compile(r"原因[\s:]+(?P<reason>[^\s？].{0,99})")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise `更正 姓名 什么 怎样 原因` (`EXACT`)."""
    text = utterance.text
    head = _HEAD.fullmatch(text)
    if head is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    slots = _slots(head, utterance)
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def recognise_reason(utterance: Utterance) -> list[Reading]:
    """Recognise `原因 …`, said to the bot."""
    found = _REASON.fullmatch(utterance.text)
    if found is None or not utterance.addressed:
        return []
    return [Reading(ReasonSlots(found["reason"]), Strength.EXACT, found.span())]


def _slots(head: re.Match[str], utterance: Utterance) -> CorrectSlots:
    slots = CorrectSlots(name=head["name"])
    rest = head["rest"].strip()
    if paid := _PAID.match(rest):
        start = head.start("rest")
        where = Clause(start, start + paid.end("months") + 1, "", Mood.STATEMENT)
        return replace(
            slots,
            what=_DUES,
            months=utterance.months_in(where),
            fen=parse_yuan(paid["amount"]) or 0 if paid["amount"] else 0,
            reason=paid["reason"] or "",
        )
    if signed := _SIGNED_UP.match(rest):
        seats = int(signed["act"].removesuffix("人")) if signed["act"][0].isdigit() else 0
        reason = signed["reason"] or ""
        return replace(slots, what=_SIGNUP, title=signed["title"], seats=seats, reason=reason)
    if marked := _MARKED.match(rest):
        mark = _SAME.get(marked["mark"], marked["mark"])
        reason = marked["reason"] or ""
        if "补学" in mark:
            mark, reason = _NOT_MADE_UP, reason or "没学"
        start = head.start("rest") + len(head["rest"]) - len(head["rest"].lstrip())
        title, day = _without_day(utterance, marked["title"], start)
        return replace(slots, what=_MARK, title=title, mark=mark, reason=reason, day=day)
    return slots


def _without_day(utterance: Utterance, title: str, start: int) -> tuple[str, date | None]:
    """Split 3月12日支部党员大会 into what it is called and its day; 3月支部党员大会 is a name."""
    for span in utterance.past_dates:
        if span.start == start and isinstance(span.value, date):
            words = title[span.end - start :].strip(" 的")
            return (words, span.value) if words else (title, None)
    return title, None


def handle(slots: CorrectSlots, context: Context) -> Reply:
    """Put the record of the member right, or ask the one thing that is open."""
    if slots.what is None:
        return reply(WRITE_SO)
    if slots.what == _DUES and len(slots.months) != 1:
        return reply(ONE_MONTH)
    kept: dict[str, Any] = {
        "name": slots.name,
        "what": slots.what,
        "month": str(slots.months[0]) if slots.months else "",
        "fen": slots.fen,
        "title": slots.title,
        "mark": slots.mark,
        "seats": slots.seats,
        "day": slots.day.isoformat() if slots.day else None,
        "reason": slots.reason,
    }
    return resume(kept, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Go on with what is known: the person, then the meeting, then the reason."""
    former = _former(kept, context) if kept["what"] == _MARK and "person" not in kept else None
    if former is not None:
        kept = {**kept, "person": former[0], "meeting_id": former[1].id}
    elif "person" not in kept:
        found = _whose(kept, context)
        if isinstance(found, Reply):
            return found
        kept = {**kept, "person": found.id, "branch_id": found.branch_id}
    if kept["what"] != _DUES and "meeting_id" not in kept:
        try:
            meeting = corrections.find_meeting(
                context.session,
                kept["title"],
                branch_id=kept["branch_id"],
                now=context.now,
                classes=kept["what"] == _SIGNUP,
                day=date.fromisoformat(kept["day"]) if kept.get("day") else None,
            )
        except WhichRecord as several:
            options = [
                (f"{m.title}（{m.when}）", {**kept, "meeting_id": m.id}) for m in several.choices
            ]
            return ask(context, CORRECT, WHICH_MEETING, options)
        kept = {**kept, "meeting_id": meeting.id}
    try:
        check_reason(kept["reason"])
    except ReasonMissing:
        return ask_reason(context, CORRECT, kept, say("{words}", words=_roll(WHY)))
    return _DO[kept["what"]](kept, context)


def _former(kept: Mapping[str, Any], context: Context) -> tuple[MemberId, MeetingView] | None:
    """Return who has left the branch since a meeting he was expected at, and the meeting."""
    return corrections.find_former(
        context.session,
        kept["name"],
        kept["title"],
        day=date.fromisoformat(kept["day"]) if kept.get("day") else None,
        by=context.actor,
        now=context.now,
    )


def _whose(kept: Mapping[str, Any], context: Context) -> Named | Reply:
    found = whom(
        context,
        CORRECT,
        [kept["name"]],
        kept,
        action=_ACTIONS[kept["what"]],
        own_branch=False,
        dues_of=[kept["month"]] if kept["what"] == _DUES else None,
    )
    return found if isinstance(found, Reply) else found[0]


def handle_reason(slots: ReasonSlots, context: Context) -> Reply:
    """Finish the correction that waits for its reason."""
    payload = take_reason_prompt(context)
    if payload is None:
        raise DomainError(NO_QUESTION)
    return go_on(payload["intent"], {**payload["kept"], "reason": slots.reason}, context)


def _correct_dues(kept: Mapping[str, Any], context: Context) -> Reply:
    member_id, month = MemberId(kept["person"]), Month.parse(kept["month"])
    if "shown_fen" not in kept:
        return _show_dues(kept, member_id, month, context)
    done = dues_corrections.correct(
        context.session,
        member_id=member_id,
        month=month,
        fen=kept["fen"],
        reason=kept["reason"],
        by=context.actor,
        now=context.now,
        shown_fen=kept["shown_fen"],
    )
    facts = _dues_facts(done, context)
    template = DUES_DONE if done.confirmed else DUES_WAITING
    return _tell(template, DUES_NOTE, facts, member_id, context)


def _show_dues(
    kept: Mapping[str, Any], member_id: MemberId, month: Month, context: Context
) -> Reply:
    """Show whose amount becomes what: a correction of money cannot be undone."""
    draft = dues_corrections.prepare(
        context.session,
        member_id=member_id,
        month=month,
        fen=kept["fen"],
        reason=kept["reason"],
        by=context.actor,
    )
    template = DUES_SHOWN if draft.confirmed else DUES_SHOWN_WAITING
    text = say(template, **_dues_facts(draft, context))
    return preview(context, CORRECT, None, {**kept, "shown_fen": draft.before_fen}, text)


def _dues_facts(done: CorrectedDues, context: Context) -> dict[str, Fact]:
    return {
        "name": _roll(done.name),
        "month": private(month_words(done.month, context.today.year)),
        "before": private(yuan(done.before_fen)),
        "after": private(yuan(done.after_fen)),
        "reason": private(done.reason),
    }


def _correct_mark(kept: Mapping[str, Any], context: Context) -> Reply:
    member_id = MemberId(kept["person"])
    done = attendance_corrections.correct(
        context.session,
        member_id=member_id,
        meeting_id=MeetingId(kept["meeting_id"]),
        mark=None if kept["mark"] == _NOT_MADE_UP else MARK_WORDS[kept["mark"]],
        reason=kept["reason"],
        by=context.actor,
        now=context.now,
    )
    facts = _facts(done, mark_words(done.before), mark_words(done.after))
    return _tell(MARK_DONE, MARK_NOTE, facts, member_id, context)


def _correct_signup(kept: Mapping[str, Any], context: Context) -> Reply:
    member_id = MemberId(kept["person"])
    done = study_corrections.correct(
        context.session,
        member_id=member_id,
        meeting_id=MeetingId(kept["meeting_id"]),
        seats=kept["seats"],
        reason=kept["reason"],
        by=context.actor,
        now=context.now,
    )
    tell_promoted(context)
    facts = _facts(done, _seats(done.before), _seats(done.after))
    return _tell(SIGNUP_DONE, SIGNUP_NOTE, facts, member_id, context)


def _facts(done: CorrectedMark | CorrectedSignup, before: str, after: str) -> dict[str, Fact]:
    return {
        "name": _roll(done.name),
        "title": event(done.meeting.title),
        "before": _presence(before),
        "after": _presence(after),
        "reason": _presence(done.reason),
    }


def _tell(
    answer: str, note: str, facts: Mapping[str, Fact], member_id: MemberId, context: Context
) -> Reply:
    """Answer the organiser, and tell the member privately, where there is a way."""
    bar(context, "更正记录", NOT_BACK)
    reachable = outbox.addresses_of(context.session, context.routes, {member_id})
    text = say(answer, told=TOLD if reachable else CALL, **facts)
    told = say(note, by=context.actor.name, **facts)
    return Reply(text, send=(_letter(member_id, told, context),))


def _letter(member_id: MemberId, text: Text, context: Context) -> ToMember:
    return ToMember(member_id, text, f"corrected:{context.inbound_id}:{member_id}")


def _seats(seats: int) -> str:
    return f"{seats}人" if seats else "没有报名"


def _roll(words: str) -> Fact:
    return Fact(FactKind.ROLL, words)


def _presence(words: str) -> Fact:
    return Fact(FactKind.PRESENCE, words)


_DO = {_DUES: _correct_dues, _MARK: _correct_mark, _SIGNUP: _correct_signup}

INTENT = Intent(
    name=CORRECT,
    title="更正记录",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
REASON = Intent(
    name="correct_reason",
    title="写更正的原因",
    recognise=recognise_reason,
    handle=handle_reason,
    examples=REASON_EXAMPLES,
    silent=REASON_SILENT,
    for_secretaries=True,
)
