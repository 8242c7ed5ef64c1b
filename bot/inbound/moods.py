"""Clauses, and how each is meant: said, asked, denied, or not yet done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from bot.inbound.patterns import one_of
from bot.inbound.topics import Topic, topics_in
from bot.inbound.utterance import Clause, Mood

_CLAUSE = re.compile(r"(?P<words>[^，。！？；\n]+)(?P<marks>[，。！？；\s]*)")
_OR_NOT = "|".join(
    f"{verb}[不没]{verb}" for verb in "去来开搞交签报学看到要会能用参办有走等让欠缺缴转收付齐批够"
)
_ASKED = (
    rf"{_OR_NOT}|[交缴]齐没[交缴]齐|[交缴]清没[交缴]清|[交缴]完没[交缴]完|[交缴]上没[交缴]上|吗|什么|甚么|啥|干嘛|何用|怎|如何|咋|多少|多久|多大|(?<![好这那前十头近后])几(?![乎十])"
    r"|谁|哪(?!怕)|何时|何地|是不是|有没有|能不能|会不会|可不可以|行不行?$|行吧|要不要"
    r"|(?:[是在]|上午|下午|线上|今天|明天)[^，]{0,8}还是(?!算|不|先|要|得|去|来)|对不对|是否|交没交|签没签|报没报"
    r"|(?:了|过|到|成功|上|交|签|报|名|参加)(?:没有?|不|么)[啊呀呢哈嘛哦]*$|(?<![着边里上])(?<!在.)(?<!在..)(?<!在...)(?<!在....)呢$|么$|[是对]吧$|(?:可以|够|行|成)了?吧$|[了过]伐$|是[^，]{1,8}吧$|(?<![要可倒])不$|(?<![还都也])没有?$|成不$|中不$"
)
_TO_COME = (
    r"有心(?!人|得|里)|有意(?!见|思|义|外|识)|准备|打算|计划|的话(?![题费剧])|实在不行|大不了|早知道|[去来到][我俺]也?就(?![^，]*了$)|轮到我?再|要是|如果|假如|倘若|等[^，]{0,10}[就再了]|^我?等[^，]{1,6}(?:下班|回来|回家|有空|得空|放学)|^真(?!是|的|心)[^，]{1,8}就(?![^，]*了$)|晚上再|(?:待|等"
    r"|呆)[一]?(?:会|下)儿?|一会儿?|回头|改天"
    r"|过(?:两|几|一|些)[天日]|明天?再|后天再|下次再|下周再|再(?:去|来)?(?:交|缴|签|报"
    r"|转|补|看|说|学|决定|定|考虑)"
    r"|[想]去?(?:交|缴|签|报)|就(?:去|来)(?:交|缴|转|签|报|把)|(?:(?<!立)马上|这就|正要|正想"
    r"|还要)(?:去)?(?:交|缴|转|签|报|就)"
    r"|[晚迟][点些](?!到)|尽快|尽量|争取|有空|抽空|抽时间|将要?|会(?:按时|准时|及时"
    r"|尽快)|下班[后再]|可能|也许|看情况|说不定"
    r"|先欠|欠着(?!的)|(?:(?<![\d上])月底|发[了完]?工资[了后]?)[再就来去]{0,2}[交缴](?![了过的完齐流])"
    r"|(?:明|后)[天早晚儿日](?:上午|下午|晚上|一早|早上|中午)?(?:我)?(?:就|去|来|要|会|先"
    r"|给|把)*(?:交|缴|转|补交|签|报)"
)
_GOING_ON = re.compile(r"[着正]|在[^，]{1,6}呢|还没|还早|排队|才|可")
"""Where 呢 at the end asks nothing (还没轮到我呢, 排着队呢)."""
_UNDECIDED = re.compile(
    r"(?:要不要|([去来报签请参交])不\1)[^，]*(?:再说|[没未]定|没想好|商量|掂量|考虑|看|问|想想|随)"
    r"|(?:我们?|还|先|再|正)(?:在|得|要)*(?:想想|琢磨|考虑|犹豫|纠结|合计|商量|掂量|斟酌)"
    r"|(?:回去|回家|回头)问"
)
"""One's own doubts (要不要请假我看看排班再说)."""
_PARTICLES = "哈哦噢喔哟昂噻撒嘿~ "
_SPOKEN = re.compile(r"[吗呢吧啊哦噢呀](?=[\u4e00-\u9fa5])")
_SPACE = re.compile(r"(?<=[\u4e00-\u9fa5]{4}) (?=[\u4e00-\u9fa5]{4})")
_TURN = re.compile(
    r"(?<=了)(?:但是|不过|可是)(?=[\u4e00-\u9fa5]{3})| (?=另外)|(?:(?<=[日号]) |(?<=[假到]) )(?=党费)"
    r"|(?<=[元块了]) (?=(?:\d{1,2}|[一二三四五六七八九十]{1,2})月|其余|其它|其他|剩下)"
    r"|(?<=了)(?=(?:\d{1,2}月[^，]{0,4}[还没未]|[还没]*没[交缴][^，]{0,2}\d))"
)
"""Where another matter begins without a mark (不参加植树了但是义诊我去, … 另外党课请假, 10月交了11月还没)."""
_MAY_TURN = re.compile(r"是|不过| 另| 党费|没|未|[元块了] ")
_LONG = 16
_IF = re.compile(
    r".{0,4}(?:要是|如果|假如|倘若|万一|除非|等|若是|只要|一旦|真要|真的?(?=[下来病]))|真(?![是的心])|.{0,12}的话$|实在不行$|大不了"
)
_THEN = re.compile(r"^(?:那|我|俺|咱|他|她)?们?(?:也)?(?:就|才|再)|可能")
_DENIED = (
    r"没(?!问题|落下|事|关系|办法|错|想到|带|空|时间)|未(?![来必])"
    r"|(?<![差对要])不(?![好过错同论管仅但少久客用谢见然]|是不|忘初)"
    r"|别(?![人的])|无法|(?<!差点)(?<!险些)忘(?!了?签|记签|初)|拒绝|甭|莫(?!名)"
)
_QUESTION, _FUTURE, _NEGATION = one_of(_ASKED), one_of(_TO_COME), one_of(_DENIED)
_MARKED = one_of(f"{_ASKED}|{_TO_COME}|{_DENIED}")
"""Most clauses only state something: they are looked through once."""
_PAYS = r"[交缴转付给补]"
_PUT_OFF = re.compile(
    rf"{_PAYS}(?:[给到您你上过来去吧啊哈呢]|党费|现金|微信|支付宝|行|可以|好|吗|不)*$|(?:先欠|欠[着一])[^，]{{0,2}}$"
)
_NO_TIME = re.compile(r"没(?:空|时间)(?:过?[来去])?[交缴转付补]")
_NOT_THIS_SUM = re.compile(
    r"的|其余|其他|其它|剩|另外|他|她|老(?![家是])|小(?![孩时])|收据|发票|截图|照片|凭证|材料|表|汇报|心得|笔记|作业|名单"
    r"|(?<!下)(?<!下个)(?<!这)(?<!这个)月(?![底初末中])|\d(?!\d*[号日天点])"
    r"|不用|不必|无需|免得|[少多错漏重早]点?[交缴]|(?:以后|今后|往后)(?!再)|按时|准时|及时"
    r"|之前|以前|上次|当时|昨天|前天|前几天"
)
_PAID = re.compile(
    r"已$|(?:已经?|刚刚?)[^，]{0,4}[交缴转付补]|[交缴转付补](?!过)[^，]{0,4}[了讫]|给[您你]?了|补[上齐]|查收"
)
_SUM = re.compile(r"\d(?:元|块|角|毛|$)|[一二三四五六七八九十百两](?:元|块|角|毛)")


