"""Class hours (学时): what a session counts for, who has how many, what a year asks.

Example:
    王敏: 学时 3月党课 2
    » ✓ 3月党课计2学时，实到的5人都有。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.domain import study_hours as rules
from bot.domain.privacy import Fact, FactKind, Text, count, event, missing, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.roll_call import Place
from bot.domain.study_hours import COMMITTEE, MEMBER, hours_words
from bot.domain.wording import day_words
from bot.inbound import room
from bot.inbound.context import Context
from bot.inbound.hours_words import total_words
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.meeting_words import read_meeting, stored
from bot.inbound.replies import Reply, reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import people, roll_books, scopes, study_hours, study_terms
from bot.services.meeting_meant import Meant
from bot.services.reads import Read

SET = "✓ {title}计{hours}学时，{whom}打错了回复 撤销"
NOT_COUNTED = "✓ {title}不计学时。打错了回复 撤销"
OWN_WORD = "✓ {title}自学也算学时：没到的人学完回复 补学完了 就有{hours}学时，不要截图心得。打错了回复 撤销"
NO_OWN_WORD = "✓ {title}自学不算学时，实到才有。打错了回复 撤销"
SO_FAR = "实到的{n}人都有。"
LATER = "到时候实到的人都有。"
LIST = "{unit}{year}年学时{since}（按名册顺序，不排名，只有您看得到）：\n{lines}"
LINE = "{name} {hours}{short}"
SHORT, ENOUGH = "，还差{n}", "，够了"
ALL_SINCE = "，从{day}记起"
NOT_ASKED, SINCE = "，不作要求", "，从{month}月记起"
TARGET = (
    "✓ 今年起全年学时：党员{member}，支委{committee}。要改请再发一次，例如 学时要求 党员32 支委56"
)
AS_RULED = "按规定"
WRITE_SO = "学时 {meeting} 2"


@dataclass(frozen=True, slots=True)
class SetHoursSlots:
    """What a session counts for.

    Attributes:
        hours: Class hours as written, `0` for none; "" where only `own_word` is settled.
        own_word: Whether studying it by oneself counts, None where it was not said.
    """

    meant: Meant
    hours: str = ""
    own_word: bool | None = None


@dataclass(frozen=True, slots=True)
class ListHoursSlots:
    """Everybody's hours of a branch."""

    unit: str | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class TargetSlots:
    """What a year asks, in whole hours; None for what was not said."""

    member: int | None = None
    committee: int | None = None


SET_EXAMPLES = (
    "学时 3月党课 2",
    "学时 主题党日 1.5学时",
    "学时 主题党日 不计",
    "学时 党史学习班 自学算",
    "学时 党史学习班 自学不算",
)
SET_SILENT = ("学时", "学时怎么算", "学时够了吗", "我的学时", "学时名单", "50学时拿满")
LIST_EXAMPLES = ("学时名单", "学时名单 三支部", "学时名单 2025年")
LIST_SILENT = ("学时名单发了吗", "我的学时", "学时最少的是谁")
TARGET_SO = "还差数字：全年要学多少学时，请这样写：学时要求 党员32 支委56"
TARGET_EXAMPLES = ("学时要求 党员40 支委56", "学时要求 党员40", "学时要求")
TARGET_SILENT = ("学时要求是多少", "学时有要求吗")

_SET = re.compile(
    r"(?:设置?|定|改)?学时[\s:，]+(?P<meeting>[^，。？]{2,30}?)[\s:，]+"
    r"(?:(?P<number>\d{1,3}(?:\.\d{1,2})?)(?:个?学时)?|(?P<none>不计(?:学时)?|不算(?:学时)?)"
    r"|(?P<own>自学(?:也)?算(?:学时)?)|(?P<not_own>自学不算(?:学时)?))"
)
_LIST = re.compile(
    r"学时(?:名单|情况表?)(?:[\s:，]+(?P<year>20\d\d)年)?(?P<unit>\s+[^\s，。？]{2,20})?"
)
_TARGET = re.compile(
    r"(?:设置?|定)?学时要求[\s:，]*(?:党员\s?(?P<member>\d{1,3})(?:个?学时)?)?[\s，、]*"
    r"(?:(?:支委|委员|班子)\s?(?P<committee>\d{1,3})(?:个?学时)?)?"
)


def recognise_set(utterance: Utterance) -> list[Reading]:
    """Recognise 学时, the session and its number (`EXACT`)."""
    match = _SET.fullmatch(utterance.text) if "学时" in utterance.text else None
    if match is None:
        return []
    meant, rest = read_meeting(utterance, match["meeting"])
    if rest.strip() or not meant.is_named:
        meant = replace(meant, title=match["meeting"].strip(), day=None, coming=None)
    own = True if match["own"] else False if match["not_own"] else None
    slots = SetHoursSlots(meant, "0" if match["none"] else match["number"] or "", own)
    return [Reading(slots, Strength.EXACT, match.span())]


