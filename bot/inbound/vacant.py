"""What is said when a post that answers for a unit stays empty: who answers from then on."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import ROLE_NAMES
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.replies import ToMember
from bot.services.vacancies import Vacancy

EMPTY = "{unit}{role}{day}起空缺，新任到任以前由{who}负责。"
NOBODY = "{unit}{role}{day}起空缺，现在没有人负责，请告诉街道党务专干。"
YOU_ANSWER = "{unit}{role}{day}起空缺，新任到任以前由您负责。要看能办什么，回复 帮助"
FOR_ABOVE = "{unit}{role}{day}起空缺，新任到任以前由{who}负责。请安排人选。"


def empty_words(found: Sequence[Vacancy], context: Context) -> str:
    """Return the sentences on posts left empty; "" where there are none."""
    return "".join(
        (EMPTY if vacancy.answers else NOBODY).format(**_words(vacancy, context))
        for vacancy in found
    )


def tell(found: Sequence[Vacancy], key: str, context: Context) -> tuple[ToMember, ...]:
    """Return what those hear who answer from now on, and those above; not the writer himself."""
    sent: list[ToMember] = []
    for number, vacancy in enumerate(found):
        words = {k: _roll(v) for k, v in _words(vacancy, context).items()}
        for holder, template in ((vacancy.answers, YOU_ANSWER), (vacancy.above, FOR_ABOVE)):
            if holder is not None and holder.id != context.actor.member_id:
                named = f"vacant:{key}:{number}:{holder.id}"
                sent.append(ToMember(holder.id, say(template, **words), named))
    return tuple(sent)


def _words(vacancy: Vacancy, context: Context) -> dict[str, str]:
    on, who = vacancy.on, vacancy.answers
    day = day_words(on) if on.year == context.today.year else f"{on.year}年{day_words(on)}"
    return {
        "unit": vacancy.unit,
        "role": ROLE_NAMES[vacancy.role],
        "day": day,
        "who": f"{ROLE_NAMES[who.role]}{who.name}" if who else "",
    }


def _roll(words: str) -> Fact:
    return Fact(FactKind.ROLL, words)
