"""Why somebody is away, in his own words: 请假 出差, 我今天腿疼走不了路想请个假."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.attendance import classify_leave, leave_words
from bot.domain.sensitive import mask_numbers
from bot.inbound.intents import Reading, Strength
from bot.inbound.patterns import one_of
from bot.inbound.utterance import ACTIONS, Clause, Mood, Utterance

_CUT = re.compile(
    r"，|因为?(?!此)|由于|所以|(?:我|俺|本人)(?!们|家|妈|爸|妹|弟|姐|哥|爷|奶|儿|女|孙|老|媳|外|娃|公|徒|屋|婆|闺|侄|岳|姑|姨|舅|叔|伯|嫂|邻|单)"
    r"(?:今[天儿早晚]|明[天儿早晚]|后天|现在|这边|这里|这儿|就|是|也|都|还|正|要|得|需要|想){0,5}"
)
_REQUEST = one_of(
    r"(?:就|想|要|得|先|再|只[能好]|特此?|申请|需要|故|跟|向|给|托|帮|替|喊|叫|让|请|和|书记|您|你|组织|他|她|我|记个?|这次|学习|先|次)*"
    r"(?:请[^，。！]{0,4}?假|告[个一]?假|[病事公]假)[^，]*"
    r"|(?:就|也|是|可能|恐怕|实在|怕是|肯定|都)*(?:(?:参加|出席|到会?|赶|来|去|抽)[^，]{0,2}不[了成到过来]"
    r"|不(?:能|去|来|参加|到|出席)|(?:没法|无法|没办法)(?:来|去|参加|到)|上不[了成](?=会|党课|大会|支部)|取消|退出|报名|划掉|退了)[^，]*"
)
_AWAY = re.compile(r"(?:来|去|到|参加|出席|赶)[^，]{0,2}不(?:了|成|到|过来)了?(?=.{2})")
_MEETING = re.compile(
    r"^(?!外出|去|带|送|接|.{0,8}(?:家长会|联欢会|年会|婚|生日))(?:本次|这次|下次|当天|那天|今天|那个|这个|的|参加|开|上)*[^，]{0,8}?"
    r"(?:主题党日|党日活动|组织生活会?|大会|支委会|小组会|党课|评议会?|学习|活动|会议|的会|开会|会|报名)"
    r"(?:的|也|都|就|先|开|去|了|他|她)*$"
)
_LEAD = re.compile(
    r"^(?:的|了|要|得|正|临时|这[两几]?天|那天|当天|今天|上午|下午|晚上|中午|早上|到时候|嗯|呃|啊|那个|这个|就是|是|因|"
    r"但是?|不过|可是|另外|书记|委员|组长|主任|各位|大家|同志们?|领导|实在){1,9}"
)
_TRAIL = re.compile(
    r"(?:就|想|要|只能|所以|特此|特|也|啊|呢|吧|哈|哦|噢|哎|唉|的|来|去|(?<!迟)到|至|，|\s|向组织|报告|一下|望批准|请批准|请谅解|见谅|抱歉"
    r"|不好意思){1,9}$"
)
_POLITE = re.compile(
    r"^(?:(?:微信上|电话里|群里|托人|叫人|家里人|家属|刚才?|给我|跟我|昨晚|他|她)*(?:讲|说|留言|捎话|捎信|带话|带信|来电话?|发微信|发消息|回话)(?:的?[^，]{0,8}(?:赶|来|去|到)不[^，]{0,3})?[他她]?$|(?:麻烦|烦请?|劳烦|要|想|打算|准备|烦)?你?[帮给替为]?$|[又也就]?[能会可以]{1,2}[来去到参]|(?:他|她)?说[他她]?$|[\u4e00-\u9fa5]{2,3}(?:可能|要|会|得)?(?:晚|迟)(?:到|来|点|些|一会儿?)?$|谢谢|麻烦|辛苦|抱歉|不好意思|对不起|望|请|见谅|收到|好的|(?:书记|大家|各位|您|你|早上|晚上|上午|下午|中午|节日?|新年)好$|.{0,6}快乐$|[他她]?[让托]|喂|听得|能听|转告|转达|代为|.{0,2}对不[住起]|晚点|改天|现在一个$|重新|各位|人家"
    r"|向(?:组织|书记)|报告|[跟给](?:书记|组织|支部|大家|各位|领导|组长|委员|主任|小助手|您|你|$)|.{0,3}批准|回头|下次|以后|补|.{0,4}报(?:了名)?的)"
)
_GROUNDS = re.compile(
    r"事|病|差|崴|扭|骨折|发烧|感冒|院|手术|检|值|班|外地|老家|家里|屋头|孩|娃|老伴|爱人|摔|疼|痛|不舒服|身体|出门|旅"
    r"|接|送|照顾|陪|护理|医|婚|看[店铺门]|守|丧|白事|忙|走不|腿|腰|眼|牙|肚|膝|头晕|血|路|车|堵|考|冲突|撞|亲戚|喝|喜酒|孙"
    r"|农|下地|收|种|浇|麦|稻|玉米|雨|雪|回家|回不|探亲|搬|装修|办|面试|培训|过年|过节|盘点|发货|客户|飞机|火车|高铁"
    r"|透析|核磁|打针|吊水|住|闺女|儿子|女儿|媳妇|妈|爸|父|母|公公|婆婆|上坟|扫墓|返校|家长|约了|赶[工货场]|开店|摆摊"
    r"|时间|加|轮|休|外出|县城|城里|乡下|镇上|市里|省|海南|北京|上海"
)
_VAGUE = re.compile(r"[^，]{0,6}(?:有点?事情?|没空|没时间|不得闲|没得空|走不[开脱]|抽不开身)")
_OTHER_MATTER = re.compile(
    r"党费|另外|[\d一二两三四五六七八九十百]\s?(?:元|块|角)|[两三四五六七八九十几]个人$"
)
_NOTHING = re.compile(
    r"(?:[和跟与及也都还有、是不请的没就要得想会]|[上下]午|早上|晚上|中午|以及|另外|加上|连同|一起|一块儿?|[两三四几]天|那天|当天|俩)+"
)
"""What days and people are joined with says nothing of why."""
_LEAST = 2


def reason_to_keep(reason: str | None) -> str:
    """Return the reason as a question may keep it: of illness no words, no numbers of persons."""
    kind, words = classify_leave(mask_numbers(reason or ""))
    return leave_words(kind.value, words)


@dataclass(frozen=True, slots=True)
class ReasonSlots:
    """Why the writer is away.

    Attributes:
        reason: The words; may speak of health, so store the kind, not the words.
    """

    reason: str


def recognise_reason(utterance: Utterance) -> list[Reading]:
    """Recognise 出差 and 家里有事 alone (`ANSWER`): they say why, right after a leave without it."""
    reason = _reason_alone(utterance) if utterance.private else None
    span = (0, len(utterance.text))
    return [] if reason is None else [Reading(ReasonSlots(reason), Strength.ANSWER, span)]


def _reason_alone(utterance: Utterance) -> str | None:
    """Return the reason that is all a message says (出差, 家里有事, 因为孩子病了), if it is one."""
    text = utterance.text
    said = _BECAUSE.sub("", text).strip("，。 ")
    if not _LEAST <= len(said) <= _MOST or utterance.topics & ACTIONS or "？" in utterance.raw:
        return None
    if not _GROUNDS_ALONE.search(said) or _NO_REASON.search(said):
        return None
    stated = all(clause.mood in (Mood.STATEMENT, Mood.NEGATION) for clause in utterance.clauses)
    return said if stated else None


_MOST = 16
_BECAUSE = re.compile(
    r"^(?:是|就是|因为|由于|原因是?|理由是?|我|俺|嗯|哦|，|:|\s|这[几两]天|那天|今天|明天|要|得|在)+"
)
_GROUNDS_ALONE = re.compile(
    r"出差|公差|开会|有事|没空|走不|病|差了?$|崴|扭|骨折|发烧|感冒|医院|住院|手术|体检|复查|值班|上班|加班|外地|老家|孩子?|娃|孙[子女]"
    r"|老伴|爱人|摔|疼|痛|不舒服|出门|旅[游行]|照顾|陪[床护]|看病|婚礼|喜酒|白事|丧事|办事|面试|培训|探亲|搬家|装修|收[麦稻庄]|农忙|下地|赶集|走亲戚|腿脚"
    r"|头晕|血压|透析|打针|吊水|堵车|车坏|火车|飞机|家里来人|来客"
)
_NO_REASON = re.compile(
    r"^[\d一二三四五六七八九][\s，；;,.:、。]|^\d|[吗呢吧？?]$|^[也都已刚]?(?:经|刚)?[到来]了|不去了|没事|好了|回来了|谢|辛苦|收到|怎么|什么|谁|吃|钱|党费|给你|你"
)


def find_reason(
    utterance: Utterance, clauses: Sequence[Clause], names: Sequence[str]
) -> str | None:
    """Return the words that say why, without the request, the meeting, day and people."""
    found = [
        words
        for clause in clauses
        for part, behind in _parts(utterance, clause, names)
        if (words := _trimmed(part)) and _says_something(words, behind=behind)
    ]
    likely = [words for words in found if _GROUNDS.search(words)]
    telling = [words for words in likely if not _VAGUE.fullmatch(words)]
    return next(iter(telling or likely or found), None)


def _parts(
    utterance: Utterance, clause: Clause, names: Sequence[str]
) -> Iterator[tuple[str, bool]]:
    """Yield stretches between commas and the speaker's 我, and whether behind a request."""
    text = clause.text
    for span in (*utterance.dates, *utterance.times):
        if clause.start <= span.start and span.end <= clause.end:
            text = text.replace(utterance.text[span.start : span.end], "", 1)
    for name in names:
        text = text.replace(name, "，", 1)
    if names and ("他" in text or "她" in text):
        text = _UP_TO_HIM.sub("，", text)
    for part in _CUT.split(text):
        request = _REQUEST.search(part)
        if request is None:
            yield part, False
            continue
        yield part[: request.start()], False
        said = request[0]
        behind = re.search(
            r"假[到至]?(?:(?:[一1两]次|一下|[一二两三\d]天)?[\s:(（~]+|(?=去[看接送办陪]))(?P<why>[^)，]{2,30})",
            said,
        )
        if behind:
            yield behind["why"], True
        elif away := _AWAY.search(said):
            yield said[away.end() :], False


_UP_TO_HIM = re.compile(
    r"(?:(?<=假)|^)[^，]{1,12}?(?<![帮替给代为让叫和跟是托])[他她](?!们|说|请)(?:今天|那天|要|得|想|正|还|就|也)*"
)
"""Whose occasion stands before the reason of one who was named (15号组会他要出诊)."""


def _trimmed(text: str) -> str:
    return _TRAIL.sub("", _LEAD.sub("", text.strip(" :()"))).strip(" :()")


def _says_something(words: str, *, behind: bool) -> bool:
    if (
        behind and words.endswith("开会") and not _OTHER_MATTER.search(words)
    ):  # 党课请假 开会: another one is the reason
        return True
    if _OTHER_MATTER.search(words) or _NOTHING.fullmatch(words):
        return False
    return len(words) >= _LEAST and not _POLITE.match(words) and not _MEETING.match(words)
