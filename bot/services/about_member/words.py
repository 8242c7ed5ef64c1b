"""How a row of any ledger is told to a person: headings, values in words, others by their post."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from bot.clock import local
from bot.domain.api_scopes import SCOPE_NAMES
from bot.domain.attendance import MARK_NAMES
from bot.domain.chains import ABOUT_NAMES, NoteKind
from bot.domain.dues import CATEGORY_NAMES
from bot.domain.dues_bills import WHY_WORDS
from bot.domain.holds import HOLD_NAMES
from bot.domain.members import KIND_NAMES
from bot.domain.minutes import PART_NAMES, Act
from bot.domain.open_items import KIND_NAMES as ITEM_NAMES
from bot.domain.open_items import ItemAct
from bot.domain.periods import Month
from bot.domain.preferences import KEY_NAMES
from bot.domain.prompts import PromptKind
from bot.domain.reads import Ground, Seen
from bot.domain.rights import ROLE_NAMES
from bot.domain.roll import CHANGE_NAMES, CODE_WORDS
from bot.domain.sending import SendState
from bot.domain.study import SignupAction
from bot.domain.transfers import STATE_NAMES
from bot.files.tables import CellValue
from bot.services.audit_words import HOW_WORDS
from bot.services.importing.attendance import SOURCES
from bot.services.importing.dues_rows import KIND_WORDS

HEADINGS: Mapping[str, str] = {
    "act": "做了什么",
    "action": "做了什么",
    "amount": "天数、学时或月数",
    "amount_fen": "金额（元）",
    "approved_by": "谁批准",
    "approved_on": "批准日期",
    "at": "时间",
    "bound_at": "绑定时间",
    "unreachable_since": "从哪天起收不到",
    "unreachable_why": "平台怎么说",
    "bound_how": "怎么绑的",
    "by_id": "谁登记",
    "category": "人员类别",
    "cell_id": "党小组",
    "channel": "渠道",
    "closed_at": "办结时间",
    "closed_by": "谁办结",
    "code": "原因",
    "confirmed_by": "谁确认",
    "consent": "怎么同意的",
    "consent_version": "同意书版本",
    "created_at": "生成时间",
    "created_by": "谁生成",
    "days": "有效天数",
    "decided_by_id": "谁同意",
    "decision": "办了什么",
    "detail": "结果说明",
    "done_on": "学习日期",
    "due_on": "期限",
    "dues_until": "党费交到",
    "effective_month": "从几月起",
    "event": "事件",
    "expires_at": "有效到",
    "external_id": "账号",
    "fen": "金额（元）",
    "file_class": "档案类别",
    "finished_at": "发出时间",
    "from_month": "从几月",
    "from_unit_id": "从哪个支部",
    "full_since": "转正日期",
    "ground": "依据",
    "has_vote": "有表决权",
    "hours": "学时",
    "how": "途径",
    "id": "编号",
    "imported_at": "导入时间",
    "is_cut": "没读全",
    "issued_on": "开信日期",
    "joined_on": "入党日期",
    "item_id": "待办或问题（序号）",
    "kind": "种类",
    "ledger": "台账",
    "left_at": "早退时间",
    "letter_no": "介绍信编号",
    "location_code": "存放编号",
    "mark": "登记",
    "measure": "整改措施",
    "meeting_id": "会议",
    "month": "月份",
    "monthly_fen": "每月（元）",
    "months": "月份",
    "name": "姓名",
    "notice_id": "通知编号",
    "number": "编号",
    "note": "办理情况",
    "old": "原来的内容",
    "on_day": "日期",
    "opened_at": "提问时间",
    "owner_id": "谁来办",
    "paid_on": "付款日期",
    "part": "部分",
    "payer_id": "谁代交",
    "persons": "几人",
    "phone_tail": "手机尾号",
    "place": "地点或单位",
    "reachable": "能送到",
    "purpose": "用途",
    "reason": "说明",
    "reason_kind": "请假种类",
    "receipt_no": "收据编号",
    "received_at": "收到时间",
    "recorded_at": "登记时间",
    "reporter_id": "谁报的",
    "revoked_at": "取消时间",
    "revoked_by_id": "谁取消",
    "role": "职务",
    "rule": "依据的规则",
    "said_at": "报的时间",
    "promoted_at": "候补补上的时间",
    "question_id": "题（编号）",
    "scopes": "能做什么",
    "seats": "名额",
    "sent_at": "发出时间",
    "seq": "第几条",
    "source": "来源",
    "space": "平台",
    "speaker_id": "谁这样叫",
    "state": "状态",
    "stem": "台账",
    "step": "第几步",
    "superior": "批准机关",
    "taught_at": "登记时间",
    "taught_by_id": "谁登记",
    "text": "内容",
    "title": "题目",
    "to_unit_id": "到哪个支部",
    "transfer_id": "介绍信序号",
    "unbound_at": "解除时间",
    "undone_at": "撤销时间",
    "unit_id": "支部",
    "until_month": "到几月",
    "used_at": "使用时间",
    "valid_from": "从",
    "valid_to": "到（不含）",
    "key": "选的是什么",
    "until": "到哪天",
    "until_day": "公示到",
    "value": "选了什么",
    "version": "第几版",
    "what": "看的是什么",
    "why": "对账结果",
    "withdrawn_at": "收回时间",
    "words": "内容",
    "year": "年度",
}
_CODES: Mapping[str, Mapping[str, str]] = {
    "bound_how": {"roster": "名册导入", "digits": "手机尾号", "code": "绑定码"},
    "consent": {"asked": "问到时记住", "command": "登记"},
    "event": {
        "follow": "关注",
        "unfollow": "取消关注",
        "enter": "打开聊天",
        "menu": "点菜单",
        "scan": "扫码",
        "card": "点按钮",
        "other": "别的",
    },
    "how": {
        **HOW_WORDS,
        "exact": "和名册一样",
        "sure": "认得准",
        "chosen": "有人指明",
        "unclear": "没认准",
    },
    "kind": {"text": "文字", "voice": "语音", "image": "图片", "file": "文件", "event": "动作"},
    "ledger": {
        "attendance_mark": "出勤",
        "dues_entry": "党费台账",
        "receipt": "通知回执",
        "study_signup": "报名",
    },
    "source": {**SOURCES, "word": "本人回复", "chain": "接龙"},
    "state": {"received": "收到了", "done": "办完了", "failed": "没办成"},
    "stem": {
        "attendance": "出勤",
        "chains": "接龙",
        "decisions": "表决",
        "development": "发展党员",
        "dues": "党费",
        "dues_extra": "自愿多交",
        "issues": "问题",
        "meeting_ends": "取消会议",
        "meeting_record": "补录会议",
        "member_files": "党员档案",
        "minutes": "会议记录",
        "notices": "通知",
        "posts": "职务",
        "quiz": "答题",
        "roll": "名册变动",
        "roll_call": "点名",
        "studied": "自学",
        "study": "报名",
        "study_material": "学习资料",
        "study_terms": "学时",
        "transfers": "组织关系",
        "wordings": "教说法",
    },
    "what": {"signup": "报名", "": ""},
}
"""Words for what some columns keep as codes; whatever is not here is what somebody wrote."""
_SPACES = {"wecom": "企业微信", "oa": "公众号", "sim": "排练"}
STATE_WORDS = {
    SendState.QUEUED: "等待发送",
    SendState.CLAIMED: "等待发送",
    SendState.SENDING: "正在发送",
    SendState.ACCEPTED: "平台已接收",
    SendState.REFUSED: "没有送到",
    SendState.UNCERTAIN: "不能确定",
    SendState.EXPIRED: "过期没发",
    SendState.VOID: "作废没发",
}
_OTHERS: Mapping[Enum, str] = {
    NoteKind.PLAIN: "答应",
    NoteKind.PAID: "已交",
    NoteKind.LEAVE: "请假",
    NoteKind.DECLINES: "不来",
    NoteKind.UNSURE: "没定",
    Act.WRITE: "写入",
    Act.TAKE_BACK: "收回",
    Act.CONFIRM: "确认",
    Act.CORRECT: "更正",
    ItemAct.CLOSE: "办结",
    ItemAct.REOPEN: "重新打开",
    ItemAct.WITHDRAW: "收回",
    ItemAct.ASSIGN: "定谁办",
    ItemAct.PROGRESS: "进展",
    ItemAct.PROPOSE: "报办结",
    ItemAct.RETURN: "退回重办",
    ItemAct.UNVERIFY: "收回核实",
    SignupAction.JOIN: "报名",
    SignupAction.WAIT: "候补",
    SignupAction.CANCEL: "取消",
    PromptKind.CHOOSE: "选一项",
    PromptKind.CONFIRM: "确认",
    PromptKind.REASON: "问原因",
    PromptKind.LISTED: "列表",
}
_KNOWN: tuple[Mapping[Any, str], ...] = (
    *(MARK_NAMES, ABOUT_NAMES, CATEGORY_NAMES, WHY_WORDS, KIND_NAMES, PART_NAMES, ROLE_NAMES),
    *(CHANGE_NAMES, CODE_WORDS, STATE_NAMES, KIND_WORDS, STATE_WORDS, _OTHERS, ITEM_NAMES),
    *(HOLD_NAMES, KEY_NAMES),
    *({each: each.value for each in kind} for kind in (Seen, Ground)),
)
_WORDS: Mapping[Enum, str] = {each: said for known in _KNOWN for each, said in known.items()}

_SCOPES = {scope.value: words for scope, words in SCOPE_NAMES.items()}


def value_words(column: str, value: Any) -> CellValue:
    """Return a value as people read it; ids of units, meetings and members are resolved before."""
    if isinstance(value, Enum):
        return _WORDS.get(value, str(value.value))
    if isinstance(value, str) and column in _CODES:
        return _CODES[column].get(value, "别的" if value else "")
    if isinstance(value, str) and column == "space":
        return _SPACES.get(value.partition(":")[0], "别的")
    if column.endswith("fen") and isinstance(value, int):
        return value / 100 if value % 100 else value // 100
    for kind, worded in _BY_TYPE.items():
        if isinstance(value, kind):
            return worded(value)
    return None if value is None else str(value)


def _moment(value: datetime) -> CellValue:
    return local(value).replace(tzinfo=None, microsecond=0)


_BY_TYPE: Mapping[type, Callable[[Any], CellValue]] = {
    bool: lambda value: "是" if value else "否",
    datetime: _moment,
    date: lambda value: value,
    Month: str,
    int: lambda value: value,
    list: lambda value: "、".join(_SCOPES.get(each, str(each)) for each in value),
}
