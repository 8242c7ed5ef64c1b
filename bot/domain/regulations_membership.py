"""Rows on instruments, yearly duties, developing members, relations and burden limits.

What is only known second-hand, or not at all, says so: an article we have not seen stays empty.
"""

from __future__ import annotations

from datetime import date

from bot.domain.regulation_rows import (
    BRANCH_RULES,
    BURDEN_RULES,
    COMMON_PRACTICE,
    CONSTITUTION,
    DUES_NOTICE,
    DUES_RULES,
    EDUCATION_RULES,
    EVER,
    PRIVACY_LAW,
    PRODUCT,
    TRAINING_PLAN,
    Certainty,
    Instrument,
    Regulation,
    with_custom,
)

POLITICAL_LIFE = "《关于新形势下党内政治生活的若干准则》"
DEMOCRATIC_LIFE = "《县以上党和国家机关党员领导干部民主生活会若干规定》"
ELECTION_1990 = "《中国共产党基层组织选举工作暂行条例》"
ELECTION_2020 = "《中国共产党基层组织选举工作条例》"
ADMISSION_OLD = "《中国共产党发展党员工作细则（试行）》"
ADMISSION_2014 = "《中国共产党发展党员工作细则》（2014年）"
ADMISSION_2026 = "《中国共产党发展党员工作细则》（2026年修订）"
DISPOSAL = "《中国共产党不合格党员组织处置办法》"
MOBILE = "《关于加强新时代流动党员管理的意见》"
APPS = "《政务移动互联网应用程序规范化管理办法》（国办函〔2026〕12号）"

SINCE_2014, SINCE_2026 = date(2014, 5, 28), date(2026, 5, 18)
SINCE_ELECTION = date(2020, 7, 13)
_BURDEN, _APPS = date(2024, 8, 6), date(2026, 1, 25)
_SEEN, _SECONDARY, _PRACTICE, _UNVERIFIED = Certainty

_branch = Instrument(BRANCH_RULES, date(2018, 10, 28))
_education = Instrument(EDUCATION_RULES, date(2019, 5, 6))
_political = Instrument(POLITICAL_LIFE, date(2016, 11, 2))
_elections_old = Instrument(ELECTION_1990, EVER, SINCE_ELECTION)
_elections = Instrument(ELECTION_2020, SINCE_ELECTION)
_admission_old = Instrument(ADMISSION_OLD, EVER, SINCE_2014, _UNVERIFIED)
_admission_2014 = Instrument(ADMISSION_2014, SINCE_2014, SINCE_2026)
_admission_2026 = Instrument(ADMISSION_2026, SINCE_2026, None, _SECONDARY)
_disposal = Instrument(DISPOSAL, date(2024, 6, 16))
_mobile = Instrument(MOBILE, date(2024, 11, 1), certainty=_SECONDARY)
_burden = Instrument(BURDEN_RULES, _BURDEN, certainty=_SECONDARY)
_apps = Instrument(APPS, _APPS, certainty=_SECONDARY)
_practice = Instrument(COMMON_PRACTICE, certainty=_PRACTICE)

