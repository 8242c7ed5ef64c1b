"""WeCom contacts, as far as the bot reads them."""

from __future__ import annotations

from tests.fake_tencent.calls import Call, Route, integer
from tests.fake_tencent.errors import ApiError, Json, ok
from tests.fake_tencent.records import Department, User
from tests.fake_tencent.wecom_recipients import visible

_PAGE = 10_000


def get_user(call: Call) -> Json:
    """Return a member, without mobile, email and avatar, which no new app is given."""
    user = _people(call).get(call.query("userid").lower())
    if user is None:
        raise ApiError(60111)
    return ok(**_shown(user))


def list_ids(call: Call) -> Json:
    """Return a page of (member, department) rows; only for the contact secret."""
    if call.token is None or call.token.secret != call.world.contact_secret:
        raise ApiError(48002)
    body = call.json()
    limit = integer(body.get("limit", _PAGE))
    if limit is None or not 1 <= limit <= _PAGE:
        raise ApiError(40058)
    start = integer(body.get("cursor") or 0) or 0
    rows = [{"userid": user.userid, "department": department}
            for user in call.world.users.values() for department in user.departments]  # fmt: skip
    end = start + limit
    return ok(next_cursor=str(end) if end < len(rows) else "", dept_user=rows[start:end])


def list_simple(call: Call) -> Json:
    """Return the members of a department with their names."""
    wanted = integer(call.query("department_id"))
    if wanted not in call.world.departments:
        raise ApiError(60003, "department not found")
    users = [
        {"userid": user.userid, "name": user.name, "department": list(user.departments)}
        for user in _people(call).values()
        if wanted in user.departments
    ]
    return ok(userlist=users)


def list_departments(call: Call) -> Json:
    """Return all departments."""
    return ok(department=[_department(d) for d in call.world.departments.values()])


def _department(department: Department) -> Json:
    return {
        "id": department.id,
        "name": department.name,
        "parentid": department.parent,
        "order": department.id,
        "department_leader": [],
    }


def _people(call: Call) -> dict[str, User]:
    if call.token is not None and call.token.secret == call.world.contact_secret:
        return call.world.users
    return visible(call.world, call.app())


def _shown(user: User) -> Json:
    return {
        "userid": user.userid,
        "name": user.name,
        "department": list(user.departments),
        "order": [0] * len(user.departments),
        "position": "",
        "status": 1 if user.active else 4,
        "is_leader_in_dept": [0] * len(user.departments),
        "main_department": user.departments[0],
    }


ROUTES = {
    "/cgi-bin/user/get": Route("GET", get_user),
    "/cgi-bin/user/list_id": Route("POST", list_ids),
    "/cgi-bin/user/simplelist": Route("GET", list_simple),
    "/cgi-bin/department/list": Route("GET", list_departments),
}
