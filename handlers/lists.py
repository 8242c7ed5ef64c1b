"""Questions about the whole branch (名单, 谁没交党费).

Example:
    李书记: 名单 党费 3月
    » 3月党费：已交18人，未交3人（名单已私聊您）。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.dues import STATE_NAMES, MonthState
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.privacy import count, event, join, missing, say
from bot.domain.prompts import MAX_CHOICES
from bot.domain.reads import Seen
from bot.domain.rights import Action, holds
from bot.domain.units import NOT_INCLUDED
from bot.domain.wording import month_list, names_words, with_note
from bot.inbound.context import Context
from bot.inbound.intents import Intent
from bot.inbound.list_orders import StatsQuerySlots, recognise_stats
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, reply
from bot.inbound.topics import Topic
from bot.services import (
    attendance,
    dues_assessed,
    dues_lists,
    dues_runs,
    meeting_meant,
    meeting_record,
    meetings,
    notices,
    people,
    scopes,
    studied,
    study,
)
from bot.services.meeting_meant import Meant
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.reads import Read

ATTENDANCE = "{title}（{when}）：应到{expected}，已到{present}，请假{leave}。\n{missing}"
NOT_YET = "未到{n}：{names}"
ALL_HERE = "都有着落了。"
ON_LEAVE = "请假{n}：{names}"
PENDING = "补签待同意{n}：{names}"
PROXIED = "代签待同意{n}：{names}"
ASKED = "请假待同意{n}：{names}"
ABSENT = "缺席{n}：{names}"
LEFT_EARLY = "早退{n}：{names}"
ELSEWHERE = "在外参加{n}：{names}"
EXCUSED = "不作硬性要求{n}：{names}"
TO_DECIDE = "同意回复 确认签到 全部，不同意回复 不同意 姓名 原因"
TO_GRANT = "同意请假回复 同意请假 全部，不同意回复 不同意请假 姓名 原因"
DUES = "{month}党费：\n{lines}"
NOT_SETTLED = "还没有核定"
DUES_LINE = "{state}{n}：{names}"
NOTICE = "通知“{title}”：{done}人已收到。{before}\n{missing}"
BEFORE = "更正以前的第{v}版：{n}人收到过。"
OPEN_RUN = "{n}个月未登记"
NOT_ACKED = "未回复{n}：{names}"
NO_ACCOUNT = "没有账号{n}（请电话）：{names}"
NOT_ARRIVED = "没送到{n}：{names}"
SIGNUPS = "{title}：{seats}个名额，已报{taken}。\n{names}"
WAITING = "候补{n}（按先后）：{names}"
WHOSE = "名单 {unit}"
WHOSE_DUES = "名单 党费 {month} {unit}"
DUES_BY_BRANCH = "{month}党费，各支部：\n{lines}\n看一个支部的：{example}"
BRANCH_LINE = "{unit}：{counts}"
EMPTY_ROLL = "名册里没有人"
STUDIED = "{month}学习：{n}人登记过。\n{lines}"
STUDIED_LINE = "{name}：{titles}"
NOT_STUDIED = "还没有登记{n}：{names}"
STATED = "写明到会{n}人，没有名单。"
MADE_UP = "补学{n}：{names}"
NO_NOTICE = "还没有发过通知。"
NO_MEETING = "还没有开过会，也没有安排会。"
NO_SUCH = "没有找到这个会。最近的有：\n{listed}\n请这样写：名单 {example}"
WHICH = "要看哪个会的名单：{choices}。回复数字就行。"
LABEL = "{title}（{start}）"
DUES_OF_ALL = "谁交了党费，只有书记和组织委员能看。看自己的请回复 我的党费"
NOBODY = "还没有人报名"
TOO_MANY_MONTHS = "一次最多看12个月，请分几次看，例如：名单 党费 {month}"
NO_CLASS = "现在没有可以报名的学习或活动。"
MOST_MONTHS = 12
_FRESH = timedelta(hours=12)
_STATES = (MonthState.UNPAID, MonthState.PART, MonthState.DECLARED, MonthState.PAID)


EXAMPLES = (
    "名单",
    "名单 党费 3月",
    "名单 党费 3月 三支部",
    "名单 3月12日",
    "名单 党员大会",
    "名单 学习",
    "谁没交党费",
    "签到了多少人",
    "还有谁没报名",
    "出勤率统计",
    "统计一下请假的人",
)
SILENT = ("党费交到谁那里", "谁的钥匙掉了", "你们都交了吗", "名单上没有我", "大家签到了吗")


def handle(slots: StatsQuerySlots, context: Context) -> Reply:
    """Tell the organiser who has and who has not; names only privately.

    What a member asks the group (谁还没签到), without speaking to the bot, is not ours to refuse.
    """
    if slots.asked and not holds(context.actor, Action.VIEW_LISTS):
        return Reply()
    if slots.topic is Topic.DUES:
        if not holds(context.actor, Action.CONFIRM_DUES):
            raise Forbidden(DUES_OF_ALL)
        months = slots.months or (Month.of(context.today),)
        if len(months) > MOST_MONTHS:
            raise DomainError(TOO_MANY_MONTHS.format(month=month_list(months[:1], months[0].year)))
        of_each = [_dues(context, slots.unit, month) for month in months]
        reads = dict.fromkeys(read for one in of_each for read in one.reads)
        return Reply(join(*(one.text for one in of_each if one.text)), reads=tuple(reads))
    session, actor = context.session, context.actor
    if slots.topic in (Topic.RECEIPT, Topic.NOTICE):
        return _notice(context, slots.unit)
    meant = Meant(slots.title, slots.day, slots.unit, slots.coming)
    branch_id = meeting_meant.unit_of(
        session, meant, by=actor, now=context.now, action=Action.VIEW_LISTS, example=WHOSE
    )
    if slots.topic is Topic.SIGNUP:
        return _signups(context, branch_id)
    if slots.topic is Topic.STUDY:
        month = slots.months[0] if slots.months else Month.of(slots.day or context.today)
        return _studied(context, branch_id, month)
    found = _meetings(context, branch_id, slots)
    return _roll_call(context, found[0]) if len(found) == 1 else _which(found, context)


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Show the list of the meeting chosen."""
    people.scope_of(context.actor, Action.VIEW_LISTS)
    meeting = meetings.get_meeting(context.session, MeetingId(option["meeting"]))
    return _roll_call(context, meeting)


