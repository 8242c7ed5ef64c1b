"""A pasted #接龙: the writer's own line at once, the others once somebody entitled has confirmed.

Example:
    王敏: #接龙 …（41行）
    » 认出41人，新增3人，不清2行：4「老李」11「W.」。还缺6人：…。回复 确认 入账
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.chain_topics import Said, Target, fitting
from bot.domain.chains import About, Chain
from bot.domain.decisions import asks_for_ballot
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, join, say
from bot.inbound import chain_answers as answers
from bot.inbound.chain_dialogue import (
    INTENT,
    NOT_ON_ROLL,
    ask_target,
    ask_who,
    may_list_here,
    names_here,
    overheard,
    review,
    title_of,
    to_officer,
)
from bot.inbound.chain_own_words import left_out, record_own
from bot.inbound.chain_reading import hear_title, keep_paste, list_targets, own_reason
from bot.inbound.chains import find_chain, find_list
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import chain_confirm, chain_lines, chain_own, chain_pastes, chain_tell, chains
from bot.services.chain_books.book import Plan
from bot.services.chain_pastes import Kept
from bot.services.chains import Known

CHOSEN = "✓ {number}「{name}」记为{who}。"
NO_SUCH_LINE = "这条接龙里没有名字不清的第{number}行。回复 核对接龙 再看一次。"
NO_SUCH_NAME = "“{said}”在本支部名册里没有找到，或不止一位。请写全名，例如 {number} 李建国"
EMPTY = "这条接龙还没有人接。有人接了再整条贴给我。"

EXAMPLES = (
    "#接龙\n3月主题党日签到\n\n1. 张三\n2. 李四 请假",
    "#接龙\n党费\n1. 张三 10元\n2. 李四 15元已交",
    "党费接龙：\n1、张三 10元\n2、李四 15元",
)
SILENT = ("接龙怎么发", "成语接龙：1. 一马当先 2. 先发制人", "议程：\n1. 学习\n2. 讨论")
_QUOTING = re.compile(
    r"(?:请|帮我|麻烦)?(?:把)?(?:这个|这条)?(?:接龙)?(?:统计|汇总|入账|核对|登记|记录?|认|看|对)?(?:一?下|看|上|账|吧)*"
    r"(?:还?[缺差]谁|谁没接|多少人)?"
)
_NO_NOTES: answers.Notes = {}
_REASONS = {"病": "病", "公": "公差", "事": "有事"}


@dataclass(frozen=True, slots=True)
class ChainSlots:
    """A pasted chain.

    Attributes:
        names: Of its lines, as written, each once.
        title: The lines between the header and the first entry.
        count: Persons in all, where a line says more than one.
        chain: The whole of it.
        quoted: It was quoted, not pasted.
    """

    names: tuple[str, ...]
    title: str
    count: int | None
    chain: Chain
    quoted: bool = False


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a chain pasted (`EXACT`), or quoted to the bot with a word like 统计."""
    chain = find_chain(utterance.raw)
    if chain is not None and asks_for_ballot(utterance.raw):
        return []
    if chain is None and utterance.private and utterance.raw[:1].isdigit():
        chain = find_list(utterance.raw)
    if chain is not None:
        return [Reading(_slots(chain, quoted=False), Strength.EXACT, (0, len(utterance.text)))]
    if not utterance.addressed or utterance.raw_quoted is None:
        return []
    if not _QUOTING.fullmatch(utterance.text):
        return []
    quoted = find_chain(utterance.raw_quoted)
    if quoted is None:
        return []
    return [Reading(_slots(quoted, quoted=True), Strength.EXACT, (0, len(utterance.text)))]


def _slots(chain: Chain, *, quoted: bool) -> ChainSlots:
    names = tuple(dict.fromkeys(entry.name for entry in chain.entries))
    more = any(entry.count > 1 for entry in chain.entries)
    heads = sum(entry.count for entry in chain.entries if not entry.declines)
    return ChainSlots(names, chain.title, heads if more else None, chain, quoted)


