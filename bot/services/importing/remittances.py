"""The ledger `remittances`: dues handed up; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("党组织", "编号", "算到哪个月", "种类", "人数", "笔数", "金额", "经办人", "经办时间")
WHY = "上缴是从台账里还没有上缴的党费一笔一笔合起来的，写一个总数对不上账。请先导入党费台账（dues），再在聊天里发 上缴党费。"

LEDGER = only_exported("remittances", "上缴党费", HEADERS, WHY)
