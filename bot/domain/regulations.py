"""Numbers and sentences of regulations as dated data; rules ask for the value on a day."""

from __future__ import annotations

from datetime import date

from bot.domain import regulations_membership as membership
from bot.domain import regulations_work as work
from bot.domain.regulation_rows import (
    BRANCH_POLICY,
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
    Bracket,
    Certainty,
    Instrument,
    Regulation,
    Share,
    Value,
    with_custom,
)

__all__ = ["BRANCH_POLICY", "DUES_RULES", "Bracket", "Certainty", "Regulation", "Share", "Value"]

_DUES = date(2008, 4, 1)
_DUES_NOTICE = date(2017, 1, 1)
_BRANCH = date(2018, 10, 28)
_EDUCATION = date(2019, 5, 6)
_PRIVACY = date(2021, 11, 1)
_BURDEN = date(2024, 8, 6)

_SEEN, _SECONDARY, _PRACTICE, _UNVERIFIED = Certainty

_HALF = Share(1, 2, exact_counts=True)
_OVER_HALF = Share(1, 2, exact_counts=False)
_FOUR_FIFTHS = Share(4, 5, exact_counts=True)
_TWO_THIRDS = Share(2, 3, exact_counts=True)

_WAGES = (
    Bracket(3_000_00, 50),
    Bracket(5_000_00, 100),
    Bracket(10_000_00, 150),
    Bracket(None, 200),
)
_PENSIONS = (Bracket(5_000_00, 50), Bracket(None, 100))


_branch = Instrument(BRANCH_RULES, _BRANCH)
_structure = Instrument(BRANCH_RULES, _BRANCH, certainty=_SECONDARY)
_education = Instrument(EDUCATION_RULES, _EDUCATION)
_dues = Instrument(DUES_RULES, _DUES)
_burden = Instrument(BURDEN_RULES, _BURDEN, certainty=_SECONDARY)
_custom = Instrument(BRANCH_POLICY, certainty=_PRACTICE)
_product = Instrument(PRODUCT, certainty=_PRACTICE)
_practice = Instrument(COMMON_PRACTICE, certainty=_PRACTICE)

_ADMISSION_WORDS = (
    "接收预备党员和转正：到会的有表决权党员超过应到会的半数；赞成（含会前送达的书面意见）"
    "超过应到会的半数；无记名，逐人表决"
)

