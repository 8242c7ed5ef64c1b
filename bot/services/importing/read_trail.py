"""The ledger `reads`: who has read what about whom; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = ("时间", "谁看的", "用什么", "看了什么", "哪个组织", "哪位党员")
WHY = "谁看过谁的记录是小助手自己记的，能改就没有用了。每次查看、导出都会自动记下。"

LEDGER = only_exported("reads", "查阅记录", HEADERS, WHY)
