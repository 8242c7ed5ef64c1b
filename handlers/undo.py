"""Taking back what was recorded, and putting the own dues right (撤销, 更正).

Example:
    张三: 打错了，38
    » ✓ 已更正：3月党费38元（原来登记30元）。等组织委员核对后回执。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.dues_allocation import Allocated, Part
from bot.domain.ids import MeetingId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, event, named, say
from bot.domain.privacy import dues as private
from bot.domain.rights import ROLE_NAMES, Action, holds
from bot.domain.wording import month_ranges
from bot.inbound.amending import Values
from bot.inbound.context import Context
from bot.inbound.dues_corrected import corrected, parsed, what_of
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.names import NAME
from bot.inbound.offers import tell_promoted
from bot.inbound.patterns import one_of
from bot.inbound.persons import Said, Statement, comes_after_all, of_presence
from bot.inbound.questions import ask, close, find_question, finish, with_values
from bot.inbound.replies import Reply, ToMember, both, reply
from bot.inbound.scope import elsewhere, politely
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Span, Utterance
from bot.inbound.whom import whom
from bot.services import (
    attendance,
    chains,
    dues,
    dues_claim_corrections,
    dues_claims,
    people,
    study,
    undo,
)
from bot.services.attendance import CHECKIN, LEAVE, WhichMeeting
from bot.services.dues_claim_corrections import CORRECTED as CORRECTED_CLAIM
from bot.services.dues_claims import DECLARED, AlreadyConfirmed, WhichClaim
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView
from bot.services.undo import NothingToUndo, Undone

DONE = "✓ 已撤销{title}。"
AGAIN = "✓ 已撤销{title}。请重新发一次正确的，例如 党费 3月 30"
RESTORED = "✓ 已撤销{title}，恢复原来的登记。回复 我的党费 可以看。"
CLAIM_BACK = "✓ 已撤销{what}的登记。要重新登记请发 党费 3月 30 这样的一句。"
LEAVE_BACK = "✓ 已撤销{title}的请假，等您来。"
NOT_YET = "{day}的没有另记。要请那天的假请发：请假 {day} 原因"
HOW_MUCH = "您登记的是{what}。对的金额直接写就行，比如30元；整笔不算请回复 撤销党费 {months}"
WHICH_CLAIM = "您有几笔在等核对：{choices}。要撤销哪一笔，回复数字就行。"
WHICH_LEAVE = "您请了几个会的假：{choices}。要取消哪一个，回复数字就行。"
ORGANISER_TOLD = "{what}已经核对，要由{role}{name}来更正，我已转告。"
NOBODY_TO_TELL = "{what}已经核对，要由组织委员来更正，请直接告诉他。"
TO_ORGANISER = (
    "{name}说{what}登记得不对{right}。已核对的是{amount}元。"
    "请问清楚；要改请回复：更正 {name} {month}党费 {set} 原因"
)
RIGHT = "，应是{amount}元"
OBJECTED = "✓ 已撤销别人替您办的：{title}。"
TOLD_REPORTER = "{name}撤销了您替他办的：{title}。"
CORRECT_THEIRS = "撤销只管您自己报的。{name}的要改，请写：更正 {name} 会议名 缺席 原因，或者 更正 {name} 3月党费 15 原因"
ASK_THEM = "撤销只管您自己报的。{name}的请本人回复 撤销，或者告诉组织委员更正。"
NOT_WRITTEN = "好的，刚才那条没有记。请重新写一次，例如：党费 3月 30"
TOLD_SUBJECT = "{reporter}撤销了替您办的：{title}。"


@dataclass(frozen=True, slots=True)
class UndoSlots:
    """The sender takes back an earlier message.

    Attributes:
        topic: What it is about (取消签到: CHECKIN, 请假不算了: LEAVE, DUES), None for the latest.
        amount_fen: The right amount in fen, when the sender corrects one (打错了，38).
        right_fen: The same, where the dues are named and so state it as well (党费写错了，是105).
        wrong_fen: The amount that was wrong (不是300).
        monthly: The right amount is that of each month (每月15).
        months: The months of dues named.
        day: The day of the meeting named.
        alone: 撤销 without a word more, which also finds what is older than ten minutes.
        corrects: 更正 without a word more: not taken back, but asked for the right amount.
        right_day: The day that was meant instead (说错了是周四).
        whose: Somebody named, whose record it is (王五签到签错了).
    """

    topic: Topic | None = None
    amount_fen: int | None = None
    right_fen: int | None = None
    wrong_fen: int | None = None
    monthly: bool | None = None
    months: tuple[Month, ...] = ()
    day: date | None = None
    alone: bool | None = None
    corrects: bool | None = None
    whose: str | None = None
    right_day: date | None = None


UNDO, DUES_PAID = "undo", "dues_paid"

EXAMPLES = (
    "撤销",
    "撤回",
    "刚才打错了",
    "刚才那条发错了，不算",
    "取消签到",
    "请假不算了",
    "打错了，38",
    "更正：30不是300",
    "更正 3月 38",
    "撤销党费 3月",
    "党费写错了，是105不是150",
    "更正",
)
SILENT = (
    "更正：会议改到三楼",
    "取消报名",
    "怎么撤销",
    "不能撤销吗",
    "没打错",
    "做错题了",
    "我错了",
)

_TAKES_BACK = one_of(
    r"撤[销回]|作废(?!的)|手误|误触|手[快抖](?!点)|(?<!别)(?:弄|搞|看|记|签|点|按|登|算|说)[混岔反错]了|不作准|作不得数|别[算记作](?:数|了|上|$)|(?:^|[请烦])(?:忽略|无视)(?:掉|一下)?(?:$|上|刚|前|[那这]条)|搞重复|重复(?:签|报|发|记|登|提交)|[签报记发登]重(?:复)?了|[乱误](?:按|点|碰|发)的|(?:那|上|前)(?:一?条|个).{0,6}(?:删|撤|去掉|抹)"
    r"|(?:请|麻烦|给我|帮我)?(?:纠正|改正)一?下|以.{1,8}为准|取消我?.{0,4}请的?假|假就?不请了|更正|(?:打|发|写|说|填|搞|弄|点|按|记|输|签|登)错|不算[了数]?(?:$"
    r"|，|吧|啊|哈)|不作数|当我没(?:说|发|签)|收回"
    r"|取消(?:掉|一下|了)?(?:刚才|刚刚|我|的|上一条|今天)*(?:签到|请假|打卡|补签|登记"
    r"|记录)|(?:签到|请假|打卡|补签|登记|请的假)(?:给我|帮我|的|先|请|麻烦|我)*(?:取消"
    r"|作废|不算|撤|删)"
    r"|(?:删|撤|去)掉?我?(?:刚才|刚刚)?(?:刚刚|才)?(?:建|发|报|登记|录)的|(?:删|去)(?:掉|除|了)?(?:刚才|刚刚|上一条|上条|前面)|(?:上一?条|刚才|刚刚"
    r"|前面)[^，]{0,6}(?:删|取消|不算|不对|有误|误发|错)|(?:金额|钱数|数额)(?:写|填|报|弄|搞)?(?:错|不对|有误)|[把将][^，]{0,6}(?:党费|金额)改[成为]|误发|手滑|[销消]个?假|假(?:也|就|都|已经?|给我|帮我|先|请|麻烦)*[销消](?:了|掉|吧|一下|$)"
)
_SLIPS = re.compile(r"(?:打|发|写|说|填|搞|弄|点|按|记|输)错|误发|手滑|收回")
_TIED = re.compile(
    r"刚才|刚刚|上一?条|上面|前面|当我没|不算|作废|撤|更正|是\s?\d|应该?是|签到|请假|党费|金额|不是"
)
_NOT_UNDO = re.compile(
    r"(?:照片|图片?|视频|表情|链接|文件|语音|红包)[^，]{0,4}(?:撤|删|发错)|肯定是|错[价话]|撤回(?:干嘛|什么|了?一条)|口头|规定|要写|撤销(?:处分|职务|案|资格|决定|党内|了?对)|没(?:有)?[打发写说填搞弄点按记]错|不(?:能|会|要|用|可以|让)撤|(?:你|他|她|谁|老师"
    r"|公司)[^，]{0,4}[错撤]|撤(?:退|离|资|军|诉|职)|如何|怎"
)
_SIGNUP = re.compile(r"报.{0,1}名|名额|名字")
_ALONE = re.compile(r"(?:我要|我想|要|想)?更正(?:一下|党费|金额)?")
_BACK_ALONE = re.compile(r"(?:我要|我想|请|帮我|给我|麻烦)*撤[销回](?:一下|掉|了|吧|下)?")
_OTHER_NEWS = re.compile(r"更正")
_OWN = re.compile(
    r"刚才|刚刚|上一?条|前面|上面|[打发写说填搞弄点按记输签登]错|签到|请假|党费|金额|我|不算|作废|撤"
)
_CORRECTS = re.compile(r"更正|错|改成|改为|应该?是|不对")
_ONLY_BACK = re.compile(r"^(?!.*(?:错|更正|改成|改为|应该?是|不是)).*(?:撤[销回]|作废|取消|不算)")
_MONTHLY = re.compile(r"每个?月|一个月|各")
_RIGHT = re.compile(r"(?:应该?是|改成|改为|是|为|更正[:：\s]*|错了[，\s:]*)\s?$")
_WRONG = re.compile(r"(?:不是|写成了?|打成了?|而非)\s?$")
_TOPICS = (
    (re.compile(r"签|打卡|报到"), Topic.CHECKIN),
    (re.compile(r"假"), Topic.LEAVE),
    (re.compile(r"党费|金额|元|块"), Topic.DUES),
    (re.compile(r"学习|学时"), Topic.STUDY),
)
_KINDS = {Topic.CHECKIN: (CHECKIN, "签到"), Topic.STUDY: ("study_done", "学习登记")}


_LETTERS = re.compile(r"[^，]{0,3}[打写]错别?字(?:了|啦)?")
_THEIRS = re.compile(rf"(?:把)?(?P<name>{NAME})(?:同志)?的?(?:签到|请假|考勤|党费|报名)")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a retraction or correction."""
    if not utterance.clauses or utterance.to_others or _LETTERS.fullmatch(utterance.text):
        return []
    for clause in utterance.clauses:
        if _is_undo(clause, sent=_SENT.search(utterance.text) is not None):
            return _readings(utterance, clause)
    return []


