"""How values travel: pydantic JSON, checked before it is sent, large payloads kept in the artifact store."""

from collections.abc import Iterator
from typing import Any, Self

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_json
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure as TemporalFailure
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverter,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    ExternalStorage,
    JSONPlainPayloadConverter,
    PayloadConverter,
    SerializationContext,
    StorageDriver,
)
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.errors import PayloadRefused
from fiberwise.contracts.payload import Asked
from fiberwise.contracts.refusals import refusal

# Past it a payload is kept in the artifact store, and history holds a reference: histories stay small.
EXTERNAL_BYTES = 16 * 1024
# A value of this size is a data set that should have been an artifact; the workflow would choke on it.
LARGEST_BYTES = 64 * 1024 * 1024
TOLD = ("BadInput", "StepFailed")


class CheckedJSON(PydanticJSONPlainPayloadConverter):
    """Refuses what could not be sent, naming the field. NaN and infinity become strings: JSON has no such numbers."""

    def to_payload(self, value: Any) -> Payload | None:
        data = encode(value)
        if len(data) > LARGEST_BYTES:
            message = f"{type(value).__name__} is {len(data):,} bytes, at most {LARGEST_BYTES:,} travel between steps"
            raise PayloadRefused(message, hint="put it into the artifact store and pass the reference")
        return Payload(metadata={"encoding": self.encoding.encode()}, data=data)

    def from_payload(self, payload: Payload, type_hint: type[Any] | None = None) -> Any:
        """Raises ApplicationError, which ends the run, for a request that names or fills a field wrongly."""
        try:
            return super().from_payload(payload, type_hint)
        except ValidationError as error:
            if not (isinstance(type_hint, type) and issubclass(type_hint, Asked)):
                raise
            text = f"bad input: {refusal(error, type_hint)} — `fiberwise pipelines NAME` shows the fields"
            raise ApplicationError(text, type="BadInput", non_retryable=True) from None


class ToldFailures(DefaultFailureConverter):
    """What a person can mend is told in words, without the SDK's stack round it; any other error keeps its own."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: TemporalFailure
    ) -> None:
        super().to_failure(exception, payload_converter, failure)
        if isinstance(exception, ApplicationError) and exception.type in TOLD:
            failure.stack_trace = ""


def encode(value: Any) -> bytes:
    """JSON of a value. Raises PayloadRefused with the path of the field that has no JSON form."""
    try:
        return to_json(value, inf_nan_mode="strings")
    except (PydanticSerializationError, ValueError) as error:  # ValueError: a text with lone surrogates
        where = ".".join((type(value).__name__, *_culprit(value)))
        hint = "a step may return pydantic models of plain JSON values"
        raise PayloadRefused(f"{where} cannot be sent: {error}", where=where, hint=hint) from error


def _culprit(value: Any) -> tuple[str, ...]:
    for name, part in _parts(value):
        try:
            to_json(part, inf_nan_mode="strings")
        except (PydanticSerializationError, ValueError):
            return (name, *_culprit(part))
    return ()


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        yield from ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, dict):
        yield from ((str(key), part) for key, part in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif isinstance(value, list | tuple):
        yield from ((str(index), part) for index, part in enumerate(value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _usual_with_ours() -> dict[bytes, EncodingPayloadConverter]:
    ours, usual = CheckedJSON(), DefaultPayloadConverter.default_encoding_payload_converters
    parts = (ours if isinstance(one, JSONPlainPayloadConverter) else one for one in usual)
    return {part.encoding.encode(): part for part in parts}


class CheckedPayloadConverter(CompositePayloadConverter):
    """The SDK's converters with ours in the place of plain JSON.

    With external storage the SDK makes one for every few payloads, some 40 in a run of five steps: so all share
    their parts, and with them the type adapters that pydantic has built.
    """

    _PARTS = _usual_with_ours()

    def __init__(self) -> None:
        self.converters = self._PARTS

    def with_context(self, context: SerializationContext) -> Self:
        """No part depends on a context."""
        return self


def data_converter(storage: StorageDriver | None = None) -> DataConverter:
    """The converter of every client, worker and replayer; `storage` keeps payloads over 16 KB."""
    external = ExternalStorage(drivers=[storage], payload_size_threshold=EXTERNAL_BYTES) if storage else None
    return DataConverter(
        payload_converter_class=CheckedPayloadConverter,
        failure_converter_class=ToldFailures,
        external_storage=external,
    )
