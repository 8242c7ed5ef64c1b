"""The ledger `unit_changes`: what happened to organisations; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("组织", "变动", "日期", "原来", "改为", "原因", "登记人", "登记时间")
WHY = "变动会跟着改党员的去处和各支部的账。请在聊天里登记，例如 更名 或 撤销支部；现在的组织用 units 导入。"

LEDGER = only_exported("unit_changes", "组织变动", HEADERS, WHY)
