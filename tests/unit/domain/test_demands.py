"""What a notice asks for has to say who does it and by when."""

from __future__ import annotations

import pytest

from bot.domain.demands import BY_WHEN, WHO, missing_of_demand

CASES = {
    "笼统": ("抓紧完成整改，做好自查", (WHO, BY_WHEN)),
    "有人没期限": ("请各支部抓好落实", (BY_WHEN,)),
    "有期限没人": ("3月20日前完成整改", (WHO,)),
    "都有": ("请各支部3月20日前完成整改", ()),
    "由谁负责": ("整改由王敏负责，月底完成", ()),
    "各人交各人的": ("3月20日前交学习心得", ()),
    "各人交各人的没期限": ("请交学习心得", (BY_WHEN,)),
    "填表没期限": ("请填写登记表", (BY_WHEN,)),
    "会前交": ("会前交到社区", ()),
    "开会": ("明天下午3点社区二楼开会", ()),
    "党课": ("周五上午9点在二楼会议室开党课", ()),
    "带本子": ("请带笔记本", ()),
    "交通不是交": ("那天交通管制，请早出门", ()),
}


@pytest.mark.parametrize(("text", "lacks"), CASES.values(), ids=CASES)
def test_a_demand_says_who_and_by_when(text: str, lacks: tuple[str, ...]) -> None:
    assert missing_of_demand(text, addressed=False) == lacks


def test_those_picked_out_are_who_does_it() -> None:
    assert missing_of_demand("做好自查", addressed=True) == (BY_WHEN,)
