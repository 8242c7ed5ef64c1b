"""Others put down for an activity: 王五托我帮他报采茶, 把李四加到合唱的队伍里, 踏青他也参加."""

from __future__ import annotations

import re

from bot.inbound.names import find_people, is_kin, read_names
from bot.inbound.numerals import SMALL, read_int
from bot.inbound.scope import elsewhere
from bot.inbound.titles import trim_title
from bot.inbound.utterance import Clause, Mood, Utterance, shared

_ASKED_ME = re.compile(
    r"(?:同志)?(?:托|叫|让|请|喊|要|求|委托|拜托)我(?:帮忙?|给|替)(?:他|她)?(?:也)?"
)
_FOR = re.compile(r"^(?:请|麻烦|你|您)*(?:[帮给替]|为)(?:我(?=[^，]))?@?")
_ENTERS = re.compile(
    r"(?:同志)?(?:也)?报(?!道|到|销|警|价|账|数|喜|平安|告|备|废|答|名(?:表|费)|[一二三四五六七八九\d]+次)(?:名)?(?:一?个|上|一下|名)?(?P<title>[^，。？]{2,16}?)(?:吧|了|哈|啊|呗)*$"
)
_PUT = re.compile(r"(?:^|[帮给替]我|麻烦|请)(?:把|将)@?")
_PUT_INTO = re.compile(
    r"(?:同志)?(?:一家(?:人|子)?)?(?:也|都|给|一起)*(?:添|加|写|列|填|算|放|记|补|报)(?:到|进|入|在)(?P<title>[^，。]{2,12}?)(?:的)?(?:名额|队伍|报名单|报名表|名单|队|名册|人员)(?:里面?|中|上|内)?(?:去|来)?(?:吧|了|哈)*$"
)
_PUT_DOWN = re.compile(
    r"(?:同志)?(?:一家(?:人|子)?)?(?:也|都|给|一起)*(?:添|加|写|列|填|算|报)(?:上|进去)(?:吧|了)*$"
)
_THAT_ONE = re.compile(r"(?P<title>[^，。]{2,10}?)(?:那|这)一?[场次个回]$")
_HE_TOO = re.compile(
    r"(?P<title>[^，。我你您他她]{2,10}?)(?:活动)?(?:的话)?(?:也|就)?(?:(?:他|她)(?:也|还|照样|同样|一样|都|要|想)*(?:参加|报名|报|去)|算(?:上)?(?:他|她)(?:一个)?|(?:也)?[帮替给](?:他|她)(?:也)?报(?:个)?(?:名|上)?)(?:了|吧|啊|一个)*$"
)
_HEADS = re.compile(rf"^(?P<n>\d{{1,2}}|[{SMALL}]{{1,2}})\s?[位个名人口]人?$")
_NO_TITLE = re.compile(r"[吗？谁怎哪]|驾|学校|英语|补习|公司|数据|体温|党费|签到|名单|群$|系统")


_MAY_PUT = frozenset("报把将他她")


@shared
def find_put_down(
    utterance: Utterance,
) -> tuple[tuple[str, ...], str, int | None, tuple[int, int]] | None:
    """Return who is put down, for what, how many they are, and where it is said."""
    if not utterance.addressed or _MAY_PUT.isdisjoint(utterance.marks):
        return None
    if elsewhere(utterance.text):
        return None
    for index, clause in enumerate(utterance.clauses):
        if clause.mood not in (Mood.STATEMENT, Mood.FUTURE):
            continue
        found = _entered(utterance, clause) or _placed(utterance, index)
        found = found or _meant(utterance, index)
        if found and not _NO_TITLE.search(found[1]):
            return *found, _count(utterance), (clause.start, clause.end)
    return None


def _entered(utterance: Utterance, clause: Clause) -> tuple[tuple[str, ...], str] | None:
    text = clause.text
    names, end = read_names(text, 0, utterance.lexicon)
    asked = _ASKED_ME.match(text, end) if names else None
    if asked is None:
        lead = _FOR.match(text)
        names, end = read_names(text, lead.end(), utterance.lexicon) if lead else ((), 0)
    enters = _ENTERS.match(text, asked.end() if asked else end) if names else None
    title = _named(utterance, enters["title"]) if enters else ""
    return (names, title) if title else None


def _placed(utterance: Utterance, index: int) -> tuple[tuple[str, ...], str] | None:
    text = utterance.clauses[index].text
    put = _PUT.search(text)
    names, end = read_names(text, put.end(), utterance.lexicon) if put else ((), 0)
    if not names:
        return None
    if into := _PUT_INTO.match(text, end):
        title = _named(utterance, into["title"])
        return (names, title) if title else None
    if _PUT_DOWN.match(text, end) and index + 1 < len(utterance.clauses):
        that = _THAT_ONE.fullmatch(utterance.clauses[index + 1].text)
        title = _named(utterance, that["title"]) if that else ""
        return (names, title) if title else None
    return None


def _meant(utterance: Utterance, index: int) -> tuple[tuple[str, ...], str] | None:
    """Read 踏青他也参加 behind a clause that names one person."""
    too = _HE_TOO.fullmatch(utterance.clauses[index].text) if index else None
    if too is None:
        return None
    people = find_people(utterance.text[: utterance.clauses[index].start], utterance.lexicon)
    names = tuple(dict.fromkeys(name for name, *_ in people if not is_kin(name)))
    title = _named(utterance, too["title"])
    return (names, title) if len(names) == 1 and title else None


def says_he_joins(clause: Clause) -> bool:
    """Tell whether a clause only says that the one named before joins something."""
    return ("他" in clause.text or "她" in clause.text) and bool(_HE_TOO.fullmatch(clause.text))


def _named(utterance: Utterance, words: str) -> str:
    for span in (*utterance.dates, *utterance.times):
        words = words.replace(utterance.text[span.start : span.end], "")
    title = trim_title(words.removeprefix("的"))
    return title if len(title) > 1 else ""


def _count(utterance: Utterance) -> int | None:
    found = [_HEADS.fullmatch(clause.text) for clause in utterance.clauses]
    return next((read_int(match["n"]) for match in found if match), None)
