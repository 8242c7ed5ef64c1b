"""Teaching the bot what somebody is called: one sentence back, one to the person named."""

from __future__ import annotations

from bot.domain.aliases import Consent
from bot.domain.errors import NotFound
from bot.domain.ids import MemberId
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.replies import Reply, ToMember
from bot.services import aliases, naming
from bot.services.aliases import Taught

LEARNT = "✓ 记住了：您说的“{alias}”是{name}。改口回复 取消别名 {alias}"
LEARNT_FOR_BRANCH = "✓ 记住了：本支部说“{alias}”，就是{name}。改口回复 取消别名 {alias}"
KNOWN = "“{alias}”早就记着了，是{name}。"
TOLD = "{teacher}告诉我：说“{alias}”就是您，以后他代您报的事会记到您名下。不同意请回复 取消别名 {alias}"
TOLD_FOR_BRANCH = "{teacher}告诉我：本支部说“{alias}”就是您。不同意请回复 取消别名 {alias}"


def learn(context: Context, alias: str, member_id: MemberId, consent: Consent) -> Reply:
    """Let a word mean a member, and tell that member once how to object.

    Raises:
        NotAnAlias, AliasTaken, NotFound
    """
    action = Action.MANAGE_ROLL
    reach = naming.load_reach(context.session, by=context.actor, on=context.today, action=action)
    person = reach.people.get(member_id)
    if person is None:
        raise NotFound("这位不在您的支部，别名没有记。")
    taught = aliases.teach(
        context.session,
        text=alias,
        of=aliases.Whose(person.id, person.name, person.branch_id, person.path),
        by=context.actor,
        consent=consent,
        now=context.now,
    )
    template = LEARNT_FOR_BRANCH if taught.for_branch else LEARNT
    return Reply(
        say(
            template if taught.new else KNOWN,
            alias=Fact(FactKind.ROLL, alias),
            name=Fact(FactKind.ROLL, taught.name),
        ),
        send=_told(taught, alias, context),
    )


def _told(taught: Taught, alias: str, context: Context) -> tuple[ToMember, ...]:
    if not taught.new or taught.member_id == context.actor.member_id:
        return ()
    template = TOLD_FOR_BRANCH if taught.for_branch else TOLD
    # Kept is one word for all of a kind (老伴, 老婆); told is the one that was said.
    text = say(template, teacher=context.actor.name, alias=alias)
    return (ToMember(taught.member_id, text, f"alias:{taught.id}"),)
