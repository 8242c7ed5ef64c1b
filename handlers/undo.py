"""Taking back what was recorded, and putting the own dues right (撤销, 更正).

Example:
    张三: 打错了，38
    » ✓ 已更正：3月党费38元（原来登记30元）。等组织委员核对后回执。打错了回复 撤销
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.domain.dues_allocation import Allocated, Part
from bot.domain.ids import MeetingId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, event, named, say
from bot.domain.privacy import dues as private
from bot.domain.rights import ROLE_NAMES, Action, holds
from bot.domain.wording import month_ranges
from bot.inbound.amending import Values
from bot.inbound.context import Context
from bot.inbound.dues_corrected import corrected, parsed, what_of
from bot.inbound.intents import Intent
from bot.inbound.moving import tell_restored
from bot.inbound.offers import tell_promoted
from bot.inbound.questions import ask, close, find_question, finish, with_values
from bot.inbound.replies import Reply, ToMember, both, reply
from bot.inbound.retractions import UndoSlots, recognise_undo
from bot.inbound.topics import Topic
from bot.inbound.whom import whom
from bot.services import (
    attendance,
    chains,
    dues,
    dues_claim_corrections,
    dues_claims,
    meeting_ends,
    meetings,
    people,
    study,
    undo,
)
from bot.services.attendance import CHECKIN, LEAVE, WhichMeeting
from bot.services.dues_claim_corrections import CORRECTED as CORRECTED_CLAIM
from bot.services.dues_claims import DECLARED, AlreadyConfirmed, WhichClaim
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView
from bot.services.undo import NothingToUndo, Undone

DONE = "✓ 已撤销{title}。"
AGAIN = "✓ 已撤销{what}的登记。请重新发一次正确的，例如 党费 3月 30"
AGAIN_TOGETHER = "✓ 已撤销您和别人的{what}的登记。请重新发一次正确的，例如 我和王秀英3月党费各15"
AGAIN_OTHERS = "✓ 已撤销您替别人登记的{what}。请重新发一次正确的，例如 帮王秀英交了3月党费15元"
RESTORED = "✓ 已改回原来的登记：{what}。回复 我的党费 可以看。"
OBJECTED_DUES = "✓ 已撤销别人替您登记的{what}。"
REPORTER_TOLD = "{name}撤销了您替他登记的{what}。"
SUBJECT_TOLD = "{reporter}撤销了替您登记的{what}。"
CLAIM_BACK = "✓ 已撤销{what}的登记。要重新登记请发 党费 3月 30 这样的一句。"
LEAVE_BACK = "✓ 已撤销{title}的请假，等您来。"
NOT_YET = "{day}的没有另记。要请那天的假请发：请假 {day} 原因"
HOW_MUCH = "您登记的是{what}。对的金额直接写就行，比如30元；整笔不算请回复 撤销党费 {months}"
WHICH_CLAIM = "您有几笔在等核对：{choices}。要撤销哪一笔，回复数字就行。"
WHICH_LEAVE = "您请了几个会的假：{choices}。要取消哪一个，回复数字就行。"
ORGANISER_TOLD = "{what}已经核对，要由{role}{name}来更正，我已转告。"
NOBODY_TO_TELL = "{what}已经核对，要由组织委员来更正，请直接告诉他。"
TO_ORGANISER = (
    "{name}说{what}登记得不对{right}。已核对的是{amount}元。"
    "请问清楚；要改请回复：更正 {name} {month}党费 {set} 原因"
)
RIGHT = "，应是{amount}元"
OBJECTED = "✓ 已撤销别人替您办的：{title}。"
TOLD_REPORTER = "{name}撤销了您替他办的：{title}。"
CORRECT_THEIRS = "撤销只管您自己报的。{name}的要改，请写：更正 {name} 会议名 缺席 原因，或者 更正 {name} 3月党费 15 原因"
ASK_THEM = "撤销只管您自己报的。{name}的请本人回复 撤销，或者告诉组织委员更正。"
NOT_WRITTEN = "好的，刚才那条没有记。请重新写一次，例如：党费 3月 30"
TOLD_SUBJECT = "{reporter}撤销了替您办的：{title}。"


UNDO = "undo"

EXAMPLES = (
    "撤销",
    "撤回",
    "刚才打错了",
    "刚才那条发错了，不算",
    "取消签到",
    "请假不算了",
    "打错了，38",
    "更正：30不是300",
    "更正 3月 38",
    "撤销党费 3月",
    "党费写错了，是105不是150",
    "更正",
)
SILENT = (
    "更正：会议改到三楼",
    "取消报名",
    "怎么撤销",
    "不能撤销吗",
    "没打错",
    "做错题了",
    "我错了",
)

_KINDS = {Topic.CHECKIN: (CHECKIN, "签到"), Topic.STUDY: ("study_done", "学习登记")}


def handle(slots: UndoSlots, context: Context) -> Reply:
    """Take back the writer's own last action, that of the kind named, or put the dues right."""
    context.member_id  # noqa: B018 - strangers have nothing to take back
    if slots.whose and slots.whose != context.actor.name:
        if slots.topic in (None, Topic.CHECKIN, Topic.LEAVE, Topic.DUES):
            return _take_back_of({"names": [slots.whose]}, context)
        if not _did_for_others(context):
            return _not_theirs(slots.whose, context)
    right_fen = slots.amount_fen if slots.right_fen is None else slots.right_fen
    try:
        if right_fen is not None or slots.right_months:
            return _put_value_right(slots, right_fen, context)
        if not (slots.months or slots.topic) and (open_still := find_question(context)):
            close(open_still, context)
            return reply(NOT_WRITTEN)
        if slots.corrects:
            return _ask_amount(context)
        if slots.topic is Topic.DUES or slots.months:
            return _take_back(context, months=slots.months)
    except AlreadyConfirmed as settled:
        return _pass_on(settled.parts, right_fen, context)
    if slots.topic is Topic.LEAVE:
        return _and_instead(_take_back_leave(slots.day, context), slots.right_day)
    if slots.right_day and slots.topic is None:
        return _take_back_leave_or_last(slots.right_day, context)
    what, called = _KINDS.get(slots.topic, ("", "")) if slots.topic else ("", "")
    return _take_back_last(context, what, called, also_older=bool(slots.alone))


