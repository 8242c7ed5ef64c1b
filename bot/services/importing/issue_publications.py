"""The ledger `issue_publications`: what people were told of issues; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("党组织", "来源", "原文", "范围人数", "怎么公示的", "公布人", "公布时间")
WHY = "公示说的是当时真的告诉过大家的话。请在聊天里发 公示整改，小助手会写好，看过再发。"

LEDGER = only_exported("issue_publications", "公示整改", HEADERS, WHY)
