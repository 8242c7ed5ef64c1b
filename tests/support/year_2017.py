"""The street of 2017 in a database of its own, for tests of reports."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import insert

from bot.clock import at
from bot.demo import year_2017
from bot.domain.units import UnitForm, UnitKind
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import Unit

AFTER: datetime = at(date(2018, 1, 10), 12)
STREET = "春和街道（虚构）"


def prepare(url: str) -> None:
    """Load the year into an empty database."""
    opened = Database(url)
    schema.upgrade(opened)
    with opened.writing() as session:
        session.execute(
            insert(Unit).values(
                name=STREET,
                kind=UnitKind.STREET,
                form=UnitForm.ORDINARY,
                path="/1/",
                live_from=date(2018, 1, 1),
                valid_from=date(2018, 1, 1),
            )
        )
        year_2017.load(session)
    opened.close()
