"""The ledger `remittances` as rows: what every branch handed up, remittance by remittance."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.reads import Seen
from bot.services.exporting.dues import yuan_cell
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import DuesRemittance, Unit

_AT_ONCE = 1000


def rows(session: Session, request: Request) -> Rows:
    """Yield the remittances of the days asked for, branch by branch."""
    units = session.execute(select(Unit.id, Unit.name, Unit.path))
    names = {unit.id: unit.name for unit in units if request.reaches(unit.path)}
    query = select(DuesRemittance).order_by(
        DuesRemittance.unit_id, DuesRemittance.year, DuesRemittance.seq
    )
    query = request.of_days(query, DuesRemittance.at)
    found = session.scalars(query, execution_options={"yield_per": _AT_ONCE})
    for part in found.partitions():
        labels = labels_of(session, {one.by_id for one in part})
        for one in part:
            if one.unit_id in names:
                yield (
                    names[one.unit_id],
                    f"{one.year}年第{one.seq}次",
                    "" if one.up_to_month is None else str(one.up_to_month),
                    "上交中央的自愿多交" if one.to_centre else "支部党费",
                    one.people,
                    one.entries,
                    yuan_cell(one.total_fen),
                    labels[one.by_id],
                    moment_words(one.at),
                )


EXPORT = Export(rows, dated=True, shows=(Seen.DUES,))
