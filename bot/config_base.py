"""What every section of the configuration file is made from."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A section: nothing unknown in it, nothing converted, never shown in an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
    )


def wrong(sentence: str) -> PydanticCustomError:
    """Return the error that tells somebody what would be right, without a full stop."""
    return PydanticCustomError("zhibu", "{sentence}", {"sentence": sentence})
