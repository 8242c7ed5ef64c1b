"""An order about a whole room: names against the meeting's roll, the preview, the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.attendance import MARK_NAMES, ON_LEAVE, THERE, Mark
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import Fact, FactKind, Text, count, event, missing, say
from bot.domain.prompts import MAX_CHOICES
from bot.domain.rights import Action
from bot.domain.wording import names_words, with_note
from bot.inbound.context import Context
from bot.inbound.meeting_words import loaded
from bot.inbound.questions import Option, ask, preview
from bot.inbound.replies import Reply, ToMember
from bot.services import attendance, meeting_meant, meetings, naming, people, roll_calls
from bot.services.meetings import MeetingView
from bot.services.naming import Named, NobodyNamed, TooManyNamed, WhichPerson
from bot.services.roll_calls import Draft, Recorded

WHICH_MEETING = "是哪个会：{choices}。回复数字就行。"
WHO = "“{name}”是谁：{choices}。回复数字就行。"
NONE_OF_THEM = "都不是，先不记"
PREVIEW = "预览（未登记）：{title}（{when}），应到{expected}人。\n{lines}"
CAME = "到会{n}：{names}"
SET = "{what}{n}：{names}"
OTHERWISE = "和本人说的不一样{n}：{names}"
TURNED = "{before}改为{after}"
NOT_ASKED = "不作硬性要求，没有记{n}：{names}"
UNKNOWN = "名册里对不上，没有记{n}：{names}"
CONFIRM = "回复 确认{n} 登记，回复 取消 作罢"
NOTHING_NEW = "{title}：{said}都已经登记好了，不用再登。{unknown}"
NOBODY_KNOWN = "{title}：{names}在名册里都对不上，没有登记。请核对姓名。"
DONE = "✓ 已登记{title}：应到{expected}，实到{present}，请假{leave}，缺席{absent}。{open}打错了回复 撤销"
STILL_OPEN = "还有{n}人未定。"
OVERRULED = "{by}把您在{title}的登记记成了{mark}，和您说的不一样。不对请直接告诉组织委员。"


@dataclass(frozen=True, slots=True)
class Room:
    """Who the names of an order mean.

    Attributes:
        people: Name as written → whom it means.
        unknown: Names that mean nobody.
    """

    people: Mapping[str, Named]
    unknown: tuple[str, ...] = ()


def meeting_of(
    context: Context,
    intent: str,
    kept: Mapping[str, Any],
    example: str,
    *,
    coming: bool = False,
    classes: bool = False,
) -> MeetingView | Reply:
    """Return the meeting an order is about, or the question which one.

    Args:
        kept: With `meant`, or with the `meeting_id` that an answer has settled.
        example: The whole command, with `{meeting}` where the name belongs.
        coming, classes: As in `meeting_meant.find_meant`.
    """
    context.member_id  # noqa: B018 - strangers are told how to bind first
    if kept.get("meeting_id") is not None:
        return meetings.get_meeting(context.session, MeetingId(kept["meeting_id"]))
    try:
        return meeting_meant.find_meant(
            context.session,
            loaded(kept["meant"]),
            by=context.actor,
            now=context.now,
            example=example,
            coming=coming,
            classes=classes,
        )
    except attendance.WhichMeeting as several:
        options = [
            (f"{m.title}（{m.start_words}）", {**kept, "meeting_id": m.id}) for m in several.choices
        ]
        return ask(context, intent, WHICH_MEETING, options)


def room_of(
    context: Context,
    intent: str,
    names: Sequence[str],
    kept: Mapping[str, Any],
    meeting: MeetingView,
    *,
    leave_out: bool = False,
) -> Room | Reply:
    """Return whom names mean on the roll of a meeting's unit, or the question about an unclear one.

    Args:
        kept: What finishes the order, with the `settled` of earlier answers.
        leave_out: A name that means nobody is left out and told, instead of refusing the order.

    Raises:
        NobodyNamed, TooManyNamed
    """
    settled: dict[str, int] = dict(kept.get("settled") or {})
    reach = naming.load_reach(
        context.session,
        by=context.actor,
        on=meeting.day,
        action=Action.RECORD_ATTENDANCE,
        own_branch=False,
        within=meeting.unit_id,
    )
    written = list(dict.fromkeys(one for name in names for one in naming.take_apart(reach, name)))
    found: dict[str, Named] = {}
    unknown: list[str] = []
    for name in written:
        if settled.get(name) == 0:
            unknown.append(name)
            continue
        try:
            found[name] = naming.the_one(reach, name, settled.get(name), len(written))
        except WhichPerson as question:
            kept = {**kept, "meeting_id": meeting.id}
            return _who(context, intent, question, kept, settled, leave_out=leave_out)
        except (NobodyNamed, TooManyNamed):
            if not leave_out:
                raise
            unknown.append(name)
    return Room(found, tuple(unknown))


def _who(
    context: Context,
    intent: str,
    question: WhichPerson,
    kept: Mapping[str, Any],
    settled: Mapping[str, int],
    *,
    leave_out: bool,
) -> Reply:
    most = MAX_CHOICES - 1 if leave_out else MAX_CHOICES
    options: list[Option] = [
        (label, {**kept, "settled": {**settled, question.written: person.id}})
        for person, label in question.choices[:most]
    ]
    if leave_out:
        options.append((NONE_OF_THEM, {**kept, "settled": {**settled, question.written: 0}}))
    numbered = "，".join(f"{number} {label}" for number, (label, _) in enumerate(options, start=1))
    text = say(WHO, name=question.written, choices=Fact(FactKind.ROLL, numbered))
    return ask(context, intent, "{choices}", options, text)


def show(context: Context, intent: str, draft: Draft, unknown: Sequence[str] = ()) -> Reply:
    """Show what would be marked, with the head-count of those present to type back."""
    title = event(draft.meeting.title)
    if not draft.changes:
        if unknown and not draft.came:
            return Reply(say(NOBODY_KNOWN, title=title, names=missing("、".join(unknown))))
        left = UNKNOWN.format(n=len(unknown), names="、".join(unknown)) if unknown else ""
        said = f"到会{len(draft.came)}人"
        return Reply(say(NOTHING_NEW, title=title, said=count_words(said), unknown=missing(left)))
    number = len(draft.came)
    text = say(
        PREVIEW,
        title=title,
        when=event(draft.meeting.when),
        expected=count(draft.expected),
        lines=missing("\n".join([*_lines(draft, unknown), CONFIRM.format(n=number)])),
    )
    return preview(context, intent, number, draft.kept, text)


def count_words(words: str) -> Fact:
    """Return words that hold a number without names as a fact."""
    return Fact(FactKind.COUNT, words)


def _lines(draft: Draft, unknown: Sequence[str]) -> list[str]:
    called = people.tell_apart(list(draft.persons.values()))

    def names(members: Sequence[MemberId]) -> str:
        return names_words([called[member] for member in members], limit=None)

    came = [person.id for person in draft.came]
    lines = [CAME.format(n=len(came), names=names(came))] if came else ["到会0"]
    for mark in (Mark.LEAVE, Mark.ABSENT):
        members = [change.member for change in draft.changes if change.after is mark]
        if members:
            lines.append(SET.format(what=MARK_NAMES[mark], n=len(members), names=names(members)))
    turned = [
        with_note(
            called[change.member],
            TURNED.format(
                before=_called(change.before),
                after=MARK_NAMES[change.after],
            ),
        )
        for change in draft.changes
        if change.contradicts
    ]
    if turned:
        lines.append(OTHERWISE.format(n=len(turned), names="、".join(turned)))
    left = [person.id for person in draft.not_asked]
    if left:
        lines.append(NOT_ASKED.format(n=len(left), names=names(left)))
    if unknown:
        lines.append(UNKNOWN.format(n=len(unknown), names="、".join(unknown)))
    return lines


def _called(mark: Mark | None) -> str:
    return MARK_NAMES[Mark.LEAVE] if mark in ON_LEAVE else MARK_NAMES[mark] if mark else ""


def record(context: Context, kept: Mapping[str, Any], source: str) -> Reply:
    """Mark what the preview showed; whoever had said otherwise himself is told, nobody else."""
    done = roll_calls.record(
        context.session, kept, source=source, by=context.actor, now=context.now
    )
    tally = done.tally
    text = say(
        DONE,
        title=event(done.meeting.title),
        expected=count(tally.expected),
        present=count(tally.present),
        leave=count(tally.leave),
        absent=count(tally.absent),
        open=STILL_OPEN.format(n=tally.open) if tally.open else "",
    )
    return Reply(text, send=_told(done, context))


def _told(done: Recorded, context: Context) -> tuple[ToMember, ...]:
    return tuple(
        ToMember(member, _overruled(done, mark, context), f"roll:{context.inbound_id}:{member}")
        for member, mark in done.overruled
        if mark in THERE or mark in (Mark.LEAVE, Mark.ABSENT)
    )


def _overruled(done: Recorded, mark: Mark, context: Context) -> Text:
    return say(
        OVERRULED,
        by=context.actor.name,
        title=event(done.meeting.title),
        mark=Fact(FactKind.PRESENCE, MARK_NAMES[mark]),
    )
