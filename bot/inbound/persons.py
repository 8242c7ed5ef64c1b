"""Who has come and who has not, where one message tells it of several: 我到了，但是王五请假.

Clauses with different subjects are different statements. Here each is read by itself, so that
nothing falls on the writer that he said of somebody else, nor on another what he said of himself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from bot.inbound.names import is_kin, read_names_with_tails
from bot.inbound.topics import Topic
from bot.inbound.utterance import ACTIONS, Clause, Lexicon, Mood, Utterance, shared


class Said(Enum):
    """What is said of somebody."""

    CAME = auto()
    MISSING = auto()
    LATE = auto()
    LEAVE = auto()


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said of the sender, or of others, at [start, end) of the text.

    Attributes:
        me: It is said of the sender; with `names`, of both.
        names: As written, empty for the sender or for all the rest (其他人).
    """

    said: Said
    me: bool
    names: tuple[str, ...]
    start: int
    end: int


LINK = re.compile(
    r"(?:但是?|不过|可是?|只是|就是|然后|另外|还有|而且|并且|以及|和|今天|这次|支部|[，\s])*"
)
"""What may stand before the subject of a further statement."""
_ME = re.compile(r"(?:我们俩|我们|我|本人)(?!们|家|妈|爸|爱|老|儿|女|孙|徒|师|姐|哥|弟|妹|的)")
_WITH = re.compile(r"[和跟与、]|还有")
_REST = re.compile(r"(?:其他|其余|其它|剩下|别)的?(?:人|同志|党员)?(?:们)?")
_SAYS = re.compile(
    r"(?:同志|[俩仨]|也|都|均|全部?|已经?|刚刚?|一起|一块儿?|现在|今天|人|[两三四五六几][位个]人?)*"
    r"(?:(?P<MISSING>(?:还|怎么|一直)*(?:没有?|未)(?:到场?|到会|来|见着?|看见)[呢啊吧]?)"
    r"|(?P<CAME>(?:来|到)(?:场|会|齐|现场|会场|会议室)?了|已到|到[场会齐]|在(?:现场|场|会场|会议室)了?|到)"
    r"|(?P<LATE>(?:可能|要|会|得|路上|稍微?|[晚迟]一?[点些会]儿?|迟到|马上|快|一会儿?|一下|堵车|在|到)+))了?"
)
_SAID = re.compile(r"[到来在见假晚迟路马快堵会]")
"""A character of each verb: with fewer than two of them, nothing is said of two."""
_LEAST = 2
_LATE = re.compile(r"晚|迟|路上|马上|快|一会|堵")
_HERE = re.compile(r"(?:人|已经?|刚)*(?:[来到]了|到|已到|到[场会]|在[场会]?)")
"""At the very beginning it is said of the sender, without a word for him (已到，张三请假)."""


@shared
def statements(utterance: Utterance) -> tuple[Statement, ...]:
    """Return what is said of each, of two or more; nothing where a clause says something else."""
    topics = utterance.topics & ACTIONS
    if not topics <= {Topic.LEAVE} or utterance.to_others or not utterance.clauses:
        return ()
    if len(_SAID.findall(utterance.text)) < _LEAST:
        return ()
    found: list[Statement] = []
    for clause in utterance.clauses:
        told = _of_clause(clause, utterance.lexicon)
        why = bool(found) and found[-1].said is Said.LEAVE and not clause.topics & ACTIONS
        if not told and not (why and clause.mood is not Mood.QUESTION):
            return ()
        found += told
    return tuple(found) if len(found) > 1 else ()


def own_arrival(utterance: Utterance) -> tuple[int, int] | None:
    """Return where the sender says that he is there, the rest being said of others.

    Nothing where he also says of himself that he is not there, or asks leave.
    """
    told = statements(utterance)
    own = [one for one in told if one.me]
    here = bool(own) and all(one.said is Said.CAME for one in own)
    unclear = any(one.said is Said.LEAVE and not one.names for one in told)
    return (own[0].start, own[0].start + 1) if here and not unclear else None


def comes_after_all(utterance: Utterance) -> bool:
    """Tell whether 我来了，假不请了 is said: there, and the leave asked before is taken back."""
    if len(utterance.clauses) < _LEAST or "假" not in utterance.text:
        return False
    rest = [c for c in utterance.clauses if not _is_here(c, utterance.lexicon)]
    backs = [_LEAVE_BACK.search(clause.text) for clause in rest]
    return 0 < len(rest) < len(utterance.clauses) and all(backs)


_LEAVE_BACK = re.compile(
    r"(?<!再)不请[^，]{0,2}假了|假[^，]{0,6}(?:不请|不算|取消|作废|撤|[销消])|(?:取消|撤[销回]|[销消])[^，]{0,6}假"
)


def _is_here(clause: Clause, lexicon: Lexicon) -> bool:
    told = of_presence(clause, lexicon)
    here = all(one.me and not one.names and one.said is Said.CAME for one in told)
    return (bool(told) and here) or bool(_HERE.fullmatch(clause.text))


def of_presence(clause: Clause, lexicon: Lexicon) -> list[Statement]:
    """Return what a clause says of who has come or not, if it says nothing else."""
    return _run(clause, lexicon) if not clause.topics & ACTIONS else []


def _of_clause(clause: Clause, lexicon: Lexicon) -> list[Statement]:
    if Topic.LEAVE not in clause.topics:
        return _run(clause, lexicon)
    if clause.mood is Mood.QUESTION:
        return []
    lead = LINK.match(clause.text)
    at = lead.end() if lead else 0
    names, _ = read_names_with_tails(clause.text, at, lexicon)
    me = not names and _ME.match(clause.text, at) is not None
    return [Statement(Said.LEAVE, me, names, clause.start, clause.end)]


def _run(clause: Clause, lexicon: Lexicon) -> list[Statement]:
    """Read 王五到了赵六没到: subject and verb, over and over, to the end of the clause."""
    text, at = clause.text, 0
    if not clause.start and _HERE.fullmatch(text):
        return [Statement(Said.CAME, me=True, names=(), start=0, end=clause.end)]
    found: list[Statement] = []
    while at < len(text):
        lead = LINK.match(text, at)
        begin = at
        at = lead.end() if lead else at
        me, names, at = _subject(text, at, lexicon)
        if not (me or names):
            rest = _REST.match(text, at)
            if rest is None:
                return []
            at = rest.end()
        verb = _SAYS.match(text, at)
        if verb is None or (verb["LATE"] and not _LATE.search(verb["LATE"])):
            return []
        at = verb.end()
        start, end = clause.start + begin, clause.start + at
        found.append(Statement(Said[str(verb.lastgroup)], me, names, start, end))
    return found


def _subject(text: str, at: int, lexicon: Lexicon) -> tuple[bool, tuple[str, ...], int]:
    """Read of whom it is said: whether of the sender, of whom else, and where that ends."""
    me = _ME.match(text, at)
    joined = _WITH.match(text, me.end()) if me else None
    if me and joined is None:
        return True, (), me.end()
    names, end = read_names_with_tails(text, joined.end() if joined else at, lexicon)
    return (me is not None and bool(names)), names, end


def all_kin(statement: Statement) -> bool:
    """Tell whether it is said of one's family alone, who belong to no branch."""
    return bool(statement.names) and all(map(is_kin, statement.names))
