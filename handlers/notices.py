"""Sending a notice (发通知).

Example:
    李书记: 发通知 明天下午3点在社区二楼开会
    » 预览（未发送）：明天下午3点在社区二楼开会……共42人。回复 确认42
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from bot.domain.audiences import Audience, find_audience
from bot.domain.demands import missing_of_demand
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, NoticeId
from bot.domain.notices import check_body, corrected_text, title_of
from bot.domain.privacy import Fact, FactKind, count, say
from bot.domain.rights import Action, holds
from bot.domain.wording import later_words, names_words
from bot.inbound.context import Context
from bot.inbound.dues_reminders import reminded_in_other_words
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.places import find_place
from bot.inbound.questions import ask_reason, preview
from bot.inbound.read import read
from bot.inbound.replies import Reply
from bot.inbound.telling import Telling, telling_of
from bot.inbound.titles import without_values
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.inbound.whom import whom
from bot.services import notice_corrections, notices, people, undo
from bot.services.notice_corrections import InForce
from bot.services.notices import Preview

PREVIEW = "预览（未发送），{when}发给{whom}\n{body}\n——\n共{n}人{unbound}。回复 确认{n} 发送，回复 取消 作罢{waits}{lacks}"
WAITS = "\n现在是休息时间，确认后{when}发；要马上发回复 立即确认{n}"
LACKS = "\n提示：通知里有要办的事，没写{what}。要补上就重发一遍 发通知；不用补，照样确认。"
UNBOUND = "，其中{k}人未绑定（{names}，请电话）"
DONE = "✓ 已交平台发送，共{n}人{unbound}。回复 名单 通知 可看谁收到了、谁没送到。"
DONE_LATER = "✓ 已记下，{when}交平台发送，共{n}人{unbound}。写错了十分钟内回复 撤销；回复 名单 通知 可看谁收到了、谁没送到。"
LEFT = "；{names}没有账号，请打电话"
TOO_MANY = (
    "大家最近7天已经收到{n}条通知了。能并到下一条的先不发；一定要发，请回复 原因 加一句话，例如 "
    "原因 明天就开会。不发了回复 取消"
)
NOTHING_SENT = "最近一周没有发过通知，没有要更正的。发新的请回复：发通知 内容"
WRITE_IT = "请写上更正以后的全文，例如：更正通知 明天下午4点社区二楼开会（现在这条是“{title}”）"
_MENTION = 20  # characters a mention may take before the order
EVERYBODY = "{unit}全体"
SOME_OF = "{whose}：{names}"
NOT_KNOWN = (
    "不知道“{some}”是哪些人，什么也没有发。可以写姓名，或者：支委、书记们、党小组长、预备党员、"
    "离退休党员、流动党员、第一党小组、请假的人、没到会的人。发给大家请回复：发通知 内容"
)
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class NoticeSendSlots:
    """A notice to send.

    Attributes:
        body: The text as written by the sender; "" when the order came without one.
        day: The first day the text names.
        at: The first time of day the text names.
        place: The place the text names.
        names: Those it is for, as written; empty for all of the sender's unit.
        some: Likewise, where it is for some without a name (请假的人, 支委).
    """

    body: str
    day: date | None = None
    at: time | None = None
    place: str | None = None
    names: tuple[str, ...] = ()
    some: str = ""


EXAMPLES = (
    "发通知 明天下午3点开会",
    "发通知：周五上午9点在二楼会议室开党课",
    "群发一下：没交心得的今天交齐",
    "发通知",
)
SILENT = ("发通知了吗", "通知里说的附件打不开", "通知收到", "谁发的通知")

_MOVED = re.compile(r"[改换挪移推延调顺][期迟后]?[到至在成为]|推迟[到至]|提前[到至]")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an order to send a notice; its body belongs to it alone (`EXACT`)."""
    told = telling_of(utterance)
    if told is None or _TRANSFER.match(utterance.text):
        return []
    if reminded_in_other_words(utterance) is not None:
        return []
    return [Reading(_slots(told, utterance), Strength.EXACT, _span(told, utterance))]


