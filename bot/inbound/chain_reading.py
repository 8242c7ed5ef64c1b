"""A pasted chain against what is open and who is on the roll, kept in its ledger."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.domain.attendance import LeaveKind, classify_leave
from bot.domain.chain_topics import Said, Target, hear
from bot.domain.chains import About, Chain, Entry, NoteKind
from bot.domain.periods import Month
from bot.inbound.context import Context
from bot.inbound.normalise import plain
from bot.inbound.spans.dates import find_dates
from bot.inbound.spans.months import find_months
from bot.services import chain_lines, chain_own, chain_targets, chains
from bot.services.chain_lines import Extra
from bot.services.chain_pastes import Kept

_OVERDUE = re.compile(r"补|欠|漏")
_NO_REASON = re.compile(
    r"[（(）)]|请.{0,1}假|[来去到]不了|参加不了|不(?:来|去|参加)了?|不能(?:来|去|参加|到)|[，:：。\s]+"
)


def hear_title(chain: Chain, today: date) -> Said:
    """Return what a chain says of itself, with the days its title names."""
    title = plain(chain.title)
    days: set[date] = set()
    for coming, past in find_dates(title, today, bare_days=True):
        for value in (coming.value, past.value):
            days.update(value if isinstance(value, tuple) else (value,))
    return hear(replace(chain, title=title), sorted(days))


def list_targets(said: Said, chain: Chain, context: Context) -> list[Target]:
    """Return everything open that the chain may be about."""
    months = _months(plain(chain.title), context.today)
    targets = chain_targets.list_targets(
        context.session, by=context.actor, now=context.now, months=months
    )
    if said.topics == {About.LEAVE}:
        return [chain_targets.as_leave(t) for t in targets if t.about is About.ATTENDANCE]
    return targets


_EACH = re.compile(
    r"(?:每个?人|每位|人均|一人)(?:的?党费|[交缴]|各|都|是|:|\s)*(?P<yuan>\d{1,4}(?:\.\d{1,2})?)\s?(?:元|块|¥)"
    r"|(?<!\d)(?P<per>\d{1,4}(?:\.\d{1,2})?)\s?(?:元|块)?/人"
)
_BY_MONTH = re.compile(r"每个?月|一个月|/月")


def by_title(chain: Chain) -> tuple[Entry, ...]:
    """Return the lines of a chain that says what each pays: whoever writes another sum is asked.

    A line without a sum pays what the title says, not what somebody else was assessed at.
    """
    said = {match["yuan"] or match["per"] for match in _EACH.finditer(plain(chain.title))}
    if len(said) != 1 or _BY_MONTH.search(chain.title):
        return chain.entries
    fen = int(Decimal(said.pop()) * 100)
    return tuple(_measured(entry, fen) for entry in chain.entries)


def _measured(entry: Entry, fen: int) -> Entry:
    if entry.kind not in (NoteKind.PLAIN, NoteKind.PAID) or entry.is_doubtful or entry.count > 1:
        return entry
    if entry.amount_fen is None:
        return replace(entry, amount_fen=fen)
    return entry if entry.amount_fen == fen else replace(entry, is_doubtful=True)


def keep_paste(chain: Chain, target: Target | None, context: Context) -> Kept:
    """Read the lines against the roll and write the paste down."""
    session = context.session
    paying = target is None or target.about is About.DUES
    entries = by_title(chain) if paying else chain.entries
    roll, members = chain_lines.load_roll(
        session, context.branch_id, context.today, context.actor.member_id
    )
    chain_id = chains.chain_for(
        session, branch_id=context.branch_id, chain=chain, target=target, at=context.now
    )
    lines = chain_lines.read_lines(
        entries,
        [_extra(entry, target, context.today) for entry in entries],
        roll,
        chain_lines.load_choices(session, chain_id),
        {person.id: person.phone_tail for person in members},
    )
    return chains.keep(
        session,
        chain_id=chain_id,
        lines=lines,
        by=context.actor,
        inbound_id=context.inbound_id,
        at=context.now,
        is_cut=chain.is_cut,
    )


def own_reason(kept: Kept, chain: Chain, context: Context) -> str:
    """Return the words behind the writer's own name, as a leave would be given a reason."""
    line = chain_own.own_line(kept, context.actor)
    if line is None:
        return ""
    note = next((e.note for e in chain.entries if e.name == line.name), "")
    return _NO_REASON.sub("", note)


def _months(text: str, today: date) -> list[Month]:
    past = bool(_OVERDUE.search(text))
    spans = find_months(text, today, past=past, bare_days=False)
    return sorted({month for span in spans for month in span.value})  # type: ignore[attr-defined]  # find_months yields tuples of months


def _extra(entry: Entry, target: Target | None, today: date) -> Extra:
    paying = target is None or target.about is About.DUES
    months = tuple(map(str, _months(entry.note, today))) if paying and entry.note else ()
    if entry.kind in (NoteKind.PLAIN, NoteKind.PAID):
        return Extra(months)
    kind, _ = classify_leave(entry.note)
    known = kind is not LeaveKind.OTHER or entry.kind is NoteKind.LEAVE
    return Extra(months, kind.value if known else "")
