"""Dues paid and questions on dues, read from what was said: which months, how much, whose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import cast

from bot.clock import day_of
from bot.domain.periods import Month
from bot.inbound.dues_entered import (
    entered_payers,
    is_of_somebody,
    is_told_of_long_ago,
)
from bot.inbound.dues_listed import Share, find_dated, find_listed, owners_of_sums
from bot.inbound.dues_owners import (
    ENTERED,
    find_payers,
)
from bot.inbound.dues_payers import COUPLES, Payers, pays_as_well
from bot.inbound.dues_quoted import months_quoted
from bot.inbound.dues_sums import UNCLEAR, is_shared_with_another_fee
from bot.inbound.dues_totals import (
    KIN,
    NOT_BUT,
    amounts_said,
    apiece_said,
    count_months,
    is_story,
    is_taken,
    is_together,
    months_said,
    per_person,
    sums_said,
    total_said,
    until_said,
)
from bot.inbound.intents import Reading, Strength
from bot.inbound.names import NAME, find_name, find_people, is_kin, read_names
from bot.inbound.numerals import WORDS
from bot.inbound.patterns import one_of
from bot.inbound.scope import about_listener
from bot.inbound.signups_for import says_he_joins
from bot.inbound.spans.money import find_odd_amounts
from bot.inbound.spans.months import find_odd_months
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Span, Utterance, shared


class Doubt(Enum):
    """What of a payment cannot be told from its words: it is asked, and nothing is written."""

    SUM = "sum"  # 15-20元, 十几块
    FEE = "fee"  # 党费和工会费一起80: how much of it is dues
    MONTHLY = "monthly"  # 我和张伟1-3月各30: a month, or in all
    TOPIC = "topic"  # 张三15，李四15: sums of people, and no word of what for
    SEVERAL = "several"  # sums of several, and what of each cannot be told
    TOTAL = "total"  # a list that does not come to the total said


@dataclass(frozen=True, slots=True)
class DuesPaidSlots:
    """Dues somebody says to have paid.

    Attributes:
        months: The months named, sorted; empty when none was.
        amount_fen: The total in fen (a monthly rate is multiplied), None when not said.
        names: Those paid for, empty for the sender.
        odd_month: What was written as a month and is none (13月); nothing is recorded then.
        odd_amount: The same of the amount (-15).
        with_me: The sender is one of those paid for, besides `names`.
        each_fen: What each of them pays (各30), in fen.
        heads: How many they are, where more (or, 0 names, others) are paid for than are named.
        shares: What each of `names` paid, where that was said of each.
        quoted: The months of the notice that is replied to, where the sender names none.
        until: The month up to which all is paid (交到12月了), where months were not named.
        doubt: What has to be asked before anything is written.
        doubted_fen: The sum that is doubted, where the question says it.
    """

    months: tuple[Month, ...] = ()
    amount_fen: int | None = None
    names: tuple[str, ...] = ()
    odd_month: str | None = None
    odd_amount: str | None = None
    with_me: bool = False
    each_fen: int | None = None
    heads: int | None = None
    shares: tuple[Share, ...] = ()
    quoted: tuple[Month, ...] = ()
    until: Month | None = None
    doubt: Doubt | None = None
    doubted_fen: int | None = None


_PAID = one_of(
    r"(?:转|交|缴|付)(?:了)?(?:转|交|缴|付)了|(?:交|缴|转|付)的是|[交缴转付补](?:过来|过去|给您|给你|给他)|没落下"
    r"|(?:上交|补交|补缴|缴纳|代缴|代交|[交缴转付汇打扫补存清垫])"
    r"(?:[上齐清完好掉足满账款进纳您]|过去|过来|出去){0,3}(?:[给到][^，]{0,10}?)?"
    r"(?:[齐清完好]|过去|账){0,2}[了过啦咯喽讫毕罗]"
    r"|[交缴](?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份)?的?党费了|已经?[^，]{0,10}?(?:上交|补交|补缴|缴纳|[交缴转付补汇清])"
    r"|(?:[塞递捎拿带搁放托]|转交|送)(?:[给到在]|过)[^，]{0,10}了|(?:[块元]钱?|\d|党费)也?给我了|(?:亲手|当面)?给(?:了|[您你]们?了|您的|你的|组长了|支书了|书记了|会计了)|[搞弄整办](?:归一|好|完|清)了|党费.{0,2}(?:OK|ok|搞定|办妥|妥了|结清|清了)|[交缴]齐|刚刚?[交缴转付]|完成.{0,6}[交缴]|缴讫|付讫|完成缴费|缴费成功|支付成功|转账成功"
)
_OFFERED = re.compile(r"上交|补交|补缴|缴纳|[交缴转补]")
_CALLS = one_of(
    r"请(?!.{0,4}[查核确收看知放登记])|记得|[应该必须]交(?![^，]{0,8}实[交缴])|(?<!刚)要[交缴]|需[要]?[交缴]"
    r"|得[交缴]|开始[交缴]|收党费|收[取缴]|催|提醒|统计|截止|(?<!按)(?<!新)标准"
    r"|比例|基数|必须|按时交|及时|主动|规定|制度|条例|公示|党费(?:收据|证|使用|管理"
    r"|工作|通知|是(?!\s?\d))|大家|各位|同志们|说[他她我]|听[^，。我]{1,5}[讲说聊提]|听说|据说|(?<!差点)(?<!险些)忘|收到.{0,4}党费"
    r"|想[交缴]|去[交缴](?!了)|去把|不是党费|[跟给和]我[说讲]|告诉我|说一声|跟着"
    r"|划拨|下拨|拨付|[万亿]元|^转[:：]|头一[回次]|(?<!方便)(?<!可以)的话(?!题)"
)
_ALONE = re.compile(
    r"(?:我|都|已经?|刚|也|全部?|这个月|本月)*(?:交|缴|转)(?:上|齐|完|好|过去)?(?:了|啦"
    r"|过)?(?P<sum>\s?[\d.]+(?:元|块钱?)?)?(?:了|啦)?"
)
_LONGEST_ALONE = 40
_MINE = re.compile(r"(?:我|我的|这是我的)\s?\d{1,4}(?:\.\d{1,2})?(?:元|块)?")


_OF_ONES_OWN_WILL = re.compile(r"(?:特殊|大额)党费")
"""No part of what is due month by month; see `handlers.dues_extra`."""


@shared
def recognise_dues_paid(utterance: Utterance) -> list[Reading]:
    """Recognise dues said to be paid; 交了 and 已交 alone read `BARE`."""
    if not utterance.clauses or utterance.to_others or "不是党费" in utterance.text:
        return []
    if "党费" in utterance.text and _OF_ONES_OWN_WILL.search(utterance.text):
        return []
    alone = _ALONE.fullmatch(utterance.text) if len(utterance.text) <= _LONGEST_ALONE else None
    quoted = Topic.DUES in utterance.quoted_topics
    if quoted and _MINE.fullmatch(utterance.text):
        return _paid(utterance, list(utterance.clauses), Strength.CLEAR)
    of_dues = quoted or Topic.DUES in utterance.topics
    implied = not of_dues and _is_implied(utterance)
    if not (of_dues or alone or implied) and (utterance.topics or not utterance.addressed):
        return []
    if is_story(utterance) or is_told_of_long_ago(utterance):
        return []
    if listed := _listed(utterance) or _each_dated(utterance):
        return listed
    if not (of_dues or alone or implied):
        return _paid_together(utterance)
    if Topic.DUES not in utterance.topics and alone and not quoted:
        return _paid(utterance, list(utterance.clauses), Strength.BARE)
    if _COMPLAINT.search(utterance.text) or _is_of_the_others(utterance):
        return []
    around = utterance.about(Topic.DUES) or utterance.clauses
    around = tuple(clause for clause in around if not says_he_joins(clause))
    said = [clause for clause in around if _is_said(clause) or _is_checked(clause, around)]
    if entered_payers(utterance):
        said = list(around)
    if not any(_is_paid(utterance, clause, said) for clause in said):
        return []
    if is_together(utterance, said).are_several and per_person(utterance, said) is not None:
        return _paid(utterance, said, Strength.CLEAR)
    apart = _each_of_family(utterance, said) or _each(utterance, said)
    return apart or _paid(utterance, said, Strength.CLEAR)


def _is_of_the_others(utterance: Utterance) -> bool:
    """Tell whether it is told of everybody but some (除了张三都交了党费, 都交了，就差张三)."""
    for found in _BUT_FOR.finditer(utterance.text):
        names, _ = read_names(utterance.text, found.end(), utterance.lexicon)
        if names and not all(map(is_kin, names)):
            return True
    return False


_BUT_FOR = re.compile(r"除了?|除去|[就只还仅单][差剩缺欠]")


def _without_slips(utterance: Utterance, said: list[Clause]) -> list[Clause]:
    """Leave out what was too much or too little before, with its month (上个月交多了5块，这个月交10)."""
    sums = {clause.start: sums_said(utterance, [clause]) for clause in said}
    if not any(spans for spans, _ in sums.values()):
        return said
    return [clause for clause in said if sums[clause.start][0] or not sums[clause.start][1]]


_SUMS = re.compile(rf"[\d{WORDS}]")


def _listed(utterance: Utterance) -> list[Reading]:
    """Read a list of payers with their sums; without a word of dues it is asked whether they are."""
    text = utterance.text
    topical = Topic.DUES in utterance.topics | utterance.quoted_topics
    if not topical and (not utterance.addressed or utterance.topics):
        return []
    if utterance.elsewhere or len(_SUMS.findall(text)) < _FEWEST_SUMS:
        return []
    found = find_listed(utterance)
    if found is None or not found.is_plain:
        return []
    doubt = None if topical else Doubt.TOPIC
    slots = DuesPaidSlots(
        months=months_said(utterance, list(utterance.clauses)),
        amount_fen=found.sum_fen,
        names=tuple(name for name, _ in found.shares),
        shares=found.shares,
        heads=None if found.adds_up else found.heads,
        doubt=doubt if found.adds_up else Doubt.TOTAL,
        doubted_fen=found.total_fen,
    )
    return [Reading(slots, Strength.CLEAR, (0, len(text)))]


_FEWEST_SUMS = 2


def _each_dated(utterance: Utterance) -> list[Reading]:
    """Read 党费：张三15(11月)李四15(10月) as a payment each, of its own month."""
    topical = Topic.DUES in utterance.topics | utterance.quoted_topics
    if not topical or utterance.elsewhere or len(utterance.months) < _FEWEST_SUMS:
        return []
    return [
        Reading(DuesPaidSlots(months, fen, (name,)), Strength.CLEAR, (start, end))
        for name, months, fen, start, end in find_dated(utterance)
    ]


def _paid_together(utterance: Utterance) -> list[Reading]:
    """Read 我和张伟各30 said to the bot, which has no other sums to keep; the months are asked for."""
    text = utterance.text
    if not utterance.addressed or utterance.topics or len(text) > _LONGEST_ALONE:
        return []
    if utterance.elsewhere or _OTHER_FEE.search(text) or not _SHARED.search(text):
        return []
    said = list(utterance.clauses)
    each = per_person(utterance, said) or apiece_said(utterance, said)
    if each is None or not all(_is_said(clause) for clause in said):
        return []
    left = text
    values = (*amounts_said(utterance, said), *utterance.months)
    for span in sorted(values, key=lambda span: -span.start):
        left = left[: span.start] + left[span.end :]
    named = (*is_together(utterance, said).names, *find_payers(utterance, said))
    for name in (*named, *(n for n, *_ in find_people(text))):
        left = left.replace(name, "")  # before the numerals: the 三 of 张三 is none
    left = _PLAIN.sub("", _SHARED.sub("", left))
    return [] if _NOT_PLAIN.search(left) else _paid(utterance, said, Strength.CLEAR)


_SHARED = re.compile(
    r"各|每个?人|一个?人|人均|每位|[我咱俺]们?[俩仨]|两口子?|夫妻俩?|和|跟|与|同|、"
    r"|(?:\d|[两三四五六七八九十])个(?!月)人?"
)
_NOT_PLAIN = re.compile(r"[^\s，。、老大小家]")


_COMPLAINT = re.compile(
    r"[交转付缴]重了?|重复[交转付缴扣打]|[交转付缴]了?[两二2][次回遍]|退回(?:来|了|给)|被退|退款|原路退|[交转付缴]没[交转付缴]|不知道|没把握|不确定|^好像|[，我]好像|印象[中里]|记不[清得]|扣[错重]|多扣|错了吧|扣了[两二三23][回次遍]|退(?:一下)?(?:给我|还我|我(?=[一\d，钱吧]|$)|回给我)|退一[回次笔]|其中[^，。\d]{0,6}\d[\d.]*(?:元|块)?(?![^，]{0,3}党费)"
)
_CHECKED = re.compile(r"\d[^，]*(?:对|是|没错)吧$")
_LATER = re.compile(
    r"从[^，]{1,6}(?:起|开始)[^，]{0,3}(?:每|按|交)|月份?的?(?:党费)?(?:我)?(?:等|缓|再等|先放|先欠|往后|过几天|过两天|迟几天|晚几天|暂|下回|下次)"
)


def _is_checked(clause: Clause, around: Sequence[Clause]) -> bool:
    """Read 我10月的党费是15对吧，刚转了: asked of what was paid all the same."""
    return bool(_CHECKED.search(clause.text)) and any(
        after.start > clause.start and _is_said(after) and _PAID.search(after.text)
        for after in around
    )


_PLAIN = re.compile(
    r"我|们|帮|替|代|为|的|都|也|已经?|刚|全部?|就|先|给|您|书记|会计|委员|组长|转账?|交|缴|付|汇|打|补|过去|过来|了|啦|哈|啊|一共|总共|共|合计|合|每|各|一?个月|月"
    r"|现金|微信|支付宝|[一二三四五六七八九十两]|过|元|块|份|查收|请|收|麻烦|核对|下|一|，|。|:|\s"
)


_MADE_UP = re.compile(r"补(?:[交缴]|(?=[\d一二三四五六七八九十]))")
_OTHER_FEE = re.compile(r"(?<!党)费")


def _is_implied(utterance: Utterance) -> bool:
    """Read 二季度三个月，每月十二块，共三十六已转账: months and amounts, and nothing else to pay for."""
    if not utterance.months or utterance.elsewhere or _OTHER_FEE.search(utterance.text):
        return False
    amounts = amounts_said(utterance, list(utterance.clauses))
    if not amounts:
        return False
    if ENTERED.search(utterance.text) and find_people(utterance.text, utterance.lexicon):
        return True
    if not _PAID.search(utterance.text) and not _MADE_UP.search(utterance.text):
        return False
    text = utterance.text
    for span in sorted((*amounts, *utterance.months), key=lambda span: -span.start):
        text = text[: span.start] + text[span.end :]
    return not _PLAIN.sub("", text)


_MY_KIN = re.compile(rf"我(?={NAME})")
_OF_SOMEBODY = re.compile(rf"[我他她]|{NAME}")


def _by_payer(utterance: Utterance, said: list[Clause]) -> list[Clause]:
    """Put a clause that only says how much (也是30) to the one before, which says whose."""
    groups: list[list[Clause]] = []
    for clause in said:
        if groups and not _OF_SOMEBODY.search(clause.text) and amounts_said(utterance, [clause]):
            before = groups[-1]
            if not amounts_said(utterance, before) and before[-1].end + 2 >= clause.start:
                before.append(clause)
                continue
        groups.append([clause])
    return [utterance.stretch(group) if len(group) > 1 else group[0] for group in groups]


def _each(utterance: Utterance, said: list[Clause]) -> list[Reading]:
    """Read a list of payers, each with an amount (安建平 30元；骆冰 25元)."""
    found: list[Reading] = []
    for clause in _by_payer(utterance, said):
        names, amounts = find_payers(utterance, [clause]), amounts_said(utterance, [clause])
        people = find_people(clause.text, utterance.lexicon)
        if not names and len(people) == 1 and "我" not in _MY_KIN.sub("", clause.text, count=1):
            named = find_name(clause.text, people[0][1], utterance.lexicon)
            names = (named[0] if named else people[0][0],)
        own = "我" in clause.text or Topic.DUES in clause.topics or _PAID.search(clause.text)
        if len(amounts) != 1 or not (names or own):
            continue
        months = months_said(utterance, [clause])
        total = total_said(utterance, [clause], len(months))
        if total == UNCLEAR:
            return []
        slots = DuesPaidSlots(months, total, names)
        found.append(Reading(slots, Strength.CLEAR, (clause.start, clause.end)))
    if len({reading.slots.names for reading in found}) < 2:
        return []
    if any(reading.slots.months for reading in found):
        return found
    months = months_said(utterance, said)
    return [replace(each, slots=replace(each.slots, months=months)) for each in found]


_PROTEST = re.compile(
    r"[交缴转付](?:[齐清完]|上去)?[了过]{1,2}(?:的|呀|啊)?(?:怎么|咋|为啥|为什么|凭什么)(?:还|又|老|总|名单|一直|说我|催)"
)


_RECEIVED = re.compile(
    rf"(?:(?:\d{{1,2}}[月.])?\d{{1,2}}[日号]?|今天|今儿|刚才?|已|我|昨天|上午|下午|又|代|先)*收(?:到|了|上|上来|来|下)*(?:第?[一二三四五六七八九十\d]{{1,2}}(?:小)?组)?的?(?:{NAME})"
)
"""What whoever collects the dues has got (收王五党费15)."""
_NAMED_SUM = re.compile(
    rf"(?:{NAME})(?:[、和跟与](?:{NAME})){{0,8}}的?(?:\d{{1,2}}月(?:份)?的?)?党费\s?[\d{WORDS}]"
)
"""Whose, and how much (王五党费15), and no word of paying."""
_COUNTED_DUES = re.compile(r"(?:[两俩仨三四五六]|\d{1,2})个?月的?党费")
_SUM_OF_DUES = re.compile(
    rf"(?:[\d.]+|[{WORDS}]+)(?:元|块钱?)?的?(?:(?:\d{{1,2}}|[{WORDS}]{{1,2}})月份?|本月|这个?月|上个?月)?的?党费"
)
"""How much, said before what it is (15元党费)."""
_THEIR_MONTHS = re.compile(r"[他她]们?的?(?:\d{1,2}|[一二三四五六七八九十]{1,3})月")
"""What is paid for somebody named before (他四月五月两个月的)."""


def _is_said(clause: Clause) -> bool:
    """Tell whether a clause may hold what was paid: neither asked, denied, ordered nor others'."""
    protest = _PROTEST.search(clause.text)
    text = clause.text[: protest.start() + 1] if protest else clause.text
    if "党费" not in text and _OTHER_FEE.search(text):
        return False  # 卫生费30都交了
    others = about_listener(text) and not _THEIR_MONTHS.match(text)
    calls = _CALLS.search(text) and not _RECEIVED.match(text)
    if calls or others or _LATER.search(text) or _AT_THAT_TIME.search(text):
        return False
    return clause.stated or bool(NOT_BUT.search(text) or protest or _FIRST_PART.search(text))


