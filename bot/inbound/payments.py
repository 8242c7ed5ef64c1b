"""Dues paid and questions on dues, read from what was said: which months, how much, whose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from bot.clock import day_of
from bot.domain.periods import Month
from bot.inbound.dues_payers import APIECE, EACH, NOBODY, Payers, pays_as_well, read_payers
from bot.inbound.dues_sums import UNCLEAR, add_up, corrected, multiplied, sift, without_days
from bot.inbound.intents import Reading, Strength
from bot.inbound.names import NAME, find_name, find_people, read_names, read_names_with_tails
from bot.inbound.numerals import WORDS, read_int
from bot.inbound.patterns import one_of
from bot.inbound.scope import about_everybody, about_listener
from bot.inbound.spans.money import find_bare_amounts, find_odd_amounts
from bot.inbound.spans.months import find_odd_months
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Span, Utterance


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
    """

    months: tuple[Month, ...] = ()
    amount_fen: int | None = None
    names: tuple[str, ...] = ()
    odd_month: str | None = None
    odd_amount: str | None = None
    with_me: bool = False
    each_fen: int | None = None
    heads: int | None = None


@dataclass(frozen=True, slots=True)
class DuesQuerySlots:
    """A question about dues.

    Attributes:
        months: The months asked about, sorted; empty for all.
        names: Those asked about, empty for the sender.
    """

    months: tuple[Month, ...] = ()
    names: tuple[str, ...] = ()


_PAID = one_of(
    r"(?:转|交|缴|付)(?:了)?(?:转|交|缴|付)了|(?:交|缴|转|付)的是|[交缴转付补](?:过来|过去|给您|给你|给他)|没落下"
    r"|(?:上交|补交|补缴|缴纳|代缴|代交|[交缴转付汇打扫补存清])"
    r"(?:[上齐清完好掉足满账款进纳您]|过去|过来|出去){0,3}(?:[给到][^，]{0,10}?)?"
    r"(?:[齐清完好]|过去|账){0,2}[了过啦咯喽讫毕罗]"
    r"|[交缴](?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份)?的?党费了|已经?[^，]{0,10}?(?:上交|补交|补缴|缴纳|[交缴转付补汇清])"
    r"|(?:[塞递捎拿带搁放托]|转交|送)(?:[给到在]|过)[^，]{0,10}了|(?:[块元]钱?|\d|党费)也?给我了|(?:亲手|当面)?给(?:了|[您你]们?了|您的|你的|组长了|支书了|书记了|会计了)|[搞弄整办](?:归一|好|完|清)了|党费.{0,2}(?:OK|ok|搞定|办妥|妥了|结清|清了)|[交缴]齐|刚刚?[交缴转付]|完成.{0,6}[交缴]|缴讫|付讫|完成缴费|缴费成功|支付成功|转账成功"
)
_OFFERED = re.compile(r"上交|补交|补缴|缴纳|[交缴转补]")
_CALLS = one_of(
    r"请(?!.{0,4}[查核确收看知放登记])|记得|[应该必须]交|(?<!刚)要[交缴]|需[要]?[交缴]"
    r"|得[交缴]|开始[交缴]|收党费|收[取缴]|催|提醒|统计|截止|(?<!按)(?<!新)标准"
    r"|比例|基数|必须|按时交|及时|主动|规定|制度|条例|公示|党费(?:收据|证|使用|管理"
    r"|工作|通知|是(?!\s?\d))|大家|各位|同志们|说[他她我]|听[^，。我]{1,5}[讲说聊提]|听说|据说|(?<!差点)(?<!险些)忘|收到.{0,4}党费"
    r"|想[交缴]|去[交缴](?!了)|去把|不是党费|[跟给和]我[说讲]|告诉我|说一声|跟着"
    r"|划拨|下拨|拨付|[万亿]元|^转[:：]|头一[回次]|(?<!方便)(?<!可以)的话(?!题)"
)
_FOR = one_of(r"(?:代[缴交][:\s]?|[帮替代为连]|(?<![转交付打发汇退还缴塞递捎送拿带搁放])给)@?")
_OF = re.compile(
    r"(?:的|家的|这个月的?|本月的?|上个?月的?|\s)*(?:[^，]{0,8}?党费|也?一[起并块]"
    r"|也[交缴]|的也|[交缴][清齐了]|[交缴]到[几哪]|(?:[一二三四上本这]个?季度|\d{1,2}月份?)的?[交缴][清齐])"
)
_DUES_OF = re.compile(r"党费(?:已?[交缴](?:了|过)?)?[\s:]+(?!何时|钱款|费用)")
_BEFORE_SUM = re.compile(
    r"(?:同志)?的?\s*(?:\d|[一二三四五六七八九十]{1,3}月|[本这上]个?月|去年|今年|$)"
)
_START = re.compile(
    r"^(?:(?:\d{1,2}|[一二三四五六七八九十]{1,2})月份?|本月|这个月|上个?月"
    r"|[一二三四1-4上本这]个?季度|[上下]半年|[去今]年)?的?(?:我[和跟与])?"
)
_ALONE = re.compile(
    r"(?:我|都|已经?|刚|也|全部?|这个月|本月)*(?:交|缴|转)(?:上|齐|完|好|过去)?(?:了|啦"
    r"|过)?(?P<sum>\s?[\d.]+(?:元|块钱?)?)?(?:了|啦)?"
)
_LONGEST_ALONE = 40
_MINE = re.compile(r"(?:我|我的|这是我的)\s?\d{1,4}(?:\.\d{1,2})?(?:元|块)?")
_TOTAL = re.compile(r"(?:一共|总共|总计|合计|共计|共|总|合)(?:是|交|缴|了|转|计|为|:|\s)*")
_MONTHLY = one_of(
    r"(?:每个?月|一个月|(?<![十、，和到至月\d])一月(?=[都是各交缴\d一二两三四五六七八九十])|月均|每月份|按月|月缴|月交)(?:都|是|各|交|缴|党费|按|,|:|\s)*"
    r"|各(?:交|缴|是)?"
)
_A_MONTH = re.compile(r"(?:一个月|每个?月|/月|一月)")
_NOT_BUT = re.compile(
    r"(?:不是|并非|而不是|不应该是|写成了?|打成了?|输成了?|发成了?"
    rf"|说成了?)\s?[^，]{{0,3}}?[\d.{WORDS}]+(?:元|块)?"
)
_ASKED = re.compile(r"党费|[交缴欠]|多少|什么时候|截止|哪|标准|几号|转给|怎么|咋")
_LOOKUP = re.compile(
    r"查(?:一?下|查|询|看)?.{0,10}党费|党费.{0,4}(?:查|情况|明细|记录|标准|余额)"
    r"|^我的?(?:(?![收替帮管负])[^，]){0,6}党费$|欠.{0,4}(?:多少|几)"
)
_THING = re.compile(r"党费(?:证|本|收据|箱)")
_NOT_YET = re.compile(
    r"还[没在不][^，]{0,10}呢$|[剩没][^，]{0,3}(?:多少|几个?)钱?了?$|的事[^，]{0,4}(?:说|讲|谈|聊|讨论)[^，]{0,4}(?:没有?|吗|么)$"
)
_OF_ALL = re.compile(
    r"^导出|缴纳情况|收缴(?:情况|进度|率|明细)|报表|拉[个一]?[个张份]?表|汇总|统计|[交缴]齐了?没"
)
_ORDERED = re.compile(r"(?:怎么|怎样|如何|咋).{0,3}(?:确认|核对|催|更正|改正)")
_SPENT = re.compile(r"花(?:在|到|了|去|哪)|用(?:在|到|去)哪|干(?:什么|啥|嘛)用")
_OWN = re.compile(r"我|本人|自己|个人")
_RECEIVER = re.compile(r"(?:给|到|找|向|转|交|跟|是)谁|谁(?:来)?收|谁那")


