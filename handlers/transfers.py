"""Transfers of the organisational relation (转出, 转入, 接收, 退回, 收回介绍信, 介绍信).

Example:
    李书记: 转出 张三 到 第五党支部 党费交到3月
    » 将开介绍信：张三，第三党支部 → 第五党支部，党费交到3月，30天内有效。
    | 对方接收以前，名册、党费和会议仍归原支部。
    | 回复 确认 登记，回复 取消 作罢
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, count, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.roll import ChangeKind
from bot.domain.wording import day_words, month_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent
from bot.inbound.letters import (
    AnswerSlots,
    InSlots,
    OpenSlots,
    OutSlots,
    recognise_answer,
    recognise_in,
    recognise_open,
    recognise_out,
)
from bot.inbound.questions import Option, ask, preview
from bot.inbound.replies import Reply, ToMember
from bot.inbound.same_name import ask_same, same_person
from bot.inbound.vacant import empty_words, tell
from bot.inbound.whom import whom
from bot.services import letters, namesakes, posts, roll_lists, scopes, transfers, vacancies
from bot.services.letters import Letter, WhichLetter
from bot.services.namesakes import OnTheRoll
from bot.services.reads import Read
from bot.services.transfers import Wanted
from bot.services.trial import try_out

PREVIEW = (
    "将开介绍信：{name}，{from_unit} → {to}{outside}，党费交到{month}，{days}天内有效。\n"
    "对方接收以前，名册、党费和会议仍归原支部。\n"
    "回复 确认 登记，回复 取消 作罢"
)
OUTSIDE = "（不在本街道名册里，等回执）"
ISSUED = "✓ {name}的介绍信已登记，{day}前有效。{next}打错了回复 撤销"
NEXT_INSIDE = "已请{who}接收。"
NEXT_OUTSIDE = "收到回执后请发：回执 {name}"
TO_RECEIVER = (
    "{name}的组织关系从{from_unit}转到{to}，党费交到{month}，{day}前有效。"
    "接收请回复 接收 {name}；要退回请写明原因，回复 退回 {name} 原因"
)
RECEIVED = "✓ 已接收{name}，{day}起属{to}，党费从{month}起归这里。{empty}打错了回复 撤销"
OUT = "✓ {name}的回执已登记，{day}起转出到{to}。{empty}打错了回复 撤销"
TOLD_OLD = "{to}已接收{name}（{day}）。到{month}的党费归原支部。"
TOLD_MEMBER = "您的组织关系已转到{to}（{day}），党费从{month}起交到那里。"
BACK = "✓ 已退回{name}的介绍信：{why}。已告诉{who}。打错了回复 撤销"
TOLD_BACK = "{to}退回了{name}的介绍信：{why}。{name}仍在原支部。补好以后可以再发一次 转出"
WITHDRAWN = "✓ 已收回{name}的介绍信，组织关系不变。打错了回复 撤销"
ENTERED = "✓ {name}已转入{unit}，{day}起，党费从{month}起归这里。打错了回复 撤销"
WHICH_MONTH = "请写明党费交到哪个月，例如：{letter} 党费交到3月"
OUT_EXAMPLE = "转出 {name} 到 {to}"
IN_EXAMPLE = "转入 {name} 从 {to}"
WHICH = "有几封介绍信：{choices}。回复数字就行。"
SAME = "名册里以前有过{name}，是同一个人吗？{choices}。回复数字就行。"
SAME_ONE = "是，{branch}转出的（尾号{tail}）"
SAME_UNTOLD = "是，{branch}转出的"
ANOTHER = "不是，另一位"
NONE_OPEN = "没有等着办的介绍信。"
OPEN = "等着办的介绍信{n}封：\n{lines}"
LINE = "{name}：{from_unit} → {to}，{issued}开，{until}"
UNTIL = "{day}前有效"
OVERDUE = "已过期（{day}），请补开或问问对方"
IN_BRANCH = "转入 王新 从 城东街道第一党支部 党费交到2月 到 {unit}"


OUT_EXAMPLES = (
    "转出 张三 到 五一社区二支部 党费交到3月",
    "转出 张三 到 城东街道第一党支部 党费交到3月 介绍信2026-15 有效期60天",
    "把张三的组织关系转到五支部，党费交到3月",
)
OUT_SILENT = ("党员转出要什么手续", "把钱转到五支部", "转出的文件在哪", "我想把组织关系转走")
IN_EXAMPLES = (
    "转入 王新 从 城东街道第一党支部 党费交到2月",
    "转入 王新 从 城东街道第一党支部 党费交到2月 到 三支部",
)
IN_SILENT = ("转入党员怎么登记", "钱转入了吗", "刚转入的党员在哪个组")
ANSWER_EXAMPLES = (
    "接收 张三",
    "接收张三的组织关系",
    "回执 张三 3月20日",
    "退回 张三 党费交到几月没有写",
    "收回介绍信 张三",
)
ANSWER_SILENT = ("接收文件", "收到", "退回快递", "回执单放哪了", "接收预备党员 赵新")
OPEN_EXAMPLES = ("介绍信", "介绍信 三支部", "转接情况", "没接收的介绍信")
OPEN_SILENT = ("介绍信怎么开", "谁给我开个介绍信")


def handle_out(slots: OutSlots, context: Context) -> Reply:
    """Show the letter; nothing is issued yet."""
    if slots.dues_until is None:
        example = OUT_EXAMPLE.format(name=slots.name, to=slots.to)
        return Reply(say(WHICH_MONTH, letter=_roll(example)))
    kept = {
        "name": slots.name,
        "to": slots.to,
        "dues_until": str(slots.dues_until),
        "letter_no": slots.letter_no,
        "days": slots.days,
        "day": (slots.day or context.today).isoformat(),
    }
    return resume_out(kept, context)


def resume_out(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show the letter once it is clear who is meant; after 确认 issue it."""
    found = whom(
        context, OUT_.name, [kept["name"]], kept, action=Action.MANAGE_ROLL, own_branch=False
    )
    if isinstance(found, Reply):
        return found
    person, session = found[0], context.session
    inside = letters.find_destination(session, kept["to"])
    wanted = Wanted(
        to_unit_id=inside[0] if inside else None,
        place="" if inside else kept["to"],
        dues_until=Month.parse(kept["dues_until"]),
        on=date.fromisoformat(kept["day"]),
        letter_no=kept["letter_no"],
        days=kept["days"],
    )

    def issue() -> Letter:
        return transfers.issue(
            session, member_id=person.id, wanted=wanted, by=context.actor, now=context.arrived_at
        )

    if "sure" not in kept:
        days = transfers.check_issue(session, member_id=person.id, wanted=wanted, by=context.actor)
        try_out(session, issue)
        text = say(
            PREVIEW,
            name=_roll(person.name),
            from_unit=person.branch,
            to=_roll(inside[1] if inside else kept["to"]),
            outside="" if inside else OUTSIDE,
            month=_month(wanted.dues_until, context),
            days=count(days),
        )
        again = {**kept, "sure": True, "settled": {kept["name"]: person.id}}
        return preview(context, OUT_.name, None, again, text)
    return _issued(issue(), context)


