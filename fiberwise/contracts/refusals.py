"""What is wrong with a request, in words: each field by its path, with what was expected."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel, ValidationError

SHOWN = 3


def refusal(error: ValidationError, model: type[BaseModel]) -> str:
    """One line for the first three wrong fields, and how many there are beside them."""
    wrong = [_told(one["loc"], one["msg"], model) for one in error.errors(include_url=False)]
    more = f" (and {len(wrong) - SHOWN} more)" if len(wrong) > SHOWN else ""
    return "; ".join(wrong[:SHOWN]) + more


def _told(path: Sequence[str | int], message: str, model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in path) or "input"
    if message != "Extra inputs are not permitted":
        return f"`{where}`: {message[:1].lower()}{message[1:]}"
    near = get_close_matches(str(path[-1]), _fields_at(model, path[:-1]), n=1)
    return f"`{where}`: no such field" + (f", did you mean `{near[0]}`?" if near else "")


def _fields_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The fields of the model that stands at a path; none where it leads elsewhere."""
    for part in path:
        field = model.model_fields.get(str(part))
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not inner:
            return []
        model = inner[0]
    return list(model.model_fields)
