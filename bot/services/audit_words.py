"""The audit trail in words: what was done, to what, by what means; no code of ours is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

from bot.domain.decisions import Stage
from bot.domain.roll import CHANGE_NAMES
from bot.domain.transfers import TransferState
from bot.domain.units import UNIT_CHANGE_NAMES

Kind = TypeVar("Kind", bound=Enum)

OTHER = "别的操作"
HOW_WORDS = {
    "chat": "聊天",
    "console": "网页",
    "api": "接口",
    "command": "服务器命令",
    "scheduler": "小助手自动",
}
SUBJECT_WORDS = {
    "action": "刚做的事",
    "alias": "别名",
    "batch": "一批消息",
    "chain": "接龙",
    "dues": "党费",
    "hours": "学时",
    "ledger": "台账",
    "meeting": "会议",
    "member": "党员",
    "notice": "通知",
    "post": "职务",
    "programme": "学习计划",
    "quiz": "答题",
    "report": "年报",
    "roll": "名册变动",
    "series": "例会",
    "transfer": "介绍信",
    "unit": "组织",
    "wording": "教过的说法",
}
_ACTIONS: Mapping[str, str] = {
    "alias.revoke": "取消别名",
    "alias.teach": "登记别名",
    "attendance.correct": "更正出勤",
    "attendance.grant": "同意请假或补签",
    "attendance.import": "导入出勤",
    "attendance.refuse": "不同意请假或补签",
    "attendance.roll_call": "点名",
    "attendance.roll_close": "点名完毕",
    "bind.code": "发绑定码",
    "calendar.give": "给日历地址",
    "calendar.revoke": "收回日历地址",
    "chain.confirm": "确认接龙",
    "dues.assess": "核定党费",
    "dues.bill": "导入账单",
    "dues.bill_aside": "账单里的一笔不算党费",
    "dues.confirm": "核对党费",
    "development.closed": "终止发展登记",
    "development.extended": "登记延长预备期",
    "development.import": "导入发展登记",
    "development.material": "登记收到发展材料",
    "development.observed": "登记发展考察",
    "development.open": "新建发展登记",
    "development.publicity": "登记发展公示",
    "development.step": "登记发展步骤",
    "development.void": "更正发展登记",
    "dues.correct": "更正党费",
    "dues.exempt": "登记党费减免",
    "dues.import": "导入党费台账",
    "dues.move": "党费改月份",
    "dues.prepayment": "定预交党费的规定",
    "dues.publish": "公示党费",
    "dues.refund": "退党费",
    "dues.remind": "提醒交党费",
    "dues.remit": "上缴党费",
    "export.member": "导出一个人的全部记录",
    "group.bind": "绑定群",
    "meeting.call": "建会",
    "meeting.import": "导入会议",
    "meeting.period": "改会议算哪一期",
    "meeting.topic": "登记党建议题",
    "meeting.record": "补录会议",
    "member.add": "导入名册：新增",
    "member.anonymise": "匿名处理",
    "member.change": "导入名册：修改",
    "member_file.import": "导入党员档案",
    "member_file.record": "登记党员档案",
    "member_file.take_back": "更正党员档案",
    "minutes.confirm": "确认会议记录",
    "minutes.correct": "更正会议记录",
    "minutes.import": "导入会议记录",
    "notice.move": "改通知发出的时间",
    "notice.recall": "撤回通知",
    "notice.again": "通知再提醒没回复的人",
    "notice.release": "发出通知",
    "issue.give": "定问题谁办、哪天前办好",
    "issue.propose": "报问题办结",
    "issue.publish": "公示整改",
    "issue.return": "退回问题重办",
    "issue.verify": "核实问题办结",
    "open_item.close": "办结待办或问题",
    "open_item.import": "导入待办或问题",
    "officer.add": "任命党务专干",
    "opening.import": "导入期初",
    "policy.import": "导入规定",
    "policy.leave": "定请假要不要批准",
    "post.appoint": "任职",
    "post.relieve": "免职",
    "post.undo": "撤销任免",
    "quiz.put": "出题",
    "quiz.withdraw": "收回题目",
    "roll.read": "看名册",
    "roll.take_back": "撤回名册变动",
    "series.call": "建例会",
    "signup.correct": "更正报名",
    "stated.import": "导入到会人数",
    "study.import": "导入学习",
    "study.confirm": "核对补学",
    "study.material": "放学习资料",
    "study.plan": "定学习计划",
    "study.seats": "改名额",
    "study.terms": "改学时或报名截止",
    "token.add": "发接口令牌",
    "token.revoke": "收回接口令牌",
    "transfer.import": "导入介绍信",
    "transfer.issue": "开介绍信",
    "transfer.read": "看介绍信",
    "unbind": "解除绑定",
    "undo": "撤销",
    "unit.add": "导入组织：新增",
    "unit.change": "导入组织：修改",
    "wording.revoke": "取消教过的说法",
    "wording.teach": "教说法",
}
_MEETING = {
    "move": "会议改期",
    "cancel": "取消会议",
    "restore": "恢复会议",
    "rename": "会议改名",
    "undo": "撤销会议的更改",
    "hold": "登记会议已开",
    "confirm": "确认会议记录",
}
_STAGES = {
    Stage.ANNOUNCED: "安排表决",
    Stage.VOTED: "登记表决票数",
    Stage.BLOCKED: "登记表决人数不够",
    Stage.VOID: "撤销表决登记",
}
_LETTERS = {
    TransferState.OPEN: "介绍信重新等接收",
    TransferState.RECEIVED: "接收介绍信",
    TransferState.RETURNED: "退回介绍信",
    TransferState.WITHDRAWN: "收回介绍信",
}
_STUDY = {"join": "登记报名", "wait": "登记候补", "cancel": "取消报名"}


def _of(words: Mapping[Kind, str], before: str = "") -> Callable[[str], str]:
    said = {each.value: before + word for each, word in words.items()}
    return lambda rest: said.get(rest, "")


def _unknown(_rest: str) -> str:
    return ""


_FAMILIES: Mapping[str, Callable[[str], str]] = {
    "bind": lambda _how: "绑定账号",
    "decision": _of(_STAGES),
    "export": lambda _ledger: "导出台账",
    "meeting": lambda rest: _MEETING.get(rest, "更改会议"),
    "policy": lambda _key: "定规定",
    "roll": _of(CHANGE_NAMES, "登记"),
    "study": lambda rest: _STUDY.get(rest, ""),
    "transfer": _of(_LETTERS),
    "unit": _of(UNIT_CHANGE_NAMES, "组织"),
}


def action_words(action: str) -> str:
    """Return what was done, in words."""
    if action in _ACTIONS:
        return _ACTIONS[action]
    family, _, rest = action.partition(".")
    return _FAMILIES.get(family, _unknown)(rest) or OTHER
