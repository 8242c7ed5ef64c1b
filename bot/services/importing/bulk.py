"""Many rows at once: one statement a kind of row, never one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.domain.rights import Actor
from bot.storage.insert import insert_rows
from bot.storage.models import AuditLine
from bot.storage.types import Base

_MOST = 5000  # bound values of one statement

Item = TypeVar("Item")
Row = Mapping[str, Any]


def chunks(items: Sequence[Item], size: int = _MOST) -> Iterator[Sequence[Item]]:
    """Yield items in pieces that fit into one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def add(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows; all have the same columns."""
    insert_rows(session, model, rows)


def add_numbered(
    session: Session, model: type[Base], key: InstrumentedAttribute[int], rows: Sequence[Row]
) -> list[int]:
    """Insert rows and return their ids, in the same order.

    Args:
        key: The primary key, called `id`.
    """
    if not rows:
        return []
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        # There is one writer and it is us; asking for each id would insert row by row.
        first = (connection.execute(select(func.max(key))).scalar() or 0) + 1
        ids = list(range(first, first + len(rows)))
        add(session, model, [{"id": each, **row} for each, row in zip(ids, rows, strict=True)])
        return ids
    statement = insert(model).returning(key, sort_by_parameter_order=True)
    return list(connection.execute(statement, [dict(row) for row in rows]).scalars())


def change(
    session: Session, model: type[Base], key: InstrumentedAttribute[int], rows: Sequence[Row]
) -> None:
    """Update rows by id; all rows carry `id_` and the same columns."""
    if not rows:
        return
    columns = [name for name in rows[0] if name != "id_"]
    statement = (
        update(model)
        .where(key == bindparam("id_"))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )
    bound = [{"id_": row["id_"], **{f"new_{name}": row[name] for name in columns}} for row in rows]
    session.connection().execute(statement, bound)


def audit_line(
    by: Actor,
    at: datetime,
    action: str,
    subject: str,
    before: Row | None = None,
    after: Row | None = None,
) -> dict[str, Any]:
    """Return a line of the audit trail, to be added with others of its import."""
    return {
        "at": at,
        "by_id": by.member_id,
        "how": by.how,
        "action": action,
        "subject": subject,
        "before": None if before is None else dict(before),
        "after": None if after is None else dict(after),
        "reason": "导入",
    }


def add_audit(session: Session, lines: Sequence[Row]) -> None:
    """Write lines of the audit trail."""
    add(session, AuditLine, lines)
