"""Plans of leaders: one a community and year, written by the leader himself (亲自)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.contacts import ContactKind
from bot.domain.errors import NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.open_items import check_words
from bot.domain.rights import Action, Actor
from bot.services import contacts, undo
from bot.services.contacts import Standing
from bot.storage.insert import insert_once
from bot.storage.models import Member, Unit, WorkPlan

STEM = "work_plans"
MAX_WORDS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """A leader's plan as it stands; `own` where he has handed it in himself."""

    member_id: MemberId
    member: str
    unit_id: UnitId
    unit: str
    year: int
    words: str
    own: bool


def hand_in(
    session: Session, words: str, place: str | None, *, by: Actor, on: date, now: datetime
) -> Plan:
    """Write down a plan for the year of a day, for a community its leader looks after.

    Somebody who keeps the roll there may hand it in for him; that is kept as not 亲自.

    Args:
        place: The community, as written; None for the only one.

    Raises:
        NotFound: Nobody looks after it, or several are looked after and none was named.
        Forbidden, UnfitLine, TooPrivate, SensitiveNumber

    Source:
        contacts.plans
    """
    assert by.member_id is not None
    kept = check_words(words)
    line = _line(session, place, by, on)
    if line.who.id != by.member_id:
        rights.require(by, Action.MANAGE_ROLL, line.whom.path)
    digest = hashlib.sha256(kept.encode()).hexdigest()[:16]
    made = insert_once(
        session,
        WorkPlan,
        {
            "key": plan_key(line.who.id, line.whom.id, on.year, digest),
            "member_id": line.who.id,
            "unit_id": line.whom.id,
            "year": on.year,
            "words": kept,
            "by_id": by.member_id,
            "at": now,
            "revoked_at": None,
        },
    )
    if made is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"plan": made},
            title=f"{line.whom.name}的工作计划",
            at=now,
        )
    return Plan(
        MemberId(line.who.id),
        line.who.name,
        UnitId(line.whom.id),
        line.whom.name,
        on.year,
        kept,
        line.who.id == by.member_id,
    )


def plan_key(member_id: int, unit_id: int, year: int, digest: str) -> str:
    """Return what makes a plan single."""
    return f"{member_id}:{unit_id}:{year}:{digest}"


def _line(session: Session, place: str | None, by: Actor, on: date) -> Standing:
    lines = contacts.list_standing(session, [ContactKind.LEADER], on)
    if place is not None:
        lines = [line for line in lines if place in line.whom.name]
    own = [line for line in lines if line.who.id == by.member_id]
    lines = own or lines if place is not None else own
    if len(lines) != 1:
        names = "、".join(line.whom.name for line in lines)
        which = f"您包的有：{names}。" if names else "没有登记谁包这个社区。"
        raise NotFound(f"{which}请写明社区，例如：交计划 西后街 每月走访一次，办好漏雨的事")
    return lines[0]


def undo_plan(session: Session, inverse: Mapping[str, Any], _by: Actor, now: datetime) -> None:
    """Take a plan back (its inverse)."""
    contacts.revoke(session, WorkPlan, inverse["plan"], now)


def list_of_year(session: Session, year: int) -> list[Plan]:
    """Return the plans of a year; of several for one community the newest."""
    rows = session.execute(
        select(WorkPlan, Member.name, Unit.name)
        .join(Member, Member.id == WorkPlan.member_id)
        .join(Unit, Unit.id == WorkPlan.unit_id)
        .where(WorkPlan.year == year, WorkPlan.revoked_at.is_(None))
        .order_by(WorkPlan.id)
    ).all()
    newest: dict[tuple[int, int], Plan] = {}
    for plan, member, unit in rows:
        newest[plan.member_id, plan.unit_id] = Plan(
            MemberId(plan.member_id),
            member,
            UnitId(plan.unit_id),
            unit,
            plan.year,
            plan.words,
            plan.by_id == plan.member_id,
        )
    return list(newest.values())


def list_missing(session: Session, on: date) -> list[Standing]:
    """Return which leaders owe a plan for which community, of the year of a day."""
    done = {(plan.member_id, plan.unit_id) for plan in list_of_year(session, on.year)}
    lines = contacts.list_standing(session, [ContactKind.LEADER], on)
    return [line for line in lines if (line.who.id, line.whom.id) not in done]


def handed_in(session: Session, asked: Collection[tuple[int, int, int]]) -> set[Any]:
    """Return which of some (member, unit, year) have a plan."""
    years = {year for _, _, year in asked}
    rows = session.execute(
        select(WorkPlan.member_id, WorkPlan.unit_id, WorkPlan.year).where(
            WorkPlan.year.in_(years), WorkPlan.revoked_at.is_(None)
        )
    )
    return {tuple(row) for row in rows} & set(asked)
