"""Something was studied (党课视频看完了, 学习强国学完了, 心得交了): one's own word is enough.

Example:
    赵六: 党课视频看完了
    » ✓ 赵六，3月党课已记补学。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.names import read_names
from bot.inbound.questions import Option, ask
from bot.inbound.replies import Reply, ToMember
from bot.inbound.scope import about_everybody, about_listener, elsewhere
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Utterance
from bot.inbound.vocabulary import words
from bot.inbound.whom import whom
from bot.services import studied
from bot.services.naming import Named
from bot.services.studied import Said, Studied, WhichSession

DONE = "✓ {name}，已登记学习：{title}{day}。打错了回复 撤销"
DONE_SO = "✓ {name}，学习已登记{day}。打错了回复 撤销"
LATER = "✓ {name}，{title}已记补学。打错了回复 撤销"
TWICE = "{name}的{title}{day}已经登记过了，不用再报。"
TWICE_LATER = "{name}的{title}已经记过补学了，不用再报。"
WHICH = "补的是哪一次？{choices}。回复数字就行。"
NONE_OF_THEM = "都不是，另外学的"
WRITE_WHICH = "{name}有几次会可以补学：{titles}。请写明是哪一次再发。"
TOLD = "{reporter}替您登记了学习：{title}。不是这样请回复 撤销"
OTHERS = "替别人登记学习，要请组织委员来。请告诉他：{names}学完了。"
_MINE = frozenset({Topic.STUDIED, Topic.STUDY, Topic.MEETING})


@dataclass(frozen=True, slots=True)
class StudyDoneSlots:
    """Something was studied.

    Attributes:
        title: What, in the words said; None where only that something was.
        day: The day of the study, or of the session made up for, or the first of a span; None
            for today.
        until: The last day of a span, inclusive.
        names: Those who studied, as written; empty for the sender.
        with_me: The sender studied besides `names`.
        explicit: A bare word that says itself that it is about studying (已学).
    """

    title: str | None = None
    day: date | None = None
    until: date | None = None
    names: tuple[str, ...] = ()
    with_me: bool = False
    explicit: bool = False


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

_BARE = words(
    """
    已学 已学完 已学习 学完了 学完啦 学习完了 学好了 都学完了 已经学完了 已补学 补学了 已经学了
    """
)
_UNCLEAR = words("看完了 已看 已看完 看过了 补完了 学习了 学了 听完了 已听 读完了 已读 完成了")
_ANSWERS = _BARE | _UNCLEAR
_PARTY = (
    r"强国|党[课史章规纪建校的]|微课|心得|学习体会|体会文章|思想汇报|补学|补课|主题教育|网上学习"
    r"|(?:二十|十[六七八九])[大届]|[一二三四五六七八]中全会|全会|两会|讲话|条例|准则|纲要"
    r"|读本|读[后书]笔?[感记]|观后感|专题片|警示|廉政|政治|理论|红色|先锋|远教|学时|课时"
    r"|学习(?!成绩|习惯|机|方法|氛围|委员|班|资料费)"
)
_PLAIN = r"《|视频|课件|精神|材料|资料|内容|文件|文章|课程|第.{1,3}[讲章课节篇集期]|笔记|任务"
_STRONG = re.compile(_PARTY)
_WEAK = re.compile(_PLAIN)
_VERB = (
    r"学习?|收看|观看|收听|阅?读|看|听|抄写|撰写|写|做|答|刷|补学?|修|背|抄|上交|提交|上传|交|发"
)
_DONE = re.compile(
    r"(?:(?<=心得)|(?<=体会)|(?<=后感)|(?<=笔记)|(?<=汇报))[^，]{0,6}(?:发|交|传)[给到][^，]{1,6}"
    rf"|(?:已经?|全部?|刚刚?|均|都)?(?:{_VERB})(?:完毕|完成|完|毕|[好齐满过到]了|了|啦)(?:了|啦)?"
    r"|补上了|(?:学|看|刷)[^，]{0,2}强国了"
    rf"|(?:已经?|刚刚?|均)(?:{_VERB}|完成)(?:了|啦|过)?"
    r"|完成|完毕|搞定|达标|打了?卡|打完卡|[刷拿]?满分|结业|\d{1,3}分"
)
_ON_APP = re.compile(r"打了?卡|打完卡|满分|\d分")
_APP = re.compile(r"强国|学习|答题|竞赛|测[试验]")
_TAIL = re.compile(
    r"(?:[了啦咯喽哈啊呀哦噢嘿的~!！OKok✓\s]|打卡|报告一下|汇报一下|请(?:书记|组长|组织)?(?:查收"
    r"|登记|记一?下|核对|审阅|过目|知悉)|今[天日]|全部|一遍|两遍)*"
)
_NOT_DONE = re.compile(
    r"没|未(?!来)|不(?!错|忘)|快[要]?[学看听读写做完]|(?<!出)差|一半|一点|一部分|几页|正在|还[在要剩]|剩|马上"
    r"|即将|(?<![重主纪摘纲需])要(?!求|点|义)|要求|必须|应该|需|记得|别|[让叫]|督促|提醒|通知|组织(?!生活)"
    r"|请(?!.{0,3}(?:查收|登记|记|核|审|过目|知悉))|传达|开展|召开|集中|支部(?!的|工作条例)|大家|各位|同志们|全体"
    r"|(?<!其)[他她它]|(?<!给)[你您]|[我咱]们|谁|听说|据说|说|如果|假如|(?<!心)得(?!到)|就|(?<!刚)才|先(?![进锋])"
    r"|完后|[以之然]后|后(?=[交写去再])|以前|之前|再(?!次)|可以|(?<![职功])能(?!力)|(?<![思理感])想|打算|费"
    r"|钱(?=[交付转])|的(?:人|同志|请|举手|报|朋友)|(?<!方)向|值得|互相|为什么|讲[完了]|小区|到很|到半夜"
    r"|[明后]天|下周|下个?月|今晚"
)
_PARTYS = re.compile(r"党|强国|主题教育")
_CHILDREN = re.compile(r"孩子|娃|孙[子女]|闺女|儿子|女儿|作业")
_ITSELF = re.compile(r"学习(?:已?全?部?完|毕|打卡)|补学")
_THANKS = re.compile(r"(?:我|又|都)?学习?了[啊哈]?")
_ME_AND = re.compile(r"^我[和跟与同]@?")
_AND_ME = re.compile(r"[和跟与]我")
_FOR = re.compile(r"[帮替代给]@?")
_OF = re.compile(
    r"(?:同志)?[\s，:]*(?:的?(?=心得|学习|强国|党课|思想汇报|补学|补课|体会)|也|都|已|刚|把|完成|[学看补]完)"
)
_TRIMMED = re.compile(
    r"^[^，]{0,12}把(?=.)|^(?:我们?|本人|自己|的|把|也|都|今[天日]|昨[天日]|刚才|刚刚?|已经?|全部?|也|那个|这个|本周|上周|新|了"
    r"|[一二两三]?篇|上?报|[\s,，:、“”])+"
    r"|(?:的|了|我|也|都|已经?|全部?|刚刚?|今[天日]|昨[天日]|也|均|补|认真|完整|[\s,，:、“”])+$"
)
_EMPTY = words(
    "学习 学习任务 任务 今日学习 补学 补课 内容 学习内容 材料 资料 补学材料 学习材料 学习资料 补课材料"
)
_LONGEST = 24


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a study that is done; 已学 and 学完了 alone read `BARE`."""
    text = utterance.text
    if text in _ANSWERS:
        return [_alone(utterance)]
    if not utterance.topics & _MINE and not utterance.addressed:
        return []
    before: Clause | None = None
    for clause in utterance.clauses:
        if _may_tell(clause) and (done := _finished(clause, before, utterance.addressed)):
            return [_reading(utterance, clause, before, done)]
        before = clause
    return []


