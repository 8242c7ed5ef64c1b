"""Which months a notice of dues is about that is replied to: 转了十五 under 请交10月党费."""

from __future__ import annotations

import re
from typing import cast

from bot.clock import day_of
from bot.domain.periods import Month
from bot.inbound.spans.months import find_months
from bot.inbound.topics import Topic
from bot.inbound.utterance import Span, Utterance

_OF_DUES = re.compile(r"(?:份|的|应[交缴])*党费")
_DUES = re.compile(r"党费[^，。]{0,3}$")
_WHEN = re.compile(r"份?[底末初前]|之前|以前|\d{1,2}[日号]|份?起|开始")
_BY_TODAY = frozenset("上下本这当大")
"""What a month begins with that is told by the day of the notice, which nobody knows."""


def months_quoted(utterance: Utterance) -> tuple[Month, ...]:
    """Return the months of the dues a quoted text is about; none where that is not plain."""
    quoted = utterance.quoted
    if quoted is None or Topic.DUES not in utterance.quoted_topics:
        return ()
    past = bool(re.search("补|欠", quoted))
    spans = [
        span
        for span in find_months(quoted, day_of(utterance.now), past=past, bare_days=True)
        if not _WHEN.match(quoted, span.end) and quoted[span.start] not in _BY_TODAY
    ]
    named = [span for span in spans if _is_of_dues(quoted, span)] or spans
    months = {month for span in named for month in cast("tuple[Month, ...]", span.value)}
    return tuple(sorted(months)) if len(named) == 1 else ()


def _is_of_dues(text: str, span: Span) -> bool:
    return bool(_OF_DUES.match(text, span.end) or _DUES.search(text[: span.start]))
