"""A stand-in for Tencent's API servers on the loopback, for end-to-end tests.

It shares no code with the product: what the bot sends is judged by a second reading of the
public documentation. A comment marked [D] is a choice made here because the documentation is
silent; a test must not take it for fact.

Example:
    with FakeTencent() as fake:
        app = Receiver("work", bot_url, "token", aes_key, receive_id="ww_test_corp")
        delivery = fake.push(app, user="zhangsan", text="签到", policy=Policy(same_stamp=True))
        assert delivery.done
        assert fake.delivered(user="zhangsan")
"""

from tests.fake_tencent.client import FakeTencent
from tests.fake_tencent.receivers import Policy, Receiver

__all__ = ["FakeTencent", "Policy", "Receiver"]