def _alone(utterance: Utterance) -> Reading:
    text = utterance.text
    asked = utterance.quoted_topics & _MINE
    explicit = text in _BARE
    strength = Strength.CLEAR if asked else Strength.BARE
    return Reading(StudyDoneSlots(explicit=explicit), strength, (0, len(text)))


def _may_tell(clause: Clause) -> bool:
    text = clause.text
    if not clause.stated or Topic.DUES in clause.topics or Topic.SIGNUP in clause.topics:
        return False
    if Topic.UNDO in clause.topics or _THANKS.fullmatch(text):  # a way to say thanks
        return False
    if _NOT_DONE.search(text):
        return False
    return not (_of_others(text) or about_listener(text) or about_everybody(text))


def _of_others(text: str) -> bool:
    """Tell whether it is another world's study; the Party's own words outweigh 单位 and 学校."""
    return elsewhere(text) and (not _PARTYS.search(text) or bool(_CHILDREN.search(text)))


def _finished(clause: Clause, before: Clause | None, addressed: bool) -> re.Match[str] | None:
    """Return what says that it is done, if the clause (or the one before it) says what."""
    text = clause.text
    done = None
    for found in _DONE.finditer(text):
        rest = text[found.end() :]
        if _TAIL.fullmatch(rest) or _STRONG.search(rest) or _WEAK.search(rest):
            done = found
            break
    whole = text if before is None else f"{before.text}，{text}"
    if done is None or (_ON_APP.search(done[0]) and not _APP.search(whole)):
        return None
    said = _says_what(text, done, addressed)
    told = before is not None and not said and _names_it(before, addressed)
    return done if said or told else None


