"""Rules of the street's own work: issues and their rectification, service, duty. Mostly local custom."""

from __future__ import annotations

from bot.domain.regulation_rows import PRODUCT, Certainty, Instrument, Regulation

_product = Instrument(PRODUCT, certainty=Certainty.PRACTICE)

ISSUES: tuple[Regulation, ...] = (
    _product.rule(
        "issues.colours.red",
        3,
        "",
        "没办结的问题离期限3天以内和过期的亮红灯；各街道、支部可改",
    ),
    _product.rule(
        "issues.colours.yellow",
        10,
        "",
        "离期限10天以内的亮黄灯，更远的亮蓝灯；各街道、支部可改",
    ),
    _product.rule(
        "issues.closing",
        "报办结、换人核实",
        "",
        "办结要写明怎么办的，由另一个人核实才算；按报办结的时刻和期限比，期限当天24点前不算晚；"
        "有来源的清单（观摩、述职评议等）由上级核实",
    ),
    _product.rule(
        "issues.publication",
        "不说反映人",
        "",
        "公示整改只说问题、进度和期限，不说是谁反映的、由谁来办；原文、范围和谁公示的都留着",
    ),
    _product.rule(
        "issues.reminders",
        "提前30、14、7、1天，过期1、3天",
        "",
        "没办结的问题到期前30、14、7、1天和过期1、3天私下提醒负责人，没定谁办的提醒组织委员；"
        "过期7、14、21、28天每周告诉上级一次；报了办结的不再催",
    ),
)

CONTACTS: tuple[Regulation, ...] = (
    _product.rule(
        "contacts.matrix",
        "1对1",
        "",
        "每个社区同时由一位班子成员包，每个楼院由一个支部联系，每户困难群众由一个非公组织联系；"
        "机关和社区支部各联系一个无主管楼院，在职党员各包一个楼栋，非公支部不要求联系楼院；"
        "退休了从变更那天起不再要求",
    ),
    _product.rule(
        "contacts.households",
        "只记代号",
        "",
        "困难户只记代号，不记姓名、住址和情况；群里只出现代号",
    ),
    _product.rule(
        "contacts.enterprises",
        3,
        "",
        "企业有党组织，或者派了党建指导员，才算覆盖；正式党员3人以上的可以成立支部；停业的从那天起不算",
    ),
    _product.rule(
        "contacts.visits",
        "每月25日、每季度第60天",
        "",
        "包社区的班子成员和驻企业的指导员当月没有走访的，25日私下提醒一次；"
        "联系楼院、困难户和帮带的，季度第60天还没有走访的提醒一次；同一天去同一处只算一次",
    ),
    _product.rule(
        "contacts.plans",
        "1月24日、30日、2月7日",
        "",
        "包社区的班子成员每年1月31日以前给每个社区交一份自己写的工作计划；别人代写的照收，但写明不是亲自",
    ),
)