_MEETINGS = (
    *with_custom(
        _branch.rule(
            "meetings.cadence.general", "quarter", "第十一条", "支部党员大会一般每季度召开1次"
        )
    ),
    *with_custom(
        _branch.rule(
            "meetings.cadence.committee", "month", "第十二条", "支部委员会会议一般每月召开1次"
        )
    ),
    *with_custom(
        _branch.rule("meetings.cadence.cell", "month", "第十三条", "党小组会一般每月召开1次")
    ),
    *with_custom(
        _branch.rule(
            "meetings.cadence.theme_day",
            "month",
            "第十六条",
            "主题党日每月相对固定1天开展",
            _SECONDARY,
        )
    ),
    _custom.rule(
        "meetings.cadence.lecture",
        "quarter",
        "",
        "党课多为每季度1次；全国没有规定支部的次数，各支部可改",
    ),
    _product.rule(
        "meetings.ladder",
        "第45、75、85天；15日、25日、月末",
        "",
        "没有登记的会议，按季的在第45、75、85天，按月的在15日、25日、月末，私下提醒负责的书记",
    ),
    _product.rule(
        "meetings.activity_day",
        7,
        "",
        "活动日遇休息日按支部约定移动：不出本月、前后不超过7天，否则请书记定",
    ),
    _product.rule(
        "meetings.announce",
        1,
        "",
        "会前1天私下问应到的人来不来，党员大会、选举和有表决的会改在会前3天（工作日）问；群里会前1天告知一次时间地点；答复、改期或取消后不再问；已经知道的人和群，改期或取消时再告诉一次",
    ),
    _product.rule(
        "meetings.unheld",
        1,
        "",
        "安排了的会过了一天还没有任何到会登记，私下问组织委员一次开了没有；没登记的不算开过",
    ),
    _product.rule(
        "meetings.stage",
        "按事实",
        "",
        "会到了哪一步由登记推出来，不另外存：没到时间是已安排或已改期，到了是进行中，"
        "有人到会或点名完毕是已开完、记录未确认，没有人到会的是还没有登记到会，"
        "书记确认后是记录已确认、记录已锁定",
    ),
    _product.rule(
        "meetings.together",
        "一次到会，几个会",
        "",
        "一场几个会的，签到一次都算，通知只发一条；各有自己的记录才各算一次",
    ),
    _product.rule(
        "meetings.above",
        "街道、社区自己的",
        "",
        "党工委会议、中心组学习、民主生活会、观摩只由街道、社区来开，应到的是班子（观摩还有下面各书记）；"
        "集中培训、工作会是班子和干部职工，党课、重温入党誓词、集中轮训、集中学习是下面各支部全体党员，"
        "党建宣讲谁来都行、只记人数；都不算支部开的会，不与支部会议相加，职工不计党员学时",
    ),
    _product.rule(
        "meetings.topic",
        "写明才算",
        "",
        "党工委会议有党建议题的才计入专题研讨，由建会的人写明，不按字面猜；"
        "取消的不算，改期的算一次，几天的活动算一次",
    ),
    _product.rule(
        "meetings.opening",
        "启用以前",
        "",
        "支部启用以前开过的会由导入登记（期初），这一期就不再提醒；不算有记录的会，不进出勤",
    ),
    _custom.rule(
        "meetings.org_life_counts",
        "不算",
        "",
        "以党员大会形式开的组织生活会算不算当季的党员大会，没有找到规定；默认不算，各支部可改",
    ),
)

_CALENDAR = (
    _product.rule(
        "calendar.working_days",
        "张贴当天不算",
        "",
        "按工作日计的期限（如公示5个工作日）从第二天数起，调休上班算工作日；当年放假安排没公布的，日子是暂定的",
    ),
    _product.rule(
        "calendar.months",
        "到月末为止",
        "",
        "按月、按年计的期限到对应的那一天；没有那一天的（29至31日、2月29日）到当月最后一天",
    ),
    _product.rule(
        "calendar.notice",
        "只说变了的",
        "",
        "当年放假安排公布以前，活动日是暂定的；公布以后重算，告诉过的日子有变才再告诉一次",
    ),
)

_MINUTES = (
    _product.rule(
        "minutes.open_items",
        1,
        "",
        "会议纪要的待办，期限前一天、过期后一天各私下提醒负责人一次，没写负责人的提醒组织委员；办结就停，没办完的待办和问题列进下一次会的纪要",
    ),
    _product.rule(
        "minutes.reminders",
        "3、5",
        "",
        "开过的会，3天后还没有会议记录的私下提醒组织委员一次，5天后还没有确认的私下提醒书记一次；"
        "谈心谈话、学习培训不要记录",
    ),
    _product.rule(
        "minutes.record",
        "草稿、确认、更正",
        "",
        "会议记录一次会一份：主持、记录、应到实到请假缺席、议题、表决数；书记确认时到会和名册定住，"
        "以后只附更正；个人的选票和病情不记",
    ),
    _custom.rule(
        "minutes.lock",
        3,
        "",
        "会议记录确认3天后锁定，只能附上更正；有的区县要求3天内记好，各支部可改",
    ),
)

