"""The ledger `meeting_changes`: what was moved, cancelled and brought back; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("党组织", "会议", "现在的时间", "变动", "原来", "改为", "原因", "登记人", "登记时间")
WHY = "改期、取消要告诉知道原来安排的人。请在聊天里办：改期、取消会议、恢复会议；会议本身用 meetings 导入。"

LEDGER = only_exported("meeting_changes", "会议变动", HEADERS, WHY)