_AT_THAT_TIME = re.compile(r"[交缴]党费(?:的(?:时候|时|同时|路上|那天)|时(?!间)|回来|路上)")
"""交党费的时候顺便把报纸费20交了: the sum is none of dues."""
_FIRST_PART = re.compile(r"(?:不够|没带够|没有?零钱|找不开)[^，]{0,4}先[交缴给转付]")
"""Denies the money at hand, not the payment (零钱不够先交3块)."""


def _is_paid(utterance: Utterance, clause: Clause, said: list[Clause]) -> bool:
    if ENTERED.search(utterance.text) or entered_payers(utterance):
        return bool(amounts_said(utterance, said))
    topical = Topic.DUES in clause.topics or len(said) > 1 or utterance.quoted is not None
    if Topic.UNDO in utterance.topics:
        return topical and bool(amounts_said(utterance, said))
    if _PAID.search(clause.text):
        return True
    if topical and _RECEIVED.match(clause.text) and amounts_said(utterance, said):
        return True
    text = clause.text
    amount = any(amounts_said(utterance, [p]) or any(find_odd_amounts(p.text)) for p in said)
    months = any(utterance.months_in(part) for part in said)
    if topical and amount and _are_several(utterance, said):
        return True
    offered = _OFFERED.search(clause.text)
    if offered and months and _MADE_UP.search(clause.text):
        return True
    begins = clause.text.startswith("党费") or bool(_NAMED_SUM.match(clause.text))
    begins = begins or bool(_COUNTED_DUES.match(clause.text) or _SUM_OF_DUES.fullmatch(clause.text))
    if topical and amount and (is_shared_with_another_fee(clause.text) or _GATHERED.search(text)):
        return True
    if topical and utterance.addressed and _FROM_TO.search(text):
        return True
    return topical and amount and (months or bool(offered) or begins)


