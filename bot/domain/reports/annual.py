"""The annual report (述职报告): its parts, and the sentences that figures can say.

The form is that of the report the product was made from: duties done, problems and their causes,
next steps. What was done is told by figures; what it is worth, why something is missing and what
comes next is the secretary's own, and left blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

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
ALL_RECTIFIED = Proof("appraisal_issues_on_time", "appraisal_issues")
TOUR_RECTIFIED = Proof("tour_issues_closed", "tour_issues")
LEADERS_LECTURED = Proof("leader_lectures_kept", "leader_lectures_due")
EVERY_FILE = Proof("member_files", "members")
WEAK_RECTIFIED = Proof("weak_rectified", "weak_found")
_STANDARD = 3  # the column of premises that holds the standard
_DUE = 3  # the column of issues that holds the deadline


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


def _appraisal(figures: Figures) -> Said:
    """Tell of last year's issues; 全部 and the deadline only while none was late."""
    last = f"{figures.year - 1}年"
    if not figures.value("appraisal_issues"):
        return NOTHING
    deadline = _latest([row.cells[_DUE] for row in figures["appraisal_issues"].rows])
    if ALL_RECTIFIED.holds(figures) and deadline:
        return say(
            figures,
            "针对{last}述职评议查摆出的{appraisal_issues:项}问题，通过建立问题清单、公示整改进度等"
            "措施进行整改，并于{deadline}全部整改到位。",
            ALL_RECTIFIED,
            last=last,
            deadline=deadline,
        )
    said = say(
        figures,
        "针对{last}述职评议查摆出的{appraisal_issues:项}问题进行整改，已整改{appraisal_issues_closed:项}。",
        last=last,
    )
    every, late = figures.value("appraisal_issues"), figures.value("appraisal_issues_on_time")
    return said + gap(
        f"{every}项里有{every - late}项没有在期限内办结并核实，所以没有写“全部整改到位”。",
        "appraisal_issues_on_time",
    )


def _leaders(figures: Figures) -> Said:
    """Tell of the lectures of the team; 每季度 only while nobody missed one."""
    if not figures.value("leader_lectures_due"):
        return NOTHING
    if LEADERS_LECTURED.holds(figures):
        return say(
            figures,
            "班子成员每人每季度讲一次党课，共{leader_lectures_kept:次}。",
            LEADERS_LECTURED,
        )
    said = say(
        figures,
        "班子成员应讲党课{leader_lectures_due:次}，讲了{leader_lectures_kept:次}。",
    )
    left = figures.value("leader_lectures_due") - figures.value("leader_lectures_kept")
    return said + gap(
        f"班子成员有{left}人次的季度党课没有记录，所以没有写“每人每季度”。", "leader_lectures_kept"
    )


def _latest(days: Sequence[str]) -> str:
    """Return the last of some days as a deadline (11月底前); "" where one has none."""
    if not all(days):
        return ""
    day = date.fromisoformat(max(days))
    is_month_end = (day + timedelta(days=1)).day == 1
    return f"{day.month}月底前" if is_month_end else f"{day.month}月{day.day}日前"


def _tour(figures: Figures) -> Said:
    """Tell of the tour and what it found; 到位 only of what a second person has seen."""
    said = NOTHING
    if figures.value("tours"):
        days = _span(figures["tours"].rows[-1].cells[0])
        said += say(figures, "于{days}组织了“逐社区观摩、整街道推进”观摩活动。", days=days)
    if not figures.value("tour_issues"):
        return said
    said += say(figures, "观摩列出了{tour_categories:类}{tour_issues:个}问题清单。")
    if TOUR_RECTIFIED.holds(figures):
        return said + say(figures, "观摩问题全部整改到位。", TOUR_RECTIFIED)
    left = figures.value("tour_issues") - figures.value("tour_issues_closed")
    said += say(figures, "已整改到位{tour_issues_closed:个}。")
    return said + gap(f"观摩问题还有{left}个没有办结或没有核实。", "tour_issues_closed")


def _span(days: str) -> str:
    """Return the days of a gathering as people say them: `10月12日到13日`."""
    first, _, last = days.partition("至")
    begins = date.fromisoformat(first)
    words = f"{begins.month}月{begins.day}日"
    if not last:
        return words
    ends = date.fromisoformat(last)
    same = ends.month == begins.month
    return f"{words}到{ends.day}日" if same else f"{words}到{ends.month}月{ends.day}日"


def _files(figures: Figures) -> Said:
    if not figures.value("member_files"):
        return gap("没有登记过党员档案归档。", "member_files") if figures.is_above else NOTHING
    if EVERY_FILE.holds(figures):
        return say(
            figures,
            "对{member_files:名}党员档案进行了全面整理、立卷、归档，实行一人一档、分类管理。",
            EVERY_FILE,
        )
    said = say(figures, "整理、立卷、归档了{member_files:名}党员的档案。")
    left = figures.value("members") - figures.value("member_files")
    return said + gap(
        f"在册{figures['members'].words}，还有{left}人的档案没有归档，所以没有写“一人一档”。",
        "member_files",
    )


def _premises(figures: Figures) -> Said:
    """Tell which communities have premises of the standard."""
    rows = figures["premises_standard"].rows
    if not rows:
        if not figures.is_above:
            return NOTHING
        return gap("没有登记过服务用房达标的社区。", "premises_standard")
    return say(
        figures,
        "{names}等{premises_standard:个}社区服务用房达到{standard}以上。",
        names="、".join(row.cells[0] for row in rows),
        standard=rows[0].cells[_STANDARD],
    )


def _weak(figures: Figures) -> Said:
    if not figures.value("weak_found"):
        return NOTHING
    if WEAK_RECTIFIED.holds(figures):
        return say(figures, "整顿薄弱党组织{weak_found:个}，全部整顿到位。", WEAK_RECTIFIED)
    said = say(figures, "整顿薄弱党组织{weak_found:个}，已整顿到位{weak_rectified:个}。")
    left = figures.value("weak_found") - figures.value("weak_rectified")
    return said + gap(f"还有{left}个薄弱党组织没有整顿好。", "weak_rectified")


def _development(figures: Figures) -> Said:
    if not (figures.value("admitted") or figures.value("confirmed_full")):
        return NOTHING
    return say(figures, "发展党员{admitted:名}，转正{confirmed_full:名}。")


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
            _leaders,
            _counted("lectures", "共讲党课{lectures:次}。"),
            _appraisal,
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
            _development,
            _theme_days,
            _dues,
            _counted("dues_publications", "向党员公示党费收缴情况{dues_publications:次}。"),
            _counted("dues_remittances", "上缴党费{dues_remittances:次}。"),
            _movement,
        ),
    ),
    Section(
        "（三）落实基层党建重点任务，筑牢党建基础", 2, (_premises, _weak, _tour, _files, _unheld)
    ),
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