def recognise_dues_paid(utterance: Utterance) -> list[Reading]:
    """Recognise dues said to be paid; 交了 and 已交 alone read `BARE`."""
    if not utterance.clauses or utterance.to_others or "不是党费" in utterance.text:
        return []
    alone = _ALONE.fullmatch(utterance.text) if len(utterance.text) <= _LONGEST_ALONE else None
    quoted = Topic.DUES in utterance.quoted_topics
    if quoted and _MINE.fullmatch(utterance.text):
        return _paid(utterance, list(utterance.clauses), Strength.CLEAR)
    implied = not quoted and Topic.DUES not in utterance.topics and _is_implied(utterance)
    if Topic.DUES not in utterance.topics and not (quoted or alone or implied):
        return _paid_together(utterance)
    if utterance.years and all(_is_long_ago(span, utterance) for span in utterance.years):
        return []
    if Topic.DUES not in utterance.topics and alone and not quoted:
        return _paid(utterance, list(utterance.clauses), Strength.BARE)
    if _COMPLAINT.search(utterance.text):
        return []
    around = utterance.about(Topic.DUES) or utterance.clauses
    said = [clause for clause in around if _is_said(clause) or _is_checked(clause, around)]
    if not any(_is_paid(utterance, clause, said) for clause in said):
        return []
    if _together(utterance, said).are_several and _per_person(utterance, said) is not None:
        return _paid(utterance, said, Strength.CLEAR)
    family = _each_of_family(utterance, said)
    return family or _each(utterance, said) or _paid(utterance, said, Strength.CLEAR)


