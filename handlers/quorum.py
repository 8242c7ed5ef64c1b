"""Whether a meeting is going to reach its quorum, or has it (法定人数 党员大会).

Before check-in opens that goes by what people have answered, from then on by who is there.

Example:
    李建国: 法定人数 党员大会
    » 3月支部党员大会（3月12日（周四）10:00 社区二楼）：应到有表决权23人，到会要半数以上（12人）。按答复算：已答应9，请假4，未答10，还差3。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.decisions import NEED_WORDS
from bot.domain.meetings import Forecast
from bot.domain.privacy import Text, count, event, join, missing, say
from bot.domain.reads import Seen
from bot.domain.rights import Action, holds
from bot.domain.wording import names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.minutes import Which, find_which
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import minutes, people, quorum, quorum_live
from bot.services.reads import Read

DUE = "{title}（{when}）：应到有表决权{due}人，到会要{need}（{needed}人）。"
ANSWERS = "按答复算：已答应{there}，请假{leave}，未答{missing}，{rest}。"
ROOM = "按签到算：在场{there}，请假{leave}，没到{missing}，{rest}。"
SHORT, ENOUGH = "还差{n}", "够了"
OUT_OF_REACH = "请假的人多，没答的都来也不够，请考虑改期：改期 {title} 3月20日 10:00"
VOTES = "会上要表决：{titles}"
UNANSWERED = "没答复的{n}人：{names}"
MISSING = "没到的{n}人：{names}"
NOBODY = "{title}没有有表决权的人，算不出到会要求。请先核对名册。"

EXAMPLES = ("法定人数 党员大会", "法定人数", "党员大会人数够不够", "到会要求 3月12日党员大会")
SILENT = ("人数够了就开", "大家看看人数够吗", "法定节假日放假吗", "到会的人够多的了")

_ASKED = re.compile(
    r"(?:法定人数|到会要求|到会人数要求)(?:够不够|够吗|够了吗)?[ :：]?(?P<rest>.{0,24}?)[？?]?"
    r"|(?P<named>.{2,20}?)(?:的)?(?:法定人数|到会人数|人数)(?:够不够|够了?吗|还差几个?人?|还差多少人?)[？?]?"
)


@dataclass(frozen=True, slots=True)
class QuorumSlots:
    """A question about the quorum of a meeting."""

    which: Which


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a question about the quorum of a meeting that is named, or of the next one."""
    found = _ASKED.fullmatch(utterance.text)
    if found is None:
        return []
    which = find_which(utterance, found["rest"] or found["named"] or "")
    if which is None or (found["named"] and which.title is None):
        return []
    return [Reading(QuorumSlots(which), Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: QuorumSlots, context: Context) -> Reply:
    """Tell how many voters are still missing, by answers or by who is there; their names only privately, to who keeps the roll."""
    meeting = minutes.find_meeting(
        context.session,
        title=slots.which.title,
        days=slots.which.days,
        by=context.actor,
        now=context.now,
        action=Action.VIEW_LISTS,
        coming=True,
        running=True,
        voting=True,
    )
    (outlook,) = quorum.outlooks(context.session, [meeting])
    if not outlook.forecast.due:
        return Reply(say(NOBODY, title=event(meeting.title)))
    live = quorum_live.has_opened(meeting, context.now)
    room = quorum_live.in_room(context.session, outlook, context.now) if live else None
    ahead = room.forecast if room else outlook.forecast
    missing_persons = room.missing if room else outlook.unanswered
    text = say(
        DUE + (ROOM if room else ANSWERS),
        title=event(meeting.title),
        when=event(meeting.when),
        due=count(ahead.due),
        need=NEED_WORDS[outlook.decision],
        needed=count(ahead.needed),
        there=count(ahead.promised),
        leave=count(ahead.on_leave),
        missing=count(len(missing_persons)),
        rest=_rest(ahead),
    )
    lines: list[Text | str] = [text]
    if outlook.titles:
        lines.append(say(VOTES, titles=event("；".join(outlook.titles))))
    if not ahead.is_reachable and not live:
        lines.append(say(OUT_OF_REACH, title=event(meeting.short_title)))
    aloud = join(*lines)
    named = False
    if ahead.short and missing_persons and holds(context.actor, Action.RECORD_ATTENDANCE):
        called = people.tell_apart(missing_persons)
        names = names_words([called[person.id] for person in missing_persons], limit=None)
        words = MISSING if room else UNANSWERED
        lines.append(say(words, n=count(len(missing_persons)), names=missing(names)))
        named = True
    seen = (Read(Seen.ATTENDANCE, meeting.unit_id),) if named else ()
    return Reply(join(*lines), in_group=aloud, also_private=named, reads=seen)


def _rest(ahead: Forecast) -> str:
    return SHORT.format(n=ahead.short) if ahead.short else ENOUGH


INTENT = Intent(
    name="quorum_query",
    title="问到会人数够不够",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
