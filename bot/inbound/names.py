"""Names of people as written in a chat: 王秀英, 老李, 王大爷, 老伴."""

from __future__ import annotations

import re

from bot.inbound.patterns import leads
from bot.inbound.surnames import COMPOUND, SURNAMES
from bot.inbound.utterance import Lexicon

_RARE = "查植单解游来宫全简木党谈连商计揭迟宇花都稽井乐原官衣应台银扬明习保和"
"""Surnames that are everyday words: trusted only where somebody says his name."""
_UNUSUAL = "银植云皮禹狄贝茅危缑佘墨哈琴全明羊汲富弓牧宓蓬仰伊暴祖束幸怀索籍阴苍闻贡劳扶宰寿充慕鱼容慎衡满权益勾融巢相"
"""Likewise, where a title follows."""
_GIVEN = (
    "忘漏托欠签到请假报名交缴党费都也已的了在把我你他她它们给帮替代和跟与及去来有是没不补这那说"
    "要能个号日周年块人位"
    "会呢吗啊吧哦哈呀嘛么什谁哪怎还再就刚又被让叫问收退取消撤查看想打转付催微手机两几些"
    "各每另外同加上下午前后今昨因为所以但或者到完"
)
_TITLES = (
    "老太太|老爷子|老先生|老夫人|老师傅|老太|老汉|老头|大爷|大妈|大叔|大伯|大姐|大哥|大嫂|大婶|大娘|大舅|大姨|大夫"
    "|伯伯|伯母|叔叔|婶婶|婶子|嫂子|阿姨|阿婆|阿公|阿伯|阿爷|阿奶|阿嫂|奶奶|爷爷|婆婆|太婆|姑姑|姨妈|舅舅"
    "|师傅|师父|师母|老师|副书记|书记|支书|副主任|主任|副组长|组长|委员|干事|专干|网格员|楼长"
    "|医生|护士长|护士|药师|工程师|技术员|教授|教练|律师|警官|会计|出纳|司机"
    "|经理|老板娘|老板|厂长|副局长|局长|副处长|处长|副科长|科长|股长|部长|副校长|校长|副院长|院长|副所长|所长"
    "|副站长|站长|馆长|台长|主席|秘书长|会长|理事长|董事长|班长|副队长|队长|连长|营长|团长|政委|排长"
    "|镇长|乡长|村长|先生|女士|太太|同志|老|总|叔|婶|姐|哥|姨|嫂|伯|爷|奶|爹|妈|娘|站|工|头儿?"
)
_KIN = (
    "(?:我们?|咱们?|俺)?(?:家里?的?)?(?:老汉儿?|掌柜的?|老伴儿?|爱人|妻子|丈夫|老公|老婆|老头[子儿]?|老太婆|老爷子|老太太"
    "|那口子|对象|儿媳妇?|媳妇|女婿|公婆)|"
    "(?:我|俺)(?:家)?(?:儿子|女儿|闺女|孙子|孙女|外孙女?|姐|哥|妹|弟|徒弟|师傅|师父|师兄|师姐)|"
    "(?:我|俺)?(?:爸爸|妈妈|爸妈|爸|妈|爷爷|奶奶|父亲|母亲|父母|岳父|岳母|公公|婆婆"
    "|哥哥|嫂子|弟弟|姐姐|妹妹|姐夫|妹夫|舅舅|舅妈|姑姑|姑父|姨妈|叔叔|婶婶"
    "|丈母娘|老丈人|亲家母?|[表堂][哥弟姐妹]|[大二三四小][姨姑舅嫂](?!娘|子)|侄[子女儿]|外甥女?)"
)
_STOP = (
    r"(?!捎|递(?=[来给过])|塞(?=[给进到])|送(?=[来过到])|拿(?=[来过])|带(?=[来过给到])|寄(?=[来给])|搁|落(?=[下了])|拖(?=[着了欠几])|差(?=[着几了多])"
    r"|缺(?=[席勤几])|空着|迟(?=到)|讲(?=[他她明今后周，])|留言|垫(?=[付了上])|最(?=近|后|多|少)|发(?=微信|消息|短信|信息)|心得|笔记|观后|微党|大概|大约|差不多|约莫|约(?=[\d一二两三四五六七八九十百])|估[计摸]|左右|记(?=[上下个一到入进账在着为])|添(?=[上一个进])|登(?=[个一上在记])|录[上个一入]|补进|落个|发[个一条]|托[我人]|现金|微信|转账|支付|明[天早晚儿日后]|后[天]|大家|星期|礼拜|党[员费课]|一[起块同下个直并]"
    r"|[两三四五六七八九十][位人个月]|现在|马上|全部|昨|今|先|正|均|全|一(?=签|到|交)|[一二两三四五六七八九十](?=季|月|年|起|块|号|日|点|共|元|毛|次|位|个)"
    r"|同志|生病|发烧|出差|住院|感冒|身体|家里|临时|值班|加班|开会|学习|人在|手术|陪|病|登记"
    r"|月党|月的|植树|种树|义诊|参观|清扫|巡逻|慰问|观影)"
    r"[\u4e00-\u9fa5]"
)
_G = rf"(?:(?![{_GIVEN}]){_STOP}|有(?=[才福财德根生良志为贵田])|(?<=[志国建永小大卫铁德金立春洪文正])刚)"
_BREAK = r"(?![\u4e00-\u9fa5])"