def split_clauses(text: str) -> list[Clause]:
    """Return the clauses of a normalised text with their moods and topics."""
    clauses = list(_clauses(text))
    if any(Topic.DUES in clause.topics for clause in clauses):
        _put_off(clauses)
    return clauses


def _put_off(clauses: list[Clause]) -> None:
    """Read 3月党费30元，晚点交 as not yet paid: what is put off is the sum named before."""
    for last, clause in enumerate(clauses):
        if any(_is_paid(after) for after in clauses[last + 1 :]):
            continue  # 没时间交，今天补了
        if clause.stated and _NO_TIME.search(clause.text):
            clauses[last] = clause = replace(clause, mood=Mood.NEGATION)
        if not _is_put_off(clause):
            continue
        for index in range(last - 1, -1, -1):
            before = clauses[index]
            if before.topics - {Topic.DUES, Topic.RECEIPT} or _is_paid(before):
                break  # 工资没收到 is no receipt
            if before.stated and (Topic.DUES in before.topics or _SUM.search(before.text)):
                clauses[index] = replace(before, mood=Mood.FUTURE)


def _is_put_off(clause: Clause) -> bool:
    text = clause.text
    if clause.stated or clause.topics - {Topic.DUES} or _NOT_THIS_SUM.search(text):
        return False
    open_ended = clause.mood is Mood.QUESTION and not _FUTURE.search(text)
    return not open_ended and bool(_PUT_OFF.search(text))


