"""Two branches and somebody who wants to join, each step in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from sqlalchemy.orm import Session

from bot.domain.development import CaseAct
from bot.domain.ids import MemberId
from bot.domain.rights import Role
from bot.services import development, undo
from bot.services.development import CaseView, Recorded, Wanted
from bot.services.inverses import INVERSES
from tests.support.world import HOURS, World

T = TypeVar("T")
STEPS: Mapping[int, date] = {
    1: date(2023, 3, 3),
    2: date(2023, 3, 20),
    3: date(2023, 9, 1),
    7: date(2024, 9, 2),
    13: date(2024, 12, 2),
    15: date(2024, 12, 20),
    17: date(2025, 2, 10),
}


class Cadre:
    """The third branch with its keepers and 赵新, who wants to join; the first beside it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.other = world.unit("第一党支部")
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.wang = world.member("王组织", self.branch, Role.ORGANISER)
        self.zhang = world.member("张三", self.branch)
        self.zhou = world.member("周书记", self.other, Role.SECRETARY)
        self.officer = world.member("街道专干", None, Role.OFFICER)
        self._messages = 0

    def do(self, work: Callable[[Session], T]) -> T:
        """Do something in a transaction of its own."""
        with self.world.database.writing() as session:
            return work(session)

    def open(self, name: str = "赵新", by: MemberId | None = None) -> CaseView:
        """Open a case in the branch of whoever opens it."""
        self._messages += 1
        actor, source = self.world.actor(by or self.wang), str(self._messages)
        assert actor.branch_id is not None
        unit = actor.branch_id
        return self.do(
            lambda s: development.open_case(
                s, unit_id=unit, name=name, by=actor, now=self.world.now, source=source
            )
        )

    def write(
        self,
        view: CaseView,
        on: date,
        step: int | None = None,
        *,
        act: CaseAct = CaseAct.STEP,
        amount: int | None = None,
        words: str = "",
        by: MemberId | None = None,
    ) -> Recorded:
        """Let a keeper write an entry."""
        actor = self.world.actor(by or self.wang)
        wanted = Wanted(act, on, step, amount, words)
        return self.do(
            lambda s: development.record(
                s,
                case_id=view.id,
                wanted=wanted,
                by=actor,
                now=self.world.now,
                workdays=HOURS.workdays,
            )
        )

    def lead(self, view: CaseView, last: int, steps: Mapping[int, date] = STEPS) -> CaseView:
        """Enter the steps of a case up to one."""
        for step, on in steps.items():
            if step <= last:
                self.write(view, on, step)
        return self.look(view)

    def look(self, view: CaseView) -> CaseView:
        """Return a case as it stands."""
        actor = self.world.actor(self.wang)
        return self.do(lambda s: development.get(s, view.id, by=actor))

    def undo(self, member: MemberId) -> undo.Undone:
        """Let somebody take his last action back."""
        actor = self.world.actor(member)
        return self.do(lambda s: undo.undo_last(s, INVERSES, by=actor, now=self.world.now))