def _paid_together(utterance: Utterance) -> list[Reading]:
    """Read 我和张伟各30 said to the bot, which has no other sums to keep; the months are asked for."""
    text = utterance.text
    if not utterance.addressed or utterance.topics or len(text) > _LONGEST_ALONE:
        return []
    if utterance.elsewhere or _OTHER_FEE.search(text) or not _SHARED.search(text):
        return []
    said = list(utterance.clauses)
    if not all(_is_said(clause) for clause in said) or _per_person(utterance, said) is None:
        return []
    left = text
    values = (*_amounts(utterance, said), *utterance.months)
    for span in sorted(values, key=lambda span: -span.start):
        left = left[: span.start] + left[span.end :]
    left = _PLAIN.sub("", _SHARED.sub("", left))
    for name in (*_together(utterance, said).names, *(n for n, *_ in find_people(text))):
        left = left.replace(name, "")
    return [] if _NOT_PLAIN.search(left) else _paid(utterance, said, Strength.CLEAR)


_SHARED = re.compile(
    r"各|每个?人|一个?人|人均|每位|[我咱俺]们?[俩仨]|两口子?|夫妻俩?|和|跟|与|同|、"
    r"|(?:\d|[两三四五六七八九十])个(?!月)人?"
)
_NOT_PLAIN = re.compile(r"[^\s，。、老大小家]")


_COMPLAINT = re.compile(
    r"扣[错重]|多扣|错了吧|扣了[两二三23][回次遍]|退(?:一下)?(?:给我|还我|我(?=[一\d，钱吧]|$)|回给我)|退一[回次笔]|其中[^，。\d]{0,6}\d[\d.]*(?:元|块)?(?![^，]{0,3}党费)"
)
_CHECKED = re.compile(r"\d[^，]*(?:对|是|没错)吧$")
_LATER = re.compile(
    r"月份?的?(?:党费)?(?:我)?(?:等|缓|再等|先放|先欠|往后|过几天|过两天|迟几天|晚几天|暂|下回|下次)"
)


def _is_checked(clause: Clause, around: Sequence[Clause]) -> bool:
    """Read 我10月的党费是15对吧，刚转了: asked of what was paid all the same."""
    return bool(_CHECKED.search(clause.text)) and any(
        after.start > clause.start and _is_said(after) and _PAID.search(after.text)
        for after in around
    )


_LONG_AGO = 3  # years; whoever tells of 1983 tells a story


def _is_long_ago(span: Span, utterance: Utterance) -> bool:
    year = cast("tuple[Month, ...]", span.value)[0].year
    return year < utterance.now.year - _LONG_AGO


_PLAIN = re.compile(
    r"我|们|的|都|也|已经?|刚|全部?|就|先|给|您|书记|会计|委员|组长|转账?|交|缴|付|汇|打|补|过去|过来|了|啦|哈|啊|一共|总共|共|合计|合|每|各|一?个月|月"
    r"|现金|微信|支付宝|[一二三四五六七八九十两]|元|块|份|查收|请|收|麻烦|核对|下|一|，|。|:|\s"
)


_MADE_UP = re.compile(r"补(?:[交缴]|(?=[\d一二三四五六七八九十]))")
_OTHER_FEE = re.compile(r"(?<!党)费")
_ENTERED = re.compile(r"^(?:请|麻烦)?(?:记账|入账|记一笔|登账|上账)")


def _is_implied(utterance: Utterance) -> bool:
    """Read 二季度三个月，每月十二块，共三十六已转账: months and amounts, and nothing else to pay for."""
    if not utterance.months or utterance.elsewhere or _OTHER_FEE.search(utterance.text):
        return False
    amounts = _amounts(utterance, list(utterance.clauses))
    if not amounts:
        return False
    if _ENTERED.search(utterance.text) and find_people(utterance.text, utterance.lexicon):
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
        if groups and not _OF_SOMEBODY.search(clause.text) and _amounts(utterance, [clause]):
            before = groups[-1]
            if not _amounts(utterance, before) and before[-1].end + 2 >= clause.start:
                before.append(clause)
                continue
        groups.append([clause])
    return [utterance.stretch(group) if len(group) > 1 else group[0] for group in groups]


def _each(utterance: Utterance, said: list[Clause]) -> list[Reading]:
    """Read a list of payers, each with an amount (安建平 30元；骆冰 25元)."""
    found: list[Reading] = []
    for clause in _by_payer(utterance, said):
        names, amounts = _payers(utterance, [clause]), _amounts(utterance, [clause])
        people = find_people(clause.text, utterance.lexicon)
        if not names and len(people) == 1 and "我" not in _MY_KIN.sub("", clause.text, count=1):
            named = find_name(clause.text, people[0][1], utterance.lexicon)
            names = (named[0] if named else people[0][0],)
        own = "我" in clause.text or Topic.DUES in clause.topics or _PAID.search(clause.text)
        if len(amounts) != 1 or not (names or own):
            continue
        months = _months(utterance, [clause])
        total = _total(utterance, [clause], len(months))
        if total == UNCLEAR:
            return []
        slots = DuesPaidSlots(months, total, names)
        found.append(Reading(slots, Strength.CLEAR, (clause.start, clause.end)))
    if len({reading.slots.names for reading in found}) < 2:
        return []
    if any(reading.slots.months for reading in found):
        return found
    months = _months(utterance, said)
    return [replace(each, slots=replace(each.slots, months=months)) for each in found]


