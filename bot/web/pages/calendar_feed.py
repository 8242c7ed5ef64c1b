"""`/calendar/<token>.ics`: a calendar for telephones; the address is the key to it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from bot.web.parts import get_parts

PAGE = Blueprint("calendar_feed", __name__)

_CACHE = "private, no-cache"  # kept by its reader alone, who asks each time whether it is the same


@PAGE.get("/calendar/<token>.ics")
def show(token: str) -> Response:
    """Answer the calendar, or 304 to who has it as it is; every failure is the same 404."""
    calendars = get_parts().calendars
    found = None if calendars is None else calendars.find(token)
    if found is None:
        abort(404)
    is_known = request.if_none_match.contains_weak(found.tag)
    answer = Response(status=304) if is_known else Response(found.body())
    answer.content_type = found.content_type
    answer.set_etag(found.tag)
    answer.headers["Cache-Control"] = _CACHE
    return answer
