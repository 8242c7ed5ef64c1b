"""The ledger `supervision`: numbers of checks as they were fixed; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = (*("党组织", "时段", "看什么", "第几次", "数", "应有", "更正原因", "经办人", "经办时间"),)
WHY = "冻结的数是从台账里算出来定住的，写一个数进来就对不上台账。请先导入各本台账，再请党务专干发 冻结督导 2025年。"

LEDGER = only_exported("supervision", "督导", HEADERS, WHY)
