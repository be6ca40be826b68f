"""What a cached result of a step hangs on, and what is told of every look for one."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, to_json

from fiberwise.contracts.canonical import Owns, canonical
from fiberwise.contracts.payload import Asked, Payload

NOT_ASKED = "not asked (--no-cache)"
REFRESHED = "refreshed"
EXPIRED = "miss, expired"
WAITING = "waits for the run that computes it"
NOTHING_KEPT = "miss, nothing kept yet"
DAMAGED = "miss, because what was kept is damaged or gone"


def hit_from(execution_id: str) -> str:
    return f"hit, from execution {execution_id}"


def changed(part: str) -> str:
    return f"miss, because {part} changed"


def not_cacheable(why: str) -> str:
    return f"not cacheable, because {why}"


class CacheKey(Payload):
    """`step` is the activity's registered name; `parts` are what its result hangs on, each by its name.

    They are its declared version, the version of its agent's memory, and a hash of each field of its input.
    """

    step: str
    parts: dict[str, str]

    @property
    def digest(self) -> str:
        """Lower-case hex sha256."""
        return hashlib.sha256(to_json([self.step, self.parts])).hexdigest()

    def first_change(self, kept: Mapping[str, str]) -> str:
        """The first part that is not as it was when another result was kept; empty where all are."""
        names = [*self.parts, *kept]
        return next((name for name in names if self.parts.get(name) != kept.get(name)), "")


def key_of(step: str, version: int, value: Payload | Asked, owns: Owns, memory: str = "") -> CacheKey:
    """Raises ValueError, saying why, for an input that has no canonical form or refers to an unknown content."""
    try:
        fields = canonical(value, owns)
    except PydanticSerializationError as error:
        raise ValueError(str(error.__cause__ or error)) from error
    hashes = {name: _hash(field) for name, field in fields.items()}
    return CacheKey(step=step, parts={"version": str(version), "memory": memory, **hashes})


def _hash(value: JsonValue) -> str:
    return hashlib.sha256(to_json(value, inf_nan_mode="strings")).hexdigest()


class Claim(NamedTuple):
    """One attempt that wants a result no older than `ttl`. `owner` tells it from all other attempts."""

    key: CacheKey
    ttl: timedelta
    execution_id: str
    owner: str


class Answer(NamedTuple):
    """`hit`: `value` is the result as JSON. `miss`: who asked is to compute it. `busy`: another does so now."""

    state: Literal["hit", "miss", "busy"]
    told: str = ""
    value: str = ""


class CacheEntry(Payload):
    """A kept result. `bytes` is the size of its JSON; `uses` counts the executions that took it."""

    key: str
    step: str
    parts: dict[str, str]
    bytes: int
    execution_id: str
    made_at: datetime
    expires_at: datetime
    uses: int = 0


class CacheUse(Payload):
    """An execution that took a kept result: how often, and when last."""

    execution_id: str
    times: int
    used_at: datetime