def recognise_list(utterance: Utterance) -> list[Reading]:
    """Recognise 学时名单 (`EXACT`)."""
    match = _LIST.fullmatch(utterance.text) if "学时" in utterance.text else None
    if match is None:
        return []
    unit = None
    if match["unit"]:
        rest, unit = split_unit(match["unit"])
        if unit is None or rest.strip():
            return []
    year = int(match["year"]) if match["year"] else None
    return [Reading(ListHoursSlots(unit, year), Strength.EXACT, match.span())]


def recognise_target(utterance: Utterance) -> list[Reading]:
    """Recognise 学时要求 with a number, and alone, which is answered with how (`EXACT`)."""
    match = _TARGET.fullmatch(utterance.text) if "学时" in utterance.text else None
    if match is None or not (match["member"] or match["committee"] or utterance.addressed):
        return []
    member, committee = (int(found) if found else None for found in match.groups())
    return [Reading(TargetSlots(member, committee), Strength.EXACT, match.span())]


def handle_set(slots: SetHoursSlots, context: Context) -> Reply:
    """Settle what a session counts for."""
    tenths = rules.read_tenths(slots.hours) if slots.hours else None
    kept = {"meant": stored(slots.meant), "tenths": tenths, "own_word": slots.own_word}
    return resume_set(kept, context)


def resume_set(kept: Mapping[str, Any], context: Context) -> Reply:
    """Settle it of the session chosen."""
    meeting = room.meeting_of(context, SET_NAME, kept, WRITE_SO, coming=True, classes=True)
    if isinstance(meeting, Reply):
        return meeting
    named = {"tenths": kept["tenths"], "own_word": kept["own_word"]}
    values = {name: value for name, value in named.items() if value is not None}
    terms = study_terms.change(
        context.session, meeting, by=context.actor, now=context.now, **values
    )
    title = event(meeting.title)
    given = sum(study_hours.as_session(meeting, terms).by_year().values())
    hours = count_words(hours_words(given))
    if kept["own_word"] is not None:
        return Reply(say(OWN_WORD if terms.own_word else NO_OWN_WORD, title=title, hours=hours))
    if not given:
        return Reply(say(NOT_COUNTED, title=title))
    whom = Text(LATER)
    if meeting.ends_at <= context.now:
        [book] = roll_books.load(context.session, [meeting])
        whom = say(SO_FAR, n=count(len(book.at(Place.PRESENT))))
    return Reply(say(SET, title=title, hours=hours, whom=whom.words))


def count_words(words: str) -> Fact:
    """Return a number without names as a fact."""
    return Fact(FactKind.COUNT, words)


def handle_list(slots: ListHoursSlots, context: Context) -> Reply:
    """Show everybody's hours to who keeps the roll call; in the order of the roll."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    session = context.session
    action = Action.MANAGE_ROLL
    unit_id = scopes.branch_meant(session, context.actor, action, slots.unit, "学时名单")
    year = slots.year or context.today.year
    found = study_hours.of_unit(session, unit_id, by=context.actor, year=year, now=context.now)
    called = people.tell_apart([person for person, _ in found])
    begun = {hours.since for _, hours in found}
    same = begun.pop() if len(begun) == 1 else None
    lines = [
        LINE.format(
            name=called[person.id],
            hours=total_words(hours),
            short="" if same else _short(hours),
        )
        for person, hours in found
    ]
    return Reply(
        say(
            LIST,
            unit=event(scopes.name_of(session, unit_id)),
            year=year,
            since=ALL_SINCE.format(day=day_words(same)) if same else "",
            lines=missing("\n".join(lines)),
        ),
        reads=(Read(Seen.STUDY, unit_id),),
    )


def _short(hours: study_hours.Hours) -> str:
    if hours.since is not None:
        return SINCE.format(month=hours.since.month)
    if hours.short is None:
        return NOT_ASKED
    return SHORT.format(n=hours_words(hours.short)) if hours.short else ENOUGH


def handle_target(slots: TargetSlots, context: Context) -> Reply:
    """Settle what the branch asks of a year."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    if slots.member is None and slots.committee is None:
        return reply(TARGET_SO)
    value = study_hours.set_target(
        context.session,
        member=slots.member,
        committee=slots.committee,
        by=context.actor,
        now=context.now,
    )
    return Reply(
        say(
            TARGET,
            member=value.get(MEMBER, AS_RULED),
            committee=value.get(COMMITTEE, AS_RULED),
        )
    )


SET_NAME = "study_hours_set"
SET_INTENT = Intent(
    name=SET_NAME,
    title="定一次会的学时",
    recognise=recognise_set,
    handle=handle_set,
    resume=resume_set,
    examples=SET_EXAMPLES,
    silent=SET_SILENT,
    for_secretaries=True,
    numbers=True,
)
LIST_INTENT = Intent(
    name="study_hours_list",
    title="看学时名单",
    recognise=recognise_list,
    handle=handle_list,
    examples=LIST_EXAMPLES,
    silent=LIST_SILENT,
    for_secretaries=True,
)
TARGET_INTENT = Intent(
    name="study_hours_target",
    title="定全年学时",
    recognise=recognise_target,
    handle=handle_target,
    examples=TARGET_EXAMPLES,
    silent=TARGET_SILENT,
    for_secretaries=True,
    numbers=True,
)
