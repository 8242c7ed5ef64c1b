"""Taking a sign-up back, as people say it (取消报名, 不去了)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.inbound.intents import Reading, Strength
from bot.inbound.names import find_people, is_kin, read_names
from bot.inbound.patterns import one_of
from bot.inbound.reasons import find_reason
from bot.inbound.scope import about_everybody, about_listener, elsewhere, politely
from bot.inbound.signup_changes import is_fewer
from bot.inbound.signup_contrasts import find_contrast
from bot.inbound.signup_joining import (
    ACTIVITIES,
    ACTIVITY,
    THEM,
    activity_around,
    find_named_before,
    is_another,
    is_joining,
)
from bot.inbound.titles import find_title
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance, shared


@dataclass(frozen=True, slots=True)
class SignupCancelSlots:
    """Somebody withdraws; fields as in `SignupSlots`.

    Attributes:
        reason: The words that say why, if any.
    """

    number: int | None = None
    title: str | None = None
    day: date | None = None
    names: tuple[str, ...] = ()
    count: int | None = None
    reason: str | None = None
    until: date | None = None


_WITHDRAWS = one_of(
    r"(?:取消|退出|退掉?|撤[掉销回]?|去掉|删[掉除]?|划掉|不要|拿掉|抹掉|收回"
    r"|放弃)[^，]{0,14}(?:报名|名字|名额|报的名|位子|活动|参加)"
    r"|不报(?:[^，名]{1,6})?了|(?:报名|名字|名额|报的名)[^，]{0,6}(?:取消|退|撤|去掉|删|划[掉了]|作废|不算|不作数|销[掉了]|让(?!人|他|她)|拿[掉下]"
    r"|不要)|报的[^，]{1,12}(?:退|取消|不去|撤|划掉|去掉|删)|不报名?了|退报"
    r"|(?:我|我们)(?:也|想|要|先|得)?退出|给[他她]撤|[帮给把替](?![^，]{0,8}[签假费])(?!我的?请)[^，]{1,12}(?:也|都)?(?:取消|退|划掉?|去掉)(?:掉|了)?吧?$"
    r"|^(?:都|全部?|也|就|一起|给我|帮我|把它|请|麻烦)+取消(?:掉|了|吧|一下)*$"
)

_BACKS_OUT = re.compile(
    r"^(?:那|就|先|只[能好])?(?:取消|退出|退了?|撤了?|撤我报名|删了?我?|划掉)(?:吧|了|掉|报名|我)*$|名单上?(?:删|划|去)|让给(?:别人|其他|大家)|得?鸽了"
    r"|退赛|把我从.{1,8}(?:拿掉|删|去掉|划)|销掉?我的?名|要撤$|我们?(?:也|就|先|都|想|要|得|只好|只能)*退了?(?:$|吧)|报不了|退出$|退了吧|撤我|(?:一共)?退[一两二三四五六\d]个?人|报的名(?:也|就|先)?(?:取消|退|撤)"
)

_LEAVES_ACTIVITY = re.compile(rf"退(?:出|掉|了)[^，群]{{0,10}}?(?:{ACTIVITIES})(?!群)")

_MAY_WITHDRAW = one_of(r"[退取撤删划销抹让不拿废]|去掉|放弃|收回")

_ONLY_LEAVES = re.compile(r"我?(?:今天|明天)?(?:不参加|不去|不来)了")

_WHO_HOW = re.compile(r"怎|谁|什么")

_NOT_WITHDRAWN = re.compile(
    r"要不要|刚才?刚?[建发录]的|我建的|(?:别|没|不[能要会用想]?|谁)(?:取消|退|撤|删|划)|要是|如果"
)

_LEAVES = re.compile(r"(?:不参加|不去|去不了|去不成|来不了|参加不了|不来|不想(?:去|来|参加))了?")

_NAMED = one_of(
    r"(?<![上汇填申预])报的(?![警数价名])|报(?:的|过|了|上)?(?:的)?名|名额|名单|报不了|活动|徒步|比赛|球赛|合唱|登山|漂流|健步"
)

_SIGNED_UP_FOR = re.compile(
    r"植树|种树|义诊|义剪|志愿服务|慰问|清扫|打扫|巡逻|骑行|[春秋]游|[爬登]山|扫[雪街]|拔[河草]|采摘|值守|执勤"
)
"""What nobody is bound to come to: who does not go withdraws, and asks no leave."""

_DOES = re.compile(r"的?(?:不|有|去|来|要|也|都|临时|家|生|因|突|病|住|退|报|名|参|他|她|$)")

_REPLACED = re.compile(r"[换让].{1,4}[去上来顶]")


def recognise_signup_cancel(utterance: Utterance) -> list[Reading]:
    """Recognise withdrawing from an activity."""
    if not utterance.clauses or utterance.to_others or is_fewer(utterance.text):
        return []
    if others := _others_stay_away(utterance):
        return [others]
    if contrast := find_contrast(utterance):
        return [
            Reading(
                SignupCancelSlots(title=one.title),
                Strength.CLEAR,
                (one.clause.start, one.clause.end),
            )
            for one in contrast
            if one.gives_back
        ]
    clauses = is_withdrawn(utterance)
    if not clauses:
        return []
    around = activity_around(utterance)
    contrasted = any(is_another(c, clauses) for c in utterance.clauses if c not in clauses)
    if contrasted:
        around = tuple(clauses)  # 植树我不去了，义诊我报名
    whole = utterance.stretch(around)
    names = _leavers(utterance, clauses)
    slots = SignupCancelSlots(
        title=find_title(utterance, around, names) or _activity(clauses),
        day=utterance.days_in(whole)[0],
        until=utterance.days_in(whole)[1],
        names=names,
        count=utterance.count_in(whole),
        reason=None if contrasted else _why(utterance, names),
    )
    only = _ONLY_LEAVES.fullmatch(utterance.text)
    strength = Strength.BARE if only else Strength.CLEAR
    return [Reading(slots, strength, (clauses[0].start, clauses[-1].end))]


def _others_stay_away(utterance: Utterance) -> Reading | None:
    """Read 孙丽不去了, said to the bot (`BARE`): it takes a sign-up back where something is open."""
    text = utterance.text
    names, end = read_names(text, 0, utterance.lexicon) if utterance.addressed else ((), 0)
    if not names or all(map(is_kin, names)) or not _STAY_AWAY.fullmatch(text, end):
        return None
    return Reading(SignupCancelSlots(names=names), Strength.BARE, (0, len(text)))


def tells_of_himself(text: str) -> bool:
    """Tell whether 不去了 is said by who does not go, with nobody else named."""
    return not read_names(text.strip(), 0)[0]


_STAY_AWAY = re.compile(
    r"(?:同志|[俩两三]个?人?|都|也|说|这次|这回|又|她|他)*(?:不(?:想)?(?:去|参加|来)|[去参][加]?不[了成]|退出)(?:了|啦|吧|的)*"
)


def _activity(clauses: Sequence[Clause]) -> str | None:
    """Return the activity named where no title was found: never is another one withdrawn from."""
    found = [match[0] for clause in clauses if (match := ACTIVITY.search(clause.text))]
    return found[0] if found else None


def _why(utterance: Utterance, names: tuple[str, ...]) -> str | None:
    """Return the clause that says why, if one besides the withdrawal does."""
    others = [
        c
        for c in utterance.clauses
        if not (_WITHDRAWS.search(c.text) or _BACKS_OUT.search(c.text))
        and not _REPLACED.fullmatch(c.text)
    ]
    title = find_title(utterance, utterance.clauses, names)
    reason = find_reason(utterance, others, names)
    return None if reason and title and reason in title else reason


@shared
def is_withdrawn(utterance: Utterance) -> list[Clause]:
    if not _MAY_WITHDRAW.search(utterance.text):
        return []
    named = bool(_NAMED.search(utterance.text)) or Topic.SIGNUP in utterance.quoted_topics
    named = named or bool(_SIGNED_UP_FOR.search(utterance.text))
    return [
        clause
        for clause in utterance.clauses
        if _is_withdrawing(clause, utterance, named) and not _stays_at_home(utterance, clause)
    ]


def _stays_at_home(utterance: Utterance, clause: Clause) -> bool:
    """Tell whether 老伴去不了 only says who does not come along (植树我报名，老伴去不了)."""
    names, end = read_names(clause.text, 0, utterance.lexicon)
    if not names or not _ONLY_ABSENT.fullmatch(clause.text, end):
        return False
    return any(
        "我" in other.text
        and not _WAS_SIGNED_UP.search(other.text)
        and not find_people(other.text, utterance.lexicon)
        and is_joining(utterance, other)
        for other in utterance.clauses
        if other is not clause
    )


_ONLY_ABSENT = re.compile(
    r"(?:就|也|有事|没空|这次|这回|的话)*(?:[去来参]加?不[了成]|不[去来]|不参加)了?"
)

_WAS_SIGNED_UP = re.compile(r"报[了过]")


def _is_withdrawing(clause: Clause, utterance: Utterance, named: bool) -> bool:
    text = clause.text
    named_here = named or bool(ACTIVITY.search(text))
    backs_out = (
        named_here and _BACKS_OUT.search(text) and not clause.topics & {Topic.CHECKIN, Topic.LEAVE}
    )
    if not (
        backs_out
        or _WITHDRAWS.search(text)
        or _LEAVES_ACTIVITY.search(text)
        or _ONLY_LEAVES.fullmatch(utterance.text)
    ) and not (
        named
        and _LEAVES.search(text)
        and clause.mood is not Mood.FUTURE
        and Topic.LEAVE not in utterance.topics
    ):
        return False
    if clause.mood is Mood.QUESTION and (not politely(text) or _WHO_HOW.search(text)):
        return False
    if _NOT_WITHDRAWN.search(text) or about_listener(text):
        return False
    if about_everybody(text.replace("名单", "")):
        return False
    return not (utterance.elsewhere and elsewhere(text))


def _leavers(utterance: Utterance, clauses: list[Clause]) -> tuple[str, ...]:
    for clause in clauses:
        for match in re.finditer(r"[帮替代把给]@?", clause.text):
            names, _ = read_names(clause.text, match.end(), utterance.lexicon)
            if names:
                return names
    for clause in utterance.clauses:
        names, end = read_names(clause.text, 0, utterance.lexicon)
        if names and re.match(
            r"的(?:[^，]{0,8})?报名|(?:临时|家里)?有事|[^，]{0,8}报名(?:取消|退)", clause.text[end:]
        ):
            return names
    for clause in clauses:
        if "我" not in clause.text:
            people = find_people(clause.text, utterance.lexicon)
            if people:
                return tuple(dict.fromkeys(name for name, _, _ in people))
    for clause in clauses:
        if THEM.search(clause.text) and (names := find_named_before(utterance, clause)):
            return names
    names, end = read_names(clauses[0].text, 0, utterance.lexicon)
    return names if _DOES.match(clauses[0].text, end) else ()