def handle(slots: ChainSlots, context: Context) -> Reply:
    """Keep the paste, take the writer's own line, and say what the others amount to."""
    if context.actor.branch_id is None and overheard(context):
        return Reply()
    branch_id, chain = context.branch_id, slots.chain
    if not chain.entries:
        return Reply() if overheard(context) else reply(EMPTY)
    said = hear_title(chain, context.today)
    targets = list_targets(said, chain, context)
    known = chains.find_known(
        context.session,
        branch_id=branch_id,
        chain=chain,
        open_now={target.subject for target in targets},
        settled=may_list_here(context),
        now=context.now,
    )
    wanted, sure = _wanted(said, targets, known, context.today)
    if not wanted and overheard(context):
        return Reply()  # other people's business in a group: neither kept nor answered
    kept = keep_paste(chain, wanted[0] if sure else None, context)
    if sure and may_list_here(context):
        chains.settle(context.session, kept, context.now)
    if wanted and not sure:
        return ask_target(kept, wanted, context, is_own=not slots.quoted)
    reason = None if slots.quoted else own_reason(kept, chain, context)
    notes = {(entry.number, entry.name): entry.note for entry in chain.entries}
    return _answer(kept, wanted[0] if wanted else None, context, reason, notes)


def _wanted(
    said: Said, targets: Sequence[Target], known: Known | None, today: date
) -> tuple[list[Target], bool]:
    """Return what a chain may be about, and whether that is settled without asking."""
    if known is not None and known.is_dismissed:
        return [], False
    wanted = fitting(said, targets)
    before = [target for target in targets if known is not None and target.subject == known.subject]
    if before and not _is_stale(known, targets, today):
        # The same chain grown, or a new one of an old title: where these differ, only asking tells.
        same = not wanted or before[0] in wanted
        return (before, True) if same else ([*before, *wanted], False)
    if not wanted and said.is_silent:
        return [target for target in targets if target.is_now], False  # asked, never taken
    return wanted, len(wanted) == 1


def _is_stale(known: Known | None, targets: Sequence[Target], today: date) -> bool:
    """Tell whether 党费 without a month was about another month than it would be now."""
    if known is None or known.about is not About.DUES:
        return False
    offered = sum(target.about is About.DUES for target in targets)
    return offered > 1 and Month.of(known.created_on) != Month.of(today)


def _answer(
    kept: Kept,
    target: Target | None,
    context: Context,
    reason: str | None,
    notes: answers.Notes = _NO_NOTES,
) -> Reply:
    """Record the writer's own line and say what the others amount to.

    Args:
        reason: The words behind the writer's name; None where the chain was only quoted, which
            makes no line the writer's word.
        notes: The words behind the names, as long as the paste itself is at hand.
    """
    own = None
    if target is not None and reason is not None:
        own = record_own(kept, context, reason, notes)
    plan = chain_confirm.plan(context.session, kept)
    if may_list_here(context):
        return to_officer(kept, plan, target, own, context, notes)
    unread = [line for line in kept.known if answers.is_unread(kept, line)]
    if plan.todo or unread or (kept.unclear and target is not None):
        told = answers.told(kept, plan, context.actor.name, names_here(context), notes)
        chain_tell.tell_organiser(
            context.session,
            kept,
            told,
            routes=context.routes,
            hours=context.hours,
            now=context.arrived_at,
        )
    return _to_member(kept, plan, target, own, context, notes)


