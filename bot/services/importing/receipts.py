"""The ledger `receipts`: whom a notice went to, and who said 收到; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = (
    "党组织",
    "发出时间",
    "通知",
    "姓名",
    "所在支部",
    "手机尾号",
    "有没有账号",
    "回复",
    "回复时间",
    "怎么回的",
)
WHY = "收没收到只听平台和本人的。没有手机的同志，打电话问过后请他自己或家人回复 收到，或把接龙贴给小助手。"

LEDGER = only_exported("receipts", "通知回执", HEADERS, WHY)