_GATHERED = re.compile(
    r"(?:组|支部|楼|大家|我们)[^，]{0,6}的?党费[^，]{0,4}(?:收|[交缴])(?:齐|全|上来|完|好)|(?:组|支部|楼|大家)[^，]{0,6}党费[^，]{0,3}收了"
)
"""One has got the dues of all (一组党费收齐了共75元): whose they are is asked."""
_FROM_TO = re.compile(
    r"(?<![要得该想应可])从(?:去年|今年)?(?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份|的|开始|起|一直)*[交缴]到了?(?:今年|明年|次年)?(?:\d{1,2}|[一二三四五六七八九十]{1,2})月"
)
"""Said of oneself to the bot (党费从8月交到12月)."""


def _are_several(utterance: Utterance, said: list[Clause]) -> bool:
    if is_together(utterance, said).are_several:
        return True
    names = find_payers(utterance, said)
    several = len(names) > 1 or not COUPLES.isdisjoint(names)
    return several and per_person(utterance, said) is not None


def _paid(utterance: Utterance, said: list[Clause], strength: Strength) -> list[Reading]:
    """Read the payment; nothing where amounts rival, so that nobody's guess is written."""
    months = months_said(utterance, _without_slips(utterance, said)) or months_said(utterance, said)
    total = total_said(utterance, said, len(months))
    if total is None and not any(c.mood is Mood.QUESTION for c in utterance.clauses):
        about = [c for c in utterance.about(Topic.DUES) if c.stated and not _LATER.search(c.text)]
        total = total_said(utterance, about, len(months))
    whole = utterance.stretch(said).text
    if _CARRIED_OVER.search(utterance.text):
        months = tuple(month for month in months if month <= Month.of(day_of(utterance.now)))
    if _counts_others(utterance, said, months):
        months, total = (), total_said(utterance, said, 0)
    doubt, doubted = _doubt(utterance, said, total)
    if doubt is not None:
        total = None
    together = is_together(utterance, said)
    payers = together.names or find_payers(utterance, said)
    owners = owners_of_sums(utterance)
    if owners and not payers and _MINE_AS_WELL.search(whole):
        doubt, doubted, total, payers = Doubt.SEVERAL, None, None, owners
    elif len(owners) == 1 and not payers and "我" not in whole and not _GIVEN_TO.search(whole):
        payers = owners
    elif len(owners) > 1 and not set(owners) <= set(payers):
        doubt, doubted, total, payers = Doubt.SEVERAL, None, None, owners
    with_me = together.with_me or (bool(payers) and pays_as_well(whole))
    each = per_person(utterance, said)
    if not payers and any(_THEIR_MONTHS.match(clause.text) for clause in said):
        return []  # 他四月的党费我交了: whose is not said
    by_proxy = not payers and not with_me and _BY_PROXY.search(whole) is not None
    slots = DuesPaidSlots(
        months=months,
        amount_fen=total,
        names=payers,
        odd_month=next(find_odd_months(whole), None) if "月" in whole else None,
        odd_amount=next(find_odd_amounts(whole), None),
        with_me=bool(payers) and with_me,
        each_fen=each,
        heads=0
        if by_proxy or (not payers and (_GATHERED.search(whole) or is_of_somebody(utterance)))
        else _unnamed(replace(together, names=payers, with_me=with_me), each, total),
        quoted=() if months else months_quoted(utterance),
        until=None if months else until_said(utterance, said),
        doubt=doubt,
        doubted_fen=doubted,
    )
    return [Reading(slots, strength, (_begin(utterance, said), said[-1].end))]


