"""`python -m bot.web.api.page`: writes the OpenAPI page of the documentation."""

from __future__ import annotations

import json

from bot.web.api.contract import openapi
from bot.web.api.routes import ROUTES


def page() -> str:
    """Return the page as it stands in `docs/openapi.json`."""
    return json.dumps(openapi(ROUTES), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - its output is the file
