"""A meeting moved or called off, read from what was said (改期 …, 主题党日改到26号, 爬山取消了)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

from bot.clock import day_of
from bot.domain.cadence import find_kind
from bot.inbound.intents import Reading, Strength
from bot.inbound.telling import telling_of
from bot.inbound.utterance import Mood, Span, Utterance

_MOVE = re.compile(r"(?:会议)?(?:改期|改会)[ :：]?(?P<rest>.{0,60})")
_NEW = r"(?:改期?|推迟|延期?|延后|顺延|往后推|推后?|提前|挪|调整?|换)(?:到|至|在|成|为)"
_MOVED_TO = re.compile(rf"(?P<title>[^，。？]{{0,24}}?){_NEW}(?P<rest>.{{2,40}})")
_CANCEL = re.compile(
    r"(?:取消 ?会(?!议室)议?|会议 ?取消)[ :：]?(?P<title>.{0,30})"
    r"|(?:把|将)?(?P<named>[^，。？]{1,24}?)(?:给我?)?取消(?:掉|一下)"
)
_BECAUSE = r"(?:(?![^，]{0,12}(?:会|课|学习|活动|党日))[^，。？]{2,12}，)?"
_OFF = re.compile(
    rf"{_BECAUSE}(?P<title>[^，。？]{{1,24}}?)(?:就|先|暂时|临时|也|都)?"
    r"(?:(?:不|没法|取消)(?:开|搞|办|上|举行|组织)了?|开不成|办不成|取消|停开|停办|作罢|黄)(?:掉|一次)?(?:了|吧|啊|算了|哈){0,2}"
)
_NOT_MEANT = re.compile(
    r"[吗？没谁]|怎|什么|如何|再说|^[了啊吧]|通知|告诉|群发|报名|[大同]家|签到|请假|听说|[我你他她咱]|是不是|要不|哪|党费|还[上开搞办]?$"
)
_BECAUSE_OF = re.compile(r"[\s，,]+(?:原因|因为)[\s:：]*(?P<reason>\S.{0,99})$")
_ANY = re.compile(
    r"^(?:这次|本次|那个|那次|原定|原来|的|在|把|将|于)+|(?:的|在|那天|那次|那场|那个)+$"
)
_GENERIC = frozenset(("", "会", "会议", "的会", "个会", "活动"))


@dataclass(frozen=True, slots=True)
class MoveSlots:
    """A meeting and its new time; what is None was not said and stays, or must be asked for."""

    title: str
    day: date | None = None
    at: time | None = None
    place: str | None = None
    of: date | None = None


@dataclass(frozen=True, slots=True)
class CancelSlots:
    """A meeting that will not be held; an empty title means the only one called, or that day's."""

    title: str
    of: date | None = None
    reason: str = ""


def recognise_move(utterance: Utterance) -> list[Reading]:
    """Recognise `改期 会议 日期 时间 [地点]`, and 主题党日改到26号."""
    text = utterance.text
    plain = _MOVE.fullmatch(text)
    found = plain or _said_in_passing(utterance, _MOVED_TO)
    if found is None or not utterance.clauses or _NOT_MEANT.search(found["rest"]):
        return []
    if any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    start = found.start("rest")
    new = [span for span in _values(utterance) if span.start >= start]
    if not plain and not new:
        return []
    end = new[0].start if new else len(text)
    named = found["title"] if not plain else text[start:end]
    title, of = _named(utterance, named, start if plain else found.start("title"))
    day = next((span.value for span in new if isinstance(span.value, date)), None)
    slots = MoveSlots(
        title=title,
        day=day,
        at=next((span.value for span in new if isinstance(span.value, time)), None),
        place=_PLACE_MARK.sub("", text[new[-1].end :].strip(" ，,。了吧")) or None if new else None,
        of=of,
    )
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def _values(utterance: Utterance) -> list[Span]:
    return sorted((*utterance.dates, *utterance.times), key=lambda span: span.start)


def _named(utterance: Utterance, words: str, start: int) -> tuple[str, date | None]:
    """Return what a meeting is called without its day, and that day: 3月13日的党课."""
    of = None
    for span in _values(utterance):
        if start <= span.start and span.end <= start + len(words):
            of = span.value if isinstance(span.value, date) and of is None else of
            words = words.replace(utterance.text[span.start : span.end], "", 1)
    words, part = _PART_OF_DAY.subn("", words.strip(" 到至，,"))
    of = day_of(utterance.now) if part and of is None else of
    title = _ANY.sub("", words).strip(" 到至，,的")
    return ("" if title in _GENERIC else title), of


def _said_in_passing(utterance: Utterance, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """Read 主题党日改到26号: said to us, of a meeting of ours; no notice that tells of it."""
    if not utterance.addressed or utterance.elsewhere:
        return None
    if telling_of(utterance):
        return None
    found = pattern.fullmatch(utterance.text)
    if found is None or _NOT_MEANT.search(found["title"] or ""):
        return None
    title, _ = _named(utterance, found["title"], found.start("title"))
    if not title:  # 下午的会, 会议; nothing at all is a meeting's only where it is moved
        said = found["title"].endswith(("会", "会议", "活动")) or "会" in found[0]
        return found if said or (pattern is _MOVED_TO and not found["title"]) else None
    return found if _is_ours(title) else None


def _is_ours(title: str) -> bool:
    """Tell whether words name what a branch calls: a kind of meeting, or an activity."""
    return find_kind(title) is not None or bool(_GATHERING.search(title))


_PART_OF_DAY = re.compile(r"[上下]午|晚上|早上|今晚|今早")
_GATHERING = re.compile(
    r"(?:会|会议|党课|学习|活动|党日|培训|讲座|义诊|义剪|义卖|植树|种树|爬山|登山|骑行|徒步|健步走?|[春秋]游|郊游|研学"
    r"|观影|看电影|参观|慰问|清扫|打扫|扫除|巡逻|扫[雪街墓]|祭扫|采摘|值守|执勤|走访|宣讲|座谈|演练|合唱|比赛|球赛|拔河|朗诵|演讲"
    r"|献血|联欢|志愿服务|义务劳动|升旗|包粽子|包饺子|写春联|读书)$"
)


def recognise_cancel(utterance: Utterance) -> list[Reading]:
    """Recognise `取消会议 [日期] [名称]`, and 支委会不开了."""
    text, reason = utterance.text, ""
    if not utterance.clauses or not _MAY_CANCEL.search(text):
        return []
    if text.startswith("取消会议") and (because := _BECAUSE_OF.search(text)):
        text, reason = text[: because.start()], because["reason"]
    plain = _CANCEL.fullmatch(text)
    if plain and plain["named"] is not None and not utterance.addressed:
        plain = None
    found = plain or _said_in_passing(utterance, _OFF)
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    group = "named" if plain and plain["named"] is not None else "title"
    if _NOT_MEANT.search(found[group]):
        return []
    title, of = _named(utterance, found[group], found.start(group))
    if group == "named" and title and not _is_ours(title):
        return []
    return [Reading(CancelSlots(title, of, reason), Strength.EXACT, (0, len(utterance.text)))]


_PLACE_MARK = re.compile(r"^(?:地点|地方|地址)?(?:也|就)?[改换定]?[在到为成]?\s?(?=.{2})")
_MAY_CANCEL = re.compile(r"取消|不[开搞办上]|不举行|不组织|开不成|办不成|停[开办]|作罢|黄了|没法")
