"""The year 2017 of the demonstration: the raw events that the founding report can be written from.

Twelve branches with 471 members at the end of the year, as they were before the communities were
drawn anew on 1 January 2018. Every number of the report follows from rows written here; none is
written down. All people are fictional.
"""

from __future__ import annotations

from datetime import date
from random import Random

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.demo.year_2017 import dues, meetings, people, street
from bot.demo.year_2017.people import Town
from bot.domain.ids import UnitId
from bot.domain.units import UnitKind
from bot.storage.models import Unit

YEAR = 2017
FIRST = date(YEAR, 1, 1)
OVER = date(YEAR + 1, 1, 1)
_SEED = 2017

__all__ = ["FIRST", "OVER", "YEAR", "Town", "load"]


def load(session: Session) -> Town:
    """Write the year under the street that is there; the same rows every time."""
    street_id = UnitId(session.scalars(select(Unit.id).where(Unit.kind == UnitKind.STREET)).one())
    session.execute(update(Unit).where(Unit.id == street_id).values(valid_from=FIRST))
    random = Random(_SEED)  # noqa: S311 - the same people every time
    town = people.settle(session, street_id, random)
    street.hold(session, town, random)
    meetings.hold(session, town, random)
    dues.pay(session, town, random)
    return town