_QUORUMS = (
    _product.rule(
        "quorum.forecast",
        "前2天、前2小时",
        "",
        "党员大会和有表决的会，会前2天、2小时私下告诉组织委员到会人数还差几人；够了就不再提醒",
    ),
    _product.rule(
        "quorum.presence",
        "开会时在册、表决时在场",
        "",
        "应到按开会时已登记的名册和职务；在场看会上的签到、同意了的代签、点名和签到表；"
        "补签和事后更正不增加在场人数，表决前离开、表决后才到的不算；后来查明不在场、不应到的要重新核对表决；"
        "会议记录确认以后只按确认时的记录",
    ),
    *with_custom(
        _branch.rule(
            "quorum.ordinary",
            _HALF,
            "第十一条",
            "党员大会有半数以上有表决权的党员到会才能开；赞成超过应到会人数的半数才通过",
        )
    ),
    *(
        instrument.rule(key, _OVER_HALF, article, _ADMISSION_WORDS)
        for key in ("quorum.admission", "quorum.confirmation")
        for instrument, article in (
            (
                Instrument(membership.ADMISSION_OLD, EVER, membership.SINCE_2014, _UNVERIFIED),
                "",
            ),
            (
                Instrument(membership.ADMISSION_2014, membership.SINCE_2014, membership.SINCE_2026),
                "第二十、二十一、三十三条",
            ),
            (
                Instrument(membership.ADMISSION_2026, membership.SINCE_2026, None, _SECONDARY),
                "第十九、二十条",
            ),
        )
    ),
    *with_custom(
        _branch.rule(
            "quorum.committee", _HALF, "第十二条", "支部委员会会议有半数以上委员到会才能开"
        )
    ),
    Instrument(membership.ELECTION_1990, EVER, membership.SINCE_ELECTION).rule(
        "quorum.election",
        _FOUR_FIFTHS,
        "第二十二条（得票）",
        "选举：有表决权的党员到会超过五分之四（恰好五分之四也可）；得票超过到会人数的半数当选",
    ),
    Instrument(membership.ELECTION_2020, membership.SINCE_ELECTION, None, _SECONDARY).rule(
        "quorum.election",
        _FOUR_FIFTHS,
        "",
        "选举：有表决权的党员到会不少于五分之四；得票超过到会人数的半数当选",
    ),
    Instrument("民主生活会有关规定", certainty=_SECONDARY).rule(
        "quorum.democratic_life", _TWO_THIRDS, "", "民主生活会到会不少于应到会的三分之二"
    ),
)

_ATTENDANCE = (
    _product.rule(
        "attendance.proxy",
        5,
        "",
        "代报要组织委员同意才算，一次会一个人最多代报5人；党小组长登记本组的会，支部的会上和大家一样",
    ),
    _product.rule(
        "attendance.window",
        "前30分钟；后48小时",
        "",
        "会前30分钟起可签到，开始的那一分钟内算准时，会中算迟到，会后48小时内可补签、由书记核准",
    ),
    _product.rule(
        "attendance.roll_call",
        1,
        "",
        "会后1天点名还没有完的，私下提醒组织委员一次；他说点名完毕以后，没有登记的才算缺席，"
        "机器人不自己记缺席；应到=实到+请假+缺席+未定",
    ),
    _product.rule(
        "attendance.makeup_study",
        1,
        "",
        "有人请假或缺席的会，会后1天私下提醒组织委员给没到会的发补学材料；发了就不再提醒；"
        "补学不算到会",
    ),
    *with_custom(
        _education.rule(
            "attendance.rate",
            "不作硬性要求",
            "第二十三条",
            "年老体弱、生病、残疾的党员参加活动不作硬性要求：不计入出勤率，表决时仍计入应到会",
        )
    ),
)

_STRUCTURE = tuple(
    dated
    for key, value, article, text in (
        (
            "structure.branch.least",
            3,
            "第二章",
            "正式党员3人以上设支部，不足3人的成立联合支部",
        ),
        ("structure.branch.most", 50, "第二章", "支部党员一般不超过50人"),
        (
            "structure.committee",
            7,
            "第六章",
            "正式党员7人以上设支部委员会；不足7人设书记，必要时设副书记",
        ),
        ("structure.committee.largest", 7, "第六章", "支部委员会一般3至5人，最多7人"),
    )
    for dated in with_custom(_structure.rule(key, value, article, text))
)

