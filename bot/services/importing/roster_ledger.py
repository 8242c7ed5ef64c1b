"""Rows of the records that a roster adds or changes, gathered by table and written by set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.dues import Category
from bot.domain.members import fold
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.services.importing import bulk
from bot.services.importing.ledger import Source
from bot.services.importing.roster_rows import Entry
from bot.storage.models import Account, DuesAssessment, Member, Membership, Post

Row = dict[str, Any]
BY_ROSTER = "名册导入"


class RosterRows:
    """Gathers rows; nothing is in the database before `write`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._today = day_of(source.now)
        self._added: dict[type[Any], list[Row]] = defaultdict(list)
        self._changed: dict[type[Any], list[Row]] = defaultdict(list)
        self._audit: list[Row] = []

    def write(self, session: Session) -> None:
        """Write everything: what ends first, so that what begins finds its place free."""
        for model in (Membership, Member, Post, Account):
            for group in _alike(self._changed[model]):
                bulk.change(session, model, model.id, group)
        for added in (Membership, Post, Account, DuesAssessment):
            bulk.add(session, added, self._added[added])
        bulk.add_audit(session, self._audit)

    def change_member(self, member_id: int, values: Row) -> None:
        """Change what is on record of a person."""
        self._changed[Member].append({"id_": member_id, **values})

    def open_membership(
        self, member_id: int, unit_id: int, cell_id: int | None, since: date
    ) -> None:
        """Let somebody belong to a branch, and a cell of it, from a day on."""
        row = {"member_id": member_id, "unit_id": unit_id, "cell_id": cell_id}
        self._added[Membership].append({**row, "valid_from": since, "valid_to": None})

    def close_membership(self, membership_id: int) -> None:
        """Let a membership end today."""
        self._changed[Membership].append({"id_": membership_id, "valid_to": self._today})

    def open_post(self, member_id: int, unit_id: int, role: Role, since: date) -> None:
        """Give somebody a post from a day on."""
        row = {"member_id": member_id, "unit_id": unit_id, "role": role}
        self._added[Post].append({**row, "valid_from": since, "valid_to": None})

    def end_post(self, post_id: int) -> None:
        """Let a post end today."""
        self._changed[Post].append({"id_": post_id, "valid_to": self._today})

    def reopen_post(self, post_id: int) -> None:
        """Take back that a post ended."""
        self._changed[Post].append({"id_": post_id, "valid_to": None})

    def assess(self, member_id: int, entry: Entry, month: Month, seq: int) -> None:
        """Settle the monthly amount of a person from a month on."""
        self._added[DuesAssessment].append(
            {
                "member_id": member_id,
                "effective_month": month,
                "seq": seq,
                "monthly_fen": entry.monthly_fen,
                "category": entry.category or Category.OTHER,
                "reason": BY_ROSTER,
                "approved_by": self._source.by.member_id,
                "recorded_at": self._source.now,
            }
        )

    def bind(self, member_id: int, column: str, account: str) -> None:
        """Bind an account, where the space of its column is known."""
        space = self._source.spaces.get(column)
        if space is None:
            return
        self._added[Account].append(
            {
                "space": space,
                "external_id": account,
                "external_key": fold(account),
                "member_id": member_id,
                "bound_how": "roster",
                "bound_at": self._source.now,
                "consent_version": "",
                "unbound_at": None,
            }
        )

    def unbind(self, account_id: int) -> None:
        """Let go of an account."""
        self._changed[Account].append({"id_": account_id, "unbound_at": self._source.now})

    def audit(
        self,
        action: str,
        member_id: int,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Note what was done to whom."""
        source, subject = self._source, f"member:{member_id}"
        self._audit.append(bulk.audit_line(source.by, source.now, action, subject, before, after))


def _alike(rows: list[Row]) -> list[list[Row]]:
    """Return rows grouped by the columns they change: one statement takes one group."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(sorted(row))].append(row)
    return list(groups.values())
