"""JSON that an option holds, or names a file of."""

import json
from pathlib import Path
from typing import Any, cast

from pydantic import JsonValue

from fiberwise.contracts.errors import BadInput


def read_json(text: str, where: str) -> JsonValue:
    """The value of `JSON` or `@FILE`; `where` names the option. Raises BadInput."""
    document = _read(text[1:], where) if text.startswith("@") else text
    try:
        return json.loads(document)
    except ValueError as error:
        hint = f"""for example {where} '{{"generate": {{"rows": 500}}}}' or {where} @request.json"""
        raise BadInput(f"{_named(where)} is no JSON: {error}", where=where, hint=hint) from error


def read_object(text: str, where: str) -> dict[str, Any]:
    """The same of what has to be a JSON object."""
    found = read_json(text, where)
    if not isinstance(found, dict):
        hint = "its fields in { }"
        raise BadInput(f"{_named(where)} must be a JSON object", where=where, hint=hint)
    return cast(dict[str, Any], found)


def _named(where: str) -> str:
    return {"--input": "the request"}.get(where, f"the value of {where}")


def _read(path: str, where: str) -> str:
    try:
        return Path(path).expanduser().read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"{path} cannot be read: {reason}", where=where, hint="name a file of JSON") from error
