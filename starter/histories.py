"""A recorded history that needs nothing beside it: payloads kept in the artifact store are put back into it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.json_format import Parse
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1.external_storage_pb2 import ExternalStorageReference
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import StorageDriverClaim, StorageDriverRetrieveContext

from fiberwise.orchestration.stream import StreamStep
from fiberwise.pipeline.streaming import STREAM
from workflows import AVAILABLE_PIPELINES

MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
REFERENCE = ExternalStorageReference.DESCRIPTOR.full_name.encode()


def replayable() -> dict[str, type]:
    """The workflows that histories of ours are of, by name: every pipeline, and what they hand parts of work to."""
    return {**AVAILABLE_PIPELINES, STREAM: StreamStep}


def stumbled(failure: Exception | None, events: Sequence[HistoryEvent]) -> str:
    """In one line why a replay failed; empty where it did not. The SDK wraps the reason, its stack trace beside it."""
    kind = events[0].workflow_execution_started_event_attributes.workflow_type.name
    if failure is None:
        return ""
    if kind not in replayable():
        return f"there is no pipeline `{kind}` here; there are: {', '.join(AVAILABLE_PIPELINES)}"
    text = " ".join(str(failure).split())
    inner = MESSAGE.search(text)
    return inner[1].replace('\\"', '"') if inner else text


def read_history(text: str, name: str) -> WorkflowHistory:
    """A history as `record` writes it, under the id of its run: the id of a fallback follows from it.

    One that does not tell the id gets the `name`. Raises ValueError, KeyError, TypeError, AttributeError, IndexError
    for a text that holds no history.
    """
    events = WorkflowHistory.from_json(name, text).events
    return WorkflowHistory(events[0].workflow_execution_started_event_attributes.workflow_id or name, events)


async def whole_history(client: Client, workflow_id: str, run_id: str | None = None) -> WorkflowHistory:
    """Fetches a history: of the newest run, where none is named.

    Raises RPCError for an unknown id, ApplicationError for a payload that is gone.
    """
    history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    storage = client.data_converter.external_storage
    if storage is None:
        return history
    [driver] = storage.drivers
    for payload in _references(history.events):
        reference = Parse(payload.data, ExternalStorageReference())
        claim = StorageDriverClaim(dict(reference.claim_data))
        [found] = await driver.retrieve(StorageDriverRetrieveContext(), [claim])
        payload.CopyFrom(found)
    return history


def _references(events: Any) -> Iterator[Payload]:
    for event in events:
        yield from (found for found in _payloads(event) if found.metadata.get("messageType") == REFERENCE)


def _payloads(message: Message) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            parts = [part for part in value.values() if isinstance(part, Message)]
        else:
            parts = list(value) if field.is_repeated else [value]
        for part in parts:
            yield from _payloads(part)