def _says_what(text: str, done: re.Match[str], addressed: bool) -> bool:
    """Tell whether a clause says what was studied besides that it was (学习了 alone does not)."""
    rest = f"{text[: done.start()]}，{text[done.end() :]}"
    if _STRONG.search(rest) or (addressed and _WEAK.search(rest)):
        return True
    return bool(_ITSELF.match(done[0]) or _ITSELF.search(text))


def _names_it(before: Clause, addressed: bool) -> bool:
    """Tell whether a clause only says what (党课视频，已看完)."""
    text = before.text
    found = _STRONG.search(text) or (addressed and _WEAK.search(text))
    return bool(found) and before.stated and not _of_others(text) and not _NOT_DONE.search(text)


def _reading(
    utterance: Utterance, clause: Clause, before: Clause | None, done: re.Match[str]
) -> Reading:
    start = clause
    if before is not None and not _STRONG.search(clause.text) and _names_it(before, True):
        start = before
    names, with_me = _names(utterance, clause)
    title = _title(utterance, clause, done, names) or (
        _title(utterance, start, None, names) if start is not clause else None
    )
    around = utterance.stretch(utterance.about(Topic.STUDIED) or (clause,))
    day, until = utterance.days_in(around, past=True)
    slots = StudyDoneSlots(title, day, until, names, with_me)
    return Reading(slots, Strength.CLEAR, (start.start, clause.end))


def _names(utterance: Utterance, clause: Clause) -> tuple[tuple[str, ...], bool]:
    """Read who studied: 我和老伴都, 帮王大爷报一下, 老李的心得."""
    with_me = _ME_AND.match(clause.text)
    if with_me:
        return read_names(clause.text, with_me.end(), utterance.lexicon)[0], True
    for near in utterance.clauses:
        for match in _FOR.finditer(near.text):
            names, _ = read_names(near.text, match.end(), utterance.lexicon)
            if names:
                return names, False
        if near is clause:
            break
    names, end = read_names(clause.text, 0, utterance.lexicon)
    if not names or any(_STRONG.search(name) for name in names):
        return (), False
    and_me = _AND_ME.match(clause.text, end)
    return (names, bool(and_me)) if and_me or _OF.match(clause.text, end) else ((), False)


def _title(
    utterance: Utterance, clause: Clause, done: re.Match[str] | None, names: tuple[str, ...]
) -> str | None:
    """Return the words that say what was studied, without day, people and verb."""
    text = clause.text
    pieces = [text] if done is None else [text[: done.start()], text[done.end() :]]
    for piece in pieces:
        for span in utterance.past_dates:
            piece = piece.replace(utterance.text[span.start : span.end], "")
        for name in names:
            piece = piece.replace(name, "")
        piece = _TRIMMED.sub("", re.sub(r"我[和跟与同]|[帮替代给]", "", piece))
        if "强国" in piece:
            return "学习强国"
        if len(piece) > 1 and (_STRONG.search(piece) or _WEAK.search(piece)):
            return None if piece in _EMPTY else piece[:_LONGEST]
    return None


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
    template = LATER if done.new else TWICE_LATER
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
    return Fact(FactKind.PRESENCE, words)


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
