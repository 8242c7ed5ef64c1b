"""Several who pay together (我和张伟各30, 我们三个各交20, 每人30): who they are, what each pays."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.inbound.names import read_names_with_tails
from bot.inbound.numerals import read_int
from bot.inbound.utterance import Lexicon


@dataclass(frozen=True, slots=True)
class Payers:
    """Who pays together.

    Attributes:
        names: Those named besides the sender, as written.
        with_me: The sender is one of them.
        heads: How many they are, where that was said, else 0.
    """

    names: tuple[str, ...] = ()
    with_me: bool = False
    heads: int = 0

    @property
    def known(self) -> int:
        """How many of them are known by name, the sender included."""
        return len(self.names) + self.with_me

    @property
    def are_several(self) -> bool:
        """Whether more than one are spoken of."""
        return max(self.known, self.heads) > 1


COUPLES = frozenset(("爸妈", "父母", "公婆", "老爸老妈", "岳父母"))
"""Words for two people, whose names have to be asked for."""
NOBODY = Payers()
EACH = re.compile(
    r"(?:每个?人|(?<!我)(?<!自己)一个?人|人均|每位)(?:的?党费|都|各|是|[交缴付转]了?|:|\s)*"
)
A_HEAD = re.compile(r"\s?(?:元|块钱?)?\s?(?:/\s?人|每人|一人|每位|一位)(?![份起])")
APIECE = re.compile(r"各(?:自|人|位)?(?:[交缴付转]|是)?(?:了)?\s?")
_ME = r"(?:我自己|我本人|我|俺|本人)"
_MY_DUES = r"(?:的)?(?:\d{1,2}月份?|本月|这个?月|上个?月)?的?(?:党费)?"
_AND = r"\s?(?:[和跟与同、]|还有|以及|连带|带上?|加上?)\s?@?"
_ME_AND = re.compile(rf"{_ME}{_MY_DUES}{_AND}")
_AND_ME = re.compile(rf"{_MY_DUES}\s?(?:[和跟与同、]|还有|以及|加上|连)\s?{_ME}(?!们)")
_MINE_TOO = re.compile(
    rf"{_ME}(?:自己)?(?:的|那份|这份)?(?:党费)?[也都](?:一[起块并道]儿?|已经?|给)?[交缴付转]"
)
_GROUP = re.compile(
    r"我们?俩|我们?仨|(?:我们?|俺们?|咱们?)(?P<n>[两二三四五六七八九十]|\d{1,2})个?人?(?=党|[各每都一的交缴]|\d{1,2}月|[，\s])"
    r"|(?:我们?|俺们?|咱们?)?(?:家)?(?:老?两口子?|夫妻俩?|夫妇俩?)|(?:我们?|俺)?家(?P<mouths>[两三四五])口"
)
_PERSONS = re.compile(
    r"(?<![第\d])(?P<n>[两二三四五六七八九]|\d{1,2})个?[人位](?=[的党一每各共，\s]|总|合计|\d|$)"
)
_TOGETHER = 12  # characters in which the names stand before 和我


def read_payers(text: str, lexicon: Lexicon) -> Payers:
    """Read who pays together: 我和张伟, 张伟和我, 我们三个, 两口子; nobody where one alone pays."""
    names, with_me = _joined(text, lexicon)
    group = _GROUP.search(text)
    heads = 0
    if group:
        said = group["n"] or group["mouths"]
        heads = (read_int(said) or 0) if said else 3 if "仨" in group[0] else 2
        with_me = True
    elif counted := _PERSONS.search(text):
        heads = read_int(counted["n"]) or 0
    return Payers(names, with_me, heads)


def _joined(text: str, lexicon: Lexicon) -> tuple[tuple[str, ...], bool]:
    for match in _ME_AND.finditer(text):
        names, _ = read_names_with_tails(text, match.end(), lexicon)
        if names:
            return names, True
    for match in _AND_ME.finditer(text):
        for start in range(max(match.start() - _TOGETHER, 0), match.start()):
            names, end = read_names_with_tails(text, start, lexicon)
            if names and end == match.start():
                return names, True
    return (), False


def pays_as_well(text: str) -> bool:
    """Tell whether the sender says that his own is paid along with others' (我的也交了)."""
    return bool(_MINE_TOO.search(text))
