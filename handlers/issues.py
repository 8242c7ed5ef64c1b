"""Issues being put right: the list with its colours, who and until when, how far, seen by another.

Example:
    王敏: 问题5 王五 4月20日前
    » ✓ 问题5：路灯不亮。由王五办，期限4月20日（周一）。打错了回复 撤销
    李建国: 核实 5
    » ✓ 问题5已核实办结：路灯不亮。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.issues import COLOUR_NAMES, STATE_NAMES, Colour, IssueState, colour_of
from bot.domain.open_items import check_deadline
from bot.domain.privacy import Fact, FactKind, Text, event, say
from bot.domain.prompts import MAX_CHOICES
from bot.domain.wording import day_and_weekday, day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, ToMember
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Mood, Utterance
from bot.services import issues, people, policies
from bot.services.issues import Given, Issue

LIST = "没办结的问题{n}件（{counts}）：\n{lines}\n办好了回复 办好了 加编号和怎么办的"
WAITING = "等核实的问题{n}件：\n{lines}\n看过没问题回复 核实 加编号；还没好回复 重办 加编号和原因"
DRAFTS = "还没定谁办或哪天前办好的问题{n}件：\n{lines}\n定了回复，例如：问题{number} 姓名 {day}前"
NOTHING, NO_WAITING, NO_DRAFTS = (
    "没有没办结的问题。",
    "没有等核实的问题。",
    "问题都定好谁办、哪天前办好了。",
)
LINE = "{colour}{unit}{title} {words}{more}"
COLOURED, OWNER, DUE, OVER = "【{colour}】", "，{name}", "，{day}前", "，{day}已到期"
CARRIED, NOTE = "，{year}年结转", "（{note}）"
UNGIVEN = "没定"
GIVEN = "✓ {title}：{words}。{who}{due}{measure}打错了回复 撤销"
WHO, NO_WHO = "由{name}办，", "还没定谁来办，"
UNTIL, NO_UNTIL = "期限{day}。", "没写期限。"
MEASURE = "措施：{measure}。"
TOLD = "{by}请您办{title}：{words}{due}。办好了回复 办好了 {number}，后面写怎么办的"
TOLD_DUE = "，期限{day}"
WHOM = "没看懂{title}请谁办、哪天前办好。请写姓名（和名册上一样）和日期，例如：问题{number} 姓名 {day}前"
NAMESAKES = "本支部有{n}位{name}，请在姓名后面写手机尾号，例如：问题{number} {name}1234 {day}前"
PROGRESS = "✓ {title}的进展记下了：{note}。"
VERIFIED = "✓ {title}已核实办结：{words}。打错了回复 撤销"
RETURNED = "✓ {title}退回重办：{reason}。已告诉{owner}。"
NOBODY = "书记和组织委员"
OWNER_VERIFIED = "{title}“{words}”已经核实办结，辛苦了。"
OWNER_RETURNED = (
    "{title}“{words}”还要再办一下：{reason}。办好了回复 办好了 {number}，后面写怎么办的"
)
WHICH = "是哪个组织的{title}：{choices}。回复数字就行。"


@dataclass(frozen=True, slots=True)
class ListSlots:
    """A question which issues are open; `only` those that wait, or lack an owner or a day."""

    only: str = ""
    unit: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class GiveSlots:
    """Who is to see to an issue (in `words`), until when, and how."""

    number: int
    words: str
    day: date | None = None
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class NoteSlots:
    """Something is said of an issue: how far it is, that it is seen, that it is not done."""

    number: int
    note: str = ""
    unit: str | None = None


LIST_EXAMPLES = ("问题清单", "问题清单 三支部", "问题清单 来源：观摩", "等核实", "没定的问题")
LIST_SILENT = ("问题清单写好了吗", "没定的事", "等核实了再说")
GIVE_EXAMPLES = ("问题5 王五 4月20日前", "问题5 4月20日前", "问题5 王五 措施：找维修队")
GIVE_SILENT = ("问题5怎么办", "问题5 办好了吗", "问题5个")
PROGRESS_EXAMPLES = ("进展 3 已经联系维修队", "进展 3号 材料到了", "进展 3 三支部 材料到了")
PROGRESS_SILENT = ("进展怎么样", "进展 顺利", "工作进展 3月底前报")
VERIFY_EXAMPLES = ("核实 3", "核实问题3", "核实 3 三支部", "核实 3 现场看过")
VERIFY_SILENT = ("核实一下名单", "核实 3 了吗", "请核实 3月的数")
RETURN_EXAMPLES = ("重办 3 还在漏", "重办 问题3 只修了一半")
RETURN_SILENT = ("重办一张卡", "重办 3", "要重办 3 吗")

_LIST = re.compile(
    r"(?:查|看)?(?:问题(?:清单|台账|整改)|(?P<waiting>等核实(?:的问题)?)|(?P<drafts>没定的问题))"
)
_SOURCE = re.compile(r"\s?来源[:：]?\s?(?P<source>[^\s，。]{1,40})")
_GIVE = re.compile(r"(?:派)?问题\s?(?P<number>\d{1,5})[\s，:：]+(?P<words>\S.{1,200})", re.DOTALL)
_MEASURE = re.compile(r"[\s，,、；;。]*措施[:：]\s*(?P<measure>\S.{0,199})$", re.DOTALL)
_NOTE = re.compile(
    r"(?P<what>进展|核实|重办)\s?(?:问题)?\s?(?P<number>\d{1,5})(?:号)?(?:[\s，:。]+(?P<note>\S.{0,199}))?",
    re.DOTALL,
)
_FORTNIGHT = timedelta(days=14)  # of an example
_TAIL = re.compile(r"(?<!\d)\d{4}(?!\d)")


def recognise_list(utterance: Utterance) -> list[Reading]:
    """Recognise 问题清单, 等核实, 没定的问题 (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    source = _SOURCE.search(text)
    found = _LIST.fullmatch((_SOURCE.sub("", text) if source else text).strip())
    if found is None:
        return []
    only = "waiting" if found["waiting"] else "drafts" if found["drafts"] else ""
    slots = ListSlots(only, unit, source["source"] if source else None)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_give(utterance: Utterance) -> list[Reading]:
    """Recognise 问题5 with whom, until when and how, said to the bot (`EXACT`)."""
    found = _GIVE.fullmatch(utterance.text) if _is_order(utterance) else None
    if found is None:
        return []
    words = found["words"]
    measure = _MEASURE.search(words)
    coming = [span for span in utterance.dates if isinstance(span.value, date)]
    day = coming[-1].value if coming else None
    slots = GiveSlots(
        int(found["number"]),
        _MEASURE.sub("", words),
        day if isinstance(day, date) else None,
        measure["measure"].strip(" 。") if measure else None,
    )
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_progress(utterance: Utterance) -> list[Reading]:
    """Recognise 进展 with a number and how far it is (`EXACT`)."""
    return _notes(utterance, "进展", needs_note=True)


def recognise_verify(utterance: Utterance) -> list[Reading]:
    """Recognise 核实 with a number (`EXACT`)."""
    return _notes(utterance, "核实", needs_note=False)


def recognise_return(utterance: Utterance) -> list[Reading]:
    """Recognise 重办 with a number and why (`EXACT`)."""
    return _notes(utterance, "重办", needs_note=True)


def _notes(utterance: Utterance, what: str, *, needs_note: bool) -> list[Reading]:
    text, unit = split_unit(utterance.text)
    found = _NOTE.fullmatch(text.strip()) if _is_order(utterance) else None
    if found is None or found["what"] != what or (needs_note and not found["note"]):
        return []
    slots = NoteSlots(int(found["number"]), (found["note"] or "").strip(" 。"), unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _is_order(utterance: Utterance) -> bool:
    asks = any(clause.mood is Mood.QUESTION for clause in utterance.clauses)
    return utterance.addressed and not asks


# --- the list -----------------------------------------------------------------------------------


def handle_list(slots: ListSlots, context: Context) -> Reply:
    """Tell which issues are open, the most urgent first, each with its colour."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    unit_id, found = issues.list_open(
        context.session, by=context.actor, unit=slots.unit, source=slots.source
    )
    if slots.only == "waiting":
        found = [issue for issue in found if issue.state is IssueState.PROPOSED]
    if slots.only == "drafts":
        found = [issue for issue in found if issue.is_draft]
    if not found:
        nothing = {"waiting": NO_WAITING, "drafts": NO_DRAFTS}.get(slots.only, NOTHING)
        return Reply(say("{words}", words=nothing))
    colours = _colours(found, context)
    several = any(issue.unit_id != unit_id for issue in found)
    lines = "\n".join(_line(i, colours, context.today, named=several) for i in found)
    template = {"waiting": WAITING, "drafts": DRAFTS}.get(slots.only, LIST)
    return Reply(
        say(
            template,
            n=len(found),
            counts=_counts(found, colours),
            lines=Fact(FactKind.MISSING_NAMES, lines),
            number=found[0].number,
            day=_example(context),
        )
    )


def _example(context: Context) -> str:
    return day_words(context.today + _FORTNIGHT)


def _colours(found: Sequence[Issue], context: Context) -> dict[int, Colour]:
    paths = {issue.unit_id: issue.path for issue in found}
    settled = policies.load(context.session, paths, context.today, (policies.ISSUE_COLOURS,))
    return {
        issue.id: colour_of(
            issue.due_on,
            context.today,
            settled.get(issue.unit_id, {}).get(policies.ISSUE_COLOURS),
        )
        for issue in found
        if issue.due_on is not None and issue.state is IssueState.OPEN
    }


def _counts(found: Sequence[Issue], colours: Mapping[int, Colour]) -> str:
    parts = [
        f"{COLOUR_NAMES[colour]}{n}"
        for colour in Colour
        if (n := sum(each is colour for each in colours.values()))
    ]
    waiting = sum(issue.state is IssueState.PROPOSED for issue in found)
    parts += [f"{STATE_NAMES[IssueState.PROPOSED]}{waiting}"] if waiting else []
    undated = len(found) - len(colours) - waiting
    return "、".join([*parts, *([f"没写期限{undated}"] if undated else [])])


def _line(issue: Issue, colours: Mapping[int, Colour], today: date, *, named: bool) -> str:
    colour = colours.get(issue.id)
    more = OWNER.format(name=issue.owner) if issue.owner else OWNER.format(name="没定谁办")
    if issue.due_on is not None:
        due = OVER if issue.due_on < today and colour is not None else DUE
        more += due.format(day=day_words(issue.due_on))
    standing = issue.standing
    if issue.state is IssueState.PROPOSED:
        note = standing.done.note if standing.done else ""
        more += "，等核实" + (NOTE.format(note=note) if note else "")
    elif standing.progress is not None:
        more += NOTE.format(note=standing.progress.note)
    year = issue.carried_from(today.year)
    more += CARRIED.format(year=year) if year is not None else ""
    return LINE.format(
        colour="" if colour is None else COLOURED.format(colour=COLOUR_NAMES[colour]),
        unit=issue.unit if named else "",
        title=issue.title,
        words=issue.words,
        more=more,
    )


# --- who, until when, how -----------------------------------------------------------------------


def handle_give(slots: GiveSlots, context: Context) -> Reply:
    """Settle who sees to an issue, until when and how; ask whose where the number fits several."""
    found = _find(slots.number, None, context)
    if len(found) > 1:
        kept = {"words": slots.words, "day": _iso(slots.day), "measure": slots.measure}
        return _which(found, "issue_give", kept, context)
    return _give(found[0], slots, context)


def resume_give(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the issue chosen."""
    issue = issues.get(context.session, option["item"])
    day = None if option["day"] is None else date.fromisoformat(option["day"])
    return _give(issue, GiveSlots(issue.number, option["words"], day, option["measure"]), context)


def _give(issue: Issue, slots: GiveSlots, context: Context) -> Reply:
    check_deadline(slots.day, context.today, slots.words)
    owner = _owner_in(issue, slots.words, context)
    if owner is None and slots.day is None and slots.measure is None:
        raise DomainError(
            WHOM.format(title=issue.title, number=issue.number, day=_example(context))
        )
    settled = issues.give(
        context.session,
        issue.id,
        Given(owner, slots.day, slots.measure),
        by=context.actor,
        now=context.now,
    )
    text = say(
        GIVEN,
        title=settled.title,
        words=event(settled.words),
        who=event(WHO.format(name=settled.owner) if settled.owner else NO_WHO),
        due=UNTIL.format(day=day_and_weekday(settled.due_on)) if settled.due_on else NO_UNTIL,
        measure=event(MEASURE.format(measure=settled.measure) if settled.measure else ""),
    )
    return Reply(text, send=_told(settled, context))


def _owner_in(issue: Issue, words: str, context: Context) -> MemberId | None:
    """Return whose full name stands in some words: of the branch, or of those above it."""
    persons = people.list_members(context.session, issue.unit_id, context.today)
    named: dict[str, dict[MemberId, str]] = {}
    for person in persons:
        named.setdefault(person.name, {})[person.id] = person.phone_tail
    for member, name in issues.holders_above(context.session, issue.path, context.today):
        named.setdefault(name, {}).setdefault(member, "")
    longest = sorted((name for name in named if name in words), key=len, reverse=True)
    if not longest:
        return None
    name = longest[0]
    tail = _TAIL.search(words[words.index(name) + len(name) :])
    fitting = [m for m, own in named[name].items() if tail is None or own == tail[0]]
    if len(fitting) != 1:
        n = len(named[name])
        raise DomainError(
            NAMESAKES.format(n=n, name=name, number=issue.number, day=_example(context))
        )
    return fitting[0]


def _told(issue: Issue, context: Context) -> tuple[ToMember, ...]:
    if issue.owner_id is None or issue.owner_id == context.actor.member_id:
        return ()
    due = TOLD_DUE.format(day=day_and_weekday(issue.due_on)) if issue.due_on else ""
    text = say(
        TOLD,
        by=context.actor.name,
        title=issue.title,
        words=event(issue.words),
        due=due,
        number=issue.number,
    )
    return (ToMember(issue.owner_id, text, f"issue_given:{issue.id}:{context.inbound_id}"),)


# --- how far, seen, not done --------------------------------------------------------------------


def handle_progress(slots: NoteSlots, context: Context) -> Reply:
    """Write down how far an issue is."""
    found = _find(slots.number, slots.unit, context)
    if len(found) > 1:
        return _which(found, "issue_progress", {"note": slots.note}, context)
    return _progress(found[0], slots.note, context)


def resume_progress(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the issue chosen."""
    return _progress(issues.get(context.session, option["item"]), option["note"], context)


def _progress(issue: Issue, note: str, context: Context) -> Reply:
    issues.note_progress(context.session, issue.id, note, by=context.actor, now=context.now)
    return Reply(say(PROGRESS, title=issue.title, note=event(note)))


def handle_verify(slots: NoteSlots, context: Context) -> Reply:
    """Close an issue that somebody else has reported done."""
    found = _find(slots.number, slots.unit, context, waiting=True)
    if len(found) > 1:
        return _which(found, "issue_verify", {"note": slots.note}, context)
    return _verify(found[0], slots.note, context)


def resume_verify(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the issue chosen."""
    return _verify(issues.get(context.session, option["item"]), option["note"], context)


def _verify(issue: Issue, note: str, context: Context) -> Reply:
    issues.verify(context.session, issue.id, note, by=context.actor, now=context.now)
    words = event(issue.words)
    told = _to_owner(issue, say(OWNER_VERIFIED, title=issue.title, words=words), context)
    return Reply(say(VERIFIED, title=issue.title, words=words), send=told)


def handle_return(slots: NoteSlots, context: Context) -> Reply:
    """Say that an issue is not put right yet."""
    found = _find(slots.number, slots.unit, context, waiting=True)
    if len(found) > 1:
        return _which(found, "issue_return", {"note": slots.note}, context)
    return _return(found[0], slots.note, context)


def resume_return(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the issue chosen."""
    return _return(issues.get(context.session, option["item"]), option["note"], context)


def _return(issue: Issue, reason: str, context: Context) -> Reply:
    issues.send_back(context.session, issue.id, reason, by=context.actor, now=context.now)
    text = say(
        OWNER_RETURNED,
        title=issue.title,
        words=event(issue.words),
        reason=event(reason),
        number=issue.number,
    )
    answer = say(
        RETURNED, title=issue.title, reason=event(reason), owner=event(issue.owner or NOBODY)
    )
    return Reply(answer, send=_to_owner(issue, text, context))


def _to_owner(issue: Issue, text: Text, context: Context) -> tuple[ToMember, ...]:
    done = issue.standing.done
    owner = issue.owner_id or (done.by_id if done is not None else None)
    if owner is None or owner == context.actor.member_id:
        return ()
    return (ToMember(owner, text, f"issue_seen:{issue.id}:{context.inbound_id}"),)


def _find(number: int, unit: str | None, context: Context, *, waiting: bool = False) -> list[Issue]:
    context.member_id  # noqa: B018 - strangers are told how to bind first
    return issues.find(context.session, number, by=context.actor, unit=unit, waiting=waiting)


def _which(found: Sequence[Issue], intent: str, kept: Mapping[str, Any], context: Context) -> Reply:
    options = [
        (f"{issue.unit} {issue.words[:20]}", {"item": issue.id, **kept})
        for issue in found[:MAX_CHOICES]
    ]
    return ask(context, intent, WHICH.replace("{title}", found[0].title), options)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


LISTED = Intent(
    name="issue_list",
    title="看没办结的问题",
    recognise=recognise_list,
    handle=handle_list,
    examples=LIST_EXAMPLES,
    silent=LIST_SILENT,
    for_secretaries=True,
)
GIVE = Intent(
    name="issue_give",
    title="定问题谁办、哪天前办好",
    recognise=recognise_give,
    handle=handle_give,
    resume=resume_give,
    examples=GIVE_EXAMPLES,
    silent=GIVE_SILENT,
)
PROGRESSED = Intent(
    name="issue_progress",
    title="记问题的进展",
    recognise=recognise_progress,
    handle=handle_progress,
    resume=resume_progress,
    examples=PROGRESS_EXAMPLES,
    silent=PROGRESS_SILENT,
)
VERIFY = Intent(
    name="issue_verify",
    title="核实问题办好了",
    recognise=recognise_verify,
    handle=handle_verify,
    resume=resume_verify,
    examples=VERIFY_EXAMPLES,
    silent=VERIFY_SILENT,
)
RETURN = Intent(
    name="issue_return",
    title="问题还没办好，请再办",
    recognise=recognise_return,
    handle=handle_return,
    resume=resume_return,
    examples=RETURN_EXAMPLES,
    silent=RETURN_SILENT,
)
