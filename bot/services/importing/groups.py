"""The ledger `groups`: which chat group belongs to which unit; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("党组织", "渠道", "群编号", "绑定人", "绑定时间", "解除时间")
WHY = "群是不是支部的群，只有在群里说的话能证明。请在那个群里@小助手 发 绑定群 加支部名称。"

LEDGER = only_exported("groups", "聊天群", HEADERS, WHY)
