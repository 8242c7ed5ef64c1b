"""A branch and what is done to its dues, each step in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.dues import EntryKind
from bot.domain.dues_allocation import NeedsAnswer
from bot.domain.dues_assessing import Asked
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Actor, Role
from bot.services import (
    dues,
    dues_amendments,
    dues_assessments,
    dues_confirming,
    dues_corrections,
    dues_exemptions,
    dues_extra,
    dues_publication,
    dues_remittance,
    undo,
)
from bot.services.dues_confirming import Receipt
from bot.services.dues_publication import Statement
from bot.services.dues_remittance import Remitted
from bot.services.inverses import INVERSES
from bot.storage.models import DuesEntry
from tests.support.world import World

T = TypeVar("T")


class DuesBranch:
    """The third branch: a secretary, an organiser, and members who pay."""

    def __init__(
        self,
        world: World,
        name: str = "第三党支部",
        *,
        secretary: str = "李书记",
        organiser: str = "王组织",
    ) -> None:
        self.world = world
        self.branch = world.unit(name)
        self.li = world.member(secretary, self.branch, Role.SECRETARY)
        self.wang = world.member(organiser, self.branch, Role.ORGANISER)
        self._messages = 0

    def payer(self, name: str, fen: int = 3000, **more: Any) -> MemberId:
        """Enrol a member whose dues are settled from January 2026 on."""
        return self.world.member(name, self.branch, dues_fen=fen, **more)

    def do(self, work: Callable[[Session], T]) -> T:
        """Do something in a transaction of its own."""
        with self.world.database.writing() as session:
            return work(session)

    def declare(
        self, member: MemberId, *months: Month, fen: int | None = None
    ) -> dues.Declared | NeedsAnswer:
        """Let a member declare."""
        self._messages += 1
        source, actor = f"m{self._messages}", self.world.actor(member)
        return self.do(
            lambda session: dues.declare(
                session,
                months=months,
                total_fen=fen,
                by=actor,
                said_on=self.world.today,
                now=self.world.now,
                source=source,
            )
        )

    def confirm(self, *members: MemberId, by: MemberId | None = None) -> list[Receipt]:
        """Let the organiser confirm what waits, of these members or of all."""
        actor = self.world.actor(by or self.wang)

        def work(session: Session) -> list[Receipt]:
            lines = dues_confirming.list_waiting(
                session, by=actor, today=self.world.today, of=members or None
            )
            return dues_confirming.confirm(session, lines, by=actor, now=self.world.now)

        return self.do(work)

    def pay(self, member: MemberId, *months: Month, fen: int | None = None) -> Receipt:
        """Let a member declare and the organiser confirm."""
        declared = self.declare(member, *months, fen=fen)
        if isinstance(declared, NeedsAnswer):
            actor = self.world.actor(member)
            self.do(
                lambda session: dues.record_declared(
                    session, declared.choices[0], by=actor, now=self.world.now, source="answer"
                )
            )
        return self.confirm(member)[0]

    def take_cash(
        self, member: MemberId, *months: Month, by: MemberId | None = None
    ) -> list[Receipt]:
        """Let the organiser confirm what nobody declared."""
        actor = self.world.actor(by or self.wang)

        def work(session: Session) -> list[Receipt]:
            lines = dues_confirming.list_waiting(
                session, by=actor, today=self.world.today, of=[member], months=months
            )
            return dues_confirming.confirm(session, lines, by=actor, now=self.world.now)

        return self.do(work)

    def correct(self, member: MemberId, month: Month, fen: int, reason: str = "记错了") -> None:
        """Let the organiser set what was paid for a month."""
        actor = self.world.actor(self.wang)
        self.do(
            lambda session: dues_corrections.correct(
                session,
                member_id=member,
                month=month,
                fen=fen,
                reason=reason,
                by=actor,
                now=self.world.now,
            )
        )

    def move(
        self,
        source: tuple[MemberId, Month],
        target: tuple[MemberId, Month],
        fen: int | None = None,
        reason: str = "记错了",
    ) -> None:
        """Let the organiser move confirmed money."""
        actor = self.world.actor(self.wang)

        def work(session: Session) -> None:
            drafted = dues_amendments.draft_move(
                session,
                source=source,
                target=target,
                fen=fen,
                reason=reason,
                by=actor,
            )
            dues_amendments.move(session, drafted, by=actor, now=self.world.now)

        self.do(work)

    def refund(
        self, member: MemberId, month: Month, fen: int | None = None, reason: str = "重复交了"
    ) -> dues_amendments.Refund:
        """Let the organiser give money back."""
        actor = self.world.actor(self.wang)

        def work(session: Session) -> dues_amendments.Refund:
            drafted = dues_amendments.draft_refund(
                session,
                member_id=member,
                month=month,
                fen=fen,
                reason=reason,
                by=actor,
            )
            dues_amendments.refund(session, drafted, by=actor, now=self.world.now)
            return drafted

        return self.do(work)

    def offer(self, member: MemberId, fen: int) -> None:
        """Let a member say to have paid more."""
        self._messages += 1
        source, actor = f"m{self._messages}", self.world.actor(member)
        self.do(
            lambda session: dues_extra.offer(
                session, fen=fen, by=actor, now=self.world.now, source=source
            )
        )

    def undo(self, member: MemberId) -> None:
        """Let a member take the last thing back."""
        actor = self.world.actor(member)
        self.do(lambda session: undo.undo_last(session, INVERSES, by=actor, now=self.world.now))

    def draft_remittance(
        self, up_to: Month | None = None, *, to_centre: bool = False
    ) -> dues_remittance.Draft:
        """Return what the organiser would hand up."""
        actor = self.world.actor(self.wang)
        return self.do(
            lambda session: dues_remittance.draft(
                session, by=actor, unit=None, up_to=up_to, to_centre=to_centre
            )
        )

    def remit_drafted(self, drafted: dues_remittance.Draft, by: MemberId | None = None) -> Remitted:
        """Hand up what was shown."""
        actor = self.world.actor(by or self.wang)
        return self.do(
            lambda session: dues_remittance.remit(
                session,
                unit_id=drafted.unit_id,
                up_to=drafted.up_to,
                to_centre=drafted.to_centre,
                entries=[line.id for line in drafted.lines],
                by=actor,
                now=self.world.now,
            )
        )

    def remit(self, up_to: Month | None = None, *, to_centre: bool = False) -> Remitted:
        """Let the organiser hand up what is in hand."""
        return self.remit_drafted(self.draft_remittance(up_to, to_centre=to_centre))

    def publish(
        self, *months: Month, unit: str | None = None, by: Actor | None = None
    ) -> Statement:
        """Let the organiser publish some months."""
        actor = by or self.world.actor(self.wang)

        def work(session: Session) -> Statement:
            drafted = dues_publication.draft(
                session, by=actor, unit=unit, months=months, today=self.world.today
            )
            dues_publication.publish(session, drafted, by=actor, now=self.world.now)
            return drafted

        return self.do(work)

    def assess(
        self, asked: Asked, member: MemberId, month: Month | None = None, reason: str = ""
    ) -> dues_assessments.Draft:
        """Let the organiser settle a monthly amount."""
        actor = self.world.actor(self.wang)

        def work(session: Session) -> dues_assessments.Draft:
            drafted = dues_assessments.draft(
                session,
                asked,
                member_id=member,
                month=month,
                reason=reason,
                by=actor,
                now=self.world.now,
            )
            dues_assessments.settle(session, drafted, by=actor, now=self.world.now)
            return drafted

        return self.do(work)

    def exempt(
        self, member: MemberId, approved_on: date, last: Month, fen: int = 0
    ) -> dues_exemptions.Exempted:
        """Let the organiser write down what the superior approved."""
        actor = self.world.actor(self.wang)

        def work(session: Session) -> dues_exemptions.Exempted:
            drafted = dues_exemptions.draft(
                session,
                member_id=member,
                monthly_fen=fen,
                last=last,
                superior="街道党工委",
                approved_on=approved_on,
                reason="家庭困难",
                by=actor,
                now=self.world.now,
            )
            dues_exemptions.write(session, drafted, by=actor, now=self.world.now)
            return drafted

        return self.do(work)

    def balance(self, member: MemberId, month: Month) -> dues.Balance:
        """Return how a month stands."""
        return self.do(lambda session: dues.balances(session, [member], [month]))[member][month]

    def entries(self) -> list[tuple[Any, ...]]:
        """Return every line of the ledger as it stands in the database, in order."""
        columns = DuesEntry.__table__.columns
        with self.world.database.reading() as session:
            rows = session.execute(select(*columns).order_by(DuesEntry.id))
            return [tuple(row) for row in rows]

    def kinds(self) -> list[tuple[EntryKind, int]]:
        """Return kind and amount of every line, in order."""
        with self.world.database.reading() as session:
            rows = session.execute(select(DuesEntry.kind, DuesEntry.fen).order_by(DuesEntry.id))
            return [(row.kind, row.fen) for row in rows]

    def held_fen(self) -> int:
        """Return what the branch has in hand."""
        with self.world.database.reading() as session:
            return sum(line.fen for line in dues_remittance.list_held(session, self.branch))

    @property
    def day(self) -> date:
        """The Shanghai day it is."""
        return day_of(self.world.now)