def _is_undo(clause: Clause, *, sent: bool) -> bool:
    """Tell whether a clause takes something back; 撤了 alone does where a message was `sent`."""
    text = clause.text
    takes_back = _TAKES_BACK.search(text) or (sent and _BACK.fullmatch(text))
    if not takes_back or _NOT_UNDO.search(text) or elsewhere(text):
        return False
    if clause.mood is Mood.QUESTION and not politely(text):
        return False
    return not (_SIGNUP.search(text) and not re.search(r"[打发写说填]错", text))


def _readings(utterance: Utterance, clause: Clause) -> list[Reading]:
    text = utterance.text
    slots = _slots(utterance, clause)
    if _is_news(text, slots) or (not slots.whose and _told_of_others(utterance)):
        return []  # 搞错了，王五到了: of whom anything was wrong cannot be told
    slip = _SLIPS.search(clause.text) and not (_TIED.search(text) or slots.amount_fen)
    unsure = slip and not utterance.addressed
    if unsure and len(text) > 8:
        return []
    strength = Strength.BARE if unsure else Strength.CLEAR
    # A correction that names the dues states them anew: that part is read by the dues intent.
    match = _TAKES_BACK.search(clause.text)
    start, end = clause.start, clause.end
    if match and Topic.DUES in clause.topics:
        start, end = start + match.start(), start + match.end()
    if slots.topic is Topic.LEAVE and comes_after_all(utterance):
        start, end = 0, 1  # before the check-in
    states = slots.right_fen is not None or bool(_ONLY_BACK.search(text))
    covers = frozenset({DUES_PAID}) if states else frozenset[str]()
    return [Reading(slots, strength, (start, end), covers)]