def _is_paid(clause: Clause) -> bool:
    return clause.stated and not clause.topics - {Topic.DUES} and bool(_PAID.search(clause.text))


def _clauses(text: str) -> Iterator[Clause]:
    before = ""
    for start, stripped, marks in _pieces(text):
        if stripped:
            mood = Mood.QUESTION if "？" in marks else mood_of(stripped)
            if before and mood is not Mood.QUESTION and _depends(stripped, before):
                mood = Mood.FUTURE
            before = stripped
            yield Clause(start, start + len(stripped), stripped, mood, topics_in(stripped))


def _depends(clause: str, before: str) -> bool:
    """Tell whether it is said under a condition (要是下雨，我就请假)."""
    return _THEN.search(clause) is not None and _IF.match(before) is not None


def _pieces(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (start, words, marks behind) of what stands between marks.

    Who dictates leaves the marks out: a long stretch is also cut behind 啊, 吗, 呢.
    """
    for match in _CLAUSE.finditer(text):
        words, start = match["words"], match.start()
        turn = _TURN.search(words) if _MAY_TURN.search(words) else None
        if turn:
            yield start, words[: turn.start()].rstrip(_PARTICLES), ""
            start, words = start + turn.end(), words[turn.end() :]
        if len(words) <= _LONG and " " not in words:
            yield start, words.rstrip(_PARTICLES), match["marks"]
            continue
        cuts = [cut.end() for cut in _SPACE.finditer(words)] if " " in words else []
        if len(words) > _LONG:
            cuts = sorted({*cuts, *(cut.end() for cut in _SPOKEN.finditer(words))})
        for begin, end in pairwise([0, *cuts, len(words)]):
            piece = words[begin:end]
            lead = len(piece) - len(piece.lstrip())
            marks = match["marks"] if end == len(words) else ""
            yield start + begin + lead, piece.strip().rstrip(_PARTICLES), marks


def mood_of(clause: str) -> Mood:
    """Tell how a clause without its mark is meant."""
    if not _MARKED.search(clause):
        return Mood.STATEMENT
    asked = _QUESTION.search(clause)
    if asked and not (asked[0] == "呢" and _GOING_ON.search(clause)):
        return Mood.FUTURE if _UNDECIDED.search(clause) else Mood.QUESTION
    if _FUTURE.search(clause):
        return Mood.FUTURE
    if _NEGATION.search(clause):
        return Mood.NEGATION
    return Mood.STATEMENT
