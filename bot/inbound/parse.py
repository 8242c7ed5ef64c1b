"""Corpus lines through the recognisers: `zhibu parse`, without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, time
from functools import cache
from typing import Any

from bot.clock import SHANGHAI
from bot.domain.periods import Month
from bot.inbound.intents import Intent, Match, Strength, choose
from bot.inbound.parts import matches_of
from bot.inbound.read import read
from bot.inbound.utterance import EMPTY, Utterance
from bot.inbound.values import read_value

CORPUS_INTENTS = frozenset(
    (
        "checkin",
        "checkin_proxy",
        "leave",
        "dues_paid",
        "dues_query",
        "signup",
        "signup_cancel",
        "study_done",
        "roster_chain",
        "my_status",
        "meeting_query",
        "help",
        "undo",
        "bind_identity",
        "notice_send",
        "event_create",
        "meeting_record",
        "remind_unpaid",
        "stats_query",
        "receipt_ack",
    )
)
_READ_AS = {"dues_extra": "dues_paid"}
"""Intents of ours for which the corpus page has a wider one."""
_CORPUS_NAMES = {
    "name": "names",
    "amount_fen": "amount",
    "day": "date",
    "at": "time",
    "body": "title",
}
_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # a year either way, counting must not run out of dates
_NOT_SLOTS = frozenset(
    (
        *("until", "days", "not_on", "explicit", "with_me", "chain", "asked", "whose", "each_fen"),
        *("heads", "right_months", "wrong_months", "shares", "quoted", "doubt", "doubted_fen"),
        *("goes_on", "by_them", "borrowed", "month", "above"),
    )
)
_NOON = datetime(2026, 1, 1, 12, tzinfo=SHANGHAI)


def parse_line(line: Mapping[str, Any], intents: Sequence[Intent]) -> dict[str, Any]:
    """Read one line of a corpus: a message gives its intents, a line with `kind` its value.

    Args:
        line: `text`, and `now`, `chat`, `mentioned` of a message or `kind`, `span`,
            `reference_time` of a value; what is missing or odd takes a default.
        intents: Those to ask; only those of the corpus page appear in the result.
    """
    text = _plain(line.get("text"))
    if "kind" in line:
        now = _moment(line.get("reference_time"))
        return {"value": read_value(_plain(line["kind"]), _plain(line.get("span")) or text, now)}
    private = line.get("chat") == "private"
    utterance = read(
        text,
        quoted=None,
        private=private,
        addressed=bool(line.get("mentioned")),
        now=_moment(line.get("now")),
        lexicon=EMPTY,
    )
    found = understand(utterance, intents)
    return {"intents": [action for match in found for action in _actions(match)]}


def understand(utterance: Utterance, intents: Sequence[Intent]) -> list[Match]:
    """Return the actions of an utterance when nothing is known of open prompts.

    Bare words are left out, except where they say themselves what they answer (收到).
    """
    matches = [
        match
        for match in matches_of(utterance, _of_corpus(intents))
        if match.reading.strength > Strength.BARE or getattr(match.reading.slots, "explicit", False)
    ]
    chosen, tied = choose(matches)
    return chosen or tied[:1]


_asked: tuple[Sequence[Intent], tuple[Intent, ...]] = ((), ())


def _of_corpus(intents: Sequence[Intent]) -> tuple[Intent, ...]:
    """Return those of the corpus page, sought out once for the same intents."""
    global _asked
    if _asked[0] is not intents:
        _asked = intents, tuple(one for one in intents if _corpus_name(one) in CORPUS_INTENTS)
    return _asked[1]


def _corpus_name(intent: Intent) -> str:
    return _READ_AS.get(intent.name, intent.name)


def _actions(match: Match) -> Iterator[dict[str, Any]]:
    """Yield what a reading does: of a list of payers one action each, of what is asked first none."""
    slots = match.reading.slots
    if getattr(slots, "doubt", None) is not None:
        return
    action = {"intent": _corpus_name(match.intent), **dict(_slots(slots))}
    shares = getattr(slots, "shares", ())
    if not shares:
        yield action
    for name, fen in shares:
        yield {**action, "names": [name], "amount": _word("amount_fen", fen)}


def _slots(slots: Any) -> Iterator[tuple[str, Any]]:
    until = getattr(slots, "until", None)
    kind: Any = type(slots)
    for name in _slot_names(kind):
        value = getattr(slots, name)
        if value is False or value in (None, (), ""):
            continue
        word = _word(name, value)
        if name == "day" and until:
            word = f"{word}/{until}"
        yield _CORPUS_NAMES.get(name, name), word


@cache
def _slot_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in _NOT_SLOTS)


def _word(name: str, value: object) -> Any:
    if name == "name":
        return [value]
    if name == "amount_fen" and isinstance(value, int):
        return f"{value // 100}.{value % 100:02}".rstrip("0").rstrip(".")
    if isinstance(value, tuple):
        return [str(part) for part in value]
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, (date, Month)):
        return str(value)
    return value if isinstance(value, (int, str)) else str(getattr(value, "name", value)).lower()


def _plain(value: object) -> str:
    """Return a field as text that can be written again: half a surrogate pair cannot."""
    return str(value or "").encode("utf-8", "replace").decode()


def _moment(text: object) -> datetime:
    """Return a moment, aware; one that is none, or out of all reason, is taken as the default."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return _NOON
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return _NOON
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
