"""Cases of those who want to join, for those who keep the roll (发展 赵新 第7步 3月20日).

Example:
    李书记: 发展 赵新 第2步 3月20日
    » ✓ 赵新（第三党支部）第2步 派人谈话已登记（3月20日）。打错了回复 撤销
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.development import CaseAct, WhyClosed, full_day, standing_entries
from bot.domain.development_steps import APPROVED, CONFIRMATION_APPROVED, step_of
from bot.domain.privacy import Fact, FactKind, Text, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.development_words import Said, paper_of, read_correction, read_record, why_closed
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import ask, preview
from bot.inbound.replies import Reply, telling
from bot.inbound.utterance import Utterance
from bot.services import development, development_due, groups, scopes
from bot.services.development import CaseView, Recorded, Wanted
from bot.services.reads import Read
from bot.services.trial import try_out

DONE = "✓ {who}{what}已登记（{day}）。{more}打错了回复 撤销"
UNTIL = "公示到{day}，从第二天起可以研究。"
PROVISIONAL = "当年放假安排没有公布，这个日子是暂定的。"
ADMITTED = "名册里已登记为预备党员，{day}起，预备期一年。"
CONFIRMED = "名册里已登记转正，{day}起（预备期满）。"
PREVIEW = "将登记：{who}{what}（{day}）。{effect}\n回复 确认 登记，回复 取消 作罢"
WILL_ADMIT = "名册里同时登记为预备党员，从党员大会通过的{day}算起。"
WILL_CONFIRM = "名册里同时登记转正，从预备期满的{day}算起。"
WILL_OPEN = "还没有{name}的发展登记，将在{unit}新建一份。"
WILL_CLOSE = "终止以后不再登记、不再提醒。"
WHICH = "有几份{name}的发展登记：{choices}。回复数字就行。"
NONE = "没有{name}正在办的发展登记。新的请从第1步登记，例如：发展 {name} 第1步 3月1日"
WHICH_STEP = "没看懂是哪一步，一共25步。看有哪些请发：发展步骤"
WHICH_PAPER = "没看懂是哪份材料。看各步有哪些请发：发展步骤"
WHICH_WHY = "终止要写明原因，是{codes}中的一种，例如：发展终止 {name} {first}"
HOW_LONG = "请写明延长几个月，例如：延长预备期 {name} 6个月"
CORRECTED = "✓ 已更正：{who}{what}（{day}）不算。两条记录都留着。"
WHY = "请写明更正哪一条、为什么，例如：发展更正 {name} 第2步 日期写错了"
NOT_THERE = "{name}没有登记过这一条。看登记了什么请发：发展 {name}"
SEEN = Seen.DEVELOPMENT


@dataclass(frozen=True, slots=True)
class EntrySlots:
    """An entry of a case, or its correction, as written."""

    said: Said


RECORD_EXAMPLES = (
    "发展 赵新 第1步 3月1日",
    "发展 赵新 第7步 2026年3月20日",
    "发展 赵新 派人谈话 3月20日",
    "发展 赵新 第11步 3天 3月20日",
    "发展考察 赵新 9月1日",
    "发展公示 赵新 3月2日",
    "发展材料 赵新 入党申请书",
    "延长预备期 赵新 6个月",
    "发展终止 赵新 本人撤回",
)
RECORD_SILENT = (
    "发展党员要几步",
    "怎么发展 赵新 第1步",
    "我们支部发展得不错",
    "发展对象什么时候培训",
    "预备期能延长吗",
)
CORRECT_EXAMPLES = ("发展更正 赵新 第2步 日期写错了", "发展更正 赵新 考察 记错了人")
CORRECT_SILENT = ("发展更正怎么发", "更正 3月 38")


def recognise_record(utterance: Utterance) -> list[Reading]:
    """Recognise an entry of a case in its written form (`EXACT`), said to the bot."""
    return _exact(utterance, read_record(utterance))


def recognise_correction(utterance: Utterance) -> list[Reading]:
    """Recognise 发展更正, a name, an entry and why (`EXACT`)."""
    return _exact(utterance, read_correction(utterance))


def _exact(utterance: Utterance, said: Said | None) -> list[Reading]:
    if said is None:
        return []
    return [Reading(EntrySlots(said), Strength.EXACT, (0, len(utterance.text)))]


def handle_record(slots: EntrySlots, context: Context) -> Reply:
    """Write an entry down, or ask what is not clear."""
    said = slots.said
    development.check_keeper(context.actor)
    problem = _unclear(said)
    if problem is not None:
        return Reply(problem)
    return resume_record(_stored(said, context), context)


def resume_record(kept: Mapping[str, Any], context: Context) -> Reply:
    """Go on once it is clear whose case is meant; after 确认 write it down."""
    session, actor, name = context.session, context.actor, kept["name"]
    views = (
        [development.get(session, kept["case"], by=actor)]
        if "case" in kept
        else _meant(name, kept["unit"], context)
    )
    if len(views) > 1:
        return _which(views, RECORD.name, kept, context)
    wanted = _wanted(kept)
    if not views:
        return _open(kept, wanted, context)
    return _record(views[0], kept, wanted, context)


def _open(kept: Mapping[str, Any], wanted: Wanted, context: Context) -> Reply:
    """Open a case with its first entry; shown first, for a name written wrong is another name."""
    session, actor, name = context.session, context.actor, kept["name"]
    if wanted.act is not CaseAct.STEP:
        return Reply(say(NONE, name=_fact(name)))
    example = f"发展 {name} 第{wanted.step}步 {{unit}}"
    unit_id = scopes.branch_meant(session, actor, Action.MANAGE_ROLL, kept["unit"], example)

    def record() -> Recorded:
        view = development.open_case(
            session,
            unit_id=unit_id,
            name=name,
            by=actor,
            now=context.arrived_at,
            source=str(context.inbound_id),
        )
        return _write(view, wanted, context)

    if "sure" not in kept:
        try_out(session, record)
        unit = scopes.name_of(session, unit_id)
        effect = WILL_OPEN.format(name=name, unit=unit)
        return _preview(f"{name}（{unit}）", effect, kept, wanted, context)
    return _done(record(), wanted, context)


def _record(view: CaseView, kept: Mapping[str, Any], wanted: Wanted, context: Context) -> Reply:
    effect = _effect(view, wanted)
    if effect and "sure" not in kept:
        try_out(context.session, lambda: _write(view, wanted, context))
        again = {**kept, "case": view.id}
        return _preview(_who(view), effect, again, wanted, context)
    return _done(_write(view, wanted, context), wanted, context)


def _write(view: CaseView, wanted: Wanted, context: Context) -> Recorded:
    return development.record(
        context.session,
        case_id=view.id,
        wanted=wanted,
        by=context.actor,
        now=context.arrived_at,
        workdays=context.hours.workdays,
    )


def _preview(
    who: str, effect: str, kept: Mapping[str, Any], wanted: Wanted, context: Context
) -> Reply:
    text = say(
        PREVIEW,
        who=_fact(who),
        what=_what(wanted),
        day=full_day(wanted.on),
        effect=_fact(effect),
    )
    return preview(context, RECORD.name, None, {**kept, "sure": True}, text)


def _effect(view: CaseView, wanted: Wanted) -> str:
    """Return what cannot be meant lightly; "" for entries that change nothing beyond the case."""
    if wanted.act is CaseAct.CLOSED:
        return WILL_CLOSE
    if wanted.act is not CaseAct.STEP:
        return ""
    began, ends = view.case.steps.get(15), view.case.probation_ends
    if wanted.step == APPROVED and began is not None:
        return WILL_ADMIT.format(day=full_day(began))
    if wanted.step == CONFIRMATION_APPROVED and ends is not None:
        return WILL_CONFIRM.format(day=full_day(ends))
    return ""


def _done(done: Recorded, wanted: Wanted, context: Context) -> Reply:
    more = [done.late]
    if done.until is not None:
        more.append(UNTIL.format(day=full_day(done.until)))
        more.append(PROVISIONAL if done.provisional else "")
    if done.roll_on is not None:
        template = ADMITTED if wanted.step == APPROVED else CONFIRMED
        more.append(template.format(day=full_day(done.roll_on)))
    else:
        more.append(next_words(done.view, context.today))
    text = say(
        DONE,
        who=_fact(_who(done.view)),
        what=_what(wanted),
        day=full_day(wanted.on),
        more=_fact("".join(more)),
    )
    return telling(Reply(text), Read(SEEN, done.view.unit_id))


def next_words(view: CaseView, on: date) -> str:
    """Return the nearest first or last day that lies ahead; "" where there is none."""
    limits = sorted(development_due.limits_of(view, on), key=lambda limit: limit.day)
    return f"{limits[0].words}。" if limits else ""


def handle_correction(slots: EntrySlots, context: Context) -> Reply:
    """Take an entry back, with the reason."""
    said = slots.said
    development.check_keeper(context.actor)
    if not said.words or (said.act is CaseAct.STEP and said.step is None):
        return Reply(say(WHY, name=_fact(said.name)))
    views = _meant(said.name, said.unit, context, closed=True)
    if len(views) > 1:
        kept = {"name": said.name, "act": said.act.value, "step": said.step, "words": said.words}
        return _which(views, CORRECT.name, kept, context)
    if not views:
        return Reply(say(NONE, name=_fact(said.name)))
    return _correct(views[0], said.act, said.step, said.words, context)


def resume_correction(kept: Mapping[str, Any], context: Context) -> Reply:
    """Take the entry of the case chosen back."""
    view = development.get(context.session, kept["case"], by=context.actor)
    return _correct(view, CaseAct(kept["act"]), kept["step"], kept["words"], context)


def _correct(
    view: CaseView, act: CaseAct, step: int | None, reason: str, context: Context
) -> Reply:
    standing = standing_entries(view.entries)
    found = [entry for entry in standing if entry.act is act and entry.step in (step, entry.step)]
    fitting = [entry for entry in found if act is not CaseAct.STEP or entry.step == step]
    if not fitting:
        return Reply(say(NOT_THERE, name=_fact(view.name)))
    entry = development.take_back(
        context.session,
        case_id=view.id,
        entry_id=fitting[-1].id,
        reason=reason,
        by=context.actor,
        now=context.arrived_at,
    )
    what = step_of(entry.step).title if act is CaseAct.STEP and entry.step else act.value
    return Reply(say(CORRECTED, who=_fact(_who(view)), what=what, day=full_day(entry.on)))


def _unclear(said: Said) -> Text | None:
    """Return what to answer where an order leaves out what it cannot do without."""
    name = _fact(said.name)
    if said.act is CaseAct.STEP and said.step is None:
        return say(WHICH_STEP)
    if said.act is CaseAct.MATERIAL and paper_of(said.words) is None:
        return say(WHICH_PAPER)
    if said.act is CaseAct.EXTENDED and said.amount is None:
        return say(HOW_LONG, name=name)
    if said.act is CaseAct.CLOSED and why_closed(said.words) is None:
        codes = [why.value for why in WhyClosed]
        return say(WHICH_WHY, codes="、".join(codes), name=name, first=codes[0])
    return None


def _meant(
    name: str, unit: str | None, context: Context, *, closed: bool = False
) -> list[CaseView]:
    views = development.find_by_name(context.session, name, by=context.actor, closed=closed)
    if unit is None:
        return views
    path = groups.find_unit(context.session, unit).path
    return [view for view in views if view.path.startswith(path)]


def _which(
    views: Sequence[CaseView], intent: str, kept: Mapping[str, Any], context: Context
) -> Reply:
    options = [(_label(view), {**kept, "case": view.id}) for view in views]
    choices = "，".join(f"{n} {label}" for n, (label, _) in enumerate(options, 1))
    text = say(WHICH, name=_fact(views[0].name), choices=_fact(choices))
    return ask(context, intent, "{choices}", options, text)


def _label(view: CaseView) -> str:
    at = f"，{step_of(view.case.at_step).title}" if view.case.at_step else ""
    return f"{view.unit}发展登记{view.number}{at}"


def _wanted(kept: Mapping[str, Any]) -> Wanted:
    return Wanted(
        CaseAct(kept["act"]),
        date.fromisoformat(kept["day"]),
        kept["step"],
        kept["amount"],
        kept["words"],
        kept.get("another", False),
    )


def _words_of(said: Said) -> str:
    """Return what is kept of the words of an entry; free words never are."""
    if said.act is CaseAct.MATERIAL:
        found = paper_of(said.words)
        return found[1] if found else ""
    if said.act is CaseAct.CLOSED:
        why = why_closed(said.words)
        return why.value if why else ""
    return said.words if said.act is CaseAct.STEP else ""


def _stored(said: Said, context: Context) -> dict[str, Any]:
    step = (paper_of(said.words) or (None, ""))[0] if said.act is CaseAct.MATERIAL else said.step
    return {
        "name": said.name,
        "act": said.act.value,
        "day": str(said.day or context.today),
        "step": step,
        "amount": said.amount,
        "words": _words_of(said),
        "unit": said.unit,
        "another": said.another,
    }


def _what(wanted: Wanted) -> str:
    """Return what is written down: 第2步 派人谈话, 收到材料入党申请书."""
    amount = "" if wanted.amount is None else f"{wanted.amount}{wanted.words}"
    if wanted.act is CaseAct.STEP and wanted.step is not None:
        return f"{step_of(wanted.step).title}{amount}"
    if wanted.act is CaseAct.MATERIAL:
        return f"收到材料{wanted.words}"
    if wanted.act is CaseAct.EXTENDED:
        return f"延长预备期{wanted.amount}个月"
    return f"{wanted.act.value}（{wanted.words}）" if wanted.words else wanted.act.value


def _who(view: CaseView) -> str:
    return f"{view.name}（{view.unit}）"


def _fact(words: str) -> Fact:
    return Fact(FactKind.DEVELOPMENT, words)


RECORD = Intent(
    name="development_record",
    title="登记发展党员的步骤",
    recognise=recognise_record,
    handle=handle_record,
    resume=resume_record,
    examples=RECORD_EXAMPLES,
    silent=RECORD_SILENT,
    for_secretaries=True,
)
CORRECT = Intent(
    name="development_correct",
    title="更正发展登记",
    recognise=recognise_correction,
    handle=handle_correction,
    resume=resume_correction,
    examples=CORRECT_EXAMPLES,
    silent=CORRECT_SILENT,
    for_secretaries=True,
)