def _take_back_leave_or_last(right_day: date, context: Context) -> Reply:
    undone = undo.undo_last(context.session, INVERSES, by=context.actor, now=context.now)
    answer = _undone(undone, context)
    of_leave = undone.stem == attendance.STEM and undone.title.endswith("请假")
    return _and_instead(answer, right_day) if of_leave and undone.objected_to is None else answer


def _and_instead(answer: Reply, right_day: date | None) -> Reply:
    """Say that for the right day nothing is asked yet, and how to ask it."""
    if right_day is None:
        return answer
    day = f"{right_day.month}月{right_day.day}日"
    return both(answer, Reply(say(NOT_YET, day=event(day))))


def _put_value_right(slots: UndoSlots, right_fen: int | None, context: Context) -> Reply:
    """Answer the open question with the month or sum that is right, else correct the own dues."""
    months = slots.right_months or slots.months
    asked = find_question(context)
    if asked is not None:
        return finish(asked, with_values(asked.payload, Values(months, right_fen)), context)
    if right_fen is not None:
        return _correct(slots, right_fen, context)
    moved = dues_claim_corrections.move(
        context.session,
        by=context.actor,
        now=context.now,
        months=slots.right_months,
        wrong_months=slots.wrong_months,
        said_in=str(context.inbound_id),
    )
    return corrected(moved, context)


def _did_for_others(context: Context) -> bool:
    return any(
        undo.is_for_others(context.session, context.actor, context.now, stem)
        for stem in (attendance.STEM, dues.STEM, study.STEM)
    )


def _take_back_of(kept: Mapping[str, Any], context: Context) -> Reply:
    """Take back what the writer reported of another; the writer's own record is never meant."""
    found = whom(context, UNDO, kept["names"], kept, action=Action.RECORD_ATTENDANCE)
    if isinstance(found, Reply):
        return found
    person = found[0]
    if person.id == context.actor.member_id:
        return _take_back_last(context)
    try:
        undone = undo.undo_last(
            context.session,
            INVERSES,
            by=context.actor,
            now=context.now,
            subject_id=person.id,
        )
    except NothingToUndo:
        return _not_theirs(person.name, context)
    return _undone(undone, context)