_NO_NAME = (
    r"(?!麻烦|卫生|车间|向(?:支部|组织|书记|大家|您|你|党)|同志|时段|路[滑远堵上边]|周[一二三四五六日天末]|向组|方便|成功|毕竟|时[候间]|万一|任[务何]|高[兴速]"
    r"|金额|安[排全]|单[位独]|常[委来]|于是|管[理他]|解[散决]|关[于心注系键]|余额|季度"
    r"|项目|严[格重]|申[请报]|施工|康复|温馨|左右|白[天色]|黄色|段时|牛奶|通知|金[牌色]"
    r"|包[括含子]|祝[大你您贺]|方[案法式]|程[度序]|路[上边费]|石头|江边|毛病"
    r"|温[度暖]|麦[子田收苗地场穗片当克])"
)
_NAMED = (
    rf"(?:{COMPOUND})(?:{_TITLES}|{_G}{{1,2}})"
    rf"|(?:老|小)[{SURNAMES}](?:{_TITLES}|媳妇|爱人|家属|老伴)?(?!朋友|区|组|伴|时|孩)"
    rf"|阿(?:{_G})(?!姨)|老(?:校长|书记|主任|支书|班长|队长|厂长|师傅|领导|会计)"
    rf"|[{SURNAMES}](?<!岳(?=[父母]))(?<!祖(?=[父母]))(?:家?老[大二三四五六七八幺]|[大二三]娃|{_TITLES}|{_G}{{1,2}}(?:同志)?)"
    rf"|付(?![款费清钱过给完讫出账现了])(?:家?老[大二三四五]|{_TITLES}|{_G}{{1,2}})"
    rf"|[付么查单解游宫谈商计揭迟稽井乐楼连党简{_UNUSUAL}](?:大爷|大妈|大伯|大叔|大婶|大娘|大嫂|阿姨|阿婆|阿公|大姐|大哥|爷爷|奶奶|师傅|老师|书记|主任|叔|婶|姐|哥)"
    rf"|(?:我|俺)?(?:{_KIN})"
)
NAME = rf"{_NO_NAME}(?:{_NAMED})"
"""A pattern fragment for one name in its context."""
_JOIN = r"\s?(?:、|和|跟|与|同(?![志事学])|及|以及|还有|，|;|；|/| )\s?"
_BEFORE = (
    r"(?:^|(?<=[\s，、。；:！@|的我俺和跟与同及给帮替代把为叫是由有加带陪请位名们志上天日号午晚楼到知实录催记收问查派次课会换;])"
    r"|(?<=[组科])(?![成长织部里合]))"
)
_ROLE = r"(?:老?同事|邻居|老?战友|工友|老?同学|老?朋友|隔壁|楼[上下]|对门|徒弟|老?党员|群众|组员|同志|门卫)"
_ONE = re.compile(NAME)
_MAY_OPEN = frozenset(leads(_NAMED))
# Where neither a name nor what is said before one begins, nothing else is tried.
_ANY = re.compile(rf"(?=[@{leads(f'{_ROLE}|{_NAMED}')}]){_BEFORE}(?:{_ROLE}的?)?@?(?P<name>{NAME})")
_RELATIVE = re.compile(_KIN)
_BESIDE = re.compile(r"(?:(?<=小.)(?=小)|(?<=老.)(?=老))")
_CONTINUE = re.compile(rf"@?{_JOIN}@?(?={NAME})")
_REAL = re.compile(rf"(?:(?:{COMPOUND})|[{SURNAMES}{_RARE}])[\u4e00-\u9fa5·]{{1,3}}")
_NOT_REAL = re.compile(
    rf"(?:{_TITLES})$|党|员|的|了|吗|呢|啊|谁|你|我|他|她|这|那|是|不|没|什么|怎|新来|色$"
    rf"|今天|明天|高兴|方便|高中|时间|常来|成员|都|和|于是"
)