INSTRUMENTS = (
    Instrument(DUES_RULES, date(2008, 4, 1), certainty=_SECONDARY).rule(
        "instruments.dues", "现行", "", "中组发〔2008〕3号；到2026年没有找到替代它的规定"
    ),
    Instrument(DUES_NOTICE, date(2017, 1, 1)).rule(
        "instruments.dues_notice",
        "现行",
        "",
        "组电明字〔2017〕5号，补充党费基数、年初核定和每月上限",
    ),
    _political.rule(
        "instruments.political_life",
        "必须参加",
        "",
        "党员必须参加党员大会、党小组会和上党课，党支部要定期召开支部委员会会议；没有定次数",
    ),
    Instrument(BRANCH_RULES, date(2018, 10, 28), certainty=_SECONDARY).rule(
        "instruments.branch", "现行", "", "三会一课的次数和到会人数；没有找到修订"
    ),
    _education.rule("instruments.education", "现行", "", "学时、流动和失联党员、组织关系"),
    _elections_old.rule("instruments.elections", "已由2020年条例替代", "", "选举和表决权"),
    _elections.rule("instruments.elections", "现行", "第二至五条", "选举和表决权"),
    _admission_old.rule("instruments.admission", "已由2014年细则替代", "", "发展党员"),
    _admission_2014.rule("instruments.admission", "已由2026年修订替代", "", "发展党员"),
    _admission_2026.rule(
        "instruments.admission",
        "现行",
        "",
        "2026年5月18日公布，条号有变；公布时正在办的怎么衔接，没有找到规定，请问上级",
    ),
    _disposal.rule(
        "instruments.disposal",
        "现行",
        "第一至六条",
        "不合格党员的组织处置；2024年6月16日印发，8月29日公开",
    ),
    _mobile.rule("instruments.mobile", "现行", "", "流动党员的管理"),
    Instrument(BURDEN_RULES, _BURDEN).rule(
        "instruments.burden", "现行", "", "限制强制打卡、排名、过度留痕"
    ),
    _apps.rule(
        "instruments.apps",
        "现行",
        "",
        "政务应用程序、公众号、工作群不强制打卡、不排名、不作日常考核；党支部的群是不是也算，没有定论，按也算来做",
    ),
    Instrument(PRIVACY_LAW, date(2021, 11, 1)).rule(
        "instruments.privacy",
        "现行",
        "第六、十三、二十五、二十八条",
        "目的明确、最少够用、不公开；党务是不是法定职责没有定论，所以先告知、取得同意",
    ),
)

YEARLY = (
    _education.rule("meetings.theme_day", 1, "第十六条", "主题党日每月开展1次"),
    _branch.rule(
        "meetings.convener",
        "书记召集",
        "第十一、十二、十三、十四条",
        "党员大会、支委会由书记召集主持，可以委托副书记或者委员；党小组会由党小组组长召集",
    ),
    Instrument(BRANCH_RULES, date(2018, 10, 28), certainty=_SECONDARY).rule(
        "meetings.lecture.leaders", 1, "第十六条", "党委（党组）书记每年至少讲1次党课"
    ),
    *with_custom(
        _branch.rule(
            "meetings.org_life",
            1,
            "第十七条",
            "组织生活会每年至少1次，一般安排在第四季度，也可以根据需要随时召开",
        )
    ),
    Instrument(BRANCH_RULES, date(2018, 10, 28), date(2019, 5, 6), _SECONDARY).rule(
        "meetings.appraisal", 1, "第十八条", "民主评议党员一般每年1次，可以和组织生活会一起开"
    ),
    _education.rule(
        "meetings.appraisal", 1, "第十八条", "民主评议党员一般每年1次，可以和组织生活会一起开"
    ),
    Instrument(BRANCH_RULES, date(2018, 10, 28), certainty=_SECONDARY).rule(
        "meetings.talks",
        1,
        "第十九条",
        "支委之间、支委和党员、党员和党员之间，每年谈心谈话一般不少于1次",
    ),
    Instrument(DEMOCRATIC_LIFE, date(2016, 12, 23)).rule(
        "meetings.democratic_life",
        1,
        "第二条",
        "县级以上领导班子每年召开1次民主生活会；街道要不要开、几月前开完，没有核实到",
    ),
)

TERMS = (
    *with_custom(
        Instrument(BRANCH_RULES, date(2018, 10, 28), certainty=_SECONDARY).rule(
            "structure.term", 36, "", "支部委员会任期3年（村、社区以外的）"
        )
    ),
    *with_custom(
        Instrument(BRANCH_RULES, date(2018, 10, 28), certainty=_SECONDARY).rule(
            "structure.term.community", 60, "", "村、社区的支部委员会任期5年"
        )
    ),
    _elections_old.rule(
        "structure.term.shift", 12, "第三条", "延期或提前换届要上级批准，延长一般不超过1年"
    ),
    _elections.rule(
        "structure.term.shift", 12, "第三条", "延期或提前换届要上级批准，一般不超过1年"
    ),
    _elections_old.rule(
        "structure.voters",
        "正式党员",
        "第五条",
        "正式党员有表决权、选举权、被选举权；留党察看期间没有",
    ),
    _elections.rule(
        "structure.voters",
        "正式党员",
        "第五条",
        "正式党员有表决权、选举权、被选举权；留党察看期间、依法留置或逮捕中止的没有",
    ),
)

