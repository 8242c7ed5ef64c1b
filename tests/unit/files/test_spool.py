"""Things set aside on disk: they come back in order, and groups come back whole."""

from __future__ import annotations

from datetime import date

import pytest

from bot.files import spool
from bot.files.spool import Spool


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "AT_ONCE", 3)


def test_what_was_put_comes_back_in_order_and_more_than_once() -> None:
    things = [("张三", date(2026, 1, number), None) for number in range(1, 8)]
    with Spool() as kept:
        for number, thing in enumerate(things):
            kept.put(number, thing)

        assert [len(batch) for batch in kept.batches()] == [3, 3, 1]
        assert [thing for batch in kept.batches() for thing in batch] == things
        assert len(kept) == 7


def test_a_group_is_never_divided_and_stays_in_order() -> None:
    groups = ["三支部", "四支部", "三支部", "五支部", "三支部", "三支部", "四支部"]
    with Spool() as kept:
        for number, group in enumerate(groups):
            kept.put(number, number, group)

        assert list(kept.batches()) == [[0, 2, 4, 5], [1, 3, 6]]


def test_it_tells_who_used_a_key_first() -> None:
    with Spool() as kept:
        assert kept.use("账号", "第2行") == ("第2行", 1)
        assert kept.use("账号", "第9行") == ("第2行", 2)
        assert kept.use("别的", "第9行") == ("第9行", 1)
