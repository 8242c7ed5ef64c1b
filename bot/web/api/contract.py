"""What a route of the API is, and the OpenAPI page that follows from all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import models_json_schema

from bot.domain.api_scopes import SCOPE_NAMES, Scope
from bot.web.desk import Call

PREFIX = "/api/v1"
IDEMPOTENCY_KEY = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"
_REF = "#/components/schemas/{model}"
_PLACE = re.compile(r"<int:(\w+)>")


class Asked(BaseModel):
    """Something a caller sends: nothing unknown in it, nothing guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """Something a caller is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Told):
    """What is wrong with one field."""

    field: str
    sentence: str


class Refusal(Told):
    """Why nothing was done, for people to read."""

    sentence: str
    problems: list[Problem] = []


@dataclass(frozen=True, slots=True)
class Route:
    """One thing one can ask for or do.

    Attributes:
        path: Below `/api/v1`, in the form of Flask: `/meetings/<int:meeting_id>`.
        scope: What a token needs; None where any token will do.
        handle: Calls services within the transaction of the call.
        query: What may stand behind the question mark. body: What a write takes.
        notes: It reads what is written down as read, so it needs a writing transaction.
    """

    method: str
    path: str
    title: str
    scope: Scope | None
    answer: type[Told]
    handle: Callable[[Call], Told]
    query: type[Asked] | None = None
    body: type[Asked] | None = None
    notes: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changes something, and takes an `Idempotency-Key`."""
        return self.method == "POST"

    @property
    def name(self) -> str:
        """Its name in the OpenAPI page: `get_units_members`."""
        words = re.findall(r"[a-z_]+", _PLACE.sub("", self.path))
        return "_".join([self.method.lower(), *words])


def openapi(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 page of some routes."""
    models = {
        model
        for route in routes
        for model in (route.answer, route.body, route.query)
        if model is not None
    }
    _, schemas = models_json_schema(
        [
            (model, "serialization" if issubclass(model, Told) else "validation")
            for model in sorted({*models, Refusal}, key=lambda model: model.__name__)
        ],
        ref_template=_REF,
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        address = _PLACE.sub(r"{\1}", route.path)
        paths.setdefault(address, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "支部助手接口",
            "version": "1",
            "description": "令牌用 zhibu token add 发；能做的不会超过令牌本人。金额都是整数分。",
        },
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas["$defs"],
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    scope = (
        "任何令牌" if route.scope is None else f"{route.scope.value}（{SCOPE_NAMES[route.scope]}）"
    )
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.title,
        "description": f"要的范围：{scope}。",
        "parameters": _parameters(route),
        "responses": {
            "200": _content("办好了，或者查到了", route.answer),
            "default": _content("没有办，为什么", Refusal),
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, **_json(route.body)}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
        for name in _PLACE.findall(route.path)
    ]
    if route.query is not None:
        schema = route.query.model_json_schema(ref_template=_REF)
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": each,
            }
            for name, each in schema["properties"].items()
        ]
    if route.writes:
        found.append(
            {
                "name": IDEMPOTENCY_KEY,
                "in": "header",
                "required": True,
                "description": "同一件事重试时用同一个值，只办一次，回答还是第一次的；两天内有效。",
                "schema": {"type": "string", "minLength": 8, "maxLength": 80},
            }
        )
    return found


def _content(description: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": description, **_json(model)}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    ref = {"$ref": _REF.format(model=model.__name__)}
    return {"content": {"application/json": {"schema": ref}}}
