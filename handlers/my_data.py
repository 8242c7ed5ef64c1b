"""Everything that is kept of oneself (导出我的数据), and who has looked at it (谁看过我的).

Example:
    张三: 谁看过我的
    » 最近一年看过您的记录的：
    | 组织委员：党费2次（最近3月12日 10:05）
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.privacy import Fact, FactKind, say, writer
from bot.domain.reads import Seen
from bot.domain.rights import ROLE_NAMES
from bot.domain.wording import moment_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, ToMember
from bot.inbound.utterance import Utterance
from bot.services import people, reads
from bot.services.about_member import rows
from bot.services.reads import Look

SUMMARY = "台账里关于您的记录共{n}条：{parts}。{how}"
ARRANGED = "已告诉{role}{name}，请他把整份表格导出来交给您本人。"
ASK_OFFICER = "要整份表格，请找街道党务专干，导出后交给您本人。"
TOLD = (
    "{name}要一份关于自己的全部记录。请联系街道党务专干，在电脑上运行 "
    "zhibu export member {number} -o 本人.xlsx，当面交给本人。"
)
SEEN = "最近一年看过您的记录的：\n{lines}\n只写职务和次数，不写看到的内容。有疑问请找街道党务专干。"
LINE = "{role}：{what}（最近{at}）"
TIMES = "{what}{n}次"
NOBODY = "最近一年没有人看过您的记录。"
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OwnDataSlots:
    """Everything about the writer is asked for."""


@dataclass(frozen=True, slots=True)
class SeenSlots:
    """Who has looked at the writer's records is asked for."""


DATA_EXAMPLES = ("导出我的数据", "导出我的全部记录", "我要我的全部数据")
DATA_SILENT = ("导出名单", "我的数据流量用完了", "导出党费台账", "怎么导出我的照片")
SEEN_EXAMPLES = ("谁看过我的", "谁看过我的记录", "谁查过我的党费")
SEEN_SILENT = ("谁看过我的书", "谁看过这个电影", "谁看过通知", "谁没看通知")

_DATA = re.compile(
    r"(?:请|麻烦|帮我)?(?:导出|下载|我要)(?:一份|一下)?我(?:自己)?的(?:全部|所有|个人)?(?:的)?(?:数据|记录|个人信息)"
)
_SEEN = re.compile(
    r"(?:都有?|有)?谁(?:都)?[看查](?:过|了|看过)我的"
    r"(?:全部|个人)?(?:记录|信息|资料|数据|党费|出勤|请假|台账|情况)?"
)


def recognise_data(utterance: Utterance) -> list[Reading]:
    """Recognise 导出我的数据 (`EXACT`)."""
    return _whole(_DATA, utterance, OwnDataSlots())


def recognise_seen(utterance: Utterance) -> list[Reading]:
    """Recognise 谁看过我的 (`EXACT`)."""
    return _whole(_SEEN, utterance, SeenSlots())


def _whole(pattern: re.Pattern[str], utterance: Utterance, slots: object) -> list[Reading]:
    text = utterance.text.rstrip("？吗呢")
    if not pattern.fullmatch(text):
        return []
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle_data(_slots: OwnDataSlots, context: Context) -> Reply:
    """Count what is kept of the writer, and let the organiser know that a copy is wanted."""
    session, member = context.session, context.member_id
    told = [each for each in rows.list_about(session, member) if each.rows]
    parts = "、".join(f"{each.title}{len(each.rows)}" for each in told)
    number = sum(len(each.rows) for each in told)
    holder = people.find_organiser(session, context.branch_id, context.today, but=member)
    send: tuple[ToMember, ...] = ()
    how = ASK_OFFICER
    if holder is not None:
        how = ARRANGED.format(role=ROLE_NAMES[holder.role], name=holder.name)
        text = say(TOLD, name=writer(context.actor.name), number=Fact(FactKind.ROLL, str(member)))
        send = (ToMember(holder.id, text, f"own_data:{member}:{context.today}"),)
    words = Fact(FactKind.ROLL, SUMMARY.format(n=number, parts=parts, how=how))
    return Reply(say("{words}", words=words), send=send)


def handle_seen(_slots: SeenSlots, context: Context) -> Reply:
    """Tell by post who has looked at the writer's records, and how often."""
    first = context.today - _YEAR
    looks = reads.list_about(context.session, context.member_id, first, context.today)
    words = SEEN.format(lines="\n".join(_lines(looks))) if looks else NOBODY
    return Reply(say("{words}", words=Fact(FactKind.SEEN, words)))


def _lines(looks: Sequence[Look]) -> list[str]:
    """Return a line for every post, the latest reader first."""
    lines = []
    for role in dict.fromkeys(look.role for look in looks):
        own = [look for look in looks if look.role == role]
        times: Counter[Seen] = Counter(look.what for look in own)
        what = "、".join(TIMES.format(what=kind.value, n=n) for kind, n in times.items())
        lines.append(LINE.format(role=role, what=what, at=moment_words(own[0].at)))
    return lines


OWN_DATA = Intent(
    name="own_data",
    title="要自己的全部记录",
    recognise=recognise_data,
    handle=handle_data,
    examples=DATA_EXAMPLES,
    silent=DATA_SILENT,
)
WHO_SAW = Intent(
    name="who_saw",
    title="问谁看过自己的记录",
    recognise=recognise_seen,
    handle=handle_seen,
    examples=SEEN_EXAMPLES,
    silent=SEEN_SILENT,
)
