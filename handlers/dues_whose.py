"""Saying whose the dues were that were just declared (刚才那个党费是赵六的).

Example:
    张三: 刚才那个党费是赵六的
    » ✓ 已改到赵六名下：3月党费15元。您名下的已撤销。等组织委员核对后给本人回执。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.privacy import dues as private
from bot.domain.privacy import named, say
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.dues_corrected import what_of
from bot.inbound.dues_together import told_of
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.names import read_names_with_tails
from bot.inbound.questions import close, find_question
from bot.inbound.questions import resume as resume_asked
from bot.inbound.replies import Reply, ToMember
from bot.inbound.utterance import Mood, Utterance
from bot.inbound.whom import whom
from bot.services import dues_handed_over, undo
from bot.services.dues import STEM
from bot.services.naming import Named

DONE = "✓ 已改到{name}名下：{what}。原来登记在{before}名下的已撤销。等组织委员核对后给本人回执。打错了回复 撤销"
OWN = "您"
ANOTHERS = "别人"
TAKEN_BACK = "{payer}替您登记的{what}弄错了人，已经撤销。"
DUES_WHOSE = "dues_whose"

EXAMPLES = (
    "刚才那个党费是赵六的",
    "刚才报的党费是老李的，不是我的",
    "那笔党费记到王五名下",
    "刚才那15是替赵六交的",
)
SILENT = (
    "刚才那个党费是赵六收的",
    "刚才那个党费是赵六的吗",
    "党费是大家的",
    "刚才那个杯子是赵六的",
)


@dataclass(frozen=True, slots=True)
class DuesWhoseSlots:
    """What was just declared belongs to somebody else.

    Attributes:
        name: Whose it is, as written.
    """

    name: str


_SAID = r"(?:刚才|刚刚|刚|[那这]一?[个笔条份次]|[那这](?=\s?\d|党费|钱)|上一?[个笔条份次]|上面|前面|方才|头先)"
_PAID = (
    r"(?:党费|[交缴转付报登记写发说]+|\d+(?:\.\d+)?(?:元|块钱?)?|钱|的|了|我|那|个|笔|条|份|错|\s)"
)
_SLIP = r"(?:不好意思|对不起|更正|[说弄报写搞记登填]错[人了]*|不对|，|。|\s)"
_NOT_MINE = r"(?:不是我?(?:自己|本人)?的?，?)?"
_IS = r"(?:应该?|其实)?(?:是|系|算|属于|改成|改到|改为|记到|记在|算在|挂到|转到)(?:我?[帮替给代为]|我)?@?"
_BEFORE = re.compile(rf"(?:{_SLIP}|{_SAID}|{_PAID})*{_NOT_MINE}{_IS}")
_JUST_NOW = re.compile(rf"{_SAID}|党费")
_BEFORE_ALONE = re.compile(
    rf"{_SLIP}*(?:不是我?(?:自己|本人)?的，?)?(?:应该?)?(?:是|系|记到|算到?|改成)(?:我?[帮替给代为])?@?|我?[帮替给代]"
)
_BEHIND = re.compile(
    r"(?:同志)?(?:[交缴付报]的|的那?份?|那份|这份|名下|头上|账上|党费|，|不是我?(?:自己|本人)?的?|吧|啊|哈|哦|呀|\s)*"
)
_TIED = re.compile(r"的|名下|头上|账上|[交缴付报]的|[帮替代]")
_MONEY = re.compile(r"党费|[交缴转付报登记]|\d|钱|[笔]")
_LONGEST = 30


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise whose it was: with a word of what was declared `EXACT`, alone (是赵六的) `BARE`."""
    text = utterance.text
    if len(text) > _LONGEST or _TIED.search(text) is None:
        return []
    if any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    for start in range(len(text)):
        before = text[:start]
        if not (_BEFORE_ALONE.fullmatch(before) or _BEFORE.fullmatch(before)):
            continue  # names are dearer to read than what may stand before them
        names, end = read_names_with_tails(text, start, utterance.lexicon)
        if not names:
            continue
        behind = text[end:]
        if len(names) != 1 or not _BEHIND.fullmatch(behind) or not _TIED.search(before + behind):
            continue
        said = _JUST_NOW.search(before) and _MONEY.search(before + behind)
        sure = said and _BEFORE.fullmatch(before)
        if not sure and not _BEFORE_ALONE.fullmatch(before):
            continue
        strength = Strength.EXACT if sure else Strength.BARE
        return [Reading(DuesWhoseSlots(names[0]), strength, (0, len(text)))]
    return []


def handle(slots: DuesWhoseSlots, context: Context) -> Reply:
    """Answer the open question on dues with whose they are, else move the declaration just made."""
    asked = find_question(context)
    if asked is not None and asked.payload["intent"] == "dues_paid":
        close(asked, context)
        kept = {"each": None, "heads": None, **asked.payload["by_values"]}
        option = {**kept, "names": [slots.name], "with_me": False}
        return resume_asked("dues_paid", option, context)
    return resume({"names": [slots.name]}, context)


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Move the declaration, once it is clear who is meant."""
    people = whom(context, DUES_WHOSE, option["names"], option, action=Action.CONFIRM_DUES)
    return people if isinstance(people, Reply) else _hand_over(people[0], context)


def _hand_over(person: Named, context: Context) -> Reply:
    moved = dues_handed_over.hand_over(
        context.session,
        person,
        by=context.actor,
        said_on=context.today,
        now=context.now,
        source=str(context.inbound_id),
    )
    what = private(what_of(moved.parts, context))
    own = moved.of == context.actor.member_id
    text = say(DONE, name=named(person.name), what=what, before=OWN if own else ANOTHERS)
    told: list[ToMember] = []
    if person.id != context.actor.member_id:
        told.append(told_of(person.id, moved.parts, context))
    if not own:
        back = say(TAKEN_BACK, payer=context.actor.name, what=what)
        told.append(ToMember(moved.of, back, f"moved:{context.inbound_id}:{moved.of}"))
    return Reply(text, send=tuple(told))


def waits(context: Context) -> Waiting:
    """Tell whether a question on dues is open, or the actor has just declared some."""
    asked = find_question(context)
    if asked is not None and asked.payload["intent"] == "dues_paid":
        return Waiting.ASKED
    last = undo.find_last_stem(context.session, by=context.actor, now=context.now)
    return Waiting.OPEN if last == STEM else Waiting.NOTHING


INTENT = Intent(
    name=DUES_WHOSE,
    title="改刚才报的党费是谁的",
    recognise=recognise,
    handle=handle,
    resume=resume,
    waits=waits,
    examples=EXAMPLES,
    silent=SILENT,
)
