"""What a handler may use besides its slots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.burden import Hours
from bot.domain.errors import Forbidden
from bot.domain.ids import InboundId, MemberId, UnitId
from bot.domain.incoming import Incoming
from bot.domain.ladders import Ladders
from bot.domain.rights import Actor
from bot.domain.upper_meetings import has_seat
from bot.inbound.intents import Intent
from bot.inbound.replies import Reply
from bot.services.outbox import Routes
from bot.storage.sealing import TextSeal


@dataclass(frozen=True, slots=True)
class Context:
    """One message being acted on.

    Attributes:
        actor: Who wrote; without a member id for a stranger.
        now: When it was sent (never later than it arrived): decides dates and windows.
        arrived_at: When we got it: from then on answers may leave.
        chat_unit: The unit the group belongs to, if it is a bound group.
        intents: Everything people can say, for 帮助.
        hours: When what is said to others may arrive.
        reread: Acts on an earlier message (its inbound id) as the intent chosen now.
        obey: Acts on an order of ours as if the writer had typed it in private.
        seal: Opens texts that are kept encrypted.
        ladders: When what is reminded of, where no unit has settled it otherwise.
        public_url: Where this server is reached from outside, without a final slash, if anywhere.
        replayed: It was handled before, without success; the answer goes privately, later.
    """

    session: Session
    message: Incoming
    actor: Actor
    now: datetime
    arrived_at: datetime
    inbound_id: InboundId
    chat_unit: UnitId | None
    intents: Sequence[Intent]
    routes: Routes
    hours: Hours
    reread: Callable[[Context, int, str], Reply]
    obey: Callable[[Context, str], Reply]
    seal: TextSeal
    ladders: Ladders
    public_url: str | None = None
    replayed: bool = False

    @property
    def today(self) -> date:
        """The Shanghai day the message was sent on."""
        return day_of(self.now)

    @property
    def private(self) -> bool:
        """Said to the bot alone."""
        return self.message.chat_id is None

    @property
    def answers_privately(self) -> bool:
        """The writer alone reads the answer."""
        return self.private or self.replayed

    @property
    def asked_at(self) -> datetime:
        """When a question put now is put: not days ago, where a message is handled again."""
        return self.arrived_at if self.replayed else self.now

    @property
    def member_id(self) -> MemberId:
        """The member who writes.

        Raises:
            Forbidden: A stranger writes; says how to bind.
        """
        if self.actor.member_id is None:
            raise Forbidden(FIRST_CONTACT if self.private else FIRST_PRIVATELY)
        return self.actor.member_id

    def require_seat(self) -> None:
        """Refuse who can be at no meeting: on no branch's roll, and in no team or staff above.

        Raises:
            Forbidden
        """
        if not has_seat(self.actor):
            self.branch_id  # noqa: B018 - refuses strangers with the way to bind

    @property
    def branch_id(self) -> UnitId:
        """The branch of the member who writes.

        Raises:
            Forbidden: A stranger, or somebody who is on no branch's roll.
        """
        if self.actor.member_id is not None and self.actor.branch_id is None:
            raise Forbidden("您不在任何支部的名册里，这件事请用支部里的账号来做。")
        self.member_id  # noqa: B018 - refuses strangers
        assert self.actor.branch_id is not None
        return self.actor.branch_id


REREAD = "reread"  # instead of an intent's name: the message is read again as the one chosen

FIRST_PRIVATELY = "请先私聊我对上名册，以后在群里也能用。不要在群里发手机号。"
FIRST_CONTACT = "您好，我是支部小助手。请回复 姓名+手机后四位，例如 张三 1234。只用于对上党员名册。"
