"""Every ledger both ways: an export changes nothing, and makes the same ledgers in an empty database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.files.tables import CellValue, read_sheets
from bot.services import exporting
from bot.services.exporting import EXPORTS, NotDated, Request
from bot.services.importing import (
    LEDGERS,
    ImportRefused,
    Line,
    OnlyExported,
    Outcome,
    Source,
    run_file,
    run_lines,
)
from bot.services.officers import OPERATOR
from bot.storage.engine import Database

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
SPACES = {"企业微信账号": "wecom:ww1", "公众号账号": "oa:wx1"}
SOURCE = Source(OPERATOR, NOW, SPACES, lambda _wording, _target: None)
EVERYTHING = Request(OPERATOR, NOW, SPACES)
BRANCH, CELL = "第三党支部", "第三党支部第一党小组"

CLASS = {"办课组织": BRANCH, "课程": "党章专题", "日期": "2026-07-03", "开始": "09:00"}
GENERAL = {"党组织": BRANCH, "会议": "6月支部党员大会", "日期": "2026-06-11"}
SAID = {"登记人": "李四", "登记时间": "2026-06-11 16:30"}

Row = Mapping[str, CellValue]
LIFE: dict[str, Sequence[Row]] = {
    "units": (
        {"名称": "春和街道", "类型": "街道"},
        {"名称": BRANCH, "上级": "春和街道", "活动日": "16 不变", "启用日期": "2026-05-01"},
    ),
    "roster": (
        {"姓名": "张三", "党组织": BRANCH, "党小组": "第一党小组", "职务": "书记", "月缴党费": 30},
        {"姓名": "李四", "党组织": BRANCH, "月缴党费": 0.2, "企业微信账号": "LiSi"},
        {"姓名": "张伟", "党组织": BRANCH, "手机尾号": "0111", "入党日期": "2020-07-01"},
        {"姓名": "张伟", "党组织": BRANCH, "手机尾号": "0222", "党员类型": "预备党员"},
    ),
    "memberships": (
        {
            "姓名": "钱老",
            "党组织": BRANCH,
            "手机尾号": "0999",
            "当时的支部": BRANCH,
            "当时的党小组": CELL,
            "从": "2020-07-01",
            "到": "2026-03-01",
            "党员类型": "正式党员",
            "人员类别": "离退休",
            "入党日期": "1979-07-01",
        },
    ),
    "posts": (
        {
            "姓名": "李四",
            "职务": "书记",
            "任职组织": BRANCH,
            "任职日期": "2022-07-01",
            "免职日期": "2025-07-01",
        },
        {"姓名": "李四", "职务": "党小组长", "任职组织": CELL, "任职日期": "2026-12-01"},
    ),
    "policies": (
        {
            "党组织": BRANCH,
            "规定": "活动日",
            "内容": "第二个周五 提前",
            "起始日期": "2026-09-01",
            "谁定的": "8月20日 支部党员大会",
        },
        {
            "党组织": "春和街道",
            "规定": "签到时间",
            "内容": "提前15分钟，补签24小时",
            "起始日期": "2026-05-01",
            "谁定的": "街道党工委",
        },
    ),
    "aliases": (
        {"姓名": "张三", "党组织": BRANCH, "别名": "老张", "登记时间": "2026-05-03 9:30"},
        {
            "姓名": "张三",
            "党组织": BRANCH,
            "别名": "老伴",
            "谁这样叫": "李四",
            "登记人": "李四",
            "登记时间": "2026-05-03 9:31",
        },
        {
            "姓名": "张伟",
            "党组织": BRANCH,
            "手机尾号": "0111",
            "别名": "胖子",
            "状态": "本人不同意",
            "登记人": "张伟（0222）",
            "登记时间": "2026-05-03",
            "取消时间": "2026-05-04 8:00:05",
        },
    ),
    "wordings": (
        {"党组织": BRANCH, "说法": "交过啦", "当作": "党费已交", "登记时间": "2026-05-03 9:30"},
        {
            "党组织": "春和街道",
            "说法": "我报到喽",
            "当作": "签到",
            "状态": "已取消",
            "取消时间": "2026-05-09 8:00",
            "取消人": "张三",
            "登记人": "李四",
            "登记时间": "2026-05-03 9:31:20",
        },
        {
            "党组织": "春和街道",
            "说法": "我报到喽",
            "当作": "我的党费",
            "登记人": "李四",
            "登记时间": "2026-05-09 8:01",
        },
    ),
    "opening": (
        {"党组织": BRANCH, "姓名": "张三", "党费交至": "2026-04", "学时": 12},
        {"党组织": BRANCH, "姓名": "张伟", "手机尾号": "0222", "学时": 3, "学时年度": "2025"},
        {"党组织": BRANCH, "会议": "党课", "召开日期": "2026-04-10", "计入": "2026Q2"},
        {"党组织": CELL, "会议": "党小组会", "召开日期": "2026-04-10"},
    ),
    "assessments": (  # amounts are settled by the roster, which says no month
        {
            "姓名": "张三",
            "党组织": BRANCH,
            "起始月份": "2026-12",
            "月缴党费": 5,
            "减免到": "2027-03",
            "批准组织": "街道党工委",
            "批准日期": "2026-11-20",
            "原因": "家里困难",
        },
    ),
    "dues": (
        {"姓名": "张三", "党组织": BRANCH, "月份": "2026-05", "金额": 30, "日期": "2026-05-05"},
        {
            "姓名": "李四",
            "党组织": BRANCH,
            "月份": "2026-06",
            "金额": 0.2,
            "日期": "2026-06-05",
            "收据号": "2026-0007",
            "代交人": "张三",
        },
        {
            "姓名": "李四",
            "党组织": BRANCH,
            "月份": "2026-06",
            "金额": 100,
            "类别": "自愿多交",
            "日期": "2026-06-05",
        },
        {
            "姓名": "张三",
            "党组织": BRANCH,
            "月份": "2026-07",
            "金额": 30,
            "类别": "自报",
            "日期": "2026-07-05",
            "编号": "declare:1:2026-07:1",
            "申报": "17",
            "代交人": "张伟（0222）",
            "登记人": "张三",
            "登记时间": "2026-07-05 8:30:10",
        },
        {
            "姓名": "张三",
            "党组织": BRANCH,
            "月份": "2026-07",
            "金额": -30,
            "类别": "作废",
            "日期": "2026-07-06",
            "编号": "settle:4",
            "所指编号": "declare:1:2026-07:1",
            "登记人": "张三",
            "登记时间": "2026-07-06 8:30",
        },
    ),
    "series": (
        {
            "党组织": BRANCH,
            "会议类型": "支委会",
            "怎么重复": "每月最后一个周五",
            "时间": "19:30",
            "地点": "社区 二楼",
            "到哪天": "2026-10-31",
            "登记人": "李四",
            "登记时间": "2026-05-02 9:00",
        },
    ),
    "meetings": (
        {"党组织": BRANCH, "会议类型": "支部党员大会", "日期": "2026-06-11"},
        {
            "党组织": BRANCH,
            "会议类型": "主题党日",
            "名称": "红色 电影",
            "日期": "2026-06-16",
            "开始": "15:00",
            "结束": "17:30",
            "地点": "社区 二楼",
            "同场": "十六号",
        },
        {
            "党组织": BRANCH,
            "会议类型": "党课",
            "日期": "2026-06-16",
            "开始": "15:00",
            "计入": "2026Q2",
            "同场": "十六号",
        },
        {"党组织": CELL, "会议类型": "党小组会", "日期": "2026-12-01", "开始": "9:00"},
        {
            "党组织": BRANCH,
            "会议类型": "支委会",
            "日期": "2026-06-26",
            "开始": "19:30",
            "系列": "每月最后一个周五19:30，到2026-10-31",
        },
    ),
    "programmes": (
        {
            "党组织": BRANCH,
            "学习计划": "冬训",
            "自学算学时": "是",
            "登记人": "李四",
            "登记时间": "2026-05-03 9:30",
        },
        {"党组织": BRANCH, "学习计划": "明年的打算", "登记时间": "2026-05-03 9:31"},
    ),
    "study": (
        {
            "学习计划": "2026年党员教育",
            "党组织": BRANCH,
            "课程": "党章专题",
            "日期": "2026-07-03",
            "时间": "09:00",
            "名额": 20,
            "学时": 2.5,
            "报名截止": "2026-07-01",
            "自学算学时": "是",
        },
    ),
    "materials": (
        {
            "党组织": BRANCH,
            "名称": "党章 全文",
            "链接": "https://www.12371.cn/dz/",
            "学习计划": "2026年党员教育",
            "登记人": "李四",
            "登记时间": "2026-06-20 10:00",
        },
        {"党组织": "春和街道", "名称": "旧的资料", "状态": "已撤下"},
    ),
    "quizzes": (
        {
            "党组织": BRANCH,
            "名称": "党章十题",
            "题号": 1,
            "题目": "党员一年至少学多少学时？\n（含课堂学习）",
            "选项A": "=16学时",
            "选项B": 32,
            "答案": "B",
            "登记人": "李四",
            "登记时间": "2026-06-20 10:00",
        },
        {
            "党组织": BRANCH,
            "名称": "党章十题",
            "题号": 2,
            "题目": "多长时间开一次支部党员大会？",
            "选项A": "每月",
            "选项B": "每季度",
            "选项C": "每年",
            "答案": "b",
        },
        {
            "党组织": "春和街道",
            "名称": "撤了的题",
            "题号": 1,
            "题目": "对不对？",
            "选项A": "对",
            "选项B": "不对",
            "答案": "A",
            "状态": "已撤下",
            "撤下时间": "2026-06-21 9:00",
        },
    ),
    "signups": (
        {"姓名": "张三", "党组织": BRANCH, **CLASS, "人数": 19},
        {
            "姓名": "张伟",
            "手机尾号": "0222",
            "党组织": BRANCH,
            **CLASS,
            "登记人": "张三",
            "登记时间": "2026-06-20 10:00",
        },
        {"姓名": "李四", "党组织": BRANCH, **CLASS, "情况": "候补", "人数": 2},
    ),
    "attendance": (
        {"姓名": "张三", "党组织": BRANCH, "会议": "红色电影", "日期": "2026-06-16"},
        {
            "姓名": "李四",
            "党组织": BRANCH,
            "会议": "红色电影",
            "日期": "2026-06-16",
            "情况": "早退",
            "早退时间": "15:30",
            "来源": "组织委员",
        },
        {
            "姓名": "张伟",
            "手机尾号": "0111",
            "党组织": BRANCH,
            "会议": "党员大会",
            "日期": "2026-06-11",
            "情况": "请假",
            "请假类别": "公",
        },
    ),
    "stated_counts": ({"党组织": BRANCH, "会议": "党课", "日期": "2026-06-16", "人数": 12},),
    "decisions": (
        {
            **GENERAL,
            "题目": "接收王五为预备党员",
            "赞成": 2,
            "弃权": 1,
            "书面赞成": 1,
            "到会": 3,
            "应到": 4,
            "表决时间": "2026-06-11 16:10",
            "在场": "张三、李四、张伟（0111）",
            "登记人": "张三",
            "登记时间": "2026-06-11 16:20",
        },
        {**GENERAL, "题目": "通过工作总结", "结果": "人数不够", "到会": 1, "应到": 4},
        {**GENERAL, "题目": "选举出席代表", "结果": "还没表决"},
    ),
    "minutes": (
        {**GENERAL, **SAID, "序号": 1, "部分": "主持", "内容": "张三", "党员": "张三"},
        {**GENERAL, **SAID, "序号": 2, "部分": "议题", "内容": "=1+1  两个空格"},
        {**GENERAL, **SAID, "序号": 3, "部分": "议题", "内容": "写错的"},
        {**GENERAL, **SAID, "序号": 4, "事项": "收回", "所改序号": 3},
        {**GENERAL, **SAID, "序号": 5, "事项": "确认"},
        {
            **GENERAL,
            **SAID,
            "序号": 6,
            "事项": "更正",
            "部分": "待办",
            "内容": "报名单",
            "党员": "张伟（0222）",
            "期限": "2026-06-30",
            "原因": "漏记",
        },
    ),
    "studied": (
        {"姓名": "李四", "党组织": BRANCH, "学习内容": "党章 第一章", "日期": "2026-07-01"},
        {
            "姓名": "张三",
            "党组织": BRANCH,
            "学习内容": "党课视频",
            "日期": "2026-07-01",
            "来源": "本人",
        },
    ),
    "open_items": (
        {"党组织": BRANCH, "事项": "报名单 张三", "负责人": "张三", "期限": "2026-12-20"},
        {
            "党组织": BRANCH,
            "类别": "问题",
            "事项": "3号楼 漏雨",
            "登记日期": "2026-07-01",
            "办结日期": "2026-07-05",
            "办理情况": "修好了",
            "核实人": "李四",
            "核实日期": "2026-07-06",
        },
        {
            "党组织": BRANCH,
            "事项": "活动室太小",
            "负责人": "张三",
            "期限": "2026-11-30",
            "来源": "观摩",
            "问题分类": "阵地建设",
            "整改措施": "和小学合用",
            "进展": "已经谈过",
        },
    ),
    "development": (
        {"姓名": "赵新", "党组织": BRANCH, "步骤": "3", "日期": "2025-01-10", **SAID},
        {"姓名": "赵新", "党组织": BRANCH, "记录": "考察", "日期": "2025-07-10"},
        {
            "姓名": "赵新",
            "党组织": BRANCH,
            "记录": "公示",
            "日期": "2026-06-12",
            "到": "2026-06-22",
        },
        {"姓名": "赵新", "党组织": BRANCH, "步骤": "7", "日期": "2026-06-23"},
        {
            "姓名": "赵新",
            "党组织": BRANCH,
            "步骤": "11",
            "日期": "2026-07-06",
            "数量": 24,
            "说明": "学时",
        },
        {
            "姓名": "赵新",
            "党组织": BRANCH,
            "记录": "材料",
            "日期": "2026-07-07",
            "说明": "政治审查材料",
        },
        {"姓名": "吴明", "党组织": BRANCH, "编号": 4, "步骤": "1", "日期": "2026-07-01"},
        {
            "姓名": "吴明",
            "党组织": BRANCH,
            "编号": 4,
            "记录": "终止",
            "日期": "2026-08-01",
            "说明": "本人撤回",
        },
    ),
    "member_files": (
        {
            "姓名": "张三",
            "党组织": BRANCH,
            "类别": "在职",
            "状态": "整理",
            "存放编号": "3柜2层-17",
            "日期": "2026-06-01",
            **SAID,
        },
        {
            "姓名": "张三",
            "党组织": BRANCH,
            "类别": "流动",
            "状态": "立卷",
            "存放编号": "3柜2层-17",
            "日期": "2026-06-02",
        },
        {
            "姓名": "张伟",
            "党组织": BRANCH,
            "手机尾号": "0222",
            "类别": "其他",
            "状态": "整理",
            "日期": "2026-06-01",
        },
    ),
    "transfers": (
        {
            "姓名": "张三",
            "党组织": BRANCH,
            "转出自": "城东街道 第一党支部",
            "转入到": BRANCH,
            "开信日期": "2026-05-10",
            "党费交到": "2026-05",
            "状态": "已接收",
            "办理日期": "2026-05-12",
        },
        {
            "姓名": "李四",
            "党组织": BRANCH,
            "转出自": BRANCH,
            "转入到": "城西街道第二党支部",
            "介绍信编号": "2026-17",
            "开信日期": "2026-11-01",
            "有效天数": 60,
            "党费交到": "2026-11",
            "登记人": "张三",
        },
        {
            "姓名": "张伟",
            "手机尾号": "0111",
            "党组织": BRANCH,
            "转出自": BRANCH,
            "转入到": "城西街道第二党支部",
            "开信日期": "2026-08-01",
            "党费交到": "2026-08",
            "状态": "已退回",
            "办理日期": "2026-08-09",
            "原因": "党费月份没有写",
        },
    ),
}
OPEN = [name for name, ledger in LEDGERS.items() if not ledger.closed]


@pytest.fixture
def lived(database: Database) -> Database:
    """Return a database with something in every ledger."""
    for name in OPEN:
        with database.writing() as session:
            lines = (Line(number, row) for number, row in enumerate(LIFE[name], start=2))
            outcome = run_lines(session, LEDGERS[name], lines, SOURCE)
        assert outcome.added == _things(name), name
    return database


@pytest.fixture
def empty(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """Return another database, without any rows."""
    path = tmp_path / "empty.db"
    shutil.copyfile(migrated_sqlite, path)
    opened = Database(f"sqlite:///{path}", scratch=True)
    yield opened
    opened.close()


Export = Callable[[Database, str], Path]


@pytest.fixture(params=["xlsx", "csv"])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Export:
    """Return a way to export a ledger, as workbook and as CSV."""

    def run(database: Database, ledger: str) -> Path:
        folder = tmp_path / Path(database.url).stem
        folder.mkdir(exist_ok=True)
        path = folder / f"{ledger}.{request.param}"
        with database.writing() as session:
            rows = exporting.run_file(session, LEDGERS[ledger], path, EVERYTHING)
        assert rows > 0, ledger
        return path

    return run


def test_every_ledger_goes_both_ways() -> None:
    assert list(LEDGERS) == list(EXPORTS)
    assert list(LIFE) == OPEN


def test_an_export_changes_nothing_where_it_comes_from(lived: Database, export: Export) -> None:
    for name in OPEN:
        outcome = _import(lived, name, export(lived, name))

        assert (outcome.added, outcome.changed) == (0, 0), (name, outcome.changes)
        assert outcome.unchanged > 0, name
        assert outcome.notes == (), name


def test_exports_make_the_same_ledgers_in_an_empty_database(
    lived: Database, empty: Database, export: Export
) -> None:
    exported = {name: export(lived, name) for name in OPEN}
    confirmed = ("1个会写的是已确认，先记为已召开，请书记在聊天里确认会议记录。",)

    for name, path in exported.items():
        notes = confirmed if name == "meetings" else ()
        assert _import(empty, name, path).notes == notes, name

    for name, path in exported.items():
        assert _rows(export(empty, name)) == _rows(path), name


def test_pain_28_an_own_export_comes_back_whole(
    lived: Database, empty: Database, export: Export
) -> None:
    units, roster = export(lived, "units"), export(lived, "roster")

    _import(empty, "units", units)
    first, again = _import(empty, "roster", roster), _import(empty, "roster", roster)

    assert (first.added, first.notes) == (len(LIFE["roster"]), ())
    assert (again.added, again.changed, again.unchanged) == (0, 0, first.added)
    assert _rows(export(empty, "roster")) == _rows(roster)


@pytest.mark.parametrize(
    ("ledger", "change", "says"),
    [
        ("roster", {"月缴党费": "三十"}, ("第3行", "月缴党费", "三十", "如 15")),
        ("roster", {"手机尾号": "123"}, ("第3行", "手机尾号", "4位数字", "123")),
        ("roster", {"党员类型": "群众"}, ("第3行", "党员类型", "群众", "正式党员")),
        ("roster", {"入党日期": "去年"}, ("第3行", "入党日期", "去年", "2020-07-01")),
        ("roster", {"职务": "支书"}, ("第3行", "职务", "支书", "书记")),
        ("roster", {"姓名": ""}, ("第3行", "姓名", "没有填")),
    ],
)
def test_pain_28_each_refusal_says_who_what_and_how(
    lived: Database, ledger: str, change: Row, says: tuple[str, ...]
) -> None:
    right, wrong = LIFE[ledger][0], {**LIFE[ledger][1], **change}

    with lived.writing() as session, pytest.raises(ImportRefused) as refused:
        run_lines(session, LEDGERS[ledger], (Line(2, right), Line(3, wrong)), SOURCE)

    (sentence,) = refused.value.problems
    assert all(word in sentence for word in says), sentence


def test_a_dry_run_says_the_same_and_writes_nothing(
    lived: Database, empty: Database, export: Export
) -> None:
    path = export(lived, "roster")

    dry = _import(empty, "roster", path, dry_run=True)

    assert dry == _import(empty, "roster", path)
    assert dry.added == 4


def test_what_was_imported_into_an_empty_database_is_known_there(
    lived: Database, empty: Database, export: Export
) -> None:
    exported = {name: export(lived, name) for name in OPEN}
    for name, path in exported.items():
        _import(empty, name, path)

    for name, path in exported.items():
        outcome = _import(empty, name, path)
        assert (outcome.added, outcome.changed) == (0, 0), (name, outcome.changes)


@pytest.mark.parametrize("name", [name for name in LEDGERS if name not in OPEN])
def test_a_ledger_that_only_goes_out_says_why_and_what_to_do(
    database: Database, tmp_path: Path, name: str
) -> None:
    ledger, path = LEDGERS[name], tmp_path / "出.csv"
    with database.writing() as session:
        exporting.run_file(session, ledger, path, EVERYTHING)

    with pytest.raises(OnlyExported, match=f"{ledger.title}只能导出，不能导入。") as refused:
        _import(database, name, path)
    with pytest.raises(OnlyExported):
        exporting.empty_form(ledger, path)

    assert refused.value.sentence.endswith("。")
    assert "请" in ledger.closed or "自动" in ledger.closed, "it says what to do instead"


@pytest.mark.parametrize(
    ("ledger", "first", "last", "days"),
    [
        pytest.param("dues", date(2026, 6, 1), None, 4, id="党费从6月起"),
        pytest.param("dues", None, date(2026, 5, 31), 1, id="党费到5月"),
        pytest.param("meetings", date(2026, 6, 12), date(2026, 6, 16), 2, id="会议到16日含当天"),
        pytest.param("attendance", date(2026, 6, 11), date(2026, 6, 11), 1, id="一天的出勤"),
        pytest.param("study", date(2026, 7, 2), None, 1, id="7月2日以后的课"),
        pytest.param("studied", date(2026, 7, 2), None, 0, id="之后没有自学"),
        pytest.param("assessments", date(2026, 12, 1), None, 1, id="12月起的减免"),
    ],
)
def test_a_period_can_be_asked_for(
    lived: Database, tmp_path: Path, ledger: str, first: date | None, last: date | None, days: int
) -> None:
    request = Request(OPERATOR, NOW, SPACES, first, last)

    with lived.reading() as session:
        count = exporting.write_file(session, LEDGERS[ledger], tmp_path / "出.csv", request)

    assert count == days


def test_a_ledger_of_what_is_now_has_no_period(database: Database, tmp_path: Path) -> None:
    request = Request(OPERATOR, NOW, SPACES, date(2026, 1, 1))

    with database.reading() as session, pytest.raises(NotDated, match="名册没有时段"):
        exporting.write_file(session, LEDGERS["roster"], tmp_path / "出.csv", request)


def _import(database: Database, ledger: str, path: Path, *, dry_run: bool = False) -> Outcome:
    with database.writing() as session:
        outcome = run_file(session, LEDGERS[ledger], path, SOURCE)
        if dry_run:
            session.rollback()
    return outcome


def _rows(path: Path) -> list[list[str]]:
    found = [row for sheet in read_sheets(path) for _, row in sheet.rows]
    return [["" if cell is None else str(cell) for cell in row] for row in found]


def _things(ledger: str) -> int:
    """Return how many things the rows of a ledger say; a row of the opening state may say two."""
    rows = LIFE[ledger]
    if ledger != "opening":
        return len(rows)
    return sum(("党费交至" in row) + ("学时" in row) + ("会议" in row) for row in rows)
