"""The annual report in the chat (年报 2017): figures and gaps in brief, a figure opened into rows.

Example:
    周海燕: 年报 2026
    » 春和街道2026年年报，数字算到3月12日（看是哪几条，回复 年报 2026 党课）：
    | 党课3次
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import Text, count, event, join, missing, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import reports, scopes
from bot.services.reads import Read
from bot.services.reports import reading
from bot.services.reports.reading import Brief, Opened

HEAD = "{unit}{year}年年报，数字算到{until}（看是哪几条，回复 年报 {year} {example}）："
NOTHING = "{unit}{year}年还没有可以写进年报的数。"
FIGURE = "{title}{value}"
GAPS = "还缺{n}处：\n{gaps}"
COPY = "已存第{seq}稿{settled}{changed}。"
SETTLED, CHANGED = "（定稿）", "，后来又有变动"
FETCH = "要Word文件，请管理员在服务器上运行：zhibu report annual --year {year} --unit {unit} -o 年报.docx"
OPENED = "{unit}{year}年{title}：{value}\n怎么算：{definition}"
ROWS = "{rows}"
MORE = "……还有{n}条，全部明细在 zhibu report annual --rows 写出的表格里"
_MOST_ROWS = 30
_FIRST_FIGURE = "党课"


@dataclass(frozen=True, slots=True)
class ReportSlots:
    """A question about the annual report.

    Attributes:
        year: None for this year.
        unit: As written; None for where the post is held.
        figure: Which figure to open, as written.
    """

    year: int | None = None
    unit: str | None = None
    figure: str = ""


EXAMPLES = ("年报 2017", "年报", "年报 2026 三支部", "2017年年报", "年报 2017 集中培训", "看年报")
SILENT = ("公司年报", "年报交了吗", "年报什么时候交", "写年报真累", "年报要不要盖章", "没有年报")

_ORDER = re.compile(
    r"(?:请?(?:看|查)(?:一下)?)?(?:(?P<before>20\d\d)年?的?)?(?:年报|年度报告|述职报告)"
    r"(?:[\s:，]*(?P<year>20\d\d)年?)?(?:[\s:，]+(?P<figure>[^\s，。？?！!]{1,16}))?"
)
_NOT_A_FIGURE = re.compile(r"[吗呢吧啊了]$|什么|怎么|谁|不|没|要")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 年报 with a year, a branch, a figure, said to the bot (`EXACT`)."""
    if not utterance.addressed:
        return []
    text, unit = split_unit(utterance.text)
    match = _ORDER.fullmatch(text.strip())
    if match is None:
        return []
    figure = match["figure"] or ""
    if _NOT_A_FIGURE.search(figure):
        return []
    year = match["before"] or match["year"]
    slots = ReportSlots(int(year) if year else None, unit, figure)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: ReportSlots, context: Context) -> Reply:
    """Tell the report in brief, or open one of its figures."""
    session, actor, now = context.session, context.actor, context.now
    context.member_id  # noqa: B018 - strangers are told how to bind first
    unit_id = scopes.unit_meant(session, actor, Action.VIEW_REPORT, slots.unit)
    year = slots.year or context.today.year
    name = scopes.name_of(session, unit_id)
    told = (Read(Seen.REPORT, unit_id),)
    if slots.figure:
        opened = reading.open_figure(session, unit_id, year, slots.figure, by=actor, now=now)
        return Reply(_opened_words(name, year, opened), reads=told)
    found = reading.brief(session, reports.REPORTS["annual"], unit_id, year, by=actor, now=now)
    return Reply(_brief_words(found), reads=told)


def _brief_words(found: Brief) -> Text:
    figures = found.draft.figures
    unit, year = event(figures.unit), figures.year
    told = [figure for figure in found.told if figure.value]
    if not told:
        head = say(NOTHING, unit=unit, year=year)
    else:
        example = next((f.title for f in told if f.title == _FIRST_FIGURE), told[0].title)
        head = say(HEAD, unit=unit, year=year, until=day_words(figures.until), example=example)
    lines: list[Text | str] = [head]
    if told:
        counted = [FIGURE.format(title=f.title, value=f.words) for f in told]
        lines.append(say("{figures}", figures=missing("；".join(counted))))
    gaps = found.draft.composed.gaps
    if gaps:
        listed = "\n".join(f"{n} {gap.words}" for n, gap in enumerate(gaps, start=1))
        lines.append(say(GAPS, n=count(len(gaps)), gaps=missing(listed)))
    if found.copy is not None:
        lines.append(
            COPY.format(
                seq=found.copy.seq,
                settled=SETTLED if found.copy.is_settled else "",
                changed=CHANGED if found.is_changed else "",
            )
        )
    lines.append(say(FETCH, year=year, unit=unit))
    return join(*lines)


def _opened_words(unit: str, year: int, opened: Opened) -> Text:
    figure = opened.figure
    head = say(
        OPENED,
        unit=event(unit),
        year=year,
        title=figure.title,
        value=missing(figure.words),
        definition=figure.definition,
    )
    rows = [
        f"{number} {' '.join(cell for cell in row if cell)}"
        for number, row in enumerate(opened.rows[:_MOST_ROWS], start=1)
    ]
    left = len(opened.rows) - _MOST_ROWS
    if left > 0:
        rows.append(MORE.format(n=left))
    return join(head, say(ROWS, rows=missing("\n".join(rows)))) if rows else head


INTENT = Intent(
    name="annual_report",
    title="看年报",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