_ROLL = (
    _practice.rule(
        "roll.letter.days",
        30,
        "",
        "组织关系介绍信一般30天内有效；全国条例没有定天数，支部或街道可另行约定",
    ),
    _practice.rule("roll.letter.most", 90, "", "介绍信有效期最长90天"),
    _practice.rule(
        "roll.letter.dues",
        "原支部到X月，新支部从X+1月起",
        "",
        "介绍信写明党费交到哪个月：到那个月归原支部，下个月起归新支部",
    ),
    *with_custom(
        _education.rule(
            "roll.responsible",
            "接收之前原组织负责",
            "第二十五条",
            "转移组织关系，在接收之前由原党组织负责；没有正当理由不得拒收，退回要写原因",
        )
    ),
    *with_custom(
        _education.rule(
            "roll.lost",
            6,
            "第二十四条",
            "与组织失去联系6个月以上、经查找没有结果的停止党籍；不回复机器人不算失去联系",
        )
    ),
    _product.rule(
        "roll.identity",
        "期初＋新增＋转入−转出−出党−去世＝期末",
        "",
        "任何组织、任何一段日子都对得上；停止党籍的仍在名册，在本组织内部调动的不算变动",
    ),
    Instrument(CONSTITUTION, certainty=_SECONDARY).rule(
        "roll.posts",
        "有表决权的正式党员",
        "第七条",
        "职务由本组织名册里有表决权、被选举权的正式党员担任；停止党籍、失联、去世、转走的，当天起不再担任",
    ),
    _product.rule(
        "roll.responsible_person",
        "在任者、副职、上级",
        "",
        "每件事都有人负责：在任的人，没有就副书记，再没有就上一级；任期到的那天职权结束",
    ),
    _product.rule(
        "roll.vacant",
        "1、15",
        "",
        "书记、副书记、组织委员、党小组长空缺的，第1天、第15天告诉接着负责的人和上级；有人到任就停",
    ),
)

