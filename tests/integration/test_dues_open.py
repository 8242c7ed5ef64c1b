"""Who still owes a month: the one query that finds them leaves nobody out, whatever was settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert

from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.services import dues, dues_open
from bot.storage.engine import Database
from bot.storage.models import DuesExemption, OpeningDues
from tests.support.dues_world import DuesBranch
from tests.support.world import World

MARCH = Month(2026, 3)


class Owing(DuesBranch):
    """A branch in which Zhang pays 30 yuan a month."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.second = world.unit("第二党支部")
        self.zhang = self.payer("张三")

    def approve(self, fen: int | None, until: Month = MARCH) -> None:
        """Let the superior approve less, or more, or take it back."""
        with self.world.database.writing() as session:
            session.execute(
                insert(DuesExemption).values(
                    member_id=self.zhang,
                    seq=1 if fen is not None else 2,
                    from_month=Month(2026, 1),
                    until_month=until,
                    monthly_fen=fen,
                    superior="街道党工委",
                    approved_on=date(2026, 1, 4),
                    at=self.world.now,
                )
            )

    def settled_before(self) -> None:
        """Let March have been paid before the branch began."""
        with self.world.database.writing() as session:
            session.execute(
                insert(OpeningDues).values(
                    member_id=self.zhang, seq=1, until_month=MARCH, at=self.world.now, reason="导入"
                )
            )

    def lower(self) -> None:
        """Settle less from March on."""
        self.world.assess(self.zhang, 1000, MARCH)

    def raise_(self) -> None:
        """Settle more from March on."""
        self.world.assess(self.zhang, 5000, MARCH)

    def leave(self) -> None:
        """Let Zhang belong to another branch since February."""
        self.world.transfer(self.zhang, self.second, date(2026, 2, 10))

    def found(self, *branches: UnitId) -> dict[MemberId, int]:
        """Return who owes how much of March in some branches."""
        with self.world.database.reading() as session:
            owing = dues_open.list_open(session, branches, MARCH, self.world.today)
            return {one.member_id: one.open_fen for one in owing}


@pytest.fixture
def owing(database: Database) -> Owing:
    """Return the branch, on 12 March."""
    return Owing(World(database))


def _part(owing: Owing) -> None:
    owing.declare(owing.zhang, MARCH, fen=1000)
    owing.confirm()


@pytest.mark.parametrize(
    ("arrange", "open_fen"),
    [
        pytest.param([], 3000, id="什么也没有"),
        pytest.param([lambda o: o.pay(o.zhang, MARCH)], None, id="交清了"),
        pytest.param([lambda o: o.declare(o.zhang, MARCH)], None, id="待核对"),
        pytest.param([lambda o: o.approve(0)], None, id="免交"),
        pytest.param([lambda o: o.approve(500)], 500, id="少交"),
        pytest.param([lambda o: o.approve(500, Month(2026, 2))], 3000, id="少交到二月为止"),
        pytest.param([lambda o: o.approve(500), lambda o: o.approve(None)], 3000, id="少交又撤销"),
        pytest.param(
            [lambda o: o.pay(o.zhang, MARCH), lambda o: o.approve(4000)], 1000, id="比核定的还多"
        ),
        pytest.param([Owing.lower], 1000, id="调低"),
        pytest.param([Owing.lower, lambda o: o.pay(o.zhang, MARCH)], None, id="调低后交清"),
        pytest.param([lambda o: o.pay(o.zhang, MARCH), Owing.raise_], 2000, id="交清后调高"),
        pytest.param([lambda o: o.pay(o.zhang, MARCH), Owing.lower], None, id="交清后调低"),
        pytest.param([Owing.settled_before], None, id="启用前已交"),
        pytest.param(
            [
                lambda o: o.pay(o.zhang, MARCH),
                lambda o: o.correct(o.zhang, MARCH, 2000),
            ],
            1000,
            id="更正成少一些",
        ),
        pytest.param(
            [lambda o: o.pay(o.zhang, MARCH), lambda o: o.correct(o.zhang, MARCH, 0)],
            3000,
            id="更正成没有",
        ),
    ],
)
def test_it_finds_whoever_owes_and_nobody_else(
    owing: Owing, arrange: list[Callable[[Owing], object]], open_fen: int | None
) -> None:
    for step in arrange:
        step(owing)

    found = owing.found(owing.branch)

    assert found == ({} if open_fen is None else {owing.zhang: open_fen})
    with owing.world.database.reading() as session:
        balance = dues.balances(session, [owing.zhang], [MARCH])[owing.zhang][MARCH]
    assert (balance.state in dues_open.OPEN) == (open_fen is not None)


def test_it_asks_of_the_branch_in_which_somebody_is(owing: Owing) -> None:
    owing.leave()

    assert owing.found(owing.branch) == {}
    assert owing.found(owing.second) == {owing.zhang: 3000}
    assert owing.found(owing.branch, owing.second) == {owing.zhang: 3000}


def test_it_reads_many_branches_a_piece_at_a_time(
    owing: Owing, monkeypatch: pytest.MonkeyPatch
) -> None:
    wu = owing.world.member("吴明", owing.second, dues_fen=800)
    between = owing.world.unit("第一党支部")
    owing.world.member("郑和", between, dues_fen=900)  # lies between two that are asked for
    last = owing.world.unit("第四党支部")
    sun = owing.world.member("孙立", last, dues_fen=700)
    wanted = (owing.branch, owing.second, last)

    for name in ("_BRANCHES_AT_ONCE", "_WORKED_OUT_AT_ONCE"):
        for at_once in (1, 2, 3):
            monkeypatch.setattr(dues_open, name, at_once)
            assert owing.found(*wanted) == {owing.zhang: 3000, wu: 800, sun: 700}
