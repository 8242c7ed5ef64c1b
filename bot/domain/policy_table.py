"""Everything a branch or street may settle for itself (规定): how it is written, bounded and said."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.domain import regulations
from bot.domain.activity_day import USUAL
from bot.domain.activity_words import ACTIVITY, SHIFT_WORDS, read_activity
from bot.domain.attendance import DEFAULT_WINDOW
from bot.domain.cadence import Every
from bot.domain.calendar import ShiftPolicy
from bot.domain.policies import (
    ACTIVITY_DAY,
    CHECKIN,
    FURTHEST_AHEAD,
    ISSUE_COLOURS,
    LEAVE,
    LECTURE,
    LETTER,
    LONGEST_LOCK,
    MINUTES,
    ORG_LIFE,
    PREPAYMENT,
    STUDY_HOURS,
    TERM,
    BadPolicy,
    Policy,
    Value,
)
from bot.domain.rights import Action
from bot.domain.series import Recurrence
from bot.domain.study_hours import COMMITTEE, MEMBER, TENTHS, check_target, target
from bot.domain.transfers import check_days, days_valid

_HOUR = 60  # minutes
_LIMITS = {"opens_before": (0, 4 * _HOUR), "duration": (15, 24 * _HOUR), "makeup": (0, 336 * _HOUR)}


def _checkin(found: re.Match[str], before: Value, _on: date) -> Value:
    value = {key: number for key, number in before.items() if key in _LIMITS}
    for key, word, name in (
        ("opens_before", "提前", "提前签到"),
        ("makeup", "补签", "补签"),
        ("duration", "时长", "一次会的时长"),
    ):
        said = re.search(rf"{word}\s?(\d{{1,4}})(分钟|小时|天)", found[0])
        if said is None:
            continue
        minutes = int(said[1]) * {"分钟": 1, "小时": _HOUR, "天": 24 * _HOUR}[said[2]]
        least, most = _LIMITS[key]
        if not least <= minutes <= most:
            raise BadPolicy(f"{name}要在{_span(least)}到{_span(most)}之间，请核对。")
        value[key] = minutes
    return value


def _checkin_words(value: Value, _on: date) -> str:
    minute = timedelta(minutes=1)
    usual = DEFAULT_WINDOW
    opens = value.get("opens_before", usual.opens_before // minute)
    makeup = value.get("makeup", usual.makeup // minute)
    lasts = value.get("duration", usual.duration // minute)
    return f"提前{_span(opens)}可以签到，会后补签{_span(makeup)}，没写结束的会按{_span(lasts)}"


def _span(minutes: int) -> str:
    return f"{minutes // _HOUR}小时" if minutes and minutes % _HOUR == 0 else f"{minutes}分钟"


def _activity(found: re.Match[str], before: Value, _on: date) -> Value:
    read = read_activity(found[0].strip())
    if read is None:
        raise BadPolicy("活动日写1到31日，或如 第二个周五，可加顺延、提前、就近或不变。")
    usual, shift = read
    kept = before.get("shift", ShiftPolicy.NEXT_WORKDAY.value)
    when = {"day": usual.day} if usual.day else {"nth": usual.nth, "weekday": usual.weekday}
    return {**when, "shift": shift.value if shift else kept}


def activity_setting(value: Value) -> Recurrence:
    """Return the usual day of a stored setting."""
    if value.get("nth") is not None:
        return Recurrence(nth=value["nth"], weekday=value["weekday"])
    return Recurrence(day=value["day"]) if "day" in value else USUAL


def _activity_words(value: Value, _on: date) -> str:
    shift = ShiftPolicy(value.get("shift", ShiftPolicy.NEXT_WORKDAY.value))
    return f"{activity_setting(value).words}，逢休息日{SHIFT_WORDS[shift]}"


def _lock(found: re.Match[str], _before: Value, _on: date) -> Value:
    days = int(found["days"])
    if not 1 <= days <= LONGEST_LOCK:
        raise BadPolicy(f"会议记录在确认后1到{LONGEST_LOCK}天锁定，请核对。")
    return {"lock_days": days}


def _lock_words(value: Value, on: date) -> str:
    return f"确认后{value.get('lock_days', regulations.number('minutes.lock', on))}天锁定"


def _org_life(found: re.Match[str], _before: Value, _on: date) -> Value:
    return {"fills_general": not found["no"]}


def _org_life_words(value: Value, _on: date) -> str:
    return f"{'算' if value.get('fills_general') is True else '不算'}当季度的党员大会"


def _letter(found: re.Match[str], _before: Value, on: date) -> Value:
    days = int(found["days"])
    check_days(days, on)
    return {"days": days}


def _letter_words(value: Value, on: date) -> str:
    return f"{days_valid(on, value.get('days'))}天内有效"


def _lecture(found: re.Match[str], _before: Value, _on: date) -> Value:
    if found["none"]:
        return {"every": None}
    return {"every": (Every.MONTH if "月" in found[0] else Every.QUARTER).value}


def _lecture_words(value: Value, _on: date) -> str:
    every = value.get("every", Every.QUARTER.value)
    return (
        "不规定次数" if every is None else f"每{'月' if every == Every.MONTH.value else '季度'}一次"
    )


def _leave(found: re.Match[str], _before: Value, _on: date) -> Value:
    return {"approval": not found["no"]}


def _leave_words(value: Value, _on: date) -> str:
    return "要组织委员同意" if value.get("approval") else "说一声就行，不用同意"


def _hours(found: re.Match[str], before: Value, on: date) -> Value:
    value = {key: hours for key, hours in before.items() if isinstance(hours, int)}
    for key, said in ((MEMBER, found["member"]), (COMMITTEE, found["committee"])):
        if said:
            check_target(int(said), on)
            value[key] = int(said)
    return value


def _hours_words(value: Value, on: date) -> str:
    asked = [target(on, value, on_committee=seated) for seated in (False, True)]
    member, committee = ("不作要求" if one is None else one[0] // TENTHS for one in asked)
    return f"全年党员{member}、支委{committee}"


def _term(found: re.Match[str], _before: Value, _on: date) -> Value:
    return {"months": int(found["years"]) * 12}


def _term_words(value: Value, on: date) -> str:
    months = value.get("months", regulations.number("structure.term", on))
    return f"每届{months // 12}年"


def _prepayment(found: re.Match[str], _before: Value, _on: date) -> Value:
    if found["none"]:
        return {"ahead": 0}
    if found["months"] is None:
        return {"ahead": None}
    months = int(found["months"])
    if not 0 < months <= FURTHEST_AHEAD:
        raise BadPolicy(f"最多可以预交{FURTHEST_AHEAD}个月，请写1到{FURTHEST_AHEAD}之间的数。")
    return {"ahead": months}


def _prepayment_words(value: Value, _on: date) -> str:
    ahead = value.get("ahead")
    if ahead is None:
        return "最多预交到本季度末"
    return f"最多预交{ahead}个月" if ahead else "不预交"


def _colours(found: re.Match[str], before: Value, on: date) -> Value:
    value = {key: days for key, days in before.items() if isinstance(days, int)}
    value |= {key: int(found[key]) for key in ("red", "yellow") if found[key]}
    red, yellow = colour_bounds(value, on)
    if red >= yellow:
        raise BadPolicy(
            "红灯的天数要比黄灯少，例如：定规定 问题亮灯 红灯3天 黄灯10天 支委会 原因 早些准备"
        )
    return value


def colour_bounds(value: Value, on: date) -> tuple[int, int]:
    """Return how many days left make an issue red, and yellow."""
    red = value.get("red", regulations.number("issues.colours.red", on))
    return red, value.get("yellow", regulations.number("issues.colours.yellow", on))


def _colours_words(value: Value, on: date) -> str:
    red, yellow = colour_bounds(value, on)
    return f"离期限{red}天以内亮红灯，{yellow}天以内亮黄灯"


_SPAN = r"\s?\d{1,4}(?:分钟|小时|天)"
POLICIES: tuple[Policy, ...] = (
    Policy(
        CHECKIN,
        "签到时间",
        ("签到", "补签", "签到窗口"),
        rf"(?:(?:提前|补签|时长){_SPAN}[\s，、]*)+",
        "提前30分钟 补签48小时",
        _checkin,
        _checkin_words,
    ),
    Policy(
        ACTIVITY_DAY,
        "活动日",
        ("主题党日", "党日"),
        ACTIVITY,
        "16日 顺延",
        _activity,
        _activity_words,
    ),
    Policy(
        MINUTES,
        "记录锁定",
        ("锁定", "会议记录", "会议记录锁定", "纪要锁定"),
        r"(?:确认后)?(?P<days>\d{1,3})[天日]",
        "7天",
        _lock,
        _lock_words,
    ),
    Policy(
        ORG_LIFE,
        "组织生活会",
        ("组织生活会算大会",),
        r"(?P<no>不)?(?:算|抵)(?:当季度?的)?(?:党员大会|大会)?",
        "算党员大会",
        _org_life,
        _org_life_words,
    ),
    Policy(
        LETTER,
        "介绍信",
        ("介绍信有效期", "有效期"),
        r"(?P<days>\d{1,3})天",
        "30天",
        _letter,
        _letter_words,
    ),
    Policy(
        LECTURE,
        "党课",
        ("党课次数",),
        r"每个?(?:季度?|月)(?:一次|1次)?|(?P<none>不规定|不定次数)",
        "每季度一次",
        _lecture,
        _lecture_words,
    ),
    Policy(
        LEAVE,
        "请假",
        ("请假同意",),
        r"(?:(?P<no>不用|不要|不需要|无需)|要|需要)同意",
        "要同意",
        _leave,
        _leave_words,
    ),
    Policy(
        STUDY_HOURS,
        "学时",
        ("全年学时", "学时要求"),
        r"(?:党员\s?(?P<member>\d{1,3}))?[\s，、]*(?:(?:支委|委员|班子)\s?(?P<committee>\d{1,3}))?",
        "党员40 支委56",
        _hours,
        _hours_words,
        yearly=True,
    ),
    Policy(
        TERM,
        "任期",
        ("支委会任期", "换届年限"),
        r"(?:每届)?(?P<years>[35])年(?:一届)?",
        "5年",
        _term,
        _term_words,
    ),
    Policy(
        PREPAYMENT,
        "预交",
        ("预交党费", "党费预交"),
        r"(?P<none>不预交)|(?:最多)?(?P<months>\d{1,2})个月|到?(?:本?季度?末|季末)",
        "最多3个月",
        _prepayment,
        _prepayment_words,
        Action.CONFIRM_DUES,
    ),
    Policy(
        ISSUE_COLOURS,
        "问题亮灯",
        ("问题红黄灯", "亮灯"),
        r"(?:红灯?\s?(?P<red>\d{1,2})天)?[\s，、]*(?:黄灯?\s?(?P<yellow>\d{1,2})天)?",
        "红灯3天 黄灯10天",
        _colours,
        _colours_words,
    ),
)


def find_policy(words: str) -> Policy | None:
    """Return what people call so."""
    return next((one for one in POLICIES if words in (one.name, *one.aliases)), None)
