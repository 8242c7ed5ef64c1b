"""Reminding those whose dues are open, on order (催缴党费): a preview, then privately to each.

Example:
    王敏: 催缴党费 3月
    » 预览（未发送）：私聊提醒2人登记党费。
    | 赵六 3月
    | 孙丽 3月
    | 回复 确认2 发送，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from bot.clock import day_of
from bot.domain.ids import MemberId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import Text, count, dues, missing, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import day_and_weekday, day_words, moment_words, month_ranges, names_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.dues_reminders import reminded_in_other_words
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.moods import mood_of
from bot.inbound.names import read_names
from bot.inbound.patterns import one_of
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, telling
from bot.inbound.scope import elsewhere, politely
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.inbound.whom import whom
from bot.services import people, remind_unpaid
from bot.services.dues_lists import Owing
from bot.services.reads import Read

PREVIEW = "预览（未发送）：私聊提醒{n}人登记党费{until}。\n{lines}{more}\n回复 确认{n} 发送，回复 取消 作罢"
LINE = "{name} {months}"
UNTIL = "，请他们在{day}前交"
UNBOUND = "\n其中{k}人没有账号（请打电话）：{names}"
TOLD = "\n今天已提醒过、这次不发：{names}"
NOT_BACK = "提醒不能撤销。已经登记的人不会再收到。"
DONE = "✓ 已私聊提醒{n}人{when}。{left}"
LATER = "，现在不打扰，{when}起发出"
LEFT = "{names}没有账号，请打电话。"
SETTLED = "有{k}人刚刚登记了，没有再提醒。"
TO_MEMBER = "{name}您好：{months}党费{amount}元还没有登记。{until}交了回复 党费已交；有困难可以找组织委员商量。"
AT_EASE = "方便时交一下就行。"
BEFORE = "方便的话请在{day}前交。"
_MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class RemindUnpaidSlots:
    """An order to remind of dues.

    Attributes:
        months: The months to remind of, sorted; empty for all that are open.
        names: Whom, as written; empty for everybody who has not declared.
        day: The deadline that was said.
    """

    months: tuple[Month, ...] = ()
    names: tuple[str, ...] = ()
    day: date | None = None


EXAMPLES = (
    "催缴党费",
    "催缴党费 10月",
    "把9月没交党费的同志提醒一下",
    "催一下张三和李四的党费",
    "给没交党费的同志发个提醒，20号前交齐",
)
SILENT = (
    "别催党费了",
    "怎么催缴党费",
    "昨天催过党费了",
    "书记又催党费了",
    "物业催缴物业费",
    "温馨提醒：请及时交党费",
    "收到催缴党费的通知",
)

_IMPLIED = re.compile(
    r"[催崔]缴|(?:没|未|欠)(?:有|着|按时)?(?:[交缴]|的人|着)[^，]{0,3}|欠费|还欠着"
)
_ORDER = one_of(
    r"敲打|戳(?:一戳|一?下)?|@一下|@(?:他|她)们|崔(?:一崔|缴|一?下)|进行提醒|催[缴交收]?|提醒|提个?醒|督促|敦促|发(?:一?[个条下])?(?:提醒|消息|信息|私信|短信|通知)|(?:通知|私信|私聊)(?:一[下声])?"
)
_OPEN = re.compile(
    r"欠着[^，。]{0,10}的|谁[^，]{0,4}(?:没|未|欠)[^，]{0,3}的|(?:还|尚)?(?:没有?|未)(?:按时|及时)?(?:[交缴]|登记|报)[^，。]{0,10}?(?=党费|的|人|同志|，|$)|还?(?:没有?|未)交"
)
_WHOEVER = re.compile(r"谁[^，]{0,4}(?:没|未|欠)[^，]{0,3}的")
_URGING = re.compile(r"尽快|及时|抓紧|尽早|按时|赶快|赶紧|早点|记得|别忘了?")
_NOT_ORDER = re.compile(
    r"催(?:了|过|得|着|促|债|我)|[被别不老又总]催|再别|催.{0,4}(?:烦|什么)|(?<![发遍个次条下])催缴(?:单|函|通知|公告|情况|记录|工作)"
    r"|(?:提醒|通知|督促|私信|私聊)(?:了|过|我|得|收到)|发(?:给|到|在)?[您你]|[也还](?:得|要|值得|用得着|至于)催|至于催"
    r"|(?:书记|委员|组长|[他她谁])(?:又|老|在|总|天天)?(?:催|提醒)"
    r"|(?:温馨|友情|特别|善意|重要)提[醒示]|谢谢.{0,6}提醒|提醒功能|收到.{0,8}(?:催|提醒|通知)|怎[么样]|如何"
    r"|不[用必要]|自己|听说|据说|如果|^我(?!们?支部)(?!.{0,3}要)|我[来去会]催|(?:催|提醒)[他她你]们?(?:没|吗|了$)|每[月天次]|自动|以后|(?:开始|要)催"
)
_NOTICE = re.compile(
    r"^(?:请|麻烦|帮忙?|小助手|\s)*(?:发(?:布|送|个|一?条)?通知|群发|在群里|建会|提醒设置)"
)
_TO_PEOPLE = re.compile(
    r"^(?:再次?|最后|在?此)?提醒(?:一下|一声)?(?:大家|各位|同志|全体|所有|[:：，])|请(?:各位|大家|同志们|全体"
    r"|还?没|未|尚未|尽快|及时|抓紧|务必|按时|于|在)|^通知"
)
_ASKED_OF_BOT = re.compile(
    r"帮我?|给我|替我|麻烦|催|把|小助手|单独|逐个|挨个|私下|私聊|发[一个条]|遍$|一遍"
)
_NAMED = re.compile(
    r"(?:催(?:一催|一?下|缴|交|收)*|(?:提醒|督促|通知|私聊|私信)+(?:一?[下声])?|[给向跟对把])\s?@?"
)
_BEHIND = re.compile(r"(?:催|提醒|督促)[^，]{0,10}?(?:党费|月份?)\s?[:\s]\s?@?|(?<=月)\s@?")
"""What stands before those named in the order's own form (催缴党费 张三 3月, 催缴党费 10月 张三)."""
_OWED = re.compile(
    r"(?:同志)?的?(?:党费|\d{1,2}月|[一二三四五六七八九十]+月|本月|上个?月|这个月)|[，\s]|$|把|交|缴|补|发|提|催|尽快|抓紧|一下|没|还"
)
_OWES = re.compile(r"的|[^，]{0,8}(?:还?没|未|欠|拖|差|漏|党费)")
_ITEMS = re.compile(r"(?:[、和跟与及，\s]|(?:他|她)们|[这那]?[几两三四五六][个位]|[俩仨]|同志)+")
_MONTH_END = re.compile(r"(?P<next>下个?)?月底|月末")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise an order to remind of dues (`EXACT`); what people write to each other is none."""
    text = utterance.text
    if (named := reminded_in_other_words(utterance)) is not None:
        whole = utterance.stretch(utterance.clauses)
        slots = RemindUnpaidSlots(_months(utterance, whole), named, _deadline(utterance))
        return [Reading(slots, Strength.EXACT, (0, len(text)))]
    dues = Topic.DUES in utterance.topics | utterance.quoted_topics
    if not dues and not (utterance.addressed and _IMPLIED.search(text)):
        return []
    if not _ORDER.search(text) or _NOTICE.match(text) or _NOT_ORDER.search(text):
        return []
    if not utterance.addressed and _TO_PEOPLE.search(text) and not _ASKED_OF_BOT.search(text):
        return []
    if not any(_orders(clause) for clause in utterance.clauses):
        return []
    whole = utterance.stretch(utterance.clauses)
    slots = RemindUnpaidSlots(_months(utterance, whole), _names(utterance), _deadline(utterance))
    return [Reading(slots, Strength.EXACT, (_begin(utterance), len(text)))]


def _begin(utterance: Utterance) -> int:
    """Return where the order begins; what is asked before it (谁没交，顺便催一下) is another matter."""
    for clause in utterance.clauses:
        if _orders(clause):
            return clause.start
        if not _ASKED_BEFORE.search(clause.text):
            return 0
    return 0


_ASKED_BEFORE = re.compile(r"谁|情况|名单|查[查一看]?|看[看下一]|交没交|多少")


def _orders(clause: Clause) -> bool:
    """Tell whether a clause orders; 没交党费的 and 尽快 say whom and when, and deny nothing."""
    text = clause.text
    found = _ORDER.search(text)
    if not found or elsewhere(text):
        return False
    if clause.mood is Mood.QUESTION and not (politely(text) or _WHOEVER.search(text)):
        return False
    mood = mood_of(_URGING.sub("", _OPEN.sub("", text)))
    return mood is Mood.STATEMENT or (mood is Mood.QUESTION and politely(text))


def _months(utterance: Utterance, whole: Clause) -> tuple[Month, ...]:
    months = utterance.months_in(whole)
    for span in utterance.years:
        year = cast("tuple[Month, ...]", span.value)
        if not months and year[0].year != utterance.now.year:
            months = year
    return months


def _names(utterance: Utterance) -> tuple[str, ...]:
    for clause in utterance.clauses:
        for match in (*_NAMED.finditer(clause.text), *_BEHIND.finditer(clause.text)):
            names, end = read_names(clause.text, match.end(), utterance.lexicon)
            names, end = _listed(clause.text, names, match.end(), end)
            if names and _OWED.match(clause.text, end):
                return names
        names, end = read_names(clause.text, 0, utterance.lexicon)
        if names and _OWES.match(clause.text, end):
            return names
    return ()


_LIST = re.compile(
    r"(?P<items>[\u4e00-\u9fa5]{1,3}[\u4e00-\u9fa5、]{3,40}?)"
    r"(?=$|，|[这那]?[几两三四五六][个位]|[俩仨他她]|把|的|还?没|未|欠|\d|\s|党费|[上本这去今]|交|缴)"
)


def _listed(text: str, names: tuple[str, ...], start: int, end: int) -> tuple[tuple[str, ...], int]:
    """Take a list as it stands where one of its names is read (老穆、花姐): the rest are nicknames."""
    listed = _LIST.match(text, start)
    if not names or listed is None or listed.end() <= end:
        return names, end
    items = re.split("[、和跟与]", listed["items"])
    whole = set(names) <= set(items) and all(2 <= len(item) <= 4 for item in items)
    return (tuple(items), listed.end()) if whole else (names, end)


def _deadline(utterance: Utterance) -> date | None:
    day, until = utterance.days_in(utterance.stretch(utterance.clauses))
    found = until or day
    if found is None and (end := _MONTH_END.search(utterance.text)):
        return Month.of(utterance.now.date()).shift(1 if end["next"] else 0).last
    return found


def handle(slots: RemindUnpaidSlots, context: Context) -> Reply:
    """Show whom it would remind of which months; nothing is sent yet."""
    return _show(_stored(slots), context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Send what was shown; after a question who is meant, show it."""
    if "members" not in kept:
        return _show(kept, context)
    slots = _loaded(kept)
    year = context.today.year

    def write(line: Owing) -> Text:
        return _to_member(line, slots.day, year)

    done = remind_unpaid.send(
        context.session,
        by=context.actor,
        routes=context.routes,
        members=[MemberId(member) for member in kept["members"]],
        months=slots.months,
        on=_leaving_on(context),
        deadline=slots.day,
        batch=str(context.inbound_id),
        write=write,
        hours=context.hours,
        now=context.arrived_at,
    )
    bar(context, "催缴党费", NOT_BACK)
    later = done.queued and done.earliest_at > context.arrived_at
    left = LEFT.format(names=names_words(done.unreachable)) if done.unreachable else ""
    left += SETTLED.format(k=done.settled) if done.settled else ""
    return Reply(
        say(
            DONE,
            n=count(done.queued),
            when=LATER.format(when=moment_words(done.earliest_at)) if later else "",
            left=missing(left),
        )
    )


