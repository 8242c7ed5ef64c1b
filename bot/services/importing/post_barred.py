"""Whose rights are suspended is given no post, by whatever sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.domain.posts import CannotAppoint, check_fit
from bot.domain.rights import Role
from bot.services import roll
from bot.services.importing.ledger import Problems


@dataclass(frozen=True, slots=True)
class Given:
    """A post that a row gives to somebody on record."""

    line: int
    member_id: MemberId
    name: str
    unit: str
    role: Role


def check(
    session: Session, given: Sequence[Given], on: date, problems: Problems, column: str
) -> None:
    """Note posts given to who is suspended, lost or barred from voting on a day.

    Whether somebody is a full member is not asked here: the same sheet may say so.

    Source:
        roll.posts
    """
    found = roll.standings(session, {one.member_id for one in given}, on)
    for one in given:
        stands = found[one.member_id]
        if not (stands.suspended or stands.lost or stands.vote_barred is not None):
            continue
        try:
            check_fit(one.name, one.unit, one.role, belongs=True, stands=stands)
        except CannotAppoint as refused:
            problems.add(one.line, column, refused.sentence)
