"""Posts (职务): who may hold one, and for how long."""

from __future__ import annotations

from datetime import date, timedelta

from bot.domain import regulations
from bot.domain.errors import DomainError
from bot.domain.periods import months_after
from bot.domain.rights import ABOVE_ONLY, ROLE_NAMES, Role
from bot.domain.roll import ChangeKind, Standing
from bot.domain.wording import day_words

ONE_HOLDER = frozenset(
    {Role.SECRETARY, Role.ORGANISER, Role.PUBLICITY, Role.DISCIPLINE, Role.CELL_LEADER}
)
"""Posts that one person at a time holds in a unit."""
FURTHEST = timedelta(days=366)

_BARS = {
    "预备": "预备党员",
    "失联": "失联",
    "停止党籍": "停止党籍",
    "暂停表决权": "暂停表决权",
}


class CannotAppoint(DomainError):
    """An appointment that makes no sense."""


def check_days(on: date, until: date | None, today: date) -> None:
    """Refuse a day too far ahead, and a term that ends before it begins or lasts too long.

    The longest there is: the term of a community's committee, put off as far as is allowed.

    Raises:
        CannotAppoint

    Source:
        structure.term
    """
    if on > today + FURTHEST:
        raise CannotAppoint(f"{on.year}年{day_words(on)}离现在超过一年，请核对日期。")
    longest = sum(regulations.number(f"structure.term.{key}", on) for key in ("community", "shift"))
    if until is not None and not on < until <= months_after(on, longest):
        raise CannotAppoint(f"任期的最后一天要在任职之后、{longest // 12}年以内，请核对日期。")


def check_fit(name: str, unit: str, role: Role, *, belongs: bool, stands: Standing) -> None:
    """Refuse a post to somebody who cannot hold it.

    Posts of a branch or cell are for full members of that very unit whose rights nothing
    suspends; those of a street's officers, leaders and staff are open to who is on no roll, but not
    to who is suspended, lost or gone for good.

    Args:
        belongs: Whether he belongs on that day to the unit itself, or to one under a street or
            community.
        stands: Where he stands on that day.

    Raises:
        CannotAppoint: With what stands in the way.

    Source:
        roll.posts
    """
    if role in ABOVE_ONLY:
        away = stands.gone in (ChangeKind.DIED, ChangeKind.LEFT)
        if not (away or stands.suspended or stands.lost):
            return
    elif not belongs:
        raise CannotAppoint(f"{name}不在{unit}的名册里，不能担任{ROLE_NAMES[role]}。")
    elif stands.has_vote and not stands.lost:
        return
    why = "、".join(_BARS[note] for note in stands.notes if note in _BARS) or "已经离开"
    raise CannotAppoint(
        f"{name}在名册里是{why}，不能担任{ROLE_NAMES[role]}。请核对姓名，或先登记他的情况有变。"
    )