def _which(found: Sequence[MeetingView], context: Context) -> Reply:
    options = [(LABEL.format(title=m.title, start=m.start_words), {"meeting": m.id}) for m in found]
    return ask(context, "stats_query", WHICH, options)


def _roll_call(context: Context, meeting: MeetingView) -> Reply:
    found = attendance.roll_call(context.session, meeting)
    called = people.tell_apart(found.everybody)
    why = found.reasons if holds(context.actor, Action.VIEW_REASONS) else {}
    stated = meeting_record.stated_count(context.session, meeting.id)
    # Where only a number was stated, nobody can be told to have been away.
    unnamed = stated is not None and stated > len(found.present)
    lines = [STATED.format(n=stated)] if unnamed else []
    lines += [
        template.format(n=len(group), names=_joined(group, called, why))
        for template, group in (
            (NOT_YET, found.missing),
            (PENDING, found.pending),
            (PROXIED, found.proxied),
            (ASKED, found.asked),
            (ABSENT, found.absent),
            (ON_LEAVE, found.leave),
            (ELSEWHERE, found.elsewhere),
            (EXCUSED, found.excused),
            (LEFT_EARLY, found.left_early),
            (MADE_UP, found.studied),
        )
        if group and not (unnamed and template in (NOT_YET, ABSENT))
    ]
    if (found.pending or found.proxied) and holds(context.actor, Action.RECORD_ATTENDANCE):
        lines.append(TO_DECIDE)
    if found.asked and holds(context.actor, Action.RECORD_ATTENDANCE):
        lines.append(TO_GRANT)
    seen = (Seen.ATTENDANCE, Seen.LEAVE) if why else (Seen.ATTENDANCE,)
    return Reply(
        reads=tuple(Read(what, meeting.unit_id) for what in seen),
        text=say(
            ATTENDANCE,
            title=event(meeting.title),
            when=event(meeting.when),
            expected=count(found.expected),
            present=count(stated if unnamed and stated else len(found.present)),
            leave=count(found.away),
            missing=missing("\n".join(lines) or ALL_HERE),
        ),
    )


