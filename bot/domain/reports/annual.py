"""The annual report (述职报告): its parts, and the sentences that figures can say.

The form is that of the report the product was made from: duties done, problems and their causes,
next steps. What was done is told by figures; what it is worth, why something is missing and what
comes next is the secretary's own, and left blank.
"""

from __future__ import annotations

from bot.domain.reports.figures import Figures
from bot.domain.reports.sentences import (
    NOTHING,
    Blank,
    Line,
    Piece,
    Proof,
    Said,
    Section,
    Sentence,
    gap,
    say,
)

THEME_DAYS_KEPT = Proof("theme_day_months_kept", "theme_day_months_due")
ALL_TOOK_THE_OATH = Proof("oath_takers", "oath_asked")
ALL_DUES_PAID = Proof("dues_paid", "dues_due")


def _counted(name: str, template: str, missing: str = "") -> Sentence:
    """Return a sentence that is said where its figure is more than nothing.

    Args:
        missing: What is told of a street or community as a gap where it is not; "" where nothing
            has to be.
    """

    def sentence(figures: Figures) -> Said:
        if figures.value(name):
            return say(figures, template)
        return gap(missing, name) if missing and figures.is_above else NOTHING

    return sentence


def _period(figures: Figures) -> str:
    """Return what the time told of is called."""
    if figures.is_over:
        return f"{figures.year}年"
    return f"{figures.year}年截至{figures.until.month}月{figures.until.day}日"


def _opening(figures: Figures) -> Said:
    text = f"现将{figures.unit}{_period(figures)}履行基层党建工作责任制、推进基层党建工作的情况报告如下："
    return Said((Line((Piece(text),)),))


def _organisation(figures: Figures) -> Said:
    if not figures.value("members"):
        return gap("名册里没有党员，请先导入名册。", "members")
    if not figures.is_above:
        return say(figures, "统计日在册党员{members:名}。")
    return say(figures, "统计日有党支部{branches:个}、党员{members:名}。")


def _movement(figures: Figures) -> Said:
    """Tell how the number of members came about, if it adds up."""
    if not figures.is_known("opening_members", "members"):
        return gap("当年的名册还没有纳入，期初、期末对不上，变动没有写。", "members")
    came = sum(figures.value(name) for name in ("opening_members", "admitted", "came_in"))
    went = sum(figures.value(name) for name in ("went_out", "left_party", "died"))
    if came - went != figures.value("members"):
        return gap(
            "期初＋新增＋转入－转出－出党－去世不等于期末，名册变动这一句没有写，请核对名册变动。",
            "members",
        )
    return say(
        figures,
        "年初在册{opening_members:名}，新发展{admitted:名}，转入{came_in:名}，转出{went_out:名}，"
        "出党{left_party:名}，去世{died:名}，期末在册{members:名}。",
    )


def _three_meetings(figures: Figures) -> Said:
    """Tell how often each of the three kinds of meetings was held, those that were."""
    parts = [
        template
        for name, template in (
            ("general_meetings", "党员大会{general_meetings:次}"),
            ("committee_meetings", "支委会{committee_meetings:次}"),
            ("cell_meetings", "党小组会{cell_meetings:次}"),
        )
        if figures.value(name)
    ]
    return say(figures, f"各支部召开{'、'.join(parts)}。") if parts else NOTHING


def _theme_days(figures: Figures) -> Said:
    if not figures.value("theme_days"):
        return gap("没有登记过主题党日。", "theme_days")
    if THEME_DAYS_KEPT.holds(figures):
        return say(
            figures,
            "各支部均每月开展党员活动日（主题党日），共{theme_days:次}。",
            THEME_DAYS_KEPT,
        )
    said = say(figures, "各支部开展党员活动日（主题党日）{theme_days:次}。")
    due, kept = figures["theme_day_months_due"], figures["theme_day_months_kept"]
    short = (due.value or 0) - (kept.value or 0)
    return said + gap(f"有{short}个支部月没有登记主题党日，所以没有写“各支部均每月”。", kept.name)


def _oath(figures: Figures) -> Said:
    if not figures.value("oath_takers"):
        return gap("没有登记过重温入党誓词。", "oath_takers")
    if ALL_TOOK_THE_OATH.holds(figures):
        return say(figures, "组织全体党员{oath_takers:名}重温入党誓词。", ALL_TOOK_THE_OATH)
    said = say(figures, "组织{oath_takers:名}党员重温入党誓词。")
    asked, took = figures["oath_asked"], figures["oath_takers"]
    short = (asked.value or 0) - (took.value or 0)
    return said + gap(f"应参加{asked.words}，还差{short}人，所以没有写“全体党员”。", took.name)