_PROTEST = re.compile(
    r"[交缴转付](?:[齐清完]|上去)?[了过]{1,2}(?:的|呀|啊)?(?:怎么|咋|为啥|为什么|凭什么)(?:还|又|老|总|名单|一直|说我|催)"
)


_NAMED_SUM = re.compile(rf"(?:{NAME})的?(?:\d{{1,2}}月(?:份)?的?)?党费\s?[\d{WORDS}]")
"""Whose, and how much (王五党费15), and no word of paying."""
_THEIR_MONTHS = re.compile(r"[他她]们?的?(?:\d{1,2}|[一二三四五六七八九十]{1,3})月")
"""What is paid for somebody named before (他四月五月两个月的)."""


def _is_said(clause: Clause) -> bool:
    """Tell whether a clause may hold what was paid: neither asked, denied, ordered nor others'."""
    protest = _PROTEST.search(clause.text)
    text = clause.text[: protest.start() + 1] if protest else clause.text
    if "党费" not in text and _OTHER_FEE.search(text):
        return False  # 卫生费30都交了
    others = about_listener(text) and not _THEIR_MONTHS.match(text)
    if _CALLS.search(text) or others or _LATER.search(text):
        return False
    return clause.stated or bool(_NOT_BUT.search(text) or protest)


def _is_paid(utterance: Utterance, clause: Clause, said: list[Clause]) -> bool:
    if _ENTERED.search(utterance.text):
        return bool(_amounts(utterance, said))
    topical = Topic.DUES in clause.topics or len(said) > 1 or utterance.quoted is not None
    if Topic.UNDO in utterance.topics:
        return topical and bool(_amounts(utterance, said))
    if _PAID.search(clause.text):
        return True
    amount = any(_amounts(utterance, [p]) or any(find_odd_amounts(p.text)) for p in said)
    months = any(utterance.months_in(part) for part in said)
    if topical and amount and _together(utterance, said).are_several:
        return True
    offered = _OFFERED.search(clause.text)
    if offered and months and _MADE_UP.search(clause.text):
        return True
    begins = clause.text.startswith("党费") or bool(_NAMED_SUM.match(clause.text))
    return topical and amount and (months or bool(offered) or begins)


def _paid(utterance: Utterance, said: list[Clause], strength: Strength) -> list[Reading]:
    """Read the payment; nothing where amounts rival, so that nobody's guess is written."""
    months = _months(utterance, said)
    total = _total(utterance, said, len(months))
    if total is None and not any(c.mood is Mood.QUESTION for c in utterance.clauses):
        about = [c for c in utterance.about(Topic.DUES) if c.stated and not _LATER.search(c.text)]
        total = _total(utterance, about, len(months))
    whole = utterance.stretch(said).text
    if total is None and _is_unread(utterance, said):
        return []
    if total == UNCLEAR or _counts_others(utterance, said, months):
        return []
    together = _together(utterance, said)
    payers = together.names or _payers(utterance, said)
    with_me = together.with_me or (bool(payers) and pays_as_well(whole))
    each = _per_person(utterance, said)
    if not payers and any(_THEIR_MONTHS.match(clause.text) for clause in said):
        return []  # 他四月的党费我交了: whose is not said
    slots = DuesPaidSlots(
        months=months,
        amount_fen=total,
        names=payers,
        odd_month=next(find_odd_months(whole), None) if "月" in whole else None,
        odd_amount=next(find_odd_amounts(whole), None),
        with_me=bool(payers) and with_me,
        each_fen=each,
        heads=_unnamed(replace(together, names=payers, with_me=with_me), each, total),
    )
    return [Reading(slots, strength, (_begin(utterance, said), said[-1].end))]


def _unnamed(payers: Payers, each: int | None, total: int | None) -> int | None:
    """Return how many pay together where not all of them were named; 0 where that was not said."""
    if payers.heads > max(payers.known, 1):
        return payers.heads
    if each is None or payers.known:
        return None
    times = 0 if total is None or total % each else total // each
    return times if times > 1 else 0


_SUM_WORDS = re.compile(
    rf"[\d几多来半{WORDS}]\s?(?:块(?!儿|[交缴转付给打过去来的])|元(?!旦|宵|月)|毛(?!病))"
)


def _is_unread(utterance: Utterance, said: list[Clause]) -> bool:
    """Tell words of money nobody could read (交了十几块): the assessed sum is not what was said."""
    for clause in said:
        for match in _SUM_WORDS.finditer(clause.text):
            span = Span(clause.start + match.end() - 1, clause.start + match.end(), None)
            known = any(s.start <= span.start < s.end for s in utterance.money)
            if not known and not _is_taken(utterance, span):
                return not _amounts(utterance, said)
    return False


