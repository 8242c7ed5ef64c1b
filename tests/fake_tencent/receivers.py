"""Where callbacks go, and how stubborn the platform is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self, get_args

Kind = Literal["work", "oa-safe", "oa-compat", "oa-plain", "aibot"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A callback address of the bot with its credentials, which are test ones."""

    kind: Kind
    url: str
    token: str
    aes_key: str = ""
    receive_id: str = ""
    """The corp id for `work`, the appid for `oa-*`, empty for `aibot`."""
    agent_id: int = 1000002
    """Only for `work`."""
    account: str = "gh_test_account"
    """Only for `oa-*`: what messages are addressed to."""
    robot_id: str = "bot1"
    """Only for `aibot`."""

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """Take the fields of a receiver out of a control call.

        Raises:
            ValueError: If the kind is unknown.
        """
        if values.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        return cls(**{f.name: values[f.name] for f in fields(cls) if f.name in values})


@dataclass(frozen=True, slots=True)
class Policy:
    """How the platform repeats a callback that was not answered well."""

    tries: int = 3
    timeout: float = 5.0
    """Seconds of real time for one try, all in all."""
    spacing: float = 0.0
    """Seconds of real time between two tries."""
    same_stamp: bool = False
    """Whether a repetition carries the timestamp and nonce of the first try; both occur."""
    poll_every: float = 1.0
    """Seconds of the fake clock between two questions for an unfinished stream."""

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """Take a policy out of a control call."""
        return cls(**values)
