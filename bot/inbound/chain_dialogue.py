"""What is answered and asked about a pasted chain; one question at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.chain_topics import Target
from bot.domain.chains import About, Line
from bot.domain.ids import MemberId
from bot.domain.privacy import Audience, Fact, FactKind, Text, join, may_tell, say
from bot.domain.reads import Seen
from bot.domain.rights import Action, may
from bot.inbound import chain_answers as answers
from bot.inbound.context import Context
from bot.inbound.questions import Option, ask, preview
from bot.inbound.replies import Reply, ToMember
from bot.services import chain_confirm, chain_lines, chain_own, chain_targets
from bot.services.chain_books.book import Plan, labels
from bot.services.chain_pastes import Kept
from bot.services.reads import Read

INTENT = "roster_chain"
WHICH = "这条接龙记的是哪件事：{choices}。回复数字就行。"
NONE_OF_THEM = "都不是，只对人数"
WHO = "{number}「{name}」是谁：{choices}。回复数字，也可以回复 {number} 加姓名。"
WHO_AND_LEARN = "{number}「{name}」是谁：{choices}。回复数字，也可以回复 {number} 加姓名；回复 1 记住 这样写，以后就认得。"
NOT_ON_ROLL = "不在名册"
_MOST_OFFERED = 4


def ask_target(kept: Kept, wanted: Sequence[Target], context: Context, *, is_own: bool) -> Reply:
    """Ask what a chain is about; in a group only whom it concerns, the rest stay undisturbed.

    Whose own line says that he has paid is asked privately which month he means.
    """
    whispered = overheard(context) and not may_list_here(context)
    if whispered and not (is_own and _says_paid(kept, wanted, context)):
        return Reply()
    offered = wanted[:_MOST_OFFERED]
    options: list[Option] = [
        (
            t.title,
            {"paste": kept.paste_id, "subject": t.subject, "about": t.about.value, "own": is_own},
        )
        for t in offered
    ]
    options.append((NONE_OF_THEM, {"paste": kept.paste_id, "dismissed": True}))
    labels = "，".join(f"{n} {label}" for n, (label, _) in enumerate(options, start=1))
    private = any(target.about is About.RECEIPT for target in offered)
    kind = FactKind.DUES if whispered else FactKind.NOTICE if private else FactKind.EVENT
    question = ask(context, INTENT, "{choices}", options, say(WHICH, choices=Fact(kind, labels)))
    if not whispered or question.text is None:
        return question
    letter = ToMember(context.member_id, question.text, f"chain:{context.inbound_id}")
    return Reply(send=(letter,))


def _says_paid(kept: Kept, wanted: Sequence[Target], context: Context) -> bool:
    line = chain_own.own_line(kept, context.actor)
    dues = all(target.about is About.DUES for target in wanted)
    return dues and line is not None and line.is_yes


def may_list_here(context: Context) -> bool:
    return may(context.actor, Action.VIEW_LISTS, context.actor.branch_path)


def to_officer(
    kept: Kept,
    plan: Plan,
    target: Target | None,
    own: Reply | None,
    context: Context,
    notes: answers.Notes,
) -> Reply:
    """Answer who may see lists: counts where it was said, names and questions privately."""
    path = chain_confirm.path_of(context.session, kept)
    may_confirm = chain_confirm.may_confirm(context.actor, kept.about, path)
    title = "" if target is None else target.title
    names = names_here(context)
    aloud = answers.summary(
        kept,
        plan,
        title,
        names=names if context.private else None,
        may_list=True,
        may_confirm=may_confirm,
    )
    apart = [answers.details(kept, plan, names, notes)]
    if own is not None and own.text is not None:
        if context.private or may_tell(own.text, Audience.GROUP):
            aloud = join(aloud, own.text)
        else:
            apart.insert(0, own.text)
    if not context.private:
        apart.insert(0, answers.missing_words(plan, names))
    if may_confirm and kept.unclear and target is not None:
        apart.append(ask_who(kept, context))
    private = join(*(part for part in apart if part.words))
    if plan.todo and may_confirm:
        _wait_for_word(kept, plan, (aloud, private), context)
    seen = (Read(Seen.CHAINS, kept.branch_id),)
    if context.private:
        return Reply(join(*(part for part in (aloud, private) if part.words)), reads=seen)
    letter = ToMember(context.member_id, private, f"chain:{context.inbound_id}")
    return Reply(aloud, send=(letter,), reads=seen) if private.words else Reply(aloud)


def _wait_for_word(kept: Kept, plan: Plan, texts: tuple[Text, Text], context: Context) -> None:
    """Let 确认 go on with this paste, in each chat where it was told of."""
    waits = {"paste": kept.paste_id, "shown": False}
    for text in texts:
        if text.words:
            preview(context, INTENT, len(plan.todo), waits, text)


def names_here(context: Context) -> dict[MemberId, str]:
    _, members = chain_lines.load_roll(
        context.session, context.branch_id, context.today, context.actor.member_id
    )
    return labels(members)


def ask_who(kept: Kept, context: Context) -> Text:
    """Ask about the first unclear line, privately; one at a time."""
    line = kept.unclear[0]
    roll, members = chain_lines.load_roll(
        context.session, kept.branch_id, context.today, context.actor.member_id
    )
    have = {other.member_id for other in kept.known}
    likely = [c for c in chain_lines.likely(roll, line.name) if c.id not in have]
    found = likely[:_MOST_OFFERED]
    labels_of = labels(members)
    may_learn = bool(found) and line.name not in {person.name for person in members}
    options: list[Option] = [
        (labels_of[candidate.id], _choice(kept, line, candidate.id, may_learn=may_learn))
        for candidate in found
    ]
    options.append((NOT_ON_ROLL, _choice(kept, line, None, may_learn=False)))
    choices = "，".join(f"{n} {label}" for n, (label, _) in enumerate(options, start=1))
    text = say(
        WHO_AND_LEARN if may_learn else WHO,
        number=line.number,
        name=Fact(FactKind.ROLL, line.name),
        choices=Fact(FactKind.ROLL, choices),
    )
    question = ask(context, INTENT, "{choices}", options, text, worded={"paste": kept.paste_id})
    return question.text or Text("")


def _choice(
    kept: Kept, line: Line, member_id: MemberId | None, *, may_learn: bool
) -> Mapping[str, Any]:
    chosen = {"paste": kept.paste_id, "nth": line.nth, "name": line.name, "member_id": member_id}
    return {**chosen, "written": line.name} if may_learn else chosen


def title_of(about: About, subject: str, context: Context) -> str:
    """Return what the subject of a chain is called now."""
    months = chain_targets.months_of(subject) if about is About.DUES else ()
    targets = chain_targets.list_targets(
        context.session, by=context.actor, now=context.now, months=months
    )
    return next((target.title for target in targets if target.subject == subject), "")


def overheard(context: Context) -> bool:
    """Tell whether it was said in a group, to the others."""
    return not context.private and not context.message.mentions_bot


def review(kept: Kept, context: Context) -> Reply:
    """Show a paste again, with what is still to be confirmed."""
    plan = chain_confirm.plan(context.session, kept)
    title = title_of(kept.about, kept.subject, context)
    shown = replace(kept, is_repeat=False)
    return to_officer(shown, plan, Target(kept.about, kept.subject, title), None, context, {})