def _not_theirs(name: str, context: Context) -> Reply:
    """Tell who may take back another member's record."""
    may = holds(context.actor, Action.RECORD_ATTENDANCE)
    return Reply(say(CORRECT_THEIRS if may else ASK_THEM, name=named(name)))


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Finish what a question was put about: which claim, which leave, which amount."""
    if "names" in option:
        return _take_back_of(option, context)
    if "meeting_id" in option:
        return _withdrawn(_withdraw(context, meeting_id=MeetingId(option["meeting_id"])))
    if "source" in option:
        return _take_back(context, source=option["source"])
    if "parts" not in option:
        return _put_right(option, context)
    claim = dues_claim_corrections.find_claim(context.session, context.member_id, option["lines"])
    done = dues_claim_corrections.replace_claim(
        context.session,
        claim,
        Allocated(parsed(option["parts"])),
        by=context.actor,
        now=context.now,
        said_in=str(context.inbound_id),
    )
    return corrected(done, context)


def _put_right(option: Mapping[str, Any], context: Context) -> Reply:
    """Put the declaration right that was shown, by the months or the amount answered."""
    claim = dues_claim_corrections.find_claim(context.session, context.member_id, option["lines"])
    result = dues_claim_corrections.restate(
        context.session,
        claim,
        months=[Month.parse(month) for month in option.get("said_months", ())] or claim.months,
        total_fen=option.get("said_fen", claim.total_fen),
        by=context.actor,
        now=context.now,
        said_in=str(context.inbound_id),
    )
    return corrected(result, context)


def _take_back_last(
    context: Context, what: str = "", called: str = "", *, also_older: bool = False
) -> Reply:
    """Take back the last action of ten minutes; where none is, the only claim that waits.

    Args:
        also_older: Nothing but 撤销 was said, so a claim of any age may be meant.
    """
    try:
        undone = undo.undo_last(
            context.session, INVERSES, by=context.actor, now=context.now, what=what, called=called
        )
    except NothingToUndo:
        if not also_older or not dues_claims.list_claims(context.session, context.member_id):
            raise
        return _take_back(context)
    return _undone(undone, context)


def _take_back(
    context: Context, *, months: Sequence[Month] = (), source: str | None = None
) -> Reply:
    try:
        claim = dues_claims.take_back(
            context.session, by=context.actor, now=context.now, months=months, source=source
        )
    except WhichClaim as several:
        options = [
            (what_of(claim.parts, context), {"source": claim.source}) for claim in several.choices
        ]
        labels = "，".join(f"{n} {label}" for n, (label, _) in enumerate(options, start=1))
        text = say(WHICH_CLAIM, choices=private(labels))
        return ask(context, UNDO, "{choices}", options, text)
    return Reply(say(CLAIM_BACK, what=private(what_of(claim.parts, context))))


def _take_back_leave(day: date | None, context: Context) -> Reply:
    """Take back the last leave of ten minutes, else one of a meeting that has not begun.

    Where the day of the meeting was said, only leave of that day.
    """

    def is_meant(inverse: Mapping[str, Any]) -> bool:
        return day is None or attendance.is_of_day(context.session, inverse, day)

    try:
        undone = undo.undo_last(
            context.session,
            INVERSES,
            by=context.actor,
            now=context.now,
            what=LEAVE,
            fits=is_meant,
        )
    except NothingToUndo:
        try:
            return _withdrawn(_withdraw(context, day=day))
        except WhichMeeting as several:
            options = [(meeting.title, {"meeting_id": meeting.id}) for meeting in several.choices]
            return ask(context, UNDO, WHICH_LEAVE, options)
    return _undone(undone, context)


def _withdraw(
    context: Context, *, day: date | None = None, meeting_id: MeetingId | None = None
) -> list[MeetingView]:
    return attendance.withdraw_leave(
        context.session, by=context.actor, now=context.now, day=day, meeting_id=meeting_id
    )


def _withdrawn(found: Sequence[MeetingView]) -> Reply:
    titles = "、".join(dict.fromkeys(meeting.title for meeting in found))
    return Reply(say(LEAVE_BACK, title=event(titles)))


def _correct(slots: UndoSlots, right_fen: int, context: Context) -> Reply:
    result = dues_claim_corrections.correct(
        context.session,
        by=context.actor,
        now=context.now,
        total_fen=right_fen,
        said_in=str(context.inbound_id),
        months=slots.months,
        wrong_fen=slots.wrong_fen,
        monthly=bool(slots.monthly),
    )
    return corrected(result, context)


def _ask_amount(context: Context) -> Reply:
    """Say what could be corrected and how; without a claim, 更正 means the last action."""
    claims = dues_claims.list_claims(context.session, context.member_id)
    if not claims:
        return _take_back_last(context)
    last = claims[0]
    months = month_ranges(last.months, context.today.year)
    text = say(HOW_MUCH, what=private(what_of(last.parts, context)), months=private(months))
    by_values = {"lines": [line.id for line in last.lines]}
    return ask(context, UNDO, "{choices}", [], text, by_values=by_values)


def _pass_on(parts: Sequence[Part], right_fen: int | None, context: Context) -> Reply:
    """Hand over to the organiser what only the organiser may correct."""
    what = month_ranges((month for month, _ in parts), context.today.year) + "党费"
    organiser = people.find_organiser(
        context.session, context.branch_id, context.today, but=context.member_id
    )
    if organiser is None or organiser.id == context.member_id:
        return Reply(say(NOBODY_TO_TELL, what=private(what)))
    right = "" if right_fen is None else RIGHT.format(amount=yuan(right_fen))
    told = say(
        TO_ORGANISER,
        name=Fact(FactKind.ROLL, context.actor.name),
        what=private(what),
        right=private(right),
        amount=private(yuan(sum(fen for _, fen in parts))),
        month=f"{parts[0][0].number}月",
        set=private("金额" if right_fen is None or len(parts) > 1 else yuan(right_fen)),
    )
    key = f"correct:{context.inbound_id}:{organiser.id}"
    return Reply(_told(what, organiser), send=(ToMember(organiser.id, told, key),))


def _told(what: str, organiser: people.Holder) -> Text:
    role = ROLE_NAMES[organiser.role]
    return say(ORGANISER_TOLD, what=private(what), role=role, name=organiser.name)


def _undone(undone: Undone, context: Context) -> Reply:
    if undone.stem == meeting_ends.STEM:
        ids = {MeetingId(one) for inverse in undone.inverses for one in inverse["meetings"]}
        return tell_restored(meetings.list_by_ids(context.session, ids), context)
    if undone.stem == dues.STEM and undone.title in (DECLARED, CORRECTED_CLAIM):
        return _dues_back(undone, context)
    words = DONE if undone.objected_to is None else OBJECTED
    if undone.stem in _FREES_SEATS:
        tell_promoted(context)
    return Reply(say(words, title=event(undone.title)), send=_others(undone, context))


_FREES_SEATS = (study.STEM, chains.STEM)


def _dues_back(undone: Undone, context: Context) -> Reply:
    """Say of which months and how much a declaration was that is taken back, to each his own."""
    declared = dues_claims.list_declared(context.session, undone.inverses)
    parts = [part for own in declared.values() for part in own]
    what, key = private(what_of(parts, context)), f"undone:{context.inbound_id}"
    restored = [part for inverse in undone.inverses for part in parsed(inverse.get("restores", ()))]
    if undone.objected_to is not None:
        told = say(REPORTER_TOLD, name=context.actor.name, what=what)
        letter = ToMember(undone.objected_to, told, f"{key}:{undone.objected_to}")
        return Reply(say(OBJECTED_DUES, what=what), send=(letter,))
    if restored:
        return Reply(say(RESTORED, what=private(what_of(restored, context))))
    letters = tuple(
        ToMember(
            member,
            say(
                SUBJECT_TOLD,
                reporter=context.actor.name,
                what=private(what_of(declared[member], context)),
            ),
            f"{key}:{member}",
        )
        for member in undone.subjects
        if member in declared
    )
    both_told = AGAIN_TOGETHER if context.member_id in declared else AGAIN_OTHERS
    return Reply(say(both_told if undone.subjects else AGAIN, what=what), send=letters)


def _others(undone: Undone, context: Context) -> tuple[ToMember, ...]:
    """Tell the author of what he did not take back himself, else those it was done for."""
    title, key = event(undone.title), f"undone:{context.inbound_id}"
    if undone.objected_to is not None:
        text = say(TOLD_REPORTER, name=context.actor.name, title=title)
        return (ToMember(undone.objected_to, text, f"{key}:{undone.objected_to}"),)
    text = say(TOLD_SUBJECT, reporter=context.actor.name, title=event(undone.theirs))
    return tuple(ToMember(member, text, f"{key}:{member}") for member in undone.subjects)


INTENT = Intent(
    name=UNDO,
    title="撤销",
    recognise=recognise_undo,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    marks=frozenset("撤作误手混岔反错别略视重乱删去抹掉正准消假不当收改销"),
)