def find_name(text: str, start: int = 0, lexicon: Lexicon | None = None) -> tuple[str, int] | None:
    """Read one name at exactly `start`; return it cleaned with its end."""
    for name in lexicon.names if lexicon else ():
        if text.startswith(name, start):
            return name, start + len(name)
    match = _ONE.match(text, start) if text[start : start + 1] in _MAY_OPEN else None
    if match is None:
        return None
    if _RELATIVE.fullmatch(match[0]):  # 我徒弟小龚: the name says more than the kin word
        named = _ONE.match(text, match.end())
        if named and not _RELATIVE.fullmatch(named[0]):
            match = named
    return clean(match[0]), match.end()


def read_names(
    text: str, start: int = 0, lexicon: Lexicon | None = None
) -> tuple[tuple[str, ...], int]:
    """Read names joined by 、和跟与 from exactly `start`; return them with their end."""
    names: list[str] = []
    position = start + (1 if text.startswith("@", start) else 0)
    end = start
    while found := find_name(text, position, lexicon):
        if len(found[0]) > 2 and (pair := _PAIR.match(text, position)):  # 张三李四都
            names += [text[position : position + 2], pair["other"]]
            end = pair.end()
            break
        names.append(found[0])
        end = found[1]
        if lexicon and text.startswith(lexicon.names, end):  # 张三赵六: both are known
            position = end
            continue
        joint = _CONTINUE.match(text, end)
        if _COUPLE.match(text, end) or (is_kin(found[0]) and _MY_KIN.match(text, end)):
            position = end
            continue
        if _BESIDE.match(text, end) and end - position == 2:
            position = end
            continue
        if not joint or joint.end() == end:
            break
        position = joint.end()
    return tuple(dict.fromkeys(names)), end


_PAIR = re.compile(
    rf"[{SURNAMES}](?:{_G})(?P<other>[{SURNAMES}](?:{_G}))(?=都|俩|两个?人|二人|也都|均)"
)
"""Two short names in one breath; three signs of it would be a name that nobody has."""
_TAIL = re.compile(
    r"\s?\(?(?:手机)?尾号:?\s?(?P<said>\d{4})\)?|\s?\((?P<put>\d{4})\)"
    r"|(?P<tight>\d{4})(?![\d.元块角毛年月日号点:%])"
    r"|\s(?P<apart>\d{4})(?=\s?的?\s*(?:党费|\d{1,2}月|\d{1,2}[-到至]\d|[上本这]个?月))"
)


def read_names_with_tails(
    text: str, start: int = 0, lexicon: Lexicon | None = None
) -> tuple[tuple[str, ...], int]:
    """Read names as `read_names`; one may be told from its namesakes by four digits (张伟4567)."""
    found: list[str] = []
    names, end = read_names(text, start, lexicon)
    while names:
        found += names
        tail = _TAIL.match(text, end)
        if tail is None:
            break
        found[-1] += str(tail[tail.lastgroup or 0])
        end = tail.end()
        joint = _CONTINUE.match(text, end)
        names = ()
        if joint:
            names, further = read_names(text, joint.end(), lexicon)
            end = further if names else end
    return tuple(dict.fromkeys(found)), end


def read_names_before(
    text: str, start: int, end: int, lexicon: Lexicon | None = None
) -> tuple[str, ...]:
    """Read the names that stand right before `end`, whatever is said of each (三组的老李和门卫小陈)."""
    names: list[str] = []
    stretch = text[start:end].removesuffix("的").removesuffix("也").strip()
    for piece in _AND.split(stretch):
        for begin in range(min(len(piece), _FARTHEST)):
            found = find_name(piece, begin, lexicon)
            nicknamed = piece[begin + 1 : begin + 2] in ("小", "老")  # 门卫小陈 is no 卫小陈
            if nicknamed and find_name(piece, begin + 1, lexicon):
                continue
            if found and found[1] == len(piece):
                if _NO_PLACE.search(piece[:begin]):
                    return ()
                names.append(found[0])
                break
        else:
            return ()
    return tuple(dict.fromkeys(names))


