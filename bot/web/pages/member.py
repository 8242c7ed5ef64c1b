"""`/members/…`: one member: where and what he was, this year's dues and meetings, his accounts."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from bot.clock import day_of
from bot.domain.dues import STATE_NAMES as DUES_NAMES
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.roll_call import total
from bot.services import attendance_rates, binding, dues, roll_pages
from bot.services.attendance_rates import Days
from bot.services.reads import Read
from bot.web import console, forms
from bot.web.console import ConsolePage

PAGE = ConsolePage("member", "党员", needs=Action.MANAGE_ROLL)

CODE = "绑定码 {code}，3天内有效，只能用一次。请{name}本人私聊小助手，发：绑定码 {code}"
UNBOUND = "解除了。{name}要再用，请给他一个新的绑定码。"
SPACES = {"wecom": "企业微信", "oa": "公众号", "sim": "排练", "robot": "企业微信"}


@PAGE.get("/members/<int:member_id>")
def show(member_id: int) -> ResponseReturnValue:
    """Show a member."""
    here = console.visit()
    member = MemberId(member_id)
    this = Month.of(here.today)
    months = [Month(this.year, number) for number in range(1, this.number + 1)]
    with console.reading() as session:
        found = roll_pages.history(session, member, here.today)
        paid = dues.balances(session, [member], months)[member]
        books = attendance_rates.list_books(
            session, member, days=Days(this.first.replace(month=1), here.today), now=here.now
        )
    tally = total(one for book in books if (one := book.one(member)) is not None)
    return console.render(
        "member.html",
        told=[Read(what, members=(member,)) for what in (Seen.ROLL, Seen.DUES, Seen.ATTENDANCE)],
        member=found,
        paid=paid if here.may(Action.CONFIRM_DUES) else {},
        dues_names=DUES_NAMES,
        tally=tally,
        year=this.year,
        space=lambda name: SPACES.get(name.partition(":")[0], name),
        day=day_of,
    )


@PAGE.post("/members/<int:member_id>/code")
def code(member_id: int) -> ResponseReturnValue:
    """Show a code once, with which one account is bound to the member."""
    here = console.visit()
    with console.writing() as session:
        found = roll_pages.history(session, MemberId(member_id), here.today)
        digits = binding.issue_code(
            session, member_id=MemberId(member_id), by=here.actor, now=here.now
        )
    sentence = CODE.format(code=digits, name=found.name)
    return console.done(sentence, url_for("member.show", member_id=member_id))


@PAGE.post("/members/<int:member_id>/unbind")
def unbind(member_id: int) -> ResponseReturnValue:
    """Undo the binding of an account."""
    here = console.visit()
    with console.writing() as session:
        found = roll_pages.history(session, MemberId(member_id), here.today)
        binding.unbind(
            session,
            member_id=MemberId(member_id),
            space=forms.needed("space", "账号"),
            by=here.actor,
            now=here.now,
        )
    sentence = UNBOUND.format(name=found.name)
    return console.done(sentence, url_for("member.show", member_id=member_id))
