"""A stand-in for Tencent's API servers on the loopback, for end-to-end tests.

It shares no code with the product: what the bot sends is judged by a second reading of the
public documentation. A comment marked [D] is a choice made here because the documentation is
silent; a test must not take it for fact.
"""

from tests.fake_tencent.client import FakeTencent
from tests.fake_tencent.receivers import Policy, Receiver

__all__ = ["FakeTencent", "Policy", "Receiver"]
