"""Written names against the roll."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import MemberId
from bot.domain.name_forms import fold_name, given_of, is_kin_word, surname_of, take_apart
from bot.domain.naming import Candidate, Naming, Roll, Verdict, Why
from bot.domain.rights import Role

_SAID = {
    "张伟": ("zanwei",),
    "章伟": ("zanwei",),
    "zhangwei": ("zanwei",),
    "王秀英": ("wanxiuyin",),
    "王绣英": ("wanxiuyin",),
    "绣英": ("xiuyin",),
    "秀英": ("xiuyin",),
    "曾增": ("cenzen", "zenzen"),
    "增增": ("zenzen",),
}


def _sounds(text: str) -> tuple[str, ...]:
    return _SAID.get(text, ())


def _roll(*people: str | Candidate) -> Roll:
    return Roll(
        [
            Candidate(MemberId(number), person) if isinstance(person, str) else person
            for number, person in enumerate(people, start=1)
        ],
        _sounds,
    )


def _read(naming: Naming) -> list[str]:
    return [f"{fit.candidate.name} {fit.why.name}" for fit in naming.fits]


BRANCH = (
    "王秀英",
    "李建国",
    "张伟",
    "欧阳静",
    "买买提·艾力",
    Candidate(MemberId(6), "李四", roles=frozenset({Role.SECRETARY})),
    Candidate(MemberId(7), "赵六", aliases=("胖子",)),
    Candidate(MemberId(8), "陈静", roles=frozenset({Role.CELL_LEADER})),
)
ONE = {
    "全名": ("王秀英", "王秀英 FULL"),
    "全名带空格": ("王 秀英", "王秀英 FULL"),
    "全角与点": ("买买提艾力", "买买提·艾力 FULL"),
    "全名带@": ("@张伟", "张伟 FULL"),
    "全名加称呼": ("王秀英大姐", "王秀英 FULL"),
    "全名加同志": ("李建国同志", "李建国 FULL"),
    "全名加职务": ("李建国书记", "李建国 FULL"),
    "复姓加称呼": ("欧阳老师", "欧阳静 TITLE"),
    "姓加称呼": ("王大爷", "王秀英 TITLE"),
    "姓加同志": ("张同志", "张伟 TITLE"),
    "老加姓": ("老王", "王秀英 TITLE"),
    "小加姓": ("小张", "张伟 TITLE"),
    "老加姓加头": ("老赵头", "赵六 TITLE"),
    "姓加老": ("王老", "王秀英 TITLE"),
    "老加姓加称呼": ("老王师傅", "王秀英 TITLE"),
    "名": ("秀英", "王秀英 GIVEN"),
    "名加称呼": ("秀英姐", "王秀英 GIVEN"),
    "名加我": ("我秀英", "王秀英 GIVEN"),
    "别名": ("胖子", "赵六 ALIAS"),
    "别名加同志": ("胖子同志", "赵六 ALIAS"),
    "姓加职务": ("李书记", "李四 TITLE"),
    "只说职务": ("书记", "李四 TITLE"),
    "党小组长": ("陈组长", "陈静 TITLE"),
}
SEVERAL = {
    "两个姓李": ("老李", ["李建国 TITLE", "李四 TITLE"]),
    "称呼不分男女": ("李老师", ["李建国 TITLE", "李四 TITLE"]),
}
NEAR = {
    "同音": ("章伟", ["张伟 SOUND"]),
    "拼音": ("zhangwei", ["张伟 SOUND"]),
    "同音加称呼": ("王绣英大姐", ["王秀英 SOUND"]),
    "名同音": ("绣英", ["王秀英 SOUND"]),
    "错一个字": ("王秀芳", ["王秀英 SLIP"]),
    "姓错": ("黄秀英", ["王秀英 SLIP"]),
    "两字颠倒": ("王英秀", ["王秀英 SLIP"]),
    "小加名": ("小国", ["李建国 GIVEN"]),
    "名末字加姐": ("英姐", ["王秀英 GIVEN"]),
    "没有这个职务": ("王书记", ["王秀英 TITLE"]),
}
NOBODY = (
    "王五",
    "张三丰",
    "老伴",
    "爱人",
    "W.",
    "",
    "李",
    "老",
    "同志",
    "老刘",
    "王建华",
)


@pytest.mark.parametrize(("written", "fit"), ONE.values(), ids=list(ONE))
def test_it_is_sure_of_one(written: str, fit: str) -> None:
    naming = _roll(*BRANCH).match(written)

    assert _read(naming) == [fit]
    assert naming.verdict is (Verdict.EXACT if fit.endswith("FULL") else Verdict.SURE)
    assert naming.person is naming.fits[0].candidate


@pytest.mark.parametrize(("written", "fits"), SEVERAL.values(), ids=list(SEVERAL))
def test_it_never_guesses_between_two(written: str, fits: list[str]) -> None:
    naming = _roll(*BRANCH).match(written)

    assert (naming.verdict, _read(naming), naming.person) == (Verdict.SEVERAL, fits, None)


@pytest.mark.parametrize(("written", "fits"), NEAR.values(), ids=list(NEAR))
def test_it_is_never_sure_of_what_is_only_near(written: str, fits: list[str]) -> None:
    naming = _roll(*BRANCH).match(written)

    assert (naming.verdict, _read(naming), naming.person) == (Verdict.NEAR, fits, None)


@pytest.mark.parametrize("written", NOBODY)
def test_it_finds_nobody(written: str) -> None:
    assert _roll(*BRANCH).match(written) == Naming(written, Verdict.NOBODY)


def test_it_takes_the_full_name_before_everything_else() -> None:
    roll = _roll("王伟", "赵王伟")

    assert _read(roll.match("王伟")) == ["王伟 FULL"]
    assert _read(roll.match("赵王伟")) == ["赵王伟 FULL"]


def test_it_takes_a_learnt_alias_before_a_title() -> None:
    taught = Candidate(MemberId(2), "李四", aliases=("老李",))

    assert _read(_roll("李建国", taught).match("老李")) == ["李四 ALIAS"]


def test_it_asks_when_an_alias_is_somebodys_name_or_two_mean_it() -> None:
    taught = Candidate(MemberId(2), "李四", aliases=("张伟", "胖子"))
    other = Candidate(MemberId(3), "王五", aliases=("胖子",))
    roll = _roll("张伟", taught, other)

    assert _read(roll.match("张伟")) == ["张伟 FULL", "李四 ALIAS"]
    assert roll.match("胖子").verdict is Verdict.SEVERAL


def test_it_asks_when_小_fits_a_surname_and_a_given_name() -> None:
    naming = _roll("文强", "李小文", "王文").match("小文")

    assert naming.verdict is Verdict.SEVERAL
    assert _read(naming) == ["文强 TITLE", "李小文 GIVEN", "王文 GIVEN"]


def test_it_knows_a_spouse_under_every_word_for_one() -> None:
    roll = _roll(Candidate(MemberId(1), "王秀英", aliases=("老伴",)))

    said = ["老伴", "我老伴", "爱人", "我家那口子", "老老伴"]
    assert [roll.match(word).verdict.name for word in said] == [*(["SURE"] * 4), "NOBODY"]


def test_it_hears_every_reading_of_a_character() -> None:
    assert _read(_roll("曾增").match("增增")) == ["曾增 SOUND"]


def test_it_puts_the_likeliest_near_miss_first() -> None:
    roll = _roll("黄绣英", "王绣芳", "王秀英")

    assert _read(roll.match("王绣英")) == ["王秀英 SOUND", "王绣芳 SLIP", "黄绣英 SLIP"]


def test_it_matches_a_pasted_list_in_one_go() -> None:
    roll = _roll(*BRANCH)

    verdicts = [naming.verdict.name for naming in roll.match_all(["张伟", "老李", "张伟", "W."])]

    assert verdicts == ["EXACT", "SEVERAL", "EXACT", "NOBODY"]


FORMS = {
    "王秀英": ("王", "秀英"),
    "欧阳静": ("欧阳", "静"),
    "欧阳": ("欧", "阳"),
    "张伟": ("张", "伟"),
}


@pytest.mark.parametrize(("name", "parts"), FORMS.items(), ids=list(FORMS))
def test_it_knows_surname_and_given_name(name: str, parts: tuple[str, str]) -> None:
    assert (surname_of(name), given_of(name)) == parts


def test_it_takes_a_name_apart() -> None:
    called = take_apart("我 老李师傅")

    assert (called.core, called.title, called.familiar) == ("李", "师傅", "老")
    assert take_apart("副书记").title == ""


def test_it_knows_a_kin_word() -> None:
    assert is_kin_word("我爱人")
    assert not is_kin_word("老李")


# --- what holds for every roll and every name ------------------------------------------------

_CHARACTERS = st.sampled_from("王李张欧阳秀英建国伟芳老小阿静书记大爷同志姐")
_NAMES = st.text(_CHARACTERS, min_size=2, max_size=4)
_PEOPLE = st.lists(_NAMES, min_size=0, max_size=12)


def _one_off(left: str, right: str) -> bool:
    wrong = [n for n, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
    return len(wrong) == 1 or (len(wrong) == 2 and sorted(left) == sorted(right))


def _fits(written: str, name: str, why: Why) -> bool:
    called = take_apart(written)
    spoken = {called.text, called.core}
    match why:
        case Why.FULL:
            return name in spoken
        case Why.TITLE:
            return bool(called.title or called.familiar) and surname_of(name) == called.core
        case Why.GIVEN:
            return given_of(name) in spoken or name.endswith(called.core)
        case Why.SLIP:
            return any(len(text) == len(name) >= 3 and _one_off(text, name) for text in spoken)
        case _:
            return False


@given(_PEOPLE, _NAMES)
def test_it_never_returns_somebody_who_does_not_fit(names: list[str], written: str) -> None:
    naming = Roll([Candidate(MemberId(n), name) for n, name in enumerate(names)]).match(written)

    assert all(_fits(written, fold_name(fit.candidate.name), fit.why) for fit in naming.fits)
    assert len({fit.candidate.id for fit in naming.fits}) == len(naming.fits)
    assert (naming.verdict is Verdict.NOBODY) == (not naming.fits)
    assert naming.is_sure <= (len(naming.fits) == 1)


@given(_PEOPLE, _NAMES, st.text(min_size=1, max_size=6))
def test_it_always_asks_between_namesakes(names: list[str], twin: str, written: str) -> None:
    roll = Roll([Candidate(MemberId(n), name) for n, name in enumerate([*names, twin, twin])])

    assert roll.match(twin).verdict is Verdict.SEVERAL
    naming = roll.match(written)
    assert naming.person is None or naming.person.name != twin


@given(_PEOPLE, _NAMES, st.randoms())
def test_the_order_of_the_candidates_does_not_matter(
    names: list[str], written: str, chance: object
) -> None:
    people = [Candidate(MemberId(n), name) for n, name in enumerate(names)]
    shuffled = list(people)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    assert Roll(people).match(written) == Roll(shuffled).match(written)


@given(st.text(max_size=60))
def test_no_text_whatever_makes_it_fail(written: str) -> None:
    naming = _roll(*BRANCH).match(written)

    assert naming.written == written