_COUNTED = re.compile(r"(?P<count>\d{1,2}|[两二三四五六七八九十]{1,2})个月(?!前|没|未)")


def _counted(utterance: Utterance, clauses: list[Clause]) -> int | None:
    """Return how many months are said to be paid (交了3个月), apart from those named."""
    for clause in clauses:
        for match in _COUNTED.finditer(clause.text):
            count = read_int(match["count"]) or 0
            start, end = clause.start + match.start(), clause.start + match.end()
            inside = any(s.start < end and start < s.end for s in utterance.months)
            if count > 1 and not inside:
                return count
    return None


def _counts_others(utterance: Utterance, said: list[Clause], months: tuple[Month, ...]) -> bool:
    """Tell 11月党费一个月15交了3个月: which months is not said."""
    count = _counted(utterance, said)
    others = any("也" in clause.text for clause in said)  # 明年1月的也交了，一共两个月
    return bool(months) and count is not None and count != len(months) and not others


def _begin(utterance: Utterance, said: list[Clause]) -> int:
    """Return where the dues begin; a correction before them (更正：…) is an action of its own."""
    if Topic.UNDO not in utterance.topics:
        return said[0].start
    starts = [span.start for span in (*_amounts(utterance, said), *utterance.months)]
    return min(max(start, said[0].start) for start in starts) if starts else said[0].start


def _months(utterance: Utterance, clauses: list[Clause]) -> tuple[Month, ...]:
    spans = [s for c in clauses for s in utterance.months if c.start <= s.start and s.end <= c.end]
    spans = _without_echoes(utterance, spans)
    spans = [s for s in spans if not _is_excepted(utterance.text, s)]
    rates = [span for span in spans if _is_rate(utterance, span)]
    named = [span for span in spans if span not in rates] or spans
    months = {month for span in named for month in cast("tuple[Month, ...]", span.value)}
    if not months:
        for clause in clauses:
            for span in utterance.years:
                if clause.start <= span.start and span.end <= clause.end:
                    months.update(cast("tuple[Month, ...]", span.value))
    return tuple(sorted(months))


_BUT = one_of(
    r"[交缴]到了?$|(?:除[了开去却]?|[就只还仅单]?差|[就只还仅]?剩下?|[就只还]欠|不算|不含|不包括|不是|并非|而不是)(?:我的?|的|了)?\s?"
    rf"(?:[\d{WORDS}、和到至-]+月?[、和])?$"
)


def _is_excepted(text: str, span: Span) -> bool:
    """Tell the month that was left out (除了8月都交了, 就差12月的) or that it is not (不是11月)."""
    return bool(_BUT.search(text, max(span.start - 10, 0), span.start))


_NEAR = frozenset("上下本这去今明当")
"""What a month begins with that is told by today (上个月, 今年1月)."""


def _without_echoes(utterance: Utterance, spans: list[Span]) -> list[Span]:
    """Drop a bare month that only repeats one said with its year (下个月的党费转了，1月，10元)."""
    sure = [s for s in spans if utterance.text[s.start] in _NEAR]
    if not sure:
        return spans
    numbers = {month.number for s in sure for month in cast("tuple[Month, ...]", s.value)}
    return [s for s in spans if s in sure or not _numbers(s) <= numbers]


def _numbers(span: Span) -> set[int]:
    return {month.number for month in cast("tuple[Month, ...]", span.value)}


def _is_rate(utterance: Utterance, span: Span) -> bool:
    """Tell 一月七块 (seven yuan a month) from January, where other months are named as well."""
    said = utterance.text[span.start : span.end]
    return said == "一月" and bool(_RATED.match(utterance.text, span.end))


_RATED = re.compile(rf"(?:\d|[{WORDS}])[\d.{WORDS}]*(?![\d.{WORDS}月日号、])")


def _amounts(utterance: Utterance, clauses: list[Clause]) -> list[Span]:
    """Return the amounts said, with or without a unit, leaving out 不是15."""
    written = [s for c in clauses for s in utterance.money if c.start <= s.start and s.end <= c.end]
    bare = [s for c in clauses for s in _bare(utterance, c) if not _is_taken(utterance, s)]
    if not (written or bare):
        return []
    wrong = [
        (clause.start + match.start(), clause.start + match.end())
        for clause in clauses
        for match in _NOT_BUT.finditer(clause.text)
    ]
    kept = [s for s in written if not any(start <= s.start < end for start, end in wrong)]
    bare = [s for s in bare if not any(start <= s.start < end for start, end in wrong)]
    if kept:
        apart = [s for s in bare if not any(s.start < w.end and w.start < s.end for w in kept)]
        bare = [s for s in apart if _SAID_PAID.search(utterance.text, s.start - 4, s.start)]
    return sorted((*kept, *bare), key=lambda span: span.start)