def _studied(context: Context, branch_id: UnitId, month: Month) -> Reply:
    found = studied.list_month(context.session, branch_id, month, context.today)
    called = people.tell_apart([person for person, _ in found])
    silent = [person for person, titles in found if not titles]
    lines = [NOT_STUDIED.format(n=len(silent), names=_joined(silent, called))] if silent else []
    lines += [
        STUDIED_LINE.format(name=called[person.id], titles="、".join(titles))
        for person, titles in found
        if titles
    ]
    month_words = month_list([month], context.today.year)
    number = len(found) - len(silent)
    text = say(STUDIED, month=month_words, n=number, lines=missing("\n".join(lines)))
    return Reply(text, reads=(Read(Seen.STUDY, branch_id),))


def _dues(context: Context, unit: str | None, month: Month) -> Reply:
    session, actor = context.session, context.actor
    try:
        branch_id = scopes.branch_meant(session, actor, Action.CONFIRM_DUES, unit, WHOSE)
    except scopes.WhichBranch:
        return _dues_by_branch(context, unit, month)
    grouped = dues_lists.month_list(context.session, branch_id, month, context.today)
    everybody = [person for group in grouped.values() for person in group]
    called = people.tell_apart(everybody)
    runs = dues_runs.count_open(
        session, {person.id: branch_id for person in everybody}, month, context.now
    )
    notes = {member: OPEN_RUN.format(n=run) for member, run in runs.items() if run > 1}
    began = dues_assessed.counted_from(session, [branch_id])[branch_id]
    not_due = grouped.get(MonthState.NOT_DUE, [])
    open_ids = dues_assessed.without_amount(session, [person.id for person in not_due], month)
    unsettled = [person for person in not_due if person.id in open_ids]
    grouped = {**grouped, MonthState.NOT_DUE: [p for p in not_due if p.id not in open_ids]}
    names = STATE_NAMES if month >= began else {**STATE_NAMES, MonthState.NOT_DUE: NOT_INCLUDED}
    lines = [
        DUES_LINE.format(
            state=names[state],
            n=len(grouped[state]),
            names=_joined(grouped[state], called, notes),
        )
        for state in (*_STATES, *(s for s in grouped if s not in _STATES))
        if grouped.get(state)
    ]
    if unsettled:
        who = _joined(unsettled, called, notes)
        lines.append(DUES_LINE.format(state=NOT_SETTLED, n=len(unsettled), names=who))
    month_words = month_list([month], context.today.year)
    text = say(DUES, month=month_words, lines=missing("\n".join(lines)))
    return Reply(text, reads=(Read(Seen.DUES, branch_id),))


def _dues_by_branch(context: Context, unit: str | None, month: Month) -> Reply:
    """Tell who answers for several branches how many stand how; names are asked for by branch."""
    scope = scopes.unit_meant(context.session, context.actor, Action.CONFIRM_DUES, unit)
    counts = dues_lists.month_counts(context.session, scope, month, context.today)
    lines = [
        BRANCH_LINE.format(
            unit=name,
            counts="，".join(
                f"{STATE_NAMES[state]}{found[state]}" for state in MonthState if found[state]
            )
            or EMPTY_ROLL,
        )
        for name, found in counts
    ]
    words = month_list([month], context.today.year)
    return Reply(
        say(
            DUES_BY_BRANCH,
            month=words,
            lines=missing("\n".join(lines)),
            example=WHOSE_DUES.format(month=words, unit=counts[0][0] if counts else ""),
        )
    )


def _notice(context: Context, unit: str | None) -> Reply:
    found = notices.receipts(context.session, by=context.actor, now=context.now, unit=unit)
    if found is None:
        return reply(NO_NOTICE)
    called = people.tell_apart([*found.silent, *found.unreachable])
    lines = [
        template.format(n=len(names), names=names_words(names, limit=None))
        for template, names in (
            (NOT_ACKED, [called[person.id] for person in found.silent]),
            (NO_ACCOUNT, [called[person.id] for person in found.unreachable]),
            (NOT_ARRIVED, [f"{missed.to}（{missed.why}）" for missed in found.missed]),
        )
        if names
    ]
    return Reply(
        reads=(Read(Seen.RECEIPTS, found.unit_id),),
        text=say(
            NOTICE,
            title=event(found.notice.title),
            done=count(found.acknowledged),
            before="".join(BEFORE.format(v=version, n=number) for version, number in found.before),
            missing=missing("\n".join(lines) or ALL_HERE),
        ),
    )


