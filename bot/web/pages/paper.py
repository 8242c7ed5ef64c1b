"""`/meetings/…/paper`: the sign-in sheet and the list of whom to phone, to be printed."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from bot.clock import local
from bot.domain.ids import MeetingId
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.services import meetings, paper_lists
from bot.services.paper_lists import PaperKind
from bot.services.reads import Read
from bot.web import console
from bot.web.console import ConsolePage

PAGE = ConsolePage("paper", "打印", needs=Action.RECORD_ATTENDANCE)


@PAGE.get("/meetings/<int:meeting_id>/paper")
def show(meeting_id: int) -> ResponseReturnValue:
    """Show a list of a meeting as it is printed."""
    here = console.visit()
    kind = PaperKind.CALL if request.args.get("kind") == "call" else PaperKind.SIGN_IN
    with console.reading() as session:
        meeting = meetings.get_meeting(session, MeetingId(meeting_id))
        made = paper_lists.make(session, meeting, kind)
    return console.render(
        "paper.html",
        told=[Read(Seen.ATTENDANCE, here.place.id)],
        made=made,
        calls=kind is PaperKind.CALL,
        stamp=f"{here.member.name} {local(here.now):%Y-%m-%d %H:%M}",
    )