# 把张三的组织关系转到五支部: somebody is transferred, nothing is passed on.
_TRANSFER = re.compile(r"(?:请|麻烦)?[把将]?[一-鿿·]{2,4}的?(?:党员)?组织关系转")


def _span(told: Telling, utterance: Utterance) -> tuple[int, int]:
    """Return the stretch of the text it takes, counted from its ends: the text is normalised."""
    length, raw = len(utterance.text), len(utterance.raw)
    start = max(length - (raw - told.start), 1) if told.start else 0
    return start, max(length - (raw - told.end), start + 1)


def _slots(told: Telling, utterance: Utterance) -> NoticeSendSlots:
    body = told.body
    inside = read(body, quoted=None, private=True, addressed=True, now=utterance.now)
    if not inside.clauses:
        return NoticeSendSlots(body, names=told.names, some=told.some)
    whole = inside.stretch(inside.clauses)
    moved = _MOVED.search(inside.text)
    new = Clause(moved.end(), whole.end, inside.text[moved.end() :], whole.mood) if moved else whole
    return NoticeSendSlots(
        body=body,
        day=inside.day_in(new) or inside.day_in(whole),
        at=inside.time_in(new) or inside.time_in(whole),
        place=_moved_to(inside, whole) or find_place(without_values(inside, whole)),
        names=told.names,
        some=told.some,
    )


_MOVED_TO = re.compile(
    r"(?:改|换|挪|移|转|迁|搬|调整?)(?:到|至|在|为|成)(?P<place>[^\s，。；！\d]{2,12}?)(?=召开|举行|开会|开(?:[，。]|$)|集合|集中|[，。；！\s]|$)"
)
_NOT_A_PLACE = re.compile(r"[点时号]$|[上下]午|晚上|周|礼拜|星期|[明后今]天|线上$|月$|几")


def _moved_to(inside: Utterance, whole: Clause) -> str | None:
    """Return where something was moved to (座谈会转至卫校北楼)."""
    found = _MOVED_TO.search(without_values(inside, whole))
    return None if found is None or _NOT_A_PLACE.search(found["place"]) else found["place"]


def handle(slots: NoticeSendSlots, context: Context) -> Reply:
    """Show a notice with names and head-count; nothing is sent yet."""
    kept: dict[str, Any] = {
        "body": slots.body,
        "about": slots.day.isoformat() if slots.day else None,
        "some": slots.some,
    }
    if slots.names:
        check_body(slots.body)  # before a question keeps it
        return _for_named({**kept, "names": list(slots.names)}, context)
    return _go_on(kept, context)


def _for_named(kept: Mapping[str, Any], context: Context) -> Reply:
    """Go on once it is clear who is named."""
    persons = whom(
        context,
        "notice_send",
        kept["names"],
        kept,
        action=Action.SEND_NOTICE,
        own_branch=False,
    )
    if isinstance(persons, Reply):
        return persons
    return _go_on(kept, context, [person.id for person in persons])


def _go_on(kept: Mapping[str, Any], context: Context, named: Sequence[MemberId] = ()) -> Reply:
    """Show a notice for all, or for some who are picked out by words or named.

    Where all have had many of late, a word why is asked for first.
    """
    audience = find_audience(kept["some"]) if kept.get("some") else None
    if kept.get("some") and audience is None:
        raise DomainError(NOT_KNOWN.format(some=kept["some"]))
    day = date.fromisoformat(kept["about"]) if kept["about"] else None
    send_at = datetime.fromisoformat(kept["send_at"]) if kept.get("send_at") else None
    why = kept.get("reason", "")
    if audience is None and not named and not why:
        lately = notices.count_lately(context.session, by=context.actor, now=context.arrived_at)
        if lately >= context.hours.policy.notices_per_week:
            check_body(kept["body"])  # before a question keeps it
            return ask_reason(context, "notice_send", kept, say(TOO_MANY, n=count(lately)))
    return _draft(
        kept["body"], day, context, why=why, audience=audience, named=named, send_at=send_at
    )


