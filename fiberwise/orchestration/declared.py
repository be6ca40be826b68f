"""An ended execution as its pipeline's class declares it, from what came as JSON."""

from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.anatomy import Anatomy

Result = PipelineResult[Any, Any]


def as_declared(
    pipeline: Anatomy | None, result: Result, request: JsonValue
) -> tuple[Result, Payload | Asked | None]:
    """A result and a request that came as JSON, as the pipeline's models; of another version, as they came."""
    if pipeline is None:
        return result, None
    try:
        typed = TypeAdapter(pipeline.output).validate_python(result.model_dump(mode="json"))
        return typed, pipeline.input.model_validate(request or {})
    except ValidationError:
        return result, None
