"""Deciding on 补签 and 代签 (确认签到, 不同意): a preview, then the head-count typed back.

Example:
    王敏: 确认签到 全部
    » 将同意：
    | 张伟 3月支部党员大会 补签（15:00）
    | 共1人。回复 确认1 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.privacy import Fact, FactKind, Text, say
from bot.domain.reads import Seen
from bot.domain.wording import clock_words
from bot.inbound.context import Context
from bot.inbound.deciding import (
    EVERYONE,
    MOST_LINES,
    GrantSlots,
    RefuseSlots,
    loaded,
    meant,
    stored,
)
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.names import NAME, read_names
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember, reply, telling
from bot.inbound.utterance import Utterance
from bot.services import attendance_requests, request_letters
from bot.services.attendance_requests import Request
from bot.services.reads import Read
from bot.services.request_letters import Told

PREVIEW = "将同意：\n{lines}\n共{n}人。回复 确认{n} 登记，回复 取消 作罢"
LINE = "{name} {title} {kind}（{how}）"
DONE = "✓ 已登记{n}人到会。"
REFUSED = "✓ 没有同意{names}的签到，已告诉本人。"
WHOSE = "请写明是谁：确认签到 张三，或 确认签到 全部"


GRANT_EXAMPLES = ("确认签到 张三", "确认签到 全部", "确认签到 张三、李四", "确认补签 张三")
GRANT_SILENT = ("确认签到了吗", "签到确认一下", "确认党费 全部")
REFUSE_EXAMPLES = ("不同意 张三", "不同意 张三 当天没来", "不同意 张三、李四")
REFUSE_SILENT = ("我不同意这个意见", "不同意", "他不同意张三的看法")

_GRANT = re.compile(r"(?:确认|同意)(?:签到|补签|代签)\s?:?\s?(?P<rest>.{0,80})")
_REFUSE = re.compile(rf"不同意(?:签到|补签|代签)?[\s:]\s?(?={NAME}|\S{{2,4}}(?:\s|、|$))")
_ASKED = re.compile(r"[？吗没]|怎|多少|了$")
_PLAIN = re.compile(r"[\u4e00-\u9fa5·、]{2,80}")
_LONGEST = 8  # characters of a name


def recognise_grant(utterance: Utterance) -> list[Reading]:
    """Recognise 确认签到 张三 and 确认签到 全部 (`EXACT`)."""
    match = _GRANT.fullmatch(utterance.text)
    if not match or _ASKED.search(match["rest"]):
        return []
    rest = match["rest"].strip()
    everyone = rest.split(" ")[0] in EVERYONE
    names = () if everyone else _names(utterance, match.start("rest"))[0]
    if rest and not (names or everyone):
        return []
    return [Reading(GrantSlots(names, everyone), Strength.EXACT, match.span())]


def recognise_refuse(utterance: Utterance) -> list[Reading]:
    """Recognise 不同意 张三 当天没来 (`EXACT`)."""
    match = _REFUSE.match(utterance.text)
    if not match or "？" in utterance.text:
        return []
    names, end = _names(utterance, match.end())
    if not names:
        return []
    reason = utterance.text[end:].strip(" ，。:")[:60]
    whole = (0, len(utterance.text))
    return [Reading(RefuseSlots(names, reason), Strength.EXACT, whole)]


def _names(utterance: Utterance, start: int) -> tuple[tuple[str, ...], int]:
    """Read names after a command, where any word stands for a person."""
    names, end = read_names(utterance.text, start, utterance.lexicon)
    plain = _PLAIN.match(utterance.text, start)
    listed = plain[0].strip("、").split("、") if plain else []
    if plain and plain.end() > end and all(2 <= len(name) <= _LONGEST for name in listed):
        return tuple(dict.fromkeys(listed)), plain.end()
    return names, end


def handle_grant(slots: GrantSlots, context: Context) -> Reply:
    """Show what would be granted, with the head-count."""
    if not slots.everyone and not slots.names:
        return reply(WHOSE)
    return _show(context, {"names": list(slots.names)})


def resume_grant(kept: Mapping[str, Any], context: Context) -> Reply:
    """Grant the requests of the preview; after a question who is meant, show it."""
    if "requests" not in kept:
        return _show(context, kept)
    requests = [loaded(request) for request in kept["requests"]]
    attendance_requests.grant(context.session, requests, by=context.actor, now=context.now)
    people = {request.member_id for request in requests}
    told = request_letters.of_checkins(requests, granted=True, by=context.actor)
    return Reply(say(DONE, n=len(people)), send=_posts(told, context))


def handle_refuse(slots: RefuseSlots, context: Context) -> Reply:
    """Refuse the requests of those named; each of them hears why."""
    return resume_refuse({"names": list(slots.names), "reason": slots.reason}, context)


def resume_refuse(kept: Mapping[str, Any], context: Context) -> Reply:
    """Refuse once it is clear whose requests are meant."""
    requests = _waiting(REFUSE.name, kept, context)
    if isinstance(requests, Reply):
        return requests
    reason = kept["reason"]
    attendance_requests.refuse(
        context.session, requests, by=context.actor, now=context.now, reason=reason
    )
    told = request_letters.of_checkins(requests, granted=False, by=context.actor, reason=reason)
    names = "、".join(dict.fromkeys(request.name for request in requests))
    return Reply(
        say(REFUSED, names=Fact(FactKind.PRESENCE, names)),
        send=_posts(told, context),
    )


def _show(context: Context, kept: Mapping[str, Any]) -> Reply:
    requests = _waiting(GRANT.name, kept, context)
    if isinstance(requests, Reply):
        return requests
    members = tuple(dict.fromkeys(request.member_id for request in requests))
    people = len(members)
    shown = preview(
        context,
        GRANT.name,
        people,
        {"requests": [stored(request) for request in requests]},
        _preview_text(requests, people),
    )
    return telling(shown, Read(Seen.ATTENDANCE, members=members))


def _waiting(intent: str, kept: Mapping[str, Any], context: Context) -> list[Request] | Reply:
    """Return the requests of those named, or of everybody; or the question who is meant."""
    members = meant(intent, kept, context)
    if isinstance(members, Reply):
        return members
    return attendance_requests.list_waiting(
        context.session, by=context.actor, now=context.now, members=members
    )


def _preview_text(requests: Sequence[Request], people: int) -> Text:
    lines = [
        LINE.format(
            name=request.name,
            title=request.title,
            kind=request_letters.KINDS[request.mark],
            how=f"{request.reporter}报，{clock_words(request.said_at)}"
            if request.reporter
            else clock_words(request.said_at),
        )
        for request in requests[:MOST_LINES]
    ]
    if len(requests) > MOST_LINES:
        lines.append(f"…等共{len(requests)}条")
    return say(PREVIEW, lines=Fact(FactKind.PRESENCE, "\n".join(lines)), n=people)


def _posts(told: Sequence[Told], context: Context) -> tuple[ToMember, ...]:
    key = f"decided:{context.inbound_id}"
    return tuple(ToMember(one.member_id, one.text, f"{key}:{one.key}") for one in told)


GRANT = Intent(
    name="confirm_checkin",
    title="同意补签、代签",
    recognise=recognise_grant,
    handle=handle_grant,
    resume=resume_grant,
    examples=GRANT_EXAMPLES,
    silent=GRANT_SILENT,
    for_secretaries=True,
)
REFUSE = Intent(
    name="refuse_checkin",
    title="不同意补签、代签",
    recognise=recognise_refuse,
    handle=handle_refuse,
    resume=resume_refuse,
    examples=REFUSE_EXAMPLES,
    silent=REFUSE_SILENT,
    for_secretaries=True,
)
