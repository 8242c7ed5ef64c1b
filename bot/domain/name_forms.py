"""How people are called in Chinese: surname, given name, titles, posts, kin words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.rights import COMMITTEE, Role


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COMPOUND = frozenset(
    _words(
        """
    欧阳 上官 司马 诸葛 司徒 皇甫 尉迟 公孙 慕容 令狐 夏侯 东方 宇文 长孙 端木 南宫 独孤 闻人 澹台 申屠
    轩辕 呼延 拓跋 钟离 东郭 百里 公冶 宗政 濮阳 淳于 单于 太史 公羊 赫连 万俟
    """
    )
)
_TITLES = tuple(
    sorted(
        _words(
            """
        大爷 大妈 大娘 大姐 大哥 大嫂 大婶 大叔 大伯 阿姨 阿婆 阿公 奶奶 爷爷 叔叔 婶婶 伯伯 婆婆 师傅 师父 老师
        主任 副主任 医生 大夫 护士 工程师 会计 经理 局长 处长 科长 校长 院长 所长 站长 主席 会长 队长 村长 社长 厂长
        先生 女士 小姐 同志 同学 老师傅 教授 律师 警官 网格员 老 总 叔 婶 姐 哥 姨 嫂 伯 爹 妈 娘 工 局 处 科 头
        """
        ),
        key=len,
        reverse=True,
    )
)
AMONG_FRIENDS = frozenset(("小", "阿", "姐", "哥", "姨", "嫂", "叔", "婶"))
"""What may also stand with the last character of a given name: 小芳, 英姐."""
POST_TITLES: dict[str, frozenset[Role]] = {
    "书记": frozenset({Role.SECRETARY, Role.DEPUTY}),
    "支书": frozenset({Role.SECRETARY}),
    "支部书记": frozenset({Role.SECRETARY}),
    "党支部书记": frozenset({Role.SECRETARY}),
    "副书记": frozenset({Role.DEPUTY}),
    "支部副书记": frozenset({Role.DEPUTY}),
    "委员": COMMITTEE - {Role.SECRETARY, Role.DEPUTY},
    "组织委员": frozenset({Role.ORGANISER}),
    "宣传委员": frozenset({Role.PUBLICITY}),
    "纪检委员": frozenset({Role.DISCIPLINE}),
    "组长": frozenset({Role.CELL_LEADER}),
    "小组长": frozenset({Role.CELL_LEADER}),
    "党小组长": frozenset({Role.CELL_LEADER}),
    "专干": frozenset({Role.OFFICER}),
    "党务专干": frozenset({Role.OFFICER}),
}
_POSTS_FIRST = tuple(sorted(POST_TITLES, key=len, reverse=True))
_KIN_GROUPS = (
    "老伴 老伴儿 爱人 妻子 丈夫 老公 老婆 老头子 老太婆 对象 我家那口子 那口子",
    "爸爸 爸 父亲 老爸 老父亲",
    "妈妈 妈 母亲 老妈 老母亲",
    "媳妇 媳妇儿",
    "儿子",
    "女儿 闺女",
    "儿媳 儿媳妇",
    "女婿",
    "岳父 丈人 老丈人",
    "岳母 丈母娘",
    "公公",
    "婆婆",
    "爷爷",
    "奶奶",
    "外公 姥爷",
    "外婆 姥姥",
    "哥哥 哥 大哥",
    "嫂子",
    "弟弟 弟",
    "弟媳 弟妹",
    "姐姐 姐 大姐",
    "姐夫",
    "妹妹 妹",
    "妹夫",
    "叔叔",
    "婶婶",
    "舅舅",
    "舅妈",
    "姑姑 姑妈",
    "姑父 姑丈",
    "姨妈 姨",
    "姨父 姨丈",
    "老爷子",
    "老太太",
    "家属 家里人 家人",
)
KIN: dict[str, str] = {word: group.split()[0] for group in _KIN_GROUPS for word in group.split()}
"""Kin word → the word of its group under which a relation is kept."""

_DROPPED = re.compile(r"[\s·•・‧∙.。,，、:：]+")
_BEFORE = re.compile(r"^@?(?:(?:我们?|俺|咱)(?:家的?|的)?)?@?")


@dataclass(frozen=True, slots=True)
class Called:
    """A written name taken apart.

    Attributes:
        text: As written, folded.
        core: Without its title; `text` where it has none.
        title: A title or post at the end, or "".
        familiar: 老, 小 or 阿 before a single name (老李), or "".
    """

    text: str
    core: str
    title: str
    familiar: str


@lru_cache(maxsize=16384)
def fold_name(written: str) -> str:
    """Return a written name in the form in which names are compared.

    Width, spaces, dots inside foreign names, a leading @ and 我的 make no difference; kin words
    of one meaning become one (爱人 → 老伴).
    """
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", written))
    bare = _BEFORE.sub("", text)
    text = bare or text
    return KIN.get(text, text)


def is_kin_word(written: str) -> bool:
    """Tell whether a name says only how somebody is related to the speaker (我老伴)."""
    return fold_name(written) in KIN


def take_apart(written: str) -> Called:
    """Take a written name apart: 老李, 王大爷, 李书记, 王秀英大姐."""
    text = fold_name(written)
    core, title = _split_title(text)
    if core[0:1] in ("老", "小", "阿") and len(core) > 1 and is_surname_like(core[1:]):
        return Called(text, core[1:], title, core[0])
    return Called(text, core, title, "")


def is_surname_like(text: str) -> bool:
    """Tell whether a text has the length of a surname: one character, or a known double one."""
    return len(text) == 1 or text in _COMPOUND


def surname_of(name: str) -> str:
    """Return the surname of a registered name (folded): 王, 欧阳."""
    return name[:2] if name[:2] in _COMPOUND and len(name) > 2 else name[:1]


def given_of(name: str) -> str:
    """Return the given name of a registered name (folded)."""
    return name[len(surname_of(name)) :]


def _split_title(text: str) -> tuple[str, str]:
    if text in POST_TITLES:
        return text, ""
    for title in (*_POSTS_FIRST, *_TITLES):
        if len(text) > len(title) and text.endswith(title):
            return text[: -len(title)], title
    return text, ""