def _is_news(text: str, slots: UndoSlots) -> bool:
    """Tell a correction of something else (更正：会议改到三楼) from one of the own record."""
    own = slots.corrects or slots.amount_fen is not None or _OWN.search(text)
    return bool(_OTHER_NEWS.search(text)) and not own


def _anew(text: str, clause: Clause) -> int:
    """Return where what is taken back ends: what is said anew (重新说：请假两天) is another thing."""
    return clause.end if _ANEW.search(text, clause.end) else len(text)


_BACK = re.compile(r"(?:请|麻烦|快|帮我|给我|先)*撤(?:一下|[了掉下吧])*")
_SENT = one_of(r"刚才|刚刚|上一?条|[那这]条|发[错早重串了出]|签[早错重]|报[早错重]|登记")
_WHEN_SAID = re.compile(r"(?:[上下]午|早上|中午|晚上|刚才?|我|\s)*[请发打报说签登]的")
"""今天请的假 tells when it was asked, not of which day."""
_ANEW = re.compile(r"重新|改[成为]|我是")


def _slots(utterance: Utterance, clause: Clause) -> UndoSlots:
    text = utterance.text
    named = Topic.DUES in utterance.topics
    until = _anew(text, clause)
    right, wrong = _amounts(utterance)
    day, instead = _day(utterance, until)
    return UndoSlots(
        topic=next((topic for pattern, topic in _TOPICS if pattern.search(text[:until])), None),
        amount_fen=None if named else right,
        right_fen=right if named else None,
        wrong_fen=wrong,
        monthly=True if right is not None and _MONTHLY.search(text) else None,
        months=_months(utterance),
        day=None if instead else day,
        right_day=day if instead else None,
        alone=True if _BACK_ALONE.fullmatch(text) else None,
        corrects=True if _ALONE.fullmatch(text) else None,
        whose=_whose(utterance),
    )


