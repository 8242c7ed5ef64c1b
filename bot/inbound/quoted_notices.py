"""The bot's own notice of a meeting, replied to: it says which meeting a 来不了 is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.clock import day_of
from bot.inbound.spans.dates import find_dates
from bot.inbound.utterance import Utterance


@dataclass(frozen=True, slots=True)
class QuotedNotice:
    """What a notice that is replied to tells of its meeting."""

    title: str
    day: date | None


WILL_NOT = re.compile(
    r"(?:那天|那|我|俺|这次|这回|实在|可能)*(?:不来|不去|不参加|没空|没时间|没得空|不得空|不得闲|没功夫|来不得|不能来|不能去)(?:哈|啊|呀|哦|了|噢)*"
)
"""Says only under such a notice that somebody will be away."""
_ITS_ENDS = ("来不了请私聊我", "来不了回复 2")
_NOTICE = re.compile(
    r"【(?P<title>[^】]{2,24})】|\d{1,2}日[^，。]{0,12}\d{1,2}:\d\d\s?(?P<asked>[^，。【】]{2,24})，"
)


def find_quoted_notice(utterance: Utterance) -> QuotedNotice | None:
    """Return the bot's notice of a meeting that is replied to, in a group or in private."""
    quoted = utterance.raw_quoted or ""
    found = _NOTICE.search(quoted) if any(end in quoted for end in _ITS_ENDS) else None
    if found is None:
        return None
    today = day_of(utterance.now)
    days = [coming.value for coming, _ in find_dates(quoted, today, bare_days=True)]
    day = next((value for value in days if isinstance(value, date)), None)
    return QuotedNotice((found["title"] or found["asked"]).strip(), day)
