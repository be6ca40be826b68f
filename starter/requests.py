"""From what a person asks for to a checked request: names, fields and the data set, before anything starts."""

import json
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

from pydantic import ValidationError

from fiberwise.contracts.errors import BadInput, NotFound
from fiberwise.contracts.payload import Asked
from fiberwise.contracts.refusals import refusal
from fiberwise.pipeline.anatomy import Anatomy, check_registry
from workflows import AVAILABLE_PIPELINES


def pipeline_named(name: str) -> Anatomy:
    """Raises NotFound with the nearest name."""
    known = check_registry(AVAILABLE_PIPELINES)
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(known)}"
    raise NotFound(f"there is no pipeline `{name}`", where="AVAILABLE_PIPELINES", hint=hint)


def checked(pipeline: Anatomy, fields: Mapping[str, Any], given: Collection[str] | None = None) -> Asked:
    """The request as the pipeline's model; `given` names the fields that a person chose (None: all of them).

    Raises BadInput with each wrong field's path and what was expected.
    """
    try:
        return pipeline.input.model_validate(dict(fields)).as_given(fields if given is None else given)
    except ValidationError as error:
        hint = f"`fiberwise pipelines {pipeline.name}` shows its fields"
        told = refusal(error, pipeline.input)
        raise BadInput(told, where=f"input of {pipeline.name}", hint=hint) from error


def with_changes(fields: dict[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """Applies `--set PATH=VALUE`; a value that is JSON is read as JSON, any other as text."""
    changed = cast(dict[str, Any], json.loads(json.dumps(fields)))
    for change in changes:
        path, found, value = change.partition("=")
        if not found or not path:
            raise BadInput(
                f"`{change}` is not PATH=VALUE", where="--set", hint="for example --set generate.rows=500"
            )
        _put(changed, path.split("."), _value(value))
    return changed


def _put(fields: dict[str, Any], path: list[str], value: object) -> None:
    *parents, last = path
    for name in parents:
        inner = fields.setdefault(name, {})
        if not isinstance(inner, dict):
            raise BadInput(
                f"`{name}` holds a value, not fields", where="--set", hint="set the whole field instead"
            )
        fields = cast(dict[str, Any], inner)
    fields[last] = value


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
