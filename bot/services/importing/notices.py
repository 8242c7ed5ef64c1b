"""The ledger `notices`: what was sent out to whole units; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("党组织", "状态", "应收人数", "已收到", "起草人", "起草时间", "发出时间", "内容")
WHY = "写进来的通知没有真的发给谁。要发通知，请在聊天里写 发通知 加内容。"

LEDGER = only_exported("notices", "通知", HEADERS, WHY)
