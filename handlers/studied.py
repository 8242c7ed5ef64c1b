"""Something was studied (党课视频看完了, 学习强国学完了, 心得交了): one's own word is enough.

Example:
    赵六: 党课视频看完了
    » ✓ 赵六，3月党课已记补学。打错了回复 撤销
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.domain.errors import Forbidden
from bot.domain.ids import MeetingId
from bot.domain.privacy import Fact, FactKind, join, named, say, writer
from bot.domain.prompts import MAX_CHOICES
from bot.domain.rights import Action
from bot.domain.studied import ANYTHING
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Waiting
from bot.inbound.questions import Option, ask
from bot.inbound.replies import Reply, ToMember
from bot.inbound.studies import find_studies
from bot.inbound.study_slots import StudyDoneSlots
from bot.inbound.utterance import Utterance
from bot.inbound.whom import whom
from bot.services import studied
from bot.services.naming import Named
from bot.services.studied import Said, Studied, WhichSession

DONE = "✓ {name}，已登记学习：{title}{day}。打错了回复 撤销"
DONE_SO = "✓ {name}，学习已登记{day}。打错了回复 撤销"
LATER = "✓ {name}，{title}已记补学。打错了回复 撤销"
SAID = "✓ {name}，{title}的补学已记下，等组织委员核对。打错了回复 撤销"
TWICE = "{name}的{title}{day}已经登记过了，不用再报。"
TWICE_LATER = "{name}的{title}已经记过补学了，不用再报。"
WHICH = "补的是哪一次？{choices}。回复数字就行。"
NONE_OF_THEM = "都不是，另外学的"
WRITE_WHICH = "{name}有几次会可以补学：{titles}。请写明是哪一次再发。"
TOLD = "{reporter}替您登记了学习：{title}。不是这样请回复 撤销"
OTHERS = "替别人登记学习，要请组织委员来。请告诉他：{names}学完了。"


EXAMPLES = (
    "党课视频看完了",
    "学习强国学完了",
    "心得交了",
    "学习任务完成了",
    "昨天的党课补学完了",
    "已学",
)
SILENT = (
    "党课视频还没看完",
    "学习强国学完了吗",
    "孩子的作业写完了",
    "晚上再学",
    "学完了再交心得",
    "补课费交了",
    "请大家看完党课视频",
    "驾照理论学完了",
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a study that is done; 已学 and 学完了 alone read `BARE`."""
    return find_studies(utterance)


def handle(slots: StudyDoneSlots, context: Context) -> Reply:
    """Record the writer's own study, or that of others for an organiser."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    said = Said(slots.title, slots.day, slots.until, slots.explicit)
    others = tuple(name for name in slots.names if name != context.actor.name)
    if not others:
        return _record(said, context)
    return _record_all({**_stored(said), "names": list(others), "with_me": slots.with_me}, context)


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Record what was asked about: the session, or the person, chosen."""
    if "names" in option:
        return _record_all(option, context)
    chosen = option["meeting_id"]
    return _record(
        _loaded(option),
        context,
        meeting_id=None if chosen is None else MeetingId(chosen),
        of_its_own=chosen is None,
    )


def _record_all(kept: Mapping[str, Any], context: Context) -> Reply:
    """Record others' study, once it is clear who each of them is."""
    said = _loaded(kept)
    own = _record(said, context) if kept["with_me"] and "written" not in kept else None
    try:
        people = whom(
            context,
            "study_done",
            kept["names"],
            kept,
            action=Action.RECORD_ATTENDANCE,
            own_branch=False,
        )
    except Forbidden:
        people = Reply(say(OTHERS, names=named("、".join(kept["names"]))))
    if isinstance(people, Reply):
        return _all_of([own, people] if own else [people])
    return _all_of([*([own] if own else []), *(_record(said, context, of=p) for p in people)])


def _all_of(replies: Sequence[Reply]) -> Reply:
    """Return one reply; what it says of several people is for the writer alone."""
    texts = [answer.text for answer in replies if answer.text is not None]
    return Reply(join(*texts), send=tuple(post for answer in replies for post in answer.send))


def _record(
    said: Said,
    context: Context,
    *,
    of: Named | None = None,
    meeting_id: MeetingId | None = None,
    of_its_own: bool = False,
) -> Reply:
    try:
        done = studied.record(
            context.session,
            by=context.actor,
            said=said,
            said_at=context.now,
            now=context.arrived_at,
            member=of.as_actor if of else None,
            meeting_id=meeting_id,
            of_its_own=of_its_own,
        )
    except WhichSession as several:
        if of is not None:
            titles = "、".join(meeting.title for meeting in several.choices)
            return Reply(say(WRITE_WHICH, name=_own(of.name), titles=_own(titles)))
        return _ask_session(several, said, context)
    return _told(done, of, context)


def _told(done: Studied, of: Named | None, context: Context) -> Reply:
    name = of.name if of else context.actor.name
    template = (LATER if done.checked else SAID) if done.new else TWICE_LATER
    if done.day is not None:
        said = DONE_SO if done.title == ANYTHING else DONE
        template = said if done.new else TWICE
    on = f"（{day_words(done.day)}）" if done.day and done.day != context.today else ""
    text = say(template, name=_own(name), title=_own(done.title), day=on)
    if not done.new:
        return Reply(text)
    if of is not None and of.id != context.member_id:
        return Reply(text, send=(_to_subject(done, of, context),))
    in_group = say(DONE_SO, name=writer(name), day="")
    return Reply(text, in_group=in_group, also_private=done.day is None)


def _to_subject(done: Studied, of: Named, context: Context) -> ToMember:
    text = say(TOLD, reporter=context.actor.name, title=_own(done.title))
    return ToMember(of.id, text, f"studied:{context.inbound_id}:{of.id}")


def _ask_session(several: WhichSession, said: Said, context: Context) -> Reply:
    kept = _stored(said)
    options: list[Option] = [
        (f"{meeting.title}（{meeting.when}）", {**kept, "meeting_id": meeting.id})
        for meeting in several.choices[1 - MAX_CHOICES :]
    ]
    options.append((NONE_OF_THEM, {**kept, "meeting_id": None}))
    choices = "，".join(f"{number} {label}" for number, (label, _) in enumerate(options, start=1))
    return ask(context, "study_done", "{choices}", options, say(WHICH, choices=_own(choices)))


def _stored(said: Said) -> dict[str, Any]:
    return {
        "title": said.title,
        "day": said.day and said.day.isoformat(),
        "until": said.until and said.until.isoformat(),
        "bare": said.bare,
    }


def _loaded(kept: Mapping[str, Any]) -> Said:
    day, until = (date.fromisoformat(kept[name]) if kept[name] else None for name in _DAYS)
    return Said(kept["title"], day, until, kept["bare"])


_DAYS = ("day", "until")


def _own(words: str) -> Fact:
    return Fact(FactKind.STUDY, words)


def _is_open(context: Context) -> Waiting:
    missed, made_up = studied.list_sessions(context.session, context.actor, context.now)
    # Who says it again reads that it is on record; a group is not bothered with that.
    waiting = missed or (made_up and context.private)
    return Waiting.OPEN if waiting else Waiting.NOTHING


INTENT = Intent(
    name="study_done",
    title="登记学习",
    recognise=recognise,
    handle=handle,
    waits=_is_open,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
)