def _to_member(
    kept: Kept,
    plan: Plan,
    target: Target | None,
    own: Reply | None,
    context: Context,
    notes: answers.Notes,
) -> Reply:
    if overheard(context):
        return own or Reply()
    if target is None:
        return reply(answers.summary(kept, plan, "", names=None, may_list=False, may_confirm=False))
    taken = None if own is None else own.text
    said = taken or left_out(kept, context, notes)
    unread = [line.member_id for line in kept.known if answers.is_unread(kept, line)]
    others = {*(item.member_id for item in plan.todo), *unread} - {context.actor.member_id}
    rest = len(others) + len(kept.unclear)
    tail = [Text(answers.OTHERS_WAIT.format(n=rest))] if rest else []
    return Reply(join(said, *tail), send=own.send if own is not None else ())


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Go on with a chain: what it is about, who a line is, the preview, the confirmation."""
    paste = chain_pastes.get(context.session, kept["paste"])
    if "said" in kept:
        return _named_line(paste, kept["number"], kept["said"], context)
    if "name" in kept:
        member_id = None if kept["member_id"] is None else MemberId(kept["member_id"])
        return _chosen(paste, kept["name"], kept["nth"], member_id, context)
    if kept.get("dismissed"):
        if may_list_here(context):
            chains.dismiss(context.session, paste, context.now)
        return _answer(paste, None, context, "")
    if "subject" in kept:
        return _decided(paste, kept["subject"], About(kept["about"]), context, is_own=kept["own"])
    if "review" in kept:
        return review(paste, context)
    if not kept["shown"] or _has_grown(paste, kept.get("who"), context):
        return _preview(paste, context)
    return _confirm(paste, context)


def _decided(paste: Kept, subject: str, about: About, context: Context, *, is_own: bool) -> Reply:
    target = Target(about, subject, title_of(about, subject, context))
    adopted = chains.adopt(context.session, paste, target, by=context.actor, at=context.now)
    if may_list_here(context):
        chains.settle(context.session, adopted, context.now)
    line = chain_own.own_line(adopted, context.actor)
    reason = _REASONS.get(line.reason_kind, "") if line is not None else ""
    return _answer(adopted, target, context, reason if is_own else None)


def _preview(paste: Kept, context: Context) -> Reply:
    plan = chain_confirm.plan(context.session, paste)
    if not plan.todo:
        raise chain_confirm.NothingToConfirm(answers.ALL_DONE)
    text = answers.preview(plan, title_of(paste.about, paste.subject, context))
    who = [item.member_id for item in plan.todo]
    kept = {"paste": paste.paste_id, "shown": True, "who": who}
    return preview(context, INTENT, len(plan.todo), kept, text)


def _has_grown(paste: Kept, shown: Sequence[int] | None, context: Context) -> bool:
    """Tell whether somebody would be recorded whom the preview did not show: a name told since."""
    if shown is None:
        return False
    todo = chain_confirm.plan(context.session, paste).todo
    return any(item.member_id not in shown for item in todo)


def _confirm(paste: Kept, context: Context) -> Reply:
    done = chain_confirm.confirm(
        context.session,
        paste_id=paste.paste_id,
        by=context.actor,
        routes=context.routes,
        now=context.now,
    )
    title = title_of(paste.about, paste.subject, context)
    kind = FactKind.NOTICE if paste.about is About.RECEIPT else FactKind.EVENT
    text = say(answers.DONE, n=len(done.recorded), title=Fact(kind, title))
    held = answers.held_words(done.held)
    return Reply(join(text, held) if held.words else text)


def _named_line(paste: Kept, number: int, said: str, context: Context) -> Reply:
    """Take 4 李建国: the unclear line of this number is this person's."""
    line = next((line for line in paste.unclear if line.number == number), None)
    if line is None:
        raise DomainError(NO_SUCH_LINE.format(number=number))
    roll, _ = chain_lines.load_roll(
        context.session, paste.branch_id, context.today, context.actor.member_id
    )
    person = roll.match(said).person
    if person is None:
        raise DomainError(NO_SUCH_NAME.format(said=said, number=number))
    return _chosen(paste, line.name, line.nth, person.id, context)


def _chosen(
    paste: Kept, name: str, nth: int, member_id: MemberId | None, context: Context
) -> Reply:
    line = next(line for line in paste.lines if line.name == name and line.nth == nth)
    chosen = chain_confirm.choose(
        context.session, paste, line, member_id, by=context.actor, now=context.now
    )
    who = NOT_ON_ROLL if member_id is None else names_here(context).get(member_id, "")
    said = say(CHOSEN, number=line.number, name=Fact(FactKind.ROLL, name), who=who)
    if chosen.unclear:
        return Reply(join(said, ask_who(chosen, context)))
    return Reply(join(said, review(chosen, context).text or Text("")))


CHAIN = Intent(
    name=INTENT,
    title="接龙",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
)