_SAID_PAID = re.compile(r"(?:[交缴转付给]了|共|计|党费)\s?$")


def _sums(utterance: Utterance, clauses: list[Clause]) -> tuple[list[Span], bool]:
    """Return the amounts that may be the sum, and whether parts of it were left out."""
    text = utterance.text
    spans = _amounts(utterance, clauses)
    if not spans:
        return [], False
    spans, partly = sift(text, spans)
    some = without_days(text, spans, day_of(utterance.now))
    spans, partly = some, partly or len(some) < len(spans)
    return multiplied(text, corrected(text, spans)), partly


def _bare(utterance: Utterance, clause: Clause) -> list[Span]:
    """Return the numbers without a unit; the 三 of 张三 is none."""
    found = list(find_bare_amounts(utterance.text, clause.start, clause.end))
    if not found:
        return []
    named = [
        (clause.start + start, clause.start + read_names_with_tails(clause.text, start)[1])
        for _, start, _ in find_people(clause.text, utterance.lexicon)
    ]
    return [s for s in found if not any(start < s.start < end for start, end in named)]


_OF_A_MONTH = re.compile(r"[-~到至]\d{1,2}月")


def _is_taken(utterance: Utterance, span: Span) -> bool:
    if _OF_A_MONTH.match(utterance.text, span.end):
        return True  # 2026-3月, 3-2月
    others = (*utterance.months, *utterance.dates, *utterance.times, *utterance.counts)
    others += utterance.years
    return any(span.start < other.end and other.start < span.end for other in others)


def _total(utterance: Utterance, clauses: list[Clause], months: int) -> int | None:
    """Add up: a total said wins, a rate is multiplied, the items of one payment are summed."""
    spans, partly = _sums(utterance, clauses)
    values = [(span, cast("int", span.value)) for span in spans]
    for span, value in values:
        if _ends(utterance.text, span.start, _TOTAL):
            return value
    heads = _heads(utterance, clauses)
    each = _per_person(utterance, clauses)
    if each is not None:
        others = [value for _, value in values if value != each]
        fits = len(others) == 1 and heads == 1 and others[0] % each == 0  # 一人30，转了90
        return others[0] if fits else each * heads
    monthly = [value for span, value in values if _is_monthly(utterance, span)]
    if monthly and heads > 1 < months and any(_APIECE_ALONE.search(c.text) for c in clauses):
        return UNCLEAR  # 我和张伟1-3月各30: a month, or in all
    if monthly:
        return monthly[0] * max(months or _counted(utterance, clauses) or 1, 1)
    if not spans:
        return UNCLEAR if partly else None
    return add_up(utterance.text, spans, utterance.months, _owner_ends(utterance))


def _per_person(utterance: Utterance, clauses: list[Clause]) -> int | None:
    """Return what each of several pays (每人30, 我和张伟各30), over all months where it is a month's."""
    if not _EACH_WORD.search(utterance.text):
        return None
    values = [(span, cast("int", span.value)) for span in _sums(utterance, clauses)[0]]
    months = len(_months(utterance, clauses))
    several = _heads(utterance, clauses) > 1 >= months
    each = [
        value
        for span, value in values
        if _ends(utterance.text, span.start, EACH)
        or (several and _ends(utterance.text, span.start, APIECE))
    ]
    monthly = [value for span, value in values if _is_monthly(utterance, span)]
    if (each or monthly) and any(_BOTH.search(clause.text) for clause in clauses):
        return (each or monthly)[0] * max(months or _counted(utterance, clauses) or 1, 1)
    return each[0] if each else None


_EACH_WORD = re.compile(r"各|[每一]个?[人位]|人均")
_APIECE_ALONE = re.compile(r"各")
_BOTH = re.compile(
    r"(?:每|一个?)人[^，]{0,3}(?:每个?月|一个月)|(?:每个?月|一个月)[^，]{0,2}(?:每|一个?)人"
)


def _is_monthly(utterance: Utterance, span: Span) -> bool:
    text = utterance.text
    rated = any(s.end == span.start and _is_rate(utterance, s) for s in utterance.months)
    several = len({m for s in utterance.months for m in cast("tuple[Month, ...]", s.value)}) > 1
    return (
        (rated and several)
        or _ends(text, span.start, _MONTHLY)
        or bool(_A_MONTH.match(text, span.end))
    )


_KIN = r"老伴|爱人|老婆|老公|妻子|丈夫|媳妇|爸爸|妈妈|老爸|老妈|父亲|母亲|爸|妈|儿子|女儿|姑娘|哥哥|弟弟|姐姐|妹妹"
_SELF = re.compile(rf"我自己|我|本人|自己|{_KIN}")
_OWNED = re.compile(
    rf"(?P<who>我自己|我|本人|自己|(?:我的?|俺)?(?P<kin>{_KIN})|(?P<name>{NAME}))(?:的|是|交|党费|:|\s)*(?=[\d{WORDS}])"
)


