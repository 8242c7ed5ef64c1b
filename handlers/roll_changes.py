"""What happens to members on the roll, told by its keeper (转正, 去世, 停止党籍 …, 名册更正).

Example:
    李书记: 转正 李四 3月12日
    » ✓ 李四的转正已登记（3月12日）。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.ids import UnitId
from bot.domain.privacy import Fact, FactKind, Text, join, say
from bot.domain.rights import ROLE_NAMES, Action
from bot.domain.roll import CHANGE_NAMES, CODE_WORDS, CODES, ChangeKind, find_code
from bot.domain.roll_clocks import too_early
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply
from bot.inbound.roll_words import (
    change_of,
    read_admission,
    read_change,
    read_take_back,
)
from bot.inbound.same_name import ask_same, same_person
from bot.inbound.utterance import Utterance
from bot.inbound.vacant import empty_words, tell
from bot.inbound.whom import whom
from bot.services import people, roll, roll_changes, scopes, turnover, vacancies
from bot.services.namesakes import OnTheRoll
from bot.services.roll_changes import Recorded
from bot.services.trial import try_out

DONE = "✓ {name}的{what}已登记（{day}）。{posts}打错了回复 撤销"
POSTS_ENDED = "他的{n}个职务同时结束。{empty}"
ADMITTED = "✓ {name}已登记为预备党员，{day}起，预备期一年，党费从{month}月起。打错了回复 撤销"
PREVIEW = "将登记：{name}{what}{code}，{day}。{effect}{early}\n回复 确认 登记，回复 取消 作罢"
EFFECTS = {
    ChangeKind.DIED: "从此不再提醒、不再计入名册，职务同时结束。",
    ChangeKind.LEFT: "从此不再计入名册，职务同时结束。",
    ChangeKind.SUSPENDED: "仍在名册，不参加表决，这期间不用交党费，职务同时结束。",
    ChangeKind.VOTE_BARRED: "到会照常登记，不计入表决。",
}
WHICH_REASON = "{name}的{what}要写明原因，是{codes}中的一种，例如：{order}"
SUCCEEDED = "{role}已经由{name}担任，没有改回{before}。要改回请重新任职。"
TAKEN_BACK = "✓ 已更正：{name}的{what}（{day}）不算，恢复登记以前的样子。两条记录都留着。"
NOT_FOUND = "没有找到{name}的{what}登记。要看有哪些变动，请发 名册变动"
WHY = "请写明为什么更正，例如：名册更正 {name} {what} 登记错了人"
ADMIT_EXAMPLE = "接收预备党员 赵新 3月10日 {unit}"
_BACK = date(2000, 1, 1)
_CONSENT = re.compile(r"同意|批准|批复")


@dataclass(frozen=True, slots=True)
class RollChangeSlots:
    """A change of one member.

    Attributes:
        verb: The word of the order.
        day: The Shanghai day it takes effect; None for today.
        words: What else was written.
        unit: The branch named, for an admission.
    """

    verb: str
    name: str
    day: date | None
    words: str = ""
    unit: str | None = None


CHANGE_EXAMPLES = (
    "转正 李四 3月12日",
    "登记转正：李四",
    "李四 转正 3月12日",
    "去世 王五 3月1日",
    "外出流动 赵六",
    "流动返回 赵六",
    "失联 赵六 去年8月1日",
    "恢复联系 赵六",
    "停止党籍 赵六 失去联系",
    "恢复党籍 赵六",
    "除名 赵六 3月1日",
    "留党察看 赵六 3月1日",
    "恢复表决权 赵六",
    "不作硬性要求 赵六",
    "不计入应到会 赵六 在服刑 街道党工委同意",
)
CHANGE_SILENT = (
    "我什么时候转正",
    "转正申请书怎么写",
    "老王去世了",
    "失联党员怎么处理",
    "他去世 3年了吗",
    "流动党员要做什么",
)
ADMIT_EXAMPLES = ("接收预备党员 赵新 3月10日", "接收 赵新 为预备党员 3月10日")
ADMIT_SILENT = ("接收预备党员要几个人到会", "接收预备党员大会几点开")
BACK_EXAMPLES = ("名册更正 李四 转正 登记错了人", "名册改正 王五 去世 写错了人")
BACK_SILENT = ("名册更正怎么弄", "更正 3月 38")


def recognise_change(utterance: Utterance) -> list[Reading]:
    """Recognise a change in its written form (`EXACT`), said to the bot."""
    found = read_change(utterance)
    if found is None:
        return []
    verb, said = found
    slots = RollChangeSlots(verb, said.name, said.day, said.words, said.unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_admission(utterance: Utterance) -> list[Reading]:
    """Recognise 接收预备党员 赵新 (`EXACT`)."""
    said = read_admission(utterance)
    if said is None:
        return []
    slots = RollChangeSlots("接收预备党员", said.name, said.day, said.words, said.unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_take_back(utterance: Utterance) -> list[Reading]:
    """Recognise 名册更正, a name, a change and why (`EXACT`)."""
    found = read_take_back(utterance)
    if found is None:
        return []
    verb, said = found
    slots = RollChangeSlots(verb, said.name, said.day, said.words, said.unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle_change(slots: RollChangeSlots, context: Context) -> Reply:
    """Write the change down; what cannot be meant lightly is shown first."""
    return resume_change(_stored(slots), context)


def resume_change(kept: Mapping[str, Any], context: Context) -> Reply:
    """Go on once it is clear who is meant; after 确认 write it down."""
    slots, kind = _loaded(kept), change_of(kept["verb"])
    person = whom(
        context,
        CHANGE.name,
        [slots.name],
        kept,
        action=Action.MANAGE_ROLL,
        own_branch=False,
        unit=slots.unit,
    )
    if isinstance(person, Reply):
        return person
    named, day = person[0], slots.day or context.today
    code = find_code(kind, f"{slots.verb} {slots.words}")
    if code is None and kind in CODES:
        return Reply(_which_reason(named.name, kind))

    def record() -> Recorded:
        consent = kind is ChangeKind.LEFT_OUT and _CONSENT.search(slots.words)
        return roll_changes.record(
            context.session,
            member_id=named.id,
            kind=kind,
            on=day,
            by=context.actor,
            now=context.arrived_at,
            code=code,
            reason=slots.words if consent else "",
        )

    early = too_early(named.name, kind, code, day, roll.clocks(context.session, named.id, day))
    if (kind in EFFECTS or early) and "sure" not in kept:
        try_out(context.session, record)
        again = {**kept, "sure": True, "settled": {slots.name: named.id}}
        text = say(
            PREVIEW,
            name=_roll(named.name),
            what=CHANGE_NAMES[kind],
            code=f"（{CODE_WORDS[code]}）" if code else "",
            day=_day(day, context.today),
            effect=EFFECTS.get(kind, ""),
            early=_roll(f"\n请注意：{early}") if early else "",
        )
        return preview(context, CHANGE.name, None, again, text)
    return _done(record(), context)


def handle_admission(slots: RollChangeSlots, context: Context) -> Reply:
    """Enter a new probationary member."""
    branch_id = scopes.branch_meant(
        context.session, context.actor, Action.MANAGE_ROLL, slots.unit, ADMIT_EXAMPLE
    )
    day = slots.day or context.today
    return resume_admission({"name": slots.name, "branch": branch_id, "day": str(day)}, context)


def resume_admission(kept: Mapping[str, Any], context: Context) -> Reply:
    """Enter a new probationary member, once it is clear that he is nobody of the roll."""
    branch_id = UnitId(kept["branch"])
    if "same" in kept:
        return same_person(kept, scopes.name_of(context.session, branch_id))
    try:
        done = roll_changes.admit(
            context.session,
            name=kept["name"],
            branch_id=branch_id,
            on=date.fromisoformat(kept["day"]),
            by=context.actor,
            now=context.arrived_at,
            another=kept.get("another", False),
        )
    except OnTheRoll as problem:
        return ask_same(problem, ADMIT.name, kept, context)
    words = _day(done.on, context.today)
    return Reply(say(ADMITTED, name=_roll(done.name), day=words, month=done.on.month))


def handle_take_back(slots: RollChangeSlots, context: Context) -> Reply:
    """Take the last such change of somebody back, with the reason."""
    kind = change_of(slots.verb)
    what = CHANGE_NAMES[kind]
    if not slots.words:
        return Reply(say(WHY, name=_roll(slots.name), what=slots.verb))
    found = turnover.list_changes(
        context.session,
        unit_id=people.scope_of(context.actor, Action.MANAGE_ROLL),
        first=_BACK,
        last=context.today,
        by=context.actor,
        now=context.arrived_at,
        name=slots.name,
    )
    fitting = [change for change in found if change.kind is kind]
    if not fitting:
        return Reply(say(NOT_FOUND, name=_roll(slots.name), what=what))
    last = fitting[-1]
    back = roll_changes.take_back(
        context.session,
        change_id=last.id,
        reason=slots.words,
        by=context.actor,
        now=context.arrived_at,
    )
    words = _day(last.on, context.today)
    text = say(TAKEN_BACK, name=_roll(last.name), what=what, day=words)
    kept = [
        say(SUCCEEDED, name=one.name, role=ROLE_NAMES[one.role], before=_roll(last.name))
        for one in back.succeeded
    ]
    return Reply(join(text, *kept))


def _which_reason(name: str, kind: ChangeKind) -> Text:
    words = [CODE_WORDS[code] for code in CODES[kind]]
    what = CHANGE_NAMES[kind]
    order = _roll(f"{what} {name} {words[0]}")
    return say(WHICH_REASON, name=_roll(name), what=what, codes="、".join(words), order=order)


def _done(done: Recorded, context: Context) -> Reply:
    ended = vacancies.posts_of(context.session, done.ended)
    empty = vacancies.list_vacancies(context.session, ended, done.on)
    words = POSTS_ENDED.format(n=len(ended), empty=empty_words(empty, context)) if ended else ""
    text = say(
        DONE,
        name=_roll(done.name),
        what=CHANGE_NAMES[done.kind],
        day=_day(done.on, context.today),
        posts=_roll(words) if words else "",
    )
    return Reply(text, send=tell(empty, f"roll{done.id}", context))


def _day(day: date, today: date) -> str:
    return day_words(day) if day.year == today.year else f"{day.year}年{day_words(day)}"


def _roll(words: str) -> Fact:
    return Fact(FactKind.MOVEMENT, words)


def _stored(slots: RollChangeSlots) -> dict[str, Any]:
    day = slots.day and slots.day.isoformat()
    kept = {"verb": slots.verb, "name": slots.name, "words": slots.words, "unit": slots.unit}
    return {**kept, "day": day}


def _loaded(kept: Mapping[str, Any]) -> RollChangeSlots:
    day = date.fromisoformat(kept["day"]) if kept["day"] else None
    return RollChangeSlots(kept["verb"], kept["name"], day, kept["words"], kept["unit"])


CHANGE = Intent(
    name="roll_change",
    title="登记名册变动",
    recognise=recognise_change,
    handle=handle_change,
    resume=resume_change,
    examples=CHANGE_EXAMPLES,
    silent=CHANGE_SILENT,
    for_secretaries=True,
)
ADMIT = Intent(
    name="roll_admit",
    title="接收预备党员",
    recognise=recognise_admission,
    handle=handle_admission,
    resume=resume_admission,
    examples=ADMIT_EXAMPLES,
    silent=ADMIT_SILENT,
    for_secretaries=True,
)
TAKE_BACK = Intent(
    name="roll_take_back",
    title="名册更正",
    recognise=recognise_take_back,
    handle=handle_take_back,
    examples=BACK_EXAMPLES,
    silent=BACK_SILENT,
    for_secretaries=True,
)
