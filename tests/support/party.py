"""Two branches, their secretaries and an officer, with the roll's services at hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any, TypeVar

from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.roll import ChangeKind, Code, Standing
from bot.domain.turnover import Turnover
from bot.services import letters, people, roll, roll_changes, roll_groups, transfers, turnover, undo
from bot.services.inverses import INVERSES
from bot.services.letters import Letter
from bot.services.roll_changes import Recorded
from bot.services.transfers import Wanted
from bot.storage.engine import Database
from tests.support.world import World

T = TypeVar("T")
MARCH = Month(2026, 3)
NEW_YEAR, MARCH_1, MARCH_10 = date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 10)


_NUMBERS = count(1)


class Party:
    """第三党支部 with 李书记, 张三, 赵六 and the probationary 小钱; 第五党支部 with 周书记; 街道专干.

    It is Thursday, 12 March 2026, noon.
    """

    def __init__(self, world: World, prefix: str = "") -> None:
        self.world = world
        self.prefix = prefix
        self.third = world.unit(f"{prefix}第三党支部")
        self.fifth = world.unit(f"{prefix}第五党支部")
        self.li = world.member("李书记", self.third, Role.SECRETARY, account=not prefix)
        self.zhang = world.member("张三", self.third, tail="1234", account=not prefix)
        self.zhao = world.member("赵六", self.third, account=not prefix)
        self.qian = world.member(
            "小钱", self.third, kind=MemberKind.PROBATIONARY, account=not prefix
        )
        self.zhou = world.member("周书记", self.fifth, Role.SECRETARY, account=not prefix)
        self.officer = world.member("街道专干", None, Role.OFFICER, account=not prefix)

    @classmethod
    def in_a_street_of_its_own(cls, database: Database) -> Party:
        """Return a party beside those that earlier examples have left in the database."""
        number = next(_NUMBERS)
        return cls(World(database, street=f"街道{number}"), prefix=f"{number}号")

    def do(self, service: Callable[..., T], by: MemberId, **values: Any) -> T:
        """Let somebody use a service now."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return service(session, by=actor, now=self.world.now, **values)

    def read(self, service: Callable[..., T], *args: Any) -> T:
        """Ask a service that only reads."""
        with self.world.database.reading() as session:
            return service(session, *args)

    def record(
        self,
        member: MemberId,
        kind: ChangeKind,
        on: date = MARCH_10,
        *,
        by: MemberId | None = None,
        **more: Any,
    ) -> Recorded:
        """Let the secretary write down what happened to a member."""
        values = {"member_id": member, "kind": kind, "on": on, **more}
        return self.do(roll_changes.record, by or self.li, **values)

    def put(self, cell: UnitId | None, *members: MemberId, on: date = MARCH_1) -> int:
        """Put members of the third branch into a cell."""
        values = {"branch_id": self.third, "cell_id": cell, "members": list(members), "on": on}
        return self.do(roll_groups.put_into_cell, self.officer, **values)

    def bar(self, member: MemberId, on: date = MARCH_10) -> Recorded:
        """Suspend somebody's vote (留党察看)."""
        return self.record(member, ChangeKind.VOTE_BARRED, on, code=Code.PROBATION_IN_PARTY)

    def letter(
        self,
        member: MemberId,
        to: UnitId | None = None,
        *,
        place: str = "",
        on: date = MARCH_10,
        until: Month = MARCH,
        by: MemberId | None = None,
        days: int | None = None,
    ) -> Letter:
        """Let the secretary issue a letter."""
        wanted = Wanted(to, place, until, on, days=days)
        return self.do(transfers.issue, by or self.li, member_id=member, wanted=wanted)

    def receive(self, letter: Letter, on: date = date(2026, 3, 11), by: Any = None) -> Recorded:
        """Let the receiving secretary confirm."""
        return self.do(transfers.receive, by or self.zhou, letter=letter, on=on)

    def move(self, member: MemberId, until: Month = MARCH) -> Recorded:
        """Transfer somebody from the third branch to the fifth."""
        return self.receive(self.letter(member, self.fifth, until=until))

    def undo(self, by: MemberId) -> None:
        """Let somebody take back what he did last."""
        actor, now = self.world.actor(by), self.world.now
        with self.world.database.writing() as session:
            undo.undo_last(session, INVERSES, by=actor, now=now)

    def names(self, unit: UnitId, on: date) -> list[str]:
        """Return who belonged to a unit on a day."""
        with self.world.database.reading() as session:
            return [person.name for person in people.list_members(session, unit, on)]

    def stands(self, member: MemberId, on: date | None = None) -> Standing:
        """Return where somebody stands."""
        with self.world.database.reading() as session:
            return roll.standings(session, [member], on or self.world.today)[member]

    def dues(self, member: MemberId, month: Month) -> UnitId | None:
        """Return which branch a month's dues belong to."""
        return self.read(roll.dues_branch_of, member, month)

    def figures(self, unit: UnitId, first: date = NEW_YEAR, last: date | None = None) -> Turnover:
        """Return the identity of a unit."""
        return self.read(turnover.figures_of, unit, first, last or self.world.today)

    def open_letters(self, unit: UnitId, by: MemberId) -> list[Letter]:
        """Return the open letters of a unit."""
        return self.do(letters.list_open, by, unit_id=unit)
