"""Whom and which world a sentence speaks of: everybody, the listener, or something not ours."""

from __future__ import annotations

from functools import lru_cache

from bot.inbound.patterns import one_of

_EVERYBODY = one_of(
    r"[差缺剩]谁|都?有谁|哪些人|是谁$|收(?:齐|够|完|上来)了?(?:没|吗|么|嘛|不|否)|收得?(?:怎么样|咋样|如何)|报满了?没|应到多少|台账|完成情况|率(?:多少|算|是)|还有没[交签报来到]的|(?<![给到找向跟问交转是归])谁(?!那|家|知道|来?收|收)|多少(?:个)?(?:人|党员|同志)"
    r"|收[了到].{0,2}多少|(?<!好)几个?(?:人|位|名)|的有几个|几多个?人|收缴(?:情况|进度|率|明细)|还[缺差欠]哪|[假到来交签席名费学]的(?:人|同志|党员)(?:名单)?$|[有了]几个(?:$|报|签|交|没|到|来|请)|哪些|哪[几]?[个位](?:人|同志|党员|没)|哪几[个位]$|还[剩差缺]几[个位](?:$|人|没)"
    r"|名单|签到表|统计|汇总|[签勤会纳缴成到加名]率|大家|全支部|(?:咱|我)们?支部"
    r"|支部.{0,4}(?:情况|多少)|人数|[签到勤名费假习]情况"
)
_LISTENER = one_of(
    r"(?<![请让给向问跟和替谢帮等找转得])(?:你|您)(?!好|看|们?能|给|帮)(?:们"
    r"|俩)?[^，]{0,8}[签交缴报请参到学转去来坐]"
    r"|^(?:他|她)们?(?!.{0,12}(?:我|帮|替|给))"
    # Whoever it concerns: 到了的都签到, 交了的回1
    r"|^(?:已经?|今天|凡是|所有|全部)*(?:[到来在去](?!的?路)[^，我]{0,4}的(?:同志|党员|人|各位|们)*"
    r"|(?:全部|全体|全员|所有人?|全都|统统|一律|统一|都)(?:人员?|党员|同志|们)*)"
    r"(?:请|都|全部|一律|统一|自己|自行|麻烦|赶紧|快|扫码|回复?|发|打|在?群里|来|去)*"
    r"签(?:个|一下|一个|一)?到?$"
    r"|^(?:已经?|凡是|所有)*[交缴](?:了|过|完|齐|上|清)*(?:\d{1,2}月份?)?的?(?:党费)?了?的"
    r"(?:同志|党员|人|各位|们)*(?:请|都|就|麻烦|在?群里)*"
    r"(?:回复?|扣|发|打|接龙)(?:个|一个|一下|一声|句|:|\s)*(?:党费|已|交|1|好)"
)
_ELSEWHERE = one_of(
    r"会员|驾校|驾照|科目[一二三四]|公司|单位|学校|幼儿园|班主任|导员|老板|快递|外卖"
    r"|包裹|红包|短信|邮件|物业|燃气|[水电学话网车房暖药餐]费"
    r"|停车费|房租|健身|游戏|酒店|宾馆|航班|机票|考试|考研|高考|中考|[四六]级|公务员"
    r"|补习|辅导班|兴趣班|夏令营|淘宝|京东|直播|抖音"
    r"|签证|合同|商场|超市|优惠|抽奖|金币|成语|舞蹈|广场舞|旅游团|旅行社|信用卡|社保"
    r"|医保|大学(?!习)|新兵|入学|麻将|斗地主|牌局|打牌|掼蛋|三缺一|下棋|象棋|钓鱼|拼[单团]|团购|奶茶|火锅|烧烤|酒局|年检|保险|孩子|娃|孙[子女]|闺女|(?:我|给|替)(?:儿子|女儿)"
    r"|相亲|驾考|英语|聚会|聚餐|婚礼|喜酒|生日|同学|年会|面试|葬礼|家长会|培训机构|瑜伽"
    r"|钢琴|球队|工会会费|会费|网课|作业|课程表|导师|宿舍|车票|演唱会"
)
_POLITE = one_of(
    r"(?:行|可以|好|能|成|中|可)(?:不行?|吗|么|嘛|不好|不能|不可以?|不成)|能不能"
    r"|可不可以|行不|好不好|可否|能否"
)

_once = lru_cache(maxsize=16)
"""Several intents ask the same of the same clauses."""

_LOOKS_FOR_PEOPLE = one_of(
    r"报名|接龙|名额|(?:参加|去|来)的(?:请?回复?|扣|打|接)|谁(?:要|去|想|一起)"
)
_GOSSIP = one_of(
    r"笑了半天|笑翻|笑疼|挤破了?头|跑断腿|打头阵|如今|想当初|早些年|头些年|前次|年年抢|脸不红|前几年|前些年|头几年|以前|从前|那时候|那会儿|那年|当年|想当年|年轻时|小时候|听广播|听[讲说]|据说|新闻|电视[上里]|网上|朋友圈|笑死|哈哈哈|打报告|一辈子|心疼"
    r"|学会用|骄傲|自觉点|怎么才|琢磨|主要内容|记得有一?[年次]|上次看见|有人说|群里有人|头一[年回]|那阵子?|那几年|早年|早先|入的党|19\d\d年|念叨|惦记|光荣|觉悟"
    r"|^(?:【?转[载发]?】?[:，]|【?转[载发]】?|【(?:关注|快讯|速看|扩散|最新|重磅))|[\d一二三四五六七八九十]亿|划拨|下拨|踊跃|自愿交"
)


def gossip(text: str) -> bool:
    """Tell whether it is told of the past, of others, of the world: nothing to record."""
    return bool(_GOSSIP.search(text))


@_once
def about_everybody(text: str) -> bool:
    """Tell whether a question is on the whole branch (谁没交, 多少人, 名单)."""
    return bool(_EVERYBODY.search(text))


@_once
def about_listener(text: str) -> bool:
    """Tell whether it is put to others about themselves (你签到了没, 到了的都签到)."""
    return bool(_LISTENER.search(text))


@_once
def elsewhere(text: str) -> bool:
    """Tell whether the words belong to another world (会员签到, 驾校报名, 孩子的作业)."""
    return bool(_ELSEWHERE.search(text))


def looks_for_people(text: str) -> bool:
    """Tell whether a call looks for those who come along (参加的回复1, 谁要拼单)."""
    return bool(_LOOKS_FOR_PEOPLE.search(text))


@_once
def politely(text: str) -> bool:
    """Tell whether a question is only a polite order (请个假行不, 能不能帮我签到)."""
    return bool(_POLITE.search(text))