def handle_in(slots: InSlots, context: Context) -> Reply:
    """Enter somebody from outside, once it is clear whether the roll knows him."""
    if slots.dues_until is None:
        example = IN_EXAMPLE.format(name=slots.name, to=slots.origin)
        return Reply(say(WHICH_MONTH, letter=_roll(example)))
    unit_id = scopes.branch_meant(
        context.session, context.actor, Action.MANAGE_ROLL, slots.unit, IN_BRANCH
    )
    kept = {
        "name": slots.name,
        "origin": slots.origin,
        "dues_until": str(slots.dues_until),
        "unit": unit_id,
        "probationary": slots.probationary,
        "day": (slots.day or context.today).isoformat(),
        "former": None,
    }
    former = _former(kept, context)
    if not former:
        return resume_in(kept, context)
    options = [*former, (ANOTHER, kept)]
    choices = "，".join(f"{number} {label}" for number, (label, _) in enumerate(options, 1))
    text = say(SAME, name=slots.name, choices=_roll(choices))
    try:
        namesakes.require_new(
            context.session,
            slots.name,
            branch_id=unit_id,
            kind=ChangeKind.IN,
            on=slots.day or context.today,
        )
    except OnTheRoll as problem:
        return ask_same(problem, IN_.name, kept, context, former)
    return ask(context, IN_.name, "{choices}", options, text)


