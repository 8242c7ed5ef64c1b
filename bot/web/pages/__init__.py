"""The pages, one file each; a new one is listed in `PAGES`. Those of the console make its menu."""

from bot.web.pages import (
    account,
    calendar_feed,
    health,
    home,
    login,
    meeting,
    meetings,
    minutes,
    paper,
    places,
    rehearsal,
    roll,
    today,
)

PAGES = (
    home.PAGE,
    health.PAGE,
    rehearsal.PAGE,
    calendar_feed.PAGE,
    login.PAGE,
    # The console, in the order of its menu:
    today.PAGE,
    meetings.PAGE,
    meeting.PAGE,
    roll.PAGE,
    minutes.PAGE,
    paper.PAGE,
    places.PAGE,
    account.PAGE,
)
