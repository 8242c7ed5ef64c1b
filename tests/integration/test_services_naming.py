"""Names → members within reach: who may name whom, and what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.aliases import Consent, NotAnAlias
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.ids import MemberId
from bot.domain.rights import Action, Role
from bot.domain.units import UnitKind
from bot.services import aliases, naming
from bot.services.aliases import AliasTaken, Taught
from bot.services.naming import NobodyNamed, TooManyNamed, WhichPerson
from bot.storage.engine import Database
from bot.storage.models import Alias
from tests.support.world import World

RECORD, DUES, ROLL = Action.RECORD_ATTENDANCE, Action.CONFIRM_DUES, Action.MANAGE_ROLL


class Branch:
    """The third branch with two cells, two of a name, and a fourth branch next door."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = world.unit("第三党支部")
        self.first = world.unit("第一党小组", UnitKind.CELL, under=self.id)
        self.second = world.unit("第二党小组", UnitKind.CELL, under=self.id)
        self.li = world.member("李建国", self.id, Role.SECRETARY, tail="1001")
        self.zhang = world.member("张三", self.id, cell=self.first, tail="1234")
        world.post(self.zhang, self.first, Role.CELL_LEADER)
        self.wei = world.member("张伟", self.id, cell=self.first, tail="4567")
        self.wei2 = world.member("张伟", self.id, cell=self.second, tail="5678", account=False)
        self.xiuying = world.member("王秀英", self.id, tail="2345")
        self.fourth = world.unit("第四党支部")
        self.zhou = world.member("周强", self.fourth, Role.SECRETARY)
        self.xiuying4 = world.member("王秀英", self.fourth, account=False)
        self.officer = world.member("陈专干", None, Role.OFFICER)

    def resolve(self, by: MemberId, *names: str, action: Action = RECORD, **more: Any) -> list[int]:
        """Return the ids that names mean to somebody."""
        actor = self.world.actor(by)
        with self.world.database.reading() as session:
            found = naming.resolve(
                session, names, by=actor, on=self.world.today, action=action, **more
            )
        return [person.id for person in found]

    def asked(self, by: MemberId, *names: str, **more: Any) -> WhichPerson:
        """Return the question that names raise."""
        with pytest.raises(WhichPerson) as question:
            self.resolve(by, *names, **more)
        return question.value

    def teach(self, by: MemberId, text: str, of: MemberId) -> Taught:
        """Let somebody teach a word."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            reach = naming.load_reach(session, by=actor, on=self.world.today, action=ROLL)
            person = reach.people[of]
            return aliases.teach(
                session,
                text=text,
                of=aliases.Whose(person.id, person.name, person.branch_id, person.path),
                by=actor,
                consent=Consent.COMMAND,
                now=self.world.now,
            )

    def revoke(self, by: MemberId, text: str) -> list[str]:
        """Let somebody take a word back; return whom it meant."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            gone = aliases.revoke(session, text=text, by=actor, now=self.world.now)
        return [each.name for each in gone]

    def rows(self) -> list[Alias]:
        """Return every alias ever taught."""
        with self.world.database.reading() as session:
            rows = list(session.query(Alias).order_by(Alias.id))
            session.expunge_all()
        return rows


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return the third branch."""
    return Branch(World(database))


def _labels(question: WhichPerson) -> list[str]:
    return [label for _, label in question.choices]


# --- who may name whom -----------------------------------------------------------------------


def test_a_member_names_people_of_his_branch(branch: Branch) -> None:
    assert branch.resolve(branch.zhang, "王秀英", "老李") == [branch.xiuying, branch.li]
    with pytest.raises(NobodyNamed, match="名册里没有周强。请核对"):
        branch.resolve(branch.zhang, "周强")


def test_nothing_is_resolved_if_one_name_means_nobody(branch: Branch) -> None:
    with pytest.raises(NobodyNamed, match="没有孙悟空。这条里的一个也没有记"):
        branch.resolve(branch.zhang, "王秀英", "孙悟空")


def test_a_name_said_twice_is_one_person(branch: Branch) -> None:
    assert branch.resolve(branch.li, "王秀英", "秀英", "王大姐") == [branch.xiuying]


def test_an_officer_names_everybody_under_him_and_is_asked_by_branch(branch: Branch) -> None:
    assert branch.resolve(branch.officer, "周强") == [branch.zhou]

    question = branch.asked(branch.officer, "王秀英")

    assert _labels(question) == ["三支部", "四支部"]
    assert (question.are_namesakes, question.needs_detail) == (True, True)


@pytest.mark.parametrize(
    ("action", "own_branch", "names"),
    [
        pytest.param(RECORD, True, ["张三", "王秀英"], id="组长在支部里能替人说"),
        pytest.param(RECORD, False, ["张三"], id="组长只管自己小组"),
        pytest.param(DUES, True, ["张三", "王秀英"], id="人人能替本支部的人交"),
    ],
)
def test_a_cell_leader_reaches_his_cell_by_right(
    branch: Branch, action: Action, own_branch: bool, names: list[str]
) -> None:
    found = branch.resolve(branch.zhang, *names, action=action, own_branch=own_branch)

    assert len(found) == len(names)
    if not own_branch:
        with pytest.raises(NobodyNamed):
            branch.resolve(branch.zhang, "王秀英", action=action, own_branch=False)


def test_who_may_do_it_nowhere_names_nobody(branch: Branch) -> None:
    with pytest.raises(Forbidden, match="核对党费"):
        branch.resolve(branch.zhang, "王秀英", action=DUES, own_branch=False)


def test_it_names_nobody_who_has_not_come_yet(branch: Branch) -> None:
    branch.world.member("孙丽", branch.id, since=branch.world.today.replace(year=2030))

    with pytest.raises(NobodyNamed):
        branch.resolve(branch.li, "孙丽")


# --- what is asked ---------------------------------------------------------------------------


def test_namesakes_are_told_apart_by_cell_and_never_guessed(branch: Branch) -> None:
    question = branch.asked(branch.li, "王秀英", "张伟")

    assert (question.written, _labels(question)) == ("张伟", ["第一党小组", "第二党小组"])
    assert branch.resolve(branch.li, "张伟", settled={"张伟": branch.wei2}) == [branch.wei2]


def test_namesakes_of_one_cell_are_told_apart_by_digits(branch: Branch) -> None:
    branch.world.member("王秀英", branch.id, tail="9999", account=False)

    assert _labels(branch.asked(branch.li, "王秀英")) == ["尾号2345", "尾号9999"]


def test_digits_behind_a_name_tell_namesakes_apart_and_prove_nothing_else(branch: Branch) -> None:
    assert branch.resolve(branch.li, "张伟5678", "张伟(尾号4567)") == [branch.wei2, branch.wei]
    assert branch.asked(branch.li, "张伟9999").written == "张伟9999"
    right, wrong = branch.resolve(branch.wei, "张三1234"), branch.resolve(branch.wei, "张三9999")
    assert right == wrong == [branch.zhang]  # nobody finds out digits by trying


def test_one_who_is_nearly_called_so_is_asked_about_by_name(branch: Branch) -> None:
    question = branch.asked(branch.zhang, "王绣英")

    assert (question.is_near, _labels(question)) == (True, ["王秀英"])
    assert not question.needs_detail
    assert _labels(branch.asked(branch.zhang, "章伟")) == [
        "张伟（第一党小组）",
        "张伟（第二党小组）",
    ]


def test_names_alone_tell_different_people_apart(branch: Branch) -> None:
    branch.world.member("李强", branch.id)

    question = branch.asked(branch.zhang, "老李")

    assert (_labels(question), question.needs_detail) == (["李建国", "李强"], False)


def test_it_asks_for_the_full_name_when_too_many_are_called_so(branch: Branch) -> None:
    for name in ("李一", "李二", "李四", "李五", "李七"):
        branch.world.member(name, branch.id, account=False)

    with pytest.raises(TooManyNamed, match="对得上6位，请写全名"):
        branch.resolve(branch.zhang, "老李")


def test_an_answer_counts_only_for_somebody_within_reach(branch: Branch) -> None:
    with pytest.raises(WhichPerson):
        branch.resolve(branch.zhang, "张伟", settled={"张伟": branch.zhou})


# --- aliases ---------------------------------------------------------------------------------


def test_a_member_teaches_his_own_word_and_the_secretary_the_branchs(branch: Branch) -> None:
    own = branch.teach(branch.zhang, "胖子", branch.wei)
    shared = branch.teach(branch.li, "六子", branch.wei2)

    assert (own.for_branch, shared.for_branch) == (False, True)
    assert branch.resolve(branch.zhang, "胖子", "六子") == [branch.wei, branch.wei2]
    with pytest.raises(NobodyNamed):
        branch.resolve(branch.xiuying, "胖子")
    assert branch.resolve(branch.xiuying, "六子") == [branch.wei2]


def test_a_kin_word_is_always_its_speakers_own(branch: Branch) -> None:
    with pytest.raises(NobodyNamed, match="还不知道您说的“老伴”是谁"):
        branch.resolve(branch.li, "老伴")

    taught = branch.teach(branch.li, "我爱人", branch.xiuying)

    assert (taught.text, taught.for_branch) == ("老伴", False)
    assert branch.resolve(branch.li, "老伴") == [branch.xiuying]
    with pytest.raises(NobodyNamed):
        branch.resolve(branch.zhang, "老伴")


def test_a_word_taught_again_stays_one(branch: Branch) -> None:
    first = branch.teach(branch.li, "六子", branch.wei)

    assert (first.new, branch.teach(branch.li, "六子", branch.wei).new) == (True, False)
    assert len(branch.rows()) == 1


REFUSED: dict[str, tuple[str, str, type[DomainError], str]] = {
    "真名": ("li", "王秀英", AliasTaken, "名册里有人就叫王秀英"),
    "已经是别人": ("li", "六子", AliasTaken, "“六子”已经是张三了"),
    "自己教过别人": ("xiuying", "胖子", AliasTaken, "“胖子”已经是张三了"),
    "口令": ("li", "签到", NotAnAlias, "另有意思"),
    "职务": ("li", "书记", NotAnAlias, "是职务"),
    "符号": ("li", "老李123", NotAnAlias, "2到8个汉字"),
    "太长": ("li", "一二三四五六七八九", NotAnAlias, "2到8个汉字"),
    "空": ("li", " ", NotAnAlias, "2到8个汉字"),
}


@pytest.mark.parametrize(("by", "word", "error", "sentence"), REFUSED.values(), ids=list(REFUSED))
def test_it_refuses_a_word_that_would_be_misread(
    branch: Branch, by: str, word: str, error: type[DomainError], sentence: str
) -> None:
    branch.teach(branch.li, "六子", branch.zhang)
    branch.teach(branch.xiuying, "胖子", branch.zhang)
    before = len(branch.rows())

    with pytest.raises(error, match=sentence):
        branch.teach(getattr(branch, by), word, branch.wei)

    assert len(branch.rows()) == before


TAKES_BACK: dict[str, tuple[str, str, bool]] = {
    "本人不同意": ("xiuying", "六子", True),
    "教的人": ("zhang", "胖子", True),
    "管名册的人": ("li", "六子", True),
    "管名册的人管不着私人说法": ("li", "胖子", False),
    "旁人": ("wei", "六子", False),
    "别的支部的书记": ("zhou", "六子", False),
}


@pytest.mark.parametrize(("by", "word", "may"), TAKES_BACK.values(), ids=list(TAKES_BACK))
def test_it_lets_those_concerned_take_a_word_back(
    branch: Branch, by: str, word: str, may: bool
) -> None:
    branch.teach(branch.li, "六子", branch.xiuying)
    branch.teach(branch.zhang, "胖子", branch.xiuying)

    if may:
        assert branch.revoke(getattr(branch, by), word) == ["王秀英"]
    else:
        with pytest.raises(NotFound):
            branch.revoke(getattr(branch, by), word)

    [row] = [row for row in branch.rows() if row.text == word]
    assert (row.revoked_at is not None) == may  # revoked, never deleted


def test_a_word_taken_back_may_be_taught_again_unless_its_owner_said_no(branch: Branch) -> None:
    branch.teach(branch.li, "六子", branch.xiuying)
    branch.revoke(branch.li, "六子")
    branch.teach(branch.li, "六子", branch.xiuying)
    branch.revoke(branch.xiuying, "六子")

    with pytest.raises(AliasTaken, match="王秀英本人不同意"):
        branch.teach(branch.li, "六子", branch.xiuying)
    assert branch.teach(branch.li, "六子", branch.wei).new


def test_a_new_member_of_that_name_turns_an_alias_into_a_question(branch: Branch) -> None:
    branch.teach(branch.li, "六子", branch.xiuying)
    branch.world.member("六子", branch.id, account=False)

    assert _labels(branch.asked(branch.li, "六子")) == ["王秀英", "六子"]


def test_it_lists_the_words_that_concern_one(branch: Branch) -> None:
    branch.teach(branch.li, "六子", branch.xiuying)
    branch.teach(branch.zhang, "胖子", branch.xiuying)

    def known(member: MemberId) -> list[tuple[str, bool, bool]]:
        with branch.world.database.reading() as session:
            found = aliases.list_known(session, branch.world.actor(member))
        return [(each.text, each.for_branch, each.taught_by_me) for each in found]

    assert known(branch.xiuying) == [("六子", True, False), ("胖子", False, False)]
    assert known(branch.zhang) == [("胖子", False, True)]
    assert known(branch.wei) == []
