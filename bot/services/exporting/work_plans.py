"""The ledger `work_plans` as rows: plans of leaders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from bot.services.exporting import register
from bot.services.exporting.register import Names
from bot.services.exporting.scope import Export, Request, Rows
from bot.storage.models import WorkPlan


def rows(session: Session, request: Request) -> Rows:
    """Yield the plans."""
    return register.rows(
        session,
        request,
        WorkPlan,
        lambda row: (row.member_id,),
        lambda row: (f"unit:{row.unit_id}",),
        _cells,
    )


def _cells(row: Any, names: Names) -> tuple[str, Sequence[Any]]:
    unit = names.parties[f"unit:{row.unit_id}"]
    return unit.path, (names.people[row.member_id], unit.name, row.year, row.words)


EXPORT = Export(rows, dated=False, shows=())
