"""One thing given up and another taken in one breath: 体检不报，植树我去."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.inbound.names import find_people
from bot.inbound.utterance import Clause, Utterance, shared


@dataclass(frozen=True, slots=True)
class Contrast:
    """What is said of one activity.

    Attributes:
        joins: It is joined; else it is not.
        gives_back: A sign-up is taken back (不报了, 取消); 不报 only says what is not joined.
    """

    clause: Clause
    title: str
    joins: bool
    gives_back: bool


_TITLE = r"(?P<title>(?!取消|退|撤|删|那就|我就|收到|明天|今天|这次)[^我俺你您他她，、\d\s不去来报]{2,8}?)(?:活动)?(?:那个|的)?"
_NOT = re.compile(
    rf"{_TITLE}(?:我|俺)?(?:就|先|也|都)*"
    r"(?:不(?:报|去|来|参加|要)名?(?P<back>了)?|(?P<off>取消(?:掉|了)?|退(?:了|掉|出)(?:了)?|[去来参]加?不[了成]了?))(?:吧|哈|啊)*"
)
_TAKES = re.compile(
    rf"{_TITLE}(?:就|还是|那)?(?:给我|帮我|把我|我|俺)?(?:也|就|要|想|还是|还|能)*"
    r"(?:去|来|报(?:一?个)?名?上?|参加|算上?我?(?:一个)?|加上?我?(?:一个)?|有我)(?:吧|了|哈|啊|的)*"
)


_DENIES = frozenset("不取退")
"""Without one of them nothing is given up."""
_GIVES_UP = re.compile(r"取消|退|撤|删")


@shared
def find_contrast(utterance: Utterance) -> list[Contrast]:
    """Return what is said of each activity, where some are joined and some are not."""
    if len(utterance.clauses) < 2 or _DENIES.isdisjoint(utterance.text):
        return []
    found = list(_of_clauses(utterance))
    if len(found) != len(utterance.clauses) or len({one.joins for one in found}) < 2:
        return []
    titles = [one.title for one in found]
    if len(set(titles)) < len(titles) or find_people("，".join(titles), utterance.lexicon):
        return []
    return found


def _of_clauses(utterance: Utterance) -> Iterator[Contrast]:
    for clause in utterance.clauses:
        if given_up := _NOT.fullmatch(clause.text):
            back = bool(given_up["back"] or given_up["off"])
            yield Contrast(clause, given_up["title"], joins=False, gives_back=back)
        elif (taken := _TAKES.fullmatch(clause.text)) and not _GIVES_UP.search(taken["title"]):
            yield Contrast(clause, taken["title"], joins=True, gives_back=False)
        else:
            return
