"""Several who pay together: what each pays, who they are; never one sum for one. Tuesday 10 March 2026."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.clock import SHANGHAI
from bot.inbound.payments import DuesPaidSlots, recognise_dues_paid
from bot.inbound.read import read

NOW = datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)
SHARED: dict[str, str] = {
    # names (with 我 where the sender pays as well) / each / in all / how many, where not all named
    "我和张伟党费各30": "我 张伟 / 30 / 60",
    "我和张伟3月党费各30": "我 张伟 / 30 / 60",
    "3月党费我和张伟各30": "我 张伟 / 30 / 60",
    "我跟张伟各交了30党费": "我 张伟 / 30 / 60",
    "我同老伴党费一个人15块，一起交了": "我 老伴 / 15 / 30",
    "党费我和老伴一人15，交了": "我 老伴 / 15 / 30",
    "老伴和我的党费各15交了": "我 老伴 / 15 / 30",
    "张伟和我3月党费各30": "我 张伟 / 30 / 60",
    "连我带张伟3月党费各30": "我 张伟 / 30 / 60",
    "我的和张伟的党费各30": "我 张伟 / 30 / 60",
    "党费每人30，我和张伟，李四": "我 张伟 李四 / 30 / 90",
    "我、张伟、李四三人3月党费各20": "我 张伟 李四 / 20 / 60",
    "我和老伴每人每月15，1-3月": "我 老伴 / 45 / 90",
    "我和张伟各30": "我 张伟 / 30 / 60",
    "我和老伴一人15": "我 老伴 / 15 / 30",
    "我跟王大爷一个人交15": "我 王大爷 / 15 / 30",
    "一人30，我和张伟": "我 张伟 / 30 / 60",
    "我和张伟3月各交30": "我 张伟 / 30 / 60",
    "我和老伴3月党费交了30": "我 老伴 / - / 30",
    "我和老伴的3月党费都交了": "我 老伴 / - / -",
    "帮老伴把3月党费交了，我的也交了": "我 老伴 / - / -",
    "我和张伟党费共60": "我 张伟 / - / 60",
    "张伟、王五、赵六3月党费各30已交": "张伟 王五 赵六 / 30 / 90",
    "帮张伟和王五交了3月党费，各30": "张伟 王五 / 30 / 60",
    "我们三个各交20": " / 20 / 60 / 3",
    "我们3个各20元": " / 20 / 60 / 3",
    "我们三个党费各交20": " / 20 / 60 / 3",
    "我们俩3月党费各15": " / 15 / 30 / 2",
    "我们仨3月党费每人20": " / 20 / 60 / 3",
    "两口子党费一人15": " / 15 / 30 / 2",
    "我家两口党费一人十五": " / 15 / 30 / 2",
    "我们夫妻俩党费各二十": " / 20 / 40 / 2",
    "我们四个党员每人20块党费转给您了": " / 20 / 80 / 4",
    "党费一人15，两人30": " / 15 / 30 / 2",
    "党费一个人30，转了90": " / 30 / 90 / 3",
    "小组6个人的党费一共180已收齐": " / - / 180 / 6",
    "3月党费我们俩的都交了": " / - / - / 2",
    "每人30": " / 30 / 30 / 0",
    "3月党费每人30": " / 30 / 30 / 0",
    "每人三十块，党费": " / 30 / 30 / 0",
    "3月党费我30，张伟20": "我 / - / 30; 张伟 / - / 20",
    "我30，张伟20，3月的党费": "我 / - / 30; 张伟 / - / 20",
    # one alone
    "我一个人的党费15交了": "我 / - / 15",
    "党费就我一个人交了15": "我 / - / 15",
    # asked, of other things, or not clear: nothing
    "我和张伟1-3月各30": "我 张伟 / - / - / MONTHLY 30",
    "党费每人交多少": "",
    "每人交30吗": "",
    "我们三个各带20": "",
    "我和张伟一人一个": "",
    "我和张伟份子钱各30": "",
}


def _paid(text: str, *, private: bool) -> str:
    heard = read(text, quoted=None, private=private, addressed=private, now=NOW)
    return "; ".join(_words(reading.slots) for reading in recognise_dues_paid(heard))


def _words(slots: DuesPaidSlots) -> str:
    me = ("我",) if slots.with_me or not (slots.names or slots.heads is not None) else ()
    fen = [slots.each_fen, slots.amount_fen]
    yuan = ["-" if one is None else f"{one // 100}" for one in fen]
    heads = [] if slots.heads is None else [str(slots.heads)]
    doubt = [] if slots.doubt is None else [f"{slots.doubt.name} {(slots.doubted_fen or 0) // 100}"]
    return " / ".join([" ".join((*me, *slots.names)), *yuan, *heads, *doubt])


@pytest.mark.parametrize(("text", "paid"), SHARED.items(), ids=list(SHARED))
def test_it_reads_what_each_of_several_pays(text: str, paid: str) -> None:
    assert _paid(text, private=True) == paid


@pytest.mark.parametrize("text", ["我和张伟各30", "每人30", "我们三个各交20", "我和老伴一人15"])
def test_sums_of_nothing_named_are_left_alone_in_a_group(text: str) -> None:
    assert _paid(text, private=False) == ""