def _former(kept: Mapping[str, Any], context: Context) -> list[Option]:
    """Return those of the name who were on a roll before, as answers."""
    return [
        (
            (SAME_ONE if one.phone_tail else SAME_UNTOLD).format(
                branch=one.branch, tail=one.phone_tail
            ),
            {**kept, "former": one.id},
        )
        for one in roll_lists.list_former(context.session, kept["name"], context.actor)[:4]
    ]


def resume_in(kept: Mapping[str, Any], context: Context) -> Reply:
    """Enter somebody from outside, once it is clear that he is nobody of the roll."""
    unit = scopes.name_of(context.session, UnitId(kept["unit"]))
    if "same" in kept:
        return same_person(kept, unit)
    until = Month.parse(kept["dues_until"])
    wanted = Wanted(UnitId(kept["unit"]), kept["origin"], until, date.fromisoformat(kept["day"]))
    try:
        done = transfers.come_in(
            context.session,
            name=kept["name"],
            branch_id=UnitId(kept["unit"]),
            wanted=wanted,
            by=context.actor,
            now=context.arrived_at,
            kind=MemberKind.PROBATIONARY if kept["probationary"] else MemberKind.FULL,
            member_id=None if kept["former"] is None else MemberId(kept["former"]),
            another=kept.get("another", False),
        )
    except OnTheRoll as problem:
        return ask_same(problem, IN_.name, kept, context)
    return Reply(
        say(
            ENTERED,
            name=_roll(done.name),
            unit=unit,
            day=day_words(done.on),
            month=_month(until.shift(1), context),
        )
    )


def handle_answer(slots: AnswerSlots, context: Context) -> Reply:
    """Receive, return or withdraw the letter of somebody."""
    try:
        letter = letters.find_to_answer(
            context.session,
            slots.name,
            by=context.actor,
            receiving=slots.what != "withdraw",
        )
    except WhichLetter as several:
        day = slots.day and slots.day.isoformat()
        kept = {"what": slots.what, "day": day, "why": slots.why}
        options = [
            (f"{one.from_unit} → {one.to}{_tail(one)}", {**kept, "letter": one.id})
            for one in several.choices
        ]
        choices = "，".join(f"{number} {label}" for number, (label, _) in enumerate(options, 1))
        text = say(WHICH, choices=_roll(choices))
        return ask(context, ANSWER.name, "{choices}", options, text)
    return _answer(letter, slots.what, slots.day, slots.why, context)


def resume_answer(kept: Mapping[str, Any], context: Context) -> Reply:
    """Answer the letter chosen."""
    day = date.fromisoformat(kept["day"]) if kept["day"] else None
    letter = letters.get(context.session, kept["letter"])
    return _answer(letter, kept["what"], day, kept["why"], context)


def handle_open(slots: OpenSlots, context: Context) -> Reply:
    """List the letters that wait, those past their last day as such."""
    session, today = context.session, context.today
    unit_id = scopes.unit_meant(session, context.actor, Action.MANAGE_ROLL, slots.unit)
    found = letters.list_open(session, unit_id=unit_id, by=context.actor, now=context.arrived_at)
    if not found:
        return Reply(Text(NONE_OPEN))
    lines = "\n".join(
        LINE.format(
            name=letter.name,
            from_unit=letter.from_unit,
            to=letter.to,
            issued=day_words(letter.issued_on),
            until=(OVERDUE if letter.is_overdue(today) else UNTIL).format(
                day=day_words(letter.last_day)
            ),
        )
        for letter in found
    )
    seen = Read(Seen.MOVEMENTS, members=tuple(letter.member_id for letter in found))
    return Reply(say(OPEN, n=count(len(found)), lines=_roll(lines)), reads=(seen,))