def _doubt(
    utterance: Utterance, said: list[Clause], total: int | None
) -> tuple[Doubt | None, int | None]:
    """Return what of the sum has to be asked, and the sum it is asked about."""
    if is_shared_with_another_fee(utterance.text):
        sums = {cast("int", span.value) for span in amounts_said(utterance, said)}
        return (Doubt.FEE, sums.pop()) if len(sums) == 1 else (Doubt.SUM, None)
    if total is None:
        return (Doubt.SUM if _is_unread(utterance, said) else None), None
    if total == UNCLEAR:
        apiece = apiece_said(utterance, said)
        return (Doubt.SUM, None) if apiece is None else (Doubt.MONTHLY, apiece)
    return None, None


_MINE_AS_WELL = re.compile(rf"(?:我|本人|自己)(?:的|是|交|党费|:|\s)*[\d{WORDS}]")
"""党费我15王五15共30: two pay, and which sum is whose is asked."""
_CARRIED_OVER = re.compile(r"[多余剩][^，。]{0,8}(?:算|抵|留|当|顶|放)[^，。]{0,3}(?:下|明|到)")
"""党费20，多的5块算下个月的: which month the whole is of was not said."""
_GIVEN_TO = re.compile(r"[交转付打给]|收")
_BY_PROXY = re.compile(
    r"(?<![请让叫托])[帮替](?![我俺您你忙])[^，我]{1,8}?(?:把)?(?:\d{1,2}月)?(?:党费)?[交缴转付]|(?<!请)(?<!托)我(?:先)?(?:代[交缴付]|垫(?:付|上|交)?了?的?|帮(?:着|忙)?[交缴]|捎来)|(?<!的)代收了|由我[垫代交缴]|[帮替][他她](?!们)"
)
"""The sender has paid for somebody: without a name it is asked for whom."""


