"""A study that is done, read from what was said: what, when, by whom."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.inbound import study_words as say
from bot.inbound.intents import Reading, Strength
from bot.inbound.scope import about_everybody, about_listener, elsewhere
from bot.inbound.study_slots import (
    HE,
    StudyDoneSlots,
    find_days,
    find_proxies,
    find_students,
    find_title,
    without_days,
)
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance

_MINE = frozenset({Topic.STUDIED, Topic.STUDY, Topic.MEETING})
_OTHERS = frozenset({Topic.DUES, Topic.SIGNUP, Topic.UNDO})
_LONGEST_TICKED = 20
_MOST_CLAUSES = 16  # whoever says more than that reports nothing


@dataclass(frozen=True, slots=True)
class _Told:
    """A clause that says it is done, and where to look for what: itself or an earlier one."""

    clause: Clause
    done: re.Match[str] | None
    named: Clause
    strength: Strength = Strength.CLEAR


def find_studies(utterance: Utterance) -> list[Reading]:
    """Return the study an utterance says is done; 已学 and 学完了 alone read `BARE`."""
    text = utterance.text
    if text in say.BARE or text in say.UNCLEAR:
        return [_alone(utterance)]
    if utterance.addressed and (online := say.ONLINE.fullmatch(text)):
        slots = StudyDoneSlots(title=online["title"])
        return [Reading(slots, Strength.CLEAR, (0, len(text)))]
    if not _concerns(utterance):
        return []
    for index in range(min(len(utterance.clauses), _MOST_CLAUSES)):
        told = _told(utterance, index)
        if told:
            return [_reading(utterance, told)]
    return []


def _concerns(utterance: Utterance) -> bool:
    if not utterance.clauses:
        return False
    if utterance.topics & _MINE or utterance.quoted_topics & _MINE or utterance.addressed:
        return True
    return bool(say.PARTY.search(utterance.text) or say.PLAIN.search(utterance.text))


def _alone(utterance: Utterance) -> Reading:
    text = utterance.text
    asked = utterance.quoted_topics & _MINE
    slots = StudyDoneSlots(explicit=text in say.BARE)
    return Reading(slots, Strength.CLEAR if asked else Strength.BARE, (0, len(text)))


def _told(utterance: Utterance, index: int) -> _Told | None:
    """Return what a stated clause tells of a study, with the clause that names it."""
    clause = utterance.clauses[index]
    if not clause.stated or clause.topics & _OTHERS:
        return None
    done = _done(utterance, index)
    if done is None and not _is_ticked(utterance, clause):
        return None
    if not _may_tell(clause, by_proxy=bool(find_proxies(utterance, clause))):
        return None
    if done is None:
        return _Told(clause, None, clause)
    if _says_what(utterance, index, done):
        return _Told(clause, done, clause)
    if say.ITSELF.search(clause.text):
        return _named_before(utterance, index, done) or _Told(clause, done, clause)
    if not _is_lone(utterance, clause, done) or _goes_on(utterance, index):
        return _named_before(utterance, index, done) if _plain(clause.text, done) else None
    return _named_before(utterance, index, done) or _by_itself(utterance, clause, done)


def _may_tell(clause: Clause, *, by_proxy: bool) -> bool:
    text = say.BESIDE_CHILD.sub("", clause.text)
    text = HE.sub("", text) if by_proxy else text
    if say.THANKS.fullmatch(text) or say.NOT_DONE.search(text):
        return False
    return not (_of_others(text) or about_listener(text) or about_everybody(text))


def _of_others(text: str) -> bool:
    """Tell whether it is another world's study; the Party's own words outweigh 单位 and 学校."""
    if not elsewhere(text) and not say.OTHER_COURSES.search(text):
        return False
    return not say.PARTYS.search(text) or bool(say.CHILDREN.search(text))


def _done(utterance: Utterance, index: int) -> re.Match[str] | None:
    """Return what says that it is done: nothing but a tail, or what was studied, is behind it."""
    text = utterance.clauses[index].text
    for found in say.DONE.finditer(text):
        rest = text[found.end() :]
        if _is_tail(rest, text) or say.PARTY.search(rest) or say.PLAIN.search(rest):
            so_far = utterance.text[: utterance.clauses[index].end]
            on_app = say.ON_APP.search(found[0]) and not say.APP.search(so_far)
            made = say.MAKING.search(found[0]) and say.WORK.search(text)
            return None if on_app or made else found
    return None


def _is_tail(rest: str, text: str) -> bool:
    if say.TAIL.fullmatch(rest):
        return True
    handed_in = re.match(r"[了啦]?(?:已经?)?[发交传]", rest)
    return bool(handed_in and say.ESSAY.search(text) and rest.endswith(("了", "邮箱", "群里")))


def _says_what(utterance: Utterance, index: int, done: re.Match[str]) -> bool:
    """Tell whether a clause says what was studied besides that it was (学习了 alone does not)."""
    rest = _besides(utterance.clauses[index].text, done)
    if say.PARTY.search(rest):
        return True
    plain = say.PLAIN.search(rest)
    return bool(plain) and (utterance.addressed or _checks_off(utterance, index))


def _besides(text: str, done: re.Match[str]) -> str:
    return f"{text[: done.start()]}，{text[done.end() :]}"


def _plain(text: str, done: re.Match[str]) -> bool:
    return bool(say.PLAIN.search(_besides(text, done)))


def _checks_off(utterance: Utterance, index: int) -> bool:
    """Tell whether 打卡 or an essay goes with it (第五集看完，打卡; 视频看完了，心得晚点发)."""
    clause, *after = utterance.clauses[index : index + 2]
    if not after or utterance.elsewhere or say.OTHER_COURSES.search(utterance.text):
        return False
    essay = say.TAKEN_IN.search(clause.text) and say.THOUGHTS.search(after[0].text)
    return bool(essay or say.ON_APP.match(after[0].text))


def _is_lone(utterance: Utterance, clause: Clause, done: re.Match[str]) -> bool:
    """Tell whether a clause names nothing else that might be done (都学完了, not 电影看完了)."""
    if say.INVITES.search(clause.text) and len(utterance.clauses) > 1:
        return False
    names, _ = find_students(utterance, clause)
    before = without_days(utterance, clause.text[: done.start()])
    for name in names:
        before = before.replace(name, "")
    return bool(say.LONE.fullmatch(HE.sub("", before) if names else before))


def _goes_on(utterance: Utterance, index: int) -> bool:
    """Tell whether it is only the first step of what is asked (学完了，再交心得)."""
    return any(say.GOES_ON.match(after.text) for after in utterance.clauses[index + 1 : index + 2])


def _named_before(utterance: Utterance, index: int, done: re.Match[str]) -> _Told | None:
    """Return the telling where an earlier clause, or what is quoted, names the study."""
    clause = utterance.clauses[index]
    if not say.SURE.search(done[0]):
        return None
    lone = not _plain(clause.text, done)
    essay = lone and bool(say.HANDED_IN.match(done[0]))
    earlier = utterance.clauses[:index] if lone else utterance.clauses[max(index - 1, 0) : index]
    for before in reversed(earlier):
        if _may_name(before, addressed=utterance.addressed, essay=essay):
            return _Told(clause, done, before)
    asked = lone and not essay and _is_asked(utterance.quoted)
    return _Told(clause, done, clause) if asked else None


def _is_asked(quoted: str | None) -> bool:
    """Tell whether the words replied to are about a study, not only about a meeting."""
    return bool(quoted and say.PARTY.search(quoted) and say.QUOTED.search(quoted))


def _may_name(before: Clause, *, addressed: bool, essay: bool) -> bool:
    """Tell whether an earlier clause names a study of the sender's (党课视频，已看完)."""
    text = before.text
    named = say.PARTY.search(text) or (addressed and say.PLAIN.search(text))
    if not named or (essay and not say.ESSAY.search(text) and not say.APP.search(text)):
        return False
    if before.mood in (Mood.QUESTION, Mood.FUTURE) or before.topics & _OTHERS:
        return False
    text, missed = say.MISSED.subn("", text)
    if before.mood is Mood.NEGATION and not missed:
        return False
    return not _of_others(text) and not say.NOT_DONE.search(text)