def _issued(letter: Letter, context: Context) -> Reply:
    day = day_words(letter.last_day)
    if letter.to_unit_id is None:
        following = NEXT_OUTSIDE.format(name=letter.name)
        return Reply(say(ISSUED, name=_roll(letter.name), day=day, next=_roll(f"{following}。")))
    who = posts.responsible(context.session, letter.to_unit_id, Action.MANAGE_ROLL, context.today)
    told = say(
        TO_RECEIVER,
        name=_roll(letter.name),
        from_unit=letter.from_unit,
        to=letter.to,
        month=_month(letter.dues_until, context),
        day=day,
    )
    text = say(
        ISSUED, name=_roll(letter.name), day=day, next=_roll(NEXT_INSIDE.format(who=who.name))
    )
    return Reply(text, send=(ToMember(who.id, told, f"letter:{letter.id}:{who.id}"),))


def _answer(letter: Letter, what: str, day: date | None, why: str, context: Context) -> Reply:
    session, by, now = context.session, context.actor, context.arrived_at
    if what == "withdraw":
        transfers.withdraw(session, letter=letter, by=by, now=now)
        return Reply(say(WITHDRAWN, name=_roll(letter.name)))
    assert letter.from_unit_id is not None
    old = posts.responsible(session, letter.from_unit_id, Action.MANAGE_ROLL, context.today)
    key = f"letter:{letter.id}:{what}:{context.inbound_id}"
    if what == "return":
        transfers.send_back(session, letter=letter, reason=why, by=by, now=now)
        told = say(TOLD_BACK, to=letter.to, name=_roll(letter.name), why=_roll(why))
        text = say(BACK, name=_roll(letter.name), why=_roll(why), who=old.name)
        return Reply(text, send=_unless_self(old.id, told, key, context))
    done = transfers.receive(session, letter=letter, on=day or context.today, by=by, now=now)
    empty = vacancies.list_vacancies(session, vacancies.posts_of(session, done.ended), done.on)
    vacant = tell(empty, f"letter{letter.id}", context)
    words: dict[str, Any] = {"to": letter.to, "name": _roll(letter.name), "day": day_words(done.on)}
    left = _roll(empty_words(empty, context)) if empty else ""
    until, since = letter.dues_until, letter.dues_until.shift(1)
    if letter.to_unit_id is None:
        return Reply(say(OUT, **words, empty=left), send=vacant)
    send = _unless_self(old.id, say(TOLD_OLD, **words, month=_month(until, context)), key, context)
    own = say(TOLD_MEMBER, **words, month=_month(since, context))
    send += (ToMember(letter.member_id, own, f"{key}:own"),)
    text = say(RECEIVED, **words, month=_month(since, context), empty=left)
    return Reply(text, send=send + vacant)


def _unless_self(
    member_id: MemberId, text: Text, key: str, context: Context
) -> tuple[ToMember, ...]:
    return () if member_id == context.actor.member_id else (ToMember(member_id, text, key),)


def _tail(letter: Letter) -> str:
    return f"（尾号{letter.phone_tail}）" if letter.phone_tail else ""


def _month(month: Month, context: Context) -> str:
    return month_words(month, context.today.year)


def _roll(words: str) -> Fact:
    return Fact(FactKind.MOVEMENT, words)


OUT_ = Intent(
    name="transfer_out",
    title="开组织关系介绍信",
    recognise=recognise_out,
    handle=handle_out,
    resume=resume_out,
    examples=OUT_EXAMPLES,
    silent=OUT_SILENT,
    for_secretaries=True,
)
IN_ = Intent(
    name="transfer_in",
    title="登记转入",
    recognise=recognise_in,
    handle=handle_in,
    resume=resume_in,
    examples=IN_EXAMPLES,
    silent=IN_SILENT,
    for_secretaries=True,
)
ANSWER = Intent(
    name="transfer_answer",
    title="接收、退回、收回介绍信",
    recognise=recognise_answer,
    handle=handle_answer,
    resume=resume_answer,
    examples=ANSWER_EXAMPLES,
    silent=ANSWER_SILENT,
    for_secretaries=True,
)
OPEN_ = Intent(
    name="transfer_list",
    title="看没接收的介绍信",
    recognise=recognise_open,
    handle=handle_open,
    examples=OPEN_EXAMPLES,
    silent=OPEN_SILENT,
    for_secretaries=True,
)
