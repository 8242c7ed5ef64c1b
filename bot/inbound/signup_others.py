"""What is said of sign-ups for others: to who wrote it, and to those who were signed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.privacy import Fact, FactKind, Text, event, join, say
from bot.inbound.context import Context
from bot.inbound.replies import ToMember
from bot.services.study import Joined

OTHERS_DONE = "✓ 已给{names}报名{title}（{when}），共{seats}人，还剩{left}个名额。打错了回复 撤销"
OTHERS_WAIT = "✓ {title}名额不够，{names}已排候补。有空位就报上，马上告诉他们。打错了回复 撤销"
OTHERS_TWICE = "{names}已经报过{title}了，不用再报。"
TOLD_WAITS = "{reporter}给您报名了{title}（{when}），名额满了，先排候补。不去请回复 撤销"
TOLD = "{reporter}给您报名了{title}（{when}）。不去请回复 撤销"


def shares(kept: Mapping[str, Any], named: int) -> tuple[int, int]:
    """Return the seats of the writer and of each one named; 0 for each where it is not clear."""
    own = int(kept["with_me"])
    count = kept["seats"]
    if count in (None, own + named):
        return own, 1
    if own:
        return count - named, 1 if count > named else 0
    return 0, count if named == 1 else 0


def others_words(joined: Sequence[Joined]) -> Text:
    lines = []
    templates = ((OTHERS_DONE, True, False), (OTHERS_WAIT, True, True), (OTHERS_TWICE, False, None))
    for template, new, waits in templates:
        group = [
            each for each in joined if each.new is new and waits in (None, bool(each.position))
        ]
        if group:
            meeting = group[-1].meeting
            lines.append(
                say(
                    template,
                    names=Fact(FactKind.SIGNUP, "、".join(each.name for each in group)),
                    title=event(meeting.title),
                    when=event(meeting.when),
                    seats=sum(each.seats for each in group),
                    left=min(each.left for each in group),
                )
            )
    return join(*lines)


def told(joined: Sequence[Joined], context: Context) -> tuple[ToMember, ...]:
    """Tell everybody else that he was signed up, and how to object."""
    return tuple(
        ToMember(
            each.member_id,
            say(
                TOLD_WAITS if each.position else TOLD,
                reporter=context.actor.name,
                title=event(each.meeting.title),
                when=event(each.meeting.when),
            ),
            f"signup:{context.inbound_id}:{each.member_id}",
        )
        for each in joined
        if each.new and each.member_id != context.actor.member_id
    )