def _each_of_family(utterance: Utterance, said: list[Clause]) -> list[Reading]:
    """Read 本人10老伴8 as a payment each; a total named beside them must be theirs."""
    spans = _sums(utterance, said)[0]
    whose = {match.end(): match for match in _OWNED.finditer(utterance.text)}
    owned = [span for span in spans if span.start in whose]
    names = [whose[span.start]["kin"] or whose[span.start]["name"] for span in owned]
    rest = sum(cast("int", span.value) for span in spans if span not in owned)
    if len(owned) < 2 or len(set(names)) < len(names):
        return []
    if rest not in (0, sum(cast("int", span.value) for span in owned)):
        return []
    months = _months(utterance, said)
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


def _owner_ends(utterance: Utterance) -> list[int]:
    """Return where those end whose amounts may follow (本人10老伴8)."""
    ends = [match.end() for match in _SELF.finditer(utterance.text)]
    for _, start, _ in find_people(utterance.text, utterance.lexicon):
        ends.append(read_names_with_tails(utterance.text, start)[1])
    return ends


def _together(utterance: Utterance, clauses: Sequence[Clause]) -> Payers:
    """Return who pays together, if more than one are spoken of."""
    text = utterance.stretch(clauses).text if clauses else ""
    return read_payers(text, utterance.lexicon) if _MAY_BE_SEVERAL.search(text) else NOBODY


_MAY_BE_SEVERAL = re.compile(
    r"[我俺咱人本][^，]{0,8}[和跟与同、俩仨两三四五六七八九十\d带还以加连]|[和跟与、连上有及][我俺]|[人位口]|夫[妻妇]"
)


def _heads(utterance: Utterance, clauses: list[Clause]) -> int:
    together = _together(utterance, clauses)
    names = together.names or _payers(utterance, clauses)
    with_me = together.with_me or (bool(names) and pays_as_well(utterance.text))
    return max(len(names) + with_me, together.heads, 1)


def _ends(text: str, position: int, pattern: re.Pattern[str]) -> bool:
    """Tell whether a pattern matches right up to a position."""
    begin = max(position - 8, 0)
    return any(match.end() == position for match in pattern.finditer(text, begin, position))


def _payers(utterance: Utterance, clauses: list[Clause]) -> tuple[str, ...]:
    """Read whose dues: 帮老李, 老伴的党费; never the sender, never who received them."""
    for clause in clauses:
        for match in _FOR.finditer(clause.text):
            names, end = read_names_with_tails(clause.text, match.end(), utterance.lexicon)
            if names and match[0] == "给" and _HANDED_TO.match(clause.text, end):
                continue
            names = names or _before_paying(utterance, clause, match.end())
            if names:
                return names
    for clause in clauses:
        names = _owners(utterance, clause) or _handed_in(utterance, clause)
        if names:
            return names
    return _meant_before(utterance, clauses)


_HANDED_TO = re.compile(r"了|那|手|让|叫|转")
_THEIRS = one_of(
    r"[他她]的?(?:[^，我你您]{0,8})?党费|[替帮给代][他她](?!们)|[他她](?=[^，]{0,6}\d)"
)


def _meant_before(utterance: Utterance, clauses: list[Clause]) -> tuple[str, ...]:
    """Read whose 她的党费 are: of the one person named before."""
    for clause in clauses:
        match = _THEIRS.search(clause.text)
        if match:
            before = utterance.text[: clause.start + match.start()]
            people = {name for name, _, _ in find_people(before, utterance.lexicon)}
            return tuple(people) if len(people) == 1 else ()
    return ()


_HANDS_IN = re.compile(
    r"(?:同志)?的?(?:\d{1,2}[月到至-]|[一二三四]季度|[上本这]个?月|党费|交来|缴来|交了|[也都]?[交缴])"
)
_PAYING = re.compile(r"把?(?:\d{1,2}月)?(?:的)?党费|把|[代]?[交缴]")
_WHERE = frozenset("里上的员位友事居学楼门志家间部室组科队厂班站")
"""What stands before a name where it is said who that is (科里老汤)."""


def _before_paying(utterance: Utterance, clause: Clause, start: int) -> tuple[str, ...]:
    """Read 替厂里的外地党员小路、小贝把党费交了: names behind what they are."""
    paying = _PAYING.search(clause.text, start)
    between = clause.text[start : paying.start()] if paying else ""
    for begin in range(1, len(between)):
        if between[begin - 1] in _WHERE:
            names, end = read_names(between, begin, utterance.lexicon)
            if names and end == len(between.rstrip("的")):
                return names
    return ()


