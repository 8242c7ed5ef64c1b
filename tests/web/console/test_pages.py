"""What holds for every page of the console, by the registry: a new page is tested once it is listed."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from bot.domain.rights import RIGHTS, Role
from bot.domain.units import UnitKind
from bot.services.console_places import OBJECTS
from bot.web.console import ConsolePage
from bot.web.pages import PAGES
from tests.web.console.conftest import Browser, Enter, Street
from tests.web.console.objects import Objects

CONSOLE = [page for page in PAGES if isinstance(page, ConsolePage)]
PLAIN = {"period", "month", "year", "ledger", "kind", "rule"}
"""Arguments of addresses that are no objects of anybody."""


def rules_of(app: Flask) -> list[Rule]:
    """Return every address of every page of the console."""
    names = {page.name for page in CONSOLE}
    return [r for r in app.url_map.iter_rules() if r.endpoint.partition(".")[0] in names]


def addresses(app: Flask, rule: Rule, objects: Objects) -> str:
    """Return an address of a rule, about the objects given."""
    values = {key: objects.value(key) for key in rule.arguments}
    built = app.url_map.bind("bot.test").build(rule.endpoint, values, method=_method(rule))
    return str(built)


def _method(rule: Rule) -> str:
    return "POST" if "POST" in (rule.methods or ()) else "GET"


def test_an_address_names_one_object_at_most_and_no_other_than_can_be_checked(app: Flask) -> None:
    for rule in rules_of(app):
        assert rule.arguments <= OBJECTS.keys() | PLAIN, rule
        assert len(rule.arguments & OBJECTS.keys()) <= 1, rule


@pytest.mark.parametrize("page", CONSOLE, ids=lambda page: page.name)
def test_every_page_has_a_title_and_a_view_to_show(app: Flask, page: ConsolePage) -> None:
    assert page.title
    assert f"{page.name}.show" in app.view_functions


def test_whoever_is_not_signed_in_is_sent_to_the_door(
    app: Flask, stranger: Browser, objects: Objects
) -> None:
    for rule in rules_of(app):
        path = addresses(app, rule, objects)
        if _method(rule) == "GET":
            answer = stranger.client.get(path)
            assert answer.status_code == 303, path
            assert answer.location.startswith("/login"), path
        else:
            assert stranger.post(path, on="/login", status=403).status_code == 403, path


def test_no_page_shows_or_does_anything_of_another_branch(
    app: Flask, street: Street, enter: Enter, objects: Objects
) -> None:
    other = enter(street.other)
    for rule in rules_of(app):
        if not rule.arguments & OBJECTS.keys():
            continue
        path = addresses(app, rule, objects)
        if _method(rule) == "GET":
            assert other.client.get(path).status_code == 403, path
        else:
            other.post(path, status=403)


def test_who_keeps_no_such_records_sees_no_such_page(
    app: Flask, street: Street, enter: Enter, objects: Objects
) -> None:
    publicity = street.world.member("宣传委员", street.branch.id, Role.PUBLICITY)
    browser = enter(publicity)
    for page in CONSOLE:
        for rule in app.url_map.iter_rules(f"{page.name}.show"):
            path = addresses(app, rule, objects)
            status = browser.client.get(path).status_code
            allowed = page.needs is None or page.needs in RIGHTS[Role.PUBLICITY]
            assert (status == 200) is allowed, path


def test_actions_cannot_be_opened_like_pages(
    app: Flask, secretary: Browser, objects: Objects
) -> None:
    pages = {rule.rule for rule in rules_of(app) if _method(rule) == "GET"}  # a form at its address
    for rule in rules_of(app):
        if _method(rule) == "POST" and rule.rule not in pages:
            path = addresses(app, rule, objects)
            assert secretary.client.get(path).status_code == 405, path


def test_actions_need_the_token_of_a_form(app: Flask, secretary: Browser, objects: Objects) -> None:
    for rule in rules_of(app):
        if _method(rule) == "POST":
            assert secretary.client.post(addresses(app, rule, objects)).status_code == 400


def test_every_page_of_the_own_branch_opens_and_is_strict_html(
    app: Flask, secretary: Browser, objects: Objects
) -> None:
    for rule in rules_of(app):
        if _method(rule) == "GET":
            path = addresses(app, rule, objects)
            if rule.endpoint != "places.choose":
                secretary.get(path)


def test_every_page_of_the_street_opens(
    app: Flask, street: Street, enter: Enter, objects: Objects
) -> None:
    officer = enter(street.officer)
    officer.client.get(f"/units/{street.world.street}")
    for page in CONSOLE:
        for rule in app.url_map.iter_rules(f"{page.name}.show"):
            if rule.arguments <= {"unit_id"}:
                values = dict.fromkeys(rule.arguments, street.world.street)
                path = str(app.url_map.bind("bot.test").build(rule.endpoint, values))
                officer.get(path, 200 if UnitKind.STREET in page.kinds else 303)


def test_nothing_is_fetched_from_anywhere_else(secretary: Browser) -> None:
    page = secretary.get("/today").text

    assert "http://" not in page.replace("http://bot.test", "")
    assert "https://" not in page