NEW_SECRETARIES = (
    Instrument(TRAINING_PLAN, date(2019, 11, 1), date(2024, 1, 1), _SECONDARY).rule(
        "study.new_secretary", 6, "", "新任党组织书记半年内参加1次任职培训"
    ),
    Instrument(
        "《2024－2028年全国党员教育培训工作规划》", date(2024, 1, 1), None, _UNVERIFIED
    ).rule(
        "study.new_secretary", 6, "", "2024年起的规划没有核实到，按以前的半年算；支部可以自己定"
    ),
)


def _clock(
    key: str,
    value: int | str,
    old: str | None,
    new: str | None,
    text: str,
    certainty: Certainty | None = None,
) -> tuple[Regulation, ...]:
    """Return a clock of developing members under both texts.

    Args:
        old, new: The articles of 2014 and of 2026; None where that text has nothing of it and
            it is common practice.
        certainty: Of the older row, where its wording or its article was not seen.
    """
    rows = []
    for article, instrument, known in (
        (old, _admission_2014, certainty),
        (new, _admission_2026, None),
    ):
        custom = Instrument(COMMON_PRACTICE, instrument.since, instrument.until, _PRACTICE)
        named = custom if article is None else instrument
        rows.append(named.rule(f"development.{key}", value, article or "", text, known))
    return tuple(rows)


DEVELOPMENT = (
    *_clock(
        "steps",
        25,
        "",
        "",
        "发展党员分5个阶段、25个步骤，从递交入党申请书到材料归档；公布新细则时正在办的怎么衔接，请问上级",
        _SECONDARY,
    ),
    *_clock(
        "materials",
        "各步常见材料",
        None,
        None,
        "各步要存的材料按上级的要求；小助手只记收到了没有，不存内容",
    ),
    *_clock("age", 18, "第五条", "第五条", "申请入党的人要年满18岁"),
    *_clock("talk", 1, "第七条", "第七条", "收到入党申请书1个月内派人谈话"),
    *_clock("observation", 6, "第十一条", "第十一条", "入党积极分子每半年考察1次", _SECONDARY),
    *_clock(
        "activist",
        12,
        "第十三条",
        "第十三条",
        "积极分子经过1年以上培养教育，才能列为发展对象；转到别处，时间连续算",
    ),
    *_clock("publicity", 5, None, "第十三条", "列为发展对象以前公示，不少于5个工作日"),
    *_clock("training", 3, "第十七条", "第十七条", "发展对象短期集中培训一般不少于3天"),
    *_clock("training.hours", 24, "第十七条", "第十七条", "发展对象培训或者不少于24个学时"),
    *_clock("leaving", 3, "第十九条", None, "3个月内要离开工作、学习单位的，一般不办理接收"),
    *_clock("review", 1, None, "第十九条", "上级预审合格以后1个月内开党员大会讨论接收"),
    *_clock("approval", 3, "", "第二十五条", "上级党委在3个月内审批接收的决议", _UNVERIFIED),
    *_clock(
        "approval.most",
        6,
        "",
        "第二十五条",
        "有特殊情况的，审批接收最长不超过6个月",
        _UNVERIFIED,
    ),
    *_clock("oath", 1, None, "第二十九条", "入党宣誓一般在批准后1个月内"),
    Instrument(CONSTITUTION, EVER, SINCE_2014, _SECONDARY).rule(
        "development.probation", 12, "第七条", "预备期一年，从党员大会通过之日算起"
    ),
    *_clock("probation", 12, "第三十二条", "第三十一条", "预备期一年，从党员大会通过之日算起"),
    *_clock(
        "extension.least", 6, "第三十二条", "第三十一、三十二条", "延长预备期只能1次，不少于半年"
    ),
    *_clock(
        "extension.most", 12, "第三十二条", "第三十一、三十二条", "延长预备期只能1次，最长不超过1年"
    ),
    *_clock(
        "confirmation",
        "期满以后",
        "第三十三条",
        "第三十二条",
        "预备期满才讨论转正；到会和表决同接收一样",
    ),
    *_clock(
        "confirmation.approval", 3, "", "第三十三条", "上级党委在3个月内审批转正的决议", _UNVERIFIED
    ),
    Instrument(CONSTITUTION, certainty=_SEEN).rule(
        "development.party_age", "转正那天", "第七条", "党龄从预备期满转为正式党员之日算起"
    ),
    Instrument(PRODUCT, certainty=_PRACTICE).rule(
        "development.reminders",
        "前7天、后1天；前30天、当天",
        "",
        "有最晚日期的步骤，前7天、过期后1天各私下提醒组织委员一次；可以办下一步了，那天告诉一次；"
        "预备期满前30天告诉组织委员和预备党员本人，期满当天再告诉组织委员；办了就停，步骤只由人登记",
    ),
)