def _day(utterance: Utterance, until: int) -> tuple[date | None, bool]:
    """Return the day of the meeting meant, and whether it is the right one instead (说错了是周四)."""
    text = utterance.text
    for span in utterance.dates:
        told = _WHEN_SAID.match(text, span.end)
        if isinstance(span.value, date) and span.end <= until and not told:
            instead = "错" in text and _INSTEAD.search(text, 0, span.start)
            if instead and "假" in text[span.end :]:
                return None, False  # asked anew in the same message
            return span.value, bool(instead)
    return None, False


_INSTEAD = re.compile(r"(?<!不)(?:是|改[成为到])(?:下|这|本)?\s?$")


def _whose(utterance: Utterance) -> str | None:
    """Read whose record it is in 王五签到签错了 and 王五没到，我搞错了."""
    if theirs := _THEIRS.match(utterance.text):
        return theirs["name"]
    if Topic.LEAVE in utterance.topics or "假" in utterance.text:
        return None  # 王五没来，假不请了: whose leave cannot be told
    away = [one for one in _told_of_others(utterance) if one.said is Said.MISSING]
    return next((name for one in away for name in one.names), None)


def _told_of_others(utterance: Utterance) -> list[Statement]:
    told = [one for c in utterance.clauses for one in of_presence(c, utterance.lexicon)]
    return [one for one in told if one.names]


def _months(utterance: Utterance) -> tuple[Month, ...]:
    return utterance.months_in(utterance.stretch(utterance.clauses))


