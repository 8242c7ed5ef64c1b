"""Message → utterance: normalised, in clauses, with everything of value found once."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from bot.clock import day_of
from bot.inbound.moods import split_clauses
from bot.inbound.normalise import LONGEST, normalise, plain
from bot.inbound.numerals import WORDS
from bot.inbound.patterns import one_of
from bot.inbound.scope import elsewhere, gossip
from bot.inbound.spans.counts import find_counts
from bot.inbound.spans.dates import find_dates
from bot.inbound.spans.money import find_money
from bot.inbound.spans.months import find_months, find_years
from bot.inbound.spans.times import find_times
from bot.inbound.topics import NO_TOPICS, Topic, topics_in
from bot.inbound.utterance import EMPTY, Lexicon, Utterance

_TRIGGER = one_of(
    r"签|报|党|欠|导出|哪天|哪一天|观影|演练|教育|走访|退出|完了|强国|\+|让给|必须|加上|仨|请.{0,6}假|告.?假|[病事公]假|批.{0,3}假|假.?不请|缴|交|转|付|收到|收悉|已阅|知悉|会|活动"
    r"|学习|警示|专题片|集合|参加|可以去|[算写添把]我|写上|添上|算上|我去|要去|不去|退|名|加我|加上我|留.{0,2}位|多少人"
    r"|几个人|[谁有]没|谁还|一定|准时"
    r"|学时|课时|[学看听读写]完|学过了|通读|条例|学毕|学好|已[学看读]|强国|心得|[后书]感|笔记|催|登记|录入|记[一个]?[下上]|误发|手滑"
    r"|撤|错|作废|更正|不算|取消|绑定|帮|怎么|怎样|如何|能干|会什么|功能|使用|我的|查"
    r"|出勤|考勤|积分|待办"
    r"|通知|群发|建|创建|发起|发布|安排|组织|统计|汇总|名单|确认|为什么|来不了|到不了"
    r"|几点|在哪|时候|记我|记个?到|打卡|[到在]$|[到来]了$|[到来]了.{1,12}没[到来]了?$|到[场齐]了?$|补|作.{0,2}数|作准|忽略|无视|别记"
)
_CHAIN = re.compile(r"#+\s*接龙|接龙(?=[\s:，]|$|[^\n]{0,20}(?:\n|\s?1[.、]))")
"""A chain is read apart; 接龙我不会弄，给我报个名 is none."""
_NAMED_DAY = frozenset("旦节夕秋阳午五至明四一初宵")  # 元旦, 除夕, 端午, 正月十五, 清明, 五四, 初八
_VALUE = (
    frozenset("元圆块角毛¥分蚊点时:人位名口俩仨同党月年季Qq天日号周期拜晚早晨儿-/.") | _NAMED_DAY
)
_MONEY = frozenset("元圆块角毛¥分蚊")
_HOUR = frozenset("点时:")
_PERSON = frozenset("人位名口俩仨同党")
_DAY = frozenset("月年季Qq天日号周期拜晚早晨儿-/.") | _NAMED_DAY
_DUES = one_of(r"党费|[交缴转][了过]|补[交缴]")
_PAST = re.compile(r"补|欠|漏|拖")
_TO_OTHERS = one_of(
    r"(?:@?(?:所有人|全体(?:成员|党员|人员)?|各位|大家|同志们|党员同志|群里).{0,12}"
    r"|(?:没|未)(?:[^，。]{0,8}的[^，。]{0,4}[，。])?[^，。]{0,12})"
    r"(?:请(?![^，。]{0,6}假)|记得|尽快|及时|抓紧|准时|务必|不要|别忘|注意|速|回复|提醒|接龙|的同志)"
    r"|请(?:各位|大家|全体|所有|没|未|尚|还没|同志们|党员|及时|尽快|准时|务必|按时|抓紧"
    r"|于|在.{1,10}前)"
    r"|收到(?:后)?请?(?:回复|回个?|扣)|^@所有人|(?:大家|各位|同志们)(?:都)?(?:记得|别忘"
    r"|注意|抓紧|来)"
)
_TO_ALL = one_of(
    r"^@?(?:所有人|全体(?:成员|党员|人员)|各位|大家|同志们|党员同志).{0,12}(?:请|记得|尽快|及时|抓紧|准时|务必|不要|别忘|注意|速)"
    r"|请(?:各位|大家|全体|所有|同志们)|收到(?:后)?请?(?:回复|回个?|扣)|^@所有人"
)


def read(
    text: str,
    *,
    quoted: str | None,
    private: bool,
    addressed: bool,
    now: datetime,
    lexicon: Lexicon = EMPTY,
) -> Utterance:
    """Read one message; chatter without any word of ours comes back without clauses.

    Args:
        text: As it arrived; a quote block and the mention of the bot are taken out.
        quoted: The text replied to, where the platform gives it apart.
        private: Said to the bot alone.
        addressed: The platform says that the bot was mentioned.
        now: When it was sent, aware.
        lexicon: Names of the branch, tried before the grammar of names.
    """
    normal = normalise(text)
    quote = normal.quoted if quoted is None else plain(quoted[:LONGEST])
    addressed = addressed or private or normal.mentioned
    words = normal.text
    marks = frozenset(words)
    return Utterance(
        text=words,
        raw=normal.raw,
        quoted=quote,
        raw_quoted=normal.raw_quoted if quoted is None else quoted,
        private=private,
        addressed=addressed,
        now=now,
        lexicon=lexicon,
        marks=marks | frozenset(quote) if quote else marks,
        **(
            _found(words, marks, quote, now, lexicon, addressed=addressed)
            if _may_matter(words, quote, addressed=addressed)
            else {}
        ),
    )


def _may_matter(text: str, quoted: str | None, *, addressed: bool) -> bool:
    if not text or len(text) >= LONGEST or _CHAIN.match(text):
        return False
    return addressed or quoted is not None or bool(_TRIGGER.search(text))


def _found(
    text: str,
    marks: frozenset[str],
    quoted: str | None,
    now: datetime,
    lexicon: Lexicon,
    *,
    addressed: bool,
) -> dict[str, Any]:
    clauses = tuple(split_clauses(text))
    topics: set[Topic] = set()
    for clause in clauses:
        topics.update(clause.topics)
    return {
        "clauses": clauses,
        "topics": frozenset(topics),
        "quoted_topics": topics_in(quoted) if quoted else NO_TOPICS,
        "elsewhere": elsewhere(text),
        "to_others": bool((_TO_ALL if addressed else _TO_OTHERS).search(text))
        or (not addressed and gossip(text)),
        **_values(text, marks, now, lexicon),
    }


def _values(text: str, marks: frozenset[str], now: datetime, lexicon: Lexicon) -> dict[str, Any]:
    """Look for each kind of value where the text holds a character it cannot do without."""
    if marks.isdisjoint(_VALUE):
        return {}
    found: dict[str, Any] = {}
    if not marks.isdisjoint(_MONEY):
        found["money"] = tuple(find_money(_without_numerals(text, lexicon.names)))
    if not marks.isdisjoint(_HOUR):
        found["times"] = tuple(find_times(text))
    if not marks.isdisjoint(_PERSON):
        found["counts"] = tuple(find_counts(text))
    if not marks.isdisjoint(_DAY):
        found.update(_days(text, day_of(now)))
    return found


def _without_numerals(text: str, names: tuple[str, ...]) -> str:
    """Blank the numeral that a known name ends with: 赵六六块 are six yuan, not sixty-six."""
    for name in _numeral_names(names):
        text = text.replace(name, name[:-1] + _BLANK)
    return text


_BLANK = "〓"


@lru_cache(maxsize=64)
def _numeral_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name[-1:] in WORDS)


def _days(text: str, today: date) -> dict[str, Any]:
    bare_days = not _DUES.search(text)
    past = bool(_PAST.search(text))
    dates = list(find_dates(text, today, bare_days=bare_days))
    return {
        "months": tuple(find_months(text, today, past=past, bare_days=bare_days)),
        "dates": tuple(coming for coming, _ in dates),
        "past_dates": tuple(over for _, over in dates),
        "years": tuple(find_years(text, today)) if "年" in text else (),
    }
