"""The pages, one file each; a new one is listed in `PAGES`."""

from bot.web.pages import health, home, rehearsal

PAGES = (home.PAGE, health.PAGE, rehearsal.PAGE)