_MY_KIN = re.compile(rf"(?=[我俺](?:{_KIN}))(?=我爸|我妈|我老|我爱|我公|我婆|俺爹|俺娘|我爷|我奶)")
_COUPLE = re.compile(
    r"(?:(?<=公公)(?=婆婆)|(?<=爷爷)(?=奶奶)|(?<=爸爸)(?=妈妈)|(?<=老爸)(?=老妈)|(?<=父亲)(?=母亲)|(?<=岳父)(?=岳母)|(?<=老丈人)(?=丈母娘)"
    r"|(?<=哥哥)(?=嫂子)|(?<=姐姐)(?=姐夫)|(?<=妹妹)(?=妹夫)|(?<=儿子)(?=儿媳)|(?<=女儿)(?=女婿)|(?<=闺女)(?=女婿)|(?<=叔叔)(?=婶婶)|(?<=舅舅)(?=舅妈)|(?<=姑姑)(?=姑父))"
)
"""Between two who are said in one breath (公公婆婆)."""
_AND = re.compile(r"[、和跟与]|同(?![志事学])|以及|还有")
_NO_PLACE = re.compile(r"说|问|谁|什么|[让叫喊]|你|快递|孩子")
_FARTHEST = 14


def find_people(text: str, lexicon: Lexicon | None = None) -> list[tuple[str, int, int]]:
    """Find all people a text names, wherever a name may begin: (cleaned name, start, end)."""
    found = [(clean(m["name"]), m.start("name"), m.end("name")) for m in _ANY.finditer(text)]
    known = lexicon.names if lexicon else ()
    ours = [(name, at, at + len(name)) for name in known if (at := text.find(name)) >= 0]
    found = [one for one in found if not _runs_over(one, ours)] + ours
    for name, _, end in list(found):  # written one behind the other: 潘秀云潘秀芝
        match = _ONE.match(text, end)
        if match and len(match[0]) > 2 and len(name) > 2:
            found.append((clean(match[0]), match.start(), match.end()))
    found.sort(key=lambda one: (one[1], -one[2]))
    kept: list[tuple[str, int, int]] = []
    for name, start, end in found:
        if not kept or start >= kept[-1][2]:
            kept.append((name, start, end))
    return kept


def _runs_over(one: tuple[str, int, int], known: list[tuple[str, int, int]]) -> bool:
    """Tell whether 张三赵 is 张三 and the beginning of 赵六, both known."""
    _, start, end = one
    begins = [e for _, s, e in known if s == start and e < end]
    return any(s in begins for _, s, _ in known)


_ITEM = re.compile(r"[\s、，,;；/和跟及与]+")
_WORD = re.compile(r"[\u4e00-\u9fa5·]{2,4}|[\u4e00-\u9fa5]{2,5}(?:大爷|大妈|师傅|老师)")
_NO_ITEM = re.compile(
    r"[了吗呢吧的请谢会是在都没不]|签到|补录|人员|名单|同志们|出席|参会|到会|参加|应到|实到|请假|缺席|统一|一共|共计|上午|下午|晚上|支部|小组|活动|学习|党课"
)


def read_list(text: str) -> tuple[str, ...]:
    """Read a plain list of people (到会：双喜、和平、麦子、屈叔), also without a known surname."""
    items = [item.removesuffix("同志") for item in _ITEM.split(text.strip(" :。")) if item]
    if len(items) < 2 or not all(
        _WORD.fullmatch(item) and not _NO_ITEM.search(item) for item in items
    ):
        return ()
    known = sum(bool(_ONE.fullmatch(item)) for item in items)
    return tuple(dict.fromkeys(items)) if 3 * known >= len(items) else ()


def is_real_name(text: str) -> bool:
    """Tell whether a text can be a person's registered name and nothing else."""
    if "·" in text[1:-1]:
        return len(text) >= 4
    return bool(_REAL.fullmatch(text)) and not _NOT_REAL.search(text[1:])


def is_kin(name: str) -> bool:
    """Tell whether somebody is called by how he is related to the speaker (老伴, 我妈)."""
    return bool(_RELATIVE.fullmatch(name))


def is_titled(name: str) -> bool:
    """Tell whether somebody is called by a title or as one does among neighbours (伏师傅, 老李)."""
    return name != "江姐" and bool(_TITLED.fullmatch(name))


_TITLED = re.compile(rf"[老小阿][\u4e00-\u9fa5]{{1,2}}|[\u4e00-\u9fa5]{{1,3}}(?:{_TITLES})")


def clean(name: str) -> str:
    """Drop what is no part of a name: a leading @ or 我, a trailing 同志."""
    name = name.strip().lstrip("@").removesuffix("同志")
    return _OURS.sub("", name)


_OURS = re.compile(r"^(?:(?:我们?|咱们?|俺们?)(?:家里?的?)?|家里?的?)(?=.)")
