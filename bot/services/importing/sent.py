"""The ledger `sent`: what was sent to whom, without the words; only exported."""

from __future__ import annotations

from bot.services.importing.ledger import only_exported

HEADERS = (
    "时间",
    "收件人",
    "所在支部",
    "手机尾号",
    "群",
    "渠道",
    "为什么发",
    "结果",
    "结果时间",
    "平台说的",
)
WHY = "发没发到只听平台的，写进来的一条也不会发。要发消息请在聊天里写 发通知 加内容。"

LEDGER = only_exported("sent", "发送记录", HEADERS, WHY)