def _draft(
    body: str,
    day: date | None,
    context: Context,
    of: InForce | None = None,
    *,
    why: str = "",
    audience: Audience | None = None,
    named: Sequence[MemberId] = (),
    send_at: datetime | None = None,
) -> Reply:
    """Show what would be sent, anew or in place of an earlier notice.

    Args:
        why: Why it goes out though there were many of late.
        audience, named: Some it is for only. send_at: When it is to leave.
    """
    shown = notices.draft(
        context.session,
        body=body,
        by=context.actor,
        routes=context.routes,
        hours=context.hours,
        now=context.arrived_at,
        about=day,
        corrects=None if of is None else of.id,
        audience=audience,
        named=named,
        send_at=send_at,
    )
    text = shown.body if of is None else corrected_text(shown.body, of.body)
    unbound = ""
    if shown.unreachable:
        names = names_words([person.name for person in shown.unreachable])
        unbound = UNBOUND.format(k=len(shown.unreachable), names=names)
    words = say(
        PREVIEW,
        body=Fact(FactKind.NOTICE, text),
        n=count(shown.headcount),
        whom=_whom(shown, context),
        when=f"{later_words(send_at, context.arrived_at)}" if send_at else "",
        unbound=Fact(FactKind.ROLL, unbound),
        lacks=_lacks(shown, of),
        waits="" if send_at else _waits(shown.leaves_at, shown.headcount, context),
    )
    kept = {"notice_id": shown.id, "about": day.isoformat() if day else None, "why": why}
    return preview(context, "notice_send", shown.headcount, kept, words)


def _lacks(shown: Preview, of: InForce | None) -> str:
    """Ask for whoever does it and by when, where a notice asks for something without them."""
    lacks = missing_of_demand(shown.body, addressed=bool(shown.label) and of is None)
    return LACKS.format(what="、".join(lacks)) if lacks else ""


def _whom(shown: Preview, context: Context) -> Fact | str:
    """Say for whom it is; of some only, by name."""
    if not shown.label:
        return EVERYBODY.format(unit=shown.unit)
    ids = [person.id for person in shown.persons]
    called = people.tell_apart_by_branch(context.session, ids, context.today)
    names = names_words([called[person.id] for person in shown.persons], limit=_MOST_NAMED)
    is_whole = shown.label.startswith(shown.unit) or shown.label == notices.NAMED
    whose = shown.label if is_whole else f"{shown.unit}的{shown.label}"
    return Fact(FactKind.ROLL, SOME_OF.format(whose=whose, names=names))


@dataclass(frozen=True, slots=True)
class NoticeCorrectSlots:
    """A notice is to be put right; `day` as in `NoticeSendSlots`."""

    body: str
    day: date | None = None


CORRECT_EXAMPLES = ("更正通知 明天下午4点社区二楼开会", "更正通知：活动改在礼堂", "更正通知")
CORRECT_SILENT = ("更正通知发了吗", "更正通知收到", "怎么更正通知", "通知更正了没有")

_CORRECTION = re.compile(r"(?:请|麻烦)?(?:更正|改正)通知(?:[\s:：,，]+(?P<body>.+))?", re.DOTALL)
_STOPS = " 。.！!~～"
_QUOTING = re.compile(
    r"(?:请|麻烦)?(?:更正|改正)(?:为|成)?[\s:：,，]*(?P<body>[^\s:：,，].+)", re.DOTALL
)