def _amounts(utterance: Utterance) -> tuple[int | None, int | None]:
    """Return the right and the wrong amount: 打错了，38 and 是150 不是15.

    Where several are said to be right, none is taken.
    """
    text = utterance.text
    right: list[int] = []
    wrong: list[int] = []
    plain: list[int] = []
    for span in _spans(utterance):
        before = text[max(0, span.start - 8) : span.start]
        value = span.value
        if not isinstance(value, int):
            continue
        kind = wrong if _WRONG.search(before) else right if _RIGHT.search(before) else plain
        kind.append(value)
    if _ONLY_BACK.search(text):
        return None, _first([*wrong, *plain, *right])
    if not right and len(plain) == 1 and _CORRECTS.search(text):
        right = plain
    return _first(right) if len(right) == 1 else None, _first(wrong)


def _first(amounts: Sequence[int]) -> int | None:
    return amounts[0] if amounts else None


def _spans(utterance: Utterance) -> Sequence[Span]:
    """Return the amounts of money, or the numbers that stand alone and are nothing else."""
    if utterance.money:
        return utterance.money
    text = utterance.text.replace(":", " ")  # 更正:30 is no time of day
    taken = (*utterance.months, *utterance.times, *utterance.counts, *utterance.years)
    return [
        span
        for span in find_bare_amounts(text, 0, len(text))
        if not any(span.start < other.end and other.start < span.end for other in taken)
    ]


def handle(slots: UndoSlots, context: Context) -> Reply:
    """Take back the writer's own last action, that of the kind named, or put the dues right."""
    context.member_id  # noqa: B018 - strangers have nothing to take back
    if slots.whose and slots.whose != context.actor.name:
        if slots.topic in (None, Topic.CHECKIN, Topic.LEAVE):
            return _take_back_of({"names": [slots.whose]}, context)
        if not _did_for_others(context):
            return _not_theirs(slots.whose, context)
    right_fen = slots.amount_fen if slots.right_fen is None else slots.right_fen
    try:
        asked = None if right_fen is None else find_question(context)
        if asked is not None:
            return finish(
                asked, with_values(asked.payload, Values(slots.months, right_fen)), context
            )
        if right_fen is not None:
            return _correct(slots, right_fen, context)
        if not (slots.months or slots.topic) and (open_still := find_question(context)):
            close(open_still, context)
            return reply(NOT_WRITTEN)
        if slots.corrects:
            return _ask_amount(context)
        if slots.topic is Topic.DUES or slots.months:
            return _take_back(context, months=slots.months)
    except AlreadyConfirmed as settled:
        return _pass_on(settled.parts, right_fen, context)
    if slots.topic is Topic.LEAVE:
        return _and_instead(_take_back_leave(slots.day, context), slots.right_day)
    if slots.right_day and slots.topic is None:
        return _take_back_leave_or_last(slots.right_day, context)
    what, called = _KINDS.get(slots.topic, ("", "")) if slots.topic else ("", "")
    return _take_back_last(context, what, called, also_older=bool(slots.alone))


def _take_back_leave_or_last(right_day: date, context: Context) -> Reply:
    undone = undo.undo_last(context.session, INVERSES, by=context.actor, now=context.now)
    answer = _undone(undone, context)
    of_leave = undone.stem == attendance.STEM and undone.title.endswith("请假")
    return _and_instead(answer, right_day) if of_leave and undone.objected_to is None else answer


def _and_instead(answer: Reply, right_day: date | None) -> Reply:
    """Say that for the right day nothing is asked yet, and how to ask it."""
    if right_day is None:
        return answer
    day = f"{right_day.month}月{right_day.day}日"
    return both(answer, Reply(say(NOT_YET, day=event(day))))


def _did_for_others(context: Context) -> bool:
    return any(
        undo.is_for_others(context.session, context.actor, context.now, stem)
        for stem in (attendance.STEM, dues.STEM, study.STEM)
    )


