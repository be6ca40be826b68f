"""The same text for payloads that mean the same, wherever their data lies and whatever it is called."""

import hashlib
from typing import Annotated

from pydantic import JsonValue, SerializationInfo, SerializerFunctionWrapHandler, WrapSerializer

from fiberwise.contracts.payload import Asked, Payload

_CANONICAL = {"canonical": True}


def _unless_canonical(value: str, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> str:
    return "" if info.context == _CANONICAL else handler(value)


def _name_if_canonical(value: str, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> str:
    return value.rstrip("/").rsplit("/", 1)[-1] if info.context == _CANONICAL else handler(value)


Place = Annotated[str, WrapSerializer(_unless_canonical)]
"""A field that only names where something lies, or what people call it: work does not depend on it."""

Reference = Annotated[str, WrapSerializer(_name_if_canonical)]
"""The URI of an artifact: its last part is the hash of its content, the rest says in which store it is."""


def canonical(value: Payload | Asked) -> dict[str, JsonValue]:
    """The fields as plain JSON, without those that only name a place. Raises PydanticSerializationError."""
    return value.model_dump(mode="json", context=_CANONICAL)


def input_hash(value: Payload | Asked) -> str:
    """Lower-case hex sha256 of the canonical form. Raises PydanticSerializationError for a part that has none."""
    return hashlib.sha256(value.model_dump_json(context=_CANONICAL).encode()).hexdigest()
