"""How a branch is told of its dues (党费公示): counts and totals, nobody's name, nobody's amount."""

from __future__ import annotations

from bot.domain.money import yuan
from bot.domain.periods import months_between
from bot.domain.privacy import Text, count, say
from bot.domain.wording import month_ranges
from bot.services.dues_publication import Statement, Stretch

HEAD = "【党费公示】{unit}{year}年{months}"
LINE = "{months}：应交{expected}人，交齐{full}人{total}"
TOTAL = "，合计{amount}元"
NOT_TOLD = "，合计不公布（人数少，不报合计）"
WHOLE = "总计：应交{expected}人，交齐{full}人{total}"


def statement_text(statement: Statement) -> Text:
    """Return what is told, as everybody may read it."""
    whole = statement.whole
    year = whole.first.year
    months = month_ranges(months_between(whole.first, whole.last), year)
    lines = [say(HEAD, unit=statement.unit, year=year, months=months)]
    lines += [_line(LINE, part, year) for part in statement.parts if part.expected]
    lines.append(_line(WHOLE if statement.parts else LINE, whole, year))
    return Text("\n".join(line.words for line in lines), sum((x.facts for x in lines), ()))


def _line(template: str, part: Stretch, year: int) -> Text:
    total = "" if part.by_count else NOT_TOLD
    if part.total_fen is not None:
        total = TOTAL.format(amount=yuan(part.total_fen))
    return say(
        template,
        months=month_ranges(months_between(part.first, part.last), year),
        expected=count(part.expected),
        full=count(part.full),
        total=total,
    )
