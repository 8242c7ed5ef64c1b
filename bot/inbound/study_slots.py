"""The slots of a study that is done: its day, its people, what it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.inbound import study_words as say
from bot.inbound.names import is_titled, read_names
from bot.inbound.utterance import Clause, Span, Utterance

_ME_AND = re.compile(r"^我[和跟与同]@?")
_AND_ME = re.compile(r"[和跟与]我")
_FOR = re.compile(r"[帮替代]@?|(?<![交发送传递塞寄拿转得会报感])(?<!已)(?<!已经)给@?")
_HAS_ME_TELL = re.compile(r"也?[让叫托喊]我")
_FOR_SOMEBODY = re.compile(
    r"[帮替代](?![我忙您你大咱为他她])(?:老党员)?(?P<name>[\u4e00-\u9fa5]{2,4}?)(?:登记|报|打卡|说|记一?下)"
)
_OF = re.compile(
    r"(?:同志)?[\s，:]*(?:的?(?:线上|网上|那份|那篇)?(?=心得|学习|自学|强国|党课|思想汇报|补学|补课|体会)"
    r"|(?:今天|昨天|前天|今早|这[周期]|本周)的?|也|都|已|刚|把|完成|[学看补]完)"
)
HE = re.compile(r"^[他她]们?")
_DAY_ONLY = re.compile(r"[的在家\s]|[早晚]上|[上中下]午|夜里")
_AFTERWARDS = re.compile(r"(?:[早晚]上|[上中下]午)?(?:刚|才|就)?[学看听读补写做弄]")
_NOT_OF_STUDY = re.compile(
    r"[早晚上午]{0,2}(?:布置|发的|下发|通知|要求|没(?!去|到|来|赶|参加)|断|截止|之?前)"
)
_TRIMMED = re.compile(
    r"^[、和跟与同]+的?(?=..)|^[^，]{0,12}把(?=.)|^[^，《]{0,10}布置的(?:那个|那篇|这个)?|^(?:我们?|本人|自己|的|把|也|都|今[天日]|昨[天日]|刚才|刚刚?|已经?|全部|那[个本]|这个|本周|上周|新|了"
    r"|[一二两三]?篇|上?报|[\s,，:、“”])+"
    r"|(?:的|了|我|也|都|已经?|全部?|刚刚?|今[天日]|昨[天日]|也|均|补|在家里?|自己|俺|认真|完整|熬着|[\s,，:、“”])+$"
)
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class StudyDoneSlots:
    """Something was studied.

    Attributes:
        title: What, in the words said; None where only that something was.
        day: The day of the study, or of the session made up for, or the first of a span; None
            for today.
        until: The last day of a span, inclusive.
        names: Those who studied, as written; empty for the sender.
        with_me: The sender studied besides `names`.
        explicit: A bare word that says itself that it is about studying (已学).
    """

    title: str | None = None
    day: date | None = None
    until: date | None = None
    names: tuple[str, ...] = ()
    with_me: bool = False
    explicit: bool = False


def find_days(
    utterance: Utterance, named: Clause, clause: Clause
) -> tuple[date | None, date | None]:
    """Return the day of the study or of the course: that of what was set or missed is none."""
    clauses = utterance.clauses
    first, last = clauses.index(named), clauses.index(clause)
    if first and (_is_day(utterance, clauses[first - 1]) or _FOR.match(clauses[first - 1].text)):
        first -= 1
    after = clauses[last + 1 : last + 2]
    if after and _tells_day(utterance, after[0]):
        last += 1
    for span in utterance.past_dates:
        if not clauses[first].start <= span.start or span.end > clauses[last].end:
            continue
        if _NOT_OF_STUDY.match(utterance.text, span.end):
            continue
        return _ends(span)
    return None, None


def _ends(span: Span) -> tuple[date | None, date | None]:
    if isinstance(span.value, tuple):
        return span.value[0], span.value[1]
    return (span.value, None) if isinstance(span.value, date) else (None, None)


def _is_day(utterance: Utterance, clause: Clause) -> bool:
    return not _DAY_ONLY.sub("", without_days(utterance, clause.text))


def _tells_day(utterance: Utterance, clause: Clause) -> bool:
    """Tell whether a clause adds only when (看完了，昨晚看的)."""
    rest = without_days(utterance, clause.text)
    return rest != clause.text and clause.stated and bool(_AFTERWARDS.match(rest))


def without_days(utterance: Utterance, text: str) -> str:
    """Return a text without the days it names."""
    for span in utterance.past_dates:
        text = text.replace(utterance.text[span.start : span.end], "")
    return text


def find_students(utterance: Utterance, clause: Clause) -> tuple[tuple[str, ...], bool]:
    """Read who studied: 我和老伴都, 帮王大爷报一下, 翁老师让我说一声, 老李的心得."""
    text = say.BESIDE_CHILD.sub("", clause.text)
    with_me = _ME_AND.match(text)
    if with_me:
        return read_names(text, with_me.end(), utterance.lexicon)[0], True
    proxies = find_proxies(utterance, clause)
    if proxies:
        return proxies, False
    names, end = read_names(text, 0, utterance.lexicon)
    if not names or any(say.PARTY.search(name) for name in names):
        return (), False
    and_me = _AND_ME.match(text, end)
    if utterance.addressed and _are_people(names) and _THEIR_STUDY.match(text, end):
        return names, bool(and_me)
    return (names, bool(and_me)) if and_me or _OF.match(text, end) else ((), False)


def _are_people(names: tuple[str, ...]) -> bool:
    """Tell people of the branch from whom a course is named after (毛泽东选集, 江姐)."""
    return all(is_titled(name) for name in names) or len(names) > 1


_THEIR_STUDY = re.compile(r"(?:同志)?(?:的|[俩仨]的?|昨天|今天|也|都|把)*(?=[^，]{2})")


def find_proxies(utterance: Utterance, until: Clause) -> tuple[str, ...]:
    """Return those the sender speaks for, up to a clause."""
    for near in utterance.clauses:
        if near.start > until.start:
            break
        for match in _FOR.finditer(near.text):
            names, _ = read_names(near.text, match.end(), utterance.lexicon)
            if names:
                return names
        names, end = read_names(near.text, 0, utterance.lexicon)
        if names and _HAS_ME_TELL.match(near.text, end):
            return names
        unread = _FOR_SOMEBODY.search(near.text)
        if unread:  # not taken for the sender's own
            return (unread["name"],)
    return ()


def find_title(
    utterance: Utterance, clause: Clause, done: re.Match[str] | None, names: tuple[str, ...]
) -> str | None:
    """Return the words that say what was studied, without day, people and verb."""
    text = say.MISSED.sub("", clause.text) if done is None else clause.text
    pieces = [text] if done is None else [text[: done.start()], text[done.end() :]]
    for piece in pieces:
        piece = without_days(utterance, piece)
        piece = HE.sub("", piece) if names else piece
        for name in names:
            piece = piece.replace(name, "")
        piece = _TRIMMED.sub("", re.sub(r"我[和跟与同]|[帮替代给]", "", piece))
        if "强国" in piece:
            return "学习强国"
        if len(piece) > 1 and (say.PARTY.search(piece) or say.PLAIN.search(piece)):
            return None if piece in say.NAMES_NO_STUDY else piece[:_LONGEST]
    return None
