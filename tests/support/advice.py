"""What the bot tells people to write: found in its sources and in what it says in conversations."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PLACES = (
    *("handlers/*.py", "scheduler/*.py", "scheduler/rules/*.py", "bot/services/*.py"),
    *("bot/inbound/context.py", "bot/inbound/pipeline.py", "bot/domain/dues_allocation.py"),
    *("bot/domain/notices.py", "bot/domain/sensitive.py"),
)
_OPERATORS = ROOT / "bot" / "services" / "officers.py"  # speaks of the command line
_SAMPLES = {
    "n": "3",
    "member": "张三",
    "lead": "主持",
    "where": "",
    "last": "5",
    "number": "2",
    "item.number": "2",
    "name": "张三",
    "draft.name": "张三",
    "person.name": "张三",
    "month.number": "3",
    "max(month, this).number": "3",
    "title": "3月支部党员大会",
    "meeting.title": "3月支部党员大会",
    "existing.title": "3月支部党员大会",
    "existing.start_words": "3月13日 15:00",
    "start": "3月13日 15:00",
    "when": "3月13日（周五）15:00 社区二楼",
    "kind": "党课",
    "indicator": "主题党日",
    "place": "社区三楼",
    "example": "3月12日",
    "code": "48291375",
    "waits": "",
    "lacks": "",
    "year": "2026",
    "metric": "党课",
    "instead": "纪要",
    "first": "西后街社区",
    "unit": "第三党支部",
    "unit.name": "第三党支部",
    "cell": "第一党小组",
    "short": "第一党小组",
    "order": "停止党籍 张三 失去联系",
    "letter": "转出 张三 到 第五党支部",
    "what": "转正",
    "written": "老王",
    "_EXAMPLE": "党费 3月 30",
    "confirm": "确认3",
    "command": "没看懂",
    "told": "12",
    "meeting": "建会 支部党员大会 3月12日 10:00 社区二楼",
}
_LED_BY = re.compile(
    r"(?:(?<![未不没有])回复：?|这样写：|例如(?!回复)：?|(?<![不试])发：|(?<![不试])发(?= )|常用：) ?(?P<said>[^，。；、（）“”\n]+)"
)
_FOLLOWED_BY = re.compile(
    r" (?:发送|作罢|就作罢|就有.*|就能.*|出题|建立|记账|入账|登记|匿名|看更多|就行|可以看|可看.*|加原因|加内容就行|这样写|再看一次"
    r"|看(?:编号|教过的|怎么用|名单并入账)|记上|改期|取消这个会|就停|加编号(?:和.{2,4})?|更正|到 \d 之间.*|两个字就行|就算办完)$"
)
_NO_COMMAND = frozenset(
    (
        "姓名+手机后四位",
        "姓名",
        "1-3月",
        "数字就行",
        "数字",
        "教 编号 一句我懂的话",
        "3月支部党员大会",
        "第三党支部",
        "30元",
        "党费的金额",
    )
)
_BY_RIGHT = re.compile(r"[；\n]")


def advised(words: str) -> list[str]:
    """Return what a text of the bot tells its reader to write, as the reader would write it."""
    found = []
    for match in _LED_BY.finditer(words):
        for said in match["said"].split(" / "):
            command = _FOLLOWED_BY.sub("", said.strip()).strip("： ")
            if re.search("[0-9\u4e00-\u9fff]", command) and command not in _NO_COMMAND:
                found.append(command)
    return found


def listed(lines: str) -> list[str]:
    """Return the commands of lines of the help, which need no word before them."""
    bare = re.sub(r"（[^）]*）", "", lines.format(**_SAMPLES))
    return [command.strip() for command in _BY_RIGHT.split(bare) if command.strip()]


def texts() -> Iterator[str]:
    """Yield every text for people in the sources, with sample values put in."""
    paths = sorted(path for place in _PLACES for path in ROOT.glob(place))
    for path in paths:
        if path == _OPERATORS:
            continue
        for words in _strings(ast.parse(path.read_text(encoding="utf-8"))):
            if "|" not in words:
                yield re.sub(r"\{([^{}]*)\}", lambda hole: _SAMPLES.get(hole[1], "3月"), words)


def spoken() -> Iterator[str]:
    """Yield what the bot says in the conversations under `tests/scenarios`, answer by answer."""
    for path in sorted((ROOT / "tests" / "scenarios").glob("*.chat")):
        answer: list[str] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if answer and not line.startswith("| "):
                yield "\n".join(answer)
                answer = []
            if line.startswith("»") or (answer and line.startswith("| ")):
                answer.append(line[2:])
        yield "\n".join(answer)


def _strings(tree: ast.Module) -> Iterator[str]:
    """Yield string constants and f-strings, leaving out docstrings."""
    within: set[int] = set()  # parents come before their parts
    described = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, described) and node.body and isinstance(node.body[0], ast.Expr):
            within.add(id(node.body[0].value))
        if isinstance(node, ast.JoinedStr):
            within.update(map(id, node.values))
            yield "".join(_part(part) for part in node.values)
        elif isinstance(node, ast.Constant) and id(node) not in within:
            yield node.value if isinstance(node.value, str) else ""


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return f"{{{ast.unparse(part.value)}}}"
    return str(part.value) if isinstance(part, ast.Constant) else ""
