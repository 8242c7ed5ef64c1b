"""One form for what people type: width, script, emoji, mention, quotes, slips, courtesies."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MENTION = "@小助手"
LONGEST = 600
"""Characters of a message that are read; nobody gives the bot an order longer than that."""

_PAIRS = """
簽签 黨党 費费 報报 來来 離离 請请 開开 會会 記记 錄录 員员 書书 務务 補补 繳缴 轉转 週周
號号 點点 幾几 時时 間间 參参 與与 戰战 願愿 學学 習习 園园 場场 區区 長长 張张 偉伟 靜静
國国 慶庆 剛刚 綁绑 發发 佈布 動动 題题 樓楼 組组 織织 處处 達达 詢询 麼么 嗎吗 該该 還还
這这 個个 們们 體体 檢检 帶带 證证 綠绿 為为 爲为 產产 幫帮 給给 議议 評评 課课 從从 實实
際际 陸陆 劉刘 陳陈 趙赵 孫孙 馬马 羅罗 謝谢 鄧邓 許许 蕭萧 馮冯 鄭郑 韓韩 葉叶 蘇苏 呂吕
盧卢 蔣蒋 賈贾 龍龙 萬万 錢钱 湯汤 嚴严 賀贺 顧顾 華华 麗丽 紅红 蘭兰 軍军 強强 傑杰 輝辉
義义 獻献 選选 臺台 灣湾 廣广 東东 門门 廳厅 館馆 維维 護护 錯错 誤误 銷销 載载 說说 説说
讓让 認认 識识 閱阅 復复 覆复 無无 沒没 對对 過过 後后 裡里 裏里 邊边 遠远 進进 運运 遲迟
連连 遞递 邁迈 錶表 電电 話话 機机 車车 業业 專专 訂订 計计 訓训 討讨 論论 設设 訪访 訴诉
試试 詳详 語语 誰谁 調调 談谈 諮谘 講讲 謂谓 變变 讀读 財财 貨货 貼贴 買买 賣卖 賓宾 賬账
帳帐 賴赖 贊赞 贈赠 軟软 輕轻 輪轮 輸输 辦办 農农 適适 遺遗 郵邮 鄉乡 醫医 釋释 針针 鐘钟
鍾钟 鎮镇 閉闭 問问 閒闲 關关 陽阳 隊队 階阶 隨随 險险 難难 雙双 雜杂 雖虽 靈灵 頁页 項项
順顺 預预 領领 頭头 頻频 顏颜 類类 顯显 風风 飛飞 飯饭 驗验 鬆松 魚鱼 鮮鲜 鳥鸟 麥麦 黃黄
齊齐 齡龄 優优 價价 億亿 傳传 債债 傷伤 僅仅 儀仪 兩两 內内 兒儿 凈净 劃划 則则 勞劳 勝胜
勢势 匯汇 協协 單单 卻却 厲厉 雲云 吳吴 啟启 喪丧 嚮向 圍围 圖图 團团 執执 堅坚 塊块 壓压
壞坏 夠够 夢梦 奮奋 婦妇 媽妈 寧宁 審审 寫写 寬宽 寶宝 將将 尋寻 導导 屆届 層层 屬属 島岛
巖岩 師师 帥帅 幣币 幹干 庫库 廠厂 彈弹 彙汇 徑径 徵征 恆恒 悅悦 惡恶 愛爱 慮虑 慣惯 憲宪
應应 懷怀 戲戏 戶户 掃扫 採采 換换 損损 搖摇 撥拨 擇择 擔担 據据 擬拟 擴扩 攝摄 敗败 數数
於于 晉晋 暫暂 曆历 曉晓 條条 極极 構构 標标 樂乐 樣样 樹树 橋桥 橫横 檔档 檯台 歐欧 歡欢
歲岁 歷历 歸归 殘残 氣气 決决 沖冲 況况 洩泄 測测 準准 溫温 滿满 漢汉 滅灭 澤泽 濟济 濱滨
災灾 烏乌 煩烦 熱热 燈灯 爭争 爺爷 獎奖 獨独 現现 環环 瑪玛 畢毕 異异 當当 療疗 盡尽 監监
盤盘 眾众 睏困 碼码 礎础 禮礼 種种 稱称 穩稳 筆笔 節节 範范 築筑 簡简 籌筹 籤签 糧粮 紀纪
約约 級级 紙纸 細细 終终 結结 絕绝 統统 經经 練练 緊紧 線线 緩缓 編编 緣缘 縣县 總总 績绩
繼继 續续 罰罚 罷罢 聖圣 聞闻 聯联 聲声 職职 聽听 肅肃 腦脑 腳脚 膽胆 臨临 舉举 舊旧 艦舰
艱艰 蓋盖 薦荐 藝艺 藥药 蘆芦 術术 衛卫 裝装 製制 複复 見见 規规 覺觉 覽览 觀观 觸触 訊讯
貧贫 責责 貴贵 資资 賞赏 質质 趕赶 跡迹 踐践 輔辅 較较 遊游 違违 遷迁 鄰邻 銀银 鋪铺 錦锦
鍵键 鐵铁 閃闪 閻阎 陣阵 陰阴 隱隐 隻只 雞鸡 霧雾 頂顶 額额 飲饮 養养 騎骑 驚惊 骯肮 髒脏
鬧闹 鴻鸿 麵面 龔龚 薑姜 鄔邬 龐庞 喬乔 賢贤 鳳凤 鵬鹏 瓊琼 嬌娇 潔洁 瑩莹 貳贰 圓圆 妳你
祂他 佔占 衹只 甚什
"""
_MARKS = {
    "?": "？",
    "!": "！",
    ";": "；",
    "\r": "\n",
    "〜": "~",
    "～": "~",
    "－": "-",
    "﹣": "-",
    "—": "-",
    "–": "-",
    "‐": "-",
    "−": "-",
    "✚": "+",
    "➕": "+",
    "👌": "OK",
    "🙆": "OK",
    "\u200b": "",
    "\u200c": "",
    "\u200d": "",
    "\u2060": "",
    "\ufeff": "",
    "\ufe0e": "",
    "\ufe0f": "",
    "\u20e3": "",
    "\u200e": "",
    "\u200f": "",
}
_TABLE = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()} | _MARKS)
_CODES = re.compile(r"\[(?:(?P<ok>OK|ok|Ok)|[^\[\]\s\d]{1,6})\]")
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u2bff\U0001f000-\U0001faff]+")
_COMMA = re.compile(r",(?!\d{3}(?!\d))|(?<!\d),")
_DOTS = re.compile(r"\.{2,}")
_LATIN = re.compile(r"[a-zA-Z]")

_SLIPS = {
    "签道": "签到",
    "签倒": "签到",
    "鉴到": "签到",
    "签導": "签到",
    "抱名": "报名",
    "报明": "报名",
    "暴名": "报名",
    "情假": "请假",
    "请价": "请假",
    "清假": "请假",
    "请驾": "请假",
    "当费": "党费",
    "挡费": "党费",
    "档费": "党费",
    "党肥": "党费",
    "党废": "党费",
    "党飞": "党费",
    "学习墙国": "学习强国",
    "学习强过": "学习强国",
    "撤消": "撤销",
    "收倒": "收到",
    "己签": "已签",
    "己交": "已交",
    "己缴": "已缴",
    "己转": "已转",
    "己阅": "已阅",
    "己到": "已到",
    "以签到": "已签到",
    "以交党费": "已交党费",
    "知晓了": "知悉了",
    "签一哈": "签一下",
}
_SLIP = re.compile(
    "|".join(sorted(map(re.escape, _SLIPS), key=len, reverse=True))
    .replace("情假", "(?<![爱感真])情假(?!意)")
    .replace("当费", "(?<!应)当费(?![用心力劲神])")
)
_HEARD = re.compile(r"(?:千|迁|前|签|欠|牵)(?:到|道|倒)(?=了?(?:\s|[。！~]|$))")
_PINYIN = re.compile(
    r"(?<![a-z])(?:(?P<签到>qian ?dao)|(?P<报名>bao ?ming)|(?P<请假>qing ?jia)"
    r"|(?P<党费>dang ?fei)|(?P<收到>shou ?dao)|(?P<撤销>che ?xiao)|(?P<补签>bu ?qian)"
    r"|(?P<已交>yi ?jiao)|(?P<帮助>bang ?zhu))(?![a-z])",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:(?:各位)?(?:书记|委员|大家|老师|领导|同志们?|组长|主任|小助手))?"
    r"(?:您好|你好|好|早上好|上午好|中午好|下午好|晚上好|早|辛苦了|哈喽|麻烦了?)[\s，。！~、]+"
)
_CALLED = re.compile(r"(?:@?小助手|机器人)[\s，。！~、:]+")
_TAIL = re.compile(
    r"(?:谢谢|多谢|感谢|辛苦|麻烦|劳驾|拜托)(?:了|啦|您|你|大家|各位|书记|委员|组长"
    r"|老师|领导|同志|小助手|哈|啊|[\s，。！~]){0,6}$"
)
_EDGE = " \n，。！~、；;.,·"


@dataclass(frozen=True, slots=True)
class Normal:
    """A message taken apart.

    Attributes:
        text: The sender's own words in one form.
        raw: The same as typed.
        quoted: The words replied to in one form, if the text carried them.
        mentioned: The text mentions the bot.
    """

    text: str
    raw: str
    quoted: str | None
    mentioned: bool


_RECEIVED = re.compile(r"^收到 (?=\S)")  # 收到 明天来不了 says two things
_LONE_CHARACTERS = re.compile(r"[\u4e00-\u9fa5](?: [\u4e00-\u9fa5])+")  # 签 到
_SPREAD_OUT = 11  # six characters with their spaces


def normalise(text: str) -> Normal:
    """Take a message as it arrived apart and bring it into one form."""
    quoted, raw = _unquote(text[: LONGEST * 4].strip())
    mentioned = MENTION in raw or "＠小助手" in raw
    if mentioned:
        raw = raw.replace("＠小助手", MENTION).replace(MENTION, " ").strip(" \u2005\u3000\n")
    return Normal(
        text=trim(plain(raw[:LONGEST])),
        raw=raw,
        quoted=None if quoted is None else plain(quoted[:LONGEST]).strip(_EDGE),
        mentioned=mentioned,
    )


def plain(text: str) -> str:
    """Bring characters into one form: width, script, marks, emoji, known slips."""
    text = unicodedata.normalize("NFKC", text).translate(_TABLE)
    if ".." in text:
        text = _DOTS.sub("。", text)
    if "[" in text:
        text = _CODES.sub(lambda match: "OK" if match["ok"] else " ", text)
    if "," in text:
        text = _COMMA.sub("，", text)
    text = _EMOJI.sub(" ", text)
    text = "\n".join(words for line in text.split("\n") if (words := " ".join(line.split())))
    if len(text) <= _SPREAD_OUT and _LONE_CHARACTERS.fullmatch(text):
        text = text.replace(" ", "")
    return _respell(text)


def trim(text: str) -> str:
    """Drop greetings before, thanks after, and marks around what was said."""
    text = text.strip(_EDGE)
    for opening in (_CALLED, _GREETING, _CALLED):
        match = opening.match(text)
        if match and match.end() < len(text):
            text = text[match.end() :]
    text = _RECEIVED.sub("收到，", text)
    match = _TAIL.search(text) if len(text) > 2 else None
    if match and match.start():
        text = text[: match.start()]
    return text.strip(_EDGE)


def _respell(text: str) -> str:
    text = _SLIP.sub(lambda match: _SLIPS[match[0]], text)
    if len(text) <= 8:
        text = _HEARD.sub("签到", text) if _HEARD.match(text.removeprefix("我")) else text
    if _LATIN.search(text):
        text = _PINYIN.sub(lambda match: match.lastgroup or "", text)
    return text


def _unquote(text: str) -> tuple[str | None, str]:
    """Split off the words replied to, as the chat programs write them into the text."""
    if text.startswith("「"):
        lines = text.split("\n")
        for index, line in enumerate(lines):
            if line.count("-") + line.count("—") >= 3 and not line.strip("- —\r\t"):
                return _said("\n".join(lines[:index])), "\n".join(lines[index + 1 :]).strip()
    if text.startswith("回复"):
        name, colon, words = text.replace("：", ":", 1).partition(":")
        if colon and len(name) <= 14 and "小助手" not in name and "\n" not in name:
            first, _, rest = words.partition("\n")
            return first.strip(), rest.strip("- —\r\t\n")
    return None, text


def _said(block: str) -> str:
    """Return a quoted block without its brackets and the name of who said it."""
    words = block.strip().removeprefix("「").removesuffix("」")
    name, colon, said = words.replace("：", ":", 1).partition(":")
    return said.strip() if colon and len(name) <= 14 else words
