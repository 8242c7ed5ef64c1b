"""The pages, one file each; a new one is listed in `PAGES`."""

from bot.web import api
from bot.web.pages import calendar_feed, health, home, rehearsal

PAGES = (home.PAGE, health.PAGE, rehearsal.PAGE, calendar_feed.PAGE, api.PAGE)