_ENTRUSTS = re.compile(
    r"^(?:托|让|叫|喊|请|委托)我|^(?:也|都|刚|今天|已经)*(?:给我|跟我|向我)?(?:送来|转来|交来|拿来|送过来|转给我|交给我)"
)
_FROM = re.compile(r"(?:^记账|^入账|收到|收|登记|记|录入|核实|查|:|\s)@?$")


def _handed_in(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read the payer a treasurer enters: 收到老杜1-3月党费, 登记：常有才交来12月党费."""
    for name, start, end in find_people(clause.text, utterance.lexicon):
        if _FROM.search(clause.text[:start]) and _HANDS_IN.match(clause.text, end):
            return (name,)
        if _ENTRUSTS.search(clause.text[end:]) or _ENTERED.search(clause.text):
            return (name,)
    return ()


def _owners(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    if clause.text.startswith("@"):
        return ()  # whom the message is put to
    spelled = _IN_LETTERS.match(clause.text)
    if spelled and not _NO_NAME.fullmatch(spelled["name"]):
        return (spelled["name"],)
    start = _START.match(clause.text)
    begin = start.end() if start else 0
    names, end = read_names_with_tails(clause.text, begin, utterance.lexicon)
    if names and _OF.match(clause.text, end):
        return names
    return _behind_dues(utterance, clause)


_IN_LETTERS = re.compile(
    r"(?P<name>[a-zA-Z]{2,8}(?: ?[a-zA-Z]{2,8}){0,2}?)(?:\s*(?:de|的))?\s*(?=\d{1,2}月|党费|[交缴])"
)
"""A name typed in letters (zhaoliu 3月党费); the roll knows how its names are spelled."""
_NO_NAME = re.compile(
    r"(?:ok|wo|wode|app|vx|wx|wechat|hi|hello|yi|yijing|yes|done)+", re.IGNORECASE
)


def _behind_dues(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    """Read 党费 张三 3月 30: whose they are, written as in the organiser's own command."""
    begin = _DUES_OF.match(clause.text)
    if begin is None:
        return ()
    names, end = read_names_with_tails(clause.text, begin.end(), utterance.lexicon)
    return names if names and _BEFORE_SUM.match(clause.text, end) else ()


def recognise_dues_query(utterance: Utterance) -> list[Reading]:
    """Recognise a question on one's own or a named person's dues."""
    topics = utterance.topics | utterance.quoted_topics
    if Topic.DUES not in topics or utterance.to_others or not utterance.clauses:
        return []
    around = utterance.about(Topic.DUES) or utterance.clauses
    asked = [clause for clause in around if _is_asked(clause)]
    if not asked or recognise_dues_paid(utterance):
        return []
    whole = utterance.stretch(around)
    if about_everybody(_RECEIVER.sub("", whole.text)):
        return []
    names = next((n for clause in around if (n := _asked_of(utterance, clause))), ())
    if not names and any(_OF_HIM.search(clause.text) for clause in asked):
        return []  # of somebody else, who cannot be told
    if not names and _OF_ALL.search(whole.text) and not _OWN.search(whole.text):
        return []
    months = _months(utterance, list(around))
    if not utterance.months and re.search(r"标准|比例|变|调整", whole.text):
        months = ()  # asked of the rule, not of the months of a year
    return [Reading(DuesQuerySlots(months, names), Strength.CLEAR, (whole.start, whole.end))]


def _is_asked(clause: Clause) -> bool:
    text = clause.text
    if (
        about_listener(text)
        or _THING.search(text)
        or _NOT_YET.search(text)
        or _ORDERED.search(text)
        or _SPENT.search(text)
    ):
        return False
    if clause.mood is Mood.QUESTION:
        return bool(_ASKED.search(text)) and not _WHY.search(text)
    return bool(_LOOKUP.search(text))


_WHY = re.compile(r"为什么|为啥|凭什么")


def _asked_of(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    owners = _owners(utterance, clause) or _handed_in(utterance, clause)
    if owners:
        return owners
    if meant := _meant_before(utterance, [clause]):
        return meant
    helped = _ON_BEHALF.match(clause.text)
    if helped:
        names, end = read_names_with_tails(clause.text, helped.end(), utterance.lexicon)
        if names and _ASKS.match(clause.text, end):
            return names
    match = _ABOUT.search(clause.text)
    return read_names(clause.text, match.end(), utterance.lexicon)[0] if match else ()


_OF_HIM = re.compile(r"(?<![其吉])[他她]们?的?党费")
_ON_BEHALF = re.compile(r"(?:请|麻烦|你|您|再|我)*(?:[帮替给代]|为)")
_ASKS = re.compile(r"(?:同志)?[问查看打](?:一?下|听|询|一?[问查看])?")

_ABOUT = re.compile(
    rf"(?:查(?:一?下|查|询|看)?|看看|问一?下|[帮替]我?(?:看|查|问)(?:一?下)?)\s?(?={NAME})"
)
