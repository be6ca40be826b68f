"""The same text for payloads that mean the same, wherever their data lies and whatever it is called."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar, get_args

from pydantic import BaseModel, JsonValue, SerializationInfo, SerializerFunctionWrapHandler, WrapSerializer

from fiberwise.contracts.payload import Asked, Payload

M = TypeVar("M", bound=BaseModel)
Owns = Callable[[str], bool]
"""Whether a URI is a file of the artifact store, which names each by the hash of its content."""


@dataclass(frozen=True)
class _Canonical:
    """Asks serialisers for the canonical form; with `owns`, for one in which each content is known."""

    owns: Owns | None = None


class _Places(list[str]):
    """Asks serialisers to note each place that they meet."""


def _unless_canonical(value: str, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> str:
    return "" if isinstance(info.context, _Canonical) else handler(value)


def _place(value: str, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> str:
    if isinstance(info.context, _Places):
        info.context.append(value)
    return _unless_canonical(value, handler, info)


def _name_if_canonical(value: str, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> str:
    if not isinstance(info.context, _Canonical):
        return handler(value)
    name = value.rstrip("/").rsplit("/", 1)[-1]
    if info.context.owns and not info.context.owns(value):
        raise ValueError(f"{name} is not in the artifact store: what it holds is not known")
    return name


Place = Annotated[str, WrapSerializer(_place)]
"""A field that only names where something lies: work does not depend on it."""

Called = Annotated[str, WrapSerializer(_unless_canonical), "called"]
"""A field with what people call something: work does not depend on it, but its result may repeat it."""

Reference = Annotated[str, WrapSerializer(_name_if_canonical)]
"""The URI of an artifact: its last part is the hash of its content, the rest says in which store it is."""


def canonical(value: Payload | Asked, owns: Owns | None = None) -> dict[str, JsonValue]:
    """The fields as plain JSON, without those that only name a place. Raises PydanticSerializationError.

    With `owns` it raises also for a reference to what is not in the artifact store, since its content is not known.
    """
    return value.model_dump(mode="json", context=_Canonical(owns))


def places(value: BaseModel) -> list[str]:
    """What each field of the kind Place holds, also in what lies within; a text that only looks like one is none."""
    found = _Places()
    value.model_dump(context=found)
    return found


def input_hash(value: Payload | Asked) -> str:
    """Lower-case hex sha256 of the canonical form. Raises PydanticSerializationError for a part that has none."""
    return hashlib.sha256(value.model_dump_json(context=_Canonical()).encode()).hexdigest()


def called_as(value: M, given: BaseModel) -> M:
    """`value` with each field of the kind Called that `given` has too as `given` has it."""
    shared = _called(type(value)) & _called(type(given))
    return value.model_copy(update={name: getattr(given, name) for name in shared})


def _called(model: type[BaseModel]) -> set[str]:
    fields = model.model_fields.items()
    return {name for name, one in fields if "called" in one.metadata or Called in get_args(one.annotation)}