def _take_back_of(kept: Mapping[str, Any], context: Context) -> Reply:
    """Take back what the writer reported of another; the writer's own record is never meant."""
    found = whom(context, UNDO, kept["names"], kept, action=Action.RECORD_ATTENDANCE)
    if isinstance(found, Reply):
        return found
    person = found[0]
    if person.id == context.actor.member_id:
        return _take_back_last(context)
    try:
        undone = undo.undo_last(
            context.session,
            INVERSES,
            by=context.actor,
            now=context.now,
            subject_id=person.id,
        )
    except NothingToUndo:
        return _not_theirs(person.name, context)
    return _undone(undone, context)


def _not_theirs(name: str, context: Context) -> Reply:
    """Tell who may take back another member's record."""
    may = holds(context.actor, Action.RECORD_ATTENDANCE)
    return Reply(say(CORRECT_THEIRS if may else ASK_THEM, name=named(name)))


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Finish what a question was put about: which claim, which leave, which amount."""
    if "names" in option:
        return _take_back_of(option, context)
    if "meeting_id" in option:
        return _withdrawn(_withdraw(context, meeting_id=MeetingId(option["meeting_id"])))
    if "source" in option:
        return _take_back(context, source=option["source"])
    if "parts" not in option:
        return _put_right(option, context)
    claim = dues_claim_corrections.find_claim(context.session, context.member_id, option["lines"])
    done = dues_claim_corrections.replace_claim(
        context.session,
        claim,
        Allocated(parsed(option["parts"])),
        by=context.actor,
        now=context.now,
        said_in=str(context.inbound_id),
    )
    return corrected(done, context)


def _put_right(option: Mapping[str, Any], context: Context) -> Reply:
    """Put the declaration right that was shown, by the months or the amount answered."""
    claim = dues_claim_corrections.find_claim(context.session, context.member_id, option["lines"])
    result = dues_claim_corrections.restate(
        context.session,
        claim,
        months=[Month.parse(month) for month in option.get("said_months", ())] or claim.months,
        total_fen=option.get("said_fen", claim.total_fen),
        by=context.actor,
        now=context.now,
        said_in=str(context.inbound_id),
    )
    return corrected(result, context)


def _take_back_last(
    context: Context, what: str = "", called: str = "", *, also_older: bool = False
) -> Reply:
    """Take back the last action of ten minutes; where none is, the only claim that waits.

    Args:
        also_older: Nothing but 撤销 was said, so a claim of any age may be meant.
    """
    try:
        undone = undo.undo_last(
            context.session, INVERSES, by=context.actor, now=context.now, what=what, called=called
        )
    except NothingToUndo:
        if not also_older or not dues_claims.list_claims(context.session, context.member_id):
            raise
        return _take_back(context)
    return _undone(undone, context)


def _take_back(
    context: Context, *, months: Sequence[Month] = (), source: str | None = None
) -> Reply:
    try:
        claim = dues_claims.take_back(
            context.session, by=context.actor, now=context.now, months=months, source=source
        )
    except WhichClaim as several:
        options = [
            (what_of(claim.parts, context), {"source": claim.source}) for claim in several.choices
        ]
        labels = "，".join(f"{n} {label}" for n, (label, _) in enumerate(options, start=1))
        text = say(WHICH_CLAIM, choices=private(labels))
        return ask(context, UNDO, "{choices}", options, text)
    return Reply(say(CLAIM_BACK, what=private(what_of(claim.parts, context))))


def _take_back_leave(day: date | None, context: Context) -> Reply:
    """Take back the last leave of ten minutes, else one of a meeting that has not begun.

    Where the day of the meeting was said, only leave of that day.
    """

    def is_meant(inverse: Mapping[str, Any]) -> bool:
        return day is None or attendance.is_of_day(context.session, inverse, day)

    try:
        undone = undo.undo_last(
            context.session,
            INVERSES,
            by=context.actor,
            now=context.now,
            what=LEAVE,
            fits=is_meant,
        )
    except NothingToUndo:
        try:
            return _withdrawn(_withdraw(context, day=day))
        except WhichMeeting as several:
            options = [(meeting.title, {"meeting_id": meeting.id}) for meeting in several.choices]
            return ask(context, UNDO, WHICH_LEAVE, options)
    return _undone(undone, context)


def _withdraw(
    context: Context, *, day: date | None = None, meeting_id: MeetingId | None = None
) -> list[MeetingView]:
    return attendance.withdraw_leave(
        context.session, by=context.actor, now=context.now, day=day, meeting_id=meeting_id
    )


def _withdrawn(found: Sequence[MeetingView]) -> Reply:
    titles = "、".join(dict.fromkeys(meeting.title for meeting in found))
    return Reply(say(LEAVE_BACK, title=event(titles)))


def _correct(slots: UndoSlots, right_fen: int, context: Context) -> Reply:
    result = dues_claim_corrections.correct(
        context.session,
        by=context.actor,
        now=context.now,
        total_fen=right_fen,
        said_in=str(context.inbound_id),
        months=slots.months,
        wrong_fen=slots.wrong_fen,
        monthly=bool(slots.monthly),
    )
    return corrected(result, context)


def _ask_amount(context: Context) -> Reply:
    """Say what could be corrected and how; without a claim, 更正 means the last action."""
    claims = dues_claims.list_claims(context.session, context.member_id)
    if not claims:
        return _take_back_last(context)
    last = claims[0]
    months = month_ranges(last.months, context.today.year)
    text = say(HOW_MUCH, what=private(what_of(last.parts, context)), months=private(months))
    by_values = {"lines": [line.id for line in last.lines]}
    return ask(context, UNDO, "{choices}", [], text, by_values=by_values)


def _pass_on(parts: Sequence[Part], right_fen: int | None, context: Context) -> Reply:
    """Hand over to the organiser what only the organiser may correct."""
    what = month_ranges((month for month, _ in parts), context.today.year) + "党费"
    organiser = people.find_organiser(
        context.session, context.branch_id, context.today, but=context.member_id
    )
    if organiser is None or organiser.id == context.member_id:
        return Reply(say(NOBODY_TO_TELL, what=private(what)))
    right = "" if right_fen is None else RIGHT.format(amount=yuan(right_fen))
    told = say(
        TO_ORGANISER,
        name=Fact(FactKind.ROLL, context.actor.name),
        what=private(what),
        right=private(right),
        amount=private(yuan(sum(fen for _, fen in parts))),
        month=f"{parts[0][0].number}月",
        set=private("金额" if right_fen is None or len(parts) > 1 else yuan(right_fen)),
    )
    key = f"correct:{context.inbound_id}:{organiser.id}"
    return Reply(_told(what, organiser), send=(ToMember(organiser.id, told, key),))


def _told(what: str, organiser: people.Holder) -> Text:
    role = ROLE_NAMES[organiser.role]
    return say(ORGANISER_TOLD, what=private(what), role=role, name=organiser.name)


def _undone(undone: Undone, context: Context) -> Reply:
    words = {CORRECTED_CLAIM: RESTORED, DECLARED: AGAIN}.get(undone.title, DONE)
    if undone.objected_to is not None:
        words = OBJECTED
    if undone.stem in _FREES_SEATS:
        tell_promoted(context)
    return Reply(say(words, title=event(undone.title)), send=_others(undone, context))


_FREES_SEATS = (study.STEM, chains.STEM)


def _others(undone: Undone, context: Context) -> tuple[ToMember, ...]:
    """Tell the author of what he did not take back himself, else those it was done for."""
    title, key = event(undone.title), f"undone:{context.inbound_id}"
    if undone.objected_to is not None:
        text = say(TOLD_REPORTER, name=context.actor.name, title=title)
        return (ToMember(undone.objected_to, text, f"{key}:{undone.objected_to}"),)
    text = say(TOLD_SUBJECT, reporter=context.actor.name, title=title)
    return tuple(ToMember(member, text, f"{key}:{member}") for member in undone.subjects)


INTENT = Intent(
    name=UNDO,
    title="撤销",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
)