_DUES_RULES = (
    _dues.rule(
        "dues.brackets.wage",
        _WAGES,
        "第一、二条",
        "按月领工资的，以税后相对固定、经常性的部分为基数，全额按所在档计算，各档含上限",
    ),
    _dues.rule(
        "dues.brackets.annual_salary",
        _WAGES,
        "第三条",
        "年薪制的，以当月实际领取的为基数，比例同工资",
    ),
    _dues.rule(
        "dues.brackets.self_employed",
        _WAGES,
        "第四条",
        "个体经营等的，以上季度月均纯收入为基数，比例同工资",
    ),
    _dues.rule(
        "dues.brackets.retired", _PENSIONS, "第五条", "离退休的，以养老金总额为基数，各档含上限"
    ),
    _dues.rule("dues.fixed.farmer", 20, "第六条", "农民每月0.2元至1元，由支部定，最少0.2元"),
    _dues.rule("dues.fixed.farmer.most", 1_00, "第六条", "农民每月最多1元"),
    _dues.rule("dues.fixed.student", 20, "第六条", "学生每月0.2元"),
    _dues.rule("dues.fixed.unemployed", 20, "第六条", "下岗失业的每月0.2元"),
    _dues.rule("dues.fixed.relief", 20, "第六条", "领取抚恤、救济金或低保的每月0.2元"),
    _dues.rule(
        "dues.hardship",
        "上级批准",
        "第七条",
        "交纳有困难的，支部研究、上一级党委批准后少交或免交；批准前照交",
    ),
    Instrument(DUES_NOTICE, _DUES_NOTICE).rule(
        "dues.most", 1_000_00, "", "每月党费一般不超过1000元，多交自愿"
    ),
    Instrument(DUES_NOTICE, _DUES_NOTICE).rule(
        "dues.yearly", "年初核定", "", "年初由支部核定，年内一般不变动"
    ),
    _dues.rule(
        "dues.extra",
        1_000_00,
        "第十一条",
        "自愿一次多交1000元以上的全部上交中央，另立一笔，不计入支部合计",
    ),
    _dues.rule(
        "dues.back_payment",
        6,
        "第十二条",
        "按月主动交；经支部同意可按季交，或由亲属、其他党员代交；补交一般不超过6个月",
    ),
    _dues.rule(
        "dues.unpaid",
        6,
        "第十三条",
        "无正当理由连续6个月不交党费的，由组织按规定研究；小助手只告诉书记还有几个月没登记",
    ),
    _product.rule(
        "dues.admitted",
        "整月",
        "",
        "预备党员从支部党员大会通过之日交党费（党费规定第八条）；当月按整月算，没有找到全国的折算规定",
    ),
    _product.rule(
        "dues.remittance",
        "一次",
        "",
        "每一笔核对过的党费只上缴一次；上缴以后的更正、退费算在下一次里",
    ),
    _product.rule(
        "dues.upkeep",
        "下月3日；季后12日、15日；1月12日",
        "",
        "登记了没有核对的党费下月3日、上季度没有上缴的12日、没有公示的15日、年初没有核定的1月12日，"
        "各私下提醒组织委员一次；办了就停，一笔也没有的不提醒",
    ),
    _dues.rule("dues.no_advance", "不垫交", "第十四条", "组织不得垫交、扣缴党费；代交的只能是个人"),
    _product.rule(
        "dues.prepayment", "当季末", "", "经支部同意可预交到本季度末；全国没有规定，各支部可改"
    ),
    _product.rule(
        "dues.opening",
        "交至某月",
        "",
        "启用以前已交到某个月的由导入登记（期初），到那个月为止不再问；不算收到的钱，不进上缴和公示",
    ),
    _product.rule("dues.rounding", "到分", "", "党费四舍五入到分；没有找到全国规定"),
    _product.rule(
        "dues.ladder",
        "20日、27日；1、2、3、5个月",
        "",
        "当月没登记的，20日、27日私下提醒本人；连续1、2、3、5个月只告诉书记和组织委员",
    ),
    _product.rule(
        "dues.on_order",
        "一天一次",
        "",
        "组织委员可请小助手私下提醒没登记的本人；每人每个月份一天最多一次，发出前再查一遍",
    ),
    _product.rule(
        "dues.publication",
        5,
        "",
        "公示只有人数和合计，不足5人不报合计，两次公示相减不足5人的也不报，不出现个人金额和没交的名单",
    ),
)

_STUDY = (
    _product.rule(
        "study.made_up",
        45,
        "",
        "缺席或请假的会，45天内本人说学了就记补学；补学不算到会，不要心得、截图、学时",
    ),
    _product.rule(
        "study.opening",
        "计入",
        "",
        "启用以前的学时由导入登记（期初），算进当年的学时，看的时候写明其中启用前多少；"
        "登记过的人这一年算完整，按全年要求算还差多少",
    ),
    _product.rule("study.class_hours", 8, "", "1小时1学时，一整天8学时；按自然年计，跨年的分开计"),
    _product.rule(
        "study.counted",
        "实到才有学时",
        "",
        "学时只从实到来：报名、自己说学了都没有（写明自学算学时的课除外）；党课、集中学习、培训按时长计，"
        "别的会组织委员写明才计；取消的、只报了人数的、不是党员的都没有",
    ),
    _product.rule(
        "study.waiting",
        "先后",
        "",
        "名额满了按先后排候补；有人退，名额给排在最前的，私下告诉一次；一起报的不拆开，不插队；"
        "截止以后照样补，开始以后不再补；前一天还没排上的告诉一声",
    ),
    _product.rule(
        "study.shortfall",
        "10月8日、11月15日",
        "",
        "全年学时还差的，10月8日、11月15日私下告诉本人；不排名，不作结论",
    ),
    _education.rule("study.annual_hours", 32, "第二十条", "党员每年集中学习培训一般不少于32学时"),
    Instrument(TRAINING_PLAN, date(2019, 11, 1), date(2024, 1, 1), _SECONDARY).rule(
        "study.annual_hours.committee",
        56,
        "",
        "党组织书记和班子成员每年集中学习培训一般不少于56学时",
    ),
    Instrument(EDUCATION_RULES, date(2024, 1, 1)).rule(
        "study.annual_hours.committee",
        32,
        "第二十条",
        "2024年起班子成员另有多少学时没有核实到，按党员的要求算；支部可以自己定",
    ),
)