def _by_itself(utterance: Utterance, clause: Clause, done: re.Match[str]) -> _Told | None:
    """Return 学完了 beside other words as a bare word: something has to wait for it."""
    alone = say.STUDIED_ALONE.fullmatch(clause.text[done.start() :])
    if not alone or utterance.elsewhere or say.OTHER_COURSES.search(utterance.text):
        return None
    of_another = find_students(utterance, clause)[0]  # what waits would wait for the writer's own
    if utterance.to_others or of_another:
        return None
    return _Told(clause, done, clause, Strength.BARE)


def _is_ticked(utterance: Utterance, clause: Clause) -> bool:
    """Tell whether the whole message is a study with a tick behind it (学习任务✔️)."""
    if len(utterance.clauses) != 1 or len(clause.text) > _LONGEST_TICKED:
        return False
    return bool(say.TICKED.search(utterance.raw) and say.PARTY.search(clause.text))


def _reading(utterance: Utterance, told: _Told) -> Reading:
    clause, named = told.clause, told.named
    names, with_me = find_students(utterance, clause)
    title = find_title(utterance, named, None, names) if named is not clause else None
    title = title or find_title(utterance, clause, told.done, names)
    day, until = find_days(utterance, named, clause)
    explicit = told.strength is Strength.BARE
    slots = StudyDoneSlots(title, day, until, names, with_me, explicit)
    return Reading(slots, told.strength, (_start(utterance, told), clause.end))


def _start(utterance: Utterance, told: _Told) -> int:
    """Return where the reading begins; what stands between two clauses may be another's."""
    first, last = utterance.clauses.index(told.named), utterance.clauses.index(told.clause)
    return told.named.start if last - first <= 1 else told.clause.start
