"""Files of others that are kept here are those that were published, with their licences."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("path", "licence", "digest"),
    [
        (
            "bot/web/static/vendor/htmx-2.0.11.min.js",
            "bot/web/static/vendor/htmx.LICENSE.txt",
            "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
        ),
        (
            "tests/web/vendor/axe-4.14.1.min.js",
            "tests/web/vendor/axe.LICENSE.txt",
            "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
        ),
    ],
    ids=["htmx", "axe"],
)
def test_a_vendored_file_is_as_it_was_published(path: str, licence: str, digest: str) -> None:
    assert sha256((_ROOT / path).read_bytes()).hexdigest() == digest
    assert (_ROOT / licence).stat().st_size > 0
