"""The ledger `roll_changes`: what happened to members' places on the roll; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = (
    "编号",
    "姓名",
    "所在支部",
    "手机尾号",
    "变动",
    "日期",
    "发生在",
    "依据",
    "说明",
    "所撤编号",
    "登记人",
    "登记时间",
)
WHY = "变动会跟着改名册、职务、党费和应到人数。请在聊天里一件一件登记，例如 转正 张三 3月12日；现在的名册用 roster 导入。"

LEDGER = only_exported("roll_changes", "名册变动", HEADERS, WHY)
