"""The same text for payloads that mean the same, wherever their data lies and whatever it is called."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel

from fiberwise.contracts.payload import Asked, Payload


def canonical(value: Any) -> Any:
    """Plain JSON of a value without the fields that only name a place; sets and mappings in a fixed order."""
    if isinstance(value, Payload | Asked):
        return {name: canonical(part) for name, part in value.content().items()}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(name): canonical(part) for name, part in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [canonical(part) for part in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def input_hash(value: Payload | Asked) -> str:
    """Lower-case hex sha256 of the canonical form. Raises TypeError for a part that has none."""
    text = json.dumps(canonical(value), sort_keys=True, separators=(",", ":"), allow_nan=True)
    return hashlib.sha256(text.encode()).hexdigest()