def _show(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show whom it would remind, once it is clear who those named are."""
    slots, members = _loaded(kept), None
    if slots.names:
        named = whom(
            context,
            "remind_unpaid",
            slots.names,
            kept,
            action=Action.CONFIRM_DUES,
            own_branch=False,
            dues_of=slots.months,
        )
        if isinstance(named, Reply):
            return named
        members = [person.id for person in named]
    shown = remind_unpaid.prepare(
        context.session,
        by=context.actor,
        routes=context.routes,
        on=_leaving_on(context),
        members=members,
        months=slots.months,
        deadline=slots.day,
    )
    text = say(
        PREVIEW,
        n=count(len(shown.owing)),
        until=UNTIL.format(day=day_and_weekday(slots.day)) if slots.day else "",
        lines=missing(_lines(shown.owing, context.today.year)),
        more=missing(_more(shown)),
    )
    kept = {**_stored(slots), "members": [line.person.id for line in shown.owing]}
    seen = Read(Seen.DUES, members=tuple(line.person.id for line in shown.owing))
    return telling(preview(context, "remind_unpaid", len(shown.owing), kept, text), seen)


def _leaving_on(context: Context) -> date:
    """Return the day on which texts ordered now leave: the next one, late in the evening."""
    return day_of(context.hours.allow(context.arrived_at, remind_unpaid.RULE))


def _lines(owing: Sequence[Owing], year: int) -> str:
    called = people.tell_apart([line.person for line in owing])
    words = [
        LINE.format(name=called[line.person.id], months=month_ranges(line.months, year))
        for line in owing[:_MOST_LINES]
    ]
    if len(owing) > _MOST_LINES:
        words.append(f"…等{len(owing)}人")
    return "\n".join(words)


def _more(shown: remind_unpaid.Preview) -> str:
    unbound = UNBOUND.format(k=len(shown.unreachable), names=names_words(shown.unreachable))
    told = TOLD.format(names=names_words(shown.told_today))
    return (unbound if shown.unreachable else "") + (told if shown.told_today else "")


def _to_member(line: Owing, deadline: date | None, year: int) -> Text:
    return say(
        TO_MEMBER,
        name=line.person.name,
        months=dues(month_ranges(line.months, year)),
        amount=dues(yuan(line.total_fen)),
        until=BEFORE.format(day=day_words(deadline)) if deadline else AT_EASE,
    )


def _stored(slots: RemindUnpaidSlots) -> dict[str, Any]:
    return {
        "months": [str(month) for month in slots.months],
        "names": list(slots.names),
        "day": slots.day and slots.day.isoformat(),
    }


def _loaded(kept: Mapping[str, Any]) -> RemindUnpaidSlots:
    return RemindUnpaidSlots(
        months=tuple(Month.parse(month) for month in kept["months"]),
        names=tuple(kept["names"]),
        day=date.fromisoformat(kept["day"]) if kept["day"] else None,
    )


INTENT = Intent(
    name="remind_unpaid",
    title="催缴党费",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
