"""The ledger `publications`: totals of dues told to a branch; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("党组织", "从哪个月", "到哪个月", "交纳人数", "金额", "公布人", "公布时间")
WHY = "公示说的是当时真的告诉过大家的数。请在聊天里发 公示党费，小助手会算好，人太少时不说金额。"

LEDGER = only_exported("publications", "公示党费", HEADERS, WHY)
