"""Decisions of a meeting: what is to be voted on, the totals, and no ballot in a chat (表决).

Example:
    李建国: 表决 接收张三为预备党员 赞成20 反对0 弃权1
    » ✓ 已登记。表决“接收张三为预备党员”：赞成20、反对0、弃权1。
    | 有表决权的应到23人，到会21人（要过半，12人）；赞成共20票（要12票）。符合规定，通过。
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, time, timedelta
from typing import Any

from bot.clock import at as moment_at
from bot.domain.decisions import Ballot, BallotInChat, Stage, asks_for_ballot
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.privacy import Text, event, join, say
from bot.domain.rights import Action
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.decisions import AnnounceSlots, VoteSlots, find_announced, find_vote
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.minutes import Which
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.inbound.whom import whom
from bot.services import decisions, minutes
from bot.services.decision_words import left_out_words, verdict_words
from bot.services.meetings import MeetingView

VOTED = "✓ 已登记。{verdict}"
CALL_AGAIN = "重新召集请回复：建会 {title} {day} 10:00 地点"
ANNOUNCED = "✓ 已记下：{meeting}要表决“{title}”。会前2天、2小时我把到会人数够不够告诉组织委员。打错了回复 撤销"
NO_TOTALS = (
    "请写上票数，例如：表决 接收张三为预备党员 赞成20 反对0 弃权1。"
    "还没开会、只是安排表决的，请回复：安排表决 接收张三为预备党员"
)
NO_TITLE = "请写明表决什么，例如：表决 接收张三为预备党员 赞成20 反对0 弃权1"

VOTE_EXAMPLES = (
    "表决 接收张三为预备党员 赞成20 反对0 弃权1",
    "表决 李四转正 党员大会 赞成18票 反对1票 弃权0票 书面赞成2",
    "表决：16日开展义务植树 同意20 反对0 弃权0",
    "表决 接收张三为预备党员 赞成19 反对0 弃权1 不在场 王五",
    "表决 三月工作安排 10:30 赞成7 反对0 弃权0",
)
VOTE_SILENT = ("表决通过了", "怎么表决", "大家表决一下", "表决要多少人同意", "赞成20 反对0")
ANNOUNCE_EXAMPLES = ("安排表决 接收张三为预备党员 党员大会", "拟表决 李四转正")
ANNOUNCE_SILENT = ("要表决什么", "安排表决吗", "安排一下")
BALLOT_EXAMPLES = (
    "同意接收张三为预备党员的请回复1",
    "请大家在群里对李四转正投票，同意的扣1",
    "民主评议王五，同意评为优秀的接龙",
    "#接龙\n同意李四转正的接龙\n1. 张三 同意",
)
BALLOT_SILENT = (
    "恭喜张三转正",
    "今天表决了张三的转正，赞成20票",
    "同意",
    "收到请回复1",
    "接收预备党员的会定在明天",
)


def recognise_vote(utterance: Utterance) -> list[Reading]:
    """Recognise the totals of a vote."""
    slots = find_vote(utterance)
    return [] if slots is None else [_whole(utterance, slots)]


def recognise_announce(utterance: Utterance) -> list[Reading]:
    """Recognise what a meeting is to vote on."""
    slots = find_announced(utterance)
    return [] if slots is None else [_whole(utterance, slots)]


def recognise_ballot(utterance: Utterance) -> list[Reading]:
    """Recognise a message that asks people to vote on a person by answering it."""
    if utterance.text.startswith("表决") or not asks_for_ballot(utterance.raw):
        return []
    return [Reading(None, Strength.CLEAR, (0, len(utterance.text)))]


def handle_vote(slots: VoteSlots, context: Context) -> Reply:
    """Record the totals of a vote; without a quorum say that nothing was decided."""
    if not slots.title:
        raise DomainError(NO_TITLE)
    if slots.ballot is None:
        raise DomainError(NO_TOTALS)
    meeting = _meant(slots.which, context)
    kept = {
        "meeting": meeting.id,
        "title": slots.title,
        "ballot": asdict(slots.ballot),
        "away": list(slots.away),
        "at": slots.at.isoformat() if slots.at else None,
        "called": meeting.short_title,
        "day": meeting.day.isoformat(),
        "reason": slots.reason,
    }
    return resume_vote(kept, context)


def resume_vote(kept: Mapping[str, Any], context: Context) -> Reply:
    """Record a vote, once it is clear who was not in the room."""
    away: list[MemberId] = []
    if kept["away"]:
        named = whom(
            context,
            "decision_vote",
            kept["away"],
            kept,
            action=Action.WRITE_MINUTES,
            own_branch=False,
        )
        if isinstance(named, Reply):
            return named
        away = [person.id for person in named]
    at = time.fromisoformat(kept["at"]) if kept["at"] else None
    voted = decisions.record_vote(
        context.session,
        meeting_id=kept["meeting"],
        title=kept["title"],
        ballot=Ballot(**kept["ballot"]),
        by=context.actor,
        now=context.arrived_at,
        away=away,
        voted_at=moment_at(date.fromisoformat(kept["day"]), at.hour, at.minute) if at else None,
        reason=kept["reason"],
    )
    words = verdict_words(voted)
    if voted.not_counted:
        words = join(words, left_out_words(voted))
    if voted.stage is Stage.BLOCKED:
        day = day_words(context.today + timedelta(days=7))
        again = say(CALL_AGAIN, title=event(kept["called"]), day=day)
        return Reply(join(words, again))
    return Reply(Text(VOTED.format(verdict=words.words), words.facts))


def handle_announce(slots: AnnounceSlots, context: Context) -> Reply:
    """Announce a vote."""
    meeting = _meant(slots.which, context, coming=True)
    voted = decisions.announce(
        context.session,
        meeting_id=meeting.id,
        title=slots.title,
        by=context.actor,
        now=context.arrived_at,
    )
    return Reply(say(ANNOUNCED, meeting=event(meeting.title), title=event(voted.title)))


def handle_ballot(_slots: None, _context: Context) -> Reply:
    """Refuse to run a ballot in a chat."""
    raise BallotInChat


def _whole(utterance: Utterance, slots: VoteSlots | AnnounceSlots) -> Reading:
    return Reading(slots, Strength.EXACT, (0, len(utterance.text)))


def _meant(which: Which, context: Context, *, coming: bool = False) -> MeetingView:
    return minutes.find_meeting(
        context.session,
        title=which.title,
        days=which.days,
        by=context.actor,
        now=context.now,
        coming=coming,
        voting=True,
    )


VOTE = Intent(
    name="decision_vote",
    title="登记表决",
    recognise=recognise_vote,
    handle=handle_vote,
    resume=resume_vote,
    examples=VOTE_EXAMPLES,
    silent=VOTE_SILENT,
    for_secretaries=True,
    numbers=True,
)
ANNOUNCE = Intent(
    name="decision_announce",
    title="安排表决",
    recognise=recognise_announce,
    handle=handle_announce,
    examples=ANNOUNCE_EXAMPLES,
    silent=ANNOUNCE_SILENT,
    for_secretaries=True,
)
BALLOT = Intent(
    name="ballot_refused",
    title="群里表决（不办）",
    recognise=recognise_ballot,
    handle=handle_ballot,
    examples=BALLOT_EXAMPLES,
    silent=BALLOT_SILENT,
    for_secretaries=True,
)
