"""The world a test finds after a reset, unless it brings its own."""

from __future__ import annotations

from typing import Any

SEED: dict[str, Any] = {
    "corp_id": "ww_test_corp",
    "apps": [
        {"agent_id": 1000002, "secret": "app-secret", "departments": [1]},
        {"agent_id": 1000003, "secret": "app2-secret", "departments": [2]},
    ],
    "contact_secret": "contact-secret",
    "departments": [
        {"id": 1, "name": "党委", "parent": 0},
        {"id": 2, "name": "第一支部", "parent": 1},
        {"id": 3, "name": "第二支部", "parent": 1},
    ],
    "users": [
        {"userid": "zhangsan", "name": "张三", "departments": [1, 2]},
        {"userid": "lisi", "name": "李四", "departments": [2]},
        {"userid": "wangwu", "name": "王五", "departments": [3]},
        {"userid": "zhaoliu", "name": "赵六", "departments": [3], "active": False},
    ],
    "tags": [{"id": 1, "name": "书记", "users": ["zhangsan"]}],
    "webhooks": ["key-branch1", "key-branch2"],
    "oa_appid": "wx_test_app",
    "oa_secret": "oa-secret",
    "followers": [{"openid": "o_zhang"}, {"openid": "o_li"}],
    # [D] Which templates the account has been granted.
    "templates": {"tpl-meeting": ["thing1", "time2"], "tpl-dues": ["thing1", "number2"]},
}
"""Replaced key by key by what `/_fake/reset` is given. `token_length` may be set too."""