_PRIVACY_AND_BURDEN = (
    *with_custom(
        Instrument(PRIVACY_LAW, _PRIVACY).rule(
            "privacy.table",
            "按受众",
            "第六、二十五、二十八条",
            "群里只有时间、地点、人数和本人自己说的话；党费、请假原因只给本人和书记；"
            "身份证号、收入、截图内容、病情、选票一律不存",
        )
    ),
    Instrument(PRIVACY_LAW, _PRIVACY, certainty=_SECONDARY).rule(
        "privacy.own_copy",
        "本人",
        "第四十五条",
        "本人随时可以查阅、复制台账里关于自己的全部记录；别人的姓名只写职务",
    ),
    _product.rule(
        "privacy.reads",
        "记录",
        "",
        "谁在什么时候看过、导出过谁的哪一类记录，都留痕，只增不改，不抄内容；本人可以问谁看过",
    ),
    _product.rule("privacy.kept_texts", 30, "", "聊天原文加密保存30天（可改），到期只留处理结果"),
    _product.rule(
        "privacy.kept_after_leaving",
        3,
        "",
        "离开名册满3年，街道党务专干可以把姓名等换成编号；次数、金额、名册数字不变，不能恢复。"
        "《中华人民共和国个人信息保护法》第十九条只要求存必要的最短时间，没有规定年数",
    ),
    *(
        dated
        for key, value, text in (
            ("burden.real_session", "G1", "只为真实安排的会议签到"),
            ("burden.no_ranking", "G2", "不排名、不积分、不公布谁慢"),
            ("burden.own_word", "G3", "本人说了就算，不要照片、截图、定位"),
            ("burden.ask_once", "G4", "台账里有的不再问"),
        )
        for dated in with_custom(_burden.rule(key, value, "", text))
    ),
    _product.rule(
        "burden.quiet_hours",
        "G5",
        "",
        "20:30到次日8:00不发；休息日只发当天活动的；书记说立即的除外",
    ),
    _product.rule(
        "burden.group_notices", "G5", "", "每个群每天最多1条通知（回答除外），其余顺延或合并"
    ),
    _product.rule(
        "burden.digest", "G5", "", "同一个人同一时刻的几条提醒合成一条；隔天的同一件事只说后一次"
    ),
    _product.rule(
        "burden.desk_digest",
        5,
        "",
        "等组织委员或书记办的事，工作日早上8:30合成一条，最多5行，回复数字就办；没有新的不发，"
        "一直没办的每周头一个工作日再说一次，说满4周为止；换了人的第二天也说；请假要同意的支部，会前一天和当天还没答复的也说",
    ),
    _product.rule(
        "burden.put_off",
        31,
        "",
        "收到提醒的人可以说晚点再提醒（最多推后31天）或这次不用提醒；不用提醒的只停这一件这一期，"
        "私下告诉组织委员一句，不改任何登记；推后的写明是哪天的提醒，会改了期就照新的时间重新提醒",
    ),
    _product.rule(
        "burden.preferences",
        "9:00—20:00",
        "",
        "每个人可以定自己的提醒在几点到（当天的活动除外）、同一件事只提醒一次、不要早上的合成一条",
    ),
    _product.rule(
        "burden.weekly_notices",
        5,
        "",
        "一个支部7天里最多5条通知；再多要写明原因，原因留痕（配置可改）",
    ),
    _product.rule(
        "burden.second_notice",
        1,
        "",
        "一条通知没有回复的，可以再提醒一次，只发给没有回复的人；还没有回复的打电话，不发第三次",
    ),
    _product.rule(
        "burden.demand",
        "",
        "",
        "通知里有要办的事，要写谁来办、什么时候以前办完；没写的，预览时先提醒写的人",
    ),
    _product.rule(
        "burden.ladders",
        "4、3",
        "",
        "同一件事对负责人最多提醒4次、对本人最多3次；哪几天由配置和各支部定，改了从当天起，以前的按以前的算",
    ),
    _product.rule(
        "burden.above",
        5,
        "",
        "过期5天还没有登记的会（按年的过了1月31日再数），私下告诉上级负责人一次，每天合成一条；"
        "空着的职务找接任的、再上一级；以后不再催，只留打电话名单；党费和学时不告诉上级",
    ),
    _product.rule(
        "burden.late",
        "G5",
        "",
        "程序停过，到点没发的：还有用就补发并注明，过了时效就不发、记下来，并告诉党务专干一次",
    ),
    _product.rule("burden.stops", "G6", "", "办了就不再提醒"),
    _product.rule("burden.no_consequence", "G7", "", "不回复没有任何自动后果"),
    _product.rule("burden.paper_route", "G8", "", "纸质、电话同样有效，书记可代为登记全部内容"),
)

