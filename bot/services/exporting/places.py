"""The ledger `places` as rows: courtyards, buildings, households (codes) and enterprises."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.contacts import PLACE_NAMES
from bot.services.exporting import register
from bot.services.exporting.register import Names
from bot.services.exporting.scope import Export, Request, Rows
from bot.storage.models import Place


def rows(session: Session, request: Request) -> Rows:
    """Yield the places that are looked after."""
    return register.rows(session, request, Place, lambda _row: (), _keys, _cells)


def _keys(row: Any) -> Collection[str]:
    org = () if row.org_id is None else (f"unit:{row.org_id}",)
    return (f"unit:{row.unit_id}", *org)


def _cells(row: Any, names: Names) -> tuple[str, Sequence[Any]]:
    unit = names.parties[f"unit:{row.unit_id}"]
    org = names.parties[f"unit:{row.org_id}"].name if row.org_id is not None else ""
    return unit.path, (
        unit.name,
        PLACE_NAMES[row.kind],
        row.name,
        "是" if row.unmanaged else "",
        row.body,
        org,
        row.full_members,
        row.valid_from,
        row.valid_to,
    )


EXPORT = Export(rows, dated=False, shows=())