def _dues(figures: Figures) -> Said:
    if not figures.value("dues_due"):
        return gap("没有可算的党费：没有核定，或者纳入以来还没过完一个月。", "dues_due")
    if ALL_DUES_PAID.holds(figures):
        return say(
            figures,
            "党员按月足额交纳党费，应交{dues_due:人月}，全部交齐。",
            ALL_DUES_PAID,
        )
    due, paid = figures.value("dues_due"), figures.value("dues_paid")
    said = say(
        figures,
        "应交党费{dues_due:人月}，足额交纳{dues_paid:人月}，收缴率{percent}。",
        percent=rate(paid, due),
    )
    return said + gap(f"还有{due - paid}人月没有交齐，所以没有写“按月足额”。", "dues_paid")


def rate(part: int, whole: int) -> str:
    """Return a share in per cent with one decimal, never rounded up to all: `99.9%`."""
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}%"


def _unheld(figures: Figures) -> Said:
    found = figures["unheld"]
    if not found.value:
        return NOTHING
    return gap(
        f"{found.title}有{found.words}，没有算在任何一个数里，请补登记或者取消。", found.name
    )


def _org_life(figures: Figures) -> Said:
    """Tell of the organ's own meeting; how many all branches held is another figure."""
    said = NOTHING
    if figures.value("organ_org_life"):
        said += say(figures, "街道机关召开专题组织生活会{organ_org_life:次}。")
    elif figures.is_above:
        said += gap(
            "没有登记过机关支部的组织生活会（组织里要写明哪个是机关支部）。", "organ_org_life"
        )
    if figures.value("org_life"):
        said += say(figures, "各支部（含机关支部）共召开组织生活会{org_life:次}。")
    return said


SECTIONS: tuple[Section, ...] = (
    Section("", 0, (_opening,)),
    Section("一、履职情况", 1, (Blank("总的情况，一两句话"), _organisation)),
    Section(
        "（一）履行第一责任人职责，层层落实责任",
        2,
        (
            _counted(
                "work_committee",
                "先后召开了{work_committee:次}党工委会议专题研讨基层党建工作。",
                "没有登记过有党建议题的党工委会议。",
            ),
            _counted(
                "secretary_lectures",
                "党工委书记带头讲党课{secretary_lectures:次}。",
                "会议记录里没有书记讲的党课。",
            ),
            _counted("lectures", "共讲党课{lectures:次}。"),
            _counted("democratic_life", "召开领导班子民主生活会{democratic_life:次}。"),
        ),
    ),
    Section(
        "（二）推进学习教育常态化制度化，强化队伍建设",
        2,
        (
            _counted(
                "theory_group", "共组织开展中心组学习{theory_group:次}。", "没有登记过中心组学习。"
            ),
            _counted(
                "collective_training",
                "开展党员干部职工集中培训{collective_training:次}。",
                "没有登记过集中培训。",
            ),
            _org_life,
            _counted("publicity_talk", "开展党建宣讲{publicity_talk:次}。", "没有登记过党建宣讲。"),
            _counted(
                "study_participations",
                "开展集中学习{study_sessions:次}，参学{study_participations:人次}。",
            ),
            _counted("party_school", "组织党员进党校培训{party_school:人次}。"),
            _oath,
            _three_meetings,
            _theme_days,
            _dues,
            _counted("dues_publications", "向党员公示党费收缴情况{dues_publications:次}。"),
            _counted("dues_remittances", "上缴党费{dues_remittances:次}。"),
            _movement,
        ),
    ),
    Section("（三）落实基层党建重点任务，筑牢党建基础", 2, (_unheld,)),
    Section(
        "（四）以党建统揽全局，凝聚发展合力",
        2,
        (Blank("当年的重点项目和做法"), Blank("工作成效（是您的判断，系统不写）")),
    ),
    Section(
        "二、存在问题及原因分析",
        1,
        (
            *(Blank(f"存在的第{number}个问题") for number in "一二三四"),
            *(Blank(f"第{number}条原因") for number in "一二三四"),
        ),
    ),
    Section("三、下步打算", 1, tuple(Blank(f"第{number}项打算") for number in "一二三四")),
)
