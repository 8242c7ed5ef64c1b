"""A decision, read from what was written: its title, the totals, who was not in the room."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from bot.domain.cadence import find_kind
from bot.domain.decisions import Ballot
from bot.inbound.minutes import Which, find_which
from bot.inbound.names import read_names
from bot.inbound.numerals import SMALL, read_int
from bot.inbound.utterance import Utterance

_N = rf"\d{{1,4}}|[{SMALL}]{{1,4}}"
_COUNT = re.compile(
    rf"(?P<written>书面(?:意见)?的?)?(?P<what>不同意|赞成|同意|反对|弃权)(?:票|的)?\s?[:：]?\s?(?P<n>{_N})\s?(?:票|人|份|个)?"
)
_AWAY = re.compile(r"(?:不在场|没在场|离场|先走|早退|提前走|没赶上)(?:的|了|人员|:|：|\s)*")
_REASON = re.compile(r"(?:^|[\s，,])原因\s?[:：]?\s?(?P<reason>\S.*)$", re.DOTALL)
_VOTE = re.compile(
    r"(?:登记)?表决(?:结果)?\s?[:：]?\s(?P<rest>.+)|表决(?:结果)?[:：](?P<more>.+)", re.DOTALL
)
_ANNOUNCE = re.compile(
    r"(?:安排|拟|准备|要|会上要?|提请)表决(?:事项)?\s?[:：]?\s?(?P<rest>.+)", re.DOTALL
)
_MEETING = re.compile(r"(?:会|会议|党课|大会|党日|选举)$")
_QUESTION = re.compile(r"[吗？?]|怎么|谁|什么")


@dataclass(frozen=True, slots=True)
class VoteSlots:
    """A vote with its totals.

    Attributes:
        ballot: None where no totals were written.
        away: Who was not in the room at the vote, as written.
        at: The Shanghai wall time of the vote, where it was said.
    """

    which: Which
    title: str
    ballot: Ballot | None = None
    away: tuple[str, ...] = ()
    at: time | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AnnounceSlots:
    """Something a meeting is to vote on."""

    which: Which
    title: str


def find_vote(utterance: Utterance) -> VoteSlots | None:
    """Read `表决 接收张三为预备党员 赞成20 反对0 弃权1`; without totals only where said to the bot."""
    found = _VOTE.fullmatch(utterance.text)
    if found is None:
        return None
    rest = found["rest"] or found["more"]
    because = _REASON.search(rest)
    reason = because["reason"].strip() if because else ""
    rest = rest[: because.start()] if because else rest
    counts = list(_COUNT.finditer(rest))
    if not counts and (not utterance.addressed or _QUESTION.search(rest)):
        return None
    away, rest = _away(rest, utterance)
    counts = list(_COUNT.finditer(rest))
    head = rest[: counts[0].start()] if counts else rest
    tail = _COUNT.sub(" ", rest[counts[0].start() :]) if counts else ""
    which, title = _split(utterance, f"{head} {tail}")
    at = utterance.times[0].value if utterance.times else None
    return VoteSlots(
        which,
        title,
        _ballot(counts) if counts else None,
        away,
        at if isinstance(at, time) else None,
        reason,
    )


def find_announced(utterance: Utterance) -> AnnounceSlots | None:
    """Read `安排表决 接收张三为预备党员 党员大会`, said to the bot."""
    found = _ANNOUNCE.fullmatch(utterance.text)
    if found is None or not utterance.addressed or _QUESTION.search(found["rest"]):
        return None
    which, title = _split(utterance, found["rest"])
    return AnnounceSlots(which, title) if title else None


def _ballot(counts: list[re.Match[str]]) -> Ballot:
    total = dict.fromkeys(
        ("yes", "no", "abstain", "written_yes", "written_no", "written_abstain"), 0
    )
    kinds = {"赞成": "yes", "同意": "yes", "反对": "no", "不同意": "no", "弃权": "abstain"}
    for one in counts:
        name = kinds[one["what"]]
        total[f"written_{name}" if one["written"] else name] += read_int(one["n"]) or 0
    return Ballot(**total)


def _away(rest: str, utterance: Utterance) -> tuple[tuple[str, ...], str]:
    found = _AWAY.search(rest)
    if found is None:
        return (), rest
    names, end = read_names(rest, found.end(), utterance.lexicon)
    return names, f"{rest[: found.start()]} {rest[end:]}"


def _split(utterance: Utterance, words: str) -> tuple[Which, str]:
    """Return the meeting named among words, and the rest of them as the title."""
    for span in utterance.times:
        words = words.replace(utterance.text[span.start : span.end], " ")
    tokens = [token for token in re.split(r"[\s，；。]+", words) if token]
    kept: list[str] = []
    which = Which()
    for token in tokens:
        is_meeting = _MEETING.search(token) and find_kind(token) is not None
        is_day = any(utterance.text[s.start : s.end] == token for s in utterance.past_dates)
        named = find_which(utterance, token) if is_meeting or is_day else None
        if named is not None and len(tokens) > 1:
            which = Which(
                named.title or which.title, named.day or which.day, named.coming or which.coming
            )
        else:
            kept.append(token)
    return which, " ".join(kept).strip()
