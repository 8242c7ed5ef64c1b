"""The ledger `audit`: who did what, when; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("时间", "谁", "用什么", "做了什么", "对谁", "原因")
WHY = "留痕是小助手自己记的，能写进来就证明不了什么。导入别的台账时会自动留痕。"

LEDGER = only_exported("audit", "留痕", HEADERS, WHY)
