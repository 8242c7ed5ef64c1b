"""Binding accounts: by name and digits, by a code used once, with few tries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import SYSTEM, Role
from bot.services import binding, people
from bot.services.binding import (
    CODE_LASTS,
    TRIES_A_DAY,
    AlreadyBound,
    Bound,
    NoSuchEntry,
    SeveralEntries,
    TooManyTries,
)
from bot.storage.engine import Database
from bot.storage.models import AuditLine, BindCode
from tests.support.world import World

DAY = timedelta(days=1)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> UnitId:
    """Return its branch."""
    return world.unit("第三党支部")


@pytest.fixture
def zhang(world: World, branch: UnitId) -> MemberId:
    """Return a member without an account, whose phone ends in 1234."""
    return world.member("张三", branch, tail="1234", account=False)


@pytest.fixture
def wang(world: World, branch: UnitId) -> MemberId:
    """Return the organiser."""
    return world.member("王组织", branch, Role.ORGANISER)


def _by_digits(
    world: World, name: str = "张三", digits: str = "1234", account: str = "WX-Zhang"
) -> Bound:
    with world.database.writing() as session:
        return binding.bind_by_digits(
            session, space="sim", external_id=account, name=name, digits=digits, now=world.now
        )


def _by_code(world: World, code: str, account: str = "WX-Zhang") -> Bound:
    with world.database.writing() as session:
        return binding.bind_by_code(
            session, space="sim", external_id=account, code=code, now=world.now
        )


def _count(world: World, account: str = "WX-Zhang") -> None:
    with world.database.writing() as session:
        binding.count_try(session, space="sim", external_id=account, now=world.now)


def _code(world: World, member_id: MemberId, by: MemberId | None = None) -> str:
    actor = SYSTEM if by is None else world.actor(by)
    with world.database.writing() as session:
        return binding.issue_code(session, member_id=member_id, by=actor, now=world.now)


def test_it_binds_by_name_and_digits_and_tells_the_organiser(
    world: World, zhang: MemberId, wang: MemberId
) -> None:
    world.member("李书记", world.unit("第四党支部"), Role.SECRETARY)

    bound = _by_digits(world)

    assert bound == Bound(zhang, "张三", "第三党支部", tell=wang)
    with world.database.reading() as session:
        actor = people.find_actor(session, "sim", "wx-zhang", world.today)  # WeCom folds the case
        trail = session.scalars(select(AuditLine.action)).all()
    assert actor is not None
    assert actor.member_id == zhang
    assert trail == ["bind.digits"]


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        pytest.param("张三", "1235", id="尾号不对"),
        pytest.param("李四", "1234", id="姓名不对"),
        pytest.param("赵六", "", id="名册没有尾号"),
        pytest.param("王组织", "5678", id="已经绑定"),
    ],
)
def test_it_gives_the_same_answer_for_every_cause(
    world: World, zhang: MemberId, branch: UnitId, name: str, digits: str
) -> None:
    world.member("赵六", branch, account=False)
    world.member("王组织", branch, tail="5678")

    with pytest.raises(NoSuchEntry) as refusal:
        _by_digits(world, name, digits)

    assert refusal.value.sentence == NoSuchEntry(4).sentence


def test_it_allows_five_tries_a_day(world: World, zhang: MemberId) -> None:
    left = []
    for _ in range(TRIES_A_DAY):
        with pytest.raises(NoSuchEntry) as refusal:
            _by_digits(world, digits="0000")
        left.append(refusal.value.sentence)
        _count(world, "WX-ZHANG")

    with pytest.raises(TooManyTries):
        _by_digits(world)
    with pytest.raises(TooManyTries):
        _by_code(world, "00000000")
    assert _by_digits(world, account="somebody").member_id == zhang  # another account may
    assert left == [NoSuchEntry(number).sentence for number in (4, 3, 2, 1, 0)]


def test_it_counts_the_tries_of_one_day(world: World, zhang: MemberId) -> None:
    for _ in range(TRIES_A_DAY):
        _count(world)
    world.clock.advance(DAY)

    assert _by_digits(world).member_id == zhang


def test_it_does_not_choose_between_two_of_one_name_and_tail(
    world: World, zhang: MemberId, branch: UnitId
) -> None:
    world.member("张三", branch, tail="1234", account=False)

    with pytest.raises(SeveralEntries):
        _by_digits(world)


def test_it_binds_an_account_to_one_member(world: World, zhang: MemberId, branch: UnitId) -> None:
    world.member("李四", branch, tail="4321", account=False)
    _by_digits(world)

    with pytest.raises(AlreadyBound):
        _by_digits(world, "李四", "4321")


def test_it_binds_one_of_two_accounts_that_claim_an_entry_at_once(
    world: World, zhang: MemberId
) -> None:
    done = _at_once(
        [lambda n=n: _by_digits(world, account=f"account-{n}") for n in range(4)]  # type: ignore[misc]  # bound early
    )

    assert Counter(isinstance(result, Bound) for result in done) == {True: 1, False: 3}


# --- codes -----------------------------------------------------------------------------------


def test_it_takes_a_code_once(world: World, zhang: MemberId, wang: MemberId) -> None:
    code = _code(world, zhang, wang)

    bound = _by_code(world, code)
    with pytest.raises(NoSuchEntry):
        _by_code(world, code, "somebody")

    assert (bound.member_id, bound.tell) == (zhang, wang)
    with world.database.reading() as session:
        kept = session.scalars(select(BindCode.code_hash)).one()
    assert code not in kept
    assert code.isdecimal()


def test_it_takes_a_code_once_when_two_send_it_at_once(world: World, zhang: MemberId) -> None:
    code = _code(world, zhang)

    done = _at_once(
        [lambda n=n: _by_code(world, code, f"account-{n}") for n in range(4)]  # type: ignore[misc]  # bound early
    )

    assert Counter(isinstance(result, Bound) for result in done) == {True: 1, False: 3}


def test_it_takes_no_code_that_is_too_old(world: World, zhang: MemberId) -> None:
    code = _code(world, zhang)
    world.clock.advance(CODE_LASTS)

    with pytest.raises(NoSuchEntry):
        _by_code(world, code)


def test_it_keeps_a_code_whose_account_is_somebodys(
    world: World, zhang: MemberId, branch: UnitId
) -> None:
    world.account(world.member("李四", branch, account=False), "WX-Zhang")
    code = _code(world, zhang)

    with pytest.raises(AlreadyBound):
        _by_code(world, code)

    assert _by_code(world, code, "other").member_id == zhang


def test_it_issues_codes_for_the_own_branch_only(
    world: World, zhang: MemberId, wang: MemberId
) -> None:
    stranger = world.member("周组织", world.unit("第四党支部"), Role.ORGANISER)
    staff = world.member("陈专干", None, Role.OFFICER)

    for by, member in ((stranger, zhang), (zhang, zhang), (wang, staff)):
        with pytest.raises(Forbidden):
            _code(world, member, by)


def test_it_binds_staff_and_members_nobody_answers_for(world: World, zhang: MemberId) -> None:
    officer = world.member("陈专干", None, Role.OFFICER, account=False)

    assert _by_code(world, _code(world, officer), "chen") == Bound(officer, "陈专干", "", None)
    assert _by_code(world, _code(world, zhang)).tell is None


def test_it_frees_an_account_that_was_unbound(
    world: World, zhang: MemberId, wang: MemberId
) -> None:
    _by_digits(world)
    with world.database.writing() as session:
        done = [
            binding.unbind(
                session, member_id=zhang, space="sim", by=world.actor(wang), now=world.now
            )
            for _ in range(2)
        ]

    assert done == [True, False]
    assert _by_digits(world).member_id == zhang


def _at_once(work: list[Callable[[], Bound]]) -> list[Bound | DomainError]:
    def run(one: Callable[[], Bound]) -> Bound | DomainError:
        try:
            return one()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(work)) as workers:
        return list(workers.map(run, work))


def test_it_binds_what_the_roster_names_once(world: World, zhang: MemberId) -> None:
    def bind(session: Session, external_id: str) -> bool:
        return binding.bind_account(
            session,
            member_id=zhang,
            space="sim",
            external_id=external_id,
            how="roster",
            now=world.now,
        )

    with world.database.writing() as session:
        assert [bind(session, name) for name in ("ZhangSan", "zhangsan", "other")] == [
            True,
            False,
            True,
        ]