RELATION = (
    Instrument(CONSTITUTION, certainty=_SECONDARY).rule(
        "roll.one_branch", "编入一个支部", "第八条", "每个党员都编入一个支部、小组"
    ),
    _education.rule(
        "roll.transfer",
        6,
        "第二十五条",
        "工作单位、经常居住地变动，或者在固定地点6个月以上的，一般转移组织关系",
    ),
    _practice.rule(
        "roll.letter.city", 10, "", "同城的介绍信有的地方7到10天，别处约30天；全国条例没有定"
    ),
    _practice.rule(
        "roll.absence", 3, "", "外出3到6个月的开证明，在外地参加活动但不表决；不足3个月的回来汇报"
    ),
    _education.rule(
        "roll.mobile.life",
        "一方隶属、多方生活",
        "第三十二条",
        "流动党员要保持联系，可以就近参加组织生活和民主评议",
    ),
    _mobile.rule("roll.mobile", 6, "", "连续6个月不能参加原支部组织生活、又没有转的，是流动党员"),
    _education.rule("roll.abroad.contact", 6, "第三十四条", "出国（境）学习的，至少每半年联系1次"),
    _education.rule("roll.removal", 24, "第二十四条", "停止党籍2年以后还没有联系上的，予以除名"),
    _education.rule("roll.abroad", 60, "第二十四条", "出国（境）超过5年或者定居的，一般停止党籍"),
    _disposal.rule(
        "roll.disposal",
        "限期改正、劝其退党、除名",
        "第三、六条",
        "不按规定参加组织生活、不按时足额交党费的，先限期改正；由支委会提出、先报上级，小助手不作结论",
    ),
    Instrument(DISPOSAL, date(2024, 6, 16), certainty=_SECONDARY).rule(
        "roll.disposal.term", 6, "", "限期改正一般6个月"
    ),
    Instrument(DISPOSAL, date(2024, 6, 16), certainty=_SECONDARY).rule(
        "roll.disposal.most", 12, "", "限期改正最长1年"
    ),
    _disposal.rule("roll.disposal.once", "不重复", "第四条", "已经给了党纪处分的，不再组织处置"),
    Instrument(CONSTITUTION).rule(
        "roll.left",
        6,
        "第九条",
        "没有正当理由连续6个月不参加组织生活、不交党费或者不做党的工作的，由支部讨论除名",
    ),
    Instrument(DISPOSAL, date(2024, 6, 16), certainty=_SECONDARY).rule(
        "roll.readmission", 60, "", "除名的，5年内不能重新入党"
    ),
    _education.rule(
        "roll.file", "建党员档案", "第二十六条", "没有人事档案的，由基层党委建立党员档案"
    ),
)

BURDEN = (
    _burden.rule(
        "burden.groups", "不强制", "", "工作群里不强制打卡接龙、不要求即时回复、不要截图视频作证明"
    ),
    _burden.rule(
        "burden.assessment",
        "不作考核",
        "",
        "登录、点赞、转发、学习时长不作为考核；不把应用当日常考核",
    ),
    _burden.rule("burden.once", "不重复", "", "同一份数据不重复要"),
    Instrument("各省2024至2025年清理通知", _BURDEN).rule(
        "burden.cleaning",
        "清理",
        "",
        "政务应用、公众号、工作群的强制打卡、积分排名、在线时长（安全应急的除外）都在清理之列",
    ),
)