def recognise_correction(utterance: Utterance) -> list[Reading]:
    """Recognise 更正通知 and the new text (`EXACT`); 更正 and the text where a notice is quoted.

    What was quoted is told apart by those who wait for it (`BARE`): 更正 is said of much else.
    """
    if any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    raw = utterance.raw.strip()
    whole_words = raw.rstrip(_STOPS).endswith(utterance.text.rstrip(_STOPS)[-2:])
    order = _CORRECTION.search(raw) if whole_words else None
    if order is not None and order.end() == len(raw) and order.start() <= _MENTION:
        whole = (0, len(utterance.text))
        return [Reading(_correction(order["body"] or "", utterance), Strength.EXACT, whole)]
    quoting = _QUOTING.fullmatch(raw) if utterance.quoted else None
    if quoting is None:
        return []
    whole = (0, len(utterance.text))
    return [Reading(_correction(quoting["body"], utterance), Strength.BARE, whole)]


def _correction(body: str, utterance: Utterance) -> NoticeCorrectSlots:
    inside = read(body, quoted=None, private=True, addressed=True, now=utterance.now)
    day = inside.day_in(inside.stretch(inside.clauses)) if inside.clauses else None
    return NoticeCorrectSlots(body.strip(), day)


def handle_correction(slots: NoticeCorrectSlots, context: Context) -> Reply:
    """Show the corrected notice with names and head-count; nothing is sent yet."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    of = _corrected(context)
    if of is None:
        raise DomainError(NOTHING_SENT)
    if not slots.body:
        raise DomainError(WRITE_IT.format(title=title_of(of.body)))
    return _draft(slots.body, slots.day, context, of)


def _corrected(context: Context) -> InForce | None:
    return notice_corrections.find_latest(
        context.session,
        by=context.actor,
        since=context.now - notices.WAITS_FOR,
        quoted=(context.message.quoted_text or "").strip(),
    )


def _waits_for_correction(context: Context) -> Waiting:
    """Tell whether what is quoted is a notice the writer may put right."""
    if context.actor.member_id is None or not context.message.quoted_text:
        return Waiting.NOTHING
    if not holds(context.actor, Action.SEND_NOTICE) or _corrected(context) is None:
        return Waiting.NOTHING
    return Waiting.ASKED


def _waits(leaves_at: datetime, headcount: int, context: Context) -> str:
    if leaves_at <= context.arrived_at:
        return ""
    return WAITS.format(when=later_words(leaves_at, context.arrived_at), n=headcount)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Send the notice whose head-count was typed back; show one that was asked about, with why."""
    if "names" in kept:
        return _for_named(kept, context)
    if "body" in kept:
        return _go_on(kept, context)
    done = notices.release(
        context.session,
        notice_id=NoticeId(kept["notice_id"]),
        by=context.actor,
        routes=context.routes,
        hours=context.hours,
        now=context.arrived_at,
        about=date.fromisoformat(kept["about"]) if kept.get("about") else None,
        at_once=bool(kept.get("at_once")),
        why=kept.get("why", ""),
    )
    left = LEFT.format(names=names_words(done.unreachable)) if done.unreachable else ""
    later = done.leaves_at > context.arrived_at
    _let_undo(done.id, context, waits=later)
    return Reply(
        say(
            DONE_LATER if later else DONE,
            n=count(done.sent_to),
            unbound=Fact(FactKind.ROLL, left),
            when=later_words(done.leaves_at, context.arrived_at),
        )
    )


def _let_undo(notice_id: NoticeId, context: Context, *, waits: bool) -> None:
    """Let 撤销 take back what waits for the morning; of what has left it says the truth."""
    who, at = context.member_id, context.now
    if waits:
        inverse = {"notice_id": notice_id}
        title = "还没发出的通知"
        undo.remember(
            context.session,
            member_id=who,
            stem=notices.STEM,
            inverse=inverse,
            title=title,
            at=at,
        )
    else:
        undo.bar(context.session, member_id=who, sentence=notices.NOT_BACK, title="通知", at=at)


INTENT = Intent(
    name="notice_send",
    title="发通知",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
CORRECT = Intent(
    name="notice_correct",
    title="更正通知",
    recognise=recognise_correction,
    handle=handle_correction,
    waits=_waits_for_correction,
    examples=CORRECT_EXAMPLES,
    silent=CORRECT_SILENT,
    for_secretaries=True,
)
