"""What a message takes back or puts right: 撤销, 取消签到, 打错了，38, 更正：30不是300."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.periods import Month
from bot.inbound.amending import months_put_right
from bot.inbound.intents import Reading, Strength
from bot.inbound.names import NAME
from bot.inbound.patterns import one_of
from bot.inbound.persons import Said, Statement, comes_after_all, of_presence
from bot.inbound.scope import elsewhere, politely
from bot.inbound.slips_of_memory import asks_after_slip
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Span, Utterance

_DUES_PAID = "dues_paid"


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
        right_months: The months of dues that were meant (说错了，是9月).
        wrong_months: Those said by mistake, where they are named as well.
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
    right_months: tuple[Month, ...] = ()
    wrong_months: tuple[Month, ...] = ()


_TAKES_BACK = one_of(
    r"撤[销回]|作废(?!的)|手误|误触|手[快抖](?!点)|(?<!别)(?:弄|搞|看|记|签|点|按|登|算|说)[混岔反错]了|不作准|作不得数|别[算记作](?:数|了|上|$)|(?:^|[请烦])(?:忽略|无视)(?:掉|一下)?(?:$|上|刚|前|[那这]条)|搞重复|重复(?:签|报|发|记|登|提交)|[签报记发登]重(?:复)?了|[乱误](?:按|点|碰|发)的|(?:那|上|前)(?:一?条|个).{0,6}(?:删|撤|去掉|抹)"
    r"|(?:请|麻烦|给我|帮我)?(?:纠正|改正)一?下|以.{1,8}为准|取消我?.{0,4}请的?假|取消(?:掉|了)?我?[^，吗]{0,6}的假|假就?不请了|(?<!也)(?<!再)(?<!后)(?<!都)(?<!还)不请(?:这个|那个|个)?假了(?=[，\s]*(?:我|俺|就|还是)*(?:去|来|能|可以|要去|会去|照常|准时))|更正|(?:打|发|写|说|填|搞|弄|点|按|记|输|签|登)错|不算[了数]?(?:$"
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
    r"算不算|还算|(?:照片|图片?|视频|表情|链接|文件|语音|红包)[^，]{0,4}(?:撤|删|发错)|肯定是|错[价话]|撤回(?:干嘛|什么|了?一条)|口头|规定|要写|撤销(?:处分|职务|案|资格|决定|党内|了?对)|没(?:有)?[打发写说填搞弄点按记]错|不(?:能|会|要|用|可以|让)撤|(?:你|他|她|谁|老师"
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


_LETTERS = re.compile(r"[^，]{0,3}[打写]错别?字(?:了|啦)?")
_OF_MONTHS = r"(?:(?:\d{1,2}|[一二三四五六七八九十]{1,2})月份?的?|[本上这]个?月的?)?"
_THEIRS = re.compile(
    rf"(?:请|麻烦|帮我?|给我)*(?:把|将)?(?P<name>{NAME})(?:同志)?的?{_OF_MONTHS}(?:签到|请假|考勤|党费|报名)"
    rf"|更正[:，\s]*(?:党费)?[:，\s]*(?P<put_right>{NAME})(?=$|\s|的|同志|党费|\d)"
)


def recognise_undo(utterance: Utterance) -> list[Reading]:
    """Recognise a retraction or correction."""
    if not utterance.clauses or utterance.to_others or asks_after_slip(utterance):
        return []
    if told := _in_other_words(utterance):
        return [told]
    sent = "撤" in utterance.text and _SENT.search(utterance.text) is not None
    for clause in utterance.clauses:
        if _is_undo(clause, sent=sent) and not _LETTERS.fullmatch(utterance.text):
            return _readings(utterance, clause)
    return []


def _in_other_words(utterance: Utterance) -> Reading | None:
    """Read 往前倒一格，方才登的人头错了: a turn for taking back, and what was wrong as the reason."""
    text = utterance.text
    found = _TURNED_BACK.search(text) if utterance.addressed else None
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return None
    if (
        "报" in text
        or utterance.topics & _OTHERS_ACTIONS
        or not (_REASON.search(text) or _LAST.search(text))
    ):
        return None
    return Reading(UndoSlots(), Strength.CLEAR, (0, len(text)))


_TURNED_BACK = re.compile(
    r"(?:^|，|把)(?:请|麻烦|帮我|给我|你|你给)*(?:往[前回后]|朝前)?(?:倒|退)(?:回?去?一?[格步下条笔]|回去?|掉)(?!票|货|款|钱|伍|休|群|党)"
    r"|(?:^|，)(?:请|麻烦|帮我|给我|你)*(?:抹|划|擦|勾|消|删|去|拿)(?:掉|了|去)(?:才|刚|方才|前头|最后|末)[^，]{1,8}"
    r"|(?:末|最后|最末|刚才那|方才那|才那|上)一?[笔条个][^，]{0,4}(?:去掉|抹掉|划掉|拿掉|删掉|不要了|擦掉|勾掉)"
)
_REASON = re.compile(
    r"(?:才|刚|方才|那|我)?[^，]{0,8}(?:[写登记填按输弄搞]?(?:错|反|岔|串|混|颠倒)了|张冠李戴|对不上|不是那|多按|按多|重了)"
)
_LAST = re.compile(r"(?:才|刚才?|方才)(?:记|登|填|写|录|报|发|按)")
_OTHERS_ACTIONS = frozenset((Topic.LEAVE, Topic.STUDIED))


def _is_undo(clause: Clause, *, sent: bool) -> bool:
    """Tell whether a clause takes something back; 撤了 alone does where a message was `sent`."""
    text = clause.text
    takes_back = _TAKES_BACK.search(text) or (sent and _BACK.fullmatch(text))
    if not takes_back or _NOT_UNDO.search(text) or elsewhere(text):
        return False
    if clause.mood is Mood.QUESTION and not politely(text):
        return False
    if clause.mood is Mood.FUTURE and takes_back[0].startswith("不请"):
        return False  # 要是不下雨就不请假了
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
    states = slots.right_fen is not None and not slots.whose
    states = states or bool(_ONLY_BACK.search(text))
    covers = frozenset({_DUES_PAID}) if states else frozenset[str]()
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
    meant = months_put_right(utterance)
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
        right_months=meant.right.months if meant else (),
        wrong_months=meant.wrong.months if meant else (),
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
        return theirs["name"] or theirs["put_right"]
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
