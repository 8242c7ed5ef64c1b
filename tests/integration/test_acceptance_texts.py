"""The sample texts agreed with secretaries and members: what people read is made of them."""

from __future__ import annotations

import re
import shutil
import unicodedata
from pathlib import Path

import pytest

from bot.play import play
from bot.storage.engine import Database
from handlers import notices

ROSTER = Path(__file__).parents[1] / "scenarios" / "roster.csv"
STORY = """\
@ 2026-03-02 09:00
路人: 你好
李建国: 建会 主题党日 3月16日 15:00 社区二楼
周强: 建会 党课 3月31日 10:00 社区一楼
周强: 建会 主题党日 3月31日 15:00 社区一楼
陈静: 党费已交 3月 20
陈静: 我的待办
@ 2026-03-16 10:00
张三: 请假 出差
李建国: 发通知 张三身份证41010519800101123X请核对
@ 2026-03-16 15:02
王五: 签到
王五: 签到
@ 2026-03-17 12:00
周强: 为什么
@ 2026-04-20 09:00
张三: 党费已交 3-5月
王敏: 确认党费 张三
王敏: 确认1
"""
SAMPLES = {
    "初次": "您好,我是支部小助手。请回复 姓名+手机后四位,例如 张三 1234。只用于对上党员名册。",
    "没有待办": "本周没有待办。",
    "会前提醒": "张三您好:16日(周一)15:00 主题党日,社区二楼。来回复 1,来不了回复 2 加原因。"
    "回复 为什么 可看依据。",
    "请假": "已记请假:出差。组织委员会看到;会后给您发补学材料。打错了回复 撤销",
    "报党费": "收到:3月、4月、5月,共90元。等组织委员核对后回执。金额不对请回复 更正",
    "回执": "已核对:3–5月党费90元,收据号 2026-0001。谢谢您。",
    "为什么": "依据:支部党员大会一般每季度1次(支部工作条例)。一季度尚未登记。登记后自动停止。只发给您。",
    "不能发": "此内容含身份证号,不能发到群里。可改为私聊或删去。",
    "再签一次": "您15:02已签到,不用再签。",
}


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))


@pytest.fixture
def said(database: Database, tmp_path: Path) -> str:
    """Return all that was said in the story."""
    shutil.copyfile(ROSTER, tmp_path / "roster.csv")
    script = tmp_path / "story.chat"
    script.write_text(STORY, encoding="utf-8")
    return _flat(play(script, database=database))


def test_it_speaks_in_the_words_agreed(said: str) -> None:
    missing = [moment for moment, sample in SAMPLES.items() if _flat(sample) not in said]

    assert not missing


def test_a_preview_says_how_many_and_whom_to_phone() -> None:
    unbound = notices.UNBOUND.format(k=2, names="王秀英、赵六")

    preview = notices.PREVIEW.format(
        whom="三支部全体", when="", body="明天开会", n=42, unbound=unbound, waits="", lacks=""
    )

    assert preview.startswith("预览（未发送）")
    sample = "共42人,其中2人未绑定(王秀英、赵六,请电话)。回复 确认42"
    assert _flat(sample) in _flat(preview)