def _unnamed(payers: Payers, each: int | None, total: int | None) -> int | None:
    """Return how many pay together where not all of them were named; 0 where that was not said."""
    if payers.heads > max(payers.known, 1):
        return payers.heads
    if each is None or payers.known:
        return None
    times = 0 if total is None or total % each else total // each
    return times if times > 1 else 0


_SUM_WORDS = re.compile(
    rf"[\d几多来半{WORDS}]\s?(?:块(?!儿|[交缴转付给打过去来的])|(?<=[几多来半])块(?!儿)|元(?!旦|宵|月)|毛(?!病))"
)


def _is_unread(utterance: Utterance, said: list[Clause]) -> bool:
    """Tell words of money nobody could read (交了十几块): the assessed sum is not what was said."""
    for clause in said:
        for match in _SUM_WORDS.finditer(clause.text):
            span = Span(clause.start + match.end() - 1, clause.start + match.end(), None)
            known = any(s.start <= span.start < s.end for s in utterance.money)
            if not known and not is_taken(utterance, span):
                return not amounts_said(utterance, said)
    return False


def _counts_others(utterance: Utterance, said: list[Clause], months: tuple[Month, ...]) -> bool:
    """Tell 11月党费一个月15交了3个月: which months is not said."""
    count = count_months(utterance, said)
    others = any("也" in clause.text for clause in said)  # 明年1月的也交了，一共两个月
    return bool(months) and count is not None and count != len(months) and not others


