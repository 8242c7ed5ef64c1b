"""Questions about dues: what I owe, whether somebody has paid."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.periods import Month
from bot.inbound.dues_asked_of import asked_of, named_first
from bot.inbound.dues_owners import (
    find_handed_in,
    find_meant_before,
    find_owners,
)
from bot.inbound.dues_totals import is_story, months_said
from bot.inbound.intents import Reading, Strength
from bot.inbound.names import NAME, read_names, read_names_with_tails
from bot.inbound.payments import recognise_dues_paid
from bot.inbound.scope import about_everybody, about_listener
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance


@dataclass(frozen=True, slots=True)
class DuesQuerySlots:
    """A question about dues.

    Attributes:
        months: The months asked about, sorted; empty for all.
        names: Those asked about, empty for the sender.
    """

    months: tuple[Month, ...] = ()
    names: tuple[str, ...] = ()


_ASKED = re.compile(r"党费|[交缴欠]|多少|什么时候|截止|哪|标准|几号|转给|怎么|咋")

_LOOKUP = re.compile(
    r"查(?:一?下|查|询|看)?.{0,10}党费|党费.{0,4}(?:查|情况|明细|记录|标准|余额)"
    r"|^我的?(?:(?![收替帮管负])[^，]){0,6}党费$|欠.{0,4}(?:多少|几)"
)

_THING = re.compile(r"党费(?:证|本|收据|箱)")

_NOT_YET = re.compile(
    r"还[没在不][^，]{0,10}呢$|[剩没][^，]{0,3}(?:多少|几个?)钱?了?$|的事[^，]{0,4}(?:说|讲|谈|聊|讨论)[^，]{0,4}(?:没有?|吗|么)$"
)

_OF_ALL = re.compile(
    r"^导出|几成|总额|总数|程度|共(?:进账|收|入账)|清单|缴纳情况|收缴(?:情况|进度|率|明细)|报表|拉[个一]?[个张份]?表|汇总|统计|[交缴]齐了?没|收(?:齐|够|完|上来)了?(?:没|吗|么|嘛|不|否)|收得?(?:怎么样|咋样|如何)"
)

_ORDERED = re.compile(r"(?:怎么|怎样|如何|咋).{0,3}(?:确认|核对|催|更正|改正)")

_SPENT = re.compile(r"花(?:在|到|了|去|哪)|用(?:在|到|去)哪|干(?:什么|啥|嘛)用")

_OWN = re.compile(r"我|本人|自己|个人")

_RECEIVER = re.compile(r"(?:给|到|找|向|转|交|跟|是)谁|谁(?:来)?收|谁那")


def recognise_dues_query(utterance: Utterance) -> list[Reading]:
    """Recognise a question on one's own or a named person's dues."""
    if theirs := asked_of(utterance):
        months = utterance.months_in(utterance.stretch(utterance.clauses))
        return [Reading(DuesQuerySlots(months, theirs), Strength.CLEAR, (0, len(utterance.text)))]
    topics = utterance.topics | utterance.quoted_topics
    if Topic.DUES not in topics or utterance.to_others or not utterance.clauses:
        return []
    around = utterance.about(Topic.DUES) or utterance.clauses
    asked = [clause for clause in around if _is_asked(clause)]
    if not utterance.addressed and (_RULE_TOLD.search(utterance.text) or _put_to(utterance)):
        return []
    if not asked or is_story(utterance) or recognise_dues_paid(utterance):
        return []
    whole = utterance.stretch(around)
    if about_everybody(_RECEIVER.sub("", whole.text)):
        return []
    names = next((n for clause in around if (n := _asked_of(utterance, clause))), ())
    names = names or named_first(utterance)
    if not names and any(_OF_HIM.search(clause.text) for clause in asked):
        return []  # of somebody else, who cannot be told
    if not names and _OF_ALL.search(whole.text) and not _OWN.search(whole.text):
        return []
    months = months_said(utterance, list(around))
    if not utterance.months and re.search(r"标准|比例|变|调整", whole.text):
        months = ()  # asked of the rule, not of the months of a year
    return [Reading(DuesQuerySlots(months, names), Strength.CLEAR, (whole.start, whole.end))]


def _is_asked(clause: Clause) -> bool:
    text = clause.text
    if (
        about_listener(text)
        or _THING.search(text)
        or _NOT_YET.search(text)
        or _ORDERED.search(text)
        or _SPENT.search(text)
    ):
        return False
    if clause.mood is Mood.QUESTION:
        return bool(_ASKED.search(text)) and not _WHY.search(text)
    return bool(_LOOKUP.search(text))


_RULE_TOLD = re.compile(
    r"(?:多少|怎么算|怎么交|怎么缴|几块|咋算)(?:都|要|得|全|就)*(?:看(?!看)|按|写在|贴在|挂在|有规定|照|由|文件|根据|取决)"
)
"""A statement on the rule, whose question word asks nothing (党费缴多少看税后)."""


def _put_to(utterance: Utterance) -> bool:
    """Tell whether it is asked of a member about himself (老项，党费哪天有空拿过来？)."""
    names, end = read_names(utterance.text, 0, utterance.lexicon)
    return bool(names) and _ASKS_HIM.match(utterance.text, end) is not None


_ASKS_HIM = re.compile(
    r"(?:同志)?[，,\s:](?=[^。]*(?:[你您]|给我|拿过?来|送过?来|带过?来|交给我|补上|拿给|几时给))"
)


_WHY = re.compile(r"为什么|为啥|凭什么")


def _asked_of(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    owners = find_owners(utterance, clause) or find_handed_in(utterance, clause)
    if owners:
        return owners
    if meant := find_meant_before(utterance, [clause]):
        return meant
    helped = _ON_BEHALF.match(clause.text)
    if helped:
        names, end = read_names_with_tails(clause.text, helped.end(), utterance.lexicon)
        if names and _ASKS.match(clause.text, end):
            return names
    match = _ABOUT.search(clause.text)
    return read_names(clause.text, match.end(), utterance.lexicon)[0] if match else ()


_OF_HIM = re.compile(r"(?<![其吉])[他她]们?的?党费")

_ON_BEHALF = re.compile(r"(?:请|麻烦|你|您|再|我)*(?:[帮替给代]|为)")

_ASKS = re.compile(r"(?:同志)?[问查看打](?:一?下|听|询|一?[问查看])?")

_ABOUT = re.compile(
    rf"(?:查(?:一?下|查|询|看)?|看看|问一?下|[帮替]我?(?:看|查|问)(?:一?下)?)\s?(?={NAME})"
)
