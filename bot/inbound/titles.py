"""What an activity is called, as said while joining it or leaving it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.inbound.utterance import Clause, Utterance

_SAID = (
    re.compile(r"报的(?P<title>[^，]{2,12}?)(?:给我|帮我|我)?(?:退|取消|不去|撤)"),
    re.compile(
        r"(?:报名|报个名|参加|退出|取消)(?:参加|去|了|一下)?[:\s]?(?P<title>[^，\s+]{2,20})$"
    ),
    re.compile(
        r"^(?P<title>[^，]{2,20}?)(?:那个|这个|那次|这次|的话)?(?:我们?|俺)(?:也|要|想|都"
        r"|俩|一定|可以|报名|\S和\S{2,4})*(?:去|参加|报|来|不)"
    ),
    re.compile(r"^(?P<title>[^，]{2,20}?)(?:报个?名|算我|加我|取消报名|去不了|参加不了)"),
    re.compile(
        r"^(?P<title>[^，]{0,12}(?:活动|服务|党课|党日|学习|培训|讲座|植树|参观|义诊|祭扫"
        r"|清扫|慰问|大会|会|班))$"
    ),
)
_TRIMMED = re.compile(
    r"^(?:的|那个|这个|我们?|要|想|去|参加|报名|上次|本次|这次|上午|下午|晚上|\s)+"
    r"|(?:的|那个|这个|吧|哈|啊|了|\d人|\+\d|报名|，|\s)+$"
)
_NO_TITLE = re.compile(
    r"^(?:的|活动|会|会议|这个|那个|人|我|他|她|家属|老伴|名|一个|一下|两个?|本次活动"
    r"|成功|了|吧)?$|^(?:取消|退出|撤销)|[帮替、:]|^[我带跟和都]|名[字额]|把我"
)


def find_title(utterance: Utterance, clauses: Sequence[Clause], names: Sequence[str]) -> str | None:
    """Return the words that name the activity, without dates, people and numbers."""
    for clause in clauses:
        text = _without_values(utterance, clause)
        for name in names:
            text = text.replace(name, "")
        for pattern in _SAID:
            match = pattern.search(text.strip())
            title = _TRIMMED.sub("", match["title"]) if match else ""
            if len(title) > 1 and not _NO_TITLE.search(title):
                return title
    return None


def _without_values(utterance: Utterance, clause: Clause) -> str:
    text = clause.text
    for span in (*utterance.dates, *utterance.times, *utterance.counts):
        if clause.start <= span.start and span.end <= clause.end:
            text = text.replace(utterance.text[span.start : span.end], "", 1)
    return text