def _signups(context: Context, branch_id: UnitId) -> Reply:
    called = meetings.list_called(context.session, branch_id, context.now)
    classes = [meeting for meeting in called if meeting.seats is not None]
    if not classes:
        return reply(NO_CLASS)
    joined = study.joined_by_class(context.session, [meeting.id for meeting in classes])
    waiting = study.waiting_by_class(context.session, [meeting.id for meeting in classes])
    everybody = {member for found in (*joined.values(), *waiting.values()) for member in found}
    known = people.list_by_ids(context.session, everybody, context.today)
    texts = []
    for meeting in classes:
        persons = [person for person in known if person.id in joined.get(meeting.id, {})]
        texts.append(
            say(
                SIGNUPS,
                title=event(meeting.title),
                seats=meeting.seats or 0,
                taken=meeting.taken,
                names=missing(_joined(persons, people.tell_apart(persons)) or NOBODY),
            )
        )
        if meeting.id in waiting:
            persons = [p for m in waiting[meeting.id] for p in known if p.id == m]
            named = _joined(persons, people.tell_apart(persons))
            texts.append(say(WAITING, n=len(persons), names=missing(named)))
    return Reply(join(*texts), reads=(Read(Seen.SIGNUPS, branch_id),))


def _meetings(context: Context, branch_id: UnitId, slots: StatsQuerySlots) -> Sequence[MeetingView]:
    """Return the meetings that may be meant: of the day or name said, else the one at hand.

    That is what is on or ended within hours, else what people have been asked to come to, else
    what began last, else what is next. Those that begin at the same time are several.

    Raises:
        DomainError: There is none, or none like that.
    """
    soon = context.now + timedelta(minutes=30)
    begun = meetings.list_latest(context.session, branch_id, soon)
    coming = meetings.list_called(context.session, branch_id, context.now)
    known = _attended([*_at_hand(begun, coming, context.now), *begun, *coming], soon)
    if not known:
        raise DomainError(NO_MEETING)
    every: Sequence[MeetingView] = known
    if slots.day is not None:
        every = _on_day(context, branch_id, slots)
    found = [m for m in every if slots.title is None or m.is_called(slots.title)]
    if not found:
        near = known[:MAX_CHOICES]
        example = near[0].start_words.split()[0]
        raise DomainError(NO_SUCH.format(listed=meetings.describe(near), example=example))
    if slots.day is None:
        found = [meeting for meeting in found if meeting.starts_at == found[0].starts_at]
    return found[:MAX_CHOICES]


def _at_hand(
    begun: Sequence[MeetingView], coming: Sequence[MeetingView], now: datetime
) -> Sequence[MeetingView]:
    """Return what a list asked for without a word is likeliest about, if something is at hand."""
    fresh = [meeting for meeting in begun if meeting.ends_at > now - _FRESH]
    return fresh or [m for m in coming if meetings.announced_at(m.starts_at) <= now]


def _on_day(context: Context, branch_id: UnitId, slots: StatsQuerySlots) -> Sequence[MeetingView]:
    """Return what was held on the day said, else what will be: the nearer past comes first."""
    days = [day for day in (slots.day, slots.coming) if day is not None]
    held = (meetings.list_on(context.session, branch_id, day) for day in days)
    soon = context.now + timedelta(minutes=30)
    return next((found for on_day in held if (found := _attended(on_day, soon))), [])


def _attended(called: Sequence[MeetingView], soon: datetime) -> list[MeetingView]:
    """Leave out what one signs up for until it begins, and what is named twice."""
    return list({m.id: m for m in called if m.seats is None or m.starts_at <= soon}.values())


def _joined(
    persons: Sequence[Person],
    called: Mapping[MemberId, str],
    why: Mapping[MemberId, str] | None = None,
) -> str:
    """Return all the names, told apart, of those on leave with the reason where one may read it."""
    names = [with_note(called[person.id], (why or {}).get(person.id, "")) for person in persons]
    return names_words(names, limit=None)


INTENT = Intent(
    name="stats_query",
    title="看名单",
    recognise=recognise_stats,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