def _begin(utterance: Utterance, said: list[Clause]) -> int:
    """Return where the dues begin; a correction before them (更正：…) is an action of its own."""
    if Topic.UNDO not in utterance.topics:
        return said[0].start
    starts = [span.start for span in (*amounts_said(utterance, said), *utterance.months)]
    return min(max(start, said[0].start) for start in starts) if starts else said[0].start


_OWNED = re.compile(
    rf"(?P<who>我自己|我|本人|自己|(?:我的?|俺)?(?P<kin>{KIN})|(?P<name>{NAME}))(?:的|是|交|党费|:|\s)*(?=[\d{WORDS}])"
)


def _each_of_family(utterance: Utterance, said: list[Clause]) -> list[Reading]:
    """Read 本人10老伴8 as a payment each; a total named beside them must be theirs."""
    spans = sums_said(utterance, said)[0]
    whose = {match.end(): match for match in _OWNED.finditer(utterance.text)}
    owned = [span for span in spans if span.start in whose]
    names = [whose[span.start]["kin"] or whose[span.start]["name"] for span in owned]
    rest = sum(cast("int", span.value) for span in spans if span not in owned)
    if len(owned) < 2 or len(set(names)) < len(names):
        return []
    if rest not in (0, sum(cast("int", span.value) for span in owned)):
        return []
    months = months_said(utterance, said)
    if len(months) > 1:
        return []
    return [
        Reading(
            DuesPaidSlots(months, cast("int", span.value), (name,) if name else ()),
            Strength.CLEAR,
            (whose[span.start].start(), span.end),
        )
        for span, name in zip(owned, names, strict=True)
    ]