REGULATIONS: tuple[Regulation, ...] = (
    *membership.INSTRUMENTS,
    *_MEETINGS,
    *membership.YEARLY,
    *_CALENDAR,
    *_MINUTES,
    *work.ISSUES,
    *work.CONTACTS,
    *_QUORUMS,
    *_ATTENDANCE,
    *_STRUCTURE,
    *membership.TERMS,
    *membership.DEVELOPMENT,
    *_ROLL,
    *membership.RELATION,
    *_DUES_RULES,
    *_STUDY,
    *membership.NEW_SECRETARIES,
    *_PRIVACY_AND_BURDEN,
    *membership.BURDEN,
)

_BY_KEY: dict[str, list[Regulation]] = {}
for _regulation in REGULATIONS:
    _BY_KEY.setdefault(_regulation.key, []).append(_regulation)


def is_known(key: str) -> bool:
    """Tell whether a key names a rule, or a family of rules such as `meetings.cadence`."""
    return any(known == key or known.startswith(f"{key}.") for known in _BY_KEY)


def find_on(key: str, day: date) -> Regulation | None:
    """Return the rule in force on a day, or None where there was none."""
    return next((rule for rule in _BY_KEY.get(key, ()) if rule.is_in_force(day)), None)


def on(key: str, day: date) -> Regulation:
    """Return the rule in force on a day.

    Raises:
        LookupError: There is no such rule, or none on that day: a mistake in the code.
    """
    rule = find_on(key, day)
    if rule is None:
        raise LookupError(f"no rule {key} on {day}")
    return rule


def number(key: str, day: date) -> int:
    """Return the number a rule sets on a day."""
    value = on(key, day).value
    if not isinstance(value, int):
        raise TypeError(f"{key} is not a number")
    return value


def share(key: str, day: date) -> Share:
    """Return the share a rule sets on a day."""
    value = on(key, day).value
    if not isinstance(value, Share):
        raise TypeError(f"{key} is not a share")
    return value


def brackets(key: str, day: date) -> tuple[Bracket, ...]:
    """Return the table of rates a rule sets on a day."""
    value = on(key, day).value
    if not isinstance(value, tuple):
        raise TypeError(f"{key} is not a table of rates")
    return value
